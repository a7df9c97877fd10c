"""The other stacks: freeDiameter and Erlang/OTP's diameter, as Debian packages them, and how they are started.

Each can start again at the port that it had, as after a crash.
"""

import os

import harness
from harness import wait_accepting

OUR_HOST, OUR_REALM = "diatom.client.test", "client.test"
SHORT, LONG = 6, 60  # watchdogs in seconds: one that a test waits for, and one that stays silent


class Otp:
    """Erlang/OTP's diameter."""

    name = "otp"
    host, realm = "server.test", "server.test"
    script = os.path.join(harness.HERE, "otp", "server.escript")

    @classmethod
    def server(cls, place, watchdog=LONG, port=0, settle=20, cause="rebooting", more=()):
        process = place.process(
            "escript", cls.script, port, "--host", cls.host, "--realm", cls.realm, "--watchdog", watchdog * 1000,
            "--settle", settle, "--cause", cause, *more,
        )  # fmt: skip
        return process, int(process.wait_line(r"^READY (\d+)$").group(1))

    @classmethod
    def client(cls, place, port, *more, watchdog=LONG):
        """Connects, sends one CCR and stays."""
        return place.process(
            "escript", cls.script, "--client", "127.0.0.1", port, 1, 1, "--realm", OUR_REALM,
            "--watchdog", watchdog * 1000, *(more or ["--stay"]),
        )  # fmt: skip


    @classmethod
    def doors(cls, place, pki, *doors, trust="ca", crl=None):
        """A server that listens with TLS, once for each (NAME, HOW, CERTIFICATE, options of Erlang's ssl); gives {NAME: port}."""
        words = ["--crl", crl] if crl else []
        for name, how, certificate, more in doors:
            words += ["--door", name, how, pki.certificate(certificate), pki.key(certificate), pki.certificate(trust), more]
        process, port = cls.server(place, more=words)
        ports = {name: int(process.wait_line(rf"^DOOR {name} (\d+)$").group(1)) for name, *_ in doors}
        return process, {"clear": port, **ports}

    @classmethod
    def knocks(cls, place, pki, *knocks, stay=False, trust="ca", crl=None):
        """Clients that connect with TLS and send one request, one for each (NAME, HOW, port, CERTIFICATE or "none", options of
        Erlang's ssl); the line "KNOCK NAME RESULT" tells what came of it."""
        words = ["--crl", crl] if crl else []
        for name, how, port, certificate, more in knocks:
            shown = ("none", "none") if certificate == "none" else (pki.certificate(certificate), pki.key(certificate))
            words += ["--knock", name, how, port, *shown, pki.certificate(trust), more]
        return place.process(
            "escript", cls.script, "--client", "127.0.0.1", 0, 0, 0, "--realm", OUR_REALM, "--watchdog", LONG * 1000,
            *words, *(["--stay"] if stay else []),
        )  # fmt: skip


class FreeDiameter:
    """freeDiameter, as server and as relay."""

    name = "freediameter"
    host, realm = "ocs1.server.test", "server.test"
    script = os.path.join(harness.HERE, "freediameter", "start.sh")

    @classmethod
    def _start(cls, place, port, *upstream, watchdog=LONG, **env):
        role = "relay" if upstream else "server"
        process = place.process(
            cls.script, port, *upstream,
            env={"FD_DIR": place.file(role), "FD_WATCHDOG": str(watchdog), "FD_QUIET": "0", "FD_3GPP": "1", **env}, name="freediameter",
        )  # fmt: skip
        return process

    @classmethod
    def server(cls, place, watchdog=LONG, port=0, **env):
        port = port or harness.free_port()
        process = cls._start(place, port, watchdog=watchdog, **env)
        wait_accepting(process, port)
        return process, port

    @classmethod
    def client(cls, place, port, watchdog=LONG):
        """Connects to us as its next hop."""
        return cls._start(
            place, harness.free_port(), port, watchdog=watchdog, UPSTREAM_ID=OUR_HOST, SERVER_REALM=OUR_REALM
        )

    @classmethod
    def secure_server(cls, place, pki, certificate, **env):
        """Its port of TLS is given, too. Keywords are those of start.sh."""
        secure = harness.free_port()
        process, port = cls.server(place, FD_SECPORT=str(secure), FD_CERT=pki.certificate(certificate), FD_CA=pki.certificate("ca"), **env)
        wait_accepting(process, secure)
        return process, port, secure

    @classmethod
    def secure_client(cls, place, pki, certificate, host, peers, **env):
        """Connects with TLS to each (HOST, port, words of ConnectPeer)."""
        (first, first_port, words), *others = peers
        more = "".join(
            f'ConnectPeer = "{h}" {{ ConnectTo = "127.0.0.1"; Port = {p}; {w} No_SCTP; No_IPv6; }};' for h, p, w in others
        )
        return cls._start(
            place, harness.free_port(), first_port, UPSTREAM_ID=first, SERVER_REALM=first.partition(".")[2], RELAY_ID=host,
            FD_SECURE=words or " ", FD_PEERS=more, FD_CERT=pki.certificate(certificate), FD_CA=pki.certificate("ca"), **env,
        )  # fmt: skip

    @classmethod
    def relay(cls, place, upstream_port, host, realm, watchdog=LONG, **env):
        port = harness.free_port()
        process = cls._start(place, port, upstream_port, watchdog=watchdog, UPSTREAM_ID=host, SERVER_REALM=realm, **env)
        wait_accepting(process, port)
        return process, port


PEERS = [Otp, FreeDiameter]
