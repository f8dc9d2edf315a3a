"""The authorization server with real clients."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import ledger, tokens
from support.raw import exchange
from support.resources import ORDERS, OTHER
from support.server import Signet, run
from support.upstream import Upstream
from support.web import web


def post(signet: Signet, path: str, form: dict[str, Any], **options: Any) -> httpx.Response:
    return web.post(f"{signet.control}/oauth/{path}", data=form, timeout=30, **options)


def basic(signet: Signet, client: str) -> tuple[str, str]:
    credential = signet.credentials[client]
    return credential.client_id, credential.client_secret


def test_metadata_says_what_is_true(signet: Signet) -> None:
    answer = web.get(f"{signet.control}/.well-known/oauth-authorization-server")
    assert answer.headers["access-control-allow-origin"] == "*"
    metadata = answer.json()
    assert metadata["issuer"] == signet.control
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"):
        assert metadata[name].startswith(f"{signet.control}/oauth/")
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert set(metadata["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    }


def test_a_token_answer_is_what_rfc_6749_says_and_is_not_cached(signet: Signet) -> None:
    answer = post(
        signet, "token", {"grant_type": "client_credentials", "resource": ORDERS}, auth=basic(signet, "reporter")
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    ledger.note_secret(body["access_token"], "a token")
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "orders.read")


def test_client_secret_post(signet: Signet) -> None:
    client, secret = basic(signet, "poster")
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    answer = post(signet, "token", form)
    assert answer.status_code == 200
    token = ledger.note_secret(answer.json()["access_token"], "a token")
    assert signet.call("/orders/1", token).status_code == 200
    # A client has one way, and another client's way is none.
    assert post(signet, "token", {"grant_type": "client_credentials"}, auth=(client, secret)).status_code == 401


@pytest.mark.parametrize(
    "form, status, error",
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "orders.write"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "orders.read nothing"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": 'a"b'}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "resource": OTHER}, 400, "invalid_target"),
        ({"grant_type": "client_credentials", "resource": "orders"}, 400, "invalid_target"),
        ({"grant_type": "client_credentials", "resource": [ORDERS, OTHER]}, 400, "invalid_target"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, 400, "invalid_request"),
    ],
)
def test_refusals_of_the_token_endpoint(signet: Signet, form: dict[str, Any], status: int, error: str) -> None:
    answer = post(signet, "token", form, auth=basic(signet, "reporter"))
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_client_of_two_apis_must_say_which(signet: Signet) -> None:
    answer = post(signet, "token", {"grant_type": "client_credentials"}, auth=basic(signet, "writer"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_wrong_credentials(signet: Signet) -> None:
    client, secret = basic(signet, "reporter")
    form = {"grant_type": "client_credentials"}
    for auth in ((client, "wrong"), ("nobody", secret), (client, ""), (client, secret[:-1])):
        answer = post(signet, "token", form, auth=auth)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert post(signet, "token", form).status_code in (400, 401)
    # Two ways at once (RFC 6749 section 2.3).
    answer = post(signet, "token", form | {"client_id": client, "client_secret": secret}, auth=(client, secret))
    assert answer.status_code in (400, 401)


def test_parameters_in_the_query_are_refused(signet: Signet) -> None:
    answer = web.post(
        f"{signet.control}/oauth/token?grant_type=client_credentials", auth=basic(signet, "reporter"), data={}
    )
    assert answer.status_code == 400
    assert web.get(f"{signet.control}/oauth/token").status_code in (404, 405)


def test_a_body_that_is_no_form_or_too_large(signet: Signet) -> None:
    auth = basic(signet, "reporter")
    answer = web.post(f"{signet.control}/oauth/token", json={"grant_type": "client_credentials"}, auth=auth)
    assert answer.status_code in (400, 415)
    form = {"grant_type": "client_credentials", "padding": "x" * 2_000_000}
    assert post(signet, "token", form, auth=auth).status_code in (400, 413)


def test_another_host_is_not_served(signet: Signet) -> None:
    answer = exchange(signet.control_port, b"GET /oauth/jwks HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert answer.status in (400, 403, 404, 421)


class Holder:
    """A client with a key of its own."""

    def __init__(self, signet: Signet, directory: Path, algorithm: str) -> None:
        self.signet = signet
        self.file = directory / "client.jwk"
        made = run("jwk", "generate", "--alg", algorithm)
        assert made.returncode == 0, made.stderr
        self.file.write_text(made.stdout)
        self.key: dict[str, Any] = json.loads(made.stdout)
        published = run("jwk", "public", self.file)
        self.name = f"holder-{algorithm.lower()}"
        jwks = json.dumps({"keys": [json.loads(published.stdout)]})
        signet.apply(
            f"kind: Client\nname: {self.name}\nspec:\n  grants: [client_credentials]\n  auth: private_key_jwt\n"
            f"  apis: {{orders: [orders.read]}}\n  jwks: {jwks}\n"
        )

    def assertion(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.name,
            "sub": self.name,
            "aud": self.signet.control,
            "iat": now,
            "exp": now + 60,
            "jti": f"{time.time_ns()}",
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return tokens.sign(kept, self.key, **({"typ": "JWT"} | (header or {})))

    def ask(self, assertion: str, **form: str) -> httpx.Response:
        return post(
            self.signet,
            "token",
            {
                "grant_type": "client_credentials",
                "client_assertion": assertion,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            }
            | form,
        )


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "RS256", "PS256"])
def test_private_key_jwt(signet: Signet, tmp_path: Path, algorithm: str) -> None:
    holder = Holder(signet, tmp_path, algorithm)
    assertion = holder.assertion()
    answer = holder.ask(assertion)
    assert answer.status_code == 200, answer.text
    assert signet.call("/orders/1", ledger.note_secret(answer.json()["access_token"], "a token")).status_code == 200
    # Once only.
    assert holder.ask(assertion).status_code == 401
    printed = signet.run("token", "--client", holder.name, "--key", holder.file, secret_output=True)
    assert printed.returncode == 0 and printed.stdout.count(".") == 4, printed.stderr


def test_private_key_jwt_refuses_each_wrong_assertion(signet: Signet, tmp_path: Path) -> None:
    holder = Holder(signet, tmp_path, "ES256")
    now = int(time.time())
    wrong: list[dict[str, Any]] = [
        {"aud": "https://other.example"},
        {"aud": [signet.control, "https://other.example"]},
        {"iss": "reporter"},
        {"sub": "reporter"},
        {"exp": now - 120},
        {"exp": None},
        {"jti": None},
        {"exp": now + 86400},
        {"nbf": now + 600},
    ]
    for change in wrong:
        answer = holder.ask(holder.assertion(**change))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), change
    stranger = json.loads(run("jwk", "generate", "--alg", "ES256").stdout)
    holder.key, own = stranger | {"kid": holder.key["kid"]}, holder.key
    assert holder.ask(holder.assertion()).status_code == 401
    holder.key = own
    octets = {"kty": "oct", "k": own["x"], "kid": own["kid"]}
    holder.key = octets
    assert holder.ask(holder.assertion({"alg": "HS256"})).status_code == 401
    holder.key = own
    unsecured = tokens.unsigned(
        {"iss": holder.name, "sub": holder.name, "aud": signet.control, "exp": now + 60, "jti": "1"}
    )
    assert holder.ask(unsecured).status_code == 401
    assert holder.ask(holder.assertion()).status_code == 200


def introspect(signet: Signet, client: str, token: str) -> dict[str, Any]:
    answer = signet.oauth("introspect", client, token=token)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_introspection_tells_the_introspector_all(signet: Signet, read_token: str) -> None:
    seen = introspect(signet, "inspector", read_token)
    assert seen["active"] is True
    assert (seen["sub"], seen["client_id"], seen["scope"], seen["aud"]) == (
        "reporter",
        "reporter",
        "orders.read",
        ORDERS,
    )
    assert seen["iss"] == signet.control and seen["exp"] - seen["iat"] == 300


def test_introspection_tells_the_tokens_own_client_little(signet: Signet, read_token: str) -> None:
    assert set(introspect(signet, "reporter", read_token)) == {"active", "exp"}


def test_introspection_tells_anyone_else_nothing(signet: Signet, read_token: str) -> None:
    assert introspect(signet, "stranger", read_token) == {"active": False}
    assert introspect(signet, "writer", read_token) == {"active": False}


def test_introspection_of_what_is_no_token(signet: Signet, read_token: str) -> None:
    for text in ("x", read_token[:-2], read_token + "=", tokens.tampered(read_token, 3), "a.b.c.d.e"):
        assert introspect(signet, "inspector", text) == {"active": False}
    assert post(signet, "introspect", {"token": read_token}).status_code in (400, 401)


def test_revocation(signet: Signet) -> None:
    token = signet.token("reporter", ORDERS)
    # Another client can't, and the token goes on.
    assert signet.oauth("revoke", "stranger", token=token).status_code in (200, 400)
    assert introspect(signet, "inspector", token)["active"] is True
    assert signet.oauth("revoke", "reporter", token=token).status_code == 200
    assert introspect(signet, "inspector", token) == {"active": False}
    assert introspect(signet, "reporter", token) == {"active": False}
    assert signet.call("/orders/1", token).json()["code"] == "token-revoked"
    # A second time, and a token that never was: nothing to do (RFC 7009 section 2.2).
    assert signet.oauth("revoke", "reporter", token=token).status_code == 200
    assert signet.oauth("revoke", "reporter", token="unknown").status_code == 200
    assert post(signet, "revoke", {"token": token}).status_code in (400, 401)


def test_revocation_by_the_operator_reaches_a_whole_client(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    old = [signet.token("reporter") for _ in range(3)]
    assert signet.call("/orders/1", old[0]).status_code == 200
    answer = signet.admin("POST", "/revocations", json={"kind": "client", "value": "reporter", "reason": "test"})
    assert answer.status_code == 201, answer.text
    for token in old:
        assert signet.call("/orders/1", token).json()["code"] == "token-revoked"
    # Whatever the part of the second: a token that is fetched after the revocation stands, and those before it don't.
    for _ in range(4):
        token = signet.token("reporter")
        assert signet.call("/orders/1", token).status_code == 200
        time.sleep(0.3)
        assert signet.admin("POST", "/revocations", json={"kind": "client", "value": "reporter"}).status_code == 201
        assert signet.call("/orders/1", token).json()["code"] == "token-revoked"


def test_a_new_secret_ends_the_old_one(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    assert signet.token("reporter")
    answer = signet.admin("POST", "/clients/reporter/secret")
    assert answer.status_code == 200, answer.text
    assert signet.oauth("token", "reporter", grant_type="client_credentials").status_code == 401
    signet.credentials["reporter"].client_secret = ledger.note_secret(answer.json()["client_secret"], "a new secret")
    assert signet.token("reporter")


def test_health_readiness_and_metrics(signet: Signet) -> None:
    assert web.get(f"{signet.control}/healthz").status_code == 200
    assert web.get(f"{signet.control}/readyz").status_code == 200
    metrics = web.get(f"{signet.control}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    lines = [line for line in metrics.text.splitlines() if line and not line.startswith("#")]
    assert lines and all(line.startswith("signet_") for line in lines)
