"""Running text becomes sentences and passages.

Knows where Chinese sentences end and how long a passage should be. Does not know articles, stores or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.records import Article, Cleaned, Passage, Span, masked, within

# About 300 characters, decided with the measurements in docs/decisions.md: long enough to hold a subject and its figure,
# short enough to be read at a glance.
_PASSAGE = 300
_LONGEST = 160  # a sentence longer than this is cut at its commas: an answer must stay readable
_OVERLAP = 100  # a last sentence up to this length opens the next passage too
_SENTENCE = re.compile(r"(?:[^。！？!?；;…\n\r]|…(?=[^…」』”’\s。，]))*(?:[。！？!?；;…]+[」』”’\"'）)】〕]*|[\n\r]+|$)")
_COMMA = re.compile(r"[，,、：]")
_GLUED = re.compile(r"[0-9A-Za-z.:/％%０-９Ａ-Ｚａ-ｚ．-]")


def sentences(text: str, removed: Sequence[Span] = ()) -> list[Span]:
    """The sentences of a text, ordered, disjoint, without the white space around them; nothing else is left out.

    A sentence of more than 160 characters is cut at commas, and one without commas anywhere but inside a number or word.
    What is `removed`, such as the line end of a broken line, ends no sentence.
    """
    found = []
    text = masked(text, removed)
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        while end - start > _LONGEST:
            cut = _cut(text, start, end)
            found.append(Span(start, start + len(text[start:cut].rstrip())))
            start = cut
            while start < end and text[start].isspace():
                start += 1
        if end > start:
            found.append(Span(start, end))
    return found


def _cut(text: str, start: int, end: int) -> int:
    """Where a too long sentence is best cut: the comma nearest to a third short of the limit, so that no crumb is left."""
    limit = min(start + _LONGEST, end)
    aim = start + min(_LONGEST * 2 // 3, (end - start) // 2)
    commas = [
        m.end()
        for m in _COMMA.finditer(text, start + 1, limit)
        if not (m.end() < end and text[m.end()].isdecimal() and text[m.start() - 1].isdecimal())
    ]
    if commas:
        return min(commas, key=lambda place: (abs(place - aim), place))
    pieces = -(-(end - start) // _LONGEST)
    limit = cut = start - (start - end) // pieces  # equal parts, rounded up, so that no crumb is left
    while cut > start + _LONGEST // 2 and _GLUED.match(text[cut - 1]) and cut < end and _GLUED.match(text[cut]):
        cut -= 1
    return cut


def passages(article: Article, cleaned: Cleaned) -> list[Passage]:
    """The passages of an article in order: whole sentences, about 300 characters, one sentence of overlap.

    Every passage satisfies `article.text[start:end] == text`, lies inside one block and keeps the damage it holds.
    """
    text = masked(article.text, cleaned.removed)
    found = []
    for block in cleaned.blocks:
        spans = sentences(text[block.start : block.end])
        for first, last in _packed(spans):
            start, end = block.start + spans[first].start, block.start + spans[last].end
            removed = within(cleaned.removed, Span(start, end))
            found.append(Passage(0, article.id, start, end, article.text[start:end], removed))
    return found


def _packed(spans: list[Span]) -> list[tuple[int, int]]:
    """Runs (first, last) of sentences that make passages, each sentence in at least one."""
    runs = []
    first = 0
    while first < len(spans):
        last, start = first, spans[first].start
        while last + 1 < len(spans) and _fits(start, spans[last].end, spans[last + 1].end):
            last += 1
        # A short rest joins the passage before it rather than standing alone.
        if last + 1 < len(spans) and spans[-1].end - spans[last].end <= _PASSAGE // 4:
            last = len(spans) - 1
        runs.append((first, last))
        if last + 1 >= len(spans):
            break
        overlap = spans[last].end - spans[last].start
        overlaps = last > first and overlap <= _OVERLAP and spans[last + 1].end - spans[last].start <= _PASSAGE
        first = last if overlaps else last + 1
    return runs


def _fits(start: int, end: int, new_end: int) -> bool:
    """Whether a passage from start to end should grow to new_end: to its full length, or beyond if it is still short."""
    return new_end - start <= _PASSAGE or (end - start < _PASSAGE // 3 and new_end - start <= _PASSAGE + _LONGEST)
