"""Write the number of a spreadsheet's cell as its format shows it: 0.085 in `0.0%` is 8.5%, 45174 is 2023-09-05.

Knows the codes of formats that spreadsheet programs share. Does not know files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from functools import lru_cache

# Formats that are known by number only; those that a language may change are dates in Chinese programs.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    **dict.fromkeys((14, 15, 30, 31), "yyyy/m/d"),
    16: "m/d",
    17: "yyyy/m",
    **dict.fromkeys((18, 20, 32, 34), "h:mm"),
    **dict.fromkeys((19, 21, 33, 35), "h:mm:ss"),
    22: "yyyy/m/d h:mm",
    **dict.fromkeys((27, 36, 50, 52, 57), "yyyy/m"),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), "m/d"),
    **dict.fromkeys((37, 38), "#,##0"),
    **dict.fromkeys((39, 40), "#,##0.00"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss",
}
_LONGEST = 255  # characters of a format, as Excel allows
_LATEST = 2_958_466  # days; the last year is 9999
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.', re.DOTALL)
_BRACKET = re.compile(r"\[([^\]]*)\]")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?|\.[#0?]+")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_MARK = "\ue000"  # stands for a literal while a format is read
_GENERAL = re.compile("general|g/通用格式", re.IGNORECASE)  # its letters are no codes of a date
_UNDERSTOOD = re.compile(r"[#0?.,%+\-()\s¥$￥€£/:" + _MARK + "]*")


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the formats between semicolons."""

    code: str  # with a mark in place of each literal
    literals: tuple[str, ...]
    condition: tuple[str, float] | None
    elapsed: str = ""  # "h" for a time that may exceed a day

    @property
    def is_date(self) -> bool:
        return bool(self.elapsed) or (
            bool(re.search("[ymdhse年月日]", self.code, re.IGNORECASE))
            and not re.search(r"[#0?]", self.code)
            and not _GENERAL.search(self.code)
        )


def shown_number(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return a number as a format shows it; dates as ISO, as far as the format shows them.

    >>> shown_number(0.085, "0.0%"), shown_number(45174, "yyyy/m/d"), shown_number(8.4, '0.0"亿元"')
    ('8.5%', '2023-09-05', '8.4亿元')
    """
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    value = float(value)
    sections = _sections(code[:_LONGEST])
    section = _chosen(sections, value)
    if section is None:
        return _general(value)
    if section.is_date:
        return _date(value, section, since_1904=since_1904) or _general(value)
    if value < 0 and len(sections) > 1 and section is sections[1] and section.condition is None:
        text = _number(-value, section)  # its own sign, brackets or only a colour
        return text if text.startswith("-") else "-" + text.strip("()（）")
    return _number(value, section)


@lru_cache(1024)
def _sections(code: str) -> tuple[_Section, ...]:
    literals: list[str] = []

    def kept(match: re.Match[str]) -> str:
        text = match[1] if match[1] is not None else match[2] or ""
        literals.append(text)
        return _MARK

    sections = []
    for part in _QUOTED.sub(kept, code).split(";")[:4]:
        count = part.count(_MARK)
        own, literals[:count] = tuple(literals[:count]), []
        condition, elapsed = None, ""
        for inner in _BRACKET.findall(part):
            if match := _CONDITION.fullmatch(inner.strip()):
                condition = (match[1], float(match[2]))
            elif _ELAPSED.fullmatch(f"[{inner}]"):
                elapsed = inner[0].lower()
        part = _BRACKET.sub(_currency, part)
        sections.append(_Section(part, own, condition, elapsed))
    return tuple(sections)


def _currency(match: re.Match[str]) -> str:
    """Return the sign of a bracket such as [$¥-804]; other brackets hold colours, languages and conditions."""
    return match[1][1:].partition("-")[0] if match[1].startswith("$") else ""


def _chosen(sections: tuple[_Section, ...], value: float) -> _Section | None:
    """Return the section for a number; None for numbers that are written as they are."""
    compare = {
        "<": value.__lt__, ">": value.__gt__, "<=": value.__le__, ">=": value.__ge__, "=": value.__eq__,
        "<>": value.__ne__,
    }  # fmt: skip
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or compare[section.condition[0]](section.condition[1]) is True:
                return section
        return None
    section = sections[0]
    if len(sections) > 1 and value < 0:
        section = sections[1]
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    return (
        None if section.code.strip().lower() in ("general", "@", "g/通用格式", "") and not section.literals else section
    )


def _general(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def _number(value: float, section: _Section) -> str:
    code, literals = section.code, iter(section.literals)
    match = _DIGITS.search(code)
    general = _GENERAL.search(code)
    if general:
        figure, start, end = _general(value), general.start(), general.end()
    elif match is None:
        # A format of words only, such as "无", shows no figure.
        return (
            "".join(next(literals, "") if sign == _MARK else sign for sign in code).strip()
            if _MARK in code
            else (_general(value))
        )
    elif not _UNDERSTOOD.fullmatch(code) or "/" in code:
        return _general(value)  # fractions, powers of ten
    else:
        start, end = match.span()
        percent = code.count("%")
        whole, _, fraction = match.group().partition(".")
        scale = len(whole) - len(whole.rstrip(",")) if not fraction else len(code[end:]) - len(code[end:].lstrip(","))
        figure = _rounded(value, whole.rstrip(","), fraction, 2 * percent - 3 * scale)
        if fraction:
            end += scale
    before = "".join(next(literals, "") if sign == _MARK else sign for sign in code[:start])
    after = "".join(next(literals, "") if sign == _MARK else sign for sign in code[end:])
    sign = ""
    if figure.startswith("-") and before:
        sign, figure = "-", figure[1:]
    return f"{sign}{before.strip()}{figure}{after.rstrip()}".strip()


def _rounded(value: float, whole: str, fraction: str, shift: int) -> str:
    """Return a number with as many digits as `whole` and `fraction` ask for, moved by `shift` powers of ten."""
    least = sum(sign == "0" for sign in fraction)
    try:
        number = Decimal(repr(value)).scaleb(shift).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    except DecimalException:
        return _general(value)
    text = f"{abs(number):,f}" if "," in whole else f"{abs(number):f}"
    if len(fraction) > least:
        head, _, tail = text.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    digits = whole.count("0")
    if not number and not digits + least:
        return ""
    head, point, tail = text.partition(".")
    if "," not in whole and len(head) < digits:
        head = head.zfill(digits)
    text = head + point + tail
    return f"-{text}" if number < 0 else text


def _date(value: float, section: _Section, *, since_1904: bool) -> str:
    """Return a date or a time as far as the format shows it, "" for a number that is no date."""
    if not 0 <= value < _LATEST:
        return ""
    code = section.code.lower().replace("am/pm", "").replace("上午/下午", "")
    if section.elapsed:
        seconds = round(value * 86400)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if "s" in code else "")
    days, rest = divmod(round(value * 86400), 86400)
    time = ""
    if "h" in code:
        time = f"{rest // 3600}:{rest // 60 % 60:02}" + (f":{rest % 60:02}" if "s" in code else "")
    elif "s" in code:
        return f"{rest // 60}:{rest % 60:02}"
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if days > 60 else 31)  # Excel has a 29 February 1900
    try:
        day = datetime.combine(first, datetime.min.time()) + timedelta(days=days)
    except OverflowError:
        return ""
    has_year, has_day = bool(re.search("[ye]", code)), "d" in code
    has_month = bool(re.search(r"m(?!\w*:)", re.sub(r"h+\W*m+|m+\W*s+", "", code)))
    if has_year and has_month:
        text = day.date().isoformat() if has_day else f"{day.year}年{day.month}月"
    elif has_year:
        text = f"{day.year}年"
    elif has_month or has_day:
        text = f"{day.month}月{day.day}日" if has_day else f"{day.month}月"
    else:
        text = ""
    return f"{text} {time}".strip()
