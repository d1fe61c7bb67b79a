"""What of an original is running text, and what inside it is damage.

Knows which lines are frame (asked of index.frame) and which repairs are made (index.repairs). Alters nothing: every
result is a list of places in the original, so whatever is shown can be the original's own characters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from index.frame import read_frame
from index.records import Cleaned, Span, without
from index.repairs import digit_holes, disjoint, invisible_characters, markdown_marks, pinyin_annotations


def clean(text: str, *, markdown: bool = False, recurring: frozenset[str] = frozenset()) -> Cleaned:
    """Where running text stands in `text`, and what inside it is damage.

    `recurring`: keys of lines that stand at the edge of many articles of the corpus (see index.frame).
    """
    repairs: Counter[str] = Counter()
    removed: list[Span] = []
    for name, spans in (
        ("pinyin", pinyin_annotations(text)),
        ("invisible", invisible_characters(text)),
        ("markdown", markdown_marks(text) if markdown else []),
    ):
        repairs[name] += len(spans)
        removed += spans
    ordered = disjoint(removed)

    frame = read_frame(text, recurring)
    blocks = []
    position = 0
    for span, kind in [*frame.outside, (Span(len(text), len(text)), "")]:
        if kind:
            repairs[kind] += 1
        start, end = _stripped(text, position, span.start)
        if start < end and any(character.isalnum() for character in text[start:end]):
            blocks.append(Span(start, end))
        position = span.end

    counted = tuple(sorted((name, n) for name, n in repairs.items() if n))
    cleaned = Cleaned(ordered, tuple(blocks), counted, 0)
    return replace(cleaned, digits_lost=len(digit_holes(running_text(text, cleaned))))


def running_text(text: str, cleaned: Cleaned) -> str:
    """The running text of an original without its damage, blocks on lines of their own."""
    return "\n".join(without(text[b.start : b.end], _inside(cleaned.removed, b)) for b in cleaned.blocks)


def _inside(removed: tuple[Span, ...], block: Span) -> tuple[Span, ...]:
    """The removed pieces that touch a block, as offsets in it."""
    touching = (s for s in removed if s.end > block.start and s.start < block.end)
    return tuple(Span(max(s.start, block.start) - block.start, min(s.end, block.end) - block.start) for s in touching)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
