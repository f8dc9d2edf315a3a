"""Everything is sealed anew by another data key: nothing is refused meanwhile, and nothing is lost."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support import vault
from support.load import Load
from support.openbao import OpenBao
from support.processes import wait_until
from support.resources import ORDERS
from support.server import Signet
from support.web import web


def progress(signet: Signet) -> dict[str, Any]:
    return dict(signet.admin("GET", "/keys/rewrap").json())


def rewrap(signet: Signet) -> dict[str, Any]:
    done = signet.run("keys", "rewrap", "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def audit(signet: Signet) -> list[dict[str, Any]]:
    rows = signet.admin("GET", "/audit").json()["items"]
    return [row for row in rows if row["action"].startswith(("rewrap.", "data-key."))]


def is_done(signet: Signet) -> bool:
    try:
        return progress(signet)["state"] == "done"
    except Exception:
        return False


def still_works(signet: Signet, token: str) -> None:
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.oauth("introspect", "reporter", token=token).json()["active"] is True
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200


def test_everything_is_sealed_by_one_new_key_under_load(new_demo: Callable[..., Signet]) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    assert progress(signet)["state"] == "none"
    (old,) = vault.data_keys(signet.data)
    with Load(signet, token):
        found = rewrap(signet)
        assert found["state"] == "done" and found["failed"] == 0
    assert found["done"] >= found["total"] >= 5
    assert list(vault.data_keys(signet.data)) == [found["data_key"]] != [old]
    values = vault.sealed(signet.data)
    assert {value.data_key for value in values} == {found["data_key"]}
    assert len(values) > found["total"], "the load has added some"
    actions = [(row["action"], row["target"]) for row in audit(signet)]
    assert actions[:4] == [
        ("rewrap.end", found["data_key"]),
        ("data-key.destroy", old),
        ("rewrap.begin", found["data_key"]),
        ("data-key.create", found["data_key"]),
    ]
    metrics = web.get(f"{signet.control}/metrics").text
    assert "signet_rewrap_running 0" in metrics and f"signet_rewrap_values_done {found['done']}" in metrics
    still_works(signet, token)
    assert signet.stop() == 0
    signet.start()
    still_works(signet, token)
    assert progress(signet) == found
    assert signet.run("keys", "rotate", "root").returncode == 0
    assert {value.data_key for value in vault.sealed(signet.data)} == {found["data_key"]}


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_cut_off_it_goes_on_by_itself(new_demo: Callable[..., Signet], victim: str) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    vault.add_tokens(signet.data, 40_000, "somebody")
    signet.start()
    begun = signet.run("keys", "rewrap", "--no-wait", "--json")
    assert begun.returncode == 0 and json.loads(begun.stdout)["state"] == "running", begun
    # Whoever asks again joins in.
    assert signet.admin("POST", "/keys/rewrap").json()["data_key"] == json.loads(begun.stdout)["data_key"]
    wait_until(lambda: progress(signet)["done"] > 1000, 20, "some work")
    found = progress(signet)
    assert found["state"] == "running" and found["total"] > 40_000
    if victim == "worker":
        os.kill(signet.worker, signal.SIGKILL)
    else:
        signet.kill()
    names = {value.data_key for value in vault.sealed(signet.data)}
    assert len(names) == 2, "it is cut off in the middle"
    if victim == "supervisor":
        signet.start()
    wait_until(lambda: is_done(signet), 60, "the rest")
    values = vault.sealed(signet.data)
    assert {value.data_key for value in values} == {found["data_key"]} == set(vault.data_keys(signet.data))
    assert len([value for value in values if value.plain == b"somebody"]) == 40_000
    assert [row["action"] for row in audit(signet)].count("rewrap.begin") == 1
    still_works(signet, token)


def test_a_rotation_of_the_root_key_meanwhile(new_demo: Callable[..., Signet]) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    vault.add_tokens(signet.data, 20_000, "somebody")
    signet.start()
    with Load(signet, token):
        assert signet.run("keys", "rewrap", "--no-wait").returncode == 0
        for _ in range(3):
            assert signet.run("keys", "rotate", "root").returncode == 0
        wait_until(lambda: is_done(signet), 60, "the end")
    assert {value.data_key for value in vault.sealed(signet.data)} == set(vault.data_keys(signet.data))
    assert len(vault.data_keys(signet.data)) == 1
    still_works(signet, token)


def change(data: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(data / "signet.db")) as opened, opened:
        assert opened.execute(sql, values).rowcount == 1


def test_a_value_that_does_not_open_is_told_and_kept_with_its_key(new_demo: Callable[..., Signet]) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    (old,) = vault.data_keys(signet.data)
    assert signet.stop() == 0
    vault.add_tokens(signet.data, 500, "somebody")
    with closing(vault.store(signet.data)) as opened:
        select = "SELECT digest, subject FROM issued_token ORDER BY digest LIMIT 2"
        (first, whole), (second, other) = opened.execute(select).fetchall()
    update = "UPDATE issued_token SET subject = ? WHERE digest = ?"
    change(signet.data, update, whole[:-1] + bytes([whole[-1] ^ 1]), first)
    change(signet.data, update, other[:20], second)
    signet.start()
    done = signet.run("keys", "rewrap")
    assert done.returncode == 1 and "rewrap-incomplete: 2 values" in done.stderr, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    assert lines == [
        ["issued_token", first.hex(), "seal-broken"],
        ["issued_token", second.hex(), "sealed-malformed"],
    ]
    again = signet.run("keys", "rewrap", "--json")
    assert again.returncode == 1 and len(again.stderr.splitlines()) == 1, again.stderr
    found = progress(signet)
    # One document, which has what the server says and the error.
    told = json.loads(again.stdout)
    assert told.pop("error")["code"] == "rewrap-incomplete" and told == found
    assert (found["state"], found["failed"]) == ("incomplete", 2)
    assert {old, found["data_key"]} < set(vault.data_keys(signet.data))
    still_works(signet, token)
    assert signet.stop() == 0
    # What was damaged is as it was, and the key is there that opens it once it is mended.
    change(signet.data, update, whole, first)
    change(signet.data, update, other, second)
    kept = vault.sealed(signet.data)
    assert sorted(value.row for value in kept if value.data_key == old) == [first.hex(), second.hex()]
    signet.start()
    assert progress(signet)["failures"] == found["failures"]
    last = rewrap(signet)
    assert last["state"] == "done" and last["data_key"] != found["data_key"]
    assert {value.data_key for value in vault.sealed(signet.data)} == {last["data_key"]}
    assert list(vault.data_keys(signet.data)) == [last["data_key"]]


# Wrapped by a device


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    server = OpenBao(tmp_path_factory.mktemp("bao")).start()
    server.mount()
    server.make_key("signet")
    server.make_policy("signet", "signet")
    yield server
    server.kill()


def test_the_newest_version_of_the_devices_key_wraps_the_root_key(
    new_demo: Callable[..., Signet], bao: OpenBao
) -> None:
    signet = new_demo(
        {
            "SIGNET_ROOT_KEY__PROVIDER": "transit",
            "SIGNET_ROOT_KEY__TRANSIT__ADDRESS": bao.address,
            "SIGNET_ROOT_KEY__TRANSIT__TOKEN": bao.make_token("signet"),
        }
    )
    token = signet.token("reporter", ORDERS)

    def wrapped() -> tuple[str, str]:
        found = json.loads((signet.data / "root.key").read_text())
        return str(found["id"]), vault.unb64(found["wrapped"]).decode().rsplit(":", 1)[0]

    identity, version = wrapped()
    assert version == "vault:v1"
    bao.ask("POST", "transit/keys/signet/rotate", {})
    assert rewrap(signet)["state"] == "done"
    assert wrapped() == (identity, "vault:v2")
    # The device's old version may go now.
    bao.ask("POST", "transit/keys/signet/config", {"min_decryption_version": 2})
    assert signet.stop() == 0
    signet.start()
    still_works(signet, token)
    # Without the device nothing is begun.
    before = progress(signet)
    bao.kill()
    done = signet.run("keys", "rewrap")
    assert done.returncode == 69 and "provider-unreachable" in done.stderr, done.stderr
    assert progress(signet) == before
    still_works(signet, token)
    bao.start()
