"""Name the figures of a parallel list: A、B、C分别为x、y、z.

Knows how such lists are said, and contractions (产销 is 产量 and 销量). Works on one clause: does not know the figures
before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.figure.phrases import BASE_MARK, TIME_MARK, Phrase, split_noun

_CONTRACTED = (
    ("产销", "产量", "销量"),
    ("购销", "购量", "销量"),
    ("收支", "收入", "支出"),
    ("城乡居民", "城镇居民", "农村居民"),
    ("城乡", "城镇", "农村"),
    ("进出口", "进口", "出口"),
    ("男女", "男", "女"),
)
_NUMERAL = r"第[一二三四五六七八九十\d]"
_ORDINAL = re.compile(rf"{_NUMERAL}(?P<noun>产业|季度|[期批届]|[一-鿿]{{2}})")
_ORDINAL_LIST = re.compile(
    rf"({_NUMERAL})(?=(?:、|和|与|及)(?:{_NUMERAL}(?:、|和|与|及))*{_NUMERAL}(?P<noun>产业|季度|[期批届]))"
)
_ORDINAL_END = re.compile(rf"{_NUMERAL}(?:产业|季度|[期批届])?$")


def parallel_names(lead: str, phrase: Phrase, count: int, subject: str, indicator: str) -> list[tuple[str, str]] | None:
    """Return whose and what each of `count` figures is, None if the clause before them holds no such list."""
    lead = re.sub(rf"[{TIME_MARK}{BASE_MARK}]+(?:期间|同期|年|以来)?", "", lead)
    lead = re.sub(r"\([^()]*\)|[以按][^,，]{1,8}计算?", "", lead).strip(" ,，")
    before, results, after = lead.partition("分别")
    if not results:
        after = ""
    if items := _items(before, count):
        post = re.sub(r"^(?:同比|环比|比|较|为|达到?|是|完成|实现|占)+", "", after)
        return _parallel(items, phrase, subject, indicator, re.sub(r"[了约近为达到]+$", "", post))
    for short, *both in _CONTRACTED:
        if count == 2 and short in before:
            whole = [split_noun(before.replace(short, each, 1).strip("的、,")) for each in both]
            return [(whose or subject, of or each) for (whose, of), each in zip(whole, both, strict=True)]
    return None


def spelled_out(text: str) -> str:
    """Write each item of a list of ordinals in full: 第一、第二产业 is 第一产业、第二产业."""
    return _ORDINAL_LIST.sub(lambda match: f"{match[1]}{match['noun']}", text)


def repeated_names(named: Sequence[tuple[str, str]], phrase: Phrase, lead: str) -> list[tuple[str, str]]:
    """Return whose and what a second list of a sentence is: of the same subjects, 分别 again, in the same order.

    `named` is whose and what the list before is. 税收分别为 says another indicator, 分别占 a share of the same.
    """
    if "分别" not in lead:
        return list(named)
    if phrase.share_of:
        return [(whose, f"{what}占{phrase.share_of}比重") for whose, what in named]
    if not phrase.indicator or all(what.endswith(phrase.indicator) for _, what in named):
        return list(named)
    if len({whose for whose, _ in named}) == len(named):
        return [(whose, phrase.indicator) for whose, _ in named]
    return [(whose, f"{what}{phrase.indicator}") for whose, what in named]


def _items(before: str, count: int) -> list[str] | None:
    """Return the last `count` items of a list that ends a text, None if it holds no such list."""
    pieces = re.split(r"、|以及|和(?!国|平|谐|田)|与|及(?!其|以上|以下)", before)
    if len(pieces) < count or count < 2:
        return None
    pieces = [piece.strip() for piece in pieces[-count:]]
    first = re.split(r"对|把|将|其中|在|[,，:]", pieces[0])[-1]
    pieces[0] = first
    pieces[-1] = re.sub(r"(?:占(?!比)|(?<!占)比|(?<=占比)比|较|同比|环比|预计|已|将|为|达到?|各)+$", "", pieces[-1])
    pieces = _completed(pieces)
    return pieces if all(2 <= len(piece) <= 24 or piece in "男女" for piece in pieces) else None


def _completed(pieces: Sequence[str]) -> list[str]:
    """Give 第一、第二、第三产业增加值 what only the last of them says: 第一产业增加值, 第二产业增加值."""
    last = _ORDINAL.match(pieces[-1])
    ordinals = [_ORDINAL_END.search(piece) for piece in pieces[:-1]]
    if last is None or not all(ordinals):
        return list(pieces)
    noun, of = last["noun"], pieces[-1][last.end() :]
    return [*(f"{piece.removesuffix(noun)}{noun}{of}" for piece in pieces[:-1]), pieces[-1]]


def _parallel(
    items: Sequence[str], phrase: Phrase, subject: str, indicator: str, named_after: str
) -> list[tuple[str, str]]:
    """Name the figures of a list by its items: they are what is measured, or whose it is."""
    parted = [split_noun(item) for item in items]
    share = phrase.share_of
    ending = f"占{share}比重" if share else ""
    if all(of for _, of in parted):
        return [(whose or parted[0][0] or subject, f"{of}{ending}") for whose, of in parted]
    last_whose, last_of = parted[-1]
    if last_of and last_whose and not any(of for _, of in parted[:-1]):
        return [(item, last_of) for item in items[:-1]] + [(last_whose, last_of)]
    if ending:
        return [(subject, f"{item}{ending}") for item in items]
    if phrase.change and not (named_after and split_noun(named_after)[1]):
        return [(item, indicator or last_of or item) for item in items]
    of = phrase.indicator
    return [(item, of if of and of not in item else named_after or indicator or item) for item in items]
