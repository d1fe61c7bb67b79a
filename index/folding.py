"""The search form of text: one script, one width, one case.

Knows the table `assets/folding.txt` (made by training/folding_table.py from OpenCC's dictionaries and Unicode's NFKC).
Does not know what the text is for: what people are shown is never folded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "assets" / "folding.txt"


@cache
def _table() -> dict[int, int]:
    characters, folded = _TABLE.read_text(encoding="utf-8").split("\n")[:2]
    return {ord(a): ord(b) for a, b in zip(characters, folded, strict=True)}


def fold(text: str) -> str:
    """`text` with traditional and variant characters simplified, full width narrowed and capitals lowered.

    Character by character: `len(fold(text)) == len(text)`, so offsets hold in both. Idempotent.
    """
    return text.translate(_table())
