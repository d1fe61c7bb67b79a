"""Turn HTML into the lines that a reader sees.

Knows tags, tables, links and which input slows parsers down. Does not know which lines are an article: see
index.reading.pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any

from index.reading.superscripts import LONGEST, superscript
from index.reading.tables import Cell, expanded, has_heads, table_lines

_SKIPPED = frozenset(
    "script style noscript template head select option button iframe svg math object textarea rt rp".split()  # noqa: SIM905
)
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center cell dd details div dl dt fieldset"  # noqa: SIM905
    " figcaption figure footer form graphic h1 h2 h3 h4 h5 h6 head header hr item lb li list main nav ol p pre quote"
    " row section summary table tbody tfoot thead tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_STRUCK = frozenset({"del", "s", "strike"})
_SHORT = 120  # characters: a longer cell of a table is part of the page's layout, and its blocks are lines
# Texts of links that are buttons of the page.
_ACTIONS = frozenset(
    [
        "举报",
        "分享",
        "收藏",
        "打印",
        "评论",
        "跟贴",
        "关闭",
        "纠错",
        "订阅",
        "关注",
        "登录",
        "注册",
        "更多",
        "复制链接",
        "查看原文",
        "舉報",
        "列印",
        "關閉",
        "訂閱",
        "登入",
    ]
)
_STOP = re.compile(r"[，。！？；,!?;]")
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_FLOOD = re.compile(
    r"""<(/?\w++)(?:\s++[^\s=<>"'/]++(?:=(?:"[^"]*+"|'[^']*+'|[^\s<>"']++))?+){1000,}+[^<>]*+>?"""
)  # possessive: linear
# Between two Chinese characters a line end of the source is no space.
_WRAP = re.compile(rf"(?<={_HAN})[ \t\r\n\f]*\n[ \t\r\n\f]*(?={_HAN})")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page."""

    text: str
    linked: int = 0  # how many of its characters are in links
    is_row: bool = False  # True for a table's row: the cells, with a space between

    @property
    def runs(self) -> bool:
        """True if it reads as sentences rather than as a link or a label."""
        return len(self.text) >= 15 and self.linked * 2 < len(self.text) and bool(_STOP.search(self.text))


def to_text(html: str) -> str:
    """Return the text of an HTML fragment, each block on a line of its own."""
    return "\n".join(line.text for line in page_lines(parsed(html)))


def parsed(html: str) -> Any:
    """Return the lxml tree of a page, whatever encoding it declares; an empty tree if it cannot be parsed."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml_html.document_fromstring(tamed(html).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return lxml_html.document_fromstring("<html><body></body></html>")


def tamed(html: str) -> str:
    """Return the page without lone surrogates and tags of thousands of attributes, which take minutes to parse."""
    html = re.sub("[\0\ud800-\udfff]", "\ufffd", html)
    return _FLOOD.sub(r"<\1>", html)


def page_lines(root: Any) -> list[Line]:
    """Return the lines that a reader sees, in order, without scripts and form fields."""
    from lxml import etree

    lines: list[Line] = []
    pieces: list[str] = []
    linked = links = cells = within = 0  # within: how many short cells are open; their blocks end no line

    def end_line() -> None:
        nonlocal linked, cells
        text = "".join(pieces)
        text = " ".join((_WRAP.sub("", text) if "\n" in text else text).split())
        if text:
            lines.append(Line(text, min(linked, len(text)), cells > 1))
        pieces.clear()
        linked = cells = 0

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        skipped = tag in _SKIPPED or not isinstance(tag, str) or _is_struck(element)
        if event == "start":
            if skipped:
                walk.skip_subtree()
                continue
            if tag == "table" and not within and (rows := _table(element)):
                end_line()
                lines += rows
                walk.skip_subtree()
                continue
            if tag == "a" and len(element) < 3 and "".join(element.itertext()).strip() in _ACTIONS:
                skipped = True
                walk.skip_subtree()
            links += tag == "a"
            within += tag in _CELLS and _is_short(element)
            piece = "" if skipped else element.text
            if not skipped and (raised := _raised(element)):
                piece = superscript("".join(pieces[-8:]), raised, element.tail or "")
                walk.skip_subtree()
        else:
            links -= tag == "a" and not skipped
            if tag in _CELLS:
                within = max(0, within - _is_short(element))
                cells += bool(pieces)
            piece = element.tail
        if tag in _BLOCKS and not within:
            end_line()
        elif (tag in _BLOCKS or tag in _CELLS) and pieces:
            pieces.append(" ")
        if piece and (event == "start" or element is not root):
            pieces.append(piece)
            linked += len(piece.strip()) if links else 0
    end_line()
    return lines


def page_tables(root: Any) -> list[list[list[Cell]]]:
    """Return the grids of the tables of a page, without those that hold others."""
    return [
        expanded(
            [
                [
                    Cell(
                        " ".join("".join(_shown_text(cell)).split()),
                        cell.tag == "th",
                        _span(cell, "colspan"),
                        _span(cell, "rowspan"),
                    )
                    for cell in row
                    if cell.tag in _CELLS
                ]
                for row in table.iter("tr")
            ]
        )
        for table in root.iter("table")
        if len(list(islice(table.iter("table"), 2))) == 1
    ]


def _table(table: Any) -> list[Line]:
    """Return the lines of a table with heads; none for a table that lays out a page or holds others."""
    if len(list(islice(table.iter("table"), 2))) > 1:
        return []
    grid, length, linked = [], 0, 0
    for row in table.iter("tr"):
        cells = []
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            text = " ".join("".join(_shown_text(cell)).split())
            if len(text) > _SHORT:
                return []
            length += len(text)
            linked += sum(len("".join(link.itertext()).strip()) for link in cell.iter("a"))
            cells.append(Cell(text, cell.tag == "th", _span(cell, "colspan"), _span(cell, "rowspan")))
        grid.append(cells)
    whole = expanded(grid)
    if linked * 2 > length or not has_heads(whole):
        return []
    caption = "".join("".join(element.itertext()) for element in islice(table.iter("caption"), 1)).split()
    lines = [" ".join(caption), *table_lines(whole, sure=False)]
    return [Line(text, is_row=True) for text in lines if text]


def _shown_text(cell: Any) -> Iterator[str]:
    """Yield the pieces of a cell's text, without scripts, a space for each of its line ends."""
    from lxml import etree

    before = ""
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        skipped = element.tag in _SKIPPED or not isinstance(element.tag, str) or _is_struck(element)
        piece = ""
        if event == "start":
            if skipped:
                walk.skip_subtree()
                continue
            piece = (" " if element.tag in _BLOCKS else "") + (element.text or "")
            if raised := _raised(element):
                piece = superscript(before, raised, element.tail or "")
                walk.skip_subtree()
        elif element is not cell:
            piece = element.tail or ""
        before = (before + piece)[-LONGEST:]
        yield piece


def _is_struck(element: Any) -> bool:
    """Return True for struck-out words, which no longer hold; a longer piece may be a mark that was never closed."""
    return element.tag in _STRUCK and _is_short(element)


def _raised(element: Any) -> str:
    """Return the text of a short superscript, "" for another element."""
    if element.tag != "sup" and "super" not in (element.get("style") or ""):
        return ""
    text = "".join(islice((str(piece) for piece in element.itertext()), LONGEST))
    return text if text.strip() and len(text) <= LONGEST else ""


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return int(value) if value.isdecimal() and len(value) < 6 else 1


def _is_short(cell: Any) -> bool:
    """Return True if a cell holds a value rather than a part of the page."""
    length = 0
    for text in cell.itertext():
        length += len(text.strip())
        if length > _SHORT:
            return False
    return True


def plain_lines(html: str) -> list[Line]:
    """Return the text between the tags of a page that is too damaged, or nested too deep, for the parser."""
    pieces = []
    known: dict[str, Line | None] = {}  # a page of a million tags repeats a few; a million records keep memory busy
    html = re.sub(r"<!--.*?(?:-->|\Z)", "", html, flags=re.DOTALL)
    within = ""  # the script or style that is open
    for piece in html.split("<"):
        start = piece[:7].lower()  # long enough to tell script and style
        if within:
            within = "" if start.startswith("/" + within) else within
        elif start.startswith(("script", "style")):
            within = "script" if start.startswith("script") else "style"
        else:
            if piece not in known:
                text = piece[piece.find(">") + 1 :].strip()
                known[piece] = Line(" ".join(unescape(text).split())) if text else None
            if line := known[piece]:
                pieces.append(line)
    return pieces
