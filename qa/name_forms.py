"""Tell whether a text speaks of a name in any of its forms: whole, shortened, by a country's first sign, as a code.

Knows how names and codes are written. Does not know questions or answers. All texts are folded.
"""

from __future__ import annotations

import re
from functools import cache

# Endings that a text may leave out of a name: 山西省 is 山西.
_ENDING = re.compile(
    r"(?:特别行政区|自治[区州县]|[省市县区镇乡村州国港]|地区|"
    r"(?:实业|集团|公司|股份|有限|责任|控股|科技|企业|工业|食品|药业|重工|电器|汽车|新材料|新能源|材料|病毒|疫情|肺炎)+)$"
)
_SHARE, _SHARE_OF_LONG = 0.5, 0.4  # of the pairs of a name that a text must hold in one run: 大连港口 for 大连港
_KIND_OF_PLACE = re.compile(
    r"[桥路街站港馆园院校所厂店场区县市镇乡村局社团队河湖山江库渠隧洞号期批届线班组]$|公司|集团|项目|工程|案$|[\d一二三四五六七八九十]"
)
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
_COUNTRIES = re.compile(  # 中泰缅
    r"[中美英法德俄日韩朝泰缅老越柬印巴澳加欧意蒙乌伊以叙阿土希]{2,5}(?=(?:[两三四五]国)?$)"
)
_PAIRED = r"(?=[、,，两双间之在与和贸经外合关建会]|$)"  # behind 中法: 中法两国, 中法贸易
_TOWARDS = r"(?=[的、,，。贸出进投关外经]|大使|领事|$)"  # behind 对美, 驻美: 对美贸易, and not 对美丽


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
    """Whether a text names the same in another way: 吉尔吉斯斯坦总统 for 吉总统, 美军 for 美国."""
    first, rest = re.escape(name[0]), re.escape(name[1:])
    if len(name) == _SHORT and name[1] == "国":
        own = rf"{first}(?:[方军媒元籍企商]|国)|{first}[中美英法俄日韩德]{_PAIRED}|[中美英法俄日韩德]{first}{_PAIRED}"
        return re.search(rf"{own}|[对访驻赴]{first}{_TOWARDS}", text) is not None
    if countries := _COUNTRIES.match(name):
        signs = countries.group()
        if signs in text:
            return True
        from qa.slots import tagged  # a tagger, which few names need

        places = {word[0] for word, tag in tagged(text) if tag == "LOC"}
        return all(sign in places for sign in signs)
    if len(name) <= _SHORT:
        return False
    return bool(_TITLED.search(name) and re.search(rf"{first}[一-鿿]{{1,6}}{rest}", text))


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
    # What tells one name from its like stands in front: 杭温高铁 is not 杭台高铁. A long name may be cut there. What
    # stands in the text must be one run: 清溪二桥 is not spoken of by 清溪大桥 and 白鹿二桥.
    run, long = _longest_run(name, text), len(name) >= _LONG
    if (name.startswith(run) or long) and len(run) - 1 >= (_SHARE_OF_LONG if long else _SHARE) * (len(name) - 1):
        return True
    # 嘉兴 and 信创电梯 stand apart where 嘉兴信创 is asked for; 二桥 is of any place.
    place, rest = name[:_SHORT], name[_SHORT:]
    return len(rest) >= _SHORT and place in text and rest in text and not _KIND_OF_PLACE.search(rest)


def _longest_run(name: str, text: str) -> str:
    """The longest piece of a name that stands in a text, the first of several."""
    for length in range(len(name), 1, -1):
        for start in range(len(name) - length + 1):
            if name[start : start + length] in text:
                return name[start : start + length]
    return ""
