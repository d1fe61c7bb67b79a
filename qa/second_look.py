"""Look again before silence: with the joint reader, then for sentences that are near the question in meaning alone.

Knows when a second look is worth its time, and how sure an answer may be that only a second look found. The joint
reader takes ten times the time of the small one, so it reads only where that one is silent. It was trained on questions
that share words with their passage; where hardly a word is shared, the encoder's vectors of single sentences tell more.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.embedding.models import Embedder
from index.records import Span
from index.store.corpus import Corpus
from index.store.filters import Filters
from index.text.folding import fold
from qa.answer import LOW_CONFIDENCE, NO_MATCH, NOT_STATED, Answer, Evidence, find_answer, lead_and_end
from qa.dates import relative_dates
from qa.english import is_english, place_names, times
from qa.evidence import OpenedHit, ReadableSentence, open_hit
from qa.question import ANY, DATE, NUMBER, REASON, Question
from qa.reader import PassageReader
from qa.search import Hit, nearest_in_meaning
from qa.slot_check import missing
from qa.slot_context import Context
from qa.slots import INDICATOR, slots_of
from qa.spans import fitting_pieces

# Measured in docs/experiments.md: the confidence from which the joint reader answers where the small one is silent, and
# the highest that such an answer gets.
_ENOUGH, _AT_MOST = 0.55, 0.65
# An answer by meaning alone: the question shares at most this much with the likeliest sentence, …
_SHARED = 0.5
_PASSAGES = 6  # … it stands in one of these passages, the nearest in meaning, …
_FEWEST = 8  # … which have at least so many sentences, …
_STANDS_OUT = 1.6  # … lies so many standard deviations nearer than their mean …
_NEAR = 0.88  # … and has at least this cosine. Across languages all cosines are lower.
_SURE = 0.35  # confidence: below that of any sentence that shares words


def read_again(store: Corpus, question: Question, hits: Sequence[Hit], answer: Answer, reader: PassageReader) -> Answer:
    """Return the joint reader's answer from the same hits, if it is surer than of a guess; else the small reader's."""
    if answer.reason not in (NO_MATCH, LOW_CONFIDENCE) or not hits:
        return answer
    again = find_answer(store, question, hits, reader)
    if again.abstained or again.confidence < _ENOUGH:
        return answer
    return replace(again, confidence=min(again.confidence, _AT_MOST))


def answer_by_meaning(
    store: Corpus, encoder: Embedder, question: Question, answer: Answer, hits: tuple[Hit, ...], filters: Filters
) -> tuple[Answer, tuple[Hit, ...]]:
    """Return an answer found by meaning alone, and the hits with its passage first; else the answer and the hits.

    Only a question that shares hardly a word with any sentence is answered so. The piece must be of the kind and unit
    asked for, of the times and names that the question names, and stand out from what is near it.
    """
    same = (answer, hits)
    if answer.reason not in (NO_MATCH, LOW_CONFIDENCE, NOT_STATED) or answer.shared > _SHARED:
        return same
    if question.wants not in (NUMBER, DATE) and not is_english(question.text):
        return same  # a figure or a date shows by its form that it may be what is asked for
    near = nearest_in_meaning(store, encoder, question, _PASSAGES, filters)
    opened = [open_hit(store, hit) for hit in near]
    read = [_Read(each, sentence) for each in opened for sentence in each.sentences]
    if len(read) < _FEWEST:
        return same
    closeness, least = _closeness(encoder, question, read)
    for number in np.argsort(-closeness, kind="stable").tolist():
        if closeness[number] <= least:
            break
        each = read[number]
        pieces = fitting_pieces(question, each.sentence.folded)
        # Of two figures of one unit nothing says which is meant: then the sentence is the answer.
        piece = pieces[0] if len(pieces) == 1 else Span(0, len(each.sentence.folded))
        if (pieces or question.wants in (ANY, REASON)) and _meets(question, each, piece):
            return _answer_from(each, piece, hits)
    return same


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence that is near in meaning."""

    opened: OpenedHit
    sentence: ReadableSentence

    def context(self, piece: Span) -> Context:
        """What the sentence leans on."""
        article = self.opened.hit.stored.article
        place = self.opened.sentences.index(self.sentence)
        before = (*self.opened.before, *(each.folded for each in self.opened.sentences[:place]))
        folded = self.sentence.folded
        ends = fold(lead_and_end(article))
        return Context(folded[piece.start : piece.end], folded, before, self.opened.heading, article.date, ends=ends)


def _closeness(encoder: Embedder, question: Question, read: Sequence[_Read]) -> tuple[NDArray[np.float32], float]:
    """Return how near in meaning each sentence is to the question, and how near it must be to answer it."""
    (asked,) = encoder.encode([question.folded], query=True)
    closeness = encoder.encode([each.sentence.folded for each in read]) @ asked
    least = _NEAR
    if is_english(question.text):
        titled = encoder.encode([f"{each.opened.heading}\n{each.sentence.folded}" for each in read]) @ asked
        closeness += titled + np.array([each.opened.hit.cosine for each in read], np.float32)
        least = -np.inf
    return closeness, max(least, float(closeness.mean() + _STANDS_OUT * closeness.std()))


def _meets(question: Question, each: _Read, piece: Span) -> bool:
    """Whether a sentence is of the times, names and units that the question names; its nouns may be others."""
    context = each.context(piece)
    if not is_english(question.text):
        return all(unmet.slot == INDICATOR for unmet in missing(slots_of(question), context))
    known = f"{context.whole}\n{_spelled(context.date)}"
    known += " ".join(meaning for _, meaning in relative_dates(context.sentence, context.date))
    if not all(re.search(rf"(?<!\d){time}", known) for time in times(question.text)):
        return False
    names = place_names(question.text)
    if not names:
        return True
    from pypinyin import lazy_pinyin  # loads its dictionary

    sounds = lazy_pinyin(re.sub(r"[^一-鿿]+", "", f"{context.whole}{context.ends}"))
    return all(_sounds(name, sounds) for name in names)


def _sounds(name: str, syllables: Sequence[str]) -> bool:
    """Whether whole syllables in a row make a name: wan hui holds no anhui."""
    for start, syllable in enumerate(syllables):
        if name.startswith(syllable):
            spelled = itertools.accumulate(syllables[start : start + len(name)])
            if name in itertools.takewhile(lambda sound: len(sound) <= len(name), spelled):
                return True
    return False


def _spelled(date: str) -> str:
    """2022-05-08 as articles write it: 2022年5月8日."""
    numbers = [str(int(part)) for part in date.split("-")] if date else []
    return "".join(number + unit for number, unit in zip(numbers, "年月日", strict=False))


def _answer_from(each: _Read, piece: Span, hits: Sequence[Hit]) -> tuple[Answer, tuple[Hit, ...]]:
    own = each.opened.hit
    others = [hit for hit in hits if hit.stored.passage.id != own.stored.passage.id]
    ordered = tuple(replace(hit, rank=rank) for rank, hit in enumerate((own, *others), 1))
    sentence, span = each.sentence.span, each.sentence.place(piece)
    passage = own.stored.passage.text
    answer = Answer(
        passage[span.start : span.end],
        passage[sentence.start : sentence.end],
        _SURE,
        reason="",
        evidence=Evidence(1, sentence, span),
        relative=tuple(relative_dates(each.sentence.folded, own.stored.article.date)),
        by_meaning=True,
    )
    return answer, ordered
