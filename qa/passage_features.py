"""Measure what a candidate passage, its title and its article share with the question.

Knows the features that qa.rerank weighs. Does not know the weights or how candidates are found. Texts are compared
folded and without damage.

An article names the town and the year once, and often not in the passage with the figure. So the features look at a
passage, at its title, and at all candidates of its article together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedding.static import bundled_model
from index.store.corpus import StoredPassage
from index.text.folding import fold
from qa.question import DATE, NUMBER, Question
from qa.term_weights import LONE, NUMBERS, QuestionWeights, weigh_question

LIGHT_FEATURES = (
    # shares of the question's weight, held by the body, the heading, either, all candidates of the article
    *("body", "heading", "passage", "article"),
    *("passage_pairs", "article_pairs"),  # the same, counting only characters held together with a neighbour
    # by the whole article; its BM25 over characters and pairs as a share of the best
    *("whole", "whole_pairs", "whole_bm25"),
    # by the best sentence; with the heading; with the sentence before and the heading
    *("sentence", "sentence_heading", "two_sentences"),
    # the longest run of characters in common: its share, its length / 12; the shares held in runs of at least 3, 4
    # and 6
    *("run", "run_length", "runs_3", "runs_4", "runs_6"),
    "words",  # share of the words' weight that whole words hold
    # the three weightiest words: held by the passage, the heading, the article
    *(
        "word_1",
        "word_1_heading",
        "word_1_article",
        "word_2",
        "word_2_heading",
        "word_2_article",
        "word_3",
        "word_3_heading",
        "word_3_article",
    ),
    *("missing", "missing_word"),  # weight of the characters not held / 30, of the weightiest word not held / 10
    *("subject", "subject_heading"),  # share of the first words, mostly a name
    "focus",  # share of the last of the words asked about
    "numbers",  # share of the question's numbers, 1 without any
    "digit",  # the question wants a number or date, and the best sentence has a digit; 1 if it wants another kind
    "unit",  # the passage holds the unit asked for; 1 if the question names none
    # BM25 as a share of the best, itself / 30, 1 / rank; the cosine, 1 / rank
    *("bm25_share", "bm25", "bm25_rank", "cosine", "cosine_rank"),
    # the article's best BM25 and their sum, as shares of the best article's; the logarithm of its number of candidates
    *("article_bm25", "article_sum", "article_candidates"),
    # logarithm of the length / 6; it opens its article; logarithm of the heading's length / 4; share of the heading's
    # characters that stand in the question
    *("length", "opening", "heading_length", "heading_asked"),
    "asked",  # logarithm of the question's characters / 4
    "fused",  # the score of the fusion, see qa.search
)
FEATURES = (*LIGHT_FEATURES, "meaning", "meaning_rank")  # what the encoder says, see PassageCandidate, and 1 / rank
_CARRIED = 0.9  # how much words of the sentence before and of the heading count for a sentence
_HELD = 0.6  # a text holds a word if it holds more than this share of its characters
_K1, _B = 1.2, 0.75  # Lucene's defaults
_CODE_POINTS = 0x110000
_LONGEST = 80  # characters of a question that are compared
_RUN = 12  # characters; longer runs count as this long
_OPENING = 100  # characters from the start of an article
_ENDS = np.frombuffer("。!?;\n\0".encode("utf-32-le"), np.uint32)

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PassageCandidate:
    """A passage that the term index or the vector index returned."""

    stored: StoredPassage
    bm25: float  # 0 if the term index did not return it
    cosine: float
    fused: float
    whole: str  # the searched text of its article
    # How much nearer in meaning it is than the fiftieth nearest passage, in standard deviations; 0 without an encoder.
    meaning: float = 0.0


# numpy's BLAS pads a product with whatever lies in memory, and reports what that would have given (numpy issue 24067).
@np.errstate(invalid="ignore")
def features(
    question: Question,
    candidates: Sequence[PassageCandidate],
    frequency: Callable[[str], int],
    passages: int,
    names: Sequence[str] = LIGHT_FEATURES,
) -> Floats:
    """Return (n, 2 · names) float32 for n > 0 candidates: the features, then their distances to the best.

    `names` are FEATURES or LIGHT_FEATURES. `frequency` returns how many of all `passages` hold a term.
    """
    weights = weigh_question(question, frequency, passages)
    texts = _Texts(candidates, _Pieces(weights))
    held = _Held.of(texts)
    arrays = {
        **_shares(texts, held, weights),
        **_articles(texts, frequency, passages),
        **_sentences(texts, question),
        **_runs(texts),
        **_words(texts, held, weights),
        **_index_scores(candidates, texts),
    }
    unit = question.unit.lstrip("万亿") or question.unit
    asked = set(weights.content)
    plain: dict[str, list[float]] = {
        "focus": [weights.focused(body) for body in texts.bodies],
        "unit": [float(unit in body) for body in texts.bodies],  # every text holds ""
        "length": [math.log1p(len(body)) / 6 for body in texts.bodies],
        "opening": [float(c.stored.passage.start < _OPENING) for c in candidates],
        "heading_length": [math.log1p(len(title)) / 4 for title in texts.titles],
        "heading_asked": [len(asked & set(title)) / max(1, len(set(title))) for title in texts.titles],
        "asked": [math.log1p(int(texts.pieces.weighed.sum())) / 4] * len(candidates),
    }
    made = np.stack([np.asarray(plain[name] if name in plain else arrays[name], np.float32) for name in names], axis=1)
    # The last digits of a product depend on the row's place in its matrix, and a tree distinguishes 0 from -1e-8.
    made = np.round(made, 5)
    return np.concatenate([made, made - made.max(axis=0)], axis=1)


class _Pieces:
    """The pieces of a question to look for: characters, pairs, numbers and variants, with the weights of characters."""

    def __init__(self, weights: QuestionWeights) -> None:
        content = weights.content[:_LONGEST]
        self.characters = _codes(content)
        self.weights = np.array(weights.weights[:_LONGEST], np.float32)
        self.total = max(float(self.weights.sum()), 1e-6)
        self.weighed = self.weights > 0
        # Numbers and variants count only as a whole, other characters also alone and with their neighbours.
        self.plain = self.weighed & ~np.array([character.isdecimal() for character in content])
        self.together = self.plain[:-1] & self.plain[1:]
        self.whole = [(*match.span(), match.group(), True) for match in NUMBERS.finditer(content)]
        self.whole += [(v.start, v.end, v.text, False) for v in weights.variants if v.end <= _LONGEST]
        known = np.unique(self.characters[self.plain])
        self.known = len(known)
        self.number = np.full(_CODE_POINTS, -1, np.int16)  # by code point: the number of a character to look for, or -1
        self.number[known] = np.arange(self.known)
        self.single: Places = self.number[self.characters].astype(np.int64)
        codes = self.single[:-1] * self.known + self.single[1:]
        pairs = np.unique(codes[self.together])
        self.pairs = len(pairs)
        self.pair_number = np.full(self.known * self.known + 1, -1, np.int64)
        self.pair_number[pairs] = np.arange(self.pairs)
        self.pair = np.where(self.together, self.pair_number[np.where(self.together, codes, -1)], -1)

    def share(self, held: Floats) -> Floats:
        """Return (units,), the share of the question's weight that each unit holds; `held` is (units, question)."""
        return np.asarray(held @ self.weights / self.total, np.float32)


class _Matches:
    """Where the pieces of a question stand in a text."""

    def __init__(self, pieces: _Pieces, text: str, characters: NDArray[np.uint32]) -> None:
        self._pieces = pieces
        numbers = pieces.number[characters]
        self._single_at = np.flatnonzero(numbers >= 0)
        self._single_is = numbers[self._single_at].astype(np.int64)
        next_to = np.flatnonzero(np.diff(self._single_at) == 1)
        standing = pieces.pair_number[self._single_is[next_to] * pieces.known + self._single_is[next_to + 1]]
        self._pair_at, self._pair_is = self._single_at[next_to[standing >= 0]], standing[standing >= 0]
        self._whole = [(start, end, _offsets(text, piece, number=number)) for start, end, piece, number in pieces.whole]

    def held(self, unit: Places, units: int, only: NDArray[np.bool_] | None = None) -> Floats:
        """Return (units, question) float32, 0..1: how well each unit of the text holds each character of the question.

        `unit`, (characters,): the number of the unit of each character of the text. `only`, (characters,) bool:
        ignore all other characters.
        """
        pieces = self._pieces
        result = np.zeros((units, len(pieces.characters)), np.float32)
        singles, pairs = self.counts(unit, units, only)
        result[:, pieces.plain] = LONE * (singles[:, pieces.single[pieces.plain]] > 0)
        beside = np.flatnonzero(pieces.together)
        together = pairs[:, pieces.pair[beside]] > 0
        for neighbour in (beside, beside + 1):
            result[:, neighbour] = np.maximum(result[:, neighbour], together)
        for start, end, places in self._whole:
            here = places if only is None else places[only[places]]
            result[unit[here], start:end] = 1.0
        return result

    def counts(self, unit: Places, units: int, only: NDArray[np.bool_] | None = None) -> tuple[Places, Places]:
        """Count the characters and pairs of the question in each unit: (units, known) and (units, pairs) int64."""
        counted = []
        for at, what, kinds in (
            (self._single_at, self._single_is, self._pieces.known),
            (self._pair_at, self._pair_is, self._pieces.pairs),
        ):
            if only is not None:
                kept = only[at]
                at, what = at[kept], what[kept]
            counted.append(np.bincount(unit[at] * kinds + what, minlength=units * kinds).reshape(units, kinds))
        return counted[0], counted[1]


class _Texts:
    """The candidates joined to one text, and their articles. Each is its heading, a line end, its body and a zero."""

    def __init__(self, candidates: Sequence[PassageCandidate], pieces: _Pieces) -> None:
        self.size = len(candidates)
        self.bodies = _folded([c.stored.passage.readable for c in candidates])
        self.titles = _folded([c.stored.article.title for c in candidates])
        headings = [
            f"{title} {c.stored.article.date.replace('-0', ' ').replace('-', ' ')}\n"
            for title, c in zip(self.titles, candidates, strict=True)
        ]
        joined = "".join(f"{heading}{body}\0" for heading, body in zip(headings, self.bodies, strict=True))
        lengths = np.array([len(heading) + len(body) + 1 for heading, body in zip(headings, self.bodies, strict=True)])
        self.characters = _codes(joined)
        self.starts: Places = np.cumsum(lengths) - lengths
        self.passage: Places = np.repeat(np.arange(self.size), lengths)
        self.heading = (
            np.arange(len(joined)) - self.starts[self.passage] < np.array([len(h) for h in headings])[self.passage]
        )
        self.pieces = pieces
        self.matches = _Matches(pieces, joined, self.characters)
        numbers: dict[str, int] = {}
        self.article: Places = np.array(
            [numbers.setdefault(c.stored.article.id, len(numbers)) for c in candidates], np.int64
        )
        self.wholes = _folded(
            list({c.stored.article.id: f"{c.stored.article.title}\n{c.whole}\0" for c in candidates}.values())
        )


def _folded(texts: Sequence[str]) -> list[str]:
    """Fold many texts at once. Folding keeps lengths, so the result can be cut apart again."""
    joined, ends = fold("".join(texts)), itertools.accumulate(map(len, texts))
    return [joined[end - len(text) : end] for text, end in zip(texts, ends, strict=True)]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _offsets(joined: str, piece: str, *, number: bool) -> Places:
    """Return the offsets of a piece, of a number only those where no digit stands beside it."""
    offsets, at = [], joined.find(piece)
    while at >= 0:
        around = joined[at - 1 : at] + joined[at + len(piece) : at + len(piece) + 1]
        if not number or not any(character.isdecimal() for character in around):
            offsets.append(at)
        at = joined.find(piece, at + 1)
    return np.array(offsets, np.int64)


def _articles(texts: _Texts, frequency: Callable[[str], int], passages: int) -> dict[str, Floats]:
    """Measure what whole articles hold, and their BM25 (Okapi, Lucene's idf).

    The idf comes from all passages of the corpus, the average length from these articles.
    """
    pieces = texts.pieces
    lengths = np.array([len(text) for text in texts.wholes])
    joined = "".join(texts.wholes)
    unit: Places = np.repeat(np.arange(len(lengths)), lengths)
    matches = _Matches(pieces, joined, _codes(joined))
    held = matches.held(unit, len(lengths))
    counts = np.concatenate(matches.counts(unit, len(lengths)), axis=1).astype(np.float64)
    characters = "".join(map(chr, pieces.characters.tolist()))
    names = dict(
        zip(
            pieces.single[pieces.plain].tolist(),
            (c for c, plain in zip(characters, pieces.plain, strict=True) if plain),
            strict=True,
        )
    )
    pairs = {int(pieces.pair[i]): characters[i : i + 2] for i in np.flatnonzero(pieces.together)}
    known = np.array(
        [frequency(names[i]) for i in range(pieces.known)] + [frequency(pairs[i]) for i in range(pieces.pairs)]
    )
    idf = np.log(1 + np.maximum(0.0, passages - known + 0.5) / (known + 0.5))
    norms = _K1 * (1 - _B + _B * lengths / lengths.mean())
    bm25 = (counts * (_K1 + 1) / (counts + norms[:, None])) @ idf
    shares = {
        "whole": pieces.share(held),
        "whole_pairs": pieces.share(held * (held >= 1)),
        "whole_bm25": bm25 / max(float(bm25.max()), 1e-6),
    }
    return {name: np.asarray(values, np.float32)[texts.article] for name, values in shares.items()}


@dataclass(frozen=True, slots=True)
class _Held:
    """How well each candidate holds each character of the question: arrays of (n, question) float32, 0..1."""

    body: Floats
    heading: Floats
    passage: Floats  # body or heading
    article: Floats  # all candidates of its article

    @classmethod
    def of(cls, texts: _Texts) -> _Held:
        body = texts.matches.held(texts.passage, texts.size, ~texts.heading)
        heading = texts.matches.held(texts.passage, texts.size, texts.heading)
        passage = np.maximum(body, heading)
        article = np.zeros_like(passage)
        np.maximum.at(article, texts.article, passage)
        return cls(body, heading, passage, article[texts.article])


def _shares(texts: _Texts, held: _Held, weights: QuestionWeights) -> dict[str, Floats]:
    shares = {name: texts.pieces.share(getattr(held, name)) for name in ("body", "heading", "passage", "article")}
    shares |= {
        "passage_pairs": texts.pieces.share(held.passage * (held.passage >= 1)),
        "article_pairs": texts.pieces.share(held.article * (held.article >= 1)),
    }
    first = slice(*weights.subject)
    subject = max(float(texts.pieces.weights[first].sum()), 1e-6)
    shares["subject"] = held.passage[:, first] @ texts.pieces.weights[first] / subject
    shares["subject_heading"] = held.heading[:, first] @ texts.pieces.weights[first] / subject
    numbers = np.array([position for position in weights.numbers if position < _LONGEST], np.int64)
    numbers_weight = texts.pieces.weights[numbers].sum()
    shares["numbers"] = (
        held.passage[:, numbers] @ texts.pieces.weights[numbers] / numbers_weight
        if numbers_weight
        else np.ones(texts.size, np.float32)
    )
    return shares


def _sentences(texts: _Texts, question: Question) -> dict[str, Floats]:
    ends = np.isin(texts.characters, _ENDS)
    sentence: Places = np.cumsum(ends) - ends
    count = int(sentence[-1]) + 1
    first = np.searchsorted(sentence, np.arange(count))
    of, in_heading = texts.passage[first], texts.heading[first]
    held = texts.matches.held(sentence, count)
    heading = np.zeros((texts.size, held.shape[1]), np.float32)
    np.maximum.at(heading, of[in_heading], held[in_heading])
    lent = heading[of]
    before = np.zeros_like(held)
    same = (of[1:] == of[:-1]) & ~in_heading[:-1]
    before[1:][same] = held[:-1][same]
    beside = texts.pieces.share(np.maximum(held, lent))
    kinds = {"sentence": texts.pieces.share(held), "sentence_heading": beside}
    kinds["two_sentences"] = texts.pieces.share(np.maximum(held, _CARRIED * np.maximum(before, lent)))
    arrays = {}
    for name, shares in kinds.items():
        best = np.zeros(texts.size, np.float32)
        np.maximum.at(best, of[~in_heading], shares[~in_heading])
        arrays[name] = best
    arrays["digit"] = np.ones(texts.size, np.float32)
    if question.wants in (NUMBER, DATE):
        order = np.lexsort((np.where(in_heading, -1, beside), of))
        chosen = np.zeros(texts.size, np.int64)
        chosen[of[order]] = order  # the best of each candidate is written last and stays
        digits = np.zeros(count, bool)
        digits[sentence[(texts.characters >= ord("0")) & (texts.characters <= ord("9"))]] = True
        arrays["digit"] = digits[chosen].astype(np.float32)
    return arrays


def _runs(texts: _Texts) -> dict[str, Floats]:
    """Measure the longest common substrings, one character of the question at a time."""
    size = len(texts.pieces.characters)
    longest = np.zeros((texts.size, size), np.int16)  # length of the run that ends with each character of the question
    so_far = np.zeros(len(texts.characters), np.int16)
    for position in range(size):
        if not texts.pieces.weighed[position]:
            so_far = np.zeros_like(so_far)
            continue
        longer = np.zeros_like(so_far)
        longer[1:] = so_far[:-1]
        so_far = (longer + 1) * (texts.characters == texts.pieces.characters[position])
        longest[:, position] = np.maximum.reduceat(so_far, texts.starts)
    best = longest.max(axis=1, initial=0)
    arrays = {"run": best / max(1, int(texts.pieces.weighed.sum())), "run_length": np.minimum(best, _RUN) / _RUN}
    for least in (3, 4, 6):
        covered = np.zeros(longest.shape, np.float32)
        for back in range(min(_RUN, size)):
            run = longest[:, back:]
            covered[:, : size - back][(run >= least) & (run > back)] = 1.0
        arrays[f"runs_{least}"] = texts.pieces.share(covered)
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}


def _words(texts: _Texts, held: _Held, weights: QuestionWeights) -> dict[str, Floats]:
    """Measure how the words of the question are held. A missing second or third word counts as the mean."""
    spans = [
        (word.start, word.end)
        for word in bundled_model().words([weights.content[:_LONGEST]])[0]
        if texts.pieces.weighed[word.start : word.end].any()
    ]
    member = np.zeros((len(texts.pieces.characters), len(spans)), np.float32)
    for number, (start, end) in enumerate(spans):
        member[start:end, number] = 1 / (end - start)
    weight = np.array([texts.pieces.weights[start:end].sum() for start, end in spans], np.float32)
    by_word = [each @ member for each in (held.passage, held.heading, held.article)]
    missing = (1 - by_word[0]) * weight
    arrays = {"words": (by_word[0] > _HELD) @ weight / max(float(weight.sum()), 1e-6)}
    arrays |= {"missing": missing.sum(axis=1) / 30, "missing_word": missing.max(axis=1, initial=0) / 10}
    order = np.argsort(-weight, kind="stable")
    for place in range(3):
        for name, each in zip(("", "_heading", "_article"), by_word, strict=True):
            known = (
                each[:, order[place]] if place < len(spans) else each.mean(axis=1) if spans else np.zeros(texts.size)
            )
            arrays[f"word_{place + 1}{name}"] = known
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}


def _index_scores(candidates: Sequence[PassageCandidate], texts: _Texts) -> dict[str, Floats]:
    bm25 = np.array([c.bm25 for c in candidates])
    cosine = np.array([c.cosine for c in candidates])
    best = float(bm25.max()) or 1.0
    articles = int(texts.article.max()) + 1
    highest = np.zeros(articles)
    np.maximum.at(highest, texts.article, bm25)
    total = np.bincount(texts.article, weights=bm25, minlength=articles)
    fused = np.array([c.fused for c in candidates])
    arrays = {"bm25_share": bm25 / best, "bm25": bm25 / 30, "cosine": cosine}
    arrays |= {"bm25_rank": _reciprocal(bm25, fused), "cosine_rank": _reciprocal(cosine, fused)}
    arrays |= {
        "article_bm25": highest[texts.article] / best,
        "article_sum": total[texts.article] / max(float(total.max()), 1e-6),
    }
    arrays["article_candidates"] = np.log(np.bincount(texts.article, minlength=articles)[texts.article])
    arrays["fused"] = fused
    meaning = np.array([c.meaning for c in candidates])
    arrays |= {"meaning": meaning, "meaning_rank": _reciprocal(meaning, fused)}
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}


def _reciprocal(values: NDArray[np.float64], fused: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / rank of each value: the highest is first, ties go by the fused score, and full ties share a rank."""
    values, fused = np.round(values, 5), np.round(fused, 5)
    order = np.lexsort((-fused, -values))
    same = np.concatenate([[False], (np.diff(values[order]) == 0) & (np.diff(fused[order]) == 0)])
    ranks = np.empty(len(values))
    ranks[order] = np.maximum.accumulate(np.where(same, 0, np.arange(1, len(values) + 1)))
    return np.asarray(1 / ranks, np.float64)
