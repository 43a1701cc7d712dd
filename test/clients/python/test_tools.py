"""The command line, import and export, and what clients of the field send."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import httpx
from proxy import Proxy
from strands.agent.conversation_manager import SlidingWindowConversationManager
from strands.session.file_session_manager import FileSessionManager
from strands.types.session import Session, SessionAgent, SessionMessage, SessionType
from support import NEW_SDK, PORT, URL, ServiceTest, make_agent, new_id, run_tool, text

SESSIONS = 200 if NEW_SDK else 20


def make_tree(root: Path, count: int, prefix: str) -> None:
    """A file store as the SDK's own manager writes it."""
    for number in range(count):
        session_id = f"{prefix}-{number:03}"
        manager = FileSessionManager(session_id, storage_dir=str(root))
        for agent_id in ("ann", "b ö b")[: 1 + number % 2]:
            state = {"n": number, "f": 1.0, "deep": {"é": [None, True, "\0"]}}
            manager.create_agent(
                session_id, SessionAgent(agent_id, state, SlidingWindowConversationManager().get_state())
            )
            for n in range(number % 7):
                message = SessionMessage({"role": "user", "content": [{"text": f"№ {n} \U0001f600"}]}, n)
                if n == 3:
                    message.message["content"].append(
                        {"image": {"format": "png", "source": {"bytes": bytes(range(99))}}}
                    )
                if n == 4:
                    message.redact_message = {"role": "user", "content": [{"text": "[taken back]"}]}
                manager.create_message(session_id, agent_id, message)
        if number % 10 == 0 and NEW_SDK:
            folder = root / f"session_{session_id}" / "multi_agents" / "multi_agent_graph"
            folder.mkdir(parents=True)
            (folder / "multi_agent.json").write_text(json.dumps({"type": "graph", "id": "graph"}, indent=2))


def read_tree(root: Path) -> dict[str, str]:
    """Path to text, without the time that the service sets itself and what the oldest SDK does not write."""
    without = ('  "updated_at": ',) if NEW_SDK else ('  "updated_at": ', '  "_internal_state": {},')
    tree = {}
    for file in sorted(root.rglob("*.json")):
        kept = [line for line in file.read_text().split("\n") if not line.startswith(without)]
        tree[str(file.relative_to(root))] = "\n".join(kept)
    return tree


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Transfer(ServiceTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="transfer-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.tree = self.folder / "tree"

    def test_many_sessions_in_and_out(self) -> None:
        prefix = new_id("import")
        make_tree(self.tree, SESSIONS, prefix)
        done = run_tool("import-files", str(self.tree))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"{SESSIONS} sessions taken over", done.stdout)
        self.assertEqual(self.client.list_sessions(prefix=prefix, page_size=1).total, SESSIONS)
        again = run_tool("import-files", str(self.tree))
        self.assertEqual((again.returncode, again.stdout), (0, done.stdout))
        out = self.folder / "out"
        done = run_tool("export", "--prefix", prefix, str(out))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(read_tree(out), read_tree(self.tree))
        manager = FileSessionManager(f"{prefix}-006", storage_dir=str(out))
        self.assertEqual(len(manager.list_messages(f"{prefix}-006", "ann")), 6)
        agent = make_agent(f"{prefix}-006", [text("welcome to the new house")])
        self.assertEqual(len(agent.messages), 6)
        agent("hello")

    def test_an_interrupted_import_goes_on(self) -> None:
        prefix = new_id("cut")
        make_tree(self.tree, 30, prefix)
        with Proxy(PORT, lambda number: "slow" if number == 40 else None) as proxy:
            first = subprocess.Popen(
                [sys.executable, "-m", "session_backend_client", "--url", proxy.url, "import-files", str(self.tree)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            deadline = time.monotonic() + 60
            while len(proxy.requests) < 41 and time.monotonic() < deadline:
                time.sleep(0.01)
            first.send_signal(signal.SIGINT)
            complaint = first.communicate(timeout=60)[1]
        self.assertEqual((first.returncode, complaint), (130, "interrupted; run it again to go on\n"))
        self.assertLess(self.client.list_sessions(prefix=prefix, page_size=1).total, 30)
        done = run_tool("import-files", str(self.tree))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.client.list_sessions(prefix=prefix, page_size=1).total, 30)
        out = self.folder / "out"
        self.assertEqual(run_tool("export", "--prefix", prefix, str(out)).returncode, 0)
        self.assertEqual(read_tree(out), read_tree(self.tree))

    def test_a_terminal_shows_a_bar(self) -> None:
        make_tree(self.tree, 2, new_id("bar"))
        with mock.patch.object(io, "StringIO", Terminal):
            done = run_tool("import-files", str(self.tree))
        self.assertEqual(done.returncode, 0)
        self.assertIn("\r[" + "." * 30 + "] 0/2 sessions", done.stderr)
        self.assertIn("\r[" + "#" * 30 + "] 2/2 sessions", done.stderr)

    def test_a_copied_bucket(self) -> None:
        """Prefixes above, and no empty folders."""
        prefix = new_id("s3")
        make_tree(self.tree / "prod" / "agents-v1", 3, prefix)
        for folder, _, _ in os.walk(self.tree, topdown=False):
            if not os.listdir(folder):
                os.rmdir(folder)
        self.assertEqual(run_tool("import-files", str(self.tree)).returncode, 1)
        done = run_tool("import-s3", str(self.tree))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(list(self.client.iter_messages(f"{prefix}-002", "ann"))), 2)

    def test_what_is_wrong_is_said_and_the_rest_goes_on(self) -> None:
        prefix = new_id("bad")
        make_tree(self.tree, 4, prefix)
        (self.tree / f"session_{prefix}-001" / "session.json").write_text("{")
        agents = self.tree / f"session_{prefix}-002" / "agents" / "agent_ann" / "messages"
        (agents / "message_1.json").write_text('{"message_id": 7}')
        self.client.create_session(f"{prefix}-003", created_at="2001-01-01T00:00:00Z")
        done = run_tool("import-files", str(self.tree))
        self.assertEqual(done.returncode, 1)
        complaints = done.stderr.strip().split("\n")
        self.assertEqual(len(complaints), 3, done.stderr)
        self.assertIn("holds no valid JSON", complaints[0])
        self.assertIn("holds message 7", complaints[1])
        self.assertIn("already exists", complaints[2])
        self.assertIn("1 sessions taken over", done.stdout)

    def test_a_changed_message_is_noticed(self) -> None:
        prefix = new_id("diff")
        make_tree(self.tree, 3, prefix)
        self.assertEqual(run_tool("import-files", str(self.tree)).returncode, 0)
        self.client.update_message(f"{prefix}-002", "ann", 1, message={"role": "user", "content": "other"})
        done = run_tool("import-files", str(self.tree))
        self.assertEqual(done.returncode, 1)
        self.assertIn("message 1 of agent 'ann' is there already and differs", done.stderr)


class CommandLine(ServiceTest):
    def test_it_runs_as_a_module_and_as_a_program(self) -> None:
        self.client.create_session(self.session_id)
        module = [sys.executable, "-m", "session_backend_client"]
        done = subprocess.run([*module, "--url", URL, "list"], capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(self.session_id, done.stdout)
        program = [f"{sys.exec_prefix}/bin/session-backend-client", "--url", URL]
        done = subprocess.run([*program, "show", "nobody"], capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (1, "session_backend_client: Session 'nobody' not found\n"))

    def test_show_and_list(self) -> None:
        self.client.create_session(self.session_id, created_at="2001-02-03T04:05:06Z")
        self.client.create_agent(self.session_id, "ann", {}, {})
        picture = {"__bytes_encoded__": True, "data": "AAAA" * 100}
        contents = [
            ("user", [{"text": "two\nlines \x1b[31mred"}, {"image": {"format": "png", "source": {"bytes": picture}}}]),
            ("assistant", [{"toolUse": {"toolUseId": "1", "name": "weather", "input": {"city": "Rome"}}}]),
            ("user", [{"toolResult": {"toolUseId": "1", "status": "success", "content": [{"text": "x" * 500}]}}]),
        ]
        for number, (role, content) in enumerate(contents):
            self.client.create_message(self.session_id, "ann", number, {"role": role, "content": content})
        self.client.update_message(
            self.session_id, "ann", 2, redact_message={"role": "user", "content": [{"text": "gone"}]}
        )
        shown = run_tool("show", self.session_id)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for part in (
            "[0] user\n    two\n    lines",
            "[image, png, 300 bytes]",
            '-> weather({"city": "Rome"})',
            "[2] user, redacted\n    gone",
        ):
            self.assertIn(part, shown.stdout)
        self.assertNotIn("\x1b", shown.stdout)
        self.assertNotIn("xxx", shown.stdout)
        listed = run_tool("list", "--prefix", self.session_id)
        self.assertRegex(listed.stdout, f"^2001-02-03T04:05:06  .*  {self.session_id}\n$")

    def test_each_mistake_is_one_sentence(self) -> None:
        with Proxy(PORT, lambda number: "html") as proxy:
            cases = [
                (("show", "nobody"), URL, "Session 'nobody' not found"),
                (("list",), "http://127.0.0.1:1", "cannot be reached"),
                (("list",), "nonsense", "is no URL"),
                (("list",), "http://a..b", "is no URL"),
                (("list",), proxy.url, "is the base URL right"),
                (("list",), f"{URL}/elsewhere", "is the base URL right"),
                (("import-files", "/nowhere"), URL, "is no folder"),
                (("export", "/dev/null/x", "nobody"), URL, ""),
                (("show", ".."), URL, "is no id"),
            ]
            for arguments, url, sentence in cases:
                done = run_tool("--retries", "0", *arguments, url=url)
                self.assertEqual(done.returncode, 1, arguments)
                self.assertIn(sentence, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertNotIn("Traceback", done.stderr)


class FieldClient(ServiceTest):
    """The deployed client, by its requests: ids unquoted, at most the oldest 1,000 messages, whole objects in PUT."""

    def test_its_requests_keep_working(self) -> None:
        session, base = new_id("field").replace("-", ""), f"{URL}/api/v1/sessions"
        http = httpx.Client(headers={"Content-Type": "application/json"}, timeout=60)
        self.addCleanup(http.close)
        self.assertEqual(http.get(f"{base}/{session}").status_code, 404)
        made = Session(session_id=session, session_type=SessionType.AGENT)
        answer = http.post(base, json=made.to_dict())
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(Session.from_dict(answer.json()).session_id, session)
        self.assertEqual(http.get(f"{base}/{session}/agents/ann").status_code, 404)
        agent = SessionAgent("ann", {"a": 1}, SlidingWindowConversationManager().get_state())
        self.assertEqual(http.post(f"{base}/{session}/agents", json=agent.to_dict()).status_code, 201)
        whole = agent.to_dict() | {"state": {"a": 2}, "_internal_state": {"model_state": {"id": "x"}}}
        answer = http.put(f"{base}/{session}/agents/ann", json=whole)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["internal_state"], {"model_state": {"id": "x"}})
        messages = f"{base}/{session}/agents/ann/messages"
        for number in range(3):
            message = SessionMessage({"role": "user", "content": [{"text": f"number {number}"}]}, number)
            self.assertEqual(http.post(messages, json=message.to_dict()).status_code, 201)
        message.redact_message = {"role": "user", "content": [{"text": "taken back"}]}
        answer = http.put(f"{messages}/2", json=message.to_dict())
        self.assertEqual((answer.status_code, answer.json()["redact_message"]), (200, message.redact_message))
        answer = http.get(messages, params={"page": 1, "page_size": 1000})
        self.assertEqual(answer.status_code, 200)
        found = [SessionMessage.from_dict(one) for one in answer.json()["messages"]]
        self.assertEqual([one.message_id for one in found], [0, 1, 2])
        self.assertEqual(found[2].to_message(), message.redact_message)
        restored = make_agent(session, [text("taken over")])
        self.assertEqual((restored.state.get("a"), len(restored.messages)), (2, 3))


if __name__ == "__main__":
    unittest.main()
