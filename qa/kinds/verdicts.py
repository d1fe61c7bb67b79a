"""Tell whether a clause that speaks of a statement affirms it, refutes it, or says neither.

Knows opposite verbs, plans that are no facts, figures and bounds, and who does a thing. Does not know hits or how a
clause was found.
"""

from __future__ import annotations

import re

from qa.figure.values import quantities
from qa.spans import same_value

AFFIRMED, REFUTED, UNCLEAR = "affirmed", "refuted", "unclear"
_OPPOSITE_ROWS = (
    "增长 下降",
    "增加 减少",
    "上涨 下跌",
    "上升 回落",
    "提高 降低",
    "扩大 缩小",
    "盈利 亏损",
    "开放 闭馆",
    "开门 关门",
    "营业 停业",
    "通过 否决",
    "成功 失败",
    "允许 禁止",
    "收费 免费",
    "高于 低于",
    "超过 低于",
    "达到 低于",
    "完成 未完成",
    "提前 推迟",
    "扩建 拆除",
    "恢复 停止",
)
_OPPOSITES = tuple(tuple(row.split()) for row in _OPPOSITE_ROWS)
_ALIKE = ("增长", "增加", "上涨", "上升", "提高"), ("下降", "减少", "下跌", "回落", "降低", "下滑")
_PLANNED = re.compile(r"预计|计划(?!生育|单列)|拟|将(?!军|领|士)|有望|力争|目标|争取|规划|待|即将")
_ABOVE, _BELOW = re.compile(r"超过|高于|多于|突破|大于|不止"), re.compile(r"低于|不到|少于|不足|小于|不超过")
_BY = re.compile(
    r"(?:由|在|给|与|跟|属于|归)(?P<name>[一-鿿]{2,8}?)(?=承办|主办|负责|举行|举办|召开|承建|建设|投资|管理|运营|施工|$)"
)
_HOLDER = re.compile(r"(?P<title>董事长|总经理|书记|市长|县长|区长|镇长|校长|院长|局长|主任|主席|总裁|教练|总设计师)")


def verdict(statement: str, clause: str) -> str:
    """Return AFFIRMED, REFUTED or UNCLEAR for a folded statement and a folded clause that speaks of it.

    >>> verdict("大桥建成", "大桥预计2025年建成"), verdict("产值是38亿元", "产值为31亿元")
    ('unclear', 'refuted')
    """
    if _PLANNED.search(clause) and not _PLANNED.search(statement):
        return UNCLEAR
    if figures := _of_figures(statement, clause):
        return figures
    title = _HOLDER.search(statement)
    if title and not re.search(rf"(?<!副){title['title']}", clause):
        return UNCLEAR
    asked, doer = _BY.search(statement), _BY.search(clause)
    if asked and asked["name"] not in clause:
        return REFUTED if doer else UNCLEAR
    return REFUTED if _is_opposite(statement, clause) else AFFIRMED


def _of_figures(statement: str, clause: str) -> str:
    """The verdict of a statement that names a figure; "" if it names none, or the clause holds none of its unit."""
    asked = [each for each in quantities(statement) if each.unit]
    if not asked:
        return ""
    wanted = asked[-1]
    stated = [each for each in quantities(clause) if each.unit and each.unit[-1] == wanted.unit[-1]]
    if not stated:
        return UNCLEAR
    if _ABOVE.search(statement):
        return AFFIRMED if any(each.value > wanted.value for each in stated) else REFUTED
    if _BELOW.search(statement):
        return AFFIRMED if any(each.value < wanted.value for each in stated) else REFUTED
    texts = [clause[each.start : each.end] for each in stated]
    own = statement[wanted.start : wanted.end]
    return AFFIRMED if any(same_value(own, each) for each in texts) else REFUTED


def _is_opposite(statement: str, clause: str) -> bool:
    """Whether a clause holds the opposite of a statement's verb, and not the verb."""
    for first, second in _OPPOSITES:
        for verb, other in ((first, second), (second, first)):
            if verb in statement and verb not in clause and other in clause:
                return True
    return any(
        any(verb in statement for verb in own)
        and any(verb in clause for verb in others)
        and not any(verb in clause for verb in own)
        for own, others in (_ALIKE, _ALIKE[::-1])
    )
