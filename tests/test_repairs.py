"""Each named repair against golden pairs, and what holds for every text that is cleaned."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, mask_spans, spans_within, without_spans
from index.text import repairs
from index.text.chunking import passages, sentences
from index.text.cleaning import clean

_REMOVED = {
    "pinyin": repairs.pinyin_annotations,
    "letter_spaces": repairs.letter_spaces,
    "invisible": repairs.invisible_characters,
    "private_use": repairs.private_characters,
    "line_wraps": repairs.line_wraps,
    "markdown": repairs.markdown_marks,
}
_COUNTED = {
    "full_width": repairs.full_width_forms,
    "question_marks": repairs.question_marks,
    "digit_holes": repairs.digit_holes,
}


def _unescaped(text):
    r"""A golden text: \n, \r, \t, \uXXXX and \UXXXXXXXX stand for what they do in Python."""
    plain = re.sub(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))", lambda match: chr(int(match[1] or match[2], 16)), text)
    return plain.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")


_LINES = (Path(__file__).parent / "cases" / "repairs.txt").read_text(encoding="utf-8").splitlines()
# The name of a repair, an original, and what can be read of it, or how often it is counted.
_CASES = [tuple(map(_unescaped, line.split("\t"))) for line in _LINES]
_ORIGINALS = sorted({original for _, original, _ in _CASES})


def _cases(kind):
    cases = [case for case in _CASES if case[0] in kind]
    return pytest.mark.parametrize(
        ("name", "original", "expected"), cases, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(cases)]
    )


def test_every_repair_has_cases_both_ways():
    assert {name for name, _, _ in _CASES} == {*_REMOVED, *_COUNTED}
    for name in _REMOVED.keys() - {"markdown"}:
        assert {original == expected for case, original, expected in _CASES if case == name} == {True, False}, name
    for name in _COUNTED:
        assert {expected == "0" for case, _, expected in _CASES if case == name} == {True, False}, name


@_cases(_REMOVED)
def test_what_is_removed_leaves_what_can_be_read(name, original, expected):
    spans = repairs.disjoint(_REMOVED[name](original))
    assert without_spans(original, spans) == expected
    cleaned = clean(original, markdown=name == "markdown")
    assert dict(cleaned.repairs).get(name, 0) == len(_REMOVED[name](original))
    # A second run over the repaired text finds nothing.
    assert name in ("line_wraps", "markdown") or not _REMOVED[name](expected)


@_cases(_COUNTED)
def test_what_is_only_counted_is_left(name, original, expected):
    assert len(_COUNTED[name](original)) == int(expected)
    cleaned = clean(original)
    assert cleaned.removed == ()
    assert (cleaned.digits_lost if name == "digit_holes" else dict(cleaned.repairs).get(name, 0)) == int(expected)


def _holds(text, *, markdown=False):
    """What is promised of every text."""
    cleaned = clean(text, markdown=markdown)
    assert clean(text, markdown=markdown) == cleaned
    end = 0
    for span in cleaned.removed:
        assert end <= span.start < span.end <= len(text)
        end = span.end
    removed = {place for span in cleaned.removed for place in range(span.start, span.end)}
    hidden = mask_spans(text, cleaned.removed)
    assert len(hidden) == len(text)
    assert hidden == "".join("\u200b" if place in removed else sign for place, sign in enumerate(text))
    assert without_spans(text, cleaned.removed) == "".join(
        sign for place, sign in enumerate(text) if place not in removed
    )
    standing = set()
    for passage in passages(Article("a", "a.txt", text, "utf-8"), cleaned):
        assert text[passage.start : passage.end] == passage.text
        standing |= set(range(passage.start, passage.end))
    for block in cleaned.blocks:
        for place in range(block.start, block.end):
            assert place in standing or place in removed or not text[place].isalnum(), (place, text[place])
        piece = text[block.start : block.end]
        inner = spans_within(cleaned.removed, block)
        broken = {
            place for span in inner if "\n" in piece[span.start : span.end] for place in range(span.start, span.end + 1)
        }
        for sentence in sentences(piece, inner):
            # One too long is cut, but not because a line ends.
            assert sentence.end not in broken or sentence.end - sentence.start >= 80, piece[
                sentence.start : sentence.end
            ]


@pytest.mark.parametrize("markdown", [False, True])
@pytest.mark.parametrize("text", _ORIGINALS)
def test_what_is_promised_holds_for_every_golden_text(text, markdown):
    _holds(text, markdown=markdown)


@given(
    st.lists(st.sampled_from(_ORIGINALS), min_size=2, max_size=5),
    st.sampled_from(["\n", "\n\n", "\r\n", ""]),
    st.booleans(),
)
def test_what_is_promised_holds_for_golden_texts_in_any_order(texts, joint, markdown):
    _holds(joint.join(texts), markdown=markdown)


_SENTENCES = (
    "青岚河上的新桥昨天上午正式通车，第一天就有两千三百多辆车从桥上开了过去。",
    "摊主何远山说，一早就卖完了三锅豆浆！",
    "据市政部门介绍，这座桥长三百二十米，双向四车道，从打桩到通车一共用了十九个月，总投资一亿二千万元，其中四成来自省里的补助；",
    "老桥呢？",
    "等两头的公交站都搬过来以后才会拆掉，拆下来的栏杆打算送给市里的博物馆收藏。",
)


@given(st.permutations(_SENTENCES * 2).map("".join), st.integers(18, 40), st.sampled_from(["\n", "\r\n", " \n"]))
def test_prose_broken_at_any_width_is_joined_again(text, width, end):
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    joined = without_spans(end.join(lines), tuple(repairs.line_wraps(end.join(lines))))
    # Where a line happens to end with its sentence it stays: nothing is lost by that.
    assert re.sub(r"(?<=[。！？；])\s+", "", joined) == text


@given(st.lists(st.sampled_from(_SENTENCES), min_size=1, max_size=14), st.sampled_from(["\n", "\n\n", "\r\n　　"]))
def test_paragraphs_are_never_joined(paragraphs, joint):
    assert repairs.line_wraps(joint.join(paragraphs)) == []


@given(st.integers(1, 9999), st.integers(0, 9), st.sampled_from([" ", "\u3000", "\xa0"]))
def test_a_figure_with_a_space_after_each_sign_is_read_as_one(whole, rest, space):
    written = space.join(f"{whole}.{rest}")
    text = f"苇湖渡口全年收入{space}{written}{space}亿元。"
    spans = repairs.disjoint(repairs.letter_spaces(text))
    assert f"{whole}.{rest}亿元" in without_spans(text, spans)
    assert all(text[span.start : span.end].isspace() for span in spans)
