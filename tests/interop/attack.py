#!/usr/bin/env python3
"""Attacks over real sockets against `diatom serve`, while a polite client is served: nothing of its is lost, the server's
memory stays bounded, and what was refused is counted as far as the server prints it.

Each attack is a function that runs in a process of its own, so that it takes no time from the client that measures. How
long the polite client waited is printed, alone and under attack; nothing is asserted about it but that it was answered.
DIATOM_ATTACK_SECONDS makes each attack last longer (script/test --long).
"""

import sys

sys.dont_write_bytecode = True

import itertools
import os
import random
import re
import select
import signal
import socket
import statistics
import struct
import time

import harness
from harness import equal, expect, test
from octets import *  # noqa: F403 -- the vocabulary of this file
import octets
from wrong import Client, well_behaved_client_is_served

harness.forget_tests()  # those of wrong.py run there

SECONDS = float(os.environ.get("DIATOM_ATTACK_SECONDS", "0.8"))
LONG = SECONDS > 5
GROWTH_MAX = 320  # MiB that the server may grow by at most: limits.memory, and what the C library makes of it
GROWTH_MAX_SANITIZED = 1024  # the sanitizers keep what was freed
OURS, REALM = "ocs.example.net", "example.net"
ATTACKER = "127.0.0.2"  # so that limits of an address are those of the attacker
attacks = {}


def attack(function):
    attacks[function.__name__] = function
    return function


# ---- What attackers are made of --------------------------------------------------------------------------------------


class Attacker:
    """The process of one attack: until when, against which port, and what it did."""

    def __init__(self, port, seconds, rest):
        self.port, self.rest, self.did = port, rest, 0
        self.until = time.monotonic() + seconds
        self.numbers = itertools.count()

    @property
    def goes_on(self):
        return time.monotonic() < self.until

    def connect(self, address=ATTACKER):
        """None when the server, or this machine, has had enough of us."""
        s = socket.socket()
        s.settimeout(5)
        try:
            s.bind((address, 0))
            s.connect(("127.0.0.1", self.port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            s.close()
            return None
        return s

    def host(self):
        return f"x{next(self.numbers)}.attack.test"

    def opened(self, host=None, address=ATTACKER):
        """A connection with CER and CEA behind it, or None."""
        s = self.connect(address)
        try:
            if s:
                s.sendall(cer(host or self.host()))
                if s.recv(65536):
                    return s
        except OSError:
            pass
        if s:
            s.close()
        return None


def cer(host, *more):
    return message(
        CER,
        avp(ORIGIN_HOST, host),
        avp(ORIGIN_REALM, "attack.test"),
        avp(HOST_IP_ADDRESS, address("127.0.0.1")),
        avp(VENDOR_ID, 0),
        avp(PRODUCT_NAME, "attack.py"),
        avp(AUTH_APPLICATION_ID, CREDIT_CONTROL),
        *more,
    )


def ccr(*more, realm=REALM, number=1, **header):
    return message(
        CCR,
        avp(SESSION_ID, "x.attack.test;1;1"),
        avp(ORIGIN_HOST, "x.attack.test"),
        avp(ORIGIN_REALM, "attack.test"),
        avp(DESTINATION_REALM, realm),
        avp(AUTH_APPLICATION_ID, CREDIT_CONTROL),
        avp(SERVICE_CONTEXT_ID, "32251@3gpp.org"),
        avp(CC_REQUEST_TYPE, 1),
        avp(CC_REQUEST_NUMBER, 0),
        *more,
        **{"application": CREDIT_CONTROL, "flags": R | P, "hop_by_hop": number, "end_to_end": number, **header},
    )


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def come_and_go(a, connect, leave=socket.socket.close):
    """Connections that end as soon as they stand."""
    while a.goes_on:
        s = connect()
        if s:
            a.did += 1
            leave(s)


def come_and_stay(a, connect, most, data=b"", leave=socket.socket.close):
    """Connections with these octets and nothing behind them, so many at the most; those that the server ends come again."""
    held = []
    while a.goes_on:
        s = connect()
        try:
            if s:
                s.sendall(data)
                a.did += 1
                held.append(s)
        except OSError:
            s.close()
        if len(held) > most:
            leave(held.pop(0))


def one_of_many(number):
    return f"127.0.1.{number % 250 + 1}"


def trickle(a, sockets, octets_, pause):
    """One octet to each socket, again and again; those that are closed are counted."""
    at = 0
    while a.goes_on and sockets:
        for s in list(sockets):
            try:
                s.send(octets_[at : at + 1])
                a.did += 1
            except OSError:
                sockets.remove(s)
        at = (at + 1) % len(octets_)
        time.sleep(pause)  # slowness is the attack


# ---- Attacks ---------------------------------------------------------------------------------------------------------


@attack
def slow_cers(a):
    """Slow-loris: many connections, each with an octet of a CER now and then."""
    sockets = [s for s in (a.connect() for _ in range(400)) if s]
    trickle(a, sockets, cer("slow.attack.test"), 1 if LONG else 0.1)


@attack
def slow_requests(a):
    """The same behind CER: requests that never become whole."""
    sockets = [s for s in (a.opened() for _ in range(300)) if s]
    trickle(a, sockets, ccr(avp(9999, bytes(1000), flags=0)), 1 if LONG else 0.1)


@attack
def cers_of_new_hosts(a):
    """Each connection has an Origin-Host that nobody has seen."""
    come_and_go(a, a.opened)


@attack
def cers_of_new_hosts_that_stay(a):
    """As many peers as the server takes from one address, each with as much to remember as a CER holds."""
    many = b"".join(avp(AUTH_APPLICATION_ID, n) for n in range(1000, 5000))
    stay = []
    while a.goes_on:
        s = a.connect()
        if not s:
            continue
        try:
            s.sendall(cer(a.host(), many))
            if s.recv(65536):
                a.did += 1
                stay.append(s)
        except OSError:
            s.close()


@attack
def cers_of_one_host(a):
    come_and_go(a, lambda: a.opened("same.attack.test"), reset)


@attack
def cers_of_the_polite_client(a):
    """Connections in the polite client's name: each makes the server ask it for a sign of life."""
    come_and_go(a, lambda: a.opened(a.rest[0]))


@attack
def cers_of_the_server(a):
    come_and_go(a, lambda: a.opened(OURS))


@attack
def connections_of_one_address(a):
    """As many as the server takes; they say nothing."""
    come_and_stay(a, a.connect, 2000)


@attack
def connections_of_many_addresses(a):
    come_and_stay(a, lambda: a.connect(one_of_many(a.did)), 2000)


@attack
def refused_cers_that_stay(a):
    """CERs that are refused, from many addresses, on connections that the attacker does not close."""
    strange = cer("x.attack.test").replace(struct.pack("!I", CREDIT_CONTROL), struct.pack("!I", 4711))
    come_and_stay(a, lambda: a.connect(f"127.0.2.{a.did % 250 + 1}"), 6000, strange)


@attack
def oversize_announcements(a):
    """A header that announces 16 MB, and then its octets one by one; before CER and behind it."""
    head = message(CCR, application=CREDIT_CONTROL, length=0xFFFFFC)
    while a.goes_on:
        sockets = [s for n in range(60) if (s := a.connect() if n % 2 else a.opened())]
        for s in sockets:
            try:
                s.sendall(head)
            except OSError:
                pass
        limit = a.until
        a.until = min(limit, time.monotonic() + 0.3)
        trickle(a, sockets, bytes(100), 0.02)
        a.until = limit
        for s in sockets:
            s.close()


@attack
def largest_messages_never_completed(a):
    """Messages of the greatest size that is taken, all but the last octet."""
    big = ccr(avp(9999, bytes((1 << 20) - 400), flags=0))
    come_and_stay(a, a.opened, 40, big[:-1], reset)


@attack
def nested_groups(a):
    """A hundred thousand groups inside each other."""
    s = a.opened()
    nest = deep_octets(100000)
    while s and a.goes_on:
        s.sendall(nest)
        a.did += len(read_answers(s, 1))


def deep_octets(depth):
    head = 8 * depth
    return ccr(b"".join(struct.pack("!II", MULTIPLE_SERVICES_CREDIT_CONTROL, M << 24 | (head - 8 * i)) for i in range(depth)))


def read_answers(s, count):
    rest, found = b"", []
    while len(found) < count:
        data = s.recv(1 << 18)
        if not data:
            break
        more, rest = octets.cut(rest + data)
        found += more
    return found


def ask_in_a_row(a, one, answered=True, connections=4, window=50):
    """A few connections, each with a window of these messages again and again."""
    sockets = [s for s in (a.opened() for _ in range(connections)) if s]
    block = b"".join(one(n) for n in range(window))
    while a.goes_on:
        for s in sockets:
            s.sendall(block)
        for s in sockets:
            a.did += len(read_answers(s, window)) if answered else window


@attack
def watchdogs(a):
    ask_in_a_row(a, lambda n: message(DWR, avp(ORIGIN_HOST, "x.attack.test"), avp(ORIGIN_REALM, "attack.test"), hop_by_hop=n))


@attack
def unknown_commands(a):
    ask_in_a_row(a, lambda n: ccr(number=n)[:5] + b"\0\x10\1" + ccr(number=n)[8:])


@attack
def unknown_realms(a):
    ask_in_a_row(a, lambda n: ccr(number=n, realm=f"r{n}.nowhere.test"))


@attack
def broken_requests(a):
    """Each is answered with the AVP that is wrong, which is long."""
    ask_in_a_row(a, lambda n: ccr(avp(CC_REQUEST_NUMBER, bytes(2000)), number=n))


@attack
def answers_that_nobody_asked_for(a):
    ask_in_a_row(a, lambda n: ccr(number=n, flags=P), answered=False)


@attack
def peers_that_never_read(a):
    """Requests without end, and no answer is ever read; who is reset comes again."""
    block = b"".join(ccr(number=n) for n in range(200))
    sockets = []
    while a.goes_on:
        while len(sockets) < 8 and (s := a.opened()):
            s.setblocking(False)
            sockets.append(s)
        for s in list(sockets):
            try:
                s.send(block)
                a.did += 200
            except BlockingIOError:
                pass
            except OSError:
                sockets.remove(s)
        select.select([], sockets, [], 0.05)


@attack
def peers_that_reset_in_the_middle(a):
    """CER, requests, half a request, and RST: before or behind the answers."""
    seeded = random.Random(6733)
    block = b"".join(ccr(number=n) for n in range(20))
    while a.goes_on:
        s = a.opened()
        if not s:
            continue
        try:
            s.sendall(block[: seeded.randrange(1, len(block))])
            if seeded.random() < 0.5:
                s.settimeout(0.01)
                s.recv(1000)
        except OSError:
            pass
        a.did += 1
        reset(s)


@attack
def garbage(a):
    """Octets that are nothing, with and without a good beginning."""
    seeded = random.Random(3588)
    while a.goes_on:
        s = a.connect() if a.did % 2 else a.opened()
        if not s:
            continue
        try:
            s.sendall(bytes([1, 0]) + seeded.randbytes(300))
        except OSError:
            pass
        a.did += 1
        s.close()


# ---- The polite client -----------------------------------------------------------------------------------------------


def status(process, name):
    """Of /proc: VmRSS and VmHWM in KiB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def is_sanitized(process):
    """AddressSanitizer takes terabytes of addresses."""
    return status(process, "VmSize") > 1 << 30


def ask_once(client):
    started = time.monotonic()
    client.is_served()
    return time.monotonic() - started


def ask_meanwhile(client, anew, goes_on):
    """Asks on the connection that stands, and now and then on a new one (`anew`); gives how long each took, in seconds."""
    times, fresh = [], []
    while goes_on() or not times:
        times.append(ask_once(client))
        if len(times) % 20 == 0:
            started = time.monotonic()
            anew()
            fresh.append(time.monotonic() - started)
        time.sleep(0.002)  # the pace of a quiet client
    return times, fresh


def ms(seconds):
    return f"{statistics.median(seconds) * 1000:.2f} ms (most {max(seconds) * 1000:.1f})" if seconds else "-"


def counters(process):
    """The line that serve prints at its end, as numbers."""
    process.terminate()
    equal(process.wait(), 0, "the exit status")
    line = process.wait_line(r"^served ").string
    found = re.match(r"served (\d+) requests, sent (\d+) answers: .*; (\d+) refused, (\d+) faults, (\d+) octets in", line)
    expect(found, f"no counters in {line!r}")
    return dict(zip(("requests", "answers", "refused", "faults", "octets"), map(int, found.groups())))


def endure(place, process, client, anew, *attacker):
    """A client that is served, also on new connections, while this program attacks; how often it did."""
    before = status(process, "VmRSS")
    alone = [ask_once(client) for _ in range(100)]
    attacker = place.process(sys.executable, *attacker)
    times, fresh = ask_meanwhile(client, anew, lambda: attacker.running)
    equal(attacker.wait(), 0, "the attacker's exit status")
    client.is_served()
    anew()
    did = int(attacker.wait_line(r"^did (\d+)$").group(1))
    expect(did, "the attack did nothing")
    grown = (status(process, "VmHWM") - before) / 1024
    place.say(f"{did} times; the polite client waits {ms(alone)} alone, {ms(times)} under attack; on a new connection {ms(fresh)}; "
              f"{grown:.0f} MiB")  # fmt: skip
    expect(grown < (GROWTH_MAX_SANITIZED if is_sanitized(process) else GROWTH_MAX), f"the server grew by {grown:.0f} MiB")
    return did


def under(name, check=None):
    """The test of one attack."""

    def run(place):
        process, port = harness.serve(place, host=OURS, realm=REALM)
        with Client(port) as client:
            did = endure(place, process, client, lambda: well_behaved_client_is_served(port),
                         os.path.abspath(__file__), "attack", name, port, SECONDS, client.host)  # fmt: skip
        counted = counters(process)
        if check:
            check(counted, did)

    harness.add_test(f"polite_client_is_served_under_{name}", run)


def all_answered(counted, did):
    expect(counted["answers"] >= did, f"{did} were answered, {counted['answers']} counted")


def all_faults(counted, did):
    expect(counted["faults"] >= did, f"{did} were refused, {counted['faults']} counted as faults")


def all_refused(counted, did):
    expect(counted["refused"] >= did, f"{did} were refused, {counted['refused']} counted")


CHECKS = {"unknown_commands": all_refused, "unknown_realms": all_faults, "broken_requests": all_faults, "nested_groups": all_answered}
for _name in attacks:
    under(_name, CHECKS.get(_name))


# ---- Two that do not read --------------------------------------------------------------------------------------------


@test
def two_nodes_recover_when_one_stood_still(place):
    """The server is stopped while the client writes as much as it may; then it goes on, and every request is answered."""
    process, port = harness.serve(place, host=OURS, realm=REALM)
    still = 8 if LONG else 1
    bench = place.diatom("bench", "--connect", harness.uri(port), "--requests", "100000",
                         "--window", "20000", "--connections", "2", "--timeout", "60000", "--quiet", "--size", "small")
    process.wait_line(r"^event peer up .* 2001")
    well_behaved_client_is_served(port)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(still)  # standing still is the attack
    os.kill(process.pid, signal.SIGCONT)
    equal(bench.wait(), 0, "the exit status of the client: 0 when all were answered")
    well_behaved_client_is_served(port)
    counted = counters(process)
    expect(counted["requests"] > 20000, "the client asked for less than it may without an answer")
    equal(counted["answers"], counted["requests"], "the answers")


if __name__ == "__main__":
    if sys.argv[1:2] == ["attack"]:
        it = Attacker(int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:])
        attacks[sys.argv[2]](it)
        print(f"did {it.did}")
        sys.exit(0)
    sys.exit(harness.main(__doc__.splitlines()[0]))
