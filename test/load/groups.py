"""What is compared with what, and the figures that come of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import data
from figures import Figure, Report, Row
from measure import Load, Quartiles, Result, Statement, note, pgbench, rounds, skeleton, wrk
from stack import BUILD, Broken, Database, Stack

API = "/api/v1/sessions"
TOKEN = "bench-token"


@dataclass
class Bench:
    directory: Path
    database: Database
    service: Stack
    size: data.Size
    report: Report
    rounds: int

    # --- groups of variants ----------------------------------------------------------------------------------------
    def loads(self, load: Load, seconds: int = 1, stack: Stack | None = None) -> Callable[[int], Result]:
        return lambda _: wrk(stack or self.service, load, seconds)

    def statement(self, statement: Statement, seconds: int = 1) -> Callable[[int], Result]:
        return lambda number: pgbench(self.database, statement, seconds, number, self.directory)

    @contextmanager
    def bare(self, load: Load, statement: Statement | None) -> Iterator[Stack]:
        """The skeleton, executing that statement."""
        name = f"skeleton-{len(self.report.rows)}"
        sample = self.directory / f"{name}.answer"
        sample.write_bytes(self.record(load))
        stack = skeleton(self.directory / name, self.database, sample, statement)
        try:
            yield stack
        finally:
            stack.stop()

    def record(self, load: Load) -> bytes:
        """An answer of the service as CGI: headers, an empty line, the body."""
        fill = {b"{n}": str(2_000_000_000 + len(load.body or b"")).encode(), b"{own}": b"1"}
        path, body = load.path.encode(), load.body
        for mark, value in fill.items():
            path = path.replace(mark, value)
            body = body.replace(mark, value) if body is not None else None
        status, headers, answer = self.service.ask(load.method, path.decode(), body, load.headers)
        if status >= 300:
            raise Broken(f"{load.method} {path!r}: {status} {answer[:300]!r}")
        kept = [f"{name}: {headers[name]}" for name in ("Content-Type", "ETag") if name in headers]
        return "\r\n".join([f"Status: {status}", *kept, "", ""]).encode() + answer

    def route(
        self,
        name: str,
        load: Load,
        statement: Statement | None,
        bare_statement: Statement | None = None,
        seconds: int = 1,
        more: dict[str, Load] | None = None,
        bare_load: Load | None = None,
    ) -> dict[str, list[Result]]:
        """A row of the table: the service, its statement in pgbench, the skeleton; `more` takes turns with them."""
        note(f"bench: {name}")
        with self.bare(load, bare_statement or statement) as stack:
            variants = {"service": self.loads(load, seconds)}
            for other, other_load in (more or {}).items():
                variants[other] = self.loads(other_load, seconds)
            variants["skeleton"] = self.loads(bare_load or load, seconds, stack)
            if statement is not None:
                variants["pgbench"] = self.statement(statement, seconds)
            results = rounds(self.rounds, variants)
        row = Row.of(name, results["service"])
        row.to_skeleton = Quartiles.of(ratios(results, "service", "skeleton"))
        if statement is not None:
            row.to_statement = Quartiles.of(ratios(results, "service", "pgbench"))
        self.report.rows.append(row)
        for other in more or {}:
            self.report.rows.append(Row.of(other, results[other]))
        return results

    def compare(
        self, first: tuple[str, Load, Stack | None], second: tuple[str, Load, Stack | None]
    ) -> dict[str, list[Result]]:
        return rounds(self.rounds, {name: self.loads(load, 1, stack) for name, load, stack in (first, second)})

    def cost(self, name: str, limit: float, first: Load, second: Load, *stacks: Stack | None) -> None:
        """CPU a request over all processes, first ÷ second; `stacks` when they do not both go to the service."""
        note(f"bench: {name}")
        one, other = [*stacks, None, None][:2]
        results = self.compare(("first", first, one), ("second", second, other))
        self.report.add(f"{name}, CPU a request", ratios(results, "first", "second", "cpu_total"), "<=", limit)


def ratios(results: dict[str, list[Result]], first: str, second: str, what: str = "rate") -> list[float]:
    """first ÷ second, round by round."""
    pairs = zip(results[first], results[second], strict=True)
    return [getattr(a, what) / getattr(b, what) for a, b in pairs]


# --- routes beside their statement and the skeleton ------------------------------------------------------------------
def health(bench: Bench) -> None:
    bench.route("health", Load("/health"), None, bare_load=Load("/skeleton"))


def session_read(bench: Bench) -> None:
    results = bench.route("session read", Load(f"{API}/empty"), Statement("session_get", ["", "empty"]))
    add = bench.report.add
    add("session read ÷ its statement in pgbench", ratios(results, "service", "pgbench"), ">=", 0.28)
    add("workers' CPU for one session read", [r.cpu["workers"] for r in results["service"]], "<=", 60, "µs")


def agent_read(bench: Bench) -> None:
    many = f"agent read, {bench.size.history:,} messages"
    results = bench.route(
        "agent read, no messages",
        Load(f"{API}/empty/agents/{{own}}"),
        Statement("agent_get", ["", "empty", "@own"]),
        more={many: Load(f"{API}/full/agents/{{own}}")},
    )
    bench.report.add(f"{many} ÷ none", ratios(results, many, "service"), ">=", 0.95)


def agent_update(bench: Bench) -> None:
    many = f"agent update, {bench.size.history:,} messages"
    state = json.dumps(data.STATE)
    body = f'{{"state":{state}}}'.encode()
    results = bench.route(
        "agent update, no messages",
        Load(f"{API}/empty/agents/{{own}}", "PUT", body),
        Statement("agent_update", ["", "empty", "@own", state, "@null", "@null", "0", "@random", "@null"]),
        more={many: Load(f"{API}/full/agents/{{own}}", "PUT", body)},
    )
    bench.report.add(f"{many} ÷ none", ratios(results, many, "service"), ">=", 0.95)


def append_small(bench: Bench) -> None:
    results = append(bench, data.SMALL)
    name = f"append of {data.SMALL} bytes ÷ its statement in pgbench"
    bench.report.add(name, ratios(results, "service", "pgbench"), ">=", 0.55)


def append_large(bench: Bench) -> None:
    append(bench, data.LARGE)


def append(bench: Bench, size: int) -> dict[str, list[Result]]:
    name, load = f"append of {size:,} bytes", append_load(size, "service")
    return bench.route(name, load, append_statement(size, "pgbench"), append_statement(size, "skeleton"))


def append_statement(size: int, who: str) -> Statement:
    values = ["", f"append-{size}-{who}", "@own", "@count", data.message(size), "@null", "@null", "@random"]
    return Statement("message_create", values)


def append_load(size: int, who: str, **headers: str) -> Load:
    body = f'{{"message_id":{{n}},"message":{data.message(size)}}}'.encode()
    path = f"{API}/append-{size}-{who}/agents/{{own}}/messages"
    return Load(path, "POST", body, {name.replace("_", "-"): value for name, value in headers.items()}, grows=True)


def page(bench: Bench) -> None:
    bench.route(
        "page of 100 messages",
        Load(f"{API}/full/agents/{{own}}/messages?page_size=100"),
        Statement("message_list", ["", "full", "@own", "100", "0", "true"]),
    )


def history(bench: Bench) -> None:
    name = f"whole history of {bench.size.history:,} messages"
    bench.route(
        name,
        Load(f"{API}/full/agents/{{own}}/messages?offset=0"),
        Statement("message_list", ["", "full", "@own", "@null", "0", "false"]),
        seconds=2,
    )


def restore(bench: Bench) -> None:
    load = Load(f"{API}/restore/agents/1/restore?offset=removed")
    bench.route(f"restore of {bench.size.restored:,} messages", load, Statement("restore", ["", "restore", "1", "-1"]))


def least_of_skeleton(bench: Bench) -> None:
    """The one promise about all routes: the worst of them counts."""
    rows = [row for row in bench.report.rows if row.to_skeleton and row.to_statement]
    if not rows:
        return
    worst = min(rows, key=lambda row: row.to_skeleton.median if row.to_skeleton else 1.0)
    if worst.to_skeleton is not None:
        quartiles = worst.to_skeleton
        bench.report.figures.append(Figure(f"any route ÷ skeleton, the worst: {worst.name}", "", quartiles, ">=", 0.9))


# --- one thing against another ---------------------------------------------------------------------------------------
def long_lists(bench: Bench) -> None:
    path = f"{API}/lists/agents/{{}}/messages?page_size=10&total=false"
    long, short = Load(path.format(1)), Load(path.format(2))
    results = bench.compare(("long", long, None), ("short", short, None))
    name = f"first page of 10 from {bench.size.long:,} messages ÷ from 100, without counting"
    bench.report.add(name, ratios(results, "long", "short"), ">=", 0.8)

    alone = Load(path.format(1), connections=1)
    counting = Load(path.format(1).replace("&total=false", ""), connections=1)
    results = bench.compare(("counting", counting, None), ("not", alone, None))
    pairs = zip(results["counting"], results["not"], strict=True)
    each = [(1e6 / a.rate - 1e6 / b.rate) / bench.size.long for a, b in pairs]
    bench.report.add("counting, a message counted", each, "<=", 0.3, "µs")


def cursors(bench: Bench) -> None:
    """The last ten sessions by cursor, against the first ten."""
    total = json.loads(bench.service.must("GET", f"{API}?page_size=1"))["total"]
    cursor, seen = "", 0
    while seen < total - 10:
        step = min(1000, total - 10 - seen)
        answer = json.loads(bench.service.must("GET", f"{API}?limit={step}{cursor}"))
        cursor, seen = f"&cursor={answer['next_cursor']}", seen + len(answer["sessions"])
    first, last = Load(f"{API}?limit=10"), Load(f"{API}?limit=10{cursor}")
    results = bench.compare(("last", last, None), ("first", first, None))
    bench.report.add(
        f"last page ÷ first page of {total:,} sessions by cursor", ratios(results, "last", "first"), ">=", 0.9
    )


def storage(bench: Bench) -> None:
    bench.service.must("PUT", "/api/v1/storage/bench/object", data.message(data.LARGE).encode())
    stored = Load("/api/v1/storage/bench/object")
    message = Load(f"{API}/lists/agents/3/messages/0")
    bench.cost("storage GET of 10 KB ÷ message read of 10 KB", 1.1, stored, message)


def conditional(bench: Bench) -> None:
    body = json.dumps({"state": data.STATE}).encode()
    path = f"{API}/empty/agents/{{own}}"
    with_tag = Load(path, "PUT", body, conditional=True)
    without = Load(path, "PUT", body, conditional=False)
    bench.cost("PUT with If-Match ÷ PUT without", 1.05, with_tag, without)


def repeats(bench: Bench) -> None:
    keyed = append_load(data.SMALL, "keyed", Idempotency_Key="0b0f4a52-3a3b-4a4e-9d0e-2f3a6c1d7e55")
    plain = append_load(data.SMALL, "service")
    plain.runs = 500  # behind what the appends before have written
    bench.cost("append with Idempotency-Key ÷ append without", 1.03, keyed, plain)


def tokens(bench: Bench) -> None:
    file = bench.directory / "tokens"
    file.write_text(f"bench:{hashlib.sha256(TOKEN.encode()).hexdigest()}:write:\n")
    file.chmod(0o644)
    guarded = Stack(bench.directory / "guarded", bench.database, {"AUTH_TOKENS_FILE": str(file)})
    guarded.start()
    try:
        shown = {"Authorization": f"Bearer {TOKEN}"}
        read = Load(f"{API}/empty", headers=shown)
        bench.cost("session read with tokens ÷ without", 1.03, read, Load(f"{API}/empty", headers=shown), guarded)
    finally:
        guarded.stop()


def seeing(bench: Bench) -> None:
    """Metrics and logs at INFO, against the program without either (unseen.c)."""
    blind = Stack(bench.directory / "blind", bench.database)
    blind.start(str(BUILD / "session-backend-unseen"))
    try:
        read = Load(f"{API}/empty")
        bench.cost("session read with metrics and logs ÷ without", 1.05, read, Load(f"{API}/empty"), None, blind)
    finally:
        blind.stop()


def fork(bench: Bench) -> None:
    seconds = []
    for number in range(min(bench.rounds, 5)):
        begin = time.monotonic()
        bench.service.must("POST", f"{API}/fork/fork", json.dumps({"session_id": f"fork-{number}"}).encode())
        seconds.append(time.monotonic() - begin)
    bench.report.add(f"fork of {bench.size.history:,} messages, until answered", seconds, "<=", 1.0, "s")


# --- memory ----------------------------------------------------------------------------------------------------------
def megabytes(pid: int, file: str, field: str) -> float:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise Broken(f"/proc/{pid}/{file} lacks {field}")


def memory(bench: Bench) -> None:
    """At rest after all the load before; the peak over the longest history and bodies of 30 MB; at rest again."""
    service, lighttpd = bench.service, bench.service.lighttpd()

    try:
        megabytes(service.workers()[0], "smaps_rollup", "Pss")
    except PermissionError:
        note("bench: only root may look at the memory of processes that are not dumpable")
        return

    def at_rest() -> list[float]:
        return [megabytes(pid, "smaps_rollup", "Pss") for pid in service.workers()]

    bench.report.add("resting memory of a worker, PSS", at_rest(), "<=", 4, "MB")
    large = Load(f"{API}/lists/agents/1/messages?offset=0")
    wrk(service, large, 1)
    body = b"x" * 30_000_000
    for number in range(4):
        service.must("PUT", f"/api/v1/storage/bench/large-{number}", body)
        if service.must("GET", f"/api/v1/storage/bench/large-{number}") != body:
            raise Broken("an object came back changed")
    time.sleep(1.5)  # workers look around once a second
    found = bench.report.memory
    found["worker at rest afterwards, PSS, the largest"] = max(at_rest())
    found["worker, peak (RSS)"] = max(megabytes(pid, "status", "VmHWM") for pid in service.workers())
    found["lighttpd at rest, PSS"] = megabytes(lighttpd, "smaps_rollup", "Pss")
    found["lighttpd, peak (RSS)"] = megabytes(lighttpd, "status", "VmHWM")
