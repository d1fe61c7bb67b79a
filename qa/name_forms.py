"""Tell whether a text speaks of a name in any of its forms: whole, shortened, by a country's first sign, as a code.

Knows how names and codes are written. Does not know questions or answers. All texts are folded.
"""

from __future__ import annotations

import re
from functools import cache

from qa.figure.words import PLACES

# Endings that a text may leave out of a name: 山西省 is 山西.
_ENDING = re.compile(
    r"(?:特别行政区|自治[区州县]|[省市县区镇乡村州国]|(?<=香)港|地区|"
    r"(?:实业|集团|公司|股份|有限|责任|控股|科技|企业|工业|食品|药业|重工|电器|汽车|新材料|新能源|材料|病毒|疫情|肺炎)+)$"
)
_SHARE, _SHARE_OF_LONG = 0.5, 0.4  # of the pairs of a name that a text must hold from its beginning
_LONGEST_PLACE = 4  # characters of the name of a place
_LEAST_REST = 4  # characters of a name cut in front
# What a name is a name of: its last word.
_KINDS = (
    "实验学校|幼儿园|中专|技校|小学|中学|大学|学院|学校|医院|卫生院|诊所|政府|法院|检察院|公安局|派出所|博物馆|图书馆|"
    "美术馆|科技馆|文化馆|体育馆|纪念馆|档案馆|大桥|大道|大街|大厦|公路|高速|高铁|铁路|地铁|隧道|水库|电站|电厂|机场|"
    "车站|码头|公园|广场|景区|剧院|影院|银行|酒店|商场|市场|工业园|产业园|开发区|保税区|自贸区|新区|校区|园区|"
    "[桥路街道站港湖河江山塔寺庙厂矿村镇乡县市省州岛湾馆楼]"
)
_OFFICIAL = re.compile(r"(?:特别行政区|自治[区州县]|[省市县区镇乡村州国港]|地区|病毒|疫情|肺炎)$")
_KIND = re.compile(rf"(?:{_KINDS})$")
_FIRM = re.compile(r"(?:公司|集团|股份|制药|药业|科技|实业|银行)$")
_KIND_AHEAD = re.compile(rf"(?:{_KINDS})")
# A part of a thing is not the thing.
_PART = re.compile(
    r"(?:[主副引匝]桥|[新老东西南北]?(?:校区|院区|厂区)|分校|分院|分店|分公司|分行|支行|支公司|分局|附属\S{1,6}|附[小中])$"
)
# 第二 behind 青岚市; a 二期 or 二号 is compared by its number elsewhere.
_NUMBER_OF = re.compile(r"第?[一二三四五六七八九十\d](?![期号])")
_KIND_OF_PLACE = re.compile(
    rf"(?:{_KINDS}|[院园校所店场区局社团队渠隧洞号期批届线班组司案])$|公司|集团|项目|工程|[\d一二三四五六七八九十]"
)
# 第三中学 is told of as 三中.
_SHORT_FORMS = tuple(
    (re.compile(long), short)
    for long, short in (
        ("委员会", "委"),
        (r"第([一二三四五六七八九十]{1,3})(?:高级)?中学", r"\1中"),
        (r"第([一二三四五六七八九十]{1,3})(?:实验)?小学", r"\1小"),
        (r"第([一二三四五六七八九十]{1,3})(?:人民)?医院", r"\1院"),
        ("实验小学", "实小"),
        ("实验中学", "实中"),
        ("马拉松(?:赛)?", "马"),
        ("应急管理局", "应急局"),
        ("市场监督管理局|市场监管局", "市监局"),
        ("教育体育局", "教体局"),
    )
)
_PHASE = re.compile(r"(?<=[一-鿿]{2})[一二三四五六七八九十\d]期$")
# 人民医院 and 医院, 城际铁路 and 铁路, 政府采购 and 采购: a short form has the second.
_LEFT_OUT = re.compile(r"人民(?=医院|法院|检察院|政府)|城际(?=铁路)|政府(?=采购)|(?<=[一-鿿]{2})[和及与](?=[一-鿿]{2})")
# What may be left out before a name: the places that it lies in. What is of any place needs one of them.
_REGIONS = re.compile(
    r"(?:中国|国家|中华|我国|全国|[一-鿿]{1,3}[国省市州县]|(?:北京|天津|上海|重庆)市?|[一-鿿]{2,4}自治[区州])+"
)
_OF_ANY_PLACE = re.compile(
    r"第[一二三四五六七八九十]|[省市县区]|人民|中心|中医|实验|公安|税务|政务|应急|妇幼|市场|财政|教育|卫生|交通|发展|"
    rf"水利|城市|综合|体育|(?:{_KINDS})"
)
_PLACE_BEFORE = re.compile(r"[^\W\d全本该城][省市县区镇州国]$")
_HAN_BEFORE = re.compile(r"[一-鿿]$")
_TITLED = re.compile(
    r"^.(?:总统|总理|首相|国王|外长|防长|议长|总书记|主席|大使)$"
)  # behind the first sign of a country
_LONG = 6  # characters of a name that may be cut in front
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
_PAIRED = r"(?=[、,两双间之在与和贸经外合关建会]|$)"  # behind 中法: 中法两国, 中法贸易
_TOWARDS = r"(?=[的、,。贸出进投关外经]|大使|领事|$)"  # behind 对美, 驻美: 对美贸易, and not 对美丽


def begins_with(name: str, ends: str) -> bool:
    """Whether an article begins with a name: then it is about it, and need not say it again."""
    return ends.lstrip(' \n“"《').startswith(name)


def is_torn(name: str, question: str, text: str) -> bool:
    """Whether a name is the rest of a word that the tagger tore apart: 收|复德拉 where the text has 收复 and 德拉."""
    place = question.find(name)
    before, after = question[max(0, place - 1) : place + 1], question[place + len(name) - 1 : place + len(name) + 1]
    parts = [(before, name[1:]), (after, name[:-1])]
    parts = [(word, rest) for word, rest in parts if len(word) > 1 and word in text and rest in text]
    if len(name) <= _SHORT or not parts:
        return False
    from qa.slots import tagged  # a tagger, which few names need

    words = {word for word, _ in tagged(text)}
    return any(word in words and rest in words for word, rest in parts)


def named_otherwise(name: str, text: str) -> bool:
    """Whether a text names the same in another way: 吉尔吉斯斯坦总统 for 吉总统, 美军 for 美国."""
    first, rest = re.escape(name[0]), re.escape(name[1:])
    if len(name) == _SHORT and name[1] == "国":
        alone = rf"{first}(?:[军媒元籍企商]|方(?![案便式面法针位向])|国)"
        own = rf"{alone}|{first}[中美英法俄日韩德]{_PAIRED}|[中美英法俄日韩德]{first}{_PAIRED}"
        return re.search(rf"{own}|[对访驻赴]{first}{_TOWARDS}", text) is not None
    if countries := _COUNTRIES.match(name):
        signs = countries.group()
        if signs in text:
            return True
        from qa.slots import is_place, tagged

        if len(name) == _SHORT and is_place(name):  # 巴中 is a city
            return False
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
    parts, runs = re.findall(r"[a-z]+|\d+(?:\.\d+)?", code), []
    for i, run in enumerate(parts):
        if run[0].isdecimal():
            runs.append(r"\d+(?:\.\d+)?" if any_number else re.escape(run))
        else:
            runs.append(f"(?:{run}|{_UNITS[run]})" if i and run in _UNITS else run)
    # Between two numbers something must stand: A3-5 is not A35.
    joined = runs[0] if runs else ""
    for before, run, pattern in zip(parts, parts[1:], runs[1:], strict=False):
        joined += (r"[\s/—–-]+" if before[0].isdecimal() and run[0].isdecimal() else r"[\s/—–-]*") + pattern
    return rf"(?<![a-z0-9.]){joined}(?![a-z0-9]|\.\d)"


def speaks_of(name: str, text: str) -> bool:
    """Whether a text speaks of what a name names: it holds the name, its stem, most of it in one run, or a short form.

    >>> speaks_of("大连港口", "大连港吞吐量"), speaks_of("清溪大桥", "清溪大道通车")
    (True, False)
    """
    name, text = name.replace("洲", "州"), text.replace("洲", "州")  # 满州 and 满洲 are both written
    name = _PHASE.sub("", name) or name  # of a 二期 the number is compared elsewhere
    if name in text or _stem_stands(name, text):
        return True
    if len(name) <= _SHORT:
        return False
    if "·" in name:  # 韦斯·昂塞尔德 is told of as 昂塞尔德
        return len(last := name.rsplit("·", 1)[1]) >= _SHORT and last in text
    short_name, short_text = _shortened(name), _shortened(text)
    if short_name in short_text or _widened(short_name, short_text):
        return True
    return _begun(name, text) or _cut_in_front(name, text) or _apart(name, text)


def kind_of_name(name: str) -> str:
    """Return what a name names, by its last sign or word: 桥 of 清溪大桥, 医院; "" for a place or without a kind."""
    kind = _KIND.search(name) or _FIRM.search(name)
    word = kind.group() if kind else ""
    word = word[-1] if word[:1] == "大" and word != "大学" else word
    return "" if word in "省市县区州镇乡村" else word


def _stem_stands(name: str, text: str) -> bool:
    """Whether a name stands in a text without its ending: 山西 for 山西省; 吉林省 is not 吉林市."""
    stem = _ENDING.sub("", name)
    if len(stem) < _SHORT or stem == name or stem not in text:
        return False
    if _OFFICIAL.search(name) is None and stem in PLACES.split():  # 江西重工 is not 江西
        return False
    ranks = "".join(rank for rank in "省市县" if rank != name[-1])
    of_another = rf"(?:[{ranks}](?![会场值民级面内城域委政]))" if name[-1] in "省市县区州" else r"(?!)"
    return re.search(rf"{re.escape(stem)}(?!{of_another})", text) is not None


def _shortened(text: str) -> str:
    """A text without the words that a short form of a name leaves out: 国家发展改革委 for 国家发展和改革委员会."""
    for long, short in _SHORT_FORMS:
        text = long.sub(short, text)
    return _LEFT_OUT.sub("", text)


def _widened(name: str, text: str) -> bool:
    """Whether a text holds a name with the rank of its place inside: 云岫县图书馆 for 云岫图书馆."""
    starts = [match.start() for match in re.finditer(re.escape(name[:_SHORT]), text)]
    for start in starts:
        for at in range(_SHORT, min(_LONGEST_PLACE, len(name) - 1) + 1):
            if not text.startswith(name[:at], start):
                break
            if re.match(rf"(?:[省市县区镇乡村州]|自治[区州县]|地区){re.escape(name[at:])}", text[start + at :]):
                return True
    return False


def _begun(name: str, text: str) -> bool:
    """Whether a text holds the beginning of a name, and nothing else goes on from it: 大连港 for 大连港口.

    What tells one name from its like stands in front: 杭温高铁 is not 杭台高铁. Its kind stands last: 清溪大道
    is not 清溪大桥, and a 副桥 not the bridge.
    """
    length = next((length for length in range(len(name), 1, -1) if name[:length] in text), 0)
    share = _SHARE_OF_LONG if len(name) >= _LONG else _SHARE
    if length - 1 < share * (len(name) - 1):
        return False
    part, kind = _PART.search(name), _KIND.search(name)
    if part:
        return part.start() <= length and part.group() in text
    if not kind:
        return not _NUMBER_OF.match(name[length:])
    if kind.start() > length:
        return False
    others = re.finditer(re.escape(name[: kind.start()]), text)
    return any(not _KIND_AHEAD.match(text, other.end()) for other in others)


def _cut_in_front(name: str, text: str) -> bool:
    """Whether a text holds a long name without the place in front, which it names elsewhere or which holds the rest.

    国家网信办 for 中国国家网信办, 金堂县税务局 for 四川省金堂县税务局; 青岚市第一人民医院 is not that of another city.
    """
    if len(name) < _LONG:
        return False
    for cut in range(_SHORT, len(name) - _LEAST_REST + 1):
        rest, front = name[cut:], name[:cut]
        own = _REGIONS.fullmatch(front) is not None and not _OF_ANY_PLACE.match(rest)
        if not own and front not in text and front.rstrip("省市县") not in text:
            continue
        for match in re.finditer(re.escape(rest), text):
            before = text[: match.start()]
            other = _PLACE_BEFORE.search(before)
            if own and not (other and other.group()[-1] in front):  # in a town of that state
                return True
            if not own and not other and not (rest[0] in "省市县区" and _HAN_BEFORE.search(before)):
                return True
    return False


def _apart(name: str, text: str) -> bool:
    """Whether place and rest stand apart: 嘉兴 and 信创电梯 where 嘉兴信创 is asked for; 二桥 is of any place."""
    place, rest = name[:_SHORT], name[_SHORT:]
    if len(rest) < _SHORT or place not in text or rest not in text:
        return False
    # 云岫中医院 is told of as 县中医院 where 云岫 is named.
    ranked = re.search(rf"(?<![一-鿿])[省市县区]{re.escape(rest)}", text) is not None
    return ranked or not _KIND_OF_PLACE.search(rest)
