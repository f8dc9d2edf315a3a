"""What is wrong with a configuration is told with its line, and nothing starts."""

import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from support.places import BINARY
from support.processes import Program, free_port, wait_until
from support.server import Signet, run
from support.web import web


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("issuer: http://127.0.0.1:8081\nisuer: x\n", 2, ["isuer", "unknown"]),
        ("limits:\n  head_bytes: 32768\n  head_byte: 1\n", 3, ["limits.head_byte"]),
        ("listeners:\n  gateway:\n    address: nowhere\n", 3, ["listeners.gateway.address", "expected"]),
        ("listeners:\n  gateway: {address: 0.0.0.0:8080}\n", 2, ["listeners.gateway.address", "plaintext"]),
        ("limits:\n  token_bytes: many\n", 2, ["limits.token_bytes", "expected"]),
        ("issuer: 127.0.0.1\n", 1, ["issuer", "expected"]),
        ("root_key: {provider: cloud}\n", 1, ["root_key.provider"]),
        ("store: {url: mysql://x}\n", 1, ["store.url"]),
        ("issuer: http://a\nissuer: http://b\n", 1, ["issuer", "once"]),
        ("issuer: [\n", 2, []),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    (tmp_path / "signet.yaml").write_text(text)
    done = run("serve", "--config", "signet.yaml", "--data", "data", cwd=tmp_path)
    assert done.returncode == 78, (done.returncode, done.stderr)
    assert f"signet.yaml:{line}" in done.stderr, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert done.stdout == ""


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "signet.yaml").write_text("isuer: x\nlimits: {head_byte: 1}\nlog: {level: loud}\n")
    done = run("serve", "--config", "signet.yaml", cwd=tmp_path)
    assert done.returncode == 78
    assert all(f"signet.yaml:{line}" in done.stderr for line in (1, 2, 3)), done.stderr


def test_an_unknown_setting_in_the_environment(tmp_path: Path) -> None:
    done = run("serve", environment={"SIGNET_LIMITS__HEAD_BYTE": "1"}, cwd=tmp_path)
    assert done.returncode == 78
    assert "SIGNET_LIMITS__HEAD_BYTE" in done.stderr


def test_a_setting_of_an_unknown_part_is_an_error_and_a_foreign_name_is_not(tmp_path: Path) -> None:
    done = run("serve", environment={"SIGNET_LISTENER__GATEWAY__ADDRESS": "127.0.0.1:1"}, cwd=tmp_path)
    assert done.returncode == 78
    assert "SIGNET_LISTENER__GATEWAY__ADDRESS" in done.stderr and "unknown" in done.stderr
    done = run("serve", environment={"SIGNET_PORT_8080_TCP": "tcp://10.0.0.1:8080", "SIGNET_ISSUER": "x"}, cwd=tmp_path)
    assert done.returncode == 78
    assert "SIGNET_PORT_8080_TCP is no setting" in done.stderr and "issuer: expected" in done.stderr


def test_port_0_is_chosen_and_told(tmp_path: Path) -> None:
    environment = {
        "SIGNET_LISTENERS__GATEWAY__ADDRESS": "127.0.0.1:0",
        "SIGNET_LISTENERS__CONTROL__ADDRESS": "127.0.0.1:0",
    }
    program = Program([BINARY, "serve", "--data", tmp_path / "data"], tmp_path, "serve", environment)
    try:
        wait_until(lambda: program.printed().count("\n") == 2, 20, "two lines")
        lines = program.printed().splitlines()
        assert [line.split()[:2] for line in lines] == [["listening", "gateway"], ["listening", "control"]]
        assert all(int(line.rsplit(":", 1)[1]) > 0 for line in lines)
    finally:
        assert program.stop() == 0


def test_an_admin_listener_takes_the_management_off_control(new_signet: Callable[..., Signet]) -> None:

    port = free_port()
    signet = new_signet({"SIGNET_LISTENERS__ADMIN__ADDRESS": f"127.0.0.1:{port}"})
    token = (signet.data / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert web.get(f"{signet.control}/admin/v1/keys", headers=headers).status_code == 404
    assert web.get(f"{signet.control}/metrics").status_code == 404
    assert web.get(f"http://127.0.0.1:{port}/admin/v1/keys", headers=headers).status_code == 200
    assert web.get(f"http://127.0.0.1:{port}/metrics").status_code == 200


def own_address() -> str | None:
    """An address of this machine that isn't loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Chooses a route and sends nothing.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def test_an_admin_listener_answers_to_its_own_address(new_signet: Callable[..., Signet]) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has only loopback addresses")
    port = free_port()
    listener = {"SIGNET_LISTENERS__ADMIN__ADDRESS": f"{address}:{port}"}
    done = run("serve", environment=listener)
    assert done.returncode == 78 and "plaintext" in done.stderr, done.stderr
    signet = new_signet(listener | {"SIGNET_LISTENERS__ADMIN__PLAINTEXT": "true"})
    token = (signet.data / "admin.token").read_text().strip()
    url = f"http://{address}:{port}"
    assert web.get(f"{url}/admin/v1/keys", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert web.get(f"{url}/healthz", headers={"Host": "evil.example"}).status_code == 421
    assert web.get(f"{signet.control}/healthz", headers={"Host": f"{address}:{port}"}).status_code == 421
    # It isn't loopback, so that metrics need the credential.
    assert web.get(f"{url}/metrics").status_code == 401


def test_two_servers_do_not_share_a_data_directory(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet()
    done = run(
        "serve",
        "--data",
        signet.data,
        environment={
            "SIGNET_LISTENERS__GATEWAY__ADDRESS": "127.0.0.1:0",
            "SIGNET_LISTENERS__CONTROL__ADDRESS": "127.0.0.1:0",
        },
    )
    assert done.returncode == 78 and "another" in done.stderr


def test_an_address_in_use_is_told(new_signet: Callable[..., Signet], tmp_path: Path) -> None:
    signet = new_signet()
    environment = {
        "SIGNET_LISTENERS__GATEWAY__ADDRESS": f"127.0.0.1:{signet.gateway_port}",
        "SIGNET_LISTENERS__CONTROL__ADDRESS": "127.0.0.1:0",
    }
    done = run("serve", "--data", tmp_path / "other", environment=environment)
    assert done.returncode == 78 and str(signet.gateway_port) in done.stderr


def test_secrets_on_the_disk_are_for_the_owner_alone(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet()
    for name in ("root.key", "admin.token", "setup.code"):
        assert stat.S_IMODE(os.stat(signet.data / name).st_mode) == 0o600, name
    assert stat.S_IMODE(os.stat(signet.data).st_mode) == 0o700
    token = (signet.data / "admin.token").read_text().strip()
    for file in signet.data.glob("signet.db*"):
        assert token.encode() not in file.read_bytes(), "the store keeps a digest only"


def test_a_root_key_that_others_may_read_is_refused(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet()
    assert signet.stop() == 0
    (signet.data / "root.key").chmod(0o644)
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 78, (done.returncode, done.stderr)
    assert "root.key" in done.stderr


def test_a_missing_or_foreign_root_key_is_told_and_nothing_is_made(
    new_signet: Callable[..., Signet], tmp_path: Path
) -> None:
    first, second = new_signet(), new_signet()
    assert first.stop() == 0 and second.stop() == 0
    own = (first.data / "root.key").read_bytes()
    (first.data / "root.key").unlink()
    done = run("serve", "--data", first.data, environment=first.environment)
    assert done.returncode == 78 and "backup" in done.stderr, done.stderr
    assert not (first.data / "root.key").exists()
    (second.data / "root.key").write_bytes(own)
    done = run("serve", "--data", second.data, environment=second.environment)
    assert done.returncode == 78 and "another installation" in done.stderr, done.stderr
    (first.data / "root.key").write_bytes(own)
    (first.data / "root.key").chmod(0o600)
    first.start()


def test_a_passphrase_seals_the_root_key(new_signet: Callable[..., Signet], tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    signet = new_signet({"SIGNET_ROOT_KEY__PASSPHRASE_FILE": str(secret)})
    document = json.loads((signet.data / "root.key").read_text())
    assert "key" not in document and document["scrypt"]["n"] >= 1 << 15
    assert signet.stop() == 0
    secret.write_text("incorrect donkey battery staple\n")
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 78 and "passphrase" in done.stderr, done.stderr
    assert "staple" not in done.stderr
    secret.write_text("correct horse battery staple\n")
    signet.start()
