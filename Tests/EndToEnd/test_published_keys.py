"""Clients that publish their keys at a jwks_uri of their own and rotate them without us."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from support import resources, tokens
from support.processes import free_port
from support.publisher import TLS, Publisher
from support.server import Signet, run
from support.web import web

TRUSTING = {"SIGNET_EGRESS__PRIVATE_ADDRESSES": "127.0.0.0/8, ::1", "SIGNET_EGRESS__AUTHORITIES": str(TLS / "ca.pem")}


def generate(kid: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A private key and its public half."""
    made = run("jwk", "generate", "--alg", "ES256", "--kid", kid)
    public = run("jwk", "public", input=made.stdout)
    return json.loads(made.stdout), json.loads(public.stdout)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.stop()


@pytest.fixture
def start(new_signet: Callable[..., Signet], publisher: Publisher) -> Callable[[dict[str, str]], Signet]:
    def make(environment: dict[str, str]) -> Signet:
        server = new_signet(environment)
        server.apply(resources.shared(resources.Ports(upstream=free_port(), closed=free_port())))
        server.apply(
            "kind: Client\nname: holder\nspec:\n  grants: [client_credentials]\n  auth: private_key_jwt\n"
            f"  apis: {{orders: [orders.read]}}\n  jwks_uri: {publisher.url}\n"
        )
        return server

    return make


def ask(signet: Signet, key: dict[str, Any]) -> httpx.Response:
    now = int(time.time())
    claims = {"iss": "holder", "sub": "holder", "aud": signet.control, "exp": now + 60, "jti": str(time.time_ns())}
    form = {
        "grant_type": "client_credentials",
        "client_assertion": tokens.sign(claims, key, typ="JWT"),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    return web.post(f"{signet.control}/oauth/token", data=form, timeout=30)


def test_a_private_address_is_not_asked_unless_allowed(
    start: Callable[[dict[str, str]], Signet], publisher: Publisher
) -> None:
    key, public = generate("a")
    publisher.keys = [public]
    signet = start({})
    answer = ask(signet, key)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert publisher.requests == 0
    assert "address-refused" in signet.log


def test_a_published_key_authenticates_and_no_other(
    start: Callable[[dict[str, str]], Signet], publisher: Publisher
) -> None:
    (key, public), (stranger, _) = generate("a"), generate("b")
    publisher.keys = [public]
    signet = start(TRUSTING)
    for _ in range(3):
        assert ask(signet, key).status_code == 200
    for wrong in (stranger, stranger | {"kid": "a"}):
        answer = ask(signet, wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    # Names that nobody published brought about no further fetch.
    assert publisher.requests == 1
    assert publisher.url in signet.run("export").stdout


@pytest.mark.soak
def test_rotation_needs_no_apply(start: Callable[[dict[str, str]], Signet], publisher: Publisher) -> None:
    (old, old_public), (new, new_public) = generate("old"), generate("new")
    publisher.keys = [old_public]
    signet = start(TRUSTING)
    assert ask(signet, old).status_code == 200
    publisher.keys = [new_public]
    time.sleep(31)
    assert ask(signet, new).status_code == 200
    # The set was replaced: the old key is out.
    assert ask(signet, old).status_code == 401
    assert publisher.requests == 2
