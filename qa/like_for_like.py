"""Put what a short follow-up names in the place of its like in the question before it: 对欧盟呢？ after 我国对东盟…？

Knows prepositions, codes, words of one ending and of opposite sense. Does not know the corpus, nor follow-ups that ask
for something new.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.periods import times_of_facts
from qa.slots import tagged

_PREPOSITIONAL = re.compile(r"(?P<preposition>对|向|从|与|和|同|由|给|往)(?P<name>[一-鿿a-z]{2,10})$")
_CODE = re.compile(r"(?<![a-z0-9])(?P<code>[a-z]+-?\d+(?:-\d+)?|\d+[a-z]+)(?P<kind>[型号级]?)(?![a-z0-9])")
_SHORTEST = 3  # characters of a body that is put in the place of one that ends alike
_NAMES = {"LOC", "ORG", "PER", "nz"}
# What stands for the other of two, without a word of the same ending: 女子 for 男子.
_OPPOSITES = (
    ("男子", "女子"), ("男", "女"), ("进口", "出口"), ("城镇", "农村"), ("城市", "乡村"), ("收入", "支出"),
    ("最高", "最低"), ("最多", "最少"), ("最大", "最小"), ("最长", "最短"),
)  # fmt: skip
_BOTH = {"进出口": ("进口", "出口"), "城乡": ("城镇", "农村")}
_FURTHER = 2  # characters that a name may be longer or shorter than its like
_FIRST = re.compile(r"^(?:到|至|到了|截至|截止到?)(?=(?:19|20)\d\d年|今年|去年|明年)")


def put_in_place(body: str, previous: str) -> str:
    """Return the previous question with `body` in the place of its like, "" if it holds none. Both are folded.

    >>> put_in_place("b7型", "a2型水泵噪声多少")
    'b7型水泵噪声多少'
    """
    return (
        _code(body, previous)
        or _prepositional(body, previous)
        or _opposite(body, previous)
        or _same_ending(body, previous)
    )


def like_of(text: str, name: str) -> tuple[int, int] | None:
    """Where the piece of a folded text stands that a name could take the place of; None if there is none.

    It is a time for a time, words of one ending, or a name for a name.

    >>> like_of("2023年清溪县出口额", "白鹿县")
    (5, 8)
    """
    times = [(time.start, time.end) for time in times_of_facts(text, "")]
    if any((time.start, time.end) == (0, len(name)) for time in times_of_facts(name, "")):
        return times[0] if times else None
    words, own = _placed(tagged(text)), tagged(name)
    starts = [at for word, _, at in words if not any(a <= at < b for a, b in times)]
    pieces = [
        (at, ends + len(last))
        for last, _, ends in words
        for at in starts
        if last[-1:] == name[-1:] and at <= ends and abs(ends + len(last) - at - len(name)) <= _FURTHER
    ]
    if pieces:
        return min(pieces, key=lambda piece: abs(piece[1] - piece[0] - len(name)))
    if len(own) == 1 and own[0][1] in _NAMES:
        return next(((at, at + len(word)) for word, tag, at in words if tag in _NAMES and at in starts), None)
    return None


def bare_time(body: str) -> str:
    """Return a body that begins with a time without what leads to it: 到2021年 is 2021年."""
    return _FIRST.sub("", body)


def _code(body: str, previous: str) -> str:
    own = _CODE.fullmatch(body)
    if own is None:
        return ""
    for match in _CODE.finditer(previous):
        if _shape(match["code"]) == _shape(own["code"]):
            kind = own["kind"] or match["kind"]
            return previous[: match.start()] + own["code"] + kind + previous[match.end() :]
    return ""


def _shape(code: str) -> str:
    return re.sub(r"\d+", "0", re.sub(r"[a-z]+", "a", code))


def _prepositional(body: str, previous: str) -> str:
    own = _PREPOSITIONAL.fullmatch(body)
    if own is None:
        return ""
    words = _placed(tagged(previous))
    for i, (word, _, at) in enumerate(words[:-1]):
        if word != own["preposition"]:
            continue
        end = i + 1
        while end < len(words) and words[end][1] in _NAMES:
            end += 1
        if end > i + 1:
            return previous[:at] + body + previous[words[end - 1][2] + len(words[end - 1][0]) :]
    return ""


def _opposite(body: str, previous: str) -> str:
    """女子 in the place of 男子, and 进口 in the place of both, 进出口; what follows it is the same or not said."""
    for pair in _OPPOSITES:
        for own, other in (pair, pair[::-1]):
            if not body.startswith(own) or re.search(rf"(?<!进){own}", previous):
                continue
            both = "|".join(short for short, parts in _BOTH.items() if own in parts)
            place = rf"(?:{both + '|' if both else ''}{other})(?={re.escape(body.removeprefix(own))})"
            if match := re.search(place, previous):
                return previous[: match.start()] + own + previous[match.end() :]
    return ""


def _same_ending(body: str, previous: str) -> str:
    """城镇居民 in the place of 农村居民: whole words of nearly the same length that end alike."""
    if body in previous or len(body) < _SHORTEST:
        return ""
    bounds = [at for _, _, at in _placed(tagged(previous))]
    for end in [*bounds[1:], len(previous)]:
        alike = next((n for n in range(len(body) - 1, 1, -1) if previous[:end].endswith(body[-n:])), 0)
        starts = [at for at in bounds if at < end - alike and abs(end - at - len(body)) <= 1]
        if alike and starts:
            start = min(starts, key=lambda at: abs(end - at - len(body)))
            return previous[:start] + body + previous[end:]
    return ""


def _placed(words: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """The words with their tags and places."""
    placed, at = [], 0
    for word, tag in words:
        placed.append((word, tag, at))
        at += len(word)
    return placed
