"""After everything else: no log and no diagnostic holds a token, a secret or a private key."""

import pytest

from support import ledger, vault
from support.server import Signet


def test_everything_else_has_gone_before(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    assert {item.path for item in items[items.index(request.node) :]} == {request.node.path}


def test_no_output_holds_a_secret(signet: Signet) -> None:
    for key in vault.keys(signet.data):
        for member in ("d", "k"):
            if member in key.jwk:
                ledger.note_secret(key.jwk[member], f"private key of {key.ring}")
    assert len(ledger.secrets) > 10 and ledger.outputs, "nothing was looked for"
    assert ledger.found() == []


def test_a_secret_in_a_log_would_be_found(signet: Signet) -> None:
    ledger.diagnostics.append(f"oops: {(signet.data / 'admin.token').read_text()}")
    found = ledger.found()
    ledger.diagnostics.pop()
    assert [line.split(" in ")[0] for line in found] == ["admin.token"]


def test_the_store_holds_no_token_and_no_client_secret(signet: Signet) -> None:
    content = b"".join(file.read_bytes() for file in signet.data.glob("signet.db*"))
    for credential in signet.credentials.values():
        assert credential.client_secret.encode() not in content
    for value, what in ledger.secrets.items():
        assert value.encode() not in content, what
