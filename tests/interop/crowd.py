"""A crowd: thousands of connections of one process, each with a host name of its own, that say CER and then only answer DWR.

It runs in a thread. Strict about what it gets: a CEA of 2001, then DWRs and nothing else; everything else is a problem.
"""

import errno
import os
import resource
import selectors
import socket
import struct
import threading
import time

import octets

PER_ADDRESS = 900  # connections from one of 127.0.0.2, 127.0.0.3, ...: a node's default limit is 1,000
UNDER_WAY = 128  # connections without CEA at a time: a node's default limit is 256
SPARE = 200  # descriptors for everything else


def raise_descriptors():
    """Lets this process and its children have as many descriptors as they may; how many that are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def resident(pid):
    """Octets of memory that a process has in RAM."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Member:
    """One connection."""

    __slots__ = ("number", "socket", "input", "open", "watchdogs")

    def __init__(self, number):
        self.number = number
        self.input = b""
        self.open = False
        self.watchdogs = 0
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((f"127.0.0.{2 + number // PER_ADDRESS}", 0))

    @property
    def names(self):
        return octets.avp(octets.ORIGIN_HOST, f"idle-{self.number}.crowd.test") + octets.avp(
            octets.ORIGIN_REALM, "crowd.test"
        )

    def cer(self):
        return octets.message(
            octets.CER, self.names, octets.avp(octets.HOST_IP_ADDRESS, octets.address("127.0.0.1")),
            octets.avp(octets.VENDOR_ID, 0), octets.avp(octets.PRODUCT_NAME, "crowd"),
            octets.avp(octets.AUTH_APPLICATION_ID, octets.CREDIT_CONTROL), hop_by_hop=self.number,
        )  # fmt: skip

    def dwa(self, dwr):
        hop_by_hop, end_to_end = struct.unpack_from("!II", dwr, 12)
        return octets.message(
            octets.DWR, octets.avp(octets.RESULT_CODE, 2001), self.names, flags=0, hop_by_hop=hop_by_hop, end_to_end=end_to_end
        )


class Crowd:
    """`count` connections to 127.0.0.1:port, opened one after the other and held until close()."""

    def __init__(self, port, count):
        self.port, self.count = port, count
        self.members = []
        self.open = 0
        self.watched = 0  # members that have answered a DWR
        self.watchdogs = 0  # DWRs answered
        self.problem = None
        self.changed = threading.Condition()
        self.selector = selectors.DefaultSelector()
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.stopping:
                while len(self.members) < min(self.count, self.open + UNDER_WAY) and not self.problem:
                    self._begin()
                for key, events in self.selector.select(0.2):
                    if events & selectors.EVENT_WRITE:
                        self._greet(key.data)
                    else:
                        self._read(key.data)
                with self.changed:
                    self.changed.notify_all()
        except (OSError, octets.Malformed) as error:
            self._complain(f"{type(error).__name__}: {error}")

    def _complain(self, text):
        with self.changed:
            self.problem = self.problem or text
            self.changed.notify_all()

    def _begin(self):
        member = Member(len(self.members))
        self.members.append(member)
        status = member.socket.connect_ex(("127.0.0.1", self.port))
        if status not in (0, errno.EINPROGRESS):
            raise OSError(status, f"connection {member.number}: {os.strerror(status)}")
        self.selector.register(member.socket, selectors.EVENT_WRITE, member)

    def _greet(self, member):
        status = member.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if status:
            raise OSError(status, f"connection {member.number}: {os.strerror(status)}")
        member.socket.send(member.cer())
        self.selector.modify(member.socket, selectors.EVENT_READ, member)

    def _read(self, member):
        data = member.socket.recv(65536)
        if not data:
            self.selector.unregister(member.socket)
            self._complain(f"connection {member.number} was closed")
            return
        messages, member.input = octets.cut(member.input + data)
        for message in messages:
            command = struct.unpack_from("!I", message, 4)[0]
            if command == octets.CER and not member.open:
                self._opened(member, octets.Message(message))
            elif command == octets.R << 24 | octets.DWR:
                self._answer(member, message)
            else:
                self._complain(f"connection {member.number} got {octets.Message(message)}")

    def _opened(self, member, cea):
        if cea.result != 2001:
            self._complain(f"connection {member.number}: {cea}")
        member.open = True
        self.open += 1

    def _answer(self, member, dwr):
        member.socket.send(member.dwa(dwr))
        self.watchdogs += 1
        self.watched += not member.watchdogs
        member.watchdogs += 1

    def wait(self, truth, patience):
        """Until truth(self); false when it takes too long. Ends at once with a problem."""
        limit = time.monotonic() + patience
        with self.changed:
            while not self.problem and not truth(self):
                left = limit - time.monotonic()
                if left <= 0:
                    return False
                self.changed.wait(left)
        return not self.problem

    def close(self):
        self.stopping = True
        self.thread.join(10)
        for member in self.members:
            member.socket.close()
        self.selector.close()
