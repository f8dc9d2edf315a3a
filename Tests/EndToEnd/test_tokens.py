"""The tokens themselves: their form, what a stranger can read, and other libraries on either side."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

from support import tokens, vault
from support.resources import ORDERS, SEALED
from support.server import Signet, run
from support.vault import unb64
from support.web import web


def test_five_parts_and_a_header_that_says_what_the_policy_says(signet: Signet, read_token: str) -> None:
    parts = read_token.split(".")
    assert len(parts) == 5
    header = json.loads(unb64(parts[0]))
    assert (header["alg"], header["enc"], header["cty"]) == ("ECDH-ES", "A256GCM", "JWT")
    assert header["kid"] == vault.active(signet.data, "api/orders/encryption").kid
    assert set(header) == {"alg", "enc", "cty", "kid", "epk"}
    assert parts[1] == ""


def test_decode_cannot_read_the_claims_without_the_key_and_says_so(signet: Signet, read_token: str) -> None:
    done = signet.run("jwt", "decode", input=read_token)
    assert done.returncode == 0, done.stderr
    assert "can't be read without the recipient's private key" in done.stdout
    assert "ECDH-ES" in done.stdout
    for claim in ("reporter", "orders.read", '"sub"', '"jti"'):
        assert claim not in done.stdout
    shown = json.loads(signet.run("jwt", "decode", "--json", input=read_token).stdout)
    assert shown["claims"] == "sealed"


def test_decode_with_the_key_shows_the_claims_and_says_that_they_are_not_verified(
    signet: Signet, read_token: str, tmp_path: Path
) -> None:
    key = tmp_path / "key.jwk"
    key.write_text(json.dumps(vault.active(signet.data, "api/orders/encryption").jwk))
    done = signet.run("jwt", "decode", "--key", key, input=read_token)
    assert done.returncode == 0, done.stderr
    assert "NOT VERIFIED" in done.stdout and "reporter" in done.stdout


@pytest.mark.parametrize("resource, ring", [(ORDERS, "api/orders"), (SEALED, "api/sealed")])
def test_joserfc_opens_our_tokens(signet: Signet, resource: str, ring: str) -> None:
    token = signet.token("writer", resource)
    header, inner = tokens.decrypt(token, vault.active(signet.data, f"{ring}/encryption").jwk)
    assert header["cty"] == "JWT"
    ring = "issuer/access-signing" if ring == "api/orders" else "api/sealed/mac"
    key = vault.active(signet.data, ring).jwk
    from joserfc import jws
    from joserfc.jwk import import_key

    checked = jws.deserialize_compact(inner, import_key(tokens.public(key)), algorithms=[key["alg"]])
    claims = json.loads(checked.payload)
    assert checked.protected["typ"] == "at+jwt"
    assert claims["aud"] == resource and claims["sub"] == "writer" and claims["iss"] == signet.control
    assert claims["exp"] - claims["iat"] == 300
    assert len(unb64(claims["jti"])) == 16
    # Another profile, the same claims (RFC 9068 section 2.2).
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"}


def test_jwcrypto_opens_our_tokens_with_the_published_keys(signet: Signet, read_token: str) -> None:

    sealed = jwcrypto_jwe.JWE()
    sealed.deserialize(read_token)
    sealed.decrypt(jwcrypto_jwk.JWK(**vault.active(signet.data, "api/orders/encryption").jwk))
    published = jwcrypto_jwk.JWKSet.from_json(web.get(f"{signet.control}/oauth/jwks").text)
    signed = jwcrypto_jws.JWS()
    signed.deserialize(sealed.payload.decode())
    signed.verify(published.get_key(signed.jose_header["kid"]))
    assert json.loads(signed.payload)["client_id"] == "reporter"


def test_only_public_signature_keys_are_published(signet: Signet) -> None:

    answer = web.get(f"{signet.control}/oauth/jwks")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    published = answer.json()["keys"]
    assert published
    for key in published:
        assert key["use"] == "sig" and key["kty"] in ("EC", "OKP", "RSA")
        assert not {"d", "k", "p", "q", "dp", "dq", "qi"} & set(key)
    kids = {key["kid"] for key in published}
    assert not kids & {key.kid for key in vault.keys(signet.data) if key.ring.startswith("api/")}


class Workshop:
    """Keys made by the command line, used by libraries and the command line in turn."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def key(self, name: str, *options: str) -> dict[str, Any]:
        done = run("jwk", "generate", *options)
        assert done.returncode == 0, done.stderr
        (self.directory / name).write_text(done.stdout)
        return json.loads(done.stdout)

    def claims(self) -> dict[str, Any]:
        return tokens.claims("https://issuer.example", ORDERS, "someone", scope="orders.read")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


SIGNATURES = [
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
]
KEY_MANAGEMENT = [
    ("ECDH-ES", "X25519"),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES", "P-384"),
    ("ECDH-ES", "P-521"),
    ("ECDH-ES+A128KW", "X25519"),
    ("ECDH-ES+A192KW", "P-256"),
    ("ECDH-ES+A256KW", "P-384"),
    ("RSA-OAEP", None),
    ("RSA-OAEP-256", None),
    ("A128KW", None),
    ("A192KW", None),
    ("A256KW", None),
    ("A128GCMKW", None),
    ("A192GCMKW", None),
    ("A256GCMKW", None),
]
CONTENT = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"]


@pytest.mark.parametrize("algorithm", SIGNATURES)
def test_signatures_go_both_ways(workshop: Workshop, algorithm: str) -> None:
    from joserfc import jws
    from joserfc.jwk import import_key

    key = workshop.key("key.jwk", "--alg", algorithm)
    mine = run("jwt", "sign", "--key", "key.jwk", input=json.dumps(workshop.claims()), cwd=workshop.directory)
    assert mine.returncode == 0, mine.stderr
    imported = import_key({name: value for name, value in key.items() if name != "alg"})
    checked = jws.deserialize_compact(mine.stdout.strip(), imported, algorithms=[algorithm])
    assert json.loads(checked.payload)["sub"] == "someone"
    theirs = jws.serialize_compact(
        {"alg": algorithm, "kid": key["kid"], "typ": "JWT"},
        json.dumps(workshop.claims()).encode(),
        imported,
        algorithms=[algorithm],
    )
    verified = run("jwt", "verify", "--key", "key.jwk", "--alg", algorithm, input=theirs, cwd=workshop.directory)
    assert verified.returncode == 0, verified.stderr
    assert "someone" in verified.stdout


@pytest.mark.parametrize("algorithm, curve", KEY_MANAGEMENT)
@pytest.mark.parametrize("content", ["A256GCM", "A128CBC-HS256"])
def test_sealed_tokens_go_both_ways(workshop: Workshop, algorithm: str, curve: str | None, content: str) -> None:
    from joserfc import jwe
    from joserfc.jwk import import_key

    signing = workshop.key("sign.jwk", "--alg", "ES256")
    key = workshop.key("seal.jwk", "--alg", algorithm, *(["--crv", curve] if curve else []))
    mine = run(
        "jwt",
        "seal",
        "--key",
        "sign.jwk",
        "--key",
        "seal.jwk",
        "--enc",
        content,
        input=json.dumps(workshop.claims()),
        cwd=workshop.directory,
    )
    assert mine.returncode == 0, mine.stderr
    opened = jwe.decrypt_compact(mine.stdout.strip(), import_key(key), algorithms=[algorithm, content])
    assert opened.plaintext and opened.plaintext.count(b".") == 2
    theirs = jwe.encrypt_compact(
        {"alg": algorithm, "enc": content, "kid": key["kid"], "cty": "JWT"},
        tokens.sign(workshop.claims(), signing).encode(),
        import_key(key),
        algorithms=[algorithm, content],
    )
    done = run(
        "jwt",
        "open",
        "--key",
        "sign.jwk",
        "--key",
        "seal.jwk",
        "--audience",
        ORDERS,
        input=theirs,
        cwd=workshop.directory,
    )
    assert done.returncode == 0, done.stderr
    assert "someone" in done.stdout


@pytest.mark.parametrize("content", CONTENT)
def test_plain_encryption_goes_both_ways_with_jwcrypto(workshop: Workshop, content: str) -> None:
    key = workshop.key("key.jwk", "--alg", "A256KW")
    theirs = jwcrypto_jwe.JWE(
        b"hello",
        protected=json.dumps({"alg": "A256KW", "enc": content, "kid": key["kid"]}),
        recipient=jwcrypto_jwk.JWK(**key),
    ).serialize(compact=True)
    opened = run("jwe", "decrypt", "--key", "key.jwk", input=theirs, cwd=workshop.directory)
    assert (opened.returncode, opened.stdout) == (0, "hello"), opened.stderr
    mine = run(
        "jwe", "encrypt", "--key", "key.jwk", "--alg", "A256KW", "--enc", content, input="hello", cwd=workshop.directory
    )
    sealed = jwcrypto_jwe.JWE()
    sealed.deserialize(mine.stdout.strip())
    sealed.decrypt(jwcrypto_jwk.JWK(**key))
    assert sealed.payload == b"hello"


@pytest.mark.parametrize(
    "change, code",
    [
        ({"exp": 1}, "token-expired"),
        ({"exp": None}, "claim-missing"),
        ({"aud": "https://other.example"}, "audience-mismatch"),
        ({"nbf": 99999999999}, "token-not-yet-valid"),
        ({"iss": "https://x.example"}, "issuer-mismatch"),
    ],
)
def test_open_refuses_in_one_line_with_its_code(workshop: Workshop, change: dict[str, Any], code: str) -> None:
    signing = workshop.key("sign.jwk", "--alg", "ES256")
    key = workshop.key("seal.jwk", "--alg", "ECDH-ES")
    payload = {name: value for name, value in (workshop.claims() | change).items() if value is not None}
    token = tokens.encrypt(tokens.sign(payload, signing), key)
    done = run(
        "jwt",
        "open",
        "--key",
        "sign.jwk",
        "--key",
        "seal.jwk",
        "--audience",
        ORDERS,
        "--issuer",
        "https://issuer.example",
        input=token,
        cwd=workshop.directory,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"refused: {code}: ") and done.stderr.count("\n") == 1, done.stderr


def test_open_refuses_what_is_only_encrypted(workshop: Workshop) -> None:
    workshop.key("sign.jwk", "--alg", "ES256")
    key = workshop.key("seal.jwk", "--alg", "ECDH-ES")
    for plaintext in (tokens.unsigned(workshop.claims()), json.dumps(workshop.claims())):
        token = tokens.encrypt(plaintext, key)
        done = run("jwt", "open", "--key", "sign.jwk", "--key", "seal.jwk", input=token, cwd=workshop.directory)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout
        assert done.stderr.startswith("refused: ")


def test_issuing_takes_milliseconds(signet: Signet) -> None:
    """A guard against something slow on the way of a token, not a benchmark."""
    signet.token("reporter", ORDERS)
    start = time.monotonic()
    for _ in range(20):
        signet.token("reporter", ORDERS)
    assert (time.monotonic() - start) / 20 < 0.2
