#!/usr/bin/env python3
"""Peers of `diatom serve`, `send` and `bench`: who may connect, where to, captures of one, the status, the end."""

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import cli
import fake
from cli import DIATOM, LIMIT, Server, diatom
from ports import free_port

CCR = [
    "ccr", "--app", "ro", "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Number=0",
    "--avp", "CC-Request-Type=INITIAL_REQUEST",
]  # fmt: skip
SERVE = "serve.diatom.localdomain"
SEND = "send.diatom.localdomain"
UPDATE = 10  # the application of RFC 6737
SOON = 3  # seconds: less than any time that the program waits for a peer by itself
ROOM = 4096  # of a pipe, as small as can be

PEER_MEMBERS = {
    "state", "watchdog", "state_seconds", "host", "realm", "configured", "out_of_service", "draining", "unwanted",
    "initiator", "local", "remote", "transport", "security", "connect", "failures", "next_attempt_seconds",
    "product_name", "vendor_id", "firmware_revision", "origin_state_id", "host_ip_address", "relay", "applications", "pending", "unanswered",
    "output", "last_error", "counters", "messages", "messages_left_out",
}  # fmt: skip
MESSAGE_MEMBERS = {
    "direction", "kind", "name", "application", "command", "n", "result_code", "result_vendor", "result_name",
    "latency_us",
}  # fmt: skip


def send(uri, *args):
    return diatom("send", *CCR, "--connect", uri, *args)


# Whoever runs the tests in the background may have it ignored, and the programs would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running(Server):
    """`diatom serve` with these options alone, whose lines can be waited for."""

    def __init__(self, *args):
        super().__init__()
        self.args = [DIATOM, "serve", *map(str, args)]

    def __enter__(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=self.errors)
        self.first, self.buffer = "", b""
        try:
            self.ready()
        except BaseException:  # nobody else would end it
            self.end()
            raise
        return self

    def ready(self):
        """Reads what is said before it can be used."""

    def until(self, word):
        """Reads on until a line with this word; gives the line."""
        limit = time.monotonic() + LIMIT
        while True:
            line, newline, rest = self.buffer.partition(b"\n")
            if newline:
                self.buffer = rest
                self.first += line.decode() + "\n"
                if word in line.decode():
                    return line.decode()
                continue
            if not select.select([self.process.stdout], [], [], max(0, limit - time.monotonic()))[0]:
                raise AssertionError(f"no line with {word!r} in:\n{self.first}")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise AssertionError(f"the end came before a line with {word!r}:\n{self.first}")
            self.buffer += more

    def listening(self):
        return self.until("listening ").split()[1]

    def ask(self):
        """The status as SIGUSR1 gives it, with --json."""
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.until('{"time"'))

    def end(self, how=signal.SIGTERM):
        self.first += self.buffer.decode()
        self.buffer = b""
        super().end(how)


class Deaf(fake.Fake):
    """A server that says nothing to a DPR; `left` is set when one has come, `opened` when the DWR behind its CEA is answered."""

    def __init__(self, on_request):
        super().__init__(on_request)
        self.opened, self.left = threading.Event(), threading.Event()

    def reply(self, request):
        if request.command == fake.DPR:
            self.left.set()
            return b""
        behind = fake.message(fake.DWR, *fake.IDENTITY) if request.command == fake.CER else b""
        return super().reply(request) + behind

    def hear(self, answer):
        self.opened.set()
        return b""


class Noise(fake.Fake):
    """A server of something else."""

    def reply(self, request):
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"


class Client:
    """A client of a product with this name, over a bare socket."""

    def __init__(self, uri, product="fake"):
        host, port = uri.split("//")[1].split(";")[0].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=LIMIT)
        self.product = product
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def exchange(self):
        rest = [fake.avp(fake.PRODUCT_NAME, self.product) if a[:4] == bytes.fromhex("0000010d") else a
                for a in fake.CEA_REST]  # fmt: skip
        self.socket.sendall(fake.message(fake.CER, *self.identity(), *rest))
        return self.receive()

    @staticmethod
    def identity():
        return [fake.avp(fake.ORIGIN_HOST, "client.example"), fake.avp(fake.ORIGIN_REALM, "example")]

    def ccr(self, n):
        return fake.message(
            fake.CCR, fake.avp(fake.SESSION_ID, f"client.example;{n}"), *self.identity(),
            fake.avp(fake.DESTINATION_REALM, "diatom.localdomain"),
            fake.avp(fake.AUTH_APPLICATION_ID, fake.CREDIT_CONTROL),
            fake.avp(fake.SERVICE_CONTEXT_ID, "32251@3gpp.org"), fake.avp(fake.CC_REQUEST_TYPE, 1),
            fake.avp(fake.CC_REQUEST_NUMBER, 0),
            application=fake.CREDIT_CONTROL, hop_by_hop=n, end_to_end=n,
        )  # fmt: skip

    def receive(self):
        while True:
            ready, self.rest = fake.octets.cut(self.rest)
            if ready:
                self.rest = b"".join(ready[1:]) + self.rest
                return fake.Message(ready[0])
            more = self.socket.recv(65536)
            if not more:
                return None
            self.rest += more


class Who(cli.Test):
    def assert_let_in(self, uri, host, is_let_in, *args):
        result = send(uri, "--origin-host", host, "--timeout", 3000, *args)
        self.assert_status(result, 0 if is_let_in else 3)

    def test_patterns_of_hosts_realms_and_addresses(self):
        for patterns, realm, host, is_let_in in (
            (["realm:example.net"], "example.net", "a.other", True),
            (["realm:example.net"], "example.org", "example.net", False),
            (["realm:*.example.net"], "x.example.net", "a.other", True),
            (["*@127.0.0.0/8"], "r", "a.other", True),
            (["*@192.0.2.0/24", "*@2001:db8::/32"], "r", "a.other", False),
            (["b.other@127.0.0.1", "a.other@127.0.0.1"], "r", "a.other", True),
        ):
            with self.subTest(patterns=patterns, realm=realm), Server(*(f"--allow={p}" for p in patterns)) as server:
                self.assert_let_in(server.uri, host, is_let_in, "--origin-realm", realm)

    def test_named_peers_are_the_only_ones_unless_others_are_allowed(self):
        with Server("--peer", "a.example", "--peer", "B.example") as server:
            for host, is_let_in in ("a.example", True), ("b.example", True), ("c.example", False):
                self.assert_let_in(server.uri, host, is_let_in)
        with Server("--peer", "a.example", "--allow", "c.example") as server:
            for host, is_let_in in ("a.example", True), ("c.example", True), ("d.example", False):
                self.assert_let_in(server.uri, host, is_let_in)

    def test_send_and_bench_take_the_same_options(self):
        with Server() as server:
            peer = f"{SERVE}=aaa://127.0.0.1:{free_port()},{server.uri}"
            self.assert_status(diatom("send", *CCR, "--peer", f"{SERVE}={server.uri}"), 0)
            wrong = diatom("send", *CCR, "--peer", f"other.example={server.uri}", "--timeout", 3000)
            self.assert_status(wrong, 3)
            result = diatom("bench", "--peer", f"{SERVE}={server.uri}", "--sessions", 5, "--json", "--reconnect", 500,
                            "--reopen", 0, "--watchdog", 6000, "--capabilities-update")  # fmt: skip
            self.assert_status(result, 0)
            with Running("--peer", peer, "--origin-host", "c.example") as runs:
                runs.until(f"event peer up {SERVE}")

    def test_wrong_options(self):
        listen = ["serve", "--listen", "aaa://127.0.0.1:0"]
        for args, word in (
            (["--allow", "*.*"], "'*.*'"),
            (["--allow", "realm:"], "'realm:'"),
            (["--allow", "*@192.0.2.0/33"], "'*@192.0.2.0/33'"),
            (["--allow", "*example.net"], "'*example.net'"),
            (["--peer", "a b"], "'a b'"),
            (["--peer", "=aaa://127.0.0.1"], "''"),
            (["--peer", "a.example=non sense"], "'non sense'"),
            (["--peer", "a.example="], "''"),
            (["--peer", "a.example=aaa://127.0.0.1,"], "''"),
            (["--peer", "a.example=aaas://127.0.0.1"], "TLS"),
            (["--peer", "a.example", "--peer", "A.Example=aaa://127.0.0.1"], "twice"),
            (["--peer", SERVE.upper()], "our own name"),
            (["--pcap-peer", "x.pcapng"], "HOST=FILE"),
            (["--pcap-peer", "a.example="], "HOST=FILE"),
            (["--pcap-peer", "a b=x.pcapng"], "HOST=FILE"),
            (["--pcap-peer", "a.example=x", "--pcap-peer", "b.example=x"], "'x'"),
            (["--pcap-peer", "a.example=x", "--pcap-peer", "A.example=y"], "twice"),
            (["--pcap", "x", "--pcap-peer", "a.example=x"], "'x'"),
            (["--reconnect", "0"], "--reconnect"),
            (["--reopen", "-1"], "--reopen"),
        ):
            with self.subTest(args=args):
                self.assert_refused(diatom(*listen, *args), word)
        self.assert_refused(diatom("serve", "--peer", "a.example"), "--listen")
        self.assert_refused(diatom("send", *CCR, "--peer", "a.example"), "--connect")
        self.assert_refused(
            diatom("bench", "--connect", "aaa://127.0.0.1:1", "--peer", "a.example=aaa://127.0.0.1:1"), "--peer"
        )


class Trying(cli.Test):
    """Several addresses and peers: the next one, until there is none."""

    def setUp(self):
        super().setUp()
        self.dead = [f"aaa://127.0.0.1:{free_port()}" for _ in range(3)]

    def talk(self, *args):
        yield diatom("send", *CCR, *args)
        yield diatom("bench", "--sessions", 1, "--json", *args)

    def test_the_next_address_of_a_peer(self):
        with Server() as server:
            for result in self.talk("--peer", f"{SERVE}={','.join([*self.dead, server.uri])}"):
                self.assert_status(result, 0)
                said = [f"no connection to {uri}: connection refused" for uri in self.dead]
                self.assertEqual([line.split(": ", 1)[1] for line in result.err.splitlines()], said)

    def test_the_next_peer(self):
        with Server() as server:
            for args in (
                ["--connect", self.dead[0], "--connect", server.uri],
                ["--peer", f"a.example={self.dead[0]},{self.dead[1]}", "--connect", server.uri],
                ["--connect", server.uri, "--peer", f"a.example={self.dead[0]}"],
                ["--peer", f"a.example={server.uri}", "--peer", f"{SERVE}={server.uri}"],  # the first is not who it is
            ):
                with self.subTest(args=args):
                    self.assert_status(diatom("send", *CCR, *args, "--timeout", 9000), 0)

    def test_none_is_left(self):
        for result in self.talk("--peer", f"a.example={self.dead[0]},{self.dead[1]}"):
            self.assert_status(result, 3)
            self.assertEqual(len(result.err.splitlines()), 2)
            self.assertIn(self.dead[1], result.err.splitlines()[-1])
        result = diatom("send", *CCR, *(f"--connect={uri}" for uri in self.dead))
        self.assert_status(result, 3)
        for uri in self.dead:
            self.assertEqual(result.err.count(f"no connection to {uri}: connection refused"), 1)

    def test_who_listens_waits_for_the_others(self):
        result = diatom("send", *CCR, "--connect", self.dead[0], "--listen", "aaa://127.0.0.1:0", "--timeout", 300)
        self.assert_status(result, 3)
        self.assertIn("300 ms", result.err)

    def test_octets_that_are_no_diameter(self):
        with Noise(lambda request: b"") as noise, Server() as server:
            result = diatom("send", *CCR, "--peer", f"{SERVE}={noise.uri},{server.uri}")
            self.assert_status(result, 0)
            self.assertIn(f"no connection to {noise.uri}: the octets are no Diameter: they begin with 'HTTP/1.1'", result.err)


class Reconnecting(cli.Test):
    def test_a_peer_that_is_not_there_yet_is_tried_again(self):
        port = free_port()
        with Running("--peer", f"{SERVE}=aaa://127.0.0.1:{port}", "--origin-host", "c.example", "--reconnect", 50) as one:
            one.until("event connect failed")
            with Running("--listen", f"aaa://127.0.0.1:{port}"):
                one.until(f"event peer up {SERVE}")

    def test_a_peer_that_failed_proves_itself_first_unless_nobody_asks(self):
        for args, event in ([], "event reopen"), (["--reopen", 0], "event peer up"):
            port = free_port()
            peer = f"{SERVE}=aaa://127.0.0.1:{port}"
            with Running("--peer", peer, "--origin-host", "c.example", "--reconnect", 50, *args) as one:
                with Running("--listen", f"aaa://127.0.0.1:{port}") as server:
                    one.until("event peer up")
                    server.process.kill()
                    one.until("event peer down")
                with Running("--listen", f"aaa://127.0.0.1:{port}"):
                    one.until(f"{event} {SERVE}")

    def test_capabilities_updates_are_offered_when_asked_for(self):
        for args, offered in ([], False), (["--capabilities-update"], True):
            with Running("--listen", "aaa://127.0.0.1:0", "--json") as server:
                with Running("--connect", server.listening(), "--origin-host", "c.example", *args):
                    server.until("event peer up")
                    (peer,) = server.ask()["peers"]
                    self.assertEqual(UPDATE in peer["applications"], offered)


class Status(cli.Test):
    def test_signals_print_it_and_nothing_else_happens(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--quiet", "--json") as server:
            uri = server.listening()
            self.assertEqual(server.ask()["peers"], [])
            with Running("--connect", uri, "--origin-host", "c.example") as client:
                client.until("event peer up")
                status = server.ask()
                self.assertEqual(
                    set(status), {"time", "host", "realm", "uptime_seconds", "stopping", "counters", "peers"}
                )
                self.assertRegex(status["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                self.assertEqual((status["host"], status["realm"]), (SERVE, "diatom.localdomain"))
                (peer,) = status["peers"]
                self.assertEqual(set(peer), PEER_MEMBERS)
                self.assertEqual(set(peer["counters"]), set(status["counters"]))
                self.assertEqual((peer["host"], peer["realm"]), ("c.example", "diatom.localdomain"))
                self.assertEqual((peer["state"], peer["watchdog"]), ("R-Open", "OKAY"))
                self.assertEqual((peer["configured"], peer["initiator"], peer["connect"]), (False, False, None))
                self.assertEqual(peer["local"], uri.split("//")[1].split(";")[0])
                self.assertRegex(peer["remote"], r"^127\.0\.0\.1:\d+$")
                self.assertEqual((peer["product_name"], peer["host_ip_address"]), ("Diatom", "127.0.0.1"))
                self.assertLess(peer["state_seconds"], status["uptime_seconds"])
                for message in peer["messages"]:
                    self.assertEqual(set(message), MESSAGE_MEMBERS)
                self.assertEqual([(m["name"], m["direction"], m["kind"], m["n"], m["result_code"], m["result_name"])
                                  for m in peer["messages"]],
                                 [("CER", "received", "request", 1, None, None),
                                  ("CEA", "sent", "answer", 1, 2001, "DIAMETER_SUCCESS")])  # fmt: skip
            server.end()
        self.assertEqual(server.status, 0)

    def test_the_other_side_of_a_connection(self):
        with Running("--listen", "aaa://127.0.0.1:0") as server:
            uri = server.listening()
            with Running("--peer", f"{SERVE}={uri}", "--origin-host", "c.example", "--json") as client:
                client.until("event peer up")
                (peer,) = client.ask()["peers"]
                self.assertEqual((peer["state"], peer["configured"], peer["initiator"]), ("I-Open", True, True))
                self.assertEqual((peer["connect"], peer["failures"], peer["last_error"]), (uri, 0, None))
                self.assertEqual(peer["remote"], uri.split("//")[1].split(";")[0])

    def test_a_peer_that_cannot_be_reached(self):
        uri = f"aaa://127.0.0.1:{free_port()}"
        with Running("--peer", f"ocs.example={uri}", "--json") as client:
            client.until("event connect failed")
            (peer,) = client.ask()["peers"]
            self.assertEqual((peer["state"], peer["watchdog"], peer["failures"]), ("Closed", "INITIAL", 1))
            self.assertEqual((peer["remote"], peer["product_name"], peer["connect"]), (None, None, uri))
            self.assertEqual(peer["last_error"]["text"], "connection refused")
            self.assertTrue(25 < peer["next_attempt_seconds"] < 34)
            self.assertLess(peer["last_error"]["seconds_ago"], LIMIT)
        with Running("--peer", f"ocs.example={uri}") as client:
            client.until("event connect failed")
            client.process.send_signal(signal.SIGUSR1)
            client.until("status of ")
            client.until("peer ocs.example")
            self.assertIn("Closed", client.until("  state "))
            self.assertRegex(client.until("  connecting "), rf"{uri}; failures in a row: 1; again in \d+\.\d s$")
            self.assertIn("connection refused", client.until("  last error "))

    def test_at_the_end_peers_are_still_in_it(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--status") as server:
            uri = server.listening()
            with Client(uri, "Dia\033[31mtom\"\n") as client:
                client.exchange()
                server.until("event peer up")
                server.end()
        self.assertEqual(server.status, 0)
        lines = server.out.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("status of " + SERVE))
        self.assertEqual(lines[at + 1], "peer client.example")
        self.assertIn("  product       Dia?[31mtom\"?, vendor 0", lines)
        self.assertIn("  applications  4 Diameter Credit-Control", lines)
        self.assertIn("  received             1  CER", lines)
        self.assertIn("  sent                 1  CEA 2001 DIAMETER_SUCCESS", lines)
        self.assertRegex(lines[-1], "^served 0 requests")

    def test_names_of_peers_are_no_json_of_their_own(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--json") as server:
            with Client(server.listening(), 'a"b\\c\n\u00fc') as client:
                client.exchange()
                server.until("event peer up")
                (peer,) = server.ask()["peers"]
        self.assertEqual(peer["product_name"], 'a"b\\c\n\u00fc')


class Output(cli.Test):
    def test_changes_of_states_are_for_the_verbose(self):
        for args, has in ([], False), (["--verbose"], True):
            with Server(*args) as server:
                self.assert_status(send(server.uri), 0)
                server.end()
                self.assertEqual(f"event state {SEND} R-Open" in server.out, has)
                self.assertEqual(f"event watchdog {SEND} OKAY" in server.out, has)
                self.assertIn(f"event peer up {SEND}", server.out)

    def test_events_that_say_the_same_are_counted(self):
        with Server() as server:
            with Client(server.uri) as client:
                client.exchange()
                bad = client.ccr(1).replace(b"32251@3gpp.org", b"\xff" * 14)
                client.socket.sendall(bad * 50)
                for _ in range(50):
                    client.receive()
            server.end()
        lines = [line for line in server.out.splitlines() if line.startswith("event fault") or "repeated" in line]
        self.assertEqual(len(lines), 2, server.out)
        self.assertEqual(lines[1], "event repeated 49 times")

    def test_addresses_that_fail_are_told_apart(self):
        uris = [f"aaa://127.0.0.1:{port}" for port in (free_port(), free_port())]
        with Running("--peer", f"ocs.example={','.join(uris)}") as client:
            for uri in uris:
                self.assertEqual(
                    client.until("event "), f"event connect failed ocs.example {uri}: connection refused"
                )

    def test_a_repeat_is_told_without_waiting_for_something_else(self):
        with Running("--listen", "aaa://127.0.0.1:0") as server, Client(server.listening()) as client:
            client.exchange()
            server.until("event peer up")
            client.socket.sendall(2 * client.ccr(1).replace(b"32251@3gpp.org", b"\xff" * 14))
            server.until("event fault client.example 5")
            self.assertTrue(server.until("event repeated ").endswith(" 1 time"))

    def test_nobody_stops_it_by_not_reading(self):
        process = self.start("serve", "--listen", "aaa://127.0.0.1:0", "--verbose", stdout=subprocess.PIPE)
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, ROOM)
        uri = process.stdout.readline().decode().split()[1]
        result = diatom("bench", "--connect", uri, "--sessions", 200, "--json")
        self.assert_status(result, 0)
        process.send_signal(signal.SIGUSR1)
        self.assert_status(send(uri), 0)
        process.terminate()
        out, _ = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 0)
        self.assertGreater(len(out), 10 * ROOM)
        lines = out.decode().splitlines()
        self.assertEqual(sum(line.startswith("received CCR") for line in lines), 1001)
        self.assertEqual(sum(line.startswith("status of ") for line in lines), 1)
        self.assertRegex(lines[-1], "^served 1001 requests")


class Ending(cli.Test):
    def test_every_request_that_came_is_answered(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--json") as server:
            bench = self.start("bench", "--connect", server.listening(), "--duration", "30", "--json", "--connections", "2",
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
            cli.until(lambda: server.ask()["counters"]["requests_in"] >= 100, "a hundred requests")
            server.end()
            out, err = bench.communicate(timeout=LIMIT)
        self.assertEqual(server.status, 0, server.err)
        self.assertIn(b"the peer disconnected (DPR)", err)
        answers = json.loads(out)["answers"]
        self.assertIn(f"served {answers} requests, sent {answers} answers", server.out.splitlines()[-1])

    def test_a_terminal_that_goes_ends_it_in_order(self):
        for args in ["serve"], ["bench", "--rate", 50, "--json"], ["send", *CCR]:
            asked = threading.Event()
            with self.subTest(args=args), Deaf(lambda request, asked=asked: asked.set() or b"") as peer:
                capture = self.path(args[0])
                process = self.start(*args, "--connect", peer.uri, "--pcap", capture, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)  # fmt: skip
                # What has a request on its way waits for the answer, and what has none for the DPA: for seconds.
                self.assertTrue((peer.opened if args == ["serve"] else asked).wait(LIMIT))
                process.send_signal(signal.SIGHUP)
                cli.until(lambda: not self.is_pending(process, signal.SIGHUP), "the signal was taken")
                process.send_signal(signal.SIGHUP)
                _, err = process.communicate(timeout=LIMIT)
                if args == ["serve"]:
                    self.assertEqual(process.returncode, 0)
                    self.assertIn('"DPR"', diatom("decode", "--json", capture).out)
                else:
                    self.assertEqual(process.returncode, 3)  # not -SIGHUP
                if args[0] == "send":
                    self.assertIn(b"stopped before the answer came", err)

    @staticmethod
    def is_pending(process, signum):
        with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
            words = dict(line.split(":", 1) for line in f)
        return (int(words["SigPnd"], 16) | int(words["ShdPnd"], 16)) >> (signum - 1) & 1

    def test_nohup_is_respected(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--json") as server:
            self.assertTrue(server.listening())
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.process.wait(LIMIT), 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with Running("--listen", "aaa://127.0.0.1:0", "--json") as server:
                uri = server.listening()
                server.process.send_signal(signal.SIGHUP)
                self.assertEqual(server.ask()["peers"], [])
                self.assert_status(send(uri), 0)  # it still listens
                server.end()
        finally:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.assertEqual(server.status, 0)

    def test_a_second_signal_does_not_wait_for_the_peer(self):
        with Deaf(lambda request: b"") as peer:
            with Running("--connect", peer.uri) as server:
                server.until("event peer up")
                server.process.terminate()
                self.assertTrue(peer.left.wait(LIMIT))
                with self.assertRaises(subprocess.TimeoutExpired):
                    server.process.wait(0.2)  # it waits for the peer
                since = time.monotonic()
                server.process.terminate()
                server.process.wait(LIMIT)
                self.assertLess(time.monotonic() - since, SOON)
                self.assertEqual(server.process.returncode, 0)


class Captures(cli.Test):
    def codes(self, name):
        result = diatom("decode", "--json", self.path(name))
        self.assert_status(result, 0)
        return [(m["code"], "R" in m["flags"]) for m in result.messages()]

    @staticmethod
    def exchange(requests):
        one = [(257, True), (257, False), *[(272, True), (272, False)] * requests, (282, True), (282, False)]
        return sorted(one)

    def test_one_file_a_peer(self):
        a, b = self.path("a.pcapng"), self.path("b.pcapng")
        with Server("--pcap", self.path("all.pcapng"), "--pcap-peer", f"a.example={a}",
                    "--pcap-peer", f"B.example={b}") as server:  # fmt: skip
            for host, times in ("a.example", 2), ("b.example", 1), ("c.example", 1):
                for _ in range(times):
                    self.assert_status(send(server.uri, "--origin-host", host), 0)
        self.assertEqual(sorted(self.codes("a.pcapng")), sorted(2 * self.exchange(1)))
        self.assertEqual(sorted(self.codes("b.pcapng")), self.exchange(1))
        self.assertEqual(len(self.codes("all.pcapng")), 24)

    def test_all_that_talk_have_them(self):
        with Server() as server:
            for name, *command in ("send", *CCR), ("bench", "--sessions", 1, "--updates", 0):
                args = ["--pcap", self.path(name), "--pcap-peer", f"{SERVE}={self.path(name + '.peer')}"]
                peer = f"{SERVE}={server.uri}"
                self.assert_status(diatom(name, *command, *args, "--peer", peer), 0)
                want = self.exchange(1 if name == "send" else 2)
                self.assertEqual(sorted(self.codes(name)), want)
                self.assertEqual(sorted(self.codes(name + ".peer")), want)

    def test_bench_has_all_connections_in_one_file(self):
        with Server() as server:
            result = diatom("bench", "--connect", server.uri, "--requests", 30, "--connections", 3, "--json",
                            "--pcap", self.path("x"), "--pcap-peer", f"{SERVE}={self.path('y')}")  # fmt: skip
            self.assert_status(result, 0)
        codes = self.codes("x")
        self.assertEqual(len(codes), 2 * (3 + 30 + 3))
        self.assertEqual(codes.count((257, True)), 3)
        self.assertEqual(len(self.codes("y")), len(codes) - 3)  # CERs to a peer that has no name yet

    def test_a_file_that_cannot_be_made_is_an_error(self):
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--pcap-peer", "a.example=/nowhere/x")
        self.assert_status(result, 3)
        self.assertEqual(result.out, "")
        self.assertIn("--pcap-peer: cannot write '/nowhere/x': No such file or directory", result.err)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_disk_that_is_full_is_an_error(self):
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--pcap-peer", "a.example=/dev/full")
        self.assert_status(result, 3)
        self.assertIn("--pcap-peer: cannot write '/dev/full': No space left on device", result.err)

    def test_a_disk_that_becomes_full_is_an_error_at_the_end(self):
        path = self.path("x.pcapng")
        with Running("--listen", "aaa://127.0.0.1:0", "--pcap", path) as server:
            uri = server.listening()
            cli.limit_files(server.process, 700)
            for _ in range(2):
                self.assert_status(send(uri), 0)
            server.until(f"event capture - {path} takes no more: File too large")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(LIMIT), 3)
            server.errors.seek(0)
            self.assertIn(f"'{path}' of --pcap is not complete: File too large", server.errors.read().decode())
        self.assertIn((257, True), self.codes("x.pcapng"))

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_tshark_reads_them(self):
        path = self.path("x.pcapng")
        with Server("--pcap-peer", f"a.example={path}") as server:
            for host in "a.example", "b.example":
                self.assert_status(send(server.uri, "--origin-host", host), 0)
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-T", "fields", "-e", "diameter.cmd.code", "-e", "_ws.malformed"],
            capture_output=True, timeout=LIMIT, check=True,
        )  # fmt: skip
        self.assertEqual([line.strip() for line in done.stdout.decode().splitlines()],
                         ["257", "257", "272", "272", "282", "282"])  # fmt: skip


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
