"""Opens the keys of a data directory, as its owner could: root key, data key, sealed rows.

The tests stand on both sides. With the private keys they open Signet's tokens by other libraries, and make tokens that
nobody but the issuer could, to see each refused for the right reason. It also proves that the description of sealing
in ARCHITECTURE.md is complete: this is a second implementation of it.
"""

import base64
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


@dataclass
class Key:
    """One version of a key ring."""

    ring: str
    kid: str
    state: str
    jwk: dict[str, Any]


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def associated(label: str, *fields: str) -> bytes:
    octets = b""
    for item in (label, *fields):
        octets += len(item.encode()).to_bytes(8, "big") + item.encode()
    return octets


def root_key(data: Path, passphrase: str | None = None) -> bytes:
    """The root key, opened with its passphrase if it is sealed by one."""
    document = json.loads((data / "root.key").read_text())
    if passphrase is None:
        return unb64(document["key"])
    seal = document["scrypt"]
    wrapping = Scrypt(unb64(seal["salt"]), 32, seal["n"], seal["r"], seal["p"]).derive(passphrase.encode())
    numbers = [str(seal[name]) for name in ("n", "r", "p")]
    place = associated("signet root key file v1", document["id"], "scrypt", *numbers)
    sealed = unb64(document["sealed"])
    return AESGCM(wrapping).decrypt(sealed[:12], sealed[12:], place)


def keys(data: Path) -> list[Key]:
    """Every key version whose private half is still there."""
    document = json.loads((data / "root.key").read_text())
    root = root_key(data)
    wrapping = HKDF(SHA256(), 32, None, b"signet data key wrapping v1").derive(root)
    store = sqlite3.connect(f"file:{data}/signet.db?mode=ro", uri=True)
    try:
        data_keys = {
            identity: AESGCM(
                AESGCM(wrapping).decrypt(
                    wrapped[:12], wrapped[12:], associated("signet data key v1", identity, document["id"])
                )
            )
            for identity, wrapped in store.execute("SELECT id, wrapped FROM data_key")
        }
        rows = store.execute("SELECT ring_id, kid, state, sealed FROM key_version WHERE sealed IS NOT NULL").fetchall()
    finally:
        store.close()
    found: list[Key] = []
    for ring, kid, state, sealed in rows:
        assert sealed[0] == 1
        name = b64(sealed[1:17])
        place = associated("signet sealed row v1", name, "key_version", f"{ring} {kid}", "sealed")
        plain = data_keys[name].decrypt(sealed[17:29], sealed[29:], place)
        found.append(Key(ring, kid, state, json.loads(plain)))
    return found


def active(data: Path, ring: str) -> Key:
    """The active version of the ring whose id starts with `ring`."""
    found = [key for key in keys(data) if key.state == "active" and key.ring.startswith(ring)]
    assert len(found) == 1, f"{ring}: {[(key.ring, key.state) for key in keys(data)]}"
    return found[0]
