"""`make run`, and the three commands that it prints, typed as they stand there."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ledger
from support.places import ROOT
from support.processes import answers, clean_environment, free_port, wait_until


class Demo:
    """`make run` with its own ports and data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = {name: free_port() for name in ("GATEWAY_PORT", "CONTROL_PORT", "ECHO_PORT")}
        self.settings = {name: str(port) for name, port in self.ports.items()} | {"DATA": str(data)}
        self.output = data.parent / "make-run.out"

    def start(self, *command: str) -> float:
        """Starts and waits until it is ready; answers how long that took.

        `make run` builds first, and it takes long to find out that there is nothing to build; what it does then is
        `scripts/run`."""
        start = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command or ["make", "run"],
                cwd=ROOT,
                env=clean_environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        def ready() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            return "READY" in self.output.read_text()

        wait_until(ready, 900, "READY")
        return time.monotonic() - start

    def interrupt(self) -> None:
        """Ctrl-C: the signal goes to everything in the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def commands(self) -> list[str]:
        lines = [line.strip() for line in self.printed.split("In another terminal")[1].splitlines()]
        return [line for line in lines if line and not line.startswith(("#", "READY", ","))]

    def paste(self) -> str:
        """Types the commands into one shell at the root of the repository."""
        done = subprocess.run(
            ["bash", "-c", "set -e; " + "\n".join(self.commands())],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment({}),
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo") / "data")
    demo.start()
    yield demo
    if demo.process.poll() is None:
        demo.interrupt()


def test_the_three_printed_commands_work_as_printed(demo: Demo) -> None:
    assert len(demo.commands()) == 3
    printed = demo.paste()
    token, rest = printed.split("\n", 1)
    ledger.note_secret(token, "token of the demo")
    assert token.count(".") == 4
    described, position = json.JSONDecoder().raw_decode(rest.lstrip())
    assert described["path"] == "/orders/42"
    headers = {name.lower(): value for name, value in described["headers"].items()}
    assert headers["x-signet-subject"] == "reporter" and "authorization" not in headers
    assert token not in json.dumps(described)
    decoded = rest.lstrip()[position:]
    assert "can't be read without the recipient's private key" in decoded
    assert "reporter" not in decoded


def test_addresses_and_the_set_up_code_are_printed(demo: Demo) -> None:
    code = (demo.data / "setup.code").read_text().strip()
    ledger.note_secret(code, "set-up code")
    assert code in demo.printed
    assert f"http://127.0.0.1:{demo.ports['GATEWAY_PORT']}" in demo.printed
    assert f"http://127.0.0.1:{demo.ports['CONTROL_PORT']}" in demo.printed


def test_the_readme_shows_the_same_commands(demo: Demo) -> None:
    readme = (ROOT / "README.md").read_text()
    for command in demo.commands():
        usual = command.replace(f" --data {demo.data}", "").replace(str(demo.ports["GATEWAY_PORT"]), "8080")
        assert usual in readme, usual


def test_ctrl_c_stops_everything_and_a_second_start_is_quick_and_keeps_its_data(demo: Demo) -> None:
    secret = (demo.data / "demo/client.json").read_text()
    old = json.loads(secret)["clients"][0]["client_secret"]
    ledger.note_secret(old, "secret of the demo")
    demo.interrupt()
    assert not any(answers(port) for port in demo.ports.values())
    seconds = demo.start()
    # Most of it is the build finding out that nothing has changed; a busy machine takes its time for that.
    assert seconds < 60
    assert (demo.data / "demo/client.json").read_text() == secret
    assert demo.paste().count(".") > 4
    ledger.outputs.update(path for path in demo.data.glob("*.log"))
    demo.interrupt()
    assert not any(answers(port) for port in demo.ports.values())


def test_a_start_mends_a_secret_that_was_replaced(demo: Demo) -> None:
    file = demo.data / "demo/client.json"
    file.write_text(file.read_text().replace('"client_secret": "', '"client_secret": "x'))
    if demo.process.poll() is None:
        demo.interrupt()
    demo.start("scripts/run")
    ledger.note_secret(json.loads(file.read_text())["clients"][0]["client_secret"], "a mended secret")
    assert demo.paste().count(".") > 4
    demo.interrupt()


def test_a_port_in_use_is_told(demo: Demo) -> None:
    import socket

    if demo.process.poll() is None:
        demo.interrupt()
    with socket.create_server(("127.0.0.1", demo.ports["CONTROL_PORT"])):
        done = subprocess.run(
            ["scripts/run"],
            cwd=ROOT,
            env=clean_environment(demo.settings),
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
    assert done.returncode != 0
    assert re.search(rf"127\.0\.0\.1:{demo.ports['CONTROL_PORT']} is in use", done.stderr), done.stderr
