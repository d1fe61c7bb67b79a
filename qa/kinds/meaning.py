"""Answer what a name stands for and what a term means, from the sentence that explains it.

Knows how questions ask it, and how texts explain: 全称(简称), 简称,即全称, X是指…, 所谓X. Does not know
which sentence is like the question: one that does not explain is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, without_spans
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import Answer, Evidence
from qa.kinds.asking import Answered, Asking, HitList
from qa.question import Question
from qa.search import Hit
from qa.slots import tagged

_TERM = r"[“\"《]?(?P<term>[^,。的“”\"《》]{2,14}?)[”\"》]?"
_FULL_NAME = (
    rf"^{_TERM}的?(?:中文|英文)?(?:全称|全名|名称|中文名)(?:是|叫)?(?:什么)?$",
    rf"^{_TERM}是(?:什么|哪个词|谁)的(?:简称|缩写|英文缩写)$",
    r"^(?P<term>[a-z][a-z0-9&-]{1,9})(?:是|指|代表)(?:的是)?(?:什么|啥)(?:意思|指数|组织|机构|协定|项目|系统|技术)?$",
)
_MEANING = (
    rf"^(?:什么是|什么叫|何为|何谓|啥是){_TERM}$",
    rf"^{_TERM}(?:是|指|是指|指的是|代表|叫)(?:什么|啥|何)(?:意思|含义|概念)?$",
    rf"^{_TERM}的(?:意思|含义|定义)(?:是|为)什么$",
)
_NOUNS = {"n", "vn", "an", "nz", "nw", "LOC", "ORG", "PER", "a", "s", "f", "v"}
_ENDS_NAME = re.compile(r"同比|环比|增长|上涨|下降|均值|今天|近日|发布|显示|已|将|为|是|在|对|于|达")
_HITS = 8
_STATED, _LIKELY = 0.85, 0.6
_WEAKEST = 3  # the order of the least sure wording


@dataclass(frozen=True, slots=True)
class MeaningQuestion:
    """A question for what a term stands for."""

    term: str
    name_only: bool  # a longer name is wanted, no explanation


def meaning_question(folded: str) -> MeaningQuestion | None:
    """Read a folded question for the meaning of a term; None for other questions.

    >>> meaning_question("什么是预制菜?").term
    '预制菜'
    """
    bare = folded.rstrip(" ?!。")
    for patterns, name_only in ((_FULL_NAME, True), (_MEANING, False)):
        for pattern in patterns:
            match = re.match(pattern, bare)
            if match and not re.search(r"什么|哪|谁|多少|[这那]", match["term"]):
                return MeaningQuestion(match["term"].strip(), name_only)
    return None


def answer_meaning(question: Question, hits: Sequence[Hit], asking: Asking) -> Answered | None:
    """Answer from the first passage that explains the term; None for other questions and if none explains it."""
    asked = meaning_question(question.folded)
    if asked is None:
        return None
    listed = HitList([*asking.find(asked.term, _HITS, asking.filters), *hits])
    best: tuple[int, Hit, Evidence] | None = None
    for hit in listed.hits:
        for order, evidence in _explained(asked, hit):
            if best is None or order < best[0]:
                best = (order, hit, evidence)
    if best is None:
        return None
    order, hit, place = best
    text = hit.stored.passage.text
    words, sentence = text[place.span.start : place.span.end], text[place.sentence.start : place.sentence.end]
    answer = Answer(words, sentence, _LIKELY if order == _WEAKEST else _STATED, "", place, kind="text")
    return Answered(answer, listed.hits[: max(asking.k, hit.rank)])


def _explained(asked: MeaningQuestion, hit: Hit) -> Iterator[tuple[int, Evidence]]:
    """Where a hit explains the term, each with how sure its wording is, 0 the surest."""
    passage = hit.stored.passage
    for span in sentences(passage.text, passage.removed):
        inner = tuple(Span(r.start - span.start, r.end - span.start) for r in passage.removed if _inside(r, span))
        written = passage.text[span.start : span.end]
        folded = fold(without_spans(written, inner))
        if asked.term not in folded:
            continue
        offsets = offsets_without(len(written), inner)
        for order, start, end in _pieces(asked, folded):
            if end > start:
                place = Span(span.start + offsets[start], span.start + offsets[end - 1] + 1)
                yield order, Evidence(hit.rank, span, place)


def _inside(removed: Span, span: Span) -> bool:
    return span.start <= removed.start and removed.end <= span.end


def _pieces(asked: MeaningQuestion, folded: str) -> Iterator[tuple[int, int, int]]:
    """(order, start, end) of what explains the term in a folded sentence."""
    term = re.escape(asked.term)
    quoted = rf"[“\"‘「『《]?{term}[”\"’」』》]?"
    named = r"(?:即|简称|以下简称|又称|也称)"
    if match := re.search(rf"《(?P<full>[^《》]{{3,30}})》,?\(?,?{named}?[“\"《]?{term}[”\"》]?", folded):
        yield 0, *match.span("full")
    before = (
        rf"(?P<full>[一-鿿·]{{3,40}})(?:\((?:英文缩写|英文简称|{named})?[“\"]?{term}[”\"]?[,)]|"
        rf",?(?:简称|以下简称|又称|也称)[“\"]?{term})"
    )
    for match in re.finditer(before, folded):
        yield 0, *_last_nouns(folded, *match.span("full"))
    within = rf"{quoted}(?:\((?P<inside>[一-鿿·]{{3,30}})\)|,?(?:即|也就是|全称是?|全称为)(?P<after>[一-鿿·]{{3,40}}))"
    for match in re.finditer(within, folded):
        if match["inside"]:
            yield 0, *match.span("inside")
        elif asked.name_only or asked.term.isascii() or "全称" in match.group():
            yield 0, *_first_nouns(folded, *match.span("after"))
    if asked.name_only:
        return
    definition = r"(?P<text>[^。!?]{4,200})"
    if match := re.search(rf"{quoted}(?:是指|的意思是|指的就?是|就是指|,?是一[种类个项]|,?即){definition}", folded):
        yield 1, *match.span("text")
    if match := re.search(rf"所谓的?{quoted},?(?:就是|是指|是|即|指)?{definition}", folded):
        yield 1, *match.span("text")
    if match := re.match(rf"[^,。]{{0,6}}{quoted}(?:是|为)(?!由于|因为|否|在)(?=[^,。]{{4,}}){definition}", folded):
        yield 2, *match.span("text")
    if match := re.match(rf"\s*{quoted}(?=[在由将可能])(?P<text>[^。!?]{{12,200}})", folded):
        yield _WEAKEST, *match.span("text")


def _last_nouns(folded: str, start: int, end: int) -> tuple[int, int]:
    """The name that ends a piece of text: its last words that may be part of a name."""
    clause = max(folded.rfind(mark, 0, end) for mark in ",。;:、)”》 ") + 1
    place, begin = clause, end
    for word, tag in tagged(folded[clause:end]):
        if tag not in _NOUNS or tag == "v":
            begin = place + len(word)
        elif begin > place:
            begin = place
        place += len(word)
    return max(start, begin if begin < end else start), end


def _first_nouns(folded: str, start: int, end: int) -> tuple[int, int]:
    """The name that begins a piece of text."""
    match = _ENDS_NAME.search(folded, start + 2, end)
    return start, match.start() if match else end
