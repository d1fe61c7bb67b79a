"""Hits become an answer: the sentence that says it, the piece that was asked for, or a stated reason for silence.

Knows sentences, kinds of answers and how sure to be. Does not know how hits were found. Every piece it names is a place
in the original, never a new text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from index.chunking import sentences
from index.embedding import Word, bundled_model
from index.folding import fold
from index.records import Passage, Span, offsets_without, within, without
from index.store import Store
from index.terms import terms
from qa.question import DATE, NAME, NUMBER, ORGANISATION, PERSON, PLACE, Question
from qa.search import Hit
from qa.spans import find_piece

NO_MATCH, LOW_CONFIDENCE, DIGITS_MISSING = "no_match", "low_confidence", "digits_missing"
_READ = 5  # hits whose sentences are weighed
_FIGURE = re.compile(r"[0-9一二三四五六七八九十两]")  # 百亿元 alone is what is left of a figure, not one
_LONE, _LIKE = 0.3, 0.7  # how much a lone character, or a word of like meaning, counts beside the word itself
_FADES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.5)  # what a sentence one, two … before lends to one that does not name its subject
_BACK = len(_FADES)
_SUBJECT = 4  # characters at the beginning of a question that mostly hold a name
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_NUMERAL = 8.0  # what a number tells: as much as the 2,000th commonest word


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
    holed: bool  # it holds no figure, and those of its article have been lost

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
    "subject",  # how well the question's first words, mostly a name, are held around it
    "other_number",  # share of the question's numbers that do not stand around it: another year, another line
    "no_figure",  # a number is wanted, and none of its unit stands in it
    "no_date",  # a date is wanted, and none stands in it
    "no_name",  # a name is wanted, and none stands in it
    "closeness",  # of the piece of the wanted kind to the question's words
    "cosine",
    "hit",  # score of the hit as a share of the best
    "length",  # characters / 100
    "opening",  # it opens its passage
)
CONFIDENCE = tuple(name for name in FEATURES if name not in ("hit", "length", "opening"))  # what says little without rivals
WEIGHTS = Path(__file__).parent / "assets" / "answer.json"


@cache
def _learned() -> tuple[tuple[float, ...], tuple[float, ...], float, float]:
    """(weights of FEATURES, weights of CONFIDENCE, its intercept, the confidence below which the tool is silent)."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sure = stored["confidence"]
    return tuple(stored["sentence"][name] for name in FEATURES), tuple(sure[name] for name in CONFIDENCE), sure["intercept"], stored["silent_below"]


def confidence_features(candidate: Candidate) -> tuple[float, ...]:
    """The features that CONFIDENCE names."""
    return tuple(candidate.features[FEATURES.index(name)] for name in CONFIDENCE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a question's content tells, character by character."""

    content: str
    words: tuple[Word, ...]
    focus: str  # the last word of what is asked about: 产值 in 拓源产值是多少
    subject: tuple[int, int]  # where the first words stand
    numbers: tuple[int, ...]  # positions of digits
    weights: tuple[float, ...]  # by position

    def exact(self, folded: str) -> list[float]:
        """For each position how well a folded text holds it: whole pairs count fully, lone characters little."""
        found = []
        figures = set(_NUMBERS.findall(folded)) if self.numbers else ()
        for i, character in enumerate(self.content):
            if not self.weights[i] or character.isdecimal():
                found.append(0.0)  # a number is set below, whole or not at all
            elif (i and self.weights[i - 1] and self.content[i - 1 : i + 1] in folded) or (
                i + 1 < len(self.content) and self.weights[i + 1] and self.content[i : i + 2] in folded
            ):
                found.append(1.0)
            else:
                found.append(_LONE if character in folded else 0.0)
        for number in _NUMBERS.finditer(self.content) if figures else ():
            if number.group() in figures or number.group().lstrip("0") in figures:
                found[number.start() : number.end()] = [1.0] * (number.end() - number.start())
        return found

    def meant(self, exact: Sequence[list[float]], texts: Sequence[Sequence[Word]]) -> list[list[float]]:
        """The same for several texts, where a word that is missing counts as held as far as another of the text means much the same."""
        found = [list(matched) for matched in exact]
        sizes = [len(words) for words in texts]
        if not self.words or not sum(sizes):
            return found
        likeness = bundled_model().likeness(self.words, [word for words in texts for word in words])
        held = _LIKE * np.clip((likeness - 0.25) / 0.5, 0.0, 1.0)
        ends = np.cumsum([0, *sizes])
        for matched, start, end in zip(found, ends, ends[1:], strict=False):
            if start == end:
                continue
            for word, value in zip(self.words, held[:, start:end].max(axis=1).tolist(), strict=True):
                if self.content[word.start : word.end].isdecimal():
                    continue  # 2019 is like 2022, and another year
                for position in range(word.start, word.end):
                    matched[position] = max(matched[position], value if self.weights[position] else 0.0)
        return found

    def focused(self, folded: str) -> float:
        """0..1: how much of what is asked about stands in a folded text."""
        pairs = [self.focus[i : i + 2] for i in range(len(self.focus) - 1)] or [self.focus]
        return sum(pair in folded for pair in pairs) / len(pairs) if self.focus else 0.0

    def share(self, matched: Sequence[float], positions: Iterable[int] | None = None) -> float:
        """0..1: the weight of what is matched, of all or of some positions."""
        places = range(len(self.content)) if positions is None else list(positions)
        total = sum(self.weights[i] for i in places)
        return sum(self.weights[i] * matched[i] for i in places) / total if total else 0.0


def find_answer(store: Store, question: Question, hits: Sequence[Hit]) -> Answer:
    """The best supported sentence of the first hits, or silence with a reason."""
    candidates = weigh(store, question, hits)
    if not candidates:
        return Answer("", "", 0.0, NO_MATCH, None)
    best = min(candidates, key=lambda c: (-c.score, c.hit.rank, c.sentence.start))
    confidence = _confidence(best)
    if confidence < _learned()[3]:
        return Answer("", "", confidence, NO_MATCH if best.features[FEATURES.index("around")] < 0.2 else LOW_CONFIDENCE, None)
    if question.wants == NUMBER and best.holed:
        return Answer("", "", confidence, DIGITS_MISSING, None)
    passage = best.hit.found.passage
    span = best.span or best.sentence
    return Answer(
        passage.text[span.start : span.end],
        passage.text[best.sentence.start : best.sentence.end],
        confidence,
        reason="",
        evidence=Evidence(best.hit.rank, best.sentence, span),
    )


def weigh(store: Store, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the first hits with their features, by rank and place; none twice."""
    if not hits:
        return []
    wanted = _wanted(question, store.terms.frequency, len(store.vectors))
    opened = [_open(hit, store.before(hit.found)) for hit in hits[:_READ]]
    words = bundled_model().words([question.content, *(text for each in opened for text in each.texts)])
    content_vector, *vectors = bundled_model().pooled(words)
    candidates: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    begun = 1
    for each in opened:
        held = slice(begun, begun + len(each.texts))
        begun = held.stop
        cosines = [float(vector @ content_vector) for vector in vectors[held.start - 1 : held.stop - 1]]
        for candidate in _candidates(question, wanted, each, words[held], cosines, hits[0].score):
            place = (each.hit.found.article.id, each.hit.found.passage.start + candidate.sentence.start)
            if place not in seen:
                seen.add(place)
                candidates.append(candidate)
    return candidates


@dataclass(frozen=True, slots=True)
class _Opened:
    """A hit with its sentences, and what stands before them in the article, folded."""

    hit: Hit
    title: str
    ahead: tuple[str, ...]  # the last sentences before the passage
    sentences: tuple[_Sentence, ...]

    @property
    def texts(self) -> list[str]:
        """Title, sentences ahead, sentences: all folded."""
        return [self.title, *self.ahead, *(sentence.folded for sentence in self.sentences)]


def _open(hit: Hit, before: Passage | None) -> _Opened:
    found = hit.found
    # The subject may stand in the passage before, which a passage does not repeat.
    ahead = [s.folded for s in _read(before) if before.start + s.span.end <= found.passage.start][-_BACK:] if before else []
    # 2022年 in a question is held by an article of that year.
    title = fold(f"{found.article.title} {found.article.date.replace('-', ' ')}")
    return _Opened(hit, title, tuple(ahead), tuple(_read(found.passage)))


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
        # A figure is short and common, and yet another year or number is another question.
        information = max(word.information, _NUMERAL) if text.isdecimal() else word.information
        for position in range(word.start, word.end):
            weights[position] = information * (0.15 + 0.85 * rarity)
    named = [word for word in words if word.end <= question.named]
    focus = question.content[named[-1].start : named[-1].end] if named else ""
    first = words[0].start if words else 0
    subject = (first, max((word.end for word in words if word.start < first + _SUBJECT), default=first))
    numbers = tuple(i for i, character in enumerate(question.content) if character.isdecimal())
    return _Wanted(question.content, tuple(words), focus, subject, numbers, tuple(weights))


def _candidates(
    question: Question, wanted: _Wanted, opened: _Opened, words: Sequence[Sequence[Word]], cosines: Sequence[float], best_score: float
) -> list[Candidate]:
    """The sentences of one hit; `words` and `cosines` are those of its texts."""
    hit = opened.hit
    title_exact, *exact = [wanted.exact(text) for text in opened.texts]
    title_meant, *meant = wanted.meant([title_exact, *exact], words)
    ahead = len(opened.ahead)
    # An article that has lost its figures, in a passage without any: then even 突破亿元 may be what is left of one.
    damaged = hit.found.digits_lost >= 3 and not any(_NUMBERS.search(sentence.folded) for sentence in opened.sentences)
    candidates = []
    for i, sentence in enumerate(opened.sentences):
        folded, place = sentence.folded, i + ahead
        if i and _is_heading(folded):
            continue
        piece = find_piece(question, folded)
        near = _around(exact, place, title_exact)
        features = (
            wanted.share(exact[place]),
            wanted.share(near),
            wanted.share(meant[place]),
            wanted.share(_around(meant, place, title_meant)),
            wanted.focused(folded),
            wanted.share(near, range(*wanted.subject)),
            1.0 - wanted.share(near, wanted.numbers) if wanted.numbers else 0.0,
            float(question.wants == NUMBER and (piece is None or not piece.fits)),
            float(piece is None and question.wants == DATE),
            float(piece is None and question.wants in (PERSON, ORGANISATION, PLACE, NAME)),
            piece.closeness if piece else 0.0,
            cosines[1 + place],
            hit.score / max(best_score, 1e-9),
            min(len(folded), 160) / 100,
            float(place == 0),
        )
        figure = piece is not None and piece.fits and _FIGURE.search(folded, piece.span.start, piece.span.end)
        holed = damaged and not figure
        candidates.append(Candidate(features, hit, sentence.span, sentence.place(piece.span) if piece else None, holed))
    return candidates


def _is_heading(folded: str) -> bool:
    """A short line without figures or a full stop stands over text rather than saying something."""
    return len(folded) < 25 and folded[-1:] not in "。!?;…”」.," and not _NUMBERS.search(folded)


def _around(matches: Sequence[list[float]], i: int, in_title: list[float]) -> list[float]:
    """What is matched at each position by a sentence, those before it or the title, the farther the less."""
    near = [matches[i], *([fade * value for value in matches[i - back]] for back, fade in enumerate(_FADES, 1) if i >= back)]
    return [max(values) for values in zip(*near, [_FADES[0] * value for value in in_title], strict=True)]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage, its damage (offsets in it), and its folded form without the damage."""

    span: Span
    removed: tuple[Span, ...]
    folded: str

    def place(self, piece: Span) -> Span:
        """Where in the passage a piece of the folded form stands."""
        offsets = offsets_without(self.span.end - self.span.start, self.removed)
        return Span(self.span.start + offsets[piece.start], self.span.start + offsets[piece.end - 1] + 1)


def _read(passage: Passage) -> list[_Sentence]:
    read = []
    for span in sentences(passage.text, passage.removed):
        removed = within(passage.removed, span)
        read.append(_Sentence(span, removed, fold(without(passage.text[span.start : span.end], removed))))
    return read


def _confidence(best: Candidate) -> float:
    """0..1: how often a sentence supported like this one holds the answer."""
    _, slopes, intercept, _ = _learned()
    total = intercept + sum(slope * value for slope, value in zip(slopes, confidence_features(best), strict=True))
    return round(1 / (1 + math.exp(-total)), 3)
