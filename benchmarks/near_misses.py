"""Pairs of a question that the corpus answers and questions beside it that it does not: another year, place, thing.

Knows the questions (near_miss.jsonl: pair, kind, question, answers, none where the corpus has no answer) and the
articles they are asked of. What is measured is what qa.ask does.

    python -m benchmarks.near_misses --shared ../shared [--store FOLDER] [--fast]

`--shared` has eval/answers/, corpus/ and bench/cctv_news.jsonl.xz. `--store` keeps the store for the next run.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import qa.answer
import qa.kinds.stated
from index import stores
from index.backfill import backfill
from index.store.filters import Filters
from index.updating import reindex
from qa.answering import Settings, answer_question, load_models
from qa.evaluate import compared
from qa.slots import INDICATOR, PERIOD, QUALIFIER, ROLE, SUBJECT, UNIT

_BROADCASTS = 3000  # of those in the file
_SURE = 0.7  # a wrong answer from this confidence on is told of apart
_ANSWERABLE = "answerable"
# The slots that may be named where a question of a kind is refused. A modifier may belong to the thing or to its name.
_SLOTS = {
    "entity": {SUBJECT},
    "attribute": {INDICATOR},
    "modifier": {QUALIFIER, SUBJECT, INDICATOR},
    "time": {PERIOD},
    "unit": {UNIT},
    "role": {ROLE, QUALIFIER},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got."""

    kind: str
    question: str
    right: bool  # the sentence holds an answer; without answers: silence, or the premise is called false
    piece: str  # the piece given as answer, "" for silence
    confidence: float
    slots: tuple[str, ...]  # what a refusal names
    check_ms: float  # processor time of the check of slots


class CheckTimer:
    """Adds up the processor time of the check of slots: reading the question's, comparing them, choosing a figure."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._depth += 1
            begun = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self._depth -= 1
                if not self._depth:  # a part of another part is counted with it
                    self.seconds += time.process_time() - begun

        return call

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the check of every question asked meanwhile."""
        parts = ((qa.answer, "slots_of"), (qa.answer, "missing"), (qa.kinds.stated, "with_stated"))
        with ExitStack() as stack:
            for module, name in parts:
                stack.enter_context(mock.patch.object(module, name, self._timed(getattr(module, name))))
            yield


def index(shared: Path, store: Path, *, encoded: bool) -> None:
    """Index the articles that the questions are asked of; with `encoded`, with the encoder's vectors."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "broadcasts.jsonl"
        with lzma.open(shared / "bench" / "cctv_news.jsonl.xz", "rt", encoding="utf-8") as lines:
            file.write_text("".join(line for line, _ in zip(lines, range(_BROADCASTS), strict=False)), encoding="utf-8")
        reindex(store, [shared / "corpus", shared / "eval" / "answers" / "docs", file])
    if encoded:
        backfill(store)


def ask(shared: Path, store: Path, settings: Settings) -> list[Outcome]:
    """Ask every question."""
    lines = (shared / "eval" / "answers" / "near_miss.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = []
    timer = CheckTimer()
    with stores.open_store(store) as opened, timer.watching():
        models = load_models(opened, settings)
        for row in map(json.loads, lines):
            before = timer.seconds
            answer = answer_question(opened, models, row["question"], 5, Filters()).answer
            displayed = compared(answer.text + answer.sentence)
            right = any(compared(each) in displayed for each in row["answers"]) if row["answers"] else answer.abstained
            slots = tuple(each.slot for each in answer.missing)
            check_ms = 1000 * (timer.seconds - before)
            outcomes.append(
                Outcome(row["kind"], row["question"], right, answer.text, answer.confidence, slots, check_ms)
            )
    return outcomes


def main() -> None:
    """Ask, and print each outcome, then the shares of every kind."""
    parser = argparse.ArgumentParser(description="Ask questions that the corpus answers, and others beside them.")
    parser.add_argument("--shared", type=Path, required=True, help="folder with eval/, corpus/ and bench/")
    parser.add_argument("--store", type=Path, help="keep the store here (default: a temporary one)")
    parser.add_argument("--fast", action="store_true", help="the light models, without the encoder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = options.store or Path(scratch) / "store"
        if not stores.store_exists(store):
            index(options.shared, store, encoded=not options.fast)
        outcomes = ask(options.shared, store, Settings(fast=options.fast))
    for each in outcomes:
        outcome = f"{'+-'[not each.right]} {each.kind} {each.confidence:.2f} {each.question}"
        sys.stdout.write(f"{outcome} | {each.piece or ' '.join(each.slots)}\n")
    total, right = Counter(each.kind for each in outcomes), Counter(each.kind for each in outcomes if each.right)
    for kind, count in total.items():
        sys.stdout.write(f"{kind}: {right[kind]} of {count}\n")
    misses = [each for each in outcomes if each.kind != _ANSWERABLE]
    refused = sum(each.right for each in misses)
    sure = sum(not each.right and each.confidence >= _SURE for each in misses)
    named = [each for each in misses if each.right and each.kind in _SLOTS]
    rightly = sum(not _SLOTS[each.kind].isdisjoint(each.slots) for each in named)
    sys.stdout.write(
        f"slot named rightly in {rightly} of {len(named)} refusals, none in {sum(not each.slots for each in named)}\n"
    )
    times = sorted(each.check_ms for each in outcomes)
    p50, p95 = (times[int(len(times) * share)] for share in (0.5, 0.95))
    sys.stdout.write(f"check of slots: {p50:.1f} ms (p50), {p95:.1f} ms (p95) of the processor a question\n")
    sys.stdout.write(f"near misses: {refused} of {len(misses)} refused, {sure} answered at {_SURE} or more\n")


if __name__ == "__main__":
    main()
