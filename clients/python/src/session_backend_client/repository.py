"""The Strands SDK's SessionRepository over a Session Backend."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from strands.session.session_repository import SessionRepository
from strands.types.exceptions import SessionException
from strands.types.session import (
    Session,
    SessionAgent,
    SessionMessage,
    SessionType,
    decode_bytes_values,
    encode_bytes_values,
)

from ._paging import read_nothing
from ._wire import DEFAULT_RETRIES, DEFAULT_TIMEOUT, Answer, Call, JsonObject, call, path
from .client import SessionBackendClient
from .errors import BadRequestError, ConflictError, NotFoundError, SessionBackendError

if TYPE_CHECKING:
    from strands.multiagent.base import MultiAgentBase

SESSION = "/api/v1/sessions/{}"
AGENTS = SESSION + "/agents"
AGENT = AGENTS + "/{}"
RESTORE = AGENT + "/restore"
MESSAGES = AGENT + "/messages"
MESSAGE = MESSAGES + "/{}"
MULTI_AGENTS = SESSION + "/multi_agents"
MULTI_AGENT = MULTI_AGENTS + "/{}"

# In the order in which SessionMessage takes them.
_MESSAGE_VALUES = itemgetter("message", "message_id", "redact_message", "created_at", "updated_at")
AGENT_MEMBERS = ("agent_id", "state", "conversation_manager_state", "internal_state")
_AGENT_VALUES = frozenset(inspect.signature(SessionAgent).parameters)
RESTORED_FOR = 30.0  # seconds that the messages of a restore wait for the list_messages that follows
INTERNAL_STATE = "_internal_state"  # the SDK's own spelling; its oldest versions have no such member


@dataclass
class _Restored:
    """What one call brought along for the calls that follow in the same thread."""

    session_id: str
    agent_id: str
    answer: Answer
    until: float
    agent_was_read: bool = False


class SessionBackendRepository(SessionRepository):
    """Keeps sessions, agents, messages and multi-agent states in a Session Backend.

    For `RepositorySessionManager(session_id=..., session_repository=SessionBackendRepository(url))`. May be shared by
    threads and by any number of session managers. What is not there is None; what fails is a SessionException whose
    text is one sentence. A message that could not be stored because nobody answered is stored before the next one.

    agent_id: when given, reading a session fetches this agent along, so that its restart takes one round trip in all.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: int = DEFAULT_RETRIES,
        *,
        agent_id: str | None = None,
    ) -> None:
        with _as_session_exception():
            self.client = SessionBackendClient(base_url, token, timeout, retries)
        self._agent_id = agent_id
        self._local = threading.local()
        self._unsent: dict[tuple[str, str], list[Call]] = {}
        self._lost: dict[tuple[str, str], str] = {}

    def close(self) -> None:
        """Closes the connections."""
        self.client.close()

    # ---- sessions

    def create_session(self, session: Session, **kwargs: Any) -> Session:
        body = {
            "session_id": session.session_id,
            "session_type": SessionType(session.session_type).value,
            "created_at": session.created_at,
        }
        self._send("POST", "/api/v1/sessions", body=body)
        return session

    def read_session(self, session_id: str, **kwargs: Any) -> Session | None:
        restored = None if self._agent_id is None else self._restore(session_id, self._agent_id)
        if restored is not None:
            session = restored.answer.object()["session"]
        else:
            found = self._find(SESSION, session_id, needs=("session_id", "session_type"))
            if found is None:
                return None
            session = found.object()
        return Session.from_dict({**session, "session_type": SessionType(session["session_type"])})

    def delete_session(self, session_id: str, **kwargs: Any) -> None:
        """Deletes the session with all it holds. The SDK's own managers offer this too."""
        self._send("DELETE", SESSION, session_id)

    # ---- agents

    def create_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: Any) -> None:
        self._begin(session_id, session_agent.agent_id)
        body = {"agent_id": session_agent.agent_id, **_agent_body(session_agent)}
        self._send("POST", AGENTS, session_id, body={**body, "created_at": session_agent.created_at})

    def read_agent(self, session_id: str, agent_id: str, **kwargs: Any) -> SessionAgent | None:
        """Fetches the messages along with the agent, since the SDK asks for them next."""
        self._begin(session_id, agent_id)
        restored = self._restored(session_id, agent_id)
        if restored is None or restored.agent_was_read:
            restored = self._restore(session_id, agent_id)
        if restored is None:
            return None
        restored.agent_was_read = True
        agent = restored.answer.object()["agent"]
        # Not by SessionAgent.from_dict, which looks its own signature up for every member.
        values = {**agent, INTERNAL_STATE: agent["internal_state"]}
        return SessionAgent(**decode_bytes_values({name: values[name] for name in values.keys() & _AGENT_VALUES}))

    def update_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: Any) -> None:
        self._before_writing(session_id, session_agent.agent_id)
        self._send("PUT", AGENT, session_id, session_agent.agent_id, body=_agent_body(session_agent))

    # ---- messages

    def create_message(self, session_id: str, agent_id: str, session_message: SessionMessage, **kwargs: Any) -> None:
        self._refuse_if_lost(session_id, agent_id)
        body = _message_body(session_message)
        body["message_id"] = session_message.message_id
        body["created_at"] = session_message.created_at
        with _as_session_exception():
            made = call("POST", path(MESSAGES, session_id, agent_id), body=body)
        self._unsent.setdefault((session_id, agent_id), []).append(made)
        self._send_unsent(session_id, agent_id)

    def read_message(self, session_id: str, agent_id: str, message_id: int, **kwargs: Any) -> SessionMessage | None:
        answer = self._find(MESSAGE, session_id, agent_id, message_id, needs=("message_id", "message"))
        return None if answer is None else _messages(answer, [answer.object()])[0]

    def update_message(self, session_id: str, agent_id: str, session_message: SessionMessage, **kwargs: Any) -> None:
        """A redaction takes the place of the old text: what was said is not kept beside it."""
        self._before_writing(session_id, agent_id)
        body = _message_body(session_message)
        if "redact_message" in body:
            body["message"] = body["redact_message"]
        self._send("PUT", MESSAGE, session_id, agent_id, session_message.message_id, body=body)

    def list_messages(
        self, session_id: str, agent_id: str, limit: int | None = None, offset: int = 0, **kwargs: Any
    ) -> list[SessionMessage]:
        restored = self._restored(session_id, agent_id)
        self._local.restored = None
        if restored is not None and restored.agent_was_read:
            found = restored.answer.object()
            first = offset - found["offset"]
            if first >= 0:
                last = None if limit is None else first + limit
                return _messages(restored.answer, found["messages"][first:last])
        query = {"offset": offset, "limit": limit}
        answer = self._send("GET", MESSAGES, session_id, agent_id, query=query, needs=("messages",))
        return _messages(answer, answer.object()["messages"])

    # ---- graphs and swarms

    def create_multi_agent(self, session_id: str, multi_agent: MultiAgentBase, **kwargs: Any) -> None:
        body = {"multi_agent_id": multi_agent.id, "state": encode_bytes_values(multi_agent.serialize_state())}
        self._send("POST", MULTI_AGENTS, session_id, body=body)

    def read_multi_agent(self, session_id: str, multi_agent_id: str, **kwargs: Any) -> JsonObject | None:
        answer = self._find(MULTI_AGENT, session_id, multi_agent_id, needs=("state",))
        if answer is None:
            return None
        state: JsonObject = decode_bytes_values(answer.object()["state"])
        return state

    def update_multi_agent(self, session_id: str, multi_agent: MultiAgentBase, **kwargs: Any) -> None:
        body = {"state": encode_bytes_values(multi_agent.serialize_state())}
        self._send("PUT", MULTI_AGENT, session_id, multi_agent.id, body=body)

    # ---- what they share

    def _send(
        self,
        method: str,
        pattern: str,
        *ids: str | int,
        body: JsonObject | None = None,
        query: JsonObject | None = None,
        needs: tuple[str, ...] = (),
    ) -> Answer:
        """An answer whose body has the members that are needed."""
        answer = self._try(method, pattern, *ids, body=body, query=query, needs=needs, absent_is_none=False)
        assert answer is not None
        return answer

    def _find(
        self, pattern: str, *ids: str | int, query: JsonObject | None = None, needs: tuple[str, ...] = ()
    ) -> Answer | None:
        """The same for a GET; None when there is no such thing."""
        return self._try("GET", pattern, *ids, body=None, query=query, needs=needs, absent_is_none=True)

    def _try(
        self,
        method: str,
        pattern: str,
        *ids: str | int,
        body: JsonObject | None,
        query: JsonObject | None,
        needs: tuple[str, ...],
        absent_is_none: bool,
    ) -> Answer | None:
        self._local.restored = None
        with _as_session_exception():
            try:
                answer = self.client.send(call(method, path(pattern, *ids), body=body, query=query))
            except NotFoundError:
                if absent_is_none:
                    return None
                raise
            if needs:
                _need(answer, answer.object(), *needs)
            elif method == "DELETE":
                read_nothing(answer)
            else:
                answer.must_be_json()
            return answer

    def _restore(self, session_id: str, agent_id: str) -> _Restored | None:
        """Session, agent and messages in one answer, kept for the calls that follow."""
        needs = ("session", "agent", "messages", "offset")
        answer = self._find(RESTORE, session_id, agent_id, query={"offset": "removed"}, needs=needs)
        if answer is None:
            return None
        with _as_session_exception():
            _need(answer, answer.object()["session"], "session_id", "session_type")
            _need(answer, answer.object()["agent"], *AGENT_MEMBERS)
        restored = _Restored(session_id, agent_id, answer, time.monotonic() + RESTORED_FOR)
        self._local.restored = restored
        return restored

    def _restored(self, session_id: str, agent_id: str) -> _Restored | None:
        """The restore, when nothing else was called in this thread since and it was not long ago."""
        restored: _Restored | None = getattr(self._local, "restored", None)
        if restored is None or (restored.session_id, restored.agent_id) != (session_id, agent_id):
            return None
        return restored if time.monotonic() < restored.until else None

    def _begin(self, session_id: str, agent_id: str) -> None:
        """An agent is made or read anew: what an earlier one of this id left behind does not count any more."""
        self._unsent.pop((session_id, agent_id), None)
        self._lost.pop((session_id, agent_id), None)

    def _before_writing(self, session_id: str, agent_id: str) -> None:
        self._refuse_if_lost(session_id, agent_id)
        self._send_unsent(session_id, agent_id)

    def _refuse_if_lost(self, session_id: str, agent_id: str) -> None:
        sentence = self._lost.get((session_id, agent_id))
        if sentence is not None:
            raise SessionException(sentence)

    def _send_unsent(self, session_id: str, agent_id: str) -> None:
        """Stores what waits, in order. Each keeps its Idempotency-Key: one whose answer was lost is no conflict."""
        self._local.restored = None
        key = (session_id, agent_id)
        waiting = self._unsent.pop(key, [])
        try:
            while waiting:
                self._send_first(key, waiting)
        finally:
            if waiting:  # also when the user broke it off
                self._unsent[key] = waiting

    def _send_first(self, key: tuple[str, str], waiting: list[Call]) -> None:
        """What is stored, or never will be, waits no longer."""
        try:
            self.client.send(waiting[0]).must_be_json()
        except ConflictError as error:
            # Another process goes on with this agent. Its state must not be overwritten either.
            sentence = f"{error}: another process goes on with this agent, so it has to be started anew here"
            self._lost[key] = sentence
            waiting.clear()
            raise SessionException(sentence) from error
        except SessionBackendError as error:
            if isinstance(error, (BadRequestError, NotFoundError)):
                waiting.pop(0)  # it would be refused again and again
            raise SessionException(str(error)) from error
        waiting.pop(0)


@contextmanager
def _as_session_exception() -> Iterator[None]:
    try:
        yield
    except SessionBackendError as error:
        raise SessionException(str(error)) from error


def _agent_body(agent: SessionAgent) -> JsonObject:
    encoded = encode_bytes_values(agent.to_dict())
    body = {"state": encoded["state"], "conversation_manager_state": encoded["conversation_manager_state"]}
    if INTERNAL_STATE in encoded:
        body["internal_state"] = encoded[INTERNAL_STATE]
    return body


def _message_body(message: SessionMessage) -> JsonObject:
    encoded = message.to_dict()
    return {name: encoded[name] for name in ("message", "redact_message") if encoded[name] is not None}


def _may_hold_bytes(answer: Answer) -> bool:
    """Looking through the text spares a walk over every value. Any letter may be written as an escape \\u00XX."""
    content = answer.response.content
    # From the end, which takes CPython less than half the time that it takes from the beginning.
    return content.rfind(b"__bytes_encoded__") >= 0 or (b"\\" in content and content.rfind(b"\\u00") >= 0)


def _need(answer: Answer, found: Any, *members: str) -> None:
    if not isinstance(found, dict) or any(name not in found for name in members):
        raise answer.strange()


def _messages(answer: Answer, found: Any) -> list[SessionMessage]:
    try:
        return _records(found, _may_hold_bytes(answer))
    except (KeyError, TypeError):
        raise SessionException(str(answer.strange())) from None


def _records(found: list[JsonObject], has_bytes: bool) -> list[SessionMessage]:
    """Not by SessionMessage.from_dict, which takes a tenth of a second for 1,000 messages."""
    if has_bytes:
        found = decode_bytes_values(found)
    return [SessionMessage(*values) for values in map(_MESSAGE_VALUES, found)]
