"""Changes a question so that its passage no longer answers it: another year, place, name, modifier or role.

Knows Chinese questions, folded, and which words stand for which others. Does not know passages beyond the text that
must not hold what is put in. The models learn from these that a passage can be near and yet not answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import jieba.posseg
import numpy as np

# Words of one kind: a question that names one of them is not answered where another is meant.
_KINDS = tuple(
    tuple(row.split())
    for row in (
        "上半年 下半年 全年 一季度 二季度 三季度 四季度 前三季度",
        "第一 第二 第三 第四 第五",
        "首批 第二批 第三批 第四批",
        "出口 进口",
        "城镇 农村 城乡",
        "最大 最小",
        "最高 最低",
        "最早 最晚",
        "最多 最少",
        "男子 女子",
        "男性 女性",
        "计划 实际",
        "新增 累计",
        "收入 支出",
        "总投资 总产值 总面积 总人口",
        "产值 税收 利润 投资额 产量 销量",
        "同比 环比",
        "增长 下降",
        "省长 市长 县长 区长 书记",
        "主席 副主席",
        "局长 副局长",
        "市长 副市长",
        "导演 编剧 主演 作曲 作词 监制",
        "父亲 母亲 妻子 儿子 女儿 哥哥 弟弟",
        "出生 去世 毕业 结婚",
        "小学 中学 大学 高中",
        "成立 解散 开业 关闭 开工 竣工 通车",
        "长度 宽度 高度 深度 面积 体积",
        "东部 西部 南部 北部 中部",
        "一月 二月 三月 四月 五月 六月",
        "春季 夏季 秋季 冬季",
        "冠军 亚军 季军",
        "面积 人口 海拔 历史",
        "作者 译者 编辑 出版社",
        "总部 分部 工厂 仓库",
    )
)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?=年)")
_MONTH = re.compile(r"(?<!\d)(?:1[0-2]|[1-9])(?=月)")
_NAMES = ("nr", "ns", "nt", "nz", "nrt")
_LEAST = 2  # characters of a name


@cache
def _others() -> dict[str, tuple[str, ...]]:
    others: dict[str, set[str]] = {}
    for kind in _KINDS:
        for word in kind:
            others.setdefault(word, set()).update(other for other in kind if word not in other and other not in word)
    return {word: tuple(sorted(rest)) for word, rest in others.items() if rest}


def names_of(text: str) -> list[tuple[str, str]]:
    """(name, kind of name) in a folded text, in order."""
    return [(w.word, w.flag[:2]) for w in jieba.posseg.cut(text) if w.flag in _NAMES and len(w.word) >= _LEAST]


def near_miss(question: str, passage: str, names: Sequence[tuple[str, str]], rng: np.random.Generator) -> str | None:
    """The question with one word changed for another that the passage does not hold; None if nothing can be changed.

    `names` are (name, kind) to put in place of a name, as `names_of` gives them.
    """
    changed: list[str] = []
    for match in _YEAR.finditer(question):
        year = str(int(match.group()) + int(rng.choice([-3, -2, -1, 1, 2, 3])))
        if year not in passage:
            changed.append(question[: match.start()] + year + question[match.end() :])
    for match in _MONTH.finditer(question):
        month = str(int(rng.integers(1, 13)))
        if f"{month}月" not in passage:
            changed.append(question[: match.start()] + month + question[match.end() :])
    for word, rest in _others().items():
        if word in question:
            other = str(rng.choice(rest))
            if other not in passage:
                changed.append(question.replace(word, other, 1))
    for word, kind in names_of(question):
        if word not in passage:
            continue
        alike = [name for name, other in names if other == kind and name not in passage and name not in question]
        if alike:
            changed.append(question.replace(word, alike[int(rng.integers(len(alike)))], 1))
    return changed[int(rng.integers(len(changed)))] if changed else None
