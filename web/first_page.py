"""Change gradio's first page: set its language, remove links to other hosts, add a script that runs before gradio's.

Knows gradio's index.html. Gradio itself has no hook before its own script, and that script already reads the browser's
language.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.language import language

ASSETS = Path(__file__).parent / "assets"
_FOREIGN = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')


class FirstPage:
    """An ASGI application around another: changes the page at /, passes everything else on."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._script = b"<script>" + (ASSETS / "first.js").read_bytes() + b"</script>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] not in ("", "/") or scope["method"] != "GET":
            await self._application(scope, receive, send)
            return
        started: list[Message] = []
        pieces: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            pieces.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = b"".join(pieces)
            headers = dict(started[0]["headers"])
            if b"content-encoding" not in headers and headers.get(b"content-type", b"").startswith(b"text/html"):
                body = self._ours(body)
                kept = [(name, value) for name, value in started[0]["headers"] if name != b"content-length"]
                started[0]["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
            await send(started[0])
            await send({"type": "http.response.body", "body": body})

        # A compressed page could not be changed.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._application({**scope, "headers": plain}, receive, hold)

    def _ours(self, page: bytes) -> bytes:
        spoken = language()
        page = _FOREIGN.sub(b"", page).replace(b'lang="en"', b'lang="en"' if spoken == "en" else b'lang="zh-CN"', 1)
        return page.replace(b"<head>", b"<head>" + self._script.replace(b"SERVER_LANGUAGE", spoken.encode()), 1)
