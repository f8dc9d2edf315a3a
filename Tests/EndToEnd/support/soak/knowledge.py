"""What a test knows of its tokens and keys, and what therefore has to come of each use."""

import math
from dataclasses import dataclass, field

EXPIRED = {"token-expired"}
# What the client is told of a key depends on whether its version is known to be revoked or is not there any more.
ENDED = {"token-revoked", "token-invalid"}


@dataclass(slots=True)
class Span:
    """When something happened: after it was sent and before it was answered, nobody outside knows when exactly."""

    sent: float
    answered: float = math.inf

    def overlaps(self, other: "Span") -> bool:
        return self.sent < other.answered and other.sent < self.answered


def in_force(change: Span | None, used: Span) -> bool | None:
    """Whether a change was in force when something was used; None when that can't be known."""
    if change is None or used.answered <= change.sent:
        return False
    return True if change.answered <= used.sent else None


@dataclass(slots=True)
class Turn:
    """A key version's time as its ring's active one, from a rotation to the next."""

    kid: str | None
    began: Span
    ended: Span | None = None
    revoked: Span | None = None


class Ring:
    """The versions of a key ring, in their order."""

    def __init__(self, name: str, kid: str) -> None:
        self.name = name
        self.turns = [Turn(kid, Span(-math.inf, -math.inf))]

    def rotate(self, span: Span, is_emergency: bool) -> Turn:
        """Notes a rotation before it is sent. The new version's kid is known when it is answered."""
        old, new = self.turns[-1], Turn(None, span)
        self.turns.append(new)
        old.ended = span
        if is_emergency:
            for turn in self.turns[:-1]:
                turn.revoked = turn.revoked or span
        return new

    def makers(self, made: Span, kid: str | None = None) -> list[Turn]:
        """The versions that something may have been made with at this time, as far as its kid is known."""
        return [
            turn
            for turn in self.turns[:]
            if turn.began.sent < made.answered
            and (turn.ended is None or made.sent < turn.ended.answered)
            and (kid is None or turn.kid is None or turn.kid == kid)
        ]

    def revoked(self, made: Span, kid: str | None, used: Span) -> bool | None:
        """Whether the version that something was made with was revoked when it was used; None: unknown."""
        found = {in_force(turn.revoked, used) for turn in self.makers(made, kid)}
        return found.pop() if len(found) == 1 else None


@dataclass(slots=True)
class API:
    """An API and the rings that make its tokens."""

    resource: str
    path: str
    signing: Ring
    encryption: Ring
    # Seconds after its issue at which a token is refused as expired.
    end: int
    # What signs the upstream's tokens, if it gets any.
    forward: Ring | None = None


@dataclass(slots=True)
class Token:
    """A token, and what happened to it."""

    text: str
    kid: str
    api: API
    issued: Span
    revoked: Span | None = None

    def expired(self, used: Span) -> bool | None:
        """Whether it had expired when it was used. Its times are whole seconds of the server's clock, which is ours."""
        if math.floor(used.answered) < math.floor(self.issued.sent) + self.api.end:
            return False
        return True if math.floor(used.sent) >= math.floor(self.issued.answered) + self.api.end else None

    def expected(self, used: Span) -> "Expected":
        """What has to come of a use."""
        expected = Expected()
        expected.add("expired", self.expired(used), EXPIRED)
        expected.add("revoked", in_force(self.revoked, used), ENDED)
        expected.add("key revoked", self.api.encryption.revoked(self.issued, self.kid, used), ENDED)
        expected.add("key revoked", self.api.signing.revoked(self.issued, None, used), ENDED)
        return expected


@dataclass(slots=True)
class Expected:
    """What may come of a use, and why."""

    # Why it has to be refused.
    reasons: list[str] = field(default_factory=list)
    # The codes with which it may be refused.
    codes: set[str] = field(default_factory=set)

    def add(self, reason: str, holds: bool | None, codes: set[str]) -> None:
        if holds:
            self.reasons.append(reason)
        if holds is not False:
            self.codes |= codes

    def fault(self, status: int, code: str | None) -> str | None:
        """What is wrong with an answer."""
        if status == 200:
            return f"wrongly accepted: {', '.join(self.reasons)}" if self.reasons else None
        if status != 401 or code not in self.codes:
            return f"wrongly refused: {status} {code}, expected {sorted(self.codes) or 'it to be accepted'}"
        return None

    @property
    def is_grey(self) -> bool:
        """Whether either answer is right."""
        return bool(self.codes) and not self.reasons
