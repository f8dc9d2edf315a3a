"""The root key wrapped by a real OpenBao: starts, outages, wrong settings, and what each failure says."""

import base64
import itertools
import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support import ledger
from support.openbao import POLICY, TLS, OpenBao
from support.processes import wait_until
from support.resources import ORDERS
from support.server import Signet, run
from support.upstream import Upstream
from support.vault import associated, unb64
from support.web import web

UNREACHABLE, CONFIGURATION = 69, 78
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared_bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    server = OpenBao(tmp_path_factory.mktemp("bao")).start()
    server.mount()
    yield server
    server.kill()


@pytest.fixture
def bao(shared_bao: OpenBao) -> Iterator[OpenBao]:
    """The shared server; a test may kill or seal it."""
    yield shared_bao
    if not shared_bao.is_running:
        shared_bao.start()
    shared_bao.unseal()


@pytest.fixture
def key(bao: OpenBao) -> str:
    """A key of the test's own, and a policy of the same name that lets it be used."""
    name = f"signet{next(numbers)}"
    bao.make_key(name)
    bao.make_policy(name, name)
    return name


def settings(bao: OpenBao, key: str, **more: str) -> dict[str, str]:
    values = {"provider": "transit", "transit__address": bao.address, "transit__key": key}
    values |= {f"transit__{name}": value for name, value in more.items()}
    return {f"SIGNET_ROOT_KEY__{name.upper()}": value for name, value in values.items()}


@pytest.fixture
def prepared(
    new_signet: Callable[..., Signet],
    demo_resources: Callable[[str], str],
    upstream: Upstream,
    bao: OpenBao,
    key: str,
) -> Signet:
    """A server whose root key is wrapped, with an API and a client."""
    signet = new_signet(settings(bao, key, token=bao.make_token(key)))
    signet.apply(demo_resources(upstream.url))
    return signet


def content(data: Path) -> dict[str, Any]:
    """What a data directory holds: its files, and the store as statements."""
    if not (data / "signet.db").exists():
        return {}
    files = {path.name: path.read_bytes() for path in data.iterdir() if not path.name.startswith("signet.db")}
    store = sqlite3.connect(f"file:{data}/signet.db?mode=ro", uri=True)
    try:
        return {name: octets for name, octets in files.items() if name != "serve.lock"} | {
            "store": list(store.iterdump())
        }
    finally:
        store.close()


def refused(signet: Signet, status: int, *words: str, **environment: str) -> str:
    """A start fails with a status and a message, and changes nothing on disk."""
    signet.directory.mkdir(exist_ok=True)
    before = content(signet.data)
    done = run("serve", "--data", signet.data, environment=signet.environment | environment)
    ledger.diagnostics.append(done.stdout + done.stderr)
    assert done.returncode == status, (done.returncode, done.stderr)
    assert all(word in done.stderr for word in words), done.stderr
    assert done.stdout == ""
    if before:
        assert content(signet.data) == before
    else:
        assert not {"root.key", "admin.token", "setup.code"} & {path.name for path in signet.data.glob("*")}
    return done.stderr


def document(signet: Signet) -> dict[str, Any]:
    return dict(json.loads((signet.data / "root.key").read_text()))


def unwrapped(bao: OpenBao, key: str, found: dict[str, Any], purpose: str = "root-key", status: int = 0) -> Any:
    """Opens root.key by OpenBao itself, as its owner could."""
    place = associated("signet wrapped secret v1", purpose, found["id"])
    body = {"ciphertext": unb64(found["wrapped"]).decode(), "associated_data": base64.b64encode(place).decode()}
    return bao.ask("POST", f"transit/decrypt/{key}", body, status=status)


def still_works(signet: Signet, token: str) -> None:
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200


# What it is for


def test_first_start_and_restart(prepared: Signet, bao: OpenBao, key: str) -> None:
    token = prepared.token("reporter", ORDERS)
    found = document(prepared)
    assert set(found) == {"signet_root_key", "id", "provider", "place", "wrapped"}
    assert (found["provider"], found["place"]) == ("transit", f"{bao.address}/v1/transit/keys/{key}")
    assert unb64(found["wrapped"]).startswith(b"vault:v1:")
    root = base64.b64decode(unwrapped(bao, key, found)["data"]["plaintext"])
    assert len(root) == 32
    for written in (root.hex(), base64.b64encode(root).decode(), base64.urlsafe_b64encode(root).decode().rstrip("=")):
        ledger.note_secret(written, "the root key")
    for file in prepared.directory.rglob("*"):
        if file.is_file():
            octets = file.read_bytes()
            assert root not in octets and base64.b64encode(root)[:40] not in octets, file
    # It opens for what it is only.
    answer = unwrapped(bao, key, found, purpose="another", status=400)
    assert "authentication failed" in answer["errors"][0]
    unwrapped(bao, key, found | {"id": "another"}, status=400)
    before = (prepared.data / "root.key").read_bytes()
    assert prepared.stop() == 0
    prepared.start()
    still_works(prepared, token)
    assert (prepared.data / "root.key").read_bytes() == before


def test_a_killed_worker_comes_back_while_the_server_is_away(prepared: Signet, bao: OpenBao) -> None:
    token = prepared.token("reporter", ORDERS)
    bao.kill()
    for _ in range(3):
        worker = prepared.worker
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: another(prepared, worker), 10, "another worker")
        still_works(prepared, token)


USES = ["root-key", "token-keys"]


def test_an_outage_is_told_and_takes_nothing_out_of_service(prepared: Signet, bao: OpenBao) -> None:
    def said() -> str:
        answer = web.get(f"{prepared.control}/readyz")
        assert answer.status_code == 200 and answer.text.startswith("ready\n")
        # One device for both uses has a line for each.
        lines = answer.text.removeprefix("ready\n").splitlines()
        [state] = {line.removeprefix(f"key provider of {use}: ") for line, use in zip(lines, USES, strict=True)}
        return state

    def metric(name: str) -> int:
        text = web.get(f"{prepared.control}/metrics").text
        line = rf'^signet_key_provider_{name}{{provider="transit",use="root-key"}} (\d+)$'
        [value] = re.findall(line, text, re.MULTILINE)
        return int(value)

    token = prepared.token("reporter", ORDERS)
    wait_until(lambda: said() == "healthy", 5, "health")
    last = metric("last_success_timestamp_seconds")
    assert metric("healthy") == 1 and abs(time.time() - last) < 15
    bao.kill()
    wait_until(lambda: metric("healthy") == 0, 20, "the end of health")
    # No more than that: what the provider is called and where it is are the operator's.
    assert said() == "degraded (provider-unreachable)"
    assert last <= metric("last_success_timestamp_seconds") <= time.time() - 1
    still_works(prepared, token)
    bao.start()
    wait_until(lambda: metric("healthy") == 1, 30, "health again")
    assert said() == "healthy"
    lines = [json.loads(line) for line in prepared.log.splitlines() if "the key provider" in line]
    assert [line["level"] for line in lines] == ["warning", "notice"]
    assert lines[0]["code"] == "provider-unreachable" and bao.address in lines[0]["reason"]


def another(signet: Signet, worker: int) -> bool:
    try:
        return signet.worker != worker and signet.call("/public/1").status_code == 200
    except Exception:
        return False


def test_a_start_while_the_server_is_away_or_sealed_can_be_repeated(prepared: Signet, bao: OpenBao) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    bao.kill()
    refused(prepared, UNREACHABLE, "provider-unreachable", bao.address, "does not answer")
    bao.start(unseal=False)
    refused(prepared, UNREACHABLE, "provider-unreachable", "sealed")
    bao.unseal()
    prepared.start()
    still_works(prepared, token)


def test_a_first_start_while_the_server_is_away_makes_nothing(
    new_signet: Callable[..., Signet], bao: OpenBao, key: str
) -> None:
    signet = new_signet(settings(bao, key, token=bao.make_token(key)), start=False)
    bao.kill()
    refused(signet, UNREACHABLE, "provider-unreachable")
    bao.start()
    signet.start()
    assert document(signet)["provider"] == "transit"


def test_the_key_may_be_rotated_at_any_time(prepared: Signet, bao: OpenBao, key: str) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    bao.ask("POST", f"transit/keys/{key}/rotate")
    prepared.start()
    still_works(prepared, token)
    assert prepared.stop() == 0
    bao.ask("POST", f"transit/keys/{key}/config", {"min_decryption_version": 2})
    refused(prepared, CONFIGURATION, "provider-key-disabled", "version 1", "min_decryption_version is 2")
    bao.ask("POST", f"transit/keys/{key}/config", {"min_decryption_version": 1})
    prepared.start()
    still_works(prepared, token)


# The key


def test_a_key_that_is_missing_is_not_made(new_signet: Callable[..., Signet], bao: OpenBao) -> None:
    # As root, whom the server would let make one.
    signet = new_signet(settings(bao, "nothing", token=bao.root), start=False)
    refused(signet, CONFIGURATION, "provider-key-missing", "transit/keys/nothing")
    bao.ask("GET", "transit/keys/nothing", status=404)


@pytest.mark.parametrize(
    "options", [{"type": "rsa-2048"}, {"type": "ed25519"}, {"derived": True}], ids=["rsa", "ed25519", "derived"]
)
def test_a_key_that_can_not_wrap(new_signet: Callable[..., Signet], bao: OpenBao, options: dict[str, Any]) -> None:
    name = f"unfit{next(numbers)}"
    bao.make_key(name, **options)
    signet = new_signet(settings(bao, name, token=bao.root), start=False)
    refused(signet, CONFIGURATION, "provider-key-disabled", name)


def test_a_key_that_is_deleted_for_now_and_for_good(prepared: Signet, bao: OpenBao, key: str) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    bao.ask("DELETE", f"transit/keys/{key}/soft-delete")
    refused(prepared, CONFIGURATION, "provider-key-disabled", "soft-deleted")
    bao.ask("POST", f"transit/keys/{key}/soft-delete-restore")
    prepared.start()
    still_works(prepared, token)
    assert prepared.stop() == 0
    bao.ask("POST", f"transit/keys/{key}/config", {"deletion_allowed": True})
    bao.ask("DELETE", f"transit/keys/{key}")
    refused(prepared, CONFIGURATION, "provider-key-missing", "backup")
    # Another key of the same name is another key.
    bao.make_key(key)
    refused(prepared, CONFIGURATION, "provider-refused", "does not open this")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"MOUNT": "elsewhere"}, ["provider-key-missing", "no handler for route"]),
        ({"NAMESPACE": "nobody"}, ["provider-key-missing", "namespace not found"]),
        ({"KEY": "nothing"}, ["provider-key-missing", "transit/keys/nothing"]),
    ],
    ids=["mount", "namespace", "key"],
)
def test_a_wrong_place(prepared: Signet, bao: OpenBao, wrong: dict[str, str], words: list[str]) -> None:
    assert prepared.stop() == 0
    more = {f"SIGNET_ROOT_KEY__TRANSIT__{name}": value for name, value in wrong.items()}
    refused(prepared, CONFIGURATION, *words, SIGNET_ROOT_KEY__TRANSIT__TOKEN=bao.root, **more)
    # Who may do nothing there is not told what is missing.
    refused(prepared, CONFIGURATION, "provider-denied" if "NAMESPACE" not in wrong else "provider-key-missing", **more)
    prepared.start()


def test_a_namespace(new_signet: Callable[..., Signet], bao: OpenBao) -> None:
    bao.ask("POST", "sys/namespaces/team")
    bao.ask("POST", "team/sys/mounts/vault/transit", {"type": "transit"})
    bao.ask("POST", "team/vault/transit/keys/signet", {"type": "chacha20-poly1305"})
    environment = settings(bao, "signet", token=bao.root, namespace="team", mount="vault/transit")
    signet = new_signet(environment)
    assert document(signet)["place"] == f"{bao.address}/v1/vault/transit/keys/signet (namespace team)"
    assert signet.stop() == 0
    signet.start()


# root.key


def test_the_root_key_of_another_installation(
    prepared: Signet, new_signet: Callable[..., Signet], bao: OpenBao, key: str
) -> None:
    other = new_signet(settings(bao, key, token=bao.make_token(key)))
    assert prepared.stop() == 0 and other.stop() == 0
    own = (prepared.data / "root.key").read_bytes()
    # Wrapped by the same key, it opens; the store tells that it is not its own.
    (prepared.data / "root.key").write_bytes((other.data / "root.key").read_bytes())
    refused(prepared, CONFIGURATION, "another installation")
    # Wrapped by another key, it does not open.
    bao.make_key(f"{key}-other")
    text = POLICY + POLICY.replace("{key}", "{key}-other")
    bao.make_policy(f"{key}-both", key, text=text)
    both = bao.make_token(f"{key}-both")
    third = new_signet(settings(bao, f"{key}-other", token=both))
    assert third.stop() == 0
    (prepared.data / "root.key").write_bytes((third.data / "root.key").read_bytes())
    refused(prepared, CONFIGURATION, "root-key-foreign", "another installation")
    renamed = document(third) | {"id": json.loads(own)["id"]}
    (prepared.data / "root.key").write_text(json.dumps(renamed))
    refused(prepared, CONFIGURATION, "provider-refused", "another key", f"{key}-other")
    (prepared.data / "root.key").write_bytes(own)
    prepared.start()


def test_a_corrupted_root_key(prepared: Signet) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    path = prepared.data / "root.key"
    own = path.read_bytes()
    found = document(prepared)
    text = unb64(found["wrapped"]).decode()
    sealed = bytearray(base64.b64decode(text.removeprefix("vault:v1:")))

    def changed(**members: Any) -> bytes:
        return json.dumps(found | members).encode()

    def wrapped(octets: bytes) -> str:
        return base64.urlsafe_b64encode(octets).decode().rstrip("=")

    for index in (0, len(sealed) // 2, len(sealed) - 1):
        sealed[index] ^= 1
        path.write_bytes(changed(wrapped=wrapped(b"vault:v1:" + base64.b64encode(sealed))))
        refused(prepared, CONFIGURATION, "provider-refused", "or was changed")
        sealed[index] ^= 1
    path.write_bytes(changed(wrapped=wrapped(text.replace("v1", "v7").encode())))
    refused(prepared, CONFIGURATION, "provider-refused", "version 7")
    for octets in (b"", b"vault:v1:", text.encode()[:-1] + b"\xff", os.urandom(64)):
        path.write_bytes(changed(wrapped=wrapped(octets)))
        refused(prepared, CONFIGURATION, "root.key")
    path.write_bytes(changed(wrapped=wrapped(text[:40].encode())))
    refused(prepared, CONFIGURATION, "provider-refused")
    path.write_bytes(changed(id="A" * len(found["id"])))
    refused(prepared, CONFIGURATION, "root-key-foreign")
    for part in (own[: len(own) // 2], b"", b"{}"):
        path.write_bytes(part)
        refused(prepared, CONFIGURATION, "root key file can't be read")
    path.write_bytes(changed(provider="file"))
    refused(prepared, CONFIGURATION, "root_key.provider says transit")
    path.write_bytes(own)
    prepared.start()
    still_works(prepared, token)


# Credentials


def test_wrong_revoked_expired_and_powerless_tokens(prepared: Signet, bao: OpenBao, key: str) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    name = "SIGNET_ROOT_KEY__TRANSIT__TOKEN"
    wrong = ledger.note_secret("s.notatokenofthisserver", "a wrong token")
    refused(prepared, CONFIGURATION, "provider-denied", "wrong, has expired or was revoked", **{name: wrong})
    revoked = bao.make_token(key)
    bao.ask("POST", "auth/token/revoke", {"token": revoked})
    refused(prepared, CONFIGURATION, "provider-denied", "wrong, has expired or was revoked", **{name: revoked})
    expired = bao.make_token(key, ttl="1s")
    time.sleep(2)
    refused(prepared, CONFIGURATION, "provider-denied", "wrong, has expired or was revoked", **{name: expired})
    powerless = bao.make_token("default")
    refused(prepared, CONFIGURATION, "provider-denied", f"update on transit/decrypt/{key}", **{name: powerless})
    prepared.start()
    still_works(prepared, token)


def test_a_policy_with_less_than_it_takes(new_signet: Callable[..., Signet], bao: OpenBao, key: str) -> None:
    for operation, permission in (("keys", "read"), ("encrypt", "update"), ("decrypt", "update")):
        lines = [line for line in POLICY.strip().splitlines() if f"/{operation}/" not in line]
        bao.make_policy(f"{key}-less", key, text="\n".join(lines))
        signet = new_signet(settings(bao, key, token=bao.make_token(f"{key}-less")), start=False)
        refused(signet, CONFIGURATION, "provider-denied", f"{permission} on transit/{operation}/{key}")


def test_a_token_that_may_not_ask_about_itself_is_used(
    new_signet: Callable[..., Signet], bao: OpenBao, key: str
) -> None:
    new_signet(settings(bao, key, token=bao.make_token(key, no_default_policy=True)))


def test_a_token_file_is_read_at_each_start(
    new_signet: Callable[..., Signet], bao: OpenBao, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(bao.make_token(key) + "\n\n")
    signet = new_signet(settings(bao, key), start=False)
    (tmp_path / "signet.yaml").write_text(f"root_key: {{transit: {{token_file: {file}}}}}\n")
    signet.environment["SIGNET_CONFIG"] = str(tmp_path / "signet.yaml")
    signet.start()
    assert signet.stop() == 0
    bao.ask("POST", "auth/token/revoke", {"token": file.read_text().strip()})
    refused(signet, CONFIGURATION, "provider-denied", "token_file")
    file.write_text(bao.make_token(key))
    signet.start()
    assert signet.stop() == 0
    file.unlink()
    refused(signet, CONFIGURATION, "provider-configuration-invalid", str(file), "there is no")
    file.write_text("\n")
    refused(signet, CONFIGURATION, "provider-configuration-invalid", str(file), "empty")


def test_a_token_is_renewed_while_it_serves(new_signet: Callable[..., Signet], bao: OpenBao, key: str) -> None:
    token = bao.make_token(key, period="6s")
    signet = new_signet(settings(bao, key, token=token))
    time.sleep(14)
    found = bao.ask("GET", "auth/token/lookup-self", token=token)["data"]
    assert found["ttl"] > 0 and found["last_renewal"]
    assert signet.stop() == 0
    signet.start()


def test_app_role(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, bao: OpenBao, key: str
) -> None:
    role, secret = bao.make_role(key, token_policies=[key], token_ttl="6s", token_max_ttl="1h")
    signet = new_signet(settings(bao, key, auth="approle", role_id=role, secret_id=secret))
    signet.apply(demo_resources(upstream.url))
    token = signet.token("reporter", ORDERS)
    (session,) = bao.tokens_of(key)
    time.sleep(10)
    # Renewed in the background, not logged in anew.
    (again,) = bao.tokens_of(key)
    assert again["accessor"] == session["accessor"] and again["ttl"] > 0
    assert signet.stop() == 0
    assert bao.tokens_of(key) == [], "the session is ended at the end"
    wrong = ledger.note_secret("00000000-0000-0000-0000-000000000000", "a wrong secret id")
    refused(
        signet,
        CONFIGURATION,
        "provider-denied",
        "refuses the login",
        "secret_id",
        SIGNET_ROOT_KEY__TRANSIT__SECRET_ID=wrong,
    )
    refused(
        signet, CONFIGURATION, "provider-denied", "auth/other/login", SIGNET_ROOT_KEY__TRANSIT__AUTH_MOUNT="other"
    )
    bao.ask("POST", f"auth/approle/role/{key}/secret-id/destroy", {"secret_id": secret})
    refused(signet, CONFIGURATION, "provider-denied", "refuses the login")
    signet.environment["SIGNET_ROOT_KEY__TRANSIT__SECRET_ID"] = bao.make_secret_id(key)
    signet.start()
    still_works(signet, token)


def test_a_secret_id_that_serves_once(
    new_signet: Callable[..., Signet], bao: OpenBao, key: str, tmp_path: Path
) -> None:
    role, secret = bao.make_role(key, token_policies=[key], token_ttl="60s", secret_id_num_uses=1)
    file = tmp_path / "secret_id"
    file.write_text(secret)
    (tmp_path / "signet.yaml").write_text(f"root_key: {{transit: {{secret_id_file: {file}}}}}\n")
    environment = settings(bao, key, auth="approle", role_id=role)
    # The first start wraps and unwraps in one session.
    signet = new_signet(environment | {"SIGNET_CONFIG": str(tmp_path / "signet.yaml")})
    assert signet.stop() == 0
    refused(signet, CONFIGURATION, "provider-denied", "used as often as it may be")
    file.write_text(bao.make_secret_id(key))
    signet.start()


def test_a_pods_own_token(new_signet: Callable[..., Signet], bao: OpenBao, key: str, tmp_path: Path) -> None:
    """The jwt method takes the requests that the kubernetes method takes, and needs no cluster."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    bao.ask("POST", "sys/auth/kubernetes", {"type": "jwt"})
    bao.ask("POST", "auth/kubernetes/config", {"jwt_validation_pubkeys": [public]})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["bao"], "bound_subject": "signet"}
    bao.ask("POST", "auth/kubernetes/role/signet", role | {"token_policies": [key], "token_ttl": "60s"})

    def service_account(subject: str, life: int = 600) -> str:
        claims = {"sub": subject, "aud": "bao", "iat": int(time.time()), "exp": int(time.time()) + life}
        return ledger.note_secret(jwt.encode(claims, private, "ES256"), "a pod's token")

    file = tmp_path / "pod-token"
    file.write_text(service_account("signet"))
    (tmp_path / "signet.yaml").write_text(f"root_key: {{transit: {{jwt_file: {file}}}}}\n")
    environment = settings(bao, key, auth="kubernetes", role="signet")
    signet = new_signet(environment | {"SIGNET_CONFIG": str(tmp_path / "signet.yaml")})
    assert signet.stop() == 0
    for text in (service_account("somebody"), service_account("signet", -3600), "nonsense"):
        file.write_text(text)
        refused(signet, CONFIGURATION, "provider-denied", "refuses the login", "service account")
    file.unlink()
    refused(signet, CONFIGURATION, "provider-configuration-invalid", str(file))
    file.write_text(service_account("signet"))
    refused(signet, CONFIGURATION, "provider-denied", SIGNET_ROOT_KEY__TRANSIT__ROLE="nobody")
    signet.start()


# The way there


def test_a_quota(prepared: Signet, bao: OpenBao, key: str) -> None:
    token = prepared.token("reporter", ORDERS)
    assert prepared.stop() == 0
    bao.ask("POST", "sys/quotas/rate-limit/few", {"path": f"transit/decrypt/{key}", "rate": 1, "interval": "1m"})
    try:
        unwrapped(bao, key, document(prepared))
        refused(prepared, UNREACHABLE, "provider-throttled", "quota")
    finally:
        bao.ask("DELETE", "sys/quotas/rate-limit/few")
    prepared.start()
    still_works(prepared, token)


def test_an_authority_of_its_own(new_signet: Callable[..., Signet], tmp_path: Path) -> None:
    secure = OpenBao(tmp_path / "secure", is_secure=True).start()
    try:
        secure.mount()
        secure.make_key("signet")
        environment = settings(secure, "signet", token=secure.root, authorities=str(TLS / "ca.pem"))
        signet = new_signet(environment)
        assert signet.stop() == 0
        name = "SIGNET_ROOT_KEY__TRANSIT__AUTHORITIES"
        refused(signet, CONFIGURATION, "provider-configuration-invalid", "authorities", **{name: ""})
        plain = secure.address.replace("https", "http").replace("localhost", "127.0.0.1")
        # A TLS port answers plain HTTP with a 400 that is not JSON.
        refused(signet, CONFIGURATION, plain, SIGNET_ROOT_KEY__TRANSIT__ADDRESS=plain)
        signet.start()
    finally:
        secure.kill()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ADDRESS": ""}, ["root_key.transit.address"]),
        ({"ADDRESS": "vault.example"}, ["root_key.transit.address", "https://"]),
        ({"TOKEN": ""}, ["root_key.transit.token"]),
        ({"AUTH": "approle"}, ["root_key.transit.token: expected only with auth: token", "role_id", "secret_id"]),
        ({"AUTHORITIES": "/nowhere"}, ["root_key.transit.authorities"]),
        ({"TOKN": "x"}, ["TOKN"]),
        ({"KEY": "../sys"}, ["root_key.transit.key"]),
    ],
    ids=["no-address", "address", "no-token", "two-ways", "authorities", "unknown", "key"],
)
def test_settings_that_can_not_be_used(
    new_signet: Callable[..., Signet], bao: OpenBao, environment: dict[str, str], words: list[str]
) -> None:
    signet = new_signet(settings(bao, "signet", token=bao.root), start=False)
    more = {f"SIGNET_ROOT_KEY__TRANSIT__{name}": value for name, value in environment.items()}
    signet.directory.mkdir()
    done = run("serve", "--data", signet.data, environment=signet.environment | more)
    ledger.diagnostics.append(done.stdout + done.stderr)
    assert done.returncode == CONFIGURATION, (done.returncode, done.stderr)
    assert all(word in done.stderr for word in words), done.stderr


def test_plain_http_leaves_this_machine_for_nobody(new_signet: Callable[..., Signet], bao: OpenBao) -> None:
    environment = settings(bao, "signet", token=bao.root) | {"SIGNET_ROOT_KEY__TRANSIT__ADDRESS": "http://192.0.2.1"}
    refused(new_signet(environment, start=False), CONFIGURATION, "provider-configuration-invalid", "https")


def test_no_log_and_no_message_holds_a_secret() -> None:
    assert len(ledger.secrets) > 5 and ledger.outputs and ledger.diagnostics, "nothing was looked for"
    assert ledger.found() == []
