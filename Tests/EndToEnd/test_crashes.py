"""Killed at any moment, the server loses nothing that it acknowledged, and the worker is back at once."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from support import ledger, vault
from support.places import BINARY
from support.processes import children, clean_environment, is_alive, wait_until
from support.raw import Connection, Truncated, request
from support.resources import ORDERS
from support.server import Credential, Signet
from support.upstream import Upstream
from support.web import web

PASSPHRASE = "correct horse battery staple"


class Writer(threading.Thread):
    """Makes clients, rotates keys, issues and revokes tokens, and remembers what was acknowledged."""

    def __init__(self, signet: Signet, number: int) -> None:
        super().__init__(daemon=True)
        self.signet = signet
        self.number = number
        self.over = threading.Event()
        self.clients: list[Credential] = []
        self.kids: set[str] = set()
        self.revoked: list[str] = []
        self.token = (signet.data / "admin.token").read_text().strip()
        self.failures: list[str] = []

    def run(self) -> None:
        count = 0
        while not self.over.is_set():
            count += 1
            try:
                self.step(f"c{self.number}-{count}", count)
            except (httpx.TransportError, ConnectionError):
                # The server is gone at this moment: what was under way is not acknowledged.
                time.sleep(0.02)
            except Exception as error:
                self.failures.append(repr(error))
                return

    def step(self, name: str, count: int) -> None:
        with httpx.Client(timeout=20) as http:
            headers = {"Authorization": f"Bearer {self.token}"}
            spec = {
                "grants": ["client_credentials"],
                "auth": "client_secret_basic",
                "apis": {"orders": ["orders.read"]},
            }
            answer = http.put(f"{self.signet.control}/admin/v1/clients/{name}", json={"spec": spec}, headers=headers)
            if answer.status_code not in (200, 201):
                # 503 while the server is going or coming is an answer, and no acknowledgement.
                assert answer.status_code == 503, answer.text
                return
            self.clients.append(Credential(name, secret_of(answer.json())))
            if count % 4 == 0:
                answer = http.post(f"{self.signet.control}/admin/v1/keys/rotate", json={"ring": "all"}, headers=headers)
                if answer.status_code == 200:
                    self.kids |= {item["kid"] for item in answer.json()["items"]}
            credential = self.clients[-1]
            auth = (credential.client_id, credential.client_secret)
            answer = http.post(
                f"{self.signet.control}/oauth/token", auth=auth, data={"grant_type": "client_credentials"}
            )
            if answer.status_code == 200:
                token = answer.json()["access_token"]
                answer = http.post(f"{self.signet.control}/oauth/revoke", auth=auth, data={"token": token})
                if answer.status_code == 200:
                    self.revoked.append(token)


def secret_of(answer: object) -> str:
    """The one client_secret somewhere in an answer."""
    if isinstance(answer, dict):
        if isinstance(secret := answer.get("client_secret"), str):
            return secret
        parts = list(answer.values())
    else:
        parts = answer if isinstance(answer, list) else []
    for part in parts:
        if secret := secret_of(part):
            return secret
    return ""


def nothing_was_lost(signet: Signet, writers: list[Writer]) -> None:
    clients = [client for writer in writers for client in writer.clients]
    kids = {kid for writer in writers for kid in writer.kids}
    revoked = [token for writer in writers for token in writer.revoked]
    assert clients and revoked, "nothing was acknowledged: the test saw nothing"
    for client in clients:
        answer = web.post(
            f"{signet.control}/oauth/token",
            auth=(client.client_id, client.client_secret),
            data={"grant_type": "client_credentials"},
            timeout=20,
        )
        assert answer.status_code == 200, f"{client.client_id}: {answer.text}"
    listed = json.loads(signet.run("keys", "list", "--json").stdout)["items"]
    assert kids <= {item["kid"] for item in listed}
    for token in revoked:
        answer = signet.call("/orders/1", token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")


def killed_at_random(signet: Signet, rounds: int, victim: Callable[[], None]) -> list[Writer]:
    writers = [Writer(signet, number) for number in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(rounds):
        time.sleep(random.uniform(0.2, 0.9))
        victim()
    time.sleep(0.5)
    for writer in writers:
        writer.over.set()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive() and writer.failures == [], writer.failures
    return writers


def prepared(new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream) -> Signet:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    return signet


def kill_worker(signet: Signet) -> None:
    worker = signet.worker
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: serves_again(signet, worker), 10, "another worker")


def serves_again(signet: Signet, old: int) -> bool:
    try:
        return signet.worker != old
    except AssertionError:
        return False


def kill_supervisor(signet: Signet) -> None:
    signet.kill()
    signet.start()


@pytest.mark.parametrize("rounds", [4, pytest.param(60, marks=pytest.mark.soak)])
def test_a_killed_worker_loses_nothing(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, rounds: int
) -> None:
    signet = prepared(new_signet, demo_resources, upstream)
    writers = killed_at_random(signet, rounds, lambda: kill_worker(signet))
    wait_until(lambda: gateway_answers(signet), 10, "an answer")
    nothing_was_lost(signet, writers)


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.soak)])
def test_a_killed_supervisor_loses_nothing(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, rounds: int
) -> None:
    signet = prepared(new_signet, demo_resources, upstream)
    writers = killed_at_random(signet, rounds, lambda: kill_supervisor(signet))
    nothing_was_lost(signet, writers)


def gateway_answers(signet: Signet) -> bool:
    try:
        return web.get(f"{signet.gateway}/public/1", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "passphrase"])
def test_a_worker_killed_under_load_answers_on_the_same_sockets_within_200_ms(
    new_signet: Callable[..., Signet],
    demo_resources: Callable[[str], str],
    upstream: Upstream,
    tmp_path: Path,
    is_sealed: bool,
) -> None:
    signet = new_signet(sealed_by(tmp_path) if is_sealed else {})
    signet.apply(demo_resources(upstream.url))
    token = signet.token("reporter", ORDERS)
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            try:
                with Connection(signet.gateway_port, seconds=10) as connection:
                    for _ in range(50):
                        connection.send(request("/orders/1", token))
                        connection.answer()
            except (Truncated, OSError):
                pass

    threads = [threading.Thread(target=load, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    gaps: list[float] = []
    for _ in range(7):
        time.sleep(0.5)
        os.kill(signet.worker, signal.SIGKILL)
        start = time.monotonic()
        # The connection is made while no worker is there: the kernel keeps it in the queue of the same socket.
        with Connection(signet.gateway_port, seconds=10) as connection:
            connection.send(request("/orders/1", token))
            assert connection.answer().status == 200
        gaps.append(time.monotonic() - start)
    over.set()
    for thread in threads:
        thread.join(20)
    print("gaps in ms:", [round(gap * 1000) for gap in gaps])
    assert sorted(gaps)[3] < 0.2, gaps


def test_a_worker_that_is_killed_again_and_again_comes_back_each_time(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    signet = prepared(new_signet, demo_resources, upstream)
    for _ in range(12):
        kill_worker(signet)
    wait_until(lambda: gateway_answers(signet), 5, "an answer after twelve kills")
    assert signet.program is not None and signet.program.running()


def test_the_worker_ends_with_its_supervisor(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    signet = prepared(new_signet, demo_resources, upstream)
    worker = signet.worker
    assert signet.program is not None
    signet.program.stop(signal.SIGKILL)
    wait_until(lambda: not is_alive(worker), 5, "the worker's end")


def test_a_worker_is_started_anew_when_nobody_reads_the_log(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet(start=False)
    signet.directory.mkdir()
    environment = clean_environment(signet.environment)
    command = [str(BINARY), "serve", "--data", str(signet.data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout and process.stderr
    try:
        assert process.stdout.readline().startswith(b"listening gateway")
        process.stdout.close()
        process.stderr.close()
        for _ in range(2):
            wait_until(lambda: control_answers(signet), 10, "an answer")
            (worker,) = children(process.pid)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: children(process.pid) not in ([worker], []) or process.poll() is not None, 5, "another")
            assert process.poll() is None, process.returncode
        wait_until(lambda: control_answers(signet), 10, "an answer")
    finally:
        process.terminate()
        assert process.wait(20) == 0


def control_answers(signet: Signet) -> bool:
    try:
        return web.get(f"{signet.control}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def sealed_by(directory: Path) -> dict[str, str]:
    """Settings that seal the root key by a passphrase."""
    file = directory / "passphrase"
    file.write_text(ledger.note_secret(PASSPHRASE, "passphrase"))
    return {"SIGNET_ROOT_KEY__PASSPHRASE_FILE": str(file)}


def test_a_worker_is_started_anew_without_file_and_passphrase(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, tmp_path: Path
) -> None:
    signet = new_signet(sealed_by(tmp_path))
    signet.apply(demo_resources(upstream.url))
    token = signet.token("reporter", ORDERS)
    (tmp_path / "passphrase").unlink()
    document = (signet.data / "root.key").read_bytes()
    (signet.data / "root.key").unlink()
    for _ in range(3):
        kill_worker(signet)
        wait_until(lambda: gateway_answers(signet), 5, "an answer")
        assert signet.call("/orders/1", token).status_code == 200
        assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200
    (signet.data / "root.key").write_bytes(document)


def test_the_opened_root_key_is_in_locked_memory_of_the_supervisor_alone(
    new_signet: Callable[..., Signet], tmp_path: Path
) -> None:
    signet = new_signet(sealed_by(tmp_path))
    assert signet.program is not None
    supervisor = signet.program.pid
    kill_worker(signet)
    wait_until(lambda: web.get(f"{signet.control}/readyz").status_code == 200, 5, "readiness")
    root_key = vault.root_key(signet.data, PASSPHRASE)
    assert mapped(supervisor, "memfd:signet-root-key") and locked_kilobytes(supervisor) > 0
    memory = [path for path in Path(f"/proc/{supervisor}/fd").iterdir() if "signet-root-key" in os.readlink(path)]
    assert len(memory) == 1 and memory[0].read_bytes()[1:33] == root_key
    # Nobody can change it any more, and it is not inherited by accident.
    with pytest.raises(OSError):
        os.pwrite(os.open(memory[0], os.O_RDWR), b"x", 0)
    flags = Path(f"/proc/{supervisor}/fdinfo/{memory[0].name}").read_text()
    assert int(flags.split("flags:")[1].split()[0], 8) & os.O_CLOEXEC
    for pid in (supervisor, signet.worker):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert PASSPHRASE.encode() not in environment and root_key not in environment
        assert "Max core file size        0                    0" in Path(f"/proc/{pid}/limits").read_text()
    # The worker has its copy and no way back to the memory.
    assert not any("memfd:" in os.readlink(path) for path in Path(f"/proc/{signet.worker}/fd").iterdir())
    assert not mapped(signet.worker, "memfd:signet-root-key")
    for file in signet.directory.rglob("*"):
        if file.is_file():
            assert root_key not in file.read_bytes(), file


def mapped(pid: int, name: str) -> bool:
    return name in Path(f"/proc/{pid}/maps").read_text()


def locked_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmLck:"))
