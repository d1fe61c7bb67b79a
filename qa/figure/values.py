"""Read the quantities in a folded text: numbers with their units, shares, multiples and ranks.

Knows how Chinese writes numbers (1亿1745万, 三分之一, 七成五, 两百三十, 10至20, 7米05) and what is counted in which
unit. Does not know what a number is said of, and does not know dates: whoever calls blanks them first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.figure.numerals import DIGITS, HAN, HAN_NUMBER, LONGEST, MOST_DIGITS, NUMERAL, SCALE, read_number, scale_of
from qa.figure.words import COUNTERS, MEASURES, SAME_UNITS, TIMES, either

_SAME_UNIT = {other: unit for unit, others in SAME_UNITS.items() for other in others.split()}
TIME_UNITS = frozenset(_SAME_UNIT.get(unit, unit) for unit in TIMES.split())
_MEASURE_UNITS = frozenset(_SAME_UNIT.get(unit, unit) for unit in MEASURES.split())


_START = re.compile(
    rf"(?<![a-z0-9.第数几])(?:(?<!{HAN})|(?<=[年亿万](?=\d)))(?P<minus>[-−](?=\d))?(?P<numeral>{NUMERAL}|"
    rf"半(?=个?(?:小时|钟头|年|月|天)))"
)
_NEXT = re.compile(rf"\s?(?P<sign>[-~–—]{{1,2}}|至|到)\s?(?P<numeral>{NUMERAL})")
_PER = r"(?:平方公里|平方米|立方米|公顷|公里|小时|分钟|千瓦时|公斤|[年月日天人户吨亩米升秒斤桶度股])"
_UNIT = re.compile(
    rf"\s?(?P<unit>{either(f'{MEASURES} {TIMES} {COUNTERS}')})(?![a-z])"
    rf"(?:(?:\s?/\s?|(?<=[米斤克吨升元])每)(?P<per>{_PER}))?"
)
_PARTS = re.compile(rf"(?P<parts>{DIGITS}|{HAN_NUMBER})分之(?P<share>{DIGITS}|{HAN_NUMBER})")
_FRACTION = re.compile(r"(?P<share>\d)/(?P<parts>[2-9]|10)(?![a-z0-9./月日])")
# 三成员 and 一成立 hold no tenths.
_TENTHS = re.compile(
    r"(?P<low>[一二两三四五六七八九]|\d)(?:(?:至|到|—|-)?(?P<high>[二三四五六七八九]))?成"
    r"(?P<rest>半|[一二三四五六七八九](?![十百千万亿个名家]))?"
    r"(?![立功员为本都果长绩交品人年效熟就分份套材型渝才器因形千家语堆群规像色败灌片活婚体团不])"
)
_HALF = re.compile(r"一半(?!是)")
_FINER = re.compile(r"(?P<digits>\d{1,2})(?![\d.])(?P<unit>秒|分钟|分)?(?P<last>\d{1,2})?(?!\d)")
_TURNED = re.compile(rf"翻(?:了|两)?(?P<times>{HAN}|\d)?番")
_TWO_PLACES = re.compile(r"[两二](?:位数|位数字)")
_RANK = re.compile(rf"第(?P<number>\d{{1,6}}|{HAN}{{1,6}})\s?(?P<unit>位|名)?|首位|榜首")
_BARE = re.compile(rf"(?<![\d.{HAN[1:-1]}数几])(?P<scale>[十百千]?[万亿])(?P<unit>元)(?=以上|以下|级)")
_ORDINAL_NOUN = re.compile(r"[批次届期个章节条号代任季阶部类轮方书时线产小中时梯只手家台座枚艘架例起份年天日期場场站]")
_RANKED = re.compile(r"居|列|排|占据|跃升|升至|升到|获得?|世界|全国|全球|全省|全市|全区|国内|亚洲|欧洲|行业|均为|位次")
_BEFORE = (
    *(
        "不低于",
        "不少于",
        "不超过",
        "不高于",
        "不足",
        "不到",
        "超过",
        "大约",
        "将近",
        "接近",
        "至少",
        "最多",
        "最少",
        "最高",
    ),
    *("最低", "高达", "逾", "约", "近", "超", "仅", "上"),
)
_AFTER = re.compile(r"\s?(?:及?以上|及?以下|左右|上下|以内|之多)")
_PEOPLE = re.compile(
    r"[\u4e00-\u9fff]{0,6}?(?:人口|群众|居民|农民|职工|学生|儿童|百姓|劳动力|人员|党员|人(?![才工均]))"
)
_VAGUE_HAN = frozenset("级度道组点分员口部门集根块对票单节趟层类")
# 桐河、白塔四县 counts what was listed.
_LISTED = re.compile(
    r"(?:(?<=、..)|(?<=、...)|(?<=和..))(?P<number>[三四五六七八九十])(?:省|市|县|区|镇|乡|村|"
    r"国)(?![\u4e00-\u9fff]?[级委府长])"
)
_EACH = re.compile(rf"(?:每|(?<![户])(?=亩均))(?P<count>百|千|万|十万)?(?P<per>{_PER}|亩均)")
_JOINTS = ("、", "和", "或", "与", "及", "，达到", ",达到", "，达", ",达")
_RATES = frozenset(("日", "天", "月", "小时", "秒"))  # 每日90万桶 is a rate
_WITH_MORE = frozenset(("倍", "年", "个月", "天", "小时", "岁", "元", "吨", "米", "公里"))  # 7倍多
_BEFORE_MINUS = " \n\t|(:,，、为至到达是"  # 2-5 has no minus
_EXPECTED = re.compile(r"(?:为|达到?|至|到|共|是|有|超过?|突破|约|近|增加|减少|新增|指数)\s?$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in a folded text: `text[start:end]`."""

    start: int
    end: int
    value: float  # in base units: 1.5亿元 is 150000000
    high: float | None  # the upper end of a range
    unit: str  # "" for a bare number, 位 for a rank, 比例 for a fraction
    qualifier: str  # 约, 超过, 以上, 多; "" for an exact one
    kind: str = ""  # rank, bare (亿元以上 without a number), two_places (两位数), term (5年期), or ""


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of a folded text, in order and disjoint. Vague ones (一批, 数百人) are left out."""
    results: list[_Reading] = []
    position = 0
    for match in _START.finditer(text):
        if match.start() < position:
            continue
        reading = _special(text, match) or _plain(text, match)
        if reading:
            results.append(reading)
            position = reading.end
    whole = [*_with_shared_units(text, results), *_ranks(text), *_wordy(text)]
    whole.sort(key=lambda quantity: (quantity.start, -quantity.end))
    result: list[Quantity] = []
    for quantity in whole:
        if not result or quantity.start >= result[-1].end:
            result.append(quantity)
    return result


def unit_of(words: str) -> tuple[float, str] | None:
    """Return the scale and the unit that the head of a column names: 万元 is (10000, 元). None if it is no unit.

    >>> unit_of("万元")
    (10000.0, '元')
    """
    match = re.fullmatch(rf"({SCALE})?\s?(.{{1,8}})", words.strip())
    unit = _UNIT.fullmatch(match[2]) if match else None
    if match is None or unit is None:
        return None
    return float(scale_of(match[1] or "")), _unit_name(unit)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A numeral with what stands around it, before it is decided whether it is a quantity."""

    start: int
    end: int
    value: float
    high: float | None
    unit: str
    qualifier: str
    han: bool  # written in Han numerals
    numeral: str
    factor: float = 1.0  # the scale it is written with
    kind: str = ""


def _special(text: str, match: re.Match[str]) -> _Reading | None:
    """Read 三分之一, 1/5, 七成五 and 一半 where a numeral begins."""
    start = match.start()
    high: float | None = None
    if len(match["numeral"]) > LONGEST:
        return None
    if parts := _PARTS.match(text, start):
        if len(parts["share"]) > LONGEST:
            return None
        below, above = read_number(parts["parts"])[0], read_number(parts["share"])[0]
        if not below:
            return None
        unit, value = {100.0: ("%", above), 1000.0: ("‰", above)}.get(below, ("比例", above / below))
        end = parts.end()
    elif fraction := _FRACTION.match(text, start):
        above, below = int(fraction["share"]), int(fraction["parts"])
        if above >= below:
            return None
        unit, value, end = "比例", above / below, fraction.end()
    elif tenths := _TENTHS.match(text, start):
        rest = 5.0 if tenths["rest"] == "半" else read_number(tenths["rest"])[0] if tenths["rest"] else 0.0
        unit, value, end = "%", read_number(tenths["low"])[0] * 10, tenths.end()
        if tenths["high"]:
            high = read_number(tenths["high"])[0] * 10 + rest
        else:
            value += rest
    elif half := _HALF.match(text, start):
        unit, value, end = "比例", 0.5, half.end()
    else:
        return None
    return _finished(text, _Reading(start, end, value, high, unit, "", True, "分"))


def _plain(text: str, match: re.Match[str]) -> _Reading | None:
    """Read a number with its unit, or a range of two."""
    numeral = match["numeral"]
    if len(numeral) > LONGEST or sum(sign.isdecimal() for sign in numeral) > MOST_DIGITS:
        return None
    value, high, factor = read_number(numeral)
    end, vague = match.end(), "多" if re.search("[多余]", numeral) else ""
    if text[end : end + 1] in ("多", "余") and _UNIT.match(text, end + 1):
        end, vague = end + 1, "多"
    if text.startswith("个半", end) and text.startswith(("小时", "钟头", "月", "星期"), end + 2):
        value, end = value + 0.5, end + 2
    if text.startswith("个亿", end):
        value, factor, end = value * 1e8, 1e8, end + 2
    unit = _UNIT.match(text, end)
    name, end = (_unit_name(unit), unit.end()) if unit else ("", end)
    reading = _Reading(match.start(), end, value, high, name, vague, _is_han(numeral), numeral, factor)
    if high is None:
        reading = _range(text, reading)
    if name and reading.high is None:
        reading = _finer(text, reading)
    reading = _suffixed(text, reading)
    if match["minus"] and (not reading.start or text[reading.start - 1] in _BEFORE_MINUS):
        reading = replace(reading, value=-reading.value)
    reading = _finished(text, reading)
    return reading if _is_quantity(text, reading) else None


def _is_han(numeral: str) -> bool:
    return not any(sign.isdecimal() for sign in numeral)


def _range(text: str, first: _Reading) -> _Reading:
    """Join a number with the one after 至 or a dash. 从4%到6% names two values, 从4-6% one range."""
    following = _NEXT.match(text, first.end)
    if following is None or len(following["numeral"]) > LONGEST:
        return first
    if following["sign"] in ("至", "到") and re.search("[从由自]", text[max(0, first.start - 8) : first.start]):
        return first
    second, _, factor = read_number(following["numeral"])
    end = following.end()
    vague = text[end : end + 1] in ("多", "余")
    unit = _UNIT.match(text, end + vague)
    name = _unit_name(unit) if unit else ""
    if (first.unit and name and first.unit != name) or (first.unit and not name):
        return first
    low = first.value
    if not first.unit and first.factor == 1.0 and low * factor <= second:
        low *= factor  # 5至6亿元
    if low >= second:
        return first
    end = unit.end() if unit else end + vague
    qualifier = "多" if vague else first.qualifier
    return replace(first, end=end, value=low, high=second, unit=name, qualifier=qualifier, factor=factor)


def _suffixed(text: str, reading: _Reading) -> _Reading:
    """Add what follows a unit: 两年半, 7倍多, 5年期, 套(间)."""
    end, unit = reading.end, reading.unit
    if unit in ("年", "小时", "倍", "天", "个月") and text.startswith("半", end):
        reading, end = replace(reading, value=reading.value + 0.5), end + 1
    if unit in _WITH_MORE and text[end : end + 1] in ("多", "余"):
        reading, end = replace(reading, qualifier="多"), end + 1
    if unit in ("年", "个月", "天") and text.startswith("期", end) and not text.startswith("期间", end):
        reading, end = replace(reading, kind="term"), end + 1
    if unit == "套" and text.startswith("(间)", end):
        reading, end = replace(reading, unit="套(间)"), end + 3
    return replace(reading, end=end)


def _finished(text: str, reading: _Reading) -> _Reading:
    """Add the words of approximation around a quantity, and what it is counted per: 最高每日90万桶."""
    start, end, unit, qualifier = reading.start, reading.end, reading.unit, reading.qualifier
    if after := _AFTER.match(text, end):
        qualifier, end = after.group().strip(), after.end()
    if unit and "/" not in unit:
        lead = text[max(0, start - 4) : start]
        each = next((each for each in _EACH.finditer(lead) if each.end() == len(lead) and each["per"] in _RATES), None)
        if each:
            unit, start = f"{unit}/{each['per']}", start - (len(lead) - each.start())
    word = next((word for word in _BEFORE if text.endswith(word, 0, start)), "")
    return replace(reading, start=start - len(word), end=end, unit=unit, qualifier=word or qualifier)


def _finer(text: str, reading: _Reading) -> _Reading:
    """Add the smaller unit that follows: 7米05 is 7.05 metres, 1分23秒 is 83 seconds."""
    unit, value = reading.unit, reading.value
    finer = _FINER.match(text, reading.end) if unit in ("米", "秒", "分", "小时") and value == int(value) else None
    if finer is None:
        return reading
    digits, small, last = finer["digits"], finer["unit"], finer["last"] or ""
    if unit in ("米", "秒") and not small and not last:
        value += int(digits) / 10 ** len(digits)
    elif unit == "分" and small == "秒":
        value, unit = value * 60 + int(digits) + (int(last) / 10 ** len(last) if last else 0), "秒"
    elif unit == "小时" and small in ("分", "分钟") and not last:
        value += int(digits) / 60
    else:
        return reading
    return replace(reading, value=value, unit=unit, end=finer.end())


def _is_quantity(text: str, reading: _Reading) -> bool:
    """Tell 两个 and 230名 from 一批, 十分 and 万家."""
    numeral, unit = reading.numeral, reading.unit
    counted = unit and unit not in _MEASURE_UNITS and "/" not in unit
    before = text[reading.start - 1 : reading.start]
    if before == "前" and unit in ("人", "个"):
        return False  # 前三名
    if unit == "点" and reading.value <= 24 and reading.value == int(reading.value):
        return False  # 8点 is a time of day
    if not reading.han:
        return bool(unit) or not re.match(r"[a-z]", text[reading.end : reading.end + 1])
    if unit == "届" or before in ("“", "「", "《", "'", '"'):
        return False  # 十三届 is an ordinal, “四个最严” a slogan
    if not unit:
        return reading.value >= 10**4 and len(numeral) > 1
    if numeral == "半":
        return True
    if numeral in ("百", "千", "万", "亿"):
        return bool(reading.qualifier) and text[reading.start - 1 : reading.start] != "千"  # 近百人, but 成千上万人
    if unit == "次" and re.match("会议|全会|集体", text[reading.end : reading.end + 2]):
        return False  # 五次会议 is the fifth
    if unit == "期" and text[reading.start - 1 : reading.start] not in ("分", "共"):
        return False  # 三期 is mostly a part of a name
    if numeral == "一" and reading.value == 1:
        return (not counted and unit not in ("元", "米")) or (bool(reading.qualifier) and unit in TIME_UNITS)
    return not (counted and unit in _VAGUE_HAN)


def _with_shared_units(text: str, results: Sequence[_Reading]) -> Iterator[Quantity]:
    """Yield the quantities. In 4.1、2.5、0.3个百分点 the last unit is that of all, and 200多万人口 counts people."""
    after: _Reading | None = None
    kept: list[Quantity] = []
    for reading in reversed(results):
        unit, value, high = reading.unit, reading.value, reading.high
        if not unit and after is not None and after.unit and text[reading.end : after.start] in _JOINTS:
            unit = after.unit
            if reading.factor == 1.0 and after.factor > 1.0:
                value, high = value * after.factor, high * after.factor if high is not None else None
            reading = replace(reading, unit=unit, value=value, factor=after.factor)
        elif not unit and reading.factor >= 10**4 and _PEOPLE.match(text, reading.end):
            unit = "人"
        elif not unit and text.startswith("大", reading.end) and not reading.han and reading.factor == 1.0:
            unit, reading = "个", replace(reading, end=reading.end + 1)
        elif (
            not unit
            and not ("." in reading.numeral or reading.factor >= 10**4)
            and not _EXPECTED.search(text[max(0, reading.start - 3) : reading.start])
        ) or (not unit and text[reading.end : reading.end + 1] in ("/", ":", "-", "*", "#", ".")):
            continue
        after = reading
        kept.append(
            Quantity(
                reading.start, reading.end, value, high, _per_unit(text, reading, unit), reading.qualifier, reading.kind
            )
        )
    yield from reversed(kept)


def _per_unit(text: str, reading: _Reading, unit: str) -> str:
    """Return the unit with what its clause counts it per: 每亩达到412.5公斤, 时速120公里."""
    if "/" in unit or not unit or unit in ("%", "倍", "比例"):
        return unit
    clause = re.split(r"[,，。;、:]", text[max(0, reading.start - 24) : reading.start])[-1]
    if unit == "公里" and re.search(r"时速[^\d]{0,4}$", clause):
        return "公里/小时"
    each = next(reversed(list(_EACH.finditer(clause))), None)
    if each is None or each["per"] in ("年", "日", "天", "月", "小时", "秒", "分钟", "户"):
        return unit
    per = "亩" if each["per"] == "亩均" else each["per"]
    return f"{unit}/{each['count'] or ''}{per}"


def _ranks(text: str) -> Iterator[Quantity]:
    """Yield 第12位, 居世界第一 and 首位. 第一批 and 第二次 are no ranks."""
    for match in _RANK.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        if match["number"] is None:
            if match.group() == "榜首" or _RANKED.search(before):
                yield Quantity(*match.span(), 1.0, None, "位", "", "rank")
            continue
        if not match["unit"] and (
            not _RANKED.search(re.split(r"[,，。;]", before)[-1]) or _ORDINAL_NOUN.match(text, match.end())
        ):
            continue
        yield Quantity(*match.span(), read_number(match["number"])[0], None, "位", "", "rank")


def _wordy(text: str) -> Iterator[Quantity]:
    """Yield 翻两番, 两位数, the bare 亿元以上, and the 四 of 四县."""
    for match in _TURNED.finditer(text):
        times = 2.0 if "两番" in match.group() else read_number(match["times"])[0] if match["times"] else 1.0
        yield Quantity(*match.span(), times, None, "番", "")
    for match in _LISTED.finditer(text):
        yield Quantity(*match.span(), read_number(match["number"])[0], None, "个", "")
    for match in _TWO_PLACES.finditer(text):
        yield Quantity(*match.span(), 10.0, 99.0, "%", "", "two_places")
    for match in _BARE.finditer(text):
        end = match.end() + (2 if text[match.end()] == "以" else 0)
        yield Quantity(
            match.start(), end, float(scale_of(match["scale"])), None, match["unit"], text[match.end() : end], "bare"
        )


def _unit_name(match: re.Match[str]) -> str:
    """Return the one name of a unit that is written in several ways."""
    name = _SAME_UNIT.get(match["unit"], match["unit"])
    return f"{name}/{_SAME_UNIT.get(match['per'], match['per'])}" if match["per"] else name
