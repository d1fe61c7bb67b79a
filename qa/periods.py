"""Find the times that a folded text names, and resolve each to an ISO period by the day it was written.

Knows how Chinese writes years, months and spans (今年, 上半年, 1至8月, 截至6月底, 民国108年, 十年来), and which of
them a change is measured against (比上年, 同比). Does not know figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from qa.iso_periods import day_of, first_month, month_of, part_of_month, span_of_days, span_of_months

_HAN = "零一二三四五六七八九"
_YEAR_WORDS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "后年": 2}
_DAY_WORDS = {
    "今天": 0,
    "今日": 0,
    "昨天": -1,
    "昨日": -1,
    "前天": -2,
    "前日": -2,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "当天": 0,
    "当日": 0,
}
_MONTH_WORDS = {"本月": 0, "这个月": 0, "当月": 0, "上月": -1, "上个月": -1, "下月": 1, "下个月": 1}
_PLANS = {"十五": 2001, "十一五": 2006, "十二五": 2011, "十三五": 2016, "十四五": 2021, "十五五": 2026}
_CONGRESSES = {"十六大": "2002-11", "十七大": "2007-10", "十八大": "2012-11", "十九大": "2017-10", "二十大": "2022-10"}
_NEAR = 300  # characters
_EXPECTED_WITHIN = 8  # characters before 全年
_YEAR_REPORTED_UNTIL = 6  # month: until then an article that tells of 全年 tells of the year before
_HALF_A_YEAR = 6  # months
_FIRST_ROC_YEAR = 1912
# 108年 is a year of the Republic only in a text from Taiwan; elsewhere it is a length of time.
_TAIWAN = re.compile(r"台湾|台北|新北市|高雄|台中|台南|新台币|民国\d|立法院|行政院|健保|国中|国小|中华民国")

_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_MONTH = r"(?:(?<!\d)(?:1[0-2]|0?[1-9])|(?<![一二三四五六七八九十])(?:十[一二]?|[一二三四五六七八九]))"
_DAY = r"(?:[0-3]?\d|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_TO = r"\s?(?:[-~–—至到]{1,2})\s?"
_YEAR = (
    r"(?P<year>(?<!\d)(?:1[89]|20|21)\d\d\s?年(?!期|级)|[一二][零〇一二三四五六七八九]{3}年|民国\s?(?:前)?\d{1,3}\s?年"
    r"|(?<!过)去年|(?<![以之目当])前年|[今明]年|(?<![今以之产成用工运建业投营])后年|本年|(?<![线以海网])上年|"
    r"(?<![\d])(?:0\d|1\d|2\d)年(?=\d{1,2}月)"
    r"|(?<![\d.近约超第])(?:[89]\d|1[0-3]\d)年(?!来|间|前|后|期|以|历史|的历史|多|余|左右))"
)
_PART = (
    r"(?P<half>[上下])半年"
    r"|(?:第)?(?P<quarter>[一二三四1-4])季度?(?!稻)|前(?P<quarters>[二两三])(?:个)?季度?"
    rf"|(?:前|首)(?P<months>{_NUMBER})个?月"
    rf"|(?P<from_month>{_MONTH})(?:月份?)?{_TO}(?P<to_month>{_MONTH})月份?(?!\s?\d{{1,2}}[日号])"
    rf"|"
    rf"(?P<month>{_MONTH})\s?月份?(?:\s?(?P<day>{_DAY})[日号](?:{_TO}(?:(?P<last_month>{_MONTH})月)?(?P<last_day>{_DAY})[日号])?"
    r"|(?P<third>上旬|中旬|下旬|底|末|初))?"
    r"|(?P<end>年?[底末])(?!,?端)|(?P<start>年?初)(?![一二三中级])|(?P<middle>年中)"
)
_TIME = re.compile(
    # A time begins with one of these: most places of a text are passed over at once.
    r"(?=[0-9一二三四五六七八九十两今去前明后本上下当年民最过近这全度目现如至迄同环首凌中早晚截第昨“\"‘「『])(?:"
    rf"(?P<clock>\d{{1,2}}世纪(?:[2-9]0年代)?|[2-9]0年代|[一二十]{{1,3}}世纪|[一二三四五六七八九]十年代|"
    rf"\d{{1,2}}时?{_TO}\d{{1,2}}时|(?:上午|下午|凌晨|晚上?|中午|早上?)?\d{{1,2}}(?:[时点]\d{{1,2}}分|"
    rf"[时](?![间代速])|"
    rf":\d\d(?!\d))|(?:上午|下午|凌晨|晚上?|早上?)\d{{1,2}}点半?)"
    r"|(?P<iso>(?<![\d-])(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])(?![\d.]))"
    r"|(?P<first>(?<!\d)(?:19|20)\d\d)年?\s?[-~–—/至到]{1,2}\s?(?P<last>(?:19|20)\d\d)\s?年度?"
    rf"|{_YEAR}(?:度|全年)?(?:\s?(?:{_PART}))?"
    rf"|(?P<part>{_PART.replace('?P<', '?P<p_')})".replace(
        "(?P<p_end>年?[底末])(?!,?端)|(?P<p_start>年?初)(?![一二三中级])|(?P<p_middle>年中)",
        "(?P<p_end>年[底末])|(?P<p_start>年初)|(?P<p_middle>年中)",
    )
    + r"|(?P<lately>近期)|(?P<whole>全年|年度(?!任务|目标|计划|预算))"
    + rf"|(?P<month_word>{'|'.join(sorted(_MONTH_WORDS, key=len, reverse=True))})"
    rf"(?:\s?(?P<w_day>{_DAY})日(?:{_TO}(?P<w_last>{_DAY})日)?|(?P<w_third>上旬|中旬|下旬|底|末|初))?"
    rf"|(?P<day_word>{'|'.join(_DAY_WORDS)})"
    rf"|(?P<lone_day>(?<![\d.])(?:[12]\d|3[01]|[1-9]))日(?:{_TO}(?P<lone_last>(?:[12]\d|3[01]|"
    rf"[1-9]))日)?(?![元本内均产])"
    rf"|(?:(?P<recent>最近|过去|近|这|前)(?P<years>{_NUMBER}|两)(?P<of>年|个月|天|日|周)(?:多|余)?(?:来|间|"
    rf"以来)?|(?P<years_on>{_NUMBER}|两)(?P<on_of>年|个月)(?:多|余)?(?:以来|来(?!自)|间|(?=平均|年均|净增)))"
    rf"|(?P<years_ago>{_NUMBER}|两)(?P<ago_of>年|个月|天)(?:多)?(?:以)?前"
    rf"|(?P<years_later>{_NUMBER}|两)(?P<later_of>年|个月|天)(?:之|以)?后"
    rf"|[“\"‘「『]?(?P<plan>十[一二三四五]?五)[”\"’」』]?(?=期间|时期|末|规划|以来|开局|[”\"’」』])"
    r"|(?P<congress>十[六七八九]大|二十大)(?=以来|召开|闭幕|后)"
    r"|(?P<now>(?:截至|截止)?(?:目前|当前)|现在|如今|至今(?![年天日])|迄今|今(?=的?\d))"
    r"|(?P<before>同比)|(?P<previous>环比))"
)
_REPORTED = re.compile(
    r"[^,。;!?\n]{0,14}?(?:发布|公布|获悉|了解到|表示|宣布|通报|介绍|举行|召开|消息|报道|透露|披露|指出|开幕|出版|"
    r"发表|印发|(?<![传据小])说(?!明))"
)
_SINCE = re.compile(r"(?:\)|份|起|召开)?(?:底|末|初|开始)?(?:以来|至今|到现在|到目前)")
_SUPERLATIVE = re.compile(r"(?:以来|来)?(?:的)?(?:同期)?(?:单[月季日])?(?:最|首次|新高|新低|历史)")
_AGAINST = re.compile(r"(?:比|较|与|同|跟|超过|相比|高于|低于|相当于|相较于?|对比)(?:党的|的)?$")
_RATIO = re.compile(r"(?:的)?(?:同期|水平)?的?(?:约|近)?[\d.一二三四五六七八九十]+(?:\.\d+)?(?:倍|%)")
_EQUALS = re.compile(r"(?:是|为|相当于|恢复到?|达到?)$")
_UP_TO = re.compile(r"(?:截至|截止|截止到|截至到)$")
YEARLY_REPORT = re.compile(r"(?:年度?|全年)?(?:报告?(?![道纸名])|财报|业绩|决算|成绩单)")  # after its year
_COMING = re.compile(r"将|拟|计划|预计|力争|有望|争取")
_EXPECTED_AHEAD = re.compile(r"全年(?:控制在|力争|预计|预期|计划|目标|任务|确保)")
_EXPECTED = re.compile(r"预计|预期|力争|有望|争取|计划|目标|[将拟](?!近)")  # 预计全年 is of a year that is not over


_ONE_MONTH = re.compile(r"\d{4}-\d\d")


class Role(StrEnum):
    """What a time is there for."""

    TIME = "time"  # of what is told
    BASE = "base"  # a change is measured against it
    REPORT = "report"  # the day it was made known
    SINCE = "since"  # the beginning of a span
    UNTIL = "until"  # the end of one
    LASTING = "lasting"  # a span that ends now
    AVERAGE = "average"  # the years of 两年平均增长, in one clause only
    NONE = "none"  # no time of a figure: 为1988年以来最高, 9时


@dataclass(frozen=True, slots=True)
class Period:
    """A time that a text names: `text[start:end]`."""

    start: int
    end: int
    iso: str  # 2022, 2022-H1, 2022-Q1, 2022-05, 2022-05-31, 2022-01/2022-05; "" if it cannot be resolved
    role: Role


def periods(folded: str, written: str) -> list[Period]:
    """Return the times in a folded text, in order and disjoint. `written` is the article's ISO date or "".

    >>> [(time.iso, time.role) for time in periods("今年1至8月,比去年同期增长", "2023-09-12")]
    [('2023-01/2023-08', 'time'), ('2022', 'base')]
    """
    try:
        day: date | None = date.fromisoformat(written)
    except ValueError:
        day = None
    resolver = _Resolver(day, bool(_TAIWAN.search(folded)))
    results: list[Period] = []
    for match in _TIME.finditer(folded):
        try:
            iso = resolver.resolve(match, folded, results)
        except OverflowError:  # a day outside the calendar
            iso = ""
        if iso is None:
            continue
        start, end = match.span()
        role = _role(folded, match, results)
        if role in (Role.SINCE, Role.UNTIL, Role.TIME) and (since := _SINCE.match(folded, end)):
            role = Role.NONE if _SUPERLATIVE.match(folded, since.end()) else Role.SINCE
            if role == Role.SINCE and iso and day:
                first = f"{iso}-01-01" if match["year"] == "今年" and len(iso) == 4 else first_month(iso)
                iso = f"{first}/{day.isoformat()}"
        results.append(Period(start, end, iso, role))
    return results


def times_of_facts(folded: str, written: str) -> list[Period]:
    """Return the resolved times that a text tells of, without those that it only compares with. See `periods`."""
    return [time for time in periods(folded, written) if time.iso and time.role not in (Role.BASE, Role.NONE)]


def _beside(folded: str, start: int, end: int) -> bool:
    """Tell whether two places are in one piece of a sentence."""
    return end - start <= _NEAR and not re.search(r"[。!?;\n]", folded[start:end])


def _role(folded: str, match: re.Match[str], results: Sequence[Period]) -> Role:
    """Tell what a time is there for, by the words beside it."""
    start, end = match.span()
    if match["clock"]:
        return Role.NONE
    if match["before"] or match["previous"]:
        return Role.BASE
    lead, tail = folded[max(0, start - 6) : start], folded[end : end + 12]
    if _AGAINST.search(lead) and not (lead.endswith("同") and not tail.startswith(("期", "相比"))):
        return Role.NONE if match["now"] else Role.BASE
    if tail.startswith("同期") or (_RATIO.match(folded, end) and _EQUALS.search(lead)):
        return Role.BASE
    # 比上月和去年同期多增: the second base of two.
    if (
        results
        and results[-1].role == Role.BASE
        and folded[results[-1].end : start] in ("和", "、", "及", "同期和", "同期、")
    ):
        return Role.BASE
    if match["now"]:
        return Role.UNTIL
    if match["recent"] or match["years_on"]:
        if tail.startswith(("平均", "年均", "净增")):
            return Role.AVERAGE
        return Role.NONE if _SUPERLATIVE.match(folded, end) else Role.LASTING
    if _UP_TO.search(lead) and not (
        results and results[-1].role in (Role.TIME, Role.SINCE) and results[-1].end >= start - 1
    ):
        return Role.UNTIL
    is_day = match["day_word"] or match["lone_day"] or match["day"] or match["p_day"] or match["iso"] or match["w_day"]
    if is_day and _REPORTED.match(folded, end):
        return Role.REPORT
    return Role.TIME


def _count(written: str) -> int:
    """Return the value of digits or of a Han numeral below 100."""
    if written.isdecimal():
        return int(written)
    if written == "两":
        return 2
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _HAN.find(ones[-1])
    return (_HAN.find(tens[-1]) if tens else 1) * 10 + (max(_HAN.find(ones[-1]), 0) if ones else 0)


class _Resolver:
    """Resolves the times of one text in order: 12月 belongs to the year named just before it."""

    def __init__(self, day: date | None, taiwan: bool) -> None:
        self._day = day
        self._taiwan = taiwan
        self._named: tuple[int, int] | None = None  # the last year named, and where
        self._years: list[tuple[int, int]] = []  # the years named without a month, and where
        self._reported: int | None = None  # the year of the last yearly report named

    def resolve(self, match: re.Match[str], folded: str, results: Sequence[Period]) -> str | None:
        """Return the ISO period, "" if it cannot be known, None if the match is no time."""
        day = self._day
        if match["clock"] or match["before"] or match["previous"]:
            return ""
        if match["iso"]:
            year, month, of_month = (int(part) for part in re.split(r"[-/.]", match["iso"]))
            return day_of(year, month, of_month)
        if match["first"]:
            return f"{match['first']}/{match['last']}" if match["first"] < match["last"] else ""
        if match["year"]:
            named = self._year(match["year"])
            if named is None:
                return "" if "年" in match["year"] and not match["year"][0].isdecimal() else None
            self._named = (named, match.end())
            if not match["month"]:  # 2024年1月15日, 全年…: the day of a report is of another year
                self._years.append((named, match.start()))
            self._reported = named if YEARLY_REPORT.match(folded, match.end()) else self._reported
            return self._part(match, "", named)
        if match["part"]:
            known = self._known_year(match, folded)
            return self._part(match, "p_", known) if known is not None else ""
        if match["plan"]:
            return f"{_PLANS[match['plan']]}/{_PLANS[match['plan']] + 4}"
        if match["congress"]:
            return _CONGRESSES[match["congress"]]
        return self._relative(match, day, folded, results) if day else ""

    def _relative(self, match: re.Match[str], day: date, folded: str, results: Sequence[Period]) -> str:
        """Resolve what the day alone resolves: 昨天, 上月, 近三年, 目前."""
        if match["whole"]:
            return f"{self._whole_year(match.start(), day, folded, results):04d}"
        if match["lately"]:
            return month_of(day.year, day.month)
        if match["month_word"]:
            if match["month_word"] == "当月":  # of the month named before it
                return next((time.iso for time in reversed(results) if _ONE_MONTH.fullmatch(time.iso)), "")
            months = day.year * 12 + day.month - 1 + _MONTH_WORDS[match["month_word"]]
            year, month = months // 12, months % 12 + 1
            if match["w_day"]:
                return span_of_days(
                    year, month, _count(match["w_day"]), month, _count(match["w_last"] or match["w_day"])
                )
            return part_of_month(year, month, match["w_third"])
        if match["day_word"] in ("当天", "当日") and results and _beside(folded, results[-1].end, match.start()):
            return results[-1].iso
        if match["day_word"]:
            return (day + timedelta(days=_DAY_WORDS[match["day_word"]])).isoformat()
        if match["lone_day"]:
            first, last = int(match["lone_day"]), int(match["lone_last"] or match["lone_day"])
            # 28日 in an article of the third is a day of the month before.
            months = day.year * 12 + day.month - 1 - (first > day.day + 3)
            return span_of_days(months // 12, months % 12 + 1, first, months % 12 + 1, last)
        return self._span(match, day)

    def _whole_year(self, start: int, day: date, folded: str, results: Sequence[Period]) -> int:
        """Return the year of 全年: of the report it stands in, the one told of before it, or the last that is over."""
        bases = {time.start for time in results if time.role != Role.TIME}
        stated = [(year, place) for year, place in self._years if place not in bases]
        beside = [year for year, place in stated if _beside(folded, place, start)]
        ahead = _EXPECTED_AHEAD.match(folded, start)
        if ahead or _EXPECTED.search(folded, max(0, start - _EXPECTED_WITHIN), start):
            return max([day.year, *beside[-1:]])
        if self._reported:
            return self._reported
        # A year long gone is of the sentence that names it: 桐河县1998年设立。全年 is no year 1998.
        near = beside or [year for year, _ in stated if year >= day.year - 1]
        return near[-1] if near else day.year - (day.month <= _YEAR_REPORTED_UNTIL)

    def _span(self, match: re.Match[str], day: date) -> str:
        """Resolve what is told from the day of writing: 三年前, 近五年, 十年来, and 目前."""
        if match["years_later"]:
            count = _count(match["years_later"])
            return f"{day.year + count:04d}" if match["later_of"] == "年" else ""
        if match["recent"] and match["of"] != "年":
            count = _count(match["years"])
            if match["of"] != "个月":
                return (
                    f"{(day - timedelta(days=count * (7 if match['of'] == '周' else 1))).isoformat()}/{day.isoformat()}"
                )
            return f"{month_of(day.year, day.month - count)}/{month_of(day.year, day.month)}"
        if match["years_ago"]:
            count = _count(match["years_ago"])
            if match["ago_of"] == "天":
                return (day - timedelta(days=count)).isoformat()
            return f"{day.year - count:04d}" if match["ago_of"] == "年" else month_of(day.year, day.month - count)
        if match["recent"] or match["years_on"]:
            count = _count(match["years"] or match["years_on"])
            if match["on_of"] == "个月":
                return f"{month_of(day.year, day.month - count)}/{month_of(day.year, day.month)}"
            if match["recent"] == "过去" and count == 1 and day.month <= _YEAR_REPORTED_UNTIL:
                return f"{day.year - 1:04d}"  # of a report in February
            last = day.year if match["recent"] else day.year - 1  # 十年来 mostly ends with the last whole year
            return f"{day.year - count:04d}/{last:04d}"
        return day.isoformat()

    def _year(self, written: str) -> int | None:
        written = re.sub(r"\s", "", written)
        if written in _YEAR_WORDS:
            return self._day.year + _YEAR_WORDS[written] if self._day else None
        if written.startswith("民国"):
            count = int(re.sub(r"\D", "", written))
            return _FIRST_ROC_YEAR - count if "前" in written else _FIRST_ROC_YEAR + count - 1
        number = written[:-1]
        if not number.isdecimal():
            return int("".join(str(max(_HAN.find(sign), 0)) for sign in number))
        if len(number) == 4:
            return int(number)
        if self._taiwan and int(number) >= 80:
            return _FIRST_ROC_YEAR + int(number) - 1
        return 2000 + int(number) if len(number) == 2 and int(number) < 30 else None

    def _known_year(self, match: re.Match[str], folded: str) -> int | None:
        """Return the year of 8月 or 一季度: the one named before it in its sentence, or by the day of writing."""
        if self._named and _beside(folded, self._named[1], match.start()):
            return self._named[0]
        day = self._day
        if day is None:
            return None
        first = 1
        if match["p_half"]:
            first = 5 if match["p_half"] == "上" else 10
        elif match["p_quarter"]:
            first = _count(match["p_quarter"]) * 3 - 2
        elif match["p_quarters"] or match["p_months"]:
            first = 3
        elif match["p_to_month"]:
            first = _count(match["p_to_month"])
        elif match["p_month"]:
            first = _count(match["p_month"])
        elif match["p_end"]:
            first = 12
        if first <= day.month or _COMING.search(folded, max(0, match.start() - 8), match.end() + 12):
            return day.year
        # A rule of August that holds 自9月15日起 will hold; one of January that does so holds already.
        begins = folded[max(0, match.start() - 1) : match.start()] in ("自", "从") and folded.startswith(
            "起", match.end()
        )
        return day.year - (not begins or first - day.month > _HALF_A_YEAR)

    def _part(self, match: re.Match[str], of: str, year: int) -> str:
        """Return the part of a year that is named, or the whole year."""
        get = match.groupdict().get
        if half := get(f"{of}half"):
            return f"{year:04d}-{'H1' if half == '上' else 'H2'}"
        if quarter := get(f"{of}quarter"):
            return f"{year:04d}-Q{_count(quarter)}"
        if quarters := get(f"{of}quarters"):
            return span_of_months(year, 1, 9 if quarters == "三" else 6)
        if months := get(f"{of}months"):
            return span_of_months(year, 1, max(1, min(_count(months), 12)))
        if first := get(f"{of}from_month"):
            return span_of_months(year, _count(first), _count(get(f"{of}to_month") or first))
        if month := get(f"{of}month"):
            number = _count(month)
            if first_day := get(f"{of}day"):
                last_month, last_day = get(f"{of}last_month") or month, get(f"{of}last_day") or first_day
                return span_of_days(year, number, _count(first_day), _count(last_month), _count(last_day))
            return part_of_month(year, number, get(f"{of}third"))
        if get(f"{of}end"):
            return f"{year:04d}-12-31"
        if get(f"{of}start"):
            return f"{year:04d}-01"
        if get(f"{of}middle"):
            return f"{year:04d}-06"
        return f"{year:04d}"
