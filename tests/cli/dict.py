#!/usr/bin/env python3
"""`diatom dict`: compile, check, format, flatten, show, search."""

import json
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
    My-Kind 7002 Enumerated VM  ;! alias=Meine-Art,Kind-Of-Mine
@enum My-Kind
    SMALL 0
    LARGE 1
@messages
    MYR ::= < Diameter Header: 7000, REQ, PXY >  ;! name=My-Request alias=Ask-Me
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

    def test_codecs_are_told_of_when_a_dictionary_is_checked(self):
        path = self.file("coded.dia", "@name coded\n@avp_types\n  A 1 Unsigned32 -\n@codecs mine A\n")
        result = diatom("dict", "check", path)
        self.assert_status(result, 0)
        self.assertIn(f"{path}:4:1: warning: there is no codec mine", result.err)
        result = diatom("dict", "compile", "-o", self.folder.name, path)
        self.assert_status(result, 0)
        self.assertEqual(result.err, "")
        with open(self.path("coded.c"), encoding="utf-8") as f:
            self.assertIn("extern const dia_codec dia_codec_mine DIA_WEAK_;", f.read())

    def test_replacements_hold_for_what_is_inherited(self):
        self.file("middle.dia", "@name middle\n@inherits nowhere\n")
        path = self.file("top.dia", "@name top\n@inherits middle\n")
        self.assert_status(self.here("check", path), 1)
        self.assert_status(self.here("check", "--inherits", "nowhere/my_base", path), 0)

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
        self.assert_refused(self.here("compile", "-o", self.path("nowhere"), self.app), "nowhere")
        self.assert_refused(self.here("compile", "-o", self.app, self.app), "is no folder")


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

    def test_where_c_finds_it(self):
        for name, line in (
            ("RAT-Type", "<diatom/app/ts29212_common.h>, dia_ts29212_..."),
            ("CC-Request-Type", "<diatom/app/rfc8506.h>, dia_cc_..."),
            ("Update-Location-Request", "<diatom/app/s6a.h>, dia_s6a_..."),
            ("Origin-Host", "<diatom/app/base.h>, dia_..."),
        ):
            self.assertEqual(diatom("dict", "show", name).out.splitlines()[1], "    C: " + line)

    def test_codes_and_vendors(self):
        self.assertIn("Subscription-Id: AVP 443", diatom("dict", "show", "443").out)
        self.assertIn("Service-Information: AVP 873, vendor 10415", diatom("dict", "show", "10415:873").out)

    def test_a_dictionary_of_ones_own(self):
        result = diatom("dict", "show", "--dict", self.app, "-I", self.folder.name, "MYR", "My-Kind")
        self.assert_status(result, 0)
        self.assertIn("7002", result.out)
        self.assertIn("LARGE", result.out)

    def test_where_an_avp_is_used(self):
        result = diatom("dict", "show", "CC-Money")
        self.assert_status(result, 0)
        self.assertRegex(result.out, r"In \d+ groups:")
        self.assertRegex(result.out, r"\[ \] +Granted-Service-Unit +431 +rfc8506")
        result = diatom("dict", "show", "CC-Request-Type", "--app", "ro")
        self.assertRegex(result.out, r"\{ \} +Credit-Control-Request +CCR +ts32299_ro")
        self.assertNotIn("rfc8506_cc", result.out)

    def test_the_rule_of_the_m_bit_and_where_an_avp_is_specified(self):
        result = diatom("dict", "show", "CCR", "--app", "rfc8506_cc")
        self.assertRegex(result.out, r"\{ CC-Request-Type +\} +416 +Enumerated +M +must +RFC 8506, 8\.3\n")
        self.assertRegex(result.out.splitlines()[0], r"command 272, request, application 4 .*RFC 8506, 3\.1")

    def test_the_command_classes_of_the_field(self):
        wanted = {
            "base": "Abort-Session Accounting Capabilities-Exchange Device-Watchdog Disconnect-Peer Re-Auth Session-Termination",
            "mip4": "AA-Mobile-Node Home-Agent-MIP",
            "nasreq": "AA Re-Auth Session-Termination Abort-Session",
            "eap": "Diameter-EAP",
            "cc": "Credit-Control",
            "ro": "Credit-Control Re-Auth Abort-Session",
            "rf": "Accounting",
            "sy": "Spending-Limit Spending-Status-Notification Session-Termination",
            "cx": "User-Authorization Server-Assignment Location-Info Multimedia-Auth Registration-Termination Push-Profile",
            "sh": "User-Data Profile-Update Subscribe-Notifications Push-Notification",
            "s6a": "Update-Location Cancel-Location Authentication-Information Insert-Subscriber-Data "
            "Delete-Subscriber-Data Purge-UE Reset Notify",
            "s13": "ME-Identity-Check",
            "slh": "LCS-Routing-Info",
            "swx": "Multimedia-Auth Server-Assignment Registration-Termination Push-Profile",
            "s6t": "Configuration-Information Reporting-Information NIDD-Information",
            "s6c": "Send-Routing-Info-for-SM Alert-Service-Centre Report-SM-Delivery-Status",
            "t6a": "Connection-Management MO-Data MT-Data Configuration-Information Reporting-Information",
            "gx": "Credit-Control Re-Auth",
            "rx": "AA Re-Auth Session-Termination Abort-Session",
        }
        for app, names in wanted.items():
            for name in names.split():
                base = "acct" if (app, name) == ("base", "Accounting") else app
                for end in "Request", "Answer":
                    result = diatom("dict", "show", f"{name}-{end}", "--app", base)
                    self.assert_status(result, 0)
                    self.assertRegex(result.out, rf"^{name}-{end} \(\w+\): command ")
                    self.assertIn("::= < Diameter Header: ", result.out)

    def test_a_name_with_several_meanings_lists_them(self):
        result = diatom("dict", "show", "ccr")
        self.assert_status(result, 0)
        for name in "ts32299_ro", "rfc8506_cc":
            self.assertRegex(result.out, rf"command +Credit-Control-Request +272 +CCR, application 4, {name}")
        self.assertNotIn("::=", result.out)
        self.assertEqual(diatom("dict", "show", "--all", "ccr").out.count("<CCR> ::="), result.out.count(" CCR, "))
        path = self.file("two.dia", "@name two\n@vendor 7 Seven\n@avp_types\n  Session-Id 1 Time V\n")
        result = diatom("dict", "show", "--dict", path, "Session-Id")
        self.assertRegex(result.out, r"AVP +Session-Id +7:1 ")
        self.assertRegex(result.out, r"AVP +Session-Id +263 ")
        for word in "7:1", "7:session_id", "0x7:0x1":
            result = diatom("dict", "show", "--dict", path, word)
            self.assertIn("Session-Id: AVP 1, vendor 7, Time", result.out)

    def test_an_application_with_its_commands(self):
        for word in "ts32299_ro", "ro", "Gy":
            result = diatom("dict", "show", word)
            self.assert_status(result, 0)
            self.assertRegex(result.out, r" 272 +CCR +CCA +Credit-Control-Request")
            self.assertIn("application 4", result.out)

    def test_lists_are_cut_unless_all_is_wanted(self):
        result = diatom("dict", "show", "ts32299")
        self.assertRegex(result.out, r"and \d+ more AVPs \(--all\)")
        self.assertLess(len(result.out.splitlines()), 40)
        self.assertGreater(len(diatom("dict", "show", "-a", "ts32299").out.splitlines()), 300)

    def test_other_names_and_values_of_other_dictionaries(self):
        result = diatom("dict", "show", "--dict", self.app, "-I", self.folder.name, "Meine_Art")
        self.assertIn("My-Kind: AVP 7002, vendor 4711, Enumerated, flags VM, M must be set, also Meine-Art", result.out)
        result = diatom("dict", "show", "--dict", self.app, "-I", self.folder.name, "askme")
        self.assertIn("<MYR> ::=", result.out)
        result = diatom("dict", "show", "Result-Code")
        self.assertRegex(result.out, r" 2001 +DIAMETER_SUCCESS\n")
        self.assertRegex(result.out, r" 5031 +DIAMETER_RATING_FAILED, rfc8506")

    def test_values_of_experimental_result_code_have_a_vendor(self):
        out = diatom("dict", "show", "Experimental-Result-Code").out
        self.assertRegex(out, r" 5420 +DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION, vendor 10415, ts29272\n")
        self.assertRegex(out, r" 5041 +MODIFICATION_FAILURE, vendor 13019, es283034\n")
        own = self.file(
            "own.dia",
            "@name own\n@vendor 4711 Acme\n@inherits rfc6733\n"
            "@define Experimental-Result-Code\n  MODIFICATION_FAILURE 5041\n  ODD 5042\n",
        )
        out = diatom("dict", "show", "--dict", own, "--app", "own", "Experimental-Result-Code").out
        self.assertRegex(out, r" 5042 +ODD, vendor 4711\n")
        out = diatom("dict", "show", "--dict", own, "Experimental-Result-Code", "--all").out
        self.assertRegex(out, r" 5041 +MODIFICATION_FAILURE, vendor 4711, own\n")
        self.assertRegex(out, r" 5041 +MODIFICATION_FAILURE, vendor 13019, es283034\n")  # another value of the same name
        out = diatom("dict", "search", "--dict", own, "MODIFICATION_FAILURE").out
        for vendor, name in (4711, "own"), (13019, "es283034"):
            self.assertRegex(out, rf"value +MODIFICATION_FAILURE +5041 +of Experimental-Result-Code, vendor {vendor}, {name}\n")
        hit = json.loads(diatom("dict", "search", "--json", "ERROR_UNKNOWN_EPS_SUBSCRIPTION", "-n", 1).out)
        self.assertEqual((hit["avp"], hit["code"], hit["scope"]), ("Experimental-Result-Code", 298, 10415))
        hit = json.loads(diatom("dict", "search", "--json", "DIAMETER_SUCCESS", "-n", 1).out)
        self.assertNotIn("scope", hit)

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
        out = diatom("dict", "search", "ts32299_ro").out
        self.assertRegex(out, r"application +ts32299_ro +4 +Diameter Credit-Control, <diatom/app/ro\.h>\n")
        hit = json.loads(diatom("dict", "search", "--json", "s6a", "-n", 1).out)
        self.assertEqual((hit["kind"], hit["application"], hit["stem"]), ("application", 16777251, "s6a"))

    def test_starts_of_names_and_of_words_come_before_other_parts(self):
        names = [line.split()[1] for line in diatom("dict", "search", "rating").out.splitlines()]
        self.assertLess(names.index("Rating-Group"), names.index("3GPP-OC-Rating-Group"))
        ranks = [json.loads(line)["match"] for line in diatom("dict", "search", "--json", "id", "-n", 5000).out.splitlines()]
        order = ["whole", "start", "word", "part"]
        self.assertEqual(ranks, sorted(ranks, key=order.index))
        self.assertEqual(set(ranks) - {"whole"}, {"start", "word", "part"})

    def test_codes_of_vendors_and_hexadecimal_ones(self):
        for word in "10415:873", "10415:0x369", "0x28af:0x369":
            self.assertRegex(diatom("dict", "search", word).out, r"^AVP +Service-Information +10415:873 ")
        self.assertRegex(diatom("dict", "search", "0x1bb").out, r"AVP +Subscription-Id +443 ")
        out = diatom("dict", "search", "10415:information", "-n", 300).out
        self.assertIn("PS-Information", out)
        self.assertNotIn("CHAP", out)

    def test_other_names(self):
        for word in "kindofmine", "MEINE", "ask_me":
            result = diatom("dict", "search", "--dict", self.app, "-I", self.folder.name, word)
            self.assert_status(result, 0)
            self.assertRegex(result.out, r"\(also (Kind-Of-Mine|Meine-Art|Ask-Me)\)")

    def test_an_object_a_line(self):
        result = diatom("dict", "search", "--json", "--dict", self.app, "-I", self.folder.name, "my")
        self.assert_status(result, 0)
        hits = result.messages()
        kind = next(hit for hit in hits if hit["name"] == "My-Kind")
        self.assertEqual(
            kind,
            {
                "kind": "avp", "name": "My-Kind", "code": 7002, "vendor": 4711, "type": "Enumerated", "flags": "VM",
                "m": "must", "aliases": ["Meine-Art", "Kind-Of-Mine"], "dictionary": "my_app", "match": "start",
            },
        )  # fmt: skip
        request = next(hit for hit in hits if hit["name"] == "My-Request")
        self.assertEqual((request["short"], request["request"], request["application"]), ("MYR", True, 77))
        self.assertIn(
            {
                "kind": "application", "name": "my_app", "application": 77, "stem": "my_app", "dictionary": "my_app",
                "match": "whole", "alias": "my",
            },
            hits,
        )  # fmt: skip
        value = diatom("dict", "search", "--json", "5031").messages()[0]
        self.assertEqual((value["kind"], value["value"], value["avp"]), ("value", 5031, "Result-Code"))

    def test_what_several_dictionaries_say_alike_is_said_once(self):
        lines = diatom("dict", "search", "DIAMETER_SUCCESS").out.splitlines()
        self.assertEqual(len([line for line in lines if " 2001 " in line]), 1)

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
