"""Check whether a figure is of the nature and the scope that a question names: a target, a change, the whole country.

Knows the words that tell a target from what was reached, a change from a level, and a country from a county. Does not
know names, times or units: qa.slot_check compares those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.figure.lists import spelled_out
from qa.slot_context import place_of
from qa.slots import is_place, tagged

# What was meant to be, and what came to be.
_PLANNED = re.compile(
    r"目标|计划(?!单列|生育)|力争|预计|预期|(?<![模虚])拟|将(?![近军士])|争取|规划(?![馆局院])|提出(?=[,20今本全])|确保|要(?:做到|达到|实现|完成|突破)"
)
_ASKS_PLANNED = re.compile(r"目标|预期|力争")
_ASKS_REACHED = re.compile(r"实际(?!控制|到位|利用|使用|上)|(?:已经?|实际)完成|(?:完成|实现)了?(?:多少|几)")
_REACHED = re.compile(r"实际|(?<!要)完成|(?<!要)实现了?|累计|已")
# A change and its direction. 增加值 is a level, 增长率 a rate that may be told without a verb.
_UP = (
    r"增长(?!点|极)|增加(?!值)|增速|增幅|上涨|上升|涨幅|提高|提升|回升|扩大|多了|涨了?|高出|同比多|[升增]了|延长|"
    r"调高|涨价|上调"
)
_DOWN = r"下降|减少|降低|降幅|下跌|跌幅|下滑|回落|缩减|缩短|少了|跌了?|同比少|[降减]了|调低|降价|下调"
CHANGED = re.compile(f"{_UP}|{_DOWN}|同比|环比|变化|持平|翻[了一两番]|倍")
ASKS_OF_CHANGE = re.compile(f"{_UP}|{_DOWN}|同比|环比")  # anywhere in a question
_ASKS_CHANGE = re.compile(
    rf"(?:{_UP}|{_DOWN})了?(?:多少|几|百分之几)|(?:增速|增幅|涨幅|降幅|跌幅)(?:是|为|达到?)?(?:多少|几|$)"
)
# 由95分钟缩短到40分钟
_FROM, _TO = re.compile(r"[由从自][^,;。由从自]{0,10}$"), re.compile(r"[^,;。\d]{0,6}[到至为成](?=$|\d)")
_LAST_FIGURE = re.compile(r"\d[\d.,]*[^\d,;。]{0,3}(?=[^\d,;。]*$)")
_RATE = re.compile(r"^[约近超]?-?[\d.]+(?:个?百分点|%|‰)(?:以上|左右|以内)?$")
_ASKS_SHARE = re.compile(
    r"[率比重速幅额]|占|百分|几成|增|涨|升|降|减|跌|指数|毛利|利息|折|同比|环比|目标|浓度|纯度|含量|多高|多低"
)
_EXEMPT = re.compile(
    r"[,;、](?:对|但|而)?(?P<who>[一-鿿]{2,8}?)(?:一律|全部|可以?|均)?(?P<how>免[收费交缴票]|除外|不收)(?=[,;。]|$)"
)
_ASKS_PART = re.compile(r"占比|比重|占\S{0,12}(?:多少|几)")
_CLAUSE = re.compile(r"[,;。]")
# Who is meant by a wide word, and the words by which a text speaks of it.
_SCOPES = (
    (re.compile(r"全国|我国(?!\S{0,6}(?:省|市|县))"), re.compile(r"全国|我国|中国|国家|各地|各省")),
    (re.compile(r"全省|(?<!各)省内"), re.compile(r"全省|省")),
    (re.compile(r"全球|全世界|世界(?:上|各国)"), re.compile(r"全球|世界|国际|各国")),
)
_CASUALTIES = tuple(
    tuple(row.split())
    for row in (
        "遇难 死亡 身亡 丧生 遇害 死了 死",
        "受伤 轻伤 重伤 伤者 伤了",
        "失踪 失联",
        "获救 救出",
        "安置",
        "转移 撤离",
        "被困",
    )
)
_CENSUS = re.compile(r"全国(?=(?:人口|经济|农业)?普查|文明|百强|先进)|中国(?=[一-鿿]{0,6}(?:公司|集团|银行|大学))")
_LOCAL = re.compile(r"[一-鿿]{2}(?:[省市县区镇乡村旗]|自治[区州县])|全[省市县区镇乡村]")

# Words of one kind: who asks for one is not answered where the clause tells of another.
_EXCLUSIVE = tuple(
    tuple(row.split())
    for row in (
        "城镇 农村",
        "男子 女子",
        "男性 女性",
        "计划 实际",
        "最高 最低",
        "最大 最小",
        "最早 最晚",
        "最多 最少",
        "同比 环比",
        "顺差 逆差",
        "上半年 下半年",
        "首季 前三季度",
        "以上 以下",
        "规上 规下",
        "国内 国际",
        "老院区 新院区",
        "老校区 新校区",
        "老城区 新城区",
        "厨余垃圾 其他垃圾 可回收物 有害垃圾",
        "急诊 普通门诊 专家门诊",
        "主犯 从犯",
        "高收入 低收入",
        "首次 再次",
        "主桥 副桥 引桥",
        "第一产业 第二产业 第三产业 第四产业",
        "北向 南向",
        "上行 下行",
        "自费 免费",
        "应届 往届",
        "户籍人口 常住人口",
        "重伤 轻伤",
        "公办 民办",
        "在职 退休",
        "全程 半程",
        "主场 客场",
        "直接 间接",
        "新增 现有",
        "特级教师 高级教师 一级教师 二级教师 三级教师",
        "二手房 新建商品住宅",
        "二手房 新建商品房",
        "二手房 新房",
        "职工医保 居民医保",
    )
)


def other_nature(asked: str, sentence: str, piece: str) -> tuple[str, str]:
    """Return the word of a folded question that a figure's nature does not meet, and what it is; ("", "") if it does.

    >>> other_nature("青岩县2023年产值目标是多少", "2023年青岩县产值37亿元,增长5%。", "37亿元")
    ('目标', '37亿元')
    >>> other_nature("青岩县产值增长多少", "青岩县产值37亿元。", "37亿元")
    ('增长', '37亿元')
    """
    before, after = _around(sentence, piece)
    near = f"{before}{piece}{after}"
    at = place_of(piece, sentence)
    until = sentence[:at] + piece + after if at >= 0 else sentence
    if (word := _ASKS_PLANNED.search(asked)) and not _PLANNED.search(until):
        return word.group(), piece
    word, planned = _ASKS_REACHED.search(asked), _PLANNED.search(until)
    if word and planned and not _REACHED.search(near):
        return word.group(), planned.group()
    # Of 由95分钟缩短到40分钟 neither is by how much.
    former, _, later = before.rpartition(figure.group()) if (figure := _LAST_FIGURE.search(before)) else ("", "", "")
    one_of_two = changes(before, after) or (bool(figure) and changes(former, later))
    if (word := _ASKS_CHANGE.search(asked)) and (one_of_two or not CHANGED.search(near)):
        return re.split(r"了?(?:多少|几|百分|是|为|达)", word.group())[0], piece
    rate = _RATE.match(piece) is not None
    asks_rate = _ASKS_SHARE.search(asked) and not _ASKS_PART.search(asked)
    if rate and not asks_rate and re.search(rf"(?:{_UP}|{_DOWN})\S{{0,6}}$", before):
        return "", piece
    if not ASKS_OF_CHANGE.search(asked) and re.search(rf"(?:{_UP}|{_DOWN})[约近超]?$", before):
        return "", piece  # 死亡人数减少|2人
    return other_casualty(asked, before, piece, after) or ("", "")


def other_casualty(asked: str, before: str, piece: str, after: str) -> tuple[str, str] | None:
    """Return (asked, stated) where a count is of people who fared otherwise: 4人遇难 where 失踪 is asked for."""
    wanted = next((kind for kind in _CASUALTIES if any(word in asked for word in kind)), None)
    near = re.split(r"、", before)[-1] + piece + re.split(r"、", after)[0]
    stated = next((kind for kind in _CASUALTIES if any(word in near for word in kind)), None)
    if wanted is None or stated is None or wanted == stated or any(word in near for word in wanted):
        return None
    return next(word for word in wanted if word in asked), next(word for word in stated if word in near)


def other_direction(asked: str, sentence: str, piece: str) -> str:
    """Return the word by which a figure went the other way than a folded question takes for true, "" if it did not.

    >>> other_direction("油菜籽产量增加了多少", "油菜籽产量2.9万吨,比上年减少0.3万吨。", "0.3万吨")
    '减少'
    """
    before, _ = _around(sentence, piece)
    stated = list(re.finditer(f"(?P<up>{_UP})|(?P<down>{_DOWN})", before + piece))
    word = _ASKS_CHANGE.search(asked)
    if not stated or word is None:
        return ""
    up = re.match(_UP, word.group()) is not None
    last = stated[-1]
    return last.group() if bool(last["up"]) != up else ""


def changes(before: str, behind: str) -> bool:
    """Whether a figure is the first of two: what stands before and behind it says 由…到.

    >>> changes("候诊时间由", "缩短到40分钟"), changes("候诊时间为", ",到40分钟")
    (True, False)
    """
    return _FROM.search(before) is not None and _TO.match(behind) is not None


def other_course(asked: str, text: str) -> str:
    """Return the word by which a text tells only of the course opposite to that of a question, "" if it does not.

    The opposite word counts only behind a word of the question: fewer guests may be why a price rises.

    >>> other_course("为什么利润大幅增长", "利润下滑是因为价格下跌。")
    '下滑'
    >>> other_course("为什么票价提高", "由于客流减少,票价调高。")
    ''
    """
    up, down = re.search(_UP, asked), re.search(_DOWN, asked)
    if bool(up) == bool(down):
        return ""
    same, opposite = (_UP, _DOWN) if up else (_DOWN, _UP)
    turned = re.search(opposite, text)
    if turned is None or re.search(same, text):
        return ""
    before = _CLAUSE.split(text[: turned.start()])[-1]
    words = [word for word, tag in tagged(asked) if tag in ("n", "vn", "nz", "ORG", "LOC") and len(word) > 1]
    return turned.group() if any(word in before for word in words) else ""


def other_scope(asked: str, whole: str) -> str:
    """Return the wide word of a folded question, 全国, that a text of one place does not meet; "" if it is met.

    >>> other_scope("全国9月居民消费价格上涨多少", "9月份云泽市居民消费价格上涨0.4%。")
    '全国'
    """
    for words, met in _SCOPES:
        if (word := words.search(_CENSUS.sub("", asked))) and not met.search(_CENSUS.sub("", whole)):
            return word.group() if _is_local(whole) else ""
    return ""


def _is_local(whole: str) -> bool:
    """Whether a text names a place smaller than a country; 多家公司上市 names none."""
    return any(match.group()[0] == "全" or is_place(match.group()) for match in _LOCAL.finditer(whole))


def excluded(asked: str, before: str) -> Iterator[tuple[str, str]]:
    """Yield (asked, stated) where a question names one word of a kind, and another stands last before a figure.

    >>> list(excluded("男子组有几人", "男子组3人,女子组"))
    [('男子', '女子')]
    """
    before = spelled_out(before)
    for group in _EXCLUSIVE:
        wanted = [word for word in group if word in asked]
        if len(wanted) == 1 and wanted[0] in before and "分别" in before:
            continue  # which figure of the list is whose the records of figures say
        stated = max(group, key=before.rfind)
        if len(wanted) == 1 and stated in before and stated != wanted[0]:
            yield wanted[0], stated


def exempt(asked: str, before: str, behind: str) -> Iterator[tuple[str, str]]:
    """Yield (asked, stated) where what stands behind a figure frees from it whom a folded question names.

    `before`: the figure's clause up to it. What it speaks of is not free.

    >>> list(exempt("老人门票多少钱", "门票", ",老人免费"))
    [('老人', '免费')]
    """
    for match in _EXEMPT.finditer(behind):
        if match["who"] in asked and match["who"] not in before:
            yield match["who"], match["how"]


def _around(sentence: str, piece: str) -> tuple[str, str]:
    """What stands before and behind a piece in its clause."""
    at = place_of(piece, sentence)
    if at < 0:
        return sentence, ""
    return _CLAUSE.split(sentence[:at])[-1], _CLAUSE.split(sentence[at + len(piece) :])[0]
