"""Read every figure that a passage states as a record: value, unit, subject, indicator, period, nature, scope.

Knows how the readings of numbers, times, names and natures come together: one text with its article's title and date is
all it reads. Does not know questions or the corpus.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from index.records import Span, offsets_without, without_spans
from index.text.folding import fold
from qa.figure.names import Draft, Names
from qa.figure.natures import CHANGE, LEVEL, RANK, SHARE, Meaning, Meanings
from qa.figure.phrases import BASE_MARK, TIME_MARK, place_in
from qa.figure.tables import TableCell, table_cells
from qa.figure.values import Quantity, quantities
from qa.iso_periods import year_before
from qa.periods import Role, periods

if TYPE_CHECKING:
    from index.store.corpus import StoredPassage

_ENDS = ("。", "!", "?", "”", "」", "…", ";", ":", "，", ",")
_SENTENCE = re.compile(r"[^。!?\n\r]{1,1000}[。!?]*")  # so that time grows with length
_MARKS = TIME_MARK + BASE_MARK
_WITHOUT_MARKS = dict.fromkeys(map(ord, _MARKS))
_NEAR = 400  # characters
_CACHED = 256  # passages whose figures are kept
_WIDE_COMMA = re.compile(r"，(?![０-９])")
_TITLE_PLACE = re.compile(r"^(?:【[^】]*】)?\s*([^:：,，。!?\s]{2,10})[:：]")
_BRACKETED = re.compile("【[^】]*】")
_PROVINCE = re.compile(
    r"^(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|"
    r"陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆)(?=..)"
)
_CHANGES = re.compile(r"增长|增减|同比|环比|比上年|增幅|降幅|涨跌")
_RANKS = re.compile(r"排名|位次|名次")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as a text states it: `text[start:end]`. The words are in its script; None where it does not say."""

    start: int
    end: int
    text: str  # verbatim
    value: float  # in base units (1.5亿元 is 150000000), falls negative, % in percent
    value_max: float | None  # the upper end of a range
    unit: str
    subject: str | None
    indicator: str | None
    period: str | None  # ISO: 2022, 2022-H1, 2022-05, 2022-01/2022-05
    nature: str  # level, change, share, target, plan, capacity, cumulative, rank, other
    base: str | None  # of a change: an ISO period or what else it is compared with
    scope: str | None  # 全国, 江西省
    qualifier: str  # 约, 超过, 以上; "" for an exact figure
    ratio: bool  # 是…的2倍, 恢复到…的68%: a multiple or share of the base itself
    sentence: Span


def figures_in(text: str, title: str = "", date: str = "", removed: Sequence[Span] = ()) -> tuple[Figure, ...]:
    """Return the figures of a text, in order. `date` is the article's ISO date or "".

    `removed` are spans to leave out, ordered and disjoint: annotations and other damage.

    >>> [(each.value, each.unit, each.period) for each in figures_in("去年产值30亿元。", "", "2023-02-01")]
    [(3000000000.0, '元', '2022')]
    """
    if not removed:
        return tuple(_Reader(text, title, date).read())
    removed = tuple(removed)
    offsets = offsets_without(len(text), removed)
    results = []
    for figure in _Reader(without_spans(text, removed), title, date).read():
        start, end = offsets[figure.start], offsets[figure.end - 1] + 1
        sentence = Span(offsets[figure.sentence.start], offsets[figure.sentence.end - 1] + 1)
        results.append(replace(figure, start=start, end=end, text=text[start:end], sentence=sentence))
    return tuple(results)


def figures_of(stored: StoredPassage) -> tuple[Figure, ...]:
    """Return the figures of a passage, in order. Those of the last passages are kept between questions."""
    passage, article = stored.passage, stored.article
    return _kept(passage.text, article.title, article.date, passage.removed)


def figures_over(stored: StoredPassage, span: Span) -> tuple[Figure, ...]:
    """Return the figures of a passage that share a character with a span of it, in order."""
    return tuple(each for each in figures_of(stored) if each.start < span.end and span.start < each.end)


@lru_cache(maxsize=_CACHED)
def _kept(text: str, title: str, date: str, removed: tuple[Span, ...]) -> tuple[Figure, ...]:
    return figures_in(text, title, date, removed)


def _iso(written: str) -> str:
    """Return an ISO date, "" for anything else."""
    try:
        return datetime.date.fromisoformat(written).isoformat()
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """Fold a text, but keep its full-width commas: 1,200 is one number, 于2022年，300人 holds two."""
    folded = fold(text).replace("\u3000", " ").replace("\xa0", " ")
    if "，" not in text:
        return folded
    signs = list(folded)
    for match in _WIDE_COMMA.finditer(text):
        signs[match.start()] = "，"
    return "".join(signs)


def _within(places: Sequence[Span], at: int) -> bool:
    """Tell whether one of the ordered, disjoint places holds an offset."""
    before = bisect_right(places, at, key=lambda place: place.start)
    return bool(before) and at < places[before - 1].end


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, title: str, written: str) -> None:
        self._text = text
        self._plain = _plain(text)
        self._date = _iso(written)
        folded_title = fold(title)
        times = periods(self._plain, self._date)
        blanked = list(self._plain)
        for time in times:
            mark = BASE_MARK if time.role == Role.BASE else TIME_MARK
            blanked[time.start : time.end] = mark * (time.end - time.start)
        self._blanked = "".join(blanked)
        # 缺 and 滨 have other forms in folded text: words are shown as the text writes them.
        self._written = (
            {sign: own for own, sign in zip(text, self._plain, strict=True) if own != sign}
            if text != self._plain
            else {}
        )
        place = _TITLE_PLACE.match(folded_title)
        self._title_place = _PROVINCE.sub("", place[1]) if place else place_in(_BRACKETED.sub("", folded_title))
        in_force = (Role.TIME, Role.SINCE, Role.UNTIL)
        title_times = [time for time in periods(folded_title, self._date) if time.role in in_force and time.iso]
        self._names = Names(self._blanked, self._title_place)
        self._meanings = Meanings(self._plain, self._blanked, times, title_times, self._date)
        self._scope = ""

    def read(self) -> list[Figure]:
        """Return the figures of tables and sentences, in order."""
        places, cells = table_cells(self._plain)
        results = [quantity for quantity in quantities(self._blanked) if not _within(places, quantity.start)]
        figures: list[Figure] = []
        at = 0
        for match in _SENTENCE.finditer(self._plain):
            start, end = match.span()
            first = at
            while at < len(results) and results[at].start < end:
                at += 1
            if not match.group().rstrip().endswith(_ENDS):
                # A heading, or a line of another matter: what it says of time holds no longer.
                self._meanings.forget()
                self._scope = ""
            figures += self._of_sentence(start, end, results[first:at])
        figures += [self._of_cell(cell) for cell in cells]
        return sorted(figures, key=lambda figure: figure.start)

    def _of_sentence(self, start: int, end: int, results: Sequence[Quantity]) -> Iterator[Figure]:
        self._scope = place_in(self._blanked[start:end]) or self._scope
        drafts = self._names.read(start, end, results)
        meanings = self._meanings.read(drafts, start, end)
        written = self._plain[start:end]
        begin = start + len(written) - len(written.lstrip())
        sentence = Span(begin, max([begin + len(written.strip()), *(each.end for each in results[-1:])]))
        for draft, meaning in zip(drafts, meanings, strict=True):
            yield self._finished(draft, meaning, sentence)

    def _finished(self, draft: Draft, meaning: Meaning, sentence: Span) -> Figure:
        quantity = draft.quantity
        falls = meaning.nature == CHANGE and draft.phrase.change < 0 and quantity.high is None
        return Figure(
            quantity.start,
            quantity.end,
            self._text[quantity.start : quantity.end],
            -abs(quantity.value) if falls else quantity.value,
            quantity.high,
            quantity.unit,
            self._verbatim(draft.subject, quantity.start) or None,
            self._verbatim(draft.indicator, quantity.start) or None,
            meaning.period,
            meaning.nature,
            meaning.base,
            self._verbatim(self._place(draft), quantity.start) or None,
            quantity.qualifier,
            meaning.ratio,
            sentence,
        )

    def _place(self, draft: Draft) -> str:
        own = place_in(draft.subject) or place_in(self._blanked[draft.clause : draft.quantity.start])
        place = own or self._scope or self._title_place
        return {"我国": "全国", "中国": "全国"}.get(place, place)

    def _verbatim(self, words: str, near: int) -> str:
        """Return words as the text writes them, in its script: the same piece of it, or else sign by sign.

        The marks of blanked times are private: they are cut at the ends, and inside give way to the time itself.
        """
        words = words.strip(_MARKS)
        if any(mark in words for mark in _MARKS):
            at = self._blanked.rfind(words, max(0, near - _NEAR), near + _NEAR)
            return self._text[at : at + len(words)] if at >= 0 else words.translate(_WITHOUT_MARKS)
        if not self._written or not words:
            return words
        at = self._plain.rfind(words, max(0, near - _NEAR), near + _NEAR)
        if at >= 0:
            return self._text[at : at + len(words)]
        return "".join(self._written.get(sign, sign) for sign in words)

    def _of_cell(self, cell: TableCell) -> Figure:
        """Return a figure of a table, with the head of its column and the first cell of its row."""
        change = bool(_CHANGES.search(cell.head))
        nature = CHANGE if change else SHARE if cell.unit == "%" else RANK if _RANKS.search(cell.head) else LEVEL
        named = [time.iso for time in periods(cell.head, self._date) if time.role == Role.TIME and time.iso]
        period = named[-1] if named else self._meanings.period_of_text
        subject = self._text[cell.name.start : cell.name.end]
        return Figure(
            cell.span.start,
            cell.span.end,
            self._text[cell.span.start : cell.span.end],
            cell.value,
            cell.high,
            cell.unit,
            subject or None,
            self._verbatim(cell.head, cell.span.start) or None,
            period,
            nature,
            year_before(period) if change and period else None,
            self._verbatim(place_in(fold(subject)) or self._title_place, cell.span.start) or None,
            "",
            False,
            cell.row,
        )
