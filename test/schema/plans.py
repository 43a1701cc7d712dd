"""Reads `session-backend --sql` on standard input and says which statements PostgreSQL would not run by their keys.

Every statement is prepared and explained as the service has it: with its session settings (read from prepare.c) and a
generic plan. No table may be read from end to end, every index scan must name what its table is looked up by, and no row
may be found by a filter that ought to be in the index condition.

    plans.py PREPARE_C CONNECTION < statements
"""

from __future__ import annotations

import re
import subprocess
import sys

# The least that an index condition must name. Sessions are listed by tenant and time.
NEEDED = {"sessions": "tenant", "agents": "session_id", "multi_agents": "session_id", "messages": "agent_id", "objects": "key"}
KEYS = r"\b(session_id|agent_id|multi_agent_id|message_id|key) = "


def settings(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"set_config\('(enable_\w+|jit|plan_cache_mode|max_\w+)', '(\w+)'", file.read())
    assert ("plan_cache_mode", "force_generic_plan") in found, "prepare.c looks different"
    return "".join(f"SET {name} = '{value}';\n" for name, value in found)


def statements(text: str) -> dict[str, str]:
    return {match[1]: match[2] for match in re.finditer(r"^-- (\w+)\n(.*?);\n(?=-- |\Z)", text, re.M | re.S)}


def faults(plan: str) -> list[str]:
    out = []
    lines = [line.strip() for line in plan.splitlines()]
    for number, line in enumerate(lines):
        if "Seq Scan" in line or "Bitmap" in line or re.match(r"Join Filter.*\b(session_id|message_id) = ", line):
            out.append(line)
        scan = re.search(r"Index.* Scan.* using \w+ on (\w+)", line)
        if scan is None:
            continue
        around = lines[number + 1 : number + 4]
        condition = next((text for text in around if text.startswith("Index Cond")), "")
        if NEEDED[scan[1]] not in condition:
            out.append(f"{line}: {condition or 'no condition'}")
        for text in around:
            if text.startswith("Filter") and re.search(KEYS, text):
                out.append(f"{line}: {text}")
    return out


def main() -> int:
    known = statements(sys.stdin.read())
    assert len(known) > 20, "too few statements"
    script = settings(sys.argv[1])
    for name, sql in known.items():
        parameters = max(int(number) for number in re.findall(r"\$(\d+)", sql))
        script += f"PREPARE {name} AS {sql};\n\\echo === {name}\n"
        script += f"EXPLAIN (COSTS OFF) EXECUTE {name} ({', '.join(['NULL'] * parameters)});\n"
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", sys.argv[2]]
    plans = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    bad = plans.returncode
    sys.stdout.write(plans.stderr)
    seen = re.split(r"^=== ", plans.stdout, flags=re.M)[1:]
    assert len(seen) == len(known) or bad, "a plan is missing"
    for part in seen:
        name, _, plan = part.partition("\n")
        for fault in faults(plan):
            print(f"{name}: {fault}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
