"""Write a text with marks in it as HTML: paragraphs kept, damage dimmed, everything escaped.

Knows how overlapping marks are joined. Does not know their meaning.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

from index.records import Span, without_controls

Mark = tuple[Span, str]  # a span of the text, and its CSS class
DAMAGE = "zw-damage"


def escape_html(text: str) -> str:
    """Escape text of an article, a file's name or a question for HTML text and attributes; drop control characters."""
    return html.escape(without_controls(text))


def marked(text: str, whole: Span, marks: Sequence[Mark]) -> str:
    """Write the span `whole` of `text` on one line. The spans of `marks` count from the start of `text`."""
    return "".join(_pieces(text, whole, marks))


def paragraphs(text: str, whole: Span, marks: Sequence[Mark]) -> str:
    """Write the same, each line as a paragraph. A line end inside damage ends no paragraph."""
    inside = [span for span, name in marks if name == DAMAGE]
    out = []
    start = whole.start
    for end in [*_line_ends(text, whole, inside), whole.end]:
        if text[start:end].strip():
            out.append(f"<p>{marked(text, Span(start, end), marks)}</p>")
        start = end + 1
    return "".join(out)


def _line_ends(text: str, whole: Span, damage: Sequence[Span]) -> list[int]:
    broken = {place for span in damage for place in range(span.start, span.end) if text[place] == "\n"}
    return [place for place in range(whole.start, whole.end) if text[place] == "\n" and place not in broken]


def _pieces(text: str, whole: Span, marks: Sequence[Mark]) -> list[str]:
    touching = [(span, name) for span, name in marks if span.start < whole.end and span.end > whole.start]
    borders = sorted(
        {
            whole.start,
            whole.end,
            *(place for span, _ in touching for place in (span.start, span.end) if whole.start < place < whole.end),
        }
    )
    out = []
    for start, end in pairwise(borders):
        names = [name for span, name in touching if span.start <= start and end <= span.end]
        piece = text[start:end]
        if DAMAGE in names:
            piece = "".join(piece.split())  # a line end inside damage is not drawn
        if piece:
            out.append(
                f'<span class="{" ".join(dict.fromkeys(names))}">{escape_html(piece)}</span>'
                if names
                else escape_html(piece)
            )
    return out
