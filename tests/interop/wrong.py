#!/usr/bin/env python3
"""Wrong, odd and hostile input over raw sockets against a running `diatom serve`.

Each test sends octets and looks at the octets that come back, or at the end of the connection; then a well-behaved
client must still be served. The rows are mistakes that other stacks have been seen to make.
"""

import sys

sys.dont_write_bytecode = True

import itertools
import random
import select
import socket
import struct
import threading
import time

import harness
from harness import Failure, equal, expect, test
from octets import *  # noqa: F403 -- the vocabulary of this file
import octets

HOST, REALM = "ocs.example.net", "example.net"
STARVED = 5  # seconds: half of what the server waits for silent ones, and far more than a busy machine makes of milliseconds
shared = {}
_numbers = itertools.count(1)
_lock = threading.Lock()


def fresh():
    """An identity that no other connection has."""
    with _lock:
        return f"c{next(_numbers)}.client.test"


class Client:
    """A raw connection to the server. `hello` sends a good CER and takes the CEA."""

    def __init__(self, port, host=None, hello=True, applications=(CREDIT_CONTROL,)):
        self.host = host or fresh()
        self.socket = self.connect(port)
        self.rest = b""
        self.ready = []
        if hello:
            self.send(self.cer(applications))
            cea = self.receive()
            equal((cea.name, cea.result), ("CEA", 2001), "the answer to a good CER")

    def connect(self, port):
        found = socket.create_connection(("127.0.0.1", port), harness.PATIENCE)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def cer(self, applications=(CREDIT_CONTROL,), **header):
        return message(CER, *self.cer_avps(applications), **{"hop_by_hop": 7, "end_to_end": 7, **header})

    def cer_avps(self, applications=(CREDIT_CONTROL,)):
        return [
            avp(ORIGIN_HOST, self.host),
            avp(ORIGIN_REALM, "client.test"),
            avp(HOST_IP_ADDRESS, address("127.0.0.1")),
            avp(VENDOR_ID, 0),
            avp(PRODUCT_NAME, "wrong.py"),
            *(avp(AUTH_APPLICATION_ID, a) for a in applications),
        ]

    def ccr_avps(self, session="", realm=REALM):
        return [
            avp(SESSION_ID, session or f"{self.host};1;1"),
            avp(ORIGIN_HOST, self.host),
            avp(ORIGIN_REALM, "client.test"),
            avp(DESTINATION_REALM, realm),
            avp(AUTH_APPLICATION_ID, CREDIT_CONTROL),
            avp(SERVICE_CONTEXT_ID, "32251@3gpp.org"),
            avp(CC_REQUEST_TYPE, 1),
            avp(CC_REQUEST_NUMBER, 0),
        ]

    def ccr(self, *more, without=None, realm=REALM, session="", **header):
        """A good CCR, with further AVPs, or without one."""
        avps = [a for a in self.ccr_avps(session, realm) if struct.unpack("!I", a[:4])[0] != without]
        header = {"application": CREDIT_CONTROL, "flags": R | P, "hop_by_hop": 21, "end_to_end": 22, **header}
        return message(CCR, *avps, *more, **header)

    def dwr(self, *more, without=None, **header):
        avps = [avp(ORIGIN_HOST, self.host), avp(ORIGIN_REALM, "client.test")]
        avps = [a for a in avps if struct.unpack("!I", a[:4])[0] != without]
        return message(DWR, *avps, *more, **{"hop_by_hop": 31, "end_to_end": 32, **header})

    def dpr(self):
        avps = [avp(ORIGIN_HOST, self.host), avp(ORIGIN_REALM, "client.test"), avp(DISCONNECT_CAUSE, 0)]
        return message(DPR, *avps, hop_by_hop=41, end_to_end=42)

    def dwa(self, request):
        return message(
            DWR,
            avp(RESULT_CODE, 2001),
            avp(ORIGIN_HOST, self.host),
            avp(ORIGIN_REALM, "client.test"),
            **avp_less_request(request.octets),
        )

    def send(self, *messages):
        """In one segment."""
        self.socket.sendall(b"".join(messages))

    def receive(self, patience=harness.PATIENCE):
        """The next message. Fails when the connection ends or nothing comes."""
        limit = time.monotonic() + patience
        while not self.ready:
            self.socket.settimeout(max(0.01, limit - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                raise Failure(f"no message within {patience:.0f} s") from None
            except OSError as error:
                raise Failure(f"the connection broke instead of a message: {error}") from None
            if not data:
                raise Failure("the connection was closed instead of a message")
            self.ready, self.rest = octets.cut(self.rest + data)
        return Message(self.ready.pop(0))

    def closes(self, patience=5):
        """Waits for the end of the connection; gives the messages before it."""
        found = []
        limit = time.monotonic() + patience
        self.socket.settimeout(patience)
        while True:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                raise Failure(f"the connection is still open after {patience} s") from None
            except ConnectionError:
                return found
            if not data:
                return found
            more, self.rest = octets.cut(self.rest + data)
            found += [Message(m) for m in more]
            self.socket.settimeout(max(0.01, limit - time.monotonic()))

    def ask(self, request):
        """Sends a request and gives its answer, checked for what holds for every answer."""
        self.send(request)
        return self.answer_to(request)

    def answer_to(self, request):
        _, second, application, hop_by_hop, end_to_end = struct.unpack_from("!IIIII", request)
        answer = self.receive()
        while answer.request:  # a watchdog of the server's
            equal(answer.name, "DWR", "a request instead of an answer")
            self.send(self.dwa(answer))
            answer = self.receive()
        equal(answer.command, second & 0xFFFFFF, "the answer's command")
        equal(answer.application, application, "the answer's application")
        equal((answer.hop_by_hop, answer.end_to_end), (hop_by_hop, end_to_end), "the answer's identifiers")
        equal(answer.flags & (P | T), (second >> 24) & P, "the answer's flags P and T")
        equal(answer.get(ORIGIN_HOST).text, HOST, "the answer's Origin-Host")
        equal(answer.get(ORIGIN_REALM).text, REALM, "the answer's Origin-Realm")
        return answer

    def is_served(self, hop_by_hop=51):
        """A good CCR gets 2001 on this connection."""
        answer = self.ask(self.ccr(hop_by_hop=hop_by_hop, end_to_end=hop_by_hop + 1))
        equal((answer.result, answer.error), (2001, False), "a good CCR's answer on the same connection")


def well_behaved_client_is_served(port):
    with Client(port) as c:
        answer = c.ask(c.ccr())
        equal((answer.result, answer.error), (2001, False), "a well-behaved client's answer")
        equal(answer.avps[0].code, SESSION_ID, "the first AVP of the answer")
        equal(answer.get(SESSION_ID).text, f"{c.host};1;1", "Session-Id")
        equal(answer.get(CC_REQUEST_TYPE).u32, 1, "CC-Request-Type")
        equal(answer.get(CC_REQUEST_NUMBER).u32, 0, "CC-Request-Number")


def wrong(function):
    """A test against the shared server, which must still serve afterwards."""

    def run(place):
        function(shared["port"])
        well_behaved_client_is_served(shared["port"])

    harness.add_test(function.__name__, run)
    return function


# ---- Requests that get an answer: {name, request, Result-Code, E bit, Failed-AVP} ------------------------------------


def deep(c, depth):
    """A CCR with groups nested inside each other, built from the inside without copying the whole each time."""
    head = 8 * depth
    nest = b"".join(
        struct.pack("!II", MULTIPLE_SERVICES_CREDIT_CONTROL, M << 24 | (head - 8 * i)) for i in range(depth)
    )
    return c.ccr(nest)


ANY = object()  # E bit not judged

ROWS = [
    # The header.
    ("version_2_gets_5011", lambda c: c.ccr(version=2), 5011, True, None),  # B3-02, B7.1.5-14
    ("request_with_error_bit_gets_3008", lambda c: c.ccr(flags=R | P | E), 3008, True, None),  # B3-07, B7.1.3-10
    ("unknown_command_gets_3001",
     lambda c: message(9999, *c.ccr_avps(), application=CREDIT_CONTROL, flags=R | P), 3001, True, None),  # B3.1-02, B7.1.3-02
    ("unknown_command_without_avps_gets_3001",
     lambda c: message(9999, application=CREDIT_CONTROL, flags=R), 3001, True, None),
    ("unknown_application_gets_3007", lambda c: c.ccr(application=77), 3007, True, None),  # B7.1.3-09
    ("relay_application_in_a_header_gets_3007", lambda c: c.ccr(application=RELAY), 3007, True, None),
    ("reserved_header_flags_are_ignored", lambda c: c.ccr(flags=R | P | 0x0F), 2001, False, None),  # B3-15
    ("hop_by_hop_0_is_a_value_like_any_other", lambda c: c.ccr(hop_by_hop=0), 2001, False, None),
    ("end_to_end_0_is_a_value_like_any_other", lambda c: c.ccr(end_to_end=0), 2001, False, None),
    ("first_request_with_T_is_served", lambda c: c.ccr(flags=R | P | T), 2001, False, None),  # B3-13
    ("request_without_P_is_served", lambda c: c.ccr(flags=R), 2001, False, None),
    # Realms.
    ("realm_not_served_gets_3003", lambda c: c.ccr(realm="elsewhere.test"), 3003, True, None),  # B7.1.3-04
    ("realm_differs_only_in_case_is_served", lambda c: c.ccr(realm="Example.NET"), 2001, False, None),  # B6.1.4-02
    # AVPs.
    ("unknown_avp_with_M_gets_5001", lambda c: c.ccr(avp(9999, b"abcd", flags=M)), 5001, False,
     [avp(9999, b"abcd", flags=M)]),  # B4.1-07, B7.1.5-02
    ("unknown_vendor_avp_with_M_gets_5001", lambda c: c.ccr(avp(1, b"abcde", flags=M, vendor=4242)), 5001, False,
     [avp(1, b"abcde", flags=M, vendor=4242)]),  # B4.1-02, B4.1-07
    ("unknown_avp_without_M_is_served", lambda c: c.ccr(avp(9999, b"abcd", flags=0)), 2001, False, None),  # B4.1-08, B3.2-05
    ("avp_beyond_the_message_gets_5014", lambda c: c.ccr(avp(USER_NAME, b"abcd", length=1000)), 5014, ANY,
     [avp(USER_NAME)]),  # B7.1.5-18
    ("avp_one_octet_beyond_the_message_gets_5014", lambda c: c.ccr(avp(USER_NAME, b"abcd", length=13)), 5014, ANY,
     [avp(USER_NAME)]),
    ("avp_of_length_4_gets_5014", lambda c: c.ccr(avp(USER_NAME, b"abcd", length=4)), 5014, ANY, [avp(USER_NAME)]),  # B7.1.5-18
    ("avp_of_length_0_gets_5014", lambda c: c.ccr(avp(USER_NAME, b"abcd", length=0)), 5014, ANY, [avp(USER_NAME)]),
    ("vendor_avp_of_length_8_gets_5014", lambda c: c.ccr(avp(USER_NAME, b"", flags=V | M)), 5014, ANY, ANY),
    ("avp_header_cut_off_gets_5014", lambda c: c.ccr(struct.pack("!I", USER_NAME)), 5014, ANY,
     [avp(USER_NAME, flags=0)]),  # B7.1.5-20
    ("unsigned32_of_3_octets_gets_5014",
     lambda c: c.ccr(avp(CC_REQUEST_NUMBER, b"abc"), without=CC_REQUEST_NUMBER), 5014, False,
     [avp(CC_REQUEST_NUMBER, 0)]),  # B4.1-12, B7.1.5-17
    ("unsigned32_of_8_octets_gets_5014",
     lambda c: c.ccr(avp(CC_REQUEST_NUMBER, bytes(8)), without=CC_REQUEST_NUMBER), 5014, False,
     [avp(CC_REQUEST_NUMBER, 0)]),
    ("missing_avp_gets_5005", lambda c: c.ccr(without=CC_REQUEST_TYPE), 5005, False, [avp(CC_REQUEST_TYPE, 0)]),  # B7.1.5-06, -07, -08
    ("missing_session_id_gets_5005", lambda c: c.ccr(without=SESSION_ID), 5005, False, [avp(SESSION_ID)]),
    ("second_of_a_single_avp_gets_5009", lambda c: c.ccr(avp(CC_REQUEST_NUMBER, 7)), 5009, False,
     [avp(CC_REQUEST_NUMBER, 7)]),  # B3.2-03, B7.1.5-12
    ("text_that_is_no_utf8_gets_5004",
     lambda c: c.ccr(avp(SERVICE_CONTEXT_ID, b"\xff\xfe"), without=SERVICE_CONTEXT_ID), 5004, False,
     [avp(SERVICE_CONTEXT_ID, b"\xff\xfe")]),  # B4.3.1-05, B7.1.5-05
    ("enumerated_value_not_in_the_dictionary_is_served",
     lambda c: c.ccr(group(SUBSCRIPTION_ID, avp(SUBSCRIPTION_ID_TYPE, 99), avp(SUBSCRIPTION_ID_DATA, "x"))),
     2001, False, None),
    ("missing_inside_a_group_gets_5005_with_the_group",
     lambda c: c.ccr(group(SUBSCRIPTION_ID, avp(SUBSCRIPTION_ID_TYPE, 0))), 5005, False,
     [group(SUBSCRIPTION_ID, avp(SUBSCRIPTION_ID_DATA))]),  # B4.4-04
    ("wrong_length_two_groups_deep_gets_5014_with_both_groups",
     lambda c: c.ccr(group(MULTIPLE_SERVICES_CREDIT_CONTROL, avp(RATING_GROUP, 1),
                           group(REQUESTED_SERVICE_UNIT, avp(CC_TOTAL_OCTETS, b"abc")))), 5014, False,
     [group(MULTIPLE_SERVICES_CREDIT_CONTROL, group(REQUESTED_SERVICE_UNIT, avp(CC_TOTAL_OCTETS, bytes(8))))]),  # B7.5-04
    ("component_beyond_its_group_gets_5014",
     lambda c: c.ccr(group(MULTIPLE_SERVICES_CREDIT_CONTROL, avp(RATING_GROUP, 1, length=40))), 5014, ANY,
     [group(MULTIPLE_SERVICES_CREDIT_CONTROL, avp(RATING_GROUP, 0))]),
    ("time_of_the_second_era_is_served", lambda c: c.ccr(avp(EVENT_TIMESTAMP, 0x10000000)), 2001, False, None),
    # The base protocol.
    ("dwr_is_answered", lambda c: c.dwr(), 2001, False, None),  # B5.5.2-01
    ("dwr_without_origin_realm_gets_5005", lambda c: c.dwr(without=ORIGIN_REALM), 5005, False, [avp(ORIGIN_REALM)]),
    ("second_cer_on_an_open_connection_gets_5012", lambda c: c.cer(), 5012, False, None),  # B5.6-46
]


def row_test(name, request, result, error, failed):
    def run(port):
        with Client(port) as c:
            sent = request(c)
            answer = c.ask(sent)
            equal(answer.result, result, "Result-Code")
            if error is not ANY:
                equal(answer.error, error, "the E bit")
            if failed is None:
                equal(answer.failed, [], "Failed-AVP")
            elif failed is ANY:
                expect(answer.failed, "no Failed-AVP")
            else:
                equal([a.octets.hex() for a in answer.failed], [f.hex() for f in failed], "Failed-AVP")
            if sent[20:24] == struct.pack("!I", SESSION_ID):
                equal(answer.avps[0].code, SESSION_ID, "the first AVP of the answer")
            c.is_served()

    run.__name__ = name
    wrong(run)


for _row in ROWS:
    row_test(*_row)


# ---- The stream ------------------------------------------------------------------------------------------------------


def header_closes(length, hello):  # B3-03, B7.1.5-21
    def run(port):
        with Client(port, hello=hello) as c:
            c.send(message(CER if not hello else CCR, length=length) + bytes(64))
            equal(c.closes(), [], "messages before the close")

    run.__name__ = f"header_with_length_{length}_{'after' if hello else 'before'}_cer_closes"
    wrong(run)


for _length in (0, 4, 16, 19, 21, 22, 23, 0xFFFFFF, 0xFFFFFC):
    header_closes(_length, False)
    header_closes(_length, True)


@wrong
def request_before_cer_closes(port):  # B2.9-02, B5.6.1-01
    with Client(port, hello=False) as c:
        c.send(c.ccr())
        equal(c.closes(), [], "messages before the close")


@wrong
def watchdog_before_cer_closes(port):  # B5.6.1-01
    with Client(port, hello=False) as c:
        c.send(c.dwr())
        equal(c.closes(), [], "messages before the close")


@wrong
def text_of_another_protocol_closes(port):
    with Client(port, hello=False) as c:
        c.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        equal(c.closes(), [], "messages before the close")


@wrong
def message_one_octet_at_a_time_is_served(port):
    with Client(port) as c:
        for octet in c.ccr():
            c.socket.sendall(bytes([octet]))
        equal(c.receive().result, 2001, "Result-Code")


@wrong
def two_messages_in_one_segment_are_served(port):
    with Client(port) as c:
        requests = [c.ccr(hop_by_hop=n, end_to_end=n) for n in (1, 2)]
        c.send(*requests)
        for request in requests:
            equal(c.answer_to(request).result, 2001, "Result-Code")


@wrong
def message_and_a_half_in_one_segment_are_served(port):
    with Client(port) as c:
        one, two = [c.ccr(hop_by_hop=n, end_to_end=n) for n in (1, 2)]
        c.send(one, two[:33])
        equal(c.answer_to(one).result, 2001, "Result-Code")
        c.send(two[33:])
        equal(c.answer_to(two).result, 2001, "Result-Code")


@wrong
def requests_in_the_segment_of_the_cer_are_served_on_100_fresh_connections(port):
    for _ in range(100):
        with Client(port, hello=False) as c:
            request = c.ccr()
            c.send(c.cer(), request)
            equal(c.receive().result, 2001, "CEA")
            equal(c.answer_to(request).result, 2001, "Result-Code")


@test
def requests_in_the_segment_of_the_cea_are_served_on_20_fresh_connections(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(harness.PATIENCE)
        port = listener.getsockname()[1]
        for n in range(20):
            server = place.diatom(
                "serve", "--connect", harness.uri(port), "--origin-host", HOST, "--origin-realm", REALM
            )
            near, _ = listener.accept()
            c = Client.__new__(Client)
            c.socket, c.host, c.rest, c.ready = near, f"upstream{n}.client.test", b"", []
            cer = c.receive()
            equal(cer.name, "CER", "the first message")
            cea = message(CER, avp(RESULT_CODE, 2001), *c.cer_avps(), **avp_less_request(cer.octets))
            request = c.ccr()
            c.send(cea, request)
            equal(c.answer_to(request).result, 2001, f"Result-Code on connection {n}")
            server.terminate()
            dpr = c.receive()
            equal(dpr.name, "DPR", "the farewell")
            c.send(message(DPR, avp(RESULT_CODE, 2001), avp(ORIGIN_HOST, c.host), avp(ORIGIN_REALM, "client.test"),
                           **avp_less_request(dpr.octets)))
            c.closes()
            c.close()
            equal(server.wait(), 0, "the exit status")


@wrong
def client_that_reconnects_is_served_at_once(port):
    host = fresh()
    for _ in range(3):
        with Client(port, host=host) as c:
            c.is_served()
            c.send(c.dpr())
            equal(c.receive().name, "DPA", "the answer to DPR")


@wrong
def client_that_said_good_bye_may_come_back_before_its_old_connection_is_closed(port):
    """The server may see the new connection before the end of the old one: after DPR and DPA that one is over."""
    with Client(port) as old:
        old.send(old.dpr())
        equal(old.receive().name, "DPA", "the answer to DPR")
        with Client(port, host=old.host) as new:
            new.is_served()


@wrong
def client_that_vanished_and_reconnects_is_served(port):
    host = fresh()
    for _ in range(3):
        c = Client(port, host=host)
        c.is_served()
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()  # RST


# ---- Capabilities ----------------------------------------------------------------------------------------------------


@wrong
def no_common_application_gets_5010_and_a_close(port):  # B5.3-03, B5.3-04, B7.1.5-13
    with Client(port, hello=False) as c:
        cer = c.cer(applications=(77,))
        cea = c.ask(cer)
        equal(cea.result, 5010, "Result-Code")
        equal(c.closes(), [], "messages behind the CEA")


@wrong
def relay_application_in_cer_has_everything_in_common(port):  # B5.3-05
    with Client(port, applications=(RELAY,)) as c:
        c.is_served()


@wrong
def cer_without_host_ip_address_gets_5005_and_a_close(port):  # B5.3.1-04
    with Client(port, hello=False) as c:
        avps = [a for a in c.cer_avps() if struct.unpack("!I", a[:4])[0] != HOST_IP_ADDRESS]
        cea = c.ask(message(CER, *avps))
        equal((cea.result, cea.error), (5005, False), "Result-Code and E")
        equal([a.code for a in cea.failed], [HOST_IP_ADDRESS], "Failed-AVP")
        c.closes()


@wrong
def cer_without_avps_gets_5005_and_a_close(port):
    with Client(port, hello=False) as c:
        equal(c.ask(message(CER)).result, 5005, "Result-Code")
        c.closes()


@wrong
def cer_of_version_2_gets_5011_and_a_close(port):
    with Client(port, hello=False) as c:
        equal(c.ask(c.cer(version=2)).result, 5011, "Result-Code")
        c.closes()


@wrong
def cer_with_error_bit_gets_3008_and_a_close(port):
    with Client(port, hello=False) as c:
        cea = c.ask(c.cer(flags=R | E))
        equal((cea.result, cea.error), (3008, True), "Result-Code and E")
        c.closes()


@wrong
def cea_has_all_that_rfc_6733_wants(port):  # B5.3.2-02
    with Client(port, hello=False) as c:
        cea = c.ask(c.cer())
        equal((cea.result, cea.error), (2001, False), "Result-Code and E")
        equal(cea.avps[0].code, RESULT_CODE, "the first AVP")
        for code in (HOST_IP_ADDRESS, VENDOR_ID, PRODUCT_NAME):
            expect(cea.all(code), f"CEA without AVP {code}")
        equal(cea.get(PRODUCT_NAME).flags & M, 0, "the M bit of Product-Name")
        expect(CREDIT_CONTROL in [a.u32 for a in cea.all(AUTH_APPLICATION_ID)], "CEA without the application")


def stay_awake(c, stop):
    """Answers watchdogs until told to stop."""
    while not stop.is_set():
        if select.select([c.socket], [], [], 0.05)[0]:
            got = c.receive()
            if got.name == "DWR":
                c.send(c.dwa(got))


def second_connection_is_rejected(port, change):
    with Client(port) as first:
        stop = threading.Event()
        awake = threading.Thread(target=stay_awake, args=(first, stop))
        awake.start()
        try:
            with Client(port, host=change(first.host), hello=False) as second:
                second.send(second.cer())
                for got in second.closes(patience=10):
                    expect(got.result != 2001, f"the second connection was taken: {got}")
        finally:
            stop.set()
            awake.join()
        first.is_served()


@wrong
def second_connection_of_a_live_peer_is_rejected(port):  # B2.1-07, B4.3.1-09, B5.6-34
    second_connection_is_rejected(port, str)


@wrong
def origin_hosts_that_differ_only_in_case_are_one_peer(port):
    second_connection_is_rejected(port, str.upper)


@wrong
def peer_that_crashed_and_connects_again_replaces_its_dead_connection(port):
    with Client(port) as dead:  # answers nothing from now on
        with Client(port, host=dead.host, hello=False) as second:
            started = time.monotonic()
            cea = second.ask(second.cer())
            equal(cea.result, 2001, "the CEA on the new connection")
            expect(time.monotonic() - started < 8, "the new connection waited for longer than a probe")
            second.is_served()
            dead.closes(patience=10)


@wrong
def five_silent_connections_delay_nobody(port):
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    try:
        started = time.monotonic()
        with Client(port) as c:
            c.is_served()
        expect(time.monotonic() - started < STARVED, "a correct peer waited for silent ones")
    finally:
        for s in silent:
            s.close()


# ---- Messages in their places ----------------------------------------------------------------------------------------


@wrong
def dpr_gets_dpa_and_no_request_behind_it_is_served(port):  # B5.6-36, B5.6-52
    with Client(port) as c:
        c.send(c.dpr(), c.ccr())
        dpa = c.receive()
        equal((dpa.name, dpa.result), ("DPA", 2001), "the answer to DPR")
        c.socket.shutdown(socket.SHUT_WR)
        equal([m.name for m in c.closes(patience=10)], [], "messages behind the DPA")


@wrong
def empty_dpr_gets_dpa(port):
    with Client(port) as c:
        equal(c.ask(message(DPR)).result, 2001, "Result-Code")


@wrong
def answer_that_nobody_waits_for_is_dropped(port):  # B3-20, B6.2.1-02
    with Client(port) as c:
        c.send(message(CCR, avp(RESULT_CODE, 2001), application=CREDIT_CONTROL, flags=P, hop_by_hop=99))
        c.is_served()


@wrong
def unexpected_cea_dwa_and_dpa_are_dropped(port):
    with Client(port) as c:
        for command in (CER, DWR, DPR):
            c.send(message(command, avp(RESULT_CODE, 2001), avp(ORIGIN_HOST, c.host),
                           avp(ORIGIN_REALM, "client.test"), flags=0))
        c.is_served()


@wrong
def proxy_info_comes_back_in_order(port):  # B6.2-07, B6.7.4-01
    def proxy(name):
        return group(PROXY_INFO, avp(PROXY_HOST, name), avp(PROXY_STATE, b"state of " + name.encode()))

    for extra, result in ((b"", 2001), (avp(CC_REQUEST_NUMBER, 1), 5009)):
        with Client(port) as c:
            infos = [proxy("p1.test"), proxy("p2.test")]
            answer = c.ask(c.ccr(*infos, extra))
            equal(answer.result, result, "Result-Code")
            equal([a.octets for a in answer.all(PROXY_INFO)], infos, "Proxy-Info")


@wrong
def deeply_nested_groups_cost_nothing(port):
    """Groups inside groups where the grammar has * [ AVP ]: nobody goes down there, so they cost nothing."""
    with Client(port) as c:
        for depth in (20, 1000, 100000):
            sent = deep(c, depth)
            started = time.monotonic()
            answer = c.ask(sent)
            equal(answer.result, 2001, f"Result-Code for {depth} nested groups")
            expect(time.monotonic() - started < STARVED, f"{depth} nested groups took their time")
        c.is_served()


@wrong
def nul_octet_in_a_session_id_comes_back(port):
    with Client(port) as c:
        answer = c.ask(c.ccr(session="a\0b;1;2"))
        equal(answer.get(SESSION_ID).data, b"a\0b;1;2", "Session-Id")
        c.is_served()


@wrong
def mutilated_messages_end_nothing(port):
    seeded = random.Random(6733)
    c = Client(port)
    for n in range(1500):
        octets_ = bytearray(seeded.choice((c.ccr, c.dwr, c.cer))())
        for _ in range(seeded.choice((1, 1, 2, 8))):
            octets_[seeded.randrange(4, len(octets_))] = seeded.randrange(256)
        try:
            c.send(octets_)
            if n % 50 == 49:
                c.send(c.dwr(hop_by_hop=0xABCD))
                while c.receive().hop_by_hop != 0xABCD:
                    pass
        except (Failure, OSError):  # it closed the connection: its right
            c.close()
            c = Client(port)
    c.close()


# ---- Servers of their own --------------------------------------------------------------------------------------------


@test
def listening_on_127_0_0_1_is_just_that(place):
    _, port = harness.serve(place)
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    found = {r[1].split(":")[0] for r in rows if r[3] == "0A" and int(r[1].split(":")[1], 16) == port}
    equal(found, {"0100007F"}, "the addresses that listen")


@test
def watchdog_below_6_s_is_refused_when_configured(place):  # W3.4.1-03
    process = place.diatom("serve", "--listen", "aaa://127.0.0.1:0", "--origin-host", HOST, "--origin-realm", REALM,
                           "--watchdog", "5999")
    equal(process.wait(), 2, "the exit status")
    equal(len(process.lines), 1, "the lines of the complaint")


@test
def peers_that_are_not_allowed_are_refused(place):  # B5.3-12
    _, port = harness.serve(place, "--allow", "*.friends.test")
    with Client(port, host="a.friends.test") as c:
        c.is_served()
    with Client(port, host="a.strangers.test", hello=False) as c:
        c.send(c.cer())
        for got in c.closes():
            expect(got.result != 2001, "a stranger was taken")


def flood(c, stop, counted):
    """Writes requests without ever reading."""
    c.socket.setblocking(False)
    block = b"".join(c.ccr(hop_by_hop=n, end_to_end=n) for n in range(200))
    at = 0
    while not stop.is_set():
        try:
            at = (at + c.socket.send(block[at:])) % len(block)
            counted[0] += 1
        except BlockingIOError:
            select.select([], [c.socket], [], 0.1)
        except OSError:  # the server reset it
            counted[1] = True
            return


def memory(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) // 1024


@test
def peer_that_stops_reading_harms_nobody_and_is_reset(place):
    process, port = harness.serve(place)
    before = memory(process)
    stop, counted = threading.Event(), [0, False]
    with Client(port) as deaf, Client(port) as other:
        thread = threading.Thread(target=flood, args=(deaf, stop, counted))
        thread.start()
        slowest, limit = 0.0, time.monotonic() + 40
        try:
            while thread.is_alive() and time.monotonic() < limit:
                started = time.monotonic()
                other.is_served()
                slowest = max(slowest, time.monotonic() - started)
                time.sleep(0.01)  # the pace of a quiet client
        finally:
            stop.set()
            thread.join()
        expect(counted[1], "a peer that does not read for 40 s was not reset")
        expect(slowest < STARVED, f"another client waited {slowest:.2f} s")
        grown = memory(process) - before
        expect(grown < 64, f"the server grew by {grown} MiB")
    well_behaved_client_is_served(port)


@test
def two_sides_that_write_much_do_not_deadlock(place):
    _, port = harness.serve(place)
    with Client(port) as c:
        count = 20000  # far more than the buffers of both sockets hold
        sender = threading.Thread(
            target=lambda: [c.socket.sendall(b"".join(c.ccr(hop_by_hop=n + i, end_to_end=1) for i in range(100)))
                            for n in range(0, count, 100)])
        c.socket.settimeout(None)
        sender.start()
        rest, answered = b"", 0
        while answered < count:
            data = c.socket.recv(1 << 18)
            expect(data, f"closed after {answered} of {count} answers")
            found, rest = octets.cut(rest + data)
            answered += len(found)
        sender.join()


@test
def half_closed_connection_gets_all_its_answers(place):
    """RFC 9293, 3.6: who has nothing more to say may still listen."""
    _, port = harness.serve(place)
    with Client(port) as c:
        count = 20000

        def ask():
            for n in range(0, count, 100):
                c.socket.sendall(b"".join(c.ccr(hop_by_hop=n + i, end_to_end=1) for i in range(100)))
            c.socket.shutdown(socket.SHUT_WR)

        c.socket.settimeout(harness.PATIENCE)
        sender = threading.Thread(target=ask)
        sender.start()
        rest, answers = b"", []
        while data := c.socket.recv(1 << 18):
            found, rest = octets.cut(rest + data)
            answers += found
        sender.join()
        answers = [Message(m) for m in answers if Message(m).name == "CCA"]
        equal(len(answers), count, "the answers before the end")
        equal([m.hop_by_hop for m in answers], list(range(count)), "their Hop-by-Hop ids")
        equal({m.result for m in answers}, {2001}, "their Result-Codes")
    well_behaved_client_is_served(port)


@test
def client_is_served_while_silent_connections_of_another_address_wait(place):
    _, port = harness.serve(place)
    silent = []
    try:
        for _ in range(300):  # more than the server keeps without CER
            silent.append(socket.create_connection(("127.0.0.1", port), harness.PATIENCE, ("127.0.0.2", 0)))
        for _ in range(3):  # and back again
            well_behaved_client_is_served(port)
        ended, _, _ = select.select(silent, [], [], 0)
        expect(44 <= len(ended) <= 60, f"{len(ended)} of 300 silent connections made way")
        expect(set(ended) <= set(silent[:60]), "others than those that waited longest made way")
    finally:
        for s in silent:
            s.close()


@test
def long_message_is_taken_behind_cer_alone(place):
    _, port = harness.serve(place)
    filler = avp(9999, bytes(70000), flags=0)
    with Client(port, hello=False) as c:
        cer = message(CER, *c.cer_avps(), filler)
        try:
            c.send(cer)
        except ConnectionError:
            pass  # refused before all of it was written
        equal(c.closes(), [], "messages before the close")
    with Client(port) as c:
        answer = c.ask(c.ccr(filler))
        equal((answer.result, answer.error), (2001, False), "the answer to a CCR of 70,000 octets")
        c.is_served()
    well_behaved_client_is_served(port)


@test
def busy_connections_leave_room_for_a_quiet_one(place):
    _, port = harness.serve(place)
    stop = threading.Event()

    def busy():
        with Client(port) as c:
            block = b"".join(c.ccr(hop_by_hop=n, end_to_end=n) for n in range(64))
            while not stop.is_set():
                c.send(block)
                for _ in range(64):
                    c.receive()

    threads = [threading.Thread(target=busy) for _ in range(8)]
    for t in threads:
        t.start()
    try:
        with Client(port) as quiet:
            times = []
            for _ in range(50):
                started = time.monotonic()
                quiet.is_served()
                times.append(time.monotonic() - started)
    finally:
        stop.set()
        for t in threads:
            t.join()
    expect(max(times) < STARVED, f"the quiet connection waited {max(times):.2f} s")


@test
def connection_without_cer_is_closed(place):  # B5.6.1-02
    _, port = harness.serve(place)
    with Client(port, hello=False) as c:
        equal(c.closes(patience=25), [], "messages before the close")
    well_behaved_client_is_served(port)


@test
def message_that_never_completes_is_closed(place):
    _, port = harness.serve(place)
    with Client(port) as c:
        c.send(c.ccr()[:-4])
        equal(c.closes(patience=25), [], "messages before the close")
    well_behaved_client_is_served(port)


@test
def half_a_header_that_never_completes_is_closed(place):
    _, port = harness.serve(place)
    with Client(port) as c:
        c.send(c.ccr()[:3])
        equal(c.closes(patience=25), [], "messages before the close")
    well_behaved_client_is_served(port)


@test
def sigterm_sends_dpr_and_ends_with_0(place):  # B5.4-01
    process, port = harness.serve(place)
    with Client(port) as c:
        c.is_served()
        process.terminate()
        dpr = c.receive()
        equal((dpr.name, dpr.get(DISCONNECT_CAUSE).u32), ("DPR", 0), "the farewell")
        c.send(message(DPR, avp(RESULT_CODE, 2001), avp(ORIGIN_HOST, c.host), avp(ORIGIN_REALM, "client.test"),
                       **avp_less_request(dpr.octets)))
        c.closes()
    equal(process.wait(), 0, "the exit status")


@test
def sigterm_ends_although_a_peer_says_nothing(place):
    process, port = harness.serve(place)
    with Client(port) as c:
        process.terminate()
        equal(c.receive().name, "DPR", "the farewell")
        equal(process.wait(20), 0, "the exit status")


def start(place):
    process, shared["port"] = harness.serve(place, "--pcap", place.file("wrong.pcapng"))
    shared["process"] = process


if __name__ == "__main__":
    sys.exit(harness.main(__doc__.splitlines()[0], jobs=8, before=start,
                          first=("never_completes", "without_cer_is_closed", "stops_reading", "says_nothing")))
