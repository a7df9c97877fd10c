#!/usr/bin/env python3
"""SCTP in UDP, packet by packet, against `diatom serve` with usrsctp: streams, order and identifiers of RFC 6733, 2.1.1, and what
forged, endless and flooding senders get."""

import sys

sys.dont_write_bytecode = True

import os
import random
import socket
import time

import harness
import octets
from chunks import *  # noqa: F403 -- the vocabulary of this file
from harness import equal, expect, test

FLOOD = 100000 if os.environ.get("DIATOM_TEST_LONG") else 20000  # INITs
GROWTH_MAX = 16  # MiB, with the associations that stand


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def serve(place, *args, listen="aaa://127.0.0.1:3868;transport=sctp"):
    """(process, UDP port)."""
    udp = free_udp_port()
    process, _ = harness.serve(place, "--sctp-stack", "usrsctp", "--sctp-udp-port", udp, *args, listen=listen)
    return process, udp


def cer(host="raw.test"):
    return octets.message(
        octets.CER, octets.avp(octets.ORIGIN_HOST, host), octets.avp(octets.ORIGIN_REALM, "test"),
        octets.avp(octets.HOST_IP_ADDRESS, octets.address("127.0.0.1")), octets.avp(octets.VENDOR_ID, 0),
        octets.avp(octets.PRODUCT_NAME, "test"), octets.avp(octets.AUTH_APPLICATION_ID, 4))  # fmt: skip


def dwr(number, *more):
    return octets.message(
        octets.DWR, octets.avp(octets.ORIGIN_HOST, "raw.test"), octets.avp(octets.ORIGIN_REALM, "test"), *more,
        hop_by_hop=number, end_to_end=number)  # fmt: skip


def result_of(message):
    return octets.Message(message.octets).result


def opened(place, udp, host="raw.test", **options):
    """An association with CER and CEA behind it; and the CEA."""
    end = place.closing(End(udp, **options))
    expect(end.begin(), "no association")
    end.say(cer(host))
    cea = end.wait_message()
    expect(cea, "no CEA")
    equal(result_of(cea), 2001, "Result-Code of the CEA")
    return end, cea


def resident(process):
    """MiB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def is_aborted(end):
    return end.wait_chunk(ABORT) is not None


def still_serves(place, udp, host="later.test"):
    end, _ = opened(place, udp, host)
    end.say(dwr(9))
    expect(end.wait_message(), "the server answers nobody any more")
    end.send(chunk(ABORT))


@test
def messages_of_any_stream_are_answered_unordered(place):  # B2.1.1-02, -03, -04, -05, W3.8.1-02
    _, udp = serve(place)
    end, cea = opened(place, udp)
    expect(not cea.unordered, "CEA was sent unordered")
    equal((cea.ppid, cea.stream), (CLEAR, 0), "PPID and stream of the CEA")
    for number, (stream, ppid, unordered) in enumerate([(0, CLEAR, False), (1, CLEAR, True), (7, CLEAR, False), (15, 0, True)]):
        end.say(dwr(number), stream=stream, ppid=ppid, flags=BEGIN | END | (UNORDERED if unordered else 0))
        answer = end.wait_message()
        expect(answer, f"no answer on stream {stream}")
        equal(result_of(answer), 2001, "Result-Code")
        equal((answer.ppid, answer.stream, answer.unordered), (CLEAR, 0, True), "how the answer came")


@test
def message_that_waits_for_another_stream_is_heard_before_it(place):  # B2.1.1-01
    """The first half of a message on stream 1, then a whole one on stream 2 with a hole between: unordered, it waits for nobody."""
    _, udp = serve(place)
    end, _ = opened(place, udp)
    held = end.data(dwr(1), flags=BEGIN | END | UNORDERED)
    end.say(dwr(2), flags=BEGIN | END | UNORDERED)
    first = end.wait_message()
    expect(first, "what came behind a hole was not answered")
    equal(octets.Message(first.octets).hop_by_hop, 2, "Hop-by-Hop of the first answer")
    end.send(held)
    second = end.wait_message()
    equal(octets.Message(second.octets).hop_by_hop, 1, "Hop-by-Hop of the second answer")


@test
def message_in_pieces_is_one(place):
    _, udp = serve(place)
    end, _ = opened(place, udp)
    whole = dwr(5, octets.avp(octets.PRODUCT_NAME, "x" * 3000))
    pieces = [whole[i : i + 500] for i in range(0, len(whole), 500)]
    for i, piece in enumerate(pieces):
        end.say(piece, flags=(BEGIN if i == 0 else 0) | (END if i == len(pieces) - 1 else 0))
    expect(end.wait_message(), "no answer")


@test
def what_is_no_diameter_is_aborted(place):  # B2.1-12
    """ABORT, not SHUTDOWN; and nobody else suffers."""
    _, udp = serve(place)
    polite, _ = opened(place, udp, "polite.test")
    for name, wrong, how in [
        ("twenty octets of nothing", bytes(20), {}),
        ("a length of eight", octets.message(octets.DWR, length=8), {}),
        ("more than a message", dwr(1) + b"more", {}),
        ("less than a message", dwr(1)[:-4], {}),
        ("another PPID", dwr(1), {"ppid": 50}),
        ("DTLS where it is clear", dwr(1), {"ppid": DTLS}),
    ]:
        end, _ = opened(place, udp, "wrong.test")
        end.say(wrong, **how)
        expect(is_aborted(end), f"{name}: no ABORT")
    polite.say(dwr(3))
    expect(polite.wait_message(), "another association suffers from it")


@test
def message_without_an_end_has_an_end(place):
    """limits: of a stranger 64 KiB, of a peer the longest message (1 MiB)."""
    process, udp = serve(place)
    for name, open_, most in [("a stranger", False, 200), ("a peer", True, 1500)]:
        end = opened(place, udp, "endless.test")[0] if open_ else place.closing(End(udp))
        if not open_:
            expect(end.begin(), "no association")
        sent = 0
        while sent < most and end.wait_chunk(ABORT, 0) is None:
            for _ in range(8):
                end.say(b"\1" + bytes(1199) if not sent and not open_ else bytes(1200), flags=BEGIN if sent == 0 else 0)
                sent += 1.2
            while end.hear(0.002):
                pass
        expect(sent < most or is_aborted(end), f"{name} may send without end")
    still_serves(place, udp)
    expect(process.running, "the server has ended")


@test
def cookie_counts_where_it_was_told(place):
    """Whoever sends under a false address never hears what he would have to say."""
    _, udp = serve(place)
    honest, thief = place.closing(End(udp)), place.closing(End(udp))
    cookie = honest.ask()
    expect(cookie, "no INIT ACK")
    thief.own_port, thief.peer_tag = honest.own_port, honest.peer_tag
    thief.send(chunk(COOKIE_ECHO, 0, cookie), honest.data(cer("thief.test")))
    expect(thief.hear(0.5) is None, "a stolen cookie was answered")
    expect(honest.hear(0.1) is None, "a stolen cookie had an effect")
    honest.tsn, honest.ssn = 1, {}
    honest.send(chunk(COOKIE_ECHO, 0, cookie))
    expect(honest.wait_chunk(COOKIE_ACK) is not None, "the owner's cookie does not count any more")
    honest.say(cer())
    expect(honest.wait_message(), "no CEA")


@test
def what_belongs_nowhere_is_aborted(place):
    _, udp = serve(place)
    nobody = place.closing(End(udp, port=1))
    nobody.send(init(nobody.tag), tag=0)
    expect(is_aborted(nobody), "INIT for a port where nobody listens: no ABORT")
    stale = place.closing(End(udp))
    stale.peer_tag = 12345
    stale.say(dwr(1))
    expect(is_aborted(stale), "DATA of an association that is not there: no ABORT")
    other = place.closing(End(udp, to="127.0.0.2"))
    other.send(init(other.tag), tag=0)
    expect(is_aborted(other), "INIT for another address than the one that is listened at: no ABORT")


@test
def flood_of_init_costs_nothing(place):
    """From many ports; nobody of them comes back. Those who are connected, and those who come in the middle of it, are served."""
    process, udp = serve(place)
    polite, _ = opened(place, udp, "polite.test")
    before = resident(process)
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
    for i, s in enumerate(sockets):
        s.bind((f"127.1.{i // 100}.{i % 100 + 1}", 0))
        s.connect(("127.0.0.1", udp))
    dice = random.Random(6083)
    packets = [packet(dice.randrange(1024, 65536), 3868, 0, init(dice.randrange(1, 1 << 32))) for _ in range(1000)]
    begun = time.monotonic()
    for i in range(FLOOD):
        sockets[i % len(sockets)].send(packets[i % len(packets)])
        if i % (FLOOD // 10) == 0:
            polite.say(dwr(i))
            expect(polite.wait_message(), f"no answer in the flood after {i} INITs")
            end, _ = opened(place, udp, f"new{i}.test")
            end.send(chunk(ABORT))
    place.say(f"{FLOOD / (time.monotonic() - begun):,.0f} INITs a second")
    for s in sockets:
        s.close()
    still_serves(place, udp)
    grown = resident(process) - before
    place.say(f"{grown:.1f} MiB more")
    expect(grown < GROWTH_MAX or place.options.sanitized, f"the server has grown by {grown:.1f} MiB")


@test
def noise_is_dropped(place):
    process, udp = serve(place)
    polite, _ = opened(place, udp, "polite.test")
    dice = random.Random(9260)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", udp))
        for i in range(5000):
            kinds = [dice.randrange(16) for _ in range(dice.randrange(1, 4))]
            body = b"".join(chunk(k, dice.randrange(256), dice.randbytes(dice.randrange(64)), dice.choice([None, dice.randrange(200)]))
                            for k in kinds)  # fmt: skip
            whole = packet(dice.randrange(65536), dice.choice([3868, dice.randrange(65536)]), dice.choice([0, dice.randrange(1 << 32)]), body)
            try:
                s.send(dice.choice([whole, whole[: dice.randrange(1, len(whole))], dice.randbytes(dice.randrange(1, 100))]))
            except ConnectionRefusedError:
                pass
            if i % 500 == 0:
                polite.say(dwr(i))
                expect(polite.wait_message(), "no answer among noise")
    still_serves(place, udp)
    expect(process.running, "the server has ended")


if __name__ == "__main__":
    sys.exit(harness.main(__doc__.splitlines()[0], jobs=2))
