"""Diameter messages and captures as octets: what decode reads."""

import struct


def avp(code, data, flags=0x40, vendor=None):
    """One AVP; data of a group is the list of its AVPs."""
    if isinstance(data, list):
        data = b"".join(data)
    if isinstance(data, str):
        data = data.encode()
    if isinstance(data, int):
        data = struct.pack(">I", data)
    head = 8 if vendor is None else 12
    out = struct.pack(">II", code, (flags | (0 if vendor is None else 0x80)) << 24 | head + len(data))
    if vendor is not None:
        out += struct.pack(">I", vendor)
    return out + data + bytes(-len(data) % 4)


def message(hop_by_hop, avps=None, command=280, flags=0x80, application=0, version=1):
    """A Device-Watchdog-Request unless told otherwise."""
    if avps is None:
        avps = [avp(264, f"host-{hop_by_hop}.example.net"), avp(296, "example.net")]
    body = b"".join(avps)
    head = struct.pack(">II", version << 24 | 20 + len(body), flags << 24 | command)
    return head + struct.pack(">III", application, hop_by_hop, hop_by_hop + 1000) + body


def pcap(packets, link=1, snaplen=262144):
    """A pcap file. A packet is octets, or octets and the seconds of its time."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)
    for number, packet in enumerate(packets):
        octets, seconds = packet if isinstance(packet, tuple) else (packet, 1700000000)
        kept = octets[:snaplen]
        out += struct.pack("<IIII", seconds, number, len(kept), len(octets)) + kept
    return out


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def pcapng(packets, link=1):
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", link, 0, 0))
    for packet in packets:
        out += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + packet)
    return out


def ethernet(payload, kind=0x0800, vlans=()):
    tags = b"".join(struct.pack(">HH", 0x8100, vlan) for vlan in vlans)
    return bytes(12) + tags + struct.pack(">H", kind) + payload


def ipv4(payload, protocol=6, source="192.0.2.1", target="192.0.2.2", fragment=0):
    def octets(text):
        return bytes(int(n) for n in text.split("."))

    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0)
    return head + octets(source) + octets(target) + payload


def ipv6(payload, protocol=6, extension=b""):
    head = struct.pack(">IHBB", 6 << 28, len(extension) + len(payload), 60 if extension else protocol, 64)
    return head + bytes(15) + b"\1" + bytes(15) + b"\2" + extension + payload


def tcp(payload, seq=1000, ports=(40000, 3868), syn=False, fin=False, rst=False):
    flags = 0x10 | (1 if fin else 0) | (2 if syn else 0) | (4 if rst else 0)
    return struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, 0, 0x50, flags, 65535, 0, 0) + payload


def segments(parts, seq=1000, syn=True, **kw):
    """A connection: each part is octets, in order, as Ethernet packets."""
    out = [ethernet(ipv4(tcp(b"", seq=seq - 1, syn=True, **kw)))] if syn else []
    for part in parts:
        out.append(ethernet(ipv4(tcp(part, seq=seq, **kw))))
        seq += len(part)
    return out


def data_chunk(payload, tsn, begin=True, end=True, ppid=46, stream=0):
    flags = (2 if begin else 0) | (1 if end else 0)
    head = struct.pack(">BBHIHHI", 0, flags, 16 + len(payload), tsn, stream, 0, ppid)
    return head + payload + bytes(-len(payload) % 4)


def sctp(chunks, ports=(40000, 3868), tag=7):
    return struct.pack(">HHII", *ports, tag, 0) + b"".join(chunks)


def upper_pdu(payload, name=b"diameter"):
    """Wireshark's exported packets (link type 252)."""
    name += bytes(-len(name) % 4)
    return struct.pack(">HH", 12, len(name)) + name + struct.pack(">HH", 0, 0) + payload
