"""The first candidates in a better order: what question and passage share, weighed by a learned forest of decision trees.

Knows the features, the forest and its file (assets/forest.npz, made by training/forest.py). Does not know how candidates were
found. Whatever it looks at is folded and without damage.

An article's words count for each of its passages: what one passage of it says about the town and the year is not repeated
where the figure stands. So beside a passage and its title the features look at all candidates of its article together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.corpus import StoredPassage
from index.embedding import bundled_model
from index.folding import fold
from qa.question import DATE, NUMBER, Question
from qa.wanted import LONE, NUMBERS, Wanted, wanted

FOREST = Path(__file__).parent / "assets" / "forest.npz"
FEATURES = (
    # shares of the question's weight, held by the passage, its heading, either, all candidates of the article
    *("body", "heading", "passage", "article"),
    *("passage_pairs", "article_pairs"),  # the same, only what is held together with a neighbour
    # by the whole article; its BM25 over characters and pairs as a share of the best
    *("whole", "whole_pairs", "whole_bm25"),
    # by the best sentence; with the heading; with the sentence before and the heading
    *("sentence", "sentence_heading", "two_sentences"),
    # of the longest run of characters in common: its share, its length / 12; shares held in runs of at least 3, 4 and 6
    *("run", "run_length", "runs_3", "runs_4", "runs_6"),
    "words",  # share of the words' weight that is held by whole words
    # the three weightiest words: held by the passage, the heading, the article
    *("word_1", "word_1_heading", "word_1_article", "word_2", "word_2_heading", "word_2_article", "word_3", "word_3_heading", "word_3_article"),
    *("missing", "missing_word"),  # weight of what is not held / 30, of the weightiest word of it / 10
    *("subject", "subject_heading"),  # share of the first words, mostly a name
    "focus",  # share of the last word of what is asked about
    "numbers",  # share of the question's numbers, 1 without any
    "digit",  # a number or date is wanted, and the best sentence holds a digit; 1 if none is wanted
    "unit",  # the passage holds the unit asked for; 1 if none is
    # the legs: BM25 as a share of the best, by itself / 30, 1 / (1 + rank); the same of the cosine
    *("bm25_share", "bm25", "bm25_rank", "cosine", "cosine_rank"),
    # the article's best BM25 and their sum, as shares of the best; logarithm of its candidates
    *("article_bm25", "article_sum", "article_candidates"),
    *("length", "opening", "heading_length", "heading_asked"),  # logarithms / 6, / 4; share of the heading's characters in the question
    "asked",  # logarithm of the question's characters / 4
    "fused",  # the score of the fusion, see qa.search
)
_CARRIED = 0.9  # what the sentence before and the heading lend a sentence
_HELD = 0.6  # share of a word's characters that makes the word held
_K1, _B = 1.2, 0.75  # Lucene's defaults
_CODE_POINTS = 0x110000
_LONGEST = 80  # characters of a question that are looked at
_RUN = 12  # characters; longer runs tell no more
_OPENING = 100  # characters from the start of an article
_ENDS = np.frombuffer("。!?;\n\0".encode("utf-32-le"), np.uint32)

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that one of the legs named."""

    found: StoredPassage
    bm25: float  # 0 if the term leg did not name it
    cosine: float
    fused: float
    whole: str  # the searched text of its article


class Reranker(Protocol):
    """What puts candidates in order."""

    depth: int  # of how many candidates

    def scores(self, question: Question, candidates: Sequence[Candidate], frequency: Callable[[str], int], passages: int) -> NDArray[np.float64]:
        """(n,) float64 from 0 to 1, the better the higher. `frequency` tells in how many of all `passages` a term stands."""


class Forest:
    """Decision trees of which every candidate reaches one leaf each; their values are added."""

    depth = 50

    def __init__(self, path: Path = FOREST) -> None:
        """`path` holds (trees, nodes) arrays: feature, threshold, left, right; and (trees, leaves) value. A branch below 0 is leaf -1 - branch."""
        with np.load(path) as stored:
            feature, threshold, left, right, value = (stored[name] for name in ("feature", "threshold", "left", "right", "value"))
        # One row of places for all trees: of each its nodes, then its leaves. A leaf leads to itself, so that all walk equally far.
        trees, nodes = feature.shape
        self._roots = (np.arange(trees) * (nodes + value.shape[1])).astype(np.int32)
        leaves = np.zeros(value.shape)
        own = self._roots[:, None] + np.arange(nodes, nodes + value.shape[1], dtype=np.int32)
        self._feature = np.concatenate([np.maximum(feature, 0), leaves], axis=1).astype(np.int32).ravel()
        self._threshold = np.concatenate([threshold, leaves], axis=1).ravel()
        self._value = np.concatenate([np.zeros(feature.shape), value], axis=1).ravel()
        self._left, self._right = (
            np.concatenate([self._roots[:, None] + np.where(branch >= 0, branch, nodes - 1 - branch), own], axis=1).astype(np.int32).ravel()
            for branch in (left.astype(np.int32), right.astype(np.int32))
        )

    def scores(self, question: Question, candidates: Sequence[Candidate], frequency: Callable[[str], int], passages: int) -> NDArray[np.float64]:
        """See Reranker."""
        if not candidates:
            return np.zeros(0)
        return np.asarray(1 / (1 + np.exp(-self.sums(features(question, candidates, frequency, passages)))), np.float64)

    def sums(self, given: Floats) -> NDArray[np.float64]:
        """(n,) float64: the sum of the leaves that rows of (n, 2 · FEATURES) float32 reach."""
        at, before = np.tile(self._roots, (len(given), 1)), None
        while before is None or not np.array_equal(at, before):
            before = at
            smaller = np.take_along_axis(given, self._feature.take(at), axis=1) <= self._threshold.take(at)
            at = np.where(smaller, self._left.take(at), self._right.take(at))
        return np.asarray(self._value.take(at).sum(axis=1), np.float64)


@cache
def bundled_reranker() -> Forest:
    """The forest that ships with zhiwen."""
    return Forest()


def features(question: Question, candidates: Sequence[Candidate], frequency: Callable[[str], int], passages: int) -> Floats:
    """(n, 2 · FEATURES) float32 of n candidates, n > 0: each feature, and how far it is below the best of these candidates."""
    sought = wanted(question, frequency, passages)
    texts = _Texts(candidates, _Asked(sought))
    held = _Held.of(texts)
    found = {
        **_shares(texts, held, sought),
        **_articles(texts, frequency, passages),
        **_sentences(texts, question),
        **_runs(texts),
        **_words(texts, held, sought),
        **_legs(candidates, texts),
    }
    unit = question.unit.lstrip("万亿") or question.unit
    asked = set(sought.content)
    plain: dict[str, list[float]] = {
        "focus": [sought.focused(body) for body in texts.bodies],
        "unit": [float(unit in body) for body in texts.bodies],  # "" stands in every text
        "length": [math.log1p(len(body)) / 6 for body in texts.bodies],
        "opening": [float(c.found.passage.start < _OPENING) for c in candidates],
        "heading_length": [math.log1p(len(title)) / 4 for title in texts.titles],
        "heading_asked": [len(asked & set(title)) / max(1, len(set(title))) for title in texts.titles],
        "asked": [math.log1p(int(texts.asked.weighed.sum())) / 4] * len(candidates),
    }
    made = np.stack([np.asarray(plain[name] if name in plain else found[name], np.float32) for name in FEATURES], axis=1)
    made = np.round(made, 5)  # the last digits of a product depend on where in a matrix its row stands, and a tree tells 0 from -1e-8
    return np.concatenate([made, made - made.max(axis=0)], axis=1)


class _Asked:
    """The question's characters, what each weighs, and the pieces that are looked for."""

    def __init__(self, sought: Wanted) -> None:
        content = sought.content[:_LONGEST]
        self.characters = _codes(content)
        self.weights = np.array(sought.weights[:_LONGEST], np.float32)
        self.total = max(float(self.weights.sum()), 1e-6)
        self.weighed = self.weights > 0
        # Characters with their neighbours; numbers and other ways of writing are looked for whole.
        self.plain = self.weighed & ~np.array([character.isdecimal() for character in content])
        self.together = self.plain[:-1] & self.plain[1:]
        self.whole = [(*match.span(), match.group(), True) for match in NUMBERS.finditer(content)]
        self.whole += [(v.start, v.end, v.text, False) for v in sought.variants if v.end <= _LONGEST]
        known = np.unique(self.characters[self.plain])
        self.known = len(known)
        self.number = np.full(_CODE_POINTS, -1, np.int16)  # of each character that is looked for, by code point
        self.number[known] = np.arange(self.known)
        self.single: Places = self.number[self.characters].astype(np.int64)
        codes = self.single[:-1] * self.known + self.single[1:]
        pairs = np.unique(codes[self.together])
        self.pairs = len(pairs)
        self.pair_number = np.full(self.known * self.known + 1, -1, np.int64)
        self.pair_number[pairs] = np.arange(self.pairs)
        self.pair = np.where(self.together, self.pair_number[np.where(self.together, codes, -1)], -1)

    def share(self, held: Floats) -> Floats:
        """(units,) float32: the share of the question's weight."""
        return np.asarray(held @ self.weights / self.total, np.float32)


class _Found:
    """Where the question's pieces stand in a text."""

    def __init__(self, asked: _Asked, text: str, characters: NDArray[np.uint32]) -> None:
        self._asked = asked
        numbers = asked.number[characters]
        self._single_at = np.flatnonzero(numbers >= 0)
        self._single_is = numbers[self._single_at].astype(np.int64)
        next_to = np.flatnonzero(np.diff(self._single_at) == 1)
        standing = asked.pair_number[self._single_is[next_to] * asked.known + self._single_is[next_to + 1]]
        self._pair_at, self._pair_is = self._single_at[next_to[standing >= 0]], standing[standing >= 0]
        self._whole = [(start, end, _standing(text, piece, number=number)) for start, end, piece, number in asked.whole]

    def held(self, unit: Places, units: int, only: NDArray[np.bool_] | None = None) -> Floats:
        """(units, question) float32: how well each unit holds each character of the question. `unit` tells the unit of each character.

        With `only`, (characters,) bool, nothing else is looked at.
        """
        asked = self._asked
        found = np.zeros((units, len(asked.characters)), np.float32)
        singles, pairs = self.counts(unit, units, only)
        found[:, asked.plain] = LONE * (singles[:, asked.single[asked.plain]] > 0)
        beside = np.flatnonzero(asked.together)
        together = pairs[:, asked.pair[beside]] > 0
        for neighbour in (beside, beside + 1):
            found[:, neighbour] = np.maximum(found[:, neighbour], together)
        for start, end, places in self._whole:
            here = places if only is None else places[only[places]]
            found[unit[here], start:end] = 1.0
        return found

    def counts(self, unit: Places, units: int, only: NDArray[np.bool_] | None = None) -> tuple[Places, Places]:
        """(units, known), (units, pairs) int64: how often each character and each pair of the question stands in each unit."""
        counted = []
        for at, what, kinds in ((self._single_at, self._single_is, self._asked.known), (self._pair_at, self._pair_is, self._asked.pairs)):
            if only is not None:
                kept = only[at]
                at, what = at[kept], what[kept]
            counted.append(np.bincount(unit[at] * kinds + what, minlength=units * kinds).reshape(units, kinds))
        return counted[0], counted[1]


class _Texts:
    """The candidates end to end, each its heading, a line end, its body and a zero; and their articles."""

    def __init__(self, candidates: Sequence[Candidate], asked: _Asked) -> None:
        self.size = len(candidates)
        self.bodies = _folded([c.found.passage.readable for c in candidates])
        self.titles = _folded([c.found.article.title for c in candidates])
        headings = [
            f"{title} {c.found.article.date.replace('-0', ' ').replace('-', ' ')}\n" for title, c in zip(self.titles, candidates, strict=True)
        ]
        joined = "".join(f"{heading}{body}\0" for heading, body in zip(headings, self.bodies, strict=True))
        lengths = np.array([len(heading) + len(body) + 1 for heading, body in zip(headings, self.bodies, strict=True)])
        self.characters = _codes(joined)
        self.starts: Places = np.cumsum(lengths) - lengths
        self.passage: Places = np.repeat(np.arange(self.size), lengths)
        self.heading = np.arange(len(joined)) - self.starts[self.passage] < np.array([len(h) for h in headings])[self.passage]
        self.asked = asked
        self.found = _Found(asked, joined, self.characters)
        numbers: dict[str, int] = {}
        self.article: Places = np.array([numbers.setdefault(c.found.article.id, len(numbers)) for c in candidates], np.int64)
        self.wholes = _folded(list({c.found.article.id: f"{c.found.article.title}\n{c.whole}\0" for c in candidates}.values()))


def _folded(texts: Sequence[str]) -> list[str]:
    """The texts folded, all at once: folding keeps lengths."""
    joined, ends = fold("".join(texts)), itertools.accumulate(map(len, texts))
    return [joined[end - len(text) : end] for text, end in zip(texts, ends, strict=True)]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _standing(joined: str, piece: str, *, number: bool) -> Places:
    """Where a piece stands; a number only where it is whole."""
    found, at = [], joined.find(piece)
    while at >= 0:
        around = joined[at - 1 : at] + joined[at + len(piece) : at + len(piece) + 1]
        if not number or not any(character.isdecimal() for character in around):
            found.append(at)
        at = joined.find(piece, at + 1)
    return np.array(found, np.int64)


def _articles(texts: _Texts, frequency: Callable[[str], int], passages: int) -> dict[str, Floats]:
    """What whole articles hold, and their BM25 (Okapi, Lucene's idf) with idf from the passages, among these articles only."""
    asked = texts.asked
    lengths = np.array([len(text) for text in texts.wholes])
    joined = "".join(texts.wholes)
    unit: Places = np.repeat(np.arange(len(lengths)), lengths)
    found = _Found(asked, joined, _codes(joined))
    held = found.held(unit, len(lengths))
    counts = np.concatenate(found.counts(unit, len(lengths)), axis=1).astype(np.float64)
    characters = "".join(map(chr, asked.characters.tolist()))
    names = dict(zip(asked.single[asked.plain].tolist(), (c for c, plain in zip(characters, asked.plain, strict=True) if plain), strict=True))
    pairs = {int(asked.pair[i]): characters[i : i + 2] for i in np.flatnonzero(asked.together)}
    known = np.array([frequency(names[i]) for i in range(asked.known)] + [frequency(pairs[i]) for i in range(asked.pairs)])
    idf = np.log(1 + np.maximum(0.0, passages - known + 0.5) / (known + 0.5))
    norms = _K1 * (1 - _B + _B * lengths / lengths.mean())
    bm25 = (counts * (_K1 + 1) / (counts + norms[:, None])) @ idf
    shares = {"whole": asked.share(held), "whole_pairs": asked.share(held * (held >= 1)), "whole_bm25": bm25 / max(float(bm25.max()), 1e-6)}
    return {name: np.asarray(values, np.float32)[texts.article] for name, values in shares.items()}


@dataclass(frozen=True, slots=True)
class _Held:
    """(n, question) float32 each: how well the body, the heading, either, and all candidates of the article hold each character."""

    body: Floats
    heading: Floats
    passage: Floats
    article: Floats

    @classmethod
    def of(cls, texts: _Texts) -> _Held:
        body = texts.found.held(texts.passage, texts.size, ~texts.heading)
        heading = texts.found.held(texts.passage, texts.size, texts.heading)
        passage = np.maximum(body, heading)
        article = np.zeros_like(passage)
        np.maximum.at(article, texts.article, passage)
        return cls(body, heading, passage, article[texts.article])


def _shares(texts: _Texts, held: _Held, sought: Wanted) -> dict[str, Floats]:
    found = {name: texts.asked.share(getattr(held, name)) for name in ("body", "heading", "passage", "article")}
    found |= {
        "passage_pairs": texts.asked.share(held.passage * (held.passage >= 1)),
        "article_pairs": texts.asked.share(held.article * (held.article >= 1)),
    }
    first = slice(*sought.subject)
    subject = max(float(texts.asked.weights[first].sum()), 1e-6)
    found["subject"] = held.passage[:, first] @ texts.asked.weights[first] / subject
    found["subject_heading"] = held.heading[:, first] @ texts.asked.weights[first] / subject
    numbers = np.array([position for position in sought.numbers if position < _LONGEST], np.int64)
    told = texts.asked.weights[numbers].sum()
    found["numbers"] = held.passage[:, numbers] @ texts.asked.weights[numbers] / told if told else np.ones(texts.size, np.float32)
    return found


def _sentences(texts: _Texts, question: Question) -> dict[str, Floats]:
    ends = np.isin(texts.characters, _ENDS)
    sentence: Places = np.cumsum(ends) - ends
    count = int(sentence[-1]) + 1
    first = np.searchsorted(sentence, np.arange(count))
    of, in_heading = texts.passage[first], texts.heading[first]
    held = texts.found.held(sentence, count)
    heading = np.zeros((texts.size, held.shape[1]), np.float32)
    np.maximum.at(heading, of[in_heading], held[in_heading])
    lent = heading[of]
    before = np.zeros_like(held)
    same = (of[1:] == of[:-1]) & ~in_heading[:-1]
    before[1:][same] = held[:-1][same]
    beside = texts.asked.share(np.maximum(held, lent))
    kinds = {"sentence": texts.asked.share(held), "sentence_heading": beside}
    kinds["two_sentences"] = texts.asked.share(np.maximum(held, _CARRIED * np.maximum(before, lent)))
    found = {}
    for name, shares in kinds.items():
        best = np.zeros(texts.size, np.float32)
        np.maximum.at(best, of[~in_heading], shares[~in_heading])
        found[name] = best
    found["digit"] = np.ones(texts.size, np.float32)
    if question.wants in (NUMBER, DATE):
        order = np.lexsort((np.where(in_heading, -1, beside), of))
        chosen = np.zeros(texts.size, np.int64)
        chosen[of[order]] = order  # of those written last, the best remains
        digits = np.zeros(count, bool)
        digits[sentence[(texts.characters >= ord("0")) & (texts.characters <= ord("9"))]] = True
        found["digit"] = digits[chosen].astype(np.float32)
    return found


def _runs(texts: _Texts) -> dict[str, Floats]:
    """Longest common substrings, a character of the question at a time."""
    size = len(texts.asked.characters)
    longest = np.zeros((texts.size, size), np.int16)  # that end with each character of the question
    so_far = np.zeros(len(texts.characters), np.int16)
    for position in range(size):
        if not texts.asked.weighed[position]:
            so_far = np.zeros_like(so_far)
            continue
        longer = np.zeros_like(so_far)
        longer[1:] = so_far[:-1]
        so_far = (longer + 1) * (texts.characters == texts.asked.characters[position])
        longest[:, position] = np.maximum.reduceat(so_far, texts.starts)
    best = longest.max(axis=1, initial=0)
    found = {"run": best / max(1, int(texts.asked.weighed.sum())), "run_length": np.minimum(best, _RUN) / _RUN}
    for least in (3, 4, 6):
        covered = np.zeros(longest.shape, np.float32)
        for back in range(min(_RUN, size)):
            run = longest[:, back:]
            covered[:, : size - back][(run >= least) & (run > back)] = 1.0
        found[f"runs_{least}"] = texts.asked.share(covered)
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _words(texts: _Texts, held: _Held, sought: Wanted) -> dict[str, Floats]:
    """What is held of the words of the question; of lone characters where there are fewer than three."""
    spans = [
        (word.start, word.end) for word in bundled_model().words([sought.content[:_LONGEST]])[0] if texts.asked.weighed[word.start : word.end].any()
    ]
    member = np.zeros((len(texts.asked.characters), len(spans)), np.float32)
    for number, (start, end) in enumerate(spans):
        member[start:end, number] = 1 / (end - start)
    weight = np.array([texts.asked.weights[start:end].sum() for start, end in spans], np.float32)
    by_word = [each @ member for each in (held.passage, held.heading, held.article)]
    missing = (1 - by_word[0]) * weight
    found = {"words": (by_word[0] > _HELD) @ weight / max(float(weight.sum()), 1e-6)}
    found |= {"missing": missing.sum(axis=1) / 30, "missing_word": missing.max(axis=1, initial=0) / 10}
    order = np.argsort(-weight, kind="stable")
    for place in range(3):
        for name, each in zip(("", "_heading", "_article"), by_word, strict=True):
            known = each[:, order[place]] if place < len(spans) else each.mean(axis=1) if spans else np.zeros(texts.size)
            found[f"word_{place + 1}{name}"] = known
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _legs(candidates: Sequence[Candidate], texts: _Texts) -> dict[str, Floats]:
    bm25 = np.array([c.bm25 for c in candidates])
    cosine = np.array([c.cosine for c in candidates])
    best = float(bm25.max()) or 1.0
    articles = int(texts.article.max()) + 1
    highest = np.zeros(articles)
    np.maximum.at(highest, texts.article, bm25)
    total = np.bincount(texts.article, weights=bm25, minlength=articles)
    fused = np.array([c.fused for c in candidates])
    found = {"bm25_share": bm25 / best, "bm25": bm25 / 30, "cosine": cosine}
    found |= {"bm25_rank": _reciprocal(bm25, fused), "cosine_rank": _reciprocal(cosine, fused)}
    found |= {"article_bm25": highest[texts.article] / best, "article_sum": total[texts.article] / max(float(total.max()), 1e-6)}
    found["article_candidates"] = np.log(np.bincount(texts.article, minlength=articles)[texts.article])
    found["fused"] = fused
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _reciprocal(values: NDArray[np.float64], fused: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / rank of each value, the highest first, equal ones by their joined score; who ties in both shares a rank, whatever the order."""
    values, fused = np.round(values, 5), np.round(fused, 5)
    order = np.lexsort((-fused, -values))
    same = np.concatenate([[False], (np.diff(values[order]) == 0) & (np.diff(fused[order]) == 0)])
    ranks = np.empty(len(values))
    ranks[order] = np.maximum.accumulate(np.where(same, 0, np.arange(1, len(values) + 1)))
    return np.asarray(1 / ranks, np.float64)
