"""BM25 written out: the same numbers as the term index in a folder gives, whatever the lengths."""

import random

import pytest

from index.milvus.bm25 import TermCounts, Totals, passage_vector, question_vector, question_weights, score
from index.store.terms import TermDocument, TermIndex, terms

WORDS = "拓源实业产值达到三十亿元开发区新增企业税收增长建设项目签约投资教育医院学校道路桥梁"


def made(seed, count=120):
    chooser = random.Random(seed)
    return [
        TermDocument(
            i,
            f"a{i}",
            "".join(chooser.choices(WORDS, k=chooser.choice([0, 4, 15]))),
            "".join(chooser.choices(WORDS, k=chooser.choice([0, 1, 5, 19, 20, 21, 28, 29, 45, 90, 300, 1500]))),
        )
        for i in range(count)
    ]


def totals_of(counted):
    return Totals(
        len(counted), sum(c.lengths[0] for c in counted.values()), sum(c.lengths[1] for c in counted.values())
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("question", ["拓源产值", "开发区新增企业的税收增长了多少", "桥", "学校 学校 医院"])
def test_scores_are_those_of_the_term_index(seed, question):
    documents = made(seed)
    term_index = TermIndex()
    term_index.update((), documents)
    expected = dict(term_index.search(terms(question), len(documents)))
    counted = {each.id: TermCounts.of(each.title, each.text) for each in documents}
    totals = totals_of(counted)
    asked = list(dict.fromkeys(terms(question)))
    weights = question_weights(
        asked,
        totals,
        lambda term: (sum(term in c.text for c in counted.values()), sum(term in c.title for c in counted.values())),
    )
    scores = {i: value for i, each in counted.items() if (value := score(each, weights, totals.averages))}
    assert scores.keys() == expected.keys()
    assert scores == pytest.approx(expected, rel=2e-6)
    # The vectors' inner product is the same number, as long as the averages are.
    asked_vector = question_vector(weights)
    for i, each in counted.items():
        vector = passage_vector(each, totals.averages)
        assert sum(weight * vector.get(dimension, 0.0) for dimension, weight in asked_vector.items()) == pytest.approx(
            expected.get(i, 0.0), rel=2e-6
        )


def test_what_stands_nowhere_counts_nothing():
    assert question_weights(["无"], Totals(3, 30, 3), lambda term: (0, 0)) == {}
    assert question_vector({}) == {}


def test_a_passage_without_terms_has_a_vector_that_no_question_meets():
    vector = passage_vector(TermCounts.of("", "——"), (0.0, 0.0))
    assert len(vector) == 1
    assert all(weight > 0 for weight in vector.values())
    assert not vector.keys() & question_vector({"产": (1.0, 1.0), "产值": (2.0, 0.5)}).keys()
