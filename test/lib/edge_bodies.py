"""Replays hand-made bodies at the edges; every line's answer must be what the line expects.

edge_bodies.py FILE.ndjson SESSION AGENT [BODY-LIMIT]
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

from wire import Answer, Connection, elements, expect, expect_status, make_agent, make_session, members

BODY_RAW = re.compile(rb'"body_raw"\s*:\s*')


def body_of(case: dict[str, Any], limit: int) -> bytes | None:
    if "body_base64" in case:
        return base64.b64decode(case["body_base64"])
    if "body_repeat" in case:
        repeat = case["body_repeat"]
        found = re.fullmatch(r"limit/(\d+)([+-]\d+)?", str(repeat["count"]))
        count = limit // int(found.group(1)) + int(found.group(2) or 0) if found else int(repeat["count"])
        return f"{repeat['prefix']}{repeat['unit'] * count}{repeat['suffix']}".encode()
    text: str = case["body_raw"]
    return text.encode("utf-8") if case["method"] in ("POST", "PUT") or text else None


def check_keep(case: dict[str, Any], body: bytes, answer: Answer) -> None:
    sent, stored = members(body), members(answer.body)
    for name in case.get("keep", []):
        expect(stored.get(name) == sent[name], case["name"], name, "came back as", stored.get(name, b"absent")[:300])


def check_list(case: dict[str, Any], body: bytes, answer: Answer) -> None:
    for one, back in zip(elements(body), elements(members(answer.body)["messages"]), strict=True):
        expect(members(back)["message"] == members(one)["message"], case["name"], "changed a message")


def check_types(case: dict[str, Any], answer: Answer) -> None:
    have = sorted(entry["type"] for entry in answer.json()["detail"])
    expect(have == sorted(case["types"]), case["name"], "faults are", have, "expected", case["types"])


def read_back(connection: Connection, case: dict[str, Any], target: str, body: bytes) -> None:
    """What was posted as one message is read again by itself."""
    number = json.loads(members(body)["message_id"])
    check_keep(case, body, expect_status(connection.request("GET", f"{target}/{number}"), 200, case["name"]))


def main() -> None:
    name, session, agent = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 32 << 20
    make_session(session)
    make_agent(session, agent)
    cases = [json.loads(line) for line in Path(name).read_bytes().split(b"\n") if line.strip()]
    for case in cases:
        body = body_of(case, limit)
        target = case["path"].replace("{session}", session).replace("{agent}", agent)
        with Connection() as connection:
            answer = expect_status(connection.request(case["method"], target, body), case["expect"], case["name"])
            if "types" in case:
                check_types(case, answer)
            if body and answer.status in (200, 201) and case.get("keep"):
                check_keep(case, body, answer)
                if target.endswith("/messages") and case["method"] == "POST":
                    read_back(connection, case, target, body)
            if body and answer.status == 201 and body.lstrip()[:1] == b"[":
                check_list(case, body, answer)
    print(f"{len(cases)} bodies answered as expected")


if __name__ == "__main__":
    main()
