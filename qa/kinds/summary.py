"""Answer a question for a summary with the article itself: its first passage, then its others that fit the question.

Knows how a summary is asked for. Writes no sentence of its own: the passages are the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.store.terms import pairs
from index.text.folding import fold
from qa.answer import Answer
from qa.kinds.asking import Answered, Asking, HitList, lead_of
from qa.periods import times_of_facts
from qa.question import Question
from qa.search import Hit

_ASKED = (
    r"^(?:请|请你|帮我|帮忙|麻烦|能否|能不能|简单|简要|大致|大概|用几句话|一句话)*(?:地)?"
    r"(?:总结|概括|概述|归纳|介绍|梳理|简介|简述|摘要|说说|讲讲|谈谈)(?:一下|一下子|下)?(?:关于)?",
    r"(?:都|主要|大概|具体|大致)?(?:讲|说|写|谈|报道)(?:的|了|的是)?(?:些)?(?:什么|啥|哪些内容|哪些事)(?:内容|事|事情)?$",
    r"(?:的)?(?:主要内容|大意|梗概|概要|摘要|要点|内容提要)(?:是什么|有哪些|是)?$",
)
_SUMMARY = re.compile("|".join(_ASKED))
_FILLERS = re.compile(
    r"(?:的)?(?:那|这|该)(?:篇|则|条|个)(?:文章|报道|新闻|稿件|消息)?|(?:的)?(?:主要)?(?:内容|大意|要点|情况|进展|案件|经过)$|[《》?!。]"
)
_TIMES = re.compile(r"(?:\d{1,4}年)?(?:\d{1,2}月)?(?:\d{1,2}[日号])?(?<=[年月日号])")
_LEAST = 0.5  # of the words' pairs that an article must hold


def summary_topic(folded: str) -> str:
    """Return what a folded question asks a summary of, "" for other questions.

    >>> summary_topic("总结一下春耕大会的主要内容。")
    '春耕大会'
    """
    bare = folded.rstrip(" ?!。")
    if not _SUMMARY.search(bare):
        return ""
    topic = bare
    for _ in range(2):  # 介绍一下…讲了什么
        topic = _FILLERS.sub(" ", _SUMMARY.sub("", topic).strip()).strip().rstrip("的")
    return " ".join(topic.split())


def answer_summary(question: Question, asking: Asking) -> Answered | None:
    """Give the passages of the article that a summary is asked of; None for other questions."""
    topic = summary_topic(question.folded)
    if len(topic) < 2:
        return None
    hits = asking.find(topic, max(asking.k, 10), asking.filters)
    best = _best(topic, hits)
    if best is None:
        return None
    own = [hit for hit in hits if hit.stored.article.id == best.stored.article.id]
    listed = HitList([lead_of(asking.store, best), *own, *hits])
    return Answered(Answer("", "", 0.0, "", None, kind="passages"), listed.hits[: max(asking.k, 1)])


def _best(topic: str, hits: Sequence[Hit]) -> Hit | None:
    """The hit of the article that is about a topic: its title and text hold the most of it, the first of equals."""
    words = _TIMES.sub(" ", topic)  # an article writes its own day otherwise, or not at all
    asked = [pair for pair in pairs(words) if " " not in pair]
    days = [time.iso for time in times_of_facts(topic, "")]
    best, most = None, 0.0
    for hit in hits:
        article = hit.stored.article
        text, title = fold(article.text), fold(article.title)
        share = sum(pair in text or pair in title for pair in asked) / max(1, len(asked))
        named = sum(pair in title for pair in asked) / max(1, len(asked))
        score = share + named + any(article.date.startswith(day) for day in days)
        if share >= _LEAST and score > most:
            best, most = hit, score
    return best
