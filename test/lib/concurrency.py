"""Many clients at once.

concurrency.py create SESSION      16 clients create the same id of every kind: one 201, the others 409
concurrency.py delete SESSION      appends while the session is deleted: 201 or 404, and nothing stays behind
concurrency.py batches SESSION     overlapping batches do not deadlock, and each is all or nothing
concurrency.py if-match SESSION    16 writers who read, change and write lose no update
concurrency.py restore SESSION     a restore is one view while messages are appended
concurrency.py storage SESSION     a reader sees the old or the new object, whole, with its tag and type
concurrency.py cursors SESSION     a walk by cursor sees what existed throughout exactly once
concurrency.py pages SESSION       total and rows of a page are one snapshot
"""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable

from wire import (
    API,
    Answer,
    Connection,
    ask,
    at_once,
    compact,
    expect,
    expect_status,
    make_agent,
    make_session,
    message_body,
)

CLIENTS = 16


def same_id(target: str, body: bytes, what: str) -> None:
    gate = threading.Barrier(CLIENTS)

    def post(_: int) -> Answer:
        with Connection() as connection:
            connection.open()
            gate.wait()
            return connection.request("POST", target, body)

    statuses = Counter(a.status for a in at_once(CLIENTS, post))
    expect(statuses == {201: 1, 409: CLIENTS - 1}, what, "answered", dict(statuses))


def create(session: str) -> None:
    for turn in range(5):
        name = f"{session}-{turn}"
        base = f"{API}/sessions/{name}"
        same_id(f"{API}/sessions", compact({"session_id": name}), "sessions")
        same_id(f"{base}/agents", compact({"agent_id": "a", "state": {}, "conversation_manager_state": {}}), "agents")
        same_id(f"{base}/agents/a/messages", message_body(1), "messages")
        same_id(f"{base}/agents/a/messages", b"[" + message_body(2) + b"," + message_body(3) + b"]", "batches")
        same_id(f"{base}/multi_agents", compact({"multi_agent_id": "m", "state": {}}), "multi-agent states")
        same_id(f"{base}/fork", compact({"session_id": f"{name}-f"}), "forks")
        listed = ask("GET", f"{base}/agents/a/messages").json()
        expect([m["message_id"] for m in listed["messages"]] == [1, 2, 3], "messages are", listed)


def delete(session: str) -> None:
    for turn in range(10):
        name = f"{session}-{turn}"
        make_session(name)
        make_agent(name, "a")
        gate = threading.Barrier(8)

        def work(i: int, name: str = name, gate: threading.Barrier = gate) -> list[int]:
            with Connection() as connection:
                connection.open()
                gate.wait()
                if i == 0:
                    return [connection.request("DELETE", f"{API}/sessions/{name}").status]
                target = f"{API}/sessions/{name}/agents/a"
                statuses = []
                for n in range(10):
                    number = i * 1000 + n
                    statuses.append(connection.request("POST", f"{target}/messages", message_body(number)).status)
                    if n % 3 == 0:
                        statuses.append(connection.request("PUT", target, b'{"state":{"n":1}}').status)
                return statuses

        results = at_once(8, work)
        expect(results[0] == [204], "the delete answered", results[0])
        rest = {status for statuses in results[1:] for status in statuses}
        expect(rest <= {200, 201, 404}, "the others answered", rest)
        expect_status(ask("GET", f"{API}/sessions/{name}"), 404, name)
        make_session(name)
        make_agent(name, "a")
        expect(
            ask("GET", f"{API}/sessions/{name}/agents/a/messages").json()["total"] == 0,
            "messages outlived their session",
        )


def batches(session: str) -> None:
    make_session(session)
    make_agent(session, "a")
    target = f"{API}/sessions/{session}/agents/a/messages"
    gate = threading.Barrier(CLIENTS)
    sent: dict[int, list[int]] = {}

    def work(i: int) -> list[tuple[int, list[int]]]:
        draw = random.Random(i)
        done = []
        with Connection() as connection:
            for turn in range(20):
                numbers = draw.sample(range(turn * 40, turn * 40 + 40), 10)
                body = b"[" + b",".join(message_body(n, i) for n in numbers) + b"]"
                gate.wait()
                answer = connection.request("POST", target, body)
                expect(answer.status in (201, 409), "a batch answered", answer.status, answer.body)
                if answer.status == 201:
                    done.append((i, numbers))
        return done

    for done in at_once(CLIENTS, work):
        for client, numbers in done:
            for n in numbers:
                expect(n not in sent, "message", n, "was acknowledged twice")
                sent[n] = [client]
    have = ask("GET", f"{target}?offset=0").json()["messages"]
    expect({m["message_id"]: [m["message"]["content"]] for m in have} == sent, "stored is not what was acknowledged")
    expect(len(sent) >= 200, "only", len(sent), "messages were taken")


def increment(connection: Connection, target: str, read: Callable[[Answer], int], write: Callable[[int], bytes]) -> int:
    """One read, change, write with If-Match, until it holds; how often it was refused."""
    refused = 0
    while True:
        answer = expect_status(connection.request("GET", target), 200, target)
        changed = connection.request("PUT", target, write(read(answer) + 1), {"If-Match": answer.headers["etag"]})
        if expect_status(changed, (200, 204, 412), target).status != 412:
            return refused
        refused += 1


def if_match(session: str) -> None:
    make_session(session)
    make_agent(session, "a")
    base = f"{API}/sessions/{session}"
    expect_status(ask("POST", f"{base}/agents/a/messages", message_body(0, 0)), 201)
    expect_status(ask("POST", f"{base}/multi_agents", compact({"multi_agent_id": "m", "state": {"n": 0}})), 201)
    expect_status(ask("PUT", base, b'{"multi_agent_state":{"n":0}}'), 200)
    expect_status(ask("PUT", f"{base}/agents/a", b'{"state":{"n":0}}'), 200)
    expect_status(ask("PUT", f"{API}/storage/{session}/n", b"0"), 201)
    things: list[tuple[str, Callable[[Answer], int], Callable[[int], bytes]]] = [
        (base, lambda a: int(a.json()["multi_agent_state"]["n"]), lambda n: b'{"multi_agent_state":{"n":%d}}' % n),
        (f"{base}/agents/a", lambda a: int(a.json()["state"]["n"]), lambda n: b'{"state":{"n":%d}}' % n),
        (f"{base}/agents/a/messages/0", lambda a: int(a.json()["message"]["content"]), lambda n: message_body(0, n)),
        (f"{base}/multi_agents/m", lambda a: int(a.json()["state"]["n"]), lambda n: b'{"state":{"n":%d}}' % n),
        (f"{API}/storage/{session}/n", lambda a: int(a.body), lambda n: b"%d" % n),
    ]
    turns = 3
    for target, read, write in things:

        def work(_: int, t: str = target, r: Callable[[Answer], int] = read, w: Callable[[int], bytes] = write) -> int:
            with Connection() as connection:
                return sum(increment(connection, t, r, w) for _ in range(turns))

        refused = sum(at_once(CLIENTS, work))
        end = read(ask("GET", target))
        expect(end == CLIENTS * turns, target, "counted to", end, "of", CLIENTS * turns)
        expect(refused > 0, target, "nobody was refused: nothing was tested")


def restore(session: str) -> None:
    """Each append is followed by an update of the agent that names it: a view never has the update without the append."""
    make_session(session)
    make_agent(session, "a")
    base = f"{API}/sessions/{session}/agents/a"
    done = threading.Event()

    def write() -> None:
        with Connection() as connection:
            for n in range(150):
                expect_status(connection.request("POST", f"{base}/messages", message_body(n)), 201)
                expect_status(connection.request("PUT", base, b'{"state":{"last":%d}}' % n), 200)

    def read() -> None:
        with Connection() as connection:
            while not done.is_set():
                view = expect_status(connection.request("GET", f"{base}/restore"), 200).json()
                last = view["agent"]["state"].get("last", -1)
                expect(
                    view["total"] == len(view["messages"]), "total", view["total"], "of", len(view["messages"]), "rows"
                )
                expect(last + 1 <= view["total"] <= last + 2, "the agent knows", last, "of", view["total"], "messages")

    def work(i: int) -> None:
        if i > 0:
            return read()
        try:
            write()
        finally:
            done.set()
        return None

    at_once(4, work)


def storage(session: str) -> None:
    target = f"{API}/storage/{session}/object"
    sizes = {b"a": 10, b"b": 300_000, b"c": 2_500_000, b"d": 0}
    tags: dict[str, bytes] = {}
    lock = threading.Lock()
    done = threading.Event()
    seen: list[tuple[str, bytes]] = []

    def put(connection: Connection, letter: bytes) -> None:
        kind = {"Content-Type": f"text/{letter.decode()}"}
        answer = expect_status(connection.request("PUT", target, letter * sizes[letter], kind), (201, 204))
        with lock:
            tags[answer.headers["etag"]] = letter

    def read() -> None:
        with Connection() as connection:
            while not done.is_set():
                answer = expect_status(connection.request("GET", target), 200)
                letter = answer.headers["content-type"].removeprefix("text/").encode()
                expect(
                    answer.body == letter * sizes[letter], "an object of type", letter, "has", len(answer.body), "bytes"
                )
                with lock:
                    seen.append((answer.headers["etag"], letter))

    with Connection() as first:
        put(first, b"a")

    def work(i: int) -> None:
        if i > 1:
            return read()
        try:
            with Connection() as connection:
                for turn in range(30):
                    put(connection, b"abcd"[(turn + i) % 4 : (turn + i) % 4 + 1])
        finally:
            done.set()
        return None

    at_once(5, work)
    for tag, letter in seen:
        expect(tags[tag] == letter, "tag", tag, "of", tags[tag], "came with the bytes of", letter)
    expect(len(seen) > 10, "only", len(seen), "reads")


def cursors(session: str) -> None:
    """60 sessions stay, others come and go in between while they are walked."""
    stay = [f"{session}-stay-{n:03}" for n in range(60)]

    def post(connection: Connection, name: str, second: int) -> None:
        body = compact({"session_id": name, "created_at": f"2020-01-01T00:{second // 60:02}:{second % 60:02}Z"})
        expect_status(connection.request("POST", f"{API}/sessions", body), 201, name)

    with Connection() as connection:
        for n, name in enumerate(stay):
            post(connection, name, n * 10)
    done = threading.Event()

    def come_and_go(i: int) -> None:
        draw = random.Random(i)
        with Connection() as connection:
            turn = 0
            while not done.is_set():
                name = f"{session}-go-{i}-{turn}"
                post(connection, name, draw.randrange(600))
                if draw.random() < 0.7:
                    expect_status(connection.request("DELETE", f"{API}/sessions/{name}"), 204, name)
                turn += 1

    def walk() -> None:
        with Connection() as connection:
            for size in (1, 3, 7):
                seen: Counter[str] = Counter()
                cursor, places = "", []
                while True:
                    more = f"&cursor={cursor}" if cursor else ""
                    page = expect_status(
                        connection.request("GET", f"{API}/sessions?prefix={session}-&limit={size}{more}"), 200
                    ).json()
                    seen.update(s["session_id"] for s in page["sessions"])
                    places += [(s["created_at"], s["session_id"].encode()) for s in page["sessions"]]
                    if page["next_cursor"] is None:
                        break
                    cursor = page["next_cursor"]
                expect(
                    all(seen[name] == 1 for name in stay),
                    "not seen once:",
                    [(n, seen[n]) for n in stay if seen[n] != 1],
                )
                expect(max(seen.values()) == 1, "seen twice:", [n for n in seen if seen[n] > 1])
                expect(places == sorted(places, reverse=True), "the walk is out of order")

    def work(i: int) -> None:
        if i > 0:
            return come_and_go(i)
        try:
            walk()
        finally:
            done.set()
        return None

    at_once(3, work)


def pages(session: str) -> None:
    make_session(session)
    make_agent(session, "a")
    target = f"{API}/sessions/{session}/agents/a/messages"
    done = threading.Event()

    def work(i: int) -> None:
        with Connection() as connection:
            if i == 0:
                try:
                    for n in range(0, 400, 2):
                        body = b"[" + message_body(n) + b"," + message_body(n + 1) + b"]"
                        expect_status(connection.request("POST", target, body), 201)
                finally:
                    done.set()
                return
            while not done.is_set():
                page = expect_status(connection.request("GET", f"{target}?page_size=1000"), 200).json()
                expect(
                    page["total"] == len(page["messages"]), "total", page["total"], "of", len(page["messages"]), "rows"
                )
                expect(page["total"] % 2 == 0, "half a batch was seen")

    at_once(4, work)


TESTS = {
    "create": create,
    "delete": delete,
    "batches": batches,
    "if-match": if_match,
    "restore": restore,
    "storage": storage,
    "cursors": cursors,
    "pages": pages,
}

if __name__ == "__main__":
    TESTS[sys.argv[1]](sys.argv[2])
