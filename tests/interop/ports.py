"""Ports of 127.0.0.1 for programs that cannot let the kernel choose, and ports where nobody is. Each is held until the tests end,
so that it is not given to anybody else meanwhile."""

import socket

_held = []


def free_port():
    """It is bound and does not listen: who connects is refused, and who sets SO_REUSEADDR, as servers do, can have it."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    _held.append(s)
    return s.getsockname()[1]


def deaf_port():
    """Of UDP: its socket hears one stranger alone, so that all others are told that nobody is there."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.connect(("127.0.0.1", 9))
    _held.append(s)
    return s.getsockname()[1]
