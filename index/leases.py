"""One writer at a time for every lane of a Milvus store: a note on the server that its writer keeps renewing.

Knows who may write. Does not know what is written. Milvus has no locks: whoever finds another's note beside its own gives way.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from index.cluster import STATE, Cluster, Row
from index.errors import UserError

RENEWED = 15.0  # seconds between two renewals
DEAD = 60.0  # seconds after which a note that was not renewed counts no more
_PATIENCE = 10.0  # seconds for another writer to end
_NOTE = "writer/"
_OWN: set[str] = set()  # the notes of this process


@contextmanager
def held(cluster: Cluster, lanes: frozenset[int]) -> Iterator[None]:
    """Holds these lanes for writing. Raises UserError if another writer holds one of them."""
    key = _NOTE + secrets.token_hex(8)
    try:
        _claim(cluster, key, lanes)
    except BaseException:
        _OWN.discard(key)  # what is left of it on the server counts no more
        raise
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWED):
            with suppress(UserError):  # the writing itself will meet the same, and tell it
                cluster.put(STATE, [_note(key, lanes)])

    renewer = threading.Thread(target=renew, name="lease", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        _OWN.discard(key)
        ended.set()
        renewer.join()
        with suppress(UserError):
            cluster.drop_rows(STATE, f'key == "{key}"')


def _claim(cluster: Cluster, key: str, lanes: frozenset[int]) -> None:
    end, told = time.monotonic() + _PATIENCE, False
    while True:
        _OWN.add(key)
        cluster.put(STATE, [_note(key, lanes)])
        others = _others(cluster, key, lanes)
        if not others:
            return
        _OWN.discard(key)
        cluster.drop_rows(STATE, f'key == "{key}"')
        # Another that is gone leaves its note until it counts no more; one that is alive renews it.
        if time.monotonic() > end and not any(time.time() - other["at"] > RENEWED + 5 for other in others):
            raise UserError(
                f"{cluster.address}: another process is writing to this store ({others[0]['host']}, process {others[0]['pid']}).",
                "Wait until it has ended, then try again.",
            )
        if not told and time.monotonic() > end - _PATIENCE + 1:
            sys.stderr.write(f"zhiwen: {cluster.address}: another process is writing, or was; waiting up to a minute.\n")
            told = True
        time.sleep(0.2 + secrets.randbelow(300) / 1000)


def _note(key: str, lanes: frozenset[int]) -> Row:
    told = {"lanes": sorted(lanes), "host": socket.gethostname(), "pid": os.getpid(), "at": time.time()}
    return {"key": key, "value": json.dumps(told)}


def _others(cluster: Cluster, key: str, lanes: frozenset[int]) -> list[Row]:
    """The living notes of others on any of these lanes; dead ones are taken away."""
    found = []
    for row in cluster.some(STATE, f'key like "{_NOTE}%"', ["key", "value"], "Strong"):
        note = json.loads(row["value"])
        if row["key"] == key or not lanes & set(note["lanes"]):
            continue
        if time.time() - note["at"] > DEAD or _ended(row["key"], note):
            cluster.drop_rows(STATE, f"key == {json.dumps(row['key'])}")
        else:
            found.append(note)
    return found


def _ended(key: str, note: Row) -> bool:
    """Whether a note's process was on this machine and is no more, or no longer writes."""
    if note["host"] != socket.gethostname() or os.name != "posix":
        return False
    if note["pid"] == os.getpid():
        return key not in _OWN
    try:
        os.kill(note["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
