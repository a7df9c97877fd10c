#!/usr/bin/env python3
"""TLS with freeDiameter (GnuTLS) and with Erlang/OTP's diameter, whoever connects, with certificates right and wrong; and
what only raw sockets do.

The other stacks are started once: Erlang's server has a listener for each certificate, its client a connection for each. What
Diatom makes of them are the rows below. Every row has a process of ours of its own, so that its events are of that connection.
"""

import sys

sys.dont_write_bytecode = True

import os
import re
import ssl
import time

import harness
import octets
import pki
import secure
import wrong
from harness import equal, expect, uri
from secure import OCS, REALM, Client, Half, Wire, context, is_cut_off, words
from stacks import LONG, OUR_REALM, FreeDiameter, Otp

OLD = "[{versions,['tlsv1.2']}]"  # what Erlang's ssl is told
NEW = "[{versions,['tlsv1.3']}]"
LISTED = "[{crl_check,peer}]"
PLAIN_CBC = "[{versions,['tlsv1.2']},{ciphers,[\"ECDHE-ECDSA-AES128-SHA256\"]}]"
ONLY_1_2, ONLY_1_3 = "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"  # what GnuTLS is told
ONLY_CBC = ONLY_1_2 + ":-CIPHER-ALL:+AES-128-CBC"
WITHDRAWN = {"crl": "crl"}  # options of ours; the list's path is known later
HANDSHAKE_S = 3  # that a handshake and CER may take, where it is said
shared = {}


def options(certificate, trust="ca", **more):
    """Of the command line; `crl` becomes the list's file."""
    if "crl" in more:
        more["crl"] = shared["pki"].path("crl.pem")
    return words(shared["pki"], certificate, trust, **more)


def test(function):
    return harness.test(function)


# ---- We connect ------------------------------------------------------------------------------------------------------


def where(port, host, scheme):
    """A port, or a whole URI."""
    return port if isinstance(port, str) else uri(port, host, scheme)


def send(place, port, realm, *more, certificate="ours", scheme="aaas", host="127.0.0.1", tls=None):
    """`diatom send` of one Credit-Control-Request; the process."""
    return place.diatom(
        "send", "ccr", "--app", "ro", "--connect", where(port, host, scheme), "--origin-host", wrong.fresh(), "--origin-realm", OUR_REALM,
        "--avp", f"Destination-Realm={realm}", "--avp", "Service-Context-Id=32251@3gpp.org",
        "--avp", "CC-Request-Type=INITIAL_REQUEST", "--avp", "CC-Request-Number=0",
        *options(certificate, **(tls or {})), *more,
    )  # fmt: skip


def connect(place, port, scheme="aaas", tls=None, more=()):
    """`diatom serve` that connects and stays; the process."""
    return place.diatom(
        "serve", "--connect", uri(port, scheme=scheme), "--origin-host", wrong.fresh(), "--origin-realm", OUR_REALM,
        *options("ours", **(tls or {})), *more,
    )  # fmt: skip


def clear(wire):
    """What passed in clear text; the two directions are noted side by side."""
    return sorted(d + m.name for d, m in wire.seen)


def nothing_was_clear(wire):
    expect(not wire.problem, wire.problem)
    equal(wire.seen, [], "messages in clear text")
    expect(wire.kinds(">")[:1] == ["handshake"], f"the first octets are not TLS: {wire.kinds('>')[:3]}")
    expect("data" in wire.kinds(">") and "data" in wire.kinds("<"), "no protected data passed")


def we_are_answered(place, port, realm, version, tls=None):
    """Over TLS from the first octet: the event names the version; a request is answered; nothing is readable on the way."""
    wire = place.closing(Wire(port))
    standing = connect(place, wire.port, tls=tls)
    standing.wait_line(rf"^event secured .*{re.escape(version)}")
    standing.wait_line(r"^event peer up ")
    standing.terminate()
    equal(standing.wait(), 0, "the exit status")
    asking = send(place, wire.port, realm, tls=tls)
    equal(asking.wait(), 0, "the exit status")
    expect(re.search(r"Result-Code.*2001", asking.output), "the answer is not printed")
    nothing_was_clear(wire)


def we_refuse_them(place, port, realm, sentence, certificate="ours", host="127.0.0.1", tls=None):
    """They show what we do not take: status 3, and a sentence that says why."""
    asking = send(place, port, realm, certificate=certificate, host=host, tls=tls)
    equal(asking.wait(), 3, "the exit status")
    expect(re.search(sentence, asking.output), f"no sentence {sentence!r}")
    expect("2001" not in asking.output, "a request was answered")


# {what is wrong with a certificate of ours: the alert of Erlang, in our words; what freeDiameter writes, which closes without one}
OURS = {
    "expired": (r"alert: certificate expired", r"certificate has expired"),
    "unknown": (r"alert: unknown ca", r"hasn't got a known issuer"),
    "self": (r"alert: bad certificate", r"hasn't got a known issuer"),
    "withdrawn": (r"alert: certificate revoked", r"certificate has been revoked"),
    "stranger": (r"alert: handshake failure", r"hostname does not match"),
}
CLOSES = r"closed by the peer|reset by the peer"

# {certificate of theirs, our options, what our sentence says}
THEIRS = [
    ("expired", {}, r"certificate of \S+ ended on "),
    ("future", {}, r"certificate of \S+ begins on "),
    ("unknown", {}, r"certificate of \S+ has an issuer that is not believed"),
    ("withdrawn", WITHDRAWN, r"certificate of \S+ was withdrawn"),
    ("self", {}, r"certificate of \S+ is signed by itself"),
    ("stranger", {}, r"certificate of \S+ \(stranger\.example\.net\) does not name {host}"),  # B13.2-01
    ("nameless", {}, r"certificate of \S+ \(no dNSName\) does not name {host}"),
]


def they_answer_us(peer, port_of, realm):  # B2.2-01, B2.2-02, B13-01, B13-02, B13-04, B13.1-03
    """Both versions, and both by choice of theirs."""
    for version, tls in (("TLSv1.3", {}), ("TLSv1.2", {"most": "1.2"})):

        def run(place, version=version, tls=tls):
            we_are_answered(place, port_of("good"), realm, version, tls)

        harness.add_test(f"{peer.name}_answers_us_over_{version}", run)


def we_refuse_what_is_wrong(peer, port_of, rows):
    for certificate, tls, sentence in rows:

        def run(place, certificate=certificate, tls=tls, sentence=sentence):
            we_refuse_them(place, port_of(certificate), peer.realm, sentence.format(host=re.escape(peer.host)), tls=tls)

        harness.add_test(f"{peer.name}_shows_us_a_certificate_that_is_{certificate}", run)


def they_refuse_what_is_wrong(peer, certificates, refuses):
    """refuses(place, certificate): it does, and what is said of it is why."""
    for certificate in certificates:

        def run(place, certificate=certificate):
            refuses(place, certificate)

        harness.add_test(f"{peer.name}_refuses_our_certificate_that_is_{certificate}", run)


def otp_refuses(place, certificate):
    port = shared["doors"]["listed" if certificate == "withdrawn" else "good"]
    we_refuse_them(place, port, Otp.realm, OURS[certificate][0], certificate=f"ours-{certificate}")


def freediameter_refuses(place, certificate):
    we_refuse_them(place, shared["servers"]["good"], FreeDiameter.realm, CLOSES, certificate=f"ours-{certificate}")
    shared["processes"]["good"].wait_line(OURS[certificate][1])


they_answer_us(Otp, lambda name: shared["doors"][name], Otp.realm)
we_refuse_what_is_wrong(Otp, lambda name: shared["doors"][name], THEIRS)
they_refuse_what_is_wrong(Otp, ["expired", "unknown", "self", "withdrawn"], otp_refuses)
they_answer_us(FreeDiameter, lambda name: shared["servers"][name], FreeDiameter.realm)
FD_THEIRS = [row for row in THEIRS if row[0] in ("expired", "unknown", "withdrawn", "self", "stranger")]
we_refuse_what_is_wrong(FreeDiameter, lambda name: shared["servers"][name], FD_THEIRS)
they_refuse_what_is_wrong(FreeDiameter, ["expired", "unknown", "self", "withdrawn"], freediameter_refuses)


# {what they have alone: our options, the alert of Erlang in our words}
OTHERWISE = {
    "an_older_version": ({"least": "1.3"}, r"alert: protocol version"),
    "a_newer_version": ({"most": "1.2"}, r"alert: protocol version"),
    "another_cipher": ({}, r"alert: insufficient security"),
}
WITHOUT_A_WORD = r"(closed|reset) by the peer in the TLS handshake without a word: .* or has it no version or cipher of ours\?"


def they_speak_otherwise(peer, port_of, cipher, refuses):
    """refuses(place, name, alert, options): it does, and what is said of it is why."""
    for name, (tls, alert) in OTHERWISE.items():

        def run(place, name=name, tls=tls, alert=alert):
            refuses(place, name, alert, tls)

        harness.add_test(f"{peer.name}_has_{name}_alone", run)

    def accept(place):
        we_are_answered(place, port_of("another_cipher"), peer.realm, "TLSv1.2", {"ciphers": cipher})

    harness.add_test(f"{peer.name}_answers_us_with_another_cipher_when_we_are_told_to", accept)


def otp_speaks_otherwise(place, name, alert, tls):
    we_refuse_them(place, shared["doors"][name], Otp.realm, alert, tls=tls)


def freediameter_speaks_otherwise(place, name, _alert, tls):
    we_refuse_them(place, shared["servers"][name], FreeDiameter.realm, WITHOUT_A_WORD, tls=tls)
    shared["processes"][name].wait_line(r"gnutls_handshake.*No supported cipher suites have been found")


they_speak_otherwise(Otp, lambda name: shared["doors"][name], "ECDHE-ECDSA-AES128-SHA256", otp_speaks_otherwise)
they_speak_otherwise(FreeDiameter, lambda name: shared["servers"][name], "ECDHE-ECDSA-AES128-SHA", freediameter_speaks_otherwise)


@test
def name_that_we_connected_to_stands_in_the_certificate(place):
    """`localhost` does; so the connection comes up, and the Origin-Host is looked at as well."""
    asking = send(place, shared["doors"]["local"], Otp.realm, host="localhost")
    equal(asking.wait(), 0, "the exit status")


@test
def name_that_we_connected_to_is_missing_in_the_certificate(place):
    we_refuse_them(place, shared["doors"]["good"], Otp.realm, r"does not name localhost", host="localhost")


@test
def certificate_of_anybody_is_taken_when_names_do_not_matter(place):
    asking = send(place, shared["doors"]["stranger"], Otp.realm, tls={"name": "any"})
    equal(asking.wait(), 0, "the exit status")


def secured_in_band(place, door, ours):
    """CER and CEA are clear and say Inband-Security-Id; all else is not clear."""
    wire = place.closing(Wire(shared["doors"][door]))
    standing = connect(place, wire.port, scheme="aaa", more=["--inband", ours])
    standing.wait_line("^event secured ")
    standing.wait_line("^event peer up ")
    standing.terminate()
    equal(standing.wait(), 0, "the exit status: DPR and DPA have passed")
    equal(clear(wire), ["<CEA", ">CER"], "what passed in clear text")
    expect("data" in wire.kinds(">") and "data" in wire.kinds("<"), "nothing protected passed")
    return [a.u32 for a in next(m for d, m in wire.seen if d == ">").all(299)]


@test
def otp_secures_behind_cer_and_cea_when_we_connect(place):  # B13-05
    equal(secured_in_band(place, "inband", "require"), [1], "Inband-Security-Id of the CER")


@test
def otp_secures_when_both_have_both(place):  # B13-05
    equal(sorted(secured_in_band(place, "either", "offer")), [0, 1], "Inband-Security-Id of the CER")


@test
def failed_handshake_behind_the_cea_closes(place):  # B13-06
    wire = place.closing(Wire(shared["doors"]["inband-expired"]))
    asking = send(place, wire.port, Otp.realm, "--inband", "require", scheme="aaa")
    equal(asking.wait(), 3, "the exit status")
    expect(re.search("ended on", asking.output), "the sentence does not say why")
    equal(clear(wire), ["<CEA", ">CER"], "what passed in clear text")


# ---- They connect ----------------------------------------------------------------------------------------------------


class Knock:
    """A connection of Erlang's to a server of ours: what they get, and what our event says of it."""

    def __init__(self, name, theirs, gets, event, how="tls", erlang="[]", ours="ocs", tls=None, inband=None):
        self.name, self.theirs, self.gets, self.event = name, theirs, gets, event
        self.how, self.erlang, self.ours, self.tls, self.inband = how, erlang, ours, tls or {}, inband

    def serve(self, place):
        scheme = "aaa" if self.inband else "aaas"
        more = ["--inband", self.inband] if self.inband else []
        self.server, self.port = harness.serve(
            place, *options(self.ours, **self.tls), *more, host=OCS, realm=OUR_REALM, listen=f"{scheme}://127.0.0.1:0"
        )
        self.wire = place.closing(Wire(self.port))
        sni = f',{{server_name_indication,"{OCS}"}}]' if self.erlang != "[]" else f'{{server_name_indication,"{OCS}"}}]'
        return (self.name, self.how, self.wire.port, self.theirs, self.erlang[:-1] + sni)


REFUSED = r"^(closed|refused|{error,failover})$"  # a client of 1.3 may think that it is open
KNOCKS = [
    Knock("right", "crowd", r"^2001$", r"^event secured .*TLSv1\.3"),  # B13.1-01, B13.1-03
    Knock("older", "crowd", r"^2001$", r"^event secured .*TLSv1\.2", erlang=OLD),
    Knock("inband", "crowd", r"^2001$", r"^event secured ", how="inband", inband="require"),  # B13-05
    Knock("either", "crowd", r"^2001$", r"^event secured ", how="either", inband="offer"),
    Knock("expired", "knock-expired", REFUSED, r"^event refused .*ended on "),
    Knock("future", "knock-future", REFUSED, r"^event refused .*begins on "),
    Knock("unknown", "knock-unknown", REFUSED, r"^event refused .*has an issuer that is not believed"),
    Knock("self", "knock-self", REFUSED, r"^event refused .*is signed by itself"),
    Knock("withdrawn", "knock-withdrawn", REFUSED, r"^event refused .*was withdrawn", tls=WITHDRAWN),
    Knock("stranger", "knock-stranger", REFUSED, r"^event refused .*3010 .*does not name stranger\.client\.test"),
    Knock("nameless", "knock-nameless", REFUSED, r"^event refused .*3010 .*\(no dNSName\) does not name nameless\.client\.test"),
    Knock("none", "none", REFUSED, r"^event refused .*shows no certificate"),  # B13.1-02
    Knock("listed", "crowd", r"^2001$", r"^event secured ", erlang=LISTED),
    *(Knock(f"ours-{name}", "crowd", REFUSED, rf"^event refused .*{alert}", ours=f"ocs-{name}", erlang=LISTED if name == "withdrawn" else "[]")
      for name, (alert, _) in OURS.items()),
    Knock("version", "crowd", REFUSED, r"^event refused .*no version of TLS in common", erlang=OLD, tls={"least": "1.3"}),
    Knock("cipher", "crowd", REFUSED, r"^event refused .*no cipher in common", erlang=PLAIN_CBC),
    Knock("inband-expired", "knock-expired", REFUSED, r"^event refused .*ended on ", how="inband", inband="require"),  # B13-06
    Knock("anybody", "knock-stranger", r"^2001$", r"^event secured ", tls={"name": "any"}),
]


def otp_knocks(knock):
    def run(place):
        found = shared["knocks"].wait_line(rf"^KNOCK {knock.name} (.*)$").group(1)
        place.say(f"they got {found}")
        place.closers.append(knock.server)  # its output is told when this fails
        expect(re.search(knock.gets, found), f"they got {found!r}, not {knock.gets!r}")
        knock.server.wait_line(knock.event, 20)
        secured = "2001" in found
        equal(clear(knock.wire), ["<CEA", ">CER"] if knock.inband else [], "what passed in clear text")
        expect(secured or not any(" up " in line for line in knock.server.lines if line.startswith("event peer")), "it came up")

    harness.add_test(f"otp_knocks_with_{knock.name.replace('-', '_')}", run)


for _knock in KNOCKS:
    otp_knocks(_knock)


def fd_client(place, *peers, show=None, certificate="relay", **env):
    """freeDiameter, connecting to each (host, port, words)."""
    if show:
        env["FD_SHOW"] = shared["pki"].certificate(show)
    return FreeDiameter.secure_client(
        place, shared["pki"], certificate, "relay1.relay.test", peers, watchdog=LONG, FD_BUILD=shared["build"], **env
    )


def our_server(place, host, *more, certificate="ocs1", scheme="aaas", **tls):
    return harness.serve(
        place, *options(certificate, **tls), *more, host=host, realm=FreeDiameter.realm, listen=f"{scheme}://127.0.0.1:0"
    )


@test
def freediameter_connects_to_us(place):
    server, port = our_server(place, "ocs1.server.test")
    wire = place.closing(Wire(port))
    client = fd_client(place, ("ocs1.server.test", wire.port, ""))
    server.wait_line(r"^event secured ")
    server.wait_line(r"^event peer up relay1\.relay\.test")
    client.wait_line("STATE_OPEN")
    client.terminate()
    server.wait_line(r"^event (peer down|closed|disconnect)")
    nothing_was_clear(wire)


@test
def freediameter_connects_to_us_and_secures_behind_the_cea(place):  # B13-05
    server, port = our_server(place, "ocs1.server.test", "--inband", "require", scheme="aaa")
    wire = place.closing(Wire(port))
    client = fd_client(place, ("ocs1.server.test", wire.port, "TLS_old_method;"))
    server.wait_line(r"^event secured ")
    server.wait_line(r"^event peer up relay1\.relay\.test")
    client.wait_line("STATE_OPEN")
    equal(clear(wire), ["<CEA", ">CER"], "what passed in clear text")


@test
def freediameter_refuses_our_certificates(place):
    """One of it, a server of ours for each certificate."""
    rows = {name: our_server(place, "ocs1.server.test", certificate=f"ocs1-{name}") for name in OURS if name != "stranger"}
    rows["stranger"] = our_server(place, "ocs2.server.test", certificate="ocs1")
    peers = [(f"{'ocs2' if name == 'stranger' else 'ocs1'}.server.test", port, "") for name, (_, port) in rows.items()]
    for peer, (name, (server, _)) in zip(peers, rows.items()):
        client = fd_client(place, peer, FD_DIR=place.file(name), FD_CRL=shared["pki"].path("crl.pem"))
        client.wait_line(OURS[name][1])
        server.wait_line(rf"^event refused .*({CLOSES})")
        expect("event peer up" not in server.output, f"{name}: it came up")


def fd_speaks(name, prio, tls, sentence):
    def run(place):
        server, port = our_server(place, "ocs1.server.test", **tls)
        fd_client(place, ("ocs1.server.test", port, ""), FD_PRIO=prio)
        server.wait_line(sentence)
        if sentence.startswith("^event refused"):
            expect("event peer up" not in server.output, "it came up")
        else:
            server.wait_line(r"^event peer up relay1\.relay\.test")

    harness.add_test(f"freediameter_knocks_with_{name}", run)


fd_speaks("TLS_1_2", ONLY_1_2, {}, r"^event secured .*TLSv1\.2")
fd_speaks("TLS_1_3", ONLY_1_3, {}, r"^event secured .*TLSv1\.3")
fd_speaks("an_older_version", ONLY_1_2, {"least": "1.3"}, r"^event refused .*no version of TLS in common")
fd_speaks("a_newer_version", ONLY_1_3, {"most": "1.2"}, r"^event refused .*no version of TLS in common")
fd_speaks("another_cipher", ONLY_CBC, {}, r"^event refused .*no cipher in common")
fd_speaks("another_cipher_that_we_are_told_to_have", ONLY_CBC, {"ciphers": "ECDHE-ECDSA-AES128-SHA"}, r"^event secured .*TLSv1\.2, ECDHE-ECDSA-AES128-SHA,")


def fd_shows(certificate, sentence, tls):
    def run(place):
        server, port = our_server(place, "ocs1.server.test", **tls)
        fd_client(place, ("ocs1.server.test", port, ""), show=f"relay-{certificate}")
        server.wait_line(rf"^event .*({sentence})")
        expect("event peer up" not in server.output, "it came up")

    harness.add_test(f"freediameter_knocks_with_{certificate}", run)


for _certificate, _tls, _sentence in FD_THEIRS:
    fd_shows(_certificate, _sentence.format(host=r"relay1\.relay\.test"), _tls)


# ---- Raw sockets -----------------------------------------------------------------------------------------------------


def server_of(place, *more, **tls):
    return harness.serve(place, *options("ocs", **tls), *more, host=OCS, realm=REALM, listen="aaas://127.0.0.1:0")


@test
def cer_that_the_certificate_does_not_name_gets_3010(place):  # B13.2-01
    server, port = server_of(place)
    with Client(port, context(shared["pki"]), host="a.elsewhere.test", hello=False) as client:
        cea = client.ask(client.cer())
        equal((cea.name, cea.result), ("CEA", 3010), "the answer")
        client.closes()
    server.wait_line(r"^event refused .*3010 certificate of .* does not name a\.elsewhere\.test")
    secure.is_served(port, context(shared["pki"]))


@test
def wildcard_names_one_label(place):
    _, port = server_of(place)
    with Client(port, context(shared["pki"]), host="a.b.client.test", hello=False) as client:
        equal(client.ask(client.cer()).result, 3010, "the answer")
    with Client(port, context(shared["pki"]), host="B.Client.Test") as client:
        client.is_served()


@test
def realm_is_enough_when_it_is_asked_for(place):
    _, port = server_of(place, name="realm")
    with Client(port, context(shared["pki"], "realm"), host="a.b.client.test") as client:
        client.is_served()


@test
def pinned_key_is_enough(place):
    """Without roots: one key is believed, whoever signed it; another one is not."""
    server, port = server_of(place, trust=None, pin=shared["pki"].subject_key("knock-self"), name="any")
    with Client(port, context(shared["pki"], "knock-self")) as client:
        client.is_served()
    try:
        with Client(port, context(shared["pki"], "crowd")):
            pass
    except (OSError, harness.Failure):
        pass
    else:
        raise harness.Failure("another key was taken")
    server.wait_line(r"^event refused .*is not pinned")


@test
def client_without_a_certificate_is_refused(place):  # B13.1-02
    server, port = server_of(place)
    try:
        with Client(port, context(shared["pki"], None), hello=False) as client:
            client.send(client.cer())
            raise harness.Failure(f"it got {client.closes()}, and no alert")
    except ssl.SSLError as error:
        expect("CERTIFICATE_REQUIRED" in str(error) or "alert" in str(error).lower(), f"the alert: {error}")
    server.wait_line(r"^event refused .*the other end shows no certificate")


@test
def version_1_1_is_refused(place):
    old = context(shared["pki"])
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    server, port = server_of(place)
    try:
        with Client(port, old):
            pass
    except OSError:
        pass
    else:
        raise harness.Failure("the handshake was done")
    server.wait_line(r"^event refused .*no version of TLS in common")


@test
def silence_in_a_handshake_ends_it(place):
    """Half a ClientHello; a whole one; and all but the client's last flight: each has as long as a CER may take."""
    server, port = server_of(place, "--timeout", 1000 * HANDSHAKE_S)
    started = time.monotonic()
    halves = []
    for number, share in ((0, 0.5), (0, 1), (1, 0.5)):
        half = place.closing(_Closing(Half(context(shared["pki"]), port))).it
        octets_ = half.flight(number)
        half.socket.sendall(octets_[: int(len(octets_) * share)])
        halves.append(half)
    secure.is_served(port, context(shared["pki"]))
    for half in halves:
        is_cut_off(half.socket, 2 * HANDSHAKE_S)
    took = time.monotonic() - started
    expect(HANDSHAKE_S - 1 < took < HANDSHAKE_S + 5, f"it took {took:.1f} s, not {HANDSHAKE_S}")
    server.wait_line(r"^event .*(handshake|CER)")
    secure.is_served(port, context(shared["pki"]))


class _Closing:
    """Something with a socket, for Place.closing()."""

    def __init__(self, it):
        self.it = it

    def close(self):
        self.it.socket.close()


@test
def silence_in_their_handshake_ends_ours(place):
    """We connect to a listener that says nothing: the attempt is given up, and the sentence says so."""
    listener = place.closing(harness.socket.create_server(("127.0.0.1", 0)))
    asking = send(place, listener.getsockname()[1], REALM, "--timeout", 2000)
    equal(asking.wait(), 3, "the exit status")
    expect(re.search(r"no connection|handshake|2000 ms|2 s", asking.output), "the sentence")


@test
def requests_in_one_record_and_in_many_are_answered(place):
    """A record with several messages, a message in several records, an octet each."""
    _, port = server_of(place)
    with Client(port, context(shared["pki"])) as client:
        client.send(*(client.ccr(hop_by_hop=n) for n in range(20)))
        equal([client.receive().hop_by_hop for _ in range(20)], list(range(20)), "the answers")
        for octet in client.ccr(hop_by_hop=99):
            client.socket.send(bytes([octet]))
        equal(client.receive().hop_by_hop, 99, "the answer")


@test
def message_of_many_records_is_answered(place):
    _, port = server_of(place)
    with Client(port, context(shared["pki"])) as client:
        answer = client.ask(client.ccr(octets.avp(9999, bytes(200000), flags=0)))
        equal(answer.result, 2001, "the answer")


@test
def connection_ends_with_close_notify(place):  # B5.6-04
    """Behind the DPA: who reads sees the end of TLS, not only that of TCP."""
    server, port = server_of(place)
    with Client(port, context(shared["pki"])) as client:
        client.ask(client.dpr())
        client.socket.settimeout(5)
        client.socket.unwrap()  # says close_notify, and raises unless it gets one
    server.terminate()
    equal(server.wait(), 0, "the exit status")


@test
def listener_without_a_certificate_is_a_mistake(place):
    process = place.diatom("serve", "--listen", "aaas://127.0.0.1:0", "--origin-host", OCS, "--origin-realm", REALM)
    equal(process.wait(), 2, "the exit status")
    expect("--tls-certificate" in process.output, "the sentence does not name the option")


@test
def secure_port_is_5868(place):  # B2.1-02
    """Both ends without a port, at an address of loopback that nobody else has."""
    pid = os.getpid()
    address = f"127.{pid >> 16 & 0x7F | 0x80}.{pid >> 8 & 0xFF}.{pid & 0xFF}"
    _, port = harness.serve(place, *options("ocs"), host=OCS, realm=REALM, listen=f"aaas://{address}")
    equal(port, 5868, "where it listens")
    asking = send(place, f"aaas://{address}", REALM)
    equal(asking.wait(), 0, "the exit status")


# ---- The others, started once ------------------------------------------------------------------------------------------


def start(place):
    it = shared["pki"] = secure.authority(place)
    it.issue("good", Otp.host)
    it.issue("local", Otp.host, "localhost")
    it.issue("ocs1", FreeDiameter.host)
    it.issue("relay", "relay1.relay.test")
    it.issue("realm", "client.test")
    pki.wrong_ones(it, Otp.host)
    hosts = {"ours-": "*.client.test", "knock-": "*.client.test", "ocs-": OCS, "ocs1-": FreeDiameter.host, "relay-": "relay1.relay.test"}
    for prefix, host in hosts.items():
        pki.wrong_ones(it, host, prefix)
    it.withdraw(*(prefix + "withdrawn" for prefix in ("", "ours-", "knock-", "ocs-", "ocs1-", "relay-")))
    doors = [("good", "tls", "good", "[]"), ("local", "tls", "local", "[]"), ("an_older_version", "tls", "good", OLD),
             ("a_newer_version", "tls", "good", NEW), ("another_cipher", "tls", "good", PLAIN_CBC), ("inband", "inband", "good", "[]"), ("either", "either", "good", "[]"),
             ("inband-expired", "inband", "expired", "[]"), ("listed", "tls", "good", LISTED)]  # fmt: skip
    doors += [(name, "tls", name, "[]") for name, *_ in THEIRS]
    crl = it.path("crl.pem")
    shared["knocks"] = Otp.knocks(place, it, *(k.serve(place) for k in KNOCKS), crl=crl)
    shared["build"] = place.folder
    servers = {"good": FreeDiameter.secure_server(place, it, "ocs1", FD_BUILD=place.folder, FD_CRL=crl, FD_DIR=place.file("good"))}
    for name, *_ in FD_THEIRS:
        servers[name] = FreeDiameter.secure_server(
            place, it, "ocs1", FD_BUILD=place.folder, FD_SHOW=it.certificate(f"ocs1-{name}"), FD_DIR=place.file(name)
        )
    for name, prio in ("an_older_version", ONLY_1_2), ("a_newer_version", ONLY_1_3), ("another_cipher", ONLY_CBC):
        servers[name] = FreeDiameter.secure_server(place, it, "ocs1", FD_BUILD=place.folder, FD_PRIO=prio, FD_DIR=place.file(name))
    shared["processes"] = {name: process for name, (process, _, _) in servers.items()}
    shared["servers"] = {name: secure_port for name, (_, _, secure_port) in servers.items()}
    _, shared["doors"] = Otp.doors(place, it, *doors, crl=crl)


if __name__ == "__main__":
    sys.exit(
        harness.main(
            __doc__.splitlines()[0], jobs=6, before=start, needs=("escript", "freeDiameterd", "openssl"), first=("silence", "freediameter"),
        )
    )  # fmt: skip
