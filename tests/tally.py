#!/usr/bin/env python3
"""Counts the test cases of a `meson test` run and prints what failed.

    tally.py BUILD_FOLDER/meson-logs/testlog.json

A program counts as many cases as it reports: cmocka's "[  PASSED  ] 12 test(s).", unittest's "Ran 12 tests", a script's
"12 passed, 0 failed", else one. A program that failed counts at least one failure. Closes with "N passed, N failed", and
", N skipped" when there are any.
"""

import json
import re
import sys

PASSED = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M)
FAILED = re.compile(r"^\[  FAILED  \] .*?(\d+) test\(s\)", re.M)
SKIPPED = re.compile(r"^\[  SKIPPED \] .*?(\d+) test\(s\)", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED)(.*)$", re.M)
REPORT = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def cases(output, result):
    """(passed, failed, skipped) of one program."""
    reports = REPORT.findall(output)
    unittests = UNITTEST.findall(output)
    if reports:
        counts = [int(n or 0) for n in reports[-1]]
    elif unittests:
        ran, rest = unittests[-1]
        said = {word: int(n) for word, n in re.findall(r"(\w+)=(\d+)", rest)}
        failed, skipped = said.get("failures", 0) + said.get("errors", 0), said.get("skipped", 0)
        counts = [int(ran) - failed - skipped, failed, skipped]
    else:
        counts = [sum(int(n) for n in p.findall(output)) for p in (PASSED, FAILED, SKIPPED)]
    if result == "SKIP":
        return 0, 0, max(1, counts[2])
    if not any(counts):
        counts[0 if result in ("OK", "EXPECTEDFAIL") else 1] = 1
    if result not in ("OK", "EXPECTEDFAIL") and counts[1] == 0:
        counts[1] = 1
    return tuple(counts)


def main():
    total = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8") as log:
        runs = [json.loads(line) for line in log if line.strip()]
    for run in runs:
        output = (run.get("stdout") or "") + "\n" + (run.get("stderr") or "")
        counts = cases(output, run["result"])
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            print(f"--- {run['name']}: {run['result']}, {run['duration']:.1f} s, {' '.join(run['command'])}")
            print("\n".join(output.strip().split("\n")[-200:]))
        elif counts[2]:
            reason = re.search(r"^skipped: .*$", output, re.M)
            print(f"{run['name']}: {reason.group() if reason else 'skipped'}")
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
