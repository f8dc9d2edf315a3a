"""Large bodies stream both ways; memory stays where it was."""

import hashlib
import threading
import time

import pytest

from support.processes import resident_bytes
from support.raw import Connection, request
from support.server import Signet
from support.upstream import PIECE, Upstream

MIB = 1 << 20


class Watch:
    """The highest resident memory of a process, looked at every 20 ms."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.start = self.highest = resident_bytes(pid)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self) -> None:
        while not self.over.wait(0.02):
            self.highest = max(self.highest, resident_bytes(self.pid))

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    @property
    def growth(self) -> int:
        return self.highest - self.start


def up(signet: Signet, upstream: Upstream, token: str, size: int, chunked: bool) -> None:
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    digest = hashlib.sha256()
    with Connection(signet.gateway_port, seconds=120) as connection:
        connection.send(request("/orders/up", token, method="POST", fields=[framing]))
        for _ in range(size // len(PIECE)):
            digest.update(PIECE)
            connection.send(b"10000\r\n" + PIECE + b"\r\n" if chunked else PIECE)
        if chunked:
            connection.send(b"0\r\n\r\n")
        assert connection.answer().status == 200
    seen = upstream.last()
    assert (seen.body_bytes, seen.body_sha256) == (size, digest.hexdigest())


def down(signet: Signet, token: str, size: int) -> None:
    with Connection(signet.gateway_port, seconds=120) as connection:
        connection.send(request(f"/any/bytes/{size}", token))
        answer = connection.head()
        assert answer.value("Content-Length") == str(size)
        rest = size - len(connection.buffer)
        buffer = bytearray(MIB)
        while rest:
            count = connection.socket.recv_into(buffer)
            assert count, f"{rest} octets were missing"
            rest -= count


def both_ways(signet: Signet, upstream: Upstream, token: str, size: int) -> None:
    up(signet, upstream, token, 16 * MIB, chunked=False)
    down(signet, token, 16 * MIB)
    with Watch(signet.worker) as watch:
        up(signet, upstream, token, size, chunked=False)
        up(signet, upstream, token, size // 4, chunked=True)
        down(signet, token, size)
    print(f"{size // MIB} MiB both ways: resident memory grew by {watch.growth / MIB:.1f} MiB")
    assert watch.growth < 16 * MIB


def test_256_mib_up_and_down_in_constant_memory(signet: Signet, upstream: Upstream, write_token: str) -> None:
    both_ways(signet, upstream, write_token, 256 * MIB)


@pytest.mark.soak
def test_2_gib_up_and_down_in_constant_memory(signet: Signet, upstream: Upstream, write_token: str) -> None:
    both_ways(signet, upstream, write_token, 2048 * MIB)


def test_a_client_that_does_not_read_stops_the_upstream(signet: Signet, read_token: str) -> None:
    """Back-pressure: what nobody takes stays with the upstream and not in the gateway's memory."""
    with Watch(signet.worker) as watch:
        connections = [Connection(signet.gateway_port, seconds=60) for _ in range(8)]
        for connection in connections:
            connection.send(request(f"/any/bytes/{64 * MIB}", read_token))
        time.sleep(1.5)
        for connection in connections:
            connection.socket.close()
    assert watch.growth < 16 * MIB, f"{watch.growth / MIB:.1f} MiB"


def test_an_upstream_that_does_not_read_stops_the_client(signet: Signet, write_token: str) -> None:
    """Back-pressure the other way: `hang` comes after the body, so the upstream's half is a slow reader here."""
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    done = signet.run("export")
    assert done.returncode == 0
    # A server of its own would do as well; the route is added and taken away through the public commands.
    added = f"""
kind: API
name: deaf
spec:
  type: rest
  audience: https://deaf.example
  upstreams: [{{url: http://127.0.0.1:{port}}}]
  timeouts: {{response: 30s, idle: 30s}}
  routes: [{{path: {{prefix: /deaf}}, access: public}}]
"""
    signet.apply(added)
    with Watch(signet.worker) as watch, Connection(signet.gateway_port, seconds=2) as connection:
        connection.send(request("/deaf/1", method="POST", fields=[f"Content-Length: {256 * MIB}"]))
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 256 * MIB:
                sent += connection.socket.send(PIECE)
    assert sent < 32 * MIB, f"{sent / MIB:.1f} MiB were taken"
    assert watch.growth < 16 * MIB
    listener.close()
    assert signet.admin("DELETE", "/apis/deaf").status_code in (200, 204)
