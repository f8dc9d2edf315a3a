"""Keys stay out of swap areas, core files and other processes' sight."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import ledger
from support.processes import UNPRIVILEGED, resident_bytes, wait_until
from support.server import Signet, run
from support.web import web

CONFIGURATION = 78
LIMITED = ["prlimit", f"--memlock={1 << 20}:{1 << 20}", *UNPRIVILEGED]
UNLIMITED = ["prlimit", "--memlock=unlimited:unlimited", *UNPRIVILEGED]
ADVICE = ["LimitMEMLOCK=infinity", "--ulimit memlock=-1"]


def status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def unlimited() -> list[str]:
    """What to start a server through so that it may lock its memory."""
    if subprocess.run([*UNLIMITED, "true"], capture_output=True).returncode == 0:
        return UNLIMITED
    if not exempt_from_limits():
        pytest.skip("nobody may lock memory here")
    return []


def serves_with(signet: Signet, *prefix: str) -> int:
    """Starts a server through another program; answers the worker."""
    signet.prefix = list(prefix)
    signet.start()
    assert web.get(f"{signet.control}/readyz").status_code == 200
    return signet.worker


def test_all_memory_of_the_worker_is_locked_where_that_is_allowed(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet({"SIGNET_MEMORY__LOCK": "required"}, start=False)
    worker = serves_with(signet, *unlimited())
    assert status(worker, "VmLck") >= resident_bytes(worker)
    assert "memory is not locked" not in signet.log
    # What is mapped later as well, and without taking it all at once.
    assert status(worker, "VmLck") > 2 * resident_bytes(worker)


def test_a_privileged_worker_locks_its_memory_whatever_the_limit(new_signet: Callable[..., Signet]) -> None:
    if not exempt_from_limits():
        pytest.skip("these tests don't run with CAP_IPC_LOCK")
    signet = new_signet(start=False)
    worker = serves_with(signet, "prlimit", f"--memlock={1 << 20}:{1 << 20}")
    assert status(worker, "VmLck") >= resident_bytes(worker)
    # The question whether it may leaves no trace.
    assert f"Max locked memory         {1 << 20}              {1 << 20}" in Path(f"/proc/{worker}/limits").read_text()


def exempt_from_limits() -> bool:
    """Whether a process may lock memory with a limit of zero: only with CAP_IPC_LOCK of the machine itself."""
    program = (
        "import ctypes, mmap, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "page = mmap.mmap(-1, 4096)\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "sys.exit(ctypes.CDLL(None).mlock(ctypes.c_void_p(address), 4096) != 0)\n"
    )
    return subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_server_that_may_not_lock_its_memory_serves_and_says_so_once(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet(start=False)
    worker = serves_with(signet, *LIMITED)
    assert status(worker, "VmLck") == 0
    [line] = [line for line in signet.log.splitlines() if "memory is not locked" in line]
    assert all(word in line for word in ADVICE)


def test_a_server_that_must_lock_its_memory_and_may_not_does_not_start(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet({"SIGNET_MEMORY__LOCK": "required"}, start=False)
    signet.directory.mkdir()
    done = subprocess_of(signet, *LIMITED)
    assert (done.returncode, done.stdout) == (CONFIGURATION, ""), done.stderr
    assert all(word in done.stderr for word in ["memory.lock", *ADVICE]), done.stderr
    assert not (signet.data / "root.key").exists()


def subprocess_of(signet: Signet, *prefix: str) -> "subprocess.CompletedProcess[str]":
    done = run("serve", "--data", signet.data, environment=signet.environment, prefix=prefix)
    ledger.diagnostics.append(done.stdout + done.stderr)
    return done


def test_memory_is_left_alone_when_that_is_wished(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet({"SIGNET_MEMORY__LOCK": "off"})
    assert status(signet.worker, "VmLck") == 0
    assert "memory is not locked" not in signet.log


def test_an_unknown_wish_is_refused(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet({"SIGNET_MEMORY__LOCK": "yes"}, start=False)
    signet.directory.mkdir()
    done = subprocess_of(signet)
    assert done.returncode == CONFIGURATION and "memory.lock: expected auto, required, off" in done.stderr


def test_there_are_no_core_files_and_no_way_into_the_memory(new_signet: Callable[..., Signet]) -> None:
    """By the same user, whom the kernel lets into the memory of processes that have not asked it not to."""
    signet = new_signet(start=False)
    worker = serves_with(signet, *UNPRIVILEGED)
    assert signet.program is not None
    other = subprocess.Popen([*UNPRIVILEGED, "sleep", "60"])
    try:
        wait_until(lambda: can_look_into(other.pid), 5, "a look into a process like any other")
        for pid in (signet.program.pid, worker):
            assert not can_look_into(pid)
            assert "Max core file size        0                    0" in Path(f"/proc/{pid}/limits").read_text()
    finally:
        other.kill()
        other.wait()


def can_look_into(pid: int) -> bool:
    done = subprocess.run([*UNPRIVILEGED, "head", "-c", "1", f"/proc/{pid}/environ"], capture_output=True)
    return done.returncode == 0
