#!/usr/bin/env python3
"""`diatom dict`: compile, check, format, flatten, show, search."""

import os
import unittest

import cli
from cli import diatom

BASE = """@name my_base
@prefix mb
@avp_types
    My-Group 7000 Grouped -
    My-Text  7001 UTF8String -
@grouped
    My-Group ::= < AVP Header: 7000 >
        { My-Text }
"""

APP = """@id 77
@name my_app
@prefix my
@vendor 4711 Mine
@inherits my_base
@avp_types
    My-Kind 7002 Enumerated VM
@enum My-Kind
    SMALL 0
    LARGE 1
@messages
    MYR ::= < Diameter Header: 7000, REQ, PXY >
        { My-Kind }
        * [ My-Group ]
    MYA ::= < Diameter Header: 7000, PXY >
        [ My-Kind ]
        * [ AVP ]
"""

BAD = """@name bad
@avp_types
    A 1 Nonsense -
    B 2 Unsigned32 XY
    B 3 Unsigned32 -
"""


class Dict(cli.Test):
    def setUp(self):
        super().setUp()
        self.base = self.file("my_base.dia", BASE)
        self.app = self.file("some_name.dia", APP.replace("@name my_app\n", "@name my_app\n; a comment\n"))

    def here(self, *args):
        return diatom("dict", args[0], "-I", self.folder.name, *args[1:])


class Check(Dict):
    def test_a_good_dictionary(self):
        result = self.here("check", self.app)
        self.assert_status(result, 0)
        self.assertIn("my_app", result.out)

    def test_all_errors_are_reported_with_line_and_column(self):
        path = self.file("bad.dia", BAD)
        result = diatom("dict", "check", path)
        self.assert_status(result, 1)
        for line in 3, 4, 5:
            self.assertRegex(result.err, rf"{path}:{line}:\d+: error: ")

    def test_what_cannot_be_inherited_is_named(self):
        result = diatom("dict", "check", self.app)
        self.assert_status(result, 1)
        self.assertIn("my_base", result.err)
        self.assertIn(f"{self.app}:", result.err)

    def test_dictionaries_that_inherit_in_a_circle(self):
        self.file("one.dia", "@name one\n@inherits two\n")
        path = self.file("two.dia", "@name two\n@inherits one\n")
        result = self.here("check", path)
        self.assert_status(result, 1)
        self.assertIn("one", result.err)

    def test_built_in_dictionaries_can_be_inherited(self):
        for name in "rfc6733", "diameter_gen_base_rfc6733":
            path = self.file("heir.dia", f"@name heir\n@inherits {name} Session-Id\n")
            self.assert_status(diatom("dict", "check", path), 0)

    def test_a_comma_may_stand_before_the_application_of_a_header(self):
        for header in "8388999, REQ, PXY, 16777999", "8388999, REQ, PXY 16777999":
            path = self.file(
                "comma.dia",
                "@id 16777999\n@name comma\n@prefix co\n@avp_types\n  My-Text 7001 UTF8String -\n"
                f"@messages\n  MYR ::= < Diameter Header: {header} >\n    [ My-Text ]\n"
                "  MYA ::= < Diameter Header: 8388999, PXY, 16777999 >\n    [ My-Text ]\n",
            )
            self.assert_status(diatom("dict", "check", path), 0)

    def test_inherits_can_be_replaced_and_removed(self):
        path = self.file("heir.dia", "@name heir\n@inherits nowhere\n")
        self.assert_status(diatom("dict", "check", path), 1)
        self.assert_status(diatom("dict", "check", "--inherits", "nowhere/rfc6733", path), 0)
        self.assert_status(diatom("dict", "check", "--inherits", "-", path), 0)


class Compile(Dict):
    def test_three_files_and_their_names(self):
        result = self.here("compile", "-o", self.folder.name, self.base, self.app)
        self.assert_status(result, 0)
        for name in result.out.split():
            self.assertTrue(os.path.getsize(name) > 0, name)
        with open(self.path("my_app.h"), encoding="utf-8") as f:
            header = f.read()
        self.assertIn("dia_my_myr", header)
        self.assertIn("dia_mb_my_group", header)
        with open(self.path("my_app_node.h"), encoding="utf-8") as f:
            self.assertIn("dia_serve_my_myr", f.read())

    def test_another_name_and_prefix(self):
        result = self.here("compile", "-o", self.folder.name, "--name", "other", "--prefix", "ot", self.app)
        self.assert_status(result, 0)
        with open(self.path("other.h"), encoding="utf-8") as f:
            self.assertIn("dia_ot_myr", f.read())

    def test_errors_leave_nothing_behind(self):
        path = self.file("bad.dia", BAD)
        os.mkdir(self.path("out"))
        self.assert_status(diatom("dict", "compile", "-o", self.path("out"), path), 1)
        self.assertEqual(os.listdir(self.path("out")), [])

    def test_a_folder_that_is_not_there(self):
        result = self.here("compile", "-o", self.path("nowhere"), self.app)
        self.assert_status(result, 3)
        self.assertIn("nowhere", result.err)


class Format(Dict):
    def test_formatted_text_stays_as_it_is(self):
        once = diatom("dict", "format", self.app)
        self.assert_status(once, 0)
        self.assertIn("My-Kind", once.out)
        twice = diatom("dict", "format", self.file("again.dia", once.out))
        self.assertEqual(twice.out, once.out)
        self.assert_status(self.here("check", self.path("again.dia")), 0)

    def test_write_changes_the_file(self):
        text = diatom("dict", "format", self.app).out
        result = diatom("dict", "format", "--write", self.app)
        self.assert_status(result, 0)
        self.assertEqual(result.out, "")
        with open(self.app, encoding="utf-8") as f:
            self.assertEqual(f.read(), text)

    def test_errors_leave_the_file_alone(self):
        path = self.file("bad.dia", "@name bad\n@nonsense\n")
        self.assert_status(diatom("dict", "format", "--write", path), 1)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "@name bad\n@nonsense\n")
        self.assertFalse(os.path.exists(path + ".tmp"))

    def test_flattened_text_inherits_nothing(self):
        flat = self.here("flatten", self.app)
        self.assert_status(flat, 0)
        self.assertNotIn("@inherits", flat.out)
        self.assertIn("My-Group", flat.out)
        path = self.file("alone/flat.dia".replace("alone/", "flat_"), flat.out)
        self.assert_status(diatom("dict", "check", path), 0)


class Show(Dict):
    def test_a_command_in_the_notation_of_the_rfc(self):
        result = diatom("dict", "show", "ccr", "--app", "ro")
        self.assert_status(result, 0)
        self.assertIn("<CCR> ::= < Diameter Header: 272, REQ, PXY, 4 >", result.out)
        self.assertRegex(result.out, r"\{ CC-Request-Type +\} +416 +Enumerated +M")
        self.assertRegex(result.out, r"\*\[ Multiple-Services-Credit-Control +\] +456 +Grouped +M")
        self.assertRegex(result.out, r"\[ Service-Information +\] +873 +10415 +Grouped +VM")
        self.assertEqual(diatom("dict", "show", "Credit-Control-Request", "--app", "ro").out, result.out)

    def test_an_avp_with_its_values(self):
        result = diatom("dict", "show", "CC-Request-Type")
        self.assert_status(result, 0)
        self.assertRegex(result.out, r"AVP 416, Enumerated")
        self.assertRegex(result.out, r" 3 +TERMINATION_REQUEST")

    def test_codes_and_vendors(self):
        self.assertIn("Subscription-Id: AVP 443", diatom("dict", "show", "443").out)
        self.assertIn("Service-Information: AVP 873, vendor 10415", diatom("dict", "show", "10415:873").out)

    def test_a_dictionary_of_ones_own(self):
        result = diatom("dict", "show", "--dict", self.app, "-I", self.folder.name, "MYR", "My-Kind")
        self.assert_status(result, 0)
        self.assertIn("7002", result.out)
        self.assertIn("LARGE", result.out)

    def test_what_is_not_there(self):
        result = diatom("dict", "show", "No-Such-Thing")
        self.assert_status(result, 1)
        self.assertIn("No-Such-Thing", result.err)


class Search(Dict):
    def test_best_hits_come_first(self):
        result = diatom("dict", "search", "session_id")
        self.assert_status(result, 0)
        self.assertRegex(result.out.splitlines()[0], r"^AVP +Session-Id +263 ")
        self.assertIn("Acct-Multi-Session-Id", result.out)

    def test_codes_values_and_applications(self):
        self.assertRegex(diatom("dict", "search", "272").out, r"command +Credit-Control-Request +272")
        self.assertRegex(diatom("dict", "search", "5012").out, r"value +\S*UNABLE_TO_COMPLY +5012 +of Result-Code")
        self.assertRegex(diatom("dict", "search", "ts32299_ro").out, r"application +ts32299_ro +4 ")

    def test_the_limit(self):
        result = diatom("dict", "search", "-n", 3, "id")
        self.assertEqual(len(result.out.splitlines()), 4)
        self.assertIn("more", result.out)

    def test_nothing_found(self):
        result = diatom("dict", "search", "xyzzy")
        self.assert_status(result, 1)
        self.assertIn("xyzzy", result.err)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
