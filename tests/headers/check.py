#!/usr/bin/env python3
"""Compiles every public header alone, as C11 and as C++17.

    check.py --cc CC... --cxx CXX... --include DIR...

Every diatom/**.h below these folders counts. Closes with "N passed, N failed".
"""

import argparse
import glob
import os
import subprocess
import sys

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]


def compiles(compiler, language, include, header):
    """None, or what the compiler says."""
    program = f'#include "{header}"\n#include "{header}"\nint main(void);\n'
    command = [*compiler, *language, *STRICT, *(f"-I{i}" for i in include), "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr


def headers_below(folder):
    return sorted(
        os.path.relpath(path, folder) for path in glob.glob(os.path.join(folder, "diatom", "**", "*.h"), recursive=True)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cc", nargs="+", default=["cc"])
    parser.add_argument("--cxx", nargs="+", default=["c++"])
    parser.add_argument("--include", nargs="+", required=True, help="every diatom/**.h below these is compiled")
    options = parser.parse_args()
    languages = [("C11", options.cc, ["-std=c11", "-xc"]), ("C++17", options.cxx, ["-std=c++17", "-xc++"])]
    passed = failed = 0
    for header in sorted({h for folder in options.include for h in headers_below(folder)}):
        for name, compiler, language in languages:
            problem = compiles(compiler, language, options.include, header)
            if problem:
                failed += 1
                print(f"FAILED {header} as {name}:\n{problem}")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
