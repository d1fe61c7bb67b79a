"""The reranker: features against plain Python, the forest against a walk by hand, order against labels."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding.static import bundled_model
from index.records import Article, Passage, Span
from index.store.corpus import StoredPassage
from index.store.folder import Store
from index.text.folding import fold
from index.updating import reindex
from qa.passage_features import LIGHT_FEATURES, PassageCandidate, features
from qa.question import understand
from qa.rerank import LIGHT_FOREST, Forest, bundled_reranker
from qa.search import candidates, search
from qa.term_weights import weigh_question

CHARACTERS = "岚桥码头产值达到年增长工人厂长说软件园30亿元，。\n"


def candidate(text, *, title="", date="", article="", bm25=1.0, cosine=0.5, whole=None, removed=()):
    written = Article(article or text[:8], "a.txt", text, "utf-8", title=title, date=date)
    found = StoredPassage(Passage(1, written.id, 0, len(text), text, removed), written, written.id, 0, 0)
    return PassageCandidate(found, bm25, cosine, bm25 + 0.2 * cosine, text if whole is None else whole)


def made(question, *given, frequency=lambda term: 3, passages=100):
    found = features(understand(question), given, frequency, passages)
    assert found.shape == (len(given), 2 * len(LIGHT_FEATURES))
    assert found.dtype == np.float32
    return [dict(zip(LIGHT_FEATURES, row.tolist(), strict=False)) for row in found]


def held(content, weights, text):
    """The share of the weight that a text holds: whole pairs fully, lone characters three tenths."""
    total = 0.0
    for i, character in enumerate(content):
        if not weights[i]:
            continue
        pair = (i and weights[i - 1] and content[i - 1 : i + 1] in text) or (
            i + 1 < len(content) and weights[i + 1] and content[i : i + 2] in text
        )
        total += weights[i] * (1.0 if pair else 0.3 if character in text else 0.0)
    return total / sum(weights)


_TEXT = st.text(alphabet=CHARACTERS.replace("30", ""), min_size=1, max_size=60)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(_TEXT, st.text(alphabet="岚桥码头软件园", max_size=8)), min_size=1, max_size=6),
    st.text(alphabet="岚桥码头产值增长软件", min_size=2, max_size=9),
)
def test_shares_are_those_of_plain_python(texts, asked):
    given = [candidate(text, title=title, article=f"{i // 2}") for i, (text, title) in enumerate(texts)]
    question = understand(asked)
    sought = weigh_question(question, lambda term: 3, 100)
    found = made(asked, *given)
    for i, (text, title) in enumerate(texts):
        share = [held(sought.content, sought.weights, piece) for piece in (text, title)]
        assert found[i]["body"] == pytest.approx(share[0], abs=1e-5)  # features have five digits
        assert found[i]["heading"] == pytest.approx(share[1], abs=1e-5)
        assert max(share) - 1e-5 <= found[i]["passage"] <= found[i]["article"] + 1e-6
        sentences = [piece for piece in text.replace("\n", "。").split("。") if piece]
        best = max((held(sought.content, sought.weights, sentence) for sentence in sentences), default=0.0)
        assert found[i]["sentence"] == pytest.approx(best, abs=1e-5)


@settings(max_examples=100)
@given(_TEXT, st.text(alphabet="岚桥码头产值增长软件", min_size=2, max_size=9))
def test_the_longest_run_is_that_of_plain_python(text, asked):
    sought = weigh_question(understand(asked), lambda term: 3, 100)
    pieces = [asked[i:j] for i in range(len(asked)) for j in range(i + 1, len(asked) + 1) if all(sought.weights[i:j])]
    longest = max((len(piece) for piece in pieces if piece in text), default=0)
    assert made(asked, candidate(text))[0]["run_length"] == pytest.approx(round(min(longest, 12) / 12, 5))


def test_an_articles_words_count_for_each_of_its_passages():
    first = candidate("岚桥码头今年开放。", article="x", whole="岚桥码头今年开放。\n产值增长。")
    second = candidate("产值增长。", article="x", whole="岚桥码头今年开放。\n产值增长。")
    other = candidate("产值增长。", article="y")
    found = made("岚桥码头产值增长", first, second, other)
    assert found[0]["article"] == found[1]["article"] == pytest.approx(1.0)
    assert found[0]["whole"] == found[1]["whole"] == pytest.approx(1.0)
    assert found[1]["passage"] == found[2]["passage"] < 0.9
    assert found[2]["article"] == found[2]["passage"]
    assert found[0]["whole_bm25"] == found[1]["whole_bm25"] == 1.0 > found[2]["whole_bm25"]


def test_bm25_of_whole_articles_by_hand():
    one = candidate("产值产值增长", article="x")
    two = candidate("产值平稳的码头", article="y")
    known = {"产": 5, "值": 5, "产值": 4, "增": 2, "长": 3, "增长": 2, "值增": 1}
    found = made("产值增长", one, two, frequency=known.__getitem__, passages=20)
    lengths = [len(one.whole) + 2, len(two.whole) + 2]  # a line end and a zero
    mean = sum(lengths) / 2

    def bm25(counts, length):
        return sum(
            math.log(1 + (20 - known[term] + 0.5) / (known[term] + 0.5))
            * n
            * 2.2
            / (n + 1.2 * (0.25 + 0.75 * length / mean))
            for term, n in counts.items()
        )

    best = bm25({"产": 2, "值": 2, "产值": 2, "增": 1, "长": 1, "增长": 1, "值增": 1}, lengths[0])
    other = bm25({"产": 1, "值": 1, "产值": 1}, lengths[1])
    assert found[1]["whole_bm25"] == pytest.approx(round(other / best, 5))


def test_numbers_count_whole_or_not_at_all():
    found = made(
        "2023年3号线",
        candidate("2023年的3号线"),
        candidate("2023年的13号线"),
        candidate("3号线", date="2023-05-01"),
        candidate("二零二三年三号线"),
    )
    assert [each["numbers"] for each in found] == pytest.approx([1.0, 0.8, 1.0, 1.0])


def test_damage_in_a_passage_is_not_looked_at():
    plain = candidate("岚桥码头产值增长")
    damaged = candidate("岚桥(qiáo)码头产值增长", removed=(Span(2, 8),), whole="岚桥码头产值增长")
    rows = [features(understand("岚桥码头的产值"), [each], lambda term: 3, 100) for each in (plain, damaged)]
    np.testing.assert_array_equal(*rows)


def test_the_second_half_is_how_far_each_is_below_the_best():
    rows = features(
        understand("岚桥码头"), [candidate("岚桥码头"), candidate("岚桥"), candidate("别的")], lambda term: 3, 100
    )
    first, second = rows[:, : len(LIGHT_FEATURES)], rows[:, len(LIGHT_FEATURES) :]
    np.testing.assert_allclose(second, first - first.max(axis=0), atol=1e-6)


def walked(stored, row):
    """The sum of one candidate's leaves, a tree at a time."""
    total = 0.0
    for tree in range(len(stored["feature"])):
        at = 0
        while at >= 0:
            smaller = row[stored["feature"][tree, at]] <= stored["threshold"][tree, at]
            at = stored["left" if smaller else "right"][tree, at]
        total += float(stored["value"][tree, -1 - at])
    return total


@pytest.mark.fuzz
def test_every_candidate_reaches_the_leaf_that_a_walk_by_hand_reaches():
    rows = np.random.default_rng(3).normal(0.3, 0.5, (40, 2 * len(LIGHT_FEATURES))).astype(np.float32)
    with np.load(LIGHT_FOREST) as stored:
        expected = [walked(stored, row) for row in rows]
    np.testing.assert_allclose(Forest().sums(rows), expected, atol=1e-5)


def test_scores_rank_as_the_sums_and_lie_between_0_and_1():
    given = [candidate("岚桥码头产值增长。", bm25=9.0), candidate("岚桥。", bm25=2.0), candidate("工人。", bm25=0.5)]
    question = understand("岚桥码头产值")
    scores = bundled_reranker().scores(question, given, lambda term: 3, 100)
    sums = bundled_reranker().sums(features(question, given, lambda term: 3, 100))
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-sums)))
    assert scores[0] == scores.max()
    assert len(bundled_reranker().scores(question, [], lambda term: 3, 100)) == 0


class _Backwards:
    """Turns the first three round."""

    depth = 3

    def scores(self, question, candidates, frequency, passages):
        return np.arange(len(candidates)) / 10 + 0.1


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("five")
    for n in range(6):
        (folder / f"{n}.txt").write_text(
            "岚桥码头的产值增长。" * (6 - n)
            + f"第{'一二三四五六'[n]}车间的{'工人厂长农户学生老师船员'[2 * n : 2 * n + 2]}说天气很好。",
            encoding="utf-8",
        )
    reindex(folder / "store", [folder])
    with Store(folder / "store") as store:
        yield store


def test_search_follows_the_reranker_for_as_many_as_it_sees(store):
    question = understand("岚桥码头产值")
    before = [each.stored.passage.id for each in candidates(store, bundled_model(), question, 10)]
    assert [each.fused for each in candidates(store, bundled_model(), question, 10)] == sorted(
        (each.fused for each in candidates(store, bundled_model(), question, 10)), reverse=True
    )
    hits = search(store, bundled_model(), question, 10, reranker=_Backwards())
    assert [hit.stored.passage.id for hit in hits] == [*before[:3][::-1], *before[3:]]
    assert [hit.score for hit in hits[:3]] == pytest.approx([0.3, 0.2, 0.1])
    assert all(0.1 >= hit.score >= later.score >= 0 for hit, later in itertools.pairwise(hits[2:]))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_candidates_that_tie_share_a_rank():
    given = [
        candidate("岚桥码头", bm25=bm25, cosine=cosine)
        for bm25, cosine in ((3.0, 0.5), (3.0, 0.7), (3.0, 0.5), (0.0, 0.2), (0.0, 0.1))
    ]
    ranks = [round(1 / each["bm25_rank"]) for each in made("岚桥", *given)]
    assert ranks == [2, 1, 2, 4, 5]
    assert [round(1 / each["bm25_rank"]) for each in made("岚桥", *given[::-1])] == ranks[::-1]
    assert [round(1 / each["cosine_rank"]) for each in made("岚桥", *given)] == [2, 1, 2, 4, 5]


def test_either_script_gives_the_same_features(store):
    for asked, other in (("岚桥码头产值", "嵐橋碼頭產值"), ("厂长说", "廠長說")):
        assert fold(other) == asked
        found, twin = (candidates(store, bundled_model(), understand(text), 10) for text in (asked, other))
        np.testing.assert_array_equal(
            features(understand(asked), found, store.frequency, 6),
            features(understand(other), twin, store.frequency, 6),
        )
