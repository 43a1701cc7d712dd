"""A client that loses answers: it cuts the connection after a request was sent and repeats, with Idempotency-Key on both.

repeats.py SESSION COUNT
"""

from __future__ import annotations

import random
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from wire import (
    API,
    Answer,
    Connection,
    ask,
    compact,
    expect,
    expect_status,
    make_agent,
    make_session,
    message_body,
    request_bytes,
)

CLIENTS = 4


def lose(data: bytes, draw: random.Random) -> None:
    """Sends the request and goes away: at once, or when the answer has begun."""
    with Connection() as connection:
        connection.send_raw(data)
        if draw.random() < 0.5:
            connection.open().recv(draw.choice((1, 20, 200)))


def post_until_answered(target: str, body: bytes, draw: random.Random) -> Answer:
    headers = {"Idempotency-Key": str(uuid.UUID(int=draw.getrandbits(128)))}
    data = request_bytes("POST", target, body, headers)
    for _ in range(draw.choice((1, 1, 2))):
        lose(data, draw)
    return ask("POST", target, body, headers)


def client(session: str, numbers: range, seed: int) -> int:
    draw = random.Random(seed)
    replayed = 0
    for number in numbers:
        what = f"the repeat of {number}"
        kind = number % 4
        if kind == 0:
            answer = post_until_answered(
                f"{API}/sessions",
                compact({"session_id": f"{session}-{number}", "multi_agent_state": {"n": number}}),
                draw,
            )
        elif kind == 1:
            body = compact({"agent_id": f"a{number}", "state": {"n": number}, "conversation_manager_state": {}})
            answer = post_until_answered(f"{API}/sessions/{session}/agents", body, draw)
        elif kind == 2:
            answer = post_until_answered(
                f"{API}/sessions/{session}/agents/a/messages", message_body(number, number), draw
            )
        else:
            two = (
                b"["
                + message_body(1000000 + 2 * number, number)
                + b","
                + message_body(1000001 + 2 * number, number)
                + b"]"
            )
            answer = post_until_answered(f"{API}/sessions/{session}/agents/a/messages", two, draw)
        expect_status(answer, 201, what)
        replayed += answer.headers.get("idempotency-replayed") == "true"
    return replayed


def main() -> None:
    session, count = sys.argv[1], int(sys.argv[2])
    make_session(session)
    make_agent(session, "a")
    share = count // CLIENTS
    with ThreadPoolExecutor(CLIENTS) as pool:
        futures = [pool.submit(client, session, range(i * share, (i + 1) * share), i) for i in range(CLIENTS)]
        replayed = sum(f.result() for f in futures)
    total = share * CLIENTS
    numbers = range(total)
    agents = ask("GET", f"{API}/sessions/{session}/agents?page_size=1000").json()
    wanted = {"a"} | {f"a{n}" for n in numbers if n % 4 == 1}
    expect(
        {a["agent_id"] for a in agents["agents"]} == wanted and agents["total"] == len(wanted), "agents are not as sent"
    )
    have = [
        m["message_id"] for m in ask("GET", f"{API}/sessions/{session}/agents/a/messages?offset=0").json()["messages"]
    ]
    messages = [n for n in numbers if n % 4 == 2]
    messages += [k for n in numbers if n % 4 == 3 for k in (1000000 + 2 * n, 1000001 + 2 * n)]
    expect(have == sorted(messages), "messages are not as sent")
    sessions = ask("GET", f"{API}/sessions?prefix={session}-&page_size=1").json()
    expect(sessions["total"] == sum(1 for n in numbers if n % 4 == 0), "sessions are not as sent")
    expect(replayed > 0, "no answer was a repeat: nothing was tested")
    print(f"{total} requests whose answers were lost, {replayed} found their first attempt done")


if __name__ == "__main__":
    main()
