"""Clients that get tokens and use them, again and again, and judge each answer."""

import base64
import heapq
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

from .. import ledger
from ..raw import request
from ..server import Signet
from ..vault import unb64
from .forwarded import ForwardedTokens
from .knowledge import API, Span, Token
from .line import Line, Reply

# One token of so many is looked for in every output afterwards: looking for all of them takes long.
NOTED = 1000


class Traffic:
    """All clients together, and what came of it."""

    def __init__(self, signet: Signet, client: str, apis: list[API], forwarded: ForwardedTokens) -> None:
        self.signet = signet
        self.apis = apis
        self.forwarded = forwarded
        credential = signet.credentials[client]
        basic = base64.b64encode(f"{credential.client_id}:{credential.client_secret}".encode()).decode()
        self.client_fields = [f"Authorization: Basic {basic}", "Content-Type: application/x-www-form-urlencoded"]
        self.over = threading.Event()
        self.failures: list[str] = []
        # The times at which nobody is there to answer, since the test killed it.
        self.downtimes: list[Span] = []
        self.actors: list[Actor] = []
        self.due: list[tuple[float, int, str, Token]] = []
        self.lock = threading.Lock()
        self.numbers = itertools.count()

    def start(self, rate: float, issuers: int = 6, callers: int = 4) -> None:
        self.actors = [Issuer(self, rate / issuers, number / rate) for number in range(issuers)]
        self.actors += [Caller(self) for _ in range(callers)]
        for actor in self.actors:
            actor.start()

    def stop(self) -> None:
        self.over.set()
        for actor in self.actors:
            actor.join(60)
            assert not actor.is_alive()

    @property
    def counts(self) -> Counter[str]:
        return sum((actor.counts for actor in self.actors), Counter())

    def later(self, age: float, what: str, token: Token) -> None:
        """Has something done with a token when it has this age in seconds."""
        with self.lock:
            heapq.heappush(self.due, (token.issued.sent + age, next(self.numbers), what, token))

    def next(self) -> tuple[str, Token] | None:
        """What is due now."""
        with self.lock:
            if self.due and self.due[0][0] <= time.time():
                _, _, what, token = heapq.heappop(self.due)
                return what, token
        return None

    def fail(self, what: str) -> None:
        if len(self.failures) < 20:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")


class Actor(threading.Thread):
    """What issuers and callers share."""

    def __init__(self, traffic: Traffic) -> None:
        super().__init__(daemon=True)
        self.traffic = traffic
        self.counts: Counter[str] = Counter()
        self.gateway = Line(traffic.signet.gateway_port, traffic.downtimes)

    def run(self) -> None:
        try:
            while not self.traffic.over.is_set():
                self.step()
        except Exception as error:
            self.traffic.fail(f"a client ended: {error!r}")
            raise
        finally:
            self.gateway.close()

    def step(self) -> None:
        raise NotImplementedError

    def use(self, token: Token) -> None:
        span, answer = self.gateway.exchange(request(token.api.path, token.text))
        if answer is None or answer.status >= 500:
            self.lost(span, answer, "a use")
            return
        code = None if answer.status == 200 else json.loads(answer.body)["code"]
        expected = token.expected(span)
        self.counts["used"] += 1
        if fault := expected.fault(answer.status, code):
            self.traffic.fail(f"{fault}; {token.api.path} {span.sent - token.issued.sent:.3f} s after its issue")
        elif expected.is_grey:
            self.counts["grey"] += 1
        elif answer.status == 200:
            self.counts["accepted"] += 1
        else:
            self.counts["refused: " + expected.reasons[0]] += 1
        if answer.status == 200 and token.api.forward:
            if wrong := self.traffic.forwarded.fault(token.api.forward, answer.body, span):
                self.traffic.fail(wrong)
            self.counts["forwarded"] += 1

    def lost(self, span: Span, answer: Reply | None, what: str) -> None:
        """Notes an exchange without an answer that tells something, which only the test itself may have caused."""
        self.counts["lost"] += 1
        if not any(span.overlaps(downtime) for downtime in self.traffic.downtimes):
            self.traffic.fail(f"{what} was not answered: {answer.status if answer else 'the connection was lost'}")


class Issuer(Actor):
    """Gets tokens at a steady rate, uses each at once, and says what comes of it later."""

    def __init__(self, traffic: Traffic, rate: float, offset: float) -> None:
        super().__init__(traffic)
        self.control = Line(traffic.signet.control_port, traffic.downtimes)
        self.random = random.Random(offset)
        self.interval = 1 / rate
        self.due = time.time() + offset

    def step(self) -> None:
        wait = self.due - time.time()
        if wait > 0:
            time.sleep(wait)
        # What was missed is made up for, unless it is much: a pause must not end in a burst.
        self.due = max(self.due, time.time() - 2) + self.interval
        if token := self.issue(self.random.choice(self.traffic.apis)):
            self.use(token)
            self.plan(token)

    def issue(self, api: API) -> Token | None:
        form = urlencode({"grant_type": "client_credentials", "resource": api.resource}).encode()
        span, answer = self.control.exchange(
            request("/oauth/token", method="POST", fields=self.traffic.client_fields, body=form)
        )
        if answer is None or answer.status >= 500:
            self.lost(span, answer, "a request for a token")
            return None
        if answer.status != 200:
            self.traffic.fail(f"no token was issued: {answer.status} {answer.body!r}")
            return None
        text: str = json.loads(answer.body)["access_token"]
        kid: str = json.loads(unb64(text.split(".", 1)[0]))["kid"]
        if not api.encryption.makers(span, kid):
            self.traffic.fail(f"a token was made with {kid}, which is not active in {api.encryption.name}")
        self.counts["issued"] += 1
        if self.counts["issued"] % NOTED == 1:
            ledger.note_secret(text, "a token of the soak")
        return Token(text, kid, api, span)

    def plan(self, token: Token) -> None:
        chance, end = self.random.random(), token.api.end
        for _ in range(3 if chance < 0.1 else 1):
            ages: list[Callable[[], float]] = [
                lambda: self.random.uniform(0, end),
                lambda: self.random.uniform(0, end),
                lambda: end - self.random.uniform(0, 2),
                lambda: end + self.random.uniform(0, 4),
            ]
            self.traffic.later(self.random.choice(ages)(), "use", token)
        if chance > 0.99:
            self.traffic.later(self.random.uniform(0.2, end / 2), "revoke", token)


class Caller(Actor):
    """Uses and revokes tokens when that is due."""

    def step(self) -> None:
        found = self.traffic.next()
        if found is None:
            time.sleep(0.005)
            return
        what, token = found
        if what == "revoke":
            self.revoke(token)
        self.use(token)

    def revoke(self, token: Token) -> None:
        token.revoked = span = Span(time.time())
        # Seldom enough for a connection of its own each time.
        line = Line(self.traffic.signet.control_port, self.traffic.downtimes)
        body = urlencode({"token": token.text}).encode()
        exchange, answer = line.exchange(
            request("/oauth/revoke", method="POST", fields=self.traffic.client_fields, body=body)
        )
        line.close()
        if answer is None or answer.status >= 500:
            self.lost(exchange, answer, "a revocation")
            return
        if answer.status != 200:
            self.traffic.fail(f"a revocation was refused: {answer.status} {answer.body!r}")
            return
        span.answered = time.time()
        self.counts["revoked"] += 1
        # Twice more while it would be good: at once, and at its end.
        self.traffic.later(token.api.end - 1, "use", token)
