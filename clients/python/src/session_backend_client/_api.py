"""Made by clients/generate from clients/routes.json: change those, not this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ._paging import (
    Page,
    Restored,
    StoredObject,
    read_count,
    read_etag,
    read_keys,
    read_list,
    read_nothing,
    read_object,
    read_page,
    read_restored,
    walk_cursor,
    walk_cursor_async,
    walk_keys,
    walk_keys_async,
    walk_offset,
    walk_offset_async,
    walk_pages,
    walk_pages_async,
)
from ._wire import Answer, Call, JsonObject, call, path, record, storage_path

T = TypeVar("T")


@dataclass
class Session:
    """A session: what one conversation, or one run of several agents, is stored under."""

    session_id: str
    session_type: str
    multi_agent_state: JsonObject | None
    created_at: str
    updated_at: str
    etag: str | None = None
    replayed: bool = False

    @classmethod
    def from_json(cls, source: Any, answer: Answer) -> Session:
        return record(
            cls,
            ("session_id", "session_type", "multi_agent_state", "created_at", "updated_at"),
            source,
            answer,
        )

    @classmethod
    def from_answer(cls, answer: Answer) -> Session:
        made = cls.from_json(answer.json(), answer)
        made.etag, made.replayed = answer.etag, answer.replayed
        return made


@dataclass
class Agent:
    """An agent of a session, with what the SDK keeps of it besides its messages."""

    agent_id: str
    state: JsonObject
    conversation_manager_state: JsonObject
    internal_state: JsonObject
    created_at: str
    updated_at: str
    etag: str | None = None
    replayed: bool = False

    @classmethod
    def from_json(cls, source: Any, answer: Answer) -> Agent:
        return record(
            cls,
            ("agent_id", "state", "conversation_manager_state", "internal_state", "created_at", "updated_at"),
            source,
            answer,
        )

    @classmethod
    def from_answer(cls, answer: Answer) -> Agent:
        made = cls.from_json(answer.json(), answer)
        made.etag, made.replayed = answer.etag, answer.replayed
        return made


@dataclass
class Message:
    """One message of an agent; `redact_message` stands for it once it was redacted."""

    message_id: int
    message: JsonObject
    redact_message: JsonObject | None
    created_at: str
    updated_at: str
    etag: str | None = None
    replayed: bool = False

    @classmethod
    def from_json(cls, source: Any, answer: Answer) -> Message:
        return record(cls, ("message_id", "message", "redact_message", "created_at", "updated_at"), source, answer)

    @classmethod
    def from_answer(cls, answer: Answer) -> Message:
        made = cls.from_json(answer.json(), answer)
        made.etag, made.replayed = answer.etag, answer.replayed
        return made


@dataclass
class MultiAgent:
    """The state of a graph or a swarm."""

    multi_agent_id: str
    state: JsonObject
    created_at: str
    updated_at: str
    etag: str | None = None
    replayed: bool = False

    @classmethod
    def from_json(cls, source: Any, answer: Answer) -> MultiAgent:
        return record(cls, ("multi_agent_id", "state", "created_at", "updated_at"), source, answer)

    @classmethod
    def from_answer(cls, answer: Answer) -> MultiAgent:
        made = cls.from_json(answer.json(), answer)
        made.etag, made.replayed = answer.etag, answer.replayed
        return made


class SyncApi:
    """The routes as methods."""

    def _send(self, made: Call, read: Callable[[Answer], T]) -> T:
        raise NotImplementedError

    def create_session(
        self,
        session_id: str,
        *,
        session_type: str | None = None,
        created_at: str | None = None,
        multi_agent_state: JsonObject | None = None,
    ) -> Session:
        """Make a session."""
        return self._send(
            call(
                "POST",
                "/api/v1/sessions",
                body={
                    "session_id": session_id,
                    "session_type": session_type,
                    "created_at": created_at,
                    "multi_agent_state": multi_agent_state,
                },
            ),
            Session.from_answer,
        )

    def list_sessions(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        prefix: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        total: bool | None = None,
    ) -> Page[Session]:
        """One page of the sessions, newest first: by `page` and `page_size`, or by `limit` and `cursor`."""
        return self._send(
            call(
                "GET",
                "/api/v1/sessions",
                query={
                    "page": page,
                    "page_size": page_size,
                    "limit": limit,
                    "cursor": cursor,
                    "prefix": prefix,
                    "created_after": created_after,
                    "created_before": created_before,
                    "total": total,
                },
            ),
            lambda answer: read_page(answer, "sessions", Session.from_json),
        )

    def iter_sessions(
        self,
        *,
        prefix: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        page_size: int = 100,
    ) -> Iterator[Session]:
        """All sessions, newest first."""
        return walk_cursor(
            lambda at: self.list_sessions(
                limit=page_size,
                cursor=at,
                prefix=prefix,
                created_after=created_after,
                created_before=created_before,
            ),
            page_size,
        )

    def get_session(self, session_id: str, *, if_none_match: str | None = None) -> Session:
        """One session."""
        return self._send(
            call("GET", path("/api/v1/sessions/{}", session_id), headers={"If-None-Match": if_none_match}),
            Session.from_answer,
        )

    def update_session(
        self,
        session_id: str,
        *,
        session_type: str | None = None,
        multi_agent_state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Session:
        """Change a session; what is left out stays."""
        return self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}", session_id),
                body={"session_type": session_type, "multi_agent_state": multi_agent_state},
                headers={"If-Match": if_match},
            ),
            Session.from_answer,
        )

    def delete_session(self, session_id: str, *, storage: bool | None = None, if_match: str | None = None) -> None:
        """Delete a session with all it holds; `storage=true` takes its stored objects (snapshots) along."""
        return self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}", session_id),
                query={"storage": storage},
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    def fork_session(self, session_id: str, new_session_id: str, *, until: JsonObject | None = None) -> Session:
        """Copy a session under a new id, for the agents named in `until` up to and with that message."""
        return self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/fork", session_id),
                body={"session_id": new_session_id, "until": until},
                repeat=False,
            ),
            Session.from_answer,
        )

    def create_agent(
        self,
        session_id: str,
        agent_id: str,
        state: JsonObject,
        conversation_manager_state: JsonObject,
        *,
        internal_state: JsonObject | None = None,
        created_at: str | None = None,
    ) -> Agent:
        """Make an agent."""
        return self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents", session_id),
                body={
                    "agent_id": agent_id,
                    "state": state,
                    "conversation_manager_state": conversation_manager_state,
                    "internal_state": internal_state,
                    "created_at": created_at,
                },
            ),
            Agent.from_answer,
        )

    def list_agents(
        self,
        session_id: str,
        *,
        page: int | None = None,
        page_size: int | None = None,
        total: bool | None = None,
    ) -> Page[Agent]:
        """One page of a session's agents, oldest first."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents", session_id),
                query={"page": page, "page_size": page_size, "total": total},
            ),
            lambda answer: read_page(answer, "agents", Agent.from_json),
        )

    def iter_agents(self, session_id: str, *, page_size: int = 100) -> Iterator[Agent]:
        """All agents of a session, oldest first."""
        return walk_pages(lambda at: self.list_agents(session_id, page=at, page_size=page_size), page_size)

    def get_agent(self, session_id: str, agent_id: str, *, if_none_match: str | None = None) -> Agent:
        """One agent."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                headers={"If-None-Match": if_none_match},
            ),
            Agent.from_answer,
        )

    def update_agent(
        self,
        session_id: str,
        agent_id: str,
        *,
        state: JsonObject | None = None,
        conversation_manager_state: JsonObject | None = None,
        internal_state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Agent:
        """Change an agent; what is left out stays."""
        return self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                body={
                    "state": state,
                    "conversation_manager_state": conversation_manager_state,
                    "internal_state": internal_state,
                },
                headers={"If-Match": if_match},
            ),
            Agent.from_answer,
        )

    def delete_agent(self, session_id: str, agent_id: str, *, if_match: str | None = None) -> None:
        """Delete an agent with its messages."""
        return self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    def restore(
        self,
        session_id: str,
        agent_id: str,
        *,
        offset: int | str | None = None,
    ) -> Restored[Session, Agent, Message]:
        """Session, agent and messages in one view; `offset` may be "removed": behind the dropped ones."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/restore", session_id, agent_id),
                query={"offset": offset},
            ),
            lambda answer: read_restored(answer, Session.from_json, Agent.from_json, Message.from_json),
        )

    def create_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        message: JsonObject,
        *,
        redact_message: JsonObject | None = None,
        created_at: str | None = None,
    ) -> Message:
        """Append a message."""
        return self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                body={
                    "message_id": message_id,
                    "message": message,
                    "redact_message": redact_message,
                    "created_at": created_at,
                },
            ),
            Message.from_answer,
        )

    def create_messages(self, session_id: str, agent_id: str, messages: Sequence[JsonObject]) -> list[Message]:
        """Append several messages (bodies as of create_message), all or none."""
        return self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                body=list(messages),
            ),
            lambda answer: read_list(answer, "messages", Message.from_json),
        )

    def list_messages(
        self,
        session_id: str,
        agent_id: str,
        *,
        offset: int | None = None,
        limit: int | None = None,
        page: int | None = None,
        page_size: int | None = None,
        order: str | None = None,
        total: bool | None = None,
    ) -> Page[Message]:
        """Messages by number: by `offset` and `limit` (no limit: all of them), or by `page` and `page_size`."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                query={
                    "offset": offset,
                    "limit": limit,
                    "page": page,
                    "page_size": page_size,
                    "order": order,
                    "total": total,
                },
            ),
            lambda answer: read_page(answer, "messages", Message.from_json),
        )

    def iter_messages(
        self,
        session_id: str,
        agent_id: str,
        *,
        order: str | None = None,
        page_size: int = 100,
    ) -> Iterator[Message]:
        """All messages of an agent, by number."""
        return walk_offset(
            lambda at: self.list_messages(session_id, agent_id, offset=at, limit=page_size, total=False, order=order),
            page_size,
        )

    def get_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        *,
        if_none_match: str | None = None,
    ) -> Message:
        """One message."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                headers={"If-None-Match": if_none_match},
            ),
            Message.from_answer,
        )

    def update_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        *,
        message: JsonObject | None = None,
        redact_message: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Message:
        """Change or redact a message; what is left out stays."""
        return self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                body={"message": message, "redact_message": redact_message},
                headers={"If-Match": if_match},
            ),
            Message.from_answer,
        )

    def delete_message(self, session_id: str, agent_id: str, message_id: int, *, if_match: str | None = None) -> None:
        """Delete one message."""
        return self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    def delete_messages_from(self, session_id: str, agent_id: str, first_message_id: int) -> int:
        """Rewind: delete the messages numbered `first_message_id` and above; gives how many there were."""
        return self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                query={"from": first_message_id},
            ),
            lambda answer: read_count(answer, "deleted"),
        )

    def create_multi_agent(
        self,
        session_id: str,
        multi_agent_id: str,
        state: JsonObject,
        *,
        created_at: str | None = None,
    ) -> MultiAgent:
        """Store the state of a graph or swarm."""
        return self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/multi_agents", session_id),
                body={"multi_agent_id": multi_agent_id, "state": state, "created_at": created_at},
            ),
            MultiAgent.from_answer,
        )

    def list_multi_agents(
        self,
        session_id: str,
        *,
        page: int | None = None,
        page_size: int | None = None,
        total: bool | None = None,
    ) -> Page[MultiAgent]:
        """One page of a session's graphs and swarms, oldest first."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/multi_agents", session_id),
                query={"page": page, "page_size": page_size, "total": total},
            ),
            lambda answer: read_page(answer, "multi_agents", MultiAgent.from_json),
        )

    def iter_multi_agents(self, session_id: str, *, page_size: int = 100) -> Iterator[MultiAgent]:
        """All graphs and swarms of a session, oldest first."""
        return walk_pages(lambda at: self.list_multi_agents(session_id, page=at, page_size=page_size), page_size)

    def get_multi_agent(self, session_id: str, multi_agent_id: str, *, if_none_match: str | None = None) -> MultiAgent:
        """The state of one graph or swarm."""
        return self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                headers={"If-None-Match": if_none_match},
            ),
            MultiAgent.from_answer,
        )

    def update_multi_agent(
        self,
        session_id: str,
        multi_agent_id: str,
        *,
        state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> MultiAgent:
        """Replace the state of a graph or swarm."""
        return self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                body={"state": state},
                headers={"If-Match": if_match},
            ),
            MultiAgent.from_answer,
        )

    def delete_multi_agent(self, session_id: str, multi_agent_id: str, *, if_match: str | None = None) -> None:
        """Delete the state of a graph or swarm."""
        return self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    def put_object(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> str:
        """Store bytes under a key; gives their ETag."""
        return self._send(
            call(
                "PUT",
                storage_path(key),
                data=data,
                headers={"Content-Type": content_type, "If-Match": if_match, "If-None-Match": if_none_match},
            ),
            read_etag,
        )

    def get_object(self, key: str, *, if_none_match: str | None = None) -> StoredObject:
        """The bytes under a key, with type and ETag."""
        return self._send(call("GET", storage_path(key), headers={"If-None-Match": if_none_match}), read_object)

    def head_object(self, key: str) -> StoredObject:
        """Type and ETag of a key; the data is left empty."""
        return self._send(call("HEAD", storage_path(key)), read_object)

    def delete_object(self, key: str, *, if_match: str | None = None, if_none_match: str | None = None) -> None:
        """Delete a key, there or not."""
        return self._send(
            call(
                "DELETE",
                storage_path(key),
                headers={"If-Match": if_match, "If-None-Match": if_none_match},
            ),
            read_nothing,
        )

    def list_keys(
        self,
        *,
        prefix: str | None = None,
        start_after: str | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Keys in byte order; without a `limit` all of them."""
        return self._send(
            call(
                "GET",
                "/api/v1/storage",
                query={"prefix": prefix, "start_after": start_after, "limit": limit},
            ),
            read_keys,
        )

    def iter_keys(self, *, prefix: str | None = None, page_size: int = 100) -> Iterator[str]:
        """All keys that begin with `prefix`, in byte order."""
        return walk_keys(lambda at: self.list_keys(start_after=at, limit=page_size, prefix=prefix), page_size)

    def delete_keys(self, prefix: str) -> int:
        """Delete the keys that begin with `prefix`, which may not be empty; gives how many there were."""
        return self._send(
            call("DELETE", "/api/v1/storage", query={"prefix": prefix}),
            lambda answer: read_count(answer, "deleted"),
        )

    def health(self) -> JsonObject:
        """Does the service run?"""
        return self._send(call("GET", "/health", repeat=False), Answer.object)

    def health_live(self) -> JsonObject:
        """Does the service run? (the liveness probe)"""
        return self._send(call("GET", "/health/live", repeat=False), Answer.object)

    def health_db(self) -> JsonObject:
        """Can it use its database?"""
        return self._send(call("GET", "/health/db", repeat=False), Answer.object)

    def health_ready(self) -> JsonObject:
        """Can it take requests? (the readiness probe)"""
        return self._send(call("GET", "/health/ready", repeat=False), Answer.object)

    def health_metrics(self) -> JsonObject:
        """Counters in JSON."""
        return self._send(call("GET", "/health/metrics", repeat=False), Answer.object)

    def metrics(self) -> str:
        """Counters in the Prometheus text format."""
        return self._send(call("GET", "/metrics"), lambda answer: answer.response.text)

    def openapi(self) -> JsonObject:
        """The description of the API."""
        return self._send(call("GET", "/openapi.json"), Answer.object)


class AsyncApi:
    """The routes as methods for asyncio."""

    async def _send(self, made: Call, read: Callable[[Answer], T]) -> T:
        raise NotImplementedError

    async def create_session(
        self,
        session_id: str,
        *,
        session_type: str | None = None,
        created_at: str | None = None,
        multi_agent_state: JsonObject | None = None,
    ) -> Session:
        """Make a session."""
        return await self._send(
            call(
                "POST",
                "/api/v1/sessions",
                body={
                    "session_id": session_id,
                    "session_type": session_type,
                    "created_at": created_at,
                    "multi_agent_state": multi_agent_state,
                },
            ),
            Session.from_answer,
        )

    async def list_sessions(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        prefix: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        total: bool | None = None,
    ) -> Page[Session]:
        """One page of the sessions, newest first: by `page` and `page_size`, or by `limit` and `cursor`."""
        return await self._send(
            call(
                "GET",
                "/api/v1/sessions",
                query={
                    "page": page,
                    "page_size": page_size,
                    "limit": limit,
                    "cursor": cursor,
                    "prefix": prefix,
                    "created_after": created_after,
                    "created_before": created_before,
                    "total": total,
                },
            ),
            lambda answer: read_page(answer, "sessions", Session.from_json),
        )

    def iter_sessions(
        self,
        *,
        prefix: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[Session]:
        """All sessions, newest first."""
        return walk_cursor_async(
            lambda at: self.list_sessions(
                limit=page_size,
                cursor=at,
                prefix=prefix,
                created_after=created_after,
                created_before=created_before,
            ),
            page_size,
        )

    async def get_session(self, session_id: str, *, if_none_match: str | None = None) -> Session:
        """One session."""
        return await self._send(
            call("GET", path("/api/v1/sessions/{}", session_id), headers={"If-None-Match": if_none_match}),
            Session.from_answer,
        )

    async def update_session(
        self,
        session_id: str,
        *,
        session_type: str | None = None,
        multi_agent_state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Session:
        """Change a session; what is left out stays."""
        return await self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}", session_id),
                body={"session_type": session_type, "multi_agent_state": multi_agent_state},
                headers={"If-Match": if_match},
            ),
            Session.from_answer,
        )

    async def delete_session(
        self,
        session_id: str,
        *,
        storage: bool | None = None,
        if_match: str | None = None,
    ) -> None:
        """Delete a session with all it holds; `storage=true` takes its stored objects (snapshots) along."""
        return await self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}", session_id),
                query={"storage": storage},
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    async def fork_session(self, session_id: str, new_session_id: str, *, until: JsonObject | None = None) -> Session:
        """Copy a session under a new id, for the agents named in `until` up to and with that message."""
        return await self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/fork", session_id),
                body={"session_id": new_session_id, "until": until},
                repeat=False,
            ),
            Session.from_answer,
        )

    async def create_agent(
        self,
        session_id: str,
        agent_id: str,
        state: JsonObject,
        conversation_manager_state: JsonObject,
        *,
        internal_state: JsonObject | None = None,
        created_at: str | None = None,
    ) -> Agent:
        """Make an agent."""
        return await self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents", session_id),
                body={
                    "agent_id": agent_id,
                    "state": state,
                    "conversation_manager_state": conversation_manager_state,
                    "internal_state": internal_state,
                    "created_at": created_at,
                },
            ),
            Agent.from_answer,
        )

    async def list_agents(
        self,
        session_id: str,
        *,
        page: int | None = None,
        page_size: int | None = None,
        total: bool | None = None,
    ) -> Page[Agent]:
        """One page of a session's agents, oldest first."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents", session_id),
                query={"page": page, "page_size": page_size, "total": total},
            ),
            lambda answer: read_page(answer, "agents", Agent.from_json),
        )

    def iter_agents(self, session_id: str, *, page_size: int = 100) -> AsyncIterator[Agent]:
        """All agents of a session, oldest first."""
        return walk_pages_async(lambda at: self.list_agents(session_id, page=at, page_size=page_size), page_size)

    async def get_agent(self, session_id: str, agent_id: str, *, if_none_match: str | None = None) -> Agent:
        """One agent."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                headers={"If-None-Match": if_none_match},
            ),
            Agent.from_answer,
        )

    async def update_agent(
        self,
        session_id: str,
        agent_id: str,
        *,
        state: JsonObject | None = None,
        conversation_manager_state: JsonObject | None = None,
        internal_state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Agent:
        """Change an agent; what is left out stays."""
        return await self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                body={
                    "state": state,
                    "conversation_manager_state": conversation_manager_state,
                    "internal_state": internal_state,
                },
                headers={"If-Match": if_match},
            ),
            Agent.from_answer,
        )

    async def delete_agent(self, session_id: str, agent_id: str, *, if_match: str | None = None) -> None:
        """Delete an agent with its messages."""
        return await self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}", session_id, agent_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    async def restore(
        self,
        session_id: str,
        agent_id: str,
        *,
        offset: int | str | None = None,
    ) -> Restored[Session, Agent, Message]:
        """Session, agent and messages in one view; `offset` may be "removed": behind the dropped ones."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/restore", session_id, agent_id),
                query={"offset": offset},
            ),
            lambda answer: read_restored(answer, Session.from_json, Agent.from_json, Message.from_json),
        )

    async def create_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        message: JsonObject,
        *,
        redact_message: JsonObject | None = None,
        created_at: str | None = None,
    ) -> Message:
        """Append a message."""
        return await self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                body={
                    "message_id": message_id,
                    "message": message,
                    "redact_message": redact_message,
                    "created_at": created_at,
                },
            ),
            Message.from_answer,
        )

    async def create_messages(self, session_id: str, agent_id: str, messages: Sequence[JsonObject]) -> list[Message]:
        """Append several messages (bodies as of create_message), all or none."""
        return await self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                body=list(messages),
            ),
            lambda answer: read_list(answer, "messages", Message.from_json),
        )

    async def list_messages(
        self,
        session_id: str,
        agent_id: str,
        *,
        offset: int | None = None,
        limit: int | None = None,
        page: int | None = None,
        page_size: int | None = None,
        order: str | None = None,
        total: bool | None = None,
    ) -> Page[Message]:
        """Messages by number: by `offset` and `limit` (no limit: all of them), or by `page` and `page_size`."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                query={
                    "offset": offset,
                    "limit": limit,
                    "page": page,
                    "page_size": page_size,
                    "order": order,
                    "total": total,
                },
            ),
            lambda answer: read_page(answer, "messages", Message.from_json),
        )

    def iter_messages(
        self,
        session_id: str,
        agent_id: str,
        *,
        order: str | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[Message]:
        """All messages of an agent, by number."""
        return walk_offset_async(
            lambda at: self.list_messages(session_id, agent_id, offset=at, limit=page_size, total=False, order=order),
            page_size,
        )

    async def get_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        *,
        if_none_match: str | None = None,
    ) -> Message:
        """One message."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                headers={"If-None-Match": if_none_match},
            ),
            Message.from_answer,
        )

    async def update_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        *,
        message: JsonObject | None = None,
        redact_message: JsonObject | None = None,
        if_match: str | None = None,
    ) -> Message:
        """Change or redact a message; what is left out stays."""
        return await self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                body={"message": message, "redact_message": redact_message},
                headers={"If-Match": if_match},
            ),
            Message.from_answer,
        )

    async def delete_message(
        self,
        session_id: str,
        agent_id: str,
        message_id: int,
        *,
        if_match: str | None = None,
    ) -> None:
        """Delete one message."""
        return await self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}/messages/{}", session_id, agent_id, message_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    async def delete_messages_from(self, session_id: str, agent_id: str, first_message_id: int) -> int:
        """Rewind: delete the messages numbered `first_message_id` and above; gives how many there were."""
        return await self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/agents/{}/messages", session_id, agent_id),
                query={"from": first_message_id},
            ),
            lambda answer: read_count(answer, "deleted"),
        )

    async def create_multi_agent(
        self,
        session_id: str,
        multi_agent_id: str,
        state: JsonObject,
        *,
        created_at: str | None = None,
    ) -> MultiAgent:
        """Store the state of a graph or swarm."""
        return await self._send(
            call(
                "POST",
                path("/api/v1/sessions/{}/multi_agents", session_id),
                body={"multi_agent_id": multi_agent_id, "state": state, "created_at": created_at},
            ),
            MultiAgent.from_answer,
        )

    async def list_multi_agents(
        self,
        session_id: str,
        *,
        page: int | None = None,
        page_size: int | None = None,
        total: bool | None = None,
    ) -> Page[MultiAgent]:
        """One page of a session's graphs and swarms, oldest first."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/multi_agents", session_id),
                query={"page": page, "page_size": page_size, "total": total},
            ),
            lambda answer: read_page(answer, "multi_agents", MultiAgent.from_json),
        )

    def iter_multi_agents(self, session_id: str, *, page_size: int = 100) -> AsyncIterator[MultiAgent]:
        """All graphs and swarms of a session, oldest first."""
        return walk_pages_async(lambda at: self.list_multi_agents(session_id, page=at, page_size=page_size), page_size)

    async def get_multi_agent(
        self,
        session_id: str,
        multi_agent_id: str,
        *,
        if_none_match: str | None = None,
    ) -> MultiAgent:
        """The state of one graph or swarm."""
        return await self._send(
            call(
                "GET",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                headers={"If-None-Match": if_none_match},
            ),
            MultiAgent.from_answer,
        )

    async def update_multi_agent(
        self,
        session_id: str,
        multi_agent_id: str,
        *,
        state: JsonObject | None = None,
        if_match: str | None = None,
    ) -> MultiAgent:
        """Replace the state of a graph or swarm."""
        return await self._send(
            call(
                "PUT",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                body={"state": state},
                headers={"If-Match": if_match},
            ),
            MultiAgent.from_answer,
        )

    async def delete_multi_agent(self, session_id: str, multi_agent_id: str, *, if_match: str | None = None) -> None:
        """Delete the state of a graph or swarm."""
        return await self._send(
            call(
                "DELETE",
                path("/api/v1/sessions/{}/multi_agents/{}", session_id, multi_agent_id),
                headers={"If-Match": if_match},
            ),
            read_nothing,
        )

    async def put_object(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> str:
        """Store bytes under a key; gives their ETag."""
        return await self._send(
            call(
                "PUT",
                storage_path(key),
                data=data,
                headers={"Content-Type": content_type, "If-Match": if_match, "If-None-Match": if_none_match},
            ),
            read_etag,
        )

    async def get_object(self, key: str, *, if_none_match: str | None = None) -> StoredObject:
        """The bytes under a key, with type and ETag."""
        return await self._send(call("GET", storage_path(key), headers={"If-None-Match": if_none_match}), read_object)

    async def head_object(self, key: str) -> StoredObject:
        """Type and ETag of a key; the data is left empty."""
        return await self._send(call("HEAD", storage_path(key)), read_object)

    async def delete_object(self, key: str, *, if_match: str | None = None, if_none_match: str | None = None) -> None:
        """Delete a key, there or not."""
        return await self._send(
            call(
                "DELETE",
                storage_path(key),
                headers={"If-Match": if_match, "If-None-Match": if_none_match},
            ),
            read_nothing,
        )

    async def list_keys(
        self,
        *,
        prefix: str | None = None,
        start_after: str | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Keys in byte order; without a `limit` all of them."""
        return await self._send(
            call(
                "GET",
                "/api/v1/storage",
                query={"prefix": prefix, "start_after": start_after, "limit": limit},
            ),
            read_keys,
        )

    def iter_keys(self, *, prefix: str | None = None, page_size: int = 100) -> AsyncIterator[str]:
        """All keys that begin with `prefix`, in byte order."""
        return walk_keys_async(lambda at: self.list_keys(start_after=at, limit=page_size, prefix=prefix), page_size)

    async def delete_keys(self, prefix: str) -> int:
        """Delete the keys that begin with `prefix`, which may not be empty; gives how many there were."""
        return await self._send(
            call("DELETE", "/api/v1/storage", query={"prefix": prefix}),
            lambda answer: read_count(answer, "deleted"),
        )

    async def health(self) -> JsonObject:
        """Does the service run?"""
        return await self._send(call("GET", "/health", repeat=False), Answer.object)

    async def health_live(self) -> JsonObject:
        """Does the service run? (the liveness probe)"""
        return await self._send(call("GET", "/health/live", repeat=False), Answer.object)

    async def health_db(self) -> JsonObject:
        """Can it use its database?"""
        return await self._send(call("GET", "/health/db", repeat=False), Answer.object)

    async def health_ready(self) -> JsonObject:
        """Can it take requests? (the readiness probe)"""
        return await self._send(call("GET", "/health/ready", repeat=False), Answer.object)

    async def health_metrics(self) -> JsonObject:
        """Counters in JSON."""
        return await self._send(call("GET", "/health/metrics", repeat=False), Answer.object)

    async def metrics(self) -> str:
        """Counters in the Prometheus text format."""
        return await self._send(call("GET", "/metrics"), lambda answer: answer.response.text)

    async def openapi(self) -> JsonObject:
        """The description of the API."""
        return await self._send(call("GET", "/openapi.json"), Answer.object)
