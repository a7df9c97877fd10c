#!/usr/bin/env python3
"""TLS as people run it: `serve`, `send`, `bench` and `agent` with certificates right and wrong, renewed while they run, and what is
said of them."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

import cli
import fake
import names
from agent import Agent
from cli import LIMIT, diatom
from peers import Running

PKI = os.environ["DIATOM_PKI"]
CCR = [
    "ccr", "--app", "ro", "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Number=0",
    "--avp", "CC-Request-Type=INITIAL_REQUEST", "--origin-realm", "example.net", "--timeout", "20000",
]  # fmt: skip
LISTEN = ["--listen", "aaas://127.0.0.1:0"]
WHO = "identity: { host: relay.example.net, realm: example.net }\n"
PROTECTED = 'listen: { uri: "aaas://127.0.0.1:0", allow: "*.example.net" }\n'
MEMBERS = {"protocol", "cipher", "subject", "expires"}


def setUpModule():
    global FOLDER
    FOLDER = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(FOLDER.cleanup)
    subprocess.run([PKI, FOLDER.name], check=True, timeout=LIMIT)


def pem(name):
    return os.path.join(FOLDER.name, name)


def issue(folder, *args):
    """Another infrastructure in a folder: its root signs nothing that the first one knows."""
    subprocess.run([PKI, folder, *map(str, args)], check=True, timeout=LIMIT)


def tls(name, *args, trust="ca.pem"):
    return [
        "--tls-certificate", pem(f"{name}.pem"), "--tls-key", pem(f"{name}.key"),
        *(["--tls-trust", pem(trust)] if trust else []), *args,
    ]  # fmt: skip


def serve(*args, host="a.example.net", certificate="a"):
    return Running(*LISTEN, "--origin-host", host, "--origin-realm", "example.net", *tls(certificate), *args)


def send(uri, *args, host="b.example.net"):
    return diatom("send", *CCR, "--connect", uri, "--origin-host", host, *args)


class Certificates(cli.Test):
    def test_right_certificates_on_both_sides(self):
        with serve() as server:
            uri = server.listening()
            self.assertRegex(uri, r"^aaas://127\.0\.0\.1:\d+;transport=tcp$")
            self.assert_status(send(uri, *tls("b")), 0)
            line = server.until("event secured")
            self.assertRegex(line, r"TLSv1\.3, TLS_AES_\w+, certificate of .*CN=b")
            server.until("event peer up b.example.net 2001")

    def test_what_a_client_must_show(self):
        with serve("--tls-crl", pem("crl.pem")) as server:
            uri = server.listening()
            for name, ours, theirs in (
                ("wrong", "DIAMETER_UNKNOWN_PEER: certificate of ", "does not name b.example.net"),
                ("expired", "certificate expired", "ended on 20"),
                ("notyet", "certificate", "begins on 20"),
                ("selfsigned", "unknown ca", "is signed by itself, and not believed"),
                ("other", "unknown ca", "not believed"),
                ("revoked", "certificate revoked", "was withdrawn"),
                ("serveronly", "certificate", "CN=serveronly"),
                ("common", "DIAMETER_UNKNOWN_PEER", "does not name b.example.net"),
            ):
                with self.subTest(certificate=name):
                    result = send(uri, *tls(name))
                    self.assert_status(result, 3)
                    self.assertIn(ours, result.err)
                    self.assertIn(theirs, server.until("event refused"))
            self.assert_status(send(uri, *tls("b")), 0)

    def test_what_a_server_must_show(self):
        for name, word in (
            ("wrong", "does not name a.example.net"),
            ("expired", "ended on 20"),
            ("selfsigned", "is signed by itself, and not believed"),
            ("revoked", "was withdrawn"),
        ):
            with self.subTest(certificate=name), serve(certificate=name) as server:
                result = send(server.listening(), *tls("b", "--tls-crl", pem("crl.pem")))
                self.assert_status(result, 3)
                self.assertIn(word, result.err)

    def test_which_certificates_the_lists_are_about(self):
        with serve() as server:  # the list of the root is not there
            lists = ["--tls-crl", pem("crl-issuing.pem")]
            uri = server.listening()
            self.assertIn("list", send(uri, *tls("b", *lists)).err)
            self.assert_status(send(uri, *tls("b", *lists, "--tls-crl-of", "all")), 3)
            self.assert_status(send(uri, *tls("b", *lists, "--tls-crl-of", "leaf")), 0)

    def test_responses_are_stapled_and_demanded(self):
        asked = tls("b", "--tls-ocsp", "require")
        with serve() as server:
            self.assert_status(send(server.listening(), *asked), 3)
        for response, status in ("a-good.der", 0), ("a-revoked.der", 3):
            with self.subTest(response=response), serve("--tls-ocsp-response", pem(response)) as server:
                self.assert_status(send(server.listening(), *asked), status)

    def test_how_long_before_its_end_a_certificate_is_announced(self):
        for args, announced in ([], 1), (["--tls-expires", 12], 1), (["--tls-expires", 8], 0):
            with self.subTest(args=args), serve(*args, certificate="soon") as server:
                self.assert_status(send(server.listening(), *tls("b")), 0)
                server.until("event peer up")
                self.assertEqual(server.first.count("CN=soon ends in"), announced)

    def test_how_many_certificates_may_be_between(self):
        folder = self.folder.name
        issue(folder, "--ca", "below", "--issuer", "below", "deep=b.example.net", "--issuer", "issuing", "a=a.example.net")
        ours = [["--tls-certificate", f"{folder}/{name}.pem", "--tls-key", f"{folder}/{name}.key", "--tls-trust",
                 f"{folder}/ca.pem"] for name in ("a", "deep")]  # fmt: skip
        for depth, status in (1, 3), (2, 0):
            with self.subTest(depth=depth), Running(*LISTEN, "--origin-host", "a.example.net", "--origin-realm",
                                                    "example.net", *ours[0], "--tls-depth", depth) as server:  # fmt: skip
                self.assert_status(send(server.listening(), *ours[1]), status)

    def client(self, name=None):
        """One that is no Diatom; without a name it has no certificate."""
        context = ssl.create_default_context(cafile=pem("ca.pem"))
        context.check_hostname = False
        if name:
            context.load_cert_chain(pem(f"{name}.pem"), pem(f"{name}.key"))
        return context

    def plain(self, uri):
        port = int(uri.split(":")[2].split(";")[0])
        return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)

    def test_who_has_no_certificate_is_refused(self):
        with serve() as server, self.plain(server.listening()) as plain:
            with self.assertRaises((ssl.SSLError, ConnectionError)), self.client().wrap_socket(plain) as wrapped:
                if not wrapped.recv(1):
                    raise ConnectionError("closed")
            self.assertIn("certificate", server.until("event refused"))

    def test_who_has_no_certificate_may_be_let_in(self):
        """And may then say that it is anybody; one that does show a certificate is held to it."""
        with serve("--tls-anonymous-clients") as server:
            uri = server.listening()
            with self.plain(uri) as plain, self.client().wrap_socket(plain) as wrapped:
                wrapped.sendall(fake.message(fake.CER, fake.avp(fake.ORIGIN_HOST, "b.example.net"),
                                             fake.avp(fake.ORIGIN_REALM, "example.net"), *fake.CEA_REST))
                self.assertRegex(server.until("event secured"), r"TLSv1\.3, TLS_\w+, no certificate")
                server.until("event peer up b.example.net 2001")
            self.assertIn("DIAMETER_UNKNOWN_PEER", send(uri, *tls("wrong")).err)

    def test_handshakes_are_shortened_where_that_is_said(self):
        for args, shortened in ([], False), (["--tls-resumption"], True):
            with self.subTest(args=args), serve(*args) as server:
                uri, client = server.listening(), self.client("b")
                client.maximum_version = ssl.TLSVersion.TLSv1_2  # whose tickets come in the handshake
                with self.plain(uri) as plain, client.wrap_socket(plain) as first:
                    session = first.session
                with self.plain(uri) as plain, client.wrap_socket(plain, session=session) as second:
                    self.assertEqual(second.session_reused, shortened)

    def test_the_realm_may_be_named_instead(self):
        with serve("--tls-name", "realm") as server:
            self.assert_status(send(server.listening(), *tls("realm")), 0)
        with serve() as server:
            self.assert_status(send(server.listening(), *tls("realm")), 3)

    def test_pins_alone(self):
        with open(pem("selfsigned.pin"), encoding="ascii") as f:
            pin = f.read().strip()
        with open(pem("a.pin"), encoding="ascii") as f:
            other = f.read().strip()
        with Running(*LISTEN, "--origin-host", "a.example.net", "--origin-realm", "example.net",
                     *tls("a", "--tls-pin", pin, trust=None)) as server:  # fmt: skip
            uri = server.listening()
            self.assert_status(send(uri, *tls("selfsigned", "--tls-pin", other, trust=None)), 0)
            self.assert_status(send(uri, *tls("b", "--tls-pin", other, trust=None)), 3)

    def test_versions_and_ciphers(self):
        with serve("--tls-most", "1.2", "--tls-ciphers", "AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384") as server:
            uri = server.listening()
            self.assert_status(send(uri, *tls("b")), 0)
            self.assertIn("TLSv1.2, ECDHE-ECDSA-AES256-GCM-SHA384", server.until("event secured"))
            result = send(uri, *tls("b", "--tls-least", "1.3"))
            self.assert_status(result, 3)
            self.assertIn("version", result.err)

    def test_suites(self):
        with serve("--tls-suites", "TLS_CHACHA20_POLY1305_SHA256") as server:
            uri = server.listening()
            self.assert_status(send(uri, *tls("b")), 0)
            self.assertIn("TLSv1.3, TLS_CHACHA20_POLY1305_SHA256", server.until("event secured"))
            result = send(uri, *tls("b", "--tls-least", "1.3", "--tls-suites", "TLS_AES_128_GCM_SHA256"))
            self.assert_status(result, 3)

    def test_clear_text_at_a_port_with_tls(self):
        with serve() as server:
            uri = server.listening()
            result = send(uri.replace("aaas://", "aaa://"))
            self.assert_status(result, 3)
            self.assertRegex(result.err, "no connection to aaa://.*: what came is TLS, not Diameter in clear text")
            self.assertIn("what came is Diameter in clear text, not TLS", server.until("event refused"))
            self.assert_status(send(uri, *tls("b")), 0)

    def test_tls_at_a_port_in_clear_text(self):
        with Running("--listen", "aaa://127.0.0.1:0") as server:
            result = send(server.listening().replace("aaa://", "aaas://"), *tls("b"))
            self.assert_status(result, 3)
            self.assertRegex(result.err, r"(reset|closed) by the peer in the TLS handshake without a word: is it a port in clear text, or ")
            self.assertRegex(
                server.until("event refused"), r"what came is TLS, not Diameter in clear text; 127\.0\.0\.1:\d+\n?$"
            )
            self.assertEqual(server.first.count("what came is TLS"), 1)

    def test_the_key_may_have_a_passphrase(self):
        secret = self.file("secret", "open sesame\n")
        with serve("--tls-passphrase-file", secret, certificate="locked") as server:
            self.assert_status(send(server.listening(), *tls("b")), 0)
        wrong = diatom("serve", *LISTEN, *tls("locked", "--tls-passphrase-file", self.file("wrong", "sesame\n")))
        self.assert_refused(wrong, "locked.key")
        long = diatom("serve", *LISTEN, *tls("locked", "--tls-passphrase-file", self.file("long", "x" * 5000)))
        self.assert_refused(long, "too long for a passphrase")

    def areas_with(self, process, secret):
        """Where in what it may write to."""
        found = []
        try:
            memory = open(f"/proc/{process.pid}/mem", "rb", 0)
        except PermissionError as error:
            self.skipTest(f"the memory of another process is hidden: {error}")
        with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps, memory:
            for line in maps:
                area, rights = line.split()[:2]
                begin, end = (int(x, 16) for x in area.split("-"))
                if "w" in rights and end - begin < 1 << 28:
                    memory.seek(begin)
                    found += [line.strip()] if secret in memory.read(end - begin) else []
        return found

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "no /proc")
    def test_a_passphrase_does_not_stay_in_memory(self):
        secret = self.file("secret", "open sesame\n")
        for what, running in (
            ("serve", serve("--tls-passphrase-file", secret, certificate="locked")),
            ("agent", Agent(self.file("a.yaml", WHO + PROTECTED), *tls("locked"), "--tls-passphrase-file", secret)),
            ("a file of an agent", Agent(self.file("b.yaml", WHO + PROTECTED + f"tls: {{ it: {{ certificate: "
             f"{pem('locked.pem')}, key: {pem('locked.key')}, trust: {pem('ca.pem')}, passphrase-file: secret }} }}\n"))),
        ):  # fmt: skip
            with self.subTest(what=what), running as server:
                if what == "serve":
                    server.listening()
                self.assertEqual(self.areas_with(server.process, b"sesame"), [])

    def test_files_that_are_wrong_are_named(self):
        for args, word in (
            (tls("nosuch"), "nosuch.pem"),
            (["--tls-certificate", pem("a.pem"), "--tls-key", pem("b.key"), "--tls-trust", pem("ca.pem")], "b.key"),
            (tls("a", trust="nosuch.pem"), "nosuch.pem"),
            (tls("a", trust="a.key"), "a.key"),
            (tls("a", "--tls-crl", pem("ca.pem")), "ca.pem"),
            (tls("a", "--tls-pin", "abc"), "abc"),
            (tls("a", "--tls-ciphers", "NONSENSE"), "NONSENSE"),
            (tls("a", "--tls-suites", "NONSENSE"), "NONSENSE"),
        ):
            with self.subTest(args=args):
                for command in (["serve", *LISTEN], ["send", *CCR, "--connect", "aaas://127.0.0.1:1"],
                                ["bench", "--connect", "aaas://127.0.0.1:1"]):  # fmt: skip
                    self.assert_refused(diatom(*command, *args), word)

    def test_a_host_alone_is_tried_over_tls(self):
        with serve() as server:
            place = server.listening().split("//")[1].split(";")[0]
            self.assert_status(send(place, *tls("b")), 0)
            self.assert_status(send(place, *tls("b", "--transport", "tcp")), 0)
            clear = send(place)
            self.assert_status(clear, 3)
            self.assertIn(f"no connection to aaa://{place}", clear.err)

    def test_a_load_over_tls(self):
        with serve() as server:
            result = diatom("bench", "--connect", server.listening(), "--sessions", 50, "--json", "--origin-host",
                            "b.example.net", "--origin-realm", "example.net", *tls("b"))  # fmt: skip
            self.assert_status(result, 0)
            self.assertEqual(json.loads(result.out)["sessions"], 50)

    def test_inband(self):
        with Running("--listen", "aaa://127.0.0.1:0", "--origin-host", "a.example.net", "--origin-realm",
                     "example.net", "--inband", "require", *tls("a")) as server:  # fmt: skip
            uri = server.listening()
            self.assert_status(send(uri, "--inband", "offer", *tls("b")), 0)
            self.assertIn("CN=b", server.until("event secured"))
            result = send(uri)
            self.assert_status(result, 3)
            self.assertIn("DIAMETER_NO_COMMON_SECURITY", result.err)

    def test_inband_of_an_agent_whose_file_does_not_say_it(self):
        """What a file says of it counts, also where the option says more."""
        clear = 'listen: { uri: "aaa://127.0.0.1:0", clear: yes, allow: "*.example.net"%s }\n'
        for said, status in ("", 3), (", inband: off", 0):
            path = self.file("agent.yaml", WHO + clear % said)
            with self.subTest(said=said), Agent(path, "--inband", "require", *tls("a")) as agent:
                result = send(agent.uri, "--destination-realm", "example.net")
                self.assertEqual("DIAMETER_NO_COMMON_SECURITY" in result.err, status == 3, result.err)
                if status == 3:
                    send(agent.uri, "--inband", "offer", *tls("b"))
                    agent.until("event secured")

    def test_inband_of_an_agent_goes_with_a_profile_of_its_file(self):
        path = self.file("agent.yaml", WHO + 'listen: "aaa://127.0.0.1:0"\n')
        result = diatom("agent", "--check", "--inband", "require", path)
        self.assert_status(result, 1)
        self.assertIn("TLS wants to know our certificate", result.err)
        self.assert_status(diatom("agent", "--check", "--inband", "require", path, *tls("a")), 0)

    def test_secrets_go_where_they_are_wanted_and_nowhere_else(self):
        log, other = self.path("keys"), self.path("environment")
        with serve() as server:
            uri = server.listening()
            self.assert_status(send(uri, *tls("b", "--tls-key-log", log)), 0)
            self.assertFalse(os.path.exists(other))
            os.environ["SSLKEYLOGFILE"] = other
            try:
                self.assert_status(send(uri, *tls("b")), 0)
            finally:
                del os.environ["SSLKEYLOGFILE"]
        for path in log, other:
            with open(path, encoding="ascii") as f:
                self.assertIn("CLIENT_TRAFFIC_SECRET_0 ", f.read())
            self.assertEqual(os.stat(path).st_mode & 0o077, 0)

    def test_a_capture_of_tls_is_readable(self):
        path = self.path("s.pcapng")
        with serve("--pcap", path) as server:
            self.assert_status(send(server.listening(), *tls("b")), 0)
        result = diatom("decode", "--summary", path)
        self.assert_status(result, 0)
        self.assertIn("CCR", result.out)


class Files(cli.Test):
    """Certificates beside the configuration."""

    def setUp(self):
        super().setUp()
        issue(self.folder.name, "relay=relay.example.net")

    def profile(self, certificate="relay", more=""):
        """Paths begin where the configuration is."""
        return (
            f"tls:\n  main: {{ certificate: {certificate}.pem, key: {certificate}.key, trust: ca.pem{more} }}\n"
            + PROTECTED
        )

    def ours(self, name):
        return ["--tls-certificate", self.path(f"{name}.pem"), "--tls-key", self.path(f"{name}.key"), "--tls-trust",
                self.path("ca.pem")]  # fmt: skip

    def server(self):
        return Running(*LISTEN, "--origin-host", "a.example.net", "--origin-realm", "example.net", *self.ours("a"))


class Profiles(Files):
    def check(self, text):
        return diatom("agent", "--check", self.file("a.yaml", text))

    def test_what_is_checked(self):
        self.assert_status(self.check(WHO + self.profile()), 0)
        for text, place, words in (
            (self.profile("nosuch"), "3:24: tls.main.certificate", ["nosuch.pem", "No such file"]),
            (self.profile().replace("relay.key", "b.key"), "3:40: tls.main.key", ["b.key"]),
            (self.profile().replace("ca.pem", "b.key"), "3:58: tls.main.trust", ["b.key"]),
            (self.profile("locked"), "3:41: tls.main.key", ["locked.key"]),
            (self.profile(more=", ciphers: NONSENSE"), "3:75: tls.main.ciphers", ["NONSENSE"]),
            (self.profile(more=", crl: ca.pem"), "3:58: tls.main.trust", ["ca.pem"]),
            (self.profile(more=", pins: abc"), "3:72: tls.main.pins", ["abc"]),
        ):
            with self.subTest(place=place):
                result = self.check(WHO + text)
                self.assert_status(result, 1)
                self.assertEqual(len(result.err.splitlines()), 1, result.err)
                self.assertIn(f"a.yaml:{place}: ", result.err)
                for word in words:
                    self.assertIn(word, result.err)
        self.assert_status(self.check(WHO + self.profile("locked", ", passphrase-file: secret")), 1)
        self.file("secret", "open sesame\n")
        self.assert_status(self.check(WHO + self.profile("locked", ", passphrase-file: secret")), 0)

    def test_a_request_passes_over_tls_on_both_sides(self):
        with self.server() as server:
            text = WHO + self.profile() + f'peers: {{ host: a.example.net, connect: "{server.listening()}" }}\n'
            with Agent(self.file("a.yaml", text)) as agent:
                agent.until("event peer up a.example.net")
                result = diatom("send", *CCR, "--connect", agent.uri, "--origin-host", "b.example.net", *self.ours("b"))
                self.assert_status(result, 0)
                self.assertIn("a.example.net", result.out)

    def connected(self, agent):
        """A client that stays, and reads nothing; gives its socket, with the certificate that it saw."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.path("ca.pem"))
        context.load_cert_chain(self.path("b.pem"), self.path("b.key"))
        port = int(agent.uri.split(":")[2].split(";")[0])
        plain = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        wrapped = context.wrap_socket(plain)
        self.addCleanup(wrapped.close)
        return wrapped, wrapped.getpeercert(binary_form=True)

    def test_a_renewed_certificate_counts_for_new_connections_and_old_ones_stay(self):
        with self.server() as server:
            text = WHO + self.profile() + f'peers: {{ host: a.example.net, connect: "{server.listening()}" }}\n'
            with Agent(self.file("a.yaml", text)) as agent:
                agent.until("event peer up a.example.net")
                _, before = self.connected(agent)
                _, again = self.connected(agent)
                self.assertEqual(before, again)
                with tempfile.TemporaryDirectory() as other:
                    shutil.copytree(self.folder.name, other, dirs_exist_ok=True)
                    issue(other, "relay=relay.example.net")  # which has a root of its own: both are believed for a while
                    with open(self.path("ca.pem"), "a", encoding="ascii") as roots:
                        with open(os.path.join(other, "ca.pem"), encoding="ascii") as more:
                            roots.write(more.read())
                    for name in "relay.pem", "relay.key":
                        shutil.copy(os.path.join(other, name), self.path(name))
                self.assertIn("done: 1 tls profile read anew", agent.reload(text))
                _, after = self.connected(agent)
                self.assertNotEqual(before, after)
                self.assertNotIn("event peer down", agent.first)
                result = diatom("send", *CCR, "--connect", agent.uri, "--origin-host", "b.example.net", *self.ours("b"))
                self.assert_status(result, 0)

    def test_files_that_went_bad_change_nothing(self):
        text = WHO + self.profile()
        with Agent(self.file("a.yaml", text)) as agent:
            _, before = self.connected(agent)
            shutil.copy(self.path("relay.key"), self.path("kept.key"))
            shutil.copy(self.path("b.key"), self.path("relay.key"))
            self.assertIn("refused: the configuration has mistakes; nothing has changed", agent.reload(text))
            self.assertIn("tls.main.key", agent.first)
            _, after = self.connected(agent)
            self.assertEqual(before, after)
            shutil.copy(self.path("kept.key"), self.path("relay.key"))
            self.assertIn("done: 1 tls profile read anew", agent.reload(text))

    def test_a_listener_with_tls_comes_with_a_reload(self):
        clear = WHO + 'listen:\n  - { uri: "aaa://127.0.0.1:0", clear: yes, allow: "*.example.net" }\n'
        profile, listen = self.profile().rsplit("listen: ", 1)
        with Agent(self.file("a.yaml", clear)) as agent:
            self.assertIn("1 listener added; 1 tls profile added", agent.reload(clear + "  - " + listen + profile))
            self.assertIn("listening aaas://", agent.first)
            self.assertIn("1 listener removed; 1 tls profile removed", agent.reload(clear))

    def test_a_listener_takes_another_profile_and_its_connections_stay(self):
        issue(self.folder.name, "relay=relay.example.net", "outside=relay.example.net")
        both = WHO + "tls:\n" + "".join(f"  {name}: {{ certificate: {name}.pem, key: {name}.key, trust: ca.pem }}\n"
                                        for name in ("relay", "outside"))  # fmt: skip
        listen = 'listen: {{ uri: "aaas://127.0.0.1:0", allow: "*.example.net", tls: {} }}\n'
        with Agent(self.file("a.yaml", both + listen.format("relay"))) as agent:
            client = Running("--connect", agent.uri, "--origin-host", "b.example.net", "--origin-realm", "example.net",
                             *self.ours("b"))  # fmt: skip
            with client:
                client.until("event peer up relay.example.net")
                _, before = self.connected(agent)
                self.assertIn("done: 1 listener changed", agent.reload(both + listen.format("outside")))
                _, after = self.connected(agent)
                self.assertNotEqual(before, after)
                self.assertNotIn("event peer down b.example.net", agent.first)

    def test_certificates_that_end_soon_are_announced(self):
        with Agent(self.file("a.yaml", WHO + self.profile("soon"))) as agent:
            self.assertRegex(agent.until("event certificate"), r"our certificate of .*CN=soon ends in \d+ days")

    def test_what_is_said_on_the_command_line(self):
        clear = self.file("a.yaml", WHO + PROTECTED)
        self.assert_status(diatom("agent", "--check", clear), 1)
        self.assert_status(diatom("agent", "--check", clear, *self.ours("relay")), 0)
        locked = diatom("agent", "--check", clear, *self.ours("locked"))
        self.assert_status(locked, 1)
        self.assertRegex(locked.err, r"^command line: .*locked\.key: its key is locked by a passphrase\n$")
        lost = diatom("agent", "--check", clear, *self.ours("locked"), "--tls-passphrase-file", "/nowhere/at-all")
        self.assert_status(lost, 1)
        self.assertIn("command line: cannot read '/nowhere/at-all' of --tls-passphrase-file: No such file", lost.err)
        with Agent(clear, *self.ours("relay"), "--timeout", "5000") as agent:
            result = diatom("send", *CCR, "--connect", agent.uri, "--origin-host", "b.example.net", *self.ours("b"))
            self.assertIn("DIAMETER_UNABLE_TO_DELIVER", result.out)  # by the agent, which has nobody else
            self.assertIn("1 tls profile read anew", agent.reload(open(clear, encoding="utf-8").read()))

    def test_secrets_are_written_with_a_warning(self):
        with Agent(self.file("a.yaml", WHO + self.profile(more=", key-log: keys"))) as agent:
            self.connected(agent)
            self.assertIn(f"the secrets of main are written to {self.path('keys')}", agent.first)
        with open(self.path("keys"), encoding="ascii") as f:
            self.assertIn("SERVER_TRAFFIC_SECRET_0 ", f.read())

    def test_who_watches_sees_what_protects_a_peer(self):
        with self.server() as server:
            text = (
                WHO + self.profile() + f'peers: {{ host: a.example.net, connect: "{server.listening()}" }}\n'
                f"control: {self.path('ctl')}\nmetrics: 127.0.0.1:0\n"
            )
            with Agent(self.file("a.yaml", text)) as agent:
                url = agent.until("metrics http").split()[1]
                agent.until("event peer up a.example.net")
                table = diatom("ctl", "--socket", self.path("ctl"), "peers")
                self.assertRegex(table.out, r"\na\.example\.net .* TCP TLSv1\.3 +\d+d\d\dh ")
                told = json.loads(diatom("ctl", "--socket", self.path("ctl"), "peers", "--json").out)
                one = told["peers"][0]
                self.assertEqual(one["transport"], "TCP")
                self.assertEqual(set(one["security"]), MEMBERS)
                self.assertEqual(one["security"]["protocol"], "TLSv1.3")
                self.assertRegex(one["security"]["expires"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                metrics = diatom("ctl", "--socket", self.path("ctl"), "metrics")
                self.assertRegex(metrics.out, r'\ndiatom_certificate_remaining_seconds\{profile="main",')
                status = diatom("ctl", "--socket", self.path("ctl"), "status")
                self.assertRegex(status.out, r"\n  transport     TCP, TLSv1\.3, TLS_\w+; certificate of .*, until 20")
                with urllib.request.urlopen(url, timeout=LIMIT) as reply:
                    got = reply.read().decode()
                self.assertRegex(got, r'\ndiatom_peer_transport_info\{peer="a\.example\.net",transport="TCP",security="TLS')
                self.assertRegex(got, r'\ndiatom_peer_certificate_remaining_seconds\{peer="a\.example\.net"\} \d{6,}')
                self.assertRegex(got, r'\ndiatom_certificate_remaining_seconds\{profile="main",subject="[^"]*CN=relay"\} \d')
                self.assertNotIn('profile=""', got)
                self.assertIn('\ndiatom_tls_handshakes_total{outcome="whole"} 1\n', got)
                self.assertIn('\ndiatom_events_total{event="secured"} 1\n', got)
                if shutil.which("promtool"):
                    done = subprocess.run(["promtool", "check", "metrics"], input=got, capture_output=True, timeout=LIMIT,
                                          check=False, text=True)  # fmt: skip
                    self.assertEqual((done.returncode, done.stderr), (0, ""))


@unittest.skipUnless(cli.HAS_DNS, "built without c-ares")
class Realms(Files):
    """example.net, whose DNS names a server of credit control over TLS."""

    def tell(self, uri):
        port = int(uri.split(":")[2].split(";")[0])

        def tell(query, _tcp):
            if query.kind == names.NAPTR and query.name == "example.net":
                return query.reply(
                    names.naptr(1, 1, "s", "aaa+ap4:diameter.tls.tcp", "_d.example.net"),
                    names.naptr(2, 1, "s", "aaa+ap4:diameter.tcp", "_d.example.net"),
                )
            if query.kind == names.SRV and query.name == "_d.example.net":
                return query.reply(names.srv(0, 0, port, "a.example.net"))
            if query.kind == names.A and query.name == "a.example.net":
                return query.reply(names.address())
            return query.reply(authority=[names.soa()])

        return names.Liar(tell)

    def test_a_realm_is_found_and_its_certificate_must_name_the_host(self):
        for certificate, status in ("a", 0), ("wrong", 3):
            with self.subTest(certificate=certificate), Running(
                *LISTEN, "--origin-host", "a.example.net", "--origin-realm", "example.net", *self.ours(certificate)
            ) as server, self.tell(server.listening()) as dns:
                result = diatom("send", *CCR, "--discover", "example.net", "--name-server", dns.at, "--origin-host",
                                "b.example.net", *self.ours("b"))  # fmt: skip
                self.assert_status(result, status)
                if status:
                    self.assertIn("does not name a.example.net", result.err)

    def test_an_agent_finds_a_peer_by_its_realm(self):
        with self.server() as server, self.tell(server.listening()) as dns:
            realm = "peers: { realm: example.net, application: ro%s }\n"
            text = WHO + self.profile() + f'name-servers: "{dns.at}"\n'
            with Agent(self.file("a.yaml", text + realm % "")) as agent:
                self.assertIn("aaas://a.example.net:", agent.until("event discovered"))
                agent.until("event peer up a.example.net")
                self.assertIn("1 peer changed", agent.reload(text + realm % ", reconnect: 1s"))
                self.assertNotIn("event peer down", agent.first)
                self.assertIn("1 peer removed", agent.reload(text))
                self.assertIn("event peer down a.example.net", agent.first)

    def test_nothing_that_is_found_is_said(self):
        result = diatom("send", *CCR, "--discover", "example.net", "--name-server", "127.0.0.1:1")
        self.assert_status(result, 3)
        self.assertIn("nothing found for example.net", result.err)


@unittest.skipIf("usrsctp" in cli.LEFT_OUT, "built without usrsctp")
class Associations(cli.Test):
    """SCTP in UDP, which wants no rights."""

    UDP = ["--sctp-stack", "usrsctp", "--sctp-udp-port"]
    NAMED = ["--origin-host", "a.example.net", "--origin-realm", "example.net"]

    def test_sctp_in_clear_and_protected(self):
        for scheme, said in ("aaa", "association has"), ("aaas", "DTLSv1.2, "):
            ours, theirs = names.free_port(), names.free_port()
            udp = ["--sctp-stack", "usrsctp", "--sctp-udp-port"]
            with self.subTest(scheme=scheme), Running(
                "--listen", f"{scheme}://127.0.0.1:0", "--transport", "sctp", *udp, ours, "--origin-host", "a.example.net",
                "--origin-realm", "example.net", *tls("a"),
            ) as server:  # fmt: skip
                uri = server.listening()
                self.assertRegex(uri, rf"^{scheme}://127\.0\.0\.1:\d+;transport=sctp$")
                self.assert_status(send(uri, *udp, theirs, "--sctp-udp-peer", ours, *tls("b")), 0)
                self.assertIn(said, server.until("event secured" if scheme == "aaas" else "event transport"))

    def test_clear_and_protected_listeners_of_one_port_are_refused(self):
        """One socket of usrsctp would stand for both, and either demand SCTP-AUTH of the one's clients or not of the other's."""
        clear, protected = "aaa://127.0.0.1:3868;transport=sctp", "aaas://127.0.0.2:3868;transport=sctp"
        for uris in (clear, protected), (protected, clear):
            with self.subTest(first=uris[0]):
                result = diatom("serve", "--listen", uris[0], "--listen", uris[1], *self.UDP, names.free_port(),
                                *self.NAMED, *tls("a"))  # fmt: skip
                self.assert_status(result, 3)
                self.assertIn(f"cannot listen at '{uris[1]}': with usrsctp a port is for aaa or for aaas", result.err)

    def test_what_is_too_long_for_a_record_is_said(self):
        ours = names.free_port()
        with Running("--listen", "aaas://127.0.0.1:0;transport=sctp", *self.UDP, ours, *self.NAMED, *tls("a")) as server:
            udp = [*self.UDP, names.free_port(), "--sctp-udp-peer", ours]
            result = send(server.listening(), *udp, *tls("b"), "--avp", "User-Name=" + "x" * 17000)
            self.assert_status(result, 3)
            self.assertRegex(result.err, r"not sent: .* longer than the 16384 octets that the connection carries \(DTLS")

    def test_a_peer_is_reached_in_udp_at_its_registered_port(self):
        """RFC 6951: 9899, whatever ours is; here at an address that nobody else has."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as registered:
            try:
                registered.bind(("127.98.99.1", 9899))
            except OSError:
                self.skipTest("9899 is in use")
            registered.settimeout(LIMIT)
            client = [cli.DIATOM, "send", *CCR, "--connect", "aaa://127.98.99.1;transport=sctp"]
            process = subprocess.Popen([*client, *map(str, [*self.UDP, names.free_port()])], stderr=subprocess.DEVNULL)
            try:
                self.assertEqual(registered.recv(2048)[2:4], (3868).to_bytes(2, "big"))
            finally:
                process.kill()
                process.wait(LIMIT)

    def test_several_connections_want_several_loops(self):
        result = diatom("bench", "--connect", "aaa://127.0.0.1;transport=sctp", "--connections", 2, *self.UDP,
                        names.free_port())  # fmt: skip
        self.assert_refused(result, "--connections 1, or the kernel's SCTP")
        self.assertEqual(len(result.err.splitlines()), 1)

    def test_ports_of_udp_go_with_their_stack(self):
        for args, said in (
            (["--sctp-stack", "kernel", "--sctp-udp-port", 9900], "--sctp-udp-port is usrsctp's"),
            (["--sctp-stack", "usrsctp", "--sctp-udp-peer", 9900], "--sctp-udp-peer goes with --sctp-udp-port"),
        ):
            self.assert_refused(diatom("send", *CCR, "--connect", "aaa://127.0.0.1;transport=sctp", *args), said)

    def test_an_agent_takes_what_its_file_does_not_say(self):
        server_port, agent_port = names.free_port(), names.free_port()
        server = Running("--listen", "aaa://127.0.0.1:0;transport=sctp", *self.UDP, server_port, *self.NAMED)
        with server:
            path = self.file("agent.yaml", WHO + 'listen: { uri: "aaa://127.0.0.1:0", clear: yes, allow: "*" }\n'
                             f'peers: {{ host: a.example.net, connect: "{server.listening()}", clear: yes }}\n')  # fmt: skip
            with Agent(path, *self.UDP, agent_port, "--sctp-udp-peer", server_port) as agent:
                agent.until("event peer up a.example.net")

    def test_a_second_address_of_a_listener_is_found_by_check(self):
        path = self.file("agent.yaml", WHO + f"sctp: {{ stack: usrsctp, udp-port: {names.free_port()} }}\n"
                         'listen: { uri: "aaa://127.0.0.1:0;transport=sctp", clear: yes, socket: { local: 127.0.0.2 } }\n')  # fmt: skip
        result = diatom("agent", "--check", path)
        self.assert_status(result, 1)
        self.assertIn("usrsctp has one address of ours", result.err)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        result = diatom("agent", self.file("later.yaml", text.replace("usrsctp", "any")))
        if "no SCTP" in diatom("agent", "--check", self.file("kernel.yaml", WHO + PROTECTED + "sctp: { stack: kernel }\n"),
                               *tls("a")).err:  # fmt: skip
            self.assert_status(result, 3)
            self.assertIn("usrsctp has one local address, and a listener's is that of its uri", result.err)


@unittest.skipUnless("usrsctp" in cli.LEFT_OUT and "sctp" not in cli.LEFT_OUT, "for builds with the kernel's SCTP alone")
class NoAssociations(cli.Test):
    def test_usrsctp_that_was_left_out_is_found_by_check(self):
        path = self.file("agent.yaml", WHO + PROTECTED + "sctp: { stack: usrsctp }\n")
        result = diatom("agent", "--check", path, *tls("a"))
        self.assert_status(result, 1)
        self.assertIn("sctp.stack: usrsctp was left out of this build", result.err)

    def test_a_kernel_without_sctp_is_named_first(self):
        result = diatom("send", *CCR, "--connect", "aaa://127.0.0.1;transport=sctp", "--timeout", 1000)
        if "kernel" not in result.err:
            self.skipTest("this kernel has SCTP")
        self.assertIn("this kernel has no SCTP, and usrsctp was left out of this build", result.err)


class Example(cli.Test):
    def test_the_example_with_tls_has_no_mistake_but_files_that_are_not_there(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        shutil.copy(os.path.join(root, "examples", "agent_tls.yaml"), self.path("agent.yaml"))
        issue(self.folder.name, "agent=agent.example.net")
        for name, to in (("agent.pem", "agent.pem"), ("agent.key", "agent.key"), ("ca.pem", "roots.pem"),
                         ("crl.pem", "withdrawn.pem")):  # fmt: skip
            shutil.copy(self.path(name), self.path(to)) if name != to else None
        self.assert_status(diatom("agent", "--check", self.path("agent.yaml")), 0)


if __name__ == "__main__":
    cli.main()
