"""Two tenants with the same ids: whatever one does on any route of the table, the other's world stays as it was.

tenants.py PREFIX
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from wire import API, Answer, Connection, compact, expect, expect_status, message_body

ONE, TWO = "one-writes", "two-writes"
SECRET = b"only-one-knows"
REQUEST_ID = re.compile(rb'"request_id":"[^"]*"')


class Client:
    def __init__(self, token: str) -> None:
        self.token, self.connection = token, Connection()

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.connection.request(method, target, body, {"Authorization": f"Bearer {self.token}", **named})


def fill(client: Client, session: str, secret: bytes) -> None:
    """One of everything."""
    text = secret.decode()
    base = f"{API}/sessions/{session}"
    steps: list[tuple[str, str, bytes]] = [
        (
            "POST",
            f"{API}/sessions",
            compact({"session_id": session, "multi_agent_state": {"s": text}, "created_at": "2020-01-01T00:00:00Z"}),
        ),
        ("POST", f"{base}/agents", compact({"agent_id": "a", "state": {"s": text}, "conversation_manager_state": {}})),
        ("POST", f"{base}/agents/a/messages", b"[" + b",".join(message_body(n, text) for n in range(3)) + b"]"),
        ("POST", f"{base}/multi_agents", compact({"multi_agent_id": "m", "state": {"s": text}})),
        ("PUT", f"{API}/storage/session/{session}/key", secret),
        ("PUT", f"{API}/storage/context/{session}/key", secret),
    ]
    for method, target, body in steps:
        expect_status(client.ask(method, target, body), 201, target)


def world(client: Client, session: str) -> list[tuple[str, int, str, bytes]]:
    """Everything that a tenant sees of its own."""
    base = f"{API}/sessions/{session}"
    targets = [
        f"{API}/sessions?prefix={session}",
        f"{API}/sessions?limit=1000&prefix={session}",
        base,
        f"{base}/agents",
        f"{base}/agents/a",
        f"{base}/agents/a/messages?offset=0",
        f"{base}/agents/a/messages/1",
        f"{base}/agents/a/restore",
        f"{base}/multi_agents",
        f"{base}/multi_agents/m",
        f"{API}/storage?prefix=session/{session}",
        f"{API}/storage?prefix=context/{session}",
        f"{API}/storage/session/{session}/key",
        f"{API}/storage/context/{session}/key",
    ]
    seen = []
    for target in targets:
        answer = client.ask("GET", target)
        seen.append((target, answer.status, answer.headers.get("etag", ""), REQUEST_ID.sub(b"", answer.body)))
    return seen


def routes() -> list[tuple[str, str]]:
    out = subprocess.run(
        [Path(os.environ["BUILD_DIR"], "session-backend"), "--routes"], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split()[:2] for line in out.splitlines() if line.strip()]
    return [(method, pattern) for method, pattern in rows if pattern.startswith("/api")]


def target_of(pattern: str, session: str) -> str:
    values = {
        "session_id": session,
        "agent_id": "a",
        "message_id": "1",
        "multi_agent_id": "m",
        "key": f"session/{session}/key",
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], pattern)


def body_of(method: str, pattern: str, session: str) -> bytes | None:
    if method == "PUT":
        return b"two" if "{key}" in pattern else b'{"state":{"two":1}}'
    if method != "POST":
        return None
    last = pattern.rsplit("/", 1)[1]
    bodies = {
        "sessions": compact({"session_id": session}),
        "agents": compact({"agent_id": "a", "state": {}, "conversation_manager_state": {}}),
        "messages": message_body(1),
        "multi_agents": compact({"multi_agent_id": "m", "state": {}}),
        "fork": compact({"session_id": f"{session}-fork"}),
    }
    expect(last in bodies, "a new route", method, pattern, "needs a body here")
    return bodies[last]


def queries(method: str, pattern: str, session: str) -> list[str]:
    if pattern.endswith("/storage"):
        return [f"?prefix=session/{session}", "?prefix=s"] + ([""] if method == "GET" else [])
    if method == "DELETE" and pattern.endswith("/messages"):
        return ["?from=0"]
    if method == "DELETE" and pattern.endswith("{session_id}"):
        return ["", "?storage=true"]
    return [""]


def every_route(two: Client, session: str, what: str) -> list[bytes]:
    """The other tenant tries every route with the same ids, also with a safe repeat's and conditional headers."""
    answers = []
    for method, pattern in routes():
        for query in queries(method, pattern, session):
            target = target_of(pattern, session) + query
            for headers in ({}, {"If_Match": "*"}, {"If_None_Match": "*"}, {"Idempotency_Key": "k"}):
                answer = two.ask(method, target, body_of(method, pattern, session), **headers)
                expect(answer.status < 500, what, method, target, "answered", answer.status)
                expect(
                    SECRET not in answer.body and SECRET.decode() not in str(answer.headers),
                    what,
                    method,
                    target,
                    "tells the other's secret",
                )
                answers.append(f"{method} {target} {sorted(headers)} {answer.status} ".encode() + normal(answer.body))
    return answers


def normal(body: bytes) -> bytes:
    body = REQUEST_ID.sub(b"", body)
    return re.sub(rb'"\d{4}-\d\d-\d\dT[^"]*"', b"TIME", body)


def main() -> None:
    session = sys.argv[1]
    one, two = Client(ONE), Client(TWO)
    expect(len(routes()) >= 28, "only", len(routes()), "routes")

    # What the second tenant is answered while nobody has these ids, and while the first one does: the same.
    alone = every_route(two, session, "alone")
    for leftover in (session, f"{session}-fork"):
        two.ask("DELETE", f"{API}/sessions/{leftover}?storage=true")
    fill(one, session, SECRET)
    before = world(one, session)
    beside = every_route(two, session, "beside the other")
    for a, b in zip(alone, beside, strict=True):
        expect(a == b, "the other's ids can be guessed:", a, "became", b)
    expect(world(one, session) == before, "the other tenant changed something")

    # Both have them: each sees its own, and what one deletes stays the other's.
    for leftover in (session, f"{session}-fork"):
        two.ask("DELETE", f"{API}/sessions/{leftover}?storage=true")
    two.ask("DELETE", f"{API}/storage?prefix=session/{session}")
    fill(two, session, b"only-two-knows")
    mine = world(two, session)
    tags = {tag for _, _, tag, _ in before if tag} & {tag for _, _, tag, _ in mine if tag}
    expect(not tags, "both tenants have the same tags", tags)
    expect(all(SECRET not in body for _, _, _, body in mine), "the second tenant reads the first one's")
    expect_status(two.ask("DELETE", f"{API}/sessions/{session}?storage=true"), 204)
    expect_status(two.ask("DELETE", f"{API}/storage?prefix=s"), 200)
    expect(world(one, session) == before, "a delete of one tenant reached the other")
    totals = [c.ask("GET", f"{API}/sessions?prefix={session}").json()["total"] for c in (one, two)]
    expect(totals == [1, 0], "totals are", totals)
    print(f"{len(beside)} requests over {len(routes())} routes")


if __name__ == "__main__":
    main()
