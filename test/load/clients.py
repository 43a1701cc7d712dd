"""What the Python client adds: figures that its own tests take, with a service that they start."""

from __future__ import annotations

import json
import subprocess

from groups import Bench
from measure import note
from stack import BUILD, ROOT, Broken

RUNNER = ROOT / "test/clients/run"
FETCHED = BUILD / "clients"


def speed(bench: Bench) -> None:
    """`run --speed` prints a line of JSON a figure: name, unit, value, limit."""
    if not RUNNER.exists() or (bench.rounds == 1 and not FETCHED.exists()):
        note("bench: clients: left out, what they need has not been fetched")
        return
    note("bench: clients")
    done = subprocess.run([str(RUNNER), "--speed"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"test/clients/run --speed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            bench.report.add(said["name"], [said["value"]], "<=", said["limit"], said["unit"])
