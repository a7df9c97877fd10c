#!/usr/bin/env python3
"""Certificates for tests and benches, right ones and wrong ones: made by the openssl command, and made anew each time.

    pki.py FOLDER        makes all of NAMES, for trying things by hand

A certificate is a file NAME.pem, its key NAME.key; ca.pem is the root that everyone believes, other.pem one that nobody
does, crl.pem what the root has withdrawn.
"""

import contextlib
import datetime
import os
import subprocess
import sys

DAY = datetime.timedelta(days=1)

CONFIG = """
[ca]
default_ca = it
[it]
dir = .
database = $ENV::ISSUER.index
serial = $ENV::ISSUER.serial
crlnumber = $ENV::ISSUER.number
new_certs_dir = issued
certificate = $ENV::ISSUER.pem
private_key = $ENV::ISSUER.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
unique_subject = no
copy_extensions = none
string_mask = utf8only
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


class Failed(Exception):
    """openssl refused."""


def openssl(folder, *args, **env):
    done = subprocess.run(
        ["openssl", *map(str, args)], cwd=folder, env={**os.environ, "ISSUER": "ca", **env}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"openssl {' '.join(map(str, args))}: {done.stderr}")
    return done.stdout


def moment(time):
    return time.strftime("%Y%m%d%H%M%SZ")


class Pki:
    """A folder with a root and what it has issued. Certificates of one issuer are made one after the other."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, "issued"), exist_ok=True)
        self._write("openssl.cnf", CONFIG)
        self.root("ca")

    def path(self, name):
        return os.path.join(self.folder, name)

    def certificate(self, name):
        return self.path(name + ".pem")

    def key(self, name):
        return self.path(name + ".key")

    def _write(self, name, text, how="w"):
        with open(self.path(name), how, encoding="ascii") as f:
            f.write(text)

    def _openssl(self, *args, **env):
        return openssl(self.folder, *args, **env)

    def _is_issuer(self, name):
        """Gives it what `openssl ca` wants beside certificate and key."""
        self._write(name + ".index", "")
        self._write(name + ".serial", "1000\n")
        self._write(name + ".number", "01\n")

    def _new_key(self, name, like=None):
        """A key of its own, or the one that another has: those take time."""
        if like:
            with contextlib.suppress(FileExistsError):
                os.link(self.key(like), self.key(name))
        else:
            self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name + ".key")

    def root(self, name):
        """A root that nobody has signed."""
        self._new_key(name)
        self._openssl(
            "req", "-x509", "-new", "-config", "openssl.cnf", "-extensions", "root", "-key", name + ".key", "-subj",
            f"/CN={name} of the tests", "-days", 90, "-out", name + ".pem",
        )  # fmt: skip
        self._is_issuer(name)

    def issue(self, name, *hosts, issuer="ca", subject=None, begins=-DAY, lasts=90 * DAY, authority=False, more="", key=None):
        """A certificate that names `hosts` (dNSName), from now + `begins` on. `more`: lines of extensions. `authority`: it may
        issue others; the file then holds it and what stands above it, but for the root."""
        names = ",".join(f"DNS:{h}" for h in hosts)
        usage = "keyCertSign, cRLSign" if authority else "digitalSignature"
        lines = [
            f"basicConstraints = critical, CA:{'TRUE' if authority else 'FALSE'}", f"keyUsage = critical, {usage}",
            "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid", more,
        ]  # fmt: skip
        lines += [] if authority else ["extendedKeyUsage = serverAuth, clientAuth"]
        lines += [f"subjectAltName = {names}"] if hosts else []
        self._write(name + ".ext", "\n".join(lines) + "\n")
        self._new_key(name, key)
        subject = subject or (hosts[0] if hosts else name)
        self._openssl("req", "-new", "-config", "openssl.cnf", "-key", name + ".key", "-subj", f"/CN={subject[:64]}", "-out", name + ".csr")
        now = datetime.datetime.now(datetime.timezone.utc)
        self._openssl(
            "ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", name + ".csr", "-extfile", name + ".ext", "-startdate",
            moment(now + begins), "-enddate", moment(now + begins + lasts), "-out", name + ".pem", ISSUER=issuer,
        )  # fmt: skip
        if authority:
            self._is_issuer(name)
        if issuer not in ("ca", "other"):
            self._append(name, issuer)
        return name

    def _append(self, name, issuer):
        """What stands between it and the root, behind it."""
        with open(self.certificate(issuer), encoding="ascii") as f:
            self._write(name + ".pem", f.read(), "a")

    def self_signed(self, name, *hosts):
        self._new_key(name)
        self._openssl(
            "req", "-x509", "-new", "-config", "openssl.cnf", "-key", name + ".key", "-subj", f"/CN={hosts[0]}", "-addext",
            "subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts), "-days", 90, "-out", name + ".pem",
        )  # fmt: skip
        return name

    def chain(self, name, depth, *hosts):
        """A certificate with `depth` authorities between it and the root, all of one key."""
        above = "ca"
        for i in range(depth):
            above = self.issue(f"{name}-{i}", issuer=above, authority=True, key=None if i == 0 else f"{name}-0")
        return self.issue(name, *hosts, issuer=above)

    def withdraw(self, *names, issuer="ca"):
        """Writes the list of what the issuer has withdrawn: crl.pem, or crl-ISSUER.pem."""
        for name in names:
            self._openssl("ca", "-config", "openssl.cnf", "-revoke", name + ".pem", "-crl_reason", "keyCompromise", ISSUER=issuer)
        out = "crl.pem" if issuer == "ca" else f"crl-{issuer}.pem"
        self._openssl("ca", "-config", "openssl.cnf", "-gencrl", "-out", out, ISSUER=issuer)
        return self.path(out)

    def subject_key(self, name):
        """SHA-256 of its SubjectPublicKeyInfo as hexadecimal digits."""
        pem = self._openssl("x509", "-in", name + ".pem", "-noout", "-pubkey")
        self._write(name + ".pub", pem)
        self._openssl("pkey", "-pubin", "-in", name + ".pub", "-outform", "DER", "-out", name + ".spki")
        return self._openssl("dgst", "-sha256", "-r", name + ".spki").split()[0]


# What can be wrong with a certificate, as keywords of issue(); `name` is the host that should stand in it.
WRONG = {
    "expired": {"begins": -10 * DAY, "lasts": 9 * DAY},
    "future": {"begins": DAY},
    "unknown": {"issuer": "other"},
    "withdrawn": {},
    "nameless": {},  # its name stands in the subject alone
    "stranger": {},  # it names somebody else
}


def wrong_ones(pki, host, prefix=""):
    """Certificates for `host`, each wrong in its own way: PREFIX and the names of WRONG, and "self"."""
    if not os.path.exists(pki.certificate("other")):
        pki.root("other")
    for name, how in WRONG.items():
        hosts = {"nameless": (), "stranger": ("stranger.example.net",)}.get(name, (host,))
        pki.issue(prefix + name, *hosts, subject=host, **how)
    pki.self_signed(prefix + "self", host)


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    pki = Pki(sys.argv[1])
    pki.issue("good", "server.test", "localhost")
    pki.issue("client", "diatom.client.test")
    wrong_ones(pki, "server.test")
    pki.withdraw("withdrawn")
    print("\n".join(sorted(n for n in os.listdir(pki.folder) if n.endswith(".pem"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
