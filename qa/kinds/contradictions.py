"""Refuse questions that nothing can answer: of two years at once, of a time to come, of nothing at all.

Knows how a question contradicts itself. Of the corpus it knows the days of the articles found alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answer import NOT_STATED, Answer
from qa.kinds.asking import Answered, Asking
from qa.question import Question
from qa.search import Hit
from qa.slot_check import Missing
from qa.slots import PERIOD, SUBJECT

_TWO_YEARS = re.compile(r"(?P<years>(?:19|20)\d\d年(?:19|20)\d\d年)")
_YEAR = re.compile(r"(?<!\d)(?P<year>(?:19|20|21)\d\d)年")
_AHEAD = re.compile(r"计划|预计|目标|将|规划|力争|到(?=20\d\d年)|展望|哪年|什么时候|建成|达到")
_NO_SUBJECT = re.compile(
    r"\s*(?:是|有|一共|总共|大概|大约)?(?:多少|几|什么|谁|哪里|哪年|哪天|什么时候|怎么样|为什么)(?:呢|啊|呀|个|人|钱)?\s*"
)


def contradiction(folded: str, newest: str) -> Missing | None:
    """Return what makes a folded question impossible to answer; None if nothing does.

    `newest`: the ISO date of the newest of the first hits' articles, "" for none.

    >>> contradiction("云岫县2024年2023年产值是多少?", "").asked
    '2024年2023年'
    """
    bare = folded.rstrip(" ?!。")
    if _NO_SUBJECT.fullmatch(bare):
        return Missing(SUBJECT, bare, "")
    if both := _TWO_YEARS.search(bare):
        return Missing(PERIOD, both["years"], "")
    years = [int(match["year"]) for match in _YEAR.finditer(bare)]
    if newest and years and min(years) > int(newest[:4]) + 1 and not _AHEAD.search(bare):
        return Missing(PERIOD, f"{min(years)}年", "")
    return None


def answer_contradiction(question: Question, hits: Sequence[Hit], asking: Asking) -> Answered | None:
    """Abstain from a question that nothing can answer, and name what is wrong with it; None for other questions."""
    newest = max((hit.stored.article.date for hit in hits), default="")
    wrong = contradiction(question.folded, newest)
    if wrong is None:
        return None
    return Answered(Answer("", "", 0.0, NOT_STATED, None, missing=(wrong,)), tuple(hits[: asking.k]))
