#!/usr/bin/env python3
"""SCTP of a kernel that has it, in a guest (guest.py): the tests of the loop, the program `diatom` against itself over both stacks, and
what is on the wire, read by tshark.

All cases run in one guest, one after the other; what each left is looked at outside. Prints a line a case and closes with
"N passed, N failed".
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
import traceback

import guest
import otp

SERVE = "diatom serve -q --origin-realm example.net"
BENCH = "diatom bench -q --requests 100"
AT = '"aaa://127.0.0.1;transport=sctp"'
SECURE_AT = '"aaas://127.0.0.1;transport=sctp"'
TLS = " --tls-certificate /pki/{0}.pem --tls-key /pki/{0}.key --tls-trust /pki/ca.pem"
STACKS = {
    # name: the server's options, the client's options towards the other's
    ("kernel", "kernel"): ("", ""),
    ("kernel", "usrsctp"): ("", "--sctp-stack usrsctp --sctp-udp-port 9901 --sctp-udp-peer 9899"),
    ("usrsctp", "kernel"): ("--sctp-stack usrsctp --sctp-udp-port 9900", "--sctp-udp-peer 9900"),
    ("usrsctp", "usrsctp"): ("--sctp-stack usrsctp --sctp-udp-port 9900",
                             "--sctp-stack usrsctp --sctp-udp-port 9901 --sctp-udp-peer 9900"),
}  # fmt: skip

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = range(20, 24)

PROLOGUE = """
wait_for() { # FILE TEXT
    for i in $(seq 300); do grep -qs "$2" "$1" && return; sleep 0.1; done
    echo "no '$2' in $1"; cat "$1"; return 1
}
end_servers() { for pid in $servers; do kill $pid; wait $pid; done; servers=; }
capture() { dumpcap -q -i lo -w /out/$1.pcapng 2>/tmp/$1.cap & taps="$taps $!"; wait_for /tmp/$1.cap Capturing; sleep 0.5; }
end_captures() { sleep 0.5; for pid in $taps; do kill -INT $pid; wait $pid; done; taps=; }
"""


class Failure(Exception):
    """What a case expected does not hold."""


def expect(truth, text):
    if not truth:
        raise Failure(text)


Case = collections.namedtuple("Case", "name script check needs")
_cases = []


def case(script, needs=""):
    """Marks what looks at the outcome of commands in the guest: it is called with what they printed and the files that they left.
    `needs`: what the build or the machine must have, "usrsctp tls otp"."""

    def decorate(check):
        _cases.append(Case(check.__name__, script, check, needs))
        return check

    return decorate


# ---- The wire --------------------------------------------------------------------------------------------------------


Chunk = collections.namedtuple("Chunk", "source ppid stream unordered record")  # record: the type of one of DTLS, where it is seen


def fields_of(octets, display, fields, *more):
    """The fields of each packet of a capture that a display filter lets pass; those that occur several times with commas."""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(octets)
        file.flush()
        said = subprocess.run(
            ["tshark", "-r", file.name, *more, "-Y", display, "-T", "fields", "-E", "separator=;",
             *[x for f in fields for x in ("-e", f)]],
            capture_output=True, text=True, check=True).stdout  # fmt: skip
    return [line.split(";") for line in said.splitlines()]


def chunks(octets):
    """Each DATA chunk, in order; those that come again, too."""
    fields = ["sctp.srcport", "sctp.data_payload_proto_id", "sctp.data_sid", "sctp.data_u_bit", "dtls.record.content_type"]
    for source, *lists in fields_of(octets, "sctp.chunk_type==0", fields, "-d", "udp.port==9899,sctp", "-d", "udp.port==9900,sctp"):
        ppids, streams, bits, records = (part.split(",") for part in lists)
        records = records if len(records) == len(bits) and records[0] else [None] * len(bits)
        for ppid, stream, bit, record in zip(ppids, streams, bits, records):
            yield Chunk(int(source.split(",")[-1]), int(ppid, 0), int(stream, 0), bit in ("1", "True"), record and int(record))


def look_at_chunks(octets, ppid):
    """Stream 0 and the PPID; requests and answers go unordered, and the first message of each side in order."""
    seen = list(chunks(octets))
    expect({c.ppid for c in seen} == {ppid}, f"PPIDs {({c.ppid for c in seen})}")
    expect({c.stream for c in seen} == {0}, f"streams {({c.stream for c in seen})}")
    for side in {c.source for c in seen}:
        ours = [c for c in seen if c.source == side]
        expect(not ours[0].unordered, "the first message was sent unordered")
        expect(sum(c.unordered for c in ours) >= 100, "requests or answers were sent in order")
        expect(not any(c.unordered for c in ours if c.record not in (None, APPLICATION_DATA)), "a handshake was sent unordered")
    return seen


# ---- Cases, in their order -------------------------------------------------------------------------------------------


def all_passed(text):
    passed = re.search(r"\[  PASSED  \] (\d+) test", text)
    expect(passed and int(passed.group(1)) and "FAILED" not in text, "not all of its tests pass")


@case("DIATOM_TEST_RAW=1 test_loop_usrsctp 2>&1", needs="usrsctp")
def loop_over_raw_ip(text, _files):
    """Before the kernel has SCTP of its own, which would answer with ABORT."""
    all_passed(text)


@case("need sctp && sysctl -qw net.sctp.auth_enable=1 net.sctp.udp_port=9899 && need veth")
def kernel_gets_sctp(_text, _files):
    pass


@case("test_loop_sctp 2>&1")
def loop_over_the_kernel(text, _files):  # B2.1-01, B2.1-04, B2.1.1-03
    all_passed(text)


@case("test_loop_dtls 2>&1", needs="tls")
def dtls_over_each_stack(text, _files):  # B2.2-01, B13-02
    all_passed(text)
    expect("kernel's SCTP is left out" not in text, "the kernel's stack was left out")


def talk(name):
    """`bench` asks `serve`, over the stacks that the name says; the server must end well."""
    client, server = name.removesuffix("_by_dtls").split("_asks_")
    theirs, ours = STACKS[server, client]
    at = AT
    if name.endswith("_by_dtls"):
        at = SECURE_AT
        theirs += TLS.format("server")
        ours += TLS.format("client")
    return f"""
{SERVE} {theirs} --origin-host server.example.net --listen {at} >/tmp/{name} 2>&1 &
servers=$!
capture {name}
wait_for /tmp/{name} listening && {BENCH} {ours} --origin-host client.example.net --connect {at}
status=$?
end_captures
kill $servers; wait $servers || status=9
cat /tmp/{name}
exit $status
"""


def look_at_talk(name, text, files):
    expect(re.search(r"^Result-Codes +100 2001", text, re.M), "not all requests were answered")
    seen = look_at_chunks(files[name + ".pcapng"], 47 if name.endswith("_by_dtls") else 46)
    if name.endswith("_by_dtls"):
        expect({c.record for c in seen} >= {CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA}, "not all of DTLS was seen")


@case(talk("kernel_asks_kernel"))
def kernel_asks_kernel(text, files):  # B2.1.1-02, -04, -05
    look_at_talk("kernel_asks_kernel", text, files)


@case(talk("usrsctp_asks_kernel"), needs="usrsctp")
def usrsctp_asks_kernel(text, files):
    look_at_talk("usrsctp_asks_kernel", text, files)


@case(talk("kernel_asks_usrsctp"), needs="usrsctp")
def kernel_asks_usrsctp(text, files):
    look_at_talk("kernel_asks_usrsctp", text, files)


@case(talk("usrsctp_asks_usrsctp"), needs="usrsctp")
def usrsctp_asks_usrsctp(text, files):
    look_at_talk("usrsctp_asks_usrsctp", text, files)


TWO_LINKS = """
echo "multi on" >/etc/host.conf
/net/ip netns add far
for i in 1 2; do
    /net/ip link add v$i type veth peer name w$i netns far
    /net/ip addr add 10.0.$i.1/24 dev v$i && /net/ip link set v$i up
    /net/ip netns exec far /net/ip addr add 10.0.$i.2/24 dev w$i && /net/ip netns exec far /net/ip link set w$i up
    echo "10.0.$i.2 far.example.net" >>/etc/hosts
done
/net/ip netns exec far diatom serve --origin-realm example.net --origin-host far.example.net --listen "aaa://far.example.net;transport=sctp" \
    >/tmp/far 2>&1 &
server=$!
wait_for /tmp/far listening || exit 1
diatom bench -q --connect "aaa://10.0.1.2;transport=sctp" --rate 100 --step event --requests 1000 >/tmp/near 2>&1 &
client=$!
wait_for /tmp/far "peer up" || exit 1
sleep 1
/net/ip link set v1 down
wait $client; status=$?
kill $server; wait $server || status=9
cat /tmp/near /tmp/far
exit $status
"""


@case(TWO_LINKS)
def requests_go_on_when_a_link_is_cut(text, _files):
    """Two links between two hosts: the association has both, and the other one goes on."""
    expect(re.search(r"^Result-Codes +1,000 2001", text, re.M), "requests were lost")
    expect(re.search(r"event transport bench\S* the address 10\.0\.1\.1 cannot be reached", text), "nobody was told of the path")


SHA1, SHA256, DATA = 1, 3, 0


def offered(octets):
    """What INIT and INIT ACK say of authentication (RFC 4895): (HMAC identifiers, chunk types) of each."""
    for found in fields_of(octets, "sctp.chunk_type in {1,2}", ["sctp.hmac_id", "sctp.chunk_type_to_auth"]):
        yield tuple([int(number, 0) for number in part.split(",") if number] for part in found)


@case(talk("kernel_asks_kernel_by_dtls"), needs="tls")
def kernel_asks_kernel_by_dtls(text, files):  # B2.2-01, B13-02
    """RFC 6083, 4.5: DATA is authenticated; both ends have SHA-256, and prefer it to SHA-1, which is mandatory (RFC 4895)."""
    look_at_talk("kernel_asks_kernel_by_dtls", text, files)
    seen = list(offered(files["kernel_asks_kernel_by_dtls.pcapng"]))
    expect(len(seen) >= 2, "INIT and INIT ACK were not seen")
    for hmacs, chunk_types in seen:
        expect(hmacs == [SHA256, SHA1], f"HMAC identifiers {hmacs}")
        expect(DATA in chunk_types, f"authenticated chunks {chunk_types}")


@case(talk("usrsctp_asks_kernel_by_dtls"), needs="usrsctp tls")
def usrsctp_asks_kernel_by_dtls(text, files):
    look_at_talk("usrsctp_asks_kernel_by_dtls", text, files)


@case(talk("kernel_asks_usrsctp_by_dtls"), needs="usrsctp tls")
def kernel_asks_usrsctp_by_dtls(text, files):
    look_at_talk("kernel_asks_usrsctp_by_dtls", text, files)


@case(talk("usrsctp_asks_usrsctp_by_dtls"), needs="usrsctp tls")
def usrsctp_asks_usrsctp_by_dtls(text, files):
    look_at_talk("usrsctp_asks_usrsctp_by_dtls", text, files)


# ---- A network that loses --------------------------------------------------------------------------------------------

WINDOW = 64  # records behind the newest one that OpenSSL takes, when it looks for those that come again
LOSSY = f"""
need sch_netem
/net/ip link set lo mtu 5000 gso_max_segs 1 || exit 1
/net/tc qdisc add dev lo root netem delay 5ms loss 1% || exit 1
{SERVE} {TLS.format("server")} --origin-host server.example.net --listen {SECURE_AT} >/tmp/lossy 2>&1 &
server=$!
capture lossy
wait_for /tmp/lossy listening || exit 1
{BENCH.replace("100", "10000")} --size small --window 400 {TLS.format("client")} --origin-host client.example.net --connect {SECURE_AT}
status=$?
end_captures
kill $server; wait $server || status=9
/net/tc -s qdisc show dev lo
/net/tc qdisc del dev lo root
/net/ip link set lo mtu 65536 gso_max_segs 65535
cat /tmp/lossy
exit $status
"""


def most_behind(octets):
    """By how many records one that was lost came behind later ones of its sender: what the capture sees has passed the loss."""
    newest, behind = collections.Counter(), 0
    for source, *lists in fields_of(octets, "dtls.record.epoch == 1", ["sctp.srcport", "dtls.record.epoch", "dtls.record.sequence_number"]):
        for epoch, number in zip(*(part.split(",") for part in lists), strict=True):
            if int(epoch):
                behind = max(behind, newest[source] - int(number))
                newest[source] = max(newest[source], int(number))
    return behind


@case(LOSSY, needs="tls")
def nothing_is_lost_by_dtls_where_packets_are(text, files):
    """What comes again comes late, and unordered records do not wait for it: DTLS must not take it for a replay."""
    expect(re.search(r"^Result-Codes +10,000 2001", text, re.M), "requests were lost")
    expect(re.search(r"dropped [1-9]", text), "no packet was lost")
    behind = most_behind(files["lossy.pcapng"])
    expect(behind > WINDOW, f"no record came more than {WINDOW} behind, at most {behind}")


# ---- Erlang's gen_sctp -----------------------------------------------------------------------------------------------

OTP_AT = '"aaa://127.0.0.1:3870;transport=sctp"'
OTP = f"""
/net/ip addr add 127.0.0.2/8 dev lo
echo "multi on" >/etc/host.conf
echo "127.0.0.1 both.example.net" >>/etc/hosts
echo "127.0.0.2 both.example.net" >>/etc/hosts
capture otp
otp_peer 3870 3868 200 >/tmp/otp 2>&1 &
otp=$!
{SERVE} --origin-host server.example.net --listen "aaa://both.example.net;transport=sctp" --watchdog 6000 >/tmp/server 2>&1 &
server=$!
wait_for /tmp/otp READY || exit 1
{SERVE} --origin-host dialer.example.net --connect {OTP_AT} >/tmp/dialer 2>&1 &
dialer=$!
diatom send ccr --app ro --origin-host sender.example.net --connect {OTP_AT} --avp Service-Context-Id=32251@3gpp.org \
    --avp CC-Request-Type=INITIAL_REQUEST --avp CC-Request-Number=7 || exit 2
{BENCH.replace("100", "200")} --origin-host bench.example.net --connect {OTP_AT} || exit 3
wait_for /tmp/otp "ASKED dialer.example.net" || exit 4
status=0
kill $dialer; wait $dialer || status=5
kill $server; wait $server || status=6
kill $otp; wait $otp || status=7
end_captures
cat /tmp/otp /tmp/server /tmp/dialer
exit $status
"""

# What went over each association: how many of each message OTP sent, and how many we. Watchdogs come once or twice.
OTP_SAID = {
    "asker.otp.test server.example.net": ("CER 1, CCR 200, DWA, DPR 1", "CEA 1, CCA 200, DWR, DPA 1"),
    "answerer.otp.test dialer.example.net": ("CEA 1, CCR 200, DWR, DPA 1", "CER 1, CCA 200, DWA, DPR 1"),
    "answerer.otp.test sender.example.net": ("CEA 1, CCA 1, DPA 1", "CER 1, CCR 1, DPR 1"),
    "answerer.otp.test bench.example.net": ("CEA 1, CCA 200, DPA 1", "CER 1, CCR 200, DPR 1"),
}  # fmt: skip

Message = collections.namedtuple("Message", "ports host name")
COMMANDS = {257: "CE", 272: "CC", 280: "DW", 282: "DP"}  # in the order of OTP_SAID


def messages(octets):
    """Each Diameter message of each association, in order, and the addresses that CER and CEA tell."""
    fields = ["sctp.srcport", "sctp.dstport", "diameter.cmd.code", "diameter.flags.request", "diameter.Origin-Host",
              "diameter.Host-IP-Address.IPv4"]  # fmt: skip
    for line in fields_of(octets, "diameter", fields, "-d", "sctp.port==3870,diameter"):
        source, target, *lists, addresses = line
        for command, request, host in zip(*(part.split(",") for part in lists), strict=True):
            name = COMMANDS[int(command)] + ("R" if request in ("1", "True") else "A")
            yield Message(frozenset([source, target]), host, name), addresses if name.startswith("CE") else None


def in_words(counted):
    order = list(COMMANDS.values())
    names = sorted(counted, key=lambda name: order.index(name[:2]))
    return ", ".join(name if name[:2] == "DW" else f"{name} {counted[name]}" for name in names)


def look_at_otp(octets):
    """Of both ends each message that was to go, and no other; CER and CEA tell both addresses of both ends."""
    said = collections.defaultdict(collections.Counter)
    hosts = collections.defaultdict(set)
    for message, addresses in messages(octets):
        if addresses is not None:
            told = addresses.split(",")
            expect({"127.0.0.1", "127.0.0.2"} <= set(told), f"{message.name} of {message.host} has the addresses {told}")
        hosts[message.ports].add(message.host)
        said[message.ports, message.host.endswith("otp.test")][message.name] += 1
    seen = {" ".join(sorted(both, key=lambda h: not h.endswith("otp.test"))): tuple(in_words(said[ports, theirs]) for theirs in (True, False))
            for ports, both in hosts.items()}  # fmt: skip
    for ends, want in OTP_SAID.items():
        expect(seen.get(ends) == want, f"{ends}: {seen.get(ends)}")
    expect(len(seen) == len(OTP_SAID), f"associations: {', '.join(seen)}")


def look_at_otp_chunks(octets):
    """OTP sends PPID 0, on each stream, unordered after the first of them; we take that. We send as RFC 6733 wants it."""
    theirs, ours = [], []
    for chunk in chunks(octets):
        (theirs if chunk.ppid == 0 else ours).append(chunk)
    expect({c.ppid for c in ours} == {46} and {c.stream for c in ours} == {0}, "ours are not with PPID 46 on stream 0")
    expect({c.stream for c in theirs} == set(range(10)), f"OTP used the streams {({c.stream for c in theirs})}")
    for side in (theirs, ours):
        expect(sum(c.unordered for c in side) > 550, "not nearly all were unordered")


@case(OTP, needs="otp")
def otp_asks_and_answers(text, files):  # B2.1-01, B2.1.1-02, B2.1.1-03
    """Each connects to the other, the kernel's SCTP between them, by gen_sctp there and by ours here."""
    for who in ("server", "dialer"):
        expect(f"ASKED {who}.example.net [{{2001,200}}]" in text, f"not all answers of {who}.example.net came")
    expect("Result-Code: DIAMETER_SUCCESS (2001)" in text, "diatom send got no answer")
    expect(re.search(r"^Result-Codes +200 2001", text, re.M), "not all requests of diatom bench were answered")
    look_at_otp(files["otp.pcapng"])
    look_at_otp_chunks(files["otp.pcapng"])


# ---- Running ---------------------------------------------------------------------------------------------------------


def add_certificates(files, pki):
    with tempfile.TemporaryDirectory() as folder:
        hosts = ["server=server.example.net", "client=client.example.net"]
        subprocess.run([pki, folder, *hosts], check=True, stdout=subprocess.DEVNULL)
        files.folder("pki", folder)


def whole_script(wanted):
    parts = [PROLOGUE]
    for one in wanted:
        parts.append(f"echo '<<< {one.name}'\n(\n{one.script}\n)\necho \">>> {one.name} $?\"\n")
    return "".join(parts)


def judge(one, outcome):
    """None, or what is wrong."""
    found = re.search(rf"^<<< {one.name}\n(.*?)^>>> {one.name} (\d+)$", outcome.output, re.M | re.S)
    if not found:
        return "it was not run to its end"
    text = found.group(1)
    try:
        expect(found.group(2) == "0", f"exit status {found.group(2)}")
        one.check(text, outcome.files)
    except Failure as failure:
        return f"{failure}\n{text}"
    except Exception:
        return f"{traceback.format_exc()}\n{text}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", required=True, help="folder that keeps the kernel")
    parser.add_argument("--diatom", required=True, help="the program under test")
    parser.add_argument("--tests", required=True, help="folder of the loop's tests")
    parser.add_argument("--usrsctp", action="store_true", help="this build has usrsctp")
    parser.add_argument("--tls", metavar="PKI", help="this build has TLS; the program that makes certificates")
    parser.add_argument("--otp", action="store_true", help="this machine has Erlang's diameter")
    parser.add_argument("--keep", help="folder for what the guest leaves")
    parser.add_argument("names", nargs="*", help="words; cases whose names have one of them, besides the first")
    options = parser.parse_args()
    wanted = [c for c in _cases if all(getattr(options, need) for need in c.needs.split())
              and (not options.names or c.name == "kernel_gets_sctp" or any(n in c.name for n in options.names))]
    try:
        guest.check_machine()
        kernel = guest.Kernel(os.path.abspath(options.cache))
        files = guest.Files()
        files.program("bin/diatom", options.diatom)
        for name in ("sctp", *(["usrsctp"] if options.usrsctp else []), *(["dtls"] if options.tls else [])):
            files.program(f"bin/test_loop_{name}", os.path.join(options.tests, f"test_loop_{name}"))
        if options.tls:
            add_certificates(files, options.tls)
        if any(c.needs == "otp" for c in wanted):
            otp.add(files)
        files.octets("etc/hosts", b"127.0.0.1 localhost\n", 0o644)
        files.program("bin/dumpcap", guest.program("dumpcap"))
        files.program("net/ip", guest.program("ip"))  # busybox has an ip of its own, which knows no namespaces
        files.program("net/tc", guest.program("tc"))
        outcome = guest.run(kernel, files, whole_script(wanted), ["sctp", "veth", "sch_netem"], seconds=480)
    except guest.NoGuest as why:
        print(f"skipped: {why}")
        return guest.SKIPPED
    for name, octets in outcome.files.items() if options.keep else ():
        os.makedirs(options.keep, exist_ok=True)
        with open(os.path.join(options.keep, os.path.basename(name)), "wb") as file:
            file.write(octets)
    failed = 0
    for one in wanted:
        problem = judge(one, outcome)
        failed += bool(problem)
        print(f"{'FAILED' if problem else 'ok':6} {one.name}", flush=True)
        if problem:
            print("    " + problem.rstrip().replace("\n", "\n    "))
    if outcome.status < 0:
        print(outcome.output)
    print(f"the guest ran {outcome.seconds:.1f} s")
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
