"""Check whether a sentence that looks like the answer is of what the question names, and say what is not.

Knows what excludes what: another year, another place, 出口 where 进出口 is told, a sum where people are counted. Does
not know how the sentence was found. Where it is not certain that a slot is violated it is silent: confidence judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.store.terms import pairs
from qa.figure.values import quantities
from qa.name_forms import begins_with, code_pattern, code_stands, is_torn, named_otherwise, speaks_of
from qa.question import DATE, NUMBER, PERSON, REASON
from qa.slot_nature import excluded, exempt, other_nature, other_scope, place_of
from qa.slot_period import other_periods
from qa.slots import INDICATOR, PERIOD, QUALIFIER, ROLE, SUBJECT, UNIT, Slots, tagged
from qa.table_rows import other_cell, other_row
from qa.variants import han_value

_OFFICIAL = re.compile(r"[省市县区镇乡州局厅委会部院署办]$")
_PART = 0.4  # of the pairs of a thing
_LONGEST_WORD = 4  # characters of a word that may be misspelt
_BEHIND = 4  # characters of what a figure counts
_AROUND = 10  # characters before and behind an answer
_SHORT = 2  # characters of a word of two signs
# What stands before a word and makes another of it: 进出口 is not 出口, 非现金 not 现金.
_TURNED = {"出口": "进", "现金": "非"}
# What may happen to a work: the day of one is not the day of another.
_SAME_EVENTS = tuple(
    tuple(row.split())
    for row in (
        "开工 动工 奠基",
        "竣工 完工 建成",
        "投产 投运",
        "通车 开通",
        "挂牌 揭牌",
        "贯通",
        "下水",
        "交付",
        "签约",
        "停产",
        "拆除",
    )
)
_CLAUSES = re.compile(r"[,;，；]")
_WEAK = "总数量额率值类型品者员年月日人个大小第一新"  # characters that tell little of a thing
_DIMENSIONS = (
    "元 美元 欧元 英镑 日元 卢布 块钱 块 钱 人民币 港元 韩元 新台币",
    "人 名 位 人次",
    "户",
    "亩 公顷 平方米 平方公里",
    "公里 千米 米 厘米 毫米 海里",
    "吨 公斤 斤 克 毫克",
    "度电 千瓦时",
    "千瓦 兆瓦 吉瓦 万千瓦",
    "%  百分点 个百分点 成 倍",
    "辆",
    "艘",
    "架",
    "只 头",
    "座",
    "家 间 所",
    "标准箱",
    "比特",
    "天 年 个月 小时 分钟 秒 周",
)
_MONEY = frozenset(_DIMENSIONS[0].split())
_TIMES = frozenset(_DIMENSIONS[-1].split())
_DIMENSION = {unit: number for number, units in enumerate(_DIMENSIONS) for unit in units.split()}
# 一级茶 is not 二级茶.
_GRADE = re.compile(r"(?<![一二三四五六七八九十百这某第])[一二三四五六七八九特甲乙丙][级等类档]")
_MEASURED = frozenset(_DIMENSION[unit] for unit in ("元", "亩", "公里", "吨", "%"))  # no counter counts these
_ANY_COUNTER = "个名家项次种人只位条件"  # they count anything
_OF_ANYTHING = ("元", "%", "人")
_QUOTED = re.compile(r"[“\"《]([^”\"》]{1,12})[”\"》]")
_TOGETHER = re.compile(r"分别|依次|各(?:为|是)|都|均")  # a sentence that tells of several things at once
_DAY = re.compile(r"(?:\d{4}年(?:度|初|底)?)?(?:\d{1,2}月(?:份|初|底)?)?(?:\d{1,2}[日号])?")
# 第149位 is a 排名 without the word, 二级 a 级别.
_RANKING = re.compile(r"排[名位行]|[名位]次")
_COUNTER = re.compile(r"(?:几|多少)(?P<counter>[^万亿千百十\d])")
_SUMS = frozenset(("经费", "资金", "款项", "开支"))  # told by any sum of money
_BARE = re.compile(r"\d{1,3}(?:,\d{3})+[,.]?|\d{5,}|\d+(?:\.\d+)?[万亿]+")  # no year and no day
_REACHING = re.compile(r"(?:达到?|[约可]?[为有]|约)+$")  # between 长 and 89厘米
_BEFORE_TITLE = 8  # characters
# 副县长 is no 县长, 原总经理 none any more, 拟任 not yet.
_TURNED_TITLE = re.compile(r"[副前]$|(?:原|时任|曾任|历任|拟任|候任|前任|助理)[一-鿿]{0,4}$")
_PLACE_OF_TITLE = re.compile(r"(?<![一-鿿])(?P<place>[一-鿿]{2}[省市县区镇乡])(?:副|常务|政府|人民|$)")
# 仅次于云城区 tells nothing of 云城区.
_COMPARED = re.compile(
    r"(?:仅次于|次于|高于|低于|超过|落后于|领先于?|优于)[一-鿿]{2,6}(?=[,，;；。、\n]|$)|比[一-鿿]{2,5}(?=[高低多少快慢])"
    r"|[在居][一-鿿]{2,4}(?=(?:排名?|位?列|位?居)?第[一二三四五六七八九十\d])"
)
_NUMBERED = r"[一二三四五六七八九十大小新老](?:[桥中小港厂库]|院(?!区))"  # 二桥 of one place is not that of another
_COMPASS = re.compile(r"^华?[东西南北中]{1,2}部?$")
_LENGTHS = "长宽高深重厚"  # 体长 is told as 长86厘米
_FOREIGN = ("美元", "欧元", "英镑", "日元", "卢布", "港元", "韩元", "新台币")


@dataclass(frozen=True, slots=True)
class Context:
    """A sentence that may hold the answer and what it leans on; all folded but `date`."""

    piece: str  # the answer
    sentence: str
    before: tuple[str, ...]  # the sentences before it, the nearest last
    title: str
    date: str  # of the article, ISO or ""
    ends: str = ""  # of the article, where a name may stand that the passage takes for known
    lines: tuple[str, ...] = ()  # of the passage, among which are the other rows of a table

    @property
    def behind(self) -> str:
        """What stands behind the answer in its sentence, "" without an answer in it."""
        at = self.sentence.find(self.piece) if self.piece else -1
        return self.sentence[at + len(self.piece) :] if at >= 0 else ""

    @property
    def whole(self) -> str:
        """Title, sentences before, sentence."""
        return "\n".join((self.title, *self.before, self.sentence))


@dataclass(frozen=True, slots=True)
class Missing:
    """A slot that is not met."""

    slot: str  # SUBJECT, PERIOD, QUALIFIER, UNIT, INDICATOR or ROLE
    asked: str  # words of the question
    instead: str  # what the text has in its place, "" if nothing is found


def missing(slots: Slots, context: Context) -> tuple[Missing, ...]:
    """Return the slots that the context does not meet, the surest first; () if none is surely violated."""
    return tuple(
        each
        for check in (_cells, _periods, _codes, _subjects, _qualifiers, _natures, _events, _roles, _things, _units)
        for each in check(slots, context)
    )


def _periods(slots: Slots, context: Context) -> Iterator[Missing]:
    for asked, instead in other_periods(slots, context.sentence, context.before, context.title, context.date):
        yield Missing(PERIOD, asked, instead)


def _cells(slots: Slots, context: Context) -> Iterator[Missing]:
    """A row of a table tells of itself only, and a cell of its head."""
    asked, instead = other_row(slots.text, context.sentence, (*context.before, *context.lines))
    if asked:
        yield Missing(SUBJECT, asked, instead)
    asked, instead = other_cell(slots.text, context.sentence, context.piece)
    if asked:
        yield Missing(INDICATOR, asked, instead)


def _subjects(slots: Slots, context: Context) -> Iterator[Missing]:
    for name in slots.names:
        # A notice of a town or an office names it at its ends; a report that names 上海 there may tell of others.
        of_article = _OFFICIAL.search(name) or begins_with(name, context.ends)
        text = _COMPARED.sub(" ", f"{context.whole}\n{context.ends}" if of_article else context.whole)
        spelled = any(speaks_of(spelling, text) for spelling in slots.spellings(name))
        if not spelled and not is_torn(name, slots.text, text) and not named_otherwise(name, text):
            yield Missing(SUBJECT, name, "")
        if (numbered := re.search(rf"{re.escape(name)}{_NUMBERED}", slots.text)) and numbered.group() not in text:
            yield Missing(SUBJECT, numbered.group(), "")
    for name in slots.containers:
        other = _other_container(name, context)
        if other:
            yield Missing(SUBJECT, name, other)


def _other_container(name: str, context: Context) -> str:
    """Another of the kind of a name that the place asked for lies in: 云南省 where 江西省哪个县 is asked for."""
    ending = _OFFICIAL.search(name)
    if not ending or name in f"{context.whole}\n{context.ends}":
        return ""
    text = context.whole.replace(context.piece or "\n", " ")
    others = re.findall(rf"[一-鿿]{{{len(name) - 1}}}{ending.group()}", text)
    return others[0] if others else ""


def _codes(slots: Slots, context: Context) -> Iterator[Missing]:
    """A model, a standard or a size is the very one: C919 is not C929, and 12.6GWh not 12.8 GWh.

    Of two in a sentence the one before the answer tells whose it is.
    """
    for code in slots.codes:
        near = [
            (match.start(), match.group())
            for match in re.finditer(code_pattern(code, any_number=True), context.sentence)
        ]
        place = context.sentence.find(context.piece)
        other = next((each for start, each in reversed(near) if start < place), "")
        # What stands behind the answer counts only where nothing before it says whose it is.
        if not other and near and not code_stands(code, "\n".join((context.title, *context.before))):
            other = near[0][1]
        own = other and re.fullmatch(code_pattern(code), other)
        if not code_stands(code, f"{context.whole}\n{context.ends}") or (
            other and not own and not _TOGETHER.search(context.sentence)
        ):
            yield Missing(SUBJECT, code, other)


def _qualifiers(slots: Slots, context: Context) -> Iterator[Missing]:
    whole = context.whole
    for word in slots.directions:
        if word not in whole and (len(word) <= _SHORT or word.removesuffix("部") not in whole):
            # 西南基地 and 华南基地 are two; 陆上 and 海上 are two kinds of one.
            yield Missing(SUBJECT if _COMPASS.search(word) else QUALIFIER, word, "")
    for ordinal in slots.ordinals:
        # 第二次 counts what its own sentence tells of; of a 第二批 the sentences before may speak.
        stated = _ordinals(ordinal[-1], context.sentence)
        stated = stated or (_ordinals(ordinal[-1], whole)[-1:] if ordinal[-1] == "届" else [])
        stated = stated or (_ordinals(ordinal[-1], whole) if ordinal[-1] not in "次届" else [])
        if stated and not any(_number(each) == _number(ordinal) for each in stated):
            yield Missing(QUALIFIER, ordinal, stated[0])
    clause = _clause(context)
    for grade in _GRADE.findall(slots.text):
        alike = [each for text in (clause, context.sentence) for each in _GRADE.findall(text) if each[-1] == grade[-1]]
        if alike and grade not in alike:
            yield Missing(QUALIFIER, grade, alike[0])
    at = place_of(context.piece, context.sentence)
    before = _CLAUSES.split(context.sentence[:at])[-1] if at >= 0 else clause
    for word, instead in excluded(slots.text, before):
        yield Missing(QUALIFIER, word, instead)
    for word, instead in exempt(slots.text, context.sentence[at + len(context.piece) :] if at >= 0 else ""):
        yield Missing(QUALIFIER, word, instead)
    for word in (*slots.things, *slots.counted, *slots.names):
        for turned, sign in _TURNED.items():
            if turned in word and sign + turned not in word and _only_turned(turned, sign, context.sentence):
                yield Missing(QUALIFIER, word, sign + turned)


def _natures(slots: Slots, context: Context) -> Iterator[Missing]:
    if slots.wants != NUMBER or not context.piece:
        return
    asked, instead = other_nature(slots.text, context.sentence, context.piece)
    if instead:
        named = (*slots.things, *slots.names, slots.text.rstrip(" ?!。"))
        yield Missing(INDICATOR, asked or named[0], instead)
    if wide := other_scope(slots.text, context.whole):
        yield Missing(SUBJECT, wide, "")


def _ordinals(counter: str, text: str) -> list[str]:
    """The ordinals of a counter in a text; of 期 and 号 also 二期 without 第."""
    if counter == "线":
        return re.findall(r"\d{1,3}号线", text)
    bare = rf"|(?<![一-九十\d月])(?:[一二三四五六七八九十]|\d{{1,2}})(?={counter})" if counter in "期号" else ""
    pattern = rf"(?:第(?:[一二三四五六七八九十]{{1,3}}|\d{{1,3}})|首{bare}){counter}"
    return [match.group() for match in re.finditer(pattern, text)]


def _clause(context: Context) -> str:
    """The clause of the sentence that holds the answer; the sentence if the answer stands in none."""
    clauses = _CLAUSES.split(context.sentence)
    own = re.compile(rf"(?<![\d.]){re.escape(context.piece)}")  # 3% does not stand in 33%
    return next((clause for clause in clauses if own.search(clause)), context.sentence)


def _number(ordinal: str) -> int:
    """The number of an ordinal with its counter: 31 of 第三十一届, 1 of 首批."""
    number = ordinal[:-1].removeprefix("第").removesuffix("号")
    if number.isdecimal() or number == "首":
        return int(number) if number != "首" else 1
    return int(han_value(number))


def _events(slots: Slots, context: Context) -> Iterator[Missing]:
    # Why it collapsed is not told where nothing collapses: some sign of what happened must stand there.
    events = [deed for deed in slots.deeds if len(deed) > 1] if slots.wants == REASON else []
    if events and not any(sign in context.whole for event in events for sign in event):
        yield Missing(INDICATOR, events[-1], "")
    if slots.wants != DATE:
        return
    for same in _SAME_EVENTS:
        asked = next((event for event in same if event in slots.text), "")
        if asked and not any(event in context.sentence for event in same):
            others = (event for row in _SAME_EVENTS for event in row if event not in slots.text)
            other = next((event for event in others if event in context.sentence), "")
            if other:
                yield Missing(INDICATOR, asked, other)


def _only_turned(word: str, sign: str, text: str) -> bool:
    """Whether each place of a word in a text is turned into another by what stands before it."""
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    return bool(places) and all(text[:place].endswith(sign) for place in places)


def _roles(slots: Slots, context: Context) -> Iterator[Missing]:
    for title in slots.titles:
        places = list(re.finditer(re.escape(title), context.sentence))
        # Of 聘任甲为总经理,原总经理乙退休 the title beside a name is whose it is.
        beside = [match for match in places if _is_beside(match, context)]
        held = [match for match in beside or places if _holds_now(match, slots.text)]
        if not held:
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


def _is_beside(match: re.Match[str], context: Context) -> bool:
    """Whether a title stands right before or behind the answer."""
    start, end = match.span()
    at = context.sentence.find(context.piece) if context.piece else -1
    return at >= 0 and (end == at or at + len(context.piece) == start)


def _other_place(match: re.Match[str], slots: Slots, context: Context) -> str:
    """The place right before a title, or in the answer, that is none of those asked for: 石坪县副县长."""
    before = match.string[max(0, match.start() - _BEFORE_TITLE) : match.start()]
    place = _PLACE_OF_TITLE.search(before) or _PLACE_OF_TITLE.search(context.piece)
    asked = [name for name in slots.names if _OFFICIAL.search(name)]
    return place["place"] if place and asked and all(place["place"] not in name for name in asked) else ""


def _holds_now(match: re.Match[str], asked: str) -> bool:
    """Whether a title in a sentence is the one asked for: no deputy's, and no former or future one."""
    before = match.string[max(0, match.start() - _BEFORE_TITLE) : match.start()]
    turned = _TURNED_TITLE.search(before)
    return turned is None or turned.group()[:1] in asked


def _units(slots: Slots, context: Context) -> Iterator[Missing]:
    unmet = _unmet_unit(slots, context)
    if unmet is not None:
        # Where nothing is told of 占地, a figure of another unit is not its: then what is asked of lacks as well.
        asked = (*slots.deeds, *slots.things[-1:], *slots.counted)
        clause = _clause(context)
        untold = [each for each in asked if not _holds_some(each, clause, slots.wants)] if context.piece else []
        nowhere = [each for each in untold if not _holds_some(each, context.sentence, slots.wants)]
        yield from (Missing(INDICATOR, each, "") for each in nowhere[:1])
        yield unmet
        yield from (Missing(INDICATOR, each, "") for each in untold[:1] if not nowhere)


def _unmet_unit(slots: Slots, context: Context) -> Missing | None:
    stated = quantities(context.piece)
    if _BARE.fullmatch(context.piece):  # 2,790,060 may be of anything
        return None
    # A day is no sum of money and no count of things.
    if (slots.measure or slots.counter) and slots.wants == NUMBER and _is_day(slots, context.piece):
        return Missing(UNIT, slots.measure[0] if slots.measure else slots.counter, context.piece)
    unit = next((quantity.unit.split("/")[0] for quantity in stated if quantity.unit), "")
    wanted = _DIMENSION.get(slots.unit)
    if wanted is not None:
        supplied = _DIMENSION.get(unit)
        foreign = slots.unit in _FOREIGN and slots.unit != unit
        if unit == "个" and context.behind.startswith(slots.unit):  # 五六个|人
            return None
        if not stated or (unit and supplied != wanted) or (unit and foreign):
            return Missing(UNIT, slots.unit, unit or context.piece)
    elif slots.counter and slots.counter not in context.piece and _DIMENSION.get(unit) in _MEASURED:
        return Missing(UNIT, slots.counter, unit)
    elif "多长" in slots.text and unit in _TIMES:
        return None  # of a 任期, not of a road
    elif slots.measure and stated and unit and not any(measure in context.piece + unit for measure in slots.measure):
        return Missing(UNIT, slots.measure[0], unit)
    return None


def _is_day(slots: Slots, piece: str) -> bool:
    """Whether a piece is a day or a year, where no length of time is asked for."""
    wanted = (*slots.measure, slots.counter)
    return bool(_DAY.fullmatch(piece.strip())) and not any(unit and unit in "年月天日小时号周" for unit in wanted)


def _things(slots: Slots, context: Context) -> Iterator[Missing]:
    whole = context.whole
    # Who counts by the same counter counts the same: 72万片 answers 多少片芯片 where 晶圆 is written.
    same = slots.counter and slots.counter not in _ANY_COUNTER and slots.counter in context.piece
    counted = () if same else slots.counted
    # 50MW is an 装机 without the word; a sum of money or a share may be of anything.
    implied = slots.measure and slots.measure[0] not in _OF_ANYTHING and any(u in context.piece for u in slots.measure)
    for thing in (*(slots.things[:-1] if implied else slots.things), *counted):
        if any(_holds_some(spelling, whole, slots.wants) for spelling in slots.spellings(thing)):
            continue
        if _abbreviated(thing, whole) or _apart(thing, context) or (thing in counted and _counts(thing, context)):
            continue
        if _told_by_piece(thing, slots, context):
            continue
        from qa.homophones import sounds_in  # reads 6,763 characters, which most questions do not need

        if not 1 < len(thing) <= _LONGEST_WORD or not sounds_in(thing, whole):
            yield Missing(SUBJECT if thing == slots.bearer else INDICATOR, thing, "")


def _abbreviated(thing: str, text: str) -> bool:
    """恐袭 is 恐怖袭击: the first signs of two words."""
    return len(thing) == 2 * _SHORT and thing[0] + thing[2] in text


def _apart(thing: str, context: Context) -> bool:
    """Whether both signs of a word stand near the answer, each in a word of its own: 伤亡 as 4人死亡,10人受伤."""
    at = context.sentence.find(context.piece)
    near = context.sentence[max(0, at - _AROUND) : at + len(context.piece) + _AROUND]
    return len(thing) == _SHORT and not any(sign in _WEAK for sign in thing) and all(sign in near for sign in thing)


def _counts(thing: str, context: Context) -> bool:
    """Whether the answer counts the like of a thing: 400名特种兵 answers 多少兵力."""
    counted = re.split(r"[,;。、]", context.piece + context.behind[:_BEHIND])[0]
    return any(sign in counted for sign in thing if sign not in _WEAK)


def _told_by_piece(thing: str, slots: Slots, context: Context) -> bool:
    """Whether the answer itself says of what it is: 二级 of a 级别, 第149位 of a 排名, 长86厘米 of a 体长."""
    asked = _COUNTER.search(slots.text)
    if asked and asked["counter"] in context.piece:
        ranked = _RANKING.search(thing) and "第" in slots.text
        if asked["counter"] in thing or ranked:
            return True
    if thing in _SUMS and any(each.unit in _MONEY for each in quantities(context.piece)):
        return True
    if thing[-1] not in _LENGTHS or not quantities(context.piece):
        return False
    # 尾长 is another length: the sign must be a word of its own.
    before = _REACHING.sub("", context.sentence[: max(0, context.sentence.find(context.piece))])
    if context.piece.startswith(thing[-1]):
        before += thing[-1]
    words = tagged(before)
    alone = len(words) > 1 and (len(words[-2][0]) > 1 or words[-2][1] != "n")
    return alone and words[-1][0] == thing[-1]


def _holds_some(thing: str, text: str, wants: str) -> bool:
    """Whether a text speaks of a thing: it holds two fifths of its pairs of characters.

    Where a person is asked for, a character is enough: 导演 is told as 执导, 儿子 as 之子.
    """
    strong = "".join(character for character in thing if character not in _WEAK)
    if len(strong) <= 1 or wants == PERSON:
        return not strong or any(character in text for character in strong)
    return sum(pair in text for pair in pairs(strong)) >= _PART * (len(strong) - 1)
