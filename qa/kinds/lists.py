"""Answer which things with the items of a list in a sentence, each cited.

Knows how lists are written (A、B和C), how many a question asks for, and that a denied question wants a denied clause.
Joins
lists of several articles only where the question does not say how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, spans_within, without_spans
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import Answer, Evidence, Item
from qa.kinds.asking import Answered
from qa.kinds.polarity import is_denied
from qa.question import Question
from qa.search import Hit
from qa.slot_check import Context, missing
from qa.slots import Slots, slots_of, tagged
from qa.variants import han_value

_NUMERAL = r"\d{1,2}|[一二两三四五六七八九十]{1,3}"
_COUNTER = r"[个家项位名种座条款部类省市国地县区]"
_ASKED = re.compile(rf"哪(?P<number>{_NUMERAL})?{_COUNTER}?|(?P<before>{_NUMERAL}){_COUNTER}[^?]*?(?:是|有|指)?哪些")
_MANY = re.compile(rf"哪些|哪几|哪(?:{_NUMERAL}){_COUNTER}")
_ITEM = r"[^,。;:!?、()]{1,30}"
_LIST = re.compile(rf"{_ITEM}(?:、{_ITEM})+(?:(?:和|以及|及|与){_ITEM})?")
# A和B两家企业: two things without a comma are a list if their number follows.
_TWO = re.compile(rf"{_ITEM}(?:和|与|及){_ITEM}?(?=[两2二]{_COUNTER})")
_LAST_JOINT = re.compile(r"(?<=[^、])(?:和|以及|及|与)(?=[^、]{2,}$)")
_TAIL = re.compile(
    rf"(?:等)?(?:{_NUMERAL})?{_COUNTER}|等|没有|已经|未|将|已|正式|完成|是|为|被|共|都|均|在(?=[^,]{{2}})"
)
_LEADING = re.compile(
    r".*(?:分别(?:是|为)|包括|包含|引进了?|新增了?|其中|有|是|为|叫|：|航天员|记者|[了和]|“)(?=[^的]{2,})"
)
_FIGURES = re.compile(r"\d(?:%|元|万|亿|吨)")
_EMPTY = {"u", "w", "c", "p", "xc", "TIME", "d", "r", "m", "q"}
_LEAST = 0.45  # the share of the question's words in the sentence, those before it and the title
_ALIKE = 0.9
_CONFIDENCE, _LIKELY = 0.85, 0.65


@dataclass(frozen=True, slots=True)
class _List:
    """A list in a sentence of a hit."""

    hit: Hit
    sentence: Span
    items: tuple[Span, ...]  # in the passage
    score: float
    counted: bool  # it has as many items as the question asks for


def answer_list(question: Question, hits: Sequence[Hit]) -> Answered | None:
    """Answer which things with the items of the list that fits best; None for other questions or without one."""
    if not _MANY.search(question.folded):
        return None
    number = _number(question.folded)
    slots = slots_of(question)
    words = tagged(question.folded)
    asked = [word for word, tag in words if len(word) > 1 and tag not in _EMPTY]
    after = _MANY.sub("\n", question.folded.rstrip(" ?!。了吗")).rpartition("\n")[2]
    verbs = [word for word, tag in words if len(word) > 1 and tag in ("v", "vn") and word not in ("没有", "包括")]
    ending = after[-2:] if len(after) > 1 else ""  # 换证 in 哪些作坊换证
    lists = list(_lists(hits, question, slots, (asked, verbs, ending), number))
    if not lists:
        return None
    best = max(lists, key=lambda each: (each.counted, each.score))
    if number and not best.counted:
        return None
    ranks = {hit.rank: hit for hit in hits}
    also = [] if number else _alike(lists, best)
    text = best.hit.stored.passage.text
    whole = Span(best.items[0].start, best.items[-1].end)
    items = tuple(
        Item(ranks[one.hit.rank].stored.passage.text[each.start : each.end], one.hit.rank, each)
        for one in (best, *also)
        for each in one.items
    )
    answer = Answer(
        text[whole.start : whole.end],
        text[best.sentence.start : best.sentence.end],
        _CONFIDENCE if best.counted else _LIKELY,
        "",
        Evidence(best.hit.rank, best.sentence, whole),
        kind="list",
        items=items,
    )
    return Answered(answer, tuple(hits))


def _alike(lists: Sequence[_List], best: _List) -> list[_List]:
    """The lists of other articles that fit nearly as well: what is asked for may have come in parts."""
    articles = {best.hit.stored.article.id}
    alike = []
    for each in lists:
        article = each.hit.stored.article.id
        if each.score >= _ALIKE * best.score and article not in articles:
            articles.add(article)
            alike.append(each)
    return alike


def _number(folded: str) -> int:
    """How many things a question asks for, 0 if it does not say."""
    match = _ASKED.search(folded)
    written = (match["number"] or match["before"]) if match else ""
    return 0 if not written else int(written) if written.isdecimal() else int(han_value(written))


def _lists(
    hits: Sequence[Hit], question: Question, slots: Slots, words: tuple[Sequence[str], Sequence[str], str], number: int
) -> Iterator[_List]:
    """The lists of these hits that speak of the words, its verbs in their own clause."""
    asked, verbs, ending = words
    for hit in hits:
        passage, article = hit.stored.passage, hit.stored.article
        before: tuple[str, ...] = ()
        for span in sentences(passage.text, passage.removed):
            inner = spans_within(passage.removed, span)
            written = passage.text[span.start : span.end]
            folded = fold(without_spans(written, inner))
            offsets = offsets_without(len(written), inner)
            for items in items_in(folded):
                start = max(folded.rfind(mark, 0, items[0][0]) for mark in ",;。") + 1
                ends = [at for at in (folded.find(mark, items[-1][1]) for mark in ",;。") if at >= 0]
                clause = folded[start : min(ends, default=len(folded))]
                if is_denied(clause) != is_denied(question.folded) or _FIGURES.search(
                    folded[items[-1][0] : items[-1][1]]
                ):
                    continue
                # 分别是… goes on from the sentence before; any other list says itself what is done.
                context_of = clause + "".join(before[-1:]) if "分别" in clause else clause
                if ending not in folded or not all(verb in context_of for verb in verbs):
                    continue
                whole = "\n".join((fold(article.title), *before[-2:], folded))
                around = sum(word in whole for word in asked) / max(1, len(asked))
                own = sum(word in clause for word in asked) / max(1, len(asked))
                context = Context(folded[items[0][0] : items[-1][1]], folded, before, fold(article.title), article.date)
                if around < _LEAST or missing(slots, context):
                    continue
                places = tuple(Span(span.start + offsets[a], span.start + offsets[b - 1] + 1) for a, b in items)
                yield _List(hit, span, places, around + own, bool(number) and len(items) == number)
            before = (*before, folded)


def items_in(folded: str) -> Iterator[list[tuple[int, int]]]:
    """Yield the places of the items of each list in a folded sentence.

    >>> text = "引进了甲厂、乙厂和丙厂三家企业。"
    >>> [[text[a:b] for a, b in items] for items in items_in(text)]
    [['甲厂', '乙厂', '丙厂']]
    """
    for match in (*_LIST.finditer(folded), *(two for two in _TWO.finditer(folded) if "、" not in two.group())):
        pieces: list[tuple[int, int]] = []
        at = match.start()
        for piece in match.group().split("、"):
            pieces.append((at, at + len(piece)))
            at += len(piece) + 1
        start, end = pieces[-1]
        tail = _TAIL.search(folded, start + 2, end)
        end = tail.start() if tail else end
        joint = _LAST_JOINT.search(folded[start:end])
        last = [(start, start + joint.start()), (start + joint.end(), end)] if joint else [(start, end)]
        pieces[-1:] = last
        first_start, first_end = pieces[0]
        lead = _LEADING.match(folded[first_start:first_end])
        if lead and lead.end() < first_end - first_start - 1:
            pieces[0] = (first_start + lead.end(), first_end)
        pieces = [(a, b) for a, b in pieces if b > a]
        if len(pieces) > 1:
            yield pieces
