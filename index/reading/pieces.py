"""Pieces of text with their places on a page, the lines and tables made of them, and how lines are joined.

Knows no layout: index.reading.layout puts pieces in order, index.reading.aligned finds tables among them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.reading.tables import Cell

DIVIDED = "\xad"  # stands at the end of a line that ends within a word


@dataclass(frozen=True, slots=True)
class Piece:
    """Text without a gap, and its box; y grows upwards. `line` numbers the line in which the page's maker put it."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    line: int = 0
    size: float = 0.0  # the height of most of its characters, 0 if it is not known

    @property
    def middle(self) -> float:
        """The height at which its middle lies."""
        return (self.bottom + self.top) / 2

    @property
    def height(self) -> float:
        """Its height."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. `ends` if a larger or smaller line or the indentation of the next shows that a paragraph ends.

    `is_full` tells whether a line of a column reaches its edge; None where there are no columns.
    """

    text: str
    ends: bool = False
    is_full: bool | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its cells by rows, and where its columns begin and end. `sure` if rulings show that it is one."""

    cells: tuple[tuple[Cell, ...], ...]
    edges: tuple[float, ...] = ()
    sure: bool = False


Item = Line | Grid


def middle_of(values: Iterable[float]) -> float:
    """Return the median of some values, the higher of two."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def joined_line(texts: Iterable[str]) -> str:
    """Return the lines of a cell or paragraph as one; a space stands only between Latin words."""
    parts: list[str] = []
    for text in filter(None, texts):
        before = parts[-1] if parts else ""
        if before.endswith(DIVIDED):
            parts[-1] = before.removesuffix(DIVIDED)
        elif before and before[-1].isascii() and text[0].isascii():
            words = (before[-1].isalnum() or before[-1] in ",.)") and text[0].isalnum()
            is_one = before[-1].isdigit() and text[0].isdigit() and _is_split(before, text)
            parts += [" "] if words and not is_one else []
        parts.append(text)
    return "".join(parts)


def _is_split(before: str, after: str) -> bool:
    """Return True if the figures at a line end are one number, as in Chinese text, where no two touch."""
    left, right = before.rstrip("0123456789,.")[-1:], after.lstrip("0123456789,.")[:1]
    return not left.isascii() and not right.isascii()


def line_width(line: str) -> int:
    """Return the width of a line in half-width columns, without its indentation."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in line.strip())


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces in rows from the top, each from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.middle):
        first = rows[-1][0] if rows else None
        if first and abs(first.middle - piece.middle) < 0.5 * min(first.height, piece.height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]
