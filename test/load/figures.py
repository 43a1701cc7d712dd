"""What was found, against what was promised; the table, the JSON and the README's table."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from measure import GROUPS, Quartiles, Result

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass
class Row:
    """One route: the service's own figures, and those of what it is compared with."""

    name: str
    rate: Quartiles
    p50: Quartiles
    p99: Quartiles
    cpu: dict[str, Quartiles]
    to_statement: Quartiles | None = None
    to_skeleton: Quartiles | None = None

    @classmethod
    def of(cls, name: str, results: Sequence[Result]) -> Row:
        return cls(
            name,
            Quartiles.of([r.rate for r in results]),
            Quartiles.of([r.p50 for r in results]),
            Quartiles.of([r.p99 for r in results]),
            {group: Quartiles.of([r.cpu[group] for r in results]) for group in GROUPS},
        )


@dataclass
class Figure:
    """Something that was promised. It is met when the range of the quartiles reaches the target."""

    name: str
    unit: str
    found: Quartiles
    sense: str  # ">=" or "<=", or "" when nothing was promised
    target: float

    @property
    def verdict(self) -> str:
        if not self.sense:
            return ""
        met = self.found.q3 >= self.target if self.sense == ">=" else self.found.q1 <= self.target
        return "MET" if met else "MISSED"


@dataclass
class Report:
    quick: bool
    rows: list[Row] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, found: Sequence[float], sense: str = "", target: float = 0.0, unit: str = "") -> None:
        self.figures.append(Figure(name, unit, Quartiles.of(found), sense, target))

    def write_json(self, path: Path) -> None:
        figures = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**asdict(self), "figures": figures}, indent=2, ensure_ascii=False) + "\n")


def load_report(path: Path) -> Report:
    """What write_json wrote."""

    def maybe(found: dict[str, float] | None) -> Quartiles | None:
        return Quartiles(**found) if found else None

    def row(found: dict[str, Any]) -> Row:
        rate, p50, p99 = (Quartiles(**found[name]) for name in ("rate", "p50", "p99"))
        cpu = {group: Quartiles(**times) for group, times in found["cpu"].items()}
        return Row(found["name"], rate, p50, p99, cpu, maybe(found["to_statement"]), maybe(found["to_skeleton"]))

    def figure(found: dict[str, Any]) -> Figure:
        return Figure(found["name"], found["unit"], Quartiles(**found["found"]), found["sense"], found["target"])

    text = json.loads(path.read_text())
    rows, figures = [row(found) for found in text["rows"]], [figure(found) for found in text["figures"]]
    return Report(text["quick"], rows, figures, text["memory"], text["machine"])


def machine() -> dict[str, str]:
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    postgres = subprocess.run(["pgbench", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+(\.\d+)?", postgres)
    return {
        "processor": model[1].strip() if model else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "postgresql": version[0] if version else "",
    }


def number(value: float) -> str:
    """Three significant digits, thousands with commas."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def milliseconds(micros: float) -> str:
    return number(micros / 1000)


def route_table(rows: Sequence[Row]) -> list[list[str]]:
    head = ["route", "requests/s", "p50 ms", "p99 ms", "÷ pgbench", "÷ skeleton", *(f"µs {g}" for g in GROUPS)]
    table = [head]
    for row in rows:
        ratios = [number(q.median) if q else "" for q in (row.to_statement, row.to_skeleton)]
        cpu = [number(row.cpu[group].median) for group in GROUPS]
        line = [number(row.rate.median), milliseconds(row.p50.median), milliseconds(row.p99.median)]
        table.append([row.name, *line, *ratios, *cpu])
    return table


def figure_table(figures: Sequence[Figure]) -> list[list[str]]:
    table = [["figure", "found", "quartiles", "promised", ""]]
    for figure in figures:
        found = figure.found
        unit = f" {figure.unit}" if figure.unit else ""
        sign = {">=": "≥", "<=": "≤"}.get(figure.sense, "")
        promised = f"{sign} {figure.target:g}{unit}" if sign else ""
        between = f"{number(found.q1)} to {number(found.q3)}"
        table.append([figure.name, number(found.median) + unit, between, promised, figure.verdict])
    return table


def memory_table(memory: dict[str, float]) -> list[list[str]]:
    return [["memory", "MB"], *([name, number(value)] for name, value in memory.items())]


def aligned(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def markdown(table: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(line)} |" for line in table]
    rule = f"|{'|'.join([' --- ', *([' ---: '] * (len(table[0]) - 1))])}|"
    return "\n".join([lines[0], rule, *lines[1:]])


def tables(report: Report) -> list[list[list[str]]]:
    found = (route_table(report.rows), figure_table(report.figures), memory_table(report.memory))
    return [table for table in found if len(table) > 1]


def rewrite_readme(report: Report, path: Path) -> None:
    """Puts the tables between the two comments that mark their place."""
    text = path.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path.name} lacks {BEGIN} and {END}")
    where = (
        f"{report.machine['cores']} cores of {report.machine['processor']}, PostgreSQL {report.machine['postgresql']}"
    )
    parts = [f"Found on {where}.", *(markdown(table) for table in tables(report))]
    path.write_text(before + begin + "\n" + "\n\n".join(parts) + "\n" + end + after)
