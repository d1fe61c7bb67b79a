"""Reckon with the ISO periods that `qa.periods` reads: 2022, 2022-H1, 2022-Q1, 2022-05, 2022-05-31, 2022-01/2022-05.

Knows the calendar. Does not know texts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_NAMED_SPANS = {
    (1, 12): "",
    (1, 6): "-H1",
    (7, 12): "-H2",
    (1, 3): "-Q1",
    (4, 6): "-Q2",
    (7, 9): "-Q3",
    (10, 12): "-Q4",
}


def year_before(iso: str) -> str:
    """Return the same period of the year before: what 同比 compares with. Of 29 February it is the 28th."""
    return _in_other_years(iso, -1)


def period_before(iso: str) -> str:
    """Return the period just before one: what 环比 compares with. A span of its own kind has none: ""."""
    if match := re.fullmatch(r"(\d{4})-(\d\d)", iso):
        return month_of(int(match[1]), int(match[2]) - 1)
    if match := re.fullmatch(r"(\d{4})-([QH])(\d)", iso):
        year, kind, number = int(match[1]), match[2], int(match[3]) - 1
        return f"{year}-{kind}{number}" if number else f"{year - 1}-{kind}{4 if kind == 'Q' else 2}"
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", iso):
        year, month, day = (int(part) for part in match.groups())
        return end_of_month(year, month - 1) if day == monthrange(year, month)[1] else ""
    return str(int(iso) - 1) if re.fullmatch(r"\d{4}", iso) else ""


def with_year_of(iso: str, year: str) -> str:
    """Return the same part of another year: the 同期 of 2019 for the first half of 2022 is the first half of 2019."""
    years = re.findall(r"(?<![\d-])\d{4}", iso)
    if not years:
        return year
    shift = int(year[:4]) - int(years[-1])
    return _in_other_years(iso, shift)


def _in_other_years(iso: str, shift: int) -> str:
    moved = re.sub(r"(?<![\d-])\d{4}", lambda match: f"{int(match.group()) + shift:04d}", iso)
    return re.sub(r"\d{4}-02-29", lambda match: end_of_month(int(match.group()[:4]), 2), moved)


def first_month(iso: str) -> str:
    """Return the month that a half or a quarter begins with; of any other period its first part."""
    first = iso.split("/")[0]
    if match := re.fullmatch(r"(\d{4})-([QH])(\d)", first):
        return f"{match[1]}-{(int(match[3]) - 1) * (3 if match[2] == 'Q' else 6) + 1:02d}"
    return first


def month_of(year: int, month: int) -> str:
    """Return a month; month 0 is the December of the year before."""
    months = year * 12 + month - 1
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def end_of_month(year: int, month: int) -> str:
    """Return the last day of a month, "" if the calendar has none."""
    months = year * 12 + month - 1
    year, month = months // 12, months % 12 + 1
    return f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}" if 1 <= year <= 9999 else ""


def span_of_months(year: int, first: int, last: int) -> str:
    """Return the months of a year, by their name if they have one: 1至6月 is the first half."""
    if first == last:
        return month_of(year, first)
    if (first, last) in _NAMED_SPANS:
        return f"{year:04d}{_NAMED_SPANS[first, last]}"
    return f"{month_of(year if first < last else year - 1, first)}/{month_of(year, last)}"


def day_of(year: int, month: int, day: int) -> str:
    """Return a day, "" if the calendar has none."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def span_of_days(year: int, month: int, day: int, last_month: int, last_day: int) -> str:
    """Return the days of a year from one to another, the first alone if the last is not behind it."""
    first, last = day_of(year, month, day), day_of(year, last_month, last_day)
    return first if first >= last or not first else f"{first}/{last}"


def part_of_month(year: int, month: int, third: str | None) -> str:
    """Return a month, or the part of it that is named."""
    if third in ("底", "末"):
        return end_of_month(year, month)
    if third in ("上旬", "中旬", "下旬"):
        first, last = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}[third]
        end = min(last, monthrange(year, month)[1]) if 1 <= month <= 12 else last
        return span_of_days(year, month, first, month, end)
    return month_of(year, month)
