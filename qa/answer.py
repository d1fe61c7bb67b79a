"""Hits become an answer: the sentence that says it, the piece that was asked for, or a stated reason for silence.

Knows sentences, kinds of answers and how sure to be. Does not know how hits were found. Every piece it names is a place
in the original, never a new text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.chunking import sentences
from index.cleaning import digit_holes
from index.embedding import Word, bundled_model
from index.folding import fold
from index.records import Span, offsets_without, without
from index.store import Store
from index.terms import terms
from qa.question import ANY, NUMBER, REASON, Question
from qa.search import Hit
from qa.spans import find_span, fits

NO_MATCH, LOW_CONFIDENCE, DIGITS_MISSING = "no_match", "low_confidence", "digits_missing"
_READ = 5  # hits whose sentences are weighed
_FIGURE = re.compile(r"[0-9一二三四五六七八九十两]")  # 百亿元 alone is what is left of a figure, not one
_LONE, _LIKE = 0.3, 0.7  # how much a lone character, or a word of like meaning, counts beside the word itself
_SURE = 0.5  # below this confidence the tool is silent


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands in one hit: offsets in the hit's passage text, and in the article's original."""

    passage: int  # rank of the hit
    sentence: Span  # in the passage text
    span: Span  # in the passage text, inside the sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` and `sentence` are verbatim, "" when silent; then `reason` says why. Confidence is 0..1."""

    text: str
    sentence: str
    confidence: float
    reason: str
    evidence: Evidence | None

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence weighed as the place of the answer."""

    features: tuple[float, ...]  # see FEATURES
    hit: Hit
    sentence: Span  # in the passage text
    span: Span | None  # in the passage text
    holed: bool  # a figure has been lost in it

    @property
    def score(self) -> float:
        """How likely this sentence, rather than another, holds the answer."""
        return sum(weight * value for weight, value in zip(_learned()[0], self.features, strict=True))


# What is known of a candidate; how it is weighed stands in assets/answer.json, made by training/answer_weights.py.
FEATURES = (
    "own",  # share of the question's weight that the sentence holds
    "around",  # the same, with the sentences before it and the title helping
    "own_meant",  # the same two, words of like meaning counting
    "around_meant",
    "focus",  # share of what is asked about that stands in the sentence itself
    "typed",  # a piece of the wanted kind stands in it
    "fits",  # that piece has the wanted unit
    "cosine",
    "hit",  # score of the hit as a share of the best
    "length",  # characters / 100
    "opening",  # it opens its passage
)
CONFIDENCE = ("own", "around", "own_meant", "around_meant", "focus", "typed", "fits", "cosine")
WEIGHTS = Path(__file__).parent / "assets" / "answer.json"


@cache
def _learned() -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """(weights of FEATURES, weights of CONFIDENCE, intercept)."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sure = stored["confidence"]
    return tuple(stored["sentence"][name] for name in FEATURES), tuple(sure[name] for name in CONFIDENCE), sure["intercept"]


def confidence_features(candidate: Candidate) -> tuple[float, ...]:
    """The features that CONFIDENCE names."""
    return tuple(candidate.features[FEATURES.index(name)] for name in CONFIDENCE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a question's content tells, character by character."""

    content: str
    words: tuple[Word, ...]
    weights: tuple[float, ...]  # by position

    def exact(self, folded: str) -> list[float]:
        """For each position how well a folded text holds it: whole pairs count fully, lone characters little."""
        found = []
        for i, character in enumerate(self.content):
            if not self.weights[i]:
                found.append(0.0)
            elif (i and self.weights[i - 1] and self.content[i - 1 : i + 1] in folded) or (
                i + 1 < len(self.content) and self.weights[i + 1] and self.content[i : i + 2] in folded
            ):
                found.append(1.0)
            else:
                found.append(_LONE if character in folded else 0.0)
        return found

    def meant(self, exact: Sequence[float], others: Sequence[Word]) -> list[float]:
        """The same, where a word that is missing counts as held as far as another of the text means much the same."""
        found = list(exact)
        if not others or not self.words:
            return found
        for word, like in zip(self.words, bundled_model().likeness(self.words, others).max(axis=1), strict=True):
            if self.content[word.start : word.end].isdecimal():
                continue  # 2019 is like 2022, and another year
            held = _LIKE * min(1.0, max(0.0, (float(like) - 0.25) / 0.5))
            for position in range(word.start, word.end):
                found[position] = max(found[position], held if self.weights[position] else 0.0)
        return found

    def share(self, matched: Sequence[float]) -> float:
        """0..1: the weight of what is matched."""
        total = sum(self.weights)
        return sum(w * m for w, m in zip(self.weights, matched, strict=True)) / total if total else 0.0


def find_answer(store: Store, question: Question, hits: Sequence[Hit]) -> Answer:
    """The best supported sentence of the first hits, or silence with a reason."""
    candidates = weigh(store, question, hits)
    if not candidates:
        return Answer("", "", 0.0, NO_MATCH, None)
    best = candidates[0]
    confidence = _confidence(best)
    if question.wants == NUMBER and best.holed:
        return Answer("", "", confidence, DIGITS_MISSING, None)
    if confidence < _SURE:
        return Answer("", "", confidence, NO_MATCH if best.features[1] < 0.2 else LOW_CONFIDENCE, None)
    passage = best.hit.found.passage
    span = best.span or best.sentence
    return Answer(
        passage.text[span.start : span.end],
        passage.text[best.sentence.start : best.sentence.end],
        confidence,
        "",
        Evidence(best.hit.rank, best.sentence, span),
    )


def weigh(store: Store, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the first hits, likeliest first, ties by rank and place; none twice."""
    if not hits:
        return []
    _, passages = store.counts()
    wanted = _wanted(question, store.terms.frequency, passages)
    candidates: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for hit in hits[:_READ]:
        for candidate in _candidates(question, wanted, hit, hits[0].score):
            place = (hit.found.article.id, hit.found.passage.start + candidate.sentence.start)
            if place not in seen:
                seen.add(place)
                candidates.append(candidate)
    return sorted(candidates, key=lambda c: (-c.score, c.hit.rank, c.sentence.start))


def _wanted(question: Question, frequency: Callable[[str], int], passages: int) -> _Wanted:
    """A word weighs what it tells in open text, less the more passages of this corpus hold it."""
    weights = [0.0] * len(question.content)
    words = []
    for word in bundled_model().words([question.content])[0]:
        text = question.content[word.start : word.end]
        if not any(character.isalnum() for character in text):
            continue
        words.append(word)
        common = min((frequency(term) for term in terms(text) if len(text) == 1 or len(term) > 1), default=0)
        rarity = math.log(1 + passages / (common + 0.5)) / math.log(1 + passages / 0.5)
        for position in range(word.start, word.end):
            weights[position] = word.information * (0.15 + 0.85 * rarity)
    return _Wanted(question.content, tuple(words), tuple(weights))


def _candidates(question: Question, wanted: _Wanted, hit: Hit, best_score: float) -> list[Candidate]:
    found = hit.found
    passage = found.passage
    spans = sentences(passage.text)
    removed = [_inside(passage.removed, sentence) for sentence in spans]
    readable = [without(passage.text[s.start : s.end], r) for s, r in zip(spans, removed, strict=True)]
    folded = [fold(text) for text in readable]
    title = fold(found.article.title)
    title_words, *words = bundled_model().words([title, *folded])
    content_vector, *vectors = bundled_model().encode([question.content, *folded])

    def around(matches: list[list[float]], i: int, in_title: list[float]) -> list[float]:
        """The subject often stands in the sentences before, or in the title."""
        near = [matches[i]] + [[fade * value for value in matches[i - back]] for back, fade in ((1, 0.9), (2, 0.75), (3, 0.6)) if i >= back]
        return [max(values) for values in zip(*near, [0.9 * value for value in in_title], strict=True)]

    exact = [wanted.exact(text) for text in folded]
    meant = [wanted.meant(matched, others) for matched, others in zip(exact, words, strict=True)]
    title_exact = wanted.exact(title)
    title_meant = wanted.meant(title_exact, title_words)
    candidates = []
    for i, sentence in enumerate(spans):
        span = find_span(question, readable[i], folded[i])
        piece = folded[i][span.start : span.end] if span else ""
        typed = question.wants in (ANY, REASON) or span is not None
        fitting = typed and fits(question, piece)
        pairs = len(question.focus) - 1
        features = (
            wanted.share(exact[i]),
            wanted.share(around(exact, i, title_exact)),
            wanted.share(meant[i]),
            wanted.share(around(meant, i, title_meant)),
            sum(question.focus[j : j + 2] in folded[i] for j in range(pairs)) / max(1, pairs),
            float(typed),
            float(fitting),
            float(vectors[i] @ content_vector),
            hit.score / max(best_score, 1e-9),
            min(len(folded[i]), 160) / 100,
            float(i == 0),
        )
        figure = span is not None and fitting and _FIGURE.search(piece)
        holed = found.digits_lost >= 3 and not figure and bool(digit_holes(readable[i]))
        offsets = offsets_without(sentence.end - sentence.start, removed[i]) if span else []
        place = Span(sentence.start + offsets[span.start], sentence.start + offsets[span.end - 1] + 1) if span else None
        candidates.append(Candidate(features, hit, sentence, place, holed))
    return candidates


def _inside(removed: Sequence[Span], sentence: Span) -> tuple[Span, ...]:
    """The damage that touches a sentence, as offsets in it."""
    return tuple(
        Span(max(r.start, sentence.start) - sentence.start, min(r.end, sentence.end) - sentence.start)
        for r in removed
        if r.end > sentence.start and r.start < sentence.end
    )


def _confidence(best: Candidate) -> float:
    """0..1: how often a sentence supported like this one holds the answer."""
    _, slopes, intercept = _learned()
    total = intercept + sum(slope * value for slope, value in zip(slopes, confidence_features(best), strict=True))
    return round(1 / (1 + math.exp(-total)), 3)
