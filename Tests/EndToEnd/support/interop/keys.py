"""Keys in PEM, in certificates and as thumbprints, between Signet and a peer."""

import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ..server import run
from .cases import Kind
from .exchange import PRIVATE, Key, NoKey, ask, our_key, public, their_keys
from .peers import Peer

WRITTEN = [
    Kind("RSA", bits=2048),
    *(Kind("EC", crv=crv) for crv in ("P-256", "P-384", "P-521", "secp256k1")),
    *(Kind("OKP", crv=crv) for crv in ("Ed25519", "Ed448", "X25519", "X448")),
]
MEASURED = [*WRITTEN, Kind("oct", bits=256), Kind("AKP", alg="ML-DSA-65")]
CERTIFIED = [Kind("RSA", bits=2048), Kind("EC", crv="P-256"), Kind("EC", crv="P-384"), Kind("OKP", crv="Ed25519")]
# Enough of an algorithm for a library that wants one to read a key.
ALGORITHM = {"RSA": "RS256", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "secp256k1": "ES256K"}
ALGORITHM |= {"Ed25519": "EdDSA", "Ed448": "EdDSA", "X25519": "ECDH-ES", "X448": "ECDH-ES"}


def name(kind: Kind) -> str:
    return kind.crv or kind.kty


def essence(key: Key) -> Key:
    """The key alone, without what is said about it."""
    members = {"kty", "crv", "x", "y", "n", "e", "k"} | PRIVATE
    return {member: value for member, value in key.items() if member in members}


def our_pem(key: Key, private: bool) -> str:
    done = run("jwk", "convert", "--to", "pem", *([] if private else ["--form", "spki"]), input=json.dumps(key))
    assert done.returncode == 0, done.stderr
    return done.stdout


def our_jwk(pem: str) -> Key:
    done = run("jwk", "convert", "--to", "jwk", input=pem)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _about(kind: Kind, private: bool) -> dict[str, Any]:
    return {"kty": kind.kty, "private": private, "alg": ALGORITHM[name(kind)]}


def our_key_for(peer: Peer, kind: Kind) -> Key:
    """A key of ours that goes wrong with the peer by no chance."""
    return our_key(kind, whole=bool(peer.by_chance))


@cache
def pem_read_by(peer: Peer) -> dict[tuple[Kind, bool], tuple[Key, dict[str, Any]]]:
    """Our keys, and what the peer made of our PEM."""
    wanted = [(kind, private) for kind in WRITTEN for private in (True, False)]
    jobs = [
        {"op": "import_pem", "pem": our_pem(our_key_for(peer, kind), private), **_about(kind, private)}
        for kind, private in wanted
    ]
    expected = [our_key_for(peer, kind) if private else public(our_key_for(peer, kind)) for kind, private in wanted]
    return dict(zip(wanted, zip(expected, ask(peer, jobs), strict=True), strict=True))


@cache
def pem_written_by(peer: Peer) -> dict[tuple[Kind, bool], tuple[Key, dict[str, Any]]]:
    """The peer's keys, or ours where it makes none, and its PEM of them."""
    made = their_keys(peer, set(WRITTEN))
    keys = {kind: our_key_for(peer, kind) if isinstance(key, NoKey) else key for kind, key in made.items()}
    wanted = [(kind, private) for kind in WRITTEN for private in (True, False)]
    expected = [keys[kind] if private else public(keys[kind]) for kind, private in wanted]
    jobs = [
        {"op": "export_pem", "key": key, **_about(kind, private)}
        for (kind, private), key in zip(wanted, expected, strict=True)
    ]
    return dict(zip(wanted, zip(expected, ask(peer, jobs), strict=True), strict=True))


@cache
def certificate(peer: Peer, kind: Kind) -> str:
    """A certificate of our key for the peer, signed by itself, by openssl."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "key.pem"
        path.write_text(our_pem(our_key_for(peer, kind), private=True))
        command = ["openssl", "req", "-new", "-x509", "-key", str(path), "-subj", "/CN=someone", "-days", "2"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@cache
def certificates_read_by(peer: Peer) -> dict[Kind, dict[str, Any]]:
    jobs = [{"op": "import_pem", "pem": certificate(peer, kind), **_about(kind, False)} for kind in CERTIFIED]
    return dict(zip(CERTIFIED, ask(peer, jobs), strict=True))


@cache
def thumbprints_by(peer: Peer) -> dict[Kind, dict[str, Any]]:
    jobs = [{"op": "thumbprint", "key": our_key(kind)} for kind in MEASURED]
    return dict(zip(MEASURED, ask(peer, jobs), strict=True))


@cache
def our_thumbprint(kind: Kind) -> str:
    done = run("jwk", "thumbprint", input=json.dumps(our_key(kind)))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
