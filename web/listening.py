"""The address that the page is served at, what lies between it and the network, and how the server stops.

Knows sockets, proxies and signals. Does not know what is served.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator

from index.errors import UserError


def past_proxies() -> list[str]:
    """Sees to it that this machine's own address is not asked of a proxy; the settings taken away because they name a proxy that is not
    of HTTP (socks5://…): with one of those Gradio cannot be imported. To be called before that.
    """
    names = [os.environ.get(name, "") for name in ("NO_PROXY", "no_proxy")]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(dict.fromkeys(filter(None, [*names, "localhost,127.0.0.1,::1"])))
    proxies = {name: os.environ[name].partition("://") for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")}
    unknown = [name for name, (scheme, sign, _) in proxies.items() if sign and scheme.lower() not in ("http", "https")]
    for name in unknown:
        del os.environ[name]
    return unknown


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens there, and the address to open in a browser; port 0 takes a free one. Raises UserError if it cannot be had."""
    if not 0 <= port <= 65535:
        raise UserError(f"--port {port}: not a port.", "Take one from 1024 to 65535.")
    host = host.strip("[]")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server((host, port) if family == socket.AF_INET else place, family=family, backlog=512)
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{host}:{port}: cannot be listened on ({reason}).", "Take another --port, or an address of this machine.") from error
    with listening:
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        yield listening, f"http://{shown}:{listening.getsockname()[1]}"


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within it SIGTERM ends the process as an exit does: what was begun is cleaned up."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
