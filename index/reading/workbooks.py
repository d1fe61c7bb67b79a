"""Read workbooks of spreadsheet programs: xlsx, ods, xls by xlrd, and pages of tables under such a name.

Each sheet is a grid of cells as they are shown.

Knows how these files keep cells, merged cells, dates and formats of numbers. Does not know articles: what the cells
mean is decided in index.reading.sheets.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableFile
from index.reading.markup import page_tables, parsed
from index.reading.number_formats import BUILT_IN, shown_number
from index.reading.package import Package, attribute, elements, open_package, parsed_xml, properties_of, tag_of
from index.reading.tables import Cell
from index.text.written_dates import iso_date

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CELLS = 4_000_000  # places of all sheets together, empty ones included
_CHARACTERS = 40_000_000  # of all cells together
_EACH = 8  # characters that a cell counts beside its own
_SHEETS = 1_000
_FULL_LINE = 16_384  # columns, as Excel allows
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_START = 2000  # characters in which Excel's XML of 2003 shows itself
_TRUE = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its rows that are not empty, and the number of each, from 1."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook, its properties, and what could not be read."""

    sheets: tuple[Sheet, ...]
    properties: Mapping[str, str] = field(default_factory=dict)
    uncalculated: int = 0  # formulas whose value the file does not hold
    hidden: int = 0  # sheets left out because the program does not show them
    damaged: int = 0


@dataclass(slots=True)
class _Places:
    """The cells of a sheet by row and column, as they come; merged cells are filled in at the end."""

    left: list[int]  # how many places, and how many characters with those of each cell, the workbook may still have
    last: int = -1  # the row that was read last
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first and last row, first and last column

    def put(self, row: int, column: int, text: str) -> None:
        if text.strip() and 0 <= column < _FULL_LINE:
            self.left[1] -= len(text) + _EACH
            if self.left[1] < 0:  # one string, or one row, may be used a million times
                raise UnreadableFile("reading.workbook_too_large", count=f"{_CELLS // 1_000_000}")
            self.rows.setdefault(row, {})[column] = text.strip()

    def sheet(self, name: str) -> Sheet:
        """Return the sheet without empty rows and columns. Raises UnreadableFile if it is too large."""
        used = sorted({column for line in self.rows.values() for column in line})
        numbers = sorted(self.rows)
        self.left[0] -= len(used) * len(numbers)
        if self.left[0] < 0:
            raise UnreadableFile("reading.workbook_too_large", count=f"{_CELLS // 1_000_000}")
        grid = [
            [Cell(line.get(column, "")) for column in used]  # each its own: the same one twice is a merged cell
            for line in (self.rows[number] for number in numbers)
        ]
        self._fill(grid, numbers, used)
        return Sheet(name, tuple(map(tuple, grid)), tuple(number + 1 for number in numbers))

    def _fill(self, grid: list[list[Cell]], numbers: Sequence[int], used: Sequence[int]) -> None:
        """Put each merged cell into all its places."""
        row_of = {number: i for i, number in enumerate(numbers)}
        column_of = {column: i for i, column in enumerate(used)}
        work = 2 * _CELLS
        for top, bottom, first, last in self.merged:
            if top not in row_of or first not in column_of:
                continue
            cell = grid[row_of[top]][column_of[first]]
            i = row_of[top]
            while i < len(numbers) and numbers[i] <= bottom:
                j = column_of[first]
                while j < len(used) and used[j] <= last:
                    grid[i][j] = cell
                    j += 1
                    work -= 1
                i += 1
                work -= 1
            if work < 0:
                return


def read_export(text: str) -> Workbook | None:
    """Read a page of tables, or Excel's XML of 2003, which programs save under the name of a workbook.

    Returns None for another text.
    """
    if "urn:schemas-microsoft-com:office:spreadsheet" in text[:_START]:
        return _xml_2003(text)
    if not re.search(r"<table[\s>]", text, re.IGNORECASE):
        return None
    left, sheets = [_CELLS, _CHARACTERS], []
    for table in page_tables(parsed(text)):
        left[0] -= sum(map(len, table))
        if left[0] < 0:
            raise UnreadableFile("reading.workbook_too_large", count=f"{_CELLS // 1_000_000}")
        numbered = [(i, tuple(row)) for i, row in enumerate(table, 1) if any(cell.text for cell in row)]
        sheets.append(Sheet("", tuple(row for _, row in numbered), tuple(i for i, _ in numbered)))
    return Workbook(tuple(sheets)) if any(sheet.rows for sheet in sheets) else None


def _xml_2003(text: str) -> Workbook | None:
    root = parsed_xml(text.encode("utf-8", "replace"))
    left, sheets = [_CELLS, _CHARACTERS], []
    for table in root.iter("{*}Worksheet") if root is not None else ():
        places = _Places(left)
        at = -1
        for row in table.iter("{*}Row"):
            at = _index(row, at)
            column = -1
            for cell in row:
                column = _index(cell, column)
                content = "".join("".join(map(str, each.itertext())) for each in cell if tag_of(each) == "Data")
                whole = any(attribute(each, "Type") == "DateTime" for each in cell)
                places.put(at, column, (iso_date(content) or content) if whole else content)
                across, down = (_span(cell, name) for name in ("MergeAcross", "MergeDown"))
                if across or down:
                    places.merged.append((at, at + down, column, column + across))
                column += across
        sheets.append(places.sheet(attribute(table, "Name")))
    return Workbook(tuple(sheets)) if any(sheet.rows for sheet in sheets) else None


def _index(element: Element, before: int) -> int:
    """Return the place of a row or cell, which states it or follows the one before."""
    value = attribute(element, "Index")
    return int(value) - 1 if value.isdecimal() and 0 < len(value) < 8 else before + 1


def _span(cell: Element, name: str) -> int:
    value = attribute(cell, name)
    return min(int(value), _FULL_LINE) if value.isdecimal() and len(value) < 8 else 0


def read_workbook(data: bytes, kind: str) -> Workbook:
    """Read a workbook of the kind that a suffix names: .xlsx, .ods or .xls.

    Raises UnreadableFile for a file that is encrypted, damaged, too large or without any cell.
    """
    book = {".ods": _ods, ".xls": _xls}.get(kind, _xlsx)(data)
    if not any(sheet.rows for sheet in book.sheets):
        raise UnreadableFile("reading.no_text" if not book.damaged else "reading.damaged")
    return book


# xlsx


def _xlsx(data: bytes) -> Workbook:
    package = open_package(data)
    workbook = package.xml("xl/workbook.xml")
    if workbook is None:
        raise UnreadableFile("reading.no_workbook")
    related = package.related("xl/workbook.xml")
    strings = _strings(package)
    formats = _formats(package)
    since_1904 = any(_TRUE.get(attribute(each, "date1904")) == "TRUE" for each in workbook.iter("{*}workbookPr"))
    left, sheets, uncalculated, hidden = [_CELLS, _CHARACTERS], [], 0, 0
    read: set[str] = set()
    for number, sheet in enumerate(workbook.iter("{*}sheet"), 1):
        if attribute(sheet, "state") in ("hidden", "veryHidden"):
            hidden += 1
            continue
        _, part = related.get(_relation(sheet), ("", f"xl/worksheets/sheet{number}.xml"))
        if part in read or number > _SHEETS:
            continue
        read.add(part)
        places = _Places(left)
        for element in elements(package.parts.get(part, b""), "row", "mergeCell"):
            if tag_of(element) == "mergeCell":
                if (area := _area(attribute(element, "ref"))) is not None:
                    places.merged.append(area)
            else:
                uncalculated += _xlsx_row(element, places, strings, formats, since_1904=since_1904)
        sheets.append(places.sheet(attribute(sheet, "name")))
    return Workbook(tuple(sheets), properties_of(package), uncalculated, hidden, package.damaged)


def _relation(sheet: Element) -> str:
    return next((str(value) for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")


def _xlsx_row(
    row: Element, places: _Places, strings: Sequence[str], formats: Sequence[str], *, since_1904: bool
) -> int:
    """Take in the cells of a row; return how many formulas in it have no value."""
    number = row.get("r") or ""
    at = int(number) - 1 if number.isdecimal() and len(number) < 8 else places.last + 1
    places.last = at
    column, uncalculated = -1, 0
    for cell in row:
        if tag_of(cell) != "c":
            continue
        match = _REFERENCE.fullmatch(cell.get("r") or "")
        column = _column(match[1]) if match else column + 1
        parts = {tag_of(part): part for part in cell}
        value = parts["v"].text or "" if "v" in parts else ""
        kind = cell.get("t") or "n"
        if kind == "s":
            text = strings[int(value)] if value.isdecimal() and int(value) < len(strings) else ""
        elif kind == "inlineStr":
            text = _string(parts["is"]) if "is" in parts else ""
        elif kind == "b":
            text = _TRUE.get(value, "")
        elif kind == "e":
            text = ""
        elif kind == "n" and value:
            style = cell.get("s") or "0"
            code = formats[int(style)] if style.isdecimal() and int(style) < len(formats) else ""
            text = _figure(value, code, since_1904=since_1904)
        else:
            text = iso_date(value) or value if kind == "d" else _unescaped(value)
        uncalculated += "f" in parts and not value and kind != "str"
        places.put(at, column, text)
    return uncalculated


def _figure(value: str, code: str, *, since_1904: bool) -> str:
    try:
        return shown_number(float(value), code, since_1904=since_1904)
    except (ValueError, OverflowError):
        return value


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _area(reference: str) -> tuple[int, int, int, int] | None:
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if start is None or end is None:
        return None
    return int(start[2]) - 1, int(end[2]) - 1, _column(start[1]), _column(end[1])


def _strings(package: Package) -> list[str]:
    return [_string(element) for element in elements(package.parts.get("xl/sharedstrings.xml", b""), "si")]


def _string(element: Element) -> str:
    """Return the text of a string in pieces, without the readings over it."""
    pieces: list[str] = []
    for child in element:
        if tag_of(child) == "t":
            pieces.append(child.text or "")
        elif tag_of(child) == "r":
            pieces += [text.text or "" for text in child if tag_of(text) == "t"]
    return _unescaped("".join(pieces))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)).replace("\r", "\n").replace("\0", ""), text)


def _formats(package: Package) -> list[str]:
    """Return the number format of each style of cells."""
    styles = package.xml("xl/styles.xml")
    if styles is None:
        return []
    own = {each.get("numFmtId"): each.get("formatCode") or "" for each in styles.iter("{*}numFmt")}
    results = []
    for cells in styles.iter("{*}cellXfs"):
        for style in cells:
            number = style.get("numFmtId") or "0"
            results.append(own.get(number) or BUILT_IN.get(int(number) if number.isdecimal() else 0, ""))
    return results


# ods


def _ods(data: bytes) -> Workbook:
    package = open_package(data)
    if b"encryption-data" in package.parts.get("meta-inf/manifest.xml", b""):
        raise UnreadableFile("reading.encrypted")
    content = package.xml("content.xml")
    if content is None:
        raise UnreadableFile("reading.no_workbook")
    left, sheets, hidden = [_CELLS, _CHARACTERS], [], 0
    unseen = {
        attribute(style, "name")
        for style in content.iter("{*}style")
        if any(attribute(each, "display") == "false" for each in style.iter("{*}table-properties"))
    }
    for table in content.iter("{*}table"):
        if attribute(table, "style-name") in unseen:
            hidden += 1
            continue
        places = _Places(left)
        at = 0
        for row in table.iter("{*}table-row"):
            line, areas = _ods_row(row)
            repeated = _count(row, "number-rows-repeated")
            for copy in range(repeated if line else 0):
                if copy * len(line) > _CELLS:
                    break
                for column, text in line.items():
                    places.put(at + copy, column, text)
            places.merged += [(at, at + rows - 1, column, column + columns - 1) for column, columns, rows in areas]
            at += repeated
        sheets.append(places.sheet(attribute(table, "name")))
    meta = package.xml("meta.xml")
    properties = (
        {tag_of(each): " ".join("".join(map(str, each.itertext())).split()) for each in meta.iter()}
        if meta is not None
        else {}
    )
    return Workbook(tuple(sheets), properties, 0, hidden, package.damaged)


def _count(element: Element, name: str) -> int:
    value = attribute(element, name)
    return min(int(value), 2_000_000) if value.isdecimal() and value.strip("0") and len(value) < 9 else 1


def _ods_row(row: Element) -> tuple[dict[int, str], list[tuple[int, int, int]]]:
    """Return the texts of a row by column, and (column, how many columns, how many rows) of each merged cell."""
    line: dict[int, str] = {}
    areas: list[tuple[int, int, int]] = []
    column = 0
    for cell in row:
        if tag_of(cell) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = _count(cell, "number-columns-repeated")
        text = _ods_text(cell) if tag_of(cell) == "table-cell" else ""
        columns, rows = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
        if columns > 1 or rows > 1:
            areas.append((column, columns, rows))
        if text:
            line |= dict.fromkeys(range(column, min(column + repeated, _FULL_LINE)), text)
        column += repeated
    return line, areas


def _ods_text(cell: Element) -> str:
    """Return what a cell shows; a date as ISO if it shows the whole day."""
    text = "\n".join(_paragraph(each) for each in cell if tag_of(each) == "p").strip()
    if day := attribute(cell, "date-value")[:10]:
        return day if iso_date(text) == day else text or day
    return text


def _paragraph(element: Element) -> str:
    pieces = [element.text or ""]
    for child in element:
        tag = tag_of(child)
        if tag == "s":
            pieces.append(" " * min(_count(child, "c"), 100))
        elif tag in ("tab", "line-break"):
            pieces.append("\t" if tag == "tab" else "\n")
        elif tag not in ("annotation", "ruby-text"):
            pieces.append(_paragraph(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


# xls


def _xls(data: bytes) -> Workbook:
    from xlrd import XLRDError, open_workbook

    quiet: Any = io.StringIO()  # it prints what it finds odd
    try:
        book = open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=quiet)
        sheets, left, hidden = [], [_CELLS, _CHARACTERS], 0
        for sheet in book.sheets():
            if sheet.visibility:
                hidden += 1
                continue
            places = _Places(left)
            for row in range(sheet.nrows):
                for column, cell in enumerate(sheet.row(row)):
                    places.put(row, column, _xls_text(book, cell))
            places.merged = [(top, below - 1, first, after - 1) for top, below, first, after in sheet.merged_cells]
            sheets.append(places.sheet(sheet.name))
    except UnreadableFile:
        raise
    except XLRDError as error:
        raise UnreadableFile("reading.encrypted" if "encrypted" in str(error) else "reading.no_workbook") from error
    except Exception as error:  # what it raises for damage is of every kind
        raise UnreadableFile("reading.no_workbook") from error
    return Workbook(tuple(sheets), {"creator": str(book.user_name or "")}, 0, hidden, 0)


def _xls_text(book: Any, cell: Any) -> str:
    if cell.ctype == 1:
        return str(cell.value)
    if cell.ctype in (2, 3):
        style = book.xf_list[cell.xf_index] if cell.xf_index is not None else None
        code = book.format_map[style.format_key].format_str if style is not None else ""
        return shown_number(float(cell.value), str(code), since_1904=bool(book.datemode))
    return _TRUE.get(str(cell.value), "") if cell.ctype == 4 else ""
