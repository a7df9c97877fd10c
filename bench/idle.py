#!/usr/bin/env python3
"""Measures what idle connections cost a server: memory, CPU, and what one busy client notices of them.

    idle.py --diatom PROGRAM --idle PROGRAM [--connections N]

The server runs on one core. The crowd says CER and then only answers DWR, every 6 seconds. Prints; asserts nothing.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "interop"))
import crowd

WATCHDOG = 8  # seconds until each connection has had its watchdog


class Server:
    """bench/idle, which says what it holds."""

    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(self.child.pid, {min(os.sched_getaffinity(0))})
        self.uri = self.child.stdout.readline().split()[1]
        self.port = int(re.search(r":(\d+);", self.uri).group(1))

    def held(self):
        """(peers, octets of its own count, octets of RAM)"""
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        found = re.match(r"(\d+) peers, (\d+) octets", self.child.stdout.readline())
        return int(found.group(1)), int(found.group(2)), crowd.resident(self.child.pid)

    def cpu(self):
        """Seconds of CPU so far."""
        with open(f"/proc/{self.child.pid}/schedstat", encoding="ascii") as f:
            return int(f.read().split()[0]) / 1e9

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)
        self.child.stdout.close()


def busy_client(options, server):
    """A hundred requests a second for eight seconds: latency in microseconds."""
    command = [options.diatom, "bench", "--connect", server.uri, "--rate", "100", "--requests", "800", "--size", "gy", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["latency_us"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--diatom", required=True)
    parser.add_argument("--idle", required=True)
    parser.add_argument("--connections", type=int, default=10000)
    options = parser.parse_args()
    most = crowd.raise_descriptors() - crowd.SPARE
    n = min(options.connections, most)
    if n < options.connections:
        print(f"only {n} connections: this system allows {most + crowd.SPARE} descriptors a process")
    server = Server(options.idle)
    alone = busy_client(options, server)
    _, octets_before, ram_before = server.held()
    started = time.monotonic()
    many = crowd.Crowd(server.port, n)
    try:
        if not many.wait(lambda c: c.open == n, 60):
            raise SystemExit(f"{many.open} of {n} connections open: {many.problem}")
        opened = time.monotonic() - started
        many.wait(lambda c: c.watched == n, 3 * WATCHDOG)
        peers, octets, ram = server.held()
        print(f"{peers} idle connections, opened in {opened:.2f} s")
        print(f"memory of one: {(octets - octets_before) / n:,.0f} octets by the node's and the driver's own count, "
              f"{(ram - ram_before) / n:,.0f} of the process")  # fmt: skip
        begun, cpu, watchdogs = time.monotonic(), server.cpu(), many.watchdogs
        beside = busy_client(options, server)
        passed, spent, watchdogs = time.monotonic() - begun, server.cpu() - cpu, many.watchdogs - watchdogs
        print(f"CPU of {watchdogs} watchdogs and 800 requests in {passed:.0f} s: {100 * spent / passed:.2f} % of one core")
        print(f"a busy client's round trip: p50 {beside['p50']:.0f} us, p99 {beside['p99']:.0f} us "
              f"(without the others {alone['p50']:.0f} us, {alone['p99']:.0f} us)")  # fmt: skip
        if many.problem:
            raise SystemExit(many.problem)
    finally:
        many.close()
        server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
