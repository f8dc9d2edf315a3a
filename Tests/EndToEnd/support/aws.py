"""AWS on a loopback port: moto's server with IAM's checks switched on, and the endpoints that give credentials.

moto checks every signature by botocore's signer over the request as it arrived, the access key, the session token and
the IAM policy's actions, and encrypts by AES-GCM with the encryption context as associated data. It does not check the
time of a signature, the end of credentials, a policy's conditions, or a web identity's token. What it lacks of AWS is added
below: a disabled key does nothing, a ciphertext of another key has an error of its own, a web identity needs no signature;
and of key pairs, signatures over a digest (moto hashes it once more), PSS with a salt as long as the hash, decryption by
RSA-OAEP with SHA-256, and the deletion of a key that is named by its ARN (moto looks for an id only).
"""

import json
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from moto import settings
from moto.core.exceptions import JsonRESTError
from moto.iam.models import iam_backends
from moto.kms.exceptions import AccessDeniedException
from moto.kms.models import KmsBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sts.responses import TokenResponse
from werkzeug.serving import BaseWSGIServer, make_server

from . import ledger
from .processes import free_port

REGION = "eu-central-1"
ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
PAIR_ACTIONS = [
    "kms:CreateKey", "kms:TagResource", "kms:GetPublicKey", "kms:Sign", "kms:Decrypt", "kms:DescribeKey",
    "kms:ScheduleKeyDeletion", "kms:ListKeys",
]


@dataclass
class AccessKey:
    """What signs requests."""

    id: str
    secret: str
    token: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that AWS's own tools read; empty ones count as absent."""
        return {
            "AWS_ACCESS_KEY_ID": self.id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token or "",
        }


def note(key: AccessKey) -> AccessKey:
    ledger.note_secret(key.secret, f"AWS secret of {key.id}")
    if key.token:
        ledger.note_secret(key.token, f"AWS session token of {key.id}")
    return key


class AWS:
    """KMS, IAM and STS. What was made stays while it is away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: BaseWSGIServer | None = None
        self.back()

    def away(self) -> None:
        """Stops answering: connections are refused."""
        assert self.server is not None
        self.server.shutdown()
        self.thread.join()
        self.server = None

    def back(self) -> None:
        """Answers, and checks who asks."""
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        application = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", self.port, application, True, request_handler=MotoRequestHandler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def client(self, service: str, key: AccessKey, region: str = REGION) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            aws_session_token=key.token,
            config=Config(retries={"max_attempts": 0}),
        )

    @property
    def owner(self) -> AccessKey:
        """Somebody who may do anything."""
        if not hasattr(self, "_owner"):
            self._owner = self.user(["*"])
        return self._owner

    def user(self, actions: list[str]) -> AccessKey:
        """A new user who may do these things."""
        iam, name = iam_backends["123456789012"]["aws"], f"user-{uuid.uuid4()}"
        iam.create_user(region_name=REGION, user_name=name)
        iam.put_user_policy(name, "policy", policy(actions))
        made = iam.create_access_key(name)
        return note(AccessKey(made.access_key_id, made.secret_access_key))

    def allow(self, key: AccessKey, actions: list[str]) -> None:
        """What a user may do from now on."""
        iam_backends["123456789012"]["aws"].put_user_policy(self.name(key), "policy", policy(actions))

    def delete_access_key(self, key: AccessKey) -> None:
        iam_backends["123456789012"]["aws"].delete_access_key(key.id, self.name(key))

    def name(self, key: AccessKey) -> str:
        """The user that an access key is of."""
        users = iam_backends["123456789012"]["aws"].list_users("/", None, None)
        (name,) = [user.name for user in users for made in user.access_keys if made.access_key_id == key.id]
        return str(name)

    def role(self, actions: list[str]) -> str:
        """The ARN of a new role."""
        iam, name = self.client("iam", self.owner), f"role-{uuid.uuid4()}"
        statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=policy(actions))
        return arn

    def session(self, role: str) -> AccessKey:
        """Credentials of a role."""
        made = self.client("sts", self.owner).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return note(AccessKey(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]))

    @property
    def kms(self) -> Any:
        """KMS for its owner."""
        return self.client("kms", self.owner)

    def key(self) -> str:
        """The id of a new key."""
        made: str = self.kms.create_key()["KeyMetadata"]["KeyId"]
        return made


def policy(actions: list[str]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    )


class CredentialEndpoint:
    """What a container's agent and an instance's metadata service answer, each with the credentials given."""

    def __init__(self, keys: list[AccessKey]) -> None:
        """The last of the keys is given again and again."""
        self.keys = keys
        self.token = ledger.note_secret(f"agent-token-{uuid.uuid4()}", "token of the container's agent")
        self.asked: list[str] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                endpoint.asked.append(f"PUT {self.path}")
                ok = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                self.answer(200 if ok else 400, endpoint.token if ok else "")

            def do_GET(self) -> None:
                endpoint.asked.append(f"GET {self.path}")
                roles = "/latest/meta-data/iam/security-credentials/"
                is_instance = self.path.startswith(roles)
                name = "X-aws-ec2-metadata-token" if is_instance else "Authorization"
                if self.headers[name] != endpoint.token:
                    self.answer(401, "")
                elif self.path == roles:
                    self.answer(200, "signet-role")
                else:
                    self.answer(200, endpoint.document())

            def answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self) -> str:
        key = self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        return json.dumps(
            {
                "Code": "Success",
                "AccessKeyId": key.id,
                "SecretAccessKey": key.secret,
                "Token": key.token,
                "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


# AWS's rules that moto lacks.

_authenticate = TokenResponse._authenticate_and_authorize_normal_action
_encrypt, _decrypt, _delete = KmsBackend.encrypt, KmsBackend.decrypt, KmsBackend.schedule_key_deletion


def authenticate(self: TokenResponse, resource: str = "*") -> None:
    """AssumeRoleWithWebIdentity is not signed: its token says who asks."""
    if self._get_action() != "AssumeRoleWithWebIdentity":
        _authenticate(self, resource)


def check_enabled(backend: KmsBackend, key_id: str) -> None:
    """A disabled key neither encrypts nor decrypts."""
    key = backend.keys[backend.any_id_to_key_id(key_id)]
    if not key.enabled:
        raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")


def encrypt(self: KmsBackend, key_id: str, plaintext: bytes, encryption_context: dict[str, str]) -> Any:
    check_enabled(self, key_id)
    return _encrypt(self, key_id, plaintext, encryption_context)


def decrypt(self: KmsBackend, ciphertext_blob: bytes, encryption_context: dict[str, str], key_id: str) -> Any:
    """A ciphertext of another key has an error of its own."""
    check_enabled(self, key_id)
    key = self.describe_key(key_id)
    if key.key_spec.startswith("RSA"):
        try:
            oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
            return key.private_key.private_key.decrypt(ciphertext_blob, oaep), key.arn
        except ValueError:
            raise JsonRESTError("InvalidCiphertextException", "") from None
    try:
        return _decrypt(self, ciphertext_blob, encryption_context, key_id)
    except AccessDeniedException:
        raise JsonRESTError("IncorrectKeyException", "The key ID in the request does not identify the key.") from None


def sign(self: KmsBackend, key_id: str, message: bytes, signing_algorithm: str) -> Any:
    """The message is a digest."""
    check_enabled(self, key_id)
    key = self.describe_key(key_id)
    hash_ = SHA384() if signing_algorithm.endswith("384") else SHA256()
    private, digest = key.private_key.private_key, Prehashed(hash_)
    if signing_algorithm.startswith("ECDSA"):
        signature = private.sign(message, ec.ECDSA(digest))
    elif "PSS" in signing_algorithm:
        signature = private.sign(message, padding.PSS(padding.MGF1(hash_), padding.PSS.DIGEST_LENGTH), digest)
    else:
        signature = private.sign(message, padding.PKCS1v15(), digest)
    return key.arn, signature, signing_algorithm


def schedule_key_deletion(self: KmsBackend, key_id: str, pending_window_in_days: int) -> float:
    return _delete(self, self.any_id_to_key_id(key_id), pending_window_in_days)


TokenResponse._authenticate_and_authorize_normal_action = authenticate
KmsBackend.encrypt, KmsBackend.decrypt, KmsBackend.sign = encrypt, decrypt, sign
KmsBackend.schedule_key_deletion = schedule_key_deletion
