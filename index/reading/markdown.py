"""Read Markdown: front matter as metadata, the first heading as title, without data URLs and tags of HTML.

Knows YAML, TOML and JSON at the head of a file as blogs and note books write them, and where Markdown holds HTML. Does
not know which marks of Markdown a reader does not see: see index.text.repairs.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from html import unescape

from index.reading.tables import Cell, table_lines
from index.records import Document
from index.text.written_dates import iso_date

_RETURNS = re.compile(r"\r+\n?")
_FIELDS = {
    "title": ("title", "标题", "標題", "headline"),
    "date": (
        *("date", "日期", "发布日期", "发布时间", "published", "publishdate", "pubdate", "created", "createdat"),
        *("datecreated", "创建日期", "创建时间", "time", "时间"),
    ),
    "author": ("author", "authors", "作者", "creator", "by"),
    "source": ("source", "来源", "來源", "publisher", "site", "媒体"),
    "url": ("url", "link", "链接", "canonicalurl", "canonical", "originalurl", "sourceurl", "source", "网址"),
}
_HEAD = 64 * 1024  # characters in which front matter ends
_YAML = re.compile(r"---[ \t]*\n(?P<inside>(?:(?!---|\.\.\.)[^\n]*\n)*)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<inside>(?:(?!\+\+\+)[^\n]*\n)*)\+\+\+[ \t]*(?:\n|\Z)")
# A key, or a line that belongs to the key above it: indented, an item of a list, a comment, nothing.
_KEY = re.compile(r"(?P<key>[\w\"'][^:#\n]{0,60}):(?:[ \t]+(?P<value>\S.*)|[ \t]*)\Z")
_CONTINUED = re.compile(r"[ \t]+\S|-(?:[ \t]|\Z)|#|\s*\Z|[\]}]")
_ASSIGNED = re.compile(r"(?P<key>[\w-]+)[ \t]*=[ \t]*(?P<value>\S.*)\Z")
_FENCE = re.compile(r"[ \t]{0,3}(```+|~~~+)")
_ATX = re.compile(r"[ ]{0,3}#[ \t]+(?P<title>\S.*)")
_TIGHT = re.compile(r"#(?P<title>[^\s#].*)")  # without a space; as a tag (#水利) it stands among words
_RULE = re.compile(r"[ ]{0,3}=+[ \t]*\Z")
_PICTURE = re.compile(r"\s*(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?\s*)+\Z|\s*<!--[^>]*-->\s*\Z|\s*\Z")
_INLINE = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*`]+|__|<[^<>]*>")
_DATA_URL = re.compile(r"data:[\w./+-]{0,60}(?:;[\w=.-]{1,40})*,[A-Za-z0-9+/=%_-]{40,}")
_DATA_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\(data:[^()\n]*\)")
_REFERENCE = re.compile(r"(?m)^\[[^\]\n]+\]:\s*<?data:\S*$\n?")  # the base64 at the end of a file
_PIPE = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"(?ms)^[ \t]{0,3}(?:```|~~~).*?(?:^[ \t]{0,3}(?:```|~~~)[ \t]*$|\Z)|`[^`\n]+`")
# What opens and closes a part that is out of sight, and a table.
_UNSEEN = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        ("<!--", "-->"),
        (r"<script\b", r"</script\s*>"),
        (r"<style\b", r"</style\s*>"),
    )
)
_TABLE = re.compile(r"<table\b", re.IGNORECASE), re.compile(r"</table\s*>", re.IGNORECASE)
_BREAK = re.compile(r"(?i)<br(?:\s[^<>=]*=[^<>]*|\s*/)?>")
_TAG = re.compile(
    r"(?i)</?(?:p|div|span|center|font|b|i|u|s|em|strong|sub|sup|small|big|mark|img|a|details|summary|figure|figcaption"
    r"|picture|source|video|iframe|kbd|ul|ol|li|h[1-6]|blockquote|hr|section|article)(?:\s[^<>=]*=[^<>]*|\s*/)?>"
)
_ENTITY = re.compile(r"&(?:nbsp|emsp|ensp|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|middot|times|amp|lt|gt|quot);")


def read_markdown(text: str, to_text: Callable[[str], str]) -> Document:
    """Read the metadata and the text of a Markdown file; `Document.encoding` is left empty for the caller.

    `to_text` turns a piece of HTML, such as a table, into text.
    """
    # Carriage returns alone end lines too; else the rows of a table would be one.
    text = _RETURNS.sub(lambda ends: ends[0] if ends[0].endswith("\n") else "\n" * len(ends[0]), text)
    end, stated = _front_matter(text)
    body = text[end:].lstrip("\r\n") if end else text
    body, repairs = _without_html(body, to_text)
    body = _with_table_lines(body)
    values = {field: _value(stated, field) for field in _FIELDS}
    values["date"] = iso_date(values["date"])
    if values["source"].startswith(("http://", "https://")):
        values["source"] = ""
    if not values["url"].startswith(("http://", "https://")):
        values["url"] = ""
    origins = {field: "front matter" for field, value in values.items() if value}
    if not values["title"] and (heading := _first_heading(body)):
        values["title"], origins["title"] = heading, "heading 1"
    return Document(
        text=body,
        encoding="",
        title=values["title"],
        date=values["date"],
        source=values["source"],
        author=values["author"],
        url=values["url"],
        origins=tuple(sorted(origins.items())),
        repairs=repairs,
    )


def _front_matter(text: str) -> tuple[int, Mapping[str, object]]:
    """Return where the front matter ends and its keys; 0 if there is none."""
    head = text[:_HEAD]
    plain = head.replace("\r\n", "\n")
    if match := _YAML.match(plain):
        stated = _yaml(match["inside"])
    elif match := _TOML.match(plain):
        stated = _toml(match["inside"])
    elif plain.startswith("{\n"):
        return _json(text)
    else:
        return 0, {}
    if not stated:
        return 0, {}
    end = 0
    for _ in range(match.group().count("\n")):
        end = head.index("\n", end) + 1
    return (end if match.group().endswith("\n") else len(head)), stated


def _json(text: str) -> tuple[int, Mapping[str, object]]:
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return 0, {}
    known = isinstance(value, dict) and {"title", "date"} & set(value) and text[end:].strip()
    return (end, {_key(key): each for key, each in value.items()}) if known else (0, {})


def _yaml(inside: str) -> Mapping[str, object]:
    """Return the top keys of simple YAML and their values; nothing if a line is neither a key nor part of one."""
    stated: dict[str, object] = {}
    last = ""
    below: dict[str, list[str]] = {}
    for line in inside.split("\n"):
        if (match := _KEY.match(line)) and not line.startswith((" ", "\t", "-")):
            last = _key(match["key"])
            stated.setdefault(last, _scalar(match["value"] or ""))
            below.setdefault(last, [])
        elif not _CONTINUED.match(line) or (not last and line.strip() and not line.startswith("#")):
            return {}
        elif last and line.strip():
            below[last].append(line.strip())
    for key, lines in below.items():
        if stated[key] in ("", "|", ">", "|-", ">-"):
            names = [
                match["value"] for line in lines if (match := re.match(r"name:\s*(?P<value>\S.*)", line.lstrip("- ")))
            ]
            items = names or [line[1:].strip() if line.startswith("-") else line for line in lines]
            stated[key] = [_scalar(item) for item in items] if stated[key] == "" else " ".join(items)
    return stated


def _toml(inside: str) -> Mapping[str, object]:
    try:
        return {_key(key): value for key, value in tomllib.loads(inside).items()}
    except (tomllib.TOMLDecodeError, RecursionError):
        return {
            _key(match["key"]): _scalar(match["value"])
            for line in inside.split("\n")
            if (match := _ASSIGNED.match(line.strip()))
        }


def _key(name: str) -> str:
    return re.sub(r"[\s_\-\"']+", "", name).lower()


def _scalar(value: str) -> object:
    """Return a value of YAML: quoted, a list in brackets, or plain with a comment after it."""
    value = value.strip()
    if value[:1] in ('"', "'") and (end := value.find(value[0], 1)) > 0:
        quoted = re.match(r'"((?:[^"\\]|\\.)*+)"|\'((?:[^\']|\'\')*+)\'', value)
        if quoted:
            return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted[1] is not None else (quoted[2] or "").replace("''", "'")
        return value[1:end]
    if value.startswith("["):
        inside = value[1:].partition("]")[0]
        return [str(_scalar(item)) for item in inside.split(",") if item.strip()]
    return re.sub(r"(?:\s+|\A)#.*", "", value)


def _value(stated: Mapping[str, object], field: str) -> str:
    """Return the value of the first key that means a field, as one line; several authors with a sign between."""
    for name in _FIELDS[field]:
        value = stated.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, list):
            value = "、".join(str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in value)
        text = "" if value is None or isinstance(value, bool) else " ".join(str(value).split())
        if text and (field != "url" or text.startswith("http")):
            return text[:300]
    return ""


def _first_heading(text: str) -> str:
    """Return the headline: a first-level heading above all text, or the only one. "" if there is none."""
    headings: list[tuple[bool, str]] = []  # (nothing but pictures above it, its text)
    above, fence, before = True, "", ""
    for line in text.splitlines():
        if (mark := _FENCE.match(line)) and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (match := _ATX.match(line) or (_TIGHT.match(line) if above and not headings else None)):
            headings.append((above, match["title"].rstrip().rstrip("#").rstrip()))
        elif not fence and before.strip() and _RULE.match(line) and len(line.strip()) > 1:
            headings.append((not above or len(headings) == 0, before.strip()))
        above = above and bool(_PICTURE.match(line))
        before = line
        if len(headings) > 1 and not headings[0][0]:
            return ""
    if not headings or not (headings[0][0] or len(headings) == 1):
        return ""
    title = _INLINE.sub(r"\1", headings[0][1])
    return " ".join(unescape(title).split())[:300]


def _without_html(text: str, to_text: Callable[[str], str]) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return the text without data URLs, and outside code without tags, comments and entities, and their number."""
    urls = tags = 0
    if "data:" in text:
        for pattern, new in ((_DATA_IMAGE, r"\1"), (_REFERENCE, ""), (_DATA_URL, "data:")):
            text, count = pattern.subn(new, text)
            urls += count
    if "<" in text or "&" in text:
        pieces, place = [], 0
        for code in [*_CODE.finditer(text), None]:
            piece = text[place : code.start() if code else len(text)]
            for ends in _UNSEEN:
                piece, count = _replaced(piece, ends, lambda _: "")
                tags += count
            piece, count = _replaced(piece, _TABLE, lambda table: f"\n{to_text(table)}\n")
            tags += count
            for pattern, put in (
                (_BREAK, "\n"),
                (_TAG, ""),
                (_ENTITY, lambda match: unescape(match.group()).replace("\xa0", " ")),
            ):
                piece, count = pattern.subn(put, piece)
                tags += count
            pieces += [piece, code.group() if code else ""]
            place = code.end() if code else len(text)
        text = "".join(pieces)
    return text, tuple((name, count) for name, count in (("data_urls", urls), ("markup", tags)) if count)


def _with_table_lines(text: str) -> str:
    """Return the text with each table of pipes written as lines that say each cell with its head."""
    if "|" not in text or "-" not in text:
        return text
    lines = text.split("\n")
    done: list[str] = []
    fence, place = "", 0
    while place < len(lines):
        line = lines[place]
        if (mark := _FENCE.match(line)) and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and "|" in line and place + 1 < len(lines) and _is_rule(lines[place + 1]):
            end = place + 2
            while end < len(lines) and "|" in lines[end] and not _FENCE.match(lines[end]):
                end += 1
            rows = [_cells(row, is_head=row is line) for row in (line, *lines[place + 2 : end])]
            done += table_lines(rows)
            place = end
            continue
        done.append(line)
        place += 1
    return "\n".join(done)


def _is_rule(line: str) -> bool:
    """Return True for the line under a table's heads: |---|:-:|."""
    return "|" in line and "-" in line and not line.strip("|:- \t\r")


def _cells(row: str, *, is_head: bool) -> list[Cell]:
    inside = row.strip()
    inside = inside.removeprefix("|")
    inside = inside[:-1] if inside.endswith("|") and not inside.endswith("\\|") else inside
    parts = _PIPE.split(inside)
    return [Cell(_INLINE.sub(r"\1", part.replace("\\|", "|")).strip(), is_head) for part in parts]


def _replaced(text: str, ends: tuple[re.Pattern[str], re.Pattern[str]], put: Callable[[str], str]) -> tuple[str, int]:
    """Return the text with each part from an opening to its closing replaced, and how many there were. Linear."""
    opening, closing = ends
    pieces: list[str] = []
    place = 0
    while (start := opening.search(text, place)) and (end := closing.search(text, start.end())):
        pieces += [text[place : start.start()], put(text[start.start() : end.end()])]
        place = end.end()
    return "".join([*pieces, text[place:]]), len(pieces) // 2
