"""Make paragraphs of the lines and tables of pages; leave out running heads, running feet and page numbers.

Knows how lines are broken at the edge of a page, and what stands at the edges of most pages. Does not know where the
lines come from (a PDF, recognized pictures).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.reading.pieces import DIVIDED, Grid, Item, Line, joined_line, line_width
from index.reading.tables import table_lines

FILLED = "\x1e"  # stands around a line that is whole, such as one of a form, while lines are joined
_EDGE = 3  # lines at either end of a page that may be its head or foot
ENDS = tuple("。！？：；”’」』…!?;:" + FILLED)
_FULL = 0.8  # of the width of the page's lines: Latin words and hanging marks leave up to a fifth
_NARROW = 20  # half-width columns; shorter lines are lists and verses
_STARTS = re.compile(
    r"[\x1e\u3000\t•·●■◆▪○★]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]"
    r"|第[一二三四五六七八九十百\d]+[章节条回]|\d{1,3}[.、．]\s*\D"
)
_PAGE_NUMBER = re.compile(r"\W*(?:第|page)?\s*\d{1,5}\s*页?(?:\W*(?:共|of)?\s*\d{1,5}\s*页?)?\W*", re.IGNORECASE)
_SHIFT = 0.03  # of a table's width, by which its columns may stand elsewhere on the next page


@dataclass(slots=True)
class Page:
    """One page: its lines and tables in reading order, and the notes at its foot."""

    items: list[Item]
    notes: list[str] = field(default_factory=list)


def paragraphs(pages: Sequence[Page]) -> tuple[list[str], tuple[tuple[str, int], ...]]:
    """Return the paragraphs, and how many line ends were removed and how many lines left out: (name, count)."""
    pages = [
        Page([item for item in page.items if isinstance(item, Grid) or item.text.strip()], page.notes) for page in pages
    ]
    left_out = _leave_out_page_lines(pages)
    _join_tables(pages)
    lines, joined = _joined_lines(pages)
    repairs = tuple((name, count) for name, count in (("line_wraps", joined), ("page_lines", left_out)) if count)
    return [line.replace(FILLED, "").replace(DIVIDED, "") for line in lines], repairs


def is_page_number(line: str) -> bool:
    """Return True if a line is only a page number."""
    return _PAGE_NUMBER.fullmatch(line) is not None


def _leave_out_page_lines(pages: Sequence[Page]) -> int:
    """Leave out the lines that stand at the edge of most pages. Return how many."""
    seen: dict[str, list[tuple[int, str]]] = {}
    for number, page in enumerate(pages):
        at_edge = [*page.items[:_EDGE], *page.items[-_EDGE:]]
        edge = {_page_key(line.text): line.text for line in at_edge if isinstance(line, Line)}
        for key, line in edge.items():
            seen.setdefault(key, []).append((number, line))
    # Left and right pages of a book have different heads. Of two pages, only a page number is sure not to be text.
    often = {
        key
        for key, edges in seen.items()
        if len(edges) >= max(3, 0.45 * len(pages)) and (_same(edges) or _counts_up(edges))
    }
    if len(pages) == 2 and all(page.items for page in pages):
        first, second = pages[0].items[0], pages[1].items[0]
        # A head: no sentence opens both of two pages.
        if isinstance(first, Line) and isinstance(second, Line) and first.text == second.text:
            often.add(_page_key(first.text))
    numbers = {
        key
        for key, edges in seen.items()
        if 2 <= len(edges) == len(pages) and is_page_number(edges[0][1]) and _counts_up(edges)
    }
    kept: list[list[Item]] = []
    for page in pages:
        last = len(page.items) - 1
        kept.append(
            [
                line
                for place, line in enumerate(page.items)
                if not isinstance(line, Line)
                or not (
                    (min(place, last - place) < _EDGE and _page_key(line.text) in often)
                    or (place in (0, last) and _page_key(line.text) in numbers)
                )
            ]
        )
    if not any(kept):  # every page is the same: the lines are its text
        return 0
    left_out = sum(len(page.items) - len(items) for page, items in zip(pages, kept, strict=True))
    for page, items in zip(pages, kept, strict=True):
        page.items = items
    return left_out


def _page_key(line: str) -> str:
    """Return a line without spaces and with 0 for every figure: equal for the heads of two pages."""
    return re.sub(r"\d+", "0", "".join(line.split()))


def _same(edges: list[tuple[int, str]]) -> bool:
    return len({"".join(line.split()) for _, line in edges}) <= 1 + len(edges) // 3


def _counts_up(edges: list[tuple[int, str]]) -> bool:
    """Return True if a figure in the lines grows with the page number; the figures of a table do not."""
    steps = Counter(
        step for number, line in edges for step in {int(figure) - number for figure in re.findall(r"\d{1,6}", line)}
    )
    return max(steps.values(), default=0) >= 0.8 * len(edges)


def _join_tables(pages: Sequence[Page]) -> None:
    """Join a table that goes on at the top of the next page; its repeated heads stand once."""
    for number in range(len(pages) - 1, 0, -1):  # from the end: a table may fill several pages
        before, after = pages[number - 1].items, pages[number].items
        if before and after and isinstance(before[-1], Grid) and isinstance(after[0], Grid):
            first, second = before[-1], after[0]
            if first.sure and second.sure and _same_columns(first, second):
                heads = 0
                while heads < min(3, len(second.cells)) and _texts(first, heads) == _texts(second, heads):
                    heads += 1
                before[-1] = Grid(first.cells + second.cells[heads:], first.edges, sure=True)
                del after[0]


def _texts(grid: Grid, row: int) -> list[str] | None:
    return [cell.text for cell in grid.cells[row]] if row < len(grid.cells) else None


def _same_columns(one: Grid, other: Grid) -> bool:
    if len(one.edges) != len(other.edges):
        return False
    width = one.edges[-1] - one.edges[0]
    return all(abs(left - right) <= _SHIFT * width for left, right in zip(one.edges, other.edges, strict=True))


def _joined_lines(pages: Sequence[Page]) -> tuple[list[str], int]:
    """Join lines to paragraphs. Return them and how many line ends were removed.

    The notes of a page stand after the paragraph that is open at its end, so that none parts a sentence.
    """
    lines: list[str] = []
    notes: list[str] = []
    paragraph: list[str] = []  # the lines of the one that is open
    joined, full = 0, False
    for page in pages:
        widths = sorted(line_width(line.text) for line in page.items if isinstance(line, Line))
        block = max(widths[len(widths) * 9 // 10], _NARROW) if widths else _NARROW
        for item in page.items:
            if isinstance(item, Line) and full and not _STARTS.match(item.text):
                paragraph.append(item.text.strip())
                joined += 1
            else:
                lines += [joined_line(paragraph)] if paragraph else []
                lines += notes
                paragraph, notes = [], []
                if isinstance(item, Line):
                    paragraph = [item.text]
                else:
                    lines += table_lines(item.cells, sure=item.sure)
            full = (
                isinstance(item, Line)
                and not item.ends
                and (line_width(item.text) >= _FULL * block if item.is_full is None else item.is_full)
                and not item.text.rstrip("\"'）) ").endswith(ENDS)
            )
        notes += page.notes
    return [*lines, *([joined_line(paragraph)] if paragraph else []), *notes], joined
