#!/usr/bin/env python3
"""Runs the examples: the client against the server, and against the server inside a foreign loop; messages on a file.

    examples.py CLIENT SERVER EMBED [MESSAGES]

The home subscriber server is $HSS, who knows which one has a subscriber $SLF, the server between networks $PEERS, the relay
agent $RELAY, the proxy $PROXY, the server that is watched $WATCHED ("": there is none), client and server over TLS $TLS with
certificates that $PKI makes ("": there is no TLS), and $DIATOM asks them. The simulations
are $SIM and $NETWORK, the table of sessions $SESSIONS, that of routes $ROUTES, an agent that goes by one $ROUTED, and the client
whose server is found in the DNS $FOUND (DIATOM_DNS=0: there is no DNS).
Everything that is started here is ended here.
"""

import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "interop"), os.path.join(HERE, "..", "cli")]

import names  # noqa: E402
from ports import free_port  # noqa: E402

PATIENCE = 60  # seconds; nothing here takes long, this is for what hangs


class Listener:
    """A program that prints "listening URI" and is ended at the end of the block."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{program} says {line!r}")
        self.uri = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def end(self, how):
        """Ends it in order, and gives its exit code and what it still said."""
        how()
        rest = self.process.stdout.read()
        return self.process.wait(PATIENCE), rest


def run_client(client, *arguments):
    return subprocess.run([client, *arguments], capture_output=True, text=True, timeout=PATIENCE)


def expect(have, want, what):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


SESSION = "CCA 0: 2001\nCCA 1: 2001\nCCA 2: 2001\n"


def client_charges_a_session_at_the_server(client, server, _embed):
    with Listener(server) as listener:
        for _ in range(3):
            done = run_client(client, listener.uri)
            expect(done.stdout, SESSION, "the client's words")
            expect(done.returncode, 0, "the client's exit code")
        code, _ = listener.end(lambda: listener.process.send_signal(signal.SIGTERM))
        expect(code, 0, "the server's exit code")


def client_charges_a_session_at_the_foreign_loop(client, _server, embed):
    with Listener(embed) as listener:
        done = run_client(client, listener.uri)
        expect(done.stdout, SESSION, "the client's words")
        expect(done.returncode, 0, "the client's exit code")
        code, rest = listener.end(listener.process.stdin.close)
        expect(rest, "served 3\n", "the last words")
        expect(code, 0, "the exit code")


def client_says_why_it_cannot_connect(client, server, _embed):
    with Listener(server) as listener:
        uri = listener.uri
        listener.end(lambda: listener.process.send_signal(signal.SIGINT))
    done = run_client(client, uri)
    expect(done.returncode, 1, "the exit code")
    expect(done.stderr, f"not connected to {uri}: connection refused\n", "the client's words")


def client_without_a_server_says_how_it_is_used(client, _server, _embed):
    done = run_client(client)
    expect(done.returncode, 2, "the exit code")
    expect(done.stderr.startswith("usage: "), True, "the client's words")


def avp(code, value):
    """With flag M; a value is octets, a number, or a list of AVPs."""
    data = b"".join(value) if isinstance(value, list) else value if isinstance(value, bytes) else struct.pack(">I", value)
    return struct.pack(">II", code, 0x40 << 24 | 8 + len(data)) + data + bytes(-len(data) % 4)


def ccr(number):
    body = (
        avp(263, b"pgw.example;1;2") + avp(264, b"pgw.example") + avp(296, b"example") + avp(258, 4) + avp(416, 1)
        + avp(415, number) + avp(443, [avp(450, 0), avp(444, b"4915112345678")]) + avp(456, [avp(432, 10)])
        + avp(284, [avp(280, b"relay.example"), avp(33, b"state")])
    )  # fmt: skip
    return struct.pack(">IIIII", 1 << 24 | 20 + len(body), 0xC0000110, 4, 1, 2) + body


def run_messages(messages, octets):
    with tempfile.NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        return subprocess.run([messages, file.name], capture_output=True, text=True, timeout=PATIENCE)


def messages_reads_changes_and_answers(_client, _server, _embed, messages):
    done = run_messages(messages, ccr(0) + ccr(1))
    expect(done.returncode, 0, f"the exit code, with {done.stderr!r}")
    lines = done.stdout.splitlines()
    for line, times in {
        "Subscription-Id, 36 octets": 2,
        "    Subscription-Id-Data, 13 octets": 2,
        "session pgw.example;1;2": 2,
        "rating group 10": 2,
        "CC-Request-Number: 0, now 7": 1,
        "CC-Request-Number: 1, now 7": 1,
        "    CC-Request-Number: 7": 2,
        "        Rating-Group: 20": 2,
        '    Route-Record: "relay.example.net"': 2,
        "    Result-Code: DIAMETER_SUCCESS (2001)": 2,
        '        Proxy-State: "state"': 4,
        "text leads back: yes": 4,
        "JSON leads back: yes": 4,
    }.items():
        expect(lines.count(line), times, line)
    expect(any("Subscription-Id:" in line for line in lines), False, "a Subscription-Id that was removed")


def messages_says_what_is_no_message(_client, _server, _embed, messages):
    done = run_messages(messages, ccr(0)[:-4])
    expect(done.returncode, 1, "the exit code")
    expect(done.stderr != "", True, "a sentence")


def hss_knows_one_subscriber(*_programs):
    request = ["send", "ulr", "--app", "s6a", "--avp", "Auth-Session-State=NO_STATE_MAINTAINED", "--avp",
               "RAT-Type=EUTRAN", "--avp", "ULR-Flags=34", "--avp", "Visited-PLMN-Id=0x00f110"]  # fmt: skip
    with Listener(os.environ["HSS"]) as listener:
        for user, status, line in (
            ("001010000000001", 0, "            Max-Requested-Bandwidth-UL: 50000000"),
            ("001010000000002", 1, "        Experimental-Result-Code: DIAMETER_ERROR_USER_UNKNOWN (5001)"),
        ):
            done = run_client(
                os.environ["DIATOM"], *request, "--avp", f"User-Name={user}", "--connect", listener.uri
            )
            expect(done.returncode, status, f"the exit code, with {done.stderr!r}")
            expect(done.stdout.splitlines().count(line), 1, line)
        listener.end(listener.process.terminate)


def proxy_stamps_and_tells(client, server, _embed, *_messages):
    with Listener(server) as upstream, Listener(
        os.environ["PROXY"], "proxy.example.net", "aaa://127.0.0.1:0", upstream.uri
    ) as proxy:
        while not (line := proxy.process.stdout.readline()).startswith("peer up"):
            expect(line != "", True, "the proxy finds its server")
        done = run_client(client, proxy.uri)
        expect(done.stdout, SESSION, f"the client's output, with {done.stderr!r}")
        _status, rest = proxy.end(proxy.process.terminate)
        expect(sum(line.startswith("2001 for ") for line in rest.splitlines()), 3, f"answers that passed in {rest!r}")


def locator_redirects_by_subscriber(*_programs):
    request = ["send", "ulr", "--app", "s6a", "--avp", "Auth-Session-State=NO_STATE_MAINTAINED", "--avp",
               "RAT-Type=EUTRAN", "--avp", "ULR-Flags=34", "--avp", "Visited-PLMN-Id=0x00f110"]  # fmt: skip
    servers = "aaa://hss1.example.net:3868", "hss2.example.net"
    with Listener(os.environ["SLF"], "aaa://127.0.0.1:0", *servers) as listener:
        for user, result, line in (
            ("001010000000004", "DIAMETER_REDIRECT_INDICATION (3006)", 'Redirect-Host: "aaa://hss1.example.net:3868"'),
            ("001010000000007", "DIAMETER_REDIRECT_INDICATION (3006)", 'Redirect-Host: "aaa://hss2.example.net"'),
            ("001010000000007", "DIAMETER_REDIRECT_INDICATION (3006)", "Redirect-Max-Cache-Time: 60"),
            ("00101000000000x", "DIAMETER_INVALID_AVP_VALUE (5004)", "Error-Message:"),
        ):
            done = run_client(
                os.environ["DIATOM"], *request, "--avp", f"User-Name={user}", "--connect", listener.uri
            )
            expect(done.returncode, 1, f"the exit code, with {done.stderr!r}")
            expect(f"Result-Code: {result}" in done.stdout and line in done.stdout, True, f"{line} in {done.stdout}")
        listener.end(listener.process.terminate)


def simulation_is_the_same_each_time(*_programs):
    first, second = (subprocess.run([os.environ["SIM"]], capture_output=True, text=True, timeout=PATIENCE) for _ in "12")
    expect(first.returncode, 0, "the exit code")
    lines = first.stdout.splitlines()
    expect(lines[-1], "12 requests: 12 granted, 0 failed, 0 not sent", "the last line")
    expect(sum("lost: CCR" in line for line in lines), 1, "requests lost on the way to the server that crashed")
    expect(second.stdout == first.stdout, True, "the same output twice")


ROUTES = """\
epc.mnc001.mcc262.3gppnetwork.org, application 16777251, 262011234567890: proxy by route subscribers to hss1.example.net
epc.mnc001.mcc262.3gppnetwork.org, application 16777251, 262013123456789: proxy by route things to hss-iot.example.net
epc.mnc001.mcc262.3gppnetwork.org, application 16777251, 262013051234567: proxy by route subscribers to hss1.example.net
EXAMPLE.net, application 4, anybody: proxy by route charging to ocs1.example.net
Old.example, application 4, anybody: redirect by route moved to aaa://server.new.example:3868
elsewhere.example, application 16777251, anybody: proxy by route default to dra1.example.org
"""


def routes_say_where_requests_go(*_programs):
    done = subprocess.run([os.environ["ROUTES"]], capture_output=True, text=True, timeout=PATIENCE)
    expect((done.returncode, done.stderr), (0, ""), "the exit code, and what went wrong")
    decisions, _, verdicts = done.stdout.partition("why not another way?\n")
    expect(decisions, ROUTES, "the decisions")
    expect([line[:4] for line in verdicts.splitlines()], ["  - ", "  - ", "  + ", "  + ", "  - "], "the verdicts")


def network_of_relays_loses_nothing(*_programs):
    done = subprocess.run([os.environ["NETWORK"]], capture_output=True, text=True, timeout=PATIENCE)
    expect(done.stdout, "120 requests arrived 240 times; 120 were served, 120 granted, 0 failed\n", "the output")
    expect(done.returncode, 0, "the exit code")


def sessions_are_opened_refused_and_ended(*_programs):  # B7-03, B7.1.4-03, B7.1.5-03, B7.1.5-09
    """The second session of a user is 5006, one that is over 5002; a record without room is 4002; a bad answer ends its own."""
    with tempfile.TemporaryDirectory() as folder:
        records = os.path.join(folder, "records")
        for path, result in ((records, 2001), ("/dev/full", 4002), (os.path.join(folder, "nowhere", "records"), 5012)):
            done = subprocess.run([os.environ["SESSIONS"], path], capture_output=True, text=True, timeout=PATIENCE)
            expect(
                done.stdout.splitlines(),
                ["AAR: answer, 2001", "AAR: answer, 5006", "AAR: bad answer, 2001", f"ACR: answer, {result}",
                 "its end: answer, 2001", "STR: answer, 2001", "STR: answer, 5002"],
                f"what sessions with records in {path} says",
            )  # fmt: skip
            expect(done.returncode, 0, "the exit code")
        with open(records, encoding="ascii") as file:
            expect(file.read(), "nas.example.net;1 0\n", "the record")


CCR = ["send", "ccr", "--app", "ro", "--avp", "Service-Context-Id=x", "--avp", "CC-Request-Type=4", "--avp",
       "CC-Request-Number=0", "--timeout", "5000"]  # fmt: skip


def ask(uri, host, *options):
    done = run_client(os.environ["DIATOM"], *CCR, "--connect", uri, "--origin-host", host, *options)
    return done.returncode


def until(process, word):
    """Reads lines up to one with this word; the program is ended when none comes."""
    end = threading.Timer(PATIENCE, process.kill)
    end.start()
    try:
        for line in process.stdout:
            if word in line:
                return line
    finally:
        end.cancel()
    raise AssertionError(f"no line with {word!r}")


def peers_are_let_in_told_and_left(*_programs):
    any_port = "aaa://127.0.0.1:0"
    with Listener(os.environ["DIATOM"], "serve", "--listen", any_port, "--origin-host", "relay.example.net",
                  "--capabilities-update") as relay:  # fmt: skip
        first = f"aaa://127.0.0.1:{free_port()}"
        with Listener(os.environ["PEERS"], any_port, any_port, first, relay.uri) as server:
            outside = until(server.process, "listening ").split()[1]
            until(server.process, "connect failed relay.example.net")  # the first address, and at once the second
            until(server.process, "peer up relay.example.net")
            partner = ["--origin-realm", "x.partner.example"]
            for uri, host, status, options in (
                (server.uri, "pgw1.example.net", 0, []),
                (server.uri, "pgw2.example.net", 3, []),
                (server.uri, "pgw3.example.net", 3, []),
                (outside, "pgw1.example.net", 0, []),  # who is in the book may use both doors
                (outside, "a.x.partner.example", 0, partner),
                (outside, "b.roaming.example", 0, []),
                (outside, "c.example", 3, []),
                (server.uri, "a.x.partner.example", 3, partner),
            ):
                expect(ask(uri, host, *options), status, f"the exit code of {host} at {uri}")
            known_as = run_client(os.environ["DIATOM"], *CCR, "--connect", outside, "--origin-host", "b.roaming.example")
            expect('Origin-Host: "ocs.example.com"' in known_as.stdout, True, "the name at the outer door")
            server.process.send_signal(signal.SIGUSR1)
            until(server.process, "relay.example.net is I-Open, watchdog OKAY; last error: connection refused")
            until(server.process, "command 257: 1 answers received, result 2001")
            server.process.send_signal(signal.SIGHUP)
            until(server.process, "1 peers were told")
            until(relay.process, "event capabilities ocs.example.net")
            server.process.send_signal(signal.SIGHUP)
            until(server.process, "1 peers were told")
            until(relay.process, "event ")  # the same once more, or that it was repeated
            code, rest = server.end(lambda: server.process.send_signal(signal.SIGTERM))
            expect(code, 0, "the exit code")
            expect(rest.splitlines()[-1], "stopped : the node has stopped", "the last words")


def watched_tells_what_it_does(*_programs):
    with tempfile.TemporaryDirectory() as folder:
        control = os.path.join(folder, "ctl")
        with Listener(os.environ["WATCHED"], "aaa://127.0.0.1:0", control, "127.0.0.1:0") as server:
            metrics = until(server.process, "metrics ").split()[1]
            expect(ask(server.uri, "pgw.example.net"), 0, "the client's exit code")
            with urllib.request.urlopen(metrics, timeout=PATIENCE) as answer:
                text = answer.read().decode()
            line = 'diatom_events_total{event="peer up"} 1'
            expect(line in text.splitlines(), True, line)
            done = run_client(os.environ["DIATOM"], "ctl", "--socket", control, "counters")
            expect(any(line.split() == ["requests_in", "1"] for line in done.stdout.splitlines()), True, "a request")
            file = os.path.join(folder, "x.pcapng")
            done = run_client(os.environ["DIATOM"], "ctl", "--socket", control, "trace", "pgw.example.net", file)
            expect(done.stdout, "pgw.example.net: traced\n", "the answer")
            expect(ask(server.uri, "pgw.example.net"), 0, "the client's exit code")
            code, _ = server.end(lambda: server.process.send_signal(signal.SIGTERM))
            expect(code, 0, "the exit code")
            expect(os.path.getsize(file) > 500, True, "a capture")


def relay_passes_on_and_brings_back(_client, server, _embed):
    first = f"aaa://127.0.0.1:{free_port()}"
    with Listener(server) as ocs, Listener(
        os.environ["RELAY"], "relay.example.org", "aaa://127.0.0.1:0", first, ocs.uri
    ) as relay:
        until(relay.process, "connect failed")
        until(relay.process, "peer up ocs.example.net")
        for host, realm, status, line in (
            ("pgw1.example.net", "example.net", 0, '        Origin-Host: "ocs.example.net"'),
            ("pgw2.example.com", "EXAMPLE.net", 0, "        Result-Code: DIAMETER_SUCCESS (2001)"),
            ("pgw1.example.net", "example.com", 1, "        Result-Code: DIAMETER_REALM_NOT_SERVED (3003)"),
        ):
            asked = [*CCR, "--connect", relay.uri, "--origin-host", host, "--avp", f"Destination-Realm={realm}"]
            done = run_client(os.environ["DIATOM"], *asked)
            expect(done.returncode, status, f"the exit code of {host}, with {done.stderr!r}")
            expect(line.strip() in done.stdout, True, f"{line.strip()} in {done.stdout}")
        relay.process.send_signal(signal.SIGUSR1)
        until(relay.process, "2 requests relayed, 0 failovers, 1 refused, 0 without an answer")
        until(relay.process, "ocs.example.net: 0 from it, 2 to it, open")
        code, rest = relay.end(relay.process.terminate)
        expect(code, 0, "the exit code")
        expect(rest.splitlines()[-1], "stopped : the node has stopped", "the last words")


def routed_goes_by_its_table(_client, server, _embed):
    with Listener(server) as ocs, Listener(
        os.environ["ROUTED"], "aaa://127.0.0.1:0", f"ocs.example.net={ocs.uri}",
        f"dra.example.net=aaa://127.0.0.1:{free_port()}",
    ) as agent:  # fmt: skip
        until(agent.process, "peer up ocs.example.net")
        host = ["--connect", agent.uri, "--origin-host", "pgw.example.net", "--avp", "Destination-Realm=example.net"]
        done = run_client(os.environ["DIATOM"], *CCR, *host)
        expect(done.returncode, 0, f"the exit code of charging, with {done.stderr!r}")
        mobility = ["ulr", "--app", "s6a", "--avp", "Auth-Session-State=1", "--avp", "User-Name=001010000000001",
                    "--avp", "RAT-Type=EUTRAN", "--avp", "ULR-Flags=34", "--avp", "Visited-PLMN-Id=0x00f110"]  # fmt: skip
        done = run_client(os.environ["DIATOM"], "send", *mobility, *host)
        expect("DIAMETER_UNABLE_TO_DELIVER (3002)" in done.stdout, True, f"no other way in {done.stdout!r} {done.stderr!r}")
        code, _ = agent.end(agent.process.terminate)
        expect(code, 0, "the exit code")


def found_finds_its_server(_client, server, _embed):
    def tell(query, _tcp):
        if query.kind == names.NAPTR and query.name == "example.net":
            return query.reply(names.naptr(1, 1, "s", "aaa+ap4:diameter.tcp", "_d.example.net"))
        if query.kind == names.SRV and query.name == "_d.example.net":
            return query.reply(names.srv(0, 0, int(ocs.uri.split(":")[2].split(";")[0]), "ocs.example.net"))
        if query.kind == names.A and query.name == "ocs.example.net":
            return query.reply(names.address())
        return query.reply(authority=[names.soa()])

    with Listener(server) as ocs, names.Liar(tell) as dns:
        done = run_client(os.environ["FOUND"], "example.net", dns.at)
        expect(done.returncode, 0, f"the exit code, with {done.stdout!r} and {done.stderr!r}")
        expect("answer: 2001 of ocs.example.net" in done.stdout, True, f"the answer in {done.stdout!r}")


def tls_asks_whom_it_believes(*_programs):
    program = os.environ["TLS"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.environ["PKI"], folder], check=True, timeout=PATIENCE)

        def files(name):
            return [os.path.join(folder, file) for file in (f"{name}.pem", f"{name}.key", "ca.pem")]

        with Listener(program, "a.example.net", *files("a")) as server:
            done = run_client(program, "b.example.net", *files("b"), server.uri)
            expect(done.returncode, 0, f"the client's exit code, with {done.stderr!r}")
            expect(done.stdout.splitlines()[-1], "CCA: 2001", "the client's last words")
            expect("CN=a" in done.stdout, True, f"whose certificate in {done.stdout!r}")
            done = run_client(program, "b.example.net", *files("wrong"), server.uri)
            expect(done.returncode, 1, "the exit code with the certificate of somebody else")
            until(server.process, "does not name b.example.net")
        done = run_client(program, "b.example.net", *files("nosuch"), server.uri)
        expect(done.returncode, 2, "the exit code without a certificate")
        expect("nosuch.pem" in done.stderr, True, f"the file in {done.stderr!r}")


TESTS = [
    routed_goes_by_its_table,
    client_charges_a_session_at_the_server,
    client_charges_a_session_at_the_foreign_loop,
    client_says_why_it_cannot_connect,
    client_without_a_server_says_how_it_is_used,
    hss_knows_one_subscriber,
    locator_redirects_by_subscriber,
    proxy_stamps_and_tells,
    simulation_is_the_same_each_time,
    routes_say_where_requests_go,
    network_of_relays_loses_nothing,
    sessions_are_opened_refused_and_ended,
    peers_are_let_in_told_and_left,
    relay_passes_on_and_brings_back,
]


def main():
    failed = 0
    tests = list(TESTS)
    if os.environ.get("PKI"):
        tests.append(tls_asks_whom_it_believes)
    if os.environ["DIATOM_DNS"] == "1":
        tests.append(found_finds_its_server)
    if os.environ["WATCHED"]:
        tests.append(watched_tells_what_it_does)
    if len(sys.argv) > 4:
        tests += [messages_reads_changes_and_answers, messages_says_what_is_no_message]
    for test in tests:
        try:
            test(*sys.argv[1 : 5 if test.__name__.startswith("messages") else 4])
            print(f"ok {test.__name__}")
        except (AssertionError, OSError, subprocess.TimeoutExpired) as reason:
            failed += 1
            print(f"FAILED {test.__name__}: {reason}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
