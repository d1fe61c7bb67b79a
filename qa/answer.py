"""Choose the answer among candidate sentences, or abstain with a reason.

Knows how candidates are weighed, how confidence is computed, and when articles disagree. Does not know how hits are
found or how features are measured (qa.evidence). Every piece it names is a span of the original, never a new text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.errors import UserError, first_line
from index.records import Article, Span, offsets_without, spans_within, without_spans
from index.store.corpus import Corpus
from index.text.folding import fold
from qa.dates import relative_dates
from qa.evidence import SentenceCandidate, SentenceFeatures, weigh_sentences
from qa.question import ANY, NAME, NUMBER, REASON, Question
from qa.reader import PassageReader
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context, Missing
from qa.slots import SUBJECT, Slots, slots_of, tagged
from qa.spans import same_value
from qa.variants import joined

NO_MATCH, LOW_CONFIDENCE, DIGITS_MISSING = "no_match", "low_confidence", "digits_missing"
NOT_STATED = "not_stated"
_INSTEAD = (
    0.6  # the confidence from which a less likely sentence answers where the likeliest does not meet the question
)
_LEAD = 300  # characters of an article that may name what all of it is about; at its end half as many
_OBJECT = re.compile(r"(?:为|成立|成|是|了|名为)?[“\"《]?(?P<name>[^,。;:!?、的“”\"《》]{2,30})")
_OBJECT_BONUS = 2.0  # what a verb with the object that the question parts from it adds to a sentence's likelihood
_CHECKED = 8  # the most likely candidates, among which one is looked for that meets every slot of the question
_FEW_WORDS = 0.2  # an `around` below it: no sentence speaks of the question, so the reason is NO_MATCH
_NEAR = 0.5  # an `around` from which an unlikely sentence is shown as the nearest
# The sentence of another article is listed beside the answer if its likelihood is at most this much lower (e⁵ times),
# and its confidence at least this share of the answer's.
_LIKELIHOOD_GAP, _CONFIDENCE_SHARE = 5.0, 0.5
# It must also speak of the same thing: of each of these features it has at least this share of the answer's.
_SUBJECT_FEATURES, _SUBJECT_SHARE = ("around", "focus", "subject"), 0.85


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands in one hit."""

    passage: int  # rank of the hit
    sentence: Span  # in the passage text
    span: Span  # in the passage text, inside the sentence


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that an answer names, verbatim."""

    text: str
    passage: int  # rank of the hit
    span: Span | None  # in the passage text; None for a field of the article, such as its title


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that stands in no text, computed from items of the answer."""

    operation: str  # sum, difference, count or compare
    value: float  # of compare: the winner's
    unit: str
    parts: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """Where an answer about an article stands, which is not in a passage."""

    passage: int  # rank of a hit of the article
    field: str  # title, date, source, author or editor
    line: Span | None  # of the article's original that states it; None if the file's format has the field apart


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or the reason for none.

    `text` and `sentence` are verbatim. Without an answer both are "" and `reason` is NO_MATCH, LOW_CONFIDENCE,
    DIGITS_MISSING or NOT_STATED; with one `reason` is "". A computed value has no `text`, nor have passages.
    """

    text: str
    sentence: str
    confidence: float  # 0..1
    reason: str
    evidence: Evidence | None
    others: tuple[Evidence, ...] = ()  # answers of other articles to the same question, the newest first
    disagree: bool = False  # another article states another value for the same time
    other_times: bool = False  # another article states another value for another year
    relative: tuple[tuple[str, str], ...] = ()  # (去年, 2022年): times in the sentence, resolved by the article's date
    missing: tuple[Missing, ...] = ()  # NOT_STATED: what `nearest` does not meet
    nearest: Evidence | None = None  # NOT_STATED: the likeliest place, which tells of something else
    kind: str = ""  # see qa.kinds.kind; "" for an answer of find_answer
    items: tuple[Item, ...] = ()  # of a list, of several questions, the parts of a computed value
    polarity: str = ""  # yes or no, if that was asked
    premise_false: bool = False  # the question takes for true what the text denies
    by_meaning: bool = False  # found by the encoder alone: hardly a word of the question stands there
    shared: float = 1.0  # of an abstention: the most, by weight, of the question's words around a sentence
    computed: Computed | None = None
    stated: Stated | None = None  # of an answer about an article

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return bool(self.reason)


def hit_of(hits: Sequence[Hit], place: Evidence | Item | Stated) -> Hit:
    """Return the hit that a place of an answer is in. Raises RuntimeError if it is not among the hits."""
    hit = next((hit for hit in hits if hit.rank == place.passage), None)
    if hit is None:
        raise RuntimeError(f"no passage {place.passage}")
    return hit


UNANSWERED = Answer("", "", 0.0, NO_MATCH, None, shared=0.0)


class ConfidenceFeatures(NamedTuple):
    """The features from which the confidence of a candidate is computed.

    They hold no rank or length: those compare a candidate with its rivals and say nothing of it alone. `overlap` is
    measured when a store is indexed, so that one confidence means the same in every store. The fields up to `unfit` are
    those of SentenceFeatures.
    """

    own: float
    around: float
    absent: float
    focus: float
    subject: float
    other_number: float
    no_figure: float
    no_date: float
    no_name: float
    closeness: float
    reading: float
    unfit: float
    second: float  # score of the second hit as a share of the first's; 0 without one
    overlap: float  # how much alike the articles of the store are, see Corpus.overlap


CONFIDENCE = ConfidenceFeatures._fields
_FROM_SENTENCE = tuple(name for name in CONFIDENCE if name in SentenceFeatures._fields)


@dataclass(frozen=True, slots=True)
class _Weights:
    """The content of a file of training/answer_weights.py. Weights are looked up by feature name."""

    sentence: Mapping[str, float]
    confidence: Mapping[str, float]
    intercept: float  # of the confidence
    silent_below: float  # the confidence below which no answer is given


@cache
def read_weights(path: Path) -> _Weights:
    """Read a file of training/answer_weights.py. Raises UserError if it is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        sentence, confidence = stored["sentence"], stored["confidence"]
        if not (set(SentenceFeatures._fields) <= set(sentence) and {*CONFIDENCE, "intercept"} <= set(confidence)):
            raise ValueError("weights are missing")
        return _Weights(sentence, confidence, confidence["intercept"], stored["silent_below"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError("models.damaged", path=path, reason=first_line(error)) from error


def _weighted(features: SentenceFeatures | ConfidenceFeatures, weights: Mapping[str, float]) -> float:
    """The sum of the features, each times its weight, in the order of the fields."""
    return sum(weights[name] * value for name, value in zip(features._fields, features, strict=True))


def _likelihood(candidate: SentenceCandidate, weights: _Weights) -> float:
    """Score how likely this sentence, rather than another, holds the answer. The scale is logarithmic."""
    return _weighted(candidate.features, weights.sentence)


def confidence_features(candidate: SentenceCandidate, hits: Sequence[Hit], overlap: float) -> ConfidenceFeatures:
    """Return the features for the confidence of a candidate from these hits, in a store of this overlap."""
    # A question without a word of the corpus has nothing but cosines, which may be below zero.
    second = max(0.0, hits[1].score / hits[0].score) if len(hits) > 1 and hits[0].score > 0 else 0.0
    shared = {name: getattr(candidate.features, name) for name in _FROM_SENTENCE}
    return ConfidenceFeatures(**shared, second=second, overlap=overlap)


def find_answer(store: Corpus, question: Question, hits: Sequence[Hit], reader: PassageReader) -> Answer:
    """Return the best supported sentence of the first hits, or an Answer that abstains with a reason."""
    candidates = weigh_sentences(store, question, hits, reader)
    if not candidates:
        return UNANSWERED
    weights = read_weights(reader.answer_weights)

    def confidence_of(candidate: SentenceCandidate) -> float:
        return _confidence(confidence_features(candidate, hits, store.overlap), weights)

    together = [word for _, _, words in joined(question.content) for word in words]

    def likelihood_of(candidate: SentenceCandidate) -> float:
        return _likelihood(candidate, weights) + _OBJECT_BONUS * any(word in candidate.folded for word in together)

    ordered = sorted(candidates, key=lambda c: (-likelihood_of(c), c.hit.rank, c.sentence.start))
    best = ordered[0]
    shared = max(candidate.features.around for candidate in candidates)
    confidence = confidence_of(best)
    best = _with_object(best, together)
    if confidence < weights.silent_below:
        if best.features.around < _FEW_WORDS:
            return Answer("", "", confidence, NO_MATCH, None, shared=shared)
        # What the likeliest sentence does not meet tells more than that it is not likely.
        if unmet := _missing(slots_of(question), best):
            nearest = _evidence(best) if best.features.around >= _NEAR else None
            return Answer("", "", 0.0, NOT_STATED, None, missing=unmet, nearest=nearest, shared=shared)
        return Answer("", "", confidence, LOW_CONFIDENCE, None, shared=shared)
    if question.wants == NUMBER and best.figure_lost:
        return Answer("", "", confidence, DIGITS_MISSING, None)
    slots = slots_of(question)
    unmet = _missing(slots, best)
    if unmet and (holder := _with_holder(best, slots)) and not _missing(slots, holder):
        best, unmet = holder, ()
    if unmet:
        # The year asked for may stand in a sentence that is less like the question in all else.
        met = (
            c
            for c in ordered[1:_CHECKED]
            if confidence_of(c) >= _INSTEAD and not c.figure_lost and not _missing(slots, c)
        )
        instead = next(met, None)
        if instead is None:
            return Answer("", "", 0.0, NOT_STATED, None, missing=unmet, nearest=_evidence(best), shared=shared)
        best, confidence = instead, confidence_of(instead)
    least = max(weights.silent_below, _CONFIDENCE_SHARE * confidence)
    others = [
        c for c in _others(question, best, ordered, weights) if confidence_of(c) >= least and not _missing(slots, c)
    ]
    if others and question.newest and _date(others[0]) > _date(best):
        newest, *older = others
        others = [best, *older]
        best, confidence = newest, confidence_of(newest)
    passage = best.hit.stored.passage.text
    text = _answer_text(best)
    own = fold(_readable_answer(best))
    differing = [other for other in others if not same_value(own, fold(_readable_answer(other)))]
    same_time = [other for other in differing if not _year(other) or not _year(best) or _year(other) == _year(best)]
    sentence = passage[best.sentence.start : best.sentence.end]
    return Answer(
        text,
        sentence,
        confidence,
        reason="",
        evidence=_evidence(best),
        others=tuple(_evidence(candidate) for candidate in others),
        disagree=bool(same_time),
        other_times=len(same_time) < len(differing),
        relative=tuple(relative_dates(fold(sentence), best.hit.stored.article.date)),
    )


def _missing(slots: Slots, candidate: SentenceCandidate) -> tuple[Missing, ...]:
    """Return what a candidate does not meet of the question."""
    article = candidate.hit.stored.article
    piece = fold(_readable_answer(candidate))
    lines = tuple(fold(candidate.hit.stored.passage.text).split("\n"))
    context = Context(piece, candidate.folded, candidate.before, fold(article.title), article.date, lines=lines)
    unmet = missing(slots, context)
    if any(each.slot == SUBJECT for each in unmet):
        # A notice names its town in its first lines and under its last; what follows takes it for known.
        unmet = missing(slots, replace(context, ends=fold(lead_and_end(article))))
    return unmet


def _with_holder(candidate: SentenceCandidate, slots: Slots) -> SentenceCandidate | None:
    """Return a candidate with the person right behind the office asked for: of 校长为甲,书记为乙 the second."""
    for title in slots.titles:
        match = re.search(rf"(?<!副){re.escape(title)}[是为:由]?(?P<name>[一-鿿·]{{2,12}})", candidate.folded)
        words = tagged(match["name"]) if match else ()
        if match and words and words[0][1] == "PER":
            return _with_piece(candidate, match.start("name"), match.start("name") + len(words[0][0]))
    return None


def _with_piece(candidate: SentenceCandidate, start: int, end: int) -> SentenceCandidate:
    """Return a candidate with another piece, at these places of its folded sentence."""
    passage, sentence = candidate.hit.stored.passage, candidate.sentence
    offsets = offsets_without(sentence.end - sentence.start, spans_within(passage.removed, sentence))
    return replace(candidate, span=Span(sentence.start + offsets[start], sentence.start + offsets[end - 1] + 1))


def _with_object(candidate: SentenceCandidate, together: Sequence[str]) -> SentenceCandidate:
    """Return a candidate whose piece is none of the kind asked for with what follows the verb and its object in one."""
    word = next((word for word in together if word in candidate.folded), "")
    behind = candidate.folded.partition(word)[2] if word and candidate.features.unfit else ""
    match = _OBJECT.match(behind)
    if match is None:
        return candidate
    start = len(candidate.folded) - len(behind)
    return _with_piece(candidate, start + match.start("name"), start + match.end("name"))


def lead_and_end(article: Article) -> str:
    """Return the first and the last characters of an article, where it names what all of it is about."""
    return article.text[:_LEAD] + "\n" + article.text[-_LEAD // 2 :]


def _date(candidate: SentenceCandidate) -> str:
    return candidate.hit.stored.article.date


def _evidence(candidate: SentenceCandidate) -> Evidence:
    return Evidence(candidate.hit.rank, candidate.sentence, candidate.span or candidate.sentence)


def _answer_text(candidate: SentenceCandidate) -> str:
    span = candidate.span or candidate.sentence
    return candidate.hit.stored.passage.text[span.start : span.end]


def _readable_answer(candidate: SentenceCandidate) -> str:
    """Return the text of an answer without the damage in it: 62公里 where the article has 62 公 里."""
    span = candidate.span or candidate.sentence
    return without_spans(_answer_text(candidate), spans_within(candidate.hit.stored.passage.removed, span))


_YEAR = re.compile(r"(?:19|20)\d\d(?=年)")


def _year(candidate: SentenceCandidate) -> str:
    """Return the last year named in the passage up to the end of the sentence, "" if none is."""
    years = _YEAR.findall(fold(candidate.hit.stored.passage.text[: candidate.sentence.end]))
    return years[-1] if years else ""


def _others(
    question: Question, best: SentenceCandidate, ordered: Sequence[SentenceCandidate], weights: _Weights
) -> list[SentenceCandidate]:
    """Return the best sentence of each other article, if it is almost as likely and of the kind asked for.

    The newest article comes first.
    """
    if question.wants in (ANY, NAME, REASON):
        return []  # names and reasons differ in wording where they mean the same
    years = set(_YEAR.findall(question.folded))
    by_article: dict[str, SentenceCandidate] = {}
    for candidate in ordered:
        if years and _year(candidate) and _year(candidate) not in years:
            continue  # the question names another year
        article = candidate.hit.stored.article.id
        # 公共预算收入 is not GDP, and another town's figure is not this one's.
        same_subject = all(
            getattr(candidate.features, name) >= _SUBJECT_SHARE * getattr(best.features, name)
            for name in _SUBJECT_FEATURES
        )
        near = same_subject and _likelihood(candidate, weights) >= _likelihood(best, weights) - _LIKELIHOOD_GAP
        if near and candidate.fits and not candidate.figure_lost and article != best.hit.stored.article.id:
            by_article.setdefault(article, candidate)
    return sorted(by_article.values(), key=lambda c: c.hit.stored.article.date, reverse=True)


def _confidence(features: ConfidenceFeatures, weights: _Weights) -> float:
    """Return 0..1: how often a sentence with features like these holds the answer."""
    return round(1 / (1 + math.exp(-weights.intercept - _weighted(features, weights.confidence))), 3)
