"""Large things: they come whole, and nobody stays large.

large.py history SESSION
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from wire import API, ask, at_once, elements, expect, expect_status, make_agent, make_session, members, message_body

MESSAGES = 30
SIZE = 1 << 20
STAYS_BELOW = 24 << 20  # bytes of a process's own memory after it all; a worker at rest has less than 4


def own_memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"no memory of {pid}")


def history(session: str) -> None:
    make_session(session)
    make_agent(session, "a")
    target = f"{API}/sessions/{session}/agents/a/messages"
    for number in range(MESSAGES):
        expect_status(ask("POST", target, message_body(number, chr(97 + number % 26) * SIZE)), 201, f"message {number}")

    def read(_: int) -> None:
        answer = expect_status(ask("GET", f"{target}?offset=0"), 200, "the history")
        listed = elements(members(answer.body)["messages"])
        expect(
            [int(members(m)["message_id"]) for m in listed] == list(range(MESSAGES)),
            "messages are missing or out of order",
        )
        expect(all(len(m) > SIZE for m in listed), "a message is shorter than it was")

    at_once(3, read)
    if "address" in os.environ["BUILD_DIR"] or os.environ.get("SERVER_UNDER"):
        return  # their memory is not ours
    supervisor = int(Path(os.environ["SERVER_DIR"], "supervisor.pid").read_text())
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    expect(len(children) > 2, "no workers found")
    for pid in children:
        expect(own_memory(int(pid)) < STAYS_BELOW, "worker", pid, "stays at", own_memory(int(pid)), "bytes")


if __name__ == "__main__":
    history(sys.argv[2])
