"""Find whose each figure of a sentence is and what it measures.

Knows clauses, lists (A、B、C分别为x、y、z), and what a sentence leans on: its first noun, the figure before, the
sentences before. Does not know periods (they are blanked) and reads no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa.figure.lists import parallel_names, repeated_names
from qa.figure.phrases import (
    BASE_MARK,
    TIME_MARK,
    Phrase,
    is_pronoun,
    leading_noun,
    measured,
    opening_place,
    place_in,
    quantified,
    read_phrase,
    split_noun,
    without_brackets,
)
from qa.figure.values import TIME_UNITS, Quantity

_SHORT_PLACE = 10  # characters
_THINGS = frozenset(
    ["个", "家", "所", "项", "人", "条", "座", "处", "户", "件", "台", "套", "辆", "艘", "架", "场", "部", "种"]
)
_OF_ANY = frozenset(("%", "个百分点", "倍", "位", "番", "比例", "‰"))  # said of any indicator
_ADVERBIAL = re.compile(
    r"(?:据|根据|按|随着|经|受(?!访)|截至|在|通过|为|记者|会上|对于|围绕|以(?!色列)|由|要|作为|与|和(?!若|田|"
    r"平)|当|如果|因|此次)"
)
_ANNOUNCED = re.compile(r"发布|公布|表示|介绍|显示|统计|获悉|了解到|指出|强调")
_ENTITY = re.compile(
    r"(?:项目|工程|公司|集团|基地|园区|园|铁路|公路|高速|机场|水库|大桥|隧道|大学|医院|银行|企业|保护区|中心|平台)$"
)
_STEADY = re.compile(r"([^,，]{2,20}?)(?:基本|大体)?(?:持平|稳定)")
_ACTED = re.compile(r"(?:基本|全面|加快|持续|积极|深入|大力|扎实|有序|不断)")
_TOOK = re.compile(
    r"(?:的?时间)?(?:内|里)?(?:，|,)?(?:就|便)?(?:完成|建成|竣工|建起)(?P<what>.{0,14})|(?:的?时间)(?P<rest>)$"
)
_CURRENCIES = frozenset(["元", "美元", "欧元", "日元", "港元", "英镑", "新台币", "韩元", "卢布"])
_GENERIC = frozenset(
    [
        "企业",
        "项目",
        "居民",
        "群众",
        "公司",
        "学校",
        "学生",
        "工程",
        "设备",
        "产品",
        "地区",
        "机构",
        "人员",
        "单位",
        "城市",
        "农户",
        "市民",
        "旅客",
        "游客",
        "市场",
        "经济",
    ]
)
_REGION_END = ("海域", "流域", "地区", "保护区", "区", "岛", "湖", "湾", "港", "县", "市", "省", "村", "镇", "乡")
_WHOLES = ("全省", "全市", "全县", "全区", "全州", "全镇", "全村", "全乡")
_LEAD = 80  # characters before a figure that are read
_TAIL = 50  # and after it
_CLAUSE_END = re.compile(r"[,，;:。!?\n]")
_LISTED = re.compile(r"(?:、|以及|和(?=[^,，;、]{0,12}$)|与$|及$)(?!.*、)")
_JOINT = re.compile(r"\s?(?:、|和|与|及|以及|或|,|，)\s?")
_TURNED = re.compile(r"\s?(?:、|和|与|及|以及)(?:增长|下降|增加|减少|上升|上涨|下跌|提高|回落|降低)了?")
_TURN = re.compile(
    r"(?:增|降|升|提高|下降|增加|减少|上升|增长|提升|扩大|调|恢复|跃升|发展|优化|回落|缩短|缩减|"
    r"改)[^,，;]{0,3}(?:至|到|为|成)"
)


@dataclass(slots=True)
class Draft:
    """A figure with the words around it, and with the names that are found for it."""

    quantity: Quantity
    clause: int  # where its clause begins, or the figure before it ends
    lead: str  # the words before it
    tail: str
    phrase: Phrase
    subject: str = ""
    indicator: str = ""
    topic: str = ""  # a subject that later figures lean on
    place: int = 0  # its place in a list such as x、y和z, and how long the list is
    size: int = 1
    clause_of_group: int = 0
    grouped: bool = False  # it follows another one in such a list
    listed: bool = False  # it follows 、 or 和
    opens: bool = False  # it is the first of its sentence, or after a semicolon
    opened: str = ""  # the noun that this piece of the sentence begins with


@dataclass(slots=True)
class _Said:
    """What a sentence has said so far."""

    subject: str
    indicator: str = ""
    unit: str = ""  # of that indicator
    beside: str = ""  # the subject of the figure before
    opened: str = ""
    named: list[Draft] = field(default_factory=list)

    def add(self, group: Sequence[Draft]) -> None:
        """Remember the figures of a list, or one figure."""
        self.named += group
        last, first = group[-1], group[0]
        self.beside = last.subject if len({each.subject for each in group}) == 1 else ""
        if first.topic and first.topic not in _GENERIC:
            self.subject = first.topic
        if last.indicator and last.quantity.unit not in TIME_UNITS and last.quantity.kind != "rank":
            self.indicator = last.indicator
            if len(group) > 1 and len({each.indicator for each in group}) > 1:
                self.indicator = _shared_end([each.indicator for each in group])  # of 合计60亿元 behind the list
            self.unit = last.quantity.unit if last.quantity.unit not in _OF_ANY else self.unit


def _shared_end(words: Sequence[str]) -> str:
    """What all of these words end with: 产业增加值 of 第一产业增加值 and 第二产业增加值; "" for less than two signs."""
    shortest = min(words, key=len)
    end = next((n for n in range(len(shortest), 1, -1) if all(each.endswith(shortest[-n:]) for each in words)), 0)
    return shortest[-end:] if end else ""


class Names:
    """Names the figures of one text, sentence by sentence."""

    def __init__(self, blanked: str, title_place: str) -> None:
        self._blanked = blanked
        self._title_place = title_place
        self._subject = ""  # of the sentences before
        self._indicator = ""

    def read(self, start: int, end: int, results: Sequence[Quantity]) -> list[Draft]:
        """Read one sentence: give each of its figures its subject and indicator."""
        drafts = self._drafts(start, end, results)
        spoken = _Said(self._subject)
        groups: list[list[Draft]] = []
        for draft in drafts:
            if draft.grouped and groups:
                groups[-1].append(draft)
            else:
                groups.append([draft])
        segment = -1
        for group in groups:
            segment = self._open(segment, start, group[0], spoken)
            for place, draft in enumerate(group):
                draft.place, draft.size, draft.clause_of_group = place, len(group), group[0].clause
            self._name(group, spoken)
            spoken.add(group)
        if not drafts:
            spoken.subject, spoken.indicator = self._opening(start, end)
        self._subject = spoken.subject or self._subject
        self._indicator = spoken.indicator or self._indicator
        return drafts

    def _opening(self, start: int, end: int) -> tuple[str, str]:
        """Return the noun that a piece of a sentence begins with: the subject of its clauses that name none.

        What is measured of it comes with it: 春茶单产 is (春茶, 单产).
        """
        clauses = re.split(r"[,，:]", self._blanked[start : min(end, start + 60)])
        last = clauses[-1].strip(f" \t。!?{TIME_MARK}{BASE_MARK}") if end <= start + 60 else ""
        for clause in clauses[:3]:
            bare = clause.strip(f" \t。!?{TIME_MARK}{BASE_MARK}")
            if len(bare) < 2 or _ADVERBIAL.match(bare) or _ANNOUNCED.search(bare):
                continue
            if steady := _STEADY.search(bare):
                return split_noun(steady[1])
            if seen := re.match(r"(?:从|就)([^,，]{2,16}?)来?看$", bare):
                return split_noun(seen[1])
            noun = leading_noun(bare)
            if bare == last and measured(bare):
                return "", ""
            if _ENTITY.search(noun) or (noun and len(noun) < len(bare)):
                whose, what = split_noun(noun)
                return (
                    (self._whole(whose), what)
                    if what
                    else (opening_place(noun) if _ACTED.search(noun) else self._whole(noun), "")
                )
            if place := opening_place(bare):
                return place, ""
        return "", ""

    def _drafts(self, start: int, end: int, results: Sequence[Quantity]) -> list[Draft]:
        """Cut the words before and after each figure out of its clause, and read them."""
        drafts: list[Draft] = []
        blanked = self._blanked
        clause = position = start
        for i, quantity in enumerate(results):
            for mark in _CLAUSE_END.finditer(blanked, position, quantity.start):
                clause = mark.end()
            opened = blanked.rfind("(", max(clause, position), quantity.start)
            if opened >= 0 and ")" not in blanked[opened : quantity.start]:
                clause = opened + 1
            before = results[i - 1].end if i else start
            lead, listed = self._lead(quantity, clause, before, drafts)
            following = results[i + 1].start if i + 1 < len(results) else end
            rest = without_brackets(blanked[quantity.end : min(following, quantity.end + _TAIL)])
            tail = re.split(r"[,，。;:!?、\n]", rest, maxsplit=1)[0]
            grouped = bool(i) and results[i - 1].unit == quantity.unit
            between = blanked[before : quantity.start]
            turned = _TURNED.fullmatch(between) and "分别" in blanked[max(clause, start) : before]
            grouped = grouped and bool(_JOINT.fullmatch(between) or turned)
            counts = quantity.unit not in _OF_ANY and quantity.unit not in TIME_UNITS
            phrase = read_phrase(lead, tail, quantity.unit, counts)
            drafts.append(Draft(quantity, max(clause, before), lead, tail, phrase, grouped=grouped, listed=listed))
            position = quantity.end
        return drafts

    def _lead(self, quantity: Quantity, clause: int, before: int, drafts: Sequence[Draft]) -> tuple[str, bool]:
        """Return the words before a figure in its clause, and whether they follow 、 or 和 after another figure."""
        lead = without_brackets(self._blanked[max(clause, before, quantity.start - _LEAD) : quantity.start])
        if before > clause and (listed := _LISTED.search(lead)):
            return lead[listed.end() :], True
        last = drafts[-1] if drafts else None
        if last and before > clause and last.phrase.counted and last.quantity.unit not in _CURRENCIES:
            # 800家商户减免金额达3亿元: the noun belongs to the figure before.
            lead = lead.removeprefix("的").removeprefix(last.phrase.counted)
        if last and lead.strip() in ("从", "由") and clause > before:
            earlier = max(self._blanked.rfind(mark, before, clause - 1) for mark in ",，;")
            lead = self._blanked[max(earlier + 1, before) : clause - 1] + lead
        return lead, False

    def _open(self, segment: int, start: int, first: Draft, spoken: _Said) -> int:
        """Read the openings of the pieces between semicolons up to a figure. Return where its piece begins."""
        until = first.quantity.start
        opening = 0
        while segment < 0 or (opening := self._blanked.find(";", segment, until) + 1):
            segment = start if segment < 0 else opening
            following = self._blanked.find(";", segment, until)
            whose, what = self._opening(segment, until if following < 0 else following)
            spoken.subject, spoken.indicator = whose or spoken.subject, what or spoken.indicator
            spoken.beside = "" if whose or segment > start else spoken.beside
            spoken.unit = "" if what else spoken.unit
            spoken.opened = whose
            first.opens = True
        first.opened = spoken.opened
        return segment

    def _name(self, group: Sequence[Draft], spoken: _Said) -> None:
        """Name the figures of a list, or one figure."""
        first = group[0]
        if lists := self._list_of(first, len(group), spoken):
            for draft, (whose, what) in zip(group, lists, strict=True):
                draft.subject, draft.indicator = whose, what
                change = draft.phrase.change or first.phrase.change  # 分别增长1%和下降2%
                draft.phrase = replace(draft.phrase, change=change, marked_base=first.phrase.marked_base)
            return
        for draft in group:
            if draft.grouped:
                counted = first.phrase.counted or draft.phrase.counted
                indicator = "" if draft.phrase.counted and not first.phrase.counted else first.phrase.indicator
                draft.phrase = replace(first.phrase, counted=counted, indicator=indicator)
            unit = draft.quantity.unit
            same = not spoken.unit or _kind(unit) == _kind(spoken.unit) or unit in _OF_ANY
            draft.subject, draft.indicator = self._names_of(draft, spoken, spoken.indicator if same else "")

    def _list_of(self, first: Draft, count: int, spoken: _Said) -> list[tuple[str, str]] | None:
        """Return whose and what each figure of a list is. 分别增长 without a list of names repeats those before."""
        if count < 2:
            return None
        names = parallel_names(first.lead, first.phrase, count, spoken.subject, spoken.indicator)
        if names is None and len(spoken.named) >= count:
            listed = [each for each in spoken.named if each.size == count]  # not the sum that may stand between
            before = (listed if len(listed) >= count else spoken.named)[-count:]
            return repeated_names([(each.subject, each.indicator) for each in before], first.phrase, first.lead)
        return names

    def _names_of(self, draft: Draft, spoken: _Said, indicator: str) -> tuple[str, str]:
        """Return whose a figure is and what it measures. `indicator` is that of the figures before it."""
        phrase, unit = draft.phrase, draft.quantity.unit
        own = self._own(phrase.subject.strip(f"{BASE_MARK}{TIME_MARK}"), draft)
        topic = spoken.subject or self._subject or self._title_place
        known = self._whole(own, topic) if own in _WHOLES else _joined(topic, own)
        named = known == own or (draft.opens and (phrase.verb or not phrase.indicator))
        if own and named and "其中" not in self._blanked[max(0, draft.clause - 4) : draft.quantity.start]:
            draft.topic = known
        if draft.quantity.kind == "rank":
            known = known if own or phrase.noun else spoken.beside or known
            what = phrase.indicator or phrase.noun or indicator
            return known or what, what
        if unit in TIME_UNITS:
            return known or phrase.noun, _lasting(draft)
        if (
            unit in ("%", "比例", "‰")
            and not phrase.change
            and (share := self._share(draft, own, known, topic, indicator))
        ):
            return share
        if phrase.change:
            if phrase.indicator:
                what = indicator if phrase.indicator == "占比" and "占" in indicator else phrase.indicator
                return known, what
            if not own:
                return spoken.beside or known, indicator or self._indicator
            # 荞麦增加20吨: another thing, measured as the one before.
            return known, indicator or own or self._indicator
        if phrase.indicator:
            return self._measured(draft, own, known, topic), phrase.indicator
        return self._counted(draft, own, known, topic, indicator, spoken.beside)

    def _share(self, draft: Draft, own: str, known: str, topic: str, indicator: str) -> tuple[str, str] | None:
        """Name a share: 占全国的三分之一, 近60%的农民参与, 四分之一是新人. None if it is said as a level is."""
        phrase = draft.phrase
        if phrase.share_of is not None:
            of = phrase.indicator or phrase.noun or (indicator if not own else "")
            return known, f"{of}占{phrase.share_of}比重" if phrase.share_of else of or indicator
        if draft.tail.startswith("的") and phrase.indicator in ("", phrase.verb):
            whose, what = quantified(self._blanked[draft.quantity.end : draft.quantity.end + 60])
            return (_joined(topic, whose), what) if what else (topic or whose, whose)
        if not phrase.indicator and len(draft.tail) > 3:
            if made := re.match(r"(?:是|为)(.{2,})", draft.tail):
                return known, made[1]
            whose, what = quantified(draft.tail)
            if what:
                return own or _joined(topic, whose), what
        return None

    def _measured(self, draft: Draft, own: str, known: str, topic: str) -> str:
        """Return whose a figure is whose clause names what is measured."""
        phrase = draft.phrase
        if draft.quantity.unit in ("元", "美元") and not draft.quantity.qualifier and draft.tail.startswith("的"):
            # 总投资20亿元的某某项目
            whose = leading_noun(draft.tail[1:]) if len(draft.tail) > 3 else ""
            draft.topic = whose or draft.topic
            return whose or known or phrase.indicator
        if phrase.verb == "新增" and not own and not place_in(topic):
            draft.topic = phrase.indicator
            return phrase.indicator
        return known or phrase.indicator

    def _counted(self, draft: Draft, own: str, known: str, topic: str, indicator: str, beside: str) -> tuple[str, str]:
        """Name a figure whose clause names no indicator: by the noun it counts, or as the figures before it."""
        phrase, unit, counted = draft.phrase, draft.quantity.unit, draft.phrase.counted
        counts = unit not in _OF_ANY and unit not in _CURRENCIES
        if counted:
            starts = draft.lead.strip(f"{TIME_MARK} ,，") in ("", own, "其中") and not draft.listed
            goes_on = len(draft.tail) > len(counted) and counted in draft.tail and counts
            if starts and goes_on and (not draft.opened or place_in(draft.opened) == draft.opened):
                # 9个修桥项目开工: what is counted is what the clause is about.
                thing = split_noun(counted)[0] or counted
                whose = _joined(own or draft.opened, thing)
                draft.topic = whose if len(thing) > 2 else draft.topic
                return whose, counted
            return known or counted, counted
        if counts and len(draft.tail) > 2 and not phrase.verb and not _TURN.match(draft.tail):
            return known or draft.tail[:12], draft.tail[:16]
        if own and counts and unit in _THINGS:
            draft.topic = topic if topic and topic != own else _joined(self._title_place, own)
            return draft.topic, own
        if own and not indicator:
            place = opening_place(own)
            return (place, own[len(place) :]) if place and len(own) - len(place) > 1 else (known, own)
        return beside if beside and indicator and not own else known, indicator or phrase.verb or self._indicator

    def _whole(self, own: str, topic: str = "") -> str:
        """Return 白塔全县 for 全县 in an article on 白塔."""
        if own not in _WHOLES:
            return own
        places = (topic, self._subject, self._title_place)
        return next((each for each in places if each and place_in(each) == each and own not in each), "") + own

    def _own(self, subject: str, draft: Draft) -> str:
        """Return the subject that a clause itself names; 该项目 is the project named before."""
        bare = re.sub(r"^(?:当地|其中)的?", "", subject)
        if kind := re.match(r"(?:该|本|此)?(项目|工程|公司)(?:$|(?!部)[^,，]{0,4}(?:总|后$))", bare):
            return self._named_before(kind[1], draft.clause)
        return "" if not bare or is_pronoun(bare) else bare

    def _named_before(self, kind: str, end: int) -> str:
        """Return the last name before a place that ends with a word such as 项目."""
        before = self._blanked[max(0, end - 240) : end]
        for match in reversed(list(re.finditer(rf"[^,，。;:!?、\s{TIME_MARK}]{{1,30}}{kind}", before))):
            name = re.split(r"的(?=[^的]*$)|在|将|由|于(?![一二三])|是|为|对", match.group())[-1]
            if len(name) > len(kind) + 1 and not is_pronoun(name):
                return name
        return ""


def _kind(unit: str) -> str:
    """Return the unit, one for all currencies: 7万元，合1万美元 are of one indicator."""
    return "元" if unit in _CURRENCIES else unit


def _joined(topic: str, own: str) -> str:
    """Join a place with what is told of it, if that names no place itself: 白塔 and 春茶 are 白塔春茶."""
    if not own or not topic or own in topic or topic in own:
        return own or topic if own not in topic else topic
    place = place_in(topic) == topic or topic.endswith(_REGION_END)
    return f"{topic}{own}" if len(topic) <= _SHORT_PLACE and place and not place_in(own) else own


def _lasting(draft: Draft) -> str:
    """Return what a length of time is: 用时, 期限, or the words around it."""
    if draft.quantity.kind == "term":
        return "期限"
    if took := _TOOK.match(draft.tail):
        return f"{took['what'] or ''}用时"
    return f"{draft.phrase.indicator or draft.phrase.noun}{draft.tail[:12]}" or "用时"
