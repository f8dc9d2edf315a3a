"""Each bad credential gets its status and code, the upstream hears nothing of it, and the server goes on."""

import json
import time

import pytest

from support import tokens, vault
from support.processes import wait_until
from support.raw import exchange, request
from support.resources import ORDERS, OTHER
from support.server import Signet
from support.upstream import Upstream


class Forge:
    """What only the issuer and the owner of the keys could make."""

    def __init__(self, signet: Signet) -> None:
        self.issuer = signet.control
        self.signing = vault.active(signet.data, "issuer/access-signing/ES256").jwk
        self.orders = vault.active(signet.data, "api/orders/encryption").jwk
        self.other = vault.active(signet.data, "api/other/encryption").jwk

    def claims(self, **changes: object) -> dict[str, object]:
        return tokens.claims(self.issuer, ORDERS, "reporter", **({"scope": "orders.read"} | changes))

    def signed(self, **changes: object) -> str:
        return tokens.sign(self.claims(**changes), self.signing)

    def sealed(self, **changes: object) -> str:
        return tokens.encrypt(self.signed(**changes), self.orders)

    def by_hand(self, plaintext: str | None = None, **header: object) -> str:
        members = {"kid": self.orders["kid"], "cty": "JWT"} | header
        return tokens.encrypt_by_hand((plaintext or self.signed()).encode(), self.orders, members)


@pytest.fixture(scope="module")
def forge(shared_signet: Signet) -> Forge:
    return Forge(shared_signet)


def refused(
    signet: Signet, upstream: Upstream, token: str | None, status: int, code: str, path: str = "/orders/1"
) -> None:
    answer = signet.call(path, token)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    if status in (401, 403):
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert upstream.seen == []


def test_a_token_of_the_forge_is_good_so_that_each_refusal_has_one_reason(
    signet: Signet, upstream: Upstream, forge: Forge
) -> None:
    for token in (forge.sealed(), forge.by_hand(), forge.by_hand(cty="at+jwt")):
        answer = signet.call("/orders/1", token)
        assert answer.status_code == 200, answer.text
    assert upstream.last().values("X-Signet-Subject") == ["reporter"]


def test_no_token(signet: Signet, upstream: Upstream) -> None:
    refused(signet, upstream, None, 401, "token-missing")
    answer = signet.call("/orders/1")
    # RFC 6750 section 3.1: a request without authentication gets no error code in the challenge.
    assert "error=" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "credential",
    ["Basic cmVwb3J0ZXI6c2VjcmV0", "Bearer", "bearer  ", "Digest a=b"],
    ids=["basic", "empty", "blank", "digest"],
)
def test_another_scheme_or_no_token_after_it(signet: Signet, upstream: Upstream, credential: str) -> None:
    answer = exchange(signet.gateway_port, request("/orders/1", fields=[f"Authorization: {credential}"]))
    assert answer.status == 401
    assert json.loads(answer.body)["code"] in ("token-missing", "token-invalid")
    assert upstream.seen == []


@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        ".",
        "....",
        "a.b.c.d.e",
        "a.b.c",
        "eyJ",
        "AAAA.AAAA.AAAA.AAAA.AAAA",
        "x" * 1000,
        "e30..e30.e30.e30",
        "%00",
        "~",
    ],
)
def test_garbage(signet: Signet, upstream: Upstream, garbage: str) -> None:
    refused(signet, upstream, garbage, 401, "token-invalid")


def test_a_signed_token_that_is_not_encrypted(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, forge.signed(), 401, "token-invalid")


def test_encryption_around_an_unsigned_token(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, forge.by_hand(tokens.unsigned(forge.claims())), 401, "token-invalid")


def test_encryption_around_claims_alone(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, forge.by_hand(json.dumps(forge.claims())), 401, "token-invalid")


def test_encryption_around_a_token_signed_by_a_stranger(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    stranger = json.loads(signet.run("jwk", "generate", "--alg", "ES256", secret_output=True).stdout)
    inner = tokens.sign(forge.claims(), stranger | {"kid": forge.signing["kid"]})
    refused(signet, upstream, tokens.encrypt(inner, forge.orders), 401, "token-invalid")


def test_a_public_key_is_no_mac_key(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    """The oldest confusion: HS256 with the octets of the issuer's public key."""
    for secret in (forge.signing["x"], vault.b64(vault.unb64(forge.signing["x"]) + vault.unb64(forge.signing["y"]))):
        key = {"kty": "oct", "k": secret, "kid": forge.signing["kid"]}
        inner = tokens.sign(forge.claims(), key, alg="HS256")
        refused(signet, upstream, tokens.encrypt(inner, forge.orders), 401, "token-invalid")


def test_a_token_to_another_apis_key(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, tokens.encrypt(forge.signed(), forge.other), 401, "token-invalid")
    refused(signet, upstream, signet.token("writer", OTHER), 401, "token-invalid")


def test_the_right_token_encrypted_anew_to_another_api(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    """A recipient that passes on what it got: the key opens it and the signature holds, the audience does not."""
    issued = signet.token("writer", ORDERS)
    _, inner = tokens.decrypt(issued, forge.orders)
    refused(signet, upstream, tokens.encrypt(inner, forge.other), 401, "audience-mismatch", "/other/1")


@pytest.mark.parametrize(
    "audience",
    [OTHER, [ORDERS, OTHER], [OTHER, ORDERS], "https://orders.example/", "https://ORDERS.example", ORDERS[:-1]],
)
def test_another_audience(signet: Signet, upstream: Upstream, forge: Forge, audience: object) -> None:
    refused(signet, upstream, forge.sealed(aud=audience), 401, "audience-mismatch")


@pytest.mark.parametrize("claim", ["aud", "iss", "sub", "exp", "iat", "jti", "client_id"])
def test_a_token_without_a_claim(signet: Signet, upstream: Upstream, forge: Forge, claim: str) -> None:
    answer = signet.call("/orders/1", forge.sealed(**{claim: None}))
    assert answer.status_code == 401, claim
    assert answer.json()["code"] in ("token-invalid", "audience-mismatch", "token-expired")
    assert upstream.seen == []


def test_another_issuer(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, forge.sealed(iss="https://elsewhere.example"), 401, "token-invalid")


def test_expired(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    now = forge.claims()["iat"]
    assert isinstance(now, int)
    refused(signet, upstream, forge.sealed(iat=now - 400, exp=now - 31), 401, "token-expired")
    assert 'error="invalid_token"' in signet.call("/orders/1", forge.sealed(exp=now - 31)).headers["www-authenticate"]


def test_not_yet_valid(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    now = forge.claims()["iat"]
    assert isinstance(now, int)
    refused(signet, upstream, forge.sealed(nbf=now + 120), 401, "token-expired")


def test_a_missing_scope(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    token = signet.token("reporter", ORDERS)
    answer = signet.call("/orders/1", token, method="DELETE")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-insufficient")
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge and "orders.write" in challenge
    refused(signet, upstream, token, 403, "scope-insufficient", "/audit/1")
    refused(signet, upstream, forge.sealed(scope="orders.rea orders.readx"), 403, "scope-insufficient")


def test_an_unknown_kid(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    refused(signet, upstream, forge.by_hand(kid="AAAAAAAAAAAAAAAAAAAAAA"), 401, "token-invalid")
    refused(signet, upstream, forge.by_hand(kid=None), 401, "token-invalid")
    inner = tokens.sign(forge.claims(), forge.signing, kid="AAAAAAAAAAAAAAAAAAAAAA")
    refused(signet, upstream, tokens.encrypt(inner, forge.orders), 401, "token-invalid")
    inner = tokens.sign(forge.claims(), forge.signing, kid=None)
    refused(signet, upstream, tokens.encrypt(inner, forge.orders), 401, "token-invalid")


@pytest.mark.parametrize(
    "member",
    [
        {"zip": "DEF"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://x/"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
        {"surprise": 1},
        {"cty": None},
        {"cty": "text"},
        {"alg": "none"},
        {"alg": "RSA1_5"},
        {"alg": "dir"},
        {"enc": "A128CBC-HS256"},
        {"enc": "none"},
        {"alg": "PBES2-HS256+A128KW"},
    ],
    ids=json.dumps,
)
def test_a_header_member_that_has_no_place_there(
    signet: Signet, upstream: Upstream, forge: Forge, member: dict[str, object]
) -> None:
    refused(signet, upstream, forge.by_hand(**member), 401, "token-invalid")


@pytest.mark.parametrize("typ", ["JWT", "signet-forward+jwt", "at+JWTx", None])
def test_an_inner_token_of_another_type(signet: Signet, upstream: Upstream, forge: Forge, typ: str | None) -> None:
    inner = tokens.sign(forge.claims(), forge.signing, typ=typ)
    refused(signet, upstream, tokens.encrypt(inner, forge.orders), 401, "token-invalid")


@pytest.mark.parametrize("part", range(5))
def test_tampering_in_each_part(signet: Signet, upstream: Upstream, part: int) -> None:
    token = signet.token("reporter", ORDERS)
    assert signet.call("/orders/1", token).status_code == 200
    upstream.seen.clear()
    refused(signet, upstream, tokens.tampered(token, part), 401, "token-invalid")


def test_a_second_spelling_of_the_same_token(signet: Signet, upstream: Upstream, read_token: str) -> None:
    """Base64url has spare bits at the end of a part; with them set the token would have two spellings."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = read_token[-1]
    other = alphabet[alphabet.index(last) ^ 1]
    for token in (read_token[:-1] + other, read_token + "=", read_token + "==", read_token + "."):
        refused(signet, upstream, token, 401, "token-invalid")


def test_a_shortened_token(signet: Signet, upstream: Upstream, read_token: str) -> None:
    for count in (1, 2, 21, 22, 23, 100):
        refused(signet, upstream, read_token[:-count], 401, "token-invalid")


def test_a_tag_of_fewer_octets(signet: Signet, upstream: Upstream, forge: Forge) -> None:
    parts = forge.by_hand().split(".")
    for size in (0, 4, 8, 12, 15):
        parts[4] = vault.b64(vault.unb64(parts[4])[:size])
        refused(signet, upstream, ".".join(parts), 401, "token-invalid")


def test_a_token_of_64_kilobytes(signet: Signet, upstream: Upstream, read_token: str) -> None:
    answer = exchange(signet.gateway_port, request("/orders/1", "A" * 65536))
    assert answer.status == 431
    assert json.loads(answer.body)["code"] == "head-too-large"
    # Fits into the head and not into what a token may have.
    refused(signet, upstream, read_token + "A" * 17000, 401, "token-invalid")
    assert signet.call("/orders/1", read_token).status_code == 200


def test_a_token_in_the_query(signet: Signet, upstream: Upstream, read_token: str) -> None:
    answer = signet.call(f"/orders/1?access_token={read_token}")
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
    # RFC 6750 section 3.1
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]
    assert upstream.seen == []


def test_two_credentials(signet: Signet, upstream: Upstream, read_token: str) -> None:
    octets = request("/orders/1", read_token, fields=["Authorization: Bearer x"])
    answer = exchange(signet.gateway_port, octets)
    assert answer.status in (400, 401)
    assert upstream.seen == []


def test_revoked_is_refused_within_a_second_of_the_answer(signet: Signet, upstream: Upstream) -> None:
    token = signet.token("reporter", ORDERS)
    assert signet.call("/orders/1", token).status_code == 200
    upstream.seen.clear()
    assert signet.oauth("revoke", "reporter", token=token).status_code == 200
    # No wait: the answer comes after the revocation is in force.
    refused(signet, upstream, token, 401, "token-revoked")


def test_no_route_and_no_method(signet: Signet, upstream: Upstream, read_token: str) -> None:
    for path in ("/", "/nowhere", "/order", "/ordersx", "/publicly"):
        answer = signet.call(path, read_token)
        assert (answer.status_code, answer.json()["code"]) == (404, "route-not-found"), path
    assert signet.call("/orders/1", read_token, method="OPTIONS").status_code == 404
    assert upstream.seen == []


def test_a_refusal_says_no_reason_to_the_caller_and_all_to_the_operator(signet: Signet, forge: Forge) -> None:
    # The log takes a bounded number of refusals every 100 ms; those of the tests before may have filled it.
    time.sleep(0.3)
    answer = signet.call("/orders/1", forge.by_hand(kid="AAAAAAAAAAAAAAAAAAAAAA"))
    assert "key-not-found" not in answer.text and "kid" not in answer.text
    identifier = answer.headers["x-request-id"]
    wait_until(lambda: identifier in signet.log, 3, "the log line of the refusal")
    line = next(line for line in signet.log.splitlines() if identifier in line)
    assert "key-not-found" in line
