#!/usr/bin/env python3
"""Measures relay agents over loopback: Diatom's (examples/relay.c), and freeDiameter's and Erlang/OTP's where they are installed.

    relay.py --diatom PROGRAM --relay PROGRAM --paced PROGRAM [--seconds S] [--rounds N] [--rate N]... [--only WORD]...
             [--part WORD]...

`diatom bench` sends Credit-Control-Requests through a relay to `diatom serve`; relays take turns within a round, so that what
else the machine does hits all of them. Printed are

- requests per CPU-second of the relay's process, all its threads together, with 64 requests in flight on each connection; the
  requests a second that came through meanwhile, and how long they took;
- how long requests take that come at even distances, at a rate that all relays bear and one that costs them queues
  (bench/paced.c); without a relay, too: that is what the load, the server and the kernel take of it;
- instructions per request of Diatom's relay (callgrind);
- octets of memory per request that a server holds back.

Virtual cores go to sleep between messages, and waking them takes longer than a relay does: processes that want nothing but idle
time keep them awake. Asserts nothing."""

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INTEROP = os.path.join(HERE, "..", "tests", "interop")
sys.dont_write_bytecode = True
sys.path.insert(0, INTEROP)
import node
import octets
from crowd import resident

CLIENT_REALM = "c.test"
SERVER, SERVER_REALM = "ocs.s.test", "s.test"
SHAPES = {
    "small": ["--size", "small", "--origin-host", "gw.small.c.test"],
    "gy": ["--size", "gy", "--step", "update", "--origin-host", "gateway-1.packet-core.region.c.test"],
}
IN_FLIGHT = 64
RATES = (5000, 20000)
HELD_RATE = 10000  # requests a second to a server that holds them: more would pile up in front of it
PATIENCE = 30  # seconds until a relay has to be ready


# ---- Programs --------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def port_of(uri):
    return int(re.search(r":(\d+)", uri.split("//")[1])[1])


class Relay:
    """A relay between its port and a server on loopback."""

    def __init__(self, options, name, upstream, folder, wrapper=()):
        self.name, self.options = name, options
        command, env = getattr(self, "_" + name)(upstream, os.path.join(folder, name))
        self.child = subprocess.Popen(
            [str(word) for word in (*wrapper, *command)], env={**os.environ, **env}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if env else None, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            if not env:
                self.port = int(re.search(r"(\d+)(;.*)?$", self.child.stdout.readline().strip())[1])
            threading.Thread(target=self.child.stdout.read, daemon=True).start()
            self._wait()
        except BaseException:
            self.close()
            raise

    def _diatom(self, upstream, _folder):
        return (self.options.relay, "relay.d.test", "aaa://127.0.0.1:0", f"aaa://127.0.0.1:{upstream}"), {}

    def _erlang(self, upstream, _folder):
        script = os.path.join(INTEROP, "otp", "relay.escript")
        return ("escript", script, 0, "127.0.0.1", upstream, "--realm", SERVER_REALM), {}

    def _freediameter(self, upstream, folder):
        self.port = free_port()
        env = {"FD_DIR": folder, "CLIENT_REALM": CLIENT_REALM, "SERVER_REALM": SERVER_REALM, "UPSTREAM_ID": SERVER}
        return (os.path.join(INTEROP, "freediameter", "start.sh"), self.port, upstream), env

    def _wait(self):
        """Until a request comes through and back."""
        limit = time.monotonic() + PATIENCE
        while load(self.options, self, "small", 1, "--requests", 1, check=False) is None:
            if time.monotonic() > limit or self.child.poll() is not None:
                raise SystemExit(f"{self.name}'s relay does not answer")
            time.sleep(0.2)

    def cpu(self):
        """Seconds of CPU so far, of all threads."""
        return node.Server.cpu(self)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server:
    """The server without a relay before it: what all of them have to bear."""

    name = "no relay"

    def __init__(self, port):
        self.port = port


def names(options):
    """The relays that there are."""
    needs = {"diatom": None, "freediameter": "freeDiameterd", "erlang": "escript"}
    wanted = [n for n in needs if not options.only or n in options.only]
    for name in [n for n in wanted if needs[n] and not shutil.which(needs[n])]:
        print(f"({name} is left out: {needs[name]} is not installed)")
        wanted.remove(name)
    return wanted


def serve(options):
    return node.Server(
        options.diatom, "serve", "--quiet", "--listen", "aaa://127.0.0.1:0", "--origin-host", SERVER, "--origin-realm",
        SERVER_REALM,
    )  # fmt: skip


def load(options, relay, shape, connections, *more, check=True):
    """What `diatom bench` found out; None: it failed, and may."""
    command = [
        options.diatom, "bench", "--connect", f"aaa://127.0.0.1:{relay.port}", *SHAPES[shape], "--json", "--origin-realm",
        CLIENT_REALM, "--destination-realm", SERVER_REALM, "--connections", connections, *more,
    ]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return node.json.loads(done.stdout)
    if check:
        raise SystemExit(f"{relay.name}: {done.stdout}{done.stderr}")
    return None


@contextlib.contextmanager
def awake():
    """Keeps all cores from sleeping, with what nobody else wants of them."""
    idle = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: os.sched_yield()"
    spinning = [subprocess.Popen([sys.executable, "-c", idle]) for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


# ---- What is measured ------------------------------------------------------------------------------------------------


def saturated(options, relays):
    print(f"\n{IN_FLIGHT} in flight on each connection, best (median) of {options.rounds}; latency is the median round's")
    print(f"{'relay':14}{'shape':8}{'connections':>12}{'requests/CPU-s':>26}{'requests/s':>12}{'p50 us':>10}{'p99 us':>10}")
    for shape in SHAPES:
        for connections in (1, 8):
            found = {relay.name: [] for relay in relays}
            for _ in range(options.rounds):
                for relay in relays:
                    before = relay.cpu()
                    done = load(options, relay, shape, connections, "--requests", 10**9, "--duration", options.seconds,
                                "--window", IN_FLIGHT)  # fmt: skip
                    found[relay.name].append((done["answers"] / (relay.cpu() - before), done))
            for name, rounds in found.items():
                rounds.sort(key=lambda r: r[0])
                rate, done = rounds[len(rounds) // 2]
                best, latency = f"{rounds[-1][0]:,.0f} ({rate:,.0f})", done["latency_us"]
                print(f"{name:14}{shape:8}{connections:12}{best:>26}{done['requests_per_second']:12,.0f}"
                      f"{latency['p50']:10,.0f}{latency['p99']:10,.0f}", flush=True)  # fmt: skip


def messages_of(options, shape):
    """CER and request as octets, cut out of what `diatom bench` sends."""
    with tempfile.TemporaryDirectory() as folder, serve(options) as server:
        path = os.path.join(folder, "one.pcapng")
        server.name, server.port = "server", port_of(server.where)
        load(options, server, shape, 1, "--requests", 1, "--pcap", path)
        with open(path, "rb") as f:
            return node.cut(f.read())


def pace(options, relay, file, rate):
    """(p50, p99) in microseconds."""
    command = [options.paced, relay.port, file, rate * options.seconds, rate]
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in done.stdout.split()[1:3]]


def paced(options, relays):
    with tempfile.TemporaryDirectory() as folder, awake():
        files = {}
        for shape in SHAPES:
            files[shape] = os.path.join(folder, shape)
            with open(files[shape], "wb") as f:
                f.write(b"".join(messages_of(options, shape)))
        for rate in options.rate or RATES:
            print(f"\n{rate:,} requests a second on one connection, in microseconds, best (median) of {options.rounds}")
            print(f"{'relay':14}{'shape':8}{'p50':>20}{'p99':>24}")
            for shape, file in files.items():
                found = {relay.name: [] for relay in relays}
                for _ in range(options.rounds):
                    for relay in relays:
                        found[relay.name].append(pace(options, relay, file, rate))
                for name, rounds in found.items():
                    p50, p99 = (f"{min(column):,.0f} ({statistics.median(column):,.0f})" for column in zip(*rounds))
                    print(f"{name:14}{shape:8}{p50:>20}{p99:>24}", flush=True)


def instructions(options, shape):
    """Per request, in the relay's process: the difference of two counts, so that start and end do not matter."""
    totals = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (2000, 6000):
            out = os.path.join(folder, f"callgrind.{count}")
            wrapper = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}")
            with serve(options) as server, Relay(options, "diatom", port_of(server.where), folder, wrapper) as relay:
                load(options, relay, shape, 1, "--requests", count, "--window", IN_FLIGHT)
            with open(out, encoding="ascii") as profile:
                totals.append(int(re.search(r"^(?:summary|totals): (\d+)", profile.read(), re.M).group(1)))
    return (totals[1] - totals[0]) / 4000


# ---- A server that answers only when it is told to -------------------------------------------------------------------


class Silent:
    """Takes requests, answers none but the first ones, and says how many it has taken."""

    def __init__(self, answers):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.left = answers
        self.held = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _say(self, peer, message, *avps):
        hop_by_hop, end_to_end = message[12:16], message[16:20]
        command = int.from_bytes(message[5:8], "big")
        answer = octets.message(
            command, octets.avp(octets.RESULT_CODE, 2001), octets.avp(octets.ORIGIN_HOST, SERVER),
            octets.avp(octets.ORIGIN_REALM, SERVER_REALM), *avps, application=int.from_bytes(message[8:12], "big"),
            flags=message[4] & 0x40,
        )  # fmt: skip
        peer.sendall(answer[:12] + hop_by_hop + end_to_end + answer[20:])

    def _take(self, peer, message):
        command = int.from_bytes(message[5:8], "big")
        if command == octets.CER:
            self._say(
                peer, message, octets.avp(octets.HOST_IP_ADDRESS, octets.address("127.0.0.1")),
                octets.avp(octets.VENDOR_ID, 0), octets.avp(octets.PRODUCT_NAME, "silent"),
                octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL),
            )  # fmt: skip
        elif command == octets.CCR and self.left:
            self.left -= 1
            number = octets.avp(octets.CC_REQUEST_TYPE, 4), octets.avp(octets.CC_REQUEST_NUMBER, 0)
            application = octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL)
            self._say(peer, message, octets.avp(octets.SESSION_ID, message[28 : 20 + int.from_bytes(message[25:28], "big")]),
                      application, *number)  # fmt: skip
        elif command == octets.CCR:
            self.held += 1
        elif message[4] & octets.R:
            self._say(peer, message)

    def _run(self):
        peer, rest = self.listener.accept()[0], b""
        while data := peer.recv(1 << 20):
            found, rest = octets.cut(rest + data)
            for message in found:
                self._take(peer, message)


def memory(options, name, shape, count):
    """Octets that the relay's process grows by for each request that the server holds back, and of the request."""
    with tempfile.TemporaryDirectory() as folder:
        silent = Silent(answers=1)
        with Relay(options, name, silent.port, folder) as relay:
            before = resident(relay.child.pid)
            client = subprocess.Popen(
                [str(c) for c in (options.diatom, "bench", "--connect", f"aaa://127.0.0.1:{relay.port}", *SHAPES[shape],
                 "--requests", count, "--rate", HELD_RATE, "--origin-realm", CLIENT_REALM, "--destination-realm",
                 SERVER_REALM, "--timeout", 60000)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            limit = time.monotonic() + PATIENCE
            while silent.held < count and time.monotonic() < limit:
                time.sleep(0.1)
            after, held = resident(relay.child.pid), silent.held
            client.kill()
            client.wait()
        return (after - before) / max(held, 1), held


def held(options):
    print("\nMemory of Diatom's relay for each request that a silent server holds back, of the process")
    for shape in SHAPES:
        size = len(messages_of(options, shape)[1])
        for count in (20000, 30000, 40000, 50000):
            each, n = memory(options, "diatom", shape, count)
            print(f"{shape:8}{n:8,} requests of {size} octets:{each:8,.0f} octets each, {each - size:,.0f} beside the message",
                  flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--diatom", required=True)
    parser.add_argument("--relay", required=True)
    parser.add_argument("--paced", required=True)
    parser.add_argument("--seconds", type=int, default=2, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=int, action="append", help="requests a second of equal load; several times")
    parser.add_argument("--only", action="append", help="diatom, freediameter, erlang")
    parser.add_argument("--part", action="append", choices=["saturated", "paced", "callgrind", "held"], help="[all]")
    options = parser.parse_args()
    parts = options.part or ["saturated", "paced", "callgrind", "held"]
    with contextlib.ExitStack() as stack:
        if "saturated" in parts or "paced" in parts:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            port = port_of(stack.enter_context(serve(options)).where)
            relays = [stack.enter_context(Relay(options, name, port, folder)) for name in names(options)]
        if "saturated" in parts:
            with awake():
                saturated(options, relays)
        if "paced" in parts:
            paced(options, [Server(port), *relays])
    if "callgrind" in parts:
        print("\nInstructions per request in the relay's process (callgrind; the kernel's are not counted)")
        for shape in SHAPES:
            print(f"{shape:8}{instructions(options, shape):10,.0f}", flush=True)
    if "held" in parts:
        held(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
