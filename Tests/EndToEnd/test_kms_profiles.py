"""Profiles kms and kms-sealed through the gateway, with real devices: each promise, each outage."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import ledger, resources, tokens, vault
from support.devices import DEVICES, BaoDevice, Device
from support.processes import wait_until
from support.server import Signet, run
from support.upstream import Upstream
from support.vault import unb64
from support.web import web

# Until a device that failed again and again is asked once more, and some.
PATIENCE = 25

RESOURCES = resources.VAULTED + """---
kind: API
name: daily
spec:
  type: rest
  audience: https://daily.example
  scopes: [read]
  token: {{profile: kms-sealed}}
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: /daily}}, scopes: [read]}}, {{path: {{prefix: /public}}, access: public}}]
---
kind: API
name: plain
spec:
  type: rest
  audience: https://plain.example
  scopes: [read]
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: /plain}}, scopes: [read]}}]
---
kind: Client
name: reporter
spec:
  grants: [client_credentials]
  auth: client_secret_basic
  apis: {{vaulted: [read], daily: [read], plain: [read]}}
"""


@pytest.fixture(params=sorted(DEVICES))
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    made = DEVICES[request.param](tmp_path / "device")
    yield made
    made.close()


@pytest.fixture
def bao(tmp_path: Path) -> Iterator[BaoDevice]:
    made = BaoDevice(tmp_path / "device")
    yield made
    made.close()


@pytest.fixture
def prepared(new_signet: Callable[..., Signet], upstream: Upstream, device: Device) -> Signet:
    return prepare(new_signet, upstream, device)


def prepare(new_signet: Callable[..., Signet], upstream: Upstream, device: Device, **more: str) -> Signet:
    signet = new_signet(device.environment | more)
    signet.apply(RESOURCES.format(url=upstream.url))
    return signet


def token(signet: Signet, api: str) -> str:
    return signet.token("reporter", f"https://{api}.example")


def header(token: str) -> dict[str, Any]:
    return dict(json.loads(unb64(token.split(".")[0])))


def status(signet: Signet, api: str, token: str) -> int | str:
    """The status of a call, or the code of its refusal."""
    answer = signet.call(f"/{api}/1", token)
    return answer.status_code if answer.status_code == 200 else str(answer.json()["code"])


def listed(signet: Signet) -> list[dict[str, Any]]:
    done = signet.run("keys", "list", "--json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout)["items"])


def test_a_token_outlives_a_change_of_what_signs(prepared: Signet, upstream: Upstream) -> None:
    """The form before has the same key that encrypts, and another one that signs."""
    old = token(prepared, "vaulted")
    changed = RESOURCES.replace("{{profile: kms}}", "{{profile: kms, signing: ES384}}")
    prepared.apply(changed.format(url=upstream.url))
    new = token(prepared, "vaulted")
    assert header(old)["kid"] == header(new)["kid"]
    assert (status(prepared, "vaulted", old), status(prepared, "vaulted", new)) == (200, 200)


def refused_issue(signet: Signet, api: str) -> httpx.Response:
    answer = signet.oauth(
        "token", "reporter", grant_type="client_credentials", resource=f"https://{api}.example"
    )
    if answer.status_code == 200:
        ledger.note_secret(answer.json()["access_token"], "a token")
    return answer


def test_tokens_by_keys_of_the_device(prepared: Signet, device: Device, upstream: Upstream) -> None:
    made = token(prepared, "vaulted")
    assert header(made)["alg"] == "RSA-OAEP-256"
    assert status(prepared, "vaulted", made) == 200
    assert upstream.last().values("X-Signet-Subject") == ["reporter"]
    assert status(prepared, "vaulted", made) == 200
    # No other API takes it.
    assert status(prepared, "plain", made) == "token-invalid"
    assert status(prepared, "vaulted", token(prepared, "plain")) == "token-invalid"
    versions = [item for item in listed(prepared) if item["custody"] == "device"]
    assert {item["ring"] for item in versions} == {
        "issuer/access-signing/ES256/device",
        "api/vaulted/encryption/RSA-OAEP-256/device",
    }
    assert len(device.names()) == 2
    # The store knows where they are, and nothing more.
    for key in vault.keys(prepared.data):
        if key.ring.endswith("/device"):
            assert set(key.jwk) == {"provider", "place", "reference"}, key.jwk
    published = {key["kid"] for key in web.get(f"{prepared.control}/oauth/jwks").json()["keys"]}
    assert {item["kid"] for item in versions if item["purpose"] == "access-signing"} <= published
    kid = versions[0]["kid"]
    recipient = prepared.run("jwk", "generate", "--alg", "ECDH-ES").stdout
    (prepared.directory / "recipient.jwk").write_text(prepared.run("jwk", "public", input=recipient).stdout)
    done = prepared.run("keys", "export", kid, "--wrap-to", "recipient.jwk")
    assert done.returncode == 1 and "stay with it" in done.stderr, done.stderr


def test_introspection_and_revocation(prepared: Signet) -> None:
    made = token(prepared, "vaulted")
    assert status(prepared, "vaulted", made) == 200
    assert prepared.oauth("introspect", "reporter", token=made).status_code == 200
    assert prepared.oauth("revoke", "reporter", token=made).status_code == 200
    assert status(prepared, "vaulted", made) == "token-revoked"


@pytest.mark.parametrize("api", ["vaulted", "daily"])
def test_restart(prepared: Signet, api: str) -> None:
    made = token(prepared, api)
    assert prepared.stop() == 0
    prepared.start()
    assert status(prepared, api, made) == 200
    os.kill(prepared.worker, signal.SIGKILL)
    wait_until(lambda: web.get(f"{prepared.control}/readyz").status_code == 200, 10, "a new worker")
    assert status(prepared, api, made) == 200
    assert status(prepared, api, token(prepared, api)) == 200


def test_rotation(prepared: Signet, device: Device) -> None:
    old = {api: [token(prepared, api) for _ in range(2)] for api in ("vaulted", "daily")}
    for api, made in old.items():
        assert status(prepared, api, made[0]) == 200
    done = prepared.run("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert len(device.names()) == 4
    for api, made in old.items():
        assert [status(prepared, api, one) for one in made] == [200, 200]
        new = token(prepared, api)
        assert header(new)["kid"] != header(made[0])["kid"]
        assert status(prepared, api, new) == 200


def test_an_emergency(prepared: Signet) -> None:
    old = token(prepared, "vaulted")
    assert status(prepared, "vaulted", old) == 200
    done = prepared.run("keys", "rotate", "--emergency", "--reason", "test")
    assert done.returncode == 0, done.stderr
    assert status(prepared, "vaulted", old) in ("token-revoked", "token-invalid")
    assert status(prepared, "vaulted", token(prepared, "vaulted")) == 200


def test_tokens_that_a_stranger_makes(prepared: Signet) -> None:
    """A public key is all that it takes to have the device work: it says no, and goes on."""
    good = token(prepared, "vaulted")
    item = next(one for one in listed(prepared) if one["ring"].startswith("api/vaulted/encryption"))
    key = item["public_jwk"]
    stranger = tokens.encrypt("no token at all", key, kid=item["kid"])
    parts = stranger.split(".")
    sizes = [0, 1, 255, 256, 257, 383, 384, 385, 512]
    junk = [".".join([parts[0], vault.b64(bytes([7]) * size), *parts[2:]]) for size in sizes]
    for made in [stranger, tokens.tampered(good, 1), tokens.tampered(good, 3), tokens.tampered(good, 4), *junk]:
        assert status(prepared, "vaulted", made) == "token-invalid"
    for _ in range(3):
        assert status(prepared, "vaulted", token(prepared, "vaulted")) == 200
    assert 'signet_key_provider_available{' in web.get(f"{prepared.control}/metrics").text
    available = [line for line in web.get(f"{prepared.control}/metrics").text.splitlines()
                 if line.startswith("signet_key_provider_available{")]
    assert all(line.endswith(" 1") for line in available), available


def test_an_outage_with_keys_in_the_device(prepared: Signet, device: Device) -> None:
    cached, unseen = token(prepared, "vaulted"), token(prepared, "vaulted")
    plain = token(prepared, "plain")
    assert status(prepared, "vaulted", cached) == 200
    device.go_away()
    for _ in range(8):
        assert status(prepared, "vaulted", cached) == 200
        answer = prepared.call("/vaulted/1", unseen)
        assert (answer.status_code, answer.json()["code"]) == (503, "keys-unavailable"), answer.text
        assert status(prepared, "plain", plain) == 200
    line = prepared.log_line(answer.json()["request_id"])
    assert "provider-unreachable" in json.dumps(line)
    refused = refused_issue(prepared, "vaulted")
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable"), refused.text
    assert refused_issue(prepared, "plain").status_code == 200
    device.come_back()
    wait_until(lambda: status(prepared, "vaulted", unseen) == 200, PATIENCE, "the device")
    wait_until(lambda: refused_issue(prepared, "vaulted").status_code == 200, PATIENCE, "the device")


def test_an_outage_with_keys_that_the_device_sealed(prepared: Signet, device: Device) -> None:
    made = token(prepared, "daily")
    device.go_away()
    # Who has the keys needs no device.
    assert status(prepared, "daily", made) == 200
    assert status(prepared, "daily", token(prepared, "daily")) == 200
    # Who starts now does: all else works.
    assert prepared.stop() == 0
    prepared.start()
    assert status(prepared, "plain", token(prepared, "plain")) == 200
    answer = prepared.call("/daily/1", made)
    assert (answer.status_code, answer.json()["code"]) == (503, "keys-unavailable"), answer.text
    refused = refused_issue(prepared, "daily")
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable"), refused.text
    device.come_back()
    wait_until(lambda: status(prepared, "daily", made) == 200, PATIENCE, "the device")
    assert status(prepared, "daily", token(prepared, "daily")) == 200


def test_a_key_is_revoked_while_the_device_is_away(prepared: Signet, device: Device) -> None:
    made = token(prepared, "vaulted")
    assert status(prepared, "vaulted", made) == 200
    device.go_away()
    kid = header(made)["kid"]
    done = prepared.run("keys", "revoke", kid, "--reason", "test")
    assert done.returncode == 0, done.stderr
    assert status(prepared, "vaulted", made) in ("token-revoked", "token-invalid")
    refused = refused_issue(prepared, "vaulted")
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable"), refused.text
    assert refused.headers["Retry-After"] == "1"
    device.come_back()
    # Not at the next turn of the clock, twice a minute, but when the device can be asked again.
    wait_until(lambda: refused_issue(prepared, "vaulted").status_code == 200, 20, "a new key")
    assert status(prepared, "vaulted", token(prepared, "vaulted")) == 200


def test_a_rotation_while_the_device_is_away_changes_nothing(prepared: Signet, device: Device) -> None:
    before = listed(prepared)
    device.go_away()
    done = prepared.run("keys", "rotate", "api/vaulted/encryption/RSA-OAEP-256/device")
    assert done.returncode == 69, (done.returncode, done.stderr)
    assert "provider-unreachable" in done.stderr
    assert listed(prepared) == before


def test_sealed_keys_do_without_older_versions_of_the_devices_key(
    new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice
) -> None:
    signet = prepare(new_signet, upstream, bao)
    made = token(signet, "daily")

    def versions() -> set[str]:
        found = [key.jwk["wrapped"] for key in vault.keys(signet.data) if key.ring.endswith("/device-sealed")]
        assert len(found) == 2
        return {unb64(one).decode().rsplit(":", 1)[0] for one in found}

    bao.server.ask("POST", "transit/keys/wrapping/rotate", {})
    bao.go_away()
    done = signet.run("keys", "rewrap", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["error"]["code"]) == (1, "incomplete", "rewrap-incomplete"), found
    assert [one["code"] for one in found["failures"]] == ["provider-unreachable"] * 2
    assert versions() == {"vault:v1"}
    bao.come_back()
    wait_until(lambda: signet.run("keys", "rewrap").returncode == 0, PATIENCE, "the device")
    assert versions() == {"vault:v2"}
    bao.server.ask("POST", "transit/keys/wrapping/config", {"min_decryption_version": 2})
    assert signet.stop() == 0
    signet.start()
    assert status(signet, "daily", made) == status(signet, "daily", token(signet, "daily")) == 200
    # What somebody has to mend is no outage.
    bao.server.make_policy("signet", "wrapping", text='path "{mount}/keys/{key}" {{ capabilities = ["read"] }}')
    before = listed(signet)
    done = signet.run("keys", "rotate", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (1, "conflict") and "provider-denied" in error["reason"], error
    assert listed(signet) == before
    assert "provider-denied" in json.dumps(signet.log_line(error["request_id"]))


def test_a_device_that_hangs(new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice) -> None:
    """One client address gets its share of the queue and no more, and nobody else waits."""
    signet = prepare(new_signet, upstream, bao, SIGNET_LIMITS__DEVICE_CALLS_PER_CLIENT="4")
    made = [token(signet, "vaulted") for _ in range(40)]
    plain = token(signet, "plain")
    bao.hang()
    try:
        answers: list[tuple[int, str]] = []

        issued: list[httpx.Response] = []
        begin = time.monotonic()

        def call(one: str) -> None:
            answer = signet.call("/vaulted/1", one)
            answers.append((answer.status_code, answer.json()["code"]))

        threads = [threading.Thread(target=call, args=(one,)) for one in made]
        threads.append(threading.Thread(target=lambda: issued.append(refused_issue(signet, "vaulted"))))
        for thread in threads:
            thread.start()
        while time.monotonic() < begin + 3:
            assert status(signet, "plain", plain) == 200
        for thread in threads:
            thread.join()
        assert time.monotonic() < begin + 10
        [refused] = issued
        assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable"), refused.text
        assert refused.headers["Retry-After"] == "1"
        [line] = [one for one in signet.log.splitlines() if "an OAuth request was refused" in one]
        assert "issuer/access-signing/ES256/device" in line and "has not answered in time" in line, line
        assert {status for status, _ in answers} == {503}
        # The device was asked for four of them; the rest had no place.
        assert sorted(code for _, code in answers) == ["keys-unavailable"] * 4 + ["overloaded"] * 36
    finally:
        bao.go_on()
    wait_until(lambda: status(signet, "vaulted", made[0]) == 200, PATIENCE, "the device")


def test_a_device_that_hangs_holds_up_neither_revocation_nor_start(
    new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice
) -> None:
    signet = prepare(new_signet, upstream, bao)
    made, plain = token(signet, "vaulted"), token(signet, "plain")
    assert status(signet, "vaulted", made) == status(signet, "plain", plain) == 200
    bao.hang()
    try:
        begin = time.monotonic()
        done = signet.run("keys", "rotate", "--emergency", "--reason", "test")
        assert done.returncode == 0, done.stderr
        assert time.monotonic() < begin + 15
        for api, old in (("vaulted", made), ("plain", plain)):
            assert status(signet, api, old) in ("token-revoked", "token-invalid")
        assert status(signet, "plain", token(signet, "plain")) == 200
        worker = signet.worker
        begin = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: web.get(f"{signet.control}/readyz").status_code == 200, 15, "a new worker")
        assert status(signet, "plain", token(signet, "plain")) == 200
        assert time.monotonic() < begin + 15
    finally:
        bao.go_on()
    for api in ("vaulted", "daily"):
        wait_until(lambda api=api: refused_issue(signet, api).status_code == 200, PATIENCE, "a new key")


def test_one_token_many_times_is_one_call(new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice) -> None:
    signet = prepare(new_signet, upstream, bao)
    made = token(signet, "vaulted")

    def calls() -> int:
        lines = web.get(f"{signet.control}/metrics").text.splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith("signet_key_provider_answered_total{"))

    before = calls()
    bao.hang()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(signet.call("/vaulted/1", made).status_code)) for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    bao.go_on()
    for thread in threads:
        thread.join()
    assert answers == [200] * 30
    assert calls() - before == 1


def test_no_device(new_signet: Callable[..., Signet], upstream: Upstream) -> None:
    signet = new_signet()
    file = signet.directory / "resources.yaml"
    file.write_text(RESOURCES.format(url=upstream.url))
    for options in ([], ["--dry-run"]):
        done = signet.run("apply", "-f", file, *options)
        assert done.returncode == 65, (done.returncode, done.stderr)
        assert f"{file}:8: spec.token.profile" in done.stderr, done.stderr
        assert "keys.provider" in done.stderr
    assert listed(signet) == []


def test_another_device(prepared: Signet, tmp_path: Path, device: Device) -> None:
    """The keys are with one device, and the configuration names another, or none."""
    assert prepared.stop() == 0
    other = next(make for name, make in DEVICES.items() if make is not type(device))(tmp_path / "other")
    try:
        for environment in (other.environment, {}):
            rest = {name: value for name, value in prepared.environment.items() if "SIGNET_KEYS" not in name}
            done = run("serve", "--data", prepared.data, environment=rest | environment)
            ledger.diagnostics.append(done.stdout + done.stderr)
            assert done.returncode == 78, (done.returncode, done.stderr)
            assert "key-device-missing" in done.stderr and "keys.provider" in done.stderr, done.stderr
    finally:
        other.close()
    prepared.start()
    assert status(prepared, "vaulted", token(prepared, "vaulted")) == 200


def test_one_device_for_both(new_signet: Callable[..., Signet], upstream: Upstream, device: Device) -> None:
    """The device of the root key serves for keys of tokens too, without saying so twice."""
    signet = new_signet({name.replace("SIGNET_KEYS__", "SIGNET_ROOT_KEY__"): value
                         for name, value in device.environment.items()})
    signet.apply(RESOURCES.format(url=upstream.url))
    for api in ("vaulted", "daily", "plain"):
        assert status(signet, api, token(signet, api)) == 200


def test_a_device_that_is_gone_is_given_up(new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice) -> None:
    """Without what the device had everything else goes on, and once nothing needs it, without the device too."""
    signet = prepare(new_signet, upstream, bao)
    lost = {api: token(signet, api) for api in ("vaulted", "daily")}
    bao.server.kill()
    local = RESOURCES.format(url=upstream.url).replace("profile: kms}", "profile: asymmetric}")
    signet.apply(local.replace("profile: kms-sealed}", "profile: asymmetric}"))
    for api in lost:
        assert status(signet, api, token(signet, api)) == 200
    without = {name: value for name, value in signet.environment.items() if "SIGNET_KEYS" not in name}
    assert signet.stop() == 0
    done = run("serve", "--data", signet.data, environment=without)
    ledger.diagnostics.append(done.stdout + done.stderr)
    assert done.returncode == 78 and f"with transit ({bao.server.address}" in done.stderr, done.stderr
    signet.start()
    for item in listed(signet):
        if item["custody"] != "local" and item["state"] not in ("retired", "revoked"):
            assert signet.run("keys", "revoke", item["kid"], "--reason", "the device is gone").returncode == 0
    assert status(signet, "vaulted", lost["vaulted"]) in ("token-revoked", "token-invalid")
    assert signet.stop() == 0
    signet.environment = without
    signet.start()
    for api in lost:
        assert status(signet, api, lost[api]) in ("token-revoked", "token-invalid")
        assert status(signet, api, token(signet, api)) == 200


def test_health_tells_of_a_token_and_of_a_key_that_are_gone(
    new_signet: Callable[..., Signet], upstream: Upstream, bao: BaoDevice
) -> None:
    """A device that refuses the credentials ends no start, and a key deleted in it shows by use."""
    signet = prepare(new_signet, upstream, bao)

    def said() -> str:
        [line] = web.get(f"{signet.control}/readyz").text.splitlines()[1:]
        return line.removeprefix("key provider of token-keys: ")

    wait_until(lambda: said() == "healthy", 15, "health")
    unseen = token(signet, "vaulted")
    name = f"transit/keys/signet-{header(unseen)['kid']}"
    bao.server.ask("POST", f"{name}/config", {"deletion_allowed": True})
    bao.server.ask("DELETE", name)
    assert status(signet, "vaulted", unseen) == "keys-unavailable"
    wait_until(lambda: said() == "degraded (provider-key-missing)", 15, "the fault of the key")
    bao.server.ask("POST", "auth/token/revoke", {"token": bao.token})
    wait_until(lambda: said() == "degraded (provider-denied)", 15, "the fault of the token")
    assert signet.stop() == 0
    signet.start()
    wait_until(lambda: said() == "degraded (provider-denied)", 15, "the fault of the token")
    assert status(signet, "plain", token(signet, "plain")) == 200
