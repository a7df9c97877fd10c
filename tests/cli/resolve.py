#!/usr/bin/env python3
"""`diatom resolve` and peers by realm, against NSD with the zones of RFC 6733, appendix B, broken ones, and a server that lies."""

import json
import os
import subprocess
import time
import unittest

import cli
import names
import pki
from cli import LIMIT, diatom
from names import A, CNAME, IN, NAPTR, SRV, Liar, Nsd
from peers import Running
from ports import deaf_port

HEAD = "$TTL 300\n$ORIGIN {0}.\n@ IN SOA ns me 1 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\n"

# RFC 6733, appendix B; the hosts' addresses are ours.
EXAMPLE = (
    HEAD.format("example.com")
    + """
ex1 NAPTR 50  50 "s" "aaa:diameter.tls.tcp" "" _diameter._tls.ex1
ex1 NAPTR 100 50 "s" "aaa:diameter.tcp"     "" _aaa._tcp.ex1
ex1 NAPTR 150 50 "s" "aaa:diameter.sctp"    "" _diameter._sctp.ex1
_diameter._tls.ex1 SRV 0 1 5060 server1.ex1
_diameter._tls.ex1 SRV 0 2 5060 server2.ex1
_aaa._tcp.ex1 SRV 0 1 3868 server1.ex1
_aaa._tcp.ex1 SRV 0 2 3868 server2.ex1
_diameter._sctp.ex1 SRV 0 1 3868 server1.ex1
server1.ex1 A 192.0.2.1
server1.ex1 AAAA 2001:db8::1
server2.ex1 120 A 192.0.2.2
ex2 NAPTR 150 50 "a" "aaa:diameter.tls.tcp" "" server1.ex2
ex2 NAPTR 150 50 "a" "aaa:diameter.tls.tcp" "" server2.ex2
server1.ex2 A 192.0.2.3
server2.ex2 A 192.0.2.4
; RFC 6408, 5.1
apps NAPTR 50 50 "s" "aaa:diameter.sctp" "" _diameter._sctp.apps
apps NAPTR 50 50 "s" "aaa+ap1:diameter.sctp" "" _diameter._sctp.apps
apps NAPTR 50 50 "s" "aaa+ap4:diameter.sctp" "" _diameter._sctp.apps
_diameter._sctp.apps SRV 0 1 3868 server1.ex1
; RFC 6733, 5.2, step 3
srv A 192.0.2.9
_diameter._tcp.srv SRV 10 5 3868 server1.ex1
_diameter._tcp.srv SRV 5 5 3869 server2.ex1
_diameters._tcp.srv SRV 10 5 5868 server2.ex1
_diameters._sctp.srv SRV 0 0 0 .
nothing A 192.0.2.9
"""
)

# (realm, exit status, URIs, a word of what is said)
EXAMPLES = [
    ("ex2.example.com", 0, ["aaas://server1.ex2.example.com", "aaas://server2.ex2.example.com"], "NAPTR 150 50 a aaa:diameter.tls.tcp"),
    ("srv.example.com", 0, ["aaas://server2.ex1.example.com:5868", "aaa://server2.ex1.example.com:3869",
                            "aaa://server1.ex1.example.com:3868"], "says that there is no such service"),
    ("nothing.example.com", 1, [], "neither NAPTR nor SRV"),
    ("absent.example.com", 1, [], "there is no domain absent.example.com"),
]  # fmt: skip

BROKEN = (
    HEAD.format("broken.test")
    + """
host A 192.0.2.1
circle NAPTR 1 1 "" "aaa:diameter.tcp" "" circle2
circle2 NAPTR 1 1 "" "aaa:diameter.tcp" "" circle
itself NAPTR 1 1 "" "aaa" "" itself
flags NAPTR 1 1 "u" "aaa:diameter.tcp" "" host
flags NAPTR 1 1 "p" "aaa:diameter.tcp" "" host
flags NAPTR 1 1 "as" "aaa:diameter.tcp" "" host
regexp NAPTR 1 1 "s" "aaa:diameter.tcp" "!^.*$!host!" .
nosrv NAPTR 1 1 "s" "aaa:diameter.tcp" "" _gone._tcp
dot NAPTR 1 1 "s" "aaa:diameter.tcp" "" _dot._tcp
_dot._tcp SRV 0 0 0 .
noaddress NAPTR 1 1 "a" "aaa:diameter.tcp" "" ghost
noaddress NAPTR 2 1 "a" "aaa:diameter.tcp" "" _dot._tcp
port0 NAPTR 1 1 "s" "aaa:diameter.tcp" "" _zero._tcp
_zero._tcp SRV 0 0 0 host
loop CNAME loop2
loop2 CNAME loop
away CNAME nowhere.elsewhere.test.
zero 0 NAPTR 1 1 "a" "aaa:diameter.tcp" "" zerohost
zerohost 0 A 192.0.2.1
foreign NAPTR 1 1 "s" "aaa:diameter.tls.tcp" "" _foreign._tcp
_foreign._tcp SRV 0 0 5868 host
other NAPTR 1 1 "a" "aaa+ap16777251:diameter.tcp" "" host
service NAPTR 1 1 "a" "aaa+ap04:diameter.tcp" "" host
service NAPTR 1 1 "a" "aaaa" "" host
service NAPTR 1 1 "a" "" "" host
transport NAPTR 1 1 "a" "aaa:radius.tls.tcp" "" host
deep NAPTR 1 1 "" "aaa" "" deep1
deep1 NAPTR 1 1 "" "aaa" "" deep2
deep2 NAPTR 1 1 "" "aaa" "" deep3
deep3 NAPTR 1 1 "" "aaa" "" deep4
deep4 NAPTR 1 1 "" "aaa" "" deep5
deep5 NAPTR 1 1 "" "aaa" "" deep6
deep6 NAPTR 1 1 "a" "aaa" "" host
lame NS ns.lame
ns.lame A 127.0.0.9
*.wild NAPTR 1 1 "a" "aaa:diameter.tcp" "" host
alias NAPTR 1 1 "s" "aaa:diameter.tcp" "" _alias._tcp
_alias._tcp SRV 0 0 3868 aliased
aliased 30 CNAME host
text NAPTR 1 1 "s" "aaa:diameter.tcp" "" _text._tcp
_text._tcp TXT "no service here"
odd NAPTR 1 1 "s" "aaa:diameter.tcp" "" _odd._tcp
_odd._tcp SRV 0 0 3868 a\\032b
"""
    + "".join(f'many NAPTR {n} 1 "a" "aaa:diameter.tcp" "" h{n}\nh{n} A 192.0.2.{n}\n' for n in range(100, 160))
    + "".join(f'huge NAPTR {n} 1 "s" "aaa:diameter.tcp" "" _very.long.name.that.fills.the.answer.{n}.x\n' for n in range(500))
)

BROKEN_ROWS = [
    ("circle", 1, [], "5 times already"),
    ("itself", 1, [], "5 times already"),
    ("flags", 1, [], "has other flags than S-NAPTR"),
    ("regexp", 1, [], "has a regular expression"),
    ("nosrv", 1, [], "_gone._tcp.broken.test has no SRV records"),
    ("dot", 1, [], "says that there is no such service"),
    ("noaddress", 1, [], "ghost.broken.test has no addresses"),
    ("port0", 1, [], "has port 0"),
    ("loop", 3, [], "around in circles"),
    ("zero", 0, ["aaa://zerohost.broken.test"], "NAPTR 1 1 a"),
    ("other", 1, [], "has peers of other applications alone"),
    ("service", 1, [], "is not for Diameter"),
    ("transport", 1, [], "names no transport of Diameter"),
    ("deep", 1, [], "5 times already"),
    ("any.wild", 0, ["aaa://host.broken.test"], "NAPTR 1 1 a"),
    ("alias", 0, ["aaa://aliased.broken.test:3868"], "NAPTR 1 1 s"),
    ("text", 1, [], "has no SRV records"),
    ("odd", 1, [], "has a target that is no host"),
    ("huge", 1, [], "too many questions"),
    ("lame", 3, [], "a lame delegation"),
    ("away", 3, [], "REFUSED"),
]  # fmt: skip


def resolve(server, realm, *args):
    return diatom("resolve", realm, "--name-server", server.at, *args)


def uris(result):
    return [way["uri"] for way in json.loads(result.out)["found"]]


@unittest.skipUnless(cli.HAS_DNS, "this build has no c-ares")
class Resolving(cli.Test):
    def check(self, server, realm, status, want, word, *args):
        with self.subTest(realm):
            result = resolve(server, realm, "--json", *args)
            self.assert_status(result, status)
            self.assertEqual(uris(result), want)
            self.assertIn(word, result.out)
            text = resolve(server, realm, *args)
            self.assert_status(text, status)
            for uri in want:
                self.assertIn(uri, text.out)
            return json.loads(result.out)


@unittest.skipUnless(names.NSD, "nsd is not installed")
class RealServer(Resolving):
    def test_appendix_b(self):  # B5.2-02, B5.2-04, B2.1-06
        with Nsd(self.folder.name, {"example.com": EXAMPLE}) as server:
            for row in EXAMPLES:
                self.check(server, *row)
            result = resolve(server, "ex1.example.com", "--json")
            said = json.loads(result.out)
            self.assertEqual(said["questions"], 8)
            # Weights are drawn; TLS comes first, then TCP, then SCTP, as the orders have it.
            self.assertEqual([way["uri"][:6] + way["transport"] for way in said["found"]], ["aaas:/tcp"] * 2 + ["aaa://tcp"] * 2 + ["aaa://sctp"])
            self.assertEqual({way["host"] for way in said["found"][:2]}, {"server1.ex1.example.com", "server2.ex1.example.com"})
            self.assertEqual({way["port"] for way in said["found"]}, {5060, 3868})
            self.assertEqual(said["ttl"], 120)
            first = next(way for way in said["found"] if way["host"].startswith("server1"))
            self.assertEqual(sorted(first["addresses"]), ["192.0.2.1", "2001:db8::1"])
            for app in "4", "gy":
                self.check(server, "apps.example.com", 0, ["aaa://server1.ex1.example.com:3868;transport=sctp"], "NAPTR 50 50 s aaa", "--app", app)
            self.check(server, "apps.example.com", 1, [], "other applications alone", "--app", "s6a")

    def test_broken_zones(self):
        zones = {"broken.test": BROKEN, "missing.test": None}
        with Nsd(self.folder.name, zones) as server:
            for realm, *rest in BROKEN_ROWS:
                self.check(server, realm + ".broken.test", *rest, *(["--app", "4"] if realm == "other" else []))
            said = self.check(server, "zero.broken.test", 0, ["aaa://zerohost.broken.test"], "\"ttl\":0")
            self.assertEqual(said["ttl"], 5)  # believed for a moment all the same
            self.check(server, "missing.test", 3, [], "SERVFAIL")
            self.check(server, "not-served.test", 3, [], "REFUSED")
            # Too much for UDP: asked again over TCP; no more is asked than may be.
            said = json.loads(resolve(server, "many.broken.test", "--json").out)
            self.assertEqual(len(said["found"]), 24)
            self.assertLessEqual(said["questions"], 64)
            self.assertEqual(said["found"][0]["uri"], "aaa://h100.broken.test")

    def test_out_of_the_domain(self):  # B5.2-03
        with Nsd(self.folder.name, {"broken.test": BROKEN, "foreign.test": HEAD.format("foreign.test") +
                                    '@ NAPTR 1 1 "s" "aaa:diameter.tls.tcp" "" _foreign._tcp.broken.test.\n'}) as server:  # fmt: skip
            result = resolve(server, "foreign.test", "--json")
            (way,) = json.loads(result.out)["found"]
            self.assertTrue(way["foreign"])
            self.assertIn("its certificate must name both", resolve(server, "foreign.test").out)


HONEST = {
    ("realm.test", NAPTR): lambda q: q.reply(names.naptr(1, 1, "s", "aaa:diameter.tcp", "_d.realm.test")),
    ("_d.realm.test", SRV): lambda q: q.reply(names.srv(0, 0, 3868, "host.realm.test")),
    ("host.realm.test", A): lambda q: q.reply(names.address("192.0.2.1")),
}
WAY = ["aaa://host.realm.test:3868"]


def with_lie(kind, lie):
    """Honest but for questions of this type."""

    def tell(query, tcp):
        if query.kind == kind:
            return lie(query, tcp) if lie.__code__.co_argcount == 2 else lie(query)
        honest = HONEST.get((query.name.lower(), query.kind))
        return honest(query) if honest else query.reply(authority=[names.soa()])

    return tell


def other_question(q):
    return q.reply(names.address(), question=names.name("else.test") + q.question[-4:])


NAPTR_RECORD = names.naptr(1, 1, "s", "aaa:diameter.tcp", "_d.realm.test")

# (what, type, lie, exit status, URIs, a word of what is said)
LIES = [
    ("nothing", NAPTR, lambda q: None, 3, [], "no name server answered"),
    ("nothing of SRV", SRV, lambda q: None, 3, [], "no name server answered"),
    ("nothing of addresses", A, lambda q: None, 3, [], "no name server answered"),
    ("another question", NAPTR, other_question, 3, [], "no name server answered"),
    ("another number", NAPTR, lambda q: b"\0\0" + q.reply(NAPTR_RECORD)[2:], 3, [], "no name server answered"),
    ("noise", NAPTR, lambda q: q.octets[:2] + os.urandom(30), 3, [], ""),
    ("a header alone", NAPTR, lambda q: q.reply()[:12], 3, [], ""),
    ("an echo", NAPTR, lambda q: q.octets, 3, [], ""),
    ("SERVFAIL", NAPTR, lambda q: q.reply(rcode=2), 3, [], "SERVFAIL"),
    ("NOTIMP of SRV", SRV, lambda q: q.reply(rcode=4), 3, [], "NOTIMP"),
    ("REFUSED of addresses", A, lambda q: q.reply(rcode=5), 3, [], "REFUSED"),
    ("another class", NAPTR, lambda q: q.reply(names.naptr(1, 1, "s", "aaa", "_d.realm.test", class_=3)), 1, [], "neither NAPTR nor SRV"),
    ("another name's records", NAPTR, lambda q: q.reply(names.naptr(1, 1, "s", "aaa", "_d.realm.test", owner=names.name("else.test"))), 1, [], "neither"),
    ("counts too high", NAPTR, lambda q: q.reply(NAPTR_RECORD, counts=9), 3, [], "ends before its records"),
    ("a pointer to itself", SRV, lambda q: q.reply(names.record(SRV, b"\0\0\0\0\x0f\x1c" + bytes([0xC0, 12 + len(q.question) + 12 + 6]))), 1, [], "malformed"),
    ("a name in circles", NAPTR, lambda q: q.reply(b"\xc0" + bytes([12 + len(q.question)]) + NAPTR_RECORD[2:]), 3, [], "makes no sense"),
    ("data that is cut", NAPTR, lambda q: q.reply(names.record(NAPTR, b"\0\1\0\1\1s")), 1, [], "malformed"),
    ("cut short, more over TCP", NAPTR, lambda q, tcp: q.reply(NAPTR_RECORD) if tcp else q.reply(flags=0x8780), 0, WAY, "NAPTR 1 1 s"),
    ("cut short, also over TCP", NAPTR, lambda q: q.reply(NAPTR_RECORD, flags=0x8780), 3, [], "cut short"),
    ("aliases without end", NAPTR, lambda q: q.reply(names.cname("x" + q.name)), 3, [], "lead on without end"),
    ("an alias of itself", NAPTR, lambda q: q.reply(names.cname(q.name)), 3, [], "around in circles"),
    ("a TTL of 68 years and more", SRV, lambda q: q.reply(names.srv(0, 0, 3868, "host.realm.test", ttl=0xFFFFFFFF)), 0, WAY, '"ttl":0'),
    ("a thousand records", SRV, lambda q, tcp: q.reply(*(names.srv(n, 0, 3868, "host.realm.test") for n in range(1000))) if tcp else q.reply(flags=0x8780), 0, WAY, "only 256 are looked at"),
    ("hosts without end", SRV, lambda q, tcp: q.reply(*(names.srv(n, 0, 3868, f"h{n}.realm.test") for n in range(1000))) if tcp else q.reply(flags=0x8780), 1, [], "only 256 are looked at"),
]  # fmt: skip


class LyingServer(Resolving):
    def test_lies(self):
        """All at once: silence is waited for."""
        running = []
        for row in LIES:
            server = self.enterContext(Liar(with_lie(row[1], row[2])))
            process = self.start("resolve", "realm.test", "--json", "--name-server", server.at, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)  # fmt: skip
            running.append((row, server, process))
        for (what, _kind, _lie, status, want, word), server, process in running:
            with self.subTest(what):
                out, err = process.communicate(timeout=LIMIT)
                self.assertEqual(process.returncode, status, out.decode() + err.decode())
                self.assertEqual([way["uri"] for way in json.loads(out)["found"]], want)
                self.assertIn(word, out.decode())
                self.assertLess(len(server.asked), 100)

    def test_changed_answer_takes_effect(self):  # B5.2-07, B5.2-01
        """Two servers, a realm that leads to the first, then to the second."""
        with cli.Server("--origin-host", "one.moving.test", "--origin-realm", "moving.test") as one, cli.Server(
            "--origin-host", "two.moving.test", "--origin-realm", "moving.test"
        ) as two:
            ports = [int(s.uri.split(":")[2].split(";")[0]) for s in (one, two)]
            asked = []

            def tell(query, tcp):
                asked.append((time.monotonic(), query.name, query.kind))
                port = ports[0] if time.monotonic() < asked[0][0] + 3 else ports[1]
                if query.kind == NAPTR and query.name == "moving.test":
                    return query.reply(names.naptr(1, 1, "s", "aaa:diameter.tcp", "_d.moving.test", ttl=5))
                if query.kind == SRV and query.name == "_d.moving.test":
                    return query.reply(names.srv(0, 0, port, "host.moving.test", ttl=5))
                if query.kind == A and query.name == "host.moving.test":
                    return query.reply(names.address(ttl=5))
                return query.reply(authority=[names.soa()])

            with Liar(tell) as server:
                with Running("--listen", "aaa://127.0.0.1:0", "--discover", "moving.test", "--name-server", server.at) as seeker:
                    seeker.until("one.moving.test")
                    seeker.until("two.moving.test")
                times = [t for t, name, kind in asked if kind == NAPTR]
                self.assertGreater(times[1] - times[0], 3)
                self.assertLess(times[1] - times[0], 20)

    def test_what_is_asked_and_how(self):  # B5.2-02, B5.2-04
        """NAPTR first; only where there is none, the four names of SRV; EDNS with 1232 octets; nothing else."""
        sizes = []

        def tell(query, tcp):
            sizes.append(query.octets[-8:-6])
            return query.reply(authority=[names.soa()])

        with Liar(tell) as server:
            self.assert_status(resolve(server, "realm.test"), 1)
            self.assertEqual(server.asked[0], ("realm.test", NAPTR, "udp"))
            self.assertEqual(
                sorted(server.asked[1:]),
                sorted((f"_diameter{s}._{t}.realm.test", SRV, "udp") for s in ("", "s") for t in ("tcp", "sctp")),
            )
            self.assertEqual(set(sizes), {(1232).to_bytes(2, "big")})

    def test_nobody_listens(self):
        port = deaf_port()
        result = diatom("resolve", "realm.test", "--name-server", f"127.0.0.1:{port}")
        self.assert_status(result, 3)
        self.assertIn("no name server can be asked", result.out)

    def test_command_lines(self):
        for args, word in (
            (["a b"], "is no realm"),
            (["realm.test", "--app", "nonsense"], "nonsense"),
            (["realm.test", "--name-server", "nonsense"], "nonsense"),
            ([], "REALM"),
            (["a.test", "b.test"], "b.test"),
        ):
            with self.subTest(args=args):
                self.assert_refused(diatom("resolve", *args), word)

    def test_unknown_record_types_are_fine(self):
        """Among the records of the answer are others."""

        def lie(q):
            return q.reply(names.record(16, b"\1x"), NAPTR_RECORD, names.record(CNAME, b"\0", owner=names.name("x")), names.record(IN, b"abc"))

        with Liar(with_lie(NAPTR, lie)) as server:
            self.check(server, "realm.test", 0, WAY, "NAPTR 1 1 s")


@unittest.skipUnless(cli.HAS_DNS and cli.HAS_TLS, "this build has no c-ares, or no OpenSSL")
class Certificates(Resolving):
    """The realm home.test leads to peer.provider.test, which is out of its domain."""

    def test_both_names_are_demanded(self):  # B5.2-05, B5.2-03
        made = pki.Pki(self.folder.name)
        made.issue("client", "client.home.test")
        for names_of_it, works, host in (
            (["peer.provider.test", "home.test"], True, "peer.provider.test"),
            (["peer.provider.test"], False, "peer.provider.test"),
            (["home.test"], False, "peer.provider.test"),
            (["peer.home.test"], True, "peer.home.test"),  # in the domain its own name will do
        ):
            with self.subTest(names_of_it=names_of_it):
                made.issue("server", *names_of_it)
                tls = ["--tls-certificate", made.certificate("server"), "--tls-key", made.key("server"), "--tls-trust", made.certificate("ca")]
                identity = ["--origin-host", host, "--origin-realm", "home.test"]
                with Running("--listen", "aaas://127.0.0.1:0", *identity, *tls) as server_of_it:
                    port = int(server_of_it.listening().rsplit(":", 1)[1].split(";")[0])

                    def tell(query, tcp):
                        if query.kind == NAPTR and query.name == "home.test":
                            return query.reply(names.naptr(1, 1, "s", "aaa:diameter.tls.tcp", "_d.home.test"))
                        if query.kind == SRV and query.name == "_d.home.test":
                            return query.reply(names.srv(0, 0, port, host))
                        if query.kind == A and query.name == host:
                            return query.reply(names.address())
                        return query.reply(authority=[names.soa()])

                    with Liar(tell) as server:
                        result = diatom(
                            "send", "ccr", "--app", "ro", "--discover", "home.test", "--name-server", server.at, "--timeout", 3000,
                            "--origin-host", "client.home.test", "--origin-realm", "home.test",
                            "--tls-certificate", made.certificate("client"), "--tls-key", made.key("client"), "--tls-trust", made.certificate("ca"),
                            "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0",
                        )  # fmt: skip
                    if works:
                        self.assert_status(result, 0)
                        self.assertIn("DIAMETER_SUCCESS", result.out)
                    else:
                        self.assert_status(result, 3)
                        self.assertIn("does not name", result.err)


if __name__ == "__main__":
    cli.main()
