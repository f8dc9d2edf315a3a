"""What an operator sees."""

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
