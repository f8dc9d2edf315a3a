"""Cases as parameters of tests, and the exchanges of the tests that were selected."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from . import keys
from .cases import OURS, PAYLOAD, Case, every_case
from .exchange import Exchange, Outcome, ask
from .peers import PEERS, WAYS, Peer

Pass = tuple[str, Case, str]


def expected(cases: list[Case]) -> list[tuple[Peer, Case, str]]:
    """Every case of every peer that its table leaves, in each direction that it leaves."""
    return [
        (peer, case, way)
        for peer in PEERS
        for case in cases
        for way in WAYS
        if peer.why_not(case) is None and peer.why_not_this_way(case, way) is None
    ]


def everything_expected() -> tuple[set[Pass], set[tuple[str, str, str]]]:
    """What passes when everything does: cases, and kinds of keys."""
    passed = {(peer.name, case, way) for peer, case, way in expected(every_case())}
    subjects = [("PEM", keys.WRITTEN), ("thumbprint", keys.MEASURED), ("X.509", keys.CERTIFIED)]
    tables = {
        peer.name: {"PEM": peer.no_pem, "thumbprint": peer.no_thumbprint, "X.509": peer.no_certificates}
        for peer in PEERS
    }
    return passed, {
        (peer, subject, keys.name(kind))
        for peer, lacks in tables.items()
        for subject, kinds in subjects
        for kind in kinds
        if not {"*", keys.name(kind)} & set(lacks[subject])
    }


def exchanged(cases: list[Case]) -> Callable[[Any], Any]:
    """Parameters `peer`, `case` and `way`."""
    wanted = expected(cases)
    names = [
        f"{case} from signet to {peer.name}" if way == OURS else f"{case} from {peer.name} to signet"
        for peer, case, way in wanted
    ]
    return pytest.mark.parametrize("peer, case, way", wanted, ids=names)


def fault(outcome: Outcome, case: Case, way: str) -> str | None:
    """What went wrong with a token that has to be made, read by everyone it is for, and refused with a bit flipped."""
    if outcome.token is None:
        return f"not made: {outcome.unmade}"
    if outcome.read != [PAYLOAD] * len(case.uses):
        return f"{outcome.read} of {outcome.token}"
    code = "decryption-failed" if case.enc else "signature-invalid"
    refusal = "error: " if way == OURS else f"exit 1: refused: {code}: "
    if outcome.flipped is None or not outcome.flipped.startswith(refusal) or outcome.flipped.endswith("of output"):
        return f"with a bit flipped: {outcome.flipped}"
    return None


class Suite:
    """The exchanges of a session: one for each peer, for all of its tests at once, begun when the first test asks."""

    def __init__(self, items: list[pytest.Item]) -> None:
        self._wanted: dict[str, list[tuple[Case, str]]] = {}
        for item in items:
            parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
            if {"peer", "case", "way"} <= set(parameters):
                wanted = self._wanted.setdefault(parameters["peer"].name, [])
                wanted.append((parameters["case"], parameters["way"]))
        self._exchanges: dict[str, Future[Exchange]] = {}
        self.passed: set[Pass] = set()
        # The peer, the subject, the kind of key.
        self.passed_keys: set[tuple[str, str, str]] = set()

    def _exchange(self, peer: Peer) -> Exchange:
        if not self._exchanges:
            # Two peers at a time keep the processors busy while one of them waits for its driver.
            with ThreadPoolExecutor(2) as pool:
                for one in PEERS:
                    if one.name in self._wanted:
                        self._exchanges[one.name] = pool.submit(Exchange, one, self._wanted[one.name])
        return self._exchanges[peer.name].result()

    def check(self, peer: Peer, case: Case, way: str) -> None:
        """Asserts that the token was made, read by everyone it was for, and refused with a bit flipped."""
        assert fault(self._exchange(peer).outcomes[case, way], case, way) is None
        self.passed.add((peer.name, case, way))

    @property
    def is_complete(self) -> bool:
        return (self.passed, self.passed_keys) == everything_expected()

    @staticmethod
    def versions() -> dict[str, str]:
        return {peer.name: ask(peer, [{"op": "version"}])[0]["version"] for peer in PEERS}
