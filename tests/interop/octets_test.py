#!/usr/bin/env python3
"""Shows that the tests' own reader of Diameter octets finds what it should, against vectors written by hand."""

import sys

sys.dont_write_bytecode = True

import octets
from octets import M, P, R, V, Malformed, Message, avp, group, message

DWR = bytes.fromhex(
    "0100003c 80000118 00000000 00000001 00000002"  # header: 60 octets, DWR
    "00000108 4000000b 612e6200"  # Origin-Host "a.b"
    "00000128 40000009 62000000"  # Origin-Realm "b"
    "0000013b c000000e 000028af 78790000"  # 315, 3GPP, "xy"
)

SPOILT = [
    ("header_of_19_octets", DWR[:19]),
    ("version_2", b"\2" + DWR[1:]),
    ("length_too_small", DWR[:3] + b"\x38" + DWR[4:]),
    ("length_too_large", DWR[:3] + b"\x40" + DWR[4:]),
    ("reserved_header_flag", DWR[:4] + b"\x81" + DWR[5:]),
    ("avp_beyond_the_end", DWR[:51] + b"\x20" + DWR[52:]),
    ("avp_of_length_4", DWR[:27] + b"\x04" + DWR[28:]),
    ("reserved_avp_flag", DWR[:24] + b"\x41" + DWR[25:]),
    ("padding_that_is_not_zero", DWR[:31] + b"\x01" + DWR[32:]),
    ("four_octets_behind_the_last_avp", message(280, avp(1, "a")) + bytes(4)),
]  # fmt: skip


def refuses(data):
    try:
        Message(data)
    except Malformed:
        return True
    return False


def main():
    read = Message(DWR)
    checks = [
        ("builder_makes_the_vector", message(280, avp(264, "a.b"), avp(296, "b"), avp(315, "xy", vendor=10415),
                                             hop_by_hop=1, end_to_end=2) == DWR),
        ("header_is_read", (read.name, read.request, read.hop_by_hop, read.end_to_end) == ("DWR", True, 1, 2)),
        ("avps_are_read", [(a.code, a.vendor, a.flags, a.data) for a in read.avps]
         == [(264, 0, M, b"a.b"), (296, 0, M, b"b"), (315, 10415, M | V, b"xy")]),
        ("group_is_read", [a.u32 for a in Message(message(272, group(456, avp(432, 7)))).avps[0].parts] == [7]),
        ("flags_stand_in_their_octet", message(272, flags=R | P)[4] == 0xC0),
        ("stream_is_cut", octets.cut(DWR + DWR + DWR[:10]) == ([DWR, DWR], DWR[:10])),
        *((f"{name}_is_refused", refuses(data)) for name, data in SPOILT),
    ]  # fmt: skip
    failed = [name for name, good in checks if not good]
    for name in failed:
        print(f"FAILED {name}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
