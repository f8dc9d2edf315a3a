"""SIGTERM lets what is under way finish, takes nothing new, and ends with 0."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from support.processes import answers, wait_until
from support.raw import Connection, Truncated, request
from support.server import Signet
from support.upstream import Upstream
from support.web import web


@pytest.fixture
def demo(new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream) -> Signet:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    return signet


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(demo: Signet, sent: signal.Signals) -> None:
    assert demo.program is not None
    start = time.monotonic()
    assert demo.program.stop(sent) == 0
    assert time.monotonic() - start < 5


def test_a_request_under_way_is_finished(demo: Signet) -> None:
    token = demo.token("reporter")
    assert demo.program is not None
    with Connection(demo.gateway_port) as busy, Connection(demo.gateway_port) as idle:
        idle.send(request("/orders/1", token))
        assert idle.answer().status == 200
        busy.send(request("/orders/drip/10", token))
        assert busy.head().status == 200
        os.kill(demo.program.pid, signal.SIGTERM)
        assert idle.closed(), "an idle connection is closed"
        assert busy.chunks() == b"hello" * 10
        assert busy.fields() == []
    assert demo.program.process.wait(20) == 0
    assert not answers(demo.gateway_port) and not answers(demo.control_port)


def test_a_server_that_drains_is_not_ready(demo: Signet) -> None:
    token = demo.token("reporter")
    assert demo.program is not None
    with Connection(demo.gateway_port) as busy:
        busy.send(request("/orders/drip/15", token))
        assert busy.head().status == 200
        assert web.get(f"{demo.control}/readyz").status_code == 200
        os.kill(demo.program.pid, signal.SIGTERM)
        wait_until(lambda: web.get(f"{demo.control}/readyz").status_code == 503, 5, "the end of readiness")
        assert web.get(f"{demo.control}/readyz").text == "not ready: draining\n"
        assert web.get(f"{demo.control}/healthz").status_code == 200
        assert busy.chunks() == b"hello" * 15
    assert demo.program.process.wait(20) == 0


def test_a_second_signal_does_not_wait(demo: Signet) -> None:
    token = demo.token("reporter")
    assert demo.program is not None
    with Connection(demo.gateway_port) as busy:
        busy.send(request("/orders/drip/200", token))
        assert busy.head().status == 200
        os.kill(demo.program.pid, signal.SIGTERM)
        time.sleep(0.3)
        assert demo.program.running()
        start = time.monotonic()
        assert demo.program.stop(signal.SIGTERM) == 0
        assert time.monotonic() - start < 5
        with pytest.raises(Truncated):
            busy.chunks()


def test_no_answer_is_lost_over_a_stop_under_load(demo: Signet) -> None:
    """Every request gets a whole answer or none: nothing is cut off in the middle."""
    token = demo.token("reporter")
    cut: list[str] = []
    whole: list[int] = []

    def load() -> None:
        while True:
            try:
                connection = Connection(demo.gateway_port, seconds=10)
            except OSError:
                return
            with connection:
                try:
                    for _ in range(1000):
                        connection.send(request("/orders/1", token))
                        status = connection.answer().status
                        whole.append(status)
                except Truncated:
                    if connection.buffer:
                        cut.append(repr(connection.buffer[:80]))
                except OSError:
                    pass

    threads = [threading.Thread(target=load, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert demo.stop() == 0
    for thread in threads:
        thread.join(10)
    assert len(whole) > 50 and set(whole) <= {200, 503}
    assert cut == []


def test_data_stays(demo: Signet) -> None:
    before = demo.run("export").stdout
    assert demo.stop() == 0
    demo.start()
    assert demo.run("export").stdout == before
    assert demo.call("/orders/1", demo.token("reporter")).status_code == 200
    wait_until(lambda: answers(demo.gateway_port), 5, "the gateway")
