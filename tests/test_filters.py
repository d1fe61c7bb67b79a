"""The dates of filters, as people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UserError
from index.store.filters import Filters

TODAY = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023年2月", "2023-02-01", "2023-02-28"),
        ("２０２４－５－７", "2024-05-07", "2024-05-07"),
        ("2024年5月7日", "2024-05-07", "2024-05-07"),
        ("2024/5/7", "2024-05-07", "2024-05-07"),
        ("民國112年5月7日", "2023-05-07", "2023-05-07"),
        ("今天", "2024-03-31", "2024-03-31"),
        ("昨天", "2024-03-30", "2024-03-30"),
        ("今年", "2024-01-01", "2024-12-31"),
        ("去年", "2023-01-01", "2023-12-31"),
        ("本月", "2024-03-01", "2024-03-31"),
        ("上个月", "2024-02-01", "2024-02-29"),
        ("近三年", "2021-03-31", "2024-03-31"),
        ("近1个月", "2024-02-29", "2024-03-31"),
        ("近两周", "2024-03-17", "2024-03-31"),
        ("最近10天", "2024-03-21", "2024-03-31"),
    ],
)
def test_a_date_is_its_first_and_its_last_day(written, first, last):
    filters = Filters.of(since=written, until=written, today=TODAY)
    assert (filters.since, filters.until) == (first, last)


@pytest.mark.parametrize("written", ["2024-13", "2024-02-30", "那天", "0000", "近年", "近999年前", "12"])
def test_what_is_no_date_is_refused(written):
    with pytest.raises(UserError) as refused:
        Filters.of(since=written, today=TODAY)
    assert (refused.value.code, refused.value.values["option"]) == ("dates.not_a_date", "since")


def test_a_range_that_runs_backwards_is_refused():
    with pytest.raises(UserError) as refused:
        Filters.of("2024", "2023-12", today=TODAY)
    assert (refused.value.code, refused.value.values) == (
        "dates.backwards",
        {"since": "2024-01-01", "until": "2023-12-31"},
    )


def test_nothing_named_filters_nothing():
    assert not Filters.of(today=TODAY)
    assert not Filters.of(" ", "", today=TODAY)


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(0, 400))
def test_a_day_written_out_is_that_day(day, later):
    last = min(day, date(9990, 1, 1)) + timedelta(days=later)
    filters = Filters.of(f"{day.year}年{day.month}月{day.day}日", max(day, last).isoformat(), today=TODAY)
    assert (filters.since, filters.until) == (day.isoformat(), max(day, last).isoformat())


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_a_plain_error(written):
    try:
        filters = Filters.of(since=written, today=TODAY)
    except UserError as error:
        assert error.code == "dates.not_a_date"
    else:
        assert filters.since == "" or date.fromisoformat(filters.since)
