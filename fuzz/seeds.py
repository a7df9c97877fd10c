#!/usr/bin/env python3
"""Writes the corpora of the targets whose inputs are programs (peer, pair) or answers of name servers (discover), from names: fuzz/seeds.py, and look at git diff.

Inputs that a fuzzer found are beside them and stay as they are (found_*). A peer's program: two octets of configuration
(pair.c: one), then operations; an operation's octet has its number below and the connection's above (32 * connection).
"""

import os

HERE = os.path.dirname(os.path.abspath(__file__))

# ---- peer.c ----------------------------------------------------------------------------------------------------------

RAW, MESSAGE, SEGMENT, FLOOD, TIME, DEADLINE, DROP, ACCEPT, CONNECTED, ASK, ASK_OCTETS, CANCEL = range(12)
SLOW, TRICKLE, MANNER, SETTLE, ADD, REMOVE, CONNECT, STOP, REACT, FAIL, SERVE_ANY, LONG, ZEROS, ORDER, UPDATE = range(12, 27)

# Messages, and whose they are.
(CER, CEA, DWR, DWA, DPR, DPA, CCR, CCA, CER_STRANGE, CER_RELAY, CEA_REFUSED, CCR_ELSEWHERE, UNKNOWN_COMMAND,
 UNKNOWN_APPLICATION, CCA_ERROR, CCR_LONG) = range(16)
A, Z, A_CAPITAL, OURS, B, Y, ORG, NO_HOST = range(8)

# Callbacks, and what is done in them.
(UP, DOWN, CONNECT_FAILED, REFUSED, BAD_STREAM, SUSPECT, ALIVE, FAULT, UNANSWERED, UNEXPECTED, STOPPED, OUTCOME,
 HANDLER, REOPEN, RESTARTED, CAPABILITIES, STATE, WATCHDOG, FAILOVER, RETRY, PROXY, SECURED, CERTIFICATE, TRANSPORT,
 DISCOVERED, OVERLOAD) = range(26)
(DO_ASK, DO_REMOVE, DO_STOP, DO_FREE, DO_CONNECT, DO_ADD, DO_CANCEL, DO_SETTLE, DO_ASK_OCTETS, DO_FLOOD, DO_REMOVE_ALL,
 DO_REPLACE) = range(12)
DO_ORDER = 240  # + the order; what it takes comes from the program behind what calls back

# Orders, and a peer's configuration.
(DISABLE, ENABLE, CHANGE, ADD_FULL, ANNOUNCE, WITHDRAW, ADVERTISE, LISTEN, UNLISTEN, REMOVE_BY_NAME, CONTROL) = range(11)
NOTE, PROTECT, MAKE_WAY = 13, 14, 15  # not in callbacks
P_CONNECT, P_ALSO, P_THREE, P_TIMES, P_IDENTITY = (1 << n for n in range(5))

# Overload control: what is on, or with C_REPORT what we report (the bits mean something else then).
C_REACTS, C_AGENT, C_REPORTS, C_LOADS, C_PRIORITIES, C_TRUSTS_SOME, C_OFF, C_REPORT = (1 << n for n in range(8))
TOLD = 4  # detail of a CCA with OC-OLR and Load, of a CCR with OC-Supported-Features and DRMP

# Security: of a connection that is accepted or stands, and what PROTECT shows (peer_driver.c, driver_security()).
TLS_FIRST, TLS_OVER, OFFER_THERE, REQUIRE_THERE = 32, 64, 32, 64
NOT_A, NOT_B, NOT_Z, S_SHORT, S_WARNS, S_NARROW, S_ANYBODY = 0, 1, 2, 4, 8 | 4, 32, 64
INBAND = 1  # detail of CER and CEA
ADD_INBAND = 0x80 | 2

# Capabilities-Update.
CUR, CUA, CUR_OTHER, CUA_REFUSED, CUR_RELAY, CUR_SHORT = 0, 1, 2, 3, 4, 8

# Configuration.
SOME, SCARCE, ONE_TURN, FEW_PENDING, LITTLE_OUTPUT, TAP, IS_RELAY, PEACE = (1 << n for n in range(8))
UPDATES, ONCE, TWICE_AT_MOST, ONE_DWA, STEPS, DISCARDS, AT_ONCE, ADMITS = (1 << n for n in range(8))  # the second octet

ADD_CONNECT = {A: 2, Z: 3, B: 2 | 4 << 3, Y: 2 | 5 << 3, None: 6}  # aaa://far.example.net


class Configured(bytes):
    """A program behind its octets of configuration, which are 0 for all others."""

    def __add__(self, more):
        return Configured(bytes(self) + more)


def with_config(config, more=0):
    return Configured([config, more])


def pair_with(config):
    return Configured([config])


def op(number, *octets, on=0):
    return bytes([number | on << 5, *octets])


def say(message, host=A, on=0, detail=0, at=0, xor=0):
    return op(MESSAGE, message | host << 4, detail, at, xor, on=on)


def segment(*messages, host=A, on=0, cut=0):
    return op(SEGMENT, len(messages), cut, *(m | host << 4 for m in messages), on=on)


def flood(message, times, host=A, on=0):
    return op(FLOOD, message | host << 4, times, on=on)


def came(host=A, on=0, kind=0):
    """A peer connects: its connection is open."""
    return op(ACCEPT, kind, on=on) + say(CER, host, on)


def comes_in(host=A, on=0, kind=0):
    return op(ACCEPT, kind, on=on) + say(CER, host, on)


def went(host=A, on=0, kind=0):
    """A peer that we connect to, open: only where `on` is the first free connection."""
    return op(ADD, ADD_CONNECT[host]) + op(CONNECTED, kind, on=on) + say(CEA, host if host is not None else A, on)


def came_to(listener, host=A, on=0):
    return op(ACCEPT, listener << 3, on=on) + say(CER, host, on)


def order(what, how=0, peer=0):
    return op(ORDER, what | peer << 4, how)


def peer(host, flags):
    return host << 5 | flags


def update(kind, host=A, on=0, detail=0, at=0, xor=0):
    return op(UPDATE, kind | host << 4, detail, at, xor, on=on)


def protect(how=NOT_Z, on=0):
    return op(ORDER, PROTECT, how, on=on)


def came_protected(host=A, on=0, how=NOT_Z, kind=0):
    return op(ACCEPT, TLS_FIRST | kind, on=on) + protect(how, on) + say(CER, host, on)


def begins_tls(host=A, on=0):
    return op(ACCEPT, 0, on=on) + say(CER, host, on, INBAND)


def goes_tls(on=0):
    """A connection of ours, up to where TLS begins behind CEA: of a bare host the third way."""
    return op(ADD, ADD_INBAND) + (op(DROP, on=on) + DEADLINES) * 2 + op(CONNECTED, 0, on=on) + say(CEA, on=on, detail=INBAND)


def react(when, what):
    return op(REACT, when, what)


DEADLINES = op(DEADLINE)
KEEP, ANSWER, LEAVE, KEEP_ANSWER, ASK_ANSWER, TWICE = 1, 5 | 5 << 4, 0, 2 | 5 << 4, 3 | 5 << 4, 4

PEER = {
    # One peer.
    "served": came() + say(CCR) + say(CCR) + say(DWR) + say(DPR) + op(DROP),
    "asks": came() + op(ASK, 8 << 3) + say(CCA) + op(ASK, 5 << 3) + op(TIME, 60) + say(CCA),
    "answer_with_error": came() + op(ASK, 8 << 3) + say(CCA_ERROR, detail=1) + op(ASK, 1) + say(CCA, at=40, xor=1),
    "asks_in_handler": came() + op(MANNER, ASK_ANSWER) + say(CCR) + say(CCA) + say(CCR),
    "asks_by_host": came() + came(B, 1) + op(ASK, 2 | 4 << 2) + op(ASK, 3) + say(CCA, B, 1) + op(ASK_OCTETS, 1),
    "asks_octets": came() + op(ASK_OCTETS, 16) + say(CCA) + op(ASK_OCTETS, 8 | 48) + op(DROP),
    "cancelled": came() + op(ASK, 8 << 3) + op(CANCEL, 0) + op(CANCEL, 0) + say(CCA) + op(ASK, 8) + op(CANCEL, 0) + op(TIME, 20),
    "timed_out": came() + op(ASK, 1 << 3) + op(ASK, 200) + op(TIME, 9) + op(TIME, 2) + op(TIME, 250),
    "pending_full": with_config(FEW_PENDING) + came() + op(ASK, 80) * 6 + op(DROP),
    "kept": came() + op(MANNER, KEEP) + say(CCR) * 3 + b"".join(op(SETTLE, n) for n in (0, 1, 2, 3)),
    "kept_all_ways": came() + op(MANNER, KEEP) + say(CCR) * 9 + b"".join(op(SETTLE, n) for n in (4, 12, 5, 0x85, 3, 2, 1, 0)),
    "kept_until_drop": came() + op(MANNER, KEEP) + say(CCR) * 2 + op(DROP) + op(SETTLE, 0) + op(SETTLE, 5),
    "kept_until_dpr": came() + op(MANNER, KEEP) + say(CCR) + say(DPR) + op(SETTLE, 0) + op(SETTLE, 0),
    "kept_and_answered": came() + op(MANNER, KEEP_ANSWER) + say(CCR) * 2 + op(MANNER, TWICE) + say(CCR),
    "left_alone": came() + op(MANNER, LEAVE) + say(CCR) * 3,
    "generic": came() + op(SERVE_ANY, 1) + say(UNKNOWN_COMMAND) + op(MANNER, KEEP) + say(UNKNOWN_COMMAND) + op(SETTLE, 3),
    "unknown": came() + say(UNKNOWN_COMMAND) + say(UNKNOWN_APPLICATION) + say(CCR_ELSEWHERE, detail=8) + say(CCR_ELSEWHERE, detail=1),
    "relay_generic": with_config(IS_RELAY) + came() + op(SERVE_ANY, 1) + say(UNKNOWN_APPLICATION) + say(CCR_ELSEWHERE, detail=9),
    "version_2": came() + say(CCR, xor=3) + say(DWR, at=4, xor=0x20) + op(RAW, 4, 9, 9, 9, 9),
    "answers_nobody_wants": came() + say(CCA) + say(DWA) + say(DPA) + say(CEA) + flood(CCA, 40),
    "cer_again": came() * 1 + say(CER) + say(CER, Z),
    "raw": op(ACCEPT, 0) + op(RAW, 20, 1, 0, 0, 20, 0x80, 0, 1, 0x18, *[0] * 12) + op(RAW, 3, 1, 0, 0) + op(DEADLINE),
    "text": op(ACCEPT, 0) + op(RAW, 16, *b"GET / HTTP/1.1\r\n"),
    "pieces": op(ACCEPT, 0) + segment(CER, CCR, cut=30) + op(RAW, 9, 0, 0, 0, 1, 2, 3, 4, 5, 6) + op(DEADLINE) * 3,
    "partial_never_completed": came() + segment(CCR, CCR, cut=9) + op(TIME, 101),
    "too_long": came() + op(RAW, 8, 1, 0xFF, 0xFF, 0xFC, 0x80, 0, 1, 16),
    "wrong_ccr": came() + b"".join(say(CCR, at=at, xor=xor) for at, xor in ((3, 4), (32, 6), (8, 3), (11, 9), (27, 2), (24, 255), (40, 128))),
    "wrong_dwr": came() + b"".join(say(DWR, at=at, xor=xor) for at, xor in ((3, 4), (23, 1), (24, 255), (27, 4), (60, 1))),
    "failed_avp_group": came(B) + say(CCR, at=88, xor=2) + say(CCR, at=40, xor=2),
    "proxy_info": came() + op(MANNER, ANSWER) + say(CCR, detail=0x80) + say(CCR, detail=0x80, at=100, xor=1) + op(MANNER, KEEP) + say(UNKNOWN_COMMAND, detail=0x81) + op(SETTLE, 5),
    "experimental": came() + op(ASK, 80) * 3 + say(CCA, detail=2) + op(ASK, 80) + say(CCA, at=7, xor=1) + op(ASK_OCTETS, 16) + say(CCA, detail=2) + op(ASK_OCTETS, 16) + say(CCA, detail=1),
    "answers_that_are_none": came() + op(MANNER, KEEP) + say(CCR) * 3 + op(SETTLE, 0x0d) + op(SETTLE, 0x0b) + op(SETTLE, 0x0c) + op(SETTLE, 5),
    "octets_counted": with_config(TAP | SOME) + came() + op(ASK, 80) + say(CCA) + op(REMOVE, 0) + op(CONNECT, 0),
    "many_pending": react(HANDLER, DO_FLOOD) * 4 + came() + say(CCR) + op(MANNER, ASK_ANSWER) + say(CCR) * 4 + op(TIME, 200) + op(ASK, 240) + op(TIME, 200) * 2,
    # Capabilities.
    "strangers": b"".join(op(ACCEPT, 0, on=n) + say(m, h, n, d) for n, (m, h, d) in enumerate(
        ((CER_STRANGE, A, 0), (CER_RELAY, Z, 0), (CER_RELAY, B, 1), (CER, OURS, 0), (CER, NO_HOST, 0), (DWR, A, 0)))),
    "no_cer": op(ACCEPT, 0) + op(ACCEPT, 2, on=1) + op(DEADLINE) * 3,
    "of_vendors": with_config(IS_RELAY | TAP) + op(ACCEPT, 0) + say(CER_RELAY, detail=2) + op(ADD, 3) + op(CONNECTED, 0, on=1) + say(CEA, Z, 1) + op(ASK, 80),
    "vendor_specific": op(ACCEPT, 0) + say(CER_RELAY, detail=2) + op(ASK, 80) + say(CCR),
    "realm_of_others": came() + op(ASK, 81) + say(CCA) + came(B, 1) + op(ASK, 81) + op(ASK, 81),
    "not_allowed": with_config(SOME) + op(ACCEPT, 0) + say(CER, Z) + came(ORG, 1) + came(A_CAPITAL, 2),
    "too_many_strangers": came() + came(Z, 1) + came(B, 2) + came(Y, 3),
    "wrong_cers": b"".join(op(ACCEPT, 0, on=n) + say(CER, A, n, at=at, xor=xor) for n, (at, xor) in enumerate(
        ((3, 1), (20, 255), (27, 255), (0, 3), (4, 0x20), (63, 1)))),
    "cea_refused": op(ADD, 2) + op(CONNECTED, 0) + say(CEA_REFUSED) + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA, Z),
    "cea_of_ourselves": op(ADD, 6) + op(CONNECTED, 0) + say(CEA, OURS) + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA, Z),
    "cea_of_a_known_one": came() + op(ADD, 6) + op(CONNECTED, 0, on=1) + say(CEA, A, 1),
    "cea_wrong_ids": op(ADD, 2) + op(CONNECTED, 0) + say(CEA, at=12, xor=1) + say(CEA, at=0, xor=2),
    "not_a_cea": op(ADD, 2) + op(CONNECTED, 0) + say(DWR) + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + op(DEADLINE),
    "crowd_before_cer": b"".join(op(ACCEPT, 2 * (n % 2), on=n) for n in range(6)),
    "crowd_of_one_address": b"".join(comes_in((A, Z, B)[n % 3], n) for n in range(6)),
    "six": came() + came(Z, 1) + came(B, 2) + op(ACCEPT, 2, on=3) + op(ACCEPT, 4, on=4) + op(ACCEPT, 6, on=5) + op(DROP, on=5) + op(ACCEPT, 0, on=5),
    # Connections of ours.
    "connects": went() + say(CCR) + op(ASK, 8) + say(CCA) + op(REMOVE, 0) + say(DPA) + op(DROP),
    "connects_to_anybody": went(None) + say(DWR) + say(DPR, detail=1) + op(DROP) + op(DEADLINE) + op(CONNECT, 0),
    "connection_fails": op(ADD, 2) + op(DROP) + op(DEADLINE) + op(DROP) + op(CONNECT, 0) + op(CONNECTED, 0) + op(DROP) + op(DEADLINE),
    "nobody_answers": op(ADD, 2) + op(DEADLINE) * 2 + op(DROP) + op(DEADLINE) * 2,
    "election_lost": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + say(CEA, Z),
    "election_won": op(ADD, 2) + op(CONNECTED, 0) + comes_in(A, 1) + say(CCR, A, 1),
    "election_before_ack": op(ADD, 2) + comes_in(A, 1) + op(CONNECTED, 0) + say(CCR, A, 1),
    "election_lost_before_ack": op(ADD, 3) + comes_in(Z, 1) + op(CONNECTED, 0) + say(CEA, Z),
    "election_nack": op(ADD, 3) + comes_in(Z, 1) + op(DROP) + say(CCR, Z, 1),
    "election_r_lost": op(ADD, 3) + comes_in(Z, 1) + op(DROP, on=1) + op(CONNECTED, 0) + say(CEA, Z),
    "election_returns_r_lost": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + op(DROP, on=1) + say(CEA, Z),
    "election_returns_i_lost": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + op(DROP) + say(CCR, Z, 1),
    "election_returns_non_cea": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + say(DWR, Z) + say(CCR, Z, 1),
    "election_messages": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + say(DWR, Z, 1) + say(CCR, Z, 1) + op(DEADLINE),
    "election_third": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + comes_in(Z, 2) + say(CEA, Z),
    "election_third_before_ack": op(ADD, 3) + comes_in(Z, 1) + comes_in(Z, 2) + op(DEADLINE),
    "election_timeouts": op(ADD, 3) + comes_in(Z, 1) + op(DEADLINE) * 3,
    "crossing_both_ways": op(ADD, 2) + op(ADD, 3) + op(CONNECTED, 0) + op(CONNECTED, 0, on=1) + comes_in(A, 2) + comes_in(Z, 3) + say(CEA, Z, 1) + say(CCR, A, 2) + say(CCR, Z, 1),
    # The watchdog and the probe.
    "watchdog": came() + op(DEADLINE) * 8,
    "watchdog_answered": came() + (op(DEADLINE) + say(DWA)) * 4,
    "watchdog_late": came() + op(DEADLINE) * 2 + say(CCR) + op(DEADLINE) * 2 + say(DWA) + op(ASK, 8),
    "watchdog_ours": went() + op(DEADLINE) * 3 + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + op(DEADLINE),
    "suspect_asks": came() + op(DEADLINE) * 2 + op(ASK, 8) + say(DWA) + op(ASK, 8),
    "probe_alive": came() + comes_in(A, 1) + say(DWA) + op(DROP, on=1),
    "probe_dead": came() + comes_in(A, 1) + op(TIME, 20) + say(CCR, A, 1) + op(DROP),
    "probe_of_ours": went() + comes_in(A, 1) + op(TIME, 20) + op(DROP) + say(CCR, A, 1),
    "probe_dropped": came() + comes_in(A, 1) + op(DROP) + say(CCR, A, 1),
    "probe_drops": came() + comes_in(A, 1) + op(DROP, on=1) + comes_in(A, 2) + op(TIME, 20),
    "probe_and_remove": came() + comes_in(A, 1) + op(REMOVE, 0) + say(DPA) + op(DROP) + op(TIME, 20),
    "probe_and_stop": came() + comes_in(A, 1) + op(STOP, 0) + op(DEADLINE) * 2,
    "probe_with_dpr": came() + comes_in(A, 1) + say(DPR) + comes_in(A, 2),
    "two_probes": came() + comes_in(A, 1) + comes_in(A, 2) + op(DROP) + op(TIME, 20),
    "back_before_closed": came() + say(DPR) + comes_in(A, 1) + say(CCR, A, 1),
    # Disconnecting.
    "both_dpr": came() + op(REMOVE, 0) + say(DPR) + say(DPA),
    "removed_behind_dpr": came() + say(DPR) + op(REMOVE, 0) + op(DEADLINE) + comes_in(A, 1),
    "busy": went() + say(DPR, detail=1) + op(DROP) + op(DEADLINE) + comes_in(A) + say(DPR, detail=2) + op(DROP) + op(CONNECT, 0),
    "dpr_unanswered": came() + op(REMOVE, 0) + op(ASK, 8) + say(CCR) + op(DEADLINE) * 2,
    "request_behind_dpr": came() + op(ASK, 80) + say(DPR) + say(CCR) + say(CCA),
    "removed_in_all_phases": op(ADD, 2) + op(REMOVE, 0) + op(DROP) + op(ADD, 3) + op(CONNECTED, 0) + op(REMOVE, 0) + op(DROP) + op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + op(REMOVE, 0) + op(ADD, 3) + op(ADD, 2),
    "removed_while_back": came() + op(REMOVE, 0) + comes_in(A, 1) + say(DPA) + op(DROP) + op(ADD, 0),
    "stranger_configured": came() + op(ADD, 0) + op(DROP) + op(ADD, 0) + op(REMOVE, 0) + op(ADD, 0x40),
    "stop": came() + op(ASK, 40) + op(STOP, 0) + say(DPA) + op(DEADLINE) * 3,
    "stop_in_all_phases": came() + op(ADD, 3) + op(ACCEPT, 0, on=2) + comes_in(A, 3) + op(STOP, 1) + op(ACCEPT, 0, on=4) + op(ADD, 0) + op(CONNECT, 0) + op(ASK, 0) + op(ASK_OCTETS, 0) + op(DEADLINE) * 4,
    "stop_election": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + op(ADD, 2) + comes_in(A, 3) + op(STOP, 2) + op(DEADLINE) * 2,
    "peace": with_config(PEACE) + came() + op(ASK, 200) + went(Z, 1) + op(ACCEPT, 0, on=2) + comes_in(A, 3) + say(CCR),
    "peace_of_the_deaf": with_config(PEACE) + came() + op(SLOW) + flood(CCR, 60) + op(ASK, 200) * 3,
    # Back-pressure.
    "slow": came() + op(SLOW) + flood(CCR, 200) + op(TRICKLE, 200) * 3 + say(DWR) + op(SLOW),
    "slow_asks": with_config(LITTLE_OUTPUT) + came() + op(SLOW) + op(ASK, 80) * 5 + say(CCR) * 3 + op(ASK_OCTETS, 8) + op(SLOW) + op(ASK, 80),
    "slow_kept": with_config(LITTLE_OUTPUT) + came() + op(MANNER, KEEP) + say(CCR) * 6 + op(SLOW) + op(SETTLE, 0) * 5 + op(SLOW) + op(SETTLE, 5) * 2,
    "slow_for_too_long": came() + op(SLOW) + flood(CCR, 200) + op(TIME, 101),
    "slow_suspected": came() + op(SLOW) + flood(CCR, 200) + (op(TIME, 60) + op(TRICKLE, 1)) * 4,
    "slow_ends": with_config(LITTLE_OUTPUT) + came() + op(SLOW) + flood(CCR, 20) + say(DPR) + op(DROP),
    "turns": with_config(ONE_TURN) + came() + came(Z, 1) + flood(CCR, 20) + flood(CCR, 20, Z, 1),
    "turn_and_remove": with_config(ONE_TURN) + came() + came(Z, 1) + react(HANDLER, DO_REMOVE) + flood(CCR, 5) + flood(CCR, 5, Z, 1),
    "scarce": with_config(SCARCE) + came() + came(Z, 1) + op(SLOW) + flood(CCR_LONG, 20) + segment(CCR_LONG, cut=9, host=Z, on=1) + flood(CCR_LONG, 20, Z, 1) + op(ACCEPT, 0, on=2) + op(SLOW) + op(DROP),
    "scarce_long": with_config(SCARCE) + came() + came(Z, 1) + op(LONG, 200, 20) + op(LONG, 200, 20, on=1) + op(ACCEPT, 0, on=2) + op(ZEROS, 20) + op(ZEROS, 20, on=1) + op(TIME, 101) + op(DROP),
    "scarce_long_wakes": with_config(SCARCE) + came() + came(Z, 1) + came(B, 2) + op(LONG, 230, 20) + op(LONG, 230, 20, on=1) + op(ZEROS, 10) + op(DROP, on=1) + op(ZEROS, 10) + say(CCR) + op(DROP),
    "scarce_long_wakes_twice": with_config(SCARCE | LITTLE_OUTPUT) + came() + came(Z, 1) + came(B, 2) + op(LONG, 230, 20) + op(SLOW) + op(ASK_OCTETS, 8 | 80) * 6 + op(LONG, 230, 20, on=1) + op(ZEROS, 10) + op(DROP, on=1) + op(LONG, 230, 20, on=2) + op(SLOW) + op(DROP, on=2) + op(ZEROS, 10),
    "refused_make_way": b"".join(op(ACCEPT, 2 * (n % 3), on=n) + say(CER, OURS, n) for n in range(5)) + op(ACCEPT, 0, on=5) + order(MAKE_WAY) * 6,
    "silent_make_way": op(ACCEPT, 0) + came(A, 1) + order(MAKE_WAY) * 2 + react(REFUSED, DO_FREE) + op(ACCEPT, 0, on=2) + order(MAKE_WAY),
    "scarce_orphans": with_config(SCARCE) + came() + came(Z, 1) + op(MANNER, KEEP) + flood(CCR_LONG, 8) + op(DROP) + came(B, 2) + flood(CCR_LONG, 8, B, 2) + op(DROP, on=2) + op(DROP, on=1) + op(SETTLE, 0) * 9,
    "all_connections": b"".join(op(ACCEPT, 2 * (n % 2), on=n) + say(CER, (A, Z, B, A, Z, B)[n], n) for n in range(6)),
    "scarce_long_slow": with_config(SCARCE | LITTLE_OUTPUT) + came() + came(Z, 1) + op(SLOW) + flood(CCR, 9) + op(LONG, 150, 20) + op(LONG, 150, 20, on=1) + op(ZEROS, 20) + op(DROP, on=1) + op(SLOW) + op(ZEROS, 20),
    "scarce_kept": with_config(SCARCE) + came() + came(Z, 1) + op(MANNER, KEEP) + flood(CCR_LONG, 8) + flood(CCR_LONG, 8, Z, 1) + say(CCR) + op(ASK, 80) + op(ACCEPT, 0, on=2) + op(SETTLE, 0) * 9,
    "scarce_pieces": with_config(SCARCE | LITTLE_OUTPUT) + came() + came(Z, 1) + came(B, 2) + op(MANNER, KEEP) + flood(CCR_LONG, 8) + segment(CCR_LONG, cut=9, host=Z, on=1) + op(SLOW, on=2) + flood(CCR, 30, B, 2) + op(SETTLE, 0) * 8,
    "scarce_asked": with_config(SCARCE) + came() + came(Z, 1) + op(SLOW) + react(OUTCOME, DO_FLOOD) + op(ASK, 8) + react(HANDLER, DO_FLOOD) * 2 + say(CCR) + say(CCR, Z, 1) + op(TIME, 100),
    # Transports that keep boundaries.
    "message_served": came(kind=1) + say(CCR) + say(DWR) + op(ASK, 8) + say(CCA) + say(DPR),
    "message_ours": went(kind=1) + say(CCR) + op(DEADLINE) + say(DWA),
    "message_cut": came(kind=1) + segment(CCR, cut=4) + came(Z, 1, 1) + segment(CCR, CCR, host=Z, on=1) + came(B, 2, 1) + op(RAW, 3, 1, 0, 0, on=2),
    "message_election": op(ADD, 3) + op(CONNECTED, 1) + comes_in(Z, 1, 1) + say(CEA, Z),
    "message_slow": with_config(LITTLE_OUTPUT) + came(kind=1) + op(SLOW) + say(CCR) * 8 + op(TRICKLE, 1) * 2 + op(SLOW) + say(CCR),
    # The application calls back.
    "up_removes": react(UP, DO_REMOVE) + came() + say(DPA) + op(DROP),
    "up_frees": react(UP, DO_FREE) + came(),
    "up_asks": react(UP, DO_ASK) + react(UP, DO_ASK_OCTETS) + came() + say(CCA) + came(Z, 1),
    "up_stops": react(UP, DO_STOP) + came() + op(DEADLINE) * 2,
    "down_connects": react(DOWN, DO_CONNECT) + went() + op(DROP) + op(CONNECTED, 0) + say(CEA),
    "down_frees": react(DOWN, DO_FREE) + came() + came(Z, 1) + op(DROP),
    "down_adds": react(DOWN, DO_ADD | 2 << 3) + react(DOWN, DO_REMOVE_ALL) + came() + op(DROP),
    "failed_connects": react(CONNECT_FAILED, DO_CONNECT) * 2 + op(ADD, 2) + op(DROP) + op(DROP),
    "failed_frees": react(CONNECT_FAILED, DO_FREE) + op(ADD, 2) + op(DROP),
    "refused_stops": react(REFUSED, DO_STOP) + b"".join(op(ACCEPT, 0, on=n) for n in range(5)),
    "refused_frees": react(REFUSED, DO_FREE) + b"".join(op(ACCEPT, 0, on=n) for n in range(5)),
    "cer_refused_frees": react(REFUSED, DO_FREE) + op(ACCEPT, 0) + say(CER, OURS),
    "probe_lost_stops": react(OUTCOME, DO_STOP) + came() + op(ASK, 200) + comes_in(A, 1) + op(TIME, 20),
    "probe_down_stops": react(DOWN, DO_STOP) + came() + comes_in(A, 1) + op(TIME, 20),
    "probe_down_frees": react(DOWN, DO_FREE) + came() + comes_in(A, 1) + op(TIME, 20),
    "probe_down_removes": react(DOWN, DO_REMOVE) + came() + comes_in(A, 1) + op(TIME, 20),
    "probe_down_connects": react(DOWN, DO_CONNECT) + went() + comes_in(A, 1) + op(TIME, 20),
    "farewell_stops": react(OUTCOME, DO_STOP) + came() + op(ASK, 200) + say(DPR) + comes_in(A, 1),
    "farewell_removes": react(OUTCOME, DO_REMOVE) + came() + op(ASK, 200) + say(DPR) + comes_in(A, 1),
    "farewell_frees": react(OUTCOME, DO_FREE) + came() + op(ASK, 200) + say(DPR) + comes_in(A, 1),
    "farewell_connects": react(OUTCOME, DO_CONNECT) + went() + op(ASK, 200) + say(DPR) + comes_in(A, 1),
    "handler_frees": react(HANDLER, DO_FREE) + came() + segment(CCR, CCR),
    "handler_keeps_frees": react(HANDLER, DO_FREE) + op(MANNER, KEEP) + came() + segment(CCR, CCR),
    "handler_removes": react(HANDLER, DO_REMOVE_ALL) + came() + came(Z, 1) + segment(CCR, CCR) + op(DEADLINE) * 2,
    "handler_stops": react(HANDLER, DO_STOP) + came() + segment(CCR, CCR) + op(DEADLINE),
    "handler_replaces": react(HANDLER, DO_REPLACE) + op(MANNER, KEEP) + came() + segment(CCR, CCR) + op(SETTLE, 5) * 2,
    "outcome_frees": react(OUTCOME, DO_FREE) + came() + op(ASK, 8) * 2 + say(CCA),
    "outcome_cancels": react(OUTCOME, DO_CANCEL) * 2 + came() + op(ASK, 8) * 3 + op(DROP),
    "outcome_times_out_frees": react(OUTCOME, DO_FREE) + came() + op(ASK, 8) * 3 + op(TIME, 11),
    "outcome_asks": react(OUTCOME, DO_ASK) + came() + came(Z, 1) + op(ASK, 8) * 2 + op(DROP),
    "outcome_settles": react(OUTCOME, DO_SETTLE) + op(MANNER, KEEP) + came() + say(CCR) * 2 + op(ASK, 8) + say(CCA),
    "suspect_removes": react(SUSPECT, DO_REMOVE) + react(ALIVE, DO_FREE) + came() + op(DEADLINE) * 2 + say(DWA),
    "alive_removes": react(ALIVE, DO_REMOVE_ALL) + came() + op(DEADLINE) * 2 + segment(DWA, CCR),
    "alive_frees": react(ALIVE, DO_FREE) + came(kind=1) + op(DEADLINE) * 2 + op(RAW, 2, 0, 0),
    "bad_stream_frees": react(BAD_STREAM, DO_FREE) + came() + op(RAW, 4, 9, 9, 9, 9),
    "bad_stream_stops": react(BAD_STREAM, DO_STOP) + came() + op(RAW, 4, 9, 9, 9, 9),
    "fault_removes": react(FAULT, DO_REMOVE) + react(FAULT, DO_STOP) + came() + say(UNKNOWN_COMMAND) * 2,
    "fault_frees": react(FAULT, DO_FREE) + came() + segment(UNKNOWN_COMMAND, CCR),
    "unexpected_frees": react(UNEXPECTED, DO_FREE) + came() + segment(CCA, CCR),
    "unanswered_frees": react(UNANSWERED, DO_FREE) + op(MANNER, LEAVE) + came() + segment(CCR, CCR),
    "stopped_frees": react(STOPPED, DO_FREE) + came() + op(STOP, 0) + say(DPA) + op(DROP),
    # Certificates, and TLS at any moment.
    "tls_served": came_protected() + say(CCR) + op(ASK, 8) + say(CCA) + say(DWR) + say(DPR) + op(DROP),
    "tls_misnamed": came() + came_protected(A, 1, NOT_A) + say(CCR) + came_protected(Z, 2, NOT_Z),
    "tls_input_first": op(ACCEPT, TLS_FIRST) + say(CER) + protect(),
    "tls_no_handshake": op(ACCEPT, TLS_FIRST) + DEADLINES + op(DROP),
    "tls_twice": came_protected() + protect(NOT_A) + say(CCR),
    "tls_over": op(ACCEPT, TLS_OVER) + say(CER) + say(CCR),
    "tls_ours": op(ADD, ADD_INBAND) + op(CONNECTED, TLS_OVER) + say(CEA) + say(CCR),
    "tls_ours_in_clear": op(ADD, ADD_INBAND) + op(CONNECTED, 0) + op(DROP) + DEADLINES + op(CONNECTED, 1),
    "tls_ends": came_protected(how=NOT_Z | S_SHORT | S_WARNS) + op(ASK, 200) + op(MANNER, KEEP) + say(CCR) + DEADLINES * 6 + say(DPA) + op(DROP),
    "tls_ends_before_cer": op(ACCEPT, TLS_FIRST) + protect(NOT_Z | 8) + DEADLINES * 2,
    "tls_ends_enabled": came_protected(how=NOT_Z | 16) + op(ASK, 200) + DEADLINES + order(ENABLE) + DEADLINES * 4,
    "tls_ends_in_probe": came_protected(how=NOT_Z | S_SHORT) + came_protected(A, 1, NOT_Z | S_SHORT) + DEADLINES * 3,
    "tls_ends_slow": came_protected(how=NOT_Z | 16) + op(SLOW) + say(CCR) * 4 + DEADLINES * 3,
    "tls_narrow": came_protected(how=NOT_Z | S_NARROW) + op(ASK_OCTETS, 16) + op(ASK_OCTETS, 8 | 16) + came(Z, 1) + op(ASK_OCTETS, 8 | 16) + op(MANNER, KEEP) + say(CCR) + op(SETTLE, 5),
    "tls_narrow_relay": with_config(IS_RELAY) + came() + came_protected(B, 1, NOT_Z | S_NARROW) + say(CCR_LONG) + say(CCR_ELSEWHERE, detail=4) + op(DROP, on=1),
    "tls_update": with_config(0, UPDATES) + came_protected(B, how=NOT_A) + update(CUR, B) + update(CUR, A) + update(CUR_OTHER, B),
    "tls_noted": came_protected() + op(ORDER, NOTE, 0) + react(TRANSPORT, DO_FREE) + op(ORDER, NOTE, 0),
    "inband_came": order(LISTEN, OFFER_THERE) + begins_tls() + op(ASK, 8) + protect() + say(CCR) + op(ASK, 8),
    "inband_required": order(LISTEN, REQUIRE_THERE) + came() + begins_tls(Z, 1) + protect(NOT_A, 1) + say(CCR, Z, 1),
    "inband_went": goes_tls() + op(ASK, 8) + protect() + say(CCR),
    "inband_misnamed": order(LISTEN, OFFER_THERE) + begins_tls() + protect(NOT_A) + op(DROP) + begins_tls(B, 1) + protect(NOT_Z, 1),
    "inband_late": order(LISTEN, OFFER_THERE) + begins_tls() + DEADLINES + protect() + op(DROP),
    "inband_in_clear": order(LISTEN, OFFER_THERE) + begins_tls() + say(CCR) + protect(),
    "inband_segment": order(LISTEN, OFFER_THERE) + op(ACCEPT, 0) + segment(CER_RELAY, CER_RELAY, CCR) + protect(),
    "inband_dropped": order(LISTEN, OFFER_THERE) + begins_tls() + op(DROP) + goes_tls(1) + op(DROP, on=1) + DEADLINES,
    "inband_removed": order(LISTEN, OFFER_THERE) + begins_tls() + op(REMOVE, 0) + protect() + op(DROP),
    "inband_disabled": goes_tls() + order(DISABLE) + op(DROP) + order(ENABLE) + DEADLINES,
    "inband_stopped": with_config(PEACE) + order(LISTEN, OFFER_THERE) + begins_tls() + op(STOP, 0),
    "inband_announced": with_config(0, UPDATES) + order(LISTEN, OFFER_THERE) + begins_tls() + order(ANNOUNCE) + protect(),
    "inband_proven_comes_first": order(LISTEN, OFFER_THERE) + begins_tls() + came_protected(A, 1) + say(CCR, A, 1),
    "inband_proven_over_ours": goes_tls() + came_protected(A, 1) + say(CCR, A, 1),
    "inband_again": order(LISTEN, OFFER_THERE) + begins_tls() + begins_tls(A, 1) + protect() + begins_tls(A, 2),
    "inband_message": order(LISTEN, OFFER_THERE) + op(ACCEPT, 1) + say(CER, detail=INBAND) + protect() + say(CCR),
    "inband_election": order(LISTEN, OFFER_THERE) + order(ADD_FULL, peer(1, P_CONNECT | P_TIMES)) + op(CONNECTED, 0) + op(ACCEPT, 0, on=1) + say(CER, Z, 1, INBAND) + say(CEA, Z, detail=INBAND) + protect() + say(CCR, Z),
    "secured_frees": react(SECURED, DO_FREE) + came_protected(),
    "secured_removes": react(SECURED, DO_REMOVE) + op(ADD, ADD_INBAND) + op(CONNECTED, TLS_OVER) + op(DROP),
    "secured_inband_removes": order(LISTEN, OFFER_THERE) + begins_tls() + react(SECURED, DO_REMOVE) + protect() + op(DROP),
    "secured_inband_frees": order(LISTEN, OFFER_THERE) + begins_tls() + react(SECURED, DO_FREE) + protect(),
    "secured_inband_stops": order(LISTEN, OFFER_THERE) + begins_tls() + react(SECURED, DO_STOP) + protect(),
    "certificate_frees": react(CERTIFICATE, DO_FREE) + came_protected(how=NOT_Z | S_SHORT | S_WARNS) + DEADLINES * 2,
    "certificate_removes": react(CERTIFICATE, DO_REMOVE) + came_protected(how=NOT_Z | S_SHORT) + op(ASK, 200) + DEADLINES * 2,
    # The watchdog's table, and coming back.
    "reopen": went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + op(ASK, 8) + say(CCR) + (say(DWA) + op(DEADLINE)) * 4 + op(ASK, 8),
    "reopen_one": with_config(0, ONE_DWA | STEPS) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + say(DWA) + op(ASK, 8) + say(CCA),
    "reopen_discards": with_config(0, DISCARDS | STEPS) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + say(CCR) + say(DWR) + say(DPR),
    "reopen_missed": with_config(0, STEPS) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + op(DEADLINE) * 5 + op(DROP),
    "reopen_missed_once": went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + op(DEADLINE) + say(DWA) + op(DEADLINE) + say(DWA) + (op(DEADLINE) + say(DWA)) * 3,
    "reopen_at_once": with_config(0, AT_ONCE) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + op(ASK, 8),
    "reopen_changed": react(REOPEN, DO_ORDER + CHANGE) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + b"\x01" + say(DWA),
    "reopen_removed": react(REOPEN, DO_REMOVE) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA) + say(DPA),
    "reopen_frees": react(REOPEN, DO_FREE) + went() + op(DROP) + op(DEADLINE) + op(CONNECTED, 0) + say(CEA),
    "watch_frees": with_config(0, STEPS) + react(WATCHDOG, DO_FREE) + came(),
    "watch_removes": with_config(0, STEPS) + react(WATCHDOG, DO_REMOVE) * 2 + came() + say(DPA) + op(DROP) + came(Z, 1),
    "step_removes": with_config(0, STEPS) + react(STATE, DO_REMOVE) + came() + op(ADD, 3) + react(STATE, DO_REMOVE) + op(CONNECTED, 0, on=1) + op(DROP) * 2,
    "step_stops": with_config(0, STEPS) + react(STATE, DO_STOP) + came() + op(DEADLINE) * 2,
    "step_frees": with_config(0, STEPS) + react(STATE, DO_FREE) + op(ADD, 2),
    "step_connects": with_config(0, STEPS) + went() + react(STATE, DO_CONNECT) + op(DROP) + op(CONNECTED, 0) + say(CEA),
    "restarted": with_config(0, UPDATES) + op(ACCEPT, 0) + say(CER) + update(CUR, detail=4) + say(DWR) + update(CUR, detail=5) + react(RESTARTED, DO_REMOVE) + say(DWR) + update(CUR, detail=6) + say(DWR) + say(DWA),
    # Orders.
    "disabled": went() + op(ASK, 8) + order(DISABLE, 1) + op(ASK, 8) + say(CCR) + say(CCA) + op(DEADLINE) + say(DPA) + op(DROP) + op(DEADLINE) + op(CONNECT, 0) + order(ENABLE) + op(CONNECTED, 0) + say(CEA),
    "disabled_and_back": came() + op(MANNER, KEEP) + say(CCR) + order(DISABLE) + order(ENABLE) + op(ASK, 8) + order(DISABLE) + op(SETTLE, 5) + op(DEADLINE) + say(DPA) + op(DROP),
    "disabled_comes": op(ADD, 2) + order(DISABLE) + op(DROP) + comes_in() + order(ENABLE) + comes_in(A, 2),
    "disabled_probe": came() + comes_in(A, 1) + order(DISABLE) + op(TIME, 20) + order(ENABLE),
    "disabled_election": op(ADD, 3) + op(CONNECTED, 0) + comes_in(Z, 1) + order(DISABLE) + op(DROP) + op(DROP, on=1) + order(ENABLE),
    "drained_to_the_end": came() + op(ASK, 200) + order(DISABLE) + op(TIME, 60) + op(DEADLINE) * 2,
    "drained_kept_and_asked": came() + op(MANNER, KEEP) + say(CCR) * 2 + op(ASK, 200) + op(STOP, 0) + say(CCR) + op(SETTLE, 5) + say(CCA) + op(SETTLE, 5) + op(DEADLINE) + say(DPA) + op(DROP),
    "drained_lost": came() + op(MANNER, KEEP) + say(CCR) + op(ASK, 200) + op(REMOVE, 0) + op(DROP) + op(SETTLE, 5),
    "changed": went() + order(CHANGE, P_CONNECT | P_ALSO | P_TIMES | P_IDENTITY) + op(DROP) + (op(DEADLINE) + op(DROP)) * 8 + op(CONNECTED, 0) + say(CEA) + order(CHANGE, 0) + op(DROP) + op(DEADLINE),
    "changed_by_name": went() + order(CHANGE, peer(4, 0x80 >> 5 | P_CONNECT)) + order(CHANGE, peer(5, P_CONNECT)) + order(CHANGE, peer(0, P_CONNECT)),
    "changed_stranger": came() + came(Z, 1) + order(CHANGE, P_CONNECT | P_IDENTITY) + order(CHANGE, 0, 1) + op(DROP) + op(DROP, on=1) + came(B, 2) + came(Y, 3) + op(DEADLINE),
    "changed_while_connecting": op(ADD, 2) + order(CHANGE, P_CONNECT | P_ALSO) + op(DROP) + order(CHANGE, 0) + op(DEADLINE) + op(DROP),
    "changed_removed": came() + op(REMOVE, 0) + order(CHANGE, P_CONNECT) + order(ENABLE) + order(DISABLE) + op(CONNECT, 0),
    "removed_by_name": came(B) + order(REMOVE_BY_NAME, peer(4, 0)) + say(DPA, B) + op(DROP),
    "many_addresses": order(ADD_FULL, peer(0, P_CONNECT | P_ALSO)) + op(DROP) + (op(DEADLINE) + op(DROP)) * 7,
    # Several connections of one peer.
    "three": order(ADD_FULL, peer(0, P_CONNECT | P_THREE)) + b"".join(op(CONNECTED, 0, on=n) + say(CEA, A, n) for n in range(3)) + op(ASK, 8) * 4 + op(DROP, on=1) + op(ASK, 2) * 2 + op(REMOVE, 0) + say(DPA) + op(DEADLINE) * 3 + op(DROP) + op(DROP, on=2),
    "three_come": order(ADD_FULL, peer(0, P_THREE)) + came() + came(A, 1) + came(A, 2) + comes_in(A, 3) + op(ASK, 2) * 3 + op(TIME, 20) + op(DROP, on=1) + came(A, 1),
    "three_cross": order(ADD_FULL, peer(1, P_CONNECT | P_THREE)) + op(CONNECTED, 0) + comes_in(Z, 3) + op(CONNECTED, 0, on=1) + say(CEA, Z) + say(CEA, Z, 1) + comes_in(Z, 4),
    "three_disabled": order(ADD_FULL, peer(0, P_CONNECT | P_THREE)) + op(CONNECTED, 0) + say(CEA) + order(DISABLE, 0, 1) + op(DROP) + op(DROP, on=1) + op(DROP, on=2) + order(ENABLE, 0, 2),
    "three_changed": order(ADD_FULL, peer(0, P_CONNECT | P_THREE)) + order(CHANGE, P_CONNECT | P_ALSO | P_IDENTITY, 2) + op(DROP) + op(DEADLINE) + op(DROP, on=1),
    "three_with_too_few": order(ADD_FULL, peer(0, P_CONNECT | P_THREE)) + order(ADD_FULL, peer(1, P_CONNECT | P_THREE)) + op(DEADLINE) * 2 + op(REMOVE, 0) + op(REMOVE, 3),
    "stranger_gets_more": came() + order(ADD_FULL, peer(0, P_THREE)) + came(A, 1) + came(A, 2) + op(REMOVE, 0) + say(DPA) + op(DROP) + say(DPA, A, 1) + op(DROP, on=1) + op(DROP, on=2),
    "three_removed_in_callback": react(UP, DO_REMOVE) + order(ADD_FULL, peer(0, P_THREE)) + came() + came(A, 1),
    # Listeners and who may come.
    "listeners": order(LISTEN, 0 | 2 | 4) + order(LISTEN, 1 | 8 | 16) + came_to(0) + came_to(1, Z, 1) + came_to(1, B, 2) + say(CCR) + say(CCR, B, 2) + order(UNLISTEN, 0) + order(UNLISTEN, 1) + say(DWR) + op(ASK, 8) + op(DROP),
    "listener_of_ours": order(LISTEN, 2) + op(ADD, 2) + comes_in(A, 1) + came_to(0, A, 2) + op(CONNECTED, 0),
    "listener_gone_while_refused": order(LISTEN, 0) + op(ACCEPT, 0) + op(ACCEPT, 0, on=1) + op(ACCEPT, 0, on=2) + react(REFUSED, DO_ORDER + UNLISTEN) + op(ACCEPT, 0, on=3) + b"\0",
    "admitted": with_config(SOME, ADMITS) + came() + came(Z, 1) + came(B, 2) + came(Y, 3) + came(ORG, 4),
    # Capabilities-Update.
    "announced": with_config(0, UPDATES) + came() + order(ANNOUNCE) + update(CUR) + order(ADVERTISE, 1) + order(ANNOUNCE) + update(CUA) + order(ANNOUNCE) + update(CUA_REFUSED) + update(CUA),
    "updated": with_config(0, UPDATES) + came() + update(CUR, detail=3) + update(CUR_RELAY) + update(CUR, Z) + update(CUR_SHORT) + update(CUR, at=7, xor=1) + update(CUR_OTHER) + op(DEADLINE) + say(DPA),
    "updated_removes": with_config(0, UPDATES) + react(CAPABILITIES, DO_REMOVE) + came() + update(CUR),
    "updated_frees": with_config(0, UPDATES) + react(CAPABILITIES, DO_FREE) + came() + update(CUR) + update(CUR),
    "updated_draining": with_config(0, UPDATES) + came() + op(ASK, 200) + update(CUR_OTHER) + update(CUR) + order(ENABLE) + say(CCA) + op(DEADLINE),
    "updates_not_spoken": came() + update(CUR) + update(CUA) + order(ANNOUNCE),
    "withdrawn": came() + order(WITHDRAW, 1) + say(CCR) + order(ADVERTISE, 0) + say(CCR) + order(WITHDRAW, 0) + comes_in(Z, 1) + order(WITHDRAW, 1) + came(B, 2),
    # Requests that go elsewhere.
    "moved": came() + came(B, 1) + op(ASK, 80) * 3 + op(CANCEL, 1) + op(DROP) + op(CANCEL, 0) + say(CCA, B, 1) + op(DROP, on=1),
    "moved_twice": came() + came(B, 1) + came(Z, 2) + op(ASK, 80) * 3 + op(ASK_OCTETS, 8 | 80) + op(DROP) + op(DROP, on=1) + op(CANCEL, 2) + op(DROP, on=2),
    "twins": came() + came(B, 1) + op(ASK, 200) * 2 + op(DEADLINE) + say(DWA, B, 1) + op(DEADLINE) + say(DWA, B, 1) + op(DEADLINE) + say(CCA, B, 1) + say(CCR) + op(DROP) + op(CANCEL, 0),
    "twin_answered_first": came() + came(B, 1) + op(ASK, 200) + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + say(CCA) + say(CCA, B, 1),
    "twin_cancelled": came() + came(B, 1) + op(ASK, 200) * 2 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(CANCEL, 0) + op(CANCEL, 1) + op(DROP, on=1) + op(DROP),
    "twins_time_out": came() + came(B, 1) + op(ASK, 160) * 2 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(TIME, 60),
    "twin_of_a_moved_one": came() + came(B, 1) + came(Z, 2) + op(ASK, 240) * 3 + op(DROP) + op(TIME, 85) + say(DWA, Z, 2) + op(TIME, 85) + say(DWA, Z, 2) + op(DROP, on=2) + op(CANCEL, 0) + op(CANCEL, 1) + op(CANCEL, 2),
    "moved_at_most_twice": with_config(0, TWICE_AT_MOST) + came() + came(B, 1) + came(Z, 2) + op(ASK, 80) * 3 + op(DROP) + op(DROP, on=1),
    "never_moved": with_config(0, ONCE) + came() + came(B, 1) + op(ASK, 80) * 3 + op(DROP),
    "failover_frees": react(FAILOVER, DO_FREE) + came() + came(B, 1) + op(ASK, 80) * 3 + op(DROP) + op(DROP, on=1),
    "failover_removes": react(FAILOVER, DO_REMOVE_ALL) + came() + came(B, 1) + op(ASK, 80) * 3 + op(DROP) + op(DROP, on=1),
    "retry": came() + came(B, 1) + op(ASK, 80) * 4 + say(CCA_ERROR, detail=1) * 2 + say(CCA_ERROR, B, 1, detail=4) * 2 + say(CCA, B, 1) * 4,
    "retry_all": with_config(0, DISCARDS) + came() + came(B, 1) + came(Z, 2) + op(ASK, 80) * 3 + (say(CCA_ERROR, detail=4) + say(CCA_ERROR, B, 1, detail=4) + say(CCA_ERROR, Z, 2, detail=1)) * 3,
    "retry_frees": react(RETRY, DO_FREE) + came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=4) + say(CCA_ERROR, B, 1, detail=4),
    "retry_cancels": react(RETRY, DO_CANCEL) + came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=4) + say(CCA, B, 1) * 2,
    "retry_removes": react(RETRY, DO_REMOVE_ALL) + came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=4) + say(CCA_ERROR, B, 1, detail=4),
    "silence": with_config(0, DISCARDS) + came() + came(B, 1) + came(Z, 2) + op(ASK, 200) * 3 + (op(TIME, 5) + op(DEADLINE)) * 3 + say(CCA, B, 1) + op(DROP) + op(TIME, 5) + op(DROP, on=2),
    "silence_refused": with_config(0, DISCARDS) + came() + came(B, 1) + op(ASK, 200) * 2 + op(TIME, 6) + say(CCA_ERROR, detail=4) * 2 + say(CCA_ERROR, B, 1, detail=1) * 2,
    "silence_relayed": with_config(IS_RELAY, DISCARDS) + came() + op(ACCEPT, 0, on=1) + say(CER_RELAY, B, 1) + op(ACCEPT, 0, on=2) + say(CER_RELAY, Y, 2) + say(CCR_ELSEWHERE, detail=8) * 3 + op(TIME, 6) + say(CCA, B, 1) + say(CCA_ERROR, Y, 2, detail=4) + op(DROP),
    "redirected": came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + say(CCA, B, 1) * 2,
    "redirected_back": came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + say(CCA_ERROR, B, 1, detail=8 | A << 4) * 2,
    "redirects_remembered": came() + came(B, 1) + b"".join(op(ASK, 80) + say(CCA_ERROR, detail=8 | B << 4 | usage) + say(CCA, B, 1) + op(ASK, 80) for usage in range(7)) + op(DROP, on=1) + op(ASK, 80) * 2 + op(TIME, 60) + op(ASK, 80),
    "redirected_to_new": with_config(0, STEPS) + came() + op(ASK, 80) * 5 + say(CCA_ERROR, detail=8 | B << 4) * 5 + op(CONNECTED, 0, on=1) + say(CEA, B, 1) + op(DEADLINE) + say(CCA, B, 1) * 3 + op(TIME, 30) + op(DEADLINE) * 2 + say(DPA, B, 1) + op(DROP, on=1),
    "redirected_to_nobody": with_config(0, STEPS) + came() + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + op(DROP, on=1) + op(DEADLINE),
    "redirected_to_the_deaf": with_config(0, STEPS) + came() + op(ASK, 16) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + op(TIME, 30) + op(DROP, on=1) + op(DEADLINE),
    "redirect_drops": with_config(0, STEPS) + came() + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) + op(DROP) + op(CONNECTED, 0, on=1) + say(CEA, B, 1) + op(DEADLINE),
    "redirect_stops": with_config(0, STEPS) + react(STATE, DO_STOP) + came() + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + op(STOP, 1) + op(DEADLINE) * 3,
    "redirect_frees": with_config(0, STEPS) + came() + react(STATE, DO_FREE) + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2,
    "redirect_cancelled": with_config(0, STEPS) + came() + op(ASK, 80) * 2 + say(CCA_ERROR, detail=8 | B << 4) * 2 + op(CANCEL, 0) + op(CANCEL, 1) + op(CONNECTED, 0, on=1) + say(CEA, B, 1) + op(DEADLINE),
    "redirect_without_memory": with_config(0, STEPS) + came() + op(ASK, 80) * 3 + b"".join(op(FAIL, n) + say(CCA_ERROR, detail=8 | B << 4) for n in (1, 2, 3)) + op(FAIL, 6) + op(CONNECTED, 0, on=1) + say(CEA, B, 1) + op(DEADLINE),
    "relayed_removed": with_config(IS_RELAY) + came() + op(ACCEPT, 0, on=2) + say(CER_RELAY, Y, 2) + say(CCR_ELSEWHERE, detail=8) + op(REMOVE, 0) + say(CCA, Y, 2) + op(DEADLINE),
    "redirect_relayed": with_config(IS_RELAY, STEPS) + came() + op(ACCEPT, 0, on=1) + say(CER_RELAY, B, 1) + say(CCR_ELSEWHERE, detail=8) * 3 + say(CCA_ERROR, B, 1, detail=8 | Z << 4) * 2 + op(CONNECTED, 0, on=2) + say(CEA, Z, 2) + op(DEADLINE) + say(CCA, Z, 2) + op(DROP),
    "failover_stops": react(FAILOVER, DO_STOP) + came() + came(B, 1) + op(ASK, 200) * 3 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(DEADLINE) * 3,
    "failover_cancels": react(FAILOVER, DO_CANCEL) * 2 + came() + came(B, 1) + op(ASK, 200) * 3 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(DROP),
    "failover_asks": react(FAILOVER, DO_FLOOD) + came() + came(B, 1) + op(ASK, 200) * 3 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(DROP),
    "failover_replaces": react(FAILOVER, DO_REPLACE) + came() + came(B, 1) + op(ASK, 200) * 3 + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + op(DROP) + op(DROP, on=1),
    "suspect_adds": react(SUSPECT, DO_ORDER + ADD_FULL) + came() + came(B, 1) + op(ASK, 200) + op(TIME, 85) + say(DWA, B, 1) + op(TIME, 85) + b"\x07",
    "many_counts": came() + b"".join(op(ASK, 80) + say(CCA, xor=n, at=31) for n in range(12)) + say(UNKNOWN_COMMAND, detail=3) * 2 + op(ASK, 80),
    # Overload control, load, priority. A report's validity is TOLD + 8 * seconds, its percentage 32 * n / 17.
    "overload_obeyed": order(CONTROL, C_REACTS) + came() + op(ASK, 80) + say(CCA, detail=TOLD + 24 + 6 * 32) + op(ASK, 80) * 4 + op(TIME, 40) + op(ASK, 80) * 4,
    "overload_of_a_realm": order(CONTROL, C_REACTS) + came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA, detail=TOLD + 24 + 16 + 5 * 32) + op(ASK, 80) * 6 + say(CCA, detail=TOLD, on=1),
    "overload_diverted": order(CONTROL, C_REACTS) + came() + came(B, 1) + op(ASK, 80) * 2 + say(CCA, detail=TOLD + 24 + 6 * 32) + op(ASK, 80) * 6 + say(CCA, B, 1, detail=TOLD + 24 + 6 * 32) + op(ASK, 80) * 6,
    "overload_of_many": order(CONTROL, C_REACTS | C_LOADS) + came() + op(ASK, 200) * 9 + b"".join(say(CCA, h, detail=TOLD + 24 + 3 * 32) for h in (A, Z, B, Y, ORG, NO_HOST)) + op(TIME, 30),
    "overload_reported": order(CONTROL, C_REPORTS) + order(CONTROL, C_REPORT | 24) + came() + say(CCR, detail=TOLD) * 2 + op(TIME, 20) + say(CCR, detail=TOLD) + order(CONTROL, C_REPORT | 4) + say(CCR, detail=TOLD) + say(UNKNOWN_APPLICATION, detail=TOLD),
    "overload_agent": with_config(IS_RELAY) + order(CONTROL, C_AGENT | C_LOADS) + order(CONTROL, C_REPORT | 1) + came() + came(ORG, 1) + say(CCR_ELSEWHERE, detail=14) + say(CCA, ORG, 1, detail=TOLD + 24 + 6 * 32) + say(CCR_ELSEWHERE, detail=14) * 3,
    "overload_trusts_some": order(CONTROL, C_REACTS | C_REPORTS | C_LOADS | C_TRUSTS_SOME) + came() + came(B, 1) + op(ASK, 80) * 4 + say(CCA, detail=TOLD + 120) + say(CCA, B, 1, detail=TOLD + 120) + say(CCR, detail=TOLD) + say(CCR, B, 1, detail=TOLD),
    "overload_frees": react(OVERLOAD, DO_FREE) + order(CONTROL, C_REACTS) + came() + op(ASK, 80) + say(CCA, detail=TOLD + 24 + 6 * 32),
    "overload_ends_in_callback": react(OVERLOAD, DO_ORDER + CONTROL) + order(CONTROL, C_REACTS | C_LOADS) + came() + op(ASK, 80) + say(CCA, detail=TOLD + 24 + 6 * 32) + bytes([C_OFF]) + op(ASK, 80),
    "overload_removes": react(OVERLOAD, DO_REMOVE_ALL) + order(CONTROL, C_REACTS) + came() + op(ASK, 80) + say(CCA, detail=TOLD + 24 + 6 * 32),
    "priorities": with_config(FEW_PENDING | LITTLE_OUTPUT) + order(CONTROL, C_PRIORITIES) + came() + op(MANNER, KEEP) + b"".join(say(CCR, detail=TOLD + 8 * n) for n in (15, 15, 15, 15, 10, 10, 3, 3, 0, 0)) + op(ASK, 80) * 5 + order(CONTROL, C_OFF | 2) + op(ASK, 80) * 2,
    "load_told": order(CONTROL, C_LOADS) + order(CONTROL, C_REPORT | 32) + came() + say(CCR) + op(ASK, 80) + say(CCA, detail=TOLD + 16) + op(TIME, 30),
    # Memory fails.
    **{f"fails_overload_{n}": op(FAIL, n) + order(CONTROL, C_REACTS | C_REPORTS | C_TRUSTS_SOME) + op(FAIL, n) + order(CONTROL, C_REPORT | 24) + came() + op(ASK, 80) + op(FAIL, n)
       + say(CCA, detail=TOLD + 24 + 6 * 32) + op(FAIL, n) + say(CCR, detail=TOLD) for n in (1, 2, 3, 4)},
    **{f"fails_more_{n}": op(FAIL, n) + order(ADD_FULL, peer(0, P_CONNECT | P_ALSO | P_THREE | P_IDENTITY)) + op(FAIL, n) + order(CHANGE, P_CONNECT | P_ALSO | P_IDENTITY)
       + op(FAIL, n) + order(LISTEN, 31) + came(Z, 3) + came(B, 4) + op(ASK, 80) + op(FAIL, n) + op(DROP, on=3) + op(FAIL, n) + update(CUR, B, 4) + op(FAIL, n) + order(ANNOUNCE)
       for n in (1, 2, 3, 4, 5, 6, 7)},
    **{f"fails_{n}": op(ADD, 3) + op(FAIL, n) + came() + op(FAIL, n) + op(ASK, 8) + op(CONNECTED, 0, on=1) + op(FAIL, n) + comes_in(Z, 2)
       + op(FAIL, n) + say(CEA, Z, 1) + op(MANNER, KEEP) + op(FAIL, n) + say(CCR) + op(FAIL, n) + op(SETTLE, 5) + op(FAIL, n)
       + comes_in(A, 3) + op(FAIL, n) + op(TIME, 20) + op(FAIL, n) + say(DWR, Z, 1) + op(REMOVE, 0) for n in (1, 2, 3, 4, 5)},
}

# ---- pair.c ----------------------------------------------------------------------------------------------------------

(P_DELIVER, P_ALL, P_CHANGE, P_CUT, P_LOSE, P_TIME, P_DEADLINE, P_ASK, P_STOP, P_CRASH, P_REMOVE, P_ADD, P_DEAF, P_STALL,
 P_INSERT, P_STAND) = range(16)
B_ALONE, BOTH = 3, 2  # who connects; otherwise A
P_SEVERAL, P_ONCE, P_UPDATES, P_ALSO_NEAR, P_AT_ONCE, P_TLS = (1 << n for n in range(2, 8))

# Orders: behind P_ADD.
(P_DISABLE, P_ENABLE, P_CHANGE_PEER, P_ANNOUNCE, P_SERVE, P_CANCEL, P_SETTLE) = range(1, 8)
P_WITHDRAW = P_SERVE | 8
P_CONTROL = P_SETTLE | 64  # + 8: by priority, + 16 * n: n thirds are too much
P_KEEP = 4  # a manner of the handler


def p(number, arg=0, *more, side=0, wire=0):
    return bytes([number | side << 4 | wire << 5, arg, *more])


ALL, STAND = p(P_ALL), p(P_STAND)
PAIR = {
    "joined": ALL + p(P_ASK, 50) + ALL + p(P_ASK, 50, side=1) + ALL,
    "joined_by_b": pair_with(B_ALONE) + ALL + p(P_ASK, 50) + ALL,
    "octet_by_octet": STAND + p(P_DELIVER, 1, side=1) * 25 + p(P_DELIVER, 9, side=1) * 20 + p(P_DELIVER, 7) * 30 + p(P_ASK, 50) + ALL,
    "crossing": pair_with(BOTH) + STAND + p(P_STAND, wire=1) + p(P_DELIVER, 255, side=1) + p(P_DELIVER, 255, wire=1) + ALL + p(P_ASK, 50),
    "crossing_one_ahead": pair_with(BOTH) + STAND + p(P_DELIVER, 255, side=1) + p(P_STAND, wire=1) + ALL,
    "crossing_one_late": pair_with(BOTH) + p(P_STAND, wire=1) + p(P_DELIVER, 255, wire=1) + STAND + ALL + p(P_ASK, 50, side=1) + ALL,
    "crossing_cut": pair_with(BOTH) + STAND + p(P_STAND, wire=1) + p(P_DELIVER, 255, side=1) + p(P_CUT, wire=1) + ALL,
    "crossing_lost": pair_with(BOTH) + STAND + p(P_STAND, wire=1) + p(P_LOSE) + p(P_DELIVER, 255, wire=1) + ALL + p(P_TIME, 120),
    "cut": ALL + p(P_ASK, 50) + p(P_CUT) + ALL + p(P_TIME, 15) + ALL + p(P_ASK, 50),
    "lost": ALL + p(P_LOSE) + p(P_ASK, 250) + p(P_DEADLINE) * 8 + ALL,
    "lost_and_back": ALL + p(P_LOSE) + p(P_CRASH, 1) + ALL + p(P_TIME, 21) + ALL,
    "crashed": ALL + p(P_ASK, 99) + p(P_CRASH, 0, side=1) + ALL + p(P_TIME, 20) + ALL,
    "crashed_silently": ALL + p(P_CRASH, 1, side=1) + ALL + p(P_TIME, 100) * 3 + ALL,
    "crashed_both": pair_with(BOTH) + ALL + p(P_CRASH, 1) + p(P_CRASH, 1, side=1) + ALL,
    "stopped": ALL + p(P_ASK, 99) + p(P_STOP, 0) + ALL + p(P_TIME, 20),
    "stopped_both": pair_with(BOTH) + ALL + p(P_STOP, 1) + p(P_STOP, 2, side=1) + ALL,
    "removed": ALL + p(P_REMOVE) + ALL + p(P_ADD) + ALL + p(P_REMOVE, side=1) + ALL,
    "removed_both": pair_with(BOTH) + ALL + p(P_REMOVE) + p(P_REMOVE, side=1) + ALL + p(P_ADD) + p(P_ADD, side=1) + ALL,
    "deaf": p(P_DEAF, 1, side=1) + ALL + p(P_DEADLINE) * 4 + p(P_DEAF, 0, side=1) + p(P_DEADLINE) + ALL,
    "stalled": ALL + p(P_STALL) + p(P_ASK, 95) * 3 + p(P_DEADLINE) * 3 + p(P_STALL) + ALL,
    "stalled_both": ALL + p(P_STAND, 1) + p(P_STALL) + p(P_STALL, side=1) + p(P_ASK, 95) * 4 + p(P_ASK, 95, side=1) * 4 + ALL + p(P_TIME, 90) + p(P_STALL) + p(P_STALL, side=1) + ALL,
    "tls": pair_with(P_TLS) + ALL + p(P_ASK, 50) + ALL + p(P_CUT) + ALL + p(P_DEADLINE) + ALL,
    "tls_both": pair_with(P_TLS | BOTH) + ALL + p(P_ASK, 50) * 3 + ALL,
    "tls_both_crossing": pair_with(P_TLS | BOTH) + p(P_STAND) + p(P_STAND, wire=1) + ALL + p(P_ASK, 50) + ALL,
    "tls_several": pair_with(P_TLS | P_SEVERAL) + ALL + p(P_ASK, 95) * 3 + p(P_CUT, wire=1) + ALL,
    "tls_cut": pair_with(P_TLS) + STAND + p(P_DELIVER, 255, side=1) + p(P_CUT) + ALL + p(P_DEADLINE) * 2 + ALL,
    "tls_lost": pair_with(P_TLS) + STAND + p(P_DELIVER, 255, side=1) + p(P_LOSE) + p(P_DEADLINE) * 3 + ALL,
    "tls_stopped": pair_with(P_TLS) + STAND + p(P_DELIVER, 255, side=1) + p(P_DELIVER, 255) + p(P_STOP, 1) + ALL,
    "tls_disabled": pair_with(P_TLS) + STAND + p(P_DELIVER, 255, side=1) + p(P_ADD, P_DISABLE, side=1) + ALL + p(P_ADD, P_ENABLE, side=1) + ALL,
    "tls_changed_cea": pair_with(P_TLS) + STAND + p(P_DELIVER, 255, side=1) + p(P_CHANGE, 4, 1) + ALL + p(P_DEADLINE) * 3,
    "changed_cer": STAND + p(P_CHANGE, 30, 1, side=1) + ALL + p(P_DEADLINE) * 3,
    "changed_cea": STAND + p(P_DELIVER, 255, side=1) + p(P_CHANGE, 12, 1) + ALL + p(P_DEADLINE) * 3,
    "changed_length": ALL + p(P_ASK, 80) + p(P_CHANGE, 3, 4, side=1) + ALL + p(P_TIME, 101) + ALL,
    "changed_ids": ALL + p(P_ASK, 80) + p(P_CHANGE, 13, 4, side=1) + ALL + p(P_TIME, 101),
    "inserted": ALL + p(P_INSERT, 0, 4, 1, 0, 0, 20, side=1) + p(P_ASK, 20) + ALL + p(P_TIME, 101) + ALL,
    "several": pair_with(P_SEVERAL) + ALL + p(P_ASK, 95) * 3 + p(P_ASK, 95, side=1) + ALL + p(P_ASK, 95) * 2 + p(P_CUT, wire=1) + ALL + p(P_TIME, 40) + ALL,
    "several_both": pair_with(BOTH | P_SEVERAL) + ALL + p(P_ASK, 95) * 3 + ALL + p(P_CUT) + ALL + p(P_TIME, 20) + ALL,
    "several_crossing": pair_with(BOTH | P_SEVERAL) + b"".join(p(P_STAND, wire=n) for n in range(6)) + ALL + p(P_TIME, 40) + ALL,
    "several_moved": pair_with(P_SEVERAL) + ALL + p(P_STAND, P_KEEP, side=1) + p(P_ASK, 95) * 3 + ALL + p(P_CUT) + p(P_CUT, wire=1) + p(P_ADD, P_CANCEL) + ALL + p(P_ADD, P_SETTLE, side=1) + ALL,
    "several_twins": pair_with(P_SEVERAL) + ALL + p(P_ASK, 255) * 2 + p(P_LOSE) + p(P_ASK, 255) * 2 + p(P_DEADLINE) * 20 + p(P_ADD, P_CANCEL | 8) + ALL + p(P_DEADLINE) * 10 + ALL,
    "several_removed": pair_with(P_SEVERAL) + ALL + p(P_REMOVE) + ALL + p(P_ADD) + ALL + p(P_REMOVE, side=1) + ALL,
    "kept_and_cut": ALL + p(P_STAND, P_KEEP, side=1) + p(P_ASK, 50) + ALL + p(P_CUT) + p(P_ADD, P_SETTLE, side=1) + ALL,
    "kept_and_stopped": ALL + p(P_STAND, P_KEEP, side=1) + p(P_ASK, 50) + ALL + p(P_STOP, 1, side=1) + ALL + p(P_ADD, P_SETTLE, side=1) + ALL,
    "kept_and_disabled": ALL + p(P_STAND, P_KEEP, side=1) + p(P_ASK, 90) + ALL + p(P_ADD, P_DISABLE) + ALL + p(P_ASK, 1) + p(P_ADD, P_SETTLE, side=1) + ALL + p(P_DEADLINE) + ALL + p(P_ADD, P_ENABLE) + ALL,
    "disabled": ALL + p(P_ADD, P_DISABLE, side=1) + ALL + p(P_DEADLINE) * 3 + ALL + p(P_ADD, P_ENABLE, side=1) + ALL,
    "changed_peer": pair_with(P_ALSO_NEAR) + p(P_DEAF, 1, side=1) + ALL + p(P_DEADLINE) * 4 + p(P_ADD, P_CHANGE_PEER) + ALL + p(P_DEAF, 0, side=1) + p(P_DEADLINE) * 2 + ALL,
    "updated": pair_with(P_UPDATES) + ALL + p(P_ADD, P_ANNOUNCE) + ALL + p(P_ADD, P_WITHDRAW, side=1) + p(P_ADD, P_ANNOUNCE, side=1) + ALL + p(P_ASK, 20) + ALL + p(P_ADD, P_SERVE, side=1) + p(P_ADD, P_ANNOUNCE, side=1) + ALL,
    "withdrawn_to_nothing": pair_with(P_UPDATES) + ALL + p(P_ADD, P_WITHDRAW) + p(P_ADD, P_WITHDRAW, side=1) + p(P_ADD, P_ANNOUNCE) + ALL + p(P_DEADLINE) * 4 + ALL,
    "back_at_once": pair_with(P_AT_ONCE | P_ONCE) + ALL + p(P_ASK, 50) + p(P_CUT) + p(P_DEADLINE) + ALL + p(P_ASK, 50) + ALL,
    "overload": ALL + p(P_ADD, P_CONTROL) + p(P_ADD, P_CONTROL + 32, side=1) + p(P_ASK, 80) * 3 + ALL + p(P_ASK, 80) * 9 + ALL + p(P_TIME, 30) + p(P_ASK, 80) * 3 + ALL + p(P_ADD, P_CONTROL, side=1) + p(P_ASK, 80) * 3 + ALL,
    "overload_several": pair_with(BOTH | P_SEVERAL) + ALL + p(P_ADD, P_CONTROL + 8 + 48) + p(P_ADD, P_CONTROL + 8 + 48, side=1) + p(P_ASK, 80) * 3 + p(P_ASK, 80, side=1) * 3 + ALL + p(P_ASK, 80) * 9 + p(P_CUT) + ALL,
    "asking_back": ALL + p(P_STAND, 1) + p(P_STAND, 1, side=1) + p(P_ASK, 31) + ALL + p(P_TIME, 31),
}

# ---- discover.c: answers in the order of the questions about example.com, application 4 -------------------------------


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


SELF = b"\xc0\x0c"  # the name in the question


def record(kind, data, owner=SELF, ttl=300, class_=1):
    return owner + kind.to_bytes(2, "big") + class_.to_bytes(2, "big") + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def string(text):
    return bytes([len(text)]) + text.encode()


def naptr(order, preference, flags, service, to, regexp="", **more):
    data = order.to_bytes(2, "big") + preference.to_bytes(2, "big") + string(flags) + string(service) + string(regexp) + name(to)
    return record(35, data, **more)


def srv(priority, weight, port, target, **more):
    return record(33, b"".join(n.to_bytes(2, "big") for n in (priority, weight, port)) + name(target), **more)


def cname(to, **more):
    return record(5, name(to), **more)


IPV4, IPV6 = record(1, bytes((192, 0, 2, 1))), record(28, bytes((32, 1)) + bytes(13) + b"\1")
SOA = record(6, name("ns.x") + name("me.x") + b"\0\0\0\x4d" * 5)


def answer(*records, authority=(), rcode=0, lie=0):
    body = bytes((rcode, len(records) + lie, len(authority))) + b"".join(records) + b"".join(authority)
    return len(body).to_bytes(2, "big") + body


def raw(octets):
    return (len(octets) + 1).to_bytes(2, "big") + b"\x10" + octets


NOTHING, NO_DOMAIN = answer(authority=[SOA]), answer(authority=[SOA], rcode=3)
HOST = answer(IPV6) + answer(IPV4)
DISCOVER = {
    "a": answer(naptr(1, 2, "a", "aaa:diameter.tcp", "a.example.com")) + HOST,
    "s": answer(naptr(1, 2, "s", "aaa+ap4:diameter.tls.tcp:diameter.tcp", "x.example.com")) + answer(srv(0, 1, 3868, "a.example.com"), srv(0, 2, 3869, "b.example.net"), srv(0, 0, 1, "c.example.com")) + HOST * 3,
    "on": answer(naptr(1, 2, "", "aaa", "x.example.com")) + answer(naptr(1, 2, "a", "aaa:diameter.sctp", "y.example.com")) + HOST,
    "circle": answer(naptr(1, 2, "", "aaa", "x.example.com")) + answer(naptr(1, 2, "", "aaa", "example.com")),
    "long": answer(naptr(1, 2, "", "aaa", "b.x")) + answer(naptr(1, 2, "", "aaa", "c.x")) + answer(naptr(1, 2, "", "aaa", "d.x")) + answer(naptr(1, 2, "", "aaa", "e.x")) + answer(naptr(1, 2, "", "aaa", "f.x")) + answer(naptr(1, 2, "", "aaa", "g.x")),
    "other": answer(naptr(1, 2, "a", "aaa+ap5:diameter.tcp", "a.example.com"), naptr(1, 2, "a", "aaa", "a.example.com")),
    "odd": answer(naptr(1, 2, "u", "aaa", "."), naptr(1, 2, "s", "aaa", "."), naptr(1, 2, "s", "sip", "x.y", "!a!b!"), naptr(2, 1, "A", "AAA+AP4", "a.example.com")) + HOST,
    "fallback": NOTHING + answer(srv(1, 1, 1, "a.example.com")) + answer(srv(1, 1, 2, ".")) + NOTHING + NO_DOMAIN + HOST,
    "no_domain": NO_DOMAIN,
    "failed": answer(rcode=2),
    "alias": answer(cname("x.example.com"), naptr(1, 2, "a", "aaa", "a.example.com", owner=name("x.example.com"))) + answer(cname("b.example.com")) + answer(IPV6) + answer(cname("c.x"), record(1, bytes(4), owner=name("c.x"))),
    "alias_circle": answer(cname("x.example.com"), cname("example.com", owner=name("x.example.com"))),
    "alias_on": answer(cname("b.x")) + answer(cname("c.x")) + answer(cname("d.x")) + answer(cname("e.x")) + answer(cname("f.x")) + answer(cname("g.x")),
    "lies": answer(naptr(1, 2, "a", "aaa", "a.example.com"), lie=2),
    "pointer": answer(record(33, bytes(6) + b"\xc0\x0c"), naptr(1, 2, "s", "aaa", "x")) + answer(record(33, b"\0\1\0\1\0\1\xc0\x0c")) + HOST,
    "many": answer(*(naptr(n, 2, "as"[n % 2], "aaa", f"h{n}.example.com") for n in range(100))) + answer(*(srv(n, n, 1 + n, f"h{n}.example.com") for n in range(60))) * 20 + HOST * 10,
    "classes": answer(naptr(1, 2, "a", "aaa", "a.example.com", class_=3), naptr(1, 2, "a", "aaa", "b.example.com", ttl=0xffffffff)) + HOST,
    "raw": raw(b"\0\0\x84\0\0\1\0\1\0\0\0\0" + name("example.com") + b"\0\x23\0\1" + naptr(1, 2, "a", "aaa", "a.example.com")) + raw(b"\0\0\x86\0") + raw(b""),
}  # fmt: skip


def write(target, seeds, plain):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name not in seeds and not name.startswith("found_"):
            os.remove(os.path.join(folder, name))
    for name, octets in seeds.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(octets if isinstance(octets, Configured) else plain + octets)
    print(f"{target}: {len(seeds)} seeds, {sum(map(len, seeds.values()))} octets")


if __name__ == "__main__":
    write("discover", DISCOVER, b"")
    write("pair", PAIR, b"\0")
    write("peer", PEER, b"\0\0")
