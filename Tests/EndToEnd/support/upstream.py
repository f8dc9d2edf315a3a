"""An upstream that does what a test's path says and remembers what it saw."""

import hashlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

PIECE = b"x" * 65536


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body_bytes: int = 0
    body_sha256: str = ""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    complete: bool = False
    connection: int = 0

    def values(self, name: str) -> list[str]:
        return [value for other, value in self.headers if other.lower() == name.lower()]

    def names(self) -> set[str]:
        """Lower-cased names with `_` read as `-`, of fields and trailers."""
        return {name.lower().replace("_", "-") for name, _ in self.headers + self.trailers}


class Gone(Exception):
    """The other side closed in the middle."""


class Reader:
    """Buffered reads from a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = b""

    def fill(self) -> None:
        try:
            piece = self.connection.recv(1 << 18)
        except OSError as error:
            raise Gone from error
        if not piece:
            raise Gone
        self.buffer += piece

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def take(self, count: int) -> bytes:
        """At most `count` octets, at least one."""
        if not self.buffer:
            self.fill()
        piece, self.buffer = self.buffer[:count], self.buffer[count:]
        return piece


class Upstream:
    """An HTTP/1.1 server on a free loopback port; one thread per connection.

    The last segments of the path choose the behaviour: `hang`, `die-before-head`, `die-mid-head`, `die-in-body`,
    `die-in-chunks`, `reset-in-body`, `garbage`, `trailers`, `bytes/N`, `chunks/N`, `status/N`, `slow/MS`, `early`.
    Anything else answers with a description of the request.
    """

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.seen: list[Seen] = []
        self.connections = 0
        self.open: set[socket.socket] = set()
        self.stopping = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        # Wakes accept, which closing alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def last(self) -> Seen:
        assert self.seen, "the upstream saw nothing"
        return self.seen[-1]

    def accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection, self.connections), daemon=True).start()

    def serve(self, connection: socket.socket, number: int) -> None:
        reader = Reader(connection)
        try:
            while self.exchange(connection, reader, number):
                pass
        except (Gone, OSError):
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def exchange(self, connection: socket.socket, reader: Reader, number: int) -> bool:
        method, target, _ = reader.line().decode("latin-1").split(" ", 2)
        request = Seen(method, target, fields(reader), connection=number)
        self.seen.append(request)
        words = target.split("?")[0].strip("/").split("/")
        if words[-1] == "early":
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\nConnection: close\r\n\r\nearly")
            time.sleep(0.05)
            return False
        if any(value.lower() == "100-continue" for value in request.values("Expect")):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.read_body(reader, request)
        return self.answer(connection, request, words)

    @staticmethod
    def read_body(reader: Reader, request: Seen) -> None:
        digest = hashlib.sha256()

        def copy(count: int) -> None:
            while count:
                piece = reader.take(count)
                digest.update(piece)
                request.body_bytes += len(piece)
                count -= len(piece)

        if any("chunked" in value.lower() for value in request.values("Transfer-Encoding")):
            while size := int(reader.line().split(b";")[0], 16):
                copy(size)
                assert reader.line() == b""
            request.trailers = fields(reader)
        else:
            copy(int((request.values("Content-Length") or ["0"])[0]))
        request.body_sha256 = digest.hexdigest()
        request.complete = True

    def answer(self, connection: socket.socket, request: Seen, words: list[str]) -> bool:
        send = connection.sendall
        behaviour, number = words[-1], 0
        if len(words) > 1 and words[-1].isdigit():
            behaviour, number = words[-2], int(words[-1])
        match behaviour:
            case "hang":
                self.stopping.wait(60)
                return False
            case "die-before-head":
                return False
            case "die-mid-head":
                send(b"HTTP/1.1 200 OK\r\nContent-Le")
                return False
            case "die-in-body" | "reset-in-body":
                send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PIECE[:1000])
                time.sleep(0.1)
                if behaviour == "reset-in-body":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case "die-in-chunks":
                send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + PIECE[:1000] + b"\r\n")
                time.sleep(0.1)
                return False
            case "garbage":
                send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                return False
            case "trailers":
                send(
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Signet-Subject\r\n\r\n"
                    b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Signet-Subject: mallory\r\n\r\n"
                )
                return True
            case "bytes":
                send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % number)
                if request.method == "HEAD":
                    return True
                for _ in range(number // len(PIECE)):
                    send(PIECE)
                send(PIECE[: number % len(PIECE)])
                return True
            case "chunks":
                send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(number):
                    send(b"5\r\nhello\r\n")
                send(b"0\r\n\r\n")
                return True
            case "drip":
                send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(number):
                    send(b"5\r\nhello\r\n")
                    if self.stopping.wait(0.1):
                        return False
                send(b"0\r\n\r\n")
                return True
            case "status":
                send(b"HTTP/1.1 %d Status\r\nContent-Length: 0\r\n\r\n" % number)
                return True
            case "slow":
                time.sleep(number / 1000)
        body = json.dumps(
            {
                "method": request.method,
                "target": request.target,
                "headers": request.headers,
                "body_bytes": request.body_bytes,
                "body_sha256": request.body_sha256,
                "trailers": request.trailers,
            }
        ).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        send(head if request.method == "HEAD" else head + body)
        return True


def fields(reader: Reader) -> list[tuple[str, str]]:
    """Header or trailer fields up to the empty line."""
    found: list[tuple[str, str]] = []
    while line := reader.line().decode("latin-1"):
        name, _, value = line.partition(":")
        found.append((name, value.strip()))
    return found
