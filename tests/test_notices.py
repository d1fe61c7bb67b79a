"""Notices of rights, contact and apps are left out; the news in their line stays, before or behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.boilerplate import find_boilerplate
from index.text.cleaning import clean, running_text
from index.text.folding import fold
from index.text.notices import is_app, news_in

_NEWS = "青岚县今年上半年工业产值达到30亿元，同比增长5.8%，新增企业12家。"
_TAILS = (
    "版权所有 青岚县人民政府 青ICP备12345678号",
    "转载请注明出处。",
    "（责任编辑：舒怀谷）",
    "责任编辑：舒怀谷 电话：0731-12345678",
    "未经授权不得转载。",
    "本文仅代表作者观点，不代表本网立场。",
    "如有侵权请联系删除。",
    "新闻热线：0731-12345678",
    "以上内容不构成任何投资建议，据此操作风险自担。",
)
_FRONTS = ("【免责声明】本文仅代表作者观点，不代表本网立场。", "转载请注明出处。", "版权声明：未经许可不得转载。")


def _left(text):
    return running_text(text, clean(text))


@given(st.sampled_from(_TAILS), st.sampled_from(["", " ", "　", "\t"]), st.integers(1, 3))
def test_news_of_one_line_stays_without_its_tail(tail, space, times):
    assert fold(_left(_NEWS * times + space + tail)) == fold(_NEWS * times)


@given(st.sampled_from(_FRONTS), st.integers(1, 3))
def test_news_behind_a_notice_stays(front, times):
    assert _left(front + _NEWS * times) == _NEWS * times


def test_a_notice_behind_a_comma_is_cut_there():
    assert _left(_NEWS[:-1] + "，转载请注明出处。") == _NEWS[:-1] + "，"


@pytest.mark.parametrize("notice", [*_TAILS, *_FRONTS, "版权声明：本网所有稿件，未经许可不得转载。违者必究。"])
def test_a_notice_alone_is_no_news(notice):
    line = fold(notice)
    start, end = news_in(line, only=True)
    assert "".join(character for character in line[start:end] if character.isalnum()) == ""


@pytest.mark.parametrize(
    "line", ["点击下载青岚新闻客户端", "打开APP阅读全文", "立即下载青岚日报App", "下载青岚日报APP，看更多新闻"]
)
def test_lines_of_apps_are_told(line):
    assert is_app(fold(line))


@pytest.mark.parametrize(
    "line",
    [
        "这款APP去年的下载量达到30万次。",
        "打开窗户透气。",
        "青岚新闻客户端昨天上线，可以查水费。",
        "下载速度提高到每秒30兆。",
    ],
)
def test_news_of_apps_is_none(line):
    assert not is_app(fold(line))


@pytest.mark.parametrize(
    "line",
    ["2023-09-05 青岚日报", "2023年9月5日 10:20　青岚日报", "青岚日报 2023-09-05 10:20", "青岚发布公众号 | 2023.9.5"],
)
def test_a_day_and_a_paper_on_one_line_are_metadata(line):
    known = find_boilerplate(f"新桥昨天通车\n{line}\n{_NEWS}\n{_NEWS}\n")
    assert (known.title, known.date) == ("新桥昨天通车", "2023-09-05")
    assert known.source in ("青岚日报", "青岚发布公众号")
    assert known.source in line


def test_who_took_a_picture_did_not_write_the_article():
    text = f"新桥昨天通车\n\n{_NEWS}\n图：新桥 记者 方可 摄\n"
    assert find_boilerplate(text).author == ""
    assert find_boilerplate(f"新桥昨天通车\n记者 方可\n\n{_NEWS}\n").author == "方可"


@pytest.mark.parametrize(
    "tail", [" 联系电话：69044421 社会养老保险科 2020年2月3日", "联系人：合作司宋晓，电话010-65197437"]
)
def test_whom_to_ask_belongs_to_an_offices_notice(tail):
    assert _left(f"{_NEWS}{_NEWS}{tail}").endswith(tail.strip())


@pytest.mark.parametrize("start", ["有记者提问，水费是多少？", "记者了解到，", "记者从县里获悉，", "记者在现场看到，"])
def test_what_a_reporter_does_is_no_name(start):
    assert find_boilerplate(f"{start}{_NEWS}{_NEWS}").author == ""
