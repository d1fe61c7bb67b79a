"""Check whether a figure is in the unit that a question asks for: money, people, a length, a share.

Knows which units measure the same. Does not know names, times or natures.
"""

from __future__ import annotations

import re

from qa.figure.values import quantities
from qa.question import DATE, NUMBER
from qa.slots import Slots

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
MONEY = frozenset(_DIMENSIONS[0].split())
_TIMES = frozenset(_DIMENSIONS[-1].split())
_DIMENSION = {unit: number for number, units in enumerate(_DIMENSIONS) for unit in units.split()}
_MEASURED = frozenset(_DIMENSION[unit] for unit in ("元", "亩", "公里", "吨", "%"))  # no counter counts these
_FOREIGN = ("美元", "欧元", "英镑", "日元", "卢布", "港元", "韩元", "新台币")
_DAY = re.compile(r"(?:\d{4}年(?:度|初|底)?)?(?:\d{1,2}月(?:份|初|底)?)?(?:\d{1,2}[日号])?")
_UNITLESS = re.compile(r"\d{1,3}(?:,\d{3})+[,.]?|\d{5,}|\d+(?:\.\d+)?[万亿]+")  # no year and no day
_LASTING = "年月天日小时号周"  # units of a time
_AMOUNT = re.compile(r"[\d〇零一二两三四五六七八九十百千万亿半倍番成首无没]")
_NTH = re.compile(r"第几(?P<counter>[一-鿿])")
_ASKS_DAY = re.compile(r"哪一?[天日]|几[号日]|几月几")
_ONLY_YEAR = re.compile(r"(?:19|20)\d\d年?(?:初|底|末|春|夏|秋|冬)?|[今去明前]年")


def other_unit(slots: Slots, piece: str, behind: str) -> tuple[str, str] | None:
    """Return the unit of a question that an answer is not in, and what it is in; None if it is in that unit.

    `behind`: what stands behind the answer in its sentence. All folded.
    """
    if slots.wants == DATE:
        day = _ASKS_DAY.search(slots.text)
        return (day.group(), piece) if day and piece and _ONLY_YEAR.fullmatch(piece) else None
    nth = _NTH.search(slots.text)
    if (
        slots.wants == NUMBER
        and piece
        and (not _AMOUNT.search(piece) or (nth and not (nth["counter"] in piece or "第" in piece)))
    ):
        return (nth.group() if nth else "多少"), piece
    stated = quantities(piece)
    if _UNITLESS.fullmatch(piece):  # 2,790,060 may be of anything
        return None
    # A day is no sum of money and no count of things.
    if (slots.measure or slots.counter) and slots.wants == NUMBER and _is_day(slots, piece.strip()):
        return slots.measure[0] if slots.measure else slots.counter, piece
    unit = next((quantity.unit.split("/")[0] for quantity in stated if quantity.unit), "")
    wanted = _DIMENSION.get(slots.unit)
    if wanted is not None:
        foreign = slots.unit in _FOREIGN and slots.unit != unit
        if unit == "个" and behind.startswith(slots.unit):  # 五六个|人
            return None
        other = unit and (_DIMENSION.get(unit) != wanted or foreign)
        return (slots.unit, unit or piece) if not stated or other else None
    if slots.counter and slots.counter not in piece and _DIMENSION.get(unit) in _MEASURED:
        return slots.counter, unit
    if "多长" in slots.text and unit in _TIMES:
        return None  # of a 任期, not of a road
    if slots.measure and stated and unit and not any(_measures(measure, piece, unit) for measure in slots.measure):
        return slots.measure[0], unit
    return None


def _measures(measure: str, piece: str, unit: str) -> bool:
    """Whether a unit is of a measure: 分 of 多久 is no part of 百分点, and 千瓦 none of 千瓦时."""
    if "瓦" in measure or "w" in measure:  # 亿千瓦时 is no 千瓦
        return piece.endswith(measure) or unit.endswith(measure)
    return measure in unit or (measure in piece and not (measure == "分" and "百分" in piece))


def _is_day(slots: Slots, piece: str) -> bool:
    """Whether a piece is a day or a year, where no length of time is asked for."""
    lasting = any(unit and unit in _LASTING for unit in (*slots.measure, slots.counter))
    return bool(piece) and _DAY.fullmatch(piece) is not None and not lasting
