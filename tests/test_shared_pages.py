"""Real pages, beside the repository: their text, title, date and encoding, against what others examined in them."""

import json
import re
from collections import Counter

import pytest

from index.doctor import Examined, examine
from index.reading.decoding import decode
from index.text.written_dates import iso_date


@pytest.fixture(scope="module")
def pages(shared) -> list[tuple[dict[str, object], Examined, bytes]]:
    """Each page of which more than its encoding is known, as expected, as read, and its bytes."""
    pages = []
    for expected in sorted((shared / "html").glob("*/expected.jsonl")):
        for line in expected.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = expected.parent / row["file"]
            # What a feed is called is not what its entries are.
            examined = examine([path])[0] if expected.parent.name != "encoding_feeds" else Examined(str(path))
            pages.append((row, examined, path.read_bytes()))
    return pages


def _f1(text: str, expected: str) -> float:
    """Of the characters, white space left out."""
    one, other = Counter("".join(text.split())), Counter("".join(expected.split()))
    return 2 * (one & other).total() / (one.total() + other.total())


def _same_title(title: str, expected: str) -> bool:
    one, other = ("".join(each.split()) for each in (title, expected))
    # Some expected titles carry the name of the site.
    return one == other or (len(one) >= 7 and one in other)


def test_the_text_of_real_pages(pages):
    scores = {row["file"]: _f1(examined.text, row["content"]) for row, examined, _ in pages if row["content"]}
    assert len(scores) >= 20
    assert sum(scores.values()) / len(scores) >= 0.92, sorted(scores.items(), key=lambda score: score[1])[:5]


def test_the_titles_of_real_pages(pages):
    titled = [
        (row["title"], examined.article.title if examined.article else "")
        for row, examined, _ in pages
        if row["title"] and "cjk_characters" not in row
    ]
    wrong = [pair for pair in titled if not _same_title(pair[1], pair[0])]
    assert len(titled) >= 30
    assert len(wrong) <= 0.05 * len(titled), wrong


def test_the_dates_of_real_pages(pages):
    dated = [
        (iso_date(row["publish_time"]), examined.article.date if examined.article else "")
        for row, examined, _ in pages
        if row.get("publish_time") and re.match(r"20\d\d\D", row["publish_time"])
    ]
    assert len(dated) >= 20
    assert sum(one != other for one, other in dated) <= 0.05 * len(dated), dated


def test_the_encodings_of_real_pages(pages):
    decodable = [row for row, _, _ in pages if row.get("decodes_cleanly", True)]
    assert len(decodable) >= 70
    assert [
        (row["file"], row["encoding"], encoding)
        for row, _, data in pages
        if row.get("decodes_cleanly", True) and (encoding := decode(data).encoding) != row["encoding"]
    ] == []
