"""How far something is that takes long: a bar with the time left on a terminal's stderr, or told to whoever listens.

Knows nothing of what is being done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

_Item = TypeVar("_Item")
Listener = Callable[[str, int, int | None], None]  # what is being done, how many are done, of how many (None: not known)
_listening: ContextVar[Listener | None] = ContextVar("listening", default=None)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """While this is open, what this thread goes through is told to a listener instead of a terminal."""
    token = _listening.set(listener)
    try:
        yield
    finally:
        _listening.reset(token)


def shown(items: Iterable[_Item], what: str, total: int | None = None) -> Iterable[_Item]:
    """The items, in order; how many of them are done is seen where somebody may be waiting. `total`: how many, where they cannot be counted."""
    count = len(items) if isinstance(items, Sized) else total
    if (listener := _listening.get()) is not None:
        return _told(items, what, count, listener)
    if (count is not None and count < 2) or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[_Item] = tqdm(items, desc=what, total=count, delay=1, leave=False, unit="")
    return bar


def _told(items: Iterable[_Item], what: str, count: int | None, listener: Listener) -> Iterator[_Item]:
    for done, item in enumerate(items):
        listener(what, done, count)
        yield item
