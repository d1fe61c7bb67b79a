"""The first page as gradio sends it, made ours: its language, no other host named in it, and a script that runs before gradio's.

Knows where these stand in gradio's index.html. Gradio itself offers no place before its own script, and reads the browser's
language there.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = Path(__file__).parent / "assets"
_FOREIGN = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')


class FirstPage:
    """Around an application: alters the page at /, lets all else through as it is."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._script = b"<script>" + (ASSETS / "first.js").read_bytes() + b"</script>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
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

        # Packed it could not be altered.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._application({**scope, "headers": plain}, receive, hold)

    def _ours(self, page: bytes) -> bytes:
        page = _FOREIGN.sub(b"", page).replace(b'lang="en"', b'lang="zh-CN"', 1)
        return page.replace(b"<head>", b"<head>" + self._script, 1)
