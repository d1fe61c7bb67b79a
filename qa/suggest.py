"""A name that the corpus spells otherwise is offered as a correction: 拓源 for 拓原.

Knows pairs of characters, what sounds alike, and how often a pair stands in the corpus. Does not search and changes no question:
whoever asked decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.corpus import Corpus
from index.embedding import bundled_model
from index.folding import fold
from qa.question import Question

_LOOKED_AT = 3  # passages in which a pair must stand as a word or name, not across two words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a question may have meant."""

    wrong: str
    right: str
    question: str  # the whole question with it


def suggest(store: Corpus, question: Question) -> Suggestion | None:
    """A correction of the first name that stands nowhere in the corpus while one that sounds alike does."""
    content, frequency = question.content, store.frequency
    absent = {i for i, pair in _pairs(content) if not frequency(pair)}
    known = {i for i, _ in _pairs(content)} - absent
    # A character that stands with neither of its neighbours; 源产 is absent from most corpora, and nothing is wrong in 拓源产值.
    alone = {i for i in range(len(content)) if _is_han(content[i]) and not {i - 1, i} & known}
    pairs = sorted(i for i in absent if {i, i + 1} & alone)
    if not pairs:
        return None
    words = {i for word in bundled_model().words([content])[0] for i in range(word.start, word.end - 1)}
    for i in pairs:
        if i in words:
            continue  # a word of the language, which the corpus does not speak of
        found = [(frequency(pair), pair) for pair in _respelt(content[i : i + 2])]
        for _, pair in sorted((entry for entry in found if entry[0]), key=lambda entry: -entry[0]):
            if _is_word(store, pair):
                shown = question.text if len(question.text) == len(content) else question.folded
                return Suggestion(shown[i : i + 2], pair, shown[:i] + pair + shown[i + 2 :])
    return None


def _pairs(content: str) -> Iterator[tuple[int, str]]:
    """Every two neighbouring Han characters, with their place."""
    for i in range(len(content) - 1):
        if _is_han(content[i]) and _is_han(content[i + 1]):
            yield i, content[i : i + 2]


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _respelt(pair: str) -> Iterator[str]:
    from qa.sounds import alike  # readings of 6,763 characters, which a question without such a name does not need

    for other in alike(pair[1]):
        yield pair[0] + fold(other)
    for other in alike(pair[0]):
        yield fold(other) + pair[1]


def _is_word(store: Corpus, pair: str) -> bool:
    """Whether a pair stands in the corpus within a word, or as single characters: 中华委员会 does not hold the name 华委."""
    near = [passage for passage, _ in store.by_terms([pair], _LOOKED_AT)]
    texts = [fold(found.passage.readable) for found in store.passages(near).values()]
    for text, words in zip(texts, bundled_model().words(texts), strict=True):
        at = text.find(pair)
        # Each character by itself, or both in one word.
        if at >= 0 and all(w.end <= at or w.start >= at + 2 or w.end - w.start == 1 or (w.start <= at and at + 2 <= w.end) for w in words):
            return True
    return False
