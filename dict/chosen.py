#!/usr/bin/env python3
"""Says which dictionaries a build has: those that were chosen, what they inherit, the base protocol and RFC 6737.

    chosen.py NAME,NAME,... FILE.dia...

Prints a line for each file, "in" or "out", the dictionary's name, its stem, the file. A name is one of those two, or "all".
"""

import re
import sys

SPOKEN = ["rfc6733", "rfc6737_cu"]  # by the library itself
NAME = re.compile(r"^@name\s+(\S+)(?:.*;!.*\bstem=(\S+))?", re.M)
INHERITS = re.compile(r"^@inherits\s+(\S+)", re.M)


class Dictionary:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            text = file.read()
        name = NAME.search(text)
        self.name = name.group(1)
        self.stem = name.group(2) or self.name
        self.inherits = INHERITS.findall(text)


def chosen(dictionaries, words):
    """The names of those that `words` mean, and of all that these inherit."""
    by_word = {d.stem: d for d in dictionaries} | {d.name: d for d in dictionaries}
    names, waiting = set(), [*SPOKEN, *words]
    while waiting:
        word = waiting.pop()
        if word not in by_word:
            sys.exit(f"there is no dictionary '{word}': -Ddictionaries takes 'all', or names of files in dict/")
        found = by_word[word]
        if found.name not in names:
            names.add(found.name)
            waiting += found.inherits
    return names


def main():
    words = [word for word in sys.argv[1].split(",") if word]
    dictionaries = [Dictionary(path) for path in sys.argv[2:]]
    if "all" in words:
        words = [d.name for d in dictionaries]
    names = chosen(dictionaries, words)
    for d in dictionaries:
        print("in" if d.name in names else "out", d.name, d.stem, d.path)


if __name__ == "__main__":
    main()
