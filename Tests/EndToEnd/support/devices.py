"""Devices that keep keys of tokens, each behind the same few words, so that a test is written once for all of them."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from . import ledger
from .openbao import OpenBao
from .places import BINARY
from .processes import Program, free_port, wait_until
from .relay import Relay
from .softhsm import SoftHSM
from .web import web


class Device:
    """A real device, with what a server needs to use it."""

    # What signet.yaml calls it.
    kind: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that keeps keys of its tokens there."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """What the device calls its asymmetric keys."""
        raise NotImplementedError

    def go_away(self) -> None:
        raise NotImplementedError

    def come_back(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Ends what was started."""


def settings(kind: str, **values: str) -> dict[str, str]:
    found = {"PROVIDER": kind} | {f"{kind}__{name}": value for name, value in values.items()}
    return {f"SIGNET_KEYS__{name.upper()}": value for name, value in found.items()}


class BaoDevice(Device):
    """OpenBao's transit engine, with a token that may do just what the documentation says."""

    kind = "transit"
    POLICY = """
path "{mount}/keys/signet-*" {{ capabilities = ["create", "read", "update", "delete"] }}
path "{mount}/keys/signet-*/config" {{ capabilities = ["update"] }}
path "{mount}/sign/signet-*" {{ capabilities = ["update"] }}
path "{mount}/decrypt/signet-*" {{ capabilities = ["update"] }}
path "{mount}/keys/{key}" {{ capabilities = ["read"] }}
path "{mount}/encrypt/{key}" {{ capabilities = ["update"] }}
path "{mount}/decrypt/{key}" {{ capabilities = ["update"] }}
"""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.server = OpenBao(directory).start()
        self.server.mount()
        self.server.make_key("wrapping")
        self.server.make_policy("signet", "wrapping", text=self.POLICY)
        self.token = self.server.make_token("signet")

    @property
    def environment(self) -> dict[str, str]:
        return settings("transit", address=self.server.address, token=self.token, key="wrapping")

    def names(self) -> list[str]:
        found: list[str] = self.server.ask("LIST", "transit/keys")["data"]["keys"]
        return sorted(name for name in found if name != "wrapping")

    def go_away(self) -> None:
        self.server.kill()

    def come_back(self) -> None:
        self.server.start()

    def hang(self) -> None:
        assert self.server.program is not None
        os.kill(self.server.program.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.server.program is not None
        os.kill(self.server.program.pid, signal.SIGCONT)

    def close(self) -> None:
        if self.server.is_running:
            self.server.kill()


class TokenDevice(Device):
    """A token of SoftHSM behind PKCS#11."""

    kind = "pkcs11"

    def __init__(self, directory: Path) -> None:
        self.hsm = SoftHSM(directory)
        self.hsm.make_token("signet")
        self.hsm.make_key("signet", "wrapping", "aa", "--sensitive")

    @property
    def environment(self) -> dict[str, str]:
        return self.hsm.environment | settings(
            "pkcs11", module=str(self.hsm.module), token="signet", pin=self.hsm.pin, key="wrapping"
        )

    def names(self) -> list[str]:
        listed = self.hsm.tool("signet", "--list-objects", "--type", "privkey")
        return sorted(line.split(":")[1].strip() for line in listed.splitlines() if line.strip().startswith("ID:"))

    def go_away(self) -> None:
        self.hsm.go_away()

    def come_back(self) -> None:
        self.hsm.come_back()


class KMSDevice(Device):
    """ministack's KMS, which keeps its keys in memory only: it goes away by the way to it."""

    kind = "aws_kms"
    region = "eu-central-1"

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        port = free_port()
        # Without the last one it listens on port 8883 of every address too.
        environment = {
            "HOME": str(directory),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "SERVICES": "kms",
            "IOT_MTLS_ENABLED": "0",
        }
        program = BINARY.parents[2] / ".venv/bin/ministack"
        self.program = Program([program], directory, "ministack", environment)
        self.direct = f"http://127.0.0.1:{port}"
        wait_until(self.answers, 30, "an answer of ministack")
        self.relay = Relay(port)
        self.secret = ledger.note_secret("end-to-end-secret-access-key-1234567890", "AWS's secret access key")
        self.wrapping = self.ask("CreateKey", {"Description": "wrapping"})["KeyMetadata"]["KeyId"]

    def answers(self) -> bool:
        try:
            return "Keys" in self.ask("ListKeys", {})
        except httpx.TransportError:
            assert self.program.running(), self.program.log.read_text()[-2000:]
            return False

    def ask(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        credential = f"AWS4-HMAC-SHA256 Credential=test/20260101/{self.region}/kms/aws4_request"
        headers = {"X-Amz-Target": f"TrentService.{operation}", "Authorization": credential}
        headers["Content-Type"] = "application/x-amz-json-1.1"
        answer = web.post(self.direct, content=json.dumps(body), headers=headers, timeout=10)
        return dict(answer.json())

    @property
    def environment(self) -> dict[str, str]:
        credentials = {"AWS_ACCESS_KEY_ID": "end-to-end", "AWS_SECRET_ACCESS_KEY": self.secret}
        endpoint = f"http://127.0.0.1:{self.relay.port}"
        return credentials | settings("aws_kms", endpoint=endpoint, region=self.region, key=self.wrapping)

    def names(self) -> list[str]:
        found = []
        for key in self.ask("ListKeys", {})["Keys"]:
            metadata = self.ask("DescribeKey", {"KeyId": key["KeyId"]})["KeyMetadata"]
            if metadata["KeyId"] != self.wrapping and metadata["KeyState"] == "Enabled":
                found.append(metadata["KeyId"])
        return sorted(found)

    def go_away(self) -> None:
        self.relay.close()

    def come_back(self) -> None:
        self.relay.open()

    def close(self) -> None:
        self.relay.close()
        self.program.stop(signal.SIGKILL)


DEVICES: dict[str, Callable[[Path], Device]] = {"openbao": BaoDevice, "softhsm": TokenDevice, "ministack": KMSDevice}
