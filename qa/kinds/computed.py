"""Answer sums, differences and comparisons from the figures that the articles state of each part.

Knows how parts become one value, in which unit, and which part wins. A part that is not stated makes the whole
impossible: then the other parts are shown. Never takes a figure that does not meet its question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.records import Span
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import NOT_STATED, Answer, Computed, Evidence, Item
from qa.kinds.asking import Answered, Asking, HitList
from qa.kinds.parts import COMPARE, DIFFERENCE, MOST_PARTS, SUM, Parts, asks_difference, split_parts, too_many
from qa.kinds.stated import StatedFigure, stated_figures
from qa.question import Question, understand
from qa.search import Hit
from qa.slot_context import Missing
from qa.slots import INDICATOR, SUBJECT

_HITS = 8  # passages that are looked at for each part
_CONFIDENCE = 0.85
_OF_TWO_YEARS = 0.6  # the parts are of different years, which the question does not ask for
_SCALE = re.compile(r"(?P<scale>万亿|百万|千万|[万亿千百])?(?P<unit>[^\d\s.,]*?)(?:以上|以下|左右|多|余)?$")
_SCALES = {"": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12}
_ASKED = re.compile(
    r"(?:多少|几)(?P<scale>万亿|[万亿千百])?(?P<unit>元|美元|吨|人|亩|公里|个(?!百分点)|[件台项家名户辆艘座条只])"
)
_STATES_DIFFERENCE = re.compile(
    r"相差|差距|[高多低少长短大小快慢][出于]|超[过出]|(?<![同环])比.{1,20}?(?:[低大小多短快慢重轻贵]|(?<!增)长|(?<!减)少|(?<!提)高)"
)
_WHOLE = 40  # characters from a name to its figure that an item shows


def answer_computed(
    question: Question, hits: Sequence[Hit], asking: Asking, plain: Callable[[], Answer]
) -> Answered | None:
    """Answer a question for a sum, a difference or a comparison of named things; None for other questions.

    A difference that cannot be computed is answered only by a sentence that states one: no level is a difference.
    """
    parts = split_parts(question.folded)
    if parts is not None and len(parts.names) > MOST_PARTS:
        return Answered(too_many(len(parts.names)), tuple(hits[: asking.k]))
    answered = _from_parts(question, parts, hits, asking) if parts else None
    if (answered is not None and answered.answer.computed) or not asks_difference(question.folded):
        return answered
    answer = plain()
    if answer.abstained or _STATES_DIFFERENCE.search(fold(answer.sentence)):
        return answered if answer.abstained else None
    if answered is not None:
        return answered
    unmet = (Missing(INDICATOR, question.folded.rstrip(" ?!。"), ""),)
    refused = Answer("", "", 0.0, NOT_STATED, None, missing=unmet, nearest=answer.evidence)
    return Answered(refused, tuple(hits[: max(asking.k, answer.evidence.passage if answer.evidence else 0)]))


def _from_parts(question: Question, parts: Parts, hits: Sequence[Hit], asking: Asking) -> Answered | None:
    """Compute the answer from the figure of each part; None if no figure is stated, or one of several parts."""
    listed = HitList(hits)
    figures: list[StatedFigure | None] = []
    for name, part in zip(parts.names, parts.questions, strict=True):
        others = [other for other in parts.names if other != name and not parts.timed]
        near = asking.find(part, _HITS, asking.filters)
        for hit in near:
            listed.rank(hit)
        asked = understand(part, question.words)
        figures.append(next(iter(stated_figures(asked, [*near, *hits], "" if parts.timed else name, others)), None))
    places = [(each.hit.stored.passage.id, each.figure.start) for each in figures if each]
    if not places or len(set(places)) < len(places):  # one figure of both parts is a figure of neither
        return None
    items = {name: _item(listed, each, name) for name, each in zip(parts.names, figures, strict=True) if each}
    absent = [name for name in parts.names if name not in items]
    known = [each for each in figures if each]
    if absent or len({each.figure.unit for each in known}) > 1:
        unmet = tuple(Missing(SUBJECT, name, "") for name in absent or parts.names[1:])
        answer = Answer("", "", 0.0, NOT_STATED, None, missing=unmet, kind=_kind(parts), items=tuple(items.values()))
        return Answered(answer, _cited(listed, answer, asking.k))
    answer = _computed(question, parts, known, tuple(items.values()), listed)
    if not parts.timed and len({each.figure.period[:4] for each in known if each.figure.period}) > 1:
        answer = replace(answer, confidence=_OF_TWO_YEARS)
    return Answered(answer, _cited(listed, answer, asking.k))


def _cited(listed: HitList, answer: Answer, k: int) -> tuple[Hit, ...]:
    """The first k hits, or as many as hold all that is cited."""
    last = max([k, *(each.passage for each in answer.items)])
    return listed.hits[:last]


def _computed(
    question: Question, parts: Parts, known: Sequence[StatedFigure], items: tuple[Item, ...], listed: HitList
) -> Answer:
    values = [each.figure.value for each in known]
    unit, scale = _unit(question, known)
    cited = tuple(_exact(listed, each) for each in known)
    if parts.operation != COMPARE:
        value = sum(values) if parts.operation == SUM else max(values) - min(values)
        unit = "个百分点" if parts.operation == DIFFERENCE and unit == "%" else unit
        computed = Computed(parts.operation, round(value / scale, 6), unit, cited)
        return Answer("", "", _CONFIDENCE, "", None, kind=_kind(parts), items=items, computed=computed)
    best = (min if parts.least else max)(values)
    winner = known[values.index(best)]
    computed = Computed(COMPARE, round(best / scale, 6), unit, cited)
    if values.count(best) > 1:
        return Answer("", "", _CONFIDENCE, "", None, kind=COMPARE, items=items, computed=computed)
    return _won(parts.names[values.index(best)], winner, items, computed, listed)


def _won(name: str, winner: StatedFigure, items: tuple[Item, ...], computed: Computed, listed: HitList) -> Answer:
    """The answer that names the winner, as its sentence does or one before it."""
    passage = winner.hit.stored.passage
    text, own = passage.text, winner.figure.sentence
    before = [span for span in sentences(text, passage.removed) if span.start < own.start]
    sentence = next((span for span in (own, *reversed(before)) if _place(text, span, name)), own)
    place = _place(text, sentence, name)
    if place is None:
        return Answer("", "", _CONFIDENCE, "", None, kind=COMPARE, items=items, computed=computed)
    evidence = Evidence(listed.rank(winner.hit), sentence, place)
    words, whole = text[place.start : place.end], text[sentence.start : sentence.end]
    return Answer(words, whole, _CONFIDENCE, "", evidence, kind=COMPARE, items=items, computed=computed)


def _kind(parts: Parts) -> str:
    return SUM if parts.operation == SUM else COMPARE


def _place(text: str, sentence: Span, name: str) -> Span | None:
    """Where a name stands in a sentence of a passage."""
    folded = fold(text[sentence.start : sentence.end])
    at = folded.find(name)
    return Span(sentence.start + at, sentence.start + at + len(name)) if at >= 0 else None


def _exact(listed: HitList, stated: StatedFigure) -> Item:
    figure = stated.figure
    return Item(figure.text, listed.rank(stated.hit), Span(figure.start, figure.end))


def _item(listed: HitList, stated: StatedFigure, name: str) -> Item:
    """A part as it is shown: from its name to its figure if they stand close, else the figure."""
    figure, text = stated.figure, stated.hit.stored.passage.text
    place = _place(text, Span(figure.sentence.start, figure.start), name)
    near = place is not None and figure.end - place.start <= _WHOLE
    start = place.start if near and place else figure.start
    return Item(text[start : figure.end], listed.rank(stated.hit), Span(start, figure.end))


def _unit(question: Question, known: Sequence[StatedFigure]) -> tuple[str, float]:
    """The unit in which the value is given, and its scale: as the question asks, else as the first part is written."""
    unit = known[0].figure.unit
    if asked := _ASKED.search(question.folded):
        scale = asked["scale"] or ""
        return f"{scale}{asked['unit']}", _SCALES[scale]
    written = _SCALE.search(fold(known[0].figure.text))
    scale = written["scale"] or "" if written and (written["unit"] or unit) else ""
    return f"{scale}{unit}", _SCALES[scale]
