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
    "ES256K",
    "Ed25519",
    "Ed448",
]
KEY_MANAGEMENT = [
    ("ECDH-ES", "X25519"),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES", "P-384"),
    ("ECDH-ES", "P-521"),
    ("ECDH-ES", "X448"),
    ("ECDH-ES+A256KW", "X448"),
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


@pytest.mark.parametrize("algorithm", ["ML-DSA-65", "ML-DSA-87", "ES256K", "Ed448"])
def test_rarer_signatures_go_both_ways_with_jwcrypto(workshop: Workshop, algorithm: str) -> None:
    key = jwcrypto_jwk.JWK(**workshop.key("key.jwk", "--alg", algorithm))
    mine = run("jws", "sign", "--key", "key.jwk", input="hello", cwd=workshop.directory)
    assert mine.returncode == 0, mine.stderr
    checked = jwcrypto_jws.JWS()
    checked.allowed_algs = [algorithm]
    checked.deserialize(mine.stdout.strip(), key)
    assert checked.payload == b"hello"
    theirs = jwcrypto_jws.JWS(b"hello")
    theirs.allowed_algs = [algorithm]
    theirs.add_signature(key, protected=json.dumps({"alg": algorithm}))
    token = theirs.serialize(compact=True)
    verified = run("jws", "verify", "--key", "key.jwk", "--alg", algorithm, input=token, cwd=workshop.directory)
    assert (verified.returncode, verified.stdout) == (0, "hello"), verified.stderr
    thumbprint = run("jwk", "thumbprint", "key.jwk", cwd=workshop.directory)
    assert thumbprint.stdout.strip() == key.thumbprint()


@pytest.mark.parametrize("curve", ["Ed25519", "Ed448"])
def test_the_name_eddsa_stands_for_the_algorithm_of_the_keys_curve(workshop: Workshop, curve: str) -> None:
    key = jwcrypto_jwk.JWK.generate(kty="OKP", crv=curve)
    (workshop.directory / "key.jwk").write_text(key.export())
    theirs = jwcrypto_jws.JWS(b"hello")
    theirs.add_signature(key, alg="EdDSA", protected=json.dumps({"alg": "EdDSA"}))
    token = theirs.serialize(compact=True)
    for options in (["--alg", "EdDSA"], ["--alg", curve]):
        done = run("jws", "verify", "--key", "key.jwk", *options, input=token, cwd=workshop.directory)
        assert (done.returncode, done.stdout) == (0, "hello"), (options, done.stderr)
    other = "Ed448" if curve == "Ed25519" else "Ed25519"
    done = run("jws", "verify", "--key", "key.jwk", "--alg", other, input=token, cwd=workshop.directory)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr


@pytest.mark.parametrize("algorithm, bits", [("RSA-OAEP-384", 384), ("RSA-OAEP-512", 512)])
def test_oaep_with_larger_hashes_goes_both_ways_with_pyca(workshop: Workshop, algorithm: str, bits: int) -> None:
    """No other library of JOSE at hand knows these two, so that the tokens are taken apart and made by hand."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    private = jwcrypto_jwk.JWK(**workshop.key("key.jwk", "--alg", algorithm)).get_op_key("unwrapKey")
    hash_of = {384: hashes.SHA384(), 512: hashes.SHA512()}[bits]
    oaep = padding.OAEP(mgf=padding.MGF1(hash_of), algorithm=hash_of, label=None)
    mine = run(
        "jwe", "encrypt", "--key", "key.jwk", "--alg", algorithm, "--enc", "A256GCM", input="hello",
        cwd=workshop.directory,
    )
    assert mine.returncode == 0, mine.stderr
    header, wrapped, nonce, ciphertext, tag = mine.stdout.strip().split(".")
    opened = AESGCM(private.decrypt(unb64(wrapped), oaep)).decrypt(
        unb64(nonce), unb64(ciphertext) + unb64(tag), header.encode()
    )
    assert opened == b"hello"
    content_key = bytes(range(32))
    theirs = [tokens.b64(json.dumps({"alg": algorithm, "enc": "A256GCM"}).encode())]
    sealed = AESGCM(content_key).encrypt(bytes(12), b"hello", theirs[0].encode())
    theirs += [
        tokens.b64(part)
        for part in (private.public_key().encrypt(content_key, oaep), bytes(12), sealed[:-16], sealed[-16:])
    ]
    done = run("jwe", "decrypt", "--key", "key.jwk", input=".".join(theirs), cwd=workshop.directory)
    assert (done.returncode, done.stdout) == (0, "hello"), done.stderr


@pytest.mark.parametrize("algorithm", ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"])
def test_passwords_go_both_ways(workshop: Workshop, algorithm: str) -> None:
    from joserfc import jwe
    from joserfc.jwk import import_key

    key = {"kty": "oct", "k": tokens.b64(b"correct horse battery staple"), "alg": algorithm}
    (workshop.directory / "password.jwk").write_text(json.dumps(key))
    their_key = import_key({name: value for name, value in key.items() if name != "alg"})
    theirs = jwe.encrypt_compact(
        {"alg": algorithm, "enc": "A256GCM", "p2c": 4096}, b"hello", their_key, algorithms=[algorithm, "A256GCM"]
    )
    done = run("jwe", "decrypt", "--key", "password.jwk", input=theirs, cwd=workshop.directory)
    assert (done.returncode, done.stdout) == (0, "hello"), done.stderr
    mine = run(
        "jwe", "encrypt", "--key", "password.jwk", "--alg", algorithm, "--enc", "A256GCM", input="hello",
        cwd=workshop.directory,
    )
    assert mine.returncode == 0, mine.stderr
    # joserfc opens nothing that was hashed more than 300,000 times, and OWASP asks for 600,000 with SHA-256.
    if algorithm != "PBES2-HS256+A128KW":
        opened = jwe.decrypt_compact(mine.stdout.strip(), their_key, algorithms=[algorithm, "A256GCM"])
        assert opened.plaintext == b"hello"
    # Without alg the same key is a key and no password.
    (workshop.directory / "key.jwk").write_text(json.dumps({"kty": "oct", "k": key["k"]}))
    done = run("jwe", "decrypt", "--key", "key.jwk", input=theirs, cwd=workshop.directory)
    assert done.returncode == 1 and done.stderr.startswith("refused: alg-not-allowed: "), done.stderr
    done = run("jwe", "decrypt", "--key", "key.jwk", "--alg", algorithm, input=theirs, cwd=workshop.directory)
    assert (done.returncode, done.stdout) == (0, "hello"), done.stderr


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
