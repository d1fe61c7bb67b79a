"""Split a question that asks of several things at once into one question for each.

Knows how names are joined (A和B, A、B、C三家) and where a tagger sees them end. Does not know the corpus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.periods import times_of_facts
from qa.slots import tagged

SUM, COMPARE, DIFFERENCE = "sum", "compare", "difference"
_SUM = re.compile(r"(?:加在?一起|加起来|合起来|合计|一共|总共|共计|总和|之和)(?:的)?")
_DIFFERENCE = re.compile(r"相差|差距(?:是|有)?|差(?=多少|几)")
_COMPARE = re.compile(
    r"(?:[一二两三四五六七八九]?[家个者省市国地]?(?:里|中|之间|当中|相比|相比较)?[,\s]*)"
    r"(?:哪一?[个家边条座项方种所国地省市]|谁)(?:[一-鿿]{0,2}的|线路|城市|地区|省份|国家|企业|公司|项目|的)?"
    r"(?P<indicator>[^,]*?)(?:更|最|较|比较)(?P<how>[高低大小多少长短快慢远近重轻贵])?(?:些|一些|一点)?$"
)
_LESS = {"低": "高", "小": "大", "少": "多", "短": "长", "慢": "快", "近": "远", "轻": "重"}
_HOW_MUCH = re.compile(r"多少|几|多[长高大远重深宽快]")
_JOINT = r"(?:和|与|跟|同|及|以及|、)"
_STOP = re.compile(r"[,。\s]|的")
_SHARED = re.compile(r"^(?:全[国省市县区]|我国|中国|全球|世界)")
_NAME_TAGS = {"LOC", "ORG", "PER", "nz", "nw"}
_NOUN_TAGS = {"n", "vn", "an", "nz", "s", "f", "LOC", "ORG", "PER", "nw", "a"}


@dataclass(frozen=True, slots=True)
class Parts:
    """A question of several things: one question for each name."""

    operation: str  # SUM, COMPARE or DIFFERENCE
    names: tuple[str, ...]
    questions: tuple[str, ...]
    least: bool = False  # COMPARE: the lowest wins


def split_parts(folded: str) -> Parts | None:
    """Split a folded question for a sum, a difference or a comparison; None for other questions.

    >>> split_parts("云岫县和澜浦县的茶叶产量哪个更高?").questions
    ('云岫县的茶叶产量是多少', '澜浦县的茶叶产量是多少')
    """
    bare = folded.rstrip(" ?!。")
    if match := _COMPARE.search(bare):
        how = match["how"] or ""
        names, head, tail = joined(bare[: match.start()])
        indicator = match["indicator"].strip("的 ,")
        if indicator and all(name.endswith(indicator) for name in names):
            indicator = ""  # 哪条路 of two roads
        if len(names) < 2 or not (how or indicator):
            return None
        asked = _asked(tail, indicator, how)
        return Parts(COMPARE, names, tuple(f"{head}{name}{asked}" for name in names), how in _LESS)
    for operation, pattern in ((SUM, _SUM), (DIFFERENCE, _DIFFERENCE)):
        match = pattern.search(bare)
        if match is None:
            continue
        rest = bare[: match.start()] + ("" if operation == SUM else " ") + bare[match.end() :]
        names, head, tail = joined(bare[: match.start()])
        if len(names) < 2:
            return None
        ending = rest[match.start() :].strip()
        if not _HOW_MUCH.search(ending):
            ending += "是多少"
        return Parts(operation, names, tuple(f"{head}{name}{tail}{ending}" for name in names))
    return None


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
