"""Other names of one thing: 央行 is 中国人民银行, GDP is 国内生产总值.

Knows a list of names that mean the same in every text, and is handed those of the user's word list. Does not know the
corpus. All names are folded.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cache, lru_cache

from index.reading.word_list import WordList

_LATIN = re.compile("[a-z0-9]")
_ROWS = """
发改委 国家发展改革委 发展改革委 国家发展和改革委员会
央行 中国人民银行 人民银行
证监会 中国证券监督管理委员会
银保监会 中国银行保险监督管理委员会
工信部 工业和信息化部
人社部 人力资源社会保障部 人力资源和社会保障部
住建部 住房和城乡建设部 住房城乡建设部
卫健委 国家卫生健康委 卫生健康委
国资委 国务院国有资产监督管理委员会
市场监管总局 国家市场监督管理总局
网信办 国家互联网信息办公室
外汇局 国家外汇管理局
税务总局 国家税务总局
最高法 最高人民法院
最高检 最高人民检察院
中科院 中国科学院
社科院 中国社会科学院
世卫组织 世界卫生组织
世贸组织 世界贸易组织
美联储 美国联邦储备委员会
北约 北大西洋公约组织
gdp 国内生产总值 地区生产总值 生产总值
cpi 居民消费价格指数
ppi 工业生产者出厂价格指数
pmi 采购经理指数
m2 广义货币
社零 社会消费品零售总额
固投 固定资产投资
规上 规模以上
营收 营业收入
杠杆率 资产负债率
医保 医疗保险
社保 社会保险
个税 个人所得税
公积金 住房公积金
新能源车 新能源汽车
劳模 劳动模范
孩子 儿童 少儿
高铁 高速铁路
奥运 奥运会
世博 世博会
政协 政治协商会议
环评 环境影响评价
研发 研究开发 研究与开发
外贸 对外贸易
房企 房地产企业
车企 汽车企业
央企 中央企业
国企 国有企业
民企 民营企业
工资 薪资 薪酬
房价 住房价格
人大 人民代表大会
纪委 纪律检查委员会
中央纪委 中央纪律检查委员会 中纪委
统战部 统一战线工作部
国常会 国务院常务会议
国台办 国务院台湾事务办公室
港澳办 国务院港澳事务办公室
工会 总工会
妇联 妇女联合会
残联 残疾人联合会
工商联 工商业联合会
科协 科学技术协会
足协 足球协会
贸促会 国际贸易促进委员会
中物联 中国物流与采购联合会
中汽协 中国汽车工业协会
中钢协 中国钢铁工业协会
乘联会 乘用车市场信息联席会
文旅部 文化和旅游部
应急部 应急管理部
交通部 交通运输部
农业部 农业农村部
环境部 生态环境部
统计局 国家统计局
邮政局 国家邮政局
能源局 国家能源局
航天局 国家航天局
药监局 药品监督管理局
医保局 医疗保障局
民航局 民用航空局
疾控中心 疾病预防控制中心
国铁 国家铁路 铁路总公司
国网 国家电网
南网 南方电网
中石油 中国石油天然气集团 中国石油
中石化 中国石油化工集团 中国石化
中海油 中国海洋石油集团 中国海油
进博会 国际进口博览会
广交会 进出口商品交易会
服贸会 国际服务贸易交易会
消博会 国际消费品博览会
冬残奥会 冬季残疾人奥林匹克运动会 冬残奥
冬奥会 冬季奥林匹克运动会 冬奥
残奥会 残疾人奥林匹克运动会 残奥
非遗 非物质文化遗产
农遗 农业文化遗产
高考 普通高等学校招生全国统一考试
考研 硕士研究生招生考试
新冠 新型冠状病毒
电商 电子商务
网约车 网络预约出租汽车
基建 基础设施建设
经开区 经济技术开发区 经济开发区
高新区 高新技术产业开发区
自贸区 自由贸易试验区 自贸试验区
工企 工业企业
公预 公共预算
规工 规模以上工业
风电 风力发电
核电 核能发电
锂电 锂电池
人均收入 人均可支配收入
"""


@cache
def _rows() -> WordList:
    return tuple(tuple(row.split()) for row in _ROWS.split("\n") if row)


@lru_cache(maxsize=4)
def _groups(rows: WordList) -> tuple[dict[str, tuple[str, ...]], tuple[int, ...]]:
    """Return each name with the others of its rows, and the lengths of the names, the longest first."""
    others: dict[str, tuple[str, ...]] = {}
    for row in rows:
        for name in row:
            others[name] = tuple(dict.fromkeys((*others.get(name, ()), *(other for other in row if other != name))))
    return others, tuple(sorted({len(name) for name in others}, reverse=True))


def aliases(folded: str, words: WordList = ()) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield where a name of the list, or of the user's words, stands in a folded text, with its other names.

    Of names that begin at one place the longest counts, and none begins inside another.
    """
    for rows in (_rows(), words) if words else (_rows(),):
        others, lengths = _groups(rows)
        start = 0
        while start < len(folded):
            end = next(
                (end for end in (start + length for length in lengths) if _stands(folded, start, end, others)), 0
            )
            if end:
                yield start, end, others[folded[start:end]]
            start = end or start + 1


def _stands(folded: str, start: int, end: int, names: Container[str]) -> bool:
    """Whether a name stands at a place as a whole: gdp, and not the gdp of gdpr."""
    name = folded[start:end]
    if end > len(folded) or name not in names:
        return False
    return not (name.isascii() and (_LATIN.match(folded, end) or (start and _LATIN.match(folded, start - 1))))
