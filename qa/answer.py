"""Candidates become an answer: the sentence that says it, the piece that was asked for, or a stated reason for silence.

Knows how candidates are weighed, how sure to be, and when articles differ. Does not know how hits were found or what
speaks for a candidate. Every piece it names is a place in the original, never a new text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.corpus import Corpus
from index.folding import fold
from index.records import Span
from qa.dates import relative_dates
from qa.evidence import FEATURES, Candidate, weigh
from qa.question import ANY, NAME, NUMBER, REASON, Question
from qa.reader import PassageReader
from qa.search import Hit
from qa.spans import same_value

NO_MATCH, LOW_CONFIDENCE, DIGITS_MISSING = "no_match", "low_confidence", "digits_missing"
# Of the features those that say something without rivals; the score of the second hit as a share of the first's; and how much
# alike the store's articles are (index.legs.Legs.overlap), measured when it is indexed, so that the same confidence means the
# same on another corpus.
CONFIDENCE = (*(name for name in FEATURES if name not in ("hit", "length", "opening", "unread")), "second", "overlap")
WEIGHTS = Path(__file__).parent / "assets" / "answer.json"
_AROUND = FEATURES.index("around")
# How much less likely than the answer another article's sentence may be to stand beside it (e⁵ times), and how sure beside it.
_BEHIND, _AS_SURE = 5.0, 0.5
_ALIKE = 0.85  # of what the answer's sentence shares with the question, what another must share
_SAME = tuple(FEATURES.index(name) for name in ("around", "focus", "subject"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands in one hit."""

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
    others: tuple[Evidence, ...] = ()  # what other articles say to the same question, the newest first
    disagree: bool = False  # they say something else of the same time
    other_times: bool = False  # they say something else of another year
    relative: tuple[tuple[str, str], ...] = ()  # (去年, 2022年): what times in the sentence mean, by the article's date

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return bool(self.reason)


UNANSWERED = Answer("", "", 0.0, NO_MATCH, None)


@cache
def _learned() -> tuple[tuple[float, ...], tuple[float, ...], float, float]:
    """(weights of FEATURES, weights of CONFIDENCE, its intercept, the confidence below which the tool is silent)."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sure = stored["confidence"]
    return tuple(stored["sentence"][name] for name in FEATURES), tuple(sure[name] for name in CONFIDENCE), sure["intercept"], stored["silent_below"]


def likelihood(candidate: Candidate) -> float:
    """How likely this sentence, rather than another, holds the answer: a logarithm."""
    return sum(weight * value for weight, value in zip(_learned()[0], candidate.features, strict=True))


def confidence_features(candidate: Candidate, hits: Sequence[Hit], overlap: float) -> tuple[float, ...]:
    """What CONFIDENCE names, of a candidate among these hits, from a store of that overlap."""
    # A question without a word of the corpus has nothing but cosines, which may be below zero.
    second = max(0.0, hits[1].score / hits[0].score) if len(hits) > 1 and hits[0].score > 0 else 0.0
    return (*(candidate.features[FEATURES.index(name)] for name in CONFIDENCE[:-2]), second, overlap)


def find_answer(store: Corpus, question: Question, hits: Sequence[Hit], reader: PassageReader) -> Answer:
    """The best supported sentence of the first hits, or silence with a reason."""
    candidates = weigh(store, question, hits, reader)
    if not candidates:
        return UNANSWERED
    ordered = sorted(candidates, key=lambda c: (-likelihood(c), c.hit.rank, c.sentence.start))
    best = ordered[0]
    confidence = _confidence(best, hits, store.overlap)
    if confidence < _learned()[3]:
        return Answer("", "", confidence, NO_MATCH if best.features[_AROUND] < 0.2 else LOW_CONFIDENCE, None)
    if question.wants == NUMBER and best.holed:
        return Answer("", "", confidence, DIGITS_MISSING, None)
    text = best.hit.found.passage.text
    evidence = _evidence(best)
    sure = max(_learned()[3], _AS_SURE * confidence)
    others = [c for c in _others(question, ordered) if _confidence(c, hits, store.overlap) >= sure]
    said = text[evidence.span.start : evidence.span.end]
    differing = [other for other in others if not same_value(fold(said), fold(_said(other)))]
    same_time = [other for other in differing if not _year(other) or not _year(best) or _year(other) == _year(best)]
    sentence = text[best.sentence.start : best.sentence.end]
    return Answer(
        said,
        sentence,
        confidence,
        reason="",
        evidence=evidence,
        others=tuple(_evidence(candidate) for candidate in others),
        disagree=bool(same_time),
        other_times=len(same_time) < len(differing),
        relative=tuple(relative_dates(fold(sentence), best.hit.found.article.date)),
    )


def _evidence(candidate: Candidate) -> Evidence:
    return Evidence(candidate.hit.rank, candidate.sentence, candidate.span or candidate.sentence)


def _said(candidate: Candidate) -> str:
    span = candidate.span or candidate.sentence
    return candidate.hit.found.passage.text[span.start : span.end]


_YEAR = re.compile(r"(?:19|20)\d\d(?=年)")


def _year(candidate: Candidate) -> str:
    """The year last named in the passage up to the end of the sentence, "" if none is."""
    named = _YEAR.findall(fold(candidate.hit.found.passage.text[: candidate.sentence.end]))
    return named[-1] if named else ""


def _others(question: Question, ordered: Sequence[Candidate]) -> list[Candidate]:
    """Of each other article the best sentence, if it answers almost as likely and with the kind of piece asked for."""
    if question.wants in (ANY, NAME, REASON):
        return []  # names and reasons differ in wording where they mean the same
    best = ordered[0]
    years = set(_YEAR.findall(question.folded))
    found: dict[str, Candidate] = {}
    for candidate in ordered[1:]:
        if years and _year(candidate) and _year(candidate) not in years:
            continue  # 2022年 is not what was asked
        article = candidate.hit.found.article.id
        # About the same thing: 公共预算收入 is not GDP, and another town's is not this one's.
        alike = all(candidate.features[i] >= _ALIKE * best.features[i] for i in _SAME)
        near = alike and likelihood(candidate) >= likelihood(best) - _BEHIND
        if near and candidate.fits and not candidate.holed and article != best.hit.found.article.id:
            found.setdefault(article, candidate)
    return sorted(found.values(), key=lambda c: c.hit.found.article.date, reverse=True)


def _confidence(best: Candidate, hits: Sequence[Hit], overlap: float) -> float:
    """0..1: how often a sentence supported like this one holds the answer."""
    _, slopes, intercept, _ = _learned()
    total = intercept + sum(slope * value for slope, value in zip(slopes, confidence_features(best, hits, overlap), strict=True))
    return round(1 / (1 + math.exp(-total)), 3)
