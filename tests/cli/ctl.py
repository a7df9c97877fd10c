#!/usr/bin/env python3
"""`diatom ctl` against a running `diatom serve`, what Prometheus says of its metrics, and clients of both that mean no good."""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import cli
from cli import DIATOM, LIMIT, Server, diatom
from peers import CCR, SEND, SERVE, Running
from ports import free_port

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class Watched(Running):
    """`diatom serve` with a control socket and metrics."""

    def __init__(self, *args):
        self.folder = tempfile.TemporaryDirectory()
        self.socket = os.path.join(self.folder.name, "ctl")
        super().__init__("--listen", "aaa://127.0.0.1:0", "--control", self.socket, "--metrics", "127.0.0.1:0", *args)

    def ready(self):
        self.uri = self.listening()
        self.metrics = self.until("metrics ").split()[1]

    def __exit__(self, *exc):
        super().__exit__(*exc)
        self.folder.cleanup()

    def ctl(self, *words):
        return diatom("ctl", "--socket", self.socket, *words)

    def json(self, *words):
        return json.loads(self.ctl(*words, "--json").out)

    def send(self, *args):
        return diatom("send", *CCR, "--connect", self.uri, *args)

    def get(self, path="/metrics", accept="*/*"):
        url = self.metrics.replace("/metrics", path)
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=LIMIT) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def dial(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(LIMIT)
        s.connect(self.socket)
        return s


def client_of(server):
    return Running("--connect", server.uri, "--origin-host", "c.example", "--reconnect", 500, "--reopen", 0)


class Reports(cli.Test):
    def test_tables(self):
        with Watched() as server, client_of(server):
            server.until("event peer up c.example")
            self.assert_status(server.send(), 0)
            peers = server.ctl("peers")
            self.assert_status(peers, 0)
            self.assertRegex(
                peers.out,
                r"^PEER +STATE +WATCHDOG +FOR +ADDRESS +TRANSPORT +EXPIRES +IN +OUT +PENDING +KEPT +NOTE\n",
            )
            self.assertRegex(
                peers.out, r"\nc\.example +R-Open +OKAY +\d+\.\ds +127\.0\.0\.1:\d+ +TCP +- +0 +0 +0 +0 +not conf"
            )
            counters = server.ctl("counters")
            self.assertRegex(counters.out, r"\nall +received +4 +CCR +1\n")
            self.assertRegex(counters.out, r"\nall +sent +4 +CCA +2001 DIAMETER_SUCCESS +1\n")
            self.assertIn("\nrequests_in  ", counters.out)
            self.assertTrue(server.ctl("latencies").out.startswith("PEER  DIRECTION"))
            self.assertIn(f"status of {SERVE} at ", server.ctl("status").out)
            self.assertIn("\npeer c.example\n", server.ctl("status", "c.example").out)
            self.assertIn("disable    HOST", server.ctl("help").out)
            self.assertRegex(server.ctl("version").out, r"^diatom \d")

    def test_json(self):
        with Watched() as server, client_of(server):
            server.until("event peer up c.example")
            self.assert_status(server.send(), 0)
            for kind in "status", "peers", "counters", "latencies":
                report = server.json(kind)
                self.assertEqual((report["host"], report["stopping"]), (SERVE, False), kind)
                (peer,) = report["peers"]
                self.assertEqual(peer["host"], "c.example")
                self.assertEqual("messages" in peer, kind != "peers")
                self.assertEqual(report["counters"]["requests_in"], 1)
            self.assertEqual(server.json("version").keys(), {"version"})

    def test_the_same_again_and_again(self):
        with Watched() as server:
            for words, lines in ([], 3), (["--json"], 3):
                watch = self.start("ctl", "--socket", server.socket, "peers", "--watch", "100ms", *words,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
                for _ in range(lines):
                    self.assertIn(watch.stdout.readline()[:4], (b"PEER", b'{"ti'))
                watch.stdout.close()  # its reader goes: so does it
                self.assertEqual(watch.wait(timeout=LIMIT), 3)
            server.end()
        self.assertEqual(server.status, 0)

    def test_a_node_that_goes_ends_the_watching(self):
        with Watched() as server:
            watch = self.start("ctl", "--socket", server.socket, "peers", "--watch", "100ms", stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)  # fmt: skip
            watch.stdout.readline()
            server.end()
            _, errors = watch.communicate(timeout=LIMIT)
        self.assertEqual(watch.returncode, 3)
        self.assertIn(b"has closed", errors)


class Orders(cli.Test):
    def wait(self, server, host, state):
        def states():
            return [p["state"] for p in server.json("peers")["peers"] if p["host"] == host]

        cli.until(lambda: states() == [state], f"{host} is {state}")

    def test_a_peer_is_taken_out_and_put_back(self):
        with Watched("--peer", "c.example") as server, client_of(server) as client:
            client.until("event peer up")
            result = server.ctl("disable", "c.example", "--cause", "busy")
            self.assert_status(result, 0)
            self.assertEqual(result.out, "c.example is taken out of service\n")
            client.until("event peer down serve.diatom.localdomain the peer is busy (DPR)")
            self.wait(server, "c.example", "Closed")
            self.assertIn("out of service", server.ctl("peers").out)
            self.assert_status(server.ctl("disconnect", "c.example"), 1)
            self.assert_status(server.send("--origin-host", "c.example", "--timeout", 3000), 3)  # refused
            self.assert_status(server.ctl("enable", "c.example"), 0)
            self.assert_status(server.send("--origin-host", "c.example"), 0)

    def test_a_connection_is_ended_and_made(self):
        with Server() as far, Watched("--peer", f"far.example={far.uri}", "--peer", f"{SERVE}2") as server:
            self.assert_status(server.ctl("connect", f"{SERVE}2"), 1)
        with Server("--origin-host", "far.example") as far, Watched("--peer", f"far.example={far.uri}") as server:
            self.wait(server, "far.example", "I-Open")
            self.assert_status(server.ctl("disconnect", "far.example", "--cause=rebooting"), 0)
            self.wait(server, "far.example", "Closed")
            self.assertIn("not connected to by itself", server.ctl("peers").out)
            self.assert_status(server.ctl("connect", "far.example"), 0)
            self.wait(server, "far.example", "I-Open")

    def test_messages_of_one_peer_are_traced(self):
        with Watched() as server:
            here = os.getcwd()
            os.chdir(self.folder.name)
            try:
                result = server.ctl("trace", SEND.upper(), "a b.pcapng")  # in the folder of whoever asks
            finally:
                os.chdir(here)
            self.assert_status(result, 0)
            self.assertTrue(result.out.endswith("a b.pcapng; there is no such peer, it may come yet\n"), result.out)
            self.assert_status(server.send(), 0)
            self.assert_status(server.send("--origin-host", "other.example"), 0)
            self.assert_status(server.ctl("untrace", SEND), 0)
            self.assert_status(server.send(), 0)
            traced = diatom("decode", "--json", self.path("a b.pcapng"))
            self.assert_status(traced, 0)
            self.assertEqual([m["command"] for m in traced.messages()], ["CER", "CEA", "CCR", "CCA", "DPR", "DPA"])
            again = server.ctl("untrace", SEND)
            self.assert_status(again, 1)
            self.assertIn("is not traced", again.err)
            nowhere = server.ctl("trace", SEND, "/nowhere/at/all.pcapng")
            self.assert_status(nowhere, 3)
            self.assertIn("No such file", nowhere.err)
            os.mkfifo(self.path("pipe"))
            unread = server.ctl("trace", SEND, self.path("pipe"))  # which would wait for its reader
            self.assert_status(unread, 3)
            self.assertIn("No such device", unread.err)
            self.assert_status(server.send(), 0)

    def test_a_peer_that_is_there_is_traced_without_more_words(self):
        with Watched() as server, client_of(server):
            server.until("event peer up c.example")
            path = self.path("c.pcapng")
            self.assertEqual(server.ctl("trace", "c.example", path).out, f"c.example is traced to {path}\n")

    def test_a_disk_that_is_full_ends_a_trace(self):
        path = self.path("trace.pcapng")
        with Watched() as server:
            self.assert_status(server.ctl("trace", SEND, path), 0)
            self.assert_status(server.send(), 0)
            room = os.path.getsize(path) + 700
            cli.limit_files(server.process, room)
            self.assert_status(server.send(), 0)
            self.assertEqual(server.until("event capture"), f"event capture - {path} takes no more: File too large")
            self.assert_status(server.send(), 0)
            untraced = server.ctl("untrace", SEND)
            self.assert_status(untraced, 3)
            self.assertIn("is not complete: File too large", untraced.err)
            whole = diatom("decode", "--json", path)
            self.assert_status(whole, 0)
            self.assertGreater(len(whole.messages()), 6)
            server.end()
        self.assertEqual(server.first.count("event capture"), 1)

    def test_the_level_of_the_log(self):
        with Watched() as server:
            self.assertEqual(server.ctl("log").out, "log level info\n")
            self.assert_status(server.ctl("log", "debug"), 0)
            self.assert_status(server.send(), 0)
            server.until(f"event watchdog {SEND} OKAY")
            self.assert_status(server.ctl("log", "error"), 0)
            self.assert_status(server.send(), 0)
            self.assert_status(server.ctl("log", "loud"), 2)
            server.end()
        after = server.out.split("event watchdog")[-1]
        self.assertNotIn("event peer up", after)

    def test_it_is_stopped(self):
        with Watched() as server:
            self.assertEqual(server.ctl("stop").out, "the node ends\n")
            server.process.wait(timeout=LIMIT)
            self.assertFalse(os.path.exists(server.socket))
            server.end()
        self.assertEqual(server.status, 0)


class Mistakes(cli.Test):
    def fake(self, *answers):
        """A socket at which somebody gives these answers, line by line."""
        path = self.path("fake")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()

        def serve():
            peer, _ = listener.accept()
            for answer in answers:
                peer.recv(4096)
                peer.sendall(answer)
            peer.close()
            listener.close()

        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(thread.join)
        return path

    def assert_failed(self, result, word, status=3):
        self.assert_status(result, status)
        self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
        self.assertIn(word, result.err)

    def test_nobody_there(self):
        self.assert_failed(diatom("ctl", "--socket", self.path("none"), "peers"), "there is no socket")
        dead = self.path("dead")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(dead)
        self.assert_failed(diatom("ctl", "--socket", dead, "peers"), "nobody serves at")
        self.assert_failed(diatom("ctl", "--socket", self.file("file", ""), "peers"), "nobody serves at")

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root may do everything")
    def test_no_permission(self):
        with Watched() as server:
            os.chmod(server.folder.name, 0o755)
            program = self.path("diatom")
            shutil.copy(DIATOM, program)
            os.chmod(self.folder.name, 0o755)
            before = ["setpriv", "--reuid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
            if not before:
                os.chmod(server.socket, 0)
            done = subprocess.run([*before, program, "ctl", "--socket", server.socket, "peers"], capture_output=True,
                                  timeout=LIMIT, check=False)  # fmt: skip
            self.assert_failed(cli.Result(done), "no permission for")

    def test_something_else_there(self):
        for answer, word in (
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no socket of a diatom"),
            (b"x" * 100, "is no socket of a diatom"),
            (b"diatom 2 0 0\n", "speaks version 2"),
            (b"diatom 1 x\n", "speaks version 1"),
            (b"diatom 1 0 100\nhalf", "without an answer"),
            (b"", "without an answer"),
        ):
            with self.subTest(answer=answer):
                self.assert_failed(diatom("ctl", "--socket", self.fake(answer), "peers"), word)
                os.unlink(self.path("fake"))

    def test_an_older_node(self):
        path = self.fake(b"diatom 1 2 28\nthere is no command 'peers'\n", b"diatom 1 0 13\ndiatom 0.0.1\n")
        result = diatom("ctl", "--socket", path, "peers")
        self.assert_failed(result, "(the node is diatom 0.0.1, this is diatom ", 2)

    def test_words(self):
        with Watched() as server:
            for words, status, part in (
                (["nonsense"], 2, "there is no command 'nonsense'; there are: status peers"),
                (["disable"], 2, "it is: disable HOST"),
                (["disable", "nobody.example"], 1, "nobody.example is no peer of this node"),
                (["peers", "a b"], 1, "a b is no peer"),
                (["peers", "-x"], 2, "unknown option '-x'"),
                (["peers", "--", "-x"], 1, "-x is no peer"),
                (["peers", 'a"\\'], 1, 'a"\\ is no peer'),
                (["peers", "a\nb"], 2, "control characters"),
                (["peers", "x" * 5000], 2, "too long"),
                (["reload"], 1, "no configuration"),
                (["routes"], 1, "no routes"),
                (["policies"], 1, "no policies"),
                (["peers", "--watch", "2x"], 2, "'2x'"),
                (["peers", "--watch", "1ms"], 2, "'1ms'"),
                (["stop", "--watch", "2s"], 2, "'stop'"),
                (["disable", "x", "--cause", "hunger"], 2, "'hunger'"),
                ([], 2, "COMMAND"),
            ):
                with self.subTest(words=words):
                    self.assert_failed(server.ctl(*words), part, status)

    def test_wrong_options_of_the_server(self):
        serve = ["serve", "--listen", "aaa://127.0.0.1:0"]
        for args, status, word in (
            (["--control", "x" * 200], 2, "107 octets"),
            (["--control", "/nowhere/at/all"], 3, "No such file"),
            (["--control", self.file("file", "")], 3, "non-socket"),
            (["--metrics", "9090"], 2, "ADDRESS:PORT"),
            (["--metrics", "192.0.2.1:0"], 3, "192.0.2.1:0"),
        ):
            with self.subTest(args=args):
                result = diatom(*serve, *args)
                self.assert_status(result, status)
                self.assertIn(word, result.err)


class Journal(cli.Test):
    def test_lines_have_priorities_where_journald_reads(self):
        for is_journal in True, False:
            ours, theirs = os.pipe()
            status = os.fstat(theirs)
            stream = f"{status.st_dev}:{status.st_ino if is_journal else 1}"
            process = self.start("serve", "--listen", "aaa://127.0.0.1:0", stdout=theirs,
                                 env={**os.environ, "JOURNAL_STREAM": stream})  # fmt: skip
            os.close(theirs)
            with os.fdopen(ours) as lines:
                uri = lines.readline().split()[1]
                self.assert_status(diatom("send", *CCR, "--connect", uri), 0)
                process.terminate()
                text = lines.read()
            self.assertEqual(process.wait(timeout=LIMIT), 0)
            self.assertEqual(f"<6>event peer up {SEND}" in text, is_journal, text)
            self.assertEqual(f"<6>event peer down {SEND}" in text, is_journal, text)


class Socket(cli.Test):
    def test_its_user_alone(self):
        with Watched() as server:
            self.assertEqual(stat.S_IMODE(os.stat(server.socket).st_mode), 0o600)
            second = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--control", server.socket)
            self.assert_status(second, 3)
            self.assertIn("another program serves there", second.err)
            self.assert_status(server.ctl("peers"), 0)  # and is there still

    def test_a_killed_program_leaves_its_place(self):
        with Watched() as first:
            first.process.kill()
            first.process.wait()
            self.assertTrue(os.path.exists(first.socket))
            with Server("--control", first.socket):  # which listens before it is controlled
                cli.until(lambda: diatom("ctl", "--socket", first.socket, "peers").status == 0, "it is controlled")
            self.assertFalse(os.path.exists(first.socket))
            first.end()

    def test_clients_that_mean_no_good(self):
        with Watched() as server:
            crowd = [server.dial() for _ in range(40)]
            crowd[-1].sendall(os.urandom(2000).replace(b"\n", b"x"))
            crowd[-2].sendall(os.urandom(20000))
            crowd[-3].sendall(b"metrics\n" * 500)  # and reads nothing
            crowd[-4].sendall(b"disable")
            self.assert_status(server.ctl("peers"), 0)
            self.assert_status(server.send(), 0)
            for s in crowd:
                s.close()
            self.assert_status(server.ctl("peers"), 0)
            with server.dial() as s:
                s.sendall(b"version\nversion")
                s.shutdown(socket.SHUT_WR)
                text = b""
                while more := s.recv(4096):
                    text += more
            self.assertEqual(text.count(b"diatom 1 0 "), 2)
            server.end()
        self.assertEqual(server.status, 0, server.err)


class Metrics(cli.Test):
    def test_paths(self):
        with Watched() as server:
            self.assertEqual(server.get("/healthz"), ("text/plain; charset=utf-8", "serving\n"))
            self.assertEqual(server.get()[0], "text/plain; version=0.0.4; charset=utf-8")
            kind, text = server.get(accept=OPENMETRICS)
            self.assertEqual(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
            self.assertTrue(text.endswith("\n# EOF\n"))
            with self.assertRaises(urllib.error.HTTPError) as raised:
                server.get("/")
            self.assertEqual(raised.exception.code, 404)
            raised.exception.close()
            self.assertIn("\ndiatom_connections 0\n", text)
            self.assertTrue(server.ctl("metrics").out.endswith("\n# EOF\n"))

    def test_slow_clients_keep_nobody_out(self):
        with Watched() as server:
            port = int(server.metrics.split(":")[2].split("/")[0])
            crowd = []
            for i in range(15):
                crowd.append(socket.create_connection(("127.0.0.1", port), timeout=LIMIT))
                crowd[-1].sendall([b"GET /met", b"\0" * 100, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 3000][i % 3])
            self.assertEqual(server.get("/healthz")[1], "serving\n")
            self.assert_status(server.send(), 0)
            for s in crowd:
                s.close()
            server.end()
        self.assertEqual(server.status, 0, server.err)

    def some(self, server):
        """Something to tell: peers of all kinds, good and bad answers."""
        self.assert_status(server.send(), 0)
        self.assert_status(diatom("bench", "--connect", server.uri, "--sessions", 20, "--json"), 0)

    @unittest.skipUnless(shutil.which("promtool"), "no promtool")
    def test_promtool_finds_nothing(self):
        with Watched("--peer", f"ocs.example=aaa://127.0.0.1:{free_port()}", "--allow", "*") as server, client_of(server):
            self.some(server)
            text = server.get()[1].encode()
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=LIMIT,
                                  check=False)  # fmt: skip
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
            self.assertIn(b"diatom_requests_total", text)

    @unittest.skipUnless(shutil.which("promtool"), "no promtool")
    def test_prometheus_reads_openmetrics(self):
        with Watched() as server, client_of(server):
            self.some(server)
            text = server.get(accept=OPENMETRICS)[1]
        now = f" {time.time():.3f}"
        lines = [line if line.startswith("#") else line + now for line in text.splitlines()]  # as backfilling wants it
        path = self.file("metrics", "\n".join(lines) + "\n")
        done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", path, self.path("blocks")],
                              capture_output=True, timeout=LIMIT, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(shutil.which("prometheus"), "no Prometheus")
    def test_prometheus_scrapes_it(self):
        with Watched() as server:
            self.some(server)
            target = server.metrics.split("/")[2]
            config = self.file("prometheus.yml", f"""
scrape_configs:
  - job_name: diatom
    scrape_interval: 1s
    static_configs: [{{ targets: ['{target}'] }}]
""")
            address = f"127.0.0.1:{free_port()}"
            self.start(f"--config.file={config}", f"--storage.tsdb.path={self.path('data')}", f"--web.listen-address={address}",
                       program="prometheus", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip

            def ask(path):
                with urllib.request.urlopen(f"http://{address}/api/v1/{path}", timeout=LIMIT) as answer:
                    return json.load(answer)["data"]

            def scraped():
                with contextlib.suppress(OSError):  # it does not listen yet
                    return ask("query?query=diatom_requests_total%7Bcommand%3D%22CCR%22%7D")["result"]

            found = cli.until(scraped, "a scrape")
            self.assertEqual(sum(float(row["value"][1]) for row in found), 101)
            self.assertEqual(ask("query?query=up")["result"][0]["value"][1], "1")
            told = ask("metadata?metric=diatom_traffic_bytes")["diatom_traffic_bytes"][0]
            self.assertEqual((told["type"], told["unit"]), ("counter", "bytes"))  # so it read OpenMetrics
            (target,) = ask("targets")["activeTargets"]
            self.assertEqual(target["lastError"], "")


if __name__ == "__main__":
    cli.main()
