"""A proxy that counts requests and connections and breaks some of them on purpose.

Each request may meet one fault: "before" closes without passing it on, "after" passes it on and swallows the answer,
"cut" sends half of the answer, "503" refuses with Retry-After, "slow" waits before it answers, "html" answers a page.
As a program: proxy.py PORT FAULT,FAULT,... breaks every second request, in rotation, and prints its own port.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable

Fault = str | None
REFUSAL = b'{"detail":{"error":"ServiceUnavailableError","message":"Not now","request_id":"x"}}'
PAGE = b"<html><body>Welcome</body></html>"


def every_second(faults: list[str]) -> Callable[[int], Fault]:
    """The rotation: request 2, 4, 6, ... is broken."""
    return lambda number: faults[number // 2 % len(faults)] if number % 2 == 1 else None


class Proxy:
    """Listens on a free port of the loopback until it is stopped."""

    def __init__(self, port: int, plan: Callable[[int], Fault] = lambda number: None) -> None:
        self.target = port
        self.plan = plan
        self.requests: list[str] = []
        self.connections = 0
        self.broken = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                while self._one(client):
                    pass
            except OSError:
                return

    def _one(self, client: socket.socket) -> bool:
        """One request; False closes the connection."""
        head, rest = read_head(client)
        if not head:
            return False
        body = read_body(client, head, rest)
        with self._lock:
            number = len(self.requests)
            self.requests.append(head.split(b"\r\n", 1)[0].decode("latin-1"))
            fault = self.plan(number)
            self.broken += fault is not None
        if fault == "before":
            return False
        if fault in ("503", "html"):
            client.sendall(refusal() if fault == "503" else page())
            return True
        answer = self._ask(head + body)
        if fault == "after" or not answer:
            return False
        if fault == "cut":
            client.sendall(answer[: max(len(answer) - 20, len(answer) // 2)])
            return False
        if fault == "slow":
            time.sleep(1.0)
        client.sendall(answer)
        return True

    def _ask(self, request: bytes) -> bytes:
        """The whole answer of the service, on a connection of its own."""
        line, _, headers = request.partition(b"\r\n")
        with socket.create_connection(("127.0.0.1", self.target), timeout=60) as server:
            server.sendall(line + b"\r\nX-Proxied: 1\r\n" + headers)
            head, rest = read_head(server)
            if not head:
                return b""
            bodiless = line.startswith(b"HEAD ") or head.split(b" ", 2)[1] in (b"204", b"304")
            return head if bodiless else head + read_body(server, head, rest)


def read_head(peer: socket.socket) -> tuple[bytes, bytes]:
    """The head with its empty line, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def read_body(peer: socket.socket, head: bytes, rest: bytes) -> bytes:
    """As the head announces it: a length, chunks (kept as they are), or nothing."""
    headers = dict(
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    )
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        while not rest.endswith(b"0\r\n\r\n"):
            rest += peer.recv(65536) or b"0\r\n\r\n"
        return rest
    length = int(headers.get(b"content-length", b"0"))
    parts, got = [rest], len(rest)
    while got < length:
        more = peer.recv(1 << 20)
        if not more:
            break
        parts.append(more)
        got += len(more)
    return b"".join(parts)


def refusal() -> bytes:
    head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 0\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(REFUSAL) + REFUSAL


def page() -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE


def main() -> None:
    proxy = Proxy(int(sys.argv[1]), every_second(sys.argv[2].split(",")) if sys.argv[2] else lambda number: None)
    print(proxy.port, flush=True)
    sys.stdin.read()  # until the one who started it goes


if __name__ == "__main__":
    main()
