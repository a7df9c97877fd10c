#!/usr/bin/env python3
"""docs/scripts.md against the runner: its example passes, and it has every line that a script may have.

    docs.py --talk PROGRAM --docs docs/scripts.md

Closes with "N passed, N failed".
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--talk", required=True)
    parser.add_argument("--docs", required=True)
    options = parser.parse_args()
    passed = failed = 0
    with open(options.docs, encoding="utf-8") as f:
        text = f.read()
    for script in re.findall(r"^```talk\n(.*?)^```", text, re.M | re.S):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "docs.talk")
            with open(path, "w", encoding="utf-8") as f:
                f.write(script)
            played = run(options.talk, path)
        passed += played.returncode == 0
        failed += played.returncode != 0
        sys.stdout.write(played.stdout if played.returncode else "")
    for line in run(options.talk, "--forms").stdout.splitlines():
        form = re.sub(r" \[(exactly|first|octet by octet|cut at NUMBER|NUMBER times|within .*|gives .*?)\]", "", line.strip())
        if not form:
            continue
        passed += f"`{form}`" in text
        failed += f"`{form}`" not in text
        if f"`{form}`" not in text:
            print(f"{options.docs}: nothing about `{form}`")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
