"""The root key wrapped by AWS KMS: moto's server checks the signatures, the permissions and the encryption context."""

import base64
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from support import ledger, resources
from support.aws import ACTIONS, AWS, PAIR_ACTIONS, REGION, AccessKey, CredentialEndpoint
from support.processes import wait_until
from support.resources import ORDERS
from support.server import Signet, run
from support.upstream import Upstream
from support.vault import b64, unb64
from support.web import web
from test_crashes import gateway_answers, kill_worker

MakeSignet = Callable[..., Signet]

# A chain that finds nothing but what a test sets up.
NOTHING = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_SESSION_TOKEN": "",
    "AWS_PROFILE": "",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": REGION,
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    server = AWS()
    yield server
    server.away()


@pytest.fixture(autouse=True)
def present(aws: AWS) -> Iterator[None]:
    yield
    if aws.server is None:
        aws.back()


def settings(aws: AWS, key: str, **more: str) -> dict[str, str]:
    given = {"KEY": key, "ENDPOINT": aws.url} | more
    return {"SIGNET_ROOT_KEY__PROVIDER": "aws_kms"} | {
        f"SIGNET_ROOT_KEY__AWS_KMS__{name}": value for name, value in given.items()
    }


@pytest.fixture
def prepared(
    aws: AWS, new_signet: MakeSignet, demo_resources: Callable[[str], str], upstream: Upstream
) -> tuple[Signet, str, AccessKey]:
    """A server whose root key KMS has wrapped, the id of its key, and the user's access key."""
    key, user = aws.key(), aws.user(ACTIONS)
    signet = new_signet(NOTHING | settings(aws, key) | user.environment)
    signet.apply(demo_resources(upstream.url))
    note_root_key(aws, signet, key)
    return signet, key, user


def document(signet: Signet) -> dict[str, str]:
    found: dict[str, str] = json.loads((signet.data / "root.key").read_text())
    return found


def opened(aws: AWS, signet: Signet, key: str) -> bytes:
    """The root key as the owner of the KMS key opens it, by another client than ours."""
    content = document(signet)
    answer = aws.kms.decrypt(
        KeyId=key,
        CiphertextBlob=unb64(content["wrapped"]),
        EncryptionContext={"signet-purpose": "root-key", "signet-id": content["id"]},
    )
    plaintext: bytes = answer["Plaintext"]
    return plaintext


def note_root_key(aws: AWS, signet: Signet, key: str) -> None:
    root = opened(aws, signet, key)
    for text in (b64(root), base64.b64encode(root).decode(), root.hex()):
        ledger.note_secret(text, "root key")


def on_disk(signet: Signet) -> tuple[dict[str, bytes], list[str]]:
    """Everything that lasts: files as they are, and the store by its content."""
    files = {
        str(file.relative_to(signet.data)): file.read_bytes()
        for file in signet.data.rglob("*")
        if file.is_file() and not file.name.startswith("signet.db")
    }
    store = sqlite3.connect(f"file:{signet.data}/signet.db?mode=ro", uri=True)
    try:
        return files, list(store.iterdump())
    finally:
        store.close()


def failed_start(signet: Signet, status: int, *words: str, **more: str) -> str:
    """Starts the server with other settings; it must end with this status and these words, and leave all as it was."""
    before = on_disk(signet)
    done = run("serve", "--data", signet.data, environment=signet.environment | more)
    ledger.diagnostics.append(done.stdout + done.stderr)
    assert done.returncode == status, (done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, (word, done.stderr)
    assert "listening" not in done.stdout
    assert on_disk(signet) == before
    return done.stderr


def still_works(signet: Signet, token: str) -> None:
    """Nothing was lost: a token of before and a new one."""
    signet.start()
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200


def test_first_start_and_restart(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, key, _ = prepared
    content = document(signet)
    assert set(content) == {"signet_root_key", "id", "provider", "place", "wrapped"}
    assert content["provider"] == "aws_kms" and key in content["place"] and REGION in content["place"]
    root = opened(aws, signet, key)
    assert len(root) == 32
    assert b64(HKDF(SHA256(), 16, None, b"signet root key id v1").derive(root)) == content["id"]
    for file in signet.directory.rglob("*"):
        if file.is_file():
            text = file.read_bytes()
            assert not any(form in text for form in (root, b64(root).encode(), base64.b64encode(root))), file
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    before = (signet.data / "root.key").read_bytes()
    still_works(signet, token)
    assert (signet.data / "root.key").read_bytes() == before
    credential = (signet.data / "admin.token").read_text().strip()
    metrics = web.get(f"{signet.control}/metrics", headers={"Authorization": f"Bearer {credential}"}).text
    assert 'signet_key_provider_answered_total{provider="aws_kms",use="root-key"} 1' in metrics, metrics


def test_the_wrapped_key_opens_with_its_own_context_only(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, key, _ = prepared
    wrapped = unb64(document(signet)["wrapped"])
    for context in ({}, {"signet-purpose": "root-key", "signet-id": "another"}):
        with pytest.raises(aws.kms.exceptions.InvalidCiphertextException):
            aws.kms.decrypt(KeyId=key, CiphertextBlob=wrapped, EncryptionContext=context)


def test_an_alias_and_an_arn_name_the_key_as_well(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, key, _ = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    alias = f"alias/{uuid.uuid4()}"
    aws.kms.create_alias(AliasName=alias, TargetKeyId=key)
    arn = aws.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    for name, region in ((alias, REGION), (arn, "us-west-2")):
        signet.environment |= {"SIGNET_ROOT_KEY__AWS_KMS__KEY": name, "AWS_REGION": region}
        still_works(signet, token)
        assert signet.stop() == 0


def test_a_killed_worker_comes_back_while_kms_is_away(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    token = signet.token("reporter", ORDERS)
    aws.away()
    for _ in range(2):
        kill_worker(signet)
        wait_until(lambda: gateway_answers(signet), 5, "an answer")
        assert signet.call("/orders/1", token).status_code == 200
        assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200


def test_a_start_while_kms_is_away(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    aws.away()
    failed_start(signet, 69, "provider-unreachable", f"AWS KMS in {REGION}", "connection refused")
    aws.back()
    still_works(signet, token)


def test_a_first_start_while_kms_is_away_makes_no_key(aws: AWS, new_signet: MakeSignet) -> None:
    signet = new_signet(NOTHING | settings(aws, aws.key()) | aws.user(ACTIONS).environment, start=False)
    signet.directory.mkdir()
    aws.away()
    done = run("serve", "--data", signet.data, environment=signet.environment)
    assert done.returncode == 69 and "provider-unreachable" in done.stderr, (done.returncode, done.stderr)
    assert not (signet.data / "root.key").exists()
    aws.back()
    signet.start()
    assert document(signet)["provider"] == "aws_kms"


def test_wrong_credentials(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, user = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    wrong = {"AWS_SECRET_ACCESS_KEY": "x" * 40}
    failed_start(signet, 78, "provider-denied", "SignatureDoesNotMatch", "secret access key", **wrong)
    unknown = "AKIA0000000000000000"
    failed_start(signet, 78, "provider-denied", "InvalidClientTokenId", "AWS_ACCESS_KEY_ID", AWS_ACCESS_KEY_ID=unknown)
    failed_start(signet, 78, "provider-denied", "InvalidClientTokenId", AWS_SESSION_TOKEN="a-token-of-somebody-else")
    failed_start(signet, 78, "provider-configuration-invalid", "AWS_SECRET_ACCESS_KEY", AWS_SECRET_ACCESS_KEY="")
    failed_start(signet, 78, "no AWS credentials were found", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    still_works(signet, token)
    assert signet.stop() == 0
    aws.delete_access_key(user)
    failed_start(signet, 78, "provider-denied", "InvalidClientTokenId", "deleted")
    signet.environment |= aws.user(ACTIONS).environment
    still_works(signet, token)


def test_missing_permissions(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    assert signet.stop() == 0
    other = aws.user(["kms:Encrypt", "kms:DescribeKey"])
    failed_start(signet, 78, "provider-denied", "not authorized to perform: kms:Decrypt", **other.environment)


def test_a_missing_key_and_a_wrong_region(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    for name in (str(uuid.uuid4()), "alias/none"):
        failed_start(signet, 78, "provider-key-missing", REGION, SIGNET_ROOT_KEY__AWS_KMS__KEY=name)
    failed_start(signet, 78, "provider-key-missing", "us-east-1", "region", AWS_REGION="us-east-1")
    failed_start(signet, 78, "root_key.aws_kms.region", SIGNET_ROOT_KEY__AWS_KMS__REGION="not a region")
    failed_start(signet, 78, "root_key.aws_kms.region", "AWS_REGION", AWS_REGION="", AWS_DEFAULT_REGION="")
    failed_start(signet, 78, "root_key.aws_kms.endpoint", SIGNET_ROOT_KEY__AWS_KMS__ENDPOINT="http://10.0.0.1")
    failed_start(signet, 78, "root_key.aws_kms.keys: unknown field", SIGNET_ROOT_KEY__AWS_KMS__KEYS="x")
    still_works(signet, token)


def test_a_disabled_key(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, key, _ = prepared
    token = signet.token("reporter", ORDERS)
    aws.kms.disable_key(KeyId=key)
    # What runs goes on: KMS is asked at a start only.
    assert signet.call("/orders/1", token).status_code == 200
    assert signet.stop() == 0
    failed_start(signet, 78, "provider-key-disabled", "is disabled", "enable it")
    aws.kms.enable_key(KeyId=key)
    still_works(signet, token)


def test_a_key_that_did_not_wrap_this(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, key, _ = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    failed_start(signet, 78, "provider-refused", "IncorrectKey", key, SIGNET_ROOT_KEY__AWS_KMS__KEY=aws.key())
    still_works(signet, token)


def test_a_root_key_of_another_installation(
    aws: AWS, prepared: tuple[Signet, str, AccessKey], new_signet: MakeSignet
) -> None:
    signet, key, user = prepared
    other = new_signet(NOTHING | settings(aws, key) | user.environment)
    assert other.stop() == 0
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    own = (signet.data / "root.key").read_bytes()
    # Wrapped by the same key, with the other's id: KMS opens it, and the store knows that it is another.
    (signet.data / "root.key").write_bytes((other.data / "root.key").read_bytes())
    failed_start(signet, 78, "root key")
    # With the id of this one KMS refuses it.
    mixed = json.loads((other.data / "root.key").read_text()) | {"id": json.loads(own)["id"]}
    (signet.data / "root.key").write_text(json.dumps(mixed))
    failed_start(signet, 78, "provider-refused", "InvalidCiphertext")
    (signet.data / "root.key").write_bytes(own)
    still_works(signet, token)


def test_a_corrupted_root_key(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    token = signet.token("reporter", ORDERS)
    assert signet.stop() == 0
    own = (signet.data / "root.key").read_bytes()
    content = json.loads(own)
    wrapped = unb64(content["wrapped"])
    flipped = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for changed, words in (
        (content | {"wrapped": b64(flipped)}, ["provider-refused", "was changed"]),
        (content | {"wrapped": b64(wrapped[:20])}, ["provider-refused", "was changed"]),
        (content | {"wrapped": ""}, ["provider-refused", "was changed"]),
        (content | {"wrapped": "!"}, ["root-key-malformed", "base64url"]),
        (content | {"provider": "transit"}, ["transit", "aws_kms"]),
    ):
        (signet.data / "root.key").write_text(json.dumps(changed))
        failed_start(signet, 78, *words)
    (signet.data / "root.key").write_bytes(own[: len(own) // 2])
    failed_start(signet, 78, "root-key-malformed", "complete")
    (signet.data / "root.key").write_bytes(own)
    still_works(signet, token)


def test_no_way_around_the_provider(aws: AWS, prepared: tuple[Signet, str, AccessKey]) -> None:
    signet, _, _ = prepared
    assert signet.stop() == 0
    failed_start(signet, 78, "root_key.passphrase", SIGNET_ROOT_KEY__PASSPHRASE="a passphrase of somebody")
    signet.environment = {name: value for name, value in signet.environment.items() if "ROOT_KEY" not in name}
    failed_start(signet, 78, "was wrapped by aws_kms", "set root_key.provider to that")


# Where credentials come from


def starts(new_signet: MakeSignet, environment: dict[str, str]) -> Signet:
    signet = new_signet(environment)
    assert document(signet)["provider"] == "aws_kms"
    assert signet.stop() == 0
    signet.start()
    return signet


@pytest.mark.parametrize("profile", ["default", "signet"])
def test_credentials_of_a_profile(aws: AWS, new_signet: MakeSignet, tmp_path: Path, profile: str) -> None:
    user, file = aws.user(ACTIONS), tmp_path / "credentials"
    lines = ["[other]", "region = x", f"[{profile}]", f"aws_access_key_id = {user.id}"]
    file.write_text("\n".join([*lines, f"aws_secret_access_key = {user.secret}", ""]))
    more = {} if profile == "default" else {"PROFILE": profile}
    environment = NOTHING | settings(aws, aws.key(), **more) | {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    signet = starts(new_signet, environment)
    assert signet.stop() == 0
    failed_start(signet, 78, "there is no profile none", AWS_PROFILE="none", SIGNET_ROOT_KEY__AWS_KMS__PROFILE="")
    file.write_text(f"[{profile}]\nnonsense {user.secret}\n")
    failed_start(signet, 78, "provider-configuration-invalid", f"{file}:2: expected")


def test_credentials_of_a_web_identity(aws: AWS, new_signet: MakeSignet, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(ledger.note_secret(f"web.identity.{uuid.uuid4()}", "web identity") + "\n")
    environment = NOTHING | settings(aws, aws.key()) | {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
        "AWS_ROLE_ARN": aws.role(ACTIONS),
        "AWS_ENDPOINT_URL_STS": aws.url,
    }
    signet = starts(new_signet, environment)
    assert signet.stop() == 0
    failed_start(signet, 78, "provider-denied", "kms:Decrypt", AWS_ROLE_ARN=aws.role(["kms:Encrypt"]))
    failed_start(signet, 78, "expected AWS_ROLE_ARN", AWS_ROLE_ARN="")
    file.unlink()
    failed_start(signet, 78, "there is no", str(file))


@pytest.fixture
def endpoint(aws: AWS) -> Iterator[Callable[[list[AccessKey]], CredentialEndpoint]]:
    made: list[CredentialEndpoint] = []

    def make(keys: list[AccessKey]) -> CredentialEndpoint:
        made.append(CredentialEndpoint(keys))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def test_credentials_of_a_container(
    aws: AWS, new_signet: MakeSignet, endpoint: Callable[[list[AccessKey]], CredentialEndpoint], tmp_path: Path
) -> None:
    agent = endpoint([aws.session(aws.role(ACTIONS))])
    file = tmp_path / "agent.token"
    file.write_text(agent.token)
    environment = NOTHING | settings(aws, aws.key()) | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file),
    }
    signet = starts(new_signet, environment)
    assert signet.stop() == 0
    # Wrapping and opening again, and a restart: credentials were fetched once by each process.
    assert agent.asked == ["GET /v1/credentials"] * 2
    file.write_text("another token")
    failed_start(signet, 78, "provider-denied", "container's credentials endpoint", "401", "TOKEN")
    elsewhere = "http://10.1.2.3/v1"
    failed_start(signet, 78, "provider-configuration-invalid", "https", AWS_CONTAINER_CREDENTIALS_FULL_URI=elsewhere)


def test_credentials_of_an_instance(
    aws: AWS, new_signet: MakeSignet, endpoint: Callable[[list[AccessKey]], CredentialEndpoint]
) -> None:
    metadata = endpoint([aws.session(aws.role(ACTIONS))])
    environment = NOTHING | settings(aws, aws.key(), CREDENTIALS="instance") | {
        "AWS_EC2_METADATA_DISABLED": "",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
    }
    signet = starts(new_signet, environment)
    assert signet.stop() == 0
    path = "/latest/meta-data/iam/security-credentials/"
    assert metadata.asked == ["PUT /latest/api/token", f"GET {path}", f"GET {path}signet-role"] * 2
    # moto's own metadata service speaks the same protocol; its credentials are ones that nobody knows.
    failed_start(
        signet, 78, "provider-denied", "InvalidClientTokenId", "default-role",
        AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url,
    )  # fmt: skip
    metadata.stop()
    failed_start(signet, 69, "provider-unreachable", "instance metadata")


def test_credentials_that_were_revoked_are_replaced_once(
    aws: AWS, new_signet: MakeSignet, endpoint: Callable[[list[AccessKey]], CredentialEndpoint]
) -> None:
    role = aws.role(ACTIONS)
    revoked = [AccessKey(f"ASIAREVOKED{number:09}", "s" * 40, "t" * 40) for number in range(2)]
    agent = endpoint([revoked[0], aws.session(role)])
    environment = NOTHING | settings(aws, aws.key()) | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": agent.token,
    }
    signet = new_signet(environment)
    assert signet.stop() == 0
    assert len(agent.asked) == 2
    agent.keys = [*revoked, aws.session(role)]
    failed_start(signet, 78, "provider-denied", "InvalidClientTokenId", "container")
    assert len(agent.asked) == 4


def test_no_output_holds_a_secret() -> None:
    assert any(what.startswith("AWS secret") for what in ledger.secrets.values())
    assert "root key" in ledger.secrets.values()
    assert ledger.found() == []


# Keys of tokens

VAULTED = resources.VAULTED + """---
kind: Client
name: reporter
spec:
  grants: [client_credentials]
  auth: client_secret_basic
  apis: {{vaulted: [read]}}
"""


def test_keys_of_tokens_are_made_and_used_by_signed_requests(aws: AWS, new_signet: MakeSignet, upstream: Upstream) -> None:
    """Each operation with its signature and its permission; a key of which nobody will know does not stay."""
    user = aws.user([action for action in PAIR_ACTIONS if action != "kms:GetPublicKey"])
    given = {"PROVIDER": "aws_kms", "AWS_KMS__ENDPOINT": aws.url}
    signet = new_signet(NOTHING | {f"SIGNET_KEYS__{name}": value for name, value in given.items()} | user.environment)

    def states() -> list[str]:
        keys = [aws.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws.kms.list_keys()["Keys"]]
        return sorted(str(key["KeyState"]) for key in keys if key["KeySpec"] != "SYMMETRIC_DEFAULT")

    file = signet.directory / "resources.yaml"
    file.write_text(VAULTED.format(url=upstream.url))
    done = signet.run("apply", "-f", file)
    assert done.returncode != 0 and "kms:GetPublicKey" in done.stderr, done.stderr
    assert states() and set(states()) == {"PendingDeletion"}, states()
    destroyed = len(states())
    aws.allow(user, PAIR_ACTIONS)
    signet.apply(file.read_text())
    token = signet.token("reporter", "https://vaulted.example")
    assert signet.call("/vaulted/1", token).status_code == 200
    assert states() == ["Enabled"] * 2 + ["PendingDeletion"] * destroyed
