"""Questions typed in pinyin are read as the words of the corpus, others stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.homophones import sounds_in
from qa.pinyin import from_pinyin

_CORPUS = ("苇湖渡口运客九万人次。", "苇湖菱角产量三百吨。", "湖边的灯坏了。", "Tea house")


def _frequency(term):
    return sum(term in text.lower() for text in _CORPUS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("weihu lingjiao chanliang", "苇湖菱角产量"),
        ("weihudukou", "苇湖渡口"),
        ("Weihu yunke?", "苇湖运客"),
        ("weihulingjiao", "苇湖菱角"),
        ("tea house", ""),
        ("weihu hangban", ""),
        ("what is it", ""),
        ("苇湖产量", ""),
        ("", ""),
        ("2023", ""),
    ],
)
def test_pinyin_becomes_the_words_of_the_corpus(typed, meant):
    assert from_pinyin(typed, _frequency) == meant


@given(st.text("abcdeghinotuwxz '", max_size=70))
def test_whatever_is_typed_is_read_as_pairs_of_the_corpus_or_stays(typed):
    read = from_pinyin(typed, _frequency)
    assert all(_frequency(character) for character in read)


@pytest.mark.parametrize(
    ("word", "text", "stands"),
    [("菱脚", "菱角产量", True), ("产粮", "产量", True), ("产值", "产量", False), ("茶叶", "查业", False)],
)
def test_a_misspelt_word_shares_a_character(word, text, stands):
    assert sounds_in(word, text) is stands
