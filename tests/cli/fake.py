"""A Diameter server that does what a test says: it answers CER, DWR and DPR, and hands every other request to the test.
"""

import contextlib
import socket
import threading

import cli  # noqa: F401 -- who knows where octets are
from octets import *  # noqa: F403 -- the vocabulary of messages as octets
import octets

IDENTITY = [avp(ORIGIN_HOST, "fake.example.net"), avp(ORIGIN_REALM, "example.net")]
CEA_REST = [
    avp(HOST_IP_ADDRESS, address("127.0.0.1")),
    avp(VENDOR_ID, 0),
    avp(PRODUCT_NAME, "fake"),
    avp(AUTH_APPLICATION_ID, CREDIT_CONTROL),
]


def answer_to(request, *avps, result=2001, flags=0):
    """An answer of these AVPs, with the ids of the request."""
    head = octets.avp_less_request(request.octets, flags)
    session = [a.octets for a in request.all(SESSION_ID)]
    return message(request.command, *session, avp(RESULT_CODE, result), *IDENTITY, *avps, **head)


class Fake:
    """`on_request(message)` gives octets to send, b"" for silence, or None to close the connection."""

    def __init__(self, on_request, cea=2001):
        self.on_request = on_request
        self.cea = cea
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connection = self.listener  # until there is one
        self.uri = f"aaa://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        for s in (self.listener, self.connection):
            with contextlib.suppress(OSError):  # it is closed already
                s.shutdown(socket.SHUT_RDWR)  # who waits for it wakes up
        self.thread.join()
        self.listener.close()

    def reply(self, request):
        if request.command == CER:
            return answer_to(request, *CEA_REST, result=self.cea)
        if request.command in (DWR, DPR):
            return answer_to(request)
        return self.on_request(request)

    def hear(self, answer):
        """It asks nothing by itself."""
        return b""

    def talk(self, connection):
        rest = b""
        while data := connection.recv(65536):
            ready, rest = octets.cut(rest + data)
            for one in map(Message, ready):
                out = self.reply(one) if one.request else self.hear(one)
                if out is None:
                    return
                connection.sendall(out)

    def serve(self):
        with contextlib.suppress(OSError):
            self.connection, _ = self.listener.accept()
            with self.connection:
                self.talk(self.connection)
