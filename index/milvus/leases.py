"""Let one writer at a time write the lanes of a Milvus store, by a lease: a note on the server that its writer renews.

Knows who may write. Does not know what is written. Milvus has no locks: a writer that finds another note on its lanes
takes its own back, and a writer that commits checks once more that its own note is there.
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

from index.errors import UserError
from index.language import text
from index.milvus.cluster import STATE, Cluster, Row

RENEWAL_SECONDS = 15.0  # between two renewals
LEASE_SECONDS = 60.0  # without renewal, by the clock of the waiting writer; then a note no longer counts
_PATIENCE = 10.0  # seconds to wait for another writer to end
_RETREAT = 2.0  # seconds in which one of two that begin at once takes its note back
WRITING, ENCODING = "writer/", "encoding/"  # notes of one kind exclude each other
_OWN: set[str] = set()  # the notes of this process


class LanesHeld(UserError):
    """Another process is writing the same lanes."""


@contextmanager
def hold_lanes(
    cluster: Cluster, lanes: frozenset[int], kind: str = WRITING, *, patient: bool = True
) -> Iterator[Callable[[], bool]]:
    """Hold these lanes, to write them. Yields a function that returns whether they are still held.

    Raises LanesHeld if another writer holds one of them for 10 more seconds, or if not `patient`, 2.
    """
    key = kind + secrets.token_hex(8)
    try:
        _claim(cluster, key, lanes, kind, _PATIENCE if patient else _RETREAT)
    except BaseException:
        _OWN.discard(key)  # a note that is left on the server no longer counts
        raise
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWAL_SECONDS):
            with suppress(Exception):  # the writer meets the same error and reports it
                cluster.put(STATE, [_note(key, lanes)])

    def still_held() -> bool:
        return bool(cluster.some(STATE, f'key == "{key}"', ["key"], "Strong"))

    renewer = threading.Thread(target=renew, name="lease", daemon=True)
    renewer.start()
    try:
        yield still_held
    finally:
        _OWN.discard(key)
        ended.set()
        renewer.join()
        with suppress(UserError):
            cluster.drop_rows(STATE, f'key == "{key}"')


def _claim(cluster: Cluster, key: str, lanes: frozenset[int], kind: str, patience: float) -> None:
    """Write a note, and return once no other note is on these lanes."""
    begun = time.monotonic()
    met: dict[str, tuple[float, float]] = {}  # by note: its time of renewal, and when we first read that
    has_said = False
    while True:
        _OWN.add(key)
        cluster.put(STATE, [_note(key, lanes)])
        others = _others(cluster, key, lanes, kind)
        now = time.monotonic()
        living, waited_for = list[Row](), list[Row]()
        for name, note in others.items():
            at, since = met.setdefault(name, (note["at"], now))
            if _has_ended(name, note) or (at == note["at"] and now - since > LEASE_SECONDS):
                cluster.drop_rows(STATE, f"key == {json.dumps(name)}")
            elif at != note["at"] or note["machine"] == _machine():
                living.append(note)
            else:
                waited_for.append(note)
        if not living and not waited_for:
            return
        _OWN.discard(key)
        cluster.drop_rows(STATE, f'key == "{key}"')
        if living and now - begun > patience:
            raise LanesHeld(
                "milvus.other_writer", address=cluster.address, host=living[0]["host"], pid=living[0]["pid"]
            )
        if waited_for and not has_said and now - begun > 1:
            sys.stderr.write(f"zhiwen: {text('milvus.waiting_for_writer', address=cluster.address)}\n")
            has_said = True
        time.sleep(0.2 + secrets.randbelow(300) / 1000)


def _note(key: str, lanes: frozenset[int]) -> Row:
    note = {
        "lanes": sorted(lanes),
        "host": socket.gethostname(),
        "machine": _machine(),
        "pid": os.getpid(),
        "at": time.time(),
    }
    return {"key": key, "value": json.dumps(note)}


def _others(cluster: Cluster, key: str, lanes: frozenset[int], kind: str) -> dict[str, Row]:
    """Return key → note of the other writers of this kind on any of these lanes."""
    rows = cluster.some(STATE, f'key like "{kind}%"', ["key", "value"], "Strong")
    notes = {row["key"]: json.loads(row["value"]) for row in rows if row["key"] != key}
    return {name: note for name, note in notes.items() if lanes & set(note["lanes"])}


def _machine() -> str:
    """Return what identifies this machine since its last start. A container with processes of its own is a machine."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [
            Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            str(Path("/proc/self/ns/pid").stat().st_ino),
        ]
    return " ".join(parts)


def _has_ended(key: str, note: Row) -> bool:
    """Return whether a note is of a process of this machine that has ended or no longer writes."""
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
