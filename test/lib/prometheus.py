"""Is this text in the Prometheus exposition format, and are its histograms true?

prometheus.py FILE
"""

from __future__ import annotations

import math
import re
import sys
from collections import defaultdict
from pathlib import Path

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def labels_of(text: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        label = LABEL.match(text, at)
        assert label, f"labels {text!r}"
        assert label[1] not in found, f"{label[1]} twice in {text!r}"
        found[label[1]] = label[2]
        at = label.end()
    return found


def main() -> None:
    text = Path(sys.argv[1]).read_text("utf-8")
    assert text.endswith("\n"), "the last line has no end"
    kinds: dict[str, str] = {}
    helps: set[str] = set()
    seen: set[str] = set()
    order: list[str] = []
    buckets: dict[str, list[tuple[float, float]]] = defaultdict(list)
    counts: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name not in kinds and kind in ("counter", "gauge", "histogram", "summary", "untyped"), line
            kinds[name] = kind
        elif line.startswith("# HELP "):
            name = line[7:].split(" ")[0]
            assert name not in helps, line
            helps.add(name)
        elif line and not line.startswith("#"):
            sample = SAMPLE.match(line)
            assert sample, f"no sample: {line!r}"
            name, labels, value = sample[1], labels_of(sample[2] or ""), float(sample[3])
            base = name if name in kinds else SUFFIX.sub("", name)
            assert base in kinds and base in helps, f"{name} has no TYPE or HELP"
            assert line.rsplit(" ", 1)[0] not in seen, f"twice: {line}"
            seen.add(line.rsplit(" ", 1)[0])
            if not order or order[-1] != base:
                assert base not in order, f"{base} is not in one piece"
                order.append(base)
            assert kinds[base] != "counter" or (name.endswith("_total") and value >= 0), line
            if kinds[base] == "histogram":
                key = base + str(sorted((k, v) for k, v in labels.items() if k != "le"))
                if name.endswith("_bucket"):
                    buckets[key].append((float(labels["le"]), value))
                elif name.endswith("_count"):
                    counts[key] = value
    for key, pairs in buckets.items():
        assert pairs == sorted(pairs) and [c for _, c in pairs] == sorted(c for _, c in pairs), (
            f"{key} is not cumulative"
        )
        assert pairs[-1][0] == math.inf and pairs[-1][1] == counts[key], f"{key}: +Inf is not the count"
    assert kinds and buckets, "no metrics"
    print(f"{len(seen)} samples of {len(kinds)} metrics")


if __name__ == "__main__":
    main()
