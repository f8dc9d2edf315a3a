"""A stored key that can't be used costs its own tokens alone, and a store that can't be used ends the service."""

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Callable

import httpx

from support import vault
from support.processes import wait_until
from support.resources import ORDERS, OTHER
from support.server import Signet
from support.upstream import Upstream
from support.web import web


RESOURCES = """
kind: API
name: {name}
spec:
  type: rest
  audience: https://{name}.example
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: /{name}}}}}]
"""
CLIENT = """
kind: Client
name: reporter
spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [], other: []}}
"""


def change(signet: Signet, statement: str, kid: str | None = None) -> None:
    store = sqlite3.connect(signet.data / "signet.db", isolation_level=None)
    store.execute(statement, [kid] if kid else [])
    store.close()


def crash(signet: Signet) -> None:
    os.kill(signet.worker, signal.SIGKILL)


def damaged(signet: Signet) -> dict[str, str]:
    """The rings of damaged keys, by kid."""
    done = signet.run("keys", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {item["kid"]: item["ring"] for item in json.loads(done.stdout)["items"] if "damage" in item}


def test_a_damaged_key_costs_its_own_tokens_alone(new_signet: Callable[..., Signet], upstream: Upstream) -> None:
    signet = new_signet()
    apis = [RESOURCES.format(name=name, url=upstream.url) for name in ("orders", "other")]
    signet.apply("---".join([*apis, CLIENT]))
    token = signet.token("reporter", ORDERS)
    kid = vault.active(signet.data, "api/orders/encryption").kid
    change(signet, "UPDATE key_version SET sealed = CAST(substr(sealed, 1, 40) || 'x' AS BLOB) WHERE kid = ?", kid)
    signet.stop()
    signet.start()
    assert web.get(f"{signet.control}/readyz").text == "ready\nstored keys: 1 damaged\n"
    assert "signet_keys_damaged 1" in web.get(f"{signet.control}/metrics").text
    assert f'"kid":"{kid}"' in signet.log and "a stored key is damaged and left out" in signet.log
    # Whether the token is good can't be told, by nobody.
    answer = signet.call("/orders/1", token)
    assert answer.status_code == 503 and answer.json()["code"] == "keys-unavailable" and answer.headers["retry-after"]
    asked = signet.oauth("introspect", "reporter", token=token)
    assert (asked.status_code, asked.json()["error"]) == (503, "temporarily_unavailable")
    assert signet.oauth("token", "reporter", grant_type="client_credentials", resource=ORDERS).status_code == 503
    # The other API goes on.
    assert signet.call("/other/1", signet.token("reporter", OTHER)).status_code == 200
    found = damaged(signet)
    assert list(found) == [kid]
    assert any(kid in line and "active, damaged" in line for line in signet.run("keys", "list").stdout.splitlines())
    # A new key makes and opens tokens; the old one's are lost, and told so once it is given up.
    assert signet.run("keys", "rotate", found[kid]).returncode == 0
    assert signet.call("/orders/1", signet.token("reporter", ORDERS)).status_code == 200
    assert signet.call("/orders/1", token).status_code == 503
    assert signet.run("keys", "revoke", kid, "--reason", "damaged").returncode == 0
    assert signet.call("/orders/1", token).status_code == 401
    assert web.get(f"{signet.control}/readyz").text == "ready\n" and damaged(signet) == {}


def test_a_service_whose_store_is_lost_ends(new_demo: Callable[..., Signet]) -> None:
    signet = new_demo()
    change(signet, "UPDATE data_key SET wrapped = zeroblob(60)")
    crash(signet)
    assert signet.program is not None and signet.program.process.wait(30) == 78
    assert "seal-broken" in signet.log and "no worker can start any more" in signet.log


def test_nobody_waits_for_workers_that_do_not_start(new_demo: Callable[..., Signet]) -> None:
    signet = new_demo()
    token = signet.token("reporter", ORDERS)
    # A folder where the store was: the next workers find no way in, and it may come back.
    store = signet.data / "signet.db"
    store.rename(signet.data / "away.db")
    store.mkdir()
    crash(signet)

    def is_refused() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", signet.gateway_port), timeout=5) as connection:
                connection.settimeout(1)
                return connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    wait_until(is_refused, 15, "a refused connection")
    store.rmdir()
    (signet.data / "away.db").rename(store)

    def serves() -> bool:
        try:
            return signet.call("/orders/1", token).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(serves, 15, "a worker that serves")
