"""A running app.py, and a real browser, for the tests of the page."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A proxy that leads nowhere: neither the page nor its start may go through one.
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]  # names in lower case; of several cookies the last
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class _Unredirected(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Unredirected)


def ask_for(address, data=None, headers=None, method=None):
    """The answer to one request, whatever its status; `data` is bytes, or something to send as JSON."""
    headers = dict(headers or {})
    if data is not None and not isinstance(data, bytes):
        data = json.dumps(data).encode()
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(address, data, headers, method=method)
    try:
        with _OPENER.open(request, timeout=60) as response:
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def said_raw(address, request: bytes, seconds=10.0):
    """The first bytes that come back for bytes that no client library would send."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        with contextlib.suppress(ConnectionError, TimeoutError):
            return connection.recv(65536)
    return b""


def is_refused(store, words, *options):
    """app.py says this in one line, and ends with 2."""
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(store), "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert words in ended.stderr


@contextlib.contextmanager
def running(store, *options, **environment):
    """The address of app.py serving a store; at its end nothing on stderr may be a traceback."""
    own = (
        {k: v for k, v in os.environ.items() if k.lower() not in ("no_proxy", "http_proxy", "https_proxy", "all_proxy")}
        | PROXIES
        | {"ZHIWEN_LANG": "en"}
        | environment
    )
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(store), "--port", "0", *options]
    with subprocess.Popen(
        command, env=own, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        told = ""
        while "(Ctrl-C ends it)" not in told:
            line = process.stderr.readline()
            assert line, f"app.py ended: {told}"
            told += line
        address = told.rsplit("zhiwen: ", 1)[1].split()[0]
        for _ in range(200):
            with contextlib.suppress(OSError):
                if ask_for(address + "/health").status == 200:
                    break
            time.sleep(0.05)
        try:
            yield address
        finally:
            process.terminate()
            left = process.stderr.read()
            assert process.wait(20) == 0
        assert "Traceback" not in left, left
