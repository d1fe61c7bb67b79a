"""Tell whether a text speaks of a name in any of its forms: whole, shortened, by a country's first sign, as a code.

Knows how names and codes are written. Does not know questions or answers. All texts are folded.
"""

from __future__ import annotations

import re
from functools import cache

from index.store.terms import pairs

# Endings that a text may leave out of a name: 山西省 is 山西.
_ENDING = re.compile(
    r"(?:特别行政区|自治[区州县]|[省市县区镇乡村州国港]|地区|"
    r"(?:实业|集团|公司|股份|有限|责任|控股|科技|企业|工业|食品|药业|重工|电器|汽车|新材料|新能源|材料|病毒|疫情|肺炎)+)$"
)
_SHARE = 0.5  # of the pairs of a name that a text must hold to speak of it: 大连港口 for 大连港
_TITLED = re.compile(
    r"^.(?:总统|总理|首相|国王|外长|防长|议长|总书记|主席|大使)$"
)  # behind the first sign of a country
_LONG = 6  # characters of a name that may be cut in front: 国家网信办 for 中国国家网信办
_SHORT = 2  # a name of so many characters must stand as a whole
_UNITS = {"km": "公里|千米", "kg": "公斤|千克", "kw": "千瓦", "mw": "兆瓦", "gw": "吉瓦", "kwh": "千瓦时|度"} | {
    "mwh": "兆瓦时",
    "gwh": "吉瓦时",
    "cm": "厘米",
    "mm": "毫米",
}
_COUNTRIES = re.compile(
    r"[中美英法德俄日韩朝泰缅老越柬印巴澳加欧意蒙乌伊以叙阿土希]{2,5}(?=(?:[两三四五]国)?$)"
)  # 中泰缅: by their first signs


def begins_with(name: str, ends: str) -> bool:
    """Whether an article begins with a name: then it is about it, and need not say it again."""
    return ends.lstrip(' \n“"《').startswith(name)


def is_torn(name: str, question: str, text: str) -> bool:
    """Whether a name is the rest of a word that the tagger tore apart: 收|复德拉 where the text has 收复 and 德拉."""
    place = question.find(name)
    before, after = question[max(0, place - 1) : place + 1], question[place + len(name) - 1 : place + len(name) + 1]
    return len(name) > _SHORT and (
        (len(before) > 1 and before in text and name[1:] in text)
        or (len(after) > 1 and after in text and name[:-1] in text)
    )


def named_otherwise(name: str, text: str) -> bool:
    """Whether a text names the same in another way: 沈龙元 for 沈元龙, 吉尔吉斯斯坦总统 for 吉总统, 美军 for 美国."""
    first, rest = re.escape(name[0]), re.escape(name[1:])
    if len(name) == _SHORT and name[1] == "国":
        return re.search(rf"{first}(?:[方军媒元籍企商财联]|[中英法俄日韩德美])|[中对访驻赴旅]{first}", text) is not None
    if countries := _COUNTRIES.match(name):
        return all(sign in text for sign in countries.group())
    if len(name) <= _SHORT:
        return False
    if _TITLED.search(name) and re.search(rf"{first}[一-鿿]{{1,6}}{rest}", text):
        return True
    runs = re.finditer(rf"(?={first}([{re.escape(name[1:])}]{{{len(name) - 1}}}))", text)
    return any(sorted(run[1]) == sorted(name[1:]) for run in runs)


def code_stands(code: str, text: str) -> bool:
    """Whether a code stands in a text as a whole, with or without a space or a dash between letters and digits.

    >>> code_stands("12.8gwh", "12.8 gwh的项目"), code_stands("2.8gwh", "12.8gwh的项目"), code_stands("5g", "15g手机")
    (True, False, False)
    """
    return re.search(code_pattern(code), text) is not None


@cache
def code_pattern(code: str, *, any_number: bool = False) -> str:
    """The ways to write a code; `any_number`: also those of its like, with another number."""
    runs = []
    for i, run in enumerate(re.findall(r"[a-z]+|\d+(?:\.\d+)?", code)):
        if run[0].isdecimal():
            runs.append(r"\d+(?:\.\d+)?" if any_number else re.escape(run))
        else:
            runs.append(f"(?:{run}|{_UNITS[run]})" if i and run in _UNITS else run)
    joined = r"[\s/—–-]*".join(runs)
    return rf"(?<![a-z0-9.]){joined}(?![a-z0-9]|\.\d)"


def speaks_of(name: str, text: str) -> bool:
    """Whether a text speaks of what a name names: it holds the name, its stem, or most of its pairs."""
    name, text = name.replace("洲", "州"), text.replace("洲", "州")  # 满州 and 满洲 are both written
    stem = _ENDING.sub("", name)
    if name in text or (len(stem) >= _SHORT and stem in text):
        return True
    if len(name) <= _SHORT:
        return False
    of_name = pairs(name)
    kept = [pair for pair in of_name if pair in text]
    # What tells one name from its like stands in front: 杭温高铁 is not 杭台高铁. A long name may be cut there.
    return (of_name[0] in text or len(name) >= _LONG) and len(kept) >= _SHARE * len(of_name)
