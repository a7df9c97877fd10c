#!/usr/bin/env python3
"""An application of one's own, as its author builds it: Diatom is installed into a folder; examples/own is built against
that by Meson, and by hand with pkg-config; both programs talk to each other, and to `diatom` with the dictionary alone.

    own.py BUILD EXAMPLES_OWN
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

PATIENCE = 240
LOOPBACK = ["aaa://127.0.0.1:0", "--origin-realm", "example.net"]


class Place:
    """Diatom installed in a folder of its own, and an environment in which it is found."""

    def __init__(self, build, folder):
        self.folder = folder
        run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder / "root"])
        programs = list((folder / "root").rglob("bin/diatom"))
        configs = list((folder / "root").rglob("pkgconfig"))
        expect(len(programs), 1, "diatom, installed once")
        self.diatom = str(programs[0])
        self.environment = {
            **os.environ,
            "PATH": f"{programs[0].parent}:{os.environ['PATH']}",
            "PKG_CONFIG_PATH": ":".join(str(c) for c in configs),
            "PKG_CONFIG_SYSROOT_DIR": str(folder / "root"),
            "LD_LIBRARY_PATH": ":".join(str(c.parent) for c in configs),
        }

    def run(self, command, cwd=None, status=0):
        return run(command, self.environment, cwd, status)


def run(command, environment=None, cwd=None, status=0):
    done = subprocess.run(
        [str(word) for word in command], env=environment, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}, not {status}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def expect(have, want, what):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


class Listener:
    def __init__(self, place, *command):
        self.process = subprocess.Popen(command, env=place.environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{command[0]} says {line!r}")
        self.uri = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.rest, _ = self.process.communicate(timeout=PATIENCE)
            self.status = self.process.returncode
        finally:
            self.process.kill()


def with_meson(place, sources):
    copy, build = place.folder / "project", place.folder / "project-build"
    shutil.copytree(sources, copy)
    place.run([place.diatom, "dict", "check", copy / "door.dia"])
    place.run(["meson", "setup", build, copy])
    place.run(["meson", "compile", "-C", build])
    return build / "server", build / "client"


def by_hand(place, sources):
    folder = place.folder / "hand"
    (folder / "app/diatom/app").mkdir(parents=True)
    place.run([place.diatom, "dict", "compile", "-o", "app/diatom/app", sources / "door.dia"], folder)
    flags = place.run(["pkg-config", "--cflags", "--libs", "libdiatom-app", "libdiatom"]).split()
    for name in "server", "client":
        place.run(["cc", "-Iapp", sources / f"{name}.c", "app/diatom/app/door.c", *flags, "-o", name], folder)
    place.run(["cc", sources / "loaded.c", *flags, "-o", "loaded"], folder)
    return folder / "server", folder / "client"


def they_talk(place, server, client):
    with Listener(place, server) as door:
        expect(place.run([client, door.uri, "staff-7"]), "open for 5 seconds\n", "the client's words")
        expect(place.run([client, door.uri, "thief"], status=1), "shut: Result-Code 5003\n", "the client's words")
    expect(door.rest, "staff-7 asks for main entrance\nthief asks for main entrance\n", "the server's words")
    expect(door.status, 0, "the server's exit code")


def the_dictionary_alone_will_do(place, sources, server, client):
    """Neither side needs to be compiled."""
    dictionary = ["--dict", sources / "door.dia"]
    ask = ["send", "DOR", *dictionary, "--avp", "Badge=staff-1", "--avp", "Door/Door-Name=cellar"]
    with Listener(place, server) as door:
        said = place.run([place.diatom, *ask, "--connect", door.uri])
        expect("OPEN" in said, True, f"the answer: {said}")
    with Listener(place, place.diatom, "serve", "--listen", *LOOPBACK, *map(str, dictionary)) as stand_in:
        expect(place.run([client, stand_in.uri, "staff-2"], status=1), "shut: Result-Code 2001\n", "the client's words")


def a_program_reads_it_while_it_runs(place, sources, loaded):
    text = (sources / "door.dia").read_text(encoding="utf-8")
    mine = place.folder / "mine.dia"
    mine.write_text(text, encoding="utf-8")
    ask = [place.diatom, "send", "DOR", "--dict", mine, "--avp", "Badge=b-1", "--avp", "Door/Door-Name=cellar"]
    with Listener(place, loaded, mine) as door:
        before = place.run([*ask, "--connect", door.uri])
        expect("Door-State" in before, False, f"the answer: {before}")
        mine.write_text(text.replace("[ Door-State ]", "{ Door-State }"), encoding="utf-8")
        door.process.send_signal(signal.SIGHUP)
        for _ in range(2):  # the request that finds the new file still has the old tables
            after = place.run([*ask, "--connect", door.uri])
            door.process.send_signal(signal.SIGHUP)
        expect("Door-State" in after, True, f"the answer: {after}")
    expect(door.rest, "Door-Open-Request of b-1\n" * 3, "the server's words")
    expect(door.status, 0, "the server's exit code")


def main():
    build, sources = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        place = Place(build, pathlib.Path(folder))
        for way in with_meson, by_hand:
            server, client = way(place, sources)
            they_talk(place, server, client)
        the_dictionary_alone_will_do(place, sources, server, client)
        a_program_reads_it_while_it_runs(place, sources, server.parent / "loaded")
    print("4 passed, 0 failed")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, OSError, subprocess.TimeoutExpired) as reason:
        print(f"{reason}\n0 passed, 1 failed")
        sys.exit(1)
