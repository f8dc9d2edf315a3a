"""Devices that keep keys of tokens, each behind the same few words, so that a test is written once for all of them."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from .openbao import OpenBao
from .softhsm import SoftHSM


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


DEVICES: dict[str, Callable[[Path], Device]] = {"openbao": BaoDevice, "softhsm": TokenDevice}
