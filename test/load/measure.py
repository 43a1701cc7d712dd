"""How it is measured: wrk, pgbench, and the CPU time of all processes that had to do with it."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack import BUILD, DEADLINE, PLANS, ROOT, Broken, Database, Stack, children

CONNECTIONS = 16
WORKERS = 8
GROUPS = ("lighttpd", "workers", "postgresql")


@dataclass
class Result:
    """One variant in one round. Rates in requests a second, latencies and CPU a request in microseconds."""

    rate: float
    p50: float = 0.0
    p99: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_total(self) -> float:
        return sum(self.cpu.values())


@dataclass
class Quartiles:
    q1: float
    median: float
    q3: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Quartiles:
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
        return cls(q1, median, q3)


# --- CPU time --------------------------------------------------------------------------------------------------------
def spent(pid: int) -> float:
    """Microseconds on a CPU, by the scheduler's own count (proc(5), schedstat): clock ticks would be too coarse."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1000
    except OSError:
        return 0.0


def spent_by_family(parent: int) -> float:
    """The same for a process and its children, those that ended and were waited for included."""
    fields = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()
    waited_for = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK") * 1e6
    return spent(parent) + waited_for + sum(spent(child) for child in children(parent))


def spent_by(stack: Stack) -> dict[str, float]:
    assert stack.web is not None and stack.pool is not None
    return {
        "lighttpd": spent_by_family(stack.web.pid),
        "workers": spent_by_family(stack.pool.pid),
        "postgresql": spent_by_family(stack.database.postmaster()),
    }


# --- wrk -------------------------------------------------------------------------------------------------------------
@dataclass
class Load:
    """What wrk sends; see load.lua."""

    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = CONNECTIONS
    conditional: bool | None = None
    grows: bool = False  # {n} must not repeat from one run to the next
    runs: int = 0


def wrk(stack: Stack, load: Load, seconds: int) -> Result:
    threads = load.connections if load.conditional is not None else 1
    environment = {
        **os.environ,
        "LOAD_METHOD": load.method,
        "LOAD_PATH": load.path,
        "LOAD_HEADERS": "\n".join(f"{name}: {value}" for name, value in load.headers.items()),
        "LOAD_START": str(load.runs * 1_000_000 if load.grows else 0),
    }
    load.runs += 1
    if load.conditional is not None:
        environment["LOAD_CONDITIONAL"] = str(int(load.conditional))
    with tempfile.NamedTemporaryFile() as body:
        if load.body is not None:
            body.write(load.body)
            body.flush()
            environment["LOAD_BODY"] = body.name
        command = ["wrk", f"-t{threads}", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "30s"]
        before = spent_by(stack)
        done = subprocess.run(
            [*command, "-s", str(ROOT / "test/load/load.lua"), stack.url],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        after = spent_by(stack)
    if done.returncode != 0:
        raise Broken(f"wrk: {done.stderr or done.stdout}")
    said = json.loads(done.stdout.splitlines()[-1])
    if not any(said[what] for what in ("requests", "refused", "broken")) and seconds < DEADLINE:
        return wrk(stack, load, 2 * seconds)  # too short for a busy machine
    if said["refused"] or said["broken"] or not said["requests"]:
        raise Broken(f"{load.method} {load.path}: {said}")
    # wrk drops what is under way when its time is over; on average half of that work was done.
    requests = said["requests"] + load.connections / 2
    return Result(
        rate=said["requests"] / said["micros"] * 1e6,
        p50=said["p50"],
        p99=said["p99"],
        cpu={group: (after[group] - before[group]) / requests for group in GROUPS},
    )


# --- statements: pgbench and the skeleton ----------------------------------------------------------------------------
@dataclass
class Statement:
    """A statement of the service with its parameters: text, @null, @count, @random, or @own (1 to 8: a client each)."""

    name: str
    parameters: Sequence[str]


def statements() -> dict[str, str]:
    """What `session-backend --sql` prints, by name."""
    out = subprocess.run([str(BUILD / "session-backend"), "--sql"], capture_output=True, text=True, check=True).stdout
    found = {}
    for part in ("\n" + out).split("\n-- ")[1:]:
        name, _, text = part.partition("\n")
        found[name.strip()] = text.strip().rstrip(";")
    return found


def pgbench(database: Database, statement: Statement, seconds: int, run: int, directory: Path) -> Result:
    lines = ["\\set n :n + 1"]
    options = ["-D", "n=0"]
    literals = {}
    for place, value in enumerate(statement.parameters, 1):
        expression = {
            "@count": f"{run * 100_000_000} + :client_id * 10000000 + :n",
            "@random": "random(1, 9223372036854775806)",
            "@own": ":client_id + 1",
        }.get(value)
        if value in ("", "@null"):
            literals[place] = "''" if value == "" else "NULL"  # which pgbench's variables cannot hold
        elif expression is None:
            options += ["-D", f"p{place}={value}"]
        else:
            lines.append(f"\\set p{place} {expression}")
    text = re.sub(r"\$(\d+)", lambda m: literals.get(int(m[1]), f":p{m[1]}"), statements()[statement.name])
    script = directory / f"{statement.name}.pgbench"
    script.write_text("\n".join([*lines, text + ";"]) + "\n")
    command = ["pgbench", "-n", "-M", "prepared", "-c", str(WORKERS), "-j", "2", "-T", str(seconds)]
    done = subprocess.run(
        [*command, *options, "-f", str(script), database.url],
        env={**os.environ, "PGOPTIONS": PLANS},
        capture_output=True,
        text=True,
        check=False,
    )
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode != 0 or rate is None:
        raise Broken(f"pgbench: {done.stderr[-2000:]}")
    return Result(rate=float(rate[1]))


def skeleton(directory: Path, database: Database, sample: Path, statement: Statement | None) -> Stack:
    """lighttpd with the service's own configuration before the skeleton, sending what is in `sample`."""
    stack = Stack(directory, database, {"PGOPTIONS": PLANS})
    command = [str(BUILD / "skeleton"), str(WORKERS if statement else 1), str(sample)]
    if statement is not None:
        text = directory.with_suffix(".sql")
        text.write_text(statements()[statement.name])
        command += [str(text), *statement.parameters]
    stack.start(*command, ready="/skeleton")
    return stack


def rounds(count: int, variants: Mapping[str, Callable[[int], Result]]) -> dict[str, list[Result]]:
    """Every variant once a round, in turn, every other round backwards."""
    results: dict[str, list[Result]] = {name: [] for name in variants}
    for number in range(count):
        order = list(variants) if number % 2 == 0 else list(reversed(list(variants)))
        for name in order:
            results[name].append(variants[name](number))
    return results


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
