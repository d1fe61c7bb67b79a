"""Tell which indicator a text speaks of, where two of them cannot be one: 营业收入 is no 净利润, 发电量 no 装机.

Knows the usual indicators of news and reports, each with its other words. Does not know figures. All texts are folded.
"""

from __future__ import annotations

import re

# One row for each indicator: whoever asks for one is not answered by a figure of another.
_ROWS = (
    "营业收入 营业总收入 营收 销售收入 销售额 营业额 单季收入 季度收入",
    "净利润 利润 盈利 纯利 亏损 净亏",
    "毛利润 毛利",
    "利润总额 税前利润",
    "现金流量 现金流",
    "车流量",
    "研发投入 研发费用 研发经费 研发支出 研发资金",
    "总投资 投资额 投资总额 投资",
    "产值",
    "旅游收入",
    "门票收入",
    "票房收入 票房",
    "第三产业 服务业",
    "居民消费价格 cpi",
    "税收 税额 纳税",
    "进出口 外贸 对外贸易",
    "出口",
    "进口",
    "发电量",
    "用电量",
    "装机容量 装机",
    "收盘价",
    "开盘价",
    "发行价",
    "票价",
    "常住人口",
    "户籍人口",
    "全长 长度 总长",
    "面积",
    "地区生产总值 生产总值 gdp",
    "增加值",
    "预算收入",
    "预算支出",
    "可支配收入",
    "消费支出",
    "零售额 零售总额 社零",
    "存款",
    "贷款",
    "注册资本",
    "旅客吞吐量 旅客 客流量 客流",
    "货邮吞吐量 货邮 货物吞吐量",
    "集装箱吞吐量 集装箱",
    "运营成本 营业成本 成本",
    "补贴 补助",
    "工资 薪酬",
    "流量",
    "库容",
    "水位",
    "雨量 降雨量 降水量",
    "民生支出",
    "教育支出",
    "科技支出",
)
_INDICATOR = {word: row.split()[0] for row in _ROWS for word in row.split()}
# 出口 of 进出口 is none: the longest word counts. 高速出口 is no trade.
_WORDS = re.compile(rf"(?<!高速)(?:{'|'.join(sorted(_INDICATOR, key=len, reverse=True))})")


def indicators_in(text: str) -> tuple[str, ...]:
    """Return the indicators that a text speaks of, each by its first word, in order.

    >>> indicators_in("公司全年营收30亿元,其中出口2亿元"), indicators_in("进出口总额")
    (('营业收入', '出口'), ('进出口',))
    """
    return tuple(dict.fromkeys(_INDICATOR[match.group()] for match in _WORDS.finditer(text)))


def other_indicator(asked: str, stated: str) -> str:
    """Return the word of a question for the indicator that a figure's own words do not speak of, "" without one.

    `stated`: the words of the figure. It is "" too where either speaks of no known indicator.

    >>> other_indicator("公司净利润增长多少", "营业收入"), other_indicator("公司净利润增长多少", "盈利")
    ('净利润', '')
    """
    own = indicators_in(stated)
    word = _WORDS.search(asked)
    return word.group() if word and own and not set(own) & set(indicators_in(asked)) else ""
