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
    for i in $(seq 100); do grep -qs "$2" "$1" && return; sleep 0.1; done
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
    `needs`: what the build must have, "usrsctp tls"."""

    def decorate(check):
        _cases.append(Case(check.__name__, script, check, needs))
        return check

    return decorate


# ---- The wire --------------------------------------------------------------------------------------------------------


Chunk = collections.namedtuple("Chunk", "source ppid stream unordered record")  # record: the type of one of DTLS, where it is seen


def chunks(octets):
    """Each DATA chunk, in order; those that come again, too."""
    fields = ["sctp.srcport", "sctp.data_payload_proto_id", "sctp.data_sid", "sctp.data_u_bit", "dtls.record.content_type"]
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(octets)
        file.flush()
        said = subprocess.run(
            ["tshark", "-r", file.name, "-d", "udp.port==9899,sctp", "-d", "udp.port==9900,sctp", "-Y", "sctp.chunk_type==0",
             "-T", "fields", "-E", "separator=;", *[x for f in fields for x in ("-e", f)]],
            capture_output=True, text=True, check=True).stdout  # fmt: skip
    for line in said.splitlines():
        source, *lists = line.split(";")
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
diatom bench -q --connect "aaa://10.0.1.2;transport=sctp" --rate 100 --duration 5 --step event --requests 450 >/tmp/near 2>&1 &
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
    expect(re.search(r"^Result-Codes +450 2001", text, re.M), "requests were lost")
    expect(re.search(r"event transport bench\S* the address 10\.0\.1\.1 cannot be reached", text), "nobody was told of the path")


@case(talk("kernel_asks_kernel_by_dtls"), needs="tls")
def kernel_asks_kernel_by_dtls(text, files):  # B2.2-01, B13-02
    look_at_talk("kernel_asks_kernel_by_dtls", text, files)


@case(talk("usrsctp_asks_kernel_by_dtls"), needs="usrsctp tls")
def usrsctp_asks_kernel_by_dtls(text, files):
    look_at_talk("usrsctp_asks_kernel_by_dtls", text, files)


@case(talk("kernel_asks_usrsctp_by_dtls"), needs="usrsctp tls")
def kernel_asks_usrsctp_by_dtls(text, files):
    look_at_talk("kernel_asks_usrsctp_by_dtls", text, files)


@case(talk("usrsctp_asks_usrsctp_by_dtls"), needs="usrsctp tls")
def usrsctp_asks_usrsctp_by_dtls(text, files):
    look_at_talk("usrsctp_asks_usrsctp_by_dtls", text, files)


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
        files.octets("etc/hosts", b"127.0.0.1 localhost\n", 0o644)
        files.program("bin/dumpcap", guest.program("dumpcap"))
        files.program("net/ip", guest.program("ip"))  # busybox has an ip of its own, which knows no namespaces
        outcome = guest.run(kernel, files, whole_script(wanted), ["sctp", "veth"], seconds=240)
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
