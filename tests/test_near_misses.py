"""Questions changed so that their passage does not answer them."""

import numpy as np
import pytest

from training.near_misses import names_of, near_miss

NAMES = [("南昌", "ns"), ("王小明", "nr"), ("北京", "ns")]


def every(question, passage, names=()):
    """What comes out over many seeds."""
    return {near_miss(question, passage, names, np.random.default_rng(seed)) for seed in range(60)}


def test_a_year_becomes_another_that_the_passage_does_not_hold():
    changed = every("2022年产值是多少?", "2021年和2023年的产值,2022年的产值是30亿元,税收不多")
    assert "2022年产值是多少?" not in changed
    years = {question[:5] for question in changed if question and not question.startswith("2022年")}
    assert years
    assert not years & {"2021年", "2023年"}


def test_a_word_becomes_another_of_its_kind():
    changed = every("出口额是多少?", "出口额是5亿元")
    assert changed == {"进口额是多少?"}
    assert every("出口额是多少?", "进口额是3亿元,出口额是5亿元") == {None}


def test_a_name_becomes_another_of_its_kind():
    assert names_of("南昌去年种了多少树") == [("南昌", "ns")]
    changed = every("南昌去年种了多少树", "南昌去年种了30万棵树", NAMES)
    assert changed == {"北京去年种了多少树"}


@pytest.mark.parametrize("question", ["有多少人?", "为什么?"])
def test_what_cannot_be_changed_stays(question):
    assert every(question, "全镇有300人", NAMES) == {None}


def test_the_same_seed_changes_the_same():
    question, passage = "2022年上半年出口额是多少?", "2022年上半年出口额是5亿元"
    one, two = (near_miss(question, passage, NAMES, np.random.default_rng(3)) for _ in range(2))
    assert one == two != question
