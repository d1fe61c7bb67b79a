"""Resolve 去年 and other relative times in an article of a known date.

Knows words for relative times. Does not know questions or passages.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from index.embedding.static import bundled_model

_YEARS = {"去年": -1, "前年": -2, "今年": 0, "本年": 0, "明年": 1, "后年": 2}
_BEFORE = re.compile(r"((?:19|20)\d\d)年(?:(?!(?:19|20)\d\d年).)*?(上年)(?!度)")
_MONTHS = {"上个月": -1, "上月": -1, "本月": 0, "这个月": 0, "下个月": 1, "下月": 1}
_DAYS = {"前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2}
_RELATIVE = re.compile(
    rf"(?<![\d大上])(?:{'|'.join([*_YEARS, *_MONTHS, *_DAYS])}|"
    r"(?:近|过去)[一两二三四五六七八九十\d]{1,2}(?:年|个月))(?!度|头条)"
)


def relative_dates(folded: str, written: str) -> list[tuple[str, str]]:
    """Return (word, meaning) for each relative time in a folded text, in order, each word once.

    `written` is the article's ISO date or "". Without a date the result is empty.

    >>> relative_dates("去年完成三期工程", "2023-02-03")
    [('去年', '2022年')]
    """
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return []
    matches = list(_RELATIVE.finditer(folded))
    if not matches:
        return _year_before(folded)
    # 目前年产能 holds no 前年, and 线上年货 no 上年: a match must begin with a word, and no word may run over its end.
    spans = [(word.start, word.end) for word in bundled_model().words([folded])[0]]
    starts = {start for start, _ in spans}
    words = dict.fromkeys(
        match.group()
        for match in matches
        if match.start() in starts and not any(match.start() < start < match.end() < end for start, end in spans)
    )
    resolved = [(word, meaning) for word in words if (meaning := _meaning(word, day))]
    return [*resolved, *_year_before(folded)]


def _year_before(folded: str) -> list[tuple[str, str]]:
    """Resolve 上年 as the year before the last year named: 2023年…比上年增长. Return [] if no year is named."""
    match = _BEFORE.search(folded)
    return [(match[2], f"{int(match[1]) - 1}年")] if match else []


def _meaning(word: str, day: date) -> str:
    """Return the meaning of one word, "" for a day outside the calendar."""
    if word in _YEARS:
        return f"{day.year + _YEARS[word]}年"
    if word in _MONTHS:
        months = day.year * 12 + day.month - 1 + _MONTHS[word]
        return f"{months // 12}年{months % 12 + 1}月"
    if word in _DAYS:
        try:
            meant = day + timedelta(days=_DAYS[word])
        except OverflowError:
            return ""
        return f"{meant.year}年{meant.month}月{meant.day}日"
    return f"到{day.year}年{day.month}月为止"  # 近三年 does not say which years


def months_of(iso: str) -> tuple[int, int] | None:
    """The first and the last month of an ISO period, counted from the year 0; None if it is none."""
    begin, _, end = iso.partition("/")
    first, last = _span(begin), _span(end or begin)
    return (first[0], last[1]) if first and last else None


def _span(iso: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>\d\d)(?:-\d\d)?))?", iso)
    if match is None:
        return None
    year = 12 * int(match[1])
    if match["half"]:
        begin = year + 6 * (int(match["half"]) - 1)
        return begin, begin + 5
    if match["quarter"]:
        begin = year + 3 * (int(match["quarter"]) - 1)
        return begin, begin + 2
    if match["month"]:
        begin = year + int(match["month"]) - 1
        return begin, begin
    return year, year + 11
