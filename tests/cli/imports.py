#!/usr/bin/env python3
"""`diatom dict import`: dictionaries in XML, of both forms, good and bad; Wireshark's own as a whole.

With DIATOM_OTP=1 OTP's compiler takes what was made, too, which takes seconds and is the same for every build of Diatom.
"""

import os
import re
import shutil
import subprocess
import unittest

import cli
from cli import diatom

HERE = os.path.dirname(os.path.abspath(__file__))
OTP = os.environ.get("DIATOM_OTP") == "1" and shutil.which("escript")
WIRESHARK = "/usr/share/wireshark/diameter/dictionary.xml"

# One application on its own: what it does not define is in the base protocol.
QUOTA = """<?xml version="1.0" encoding="UTF-8"?>
<diameter>
  <application id="16777999" type="acct" name="Acme Quota">
    <vendor id="99999" name="Acme Ltd."/>
    <command code="8388999" short="AQ" name="Acme-Quota">
      <request>
        <rule avp="Session-Id" required="true" max="1"/>
        <rule avp="Acme-Note" required="false"/>
        <rule avp="Origin-Host" required="true" max="1"/>
        <rule avp="Origin-Realm" required="true" max="1"/>
        <rule avp="Acme-Kind" required="true" min="2" max="5"/>
        <rule avp="Acme-Units" required="false" max="3"/>
        <rule avp="Nobody-Knows" required="false" max="1"/>
      </request>
      <answer>
        <rule avp="Session-Id" required="true" max="1"/>
        <rule avp="Result-Code" required="true" max="1"/>
        <rule avp="Acme-Units" required="true"/>
        <rule avp="AVP" required="false"/>
      </answer>
    </command>
    <command code="8389000" name="Acme-Ping">
      <request><rule avp="Acme-Note" required="True" max="1"/></request>
    </command>
    <avp name="Acme-Kind" code="1" must="M,V" may="P" may-encrypt="N" vendor-id="99999">
      <data type="Enumerated">
        <item code="0" name="SMALL"/>
        <item code="-1" name="NONE AT ALL"/>
        <item code="2" name="100"/>
        <item code="2" name="SECOND"/>
        <item code="3" name="SMALL"/>
      </data>
    </avp>
    <avp name="Acme-Units" code="2" must="V" may="M" vendor-id="99999">
      <data type="Grouped">
        <rule avp="Acme-Kind" required="true" max="1"/>
        <rule avp="Acme-Host" required="false" max="1"/>
      </data>
    </avp>
    <avp name="Acme-Note" code="3" must="-" must-not="M,V"><data type="UTF8String"/></avp>
    <avp name="Acme-Host" code="4" must="M,V" vendor-id="99999"><data type="IPv4"/></avp>
    <avp name="Acme Odd (name)" code="5" must="V" vendor-id="99999"><data type="Unsigned8"/></avp>
    <avp name="Acme-Empty" code="6" must="M"><data type="Grouped"/></avp>
    <avp name="Acme-Self" code="7" must="M">
      <data type="Grouped"><rule avp="Acme-Self" required="true" max="1"/></data>
    </avp>
    <avp name="Acme-Twin" code="8" must="M"><data type="Unsigned32"/></avp>
    <avp name="Acme-Twin" code="9" must="M"><data type="Unsigned32"/></avp>
    <avp name="Acme-Shadow" code="8" must="M"><data type="Unsigned64"/></avp>
    <avp name="No-Code" must="M"><data type="Unsigned64"/></avp>
    <avp name="REQ" code="10" must="M"><data type="Unsigned64"/></avp>
    <nonsense/>
  </application>
</diameter>
"""

# Two applications and the base: shared AVPs stand in one file.
BASE = """<diameter>
  <application id="0" name="Base">
    <command code="280" short="DW" name="Device-Watchdog">
      <request><rule avp="Origin-Host" required="true" max="1"/></request>
      <answer><rule avp="Result-Code" required="true" max="1"/></answer>
    </command>
    <avp name="Origin-Host" code="264" must="M" must-not="V"><data type="DiameterIdentity"/></avp>
    <avp name="Result-Code" code="268" must="M" must-not="V"><data type="Unsigned32"/></avp>
  </application>
</diameter>
"""
TWO = """<diameter>
  <application id="101" name="One">
    <command code="8388901" short="ON" name="One">
      <request>
        <rule avp="Origin-Host" required="true" max="1"/><rule avp="Shared" max="1"/>
        <rule avp="Different" max="1"/><rule avp="Only-Two" max="1"/>
      </request>
      <answer><rule avp="Result-Code" required="true" max="1"/></answer>
    </command>
    <avp name="Shared" code="1" must="M,V" vendor-id="5"><data type="Grouped"><rule avp="Leaf" max="1"/></data></avp>
    <avp name="Leaf" code="2" must="M,V" vendor-id="5"><data type="Unsigned32"/></avp>
    <avp name="Different" code="3" must="M,V" vendor-id="5"><data type="Unsigned32"/></avp>
  </application>
  <application id="102" name="Two">
    <avp name="Shared" code="1" must="M,V" vendor-id="5"><data type="Grouped"><rule avp="Leaf" max="1"/></data></avp>
    <avp name="Leaf" code="2" must="M,V" vendor-id="5"><data type="Unsigned32"/></avp>
    <avp name="Different" code="3" must="M,V" vendor-id="5"><data type="Unsigned64"/></avp>
    <avp name="Only-Two" code="4" must="M,V" vendor-id="5"><data type="Unsigned64"/></avp>
  </application>
</diameter>
"""

SHARK = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE dictionary SYSTEM "dictionary.dtd" [
  <!ENTITY vendors SYSTEM "vendors.xml">
]>
<dictionary>
  <base uri="http://example.net/">
    <command name="Device-Watchdog" code="280" vendor-id="None"/>
    <typedefn type-name="OctetString"/>
    <typedefn type-name="Unsigned32"/>
    <typedefn type-name="AppId" type-parent="Unsigned32"/>
    <typedefn type-name="Deep" type-parent="AppId"/>
    <avp name="Host" code="1001" mandatory="must"><type type-name="IPAddress"/></avp>
    <avp name="Framed-IP-Address" code="8" mandatory="must"><type type-name="IPAddress"/></avp>
    <avp name="Application" code="1002" mandatory="must" protected="mustnot"><type type-name="Deep"/></avp>
    <avp name="Strange" code="1003" mandatory="shouldnot"><type type-name="Unsigned8"/></avp>
    <avp name="Outer" code="1004" mandatory="must">
      <grouped><gavp name="Host"/><gavp name="Inner "/><gavp name="Missing"/></grouped>
    </avp>
    <avp name="Outermost" code="1005" mandatory="must"><grouped><gavp name="Outer"/></grouped></avp>
    <avp name="Loop" code="1006"><grouped><gavp name="Loop"/></grouped></avp>
    <avp name="Named-Number" code="1007" mandatory="mustnot">
      <type type-name="Unsigned32"/><enum name="FIRST ONE" code="1"/><enum name="SECOND" code="0x10"/>
      <enum name="NO-CODE"/>
    </avp>
  </base>
  <application id="777" name="Quota &amp; more" uri="none">
    <command name="Quota" code="8388888" vendor-id="Acme"/>
  </application>
  <application id="778" name="Only a name" uri="none"/>
  <vendor vendor-id="None" code="0" name="None"/>
  &vendors;
</dictionary>
"""
VENDORS = """<vendor vendor-id="Acme" code="99999" name="Acme &quot;A&quot; Ltd."><avp name="Inner" code="1" mandatory="must"
 vendor-bit="must" vendor-id="Acme"><type type-name="Enumerated"/><enum name="ON" code="1"/></avp>
 <avp name="Lost" code="2" vendor-id="Nobody"><type type-name="Unsigned32"/></avp></vendor>
"""


class Import(cli.Test):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("out"))

    def run_import(self, *files, options=()):
        return diatom("dict", "import", "-o", self.path("out"), *options, *files)

    def text(self, name):
        with open(self.path(f"out/{name}.dia"), encoding="utf-8") as f:
            return f.read()

    def names(self):
        return sorted(os.path.splitext(name)[0] for name in os.listdir(self.path("out")) if name.endswith(".dia"))

    def assert_good(self, otp=True):
        """All that was written is read without a word, by Diatom and, where that was asked for, by OTP."""
        files = [self.path(f"out/{name}.dia") for name in self.names()]
        checked = diatom("dict", "check", "-I", self.path("out"), *files)
        self.assert_status(checked, 0)
        self.assertEqual(checked.err, "")
        if otp and OTP:
            done = subprocess.run(
                ["escript", os.path.join(HERE, "otp_takes.escript"), self.path("out")],
                capture_output=True, text=True, timeout=240, check=False,
            )  # fmt: skip
            if "undef" not in done.stdout:  # no diameter there
                self.assertEqual((done.returncode, done.stdout), (0, ""))

    def line(self, name, word):
        found = [line for line in self.text(name).splitlines() if re.match(rf" +{re.escape(word)} +\d+ +[A-Z]", line)]
        self.assertEqual(len(found), 1, f"{word} in {self.text(name)}")
        return found[0].split()

    def body(self, name, head):
        lines = self.text(name).splitlines()
        start = next(i for i, line in enumerate(lines) if line.split()[:2] == [head, "::="])
        rest = [" ".join(line.split()) for line in lines[start + 1 :]]
        end = next((i for i, line in enumerate(rest) if "::=" in line or line.startswith("@")), len(rest))
        return [line for line in rest[:end] if line]


class Go(Import):
    def setUp(self):
        super().setUp()
        self.quota = self.file("quota.xml", QUOTA)

    def test_an_application_becomes_a_dictionary(self):
        result = self.run_import(self.quota)
        self.assert_status(result, 0)
        self.assertEqual(result.out.split(), [self.path("out/acme_quota.dia")])
        self.assert_good()
        text = self.text("acme_quota")
        self.assertRegex(text, r'@id +16777999 +;! name="Acme Quota" kind=acct vendor=99999')
        self.assertRegex(text, r"@vendor 99999 Acme_Ltd\b")
        self.assertIn("AQR ::= < Diameter Header: 8388999, REQ, PXY >  ;! name=Acme-Quota-Request", text)
        self.assertIn("AQA ::= < Diameter Header: 8388999, PXY >  ;! name=Acme-Quota-Answer", text)

    def test_rules_are_put_into_the_order_of_the_language(self):
        self.run_import(self.quota)
        self.assertEqual(
            self.body("acme_quota", "AQR"),
            ["< Session-Id >", "{ Origin-Host }", "{ Origin-Realm }", "2*5 { Acme-Kind }", "* [ Acme-Note ]",
             "0*3 [ Acme-Units ]", "* [ AVP ]", "; AQR: no AVP is called 'Nobody-Knows': left out"],
        )  # fmt: skip
        self.assertEqual(
            self.body("acme_quota", "AQA"),
            ["< Session-Id >", "{ Result-Code }", "1* { Acme-Units }", "* [ AVP ]"],
        )

    def test_what_the_base_protocol_defines_is_inherited(self):
        self.run_import(self.quota)
        words = self.text("acme_quota").split("@avp_types")[0].split()
        at = words.index("@inherits")
        self.assertEqual(
            sorted(words[at + 1 : at + 6]),
            ["Origin-Host", "Origin-Realm", "Result-Code", "Session-Id", "diameter_gen_base_rfc6733"],
        )

    def test_types_flags_and_vendors(self):
        self.run_import(self.quota)
        for row in (
            "Acme-Kind 1 Enumerated VM ;! m=must",
            "Acme-Units 2 Grouped V ;! m=may",
            "Acme-Note 3 UTF8String - ;! m=must-not",
            "Acme-Host 4 OctetString VM ;! m=must",
            "Acme-Odd-name 5 OctetString V",
            "'REQ' 10 Unsigned64 M ;! m=must",
        ):
            self.assertEqual(self.line("acme_quota", row.split()[0]), row.split())

    def test_values_have_names_that_the_language_can_say(self):
        self.run_import(self.quota)
        values = self.text("acme_quota").split("@enum Acme-Kind")[1].split()
        self.assertEqual(values, ["SMALL", "0", "NONE_AT_ALL", "4294967295", "'100'", "2", "SMALL_3", "3"])

    def test_nothing_is_lost_in_silence(self):
        result = self.run_import(self.quota)
        for line, words in (
            (13, "no AVP is called 'Nobody-Knows'"),
            (22, "Acme-PingA|Acme-Ping-Answer has no <answer>"),
            (30, "2 is 100 already: SECOND is left out"),
            (31, "SMALL is 0 already: this one is called SMALL_3"),
            (42, "the type 'Unsigned8' is not known: OctetString"),
            (45, "Acme-Self requires Acme-Self, and that leads to itself: optional"),
            (48, "Acme-Twin is the name of the code 8 as well"),
            (49, "Acme-Shadow has the code of Acme-Twin"),
            (50, "the AVP 'No-Code' has no name or no code: left out"),
            (52, "<nonsense> means nothing here"),
        ):
            self.assertRegex(result.err, rf"{self.quota}:{line}: warning: .*({words})")
        self.assertRegex(result.err, r"\n\d+ warnings\n$")
        self.assertIn("Acme-Odd-name is called 'Acme Odd (name)' in the source", self.text("acme_quota"))
        self.assertIn("Acme-Host: the source's type is IPv4", self.text("acme_quota"))

    def test_a_group_that_requires_itself_may_be_left_out(self):
        self.run_import(self.quota)
        self.assertEqual(self.body("acme_quota", "Acme-Self")[0], "[ Acme-Self ]")

    def test_messages_go_through_the_result(self):
        self.run_import(self.quota)
        message = '{"application": 16777999, "command": "AQR", "avps": [{"name": "Acme-Kind", "value": "NONE_AT_ALL"}]}'
        octets = diatom("encode", "--dict", self.path("out/acme_quota.dia"), stdin=message)
        if "left out" not in octets.err:  # jansson
            shown = diatom("decode", "--dict", self.path("out/acme_quota.dia"), stdin=octets.octets)
            self.assertRegex(shown.out, r"Acme-Kind.*NONE_AT_ALL")

    def test_shared_avps_stand_in_one_file(self):
        result = self.run_import(self.file("base.xml", BASE), self.file("two.xml", TWO))
        self.assert_status(result, 0)
        self.assertEqual(self.names(), ["base_xml", "common", "one", "two"])
        self.assert_good()
        for name in "Origin-Host", "Shared", "Leaf", "Only-Two":
            self.assertEqual(self.line("common", name)[1].isdigit(), True)
        self.assertEqual(self.line("one", "Different")[2], "Unsigned32")
        self.assertEqual(self.line("two", "Different")[2], "Unsigned64")
        self.assertIn("Only-Two is defined for the application 102", self.text("common"))
        self.assertIn("DWR ::= < Diameter Header: 280, REQ >", self.text("base_xml"))
        shown = diatom("dict", "show", "--dict", self.path("out/one.dia"), "-I", self.path("out"), "ONR", "--app", "one")
        self.assertRegex(shown.out, r"\[ Shared +\] +1 +5 +Grouped +VM")

    def test_names_too_long_to_get_a_number_are_left_out(self):
        items = "".join(f'<item code="{code}" name="{"A" * 200}"/>' for code in (1, 2))
        path = self.file(
            "long.xml",
            '<diameter><application id="101" name="Long"><avp name="Kind" code="1">'
            f'<data type="Enumerated">{items}</data></avp></application></diameter>',
        )
        result = self.run_import(path)
        self.assert_status(result, 0)
        self.assert_good()
        self.assertRegex(result.err, "warning: Kind: A{160} is 1 already: 2 is left out\n1 warning\n$")

    def test_the_result_is_the_same_each_time(self):
        files = self.file("base.xml", BASE), self.file("two.xml", TWO)
        self.run_import(*files)
        first = {name: self.text(name) for name in self.names()}
        self.run_import(*files)
        self.assertEqual(first, {name: self.text(name) for name in self.names()})


class Shark(Import):
    def setUp(self):
        super().setUp()
        self.shark = self.file("shark.xml", SHARK)
        self.file("vendors.xml", VENDORS)

    def test_a_file_per_vendor_and_per_application_with_commands(self):
        result = self.run_import(self.shark)
        self.assert_status(result, 0)
        self.assertEqual(self.names(), ["acme", "app_0", "ietf", "quota_more"])
        self.assert_good()
        self.assertRegex(self.text("acme"), r"@vendor 99999 Acme_A_Ltd\b")
        self.assertRegex(self.text("quota_more"), r'@id +777 +;! name="Quota & more"')
        self.assertIn("; application 778, Only a name: no commands are known", self.text("ietf"))

    def test_commands_have_any_avps(self):
        self.run_import(self.shark)
        self.assertIn("Quota-Request ::= < Diameter Header: 8388888, REQ, PXY >", self.text("quota_more"))
        self.assertRegex(self.text("quota_more"), r"@inherits ietf\s+@inherits acme\s")
        self.assertEqual(self.body("quota_more", "Quota-Request"), ["* [ AVP ]"])
        self.assertIn("Device-Watchdog-Answer ::= < Diameter Header: 280 >", self.text("app_0"))

    def test_types_come_from_their_parents(self):
        self.run_import(self.shark)
        for row in (
            "Host 1001 Address M ;! m=must",
            "Framed-IP-Address 8 OctetString M ;! m=must",
            "Application 1002 Unsigned32 M ;! m=must",
            "Strange 1003 OctetString - ;! m=must-not",
            "Named-Number 1007 Unsigned32 - ;! m=must-not",
        ):
            self.assertEqual(self.line("ietf", row.split()[0]), row.split())
        self.assertIn("Application: the source's type is Deep", self.text("ietf"))
        self.assertEqual(
            self.text("ietf").split("@define Named-Number")[1].split(), ["FIRST_ONE", "1", "SECOND", "16"]
        )

    def test_groups_stand_where_their_members_can_be_inherited(self):
        self.run_import(self.shark)
        self.assertEqual(self.line("acme", "Outer"), "Outer 1004 Grouped M ;! m=must".split())
        self.assertEqual(self.line("acme", "Outermost")[:2], ["Outermost", "1005"])
        self.assertEqual(
            self.body("acme", "Outer"),
            ["* [ Host ]", "* [ Inner ]", "* [ AVP ]", "; Outer: no AVP is called 'Missing': left out"],
        )
        self.assertEqual(self.body("ietf", "Loop"), ["* [ Loop ]", "* [ AVP ]"])
        self.assertIn("Outer stands here because Inner does", self.text("acme"))

    def test_warnings_name_the_included_file(self):
        result = self.run_import(self.shark)
        self.assertIn(f"{self.path('vendors.xml')}:3: warning: Lost: no vendor is called 'Nobody'", result.err)
        self.assertRegex(result.err, rf"{self.shark}:\d+: warning: Named-Number: the value 'NO-CODE' has no name or no")

    def test_what_is_built_in_can_be_left_out(self):
        path = self.file(
            "few.xml",
            '<dictionary><base><avp name="Session-Id" code="263" mandatory="must"><type type-name="UTF8String"/></avp>'
            '<avp name="CC-Money" code="413" mandatory="must"><grouped><gavp name="Unit-Value"/></grouped></avp>'
            '<avp name="Unit-Value" code="445" mandatory="must"><grouped><gavp name="Exponent"/></grouped></avp>'
            '<avp name="Exponent" code="429" mandatory="must"><type type-name="Integer32"/></avp>'
            '<avp name="New-One" code="99001" mandatory="must"><grouped><gavp name="CC-Money"/></grouped></avp>'
            '<avp name="Origin-Host" code="264" mandatory="must"><type type-name="Unsigned32"/></avp>'
            "</base></dictionary>",
        )
        self.assert_status(self.run_import(path, options=["--new-only"]), 0)
        self.assertEqual(self.names(), ["ietf"])
        self.assert_good(otp=False)
        text = self.text("ietf")
        self.assertIn("New-One", text)
        self.assertIn("Origin-Host", text)  # its type differs
        self.assertRegex(text, r"@inherits rfc8506\s+CC-Money\s")
        for name in "Session-Id", "Unit-Value", "Exponent":
            self.assertNotIn(name, text)


class Bad(Import):
    def refused(self, content, words, line=None, where=None):
        path = self.file("bad.xml", content)
        result = self.run_import(path)
        self.assert_status(result, 1)
        self.assertRegex(result.err, rf"^{where or path}:{line if line else '[0-9]+'}: error: {words}")
        self.assertEqual(self.names(), [])

    def test_what_is_no_xml(self):
        self.refused("", "not well formed: no element found")
        self.refused("@name a\n", "not well formed", 1)
        self.refused("<diameter>\n<application>\n</diameter>\n", "not well formed: mismatched tag", 3)
        self.refused("<diameter>\xff</diameter>".encode("latin-1"), "not well formed")

    def test_what_is_no_dictionary(self):
        self.refused("<radius/>", "neither <diameter> .* nor <dictionary>", 1)

    def test_entities_that_grow(self):
        laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
        self.refused(f'<!DOCTYPE diameter [<!ENTITY l0 "ha">{laughs}]>\n<diameter>&l9;</diameter>', "the entity 'l0' is")
        self.refused('<!DOCTYPE dictionary [<!ENTITY % p "x">]><dictionary/>', "the entity 'p' is refused")

    def test_files_elsewhere_are_not_read(self):
        secret = self.file("secret.xml", "<avp/>")
        for name in "/etc/passwd", "../secret.xml", "file:///etc/passwd", "http://127.0.0.1/x.xml", secret, ".hidden":
            self.refused(f'<!DOCTYPE dictionary [<!ENTITY a SYSTEM "{name}">]><dictionary>&a;</dictionary>', ".*is refused")
        self.refused('<!DOCTYPE dictionary [<!ENTITY a SYSTEM "gone.xml">]><dictionary>&a;</dictionary>', "cannot read")

    def test_a_pipe_beside_is_not_waited_for(self):
        os.mkfifo(os.path.join(os.path.dirname(self.file("a.xml", "")), "pipe.xml"))
        self.refused('<!DOCTYPE dictionary [<!ENTITY a SYSTEM "pipe.xml">]><dictionary>&a;</dictionary>', "cannot read")

    def test_only_wireshark_includes(self):
        self.file("secret.xml", "<avp/>")
        self.refused(
            '<!DOCTYPE diameter [<!ENTITY a SYSTEM "secret.xml">]><diameter>&a;</diameter>', "'secret.xml' is not read"
        )

    def test_files_that_include_themselves(self):
        self.file("self.xml", "&a;")
        path = self.file("bad.xml", '<!DOCTYPE dictionary [<!ENTITY a SYSTEM "self.xml">]><dictionary>&a;</dictionary>')
        result = self.run_import(path)
        self.assert_status(result, 1)
        self.assertIn("error: not well formed: recursive entity reference", result.err)

    def test_mistakes_in_an_included_file_have_its_name(self):
        inner = self.file("inner.xml", "<avp>\n\n<avp></avp>")
        path = self.file("bad.xml", '<!DOCTYPE dictionary [<!ENTITY a SYSTEM "inner.xml">]><dictionary>&a;</dictionary>')
        result = self.run_import(path)
        self.assert_status(result, 1)
        self.assertRegex(result.err, rf"^{inner}:3: error: not well formed")

    def test_bounds(self):
        self.refused("<a>" * 33 + "</a>" * 33, "elements are nested deeper than 32")
        self.refused("<diameter>" + "<a/>" * 100000 + "</diameter>", "more than 100000 elements")
        self.refused("<diameter>" + " " * (4 << 20) + "</diameter>", "more than 4194304 octets")
        self.file("big.xml", " " * (1 << 20))
        self.refused(
            '<!DOCTYPE dictionary [<!ENTITY a SYSTEM "big.xml">]><dictionary>&a;&a;&a;&a;</dictionary>',
            "more than 4194304 octets, with all files",
            where=self.path("big.xml"),
        )
        self.file("small.xml", "<vendor/>")
        self.refused(
            f'<!DOCTYPE dictionary [<!ENTITY a SYSTEM "small.xml">]><dictionary>{"&a;" * 257}</dictionary>',
            "more than 256 files are included",
        )

    def test_an_unknown_entity_is_a_warning(self):
        path = self.file(
            "odd.xml",
            '<!DOCTYPE dictionary SYSTEM "gone.dtd">\n<dictionary>&nothing;\n<base>'
            '<avp name="A" code="1"><type type-name="OctetString"/></avp></base></dictionary>',
        )
        result = self.run_import(path)
        self.assert_status(result, 0)
        self.assertIn(f"{path}:2: warning: the entity 'nothing' is declared nowhere", result.err)

    def test_wrong_command_lines(self):
        self.assert_refused(self.run_import(), "FILE.xml")
        self.assert_refused(self.run_import(self.path("gone.xml")), "gone.xml")
        mixed = self.run_import(self.file("a.xml", "<diameter/>"), self.file("b.xml", "<dictionary/>"))
        self.assert_refused(mixed, "b.xml")

    def test_a_folder_that_is_not_there(self):
        path = self.file("quota.xml", QUOTA)
        for folder in self.path("nowhere"), self.path("nowhere/x.dia"):  # before the file is read: no warnings
            self.assert_refused(diatom("dict", "import", "-o", folder, path), f"there is no folder '{folder}'")
        self.assert_refused(diatom("dict", "import", "-o", path, path), "is no folder")

    def test_nothing_to_import(self):
        for content in "<diameter/>", "<dictionary/>", '<diameter><application id="1" name="A"/></diameter>':
            path = self.file("none.xml", content)
            self.assert_refused(self.run_import(path), f"there is no AVP and no command in '{path}'")
            self.assert_refused(self.run_import(path, path), "and the others")
        full = self.file("quota.xml", QUOTA)
        self.assert_status(self.run_import(self.file("none.xml", "<diameter/>"), full), 0)

    def test_of_many_warnings_of_a_kind_ten_are_printed(self):
        items = "".join(f'<item code="{code}" name="SAME"/>\n' for code in range(1000))
        strangers = "<strange/>" * 11
        path = self.file(
            "many.xml",
            '<diameter><application id="101" name="Many">\n<avp name="Kind" code="1">'
            f'<data type="Enumerated">{items}</data></avp>{strangers}</application></diameter>',
        )
        result = self.run_import(path)
        self.assert_status(result, 0)
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 10 + 10 + 2 + 1, result.err)
        self.assertEqual(lines[9], f"{path}:12: warning: Kind: SAME is 0 already: this one is called SAME_10")
        self.assertIn("<strange> means nothing here", lines[10])
        self.assertEqual(
            lines[20], f"{path}:12: warning: 989 more like this: Kind: SAME is 0 already: this one is called SAME_10"
        )
        self.assertIn("1 more like this: <strange>", lines[21])
        self.assertEqual(lines[22], "1010 warnings")


@unittest.skipUnless(os.path.exists(WIRESHARK), "Wireshark's dictionary is not installed (libwireshark-data)")
class Whole(Import):
    def test_wireshark_whole(self):
        result = self.run_import(WIRESHARK)
        self.assert_status(result, 0)
        self.assertGreater(len(self.names()), 30)
        self.assert_good(otp=False)
        for name in self.names():  # OTP takes seconds for each application, which inherits everything: one stands for all
            if "\n@id " in self.text(name) and name != "sun_ping_application":
                os.remove(self.path(f"out/{name}.dia"))
        self.assert_good()
        options = ["-I", self.path("out"), "--dict", self.path("out/tgpp.dia"), "--dict", self.path("out/ietf.dia")]
        show = diatom("dict", "show", *options, "10415:873", "10415:1", "0:416", "Rating-Group")
        self.assert_status(show, 0)
        self.assertIn("Service-Information: AVP 873, vendor 10415, Grouped", show.out)
        self.assertIn("3GPP-IMSI: AVP 1, vendor 10415, UTF8String", show.out)
        self.assertIn("CC-Request-Type: AVP 416, Enumerated", show.out)
        self.assertRegex(show.out, r" 3 +TERMINATION_REQUEST")
        self.assertIn("Rating-Group: AVP 432, Unsigned32", show.out)
        self.assertIn("* [ PS-Information ]", self.body("tgpp", "Service-Information"))

    def test_what_wireshark_has_and_we_have_not(self):
        result = self.run_import(WIRESHARK, options=["--new-only"])
        self.assert_status(result, 0)
        self.assert_good(otp=False)
        self.assertNotRegex(self.text("ietf"), r"(?m)^    Session-Id +263")
        self.assertNotRegex(self.text("tgpp"), r"(?m)^    Public-Identity +601")
        self.assertRegex(self.text("sun_ping_application"), r"(?m)^@id +555")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 3000
    cli.main()
