"""Keys rotate: what was made before still opens, what is made now uses the new version."""

import json
from collections.abc import Callable

import pytest

from support import vault
from support.resources import ORDERS
from support.server import Signet, run
from support.upstream import Upstream
from support.vault import unb64
from support.web import web


def encryption_kid(token: str) -> str:
    kid: str = json.loads(unb64(token.split(".")[0]))["kid"]
    return kid


@pytest.fixture
def demo(new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream) -> Signet:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    return signet


def listed(signet: Signet) -> list[dict[str, str]]:
    done = signet.run("keys", "list", "--json")
    assert done.returncode == 0, done.stderr
    items: list[dict[str, str]] = json.loads(done.stdout)["items"]
    return items


def test_rotation_of_all_rings(demo: Signet) -> None:
    old = demo.token("reporter", ORDERS)
    assert demo.call("/orders/1", old).status_code == 200
    before = {item["kid"]: item["state"] for item in listed(demo)}
    assert set(before.values()) == {"active"}
    done = demo.run("keys", "rotate")
    assert done.returncode == 0, done.stderr
    after = {item["kid"]: item["state"] for item in listed(demo)}
    assert all(after[kid] == "retiring" for kid in before)
    assert sorted(after.values()).count("active") == len(before)
    # Also one that no cache has seen.
    assert demo.call("/orders/1", old).status_code == 200
    new = demo.token("reporter", ORDERS)
    assert encryption_kid(new) != encryption_kid(old)
    assert after[encryption_kid(new)] == "active"
    assert demo.call("/orders/1", new).status_code == 200
    assert encryption_kid(new) == vault.active(demo.data, "api/orders/encryption").kid


def test_a_token_from_before_a_rotation_that_the_gateway_has_never_seen_opens(demo: Signet) -> None:
    old = demo.token("reporter", ORDERS)
    assert demo.run("keys", "rotate").returncode == 0
    assert demo.run("keys", "rotate").returncode == 0
    assert demo.call("/orders/1", old).status_code == 200


def test_a_retiring_signing_key_stays_published(demo: Signet) -> None:
    before = {key["kid"] for key in web.get(f"{demo.control}/oauth/jwks").json()["keys"]}
    assert demo.run("keys", "rotate", "issuer/access-signing/ES256").returncode == 0
    after = {key["kid"] for key in web.get(f"{demo.control}/oauth/jwks").json()["keys"]}
    assert before < after


def test_a_ring_that_does_not_exist(demo: Signet) -> None:
    done = demo.run("keys", "rotate", "issuer/none")
    assert done.returncode == 1 and done.stderr.startswith("refused: resource-not-found"), done.stderr


@pytest.mark.parametrize("ring", ["api/orders/encryption", "issuer/access-signing"])
def test_a_revoked_key_ends_its_tokens_at_once(demo: Signet, ring: str) -> None:
    token = demo.token("reporter", ORDERS)
    assert demo.call("/orders/1", token).status_code == 200
    kid = vault.active(demo.data, ring).kid
    done = demo.run("keys", "revoke", kid, "--reason", "test")
    assert done.returncode == 0, done.stderr
    answer = demo.call("/orders/1", token)
    assert answer.status_code == 401
    assert answer.json()["code"] in ("token-revoked", "token-invalid")
    # The ring goes on with a new version.
    assert demo.call("/orders/1", demo.token("reporter", ORDERS)).status_code == 200


@pytest.mark.parametrize("ring", ["api/orders/encryption", "issuer/access-signing"])
def test_a_revocation_by_kid_takes_the_key_out_of_use(demo: Signet, ring: str) -> None:
    token = demo.token("reporter", ORDERS)
    unseen = demo.token("reporter", ORDERS)
    assert demo.call("/orders/1", token).status_code == 200
    kid = vault.active(demo.data, ring).kid
    answer = demo.admin("POST", "/revocations", json={"kind": "kid", "value": kid, "reason": "leaked"})
    assert answer.status_code == 201, answer.text
    for old in (token, unseen):
        answer = demo.call("/orders/1", old)
        assert (answer.status_code, answer.json()["code"]) in ((401, "token-revoked"), (401, "token-invalid"))
    assert {item["kid"]: item["state"] for item in listed(demo)}[kid] == "revoked"
    assert kid not in {key["kid"] for key in web.get(f"{demo.control}/oauth/jwks").json()["keys"]}
    new = demo.token("reporter", ORDERS)
    assert encryption_kid(new) != kid and vault.active(demo.data, ring).kid != kid
    assert demo.call("/orders/1", new).status_code == 200
    # The key operation and the revocation are one thing, whichever was asked for.
    other = vault.active(demo.data, ring).kid
    assert demo.run("keys", "revoke", other).returncode == 0
    values = [item["value"] for item in demo.admin("GET", "/revocations").json()["items"]]
    assert values == [other, kid]


def test_a_revocation_by_a_kid_that_no_key_has_is_refused(demo: Signet) -> None:
    answer = demo.admin("POST", "/revocations", json={"kind": "kid", "value": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "resource-not-found")
    assert demo.admin("GET", "/revocations").json()["items"] == []


def test_a_hundred_versions_are_listed(demo: Signet) -> None:
    for _ in range(55):
        assert demo.admin("POST", "/keys/rotate", json={"ring": "all"}).status_code == 200
    items = listed(demo)
    assert len(items) > 100
    assert len({item["kid"] for item in items}) == len(items)


def test_keys_survive_a_restart(demo: Signet) -> None:
    token = demo.token("reporter", ORDERS)
    before = listed(demo)
    assert demo.stop() == 0
    demo.start()
    assert listed(demo) == before
    assert demo.call("/orders/1", token).status_code == 200
    assert demo.call("/orders/1", demo.token("reporter")).status_code == 200


def test_a_key_row_moved_or_changed_in_the_store_does_not_open(demo: Signet) -> None:
    """A sealed value belongs to its row: copied to another one the server refuses it rather than use it."""
    import sqlite3

    assert demo.stop() == 0
    store = sqlite3.connect(demo.data / "signet.db")
    kids = [kid for (kid,) in store.execute("SELECT kid FROM key_version ORDER BY kid")]
    store.execute(
        "UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE kid = ?) WHERE kid = ?", kids[:2]
    )
    store.commit()
    store.close()
    done = run("serve", "--data", demo.data, environment=demo.environment)
    assert done.returncode in (70, 78), (done.returncode, done.stderr)
    assert "another row" in done.stderr or "changed" in done.stderr, done.stderr
