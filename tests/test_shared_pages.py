"""Real pages, beside the repository: their text, title, date and encoding, against what others examined in them."""

import pytest

from benchmarks.pages import read_pages, same_title


@pytest.fixture(scope="module")
def pages(shared):
    """Each page of which more than its encoding is known, as expected and as read."""
    return read_pages(shared / "html")


def test_the_text_of_real_pages(pages):
    scores = {page.name: page.f1 for page in pages if page.f1 is not None}
    assert len(scores) >= 20
    assert sum(scores.values()) / len(scores) >= 0.92, sorted(scores.items(), key=lambda score: score[1])[:5]


def test_the_titles_of_real_pages(pages):
    titles = [page.titles for page in pages if page.titles]
    assert len(titles) >= 30
    wrong = [(expected, read) for expected, read in titles if not same_title(read, expected)]
    assert len(wrong) <= 0.05 * len(titles), wrong


def test_the_dates_of_real_pages(pages):
    dates = [page.dates for page in pages if page.dates]
    assert len(dates) >= 20
    assert sum(read != expected for expected, read in dates) <= 0.05 * len(dates), dates


def test_the_encodings_of_real_pages(pages):
    encodings = [(page.name, *page.encodings) for page in pages if page.encodings]
    assert len(encodings) >= 70
    assert [each for each in encodings if each[1] != each[2]] == []
