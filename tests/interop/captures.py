#!/usr/bin/env python3
"""Holds what `diatom decode --json` reads in captures of other people's networks against what tshark reads there."""

import sys

sys.dont_write_bytecode = True

import glob
import json
import os

import harness
from harness import equal, expect

FIELDS = ["cmd.code", "flags.request", "applicationId", "hopbyhopid", "endtoendid", "avp.code"]
FOLDER = os.path.join(os.path.dirname(harness.HERE), "captures")


def codes_of(avps):
    """(code, shown as bare octets) of all AVPs, those of a group behind its own."""
    for avp in avps:
        value = avp["value"]
        yield avp["code"], isinstance(value, dict)
        if isinstance(value, list):
            yield from codes_of(value)


def same_avps(mine, other):
    """The same codes in the same order; inside AVPs that we show as octets tshark may see more."""
    at, opaque = 0, False
    for code in other:
        if at < len(mine) and mine[at][0] == code:
            opaque = mine[at][1]
            at += 1
        elif not opaque:
            return False
    return at == len(mine)


def ours(place, path):
    """(command, request, application, hop-by-hop, end-to-end, AVP codes) of each message."""
    decoded = place.diatom("decode", "--json", path)
    equal(decoded.wait(), 0, "the exit status of decode")
    for line in decoded.lines:
        m = json.loads(line)
        yield (
            m["code"], "R" in m["flags"], m["application"], m["hop_by_hop"], m["end_to_end"], tuple(codes_of(m["avps"]))
        )  # fmt: skip


def theirs(path):
    """The same. A frame with several messages lists their fields one after the other; only the AVPs are not told apart."""
    wanted = [word for field in FIELDS for word in ("-e", "diameter." + field)]
    for line in harness.tshark(path, "-Y", "diameter", "-T", "fields", *wanted):
        *heads, avps = [column.split(",") if column else [] for column in line.split("\t")]
        codes = tuple(int(code) for code in avps)
        for code, request, *numbers in zip(*heads):
            numbers = [int(n, 0) for n in numbers]
            yield (int(code), request in ("1", "True"), *numbers, codes if len(heads[0]) == 1 else None)


def same_as_tshark(place, path):
    mine, other = list(ours(place, path)), list(theirs(path))
    expect(other, "tshark finds no messages")
    equal(len(mine), len(other), "messages")
    for number, (m, o) in enumerate(zip(mine, other), 1):
        equal(m[:5], o[:5], f"the header of message {number}")
        if o[5] is not None:
            expect(same_avps(m[5], o[5]), f"the AVPs of message {number}: {m[5]}, tshark has {o[5]}")


def capture_test(path):
    name = os.path.splitext(os.path.basename(path))[0].replace("-", "_")
    harness.add_test(f"{name}_reads_as_tshark_reads_it", lambda place: same_as_tshark(place, path))


for _path in sorted(glob.glob(os.path.join(FOLDER, "*.pcap*"))):
    capture_test(_path)

if __name__ == "__main__":
    sys.exit(harness.main(__doc__, jobs=2, needs=["tshark"]))
