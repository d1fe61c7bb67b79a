"""Sentences and passages: nothing lost, nothing torn, nothing too long."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, Cleaned, Span
from index.text.chunking import passages, sentences
from index.text.cleaning import clean

_SENTENCE = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。"  # 41 characters


def _texts(text):
    return [text[span.start : span.end] for span in sentences(text)]


def _cut(text, *, removed=()):
    whole = Cleaned(tuple(removed), (Span(0, len(text)),), (), 0)
    return passages(Article("a", "/a.txt", text, "utf-8"), whole)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\u3000", []),
        ("没有句号", ["没有句号"]),
        ("一句。二句！三句？四句", ["一句。", "二句！", "三句？", "四句"]),
        ("一句；二句;三句", ["一句；", "二句;", "三句"]),
        ("真的？！好。。。完了", ["真的？！", "好。。。", "完了"]),
        ("“走吧。”他说。", ["“走吧。”", "他说。"]),
        ("他说：“走吧。”", ["他说：“走吧。”"]),
        ("（完了。）下一句。", ["（完了。）", "下一句。"]),
        ("「走吧！」她說。", ["「走吧！」", "她說。"]),
        ("他等着……后来走了。", ["他等着……", "后来走了。"]),
        ("  前后空格。  再来一句。  ", ["前后空格。", "再来一句。"]),
        ("第一行\n第二行\r\n\r\n第三行", ["第一行", "第二行", "第三行"]),
        ("PM2.5年均33.1微克。GDP是1,286.5亿元。", ["PM2.5年均33.1微克。", "GDP是1,286.5亿元。"]),
        ("看https://a.example.com/b.html吧。好", ["看https://a.example.com/b.html吧。", "好"]),
        ("。。。", ["。。。"]),
        ("甲。\u3000\u3000乙。", ["甲。", "乙。"]),
    ],
)
def test_sentences_end_where_chinese_ends_them(text, expected):
    assert _texts(text) == expected


_SIGNS = st.sampled_from("。！？!?；;…，,、：:”』）\n\r \u3000\u2028\x00\x85\u200b“「（AZ09.%％２\ud800\U00020000")
_TEXTS = st.lists(
    _SIGNS | st.sampled_from(["好", "青岚" * 20, "1234567.89", "甲" * 170, "abc" * 70, "，。"]), max_size=60
).map("".join)


@given(_TEXTS)
def test_every_character_but_space_lies_in_one_sentence(text):
    spans = sentences(text)
    covered = [place for span in spans for place in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert [place for place in covered if not 0 <= place < len(text)] == []
    left = set(range(len(text))) - set(covered)
    assert [text[place] for place in sorted(left) if not text[place].isspace()] == []
    for span in spans:
        piece = text[span.start : span.end]
        assert 0 < len(piece) <= 160
        assert piece == piece.strip()


@given(st.text())
def test_any_text_at_all_is_covered(text):
    assert "".join("".join(_texts(text)).split()) == "".join(text.split())


_FIGURES = st.sampled_from(["年产值", "1,234,567.89", "30", "亿元", "，", "、", "5.8%", "PM2.5", "GDP", "比上年增长"])


@given(st.lists(_FIGURES, min_size=40, max_size=150))
def test_no_number_is_ever_torn(pieces):
    text = "".join(
        f"{a}甲" if a[-1].isascii() and b[0].isascii() else a for a, b in zip(pieces, [*pieces[1:], "。"], strict=True)
    )
    borders = {span.start for span in sentences(text)}
    position = 0
    for piece in pieces:
        position = text.index(piece, position)
        if piece[0].isascii():
            assert borders.isdisjoint(range(position + 1, position + len(piece))), piece
        position += len(piece)


def test_eight_thousand_characters_with_commas_only():
    text = "雨停以后工人们把堵住的水渠一段一段挖开，" * 400
    spans = sentences(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(text[span.end - 1] == "，" for span in spans)
    assert max(span.end - span.start for span in spans) <= 160
    assert min(span.end - span.start for span in spans) >= 40


def test_eight_thousand_characters_without_any_sign():
    text = "雨停以后工人们把堵住的水渠一段一段挖开" * 400
    spans = sentences(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert max(span.end - span.start for span in spans) <= 160
    made = _cut(text)
    assert len(made) > 20
    assert max(len(passage.text) for passage in made) <= 460
    assert {place for passage in made for place in range(passage.start, passage.end)} == set(range(len(text)))


def test_a_long_sentence_leaves_no_crumb():
    for length in range(161, 330):
        pieces = _texts("甲" * (length - 9) + "，" + "乙" * 7 + "。")
        assert sum(map(len, pieces)) == length
        assert max(map(len, pieces)) <= 160


def test_a_full_stop_is_no_sentence_of_its_own():
    assert [piece for piece in _texts("甲" * 160 + "。" + "乙" * 160 + "！”") if not piece[0].isalnum()] == []


def test_a_word_is_torn_only_if_it_is_too_long_itself():
    assert _texts("好" * 90 + "a" * 110) == ["好" * 90, "a" * 110]
    assert _texts("好" * 90 + "3" * 80 + "元") == ["好" * 86, "好" * 4 + "3" * 80 + "元"]
    assert "".join(_texts("a" * 500)) == "a" * 500
    assert max(map(len, _texts("a" * 500))) <= 160


def test_short_texts_are_one_passage():
    (passage,) = _cut(_SENTENCE)
    assert (passage.id, passage.article, passage.start, passage.end, passage.text, passage.removed) == (
        0,
        "a",
        0,
        41,
        _SENTENCE,
        (),
    )


def test_passages_overlap_by_one_sentence():
    text = "".join(f"{number:02d}{_SENTENCE}" for number in range(30))
    made = _cut(text)
    assert len(made) > 4
    for one, next_one in pairwise(made):
        assert next_one.start < one.end
        assert text[next_one.start : one.end] == _texts(one.text)[-1] == _texts(next_one.text)[0]
    assert all(250 <= len(passage.text) <= 375 for passage in made[:-1])
    assert len(made[-1].text) <= 375


def test_a_long_last_sentence_does_not_overlap():
    long = "一" * 120 + "。"
    made = _cut(long * 8)
    assert [(passage.start, passage.end) for passage in made] == [(0, 242), (242, 484), (484, 726), (726, 968)]


def test_a_short_rest_joins_the_passage_before_it():
    text = _SENTENCE * 7 + "完了。"
    assert [(passage.start, passage.end) for passage in _cut(text)] == [(0, len(text))]


def test_white_space_between_sentences_makes_no_long_passage():
    assert max(len(passage.text) for passage in _cut(("甲乙丙。" + " " * 200) * 20)) <= 460


def test_passages_never_cross_a_block():
    text = f"{_SENTENCE}\n版权所有\n{_SENTENCE}"
    article = Article("a", "/a.txt", text, "utf-8")
    blocks = (Span(0, 41), Span(len(text) - 41, len(text)))
    made = passages(article, Cleaned((), blocks, (), 0))
    assert [(passage.start, passage.end) for passage in made] == [(block.start, block.end) for block in blocks]


def test_damage_stays_with_its_passage():
    text = "甲(jiǎ)" + "乙" * 150 + "。" + "丙" * 158 + "。" + "丁(dīng)戊。" + "己" * 150 + "。"
    removed = clean(text).removed
    assert [text[span.start : span.end] for span in removed] == ["(jiǎ)", "(dīng)"]
    made = _cut(text, removed=removed)
    assert all("(" not in passage.readable for passage in made)
    for passage in made:
        assert [passage.text[span.start : span.end] for span in passage.removed] == [
            name for name in ("(jiǎ)", "(dīng)") if name in passage.text
        ]


_PARTS = _SIGNS | st.sampled_from(
    [_SENTENCE, "甲" * 170, "產(chǎn)業(yè)", "\n版权所有 未经许可不得转载\n", "好的，" * 30]
)


@given(st.lists(_PARTS, max_size=60).map("".join))
def test_any_article_is_cut_without_loss(text):
    cleaned = clean(text)
    made = passages(Article("a", "/a.txt", text, "utf-8"), cleaned)
    assert [(p.start, p.end) for p in made] == sorted((p.start, p.end) for p in made)
    for passage in made:
        assert passage.text == text[passage.start : passage.end]
        assert 0 < len(passage.text) <= 460
        assert any(block.start <= passage.start and passage.end <= block.end for block in cleaned.blocks)
        assert all(0 <= span.start < span.end <= len(passage.text) for span in passage.removed)
    for block in cleaned.blocks:
        for span in sentences(text[block.start : block.end]):
            start, end = block.start + span.start, block.start + span.end
            assert any(passage.start <= start and end <= passage.end for passage in made)


def test_the_real_articles_are_cut_without_loss(shared):
    for path in sorted((shared / "corpus").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        cleaned = clean(text)
        made = passages(Article("a", str(path), text, "utf-8"), cleaned)
        covered = {place for passage in made for place in range(passage.start, passage.end)}
        wanted = {
            place for block in cleaned.blocks for place in range(block.start, block.end) if not text[place].isspace()
        }
        assert wanted <= covered
        assert all(len(passage.text) <= 460 for passage in made)
