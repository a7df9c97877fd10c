#!/usr/bin/env python3
"""Checks the room rule: which headers each room may include, what public headers mention, that libraries keep no state.

    rooms.py [--root DIR] [--libraries FILE.a...]

Prints one line a violation, "FILE:LINE: sentence", and closes with "N passed, N failed" (files and libraries).
"""

import argparse
import os
import re
import subprocess
import sys

# The rooms from the ground up, and the rooms whose doors each may open besides its own.
BELOW = {
    "base": [],
    "wire": ["base"],
    "dict": ["base", "wire"],
    "gen": ["base", "wire", "dict"],
    "json": ["base", "wire", "dict"],
    "discover": ["base", "wire"],
    "peer": ["base", "wire", "dict"],
    "route": ["base", "wire", "dict"],
    "node": ["base", "wire", "dict", "peer", "route"],
    "session": ["base", "wire", "dict", "peer", "route", "node"],
    "report": ["base", "wire", "dict", "peer", "route", "node"],
    "agent": ["base", "wire", "dict", "peer", "route", "node", "session", "report"],
    "tls": ["base", "wire"],
    "loop": ["base", "wire", "dict", "discover", "peer", "route", "node", "report", "tls"],
    "sim": ["base", "wire", "dict"],
    "cli": [],
}

# The room that a public header belongs to. peer has no header of its own: its words stand in node.h.
# sim and tls know of the node what this header says to drivers.
PUBLIC = {
    "agent": "agent", "base": "base", "wire": "wire", "dict": "dict", "gen": "gen", "json": "json", "node": "node",
    "discover": "discover",
    "overload": "node", "proxy": "node", "route": "route", "session": "session", "report": "report", "control": "agent",
    "log": "agent", "loop": "loop", "sctp": "base", "sim": "sim", "tls": "tls", "diatom": None,
}  # fmt: skip
ALSO_PUBLIC = {"peer": ["node"], "sim": ["node"], "agent": ["tls"], "tls": ["node"]}

# Generated headers diatom/app/<name>.h: the base protocol for whoever speaks it, the rest for programs.
GENERATED = {"peer": ["base", "cu"], "node": ["base", "cu"], "session": ["base"], "report": ["base"],
             "agent": ["base"], "loop": ["base"], "sim": ["base"]}

# The C library without windows to system and clock; gen, a program of the build, also lists folders.
PURE = {
    "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "iso646.h", "limits.h", "math.h", "stdalign.h",
    "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h", "string.h",
}  # fmt: skip
# tls lists a folder of roots, and makes the file of its secrets so that nobody else reads it: the C library cannot.
SYSTEM = {"tls": {"dirent.h", "fcntl.h", "sys/stat.h", "unistd.h"}, "json": {"jansson.h"}, "agent": {"yaml.h"}, "gen": {"dirent.h"}}
SYSTEM_FOLDERS = {"tls": ("openssl/",)}
ANY_SYSTEM = {"loop", "cli"}

# What public headers may take from the C library.
PUBLIC_SYSTEM = {"stdbool.h", "stddef.h", "stdint.h", "inttypes.h", "limits.h", "float.h"}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^">]+)[">]')


def strip_comments(text):
    """Blanks comments, keeps lines."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def includes(text):
    """(line, quoted, name) of each #include."""
    for number, line in enumerate(strip_comments(text).split("\n"), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def public_problem(room, name):
    """Why this room must not include diatom/<name>; None: it may."""
    if name.startswith("app/"):
        stem = os.path.splitext(name[4:])[0]
        if room == "cli" or stem in GENERATED.get(room, []):
            return None
        return f"{room} must not include generated headers but {GENERATED.get(room) or 'none'}"
    stem = os.path.splitext(name)[0]
    if stem not in PUBLIC:
        return f"there is no public header diatom/{name}"
    if room == "cli":
        return None
    owner = PUBLIC[stem]
    if owner == room or owner in BELOW[room] or stem in ALSO_PUBLIC.get(room, []):
        return None
    return f"{room} must not include diatom/{name}: it stands above" if owner else f"{room} includes all of Diatom"


def system_problem(room, name):
    if name in PURE or name in SYSTEM.get(room, ()) or room in ANY_SYSTEM:
        return None
    if name.startswith(SYSTEM_FOLDERS.get(room, ("\n",))):
        return None
    return f"<{name}> is a window to the system or a library: only loop has those"


def include_problem(root, room, path, quoted, name):
    """Why a file of this room must not include this; None: it may."""
    if name.startswith("diatom/"):
        return public_problem(room, name[len("diatom/") :])
    if not quoted:
        return system_problem(room, name)
    own = os.path.join(root, "src", room)
    if os.path.exists(os.path.join(os.path.dirname(path), name)):
        beside = os.path.realpath(os.path.join(os.path.dirname(path), name))
        if beside.startswith(os.path.realpath(own) + os.sep):
            return None
    first = name.split("/")[0]
    if first == room:
        return None if os.path.exists(os.path.join(root, "src", name)) else f"{room} has no {name}"
    if first not in BELOW:
        return f"{name} is neither beside this file nor a door"
    if room == "cli":
        return f"cli uses include/diatom only, not {name}"
    if first not in BELOW[room]:
        return f"{room} must not open the door of {first}"
    if name != f"{first}/{first}.h":
        return f"{name} is inside {first}; its door is {first}/{first}.h"
    return None


def begins_with_comment(text):
    lines = text.split("\n")
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    return "\n".join(lines).lstrip().startswith(("/*", "//"))


def check_source(root, room, path, text):
    found = []
    if not begins_with_comment(text):
        found.append((1, "begins without a comment that says what it is"))
    for line, quoted, name in includes(text):
        problem = include_problem(root, room, path, quoted, name)
        if problem:
            found.append((line, problem))
    return found


def check_public(root, path, text):
    found = []
    if not begins_with_comment(text):
        found.append((1, "begins without a comment that says what it is"))
    for line, quoted, name in includes(text):
        if quoted or name.startswith("diatom/"):
            target = os.path.join(root, "include", name)
            if not name.startswith("diatom/") or not os.path.exists(target):
                found.append((line, f"a public header mentions {name}, which is no public header"))
        elif name not in PUBLIC_SYSTEM:
            found.append((line, f"a public header mentions <{name}>"))
    return found


def check_elsewhere(_root, _path, text):
    return [] if begins_with_comment(text) else [(1, "begins without a comment that says what it is")]


def files_below(folder):
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.join(where, name)


def check_tree(root):
    """(path, problems) of every file."""
    for room in sorted(os.listdir(os.path.join(root, "src"))):
        folder = os.path.join(root, "src", room)
        if not os.path.isdir(folder) or not any(files_below(folder)):
            continue
        if room not in BELOW:
            yield folder, [(1, "this folder is no room of the house")]
            continue
        for path in files_below(folder):
            with open(path, encoding="utf-8") as f:
                yield path, check_source(root, room, path, f.read())
    for path in files_below(os.path.join(root, "include")):
        with open(path, encoding="utf-8") as f:
            yield path, check_public(root, path, f.read())
    for part in ("tests", "fuzz", "bench", "examples"):
        for path in files_below(os.path.join(root, part)):
            if os.path.join("tests", "golden") in path:
                continue
            with open(path, encoding="utf-8") as f:
                yield path, check_elsewhere(root, path, f.read())


CONSTANT = re.compile(r"\.(rodata|data\.rel\.ro|text|eh_frame|init_array|fini_array)\b")


def writable_objects(dump):
    """(name, section) of the objects in writable memory, from what `objdump --syms` prints."""
    found = []
    for line in dump.split("\n"):
        part = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(?:\.hidden |\.protected )?(.+)$", line)
        if not part or "d" in part.group(1):
            continue
        section = part.group(2)
        writable = section.startswith((".data", ".bss", ".tdata", ".tbss", ".tm_clone")) or section == "*COM*"
        if writable and not CONSTANT.match(section):
            found.append((part.group(3), section))
    return found


def check_library(path):
    done = subprocess.run(["objdump", "--syms", path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [(0, f"objdump: {done.stderr.strip()}")]
    return [
        (0, f"{name} is a variable of file scope (in {section}): state belongs in objects")
        for name, section in writable_objects(done.stdout)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--libraries", nargs="*", default=[], metavar="FILE.a")
    options = parser.parse_args()
    results = list(check_tree(options.root)) + [(path, check_library(path)) for path in options.libraries]
    bad = 0
    for path, problems in results:
        bad += bool(problems)
        for line, text in problems:
            print(f"{os.path.relpath(path, options.root)}:{line}: {text}")
    print(f"{len(results) - bad} passed, {bad} failed")
    return 1 if bad or not results else 0


if __name__ == "__main__":
    sys.exit(main())
