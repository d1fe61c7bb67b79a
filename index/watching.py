"""Folders being watched: when something in them has changed, and has come to rest.

Knows the file system's events (watchfiles). Does not know what is done about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

_REST = 1500  # milliseconds without an event, or so many of them, before a batch is handed on
_PAUSE = 300


def changes(roots: Sequence[Path], store: Path, stop: Event | None = None) -> Iterator[int]:
    """How many files under the roots have changed, each time some have, until `stop` is set or Ctrl-C; the store's own never count.

    The first comes at once, mostly 0: from then on nothing is missed.
    """
    from watchfiles import Change, watch

    own = store.resolve()

    def counts(change: Change, path: str) -> bool:
        return not Path(path).is_relative_to(own)

    following = False
    for batch in watch(
        *roots,
        watch_filter=counts,
        debounce=_REST,
        step=_PAUSE,
        stop_event=stop,
        rust_timeout=_PAUSE,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        if batch or not following:
            following = True
            yield len({path for _, path in batch})
