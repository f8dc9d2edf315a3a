"""What becomes of tokens, keys and rights when an API's or a client's policy changes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support import tokens, vault
from support.resources import ORDERS, OTHER
from support.server import Signet
from support.upstream import Upstream
from support.web import web

API = """
kind: API
name: {name}
spec:
  type: rest
  audience: {audience}
  scopes: [{name}.read, {name}.write]
  token: {token}
  introspectors: [inspector]
  upstreams: [{{url: {url}}}]
  routes:
    - {{path: {{prefix: /{name}}}, methods: [GET], scopes: [{name}.read]}}
    - {{path: {{prefix: /{name}}}, methods: [POST], scopes: [{name}.write]}}
    - {{path: {{prefix: /{name}-open}}}}
---
"""
CLIENTS = """
kind: Client
name: inspector
spec: {grants: [client_credentials], auth: client_secret_basic, apis: {}}
---
"""


class Place:
    """A server whose policies a test changes."""

    def __init__(self, signet: Signet, url: str) -> None:
        self.signet = signet
        self.url = url
        self.apply(self.api() + self.client("[orders.read, orders.write]") + CLIENTS)

    def apply(self, text: str) -> None:
        self.signet.apply(text)

    def api(self, token: str = "{}", name: str = "orders", audience: str = ORDERS) -> str:
        return API.format(name=name, audience=audience, token=token, url=self.url)

    def client(self, scopes: str) -> str:
        return (
            "kind: Client\nname: writer\nspec: {grants: [client_credentials], auth: client_secret_basic, "
            f"apis: {{orders: {scopes}}}}}\n---\n"
        )

    def call(self, token: str) -> str:
        """`passed`, or the code of the refusal."""
        answer = self.signet.call("/orders/1", token)
        return "passed" if answer.status_code == 200 else str(answer.json()["code"])

    def introspect(self, token: str) -> dict[str, Any]:
        body: dict[str, Any] = self.signet.oauth("introspect", "inspector", token=token).json()
        return body

    def states(self) -> dict[str, list[str]]:
        """The states of each ring's versions."""
        done = self.signet.run("keys", "list", "--json")
        assert done.returncode == 0, done.stderr
        rings: dict[str, list[str]] = {}
        for item in json.loads(done.stdout)["items"]:
            rings.setdefault(item["ring"], []).append(item["state"])
        return rings

    def published(self) -> list[str]:
        return sorted(key["alg"] for key in web.get(f"{self.signet.control}/oauth/jwks").json()["keys"])


@pytest.fixture
def place(new_signet: Callable[..., Signet], upstream: Upstream) -> Place:
    return Place(new_signet(), upstream.url)


def test_only_the_signature_algorithm_of_the_policy_is_accepted(place: Place) -> None:
    """Another API signs with another ring of the issuer: its keys mean nothing here."""
    place.apply(place.api("{signing: ES384}", name="other", audience=OTHER))
    claims = tokens.claims(place.signet.control, ORDERS, "writer", scope="orders.read")
    encryption = vault.active(place.signet.data, "api/orders/encryption").jwk
    for algorithm, outcome in (("ES256", "passed"), ("ES384", "token-invalid")):
        key = vault.active(place.signet.data, f"issuer/access-signing/{algorithm}").jwk
        assert place.call(tokens.encrypt(tokens.sign(claims, key), encryption)) == outcome, algorithm


@pytest.mark.parametrize(
    "token",
    [
        "{signing: ES384}",
        "{signing: Ed25519}",
        "{curve: P-256}",
        "{encryption: A256KW}",
        "{content: A128GCM}",
        "{profile: symmetric}",
        "{profile: symmetric, encryption: dir}",
        "{lifetime: 1m}",
    ],
)
def test_tokens_of_the_earlier_policy_open_until_they_expire(place: Place, token: str) -> None:
    seen, unseen = place.signet.token("writer", ORDERS), place.signet.token("writer", ORDERS)
    assert place.call(seen) == "passed"
    place.apply(place.api(token))
    new = place.signet.token("writer", ORDERS)
    for text in (seen, unseen, new):
        assert place.call(text) == "passed"
        assert place.introspect(text)["active"] is True
    # And back, by way of the symmetric profile around the same encryption ring.
    place.apply(place.api("{profile: symmetric}"))
    place.apply(place.api())
    for text in (seen, unseen, new, place.signet.token("writer", ORDERS)):
        assert place.call(text) == "passed"
        assert place.introspect(text)["active"] is True


def test_a_shared_encryption_ring_serves_signatures_and_macs_apart(place: Place) -> None:
    place.apply(place.api("{encryption: A256KW}"))
    signed = place.signet.token("writer", ORDERS)
    place.apply(place.api("{profile: symmetric}"))
    authenticated = place.signet.token("writer", ORDERS)
    for text in (signed, authenticated):
        assert place.call(text) == "passed"
        assert place.introspect(text)["active"] is True


def test_rings_that_no_api_uses_are_superseded_and_come_back(place: Place) -> None:
    assert place.published() == ["ES256"]
    place.apply(place.api("{profile: symmetric}"))
    states = place.states()
    assert states["issuer/access-signing/ES256"] == ["retiring"]
    assert states["api/orders/encryption/ECDH-ES/X25519"] == ["retiring"]
    assert states["api/orders/encryption/A256KW"] == states["api/orders/mac/HS256"] == ["active"]
    # Rotating everything wakes no ring that is not needed.
    assert place.signet.run("keys", "rotate").returncode == 0
    assert place.states()["issuer/access-signing/ES256"] == ["retiring"]
    named = place.signet.run("keys", "rotate", "issuer/access-signing/ES256")
    assert named.returncode == 1 and named.stderr.startswith("refused: "), named.stderr
    place.apply(place.api())
    states = place.states()
    assert states["issuer/access-signing/ES256"] == ["retiring", "active"]
    assert states["api/orders/encryption/A256KW"] == ["retiring", "retiring"]
    assert place.call(place.signet.token("writer", ORDERS)) == "passed"


def test_an_api_that_is_deleted_takes_its_rings_along(place: Place) -> None:
    place.apply(place.api("{signing: ES384}", name="other", audience=OTHER))
    assert place.published() == ["ES256", "ES384"]
    assert place.signet.admin("DELETE", "/apis/other").status_code in (200, 204)
    states = place.states()
    assert states["issuer/access-signing/ES384"] == states["api/other/encryption/ECDH-ES/X25519"] == ["retiring"]
    assert states["issuer/access-signing/ES256"] == ["active"]


def test_a_scope_that_is_taken_away_is_gone_from_living_tokens(place: Place, upstream: Upstream) -> None:
    cached, fresh = place.signet.token("writer", ORDERS), place.signet.token("writer", ORDERS)

    def write(token: str) -> int:
        return place.signet.call("/orders/1", token, method="POST").status_code

    assert write(cached) == 200
    place.apply(place.client("[orders.read]"))
    for token in (cached, fresh):
        assert write(token) == 403
        upstream.seen.clear()
        assert place.call(token) == "passed"
        assert upstream.seen[-1].values("X-Signet-Scope") == ["orders.read"]
        assert place.introspect(token)["scope"] == "orders.read"
    place.apply(place.client("[]"))
    for token in (cached, fresh):
        assert place.call(token) == "scope-insufficient"
        assert place.signet.call("/orders-open/1", token).status_code == 200
        seen = place.introspect(token)
        assert seen["active"] is True and "scope" not in seen
    place.apply(place.client("[orders.read, orders.write]"))
    for token in (cached, fresh):
        assert write(token) == 200
        assert place.introspect(token)["scope"] == "orders.read orders.write"


@pytest.mark.parametrize("token", ["{}", "{curve: P-256}", "{profile: symmetric}", "{signing: ES384}"])
def test_a_token_of_the_old_audience_is_refused_however_the_rest_of_the_policy_changed(
    place: Place, token: str
) -> None:
    cached, fresh = place.signet.token("writer", ORDERS), place.signet.token("writer", ORDERS)
    assert place.call(cached) == "passed"
    place.apply(place.api(token, audience="https://moved.example"))
    for text in (cached, fresh):
        assert place.call(text) == "audience-mismatch"
        assert place.introspect(text) == {"active": False}
    assert place.call(place.signet.token("writer", "https://moved.example")) == "passed"


def test_what_was_superseded_is_still_accepted_after_a_restart(place: Place) -> None:
    old = place.signet.token("writer", ORDERS)
    place.apply(place.api("{profile: symmetric}"))
    assert place.signet.stop() == 0
    place.signet.start()
    assert place.call(old) == "passed"
    assert place.introspect(old)["active"] is True
