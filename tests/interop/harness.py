"""What the tests between processes share: a small runner, processes that always end, a listening tap, captures.

A test is a function marked with @test; its name is a sentence. main() runs them, several at a time, prints one line for
each and closes with "N passed, N failed". Waits are for events and have generous limits; nothing sleeps to synchronize.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import traceback

import octets
from ports import free_port  # noqa: F401 -- for those who use the harness

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = float(os.environ.get("DIATOM_TEST_PATIENCE", "60"))  # seconds until a test gives up waiting
SKIPPED = 77  # the exit status that Meson takes for "skipped"


class Failure(AssertionError):
    """A test's expectation that did not hold."""


def expect(truth, text):
    if not truth:
        raise Failure(text)


def equal(got, want, what):
    if got != want:
        raise Failure(f"{what}: got {got!r}, want {want!r}")


# ---- Tests -----------------------------------------------------------------------------------------------------------

_tests = []
_long = set()  # those that only run when they are asked for


def test(function):
    """Marks a test. It is called with a Place."""
    _tests.append(function)
    return function


def long_test(function):
    """Marks a test that takes longer than a minute: it runs with --long or DIATOM_TEST_LONG, or by its name."""
    _long.add(function)
    return test(function)


def add_test(name, function, long=False):
    """Adds a test made from a table's row."""
    function.__name__ = name
    (long_test if long else test)(function)


def forget_tests():
    """For a file of tests that takes its clients from another: what that one defined does not run here."""
    _tests.clear()


class Place:
    """Where one test works: a folder, and processes that end with it."""

    def __init__(self, options, name):
        self.options = options
        with _starting:
            self.folder = tempfile.mkdtemp(prefix=name[:40] + "-", dir=options.scratch)
        self.closers = []
        self.remarks = []

    def say(self, text):
        """A line that is printed with the test's result: what was counted or measured."""
        self.remarks.append(text)

    def file(self, name):
        return os.path.join(self.folder, name)

    def closing(self, thing):
        """Closes `thing` when the test ends; gives it back."""
        self.closers.append(thing)
        return thing

    def process(self, *args, **options):
        return self.closing(Process(args, folder=self.folder, **options))

    def diatom(self, *args, **options):
        return self.process(self.options.diatom, *args, **options)

    def child(self, *args, **options):
        """A Popen to which one speaks; it is killed with the test."""
        return self.closing(Child(*args, **options)).child

    def tool(self, name, *args, **options):
        """A program that is built for the tests alone."""
        return self.process(os.path.join(self.options.tools, name), *args, **options)

    def done(self):
        """Closes all, also behind one that cannot be closed."""
        problems = []
        for thing in reversed(self.closers):
            try:
                thing.close()
            except Exception:  # any
                problems.append(traceback.format_exc())
        if problems:
            raise Failure("\n".join(problems))

    def outputs(self):
        """What all processes said, for a test that failed."""
        return "".join(t.report() for t in self.closers if isinstance(t, Process))


def _run(function, options):
    place = Place(options, function.__name__)
    started = time.monotonic()
    problem = None
    try:
        function(place)
    except Exception as error:  # any: a failed test must not end the others
        where = "" if isinstance(error, Failure) else traceback.format_exc()
        problem = f"{type(error).__name__}: {error}\n{where}"
    try:
        place.done()
    except Exception:
        problem = (problem or "") + traceback.format_exc()
    if problem:
        problem += place.outputs()
    return function.__name__, problem, time.monotonic() - started, place.remarks


def main(description, jobs=1, before=None, needs=(), first=()):
    """Runs the tests that the command line names, or all; those whose names have a word of `first` begin, since they wait
    for timers beside the others. `before` gets a place and may start what all share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--diatom", required=True, help="the program under test")
    parser.add_argument("--captures", help="folder that keeps the captures; left out: none is kept")
    parser.add_argument("--jobs", type=int, default=jobs)
    parser.add_argument("--list", action="store_true", help="print the tests' names")
    parser.add_argument("--long", action="store_true", default=bool(os.environ.get("DIATOM_TEST_LONG")),
                        help="also those that take minutes")  # fmt: skip
    parser.add_argument("names", nargs="*", help="words; tests whose names have one of them")
    parser.add_argument("--tools", help="folder of the programs that only tests have")
    parser.add_argument("--sanitized", action="store_true", help="the programs are larger and slower than usual")
    options = parser.parse_args()
    options.diatom = os.path.abspath(options.diatom)
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, _end_all)
    if options.list:
        print("\n".join(f.__name__ for f in _tests))
        return 0
    absent = [n for n in needs if shutil.which(n) is None]
    if absent:
        print(f"skipped: {', '.join(absent)} not installed (script/bootstrap test brings them)")
        return SKIPPED
    if options.names:
        wanted = [f for f in _tests if any(n in f.__name__ for n in options.names)]
    else:
        wanted = [f for f in _tests if options.long or f not in _long]
    wanted.sort(key=lambda f: not any(word in f.__name__ for word in first))
    if options.captures:
        os.makedirs(options.captures, exist_ok=True)
    failures = []
    with tempfile.TemporaryDirectory(prefix="diatom-interop-") as scratch:
        options.scratch = scratch
        _scratch.append(scratch)
        shared = Place(options, "shared")
        try:
            if before:
                before(shared)
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                for future in concurrent.futures.as_completed([pool.submit(_run, f, options) for f in wanted]):
                    name, problem, seconds, remarks = future.result()
                    print(f"{'FAILED' if problem else 'ok':6} {seconds:6.2f} s  {name}", flush=True)
                    for remark in remarks:
                        print(f"{'':18}{remark}", flush=True)
                    if problem:
                        failures.append(f"FAILED {name}\n    " + problem.rstrip().replace("\n", "\n    "))
        finally:
            shared.done()
    for failure in failures:
        print(failure)
    if failures:
        print(shared.outputs())
    print(f"{len(wanted) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not wanted else 0


# ---- Processes -------------------------------------------------------------------------------------------------------


_groups = set()  # of all processes that run
_scratch = []  # folders
_starting = threading.RLock()  # who starts a process or makes a folder


def _end_all(kind, _frame):
    """A signal to the tests ends all that they have started; nothing else is started meanwhile."""
    _starting.acquire()
    for group in list(_groups):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for folder in _scratch:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(128 + kind)


class Process:
    """A process in a group of its own, its output read line by line."""

    def __init__(self, args, folder=None, env=None, name=None):
        self.args = [str(a) for a in args]
        self.name = name or os.path.basename(self.args[0])
        self.lines = []
        self.changed = threading.Condition()
        with _starting:
            self.child = subprocess.Popen(
                self.args,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
            self.pid = self.child.pid
            _groups.add(self.pid)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    ended = False

    def mark(self):
        """Where the output stands now, for wait_line()."""
        with self.changed:
            return len(self.lines)

    def wait_line(self, pattern, patience=PATIENCE, since=0):
        """The match of the first line that fits, behind a mark; fails when the process ends without it."""
        look = re.compile(pattern)
        limit = time.monotonic() + patience
        seen = since
        with self.changed:
            while True:
                while seen < len(self.lines):
                    found = look.search(self.lines[seen])
                    seen += 1
                    if found:
                        return found
                left = limit - time.monotonic()
                if self.ended or left <= 0:
                    why = "ended" if self.ended else f"was silent for {patience:.0f} s"
                    raise Failure(f"{self.name} {why} without a line {pattern!r}")
                self.changed.wait(left)

    def wait(self, patience=PATIENCE):
        """The exit status."""
        try:
            status = self.child.wait(patience)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {patience:.0f} s") from None
        self.reader.join(5)
        return status

    def terminate(self):
        self.child.send_signal(signal.SIGTERM)

    def signal(self, kind):
        """To the whole group: SIGSTOP for a host that hangs, SIGCONT."""
        os.killpg(self.pid, kind)

    def crash(self):
        """Ends it without a chance to say or write anything; back when it is gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    @property
    def running(self):
        return self.child.poll() is None

    @property
    def output(self):
        with self.changed:
            return "\n".join(self.lines)

    def close(self):
        """Ends the whole group, politely first."""
        for kind, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 10)):
            if self.child.poll() is not None and kind == signal.SIGTERM:
                continue
            try:
                os.killpg(self.pid, kind)
                os.killpg(self.pid, signal.SIGCONT)
            except ProcessLookupError:
                break
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        self.reader.join(5)
        self.child.stdout.close()
        _groups.discard(self.pid)

    def report(self):
        return f"--- {' '.join(self.args)[:600]} (status {self.child.poll()})\n" + "\n".join(line[:300] for line in self.lines[-40:]) + "\n"


class Child:
    """A Popen to which one speaks."""

    def __init__(self, *args, **options):
        with _starting:
            self.child = subprocess.Popen([str(a) for a in args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                          start_new_session=True, **options)  # fmt: skip
            _groups.add(self.child.pid)

    def close(self):
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            try:
                pipe.close()
            except BrokenPipeError:  # with words that nobody has read
                pass
        _groups.discard(self.child.pid)


def serve(place, *args, host="ocs.example.net", realm="example.net", listen="aaa://127.0.0.1:0", **options):
    """`diatom serve`; gives (process, port) once it listens."""
    process = place.diatom(
        "serve", "--listen", listen, "--origin-host", host, "--origin-realm", realm, *args, **options
    )
    found = process.wait_line(r"^listening aaas?://(.*):(\d+);transport=\w+$")
    expect(process.lines[0].startswith("listening "), "the first line of output is not 'listening ...'")
    return process, int(found.group(2))


def uri(port, host="127.0.0.1", scheme="aaa"):
    return f"{scheme}://{host}:{port};transport=tcp"


def wait_accepting(process, port, patience=PATIENCE):
    """Until the port takes connections, or the process has ended."""
    limit = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            pass
        if not process.running or time.monotonic() > limit:
            raise Failure(f"{process.name} does not listen at {port}")
        time.sleep(0.05)  # between two tries


# ---- The tap ---------------------------------------------------------------------------------------------------------


class Tap:
    """Stands between two Diameter nodes, passes everything on and notes the messages: the test's eyes on the wire.

    `seen` is a list of (direction, Message); direction is ">" from the side that connected and "<" towards it.
    `connections` counts those that came. freeze() makes the network of all that stand now go silent: nothing passes any
    more, not even their end, so that neither side notices that the other is gone.
    """

    def __init__(self, port=None):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.seen = []
        self.problem = None
        self.changed = threading.Condition()
        self.sockets = []
        self.connections = 0
        self.frozen = 0  # connections up to this number
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 10)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            for s in (near, far):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets += [near, far]
            for args in ((near, far, ">", self.connections), (far, near, "<", self.connections)):
                thread = threading.Thread(target=self._pump, args=args, daemon=True)
                self.threads.append(thread)
                thread.start()

    def freeze(self):
        self.frozen = self.connections

    def _pump(self, source, sink, direction, number):
        rest = b""
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if number <= self.frozen:
                    continue
                sink.sendall(data)
                rest = self._note(direction, rest + data)
        except octets.Malformed as error:
            self.problem = f"malformed {direction}: {error}"
        except OSError:
            pass
        if number <= self.frozen:
            return
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _note(self, direction, data):
        """Takes what is whole, gives the rest back."""
        found, rest = octets.cut(data)
        with self.changed:
            self.seen += [(direction, octets.Message(m)) for m in found]
            self.changed.notify_all()
        return rest

    def wait(self, direction, name, count=1, patience=PATIENCE):
        """The count-th message of this name ("DWR") in this direction."""
        limit = time.monotonic() + patience
        with self.changed:
            while True:
                found = [m for d, m in self.seen if d == direction and m.name == name]
                if len(found) >= count:
                    return found[count - 1]
                left = limit - time.monotonic()
                if left <= 0 or self.problem:
                    story = " ".join(d + m.name for d, m in self.seen[:60])
                    raise Failure(self.problem or f"no {direction}{name} within {patience:.0f} s; seen: {story}")
                self.changed.wait(left)

    def close(self):
        self.listener.close()
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


# ---- Captures --------------------------------------------------------------------------------------------------------


def tshark(path, *args):
    """tshark's lines about a capture."""
    done = subprocess.run(
        ["tshark", "-n", "-r", path, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    complaints = [
        line for line in done.stderr.splitlines() if line and "as user \"root\"" not in line and "Running as" not in line
    ]
    if done.returncode != 0 or complaints:
        raise Failure(f"tshark {' '.join(args)}: status {done.returncode}, {complaints}")
    return done.stdout.splitlines()


def check_capture(path, wanted):
    """tshark reads the capture as Diameter, finds nothing malformed, and sees all the messages in `wanted` ("CER")."""
    frames = tshark(path, "-T", "fields", "-e", "frame.protocols", "-e", "diameter.cmd.code", "-e", "diameter.flags.request")
    expect(frames, f"{path}: no frames")
    seen = set()
    for line in frames:
        protocols, code, request = line.split("\t")
        expect("diameter" in protocols, f"{path}: a frame is not Diameter: {line}")
        seen.add(octets.COMMAND_NAMES.get(int(code), code) + ("R" if request in ("1", "True") else "A"))
    bad = tshark(path, "-Y", '_ws.malformed || _ws.expert.severity == "Error"', "-V")
    expect(not bad, f"{path}: tshark finds malformed messages:\n" + "\n".join(bad[:120]))
    missing = set(wanted) - seen
    expect(not missing, f"{path}: {sorted(missing)} missing among {sorted(seen)}")


def keep_capture(place, path):
    """Keeps a capture for the check over all of them."""
    if place.options.captures:
        shutil.copy(path, os.path.join(place.options.captures, os.path.basename(place.folder) + ".pcapng"))
