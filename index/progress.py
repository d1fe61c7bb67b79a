"""Track how far a long task is: a bar with the time left on a terminal's stderr, or a report to a listener.

Knows nothing of the task.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from index.language import sentence

_Item = TypeVar("_Item")
# The code of the step's label, how many items are done, of how many (None: not known).
Listener = Callable[[str, int, int | None], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def report_to(listener: Listener) -> Iterator[None]:
    """Inside the block, report the progress of this thread to a listener instead of a terminal."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def track(items: Iterable[_Item], code: str, total: int | None = None, /, **values: str) -> Iterable[_Item]:
    """The items, in order, while a bar or the listener follows how many are done.

    `code` and `values` name the label in index.messages.progress; `total` is the number of items that have no length.
    """
    count = len(items) if isinstance(items, Sized) else total
    if (listener := _listener.get()) is not None:
        return _reported(items, code, count, listener)
    if (count is not None and count < 2) or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[_Item] = tqdm(items, desc=sentence(code, values)[0], total=count, delay=1, leave=False, unit="")
    return bar


def _reported(items: Iterable[_Item], code: str, count: int | None, listener: Listener) -> Iterator[_Item]:
    for done, item in enumerate(items):
        listener(code, done, count)
        yield item
