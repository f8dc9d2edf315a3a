"""Tokens made outside Signet: by joserfc where they are right, by hand where they are wrong in one place."""

import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc.jwk import import_key

from . import ledger
from .vault import b64, unb64


def claims(issuer: str, audience: Any, client: str, **changes: Any) -> dict[str, Any]:
    """The claims of an access token (RFC 9068); a change to None removes a claim."""
    now = int(time.time())
    made: dict[str, Any] = {
        "iss": issuer,
        "sub": client,
        "aud": audience,
        "exp": now + 300,
        "iat": now,
        "jti": b64(secrets.token_bytes(16)),
        "client_id": client,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def sign(payload: dict[str, Any], key: dict[str, Any], **header: Any) -> str:
    """A JWS by joserfc."""
    algorithm = header.pop("alg", None) or key.get("alg", "ES256")
    protected = {"alg": algorithm, "kid": key.get("kid"), "typ": "at+jwt"} | header
    protected = {name: value for name, value in protected.items() if value is not None}
    return ledger.note_secret(
        jws.serialize_compact(protected, json.dumps(payload).encode(), import_key(key), algorithms=[algorithm]),
        "a signed token",
    )


def unsigned(payload: dict[str, Any]) -> str:
    """An unsecured JWT (RFC 7519 section 6)."""
    header = {"alg": "none", "typ": "at+jwt"}
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}."


def encrypt(plaintext: str, key: dict[str, Any], **header: Any) -> str:
    """A JWE by joserfc around `plaintext`."""
    protected = {"alg": key.get("alg", "ECDH-ES"), "enc": "A256GCM", "kid": key.get("kid"), "cty": "JWT"} | header
    protected = {name: value for name, value in protected.items() if value is not None}
    allowed = [protected["alg"], protected["enc"]]
    return ledger.note_secret(
        jwe.encrypt_compact(protected, plaintext.encode(), import_key(public(key)), algorithms=allowed), "a token"
    )


def decrypt(token: str, key: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Opens a JWE by joserfc: the header and the plaintext."""
    opened = jwe.decrypt_compact(token, import_key(key), algorithms=[key["alg"], "A256GCM"])
    assert opened.plaintext is not None
    return dict(opened.protected), ledger.note_secret(opened.plaintext.decode(), "a signed token")


def public(key: dict[str, Any]) -> dict[str, Any]:
    """The public half of an asymmetric key; a symmetric one as it is."""
    return key if key["kty"] == "oct" else {name: value for name, value in key.items() if name != "d"}


def encrypt_by_hand(plaintext: bytes, key: dict[str, Any], header: dict[str, Any]) -> str:
    """ECDH-ES with X25519 and A256GCM, with any header members: what no decent library would make."""
    ephemeral = X25519PrivateKey.generate()
    point = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(unb64(key["x"])))
    epk = {"kty": "OKP", "crv": "X25519", "x": b64(point)}
    return encrypt_by_secret(plaintext, shared, {"alg": "ECDH-ES", "enc": "A256GCM", "epk": epk} | header)


def encrypt_by_secret(plaintext: bytes, shared: bytes, header: dict[str, Any]) -> str:
    """A256GCM with the key that follows from a shared secret (RFC 7518 section 4.6.2)."""
    name = b"A256GCM"
    info = len(name).to_bytes(4, "big") + name + bytes(4) + bytes(4) + (256).to_bytes(4, "big")
    content_key = ConcatKDFHash(SHA256(), 32, info).derive(shared)
    protected = {name: value for name, value in header.items() if value is not None}
    outer = b64(json.dumps(protected).encode())
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(content_key).encrypt(nonce, plaintext, outer.encode())
    return f"{outer}..{b64(nonce)}.{b64(sealed[:-16])}.{b64(sealed[-16:])}"


def tampered(token: str, part: int) -> str:
    """The token with one octet of one part changed, or an octet put into an empty part."""
    parts = token.split(".")
    octets = bytearray(unb64(parts[part]))
    if octets:
        octets[len(octets) // 2] ^= 0x01
    else:
        octets = bytearray(b"\x00")
    parts[part] = b64(bytes(octets))
    return ".".join(parts)
