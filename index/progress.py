"""A bar with the time left, on a terminal's stderr, for what takes longer than a second.

Knows nothing of what is being done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def shown(items: Sequence[_Item], what: str) -> Iterable[_Item]:
    """The items, in order; how many are done is seen where somebody may be waiting."""
    if len(items) < 2 or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[_Item] = tqdm(items, desc=what, delay=1, leave=False, unit="")
    return bar
