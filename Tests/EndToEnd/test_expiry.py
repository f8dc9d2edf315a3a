"""A token expires, also one that the gateway has in its cache."""

import base64
import time

from support.server import Signet


def test_a_token_of_one_second_is_good_at_first_and_refused_after_the_leeway(signet: Signet) -> None:
    fresh = signet.token("writer", "https://brief.example")
    assert signet.call("/brief/1", fresh).status_code == 200
    time.sleep(1)
    # Within the leeway of 30 seconds.
    assert signet.call("/brief/1", fresh).status_code == 200
    old: str = signet.brief_token  # type: ignore[attr-defined]
    assert base64.urlsafe_b64decode(old.split(".")[0] + "==")
    deadline = time.monotonic() + 40
    while (answer := signet.call("/brief/1", fresh)).status_code == 200:
        assert time.monotonic() < deadline, "the token never expired"
        time.sleep(0.5)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
    refused = signet.call("/brief/1", old)
    assert (refused.status_code, refused.json()["code"]) == (401, "token-expired")
