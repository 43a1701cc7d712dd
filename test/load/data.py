"""What is in the database when the bench begins. Put there by SQL: 100,000 sessions by HTTP would take a minute."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from stack import Database


@dataclass
class Size:
    history: int  # messages of an agent that has many
    long: int  # messages of the longest agent
    sessions: int  # sessions to list
    restored: int  # messages of an agent to restore


FULL = Size(history=10_000, long=100_000, sessions=100_000, restored=1_000)
QUICK = Size(history=1_000, long=5_000, sessions=2_000, restored=200)
AGENTS = 16
SMALL, LARGE = 300, 10_240  # bytes of a message
# Sessions that take appends: every variant its own, so that none meets the others' messages.
WRITERS = ("service", "skeleton", "pgbench", "keyed")
APPENDED = tuple(f"append-{size}-{who}" for size in (SMALL, LARGE) for who in WRITERS)

WORDS = """
agent answer asks because before calls city cloud context could every file first found given holds into itself
keeps known later lists might model never notes often order paper place plan prompt question reads reason result
river search seems session should state step stone store string table takes their think three time token tools
under until value water where which while words would write years
""".split()


def text(size: int, seed: int) -> str:
    """Prose of a kind, which compresses about as prose does."""
    dice = random.Random(seed)
    words: list[str] = []
    length = 0
    while length < size:
        words.append(dice.choice(WORDS))
        length += len(words[-1]) + 1
    return " ".join(words)[:size]


def message(size: int) -> str:
    """A message whose JSON has `size` bytes."""
    frame = json.dumps({"role": "user", "content": [{"text": ""}]}, separators=(",", ":"))
    return frame.replace('""', '"' + text(size - len(frame), size) + '"')


STATE = {"mood": "curious", "topics": ["rivers", "stones"], "turns": 7}
MANAGER = {"__name__": "SlidingWindowConversationManager", "removed_message_count": 0, "model_call_count": 3}


def fill(database: Database, size: Size) -> None:
    state, manager = json.dumps(STATE), json.dumps(MANAGER)
    schema = "INSERT INTO session_backend"
    columns = "(created_at, updated_at, tag, tenant, session_id"
    values = "SELECT clock_timestamp(), clock_timestamp(), (random() * 9e18)::bigint, ''"

    def sessions(source: str, name: str) -> str:
        return f"{schema}.sessions {columns}) {values}, {name} FROM {source}"

    def agents(session_id: str, count: int) -> str:
        return (
            f"{schema}.agents {columns}, removed_count, agent_id, state, conversation_manager_state, internal_state)"
            f" {values}, '{session_id}', 0, a::text, '{state}', '{manager}', '{{}}' FROM generate_series(1, {count}) a"
        )

    def messages(session_id: str, agent: str, count: int, bytes_each: int = SMALL) -> str:
        return (
            f"{schema}.messages {columns}, agent_id, message_id, message)"
            f" {values}, '{session_id}', a::text, m, '{message(bytes_each)}'"
            f" FROM {agent} a, generate_series(0, {count - 1}) m"
        )

    one, all_agents = "generate_series(1, 1)", f"generate_series(1, {AGENTS})"
    names = ("empty", "full", "lists", "restore", "fork", *APPENDED)
    statements = [
        sessions(f"generate_series(1, {size.sessions}) s", "'s-' || lpad(s::text, 8, '0')"),
        *(sessions(one, f"'{name}'") for name in names),
        *(agents(name, AGENTS) for name in names),
        messages("full", all_agents, size.history),
        messages("restore", one, size.restored),
        messages("fork", one, size.history),
        messages("lists", one, size.long),
        messages("lists", "generate_series(2, 2)", 100),
        messages("lists", "generate_series(3, 3)", 1, LARGE),
    ]
    for statement in statements:
        database.sql(statement)
    database.sql("VACUUM ANALYZE")
    database.sql("CHECKPOINT")
