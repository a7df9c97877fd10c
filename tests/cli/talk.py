#!/usr/bin/env python3
"""`diatom serve`, `send` and `bench` over loopback: answers, exit statuses, captures, orderly ends."""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import threading
import time
import unittest

import cli
import fake
from cli import DIATOM, LIMIT, Server, diatom

CCR = [
    "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Number=0",
]  # fmt: skip
INITIAL = ["ccr", "--app", "ro", *CCR, "--avp", "CC-Request-Type=INITIAL_REQUEST"]
SOON = 5  # seconds: less than the 2 and 4 after which a name server is given up
MSCC = "Multiple-Services-Credit-Control"


def value(message, *path):
    """The value of the first AVP at this path in the JSON of a message; None: none."""
    inside = message["avps"]
    for name in path:
        found = [a for a in inside if a.get("name") == name]
        if not found:
            return None
        inside = found[0]["value"]
    return inside


def number(text):
    """A number, whether JSON has it as one, as a string or with its name."""
    if isinstance(text, dict):
        text = text.get("value")
    return int(text)


class Serve(cli.Test):
    def test_the_first_line_is_where_it_listens(self):
        for address in "127.0.0.1", "[::1]":
            with Server(address=address) as server:
                self.assertRegex(server.first, r"^listening aaa://\S+:\d+;transport=tcp\n$")
                self.assertIn(address, server.first)

    def test_it_takes_all_descriptors_that_it_may_have(self):
        low, hard = 60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
        try:
            with cli.Server() as server:
                with open(f"/proc/{server.process.pid}/limits", encoding="ascii") as table:
                    row = next(line for line in table if line.startswith("Max open files"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        soft, most = row.split()[3:5]
        self.assertEqual(soft, most)

    def test_signals_end_it_orderly(self):
        for how in signal.SIGTERM, signal.SIGINT:
            with Server() as server:
                server.end(how)
                self.assertEqual(server.status, 0, server.err)
                self.assertIn("served 0 requests", server.out.splitlines()[-1])

    def test_quiet_prints_the_first_line_alone(self):
        with Server("--quiet") as server:
            diatom("send", *INITIAL, "--connect", server.uri)
            server.end()
            self.assertEqual(server.out, server.first)

    def test_verbose_prints_events_and_messages(self):
        with Server("--verbose") as server:
            diatom("send", *INITIAL, "--connect", server.uri)
            server.end()
            self.assertIn("event peer up send.diatom.localdomain", server.out)
            self.assertGreaterEqual(server.out.count("\nreceived "), 2)
            self.assertGreaterEqual(server.out.count("\nsent "), 2)

    def test_a_name_to_listen_at_that_nobody_has(self):
        result = diatom("serve", "--listen", f"aaa://{64 * 'a'}.example:0")  # a label as long as none can be
        self.assert_status(result, 3)
        self.assertIn(f"'aaa://{64 * 'a'}.example:0': the host name was not found", result.err)

    def test_several_listeners_and_a_port_in_use(self):
        with Server("--listen", "aaa://127.0.0.1:0") as server:
            second = server.process.stdout.readline().decode()
            self.assertRegex(second, "^listening ")
            result = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--listen", server.uri)
            self.assert_status(result, 3)
            self.assertEqual(result.out, "")
            self.assertIn(server.uri, result.err)

    def test_allow_narrows_who_may_connect(self):
        with Server("--allow", "*.good.example", "--allow", "one.example") as server:
            for host, status in ("a.good.example", 0), ("one.example", 0), ("two.example", 3):
                result = diatom("send", *INITIAL, "--connect", server.uri, "--origin-host", host, "--timeout", 3000)
                self.assert_status(result, status)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            process = self.start("serve", "--listen", "aaa://127.0.0.1:0", stdout=full, stderr=subprocess.PIPE)
            _, err = process.communicate(timeout=LIMIT)
            self.assertEqual(process.returncode, 3)
            self.assertIn("standard output", err.decode())

    def test_output_that_is_closed_is_an_error(self):
        process = self.start("serve", "--listen", "aaa://127.0.0.1:0", stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
        _, err = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("standard output", err.decode())

    def test_a_server_that_cannot_listen_leaves_an_old_capture_alone(self):
        path = self.file("old.pcapng", "what was there before")
        with Server() as server:
            result = diatom("serve", "--pcap", path, "--listen", server.uri)
        self.assert_status(result, 3)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "what was there before")

    def test_a_capture_that_cannot_be_written_is_an_error(self):
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--pcap", "/nowhere/x")
        self.assert_status(result, 3)
        self.assertEqual(result.out, "")
        self.assertIn("/nowhere/x", result.err)


class Send(cli.Test):
    def send(self, *args, server=(), status=0):
        with Server(*server) as s:
            result = diatom("send", *args, "--connect", s.uri, "--json")
        self.assert_status(result, status)
        return json.loads(result.out)

    def test_a_request_from_options(self):
        answer = self.send(*INITIAL, "--session-id", "my;session")
        self.assertEqual(answer["code"], 272)
        self.assertEqual(value(answer, "Session-Id"), "my;session")
        self.assertEqual(number(value(answer, "Result-Code")), 2001)

    def test_services_are_answered_one_by_one(self):
        answer = self.send(
            *INITIAL, "--avp", f"{MSCC}/Rating-Group=10", "--avp", f"{MSCC}/Requested-Service-Unit/CC-Total-Octets=500",
            "--avp", f"{MSCC}[1]/Rating-Group=20", "--avp", f"{MSCC}[1]/Requested-Service-Unit=",
            server=["--grant", 1000, "--validity", 60],
        )  # fmt: skip
        services = [a["value"] for a in answer["avps"] if a.get("name") == MSCC]
        self.assertEqual(len(services), 2)
        for service, group, octets in zip(services, (10, 20), (500, 1000), strict=True):
            one = {"avps": service}
            self.assertEqual(number(value(one, "Rating-Group")), group)
            self.assertEqual(number(value(one, "Granted-Service-Unit", "CC-Total-Octets")), octets)
            self.assertEqual(number(value(one, "Validity-Time")), 60)
            self.assertEqual(number(value(one, "Result-Code")), 2001)

    def test_events(self):
        event = ["ccr", "--app", "ro", *CCR, "--avp", "CC-Request-Type=EVENT_REQUEST"]
        answer = self.send(*event, "--avp", "Requested-Action=CHECK_BALANCE")
        self.assertEqual(number(value(answer, "Result-Code")), 2001)
        self.assertIsNotNone(value(answer, "Check-Balance-Result"))
        answer = self.send(*event, "--avp", "Requested-Action=PRICE_ENQUIRY")
        self.assertIsNotNone(value(answer, "Cost-Information", "Unit-Value"))
        answer = self.send(
            *event, "--avp", "Requested-Action=DIRECT_DEBITING", "--avp", "Requested-Service-Unit/CC-Time=60"
        )
        self.assertEqual(number(value(answer, "Granted-Service-Unit", "CC-Time")), 60)
        answer = self.send(*event, status=1)
        self.assertEqual(number(value(answer, "Result-Code")), 5005)
        self.assertIsNotNone(value(answer, "Failed-AVP"))

    def test_the_exit_status_follows_the_result_code(self):
        for code, status in (2002, 0), (3004, 1), (4012, 1), (5030, 1):
            answer = self.send(*INITIAL, server=["--result-code", code], status=status)
            self.assertEqual(number(value(answer, "Result-Code")), code)

    def test_a_request_type_that_nobody_knows_is_named(self):
        answer = self.send("ccr", "--app", "ro", *CCR, "--avp", "CC-Request-Type=9", status=1)
        self.assertEqual(number(value(answer, "Result-Code")), 5004)
        self.assertEqual(number(value(answer, "Failed-AVP", "CC-Request-Type")), 9)

    def test_two_runs_have_different_sessions(self):  # B8.8-03
        with Server() as server:
            sessions = [
                value(json.loads(diatom("send", *INITIAL, "--connect", server.uri, "--json", "--origin-host",
                                        "same.example.net").out), "Session-Id")
                for _ in range(2)
            ]  # fmt: skip
        for session in sessions:
            self.assertRegex(session, "^same.example.net;")
        self.assertNotEqual(*sessions)

    def test_a_request_from_json(self):
        text = json.dumps(
            {
                "command": "CCR",
                "application": 4,
                "avps": {
                    "Service-Context-Id": "32251@3gpp.org",
                    "CC-Request-Type": "INITIAL_REQUEST",
                    "CC-Request-Number": 7,
                },
            }
        )
        answer = self.send(self.file("ccr.json", text))
        self.assertEqual(number(value(answer, "CC-Request-Number")), 7)
        with Server() as server:
            result = diatom("send", "-", "--connect", server.uri, stdin=text)
        self.assert_status(result, 0)
        self.assertIn("DIAMETER_SUCCESS", result.out)

    def test_the_request_as_text(self):
        text = "\nCCR app=ro\n  CC-Request-Type: EVENT_REQUEST\n  Requested-Action: CHECK_BALANCE\n" \
               "  CC-Request-Number: 8\n  Service-Context-Id: 32251@3gpp.org\n"  # fmt: skip
        answer = self.send(self.file("ccr.txt", text))
        self.assertEqual(number(value(answer, "CC-Request-Number")), 8)
        for wrong, sentence in (
            (text.replace("Requested-Action", "Requested-Acting"), r'line 4, column 3 .*"Requested-Acting"'),
            (text + text, "2 messages; send takes one"),
        ):
            result = diatom("send", "-", "--connect", "aaa://127.0.0.1:1", stdin=wrong)
            self.assert_status(result, 2)
            self.assertRegex(result.err, sentence)

    def test_as_is_adds_nothing(self):
        answer = self.send("ccr", "--app", "ro", "--as-is", "--avp", "Origin-Host=a.example", status=1)
        self.assertEqual(number(value(answer, "Result-Code")), 5005)

    def test_show_prints_the_request(self):
        with Server() as server:
            result = diatom("send", *INITIAL, "--show", "--connect", server.uri)
        self.assert_status(result, 0)
        self.assertIn("CC-Request-Type", result.out.split("Result-Code")[0])

    def test_wrong_json_is_refused(self):
        for text in '{"command": "CCR", "avps": {"No-Such-AVP": 1}}', "[]", "nonsense", "{}":
            path = self.file("bad.json", text)
            result = diatom("send", path, "--connect", "aaa://127.0.0.1:1")
            self.assert_status(result, 2)
            self.assertEqual(result.out, "")

    def test_no_connection(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            result = diatom("send", *INITIAL, "--connect", f"aaa://127.0.0.1:{closed.getsockname()[1]}")
        self.assert_status(result, 3)
        self.assertIn("no connection", result.err)

    def test_a_peer_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            uri = f"aaa://127.0.0.1:{mute.getsockname()[1]}"
            result = diatom("send", *INITIAL, "--connect", uri, "--timeout", 300)
        self.assert_status(result, 3)
        self.assertIn("300 ms", result.err)

    def send_to_fake(self, on_request, **options):
        with fake.Fake(on_request, **options) as server:
            return diatom("send", *INITIAL, "--connect", server.uri, "--timeout", 500)

    def test_an_answer_that_does_not_come(self):
        result = self.send_to_fake(lambda request: b"")
        self.assert_status(result, 3)
        self.assertIn("no answer within 500 ms", result.err)

    def test_a_connection_that_goes_before_the_answer(self):
        result = self.send_to_fake(lambda request: None)
        self.assert_status(result, 3)
        self.assertIn("lost before the answer came", result.err)

    def test_an_answer_of_another_command(self):
        def of_another(request):
            request.command = fake.STR
            return fake.answer_to(request)

        result = self.send_to_fake(of_another)
        self.assert_status(result, 1)
        self.assertIn("the answer is bad", result.err)
        self.assertIn("Result-Code", result.out)

    def test_a_peer_that_refuses_us(self):
        result = self.send_to_fake(fake.answer_to, cea=5010)
        self.assert_status(result, 3)
        self.assertIn("no connection", result.err)

    @unittest.skipUnless(cli.HAS_DNS, "built without c-ares")
    def test_a_silent_name_server_delays_nobody(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind(("127.0.0.1", 0))
            mute.settimeout(LIMIT)
            args = ["--connect", "aaa://ocs.example.net", "--name-server", f"127.0.0.1:{mute.getsockname()[1]}"]
            since = time.monotonic()
            result = diatom("send", *INITIAL, *args, "--timeout", 300)
            self.assert_status(result, 3)
            self.assertIn("300 ms", result.err)
            self.assertLess(time.monotonic() - since, SOON)
            self.assertIn(b"\3ocs\7example\3net", mute.recv(512))
            while select.select([mute], [], [], 0)[0]:
                mute.recv(512)
            with Server(*args) as server:
                mute.recv(512)  # it has begun to look
                since = time.monotonic()
                server.end()
                self.assertEqual(server.status, 0, server.err)
                self.assertLess(time.monotonic() - since, SOON)

    def test_a_peer_that_connects_to_us(self):
        sender = self.start("send", *INITIAL, "--listen", "aaa://127.0.0.1:0", stdout=subprocess.PIPE)
        uri = sender.stdout.readline().decode()[len("listening ") :].strip()
        with Server("--connect", uri):
            out, _ = sender.communicate(timeout=LIMIT)
        self.assertEqual(sender.returncode, 0)
        self.assertIn("Result-Code", out.decode())

    def test_the_capture_has_both_directions(self):
        with Server("--pcap", self.path("serve.pcapng")) as server:
            result = diatom("send", *INITIAL, "--connect", server.uri, "--pcap", self.path("send.pcapng"))
            self.assert_status(result, 0)
        port = server.uri.split(":")[2].split(";")[0]
        for name in "serve.pcapng", "send.pcapng":
            result = diatom("decode", "--json", self.path(name))
            self.assert_status(result, 0)
            codes = [m["code"] for m in result.messages()]
            self.assertEqual(codes, [257, 257, 272, 272, 282, 282])
            ways = [line for line in diatom("decode", self.path(name)).out.splitlines() if line.startswith("# packet")]
            self.assertEqual(len(ways), 6)
            for i, way in enumerate(ways):
                to, off = f"> 127.0.0.1:{port}", f"127.0.0.1:{port} "
                self.assertIn(off if i % 2 else to, way)
                self.assertNotIn(to if i % 2 else off, way)

    def test_a_capture_that_stays_incomplete_is_an_error(self):
        path = self.path("short.pcapng")
        with Server() as server:
            done = subprocess.run(
                [DIATOM, "send", *INITIAL, "--connect", server.uri, "--pcap", path], capture_output=True, timeout=LIMIT,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)), check=False,
            )  # fmt: skip
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"Result-Code", done.stdout)
        self.assertIn(f"'{path}' of --pcap is not complete".encode(), done.stderr)
        self.assertLessEqual(os.path.getsize(path), 300)


class Bench(cli.Test):
    def bench(self, *args, server=(), status=0):
        with Server(*server) as s:
            result = diatom("bench", "--connect", s.uri, "--json", *args)
            s.end()
            self.assertEqual(s.status, 0, s.err)
        self.assert_status(result, status)
        return json.loads(result.out)

    def test_sessions(self):  # B2.5-03: all over one connection
        result = self.bench("--sessions", 50, "--updates", 2)
        self.assertEqual((result["sessions"], result["requests"]), (50, 200))
        self.assertEqual(result["result_codes"], {"2001": 200})
        self.assertEqual(set(result["errors"].values()), {0})
        latency = result["latency_us"]
        self.assertTrue(0 < latency["min"] <= latency["mean"] <= latency["max"])
        self.assertTrue(latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"])

    def test_single_requests_of_both_sizes(self):
        for size in "small", "gy":
            result = self.bench("--requests", 30, "--size", size, "--window", 4)
            self.assertEqual((result["requests"], result["result_codes"]), (30, {"2001": 30}))

    def test_single_updates_are_those_of_a_session(self):
        capture = self.path("x.pcapng")
        result = self.bench("--requests", 3, "--step", "update", "--pcap", capture)
        self.assertEqual((result["requests"], result["result_codes"]), (3, {"2001": 3}))
        text = diatom("decode", capture).out
        self.assertEqual(text.count("UPDATE_REQUEST"), 6)
        self.assertNotIn("EVENT_REQUEST", text)

    def test_several_connections(self):
        result = self.bench("--sessions", 40, "--connections", 3)
        self.assertEqual((result["sessions"], result["requests"]), (40, 200))

    def test_an_open_loop(self):
        result = self.bench("--requests", 20, "--rate", 1000, "--connections", 2)
        self.assertEqual(result["result_codes"], {"2001": 20})

    def test_a_window_that_the_output_cannot_hold(self):
        result = self.bench("--sessions", 6000, "--updates", 0, "--window", 6000)
        self.assertEqual(result["result_codes"], {"2001": 12000})

    def test_result_codes_that_are_no_success(self):
        result = self.bench("--sessions", 5, server=["--result-code", 4012], status=1)
        self.assertEqual(result["result_codes"], {"4012": 5})
        self.assertEqual((result["sessions"], result["incomplete"]), (0, 5))

    def test_a_server_that_leaves_ends_it(self):
        with Server() as server:
            bench = self.start("bench", "--connect", server.uri, "--duration", 600, "--quiet", stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)  # fmt: skip
            self.assertTrue(any(b"event peer up" in line for line in server.process.stdout))
            server.end()
            _, err = bench.communicate(timeout=LIMIT)
        self.assertEqual((server.status, bench.returncode), (0, 3), err)
        self.assertRegex(err, b"a request was not sent|connection lost")

    def test_the_table_and_the_exchange(self):
        with Server() as server:
            result = diatom("bench", "--connect", server.uri, "--sessions", 5, "--show")
        self.assert_status(result, 0)
        for word in "sessions", "requests/s", "latency", "p99", "DIAMETER_SUCCESS", "CC-Request-Type":
            self.assertIn(word, result.out)
        self.assertEqual(result.err, "")

    def test_the_exchange_as_json(self):
        with Server() as server:
            result = diatom("bench", "--connect", server.uri, "--sessions", 5, "--show", "--json")
        self.assert_status(result, 0)
        request, answer, results = result.messages()
        self.assertEqual([request["command"], answer["command"]], ["CCR", "CCA"])
        self.assertEqual(results["sessions"], 5)

    def test_options_that_say_nothing_together(self):
        to = ["--connect", "aaa://127.0.0.1:1"]
        for args, words in (
            (["--rate", 10, "--window", 64], ["--rate", "--window"]),
            (["--requests", 10, "--updates", 3], ["--requests", "--updates"]),
            (["--requests", 10, "--sessions", 3], ["--requests", "--sessions"]),
            (["--step", "event"], ["--step", "--requests"]),
        ):
            for word in words:
                self.assert_refused(diatom("bench", *to, *args), word)

    def test_the_gy_shape_has_692_octets(self):
        with Server() as server:
            diatom("bench", "--connect", server.uri, "--sessions", 1, "--pcap", self.path("x.pcapng"))
        octets = diatom("encode", stdin=diatom("decode", "--json", self.path("x.pcapng")).octets).octets
        lengths = []
        while octets:
            n = int.from_bytes(octets[1:4], "big")
            lengths.append(n)
            octets = octets[n:]
        self.assertEqual(lengths[4:10:2], [692] * 3)

    def test_no_server(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            result = diatom("bench", "--connect", f"aaa://127.0.0.1:{closed.getsockname()[1]}")
        self.assert_status(result, 3)
        self.assertIn("no connection", result.err)

    def test_a_server_that_goes_away(self):
        def close_after_hello(listener):
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.close()

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=close_after_hello, args=[listener])
            thread.start()
            result = diatom("bench", "--connect", f"aaa://127.0.0.1:{listener.getsockname()[1]}", "--timeout", 5000)
            thread.join()
        self.assert_status(result, 3)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
