"""Guard the application: check host, origin, login, route and size of each request, and set the headers of each reply.

Knows requests, and the routes that the page and programs need: every other route of Gradio's is shut. Does not know the
content of requests or how passwords are verified.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
import ipaddress
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from index.language import sentence, text
from web.languages import request_language
from web.logins import SESSION, Logins, TooMany
from web.uploads import LARGEST_REQUEST, full, lies_in

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Bytes of a program's question, and of an event of the page, which includes its conversation or a pasted text.
_SMALL, _PAGE_EVENT = 1 << 20, 16 << 20
_FILE = "/gradio_api/file="
_ID = r"[\w-]{1,128}"
# (method, path, most bytes of the body). Every other route is refused.
_ROUTES: tuple[tuple[str, str, int], ...] = (
    ("GET", r"/health|/|/theme\.css|/gradio_api/theme\.css|/favicon\.ico|/manifest\.json", 0),
    ("GET", r"/(?:assets|static)/[\w./@+-]+", 0),
    ("GET", r"/config/?|/gradio_api/info/?|/gradio_api/startup-events", 0),
    ("GET", rf"/gradio_api/heartbeat/{_ID}|/gradio_api/queue/data|/gradio_api/upload_progress", 0),
    ("GET", rf"{_FILE}.+", 0),
    ("GET", rf"/gradio_api/call/(?:ask|search)/{_ID}", 0),
    ("POST", r"/gradio_api/(?:call|run|api)/(?:ask|search)", _SMALL),
    ("POST", r"/gradio_api/(?:cancel|reset)/?", _SMALL),
    ("POST", r"/gradio_api/queue/join", _PAGE_EVENT),
    ("POST", r"/gradio_api/upload", LARGEST_REQUEST),
)
_MCP = tuple((method, r"/gradio_api/mcp/?", _SMALL) for method in ("GET", "POST", "DELETE"))
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?", re.ASCII)
# Forwarded headers: a proxy sets them, but anybody can make them up, and Gradio would build the page's addresses from
# them.
_FORWARDED_HEADERS = (
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-forwarded-server",
    b"forwarded",
    b"x-direct-url",
    b"x-original-host",
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # no-referrer would remove the Origin of the form as well
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_LOGIN = """<!doctype html><html lang="{lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{site_name}</title><style>
body {{ font: 16px/1.6 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; max-width: 20rem;
  margin: 15vh auto; padding: 0 1rem }}
label {{ display: block; margin: .8rem 0 }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box;
  padding: .4rem .6rem }}
button {{ margin-top: .6rem }} p {{ color: #b91c1c }} :root {{ color-scheme: light dark }}
</style><h1>{site_name}</h1>{problem}<form method="post" action="/login">
<label>{user_name}<input name="username" autocomplete="username" autofocus required></label>
<label>{password}<input name="password" type="password" autocomplete="current-password" required></label>
<button>{log_in}</button></form></html>"""
_PLAIN = '<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{site_name}</title>{problem}</html>'


@dataclass(frozen=True, slots=True)
class Rules:
    """The requests that the guard lets through."""

    uploads: Path  # only files of this folder may be fetched
    hosts: tuple[str, ...] = ()  # names that the Host header may have beside those of this machine
    # Whether Host may be any IP address. Other pages can make a name lead here (DNS rebinding), but not an address.
    addresses: bool = False
    logins: Logins | None = None
    mcp: bool = False


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on this address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply of the guard itself: a sentence, or the form at /login."""

    status: int
    code: str = ""  # names a sentence of index.messages; "" for none
    values: tuple[tuple[str, object], ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()


_TOO_LARGE = _Reply(413, "page.too_large", (), ((b"connection", b"close"),))


class _Refused(Exception):
    """Ends a request with a reply of the guard."""

    def __init__(self, status: int, code: str, *headers: tuple[bytes, bytes], **values: object) -> None:
        super().__init__(code)
        self.reply = _Reply(status, code, tuple(values.items()), headers)


class Guard:
    """An ASGI application around another that enforces the rules."""

    def __init__(self, application: ASGIApp, rules: Rules) -> None:
        self._application, self._rules = application, rules
        table = (*_ROUTES, *(_MCP if rules.mcp else ()))
        self._routes = tuple((method, re.compile(pattern), size) for method, pattern, size in table)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the application, or answer it with a refusal."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":  # no part of the application uses web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        asked = _Asked(scope)
        sending = _Sending(send, asked)
        try:
            self._known_host(asked)
            _same_origin(asked)
            if asked.path in ("/login", "/logout") and self._rules.logins is not None:
                await sending.reply(await _log(self._rules.logins, asked, receive))
                return
            body = _Body(receive, asked, self._limit(asked))
            await self._may(asked)
        except _Refused as refused:
            await sending.reply(refused.reply)
            return
        sending.body = body
        try:
            await self._application({**scope, "headers": asked.passed_on()}, body, sending)
        except asyncio.CancelledError:  # the server stops while a page is still listening
            await sending.end()
        except Exception:
            if not body.over:
                raise
        if body.over:
            await sending.reply(_TOO_LARGE)

    def _known_host(self, asked: _Asked) -> None:
        """Raise _Refused for an unknown Host: a foreign page may have made it lead here (DNS rebinding)."""
        host = asked.host.lower()
        if not host:
            raise _Refused(400, "page.no_host")
        if not (is_loopback(host) or host in self._rules.hosts or (self._rules.addresses and _is_address(host))):
            raise _Refused(403, "page.unknown_host", host=host[:100])

    def _limit(self, asked: _Asked) -> int:
        """Return how many bytes the body may have. Raises _Refused for a route that is shut."""
        method = "GET" if asked.method == "HEAD" else asked.method
        sizes = {allowed: size for allowed, pattern, size in self._routes if pattern.fullmatch(asked.path)}
        if not sizes or not asked.path.isprintable() or "\\" in asked.path or ".." in asked.path.split("/"):
            raise _Refused(404, "page.no_such_page")
        if method not in sizes:
            raise _Refused(405, "page.wrong_method", (b"allow", ", ".join(sizes).encode()))
        return sizes[method]

    async def _may(self, asked: _Asked) -> None:
        """Raise _Refused without a login, for a file outside the uploads, and if the uploads are full."""
        if asked.path == "/health":
            return
        if self._rules.logins is not None:
            await _check_login(self._rules.logins, asked)
        if asked.path.startswith(_FILE) and not lies_in(asked.path.removeprefix(_FILE), self._rules.uploads):
            raise _Refused(404, "page.no_such_file")
        if asked.path == "/gradio_api/upload" and full(self._rules.uploads):
            raise _Refused(507, "page.too_many_files")


def _same_origin(asked: _Asked) -> None:
    """Raise _Refused for requests that other pages make in a visitor's name. They may only link here."""
    if (origin := asked.header(b"origin")) is not None:
        scheme, _, where = origin.partition("://")
        if scheme not in ("http", "https") or where.lower() != asked.netloc.lower():
            raise _Refused(403, "page.other_page")
    elif asked.header(b"sec-fetch-site") not in (None, "same-origin", "none"):
        followed = asked.header(b"sec-fetch-mode") == "navigate" and asked.header(b"sec-fetch-dest") == "document"
        if not followed or asked.method != "GET":
            raise _Refused(403, "page.other_page")


async def _check_login(logins: Logins, asked: _Asked) -> None:
    """Raise _Refused unless the request belongs to a session or has a name and password in it (HTTP Basic)."""
    if any(logins.present(token) for token in asked.tokens()):
        return
    kind, _, credentials = (asked.header(b"authorization") or "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            name = password = ""
        if await _right(logins, name, password, asked):
            return
    if asked.html and asked.method in ("GET", "HEAD"):
        raise _Refused(303, "page.log_in_first", (b"location", b"/login"))
    message = "page.not_logged_in"
    if asked.header(b"sec-fetch-mode") is not None:
        raise _Refused(401, message)
    # A browser never gets this header: it would ask for the password itself and send it with every request from then
    # on.
    raise _Refused(401, message, (b"www-authenticate", b'Basic realm="zhiwen", charset="UTF-8"'))


async def _log(logins: Logins, asked: _Asked, receive: Receive) -> _Reply:
    """Log in, by the form or as gradio_client does it, or log out."""
    if asked.path == "/logout":
        for token in asked.tokens():
            logins.end(token)
        return _Reply(
            303, "", (), ((b"location", b"/login"), (b"set-cookie", f"{asked.cookie}=; Path=/; Max-Age=0".encode()))
        )
    if asked.method in ("GET", "HEAD"):
        return _Reply(200)
    if asked.method != "POST":
        raise _Refused(405, "page.wrong_method", (b"allow", b"GET, POST"))
    body = _Body(receive, asked, 16 * 1024)
    form = b""
    while (message := await body())["type"] == "http.request":
        form += message.get("body", b"")
        if not message.get("more_body"):
            break
    try:
        fields = parse_qs(form.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        fields = {}
    name, password = (fields.get(field, [""])[0] for field in ("username", "password"))
    if body.over or not await _right(logins, name, password, asked):
        return _Reply(401, "page.wrong_password")
    secure = "; Secure" if "https" in (asked.header(b"x-forwarded-proto"), asked.scheme) else ""
    flags = f"Path=/; HttpOnly; SameSite=Strict; Max-Age={int(SESSION)}{secure}"
    cookie = f"{asked.cookie}={logins.begin(name)}; {flags}".encode()
    return (
        _Reply(303, "", (), ((b"location", b"/"), (b"set-cookie", cookie)))
        if asked.html
        else _Reply(200, "", (), ((b"set-cookie", cookie),))
    )


async def _right(logins: Logins, name: str, password: str, asked: _Asked) -> bool:
    try:
        return await logins.right(name, password, asked.address)
    except TooMany as error:
        raise _Refused(429, error.code, (b"retry-after", str(error.seconds).encode()), seconds=error.seconds) from error


class _Asked:
    """The parts of a request that the guard reads."""

    def __init__(self, scope: Scope) -> None:
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.path, self.method, self.scheme = scope["path"], scope["method"], scope["scheme"]
        self.address = (scope.get("client") or ("",))[0]
        named = [value.decode("latin-1") for name, value in self._headers if name == b"host"]
        match = _NETLOC.fullmatch(named[0]) if len(named) == 1 else None
        self.netloc, self.host, port = (match[0], match[1], match[2]) if match else ("", "", "")
        self.cookie = f"zhiwen-{port or 80}"  # a browser sends cookies to all ports of a host
        self.html = "text/html" in (self.header(b"accept") or "")
        # A browser gets the language of its page, a program the one that it accepts.
        accepted = None if self.html else self.header(b"accept-language")
        self.language = request_language(self.header(b"cookie"), accepted)

    def header(self, key: bytes) -> str | None:
        """Return the value of a header, None if it is missing; several values are joined with commas."""
        values = [value.decode("latin-1") for name, value in self._headers if name == key]
        return ", ".join(values) if values else None

    def tokens(self) -> list[str]:
        """Return the session secrets in the cookies, at most four."""
        pairs = [pair.strip().partition("=") for pair in (self.header(b"cookie") or "").split(";")]
        return [value for name, _, value in pairs if name == self.cookie][:4]

    def passed_on(self) -> list[tuple[bytes, bytes]]:
        """Return the headers for the application, without forwarded ones.

        A request for the page loses accept-encoding: the scripts of a compressed page could not be marked.
        """
        dropped = {*_FORWARDED_HEADERS, *((b"accept-encoding",) if self.path == "/" else ())}
        kept = [(name, value) for name, value in self._headers if name not in dropped]
        return [(name, value) for name, value in kept if name != b"x-forwarded-proto" or value in (b"http", b"https")]


class _Body:
    """The body of a request (ASGI's receive), read up to a limit. `over` is True once the body was longer."""

    def __init__(self, receive: Receive, asked: _Asked, limit: int) -> None:
        """Raise _Refused if content-length is over the limit or no number."""
        self._receive, self._left, self.over = receive, limit, False
        length = asked.header(b"content-length") or "0"
        if not length.isdecimal():
            raise _Refused(400, "page.wrong_length")
        if int(length) > limit:
            raise _Refused(_TOO_LARGE.status, _TOO_LARGE.code, *_TOO_LARGE.headers)

    async def __call__(self) -> Message:
        if self.over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.over = True
            return {"type": "http.disconnect"}
        return message


class _Sending:
    """The reply to a request (ASGI's send), with the guard's headers."""

    def __init__(self, send: Send, asked: _Asked) -> None:
        self._send, self._asked = send, asked
        self._nonce = secrets.token_urlsafe(16) if asked.path == "/" else ""
        self._start: Message | None = None  # the start of the page, held back until its scripts are marked
        self._page = b""
        self._begun = self._done = False
        self.body: _Body | None = None  # the request's body: a reply to a body that was cut off is not sent

    async def __call__(self, message: Message) -> None:
        if self._done or (self.body is not None and self.body.over and not self._begun):
            return
        if message["type"] == "http.response.start":
            if message["status"] == 503 and self._asked.path == "/gradio_api/queue/join":
                await self.reply(_Reply(503, "page.too_many_questions", (), ((b"retry-after", b"1"),)))
                return
            self._begun = True
            message = {**message, "headers": self._guarded(message.get("headers", []))}
            if self._nonce and message["status"] == 200 and self._asked.method == "GET":
                self._start = message
                return
        elif self._start is not None:
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            # Marks the page's own scripts. Text of users and articles has its < escaped, and browsers run no unmarked
            # script.
            page = self._page.replace(b"<script", b'<script nonce="' + self._nonce.encode() + b'"')
            headers = [(name, value) for name, value in self._start["headers"] if name != b"content-length"]
            await self._send({**self._start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
            message, self._start = {"type": "http.response.body", "body": page}, None
        self._done = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)

    def _guarded(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = dict(_HEADERS)
        own[b"content-security-policy"] = _POLICY.format(
            scripts=f"'self' 'unsafe-eval' 'nonce-{self._nonce}'" if self._nonce else "'none'"
        ).encode()
        original = [(name.lower(), value) for name, value in headers]
        if not self._asked.path.startswith(("/assets/", "/static/")) and b"cache-control" not in dict(original):
            own[b"cache-control"] = b"no-store"
        return [*((name, value) for name, value in original if name not in own and name != b"server"), *own.items()]

    async def end(self) -> None:
        """End a reply that was begun."""
        if self._begun and not self._done:
            await self({"type": "http.response.body", "body": b""})

    async def reply(self, reply: _Reply) -> None:
        """Send a reply of the guard itself, unless the application has begun its own."""
        if self._begun:
            return
        self._begun = self._done = True
        language = self._asked.language
        words = sentence(reply.code, dict(reply.values), language) if reply.code else ()
        message = " ".join(part for part in words if part)
        kind, content = b"application/json", json.dumps({"error": message, "detail": message}, ensure_ascii=False)
        if not message:
            content = '{"success": true}'
        if self._asked.html:
            problem = f'<p role="alert">{html.escape(message)}</p>' if message else ""
            form = self._asked.path == "/login" and reply.status in (200, 401, 429)
            kind, content = (
                b"text/html; charset=utf-8",
                (_LOGIN if form else _PLAIN).format(
                    problem=problem,
                    lang="en" if language == "en" else "zh-CN",
                    **{key: text(f"page.{key}", language) for key in ("site_name", "user_name", "password", "log_in")},
                ),
            )
        body, self._nonce = content.encode(), ""
        headers = self._guarded([(b"content-type", kind), (b"content-length", str(len(body)).encode()), *reply.headers])
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._asked.method == "HEAD" else body})


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
