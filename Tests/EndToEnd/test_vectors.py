"""Every token of the JOSE cookbook through the program itself: accepted as it is, refused with one bit changed."""

import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.server import run
from support.tokens import tampered
from support.vault import b64

COOKBOOK = Path(__file__).parents[1] / "JOSETests/Vectors/cookbook"
FORMS = {"compact": "compact", "json": "general", "json_flat": "flattened"}
BASE64URL = set(string.ascii_letters + string.digits + "-_")
# The parts of a compact token whose change makes it another one.
SIGNED, ENCRYPTED = (1, 2), (2, 3, 4)


def cases(kind: str, *folders: str) -> Iterator[Any]:
    """Each output of each file that has a step of this kind, as (file, serialization, token)."""
    for file in sorted(one for folder in folders for one in (COOKBOOK / folder).glob("*.json")):
        vector = json.loads(file.read_text())
        if kind not in vector:
            continue
        for form, token in vector.get("output", {}).items():
            if form in FORMS:
                text = token if isinstance(token, str) else json.dumps(token)
                # Only recipients make the general form: without them the two are one.
                general = form == "json" and ("signatures" in token or "recipients" in token)
                name = FORMS[form] if general or form != "json" else "flattened"
                yield pytest.param(vector, name, text, id=f"{file.parent.name}/{file.stem}-{form}")


def written(directory: Path, name: str, key: dict[str, Any]) -> Path:
    file = directory / name
    file.write_text(json.dumps(key))
    return file


def pairs(vector: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Keys and what each is used with."""
    given = vector["input"]
    if "pwd" in given:
        return [({"kty": "oct", "alg": given["alg"], "k": b64(given["pwd"].encode())}, given["alg"])]
    if isinstance(given["key"], list):
        return list(zip(given["key"], given["alg"], strict=True))
    return [(given["key"], given["alg"])]


def changed(form: str, token: str, parts: tuple[int, ...]) -> list[str]:
    """The token with one bit of one part changed."""
    if form == "compact":
        found = token.split(".")
        return [tampered(token, part) for part in parts if found[part] and set(found[part]) <= BASE64URL]
    found = []
    for name in ("ciphertext", "tag", "payload"):
        message = json.loads(token)
        if name in message and set(message[name]) <= BASE64URL:
            message[name] = tampered(f"{message[name]}.", 0).split(".")[0]
            found.append(json.dumps(message))
    return found


@pytest.mark.parametrize(("vector", "form", "token"), cases("signing", "jws", "rfc7797", "curve25519"))
def test_signatures(
    request: pytest.FixtureRequest, tmp_path: Path, vector: dict[str, Any], form: str, token: str
) -> None:
    payload = vector["input"]["payload"]
    (tmp_path / "payload").write_text(payload)
    is_detached = ".." in token if form == "compact" else "payload" not in json.loads(token)
    for number, (key, algorithm) in enumerate(pairs(vector)):
        file = written(tmp_path, f"{number}.jwk", key)
        options = ["--payload", tmp_path / "payload"] if is_detached else []
        command = ["jws", "verify", "--key", file, "--alg", algorithm, "--serialization", form, *options]
        done = run(*command, input=token)
        if "4.2.hmac-sha2_b64_false" in request.node.name and form != "compact":
            # Its header has b64 and no crit, which RFC 7797 section 6 demands.
            assert done.returncode == 1 and "header-invalid" in done.stderr, done.stderr
            continue
        assert (done.returncode, done.stdout) == (0, payload), done.stderr
        for wrong in changed(form, token, SIGNED):
            done = run(*command, input=wrong)
            assert done.returncode == 1 and done.stdout == "" and done.stderr.startswith("refused: "), done.stderr
        # The payload that comes by another way is signed too.
        if is_detached:
            (tmp_path / "other").write_text(payload + " ")
            done = run(*command[:-1], tmp_path / "other", input=token)
            assert done.returncode == 1 and "signature-invalid" in done.stderr, done.stderr


@pytest.mark.parametrize(("vector", "form", "token"), cases("encrypting_content", "jwe", "curve25519"))
def test_encryption(tmp_path: Path, vector: dict[str, Any], form: str, token: str) -> None:
    plaintext = vector["input"]["plaintext"]
    for number, (key, algorithm) in enumerate(pairs(vector)):
        file = written(tmp_path, f"{number}.jwk", key)
        command = ["jwe", "decrypt", "--key", file, "--alg", algorithm, "--serialization", form]
        done = run(*command, input=token)
        if algorithm == "RSA1_5":
            assert done.returncode == 1 and done.stdout == "" and done.stderr.startswith("refused: "), done.stderr
            continue
        if "zip" in vector["input"]:
            assert done.returncode == 1 and "zip-not-allowed" in done.stderr, done.stderr
            command.append("--allow-compressed")
            done = run(*command, input=token)
        assert (done.returncode, done.stdout) == (0, plaintext), done.stderr
        for wrong in changed(form, token, ENCRYPTED):
            done = run(*command, input=wrong)
            assert done.returncode == 1 and done.stdout == "" and "decryption-failed" in done.stderr, done.stderr
