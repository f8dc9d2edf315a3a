"""Keys rotate: what was made before still opens, what is made now uses the new version."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import ledger, vault
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
    """A sealed value belongs to its row: copied to another one it is left out rather than used."""
    import sqlite3

    assert demo.stop() == 0
    store = sqlite3.connect(demo.data / "signet.db")
    kids = [kid for (kid,) in store.execute("SELECT kid FROM key_version ORDER BY kid")]
    store.execute(
        "UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE kid = ?) WHERE kid = ?", kids[:2]
    )
    store.commit()
    store.close()
    demo.start()
    assert {item["kid"]: item["damage"] for item in listed(demo) if "damage" in item} == {kids[1]: "seal-broken"}


def timeline(signet: Signet, *ring: str) -> list[dict[str, Any]]:
    done = signet.run("keys", "timeline", *ring, "--json")
    assert done.returncode == 0, done.stderr
    rings: list[dict[str, Any]] = json.loads(done.stdout)["rings"]
    return rings


def test_the_timeline_shows_what_was_and_what_is_planned(demo: Signet) -> None:
    assert demo.run("keys", "rotate").returncode == 0
    rings = timeline(demo)
    assert {ring["ring"] for ring in rings} == {item["ring"] for item in listed(demo)}
    for ring in rings:
        assert [version["state"] for version in ring["versions"]] == ["retiring", "active", None]
        retiring, active, future = ring["versions"]
        assert [event["event"] for event in future["events"]] == ["created", "published", "activated"]
        assert all(event["planned"] for event in future["events"]) and future["kid"] is None
        assert {event["event"] for event in active["events"] if event["planned"]} == {
            "superseded",
            "retired",
            "destroyed",
        }
        assert retiring["events"][3]["event"] == "superseded" and not retiring["events"][3]["planned"]
    only = timeline(demo, rings[0]["ring"])
    assert [ring["ring"] for ring in only] == [rings[0]["ring"]]
    text = demo.run("keys", "timeline").stdout
    assert "(planned)" in text and rings[0]["versions"][1]["kid"] in text
    unknown = demo.run("keys", "timeline", "api/none")
    assert (unknown.returncode, unknown.stdout) == (1, "") and "api/none" in unknown.stderr


def test_a_key_made_ahead_takes_its_turn_at_the_next_rotation(demo: Signet) -> None:
    done = demo.run("keys", "create", "issuer/access-signing/ES256", "--json")
    assert done.returncode == 0, done.stderr
    (made,) = json.loads(done.stdout)["items"]
    assert made["state"] == "pending"
    again = demo.run("keys", "create", "issuer/access-signing/ES256")
    assert again.returncode == 1 and again.stderr.startswith("refused: conflict"), again.stderr
    token = demo.token("reporter", ORDERS)
    assert demo.run("keys", "rotate").returncode == 0
    states = {item["kid"]: item["state"] for item in listed(demo)}
    assert states[made["kid"]] == "active"
    assert demo.call("/orders/1", token).status_code == 200
    assert demo.call("/orders/1", demo.token("reporter", ORDERS)).status_code == 200


def test_an_emergency_ends_every_token_and_goes_on_with_new_keys(demo: Signet) -> None:
    # A rotation before has left keys that open their tokens.
    retiring = demo.token("reporter", ORDERS)
    assert demo.run("keys", "rotate").returncode == 0
    seen, unseen = demo.token("reporter", ORDERS), demo.token("reporter", ORDERS)
    assert demo.call("/orders/1", seen).status_code == demo.call("/orders/1", retiring).status_code == 200
    assert web.get(f"{demo.control}/oauth/jwks").headers["cache-control"] == "public, max-age=600"
    before = {item["kid"] for item in listed(demo)}
    refused = demo.run("keys", "rotate", "--reason", "leak")
    assert refused.returncode == 64 and "--emergency" in refused.stderr
    done = demo.run("keys", "rotate", "--emergency", "--reason", "a leak")
    assert done.returncode == 0, done.stderr
    for token in (seen, unseen, retiring):
        answer = demo.call("/orders/1", token)
        assert (answer.status_code, answer.json()["code"]) in ((401, "token-revoked"), (401, "token-invalid"))
    assert demo.call("/orders/1", demo.token("reporter", ORDERS)).status_code == 200
    states = {item["kid"]: item["state"] for item in listed(demo)}
    assert all(states[kid] == "revoked" for kid in before)
    published = web.get(f"{demo.control}/oauth/jwks")
    assert not before & {key["kid"] for key in published.json()["keys"]}
    assert published.headers["cache-control"] == "no-store"
    audit = demo.admin("GET", "/audit").json()["items"]
    reasons = {item["target"]: item["detail"].get("reason") for item in audit if item["action"] == "key.revoke"}
    assert reasons == dict.fromkeys(before, "a leak")


def test_a_key_is_exported_to_a_public_key(demo: Signet, tmp_path: Path) -> None:
    private, public = tmp_path / "escrow.jwk", tmp_path / "escrow.pub"
    private.write_text(run("jwk", "generate", "--alg", "RSA-OAEP-256").stdout)
    public.write_text(run("jwk", "public", private).stdout)
    kid = vault.active(demo.data, "issuer/access-signing").kid
    done = demo.run("keys", "export", kid, "--wrap-to", public, secret_output=True)
    assert done.returncode == 0, done.stderr
    opened = run("jwe", "decrypt", "--key", private, input=done.stdout)
    assert opened.returncode == 0, opened.stderr
    key = json.loads(opened.stdout)
    ledger.note_secret(key["d"], "an exported key")
    assert key["kid"] == kid
    secret = tmp_path / "secret.jwk"
    secret.write_text(run("jwk", "generate", "--alg", "A256KW").stdout)
    refused = demo.run("keys", "export", kid, "--wrap-to", secret)
    assert (refused.returncode, refused.stdout) == (64, "") and "public key" in refused.stderr
    answer = demo.admin("POST", f"/keys/{kid}/export", json={"wrap_to": json.loads(secret.read_text())})
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed"), answer.text


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"SIGNET_KEYS__LEAD": "10m"}, ["keys.lead", "1200 s"]),
        ({"SIGNET_KEYS__INTERVAL": "30m"}, ["keys.interval", "hour"]),
        ({"SIGNET_KEYS__INTERVAL": "1d", "SIGNET_KEYS__LEAD": "1d"}, ["keys.interval", "prepared"]),
        ({"SIGNET_KEYS__INTERVAL": "often"}, ["keys.interval", "30d"]),
    ],
)
def test_unsafe_times_are_refused_with_the_reason(
    new_signet: Callable[..., Signet], settings: dict[str, str], words: list[str]
) -> None:
    signet = new_signet(settings, start=False)
    signet.directory.mkdir()
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 78 and all(word in done.stderr for word in words), (done.returncode, done.stderr)
