"""One writer at a time for every lane of a Milvus store: a note on the server that its writer keeps renewing.

Knows who may write. Does not know what is written. Milvus has no locks: whoever finds another's note beside its own gives way, and
whoever commits looks once more whether its own is still there.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.cluster import STATE, Cluster, Row
from index.errors import UserError

RENEWED = 15.0  # seconds between two renewals
DEAD = 60.0  # seconds without renewal, by the clock of whoever waits, after which a note counts no more
_PATIENCE = 10.0  # seconds for another writer to end
_NOTE = "writer/"
_OWN: set[str] = set()  # the notes of this process


@contextmanager
def held(cluster: Cluster, lanes: frozenset[int]) -> Iterator[Callable[[], bool]]:
    """Holds these lanes for writing; gives what tells whether they still are. Raises UserError if another writer holds one of them."""
    key = _NOTE + secrets.token_hex(8)
    try:
        _claim(cluster, key, lanes)
    except BaseException:
        _OWN.discard(key)  # what is left of it on the server counts no more
        raise
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWED):
            with suppress(Exception):  # the writing itself will meet the same, and tell it
                cluster.put(STATE, [_note(key, lanes)])

    def still() -> bool:
        return bool(cluster.some(STATE, f'key == "{key}"', ["key"], "Strong"))

    renewer = threading.Thread(target=renew, name="lease", daemon=True)
    renewer.start()
    try:
        yield still
    finally:
        _OWN.discard(key)
        ended.set()
        renewer.join()
        with suppress(UserError):
            cluster.drop_rows(STATE, f'key == "{key}"')


def _claim(cluster: Cluster, key: str, lanes: frozenset[int]) -> None:
    begun, met = time.monotonic(), dict[str, tuple[float, float]]()  # when a note was last renewed, and since when it is known to be so
    told = False
    while True:
        _OWN.add(key)
        cluster.put(STATE, [_note(key, lanes)])
        others = _others(cluster, key, lanes)
        now = time.monotonic()
        living, waited_for = list[Row](), list[Row]()
        for name, note in others.items():
            at, since = met.setdefault(name, (note["at"], now))
            if _gone(name, note) or (at == note["at"] and now - since > DEAD):
                cluster.drop_rows(STATE, f"key == {json.dumps(name)}")
            elif at != note["at"] or note["machine"] == _machine():
                living.append(note)
            else:
                waited_for.append(note)
        if not living and not waited_for:
            return
        _OWN.discard(key)
        cluster.drop_rows(STATE, f'key == "{key}"')
        if living and now - begun > _PATIENCE:
            raise UserError(
                f"{cluster.address}: another process is writing to this store ({living[0]['host']}, process {living[0]['pid']}).",
                "Wait until it has ended, then try again.",
            )
        if waited_for and not told and now - begun > 1:
            sys.stderr.write(f"zhiwen: {cluster.address}: another machine is writing, or was; waiting up to a minute.\n")
            told = True
        time.sleep(0.2 + secrets.randbelow(300) / 1000)


def _note(key: str, lanes: frozenset[int]) -> Row:
    told = {"lanes": sorted(lanes), "host": socket.gethostname(), "machine": _machine(), "pid": os.getpid(), "at": time.time()}
    return {"key": key, "value": json.dumps(told)}


def _others(cluster: Cluster, key: str, lanes: frozenset[int]) -> dict[str, Row]:
    """The notes of others on any of these lanes."""
    rows = cluster.some(STATE, f'key like "{_NOTE}%"', ["key", "value"], "Strong")
    notes = {row["key"]: json.loads(row["value"]) for row in rows if row["key"] != key}
    return {name: note for name, note in notes.items() if lanes & set(note["lanes"])}


def _machine() -> str:
    """What tells this machine, since it was started, from others; a container with processes of its own is one by itself."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(), str(Path("/proc/self/ns/pid").stat().st_ino)]
    return " ".join(parts)


def _gone(key: str, note: Row) -> bool:
    """Whether a note's process was on this machine and is no more, or no longer writes."""
    if note["machine"] != _machine() or os.name != "posix":
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
