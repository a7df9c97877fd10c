"""Name servers for tests: NSD over zones of the test's own, and one that lies. Both at loopback, at ports that the kernel chose."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time

NSD = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin:/usr/local/sbin")
PATIENCE = 20  # seconds
IN, A, NS, CNAME, SOA, AAAA, SRV, NAPTR = 1, 1, 2, 5, 6, 28, 33, 35


def free_port():
    """A port that is free for UDP and TCP now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(("127.0.0.1", udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def question(number, text, kind, edns=False):
    extra = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, int(edns)) + name(text) + struct.pack(">HH", kind, IN) + extra


def read_name(octets, at):
    labels = []
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]].decode())
        at += 1 + octets[at]
    return ".".join(labels), at + 1


class Nsd:
    """NSD with these zones ({"example.com": text; None: a zone without a file}), until the end of the with statement."""

    def __init__(self, folder, zones):
        self.folder, self.zones = folder, zones

    def write(self, zone, text):
        with open(os.path.join(self.folder, zone + ".zone"), "w", encoding="ascii") as f:
            f.write(text)

    def start(self):
        self.port = free_port()
        lines = [
            "server:", "  ip-address: 127.0.0.1", f"  port: {self.port}", '  username: ""', '  pidfile: ""', '  database: ""',
            f'  zonesdir: "{self.folder}"', f'  xfrdfile: "{self.folder}/xfrd.state"', f'  zonelistfile: "{self.folder}/zone.list"',
            f'  xfrdir: "{self.folder}"', "  server-count: 1", "  do-ip6: no", "remote-control:", "  control-enable: no",
        ]  # fmt: skip
        for zone, text in self.zones.items():
            if text is not None:
                self.write(zone, text)
            lines += ["zone:", f"  name: {zone}", f"  zonefile: {zone}.zone"]
        config = os.path.join(self.folder, "nsd.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        self.log = open(os.path.join(self.folder, "nsd.log"), "wb")
        self.process = subprocess.Popen([NSD, "-d", "-c", config], stdout=self.log, stderr=self.log)

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            try:
                s.send(question(7, "version.server", SOA))
                return bool(s.recv(512))
            except OSError:
                return False

    def __enter__(self):
        end = time.monotonic() + PATIENCE
        self.start()
        while not self.answers():
            if self.process.poll() is not None:  # somebody was faster at the port
                self.log.close()
                self.start()
            if time.monotonic() > end:
                self.__exit__()
                raise AssertionError(open(self.log.name, encoding="utf-8").read())
        self.at = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Liar:
    """A name server whose answers `tell(query, tcp)` makes: octets, several of them in a list, or None for silence. A query
    has .name, .kind, .octets, .question (its part of the message), and reply(), which is an honest answer."""

    class Query:
        def __init__(self, octets):
            self.octets = octets
            self.name, at = read_name(octets, 12)
            self.kind = struct.unpack(">H", octets[at : at + 2])[0]
            self.question = octets[12 : at + 4]

        def reply(self, *records, rcode=0, authority=(), flags=0x8580, counts=None, question=None):
            n = len(records) if counts is None else counts
            head = self.octets[:2] + struct.pack(">HHHHH", flags | rcode, 1, n, len(authority), 0)
            return head + (self.question if question is None else question) + b"".join(records) + b"".join(authority)

    def __init__(self, tell, tcp=True):
        self.tell, self.tcp = tell, tcp
        self.asked = []  # (name, kind, "udp" or "tcp")

    def take(self, octets, how):
        try:
            query = Liar.Query(octets)
        except (IndexError, UnicodeDecodeError, struct.error):
            return []
        self.asked.append((query.name.lower(), query.kind, how))
        told = self.tell(query, how == "tcp")
        return [] if told is None else told if isinstance(told, list) else [told]

    def serve_udp(self):
        while True:
            octets, whence = self.udp.recvfrom(4096)
            if not octets:
                return
            for answer in self.take(octets, "udp"):
                self.udp.sendto(answer, whence)

    def serve_tcp(self):
        while True:
            s, _ = self.listener.accept()
            with s:
                s.settimeout(PATIENCE)
                try:
                    size = s.recv(2, socket.MSG_WAITALL)
                    if not size:
                        return
                    for answer in self.take(s.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL), "tcp"):
                        s.sendall(len(answer).to_bytes(2, "big") + answer)
                except OSError:
                    pass

    def __enter__(self):
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.listener.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.listener.close()
        if self.tcp:
            self.listener.listen()
        self.at = f"127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self.serve_udp)] + [threading.Thread(target=self.serve_tcp)] * self.tcp
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", ("127.0.0.1", self.port))
        if self.tcp:
            with socket.create_connection(("127.0.0.1", self.port)):
                pass
        for thread in self.threads:
            thread.join(PATIENCE)
        self.udp.close()
        self.listener.close()


# ---- Records ----

SELF = b"\xc0\x0c"


def record(kind, data, ttl=300, owner=SELF, class_=IN):
    return owner + struct.pack(">HHIH", kind, class_, ttl, len(data)) + data


def string(text):
    return bytes([len(text)]) + text.encode()


def naptr(order, preference, flags, service, to, **more):
    return record(NAPTR, struct.pack(">HH", order, preference) + string(flags) + string(service) + b"\0" + name(to), **more)


def srv(priority, weight, port, target, **more):
    return record(SRV, struct.pack(">HHH", priority, weight, port) + name(target), **more)


def cname(to, **more):
    return record(CNAME, name(to), **more)


def address(text="127.0.0.1", **more):
    return record(A, socket.inet_aton(text), **more)


def soa(ttl=60):
    return record(SOA, name("ns.test") + name("me.test") + struct.pack(">IIIII", 1, 1, 1, 1, ttl), ttl=ttl, owner=name("test"))
