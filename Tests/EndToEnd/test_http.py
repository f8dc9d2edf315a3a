"""HTTP/1.1 through the gateway, with what upstreams and clients do wrong."""

import json
import socket
import struct
import time
from collections.abc import Callable

import pytest

from support.processes import wait_until
from support.raw import Connection, Truncated, exchange, request
from support.server import Signet
from support.upstream import Upstream

OPEN_API = """
kind: API
name: {name}
spec:
  type: rest
  audience: https://{name}.example
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: {path}}}, access: public}}]
---
"""


def test_one_connection_serves_many_requests(signet: Signet, upstream: Upstream, read_token: str) -> None:
    before = upstream.connections
    with Connection(signet.gateway_port) as connection:
        for number in range(50):
            connection.send(request(f"/orders/{number}", read_token))
            answer = connection.answer()
            assert answer.status == 200
            assert json.loads(answer.body)["target"] == f"/orders/{number}"
    assert upstream.connections - before <= 1


def test_connection_close_closes(signet: Signet, read_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(request("/orders/1", read_token, fields=["Connection: close"]))
        answer = connection.answer()
        assert answer.value("Connection") == "close"
        assert connection.closed()


def test_http_1_0_gets_an_answer_and_a_close(signet: Signet, read_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(f"GET /any/chunks/3 HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {read_token}\r\n\r\n".encode())
        answer = connection.answer()
        assert (answer.status, answer.value("Transfer-Encoding"), answer.body) == (200, None, b"hello" * 3)


def test_head_has_the_length_and_no_body(signet: Signet, read_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        for _ in range(2):
            connection.send(request("/orders/bytes/1000", read_token, method="HEAD"))
            answer = connection.answer("HEAD")
            assert (answer.status, answer.value("Content-Length")) == (200, "1000")
        connection.send(request("/orders/1", read_token))
        assert connection.answer().status == 200


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_leaves_the_connection_in_order(signet: Signet, read_token: str, status: int) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(request(f"/any/status/{status}", read_token) + request("/orders/1", read_token))
        assert connection.answer().status == status
        assert connection.answer().status == 200


@pytest.mark.parametrize("status", [201, 301, 404, 418, 500, 503])
def test_an_upstreams_status_passes(signet: Signet, read_token: str, status: int) -> None:
    assert exchange(signet.gateway_port, request(f"/any/status/{status}", read_token)).status == status


def test_expect_100_continue(signet: Signet, upstream: Upstream, write_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(
            request("/orders/1", write_token, method="POST", fields=["Expect: 100-continue", "Content-Length: 5"])
        )
        assert connection.head().status == 100
        connection.send(b"hello")
        assert connection.answer().status == 200
    assert upstream.last().body_bytes == 5


def test_expect_100_continue_without_a_token_is_refused_at_once(signet: Signet, upstream: Upstream) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(request("/orders/1", method="POST", fields=["Expect: 100-continue", "Content-Length: 5"]))
        assert connection.head().status == 401
    assert upstream.seen == []


def test_a_chunked_request_body_arrives_whole(signet: Signet, upstream: Upstream, write_token: str) -> None:
    head = request("/orders/1", write_token, method="POST", fields=["Transfer-Encoding: chunked"])
    body = b"5;a=b\r\nhello\r\n" + b"1\r\n \r\n" + b"00005\r\nworld\r\n" + b"A\r\n0123456789\r\n" + b"0\r\n\r\n"
    with Connection(signet.gateway_port) as connection:
        # One octet at a time: every place is a place where the input may stop.
        for octet in head + body:
            connection.send(bytes([octet]))
        answer = connection.answer()
    assert answer.status == 200
    assert upstream.last().body_bytes == 21


def test_a_chunked_response_arrives_whole(signet: Signet, read_token: str) -> None:
    answer = exchange(signet.gateway_port, request("/any/chunks/1000", read_token))
    assert answer.body == b"hello" * 1000


def test_a_body_over_the_limit(signet: Signet, upstream: Upstream) -> None:
    answer = exchange(signet.gateway_port, request("/small/1", method="POST", body=b"x" * 1000))
    assert answer.status == 200
    upstream.seen.clear()
    answer = exchange(signet.gateway_port, request("/small/1", method="POST", body=b"x" * 1001))
    assert (answer.status, json.loads(answer.body)["code"]) == (413, "body-too-large")
    assert upstream.seen == []


def test_a_chunked_body_over_the_limit_never_looks_whole(signet: Signet, upstream: Upstream) -> None:
    head = request("/small/1", method="POST", fields=["Transfer-Encoding: chunked"])
    with Connection(signet.gateway_port) as connection:
        connection.send(head + b"1f4\r\n" + b"x" * 500 + b"\r\n" + b"1f5\r\n" + b"x" * 501 + b"\r\n0\r\n\r\n")
        try:
            answer = connection.answer()
            assert (answer.status, json.loads(answer.body)["code"]) == (413, "body-too-large")
        except Truncated:
            pass
    time.sleep(0.2)
    assert not any(seen.complete for seen in upstream.seen)


def test_a_head_over_the_limit(signet: Signet, upstream: Upstream) -> None:
    many = request("/public/1", fields=[f"X-{number}: {'x' * 100}" for number in range(400)])
    long_line = request("/public/" + "x" * 40000)
    for octets in (many, long_line):
        answer = exchange(signet.gateway_port, octets)
        assert (answer.status, json.loads(answer.body)["code"]) == (431, "head-too-large")
    assert upstream.seen == []


def test_an_upstream_that_is_down(signet: Signet) -> None:
    answer = signet.call("/down/1")
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream-unreachable")
    assert "127.0.0.1" not in answer.text
    line = signet.log_line(answer.headers["x-request-id"])
    assert line["upstream"].startswith("http://127.0.0.1:"), "the operator is told which upstream"


def test_an_upstream_that_hangs(signet: Signet, read_token: str) -> None:
    start = time.monotonic()
    answer = signet.call("/any/hang", read_token)
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream-timeout")
    assert 0.9 < time.monotonic() - start < 5


@pytest.mark.parametrize("way", ["die-before-head", "die-mid-head", "garbage"])
def test_an_upstream_that_breaks_before_its_head(signet: Signet, read_token: str, way: str) -> None:
    answer = signet.call(f"/any/{way}", read_token)
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream-broken")


@pytest.mark.parametrize("way", ["die-in-body", "reset-in-body", "die-in-chunks"])
def test_an_upstream_that_dies_in_its_body_ends_in_a_reset(signet: Signet, read_token: str, way: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(request(f"/any/{way}", read_token))
        answer = connection.head()
        assert answer.status == 200
        with pytest.raises(Truncated, match="reset"):
            connection.rest()
    line = signet.log_line(answer.value("X-Request-Id") or "")
    assert (line["code"], line["reason"]) == ("upstream-broken", "upstream-died-after-its-head")


def test_a_client_that_dies_in_its_body(signet: Signet, upstream: Upstream, write_token: str) -> None:
    for fields, start in (
        (["Content-Length: 100000"], b"x" * 1000),
        (["Transfer-Encoding: chunked"], b"3e8\r\n" + b"x" * 1000),
    ):
        upstream.seen.clear()
        connection = Connection(signet.gateway_port)
        connection.send(request("/orders/1", write_token, method="POST", fields=fields) + start)
        wait_until(lambda: len(upstream.seen) == 1, 5, "the request at the upstream")
        open_before = len(upstream.open)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.socket.close()
        wait_until(lambda: len(upstream.open) < open_before, 5, "the end at the upstream")
        assert not upstream.last().complete
    assert signet.call("/orders/1", write_token).status_code == 200


def test_a_client_that_dies_in_the_answer(signet: Signet, upstream: Upstream, read_token: str) -> None:
    connection = Connection(signet.gateway_port)
    connection.send(request("/any/drip/100", read_token))
    assert connection.head().status == 200
    open_before = len(upstream.open)
    connection.socket.close()
    wait_until(lambda: len(upstream.open) < open_before, 5, "the end at the upstream")


def test_an_upstream_that_answers_early(signet: Signet, write_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(
            request("/orders/early", write_token, method="POST", fields=["Content-Length: 10000000"]) + b"x" * 1000
        )
        answer = connection.answer()
        assert (answer.status, answer.body) == (403, b"early")


def test_a_slow_head_ends(signet: Signet) -> None:
    with Connection(signet.gateway_port, seconds=90) as connection:
        start = time.monotonic()
        connection.send(b"GET /public/1 HTTP/1.1\r\nHost:")
        try:
            assert connection.answer().status == 408
        except Truncated:
            pass
        assert time.monotonic() - start < 75


def test_open_streams_do_not_outlive_a_revocation(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("reporter", "https://orders.example")
    with Connection(signet.gateway_port) as connection:
        connection.send(request("/any/drip/100", token))
        assert connection.head().status == 200
        assert signet.oauth("revoke", "reporter", token=token).status_code == 200
        start = time.monotonic()
        with pytest.raises(Truncated):
            connection.rest()
            raise AssertionError("the stream ended cleanly")
        assert time.monotonic() - start < 1.5


def test_strangers_are_told_nothing_of_the_inside(signet: Signet, read_token: str) -> None:
    for path, token in (("/", None), ("/orders/1", None), ("/down/1", None), ("/any/hang", read_token)):
        answer = signet.call(path, token)
        assert "server" not in answer.headers or "swift" not in answer.headers["server"].lower()
        assert "Swift" not in answer.text and "/Sources/" not in answer.text


def test_a_request_that_goes_in_circles_ends_and_one_that_passes_another_gateway_does_not(
    new_signet: Callable[..., Signet], upstream: Upstream
) -> None:
    inner, outer = new_signet(), new_signet()
    inner.apply(OPEN_API.format(name="inner", path="/", url=upstream.url))
    outer.apply(
        OPEN_API.format(name="through", path="/any", url=f"http://127.0.0.1:{inner.gateway_port}")
        + OPEN_API.format(name="back", path="/back", url=f"http://127.0.0.1:{outer.gateway_port}")
        + OPEN_API.format(name="open", path="/open", url=upstream.url)
    )
    upstream.seen.clear()
    assert outer.call("/any/ok").status_code == 200
    passed = upstream.last().values("cdn-loop")
    assert len(set(passed)) == 2, passed
    answer = outer.call("/back")
    assert (answer.status_code, answer.reason_phrase, answer.json()["code"]) == (508, "Loop Detected", "loop-detected")
    # A service behind the gateway may call another through it, and copy the field.
    assert outer.call("/open/ok", headers={"CDN-Loop": ", ".join(passed)}).status_code == 200


@pytest.mark.parametrize("fields", ["", "Connection: date\r\nDate: x\r\n", "Date: a\r\nDate: b\r\n"])
def test_an_answer_has_one_date(new_signet: Callable[..., Signet], fields: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = new_signet()
        server.apply(OPEN_API.format(name="site", path="/", url=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        with Connection(server.gateway_port) as connection:
            connection.send(request("/x"))
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{fields}\r\n".encode())
                answer = connection.answer()
    assert len([name for name, _ in answer.headers if name.lower() == "date"]) == 1, answer.headers


def test_what_a_guarded_route_protects_is_not_public_by_another_method(
    new_signet: Callable[..., Signet], upstream: Upstream
) -> None:
    server = new_signet()
    server.apply(
        OPEN_API.format(name="site", path="/", url=upstream.url)
        + OPEN_API.format(name="orders", path="/orders", url=upstream.url).replace(
            "access: public", "methods: [GET]"
        )
    )
    upstream.seen.clear()
    answer = server.call("/orders/1", method="POST")
    assert (answer.status_code, answer.json()["code"]) == (404, "route-not-found")
    assert server.log_line(answer.headers["x-request-id"])["reason"] == "guarded-route-takes-other-methods"
    assert upstream.seen == []
    assert server.call("/orders/1").status_code == 401
    assert server.call("/any/ok", method="POST").status_code == 200
