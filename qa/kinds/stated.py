"""Find the figure that the first passages state of one thing, among all figures of those passages.

Knows records of figures and what a question asks of one: whose, of what, when, in which unit, a level or a change. Does
not know how likely a sentence is: a figure that does not meet the question is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.records import Span, spans_within, without_spans
from index.store.terms import pairs
from index.text.folding import fold
from qa.answer import DIGITS_MISSING, NO_MATCH, NOT_STATED, Answer, Evidence, hit_of
from qa.dates import months_of, relative_dates
from qa.figure.lists import spelled_out
from qa.figure.natures import CHANGE, PLAN, RANK, SHARE, TARGET
from qa.figure.values import quantities
from qa.figures import Figure, figures_of, figures_over
from qa.own_figure import of_another
from qa.question import NUMBER, Question
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context, Missing
from qa.slot_nature import ASKS_OF_CHANGE, changes
from qa.slots import Slots, slots_of, tagged
from qa.spans import same_value

_PLANS = re.compile(r"计划|目标|力争")
# Words that a figure is told without: whose it is, and that it is a sum.
_EMPTY = re.compile(r"总额|总量|总数|数额|金额|一共|计划|目标|力争|实际|要?花费?|需要?[交付]?|[要得][交付花]|收取")
_DAY = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号])?")
_RATES = re.compile(r"[率速幅]")
_RANKS = re.compile(r"第几|排名|名次|位次|位居|位列|排.{0,3}(?:多少|几)位")
_SHARES = re.compile(r"占|比例|比重|几分之几|百分之几|几成|份额|率")
_LEAST = 0.4  # of the question's pairs that a figure's own words and its sentence must hold
# A word that a question has stands before its figure too: the mean of two years is not the growth of one.
_MARKS = re.compile(r"平均|当月|当季|当年(?!的)|人均|日均")
# Who asks for the first of 由95分钟缩短到40分钟.
_BEFORE = re.compile(r"原[来先本有]?(?:是|为|的|票价|价)|[之此]前|以前|调整前|由多少|从多少")
_ASKS_PEOPLE, _PEOPLE = re.compile(r"(?:多少|几)(?:个|名|位)?人"), frozenset(("人", "名", "位", "人次"))
_AND = re.compile(r"(?P<who>[一-鿿]{1,6})[和及与、](?:另外)?")
_TO_BE = re.compile(r"目标|力争|预计|计划|拟|争取|有望")
_ASKS_TO_BE = re.compile(r"目标|力争|预计|预期|计划|规划|打算|将|拟|要|年(?:产|税|营|销)")
_COUNTED = re.compile(r"[\d一二两三四五六七八九十百千]")
_LOCAL = re.compile(r"(?!全|我国|中国|世界|本)[一-鿿]{2,6}")
_BOTH = re.compile(r"[由从]多少.*[到为]多少")
_PER_HEAD = re.compile(r"人均|户均|亩均|单产|亩产")  # of another matter than the whole
_CHECKED = 6  # figures, the best first, that are checked slot by slot
_BETTER, _NAMED, _SURE_SHARE, _NAMED_SHARE = 0.05, 0.6, 0.55, 0.45
_OF_PERIOD = 0.8  # see _timely
_CLEAR = 0.7  # a share from which a figure of the very period replaces a sure answer that is no figure of it
_CONFIDENCE, _UNSURE, _UNCHECKED, _CERTAIN = 0.8, 0.65, 0.69, 0.9
_PLACED = 0.5  # what a name in the figure's own words counts more than one in its sentence


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A figure of a hit's passage that meets a question."""

    hit: Hit
    figure: Figure
    score: float  # the share, and more for a name in its own words and for the very period
    share: float  # of the question's pairs that its own words, and less so its sentence, hold

    @property
    def evidence(self) -> Evidence:
        """Where it stands."""
        return Evidence(self.hit.rank, self.figure.sentence, Span(self.figure.start, self.figure.end))


def stated_figures(
    question: Question, hits: Iterable[Hit], name: str = "", others: Sequence[str] = ()
) -> list[StatedFigure]:
    """Return the figures that meet all that a question names, the best first.

    `name`: whose figure it must be, "" if the question's own words say it. `others`: names whose figure it must not be.
    """
    if question.wants != NUMBER:
        return []
    slots = slots_of(question)
    scored = sorted(_scored(question, slots, hits, name, others), key=lambda each: (-each.score, each.hit.rank))
    return [each for each in scored[:_CHECKED] if not _unmet(slots, each, name)]


def _scored(
    question: Question, slots: Slots, hits: Iterable[Hit], name: str, others: Sequence[str]
) -> Iterator[StatedFigure]:
    content = _without_times(question, slots)
    for hit in hits:
        passage, article = hit.stored.passage, hit.stored.article
        # A figure's words are those of its passage and title: reading all figures of a passage takes milliseconds.
        text = f"{_readable(hit, Span(0, len(passage.text)))}\n{fold(article.title)}"
        worded = content
        for piece, other in slots.variants:  # GDP where the passage says 地区生产总值
            worded = worded.replace(piece, other) if piece not in text and other in text else worded
        asked = [pair for pair in dict.fromkeys(pairs(worded)) if pair.isalnum()]
        if not asked or sum(pair in text for pair in asked) < _LEAST * len(asked):
            continue
        for figure in figures_of(hit.stored):
            if not _fits(question, slots, figure, article.date):
                continue
            own = fold(f"{figure.subject or ''} {figure.scope or ''} {figure.indicator or ''}")
            sentence = _readable(hit, figure.sentence)
            before = _before(hit, figure)
            if of_another(slots, figure, sentence, before):
                continue
            if name and not _names(name, others, own, before, sentence, fold(article.title)):
                continue
            held = sum(pair in own for pair in asked) + 0.6 * sum(pair not in own and pair in before for pair in asked)
            held += 0.3 * sum(pair not in own and pair not in before and pair in sentence for pair in asked)
            share = held / len(asked)
            if share >= _LEAST:
                placed = _PLACED if name and name in own else 0.0
                placed += _marked(question, before + own)
                placed -= _PLACED * bool(_PER_HEAD.search(own) and not _PER_HEAD.search(question.folded))
                yield StatedFigure(hit, figure, share + placed + _timely(slots, figure, article.date), share)


def _marked(question: Question, before: str) -> float:
    """How much less a figure counts whose clause has not the marks of the question."""
    clause = re.split(r"[,;]", before)[-1]
    return -0.4 * sum(mark not in clause for mark in set(_MARKS.findall(question.folded)))


def _readable(hit: Hit, span: Span) -> str:
    """A piece of a passage, folded, without its damage."""
    passage = hit.stored.passage
    return fold(without_spans(passage.text[span.start : span.end], spans_within(passage.removed, span)))


def _before(hit: Hit, figure: Figure) -> str:
    """What stands before a figure in its sentence, folded."""
    return _readable(hit, Span(figure.sentence.start, figure.start))


def _without_times(question: Question, slots: Slots) -> str:
    content = question.content
    for words, _ in slots.periods:
        content = content.replace(words, " ")
    content = _EMPTY.sub(" ", content)
    return re.sub(r"(?:万亿|[万亿千百])?(?:元|美元|吨|公里|平方公里|标准箱|亩|公顷)(?=\s*$)", " ", content)


def _names(name: str, others: Sequence[str], own: str, before: str, sentence: str, title: str) -> bool:
    """Whether a figure is of a name: its own words say so, or its sentence does and names none of the others."""
    if name in own:
        return True
    if any(other in own for other in others):
        return False
    last = max((before.rfind(other) for other in others), default=-1)
    if name in before:
        return before.rfind(name) > last
    return last < 0 and (name in title or name in sentence) and not any(other in sentence for other in others)


def _fits(question: Question, slots: Slots, figure: Figure, day: str) -> bool:
    """Whether the unit and the nature of a figure are what a question asks for."""
    text = question.folded
    unit, written = figure.unit, fold(figure.text)
    if question.unit:
        wanted = question.unit.lstrip("万亿") or question.unit
        if wanted not in written and wanted != unit:
            return False
    elif question.measure and not any(each in written or each in unit for each in question.measure):
        return False
    if ASKS_OF_CHANGE.search(text):
        if figure.nature != CHANGE:
            return False
    elif figure.nature == CHANGE and not _RATES.search(question.content):
        return False
    if _PLANS.search(text) and figure.nature not in (PLAN, TARGET):
        return False
    if (figure.nature == RANK) != bool(_RANKS.search(text)):
        return False
    if figure.nature == SHARE and not _SHARES.search(text):
        return False
    return _timely(slots, figure, day) >= 0


def _timely(slots: Slots, figure: Figure, day: str = "") -> float:
    """How well the period of a figure is the one asked for: 0 if it says none, below 0 if it is another.

    `day`: the ISO date of the article. Who asks for that very day may mean the day of the report.
    """
    asked = [months_of(iso) for _, iso in slots.periods]
    own = months_of(figure.period) if figure.period else None
    if not asked or asked[0] is None or own is None:
        return 0.0
    if any(iso == figure.period for _, iso in slots.periods):
        return 1.0
    if any(each == own for each in asked):
        return 0.8
    within = any(each and each[0] <= own[0] and own[1] <= each[1] for each in asked)
    within = within or any(iso == day for _, iso in slots.periods)
    return 0.2 if within else -1.0


def _unmet(slots: Slots, stated: StatedFigure, name: str) -> bool:
    hit, figure = stated.hit, stated.figure
    article = hit.stored.article
    before = tuple(_readable(hit, Span(0, figure.sentence.start)).split("\n"))
    sentence = spelled_out(_readable(hit, figure.sentence)) + (f" {name}" if name else "")
    context = Context(fold(figure.text), sentence, before, fold(article.title), article.date)
    things = tuple(each for each in slots.things if not _PLANS.fullmatch(each))  # the nature of the figure meets them
    return bool(missing(replace(slots, things=things), context))


def with_stated(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    """Return an answer with the figure that meets the question better than its own, or in the place of silence.

    An answer of which no record of a figure meets the question is less sure. Of 由95分钟缩短到40分钟 it is the second
    figure, unless the question asks for what was before.
    """
    answer = _joined(question, hits, _after_change(question, hits, _with_best(question, hits, answer)))
    if answer.confidence > _UNSURE and (_is_of_one_place(question, hits, answer) or _is_planned(question, answer)):
        return replace(answer, confidence=_UNSURE)
    return answer


def _is_planned(question: Question, answer: Answer) -> bool:
    """Whether an answer is what was to be, where the question asks for what is."""
    clause = re.split(r"[,;]", fold(answer.sentence).partition(fold(answer.text))[0])[-1]
    return question.wants == NUMBER and bool(_TO_BE.search(clause)) and not _ASKS_TO_BE.search(question.folded)


def _joined(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    """Return an answer of people with those that its sentence adds: 123名乘客和9名机组人员."""
    own = _own_figures(hits, answer) if _ASKS_PEOPLE.search(question.folded) else ()
    if answer.evidence is None or len(own) not in (1, 2):
        return answer
    hit = hit_of(hits, answer.evidence)
    for former, later in _neighbours(hit, own[0]):
        between = _AND.fullmatch(_readable(hit, Span(former.end, max(former.end, later.start))))
        if between and between["who"] not in question.folded and {former.unit, later.unit} <= _PEOPLE:
            counted = _COUNTED.search(former.text)
            start = former.start + (counted.start() if counted else 0)  # 航班上|123名
            end = later.end + len(_noun_ahead(_readable(hit, Span(later.end, later.sentence.end))))
            both = replace(former, start=start, end=end, text=hit.stored.passage.text[start:end])
            return _answer_of(StatedFigure(hit, both, 0.0, 0.0), answer.confidence)
    return answer


def _noun_ahead(text: str) -> str:
    """The nouns that a text begins with: 机组人员."""
    words = itertools.takewhile(lambda each: each[1] in ("n", "vn") and each[0] != "全部", tagged(text))
    return "".join(word for word, _ in words)


def _is_of_one_place(question: Question, hits: Sequence[Hit], answer: Answer) -> bool:
    """Whether a figure is of one place, where the question names none and others are told of."""
    own = _own_figures(hits, answer)
    if len(own) != 1 or any(tag in ("LOC", "ORG") for _, tag in tagged(question.folded)):
        return False
    scope = fold(own[0].scope or "")
    if not _LOCAL.fullmatch(scope):
        return False
    scopes = (other.scope for each in hits for other in figures_of(each.stored))
    return any(other is not None and scope not in fold(other) for other in scopes)


def _after_change(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    own = _own_figures(hits, answer) if question.wants == NUMBER and not answer.computed else ()
    if answer.evidence is None or len(own) not in (1, 2):
        return answer
    hit = hit_of(hits, answer.evidence)
    ends = next((pair for pair in reversed(_neighbours(hit, own[0])) if _is_change(hit, *pair)), None)
    if ends is None:
        return answer
    former, later = ends
    other = former if _BEFORE.search(question.folded) else later
    if _BOTH.search(question.folded):
        other = replace(former, end=later.end, text=hit.stored.passage.text[former.start : later.end])
    return _answer_of(StatedFigure(hit, other, 0.0, 0.0), answer.confidence)


def _neighbours(hit: Hit, figure: Figure) -> list[tuple[Figure, Figure]]:
    """The figure before one and itself, and itself and the one behind it, as far as the passage has them."""
    return [pair for pair in itertools.pairwise(figures_of(hit.stored)) if figure in pair]


def _is_change(hit: Hit, former: Figure, later: Figure) -> bool:
    """Whether these are the two figures of 由95分钟缩短到40分钟, neither with a time of its own (由2010年的120只)."""
    if former.sentence != later.sentence or former.unit != later.unit:
        return False
    between = _readable(hit, Span(former.end, max(former.end, later.start)))
    return not re.search("[年月季]", between) and changes(_before(hit, former), between)


def _with_best(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    if question.wants != NUMBER or answer.reason in (NO_MATCH, DIGITS_MISSING):
        return answer
    figures = stated_figures(question, hits)
    if unmet := _of_another(slots_of(question), hits, answer):
        if figures and figures[0].share >= _NAMED:
            return _answer_of(figures[0], _CONFIDENCE)
        return Answer("", "", 0.0, NOT_STATED, None, missing=(unmet,), nearest=answer.evidence)
    if question.newest and answer.evidence:  # another article may state it in more of the question's words
        figures = [each for each in figures if each.hit.rank == answer.evidence.passage] or figures
    if not figures:
        sure = answer.confidence >= _CERTAIN
        return answer if sure else replace(answer, confidence=min(answer.confidence, _UNCHECKED))
    best = figures[0]
    if answer.abstained:
        slots = slots_of(question)
        in_time = not slots.periods or _timely(slots, best.figure) >= _OF_PERIOD
        named = bool(slots.names) and all(_is_of(name, best) for name in slots.names)
        enough = best.share >= (_NAMED_SHARE if named else _SURE_SHARE)
        if not (enough and in_time and all(_stands(name, best) for name in slots.names)):
            return answer
        return _answer_of(best, _UNSURE)
    own = next((each for each in figures if _is_answer(each, answer)), None)
    if own is None:
        timely = _timely(slots_of(question), best.figure)
        trusted = timely >= _OF_PERIOD or (not slots_of(question).periods and best.share >= _NAMED)
        same = same_value(fold(answer.text), fold(best.figure.text))
        if not same and _is_beside(question, best, hits, answer):
            return _answer_of(best, min(answer.confidence, _CONFIDENCE))
        if _refuted(question, hits, answer):
            return _answer_of(best, _CONFIDENCE if trusted else _UNSURE)
        doubtful = not same and (answer.confidence < _CERTAIN or (timely >= _OF_PERIOD and best.share >= _CLEAR))
        return _answer_of(best, _CONFIDENCE, answer) if trusted and doubtful else answer
    several = len(quantities(fold(answer.text))) > 1 and _timely(slots_of(question), best.figure) >= _OF_PERIOD
    if (own is not best and best.score > own.score + _BETTER) or (own is best and several):
        return _answer_of(best, _CONFIDENCE, answer)
    return answer


def _refuted(question: Question, hits: Sequence[Hit], answer: Answer) -> bool:
    """Whether the answer is a day, or a change where none is asked for, or none where one is."""
    if answer.evidence is None or _DAY.fullmatch(fold(answer.text)):
        return True
    own = [figure.nature == CHANGE for figure in _own_figures(hits, answer)]
    return bool(own) and bool(ASKS_OF_CHANGE.search(question.folded)) not in own and not _RATES.search(question.folded)


def _of_another(slots: Slots, hits: Sequence[Hit], answer: Answer) -> Missing | None:
    """What of a question the figures of an answer, each of them, do not meet by their own words."""
    if answer.evidence is None:
        return None
    hit = hit_of(hits, answer.evidence)
    unmet = [
        of_another(slots, each, _readable(hit, each.sentence), _before(hit, each))
        for each in _own_figures(hits, answer)
    ]
    return unmet[0] if unmet and all(unmet) else None


def _is_beside(question: Question, stated: StatedFigure, hits: Sequence[Hit], answer: Answer) -> bool:
    """Whether a figure of the indicator asked for stands beside the answer: 专利64件,其中发明专利29件."""
    place = answer.evidence
    if place is None or place.passage != stated.hit.rank or place.sentence != stated.figure.sentence:
        return False
    own = [fold(figure.indicator or "") for figure in _own_figures(hits, answer)]
    beside = fold(stated.figure.indicator or "")
    return len(own) == 1 and len(beside) > 1 and beside in question.folded and own[0] not in question.folded


def _own_figures(hits: Sequence[Hit], answer: Answer) -> tuple[Figure, ...]:
    """The figures that an answer's piece holds or lies in."""
    return figures_over(hit_of(hits, answer.evidence).stored, answer.evidence.span) if answer.evidence else ()


def _is_answer(stated: StatedFigure, answer: Answer) -> bool:
    place, figure = answer.evidence, stated.figure
    if place is None or place.passage != stated.hit.rank:
        return False
    return figure.start < place.span.end and place.span.start < figure.end


def _is_of(name: str, stated: StatedFigure) -> bool:
    return name in fold(f"{stated.figure.subject or ''} {stated.figure.scope or ''}")


def _stands(name: str, stated: StatedFigure) -> bool:
    """Whether a name of the question stands with the figure, not only somewhere before it."""
    article, figure = stated.hit.stored.article, stated.figure
    own = fold(f"{figure.subject or ''} {figure.scope or ''} {figure.indicator or ''} {article.title}")
    return name in own or name in _readable(stated.hit, figure.sentence)


def _answer_of(stated: StatedFigure, confidence: float, answer: Answer | None = None) -> Answer:
    """The answer that is a stated figure. What other articles say of an answer is kept if its figure is the same."""
    place = stated.evidence
    text = stated.hit.stored.passage.text
    sentence = text[place.sentence.start : place.sentence.end]
    relative = tuple(relative_dates(fold(sentence), stated.hit.stored.article.date))
    same = answer is not None and bool(answer.text) and same_value(fold(answer.text), fold(stated.figure.text))
    others = tuple(each for each in answer.others if each.passage != stated.hit.rank) if answer and same else ()
    return Answer(
        text[place.span.start : place.span.end],
        sentence,
        confidence,
        "",
        place,
        others=others,
        disagree=bool(answer and others and answer.disagree),
        other_times=bool(answer and others and answer.other_times),
        relative=relative,
    )
