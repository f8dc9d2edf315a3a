"""Real clients, and a real upstream."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import requests

from support.processes import Program, answers, free_port, wait_until
from support.resources import ORDERS
from support.server import Signet
from support.upstream import Upstream


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, text=True, timeout=60)


def wrk(url: str, token: str | None, seconds: int = 3, connections: int = 32) -> dict[str, int]:
    """Runs wrk; answers requests, socket errors and answers that were no success."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=seconds + 60, check=True)
    requests_done = re.search(r"(\d+) requests in", done.stdout)
    assert requests_done, done.stdout
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return {
        "requests": int(requests_done.group(1)),
        "socket errors": sum(map(int, socket_errors.groups())) if socket_errors else 0,
        "failures": int(failures.group(1)) if failures else 0,
    }


def test_curl(signet: Signet, upstream: Upstream, read_token: str, write_token: str, tmp_path: Path) -> None:
    done = curl("--fail", "--header", f"Authorization: Bearer {read_token}", f"{signet.gateway}/orders/42")
    assert done.returncode == 0, done.stderr
    assert "reporter" in done.stdout
    body = tmp_path / "body"
    body.write_bytes(b"y" * 3_000_000)
    done = curl("--fail", "-T", str(body), "-H", f"Authorization: Bearer {write_token}", f"{signet.gateway}/orders/up")
    assert done.returncode == 0, done.stderr
    assert upstream.last().body_bytes == 3_000_000
    done = curl("--head", "--fail", "-H", f"Authorization: Bearer {read_token}", f"{signet.gateway}/orders/1")
    assert done.stdout.startswith("HTTP/1.1 200")
    done = curl("--include", f"{signet.gateway}/orders/42")
    assert done.stdout.startswith("HTTP/1.1 401") and "token-missing" in done.stdout


def test_requests(signet: Signet, upstream: Upstream, read_token: str, write_token: str) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {read_token}"
        for number in range(20):
            answer = session.get(f"{signet.gateway}/orders/{number}", timeout=30)
            assert answer.json()["target"] == f"/orders/{number}"

        def pieces():
            yield from (b"piece %d\n" % number for number in range(100))

        answer = session.post(
            f"{signet.gateway}/orders/1", data=pieces(), headers={"Authorization": f"Bearer {write_token}"}, timeout=30
        )
        assert answer.status_code == 200
        assert upstream.last().body_bytes == sum(len(piece) for piece in pieces())
        assert session.get(f"{signet.gateway}/any/chunks/500", timeout=30).text == "hello" * 500


def test_httpx_with_many_connections(signet: Signet, read_token: str) -> None:
    async def calls() -> list[int]:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {read_token}"}, timeout=30) as client:

            async def one(number: int) -> int:
                return (await client.get(f"{signet.gateway}/orders/{number}")).status_code

            async with anyio.create_task_group() as group:
                statuses: list[int] = []

                async def add(number: int) -> None:
                    statuses.append(await one(number))

                for number in range(100):
                    group.start_soon(add, number)
            return statuses

    import anyio

    assert anyio.run(calls) == [200] * 100


def test_wrk_with_a_token_sees_no_error(signet: Signet, read_token: str) -> None:
    seen = wrk(f"{signet.gateway}/orders/1", read_token)
    assert seen["requests"] > 100
    assert (seen["socket errors"], seen["failures"]) == (0, 0), seen


def test_wrk_without_a_token_sees_refusals_only(signet: Signet) -> None:
    seen = wrk(f"{signet.gateway}/orders/1", None, seconds=2)
    assert seen["requests"] > 100
    assert (seen["socket errors"], seen["failures"]) == (0, seen["requests"]), seen


def test_nginx_as_upstream(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    """A real server behind the gateway: files, ranges, conditional requests, compression, keep-alive."""
    port = free_port()
    root = tmp_path / "www"
    (root / "orders").mkdir(parents=True)
    content = bytes(range(256)) * 20_000
    (root / "orders" / "file.bin").write_bytes(content)
    (root / "orders" / "text.txt").write_text("hello " * 10_000)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {tmp_path}/nginx.pid; error_log {tmp_path}/nginx.log; user root;\n"
        "events {}\nhttp { access_log off; gzip on; gzip_types text/plain; "
        f"client_body_temp_path {tmp_path}/t1; proxy_temp_path {tmp_path}/t2; fastcgi_temp_path {tmp_path}/t3; "
        f"uwsgi_temp_path {tmp_path}/t4; scgi_temp_path {tmp_path}/t5; "
        "default_type application/octet-stream; types { text/plain txt; } "
        f"server {{ listen 127.0.0.1:{port}; root {root}; keepalive_requests 5; }} }}\n"
    )
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    program = Program([nginx, "-p", tmp_path, "-c", configuration], tmp_path, "nginx", {})
    try:
        wait_until(lambda: answers(port), 10, "nginx")
        signet = new_signet()
        signet.apply(demo_resources(f"http://127.0.0.1:{port}"))
        token = signet.token("reporter", ORDERS)
        file = "/orders/file.bin"
        assert signet.call(file, token).content == content
        part = signet.call(file, token, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, content[1000:2000])
        tag = signet.call(file, token, method="HEAD").headers["etag"]
        unchanged = signet.call(file, token, headers={"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        text = signet.call("/orders/text.txt", token, headers={"Accept-Encoding": "gzip"})
        assert text.headers["content-encoding"] == "gzip" and text.text == "hello " * 10_000
        assert signet.call("/orders/none", token).status_code == 404
        # The upstream closes each connection after five requests: no request may be lost to that.
        errors: list[int] = []

        def calls() -> None:
            with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
                errors.extend(
                    status
                    for _ in range(100)
                    if (status := client.get(f"{signet.gateway}/orders/text.txt").status_code) != 200
                )

        threads = [threading.Thread(target=calls) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
    finally:
        program.stop()
