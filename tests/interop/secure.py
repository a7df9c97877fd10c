"""What the tests of TLS share: Diatom's options for it, a tap that tells TLS from clear text, a client with TLS."""

import socket
import ssl
import struct

import harness
import octets
import pki
import wrong

harness.forget_tests()  # those of wrong.py run there

OCS, REALM = "ocs.example.net", "example.net"
KINDS = {20: "change", 21: "alert", 22: "handshake", 23: "data"}


def authority(place):
    """The certificates that all tests share, in a folder of this place."""
    found = pki.Pki(place.file("pki"))
    found.issue("ocs", OCS)
    found.issue("ours", "*.client.test")
    found.issue("crowd", "*.client.test")  # those who are not Diatom
    return found


def words(certificates, certificate, trust="ca", **more):
    """Options of the command line."""
    found = ["--tls-certificate", certificates.certificate(certificate), "--tls-key", certificates.key(certificate)]
    if trust:
        found += ["--tls-trust", certificates.certificate(trust)]
    for name, value in more.items():
        found += ["--tls-" + name.replace("_", "-")] + ([] if value is True else [value])
    return found


def serve(place, certificates, *args, certificate="ocs", host=OCS, realm=REALM, listen="aaas://127.0.0.1:0", trust="ca", tls=None):
    """`diatom serve` with TLS: (process, port)."""
    options = words(certificates, certificate, trust, **(tls or {}))
    return harness.serve(place, *options, *args, host=host, realm=realm, listen=listen)


class Wire(harness.Tap):
    """A tap on a connection that is TLS, or becomes it: notes messages as long as they are clear, and the kinds of records."""

    def __init__(self, port):
        self.records = []  # (direction, kind)
        super().__init__(port)

    def _note(self, direction, data):
        with self.changed:
            while len(data) >= 5:
                if data[0] in KINDS and data[1] == 3:
                    length = 5 + struct.unpack_from("!H", data, 3)[0]
                    if len(data) < length:
                        break
                    self.records.append((direction, KINDS[data[0]]))
                    data = data[length:]
                else:
                    found, rest = octets.cut(data)
                    if not found:
                        break
                    self.seen += [(direction, octets.Message(m)) for m in found[:1]]
                    data = data[len(found[0]) :]
            self.changed.notify_all()
        return data

    def kinds(self, direction):
        with self.changed:
            return [kind for d, kind in self.records if d == direction]


def context(certificates, certificate="crowd", trust="ca", **attributes):
    """Of a client."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    if trust:
        found.load_verify_locations(certificates.certificate(trust))
    else:
        found.verify_mode = ssl.CERT_NONE
    if certificate:
        found.load_cert_chain(certificates.certificate(certificate), certificates.key(certificate))
    for name, value in attributes.items():
        setattr(found, name, value)
    return found


class Client(wrong.Client):
    """A client whose octets the test writes, over TLS."""

    def __init__(self, port, secure, **options):
        self.secure = secure
        super().__init__(port, **options)

    def connect(self, port):
        plain = super().connect(port)
        return self.secure.wrap_socket(plain, server_hostname=OCS)


def is_served(port, secure):
    with Client(port, secure) as client:
        client.is_served()


class Half:
    """One end of TLS in memory: what it would send, piece by piece."""

    def __init__(self, secure, port, address="127.0.0.1"):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = secure.wrap_bio(self.incoming, self.outgoing, server_hostname=OCS)
        self.socket = socket.socket()
        self.socket.settimeout(harness.PATIENCE)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def step(self, work=None):
        """The octets that come next; work defaults to the handshake. b"": it is done."""
        try:
            (work or self.tls.do_handshake)()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def take(self):
        """What the other end has sent goes in; false: it has closed."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self.incoming.write(data)
        return bool(data)

    def flight(self, number):
        """Sends what comes before flight `number` of ours, gives that one: 0 is ClientHello."""
        for _ in range(number):
            self.socket.sendall(self.step())
            self.take()
        return self.step()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def is_cut_off(connection, patience):
    """Reads until the connection ends; what came. Fails when it stands still then."""
    connection.settimeout(patience)
    found = b""
    try:
        while data := connection.recv(1 << 16):
            found += data
    except ConnectionError:
        pass
    except TimeoutError:
        raise harness.Failure(f"the connection still stands after {patience} s") from None
    return found
