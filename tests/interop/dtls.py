#!/usr/bin/env python3
"""DTLS over SCTP in UDP (RFC 6083) against `diatom serve` with usrsctp, packet by packet as in sctp.py: crowds of handshakes, and what the stack
offers."""

import sys

sys.dont_write_bytecode = True

import os
import struct

import harness
import octets
import secure
from chunks import *  # noqa: F403 -- the vocabulary of this file
from harness import equal, expect, test
from sctp import dwr, free_udp_port, opened, resident, serve, still_serves

harness.forget_tests()  # those of sctp.py run there

SECURE_AT = "aaas://127.0.0.1:5868;transport=sctp"
CROWD = 240  # a server lets 192 be under way, of whom it waits for each for two seconds
TOLD = 50  # of them are let go; a log tells a hundred of one kind
CROWD_GROWTH_MAX = 64  # MiB: 240 handshakes of 128 KiB in limits.memory, and their associations
SERVER_HELLO = 2


def client_hello():
    """A record with one, of DTLS 1.2 with P-256 and ECDSA."""
    extensions = b"".join(struct.pack("!HH", kind, len(data)) + data
                          for kind, data in [(10, b"\0\2\0\x17"), (11, b"\1\0"), (13, b"\0\2\4\3")])  # fmt: skip
    body = b"\xfe\xfd" + os.urandom(32) + bytes(2) + struct.pack("!HHH", 4, 0xC02B, 0x00FF) + b"\1\0"
    body += struct.pack("!H", len(extensions)) + extensions
    whole = struct.pack("!B3sH3s3s", 1, len(body).to_bytes(3, "big"), 0, bytes(3), len(body).to_bytes(3, "big")) + body
    return struct.pack("!BHHHIH", 22, 0xFEFD, 0, 0, 0, len(whole)) + whole


def serve_both(place, certificates):
    """DTLS, and clear text at another port: (process, UDP port)."""
    return serve(place, *secure.words(certificates, "ocs"), "--listen", SECURE_AT)


def half_handshake(place, udp):
    end = place.closing(End(udp, port=5868, authenticates=True))
    expect(end.begin(), "no association")
    end.say(client_hello(), ppid=DTLS)
    return end


def gets_an_answer(end):
    record = end.wait_message()
    expect(record, "no answer to a ClientHello")
    equal((record.ppid, record.stream, record.octets[0], record.octets[13]), (DTLS, 0, 22, SERVER_HELLO), "the answer to a ClientHello")


def send(place, certificates, udp):
    """`diatom send` by DTLS: a handshake, a request, an answer."""
    return place.diatom("send", "ccr", "--app", "ro", *secure.words(certificates, "ours"), "--origin-host", "late.client.test", "--sctp-stack",
                       "usrsctp", "--sctp-udp-port", free_udp_port(), "--sctp-udp-peer", udp, "--connect", SECURE_AT,
                       "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp",
                       "CC-Request-Number=0")  # fmt: skip


@test
def usrsctp_offers_sha1_alone(place):
    """HMAC-SHA-1 is the mandatory one (RFC 4895); SHA-256 it has not. DATA is to be authenticated (RFC 6083, 4.5)."""
    _, udp = serve_both(place, secure.authority(place))
    end = place.closing(End(udp, port=5868, authenticates=True))
    expect(end.ask(), "no INIT ACK")
    equal(end.parameters[HMAC_ALGO][4:], struct.pack("!H", SHA1), "HMAC identifiers")
    equal(end.parameters[CHUNK_LIST][4:], bytes([DATA]), "chunks to be authenticated")


@test
def crowd_of_handshakes_starves_nobody(place):
    """More than are let be under way at once, each of whom begins a handshake and says no more. Those above that wait and are answered; who is
    connected is served all the time, somebody with a certificate gets in, and each that ends so has its event."""
    certificates = secure.authority(place)
    process, udp = serve_both(place, certificates)
    polite, _ = opened(place, udp, "polite.test")
    before = resident(process)
    crowd = []
    for i in range(CROWD):
        crowd.append(half_handshake(place, udp))
        if i % 20 == 0:
            polite.say(dwr(i))
            expect(polite.wait_message(), f"no answer in a crowd of {i}")
    late = send(place, certificates, udp)
    for end in crowd:
        gets_an_answer(end)
    grown = resident(process) - before
    place.say(f"{grown:.1f} MiB more")
    expect(grown < CROWD_GROWTH_MAX or place.options.sanitized, f"the server has grown by {grown:.1f} MiB")
    equal(late.wait(), 0, "status of diatom send")
    for end in crowd[:TOLD]:
        end.send(chunk(ABORT))
        process.wait_line(rf"^event refused - the association was lost; 127\.0\.0\.1:{end.own_port}$")
    refused = [line for line in process.lines if line.startswith("event refused")]
    equal(len(refused), TOLD, "how many were refused")
    polite.say(dwr(0))
    expect(polite.wait_message(), "no answer behind the crowd")
    still_serves(place, udp)


if __name__ == "__main__":
    sys.exit(harness.main(__doc__.splitlines()[0], needs=("openssl",)))
