"""Folders being watched: when something in them has changed, and has come to rest.

Knows the file system's events (watchfiles). Does not know what is done about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

_REST, _LONGEST = (
    300,
    1500,
)  # milliseconds without an event after which a batch is handed on, and the longest that one is waited for


def changes(roots: Sequence[Path], store: Path, stop: Event | None = None) -> Iterator[int]:
    """Yield how many files under the roots have changed, each time some have, until `stop` is set or Ctrl-C.

    Files of the store never count.

    The first comes at once, mostly 0: from then on nothing is missed.
    """
    from watchfiles import Change, watch

    own = store.resolve()

    def counts(change: Change, path: str) -> bool:
        return not Path(path).is_relative_to(own)

    while True:
        watched = [root.resolve() for root in roots]  # events come with the names that were asked for
        before, following = _identities(watched), False
        for batch in watch(
            *watched,
            watch_filter=counts,
            debounce=_LONGEST,
            step=_REST,
            stop_event=stop,
            rust_timeout=_LONGEST,
            yield_on_timeout=True,
            raise_interrupt=True,  # else it says so itself, in English
            ignore_permission_denied=True,
        ):
            if batch or not following:
                following = True
                yield len({path for _, path in batch})
            now = _identities(watched)
            if now != before and None not in now:
                break  # a root was taken away and made again: nobody tells of what is in the new one
        else:
            return


def _identities(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    """What tells a file or folder from another of the same name; None for one that is not there."""
    return [(path.stat().st_dev, path.stat().st_ino) if path.exists() else None for path in paths]
