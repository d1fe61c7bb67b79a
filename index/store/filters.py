"""Read the filters of a question: dates, source and article.

Knows ISO dates, their parts, and the words for a day, month or year seen from today. Does not know stores or the
clock: the caller says which day today is.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from index.errors import UserError
from index.records import stored_name

_WIDTH = str.maketrans("０１２３４５６７８９－．／", "0123456789-./")
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
_PARTS = re.compile(r"(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?|年)?")
_LAST = re.compile(r"(?:近|最近|过去)(\d{1,3}|[一二两三四五六七八九十])(年|个月|月|周|天|日)")
_DAYS = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_YEARS = {"今年": 0, "本年": 0, "去年": 1, "前年": 2}
_MONTHS = {"本月": 0, "这个月": 0, "上个月": 1, "上月": 1}


@dataclass(frozen=True, slots=True)
class Filters:
    """The articles that a question may be answered from; "" means any. Dates are ISO, both ends included."""

    since: str = ""
    until: str = ""
    source: str = ""
    article: str = ""  # an article id, or the end of a path

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.source or self.article)

    @classmethod
    def of(
        cls, since: str = "", until: str = "", source: str = "", article: str = "", *, today: date | None = None
    ) -> Filters:
        """Read filters as a person writes them.

        A date is `2024`, `2024-05`, `2024-05-07`, `2024年5月`, `去年`, `上个月`, `近三年` or `昨天`.

        `since` begins on the first day of the date's year, month or day, `until` ends on the last. Words count from
        `today` (None: the machine's date). Raises UserError if a text is not a date, or the range runs backwards.

        >>> Filters.of("2024", "2024-02", today=date(2024, 6, 1))
        Filters(since='2024-01-01', until='2024-02-29', source='', article='')
        """
        first = _range("since", since, today)[0] if since.strip() else ""
        last = _range("until", until, today)[1] if until.strip() else ""
        if first and last and first > last:
            raise UserError("dates.backwards", since=first, until=last)
        return cls(first, last, stored_name(source), stored_name(article))


ALL = Filters()  # every article


def _range(option: str, written: str, today: date | None) -> tuple[str, str]:
    """Return the first and last day of a date that a person wrote, in ISO form. Raises UserError for other text."""
    plain = "".join(written.translate(_WIDTH).split())
    try:
        days = _absolute(plain) or _relative(plain, today or date.today()) or _as_articles_write(written)
    except (ValueError, OverflowError):  # a 13th month, or a year before the first
        days = None
    if days is None:
        raise UserError("dates.not_a_date", option=option, value=stored_name(written)[:40])
    return days[0].isoformat(), days[1].isoformat()


def _absolute(plain: str) -> tuple[date, date] | None:
    match = _PARTS.fullmatch(plain)
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if day:
        return date(year, month, day), date(year, month, day)
    return _month(year, month) if match[2] else (date(year, 1, 1), date(year, 12, 31))


def _as_articles_write(written: str) -> tuple[date, date] | None:
    """Return the day of a date in any form that articles use, such as 民國112年5月3日."""
    from index.text.written_dates import iso_date  # 20 ms of patterns that the usual forms do not need

    day = iso_date(written[:40])
    return (date.fromisoformat(day), date.fromisoformat(day)) if day else None


def _relative(plain: str, today: date) -> tuple[date, date] | None:
    if plain in _DAYS:
        day = today - timedelta(days=_DAYS[plain])
        return day, day
    if plain in _YEARS:
        return date(today.year - _YEARS[plain], 1, 1), date(today.year - _YEARS[plain], 12, 31)
    if plain in _MONTHS:
        return _month(*_months_back(today, _MONTHS[plain]))
    match = _LAST.fullmatch(plain)
    if not match:
        return None
    count = int(match[1]) if match[1].isdecimal() else _DIGITS[match[1]]
    if match[2] in ("周", "天", "日"):
        return today - timedelta(days=count * (7 if match[2] == "周" else 1)), today
    year, month = _months_back(today, count * (12 if match[2] == "年" else 1))
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1])), today


def _months_back(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(12 * today.year + today.month - 1 - months, 12)
    return year, month + 1


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
