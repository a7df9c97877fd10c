#!/usr/bin/env python3
"""Shows that test cases are counted as their programs report them."""

import sys

sys.dont_write_bytecode = True

import tally

# {name, output, Meson's result, (passed, failed, skipped)}
ROWS = [
    ("silent_program_is_one", "", "OK", (1, 0, 0)),
    ("silent_failure_is_one", "", "FAIL", (0, 1, 0)),
    ("cmocka", "[  PASSED  ] 8 test(s).\n", "OK", (8, 0, 0)),
    ("cmocka_with_failures", "[  PASSED  ] 8 test(s).\n[  FAILED  ] list: 2 test(s), listed below:\n", "FAIL", (8, 2, 0)),
    ("several_runs_of_cmocka", "[  PASSED  ] 8 test(s).\n[  PASSED  ] 3 test(s).\n", "OK", (11, 0, 0)),
    ("unittest", "Ran 3 tests in 0.3s\n\nOK\n", "OK", (3, 0, 0)),
    ("unittest_with_failures", "Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=2)\n", "FAIL", (4, 3, 2)),
    ("script", "lines\n7 passed, 0 failed\n", "OK", (7, 0, 0)),
    ("script_that_skips", "7 passed, 1 failed, 2 skipped\n", "FAIL", (7, 1, 2)),
    ("time_out_is_a_failure", "[  PASSED  ] 8 test(s).\n", "TIMEOUT", (8, 1, 0)),
    ("crash_behind_good_words_is_a_failure", "7 passed, 0 failed\n", "FAIL", (7, 1, 0)),
    ("skipped_program_is_one", "skipped: tshark not installed\n", "SKIP", (0, 0, 1)),
]


def main():
    failed = [(name, tally.cases(said, result), want) for name, said, result, want in ROWS]
    failed = [row for row in failed if row[1] != row[2]]
    for name, got, want in failed:
        print(f"FAILED {name}: got {got}, want {want}")
    print(f"{len(ROWS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
