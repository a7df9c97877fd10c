"""Runs `diatom` for the tests of this folder: commands, servers on a port that the kernel chooses, a closing line.

The environment names the program, DIATOM, and what was left out of it, DIATOM_LEFT_OUT: options of the build, such as
"dns tls". Everything that a test starts has ended when the test has.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DIATOM = os.environ.get("DIATOM", "diatom")
LEFT_OUT = os.environ.get("DIATOM_LEFT_OUT", "").split()
HAS_DNS = "dns" not in LEFT_OUT
HAS_TLS = "tls" not in LEFT_OUT
CAPTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "captures")
# Octets, ports and keys are those of the tests between processes.
sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "interop"))
LIMIT = 60  # seconds; nothing here takes long, this is for what hangs


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.octets = done.stdout
        self.out = done.stdout.decode("utf-8", "replace") if done.stdout is not None else ""
        self.err = done.stderr.decode("utf-8", "replace") if done.stderr is not None else ""

    def messages(self):
        return [json.loads(line) for line in self.out.splitlines()]


def diatom(*args, stdin=b"", stdout=subprocess.PIPE):
    if isinstance(stdin, str):
        stdin = stdin.encode()
    return Result(
        subprocess.run(
            [DIATOM, *map(str, args)], input=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=LIMIT, check=False
        )
    )


def until(truth, what):
    """Asks again and again until it is so; gives what it is."""
    limit = time.monotonic() + LIMIT
    while not (found := truth()):
        if time.monotonic() > limit:
            raise AssertionError(f"not within {LIMIT} s: {what}")
        time.sleep(0.02)  # between two looks
    return found


class Server:
    """`diatom serve` at loopback, until the end of the with statement; then .status, .out and .err tell the rest."""

    def __init__(self, *args, address="127.0.0.1"):
        self.args = [DIATOM, "serve", "--listen", f"aaa://{address}:0", *map(str, args)]
        self.status = None
        self.out = self.err = ""

    def __enter__(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=self.errors)
        self.first = self.process.stdout.readline().decode()
        self.uri = self.first[len("listening ") :].strip() if self.first.startswith("listening ") else None
        return self

    def end(self, how=signal.SIGTERM):
        if self.status is None:
            self.process.send_signal(how)
            try:
                rest, _ = self.process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                rest, _ = self.process.communicate()
            self.status = self.process.returncode
            self.out = self.first + rest.decode()
            self.errors.seek(0)
            self.err = self.errors.read().decode()
            self.errors.close()

    def __exit__(self, *exc):
        self.end()


def end(process):
    """At once, where it has not ended by itself."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def limit_files(process, octets):
    """From now on its disk is full where a file has so many."""
    _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (octets, most))


class Test(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def start(self, *args, program=DIATOM, **options):
        """A process that has ended when the test has, whatever became of it."""
        process = subprocess.Popen([program, *map(str, args)], **options)
        self.addCleanup(end, process)
        return process

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        return path

    def assert_status(self, result, status):
        self.assertEqual(result.status, status, f"\nstdout: {result.out[-2000:]}\nstderr: {result.err[-2000:]}")

    def assert_refused(self, result, word):
        """A wrong command line: one sentence that names what is wrong, nothing on standard output, status 2."""
        self.assert_status(result, 2)
        self.assertEqual(result.out, "")
        self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
        self.assertIn(word, result.err)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1).run(suite)
    bad = len({str(test).split(" (")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed")
    sys.exit(0 if bad == 0 and result.testsRun else 1)
