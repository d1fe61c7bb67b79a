"""Every kind of file whose growth is measured is made well: what the benchmark reads is what it is named after."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.growth import MADE
from index.reading.files import read_articles
from index.reading.layout import _united
from index.text.boilerplate import find_boilerplate

# Files that hold nothing to read: the time until that is known is measured.
_WITHOUT_ARTICLES = {
    *("attributes.html", "comments.html", "links.html", "stops.txt", "brackets.txt", "brackets.md"),
    *("brackets.json", "objects.json", "quotes.csv", "columns.csv", "levels.docx"),
}


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_file_of_each_measured_kind_is_read(name):
    contents = read_articles(Path("/x") / name, MADE[name](1 / 64))
    assert bool(contents.articles) != (name in _WITHOUT_ARTICLES), [problem.code for problem in contents.problems]


def test_a_table_of_characters_costs_little_for_each():
    data = MADE["characters.csv"](1 / 4)
    begun = time.process_time()
    sum(number * number for number in range(1_500_000))
    piece = time.process_time() - begun
    begun = time.process_time()
    contents = read_articles(Path("/x/a.csv"), data)
    assert len(contents.articles) == 65_536
    assert time.process_time() - begun < 40 * piece  # 15; 80 where each row's boilerplate was looked for


def test_a_run_of_spaces_at_the_end_costs_little():
    line = "青釉坊上半年产值8.4亿元，同比增长8.5%，用工540人，负责人为言小满。"
    begun = time.process_time()
    sum(number * number for number in range(1_500_000))
    piece = time.process_time() - begun
    begun = time.process_time()
    for before in ("", "责编"):
        assert not find_boilerplate(f"{line}\n{line}{before}{' ' * 400_000}共3页").outside
    assert time.process_time() - begun < 40 * piece  # hours where each space was a place to begin
    boilerplate = find_boilerplate(f"{line}\n{line}    （编辑：言小满）")
    assert [kind for _, kind in boilerplate.outside] == ["editor"]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=40))
def test_intervals_united_one_by_one_cover_what_all_of_them_cover(pieces):
    covered = []
    for left, width in pieces:
        covered = _united(covered, (left, left + width))
    halves = {half for left, width in pieces for half in range(2 * left, 2 * (left + width) + 1)}
    assert {half for left, right in covered for half in range(2 * left, 2 * right + 1)} == halves
    assert all(one[1] < other[0] for one, other in pairwise(covered))
