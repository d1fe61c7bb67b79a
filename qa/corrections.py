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
from qa.answer import Answer, Evidence, hit_of
from qa.dates import relative_dates
from qa.figure.values import quantities
from qa.question import Question
from qa.search import Hit
from qa.spans import same_value

_CORRECTS = re.compile(
    r"更正为|改正为|修订为|修正为|核定为|核实为|订正为|勘误为|(?P<should>(?<![供反相适响效感对])应当?[为是])"
)
_FAULT = re.compile(r"误|更正|更改|订正|不实|不准确")  # without it 应为 tells of a rule: 占比应为50%
_QUOTED = re.compile(r"[“\"]([^”\"]{1,40})[”\"]")
_CLOSE, _SHORT = 40, 12  # characters behind a correction; of a quotation that is one value
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
    own = hit_of(hits, answer.evidence).stored.article
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
            title = fold(hit.stored.article.title)
            for match in _CORRECTS.finditer(folded):
                if match["should"] and not _FAULT.search(f"{title}\n{folded}"):
                    continue
                for wrong, right in _values(folded, match.start(), match.end()):
                    place = Span(span.start + offsets[right.start], span.start + offsets[right.end - 1] + 1)
                    yield _Correction(hit, span, wrong, place, f"{title}\n{folded}")


def _values(folded: str, before: int, behind: int) -> Iterator[tuple[str, Span]]:
    """Yield the wrong values before a correction, each with the place of the right one behind it.

    A quotation with several figures corrects them one by one; a short one, 2小时34分 or a name, as a whole.
    """
    quotations, right = list(_QUOTED.finditer(folded, 0, before)), _QUOTED.match(folded, behind)
    if quotations and right:
        wrong = quotations[-1]
        if max(len(wrong[1]), len(right[1])) <= _SHORT:
            yield wrong[1], Span(*right.span(1))
        begin, end, own = *right.span(1), quantities(wrong[1])
        olds = [wrong[1][each.start : each.end] for each in own]
    else:
        begin, end, own = behind, behind + _CLOSE, quantities(folded[:before])[-1:]
        olds = [folded[each.start : each.end] for each in own]
    news = quantities(folded[begin:end])
    for old, each, new in zip(olds, own, news, strict=False):
        if each.unit == new.unit:
            yield old, Span(begin + new.start, begin + new.end)
