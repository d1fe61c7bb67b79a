"""Questions that name nothing as their passage does: in other words, in English, by abbreviations.

Knows the questions (benchmarks/understanding.jsonl: kind, question, answer, written for this project) and the articles
they are asked of: the sample corpus and the first broadcasts. What is measured is what qa.ask does.

    python -m benchmarks.understanding --broadcasts ../shared/bench/cctv_news.jsonl.xz [--questions FILE]
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from index import stores
from index.backfill import backfill
from index.store.filters import Filters
from index.updating import reindex
from qa.answering import answer_question, load_models
from qa.evaluate import compared

_ROOT = Path(__file__).parents[1]
_QUESTIONS = Path(__file__).with_suffix(".jsonl")
_BROADCASTS = 3000  # of those in the file


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got."""

    kind: str
    question: str
    right: bool  # the sentence that is shown holds the answer
    retrieved: bool  # one of the first five passages does
    piece: str  # the piece given as answer, "" for silence
    confidence: float


def ask(questions: Path, broadcasts: Path) -> list[Outcome]:
    """Ask every question of the sample corpus and the broadcasts in one store."""
    with lzma.open(broadcasts, "rt", encoding="utf-8") as lines:
        rows = [line for line, _ in zip(lines, range(_BROADCASTS), strict=False)]
    asked = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "broadcasts.jsonl"
        file.write_text("".join(rows), encoding="utf-8")
        reindex(Path(scratch) / "store", [_ROOT / "corpus", file])
        backfill(Path(scratch) / "store")
        with stores.open_store(Path(scratch) / "store") as store:
            models = load_models(store)
            for row in asked:
                reply = answer_question(store, models, row["question"], 5, Filters())
                answer = compared(row["answer"])
                outcomes.append(
                    Outcome(
                        row["kind"],
                        row["question"],
                        answer in compared(reply.answer.sentence),
                        any(answer in compared(hit.stored.passage.text) for hit in reply.hits[:5]),
                        reply.answer.text,
                        reply.answer.confidence,
                    )
                )
    return outcomes


def main() -> None:
    """Ask, and print each outcome and the shares of every kind."""
    parser = argparse.ArgumentParser(description="Ask questions that share no words with their passage.")
    parser.add_argument("--broadcasts", type=Path, required=True, help="cctv_news.jsonl.xz")
    parser.add_argument("--questions", type=Path, default=_QUESTIONS, help="questions of the same form")
    options = parser.parse_args()
    outcomes = ask(options.questions, options.broadcasts)
    for each in outcomes:
        mark = "+" if each.right else "." if each.retrieved else "-"
        sys.stdout.write(f"{mark} {each.kind} {each.confidence:.2f} {each.question} | {each.piece}\n")
    total, right, retrieved = (
        Counter(each.kind for each in outcomes if wanted(each))
        for wanted in (lambda _: True, lambda each: each.right, lambda each: each.retrieved)
    )
    for kind, count in total.items():
        sys.stdout.write(f"{kind}: {right[kind]} of {count} right, {retrieved[kind]} retrieved\n")


if __name__ == "__main__":
    main()
