"""A client's connection that stays, and costs little: there are hundreds of exchanges in a second."""

import re
import socket
import time
from dataclasses import dataclass

from .knowledge import Span

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close\r", re.IGNORECASE)


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes


class Line:
    """A connection that is made anew when it was lost, or when the test has killed its other end."""

    def __init__(self, port: int, downtimes: list[Span]) -> None:
        self.port = port
        self.downtimes = downtimes
        self.socket: socket.socket | None = None
        self.made = 0.0

    def exchange(self, octets: bytes) -> tuple[Span, Reply | None]:
        """Sends a request; answers when, and the response unless the connection was lost."""
        if self.downtimes and self.downtimes[-1].sent > self.made:
            self.close()
        span = Span(time.time())
        reply: Reply | None = None
        try:
            if self.socket is None:
                self.made = time.time()
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=15)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(octets)
            reply = self.read(self.socket)
        except (EOFError, OSError):
            self.close()
        span.answered = time.time()
        return span, reply

    def read(self, connection: socket.socket) -> Reply:
        """One response with its length, as all that are asked for here have it."""
        octets = b""
        while (end := octets.find(b"\r\n\r\n")) < 0:
            octets += self.piece(connection)
        head, body = octets[: end + 2], octets[end + 4 :]
        length = LENGTH.search(head)
        assert head.startswith(b"HTTP/1.1 ") and length, head
        while len(body) < int(length[1]):
            body += self.piece(connection)
        assert len(body) == int(length[1]), "more than one response"
        if CLOSE.search(head):
            self.close()
        return Reply(int(head[9:12]), body)

    @staticmethod
    def piece(connection: socket.socket) -> bytes:
        piece = connection.recv(1 << 16)
        if not piece:
            raise EOFError
        return piece

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None
