"""Bytes on the wire. Each function is one behaviour; its name is the argument.

framing.py NAME [PREFIX]
"""

from __future__ import annotations

import os
import random
import socket
import sys

from wire import (
    API,
    Answer,
    Broken,
    Connection,
    ask,
    compact,
    expect,
    expect_status,
    make_agent,
    make_session,
    raw,
    request_bytes,
)

HOST = b"Host: localhost\r\n"


def is_json_error(answer: Answer, status: int | tuple[int, ...], what: object) -> None:
    expect_status(answer, status, what)
    expect(
        answer.headers.get("content-type") == "application/json",
        what,
        "is",
        answer.headers.get("content-type"),
        answer.body[:300],
    )
    expect("detail" in answer.json(), what, "has no detail:", answer.body[:300])


def limit() -> int:
    return 1 << 20


def bad_request(_: str) -> None:
    for data in (
        b"GET\r\n\r\n",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",  # no Host
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + HOST + b"no colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + HOST + b"Bad Name: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
        b"POST " + API.encode() + b"/sessions HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n",
        b"POST " + API.encode() + b"/sessions HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    ):
        answer = raw(data)
        is_json_error(answer, 400, data)


def two_lengths(_: str) -> None:
    start = b"POST " + API.encode() + b"/sessions HTTP/1.1\r\n" + HOST
    is_json_error(raw(start + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), 400, "two lengths")
    answer = raw(start + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    expect(answer.status in (400, 422), "a length with chunks answered", answer.status)
    expect(answer.closed or answer.status == 422, "the connection stays open")


def headers_too_large(_: str) -> None:
    is_json_error(ask("GET", "/health", headers={"X-Long": "x" * 40000}), 431, "a header of 40,000 bytes")
    many = {f"X-{n}": "y" * 100 for n in range(500)}
    is_json_error(ask("GET", "/health", headers=many), 431, "500 headers")
    answer = ask("GET", f"{API}/sessions/{'x' * 40000}")
    is_json_error(answer, (431, 400), "a path of 40,000 bytes")


def headers_of_16_kib(_: str) -> None:
    for target in (f"{API}/sessions/r", "/health"):
        start = request_bytes("GET", target, None, {"X-Long": ""})
        data = request_bytes("GET", target, None, {"X-Long": "x" * (16384 - len(start))})
        expect(len(data) == 16384, len(data))
        expect_status(raw(data), 200, f"16 KiB of headers to {target}")
    # most of it in the path
    target = f"{API}/storage?prefix={'x' * 16200}"
    expect_status(ask("GET", target), 200, "a query of 16,200 bytes")
    expect_status(ask("GET", f"{API}/storage?limit=1&what={'%41' * 5300}"), 200, "a query of 15,900 bytes")


def unknown_method_and_version(_: str) -> None:
    for method in ("BREW", "get", "X"):
        answer = ask(method, f"{API}/sessions")
        expect(answer.status in (405, 501, 400), method, "answered", answer.status)
        expect("x-request-id" in answer.headers and b"detail" in answer.body, method, answer.headers)
    for method in ("TRACE", "CONNECT", "PATCH", "PROPFIND"):
        answer = ask(method, f"{API}/sessions")
        expect(answer.status in (405, 501, 400), method, "answered", answer.status)
    answer = raw(b"GET /health HTTP/3.7\r\n" + HOST + b"\r\n")
    is_json_error(answer, 505, "HTTP/3.7")
    answer = raw(b"GET /health HTTP/0.9\r\n" + HOST + b"\r\n")
    expect(answer.status in (505, 400, 200), "HTTP/0.9 answered", answer.status)


def unknown_coding(_: str) -> None:
    data = b"POST " + API.encode() + b"/sessions HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: rot13\r\n\r\n"
    is_json_error(raw(data), (501, 400), "Transfer-Encoding: rot13")


def no_length(_: str) -> None:
    data = b"POST " + API.encode() + b"/sessions HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n\r\n"
    answer = raw(data)
    if answer.status == 422:
        expect(answer.json()["detail"][0]["type"] == "missing", answer.body)
    else:
        is_json_error(answer, 411, "a POST without a length")


def chunked_bytes(target: str, chunks: list[bytes], method: str = "POST") -> bytes:
    head = (
        f"{method} {target} HTTP/1.1\r\n".encode()
        + HOST
        + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"


def chunked(prefix: str) -> None:
    body = compact({"session_id": prefix, "multi_agent_state": {"a": "x" * 3000}})
    answer = raw(chunked_bytes(f"{API}/sessions", [body[i : i + 700] for i in range(0, len(body), 700)]))
    expect_status(answer, 201, "a chunked body")
    expect(
        ask("GET", f"{API}/sessions/{prefix}").json()["multi_agent_state"] == {"a": "x" * 3000},
        "the chunked body came out differently",
    )
    data = os.urandom(200_000)
    answer = raw(
        chunked_bytes(f"{API}/storage/{prefix}/chunked", [data[i : i + 8191] for i in range(0, len(data), 8191)], "PUT")
    )
    expect_status(answer, 201, "a chunked object")
    expect(ask("GET", f"{API}/storage/{prefix}/chunked").body == data, "the chunked object came out differently")


def expect_continue(prefix: str) -> None:
    body = compact({"session_id": prefix})
    with Connection() as connection:
        connection.send_raw(request_bytes("POST", f"{API}/sessions", body, {"Expect": "100-continue"})[: -len(body)])
        head = connection.head()
        expect(head.startswith(b"HTTP/1.1 100"), "interim answer is", head)
        connection.send_raw(body)
        expect_status(connection.answer(), 201, "after 100 Continue")


def body_of(size: int, prefix: str) -> bytes:
    start = compact({"session_id": prefix, "x": ""})
    return compact({"session_id": prefix, "x": "y" * (size - len(start))})


def body_limit(prefix: str) -> None:
    body = body_of(limit(), prefix)
    expect(len(body) == limit(), len(body))
    expect_status(ask("POST", f"{API}/sessions", body), 201, "the byte that just fits")
    answer = ask("POST", f"{API}/sessions", body_of(limit() + 1, prefix + "-2"))
    is_json_error(answer, 413, "one byte more")
    expect(answer.json()["detail"]["error"] == "PayloadTooLargeError", answer.body)
    expect_status(ask("GET", f"{API}/sessions/{prefix}-2"), 404, "what was too large")
    expect_status(ask("PUT", f"{API}/storage/{prefix}/fits", b"x" * limit()), 201, "an object that just fits")
    is_json_error(ask("PUT", f"{API}/storage/{prefix}/more", b"x" * (limit() + 1)), 413, "an object one byte larger")
    expect_status(ask("GET", f"{API}/storage/{prefix}/more"), 404, "what was too large")


def declared_length(_: str) -> None:
    for size in (limit() + 1, limit() + 1024, limit() + 4096, 10 * limit(), 1 << 33):
        head = f"POST {API}/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        with Connection() as connection:
            connection.send_raw(head.encode())
            if size < limit() + 4096:  # lighttpd's own limit is in KB: those few bytes more it reads first
                connection.send_raw(b"x" * size)
            answer = connection.answer()
        is_json_error(answer, 413, f"a declared length of {size}")
        expect(answer.json()["detail"]["error"] == "PayloadTooLargeError", answer.body)


def too_large_first(_: str) -> None:
    body = b"x" * (limit() + 1)
    for method, target in (
        ("POST", "/nothing"),
        ("PATCH", f"{API}/sessions"),
        ("POST", f"{API}/sessions/%00/agents"),
        ("PUT", f"{API}/sessions/none"),
    ):
        is_json_error(ask(method, target, body), 413, f"{method} {target}")
        is_json_error(ask(method, target, b"x" * (limit() + 8192)), 413, f"{method} {target}, larger")


def chunked_too_large(_: str) -> None:
    with Connection() as connection:
        try:
            connection.send_raw(chunked_bytes(f"{API}/sessions", [b"x" * 65536] * (limit() // 65536 + 4)))
        except OSError:
            pass  # it may close while we still send
        try:
            is_json_error(connection.answer(), 413, "a chunked body over the limit")
        except (Broken, ConnectionResetError):
            expect_status(ask("GET", "/health"), 200)  # cut is visible too


def raw_bytes(_: str) -> None:
    make_session("raw")
    for target in (
        b"/sessions/raw\0b",
        b"/sessions/raw\0",
        b"/sessions?page=1\0",
    ):  # FastCGI's copy would end at the NUL
        for method in (b"GET", b"DELETE"):
            answer = raw(method + b" " + API.encode() + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            is_json_error(answer, 400, (method, target))
    expect_status(ask("GET", f"{API}/sessions/raw"), 200, "what a cut path names")
    for byte in [*range(1, 0x20), 0x7F, 0x80, 0xA0, 0xC3, 0xFF, 0]:
        data = b"GET " + API.encode() + b"/sessions/a" + bytes([byte]) + b"b HTTP/1.1\r\n" + HOST + b"\r\n"
        answer = raw(data)
        expect(answer.status in (400, 422, 505), "byte", hex(byte), "in a path answered", answer.status)
        expect("x-request-id" in answer.headers and b"detail" in answer.body, hex(byte), answer.headers, answer.body)


def escapes_in_path(_: str) -> None:
    for escape in ("%00", "%0A", "%0D", "%7F", "%FF", "%1f", "%2F", "%5C"):
        for target in (f"{API}/sessions/{escape}", f"{API}/sessions/a{escape}b", f"{API}/sessions/x/agents/{escape}"):
            is_json_error(ask("GET", target), 422, target)
    is_json_error(ask("GET", f"{API}/sessions/x/agents/a/messages/%00"), 422, "a message number of NUL")


def odd_targets(_: str) -> None:
    expect(raw(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n").status < 500, "OPTIONS *")
    answer = raw(b"GET http://localhost/health HTTP/1.1\r\n" + HOST + b"\r\n")
    expect(answer.status in (200, 400, 404), "an absolute target answered", answer.status)
    for target in (b"health", b"*", b"?", b"/?", b"#", b"/health#x", b"/health?a#b"):
        answer = raw(b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        expect(answer.status < 500, target, "answered", answer.status)


def keep_alive(prefix: str) -> None:
    make_session(prefix)
    with Connection() as connection:
        first = connection.open()
        for turn in range(200):
            answer = connection.request("GET", f"{API}/sessions/{prefix}" if turn % 3 else "/nothing")
            expect_status(answer, (200, 404), turn)
            expect(not answer.closed, "closed after", turn)
        expect(connection.sock is first, "another connection")


def pipeline(prefix: str) -> None:
    make_session(prefix)
    make_agent(prefix, "a")
    targets = [
        f"{API}/sessions/{prefix}",
        "/nothing",
        f"{API}/sessions/{prefix}/agents/a",
        "/health/live",
        f"{API}/sessions?page=0",
    ]
    with Connection() as connection:
        connection.send_raw(b"".join(request_bytes("GET", t) for t in targets))
        statuses = [connection.answer().status for _ in targets]
    expect(statuses == [200, 404, 200, 200, 422], "answers in a row are", statuses)


def close(_: str) -> None:
    with Connection() as connection:
        sock = connection.open()
        answer = connection.request("GET", "/health/live", headers={"Connection": "close"})
        expect(answer.status == 200 and answer.closed, "Connection: close was not honoured")
        expect(sock.fileno() == -1, "still open")
    answer = raw(b"GET /health/live HTTP/1.0\r\n\r\n")
    expect(answer.status == 200, "HTTP/1.0 answered", answer.status)


def going_away(prefix: str) -> None:
    make_session(prefix)
    make_agent(prefix, "a")
    target = f"{API}/sessions/{prefix}/agents/a/messages"
    body = compact([{"message_id": n, "message": {"role": "user", "content": "x" * 20000}} for n in range(40)])
    expect_status(ask("POST", target, body), 201)
    draw = random.Random(1)
    for turn in range(60):
        data = (
            request_bytes("GET", f"{target}?offset=0")
            if turn % 2
            else request_bytes("POST", f"{API}/sessions", body[:50000])
        )
        with Connection() as connection:
            connection.send_raw(data if turn % 2 else data[: draw.randrange(1, len(data))])
            if turn % 4 == 1:
                connection.open().recv(draw.randrange(1, 5000))
            if turn % 3 == 0:  # with a reset
                connection.open().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    expect_status(ask("GET", f"{target}?offset=0"), 200)


def cut_body(prefix: str) -> None:
    """The part that arrived is valid by itself: it must not be taken."""
    part = compact({"session_id": prefix})
    data = request_bytes("POST", f"{API}/sessions", part + b" " * 100)
    with Connection() as connection:
        connection.send_raw(data[:-100])
        connection.open().shutdown(socket.SHUT_WR)
        try:
            answer = connection.answer()
            expect(answer.status >= 400, "half a body answered", answer.status)
        except (Broken, ConnectionResetError):
            pass
    expect_status(ask("GET", f"{API}/sessions/{prefix}"), 404, "half a body was stored")


def garbage(_: str) -> None:
    draw = random.Random(7)
    for turn in range(100):
        with Connection(timeout=10) as connection:
            connection.send_raw(draw.randbytes(draw.randrange(1, 2000)) + b"\r\n\r\n" * (turn % 2))
            connection.open().shutdown(socket.SHUT_WR)
            try:
                answer = connection.answer()
                expect(answer.status in (400, 404, 405, 411, 431, 501, 505), "garbage answered", answer.status)
            except (Broken, ConnectionError, ValueError, IndexError):
                pass
    expect_status(ask("GET", "/health"), 200)


def head_has_no_body(target: str) -> None:
    """A body behind the head of a HEAD would be taken for the next answer."""
    with Connection() as connection:
        connection.send_raw(request_bytes("HEAD", target))
        connection.answer("HEAD")
        answer = connection.request("GET", "/health/live")
        expect(answer.status == 200 and b"alive" in answer.body, "the answer after HEAD", target, "is", answer.status)


def body_on_get(_: str) -> None:
    with Connection() as connection:
        for method, target, status in (
            ("GET", f"{API}/sessions/r", 200),
            ("GET", "/health", 200),
            ("DELETE", f"{API}/sessions/none", 404),
            ("HEAD", f"{API}/sessions/r", 200),
        ):
            connection.send_raw(request_bytes(method, target, b'{"x":' * 20000))
            expect_status(connection.answer(method), status, f"{method} {target} with a body")


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](sys.argv[2] if len(sys.argv) > 2 else "")
