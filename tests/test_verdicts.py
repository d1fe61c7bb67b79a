"""Whether a clause affirms a statement: plans are no facts, figures and doers are compared, opposite verbs refute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.kinds.verdicts import AFFIRMED, REFUTED, UNCLEAR, verdict


@pytest.mark.parametrize(
    ("statement", "clause", "expected"),
    [
        ("望潮大桥建成", "望潮大桥预计2025年10月建成", UNCLEAR),
        ("望潮大桥计划2025年建成", "望潮大桥计划2025年建成", AFFIRMED),
        ("望潮大桥通车", "望潮大桥通车", AFFIRMED),
        ("产值是38亿元", "产值为31亿元", REFUTED),
        ("产值是38亿元", "产值为38亿元", AFFIRMED),
        ("产值是38亿元", "产值增长7%", UNCLEAR),
        ("产值超过40亿元", "产值31亿元", REFUTED),
        ("产值超过30亿元", "产值31亿元", AFFIRMED),
        ("产值不到40亿元", "产值31亿元", AFFIRMED),
        ("全长是1682米", "全长1628米", REFUTED),
        ("由云岫县承办", "由青岚县承办", REFUTED),
        ("由云岫县承办", "由云岫县承办", AFFIRMED),
        ("利润增长", "利润下降5%", REFUTED),
        ("图书馆周一开放", "周一闭馆", REFUTED),
        ("产值达到目标", "产值低于目标", REFUTED),
        ("董事长是骆晨钟", "总经理骆晨钟说", UNCLEAR),
        ("董事长是骆晨钟", "董事长骆晨钟说", AFFIRMED),
    ],
)
def test_a_clause_affirms_refutes_or_says_neither(statement, clause, expected):
    assert verdict(statement, clause) == expected


@given(st.integers(1, 999), st.integers(1, 999))
def test_only_the_same_figure_affirms(asked, stated):
    expected = AFFIRMED if asked == stated else REFUTED
    assert verdict(f"产值是{asked}亿元", f"产值为{stated}亿元") == expected


@given(st.integers(1, 999), st.integers(1, 999))
def test_a_bound_is_compared(asked, stated):
    expected = AFFIRMED if stated > asked else REFUTED
    assert verdict(f"产值超过{asked}万元", f"产值{stated}万元") == expected
