"""The root key wrapped by a key in a PKCS#11 token: SoftHSM, and SoftHSM behind a module that fails on demand."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support import ledger, vault
from support.processes import wait_until
from support.resources import ORDERS
from support.server import Signet, run
from support.softhsm import FaultyModule, SoftHSM
from support.upstream import Upstream
from support.web import web

TOKEN, KEY = "signet e2e", "root-key"


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHSM:
    """A token with one key that will do."""
    hsm = SoftHSM(tmp_path / "hsm")
    hsm.make_token(TOKEN)
    hsm.make_key(TOKEN, KEY, "01", "--sensitive")
    return hsm


def settings(hsm: SoftHSM, **changes: str | None) -> dict[str, str]:
    """The environment of a server whose root key is wrapped by the HSM's key; None leaves a setting out."""
    values: dict[str, str | None] = {"module": str(hsm.module), "token": TOKEN, "key": KEY, "pin": hsm.pin} | changes
    named = {f"SIGNET_ROOT_KEY__PKCS11__{name.upper()}": value for name, value in values.items() if value is not None}
    return {"SIGNET_ROOT_KEY__PROVIDER": "pkcs11"} | named | hsm.environment


def refused(signet: Signet, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A start that must fail, and change nothing on disk but the store's own files."""
    signet.directory.mkdir(exist_ok=True)
    before = contents(signet.data)
    done = run("serve", "--data", signet.data, environment=environment or signet.environment)
    ledger.diagnostics.append(done.stdout + done.stderr)
    assert done.returncode != 0 and "listening" not in done.stdout, done.stdout
    assert contents(signet.data) == before
    return done


def contents(data: Path) -> dict[str, bytes]:
    """Files that a failed start must leave as they are: those beside the store, which has a log of its own."""
    if not data.exists():
        return {}
    names = [path for path in data.iterdir() if not path.name.startswith("signet.db") and path.name != "serve.lock"]
    return {path.name: path.read_bytes() for path in names}


def says(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    assert done.returncode == status, (done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def test_first_start_and_restart(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, hsm: SoftHSM
) -> None:
    signet = new_signet(settings(hsm))
    signet.apply(demo_resources(upstream.url))
    token = signet.token("reporter", ORDERS)
    assert signet.call("/orders/1", token).status_code == 200
    document = json.loads((signet.data / "root.key").read_text())
    assert set(document) == {"signet_root_key", "id", "provider", "place", "wrapped"}
    assert document["provider"] == "pkcs11" and TOKEN in document["place"] and KEY in document["place"]
    # Version, nonce, 32 octets of ciphertext, tag: and the device opens them to what the store was sealed by.
    wrapped = vault.unb64(document["wrapped"])
    assert len(wrapped) == 1 + 12 + 32 + 16 and wrapped[0] == 1
    root = root_key(signet)
    for file in signet.directory.rglob("*"):
        if file.is_file():
            assert root not in file.read_bytes() and vault.b64(root) not in file.read_text(errors="replace"), file
            assert hsm.pin.encode() not in file.read_bytes(), file
    before = (signet.data / "root.key").read_bytes()
    assert signet.stop() == 0
    signet.start()
    assert (signet.data / "root.key").read_bytes() == before
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200
    figures = web.get(f"{signet.control}/metrics").text
    assert 'signet_key_provider_available{provider="pkcs11",use="root-key"} 1' in figures
    assert 'signet_key_provider_answered_total{provider="pkcs11",use="root-key"} 1' in figures


def test_the_wrapped_form_is_aes_gcm_with_the_key_s_id_authenticated(
    new_signet: Callable[..., Signet], hsm: SoftHSM
) -> None:
    """By a key whose value the test knows, any implementation opens it."""
    value = os.urandom(32)
    hsm.put_key(TOKEN, "known", "02", value)
    signet = new_signet(settings(hsm, key="known"))
    document = json.loads((signet.data / "root.key").read_text())
    wrapped = vault.unb64(document["wrapped"])
    place = vault.associated("signet wrapped secret v1", "root-key", document["id"])
    assert AESGCM(value).decrypt(wrapped[1:13], wrapped[13:], place) == root_key(signet)


def root_key(signet: Signet) -> bytes:
    """The opened root key, which the supervisor keeps in memory for later workers."""
    assert signet.program is not None
    files = Path(f"/proc/{signet.program.pid}/fd").iterdir()
    memory = [path for path in files if "signet-root-key" in os.readlink(path)]
    assert len(memory) == 1
    root = memory[0].read_bytes()[1:33]
    ledger.note_secret(vault.b64(root), "root key")
    return root


def test_a_killed_worker_comes_back_while_the_device_is_away(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, hsm: SoftHSM
) -> None:
    signet = new_signet(settings(hsm))
    signet.apply(demo_resources(upstream.url))
    token = signet.token("reporter", ORDERS)
    hsm.go_away()
    old = signet.worker
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: is_another(signet, old), 10, "another worker")
    wait_until(lambda: web.get(f"{signet.control}/readyz").status_code == 200, 10, "readiness")
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200
    # A start is another matter: nobody keeps the key then.
    assert signet.stop() == 0
    says(refused(signet), 69, "provider-unreachable", TOKEN)
    hsm.come_back()
    signet.start()
    assert signet.call("/orders/1", token).status_code == 200


def is_another(signet: Signet, old: int) -> bool:
    try:
        return signet.worker != old
    except AssertionError:
        return False


def test_a_first_start_without_the_device_makes_nothing(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    signet = new_signet(settings(hsm), start=False)
    hsm.go_away()
    says(refused(signet), 69, "provider-unreachable")
    # Tokens are gone, their directory is there: no device is in any slot.
    hsm.tokens.mkdir()
    says(refused(signet), 69, "provider-unreachable", "no slot", "initialized token")
    assert not (signet.data / "root.key").exists()
    hsm.tokens.rmdir()
    hsm.come_back()
    signet.start()
    assert (signet.data / "root.key").exists()


def test_a_wrong_pin_is_sent_once(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    faulty = FaultyModule(hsm)
    wrong = ledger.note_secret("end-to-end-wrong-pin-0000", "a wrong PIN")
    signet = new_signet(settings(hsm, module=str(faulty.module)) | faulty.environment)
    assert signet.stop() == 0
    faulty.set()
    done = refused(signet, signet.environment | {"SIGNET_ROOT_KEY__PKCS11__PIN": wrong})
    says(done, 78, "provider-denied", "CKR_PIN_INCORRECT", "not sent again", "counts wrong attempts")
    assert faulty.calls("C_Login") == 1
    signet.start()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("a4", ["CKR_PIN_LOCKED", "locked", "security officer"]),
        ("a3", ["CKR_PIN_EXPIRED", "expired"]),
        ("102", ["CKR_USER_PIN_NOT_INITIALIZED", "no user PIN"]),
        # An answer that nobody knows may have been counted as well.
        ("80000123", ["CKR_VENDOR_DEFINED 0x80000123", "not sent again"]),
    ],
)
def test_a_login_that_the_token_refuses(
    new_signet: Callable[..., Signet], hsm: SoftHSM, code: str, words: list[str]
) -> None:
    faulty = FaultyModule(hsm)
    signet = new_signet(settings(hsm, module=str(faulty.module)) | faulty.environment, start=False)
    faulty.set(f"C_Login {code} 9")
    says(refused(signet), 78, "provider-denied", *words)
    assert faulty.calls("C_Login") == 1


@pytest.mark.parametrize(
    "fault",
    [
        "C_Decrypt b3 1",
        "C_Decrypt b0 1",
        "C_Decrypt 101 1",
        "C_Encrypt 32 1",
        "C_Encrypt e0 1",
        "C_DecryptInit 60 1",
        "C_OpenSession e0 1",
        "C_FindObjectsInit 190 1",
        "C_Encrypt 30 2",
        "C_Decrypt 5 1",
        "C_Decrypt 5 2",
        "C_GetTokenInfo 5 2",
        "C_Login 5 1",
    ],
)
def test_what_a_session_loses_is_found_again(new_signet: Callable[..., Signet], hsm: SoftHSM, fault: str) -> None:
    """A start needs one wrapping and one unwrapping: both work, whatever failed once or twice on the way."""
    faulty = FaultyModule(hsm)
    signet = new_signet(settings(hsm, module=str(faulty.module)) | faulty.environment, start=False)
    faulty.set(fault)
    signet.start()
    assert faulty.calls(fault.split()[0]) > 1
    assert faulty.calls("C_Login") >= 1
    before = faulty.calls("C_Finalize")
    assert signet.stop() == 0
    assert faulty.calls("C_Finalize") == before + 1


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("C_Encrypt 32 99", 69, ["provider-unreachable", "CKR_DEVICE_REMOVED"]),
        ("C_OpenSession b1 99", 69, ["provider-throttled", "CKR_SESSION_COUNT"]),
        # Nothing is ever opened: then it is the device that does not work, not the ciphertext that is wrong.
        ("C_Decrypt 5 99", 69, ["provider-unreachable", "CKR_GENERAL_ERROR"]),
        ("C_Decrypt 40 99", 78, ["provider-refused", "CKR_ENCRYPTED_DATA_INVALID"]),
        ("C_GetMechanismInfo 70 99", 78, ["provider-not-supported", "CKM_AES_GCM", "CKR_MECHANISM_INVALID"]),
        ("C_Encrypt 68 99", 78, ["provider-key-disabled", "CKR_KEY_FUNCTION_NOT_PERMITTED"]),
        ("C_Encrypt 7 99", 78, ["provider-answer-broken", "CKR_ARGUMENTS_BAD"]),
    ],
)
def test_what_a_module_answers_is_told_by_its_name(
    new_signet: Callable[..., Signet], hsm: SoftHSM, fault: str, status: int, words: list[str]
) -> None:
    faulty = FaultyModule(hsm)
    signet = new_signet(settings(hsm, module=str(faulty.module)) | faulty.environment, start=False)
    faulty.set(fault)
    says(refused(signet), status, *words)


def test_a_module_that_hangs_keeps_nobody(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    faulty = FaultyModule(hsm)
    signet = new_signet(settings(hsm, module=str(faulty.module)) | faulty.environment, start=False)
    faulty.set("C_Encrypt hang 99")
    start = time.monotonic()
    says(refused(signet), 69, "provider-unreachable", "has not answered within")
    # Three attempts of eight seconds, pauses, and two seconds for closing: less than the minute that a start may take.
    assert time.monotonic() - start < 40
    faulty.set()
    signet.start()


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"token": "nothing"}, 78, ["provider-key-missing", "nothing", TOKEN]),
        ({"token": None, "slot": "4711"}, 78, ["provider-key-missing", "slot 4711", TOKEN]),
        ({"key": "nothing"}, 78, ["provider-key-missing", "nothing", KEY, "spare (id 0a0b)"]),
        ({"key": None, "id": "ff"}, 78, ["provider-key-missing", "ff"]),
        ({"id": "0a0b"}, 78, ["provider-key-missing"]),
        ({"key": "twice"}, 78, ["provider-configuration-invalid", "several"]),
        ({"key": "clear"}, 78, ["provider-key-disabled", "CKA_SENSITIVE"]),
        ({"key": "mobile"}, 78, ["provider-key-disabled", "CKA_EXTRACTABLE", "can leave the token"]),
        ({"key": "short"}, 78, ["provider-key-disabled", "AES-256", "16"]),
        ({"key": "pair"}, 78, ["provider-key-disabled", "CKO_SECRET_KEY"]),
        ({"pin": None}, 78, ["provider-configuration-invalid", "pin"]),
        ({"module": "/nowhere/module.so"}, 78, ["provider-configuration-invalid", "/nowhere/module.so"]),
        ({"module": "/bin/true"}, 78, ["provider-configuration-invalid", "/bin/true"]),
        ({"module": None}, 78, ["root_key.pkcs11.module"]),
        ({"token": None}, 78, ["root_key.pkcs11.token"]),
        ({"key": None}, 78, ["root_key.pkcs11.key"]),
        ({"id": "0"}, 78, ["root_key.pkcs11.id", "hexadecimal"]),
        ({"colour": "blue"}, 78, ["root_key.pkcs11.colour", "unknown field"]),
        ({"uri": "pkcs11:token=x?pin-value=end-to-end-user-pin-4711"}, 78, ["root_key.pkcs11.uri", "pin-value"]),
    ],
    ids=lambda value: ",".join(map(str, value)) if isinstance(value, dict) else None,
)
def test_settings_that_lead_nowhere(
    new_signet: Callable[..., Signet], hsm: SoftHSM, changes: dict[str, str | None], status: int, words: list[str]
) -> None:
    hsm.make_token("another")
    hsm.make_key(TOKEN, "spare", "0a0b", "--sensitive")
    hsm.make_key(TOKEN, "twice", "02", "--sensitive")
    hsm.make_key(TOKEN, "twice", "03", "--sensitive")
    hsm.make_key(TOKEN, "clear", "04")
    hsm.make_key(TOKEN, "mobile", "05", "--sensitive", "--extractable")
    hsm.make_key(TOKEN, "short", "06", "--sensitive", kind="AES:16")
    hsm.tool(TOKEN, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "pair", "--id", "07")
    signet = new_signet(settings(hsm), start=False)
    # For a new installation, and for one that has its root key.
    wrong = without_pkcs11(signet) | settings(hsm, **changes)
    says(refused(signet, wrong), status, *words)
    assert not (signet.data / "root.key").exists()
    signet.start()
    assert signet.stop() == 0
    says(refused(signet, wrong), status, *words)
    signet.start()


def without_pkcs11(signet: Signet) -> dict[str, str]:
    return {name: value for name, value in signet.environment.items() if "__PKCS11__" not in name}


def test_a_deleted_key_is_missing_and_nothing_is_changed(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    hsm.make_key(TOKEN, "spare", "02", "--sensitive")
    signet = new_signet(settings(hsm))
    assert signet.stop() == 0
    hsm.tool(TOKEN, "--delete-object", "--type", "secrkey", "--label", KEY)
    says(refused(signet), 78, "provider-key-missing", KEY, "spare (id 02)")
    # Another key under the same name is not the same key.
    hsm.make_key(TOKEN, KEY, "01", "--sensitive")
    says(refused(signet), 78, "provider-refused", "root.key", "another key")


def test_root_keys_of_others_and_changed_ones_are_refused(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    signet, other = new_signet(settings(hsm)), new_signet(settings(hsm))
    assert signet.stop() == 0 and other.stop() == 0
    file = signet.data / "root.key"
    good = file.read_bytes()
    document = json.loads(good)
    foreign = json.loads((other.data / "root.key").read_bytes())
    # As it is, it opens by the same device's key, and then the store is not sealed by it.
    shutil.copy(other.data / "root.key", file)
    done = refused(signet)
    assert done.returncode == 78 and "root key" in done.stderr, (done.returncode, done.stderr)
    wrapped = vault.unb64(document["wrapped"])
    for octets in [
        # Of another installation, under this one's name: the context is not the same.
        vault.unb64(foreign["wrapped"]),
        *(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in (0, 1, 12, 13, 44, 45, 60)),
        wrapped[:-1],
        wrapped + b"\0",
        wrapped[:29],
        b"",
        bytes(4096),
    ]:
        file.write_text(json.dumps(document | {"wrapped": vault.b64(octets)}))
        says(refused(signet), 78, "provider-refused", "root.key")
    for text in (good[:-20], b"", b"{}"):
        file.write_bytes(text)
        says(refused(signet), 78, "root-key")
    file.write_bytes(json.dumps(document | {"provider": "transit"}).encode())
    says(refused(signet), 78, "was wrapped by transit", "root_key.provider says pkcs11")
    file.write_bytes(good)
    signet.start()


def test_a_restart_without_the_provider_says_where_the_key_is(
    new_signet: Callable[..., Signet], hsm: SoftHSM
) -> None:
    signet = new_signet(settings(hsm))
    assert signet.stop() == 0
    done = refused(signet, without_pkcs11(signet) | {"SIGNET_ROOT_KEY__PROVIDER": "file"})
    says(done, 78, "wrapped by pkcs11", TOKEN, "set root_key.provider")


def test_a_token_by_uri_with_its_pin_in_a_file(new_signet: Callable[..., Signet], hsm: SoftHSM) -> None:
    pin = hsm.directory / "the pin"
    pin.write_text(hsm.pin + "\n")
    uri = (
        f"pkcs11:token=signet%20e2e;object={KEY};id=%01;type=secret-key?module-path={hsm.module}"
        f"&pin-source=file:{hsm.directory}/the%20pin"
    )
    signet = new_signet(settings(hsm, module=None, token=None, key=None, pin=None, uri=uri))
    assert signet.stop() == 0
    # The same key by slot and id, its PIN in a file that is named in a variable.
    slot = str(hsm.slots[TOKEN])
    other = settings(hsm, token=None, key=None, pin=None, slot=slot, id="01", pin_file=str(pin))
    signet.environment = without_pkcs11(signet) | other
    signet.start()
    assert signet.stop() == 0
    # And by signet.yaml, where pin_file is a setting of its own.
    file = signet.directory / "signet.yaml"
    file.write_text(
        "root_key:\n  provider: pkcs11\n  pkcs11:\n"
        f'    module: {hsm.module}\n    token: "{TOKEN}"\n    id: "01"\n    pin_file: "{pin}"\n'
    )
    signet.environment = without_pkcs11(signet) | {"SIGNET_CONFIG": str(file)}
    signet.start()
    assert signet.stop() == 0
    pin.unlink()
    says(refused(signet), 78, "provider-configuration-invalid", "the pin")
