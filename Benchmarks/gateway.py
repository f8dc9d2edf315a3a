#!/usr/bin/env python3
"""CPU per request of the gateway beside nginx, both proxying to the same nginx.

Every round runs all rows once, in a shuffled order; a row's ratio is taken to the first row of the same round, since
machines change their speed from minute to minute. CPU is utime + stime of all processes of the proxy, divided by the
requests that wrk counted. Needs python3, wrk and nginx; `make bench` installs them.

    Benchmarks/gateway.py [--rounds 5] [--seconds 4] [--connections 64] [--json]
"""

import argparse
import base64
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGNET = ROOT / ".build/release/signet"
TICKS = os.sysconf("SC_CLK_TCK")

RESOURCES = """
kind: API
name: asymmetric
spec:
  type: rest
  audience: https://asymmetric.example
  scopes: [read]
  token: {{profile: asymmetric, lifetime: 24h}}
  upstreams: [{{url: http://127.0.0.1:{upstream}}}]
  routes: [{{path: {{prefix: /asymmetric}}, scopes: [read]}}, {{path: {{prefix: /x}}, access: public}}]
---
kind: API
name: symmetric
spec:
  type: rest
  audience: https://symmetric.example
  scopes: [read]
  token: {{profile: symmetric, lifetime: 24h}}
  upstreams: [{{url: http://127.0.0.1:{upstream}}}]
  routes: [{{path: {{prefix: /symmetric}}, scopes: [read]}}]
---
kind: Client
name: bench
spec:
  grants: [client_credentials]
  auth: client_secret_basic
  apis: {{asymmetric: [read], symmetric: [read]}}
"""

NGINX_COMMON = """
daemon off; pid {directory}/{name}.pid; error_log {directory}/{name}.log; worker_processes {workers}; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {directory}/{name}-1; proxy_temp_path {directory}/{name}-2;
  fastcgi_temp_path {directory}/{name}-3; uwsgi_temp_path {directory}/{name}-4; scgi_temp_path {directory}/{name}-5;
  {body}
}}
"""

UPSTREAM = 'server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 "ok\\n"; }} }}'

PROXY = """
  large_client_header_buffers 4 32k;
  upstream back {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location / {{
      proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
"""


class Stack:
    """Everything that runs, stopped by process id at the end."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, arguments: list[str], name: str, environment: dict[str, str] | None = None) -> int:
        with (self.directory / f"{name}.out").open("ab") as output:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=os.environ | (environment or {})
            )
        self.running.append(process)
        return process.pid

    def stop(self) -> None:
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(60)

    def nginx(self, name: str, workers: int, body: str, port: int) -> int:
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            raise SystemExit("nginx is missing: run scripts/install-packages bench")
        file = self.directory / f"{name}.conf"
        user = "user root;" if os.getuid() == 0 else ""
        file.write_text(
            NGINX_COMMON.format(directory=self.directory, name=name, workers=workers, user=user, body=body)
        )
        pid = self.start([program, "-p", str(self.directory), "-c", str(file)], name)
        await_port(port)
        return pid

    def signet(self, name: str, upstream: int, settings: dict[str, str]) -> "Gateway":
        data = self.directory / name
        gateway, control = free_port(), free_port()
        environment = {
            "SIGNET_ISSUER": f"http://127.0.0.1:{control}",
            "SIGNET_PUBLIC_URL": f"http://127.0.0.1:{gateway}",
            "SIGNET_LISTENERS__GATEWAY__ADDRESS": f"127.0.0.1:{gateway}",
            "SIGNET_LISTENERS__CONTROL__ADDRESS": f"127.0.0.1:{control}",
            "SIGNET_LOG__LEVEL": "warning",
        } | settings
        pid = self.start([str(SIGNET), "serve", "--data", str(data)], name, environment)
        await_port(gateway)
        await_port(control)
        client = self.directory / f"{name}-client.json"
        subprocess.run(
            [
                SIGNET, "apply", "-f", "-", "--server", f"http://127.0.0.1:{control}", "--data", data, "--secrets-to", client,
            ],
            input=RESOURCES.format(upstream=upstream), text=True, check=True, stdout=subprocess.DEVNULL,
        )
        secret = json.loads(client.read_text())["clients"][0]["client_secret"]
        return Gateway(pid, gateway, control, secret)


class Gateway:
    """A running Signet."""

    def __init__(self, pid: int, port: int, control: int, secret: str) -> None:
        self.pid, self.port, self.control, self.secret = pid, port, control, secret

    def token(self, api: str) -> str:
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "resource": f"https://{api}.example"})
        credential = base64.b64encode(f"bench:{self.secret}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.control}/oauth/token", form.encode(), {"Authorization": f"Basic {credential}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            token: str = json.load(answer)["access_token"]
            return token


class Row:
    """One thing that is measured in every round."""

    def __init__(self, name: str, pid: int, url: str, token: str | None = None, goal: str = "") -> None:
        self.name, self.pid, self.url, self.token, self.goal = name, pid, url, token, goal
        self.cpu: list[float] = []
        self.rate: list[float] = []
        self.ratio: list[float] = []

    def run(self, seconds: float, connections: int) -> None:
        before = cpu_seconds(self.pid)
        start = time.monotonic()
        count = self.load(seconds, connections)
        elapsed = time.monotonic() - start
        self.cpu.append((cpu_seconds(self.pid) - before) / count * 1e6)
        self.rate.append(count / elapsed)

    def load(self, seconds: float, connections: int) -> int:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s"]
        if self.token:
            command += ["-H", f"Authorization: Bearer {self.token}"]
        done = subprocess.run([*command, self.url], capture_output=True, text=True, check=True)
        count = int(re.search(r"(\d+) requests in", done.stdout).group(1))  # type: ignore[union-attr]
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout or count == 0:
            raise SystemExit(f"{self.name}: not every request was answered with 200:\n{done.stdout}")
        return count

    def summary(self) -> dict[str, object]:
        return {
            "name": self.name, "cpu_us": statistics.median(self.cpu), "cpu_us_range": [min(self.cpu), max(self.cpu)],
            "requests_per_second": statistics.median(self.rate), "ratio": statistics.median(self.ratio),
            "ratio_range": [min(self.ratio), max(self.ratio)], "goal": self.goal,
        }


def free_port() -> int:
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit("no free port")


def await_port(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [other for child in children for other in family(int(child))]


def cpu_seconds(pid: int) -> float:
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def instructions(row: Row, seconds: float, connections: int) -> float | None:
    """User instructions per request as perf counts them; None where the machine has no counter."""
    perf = shutil.which("perf")
    if perf is None:
        return None
    pids = ",".join(str(pid) for pid in family(row.pid))
    counter = subprocess.Popen(
        [perf, "stat", "-x", ";", "-e", "instructions:u", "-p", pids], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.3)
    count = row.load(seconds, connections)
    counter.send_signal(signal.SIGINT)
    line = counter.communicate()[1].split(";")[0].strip()
    return int(line) / count if line.isdigit() else None


def rows(stack: Stack) -> list[Row]:
    cores = os.cpu_count() or 1
    upstream, proxy = free_port(), free_port()
    stack.nginx("upstream", 1, UPSTREAM.format(port=upstream), upstream)
    nginx = stack.nginx("proxy", cores, PROXY.format(port=proxy, upstream=upstream), proxy)
    cached = stack.signet("cached", upstream, {})
    # Without the cache every request opens its token, as if it were the first with it.
    fresh = stack.signet("fresh", upstream, {"SIGNET_LIMITS__TOKEN_CACHE_ENTRIES": "0"})
    token = cached.token("asymmetric")
    own, other = f"http://127.0.0.1:{cached.port}", f"http://127.0.0.1:{fresh.port}"
    return [
        Row("nginx, plain", nginx, f"http://127.0.0.1:{proxy}/x"),
        Row("nginx, plain, with the token's octets", nginx, f"http://127.0.0.1:{proxy}/asymmetric", token),
        Row("signet, plain", cached.pid, f"{own}/x", goal="<= 1.0, stretch 0.9"),
        Row("signet, repeated token", cached.pid, f"{own}/asymmetric", token, goal="<= 1.25, stretch 1.1"),
        Row("signet, repeated symmetric token", cached.pid, f"{own}/symmetric", cached.token("symmetric")),
        Row("signet, fresh token", fresh.pid, f"{other}/asymmetric", fresh.token("asymmetric")),
        Row("signet, fresh symmetric token", fresh.pid, f"{other}/symmetric", fresh.token("symmetric")),
    ]


def measure(options: argparse.Namespace, stack: Stack) -> list[Row]:
    measured = rows(stack)
    for row in measured:
        row.load(1, options.connections)
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for row in random.sample(measured, len(measured)):
            row.run(options.seconds, options.connections)
        for row in measured:
            row.ratio.append(row.cpu[-1] / measured[0].cpu[-1])
    return measured


def report(measured: list[Row], options: argparse.Namespace) -> None:
    print(
        f"gateway: {options.rounds} rounds of {options.seconds:g} s, wrk -t1 -c{options.connections}, {os.cpu_count()} cores "
        "shared by wrk, proxy and upstream; median (range)"
    )
    print(f"{'':38}{'CPU us/request':>22}{'ratio to nginx, plain':>26}{'requests/s':>12}  goal")
    for row in measured:
        cpu = f"{statistics.median(row.cpu):.1f} ({min(row.cpu):.1f}-{max(row.cpu):.1f})"
        ratio = f"{statistics.median(row.ratio):.2f} ({min(row.ratio):.2f}-{max(row.ratio):.2f})"
        print(f"{row.name:38}{cpu:>22}{ratio:>26}{statistics.median(row.rate):>12,.0f}  {row.goal}")
    counted = {row.name: instructions(row, 2, options.connections) for row in measured}
    if any(counted.values()):
        print("user instructions per request: " + ", ".join(f"{name} {count:,.0f}" for name, count in counted.items() if count))
    else:
        print("user instructions per request: not counted, perf has no counter here")


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU per request of the gateway beside nginx")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="signet-bench-") as directory:
        stack = Stack(Path(directory))
        try:
            measured = measure(options, stack)
            if options.json:
                print(json.dumps([row.summary() for row in measured], indent=2))
            else:
                report(measured, options)
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
