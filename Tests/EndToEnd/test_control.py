"""The control listener without privileges, and under clients that hold connections without finishing a request."""

import resource
import socket
from collections.abc import Callable

from support.processes import UNPRIVILEGED
from support.server import Signet
from support.web import web


def test_unfinished_requests_on_all_connections_hold_up_nobody(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str]
) -> None:
    signet = new_signet()
    signet.apply(demo_resources("http://127.0.0.1:1"))
    count = 1100
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    head = b"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", signet.control_port), timeout=10)
            connection.sendall(head)
            held.append(connection)
        for _ in range(3):
            assert web.get(f"{signet.control}/readyz", timeout=5).status_code == 200
            assert signet.token("reporter").count(".") == 4
        # The newest of those that wait is not the one that made room.
        held[-1].sendall(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        assert held[-1].recv(4096).startswith(b"HTTP/1.1 4")
    finally:
        for connection in held:
            connection.close()


def test_a_server_without_privileges_answers_many_connections(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str]
) -> None:
    signet = new_signet(start=False)
    signet.prefix = UNPRIVILEGED
    signet.start()
    worker = signet.worker
    for _ in range(10):
        assert web.get(f"{signet.control}/readyz", timeout=5).status_code == 200
    signet.apply(demo_resources("http://127.0.0.1:1"))
    assert signet.token("reporter").count(".") == 4
    assert signet.worker == worker and "stopped accepting" not in signet.log
