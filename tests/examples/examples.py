#!/usr/bin/env python3
"""Runs the examples: the client against the server, and against the server inside a foreign loop.

    examples.py CLIENT SERVER EMBED

Everything that is started here is ended here.
"""

import signal
import subprocess
import sys

PATIENCE = 20


class Listener:
    """A program that prints "listening URI" and is ended at the end of the block."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{program} says {line!r}")
        self.uri = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def end(self, how):
        """Ends it in order, and gives its exit code and what it still said."""
        how()
        rest = self.process.stdout.read()
        return self.process.wait(PATIENCE), rest


def run_client(client, *arguments):
    return subprocess.run([client, *arguments], capture_output=True, text=True, timeout=PATIENCE)


def expect(have, want, what):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


SESSION = "CCA 0: 2001\nCCA 1: 2001\nCCA 2: 2001\n"


def client_charges_a_session_at_the_server(client, server, _embed):
    with Listener(server) as listener:
        for _ in range(3):
            done = run_client(client, listener.uri)
            expect(done.stdout, SESSION, "the client's words")
            expect(done.returncode, 0, "the client's exit code")
        code, _ = listener.end(lambda: listener.process.send_signal(signal.SIGTERM))
        expect(code, 0, "the server's exit code")


def client_charges_a_session_at_the_foreign_loop(client, _server, embed):
    with Listener(embed) as listener:
        done = run_client(client, listener.uri)
        expect(done.stdout, SESSION, "the client's words")
        expect(done.returncode, 0, "the client's exit code")
        code, rest = listener.end(listener.process.stdin.close)
        expect(rest, "served 3\n", "the last words")
        expect(code, 0, "the exit code")


def client_says_why_it_cannot_connect(client, server, _embed):
    with Listener(server) as listener:
        uri = listener.uri
        listener.end(lambda: listener.process.send_signal(signal.SIGINT))
    done = run_client(client, uri)
    expect(done.returncode, 1, "the exit code")
    expect(done.stderr, "not connected: connection refused\n", "the client's words")


def client_without_a_server_says_how_it_is_used(client, _server, _embed):
    done = run_client(client)
    expect(done.returncode, 2, "the exit code")
    expect(done.stderr.startswith("usage: "), True, "the client's words")


def main():
    failed = 0
    tests = [
        client_charges_a_session_at_the_server,
        client_charges_a_session_at_the_foreign_loop,
        client_says_why_it_cannot_connect,
        client_without_a_server_says_how_it_is_used,
    ]
    for test in tests:
        try:
            test(*sys.argv[1:4])
            print(f"ok {test.__name__}")
        except (AssertionError, OSError, subprocess.TimeoutExpired) as reason:
            failed += 1
            print(f"FAILED {test.__name__}: {reason}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
