"""Check whether what a sentence tells is of the time that a question names.

Knows which times cover which: a figure of the year is none of its first half. Does not know names, units or natures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.dates import months_of
from qa.periods import YEARLY_REPORT, Role, periods, times_of_facts
from qa.question import ANY, NUMBER
from qa.slots import Slots

_REPORT = re.compile(rf"(?<!\d)((?:19|20)\d\d)年{YEARLY_REPORT.pattern}")
_VAGUE, _END_OF_YEAR = re.compile(r"年[底末初中]$"), re.compile(r"年[底末]$")
_UP_TO = re.compile("截[至止]|以来|算起|[自从].{0,12}[起来]")  # what began earlier is counted too
_WHOLE_SPAN = re.compile(r"全年|[上下]半年|季度|[-~–—至到]\d{1,2}月|[前首]\S{1,3}个?月")  # a part of it is not it
_MONTH = re.compile(r"(?<!\d)\d{1,2}月|[上下]半年|[一二三四]季度|[前首]\S{1,2}(?:个月|季度)")
# What is summed over a year.
_SUMMED = re.compile(
    r"产值|总值|gdp|收入|营收|利润|产量|销量|吞吐量|总额|进出口|出口|进口|支出|零售|发电量|用电量|客流|税收"
)
_UNTIL = re.compile(r"[底末日号]$")
_RELATIVE = re.compile(r"[去前明后]年|上[个]?[月周季年]|下[个]?[月周季年]|昨[天日]|前[天日]|明[天日]|上季度|下季度")
_SINCE = ("自", "从")
_ANY_DAY = "2020-12-31"
_FOREVER = 12 * 9999  # a month
_MONTHS_TO_LAST = 11  # months from the first to the last
Months = tuple[int, int]  # the first and the last, counted from year 0


def other_periods(
    slots: Slots, sentence: str, before: Sequence[str], title: str, date: str
) -> Iterator[tuple[str, str]]:
    """Yield (words of the question, words of the text) for each time asked for that a sentence does not tell of.

    The time stands in the sentence, in those before it, the nearest last, or in the title; all folded. `date` is the
    article's ISO date or "".
    """
    reports = _REPORT.findall("\n".join((title, *before)))
    reported = f"{reports[-1]}年年报\n" if reports else ""  # 全年 is of the year of the report
    of_report = (
        [(f"{reports[-1]}年", (12 * int(reports[-1]), 12 * int(reports[-1]) + _MONTHS_TO_LAST))] if reports else []
    )
    yield from _other_parts(slots, sentence, before, title, date)
    own = next(_spans(sentence, date), None) if slots.periods else None
    for words, iso in slots.periods:
        asked = months_of(iso)
        if asked is None:
            continue
        if _VAGUE.search(words):  # 年底 is told of a day of November too
            asked = (asked[0] - 1, asked[1] + 1)
        spans: list[tuple[str, Months]] = []
        for text in (sentence, *reversed(before), title):
            spans = spans or (of_report if "报告期" in text else list(_spans(text, date, reported)))
            if not spans and _same_part(words, text, date):
                break
        if not spans and date:
            year = int(date[:4])  # what names no time is of the year of its article, or of the one before
            if not _meets((12 * (year - 1), 12 * year + 11), asked):
                yield words, date[:4]
        elif iso == date and any(_meets(span, asked) for _, span in spans):
            continue  # who asks for that very day may mean the day of the report
        elif not own and any(_tells_of(span, stated, asked, words, slots) for stated, span in _spans(title, date)):
            continue  # of several times before it the one in the title
        elif spans and not any(_tells_of(span, stated, asked, words, slots) for stated, span in spans):
            yield words, spans[0][0]


def _other_parts(
    slots: Slots, sentence: str, before: Sequence[str], title: str, date: str
) -> Iterator[tuple[str, str]]:
    """Yield what `other_periods` does for the parts of a year of which a question names none: 二季度, 前三季度, 5月."""
    if slots.wants not in (NUMBER, ANY):
        return
    named = [slots.text.find(words) for words, _ in slots.periods]
    for time in periods(slots.text, date or _ANY_DAY):
        words = slots.text[time.start : time.end]
        if time.start in named or not time.iso or time.role in (Role.BASE, Role.NONE):
            continue
        # 去年 is counted from the article's day, 二季度 may be of any year.
        relative = _RELATIVE.search(words) is not None and bool(date)
        asked = months_of(time.iso) if relative else _months_of_year(time.iso)
        if asked is None or not (relative or _MONTH.search(words)):
            continue
        whole = _WHOLE_SPAN.search(words) is not None
        for text in (sentence, *reversed(before), title):
            spans = list(_spans(text, date)) if relative else list(_parts(text, date or _ANY_DAY))
            if spans and not any(_within(part, asked, whole=whole) for _, part in spans):
                yield words, spans[0][0]
            if spans:
                break


def _within(part: Months, asked: Months, *, whole: bool) -> bool:
    """Whether months are those asked for, or some of them where not the whole of a span is asked for."""
    return part == asked if whole else asked[0] <= part[0] and part[1] <= asked[1]


def _parts(text: str, date: str) -> Iterator[tuple[str, Months]]:
    """The parts of a year that a text tells of, each with its words and its months in that year."""
    for time in times_of_facts(text, date):
        part = _months_of_year(time.iso)
        if part is not None and part[1] - part[0] < _MONTHS_TO_LAST and time.role != Role.REPORT:
            yield text[time.start : time.end], part


def _months_of_year(iso: str) -> Months | None:
    """The first and last month of an ISO period in its year, counted from 0; None for a span of years."""
    months = months_of(iso)
    return (months[0] % 12, months[0] % 12 + months[1] - months[0]) if months else None


def _meets(span: Months, asked: Months) -> bool:
    return span[0] <= asked[1] and asked[0] <= span[1]


def _tells_of(span: Months, stated: str, asked: Months, words: str, slots: Slots) -> bool:
    """Whether what is told of some months tells of those asked for: a figure of the year is none of its first half."""
    if slots.wants != NUMBER or _UP_TO.search(slots.text):
        return _meets(span, asked)
    if _END_OF_YEAR.search(words) and span[1] - span[0] == _MONTHS_TO_LAST and _meets(span, asked):
        return True  # a count at the end of a year is told as that year's
    if _WHOLE_SPAN.search(words):  # 截至6月底 tells of the first half too, 6月份 does not
        return span == asked or (span == (asked[1], asked[1]) and _UNTIL.search(stated) is not None)
    whole_year = asked[1] - asked[0] == _MONTHS_TO_LAST
    if whole_year and _SUMMED.search(slots.text) and span[0] == asked[0] and span[0] < span[1] < asked[1]:
        return False  # 1至2月 is a beginning of the year, and no total of it
    return asked[0] <= span[0] and span[1] <= asked[1]


def _same_part(words: str, text: str, date: str) -> bool:
    """Whether a text names the month that the question names, and no year of it is known."""
    part = _MONTH.search(words)
    unknown = (text[time.start : time.end] for time in periods(text, date) if not time.iso)
    return part is not None and any(part.group() in each for each in unknown)


def _spans(text: str, date: str, reported: str = "") -> Iterator[tuple[str, Months]]:
    """The times that a text tells of, each with its months; not those that it only compares with.

    `reported`: the words before it that name the report it is from, "" for none.
    """
    text, own = (reported + text, len(reported)) if "全年" in text else (text, 0)
    times = times_of_facts(text, date)
    of_facts = [time for time in times if time.role != Role.REPORT]
    for time in of_facts or times:  # 6月10日发布,5月CPI上涨2.1%: of May
        if time.start >= own and not text.startswith("水平", time.end):
            span = months_of(time.iso)
            if (
                span and text[time.start - 1 : time.start] in _SINCE
            ):  # 自1992年…已有 goes on until the article was written
                until = months_of(date)
                span = (span[0], max(span[1], until[1]) if until else _FOREVER)
            if span:
                yield text[time.start : time.end], span
