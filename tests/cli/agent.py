#!/usr/bin/env python3
"""`diatom agent`: what is said of a configuration, and a relay that runs from one and takes another."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.request

import cli
import fake
from cli import DIATOM, LIMIT, Server, diatom
from peers import Running

CCR = [
    "ccr", "--app", "ro", "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Number=0",
    "--avp", "CC-Request-Type=INITIAL_REQUEST",
]  # fmt: skip
SERVER = ["--origin-host", "server.example.net", "--origin-realm", "example.net"]
CLIENT = ["--origin-host", "client.example.org", "--origin-realm", "example.org", "--destination-realm", "example.net"]
WHO = "identity: { host: relay.example.net, realm: relay.example }\n"
LISTEN = 'listen: { uri: "aaa://127.0.0.1:0", clear: yes, allow: "*.example.org" }\n'
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Agent(Running):
    """`diatom agent`, whose configuration can be written anew; the uri is that of its first listener."""

    def __init__(self, path, *args):
        super().__init__()
        self.path = path
        self.args = [DIATOM, "agent", *map(str, args), path]

    def ready(self):
        self.uri = self.listening()

    def reload(self, text):
        """The line that tells what became of it."""
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text)
        self.process.send_signal(signal.SIGHUP)
        return self.until("reload ")

    def errors_so_far(self):
        self.errors.seek(0)
        return self.errors.read().decode()


def peer(server, host="server.example.net"):
    return f'  - {{ host: {host}, connect: "{server.uri}", clear: yes }}\n'


def send(uri, *args):
    return diatom("send", *CCR, *CLIENT, "--connect", uri, *args)


class Check(cli.Test):
    """--check, and what is said before anything runs."""

    def test_a_right_file_has_status_0(self):
        result = diatom("agent", "--check", self.file("a.yaml", WHO + LISTEN))
        self.assert_status(result, 0)
        self.assertIn("no mistakes", result.out)

    def test_each_mistake_is_a_line_and_the_status_1(self):
        path = self.file("a.yaml", WHO + "wachdog: 1s\n" + LISTEN.replace("clear: yes, ", ""))
        result = diatom("agent", "--check", path)
        self.assert_status(result, 1)
        self.assertEqual(result.out, "")
        self.assertEqual(
            result.err.splitlines(),
            [
                f"{path}:2:1: wachdog: unknown key 'wachdog'; did you mean 'watchdog'?",
                f"{path}:3:16: listen.uri: what passes here can be read and changed on the way; allowed: aaas://, or "
                "`clear: yes` beside it where that is wanted",
            ],
        )

    @unittest.skipUnless(cli.HAS_TLS, "without TLS")
    def test_the_first_run_says_all_that_is_wrong(self):
        path = self.file("a.yaml", WHO + LISTEN + "wachdog: 1s\ntables: { all: nowhere.csv }\n"
                         "tls: { default: { certificate: nowhere.pem, trust: nowhere.pem } }\n")  # fmt: skip
        result = diatom("agent", "--check", path)
        self.assert_status(result, 1)
        said = [line[len(path) + 1 :].split(": ")[1] for line in result.err.splitlines()]
        self.assertEqual(said, ["wachdog", "tables.all", "tls.default.certificate"])

    def test_nothing_runs_from_a_wrong_file(self):
        result = diatom("agent", self.file("a.yaml", WHO + LISTEN + "quux: 1\n"))
        self.assert_status(result, 2)
        self.assertIn("quux", result.err)
        self.assertNotIn("listening", result.out)

    def test_a_file_that_cannot_be_read_has_status_2(self):
        for args in (["--check"], []):
            self.assert_refused(diatom("agent", *args, self.path("nowhere.yaml")), "nowhere.yaml")

    def test_without_a_file_that_is_said(self):
        self.assert_refused(diatom("agent"), "FILE is missing")

    def test_the_file_may_be_standard_input(self):
        self.assert_status(diatom("agent", "--check", "-", stdin=WHO + LISTEN), 0)

    def test_tables_lie_where_the_configuration_does(self):
        self.file("prefixes.csv", "26201,berlin\nx,y\n")
        path = self.file("a.yaml", WHO + LISTEN + "tables: { all: prefixes.csv }\n"
                         "routes: { imsi: { table: all, value: berlin } }\n")  # fmt: skip
        result = diatom("agent", "--check", path)
        self.assert_status(result, 1)
        self.assertTrue(result.err.startswith("prefixes.csv:2:1: tables.all: "), result.err)
        self.file("prefixes.csv", "26201,berlin\n")
        self.assert_status(diatom("agent", "--check", path), 0)
        os.remove(self.path("prefixes.csv"))
        result = diatom("agent", "--check", path)
        self.assert_status(result, 1)
        self.assertIn("'prefixes.csv' cannot be read: No such file or directory", result.err)

    def test_a_dictionary_of_ones_own_can_be_named(self):
        dia = self.file("lamp.dia", "@id 16777999\n@name lamp\n@prefix lamp\n")
        path = self.file("a.yaml", WHO + LISTEN + "applications: [relay, lamp]\n")
        self.assert_status(diatom("agent", "--check", path), 1)
        self.assert_status(diatom("agent", "--check", "--dict", dia, path), 0)

    def test_the_example_is_right(self):
        self.assert_status(diatom("agent", "--check", os.path.join(ROOT, "examples", "agent.yaml")), 0)

    def test_the_reference_is_what_the_tables_say(self):
        """`diatom agent --schema > docs/agent.md` makes it anew."""
        with open(os.path.join(ROOT, "docs", "agent.md"), encoding="utf-8") as f:
            self.assertEqual(f.read(), diatom("agent", "--schema").out)


class Relay(cli.Test):
    def agent(self, text):
        return Agent(self.file("agent.yaml", text))

    def test_a_request_passes_and_its_answer_comes_back(self):
        with Server(*SERVER) as server, self.agent(WHO + LISTEN + "peers:\n" + peer(server)) as agent:
            agent.until("event peer up server.example.net")
            result = send(agent.uri, "--json")
            self.assert_status(result, 0)
            names = {avp["name"]: avp["value"] for avp in json.loads(result.out)["avps"]}
            self.assertEqual(names["Origin-Host"], "server.example.net")
        self.assertEqual(agent.status, 0)

    def test_what_is_offered_passes_without_routes_and_policies(self):
        for offered in ("gy", "[relay, gy]"):
            with self.subTest(applications=offered), Server(*SERVER) as server:
                text = WHO + LISTEN + f"applications: {offered}\npeers:\n" + peer(server)
                with self.agent(text) as agent:
                    agent.until("event peer up server.example.net")
                    self.assert_status(send(agent.uri), 0)

    def test_who_is_not_allowed_does_not_connect(self):
        with self.agent(WHO + LISTEN) as agent:
            result = diatom("send", *CCR, "--connect", agent.uri, "--origin-host", "a.example.com", "--timeout", 3000)
            self.assert_status(result, 3)

    def test_a_port_that_is_taken_is_named(self):
        with Server(*SERVER) as server:
            port = server.uri.split(":")[2].split(";")[0]
            path = self.file("a.yaml", WHO + LISTEN.replace(":0", ":" + port))
            result = diatom("agent", path)
            self.assert_status(result, 3)
            self.assertIn(f"{path}:2:16: listen.uri: cannot listen at 'aaa://127.0.0.1:{port}'", result.err)

    def test_a_reload_adds_and_removes_peers(self):
        with Server(*SERVER) as server, self.agent(WHO + LISTEN) as agent:
            self.assert_status(send(agent.uri), 1)
            self.assertIn("1 peer added", agent.reload(WHO + LISTEN + "peers:\n" + peer(server)))
            agent.until("event peer up server.example.net")
            self.assert_status(send(agent.uri), 0)
            self.assertIn("1 peer removed", agent.reload(WHO + LISTEN))
            self.assertIn("event peer down server.example.net", agent.first)
            self.assert_status(send(agent.uri), 1)

    def test_a_reload_opens_and_closes_listeners(self):
        with self.agent(WHO + LISTEN) as agent:
            self.assertIn("1 listener added", agent.reload(
                WHO + "listen:\n" + "".join(LISTEN.replace("listen:", "  -") for _ in range(2))))  # fmt: skip
            second = [line.split()[1] for line in agent.first.splitlines() if line.startswith("listening ")][1]
            self.assertNotEqual(second, agent.uri)
            self.assertIn("1 listener removed", agent.reload(WHO + LISTEN))
            self.assert_status(send(second, "--timeout", 2000), 3)

    def test_a_wrong_file_changes_nothing(self):
        with Server(*SERVER) as server, self.agent(WHO + LISTEN + "peers:\n" + peer(server)) as agent:
            agent.until("event peer up server.example.net")
            self.assertIn("refused", agent.reload(WHO + LISTEN + "peers: 5\n"))
            self.assertIn("agent.yaml:3:8: peers: a single value stands here; allowed: a map", agent.first)
            self.assert_status(send(agent.uri), 0)
            self.assertIn("refused", agent.reload(WHO.replace("relay.example.net", "other.example.net") + LISTEN))
            self.assertIn("identity cannot change while the agent runs", agent.first)
            os.remove(agent.path)
            agent.process.send_signal(signal.SIGHUP)
            self.assertIn("cannot read", agent.until("reload "))
            self.assert_status(send(agent.uri), 0)

    def test_a_reload_waits_for_no_file(self):
        with Server(*SERVER) as server, self.agent(WHO + LISTEN + "peers:\n" + peer(server)) as agent:
            agent.until("event peer up server.example.net")
            pipe = self.path("pipe")
            os.mkfifo(pipe)
            asks = WHO + LISTEN + f"tables: {{ all: {pipe} }}\nroutes: {{ imsi: {{ table: all, value: berlin }} }}\n"
            self.assertIn("refused", agent.reload(asks))
            with open(os.open(pipe, os.O_RDWR), "wb"):
                self.assertIn("refused", agent.reload(asks))
                self.assertIn("Resource temporarily unavailable", agent.first)
            os.rename(pipe, agent.path)
            agent.process.send_signal(signal.SIGHUP)
            self.assertIn("refused", agent.until("reload "))
            self.assert_status(send(agent.uri), 0)

    def test_a_reload_without_memory_changes_nothing(self):
        path = self.file("agent.yaml", WHO + LISTEN)
        with Agent(path) as agent:
            with open(f"/proc/{agent.process.pid}/status", encoding="utf-8") as f:
                size = next(int(line.split()[1]) << 10 for line in f if line.startswith("VmSize"))
            if size > 1 << 40:
                self.skipTest("a sanitizer has its own idea of memory")
            os.truncate(path, 64 << 20)
            most = resource.prlimit(agent.process.pid, resource.RLIMIT_AS)
            resource.prlimit(agent.process.pid, resource.RLIMIT_AS, (size + (20 << 20), most[1]))
            agent.process.send_signal(signal.SIGHUP)
            self.assertIn("refused: out of memory; nothing has changed", agent.until("reload "))
            self.assert_status(send(agent.uri), 1)
            resource.prlimit(agent.process.pid, resource.RLIMIT_AS, most)
            self.assertIn("done", agent.reload(WHO + LISTEN))

    def test_a_reload_under_load_loses_nothing(self):
        with Server(*SERVER, "--quiet") as one, Server("--origin-host", "other.example.net", *SERVER[2:]) as other:
            texts = [WHO + LISTEN + "peers:\n" + peer(one),
                     WHO + LISTEN + "watchdog: 20s\npeers:\n" + peer(other, "other.example.net") + peer(one)]  # fmt: skip
            with self.agent(texts[0]) as agent:
                agent.until("event peer up server.example.net")
                bench = self.start("bench", "--connect", agent.uri, *CLIENT, "--duration", "3", "--json", "--quiet",
                                   stdout=subprocess.PIPE)  # fmt: skip
                agent.until("event peer up client")
                done = threading.Event()
                for i in range(10):
                    self.assertIn("done", agent.reload(texts[(i + 1) % 2]))
                    done.wait(0.2)
                out, _ = bench.communicate(timeout=LIMIT)
                self.assertEqual(bench.returncode, 0, out)
                result = json.loads(out)
                self.assertGreater(result["answers"], 1000)
                self.assertEqual(result["answers"], result["requests"])
            self.assertEqual(agent.out.count("event peer up server.example.net"), 1)
            self.assertEqual(agent.out.count("event peer up client"), 1)

    def test_sigterm_waits_for_requests_under_way(self):
        came, ends = threading.Event(), threading.Event()

        def answer_late(request):
            came.set()
            ends.wait(LIMIT)
            return fake.answer_to(request)

        with fake.Fake(answer_late) as server:
            with self.agent(WHO + LISTEN + "peers:\n" + peer(server, "fake.example.net")) as agent:
                agent.until("event peer up fake.example.net")
                client = self.start("send", *CCR, *CLIENT, "--connect", agent.uri, stdout=subprocess.PIPE)
                self.assertTrue(came.wait(LIMIT))
                agent.process.send_signal(signal.SIGTERM)
                ends.set()
                out, _ = client.communicate(timeout=LIMIT)
                self.assertIn(b"DIAMETER_SUCCESS", out)
                agent.until("event stopped")
                self.assertEqual(agent.process.wait(LIMIT), 0)


class Watched(cli.Test):
    """What `diatom ctl` and Prometheus see of an agent."""

    def setUp(self):
        super().setUp()
        self.text = WHO + LISTEN + f"control: {self.path('ctl')}\nmetrics: 127.0.0.1:0\n"

    def ctl(self, *args, socket="ctl"):
        return diatom("ctl", "--socket", self.path(socket), *args)

    def test_the_control_socket_shows_routes_and_reloads(self):
        with Agent(self.file("agent.yaml", self.text)) as agent:
            agent.until("metrics ")
            self.assertIn("no routes", self.ctl("routes").out)
            text = self.text + "peers: { host: a.example.net }\nroutes: { name: all, to: a.example.net }\n"
            self.file("agent.yaml", text)
            self.assertEqual(self.ctl("reload").out, "done: 1 peer added; routes\n")
            self.assertEqual(json.loads(self.ctl("--json", "routes").out)["routes"][0]["name"], "all")
            self.file("agent.yaml", text + "quux: 1\n")
            result = self.ctl("reload")
            self.assert_status(result, 1)
            self.assertIn("agent.yaml:7:1: quux: unknown key 'quux'", result.out + result.err)
            self.assertEqual(len(json.loads(self.ctl("--json", "routes").out)["routes"]), 1)
            self.assert_status(self.ctl("stop"), 0)
            self.assertEqual(agent.process.wait(LIMIT), 0)

    def test_the_control_socket_shows_what_policies_did(self):
        text = self.text + "policies:\n- { name: others, match: { command: 8388635 } }\n" \
            "- { name: closed, request: { reject: 5003 } }\n"  # fmt: skip
        with Server(*SERVER) as server:
            with Agent(self.file("agent.yaml", text + "peers:\n" + peer(server))) as agent:
                agent.until("event peer up")
                self.assertIn("5003", send(agent.uri).out)
                counts = {"matched": 0, "rejected": 0, "limited": 0, "hidden": 0}
                self.assertEqual(
                    json.loads(self.ctl("--json", "policies").out)["policies"],
                    [{"name": "others", **counts}, {"name": "closed", **counts, "matched": 1, "rejected": 1}],
                )
                self.assertIn("closed        1         1        0       0\n", self.ctl("policies").out)

    def test_what_passes_is_told_by_its_command(self):
        with Server(*SERVER) as server:
            text = self.text + "routes: { application: ro }\npeers:\n" + peer(server)
            with Agent(self.file("agent.yaml", text)) as agent:
                agent.until("event peer up")
                for _ in range(2):
                    self.assert_status(send(agent.uri), 0)
                self.assertRegex(self.ctl("counters").out, r"\nall +sent +4 +CCR +2\n")
                self.assertRegex(
                    self.ctl("counters", "server.example.net").out, r"received +4 +CCA +2001 DIAMETER_SUCCESS +2\n"
                )
                self.assertRegex(self.ctl("latencies").out, r"\nserver.example.net +sent +4 +CCR +2 +\d+\.\d{3} ")
                self.assertIn('diatom_request_duration_seconds_count{peer="server.example.net",direction="sent",'
                              'application="4",command="CCR"} 2\n', self.ctl("metrics").out)  # fmt: skip

    def test_prometheus_is_told_what_routes_and_policies_did(self):
        text = self.text + "policies:\n" \
            "- { name: closed, match: { origin-realm: closed.example }, request: { reject: 5003 } }\n" \
            "routes:\n" \
            "- { name: \"a \\\"way\\\"\", realm: example.net }\n" \
            "- { choose: order }\n" \
            "- { name: \"routes[1]\" }\n"  # fmt: skip
        with Server(*SERVER) as server:
            with Agent(self.file("agent.yaml", text + "peers:\n" + peer(server))) as agent:
                address = agent.until("metrics ").split()[1]
                agent.until("event peer up")
                self.assert_status(send(agent.uri), 0)
                closed = [*CLIENT[:2], "--origin-realm", "closed.example", *CLIENT[4:]]
                self.assertIn("5003", diatom("send", *CCR, *closed, "--connect", agent.uri).out)
                with urllib.request.urlopen(address, timeout=LIMIT) as page:
                    got = page.read()
                openly = self.ctl("metrics").out
        for line in ('diatom_route_requests_total{route="a \\"way\\""} 1',
                     'diatom_route_requests_total{route="routes[1]"} 0', 'diatom_policy_matches_total{policy="closed"} 1',
                     'diatom_policy_rejects_total{policy="closed"} 1', 'diatom_policy_limited_total{policy="closed"} 0'):  # fmt: skip
            self.assertEqual((got.decode().count(f"\n{line}\n"), openly.count(f"\n{line}\n")), (1, 1), line)
        self.assertTrue(openly.endswith("\n# EOF\n"))
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=got, capture_output=True, timeout=LIMIT,
                                  check=False)  # fmt: skip
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_windows_move_with_a_reload(self):
        with Agent(self.file("agent.yaml", self.text)) as agent:
            first = agent.until("metrics ").split()[1]
            agent.reload(self.text.replace("/ctl\n", "/other\n").replace("127.0.0.1:0\n", "127.0.0.2:0\n"))
            second = agent.until("metrics ").split()[1]
            self.assert_status(self.ctl("version", socket="other"), 0)
            self.assert_status(self.ctl("version"), 3)
            with urllib.request.urlopen(second, timeout=LIMIT) as answer:
                self.assertIn(b"diatom_", answer.read())
            with self.assertRaises(OSError):
                urllib.request.urlopen(first, timeout=LIMIT)

    def test_one_reload_moves_metrics_to_an_address_that_overlaps(self):
        with Agent(self.file("agent.yaml", self.text)) as agent:
            port = agent.until("metrics ").split()[1].split(":")[2].split("/")[0]
            for address in "0.0.0.0", "127.0.0.1":
                moved = self.text.replace("127.0.0.1:0\n", f"{address}:{port}\n")
                self.assertIn("done: settings", agent.reload(moved))
                self.assertEqual(agent.until("metrics ").split()[1], f"http://{address}:{port}/metrics")
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT) as answer:
                    self.assertEqual(answer.status, 200)
            with socket.create_server(("127.0.0.2", int(port))):  # what is in the way is not ours alone: the old ones come back
                refused = agent.reload(self.text.replace("127.0.0.1:0\n", f"0.0.0.0:{port}\n"))
                self.assertIn(f"reloaded, but: cannot serve metrics at '0.0.0.0:{port}': Address already in use", refused)
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT) as answer:
                    self.assertEqual(answer.status, 200)
                with self.assertRaises(OSError):
                    socket.create_connection(("127.0.0.3", int(port)), LIMIT)

    def test_one_reload_moves_a_listener_to_an_address_that_overlaps(self):
        with Agent(self.file("agent.yaml", WHO + LISTEN)) as agent, Running(
            "--connect", agent.uri, "--origin-host", "client.example.org", "--origin-realm", "example.org"
        ):  # fmt: skip
            agent.until("event peer up client.example.org")
            port = agent.uri.split(":")[2].split(";")[0]
            for address in "0.0.0.0", "127.0.0.1":
                moved = LISTEN.replace("127.0.0.1:0", f"{address}:{port}")
                self.assertIn("done: 1 listener added, 1 removed", agent.reload(WHO + moved))
                self.assert_status(send(agent.uri, "--origin-host", "other.example.org"), 1)
            with socket.create_server(("127.0.0.2", int(port))):
                refused = agent.reload(WHO + LISTEN.replace("127.0.0.1:0", f"0.0.0.0:{port}"))
                self.assertIn("nothing has changed", refused)
                self.assert_status(send(agent.uri, "--origin-host", "other.example.org"), 1)
            self.assertNotIn("peer down client.example.org", agent.first)

    def test_a_reload_that_changes_no_settings_leaves_the_level_of_the_log(self):
        with Agent(self.file("agent.yaml", self.text)) as agent:
            agent.until("metrics ")
            self.assertEqual(self.ctl("log", "debug").out, "log level debug\n")
            agent.reload(self.text + "watchdog: 20s\n")
            self.assertEqual(self.ctl("log").out, "log level debug\n")
            self.file("agent.yaml", self.text + "log: { level: warning }\n")
            self.assert_status(self.ctl("reload"), 0)
            self.assertEqual(self.ctl("log").out, "log level warning\n")

    def test_a_window_that_cannot_be_is_told_and_leaves_the_old_one(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, Agent(self.file("agent.yaml", self.text)) as agent:
            first = agent.until("metrics ").split()[1]
            at = f"127.0.0.1:{taken.getsockname()[1]}"
            nowhere = self.path("nowhere/a")
            wrong = self.text.replace(self.path("ctl"), nowhere).replace("127.0.0.1:0\n", at + "\n")
            wrong += f"capture: {nowhere}\n"
            self.file("agent.yaml", wrong)
            for _ in range(2):  # the same text tries again
                result = self.ctl("reload")
                self.assert_status(result, 1)
                self.assertIn("reloaded, but: ", result.err)
                self.assertIn(f"cannot serve commands at '{nowhere}': No such file or directory", result.err)
                self.assertIn(f"cannot serve metrics at '{at}': Address already in use", result.err)
                self.assertIn(f"capture: cannot write '{nowhere}': No such file or directory", result.err)
                self.assertIn(f"cannot serve metrics at '{at}': Address already in use", agent.until("reloaded, but: "))
            with urllib.request.urlopen(first, timeout=LIMIT) as answer:
                self.assertEqual(answer.status, 200)
            self.assertEqual(agent.errors_so_far(), "")
            taken.close()
            os.mkdir(self.path("nowhere"))
            self.file("agent.yaml", wrong.replace(f"capture: {nowhere}", f"capture: {nowhere}.pcapng"))
            self.assert_status(self.ctl("reload"), 0)
            self.assertEqual(agent.until("metrics ").split()[1], f"http://{at}/metrics")
            self.assertEqual(self.ctl("reload", socket="nowhere/a").out, "done: nothing has changed\n")

    def test_a_window_that_the_same_text_opens_later_is_a_change(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, Agent(self.file("agent.yaml", self.text)) as agent:
            self.file("agent.yaml", self.text.replace("127.0.0.1:0\n", f"127.0.0.1:{taken.getsockname()[1]}\n"))
            self.assert_status(self.ctl("reload"), 1)
            taken.close()
            self.assertEqual(self.ctl("reload").out, "done: settings\n")
            self.file("agent.yaml", self.text)
            agent.process.send_signal(signal.SIGHUP)
            self.assertIn("done: settings", agent.until("done: settings"))

    def test_a_capture_that_cannot_be_leaves_the_old_one(self):
        text = self.text + f"capture: {self.path('one.pcapng')}\n"
        with Agent(self.file("agent.yaml", text)) as agent:
            self.assertIn("reloaded, but: capture", agent.reload(text.replace("one.pcapng", "nowhere/one.pcapng")))
            self.assert_status(send(agent.uri), 1)
        self.assertEqual(diatom("decode", "--summary", self.path("one.pcapng")).out.count("CCR"), 1)

    def test_windows_are_open_before_anybody_is_connected_to(self):
        text = WHO + LISTEN + 'peers: { host: a.example.net, connect: "aaa://127.0.0.1:1", clear: yes }\n'
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for window in (
                f"metrics: 127.0.0.1:{taken.getsockname()[1]}",
                f"control: {self.path('nowhere/ctl')}",
                f"capture: {self.path('nowhere/all.pcapng')}",
            ):
                with self.subTest(window=window):
                    result = diatom("agent", self.file("agent.yaml", text + window + "\n"))
                    self.assert_status(result, 3)
                    self.assertIn(f"'{window.partition(': ')[2]}': ", result.err)
                    self.assertEqual(result.out, "")

    def test_the_metrics_are_said_behind_the_listeners_and_in_json(self):
        with Agent(self.file("agent.yaml", self.text)) as agent:
            agent.until("metrics ")
            self.assertEqual([line.split()[0] for line in agent.first.splitlines()], ["listening", "metrics"])
        process = self.start("agent", self.file("agent.yaml", self.text + "log: { format: json }\n"), stdout=subprocess.PIPE)
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        self.assertEqual([line["event"] for line in said], ["listening", "metrics"])

    def test_a_capture_that_fills_the_disk_ends_and_the_agent_goes_on(self):
        path = self.path("one.pcapng")
        with Agent(self.file("agent.yaml", self.text + f"capture: {path}\n")) as agent:
            cli.limit_files(agent.process, 1000)
            for _ in range(3):
                self.assert_status(send(agent.uri), 1)
            agent.until(f"event capture - {path} takes no more: File too large")
            self.assertIn("done: settings", agent.reload(self.text + f"capture: {self.path('two.pcapng')}\n"))
            self.assert_status(send(agent.uri), 1)
            agent.end()
        self.assertEqual(agent.first.count("event capture"), 1)
        self.assertEqual([diatom("decode", self.path(name)).status for name in ("one.pcapng", "two.pcapng")], [0, 0])

    def test_a_capture_begins_and_ends_with_a_reload(self):
        with Agent(self.file("agent.yaml", self.text + f"capture: {self.path('one.pcapng')}\n")) as agent:
            self.assert_status(send(agent.uri), 1)
            agent.reload(self.text + f"capture: {self.path('other.pcapng')}\n")
            agent.reload(self.text + f"capture: {self.path('other.pcapng')}\nwatchdog: 20s\n")
            self.assert_status(self.ctl("version"), 0)
            self.assert_status(send(agent.uri), 1)
        for name in ("one.pcapng", "other.pcapng"):
            summary = diatom("decode", "--summary", self.path(name)).out
            self.assertEqual(summary.count("CCR"), 1, summary)

    def test_a_capture_that_was_moved_away_begins_anew_with_a_reload(self):
        path, text = self.path("all.pcapng"), self.text + f"capture: {self.path('all.pcapng')}\n"
        with Agent(self.file("agent.yaml", text)) as agent:
            self.assert_status(send(agent.uri), 1)
            self.assertIn("done: nothing has changed", agent.reload(text))
            os.rename(path, self.path("older.pcapng"))
            self.assertIn("done: settings", agent.reload(text))
            for _ in range(2):
                self.assert_status(send(agent.uri), 1)
        for name, count in (("older.pcapng", 1), ("all.pcapng", 2)):
            self.assertEqual(diatom("decode", "--summary", self.path(name)).out.count("CCR"), count, name)

    def test_the_log_may_be_json_and_change_its_level(self):
        path = self.file("agent.yaml", self.text.replace("metrics: 127.0.0.1:0\n", "log: { format: json }\n"))
        process = self.start("agent", path, stdout=subprocess.PIPE)
        line = json.loads(process.stdout.readline())
        self.assertEqual(line["event"], "listening")
        self.assert_status(send(line["reason"]), 1)
        self.assert_status(self.ctl("stop"), 0)
        out, _ = process.communicate(timeout=LIMIT)
        events = [json.loads(line)["event"] for line in out.splitlines()]
        self.assertIn("peer up", events)
        self.assertEqual(process.returncode, 0)


class Policies(cli.Test):
    def test_a_policy_refuses_and_a_reload_takes_it_back(self):
        with Server(*SERVER) as server:
            plain = WHO + LISTEN + "applications: [relay, ro]\npeers:\n" + peer(server)
            refusing = plain + "policies: { request: { reject: 5003, text: not today } }\n"
            with Agent(self.file("agent.yaml", refusing)) as agent:
                agent.until("event peer up server.example.net")
                result = send(agent.uri)
                self.assert_status(result, 1)
                self.assertIn("5003", result.out)
                self.assertIn("not today", result.out)
                self.assertIn("policies", agent.reload(plain))
                self.assert_status(send(agent.uri), 0)

    def test_a_peer_is_limited(self):
        with Server(*SERVER, "--quiet") as server:
            peers = "peers:\n" + peer(server) + "  - { host: client.example.org, limit: 5/s }\n"
            with Agent(self.file("agent.yaml", WHO + LISTEN + peers)) as agent:
                agent.until("event peer up server.example.net")
                result = diatom("bench", "--connect", agent.uri, *CLIENT, "--requests", 100, "--json", "--quiet")
                self.assert_status(result, 1)
                self.assertIn("3004", result.out)

    def test_routes_decide(self):
        with Server(*SERVER) as one, Server("--origin-host", "other.example.net", *SERVER[2:]) as other:
            text = WHO + LISTEN + "peers:\n" + peer(one) + peer(other, "other.example.net") + "routes:\n" \
                "  - { realm: example.net, application: ro, imsi: 26201, to: other.example.net }\n" \
                "  - { realm: example.net, to: server.example.net }\n" \
                "  - { realm: old.example, action: redirect, to: a.example.com, usage: all-realm, cache: 5m }\n"  # fmt: skip
            with Agent(self.file("agent.yaml", text)) as agent:
                agent.until("event peer up")
                agent.until("event peer up")
                imsi = ["--avp", "Subscription-Id/Subscription-Id-Type=END_USER_IMSI",
                        "--avp", "Subscription-Id/Subscription-Id-Data=262011234567890"]  # fmt: skip
                for _ in range(3):
                    self.assertIn('Origin-Host: "other.example.net"', send(agent.uri, *imsi).out)
                    self.assertIn('Origin-Host: "server.example.net"', send(agent.uri).out)
                result = diatom("send", *CCR, *CLIENT[:-1], "old.example", "--connect", agent.uri)
                self.assertIn("3006", result.out)
                self.assertIn("a.example.com", result.out)


class Output(cli.Test):
    def test_nobody_stops_it_by_not_reading_what_it_prints(self):
        reader, writer = os.pipe()
        path = self.file("a.yaml", WHO + LISTEN + "log: { level: debug }\n")
        process = self.start("agent", path, stdout=writer, stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader, "rb") as lines:
            uri = lines.readline().decode().split()[1]
            for _ in range(20):
                diatom("send", *CCR, *CLIENT, "--connect", uri)
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=LIMIT)

    def until(self, path, word):
        """The file's lines, when one of them has this word."""
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if word in text and text.endswith("\n"):
                return text.splitlines()
            time.sleep(0.02)
        raise AssertionError(f"no {word!r} in:\n{text[-2000:]}")

    def test_a_disk_that_was_full_is_written_to_again(self):
        wrong = "".join(f"{i:02}{'x' * 300}: 1\n" for i in range(50))  # 50 lines of log
        path = self.file("a.yaml", WHO + LISTEN + f"control: {self.path('ctl')}\n")
        with open(self.path("log"), "wb") as log:
            process = subprocess.Popen([DIATOM, "agent", path], stdout=log)
        try:
            first = self.until(self.path("log"), "listening ")
            most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
            cli.limit_files(process, os.path.getsize(self.path("log")) + 100)
            self.file("a.yaml", WHO + LISTEN + wrong)
            said = 0
            with socket.socket(socket.AF_UNIX) as ctl:
                ctl.connect(self.path("ctl"))
                answers = ctl.makefile("rb")
                while said * 300 < 2 << 20:
                    ctl.sendall(b"reload\n")
                    answer = answers.read(int(answers.readline().split()[3]))
                    said += answer.count(b"\n")
                answers.close()
            cli.limit_files(process, most)
            lines = self.until(self.path("log"), "lines were not written")[len(first) :]
            self.assertIn(" error log ", lines[-1])
            self.assertEqual(len(lines) - 1 + int(lines[-1].split()[3]), said)
        finally:
            process.terminate()
            self.assertEqual(process.wait(LIMIT), 0)


if __name__ == "__main__":
    cli.main()
