"""Opens the keys of a data directory, as its owner could: root key, data key, sealed rows.

The tests stand on both sides. With the private keys they open Signet's tokens by other libraries, and make tokens that
nobody but the issuer could, to see each refused for the right reason. It also proves that the description of sealing
in ARCHITECTURE.md is complete: this is a second implementation of it.
"""

import base64
import hashlib
import json
import os
import sqlite3
import time
from contextlib import closing
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


@dataclass
class Sealed:
    """A sealed value of the store, opened."""

    table: str
    row: str
    data_key: str
    plain: bytes


def data_keys(data: Path, root: bytes | None = None) -> dict[str, AESGCM]:
    """The data keys by id, opened by the root key of root.key, or by `root` where that file does not tell it."""
    root = root or root_key(data)
    identity = b64(HKDF(SHA256(), 16, None, b"signet root key id v1").derive(root))
    wrapping = AESGCM(HKDF(SHA256(), 32, None, b"signet data key wrapping v1").derive(root))
    with closing(store(data)) as opened:
        rows = opened.execute("SELECT id, root_key_id, wrapped FROM data_key ORDER BY created_at").fetchall()
    found = {}
    for name, root_id, wrapped in rows:
        assert root_id == identity, (name, root_id, identity)
        place = associated("signet data key v1", name, identity)
        found[name] = AESGCM(wrapping.decrypt(wrapped[:12], wrapped[12:], place))
    return found


def store(data: Path) -> sqlite3.Connection:
    """The store, to read."""
    return sqlite3.connect(f"file:{data}/signet.db?mode=ro", uri=True)


def sealed(data: Path, root: bytes | None = None) -> list[Sealed]:
    """Every sealed value of the store. One that does not open raises."""
    by_name = data_keys(data, root)
    with closing(store(data)) as opened:
        rows = [
            ("key_version", f"{ring} {kid}", "sealed", value)
            for ring, kid, value in opened.execute("SELECT ring_id, kid, sealed FROM key_version WHERE sealed NOT NULL")
        ]
        rows += [
            ("issued_token", digest.hex(), "subject", value)
            for digest, value in opened.execute("SELECT digest, subject FROM issued_token")
        ]
    found = []
    for table, row, column, value in rows:
        assert value[0] == 1, (table, row)
        name = b64(value[1:17])
        place = associated("signet sealed row v1", name, table, row, column)
        found.append(Sealed(table, row, name, by_name[name].decrypt(value[17:29], value[29:], place)))
    return found


def add_tokens(data: Path, count: int, subject: str) -> None:
    """Adds rows of issued tokens, as the server would seal them. The server must not run."""
    (name, key) = list(data_keys(data).items())[-1]
    later = int(time.time() * 1000) + 3_600_000
    with closing(sqlite3.connect(data / "signet.db")) as opened, opened:
        for number in range(count):
            digest = hashlib.sha256(f"{subject} {number}".encode()).digest()
            place = associated("signet sealed row v1", name, "issued_token", digest.hex(), "subject")
            nonce = os.urandom(12)
            value = b"\x01" + unb64(name) + nonce + key.encrypt(nonce, subject.encode(), place)
            opened.execute(
                "INSERT INTO issued_token VALUES (?, ?, 'orders', 'a', 'c', ?, '', NULL, 'k', 'k', ?, ?)",
                (digest, f"{subject}-{number}", value, later, later),
            )


def keys(data: Path) -> list[Key]:
    """Every key version whose private half is still there."""
    with closing(store(data)) as opened:
        rows = opened.execute("SELECT ring_id, kid, state FROM key_version").fetchall()
    states = {f"{ring} {kid}": state for ring, kid, state in rows}
    found = [value for value in sealed(data) if value.table == "key_version"]
    return [Key(*value.row.rsplit(" ", 1), states[value.row], json.loads(value.plain)) for value in found]


def active(data: Path, ring: str) -> Key:
    """The active version of the ring whose id starts with `ring`."""
    found = [key for key in keys(data) if key.state == "active" and key.ring.startswith(ring)]
    assert len(found) == 1, f"{ring}: {[(key.ring, key.state) for key in keys(data)]}"
    return found[0]
