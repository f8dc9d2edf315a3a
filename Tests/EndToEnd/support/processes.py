"""Ports, and programs that are stopped by their process id."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


# What to start a program through so that it has no privileges, also where the tests run as root.
UNPRIVILEGED = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.getuid() == 0 else []

# Each process that runs tests has ports of its own: a server's port must not be another's while it restarts.
SHARE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SHARES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
given: set[int] = set()


def free_port() -> int:
    """A loopback port that nobody uses and that no other test was given, below the range that the system hands out for
    outgoing connections."""
    for _ in range(1000):
        port = 20000 + random.randrange(12000 // SHARES) * SHARES + SHARE
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            given.add(port)
            return port
    raise AssertionError("no free port")


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Asks every 10 ms until `condition` holds; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.01)


def answers(port: int) -> bool:
    """Whether something accepts connections at the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def children(pid: int) -> list[int]:
    """The process ids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    """Whether a process runs. One that has ended and lost its parent stays listed until somebody notices, which may take
    seconds; it holds nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def resident_bytes(pid: int) -> int:
    """The resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no VmRSS of {pid}")


class Program:
    """A program with its output in files."""

    def __init__(self, arguments: list[str | Path], directory: Path, name: str, environment: dict[str, str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.output = directory / f"{name}.out"
        self.log = directory / f"{name}.err"
        self.output_start = self.output.stat().st_size if self.output.exists() else 0
        with self.output.open("ab") as output, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env=clean_environment(environment),
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def printed(self) -> str:
        """What this run printed on standard output so far."""
        with self.output.open("rb") as file:
            file.seek(self.output_start)
            return file.read().decode(errors="replace")

    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self, sent: int = signal.SIGTERM, seconds: float = 45) -> int:
        """Sends a signal and waits for the end; answers the exit status."""
        if self.running():
            os.kill(self.pid, sent)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def clean_environment(more: dict[str, str]) -> dict[str, str]:
    """The environment without settings of Signet that the caller's shell may have."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    return kept | more
