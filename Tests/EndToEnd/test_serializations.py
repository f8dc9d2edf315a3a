"""JSON serializations between the command line and jwcrypto, both ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from jwcrypto import jwe, jwk, jws
from jwcrypto.common import json_encode

from support.server import run


def key(directory: Path, algorithm: str, kid: str) -> tuple[Path, dict[str, Any]]:
    done = run("jwk", "generate", "--alg", algorithm, "--kid", kid)
    assert done.returncode == 0, done.stderr
    path = directory / f"{kid}.jwk"
    path.write_text(done.stdout)
    return path, json.loads(done.stdout)


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "PS256"])
@pytest.mark.parametrize("form", ["flattened", "general"])
def test_one_signature(tmp_path: Path, algorithm: str, form: str) -> None:
    path, made = key(tmp_path, algorithm, "a")
    ours = run("jws", "sign", "--key", path, "--serialization", form, input="hello").stdout
    token = jws.JWS()
    token.deserialize(ours.strip(), jwk.JWK(**made))
    assert token.payload == b"hello"

    if form == "flattened":
        theirs = jws.JWS(b"hello")
        theirs.add_signature(jwk.JWK(**made), protected=json_encode({"alg": algorithm, "kid": "a"}))
        text = theirs.serialize()
        arguments = ("jws", "verify", "--key", path, "--alg", algorithm, "--serialization", form)
        done = run(*arguments, input=text)
        assert (done.returncode, done.stdout) == (0, "hello"), done.stderr


def test_several_signatures(tmp_path: Path) -> None:
    (one, first), (two, second) = key(tmp_path, "ES256", "a"), key(tmp_path, "HS256", "b")
    theirs = jws.JWS(b"hello")
    theirs.add_signature(jwk.JWK(**first), protected=json_encode({"alg": "ES256", "kid": "a"}))
    theirs.add_signature(jwk.JWK(**second), protected=json_encode({"alg": "HS256", "kid": "b"}))
    verify = ("jws", "verify", "--alg", "ES256,HS256", "--serialization", "general", "--key", one, "--key", two)
    done = run(*verify, "--every", input=theirs.serialize())
    assert (done.returncode, done.stdout) == (0, "hello"), done.stderr
    ours = run(
        *("jws", "sign", "--key", one, "--key", two, "--kid", "a", "--kid", "b", "--serialization", "general"),
        input="hello",
    ).stdout
    for made in (first, second):
        token = jws.JWS()
        token.deserialize(ours.strip(), jwk.JWK(**made))
        assert token.payload == b"hello"


@pytest.mark.parametrize("algorithm", ["A256KW", "ECDH-ES+A128KW", "RSA-OAEP-256"])
def test_several_recipients(tmp_path: Path, algorithm: str) -> None:
    (one, first), (two, second) = key(tmp_path, algorithm, "a"), key(tmp_path, "A128KW", "b")
    theirs = jwe.JWE(b"hello", json_encode({"enc": "A256GCM"}), aad=b"more")
    for made in (first, second):
        theirs.add_recipient(jwk.JWK(**made), json_encode({"alg": made["alg"], "kid": made["kid"]}))
    for path in (one, two):
        done = run("jwe", "decrypt", "--key", path, "--serialization", "general", input=theirs.serialize())
        assert (done.returncode, done.stdout) == (0, "hello"), done.stderr

    (tmp_path / "aad").write_text("more")
    ours = run(
        *("jwe", "encrypt", "--key", one, "--key", two, "--kid", "a", "--kid", "b", "--enc", "A128CBC-HS256"),
        *("--alg", f"{algorithm},A128KW", "--serialization", "general", "--aad", tmp_path / "aad"),
        input="hello",
    ).stdout
    for made in (first, second):
        token = jwe.JWE()
        token.deserialize(ours.strip(), jwk.JWK(**made))
        assert token.payload == b"hello" and token.objects["aad"] == b"more"
