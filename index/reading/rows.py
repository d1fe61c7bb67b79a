"""Read tables of articles: jsonl, JSON, csv and tsv, one article in each row.

Knows these formats and the names of columns. Does not know files: the text comes decoded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from html import unescape
from itertools import islice

from index.errors import UnreadableFile
from index.reading.delimited import SEPARATORS, Record, records, stated_separator
from index.reading.json_values import json_values
from index.reading.tables import Cell, has_heads, table_lines, wider_than_heads
from index.records import Document, Problem
from index.text.folding import fold
from index.text.written_dates import beijing_day, iso_date

# The documented name of each column, then the names that exports use, the more telling first; see _column_key.
_COLUMNS = {
    "id": ("id", "编号", "uuid", "guid"),
    "title": (
        "title",
        "标题",
        "新闻标题",
        "文章标题",
        "题目",
        "标题名称",
        "headline",
        "subject",
        "主题",
        "name",
        "名称",
    ),
    "question": ("question", "问题", "提问", "问", "标准问题", "标准问", "query", "prompt", "instruction"),
    "text": (
        *("text", "正文", "内容", "content", "body", "全文", "文本", "新闻内容", "新闻正文", "文章内容", "文章正文"),
        *("正文内容", "内容正文", "新闻全文", "原文", "fulltext", "maintext", "newscontent", "articlecontent"),
        *("articlebody", "contenttext", "pagecontent", "article", "文章", "detail", "details", "详情", "详细内容"),
        *("答案", "回答", "答", "回复", "解答", "answer", "response", "output", "reply"),
        *(
            "报道内容",
            "公告内容",
            "通知内容",
            "帖子内容",
            "段落",
            "passage",
            "paragraph",
            "document",
            "message",
            "html",
        ),
        *("摘要", "简介", "描述", "概要", "summary", "abstract", "description"),
    ),
    "date": (
        *(
            "date",
            "日期",
            "发布日期",
            "发布时间",
            "发表时间",
            "发表日期",
            "时间",
            "publishtime",
            "publishdate",
            "pubdate",
        ),
        *("pubtime", "publishedat", "published", "datepublished", "createdat", "createtime", "time", "刊登日期"),
    ),
    "source": ("source", "来源", "新闻来源", "文章来源", "媒体", "媒体名称", "media", "site", "publisher", "出处"),
    "author": ("author", "作者", "记者", "撰稿", "撰稿人", "byline", "writer", "creator"),
    "url": ("url", "链接", "网址", "link", "href", "新闻链接", "原文链接", "原文网址", "文章链接"),
}
_NO_LETTER = re.compile(
    r"[\s_\-*:：]+|[(（\[【][^)）\]】]*[)）\]】]"
)  # signs around a name, and a note on it: 标题(必填)
_MARKUP = re.compile(
    r"<(?:/?(?:p|div|span|td|tr|th|table|tbody|ul|ol|li|strong|b|i|u|s|em|a|font|h[1-6]|sub|sup|small|big|center|mark"
    r"|section|article|blockquote|pre|code|label|del|ins)|br|hr|img)(?:\s[^<>=]*=[^<>]*|\s*/)?>",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"<(?:/?(?:p|div|td|tr|table|li|h[1-6]|section|article|blockquote)|br|img|hr)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_HEADER_ROWS = 20  # records in which the header is looked for; titles and notes above it are fewer
_NESTED = 4  # levels of objects around a list of articles, such as {"data": {"list": [...]}}
_PROSE = 40  # characters of a usual cell of the column that holds the articles, if no name tells it
_SENTENCE = re.compile("[。！？；，]")
_COMPACT = re.compile(r"\s*(20\d\d|19\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\d{6})?(?!\d)")
# Values that exports write for an unknown one.
_NOBODY = frozenset({"-", "--", "—", "——", "/", "无", "null", "None", "nan"})
_SERIAL = re.compile(r"\s*([34]\d{4})(?:\.\d+)?\s*")  # days since the end of 1899; 1982 to 2036
_STAMP = re.compile(r"\s*(1\d{9})(?:\d{3})?(?:\.\d+)?\s*")  # seconds or milliseconds since 1970, until 2033


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, read.

    The path of `problem` is empty, since a row does not know its file.
    """

    number: int  # of its line, from 1; in a JSON list of its place
    document: Document | None  # None if the row is no article
    problem: Problem | None = None
    line: str = ""  # the whole line of a jsonl file, "" in other formats


def json_rows(
    text: str, to_text: Callable[[str], str], skipped: Callable[[int, str], bool] = lambda number, line: False
) -> Iterator[Row]:
    """Read the rows of a text that is one JSON value, or one on each line, in order.

    `to_text` turns a piece of HTML into text. A line for which `skipped(number, line)` is True is not parsed and yields
    no row.
    """
    shift = 0  # rows beyond the first of their value
    for each in json_values(text, skipped):
        if each.fault:
            key = "taken_broken_json" if each.taken_in else "row_no_json"
            yield Row(each.number, None, _problem(key, error=each.fault))
            continue
        articles = _articles_in(each.value, 0)
        for value in articles:
            made = _row(each.number + shift, value, to_text)
            yield replace(made, line=each.line if len(articles) == 1 else "")
            shift += 1
        shift -= 1


def _articles_in(value: object, depth: int) -> list[object]:
    """Return the articles of the lists and objects inside a value, the first that hold any; else the value itself."""
    if not isinstance(value, dict) or depth > _NESTED:
        return [value]
    if (own := _article(value)) is not None:
        return [own]
    for inner in value.values():
        if isinstance(inner, list) and any(_article(each) is not None for each in inner):
            return [_article(each) or each for each in inner]
    if len(keyed := [own for inner in value.values() if (own := _article(inner)) is not None]) > 1:
        return list(keyed)
    for inner in value.values():
        if isinstance(inner, dict) and (articles := _articles_in(inner, depth + 1)) != [inner]:
            return articles
    return [value]


def _article(value: object) -> dict[str, object] | None:
    """Return an object with a text; if the one object inside it holds the text, both in one. None for another value."""
    if not isinstance(value, dict):
        return None
    cells = _cells(value)
    if not isinstance(cells.get("text"), dict) and _text_of(cells):
        return value
    inner = [(name, each) for name, each in value.items() if isinstance(each, dict) and _text_of(_cells(each))]
    if len(inner) != 1:
        return None
    ((name, article),) = inner
    return {key: each for key, each in value.items() if key != name} | article


def csv_rows(text: str, to_text: Callable[[str], str]) -> Iterator[Row]:
    """Read the rows of comma-, tab- or semicolon-separated values, in order; titles may stand above the header.

    A table of figures, in which no column holds a text, is one row: each of its cells with its head. Raises
    UnreadableFile if it is neither.
    """
    try:
        separator, names, header = _header(text)
    except UnreadableFile:
        if not (table := _as_table(text)):
            raise
        yield from table
        return
    below = (record for record in records(text, separator, len(names)) if record.line > header)
    yield from article_rows(below, names, to_text, separator)


def article_rows(
    below: Iterable[Record], names: Sequence[str], to_text: Callable[[str], str], separator: str = ","
) -> Iterator[Row]:
    """Read the records below a header with these names of columns, in order."""
    for record in below:
        if not record.cells:
            yield Row(record.line, None, _problem("bad_quotes", error=record.fault))
            continue
        cells, problem = _fitted(record, names, separator)
        if problem is None and record.fault:
            problem = _problem("taken_bad_quotes", error=record.fault)
        made = _row(record.line, cells, to_text)
        # What is wrong with the cells explains a text that is missing.
        yield replace(made, problem=problem) if problem and made.document else made


def _fitted(record: Record, names: Sequence[str], separator: str) -> tuple[dict[str, str | None], Problem | None]:
    """Return the cells by the name of their column, and a problem if there are more cells than columns."""
    values = list(record.cells)
    problem = None
    if rest := [value for value in values[len(names) :] if value.strip()]:
        # A separator without quotes. If the text is the last column, the rest belongs to it.
        if _column(names, "text") == names[-1]:
            values[len(names) - 1] = separator.join(values[len(names) - 1 :])
            problem = _problem("taken_more_values", count=len(record.cells) - len(names))
        else:
            problem = _problem("taken_without_values", count=len(rest), values=",".join(rest)[:40])
    cells: dict[str, str | None] = dict.fromkeys(names)
    for name, value in zip(names, values, strict=False):
        if cells[name] is None:  # of two columns of one name the first counts
            cells[name] = value
    return cells, problem


def _header(text: str) -> tuple[str, list[str], int]:
    """Return the separator, the names of the columns and the last line of the header. Raises UnreadableFile."""
    signs = stated_separator(text) or SEPARATORS
    tops = {sign: [r for r in islice(records(text, sign), _HEADER_ROWS) if r.cells] for sign in signs}
    places = [
        (place, signs.index(sign), sign)
        for sign, top in tops.items()
        for place, record in enumerate(top)
        if fields_of(record.cells).get("text") is not None
    ]
    if places:
        place, _, sign = min(places)
        return sign, list(tops[sign][place].cells), tops[sign][place].line
    sign = max(signs, key=lambda each: (max((len(r.cells) for r in tops[each]), default=0), -signs.index(each)))
    if (named := names_by_contents(tops[sign])) is not None:
        return sign, named, tops[sign][0].line
    columns = next((r.cells for r in tops[sign] if any(cell.strip() for cell in r.cells)), ())
    raise UnreadableFile(
        "reading.no_text_column",
        columns="、".join(name.strip()[:20] for name in columns[:20]),
        known="、".join(_COLUMNS["text"][:12]),
    )


def _as_table(text: str) -> list[Row]:
    """Return a table of figures with heads as one row, then the rows' problems; nothing for another text."""
    signs = stated_separator(text) or SEPARATORS
    widths = {sign: max((len(r.cells) for r in islice(records(text, sign), _HEADER_ROWS)), default=0) for sign in signs}
    sign = max(signs, key=lambda each: (widths[each], -signs.index(each)))
    whole = list(records(text, sign, widths[sign]))
    grid = [[Cell(cell.strip()) for cell in record.cells] for record in whole]
    if widths[sign] < 2 or not has_heads(grid):
        return []
    lines = table_lines(grid, sure=False)
    table = Row(1, Document("\n".join(lines), "", repairs=(("as_table", len(lines)),)))
    wide = wider_than_heads(grid).items()
    return [table, *(Row(whole[i].line, None, _problem("taken_more_values", count=more)) for i, more in wide)]


def names_by_contents(top: Sequence[Record]) -> list[str] | None:
    """Return the names of the columns with `text` for the one that holds articles by its looks; None if none does."""
    if len(top) < 2 or any(len(name) > _PROSE // 2 for name in top[0].cells):
        return None
    names, rows = list(top[0].cells), [record.cells for record in top[1:]]
    columns = [sorted((row[i] for row in rows if len(row) > i), key=len) for i in range(len(names))]
    usual = [cells[len(cells) // 2] if cells else "" for cells in columns]
    best = max(range(len(names)), key=lambda i: len(usual[i]), default=None)
    if best is None or len(usual[best]) < _PROSE or not _SENTENCE.search(usual[best]):
        return None
    names[best] = "text"
    return names


def _problem(key: str, **values: object) -> Problem:
    return Problem.of("", f"reading.{key}", **values)


@lru_cache(256)
def _column_key(name: str) -> str:
    """Return a column's name without case, script, spaces and notes: equal for `Publish_Time` and `publishtime`."""
    return _NO_LETTER.sub("", fold(unicodedata.normalize("NFKC", name)).strip("\ufeff")) or name.strip()


def _column(names: Iterable[str], field: str) -> str | None:
    """Return the column name that holds a field, None if none does."""
    known: dict[str, str] = {}
    for name in names:
        if len(name) <= 40:
            known.setdefault(_column_key(name), name)
    return next((known[alias] for alias in _COLUMNS[field] if alias in known), None)


def fields_of(names: Iterable[str]) -> dict[str, str]:
    """Return field → the name of its column, for the fields that a header names."""
    return dict(_names(tuple(names)))


@lru_cache(64)
def _names(columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (field, the name of its column) for the fields that a row with these columns has."""
    return tuple((field, name) for field in _COLUMNS if (name := _column(columns, field)) is not None)


def _cells(value: dict[str, object]) -> dict[str, object]:
    """Return field → the value of its column."""
    return {field: value[name] for field, name in _names(tuple(map(str, value))) if name in value}


def _text_of(cells: dict[str, object]) -> str:
    """Return the text of a row, "" if it has none; the pieces of a list become lines."""
    value = cells.get("text")
    if isinstance(value, list):
        value = "\n".join(
            piece for each in value if (piece := each if isinstance(each, str) else _text_of(_cells_of(each)))
        )
    if isinstance(value, dict):
        value = _text_of(_cells(value))
    text = _plain(value) if isinstance(value, str) else ""
    return text if any(character.isalnum() for character in text) else ""


def _cells_of(value: object) -> dict[str, object]:
    return _cells(value) if isinstance(value, dict) else {}


def _row(number: int, value: object, to_text: Callable[[str], str]) -> Row:
    if not isinstance(value, dict):
        return Row(number, None, _problem("row_no_object"))
    names = _names(tuple(value))
    cells = {field: value[name] for field, name in names}
    text = _text_of(cells)
    if not text:
        return Row(number, None, _problem("no_text"))
    fields = {field: _field(content, field) for field, content in cells.items() if field != "text"}
    for field in ("source", "author"):
        if fields.get(field) in _NOBODY:
            fields[field] = ""
    problem = None
    if any("\ufffd" in each and "\ufffd" not in str(cells[field]) for field, each in [*fields.items(), ("text", text)]):
        problem = _problem("taken_half_characters")
    if fields.get("date"):
        date = _date(fields["date"])
        if not date:
            problem = _problem("taken_no_date", date=fields["date"][:40])
        fields["date"] = date
    text, marks = _unmarked(text, to_text)
    question = fields.get("question", "")
    if question:  # an answer such as 66元 says nothing without its question
        text = f"{question}\n{text}"
    title = fields.get("title", "")
    document = Document(
        text=text,
        encoding="",
        key=fields.get("id", ""),
        title=title or question,
        date=fields.get("date", ""),
        source=fields.get("source", ""),
        author=fields.get("author", ""),
        url=fields.get("url", ""),
        origins=tuple(
            sorted(
                ("title" if field == "question" else field, f"column {' '.join(name.split())}")
                for field, name in names
                if field not in ("id", "text") and fields.get(field) and not (field == "question" and title)
            )
        ),
        repairs=(("markup", marks),) if marks else (),
    )
    return Row(number, document, problem)


def _field(content: object, field: str) -> str:
    """Return a field as one text without markup; of an object, such as {"name": "..."}, its name."""
    if isinstance(content, dict):
        content = next((content[key] for key in ("name", "title", "名称", "$date") if key in content), None)
    elif isinstance(content, list) and field == "author":
        content = "、".join(name for each in content if (name := _field(each, field)))
    text = _plain(content).strip()
    if field in ("title", "question", "source", "author"):
        plain, marks = _unmarked(text, lambda piece: unescape(_MARKUP.sub(" ", piece)))
        text = " ".join(plain.split()) if marks else text
    return text


def _unmarked(text: str, to_text: Callable[[str], str]) -> tuple[str, int]:
    """Return a text without tags and entities of HTML, and how many there were. Keeps lines that no block parts."""
    entities = len(_ENTITY.findall(text))
    if entities and not _MARKUP.search(text) and _MARKUP.search(once := unescape(text)):
        text = once  # the whole page was escaped
    tags = len(_MARKUP.findall(text))
    if not tags and unescape(text) == text:
        return text, 0
    if _BLOCK.search(text):
        return to_text(text), tags
    return unescape(_MARKUP.sub("", text)).replace("\xa0", " "), tags + entities


def _plain(value: object) -> str:
    """Return a field as text; lone surrogates, which JSON can hold, become U+FFFD."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _date(text: str) -> str:
    """Return a date as ISO, "" if it is none. Also reads 20230905, spreadsheet days, and seconds since 1970."""
    if match := _COMPACT.match(text):
        return iso_date("-".join(match.groups()))
    if match := _SERIAL.fullmatch(text):  # as spreadsheets keep dates
        return (date(1899, 12, 30) + timedelta(days=int(match[1]))).isoformat()
    if match := _STAMP.fullmatch(text):
        return beijing_day(int(match[1]))
    return iso_date(text)
