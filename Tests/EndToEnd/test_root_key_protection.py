"""The root key is protected in another way: it stays the same, and so does everything else when that fails."""

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from support import ledger, vault
from support.openbao import OpenBao
from support.places import BINARY
from support.processes import Program, wait_until
from support.resources import ORDERS
from support.server import Signet, run

PASSPHRASE = {"SIGNET_ROOT_KEY__PASSPHRASE": "correct horse battery staple"}
CONFIGURATION, UNREACHABLE = 78, 69


def former(settings: dict[str, str]) -> dict[str, str]:
    """The same settings as those that hold until now."""
    return {name.replace("ROOT_KEY__", "ROOT_KEY__PREVIOUS__"): value for name, value in settings.items()}


def protect(signet: Signet, base: dict[str, str], settings: dict[str, str]) -> CompletedProcess[str]:
    done = run("keys", "protect", "--data", signet.data, "--json", environment=base | settings)
    ledger.diagnostics.append(done.stdout + done.stderr)
    return done


def files(signet: Signet) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in signet.data.iterdir() if path.name.startswith("root.key")}


def refused(done: CompletedProcess[str], status: int, word: str) -> None:
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_status"]) == (status, status) and word in error["reason"], done.stdout


def test_from_file_to_passphrase_to_device_to_file(new_demo: Callable[..., Signet], tmp_path: Path) -> None:
    signet = new_demo()
    base = dict(signet.environment)
    token = signet.token("reporter", ORDERS)
    identity = json.loads(files(signet)["root.key"])["id"]
    # Not while a server has it.
    refused(protect(signet, base, PASSPHRASE), CONFIGURATION, "another signet serve")
    bao = OpenBao(tmp_path / "bao").start()
    try:
        bao.mount()
        bao.make_key("signet")
        bao.make_policy("signet", "signet")
        names = {"PROVIDER": "transit", "TRANSIT__ADDRESS": bao.address, "TRANSIT__TOKEN": bao.make_token("signet")}
        device = {f"SIGNET_ROOT_KEY__{name}": value for name, value in names.items()}
        ways: list[tuple[dict[str, str], str]] = [(PASSPHRASE, "passphrase"), (device, "transit"), ({}, "file")]
        before: dict[str, str] = {}
        for settings, name in ways:
            assert signet.stop() == 0
            if name == "transit":
                kept = files(signet)
                wrong = {"SIGNET_ROOT_KEY__PREVIOUS__PASSPHRASE": "wrong horse"}
                refused(protect(signet, base, device | wrong), CONFIGURATION, "root-key-passphrase-wrong")
                refused(protect(signet, base, device), CONFIGURATION, "root_key.previous.passphrase")
                bao.kill()
                refused(protect(signet, base, device | former(before)), UNREACHABLE, "provider-unreachable")
                bao.start()
                assert files(signet) == kept
            done = protect(signet, base, settings | former(before))
            assert done.returncode == 0, done.stdout
            told: dict[str, Any] = json.loads(done.stdout)
            assert (told["root_key"], told["after"], told["changed"]) == (identity, name, True)
            assert set(files(signet)) == {"root.key"}
            # What opened it until now does not any more.
            assert run("serve", "--data", signet.data, environment=base | before).returncode == CONFIGURATION
            # The former settings may stay; nobody looks at them.
            signet.environment = base | settings | former(before)
            signet.start()
            assert signet.call("/orders/1", token).status_code == 200
            assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200
            before = settings
    finally:
        bao.kill()
    rows = [row for row in signet.admin("GET", "/audit").json()["items"] if row["action"] == "root-key.protect"]
    assert [row["detail"]["to"] for row in rows] == ["file", "transit", "passphrase"]
    vault.sealed(signet.data)


def test_killed_at_every_step_it_leaves_a_file_that_opens(new_demo: Callable[..., Signet], kill_at: Path) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    base = dict(signet.environment)
    key = vault.root_key(signet.data)
    plain = files(signet)["root.key"]
    names = []
    for step in range(1, 40):
        (signet.data / "root.key").write_bytes(plain)
        deadly = {"LD_PRELOAD": str(kill_at), "KILL_ANY": "1", "KILL_IN": str(signet.data / "root.key")}
        done = protect(signet, base, PASSPHRASE | deadly | {"KILL_AT": str(step)})
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stdout
        names.append(set(files(signet)))
        assert files(signet)["root.key"] == plain, "the last step is its new name"
        if names[-1] == {"root.key", "root.key.new"} and step % 3 == 0:
            signet.environment = base
            signet.start()
            assert signet.call("/orders/1", token).status_code == 200
            assert signet.stop() == 0
            assert set(files(signet)) == {"root.key"}
    assert {"root.key", "root.key.new"} in names, names
    assert vault.root_key(signet.data, PASSPHRASE["SIGNET_ROOT_KEY__PASSPHRASE"]) == key
    signet.environment = base | PASSPHRASE
    signet.start()
    assert signet.call("/orders/1", token).status_code == 200


def test_it_refuses_what_would_lose_the_key(
    new_demo: Callable[..., Signet], new_signet: Callable[..., Signet]
) -> None:
    signet, other = new_demo(), new_signet()
    assert (signet.stop(), other.stop()) == (0, 0)
    base = dict(signet.environment)
    # A change that was cut off, and no store that tells how it ended.
    (signet.data / "root.key.new").write_bytes(files(other)["root.key"])
    (signet.data / "root.key.new").chmod(0o600)
    kept = files(signet)
    elsewhere = {"SIGNET_STORE__URL": f"sqlite:{signet.directory}/elsewhere.db"}
    refused(protect(signet, base, PASSPHRASE | elsewhere), CONFIGURATION, "store.url")
    started = run("serve", "--data", signet.data, environment=base | elsewhere)
    assert started.returncode == CONFIGURATION and "store.url" in started.stderr, started.stderr
    assert files(signet) == kept
    # Another user's file would be one that the server can't open.
    if os.geteuid() == 0:
        os.chown(signet.data / "root.key", 65534, 65534)
        refused(protect(signet, base, PASSPHRASE), CONFIGURATION, "65534")
        os.chown(signet.data / "root.key", 0, 0)
    assert files(signet) == kept
    # With the store it goes on.
    assert protect(signet, base, PASSPHRASE).returncode == 0 and set(files(signet)) == {"root.key"}
    # A passphrase that was another one says where to name that.
    refused(protect(signet, base, {"SIGNET_ROOT_KEY__PASSPHRASE": "x"}), CONFIGURATION, "root_key.previous.passphrase")


def test_a_store_has_one_server(new_demo: Callable[..., Signet], new_signet: Callable[..., Signet]) -> None:
    signet = new_demo()
    other = new_signet({"SIGNET_STORE__URL": f"sqlite:{signet.data}/signet.db"}, start=False)
    other.data.mkdir(parents=True, mode=0o700)
    (other.data / "root.key").write_bytes(files(signet)["root.key"])
    (other.data / "root.key").chmod(0o600)
    done = run("serve", "--data", other.data, environment=other.environment)
    assert done.returncode == CONFIGURATION and "uses the store" in done.stderr, done.stderr


def test_a_device_that_hangs_is_named_while_the_command_waits(new_signet: Callable[..., Signet], tmp_path: Path) -> None:
    signet = new_signet()
    assert signet.stop() == 0
    before = files(signet)
    # Connections are opened by the kernel, and nobody answers.
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        device = {"PROVIDER": "transit", "TRANSIT__ADDRESS": f"http://127.0.0.1:{hanging.getsockname()[1]}"}
        settings = {f"SIGNET_ROOT_KEY__{name}": value for name, value in device.items()}
        command = [BINARY, "keys", "protect", "--data", signet.data]
        environment = signet.environment | settings | {"SIGNET_ROOT_KEY__TRANSIT__TOKEN": "never-seen"}
        program = Program(command, tmp_path, "protect", environment)
        try:
            word = "signet: waiting for the key provider transit\n"
            wait_until(lambda: program.log.read_text() == word, 15, "a word")
        finally:
            program.stop(signal.SIGKILL)
    assert files(signet) == before
