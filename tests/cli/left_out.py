#!/usr/bin/env python3
"""What was left out of the build says so by name, wherever it is asked for; with everything there, there is nothing to say."""

import os
import unittest

import cli
from cli import LEFT_OUT, Server, diatom

DRIVER = ["agent", "route", "resolve", "serve", "send", "bench"]
NOWHERE = ["--connect", "aaa://127.0.0.1:1"]
DWR = "010000148000011800000000000000010000000100"
CAPTURE = os.path.join(cli.CAPTURES, "gy-credit-control.pcap")
KEYS = ["--tls-certificate", "a.pem", "--tls-trust", "r.pem"]


def without(*parts):
    """Of builds that have the driver, but for its own."""
    said = all(part in LEFT_OUT for part in parts) and ("loop" in parts or "loop" not in LEFT_OUT)
    return unittest.skipUnless(said, f"this build has {' or '.join(parts)}")


class LeftOut(cli.Test):
    def assert_not_sent(self, result, word):
        self.assert_status(result, 3)
        self.assertEqual(result.out, "")
        self.assertIn(word, result.err)

    def assert_commands(self, names, library):
        listed = diatom("--help").out
        for name in names:
            for args in [*name.split(), "nonsense"], [*name.split(), "--help"]:
                self.assert_refused(diatom(*args), f"diatom {name}: not in this build: {library} was left out")
            self.assertRegex(listed, rf"(?m)^  {name} +not in this build: {library} was left out$")

    def test_help_knows_what_is_missing(self):
        """And nothing else: its lines say it of no command where all is there."""
        missing = [line.split("  ")[1] for line in diatom("--help").out.splitlines() if "not in this build" in line]
        want = DRIVER if "loop" in LEFT_OUT else ["agent", "route"] if "yaml" in LEFT_OUT else []
        self.assertEqual(sorted(missing), sorted(want + ["dict import"] * ("xml" in LEFT_OUT)))

    @without("loop")
    def test_loop(self):
        self.assert_commands(DRIVER, "libuv")

    @without("yaml")
    def test_yaml(self):
        self.assert_commands(["agent", "route"], "libyaml")

    @unittest.skipUnless("xml" in LEFT_OUT, "this build has xml")
    def test_xml(self):
        self.assert_commands(["dict import"], "libexpat")

    @unittest.skipUnless("pcap" in LEFT_OUT, "this build has pcap")
    def test_pcap(self):
        for args in [CAPTURE], ["--format", "pcap", CAPTURE]:
            result = diatom("decode", *args)
            self.assert_status(result, 1)
            self.assertEqual(result.out, "")
            self.assertIn("this build reads no captures: libpcap was left out", result.err)

    @unittest.skipUnless("json" in LEFT_OUT, "this build has json")
    def test_json(self):
        left_out = "JSON was left out of this build (jansson)"
        self.assert_refused(diatom("decode", "--json", stdin=DWR), f"--json: {left_out}")
        result = diatom("encode", stdin='{"command": 280}')
        self.assert_status(result, 1)
        self.assertEqual(result.out, "")
        self.assertIn(f"standard input:1: {left_out}", result.err)

    @without("json")
    def test_json_of_those_who_talk(self):
        left_out = "JSON was left out of this build (jansson)"
        request = self.file("request.json", '{"command": 272}')
        self.assert_refused(diatom("send", request, *NOWHERE), left_out)
        self.assert_refused(diatom("send", "ccr", "--json", *NOWHERE), f"--json: {left_out}")
        self.assert_refused(diatom("bench", "--show", "--json", *NOWHERE), f"--json: {left_out}")

    @without("tls")
    def test_tls(self):
        left_out = "was left out of this build (OpenSSL)"
        for args in ["serve", "--listen", "aaas://127.0.0.1:0"], ["send", "ccr", "--connect", "aaas://127.0.0.1:1"]:
            self.assert_refused(diatom(*args), f"'{args[-1]}' is TLS, which {left_out}")
            self.assert_refused(diatom(*args, *KEYS), f"--tls-certificate: TLS {left_out}")

    @without("sctp")
    def test_sctp(self):
        left_out = "the kernel's SCTP was left out of this build (linux/sctp.h)"
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0;transport=sctp", "--sctp-stack", "kernel")
        self.assert_not_sent(result, left_out)

    @without("usrsctp")
    def test_usrsctp(self):
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0;transport=sctp", "--sctp-stack", "usrsctp")
        self.assert_not_sent(result, "usrsctp was left out of this build")

    @without("sctp", "usrsctp")
    def test_both_stacks_of_sctp(self):
        both = "the kernel's SCTP was left out of this build (linux/sctp.h), and usrsctp was left out of this build"
        self.assert_not_sent(diatom("serve", "--listen", "aaa://127.0.0.1:0;transport=sctp"), both)
        self.assert_not_sent(diatom("serve", "--listen", "aaa://127.0.0.1:0", "--transport", "sctp"), both)
        self.assert_not_sent(diatom("send", "ccr", "--connect", "aaa://127.0.0.1:1;transport=sctp"), both)

    @without("dns")
    def test_dns(self):
        asking = "asking the DNS was left out of this build (c-ares)"
        self.assert_refused(diatom("resolve", "example.net"), asking)
        self.assert_not_sent(diatom("send", "ccr", *NOWHERE, "--name-server", "127.0.0.1"), asking)
        by_name = diatom("send", "ccr", "--connect", "aaa://server.example.net")
        self.assert_not_sent(by_name, "host names cannot be looked up by this build (c-ares)")
        by_realm = diatom("send", "ccr", "--discover", "example.net")
        self.assert_not_sent(by_realm, "peers cannot be discovered by this build (c-ares)")

    @without("metrics")
    def test_metrics(self):
        result = diatom("serve", "--listen", "aaa://127.0.0.1:0", "--metrics", "127.0.0.1:0")
        self.assert_status(result, 2)
        self.assertIn("cannot serve metrics at '127.0.0.1:0': HTTP was left out of this build (libmicrohttpd)", result.err)

    @unittest.skipIf("loop" in LEFT_OUT, "this build has no driver")
    def test_what_is_there_works(self):
        """A request is answered and printed, whatever else there is."""
        with Server("--origin-realm", "example.net") as server:
            answer = diatom(
                "send", "ccr", "--app", "ro", "--connect", server.uri, "--origin-realm", "example.net", "--avp", "Destination-Realm=example.net",
                "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0",
            )  # fmt: skip
        self.assert_status(answer, 0)
        self.assertIn("DIAMETER_SUCCESS", answer.out)


if __name__ == "__main__":
    cli.main()
