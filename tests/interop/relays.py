#!/usr/bin/env python3
"""Diatom's relay agent (examples/relay.c) between freeDiameter and Erlang/OTP's diameter: before and behind theirs, in the
middle of load, in loops.

Taps stand on both sides of ours: what came in has to go out again octet by octet, but for the Hop-by-Hop id and one
Route-Record.
"""

import sys

sys.dont_write_bytecode = True

import os
import re
import signal
import time

import harness
import octets
from harness import Tap, equal, expect, serve, uri
from stacks import FreeDiameter, Otp

US, OUR_REALM = "relay2.relay.test", "relay.test"  # freeDiameter lets *.relay.test in
THEM = "relay1.relay.test"
CLIENT, CLIENT_REALM = "pgw.client.test", "client.test"
SERVER, REALM = "ocs.server.test", "server.test"  # of `diatom serve`; the realm is that of all servers
REDIRECT_HOST, REDIRECT_HOST_USAGE, REDIRECT_MAX_CACHE_TIME = 292, 261, 262
DPR_BEHIND = 30  # seconds: a program that was told to end has ended


class Relay:
    """Ours, connected to these ports."""

    def __init__(self, place, *ports):
        self.process = place.tool("relay", US, "aaa://127.0.0.1:0", *map(uri, ports))
        self.port = int(self.process.wait_line(r"^listening aaa://127\.0\.0\.1:(\d+);").group(1))

    def wait_peer(self, host):
        self.process.wait_line(rf"^peer up {re.escape(host)}: ")

    def counts(self):
        """What it has passed on, and failed to."""
        mark = self.process.mark()
        self.process.signal(signal.SIGUSR1)
        found = self.process.wait_line(r"^(\d+) requests relayed, (\d+) failovers, (\d+) refused, (\d+) without an answer$",
                                       since=mark)  # fmt: skip
        return dict(zip(("relayed", "failovers", "refused", "unanswered"), map(int, found.groups())))

    def ends(self):
        self.process.terminate()
        equal(self.process.wait(DPR_BEHIND), 0, "the relay's exit status")


def served(place, *more):
    """`diatom serve`; its port."""
    return serve(place, *more, host=SERVER, realm=REALM)[1]


def between(place, port, host):
    """Our relay in front of a peer, with a tap on each side: (relay, near, far)."""
    far = place.closing(Tap(port))
    relay = Relay(place, far.port)
    near = place.closing(Tap(relay.port))
    relay.wait_peer(host)
    return relay, near, far


def send(place, port, *more, realm=REALM):
    """`diatom send` of one Credit-Control-Request; the process, which has ended, and its exit status."""
    process = place.diatom(
        "send", "ccr", "--app", "ro", "--connect", uri(port), "--origin-host", CLIENT, "--origin-realm", CLIENT_REALM,
        "--avp", f"Destination-Realm={realm}", "--avp", "Service-Context-Id=32251@3gpp.org",
        "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0", *more,
    )  # fmt: skip
    return process, process.wait()


def load(place, port, requests, *more):
    """`diatom bench` with this many requests under way, 64 at a time."""
    return place.diatom(
        "bench", "--connect", uri(port), "--origin-host", CLIENT, "--origin-realm", CLIENT_REALM, "--destination-realm", REALM,
        "--size", "small", "--requests", requests, "--timeout", 60000, *more,
    )  # fmt: skip


def erlang_asks(place, port, count, at_a_time):
    """Erlang's client sends and counts."""
    client = place.process(
        "escript", Otp.script, "--client", "127.0.0.1", port, count, at_a_time, "--realm", REALM, "--host", CLIENT
    )
    found = client.wait_line(r"^sent \d+ results (.*) in ")
    equal(found.group(1), f"[{{2001,{count}}}]", "what the Erlang client counted")
    equal(client.wait(), 0, "its exit status")


def erlang_relay(place, port, *more):
    process = place.process(
        "escript", os.path.join(harness.HERE, "otp", "relay.escript"), 0, "127.0.0.1", port, "--host", THEM,
        "--own-realm", OUR_REALM, "--realm", REALM, *more,
    )  # fmt: skip
    return int(process.wait_line(r"^READY (\d+)$").group(1))


def freediameter_relay(place, port, host, realm, **env):
    return connected(*FreeDiameter.relay(place, port, host, realm, **env), host)


def connected(process, port, host):
    """The port, when it would send to its next hop: it opens some time after the CEA has come."""
    process.wait_line(rf"-> 'STATE_OPEN'\s+'{re.escape(host)}'")
    return port


def either(*server):
    """Makes two tests of one that is called with the port of a relay, of each make, in front of `diatom serve`, and its name."""

    def with_erlang(place):
        return erlang_relay(place, served(place, *server))

    def with_freediameter(place):
        return freediameter_relay(place, served(place, *server), SERVER, REALM)

    def mark(function):
        for name, begin in ("erlang", with_erlang), ("freediameter", with_freediameter):
            harness.add_test(f"{name}_{function.__name__}", lambda place, n=name, b=begin: function(place, b(place), n))
        return function

    return mark


# ---- What came in goes out -------------------------------------------------------------------------------------------


def messages(tap, direction, name):
    return [m for d, m in tap.seen if d == direction and m.name == name]


def same_but_for_the_relay(near, far, previous):
    """Each request with the Route-Record of who sent it, each answer as it came; how many."""
    requests = {m.end_to_end: m for m in messages(near, ">", "CCR")}
    answers = {m.end_to_end: m for m in messages(far, "<", "CCA")}
    hops = [m.hop_by_hop for m in messages(far, ">", "CCR")]
    equal(len(set(hops)), len(hops), "different Hop-by-Hop ids")
    for out in messages(far, ">", "CCR"):
        came = requests[out.end_to_end]
        record = octets.avp(octets.ROUTE_RECORD, previous)
        equal(out.octets[20:], came.octets[20:] + record, "the request's AVPs")
        equal((out.flags, out.command, out.application), (came.flags, came.command, came.application), "its header")
    for back in messages(near, "<", "CCA"):
        came = answers[back.end_to_end]
        equal(back.octets[20:], came.octets[20:], "the answer's AVPs")
        equal((back.flags, back.hop_by_hop), (came.flags, requests[back.end_to_end].hop_by_hop), "its header")
    n = len(messages(far, ">", "CCR"))
    equal((len(messages(near, ">", "CCR")), len(messages(near, "<", "CCA"))), (n, n), "messages")
    return n


def records(message):
    return [a.text for a in message.all(octets.ROUTE_RECORD)]


@harness.test
def freediameter_passes_to_us_and_we_to_erlang(place):  # B2.9-04, B6.3-02, B6.7.1-01
    _, port = Otp.server(place)
    relay, near, far = between(place, port, Otp.host)
    front = freediameter_relay(place, near.port, US, OUR_REALM, FD_DEFAULT="1")
    equal(near.wait("<", "CEA").result, 2001, "the CEA for freeDiameter")
    client = load(place, front, 300)
    equal(client.wait(), 0, "the client's exit status")
    equal(same_but_for_the_relay(near, far, THEM), 300, "requests")
    for request in messages(far, ">", "CCR"):
        equal(records(request), [CLIENT, THEM], "Route-Records")
        equal(request.get(octets.ORIGIN_HOST).text, CLIENT, "Origin-Host")
    relay.ends()


@harness.test
def erlang_asks_freediameter_through_us(place):  # B2.9-04, B6.3-02, B6.7.1-01
    _, port = FreeDiameter.server(place)
    relay, near, far = between(place, port, FreeDiameter.host)
    erlang_asks(place, near.port, 500, 8)
    equal(same_but_for_the_relay(near, far, CLIENT), 500, "requests")
    equal(relay.counts(), {"relayed": 500, "failovers": 0, "refused": 0, "unanswered": 0}, "the relay's counts")
    relay.ends()


@harness.test
def erlang_passes_to_us_and_we_to_freediameter(place):
    _, port = FreeDiameter.server(place)
    relay, near, far = between(place, port, FreeDiameter.host)
    front = erlang_relay(place, near.port)
    erlang_asks(place, front, 200, 8)
    equal(same_but_for_the_relay(near, far, THEM), 200, "requests")
    expect(all(records(m) == [CLIENT, THEM] for m in messages(far, ">", "CCR")), "not all Route-Records are there, in order")
    relay.ends()


@harness.test
def we_pass_to_freediameter_and_it_to_erlang(place):
    _, port = Otp.server(place)
    last = place.closing(Tap(port))
    behind = freediameter_relay(place, last.port, Otp.host, REALM)
    equal(last.wait("<", "CEA").result, 2001, "the CEA for freeDiameter")
    relay, near, far = between(place, behind, THEM)
    client = load(place, near.port, 300)
    equal(client.wait(), 0, "the client's exit status")
    equal(same_but_for_the_relay(near, far, CLIENT), 300, "requests")
    expect(all(records(m) == [CLIENT, US] for m in messages(last, ">", "CCR")), "not all Route-Records are there, in order")
    relay.ends()


@harness.test
def we_pass_to_erlang_and_it_to_freediameter(place):
    _, port = FreeDiameter.server(place)
    last = place.closing(Tap(port))
    behind = erlang_relay(place, last.port)
    relay, near, far = between(place, behind, THEM)
    erlang_asks(place, near.port, 200, 8)
    equal(same_but_for_the_relay(near, far, CLIENT), 200, "requests")
    expect(all(records(m) == [CLIENT, US] for m in messages(last, ">", "CCR")), "not all Route-Records are there, in order")
    relay.ends()


# ---- Errors and loops ------------------------------------------------------------------------------------------------


@either()
def relays_error_passes(place, port, name):  # B7.2-04
    """A realm that it does not know: 3003 of Erlang's, 3002 of freeDiameter's."""
    relay, near, far = between(place, port, THEM)
    _, status = send(place, near.port, realm="nowhere.test")
    answer = near.wait("<", "CCA")
    result = {"erlang": 3003, "freediameter": 3002}[name]
    equal((status, answer.error, answer.result), (1, True, result), "status, E, Result-Code")
    equal(answer.get(octets.ORIGIN_HOST).text, THEM, "whose answer it is")
    equal(same_but_for_the_relay(near, far, CLIENT), 1, "requests")
    relay.ends()


@either("--result-code", "3004")
def relay_and_ours_pass_a_servers_error(place, port, _name):  # B7.2-04
    """The server is too busy, and says so with E."""
    relay, near, far = between(place, port, THEM)
    _, status = send(place, near.port)
    answer = near.wait("<", "CCA")
    equal((status, answer.error, answer.result), (1, True, 3004), "status, E, Result-Code")
    equal(answer.get(octets.ORIGIN_HOST).text, SERVER, "whose answer it is")
    equal(same_but_for_the_relay(near, far, CLIENT), 1, "requests")
    relay.ends()


@harness.test
def request_that_erlang_brings_back_is_a_loop(place):  # B6.1.3-01
    """It sends on to its one next hop, whoever that is: here it is ours again, and we answer 3005."""
    relay = Relay(place)
    tap = place.closing(Tap(relay.port))
    erlang_relay(place, tap.port)
    relay.wait_peer(THEM)
    process, status = send(place, relay.port)
    equal(status, 1, "the client's exit status")
    there, back = tap.wait("<", "CCR"), tap.wait(">", "CCR")
    equal((records(there), records(back)), ([CLIENT], [CLIENT, US]), "Route-Records there and back")
    equal(tap.wait("<", "CCA").result, 3005, "our answer")
    equal(tap.wait(">", "CCA").error, True, "E of the answer that Erlang brings")
    expect(re.search(r"Result-Code.*3005", process.output), "the client did not hear of the loop")
    relay.ends()


@either()
def relay_is_no_way_for_what_it_has_had(place, port, _name):  # B6.1.7-01
    relay, near, far = between(place, port, THEM)
    _, status = send(place, near.port, "--avp", f"Route-Record={THEM}")
    answer = near.wait("<", "CCA")
    equal((status, answer.error, answer.result // 1000), (1, True, 3), "status, E, class of the Result-Code")
    expect(not messages(far, ">", "CCR"), "the request went to where it was")
    relay.ends()


# ---- A server ends in the middle of load -----------------------------------------------------------------------------

QUIET = 2  # seconds


def settled(relay):
    """Until nothing has passed for a while, longer than a busy machine stands still: what is under way waits for a server that
    hangs."""
    before, since = None, 0
    while (now := relay.counts()) != before or time.monotonic() - since < QUIET:
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.1)  # between two looks
    return now


def one_of_two_dies(place, first, second):
    """kill -9 of one server: what it had not answered, and all that comes, goes to the other one."""
    total, window = 6000, 64
    servers = {kind: kind.server(place) for kind in (first, second)}
    relay = Relay(place, *(port for _, port in servers.values()))
    for kind in servers:
        relay.wait_peer(kind.host)
    client = load(place, relay.port, total, "--window", window)
    while relay.counts()["relayed"] < total // 10:
        expect(client.running, "the load is over too soon")
    victim = servers[first][0]
    victim.signal(signal.SIGSTOP)  # requests pile up there
    under_way = settled(relay)
    expect(under_way["relayed"] < total, "the load is over too soon")
    victim.crash()
    equal(client.wait(), 0, f"the client's exit status: are all answered 2001? {client.output}")
    counts = relay.counts()
    equal(counts["failovers"], window, "requests that went to the other server")
    equal((counts["relayed"], counts["unanswered"]), (total, 0), "requests relayed, and without an answer")
    place.say(f"{under_way['relayed']} of {total} relayed before, {counts['failovers']} went elsewhere, all answered")
    relay.ends()


@harness.test
def freediameter_dies_under_load_and_erlang_takes_over(place):  # B5.5.4-02
    one_of_two_dies(place, FreeDiameter, Otp)


@harness.test
def erlang_dies_under_load_and_freediameter_takes_over(place):
    one_of_two_dies(place, Otp, FreeDiameter)


@harness.test
def relay_of_theirs_dies_under_load_and_the_other_takes_over(place):
    """Two ways to one server, a relay of theirs on each."""
    total, window = 6000, 64
    port = served(place)
    process, way = FreeDiameter.relay(place, port, SERVER, REALM)
    connected(process, way, SERVER)
    other = erlang_relay(place, port, "--host", "relay3.relay.test")
    relay = Relay(place, way, other)
    relay.wait_peer(THEM)
    relay.wait_peer("relay3.relay.test")
    client = load(place, relay.port, total, "--window", window)
    while relay.counts()["relayed"] < total // 10:
        expect(client.running, "the load is over too soon")
    process.crash()
    equal(client.wait(), 0, f"the client's exit status: are all answered 2001? {client.output}")
    counts = relay.counts()
    equal((counts["relayed"], counts["unanswered"]), (total, 0), "requests relayed, and without an answer")
    place.say(f"{counts['failovers']} went by the other way, all answered")
    relay.ends()


# ---- Redirects -------------------------------------------------------------------------------------------------------


REDIRECTED = "other.test"  # the realm whose requests are redirected to Erlang's server


def server_of_redirected(place):
    """Erlang's, with a tap: which has it, and the URI to which it is redirected."""
    _, port = Otp.server(place, more=["--realm", REDIRECTED])
    tap = place.closing(Tap(port))
    return tap, f"aaa://{Otp.host}:{tap.port};transport=tcp"


def redirect_agent(place, where):
    """`diatom agent` that redirects; its port."""
    path = place.file("redirect.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"""
identity: {{ host: {US}, realm: {OUR_REALM} }}
listen:
  - {{ uri: "aaa://127.0.0.1:0", clear: yes, allow: ["*@127.0.0.0/8"] }}
applications: [relay]
routes:
  - {{ name: elsewhere, realm: [{REDIRECTED}], action: redirect, to: ["{where}"], usage: all-realm, cache: 60s }}
""")
    process = place.diatom("agent", path)
    return int(process.wait_line(r"^listening aaa://127\.0\.0\.1:(\d+);").group(1))


def three_ask(place, port):
    for _ in range(3):
        _, status = send(place, port, realm=REDIRECTED)
        equal(status, 0, "the client's exit status")


@harness.test
def freediameter_follows_our_redirect(place):  # B2.8.3-01, B6.1.8-01, B6.1.8-02, B6.12-01, B6.14-01
    server, where = server_of_redirected(place)
    tap = place.closing(Tap(redirect_agent(place, where)))
    front = freediameter_relay(place, tap.port, US, OUR_REALM, FD_DEFAULT="1", FD_FOLLOW=f"{Otp.host}={server.port}")
    equal(tap.wait("<", "CEA").result, 2001, "our CEA")
    advertised = [a.u32 for a in tap.wait("<", "CEA").all(octets.AUTH_APPLICATION_ID)]
    expect(octets.RELAY in advertised, f"a redirect agent advertises {advertised}")
    equal(server.wait("<", "CEA").result, 2001, "the server's CEA")
    three_ask(place, front)
    answer = tap.wait("<", "CCA")
    equal((answer.error, answer.result), (True, 3006), "E and Result-Code")
    equal(answer.hop_by_hop, tap.wait(">", "CCR").hop_by_hop, "its Hop-by-Hop id")
    equal([a.text for a in answer.all(REDIRECT_HOST)], [where], "Redirect-Host")
    equal((answer.get(REDIRECT_HOST_USAGE).u32, answer.get(REDIRECT_MAX_CACHE_TIME).u32), (2, 60), "usage and time")
    equal(len(messages(server, "<", "CCA")), 3, "answers of the server")
    equal(len(messages(tap, "<", "CCA")), 1, "redirects: freeDiameter remembers")


@harness.test
def we_follow_a_redirect_of_freediameter(place):  # B6.1.8-03, B6.1.8-04, B6.12-02, B6.12-03, B6.13-03, B7.1.3-08
    server, where = server_of_redirected(place)
    _, port = FreeDiameter.server(place, UPSTREAM_ID=f"redirects.{REDIRECTED}", SERVER_REALM=REDIRECTED, FD_REDIRECT=where)
    tap = place.closing(Tap(port))
    relay = Relay(place, tap.port, server.port)
    relay.wait_peer(f"redirects.{REDIRECTED}")
    relay.wait_peer(Otp.host)
    three_ask(place, relay.port)
    answer = tap.wait("<", "CCA")
    equal((answer.error, answer.result), (True, 3006), "E and Result-Code of freeDiameter")
    equal(len(messages(tap, "<", "CCA")), 1, "redirects: we remember")
    equal({m.result for m in messages(server, "<", "CCA")}, {2001}, "answers of the server")
    equal(len(messages(server, ">", "CCR")), 3, "requests to the server")
    relay.ends()


if __name__ == "__main__":
    sys.exit(
        harness.main(
            __doc__.splitlines()[0],
            jobs=6,
            needs=("escript", "freeDiameterd", "openssl"),
            first=("dies", "freediameter"),
        )
    )
