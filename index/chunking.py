"""Running text becomes sentences and passages.

Knows where Chinese sentences end and how long a passage should be. Does not know articles, stores or models.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from index.records import Article, Cleaned, Passage, Span

# About 300 characters, decided with the measurements in docs/decisions.md: long enough to hold a subject and its figure,
# short enough to be read at a glance.
_PASSAGE = 300
_LONGEST = 160  # a sentence longer than this is cut at its commas: an answer must stay readable
_OVERLAP = 100  # a last sentence up to this length opens the next passage too
_SENTENCE = re.compile(r"(?:[^。！？!?；;…\n\r]|…(?=[^…」』”’\s。，]))*(?:[。！？!?；;…]+[」』”’\"'）)】〕]*|[\n\r]+|$)")
_COMMA = re.compile(r"[，,、：:]")
_GLUED = re.compile(r"[0-9A-Za-z.％%０-９Ａ-Ｚａ-ｚ．]")


def sentences(text: str) -> list[Span]:
    """The sentences of a text, ordered, disjoint, without the white space around them; nothing else is left out.

    A sentence of more than 160 characters is cut at commas, and one without commas anywhere but inside a number or word.
    """
    found = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        while end - start > _LONGEST:
            cut = _cut(text, start, end)
            found.append(Span(start, start + len(text[start:cut].rstrip())))
            start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
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
    cut = limit
    while cut > start + _LONGEST // 2 and _GLUED.match(text[cut - 1]) and cut < end and _GLUED.match(text[cut]):
        cut -= 1
    return cut


def passages(article: Article, cleaned: Cleaned) -> list[Passage]:
    """The passages of an article in order: whole sentences, about 300 characters, one sentence of overlap.

    Every passage satisfies `article.text[start:end] == text`, lies inside one block and keeps the damage it holds.
    """
    starts = [span.start for span in cleaned.removed]
    ends = [span.end for span in cleaned.removed]
    found = []
    for block in cleaned.blocks:
        spans = sentences(article.text[block.start : block.end])
        for first, last in _packed([span.end - span.start for span in spans]):
            start, end = block.start + spans[first].start, block.start + spans[last].end
            inside = cleaned.removed[bisect_right(ends, start) : bisect_left(starts, end)]
            removed = tuple(Span(max(s.start, start) - start, min(s.end, end) - start) for s in inside)
            found.append(Passage(0, article.id, start, end, article.text[start:end], removed))
    return found


def _packed(lengths: list[int]) -> list[tuple[int, int]]:
    """Runs (first, last) of sentences that make passages, each sentence in at least one."""
    runs = []
    first = 0
    while first < len(lengths):
        last, size = first, lengths[first]
        while last + 1 < len(lengths) and (size + lengths[last + 1] <= _PASSAGE or size < _PASSAGE // 3):
            last += 1
            size += lengths[last]
        # A short rest joins the passage before it rather than standing alone.
        rest = sum(lengths[last + 1 :])
        if 0 < rest <= _PASSAGE // 4:
            last = len(lengths) - 1
        runs.append((first, last))
        if last + 1 >= len(lengths):
            break
        overlaps = last > first and lengths[last] <= _OVERLAP and lengths[last] + lengths[last + 1] <= _PASSAGE
        first = last if overlaps else last + 1
    return runs
