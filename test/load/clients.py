"""What the Python client adds: figures that its own tests take, with a service that they start."""

from __future__ import annotations

import json
import subprocess

from groups import Bench
from measure import note
from stack import ROOT, Broken

RUNNER = ROOT / "test/clients/run"


def speed(bench: Bench) -> None:
    """`run --speed` prints a line of JSON a figure: name, unit, value, limit."""
    note("bench: clients")
    done = subprocess.run([str(RUNNER), "--speed"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"test/clients/run --speed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            bench.report.add(f"{said['name']}, {said['unit']}", [said["value"]], "<=", said["limit"])
