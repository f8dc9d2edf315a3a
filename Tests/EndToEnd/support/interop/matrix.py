"""docs/interop.md: what was exchanged, as tables."""

from collections.abc import Callable, Iterable

from ..places import ROOT
from . import keys
from .cases import CONTENT, KEY_MANAGEMENT, OURS, SIGNATURES, THEIRS, Case, Use, every_case
from .peers import PEERS, SIGNET_READS_ONLY

PLACE = ROOT / "docs/interop.md"
Passed = set[tuple[str, Case, str]]
PassedKeys = set[tuple[str, str, str]]
VERSIONS = "Versions of this run: "

HEAD = """# Interoperability

Written by `make interop` from what its tests found; not edited by hand.

Signet and each of the libraries below make tokens for each other. A token counts when the other side read the payload
out of it, and refused it after one bit was flipped. The keys are made by the side that needs the private half; for each
algorithm there is also a token whose key the other side made and handed over. An algorithm is in the tables when Signet
has it: [algorithms.md](algorithms.md) names those that it refuses.

| cell | meaning |
|---|---|
| ↔ | both ways |
| ← | Signet read what the library made; the other way is closed, see below |
| → | the library read what Signet made; the other way is closed, see below |
| – | the library lacks it or does it wrongly, see below |
| ✗ | failed |
"""


BY_CHANCE = """That a library still lacks an algorithm or a form is tested too, and that what it does wrongly is still
wrong. What goes wrong *by chance*, with one key or token of many, is made again until it can't, so that the rest is
exchanged.
"""


def render(passed: Passed, passed_keys: PassedKeys, versions: dict[str, str]) -> str:
    """The whole page."""
    cases = every_case()
    parts = [HEAD, VERSIONS + "; ".join(f"{peer.title} {versions[peer.name]}" for peer in PEERS) + ".\n"]
    signed = [case for case in cases if not case.enc and case.form == "compact" and not case.extras]
    sealed = [case for case in cases if case.enc and case.form == "compact" and not case.extras]

    def row(chosen: Iterable[Case]) -> list[str]:
        listed = list(chosen)
        return [_cell(peer.name, listed, passed) for peer in PEERS]

    parts.append("## Signatures\n")
    uses = [Use(*names) for names in SIGNATURES]
    parts.append(_table("`alg`", [(str(use), row(case for case in signed if case.use == use)) for use in uses]))
    parts.append("## Key management\n\nWith how many content encryptions.\n")
    uses = [Use(*names) for names in KEY_MANAGEMENT]
    parts.append(_table("`alg`", [(str(use), row(case for case in sealed if case.use == use)) for use in uses]))
    parts.append("## Content encryption\n\nWith how many combinations of key management and curve.\n")
    parts.append(_table("`enc`", [(enc, row(case for case in sealed if case.enc == enc)) for enc in CONTENT]))
    parts.append("## Forms\n\nWith how many combinations of algorithms.\n")
    parts.append(_table("", [(label, row(filter(fits, cases))) for label, fits in FORMS]))
    parts.append("## Keys\n\nWith how many kinds of keys, the curves counted.\n")
    parts.append(_table("", [(label, _key_cells(label, passed_keys)) for label in ("PEM", "X.509", "thumbprint")]))
    parts.append(_reasons())
    return "\n".join(parts)


def _form(form: str, sealed: bool, *extras: str) -> Callable[[Case], bool]:
    return lambda case: case.form == form and bool(case.enc) == sealed and sorted(case.extras) == sorted(extras)


FORMS = [
    ("JWS, flattened", _form("flattened", False)),
    ("JWS, general with two signatures", _form("general", False)),
    ("JWS, detached", _form("compact", False, "detached")),
    ("JWS, detached, `b64: false`", _form("compact", False, "b64: false")),
    ("JWE, flattened", _form("flattened", True)),
    ("JWE, flattened with `aad`", _form("flattened", True, "aad")),
    ("JWE, general with two recipients", _form("general", True)),
    ("JWE, general with `aad`", _form("general", True, "aad")),
    ("JWE, `zip: DEF`", _form("compact", True, "zip")),
]


def _cell(peer_name: str, cases: list[Case], passed: Passed) -> str:
    """How the cases of a row went with one peer."""
    peer = next(peer for peer in PEERS if peer.name == peer_name)
    known = [case for case in cases if peer.why_not(case) is None]
    if not known:
        return "–"
    open_ways = {way for way in (OURS, THEIRS) for case in known if peer.why_not_this_way(case, way) is None}
    wanted = {(case, way) for case in known for way in open_ways if peer.why_not_this_way(case, way) is None}
    if any((peer_name, case, way) not in passed for case, way in wanted):
        return "✗"
    sign = "↔" if open_ways == {OURS, THEIRS} else "→" if OURS in open_ways else "←"
    count = len({(case.uses, case.enc) for case in known})
    return f"{sign} {count}" if len({(case.uses, case.enc) for case in cases}) > 1 else sign


def _key_cells(label: str, passed: PassedKeys) -> list[str]:
    counts = [len([one for one in passed if one[:2] == (peer.name, label)]) for peer in PEERS]
    return [f"↔ {count}" if count else "–" for count in counts]


def _table(corner: str, rows: list[tuple[str, list[str]]]) -> str:
    lines = [f"| {corner} | " + " | ".join(peer.title for peer in PEERS) + " |", "|---" * (len(PEERS) + 1) + "|"]
    lines += [f"| {label} | " + " | ".join(cells) + " |" for label, cells in rows]
    return "\n".join(lines) + "\n"


def _reasons() -> str:
    """Everything that is not exchanged, with the reason."""
    lines = ["## What is not exchanged, and why\n", BY_CHANCE, "| with | what | why |", "|---|---|---|"]
    lines += [f"| all | {name}, from Signet | {reason} |" for name, (_, reason) in SIGNET_READS_ONLY.items()]
    for peer in PEERS:
        entries = [*peer.lacks.items(), *((f"{name} (wrong)", reason) for name, reason in peer.wrong.items())]
        entries += [
            (f"{name}, {'from' if way == OURS else 'to'} Signet", reason)
            for name, (way, reason) in peer.one_way.items()
        ]
        entries += [(f"{name}, by chance", reason) for name, reason in peer.by_chance.items()]
        for label, table in (
            ("thumbprint of", peer.no_thumbprint), ("PEM of", peer.no_pem), ("certificate of", peer.no_certificates)
        ):
            entries += [(f"{label} {'any key' if name == '*' else name}", reason) for name, reason in table.items()]
        by_reason: dict[str, list[str]] = {}
        for name, reason in entries:
            by_reason.setdefault(reason, []).append(name)
        lines += [f"| {peer.title} | {', '.join(names)} | {reason} |" for reason, names in by_reason.items()]
    return "\n".join(lines) + "\n"
