"""The real SDK on the real service: every restart is a process of its own."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable
from typing import Any

import httpx
from proxy import Proxy
from session_backend_client import SessionBackendRepository
from strands.agent.conversation_manager import SlidingWindowConversationManager
from strands.session.repository_session_manager import RepositorySessionManager
from strands.types.exceptions import SessionException
from strands.types.session import Session, SessionAgent, SessionMessage, SessionType
from support import DATA, NEW_SDK, PORT, URL, ServiceTest, make_agent, new_id, run_talk, state_of, text


def only_new(test: Callable[..., None]) -> Callable[..., None] | None:
    """Of the oldest SDK such a test would say nothing."""
    return test if NEW_SDK else None


class Conversations(ServiceTest):
    def talk(self, scenario: str, *more: str, status: int = 0) -> dict:
        return run_talk(scenario, self.session_id, *more, status=status)

    def test_everything_comes_back_in_a_new_process(self) -> None:
        first = self.talk("chat", "hello", "hello yourself")
        second = self.talk("chat", "how are you?", "fine")
        self.assertEqual(first["before"]["messages"], [])
        self.assertEqual(second["before"], first["after"])
        self.assertEqual(second["after"]["state"]["visits"], 2)
        self.assertEqual(
            [words for _, _, words in self.stored_texts(self.session_id)],
            ["hello", "hello yourself", "how are you?", "fine"],
        )
        self.assertEqual(self.talk("look"), second["after"])

    def test_images_come_back(self) -> None:
        self.assertEqual(self.talk("media"), self.talk("look"))

    def test_tool_pairs_come_back(self) -> None:
        after = self.talk("tools")
        self.assertEqual(self.talk("look"), after)
        kinds = [[next(iter(block)) for block in message["content"]] for message in after["messages"]]
        self.assertEqual(kinds, [["text"], ["toolUse", "toolUse"], ["toolResult", "toolResult"], ["text"]])

    def test_a_process_that_died_between_tool_use_and_result_goes_on(self) -> None:
        self.talk("dies", status=9)
        after = self.talk("revived")
        self.assertEqual([message["role"] for message in after["before"]["messages"]], ["user", "assistant"])
        self.assertEqual(after["after"]["messages"][-1]["content"], [{"text": "I am back"}])
        numbers = [number for number, _, _ in self.stored_texts(self.session_id)]
        self.assertEqual(numbers, list(range(len(numbers))))

    @only_new
    def test_interrupts_are_resumed_in_a_new_process(self) -> None:
        stopped = self.talk("interrupted")
        self.assertEqual(stopped["stop"], "interrupt")
        self.assertEqual(stopped["interrupts"][0]["reason"], {"path": "/tmp/x"})
        self.assertTrue(stopped["state"]["_internal_state"]["interrupt_state"]["activated"])
        after = self.talk("resumed", stopped["interrupts"][0]["id"])
        self.assertEqual(after["before"], stopped["state"])
        self.assertEqual(after["stop"], "end_turn")
        self.assertIn("approved: True", json.dumps(after["state"]["messages"]))
        self.assertEqual(self.talk("look"), after["state"])

    def test_a_redaction_is_stored_and_the_old_text_gone(self) -> None:
        after = self.talk("redacted")
        self.assertNotIn("4711", json.dumps(after))
        self.assertNotIn("4711", self.raw(self.session_id))
        self.assertEqual(self.client.get_message(self.session_id, "ann", 2).redact_message["role"], "user")
        self.assertEqual(self.talk("look")["messages"], after["messages"])

    def test_summaries_come_back(self) -> None:
        first = self.talk("summarizing", "one", "two", "!three")
        self.assertGreater(first["removed"], 0)
        second = self.talk("summarizing", "four", "!five")
        self.assertEqual(second["before"], first["after"])
        self.assertGreater(second["removed"], first["removed"])
        self.assertEqual(self.client.list_messages(self.session_id, "ann", offset=0, limit=0).total, 10)
        third = self.talk("summarizing", "six")
        self.assertEqual(third["before"], second["after"])

    def test_a_sliding_window_comes_back(self) -> None:
        first = self.talk("sliding", *(f"turn {n}" for n in range(6)))
        self.assertEqual(len(first["after"]["messages"]), 6)
        self.assertEqual(first["removed"], 6)
        second = self.talk("sliding", "again", "and again")
        self.assertEqual(second["before"], first["after"])
        self.assertEqual(self.client.list_messages(self.session_id, "ann", offset=0, limit=0).total, 16)

    def test_two_processes_on_one_agent(self) -> None:
        """The second to write is told so, and changes nothing."""
        make_agent(self.session_id, [text("one")])("start")
        winner, loser = make_agent(self.session_id, [text("two")]), make_agent(self.session_id, [text("never")])
        loser.state.set("whose", "loser")
        winner.state.set("whose", "winner")
        winner("I am faster")
        with self.assertRaisesRegex(SessionException, "Message 2 already exists for agent 'ann'.*another process"):
            loser("I am slower")
        with self.assertRaisesRegex(SessionException, "another process"):
            loser("still here")
        self.assertEqual(
            [words for _, _, words in self.stored_texts(self.session_id)], ["start", "one", "I am faster", "two"]
        )
        again = make_agent(self.session_id, [text("three")])
        self.assertEqual(state_of(again)["messages"], state_of(winner)["messages"])
        self.assertEqual(again.state.get("whose"), "winner")
        again("now me")

    def test_two_processes_that_say_the_same(self) -> None:
        """The same words at the same place are told apart by their time: only one of them is stored."""
        make_agent(self.session_id, [text("one")])("start")
        winner, loser = make_agent(self.session_id, [text("two")]), make_agent(self.session_id, [text("never")])
        winner("the same")
        with self.assertRaises(SessionException):
            loser("the same")

    def test_agents_of_one_session(self) -> None:
        ann = make_agent(self.session_id, [text("I am Ann")])
        bob = make_agent(self.session_id, [text("I am Bob")], agent_id="bob")
        ann("who?")
        bob("who?")
        self.assertEqual(self.stored_texts(self.session_id)[1][2], "I am Ann")
        self.assertEqual(self.stored_texts(self.session_id, "bob")[1][2], "I am Bob")

    @only_new
    def test_a_graph_crashed_and_resumed(self) -> None:
        self.talk("graph", "crash", status=9)
        after = self.talk("graph", "go on")
        self.assertEqual(after["status"], "completed")
        self.assertEqual(after["ran"], ["second", "third"])
        self.assertEqual(after["order"], ["first", "second", "third"])
        self.assertIn("first is done", after["results"]["first"])
        self.assertIn("__bytes_encoded__", json.dumps(self.client.get_multi_agent(self.session_id, "the-graph").state))

    @only_new
    def test_a_swarm_crashed_and_resumed(self) -> None:
        self.talk("swarm", "crash", status=9)
        after = self.talk("swarm", "go on")
        self.assertEqual(after["status"], "completed")
        self.assertEqual(after["ran"], ["two"])
        self.assertEqual(after["order"], ["one", "two"])


class Repository(ServiceTest):
    """Its methods, without an agent around them."""

    def setUp(self) -> None:
        super().setUp()
        self.repository = SessionBackendRepository(URL, retries=2)
        self.addCleanup(self.repository.close)

    def new_agent(self, session_id: str, agent_id: str = "ann", removed: int = 0) -> None:
        self.repository.create_session(Session(session_id=session_id, session_type=SessionType.AGENT))
        manager = SlidingWindowConversationManager()
        manager.removed_message_count = removed
        self.repository.create_agent(session_id, SessionAgent(agent_id, {"a": 1}, manager.get_state()))

    def fill(self, session_id: str, count: int) -> None:
        for first in range(0, count, 1000):
            self.client.create_messages(
                session_id,
                "ann",
                [
                    {"message_id": n, "message": {"role": "user", "content": [{"text": f"message {n}"}]}}
                    for n in range(first, min(first + 1000, count))
                ],
            )

    def test_what_is_not_there(self) -> None:
        self.assertIsNone(self.repository.read_session("nobody"))
        self.assertIsNone(self.repository.read_agent("nobody", "ann"))
        self.new_agent(self.session_id)
        self.assertIsNone(self.repository.read_agent(self.session_id, "bob"))
        self.assertIsNone(self.repository.read_message(self.session_id, "ann", 5))
        self.assertEqual(self.repository.list_messages(self.session_id, "ann"), [])
        with self.assertRaisesRegex(SessionException, "^Agent 'bob' not found in session"):
            self.repository.list_messages(self.session_id, "bob")
        with self.assertRaisesRegex(SessionException, "^Message 3 not found for agent 'ann'"):
            message = SessionMessage({"role": "user", "content": []}, 3)
            self.repository.update_message(self.session_id, "ann", message)
        with self.assertRaisesRegex(SessionException, "^Agent 'bob' not found"):
            self.repository.update_agent(self.session_id, SessionAgent("bob", {}, {}))
        with self.assertRaisesRegex(SessionException, "^Session with ID '.*' already exists"):
            self.repository.create_session(Session(session_id=self.session_id, session_type=SessionType.AGENT))

    def test_what_was_written_is_read(self) -> None:
        self.new_agent(self.session_id)
        session = self.repository.read_session(self.session_id)
        self.assertEqual((session.session_id, session.session_type), (self.session_id, SessionType.AGENT))
        message = SessionMessage.from_message({"role": "user", "content": [{"text": "\ud83d \0 é 😀"}]}, 7)
        message.message["content"].append({"document": {"source": {"bytes": b"\0\xff"}}})
        self.repository.create_message(self.session_id, "ann", message)
        read = self.repository.read_message(self.session_id, "ann", 7)
        self.assertEqual(read.message, message.message)
        self.assertEqual(read.created_at, message.created_at)
        self.assertEqual(self.repository.list_messages(self.session_id, "ann")[0].message, message.message)
        agent = SessionAgent("ann", {"é": [1.5, None]}, {"x": {}})
        self.repository.update_agent(self.session_id, agent)
        read_agent = self.repository.read_agent(self.session_id, "ann")
        self.assertEqual(
            (read_agent.state, read_agent.conversation_manager_state), (agent.state, agent.conversation_manager_state)
        )
        self.repository.delete_session(self.session_id)
        self.assertIsNone(self.repository.read_session(self.session_id))

    def test_the_old_text_of_a_redacted_message_is_gone(self) -> None:
        self.new_agent(self.session_id)
        message = SessionMessage({"role": "user", "content": [{"text": "my secret is 4711"}]}, 0)
        self.repository.create_message(self.session_id, "ann", message)
        message.redact_message = {"role": "user", "content": [{"text": "[taken back]"}]}
        self.repository.update_message(self.session_id, "ann", message)
        self.assertNotIn("4711", self.raw(self.session_id))
        read = self.repository.list_messages(self.session_id, "ann")[0]
        self.assertEqual(read.to_message(), message.redact_message)
        self.assertEqual(read.redact_message, message.redact_message)

    def test_bytes_come_back_however_their_mark_is_spelled(self) -> None:
        """JSON may write any letter as an escape; what came in is given out unchanged."""
        self.new_agent(self.session_id)
        for number, mark in enumerate(("__bytes_encoded__", "\\u005f_bytes_encoded__", "__\\u0062ytes_encoded__")):
            body = f'{{"message_id":{number},"message":{{"role":"user","content":{{"{mark}":true,"data":"AP8="}}}}}}'
            url = f"{URL}/api/v1/sessions/{self.session_id}/agents/ann/messages"
            answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=60)
            self.assertEqual(answer.status_code, 201, answer.text)
            found = self.repository.read_message(self.session_id, "ann", number)
            self.assertEqual(found.message["content"], b"\0\xff", mark)

    def test_the_same_message_of_two_processes_is_told_apart_by_its_time(self) -> None:
        self.new_agent(self.session_id)
        other = SessionBackendRepository(URL)
        self.addCleanup(other.close)
        message = SessionMessage({"role": "user", "content": []}, 0, created_at="2001-02-03T04:05:06.000001+00:00")
        self.repository.create_message(self.session_id, "ann", message)
        message.created_at = "2001-02-03T04:05:06.000002+00:00"
        with self.assertRaisesRegex(SessionException, "another process"):
            other.create_message(self.session_id, "ann", message)

    @only_new
    def test_a_multi_agent_state_may_hold_bytes(self) -> None:
        class Many:
            id = "many %?"

            def __init__(self) -> None:
                self.state: dict[str, Any] = {"deep": [{"bytes": b"\0\xff"}], "n": 1}

            def serialize_state(self) -> dict[str, Any]:
                return self.state

        self.new_agent(self.session_id)
        many: Any = Many()
        self.assertIsNone(self.repository.read_multi_agent(self.session_id, many.id))
        with self.assertRaisesRegex(SessionException, "^Multi-agent 'many %\\?' not found"):
            self.repository.update_multi_agent(self.session_id, many)
        self.repository.create_multi_agent(self.session_id, many)
        self.assertEqual(self.repository.read_multi_agent(self.session_id, many.id), many.state)
        many.state = {"other": b"bytes"}
        self.repository.update_multi_agent(self.session_id, many)
        self.assertEqual(self.repository.read_multi_agent(self.session_id, many.id), many.state)

    def test_histories_of_1200_and_10000(self) -> None:
        self.new_agent(self.session_id)
        for count in (1200, 10000):
            self.fill(self.session_id, count) if count == 1200 else self.fill_up(1200, count)
            self.assertIsNotNone(self.repository.read_agent(self.session_id, "ann"))
            messages = self.repository.list_messages(self.session_id, "ann")
            self.assertEqual([one.message_id for one in messages], list(range(count)))
            self.assertEqual(messages[-1].message["content"], [{"text": f"message {count - 1}"}])
            agent = make_agent(self.session_id, [text("all of them")])
            self.assertEqual(len(agent.messages), count)

    def fill_up(self, start: int, count: int) -> None:
        for first in range(start, count, 1100):
            self.client.create_messages(
                self.session_id,
                "ann",
                [
                    {"message_id": n, "message": {"role": "user", "content": [{"text": f"message {n}"}]}}
                    for n in range(first, min(first + 1100, count))
                ],
            )

    def test_offset_and_limit(self) -> None:
        self.new_agent(self.session_id, removed=10)
        self.fill(self.session_id, 30)
        numbers = range(30)
        for offset, limit in ((0, None), (10, None), (12, 5), (10, 0), (29, None), (30, None), (99, None), (3, 4)):
            expected = list(numbers[offset:] if limit is None else numbers[offset : offset + limit])
            for ahead in (False, True):  # with and without a restore just before
                if ahead:
                    self.repository.read_agent(self.session_id, "ann")
                found = self.repository.list_messages(self.session_id, "ann", limit=limit, offset=offset)
                self.assertEqual([one.message_id for one in found], expected, (offset, limit, ahead))

    def test_what_a_restore_brought_along_is_used_once_and_never_stale(self) -> None:
        self.new_agent(self.session_id)
        self.fill(self.session_id, 3)
        self.repository.read_agent(self.session_id, "ann")
        self.client.create_message(self.session_id, "ann", 3, {"role": "user", "content": []})
        self.assertEqual(len(self.repository.list_messages(self.session_id, "ann")), 3)  # of one view with the agent
        self.assertEqual(len(self.repository.list_messages(self.session_id, "ann")), 4)
        self.repository.read_agent(self.session_id, "ann")
        message = SessionMessage({"role": "user", "content": []}, 4)
        self.repository.create_message(self.session_id, "ann", message)
        self.assertEqual(len(self.repository.list_messages(self.session_id, "ann")), 5)

    def test_an_agent_known_beforehand_is_restored_in_one_call(self) -> None:
        make_agent(self.session_id, [text("one")])("first")
        with Proxy(PORT) as proxy:
            repository = SessionBackendRepository(proxy.url, agent_id="ann")
            self.addCleanup(repository.close)
            agent = make_agent(self.session_id, [text("two")], repository=repository)
            self.assertEqual([len(proxy.requests), len(agent.messages)], [1, 2])
            agent("second")
            again = make_agent(self.session_id, repository=repository)
            self.assertEqual(state_of(again), state_of(agent))
            bob = make_agent(self.session_id, [text("I am Bob")], repository=repository, agent_id="bob")
            self.assertEqual(bob.messages, [])
            new = make_agent(new_id(), [text("new")], repository=repository)
            self.assertEqual(new.messages, [])

    def test_odd_ids(self) -> None:
        """The recorded ones, through URLs and back."""
        pairs = set()
        for line in (DATA / "conversation_odd_ids.ndjson").read_text().splitlines():
            request = json.loads(line)
            body = request.get("body") or {}
            if request["method"] == "POST" and "agent_id" in body:
                pairs.add((request["path"].split("/")[4], body["agent_id"]))
        self.assertGreater(len(pairs), 5)
        from urllib.parse import unquote

        for quoted, agent_id in sorted(pairs):
            session_id = unquote(quoted)[:200] + new_id("")
            self.new_agent(session_id, agent_id)
            self.repository.create_message(session_id, agent_id, SessionMessage({"role": "user", "content": []}, 0))
            self.assertEqual(self.repository.read_session(session_id).session_id, session_id)
            self.assertEqual(self.repository.read_agent(session_id, agent_id).agent_id, agent_id)
            self.assertEqual(len(self.repository.list_messages(session_id, agent_id)), 1)
            self.assertEqual(self.client.get_session(session_id).session_id, session_id)
        for wrong in ("..", ".", ""):
            with self.assertRaises(SessionException):
                self.repository.read_session(wrong)
        with self.assertRaises(SessionException):
            self.repository.read_agent(self.session_id, "..")
        with self.assertRaises(SessionException):
            self.repository.read_session("a/b")

    def test_what_no_json_can_hold(self) -> None:
        self.new_agent(self.session_id)
        with self.assertRaisesRegex(SessionException, "cannot be written as JSON"):
            self.repository.update_agent(self.session_id, SessionAgent("ann", {"n": float("nan")}, {}))
        message = SessionMessage({"role": "user", "content": [{"text": object()}]}, 0)  # type: ignore[typeddict-item]
        with self.assertRaisesRegex(SessionException, "cannot be written as JSON"):
            self.repository.create_message(self.session_id, "ann", message)
        self.repository.create_message(self.session_id, "ann", SessionMessage({"role": "user", "content": []}, 0))

    def test_the_manager_makes_the_session_once(self) -> None:
        for _ in range(2):
            manager = RepositorySessionManager(session_id=self.session_id, session_repository=self.repository)
            self.assertEqual(manager.session.session_id, self.session_id)


if __name__ == "__main__":
    unittest.main()
