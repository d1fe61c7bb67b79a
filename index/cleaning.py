"""What of an original is running text, and what inside it is damage.

Knows which lines are frame (asked of index.frame) and which repairs are made (index.repairs). Alters nothing: every
result is a list of places in the original, so whatever is shown can be the original's own characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.frame import read_frame
from index.records import Article, Cleaned, Span, masked, within, without
from index.repairs import (
    digit_holes,
    disjoint,
    full_width_forms,
    invisible_characters,
    line_wraps,
    markdown_marks,
    pinyin_annotations,
    private_characters,
    question_marks,
)

_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # all of Unicode's but white space
_DIGIT = re.compile(r"\d")


def clean(text: str, *, title: str = "", markdown: bool = False, recurring: frozenset[str] = frozenset()) -> Cleaned:
    """Where running text stands in `text`, and what inside it is damage.

    `title` is the article's, if known; `recurring`: keys of lines that stand at the edge of many articles of the corpus
    (see index.frame).
    """
    repairs: Counter[str] = Counter()
    removed: list[Span] = []
    wraps = [] if markdown else line_wraps(text)
    for name, spans in (
        ("line_wraps", wraps),
        ("pinyin", pinyin_annotations(text)),
        ("invisible", invisible_characters(text)),
        ("private_use", private_characters(text)),
        ("markdown", markdown_marks(text) if markdown else []),
    ):
        repairs[name] += len(spans)
        removed += spans
    ordered = disjoint(removed)

    for known in (recurring, frozenset[str]()):
        outside = read_frame(masked(text, wraps), known, title=title).outside
        blocks = _between(text, outside)
        if blocks:  # else what recurs is all that it says
            break
    repairs.update(kind for _, kind in outside)

    cleaned = Cleaned(ordered, tuple(blocks), (), 0)
    said = running_text(text, cleaned)
    for name, spans in (("full_width", full_width_forms(said)), ("question_marks", question_marks(said))):
        repairs[name] += len(spans)
    counted = tuple(sorted((name, n) for name, n in repairs.items() if n))
    return replace(cleaned, repairs=counted, digits_lost=len(digit_holes(said)))


def _between(text: str, outside: Sequence[tuple[Span, str]]) -> list[Span]:
    """What is left of a text between the lines that are not running text."""
    blocks = []
    position = 0
    for span, _ in [*outside, (Span(len(text), len(text)), "")]:
        start, end = _stripped(text, position, span.start)
        if start < end and any(character.isalnum() for character in text[start:end]):
            blocks.append(Span(start, end))
        position = span.end
    return blocks


def running_text(text: str, cleaned: Cleaned) -> str:
    """The running text of an original without its damage, blocks on lines of their own."""
    return "\n".join(without(text[b.start : b.end], within(cleaned.removed, b)) for b in cleaned.blocks)


def damage(article: Article, cleaned: Cleaned) -> int:
    """How much of an article is lost or doubtful: figures and characters first, then text that was cut off, then what was mended."""
    repairs = dict(cleaned.repairs) | dict(article.repairs)
    lost = cleaned.digits_lost + article.undecodable + repairs.get("lost_characters", 0) + repairs.get("question_marks", 0)
    lost += len(_CONTROL.findall(article.text))
    mended = sum(repairs.get(name, 0) for name in ("pinyin", "private_use", "invisible", "double_encoding", "mixed_encodings", "line_wraps"))
    untold = sum(not value for value in (article.title, article.date, article.source))
    said = running_text(article.text, cleaned)
    figures = len(_DIGIT.findall(said))
    fewer = 5 * max(0, 10_000 - figures) + max(0, 100_000 - len(said)) // 50  # a few characters more are no better copy
    return 1000 * lost + 10 * mended + 5 * untold + fewer


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
