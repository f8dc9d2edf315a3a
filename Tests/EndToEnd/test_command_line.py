"""Exit statuses and messages that scripts rely on."""

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.places import BINARY
from support.processes import Program, free_port, wait_until
from support.server import Signet, run
from support.web import web


def test_without_a_server_69(tmp_path: Path) -> None:
    (tmp_path / "admin.token").write_text("x" * 43)
    environment = {
        "SIGNET_SERVER": f"http://127.0.0.1:{free_port()}",
        "SIGNET_ADMIN_TOKEN_FILE": str(tmp_path / "admin.token"),
    }
    for arguments in (["keys", "list"], ["export"]):
        done = run(*arguments, environment=environment)
        assert (done.returncode, done.stdout) == (69, ""), done.stderr
        assert environment["SIGNET_SERVER"] in done.stderr


def certificate(directory: Path, name: str) -> ssl.SSLContext:
    """A TLS server's context with a certificate that nobody trusts."""
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout key.pem -out cert.pem"
    subprocess.run(
        ["openssl", *command.split(), "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{name}"],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


@contextmanager
def listener(context: ssl.SSLContext | None, answer: bytes | None) -> Iterator[int]:
    """A port that shakes hands by TLS if it has a context, and says `answer` to whatever comes; None: nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                    connection.settimeout(5)
                    if context:
                        connection = context.wrap_socket(connection, server_side=True)
                    connection.recv(4096)
                    if answer is not None:
                        connection.sendall(answer)
                    connection.close()
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


HTTP_400 = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "scheme, is_tls, answer, words",
    [
        ("https", True, HTTP_400, ["certificate", "trusted"]),
        ("https", False, HTTP_400, ["TLS", "http://"]),
        ("http", True, b"", ["https://"]),
        ("http", False, b"SSH-2.0-OpenSSH_9.2\r\n", ["HTTP"]),
        ("http", False, b"", ["closed"]),
    ],
    ids=["untrusted", "no-tls", "tls-by-http", "ssh", "silent"],
)
def test_a_connection_that_fails_says_where_what_and_what_to_do_69(
    tmp_path: Path, scheme: str, is_tls: bool, answer: bytes, words: list[str]
) -> None:
    (tmp_path / "admin.token").write_text("x" * 43)
    context = certificate(tmp_path, "127.0.0.1") if is_tls else None
    with listener(context, answer) as port:
        server = f"{scheme}://127.0.0.1:{port}"
        done = run("keys", "list", "--server", server, "--admin-token-file", tmp_path / "admin.token")
        assert (done.returncode, done.stdout) == (69, ""), (done.returncode, done.stderr)
        assert server in done.stderr and all(word in done.stderr for word in words), done.stderr
        again = run("keys", "list", "--json", "--server", server, "--admin-token-file", tmp_path / "admin.token")
        error = json.loads(again.stdout)["error"]
        assert (again.returncode, error["exit_status"]) == (69, 69) and error["code"], error


def test_something_that_is_no_signet_server_69(tmp_path: Path) -> None:
    (tmp_path / "admin.token").write_text("x" * 43)
    answer = HTTP_400.replace(b"400 Bad Request", b"404 Not Found")
    with listener(None, answer) as port:
        server = f"http://127.0.0.1:{port}"
        done = run("keys", "list", "--server", server, "--admin-token-file", tmp_path / "admin.token")
    assert (done.returncode, done.stdout) == (69, ""), (done.returncode, done.stderr)
    assert server in done.stderr and "is it a Signet server?" in done.stderr


@pytest.mark.parametrize("arguments", [["export"], ["export", "--json"], ["keys", "list"]])
def test_an_answer_of_another_kind_is_no_result_69(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "admin.token").write_text("x" * 43)
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with listener(None, page) as port:
        server = f"http://127.0.0.1:{port}"
        done = run(*arguments, "--server", server, "--admin-token-file", tmp_path / "admin.token")
    assert done.returncode == 69 and "{}" not in done.stdout, (done.returncode, done.stdout, done.stderr)
    assert server in done.stdout + done.stderr and "is it a Signet server?" in done.stdout + done.stderr


def test_a_server_whose_management_api_is_elsewhere_69(new_signet: Callable[..., Signet]) -> None:
    port = free_port()
    signet = new_signet({"SIGNET_LISTENERS__ADMIN__ADDRESS": f"127.0.0.1:{port}"})
    done = signet.run("keys", "list")
    assert (done.returncode, done.stdout) == (69, ""), (done.returncode, done.stderr)
    assert "listeners.admin" in done.stderr and "--server" in done.stderr
    assert signet.run("keys", "list", "--server", f"http://127.0.0.1:{port}").returncode == 0


def test_the_gateway_is_not_the_control_listener_69(signet: Signet) -> None:
    for command in (["keys", "list"], ["token"]):
        credentials = signet.directory / "clients.json"
        options = ["--credentials", credentials, "--client", "reporter"] if command == ["token"] else []
        done = signet.run(*command, *options, "--server", signet.gateway)
        assert (done.returncode, done.stdout) == (69, ""), (done.returncode, done.stderr)
        assert "is the gateway" in done.stderr and "--server" in done.stderr, done.stderr


def test_a_name_that_does_not_exist_69(tmp_path: Path) -> None:
    (tmp_path / "admin.token").write_text("x" * 43)
    server = "http://nowhere.invalid:1"
    done = run("export", "--server", server, "--admin-token-file", tmp_path / "admin.token")
    assert (done.returncode, done.stdout) == (69, ""), done.stderr
    assert server in done.stderr and "name" in done.stderr and "--server" in done.stderr, done.stderr


def test_with_a_wrong_or_no_credential_77(signet: Signet, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("A" * 43)
    done = signet.run("keys", "list", environment={"SIGNET_ADMIN_TOKEN_FILE": str(wrong)})
    assert (done.returncode, done.stdout) == (77, ""), done.stderr
    done = signet.run("keys", "list", environment={"SIGNET_ADMIN_TOKEN_FILE": str(tmp_path / "none")})
    assert done.returncode == 77, done.stderr
    assert "--admin-token-file" in done.stderr

    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp4"}):
        answer = web.get(f"{signet.control}/admin/v1/keys", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_clients_wrong_secret_77(signet: Signet, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    done = signet.run("token", "--client", "reporter", "--secret-file", secret)
    assert (done.returncode, done.stdout) == (77, ""), done.stderr


def test_a_refused_scope_1(signet: Signet, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(signet.credentials["reporter"].client_secret)
    done = signet.run("token", "--client", "reporter", "--secret-file", secret, "--scope", "orders.write")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("refused: invalid_scope: ")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["jwk", "generate"], ["jwk", "generate", "--alg", "none"], ["serve", "--role", "x"]]
)
def test_a_wrong_command_line_64(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (64, ""), done.stderr
    assert done.stderr


def test_a_kid_from_elsewhere_may_begin_with_a_hyphen(tmp_path: Path) -> None:
    kid = "-2G6HWX3f8mc4hBwEmNYJQ"
    key = tmp_path / "key.jwk"
    key.write_text(run("jwk", "generate", "--alg", "HS256", "--kid", kid).stdout)
    asked = ("--key", key, "--kid", kid, "--jwt-id", kid, "--nonce", kid)
    signed = run("jwt", "sign", *asked, "--lifetime", "5m", input="{}")
    assert signed.returncode == 0, signed.stderr
    checked = run("jwt", "verify", *asked, input=signed.stdout)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["jti"] == kid
    both = ("--key", key, "--key", tmp_path / "other.jwk", "--kid", "-a", "--sign-kid", kid)
    (tmp_path / "other.jwk").write_text(run("jwk", "generate", "--alg", "A256KW", "--kid", "-a").stdout)
    sealed = run("jwt", "seal", *both, "--lifetime", "5m", input="{}")
    assert sealed.returncode == 0, sealed.stderr
    # As an argument it comes after what ends the options.
    missing = run("keys", "revoke", "--data", tmp_path, "--", kid)
    assert "admin.token" in missing.stderr and missing.returncode != 64, missing.stderr


def test_malformed_input_65(tmp_path: Path) -> None:
    for arguments, text in (
        (["jwt", "decode"], "not a token"),
        (["jwk", "thumbprint"], "{"),
        (["jwk", "public"], "[]"),
    ):
        done = run(*arguments, input=text)
        assert (done.returncode, done.stdout) == (65, ""), (arguments, done.stderr)


def test_a_refusal_is_one_line_1(tmp_path: Path) -> None:
    key = tmp_path / "key.jwk"
    key.write_text(run("jwk", "generate", "--alg", "HS256").stdout)
    other = tmp_path / "other.jwk"
    other.write_text(
        json.dumps(
            json.loads(run("jwk", "generate", "--alg", "HS256").stdout) | {"kid": json.loads(key.read_text())["kid"]}
        )
    )
    signed = run("jws", "sign", "--key", key, input="hello").stdout
    good = run("jws", "verify", "--key", key, "--alg", "HS256", input=signed)
    assert (good.returncode, good.stdout) == (0, "hello")
    bad = run("jws", "verify", "--key", other, "--alg", "HS256", input=signed)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("refused: signature-invalid: ") and bad.stderr.count("\n") == 1
    refused = run("jws", "verify", "--key", key, "--alg", "HS512", input=signed)
    assert (refused.returncode, refused.stdout) == (1, "")


def test_help_is_there_for_every_command() -> None:
    for command in ("serve", "token", "echo", "jwk", "jws", "jwe", "jwt", "keys", "apply", "export", "bench"):
        done = run(command, "--help")
        assert done.returncode == 0 and "USAGE" in done.stdout, command
    assert run("--version").returncode == 0


def test_echo_prints_where_it_listens_and_describes_requests(tmp_path: Path) -> None:

    program = Program([BINARY, "echo", "--listen", "127.0.0.1:0"], tmp_path, "echo", {})
    try:
        wait_until(lambda: "\n" in program.printed(), 10, "the listening line")
        url = program.printed().split()[2]
        answer = web.post(f"{url}/a/b?c=1", content=b"hello")
        assert answer.json()["method"] == "POST" and answer.json()["body_bytes"] == 5
        assert web.get(f"{url}/?status=503").status_code == 503
        assert len(web.get(f"{url}/?bytes=1000").content) == 1000
    finally:
        assert program.stop() == 0
