"""The upstream learns who calls, never the token, and nobody can speak in the identity's name."""

import base64
import json
import time
from typing import Any
from urllib.parse import unquote

import pytest

from support import resources, tokens
from support.raw import Connection, exchange, request
from support.server import Signet
from support.upstream import Seen, Upstream

FORGED = "mallory"


def nothing_forged(seen: Seen) -> None:
    text = repr((seen.target, seen.headers, seen.trailers))
    assert FORGED not in text, text


def without_token(seen: Seen, token: str) -> None:
    text = repr((seen.target, seen.headers, seen.trailers))
    assert token not in text
    assert not any(part in text for part in token.split(".") if len(part) > 16)
    assert "authorization" not in seen.names()


def test_the_upstream_sees_the_identity_and_never_the_token(
    signet: Signet, upstream: Upstream, read_token: str
) -> None:
    assert signet.call("/orders/42?page=2", read_token).status_code == 200
    seen = upstream.last()
    assert seen.target == "/orders/42?page=2"
    assert seen.values("X-Signet-Subject") == ["reporter"]
    assert seen.values("X-Signet-Client") == ["reporter"]
    assert [unquote(value) for value in seen.values("X-Signet-Scope")] == ["orders.read"]
    [claims] = seen.values("X-Signet-Claims")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert decoded["client_id"] == "reporter" and decoded["jti"]
    without_token(seen, read_token)


@pytest.mark.parametrize(
    "name",
    [
        "X-Signet-Subject",
        "x-signet-subject",
        "X_Signet_Subject",
        "X-Signet_Subject",
        "x_signet-client",
        "X-SIGNET-SCOPE",
        "X-Signet-Anything",
        "x_signet_",
        "X-Signet-",
    ],
)
@pytest.mark.parametrize("path", ["/orders/1", "/public/1"])
def test_a_field_of_that_name_is_removed(
    signet: Signet, upstream: Upstream, read_token: str, name: str, path: str
) -> None:
    octets = request(path, read_token, fields=[f"{name}: {FORGED}", f"{name}: {FORGED}-2", "X-Other: kept"])
    answer = exchange(signet.gateway_port, octets)
    assert answer.status == 200
    nothing_forged(upstream.last())
    assert upstream.last().values("X-Other") == ["kept"]
    expected = ["reporter"] if path == "/orders/1" else []
    assert upstream.last().values("X-Signet-Subject") == expected


@pytest.mark.parametrize(
    "fields",
    [
        ["Connection: X-Signet-Subject", f"X-Signet-Subject: {FORGED}"],
        ["Connection: close, X-Signet-Subject, x_signet_client", f"X_Signet_Client: {FORGED}"],
        ["Connection: X-Signet-Subject, X-Signet-Client, X-Signet-Scope, X-Signet-Claims, X-Request-Id"],
        ["Connection: keep-alive, Authorization"],
    ],
)
def test_connection_cannot_take_the_identity_away(
    signet: Signet, upstream: Upstream, read_token: str, fields: list[str]
) -> None:
    answer = exchange(signet.gateway_port, request("/orders/1", read_token, fields=fields))
    assert answer.status == 200
    seen = upstream.last()
    nothing_forged(seen)
    assert seen.values("X-Signet-Subject") == ["reporter"]
    assert seen.values("X-Signet-Client") == ["reporter"]
    without_token(seen, read_token)


@pytest.mark.parametrize(
    "name", ["X-Signet-Subject", "X_Signet_Subject", "x-signet-scope", "Authorization", "Content-Length"]
)
def test_a_trailer_of_that_name_is_removed(signet: Signet, upstream: Upstream, write_token: str, name: str) -> None:
    head = request("/orders/1", write_token, method="POST", fields=["Transfer-Encoding: chunked", f"Trailer: {name}"])
    octets = head + b"5\r\nhello\r\n0\r\n" + f"{name}: {FORGED}\r\n".encode() + b"\r\n"
    answer = exchange(signet.gateway_port, octets)
    assert answer.status == 200, answer
    seen = upstream.last()
    assert seen.body_bytes == 5 and seen.complete
    nothing_forged(seen)
    assert seen.values("X-Signet-Subject") == ["writer"]


def test_an_upstreams_trailer_of_that_name_is_removed(signet: Signet, read_token: str) -> None:
    answer = exchange(signet.gateway_port, request("/any/trailers", read_token))
    assert answer.body == b"hello"
    assert FORGED not in repr((answer.headers, answer.trailers))


def test_hop_by_hop_fields_stay_on_their_hop(signet: Signet, upstream: Upstream, read_token: str) -> None:
    fields = [
        "Connection: X-Hop",
        "X-Hop: 1",
        "Keep-Alive: timeout=5",
        "Proxy-Authorization: Basic eA==",
        "Proxy-Connection: keep-alive",
        "TE: trailers",
        "Upgrade: h2c",
        "X-End: 1",
    ]
    answer = exchange(signet.gateway_port, request("/orders/1", read_token, fields=fields))
    assert answer.status == 200
    names = upstream.last().names()
    assert not names & {"x-hop", "keep-alive", "proxy-authorization", "proxy-connection", "upgrade"}
    assert "x-end" in names


def test_the_way_is_told_and_the_request_id_is_one_for_all(signet: Signet, upstream: Upstream, read_token: str) -> None:
    answer = exchange(
        signet.gateway_port,
        request("/orders/1", read_token, fields=["X-Forwarded-For: 203.0.113.9", "X-Request-Id: mine"]),
    )
    seen = upstream.last()
    [identifier] = seen.values("X-Request-Id")
    assert answer.value("X-Request-Id") == identifier
    assert seen.values("X-Forwarded-For")[-1].split(",")[-1].strip() == "127.0.0.1"
    assert seen.values("X-Forwarded-Proto") == ["http"]
    assert seen.values("X-Forwarded-Host") == ["127.0.0.1"]


def forward_token(seen: Seen) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of the token that the upstream got."""
    [credential] = seen.values("Authorization")
    parts = credential.removeprefix("Bearer ").split(".")
    assert len(parts) == 3
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2])
    return head, claims


def test_forward_jwt_gives_the_upstream_a_token_of_its_own(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("writer", "https://forwarded.example")
    assert signet.call("/forwarded/1", token).status_code == 200
    seen = upstream.last()
    assert not any(name.startswith("x-signet-subject") for name in seen.names())
    assert token not in repr(seen.headers)
    head, claims = forward_token(seen)
    assert head["typ"] == "signet-forward+jwt"
    assert claims["sub"] == "writer"
    assert claims["exp"] - claims["iat"] <= 60


def test_a_forwarded_token_is_for_the_upstream_that_gets_it(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("writer", resources.TWOFOLD)
    for _ in range(6):
        assert signet.call("/twofold/1", token).status_code == 200
    audiences = set()
    for seen in upstream.seen:
        base = seen.target.removesuffix("/twofold/1")
        _, claims = forward_token(seen)
        assert claims["aud"] == upstream.url + base
        audiences.add(base)
    assert audiences == {"/one", "/two"}


def test_a_forwarded_token_never_outlives_the_access_token(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("writer", resources.FLEETING)
    end = time.time() + 3
    statuses = set()
    while time.time() < end + 1:
        upstream.seen.clear()
        answer = signet.call("/fleeting/1", token)
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            _, claims = forward_token(upstream.last())
            assert claims["exp"] <= end + 1
            # What was cached is not sent after its end.
            assert claims["exp"] > time.time() - 1
        else:
            assert answer.json()["code"] == "token-expired"
        time.sleep(0.2)
    assert statuses == {200, 401}


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "trace"])
@pytest.mark.parametrize("path", ["/any/1", "/public/1"])
def test_no_method_reflects_the_identity(
    signet: Signet, upstream: Upstream, read_token: str, method: str, path: str
) -> None:
    """RFC 9110 section 9.3.8: an upstream would answer with the request that it got."""
    answer = exchange(signet.gateway_port, request(path, read_token, method=method))
    expected = (400, "request-malformed") if method == "trace" else (405, "method-not-allowed")
    assert (answer.status, json.loads(answer.body)["code"]) == expected
    assert upstream.seen == []


def test_forward_none_tells_nothing(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("writer", "https://silent.example")
    octets = request("/silent/1", token, fields=[f"X-Signet-Subject: {FORGED}"])
    assert exchange(signet.gateway_port, octets).status == 200
    seen = upstream.last()
    assert not any(name.startswith("x-signet") for name in seen.names())
    without_token(seen, token)


def test_a_public_route_removes_a_token_too(signet: Signet, upstream: Upstream, read_token: str) -> None:
    assert signet.call("/public/1").status_code == 200
    assert upstream.last().values("X-Signet-Subject") == []
    assert signet.call("/public/1", read_token).status_code == 200
    without_token(upstream.last(), read_token)


def test_a_subject_is_encoded_and_cannot_end_its_line(signet: Signet, upstream: Upstream) -> None:
    from test_refusals import Forge

    forge = Forge(signet)
    subject = "eve\r\nX-Signet-Client: root\u00e9 %41"
    token = tokens.encrypt(tokens.sign(forge.claims(sub=subject), forge.signing), forge.orders)
    answer = signet.call("/orders/1", token)
    if answer.status_code == 200:
        [value] = upstream.last().values("X-Signet-Subject")
        assert unquote(value) == subject
        assert upstream.last().values("X-Signet-Client") == ["reporter"]
    else:
        assert answer.json()["code"] == "token-invalid"


def test_the_symmetric_profile_works_the_same(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("writer", "https://sealed.example")
    assert token.count(".") == 4
    assert signet.call("/sealed/1", token).status_code == 200
    assert upstream.last().values("X-Signet-Subject") == ["writer"]
    assert signet.call("/orders/1", token).status_code == 401


def test_the_identity_is_that_of_its_own_request_on_a_shared_connection(
    signet: Signet, upstream: Upstream, read_token: str, write_token: str
) -> None:
    with Connection(signet.gateway_port) as connection:
        for token, subject in [
            (read_token, "reporter"),
            (write_token, "writer"),
            (None, None),
            (read_token, "reporter"),
        ]:
            connection.send(request("/public/1" if token is None else "/orders/1", token))
            assert connection.answer().status == 200
            assert upstream.last().values("X-Signet-Subject") == ([] if subject is None else [subject])
