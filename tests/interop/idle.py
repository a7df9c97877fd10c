#!/usr/bin/env python3
"""Ten thousand idle connections on one `diatom serve`, which has one core: all stay, all watchdogs are answered, a client
that works is served meanwhile, and an idle connection costs less than 4 KiB.
"""

import sys

sys.dont_write_bytecode = True

import json
import os

import crowd
import harness
from harness import equal, expect, serve, uri

IDLE_MAX = 4096  # octets of one idle connection


def busy_client(place, port):
    """`diatom bench`: a hundred requests a second for eight seconds; what it measured."""
    process = place.diatom(
        "bench", "--connect", uri(port), "--rate", 100, "--requests", 800, "--size", "gy", "--json",
        "--origin-host", "busy.client.test", "--origin-realm", "client.test",
    )  # fmt: skip
    equal(process.wait(), 0, "the busy client's exit status")
    return json.loads(next(line for line in process.output.splitlines() if line.startswith("{")))


@harness.test
def ten_thousand_idle_connections_are_held_and_watched_while_one_client_works(place):
    # B5.5.1-01, WA-10: each of them gets a DWR when nothing has come for Tw.
    most = crowd.raise_descriptors() - crowd.SPARE
    n = min(10000, most)
    if n < 10000:
        place.say(f"{n} connections: this system allows a process {most + crowd.SPARE} descriptors")
    server, port = serve(place, "--watchdog", 6000, "--quiet")
    os.sched_setaffinity(server.pid, {min(os.sched_getaffinity(0))})
    before = crowd.resident(server.pid)
    many = place.closing(crowd.Crowd(port, n))
    opened = many.wait(lambda c: c.open == n, harness.PATIENCE)
    expect(opened, f"{many.open} of {n} connections are open: {many.problem}")
    found = busy_client(place, port)
    watched = many.wait(lambda c: c.watched == n, 20)
    expect(watched, f"{many.watched} of {n} connections had a watchdog: {many.problem}")
    each = (crowd.resident(server.pid) - before) / n
    place.say(f"{many.open} connections open, {many.watchdogs} watchdogs answered, {each:,.0f} octets of memory each")
    latency = found["latency_us"]
    place.say(f"{found['requests']} requests meanwhile: p50 {latency['p50']:.0f} us, p99 {latency['p99']:.0f} us")
    equal((found["answers"], found["result_codes"]), (800, {"2001": 800}), "answers of the busy client")
    expect(each < IDLE_MAX or place.options.sanitized, f"{each:,.0f} octets for an idle connection")
    expect(not many.problem, many.problem)
    server.terminate()
    equal(server.wait(), 0, "the server's exit status")


if __name__ == "__main__":
    sys.exit(harness.main(__doc__.splitlines()[0]))
