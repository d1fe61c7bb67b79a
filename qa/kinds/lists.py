"""Answer which things with the items of a list in a sentence, each cited.

Knows how lists are written (A、B和C), how many a question asks for, and that a denied question wants a denied clause.
Joins lists of several articles, and single things of others, only where the question does not say how many. What
several articles name in part, none of them counts or sums: then the parts are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, spans_within, without_spans
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import NOT_STATED, Answer, Evidence, Item, lead_and_end
from qa.kinds.asking import Answered, Asking, HitList
from qa.kinds.polarity import is_denied
from qa.question import Question, understand
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context, Missing
from qa.slots import INDICATOR, Slots, slots_of, tagged
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
_ONE_ALIKE = 0.6  # of a single thing, whose sentence need not say of which kind it is
_FIRMS, _FIRM = ("企业", "公司", "厂家", "厂商"), re.compile(r"公司|企业|集团|工厂")
_NAMES, _SHORT_NAME = {"LOC", "ORG", "nz", "nw"}, 2
_COUNT = re.compile(r"(?P<many>(?:一共|总共|共)?(?:几|多少)(?:家|个(?=企业|公司|厂)))|合计|一共|总共|共计")
_SUMMED = re.compile(r"^(.*?)(?:的)?(企业|公司|厂家|厂商).*$")
_PAIR = 2
_FEWEST, _READ = 2, 5  # articles that name a part; hits that are looked at
_CONFIDENCE, _LIKELY = 0.85, 0.65


@dataclass(frozen=True, slots=True)
class _List:
    """A list in a sentence of a hit."""

    hit: Hit
    sentence: Span
    items: tuple[Span, ...]  # in the passage
    score: float
    counted: bool  # it has as many items as the question asks for


def answer_list(question: Question, hits: Sequence[Hit], asking: Asking) -> Answered | None:
    """Answer which things with the items of the list that fits best; None for other questions or without one."""
    if not _MANY.search(question.folded):
        return None
    number, slots = _number(question.folded), slots_of(question)
    lists = list(_lists(hits, question, slots, _words(question), number))
    if not lists and number and slots.names:
        # In an article about 青岚园 many passages name it, and the one with the list need not.
        listed = HitList([*hits, *asking.find(_without(slots.names, question.folded), _READ, asking.filters)])
        hits = listed.hits
        lists = list(_lists(hits, question, slots, _words(question), number))
    several = [each for each in lists if len(each.items) > 1]
    if not several:
        return None
    best = max(several, key=lambda each: (each.counted, each.score))
    if number and not best.counted:
        return None
    also = [] if number else _alike(lists, best)
    text = best.hit.stored.passage.text
    whole = Span(best.items[0].start, best.items[-1].end)
    items = _items((best, *also))
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


def answer_in_parts(
    question: Question, hits: Sequence[Hit], asking: Asking, plain: Callable[[], Answer]
) -> Answered | None:
    """Refuse a count or a sum of which each article names only a part, and show the parts; None for other questions."""
    counted = _COUNT.search(question.folded)
    if counted is None:
        return None
    which = _COUNT.sub("哪些", question.folded) if counted["many"] else _SUMMED.sub(r"\1哪些\2", question.folded)
    if "哪些" not in which:
        return None
    as_list = understand(which, question.words)
    words = _words(as_list)
    if not words[1]:
        return None
    lists = [each for each in _lists(hits, as_list, slots_of(as_list), words, 0) if each.hit.rank <= _READ]
    if not lists:
        return None
    best = max(lists, key=lambda each: (len(each.items) > 1, each.score))
    parts = [best, *_alike(lists, best)]
    items = _items(parts)
    if len(parts) < _FEWEST or len({each.text for each in items}) < len(items):
        return None
    place = plain().evidence
    if place is None or not any((each.hit.rank, each.sentence) == (place.passage, place.sentence) for each in parts):
        return None  # a sentence of its own may state the whole
    kind = "count" if counted["many"] else "sum"
    unmet = (Missing(INDICATOR, counted.group(), ""),)
    last = max([asking.k, *(each.passage for each in items)])
    return Answered(Answer("", "", 0.0, NOT_STATED, None, missing=unmet, kind=kind, items=items), tuple(hits[:last]))


def _without(names: Sequence[str], folded: str) -> str:
    for name in names:
        folded = folded.replace(name, " ")
    return folded


def _words(question: Question) -> tuple[Sequence[str], Sequence[str], str]:
    """The words that a question asks with, its verbs, and how it ends: 换证 in 哪些作坊换证."""
    words = tagged(question.folded)
    asked = [word for word, tag in words if len(word) > 1 and tag not in _EMPTY]
    after = _MANY.sub("\n", question.folded.rstrip(" ?!。了吗")).rpartition("\n")[2]
    verbs = [word for word, tag in words if len(word) > 1 and tag in ("v", "vn") and word not in ("没有", "包括")]
    return asked, verbs, after[-2:] if len(after) > 1 else ""


def _items(lists: Iterable[_List]) -> tuple[Item, ...]:
    return tuple(
        Item(one.hit.stored.passage.text[each.start : each.end], one.hit.rank, each)
        for one in lists
        for each in one.items
    )


def _alike(lists: Sequence[_List], best: _List) -> list[_List]:
    """The lists of other articles that fit nearly as well: what is asked for may have come in parts."""
    articles = {best.hit.stored.article.id}
    alike = []
    for each in lists:
        article = each.hit.stored.article.id
        least = _ALIKE if len(each.items) > 1 else _ONE_ALIKE
        if each.score >= least * best.score and article not in articles:
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
            alike = list(_two_alike(folded, question.folded.rstrip(" ?!。")[-1:], verbs)) if number == _PAIR else []
            several = alike or list(items_in(folded))
            for items in several or ([] if number else list(_one_item(folded, verbs, ending))):
                start = max(folded.rfind(mark, 0, items[0][0]) for mark in ",;。") + 1
                ends = [at for at in (folded.find(mark, items[-1][1]) for mark in ",;。") if at >= 0]
                clause = folded[start : min(ends, default=len(folded))]
                if is_denied(clause) != is_denied(question.folded) or _FIGURES.search(
                    folded[items[-1][0] : items[-1][1]]
                ):
                    continue
                # 分别是… goes on from the sentence before; any other list says itself what is done.
                context_of = clause + "".join(before[-1:]) if "分别" in clause else clause
                named = (
                    bool(alike)
                    or ending in folded
                    or (len(items) == 1 and bool(_FIRM.search(folded)) and ending in _FIRMS)
                )
                if not named or not all(verb in context_of for verb in verbs):
                    continue
                whole = "\n".join((fold(article.title), *before[-2:], folded))
                around = sum(word in whole for word in asked) / max(1, len(asked))
                own = sum(word in clause for word in asked) / max(1, len(asked))
                piece, title = folded[items[0][0] : items[-1][1]], fold(article.title)
                context = Context(piece, folded, before, title, article.date, fold(lead_and_end(article)))
                if around < _LEAST or missing(slots, context):
                    continue
                places = tuple(Span(span.start + offsets[a], span.start + offsets[b - 1] + 1) for a, b in items)
                yield _List(hit, span, places, around + own, bool(number) and len(items) == number)
            before = (*before, folded)


def _two_alike(folded: str, last: str, verbs: Sequence[str]) -> Iterator[list[tuple[int, int]]]:
    """The places of two names that end as the question does: 设立猎豹奖和蜗牛奖 where two 奖 are asked for."""
    if not last.isalpha():
        return
    item = rf"[^,。;:!?、()和与]{{1,20}}{last}"
    for match in re.finditer(rf"({item})[和与]({item})(?=[,。;、]|$)", folded):
        start = max((match[1].rfind(verb) + len(verb) for verb in verbs if verb in match[1]), default=0)
        yield [(match.start(1) + start, match.end(1)), match.span(2)]


def _one_item(folded: str, verbs: Sequence[str], ending: str) -> Iterator[list[tuple[int, int]]]:
    """The place of a single name behind a verb of the question: 引进的芦洲冷链园."""
    if ending not in _FIRMS:
        return
    for verb in verbs:
        for match in re.finditer(rf"{verb}[的了](?=[一-鿿])", folded):
            end = match.end()
            for word, tag in tagged(folded[end:]):
                if tag not in _NAMES:
                    break
                end += len(word)
            if end - match.end() > _SHORT_NAME:
                yield [(match.end(), end)]


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
