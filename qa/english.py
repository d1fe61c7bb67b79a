"""Understand what a question in English asks for: the kind of answer, its units, the times and the places it names.

Knows English question words. Does not know the corpus: the encoder finds passages for the words themselves.
"""

from __future__ import annotations

import calendar
import re

# The kinds of answer as in qa.question, which uses this module.
ANY, DATE, NUMBER, PERSON, PLACE = "any", "date", "number", "person", "place"

_MONEY = ("元", "块", "币", "镑")
_SHARE = ("%", "成", "百分", "倍", "‰")
_LENGTH = ("年", "月", "天", "日", "小时", "时", "分", "秒", "周")
_PEOPLE = (
    r"people|persons?|residents?|students?|patients?|workers?|visitors?|tourists?|passengers?|candidates?|experts?"
)
# (words of a question, kind of answer, units of a number; () for any), the first that fits
_ASKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"^when\b|\b(?:what|which) (?:date|day|year|month|time)\b", DATE, ()),
    (r"^where\b|\b(?:what|which) (?:city|town|county|province|village|place|district|country)\b", PLACE, ()),
    (r"^(?:who|whom|whose)\b", PERSON, ()),
    (r"\bhow long\b.*\b(?:bridge|road|tunnel|line|river|railway|highway)\b", NUMBER, ("米", "里")),
    (r"\bhow long\b|\bhow many (?:years|months|weeks|days|hours|minutes)\b", NUMBER, _LENGTH),
    (r"\bhow (?:far|high|tall|deep|wide)\b", NUMBER, ("米", "里")),
    (r"\bhow old\b", NUMBER, ("岁",)),
    (rf"\bhow many (?:\w+ )?(?:{_PEOPLE})\b", NUMBER, ("人", "名", "位", "万")),
    (r"\bhow many\b", NUMBER, ()),
    (r"\b(?:share|percentage|percent|proportion|rate|ratio)\b", NUMBER, _SHARE),
    (r"\bhow (?:much|fast) .*\b(?:grow|grew|grown|rise|rose|fall|fell|increase|decrease|drop|up|down)", NUMBER, _SHARE),
    (
        r"\b(?:how (?:much|large|big)|what)\b.*\b(?:invest|cost|price|ticket|fee|fare|spen[dt]|budget|revenue|income|"
        r"profit|output value|value|gdp|pay|paid|worth|subsid|tax|wage|salar)",
        NUMBER,
        _MONEY,
    ),
    (r"\b(?:area)\b", NUMBER, ("平方", "亩", "公顷")),
    (r"\bhow (?:much|large|big|fast|heavy)\b|\bthe (?:number|average|total|annual|amount)\b", NUMBER, ()),
)
_QUESTION = re.compile(
    r"\b(?:how|what|when|where|who|whom|whose|which|why|is|are|was|were|does|did|do)\b", re.IGNORECASE
)
_MONTHS = tuple(month.lower() for month in calendar.month_name[1:])
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAME = re.compile(r"(?<=[a-z,'0-9] )[A-Z][a-z]{2,}\b")


def is_english(text: str) -> bool:
    """Whether a text is a question in English: ASCII with a question word.

    >>> is_english("How much is a ticket?"), is_english("tuoyuan chanzhi"), is_english("拓源产值")
    (True, False, False)
    """
    return text.isascii() and _QUESTION.search(text) is not None


def asked_for(folded: str) -> tuple[str, tuple[str, ...]]:
    """Return the kind of answer that a folded question in English wants, and the units of a number, () for any.

    >>> asked_for("how much is a ticket for line 1?")
    ('number', ('元', '块', '币', '镑'))
    """
    return next(((kind, units) for words, kind, units in _ASKED if re.search(words, folded)), (ANY, ()))


def times(text: str) -> list[str]:
    """Return the years and months that a question names, as Chinese articles write them.

    >>> times("How many cars did Shanghai make in May 2022?")
    ['2022年', '5月']
    """
    months = [f"{number}月" for number, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name.capitalize()}\b", text)]
    return [f"{year}年" for year in _YEAR.findall(text)] + months


def place_names(text: str) -> list[str]:
    """Return the capitalised words inside a question that may be Chinese names in pinyin, in lower case.

    >>> place_names("How many cars did Shanghai make in May?")
    ['shanghai']
    """
    from qa.pinyin import is_pinyin

    words = [word.lower() for word in _NAME.findall(text)]
    return [word for word in words if word not in _MONTHS and word != "china" and is_pinyin(word)]
