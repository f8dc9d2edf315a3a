"""After everything else: no log, no diagnostic and no store holds a token, a secret or a private key."""

from collections.abc import Iterator

import pytest

from support import ledger
from support.server import Signet


@pytest.fixture(scope="module", autouse=True)
def everything(request: pytest.FixtureRequest, shared_signet: Signet) -> Iterator[None]:
    """What this process used, and what others before it have left."""
    if directory := request.config.getoption("--ledger-of", default=None):
        assert ledger.take(directory), f"nobody has left anything in {directory}"
    ledger.note_keys(shared_signet.data)
    yield


def test_everything_else_has_gone_before(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    assert {item.path for item in items[items.index(request.node) :]} == {request.node.path}


def test_no_output_holds_a_secret() -> None:
    assert len(ledger.secrets) > 10 and ledger.outputs, "nothing was looked for"
    assert ledger.found() == []


def test_a_secret_in_a_log_would_be_found(signet: Signet) -> None:
    ledger.diagnostics.append(f"oops: {(signet.data / 'admin.token').read_text()}")
    found = ledger.found()
    ledger.diagnostics.pop()
    assert [line.split(" in ")[0] for line in found] == ["admin.token"]


def test_no_store_holds_a_token_or_a_secret(signet: Signet) -> None:
    assert signet.data in ledger.stores
    assert ledger.found_in(file for store in ledger.stores for file in store.glob("signet.db*")) == []
