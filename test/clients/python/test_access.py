"""Tokens and tenants, on the service restarted with a file of them; and the READMEs' programs, without."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

from session_backend_client import (
    ForbiddenError,
    SessionBackendClient,
    SessionBackendRepository,
    SessionBackendStorage,
    UnauthorizedError,
)
from strands.types.exceptions import SessionException, StorageError
from support import PORT, PROJECT, URL, ServiceTest, make_agent, new_id, restart_service, run_tool, text

TOKENS = {"secret-a": ("write", "a"), "secret-b": ("write", "b"), "reader": ("read", "a")}


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        file = Path(os.environ["SERVER_DIR"]) / "tokens"
        lines = [
            f"name{number}:{hashlib.sha256(token.encode()).hexdigest()}:{scope}:{tenant}"
            for number, (token, (scope, tenant)) in enumerate(TOKENS.items())
        ]
        file.write_text("\n".join(lines) + "\n")
        cls.addClassCleanup(restart_service)
        restart_service(f"AUTH_TOKENS_FILE={file}")

    def test_two_tenants_with_the_same_ids(self) -> None:
        session_id = new_id("tenant")
        for token in ("secret-a", "secret-b"):
            agent = make_agent(session_id, [text(f"of {token}")], repository=SessionBackendRepository(URL, token))
            self.assertEqual(agent.messages, [])
            agent("hello")
        for token in ("secret-a", "secret-b"):
            restored = make_agent(session_id, repository=SessionBackendRepository(URL, token))
            self.assertEqual(restored.messages[-1]["content"], [{"text": f"of {token}"}])
            with SessionBackendClient(URL, token) as client:
                self.assertEqual(client.list_sessions(prefix=session_id).total, 1)

    def test_storage_of_two_tenants(self) -> None:
        key = new_id("key")
        asyncio.run(SessionBackendStorage(URL, "secret-a").write(key, b"a"))
        self.assertIsNone(asyncio.run(SessionBackendStorage(URL, "secret-b").read(key)))
        self.assertEqual(asyncio.run(SessionBackendStorage(URL, "reader").read(key)), b"a")
        with self.assertRaises(StorageError):
            asyncio.run(SessionBackendStorage(URL, "reader").write(key, b"b"))

    def test_refused_tokens_are_one_sentence(self) -> None:
        for token in (None, "wrong"):
            with self.assertRaises(SessionException) as caught:
                SessionBackendRepository(URL, token).read_session("x")
            self.assertNotIn("\n", str(caught.exception))
            self.assertGreater(len(str(caught.exception)), 10)
            with self.assertRaises(UnauthorizedError):
                SessionBackendClient(URL, token).list_sessions()
            done = run_tool("list", SESSION_BACKEND_TOKEN=token or "")
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        with self.assertRaises(ForbiddenError):
            SessionBackendClient(URL, "reader").create_session("x")
        self.assertEqual(run_tool("list", SESSION_BACKEND_TOKEN="secret-a").returncode, 0)


class Readmes(ServiceTest):
    def program(self, language: str) -> str:
        found = re.findall(r"```(?:python|js)\n(.*?)```", (PROJECT / f"clients/{language}/README.md").read_text(), re.S)
        self.assertEqual(len(found[-1].strip().split("\n")), 10)
        self.assertIn("localhost:8001", found[-1])
        return str(found[-1]).replace("localhost:8001", f"127.0.0.1:{PORT}").replace("readme", self.session_id)

    def test_the_program_for_python(self) -> None:
        counts = []
        for _ in range(2):
            program = [sys.executable, "-c", self.program("python")]
            done = subprocess.run(program, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            counts.append(int(done.stdout.split()[-4]))
        self.assertGreater(counts[0], 0)
        self.assertEqual(counts[1], 2 * counts[0])

    def test_the_program_for_node(self) -> None:
        folder = os.environ.get("NODE_FOLDER")
        if not folder:
            self.skipTest("there is no node 20")
        for number in (1, 2):
            program = ["node", "--input-type=module", "-e", self.program("typescript")]
            done = subprocess.run(program, capture_output=True, text=True, timeout=120, cwd=folder)
            self.assertEqual((done.returncode, done.stdout), (0, f"visit number {number}\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
