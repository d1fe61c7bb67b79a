"""What is refused: strangers, other pages and hosts, too much, routes without need, files that nobody handed in."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.updating import reindex
from tests.pages import chromium
from tests.serving import ROOT, ask_for, is_refused, running, said_raw
from web.guard import is_loopback

NAME, PASSWORD = "言小满", "很长的一句 口令!"


@pytest.fixture(scope="module")
def logins(tmp_path_factory):
    """A file with one name, made cheaply."""
    from argon2 import PasswordHasher

    path = tmp_path_factory.mktemp("logins") / "logins"
    path.write_text(f"# who may come in\n\n{NAME}:{PasswordHasher(1, 8, 1).hash(PASSWORD)}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def open_page(sample_store):
    with running(sample_store) as address:
        yield address


@pytest.fixture(scope="module")
def locked(sample_store, logins):
    with running(sample_store, "--auth", str(logins), "--mcp") as address:
        yield address


def basic(name=NAME, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


# Who may come in


@pytest.fixture(scope="module")
def routes(sample_store):
    """Every (method, path) that the application has, Gradio's own included, with its parameters filled in."""
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom app import build\n"
        "from qa.answering import load_models, open_or_index_sample\n"
        f"store = open_or_index_sample(Path({str(sample_store)!r}), named=True)\nfound = set()\n"
        "def walk(router, prefix=''):\n"
        "    for route in router.routes:\n"
        "        path = prefix + getattr(route, 'path', '')\n"
        "        if hasattr(route, 'methods'):\n"
        "            found.update((method, path) for method in route.methods or ['GET', 'POST'])\n"
        "        for inner in ('app', 'original_router'):\n"
        "            if hasattr(getattr(route, inner, None), 'routes'):\n"
        "                walk(getattr(route, inner), path)\n"
        "walk(build(store, load_models(store), uploads=Path(), mcp=True))\nprint(json.dumps(sorted(found)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return [(method, re.sub(r"\{[^}]*\}", "x", path)) for method, path in json.loads(told.stdout)]


def test_all_routes_are_known(routes):
    paths = {path for _, path in routes}
    assert {
        "/health",
        "/gradio_api/run/ask",
        "/gradio_api/mcp",
        "/gradio_api/upload",
        "/gradio_api/file=x",
        "/gradio_api/proxy=x",
        "/config",
    } <= paths
    assert len(paths) > 50


@pytest.fixture(scope="module")
def guessed(sample_store, logins):
    """Another such server, for those who guess: it soon listens to nobody from here."""
    with running(sample_store, "--auth", str(logins), "--mcp") as address:
        yield address


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(password="falsch!!"),
        basic("fremd"),
        {"Authorization": "Basic !"},
        {"Authorization": "Bearer x"},
        {"Cookie": "zhiwen=x"},
    ],
    ids=["none", "password", "name", "junk", "bearer", "cookie"],
)
def test_no_route_answers_a_stranger(guessed, routes, headers):
    for method, path in routes:
        answer = ask_for(guessed + path, {} if method == "POST" else None, headers, method)
        if path == "/health":
            assert answer.body in (b"", b'{"generation":1}')
        elif path.strip("/") in ("login", "logout"):
            assert answer.status in (200, 303, 401, 404, 405, 429)
            assert b"gradio" not in answer.body.lower()
        else:
            assert answer.status in (401, 404, 405, 429), f"{method} {path}: {answer.status}"


def test_a_stranger_is_told_what_to_do(locked):
    page = ask_for(locked + "/", headers={"Accept": "text/html"})
    assert (page.status, page.headers["location"]) == (303, "/login")
    form = ask_for(locked + "/login", headers={"Accept": "text/html"})
    assert form.status == 200
    assert '<input name="password" type="password"' in form.body.decode()
    program = ask_for(locked + "/gradio_api/run/ask", {"data": ["拓源产值"]})
    assert program.status == 401
    assert "Log in first" in program.json["error"]
    assert program.headers["www-authenticate"].startswith("Basic ")
    script = ask_for(locked + "/config", headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})
    assert script.status == 401
    assert "www-authenticate" not in script.headers  # no dialog of the browser's own


def test_a_name_and_password_come_in(locked):
    answer = ask_for(locked + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic())
    assert answer.json["data"][0]["answer"]["text"] == "30億元以上"
    decomposed = basic(password=PASSWORD.encode().decode())
    assert ask_for(locked + "/config", headers=decomposed).status == 200
    for wrong in (
        basic(password=PASSWORD + " "),
        basic(password=PASSWORD[:-1]),
        basic(NAME + "x"),
        basic("", ""),
        basic(NAME, ""),
    ):
        assert ask_for(locked + "/config", headers=wrong).status == 401


def test_a_session_is_a_cookie_for_this_page_alone(locked):
    body = f"username={NAME}&password={PASSWORD}".replace(" ", "+").encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    wrong = ask_for(locked + "/login", body + b"x", form)
    assert wrong.status == 401
    assert "Wrong name or password" in wrong.body.decode()
    assert "set-cookie" not in wrong.headers
    entered = ask_for(locked + "/login", body, form)
    assert (entered.status, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" in ask_for(locked + "/login", body, form | {"X-Forwarded-Proto": "https"}).headers["set-cookie"]
    session = {"Cookie": cookie.partition(";")[0]}
    assert ask_for(locked + "/config", headers=session).status == 200
    assert ask_for(locked + "/", headers=session).status == 200
    assert ask_for(locked + "/config", headers={"Cookie": session["Cookie"][:-1]}).status == 401
    assert ask_for(locked + "/logout", headers=session).status == 303
    assert ask_for(locked + "/config", headers=session).status == 401


def test_gradios_client_and_an_agent_log_in(locked):
    import asyncio

    import httpx
    from gradio_client import Client
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    client = Client(locked, auth=(NAME, PASSWORD), verbose=False, analytics_enabled=False, download_files=False)
    assert client.predict("拓源产值", api_name="/ask")["answer"]["text"] == "30億元以上"

    async def tools():
        async with (
            httpx.AsyncClient(headers=basic(), trust_env=False) as http,
            streamable_http_client(locked + "/gradio_api/mcp", http_client=http) as (source, sink, *_),
            ClientSession(source, sink) as session,
        ):
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    assert asyncio.run(tools()) == ["ask", "search"]


@pytest.mark.fuzz
def test_guesses_are_slowed_down_and_hold_up_nobody(sample_store, tmp_path):
    from argon2 import PasswordHasher

    path = tmp_path / "logins"
    path.write_text(f"{NAME}:{PasswordHasher(parallelism=1).hash(PASSWORD)}", encoding="utf-8")
    with running(sample_store, "--auth", str(path)) as address:
        assert ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic()).status == 200
        with ThreadPoolExecutor(30) as many:
            guesses = [
                many.submit(ask_for, address + "/config", None, basic(password=f"falsch-{number}"))
                for number in range(60)
            ]
            begun = time.monotonic()
            answers = [ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic()) for _ in range(5)]
            taken = time.monotonic() - begun
            statuses = [guess.result().status for guess in guesses]
        assert [answer.status for answer in answers] == [200] * 5  # who was right before is not asked again
        assert taken < 60
        assert set(statuses) == {401, 429}
        assert statuses.count(401) <= 10
        late = next(
            answer
            for n in range(11)
            if (answer := ask_for(address + "/config", headers=basic(password=f"noch einer {n}"))).status == 429
        )
        assert re.search(r"Try again in \d+ seconds", late.json["error"])
        assert 200 < int(late.headers["retry-after"]) <= 301


# Where it listens, and as whom


@pytest.mark.slow
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "127.0.0.1:9"])
def test_it_starts_and_answers_whatever_proxy_is_set(sample_store, proxy):
    both = dict.fromkeys(("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY"), proxy)
    with running(sample_store, **both) as address:
        assert ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}).status == 200
        assert ask_for(address + "/").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_it_listens_elsewhere_only_with_logins_or_if_one_insists(sample_store, host):
    is_refused(sample_store, "Add --auth FILE", "--host", host)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("::1", True),
        ("[::1]", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("127.0.0.1.example.org", False),
        ("127.1", False),
        ("localhost.", False),
        ("", False),
    ],
)
def test_what_is_only_this_machine(host, local):
    assert is_loopback(host) is local


def test_an_address_that_cannot_be_had(sample_store, open_page):
    is_refused(sample_store, "cannot be listened on (Address already in use).", "--port", open_page.rsplit(":", 1)[1])
    is_refused(sample_store, "not a port", "--port", "70000")
    is_refused(sample_store, "cannot be listened on", "--insecure", "--host", "192.0.2.1")


@pytest.mark.slow
def test_insecure_listens_for_addresses_and_names_that_are_allowed(sample_store):
    with running(sample_store, "--insecure", "--host", "0.0.0.0", "--allowed-host", "News.example") as address:
        port = address.rsplit(":", 1)[1]
        here = f"http://127.0.0.1:{port}/health"
        for host, status in (
            ("192.168.1.7", 200),
            (f"[fe80::1]:{port}", 200),
            ("news.example:80", 200),
            ("evil.example", 403),
            ("localhost", 200),
        ):
            assert ask_for(here, headers={"Host": host}).status == status


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7860",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "169.254.169.254",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
    ],
)
def test_another_name_for_this_machineis_refused(open_page, host):
    for path in ("/", "/health", "/gradio_api/run/ask", "/theme.css"):
        answer = ask_for(open_page + path, headers={"Host": host})
        assert answer.status == 403
        assert host.rsplit(":", 1)[0] in answer.json["error"]


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "LOCALHOST", "[::1]:7860"])
def test_this_machines_own_names(open_page, host):
    assert ask_for(open_page + "/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://localhost", "chrome-extension://x", ""],
)
def test_another_page_neither_asks_nor_reads(open_page, origin):
    headers = {"Origin": origin}
    for method, path in (
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/config"),
        ("OPTIONS", "/gradio_api/run/ask"),
    ):
        answer = ask_for(open_page + path, {"data": ["拓源产值"]} if method == "POST" else None, headers, method)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers
    for origin, status in (
        (open_page, 200),
        (open_page.replace("http:", "https:"), 200),
        (open_page.replace("http:", "ftp:"), 403),
    ):
        assert ask_for(open_page + "/gradio_api/run/ask", {"data": ["拓源产值"]}, {"Origin": origin}).status == status


def test_another_page_may_only_link_here(open_page):
    def status(path="/", data=None, **fetch):
        return ask_for(open_page + path, data, {f"Sec-Fetch-{name}": value for name, value in fetch.items()}).status

    assert status(Site="cross-site", Mode="navigate", Dest="document") == 200
    assert status(Site="cross-site", Mode="navigate", Dest="iframe") == 403
    assert status(Site="cross-site", Mode="no-cors", Dest="image") == 403
    assert status(Site="same-site", Mode="cors", Dest="empty") == 403  # another port of this machine
    assert (
        status("/gradio_api/run/ask", {"data": ["拓源产值"]}, Site="cross-site", Mode="navigate", Dest="document")
        == 403
    )
    assert status(Site="same-origin", Mode="cors", Dest="empty") == 200
    assert status(Site="none", Mode="navigate", Dest="document") == 200


def test_headers_that_go_back(open_page):
    page = ask_for(open_page + "/")
    policy = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))
    (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy["script-src"])
    scripts = re.findall(rb"<script[^>]*>", page.body)
    assert len(scripts) > 3
    assert all(f'nonce="{nonce}"'.encode() in script for script in scripts)
    assert nonce not in ask_for(open_page + "/").headers["content-security-policy"]
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(
        r"https?:|\*|'unsafe-inline'", policy["script-src"] + policy["connect-src"] + policy["img-src"]
    )
    for path in ("/", "/health", "/nothing", "/gradio_api/file=/etc/passwd"):
        answer = ask_for(open_page + path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
        "Forwarded",
        "X-Direct-Url",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Original-Host",
        "Referer",
    ],
)
def test_forwarded_headers_do_not_reach_the_page(open_page, name):
    for path in ("/", "/config", "/gradio_api/info"):
        assert b"evil" not in ask_for(open_page + path, headers={name: "evil.example"}).body


def test_requests_that_no_client_sends(open_page):
    def first(request):
        return said_raw(open_page, request).split(b"\r\n")[0]

    assert b" 400 " in first(b"GET /health HTTP/1.1\r\n\r\n")
    assert b" 400 " in first(b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    assert b" 400 " in first(b"GET /health HTTP/1.1\r\nHost: local host\r\n\r\n")
    assert b" 400 " in first(b"GET /health HTTP/1.1\r\nHost: \xff\r\n\r\n")
    assert b" 400 " in first(b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")
    assert b" 400 " in first(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n")
    split = b"GET /login?a=%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert b"evil" not in said_raw(open_page, split)
    assert b" 404 " in first(b"GET /config%0d%0aevil:%201 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    upgrade = b"GET /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"  # noqa: E501
    assert b" 101 " not in first(upgrade + b"Sec-WebSocket-Key: eA==\r\n\r\n")


# Routes and files

SHUT = [
    "/gradio_api/proxy=https://huggingface.co/",
    "/gradio_api/proxy=http://127.0.0.1:22/",
    "/monitoring",
    "/monitoring/summary",
    "/monitoring/x",
    "/gradio_api/component_server",
    "/gradio_api/custom_component/a/client/b/c.js",
    "/gradio_api/deep_link?session_hash=x",
    "/gradio_api/runs",
    "/gradio_api/run-history/connect",
    "/gradio_api/run-history/buckets",
    "/gradio_api/dev/reload",
    "/gradio_api/vibe-edit",
    "/gradio_api/token",
    "/gradio_api/user",
    "/gradio_api/process_recording",
    "/gradio_api/stream/x",
    "/gradio_api/stream/a/b/1/playlist.m3u8",
    "/gradio_api/openapi.json",
    "/gradio_api/file/etc/passwd",
    "/file=/etc/passwd",
    "/file/etc/passwd",
    "/gradio_api/call/v2/ask",
    "/gradio_api/run/chat",
    "/gradio_api/api/predict",
    "/pwa_icon",
    "/pwa_icon/99999",
    "/docs",
    "/openapi.json",
    "/redoc",
    "/login",
    "/logout",
    "/svelte/x",
    "/gradio_api/mcp",
    "/robots.txt",
    "/x",
]


@pytest.mark.parametrize("path", SHUT)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_routes_that_nobody_needs_are_shut(open_page, path, method):
    answer = ask_for(open_page + path, {} if method == "POST" else None, method=method)
    assert (answer.status, answer.json["error"]) == (404, "There is no such page.")


def test_every_route_of_gradios_is_open_on_purpose_or_shut(open_page, routes):
    opened = set()
    for method, path in routes:
        if method == "HEAD" or path == "/gradio_api/heartbeat/x":  # which never ends
            continue
        data = b'{"data": ["x"], "session_hash": "x"}' if method == "POST" else None
        answer = ask_for(open_page + path, data, {"Content-Type": "application/json"}, method)
        if answer.status not in (404, 405):
            opened.add(path.rstrip("/") or "/")
    assert opened == {
        *("/", "/health", "/config", "/theme.css", "/manifest.json", "/favicon.ico"),
        *("/gradio_api/info", "/gradio_api/theme.css", "/gradio_api/startup-events"),
        *(f"/gradio_api/{way}/{name}" for way in ("run", "api", "call") for name in ("ask", "search")),
        *("/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/queue/join", "/gradio_api/queue/data"),
        *("/gradio_api/upload", "/gradio_api/upload_progress"),
    }


TRAVERSALS = [
    "/etc/passwd",
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%252e%252e%252fetc%252fpasswd",
    "..%5c..%5cetc%5cpasswd",
    "....//....//etc/passwd",
    "/etc/passwd%00.css",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "/proc/self/environ",
    "/proc/self/cwd/app.py",
    "C:%5CWindows%5Cwin.ini",
    "C:/Windows/win.ini",
    "%5c%5cserver%5cshare",
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
    "https://huggingface.co/",
    "~/.ssh/id_rsa",
    "..;/..;/etc/passwd",
    "%c0%ae%c0%ae/etc/passwd",
    "%uff0e%uff0e/etc/passwd",
    "app.py",
    "./app.py",
    "corpus/001_tuoyuan.txt",
    "%EF%BC%8E%EF%BC%8E/etc/passwd",
]
PREFIXES = [
    "/gradio_api/file=",
    "/assets/",
    "/static/",
    "/svelte/",
    "/gradio_api/file/",
    "/file=",
    "/gradio_api/custom_component/",
    "/?deep_link=",
    "/config?deep_link=",
    "/gradio_api/heartbeat/",
    "/gradio_api/call/ask/",
    "/theme.css/",
    "/gradio_api/proxy=",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_file_of_this_machine_is_read(open_page, path):
    for prefix in PREFIXES:
        request = f"GET {prefix}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        said = said_raw(open_page, request)
        assert b"root:" not in said
        assert b"PATH=" not in said
        assert b"python app.py" not in said
        assert "賛".encode() not in said
        status = said.split(b" ")[1]
        assert status in (b"404", b"400", b"405", b"403") or "deep_link" in prefix or "heartbeat" in prefix, (
            prefix,
            said[:80],
        )


def _handed_in(address, *files, field="files", headers=None):
    boundary = "x" * 20
    body = (
        b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="'.encode()
            + name.encode("utf-8", "surrogateescape")
            + b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
            + data
            + b"\r\n"
            for name, data in files
        )
        + f"--{boundary}--\r\n".encode()
    )
    own = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return ask_for(address + "/gradio_api/upload", body, own | (headers or {}))


NAMES = [
    "../../../../tmp/evil.txt",
    "/etc/evil.txt",
    "..",
    ".",
    "a/../../b.txt",
    "..\\..\\evil.txt",
    "C:\\evil.txt",
    "a\x01b.txt",
    "x" * 5000 + ".txt",
    "",
    "新闻.txt",
    "\u202etxt.exe",
    "con.txt",
    "a;b|c$(id)`.txt",
    "%2e%2e%2fevil.txt",
    "<img src=x onerror=alert(1)>.txt",
    "\udcff.txt",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_a_path(open_page, name):
    answer = _handed_in(open_page, (name, "三十亿元".encode()))
    assert answer.status in (200, 400, 413)
    if answer.status == 200:
        (path,) = answer.json
        digest = Path(path).parent
        assert re.fullmatch(r"[0-9a-f]{64}", digest.name)
        assert digest.parent.name == "files"
        assert digest.parent.parent.name.startswith("zhiwen-uploads-")
        assert Path(path).read_bytes() == "三十亿元".encode()
        assert ask_for(
            f"{open_page}/gradio_api/file={path}".replace(" ", "%20").encode("ascii", "ignore").decode()
        ).status in (200, 404)


def test_what_was_handed_in_can_be_fetched_and_nothing_beside_it(open_page):
    (path,) = _handed_in(open_page, ("a.txt", b"<script>alert(1)</script>")).json
    answer = ask_for(f"{open_page}/gradio_api/file={path}")
    assert answer.body == b"<script>alert(1)</script>"
    assert (answer.headers["content-disposition"].split(";")[0], answer.headers["content-type"]) == (
        "inline",
        "text/plain; charset=utf-8",
    )
    (page,) = _handed_in(open_page, ("a.html", b"<script>alert(1)</script>")).json
    answer = ask_for(f"{open_page}/gradio_api/file={page}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "script-src 'none'" in answer.headers["content-security-policy"]
    folder = Path(path).parents[2]
    assert folder.stat().st_mode & 0o077 == 0
    link = Path(path).parent / "link.txt"
    link.symlink_to("/etc/passwd")
    around = Path(path).parent / "around"
    around.symlink_to("/etc")
    for wanted in (link, around / "passwd", Path(path).parent, folder / "lock", f"{path}/../../../lock", f"{path}%00"):
        assert ask_for(f"{open_page}/gradio_api/file={wanted}").status == 404
    assert {p.name for p in folder.iterdir()} <= {"files", "lock"}


# How much


def test_more_than_may_come_is_refused_before_it_is_read(open_page):
    big = b'{"data": ["' + b"x" * (1 << 20) + b'"]}'
    for path in ("/gradio_api/run/ask", "/gradio_api/call/search"):
        answer = said_raw(
            open_page, f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(big)}\r\n\r\n".encode()
        )
        assert b" 413 " in answer.split(b"\r\n")[0]
    for path, size in (
        ("/gradio_api/upload", 600 << 20),
        ("/gradio_api/queue/join", 17 << 20),
        ("/gradio_api/run/ask", 10**15),
        ("/health", 1),
    ):
        method = "GET" if path == "/health" else "POST"
        answer = said_raw(
            open_page, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        assert b" 413 " in answer.split(b"\r\n")[0]
    chunks = (
        b"POST /gradio_api/run/ask HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20
    )
    assert b" 413 " in said_raw(open_page, chunks).split(b"\r\n")[0]
    assert ask_for(open_page + "/gradio_api/run/ask", {"data": ["拓源产值"]}).status == 200


def test_a_login_is_no_place_for_much(locked):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask_for(locked + "/login", b"username=" + b"x" * 16_000, form).status == 401
    answer = said_raw(locked, b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n")
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_too_many_files_in_one_request(open_page):
    answer = _handed_in(open_page, *((f"{n}.txt", b"x") for n in range(1001)))
    assert answer.status == 400
    assert b"Too many files" in answer.body


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_server_stops(sample_store, tmp_path, by):
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(sample_store), "--port", "0"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        address = process.stderr.readline().removeprefix("zhiwen: ").split()[0]
        for _ in range(100):
            try:
                (path,) = _handed_in(address, ("a.txt", b"geheim")).json
                break
            except OSError:
                time.sleep(0.1)
        assert Path(path).is_relative_to(tmp_path)
        process.send_signal(by)
        told = process.stderr.read()
        assert process.wait(20) in (0, 130)
    assert "Traceback" not in told
    assert told == ("\nzhiwen: The page is closed; finished changes are kept.\n" if by == signal.SIGINT else "")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


# What articles bring

HOSTILE = "<script>document.title='x1'</script><img src=x onerror=\"document.title='x2'\">[点我](javascript:document.title='x3')\u202e"  # noqa: E501


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    text = f"{HOSTILE}滨江钢厂今年产值达到30亿元，{HOSTILE}比去年增长12%。<a href=\"javascript:document.title='x4'\">全文</a>"  # noqa: E501
    row = {
        "id": "<svg onload=\"document.title='x5'\">",
        "title": f"钢厂{HOSTILE}",
        "text": text,
        "source": HOSTILE,
        "date": "2024-01-05",
        "author": HOSTILE,
    }
    (folder / "<img src=x onerror=document.title='x6'>.jsonl").write_text(
        json.dumps(row, ensure_ascii=False), encoding="utf-8"
    )
    store = tmp_path_factory.mktemp("hostile-store") / "store"
    assert reindex(store, [folder]).articles == 1
    with running(store) as address:
        yield address


@pytest.mark.browser
def test_html_in_articles_and_questions_is_text(hostile_page, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    with chromium(tmp_path, "1100,1250") as browser:
        browser.get(hostile_page)
        box = WebDriverWait(browser, 30).until(
            lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input")
        )
        title = browser.title
        box.send_keys(f"滨江钢厂产值是多少{HOSTILE[:-1]}", Keys.ENTER)
        answer = WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".zw"))[0]
        time.sleep(1)
        assert browser.title == title
        assert "<script>document.title='x1'</script>" in browser.find_element(By.TAG_NAME, "body").text
        assert (
            answer.find_elements(
                By.CSS_SELECTOR, "script, iframe, img[src=x], [onerror], [onload], a[href^=javascript]"
            )
            == []
        )
        assert browser.find_elements(By.CSS_SELECTOR, "a[href^=javascript], img[src=x], [onerror]") == []
        assert "\u202e" not in answer.text
        # Were some of it to become markup all the same, the page's policy would not run it.
        browser.execute_script(
            "const d = document.createElement('div'); d.innerHTML = arguments[0]; document.body.append(d)", HOSTILE
        )
        time.sleep(0.5)
        assert browser.title == title
        assert browser.execute_script("return document.querySelectorAll('img[src=x]').length") == 1


@pytest.mark.browser
def test_a_person_logs_in_with_a_browser(locked, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    with chromium(tmp_path, "1100,1250") as browser:
        browser.get(locked)
        assert browser.current_url == locked + "/login"
        browser.find_element(By.NAME, "username").send_keys(NAME)
        browser.find_element(By.NAME, "password").send_keys("falsch!!", Keys.ENTER)
        assert (
            "Wrong name or password"
            in WebDriverWait(browser, 10).until(lambda b: b.find_element(By.CSS_SELECTOR, "[role=alert]")).text
        )
        browser.find_element(By.NAME, "username").send_keys(NAME)
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        box = WebDriverWait(browser, 30).until(
            lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input")
        )
        assert browser.current_url == locked + "/"
        assert "zhiwen-" not in browser.execute_script("return document.cookie")  # the session's
        box.send_keys("拓源产值", Keys.ENTER)
        answer = WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".zw-text"))[0]
        assert answer.text == "30億元以上"
        assert [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]] == []
        browser.get(locked + "/logout")
        browser.get(locked)
        assert browser.current_url == locked + "/login"
