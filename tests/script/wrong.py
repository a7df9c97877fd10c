#!/usr/bin/env python3
"""Scripts that must fail: what talk says about each is in a file beside it. And command lines that must.

    wrong.py --talk PROGRAM            compares
    wrong.py --talk PROGRAM --update   writes anew what is said

Closes with "N passed, N failed".
"""

import argparse
import difflib
import glob
import os
import re
import subprocess
import sys


# What the node draws at random: jitter, ids. Columns of the chart stay where they are.
DRAWN = [
    (r" {2,}\d+\.\d+ s\b", lambda m: "#.# s".rjust(len(m.group()))),
    (r"\b\d+\.\d+ s\b", "#.# s"),
    (r";\d+;\d+\"", ';#;#"'),
    (r"(hop-by-hop|end-to-end) 0x[0-9a-f]+", r"\1 #"),
]


# Command lines with nothing to play, and what is said of them.
COMMANDS = [
    ([], "no script was named"),
    (["--chart"], "no script was named"),
    (["nowhere.talk"], "nowhere.talk: No such file"),
    (["."], ".: Is a directory"),
    (["--only"], "--only needs a word"),
    (["--sideways", "names.talk"], "there is no such option"),
    (["--only", "zzz", "../header.talk"], "no scenario has 'zzz'"),
]


def without_chance(text):
    for pattern, instead in DRAWN:
        text = re.sub(pattern, instead, text, flags=re.M)
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--talk", required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    passed = failed = 0
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrong")
    for script in sorted(glob.glob(os.path.join(folder, "*.talk"))):
        run = subprocess.run([options.talk, script], capture_output=True, text=True, check=False)
        said = without_chance(f"{run.stdout}{run.stderr}exit status {run.returncode}\n")
        expected = os.path.splitext(script)[0] + ".out"
        if options.update:
            with open(expected, "w", encoding="utf-8") as f:
                f.write(said)
        with open(expected, encoding="utf-8") as f:
            want = f.read()
        if said == want and run.returncode in (1, 2) and "ok  " not in said:
            passed += 1
        else:
            failed += 1
            sys.stdout.writelines(difflib.unified_diff(want.splitlines(1), said.splitlines(1), expected, "said"))
    talk = os.path.abspath(options.talk)
    for args, said in COMMANDS:
        run = subprocess.run([talk, *args], capture_output=True, text=True, check=False, cwd=folder)
        if run.returncode == 2 and said in run.stderr and "0 failed" not in run.stdout:
            passed += 1
        else:
            failed += 1
            print(f"talk {' '.join(args)}: status {run.returncode}\n{run.stdout}{run.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
