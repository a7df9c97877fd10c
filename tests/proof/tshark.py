#!/usr/bin/env python3
"""Holds what tshark reads in messages of every command of every dictionary, and in every AVP, against what we wrote.

    tshark.py --diatom DIATOM --messages MESSAGES [SEED]

No message may be malformed for tshark, it sees the AVPs that we wrote under the names that we have, and numbers have the
values that we gave them. Where tshark differs, tshark.tsv says so and why: `avp` is CODE/VENDOR ("-": outside of all AVPs),
`what` is

    problem   tshark complains, in these words ("..." stands for anything)
    name      tshark has this name
    unknown   tshark has the name, but with another code or vendor
    value     tshark shows it as something else than a number
    inside    tshark sees no AVPs in it, or AVPs where we have octets

A line about an AVP that was written and explains nothing is a failure as well. What tshark's dictionary does not know at all
is only counted.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77  # the exit status that Meson takes for "skipped"
AVP = re.compile(r"AVP: (.*?)\((\d+)\) l=(\d+) f=(\S+)(?: vnd=(\S+))?(?: val=(.*))?$")
VENDOR = re.compile(r"AVP Vendor Id: .*\((\d+)\)$")
PROBLEM = re.compile(r"\[Expert Info \((?:Error|Warning)/\w+\): (.*)\]$|\[(Malformed Packet: .*)\]$")
NOTHING = "Data is empty"  # an empty value is a value
STRANGER = re.compile(r"Unknown (AVP|Vendor|Application Id|command)\b")


class Avp:
    """One AVP; `value` is a number, or None where it is none."""

    def __init__(self, depth, code, name, value):
        self.depth, self.code, self.vendor, self.name, self.value = depth, code, 0, name, value
        self.problems = []

    @property
    def key(self):
        return f"{self.code}/{self.vendor}"


def number_of(text):
    """The number that tshark shows: "5", "NAME (5)". None: it shows something else."""
    found = re.fullmatch(r"(?:.* \()?(-?\d+)\)?", text or "")
    return int(found.group(1)) if found else None


def theirs(lines):
    """Per message: all AVPs in order, and the problems outside of them."""
    messages, inside = [], []
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if line.startswith("Frame "):
            messages.append(([], []))
            inside = []
        while inside and inside[-1][0] >= indent:
            inside.pop()
        avp, vendor, problem = AVP.match(text), VENDOR.match(text), PROBLEM.match(text)
        if avp:
            new = Avp(len(inside), int(avp.group(2)), avp.group(1), number_of(avp.group(6)))
            messages[-1][0].append(new)
            inside.append((indent, new))
        elif vendor and inside:
            inside[-1][1].vendor = int(vendor.group(1))
        elif problem:
            words = problem.group(1) or problem.group(2)
            if words != NOTHING and not STRANGER.match(words):
                (inside[-1][1].problems if inside else messages[-1][1]).append(words)
    return messages


def ours(lines):
    """Per message: all AVPs in order, of what `diatom decode --json` prints."""

    def walk(avps, depth):
        for avp in avps:
            value = avp["value"]
            number = value if isinstance(value, int) and not isinstance(value, bool) else None
            one = Avp(depth, avp["code"], avp.get("name"), number)
            one.vendor = avp.get("vendor", 0)
            yield one
            if isinstance(value, list):
                yield from walk(value, depth + 1)

    for line in lines:
        yield list(walk(json.loads(line)["avps"], 0))


class Table:
    """tshark.tsv: what differs and why."""

    def __init__(self, path):
        with open(path, encoding="utf-8", newline="") as f:
            lines = csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = [row for row in lines if row and not row[0].startswith("#")]
        self.rows = [tuple(row) for row in rows[1:]]
        self.used = set()
        for row in self.rows:
            if len(row) != 4 or not all(row):
                raise SystemExit(f"{path}: not avp, what, tshark, reason: {row}")

    def explains(self, avp, what, text):
        for row in self.rows:
            pattern = ".*".join(re.escape(part) for part in row[2].split("..."))
            if row[:2] == (avp, what) and re.fullmatch(pattern, text):
                self.used.add(row)
                return True
        return False

    def unused(self, written):
        return [row for row in self.rows if row not in self.used and row[0] in written]


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Comparison:
    def __init__(self, table, names):
        self.table, self.names = table, names
        self.failures, self.unknown = {}, set()
        self.compared = 0

    def differ(self, number, avp, what, text):
        if not self.table.explains(avp, what, text):
            self.failures.setdefault(f"{avp}\t{what}\t{text}", f"message {number}")

    def compare_name(self, number, mine, other):
        if other.name == "Unknown":
            self.unknown.add(mine.key)
            if mine.name and plain(mine.name) in self.names:
                self.differ(number, mine.key, "unknown", mine.name)
        elif mine.name and plain(mine.name) != plain(other.name):
            self.differ(number, mine.key, "name", f"{other.name}")

    def compare_avp(self, number, mine, other):
        self.compared += 1
        for words in other.problems:
            self.differ(number, mine.key, "problem", words)
        self.compare_name(number, mine, other)
        if mine.value is not None and other.name != "Unknown" and not other.problems and mine.value != other.value:
            self.differ(number, mine.key, "value", f"{mine.name}")

    def compare(self, number, mine, other):
        avps, outside = other
        for words in outside:
            self.differ(number, "-", "problem", words)
        at, above = 0, None  # the AVP in which tshark saw none, while we have some
        for i, avp in enumerate(mine):
            if above and avp.depth > above.depth:
                continue
            above = None
            if at == len(avps) or avps[at].key != avp.key or avps[at].depth != avp.depth:
                if not outside:  # else tshark has given up
                    self.differ(number, avp.key, "missing", f"{avp.name}")
                return
            other = avps[at]
            at += 1
            self.compare_avp(number, avp, other)
            we = i + 1 < len(mine) and mine[i + 1].depth > avp.depth
            they = at < len(avps) and avps[at].depth > avp.depth
            if we == they:
                continue
            if other.name != "Unknown":
                self.differ(number, avp.key, "inside", f"{avp.name}")
            above = avp
            while at < len(avps) and avps[at].depth > avp.depth:
                at += 1
        if at < len(avps):
            self.differ(number, avps[at].key, "missing", f"{avps[at].name}")


def run(*args):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(args)}: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8", errors="replace").split("\n")


def names_of_tshark():
    names = set()
    for line in run("tshark", "-G", "fields"):
        columns = line.split("\t")
        if len(columns) > 2 and columns[0] == "F" and columns[2].startswith("diameter."):
            names.add(plain(columns[1]))
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--diatom", required=True, help="the program")
    parser.add_argument("--messages", required=True, help="the program that writes the capture")
    parser.add_argument("--table", default=os.path.join(HERE, "tshark.tsv"))
    parser.add_argument("seed", nargs="?", default="0", help="another seed, other messages [0]")
    options = parser.parse_args()
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed (script/bootstrap test brings it)")
        return SKIPPED
    table = Table(options.table)
    with tempfile.TemporaryDirectory(prefix="diatom-proof-") as folder:
        capture = os.path.join(folder, "messages.pcap")
        run(options.messages, capture, options.seed)
        mine = list(ours(line for line in run(options.diatom, "decode", "--json", capture) if line))
        other = theirs(run("tshark", "-n", "-r", capture, "-V"))
    comparison = Comparison(table, names_of_tshark())
    if not mine or len(mine) != len(other):
        print(f"{len(mine)} messages, tshark finds {len(other)}")
        return 1
    for number, (m, o) in enumerate(zip(mine, other), 1):
        comparison.compare(number, m, o)
    for text, where in sorted(comparison.failures.items()):
        print(f"{text}\t{where}")
    unused = table.unused({avp.key for m in mine for avp in m}) if options.seed == "0" else []
    for row in unused:
        print("explains nothing: " + "\t".join(row))
    print(f"{len(mine)} messages, {comparison.compared} AVPs; {len(comparison.unknown)} codes are unknown to tshark")
    failed = len(comparison.failures) + len(unused)
    print(f"{len(mine)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
