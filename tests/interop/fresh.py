#!/usr/bin/env python3
"""A thousand fresh connections, each with a request straight behind the capabilities exchange: none is lost, whoever
connects, and whoever asks."""

import sys

sys.dont_write_bytecode = True

import concurrent.futures
import re
import socket
import threading

import harness
import octets
from harness import equal, expect, serve, uri
from stacks import FreeDiameter, Otp

COUNT = 1000
AT_A_TIME = 16
TIMEOUT = 10000  # milliseconds that one of ours waits for its answer


# ---- Over raw sockets ------------------------------------------------------------------------------------------------


def host(name):
    return octets.avp(octets.ORIGIN_HOST, name)


def capabilities(name, *more, flags=octets.R, **ids):
    return octets.message(
        octets.CER, *more, host(name), octets.avp(octets.ORIGIN_REALM, "client.test"),
        octets.avp(octets.HOST_IP_ADDRESS, octets.address("127.0.0.1")), octets.avp(octets.VENDOR_ID, 0),
        octets.avp(octets.PRODUCT_NAME, "fresh"), octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL),
        flags=flags, **ids,
    )  # fmt: skip


def ccr(name, number, realm):
    return octets.message(
        octets.CCR, octets.avp(octets.SESSION_ID, f"{name};1;{number}"), host(name),
        octets.avp(octets.ORIGIN_REALM, "client.test"), octets.avp(octets.DESTINATION_REALM, realm),
        octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL), octets.avp(octets.SERVICE_CONTEXT_ID, "32251@3gpp.org"),
        octets.avp(octets.CC_REQUEST_TYPE, 1), octets.avp(octets.CC_REQUEST_NUMBER, 0),
        application=octets.CREDIT_CONTROL, flags=octets.R | octets.P, hop_by_hop=number, end_to_end=number,
    )  # fmt: skip


def dpr(name):
    return octets.message(
        octets.DPR, host(name), octets.avp(octets.ORIGIN_REALM, "client.test"), octets.avp(octets.DISCONNECT_CAUSE, 2),
        hop_by_hop=77,
    )  # fmt: skip


class Stream:
    """A socket's messages, one at a time."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(harness.PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.found = []

    def send(self, *messages):
        """In one segment."""
        self.socket.sendall(b"".join(messages))

    def next(self):
        """The next message; None at the end of the stream."""
        while not self.found:
            data = self.socket.recv(65536)
            if not data:
                return None
            found, self.rest = octets.cut(self.rest + data)
            self.found += [octets.Message(m) for m in found]
        return self.found.pop(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def expect_message(stream, name, result, hop_by_hop):
    found = stream.next()
    expect(found is not None, f"the connection was closed instead of {name}")
    equal((found.name, found.result, found.hop_by_hop), (name, result, hop_by_hop), "the answer")


def one_behind_the_cea(port, number):
    """CER; as soon as the CEA is there CCR."""
    name = f"{number}.raw.test"
    with Stream(socket.create_connection(("127.0.0.1", port), harness.PATIENCE)) as stream:
        stream.send(capabilities(name, hop_by_hop=number))
        expect_message(stream, "CEA", 2001, number)
        stream.send(ccr(name, number, "example.net"))
        expect_message(stream, "CCA", 2001, number)
        stream.send(dpr(name))
        expect_message(stream, "DPA", 2001, 77)


def one_pipelined(port, number):
    """CER, CCR and DPR in one segment. An initiator that obeys RFC 6733, 5.6 waits for the CEA; but a responder is open as
    soon as it has sent that, so everything behind the CER finds it open."""
    name = f"{number}.raw.test"
    with Stream(socket.create_connection(("127.0.0.1", port), harness.PATIENCE)) as stream:
        stream.send(capabilities(name, hop_by_hop=number), ccr(name, number, "example.net"), dpr(name))
        expect_message(stream, "CEA", 2001, number)
        expect_message(stream, "CCA", 2001, number)
        expect_message(stream, "DPA", 2001, 77)


def count_in_parallel(work):
    """work(1), work(2), ... work(COUNT), some at a time: how many ended well."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(1 for _ in pool.map(work, range(1, COUNT + 1)))


def asked(place, work):
    server, port = serve(place, "--quiet")
    place.say(f"{count_in_parallel(lambda number: work(port, number))} of {COUNT} requests answered")
    server.terminate()
    equal(server.wait(), 0, "the server's exit status")


@harness.test
def a_request_straight_behind_the_cea_is_answered_on_a_thousand_connections(place):  # B5.6-08, B5.6-31
    asked(place, one_behind_the_cea)


@harness.test
def a_request_in_the_segment_of_the_cer_is_answered_on_a_thousand_connections(place):  # B5.6-08, B5.6-31
    asked(place, one_pipelined)


class Responder:
    """Takes connections, and sends a CCR in the segment of each CEA; answers what it is asked."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.answered = 0  # requests of ours
        self.problems = []
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        answered = 0
        try:
            with Stream(connection) as stream:
                while message := stream.next():
                    if message.name == "CCA":
                        equal((message.result, message.hop_by_hop), (2001, 9), "the answer to our CCR")
                        answered += 1
                    else:
                        stream.send(*self._answers(message))
            equal(answered, 1, "answers on one connection")
        except (harness.Failure, octets.Malformed, OSError) as error:
            with self.lock:
                self.problems.append(f"{type(error).__name__}: {error}")
        with self.lock:
            self.answered += answered

    @staticmethod
    def _answers(request):
        name = "responder.test"
        ids = {"hop_by_hop": request.hop_by_hop, "end_to_end": request.end_to_end}
        success = octets.avp(octets.RESULT_CODE, 2001)
        if request.name == "CER":
            return capabilities(name, success, flags=0, **ids), ccr(name, 9, "client.test")
        if request.name == "CCR":
            same = [request.get(code).octets for code in (octets.CC_REQUEST_TYPE, octets.CC_REQUEST_NUMBER)]
            return [octets.message(
                octets.CCR, request.get(octets.SESSION_ID).octets, success, host(name),
                octets.avp(octets.ORIGIN_REALM, "client.test"),
                octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL), *same,
                application=octets.CREDIT_CONTROL, flags=octets.P, **ids,
            )]  # fmt: skip
        return [octets.message(
            request.command, success, host(name), octets.avp(octets.ORIGIN_REALM, "client.test"), flags=0, **ids
        )]  # fmt: skip

    def close(self):
        self.listener.close()


# ---- Ours, as the one that connects ----------------------------------------------------------------------------------


def ask(place, port, realm, count=COUNT, timeout=TIMEOUT):
    """tests/interop/fresh.c; what it counted."""
    process = place.tool("fresh", uri(port), count, AT_A_TIME, realm, timeout)
    found = process.wait_line(r"^(\d+) connections, (\d+) connected, (\d+) sent, (\d+) answered 2001, (\d+) outcomes, (\d+) served$")
    process.wait()
    place.say(found.group(0))
    return tuple(int(n) for n in found.groups())


def all_answered(count, served=0):
    return (count, count, count, count, count, served)


@harness.test
def ours_get_an_answer_on_a_thousand_connections_to_us(place):  # B5.6-13, B5.6-38, W3.4.1-17
    _, port = serve(place, "--quiet", realm="server.test")
    equal(ask(place, port, "server.test"), all_answered(COUNT), "what was counted")


@harness.test
def ours_answer_a_request_in_the_segment_of_the_cea_on_a_thousand_connections(place):  # B5.6-13, B5.6-39
    responder = place.closing(Responder())
    counted = ask(place, responder.port, "client.test")
    expect(not responder.problems, f"{len(responder.problems)} connections: {responder.problems[:3]}")
    equal(counted, all_answered(COUNT, served=COUNT), "what was counted")


@harness.test
def ours_get_an_answer_on_a_thousand_connections_to_erlang(place):
    _, port = Otp.server(place, settle=100)  # longer than a busy machine makes of OTP's millisecond, see below
    equal(ask(place, port, Otp.realm), all_answered(COUNT), "what was counted")


@harness.test
def ours_get_an_answer_on_a_thousand_connections_to_freediameter(place):
    _, port = FreeDiameter.server(place)
    equal(ask(place, port, FreeDiameter.realm), all_answered(COUNT), "what was counted")


@harness.test
def what_erlang_loses_behind_its_cea_ends_as_timeout(place):
    # OTP drops requests that come within a millisecond of its CEA: each has an outcome all the same.
    _, port = Otp.server(place, settle=0)
    n = 100
    _, connected, sent, _, outcomes, _ = ask(place, port, Otp.realm, count=n, timeout=1500)
    equal((connected, sent, outcomes), (n, n, n), "connected, sent, outcomes")


# ---- Erlang, as the one that connects --------------------------------------------------------------------------------


def told(server, what):
    """Events of a kind: those that have a line, and those that were left out of so many."""
    lines = re.findall(rf"^event peer {what}(?: left out (\d+) times$)?", server.output, re.M)
    return sum(int(n or 1) for n in lines)


@harness.test
def erlang_gets_an_answer_on_a_thousand_connections(place):
    server, port = serve(place)
    client = place.process(
        "escript", Otp.script, "--client", "127.0.0.1", port, COUNT, AT_A_TIME, "--realm", "example.net", "--fresh"
    )
    found = client.wait_line(r"^\d+ fresh connections, results .*$")
    place.say(found.group(0))
    equal(found.group(0), f"{COUNT} fresh connections, results [{{2001,{COUNT}}}]", "what the Erlang client counted")
    equal(client.wait(), 0, "its exit status")
    server.terminate()
    server.wait_line(rf"^served {COUNT} requests, sent {COUNT} answers: {COUNT} initial")
    equal(server.wait(), 0, "the server's exit status")
    equal((told(server, "up"), told(server, "down")), (COUNT, COUNT), "peers up and down")


if __name__ == "__main__":
    sys.exit(
        harness.main(__doc__.splitlines()[0], jobs=2, needs=("escript", "freeDiameterd", "openssl"), first=("timeout",))
    )
