"""Questions made for training: each asks for a piece that stands where it says, and does not name it."""

import numpy as np
import pytest

pytest.importorskip("jieba")

from training.examples import _made, _places, _text, left_out

_THINGS = ("大桥", "隧道", "码头", "医院", "学校", "公园", "车站", "水库", "电厂", "市场")
_ARTICLES = [
    (
        f"{town}{kind}一览",
        "".join(
            f"{town}{thing}于{month + 1}月{month + 10}日开工,总投资{month * 7 + 12}亿元,占地{month * 31 + 45}亩,由{town}{kind}集团建设。"  # noqa: E501
            f"{town}{thing}的负责人介绍,工期{month * 13 + 200}天,用钢{month * 3 + 2}万吨,可以惠及{month + 21}个乡镇的居民。"  # noqa: E501
            for month, thing in enumerate(_THINGS)
        ),
    )
    for town, kind in (("青岚", "路桥"), ("望潮", "渔业"), ("云岫", "茶业"))
]


def characters(text):
    return "".join(map(chr, text.characters))


def test_made_questions_ask_for_what_stands_there():
    found = [example for seed in range(30) for example in _made((_ARTICLES, seed, {"公司": ("企业",)}))]
    assert len(found) > 30
    for example in found:
        ((text, ((first, last),)),) = example.right
        (answer,) = example.answers
        assert characters(text)[first : last + 1] == answer
        assert answer not in characters(example.question)
        assert answer not in "".join(characters(wrong) for wrong in example.wrong)
        assert len(example.question) <= 40
    assert len({characters(example.question) for example in found}) > 20


def test_places_of_answers_are_in_sentences_not_in_the_title():
    parts = ["大桥全长18公里。", "大桥用钢3万吨。"]
    text = _text("大桥", parts)
    assert characters(text) == "大桥\n" + "".join(parts)
    assert _places(parts, text, ("大桥",)) == ((3, 4), (12, 13))
    assert _places(parts, text, ("隧道",)) == ()


def test_one_article_in_eight_is_left_out_always_the_same():
    articles = [f"a{i}" for i in range(80)]
    kept = left_out(articles)
    assert len(kept) == 10
    assert kept == left_out(list(np.random.default_rng(1).permutation(articles)))
