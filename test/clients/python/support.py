"""What the tests share: the service under test, a scripted model, programs of their own."""

from __future__ import annotations

import atexit
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import uuid
from collections.abc import AsyncIterable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import httpx
from session_backend_client import SessionBackendClient, SessionBackendRepository, cli
from strands import Agent
from strands.models.model import Model
from strands.session.repository_session_manager import RepositorySessionManager

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
URL = os.environ["SERVER_URL"]
PORT = int(os.environ["SERVER_PORT"])
DATA = Path(os.environ.get("TEST_DATA") or PROJECT / "../shared/data")
NEW_SDK = os.environ.get("TEST_SDK", "new") == "new"

Block = dict[str, Any]
Turn = list[Block]


def text(words: str) -> Turn:
    return [{"text": words}]


def tool_use(name: str, value: dict[str, Any], use_id: str | None = None) -> Block:
    return {"toolUse": {"toolUseId": use_id or f"use-{uuid.uuid4().hex[:8]}", "name": name, "input": value}}


class Overflow:
    """In a script: the model says that the conversation is too long."""


class Redact:
    """In a script: a guardrail takes the user's message back."""


class ScriptedModel(Model):
    """Says what its script says, a turn a call; remembers what it was shown."""

    def __init__(self, script: Iterable[Turn | type[Overflow] | type[Redact]] = ()) -> None:
        self.script = list(script)
        self.seen: list[list[dict[str, Any]]] = []

    def update_config(self, **model_config: Any) -> None: ...

    def get_config(self) -> Any:
        return {}

    def structured_output(self, *arguments: Any, **named: Any) -> Any:
        raise NotImplementedError

    async def stream(self, messages: Any, *arguments: Any, **named: Any) -> AsyncIterable[Any]:
        self.seen.append(json.loads(json.dumps(messages, default=repr)))
        turn = self.script.pop(0) if self.script else text("as you say")
        if turn is Overflow:
            from strands.types.exceptions import ContextWindowOverflowException

            raise ContextWindowOverflowException("too long")
        if turn is Redact:
            yield {"messageStart": {"role": "assistant"}}
            yield {"redactContent": {"redactUserContentMessage": "[taken back]"}}
            turn = text("I cannot talk about that")
        else:
            yield {"messageStart": {"role": "assistant"}}
        assert isinstance(turn, list)
        for block in turn:
            if "toolUse" in block:
                use = block["toolUse"]
                yield {
                    "contentBlockStart": {"start": {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}}
                }
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(use["input"])}}}}
            else:
                yield {"contentBlockStart": {"start": {}}}
                yield {"contentBlockDelta": {"delta": {"text": block["text"]}}}
            yield {"contentBlockStop": {}}
        stop = "tool_use" if any("toolUse" in block for block in turn) else "end_turn"
        yield {"messageStop": {"stopReason": stop}}
        yield {
            "metadata": {
                "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
                "metrics": {"latencyMs": 1},
            }
        }


def new_id(word: str = "s") -> str:
    return f"{word}-{uuid.uuid4().hex[:12]}"


def make_agent(
    session_id: str,
    script: Iterable[Any] = (),
    *,
    repository: SessionBackendRepository | None = None,
    url: str = URL,
    **options: Any,
) -> Agent:
    """An agent on the service, restored when it is there."""
    repository = repository or SessionBackendRepository(url)
    manager = RepositorySessionManager(session_id=session_id, session_repository=repository)
    options.setdefault("agent_id", "ann")
    return Agent(model=ScriptedModel(script), session_manager=manager, callback_handler=None, **options)


def state_of(agent: Agent) -> dict[str, Any]:
    """All that a restart has to bring back, as JSON."""
    from strands.types.session import SessionAgent, encode_bytes_values

    kept = SessionAgent.from_agent(agent).to_dict()
    whole = {name: kept.get(name) for name in ("agent_id", "state", "conversation_manager_state", "_internal_state")}
    whole["messages"] = agent.messages
    return json.loads(json.dumps(encode_bytes_values(whole)))


_talk: list[subprocess.Popen[str]] = []


def run_talk(*arguments: str, status: int = 0) -> Any:
    """A scenario of talk.py in a new process; gives its result."""
    if not _talk:
        program = [sys.executable, str(HERE / "talk.py")]
        _talk.append(subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        atexit.register(_end_talk)
    talk = _talk[0]
    assert talk.stdin is not None and talk.stdout is not None
    with tempfile.NamedTemporaryFile("r") as result:
        print(json.dumps([result.name, *arguments]), file=talk.stdin, flush=True)
        ended = talk.stdout.readline().strip()
        said = Path(result.name).read_text()
    if ended != str(status):
        raise AssertionError(f"{arguments} ended with {ended}\n{said}")
    return json.loads(said) if said else None


def _end_talk() -> None:
    for talk in _talk:
        talk.communicate()


class Done(NamedTuple):
    """What a run of the command line left behind."""

    returncode: int
    stdout: str
    stderr: str


def run_tool(*arguments: str, url: str = URL, **environment: str) -> Done:
    """The command line, in this process: starting one costs more than what it does."""
    out, err = io.StringIO(), io.StringIO()
    settings = {"SESSION_BACKEND_URL": url, **environment}
    with mock.patch.dict(os.environ, settings), redirect_stdout(out), redirect_stderr(err):
        status = cli.main(list(arguments))
    return Done(status, out.getvalue(), err.getvalue())


def bash(script: str, *settings: str) -> None:
    """A piece of shell with the functions of test/lib/server.bash, for the server of this run."""
    source = f'source "{PROJECT}/test/lib/server.bash"; set -euo pipefail; {script}'
    with open(Path(os.environ["SERVER_DIR"]) / "control.log", "a") as log:
        done = subprocess.run(
            ["bash", "-c", source, "bash", *settings], stdout=log, stderr=log, timeout=120, cwd=PROJECT
        )
    if done.returncode != 0:
        raise AssertionError(f"{script}: status {done.returncode}\n{Path(log.name).read_text()[-3000:]}")


def restart_service(*settings: str) -> None:
    """Ends it and starts it again on the same port."""
    bash(
        'expect_restarts; service_end; service_launch "$@"; poll "$SERVER_DEADLINE" service_answers;'
        " server_remember_workers",
        *settings,
    )


class ServiceTest(unittest.TestCase):
    """A test with a client of its own. A service that is well needs no second attempt."""

    retries = 0

    def setUp(self) -> None:
        self.client = SessionBackendClient(URL, retries=self.retries)
        self.addCleanup(self.client.close)
        self.session_id = new_id(self.id().rpartition(".")[2])
        self.maxDiff = 4000

    def stored_texts(self, session_id: str, agent_id: str = "ann") -> list[tuple[int, str, str]]:
        """Number, role and text of what the service holds."""
        found = []
        for message in self.client.iter_messages(session_id, agent_id):
            shown = message.redact_message or message.message
            words = " ".join(block.get("text", next(iter(block))) for block in shown["content"])
            found.append((message.message_id, shown["role"], words))
        return found

    def raw(self, session_id: str, agent_id: str = "ann") -> str:
        """The bytes of a history, to see that something is not in it."""
        answer = httpx.get(f"{URL}/api/v1/sessions/{session_id}/agents/{agent_id}/messages?offset=0", timeout=60)
        answer.raise_for_status()
        return answer.text
