"""SoftHSM 2 tokens, each test with its own, and modules in front of it that fail on demand."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import ledger

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/libsofthsm2.so")


class SoftHSM:
    """A directory of tokens with its configuration."""

    # Long enough that the suite's ledger can look for it everywhere.
    pin = "end-to-end-user-pin-4711"
    officer_pin = "end-to-end-officer-pin-0815"

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.directory = directory
        self.tokens = directory / "tokens"
        self.tokens.mkdir()
        # Numbers, by the tokens' labels.
        self.slots: dict[str, int] = {}
        configuration = directory / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        # What the server's environment needs, for the module in its worker.
        self.environment = {"SOFTHSM2_CONF": str(configuration)}
        found = [Path(path) for path in MODULES if Path(path).exists()]
        assert found, "SoftHSM is missing: run scripts/install-packages test"
        self.module = found[0]
        ledger.note_secret(self.pin, "PIN of the token")
        ledger.note_secret(self.officer_pin, "PIN of the security officer")

    def make_token(self, label: str) -> None:
        """A new token."""
        done = self.run(
            "softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", self.officer_pin, "--pin", self.pin
        )
        found = re.search(r"reassigned to slot (\d+)", done)
        assert found, done
        self.slots[label] = int(found[1])

    def make_key(self, token: str, label: str, identity: str, *options: str, kind: str = "AES:32") -> None:
        """A key that can't leave the token, unless options say otherwise."""
        self.tool(token, "--keygen", "--key-type", kind, "--label", label, "--id", identity, *options)

    def put_key(self, token: str, label: str, identity: str, value: bytes) -> None:
        """An AES key that comes from outside, and can't leave any more."""
        file = self.directory / "value"
        file.write_bytes(value)
        attributes = ("--key-type", "AES:32", "--label", label, "--id", identity, "--sensitive", "--usage-decrypt")
        self.tool(token, "--write-object", str(file), "--type", "secrkey", *attributes)
        file.unlink()

    def tool(self, token: str, *arguments: str) -> str:
        return self.run(
            "pkcs11-tool", "--module", self.module, "--token-label", token, "--login", "--pin", self.pin, *arguments
        )

    def run(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [str(argument) for argument in arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def go_away(self) -> None:
        self.tokens.rename(self.directory / "away")

    def come_back(self) -> None:
        (self.directory / "away").rename(self.tokens)


class FaultyModule:
    """A module in front of a SoftHSM's."""

    def __init__(self, hsm: SoftHSM) -> None:
        compiler = shutil.which("cc") or shutil.which("clang")
        assert compiler, "no C compiler"
        self.module = hsm.directory / "faults.so"
        source = Path(__file__).parent / "pkcs11_faults.c"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.module, source, "-ldl"], check=True)
        self._faults = hsm.directory / "faults"
        self._calls = hsm.directory / "calls"
        self.environment = hsm.environment | {
            "FAULTS_MODULE": str(hsm.module),
            "FAULTS_FILE": str(self._faults),
            "FAULTS_CALLS": str(self._calls),
        }
        self.set()

    def set(self, *faults: str) -> None:
        """Faults from now on, as `FUNCTION CODE-OR-hang TIMES`; forgets the calls so far."""
        self._faults.write_text("".join(f"{fault}\n" for fault in faults))
        self._calls.write_text("")

    def calls(self, function: str) -> int:
        return self._calls.read_text().split().count(function)
