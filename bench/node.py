#!/usr/bin/env python3
"""Measures `diatom serve` over loopback: requests per CPU-second of the server's process, and instructions per request.

    node.py --diatom PROGRAM --echo PROGRAM [--requests N] [--rounds N] [--no-callgrind]

`diatom bench` sends Credit-Control-Requests on one connection, 64 of them unanswered at a time: a small event, and the
update of a Gy session. Then there is one at a time: once from a client that sends prepared octets and looks at none that
come back, so that what is measured is the server alone, and once from `diatom bench`, which encodes and decodes as well.
An echo of as many octets, which parses nothing, runs in the same round with that same client: the kernel's floor. Prints;
asserts nothing.
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

# What `diatom bench` is told.
SHAPES = {
    "small": ["--size", "small", "--origin-host", "a.example", "--origin-realm", "example"],
    "gy": ["--size", "gy", "--step", "update"],
}


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
    return Server(*wrapper, options.diatom, "serve", "--listen", "aaa://127.0.0.1:0")


def load(options, uri, shape, count, window, *more):
    """Runs `diatom bench` and gives its results."""
    command = [
        options.diatom, "bench", "--connect", uri, "--requests", count, *SHAPES[shape], "--window", window, "--json", *more,
    ]  # fmt: skip
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def cut(capture):
    """CER and Credit-Control-Request as octets, cut out of a capture."""

    def first(flags_code_application):
        start = re.search(rb"\x01..." + re.escape(bytes.fromhex(flags_code_application)), capture, re.S).start()
        return capture[start : start + int.from_bytes(capture[start + 1 : start + 4], "big")]

    return first("8000010100000000"), first("c000011000000004")


def messages_of(options, shape):
    """CER and Credit-Control-Request as octets."""
    with tempfile.TemporaryDirectory() as folder, serve(options) as server:
        path = os.path.join(folder, "one.pcapng")
        load(options, server.where, shape, 1, 1, "--pcap", path)
        with open(path, "rb") as f:
            return cut(f.read())


def drive(options, *arguments):
    """Runs the plain client and gives its median in microseconds."""
    done = subprocess.run([str(c) for c in (options.echo, *arguments)], capture_output=True, text=True, check=True)
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
            floor.append(rate(echo, lambda: drive(options, "drive", echo.where, octets, many, 64), many))
    return best(ours), best(floor)


def latency(options, shape, messages):
    """One in flight: median round trips of the echo, of Diatom with the plain client, and with its own, in microseconds."""
    count = max(1000, options.requests // 20)
    floor, plain, own = [], [], []
    with serve(options) as server, Server(options.echo, "serve") as echo, tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(messages))
        file.flush()
        port = re.search(r":(\d+)", server.where.split("//")[1])[1]
        for _ in range(options.rounds):
            floor.append(drive(options, "drive", echo.where, len(messages[1]), count, 1))
            plain.append(drive(options, "talk", port, file.name, count, 1))
            own.append(load(options, server.where, shape, count, 1)["latency_us"]["p50"])
    return min(floor), min(plain), min(own)


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
    shapes = {shape: messages_of(options, shape) for shape in SHAPES}

    print("64 in flight on one connection, requests per CPU-second of the server, best (median) of", options.rounds)
    print(f"{'shape':8}{'octets':>8}{'diatom':>24}{'echo':>28}{'echo/diatom':>14}")
    for shape, messages in shapes.items():
        ours, floor = throughput(options, shape, len(messages[1]))
        print(f"{shape:8}{len(messages[1]):8}{ours[0]:13,.0f} ({ours[1]:,.0f}){floor[0]:15,.0f} ({floor[1]:,.0f})"
              f"{floor[0] / ours[0]:12.1f}", flush=True)  # fmt: skip
    print("\n1 in flight, median round trip in microseconds, best of", options.rounds)
    print(f"{'shape':8}{'octets':>8}{'echo':>10}{'diatom':>10}{'diatom/echo':>14}{'with our client':>18}")
    for shape, messages in shapes.items():
        floor, plain, own = latency(options, shape, messages)
        print(f"{shape:8}{len(messages[1]):8}{floor:10.2f}{plain:10.2f}{plain / floor:14.2f}"
              f"{own:10.2f} ({own / floor:.2f})", flush=True)  # fmt: skip
    if not options.no_callgrind:
        print("\nInstructions per request in the server's process (callgrind; the kernel's are not counted)")
        for shape in shapes:
            print(f"{shape:8}{instructions(options, shape):10,.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
