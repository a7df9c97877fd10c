"""Diameter messages as octets, built and read without any of Diatom's own code (RFC 6733, 3 and 4).

The builder builds whatever it is told to, right or wrong. The reader is strict: what it accepts is well formed.
"""

import socket
import struct

R, P, E, T = 0x80, 0x40, 0x20, 0x10  # command flags
V, M = 0x80, 0x40  # AVP flags

# Commands and applications.
CER, RAR, ASR, CCR, STR, DWR, DPR = 257, 258, 274, 272, 275, 280, 282
COMMON, CREDIT_CONTROL, RELAY = 0, 4, 0xFFFFFFFF
COMMAND_NAMES = {257: "CE", 272: "CC", 280: "DW", 282: "DP"}

# AVPs.
USER_NAME = 1
HOST_IP_ADDRESS = 257
AUTH_APPLICATION_ID = 258
ACCT_APPLICATION_ID = 259
VENDOR_SPECIFIC_APPLICATION_ID = 260
SESSION_ID = 263
ORIGIN_HOST = 264
SUPPORTED_VENDOR_ID = 265
VENDOR_ID = 266
RESULT_CODE = 268
PRODUCT_NAME = 269
DISCONNECT_CAUSE = 273
ORIGIN_STATE_ID = 278
FAILED_AVP = 279
PROXY_HOST = 280
ERROR_MESSAGE = 281
ROUTE_RECORD = 282
DESTINATION_REALM = 283
PROXY_INFO = 284
DESTINATION_HOST = 293
ORIGIN_REALM = 296
PROXY_STATE = 33
EVENT_TIMESTAMP = 55
CC_REQUEST_NUMBER = 415
CC_REQUEST_TYPE = 416
RATING_GROUP = 432
REQUESTED_SERVICE_UNIT = 437
CC_TOTAL_OCTETS = 421
SUBSCRIPTION_ID = 443
SUBSCRIPTION_ID_DATA = 444
SUBSCRIPTION_ID_TYPE = 450
MULTIPLE_SERVICES_CREDIT_CONTROL = 456
SERVICE_CONTEXT_ID = 461

FLAGGED_PLAIN = {PRODUCT_NAME, ERROR_MESSAGE}  # AVPs of ours that must not carry M


def octets_of(value):
    """Text and numbers as an AVP's data; numbers are Unsigned32."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int):
        return struct.pack("!I", value & 0xFFFFFFFF)
    return bytes(value)


def avp(code, value=b"", flags=None, vendor=0, length=None):
    """One padded AVP. `length` replaces the true AVP Length."""
    data = octets_of(value)
    if flags is None:
        flags = 0 if code in FLAGGED_PLAIN else M
    head = 8
    if vendor:
        flags |= V
        head = 12
    if length is None:
        length = head + len(data)
    out = struct.pack("!II", code, flags << 24 | length)
    if vendor:
        out += struct.pack("!I", vendor)
    return out + data + bytes(-len(data) % 4)


def group(code, *parts, **options):
    """A Grouped AVP of parts that are octets already."""
    return avp(code, b"".join(parts), **options)


def address(text):
    """The data of an Address AVP for an IPv4 address."""
    return b"\0\1" + socket.inet_aton(text)


def message(command, *avps, application=COMMON, flags=R, hop_by_hop=1, end_to_end=1, version=1, length=None):
    """A whole message. `length` replaces the true Message Length."""
    body = b"".join(avps)
    if length is None:
        length = 20 + len(body)
    return (
        struct.pack("!IIIII", version << 24 | length, flags << 24 | command, application, hop_by_hop, end_to_end) + body
    )


class Malformed(Exception):
    """Octets that are not well-formed Diameter."""


class Avp:
    """An AVP that was read."""

    def __init__(self, code, flags, vendor, data, octets):
        self.code, self.flags, self.vendor, self.data, self.octets = code, flags, vendor, data, octets

    @property
    def u32(self):
        if len(self.data) != 4:
            raise Malformed(f"AVP {self.code}: {len(self.data)} octets are no Unsigned32")
        return struct.unpack("!I", self.data)[0]

    @property
    def text(self):
        return self.data.decode()

    @property
    def parts(self):
        return read_avps(self.data)

    def __repr__(self):
        return f"Avp({self.code}, flags=0x{self.flags:02x}, vendor={self.vendor}, data={self.data.hex()})"


def read_avps(octets):
    """The AVPs that fill these octets exactly, padding included."""
    found, at = [], 0
    while at < len(octets):
        if len(octets) - at < 8:
            raise Malformed(f"{len(octets) - at} octets behind the last AVP")
        code, flagged = struct.unpack_from("!II", octets, at)
        flags, length = flagged >> 24, flagged & 0xFFFFFF
        head = 12 if flags & V else 8
        padded = length + -length % 4
        if length < head or at + padded > len(octets):
            raise Malformed(f"AVP {code} at {at}: length {length}, {len(octets) - at} octets left")
        if flags & 0x1F:
            raise Malformed(f"AVP {code}: reserved flags 0x{flags:02x}")
        if any(octets[at + length : at + padded]):
            raise Malformed(f"AVP {code}: padding is not zero")
        vendor = struct.unpack_from("!I", octets, at + 8)[0] if flags & V else 0
        found.append(Avp(code, flags, vendor, octets[at + head : at + length], octets[at : at + padded]))
        at += padded
    return found


class Message:
    """A message that was read. Raises Malformed unless header and top-level AVPs are in order."""

    def __init__(self, octets):
        if len(octets) < 20:
            raise Malformed(f"{len(octets)} octets are no header")
        first, second, self.application, self.hop_by_hop, self.end_to_end = struct.unpack_from("!IIIII", octets)
        self.version, self.length = first >> 24, first & 0xFFFFFF
        self.flags, self.command = second >> 24, second & 0xFFFFFF
        if self.version != 1 or self.length != len(octets) or self.flags & 0x0F:
            raise Malformed(f"version {self.version}, length {self.length} of {len(octets)}, flags 0x{self.flags:02x}")
        self.octets = octets
        self.avps = read_avps(octets[20:])

    request = property(lambda self: bool(self.flags & R))
    error = property(lambda self: bool(self.flags & E))
    proxiable = property(lambda self: bool(self.flags & P))

    @property
    def name(self):
        """CER, CCA and so on, or the number of the command."""
        return COMMAND_NAMES.get(self.command, str(self.command)) + ("R" if self.request else "A")

    def all(self, code, vendor=0):
        return [a for a in self.avps if (a.code, a.vendor) == (code, vendor)]

    def get(self, code, vendor=0):
        """The only AVP of this code; None when there is none."""
        found = self.all(code, vendor)
        if len(found) > 1:
            raise Malformed(f"{len(found)} AVPs {code} in {self}")
        return found[0] if found else None

    @property
    def result(self):
        found = self.get(RESULT_CODE)
        return found.u32 if found else None

    @property
    def failed(self):
        """What stands in Failed-AVP, read: it must parse."""
        found = self.get(FAILED_AVP)
        return found.parts if found else []

    def __repr__(self):
        return f"{self.name}(application={self.application}, flags=0x{self.flags:02x}, {self.avps})"


def cut(octets):
    """(messages, rest) of a stream."""
    messages = []
    while len(octets) >= 4:
        length = struct.unpack("!I", octets[:4])[0] & 0xFFFFFF
        if length < 20:
            raise Malformed(f"a message of length {length}")
        if len(octets) < length:
            break
        messages.append(octets[:length])
        octets = octets[length:]
    return messages, octets


def avp_less_request(request, flags=0):
    """The header of an answer to `request` (octets), without AVPs."""
    _, second, application, hop_by_hop, end_to_end = struct.unpack_from("!IIIII", request)
    return dict(
        application=application, flags=(second >> 24) & P | flags, hop_by_hop=hop_by_hop, end_to_end=end_to_end
    )
