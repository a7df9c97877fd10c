#!/usr/bin/env python3
"""Measures `diatom serve` over loopback: requests per CPU-second of the server's process, and instructions per request.

    node.py --diatom PROGRAM --echo PROGRAM [--requests N] [--rounds N] [--no-callgrind]

`diatom bench` sends Credit-Control-Requests on one connection, 64 of them unanswered at a time, then one at a time. An
echo of as many octets, which parses nothing, runs in the same round: the kernel's floor. Prints; asserts nothing.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

SHAPES = ["small", "gy"]  # of `diatom bench --size`


class Server:
    """A process that says where it listens in its first line."""

    def __init__(self, *command):
        self.child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        first = self.child.stdout.readline()
        if not first.startswith("listening "):
            raise SystemExit(f"{command[0]} did not say where it listens: {first!r}")
        self.where = first.split()[1]

    def cpu(self):
        """Seconds of CPU so far, of all threads."""
        total = 0
        for task in os.listdir(f"/proc/{self.child.pid}/task"):
            with open(f"/proc/{self.child.pid}/task/{task}/schedstat", encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        return total / 1e9

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


def serve(options, *wrapper):
    return Server(
        *wrapper, options.diatom, "serve", "--listen", "aaa://127.0.0.1:0",
        "--origin-host", "ocs.example.net", "--origin-realm", "example.net",
    )  # fmt: skip


def load(options, uri, shape, count, window, *more):
    """Runs `diatom bench` and gives its results."""
    command = [
        options.diatom, "bench", "--connect", uri, "--origin-host", "load.example.org", "--origin-realm", "example.org",
        "--destination-realm", "example.net", "--requests", count, "--size", shape, "--window", window, "--json", *more,
    ]  # fmt: skip
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def size_of(options, shape):
    """The octets of a request: the length in the first header of a Credit-Control-Request in a capture."""
    with tempfile.TemporaryDirectory() as folder, serve(options) as server:
        capture = os.path.join(folder, "one.pcapng")
        load(options, server.where, shape, 1, 1, "--pcap", capture)
        with open(capture, "rb") as f:
            header = re.search(rb"\x01(...)\xc0\x00\x01\x10\x00\x00\x00\x04", f.read(), re.S)
    return int.from_bytes(header.group(1), "big")


def echo_load(options, port, octets, count, window):
    command = [options.echo, "drive", port, octets, count, window]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[2])


def rate(server, work, count):
    """Requests per CPU-second of the server while `work` runs."""
    before = server.cpu()
    work()
    return count / (server.cpu() - before)


def best(values):
    return max(values), statistics.median(values)


def throughput(options, shape, octets):
    """64 in flight: (best, median) of Diatom and of the echo; rounds alternate."""
    ours, floor = [], []
    with serve(options) as server, Server(options.echo, "serve") as echo:
        load(options, server.where, shape, 1000, 64)
        for _ in range(options.rounds):
            count = options.requests
            ours.append(rate(server, lambda: load(options, server.where, shape, count, 64), count))
            many = 4 * count
            floor.append(rate(echo, lambda: echo_load(options, echo.where, octets, many, 64), many))
    return best(ours), best(floor)


def latency(options, shape, octets):
    """One in flight: median round trip of Diatom and of the echo in microseconds."""
    count = max(1000, options.requests // 20)
    with serve(options) as server, Server(options.echo, "serve") as echo:
        ours = [load(options, server.where, shape, count, 1)["latency_us"]["p50"] for _ in range(options.rounds)]
        floor = [echo_load(options, echo.where, octets, count, 1) for _ in range(options.rounds)]
    return min(ours), min(floor)


def instructions(options, shape):
    """Per request, in the server's process: the difference of two counts, so that start and end do not matter."""
    totals = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (2000, 6000):
            out = os.path.join(folder, f"callgrind.{count}")
            with serve(options, "valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}") as server:
                load(options, server.where, shape, count, 64)
            with open(out, encoding="ascii") as profile:
                totals.append(int(re.search(r"^(?:summary|totals): (\d+)", profile.read(), re.M).group(1)))
    return (totals[1] - totals[0]) / 4000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--diatom", required=True)
    parser.add_argument("--echo", required=True)
    parser.add_argument("--requests", type=int, default=200000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-callgrind", action="store_true")
    options = parser.parse_args()
    shapes = [(shape, size_of(options, shape)) for shape in SHAPES]

    print("64 in flight on one connection, requests per CPU-second of the server, best (median) of", options.rounds)
    print(f"{'shape':8}{'octets':>8}{'diatom':>24}{'echo':>28}{'echo/diatom':>14}")
    for shape, octets in shapes:
        ours, floor = throughput(options, shape, octets)
        print(f"{shape:8}{octets:8}{ours[0]:13,.0f} ({ours[1]:,.0f}){floor[0]:15,.0f} ({floor[1]:,.0f})"
              f"{floor[0] / ours[0]:12.1f}", flush=True)  # fmt: skip
    print("\n1 in flight, median round trip in microseconds, best of", options.rounds)
    print(f"{'shape':8}{'octets':>8}{'diatom':>10}{'echo':>10}{'diatom/echo':>14}")
    for shape, octets in shapes:
        ours, floor = latency(options, shape, octets)
        print(f"{shape:8}{octets:8}{ours:10.1f}{floor:10.1f}{ours / floor:14.2f}", flush=True)
    if not options.no_callgrind:
        print("\nInstructions per request in the server's process (callgrind; the kernel's are not counted)")
        for shape, _ in shapes:
            print(f"{shape:8}{instructions(options, shape):10,.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
