"""A steady load on one address by clients that never retry; every acknowledged write is looked for at the end.

    load.py URL [--kept N] [--fresh N] [--pause SECONDS]

N clients keep their connection, N open one a request. Runs until SIGTERM (or SIGINT), then reads everything back (this
part may retry) and prints one line of JSON: requests, failed, acknowledged, lost, and the first failures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import threading
import time
import uuid
from urllib.parse import urlsplit

stopping = threading.Event()


class Client(threading.Thread):
    """One session with one agent: appends messages, reads them, updates the agent."""

    def __init__(self, address: str, keep: bool, pause: float) -> None:
        super().__init__(daemon=True)
        self.address, self.keep, self.pause = address, keep, pause
        self.session = f"load-{uuid.uuid4()}"
        self.connection: http.client.HTTPConnection | None = None
        self.requests = 0
        self.acknowledged: list[int] = []
        self.state = -1  # the last acknowledged one
        self.failures: list[str] = []
        self.slowest = 0.0

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=20)
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if data else {}
        if not self.keep:
            headers["Connection"] = "close"
        self.connection.request(method, "/api/v1/sessions" + path, data, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.will_close or not self.keep:
            self.connection.close()
            self.connection = None
        return answer.status, content

    def call(self, wanted: int, method: str, path: str, body: object = None) -> bytes | None:
        self.requests += 1
        start = time.monotonic()
        try:
            status, content = self.request(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            if self.connection is not None:
                self.connection.close()
                self.connection = None
            self.failures.append(f"{time.strftime('%H:%M:%S')} {method}: {type(error).__name__} {error}")
            return None
        self.slowest = max(self.slowest, time.monotonic() - start)
        if status != wanted:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {method}: {status} {content[:200].decode(errors='replace')}")
            return None
        return content

    def run(self) -> None:
        while not stopping.is_set() and self.call(201, "POST", "", {"session_id": self.session}) is None:
            time.sleep(self.pause)
        agent = {"agent_id": "a", "state": {"n": -1}, "conversation_manager_state": {}}
        while not stopping.is_set() and self.call(201, "POST", f"/{self.session}/agents", agent) is None:
            time.sleep(self.pause)
        number = 0
        while not stopping.is_set():
            message = {"message_id": number, "message": {"role": "user", "content": [{"text": "x" * 300}]}}
            if self.call(201, "POST", f"/{self.session}/agents/a/messages", message) is not None:
                self.acknowledged.append(number)
            if number % 5 == 0 and self.call(200, "PUT", f"/{self.session}/agents/a", {"state": {"n": number}}) is not None:
                self.state = number
            self.call(200, "GET", f"/{self.session}/agents/a/messages?page_size=10&order=desc&total=false")
            number += 1
            stopping.wait(self.pause)

    def lost(self) -> int:
        """How many acknowledged writes are not there."""
        if not self.acknowledged:
            return 0
        for attempt in range(60):
            try:
                status, content = self.request("GET", f"/{self.session}/agents/a/messages?offset=0")
                agent = self.request("GET", f"/{self.session}/agents/a")
                if status == 200 and agent[0] == 200:
                    there = {item["message_id"] for item in json.loads(content)["messages"]}
                    old = json.loads(agent[1])["state"]["n"] < self.state
                    return len(set(self.acknowledged) - there) + int(old)
            except (OSError, http.client.HTTPException):
                self.connection = None
            if attempt < 59:
                time.sleep(1)
        return len(self.acknowledged)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--kept", type=int, default=4)
    parser.add_argument("--fresh", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.05)
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    address = urlsplit(arguments.url).netloc
    clients = [Client(address, keep, arguments.pause) for keep in [True] * arguments.kept + [False] * arguments.fresh]
    for client in clients:
        client.start()
    while not stopping.wait(1):
        pass
    for client in clients:
        client.join(30)
    failures = sorted(failure for client in clients for failure in client.failures)
    print(json.dumps({
        "requests": sum(client.requests for client in clients),
        "failed": len(failures),
        "acknowledged": sum(len(client.acknowledged) for client in clients),
        "lost": sum(client.lost() for client in clients),
        "slowest_ms": round(1000 * max(client.slowest for client in clients)),
        "failures": failures[:10],
    }))


if __name__ == "__main__":
    main()
