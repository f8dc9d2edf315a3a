"""HTTP over a bare socket: sends any octets, and tells a clean end from a reset."""

import socket
from dataclasses import dataclass, field


class Truncated(Exception):
    """The connection ended, cleanly or not, before the message did."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        return next((value for other, value in self.headers if other.lower() == name.lower()), None)


class Connection:
    """A client's connection."""

    def __init__(self, port: int, seconds: float = 20) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def fill(self) -> None:
        try:
            piece = self.socket.recv(1 << 18)
        except ConnectionError as error:
            raise Truncated(f"reset after {len(self.buffer)} octets") from error
        if not piece:
            raise Truncated("closed")
        self.buffer += piece

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self.fill()
        piece, self.buffer = self.buffer[:count], self.buffer[count:]
        return piece

    def fields(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while line := self.line():
            name, _, value = line.partition(":")
            found.append((name, value.strip()))
        return found

    def head(self) -> Answer:
        """The head of the next response, interim ones included."""
        words = self.line().split(" ", 2)
        assert words[0] in ("HTTP/1.1", "HTTP/1.0"), words
        return Answer(int(words[1]), self.fields())

    def answer(self, method: str = "GET") -> Answer:
        """The next final response with its body; raises Truncated when it is cut off."""
        answer = self.head()
        while 100 <= answer.status < 200:
            answer = self.head()
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if "chunked" in (answer.value("Transfer-Encoding") or ""):
            answer.body = self.chunks()
            answer.trailers = self.fields()
        elif (length := answer.value("Content-Length")) is not None:
            answer.body = self.take(int(length))
        else:
            answer.body = self.rest()
        return answer

    def chunks(self) -> bytes:
        """The chunks of a body up to and with the last one, whose trailers come next."""
        body = b""
        while size := int(self.line().split(";")[0], 16):
            body += self.take(size)
            assert self.line() == ""
        return body

    def rest(self) -> bytes:
        """Everything up to a clean end; raises Truncated at a reset."""
        while True:
            try:
                piece = self.socket.recv(1 << 18)
            except ConnectionError as error:
                raise Truncated("reset") from error
            if not piece:
                octets, self.buffer = self.buffer, b""
                return octets
            self.buffer += piece

    def closed(self, seconds: float = 5) -> bool:
        """Whether the server closes the connection without another octet."""
        self.socket.settimeout(seconds)
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def request(
    target: str,
    token: str | None = None,
    method: str = "GET",
    fields: list[str] | None = None,
    body: bytes = b"",
    host: str = "127.0.0.1",
) -> bytes:
    """The octets of a request; Content-Length is added when there is a body and no framing field."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    lines += fields or []
    framed = any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines)
    if body and not framed:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def exchange(port: int, octets: bytes, method: str = "GET") -> Answer:
    """One exchange on a connection of its own."""
    with Connection(port) as connection:
        connection.send(octets)
        return connection.answer(method)
