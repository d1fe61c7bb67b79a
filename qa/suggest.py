"""Suggest the spelling of the corpus for a name that it does not hold: 拓源 for 拓原.

Knows pairs of characters, which characters sound alike, and how often a pair stands in the corpus. Does not search and
changes no question: the user decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.embedding.static import bundled_model
from index.store.corpus import Corpus
from index.text.folding import fold
from qa.question import Question

_NOUNS = {"n", "nz", "nw", "ns", "PER", "LOC", "ORG", "s", "vn"}
_READ = 3  # passages in which a pair must stand as a word or name, not across two words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A correction of one name in a question."""

    wrong: str
    right: str
    question: str  # the whole question with `right` in the place of `wrong`


def suggest(store: Corpus, question: Question) -> Suggestion | None:
    """Correct the first name that the corpus does not hold, if it holds a name that sounds alike; else return None."""
    content, frequency = question.content, store.frequency
    absent = {i for i, pair in _pairs(content) if not frequency(pair)}
    known = {i for i, _ in _pairs(content)} - absent
    # Only a character that stands with neither of its neighbours may be wrong: most corpora hold no 源产, and
    # 拓源产值 is right.
    alone = {i for i in range(len(content)) if _is_han(content[i]) and not {i - 1, i} & known}
    pairs = sorted(i for i in absent if {i, i + 1} & alone)
    if not pairs:
        return None
    apart = _apart(content)
    words = {i for word in bundled_model().words([content])[0] for i in range(word.start, word.end - 1)}
    for i in pairs:
        if i in words or i in apart:
            continue  # a word of the language that the corpus does not use, or the seam of two: 总额|是
        counted = [(frequency(pair), pair) for pair in _respelt(content[i : i + 2])]
        for _, pair in sorted((entry for entry in counted if entry[0]), key=lambda entry: -entry[0]):
            if _is_word(store, pair):
                written = question.text if len(question.text) == len(content) else question.folded
                return Suggestion(written[i : i + 2], pair, written[:i] + pair + written[i + 2 :])
    return None


def _apart(content: str) -> set[int]:
    """Where a pair stands across two words of which one is whole or no noun: only parts of a name may be misspelt."""
    from qa.slots import tagged  # the tagger is loaded only where a pair of the question stands nowhere

    seams, place = set(), 0
    before: tuple[str, str] = ("", "w")
    for word, tag in tagged(content):
        whole = len(word) > 1 and len(before[0]) > 1
        if place and (whole or not {tag, before[1]} <= _NOUNS):
            seams.add(place - 1)
        before = (word, tag)
        place += len(word)
    return seams


def _pairs(content: str) -> Iterator[tuple[int, str]]:
    """Yield every two neighbouring Han characters with their offset."""
    for i in range(len(content) - 1):
        if _is_han(content[i]) and _is_han(content[i + 1]):
            yield i, content[i : i + 2]


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _respelt(pair: str) -> Iterator[str]:
    from qa.homophones import alike  # reads 6,763 characters, which most questions do not need

    for other in alike(pair[1]):
        yield pair[0] + fold(other)
    for other in alike(pair[0]):
        yield fold(other) + pair[1]


def _is_word(store: Corpus, pair: str) -> bool:
    """Whether the corpus holds a pair within a word or as single characters: 中华委员会 does not hold the name 华委."""
    near = [passage for passage, _ in store.by_terms([pair], _READ)]
    texts = [fold(stored.passage.readable) for stored in store.passages(near).values()]
    for text, words in zip(texts, bundled_model().words(texts), strict=True):
        at = text.find(pair)
        # No word may overlap the pair but single characters and words that hold all of it.
        if at >= 0 and all(
            w.end <= at or w.start >= at + 2 or w.end - w.start == 1 or (w.start <= at and at + 2 <= w.end)
            for w in words
        ):
            return True
    return False
