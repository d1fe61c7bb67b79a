"""Turn the sheets of a workbook into rows: articles where a column holds their text, else the cells with their heads.

Knows where one table of a sheet ends and the next begins. Does not know files: index.reading.workbooks makes
the sheets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.reading.delimited import Record
from index.reading.rows import Row, article_rows, fields_of, names_by_contents
from index.reading.tables import Cell, has_heads, table_lines
from index.reading.workbooks import Sheet
from index.records import Document

_Line = tuple[Cell, ...]
_HEADER_ROWS = 20  # rows in which the header is looked for, as in csv
_NAME = 40  # characters of a column's name
_AHEAD = 40  # rows by which a second table of a sheet is told
_TITLE = 60  # characters of a caption
_NO_CAPTION = re.compile(
    r"[\s（(]*(?:单位|單位|注|註|备注|说明|填报|制表|附件|附表|数据来源|资料来源|来源)\S{0,6}[:：].*|附[件表]\s*\d*\W*"
)
_COUNTER = re.compile(r"序号|序號|编号|編號|行号|no\.?|id|#", re.IGNORECASE)


def sheet_rows(sheet: Sheet, to_text: Callable[[str], str]) -> Iterator[Row]:
    """Read a sheet: an article of each row below a header that names a text, else one row for the whole sheet."""
    top = [Record(number, _texts(row)) for number, row in zip(sheet.numbers[:_HEADER_ROWS], sheet.rows, strict=False)]
    place, names = _header(top)
    if names:
        below = [
            Record(number, _texts(row))
            for number, row in zip(sheet.numbers[place + 1 :], sheet.rows[place + 1 :], strict=True)
        ]
        known = set(fields_of(names).values())
        others = [
            i for i, name in enumerate(names) if name.strip() and name not in known and not _COUNTER.fullmatch(name)
        ]
        for row, record in zip(article_rows(below, names, to_text), below, strict=True):
            yield _with_others(row, record, names, others)
        return
    tables = _tables(sheet)
    lines = [line for table in tables for line in table_lines(table)]
    if lines:
        document = Document("\n".join(lines), "", title=_caption(sheet.rows), repairs=(("as_table", len(lines)),))
        yield Row(1, document)


def _texts(row: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(cell.text for cell in row)


def _header(top: Sequence[Record]) -> tuple[int, list[str]]:
    """Return the place of the header that names a text, and the names; none if no row is such a header."""
    first = next((i for i, record in enumerate(top) if _filled(record.cells) > 1), 0)
    for place, record in enumerate(top):
        fields = fields_of(record.cells)
        if "text" not in fields or any(len(cell) > _NAME for cell in record.cells):
            continue
        if len(fields) > 1 or place == first or _filled(record.cells) == 1:
            return place, list(record.cells)
    if top and (names := names_by_contents(top[first:])) is not None:
        return first, names
    return 0, []


def _filled(cells: Sequence[str]) -> int:
    return len({cell for cell in cells if cell.strip()})


def _with_others(row: Row, record: Record, names: Sequence[str], others: Sequence[int]) -> Row:
    """Return an article with the cells of the columns that are no field of it as its last line."""
    others = [i for i in others if record.cells[i].strip()]
    if row.document is None or not others:
        return row
    grid = [[Cell(names[i], is_head=True) for i in others], [Cell(record.cells[i]) for i in others]]
    if len(others) == 1:
        lines = [f"{names[others[0]].strip()}：{' '.join(record.cells[others[0]].split())}"]
    else:
        lines = table_lines(grid)
    return replace(row, document=replace(row.document, text="\n".join([row.document.text, *lines])))


def _caption(rows: Sequence[_Line]) -> str:
    """Return the title that stands alone above the first table, "" if there is none."""
    for row in rows[:3]:
        texts = [cell for cell in row if cell.text.strip()]
        if len({id(cell) for cell in texts}) != 1:
            return ""
        text = " ".join(texts[0].text.split())
        if 4 <= len(text) <= _TITLE and not _NO_CAPTION.fullmatch(text) and not text.endswith("。"):
            return text
    return ""


def _tables(sheet: Sheet) -> list[list[_Line]]:
    """Return the tables of a sheet: an empty row, or a caption over a header, begins a new one.

    Rows after an empty row that have no header of their own belong to the table above.
    """
    pieces: list[list[_Line]] = []
    begun = 0
    cuts = [i for i, (one, next_one) in enumerate(pairwise(sheet.numbers), 1) if next_one > one + 1]
    for cut in [*cuts, len(sheet.rows)]:
        pieces.append(list(sheet.rows[begun:cut]))
        begun = cut
    tables: list[list[_Line]] = []
    headed = False
    for piece in pieces:
        for part in _parts(piece):
            own = has_heads(part[:_AHEAD])
            if headed and not own and not _is_alone(part[0]):
                tables[-1] += part
            else:
                tables.append(part)
                headed = own
    return [_trimmed(_without_repeated_heads(table)) for table in tables]


def _parts(rows: list[_Line]) -> list[list[_Line]]:
    """Cut rows before each caption that stands over a header."""
    cuts = [
        i
        for i in range(1, len(rows) - 2)
        if _is_alone(rows[i]) and not _is_alone(rows[i - 1]) and _begins_table(rows[i + 1 : i + 1 + _AHEAD])
    ]
    return [rows[start:end] for start, end in pairwise([0, *cuts, len(rows)])]


def _begins_table(rows: Sequence[_Line]) -> bool:
    end = next((i for i, row in enumerate(rows) if i and _is_alone(row)), len(rows))
    return has_heads(rows[:end])


def _is_alone(row: _Line) -> bool:
    """Return True if a row holds one cell only, perhaps merged."""
    return len({id(cell) for cell in row if cell.text.strip()}) == 1


def _without_repeated_heads(table: list[_Line]) -> list[_Line]:
    """Return a table without the rows that repeat its header, as for each printed page."""
    head = next((row for row in table if not _is_alone(row)), ())
    texts = _texts(head)
    return [row for row in table if row is head or len(head) < 2 or _texts(row) != texts]


def _trimmed(table: list[_Line]) -> list[_Line]:
    """Return a table without the columns on either side that are empty in it."""
    used = [i for row in table for i, cell in enumerate(row) if cell.text.strip()]
    start, end = min(used, default=0), max(used, default=0) + 1
    return [row[start:end] for row in table]
