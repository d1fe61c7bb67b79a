"""Measure how well real web pages are read: text (F1 of characters), title, date and encoding.

Knows the pages beside the repository, `shared/html`, and what others examined in them: one JSON object a line.

    python -m benchmarks.pages [--shared FOLDER] [--write]
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality import provenance
from index.doctor import Examined, examine
from index.reading.decoding import decode
from index.text.written_dates import iso_date

_RESULTS = Path(__file__).parent / "results" / "pages.json"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what is expected of it, what the doctor says of it, and its encoding as read."""

    expected: dict[str, Any]
    examined: Examined
    encoding: str

    @property
    def name(self) -> str:
        """Its file."""
        return str(self.expected["file"])

    @property
    def f1(self) -> float | None:
        """Of the characters of the text, white space left out; None if the text is not known."""
        if not self.expected["content"]:
            return None
        one, other = (Counter("".join(text.split())) for text in (self.examined.text, self.expected["content"]))
        return 2 * (one & other).total() / (one.total() + other.total())

    @property
    def titles(self) -> tuple[str, str] | None:
        """The expected title and the one read; None if it is not known."""
        if not self.expected["title"] or "cjk_characters" in self.expected:
            return None
        return self.expected["title"], self.examined.article.title if self.examined.article else ""

    @property
    def dates(self) -> tuple[str, str] | None:
        """The expected date and the one read, as ISO; None if it is not known."""
        stated = self.expected.get("publish_time") or ""
        if not re.match(r"20\d\d\D", stated):
            return None
        return iso_date(stated), self.examined.article.date if self.examined.article else ""

    @property
    def encodings(self) -> tuple[str, str] | None:
        """The expected encoding and the one read; None for a page that no encoding decodes whole."""
        return (self.expected["encoding"], self.encoding) if self.expected.get("decodes_cleanly", True) else None


def read_pages(folder: Path) -> list[Page]:
    """Read every page under the folder of which something is expected."""
    pages = []
    for expected in sorted(folder.glob("*/expected.jsonl")):
        for line in expected.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = expected.parent / row["file"]
            # What a feed is called is not what its entries are.
            examined = examine([path])[0] if expected.parent.name != "encoding_feeds" else Examined(str(path))
            pages.append(Page(row, examined, decode(path.read_bytes()).encoding))
    return pages


def same_title(title: str, expected: str) -> bool:
    """Return True if a title is the expected one; some of these carry the name of the site."""
    one, other = ("".join(each.split()) for each in (title, expected))
    return one == other or (len(one) >= 7 and one in other)


def summary(pages: Sequence[Page]) -> dict[str, Any]:
    """Return the mean and the worst F1, and (how many are right, of how many) for the other fields."""
    scores = [(page.f1, page.name) for page in pages if page.f1 is not None]
    titles = [page.titles for page in pages if page.titles]
    dates = [page.dates for page in pages if page.dates]
    encodings = [page.encodings for page in pages if page.encodings]
    return {
        "pages": len(pages),
        "f1": round(sum(score for score, _ in scores) / len(scores), 4),
        "f1_of": len(scores),
        "f1_worst": [[name, round(score, 3)] for score, name in sorted(scores)[:5]],
        "title": [sum(same_title(read, expected) for expected, read in titles), len(titles)],
        "date": [sum(read == expected for expected, read in dates), len(dates)],
        "encoding": [sum(read == expected for expected, read in encodings), len(encodings)],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared", metavar="FOLDER")
    parser.add_argument("--write", action="store_true", help="save the figures in benchmarks/results/pages.json")
    options = parser.parse_args(arguments)
    pages = read_pages(options.shared / "html")
    result = summary(pages)
    print(json.dumps(result, ensure_ascii=False, indent=1))  # noqa: T201
    for page in pages:
        wrong = [
            (field, *pair)
            for field, pair in (("title", page.titles), ("date", page.dates), ("encoding", page.encodings))
            if pair and not (same_title(pair[1], pair[0]) if field == "title" else pair[0] == pair[1])
        ]
        for field, expected, read in wrong:
            print(f"{page.name}: {field} {read!r}, not {expected!r}")  # noqa: T201
    if options.write:
        _RESULTS.write_text(
            json.dumps({**provenance(), **result}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
