#!/usr/bin/env python3
"""Command lines of `diatom`: help, versions, and one clear sentence for everything that is wrong."""

import unittest

import cli
from cli import diatom

COMMANDS = [
    "decode", "encode", "dict compile", "dict check", "dict format", "dict flatten", "dict show", "dict search",
]  # fmt: skip
MISSING = set()  # they say that they are (left_out.py)
if "loop" in cli.LEFT_OUT:
    MISSING |= {"agent", "route", "resolve", "serve", "send", "bench"}
if "yaml" in cli.LEFT_OUT:
    MISSING |= {"agent", "route"}
COMMANDS += sorted({"agent", "route", "resolve", "serve", "send", "bench"} - MISSING)
CONNECT = ["--connect", "aaa://127.0.0.1:1"]
TLS = ["--tls-certificate", "a.pem", "--tls-trust", "r.pem"]


class Options(cli.Test):
    def test_help_lists_all_commands(self):
        for args in ["--help"], ["-h"], ["help"]:
            result = diatom(*args)
            self.assert_status(result, 0)
            for command in COMMANDS:
                self.assertIn(f"  {command} ", result.out)
            for status in "0", "1", "2", "3":
                self.assertIn(f"  {status}  ", result.out)

    def test_each_command_has_help_with_an_example(self):
        for command in COMMANDS:
            result = diatom(*command.split(), "--help")
            self.assert_status(result, 0)
            self.assertIn(f"Usage: diatom {command} ", result.out)
            self.assertIn("Examples:", result.out)
            self.assertIn("Exit status:", result.out)
            self.assertLessEqual(max(len(line) for line in result.out.splitlines()), 120)
            self.assertEqual(diatom("help", *command.split()).out, result.out)

    def test_help_of_dict(self):
        result = diatom("dict", "--help")
        self.assert_status(result, 0)
        self.assertIn("dict flatten", result.out)

    def test_version(self):
        result = diatom("--version")
        self.assert_status(result, 0)
        self.assertRegex(result.out, r"^diatom \d+\.\d+\.\d+\n$")

    def test_no_command(self):
        result = diatom()
        self.assert_status(result, 2)
        self.assertIn("Usage:", result.out)

    def test_wrong_commands(self):
        self.assert_refused(diatom("decod"), "did you mean 'decode'")
        self.assert_refused(diatom("nonsense"), "nonsense")
        self.assert_refused(diatom("dict"), "compile")
        self.assert_refused(diatom("dict", "nonsense"), "compile")

    def test_wrong_options(self):
        for args, word in [
            (["decode", "--jsom"], "did you mean '--json'"),
            (["decode", "--nonsense"], "--nonsense"),
            (["decode", "-x"], "-x"),
            (["decode", "--format", "gif"], "auto|hex|raw|pcap"),
            (["decode", "--format"], "--format"),
            (["decode", "--json=yes"], "--json"),
            (["decode", "--json", "--summary"], "--summary"),
            (["decode", "--port", "0"], "--port"),
            (["decode", "--port", "http"], "--port"),
            (["decode", "--app", "nonsense"], "nonsense"),
            (["decode", "-I", "/nowhere/at-all"], "/nowhere/at-all"),
            (["decode", "/nowhere/at-all"], "/nowhere/at-all"),
            (["encode", "/nowhere/at-all"], "/nowhere/at-all"),
            (["serve"], "--listen"),
            (["serve", "operand"], "operand"),
            (["serve", "--listen", "non sense"], "non sense"),
            (["serve", "--listen", "aaas://127.0.0.1"], "TLS"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--origin-host", "a b"], "--origin-host"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--origin-realm", ""], "--origin-realm"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--allow", "*.*"], "--allow"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--verbose", "--quiet"], "--quiet"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--watchdog", "5999"], "--watchdog"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--grant", "-1"], "--grant"),
            (["send"], "COMMAND|FILE|-"),
            (["send", "ccr"], "--connect"),
            (["send", "nonsense", *CONNECT], "nonsense"),
            (["send", "dwr", *CONNECT], "DWR"),
            (["send", "ccr", *CONNECT, "--avp", "Nonsense=1"], "Nonsense"),
            (["send", "ccr", *CONNECT, "--avp", "Origin-Host"], "Origin-Host"),
            (["send", "ccr", *CONNECT, "--avp", "CC-Request-Number=many"], "CC-Request-Number"),
            (["send", "ccr", *CONNECT, "--avp", "CC-Request-Number/A=1"], "CC-Request-Number"),
            (["send", "ccr", *CONNECT, "--timeout", "soon"], "--timeout"),
            (["send", "/nowhere/at-all.json", *CONNECT], "/nowhere/at-all.json"),
            (["send", "ccr", "--connect", "http://127.0.0.1"], "http://127.0.0.1"),
            (["send", "ccr", "--connect", "a b"], "a b"),
            (["send", "ccr", "--connect", "aaa://a;transport=udp;protocol=radius"], "another protocol"),
            (["send", "ccr", "--discover", "a b"], "'a b' is no realm"),
            (["send", "ccr", *CONNECT, "--transport", "udp"], "tcp|sctp"),
            (["send", "ccr", *CONNECT, "--sctp-stack", "mine"], "any|kernel|usrsctp"),
            (["send", "ccr", "--connect", "aaas://a.example"],
             "--tls-certificate and --tls-trust or --tls-pin" if cli.HAS_TLS else "is TLS"),
            (["send", "ccr", "--connect", "aaas://a.example", "--tls-certificate", "a.pem"], "whom to believe"),
            (["serve", "--listen", "aaas://127.0.0.1"], "'aaas://127.0.0.1' is TLS"),
            (["bench", "--connect", "aaas://127.0.0.1"], "'aaas://127.0.0.1' is TLS"),
            (["send", "ccr", *CONNECT, "--tls-key", "a.key"], "--tls-key goes with --tls-certificate"),
            (["send", "ccr", *CONNECT, "--tls-ciphers", "HIGH"], "--tls-ciphers goes with --tls-certificate"),
            (["send", "ccr", *CONNECT, "--tls-suites", "S"], "--tls-suites goes with --tls-certificate"),
            (["bench", *CONNECT, "--tls-resumption"], "--tls-resumption goes with --tls-certificate"),
            (["agent", "--tls-anonymous-clients", "a.yaml"], "--tls-anonymous-clients goes with --tls-certificate"),
            (["serve", "--listen", "aaa://127.0.0.1:0", "--tls-ocsp-response", "a.der"],
             "--tls-ocsp-response goes with --tls-certificate"),
            (["bench", *CONNECT, "--tls-depth", "2"], "--tls-depth goes with --tls-certificate"),
            (["agent", "--tls-expires", "2", "a.yaml"], "--tls-expires goes with --tls-certificate"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-crl-of", "leaf"], "--tls-crl-of goes with --tls-crl"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-crl", "l.pem", "--tls-crl-of", "most"], "all|leaf"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-depth", "0"], "--tls-depth"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-expires", "366"], "--tls-expires"),
            (["send", "ccr", *CONNECT, "--inband", "require"], "--inband goes with --tls-certificate"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-least", "1.3", "--tls-most", "1.2"], "--tls-least"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-most", "1.2", "--tls-suites", "S"], "--tls-suites are those of TLS 1.3"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-least", "1.3", "--tls-ciphers", "HIGH"],
             "--tls-ciphers are those of TLS 1.2"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-least", "1.1"], "1.2|1.3"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-name", "anybody"], "host|realm|any"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-passphrase-file", "/nowhere/at-all"], "/nowhere/at-all"),
            (["send", "ccr", *CONNECT, *TLS, "--tls-passphrase-file", "/"], "Is a directory"),
            (["agent", "--tls-trust", "r.pem", "a.yaml"], "--tls-trust goes with --tls-certificate"),
            (["bench"], "--connect"),
            (["bench", *CONNECT, "--sessions", "5", "--requests", "5"], "--requests"),
            (["bench", *CONNECT, *CONNECT], "--connect"),
            (["bench", "--listen", "aaa://127.0.0.1:0", "--connections", "2"], "--connections"),
            (["bench", *CONNECT, "--size", "large"], "small|gy"),
            (["bench", *CONNECT, "--step", "update"], "--requests"),
            (["dict", "check"], "FILE.dia"),
            (["dict", "check", "/nowhere/x.dia"], "/nowhere/x.dia"),
            (["dict", "search", "a", "b"], "'b'"),
            (["dict", "search", "-"], "-"),
        ]:
            if args[0] in MISSING:
                continue
            with self.subTest(args=args):
                self.assert_refused(diatom(*args), word)

    @unittest.skipUnless(cli.HAS_DNS, "built without c-ares")
    def test_wrong_name_servers(self):
        for server in "nonsense", "192.0.2.1,192.0.2.2", "":
            self.assert_refused(diatom("send", "ccr", *CONNECT, "--name-server", server), f"'{server}'")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
