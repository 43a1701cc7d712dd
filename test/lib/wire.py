"""HTTP as bytes: requests with exactly the bytes a test means, answers taken apart without help, members cut out of JSON.

Only the standard library. Everything else in this directory builds on it.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any, TypeVar

API = "/api/v1"
DEADLINE = 60.0  # seconds for one answer
T = TypeVar("T")

sys.setrecursionlimit(20000)  # for json.loads of deep bodies


class Broken(Exception):
    """The answer was not whole: the connection ended, or did not begin."""


@dataclass
class Answer:
    """One answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw_head: bytes = b""
    closed: bool = False  # the server announced or did the end of the connection

    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8", "surrogatepass"))


@dataclass
class Connection:
    """One kept connection."""

    port: int = field(default_factory=lambda: int(os.environ["SERVER_PORT"]))
    host: str = field(default_factory=lambda: os.environ.get("SERVER_HOST", "127.0.0.1"))
    timeout: float = DEADLINE
    sock: socket.socket | None = None
    reader: BufferedReader | None = None

    def open(self) -> socket.socket:
        if self.sock is None:
            self.sock = socket.create_connection((self.host, self.port), timeout=self.timeout)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.reader = self.sock.makefile("rb")
        return self.sock

    def close(self) -> None:
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_raw(self, data: bytes) -> None:
        self.open().sendall(data)

    def stream(self) -> BufferedReader:
        self.open()
        assert self.reader
        return self.reader

    def line(self) -> bytes:
        found = self.stream().readline(1 << 20)
        if not found.endswith(b"\n"):
            raise Broken(f"ended in a line after {len(found)} bytes: {found[:80]!r}")
        return found

    def head(self) -> bytes:
        """Status line and headers, the empty line included."""
        lines = [self.line()]
        while lines[-1] != b"\r\n":
            lines.append(self.line())
        return b"".join(lines)

    def exactly(self, count: int) -> bytes:
        found = self.stream().read(count)
        if len(found) != count:
            raise Broken(f"{len(found)} of {count} bytes")
        return found

    def answer(self, method: str = "GET") -> Answer:
        """Reads one answer; interim ones (1xx) are skipped."""
        while True:
            head = self.head()
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            if status >= 200:
                break
        headers = {}
        for line in lines[1:]:
            if line:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = self.chunks()
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:  # until the end of the connection
            body = self.stream().read()
        closed = headers.get("connection", "").lower() == "close" or lines[0].startswith("HTTP/1.0")
        if closed:
            self.close()
        return Answer(status, headers, body, head, closed)

    def chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            size = int(self.line().split(b";")[0], 16)
            part = self.exactly(size)
            self.line()
            if size == 0:
                return b"".join(parts)
            parts.append(part)

    def request(
        self, method: str, target: str | bytes, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        self.send_raw(request_bytes(method, target, body, headers))
        return self.answer(method)


def request_bytes(
    method: str, target: str | bytes, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    lines = {"Host": "localhost"}
    if body is not None:
        lines["Content-Type"] = "application/json"
        lines["Content-Length"] = str(len(body))
    lines.update(headers or {})
    raw_target = target if isinstance(target, bytes) else target.encode("utf-8", "surrogateescape")
    head = method.encode() + b" " + raw_target + b" HTTP/1.1\r\n"
    head += b"".join(
        f"{name}: {value}\r\n".encode("utf-8", "surrogateescape") for name, value in lines.items() if value != "\0"
    )
    return head + b"\r\n" + (body or b"")


def ask(
    method: str, target: str | bytes, body: bytes | str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own."""
    with Connection() as connection:
        return connection.request(method, target, body.encode() if isinstance(body, str) else body, headers)


def raw(data: bytes, method: str = "GET") -> Answer:
    """Exactly these bytes on a connection of their own."""
    with Connection() as connection:
        connection.send_raw(data)
        return connection.answer(method)


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """work(0) to work(count - 1), each in a thread of its own; their results in that order."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


# --- JSON members as bytes -----------------------------------------------------------------------------------------
SPACE = re.compile(rb"[ \t\n\r]*")
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
SCALAR = re.compile(rb"[^,\]} \t\n\r]+")
INSIDE = re.compile(rb'["\[\]{}]')


def skip_space(text: bytes, at: int) -> int:
    found = SPACE.match(text, at)
    assert found
    return found.end()


def skip_value(text: bytes, at: int) -> int:
    """The place behind the value that begins at `at`; the text is valid JSON."""
    if text[at : at + 1] == b'"':
        found = STRING.match(text, at)
    elif text[at : at + 1] in (b"{", b"["):
        depth = 0
        while True:
            mark = INSIDE.search(text, at)
            assert mark, "JSON ends inside a value"
            if mark.group() == b'"':
                string = STRING.match(text, mark.start())
                assert string
                at = string.end()
                continue
            depth += 1 if mark.group() in b"{[" else -1
            at = mark.end()
            if depth == 0:
                return at
    else:
        found = SCALAR.match(text, at)
    assert found, f"no JSON value at {at}"
    return found.end()


def members(text: bytes) -> dict[str, bytes]:
    """The members of an object as their own bytes; names unescaped; of duplicates the last."""
    result: dict[str, bytes] = {}
    at = skip_space(text, 0)
    assert text[at : at + 1] == b"{", f"no object: {text[:60]!r}"
    at = skip_space(text, at + 1)
    while text[at : at + 1] != b"}":
        end = skip_value(text, at)
        name = json.loads(text[at:end].decode("utf-8", "surrogatepass"))
        at = skip_space(text, end)
        assert text[at : at + 1] == b":"
        at = skip_space(text, at + 1)
        end = skip_value(text, at)
        result.pop(name, None)
        result[name] = text[at:end]
        at = skip_space(text, end)
        if text[at : at + 1] == b",":
            at = skip_space(text, at + 1)
    return result


def elements(text: bytes) -> list[bytes]:
    """The elements of an array as their own bytes."""
    result = []
    at = skip_space(text, 0)
    assert text[at : at + 1] == b"["
    at = skip_space(text, at + 1)
    while text[at : at + 1] != b"]":
        end = skip_value(text, at)
        result.append(text[at:end])
        at = skip_space(text, end)
        if text[at : at + 1] == b",":
            at = skip_space(text, at + 1)
    return result


# --- checks --------------------------------------------------------------------------------------------------------
def expect(condition: bool, *what: object) -> None:
    if not condition:
        raise SystemExit("not as expected: " + " ".join(str(w)[:2000] for w in what))


def expect_status(answer: Answer, status: int | Iterable[int], what: object = "") -> Answer:
    wanted = [status] if isinstance(status, int) else list(status)
    expect(answer.status in wanted, what, "answered", answer.status, "expected", wanted, answer.body[:600])
    expect("x-request-id" in answer.headers, what, "lacks X-Request-ID")
    return answer


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def make_session(session: str) -> None:
    expect_status(ask("POST", f"{API}/sessions", compact({"session_id": session})), 201, session)


def make_agent(session: str, agent: str) -> None:
    body = compact({"agent_id": agent, "state": {}, "conversation_manager_state": {}})
    expect_status(ask("POST", f"{API}/sessions/{session}/agents", body), 201, agent)


def message_body(number: int, content: Any = "hi") -> bytes:
    return compact({"message_id": number, "message": {"role": "user", "content": content}})
