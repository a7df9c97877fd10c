#!/usr/bin/env python3
"""Diatom with freeDiameter and with Erlang/OTP's diameter, as Debian packages them.

Each test puts a tap between the two programs and watches the messages there. What Diatom captured on its own side is
read by tshark and must have nothing malformed.
"""

import sys

sys.dont_write_bytecode = True

import re

import harness
from harness import Tap, check_capture, equal, expect, keep_capture, serve, uri
from stacks import LONG, OUR_HOST, OUR_REALM, PEERS, SHORT, FreeDiameter, Otp

BASE = ["CER", "CEA", "DPR", "DPA"]
WATCHDOG = ["DWR", "DWA"]
CREDIT = ["CCR", "CCA"]


def connecting(place, port, watchdog):
    """Diatom, connecting to this port, with a capture."""
    capture = place.file("diatom.pcapng")
    process = place.diatom(
        "serve", "--connect", uri(port), "--origin-host", OUR_HOST, "--origin-realm", OUR_REALM,
        "--watchdog", watchdog * 1000, "--pcap", capture,
    )  # fmt: skip
    return process, capture


def listening(place, watchdog):
    """Diatom, listening, with a capture; gives its port too."""
    capture = place.file("diatom.pcapng")
    process, port = serve(place, "--watchdog", watchdog * 1000, "--pcap", capture, host=OUR_HOST, realm=OUR_REALM)
    return process, port, capture


def capabilities(tap):
    tap.wait(">", "CER")
    equal(tap.wait("<", "CEA").result, 2001, "the CEA")


def watchdog(tap, direction):
    """A DWR in this direction and its answer."""
    back = "<" if direction == ">" else ">"
    tap.wait(direction, "DWR")
    equal(tap.wait(back, "DWA").result, 2001, "the DWA")


def farewell(tap, direction):
    back = "<" if direction == ">" else ">"
    tap.wait(direction, "DPR")
    equal(tap.wait(back, "DPA").result, 2001, "the DPA")


def ends_well(process, capture, place, wanted):
    equal(process.wait(), 0, "Diatom's exit status")
    check_capture(capture, wanted)
    keep_capture(place, capture)


# ---- Connections: who connects, who keeps watch, who says good-bye ---------------------------------------------------


def we_connect_watch_and_leave(place, peer):  # B2.1-03, B5.4-01, W3.1-03, W3.4-01
    _, port = peer.server(place)
    tap = place.closing(Tap(port))
    diatom, capture = connecting(place, tap.port, SHORT)
    capabilities(tap)
    watchdog(tap, ">")
    diatom.terminate()
    farewell(tap, ">")
    ends_well(diatom, capture, place, BASE + WATCHDOG)


def we_connect_they_watch_and_leave(place, peer):
    process, port = peer.server(place, watchdog=SHORT)
    tap = place.closing(Tap(port))
    diatom, capture = connecting(place, tap.port, LONG)
    capabilities(tap)
    watchdog(tap, "<")
    process.terminate()
    farewell(tap, "<")
    process.wait()
    expect(diatom.running, "Diatom ended together with its peer")
    diatom.terminate()
    ends_well(diatom, capture, place, BASE + WATCHDOG)


def they_connect_we_watch_and_leave(place, peer):
    diatom, port, capture = listening(place, SHORT)
    tap = place.closing(Tap(port))
    peer.client(place, tap.port)
    capabilities(tap)
    watchdog(tap, "<")
    diatom.terminate()
    farewell(tap, "<")
    ends_well(diatom, capture, place, BASE + WATCHDOG)


def they_connect_watch_and_leave(place, peer):  # B5.5.2-01
    diatom, port, capture = listening(place, LONG)
    tap = place.closing(Tap(port))
    process = peer.client(place, tap.port, watchdog=SHORT)
    capabilities(tap)
    watchdog(tap, ">")
    process.terminate()
    farewell(tap, ">")
    process.wait()
    expect(diatom.running, "Diatom ended together with its peer")
    diatom.terminate()
    ends_well(diatom, capture, place, BASE + WATCHDOG)


# ---- Credit-Control --------------------------------------------------------------------------------------------------


def send_ccr(place, port, realm, *more):
    """`diatom send` of one Credit-Control-Request; the process."""
    return place.diatom(
        "send", "ccr", "--app", "ro", "--connect", uri(port), "--origin-host", OUR_HOST, "--origin-realm", OUR_REALM,
        "--avp", f"Destination-Realm={realm}", "--avp", "Service-Context-Id=32251@3gpp.org",
        "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0", *more,
    )  # fmt: skip


def bench(place, port, realm, *more):
    """`diatom bench` with a hundred sessions; the process."""
    return place.diatom(
        "bench", "--sessions", 100, "--connect", uri(port), "--origin-host", OUR_HOST, "--origin-realm", OUR_REALM,
        "--destination-realm", realm, *more,
    )  # fmt: skip


def they_answer_our_send(place, peer):
    _, port = peer.server(place)
    tap = place.closing(Tap(port))
    capture = place.file("diatom.pcapng")
    diatom = send_ccr(place, tap.port, peer.realm, "--pcap", capture)
    equal(tap.wait("<", "CCA").result, 2001, "the CCA")
    ends_well(diatom, capture, place, BASE + CREDIT)
    expect(re.search(r"Result-Code.*2001", diatom.output), "the answer is not printed")


def they_answer_our_bench(place, peer):
    _, port = peer.server(place)
    tap = place.closing(Tap(port))
    capture = place.file("diatom.pcapng")
    diatom = bench(place, tap.port, peer.realm, "--pcap", capture)
    equal(diatom.wait(), 0, "Diatom's exit status")
    answers = [m.result for d, m in tap.seen if d == "<" and m.name == "CCA"]
    requests = [m for d, m in tap.seen if d == ">" and m.name == "CCR"]
    expect(len(requests) >= 300, f"{len(requests)} requests for 100 sessions")
    equal((set(answers), len(answers)), ({2001}, len(requests)), "Result-Codes and number of the answers")
    ends_well(diatom, capture, place, BASE + CREDIT)


def we_answer_500_requests_of_theirs(place, peer):
    diatom, port, capture = listening(place, LONG)
    client = place.process("escript", Otp.script, "--client", "127.0.0.1", port, 500, 8, "--realm", OUR_REALM)
    found = client.wait_line(r"^sent 500 results (.*) in ")
    equal(found.group(1), "[{2001,500}]", "what the Erlang client counted")
    equal(client.wait(), 0, "its exit status")
    diatom.terminate()
    ends_well(diatom, capture, place, BASE + CREDIT)


def relayed(place, ask):
    """`ask` sends through a freeDiameter relay to `diatom serve`; its capture and the server's are checked."""
    host, realm = "ocs1.server.test", "server.test"
    served = place.file("serve.pcapng")
    server, server_port = serve(place, "--pcap", served, host=host, realm=realm)
    upstream = place.closing(Tap(server_port))
    _, port = FreeDiameter.relay(place, upstream.port, host, realm)
    equal(upstream.wait("<", "CEA").result, 2001, "the CEA for the relay")
    tap = place.closing(Tap(port))
    capture = place.file("diatom.pcapng")
    client = ask(place, tap.port, realm, "--pcap", capture)
    equal(client.wait(), 0, "the client's exit status")
    answers = [m for d, m in tap.seen if d == "<" and m.name == "CCA"]
    expect(answers, "no CCA came through the relay")
    equal({m.result for m in answers}, {2001}, "the CCAs through the relay")
    equal({m.get(264).text for m in answers}, {host}, "who answered")
    server.terminate()
    ends_well(server, served, place, BASE + CREDIT)
    ends_well(client, capture, place, BASE + CREDIT)


@harness.test
def our_send_is_answered_by_us_through_a_freediameter_relay(place):
    relayed(place, send_ccr)


@harness.test
def our_bench_is_answered_by_us_through_a_freediameter_relay(place):
    relayed(place, bench)


SCENARIOS = [
    we_connect_watch_and_leave,
    we_connect_they_watch_and_leave,
    they_connect_we_watch_and_leave,
    they_connect_watch_and_leave,
    they_answer_our_send,
    they_answer_our_bench,
]


def scenario(function, peer):
    harness.add_test(f"{peer.name}_{function.__name__}", lambda place: function(place, peer))


for _peer in PEERS:
    for _function in SCENARIOS:
        scenario(_function, _peer)
scenario(we_answer_500_requests_of_theirs, Otp)

if __name__ == "__main__":
    sys.exit(
        harness.main(
            __doc__.splitlines()[0],
            jobs=6,
            needs=("escript", "freeDiameterd", "tshark", "openssl"),
            first=("watch", "relay"),
        )
    )
