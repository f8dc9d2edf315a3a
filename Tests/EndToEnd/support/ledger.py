"""Every secret that a test used, and every place where output went: at the end no place may hold a secret.

Tests may run in several processes, and what the last of them looks for is what all of them have used: each process
leaves its part in a directory (`--ledger`), from which the last one takes it (`--ledger-of`).
"""

import json
from pathlib import Path

from . import vault

secrets: dict[str, str] = {}
outputs: set[Path] = set()
diagnostics: list[str] = []
# The data directories of servers.
stores: set[Path] = set()


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
    lines: list[str] = []
    texts = [(str(path), path.read_text(errors="replace")) for path in sorted(outputs) if path.exists()]
    texts += [(f"diagnostics {index}", text) for index, text in enumerate(diagnostics)]
    for place, text in texts:
        lines += [f"{what} in {place}" for value, what in secrets.items() if value in text]
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
