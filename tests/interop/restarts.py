#!/usr/bin/env python3
"""freeDiameter and Erlang/OTP's diameter crash, hang, leave and come back while Diatom talks to them, and Diatom does the same
to them. Every request of ours has one outcome, connections come back in the time that the timers say, and the events tell.

As a client Diatom is tests/interop/stay.c (Tw 6 s, Tc 1 s, twenty requests a second), as a server it is `diatom serve`.
"""

import sys

sys.dont_write_bytecode = True

import re
import signal
import time

import harness
from harness import Tap, equal, expect, serve, uri
from stacks import LONG, OUR_HOST, OUR_REALM, PEERS, SHORT, FreeDiameter, Otp

TW, JITTER = 6.0, 2.0  # of ours, in seconds (RFC 3539, 3.4.1)
TC = 1.0
TC_MOST = 4 * 1.1 * TC  # with back-off and jitter
DISCONNECT = 5.0  # until a DPA that does not come is waited for no longer
SLACK = 5.0  # for a machine that does other things as well
THEIR_REOPEN = 2 * (TW + JITTER)  # when they want three DWAs as well


# ---- Ours as a client ------------------------------------------------------------------------------------------------


class Stay:
    """tests/interop/stay.c."""

    def __init__(self, place, port, *more):
        self.process = place.tool("stay", uri(port), *more)
        self.seen = 0

    def next(self, what, patience=harness.PATIENCE):
        """Waits for a line with this, behind the one found last; the second at which it was printed."""
        found = self.process.wait_line(rf"^([\d.]+) {what}", patience, since=self.seen)
        self.seen = self.process.lines.index(found.string, self.seen) + 1
        return float(found.group(1))

    def times(self, what):
        """The seconds of all lines with this."""
        return [float(m.group(1)) for m in re.finditer(rf"^([\d.]+) {what}", self.process.output, re.M)]

    def serves(self):
        """Until ten requests in a row were answered."""
        self.next("steady")

    def leave(self):
        """Ends it; {what became of its requests: how many}. Its exit status says that each had one outcome."""
        self.process.terminate()
        equal(self.process.wait(), 0, "the client's exit status: did each request have one outcome")
        counts = self.process.wait_line(r"\d+ sent: .*")
        ends = {word: int(n) for n, word in re.findall(r"(\d+) ([a-z ]+)", counts.group(0))}
        ended = sum(n for word, n in ends.items() if word not in ("sent", "not sent"))
        equal(ended, ends["sent"], "requests with an outcome")
        equal(ends["bad"], 0, "bad answers")
        return ends


def say(place, ends, text=""):
    place.say(", ".join(f"{n} {word}" for word, n in ends.items() if n) + text)


def back_in_time(us, since, their_notice=0, their_reopen=0):
    """The connection stands again as soon as Tc allows, and serves behind its third DWA (RFC 3539, 3.4.1), the first of which
    comes at once; in seconds since then. What their timers cost may come on top: until they notice, until they serve."""
    stands = us.next(r"event state \S+ I-Open")
    us.next(r"event watchdog \S+ REOPEN")
    us.next("event peer up")
    serves = us.next("serving behind 3 DWAs$")
    us.serves()
    expect(stands - since <= TC_MOST + their_notice + SLACK, f"the connection was back after {stands - since:.1f} s")
    reopen = serves - stands
    expect(2 * (TW - JITTER) - 0.5 <= reopen <= 2 * (TW + JITTER) + their_reopen + SLACK, f"it served after {reopen:.1f} s")
    return f"; up again after {stands - since:.1f} s, serving {reopen:.1f} s later"


def they_crash_and_return(place, peer):  # B2.1-08, B5.5.4-05, B5.6-10, B5.6-45, W3.4.1-16, WA-14
    process, port = peer.server(place)
    us = Stay(place, port, "--timeout", 30000)
    us.serves()
    process.signal(signal.SIGSTOP)
    time.sleep(0.5)  # ten requests without an answer
    process.crash()
    us.next("event peer down")
    us.next("event connect failed")
    us.next("event connect failed")
    peer.server(place, port=port)
    last = us.times("event connect failed")[-1]
    text = back_in_time(us, last)
    tries = us.times("event (?:peer down|connect failed)")
    gaps = [b - a for a, b in zip(tries, tries[1:])]
    expect(all(0.85 * TC <= gap <= TC_MOST + SLACK for gap in gaps), f"seconds between tries: {gaps}")
    ends = us.leave()
    expect(ends["lost"] > 0, "the crash cost no request")
    say(place, ends, text)


def within(seconds, rounds):
    """Can that many rounds of the watchdog have passed since a request that was sent into silence has timed out (2 s)?"""
    return rounds * (TW - JITTER) - 2.5 <= seconds <= rounds * (TW + JITTER) - 1.5 + SLACK


def they_hang_until_we_suspect_them(place, peer):  # W3.4.1-08
    process, port = peer.server(place)
    tap = place.closing(Tap(port))
    us = Stay(place, tap.port)
    us.serves()
    process.signal(signal.SIGSTOP)
    silent = us.next("request", patience=20)
    suspect = us.next("event suspect", patience=30)
    expect(within(suspect - silent, 2), f"suspected {suspect - silent:.1f} s after the first timeout")
    watchdogs = sum(1 for d, m in list(tap.seen) if d == ">" and m.name == "DWR")
    equal(watchdogs, 1, "DWRs until then")
    process.signal(signal.SIGCONT)
    us.next("event alive")
    us.serves()
    ends = us.leave()
    equal(tap.connections, 1, "connections")
    expect(ends["timeout"] > 0, "no request timed out")
    say(place, ends, f"; suspected {suspect - silent:.1f} s after the first timeout")


def they_hang_until_we_give_up(place, peer):
    process, port = peer.server(place, watchdog=SHORT)
    us = Stay(place, port)
    us.serves()
    process.signal(signal.SIGSTOP)
    silent = us.next("request", patience=20)
    us.next("event suspect", patience=30)
    down = us.next("event peer down", patience=30)
    expect(within(down - silent, 3), f"given up {down - silent:.1f} s after the first timeout")
    process.signal(signal.SIGCONT)
    text = back_in_time(us, down, their_notice=10, their_reopen=THEIR_REOPEN)  # a CER may have waited for them to wake
    say(place, us.leave(), text)


CAUSES = {"rebooting": 0, "busy": 1, "goaway": 2}


def they_leave(place, peer, cause):
    """Their DPR, and that we connect again after it, or do not."""
    options = {"cause": cause} if peer is Otp else {}
    process, port = peer.server(place, **options)
    tap = place.closing(Tap(port))
    us = Stay(place, tap.port)
    us.serves()
    process.terminate()
    equal(tap.wait("<", "DPR").get(273).u32, CAUSES[cause], "Disconnect-Cause")
    equal(tap.wait(">", "DPA").result, 2001, "the DPA")
    us.next(r"event peer down .*\(DPR\)")
    process.wait()
    before = tap.connections
    peer.server(place, port=port, **options)
    if cause != "rebooting":
        time.sleep(4 * TC)  # nothing must happen meanwhile
        equal(tap.connections, before, "connections to a peer that does not want us")
        us.process.child.send_signal(signal.SIGUSR1)
    since = us.next("connecting$") if cause != "rebooting" else time.monotonic()
    up = us.next("event peer up")
    us.serves()
    equal(us.times("event watchdog .*REOPEN"), [], "times that it was in REOPEN, though they had left in order")
    if cause != "rebooting":
        expect(up - since <= SLACK, f"connected {up - since:.1f} s after the call")
    say(place, us.leave(), f"; cause {CAUSES[cause]}")


def they_leave_to_reboot(place, peer):  # B5.4.3-02, B5.6-44
    they_leave(place, peer, "rebooting")


def they_leave_since_they_are_busy(place, peer):  # B5.4.3-03
    they_leave(place, peer, "busy")


def they_leave_since_they_do_not_want_us(place, peer):  # B2.1-09, B5.4.3-04
    they_leave(place, peer, "goaway")


def we_leave_with_each_cause_and_return(place, peer):  # B5.4-01, B5.4.1-02, B5.6-43, B5.6-47
    _, port = peer.server(place)
    for cause in CAUSES.values():
        tap = place.closing(Tap(port))
        us = Stay(place, tap.port, "--cause", cause)
        us.serves()
        ends = us.leave()
        gone = us.times("event stopped")[0] - us.times("leaving")[0]
        expect(gone < DISCONNECT - 1, f"it took {gone:.1f} s to leave, as without a DPA")
        dpr = tap.wait(">", "DPR")
        equal((dpr.get(264).text, dpr.get(296).text), ("stay.client.test", "client.test"), "who leaves")
        equal(dpr.get(273).u32, cause, "Disconnect-Cause")
        equal(tap.wait("<", "DPA").result, 2001, "the DPA")
        equal((ends["timeout"], ends["lost"]), (0, 0), "requests without an answer")


def we_crash_and_return(place, peer):
    _, port = peer.server(place, watchdog=SHORT)
    us = Stay(place, port)
    us.serves()
    us.process.crash()
    us = Stay(place, port)
    up = us.next("event peer up")
    serves = us.next("serving")
    us.serves()
    say(place, us.leave(), f"; up after {up:.1f} s, served after {serves:.1f} s")


def we_return_before_they_know_our_old_connection_to_be_dead(place, peer):
    # Some refuse us until their watchdog has noticed; we try again after Tc each time.
    _, port = peer.server(place, watchdog=SHORT)
    tap = place.closing(Tap(port))
    us = Stay(place, tap.port)
    us.serves()
    tap.freeze()
    us.process.crash()
    us = Stay(place, tap.port)
    up = us.next("event peer up")
    us.serves()
    refused = len(us.times("event connect failed"))
    say(place, us.leave(), f"; up after {up:.1f} s, {refused} times refused before")


def the_network_goes_silent_and_both_live(place, peer):
    _, port = peer.server(place, watchdog=SHORT)
    tap = place.closing(Tap(port))
    us = Stay(place, tap.port)
    us.serves()
    tap.freeze()
    silent = us.next("request", patience=20)
    us.next("event suspect", patience=30)
    down = us.next("event peer down", patience=30)
    expect(within(down - silent, 3), f"given up {down - silent:.1f} s after the first timeout")
    text = back_in_time(us, down, their_notice=2 * (TW + JITTER), their_reopen=THEIR_REOPEN)
    say(place, us.leave(), text)


def they_crash_again_and_again(place, peer):
    process, port = peer.server(place)
    us = Stay(place, port, "--every", 5)
    us.serves()
    for _ in range(5):
        process.crash()
        us.next("event peer down")
        process, _ = peer.server(place, port=port)
        us.next("event peer up")
        us.serves()
    ends = us.leave()
    equal(len(us.times("event peer up")), 6, "times that it was up")
    say(place, ends)


# ---- Ours as a server ------------------------------------------------------------------------------------------------


class OtpClient:
    """Connects to us, asks every half second."""

    def __init__(self, place, port, watchdog=LONG, cause="rebooting"):
        self.process = Otp.client(place, port, "--again", "--cause", cause, watchdog=watchdog)
        self.host = "client.example.net"
        self.seen = 0

    def is_answered(self, patience=harness.PATIENCE):
        """Waits until it tells of an answer again."""
        found = self.process.wait_line(r"^result 2001$", patience, since=self.seen)
        self.seen = self.process.lines.index(found.string, self.seen) + 1


class FreeDiameterClient:
    """Connects to us as a relay to its next hop; `diatom send` asks it."""

    def __init__(self, place, port, watchdog=LONG):
        self.place = place
        self.process, self.port = FreeDiameter.relay(place, port, OUR_HOST, OUR_REALM, watchdog=watchdog)
        self.host = "relay1.relay.test"

    def is_answered(self, patience=harness.PATIENCE):
        """Asks until it is answered."""
        limit = time.monotonic() + patience
        while True:
            ask = self.place.diatom(
                "send", "ccr", "--app", "ro", "--connect", uri(self.port), "--origin-host", "asks.client.test",
                "--origin-realm", OUR_REALM, "--avp", f"Destination-Realm={OUR_REALM}",
                "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Type=INITIAL_REQUEST",
                "--avp", "CC-Request-Number=0", "--timeout", 2000,
            )  # fmt: skip
            if ask.wait() == 0:
                return
            expect(time.monotonic() < limit, f"no answer through the relay within {patience:.0f} s:\n{ask.output}")


class Server:
    """`diatom serve` with all its events."""

    def __init__(self, place, port=0):
        listen = f"aaa://127.0.0.1:{port}"
        self.process, self.port = serve(
            place, "--verbose", "--watchdog", int(TW * 1000), host=OUR_HOST, realm=OUR_REALM, listen=listen
        )
        self.seen = 0

    def next(self, event, host, patience=harness.PATIENCE):
        """Waits for this event of this peer, behind the one found last; what it said."""
        found = self.process.wait_line(rf"^event {event} {re.escape(host)} (.*)$", patience, since=self.seen)
        self.seen = self.process.lines.index(found.string, self.seen) + 1
        return found.group(1)

    def leave(self):
        begun = time.monotonic()
        self.process.terminate()
        equal(self.process.wait(), 0, "the server's exit status")
        took = time.monotonic() - begun
        expect(took < DISCONNECT - 1, f"it took {took:.1f} s to leave, as without a DPA")


CLIENTS = {Otp: OtpClient, FreeDiameter: FreeDiameterClient}


def our_client_crashes_and_returns(place, peer):  # B5.6-37
    us = Server(place)
    client = CLIENTS[peer](place, us.port)
    us.next("peer up", client.host)
    client.is_answered()
    client.process.crash()
    us.next("peer down", client.host)
    client = CLIENTS[peer](place, us.port)
    us.next("peer up", client.host)
    client.is_answered(patience=SLACK + 5)  # nobody waits in REOPEN who connects to a listener
    us.leave()


def our_client_returns_before_its_old_connection_is_known_to_be_dead(place, peer):
    us = Server(place)
    tap = place.closing(Tap(us.port))
    client = CLIENTS[peer](place, tap.port)
    us.next("peer up", client.host)
    client.is_answered()
    tap.freeze()
    client.process.crash()
    client = CLIENTS[peer](place, tap.port)
    equal(us.next("peer down", client.host), "silent while the peer connected anew", "why the old connection went")
    us.next("peer up", client.host)
    client.is_answered(patience=SLACK + 5)
    us.leave()


def our_client_hangs_until_we_suspect_it(place, peer):
    us = Server(place)
    tap = place.closing(Tap(us.port))
    client = CLIENTS[peer](place, tap.port)
    us.next("peer up", client.host)
    client.is_answered()
    client.process.signal(signal.SIGSTOP)
    us.next("suspect", client.host, patience=30)
    client.process.signal(signal.SIGCONT)
    us.next("alive", client.host)
    served = us.process.mark()
    if peer is FreeDiameter:
        client.is_answered()
    us.process.wait_line(r"^sent .*CCA", since=served)
    equal(tap.connections, 1, "connections")
    us.leave()


def our_client_hangs_until_we_give_up(place, peer):
    us = Server(place)
    client = CLIENTS[peer](place, us.port, watchdog=SHORT)
    us.next("peer up", client.host)
    client.is_answered()
    client.process.signal(signal.SIGSTOP)
    us.next("suspect", client.host, patience=30)
    us.next("peer down", client.host, patience=30)
    client.process.signal(signal.SIGCONT)
    us.next("peer up", client.host)
    served = us.process.mark()
    if peer is FreeDiameter:
        client.is_answered()
    us.process.wait_line(r"^sent .*CCA", since=served)
    us.leave()


def our_client_leaves_with_each_cause_and_returns(place, peer):  # B5.6-36
    us = Server(place)
    for cause in CAUSES if peer is Otp else ["rebooting"]:
        tap = place.closing(Tap(us.port))
        client = OtpClient(place, tap.port, cause=cause) if peer is Otp else FreeDiameterClient(place, tap.port)
        us.next("peer up", client.host)
        client.is_answered()
        client.process.terminate()
        equal(tap.wait(">", "DPR").get(273).u32, CAUSES[cause], "Disconnect-Cause")
        equal(tap.wait("<", "DPA").result, 2001, "the DPA")
        expect("DPR" in us.next("peer down", client.host), "the event does not tell of the DPR")
        client.process.wait()
    us.leave()


def we_leave_our_client_and_return(place, peer):  # B5.6-35, B5.6-48
    us = Server(place)
    tap = place.closing(Tap(us.port))
    client = CLIENTS[peer](place, tap.port, watchdog=SHORT)
    us.next("peer up", client.host)
    client.is_answered()
    us.leave()
    equal(tap.wait("<", "DPR").get(273).u32, 0, "Disconnect-Cause")
    equal(tap.wait(">", "DPA").result, 2001, "the DPA")
    us = Server(place, us.port)
    us.next("peer up", client.host)
    client.is_answered()
    us.leave()


def our_server_crashes_and_returns(place, peer):
    us = Server(place)
    client = CLIENTS[peer](place, us.port, watchdog=SHORT)
    us.next("peer up", client.host)
    client.is_answered()
    us.process.crash()
    us = Server(place, us.port)
    us.next("peer up", client.host)
    client.is_answered()
    us.leave()


EITHER = [
    they_crash_and_return,
    they_hang_until_we_suspect_them,
    they_leave_to_reboot,
    we_leave_with_each_cause_and_return,
    we_crash_and_return,
    our_client_crashes_and_returns,
    our_client_returns_before_its_old_connection_is_known_to_be_dead,
    our_client_hangs_until_we_suspect_it,
    our_client_leaves_with_each_cause_and_returns,
    we_leave_our_client_and_return,
    our_server_crashes_and_returns,
]
ERLANG_ALONE = [they_leave_since_they_are_busy, they_leave_since_they_do_not_want_us]
EITHER_LONG = [
    they_hang_until_we_give_up,
    the_network_goes_silent_and_both_live,
    they_crash_again_and_again,
    our_client_hangs_until_we_give_up,
]


def scenario(function, peer, long=False):
    harness.add_test(f"{peer.name}_{function.__name__}", lambda place: function(place, peer), long)


for _peer in PEERS:
    for _function in EITHER:
        scenario(_function, _peer)
    for _function in EITHER_LONG:
        scenario(_function, _peer, long=True)
for _function in ERLANG_ALONE:
    scenario(_function, Otp)
# freeDiameter refuses us for half a minute, Erlang takes us at once.
scenario(we_return_before_they_know_our_old_connection_to_be_dead, Otp)
scenario(we_return_before_they_know_our_old_connection_to_be_dead, FreeDiameter, long=True)

if __name__ == "__main__":
    sys.exit(
        harness.main(
            __doc__.splitlines()[0],
            jobs=10,
            needs=("escript", "freeDiameterd", "openssl"),
            first=("hang", "return"),
        )
    )
