"""The root key gives way to another one: nothing is refused meanwhile, and nothing is lost when it is cut off."""

import base64
import json
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import ledger, vault
from support.load import Load
from support.openbao import OpenBao
from support.processes import children, wait_until
from support.resources import ORDERS
from support.server import Signet, run

PASSPHRASE = "correct horse battery staple"
SEALED = {"SIGNET_ROOT_KEY__PASSPHRASE": PASSPHRASE}


def document(signet: Signet) -> dict[str, Any]:
    return dict(json.loads((signet.data / "root.key").read_text()))


def rotate(signet: Signet) -> str:
    """Rotates by the command; answers the new key's id."""
    before = document(signet)
    done = signet.run("keys", "rotate", "root", "--json")
    assert done.returncode == 0, done.stderr
    root = json.loads(done.stdout)["root_key"]
    assert root["previous"] == before["id"] != root["id"]
    assert document(signet)["id"] == root["id"]
    assert set(document(signet)) - {"handover"} == set(before) - {"handover"}
    assert not (signet.data / "root.key.new").exists()
    return str(root["id"])


def still_works(signet: Signet, token: str) -> None:
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200


def restart_worker(signet: Signet) -> None:
    worker = signet.worker
    os.kill(worker, signal.SIGKILL)

    def is_back() -> bool:
        assert signet.program is not None
        found = children(signet.program.pid)
        if len(found) != 1 or found[0] == worker:
            return False
        try:
            return signet.admin("GET", "/keys").status_code == 200
        except Exception:
            return False

    wait_until(is_back, 20, "another worker")


@pytest.mark.parametrize("environment", [{}, SEALED], ids=["plain", "passphrase"])
def test_tokens_stay_good_through_rotations_and_ends_of_workers(
    new_demo: Callable[..., Signet], environment: dict[str, str]
) -> None:
    signet = new_demo(environment)
    passphrase = environment.get("SIGNET_ROOT_KEY__PASSPHRASE")
    token = signet.token("reporter", ORDERS)
    first = vault.root_key(signet.data, passphrase)
    with Load(signet, token):
        for _ in range(3):
            rotate(signet)
    second = vault.root_key(signet.data, passphrase)
    assert first != second
    assert len(vault.sealed(signet.data, second)) > 2
    with pytest.raises(AssertionError):
        vault.data_keys(signet.data, first)
    rows = [row for row in signet.admin("GET", "/audit").json()["items"] if row["action"] == "root-key.rotate"]
    assert [row["target"] for row in rows][0] == document(signet)["id"]
    assert [row["target"] for row in rows][1] == rows[0]["detail"]["previous"]
    # The supervisor keeps the first key, and has forgotten the passphrase.
    restart_worker(signet)
    still_works(signet, token)
    rotate(signet)
    restart_worker(signet)
    still_works(signet, token)
    assert signet.stop() == 0
    signet.start()
    still_works(signet, token)
    rotate(signet)
    vault.sealed(signet.data, vault.root_key(signet.data, passphrase))


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
@pytest.mark.parametrize("environment", [{}, SEALED], ids=["plain", "passphrase"])
def test_killed_at_every_step_it_is_finished_or_undone(
    new_demo: Callable[..., Signet], kill_at: Path, environment: dict[str, str], victim: str
) -> None:
    signet = new_demo(environment)
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    passphrase = environment.get("SIGNET_ROOT_KEY__PASSPHRASE")
    kept = dict(signet.environment)
    outcomes = []
    for step in range(1, 40):
        before = document(signet)["id"]
        files = str(signet.data / "root.key")
        signet.environment = kept | {"LD_PRELOAD": str(kill_at), "KILL_AT": str(step), "KILL_IN": files}
        if victim == "supervisor":
            signet.environment["KILL_SUPERVISOR"] = "1"
        signet.start()
        assert signet.program is not None
        worker = signet.worker
        done = signet.run("keys", "rotate", "root")
        if done.returncode == 0:
            assert signet.stop() == 0
            break
        if victim == "worker":
            wait_until(lambda: signet.worker != worker if children(signet.program.pid) else False, 10, "a worker")
            wait_until(lambda: answers(signet), 20, "an answer")
            still_works(signet, token)
            signet.kill()
        else:
            wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 5, "the worker's end")
            signet.program.process.wait(5)
        signet.environment = kept
        signet.start()
        still_works(signet, token)
        assert {path.name for path in signet.data.iterdir() if path.name.startswith("root.key")} == {"root.key"}
        vault.sealed(signet.data, vault.root_key(signet.data, passphrase))
        outcomes.append(document(signet)["id"] != before)
        assert signet.stop() == 0
    # What lies in the new file's place goes; it is made, written, synced and named, and its draft goes; then the store
    # changes, and the file is renamed.
    assert outcomes == [False] * 6 + [True]
    signet.environment = kept
    signet.start()
    still_works(signet, token)


def answers(signet: Signet) -> bool:
    try:
        return signet.admin("GET", "/keys").status_code == 200
    except Exception:
        return False


def test_the_root_key_of_another_installation_is_refused_and_nothing_changes(new_demo: Callable[..., Signet]) -> None:
    signet, other = new_demo(), new_demo()
    assert signet.stop() == 0 and other.stop() == 0
    own = (signet.data / "root.key").read_bytes()
    foreign = (other.data / "root.key").read_bytes()
    for name in ("root.key", "root.key.new"):
        (signet.data / name).write_bytes(foreign)
        (signet.data / name).chmod(0o600)
    before = {path.name: path.read_bytes() for path in signet.data.iterdir() if path.name.startswith("root.key")}
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 78, done.stderr
    assert "another installation" in done.stderr and json.loads(own)["id"] in done.stderr
    after = {path.name: path.read_bytes() for path in signet.data.iterdir() if path.name.startswith("root.key")}
    assert after == before
    # Beside it lies what is right: it takes its place.
    (signet.data / "root.key.new").write_bytes(own)
    signet.start()
    assert (signet.data / "root.key").read_bytes() == own
    assert not (signet.data / "root.key.new").exists()


# Wrapped by a device


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    server = OpenBao(tmp_path_factory.mktemp("bao")).start()
    server.mount()
    server.make_key("signet")
    server.make_policy("signet", "signet")
    yield server
    server.kill()


def unwrapped(bao: OpenBao, signet: Signet) -> bytes:
    found = document(signet)
    place = vault.associated("signet wrapped secret v1", "root-key", found["id"])
    body = {
        "ciphertext": vault.unb64(found["wrapped"]).decode(),
        "associated_data": base64.b64encode(place).decode(),
    }
    return base64.b64decode(bao.ask("POST", "transit/decrypt/signet", body)["data"]["plaintext"])


def test_wrapped_by_a_device(new_demo: Callable[..., Signet], bao: OpenBao) -> None:
    signet = new_demo(
        {
            "SIGNET_ROOT_KEY__PROVIDER": "transit",
            "SIGNET_ROOT_KEY__TRANSIT__ADDRESS": bao.address,
            "SIGNET_ROOT_KEY__TRANSIT__TOKEN": bao.make_token("signet"),
        }
    )
    token = signet.token("reporter", ORDERS)
    first = unwrapped(bao, signet)
    with Load(signet, token):
        rotate(signet)
    assert unwrapped(bao, signet) != first
    vault.sealed(signet.data, unwrapped(bao, signet))
    # Later workers need the device no more than before a rotation.
    bao.kill()
    restart_worker(signet)
    still_works(signet, token)
    before = (signet.data / "root.key").read_bytes()
    done = signet.run("keys", "rotate", "root")
    assert done.returncode == 69 and "provider-unreachable" in done.stderr, done.stderr
    assert (signet.data / "root.key").read_bytes() == before
    assert not (signet.data / "root.key.new").exists()
    still_works(signet, token)
    bao.start()
    assert signet.stop() == 0
    signet.start()
    still_works(signet, token)
    rotate(signet)
    vault.sealed(signet.data, unwrapped(bao, signet))


# Given from outside


def given(value: bytes, **more: str) -> dict[str, str]:
    text = ledger.note_secret(base64.urlsafe_b64encode(value).rstrip(b"=").decode(), "root_key.value")
    return {"SIGNET_ROOT_KEY__VALUE": text} | more


def test_a_given_root_key_is_written_nowhere_and_rotated_by_giving_another(new_demo: Callable[..., Signet]) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    signet = new_demo(given(first))
    token = signet.token("reporter", ORDERS)
    assert not list(signet.data.glob("root.key*"))
    vault.sealed(signet.data, first)
    assert b"SIGNET_ROOT_KEY" not in Path(f"/proc/{signet.worker}/environ").read_bytes()
    for file in signet.data.iterdir():
        assert first not in file.read_bytes() and first.hex().encode() not in file.read_bytes(), file
    restart_worker(signet)
    still_works(signet, token)
    done = signet.run("keys", "rotate", "root")
    assert done.returncode == 1 and "root_key.previous_value" in done.stderr, done.stderr
    assert not list(signet.data.glob("root.key*"))
    assert signet.stop() == 0
    kept = dict(signet.environment)
    # A new one alone opens nothing.
    done = run("serve", "--data", signet.data, environment=kept | given(second))
    assert done.returncode == 78 and "root_key.value is" in done.stderr, done.stderr
    vault.sealed(signet.data, first)
    signet.environment = kept | given(second, SIGNET_ROOT_KEY__PREVIOUS_VALUE=first.hex())
    ledger.note_secret(first.hex(), "root_key.previous_value")
    signet.start()
    still_works(signet, token)
    vault.sealed(signet.data, second)
    restart_worker(signet)
    still_works(signet, token)
    # The previous one may stay for a while, or go.
    for environment in (signet.environment, kept | given(second)):
        assert signet.stop() == 0
        signet.environment = environment
        signet.start()
        still_works(signet, token)
    actions = [row["action"] for row in signet.admin("GET", "/audit").json()["items"]]
    assert actions.count("root-key.rotate") == 1


def test_a_credential_of_the_service_manager_and_a_file(new_demo: Callable[..., Signet], tmp_path: Path) -> None:
    value = secrets.token_bytes(32)
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "signet-root-key").write_text(ledger.note_secret(value.hex(), "the credential") + "\n")
    named = {"SIGNET_ROOT_KEY__CREDENTIAL": "signet-root-key", "CREDENTIALS_DIRECTORY": str(folder)}
    signet = new_demo(named)
    token = signet.token("reporter", ORDERS)
    vault.sealed(signet.data, value)
    assert signet.stop() == 0
    for name in ("SIGNET_ROOT_KEY__CREDENTIAL", "CREDENTIALS_DIRECTORY"):
        del signet.environment[name]
    signet.environment["SIGNET_ROOT_KEY__VALUE_FILE"] = str(folder / "signet-root-key")
    signet.start()
    still_works(signet, token)


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"SIGNET_ROOT_KEY__VALUE": "00" * 31}, "32 octets"),
        ({"SIGNET_ROOT_KEY__VALUE": "+f" * 32}, "32 octets"),
        ({"SIGNET_ROOT_KEY__PREVIOUS_VALUE": "00" * 32}, "root_key.value beside it"),
        ({"SIGNET_ROOT_KEY__VALUE": "00" * 32} | SEALED, "no passphrase"),
        ({"SIGNET_ROOT_KEY__CREDENTIAL": "../key", "CREDENTIALS_DIRECTORY": "/tmp"}, "the name of a credential"),
        ({"SIGNET_ROOT_KEY__CREDENTIAL": "key"}, "CREDENTIALS_DIRECTORY"),
        ({"SIGNET_ROOT_KEY__CREDENTIAL": "key", "CREDENTIALS_DIRECTORY": "/nowhere"}, "/nowhere/key"),
    ],
)
def test_settings_that_can_not_be_used_are_refused(
    new_signet: Callable[..., Signet], environment: dict[str, str], word: str
) -> None:
    signet = new_signet(environment, start=False)
    signet.directory.mkdir()
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 78 and word in done.stderr, done.stderr
    assert "00000000" not in done.stderr and "+f+f" not in done.stderr
