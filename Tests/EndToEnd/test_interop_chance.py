"""Whether what a peer's table says happens by chance happens, with keys and tokens that were chosen for it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support import tokens
from support.interop import chance, keys
from support.interop.cases import PAYLOAD
from support.interop.exchange import ask, public
from support.interop.peers import COORDINATES, PEERS, PRIVATE_PEM, SHARED_SECRET, Peer
from support.server import run
from support.vault import unb64

CASES = [(peer, name) for peer in PEERS for name in peer.by_chance]


def loses_zeros_of_coordinates(peer: Peer, _: Path) -> bool:
    key = chance.key_such_that(lambda key: unb64(key["x"])[0] == 0)
    pem = keys.our_pem(public(key), private=False)
    assert keys.our_jwk(pem)["x"] == key["x"]
    [read] = ask(peer, [{"op": "import_pem", "pem": pem, "kty": "EC", "private": False, "alg": "ES256"}])
    return unb64(read["key"]["x"]) == unb64(key["x"]).lstrip(b"\0")


def derives_another_key(peer: Peer, place: Path) -> bool:
    recipient = chance.key_such_that(chance.is_whole)

    def loses_a_zero(key: chance.Key) -> bool:
        return chance.is_whole(key) and chance.shared_secret(recipient, key)[0] == 0

    ephemeral = chance.key_such_that(loses_a_zero)
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "epk": public(ephemeral)}
    token = tokens.encrypt_by_secret(PAYLOAD.encode(), chance.shared_secret(recipient, ephemeral), header)
    path = place / "recipient.jwk"
    path.write_text(json.dumps(recipient))
    done = run("jwe", "decrypt", "--key", str(path), "--alg", "ECDH-ES", "--enc", "A256GCM", input=token)
    assert (done.returncode, done.stdout) == (0, PAYLOAD), done.stderr
    job = {"op": "decrypt", "alg": "ECDH-ES", "enc": "A256GCM", "key": recipient, "token": token, "form": "compact"}
    return "error" in ask(peer, [job])[0]


def writes_a_sign(peer: Peer, _: Path) -> bool:
    key = chance.key_such_that(lambda key: unb64(key["d"])[0] > 127)
    [written] = ask(peer, [{"op": "export_pem", "key": key, "kty": "EC", "private": True, "alg": "ES256"}])
    done = run("jwk", "convert", "--to", "jwk", input=written["pem"])
    return done.returncode == 65 and "private key of the curve's own size" in done.stderr


PROOFS: dict[str, Callable[[Peer, Path], bool]] = {
    COORDINATES: loses_zeros_of_coordinates,
    SHARED_SECRET: derives_another_key,
    PRIVATE_PEM: writes_a_sign,
}


@pytest.mark.parametrize("peer, name", CASES, ids=[f"{peer.name}-{name}" for peer, name in CASES])
def test_what_a_table_says_happens_by_chance_happens(peer: Peer, name: str, tmp_path: Path) -> None:
    assert PROOFS[name](peer, tmp_path), f"{peer.title} does this right by now"
