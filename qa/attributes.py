"""Answer a question for an attribute with the value that a sentence gives it: 办公地址, 报名电话, 营业时间, 首都.

Knows how addresses, telephone numbers, hours and capitals are asked for and stated. Does not rank passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, without_spans
from index.text.folding import fold
from qa.answer import LOW_CONFIDENCE, Answer, Evidence, hit_of
from qa.kinds.asking import Answered
from qa.name_forms import speaks_of
from qa.question import Question
from qa.search import Hit
from qa.slots import tagged

_CONFIDENCE = 0.85  # a sentence states it in so many words
_LONGEST = 25  # characters of what names the attribute and its bearer
_LEAST = 4  # characters of an attribute that is asked for by its name alone: 电话 and 首都 are topics, 办公地址 is none
_SERVICES = (
    "营业|开放|办公|上班|下班|开馆|闭馆|开门|关门|服务|接待|报名|参观|门诊|就诊|"
    "放映|售票|运营|发车|截止|受理|入园|入场|登记"
)
# 移动电话 and 网络地址 are things, not of something.
_OTHER_THINGS = "移动 固定 公用 可视 诈骗 骚扰 卫星 网络 智能 虚拟"
_CLAUSE = r"[^,。;!?、\s]"
_CAPITAL = r"首都|省会|首府"
# What asks for an attribute by its end, what its value looks like, and whether a verb must stand before the value.
_ATTRIBUTES = (
    (r"(?:电话|热线|传真)(?:号码)?", r"[\d(+][\d ()+—–-]{3,}\d", False),
    (r"邮编|邮政编码", r"\d{6}(?!\d)", False),
    (r"邮箱|电子邮[箱件]地址", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", False),
    (r"网址|官网", r"(?:https?://)?[a-z\d-]+(?:\.[a-z\d-]+)+(?:/[\w./?=&%-]*)?", False),
    (r"地址|[住校厂]址", rf"{_CLAUSE}{{3,40}}", True),
    (rf"(?:{_SERVICES})时间", r"(?=[^,。;!?]*(?:\d|全天|周|星期))[^,。;!?]{2,40}", True),
    (_CAPITAL, r"[一-鿿·]{2,8}?(?=[,。;、和(!?\n]|$)", True),
)
_NO_THING = "".join(f"(?<!{thing})" for thing in _OTHER_THINGS.split())
_ENDS = re.compile(rf"{_NO_THING}(?:{'|'.join(words for words, _, _ in _ATTRIBUTES)})$")
_RELATIVE = re.compile(r"[去今明前后上本]年|最[新近]|[上本下]个?月")  # whose value is of another time in each article
_LEAD_OUT = re.compile(r"(?:的|是|为|在|有|位于|设在|\s)+$")
_IS = r"(?:是(?!否)|为(?!期|何)|在|位于|设在|[:])"
_BEFORE = r"(?:^|[^一-鿿]|[的其该及和]|拨打|致电|公布)"  # in front of the words asked for: else 紧急联系电话 is another
_MARKS = " ?!。"


@dataclass(frozen=True, slots=True)
class AttributeQuestion:
    """A question for an attribute: 青岚图书馆的联系电话."""

    words: str  # what names the attribute and its bearer, folded
    attribute: str  # its end: 电话
    value: str  # the pattern of what follows it where a sentence states it
    bare: bool  # nothing but these words is written


def attribute_question(question: Question) -> AttributeQuestion | None:
    """Read a question for an attribute; None for other questions.

    >>> from qa.question import understand
    >>> [bool(attribute_question(understand(text))) for text in ("报名电话", "报名电话是多少", "移动电话", "电话诈骗")]
    [True, True, False, False]
    """
    words = _LEAD_OUT.sub("", question.content.strip(_MARKS)).replace(" ", "")
    end = _ENDS.search(words) if len(words) <= _LONGEST and not _RELATIVE.search(question.folded) else None
    if end is None:
        return None
    bare = question.folded.strip(_MARKS).replace(" ", "") == words
    if words == end.group() and len(words) < _LEAST:
        return None
    value, joint = next(
        (value, rf"\s*{_IS}{'' if verb else '?'}\s*")
        for name, value, verb in _ATTRIBUTES
        if re.fullmatch(name, end.group())
    )
    return AttributeQuestion(words, end.group(), rf"(?:号码)?{joint}(?P<value>{value})", bare)


def answer_attribute(question: Question, hits: Sequence[Hit], most: int) -> Answered | None:
    """Give the value that a sentence states of the attribute asked for, with at most so many of the hits.

    Silence if no sentence states it, or two state another value and the question names no bearer. None for other
    questions, and for a whole question that no sentence answers so: it may be told in other words.
    """
    asked = attribute_question(question)
    if asked is None:
        return None
    places = [place for hit in hits for place in _places(asked, hit)]
    pieces = {re.sub(r"\W", "", fold(_piece(hits, place))) for place in places}
    if len(pieces) != 1:
        return (
            Answered(Answer("", "", 0.0, LOW_CONFIDENCE, None, kind="text"), tuple(hits[:most])) if asked.bare else None
        )
    evidence = places[0]
    text = _text(hits, evidence)
    answer = Answer(
        text[evidence.span.start : evidence.span.end],
        text[evidence.sentence.start : evidence.sentence.end],
        _CONFIDENCE,
        "",
        evidence,
        kind="text",
    )
    return Answered(answer, tuple(hits[: max(most, evidence.passage)]))


def _text(hits: Sequence[Hit], evidence: Evidence) -> str:
    return hit_of(hits, evidence).stored.passage.text


def _piece(hits: Sequence[Hit], evidence: Evidence) -> str:
    return _text(hits, evidence)[evidence.span.start : evidence.span.end]


def _places(asked: AttributeQuestion, hit: Hit) -> list[Evidence]:
    """Where a passage states the attribute of the bearer that is asked for, by the longest name that it has there."""
    passage = hit.stored.passage
    readable = fold(without_spans(passage.text, passage.removed))
    offsets = offsets_without(len(passage.text), passage.removed)
    title = fold(hit.stored.article.title)
    for cut in range(len(asked.words) - len(asked.attribute) + 1):
        bearer, name = asked.words[:cut].rstrip("的"), asked.words[cut:]
        stated = [*re.finditer(rf"{_BEFORE}(?P<name>{re.escape(name)}){asked.value}", readable)]
        before = [0, *(match.end() for match in stated)]
        own = [
            match
            for end, match in zip(before, stated, strict=False)
            if not bearer
            or _is_of(bearer, asked.attribute, readable[end : match.start("name")])
            or (len(stated) == 1 and not re.fullmatch(_CAPITAL, asked.attribute) and _speaks_of(bearer, title))
        ]
        if own:
            return [_evidence(hit, readable, offsets, *match.span("value")) for match in own]
    return []


def _is_of(bearer: str, attribute: str, before: str) -> bool:
    """Whether an attribute is the bearer's by what stands before it: no other body is named in between."""
    between = before[before.rfind(bearer) + len(bearer) :] if bearer in before else before
    if re.fullmatch(_CAPITAL, attribute):  # of a country: 中国代表团到临汐国, 首都是…
        return bearer in before and re.fullmatch(r"的|,?其?", between) is not None
    return _speaks_of(bearer, before) and all(tag != "ORG" for _, tag in tagged(between if bearer in before else ""))


def _speaks_of(bearer: str, text: str) -> bool:
    return bearer in text if re.search(r"\d", bearer) else speaks_of(bearer, text)  # 2024年 is not 2025年


def _evidence(hit: Hit, readable: str, offsets: Sequence[int], start: int, end: int) -> Evidence:
    """Return the place of a value in the passage, and that of the sentence around it."""
    begin = max(readable.rfind(mark, 0, start) for mark in "。!?\n") + 1
    close = min((at for mark in "。!?\n" if (at := readable.find(mark, end)) >= 0), default=len(readable) - 1)
    begin += len(readable[begin:start]) - len(readable[begin:start].lstrip())
    return Evidence(hit.rank, Span(offsets[begin], offsets[close] + 1), Span(offsets[start], offsets[end - 1] + 1))
