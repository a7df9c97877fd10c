#!/usr/bin/env python3
"""Writes the corpora of the targets whose inputs are programs (peer, pair), from names: fuzz/seeds.py, and look at git diff.

Inputs that a fuzzer found are beside them and stay as they are (found_*). A peer's program: an octet of configuration,
then operations; an operation's octet has its number below and the connection's above (32 * connection).
"""

import os

HERE = os.path.dirname(os.path.abspath(__file__))

# ---- peer.c ----------------------------------------------------------------------------------------------------------

RAW, MESSAGE, SEGMENT, FLOOD, TIME, DEADLINE, DROP, ACCEPT, CONNECTED, ASK, ASK_OCTETS, CANCEL = range(12)
SLOW, TRICKLE, MANNER, SETTLE, ADD, REMOVE, CONNECT, STOP, REACT, FAIL, SERVE_ANY, LONG, ZEROS = range(12, 25)

# Messages, and whose they are.
(CER, CEA, DWR, DWA, DPR, DPA, CCR, CCA, CER_STRANGE, CER_RELAY, CEA_REFUSED, CCR_ELSEWHERE, UNKNOWN_COMMAND,
 UNKNOWN_APPLICATION, CCA_ERROR, CCR_LONG) = range(16)
A, Z, A_CAPITAL, OURS, B, Y, ORG, NO_HOST = range(8)

# Callbacks, and what is done in them.
(UP, DOWN, CONNECT_FAILED, REFUSED, BAD_STREAM, SUSPECT, ALIVE, FAULT, UNANSWERED, UNEXPECTED, STOPPED, OUTCOME,
 HANDLER) = range(13)
(DO_ASK, DO_REMOVE, DO_STOP, DO_FREE, DO_CONNECT, DO_ADD, DO_CANCEL, DO_SETTLE, DO_ASK_OCTETS, DO_FLOOD, DO_REMOVE_ALL,
 DO_REPLACE) = range(12)

# Configuration.
SOME, SCARCE, ONE_TURN, FEW_PENDING, LITTLE_OUTPUT, TAP, IS_RELAY, PEACE = (1 << n for n in range(8))

ADD_CONNECT = {A: 2, Z: 3, B: 2 | 4 << 3, Y: 2 | 5 << 3, None: 6}  # aaa://far.example.net


class Configured(bytes):
    """A program behind its octet of configuration, which is 0 for all others."""

    def __add__(self, more):
        return Configured(bytes(self) + more)


def with_config(config):
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
    # Memory fails.
    **{f"fails_{n}": op(ADD, 3) + op(FAIL, n) + came() + op(FAIL, n) + op(ASK, 8) + op(CONNECTED, 0, on=1) + op(FAIL, n) + comes_in(Z, 2)
       + op(FAIL, n) + say(CEA, Z, 1) + op(MANNER, KEEP) + op(FAIL, n) + say(CCR) + op(FAIL, n) + op(SETTLE, 5) + op(FAIL, n)
       + comes_in(A, 3) + op(FAIL, n) + op(TIME, 20) + op(FAIL, n) + say(DWR, Z, 1) + op(REMOVE, 0) for n in (1, 2, 3, 4, 5)},
}

# ---- pair.c ----------------------------------------------------------------------------------------------------------

(P_DELIVER, P_ALL, P_CHANGE, P_CUT, P_LOSE, P_TIME, P_DEADLINE, P_ASK, P_STOP, P_CRASH, P_REMOVE, P_ADD, P_DEAF, P_STALL,
 P_INSERT, P_STAND) = range(16)
B_ALONE, BOTH = 3, 2  # who connects; otherwise A


def p(number, arg=0, *more, side=0, wire=0):
    return bytes([number | side << 4 | wire << 5, arg, *more])


ALL, STAND = p(P_ALL), p(P_STAND)
PAIR = {
    "joined": ALL + p(P_ASK, 50) + ALL + p(P_ASK, 50, side=1) + ALL,
    "joined_by_b": with_config(B_ALONE) + ALL + p(P_ASK, 50) + ALL,
    "octet_by_octet": STAND + p(P_DELIVER, 1, side=1) * 25 + p(P_DELIVER, 9, side=1) * 20 + p(P_DELIVER, 7) * 30 + p(P_ASK, 50) + ALL,
    "crossing": with_config(BOTH) + STAND + p(P_STAND, wire=1) + p(P_DELIVER, 255, side=1) + p(P_DELIVER, 255, wire=1) + ALL + p(P_ASK, 50),
    "crossing_one_ahead": with_config(BOTH) + STAND + p(P_DELIVER, 255, side=1) + p(P_STAND, wire=1) + ALL,
    "crossing_one_late": with_config(BOTH) + p(P_STAND, wire=1) + p(P_DELIVER, 255, wire=1) + STAND + ALL + p(P_ASK, 50, side=1) + ALL,
    "crossing_cut": with_config(BOTH) + STAND + p(P_STAND, wire=1) + p(P_DELIVER, 255, side=1) + p(P_CUT, wire=1) + ALL,
    "crossing_lost": with_config(BOTH) + STAND + p(P_STAND, wire=1) + p(P_LOSE) + p(P_DELIVER, 255, wire=1) + ALL + p(P_TIME, 120),
    "cut": ALL + p(P_ASK, 50) + p(P_CUT) + ALL + p(P_TIME, 15) + ALL + p(P_ASK, 50),
    "lost": ALL + p(P_LOSE) + p(P_ASK, 250) + p(P_DEADLINE) * 8 + ALL,
    "lost_and_back": ALL + p(P_LOSE) + p(P_CRASH, 1) + ALL + p(P_TIME, 21) + ALL,
    "crashed": ALL + p(P_ASK, 99) + p(P_CRASH, 0, side=1) + ALL + p(P_TIME, 20) + ALL,
    "crashed_silently": ALL + p(P_CRASH, 1, side=1) + ALL + p(P_TIME, 100) * 3 + ALL,
    "crashed_both": with_config(BOTH) + ALL + p(P_CRASH, 1) + p(P_CRASH, 1, side=1) + ALL,
    "stopped": ALL + p(P_ASK, 99) + p(P_STOP, 0) + ALL + p(P_TIME, 20),
    "stopped_both": with_config(BOTH) + ALL + p(P_STOP, 1) + p(P_STOP, 2, side=1) + ALL,
    "removed": ALL + p(P_REMOVE) + ALL + p(P_ADD) + ALL + p(P_REMOVE, side=1) + ALL,
    "removed_both": with_config(BOTH) + ALL + p(P_REMOVE) + p(P_REMOVE, side=1) + ALL + p(P_ADD) + p(P_ADD, side=1) + ALL,
    "deaf": p(P_DEAF, 1, side=1) + ALL + p(P_DEADLINE) * 4 + p(P_DEAF, 0, side=1) + p(P_DEADLINE) + ALL,
    "stalled": ALL + p(P_STALL) + p(P_ASK, 95) * 3 + p(P_DEADLINE) * 3 + p(P_STALL) + ALL,
    "stalled_both": ALL + p(P_STAND, 1) + p(P_STALL) + p(P_STALL, side=1) + p(P_ASK, 95) * 4 + p(P_ASK, 95, side=1) * 4 + ALL + p(P_TIME, 90) + p(P_STALL) + p(P_STALL, side=1) + ALL,
    "changed_cer": STAND + p(P_CHANGE, 30, 1, side=1) + ALL + p(P_DEADLINE) * 3,
    "changed_cea": STAND + p(P_DELIVER, 255, side=1) + p(P_CHANGE, 12, 1) + ALL + p(P_DEADLINE) * 3,
    "changed_length": ALL + p(P_ASK, 80) + p(P_CHANGE, 3, 4, side=1) + ALL + p(P_TIME, 101) + ALL,
    "changed_ids": ALL + p(P_ASK, 80) + p(P_CHANGE, 13, 4, side=1) + ALL + p(P_TIME, 101),
    "inserted": ALL + p(P_INSERT, 0, 4, 1, 0, 0, 20, side=1) + p(P_ASK, 20) + ALL + p(P_TIME, 101) + ALL,
    "asking_back": ALL + p(P_STAND, 1) + p(P_STAND, 1, side=1) + p(P_ASK, 31) + ALL + p(P_TIME, 31),
}


def write(target, seeds):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name not in seeds and not name.startswith("found_"):
            os.remove(os.path.join(folder, name))
    for name, octets in seeds.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(octets if isinstance(octets, Configured) else b"\0" + octets)
    print(f"{target}: {len(seeds)} seeds, {sum(map(len, seeds.values()))} octets")


if __name__ == "__main__":
    write("pair", PAIR)
    write("peer", PEER)
