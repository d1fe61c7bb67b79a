"""Answer a question by its kind, if it is of one that a single piece of text does not answer.

Knows the kinds in the order in which they are tried, and which words rule each out at once. Does not know how any of
them finds its answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from qa.answer import Answer
from qa.kinds.asking import Answered, Asking
from qa.kinds.contradictions import answer_contradiction
from qa.question import ANY, REASON, Question
from qa.search import Hit

# A question without one of these words is of no kind below: most questions load nothing more.
_TOPIC = 12  # characters of a topic word, with a mark behind it
_METADATA = re.compile(r"《|[这那该此][篇则条]|文章|报道|新闻|消息|稿|通讯")
_SUMMARY = re.compile(
    r"总结|概括|概述|归纳|介绍|梳理|简述|简介|摘要|大意|要点|梗概|主要内容|概要|(?:讲|说|写|谈|报道)[的了]"
)
_MEANING = re.compile(r"什么|啥|何[为谓]|全称|简称|缩写|全名|名称")
_PERSON = re.compile(r"是(?:谁|哪位|个?什么人|[做干]什么的)|谁是")
_YES_NO = re.compile(r"吗|没|不.{1,2}什么|是不是|是否|不能|会不会|可不可以|能否|要不要|可否")
_SEVERAL = re.compile(r"[,;、].*(?:多少|几|什么|何|哪|谁|多[大长高远久])|分别|各(?:是|有|为|自)")
_LIST = re.compile(r"哪些|哪几|哪[\d一二两三四五六七八九十]")
_PARTS = re.compile(r"(?:几|多少)[家个]|合计|一共|总共|共计")
_COMPUTED = re.compile(
    r"合计|一共|总共|共计|总和|之和|加起来|一起|相差|差距|差(?:多少|几)|(?:哪|谁).*?[更最较]|"
    r"比.+?[高低大小多少长短快慢远近重轻贵](?:出|了)?(?:多少|几)|(?:哪|谁).*?[高低大小多少长短快慢远近重轻贵][些?]*$"
)
_TABLE = re.compile(r"[|\t]|^[^,，\n]*[,，][^,，\n]*[,，][^。!?！？\n]*$", re.MULTILINE)


def answer_by_kind(
    question: Question, hits: Sequence[Hit], asking: Asking, plain: Callable[[], Answer]
) -> Answered | None:
    """Return the answer to a question of a known kind; None if it is a plain question, answered from its hits.

    `plain()` is the answer to it as a plain question; it is made once, and only where a kind looks at it.
    """
    return next((answered for answered in _answers(question, hits, asking, plain) if answered is not None), None)


def _answers(
    question: Question, hits: Sequence[Hit], asking: Asking, plain: Callable[[], Answer]
) -> Iterator[Answered | None]:
    """Yield what each kind that the question's words allow makes of it, one after the other."""
    folded = question.folded
    yield answer_contradiction(question, hits, asking)
    if question.wants == ANY and len(folded) <= _TOPIC:
        from qa.kinds.topic import answer_topic

        yield answer_topic(question, hits, asking.k, plain)
    if _METADATA.search(folded):
        from qa.kinds.metadata import answer_field, answer_listing

        yield answer_field(question, asking)
        yield answer_listing(question, asking)
    if _SUMMARY.search(folded):
        from qa.kinds.summary import answer_summary

        yield answer_summary(question, asking)
    if any(_TABLE.search(hit.stored.passage.text) for hit in hits):
        from qa.kinds.tables import answer_from_tables

        yield answer_from_tables(question, hits)
    if _MEANING.search(folded):
        from qa.kinds.meaning import answer_meaning

        yield answer_meaning(question, hits, asking)
    if _PERSON.search(folded):
        from qa.kinds.persons import answer_person

        yield answer_person(question, hits)
    if _SEVERAL.search(folded):
        from qa.kinds.several import answer_several

        yield answer_several(question, asking)
    if _YES_NO.search(folded):
        from qa.kinds.polarity import answer_denied_object, answer_yes_no

        yield answer_yes_no(question, hits)
        yield answer_denied_object(question, hits)
    if _LIST.search(folded):
        from qa.kinds.lists import answer_list

        yield answer_list(question, hits, asking)
    if _PARTS.search(folded):
        from qa.kinds.lists import answer_in_parts

        yield answer_in_parts(question, hits, asking, plain)
    if question.wants == REASON:
        from qa.kinds.reasons import answer_reason

        yield answer_reason(question, hits, asking, plain())
    if _COMPUTED.search(folded):
        from qa.kinds.computed import answer_computed

        yield answer_computed(question, hits, asking, plain)
