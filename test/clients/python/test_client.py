"""The whole API through both clients: every method once, and lists longer than a page."""

from __future__ import annotations

import asyncio
import inspect
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

from session_backend_client import (
    AsyncSessionBackendClient,
    NotFoundError,
    NotModifiedError,
    PreconditionFailedError,
    SessionBackendClient,
)
from support import URL, ServiceTest, new_id


class Waiting:
    """The asynchronous client with the face of the other; remembers what was called."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        self.client = client
        self.loop = loop
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        self.called.add(name)

        def run(*arguments: Any, **named: Any) -> Any:
            made = method(*arguments, **named)
            if isinstance(made, Iterator):
                return list(made)
            if isinstance(made, AsyncIterator):
                return self.wait(gather(made))
            return self.wait(made) if inspect.isawaitable(made) else made

        return run

    def wait(self, work: Any) -> Any:
        assert self.loop is not None
        return self.loop.run_until_complete(work)


async def gather(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


class Api(ServiceTest):
    def test_every_method_of_the_client(self) -> None:
        with SessionBackendClient(URL, retries=0) as client:
            self.every_method(Waiting(client, None), SessionBackendClient)

    def test_every_method_of_the_asynchronous_client(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        client = AsyncSessionBackendClient(URL, retries=0)
        self.every_method(Waiting(client, loop), AsyncSessionBackendClient)
        loop.run_until_complete(client.close())

    def every_method(self, client: Any, kind: type) -> None:
        self.sessions(client)
        self.agents_and_messages(client)
        self.graphs(client)
        self.objects(client)
        self.about_the_service(client)
        methods = {name for name in vars(kind.__mro__[1]) if not name.startswith("_")}
        self.assertEqual(methods - client.called, set())

    def sessions(self, client: Any) -> None:
        ids = [f"{self.session_id}-{n}" for n in range(5)]
        for one in ids:
            client.create_session(one)
        found = client.iter_sessions(prefix=self.session_id, page_size=2)
        self.assertEqual([one.session_id for one in found], ids[::-1])
        self.assertEqual(client.list_sessions(prefix=self.session_id, page=2, page_size=2).total, 5)
        session = client.get_session(ids[0])
        with self.assertRaises(NotModifiedError):
            client.get_session(ids[0], if_none_match=session.etag)
        changed = client.update_session(ids[0], multi_agent_state={"a": 1}, if_match=session.etag)
        self.assertEqual(changed.multi_agent_state, {"a": 1})
        with self.assertRaises(PreconditionFailedError):
            client.delete_session(ids[0], if_match=session.etag)
        client.delete_session(ids[0], if_match=changed.etag)
        with self.assertRaises(NotFoundError):
            client.get_session(ids[0])

    def agents_and_messages(self, client: Any) -> None:
        session, agents = self.session_id, [f"agent {n}" for n in range(5)]
        client.create_session(session)
        for one in agents:
            client.create_agent(session, one, {}, {"removed_message_count": 3})
        self.assertEqual([one.agent_id for one in client.iter_agents(session, page_size=2)], agents)
        self.assertEqual([one.agent_id for one in client.list_agents(session, page_size=2).items], agents[:2])
        self.assertEqual(client.update_agent(session, agents[0], state={"b": 2}).state, {"b": 2})
        self.assertEqual(client.get_agent(session, agents[0]).state, {"b": 2})
        client.delete_agent(session, agents[4])
        message = {"role": "user", "content": "x"}
        client.create_message(session, agents[0], 0, message)
        client.create_messages(session, agents[0], [{"message_id": n, "message": message} for n in range(1, 8)])
        self.assertEqual(
            [one.message_id for one in client.iter_messages(session, agents[0], page_size=3, order="desc")],
            list(range(7, -1, -1)),
        )
        self.assertEqual([one.message_id for one in client.list_messages(session, agents[0], offset=6).items], [6, 7])
        changed = client.update_message(session, agents[0], 2, message={"role": "user", "content": "y"})
        self.assertEqual(client.get_message(session, agents[0], 2).message, changed.message)
        client.delete_message(session, agents[0], 7)
        restored = client.restore(session, agents[0], offset="removed")
        self.assertEqual((restored.total, restored.offset, len(restored.messages)), (7, 3, 4))
        copy = client.fork_session(session, f"{session}-copy", until={agents[0]: 4})
        self.assertEqual(client.list_messages(copy.session_id, agents[0], offset=0, limit=0).total, 5)
        self.assertEqual(client.delete_messages_from(session, agents[0], 4), 3)

    def graphs(self, client: Any) -> None:
        session, ids = self.session_id, [f"graph {n}" for n in range(5)]
        for one in ids:
            client.create_multi_agent(session, one, {})
        self.assertEqual([one.multi_agent_id for one in client.iter_multi_agents(session, page_size=2)], ids)
        self.assertEqual(client.list_multi_agents(session, page_size=1).total, 5)
        client.update_multi_agent(session, ids[0], state={"c": 3})
        self.assertEqual(client.get_multi_agent(session, ids[0]).state, {"c": 3})
        client.delete_multi_agent(session, ids[0])
        with self.assertRaises(NotFoundError):
            client.get_multi_agent(session, ids[0])

    def objects(self, client: Any) -> None:
        prefix = f"{new_id('api')}/"
        keys = [f"{prefix}{n}" for n in range(5)]
        tags = [client.put_object(key, b"data", content_type="text/plain") for key in keys]
        self.assertEqual(client.iter_keys(prefix=prefix, page_size=2), keys)
        self.assertEqual(client.list_keys(prefix=prefix, start_after=keys[3]), keys[4:])
        found = client.get_object(keys[0])
        self.assertEqual((found.data, found.content_type, found.etag), (b"data", "text/plain", tags[0]))
        head = client.head_object(keys[0])
        self.assertEqual((head.data, head.content_type, head.etag), (b"", "text/plain", tags[0]))
        with self.assertRaises(NotFoundError):
            client.head_object(f"{prefix}nothing")
        client.delete_object(keys[0], if_match=tags[0])
        self.assertEqual(client.delete_keys(prefix), 4)

    def about_the_service(self, client: Any) -> None:
        self.assertEqual(client.health()["status"], "healthy")
        for answer in (client.health_live(), client.health_db(), client.health_ready()):
            self.assertTrue(answer)
        self.assertIn("application", client.health_metrics())
        self.assertIn("# HELP", client.metrics())
        self.assertIn("paths", client.openapi())


if __name__ == "__main__":
    unittest.main()
