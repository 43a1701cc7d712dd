"""Runs the test files named on the command line and prints a TAP line a test: tap.py NAME FILE..."""

from __future__ import annotations

import sys
import time
import unittest
from typing import Any


class Tap(unittest.TestResult):
    """One line when a test has ended; what went wrong in comment lines below it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began = time.monotonic()

    def say(self, verdict: str, test: Any, more: str = "") -> None:
        seconds = time.monotonic() - self.began
        name = test.id().replace("__main__.", "")
        print(f"{verdict} {self.name}: {name}{more or f' ({seconds:.1f} s)'}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.say("ok", test)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.say("ok", test, f" # skip {reason}")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.complain(test, self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self.complain(test, self.errors[-1][1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)

    def complain(self, test: Any, trace: str) -> None:
        self.say("not ok", test)
        print("\n".join(f"# {line}" for line in trace.rstrip().split("\n")), flush=True)


def main() -> int:
    names = [file.removesuffix(".py") for file in sys.argv[2:]]
    result = Tap(sys.argv[1])
    unittest.defaultTestLoader.loadTestsFromNames(names).run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
