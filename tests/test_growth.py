"""Every kind of file whose growth is measured is made well: what the benchmark reads is what it is named after."""

import time
from pathlib import Path

import pytest

from benchmarks.growth import MADE
from index.reading.files import read_articles

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
