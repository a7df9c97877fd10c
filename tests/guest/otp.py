"""Erlang/OTP in a guest: its machine, the applications that a peer of its diameter needs, and the peer (otp_peer.erl), compiled."""

import glob
import os
import subprocess
import tempfile

import guest

APPLICATIONS = ["kernel", "stdlib", "diameter"]
RUNTIME = ["beam.smp", "erlexec", "erl_child_setup", "inet_gethost"]
SCTP = "libsctp.so.1"  # loaded by the machine itself, when somebody asks for SCTP: ldd does not know of it


def _library(name):
    found = glob.glob(f"/lib/*-linux-gnu/{name}") + glob.glob(f"/usr/lib*/{name}")
    if not found:
        raise guest.NoGuest(f"{name} is not installed (script/bootstrap test brings it)")
    return found[0]


def _compile(folder):
    here = os.path.dirname(os.path.abspath(__file__))
    make = f'ok = diameter_make:codec("{here}/otp_cc.dia", [{{outdir, "{folder}"}}]), halt(0).'
    subprocess.run(["erl", "-noinput", "-eval", make], check=True)
    subprocess.run(["erlc", "-o", folder, f"{folder}/otp_cc.erl", f"{here}/otp_peer.erl"], check=True)


def add(files):
    """`otp_peer ARGUMENT...` runs it."""
    root = os.path.dirname(os.path.dirname(os.path.realpath(guest.program("erl"))))
    runtime = glob.glob(f"{root}/erts-*/bin")[0]
    for name in RUNTIME:
        files.program(f"{runtime}/{name}", f"{runtime}/{name}")
    files.file(f"{root}/bin/start_clean.boot", f"{root}/bin/start_clean.boot")
    for name in APPLICATIONS:
        folder = glob.glob(f"{root}/lib/{name}-*/ebin")[0]
        files.folder(folder, folder)
    library = _library(SCTP)
    files.file(library, library)
    with tempfile.TemporaryDirectory() as folder:
        _compile(folder)
        for beam in glob.glob(folder + "/*.beam"):
            files.file(f"otp/{os.path.basename(beam)}", beam)
    # One thread of each kind: there is one processor.
    files.octets("bin/otp_peer", f"""#!/bin/sh
export ROOTDIR={root} BINDIR={runtime} EMU=beam PROGNAME=erl
exec {runtime}/erlexec +S 1:1 +SDcpu 1:1 +SDio 1 +A 1 -boot start_clean -noinput -pa /otp -run otp_peer main "$@"
""".encode())  # fmt: skip
