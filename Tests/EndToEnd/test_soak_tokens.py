"""While keys rotate and tokens flow, no good token is refused and no bad one accepted.

Each use of a token is judged against what the test knows of it: when it was issued, whether it was revoked, and which
keys were active at the time. Only what falls between the sending of a change and its answer may come either way.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from support.places import BINARY
from support.processes import Program, free_port, wait_until
from support.server import Signet
from support.soak.forwarded import ForwardedTokens
from support.soak.knowledge import API, Ring, Span
from support.soak.traffic import Traffic
from support.web import web

LIFETIME, LEEWAY = 20, 30
ORDERS, SEALED = "https://orders.example", "https://sealed.example"

RESOURCES = """
kind: API
name: orders
spec:
  type: rest
  audience: {orders}
  token: {{lifetime: {lifetime}s}}
  forward: jwt
  upstreams: [{{url: {echo}}}]
  routes: [{{path: {{prefix: /orders}}}}]
---
kind: API
name: sealed
spec:
  type: rest
  audience: {sealed}
  token: {{profile: symmetric, lifetime: {lifetime}s}}
  upstreams: [{{url: {echo}}}]
  routes: [{{path: {{prefix: /sealed}}}}]
---
kind: Client
name: caller
spec: {{grants: [client_credentials], auth: client_secret_basic, apis: {{orders: [], sealed: []}}}}
"""


@dataclass
class Length:
    """How long a soak takes, and what happens at which part of its time."""

    seconds: int
    # Tokens per second that are asked for, and at least have to come.
    rate: int
    least: int
    rotations: list[float]
    # One ring after the other is rotated alone.
    turns: list[float]
    emergency: float = 0.5
    kills: tuple[float, ...] = ()


# It shares its cores with other tests, which is why it need not be fast.
SHORT = Length(60, 120, 40, [0.15, 0.3, 0.75], [0.6])
LONG = Length(600, 240, 200, [0.05, 0.12, 0.2, 0.28, 0.65, 0.8], [0.35, 0.9])
KILLED = Length(600, 240, 200, LONG.rotations, LONG.turns, kills=(0.25, 0.45, 0.55, 0.7))


class Soak:
    """A server with its traffic, and the changes that the test makes meanwhile."""

    def __init__(self, signet: Signet, echo: str) -> None:
        self.signet = signet
        signet.apply(RESOURCES.format(orders=ORDERS, sealed=SEALED, lifetime=LIFETIME, echo=echo))
        listed = json.loads(signet.run("keys", "list", "--json").stdout)["items"]
        self.rings = {item["ring"]: Ring(item["ring"], item["kid"]) for item in listed}
        assert all(item["state"] == "active" for item in listed) and len(self.rings) == len(listed) == 5
        forward = self.ring("issuer/forward-signing")
        apis = [
            # The upstream's token never outlives the caller's, so that no leeway is left.
            API(
                ORDERS,
                "/orders/1",
                self.ring("issuer/access-signing"),
                self.ring("api/orders/encryption"),
                LIFETIME,
                forward,
            ),
            API(
                SEALED,
                "/sealed/1",
                self.ring("api/sealed/mac"),
                self.ring("api/sealed/encryption"),
                LIFETIME + LEEWAY,
            ),
        ]
        self.changed: list[Span] = []
        self.traffic = Traffic(signet, "caller", apis, ForwardedTokens(signet, echo))

    def ring(self, start: str) -> Ring:
        [found] = [ring for name, ring in self.rings.items() if name.startswith(start)]
        return found

    def rotate(self, only: str | None = None, is_emergency: bool = False) -> None:
        rings = [self.rings[only]] if only else list(self.rings.values())
        span = Span(time.time())
        self.changed.append(span)
        turns = {ring.name: ring.rotate(span, is_emergency) for ring in rings}
        options = ["--emergency", "--reason", "soak"] if is_emergency else []
        done = self.signet.run("keys", "rotate", *([only] if only else []), *options, "--json")
        assert done.returncode == 0, done.stderr
        made = {item["ring"]: item["kid"] for item in json.loads(done.stdout)["items"]}
        assert made.keys() == turns.keys()
        for name, turn in turns.items():
            turn.kid = made[name]
        span.answered = time.time()

    def kill_worker(self) -> None:
        old = self.signet.worker
        span = Span(time.time())
        self.traffic.downtimes.append(span)
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self.serves_again(old), 10, "another worker")
        span.answered = time.time()

    def serves_again(self, old: int) -> bool:
        try:
            return self.signet.worker != old and web.get(f"{self.signet.control}/readyz", timeout=2).status_code == 200
        except (AssertionError, httpx.TransportError):
            return False

    def changes(self, length: Length) -> list[tuple[float, Callable[[], None]]]:
        """What happens at which second."""
        found: list[tuple[float, Callable[[], None]]] = [(part, self.rotate) for part in length.rotations]
        for part in length.turns:
            for number, name in enumerate(self.rings):
                found.append((part + number / length.seconds, lambda name=name: self.rotate(name)))
        found.append((length.emergency, lambda: self.rotate(is_emergency=True)))
        found += [(part, self.kill_worker) for part in length.kills]
        return sorted(((part * length.seconds, change) for part, change in found), key=lambda item: item[0])

    def run(self, length: Length) -> float:
        """Answers the seconds that it took."""
        start = time.time()
        self.traffic.start(length.rate)
        try:
            for at, change in [*self.changes(length), (length.seconds, lambda: None)]:
                while (wait := start + at - time.time()) > 0 and not self.traffic.failures:
                    time.sleep(min(wait, 1))
                if self.traffic.failures:
                    break
                change()
        finally:
            self.traffic.stop()
        return time.time() - start


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    program = Program([BINARY, "echo", "--listen", f"127.0.0.1:{port}"], tmp_path, "echo", {})
    wait_until(lambda: "listening" in program.printed(), 10, "the upstream")
    yield f"http://127.0.0.1:{port}"
    program.stop()


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(SHORT, id="short"),
        pytest.param(LONG, id="long", marks=pytest.mark.soak),
        pytest.param(KILLED, id="killed", marks=pytest.mark.soak),
    ],
)
def test_rotations_under_load_refuse_no_good_token_and_accept_no_bad_one(
    new_signet: Callable[..., Signet], echo: str, length: Length
) -> None:
    signet = new_signet()
    soak = Soak(signet, echo)
    processor = time.process_time()
    seconds = soak.run(length)
    counts = soak.traffic.counts
    rotations = {name: len(ring.turns) - 1 for name, ring in soak.rings.items()}
    print(f"{seconds:.0f} s, {counts['issued'] / seconds:.0f} tokens/s issued and used;", dict(sorted(counts.items())))
    print(f"the clients took {time.process_time() - processor:.0f} s of processor time")
    print("rotations:", rotations, "kills:", len(soak.traffic.downtimes))
    print("a rotation's answer took at most", max(round(span.answered - span.sent, 2) for span in soak.changed), "s")
    assert soak.traffic.failures == [], "\n".join(soak.traffic.failures)
    assert min(rotations.values()) >= 3
    for expected in ("accepted", "forwarded", "refused: expired", "refused: revoked", "refused: key revoked"):
        assert counts[expected] > 10, f"the test saw too little: {expected}"
    assert counts["grey"] < counts["used"] / 50, "the test left too much open"
    assert counts["issued"] / seconds >= length.least
    assert signet.stop() == 0
