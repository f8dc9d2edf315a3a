"""What an operator sees."""

import json
import sqlite3
from collections.abc import Callable

import pytest

from support.processes import wait_until
from support.server import Signet
from support.upstream import Upstream
from support.web import web


def sample(signet: Signet, *parts: str) -> float:
    """The sum of the samples whose line has all the parts."""
    total = 0.0
    for line in web.get(f"{signet.control}/metrics").text.splitlines():
        if not line.startswith("#") and all(part in line for part in parts):
            total += float(line.rsplit(" ", 1)[1])
    return total


def test_requests_are_counted_by_what_became_of_them(signet: Signet, read_token: str) -> None:
    before = {code: sample(signet, "signet_", code) for code in ("token-missing", "token-invalid")}
    for _ in range(5):
        assert signet.call("/orders/1", read_token).status_code == 200
        assert signet.call("/orders/1").status_code == 401
        assert signet.call("/orders/1", "x").status_code == 401
    for code, count in before.items():
        wait_until(lambda: sample(signet, "signet_", code) >= count + 5, 3, f"five more of {code}")


def test_a_request_is_found_in_the_log_by_its_id(signet: Signet, upstream: Upstream) -> None:
    answer = signet.call("/orders/1", "garbage")
    identifier = answer.headers["x-request-id"]
    assert answer.json().get("request_id", identifier) == identifier
    wait_until(lambda: identifier in signet.log, 3, "the line")


@pytest.mark.parametrize(
    "fields",
    [
        {"Forwarded": "for=203.0.113.9"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"x-forwarded-proto": "https"},
        {"X-Forwarded-Host": "signet.example"},
        {"X-Real-IP": "203.0.113.9"},
        {"Via": "1.1 proxy"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_metrics_behind_a_proxy_of_this_machine_need_the_credential(signet: Signet, fields: dict[str, str]) -> None:
    assert web.get(f"{signet.control}/metrics").status_code == 200
    answer = web.get(f"{signet.control}/metrics", headers=fields)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "signet_" not in answer.text
    token = (signet.data / "admin.token").read_text().strip()
    wrong = web.get(f"{signet.control}/metrics", headers=fields | {"Authorization": "Bearer " + "x" * 43})
    assert wrong.status_code == 401 and "invalid_token" in wrong.headers["www-authenticate"]
    right = web.get(f"{signet.control}/metrics", headers=fields | {"Authorization": f"Bearer {token}"})
    assert right.status_code == 200 and "signet_" in right.text


def test_metrics_under_a_public_name_need_the_credential(new_signet: Callable[..., Signet]) -> None:
    signet = new_signet({"SIGNET_ISSUER": "https://as.example", "SIGNET_PUBLIC_URL": "https://gw.example"})

    def get(path: str, host: str) -> int:
        return web.get(f"{signet.control}{path}", headers={"Host": host}).status_code

    for host in ("127.0.0.1", f"127.0.0.1:{signet.control_port}", "localhost:1", "[::1]"):
        assert (get("/metrics", host), get("/healthz", host)) == (200, 200), host
    # What a proxy that keeps Host sends: it is answered, and it is not local.
    for host in ("as.example", "gw.example", "as.example:443"):
        assert (get("/metrics", host), get("/healthz", host)) == (401, 200), host
    for host in ("evil.example", "as.example.evil.example", "as.example:8443", "127.0.0.1.evil.example", "10.0.0.1"):
        assert (get("/metrics", host), get("/healthz", host)) == (421, 421), host


def test_readiness_names_the_part_that_could_not_read_a_change(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    assert web.get(f"{signet.control}/readyz").text == "ready\n"
    store = sqlite3.connect(signet.data / "signet.db", isolation_level=None)
    (spec,) = store.execute("SELECT spec FROM resource WHERE kind = 'API'").fetchone()
    damaged = json.dumps(json.loads(spec) | {"audience": "nonsense"})
    store.execute("UPDATE resource SET spec = ? WHERE kind = 'API'", [damaged])
    # The damage is seen with the next change.
    assert signet.admin("POST", "/clients/reporter/secret").status_code == 200
    answer = web.get(f"{signet.control}/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("not ready: gateway: ") and "authorization server: " in answer.text
    assert web.get(f"{signet.control}/healthz").status_code == 200
    assert sample(signet, "signet_gateway_snapshot_stale") == 1
    store.execute("UPDATE resource SET spec = ? WHERE kind = 'API'", [spec])
    store.close()
    wait_until(lambda: web.get(f"{signet.control}/readyz").status_code == 200, 5, "readiness")
