"""SCTP in UDP (RFC 9260, RFC 6951) as octets: an end that says what it is told to, right or wrong, and repeats nothing."""

import hashlib
import hmac
import itertools
import os
import socket
import struct
import time

DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK = range(9)
ERROR, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN_COMPLETE = 9, 10, 11, 14
END, BEGIN, UNORDERED, AT_ONCE = 1, 2, 4, 8  # flags of DATA
AUTH = 15
COOKIE = 7  # a parameter of INIT ACK
RANDOM, CHUNK_LIST, HMAC_ALGO = 0x8002, 0x8003, 0x8004  # parameters of INIT and INIT ACK (RFC 4895)
EXTENSIONS = 0x8008  # ... chunk types that are understood (RFC 5061)
SHA1 = 1  # an HMAC identifier
CLEAR, DTLS = 46, 47  # payload protocol identifiers


def _table():
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        yield n


_CRC = list(_table())


def crc32c(octets):
    sum_ = 0xFFFFFFFF
    for octet in octets:
        sum_ = sum_ >> 8 ^ _CRC[(sum_ ^ octet) & 0xFF]
    return sum_ ^ 0xFFFFFFFF


def chunk(kind, flags=0, value=b"", length=None):
    length = 4 + len(value) if length is None else length
    return struct.pack("!BBH", kind, flags, length) + value + bytes(-len(value) % 4)


def packet(source, destination, tag, *chunks):
    octets = struct.pack("!HHII", source, destination, tag, 0) + b"".join(chunks)
    return octets[:8] + struct.pack("<I", crc32c(octets)) + octets[12:]


def chunks_of(octets):
    """(type, flags, value) of each."""
    at = 12
    while at + 4 <= len(octets):
        kind, flags, length = struct.unpack_from("!BBH", octets, at)
        if length < 4:
            return
        yield kind, flags, octets[at + 4 : at + length]
        at += length + 3 & ~3


def parameter(kind, value):
    return struct.pack("!HH", kind, 4 + len(value)) + value


def parameters_of(value):
    """{type: whole parameter without padding} of the value of an INIT or INIT ACK."""
    at, found = 16, {}
    while at + 4 <= len(value):
        kind, length = struct.unpack_from("!HH", value, at)
        found[kind] = value[at : at + length]
        at += max(4, length) + 3 & ~3
    return found


def init(tag, streams=16, tsn=1, parameters=()):
    padded = b"".join(p + bytes(-len(p) % 4) for p in parameters)
    return chunk(INIT, 0, struct.pack("!IIHHI", tag, 1 << 20, streams, streams, tsn) + padded)


def _number(octets):
    return int.from_bytes(octets, "big")


class Message:
    """A message that came whole."""

    def __init__(self, octets, ppid, stream, unordered):
        self.octets, self.ppid, self.stream, self.unordered = octets, ppid, stream, unordered


class End:
    """One end of an association, or of what is to become one."""

    _ports = itertools.count(20000)

    def __init__(self, udp_port, port=3868, address="127.0.0.1", to="127.0.0.1", patience=10, authenticates=False):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.connect((to, udp_port))
        self.port, self.own_port, self.patience = port, next(self._ports), patience
        self.tag = struct.unpack("!I", os.urandom(4))[0] | 1
        self.peer_tag, self.tsn, self.ssn = 0, 1, {}
        self.seen = None  # the last TSN of the other end that came in order
        self.parts, self.messages, self.came = [], [], []
        self.parameters = {}  # of the other end's INIT ACK
        self.key = None  # of RFC 4895, before others are agreed
        self.ours = [parameter(RANDOM, os.urandom(32)), parameter(CHUNK_LIST, bytes([DATA])), parameter(HMAC_ALGO, struct.pack("!H", SHA1))]
        self.ours = self.ours if authenticates else []

    def close(self):
        if self.peer_tag:
            try:
                self.send(chunk(ABORT))
            except ConnectionRefusedError:
                pass
        self.socket.close()

    def send(self, *chunks, tag=None):
        self.socket.send(packet(self.own_port, self.port, self.peer_tag if tag is None else tag, *chunks))

    # ---- What comes

    def _data(self, flags, value):
        tsn, stream, _, ppid = struct.unpack_from("!IHHI", value)
        if tsn != (self.seen + 1) & 0xFFFFFFFF:
            return  # again, or out of order: it will come again
        self.seen = tsn
        self.parts.append(value[12:])
        if flags & END:
            self.messages.append(Message(b"".join(self.parts), ppid, stream, bool(flags & UNORDERED)))
            self.parts = []

    def hear(self, patience):
        """One packet; its chunks' types. None: none came."""
        self.socket.settimeout(patience)
        try:
            octets = self.socket.recv(65536)
        except (TimeoutError, ConnectionRefusedError):
            return None
        kinds = []
        for kind, flags, value in chunks_of(octets):
            kinds.append(kind)
            self.came.append((kind, flags, value))
            if kind == DATA and self.seen is not None:
                self._data(flags, value)
            elif kind == HEARTBEAT:
                self.send(chunk(HEARTBEAT_ACK, 0, value))
        if DATA in kinds and self.seen is not None:
            self.send(chunk(SACK, 0, struct.pack("!IIHH", self.seen, 1 << 20, 0, 0)))
        return kinds

    def wait_chunk(self, kind, patience=None):
        """The value of the next chunk of this type; None: it did not come."""
        limit = time.monotonic() + (self.patience if patience is None else patience)
        while (left := limit - time.monotonic()) > 0:
            for at, (what, flags, value) in enumerate(self.came):
                if what == kind:
                    del self.came[: at + 1]
                    return value
            self.hear(left)
        return None

    def wait_message(self, patience=None):
        limit = time.monotonic() + (self.patience if patience is None else patience)
        while not self.messages and (left := limit - time.monotonic()) > 0:
            self.hear(left)
        return self.messages.pop(0) if self.messages else None

    # ---- An association

    def ask(self):
        """INIT: the cookie of its answer, or None."""
        understood = [parameter(EXTENSIONS, bytes([AUTH]))] if self.ours else []
        self.send(init(self.tag, tsn=self.tsn, parameters=understood + self.ours), tag=0)
        value = self.wait_chunk(INIT_ACK)
        if value is None:
            return None
        self.peer_tag, _, _, _, tsn = struct.unpack_from("!IIHHI", value)
        self.seen = (tsn - 1) & 0xFFFFFFFF
        self.parameters = parameters_of(value)
        theirs = [self.parameters[kind] for kind in (RANDOM, CHUNK_LIST, HMAC_ALGO) if kind in self.parameters]
        self.key = b"".join(sorted([b"".join(self.ours), b"".join(theirs)], key=_number)) if self.ours else None
        return self.parameters[COOKIE][4:] if COOKIE in self.parameters else None

    def begin(self):
        """True: the association is there."""
        cookie = self.ask()
        if cookie is None:
            return False
        self.send(chunk(COOKIE_ECHO, 0, cookie))
        return self.wait_chunk(COOKIE_ACK) is not None

    def data(self, octets, ppid=CLEAR, stream=0, flags=BEGIN | END):
        """A DATA chunk, with the next number."""
        ssn = self.ssn.get(stream, 0)
        value = struct.pack("!IHHI", self.tsn, stream, 0 if flags & UNORDERED else ssn, ppid) + octets
        self.tsn = (self.tsn + 1) & 0xFFFFFFFF
        if flags & END and not flags & UNORDERED:
            self.ssn[stream] = (ssn + 1) & 0xFFFF
        return chunk(DATA, flags, value)

    def authenticated(self, *chunks):
        """They, behind an AUTH chunk."""
        rest = b"".join(chunks)
        head = struct.pack("!HH", 0, SHA1)
        sum_ = hmac.new(self.key, chunk(AUTH, 0, head + bytes(20)) + rest, hashlib.sha1).digest()
        return chunk(AUTH, 0, head + sum_) + rest

    def say(self, octets, **how):
        data = self.data(octets, **how)
        self.send(self.authenticated(data) if self.key else data)
