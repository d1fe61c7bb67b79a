"""Fold text into its search form: one script, one width, one case.

Knows the table `assets/folding.txt` (made by training/folding_table.py from OpenCC's dictionaries and Unicode's NFKC).
Folded text is for search only: readers always see the original.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TABLE = Path(__file__).parents[1] / "assets" / "folding.txt"
_LONG = 80  # characters; from this length on numpy is faster than str.translate, ten times for a whole article


@cache
def _table() -> dict[int, int]:
    characters, folded = _TABLE.read_text(encoding="utf-8").split("\n")[:2]
    return {ord(a): ord(b) for a, b in zip(characters, folded, strict=True)}


@cache
def _points() -> NDArray[np.uint32]:
    """Return the table as a (0x110000,) array: the folded code point of every code point."""
    import numpy as np

    points = np.arange(0x110000, dtype=np.uint32)
    points[list(_table())] = list(_table().values())
    return points


def fold(text: str) -> str:
    """Return `text` with traditional and variant characters simplified, full width narrowed and capitals lowered.

    Folds character by character: `len(fold(text)) == len(text)`, so offsets are the same in both. Idempotent.
    """
    if len(text) < _LONG:
        return text.translate(_table())
    import numpy as np  # loaded here: a program that folds short texts only need not wait

    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    folded: bytes = _points()[points].astype("<u4", copy=False).tobytes()
    return folded.decode("utf-32-le", "surrogatepass")
