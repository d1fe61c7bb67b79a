"""Answer why with the clause that gives the reason, not the one that tells again what happened.

Knows the words that join a reason to what it explains: 由于…, 缘于…, X是…的原因. Does not know which passages are near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.records import Span, offsets_without, spans_within, without_spans
from index.store.terms import pairs
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import Answer, Evidence
from qa.kinds.asking import Answered, Asking, HitList
from qa.question import REASON, Question
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context
from qa.slot_nature import other_course
from qa.slots import Slots, slots_of, tagged

_EMPTY = {"u", "w", "c", "p", "xc", "TIME", "d"}
_ASKING = re.compile(r"为什么|为何|是?什么原因|的?(?:主要)?原因是?什么?|怎么会|主要")
_BECAUSE = r"(?<![原基起诱病内外主成])因(?![此而为素])"
_REASONS = (
    r"(?P<text>[^,。;!?]{2,60}?)(?:也|都)?(?<![不非正便但可或还总])是(?!什么|何|否)(?P<about>[^,。;!?]{0,30}?)的?"
    r"(?:又一|另一|另外?一|一|其中一|最)?[大个]?(?:主要|重要|根本|直接)?(?:原因|因素|原由)(?=之一|[,。;!?]|$)",
    rf"(?<![不非])(?:由于|因为|{_BECAUSE})(?P<text>[^。;!?]{{2,60}}?)等(?:多种|多方面)?(?:因素|原因|影响)",
    rf"(?<![不非])(?:由于|因为|{_BECAUSE}|鉴于)(?P<text>[^。;!?]{{2,60}}?)(?:等?(?:因素|原因|影响))?(?=,|所以|导致|$)",
    r"(?<![不非])(?:缘于|源于|得益于|归功于|主要是因为|是因为|是由于|起因于|由于)(?P<text>[^。;!?]{2,80})",
    r"(?:原因是|原因在于|原因有|原因为|理由是)(?P<text>[^。;!?]{2,80})",
    r"(?<![接承享遭忍难感])受(?![访邀伤])(?P<text>[^,。;!?]{2,50}?)(?:的)?(?:影响|拖累|冲击|推动|带动)",
)
_LEAST = 0.5  # the share of the question's words in the sentence, those before it and the title
_OWN = 0.3  # in the sentence itself
_HITS, _MOST = 8, 4  # passages, reasons
_CONFIDENCE, _SURE, _SEVERAL = 0.8, 0.9, 0.8


def answer_reason(question: Question, hits: Sequence[Hit], asking: Asking, plain: Answer) -> Answered | None:
    """Answer with the reasons that the passages give; None for other questions and if no clause gives one.

    `plain`: the answer of the reader, which is kept if it is sure and its sentence gives a reason.
    """
    if question.wants != REASON or (plain.confidence >= _SURE and reason_spans(fold(plain.sentence))):
        return None
    slots = slots_of(question)
    statement = _ASKING.sub(" ", question.content)
    asked = [word for word, tag in tagged(" ".join(statement.split())) if len(word) > 1 and tag not in _EMPTY]
    if not asked:
        return None
    listed = HitList([*hits, *asking.find(" ".join(asked), _HITS, asking.filters)])
    reasons = sorted(_reasons(listed.hits, asked, slots), key=lambda each: -each[0])
    if not reasons:
        return None
    best, first, held = reasons[0]
    article = listed.hits[first.passage - 1].stored.article.id
    same = [
        place
        for score, place, own in reasons
        if score >= _SEVERAL * best and own >= held and listed.hits[place.passage - 1].stored.article.id == article
    ]
    places = list({(each.passage, each.span): each for each in same}.values())[:_MOST]
    first = places[0]
    text = listed.hits[first.passage - 1].stored.passage.text
    items = tuple(listed.item(each) for each in places) if len(places) > 1 else ()
    reason, sentence = text[first.span.start : first.span.end], text[first.sentence.start : first.sentence.end]
    last = max(each.passage for each in places)
    answer = Answer(reason, sentence, _CONFIDENCE, "", first, kind="text", items=items)
    return Answered(answer, listed.hits[: max(asking.k, last)])


def _reasons(
    hits: Sequence[Hit], asked: Sequence[str], slots: Slots
) -> Iterator[tuple[float, Evidence, frozenset[str]]]:
    """The reasons that hits give for what is asked, with how much of it stands around, and which words beside them."""
    for hit in hits:
        passage, article = hit.stored.passage, hit.stored.article
        before: tuple[str, ...] = ()
        for span in sentences(passage.text, passage.removed):
            inner = spans_within(passage.removed, span)
            written = passage.text[span.start : span.end]
            folded = fold(without_spans(written, inner))
            held = frozenset(word for word in asked if _holds(word, folded))
            own = len(held) / len(asked)
            whole = "\n".join((fold(article.title), *before[-1:], folded))
            around = sum(_holds(word, whole) for word in asked) / len(asked)
            if own >= _OWN and around >= _LEAST and not other_course(slots.text, folded):
                offsets = offsets_without(len(written), inner)
                for start, end in reason_spans(folded):
                    context = Context(folded[start:end], folded, before, fold(article.title), article.date)
                    restated = sum(_holds(word, folded[start:end]) for word in asked) / len(asked)
                    if restated < 1 and not missing(slots, context):
                        place = Span(span.start + offsets[start], span.start + offsets[end - 1] + 1)
                        yield own + around - restated / 2, Evidence(hit.rank, span, place), held
            before = (*before, folded)


def _holds(word: str, text: str) -> bool:
    return any(pair in text for pair in pairs(word))


def reason_spans(folded: str) -> list[tuple[int, int]]:
    """Return where a folded sentence gives a reason, the surest wording first; [] if it gives none.

    >>> reason_spans("由于河道狭窄,每年汛期都有洪水。")
    [(2, 6)]
    """
    for pattern in _REASONS:
        spans = [match.span("text") for match in re.finditer(pattern, folded)]
        if spans:
            return spans
    return []
