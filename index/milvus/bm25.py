"""Score passages by BM25 as tantivy does, for an engine that only multiplies sparse vectors.

Knows the formula, with tantivy's rounding of lengths, and the sparse vectors whose inner product it is. Does not know
where passages or their statistics are kept.

    score = Σ over terms and fields (text, title) of
            weight(field) · idf · 2.2 · tf / (tf + 1.2 · (0.25 + 0.75 · length / average))
    idf   = ln(1 + (N − n + 0.5) / (n + 0.5)),  n of N passages hold the term in that field

k1 = 1.2 and b = 0.75 are tantivy's. A passage's vector holds the last factor of each term, a question's vector the
rest. The vectors contain the average lengths of the time they were written, so a store scores the best hits again
with today's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import xxhash

from index.store.terms import TITLE_WEIGHT, terms

_K1, _B = 1.2, 0.75
_TEXT, _TITLE = 0, 1  # seeds: a term of the title has a dimension of its own
_DIMENSIONS = (1 << 32) - 3
_ALWAYS = {0: 1e-6}  # no sparse vector may be empty, and no term has this dimension


@dataclass(frozen=True, slots=True)
class TermCounts:
    """How often each term is in a passage's text and in its article's title."""

    text: Mapping[str, int]
    title: Mapping[str, int]

    @classmethod
    def of(cls, title: str, text: str) -> TermCounts:
        """Count the terms of a passage: of its article's title and its readable text."""
        return cls(Counter(terms(text)), Counter(terms(title)))

    @property
    def lengths(self) -> tuple[int, int]:
        """Return the number of terms in (text, title)."""
        return sum(self.text.values()), sum(self.title.values())


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over a whole store."""

    passages: int = 0
    text: int = 0  # terms in all texts
    title: int = 0

    @property
    def averages(self) -> tuple[float, float]:
        """Return the average length of (text, title), in terms."""
        return self.text / max(1, self.passages), self.title / max(1, self.passages)


def passage_vector(counted: TermCounts, averages: tuple[float, float]) -> dict[int, float]:
    """Return the sparse vector of a passage: dimension → weight."""
    vector = dict(_ALWAYS)
    for seed, counts, length, average in zip(
        (_TEXT, _TITLE), (counted.text, counted.title), counted.lengths, averages, strict=True
    ):
        norm = _norm(length, average)
        vector.update((_dimension(term, seed), count / (count + norm)) for term, count in counts.items())
    return vector


def question_vector(weights: Mapping[str, tuple[float, float]]) -> dict[int, float]:
    """Return the sparse vector of a question from `question_weights`; empty if no passage holds a term of it."""
    vector: dict[int, float] = {}
    for term, pair in weights.items():
        vector.update(
            (_dimension(term, seed), weight) for seed, weight in zip((_TEXT, _TITLE), pair, strict=True) if weight > 0
        )
    return vector


def question_weights(
    asked: Iterable[str], totals: Totals, frequencies: Callable[[str], tuple[int, int]]
) -> dict[str, tuple[float, float]]:
    """Return term → weight in (text, title). `frequencies` returns how many passages hold a term in each."""
    weights = {}
    for term in asked:
        text, title = frequencies(term)
        if text or title:
            weights[term] = (
                _idf(totals.passages, text) * (text > 0),
                TITLE_WEIGHT * _idf(totals.passages, title) * (title > 0),
            )
    return weights


def score(counted: TermCounts, weights: Mapping[str, tuple[float, float]], averages: tuple[float, float]) -> float:
    """Return the BM25 score of a passage."""
    total = 0.0
    norms = [_norm(length, average) for length, average in zip(counted.lengths, averages, strict=True)]
    for term, pair in weights.items():
        for counts, norm, weight in zip((counted.text, counted.title), norms, pair, strict=True):
            if count := counts.get(term, 0):
                total += weight * count / (count + norm)
    return total


def _idf(passages: int, holding: int) -> float:
    holding = min(holding, passages)
    return (1 + _K1) * math.log(1 + (passages - holding + 0.5) / (holding + 0.5))


def _norm(length: int, average: float) -> float:
    return _K1 * (1 - _B + _B * _rounded(length) / average) if average else _K1


def _rounded(length: int) -> int:
    """Return a length as tantivy stores it, in one byte (Lucene's SmallFloat).

    It is exact below 40; from there on, its excess over 24 keeps four significant bits.
    """
    if length < 40:
        return length
    rest = length - 24
    shift = rest.bit_length() - 4
    return 24 + (rest >> shift << shift)


def _dimension(term: str, seed: int) -> int:
    return 1 + xxhash.xxh32_intdigest(term.encode("utf-8", "surrogatepass"), seed) % _DIMENSIONS
