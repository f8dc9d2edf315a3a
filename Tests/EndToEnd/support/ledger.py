"""Every secret that a test used, and every place where output went: at the end no place may hold a secret."""

from pathlib import Path

secrets: dict[str, str] = {}
outputs: set[Path] = set()
diagnostics: list[str] = []


def note_secret(value: str, what: str) -> str:
    """Remembers a secret; answers it."""
    if len(value) >= 16:
        secrets[value] = what
    return value


def found() -> list[str]:
    """One line per secret that stands somewhere in the open."""
    lines: list[str] = []
    texts = [(str(path), path.read_text(errors="replace")) for path in sorted(outputs) if path.exists()]
    texts += [(f"diagnostics {index}", text) for index, text in enumerate(diagnostics)]
    for place, text in texts:
        lines += [f"{what} in {place}" for value, what in secrets.items() if value in text]
    return lines
