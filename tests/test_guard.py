"""What is refused: strangers, other pages, other hosts, too much, every route that is not needed, and every file that was not handed in."""

import base64
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import UserError
from index.reading import read_articles
from index.reindex import reindex
from tests.serving import ROOT, ask_for, chromium, running, said_raw
from web.guard import is_loopback
from web.logins import Logins, TooMany
from web.uploads import accepted, uploads_folder

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
        "import json, sys\nfrom pathlib import Path\nfrom app import build\nfrom qa.ask import load_models, open_store\n"
        f"store = open_store(Path({str(sample_store)!r}))\nfound = set()\n"
        "def walk(router, prefix=''):\n"
        "    for route in router.routes:\n"
        "        path = prefix + getattr(route, 'path', '')\n"
        "        if hasattr(route, 'methods'):\n"
        "            found.update((method, path) for method in route.methods or ['GET', 'POST'])\n"
        "        for inner in ('app', 'original_router'):\n"
        "            if hasattr(getattr(route, inner, None), 'routes'):\n"
        "                walk(getattr(route, inner), path)\n"
        "walk(build(store, load_models(store), mcp=True))\nprint(json.dumps(sorted(found)))"
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
    [{}, basic(password="falsch!!"), basic("fremd"), {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}, {"Cookie": "zhiwen=x"}],
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
    assert "请先登录" in program.json["error"]
    assert program.headers["www-authenticate"].startswith("Basic ")
    script = ask_for(locked + "/config", headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})
    assert script.status == 401
    assert "www-authenticate" not in script.headers  # no dialog of the browser's own


def test_a_name_and_password_come_in(locked):
    answer = ask_for(locked + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic())
    assert answer.json["data"][0]["answer"]["text"] == "30億元以上"
    decomposed = basic(password=PASSWORD.encode().decode())
    assert ask_for(locked + "/config", headers=decomposed).status == 200
    for wrong in (basic(password=PASSWORD + " "), basic(password=PASSWORD[:-1]), basic(NAME + "x"), basic("", ""), basic(NAME, "")):
        assert ask_for(locked + "/config", headers=wrong).status == 401


def test_a_session_is_a_cookie_for_this_page_alone(locked):
    body = f"username={NAME}&password={PASSWORD}".replace(" ", "+").encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    wrong = ask_for(locked + "/login", body + b"x", form)
    assert wrong.status == 401
    assert "用户名或密码不对" in wrong.body.decode()
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


def test_guesses_are_slowed_down_and_hold_up_nobody(sample_store, tmp_path):
    from argon2 import PasswordHasher

    path = tmp_path / "logins"
    path.write_text(f"{NAME}:{PasswordHasher(parallelism=1).hash(PASSWORD)}", encoding="utf-8")
    with running(sample_store, "--auth", str(path)) as address:
        assert ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic()).status == 200
        with ThreadPoolExecutor(30) as many:
            guesses = [many.submit(ask_for, address + "/config", None, basic(password=f"falsch-{number}")) for number in range(60)]
            begun = time.monotonic()
            answers = [ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}, basic()) for _ in range(5)]
            taken = time.monotonic() - begun
            statuses = [guess.result().status for guess in guesses]
        assert [answer.status for answer in answers] == [200] * 5  # who was right before is not asked again
        assert taken < 5
        assert set(statuses) == {401, 429}
        assert statuses.count(401) <= 10
        late = next(answer for n in range(11) if (answer := ask_for(address + "/config", headers=basic(password=f"noch einer {n}"))).status == 429)
        assert re.search(r"请 \d+ 秒后再试", late.json["error"])
        assert 200 < int(late.headers["retry-after"]) <= 301


class _Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def _tries(people, *attempts):
    found = []
    for name, password, address in attempts:
        try:
            found.append(await people.right(name, password, address))
        except TooMany as error:
            found.append(error.seconds)
    return found


def test_guesses_are_counted_by_address_and_forgotten(logins):
    import asyncio

    clock = _Clock()
    people = Logins(logins, clock)
    assert asyncio.run(_tries(people, *[(NAME, f"falsch {n}", "a") for n in range(12)])) == [False] * 10 + [301] * 2
    assert asyncio.run(_tries(people, (NAME, PASSWORD, "a"), (NAME, PASSWORD, "b"), (NAME, PASSWORD, "a"))) == [301, True, True]
    clock.now = 299.0
    assert asyncio.run(_tries(people, ("x", "falsch", "a"))) == [2]
    clock.now = 300.0
    assert asyncio.run(_tries(people, ("x", "falsch", "a"), (NAME, "x" * 2000, "a"))) == [False, False]


def test_a_name_that_is_not_there_takes_as_long(tmp_path):
    import asyncio

    from argon2 import PasswordHasher

    path = tmp_path / "logins"
    path.write_text(f"{NAME}:{PasswordHasher(parallelism=1).hash(PASSWORD)}", encoding="utf-8")
    people = Logins(path)
    spent = []
    for name in (NAME, "fremd", NAME, "fremd"):
        begun = time.perf_counter()
        asyncio.run(_tries(people, (name, f"falsch {len(spent)}", "a")))
        spent.append(time.perf_counter() - begun)
    assert min(spent[1::2]) > min(spent[::2]) / 2
    assert min(spent) > 0.01


def test_sessions_end(logins):
    clock = _Clock()
    people = Logins(logins, clock)
    token = people.begin(NAME)
    clock.now = 11 * 3600.0
    assert people.present(token)
    clock.now = 22 * 3600.0  # it was used since
    assert people.present(token)
    clock.now = 34 * 3600.0
    assert not people.present(token)
    other = people.begin(NAME)
    people.end(other)
    assert not people.present(other)
    assert not people.present("")


GOOD = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$0YAyjzLSHYIvbSsVpn6fuw"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        (b"", "nobody is in it"),
        (b"# nobody\n\n", "nobody is in it"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b"anna:geheim", "line 1 is not name:hash"),
        (b"anna", "line 1 is not name:hash"),
        (b"# x\nanna:$2b$12$abcdefghijklmnopqrstuu", "line 2 is not name:hash"),
        (f":{GOOD}".encode(), "a name has 1 to 64 characters"),
        (f"{'a' * 65}:{GOOD}".encode(), "a name has 1 to 64 characters"),
        (f"a\u202eb:{GOOD}".encode(), "nothing that cannot be seen"),
        (f"anna:{GOOD}\nanna:{GOOD}".encode(), "anna has a line already"),
    ],
    ids=str,
)
def test_a_file_of_logins_that_is_wrong(tmp_path, sample_store, text, words):
    path = tmp_path / "logins"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(UserError, match=words) as error:
        Logins(path)
    assert error.value.hint
    if words in ("cannot be read", "nobody is in it"):
        _is_refused(sample_store, words, "--auth", str(path))


def _is_refused(store, words, *options):
    """app.py says this in one line, and ends with 2."""
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(store), "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert words in ended.stderr


def _typed(words, name=NAME):
    """What --hash-password does with these lines on a terminal: (exit code, what is seen, what stdout is)."""
    master, slave = pty.openpty()
    command = [sys.executable, str(ROOT / "app.py"), "--hash-password", name]
    with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=slave, cwd=ROOT, start_new_session=True) as process:
        os.close(slave)
        seen = b""
        for word in words:
            while not seen.endswith(b": "):
                seen += os.read(master, 1000)
            os.write(master, word.encode() + b"\n")
            seen += b"\n"
        out = process.stdout.read().decode()
        code = process.wait(30)
    while True:
        try:
            more = os.read(master, 1000)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        seen += more
    os.close(master)
    return code, seen.decode(), out


def test_a_line_is_made_without_the_password_being_seen(tmp_path):
    import asyncio

    code, seen, line = _typed([PASSWORD, PASSWORD])
    assert code == 0
    assert PASSWORD not in seen + line
    assert re.fullmatch(rf"{NAME}:\$argon2id\$v=19\$\S+\n", line)
    path = tmp_path / "logins"
    path.write_text(line, encoding="utf-8")
    people = Logins(path)
    assert asyncio.run(_tries(people, (NAME, PASSWORD, "a"), (NAME, PASSWORD + "x", "a"))) == [True, False]


@pytest.mark.parametrize(("words", "said"), [(["kurz"], "at least 8 characters"), ([PASSWORD, PASSWORD + "x"], "the two passwords differ")])
def test_a_password_that_will_not_do(words, said):
    code, seen, out = _typed(words)
    assert (code, out) == (2, "")
    assert said in seen


def test_a_line_needs_a_terminal_and_a_name():
    for name, words in (("anna", "no terminal"), ("an:na", "no colon"), ("", "1 to 64 characters")):
        command = [sys.executable, str(ROOT / "app.py"), "--hash-password", name]
        ended = subprocess.run(command, input=f"{PASSWORD}\n{PASSWORD}\n", capture_output=True, text=True, check=False, cwd=ROOT)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr


# Where it listens, and as whom


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "SOCKS://127.0.0.1:9", "http://127.0.0.1:9", "127.0.0.1:9", ""])
def test_it_starts_and_answers_whatever_proxy_is_set(sample_store, proxy):
    both = dict.fromkeys(("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY"), proxy)
    with running(sample_store, **both) as address:
        assert ask_for(address + "/gradio_api/run/ask", {"data": ["拓源产值"]}).status == 200
        assert ask_for(address + "/").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_it_listens_elsewhere_only_with_logins_or_if_one_insists(sample_store, host):
    _is_refused(sample_store, "Add --auth FILE", "--host", host)


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
    _is_refused(sample_store, "cannot be listened on", "--port", open_page.rsplit(":", 1)[1])
    _is_refused(sample_store, "not a port", "--port", "70000")
    _is_refused(sample_store, "cannot be listened on", "--insecure", "--host", "192.0.2.1")


def test_insecure_listens_for_addresses_and_names_that_are_allowed(sample_store):
    with running(sample_store, "--insecure", "--host", "0.0.0.0", "--allowed-host", "News.example") as address:
        port = address.rsplit(":", 1)[1]
        here = f"http://127.0.0.1:{port}/health"
        for host, status in (("192.168.1.7", 200), (f"[fe80::1]:{port}", 200), ("news.example:80", 200), ("evil.example", 403), ("localhost", 200)):
            assert ask_for(here, headers={"Host": host}).status == status


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.169.254", "10.0.0.1", "0.0.0.0", "[::]"],
)
def test_another_name_for_this_machine_is_refused(open_page, host):
    for path in ("/", "/health", "/gradio_api/run/ask", "/theme.css"):
        answer = ask_for(open_page + path, headers={"Host": host})
        assert answer.status == 403
        assert host.rsplit(":", 1)[0] in answer.json["error"]


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "LOCALHOST", "[::1]:7860"])
def test_this_machines_own_names(open_page, host):
    assert ask_for(open_page + "/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://localhost", "chrome-extension://x", ""])
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
    assert ask_for(open_page + "/gradio_api/run/ask", {"data": ["拓源产值"]}, {"Origin": open_page}).status == 200


def test_another_page_may_only_link_here(open_page):
    def status(path="/", data=None, **fetch):
        return ask_for(open_page + path, data, {f"Sec-Fetch-{name}": value for name, value in fetch.items()}).status

    assert status(Site="cross-site", Mode="navigate", Dest="document") == 200
    assert status(Site="cross-site", Mode="navigate", Dest="iframe") == 403
    assert status(Site="cross-site", Mode="no-cors", Dest="image") == 403
    assert status(Site="same-site", Mode="cors", Dest="empty") == 403  # another port of this machine
    assert status("/gradio_api/run/ask", {"data": ["拓源产值"]}, Site="cross-site", Mode="navigate", Dest="document") == 403
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
    assert not re.search(r"https?:|\*|'unsafe-inline'", policy["script-src"] + policy["connect-src"] + policy["img-src"])
    for path in ("/", "/health", "/nothing", "/gradio_api/file=/etc/passwd"):
        answer = ask_for(open_page + path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded", "X-Direct-Url", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Original-Host", "Referer"],
)
def test_hearsay_does_not_reach_the_page(open_page, name):
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
    upgrade = b"GET /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
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
    assert (answer.status, answer.json["error"]) == (404, "没有这一页。 Not found.")


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
        assert status in (b"404", b"400", b"405", b"403") or "deep_link" in prefix or "heartbeat" in prefix, (prefix, said[:80])


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
        assert ask_for(f"{open_page}/gradio_api/file={path}".replace(" ", "%20").encode("ascii", "ignore").decode()).status in (200, 404)


def test_what_was_handed_in_can_be_fetched_and_nothing_beside_it(open_page):
    (path,) = _handed_in(open_page, ("a.txt", b"<script>alert(1)</script>")).json
    answer = ask_for(f"{open_page}/gradio_api/file={path}")
    assert answer.body == b"<script>alert(1)</script>"
    assert (answer.headers["content-disposition"].split(";")[0], answer.headers["content-type"]) == ("inline", "text/plain; charset=utf-8")
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


def test_a_widget_takes_no_file_but_one_handed_in(tmp_path):
    """Gradio copies any file of the machine for whoever names it, once a page is mounted rather than launched."""
    code = """
import json, os, sys
os.environ["GRADIO_TEMP_DIR"] = sys.argv[1]
import gradio as gr
from fastapi import FastAPI
from starlette.testclient import TestClient
from web.uploads import confined
with gr.Blocks(analytics_enabled=False) as page:
    files, shown = gr.File(file_count="multiple"), gr.Textbox()
    files.upload(lambda paths: str(paths), files, shown, api_name="up")
application = gr.mount_gradio_app(FastAPI(), confined(page), path="", ssr_mode=False, run_history=False, show_error=False)
with TestClient(application) as client:
    given = client.post("/gradio_api/upload", files={"files": ("a.txt", b"a")}).json()
    found = []
    for path in [*given, *json.loads(sys.argv[2])]:
        answer = client.post("/gradio_api/run/up", json={"data": [[{"path": path, "meta": {"_type": "gradio.FileData"}}]]})
        found.append(answer.json().get("data"))
print(json.dumps(found))
"""
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    wanted = [str(secret), "/etc/passwd", f"{folder}/../secret.txt", "http://127.0.0.1:1/a.txt", "https://example.org/a.txt", "file:///etc/passwd"]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(folder), json.dumps(wanted)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    first, *others = json.loads(ended.stdout)
    assert first
    assert others == [None] * len(wanted)
    assert "geheim" not in "".join(p.read_text() for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


# How much


def test_more_than_may_come_is_refused_before_it_is_read(open_page):
    big = b'{"data": ["' + b"x" * (1 << 20) + b'"]}'
    for path in ("/gradio_api/run/ask", "/gradio_api/call/search"):
        answer = said_raw(open_page, f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(big)}\r\n\r\n".encode())
        assert b" 413 " in answer.split(b"\r\n")[0]
    for path, size in (("/gradio_api/upload", 600 << 20), ("/gradio_api/queue/join", 17 << 20), ("/gradio_api/run/ask", 10**15), ("/health", 1)):
        method = "GET" if path == "/health" else "POST"
        answer = said_raw(open_page, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode())
        assert b" 413 " in answer.split(b"\r\n")[0]
    chunks = (
        b"POST /gradio_api/run/ask HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20
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


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with uploads_folder() as folder:
        yield folder


def test_the_folder_is_private_and_gone_afterwards(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other = tmp_path / "zhiwen-uploads-link"
    (tmp_path / "kept").mkdir()
    other.symlink_to(tmp_path / "kept")
    left = tmp_path / "zhiwen-uploads-left"
    (left / "files").mkdir(parents=True)
    (left / "files" / "a.txt").write_text("von einem Abgebrochenen")
    with uploads_folder() as first, uploads_folder() as second:
        assert not left.exists()
        (first / "a.txt").write_text("x")
        (second / "b.txt").write_text("x")
        with uploads_folder():
            assert (first / "a.txt").exists()  # of those at work nothing is taken
        assert first.parent.stat().st_mode & 0o777 == 0o700
    assert {p.name for p in tmp_path.iterdir()} == {"kept", "zhiwen-uploads-link"}
    assert list((tmp_path / "kept").iterdir()) == []


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
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def _bomb(megabytes):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w") as member:
        for _ in range(megabytes):
            member.write(bytes(1 << 20))
    return packed.getvalue()


PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", PROGRAM, "这种文件读不了"),
        ("a", b"x", "这种文件读不了"),
        ("a.txt.exe", b"x", "这种文件读不了"),
        ("a.txt", PROGRAM, "内容不是文字，而是Windows 程序"),
        ("a.md", b"\x7fELF\x02\x01\x01" + bytes(100), "而是程序"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Office"),
        ("a.html", b"\x89PNG\r\n\x1a\n" + bytes(50), "而是图片"),
        ("a.jsonl", b"SQLite format 3\0" + bytes(80), "而是数据库"),
        ("a.txt", zlib.compress(bytes(range(256)) * 99, 1)[:200] + bytes(range(32)) * 9, "内容不是文字。"),
        ("a.zip", b"Rar!\x1a\x07\0" + bytes(9), "内容不是 zip，而是RAR"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + bytes(9), "内容不是 docx，而是旧版"),
        ("a.pdf", "不是".encode(), "内容不是 pdf。"),
        ("a.gz", b"PK\x03\x04", "内容不是 gz，而是压缩包"),
        ("a.txt", b"", "是空文件"),
    ],
    ids=str,
)
def test_a_file_that_is_not_what_its_name_says(folder, name, data, words):
    path = folder / "x"
    path.write_bytes(data)
    with pytest.raises(UserError, match=re.escape(words)):
        accepted(path, name, folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["新闻.txt", "a.MD", "../../a.csv", "a.html", "<b>.jsonl"])
def test_text_in_every_encoding_is_accepted(folder, encoding, name):
    path = folder / "x"
    path.write_bytes("MZ世代的產值，達到30億元。\r\n\t第二段。\f\x1a".encode(encoding))
    accepted(path, name, folder)


def test_what_does_not_lie_in_the_folder_is_not_accepted(folder, tmp_path):
    outside = tmp_path / "a.txt"
    outside.write_text("geheim")
    (folder / "link.txt").symlink_to(outside)
    for path in (outside, folder / "link.txt", folder / ".." / ".." / "a.txt", folder, folder / "fehlt.txt", Path("/etc/passwd"), Path("a\0.txt")):
        with pytest.raises(UserError, match="没有收到"):
            accepted(path, "a.txt", folder)


def test_a_zip_bomb_is_accepted_and_comes_to_nothing(folder):
    path = folder / "bomb.zip"
    path.write_bytes(_bomb(300))
    assert path.stat().st_size < 1 << 20
    accepted(path, "bomb.zip", folder)
    tracemalloc.start()
    contents = read_articles(path, path.read_bytes())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert contents.articles == ()
    assert "unpacks to more than 256 MB" in contents.problems[0].reason
    assert peak < 600 << 20


# What articles bring

HOSTILE = "<script>document.title='x1'</script><img src=x onerror=\"document.title='x2'\">[点我](javascript:document.title='x3')\u202e"


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    text = f"{HOSTILE}滨江钢厂今年产值达到30亿元，{HOSTILE}比去年增长12%。<a href=\"javascript:document.title='x4'\">全文</a>"
    row = {
        "id": "<svg onload=\"document.title='x5'\">",
        "title": f"钢厂{HOSTILE}",
        "text": text,
        "source": HOSTILE,
        "date": "2024-01-05",
        "author": HOSTILE,
    }
    (folder / "<img src=x onerror=document.title='x6'>.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    store = tmp_path_factory.mktemp("hostile-store") / "store"
    assert reindex(store, [folder]).articles == 1
    with running(store) as address:
        yield address


def test_html_in_articles_and_questions_is_text(hostile_page, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    with chromium(tmp_path) as browser:
        browser.get(hostile_page)
        box = WebDriverWait(browser, 30).until(lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input"))
        title = browser.title
        box.send_keys(f"滨江钢厂产值是多少{HOSTILE[:-1]}", Keys.ENTER)
        answer = WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".zw"))[0]
        time.sleep(1)
        assert browser.title == title
        assert "<script>document.title='x1'</script>" in browser.find_element(By.TAG_NAME, "body").text
        assert answer.find_elements(By.CSS_SELECTOR, "script, img, svg, a, iframe, [onerror], [onload]") == []
        assert browser.find_elements(By.CSS_SELECTOR, "a[href^=javascript], img[src=x], [onerror]") == []
        assert "\u202e" not in answer.text
        # Were some of it to become markup all the same, the page's policy would not run it.
        browser.execute_script("const d = document.createElement('div'); d.innerHTML = arguments[0]; document.body.append(d)", HOSTILE)
        time.sleep(0.5)
        assert browser.title == title
        assert browser.execute_script("return document.querySelectorAll('img[src=x]').length") == 1


def test_a_person_logs_in_with_a_browser(locked, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    with chromium(tmp_path) as browser:
        browser.get(locked)
        assert browser.current_url == locked + "/login"
        browser.find_element(By.NAME, "username").send_keys(NAME)
        browser.find_element(By.NAME, "password").send_keys("falsch!!", Keys.ENTER)
        assert "用户名或密码不对" in WebDriverWait(browser, 10).until(lambda b: b.find_element(By.CSS_SELECTOR, "[role=alert]")).text
        browser.find_element(By.NAME, "username").send_keys(NAME)
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        box = WebDriverWait(browser, 30).until(lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input"))
        assert browser.current_url == locked + "/"
        assert browser.execute_script("return document.cookie") == ""
        box.send_keys("拓源产值", Keys.ENTER)
        answer = WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".zw-text"))[0]
        assert answer.text == "30億元以上"
        assert [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]] == []
        browser.get(locked + "/logout")
        browser.get(locked)
        assert browser.current_url == locked + "/login"
