#!/usr/bin/env python3
"""A steady load of appends, reads and updates that remembers every acknowledged write, and checks them afterwards.

load.py run URL REPORT [--connections N] [--seconds S] [--pause S] [--prefix P] [--health] [--token T]
    Runs for so long, or until TERM or INT, then writes REPORT (JSON). A client never retries; it closes a connection
    when the answer says so.
load.py verify URL REPORT [--token T]
    Reads everything back: every acknowledged write must be there, whole, and nothing that was never sent.
    Prints "lost N, wrong N" and ends with 1 when there is any.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ANSWER_SECONDS = 60.0


class Cut(Exception):
    """The connection ended where an answer should have been, or in the middle of it."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection, kept alive; a new one after any trouble."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.extra = f"Authorization: Bearer {token}\r\n" if token else ""
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    async def request(self, method: str, path: str, body: bytes | None = None) -> Answer:
        try:
            return await asyncio.wait_for(self._request(method, path, body), ANSWER_SECONDS)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as trouble:
            self.close()
            raise Cut(type(trouble).__name__) from trouble
        except (asyncio.TimeoutError, TimeoutError) as trouble:
            self.close()
            raise Cut("no answer") from trouble

    async def _request(self, method: str, path: str, body: bytes | None) -> Answer:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{self.extra}"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + (body or b""))
        await self.writer.drain()
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        answer = Answer(int(lines[0].split(" ", 2)[1]), headers, await self._body(headers))
        if headers.get("connection", "").lower() == "close" or lines[0].startswith("HTTP/1.0"):
            self.close()
        return answer

    async def _body(self, headers: dict[str, str]) -> bytes:
        assert self.reader is not None
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self.reader.readexactly(int(headers.get("content-length", "0")))
        parts = []
        while True:
            size = int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16)
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
            if size == 0:
                return b"".join(parts)


@dataclass
class Report:
    requests: int = 0
    answered: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    refused_ms: list[float] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    health_failures: int = 0
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def fail(self, kind: str) -> None:
        self.failures[kind] = self.failures.get(kind, 0) + 1


def quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3) if ordered else 0.0


def message(agent: str, number: int) -> bytes:
    text = f"{agent} says {number} " + "x" * 200
    body = {"message_id": number, "message": {"role": "user", "content": [{"text": text}]}}
    return json.dumps(body, separators=(",", ":")).encode()


class Load:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.report = Report()
        self.stopping = asyncio.Event()

    async def call(self, client: Client, method: str, path: str, body: bytes | None, expected: int) -> Answer | None:
        """The answer when it is the expected one; everything else is counted."""
        began = time.monotonic()
        self.report.requests += 1
        try:
            answer = await client.request(method, path, body)
        except Cut as trouble:
            self.report.fail(f"cut: {trouble}")
            return None
        took = (time.monotonic() - began) * 1000
        if answer.status == expected:
            self.report.answered += 1
            self.report.milliseconds.append(took)
            return answer
        self.report.fail(str(answer.status))
        if answer.status == 503:
            self.report.refused_ms.append(took)
            if "retry-after" not in answer.headers:
                self.report.unexpected.append("503 without Retry-After")
        else:
            self.report.unexpected.append(f"{method} {path} {answer.status} {answer.body[:200]!r}")
        return None

    async def create(self, client: Client, session: str, agent: str) -> bool:
        parents = (
            ("/api/v1/sessions", {"session_id": session}),
            (f"/api/v1/sessions/{session}/agents", {"agent_id": agent, "state": {}, "conversation_manager_state": {}}),
        )
        for path, body in parents:
            if await self.call(client, "POST", path, json.dumps(body).encode(), 201) is None:
                return False
        return True

    async def one_client(self, number: int) -> None:
        client = Client(self.options.url, self.options.token)
        session, agent = f"{self.options.prefix}-{number}", f"agent-{number}"
        path = f"/api/v1/sessions/{session}/agents/{agent}"
        if not await self.create(client, session, agent):
            self.report.unexpected.append("the parents could not be created")
            return
        done: dict[str, Any] = {"session": session, "acknowledged": [], "sent": 0, "state": 0, "state_sent": 0}
        self.report.agents[agent] = done
        while not self.stopping.is_set():
            await self.round(client, path, agent, done)
            if self.options.pause:
                await asyncio.sleep(self.options.pause)
        client.close()

    async def round(self, client: Client, path: str, agent: str, done: dict[str, Any]) -> None:
        done["sent"] += 1
        number = done["sent"]
        if await self.call(client, "POST", f"{path}/messages", message(agent, number), 201) is not None:
            done["acknowledged"].append(number)
        if done["acknowledged"] and not self.stopping.is_set():
            last = done["acknowledged"][-1]
            answer = await self.call(client, "GET", f"{path}/messages/{last}", None, 200)
            if answer is not None and json.loads(answer.body)["message"] != json.loads(message(agent, last))["message"]:
                self.report.unexpected.append(f"message {last} reads otherwise")
        if number % 3 == 0 and not self.stopping.is_set():
            done["state_sent"] = number
            body = json.dumps({"state": {"at": number}}).encode()
            if await self.call(client, "PUT", path, body, 200) is not None:
                done["state"] = number

    async def sample_health(self) -> None:
        client = Client(self.options.url, None)
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                answer = await client.request("GET", "/health")
                self.report.health_ms.append((time.monotonic() - began) * 1000)
                self.report.health_failures += answer.status != 200
            except Cut:
                self.report.health_failures += 1
            await asyncio.sleep(0.01)
        client.close()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        if self.options.seconds:
            loop.call_later(self.options.seconds, self.stopping.set)
        tasks = [self.one_client(i) for i in range(self.options.connections)]
        if self.options.health:
            tasks.append(self.sample_health())
        await asyncio.gather(*tasks)


def write_report(report: Report, path: str) -> None:
    facts = {
        "requests": report.requests,
        "answered": report.answered,
        "failures": report.failures,
        "failed": sum(report.failures.values()),
        "unexpected": report.unexpected[:20],
        "p50_ms": quantile(report.milliseconds, 0.5),
        "p99_ms": quantile(report.milliseconds, 0.99),
        "refused_worst_ms": quantile(report.refused_ms, 1.0),
        "refused_p50_ms": quantile(report.refused_ms, 0.5),
        "health_samples": len(report.health_ms),
        "health_p99_ms": quantile(report.health_ms, 0.99),
        "health_failures": report.health_failures,
        "acknowledged": sum(len(agent["acknowledged"]) for agent in report.agents.values()),
        "agents": report.agents,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(facts, file)


async def verify_agent(client: Client, name: str, done: dict[str, Any]) -> tuple[int, int]:
    path = f"/api/v1/sessions/{done['session']}/agents/{name}"
    answer = await client.request("GET", f"{path}/messages?offset=0")
    if answer.status != 200:
        return len(done["acknowledged"]), 0
    rows = {row["message_id"]: row["message"] for row in json.loads(answer.body)["messages"]}
    lost = sum(1 for number in done["acknowledged"] if number not in rows)
    wrong = sum(1 for number, stored in rows.items() if number > done["sent"] or stored != json.loads(message(name, number))["message"])
    agent = json.loads((await client.request("GET", path)).body)
    state = agent["state"].get("at", 0)
    lost += state < done["state"]
    wrong += state > done["state_sent"]
    return lost, wrong


async def verify(options: argparse.Namespace) -> int:
    with open(options.report, encoding="utf-8") as file:
        facts = json.load(file)
    client = Client(options.url, options.token)
    lost = wrong = 0
    for name, done in facts["agents"].items():
        one_lost, one_wrong = await verify_agent(client, name, done)
        lost += one_lost
        wrong += one_wrong
    client.close()
    print(f"lost {lost}, wrong {wrong}, of {facts['acknowledged']} acknowledged")
    return 1 if lost or wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("run", "verify"))
    parser.add_argument("url")
    parser.add_argument("report")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--prefix", default="load")
    parser.add_argument("--health", action="store_true")
    parser.add_argument("--token")
    options = parser.parse_args()
    if options.command == "verify":
        return asyncio.run(verify(options))
    load = Load(options)

    async def whole() -> None:
        await load.run()

    asyncio.run(whole())
    write_report(load.report, options.report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
