"""Measure, for each sentence of the first hits, what speaks for it as the place of the answer.

Knows sentences, the words that a question and a sentence share, and the reader's scores. Does not choose an answer
and does not compute confidence: qa.answer does both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from index.records import Passage, Span, offsets_without, spans_within, without_spans
from index.store.corpus import Corpus
from index.text.chunking import sentences
from index.text.folding import fold
from qa.dates import relative_dates
from qa.question import DATE, NAME, NUMBER, ORGANISATION, PERSON, PLACE, Question
from qa.reader import PassageReader
from qa.search import Hit
from qa.spans import find_piece, is_of_kind, whole_piece
from qa.term_weights import NUMBERS, QuestionWeights, weigh_question

_HITS = 5  # hits whose sentences are weighed
_LABEL = 2  # characters
# If the sentences before a sentence add more than this share of the question's weight, the reader gets the one before
# too.
_CONTEXT_GAIN = 0.3
# The share of its words that a sentence one, two, … places before lends to a sentence that does not name its subject.
_FADES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.5)
_LOST_FIGURES = 3  # lost figures in an article from which on a passage without figures counts as damaged
_MOST_SCORE = 20.0  # reader scores are clipped to ± this
_FIGURE = re.compile(r"[0-9一二三四五六七八九十两]")  # 百亿元 alone is the rest of a figure that was lost
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")


class SentenceFeatures(NamedTuple):
    """What is measured of a candidate sentence. Shares are 0..1, flags 0.0 or 1.0.

    "Around" a sentence means the sentence, the sentences before it and the title. The weight of each feature stands
    under its name in assets/answer.json, made by training/answer_weights.py.
    """

    own: float  # share of the question's weight that the sentence holds
    around: float  # share of the question's weight that stands around it
    absent: float  # flag: the first name in the question stands nowhere in the corpus
    focus: float  # share of the words asked about that the sentence itself holds
    subject: float  # share of the question's first words, mostly a name, that stands around it
    other_number: float  # share of the question's numbers that does not stand around it; 1 if it names only other years
    no_figure: float  # flag: the question wants a number, and the sentence has none of its unit
    no_date: float  # flag: the question wants a date, and the sentence has none
    no_name: float  # flag: the question wants a name, and the sentence has none
    closeness: float  # 0..1: how near the piece of the kind wanted stands to the question's words
    hit: float  # score of the hit as a share of the best hit's
    length: float  # characters / 100, at most 1.6
    opening: float  # flag: no sentence of the article stands before it
    unread: float = 1.0  # flag: the reader did not get the sentence
    reading: float = 0.0  # the reader's score of its best piece / 10, from -2 to 2; above 0 the reader sees an answer
    unfit: float = 0.0  # flag: the question wants a figure, date or name, and the reader's piece is none


FEATURES = SentenceFeatures._fields


@dataclass(frozen=True, slots=True)
class SentenceCandidate:
    """A sentence weighed as the place of the answer."""

    features: SentenceFeatures
    hit: Hit
    sentence: Span  # in the passage text
    span: Span | None  # the answer, in the passage text; None if no piece is better than the whole sentence
    fits: bool  # the sentence has a piece of the kind and unit asked for
    figure_lost: bool  # the sentence has no figure, and its article has lost figures
    folded: str  # the sentence
    before: tuple[str, ...]  # the sentences before it, folded


def weigh_sentences(
    store: Corpus, question: Question, hits: Sequence[Hit], reader: PassageReader
) -> list[SentenceCandidate]:
    """Return the sentences of the first hits with their features, in order of rank and place; none twice."""
    if not hits:
        return []
    weights = weigh_question(question, store.frequency, len(store))
    opened = [open_hit(store, hit) for hit in hits[:_HITS]]
    candidates: list[SentenceCandidate] = []
    seen: set[tuple[str, int]] = set()
    for each in opened:
        for candidate in _candidates(question, weights, each, hits[0].score):
            place = (each.hit.stored.article.id, each.hit.stored.passage.start + candidate.sentence.start)
            if place not in seen:
                seen.add(place)
                candidates.append(candidate)
    return _with_readings(reader, question, opened, candidates)


def _with_readings(
    reader: PassageReader, question: Question, opened: Sequence[OpenedHit], candidates: Sequence[SentenceCandidate]
) -> list[SentenceCandidate]:
    """Add the reader's scores to the most promising candidates.

    The reader gets them passage by passage. It also gets the sentence before one that takes words of the question
    from it.
    """
    places = {
        (each.hit.rank, sentence.span.start): (each, i) for each in opened for i, sentence in enumerate(each.sentences)
    }
    chosen: dict[int, set[int]] = {}  # rank of the hit → sentences
    room = reader.characters
    for candidate in sorted(candidates, key=_promise, reverse=True):
        each, i = places[candidate.hit.rank, candidate.sentence.start]
        of_hit = chosen.setdefault(candidate.hit.rank, set())
        needs_context = i and candidate.features.around - candidate.features.own > _CONTEXT_GAIN
        added = ({i - 1, i} if needs_context else {i}) - of_hit
        size = sum(len(each.sentences[number].folded) for number in added)
        if size <= room:
            of_hit |= added
            room -= size
    inputs = [(each, sorted(chosen[each.hit.rank])) for each in opened if chosen.get(each.hit.rank)]
    readings = reader.read(
        question, [(each.heading, [each.sentences[i].folded for i in numbers]) for each, numbers in inputs]
    )
    read = {
        (each.hit.rank, each.sentences[i].span.start): (each.sentences[i], reading)
        for (each, numbers), of_passage in zip(inputs, readings, strict=True)
        for i, reading in zip(numbers, of_passage, strict=True)
    }
    weighed = []
    for candidate in candidates:
        known = read.get((candidate.hit.rank, candidate.sentence.start))
        if known is None:
            weighed.append(candidate)
            continue
        sentence, reading = known
        score = max(-_MOST_SCORE, min(reading.score, _MOST_SCORE))
        piece = whole_piece(question, sentence.folded, Span(reading.start, reading.end))
        fits = is_of_kind(question, sentence.folded, piece)
        # 总投资 is no number of cars: a piece of the kind wanted is preferred to a reader's piece of another kind.
        span = sentence.place(piece) if fits or not candidate.fits else candidate.span
        features = candidate.features._replace(unread=0.0, reading=score / 10, unfit=float(not fits))
        weighed.append(replace(candidate, features=features, span=span))
    return weighed


def _promise(candidate: SentenceCandidate) -> float:
    """Score how worth reading a sentence is."""
    features = candidate.features
    return features.own + features.around + features.hit + (features.focus + candidate.fits) / 2


@dataclass(frozen=True, slots=True)
class OpenedHit:
    """A hit with its sentences and the text before them in the article, folded."""

    hit: Hit
    heading: str  # the title alone
    title: str  # the title and the date: an article of 2022 answers a question that names 2022年
    before: tuple[str, ...]  # the last sentences before the passage
    sentences: tuple[ReadableSentence, ...]

    @property
    def texts(self) -> list[str]:
        """The title, the sentences before, the sentences."""
        return [self.title, *self.before, *(sentence.folded for sentence in self.sentences)]


def open_hit(store: Corpus, hit: Hit) -> OpenedHit:
    """Return a hit's passage in sentences, with what stands before it in its article."""
    stored, previous = hit.stored, store.before(hit.stored)
    # The subject may stand in the previous passage alone.
    before = (
        [s.folded for s in _sentences(previous) if previous.start + s.span.end <= stored.passage.start]
        if previous
        else []
    )
    heading = fold(stored.article.title)
    title = f"{heading} {stored.article.date.replace('-', ' ')}"
    return OpenedHit(hit, heading, title, tuple(before[-len(_FADES) :]), tuple(_sentences(stored.passage)))


def _candidates(
    question: Question, weights: QuestionWeights, opened: OpenedHit, best_score: float
) -> list[SentenceCandidate]:
    """Return the sentences of one hit, with every feature but the reader's."""
    hit = opened.hit
    # An article of 2023 with 去年 answers a question that names 2022年.
    dated = [_dated(text, hit.stored.article.date) for text in opened.texts]
    title_exact, *exact = [weights.exact(text) for text in dated]
    # Where an article has lost figures and the passage has none left, even 突破亿元 may be the rest of one.
    damaged = hit.stored.digits_lost >= _LOST_FIGURES and not any(
        NUMBERS.search(sentence.folded) for sentence in opened.sentences
    )
    candidates = []
    years = set(_YEARS.findall(question.content))
    for i, sentence in enumerate(opened.sentences):
        folded, place = sentence.folded, i + len(opened.before)
        named_years = set(_YEARS.findall(dated[1 + place])) if years else set()
        if i and _is_heading(folded) and not _is_labelled(folded, question.folded):
            continue
        piece = find_piece(question, folded)
        near = _around(exact, place, title_exact)
        other_number = 1.0 - weights.share(near, weights.numbers) if weights.numbers else 0.0
        features = SentenceFeatures(
            own=weights.share(exact[place]),
            around=weights.share(near),
            absent=float(weights.absent),
            focus=weights.focused(folded),
            subject=weights.share(near, range(*weights.subject)),
            other_number=1.0 if named_years and not named_years & years else other_number,
            no_figure=float(question.wants == NUMBER and (piece is None or not piece.fits)),
            no_date=float(piece is None and question.wants == DATE),
            no_name=float(piece is None and question.wants in (PERSON, ORGANISATION, PLACE, NAME)),
            closeness=piece.closeness if piece else 0.0,
            hit=max(0.0, hit.score / best_score) if best_score > 0 else 0.0,
            length=min(len(folded), 160) / 100,
            opening=float(place == 0),
        )
        figure = piece is not None and piece.fits and _FIGURE.search(folded, piece.span.start, piece.span.end)
        candidates.append(
            SentenceCandidate(
                features,
                hit,
                sentence=sentence.span,
                span=sentence.place(piece.span) if piece else None,
                fits=piece is not None and piece.fits,
                figure_lost=damaged and not figure,
                folded=folded,
                before=tuple(opened.texts[1 : 1 + place]),
            )
        )
    return candidates


def _dated(folded: str, date: str) -> str:
    """Append the meaning of each relative time to a text."""
    return " ".join([folded, *(meaning for _, meaning in relative_dates(folded, date))])


def _is_heading(folded: str) -> bool:
    """Whether a line is a heading: short, without figures, without a mark at its end."""
    return len(folded) < 25 and folded[-1:] not in "。!?;…”」.," and not NUMBERS.search(folded)


def _is_labelled(folded: str, asked: str) -> bool:
    """Return True if a line is a label that the question names, and its value: 灌区管理处处长:贺春山."""
    label, _, value = folded.partition(":")
    return len(label.strip()) >= _LABEL and bool(value.strip()) and set("".join(label.split())) <= set(asked)


def _around(exact: Sequence[list[float]], place: int, title: list[float]) -> list[float]:
    """For each position of the question, how well it is held around a sentence: the farther away, the less it counts.

    `exact` and `title` are the same for each sentence alone and for the title, see QuestionWeights.exact.
    """
    near = [
        exact[place],
        *([fade * value for value in exact[place - back]] for back, fade in enumerate(_FADES, 1) if place >= back),
    ]
    return [max(values) for values in zip(*near, [_FADES[0] * value for value in title], strict=True)]


@dataclass(frozen=True, slots=True)
class ReadableSentence:
    """A sentence of a passage, its damage (offsets in it), and its folded form without the damage."""

    span: Span
    removed: tuple[Span, ...]
    folded: str

    def place(self, piece: Span) -> Span:
        """Return where a piece of the folded form stands in the passage."""
        offsets = offsets_without(self.span.end - self.span.start, self.removed)
        return Span(self.span.start + offsets[piece.start], self.span.start + offsets[piece.end - 1] + 1)


def _sentences(passage: Passage) -> list[ReadableSentence]:
    result = []
    for span in sentences(passage.text, passage.removed):
        removed = spans_within(passage.removed, span)
        if folded := fold(without_spans(passage.text[span.start : span.end], removed)):
            result.append(ReadableSentence(span, removed, folded))
    return result
