"""Find dates as people write them: 2021/6/4, 2022年5月7日, 民國113年3月5日, 二〇二二年五月七日.

Knows written dates only, whole ones; a question's dates are known elsewhere.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from index.text.folding import fold

# Patterns are matched against folded text: simplified, half width, lower case.
DATE = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s*(?:年|[-/.])\s*(?P<month>1[0-2]|0?[1-9])\s*(?:月|[-/.])"
    r"\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)"
    r"|民国\s*(?P<minguo>\d{1,3})\s*年\s*(?P<m2>1[0-2]|0?[1-9])\s*月\s*(?P<d2>3[01]|[12]\d|0?[1-9])"
)
# A date in characters: 二〇二四年三月二十九日, 民国一百一十三年三月二十九日. Folding keeps ○ apart from 〇.
_NUMERAL_DATE = re.compile(
    r"(?:民国\s*(?P<roc>[元〇○◯零一二三四五六七八九十百]{1,6})|(?P<year>[一二][〇○◯零0o一二三四五六七八九]{3}|[12]\d{3}))\s*年"
    r"\s*(?P<month>元|十[一二]?|[一二三四五六七八九]|\d{1,2})\s*月"
    r"\s*(?P<day>[一二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|卅一?|[一二三四五六七八九]|\d{1,2})\s*[日号]"
)
_DIGITS = {sign: place for place, sign in enumerate("〇一二三四五六七八九")} | dict.fromkeys("零○◯0o", 0)
_EVENT = re.compile(r"\s*日?\s*(?:起|前|至|止|以前|之前|以后|施行|实施|生效|召开|举行|[上下]午)")


def iso_date(text: str) -> str:
    """Return the first date in `text` as YYYY-MM-DD, "" if there is none.

    Reads 2021/6/4, 2022年5月7日, 民國113年3月5日, 二〇二二年五月七日.
    """
    folded = in_digits(fold(text))
    for match in DATE.finditer(folded):
        if match["minguo"]:
            numbers = int(match["minguo"]) + 1911, int(match["m2"]), int(match["d2"])
        else:
            numbers = int(match["year"]), int(match["month"]), int(match["day"])
        try:
            return date(*numbers).isoformat()
        except ValueError:
            continue
    return ""


def beijing_day(seconds: int) -> str:
    """Return the day of a number of seconds since 1970 by the clock of Beijing.

    >>> beijing_day(1693843200)
    '2023-09-05'
    """
    return datetime.fromtimestamp(seconds, timezone(timedelta(hours=8))).date().isoformat()


def in_digits(folded: str) -> str:
    """Return a folded text with the dates written in characters written in digits."""
    return _NUMERAL_DATE.sub(_digit_date, folded) if "年" in folded else folded


def _digit_date(match: re.Match[str]) -> str:
    year = f"民国{_number(match['roc'])}" if match["roc"] else str(_number(match["year"]))
    return f"{year}年{_number(match['month'])}月{_number(match['day'])}日"


def _number(text: str) -> int:
    """Return a number in characters or digits: 一百一十三, 一一三, 二〇二四, 廿九, 元 (the first)."""
    if text.isdecimal() and text.isascii():
        return int(text)
    text = text.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    if not set(text) & set("十百"):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    hundreds, _, rest = text.rpartition("百")
    tens, ten, ones = (part.strip("零〇○◯") for part in rest.rpartition("十"))
    spelled = [_DIGITS.get(hundreds[-1:], 0), _DIGITS.get(tens[-1:], 1) if ten else 0, _DIGITS.get(ones[-1:], 0)]
    return 100 * spelled[0] + 10 * spelled[1] + spelled[2]


def own_date(line: str) -> str:
    """Return the first date in a line as ISO, "" if there is none or it is the date of an event (5月3日起施行)."""
    folded = in_digits(fold(line))
    return "" if any(_EVENT.match(folded, match.end()) for match in DATE.finditer(folded)) else iso_date(folded)
