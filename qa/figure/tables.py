"""Find the tables that stand in a text as lines, and read their figures with the heads of their columns.

Knows cells between |, tabs or commas. Does not know sentences, periods or what an article is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span
from qa.figure.values import quantities, unit_of

_LONGEST_LINE = 400  # characters; a longer line is running text
_LONGEST_HEAD = 20
_MOST_DIGITS = 15  # a longer row of digits is an identifier
_NUMBER = re.compile(r"(?P<minus>[-−])?(?P<number>\d[\d,]*(?:\.\d+)?)\s?(?P<unit>%|‰)?$")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A figure in a table: `text[span.start:span.end]`, with the cell that names its row and the head of its column."""

    span: Span
    row: Span
    name: Span  # the first cell of the row
    head: str  # without the unit in brackets, folded
    value: float
    high: float | None
    unit: str


def table_cells(folded: str) -> tuple[list[Span], list[TableCell]]:
    """Return where the tables of a folded text stand, and their figures in order."""
    places, cells = [], []
    for rows in tables(folded):
        places.append(Span(rows[0].start, rows[-1].end))
        heads = [read_head(folded[cell.start : cell.end]) for cell in rows[0].cells]
        for row in rows[1:]:
            for (head, scale, unit), cell in list(zip(heads, row.cells, strict=True))[1:]:
                written = folded[cell.start : cell.end]
                if read := cell_value(written, scale, unit):
                    cells.append(TableCell(cell, Span(row.start, row.end), row.cells[0], head, *read))
    return places, cells


def cell_value(written: str, scale: float, unit: str) -> tuple[float, float | None, str] | None:
    """Return the value, the upper end of a range and the unit of a cell under a head, None if it is no figure."""
    number = _NUMBER.match(written)
    if number and len(number["number"]) <= _MOST_DIGITS:
        value = float(number["number"].replace(",", "")) * (-1 if number["minus"] else 1) * scale
        return value, None, number["unit"] or unit
    read = quantities(written)
    if len(read) != 1 or read[0].start or read[0].end != len(written):
        return None
    return read[0].value, read[0].high, read[0].unit


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of a table with its cells."""

    start: int
    end: int
    cells: tuple[Span, ...]


def tables(folded: str) -> Iterator[list[TableRow]]:
    """Yield runs of lines that are cut into the same number of cells by the same mark."""
    rows: list[TableRow] = []
    kind = ""
    position = 0
    for line in [*folded.split("\n"), ""]:
        start, position = position, position + len(line) + 1
        row, mark = _row(line, start)
        if row and row.cells and rows and mark == kind and len(row.cells) == len(rows[0].cells):
            rows.append(row)
            continue
        if row and not row.cells:  # the rule under the heads of a Markdown table
            continue
        if _is_table(folded, rows):
            yield rows
        rows, kind = ([row], mark) if row else ([], "")


def _row(line: str, start: int) -> tuple[TableRow | None, str]:
    bare = line.strip()
    mark = "|" if bare.startswith("|") or bare.count("|") > 1 else "\t" if "\t" in bare else ","
    if not bare.count(mark) or len(bare) > _LONGEST_LINE or (mark == "," and re.search(r"[。，;!?]", bare)):
        return None, ""
    if mark == "|" and re.fullmatch(r"[|\-: ]+", bare):
        return TableRow(start, start + len(line), ()), mark
    begin = start + line.index(bare)
    cells, at = [], begin
    for piece in bare.split(mark):
        stripped = piece.strip()
        if stripped:
            offset = at + piece.index(stripped)
            cells.append(Span(offset, offset + len(stripped)))
        elif mark != "|":
            cells.append(Span(at, at))
        at += len(piece) + 1
    return (TableRow(begin, begin + len(bare), tuple(cells)), mark) if len(cells) > 1 else (None, "")


def _is_table(folded: str, rows: Sequence[TableRow]) -> bool:
    """Tell a table from lines that happen to hold commas: heads without figures, and figures below."""
    if len(rows) < 2:
        return False
    heads = [folded[cell.start : cell.end] for cell in rows[0].cells]
    if any(re.fullmatch(r"[\d.,%]+", head) or len(head) > _LONGEST_HEAD for head in heads):
        return False
    return any(re.match(r"[-−]?\d", folded[cell.start : cell.end]) for row in rows[1:] for cell in row.cells[1:])


def read_head(words: str) -> tuple[str, float, str]:
    """Return the name of a column, and the scale and unit that its brackets name: 财政收入(万元)."""
    opening = words.find("(")
    unit = unit_of(words[opening + 1 : -1]) if opening > 0 and words.endswith(")") else None
    return (words[:opening].strip(), *unit) if unit else (words.strip(), 1.0, "")
