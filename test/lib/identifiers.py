"""Identifiers through bodies and paths, for every kind of them.

identifiers.py allowed|refused|distinct PREFIX
"""

from __future__ import annotations

import sys
from urllib.parse import quote

from wire import API, Connection, compact, expect, expect_status, make_session

ALLOWED = [chr(c) for c in range(0x20, 0x7F) if chr(c) not in "/\\"] + [
    "\u00a0",
    "\u00ad",
    "é",
    "e\u0301",
    "ß",
    "İ",
    "\u200b",
    "\u200e",
    "\u2028",
    "\u2029",
    "\u202e",
    "\ud7ff",
    "\ue000",
    "\ufdd0",
    "\ufeff",
    "\uffff",
    "😀",
    "\U0001f468\u200d\U0001f469",
    "\U0010ffff",
    "שלום",
    "...",
    "..a",
    ".a",
    "a.",
    " ",
    "  a  ",
]
ALLOWED.remove(".")
REFUSED = ["/", "\\"] + [chr(c) for c in [*range(0x20), *range(0x7F, 0xA0)]]
REFUSED_WHOLE = [".", ".."]
BAD_BYTES = [
    "%FF",
    "%C0%AF",
    "%C3",
    "%E0%80%80",
    "%ED%A0%80",
    "%ED%BF%BF",
    "%F4%90%80%80",
    "%F8%88%80%80%80",
    "%80",
    "%FE",
]
DISTINCT = ["a", "A", " a", "a ", "é", "e\u0301", "\ufb01", "fi", "ſ", "s", "K", "\u212a", "1", "01", "１"]


def escaped(text: str) -> str:
    return quote(text, safe="")


def kinds(session: str) -> list[tuple[str, str, dict[str, object]]]:
    """Name of the id, collection, the rest of a body that creates one."""
    return [
        ("session_id", f"{API}/sessions", {}),
        ("agent_id", f"{API}/sessions/{session}/agents", {"state": {}, "conversation_manager_state": {}}),
        ("multi_agent_id", f"{API}/sessions/{session}/multi_agents", {"state": {}}),
    ]


def allowed(session: str) -> None:
    make_session(session)
    with Connection() as connection:
        for name, collection, rest in kinds(session):
            for text in ALLOWED:
                identifier = f"{session}{text}" if name == "session_id" and text.strip(". ") else text
                target = f"{collection}/{escaped(identifier)}"
                expect_status(
                    connection.request("POST", collection, compact({name: identifier, **rest})), 201, (name, identifier)
                )
                answer = expect_status(connection.request("GET", target), 200, target)
                expect(answer.json()[name] == identifier, name, repr(identifier), "came back as", answer.json()[name])
                expect_status(connection.request("PUT", target, b"{}"), 200, target)
                expect_status(connection.request("DELETE", target), 204, target)


def refused(session: str) -> None:
    make_session(session)
    with Connection() as connection:
        for name, collection, rest in kinds(session):
            for text in [*(f"a{c}b" for c in REFUSED), *REFUSED_WHOLE]:
                answer = expect_status(
                    connection.request("POST", collection, compact({name: text, **rest})), 422, (name, text)
                )
                detail = [(e["type"], e["loc"]) for e in answer.json()["detail"]]
                expect(detail == [("value_error", ["body", name])], name, repr(text), "is", detail)
                path_fault(connection, f"{collection}/{escaped(text).replace('.', '%2E')}", name)
            for bad in BAD_BYTES:
                path_fault(connection, f"{collection}/a{bad}b", name)
            raw = b'{"%s":"a\xff"}' % name.encode()
            expect_status(connection.request("POST", collection, raw), 422, raw)


def path_fault(connection: Connection, target: str, name: str) -> None:
    for method, body in (("GET", None), ("PUT", b"{}"), ("DELETE", None)):
        answer = expect_status(connection.request(method, target, body), 422, (method, target))
        detail = [(e["type"], e["loc"]) for e in answer.json()["detail"]]
        expect(detail == [("value_error", ["path", name])], method, target, "is", detail)


def distinct(session: str) -> None:
    make_session(session)
    with Connection() as connection:
        for name, collection, rest in kinds(session):
            names = [f"{session}-{text}-x" for text in DISTINCT]
            for identifier in names:
                expect_status(
                    connection.request("POST", collection, compact({name: identifier, **rest})), 201, identifier
                )
            for identifier in names:
                answer = expect_status(
                    connection.request("GET", f"{collection}/{escaped(identifier)}"), 200, identifier
                )
                expect(answer.json()[name] == identifier, repr(identifier), "came back as", answer.json()[name])


if __name__ == "__main__":
    {"allowed": allowed, "refused": refused, "distinct": distinct}[sys.argv[1]](sys.argv[2])
