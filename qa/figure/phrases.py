"""Read the words before and after a quantity: whose it is, what it measures, and whether it is a change.

Knows the verbs and the nouns that Chinese news puts beside figures. Works on the clause alone: does not know what
earlier sentences said, nor periods (they are blanked as □, those that a change is measured against as ■).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.figure.words import DOWN, HEADS, MODIFIERS, PLACES, SURE_VERBS, UNSURE_VERBS, UP, either

TIME_MARK, BASE_MARK = "□", "■"

_SHORT = frozenset("增升涨高多减降跌少低")


_LINKS = (
    r"(?:分别|均|都|约|近|了|达到|高达|达|为|是|超过|超|逾|将|各|仅|又|再|大幅|幅度|比例|在|有|已|也|大约|不到|"
    r"接近|左右|最高|预计|平均)"
)
_CHANGE = re.compile(rf"(?P<verb>(?<!最)(?:{either(UP)}|{either(DOWN)})){_LINKS}{{0,4}}$")
_DOWNWARD = frozenset(DOWN.split())
# Words that link a noun and its figure. 产能, 国有 and 平均 end with no such word.
_LINK_END = re.compile(
    r"(?:已经?|(?<!即)将|可|(?<![产功性节])能|预计|累计|共计|总计|合计|一共|总共|(?<!公)共有?|达到|高达|"
    r"(?<![雷发])达|为|是|"
    r"(?<![国公私拥所])有|仅|只|超过?|突破|(?<![节合条公])约|(?<!附)近|逾|了|的|在|分别|平均|(?<!平)均|各|"
    r"(?<![首成])都|"
    r"不足|至|到|也|再|又|(?<!成)就|占|稳定|保持|维持|增至|降至|升至|增加|增长|上升|下降|提高|提升|扩大|恢复|"
    r"下调|上调|减少|"
    r"降低|跃升|回升|(?<!自)由|从|(?<!所)以|最高|最低|至少|大约|继续|还|曾|(?<![主重])要|初步|汛前|现在|目前|"
    r"每年|每日|每天){1,8}$"
)
_BASE = re.compile(
    rf"(?:比|较|与|同|跟|相比|相较)?(?:{BASE_MARK}+(?:、|和|及|与)?)+(?:同期|期|年|水平|召开时?|的)*(?:相比|增速)?"
)
_OTHER_BASE = re.compile(
    rf"(?:(?<![占同对])比|(?<!比)较|高于|"
    rf"低于)(?P<other>[^,，{BASE_MARK}]{{1,24}}?)(?=(?:{either(UP + ' ' + DOWN)}){_LINKS}{{0,4}}$)"
)
# 覆盖率 and 投递量 are what is measured.
_VERB = re.compile(
    rf"(?:{either(SURE_VERBS)})(?!率|量|额|数|值|面积|能力|业|者|人员|商)(?:了|着|过)?"
    rf"|(?:^|(?<=[已将可共了经计均别新拟并再还年日来就划□]))(?:{either(UNSURE_VERBS)})(?!率|量|额|数|值|面积|"
    rf"能力|业|者|人员|商|总)(?:了|着|过)?"
)
_ALONE = re.compile(rf"(?:{either(UNSURE_VERBS + ' ' + SURE_VERBS)})")
_EMPTY_VERBS = frozenset(
    ["实现", "完成", "达成", "拥有", "设有", "建有", "形成", "累计完成", "超额完成", "报告", "涉及", "安排"]
)
_ADVERB = re.compile(
    r"已经?|将(?!军|近)|可(?!支配|持续|再生|比)以?|(?<![中公])共(?![和青同享产]|建)|在(?!线|校|建|岗|册|读)|"
    r"对(?!外|口)|把|从|由(?!于)|以(?!色列|上|下|内|外|及)|为(?!主)|被|让|使|仅|只|预计|预期|累计|"
    r"(?<![人平户亩])均(?!可|衡)|都(?!市|匀)|"
    r"全面|集中|正式|顺利|成功|积极|深入|大力|扎实|有序|日前|近日|开工|投产|通车|竣工|完工|启动|动工|贯通|开通|投运|"
    r"揭牌|落成|封顶|合龙|举行|召开|"
    r"开始|结束|再|屡|仍|创|突破|加速|分别|日均|年均|平均|通过|围绕|按照|根据|聚焦|计划|拟|力争|一共|总共|目前|"
    r"至少|是|地处|位于|有(?!限|色|机)|占|达|约|超|近(?!海|岸)|不断|持续|继续|全部|首次|先后|逐步|按(?!揭)|"
    r"连续|较|比(?!例|重|亚|利)"
)
_OPENING = re.compile(
    r"^(?:[,，、\s]|其中|此外|另外|同时|并且|而且|而|但|目前|当前|并(?!购|网)|还(?!款)|据[^,，]{0,16}|仅|"
    r"就(?!业|诊|医)|截至|截止|到(?!账|位)|至|自(?!然|来|治|动|主|贸|营)|从(?!业|事)|"
    r"在(?!建|校|岗|册|线)|预计|随着|包括|分[^看]{1,6}看|的|以来|期间|当天|全年|近日|日前|近年来|多年来|为了|"
    r"让|使|结束了?|连续|仍|也|又)+"
)
_NAMING = (  # a character of a place's name
    r"(?:(?![的了在和与是为将有对从到以及被把向各全多这那该其发激推进打造建设加快持共个让使每一时任来自])"
    r"[\u4e00-\u9fff])"
)
_SUFFIXED = (
    rf"{_NAMING}{{2,6}}?(?:省(?![会级份内外属钱委])|自治区|市(?![场值民级面况委区])|县(?![域级])|自治州|新区|"
    rf"(?<![灌灾山林校园牧心矿景城社厂库辖])区(?![域间别块位])|州|镇(?!区)|"
    r"乡(?![村镇亲])|(?<![农乡])村(?![民庄落])|地区)"
)
_PLACE = re.compile(rf"(?:(?:{either(PLACES)})(?:省|市)?(?:{_SUFFIXED})?|{_SUFFIXED})")
_INDICATOR = re.compile(rf"(?:{either(MODIFIERS)}){{0,6}}(?:{either(HEADS)})$")
_PRONOUN = re.compile(
    r"^(?:该|这|此|其|本(?!田)|上述|它|他|她|项目$|工程$|当地|发生|进行|位居|稳居|处于|满足|涵盖|走进|达产|"
    r"投产|建成|全部达产|位列|名列|作为|当前|一(?!汽)|两年|三年|最|约|预(?!算)|至|按(?!揭)|据|根据|通过|随着|"
    r"共(?![青和享])|数量|总量|总投资|增幅|题目|确保|来自|紧扣|围绕|带动|经常|各类|第|同比|每|单)"
)
_PREDICATE = re.compile(
    r"都|均(?!衡)|已|将(?!军)|被|来自|认为|表示|持续|计划|接入|应用|使用|参与|开工|投产|入选|可(?!持续)|"
    r"能(?!源|力)|不|为(?!主)|是|达|占|获|受|正在?|得到|完成|全部|出席|担任|减免|面临|享受|实现|发展|同比|"
    r"分别|从|在(?!线)|对(?!外)|位于|用于|继续|同时|需要|愿意|选择|支持|预计|建成|落户|以(?!上|下)|构成|涵盖|"
    r"和(?=\d)|让|由(?!于)|下调|上调|提升|提高|上升|恢复|参加|加入|从事|开展|采用|拥有|降至|升至|增至|减至|"
    r"扩大|至|到|排|等(?!级|候)|担任|"
    r"进入|列入|纳入|增长|下降|增加|减少|受伤|死亡|遇难|丧生|失踪|遇害|倒塌|出列|摘帽|脱贫|集中"
)
_THINGS_COUNTED = frozenset(["个", "项", "条", "家", "所", "座", "处", "种", "件"])
_DEATHS = dict.fromkeys(("丧生", "罹难", "身亡"), "死亡")
_HARM = re.compile(
    r"(?P<who>[\u4e00-\u9fff]{0,4}?)(?:被)?(?P<harm>丧生|罹难|身亡|受伤|死亡|遇难|丧生|失踪|遇害|倒塌|淹|"
    r"下落不明|被困|失业|出院|治愈|受灾)"
)
_LISTED_SHARE = re.compile(r"([^,，和]{1,20})和[\d.]+%的(.+)$")
_MADE = re.compile(r"年产(?!值|量|能)(.{2,})")  # 年产旅居车 measures 旅居车年产量
_WHEN_READY = re.compile(r"^[^,，]{0,12}?(?:投产|达产|建成|投用|投运|竣工|完工)(?:投产|投运)?后(?:可|将|预计|每年)*")
_NOUN = re.compile(r"[“\"‘《「]?[\u4e00-\u9fffa-z0-9“”\"‘’《》「」·.\-]{1,28}")
_RANK_VERB = re.compile(
    r"(?:继续|连续|稳|均|仍|已|位次|经济)?(?:位居|稳居|跃居|高居|居于?|名列|位列|均列|列|排名|排在|排|跃升|"
    r"升至)[^,，]{0,16}$|(?:在)?(?:全国|全省|全市|世界|全球)(?:同类)?(?:排名)?$"
)
# The brackets of 某某(江西)有限公司 are part of a name.
_RANKS_AT = re.compile(r"(?:位居|稳居|跃居|高居|名列|位列|排名|排在)[^,，]{0,16}$")
_BRACKETS = re.compile(r"\((?![\u4e00-\u9fff]{2,4}\)(?:有限|股份|集团|公司|科技))[^()]*\)")
_MARKS = re.compile(rf"{TIME_MARK}+(?:的|[,，]|期间|间|以来|里|内|中|起|时|召开时?|度)*")
_SHARE = re.compile(
    r"(?:约|已|仅|只|就|大约)?占(?!比(?!重|例))(?:据|到|了)?(?P<whole>[^占,，]{0,20}?)(?:的|总数的?|比重|"
    r"比例)?(?:比重|比例)?(?:达到?|为|约|近|超过?|逾|的|不到|分别)*$"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the words of one clause say of a quantity. Empty where they do not say it."""

    subject: str = ""
    indicator: str = ""
    change: int = 0  # 1 a rise, -1 a fall
    marked_base: bool = False  # the clause names a time it compares with
    base: str = ""  # what else it compares with: 全国整体
    share_of: str | None = None  # the whole that it is a share of
    counted: str = ""  # the noun after the quantity: 项目 of 100个项目
    verb: str = ""
    noun: str = ""  # the words before the quantity, where they do not part into subject and indicator


def read_phrase(lead: str, tail: str, unit: str, counts: bool) -> Phrase:
    """Read the clause around a quantity. `counts` tells that the unit counts things: the noun after it is one."""
    lead = _MARKS.sub("", _BRACKETS.sub("", lead))
    marked = BASE_MARK in lead
    bare = _BASE.sub("", lead)
    base = ""
    if match := _OTHER_BASE.search(bare):
        base, bare = match["other"], bare[: match.start()] + bare[match.end() :]
    change, bare = _changed(bare, tail, unit, counts, marked or bool(base))
    if unit == "位":
        noun = _stripped(_RANK_VERB.sub("", bare))
        return Phrase(*split_noun(noun), noun=f"{noun}排名" if noun and "排" in bare else noun)
    share = _SHARE.search(bare) if not change and unit in ("%", "比例", "‰") else None
    if share:
        before = bare[: share.start()]
        return Phrase(
            *split_noun(_stripped(before)), share_of=share["whole"].strip("的了"), noun=_stripped(_last_noun(before))
        )
    counted = _counted(tail, counts)
    stem = _WHEN_READY.sub("", _LINK_END.sub("", _OPENING.sub("", bare)))
    if ranked := _RANKS_AT.search(stem):
        stem = stem[: ranked.start()] or stem
    if made := _MADE.fullmatch(stem):
        return Phrase("", f"{made[1]}年产量", change, marked, base, None, counted, "年产", stem)
    verb = None if change else _VERB.search(stem)
    if verb is None:
        subject, indicator = split_noun(_last_noun(stem))
        return Phrase(subject, indicator, change, marked, base, None, counted, "", _stripped(_last_noun(stem)))
    subject, indicator, action = _parted(stem, verb, bare, counted)
    noun = _stripped(_last_noun(stem[: verb.start()]))
    return Phrase(subject, indicator, change, marked, base, None, counted, action, noun)


def _changed(bare: str, tail: str, unit: str, counts: bool, compared: bool) -> tuple[int, str]:
    """Return 1 for a rise, -1 for a fall, 0 for a level, and the words before the verb of it."""
    changed = _CHANGE.search(bare)
    if changed is None or _reached(bare, changed):
        return 0, bare
    short = changed["verb"] in _SHORT
    if short and not (compared or unit in ("%", "个百分点")):
        return 0, bare
    if not short and not compared and unit in _THINGS_COUNTED and _counted(tail, counts):
        return 0, bare  # 减少24个事项 says how many things, not by how much
    return (-1 if changed["verb"] in _DOWNWARD else 1), bare[: changed.start()]


def _parted(stem: str, verb: re.Match[str], bare: str, counted: str) -> tuple[str, str, str]:
    """Part a clause at its verb into who, what and the verb: 桐河港|发送|旅客."""
    left, right = stem[: verb.start()], stem[verb.end() :].strip("的了着、")
    action = re.sub("[了着过]$", "", verb.group())
    right = _OPENING.sub("", right)
    if second := _VERB.match(right):
        action = action if len(right) == second.end() else ""
    if right and counted and bare.endswith("的"):
        return leading_noun(left), counted, action
    if right and counted and not _LINK_END.search(bare):
        return leading_noun(left), f"{right}{counted}", action  # 支持农户12条措施 counts what comes after
    if right:
        made = _MADE.fullmatch(right)
        named = f"{made[1]}年产量" if made else right if action in _EMPTY_VERBS else f"{action}{right}"
        return leading_noun(left), named, action
    if counted:
        return leading_noun(left), "", action
    subject, named = split_noun(_stripped(left))
    return subject, named or ("" if action in _EMPTY_VERBS else action), action


def _reached(bare: str, changed: re.Match[str]) -> bool:
    """Tell 增长到 and 提高至, which name a level."""
    return bool(re.search(r"[至到]$", bare)) and not changed["verb"].endswith(("幅", "速", "率"))


def _stripped(words: str) -> str:
    """Cut conjunctions and linking verbs off both ends."""
    words = _LINK_END.sub("", _OPENING.sub("", words))
    return words.strip(" \t\n的了、,，:;·|")


def _last_noun(words: str) -> str:
    """Return the noun that ends a text: after the last preposition or adverb."""
    words = _stripped(words)
    cut = 0
    for match in re.finditer(r"已经?|将(?!近|军)|预计|累计|分别|使得?|把|对(?!外)|与|(?<![共])同(?!比|时)", words):
        if match.end() < len(words) - 1:
            cut = match.end()
    return _stripped(words[cut:]) if cut else words


def leading_noun(words: str) -> str:
    """Return the noun that a clause begins with, "" if it begins with a pronoun or a verb."""
    words = words.replace(BASE_MARK, "")
    words = _OPENING.sub("", _MARKS.sub("", _BRACKETS.sub("", words)).strip())
    cut = min(
        (match.start() for match in (_ADVERB.search(words, 1), _VERB.search(words, 1)) if match), default=len(words)
    )
    noun = _stripped(words[:cut])
    place = _PLACE.match(noun)
    if place and _ALONE.match(noun, place.end()):
        noun = place.group()
    return "" if not noun or is_pronoun(noun) else noun


def measured(clause: str) -> tuple[str, str] | None:
    """Part a clause that only names what a figure after it measures: 桐河航道总里程达. None if it says more."""
    noun = _last_noun(_MARKS.sub("", _BRACKETS.sub("", clause)))
    return split_noun(noun) if noun and _INDICATOR.search(noun) and not _VERB.search(noun) else None


def is_pronoun(noun: str) -> bool:
    """Tell 该项目 and 其中 from a name."""
    return (
        bool(_PRONOUN.match(noun))
        or len(noun) < 2
        or noun.endswith(("上", "中", "下", "里", "后", "时", "内", "期间", "以来"))
    )


def split_noun(noun: str) -> tuple[str, str]:
    """Part a noun into whose it is and what is measured: 柳湾镇粮食产量 is (柳湾镇, 粮食产量). Either may be empty."""
    if not noun:
        return "", ""
    place = _PLACE.match(noun)
    at = noun.rfind("的")
    if 0 < at < len(noun) - 1 and (ending := _INDICATOR.search(noun, at + 1)):
        start = ending.start()
        return _stripped(noun[: start if start > at + 1 else at]), noun[start:]
    if place and place.end() < len(noun):
        rest = noun[place.end() :].lstrip("的")
        inner, indicator = split_noun(rest) if rest else ("", "")
        if inner and indicator:
            return noun[: len(noun) - len(indicator)].rstrip("的"), indicator
        return (place.group(), rest) if indicator or _ends_as_indicator(rest) else (noun, "")
    match = _INDICATOR.search(noun)
    if match is None:
        return noun, ""
    if _VERB.fullmatch(noun[: match.start()]) or _ALONE.fullmatch(noun[: match.start()]):
        return "", noun
    if len(match.group()) == 1:  # 接种率 is more than 率
        match = re.search(r"[\u4e00-\u9fff]{1,3}$", noun) or match
    return noun[: match.start()].rstrip("的"), noun[match.start() :]


def _ends_as_indicator(noun: str) -> bool:
    return bool(_INDICATOR.search(noun))


def _counted(tail: str, counts: bool) -> str:
    """Return the noun that follows a quantity."""
    if not counts:
        return ""
    noun = _NOUN.match(tail.removeprefix("的"))
    if noun is None:
        return ""
    harm = _HARM.match(noun.group())
    if harm:
        what = _DEATHS.get(harm["harm"], harm["harm"])
        return f"{what}{harm['who'] or '人数'}" if harm["who"] or len(what) == 2 else what
    cut = _PREDICATE.search(noun.group())
    named = noun.group()[: cut.start()] if cut else noun.group()
    named = re.sub(r"(?:以及|和|与|及|等)+$", "", named.strip("的了"))
    return named if len(named) > 1 else ""


def opening_place(clause: str) -> str:
    """Return the place that a clause begins with, "" if it begins with none."""
    match = _PLACE.match(_OPENING.sub("", clause))
    return match.group() if match else ""


def without_brackets(text: str) -> str:
    """Return a text without what stands in brackets, but for the place in a company's name."""
    return _BRACKETS.sub("", text)


def place_in(text: str) -> str:
    """Return the first place that a text names, "" if none."""
    match = _PLACE.search(text)
    return match.group() if match else ""


def quantified(tail: str) -> tuple[str, str]:
    """Part what follows a share: 的农民都参与到产业链中 is (农民, 参与到产业链中)."""
    clause = re.split(r"[,，。;:!?\n]", tail, maxsplit=1)[0].removeprefix("的")
    if listed := _LISTED_SHARE.match(clause):
        return listed[1], quantified(listed[2])[1]
    cut = _PREDICATE.search(clause)
    if cut is None:
        return clause[:28], ""
    rest = clause[cut.start() :]
    return clause[: cut.start()], re.sub(r"^(?:都|均|已)", "", rest)[:28]
