#!/usr/bin/env python3
"""Measures what the transports cost a server over loopback: TCP, TLS 1.3 and 1.2, SCTP, DTLS over SCTP; and a storm.

    transports.py --diatom PROGRAM --storm PROGRAM [--seconds S] [--rounds N] [--peers N] [--only WORD]... [--part WORD]... [--alone]

`diatom bench` sends Credit-Control-Requests to `diatom serve`; transports take turns within a round, so that what else the
machine does hits all of them. Printed are

- requests per CPU-second of the server's process, with 1 and 64 requests in flight on each of 1 and 8 connections, and the
  share of that of TCP;
- instructions per request (callgrind), with --part instructions;
- what a storm does: all but a few of N peers with TLS (bench/storm.c) lose their connections at once and come again at once. How long
  until all are back, and how long the few, which stay, wait for their answers, before and meanwhile.

TLS is mutual, with P-256 certificates and AES-256-GCM. SCTP is the kernel's where it has it, else usrsctp in UDP. --alone gives
what is measured real-time priority (root may), so that what else the machine does counts less. Asserts nothing."""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "tests", "interop"))
import node
import pki
import secure
from storm import STAYING, Stayers, Storm

HOST, REALM = "ocs.example.net", "example.net"
SHAPES = {"small": ["--size", "small"], "gy": ["--size", "gy", "--step", "update"]}
WINDOWS, CONNECTIONS = (1, 64), (1, 8)
PACE_S = 0.004  # between two requests of those that stay in a storm
SERVER = "server"
LOAD, SERVING, WATCHING = 1, 2, 3  # real-time priorities
TLS_1_3 = ["--tls-least", "1.3"]
TLS_1_2 = ["--tls-most", "1.2", "--tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"]


class Transport:
    """How a server and a client speak."""

    def __init__(self, name, scheme, protocol, tls=None):
        self.name, self.scheme, self.protocol, self.tls = name, scheme, protocol, tls
        self.alone = protocol == "sctp" and not kernel_has_sctp()  # a process has one loop of it
        self.udp = {n: free_udp_port() for n in (SERVER, *range(max(CONNECTIONS)))} if self.alone else {}

    def words(self, authority, certificate, end=SERVER):
        """Of the server, or of the client of that number."""
        found = [] if self.tls is None else [*secure.words(authority, certificate), *self.tls]
        if self.alone:
            found += ["--sctp-stack", "usrsctp", "--sctp-udp-port", self.udp[end], "--sctp-udp-peer", self.udp[SERVER]]
        return found


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def kernel_has_sctp():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
        return True
    except OSError:
        return False


TRANSPORTS = [
    Transport("tcp", "aaa", "tcp"),
    Transport("tls 1.3", "aaas", "tcp", TLS_1_3),
    Transport("tls 1.2", "aaas", "tcp", TLS_1_2),
    Transport("sctp", "aaa", "sctp"),
    Transport("dtls/sctp", "aaas", "sctp", []),
]


def alone(options, priority, pid=0):
    """As if nobody else were on this machine; who is measured comes before who makes it work."""
    if options.alone:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(priority))


def serve(options, authority, transport, wrapper=()):
    """The server; SystemExit's text says why there is none."""
    return node.Server(
        *wrapper, options.diatom, "serve", "--quiet", "--listen", f"{transport.scheme}://127.0.0.1:0;transport={transport.protocol}",
        "--origin-host", HOST, "--origin-realm", REALM, *transport.words(authority, "ocs"),
    )  # fmt: skip


def load(options, authority, transport, server, shape, connections, window, *more):
    """What `diatom bench` found out; where a process has one connection at most, several of them."""
    processes = connections if transport.alone else 1
    commands = [
        [options.diatom, "bench", "--connect", server.where, "--json", "--origin-host", f"gw{n}.client.test", "--origin-realm",
         "client.test", "--destination-realm", REALM, *SHAPES[shape], "--connections", connections // processes, "--window", window,
         *transport.words(authority, "crowd", n), *more]
        for n in range(processes)
    ]  # fmt: skip
    children = [
        subprocess.Popen([str(word) for word in c], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for c in commands
    ]
    found = []
    for child in children:
        out, complaint = child.communicate()
        if child.returncode:
            raise SystemExit(f"{' '.join(map(str, child.args))}: status {child.returncode}\n{out}{complaint}")
        found.append(node.json.loads(out))
    return {"answers": sum(f["answers"] for f in found), "requests_per_second": sum(f["requests_per_second"] for f in found),
            "p99_us": max(f["latency_us"]["p99"] for f in found)}  # fmt: skip


def available(options, authority):
    """{transport: server}; those that this build or machine lacks are named."""
    found = {}
    for transport in TRANSPORTS:
        if options.only and transport.name.split()[0] not in options.only and transport.name != "tcp":
            continue
        try:
            found[transport] = serve(options, authority, transport)
            load(options, authority, transport, found[transport], "gy", 1, 1, "--requests", 100)
        except SystemExit as reason:
            server = found.pop(transport, None)
            if server:
                server.__exit__()
            print(f"({transport.name} is left out: {str(reason).strip().splitlines()[-1]})")
    return found


def saturated(options, authority):
    servers = available(options, authority)
    try:
        print(f"\nrequests per CPU-second of the server, best (median) of {options.rounds}, and the share of the best of TCP")
        print(f"{'shape':8}{'connections':>12}{'in flight':>11}  {'transport':12}{'requests/CPU-s':>26}{'of TCP':>9}"
              f"{'requests/s':>13}{'p99 us':>9}")  # fmt: skip
        for shape in SHAPES:
            for connections in CONNECTIONS:
                for window in WINDOWS:
                    one_row(options, authority, servers, shape, connections, window)
    finally:
        for server in servers.values():
            server.__exit__()


def one_row(options, authority, servers, shape, connections, window):
    found = {transport: [] for transport in servers}
    for _ in range(options.rounds):
        for transport, server in servers.items():
            before = server.cpu()
            done = load(options, authority, transport, server, shape, connections, window, "--requests", 10**9, "--duration",
                        options.seconds)  # fmt: skip
            found[transport].append((done["answers"] / (server.cpu() - before), done))
    clear = None
    for transport, rounds in found.items():
        rounds.sort(key=lambda r: r[0])
        rate, done = rounds[len(rounds) // 2]
        clear = clear or rounds[-1][0]
        best = f"{rounds[-1][0]:,.0f} ({rate:,.0f})"
        print(f"{shape:8}{connections:12}{window:11}  {transport.name:12}{best:>26}{100 * rounds[-1][0] / clear:8.0f}%"
              f"{done['requests_per_second']:13,.0f}{done['p99_us']:9,.0f}", flush=True)  # fmt: skip


def instructions(options, authority):
    """Per request, in the server's process: the difference of two counts, so that start and end do not matter."""
    print("\ninstructions per request in the server's process, 64 in flight on one connection (the kernel's are not counted)")
    for transport in available_names(options):
        for shape in SHAPES:
            totals = []
            with tempfile.TemporaryDirectory() as folder:
                for count in (2000, 6000):
                    out = os.path.join(folder, f"callgrind.{count}")
                    callgrind = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}")
                    with serve(options, authority, transport, callgrind) as server:
                        load(options, authority, transport, server, shape, 1, 64, "--requests", count)
                    with open(out, encoding="ascii") as profile:
                        totals.append(int(re.search(r"^(?:summary|totals): (\d+)", profile.read(), re.M).group(1)))
            print(f"{shape:8}{transport.name:12}{(totals[1] - totals[0]) / 4000:10,.0f}", flush=True)


def available_names(options):
    return [t for t in TRANSPORTS if t.protocol == "tcp" and (not options.only or t.name.split()[0] in options.only or t.name == "tcp")]


# ---- The storm ---------------------------------------------------------------------------------------------------------


def storm(options, authority):
    print(f"\na storm of {options.peers:,} peers with TLS 1.3; {STAYING} clients stay and ask {1 / PACE_S:,.0f} times a second, at most")
    print(f"{'':8}{'settled s':>10}{'attempts':>10}{'CPU s':>8}{'before: p50 ms':>16}{'p99':>8}{'most':>8}"
          f"{'meanwhile: p50 ms':>19}{'p99':>8}{'most':>8}")  # fmt: skip
    cores = sorted(os.sched_getaffinity(0))
    with serve(options, authority, TRANSPORTS[1]) as server:
        port = int(re.search(r":(\d+)", server.where.split("//")[1])[1])
        os.sched_setaffinity(server.child.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        it = Storm(options.storm, port, authority, options.peers)
        alone(options, LOAD, it.child.pid)
        alone(options, SERVING, server.child.pid)
        stayers = Stayers(port, secure.context(authority), PACE_S)
        try:
            for number in range(options.rounds):
                begun = time.monotonic()
                time.sleep(2)  # the calm that is measured
                start, cpu = time.monotonic(), server.cpu()
                seconds, attempts, _ = it.blow()
                end = time.monotonic()
                time.sleep(0.1)  # for answers to what was sent at the end
                before, meanwhile = stayers.between(begun, start - 0.1), stayers.between(start, end)
                print(f"{number + 1:<8}{seconds:10.2f}{attempts:10,}{server.cpu() - cpu:8.2f}{before[0]:16.2f}{before[1]:8.2f}"
                      f"{before[2]:8.2f}{meanwhile[0]:19.2f}{meanwhile[1]:8.1f}{meanwhile[2]:8.1f}", flush=True)  # fmt: skip
        finally:
            stayers.close()
            it.close()
            os.sched_setaffinity(0, cores)


PARTS = {"ratios": saturated, "storm": storm, "instructions": instructions}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--diatom", required=True)
    parser.add_argument("--storm", required=True)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=int, default=2000)
    parser.add_argument("--only", action="append")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS)
    options = parser.parse_args()
    alone(options, WATCHING)
    with tempfile.TemporaryDirectory(prefix="transports-") as folder:
        authority = pki.Pki(os.path.join(folder, "pki"))
        authority.issue("ocs", HOST)
        authority.issue("crowd", "*.client.test")
        authority.issue("storm", "*.storm.test")
        for part in options.part or ("ratios", "storm"):
            PARTS[part](options, authority)
    return 0


if __name__ == "__main__":
    sys.exit(main())
