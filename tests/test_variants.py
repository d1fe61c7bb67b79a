"""Other ways of writing: numbers against values worked out by hand, regional words against the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.static import bundled_model
from index.store.folder import Store
from index.text.folding import fold
from index.updating import reindex
from qa.question import understand
from qa.search import search
from qa.term_weights import weigh_question
from qa.variants import REGIONAL, Variant, han_value, variants


def others(text):
    return {(text[variant.start : variant.end], variant.text) for variant in variants(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("产值三十亿元", {("三十亿", "30亿"), ("三十亿", "3000000000"), ("三十亿", "3,000,000,000")}),
        ("产值30亿元", {("30亿", "三十亿"), ("30亿", "3000000000"), ("30亿", "3,000,000,000")}),
        (
            "投资3,000,000,000元",
            {("3,000,000,000", "30亿"), ("3,000,000,000", "三十亿"), ("3,000,000,000", "3000000000")},
        ),
        ("1.5亿", {("1.5亿", "150000000"), ("1.5亿", "150,000,000")}),
        ("增长百分之五", {("百分之五", "5%")}),
        ("增长百分之三点五", {("百分之三点五", "3.5%")}),
        ("增长12%", {("12%", "百分之十二")}),
        ("十二条", {("十二", "12")}),
        ("三家企业", {("三", "3")}),
        ("二〇二三年", {("二〇二三", "2023"), ("二〇二三", "二零二三")}),
        ("2023年", {("2023", "二〇二三"), ("2023", "二零二三")}),
        ("105人", {("105", "一百零五")}),
        ("软体园区", {("软体", "软件")}),
        ("芯片", {("芯片", "晶片")}),
        ("一下三明市和五四", set()),
        ("拓源产值", set()),
        ("基地挂的是  牌子", {("牌子", "挂牌")}),
        ("昨天开了  会", {("会", "开会")}),
        ("那是  牌子", set()),
    ],
)
def test_every_other_way_to_write_it(text, expected):
    assert others(text) == expected


@given(st.integers(1, 9999))
def test_a_number_and_its_han_numeral_are_variants_of_each_other(number):
    spoken = [
        variant.text
        for variant in variants(f"共{number}吨")
        if han_value_or_none(variant.text) == number and not variant.text[0].isdecimal()
    ]
    assert len(spoken) == 1
    if number > 10:
        assert (spoken[0], str(number)) in others(f"共{spoken[0]}吨")


def han_value_or_none(text):
    return None if any(character.isascii() for character in text) else han_value(text)


@given(st.text(alphabet="零〇一二两三四五六七八九十百千万亿点0123456789.,%百分之年个软体资讯网路的 ", max_size=30))
def test_any_text_gives_places_inside_it(text):
    for variant in variants(text):
        assert 0 <= variant.start < variant.end <= len(text)
        assert variant.text
        assert variant.text != text[variant.start : variant.end]


def test_the_table_is_folded_and_has_no_word_twice_in_a_pair():
    lines = REGIONAL.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) > 300
    for line in lines:
        ours, theirs = line.split("\t")
        assert ours != theirs
        assert (fold(ours), fold(theirs)) == (ours, theirs)


def test_a_corpus_that_writes_it_otherwise_is_found(tmp_path):
    texts = {
        "a": "岚桥软件园今年的产值达到三十亿元，园区负责人说。",
        "b": "岚桥码头今年的客流增长，码头负责人说。",
        "c": "青汐晶片厂的工人有一百零五名，厂长说。",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    reindex(tmp_path / "store", [tmp_path])
    with Store(tmp_path / "store") as store:
        for asked, name in (("軟體園", "a"), ("哪里的产值是30亿元", "a"), ("芯片", "c"), ("哪个厂有105名工人", "c")):
            (first, *_) = search(store, bundled_model(), understand(asked), 3)
            assert first.stored.article.path.endswith(f"{name}.txt"), asked
        assert search(store, bundled_model(), understand("軟體"), 3)[0].bm25 > 0


def test_what_is_written_otherwise_counts_as_held():
    question = understand("30亿元的软体")
    sought = weigh_question(question, lambda term: 1, 100)
    assert Variant(0, 3, "三十亿") in sought.variants
    assert sought.share(sought.exact("三十亿元的软件")) == pytest.approx(1.0)
    assert sought.share(sought.exact("四十亿元的硬件")) < 0.5
    assert not weigh_question(understand("软体"), lambda term: int(term == "软件"), 100).absent
    assert weigh_question(understand("软体"), lambda term: int(term == "硬件"), 100).absent
