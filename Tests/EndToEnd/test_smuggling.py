"""Ambiguous framing and broken grammar end in 400 and a closed connection; the upstream never sees a second request."""

import json

import pytest

from support.raw import Connection, Truncated, exchange, request
from support.resources import SITE
from support.server import Signet
from support.upstream import Upstream

HIDDEN = b"GET /any/hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def post(
    *fields: str, body: bytes = b"", line: str = "POST /public/1 HTTP/1.1", host: str = "Host: 127.0.0.1\r\n"
) -> bytes:
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"{line}\r\n{host}{lines}\r\n".encode("latin-1") + body


CHUNKED = "Transfer-Encoding: chunked"

REFUSED: dict[str, bytes] = {
    "length and chunked": post("Content-Length: 4", CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunked and length": post(CHUNKED, "Content-Length: 4", body=b"0\r\n\r\n" + HIDDEN),
    "two lengths": post("Content-Length: 4", "Content-Length: 5", body=b"abcde" + HIDDEN),
    "two lengths in one": post("Content-Length: 4, 5", body=b"abcde" + HIDDEN),
    "length with a sign": post("Content-Length: +4", body=b"abcd" + HIDDEN),
    "negative length": post("Content-Length: -1", body=HIDDEN),
    "length in hex": post("Content-Length: 0x4", body=b"abcd" + HIDDEN),
    "length with space inside": post("Content-Length: 4 4", body=b"abcd" + HIDDEN),
    "empty length": post("Content-Length:", body=HIDDEN),
    "huge length": post("Content-Length: 18446744073709551620", body=b"abcd" + HIDDEN),
    "length in other digits": post("Content-Length: \xb2", body=b"ab" + HIDDEN),
    "chunked twice": post("Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n" + HIDDEN),
    "chunked in two fields": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunked not last": post("Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n" + HIDDEN),
    "coding before chunked": post("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n" + HIDDEN),
    "unknown coding": post("Transfer-Encoding: identity", body=HIDDEN),
    "almost chunked": post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + HIDDEN),
    "chunked with a vertical tab": post("Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n" + HIDDEN),
    "quoted chunked": post('Transfer-Encoding: "chunked"', body=b"0\r\n\r\n" + HIDDEN),
    "chunked in 1.0": post(CHUNKED, body=b"0\r\n\r\n" + HIDDEN, line="POST /public/1 HTTP/1.0"),
    "space before the colon": post("Transfer-Encoding : chunked", body=b"0\r\n\r\n" + HIDDEN),
    "space before the length's colon": post("Content-Length : 4", body=b"abcd" + HIDDEN),
    "folded line": post("X-A: 1\r\n chunked", "Content-Length: 0", body=HIDDEN),
    "folded coding": post("Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n" + HIDDEN),
    "first line folded": post(" X-A: 1", body=HIDDEN),
    "line without a colon": post("Transfer-Encoding chunked", body=HIDDEN),
    "empty name": post(": chunked", body=HIDDEN),
    "name with a space": post("X A: 1", body=HIDDEN),
    "name outside the token": post("X(A): 1", body=HIDDEN),
    "nul in a value": post("X-A: a\x00b", body=HIDDEN),
    "bare return in a value": post("X-A: a\rTransfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "bare line feeds": b"POST /public/1 HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n" + HIDDEN,
    "bare line feed in the fields": post("X-A: a\nTransfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "no host": post(host=""),
    "two hosts": post("Host: 127.0.0.2"),
    "host with a path": post(host="Host: 127.0.0.1/x\r\n"),
    "host with a user": post(host="Host: a@127.0.0.1\r\n"),
    "two spaces in the line": post(line="POST  /public/1 HTTP/1.1"),
    "tab in the line": post(line="POST\t/public/1 HTTP/1.1"),
    "no version": b"GET /public/1\r\n\r\n",
    "another version": post(line="POST /public/1 HTTP/1.2x"),
    "small letters": post(line="POST /public/1 http/1.1"),
    "two versions": post(line="POST /public/1 HTTP/1.1 HTTP/1.1"),
    "control in the target": post(line="POST /public/\x01 HTTP/1.1"),
    "nul in the target": post(line="POST /public/\x00 HTTP/1.1"),
    "fragment in the target": post(line="POST /public/1#x HTTP/1.1"),
    "target without a slash": post(line="POST public/1 HTTP/1.1"),
}

BROKEN_CHUNKS: dict[str, bytes] = {
    "size that is none": b"zz\r\nhello\r\n0\r\n\r\n",
    "size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "size with space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "empty size": b"\r\nhello\r\n0\r\n\r\n",
    "huge size": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "size ends in a line feed": b"5\nhello\r\n0\r\n\r\n",
    "chunk without its end": b"5\r\nhelloX\r\n0\r\n\r\n",
    "chunk ends in a line feed": b"5\r\nhello\n0\r\n\r\n",
    "extension with a line feed": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "trailer without a colon": b"0\r\nTrailer\r\n\r\n",
    "folded trailer": b"0\r\nX-A: 1\r\n b\r\n\r\n",
}


def statuses(signet: Signet, octets: bytes) -> tuple[list[int], list[str]]:
    """Every answer until the server closes."""
    found: list[int] = []
    codes: list[str] = []
    with Connection(signet.gateway_port, seconds=5) as connection:
        connection.send(octets)
        try:
            while True:
                answer = connection.answer()
                found.append(answer.status)
                codes.append(json.loads(answer.body).get("code", "") if answer.body else "")
        except Truncated:
            pass
    return found, codes


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED.keys())
def test_what_could_be_read_in_two_ways_is_not_read(signet: Signet, upstream: Upstream, octets: bytes) -> None:
    assert statuses(signet, octets) == ([400], ["request-malformed"])
    assert upstream.seen == []


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS.keys())
def test_a_broken_chunk_ends_the_request_for_both_sides(signet: Signet, upstream: Upstream, chunks: bytes) -> None:
    found, _ = statuses(signet, post(CHUNKED, body=chunks + HIDDEN))
    assert found in ([400], []), found
    assert not any(seen.complete for seen in upstream.seen), "the upstream took a broken body for a whole one"
    assert all(seen.target != "/any/hidden" for seen in upstream.seen)


def test_a_refused_target_does_not_hide_behind_an_encoded_one(signet: Signet, upstream: Upstream) -> None:
    """A route's check and the upstream must speak of the same path (CVE-2019-9901 and its kin)."""
    for target in (
        "/public/../orders/1",
        "/public/%2e%2e/orders/1",
        "/public/..%2forders/1",
        "/public/%2E%2E%2Forders/1",
        "/public/./../orders/1",
        "/public//../orders/1",
        "/public/..;/orders/1",
        "/public\\..\\orders\\1",
        "/public/%5c..%5corders",
        "/public/%00/../orders/1",
        "/public/%252e%252e/orders/1",
    ):
        octets = request(target)
        found, _ = statuses(signet, octets.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        for seen in upstream.seen:
            assert found == [200]
            # What was let through is exactly what came, and no dot segment that an upstream could resolve.
            assert seen.target == target
            assert "/../" not in seen.target and "%2e%2e" not in seen.target.lower().replace("%252e", "")
        upstream.seen.clear()


OTHER_READINGS = [
    "/admin;x=1/secret",
    "/admin;/secret",
    "/admin%3bx=1/secret",
    "/;x/admin/secret",
    "/Admin/secret",
    "/%41DMIN/secret",
    "/admin./secret",
    "/admin%2e/secret",
    "/admin%20/secret",
    "/%2561dmin/secret",
    "//admin/secret",
    "/a/..%3bx/admin/secret",
    "/a/..%20/admin/secret",
    "/%c0%ae%c0%ae/admin/secret",
    "/\\admin/secret",
    "/%5cadmin/secret",
    "/admin%3f/secret",
]


@pytest.mark.parametrize("target", OTHER_READINGS)
def test_no_spelling_of_a_guarded_path_takes_the_public_route(signet: Signet, upstream: Upstream, target: str) -> None:
    """A server that cuts path parameters, ignores case or trailing dots would serve /admin/secret."""
    answer = exchange(signet.gateway_port, request(target, host=SITE))
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "request-malformed")
    assert upstream.seen == []


@pytest.mark.parametrize("target", ["/page;v=1/x", "/Page/A.", "/admins", "/a%20b/", "/page/admin;x"])
def test_what_all_servers_read_as_the_public_route_is_forwarded_as_it_came(
    signet: Signet, upstream: Upstream, target: str
) -> None:
    assert exchange(signet.gateway_port, request(target, host=SITE)).status == 200
    assert upstream.last().target == target
    assert exchange(signet.gateway_port, request("/admin/secret", host=SITE)).status == 401


def test_a_method_in_another_case_does_not_pass_the_guarded_route_by(signet: Signet, upstream: Upstream) -> None:
    for method in ("get", "Get", "post", "connect"):
        answer = exchange(signet.gateway_port, request("/public/1", method=method))
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "request-malformed"), method
    assert upstream.seen == []


def test_pipelined_requests_are_answered_one_by_one(signet: Signet, upstream: Upstream, read_token: str) -> None:
    with Connection(signet.gateway_port) as connection:
        connection.send(b"".join(request(f"/orders/{number}", read_token) for number in range(5)))
        targets = [json.loads(connection.answer().body)["target"] for _ in range(5)]
    assert targets == [f"/orders/{number}" for number in range(5)]


def test_a_response_with_two_framings_is_not_passed_on(
    signet: Signet, new_upstream, new_signet, demo_resources
) -> None:
    """The same rules hold for upstreams."""
    import socket
    import threading

    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"\r\n\r\n",
    ]
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    server = new_signet()
    server.apply(demo_resources(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    for answer in answers:
        got = server.call("/public/1")
        assert (got.status_code, got.json()["code"]) == (502, "upstream-broken"), answer
    listener.close()
