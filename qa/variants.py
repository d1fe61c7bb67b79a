"""Find other ways to write the pieces of a question: 三十亿 as 30亿, 软体 as 软件.

Knows how numbers are written, and which words differ between the mainland and Taiwan (assets/regional.txt, made by
training/regional_words.py). Does not know the corpus. All texts are folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.reading.word_list import WordList
from qa.aliases import aliases

REGIONAL = Path(__file__).parent / "assets" / "regional.txt"
_LONGEST = 8  # characters of a regional word

# 俄 and 沪 for Russia and Shanghai, where a question opens with them and a time or a measure of a country follows.
_PLACE_ROWS = (
    "京北京 津天津 沪上海 渝重庆 冀河北 晋山西 辽辽宁 吉吉林 黑黑龙江 苏江苏 浙浙江 皖安徽 闽福建 赣江西 鲁山东 豫河南 "
    "鄂湖北 湘湖南 粤广东 桂广西 琼海南 川四川 黔贵州 滇云南 藏西藏 陕陕西 甘甘肃 青青海 宁宁夏 新新疆 蒙内蒙古 港香港 "
    "澳澳门 台台湾 美美国 俄俄罗斯 英英国 法法国 德德国 日日本 韩韩国 朝朝鲜 印印度 越越南 泰泰国 巴巴西 加加拿大 "
    "欧欧盟 乌乌克兰"
)
PLACES_OF_ONE_SIGN = {row[0]: row[1:] for row in _PLACE_ROWS.split()}
_OPENING = re.compile(
    rf"(?P<sign>[{''.join(PLACES_OF_ONE_SIGN)}])(?=\d|[一二三四]季度|[上下]半年|前[一二三四五六七八九十\d]|今年|去年|全年|"
    r"gdp|cpi|ppi|pmi|规上|人均|经济|通胀|失业|人口)"
)
# The asking word is blank in the content.
_PARTED = re.compile(
    r"(?P<verb>[^\W\d有是为到达能要会可将被让使在给来去做叫])(?:的是|[的了着过])? +(?P<object>[一-鿿]子?) *$"
)
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12}
_DIGITS = "零一二三四五六七八九"
_HAN = {digit: value for value, digit in enumerate(_DIGITS)} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
# 一下, 三明 and 五四 are no numbers. Han numerals count only with a place (十) or a scale (万), as years, before a
# unit, or as percentages.
_NUMBER = re.compile(
    r"(?P<percent>百分之)(?P<share>[零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?|\d+(?:\.\d+)?)"
    r"|(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<scale>万亿|亿|万|千|百)?(?P<sign>%)?"
    r"|(?P<han>(?=[零〇一二两三四五六七八九]+[十百千]|[十百千][零一二三四五六七八九]|[零〇一二三四五六七八九]{4}年|"
    r"[一二两三四五六七八九十百千]+(?:万亿|亿|万))"
    r"[零〇一二两三四五六七八九十百千]+)(?P<han_scale>万亿|亿|万)?"
    r"|(?P<lone>[两三四五六七八九十])(?=[个家所名位次座届年月天日号吨亩米元人])"
)


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to write `content[start:end]` of a question."""

    start: int
    end: int
    text: str


def variants(content: str, words: WordList = ()) -> tuple[Variant, ...]:
    """Return every other way to write a piece of a folded text, in order of place. `words`: the user's word list."""
    result = [
        Variant(start, end, other)
        for start, end, others in (
            *_numbers(content),
            *_regional(content),
            *aliases(content, words),
            *joined(content),
            *_opening(content),
        )
        for other in others
    ]
    return tuple(sorted(set(result), key=lambda variant: (variant.start, variant.end, variant.text)))


def _opening(content: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the place that a question opens with by its one sign, with its name."""
    if match := _OPENING.match(content):
        yield *match.span("sign"), [PLACES_OF_ONE_SIGN[match["sign"]]]


def _numbers(content: str) -> Iterator[tuple[int, int, list[str]]]:
    for match in _NUMBER.finditer(content):
        if match["percent"]:
            number, sign = match["share"], "%"
            value = float(number) if number[0].isdecimal() else han_value(number)
        elif match["digits"]:
            number, sign = match["digits"].replace(",", ""), match["sign"] or ""
            if len(number) > 15:
                continue
            value = float(number) * _SCALES[match["scale"] or ""]
        else:
            number, sign = match["han"] or match["lone"], ""
            value = han_value(number) * _SCALES[match["han_scale"] or ""]
        year = content[match.end() : match.end() + 1] == "年" and 1800 <= value < 2200
        others = _year(int(value), match.group()) if year else _written(value, sign, match.group())
        if others:
            yield match.start(), match.end(), others


def _year(value: int, own: str) -> list[str]:
    """Write a year digit by digit, in both kinds of digits."""
    spoken = "".join(_DIGITS[int(digit)] for digit in str(value))
    return [text for text in dict.fromkeys((str(value), spoken, spoken.replace("零", "〇"))) if text != own]


def _written(value: float, sign: str, own: str) -> list[str]:
    """Write a number in digits, with a scale, and in Han numerals. Leave out `own`, the way it is written already."""
    if sign:
        ways = [f"{value:g}%", f"百分之{_han(value)}"]
    else:
        ways = [f"{value:.0f}" if value == int(value) else f"{value:g}"]
        if value >= 1000 and value == int(value):
            ways.append(f"{value:,.0f}")
        ways += [
            f"{value / _SCALES[scale]:g}{scale}"
            for scale in ("万", "亿", "万亿")
            if 1 <= value / _SCALES[scale] < 10**4
        ]
        if value == int(value) and value < 10**16:
            ways += [_han(value)] if value < 10**4 else []
            ways += [
                f"{_han(part)}{scale}"
                for scale in ("万", "亿", "万亿")
                if 1 <= (part := value / _SCALES[scale]) < 10**4 and part == int(part)
            ]
    return [text for text in dict.fromkeys(ways) if text != own]


def han_value(numeral: str) -> float:
    """Return the value of a Han numeral below 10,000. Without a place (十) it is read digit by digit: 二〇二三."""
    whole, _, rest = numeral.partition("点")
    if not re.search("[十百千]", whole):
        total = float("".join(str(_HAN[digit]) for digit in whole))
    else:
        total = digit = 0
        for sign in whole:
            if sign in _HAN:
                digit = _HAN[sign]
            else:
                total += (digit or 1) * _PLACES[sign]
                digit = 0
        total = float(total + digit)
    return total + (float("0." + "".join(str(_HAN[digit]) for digit in rest)) if rest else 0.0)


def _han(value: float) -> str:
    """Write a number below 10,000 in Han numerals, its decimals digit by digit."""
    whole, _, rest = f"{value:g}".partition(".")
    number, text, gap = int(whole), "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, place)
        if digit:
            text += (
                ("零" if gap and text else "") + ("" if (digit, place, text) == (1, 10, "") else _DIGITS[digit]) + name
            )
        gap = not digit
    return (text or "零") + ("点" + "".join(_DIGITS[int(digit)] for digit in rest) if rest else "")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Return {word: the words for it on the other side}, in both directions."""
    table: dict[str, tuple[str, ...]] = {}
    for line in REGIONAL.read_text(encoding="utf-8").splitlines():
        ours, theirs = line.split("\t")
        for word, other in ((ours, theirs), (theirs, ours)):
            table[word] = (*table.get(word, ()), other)
    return table


def joined(content: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the place of an object that a question parts from its verb, and both in one: 挂牌 of 挂的是什么牌子."""
    match = _PARTED.search(content)
    if match:
        yield *match.span("object"), (match["verb"] + match["object"][0],)


def _regional(content: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield (start, end, other words) of the longest regional words, from left to right."""
    table, at = _table(), 0
    while at < len(content) - 1:
        end = next(
            (end for end in range(min(len(content), at + _LONGEST), at + 1, -1) if content[at:end] in table), at + 1
        )
        if end > at + 1:
            yield at, end, table[content[at:end]]
        at = end
