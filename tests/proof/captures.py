#!/usr/bin/env python3
"""Holds the captures of other people's networks against the dictionaries.

    captures.py --diatom DIATOM --through THROUGH

Every message goes through JSON and comes back as the same octets. It goes through the struct of its command and comes back
with the same AVPs, in the order of the grammar and with the flags of the dictionary. Every AVP of it is known, and it breaks
no rule at level strict, but for what captures.tsv says and why. The columns of that table are the capture, `what` and

    application   the number of an application that no dictionary has: its messages only go through JSON
    unknown       CODE/VENDOR of an AVP that the message's dictionaries do not know
    rule          Result-Code and words of a rule that the sender broke
    zero          the name of a number that has to be there and that the sender left out: a struct has it as 0
    flags         the name of an AVP, or "header", and the flags that were sent where we send others

A line that explains nothing is a failure as well.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import csv
import glob
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.path.dirname(HERE), "captures")


def run(args, given=b"", may_fail=False):
    done = subprocess.run(args, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
    if done.returncode and not may_fail:
        raise SystemExit(f"{' '.join(args)}: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout, done.stderr.decode(errors="replace").splitlines()


def messages_of(octets):
    at = 0
    while at < len(octets):
        size = int.from_bytes(octets[at + 1 : at + 4], "big")
        yield octets[at : at + size]
        at += size


def walk(avps):
    for avp in avps:
        yield avp
        if isinstance(avp["value"], list):
            yield from walk(avp["value"])


def without_zeros(avps, names):
    """The AVPs without those of these names whose value is 0."""

    def inside(avp):
        return {**avp, "value": without_zeros(avp["value"], names)} if isinstance(avp["value"], list) else avp

    return [inside(avp) for avp in avps if avp["value"] != 0 or avp.get("name") not in names]


def values_of(avps):
    """What the AVPs say, without order and flags."""

    def said(value):
        return values_of(value) if isinstance(value, list) else str(value)

    return sorted(((avp["code"], avp.get("vendor", 0), said(avp["value"])) for avp in avps), key=str)


def flags_of(avps, path=()):
    """The flags of the AVPs by the way to them; JSON has them where they are not those of the dictionary."""
    for avp in avps:
        here = (*path, avp.get("name") or str(avp["code"]))
        yield here, "".join(map(str, avp["flags"])) or "none" if "flags" in avp else "usual"
        if isinstance(avp["value"], list):
            yield from flags_of(avp["value"], here)


class Capture:
    def __init__(self, path, table):
        self.name, self.path, self.table = os.path.basename(path), path, table
        self.failures = {}

    def differ(self, number, what, text):
        row = (self.name, what, text)
        if row in self.table:
            self.table[row] = True
        else:
            self.failures.setdefault("\t".join(row), f"message {number}")

    def zeros(self):
        """Asked for when a message does not come back as it is."""
        rows = [row for row in self.table if row[:2] == (self.name, "zero")]
        self.table.update((row, True) for row in rows)
        return {row[2] for row in rows}

    def compare(self, number, verdict, before, after):
        application, said = verdict.split(" ", 1)
        if said == "absent":
            self.differ(number, "application", application)
            return
        if said != "sound":
            self.differ(number, "rule", said)
        for avp in walk(before["avps"]):
            if "name" not in avp:
                self.differ(number, "unknown", f"{avp['code']}/{avp.get('vendor', 0)}")
        sent, ours = before["avps"], after["avps"]
        if values_of(sent) != values_of(ours):
            sent, ours = (without_zeros(avps, self.zeros()) for avps in (sent, ours))
        if values_of(sent) != values_of(ours):
            self.failures[f"{self.name}\tmessage {number}\tthe struct does not lead back to the same AVPs"] = ""
            return
        for (way, theirs), (_, usual) in zip(sorted(flags_of(sent)), sorted(flags_of(ours))):
            if theirs != usual:
                self.differ(number, "flags", f"{way[-1]} {theirs}")
        for key in ("version", "code", "application", "hop_by_hop", "end_to_end"):
            if before[key] != after[key]:
                self.failures[f"{self.name}\tmessage {number}\tthe struct changes {key}"] = ""
        if before["flags"] != after["flags"]:
            self.differ(number, "flags", f"header {''.join(before['flags'])}")

    def check(self, options):
        """The number of messages."""

        def decode(*of, given=b""):
            return run([options.diatom, "decode", "--json", *of], given, may_fail=True)[0]

        printed = decode(self.path)
        octets, _ = run([options.diatom, "encode"], printed)
        before = [json.loads(line) for line in printed.splitlines()]
        with open(self.path, "rb") as f:
            file = f.read()
        # No message of these captures is cut by segments, so that each stands in the file as it was sent.
        if not before or len(before) != len([m for m in messages_of(octets) if m in file]):
            self.failures[f"{self.name}\tJSON does not lead back to the same octets"] = ""
            return 0
        encoded, verdicts = run([options.through], octets)
        after = [json.loads(line) for line in decode("--format", "raw", "-", given=encoded).splitlines()]
        if not len(verdicts) == len(after) == len(before):
            self.failures[f"{self.name}\t{len(before)} messages, {len(after)} come back"] = ""
            return 0
        for number, row in enumerate(zip(verdicts, before, after), 1):
            self.compare(number, *row)
        return len(before)


def table_of(path):
    with open(path, encoding="utf-8", newline="") as f:
        lines = csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = [row for row in lines if row and not row[0].startswith("#")]
    for row in rows:
        if len(row) != 4 or not all(row):
            raise SystemExit(f"{path}: not capture, what, text, reason: {row}")
    return {tuple(row[:3]): False for row in rows[1:]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--diatom", required=True, help="the program")
    parser.add_argument("--through", required=True, help="the program that sends messages through structs")
    options = parser.parse_args()
    table = table_of(os.path.join(HERE, "captures.tsv"))
    failures, checked = {}, 0
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.pcap*"))):
        capture = Capture(path, table)
        checked += capture.check(options)
        failures.update(capture.failures)
    for text, where in failures.items():
        print(f"{text}\t{where}")
    unused = [row for row, used in table.items() if not used]
    for row in unused:
        print("explains nothing: " + "\t".join(row))
    failed = len(failures) + len(unused) + (not checked)
    print(f"{checked} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
