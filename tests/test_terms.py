"""The term index: how Chinese splits into terms, and BM25 held against a few lines of numpy."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.terms import TermDocument, TermIndex, terms
from index.text.folding import fold

_TEXTS = {
    1: "湘东区的拓源实业去年产值达到30亿元以上，利润4亿元。",
    2: "拓源实业的电池级碳酸锂纯度为99.7%，拓源拓源。",
    3: "海宁的晶科能源要建20GW高效电池，年产值500亿元。",
    4: "青岚市2023年的地区生产总值(GDP)为1,286.5亿元。",
    5: "有轨电车1号线全程票价2元，65岁以上老人免费。",
    6: "茶园里的独芽鲜叶每斤68元，制成干茶后批发价每斤420元。",
    7: "市三院新院区设床位1200张，门诊楼十二层。",
    8: "萍乡每立方米空气里的细颗粒物年均33微克，比前一年低了8.3%。" * 6,
    9: "电池",
    10: "電池級碳酸鋰的純度",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("，。 \n", []),
        ("产", ["产"]),
        ("年产值", ["年", "产", "值", "年产", "产值"]),
        ("產值", ["产", "值", "产值"]),
        ("年产值，达到", ["年", "产", "值", "年产", "产值", "达", "到", "达到"]),
        ("GDP增长5.8％", ["gdp", "增", "长", "增长", "5.8"]),
        ("1,286.5亿", ["1286.5", "亿"]),
        ("PM2.5", ["pm", "2.5"]),
        ("ＰＭ２．５", ["pm", "2.5"]),
        ("20GW", ["20", "gw"]),
        ("〇一", ["〇", "一", "〇一"]),
        ("2024-03-05", ["2024", "03", "05"]),
        ("l'été naïve", ["l", "été", "naïve"]),
        ("a_b", ["a", "b"]),
        ("𠀀好", ["𠀀", "好", "𠀀好"]),
    ],
)
def test_terms_of_a_text(text, expected):
    assert terms(text) == expected


@given(st.text())
def test_terms_are_folded_and_hold_no_space(text):
    found = terms(text)
    assert found == terms(fold(text))
    assert all(term and not any(character.isspace() for character in term) for term in found)
    assert all(character in "".join(found) for character in fold(text) if "\u4e00" <= character <= "\u9fff")


def _term_index(texts=_TEXTS, folder=None):
    term_index = TermIndex(folder)
    term_index.update((), [TermDocument(number, f"a{number}", "", text) for number, text in texts.items()])
    return term_index


def _bm25(texts, question, *, documents=None, k1=1.2, b=0.75):
    """id → BM25 of the texts.

    tantivy rounds long texts down to one of 256 sizes, so its scores differ by some percent.
    """
    bags = {number: Counter(terms(text)) for number, text in texts.items()}
    sizes = np.array([sum(bag.values()) for bag in bags.values()])
    total = documents or len(texts)
    mean = sizes.sum() / total
    scores = np.zeros(len(texts))
    for term in dict.fromkeys(terms(question)):
        counts = np.array([bag[term] for bag in bags.values()], float)
        holding = np.count_nonzero(counts)
        weight = np.log(1 + (total - holding + 0.5) / (holding + 0.5))
        scores += weight * counts * (k1 + 1) / (counts + k1 * (1 - b + b * sizes / mean))
    return {number: score for number, score in zip(texts, scores, strict=True) if score}


_QUESTIONS = [
    "拓源产值",
    "电池级碳酸锂的纯度",
    "GDP是多少亿元",
    "票价2元",
    "每斤420元的干茶",
    "萍乡空气 33 微克",
    "電池",
    "床位1200张",
]


@pytest.mark.parametrize("question", _QUESTIONS)
def test_ranking_and_scores_are_those_of_bm25(question):
    expected = _bm25(_TEXTS, question, documents=len(_TEXTS))
    found = _term_index().search(terms(question), 100)
    assert [number for number, _ in found] == sorted(expected, key=lambda number: (-expected[number], number))
    for number, score in found:
        assert score == pytest.approx(expected[number], rel=0.01)


def test_scores_over_a_larger_corpus_are_those_of_bm25():
    random = np.random.default_rng(7)
    letters = list("产值电池锂湘东萍乡海宁青岚茶园票价空气质量增长纯度")
    texts = {number: "".join(random.choice(letters, size=random.integers(20, 60))) for number in range(1, 301)}
    term_index = _term_index(texts)
    for question in ("产值", "电池锂", "湘东萍乡的茶", "空气质量增长"):
        expected = _bm25(texts, question, documents=len(texts) + 1)
        found = term_index.search(terms(question), 400)
        assert {number for number, _ in found} == set(expected)
        best = sorted(expected.values(), reverse=True)
        for place, (number, score) in enumerate(found):
            assert score == pytest.approx(expected[number], rel=0.15)
            assert expected[number] >= best[place] * 0.85
        ranked = np.array([expected[number] for number, _ in found])
        assert np.corrcoef(np.argsort(np.argsort(-ranked)), np.arange(len(ranked)))[0, 1] > 0.98


def test_a_question_repeating_itself_changes_nothing():
    term_index = _term_index()
    assert term_index.search(terms("产值产值"), 9)[:1] == term_index.search([*terms("产值产值")[::-1]], 9)[:1]
    assert term_index.search(["产值", "产值"], 9) == term_index.search(["产值"], 9)


def test_either_script_finds_the_same():
    term_index = _term_index()
    assert term_index.search(terms("電池級碳酸鋰的純度"), 9) == term_index.search(terms("电池级碳酸锂的纯度"), 9) != []


def test_equal_scores_are_ordered_by_id():
    term_index = TermIndex()
    term_index.update((), [TermDocument(number, "a", "", "产值达到三十亿元") for number in (5, 3, 9, 1, 7)])
    found = term_index.search(terms("产值"), 10)
    assert [number for number, _ in found] == [1, 3, 5, 7, 9]
    assert len({score for _, score in found}) == 1


def test_a_word_of_the_title_counts_but_less_than_in_the_text():
    term_index = TermIndex()
    term_index.update((), [TermDocument(1, "a", "拓源", "园区"), TermDocument(2, "b", "园区", "拓源")])
    in_the_text, in_the_title = term_index.search(["拓源"], 2)
    assert (in_the_text[0], in_the_title[0]) == (2, 1)
    assert 0.1 < in_the_title[1] / in_the_text[1] < 0.9


@pytest.mark.parametrize("k", [1, 3, 10, 1000])
def test_k_is_only_the_most(k):
    found = _term_index().search(terms("元"), k)
    assert found == _term_index().search(terms("元"), 10)[:k]
    assert len(found) == min(k, 5)


def test_nothing_asked_nothing_found():
    term_index = _term_index()
    assert term_index.search([], 5) == []
    assert term_index.search(terms("产值"), 0) == []
    assert term_index.search(terms("产值"), -1) == []
    assert term_index.search(["没有这样的词"], 5) == []
    assert term_index.search(terms("产值"), 5, articles=[]) == []
    assert term_index.search(terms("产值"), 5, articles=["nowhere"]) == []


def test_an_empty_index_answers_nothing():
    term_index = TermIndex()
    assert (len(term_index), term_index.ids(), term_index.frequency("产")) == (0, set(), 0)
    assert term_index.search(terms("产值"), 5) == []
    term_index.update((), ())
    assert (len(term_index), term_index.ids()) == (0, set())
    assert term_index.search(terms("产值"), 5) == []


def test_filters_leave_the_scores_alone():
    term_index = _term_index()
    everything = dict(term_index.search(terms("元以上"), 10))
    found = term_index.search(terms("元以上"), 10, articles={"a1", "a5", "a7"})
    assert found == sorted(((number, everything[number]) for number in (1, 5)), key=lambda hit: -hit[1])


def test_article_names_with_odd_characters_are_matched_whole():
    term_index = TermIndex()
    names = ["a b", "a", "甲 乙.txt#3", "AND", '"x" OR y', "\u3000", "a@8f"]
    term_index.update((), [TermDocument(number, name, "", "产值") for number, name in enumerate(names, 1)])
    for number, name in enumerate(names, 1):
        assert [found for found, _ in term_index.search(["产值"], 9, articles=[name])] == [number]


@pytest.mark.parametrize("words", ["AND OR NOT", "a:b +c -d", '"x" (y', "*?~^", "\\", "title:拓源", "\x00"])
def test_signs_of_a_query_language_mean_nothing(words):
    term_index = TermIndex()
    term_index.update((), [TermDocument(1, "a", "", "and or not 拓源 x y")])
    expected = [1] if set(terms(words)) & set(terms("and or not 拓源 x y")) else []
    assert [number for number, _ in term_index.search(terms(words), 5)] == expected


def test_what_is_removed_answers_no_more_and_counts_no_more():
    term_index = _term_index()
    term_index.update([1, 8, 99], ())
    rest = {number: text for number, text in _TEXTS.items() if number not in (1, 8)}
    assert (len(term_index), term_index.ids()) == (8, set(rest))
    expected = _bm25(rest, "拓源产值")
    found = term_index.search(terms("拓源产值"), 10)
    assert {number for number, _ in found} == set(expected)
    assert 1 not in dict(found)


def test_what_is_added_is_found_at_once():
    term_index = _term_index()
    term_index.update([1], [TermDocument(11, "a11", "", "新来的拓源报道")])
    assert len(term_index) == 10
    assert {number for number, _ in term_index.search(["拓源"], 10)} == {2, 11}
    assert term_index.frequency("报道") == 1


def test_frequency_counts_passages():
    term_index = _term_index()
    assert [term_index.frequency(term) for term in ("拓源", "电池", "gdp", "1286.5", "無")] == [2, 4, 1, 1, 0]


def test_postings_stay_on_disk(tmp_path):
    written = _term_index(folder=tmp_path / "terms")
    opened = TermIndex(tmp_path / "terms")
    assert (len(opened), opened.ids()) == (10, set(_TEXTS))
    assert opened.search(terms("拓源产值"), 10) == written.search(terms("拓源产值"), 10)


def test_an_open_index_keeps_what_it_opened(tmp_path):
    writer = _term_index(folder=tmp_path / "terms")
    reader = TermIndex(tmp_path / "terms")
    writer.update([1], ())
    assert (len(reader), len(writer), len(TermIndex(tmp_path / "terms"))) == (10, 9, 9)


def test_the_same_documents_give_the_same_hits_in_any_order():
    forwards, backwards = _term_index(), _term_index(dict(reversed(_TEXTS.items())))
    for question in _QUESTIONS:
        assert forwards.search(terms(question), 10) == backwards.search(terms(question), 10)


def test_damaged_postings_raise_value_error(tmp_path):
    _term_index(folder=tmp_path / "terms")
    (tmp_path / "terms" / "meta.json").write_text("{not json", encoding="utf-8")
    with pytest.raises(ValueError):
        TermIndex.open(tmp_path / "terms")


def test_a_missing_segment_raises_value_error(tmp_path):
    _term_index(folder=tmp_path / "terms")
    for path in (tmp_path / "terms").glob("*.idx"):
        path.unlink()
    with pytest.raises(ValueError):
        TermIndex.open(tmp_path / "terms")


def test_a_pasted_page_is_a_question_too():
    page = "".join(chr(0x4E00 + number) for number in range(5000)) + "拓源"
    assert TermIndex().search(terms(page), 5) == []
    assert len(_term_index().search(terms("拓源" + page), 5)) == 5
