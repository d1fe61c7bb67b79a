"""Cut running text into sentences and passages.

Knows where Chinese sentences end and how long a passage should be. Does not know articles, stores or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.records import Article, Cleaned, Passage, Span, mask_spans, spans_within

# Characters. Chosen with the measurements in docs/decisions.md: a subject and its figure fit in, and a reader takes in
# a passage at a glance.
_PASSAGE = 300
_LONGEST_SENTENCE = 160  # characters; a longer one is cut at its commas, so that an answer stays readable
_OVERLAP = 100  # characters; a last sentence up to this length also opens the next passage
_SENTENCE = re.compile(
    r"(?:[^。！？!?；;…\n\r]|…(?=[^…」』”’\s。，]))*(?:[。！？!?；;…]+[」』”’\"'）)】〕]*|[\n\r]+|$)"
)
_COMMA = re.compile(r"[，,、：]")
_GLUED = re.compile(r"[0-9A-Za-z.:/％%０-９Ａ-Ｚａ-ｚ．-]")


def sentences(text: str, removed: Sequence[Span] = ()) -> list[Span]:
    """Return the sentences of a text, ordered and disjoint; only white space around them is left out.

    Cuts a sentence of more than 160 characters at a comma, and one without commas anywhere but inside a number or word.
    `removed` spans, such as the line end of a broken line, end no sentence.
    """
    spans = []
    text = mask_spans(text, removed)
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        while end - start > _LONGEST_SENTENCE:
            cut = _cut(text, start, end)
            spans.append(Span(start, start + len(text[start:cut].rstrip())))
            start = cut
            while start < end and text[start].isspace():
                start += 1
        if end > start:
            spans.append(Span(start, end))
    return spans


def _cut(text: str, start: int, end: int) -> int:
    """Return where to cut a sentence that is too long.

    Takes the comma nearest to two thirds of the limit, so that no short rest is left.
    """
    limit = min(start + _LONGEST_SENTENCE, end)
    aim = start + min(_LONGEST_SENTENCE * 2 // 3, (end - start) // 2)
    commas = [
        m.end()
        for m in _COMMA.finditer(text, start + 1, limit)
        if not (m.end() < end and text[m.end()].isdecimal() and text[m.start() - 1].isdecimal())
    ]
    if commas:
        return min(commas, key=lambda end_of_comma: (abs(end_of_comma - aim), end_of_comma))
    pieces = -(-(end - start) // _LONGEST_SENTENCE)
    limit = cut = start - (start - end) // pieces  # equal parts, rounded up, so that no short rest is left
    while (
        cut > start + _LONGEST_SENTENCE // 2 and _GLUED.match(text[cut - 1]) and cut < end and _GLUED.match(text[cut])
    ):
        cut -= 1
    return cut


def passages(article: Article, cleaned: Cleaned) -> list[Passage]:
    """Return the passages of an article in order: whole sentences, about 300 characters, one sentence of overlap.

    Every passage satisfies `article.text[start:end] == text`, lies inside one block and carries the damage inside it.
    """
    text = mask_spans(article.text, cleaned.removed)
    made = []
    for block in cleaned.blocks:
        spans = sentences(text[block.start : block.end])
        for first, last in _packed(spans):
            start, end = block.start + spans[first].start, block.start + spans[last].end
            removed = spans_within(cleaned.removed, Span(start, end))
            made.append(Passage(0, article.id, start, end, article.text[start:end], removed))
    return made


def _packed(spans: list[Span]) -> list[tuple[int, int]]:
    """Return runs (first, last) of sentences that make passages. Each sentence is in at least one run."""
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
    """Return True if a passage from start to end should grow to new_end.

    A passage grows to 300 characters, and beyond if it has fewer than 100.
    """
    return new_end - start <= _PASSAGE or (
        end - start < _PASSAGE // 3 and new_end - start <= _PASSAGE + _LONGEST_SENTENCE
    )
