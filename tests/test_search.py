"""Search against brute force, and the promise that the script of a question does not matter."""

import json
import random
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from index.embedding.static import bundled_model
from index.store.database import connect
from index.store.filters import Filters
from index.store.folder import Store
from index.store.terms import terms
from index.text.folding import fold
from index.updating import reindex
from qa.question import understand
from qa.search import COSINE_WEIGHT, search

CASES = Path(__file__).parent / "cases" / "sample_questions.jsonl"
EVERY = Filters()
WORDS = (
    "拓源实业",
    "产值",
    "青岚市",
    "有轨电车",
    "总投资",
    "春茶",
    "批发价",
    "校园",
    "经费",
    "诊所",
    "手环",
    "陶瓷",
    "肉牛",
    "预算",
    "博物馆",
    "面积",
)


def questions(file):
    return [json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines()]


class _Nothing:
    """A reranker that sees nothing: hits keep the joined scores of both indexes."""

    depth = 0

    def scores(self, question, candidates, frequency, passages):
        assert not candidates
        return np.zeros(0)


def ask(store, text, k=10, filters=EVERY, reranker=None):
    return search(store, bundled_model(), understand(text), k, filters, reranker)


def told(hits):
    return [(hit.rank, hit.stored.passage.id, hit.score, hit.bm25, hit.cosine, len(hit.copies)) for hit in hits]


@pytest.fixture(scope="module")
def sample(sample_store):
    with Store(sample_store) as store:
        yield store


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "store"
    reindex(folder, [shared / "corpus"])
    with Store(folder) as store:
        yield store


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """300 short articles, more than either index gives back at once."""
    place = tmp_path_factory.mktemp("many")
    dice = random.Random(7)
    with (place / "rows.jsonl").open("w", encoding="utf-8") as file:
        for number in range(300):
            text = (
                f"第{number}号："
                + "".join(dice.choices(WORDS, k=6))
                + f"达到{dice.randrange(1000)}亿元，"
                + "".join(dice.choices(WORDS, k=4))
                + "。"
            )
            file.write(json.dumps({"id": f"{number:03}", "text": text, "date": f"2024-01-{number % 28 + 1:02}"}) + "\n")
    reindex(place / "store", [place / "rows.jsonl"])
    with Store(place / "store") as store:
        yield store


def brute(store, text, from_terms, from_vectors):
    """The same search without a search engine for vectors: passage id → (score, bm25, cosine, copies), best first."""
    question = understand(text)
    with closing(connect(store.folder, write=False)) as database:
        rows = database.execute(
            "SELECT p.id, p.vector, a.duplicate_group, a.id FROM passages p JOIN articles a ON a.id = p.article"
        ).fetchall()
    vector = bundled_model().encode([question.folded])[0].astype(np.float64)
    cosine = {row[0]: float(np.frombuffer(row[1], np.float32).astype(np.float64) @ vector) for row in rows}
    asked = terms(question.content) + [term for variant in question.variants for term in terms(variant.text)]
    bm25 = dict(store.terms.search(asked, len(rows))[:from_terms])
    near = sorted(cosine, key=lambda passage: (-cosine[passage], passage))[:from_vectors]
    best = max(bm25.values(), default=1.0)
    score = {passage: bm25.get(passage, 0.0) / best + COSINE_WEIGHT * cosine[passage] for passage in bm25.keys() | near}
    article = {row[0]: (row[2], row[3]) for row in rows}
    duplicates, found = defaultdict(set), {}
    for _, _, group, name in rows:
        duplicates[group].add(name)
    first = {}
    for passage in sorted(score, key=lambda passage: (-score[passage], passage)):
        group, name = article[passage]
        if first.setdefault(group, name) == name:
            found[passage] = (
                max(0.0, score[passage]),
                bm25.get(passage, 0.0),
                cosine[passage],
                len(duplicates[group]) - 1,
            )
    return found


def agree(store, text, k, from_terms, from_vectors):
    hits = ask(store, text, k, reranker=_Nothing())
    expected = brute(store, text, from_terms, from_vectors)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    # By rank and by passage: two that lie closer than rounding may change places, nothing else may.
    assert [hit.score for hit in hits] == pytest.approx([row[0] for row in expected.values()][:k], abs=2e-6)
    for hit in hits:
        score, bm25, cosine, copies = expected[hit.stored.passage.id]
        assert (hit.bm25, len(hit.copies)) == (bm25, copies)
        assert (hit.score, hit.cosine) == pytest.approx((score, cosine), abs=2e-6)


@pytest.mark.parametrize("k", [1, 5, 10, 50])
def test_scores_are_those_of_brute_force_on_the_sample(k, sample):
    for text in questions(CASES):
        agree(sample, text, k, 100 * max(1, k // 20), 50 * max(1, k // 20))


@pytest.mark.parametrize(
    ("k", "from_terms", "from_vectors"),
    [(5, 100, 50), (39, 100, 50), (40, 200, 100), (100, 500, 250), (300, 1500, 750)],
)
def test_scores_are_those_of_brute_force_beyond_what_one_index_gives(k, from_terms, from_vectors, many):
    for text in ("拓源实业产值达到多少", "春茶批发价", "第17号", "有轨电车总投资多少亿元", "博物馆", "量子计算机"):
        agree(many, text, k, from_terms, from_vectors)


def test_a_question_that_no_term_answers_is_ranked_by_cosine(many):
    hits = ask(many, "ξψω", 5, reranker=_Nothing())
    assert [hit.bm25 for hit in hits] == [0.0] * 5
    assert [hit.score for hit in hits] == [COSINE_WEIGHT * hit.cosine for hit in hits]


@pytest.mark.parametrize("k", [1, 2, 19, 20, 21, 50, 51, 100, 299, 300, 301, 1000, 100_000])
def test_k_is_a_maximum(k, many):
    hits = ask(many, "拓源实业产值", k)
    assert len(hits) == min(k, 300)
    assert len({hit.stored.passage.id for hit in hits}) == len(hits)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_k_of_a_thousand_million_is_a_maximum_too(sample_store):
    """In a process of its own: running out of memory would take the tests along."""
    program = f"import sys; from qa.ask import main; sys.exit(main(['拓源产值', '--store', {str(sample_store)!r}, '-k', '1000000000', '--json']))"  # noqa: E501
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    with Store(sample_store) as store:
        assert len(json.loads(run.stdout)["passages"]) == len(ask(store, "拓源产值", 1000)) > 30


def test_a_smaller_k_is_the_beginning_of_a_larger_one(many):
    longest = told(ask(many, "拓源实业产值", 39))  # as many candidates of each index as for 1
    for k in (1, 5, 20):
        assert told(ask(many, "拓源实业产值", k)) == longest[:k]


def test_an_empty_store(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "empty.txt").write_bytes(b"")
    reindex(tmp_path / "store", [tmp_path / "corpus"])
    with Store(tmp_path / "store") as store:
        assert (store.counts(), ask(store, "拓源产值")) == ((0, 0), [])


def test_the_same_question_twice_and_from_another_reader(sample, sample_store):
    with Store(sample_store) as other:
        for text in questions(CASES):
            first = told(ask(sample, text))
            assert told(ask(sample, text)) == first
            assert told(ask(other, text)) == first


def _one_by_one(place, *texts):
    place.mkdir()
    with (place / "rows.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": f"{number:03}", "text": text}) + "\n")
    reindex(place / "store", [place / "rows.jsonl"])
    return place / "store"


def test_ties_are_in_the_order_of_ids(tmp_path):
    texts = ("春茶批发价，陶瓷", "拓源实业，产值", "产值，拓源实业", "肉牛养殖，经费")
    with Store(_one_by_one(tmp_path / "ties", *texts)) as store:
        first, second, *_ = ask(store, "拓源实业产值", reranker=_Nothing())
        assert first.score == second.score
        assert {first.stored.passage.text, second.stored.passage.text} == set(texts[1:3])
        assert first.stored.passage.id < second.stored.passage.id


def test_many_copies_of_one_article_leave_room_for_others(tmp_path):
    article_text = "拓源实业今年的产值达到30亿元以上，比去年翻了一番。"
    others = (
        "去年拓源实业的产值是15亿元左右，前年还要少一些。",
        "拓源实业的员工说，产值和奖金挂在一起，大家都有干劲。",
    )
    with Store(_one_by_one(tmp_path / "copies", *[article_text] * 120, *others)) as store:
        found = {hit.stored.passage.text: len(hit.copies) for hit in ask(store, "拓源实业今年的产值达到多少", 3)}
        assert found == {article_text: 119} | dict.fromkeys(others, 0)


def test_filtered_scores_are_those_of_the_passages_left(many):
    whole = {hit.stored.article.id: hit for hit in ask(many, "拓源实业产值", 300, reranker=_Nothing())}
    filters = Filters(since="2024-01-05", until="2024-01-06")
    hits = ask(many, "拓源实业产值", 300, filters, _Nothing())
    wanted = {article for article, hit in whole.items() if hit.stored.article.date in ("2024-01-05", "2024-01-06")}
    assert {hit.stored.article.id for hit in hits} == wanted == many.passing(filters, whole)
    best = max(hit.bm25 for hit in hits)
    for hit in hits:
        same = whole[hit.stored.article.id]
        assert (hit.bm25, hit.cosine) == pytest.approx((same.bm25, same.cosine), abs=2e-6)
        assert hit.score == pytest.approx(max(0.0, hit.bm25 / best + COSINE_WEIGHT * hit.cosine), abs=2e-6)
    assert ask(many, "拓源实业产值", 5, Filters(since="2025-01-01")) == []
    assert [hit.stored.article.id for hit in ask(many, "拓源实业产值", 5, Filters(article="123"))] == ["123"]


def test_hits_show_the_original(sample):
    for text in questions(CASES):
        for hit in ask(sample, text):
            passage, article = hit.stored.passage, hit.stored.article
            assert article.text[passage.start : passage.end] == passage.text
            assert passage.article == article.id


@cache
def _opencc(name):
    return pytest.importorskip("opencc").OpenCC(name)


def _in_scripts(text):
    """The question in three traditional scripts, each of them mixed with the question as it is, and in simplified."""
    for name in ("s2t", "s2tw", "s2hk"):
        other = _opencc(name).convert(text)
        yield other
        if len(other) == len(text):
            yield "".join(pair[place % 2] for place, pair in enumerate(zip(text, other, strict=True)))
    yield _opencc("t2s").convert(text)


def _in_variants(text):
    """The question with each character in a random one of the forms that fold to it."""
    forms = defaultdict(list)
    table = (
        (Path(fold.__code__.co_filename).parents[1] / "assets" / "folding.txt").read_text(encoding="utf-8").split("\n")
    )
    for form, folded in zip(table[0], table[1], strict=True):
        forms[folded].append(form)
    dice = random.Random(11)
    for _ in range(3):
        yield "".join(
            dice.choice([character, *forms[character]]) if character.isalpha() else character for character in text
        )


@pytest.mark.parametrize("ways", [_in_scripts, _in_variants])
def test_the_script_of_a_question_does_not_matter_on_the_sample(ways, sample):
    _scripts_agree(sample, questions(CASES), ways)


@pytest.mark.parametrize("ways", [_in_scripts, _in_variants])
def test_the_script_of_a_question_does_not_matter_on_real_articles(ways, real, shared):
    _scripts_agree(real, questions(shared / "eval" / "seed_questions.jsonl"), ways)


def _scripts_agree(store, texts, ways):
    assert len(texts) >= 35
    others = 0
    for text in texts:
        right = told(ask(store, text))
        assert len(right) == 10
        for other in ways(text):
            others += other != text
            assert told(ask(store, other)) == right, other
    assert others > 2 * len(texts)
