"""Fixtures: one shared server with scripted upstreams, and servers of a test's own."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import ledger, resources
from support.interop import matrix
from support.interop.suite import Suite
from support.places import BINARY
from support.processes import free_port
from support.server import Signet
from support.upstream import Upstream


# What takes long, the longest first.
LONG = (
    "test_kms_profiles",
    "test_root_key_transit",
    "test_root_key_pkcs11",
    "test_root_key_rotation",
    "test_soak_tokens",
    "test_make_run",
    "test_crashes",
    "test_interop_encryption",
    "test_interop_keys",
    "test_rewrap",
    "test_root_key_aws_kms",
    "test_first_start",
    "test_expiry",
)


def group(item: pytest.Function) -> str:
    """What runs in one process with each other: a file, as its tests share servers. All exchanges with other libraries
    are made at once, for whichever test asks first; each of the devices has servers of its own."""
    name = item.path.stem
    if name.startswith("test_interop_"):
        return "test_interop"
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return f"{name}_{parameters['device']}" if "device" in parameters else name


# First of all, as xdist reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """What looks at everything that went before comes last; what takes long at first, so that all processes end at about
    the same time."""
    places = {"test_secrecy": 1} | {name: place - len(LONG) for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, 0))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
        if item.path.name.startswith("test_interop_") and not item.callspec.params["peer"].is_python:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session", autouse=True)
def binary() -> Path:
    assert BINARY.exists(), f"{BINARY} is missing: run make build"
    return BINARY


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_signet(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Signet]:
    server = Signet(tmp_path_factory.mktemp("shared")).start()
    server.apply(resources.shared(resources.Ports(upstream=upstream.port, closed=free_port())))
    # Made now, so that it has expired when the test of expiry asks for it.
    server.brief_token = server.token("writer", resources.BRIEF)  # type: ignore[attr-defined]
    worker = server.worker
    yield server
    ledger.note_keys(server.data)
    survived = server.worker == worker
    log = server.log
    assert server.stop() == 0, log[-2000:]
    assert survived, f"the worker ended in the middle:\n{log[-4000:]}"


@pytest.fixture
def signet(shared_signet: Signet, upstream: Upstream) -> Signet:
    """The shared server; tests change nothing on it that another test relies on. The upstream's memory is empty."""
    upstream.seen.clear()
    return shared_signet


# One for each module: a token lives for five minutes, all tests together take longer.
@pytest.fixture(scope="module")
def read_token(shared_signet: Signet) -> str:
    """A token with orders.read."""
    return shared_signet.token("reporter", resources.ORDERS)


@pytest.fixture(scope="module")
def write_token(shared_signet: Signet) -> str:
    """A token with orders.read and orders.write."""
    return shared_signet.token("writer", resources.ORDERS)


@pytest.fixture
def new_signet(tmp_path: Path) -> Iterator[Callable[..., Signet]]:
    """Makes servers that belong to the test; what is still running at its end is killed."""
    made: list[Signet] = []

    def make(environment: dict[str, str] | None = None, start: bool = True) -> Signet:
        server = Signet(tmp_path / f"server{len(made)}", environment)
        made.append(server)
        return server.start() if start else server

    yield make
    for server in made:
        if server.program and server.program.running():
            server.kill()


@pytest.fixture
def new_upstream() -> Iterator[Callable[[], Upstream]]:
    made: list[Upstream] = []

    def make() -> Upstream:
        made.append(Upstream())
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def kill_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that kills a worker at a chosen call."""
    compiler = shutil.which("cc") or shutil.which("clang")
    assert compiler, "no C compiler"
    library = tmp_path_factory.mktemp("kill") / "kill_at.so"
    source = Path(__file__).parent / "support/kill_at.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


DEMO = """
kind: API
name: orders
spec:
  type: rest
  audience: https://orders.example
  scopes: [orders.read]
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: /orders}}, scopes: [orders.read]}}, {{path: {{prefix: /public}}, access: public}}]
---
kind: Client
name: reporter
spec: {{grants: [client_credentials], auth: client_secret_basic, apis: {{orders: [orders.read]}}}}
"""


@pytest.fixture
def demo_resources() -> Callable[[str], str]:
    """One API and one client in front of an upstream's URL."""
    return lambda url: DEMO.format(url=url)


@pytest.fixture
def new_demo(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> Callable[..., Signet]:
    """Makes a server with an API and a client."""

    def make(environment: dict[str, str] | None = None) -> Signet:
        signet = new_signet(environment)
        signet.apply(demo_resources(upstream.url))
        return signet

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ledger", type=Path, help="a directory where this process leaves what test_secrecy.py looks for")
    parser.addoption("--ledger-of", type=Path, help="the directory where other processes have left it")
    parser.addoption("--interop-matrix", action="store_true", help="write docs/interop.md from what the tests found")


# Set in each process that xdist makes, and not in the one that only gives them work.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER")


def pytest_sessionstart(session: pytest.Session) -> None:
    if PROCESS and (directory := session.config.getoption("--ledger", default=None)):
        ledger.begin(directory, PROCESS)


# After the fixtures of the session have ended, which know secrets too.
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if PROCESS and (directory := session.config.getoption("--ledger", default=None)):
        ledger.leave(directory, PROCESS)


@pytest.fixture(scope="session")
def interop(request: pytest.FixtureRequest) -> Iterator[Suite]:
    """The exchanges with other libraries."""
    suite = Suite(request.session.items)
    yield suite
    if request.config.getoption("--interop-matrix", default=False):
        assert suite.is_complete, "docs/interop.md was not written: not every case was run and passed"
        matrix.PLACE.write_text(matrix.render(suite.passed, suite.passed_keys, Suite.versions()))
