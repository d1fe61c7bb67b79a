"""Follow a correction: the value that a later notice puts in the place of the one an answer has.

Knows how Chinese corrects itself (应为, 更正为, 修订为, 核定为). Does not know how an answer was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.records import Span, offsets_without, spans_within, without_spans
from index.store.terms import pairs
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import Answer, Evidence
from qa.dates import relative_dates
from qa.figure.values import quantities
from qa.question import Question
from qa.search import Hit
from qa.spans import same_value

_CORRECTS = re.compile(r"(?:应当?为|应当?是|更正为|改正为|修订为|修正为|核定为|核实为|订正为|勘误为)")
_QUOTED = re.compile(r"[“\"]([^”\"]{1,40})[”\"]")
_CLOSE = 40  # characters behind a correction
_SHARED = 0.3  # of the question's pairs that a correction and its article's title hold
_SURE = 0.85


@dataclass(frozen=True, slots=True)
class _Correction:
    """A sentence that corrects a value, folded, and where the right one stands in its passage."""

    hit: Hit
    sentence: Span
    wrong: str
    right: Span
    text: str  # the title and the sentence


def corrected(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    """Return the answer with the value that a correction among the hits puts in its place; else the answer."""
    if answer.abstained or answer.evidence is None:
        return answer
    own = next(hit.stored.article for hit in hits if hit.rank == answer.evidence.passage)
    asked = [pair for pair in pairs(question.content) if pair.isalnum()]
    for each in _corrections(hits):
        later = each.hit.stored.article.date >= own.date or each.hit.stored.article.id == own.id
        shared = sum(pair in each.text for pair in asked) >= _SHARED * len(asked)
        if later and shared and same_value(each.wrong, fold(answer.text)):
            passage = each.hit.stored.passage.text
            sentence = passage[each.sentence.start : each.sentence.end]
            return replace(
                answer,
                text=passage[each.right.start : each.right.end],
                sentence=sentence,
                confidence=min(answer.confidence, _SURE),
                evidence=Evidence(each.hit.rank, each.sentence, each.right),
                others=(),
                disagree=False,
                other_times=False,
                relative=tuple(relative_dates(fold(sentence), each.hit.stored.article.date)),
            )
    return answer


def _corrections(hits: Sequence[Hit]) -> Iterator[_Correction]:
    for hit in hits:
        passage = hit.stored.passage
        if not _CORRECTS.search(fold(passage.text)):
            continue
        for span in sentences(passage.text, passage.removed):
            written, inner = passage.text[span.start : span.end], spans_within(passage.removed, span)
            folded, offsets = fold(without_spans(written, inner)), offsets_without(span.end - span.start, inner)
            for match in _CORRECTS.finditer(folded):
                wrong = _last_value(folded[: match.start()])
                right = _first_value(folded, match.end(), wrong)
                if wrong and right:
                    place = Span(span.start + offsets[right.start], span.start + offsets[right.end - 1] + 1)
                    text = f"{fold(hit.stored.article.title)}\n{folded}"
                    yield _Correction(hit, span, wrong, place, text)


def _last_value(before: str) -> str:
    """The value named last before a correction: a figure of the last quotation or of the text, else the quotation."""
    quoted = _QUOTED.findall(before)
    text = quoted[-1] if quoted else before
    figures = quantities(text)
    return text[figures[-1].start : figures[-1].end] if figures else quoted[-1] if quoted else ""


def _first_value(folded: str, start: int, wrong: str) -> Span | None:
    """Where the value behind a correction stands: a figure of that unit, else a quotation for a quotation."""
    quoted = _QUOTED.match(folded, start)
    begin, end = quoted.span(1) if quoted else (start, start + _CLOSE)
    units = {each.unit for each in quantities(wrong)}
    figures = [each for each in quantities(folded[begin:end]) if each.unit in units]
    if figures:
        return Span(begin + figures[0].start, begin + figures[0].end)
    return Span(begin, end) if quoted and not units else None
