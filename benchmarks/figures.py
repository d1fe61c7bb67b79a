"""Figures as records: how many are read right, with their value, period, subject and indicator.

Knows the marked sentences (answers/figures.jsonl of the data folder) and the articles they are from: the corpus
beside that folder, its own documents, and the broadcasts. Reads each article as a whole, or its --passages.

    python -m benchmarks.figures --data ../shared/eval [--passages] [--show]
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from index.reading.files import read_articles
from index.records import Article, Cleaned
from index.text.chunking import passages
from index.text.cleaning import clean
from index.text.folding import fold
from qa.figures import Figure, figures_in

_BROADCASTS = 3000  # of those in the file
_LEVELS = ("value and unit", "with period", "with indicator and subject", "with period, indicator and subject")
_HALVES = {"H1": "01/06", "H2": "07/12", "Q1": "01/03", "Q2": "04/06", "Q3": "07/09", "Q4": "10/12"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A marked sentence, `article.text[start:end]`, and the figures it states."""

    article: Article
    cleaned: Cleaned
    start: int
    end: int
    gold: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """A marked figure and the record read for it, if any, or a record that is not marked."""

    gold: dict[str, Any] | None
    read: Figure | None

    def right(self, level: str) -> bool:
        """Tell whether the record is right in all that a level asks for."""
        if self.gold is None or self.read is None:
            return False
        checks = []
        if "period" in level:
            checks.append(_period(self.gold["period"]) == _period(self.read.period))
        if "indicator" in level:
            checks.append(_contains(self.gold["indicator"], self.read.indicator))
            checks.append(_contains(self.gold["subject"], self.read.subject))
        return all(checks)


def load(data: Path, broadcasts: Path) -> list[Sentence]:
    """Read the marked sentences with their articles."""
    rows = [json.loads(line) for line in (data / "answers" / "figures.jsonl").read_text(encoding="utf-8").splitlines()]
    articles = {}
    with lzma.open(broadcasts, "rt", encoding="utf-8") as lines:
        for number, line in zip(range(_BROADCASTS), lines, strict=False):
            row = json.loads(line)
            key = f"cctv-{number:05d}"
            articles[key] = Article(key, "", row["text"], "utf-8", title=row["title"], date=row["date"])
    for folder, prefix in ((data.parent / "corpus", ""), (data / "answers" / "docs", "docs/")):
        for path in sorted(folder.iterdir()):
            for article in read_articles(path, path.read_bytes()).articles:
                articles[f"{prefix}{path.name}" if prefix else path.stem] = article
    sentences = []
    for row in rows:
        article = articles[row["article"]]
        cleaned = clean(article.text, title=article.title)
        sentences.append(Sentence(article, cleaned, row["start"], row["end"], tuple(row["figures"])))
    return sentences


def measure(sentences: Sequence[Sentence], by_passages: bool) -> list[list[Matched]]:
    """Read the figures of each marked sentence, and match them with those that are marked."""
    return [_matched(sentence, _read(sentence, by_passages)) for sentence in sentences]


def _read(sentence: Sentence, by_passages: bool) -> list[Figure]:
    article = sentence.article
    cleaned = sentence.cleaned
    if not by_passages:
        results = figures_in(article.text, article.title, article.date, cleaned.removed)
        return [each for each in results if sentence.start <= each.start and each.end <= sentence.end]
    for passage in passages(article, cleaned):
        if passage.start <= sentence.start and sentence.end <= passage.end:
            start, end = sentence.start - passage.start, sentence.end - passage.start
            results = figures_in(passage.text, article.title, article.date, passage.removed)
            return [each for each in results if start <= each.start and each.end <= end]
    return []


def _matched(sentence: Sentence, read: Sequence[Figure]) -> list[Matched]:
    left = list(read)
    result = []
    for gold in sentence.gold:
        equal = next((each for each in left if _equal(gold, each)), None)
        if equal:
            left.remove(equal)
        result.append(Matched(gold, equal))
    return [*result, *(Matched(None, each) for each in left)]


def _equal(gold: dict[str, Any], read: Figure) -> bool:
    value = gold["value"]
    low, high = value if isinstance(value, list) else (value, None)
    same = _near(low, read.value) and (high is None) == (read.value_max is None)
    return same and (high is None or _near(high, read.value_max)) and fold(gold["unit"]) == fold(read.unit)


def _near(one: float, other: float | None) -> bool:
    return other is not None and abs(one - other) <= 1e-6 * max(1.0, abs(one))


def _contains(one: str | None, other: str | None) -> bool:
    """Tell whether either name holds the other. Signs between words do not count."""
    first, second = (re.sub(r"[\W_]", "", fold(name or "")) for name in (one, other))
    return bool(first and second) and (first in second or second in first)


def _period(iso: str | None) -> str:
    """Write halves and quarters as months, so that 2022-H1 and 2022-01/2022-06 are one period."""
    if not iso:
        return ""
    iso = iso.removesuffix("年度")
    match = re.fullmatch(r"(\d{4})-([HQ]\d)", iso)
    if not match:
        return iso
    first, last = _HALVES[match[2]].split("/")
    return f"{match[1]}-{first}/{match[1]}-{last}"


def f1(outcomes: Sequence[Matched], level: str) -> float:
    """Return the F1 of the figures that are right in all that a level asks for."""
    right = sum(each.right(level) for each in outcomes)
    marked = sum(each.gold is not None for each in outcomes)
    read = sum(each.read is not None for each in outcomes)
    return 2 * right / (marked + read) if marked + read else 0.0


def _report(sentences: Sequence[Sentence], outcomes: Sequence[Sequence[Matched]], show: bool) -> Iterator[str]:
    for sentence, matched in zip(sentences, outcomes, strict=True):
        if show and not all(each.right(_LEVELS[3]) for each in matched):
            article = sentence.article
            yield f"{article.date} {article.title} | {article.text[sentence.start : sentence.end]}"
            yield from (line for each in matched for line in _lines(each))
    flat = [each for matched in outcomes for each in matched]
    for level in _LEVELS:
        yield f"{level}: {f1(flat, level):.3f}"
    both = [each for each in flat if each.gold and each.read]
    natures = Counter(each.gold["nature"] for each in both if each.gold)
    right = Counter(
        each.gold["nature"] for each in both if each.gold and each.read and each.gold["nature"] == each.read.nature
    )
    yield "nature: " + ", ".join(f"{nature} {right[nature]} of {count}" for nature, count in sorted(natures.items()))
    bases = [(each.gold["base"], each.read.base) for each in flat if each.gold and each.gold["base"] and each.read]
    yield f"base: {sum(_period(gold) == _period(read) for gold, read in bases)} of {len(bases)}"


def _lines(each: Matched) -> Iterator[str]:
    """Write what is wrong with one figure."""
    gold, read = each.gold, each.read
    if gold is None and read is not None:
        yield f"    not marked: {read.text} {read.value:g} {read.unit}"
    elif gold is not None and read is None:
        yield f"    not read: {gold['text']} {gold['value']} {gold['unit']}"
    elif gold is not None and read is not None:
        fields = [
            f"{name}: {gold[name]} <- {getattr(read, name)}"
            for name, same in (
                ("subject", _contains(gold["subject"], read.subject)),
                ("indicator", _contains(gold["indicator"], read.indicator)),
                ("period", _period(gold["period"]) == _period(read.period)),
                ("nature", gold["nature"] == read.nature),
                ("base", _period(gold["base"]) == _period(read.base)),
            )
            if not same
        ]
        if fields:
            yield f"    {read.text}: {'; '.join(fields)}"


def main() -> None:
    """Print the F1 of each level, the natures, and the time that a passage takes."""
    parser = argparse.ArgumentParser(description="Read the figures of marked sentences.")
    parser.add_argument("--data", type=Path, required=True, help="folder with answers/figures.jsonl")
    parser.add_argument("--broadcasts", type=Path, help="cctv_news.jsonl.xz (default: ../bench beside the data folder)")
    parser.add_argument("--passages", action="store_true", help="read passages, not whole articles")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    options = parser.parse_args()
    broadcasts = options.broadcasts or options.data.parent / "bench" / "cctv_news.jsonl.xz"
    sentences = load(options.data, broadcasts)
    begin = perf_counter()
    outcomes = measure(sentences, options.passages)
    seconds = perf_counter() - begin
    characters = sum(len(each.article.text) for each in sentences)
    for line in _report(sentences, outcomes, options.show):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(sentences)} sentences, {1000 * seconds * 300 / characters:.2f} ms for 300 characters\n")


if __name__ == "__main__":
    main()
