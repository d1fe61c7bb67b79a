"""Split comma-, tab- or semicolon-separated text into records, whatever line ends it has and however it is quoted.

Knows quotes, separators and Excel's `sep=` line, and mends a record whose quotes do not match. Does not know the names
of columns: see index.reading.rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

SEPARATORS = ",\t;|"  # in the order in which they are tried
_HINT = re.compile(r'\s*"?sep=(\t|[^\s"\w])"?[ \t,;]*(?:\n|\Z)', re.IGNORECASE)
# A quote that never closes makes csv read to the end of the text. So many times the text's lines may be read in all;
# beyond, each line is a record of its own, and time stays linear.
_AHEAD = 4
_MENDED_LINES = 30  # a record with a bad quote is looked for in so many lines; articles in cells have fewer
_MENDED_LENGTH = 200_000  # characters of such a record


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record. `fault` says what is wrong with its quotes, "" if nothing is.

    A record with a fault was split as its quotes were meant; without cells it could not be split.
    """

    line: int  # the last of its lines, from 1; the first if it could not be split
    cells: tuple[str, ...]
    fault: str = ""


def stated_separator(text: str) -> str:
    """Return the separator that a first line such as `sep=;` states, "" if there is no such line.

    >>> stated_separator("sep=;")
    ';'
    """
    match = _HINT.match(text.replace("\r", "\n"))
    return match[1] if match else ""


def records(text: str, separator: str, columns: int = 0) -> Iterator[Record]:
    r"""Yield the records of a text whose lines end in \n, \r\n or \r, or in several of them; leave out empty ones.

    `columns` is how many cells a record has: a record with a bad quote is mended if it then has so many.
    """
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, read = 0, 0  # lines that belong to finished records, and lines that were read so far
    while at < len(lines):
        last = len(lines) if read <= _AHEAD * len(lines) else at + 1
        reader = csv.reader((lines[i] + "\n" for i in range(at, last)), delimiter=separator, strict=True)
        begun = at
        try:
            for cells in reader:
                if cells:
                    yield Record(begun + reader.line_num, tuple(cells))
                at = begun + reader.line_num
            at = last
        except csv.Error as error:
            read += reader.line_num
            record, used = _mended(lines, at, separator, columns, str(error))
            yield record
            at += used


def _mended(lines: list[str], at: int, separator: str, columns: int, fault: str) -> tuple[Record, int]:
    """Return the record with a bad quote that begins at a line, and of how many lines it is."""
    first, _ = _lenient(lines[at], separator, columns)
    whole = ""
    for used, line in enumerate(lines[at : at + _MENDED_LINES], 1):
        if used > 1 and len(_lenient(line, separator, columns)[0]) == columns > 1:
            break  # the next record
        whole = f"{whole}\n{line}" if used > 1 else line
        cells, opened = _lenient(whole, separator, columns)
        if len(cells) == columns and not opened:
            return Record(at + used, cells, fault), used
        if len(cells) > columns or len(whole) > _MENDED_LENGTH:
            break
    return Record(at + 1, first if len(first) == columns else (), fault), 1


@cache
def _quoted(separator: str) -> re.Pattern[str]:
    """Return the pattern of a quoted cell: only a quote before a separator or the end closes it. Possessive: linear."""
    sign = re.escape(separator)
    return re.compile(rf'"((?:[^"]|""|"(?!{sign}|\Z))*+)"(?={sign}|\Z)')


def _lenient(record: str, separator: str, columns: int) -> tuple[tuple[str, ...], bool]:
    """Split a record whose quotes do not match, at most into one cell more than there are columns.

    Return the cells, and True if a quote that opens one of them never closes.
    """
    cells: list[str] = []
    place, opened = 0, False
    while len(cells) <= columns:
        match = _quoted(separator).match(record, place)
        opened |= match is None and record.startswith('"', place)
        end = match.end() if match else record.find(separator, place)
        end = len(record) if end < 0 else end
        cells.append(match[1].replace('""', '"') if match else record[place:end])
        if end >= len(record):
            break
        place = end + 1
    return tuple(cells), opened
