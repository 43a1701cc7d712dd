"""Replays what the SDKs' snapshot managers do to their byte store, beside a model of it in memory.

snapshots.py FILE.ndjson
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from wire import API, Connection, expect, expect_status


def replay(connection: Connection, line: bytes, model: dict[str, bytes]) -> None:
    step = json.loads(line)
    key, target = step["key"], f"{API}/storage/{quote(step['key'])}"
    if step["op"] == "write":
        body = base64.b64decode(step["body_base64"])
        expect_status(connection.request("PUT", target, body), 204 if key in model else 201, f"PUT {key}")
        model[key] = body
    elif step["op"] == "read":
        answer = expect_status(connection.request("GET", target), 200 if key in model else 404, f"GET {key}")
        expect(key not in model or answer.body == model[key], key, "differs")
    elif step["op"] == "delete":
        expect_status(connection.request("DELETE", target), 204, f"DELETE {key}")
        model.pop(key, None)
    elif step["op"] == "list":
        answer = expect_status(
            connection.request("GET", f"{API}/storage?{urlencode({'prefix': key})}"), 200, f"list {key}"
        )
        wanted = sorted((k for k in model if k.startswith(key)), key=str.encode)
        expect(answer.json()["keys"] == wanted, "list of", key, "is", answer.json()["keys"], "expected", wanted)
    else:
        raise SystemExit(f"unknown operation {step['op']}")


def main() -> None:
    model: dict[str, bytes] = {}
    lines = [line for line in Path(sys.argv[1]).read_bytes().split(b"\n") if line.strip()]
    with Connection() as connection:
        for line in lines:
            replay(connection, line, model)
        for key, body in model.items():
            answer = expect_status(connection.request("GET", f"{API}/storage/{quote(key)}"), 200, key)
            expect(answer.body == body, key, "differs at the end")
    print(f"{len(lines)} operations replayed, {len(model)} keys left and equal")


if __name__ == "__main__":
    main()
