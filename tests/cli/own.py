#!/usr/bin/env python3
"""A private vendor's application at run time, without a compiler: decode, encode, send and serve with --dict."""

import json
import unittest

import cli
from cli import Server, diatom

QUOTA = """@id     16777999  ;! name="Acme Quota" kind=auth vendor=99999
@name   acme_quota
@vendor 99999 Acme
@inherits rfc6733

@avp_types
    Acme-Kind   1  Enumerated        VM
    Acme-Units  2  Grouped           VM
    Acme-Count  3  Unsigned64        VM
    Acme-Node   4  Address           VM
    Acme-Text   5  UTF8String        V
    Acme-Peer   6  DiameterIdentity  VM

@enum Acme-Kind
    SMALL 3
    LARGE 9

@grouped
    Acme-Units ::= < AVP Header: 2 >
        { Acme-Count }
        [ Acme-Text ]

@messages
    AQR ::= < Diameter Header: 8388999, REQ, PXY >  ;! name=Acme-Quota-Request
        < Session-Id >
        { Origin-Host }
        { Origin-Realm }
        { Destination-Realm }
        { Vendor-Specific-Application-Id }
        { Acme-Kind }
        * [ Acme-Units ]
        [ Acme-Node ]
        * [ AVP ]
    AQA ::= < Diameter Header: 8388999, PXY >  ;! name=Acme-Quota-Answer
        < Session-Id >
        { Result-Code }
        { Origin-Host }
        { Origin-Realm }
        { Vendor-Specific-Application-Id }
        { Acme-Kind }
        { Acme-Peer }
        2* { Acme-Units }
    API ::= < Diameter Header: 8389000, REQ >
        { Origin-Host }
        { Origin-Realm }
    APA ::= < Diameter Header: 8389000 >
        { Result-Code }
        { Origin-Host }
        { Origin-Realm }
"""

AQR = ["AQR", "--avp", "Acme-Kind=LARGE", "--avp", "Acme-Units/Acme-Count=7", "--avp", "Acme-Units/Acme-Text=seven"]


def values(message, name):
    return [a["value"] for a in message["avps"] if a.get("name") == name]


class Own(cli.Test):
    def setUp(self):
        super().setUp()
        self.dict = ["--dict", self.file("quota.dia", QUOTA)]

    def request(self, *more):
        message = {
            "application": 16777999,
            "command": "AQR",
            "flags": ["R", "P"],
            "avps": [{"name": "Acme-Kind", "value": "LARGE"}, *more],
        }
        result = diatom("encode", *self.dict, stdin=json.dumps(message))
        self.assert_status(result, 0)
        return result.octets

    def test_messages_are_read_and_written_by_name(self):
        octets = self.request(
            {"name": "Acme-Units", "value": [{"name": "Acme-Count", "value": "7"}]},
            {"name": "Acme-Node", "value": "192.0.2.7"},
        )
        text = diatom("decode", *self.dict, stdin=octets)
        self.assert_status(text, 0)
        self.assertIn("AQR", text.out)
        self.assertRegex(text.out, r"Acme-Kind.*LARGE")
        self.assertRegex(text.out, r"Acme-Node.*192\.0\.2\.7")
        shown = diatom("decode", "--json", *self.dict, stdin=octets).out
        self.assertEqual(diatom("encode", *self.dict, stdin=shown).octets, octets)
        self.assertNotIn("Acme-Kind", diatom("decode", stdin=octets).out)

    def test_the_grammar_is_checked(self):
        result = diatom("decode", "--check", *self.dict, stdin=self.request())
        self.assert_status(result, 1)
        self.assertRegex(result.err, "(?i)missing Session-Id")

    def test_a_request_gets_the_least_answer(self):
        with Server(*self.dict) as server:
            result = diatom("send", *AQR, *self.dict, "--connect", server.uri, "--json")
            self.assert_status(result, 0)
            server.end()
            self.assertIn("\n1 requests of other applications got the least answer", server.out)
        answer = result.messages()[0]
        self.assertEqual(answer["command"], "AQA")
        self.assertEqual(values(answer, "Result-Code")[0], 2001)
        self.assertEqual(values(answer, "Acme-Kind"), ["LARGE"])  # the request's
        self.assertEqual(values(answer, "Acme-Peer"), ["serve.diatom.localdomain"])  # the first of its type
        units = values(answer, "Acme-Units")
        self.assertEqual(len(units), 2)  # one of the request, one that is new
        self.assertEqual([a["value"] for a in units[0]], ["7", "seven"])
        self.assertEqual([a["value"] for a in units[1]], ["0"])
        self.assertEqual(
            [a["value"] for a in values(answer, "Vendor-Specific-Application-Id")[0]], [99999, 16777999]
        )
        checked = diatom("decode", "--check", *self.dict, stdin=diatom("encode", *self.dict, stdin=result.out).octets)
        self.assert_status(checked, 0)

    def test_its_application_is_advertised(self):
        capture = self.path("serve.pcapng")
        with Server(*self.dict, "--pcap", capture) as server:
            diatom("send", *AQR, *self.dict, "--connect", server.uri)
            server.end()
        capabilities = [m for m in diatom("decode", "--json", capture).messages() if m.get("command") in ("CER", "CEA")]
        self.assertEqual(len(capabilities), 2)
        for message in capabilities:
            inside = values(message, "Vendor-Specific-Application-Id")
            self.assertIn([99999, 16777999], [[a["value"] for a in group] for group in inside])

    def test_a_request_that_breaks_its_grammar_is_refused(self):
        with Server(*self.dict) as server:
            missing = diatom("send", "AQR", *self.dict, "--connect", server.uri, "--json")
            self.assert_status(missing, 1)
            answer = missing.messages()[0]
            self.assertEqual(values(answer, "Result-Code")[0], 5005)
            self.assertEqual(values(answer, "Failed-AVP")[0][0]["name"], "Acme-Kind")

    def test_other_commands_and_results(self):
        with Server(*self.dict, "--result-code", 5012) as server:
            failed = diatom("send", *AQR, *self.dict, "--connect", server.uri, "--json")
            self.assert_status(failed, 1)
            self.assertEqual(values(failed.messages()[0], "Result-Code")[0], 5012)
        with Server(*self.dict) as server:
            ping = diatom("send", "API", *self.dict, "--connect", server.uri, "--json")
            self.assert_status(ping, 0)
            self.assertEqual(ping.messages()[0]["command"], "APA")
            unknown = self.file(
                "unknown.json", '{"application": 16777999, "command": 8389001, "flags": ["R"], "avps": []}'
            )
            refused = diatom("send", unknown, *self.dict, "--connect", server.uri, "--json")
            self.assert_status(refused, 1)
            self.assertEqual(values(refused.messages()[0], "Result-Code")[0], 3001)

    def test_credit_control_goes_on_beside_it(self):
        ccr = ["ccr", "--app", "ro", "--avp", "Service-Context-Id=32251@3gpp.org", "--avp", "CC-Request-Number=0",
               "--avp", "CC-Request-Type=INITIAL_REQUEST"]  # fmt: skip
        with Server(*self.dict) as server:
            self.assert_status(diatom("send", *ccr, "--connect", server.uri), 0)
            server.end()
            self.assertIn("1 initial", server.out)

    def test_a_dictionary_of_application_4_takes_its_place(self):
        mine = self.file("mine.dia", QUOTA.replace("16777999", "4").replace(" vendor=99999", "").replace(
            "{ Vendor-Specific-Application-Id }", "{ Auth-Application-Id }"))  # fmt: skip
        with Server("--dict", mine) as server:
            result = diatom("send", *AQR, "--dict", mine, "--connect", server.uri, "--json")
            self.assert_status(result, 0)
            self.assertEqual(values(result.messages()[0], "Auth-Application-Id"), [4])

    def test_a_built_in_application_by_name(self):
        with Server("--app", "rfc6733_acct") as server:
            result = diatom(
                "send", "ACR", "--app", "rfc6733_acct", "--avp", "Accounting-Record-Type=EVENT_RECORD",
                "--avp", "Accounting-Record-Number=9", "--connect", server.uri, "--json",
            )  # fmt: skip
            self.assert_status(result, 0)
            self.assertEqual(values(result.messages()[0], "Accounting-Record-Number"), [9])

    def test_several_built_in_applications(self):
        ulr = ["ulr", "--avp", "Auth-Session-State=1", "--avp", "User-Name=001010000000001", "--avp", "RAT-Type=EUTRAN",
               "--avp", "ULR-Flags=34", "--avp", "Visited-PLMN-Id=0x00f110"]  # fmt: skip
        ccr = ["ccr", "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0"]
        with Server("--app", "s6a", "--app", "gx") as server:
            for request, apps, application in (
                (ulr, ["--app", "s6a"], 16777251),
                (ulr, ["--app", "gx", "--app", "s6a"], 16777251),  # the first one that has it
                (ccr, ["--app", "gx", "--app", "s6a"], 16777238),
            ):
                result = diatom("send", *request, *apps, "--connect", server.uri, "--json")
                self.assert_status(result, 0)
                self.assertEqual(result.messages()[0]["application"], application)
            server.end()
            self.assertIn("\n3 requests of other applications got the least answer", server.out)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
