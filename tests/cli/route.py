#!/usr/bin/env python3
"""`diatom route`: where requests would go by the routes of a configuration, and why."""

import json
import os

import cli
from cli import diatom

AGENT = """
identity: { host: dra.example.net, realm: example.net }
listen: { uri: "aaa://127.0.0.1:0", clear: yes }
applications: [relay, s6a, gy]
peers:
  - host: hss1.example.net
  - host: hss2.example.net
  - host: ocs1.example.net
  - host: ocs2.example.net
  - host: dra.partner.example
tables:
  subscribers: { file: numbers.csv }
routes:
  - { name: things, realm: ["*.3gppnetwork.org", example.net], application: s6a, imsi: { table: subscribers, value: iot },
      to: [hss2.example.net], action: proxy }
  - { name: subscribers, realm: ["*.3gppnetwork.org", example.net], application: s6a, command: ULR, order: 1,
      to: [hss1.example.net, { peer: hss2.example.net, priority: 9 }], choose: order }
  - { name: start, realm: example.net, application: gy, order: 1,
      when: [{ avp: CC-Request-Type, is: INITIAL_REQUEST }], to: [ocs1.example.net] }
  - { name: charging, realm: example.net, application: gy, to: [ocs1.example.net, ocs2.example.net], choose: sticky, order: 2 }
  - { name: from outside, realm: example.net, application: gy, from: "*.partner.example", action: redirect,
      to: "aaa://edge.example:3868" }
  - { name: moved, realm: old.example, action: redirect, to: "aaa://new.example:3868" }
  - { name: same, realm: partner.example }
  - { name: rest, realm: "*.example", to: dra.partner.example }
"""

NUMBERS = "26201,home\n2620130-2620139,iot\n"


class Route(cli.Test):
    def setUp(self):
        super().setUp()
        self.file("numbers.csv", NUMBERS)
        self.agent = self.file("agent.yaml", AGENT)

    def ask(self, *args, **kwargs):
        return diatom("route", self.agent, *args, **kwargs)

    def decision(self, *args):
        result = self.ask("--json", *args)
        self.assertEqual(result.err, "")
        (said,) = result.messages()
        return said, result.status

    def check(self, args, outcome, route=None, hop=None):
        said, status = self.decision(*args)
        self.assertEqual((said["outcome"], said.get("route"), said.get("hop")), (outcome, route, hop), args)
        self.assertEqual(status, 1 if outcome == "refused" else 0)
        return said

    def check_refused(self, args, result_code):
        said = self.check(args, "refused")
        self.assertEqual(said["result_code"], result_code, args)
        return said


class Decisions(Route):
    def test_the_route_and_the_hop(self):
        epc = ["--realm", "epc.mnc001.mcc262.3gppnetwork.org", "--app", "s6a", "--command", "ULR"]
        gy = ["--realm", "EXAMPLE.net", "--app", "gy"]
        for args, want in (
            ([*epc, "--imsi", "262011234567890"], ("relay", "subscribers", "hss1.example.net")),
            ([*epc, "--imsi", "262013123456789"], ("relay", "things", "hss2.example.net")),
            ([*epc, "--user", "0262013123456789@nai.epc.mnc001.mcc262.3gppnetwork.org"], ("relay", "things", "hss2.example.net")),
            ([*epc[:-1], "316"], ("relay", "subscribers", "hss1.example.net")),
            ([*epc, "--down", "HSS1.example.net"], ("relay", "subscribers", "hss2.example.net")),
            ([*gy, "--avp", "CC-Request-Type=INITIAL_REQUEST"], ("relay", "start", "ocs1.example.net")),
            ([*gy, "--avp", "CC-Request-Type=INITIAL_REQUEST", "--from", "a.partner.example"], ("redirect", "from outside")),
            (["--realm", "old.example", "--app", "4"], ("redirect", "moved")),
            (["--realm", "partner.example", "--app", "77777777"], ("relay", "same")),
            (["--realm", "sub.example", "--app", "77777777"], ("relay", "rest", "dra.partner.example")),
            (["--realm", "example.org", "--app", "gy", "--host", "hss2.example.net"], ("relay", None, "hss2.example.net")),
        ):  # fmt: skip
            self.check(args, *want)
        hss2 = ["--realm", "example.org", "--app", "gy", "--host", "hss2.example.net"]
        self.assertEqual(self.decision(*hss2)[0]["by"], "destination-host")
        for args, result_code in (
            ([*epc[:-1], "AIR"], 3003),
            ([*epc, "--down", "hss1.example.net", "--down", "hss2.example.net"], 3002),
            (["--realm", "example.org", "--app", "gy"], 3003),
            ([*hss2, "--down", "hss2.example.net"], 3003),
            (["--realm", "example.org", "--app", "gy", "--host", "DRA.example.net"], 3001),
        ):
            self.check_refused(args, result_code)

    def test_a_session_stays_with_its_hop(self):
        hops = {}
        for _ in range(2):
            for i in range(20):
                said, _ = self.decision("--realm", "example.net", "--app", "gy", "--session", f"pgw;1;{i}")
                self.assertEqual(hops.setdefault(i, said["hop"]), said["hop"])
        self.assertEqual(set(hops.values()), {"ocs1.example.net", "ocs2.example.net"})

    def test_in_words(self):
        result = self.ask("--realm", "example.net", "--app", "gy", "--session", "a;1;2")
        self.assertEqual(result.status, 0)
        lines = result.out.splitlines()
        self.assertRegex(lines[0], r"^it goes on to ocs[12]\.example\.net$")
        self.assertEqual(lines[1:6], [
            "  route:   charging",
            "  hops:    ocs1.example.net, priority 0, weight 1",
            "           ocs2.example.net, priority 0, weight 1",
            "  choice:  sticky",
            "  looked at:",
        ])  # fmt: skip
        self.assertEqual(lines[6:10], [
            "  - things: not its application: 4 (Diameter Credit-Control)",
            "  - from outside: not its from: not there",
            "  - subscribers: not its application: 4 (Diameter Credit-Control)",
            "  - start: not its avp: CC-Request-Type not there",
        ])  # fmt: skip
        self.assertEqual(lines[10], "  + charging: the realm is example.net, application 4 (Diameter Credit-Control)")
        self.assertEqual({line.partition(": ")[2] for line in lines[11:]}, {"the realm is another"})

    def test_each_outcome_has_words(self):
        nowhere = "it goes nowhere, and is answered"
        ours = "it is for the agent itself, and is answered"
        for args, want in (
            (["--realm", "old.example"], "it is answered 3006 DIAMETER_REDIRECT_INDICATION, with aaa://new.example:3868"),
            (["--realm", "example.net", "--from", "a.partner.example"],
             "it is answered 3006 DIAMETER_REDIRECT_INDICATION, with aaa://edge.example:3868"),
            (["--realm", "example.org"], f"{nowhere} 3003 DIAMETER_REALM_NOT_SERVED: no route to this realm"),
            (["--realm", "a.example", "--down", "dra.partner.example"],
             f"{nowhere} 3002 DIAMETER_UNABLE_TO_DELIVER: no peer can take the request now"),
            (["--realm", "example.org", "--host", "ocs1.example.net"],
             "it goes to ocs1.example.net: Destination-Host is that peer, which counts before all routes"),
            (["--host", "dra.example.net"],
             f"{ours} 3001 DIAMETER_COMMAND_UNSUPPORTED: this command is not supported"),
            (["--realm", "partner.example"],
             "it goes on to any peer of its realm that offers the application, else to any relay"),
            (["--realm", "example.net"], "it goes on to ocs1.example.net or, as the choice has it, another hop"),
        ):  # fmt: skip
            self.assertEqual(self.ask("--app", "gy", *args).out.splitlines()[0], want)

    def test_only_hops_that_can_take_it_are_others(self):
        said = self.ask("--realm", "example.net", "--app", "gy", "--down", "ocs2.example.net").out
        self.assertEqual(said.splitlines()[0], "it goes on to ocs1.example.net")
        said = self.ask("--realm", "example.net", "--app", "gy", "--from", "ocs1.example.net").out
        self.assertEqual(said.splitlines()[0], "it goes on to ocs2.example.net")

    def test_a_peer_out_of_service_is_down(self):
        self.agent = self.file("agent.yaml", AGENT.replace("- host: hss1.example.net", "- { host: hss1.example.net, disabled: yes }"))
        asked = ["--realm", "example.net", "--app", "s6a", "--command", "ULR"]
        self.check(asked, "relay", "subscribers", "hss2.example.net")
        self.check([*asked, "--host", "hss1.example.net"], "relay", "subscribers", "hss2.example.net")

    def test_down_wants_a_peer(self):
        result = self.ask("--realm", "example.net", "--app", "gy", "--down", "hss1.example.org")
        self.assertEqual((result.status, result.out), (2, ""))
        self.assertIn("--down: there is no peer 'hss1.example.org'", result.err)


class AsTheAgentDoes(cli.Test):
    """What the agent answers itself, it is said to answer; tests/node/explain.c compares with a node that does it."""

    AGENT = """
identity: { host: dra.example.net, realm: example.net }
listen:
  - { uri: "aaa://127.0.0.1:0", clear: yes, allow: ["*.client.example"], origins: { realms: [client.example] } }
  - { uri: "aaa://127.0.0.2:0", clear: yes, allow: ["*.client.example"] }
applications: [gy]
routes:
  - { name: rest, to: s.one.example }
peers:
  - { host: s.one.example, origins: { realms: [one.example] } }
"""

    def test_each_refusal(self):
        agent = self.file("agent.yaml", self.AGENT)
        gy = ["--app", "gy", "--command", "CCR"]
        one = [*gy, "--realm", "one.example"]
        for args, code, why in (
            (gy, 3001, "this command is not supported"),
            ([*gy, "--host", "s.one.example"], 3002, "Destination-Realm is missing"),
            ([*one, "--avp", "Route-Record=DRA.example.net"], 3005, "the request has been here before"),
            ([*one, "--avp", "Route-Record=s.one.example"], 3002, "no peer can take the request now"),
            ([*one, "--from", "s.one.example"], 3002, "no peer can take the request now"),
            ([*one, "--from", "s.one.example", "--origin-realm", "evil.example"], 5003, "of this Origin-Realm"),
            ([*one, "--origin-realm", "evil.example"], 5003, "of this Origin-Realm"),
            (["--app", "s6a", "--command", "ULR", "--realm", "one.example"], 3007, "this application is not supported"),
            ([*gy, "--realm", "example.net", "--host", "dra.example.net"], 3001, "this command is not supported"),
        ):
            result = diatom("route", agent, "--json", *args)
            self.assertEqual(result.err, "")
            (said,) = result.messages()
            self.assertEqual((said["outcome"], said.get("result_code"), result.status), ("refused", code, 1), args)
            self.assertIn(why, said["why"], args)
            self.assertIn(f"is answered {code} DIAMETER_", diatom("route", agent, *args).out, args)

    def test_where_it_comes_in_counts(self):
        agent = self.file("agent.yaml", self.AGENT)
        other = ["--app", "gy", "--realm", "one.example", "--origin-realm", "evil.example"]
        for at, outcome in (("aaa://127.0.0.1:0", "refused"), ("AAA://127.0.0.2:0", "relay")):
            (said,) = diatom("route", agent, "--json", *other, "--at", at).messages()
            self.assertEqual(said["outcome"], outcome)


class Policies(Route):
    POLICIES = """
policies:
  - { name: roaming, match: { origin-realm: "*.org" }, request: { rewrite: Destination-Realm, from: "*", to: x.example } }
  - { name: other, match: { origin-realm: "*.com" }, request: { reject: 5003 } }
  - { name: last, match: { application: gy }, answer: { remove: Proxy-State } }
"""
    GY = ("--realm", "example.net", "--app", "gy", "--origin-realm", "example.org")

    def setUp(self):
        super().setUp()
        self.agent = self.file("agent.yaml", AGENT + self.POLICIES)

    def test_those_that_match_are_named_with_what_they_would_do(self):
        said, _ = self.decision(*self.GY)
        self.assertEqual(said["outcome"], "proxy")
        self.assertEqual(said["policies"], [
            {"name": "roaming", "does": "rewrites Destination-Realm"},
            {"name": "last", "does": "of the answer: removes Proxy-State"},
        ])  # fmt: skip
        self.assertIn(
            "\n  policies: roaming (rewrites Destination-Realm), last (of the answer: removes Proxy-State); "
            "routes are asked again behind them\n  looked at:\n",
            self.ask(*self.GY).out,
        )

    def test_what_meets_none_names_none(self):
        for args in (["--realm", "old.example"], ["--realm", "example.net", "--avp", "Route-Record=dra.example.net"]):
            self.assertEqual(self.decision(*args, "--app", "gy", "--origin-realm", "example.org")[0]["policies"], [], args)
        self.assertNotIn("policies:", self.ask("--realm", "partner.example", "--app", "s6a").out)


class Messages(Route):
    def request(self, realm):
        return {
            "command": "CCR", "application": 4, "flags": ["R", "P"],
            "avps": [
                {"name": "Session-Id", "value": "a;1;2"}, {"name": "Origin-Host", "value": "pgw.visited.example"},
                {"name": "Origin-Realm", "value": "visited.example"}, {"name": "Destination-Realm", "value": realm},
                {"name": "CC-Request-Type", "value": "INITIAL_REQUEST"},
            ],
        }  # fmt: skip

    def encoded(self, *realms):
        text = "\n".join(json.dumps(self.request(realm)) for realm in realms)
        result = diatom("encode", "-", stdin=text)
        self.assertEqual(result.err, "")
        return result.octets

    def test_messages_of_a_file_are_asked_about(self):
        octets = self.encoded("example.net", "old.example", "nowhere.example.org")
        for given in (octets, octets.hex().encode()):
            path = self.path("messages")
            with open(path, "wb") as f:
                f.write(given)
            for result in (self.ask("--json", path), self.ask("--json", "-", stdin=given)):
                self.assertEqual(result.err, "")
                self.assertEqual(result.status, 1)
                self.assertEqual([m["outcome"] for m in result.messages()], ["relay", "redirect", "refused"])

    def test_options_go_before_the_message(self):
        octets = self.encoded("example.net")
        (said,) = self.ask("--json", "-", "--realm", "Old.example", stdin=octets).messages()
        self.assertEqual(said["route"], "moved")
        (said,) = self.ask("--json", "-", "--app", "s6a", "--imsi", "262013", stdin=octets).messages()
        self.assertEqual(said["route"], "things")

    def test_what_is_no_request_is_refused(self):
        octets = bytearray(self.encoded("example.net"))
        octets[4] &= 0x7F
        self.assertEqual(self.ask("-", stdin=bytes(octets)).status, 2)
        result = self.ask("-", stdin=b"hello\n")
        self.assertEqual(result.status, 1)
        self.assertIn("no hexadecimal text here", result.err)
        self.assertEqual(self.ask(self.path("none")).status, 2)


class Mistakes(Route):
    def test_mistakes_of_the_configuration_are_named(self):
        bad = self.file("bad.yaml", AGENT.replace("dra.partner.example }", "nobody.example }"))
        result = diatom("route", bad, "--realm", "example.net", "--app", "gy")
        self.assertEqual(result.status, 2)
        self.assertIn("nobody.example", result.err)
        self.assertTrue(result.err.startswith(f"{bad}:"), result.err)
        os.unlink(self.path("numbers.csv"))
        result = self.ask("--realm", "example.net", "--app", "gy")
        self.assertEqual((result.status, result.out), (2, ""))
        self.assertIn("numbers.csv", result.err)

    def test_without_routes_the_realm_leads_on(self):
        bare = self.file("bare.yaml", "identity: { host: a.example, realm: example }\nlisten: { uri: 'aaa://127.0.0.1:0', clear: yes }\n")
        result = diatom("route", bare, "--realm", "example.net", "--app", "gy")
        self.assert_status(result, 0)
        self.assertEqual(
            result.out,
            "it goes on to any peer of its realm that offers the application, else to any relay: there are no routes\n",
        )
        (said,) = diatom("route", bare, "--realm", "example.net", "--app", "gy", "--json").messages()
        self.assertEqual((said["outcome"], said["by"], said["routes"], said["policies"]), ("relay", "realm", [], []))
        (said,) = diatom("route", bare, "--app", "gy", "--host", "a.example", "--json").messages()
        self.assertEqual((said["outcome"], said["for_us"]), ("refused", True))

    def test_options_that_make_no_sense_are_refused(self):
        for args, want in (
            (["--app", "nosuch"], "no application is called 'nosuch'"),
            (["--app", "gy", "--command", "nosuch"], "no command is called 'nosuch'"),
            (["--app", "gy", "--avp", "No-Such=1"], "--avp 'No-Such=1': "),
            (["--realm", "example.net"], "--app is missing"),
            (["--app", "gy", "--at", "aaa://127.0.0.1:1"], "--at: there is no listener 'aaa://127.0.0.1:1'"),
        ):
            result = self.ask(*args)
            self.assertEqual((result.status, result.out), (2, ""))
            self.assertIn(want, result.err)


if __name__ == "__main__":
    cli.main()
