"""Check whether a sentence that looks like the answer is of what the question names, and say what is not.

Knows what excludes what: another year, another place, 出口 where 进出口 is told, a sum where people are counted. Does
not know how the sentence was found. Where it is not certain that a slot is violated it is silent: confidence judges.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from index.store.terms import pairs
from qa.figure.indicators import indicators_in
from qa.figure.values import quantities
from qa.name_forms import begins_with, code_pattern, code_stands, is_torn, kind_of_name, named_otherwise, speaks_of
from qa.question import DATE, NUMBER, PERSON, REASON
from qa.slot_context import OFFICIAL, Context, Missing
from qa.slot_nature import CHANGED, excluded, exempt, other_nature, other_scope
from qa.slot_period import other_periods
from qa.slot_role import other_roles
from qa.slot_unit import MONEY, other_unit
from qa.slots import INDICATOR, PERIOD, QUALIFIER, SUBJECT, UNIT, Slots, is_place, tagged
from qa.table_rows import other_cell, other_row
from qa.variants import han_value

_WEAK_IN_VERBS = "产开出发成行动工会通建设立生大上下进为到起有了能可应受作被得过推定实认来看"
_NO_EVENT = re.compile(r"[称叫名认]|导致|呈现|相?有关|因为|提及|有约")  # of what it is called or said to be
_RANKS = "省市县区镇乡州"
_OF_WHOLE = re.compile(rf"[全我本该][{_RANKS}]")  # of the place that the text is about
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
_WEAK = "总数量额率值类型品者员年月日人个大小第一新"  # characters that tell little of a thing
# 一级茶 is not 二级茶.
_GRADE = re.compile(r"(?<![一二三四五六七八九十百这某第])[一二三四五六七八九特甲乙丙][级等类档]")
_ANY_COUNTER = "个名家项次种人只位条件"  # they count anything
_OF_ANYTHING = ("元", "%", "人")
_TOGETHER = re.compile(r"分别|依次|各(?:为|是)|都|均")  # a sentence that tells of several things at once
# 第149位 is a 排名 without the word, 二级 a 级别.
_RANKING = re.compile(r"排[名位行]|[名位]次")
_COUNTER = re.compile(r"(?:几|多少)(?P<counter>[^万亿千百十\d])")
_PACE = re.compile(r"增速|增幅|涨幅|降幅|跌幅|增长率|增长速度|同比增速")
_SUMS = frozenset(("经费", "资金", "款项", "开支"))  # told by any sum of money
_REACHING = re.compile(r"(?:达到?|[约可]?[为有]|约)+$")  # between 长 and 89厘米
# 仅次于云城区 tells nothing of 云城区.
_COMPARED = re.compile(
    r"(?:仅次于|次于|高于|低于|超过|落后于|领先于?|优于)[一-鿿]{2,6}(?=[,;。、\n]|$)|比[一-鿿]{2,5}(?=[高低多少快慢])|继[一-鿿]{2,8}?(?=[之以]?后)"
    r"|[在居][一-鿿]{2,4}(?=(?:排名?|位?列|位?居)?第[一二三四五六七八九十\d])"
)
_NUMBERED = r"[一二三四五六七八九十大小新老](?:[桥中小港厂库]|院(?!区))"  # 二桥 of one place is not that of another
_COMPASS = re.compile(r"^华?[东西南北中]{1,2}部?$")
_LENGTHS = "长宽高深重厚"  # 体长 is told as 长86厘米


def missing(slots: Slots, context: Context) -> tuple[Missing, ...]:
    """Return the slots that the context does not meet, the surest first; () if none is surely violated."""
    return tuple(
        each
        for check in (_cells, _periods, _codes, _subjects, _qualifiers, _natures, _events, other_roles, _things, _units)
        for each in check(slots, context)
    )


def _periods(slots: Slots, context: Context) -> Iterator[Missing]:
    for asked, instead in other_periods(slots, context.sentence, context.leaning, context.title, context.date):
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
        spellings, whole = slots.spellings(name), _COMPARED.sub(" ", context.whole)
        spoken = any(speaks_of(spelling, whole) for spelling in spellings)
        # A notice of a town or an office names it at its ends; a report that names 上海 there may tell of others.
        other = ""
        known = OFFICIAL.search(name) or begins_with(name, context.ends)
        if not spoken and known and any(speaks_of(spelling, context.ends) for spelling in spellings):
            # What it takes for known is not what its sentence names.
            spoken, other = True, _other_official(name, context)
        if spoken and (other := other or _other_before(name, context) or _nearer_place(name, context)):
            yield Missing(SUBJECT, name, other)
        if not spoken and not is_torn(name, slots.text, whole) and not named_otherwise(name, whole):
            yield Missing(SUBJECT, name, "")
        text = f"{whole}\n{context.ends}"
        if (numbered := re.search(rf"{re.escape(name)}{_NUMBERED}", slots.text)) and numbered.group() not in text:
            yield Missing(SUBJECT, numbered.group(), "")
    for name in slots.containers:
        other = _other_container(name, context)
        if other:
            yield Missing(SUBJECT, name, other)


def _other_official(name: str, context: Context) -> str:
    """Another place, or another body of the same kind, that the sentence names; "" for none."""
    place = name[-1] in _RANKS
    kinds = _RANKS if place else re.escape(name[-1])
    for match in re.finditer(rf"(?<![一-鿿])[一-鿿]{{2,3}}[{kinds}]|[一-鿿]{{2}}[{kinds}]", context.sentence):
        other = match.group()
        if other[:2] not in name and (is_place(other) if place else len(other) > _SHORT + 1):
            return other
    return ""


def _other_before(name: str, context: Context) -> str:
    """Another of the kind of a name before the answer in its sentence, which does not name it; "" for none."""
    kind = kind_of_name(name)
    if not kind or speaks_of(name, context.sentence):
        return ""
    others = re.findall(rf"(?:(?<![一-鿿])|(?<=[年月日]))[一-鿿]{{1,8}}?{kind}", context.before_it)
    others = [re.sub("^[年月日]", "", other) for other in others]
    return next((other for other in others if len(other) > len(kind) + 1 and not _may_be(other, name)), "")


def _nearer_place(name: str, context: Context) -> str:
    """Another place that stands nearer before the answer than the one asked for; "" for none."""
    if name[-1] not in _RANKS or speaks_of(name, context.sentence):
        return ""
    for text in (context.before_it, *reversed(context.leaning)):
        if _OF_WHOLE.search(text) or speaks_of(name, text):
            return ""
        others = [match.group() for match in re.finditer(rf"[一-鿿]{{2,3}}[{_RANKS}]", text)]
        if other := next((other for other in reversed(others) if is_place(other) and not _may_be(other, name)), ""):
            return other
    return ""


def _may_be(other: str, name: str) -> bool:
    """Whether two names may be of one: 县一院 and 云岫县第一人民医院; 我院, 全市 are of whoever is meant."""
    # 市公交集团 is 青岚公交集团 where 青岚 is meant.
    if other[0] in "我本该全各这" or (other[0] in _RANKS and other[1:] in name):
        return True
    return speaks_of(name, other) or speaks_of(other, name) or other in name


def _other_container(name: str, context: Context) -> str:
    """Another of the kind of a name that the place asked for lies in: 云南省 where 江西省哪个县 is asked for."""
    ending = OFFICIAL.search(name)
    if not ending or speaks_of(name, f"{context.whole}\n{context.ends}"):
        return ""
    text = context.whole.replace(context.piece or "\n", " ")
    # 为全省, 多家公司上市 and 小区 are none.
    other = re.search(rf"[一-鿿]{{{len(name) - 2}}}[^\W\d全各本该上超小地外]{ending.group()}", text)
    return other.group() if other else ""


def _codes(slots: Slots, context: Context) -> Iterator[Missing]:
    """A model, a standard or a size is the very one: C919 is not C929, and 12.6GWh not 12.8 GWh.

    Of two in a sentence the one before the answer tells whose it is.
    """
    for code in slots.codes:
        near = [
            (match.start(), match.group())
            for match in re.finditer(code_pattern(code, any_number=True), context.sentence)
        ]
        place = context.at
        other = next((each for start, each in reversed(near) if start < place), "")
        # What stands behind the answer counts only where nothing before it says whose it is.
        if not other and near and not code_stands(code, "\n".join((context.title, *context.leaning))):
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
        if len(stated) > 1 and not _TOGETHER.search(context.sentence):  # of two the one before the answer
            stated = _ordinals(ordinal[-1], context.before_it)[-1:] or stated
        stated = stated or (_ordinals(ordinal[-1], whole)[-1:] if ordinal[-1] == "届" else [])
        stated = stated or (_ordinals(ordinal[-1], whole) if ordinal[-1] not in "次届" else [])
        if stated and not any(_number(each) == _number(ordinal) for each in stated):
            yield Missing(QUALIFIER, ordinal, stated[0])
    clause = context.clause
    for grade in _GRADE.findall(slots.text):
        alike = [each for text in (clause, context.sentence) for each in _GRADE.findall(text) if each[-1] == grade[-1]]
        if alike and grade not in alike:
            yield Missing(QUALIFIER, grade, alike[0])
    before = context.before_it if context.at >= 0 else clause
    for word, instead in excluded(slots.text, before):
        yield Missing(QUALIFIER, word, instead)
    for word, instead in exempt(slots.text, before, context.behind):
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
    digits = "一二三四五六七八九十"
    bare = rf"|(?<![{digits}\d月])(?:[{digits}]|\d{{1,2}})(?={counter})" if counter in "期号" else ""
    pattern = rf"(?:第(?:[{digits}]{{1,3}}|\d{{1,3}})|首{bare}){counter}"
    return [match.group() for match in re.finditer(pattern, text)]


def _number(ordinal: str) -> int:
    """The number of an ordinal with its counter: 31 of 第三十一届, 1 of 首批."""
    number = ordinal[:-1].removeprefix("第").removesuffix("号")
    if number.isdecimal() or number == "首":
        return int(number) if number != "首" else 1
    return int(han_value(number))


def _events(slots: Slots, context: Context) -> Iterator[Missing]:
    # Why it collapsed is not told where nothing collapses.
    events = [deed for deed in slots.deeds if len(deed) > 1 and not _NO_EVENT.search(deed)]
    if slots.wants == REASON and events and not any(_happens(event, context.whole) for event in events):
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


def _happens(event: str, text: str) -> bool:
    """Whether a text tells of an event: all its signs stand there, or one that tells much."""
    telling = [sign for sign in event if sign not in _WEAK_IN_VERBS]
    return all(sign in text for sign in event) or any(sign in text for sign in telling) or not telling


def _only_turned(word: str, sign: str, text: str) -> bool:
    """Whether each place of a word in a text is turned into another by what stands before it."""
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    return bool(places) and all(text[:place].endswith(sign) for place in places)


def _units(slots: Slots, context: Context) -> Iterator[Missing]:
    unmet = other_unit(slots, context.piece, context.behind)
    if unmet is not None:
        # Where nothing is told of 占地, a figure of another unit is not its: then what is asked of lacks as well.
        asked = (*slots.deeds, *slots.things[-1:], *slots.counted)
        clause = context.clause
        untold = [each for each in asked if not _holds_some(each, clause, slots.wants)] if context.piece else []
        nowhere = [each for each in untold if not _holds_some(each, context.sentence, slots.wants)]
        yield from (Missing(INDICATOR, each, "") for each in nowhere[:1])
        yield Missing(UNIT, *unmet)
        yield from (Missing(INDICATOR, each, "") for each in untold[:1] if not nowhere)


def _things(slots: Slots, context: Context) -> Iterator[Missing]:
    whole = context.whole
    # Who counts by the same counter counts the same: 72万片 answers 多少片芯片 where 晶圆 is written.
    same = slots.counter and slots.counter not in _ANY_COUNTER and slots.counter in context.piece
    counted = () if same else slots.counted
    # 50MW is an 装机 without the word; a sum of money or a share may be of anything.
    implied = slots.measure and slots.measure[0] not in _OF_ANYTHING and any(u in context.piece for u in slots.measure)
    for noun in slots.counted:
        if (other := _counted_beside(noun, context)) is not None:
            yield Missing(INDICATOR, noun, other)
            return
    for deed in slots.deeds if slots.wants == NUMBER else ():
        modified = next((noun for noun in (*slots.things, *slots.counted) if f"{deed}{noun}" in slots.text), "")
        if modified and len(deed) > 1 and not any(sign in whole for sign in deed):
            yield Missing(QUALIFIER, f"{deed}{modified}", "")
    for thing in (*(slots.things[:-1] if implied else slots.things), *counted):
        if any(_holds_some(spelling, whole, slots.wants) for spelling in slots.spellings(thing)):
            continue
        if not set(indicators_in(thing)).isdisjoint(indicators_in(whole)):
            continue
        if _abbreviated(thing, whole) or _apart(thing, context) or (thing in counted and _counts(thing, context)):
            continue
        if _told_by_piece(thing, slots, context):
            continue
        from qa.homophones import sounds_in  # reads 6,763 characters, which most questions do not need

        if not 1 < len(thing) <= _LONGEST_WORD or not sounds_in(thing, whole):
            yield Missing(SUBJECT if thing == slots.bearer else INDICATOR, thing, "")


def _counted_beside(noun: str, context: Context) -> str | None:
    """What an answer counts where another figure of its sentence counts the noun: 7个大项, and not 3000名运动员."""
    ahead = context.behind.lstrip("余多")
    if not context.piece or noun in context.piece or ahead.startswith(noun):
        return None
    counts = re.search(
        rf"\d[余多万亿]*(?:名|个|位|家|只|台|座|所|项|条|辆|架|件|人次)?(?:的)?{re.escape(noun)}", context.sentence
    )
    return ahead[:_BEHIND] if counts and re.match(r"[一-鿿]{2}", ahead) else None


def _abbreviated(thing: str, text: str) -> bool:
    """恐袭 is 恐怖袭击: the first signs of two words."""
    short = thing[0] + thing[_SHORT] if len(thing) == 2 * _SHORT else ""
    if not short or short not in text:
        return False
    # 外人 in 海外|人口 is none: its signs end and begin two longer words.
    words = [word for word, _ in tagged(text)]
    apart = any(
        len(word) > 1 < len(after) and word[-1] + after[0] == short for word, after in itertools.pairwise(words)
    )
    return not apart


def _apart(thing: str, context: Context) -> bool:
    """Whether both signs of a word stand near the answer, each in a word of its own: 伤亡 as 4人死亡,10人受伤."""
    near = context.before_it[-_AROUND:] + context.piece + context.behind[:_AROUND]
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
    if _PACE.fullmatch(thing) and "%" in context.piece and CHANGED.search(context.clause):
        return True  # 同比增长5% is a 增速
    if thing in _SUMS and any(each.unit in MONEY for each in quantities(context.piece)):
        return True
    if thing[-1] not in _LENGTHS or not quantities(context.piece):
        return False
    # 尾长 is another length: the sign must be a word of its own.
    before = _REACHING.sub("", context.before_it)
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
