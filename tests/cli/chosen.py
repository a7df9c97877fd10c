#!/usr/bin/env python3
"""A build with chosen dictionaries: it has them and what they inherit, and the program says by name what it goes without.

    chosen.py SOURCES
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import cli
from cli import Server, diatom

SOURCES = pathlib.Path(sys.argv.pop(1))
PATIENCE = 240
REALM = ["--origin-realm", "example.net"]


def run(*command):
    return subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


def files(*chosen):
    """Name -> is it in? As the build asks."""
    every = sorted(path for path in SOURCES.glob("dict/**/*.dia"))
    done = run(SOURCES / "dict" / "chosen.py", ",".join(chosen), *every)
    if done.returncode:
        raise ValueError(done.stdout)
    return {line.split()[1]: line.split()[0] == "in" for line in done.stdout.splitlines()}


class Names(cli.Test):
    def have(self, *chosen):
        return {name for name, is_in in files(*chosen).items() if is_in}

    def test_none_is_the_base_protocol(self):
        self.assertEqual(self.have(), {"rfc6733", "rfc6737_cu"})

    def test_all_are_all(self):
        self.assertTrue(all(files("all").values()))
        self.assertTrue(all(files("cc", "all").values()))

    def test_what_is_inherited_comes_along(self):
        self.assertEqual(self.have("cc"), {"rfc6733", "rfc6737_cu", "rfc8506_cc", "rfc8506", "rfc5777", "rfc7155"})
        self.assertEqual(self.have("rfc8506_cc"), self.have("cc"))
        self.assertEqual(self.have("cc", "slh"), self.have("cc") | self.have("slh"))
        self.assertIn("ts29336_common", self.have("ro"))  # through others

    def test_no_such_dictionary(self):
        with self.assertRaisesRegex(ValueError, "there is no dictionary 'nonsense'"):
            files("cc", "nonsense")


class Build(cli.Test):
    """SLh alone."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        build = pathlib.Path(cls.place.name)
        for command in (
            ["meson", "setup", build, SOURCES, "--buildtype=plain", "-Ddictionaries=slh"],
            ["ninja", "-C", build, "src/cli/diatom"],
        ):
            done = run(*command)
            if done.returncode:
                raise AssertionError(done.stdout)
        cls.headers = {path.stem for path in (build / "src/gen/diatom/app").glob("*.h")}
        cli.DIATOM = str(build / "src/cli/diatom")

    def test_it_compiled_nothing_else(self):
        inherited = {name for name, is_in in files("slh").items() if is_in} - {"rfc6733", "rfc6737_cu", "ts29173_slh"}
        stems = inherited | {"base", "cu", "slh"}
        self.assertEqual(self.headers, stems | {f"{stem}_node" for stem in stems} | {"all"})

    def test_what_is_in_works(self):
        self.assertIn("LCS-Routing-Info-Request", diatom("dict", "show", "RIR", "--app", "slh").out)
        with Server("--app", "slh", *REALM) as server:
            answer = diatom(
                "send", "RIR", "--app", "slh", "--connect", server.uri, *REALM, "--avp", "Destination-Realm=example.net",
                "--avp", "Auth-Session-State=NO_STATE_MAINTAINED",
            )  # fmt: skip
        self.assert_status(answer, 0)
        self.assertIn("LCS-Routing-Info-Answer", answer.out)
        self.assertEqual(server.status, 0)
        self.assertIn("1 requests of other applications", server.out)

    def test_what_is_not_says_so(self):
        for name in "s6a", "S6a", "ts29272_s6a", "ro", "gy", "verizon":
            self.assert_refused(diatom("decode", "--app", name), f"'{name}' was left out of this build")
        self.assert_refused(diatom("decode", "--app", "nonsense"), "there is no dictionary 'nonsense'")

    def test_a_configuration_is_told_so_too(self):
        done = diatom("agent", "--check", "-", stdin="identity: { host: a.example.net, realm: example.net }\napplications: gy\n")
        self.assertIn("the dictionary 'gy' was left out of this build", done.err)

    def test_credit_control_says_so(self):
        nowhere = ["--connect", "aaa://127.0.0.1:1"]
        self.assert_refused(diatom("bench", *nowhere), "the dictionary 'ro' was left out")
        self.assert_refused(diatom("serve", *nowhere), "the dictionary 'ro' was left out")
        self.assertIn("not in this build", diatom("bench", "--help").err + diatom("help", "bench").out)
        self.assertIn("bench           not in this build: the dictionary 'ro' was left out", diatom("--help").out)

    def test_other_messages_are_decoded_by_number(self):
        done = diatom("decode", os.path.join(cli.CAPTURES, "gy-credit-control.pcap"))
        self.assert_status(done, 0)
        self.assertIn("Request, code 272, application 4", done.out)


if __name__ == "__main__":
    cli.main()
