"""A running `signet serve` and its command line."""

import json
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from . import ledger
from .places import BINARY
from .processes import Program, children, clean_environment, free_port, is_alive, wait_until
from .web import web


@dataclass
class Credential:
    """A client as `signet apply --secrets-to` wrote it."""

    client_id: str
    client_secret: str


class Signet:
    """One server with its data directory. Ports stay the same over restarts."""

    def __init__(self, directory: Path, environment: dict[str, str] | None = None) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.gateway_port = free_port()
        self.control_port = free_port()
        self.gateway = f"http://127.0.0.1:{self.gateway_port}"
        self.control = f"http://127.0.0.1:{self.control_port}"
        self.environment = {
            "SIGNET_ISSUER": self.control,
            "SIGNET_PUBLIC_URL": self.gateway,
            "SIGNET_LISTENERS__GATEWAY__ADDRESS": f"127.0.0.1:{self.gateway_port}",
            "SIGNET_LISTENERS__CONTROL__ADDRESS": f"127.0.0.1:{self.control_port}",
            "SIGNET_LOG__LEVEL": "debug",
        } | (environment or {})
        # What the server is started through, such as a program that takes away privileges.
        self.prefix: list[str] = []
        self.program: Program | None = None
        self.credentials: dict[str, Credential] = {}

    # Life

    def start(self) -> "Signet":
        command = [*self.prefix, BINARY, "serve", "--data", self.data]
        self.program = Program(command, self.directory, "serve", self.environment)
        ledger.outputs.update({self.program.output, self.program.log})
        ledger.stores.add(self.data)
        program = self.program

        def ready() -> bool:
            assert program.running(), f"serve ended: {program.log.read_text()[-2000:]}"
            lines = program.printed().splitlines()
            return {f"listening gateway {self.gateway}", f"listening control {self.control}"} <= set(lines)

        wait_until(ready, 30, "both listening lines")
        for name in ("admin.token", "setup.code"):
            if (self.data / name).exists():
                ledger.note_secret((self.data / name).read_text().strip(), name)
        return self

    def stop(self) -> int:
        assert self.program is not None
        return self.program.stop()

    def kill(self) -> None:
        """Ends the supervisor, and with it the worker, without a word."""
        assert self.program is not None
        workers = children(self.program.pid)
        self.program.stop(signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, workers)), 5, "the worker's end")

    @property
    def worker(self) -> int:
        """The worker's process id."""
        assert self.program is not None
        found = children(self.program.pid)
        assert len(found) == 1, f"expected one worker, found {found}"
        return found[0]

    @property
    def log(self) -> str:
        assert self.program is not None
        return self.program.log.read_text(errors="replace")

    def log_line(self, request_id: str) -> dict[str, Any]:
        """The line of the operator's log about a request; waits until it is there."""
        lines: list[str] = []

        def found() -> bool:
            lines[:] = [line for line in self.log.splitlines() if request_id and request_id in line]
            return bool(lines)

        wait_until(found, 3, f"a line about request {request_id}")
        return dict(json.loads(lines[0]))

    # Commands

    def run(
        self,
        *arguments: str | Path,
        input: str | None = None,
        environment: dict[str, str] | None = None,
        secret_output: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the program against this server."""
        more = {
            "SIGNET_SERVER": self.control,
            "SIGNET_ADMIN_TOKEN_FILE": str(self.data / "admin.token"),
        } | (environment or {})
        done = run(*arguments, input=input, environment=more, cwd=self.directory)
        ledger.diagnostics.append(done.stderr if secret_output else done.stdout + done.stderr)
        return done

    def apply(self, yaml: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Applies resources and remembers the secrets that were made."""
        file = self.directory / "clients.json"
        done = self.run("apply", "-f", "-", "--secrets-to", file, *options, input=yaml)
        assert done.returncode == 0, done.stderr
        if file.exists():
            for client in json.loads(file.read_text())["clients"]:
                ledger.note_secret(client["client_secret"], f"secret of {client['client_id']}")
                self.credentials[client["client_id"]] = Credential(client["client_id"], client["client_secret"])
        return done

    def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Calls the management API."""
        token = (self.data / "admin.token").read_text().strip()
        return web.request(
            method,
            f"{self.control}/admin/v1{path}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            **options,
        )

    # Tokens

    def oauth(self, path: str, client: str, **form: str) -> httpx.Response:
        """Posts a form to an OAuth endpoint as a client with HTTP Basic."""
        credential = self.credentials[client]
        return web.post(
            f"{self.control}/oauth/{path}",
            data=form,
            auth=(credential.client_id, credential.client_secret),
            timeout=30,
        )

    def token(self, client: str, resource: str | None = None, scope: str | None = None) -> str:
        """A new access token."""
        form = {"grant_type": "client_credentials"}
        if resource:
            form["resource"] = resource
        if scope:
            form["scope"] = scope
        answer = self.oauth("token", client, **form)
        assert answer.status_code == 200, answer.text
        return ledger.note_secret(answer.json()["access_token"], f"token of {client}")

    def call(self, path: str, token: str | None = None, method: str = "GET", **options: Any) -> httpx.Response:
        """Calls through the gateway."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return web.request(method, f"{self.gateway}{path}", headers=headers, timeout=30, **options)


def run(
    *arguments: str | Path,
    input: str | None = None,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = 120,
    prefix: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Runs the program with nothing of the caller's settings."""
    return subprocess.run(
        [*prefix, str(BINARY), *map(str, arguments)],
        input=input if input is not None else "",
        capture_output=True,
        text=True,
        env=clean_environment(environment or {}),
        cwd=cwd,
        timeout=seconds,
    )
