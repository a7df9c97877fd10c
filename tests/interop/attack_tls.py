#!/usr/bin/env python3
"""Attacks on TLS over real sockets against `diatom serve`, while a polite client is served over TLS: nothing of its is lost,
the server's memory stays bounded, each connection that ends so has one event with the reason, and no other one ends.

As in attack.py each attack runs in a process of its own; DIATOM_ATTACK_SECONDS makes it last longer (script/test --long).
"""

import sys

sys.dont_write_bytecode = True

import os
import random
import re
import socket
import ssl
import struct
import subprocess
import time

import attack
import harness
import pki
import secure
from attack import ATTACKER, LONG, SECONDS, come_and_go, come_and_stay, one_of_many, reset, trickle
from harness import equal, expect
from secure import OCS, REALM, Client, Half, context

harness.forget_tests()  # those of attack.py run there

attacks = {}
shared = {}


def attacking(function):
    attacks[function.__name__] = function
    return function


# ---- Records -----------------------------------------------------------------------------------------------------------

CHANGE, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23


def record(kind, content, length=None):
    return struct.pack("!BHH", kind, 0x0303, len(content) if length is None else length) + content


def hello(*extensions):
    """A ClientHello of version 1.2, split into records."""
    more = b"".join(struct.pack("!HH", kind, len(data)) + data for kind, data in extensions)
    body = struct.pack("!H", 0x0303) + bytes(32) + b"\0" + struct.pack("!HHH", 4, 0xC02B, 0x00FF) + b"\1\0"
    body += struct.pack("!H", len(more)) + more
    whole = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"".join(record(HANDSHAKE, whole[i : i + 16384]) for i in range(0, len(whole), 16384))


GROUPS = (10, struct.pack("!HH", 2, 23))  # P-256
SIGNATURES = (13, struct.pack("!HH", 2, 0x0403))


class Attacker(attack.Attacker):
    """As in attack.py, with certificates."""

    def __init__(self, port, seconds, rest):
        super().__init__(port, seconds, rest)
        self.clear_port = int(rest[0])
        self.pki = _made(rest[1])
        self.secure = context(self.pki, "crowd")

    def host(self):
        return f"x{next(self.numbers)}.client.test"

    def half(self, secure_context=None, address=ATTACKER):
        """The beginning of a connection with TLS; None: it was not taken."""
        try:
            return Half(secure_context or self.secure, self.port, address)
        except OSError:
            return None

    def shaken(self, secure_context=None):
        """A connection behind its handshake, or None."""
        s = self.connect()
        try:
            return s and (secure_context or self.secure).wrap_socket(s, server_hostname=OCS)
        except OSError:
            s.close()
            return None

    def opened_securely(self, secure_context=None):
        """... and behind CER and CEA."""
        s = self.shaken(secure_context)
        try:
            if s:
                s.sendall(attack.cer(self.host()).replace(b"attack.test", b"client.test"))
                if s.recv(65536):
                    return s
        except OSError:
            pass
        if s:
            s.close()
        return None

    def throw(self, data, address=ATTACKER):
        """A connection with these octets at once; it is read until it ends."""
        s = self.connect(address)
        if not s:
            return
        self.did += 1
        try:
            s.sendall(data)
            s.settimeout(0.05)
            while s.recv(65536):
                pass
        except OSError:
            pass
        s.close()


def _made(folder):
    """The certificates that the tests have made."""
    found = pki.Pki.__new__(pki.Pki)
    found.folder = folder
    return found


# ---- Attacks -----------------------------------------------------------------------------------------------------------


@attacking
def handshakes(a):
    """Whole ones, and no CER behind them."""
    come_and_go(a, a.shaken, reset)


@attacking
def handshakes_and_cers(a):
    """Each connection is a peer that nobody has seen."""
    come_and_go(a, a.opened_securely)


def greet_and_stay(a, address_of):
    """Half handshakes, as many as the server takes; those that it ends come again."""
    held = []
    while a.goes_on:
        half = a.half(address=address_of(a.did))
        try:
            if half:
                half.socket.sendall(half.step())
                a.did += 1
                held.append(half.socket)
        except OSError:
            half.socket.close()
        if len(held) > 1000:
            held.pop(0).close()


@attacking
def hellos_of_one_address(a):
    greet_and_stay(a, lambda _: ATTACKER)


@attacking
def hellos_of_many_addresses(a):
    greet_and_stay(a, one_of_many)


@attacking
def slow_handshakes(a):
    """Many connections, each with an octet of a ClientHello now and then."""
    sockets = [s for s in (a.connect() for _ in range(300)) if s]
    trickle(a, sockets, a.half().step(), 1 if LONG else 0.1)


@attacking
def slow_last_flights(a):
    """The same behind the server's flight: certificate and signature come an octet at a time."""
    halves = [h for h in (a.half() for _ in range(40)) if h]
    for half in halves:
        half.rest = half.flight(1)
    at = 0
    while a.goes_on or not at:
        for half in list(halves):
            try:
                half.socket.send(half.rest[at : at + 1])
                a.did += 1
            except OSError:
                halves.remove(half)
        at += 1
        time.sleep(1 if LONG else 0.1)  # slowness is the attack


@attacking
def garbage_instead_of_a_hello(a):
    seeded = random.Random(5246)
    while a.goes_on:
        a.throw(seeded.randbytes(seeded.randrange(1, 600)))


@attacking
def broken_hellos(a):
    """A good ClientHello with an octet changed."""
    seeded = random.Random(8446)
    good = a.half().step()
    while a.goes_on:
        bad = bytearray(good)
        bad[seeded.randrange(5, len(bad))] ^= 1 << seeded.randrange(8)
        a.throw(bytes(bad))


@attacking
def huge_hellos(a):
    """64 kilobytes of extensions that nobody knows, and a session ticket of as many; whole, and all but the end."""
    for_all = (GROUPS, SIGNATURES)
    whole = [hello(*for_all, (4711, bytes(60000))), hello(*for_all, (35, bytes(60000)))]

    def connect():
        a.throw(whole[next(a.numbers) % 2])
        return a.connect()

    come_and_stay(a, connect, 300, whole[0][:-10])


@attacking
def oversize_records(a):
    """Headers that announce more than a record may have: first of all, and behind the handshake."""
    while a.goes_on:
        a.throw(record(HANDSHAKE, bytes(1000), length=0xFFFF))
        half = a.half()
        if not half:
            continue
        try:
            half.socket.sendall(half.flight(1))
            half.socket.sendall(record(DATA, bytes(16384), length=0x4800))
            half.take()
            a.did += 1
        except OSError:
            pass
        half.socket.close()


@attacking
def records_that_are_forged(a):
    """Behind the handshake, of the right size, encrypted with another key."""
    seeded = random.Random(1)
    while a.goes_on:
        half = a.half()
        try:
            if half:
                half.socket.sendall(half.flight(1) + record(DATA, seeded.randbytes(1000)))
                half.socket.settimeout(1)
                while half.take():
                    pass
                a.did += 1
        except OSError:
            pass
        if half:
            half.socket.close()


@attacking
def alerts_and_changes(a):
    """Warnings, empty records and ChangeCipherSpecs without end, in clear text, at the beginning and in the middle."""
    noise = [record(ALERT, b"\1\x5a"), record(CHANGE, b"\1"), record(HANDSHAKE, b""), record(ALERT, b"\2\x28")]
    while a.goes_on:
        for kind in noise:
            a.throw(kind * 2000)
            half = a.half()
            try:
                if half:
                    half.socket.sendall(half.step() + kind * 2000)
                    half.socket.settimeout(0.3)
                    while half.take():
                        pass
            except OSError:
                pass
            if half:
                half.socket.close()


@attacking
def clear_text_at_the_secure_port(a):
    while a.goes_on:
        a.throw(attack.cer(a.host()))


@attacking
def tls_at_the_clear_port(a):
    data = a.half().step()
    a.port = a.clear_port
    while a.goes_on:
        a.throw(data)


@attacking
def certificates_of_absurd_size(a):
    contexts = [context(a.pki, name) for name in ("huge", "deep")]
    older = [context(a.pki, name, maximum_version=ssl.TLSVersion.TLSv1_2) for name in ("huge", "deep")]
    while a.goes_on:
        for it in contexts + older:
            s = a.shaken(it)
            a.did += 1
            try:
                if s:
                    s.settimeout(1)
                    s.sendall(attack.cer(a.host()))
                    expect(b"\0\0\7\xd1" not in s.recv(65536), "it was taken")
            except OSError:
                pass
            if s:
                s.close()


@attacking
def ends_in_every_step(a):
    """FIN or RST after each flight, and in the middle of it."""
    seeded = random.Random(2246)
    while a.goes_on:
        for flight in (0, 1):
            half = a.half()
            if not half:
                continue
            try:
                data = half.flight(flight)
                half.socket.sendall(data[: seeded.choice([len(data), seeded.randrange(len(data) + 1)])])
                a.did += 1
            except OSError:
                pass
            if seeded.random() < 0.5:
                reset(half.socket)
            else:
                half.socket.close()


@attacking
def resumptions(a):
    """The same session again and again, though nobody has offered to go on with it."""
    session = None
    older = context(a.pki, "crowd", maximum_version=ssl.TLSVersion.TLSv1_2)
    while a.goes_on:
        s = a.connect()
        try:
            if s:
                s = older.wrap_socket(s, server_hostname=OCS, session=session)
                session = session or s.session
                a.did += 1
        except OSError:
            pass
        if s:
            s.close()


@attacking
def renegotiations(a):
    """With OpenSSL's own client, which asks for one as often as it may (1.2), or for new keys (1.3)."""
    while a.goes_on:
        for version, letter in (("-tls1_2", "R"), ("-tls1_3", "K")):
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{a.port}", version, "-legacy_renegotiation",
                       "-cert", a.pki.certificate("crowd"), "-key", a.pki.key("crowd"), "-CAfile", a.pki.certificate("ca")]  # fmt: skip
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                for _ in range(5):
                    child.stdin.write(f"{letter}\n".encode())
                    child.stdin.flush()
                    time.sleep(0.02)  # it takes one command in a read
                    a.did += 1
            except OSError:
                pass
            child.kill()
            child.communicate()


@attacking
def requests_an_octet_a_record(a):
    """What costs the other end most: 22 octets, and a decryption, for one."""
    s = a.opened_securely()
    data = attack.ccr()
    while s and a.goes_on:
        for i in range(len(data)):
            s.send(data[i : i + 1])
        attack.read_answers(s, 1)
        a.did += 1


@attacking
def peers_that_never_read(a):
    """Requests without end, and no answer is ever read; who is reset comes again."""
    block = b"".join(attack.ccr(number=n) for n in range(60))[:16000]
    block = block[: len(block) - len(block) % len(attack.ccr(number=0))]
    sockets = []
    while a.goes_on:
        while len(sockets) < 8 and a.goes_on and (s := a.opened_securely()):
            s.setblocking(False)
            sockets.append(s)
        stuck = 0
        for s in list(sockets):
            try:
                s.send(block)
                a.did += 60
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                stuck += 1
            except OSError:
                sockets.remove(s)
        if stuck == len(sockets):
            time.sleep(0.02)  # all are full


# ---- The polite client -------------------------------------------------------------------------------------------------


def serve(place):
    """With both ports: (process, secure port, clear port)."""
    process, clear = harness.serve(
        place, *secure.words(shared["pki"], "ocs"), "--listen", "aaas://127.0.0.1:0", host=OCS, realm=REALM
    )
    return process, int(process.wait_line(r"^listening aaas://.*:(\d+);").group(1)), clear


def under(name):
    """The test of one attack."""

    def run(place):
        process, port, clear = serve(place)
        with Client(port, shared["polite"]) as client:
            attack.endure(place, process, client, lambda: secure.is_served(port, shared["polite"]),
                          os.path.abspath(__file__), "attack", name, port, SECONDS, clear, shared["pki"].folder)  # fmt: skip
        attack.counters(process)

    harness.add_test(f"polite_client_is_served_under_{name}", run)


for _name in attacks:
    under(_name)


# ---- One connection each, and its event --------------------------------------------------------------------------------


def one(name, event, do):
    """`do` makes one connection; then there is one event, which says this; and nobody else has noticed."""

    def run(place):
        process, port, clear = serve(place)
        with Client(port, shared["polite"]) as polite:
            process.wait_line("^event peer up")
            mark = process.mark()
            a = Attacker(port, SECONDS, [clear, shared["pki"].folder])
            do(a)
            process.wait_line(event, since=mark)
            polite.is_served()
            events = [line for line in process.lines[mark:] if re.match("event (?!secured|bad stream)", line)]
            equal(len(events), 1, f"events: {events}")
            equal(len(connections(process)), 1, "connections that stand")

    harness.add_test(name, run)


def connections(process):
    """Local sockets of the server that are connected, by /proc: a set, since a row may come twice while others come and go."""
    inodes = set()
    for fd in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{process.pid}/fd/{fd}"))
        except OSError:
            continue
        if found:
            inodes.add(found.group(1))
    with open(f"/proc/{process.pid}/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    return {row[9] for row in rows if row[9] in inodes and row[3] == "01"}


def throw(data):
    return lambda a: a.throw(data)


def behind_the_handshake(data):
    def do(a):
        half = a.half()
        half.socket.sendall(half.flight(1) + data)
        half.socket.settimeout(2)
        while half.take():
            pass
        half.socket.close()

    return do


def ended(flight, share, how):
    def do(a):
        half = a.half()
        data = half.flight(flight)
        half.socket.sendall(data[: int(len(data) * share)])
        how(half.socket)

    return do


def with_certificate(name):
    def do(a):
        s = a.shaken(context(a.pki, name))
        try:
            s and s.recv(100)
        except OSError:
            pass

    return do


def tls_where_it_is_clear(a):
    a.port = a.clear_port
    a.throw(hello(GROUPS, SIGNATURES))


ENDED = r"^event refused .*(handshake|TLS|alert|record|no place there|reset|close_notify)"
one("garbage_ends_one_connection", ENDED, throw(bytes(range(200))))
CLEAR = attack.cer("x.client.test")
one("clear_text_at_the_secure_port_ends_one_connection", r"^event refused .*Diameter in clear text, not TLS", throw(CLEAR))
one("http_at_the_secure_port_ends_one_connection", ENDED, throw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
one("tls_at_the_clear_port_ends_one_connection", r"^event refused .*TLS, not Diameter in clear text", tls_where_it_is_clear)
one("record_that_is_too_long_ends_one_connection", ENDED, throw(record(HANDSHAKE, bytes(100), length=0xFFFF)))
one("alert_first_of_all_ends_one_connection", ENDED, throw(record(ALERT, b"\2\x28")))
one("forged_record_ends_one_connection", ENDED, behind_the_handshake(record(DATA, bytes(500))))
one("clear_text_behind_the_handshake_ends_one_connection", ENDED, behind_the_handshake(CLEAR))
one("certificate_of_absurd_size_ends_one_connection", r"^event refused .*a message of the handshake is longer than allowed",
    with_certificate("huge"))  # fmt: skip
one("chain_of_absurd_depth_ends_one_connection", r"^event refused .*more than 4 certificates", with_certificate("deep"))
for _flight in (0, 1):
    for _share in (0, 0.5, 1):
        _name = f"fin_in_flight_{_flight}_at_{int(_share * 100)}_percent_ends_one_connection"
        one(_name, ENDED, ended(_flight, _share, socket.socket.close))
one("rst_in_flight_1_ends_one_connection", ENDED, ended(1, 0.5, reset))


@harness.test
def renegotiation_is_refused(place):
    """OpenSSL's client asks for one behind a handshake of 1.2: it is told no, and the server goes on for everybody else."""
    process, port, _ = serve(place)
    it = shared["pki"]
    with Client(port, shared["polite"]) as polite:
        process.wait_line("^event peer up")
        mark = process.mark()
        child = place.child(
            "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-cert", it.certificate("crowd"), "-key", it.key("crowd"),
            "-CAfile", it.certificate("ca"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        process.wait_line("^event secured .*TLSv1.2", since=mark)
        out, _ = child.communicate("R\n", timeout=harness.PATIENCE)
        expect("no renegotiation" in out, f"the client was not told: {out[-300:]}")
        process.wait_line("^event refused ", since=mark)
        polite.is_served()
        secured = [line for line in process.lines[mark:] if line.startswith("event secured")]
        equal(len(secured), 1, "handshakes that were done")


def start(place):
    it = shared["pki"] = secure.authority(place)
    it.issue("huge", "*.client.test", *(f"{'x' * 50}{i}.client.test" for i in range(3000)))
    it.chain("deep", 25, "*.client.test")
    it.issue("polite", "*.client.test")
    shared["polite"] = context(it, "polite")


if __name__ == "__main__":
    if sys.argv[1:2] == ["attack"]:
        _it = Attacker(int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:])
        attacks[sys.argv[2]](_it)
        print(f"did {_it.did}")
        sys.exit(0)
    sys.exit(harness.main(__doc__.splitlines()[0], jobs=3, before=start, needs=("openssl",)))
