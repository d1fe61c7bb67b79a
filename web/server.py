"""Open the address of the server, keep proxies out of the way, and stop on signals.

Knows sockets, proxies and signals. Does not know the application.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator

from index.errors import UserError


def past_proxies() -> list[str]:
    """Make requests to this machine bypass proxies, and remove settings that name a proxy other than HTTP (socks5://…).

    Gradio cannot be imported with such a setting: call this before. Returns the names of the settings removed.
    """
    names = [os.environ.get(name, "") for name in ("NO_PROXY", "no_proxy")]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(
        dict.fromkeys(filter(None, [*names, "localhost,127.0.0.1,::1"]))
    )
    proxies = {
        name: os.environ[name].partition("://")
        for name in os.environ
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    }
    unknown = [name for name, (scheme, sign, _) in proxies.items() if sign and scheme.lower() not in ("http", "https")]
    for name in unknown:
        del os.environ[name]
    return unknown


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """Open a socket that listens, and return it with the address for a browser. Port 0 takes a free port.

    Raises UserError if the address is not available.
    """
    if not 0 <= port <= 65535:
        raise UserError("page.not_a_port", port=port)
    host = host.strip("[]")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(
            (host, port) if family == socket.AF_INET else place, family=family, backlog=512
        )
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
            reason = os.strerror(error.errno)  # create_server adds the address, in words of its own
        raise UserError("page.cannot_listen", host=host, port=port, reason=reason) from error
    with listening:
        name = f"[{host}]" if family == socket.AF_INET6 else host
        yield listening, f"http://{name}:{listening.getsockname()[1]}"


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Make SIGTERM end the process as sys.exit does, so that cleanup runs."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
