"""Resources: applied, exported, refused with their lines, taken over by the running gateway."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml

from support import ledger
from support.processes import free_port
from support.raw import Connection, request
from support.resources import ORDERS
from support.server import Signet, run
from support.upstream import Upstream
from support.web import web


@pytest.fixture
def demo(new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream) -> Signet:
    signet = new_signet()
    signet.apply(demo_resources(upstream.url))
    return signet


def test_what_is_exported_can_be_applied_and_changes_nothing(demo: Signet, tmp_path: Path) -> None:
    exported = demo.run("export")
    assert exported.returncode == 0, exported.stderr
    documents = list(yaml.safe_load_all(exported.stdout))
    assert [(document["kind"], document["name"]) for document in documents] == [
        ("API", "orders"),
        ("Client", "reporter"),
    ]
    assert "secret" not in exported.stdout.replace("client_secret_basic", "")
    again = demo.run("apply", "-f", "-", "--json", input=exported.stdout)
    assert again.returncode == 0, again.stderr
    assert {change["action"] for change in json.loads(again.stdout)["changes"]} == {"unchanged"}
    assert demo.run("export").stdout == exported.stdout
    # The secret is the old one.
    assert demo.token("reporter")


def test_export_goes_to_another_server_and_means_the_same(demo: Signet, new_signet: Callable[..., Signet]) -> None:
    exported = demo.run("export").stdout
    other = new_signet()
    other.apply(exported)
    assert other.run("export").stdout == exported
    assert other.call("/orders/1", other.token("reporter")).status_code == 200
    # Its keys are its own.
    assert other.call("/orders/1", demo.token("reporter")).json()["code"] == "token-invalid"


def test_applying_the_same_twice_changes_nothing(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    again = demo.run("apply", "-f", "-", "--json", input=demo_resources(upstream.url))
    assert {change["action"] for change in json.loads(again.stdout)["changes"]} == {"unchanged"}


def test_a_dry_run_changes_nothing(demo: Signet, demo_resources: Callable[[str], str]) -> None:
    before = demo.run("export").stdout
    done = demo.run("apply", "-f", "-", "--dry-run", "--json", input=demo_resources("http://127.0.0.1:1"))
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["dry_run"] and "updated" in {change["action"] for change in answer["changes"]}
    assert demo.run("export").stdout == before


def test_prune_removes_what_is_not_named_and_its_tokens_die(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    token = demo.token("reporter")
    api_alone = demo_resources(upstream.url).split("---")[0]
    assert demo.run("apply", "-f", "-", input=api_alone).returncode == 0
    assert demo.call("/orders/1", token).status_code == 200
    assert demo.run("apply", "-f", "-", "--prune", input=api_alone).returncode == 0
    assert demo.oauth("token", "reporter", grant_type="client_credentials").status_code == 401
    answer = demo.call("/orders/1", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        ("forward: claims", "foward: claims", 8, ["foward", "no such field"]),
        ("type: rest", "type: soap", 4, ["type", "rest"]),
        ("type: rest", "type: ai", 4, ["not supported yet"]),
        ("lifetime: 5m", "lifetime: 25h", 7, ["lifetime"]),
        ("lifetime: 5m", "lifetime: 0s", 7, ["lifetime"]),
        ("audience: https://orders.example", "audience: orders", 5, ["audience"]),
        ("name: orders", "name: Orders", 2, ["name"]),
        ("binding: none", "binding: dpop", 7, ["not supported yet"]),
        ("scopes: [orders.read]}", "scopes: [orders.rea]}", 10, ["scopes"]),
        ("{prefix: /orders}", "{prefix: orders}", 10, ["prefix"]),
        ("{url: http://127.0.0.1:8082}", "{url: ftp://127.0.0.1}", 9, ["url"]),
        ("profile: asymmetric", "profile: symmetric, signing: ES256", 7, ["signing", "symmetric"]),
    ],
)
def test_a_fault_is_told_with_its_file_and_line_and_nothing_is_applied(
    demo: Signet, tmp_path: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    text = (
        "kind: API\nname: orders\nspec:\n  type: rest\n  audience: https://orders.example\n  scopes: [orders.read]\n"
        "  token: {profile: asymmetric, lifetime: 5m, recipient: gateway, binding: none}\n  forward: claims\n"
        "  upstreams: [{url: http://127.0.0.1:8082}]\n"
        "  routes: [{path: {prefix: /orders}, scopes: [orders.read]}]\n"
    )
    assert old in text
    file = tmp_path / "bad.yaml"
    file.write_text(text.replace(old, new))
    before = demo.run("export").stdout
    done = demo.run("apply", "-f", file)
    assert done.returncode == 65, (done.returncode, done.stderr)
    assert f"bad.yaml:{line}" in done.stderr, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert demo.run("export").stdout == before


def test_two_apis_with_one_audience_or_one_route_are_refused(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    api = demo_resources(upstream.url).split("---")[0]
    same_audience = api.replace("name: orders", "name: orders2").replace("prefix: /", "prefix: /two/")
    done = demo.run("apply", "-f", "-", input=same_audience)
    assert done.returncode != 0 and "audience" in done.stderr, done.stderr
    same_route = api.replace("name: orders", "name: orders2").replace("orders.example", "two.example")
    done = demo.run("apply", "-f", "-", input=same_route)
    assert done.returncode != 0 and "route" in done.stderr, done.stderr


def test_revisions_are_kept(demo: Signet, demo_resources: Callable[[str], str]) -> None:
    demo.apply(demo_resources("http://127.0.0.1:1"))
    items = demo.admin("GET", "/apis/orders/revisions").json()["items"]
    assert [item["revision"] for item in items] == [2, 1]
    assert items[0]["spec"]["upstreams"] != items[1]["spec"]["upstreams"]


def test_a_stale_change_is_refused(demo: Signet) -> None:
    answer = demo.admin("GET", "/clients/reporter")
    spec = answer.json()["spec"]
    token = (demo.data / "admin.token").read_text().strip()

    def put(tag: str) -> httpx.Response:
        return web.put(
            f"{demo.control}/admin/v1/clients/reporter",
            json={"spec": spec | {"disabled": tag == '"1"'}},
            headers={"Authorization": f"Bearer {token}", "If-Match": tag},
        )

    assert put('"7"').json()["code"] == "precondition-failed"
    assert put(answer.headers["etag"]).status_code == 200


def test_a_disabled_client_gets_nothing_and_its_tokens_are_refused(demo: Signet) -> None:
    token = demo.token("reporter")
    assert demo.call("/orders/1", token).status_code == 200
    exported = demo.run("export").stdout
    documents = list(yaml.safe_load_all(exported))
    documents[1]["spec"]["disabled"] = True
    assert demo.run("apply", "-f", "-", input=yaml.safe_dump_all(documents)).returncode == 0
    assert demo.oauth("token", "reporter", grant_type="client_credentials").status_code == 401
    answer = demo.call("/orders/1", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")


def test_a_change_drops_no_connection(
    demo: Signet, demo_resources: Callable[[str], str], new_upstream: Callable[[], Upstream], upstream: Upstream
) -> None:
    token = demo.token("reporter")
    other = new_upstream()
    with Connection(demo.gateway_port) as connection:
        for target in (other, upstream, other):
            connection.send(request("/orders/1", token))
            assert connection.answer().status == 200
            assert demo.run("apply", "-f", "-", input=demo_resources(target.url)).returncode == 0
            target.seen.clear()
            # The next request on the same connection goes where the new resources say.
            connection.send(request("/orders/2", token))
            assert connection.answer().status == 200
            assert [seen.target for seen in target.seen] == ["/orders/2"]


def test_a_stream_goes_on_over_a_change(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream, new_upstream: Callable[[], Upstream]
) -> None:
    token = demo.token("reporter")
    with Connection(demo.gateway_port) as connection:
        connection.send(request("/orders/drip/15", token))
        assert connection.head().status == 200
        assert demo.run("apply", "-f", "-", input=demo_resources(new_upstream().url)).returncode == 0
        body = connection.chunks()
    assert body == b"hello" * 15


def test_wrk_sees_no_error_while_resources_change(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream, new_upstream: Callable[[], Upstream]
) -> None:
    from test_clients import wrk

    other = new_upstream()
    token = demo.token("reporter")
    over = threading.Event()
    applied: list[int] = []

    def change() -> None:
        while not over.is_set():
            url = (other if len(applied) % 2 == 0 else upstream).url
            applied.append(demo.run("apply", "-f", "-", input=demo_resources(url)).returncode)

    thread = threading.Thread(target=change)
    thread.start()
    seen = wrk(f"{demo.gateway}/orders/1", token, seconds=4, connections=16)
    over.set()
    thread.join()
    assert len(applied) > 3 and set(applied) == {0}
    assert (seen["socket errors"], seen["failures"]) == (0, 0), (seen, len(applied))


def test_a_changed_audience_ends_the_old_tokens(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream
) -> None:
    token = demo.token("reporter")
    changed = demo_resources(upstream.url).replace(ORDERS, "https://new.example")
    assert demo.run("apply", "-f", "-", input=changed).returncode == 0
    answer = demo.call("/orders/1", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "audience-mismatch")
    assert demo.call("/orders/1", demo.token("reporter")).status_code == 200


def test_a_directory_of_files(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, tmp_path: Path
) -> None:
    signet = new_signet()
    api, client = demo_resources(upstream.url).split("---")
    folder = tmp_path / "resources"
    folder.mkdir()
    # The client comes first: all files are one change.
    (folder / "a.yaml").write_text(client)
    (folder / "b.yaml").write_text(api)
    (folder / "notes.txt").write_text("not a resource")
    done = signet.run("apply", "-f", folder, "--secrets-to", tmp_path / "secrets.json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    entry = json.loads((tmp_path / "secrets.json").read_text())["clients"][0]
    assert set(entry) == {"client_id", "client_secret", "auth"} and entry["client_id"] == "reporter"
    printed = signet.run("token", "--credentials", tmp_path / "secrets.json", secret_output=True)
    assert printed.stdout.count(".") == 4 and printed.stdout.count("\n") == 1


def scopes(signet: Signet, *options: str | Path) -> set[str]:
    """What a token of the command may do, as its own answer says."""
    done = signet.run("token", "--json", *options, secret_output=True)
    assert done.returncode == 0, done.stdout
    return set(json.loads(done.stdout)["scope"].split())


def test_a_client_that_sends_its_secret_in_the_form_gets_tokens(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    signet = new_signet()
    file, secret = tmp_path / "secrets.json", tmp_path / "secret"
    basic = demo_resources("http://127.0.0.1:1")
    post = basic.replace("auth: client_secret_basic", "auth: client_secret_post")
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=post).returncode == 0
    entry = json.loads(file.read_text())["clients"][0]
    assert entry["auth"] == "client_secret_post"
    assert scopes(signet, "--credentials", file) == {"orders.read"}

    secret.write_text(entry["client_secret"])
    named = ["--client", "reporter", "--secret-file", secret]
    done = signet.run("token", *named)
    assert (done.returncode, done.stdout) == (77, "")
    assert "client_secret_basic" in done.stderr and "--auth" in done.stderr, done.stderr
    assert scopes(signet, *named, "--auth", "client_secret_post") == {"orders.read"}

    # The file follows when the client's auth changes, and keeps the secret.
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=basic).returncode == 0
    assert json.loads(file.read_text())["clients"] == [entry | {"auth": "client_secret_basic"}]
    assert scopes(signet, "--credentials", file) == {"orders.read"}


def test_a_new_secret_takes_the_place_of_the_old_one(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    signet = new_signet()
    file = tmp_path / "secrets.json"
    resources = demo_resources("http://127.0.0.1:1").replace("auth: client_secret_basic", "auth: client_secret_post")
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=resources).returncode == 0
    before = json.loads(file.read_text())["clients"][0]
    printed = signet.run("clients", "secret", "reporter", secret_output=True)
    assert printed.returncode == 0, printed.stderr
    ledger.note_secret(printed.stdout.strip(), "a printed secret")

    # The file's secret is stale now: the message says so, and the command that it names puts it right.
    stale = signet.run("token", "--credentials", file)
    assert (stale.returncode, stale.stdout) == (77, "")
    assert "signet clients secret" in stale.stderr and "disabled" in stale.stderr, stale.stderr
    done = signet.run("clients", "secret", "reporter", "--secrets-to", file)
    assert done.returncode == 0, done.stderr
    after = json.loads(file.read_text())["clients"]
    secret = ledger.note_secret(after[0]["client_secret"], "a secret in a file")
    assert after == [before | {"client_secret": secret}] and secret != before["client_secret"]
    assert secret not in done.stdout + done.stderr
    assert scopes(signet, "--credentials", file) == {"orders.read"}
    unknown = signet.run("clients", "secret", "nobody", "--secrets-to", file)
    assert (unknown.returncode, unknown.stdout) == (1, "") and "nobody" in unknown.stderr, unknown.stderr
    assert json.loads(file.read_text())["clients"] == after


def test_of_several_clients_in_a_file_one_is_named(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    signet = new_signet()
    file = tmp_path / "secrets.json"
    resources = demo_resources("http://127.0.0.1:1")
    other = resources.split("---")[1].replace("reporter", "writer")
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=f"{resources}---{other}").returncode == 0
    done = signet.run("token", "--credentials", file)
    assert (done.returncode, done.stdout) == (64, "")
    assert "reporter, writer" in done.stderr and "--client" in done.stderr, done.stderr
    assert signet.run("token", "--credentials", file, "--client", "writer", secret_output=True).returncode == 0
    missing = signet.run("token", "--credentials", tmp_path / "none.json")
    assert missing.returncode == 77 and "--secrets-to" in missing.stderr, missing.stderr
    empty = signet.run("apply", "-f", "-", input="---\n")
    assert empty.returncode == 65 and "standard input" in empty.stderr, empty.stderr


def test_a_token_has_what_the_client_has_now(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    signet = new_signet()
    file = tmp_path / "secrets.json"
    before = demo_resources("http://127.0.0.1:1")
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=before).returncode == 0
    assert scopes(signet, "--credentials", file) == {"orders.read"}
    api = before.split("---")[0].replace("scopes: [orders.read]\n", "scopes: [orders.read, orders.write]\n")
    client = before.split("---")[1].replace("[orders.read]", "[orders.read, orders.write]")
    assert signet.run("apply", "-f", "-", "--secrets-to", file, input=f"{api}---{client}").returncode == 0
    assert scopes(signet, "--credentials", file) == {"orders.read", "orders.write"}

    # With a second API the client is asked which one it means.
    second = api.replace("name: orders", "name: archive").replace("prefix: /", "prefix: /archive/")
    second = second.replace(ORDERS, "https://archive.example")
    both = client.replace("apis: {", "apis: {archive: [], ")
    assert signet.run("apply", "-f", "-", input=f"{api}---{second}---{both}").returncode == 0
    done = signet.run("token", "--credentials", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("refused: invalid_target: ") and "--resource" in done.stderr, done.stderr
    assert scopes(signet, "--credentials", file, "--resource", ORDERS) == {"orders.read", "orders.write"}


def test_secrets_applied_at_an_admin_listener_are_for_the_issuer(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    admin = f"127.0.0.1:{free_port()}"
    signet = new_signet({"SIGNET_LISTENERS__ADMIN__ADDRESS": admin})
    file = tmp_path / "secrets.json"
    resources = demo_resources("http://127.0.0.1:1")
    done = signet.run("apply", "-f", "-", "--secrets-to", file, "--server", f"http://{admin}", input=resources)
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text())["server"] == signet.control
    done = run("token", "--credentials", file)
    assert done.returncode == 0, done.stderr


def test_secrets_are_for_the_name_that_the_server_was_called_by(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path
) -> None:
    signet = new_signet()
    file = tmp_path / "secrets.json"
    server = f"http://localhost:{signet.control_port}"
    resources = demo_resources("http://127.0.0.1:1")
    done = signet.run("apply", "-f", "-", "--secrets-to", file, "--server", server, input=resources)
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text())["server"] == server


def test_faults_are_a_list_for_programs(demo: Signet) -> None:
    text = "kind: API\nname: a\nspec: {type: soap, audience: here, upstreams: [], routes: []}\n"
    done = demo.run("apply", "-f", "-", "--json", input=text)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (65, "resource-invalid")
    assert {"spec.type", "spec.audience"} <= {fault["path"] for fault in error["errors"]}, error
    assert "\n" not in error["reason"] and all(fault["message"] for fault in error["errors"])


def secrets(file: Path) -> set[tuple[str, str]]:
    """Server and client of each entry in a file of credentials."""
    document = json.loads(file.read_text())
    return {(entry.get("server", document["server"]), entry["client_id"]) for entry in document["clients"]}


@pytest.mark.parametrize("place", ["missing/folder/secrets.json", "folder", "read-only/secrets.json", "notes.txt"])
def test_a_file_that_cannot_take_secrets_is_told_before_anything_is_applied(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], tmp_path: Path, place: str
) -> None:
    signet = new_signet()
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("my notes")
    # Whatever the user may do: nobody makes a file in /proc.
    (tmp_path / "read-only").symlink_to("/proc/self")
    done = signet.run(
        "apply", "-f", "-", "--secrets-to", tmp_path / place, input=demo_resources("http://127.0.0.1:1")
    )
    assert done.returncode in (64, 65) and str(tmp_path / place) in done.stderr, (done.returncode, done.stderr)
    assert signet.admin("GET", "/clients").json()["items"] == []
    assert (tmp_path / "notes.txt").read_text() == "my notes"
    assert sorted(path.name for path in tmp_path.iterdir() if "secrets" in path.name or "notes" in path.name) == [
        "notes.txt"
    ]


def test_secrets_of_other_clients_and_servers_stay_in_the_file(
    new_signet: Callable[..., Signet], demo_resources: Callable[[str], str], upstream: Upstream, tmp_path: Path
) -> None:
    first, second = new_signet(), new_signet()
    file = tmp_path / "secrets.json"
    resources = demo_resources(upstream.url)
    other = resources.split("---")[1].replace("reporter", "writer")
    for signet, yaml_text in ((first, resources), (second, resources), (first, other)):
        done = signet.run("apply", "-f", "-", "--secrets-to", file, input=yaml_text)
        assert done.returncode == 0, done.stderr
        assert file.stat().st_mode & 0o777 == 0o600
    assert secrets(file) == {
        (first.control, "reporter"),
        (first.control, "writer"),
        (second.control, "reporter"),
    }
    # Each is used at its own server, and never at another.
    for signet, client in ((first, "writer"), (first, "reporter"), (second, "reporter")):
        printed = signet.run("token", "--credentials", file, "--client", client, secret_output=True)
        assert printed.returncode == 0, printed.stderr
        assert signet.call("/orders/1", printed.stdout.strip()).status_code == 200
    done = second.run("token", "--credentials", file, "--client", "writer")
    assert done.returncode == 77 and second.control in done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir() if "secrets" in path.name] == ["secrets.json"]


def test_secrets_of_many_at_once_all_arrive(
    demo: Signet, demo_resources: Callable[[str], str], upstream: Upstream, tmp_path: Path
) -> None:
    client = demo_resources(upstream.url).split("---")[1]
    file = tmp_path / "secrets.json"
    names = [f"client-{number}" for number in range(8)]

    def apply(name: str) -> int:
        text = client.replace("reporter", name)
        return demo.run("apply", "-f", "-", "--secrets-to", file, input=text).returncode

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(apply, names)) == {0}
    assert secrets(file) == {(demo.control, name) for name in names}


def test_one_of_many_changes_with_the_same_etag_wins(demo: Signet) -> None:
    answer = demo.admin("GET", "/apis/orders")
    token = (demo.data / "admin.token").read_text().strip()

    def put(number: int) -> int:
        with httpx.Client(timeout=20) as http:
            return http.put(
                f"{demo.control}/admin/v1/apis/orders",
                json={"spec": answer.json()["spec"] | {"claims": [f"c{number}"]}},
                headers={"Authorization": f"Bearer {token}", "If-Match": answer.headers["etag"]},
            ).status_code

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(put, range(16))) == [200] + [412] * 15


def test_the_description_of_the_management_api_is_served(demo: Signet) -> None:
    described = web.get(f"{demo.control}/admin/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path in ("apply", "export", "apis", "clients", "keys", "keys/rotate", "revocations", "audit"):
        assert any(known.endswith(f"/{path}") for known in described["paths"]), path


def test_every_change_is_in_the_audit_log(demo: Signet) -> None:
    demo.run("keys", "rotate")
    actions = [item["action"] for item in demo.admin("GET", "/audit").json()["items"]]
    assert "key.rotate" in actions
    assert "resource.create" in actions, actions
