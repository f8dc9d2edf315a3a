"""Killed at any moment of its first start, a server leaves nothing that the next start can't finish."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.places import BINARY
from support.processes import Program, children, is_alive, wait_until
from support.server import Signet

PASSPHRASE = "correct horse battery staple"


def is_whole(data: Path) -> None:
    """Each file is there with all of its content, or not at all."""
    if (data / "admin.token").exists():
        assert len((data / "admin.token").read_text()) == 44
    if (data / "setup.code").exists():
        assert len((data / "setup.code").read_text()) == 24
    if (data / "root.key").exists():
        assert json.loads((data / "root.key").read_text())["signet_root_key"] == 1


def finishes(signet: Signet) -> None:
    """The next start works, the credential in the file is the one that the store knows, and no half file is left."""
    signet.start()
    assert signet.admin("GET", "/keys").status_code == 200
    is_whole(signet.data)
    names = {path.name for path in signet.data.iterdir()} - {"serve.lock", "signet.db.lock"}
    assert {name for name in names if not name.startswith("signet.db")} == {"admin.token", "setup.code", "root.key"}
    assert signet.stop() == 0


def test_killed_at_every_step_that_makes_a_file(new_signet: Callable[..., Signet], kill_at: Path) -> None:
    kills = 0
    for step in range(1, 200):
        signet = new_signet(start=False)
        environment = signet.environment | {
            "LD_PRELOAD": str(kill_at),
            "KILL_AT": str(step),
            "KILL_IN": str(signet.data),
        }
        program = Program([BINARY, "serve", "--data", signet.data], signet.directory, "killed", environment)
        wait_until(lambda: not program.running() or program.printed().count("\n") == 2, 30, "an end or a start")
        if program.running():
            # There is no such step: all of them were tried.
            assert program.stop() == 0
            break
        kills += 1
        is_whole(signet.data)
        finishes(signet)
    # Three files, each at least made, written, synced and named.
    assert 12 <= kills < 199, kills
    print("kills:", kills)


def test_a_worker_that_never_served_ends_the_service_with_a_word(
    new_signet: Callable[..., Signet], kill_at: Path
) -> None:
    signet = new_signet(start=False)
    environment = signet.environment | {"LD_PRELOAD": str(kill_at), "KILL_AT": "1", "KILL_IN": str(signet.data)}
    program = Program([BINARY, "serve", "--data", signet.data], signet.directory, "killed", environment)
    assert program.process.wait(20) == 70
    assert "the worker ended by signal 9" in program.log.read_text()
    assert program.printed() == ""


@pytest.mark.parametrize("kills", [12, pytest.param(150, marks=pytest.mark.soak)])
def test_killed_at_any_time(new_signet: Callable[..., Signet], kills: int) -> None:
    for number in range(kills):
        signet = new_signet(start=False)
        program = Program([BINARY, "serve", "--data", signet.data], signet.directory, "killed", signet.environment)
        time.sleep(0.25 * number / kills)
        workers = children(program.pid)
        program.stop(signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, workers)), 5, "the worker's end")
        is_whole(signet.data)
        finishes(signet)


def test_killed_while_it_seals_the_root_key(new_signet: Callable[..., Signet], tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    for number in range(4):
        signet = new_signet({"SIGNET_ROOT_KEY__PASSPHRASE_FILE": str(secret)}, start=False)
        program = Program([BINARY, "serve", "--data", signet.data], signet.directory, "killed", signet.environment)
        time.sleep(0.2 + 0.3 * number)
        program.stop(signal.SIGKILL)
        is_whole(signet.data)
        finishes(signet)


@pytest.mark.parametrize("given", [{}, {"SIGNET_ROOT_KEY__VALUE": "5e" * 32}], ids=["file", "given"])
def test_the_log_says_what_starts_and_that_a_store_was_missing(
    new_signet: Callable[..., Signet], given: dict[str, str]
) -> None:
    def said(signet: Signet) -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in signet.log.splitlines() if line.startswith("{")]
        told = [(line["level"], line["message"]) for line in lines]
        return [line for line in told if " worker " in line[1] or " store " in line[1]]

    # A root key that is given leaves no file that tells of it.
    signet = new_signet(given)
    starts, serves = ("notice", "a worker starts"), ("notice", "a worker serves")
    end = ("notice", "a worker lets calls under way finish and ends")
    assert said(signet) == [starts, ("notice", "a new store was made"), serves]
    assert signet.stop() == 0
    assert said(signet)[3:] == [end]
    signet.start()
    assert said(signet)[4:] == [starts, serves]
    assert signet.stop() == 0
    for file in signet.data.glob("signet.db*"):
        file.unlink()
    signet.start()
    missing = ("warning", "there was a data directory without its store: a new, empty store was made")
    assert said(signet)[7:] == [starts, missing, serves]
