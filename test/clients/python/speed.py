"""What the repository costs: prints rows as text and as lines of JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx
from proxy import Proxy
from session_backend_client import SessionBackendClient, SessionBackendRepository
from strands.agent.conversation_manager import SlidingWindowConversationManager
from strands.types.session import SessionAgent
from support import PORT, URL, make_agent, new_id

MESSAGES = 1000
ROUNDS = 41


def fill(session_id: str) -> None:
    """Messages as agents have them: a few hundred bytes of text each, in lines."""
    words = "The quick brown fox jumps over the lazy dog, and nobody asks it why.\n" * 5
    with SessionBackendClient(URL) as client:
        client.create_session(session_id)
        client.create_agent(session_id, "ann", {}, SlidingWindowConversationManager().get_state())
        bodies = [
            {
                "message_id": n,
                "message": {"role": "assistant" if n % 2 else "user", "content": [{"text": f"{n}: {words}"}]},
            }
            for n in range(MESSAGES)
        ]
        client.create_messages(session_id, "ann", bodies)


def restore_ratio(session_id: str) -> dict[str, object]:
    """Restoring through the repository against the same bytes fetched and decoded with httpx alone."""
    target = f"{URL}/api/v1/sessions/{session_id}/agents/ann/restore?offset=removed"
    http = httpx.Client()
    repository = SessionBackendRepository(URL)

    def bare() -> None:
        assert len(http.get(target).json()["messages"]) == MESSAGES

    def restore() -> None:
        assert isinstance(repository.read_agent(session_id, "ann"), SessionAgent)
        assert len(repository.list_messages(session_id, "ann")) == MESSAGES

    def start() -> None:
        assert repository.read_session(session_id) is not None
        restore()

    times: dict[Callable[[], None], list[float]] = {bare: [], restore: [], start: []}
    for _ in range(ROUNDS):
        for work, taken in times.items():
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
    bare_ms, restore_ms, start_ms = (min(taken) * 1000 for taken in times.values())
    return {
        "name": "restore 1,000 messages through the Python repository",
        "unit": "times the bare HTTP call",
        "value": round(restore_ms / bare_ms, 3),
        "limit": 1.3,
        "bare_ms": round(bare_ms, 2),
        "restore_ms": round(restore_ms, 2),
        "with_session_ms": round(start_ms, 2),
        "with_session_ratio": round(start_ms / bare_ms, 3),
    }


def round_trips() -> list[dict[str, object]]:
    """Of a turn: two messages and the agent, through the SDK, seen by a proxy that counts."""
    with Proxy(PORT) as proxy:
        agent = make_agent(new_id("speed"), url=proxy.url)
        agent("hello")
        before = len(proxy.requests)
        agent.state.set("n", 1)
        agent("how are you?")
        turn, connections = len(proxy.requests) - before, proxy.connections
    return [
        {"name": "round trips of a turn", "unit": "requests", "value": turn, "limit": 3},
        {"name": "connections of a conversation", "unit": "connections", "value": connections, "limit": 1},
    ]


def main() -> None:
    session_id = new_id("speed")
    fill(session_id)
    rows = [restore_ratio(session_id), *round_trips()]
    for row in rows:
        print(f"{row['name']}: {row['value']} {row['unit']} (at most {row['limit']})")
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
