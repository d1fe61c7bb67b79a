"""The sentences of the first hits, each with what speaks for it as the place of the answer.

Knows sentences, the words a question and a sentence share, and what the reader says. Does not choose and does not know how
sure to be: that is qa.answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.chunking import sentences
from index.corpus import Corpus
from index.folding import fold
from index.records import Passage, Span, offsets_without, within, without
from qa.dates import relative_dates
from qa.question import DATE, NAME, NUMBER, ORGANISATION, PERSON, PLACE, Question
from qa.reader import PassageReader
from qa.search import Hit
from qa.spans import find_piece, is_of_kind, whole_piece
from qa.wanted import NUMBERS, Wanted, wanted

_WEIGHED = 5  # hits whose sentences are weighed
_LENT = 0.3  # of the question's weight that the sentences before a sentence add to its own
_READ = 500  # characters that the reader is shown
_FIGURE = re.compile(r"[0-9一二三四五六七八九十两]")  # 百亿元 alone is what is left of a figure, not one
_FADES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.5)  # what a sentence one, two … before lends to one that does not name its subject
_BACK = len(_FADES)
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence weighed as the place of the answer."""

    features: tuple[float, ...]  # see FEATURES
    hit: Hit
    sentence: Span  # in the passage text
    span: Span | None  # in the passage text
    fits: bool  # a piece of the kind and unit asked for stands in it
    holed: bool  # it holds no figure, and those of its article have been lost


# What is known of a candidate; how it is weighed stands in assets/answer.json, made by training/answer_weights.py.
FEATURES = (
    "own",  # share of the question's weight that the sentence holds
    "around",  # the same, with the sentences before it and the title helping
    "absent",  # what the question names first stands nowhere in the corpus
    "focus",  # share of what is asked about that stands in the sentence itself
    "subject",  # how well the question's first words, mostly a name, are held around it
    "other_number",  # share of the question's numbers that do not stand around it; 1 where the sentence tells of other years
    "no_figure",  # a number is wanted, and none of its unit stands in it
    "no_date",  # a date is wanted, and none stands in it
    "no_name",  # a name is wanted, and none stands in it
    "closeness",  # of the piece of the wanted kind to the question's words
    "hit",  # score of the hit as a share of the best
    "length",  # characters / 100
    "opening",  # it opens its passage
    "unread",  # the reader was not shown it
    "reading",  # the reader's score of its best piece / 10; 0 is the reader's own border between an answer and none
    "unfit",  # a figure, date or name is wanted, and what the reader marks is none
)


_OWN, _AROUND, _FOCUS, _HIT = (FEATURES.index(name) for name in ("own", "around", "focus", "hit"))


def weigh(store: Corpus, question: Question, hits: Sequence[Hit], reader: PassageReader) -> list[Candidate]:
    """The sentences of the first hits with their features, by rank and place; none twice."""
    if not hits:
        return []
    sought = wanted(question, store.frequency, len(store))
    opened = [_open(hit, store.before(hit.found)) for hit in hits[:_WEIGHED]]
    candidates: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for each in opened:
        for candidate in _candidates(question, sought, each, hits[0].score):
            place = (each.hit.found.article.id, each.hit.found.passage.start + candidate.sentence.start)
            if place not in seen:
                seen.add(place)
                candidates.append(candidate)
    return _read_by(reader, question, opened, candidates)


def _read_by(reader: PassageReader, question: Question, opened: Sequence[_Opened], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with what the reader says of the most promising ones.

    It is shown them passage by passage, each with the sentence before it where that lends it words of the question.
    """
    places = {(each.hit.rank, sentence.span.start): (each, i) for each in opened for i, sentence in enumerate(each.sentences)}
    chosen: dict[int, set[int]] = {}  # rank of the hit → sentences
    room = _READ
    for candidate in sorted(candidates, key=_promise, reverse=True):
        each, i = places[candidate.hit.rank, candidate.sentence.start]
        kept = chosen.setdefault(candidate.hit.rank, set())
        leans = i and candidate.features[_AROUND] - candidate.features[_OWN] > _LENT
        added = ({i - 1, i} if leans else {i}) - kept
        size = sum(len(each.sentences[at].folded) for at in added)
        if size <= room:
            kept |= added
            room -= size
    shown = [(each, sorted(chosen[each.hit.rank])) for each in opened if chosen.get(each.hit.rank)]
    found = reader.read(question, [(each.heading, [each.sentences[i].folded for i in kept]) for each, kept in shown])
    read = {
        (each.hit.rank, each.sentences[i].span.start): (each.sentences[i], reading)
        for (each, kept), part in zip(shown, found, strict=True)
        for i, reading in zip(kept, part, strict=True)
    }
    weighed = []
    for candidate in candidates:
        known = read.get((candidate.hit.rank, candidate.sentence.start))
        if known is None:
            weighed.append(replace(candidate, features=(*candidate.features, 1.0, 0.0, 0.0)))
            continue
        sentence, reading = known
        score = max(-20.0, min(reading.score, 20.0))
        piece = whole_piece(question, sentence.folded, Span(reading.start, reading.end))
        fits = is_of_kind(question, sentence.folded, piece)
        # 总投资 is no number of cars: where the reader's piece is not of the kind, and another is, that one is taken.
        span = sentence.place(piece) if fits or not candidate.fits else candidate.span
        weighed.append(replace(candidate, features=(*candidate.features, 0.0, score / 10, float(not fits)), span=span))
    return weighed


def _promise(candidate: Candidate) -> float:
    """How worth reading a sentence is."""
    own, around, focus, hit = (candidate.features[i] for i in (_OWN, _AROUND, _FOCUS, _HIT))
    return own + around + hit + (focus + candidate.fits) / 2


@dataclass(frozen=True, slots=True)
class _Opened:
    """A hit with its sentences, and what stands before them in the article, folded."""

    hit: Hit
    heading: str  # the title alone
    title: str  # with the date: 2022年 in a question is held by an article of that year
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
    heading = fold(found.article.title)
    return _Opened(hit, heading, f"{heading} {found.article.date.replace('-', ' ')}", tuple(ahead), tuple(_read(found.passage)))


def _candidates(question: Question, sought: Wanted, opened: _Opened, best_score: float) -> list[Candidate]:
    """The sentences of one hit."""
    hit = opened.hit
    # 2022年 in a question is held by 去年 in an article of 2023.
    dated = [_dated(text, hit.found.article.date) for text in opened.texts]
    title_exact, *exact = [sought.exact(text) for text in dated]
    ahead = len(opened.ahead)
    # An article that has lost its figures, in a passage without any: then even 突破亿元 may be what is left of one.
    damaged = hit.found.digits_lost >= 3 and not any(NUMBERS.search(sentence.folded) for sentence in opened.sentences)
    candidates = []
    years = set(_YEARS.findall(question.content))
    for i, sentence in enumerate(opened.sentences):
        folded, place = sentence.folded, i + ahead
        told = set(_YEARS.findall(dated[1 + place])) if years else set()
        if i and _is_heading(folded):
            continue
        piece = find_piece(question, folded)
        near = _around(exact, place, title_exact)
        features = (
            sought.share(exact[place]),
            sought.share(near),
            float(sought.absent),
            sought.focused(folded),
            sought.share(near, range(*sought.subject)),
            1.0 if told and not told & years else 1.0 - sought.share(near, sought.numbers) if sought.numbers else 0.0,
            float(question.wants == NUMBER and (piece is None or not piece.fits)),
            float(piece is None and question.wants == DATE),
            float(piece is None and question.wants in (PERSON, ORGANISATION, PLACE, NAME)),
            piece.closeness if piece else 0.0,
            max(0.0, hit.score / best_score) if best_score > 0 else 0.0,
            min(len(folded), 160) / 100,
            float(place == 0),
        )
        figure = piece is not None and piece.fits and _FIGURE.search(folded, piece.span.start, piece.span.end)
        holed = damaged and not figure
        candidates.append(
            Candidate(features, hit, sentence.span, sentence.place(piece.span) if piece else None, piece is not None and piece.fits, holed)
        )
    return candidates


def _dated(folded: str, written: str) -> str:
    """A text with what its relative times mean."""
    return " ".join([folded, *(meaning for _, meaning in relative_dates(folded, written))])


def _is_heading(folded: str) -> bool:
    """A short line without figures or a full stop stands over text rather than saying something."""
    return len(folded) < 25 and folded[-1:] not in "。!?;…”」.," and not NUMBERS.search(folded)


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
        if folded := fold(without(passage.text[span.start : span.end], removed)):
            read.append(_Sentence(span, removed, folded))
    return read
