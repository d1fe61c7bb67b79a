"""What 去年 and the like mean on the day an article was written."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.folding import fold
from qa.dates import relative_dates

# A word by itself, the article's date, what it means.
_WORDS = (
    ("去年", "2023-05-01", "2022年"),
    ("前年", "2023-05-01", "2021年"),
    ("今年", "2023-05-01", "2023年"),
    ("本年", "2023-05-01", "2023年"),
    ("明年", "2023-12-31", "2024年"),
    ("后年", "2023-05-01", "2025年"),
    ("後年", "2023-05-01", "2025年"),
    ("去年", "2000-01-01", "1999年"),
    ("上个月", "2024-01-15", "2023年12月"),
    ("上個月", "2024-01-15", "2023年12月"),
    ("上月", "2024-01-31", "2023年12月"),
    ("上月", "2024-03-31", "2024年2月"),
    ("本月", "2024-01-15", "2024年1月"),
    ("本月", "2024-12-15", "2024年12月"),
    ("这个月", "2024-02-29", "2024年2月"),
    ("這個月", "2024-02-29", "2024年2月"),
    ("下个月", "2023-12-01", "2024年1月"),
    ("下月", "2023-11-30", "2023年12月"),
    ("昨天", "2023-05-01", "2023年4月30日"),
    ("昨日", "2024-01-01", "2023年12月31日"),
    ("前天", "2024-01-01", "2023年12月30日"),
    ("今天", "2024-02-29", "2024年2月29日"),
    ("今日", "2023-05-01", "2023年5月1日"),
    ("明天", "2023-12-31", "2024年1月1日"),
    ("明日", "2023-04-30", "2023年5月1日"),
    # Over a leap day, and where there is none.
    ("昨天", "2024-03-01", "2024年2月29日"),
    ("昨天", "2023-03-01", "2023年2月28日"),
    ("昨天", "2100-03-01", "2100年2月28日"),
    ("前天", "2024-03-02", "2024年2月29日"),
    ("明天", "2024-02-28", "2024年2月29日"),
    ("明天", "2023-02-28", "2023年3月1日"),
    ("去年", "2024-02-29", "2023年"),
    ("上个月", "2024-03-31", "2024年2月"),
    # Which years they are is not said, only up to when.
    ("近三年", "2024-01-15", "到2024年1月为止"),
    ("近两年", "2023-05-01", "到2023年5月为止"),
    ("近兩年", "2023-05-01", "到2023年5月为止"),
    ("近10年", "2023-05-01", "到2023年5月为止"),
    ("近十年", "2023-05-01", "到2023年5月为止"),
    ("近二十年", "2023-05-01", "到2023年5月为止"),
    ("近六个月", "2023-05-01", "到2023年5月为止"),
    ("近12个月", "2023-05-01", "到2023年5月为止"),
)


@pytest.mark.parametrize(
    ("word", "written", "meaning"), _WORDS, ids=[f"{word}-{written}" for word, written, _ in _WORDS]
)
def test_a_word_on_a_day(word, written, meaning):
    for text in (word, f"拓源{word}的产值是30亿元。", f"({word})，{word}"):
        assert relative_dates(fold(text), written) == [(fold(word), meaning)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("今年的产值比去年多。", [("今年", "2024年"), ("去年", "2023年")]),
        ("去年的产值比今年少，去年的税收也是。", [("去年", "2023年"), ("今年", "2024年")]),
        (
            "上个月底开工，昨天停工，明天复工。",
            [("上个月", "2023年12月"), ("昨天", "2024年1月14日"), ("明天", "2024年1月16日")],
        ),
        ("去年同期、上年同期", [("去年", "2023年")]),
        ("2021年产值比上年增长", [("上年", "2020年")]),
        ("产值比上年增长", []),
        ("去年年底到今年年底", [("去年", "2023年"), ("今年", "2024年")]),
        ("去年的今天", [("去年", "2023年"), ("今天", "2024年1月15日")]),
        ("今年一季度", [("今年", "2024年")]),
        ("近三年来，今年最多。", [("近三年", "到2024年1月为止"), ("今年", "2024年")]),
        ("2021年不如去年。", [("去年", "2023年")]),
        ("去年\n今年", [("去年", "2023年"), ("今年", "2024年")]),
    ],
)
def test_several_in_a_sentence_each_once_and_in_order(text, found):
    assert relative_dates(fold(text), "2024-01-15") == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023年5月1日，拓源的产值是30亿元。",
        "近年来产值增长。",
        "近几年产值增长。",
        # A year of accounts is not a year of the calendar.
        "去年度预算",
        "今年度计划",
        "本年度计划",
        "以前年度",
        "近两年度",
        # A figure that runs into the word.
        "第20去年",
    ],
)
def test_nothing_relative(text):
    assert relative_dates(fold(text), "2024-01-15") == []


@pytest.mark.parametrize(
    "written", ["", "2023", "2023-05", "2023-02-29", "2023-13-01", "2023-5-1", " 2023-05-01", "昨天", "2023年5月1日"]
)
def test_an_article_without_a_date(written):
    assert relative_dates("去年比昨天多。", written) == []


def _spoken(day):
    return f"{day.year}年{day.month}月{day.day}日"


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_any_day(day):
    yesterday, tomorrow = day - timedelta(1), day + timedelta(1)
    last_month, next_month = day.replace(day=1) - timedelta(1), day.replace(day=28) + timedelta(4)
    assert relative_dates("前年去年今年明年后年上个月本月下个月前天昨天今天明天近三年", day.isoformat()) == [
        ("前年", f"{day.year - 2}年"),
        ("去年", f"{day.year - 1}年"),
        ("今年", f"{day.year}年"),
        ("明年", f"{day.year + 1}年"),
        ("后年", f"{day.year + 2}年"),
        ("上个月", f"{last_month.year}年{last_month.month}月"),
        ("本月", f"{day.year}年{day.month}月"),
        ("下个月", f"{next_month.year}年{next_month.month}月"),
        ("前天", _spoken(yesterday - timedelta(1))),
        ("昨天", _spoken(yesterday)),
        ("今天", _spoken(day)),
        ("明天", _spoken(tomorrow)),
        ("近三年", f"到{day.year}年{day.month}月为止"),
    ]


_WRITTEN = st.one_of(st.just("2024-02-29"), st.text("0123456789-", max_size=10))


@given(st.text("去今明前后上下本年月个天日昨近三两12度的，", max_size=20), _WRITTEN)
def test_any_text_gives_words_that_stand_in_it_each_once(text, written):
    try:
        real = 1900 < date.fromisoformat(written).year < 2200
    except ValueError:
        assert relative_dates(text, written) == []
        return
    if real:
        words = [word for word, _ in relative_dates(text, written)]
        assert len(words) == len(set(words))
        assert [text.find(word) for word in words] == sorted(text.find(word) for word in words)
        assert all(word in text for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "目前年产能达到5万吨",
        "目前天气晴好",
        "60岁以上年龄段",
        "线上年货节",
        "日本年轻人",
        "基本年金",
        "晚上月亮很圆",
        "今日头条",
        "接近三年",
        "将近十年",
    ],
)
def test_words_inside_other_words_are_none(text):
    assert relative_dates(fold(text), "2023-02-01") == []
