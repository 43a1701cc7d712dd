"""Replays recorded conversations through HTTP and compares what comes back with what went in, to the byte.

replay.py FILE.ndjson ...   each line's status, each POST's and PUT's members, then every object is read again
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote

from wire import API, Connection, elements, expect, expect_status, members

CLIENTS_OWN = (
    "state",
    "conversation_manager_state",
    "internal_state",
    "_internal_state",
    "multi_agent_state",
    "message",
    "redact_message",
)
BODY = re.compile(rb',\s*"body"\s*:\s*')
INNER = ("internal_state", "_internal_state")


def line_parts(line: bytes) -> tuple[str, str, int, bytes | None]:
    """Method, path, status and the body's own bytes (always the last member)."""
    found = BODY.search(line)
    body = None
    if found:
        body = line[found.end() : line.rindex(b"}")]
        line = line[: found.start()] + b"}"
    head = json.loads(line)
    return head["method"], head["path"], head["status"], body


class Replay:
    """What the store must hold after the lines so far: path of an item -> the client's members."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.connection = Connection()
        self.items: dict[str, dict[str, bytes]] = {}

    def compare(self, where: str, answer: bytes, wanted: dict[str, bytes]) -> None:
        have = members(answer)
        for name, value in wanted.items():
            expect(
                have.get(name) == value,
                self.name,
                where,
                name,
                "is",
                have.get(name, b"absent")[:300],
                "expected",
                value[:300],
            )

    def wanted_of(self, body: bytes) -> dict[str, bytes]:
        sent = members(body)
        wanted = {name: sent[name] for name in CLIENTS_OWN if name in sent and sent[name] != b"null"}
        inner = next((wanted[name] for name in INNER if name in wanted), None)
        if inner is not None:  # the same value comes back under both names
            wanted.update(dict.fromkeys(INNER, inner))
        return wanted

    def item_path(self, collection: str, one: bytes) -> str:
        name = {
            "sessions": "session_id",
            "agents": "agent_id",
            "multi_agents": "multi_agent_id",
            "messages": "message_id",
        }[collection.rsplit("/", 1)[1]]
        identifier = json.loads(members(one)[name].decode("utf-8", "surrogatepass"))
        return f"{collection}/{identifier}"

    def remember(self, method: str, path: str, body: bytes, answer: bytes) -> None:
        decoded = unquote(path)
        if method == "PUT":
            self.items.setdefault(decoded, {}).update(self.wanted_of(body))
            self.compare(path, answer, self.items[decoded])
        elif body.lstrip()[:1] == b"[":
            stored = elements(members(answer)["messages"])
            for one, back in zip(elements(body), stored, strict=True):
                self.items[self.item_path(decoded, one)] = self.wanted_of(one)
                self.compare(path, back, self.wanted_of(one))
        elif decoded.rsplit("/", 1)[1] in ("sessions", "agents", "multi_agents", "messages"):
            self.items[self.item_path(decoded, body)] = self.wanted_of(body)
            self.compare(path, answer, self.wanted_of(body))

    def forget(self, path: str) -> None:
        decoded = unquote(path)
        for item in [i for i in self.items if i == decoded or i.startswith(decoded + "/")]:
            del self.items[item]

    def line(self, line: bytes) -> None:
        method, path, status, body = line_parts(line)
        answer = expect_status(self.connection.request(method, path, body), status, f"{self.name} {method} {path}")
        if body is not None and answer.status in (200, 201):
            self.remember(method, path, body, answer.body)
        elif method == "DELETE" and answer.status == 204:
            self.forget(path.split("?")[0])
        elif method == "GET" and status == 200:
            item = unquote(path.split("?")[0])
            if item in self.items:
                self.compare(path, answer.body, self.items[item])

    def read_again(self) -> None:
        """Every item by itself, and every agent's messages as one list."""
        for item, wanted in self.items.items():
            target = quoted(item)
            answer = expect_status(self.connection.request("GET", target), 200, f"{self.name} GET {target}")
            self.compare(target, answer.body, wanted)
            if is_agent(item):
                self.read_list(item)

    def read_list(self, agent: str) -> None:
        target = quoted(agent) + "/messages?offset=0"
        answer = expect_status(self.connection.request("GET", target), 200, target)
        listed = elements(members(answer.body)["messages"])
        numbers = sorted(int(i.rsplit("/", 1)[1]) for i in self.items if i.startswith(agent + "/messages/"))
        expect(
            [int(members(one)["message_id"]) for one in listed] == numbers,
            self.name,
            target,
            "other messages than were sent",
        )
        for number, one in zip(numbers, listed, strict=True):
            self.compare(target, one, self.items[f"{agent}/messages/{number}"])


def is_agent(item: str) -> bool:
    parts = item.removeprefix(API + "/sessions/").split("/")
    return len(parts) == 3 and parts[1] == "agents"


def quoted(item: str) -> str:
    """An item's path, percent-encoded; ids hold no slash."""
    safe = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
    return "".join(chr(b) if b in safe else f"%{b:02X}" for b in item.encode())


def main() -> None:
    total = 0
    for name in sys.argv[1:]:
        replay = Replay(Path(name).name)
        for line in Path(name).read_bytes().split(b"\n"):
            if line.strip():
                replay.line(line)
                total += 1
        replay.read_again()
        replay.connection.close()
    print(f"{total} requests replayed, everything read back equal")


if __name__ == "__main__":
    main()
