#!/usr/bin/env python3
"""A storm: many peers with TLS lose their connections at once and come again at once (bench/storm.c). All of them are back soon,
and those that stayed are served meanwhile."""

import sys

sys.dont_write_bytecode = True

import os
import re
import statistics
import threading
import time

import harness
import secure
from harness import equal, expect

STAYING = 4  # clients that stay
PEERS, MANY = 400, 2000  # of the test, and of the long one
SEVERAL = 3  # so often they all come
PATIENCE = 2  # seconds that the server waits for one handshake while others cannot be accepted


class Stayers:
    """Clients that exchange at an even pace all the time: (moment, seconds until the answer) of each request."""

    def __init__(self, port, context, pace_s):
        self.clients = [secure.Client(port, context) for _ in range(STAYING)]
        self.pace_s = pace_s
        self.times = []
        self.problem = None
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.ending:
                for client in self.clients:
                    started = time.monotonic()
                    client.is_served()
                    self.times.append((started, time.monotonic() - started))
                    time.sleep(self.pace_s)  # the pace
        except Exception as error:  # any: it is told when it is looked at
            self.problem = error

    def between(self, start, end):
        """Milliseconds of the requests that were sent then: (p50, p99, most)."""
        if self.problem:
            raise harness.Failure(f"a client that stayed was not served: {self.problem}")
        found = sorted(1000 * took for at, took in self.times if start <= at <= end)
        return statistics.median(found), found[len(found) * 99 // 100], found[-1]

    def close(self):
        self.ending = True
        self.thread.join(10)
        for client in self.clients:
            client.close()


class Storm:
    """bench/storm, in the background of everything else."""

    def __init__(self, program, port, authority, peers):
        self._started = harness.Child(program, port, authority.certificate("storm"), authority.key("storm"),
                                      authority.certificate("ca"), "storm.test", peers)  # fmt: skip
        self.child = self._started.child
        os.setpriority(os.PRIO_PROCESS, self.child.pid, 5)
        self._line("calm")

    def _line(self, begins):
        line = self.child.stdout.readline()
        if not line.startswith(begins):
            raise harness.Failure(f"storm said {line!r}")
        return line

    def blow(self):
        """(seconds, attempts, refused) until all were back."""
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        found = re.match(r"settled (\S+) attempts (\d+) refused (\d+)", self._line("settled"))
        return float(found.group(1)), int(found.group(2)), int(found.group(3))

    def close(self):
        self._started.close()


# ---- The test ----------------------------------------------------------------------------------------------------------


def come_at_once(place, peers):
    """More at once than a server lets be without CER: all are back, and nobody who stayed has noticed more than a delay."""
    authority = secure.authority(place)
    authority.issue("storm", "*.storm.test")
    process, port = secure.serve(place, authority)
    storm = place.closing(Storm(os.path.join(place.options.tools, "storm"), port, authority, peers))
    stayers = place.closing(Stayers(port, secure.context(authority), 0.002))
    for _ in range(SEVERAL):
        start = time.monotonic()
        seconds, attempts, refused = storm.blow()
        p50, p99, most = stayers.between(start, start + seconds)
        place.say(f"{peers} peers are back after {seconds:.2f} s, {attempts} attempts; who stayed waits {p50:.1f} ms, at most {most:.1f}")
        expect(most < 5000, "who stayed starves")
        if seconds < PATIENCE:
            equal((attempts, refused), (peers, 0), "attempts of the peers, and how many failed")
        else:  # on a machine with other work the server waits for some of them in vain
            expect(refused <= peers / 4, f"{refused} attempts of {peers} peers failed")
    lost = [line for line in process.lines if line.startswith("event peer down") and "client.test" in line]
    equal(lost, [], "connections that were lost")


harness.add_test("peers_that_come_at_once_are_all_back", lambda place: come_at_once(place, PEERS))  # from one address
harness.add_test("thousands_that_come_at_once_are_all_back", lambda place: come_at_once(place, MANY), long=True)  # from three

if __name__ == "__main__":
    sys.exit(harness.main(__doc__.splitlines()[0], needs=("openssl",)))
