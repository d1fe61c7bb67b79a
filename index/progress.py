"""A bar with the time left, on a terminal's stderr, for what takes longer than a second.

Knows nothing of what is being done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sized
from typing import TypeVar

_Item = TypeVar("_Item")


def shown(items: Iterable[_Item], what: str, total: int | None = None) -> Iterable[_Item]:
    """The items, in order; how many of them are done is seen where somebody may be waiting. `total`: how many, where they cannot be counted."""
    count = len(items) if isinstance(items, Sized) else total
    if (count is not None and count < 2) or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[_Item] = tqdm(items, desc=what, total=count, delay=1, leave=False, unit="")
    return bar
