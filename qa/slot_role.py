"""Check whether a person is the one of the office that a question names: no deputy, nobody before or to come.

Knows how news tells who holds, held and leaves an office. Does not know figures or times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.question import PERSON
from qa.slot_context import OFFICIAL, Context, Missing
from qa.slots import ROLE, SUBJECT, Slots, tagged

_NEAR = 16  # characters before and behind an answer
_LONGEST_WORD = 4  # characters of an answer that may be no name
_NO_PERSON = re.compile(r"[他她它我你咱]|^第|^\d")  # 祝贺她 names nobody
_BODIES = frozenset(("n", "s", "f", "ORG", "LOC"))
_NO_NAMES = frozenset(("a", "ad", "an", "d", "v", "vd", "r", "u", "m", "q", "TIME", "p", "c", "xc", "w"))
_QUOTED = re.compile(r"[“\"《]([^”\"》]{1,12})[”\"》]")
_BEFORE_TITLE = 8  # characters
# The title right before an answer.
_ADJOINING = re.compile(
    r"(?P<title>[一-鿿]{0,4}(?:董事长|总经理|经理|总裁|局长|厅长|部长|院长|校长|馆长|市长|县长|区长|镇长|乡长|省长|州长|书记|主任|主席|会长|行长|"
    r"厂长|所长|站长|队长|教练|秘书长?|检察长|设计师|工程师|负责人|发言人))[是为:由]?$"
)
# 副县长 is no 县长, 原总经理 none any more, 拟任 not yet.
_DEPUTY = re.compile(r"副$")
_FORMER = re.compile(r"(?:(?<![以之目当])前|(?<![中太高平草荒])原|前任|时任|曾任|历任|首任|上任)[一-鿿]{0,4}$")
_TO_COME = re.compile(r"(?:拟任|候任|助理)[一-鿿]{0,4}$")
# 董事长是甲, 甲任公司董事长: title and name, and what may stand between them.
_TITLE_THEN_NAME = re.compile(r"[是为:由系、]?")
_VERB_THEN_TITLE = re.compile(r"(?:同志)?(?:(?:任|担任|当选为?|出任|接任|为|是)[一-鿿]{0,8})?")
_PLACE_OF_TITLE = re.compile(r"(?<![一-鿿])(?P<place>[一-鿿]{2}[省市县区镇乡])(?:副|常务|政府|人民|$)")


def other_roles(slots: Slots, context: Context) -> Iterator[Missing]:
    """Yield each office of a question that the answer does not hold in its sentence."""
    if slots.wants == PERSON and (_names_nobody(context.piece) or _names_none(context, titled=bool(slots.titles))):
        yield Missing(ROLE, slots.titles[0] if slots.titles else "谁", context.piece)
    adjoining = _ADJOINING.search(context.before_it) if slots.wants == PERSON else None
    for title in slots.titles:
        if adjoining and title not in adjoining["title"] and adjoining["title"] not in slots.text:
            yield Missing(ROLE, title, "")  # 校长为甲,书记为乙
            continue
        places = list(re.finditer(re.escape(title), context.sentence))
        # Of 聘任甲为总经理,原总经理乙退休 the title beside a name is whose it is.
        beside = [match for match in places if _is_beside(match, context)]
        wanted = _wanted(title, slots.text)
        held = [match for match in beside or places if _turned(match) == wanted]
        if not held or (wanted != _FORMER and _leaves(context)):
            yield Missing(ROLE, title, "")
            continue
        if other := next((other for match in held if (other := _other_place(match, slots, context))), ""):
            yield Missing(SUBJECT, next(iter(slots.names), title), other)
        # “甲”号副总设计师、“乙”号总设计师: the work named last before a title is whose it is.
        asked = _QUOTED.findall(slots.text)
        starts = [match.start() for match in re.finditer(rf"(?<!副){re.escape(title)}", context.sentence)]
        works = [(_QUOTED.findall(context.sentence[:start]) or [""])[-1] for start in starts]
        if asked and all(work and work not in asked for work in works):
            yield Missing(SUBJECT, asked[0], works[0])


def _names_nobody(piece: str) -> bool:
    """Whether a short answer is 祝贺她 or 第六; a long one may name somebody before it speaks of him."""
    return len(piece) <= _LONGEST_WORD and _NO_PERSON.search(piece) is not None


def _names_none(context: Context, *, titled: bool) -> bool:
    """Whether an answer is no name but words that tell how or what is done: 光荣."""
    if context.at < 0 or len(context.piece) > _LONGEST_WORD:
        return False
    # The words near it: a tagger takes as long as a text is.
    lead = context.before_it[-_NEAR:]
    words = tagged(f"{lead}{context.piece}{context.behind[:_NEAR]}")
    at, end, start, tags = len(lead), len(lead) + len(context.piece), 0, set()
    for word, tag in words:
        if start < end and at < start + len(word):
            tags.add(tag)
        start += len(word)
    # 公司 and 新院区 hold no office where another word near them is a person.
    people = titled and any(tag == "PER" for _, tag in words)
    return bool(tags) and tags <= (_NO_NAMES | _BODIES if people else _NO_NAMES)


def _is_beside(match: re.Match[str], context: Context) -> bool:
    """Whether a title stands before or behind the answer, with no more than a verb between."""
    start, end = match.span()
    first, last = context.at, context.at + len(context.piece)
    if first < 0:
        return False
    if end <= first:
        return _TITLE_THEN_NAME.fullmatch(context.sentence, end, first) is not None
    return last <= start and _VERB_THEN_TITLE.fullmatch(context.sentence, last, start) is not None


def _other_place(match: re.Match[str], slots: Slots, context: Context) -> str:
    """The place right before a title, or in the answer, that is none of those asked for: 石坪县副县长."""
    place = _PLACE_OF_TITLE.search(_lead(match)) or _PLACE_OF_TITLE.search(context.piece)
    asked = [name for name in slots.names if OFFICIAL.search(name)]
    return place["place"] if place and asked and all(place["place"] not in name for name in asked) else ""


def _turned(match: re.Match[str]) -> re.Pattern[str] | None:
    """What makes another of a title by the words before it: a deputy's, a former or a future one; None if none."""
    return next((turn for turn in (_DEPUTY, _FORMER, _TO_COME) if turn.search(_lead(match))), None)


def _lead(match: re.Match[str]) -> str:
    """What stands right before a title."""
    return match.string[max(0, match.start() - _BEFORE_TITLE) : match.start()]


def _wanted(title: str, asked: str) -> re.Pattern[str] | None:
    """What a question makes of a title, as `_turned`."""
    match = re.search(re.escape(title), asked)
    return _turned(match) if match else None


def _leaves(context: Context) -> bool:
    """Whether a sentence tells that the answer leaves the office: 免去甲, 甲辞去, 甲不再担任."""
    who = re.escape(context.piece)
    left = rf"免去{who}|{who}(?:同志)?[^,。;]{{0,6}}?(?:辞去|不再担任|卸任|离任|被免)"
    return bool(context.piece) and re.search(left, context.sentence) is not None
