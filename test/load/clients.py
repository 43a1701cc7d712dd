"""What the Python client adds: figures that its own tests take, against the service that the bench has started."""

from __future__ import annotations

import json
import subprocess

from groups import Bench
from measure import note
from stack import ROOT, Broken

RUNNER = ROOT / "test/clients/run"


def speed(bench: Bench) -> None:
    """`run --speed URL ROUNDS` prints a line of JSON a figure: name, found (a list), unit, sense, target."""
    if not RUNNER.exists():
        note("bench: no clients to measure")
        return
    note("bench: clients")
    rounds = str(bench.rounds)
    done = subprocess.run(
        [str(RUNNER), "--speed", bench.service.url, rounds], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"test/clients/run --speed: {done.stderr[-2000:]}")
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            bench.report.add(said["name"], said["found"], said["sense"], said["target"], said["unit"])
