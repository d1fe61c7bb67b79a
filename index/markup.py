"""HTML becomes the lines a reader sees.

Knows tags, tables, links and what parsers do not take well. Does not know which lines are an article: see index.pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

_SKIPPED = frozenset(
    "script style noscript template head select option button iframe svg math object textarea rt rp".split()  # noqa: SIM905
)
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center cell dd details div dl dt fieldset figcaption figure footer form graphic h1 h2 h3 h4"  # noqa: SIM905
    " h5 h6 head header hr item lb li list main nav ol p pre quote row section summary table tbody tfoot thead tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_SHORT = 120  # characters: a table's cell that holds more is part of the page's layout, and its blocks are lines
# Links that do something with the page.
_ACTIONS = frozenset("举报 分享 收藏 打印 评论 跟贴 关闭 纠错 订阅 关注 登录 注册 更多 复制链接 查看原文 舉報 列印 關閉 訂閱 登入".split())  # noqa: SIM905
_STOP = re.compile(r"[，。！？；,!?;]")
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_FLOOD = re.compile(r"""<(/?\w++)(?:\s++[^\s=<>"'/]++(?:=(?:"[^"]*+"|'[^']*+'|[^\s<>"']++))?+){1000,}+[^<>]*+>?""")  # possessive: linear
_WRAP = re.compile(rf"(?<={_HAN})[ \t\r\n\f]*\n[ \t\r\n\f]*(?={_HAN})")  # a line end in the source between two characters is no space


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page."""

    text: str
    linked: int = 0  # characters of it that stand in links
    is_row: bool = False  # of a table: the cells, with a space between

    @property
    def runs(self) -> bool:
        """Whether it reads as sentences rather than as a link or a label."""
        return len(self.text) >= 15 and self.linked * 2 < len(self.text) and bool(_STOP.search(self.text))


def to_text(html: str) -> str:
    """The words of an HTML fragment, its blocks on lines of their own."""
    return "\n".join(line.text for line in page_lines(parsed(html)))


def parsed(html: str) -> Any:
    """The tree of a page, whatever it declares about its encoding; an empty one for what cannot be parsed."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml_html.document_fromstring(tamed(html).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return lxml_html.document_fromstring("<html><body></body></html>")


def tamed(html: str) -> str:
    """The page without what no parser takes well: half characters, and tags with thousands of attributes, which last minutes."""
    html = re.sub("[\0\ud800-\udfff]", "\ufffd", html)
    return _FLOOD.sub(r"<\1>", html)


def page_lines(root: Any) -> list[Line]:
    """The lines a reader sees, in order, without scripts and form fields."""
    from lxml import etree

    lines: list[Line] = []
    pieces: list[str] = []
    linked = links = cells = within = 0  # within: short cells that are open; their blocks end no line

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
        skipped = tag in _SKIPPED or not isinstance(tag, str)
        if event == "start":
            if skipped:
                walk.skip_subtree()
                continue
            if tag == "a" and len(element) < 3 and "".join(element.itertext()).strip() in _ACTIONS:
                skipped = True
                walk.skip_subtree()
            links += tag == "a"
            within += tag in _CELLS and _is_short(element)
            piece = "" if skipped else element.text
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


def _is_short(cell: Any) -> bool:
    """Whether a cell holds a value rather than a part of the page."""
    length = 0
    for text in cell.itertext():
        length += len(text.strip())
        if length > _SHORT:
            return False
    return True


def plain_lines(html: str) -> list[Line]:
    """The text between the tags of a page too damaged, or nested too deep, for the parser."""
    pieces = []
    html = re.sub(r"<!--.*?(?:-->|\Z)", "", html, flags=re.DOTALL)
    within = ""  # the script or style that is open
    for piece in html.split("<"):
        start = piece[:7].lower()  # enough to know the elements whose text is none
        if within:
            within = "" if start.startswith("/" + within) else within
        elif start.startswith(("script", "style")):
            within = "script" if start.startswith("script") else "style"
        elif text := piece[piece.find(">") + 1 :].strip():
            pieces.append(Line(" ".join(unescape(text).split()), 0))
    return pieces
