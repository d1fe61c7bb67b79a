"""A text with places marked in it, as HTML: paragraphs kept, damage dimmed, everything escaped.

Knows how marks that overlap are joined. Does not know what they mean.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

from index.records import Span, harmless

Mark = tuple[Span, str]  # a place in the text, and the class it is drawn in
DAMAGE = "zw-damage"


def escaped(text: str) -> str:
    """Text from an article, a file's name or a question, as it may stand in a page: as text and in an attribute."""
    return html.escape(harmless(text))


def marked(text: str, whole: Span, marks: Sequence[Mark]) -> str:
    """A piece of `text` on one line, with marks whose places are in `text`."""
    return "".join(_pieces(text, whole, marks))


def paragraphs(text: str, whole: Span, marks: Sequence[Mark]) -> str:
    """The same, each line a paragraph of its own; a line end inside damage ends none."""
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
        {whole.start, whole.end, *(place for span, _ in touching for place in (span.start, span.end) if whole.start < place < whole.end)}
    )
    out = []
    for start, end in pairwise(borders):
        names = [name for span, name in touching if span.start <= start and end <= span.end]
        shown = text[start:end]
        if DAMAGE in names:
            shown = "".join(shown.split())  # the end of a broken line is not drawn
        if shown:
            out.append(f'<span class="{" ".join(dict.fromkeys(names))}">{escaped(shown)}</span>' if names else escaped(shown))
    return out
