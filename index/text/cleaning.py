"""Find the running text of an original, and the damage inside it.

Knows whom to ask: index.text.boilerplate for the lines that are not running text, index.text.repairs for the damage.
Changes nothing: every result is a list of places in the original, so a reader always sees the original's characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.records import Article, Cleaned, Span, mask_spans, spans_within, without_spans
from index.text.boilerplate import find_boilerplate
from index.text.repairs import (
    digit_holes,
    disjoint,
    full_width_forms,
    invisible_characters,
    letter_spaces,
    line_wraps,
    markdown_marks,
    pinyin_annotations,
    private_characters,
    question_marks,
)

_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # every control character of Unicode but white space
_DIGIT = re.compile(r"\d")


def clean(
    text: str,
    *,
    title: str = "",
    markdown: bool = False,
    recurring: frozenset[str] = frozenset(),
    as_is: bool = False,
) -> Cleaned:
    """Find the running text of `text`, and the damage inside it.

    `title` is the article's title, if known. `recurring` holds the keys of lines that stand at the edge of many
    articles of the corpus (see index.text.boilerplate.edge_lines). `as_is` takes the whole text for running text, and
    still finds the damage in it.
    """
    repairs: Counter[str] = Counter()
    removed: list[Span] = []
    wraps = [] if markdown else line_wraps(text)
    for name, spans in (
        ("line_wraps", wraps),
        ("pinyin", pinyin_annotations(text)),
        ("letter_spaces", letter_spaces(text)),
        ("invisible", invisible_characters(text)),
        ("private_use", private_characters(text)),
        ("markdown", markdown_marks(text) if markdown else []),
    ):
        repairs[name] += len(spans)
        removed += spans
    ordered = disjoint(removed)

    for known in (recurring, frozenset[str]()):
        outside = () if as_is else find_boilerplate(mask_spans(text, wraps), known, title=title).outside
        blocks = _between(text, outside)
        if blocks:  # otherwise the recurring lines are the whole article
            break
    repairs.update(kind for _, kind in outside)

    cleaned = Cleaned(ordered, tuple(blocks), (), 0)
    readable = running_text(text, cleaned)
    for name, spans in (("full_width", full_width_forms(readable)), ("question_marks", question_marks(readable))):
        repairs[name] += len(spans)
    counted = tuple(sorted((name, n) for name, n in repairs.items() if n))
    return replace(cleaned, repairs=counted, digits_lost=len(digit_holes(readable)))


def _between(text: str, outside: Sequence[tuple[Span, str]]) -> list[Span]:
    """Return the blocks of a text between the lines that are not running text."""
    blocks = []
    position = 0
    for span, _ in [*outside, (Span(len(text), len(text)), "")]:
        start, end = _stripped(text, position, span.start)
        if start < end and any(character.isalnum() for character in text[start:end]):
            blocks.append(Span(start, end))
        position = span.end
    return blocks


def running_text(text: str, cleaned: Cleaned) -> str:
    """Return the running text of an original without its damage, each block on a line of its own."""
    return "\n".join(without_spans(text[b.start : b.end], spans_within(cleaned.removed, b)) for b in cleaned.blocks)


def damage(article: Article, cleaned: Cleaned) -> int:
    """Return a score of how damaged an article is; the best of several copies has the lowest.

    Lost figures and characters weigh 1,000 each, repaired places 10, missing metadata 5; shorter text adds a little.
    """
    repairs = dict(cleaned.repairs) | dict(article.repairs)
    lost = (
        cleaned.digits_lost + article.undecodable + repairs.get("lost_characters", 0) + repairs.get("question_marks", 0)
    )
    lost += len(_CONTROL.findall(article.text))
    repaired = sum(
        repairs.get(name, 0)
        for name in ("pinyin", "private_use", "invisible", "double_encoding", "mixed_encodings", "line_wraps")
    )
    missing = sum(not value for value in (article.title, article.date, article.source))
    readable = running_text(article.text, cleaned)
    figures = len(_DIGIT.findall(readable))
    # Divided by 50: a copy with a few characters more is not a better one.
    fewer = 5 * max(0, 10_000 - figures) + max(0, 100_000 - len(readable)) // 50
    return 1000 * lost + 10 * repaired + 5 * missing + fewer


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
