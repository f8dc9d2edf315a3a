"""PyJWT. It signs and has no encryption."""

import json
import secrets
from importlib.metadata import version as installed
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from driver import Job, Result, serve
from jwt.algorithms import get_default_algorithms

CURVES: dict[str, Any] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
CURVES["secp256k1"] = ec.SECP256K1
FAMILY = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256", "oct": "HS256"}


def _algorithm(kty: str) -> Any:
    return get_default_algorithms()[FAMILY[kty]]


def _key(job: Job) -> Any:
    return jwt.PyJWK(job["key"], algorithm=job["alg"]).key


def version(job: Job) -> Result:
    return {"version": installed("PyJWT")}


def generate(job: Job) -> Result:
    """It makes no keys itself: pyca does, and it writes them down."""
    key: Any
    match job["kty"]:
        case "oct":
            key = secrets.token_bytes(job["bits"] // 8)
        case "RSA":
            key = rsa.generate_private_key(65537, job["bits"])
        case "EC":
            key = ec.generate_private_key(CURVES[job["crv"]]())
        case "OKP":
            key = {"Ed25519": ed25519.Ed25519PrivateKey, "Ed448": ed448.Ed448PrivateKey}[job["crv"]].generate()
        case other:
            raise ValueError(f"no keys of type {other}")
    return {"key": json.loads(_algorithm(job["kty"]).to_jwk(key))}


def sign(job: Job) -> Result:
    [signer] = job["signers"]
    if job["form"] != "compact":
        raise ValueError("compact only")
    if job["detached"] and not job["unencoded"]:
        raise ValueError("it detaches payloads with b64: false only")
    key = _key(signer)
    headers: dict[str, Any] = {"kid": signer["key"]["kid"]}
    if job["unencoded"]:
        token = jwt.api_jws.encode(job["payload"].encode(), key, signer["alg"], headers, is_payload_detached=True)
        return {"token": token}
    return {"token": jwt.api_jws.encode(job["payload"].encode(), key, signer["alg"], headers)}


def verify(job: Job) -> Result:
    detached = job["payload"].encode() if job["payload"] else None
    if job["form"] != "compact":
        raise ValueError("compact only")
    return {"payload": jwt.api_jws.decode(job["token"], _key(job), [job["alg"]], detached_payload=detached).decode()}


def import_pem(job: Job) -> Result:
    algorithm = get_default_algorithms()[job["alg"]]
    return {"key": json.loads(algorithm.to_jwk(algorithm.prepare_key(job["pem"])))}


def export_pem(job: Job) -> Result:
    """It reads JWKs; the key objects are pyca's, and so is the PEM."""
    key: Any = _algorithm(job["key"]["kty"]).from_jwk(job["key"])
    if job["private"]:
        return {"pem": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}
    return {"pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}


serve(version, generate, sign, verify, import_pem, export_pem)
