"""The search form of text: one script, one width, one case.

Knows the table `assets/folding.txt` (made by training/folding_table.py from OpenCC's dictionaries and Unicode's NFKC).
Does not know what the text is for: what people are shown is never folded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TABLE = Path(__file__).parent / "assets" / "folding.txt"
_LONG = 80  # characters; from here on the whole text at once is faster than character by character, ten times for an article


@cache
def _table() -> dict[int, int]:
    characters, folded = _TABLE.read_text(encoding="utf-8").split("\n")[:2]
    return {ord(a): ord(b) for a, b in zip(characters, folded, strict=True)}


@cache
def _points() -> NDArray[np.uint32]:
    """The same table for every code point."""
    import numpy as np

    points = np.arange(0x110000, dtype=np.uint32)
    points[list(_table())] = list(_table().values())
    return points


def fold(text: str) -> str:
    """`text` with traditional and variant characters simplified, full width narrowed and capitals lowered.

    Character by character: `len(fold(text)) == len(text)`, so offsets hold in both. Idempotent.
    """
    if len(text) < _LONG:
        return text.translate(_table())
    import numpy as np  # what folds short texts only need not wait for it

    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    folded: bytes = _points()[points].astype("<u4", copy=False).tobytes()
    return folded.decode("utf-32-le", "surrogatepass")
