"""Tell the nature of a figure, the period it is of, and what a change is measured against.

Knows the words of plans, targets, capacities and totals, and how a time stays in force over the sentences after
it. Does not know whose a figure is: qa.figure.names does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from qa.figure.names import Draft
from qa.figure.phrases import BASE_MARK, TIME_MARK
from qa.figure.values import TIME_UNITS
from qa.iso_periods import period_before, with_year_of, year_before
from qa.periods import Period, Role

LEVEL, CHANGE, SHARE, TARGET, PLAN, CAPACITY, CUMULATIVE, RANK, OTHER = (
    "level",
    "change",
    "share",
    "target",
    "plan",
    "capacity",
    "cumulative",
    "rank",
    "other",
)
_IN_FORCE = 4  # sentences that a time stays in force for where none names another
_RATES = re.compile(r"利率|保证率|税率|合格率|汇率|失业率|收益率|浓度|温度|湿度|纯度|费率")
_GROWTHS = re.compile(r"(?:通胀率|通货膨胀率|增速|增长率|涨幅|增幅|降幅)$")
_STOCKS = re.compile(r"率|里程|比重|占比|总数|人口|容量|余额|保有量|总量$")
_YEARLY = re.compile(r"年(?:产|销|收入|营业|利|纳|供|吞吐|处理|交易|旅客|客流|接待)")
_TARGETS = re.compile(r"目标|力争|确保|争取|要达到|不低于|预期目标|计划目标")
_PLANS = re.compile(
    r"计划|拟|预计|规划|将(?!近|军|领|士)|有望|建成后|投产后|达产后|投用后|投运后|竣工后|完工后|全部达产|"
    r"本期工程|总投资|计划投资|待"
)
_CAPACITIES = re.compile(
    r"产能|库容|装机|可容纳|吞吐能力|生产能力|设计时速|处理能力|接待能力|年产(?!值|量|出)|可灌溉|能力达|每年可|"
    r"容量|可停放|可供"
)
_EXPECTED = re.compile(r"预期|预测|预报|展望|预估")
_CUMULATIVE = re.compile(r"累计|总计|截至|已有|已经|已导致|已完成|至今|以来")
_FLOW = re.compile(r"完成|实现|投资|发放|接待|销售|出口|进口|减免|退税|新增|发送|到账|支出|收入")


_FROM = re.compile(r"(?:从|由)[^,，;]{0,20}$")
_TURN = re.compile(
    r"(?:增|降|升|提高|下降|增加|减少|上升|增长|提升|扩大|调|恢复|跃升|发展|优化|回落|缩短|缩减|"
    r"改)[^,，;]{0,3}(?:至|到|为|成)"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What kind of figure one is, and of when."""

    nature: str
    period: str | None
    base: str | None
    ratio: bool


class Meanings:
    """Reads the figures of one text, sentence by sentence, and carries the times that stay in force."""

    def __init__(
        self, folded: str, blanked: str, times: Sequence[Period], title_times: Sequence[Period], written: str
    ) -> None:
        self._plain = folded
        self._blanked = blanked
        self._times = times
        self._title_times = title_times
        self._date = written
        self._carried: Period | None = None  # the time of the sentences before
        self._age = 0  # of that, in sentences
        # After 从…增至…: where it ends, and the periods of its two figures.
        self._turned: tuple[int, str, str] | None = None
        self._last = ""  # the period of the figure before
        self._dated = False  # a sentence so far has named a day

    @property
    def period_of_text(self) -> str | None:
        """The period of figures without sentences: a table's."""
        times = [*self._title_times[-1:], *([self._carried] if self._carried else [])]
        return times[0].iso if times else self._date or None

    def forget(self) -> None:
        """Forget the times so far: a heading opens another matter."""
        self._carried, self._age = None, 0

    def read(self, drafts: Sequence[Draft], start: int, end: int) -> list[Meaning]:
        """Read the figures of one sentence."""
        first = bisect_left(self._times, start, key=lambda time: time.start)
        last = bisect_left(self._times, end, key=lambda time: time.start)
        times = [time for time in self._times[first:last] if time.role != Role.NONE]
        self._turned, self._last = None, ""
        meanings: list[Meaning] = []
        for i, draft in enumerate(drafts):
            meaning = self._meaning(draft, times)
            meanings.append(meaning)
            self._last = meaning.period or ""
            if i and _TURN.search(self._own(draft)) and _FROM.search(self._own(drafts[i - 1])):
                self._turned = (draft.quantity.end, meanings[i - 1].period or "", meaning.period or "")
        self._carry(times)
        return meanings

    def _carry(self, times: Sequence[Period]) -> None:
        """Keep the last time of a sentence for those that name none."""
        self._dated = self._dated or any(time.role == Role.REPORT or _DAY.fullmatch(time.iso) for time in times)
        lasting = [
            time
            for time in times
            if time.iso
            and (
                time.role in (Role.TIME, Role.SINCE)
                or (time.role == Role.LASTING and len(time.iso) == len("2012/2021"))
                or (time.role == Role.UNTIL and time.iso != self._date)
            )
        ]
        if lasting:
            self._carried, self._age = lasting[-1], 0
        else:
            self._age += 1

    def _own(self, draft: Draft) -> str:
        """Return the clause before a figure."""
        return self._plain[draft.clause : draft.quantity.start]

    def _meaning(self, draft: Draft, times: Sequence[Period]) -> Meaning:
        ratio, ratio_base = self._ratio(draft, times)
        nature = self._nature(draft, ratio, times)
        period = self._period(draft, nature, times)
        base = None
        if nature == CHANGE:
            base = ratio_base or self._base(draft, times, period)
            if base and base.endswith("-12-31") and period and re.fullmatch(r"\d{4}", period):
                period = f"{period}-12-31"  # what is compared with the end of a year is of the end of one
            if base and period and re.fullmatch(r"\d{4}", base) and "同期" in self._own(draft):
                base = with_year_of(period, base)
        return Meaning(nature, period, base, ratio)

    def _ratio(self, draft: Draft, times: Sequence[Period]) -> tuple[bool, str | None]:
        """Tell 是2012年的2.25倍 and 恢复到2019年同期的68% from a growth of so much."""
        if draft.quantity.unit not in ("倍", "%", "比例"):
            return False, None
        lead = self._blanked[max(draft.clause, draft.quantity.start - 30) : draft.quantity.start]
        if not re.search(
            rf"(?:是|为|相当于|恢复到?|达到?)[^,，]{{0,3}}(?:[{TIME_MARK}{BASE_MARK}]+)(?:同期|水平|年)*的$", lead
        ):
            return False, None
        near = [time for time in times if draft.clause <= time.start < draft.quantity.start]
        return True, near[-1].iso or None if near else None

    def _nature(self, draft: Draft, ratio: bool, times: Sequence[Period]) -> str:
        quantity = draft.quantity
        if quantity.kind == "rank":
            return RANK
        if quantity.kind == "bare" or quantity.unit in TIME_UNITS or quantity.unit == "岁":
            return OTHER
        if ratio or quantity.kind == "two_places" or quantity.unit in ("番", "个百分点"):
            return CHANGE
        own = self._own(draft)
        if self._limits(draft, own):
            return OTHER
        if draft.phrase.change or quantity.unit == "倍":
            return CHANGE
        if quantity.unit in ("%", "比例", "‰"):
            if _GROWTHS.search(draft.indicator):
                return CHANGE
            return TARGET if _TARGETS.search(own) else LEVEL if _RATES.search(draft.indicator) else SHARE
        return self._amount(draft, own, times)

    def _limits(self, draft: Draft, own: str) -> bool:
        """Tell a threshold, a mark that is passed and a forecast from what is: 10亿元以上项目, 突破9万元."""
        quantity = draft.quantity
        written = self._plain[quantity.start : quantity.end]
        bounds = written.endswith(("以上", "以下", "以内")) and not draft.phrase.indicator and quantity.unit != "%"
        if bounds and re.match(r"的?[\u4e00-\u9fff]{2}", self._plain[quantity.end : quantity.end + 3]):
            return True
        return bool(_EXPECTED.search(own) or re.search(r"突破|迈过|跨过", own[-4:]))

    def _amount(self, draft: Draft, own: str, times: Sequence[Period]) -> str:
        """Return the nature of an amount."""
        clause = re.split(r"[。;!?\n]", self._plain[max(draft.clause - 40, 0) : draft.quantity.start])[-1]
        if _CAPACITIES.search(own) or _CAPACITIES.search(draft.indicator):
            return CAPACITY
        if _TARGETS.search(own):
            return TARGET
        if _PLANS.search(clause) or "总投资" in draft.indicator:
            return PLAN
        if _FROM.search(own) or _TURN.search(own):
            return LEVEL
        near = self._before(draft, times)[-1:] or ([self._carried] if self._carried else [])
        since = any(time.role in (Role.SINCE, Role.LASTING) for time in near)
        return CUMULATIVE if since or _CUMULATIVE.search(clause) else LEVEL

    def _before(self, draft: Draft, times: Sequence[Period]) -> list[Period]:
        return [
            time
            for time in times
            if time.start < draft.quantity.start
            and time.role in (Role.TIME, Role.SINCE, Role.UNTIL, Role.LASTING)
            and time.iso
        ]

    def _period(self, draft: Draft, nature: str, times: Sequence[Period]) -> str | None:
        """Return the period of a figure: the nearest time before it that is no base, else one of the context."""
        lead = self._own(draft)
        near = self._before(draft, times)
        chosen = near[-1] if near else None
        if chosen and chosen.role == Role.UNTIL and len(near) > 1 and near[-2].role == Role.SINCE:
            chosen = near[-2]
        if average := self._average(draft, nature, times, chosen):
            return average
        if years := self._in_a_row(draft, chosen):
            return years
        if chosen is None and self._unknown(draft, nature):
            return None
        if self._turned and (chosen is None or chosen.start < self._turned[0]):
            return (self._turned[1] if _FROM.search(lead) else self._turned[2]) or None
        if chosen is None and _FROM.search(lead) and not (self._carried and self._carried.role == Role.LASTING):
            return None  # what was before is of another time
        if chosen is None and self._carried and self._age < _IN_FORCE:
            chosen = self._carried
        if chosen is None and self._title_times and self._carried is None:
            chosen = self._title_times[-1]
        if chosen is None:
            return self._written(draft, nature, times)
        return self._of_span(chosen, draft, nature) or None

    def _average(self, draft: Draft, nature: str, times: Sequence[Period], chosen: Period | None) -> str:
        """Return the years of an average: 两年平均增长, 是2012年的2倍，年均增长."""
        end = draft.quantity.start
        average = [
            time.iso for time in times if time.role == Role.AVERAGE and draft.clause_of_group <= time.start < end
        ]
        if average and average[-1]:
            return average[-1]
        if nature != CHANGE or "年均" not in self._own(draft) or not chosen:
            return ""
        first = [time.iso for time in times if time.role == Role.BASE and time.start < end and len(time.iso) == 4]
        if first and len(chosen.iso) == 4:
            return f"{first[-1]}/{chosen.iso}"
        return chosen.iso if chosen.role == Role.LASTING else ""

    def _in_a_row(self, draft: Draft, chosen: Period | None) -> str:
        """Return the years of 连续四年, which end with the year that is told of. "" for other figures."""
        quantity = draft.quantity
        if quantity.unit != "年" or not self._own(draft).endswith("连续"):
            return ""
        last = self._turned[2] if self._turned else ""
        if not last:
            near = chosen or self._carried or (self._title_times[-1] if self._title_times else None)
            last = near.iso if near else self._date
        years = re.findall(r"(?<![\d-])\d{4}", last)
        return f"{int(years[-1]) - int(quantity.value) + 1:04d}/{years[-1]}" if years else ""

    def _unknown(self, draft: Draft, nature: str) -> bool:
        """Tell a figure without a period: a length of time, and what is to come on a day that is not named."""
        before = self._plain[max(0, draft.clause - 30) : draft.quantity.start]
        waits = _waits(re.split(r"[。;!?\n]", before)[-1])
        return waits or draft.quantity.unit in TIME_UNITS or (nature in (PLAN, TARGET) and self._intends(draft))

    def _written(self, draft: Draft, nature: str, times: Sequence[Period]) -> str | None:
        """Return the period of a figure that no time stands near: the day or the year of writing."""
        if self._date and _YEARLY.search(draft.indicator or self._own(draft)):
            return self._date[:4]
        reported = [time.iso for time in times if time.role == Role.REPORT and time.iso]
        if reported:
            return reported[-1]
        return (self._date if self._dated or nature == CUMULATIVE else self._date[:4]) or None

    def _of_span(self, chosen: Period, draft: Draft, nature: str) -> str:
        """Return the part of a time that a figure is of: 十年来从a增至b names its two ends."""
        iso, lead = chosen.iso, self._own(draft)
        if chosen.role == Role.UNTIL and iso == self._date and _TURN.search(lead):
            # 由2021年初的…至目前的: both ends are told as finely.
            return iso[: len(self._last)] if len(self._last) in (4, 7) else iso
        if chosen.role in (Role.LASTING, Role.SINCE) and "/" in iso and nature in (LEVEL, SHARE, CUMULATIVE):
            first, last = iso.split("/")
            if chosen.role == Role.LASTING and self._date:
                last = f"{int(self._date[:4]) - 1:04d}"  # the last whole year
            if _FROM.search(lead):
                return first
            if _TURN.search(lead):
                return last
            if nature != CUMULATIVE or _STOCKS.search(draft.indicator):
                return self._date
        if chosen.role == Role.LASTING and nature == CHANGE and "年均" not in lead and self._date:
            return self._date[:4]  # 十年来下降了2米 tells of now, against ten years ago
        until = chosen.role == Role.UNTIL and _DAY.fullmatch(iso) and iso != self._date
        if until and nature not in (SHARE, CAPACITY) and _FLOW.search(self._plain[chosen.end : draft.quantity.start]):
            return f"{iso[:4]}-01/{iso[:7]}" if iso[5:7] != "01" else iso[:7]
        return iso

    def _intends(self, draft: Draft) -> bool:
        """Tell whether the sentence only intends what it says: 拟提高."""
        return "拟" in re.split(r"[。;!?\n]", self._plain[max(0, draft.quantity.start - 90) : draft.quantity.start])[-1]

    def _base(self, draft: Draft, times: Sequence[Period], period: str | None) -> str | None:
        if draft.phrase.base:
            return draft.phrase.base
        bases = [time for time in times if time.role == Role.BASE and time.start < draft.quantity.start]
        if not bases:
            if draft.indicator.endswith("通胀率") and period:
                return year_before(period)
            if self._turned and self._turned[1]:
                return self._turned[1]
            lasting = [time.iso for time in self._before(draft, times)[-1:] if time.role == Role.LASTING]
            if lasting and period == self._date[:4]:
                return lasting[0].split("/")[0]
            return period.split("/")[0] if period and re.fullmatch(r"\d{4}/\d{4}", period) else None
        listed = [time for time in bases if time.start >= draft.clause_of_group]
        nearest = listed[draft.place] if draft.size == len(listed) > 1 else bases[-1]
        word = self._plain[nearest.start : nearest.end]
        if word in ("同比", "上年") or (word == "去年" and not period):
            return year_before(period) if period else nearest.iso or None
        if word in ("环比", "上月", "上个月"):
            return (period_before(period) if period else "") or nearest.iso or None
        if nearest.iso and re.match("同期", self._plain[nearest.end :]) and period:
            return with_year_of(period, nearest.iso)
        return nearest.iso or None


def _waits(lead: str) -> bool:
    """Tell whether a clause is about a time to come that it does not name: 建成后, 达产后."""
    return bool(re.search(r"(?:建成|投产|达产|投用|投运|竣工|完工|全部达产|通车|运营)(?:投产|投运|使用|通车)?后", lead))
