"""The address that the page is served at, and how the server stops.

Knows sockets and signals. Does not know what is served.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

from index.errors import UserError


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
