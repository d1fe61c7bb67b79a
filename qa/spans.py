"""Find the piece of a sentence that a question asks for: a figure with its unit, a date, a name.

Knows how Chinese writes figures, dates and names. Does not know passages or the corpus.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.records import Span
from qa.question import ANY, DATE, NAME, NUMBER, ORGANISATION, PERSON, PLACE, REASON, Question
from qa.variants import han_value

_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HAN_DIGITS = r"[零〇一二两三四五六七八九十][零〇一二两三四五六七八九十百千]*"
_UNITS = (
    r"千瓦时|兆瓦时|度电|毫升|海里|周岁|平方英里|平方英尺|英里|英尺|英寸|英亩|个(?:百分点|工作日|月|小时|学位|席位|座位|点位|班级|岗位)|个百分点|平方公里|平方千米|平方米|立方米|公里|"
    r"千米|厘米|毫米|公顷|公斤|千克|毫克|微克|克|万吨|吨|亩|米|元|美元|欧元|日元|港元|英镑|新台币|块钱|人次|"
    r"人|名|位|户|家|所|个|项|件|台|套|座|辆|艘|架|条|种|类|次|场|届|本|册|部|篇|片|只|头|匹|株|棵|斤|两|度|"
    r"岁|倍|成|层|栋|幢|间|处|支|枚|颗|张|份|笔|批|宗|起|例|分贝|分钟|小时|工作日|天|日|周|月|年|级|公分|分|秒|瓦|"
    r"千瓦|兆瓦|吉瓦|%|℃|°c|(?:kwh|gwh|mwh|gw|mw|kw|mbps|gbps|km|kg|mm|cm|m|t)(?![a-z])"
)
_NUMBER = re.compile(
    rf"(?:(?<![\d.])(?:{_DIGITS}\s*亿\s*(?={_DIGITS}\s*万))?(?:{_DIGITS})(?:\s*[-~—–至到]\s*{_DIGITS})?|百分之{_HAN_DIGITS}(?:点{_HAN_DIGITS})?|"
    rf"(?<![第十百千]){_HAN_DIGITS})"
    rf"\s*(?:多|余|几)?\s*(?:万亿|百亿|千亿|百万|千万|十万|亿|万|千|百)?(?:多|余)?\s*(?P<unit>(?:美|欧|日|港)?元|(?:{_UNITS}))?"
    r"(?:/(?:立方米|平方米|小时|天|年|人|吨|亩|公里|升|秒|日|斤))?(?:以上|以下|左右|上下|以内|之多|多|余)?"
)
_VAGUE = re.compile(
    r"一(?:个|家|名|位|批|种|些|条|项|次|场|座|部|片|份|级|年|天|人|月|处|块|类|套|台|本|支|宗|起)$|"
    r"[一二三四五六七八九十]{1,3}$"
)
_DATE = re.compile(
    r"(?:公元前?|民国|昭和|平成)?(?:\d{2,4}|[一二三四五六七八九零〇]{4}|去|今|明|前|当|同)年(?:\s*(?:\d{1,2}|"
    r"[一二三四五六七八九十]{1,3})月(?:\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?|[初底末]|[上下]半年|"
    r"第?[一二三四]季度)?"
    r"|(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?"
    r"(?:\s*\d{1,2}[时点:]\d{0,2}分?)?|"
    r"\d{1,2}日\s*(?:凌晨|上午|下午|晚)?\s*\d{1,2}[时点]\d{0,2}分?|\d{1,2}世纪(?:\d0年代)?|\d{4}-\d{1,2}-\d{1,2}|"
    r"\d{3,4}(?=[-—~至])"
)
_QUOTED = r"《[^《》]{1,40}》|“[^“”]{1,30}”|「[^「」]{1,30}」|『[^『』]{1,30}』|\"[^\"]{1,30}\""
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌"
    "马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵"
    "湛汪祁毛禹狄米贝明臧计伏成戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐丘邱骆高"
    "夏蔡田樊胡凌霍虞万支柯管卢莫房缪解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲家封储靳焦巴弓"
    "牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘景詹束龙叶幸司韶黎蓟薄印宿白怀蒲从鄂索咸籍赖卓蔺屠蒙池"
    "乔阴闻党翟谭贡劳姬申扶堵冉宰郦雍桑桂牛寿通边燕冀浦尚农温庄晏柴瞿阎慕连茹习艾鱼容向古易慎戈廖庾终居衡步"
    "都耿满弘匡国文寇广东欧利师巩聂关帅言迟肖游"
)
_TITLES = (
    "市长|书记|县长|区长|镇长|乡长|村长|省长|州长|主席|主任|局长|处长|厅长|部长|院长|校长|总理|总统|总裁|董事长|"
    "总经理|经理|创始人|负责人|发言人|秘书长|会长|站长|队长|所长|教授|研究员|工程师|主教|教练|导演|作者|记者|"
    "主持人|行长|馆长|园长|首席|专家|医师|护士长|护理长|组长|科长|场长|厂长|船长|老师|先生|女士|教务主任"
)
# The patterns below are compiled when they are first needed: most questions ask for one kind, and all together take
# 15 ms. A name after a title ends where a verb or a punctuation mark begins. A name without a title fills its clause.
_GIVEN = r"(?:(?![也曾又还已说的是在等])[\u4e00-\u9fff])"
_TITLED_PERSON = (
    rf"(?:{_TITLES})(?:、|兼)?(?P<name>[{_SURNAMES}]{_GIVEN}{{1,2}})"
    r"(?=[以说表介在的是和与也曾又还已等则更,，。、:：“\"()（率带称指调会就向讲参逐多\s]|强调|出席|主持|深入|到|$)"
)
_PERSON = (
    rf"(?:^|[,，。、:;“\"()\s是由为])(?P<name>[{_SURNAMES}]{_GIVEN}{{1,2}}|"
    r"[\u4e00-\u9fff]{1,6}·[\u4e00-\u9fff·]{1,12})"
    r"(?=[,，。、:：()（\s说是]|$)"
)
_ORGANISATION = (
    r"[\u4e00-\u9fffa-z0-9()·]{2,20}?(?P<suffix>股份有限公司|有限责任公司|有限公司|公司|集团|大学|学院|中学|小学|国小|"
    r"国中|医院|银行|研究院|研究所|实验室|事务所|委员会|出版社|协会|学会|基金会|俱乐部|电视台|工厂|酒店|实业|"
    r"家居|科技|能源|电瓷|半导体|工坊|新材|面业|交易所|博物馆|图书馆|气象局|气象台|教育局|财政局|局|厅)"
)
_PLACE = (
    r"[\u4e00-\u9fff]{2,6}?"
    r"(?P<suffix>省|自治区|市|县|自治州|州|区|镇|乡|村|街道|园区|岛|港|站|路|广场|大厦|机场|山|湖|河)"
)
# Words that open a clause before a name; they are cut off, so that 由中南大学 gives 中南大学.
_LEAD = (
    r"是由|由|与|和|同|向|在|位于|到|从|为|是|被|给|对|走进|来自|依托|联合|委托|包括|及其|以及|的|让|有|至|往|了|家|名|叫|"
    r"即|成为|合作的?"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence, of the kind that the question wants."""

    span: Span  # in the folded sentence
    fits: bool  # it has the unit asked for or implied
    closeness: float  # 0..1: how near the question's words stand


def find_piece(question: Question, folded: str) -> Piece | None:
    """Return the piece of a folded sentence that the question asks for, None if it has none of the kind wanted."""
    candidates = [span for span in _candidates(question, folded) if not _asked(question, folded, span)]
    if not candidates:
        return None
    anchors = _anchors(question, folded)
    pieces = [
        Piece(span, _fits(question, folded[span.start : span.end]), _closeness(span, anchors)) for span in candidates
    ]
    return max(pieces, key=lambda piece: (piece.fits, piece.closeness, -piece.span.start))


def fitting_pieces(question: Question, folded: str) -> list[Span]:
    """Return the pieces of a folded sentence that are of the kind and unit wanted and not named by the question."""
    return [
        span
        for span in _candidates(question, folded)
        if not _asked(question, folded, span) and _fits(question, folded[span.start : span.end])
    ]


def whole_piece(question: Question, folded: str, span: Span) -> Span:
    """Complete or trim a span to one whole piece: 30 and 产值达到30亿 become 30亿元以上, 骆晨钟说 becomes 骆晨钟.

    If the question asks for several items, one item of a list becomes the whole list. Punctuation at the ends and
    unpaired brackets and quotation marks are cut off.
    """
    if question.wants in (NUMBER, DATE, PERSON):
        touched = [
            piece for piece in _candidates(question, folded) if piece.start < span.end and span.start < piece.end
        ]
        if touched and question.wants != PERSON:
            touched = [piece for piece in touched if _fits(question, folded[piece.start : piece.end])] or touched
            start = touched[0].start
            return Span(start - (folded[start - 1 : start] == "第"), touched[-1].end)
        if question.wants == PERSON and (whole := _tagged_name(folded, span, "PER")):
            return whole
        near = [piece for piece in touched if abs(piece.start - span.start) + abs(piece.end - span.end) <= 2]
        return near[0] if near else _trim(folded, span)
    if question.wants == ORGANISATION:
        from qa.slots import is_place  # a tagger, which few questions need

        whole = _tagged_name(folded, span, "ORG")
        if whole is not None and is_place(folded[span.start : span.end]):  # 长沙 of 长沙理工大学
            return whole
    if re.search(_SEVERAL, question.folded):
        for match in re.finditer(_LIST, folded):
            if match.start() < span.end and span.start < match.end():
                span = Span(min(span.start, match.start()), max(span.end, match.end()))
                break
    return _trim(folded, span)


def _tagged_name(folded: str, span: Span, kind: str) -> Span | None:
    """Return the name, PER or ORG, that covers a span by the tagger: 秦怀远 for 秦怀; None if no longer one does."""
    from qa.slots import tagged  # a tagger, which few questions need

    start = 0
    for word, tag in tagged(folded):
        end = start + len(word)
        if tag == kind and start <= span.start and span.end <= end and end - start > span.end - span.start:
            return Span(start, end)
        start = end
    return None


# What stands before a piece and turns what it says: a loss is no profit, and what is put off does not begin.
_TURNS = (
    (re.compile(r"利润|盈利|盈余|净利|赚"), re.compile(r"(?:净?亏损?|亏空)(?:了|达|约)?$")),
    (
        re.compile(r"增长|增加|增速|增幅|上涨|上升|涨幅|提高|多了?多少"),
        re.compile(r"(?:下降|减少|降低|下跌|下滑|回落|缩减|少)(?:了|约)?$"),
    ),
    (re.compile(r"下降|减少|降幅|降低|下跌|跌幅|少了?多少"), re.compile(r"(?:增长|增加|上涨|上升|提高|多)(?:了|约)?$")),
)
_MONTHS_OF_TERM = re.compile(r"(?:零|又)?(?:\d{1,2}|[一二两三四五六七八九十]{1,2})个月")
_YEARS_OF_TERM = re.compile(r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})年(?:零|又)?$")
_PLACED_AT = re.compile(r"第$")
_MOVED = re.compile(r"(?:推迟|延期|延后|延迟|顺延|推后|改期|提前|调整|改)(?:到|至|在|为)$")


def turning(question: Question, before: str, piece: str = "") -> int:
    """Return how many characters at the end of `before` turn the piece behind them: 亏损 of 亏损1200万元, 第 of 第二位.

    `before`: the folded text of the sentence before the piece. 一年 of 一年|六个月 counts as well.
    """
    if _MONTHS_OF_TERM.match(piece) and (years := _YEARS_OF_TERM.search(before)):
        return len(years.group())
    patterns = [_MOVED] if question.wants == DATE else []
    if question.wants == NUMBER:
        patterns = [_PLACED_AT, *(turn for asked, turn in _TURNS if asked.search(question.folded))]
    turn_at = next((match for match in (pattern.search(before) for pattern in patterns) if match), None)
    return len(turn_at.group()) if turn_at else 0


_SEVERAL = r"哪[些几两二三四五六七八九十]|指什么|指的是什么|分别|包括什么|有什么"
_ITEM = r"[^,。;:!?、()（）“”\s]{1,14}"
_LIST = rf"“?{_ITEM}”?(?:、“?{_ITEM}”?){{1,}}(?:(?:和|与|以及|及)“?{_ITEM}”?)?"
_PAIRS = {"(": ")", "“": "”", "《": "》", "「": "」", "『": "』", "【": "】", "[": "]"}


def _trim(folded: str, span: Span) -> Span:
    start, end = span.start, span.end
    while end - start > 1:
        first, last, inside = folded[start], folded[end - 1], folded[start:end]
        if first in " ,。;:!?、…—" or first in _PAIRS.values() or (first in _PAIRS and _PAIRS[first] not in inside):
            start += 1
        elif (
            last in " ,。;:!?、…—"
            or last in _PAIRS
            or any(last == right and left not in inside for left, right in _PAIRS.items())
        ):
            end -= 1
        else:
            break
    return Span(start, end)


def is_of_kind(question: Question, folded: str, span: Span) -> bool:
    """Whether a span overlaps a piece of the kind and unit wanted. Always True if the question wants ANY or REASON."""
    if question.wants in (ANY, REASON):
        return True
    return any(
        piece.start < span.end and span.start < piece.end and _fits(question, folded[piece.start : piece.end])
        for piece in _candidates(question, folded)
    )


_SCALES = {
    "": 1.0,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
}
_VALUE = (
    rf"(?P<minus>(?<!\d)-|零下)?(?:(?P<digits>{_DIGITS})|(?P<han>{_HAN_DIGITS}))"
    r"\s*[多余几]?\s*(?P<scale>万亿|[百千]亿|[百千十]万|[亿万千百])?"
)
_ABOUT = r"以上|以下|左右|上下|以内|之多|大约|约|超过?|近|达到?|共|[多余几,.、-]|\s"


def same_value(folded: str, other: str) -> bool:
    """Whether two folded pieces agree: the same figures and unit in any writing, or one is part of the other."""
    values, others = _values(folded), _values(other)
    if values and others:
        small, large = sorted((values, others), key=len)
        same = all(any(math.isclose(value, each, rel_tol=1e-9) for each in large) for value in small)
        unit, other_unit = (
            re.sub(_ABOUT, "", re.sub(_VALUE, "", text.replace("百分之", "%"))) for text in (folded, other)
        )
        # 美元 is not 元, but 5月1日 is part of 2023年5月1日.
        money = unit.endswith("元") and other_unit.endswith("元")
        return same and (unit == other_unit or (not money and (unit in other_unit or other_unit in unit)))
    return folded in other or other in folded


def _values(folded: str) -> list[float]:
    values = []
    for match in re.finditer(_VALUE, folded):
        value = float(match["digits"].replace(",", "")) if match["digits"] else han_value(match["han"])
        values.append((-value if match["minus"] else value) * _SCALES[match["scale"] or ""])
    return values


def _fits(question: Question, piece: str) -> bool:
    if question.wants != NUMBER:
        return True
    if question.unit:
        return (question.unit.lstrip("万亿") or question.unit) in piece  # 125000吨 answers 多少万吨
    return not question.measure or any(unit in piece for unit in question.measure)


def _candidates(question: Question, folded: str) -> Iterator[Span]:
    if question.wants == NUMBER:
        dates = [match.span() for match in _DATE.finditer(folded)]
        for match in _NUMBER.finditer(folded):
            inside = any(start <= match.start() and match.end() <= end for start, end in dates)
            counted = match["unit"] or match.group()[0].isdecimal()
            # 2023年 is a date, 3年 is a duration.
            duration = question.unit in ("年", "月", "天") and not re.match(r"\d{4}年", match.group())
            if counted and not _VAGUE.match(match.group()) and (duration or not inside):
                yield _trimmed(folded, match.start(), match.end())
    elif question.wants == DATE:
        yield from (Span(*match.span()) for match in _DATE.finditer(folded))
    elif question.wants == PERSON:
        for pattern in (_TITLED_PERSON, _PERSON):
            yield from (Span(*match.span("name")) for match in re.finditer(pattern, folded))
    elif question.wants == ORGANISATION:
        yield from _names(_ORGANISATION, folded)
    elif question.wants == PLACE:
        yield from _names(_PLACE, folded)
    elif question.wants == NAME:
        yield from (Span(*match.span()) for match in re.finditer(_QUOTED, folded))


def _names(pattern: str, folded: str) -> Iterator[Span]:
    for match in re.finditer(pattern, folded):
        # 有 in 有限公司 and 为 in 华为公司 open no clause: a name has at least two characters before its suffix.
        openings = (lead.end() for lead in re.compile(_LEAD).finditer(folded, match.start(), match.start("suffix")))
        yield Span(
            max((end for end in openings if end + 2 <= match.start("suffix")), default=match.start()), match.end()
        )


def _trimmed(folded: str, start: int, end: int) -> Span:
    while end > start and folded[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _asked(question: Question, folded: str, span: Span) -> bool:
    """Whether the question itself names a piece: then it does not ask for it."""
    return folded[span.start : span.end].strip('《》“”"「」') in question.folded


def _anchors(question: Question, folded: str) -> list[tuple[int, int, float]]:
    """Return (start, end, weight) of the question's words in a sentence. Its last words weigh most."""
    anchors = []
    content = question.content
    for i in range(len(content) - 1):
        pair = content[i : i + 2]
        if pair.strip() == pair and pair.isalnum():
            weight = 1.0 + i / len(content)
            start = folded.find(pair)
            while start >= 0:
                anchors.append((start, start + 2, weight))
                start = folded.find(pair, start + 1)
    return anchors


def _closeness(span: Span, anchors: list[tuple[int, int, float]]) -> float:
    """Return 0..1: near 1 if many of the question's words stand close by, rather before the span than after it."""
    near = 0.0
    for start, end, weight in anchors:
        gap = span.start - end if end <= span.start else (start - span.end) * 1.5
        near += weight / (2.0 + max(0.0, gap))
    return math.tanh(near)
