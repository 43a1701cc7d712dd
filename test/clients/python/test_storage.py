"""SessionBackendStorage with the SDK's snapshot manager, and by itself."""

from __future__ import annotations

import asyncio
import base64
import json
import unittest
from collections.abc import Awaitable
from typing import TypeVar

from proxy import Proxy
from session_backend_client import SessionBackendStorage
from strands.storage import Storage
from strands.types.exceptions import StorageError
from support import DATA, PORT, URL, ServiceTest, new_id, run_talk

T = TypeVar("T")


def run(work: Awaitable[T]) -> T:
    """A loop of its own each time, as the SDK does."""

    async def wait() -> T:
        return await work

    return asyncio.run(wait())


class Snapshots(ServiceTest):
    def test_an_agent_comes_back(self) -> None:
        first = run_talk("snapshot", self.session_id, "one")
        second = run_talk("snapshot", self.session_id, "two")
        self.assertEqual((first["before"], first["after"]), (0, 2))
        self.assertEqual((second["before"], second["after"]), (2, 4))
        self.assertEqual(second["pictures"], [True, True])
        self.assertEqual(second["state"], {"last": "two"})
        keys = self.client.list_keys(prefix=f"session/{self.session_id}/")
        self.assertEqual(len(keys), 3)
        self.assertTrue(keys[-1].endswith("/snapshots/snapshot_latest.json"))

    def test_checkpoints_and_deletion(self) -> None:
        from strands import Agent
        from strands.session import SnapshotSessionManager
        from support import ScriptedModel

        manager = SnapshotSessionManager(self.session_id, storage=SessionBackendStorage(URL))
        agent = Agent(agent_id="ann", model=ScriptedModel(), session_manager=manager, callback_handler=None)
        agent("one")
        checkpoint = run(manager.save_snapshot(agent, is_latest=False))
        agent("two")
        self.assertEqual(len(agent.messages), 4)
        self.assertEqual(run(manager.list_snapshot_ids(agent)), [checkpoint])
        self.assertTrue(run(manager.restore_snapshot(agent, snapshot_id=checkpoint)))
        self.assertEqual(len(agent.messages), 2)
        run(manager.delete_session())
        self.assertEqual(self.client.list_keys(prefix=f"session/{self.session_id}/"), [])

    def test_an_agents_own_storage(self) -> None:
        """The manager finds it there, and puts everything under session/."""
        from strands import Agent
        from strands.session import SnapshotSessionManager
        from support import ScriptedModel

        for expected in (0, 2):
            agent = Agent(
                agent_id="ann",
                model=ScriptedModel(),
                storage=SessionBackendStorage(URL),
                session_manager=SnapshotSessionManager(self.session_id),
                callback_handler=None,
            )
            self.assertEqual(len(agent.messages), expected)
            agent("hello")
        keys = self.client.list_keys(prefix=f"session/{self.session_id}/")
        self.assertEqual(keys, [f"session/{self.session_id}/scopes/agent/ann/snapshots/snapshot_latest.json"])
        self.client.create_session(self.session_id)
        self.client.delete_session(self.session_id, storage=True)
        self.assertEqual(self.client.list_keys(prefix=f"session/{self.session_id}/"), [])

    def test_a_namespace_of_ones_own(self) -> None:
        """A view that is namespaced already gets no other prefix, as with the SDK's own stores."""
        from strands import Agent
        from strands.session import SnapshotSessionManager
        from support import ScriptedModel

        name = new_id("mine")
        manager = SnapshotSessionManager(self.session_id, storage=SessionBackendStorage(URL).namespace(name))
        Agent(agent_id="ann", model=ScriptedModel(), session_manager=manager, callback_handler=None)("hello")
        keys = self.client.list_keys(prefix=f"{name}/")
        self.assertEqual(keys, [f"{name}/{self.session_id}/scopes/agent/ann/snapshots/snapshot_latest.json"])

    def test_recorded_operations(self) -> None:
        """Of both SDKs, each against a plain dictionary."""
        for language in ("python", "typescript"):
            storage = SessionBackendStorage(URL, retries=0).namespace(new_id(language))
            model: dict[str, bytes] = {}
            for line in (DATA / f"snapshots_{language}.ndjson").read_text().splitlines():
                step = json.loads(line)
                key, data = step["key"], base64.b64decode(step.get("body_base64") or "")
                if step["op"] == "write":
                    model[key] = data
                    run(storage.write(key, data))
                elif step["op"] == "read":
                    self.assertEqual(run(storage.read(key)), model.get(key))
                elif step["op"] == "delete":
                    model.pop(key, None)
                    run(storage.delete(key))
                else:
                    self.assertEqual(run(storage.list(key)), sorted(one for one in model if one.startswith(key)))
            self.assertEqual(len(model), 1)
            self.assertEqual(run(storage.list("")), list(model))


class Operations(ServiceTest):
    def setUp(self) -> None:
        super().setUp()
        self.prefix = new_id("storage")
        self.storage = SessionBackendStorage(URL, retries=0).namespace(self.prefix)

    def test_it_is_a_storage(self) -> None:
        self.assertIsInstance(self.storage, Storage)

    def test_write_read_delete_list(self) -> None:
        self.assertIsNone(run(self.storage.read("a/b")))
        for data in (b"", b"\0\xff", bytes(3_000_000)):
            run(self.storage.write("a/b", data))
            self.assertEqual(run(self.storage.read("a/b")), data)
        run(self.storage.write("a/c d%/é", b"x"))
        run(self.storage.write("ab", b"x"))
        self.assertEqual(run(self.storage.list("")), ["a/b", "a/c d%/é", "ab"])
        self.assertEqual(run(self.storage.list("a/")), ["a/b", "a/c d%/é"])
        self.assertEqual(run(self.storage.list("a")), ["a/b", "a/c d%/é", "ab"])
        self.assertIn(f"{self.prefix}/ab", run(SessionBackendStorage(URL).list("")))
        run(self.storage.delete("a/b"))
        run(self.storage.delete("a/b"))
        self.assertIsNone(run(self.storage.read("a/b")))

    def test_keys_are_cleaned_as_by_the_sdk(self) -> None:
        run(self.storage.write("/x//y/", b"1"))
        self.assertEqual(run(self.storage.read("x/y")), b"1")
        self.assertEqual(run(self.storage.list("/x//")), ["x/y"])
        for wrong in ("", "/", "a/../b", "a/./b", "a\nb"):
            with self.assertRaises(StorageError, msg=wrong):
                run(self.storage.write(wrong, b""))
        with self.assertRaises(StorageError):
            self.storage.namespace("a/..")

    def test_namespaces_nest(self) -> None:
        run(self.storage.namespace("one").namespace("two").write("k", b"2"))
        self.assertEqual(run(self.storage.list("")), ["one/two/k"])
        self.assertEqual(run(self.storage.namespace("one/two").list("")), ["k"])

    def test_search_is_inherited(self) -> None:
        run(self.storage.write("notes/rome", b"the weather in rome is sunny"))
        run(self.storage.write("notes/oslo", b"snow"))
        self.assertEqual([one.key for one in run(self.storage.search("weather rome"))], ["notes/rome"])

    def test_errors_are_storage_errors(self) -> None:
        with self.assertRaises(StorageError):
            SessionBackendStorage("nonsense")
        with self.assertRaisesRegex(StorageError, "cannot be reached"):
            run(SessionBackendStorage("http://127.0.0.1:1", retries=0).read("x"))
        with Proxy(PORT, lambda number: "html") as proxy:
            storage = SessionBackendStorage(proxy.url)
            for work in (storage.read("x"), storage.write("x", b""), storage.delete("x"), storage.list("")):
                with self.assertRaisesRegex(StorageError, "is the base URL right"):
                    run(work)

    def test_many_loops_and_many_at_once(self) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(self.storage.write(f"n/{n}", b"%d" % n) for n in range(40)))

        run(all_at_once())
        self.assertEqual(len(run(self.storage.list("n/"))), 40)

    def test_without_compare_and_set_the_last_wins(self) -> None:
        other = SessionBackendStorage(URL).namespace(self.prefix)
        run(self.storage.read("k"))
        run(other.write("k", b"other"))
        run(self.storage.write("k", b"mine"))
        self.assertEqual(run(other.read("k")), b"mine")

    def test_compare_and_set(self) -> None:
        mine, other = (SessionBackendStorage(URL, compare_and_set=True).namespace(self.prefix) for _ in range(2))
        self.assertIsNone(run(mine.read("k")))
        run(other.write("k", b"other"))
        with self.assertRaisesRegex(StorageError, "another process wrote"):
            run(mine.write("k", b"mine"))
        self.assertEqual(run(mine.read("k")), b"other")
        run(mine.write("k", b"mine"))
        run(mine.write("k", b"mine again"))
        with self.assertRaisesRegex(StorageError, "another process wrote"):
            run(other.delete("k"))
        with self.assertRaisesRegex(StorageError, "another process wrote"):
            run(other.write("k", b"other again"))
        self.assertEqual(run(other.read("k")), b"mine again")
        run(other.delete("k"))
        run(other.delete("k"))
        run(mine.read("k"))
        run(other.write("k", b"new"))
        with self.assertRaisesRegex(StorageError, "another process wrote"):
            run(mine.delete("k"))
        self.assertEqual(run(other.read("k")), b"new")

    def test_a_delete_whose_answer_was_lost_is_done(self) -> None:
        with Proxy(
            PORT, lambda number: "after" if proxy.requests[-1].startswith("DELETE") and not proxy.broken else None
        ) as proxy:
            storage = SessionBackendStorage(proxy.url, compare_and_set=True).namespace(self.prefix)
            run(storage.write("k", b"x"))
            run(storage.delete("k"))
            self.assertEqual(proxy.broken, 1)
        self.assertIsNone(run(self.storage.read("k")))

    def test_compare_and_set_when_answers_are_lost(self) -> None:
        """A repeated write meets its own result, which is no conflict."""
        with Proxy(PORT, lambda number: "after" if number % 2 == 0 else None) as proxy:
            storage = SessionBackendStorage(proxy.url, compare_and_set=True).namespace(self.prefix)
            run(storage.read("k"))
            proxy.plan = lambda number: "after" if "PUT" in proxy.requests[-1] and number % 2 == 0 else None
            for n in range(4):
                proxy.requests.append("") if len(proxy.requests) % 2 else None
                run(storage.write("k", b"%d" % n))
            self.assertGreater(proxy.broken, 3)
        self.assertEqual(run(self.storage.read("k")), b"3")


if __name__ == "__main__":
    unittest.main()
