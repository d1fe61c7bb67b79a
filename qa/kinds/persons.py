"""Answer who a person is with the office that stands before the name, of each person that the first passages name so.

Knows how offices are written before a name. Two offices in two articles may be two people of one name: both are said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.records import Span, offsets_without, spans_within, without_spans
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import Answer, Evidence, Item
from qa.kinds.asking import Answered
from qa.question import Question
from qa.search import Hit
from qa.slots import tagged

_ASKED = re.compile(
    r"^(?P<name>[一-鿿·]{2,12}?)(?:是|是个?什么|是做什么的?|是干什么的?)(?:谁|什么人|哪位|人)?$|^谁是(?P<who>.{2,12})$"
)
_OFFICE = (
    r"(?:长|书记|主任|主席|经理|总监|总裁|教授|院士|研究员|工程师|教练|导演|记者|老师|医生|医师|律师|代表|委员|秘书|"
    r"创始人|负责人|传承人|发言人|运动员|选手|作家|画家|演员|歌手|村民|农民|工人|司机|店主|老板|学生|企业家)"
)
_BREAK = r"[^,。;:!?、()“”\s]"
_OPENING = re.compile(r"^(?:据|对|向|由|与|和|及|在|记者从|今天|昨天|日前|近日|当日)+")
_CONFIDENCE, _LEAST = 0.8, 2


def answer_person(question: Question, hits: Sequence[Hit]) -> Answered | None:
    """Answer who someone is; None for other questions and where no office stands before the name."""
    asked = _ASKED.match(question.folded.rstrip(" ?!。"))
    name = (asked["name"] or asked["who"] or "").strip() if asked else ""
    if not name or not any(word == name and tag == "PER" for word, tag in tagged(name + "说")):
        return None
    offices: dict[str, tuple[Item, Evidence, Hit]] = {}
    for hit in hits:
        for office, evidence in _offices(name, hit):
            if not any(office in known or known in office for known in offices):
                text = hit.stored.passage.text
                item = Item(text[evidence.span.start : evidence.span.end], hit.rank, evidence.span)
                offices[office] = (item, evidence, hit)
    if not offices:
        return None
    first, evidence, hit = next(iter(offices.values()))
    sentence = hit.stored.passage.text[evidence.sentence.start : evidence.sentence.end]
    items = tuple(item for item, _, _ in offices.values()) if len(offices) > 1 else ()
    kind = "list" if items else "text"
    return Answered(Answer(first.text, sentence, _CONFIDENCE, "", evidence, kind=kind, items=items), tuple(hits))


def _offices(name: str, hit: Hit) -> Iterator[tuple[str, Evidence]]:
    """Each office that stands before a name in a hit, with the place of both."""
    passage = hit.stored.passage
    for span in sentences(passage.text, passage.removed):
        inner = spans_within(passage.removed, span)
        written = passage.text[span.start : span.end]
        folded = fold(without_spans(written, inner))
        offsets = offsets_without(len(written), inner)
        for match in re.finditer(rf"(?P<office>{_BREAK}{{1,24}}?{_OFFICE})(?={name})", folded):
            opening = _OPENING.match(match["office"])
            start, end = match.start() + (opening.end() if opening else 0), match.end() + len(name)
            if match.end() - start >= _LEAST:
                place = Span(span.start + offsets[start], span.start + offsets[end - 1] + 1)
                yield folded[start : match.end()], Evidence(hit.rank, span, place)
