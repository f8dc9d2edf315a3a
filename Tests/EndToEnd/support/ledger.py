"""Every secret that a test used, and every place where output went: at the end no place may hold a secret.

Tests may run in several processes, and what the last of them looks for is what all of them have used: each process
leaves its part in a directory (`--ledger`), from which the last one takes it (`--ledger-of`).
"""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from . import vault

secrets: dict[str, str] = {}
outputs: set[Path] = set()
diagnostics: list[str] = []
# The data directories of servers.
stores: set[Path] = set()
# Octets of a secret's end that are looked for first.
END = 32


def note_secret(value: str, what: str) -> str:
    """Remembers a secret; answers it."""
    if len(value) >= 16:
        secrets[value] = what
    return value


def note_keys(data: Path) -> None:
    """Remembers the private keys of a server whose root key is sealed by nothing."""
    for key in vault.keys(data):
        for member in ("d", "k"):
            if member in key.jwk:
                note_secret(key.jwk[member], f"private key of {key.ring}")


def found() -> list[str]:
    """One line per secret that stands somewhere in the open."""
    with NamedTemporaryFile("w", suffix=".diagnostics") as file:
        file.write("\n".join(diagnostics))
        file.flush()
        return found_in([*sorted(outputs), Path(file.name)])


def found_in(paths: Iterable[Path]) -> list[str]:
    """One line per secret and file that holds it.

    grep looks for all of them at once: for their ends, as it takes memory for each octet of what it looks for. Where it
    finds one, the whole is looked for."""
    ends: dict[str, list[str]] = {}
    for value in secrets:
        ends.setdefault(value[-END:], []).append(value)
    files = [str(path) for path in paths if path.exists()]
    assert files and not any("\n" in end for end in ends)
    done = subprocess.run(
        ["grep", "-aFoHZ", "-f", "-", *files],
        input="\n".join(ends).encode(),
        stdout=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C"},
    )
    assert done.returncode in (0, 1), done
    lines = []
    for hit in dict.fromkeys(done.stdout.decode(errors="replace").splitlines()):
        path, _, end = hit.partition("\0")
        content = Path(path).read_bytes()
        lines += [f"{secrets[value]} in {path}" for value in ends[end] if value.encode() in content]
    return lines


def begin(directory: Path, process: str) -> None:
    """Says that a process runs tests, so that its part is missed if it doesn't come."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / f"{process}.begun").touch()


def leave(directory: Path, process: str) -> None:
    """Leaves what this process knows."""
    part = {
        "secrets": secrets,
        "outputs": [str(path) for path in outputs],
        "diagnostics": diagnostics,
        "stores": [str(path) for path in stores],
    }
    (directory / f"{process}.json").write_text(json.dumps(part))


def take(directory: Path) -> set[str]:
    """Adds what other processes left; answers which."""
    begun = {path.stem for path in directory.glob("*.begun")}
    left = {path.stem for path in directory.glob("*.json")}
    assert begun == left, f"these processes ended without a word: {sorted(begun - left)}"
    for path in directory.glob("*.json"):
        part = json.loads(path.read_text())
        secrets.update(part["secrets"])
        outputs.update(map(Path, part["outputs"]))
        diagnostics.extend(part["diagnostics"])
        stores.update(map(Path, part["stores"]))
    return left
