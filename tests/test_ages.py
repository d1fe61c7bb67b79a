"""For whom a rule is by age: bounds are read, and a rule speaks only of those that its bounds hold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.kinds.ages import ages_in, is_for, without_ages


@pytest.mark.parametrize(
    ("folded", "least", "most"),
    [
        ("65周岁以上老人", 65, math.inf),
        ("六十五周岁以上老人", 65, math.inf),
        ("年满65周岁(含)以上", 65, math.inf),
        ("6岁以下儿童", 0, 6),
        ("60至64周岁老人", 60, 64),
        ("70岁老人", 70, 70),
    ],
)
def test_a_bound_is_read(folded, least, most):
    assert [(each.least, each.most) for each in ages_in(folded)] == [(least, most)]


def test_a_bound_may_be_left_out():
    (under,) = ages_in("不满14周岁")
    (over,) = ages_in("超过60岁")
    assert under.most < 14 < 60 < over.least


@pytest.mark.parametrize("folded", ["65周免费", "2023年", "10人以上"])
def test_other_figures_are_no_ages(folded):
    assert ages_in(folded) == []


@given(st.integers(1, 99), st.integers(1, 99))
def test_a_rule_speaks_of_the_ages_that_its_bounds_hold(asked, bound):
    assert is_for(f"{asked}岁免费吗", f"{bound}周岁以上老人免费") is (asked >= bound)
    assert is_for(f"{asked}岁免费吗", f"{bound}周岁以下儿童免费") is (asked <= bound)
    assert is_for(f"{asked}周岁以上免费吗", f"{bound}岁以上老人免费") is (asked >= bound)
    assert not is_for(f"{asked}岁免费吗", "退休人员免费")
    assert is_for("退休人员免费吗", f"{bound}周岁以上老人免费")


@given(st.text("65周岁以上至满不的,。", max_size=20))
def test_a_text_without_its_ages_is_as_long(text):
    assert len(without_ages(text)) == len(text)
