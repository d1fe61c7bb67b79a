"""Split a question that asks of several things at once into one question for each.

Knows how names are joined (A和B, A、B、C三家) and set against each other (A比B多多少), where a tagger sees them end,
and what all of them share: 一期和二期总投资 asks for 一期总投资. Does not know the corpus.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from qa.answer import NOT_STATED, Answer
from qa.like_for_like import like_of
from qa.periods import times_of_facts
from qa.question import ATTRIBUTE
from qa.slot_context import Missing
from qa.slots import tagged

SUM, COMPARE, DIFFERENCE = "sum", "compare", "difference"
PARTS = "parts"  # the slot of a question that asks of too many things at once
MOST_PARTS = 12  # more are refused: each costs a search
_SUM = re.compile(r"(?:加在?一起|加起来|合起来|合计|一共|总共|共计|总和|之和)(?:的)?")
_DIFFERENCE = re.compile(r"相差|差距(?:是|有)?|差(?=多少|几)")
_HOW = "[高低大小多少长短快慢远近重轻贵]"
_COMPARE = re.compile(
    r"(?:[一二两三四五六七八九]?[家个者省市国地]?(?:里|中|之间|当中|相比|相比较|比较?)?[,\s]*)"
    r"(?:哪一?[个家边条座项方种所国地省市]|谁)(?:[一-鿿]{0,2}的|线路|城市|地区|省份|国家|企业|公司|项目|的)?"
    rf"(?P<indicator>[^,]*?)(?:(?:更|最|较|比较)(?P<how>{_HOW})?|(?P<plain>(?<!多){_HOW}))(?:些|一些|一点)?$"
)
_EXCEEDS = re.compile(rf"(?P<other>.{{2,20}}?)(?P<how>{_HOW})(?:出|了)?(?P<much>(?:多少|几)(?P<unit>[^,]{{0,6}}))$")
_THAN = re.compile(r"(?<![对占环同相])比(?![例重赛率值])")
_EARLIER = re.compile(
    r"[上去前往]年|上[个一]?[月季周]|同期|年初|年底|以[前往]|原来|过去|平时|计划|预[计期算]|目标|[它他她]"
)
_APART = re.compile(r"(?:和|与|跟|同).+(?:相差|差距|差(?=多少|几))")
_LESS = {"低": "高", "小": "大", "少": "多", "短": "长", "慢": "快", "近": "远", "轻": "重"}
_HOW_MUCH = re.compile(r"多少|几|多[长高大远重深宽快]")
_JOINT = r"(?:和|与|跟|同|以及|及|、)"
_NUMERAL = r"(?:[一二三四五六七八九十]{1,3}|\d{1,3})"
_COUNTED = r"(?:期(?!间)|批|季度?|届|号线|标段|线|产业|阶段)"
ORDINAL = rf"第?{_NUMERAL}{_COUNTED}"
_ORDINALS = re.compile(rf"(?:第?{_NUMERAL}{_COUNTED}?{_JOINT})+{ORDINAL}")
_SHARED_NOUN = re.compile(
    rf"(?:的|总|净|年|全长|增加值|合同|实际|常住|固定资产)*(?:{ATTRIBUTE.pattern}|gdp$|增加值$|全长$)"
)
_STOP = re.compile(r"[,。\s]|的")
_SHARED = re.compile(r"^(?:全[国省市县区]|我国|中国|全球|世界)")
_NAME_TAGS = {"LOC", "ORG", "PER", "nz", "nw"}
_NOUN_TAGS = {"n", "vn", "an", "nz", "s", "f", "LOC", "ORG", "PER", "nw", "a"}

_INDICATOR = re.compile(rf"[额量值率数费价速幅]$|{ATTRIBUTE.pattern}")
# An article says 增长6.4%, whatever the rate is called.
_RATE = re.compile(r"的?(?:增速|增幅|增长率|涨幅)(?:是?多少)$")


@dataclass(frozen=True, slots=True)
class Parts:
    """A question of several things: one question for each name."""

    operation: str  # SUM, COMPARE or DIFFERENCE
    names: tuple[str, ...]
    questions: tuple[str, ...]
    least: bool = False  # COMPARE: the lowest wins
    timed: bool = False  # the names are times: figures are of a period, not of a name


def split_parts(folded: str) -> Parts | None:
    """Split a folded question for a sum, a difference or a comparison; None for other questions.

    >>> split_parts("云岫县和澜浦县的茶叶产量哪个更高?").questions
    ('云岫县的茶叶产量是多少', '澜浦县的茶叶产量是多少')
    """
    bare = folded.rstrip(" ?!。")
    if match := _COMPARE.search(bare):
        how = match["how"] or match["plain"] or ""
        indicator = match["indicator"].strip("的 ,")
        if pair := _pair(bare[: match.start()]):
            asked = f"{indicator}是多少" if indicator and indicator not in pair[1][0] else "是多少"
            return _parts(COMPARE, pair[0], tuple(f"{each}{asked}" for each in pair[1]), how in _LESS)
        names, head, tail = _joined(bare[: match.start()])
        if indicator and all(name.endswith(indicator) for name in names):
            indicator = ""  # 哪条路 of two roads
        if len(names) < 2 or not (how or indicator):
            return None
        asked = _asked(tail, indicator, how)
        return _parts(COMPARE, names, tuple(f"{head}{name}{asked}" for name in names), how in _LESS)
    if exceeding := _exceeding(bare):
        return exceeding
    for operation, pattern in ((SUM, _SUM), (DIFFERENCE, _DIFFERENCE)):
        match = pattern.search(bare)
        if match is None:
            continue
        ending = bare[match.end() :].strip()
        if not _HOW_MUCH.search(ending):
            ending += "是多少"
        if operation == DIFFERENCE and (pair := _pair(bare[: match.start()])):
            return _parts(operation, pair[0], tuple(f"{each}{ending}" for each in pair[1]))
        names, head, tail = _joined(bare[: match.start()])
        if len(names) < 2:
            return None
        return _parts(operation, names, tuple(f"{head}{name}{tail}{ending}" for name in names))
    return None


def too_many(count: int) -> Answer:
    """Refuse a question of more parts than MOST_PARTS."""
    return Answer("", "", 0.0, NOT_STATED, None, missing=(Missing(PARTS, str(count), str(MOST_PARTS)),))


def _parts(operation: str, names: tuple[str, ...], questions: tuple[str, ...], least: bool = False) -> Parts:
    times = (times_of_facts(name, "") for name in names)
    timed = all(
        len(each) == 1 and (each[0].start, each[0].end) == (0, len(name))
        for each, name in zip(times, names, strict=True)
    )
    return Parts(operation, names, tuple(_RATE.sub("增长多少", each) for each in questions), least, timed)


def _set_beside(bare: str) -> re.Match[str] | None:
    """What stands behind 比 in A比B多多少; None for other questions, and where B is an earlier time: 比上年多多少."""
    places = (_THAN.search(bare, 2), _THAN.search(bare, 3))
    match = next((match for at in places if at and (match := _EXCEEDS.fullmatch(bare, at.end()))), None)
    return None if match and _EARLIER.match(match["other"]) else match


def asks_difference(folded: str) -> bool:
    """Whether a folded question asks how far two things are apart, also where it cannot be split.

    >>> asks_difference("白鹿县比云岫县多多少?"), asks_difference("白鹿县比上年多多少?")
    (True, False)
    """
    bare = folded.rstrip(" ?!。")
    return _set_beside(bare) is not None or _APART.search(bare) is not None


def _exceeding(bare: str) -> Parts | None:
    """Split 清溪县2023年gdp比白鹿县多多少亿元; None for other questions."""
    match = _set_beside(bare)
    if match is None:
        return None
    at = match.start() - 1
    how = _LESS.get(match["how"], match["how"])
    pair = _set_against(bare[:at], match["other"])
    if pair is None:
        return None
    (first, second), stems = pair
    unit = "" if "百分点" in match["unit"] else match["unit"]
    if stems[0].endswith(first) and not (_INDICATOR.search(first) or (how == "多" and unit)):
        # 鹿角路比雁回路长多少 names no indicator; of 上半年比下半年多多少 it is not known.
        return (
            None if how in "多贵" else _parts(DIFFERENCE, (first, second), tuple(f"{each}有多{how}" for each in stems))
        )
    return _parts(DIFFERENCE, pair[0], tuple(f"{stem}是多少{unit}" for stem in stems))


def _pair(text: str) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Split 清溪县2023年gdp和白鹿县, where the second is like what stands inside the first; None for A和B."""
    joints = [at for word, _, at in _words(text) if re.fullmatch(_JOINT, word) and at]
    if len(joints) != 1:
        return None
    left, other = text[: joints[0]], re.sub(rf"^{_JOINT}", "", text[joints[0] :])
    pair = _set_against(left, other)
    inside = pair is not None and not left.rstrip("的").endswith(pair[0][0])
    return pair if inside else None


def _set_against(left: str, other: str) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return what is set against each other, and of what a figure is asked for with each; None if not known.

    >>> _set_against("清溪县2023年gdp", "白鹿县gdp")
    (('清溪县', '白鹿县'), ('清溪县2023年gdp', '白鹿县2023年gdp'))
    """
    left, other = left.strip("的, "), other.strip("的, ")
    for word, _ in reversed(tagged(other)):  # what both end with is not set against itself
        if not (left.endswith(word) and left != word and len(other) - len(word) >= 2 and len(word) > 1):
            break
        if like := like_of(left.removesuffix(word), other.removesuffix(word)):
            shared = left[like[1] :]
            other = other.removesuffix(word).rstrip("的")
            return (left[like[0] : like[1]], other), (left, f"{left[: like[0]]}{other}{shared}")
    like = like_of(left, other)
    if like is None or left[like[0] : like[1]] == other:
        return None
    return (left[like[0] : like[1]], other), (left, f"{left[: like[0]]}{other}{left[like[1] :]}")


def _asked(tail: str, indicator: str, how: str) -> str:
    """The words of one part after its name: 的茶叶产量是多少."""
    words = tail.strip(" ,的")
    if indicator and indicator not in words:
        words = f"{words}{indicator}" if words else indicator
    if not words:
        return f"有多{_LESS.get(how, how)}"
    if re.search(r"增长|增速|下降|上涨", words):
        return f"{words}多少"
    return f"的{words}是多少" if not tail.startswith((" ", "重大")) else f"{words}是多少"


def _joined(text: str) -> tuple[tuple[str, ...], str, str]:
    """As `joined`, with what all the names share before or after them, and with times and ordinals for names."""
    if match := _ORDINALS.search(text):
        names = re.split(_JOINT, match.group())
        of = re.sub(rf"^第?{_NUMERAL}", "", names[-1])  # 第一、第二、第三产业
        names = [name if re.search(_COUNTED, name) else f"{name}{of}" for name in names]
        if not times_of_facts(names[0], "2000-01-01"):
            return tuple(names), text[: match.start()], text[match.end() :]
    if times := _joined_times(text):
        return times
    names_, head, tail = joined(text)
    if len(names_) < 2:
        return names_, head, tail
    first, second, last = names_[0], names_[1], names_[-1]
    like = like_of(first, second)
    if like and like[0] and like[1] == len(first) and tagged(first)[0][1] in _NAME_TAGS and not tail:
        head, names_ = head + first[: like[0]], (first[like[0] :], *names_[1:])  # 清溪县出口额和进口额
    noun = _SHARED_NOUN.search(last)
    if noun and noun.start() > 1 and not any(_SHARED_NOUN.search(name) for name in names_[:-1]):
        names_, tail = (*names_[:-1], last[: noun.start()]), noun.group() + tail  # 水厂和隧道总投资
    return names_, head, tail


def _joined_times(text: str) -> tuple[tuple[str, ...], str, str] | None:
    """Return the times that are joined in a text: 2022年和2023年, 2023年一季度和二季度; None without any."""
    times = times_of_facts(text, "")
    for first, second in itertools.pairwise(times):
        if re.fullmatch(_JOINT, text[first.end : second.start]):
            names = [text[first.start : first.end], text[second.start : second.end]]
            year = re.match(r"(?:19|20)\d\d年", names[0])
            if year and not re.match(r"\d{4}", names[1]):
                names[1] = year.group() + names[1]
            return tuple(names), text[: first.start], text[second.end :]
    return None


def joined(text: str) -> tuple[tuple[str, ...], str, str]:
    """Return the names that are joined in a text, the words before and after them; no names if none are joined."""
    words = _words(text)
    joints = [i for i, (word, _, _) in enumerate(words) if re.fullmatch(_JOINT, word) and 0 < i < len(words) - 1]
    if not joints:
        return (), text, ""
    first = joints[0]
    begin = first
    while begin and _is_part(words[begin - 1]) and not (begin < first and _ends(words, begin, first)):
        begin -= 1
    while begin < first - 1 and _SHARED.search(words[begin][0]):
        begin += 1
    name = text[words[begin][2] : words[first][2]] if begin < first else ""
    if len(name) < 2:
        return (), text, ""
    proper = words[first - 1][1] in _NAME_TAGS
    names, at = [name], first
    while at < len(words) and re.fullmatch(_JOINT, words[at][0]):
        end = at + 1
        while end < len(words) and _continues(words, at + 1, end, proper=proper, like=name):
            end += 1
        place = words[end][2] if end < len(words) else len(text)
        joined = text[words[at + 1][2] : place] if at + 1 < len(words) else ""
        if len(joined) < 2:
            break
        names.append(joined)
        at = end
    last = words[at][2] if at < len(words) else len(text)
    return tuple(names), text[: words[begin][2]], text[last:]


def _is_part(word: tuple[str, str, int]) -> bool:
    return word[1] in _NOUN_TAGS and not _STOP.search(word[0])


def _ends(words: list[tuple[str, str, int]], begin: int, first: int) -> bool:
    """Whether a name before the joint is complete: a proper name follows no common noun."""
    return words[begin][1] in _NAME_TAGS and words[first - 1][1] in _NAME_TAGS and words[begin - 1][1] not in _NAME_TAGS


def _continues(words: list[tuple[str, str, int]], begin: int, end: int, *, proper: bool, like: str) -> bool:
    """Whether the word at `end` still belongs to the name that begins at `begin`."""
    word, tag, _ = words[end]
    if end == begin:
        return True
    so_far = "".join(each for each, _, _ in words[begin:end])
    if proper:
        # 雁回路 beside 鹿角路, where the tagger sees 雁 and 回路.
        same_end = word[-1:] == like[-1:] != so_far[-1:] and len(so_far + word) <= len(like) + 2
        return tag in _NAME_TAGS or (tag == "n" and same_end)
    if so_far[-1:] == like[-1:] and len(so_far) >= len(like) - 1:
        return False
    return _is_part(words[end])


def _words(text: str) -> list[tuple[str, str, int]]:
    """The words of a text with their tags and places; a joint at the beginning is part of a name."""
    words, place = [], 0
    for word, tag in tagged(text):
        words.append((word, tag, place))
        place += len(word)
    times = [(time.start, time.end) for time in times_of_facts(text, "")]
    words = [(w, "TIME" if any(a <= at < b for a, b in times) else t, at) for w, t, at in words]
    # 和若铁路 begins with 和: at the beginning it joins nothing.
    if len(words) > 1 and re.fullmatch(_JOINT, words[0][0]):
        words[:2] = [(words[0][0] + words[1][0], "nz", 0)]
    return words
