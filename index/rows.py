"""Tables of articles become documents: jsonl, JSON, csv and tsv, a row an article.

Knows these formats and the names that columns have. Does not know files: it is given decoded text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from index.errors import UnreadableFile
from index.frame import iso_date
from index.records import Document

# The documented name of each column first, then what exports call it.
_COLUMNS = {
    "id": ("id", "编号", "編號"),
    "title": ("title", "标题", "標題", "新闻标题", "文章标题", "headline"),
    "text": ("text", "正文", "内容", "內容", "content", "body"),
    "date": ("date", "日期", "发布日期", "發布日期", "发布时间", "發布時間", "时间", "publish_time", "publish_date", "pubdate", "time"),
    "source": ("source", "来源", "來源", "媒体", "media", "site"),
    "author": ("author", "作者", "记者"),
    "url": ("url", "链接", "網址", "网址", "link"),
}
_MARKUP = re.compile(r"<(?:p|br|div|span|td|li|strong|img|a)\b[^<>]*>", re.IGNORECASE)
_COMPACT = re.compile(r"\s*(20\d\d|19\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\d{6})?(?!\d)")
_NOBODY = frozenset({"-", "--", "—", "——", "/", "无", "null", "None", "nan"})  # what exports write where nothing is known
_SERIAL = re.compile(r"\s*([34]\d{4})(?:\.\d+)?\s*")  # 1982 to 2036
_STAMP = re.compile(r"\s*(1\d{9})(?:\d{3})?(?:\.\d+)?\s*")  # seconds or milliseconds since 1970, until 2033


@dataclass(frozen=True, slots=True)
class Row:
    """What one row gave: the number of its line (in JSON its place), the document if it is one, and what was wrong."""

    number: int
    document: Document | None
    wrong: str = ""
    line: str = ""  # all of the row as it stood, where each is a line of JSON


def json_rows(text: str, to_text: Callable[[str], str], skipped: Callable[[int, str], bool] = lambda number, line: False) -> Iterator[Row]:
    """The rows of a text that is one JSON value, or one a line, in order; `to_text` makes text of a piece of HTML.

    Lines of which `skipped(number, line)` is true are not looked into, and give no row.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text, to_text, skipped)
        return
    for number, value in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield _row(number, value, to_text)


def _lines(text: str, to_text: Callable[[str], str], skipped: Callable[[int, str], bool]) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not skipped(number, line):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Row(number, None, f"not JSON ({error.__class__.__name__})")
                continue
            yield replace(_row(number, value, to_text), line=line)


def csv_rows(text: str, to_text: Callable[[str], str]) -> Iterator[Row]:
    """The rows of a text of comma-, tab- or semicolon-separated values, told by its first line, in order.

    Raises UnreadableFile if no column holds the text.
    """
    csv.field_size_limit(len(text) + 1)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = next((sign for sign in ",\t;" if _column(next(csv.reader([first], delimiter=sign), []), "text") is not None), None)
    if separator is None:
        raise UnreadableFile("no column named text in its first line", "Name the columns there, separated by commas, tabs or semicolons.")
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True, delimiter=separator)
    try:
        columns = reader.fieldnames or ()
        for row in reader:
            rest: object = row.pop("", None)
            wrong = ""
            if isinstance(rest, list):
                # A separator nobody quoted: of a last column the rest is known to belong to it.
                if _column(columns, "text") == columns[-1]:
                    row[columns[-1]] = separator.join([row[columns[-1]], *rest])
                    wrong = f"{len(rest)} values more than columns; taken in as part of the text"
                else:
                    wrong = f"{len(rest)} values more than columns; taken in without: {','.join(rest)[:40]}"
            found = _row(reader.line_num, row, to_text)
            yield replace(found, wrong=wrong or found.wrong)
    except csv.Error as error:
        yield Row(reader.line_num, None, f"not CSV from here on ({error})")


def _column(names: Iterable[str], field: str) -> str | None:
    """Which of these column names holds a field, None if none does."""
    known = {name.strip().lower(): name for name in names}
    return next((known[alias] for alias in _COLUMNS[field] if alias in known), None)


@lru_cache(64)
def _names(columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(field, the name of its column) for the fields that a row with these columns has."""
    return tuple((field, name) for field in _COLUMNS if (name := _column(columns, field)) is not None)


def _row(number: int, value: object, to_text: Callable[[str], str]) -> Row:
    if not isinstance(value, dict):
        return Row(number, None, "not an object with a text")
    names = _names(tuple(value))
    given = {field: value[name] for field, name in names}
    text = _plain(given.get("text"))
    if not isinstance(given.get("text"), str) or not any(character.isalnum() for character in text):
        return Row(number, None, "no text in it")
    fields = {field: _plain(content).strip() for field, content in given.items()}
    for field in ("source", "author"):
        if fields.get(field) in _NOBODY:
            fields[field] = ""
    wrong = ""
    if any("\ufffd" in fields[field] and "\ufffd" not in str(content) for field, content in given.items()):
        wrong = "taken in, but half characters in it show as \ufffd"
    if fields.get("date"):
        date = _date(fields["date"])
        if not date:
            wrong = f"taken in, but its date is none: {fields['date'][:40]}"
        fields["date"] = date
    repairs: tuple[tuple[str, int], ...] = ()
    if tags := len(_MARKUP.findall(text)):
        text, repairs = to_text(text), (("markup", tags),)
    document = Document(
        text=text,
        encoding="",
        key=fields.get("id", ""),
        title=fields.get("title", ""),
        date=fields.get("date", ""),
        source=fields.get("source", ""),
        author=fields.get("author", ""),
        url=fields.get("url", ""),
        origins=tuple(sorted((field, f"column {name}") for field, name in names if field not in ("id", "text") and fields.get(field))),
        repairs=repairs,
    )
    return Row(number, document, wrong)


def _plain(value: object) -> str:
    """A field as text; half characters, which JSON can hold, become U+FFFD."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _date(text: str) -> str:
    """A date as ISO, also 20230905 and seconds or milliseconds since 1970; "" if it is none."""
    if match := _COMPACT.match(text):
        return iso_date("-".join(match.groups()))
    if match := _SERIAL.fullmatch(text):  # days since the end of 1899, as spreadsheets keep them
        return (date(1899, 12, 30) + timedelta(days=int(match[1]))).isoformat()
    if match := _STAMP.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC).date().isoformat()
    return iso_date(text)
