"""Refuse questions that nothing can answer: of two times at once, of no time or one to come, of nobody.

Knows how a question contradicts itself. Of the corpus it knows the days of the articles found alone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence

from index.text.folding import fold
from qa.answer import NOT_STATED, Answer
from qa.kinds.asking import Answered, Asking
from qa.periods import periods
from qa.question import ANY, ATTRIBUTE, NAME, Question
from qa.search import Hit
from qa.slot_context import Missing
from qa.slots import PERIOD, SUBJECT

_TWO_TIMES = re.compile(
    r"(?:19|20)\d\d年的?(?:19|20)\d\d年"
    r"|上半年的?第?[三四34]季度|下半年的?第?[一二12]季度"
    r"|[去今明前]年的?[去今明前]年"
)
_OWN_PRICE = re.compile(r"[油房物股金银粮菜肉猪煤铁钢铜铝米糖棉气水电药]价")  # there is one, whoever pays it
_COMPARES = re.compile(r"分别|各[是为有自多]|相比|对比|比[^,]{0,4}[增减多少高低]")
_DAY = re.compile(
    r"(?:(?P<year>(?:19|20|21)\d\d)年)?(?<!\d)(?P<month>\d{1,2})月(?!龄|大|份额|间)(?:(?P<day>\d{1,2})[日号])?"
)
# What is left of a question that names only a time and a change, or only what is measured.
_BARE = re.compile(r"同比|环比|增长|增加|提高|上升|上涨|下降|减少|降低|达到?|变化|[了的是为有约共到]|一共|总共|大约|率")
_YEAR = re.compile(r"(?<!\d)(?P<year>(?:19|20|21)\d\d)年")
_SHORT = 12  # characters of a question that may name nobody
# Offices, kinds of bodies and what is done: of somebody, but of whom?
_OF_ANYBODY = re.compile(
    r"(?:[市县区镇乡村州省校院厂部局处所会社行馆园站]长|经理|书记|主任|主席|总裁|教练|代表|董事|冠军|金牌|公司|企业|集团|单位|项目|工程|学校|医院)$"
)
_ANY_DAY, _LEAP_YEAR = "2020-06-30", 2020
_AHEAD = re.compile(r"计划|预计|目标|将|规划|力争|到(?=20\d\d年)|展望|哪年|什么时候|建成|达到")
_NO_SUBJECT = re.compile(
    r"\s*(?:是|有|一共|总共|大概|大约)?(?:多少|几|什么|谁|哪里|哪年|哪天|什么时候|怎么样|为什么)(?:呢|啊|呀|个|人|钱)?\s*"
)


def contradiction(folded: str, newest: str, articles: int = 1) -> Missing | None:
    """Return what makes a folded question impossible to answer; None if nothing does.

    `newest`: the ISO date of the newest of the first hits' articles, "" for none. `articles`: how many of them there
    are; of one article alone 总投资是多少 needs no subject.

    >>> contradiction("云岫县2024年2023年产值是多少?", "").asked
    '2024年2023年'
    """
    bare = folded.rstrip(" ?!。")
    if _NO_SUBJECT.fullmatch(bare) or (articles > 1 and _names_nothing(bare)):
        return Missing(SUBJECT, bare, "")
    if (both := _TWO_TIMES.search(bare)) and not _COMPARES.search(bare):
        return Missing(PERIOD, both.group(), "")
    if none := next((match for match in _DAY.finditer(bare) if not _exists(match)), None):
        return Missing(PERIOD, none.group(), "")
    years = [int(match["year"]) for match in _YEAR.finditer(bare)]
    if newest and years and min(years) > int(newest[:4]) + 1 and not _AHEAD.search(bare):
        return Missing(PERIOD, f"{min(years)}年", "")
    return None


def _names_nothing(bare: str) -> bool:
    """Whether a question asks how much of nobody: 去年增长了多少, 总投资是多少."""
    if not re.search("多少|几", bare):
        return False
    for time in reversed(periods(bare, _ANY_DAY)):
        bare = bare[: time.start] + bare[time.end :]
    left = re.sub(r"多少|几", "", _BARE.sub("", bare)).strip()
    return not left or (ATTRIBUTE.fullmatch(left) is not None and not _OWN_PRICE.fullmatch(left))


def _names_nobody(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether a question names nobody, and several articles could be meant: 总经理是谁, 什么时候通车."""
    folded = question.folded
    if len(folded) > _SHORT or any(sign in folded for sign in '《“"') or question.newest:
        return False
    if question.wants in (ANY, NAME) or re.search(r"[a-z0-9]", folded):
        return False
    from qa.slots import tagged  # a tagger, which long questions do not need here

    words = [
        (word, tag)
        for word, tag in tagged(question.content.strip(" ?!。"))
        if len(word) > 1 and not word.isspace() and tag[0] not in "umcqrpdwx" and tag != "TIME"
    ]
    if not words or any(tag in ("PER", "LOC", "ORG", "nz", "nw", "s", "f") for _, tag in words):
        return False
    if any(_OWN_PRICE.fullmatch(word) for word, _ in words):
        return False
    if not all(tag.startswith("v") or _OF_ANYBODY.search(word) or ATTRIBUTE.search(word) for word, tag in words):
        return False
    key = words[-1][0]
    return len({hit.stored.article.id for hit in hits if key in fold(hit.stored.passage.text)}) > 1


def _exists(match: re.Match[str]) -> bool:
    """Whether a month or a day is in the calendar; 29 February without its year is."""
    month, day = int(match["month"]), int(match["day"] or 1)
    return 1 <= month <= 12 and 1 <= day <= monthrange(int(match["year"] or _LEAP_YEAR), month)[1]


def answer_contradiction(question: Question, hits: Sequence[Hit], asking: Asking) -> Answered | None:
    """Abstain from a question that nothing can answer, and name what is wrong with it; None for other questions."""
    newest = max((hit.stored.article.date for hit in hits), default="")
    wrong = contradiction(question.folded, newest, len({hit.stored.article.id for hit in hits}))
    if wrong is None and _names_nobody(question, hits):
        wrong = Missing(SUBJECT, question.folded.rstrip(" ?!。"), "")
    if wrong is None:
        return None
    return Answered(Answer("", "", 0.0, NOT_STATED, None, missing=(wrong,)), tuple(hits[: asking.k]))
