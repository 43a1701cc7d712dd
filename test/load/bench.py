"""The bench: what every route costs, beside its bare statement and beside a bare FastCGI program that executes it.

Variants take turns, so that what disturbs one disturbs all of them; what is printed are medians, with quartiles where
something was promised. A figure that misses its target says so and changes nothing about the exit status: only what
does not work does.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import clients
import data
import groups
from figures import Report, aligned, load_report, machine, rewrite_readme, tables
from measure import note
from stack import BUILD, ROOT, Broken, Database, Stack

GROUPS = (
    groups.health,
    groups.session_read,
    groups.agent_read,
    groups.agent_update,
    groups.append_small,
    groups.append_large,
    groups.page,
    groups.history,
    groups.restore,
    groups.least_of_skeleton,
    groups.long_lists,
    groups.cursors,
    groups.storage,
    groups.conditional,
    groups.repeats,
    groups.tokens,
    groups.seeing,
    groups.fork,
    clients.speed,
    groups.memory,
)


def measure(quick: bool, wanted: list[str], directory: Path) -> Report:
    report = Report(quick=quick, machine=machine())
    size = data.QUICK if quick else data.FULL
    database = Database(directory)
    service = Stack(directory / "service", database)
    try:
        note("bench: making the database")
        database.start()
        data.fill(database, size)
        service.start()
        bench = groups.Bench(directory, database, service, size, report, rounds=1 if quick else 10)
        for group in GROUPS:
            skipped = quick and group is clients.speed  # it may have to fetch two SDKs
            if group.__name__ in wanted if wanted else not skipped:
                group(bench)
                database.sql("CHECKPOINT")
    finally:
        service.stop()
        database.stop()
    return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measures the service.")
    parser.add_argument("--quick", action="store_true", help="a smoke test: one round over little data")
    parser.add_argument(
        "--readme", action="store_true", help="put the tables of the last run into README.md, measure nothing"
    )
    parser.add_argument("group", nargs="*", help=f"only these: {', '.join(group.__name__ for group in GROUPS)}")
    arguments = parser.parse_args()
    result = BUILD / "bench.json"
    if arguments.readme:
        rewrite_readme(load_report(result), ROOT / "README.md")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    directory = Path(tempfile.mkdtemp(prefix="session-backend-bench."))
    try:
        report = measure(arguments.quick, arguments.group, directory)
    except Broken as broken:
        print(f"bench: {broken}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory)
    report.write_json(result)
    print("\n\n".join(aligned(table) for table in tables(report)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
