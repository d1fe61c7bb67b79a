"""Questions of every kind: lists, counts, sums, who wrote it, why, follow-ups.

Knows the questions (kinds.jsonl: kind, question, answers, `all`, `before`) and how one is judged: the answers must
stand in what is shown as answer: text, sentence, items, cited parts, the computed value, the lead of a summary.

    python -m benchmarks.kinds --shared ../shared [--store FOLDER] [--fast] [--kind KIND]

`--shared` has eval/answers/, corpus/ and bench/cctv_news.jsonl.xz. `--store` keeps the store for the next run.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.near_misses import index
from index import stores
from index.store.filters import Filters
from qa.answering import Settings, answer_question, load_models
from qa.evaluate import compared
from qa.render import as_json

_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_YES = ("是",)
_NO = ("没有", "不", "不是")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got."""

    kind: str
    question: str
    right: bool
    answer: dict[str, Any]  # as in the JSON of a reply


def answer_words(reply: dict[str, Any]) -> str:
    """Return what a reply shows as its answer, as `compared` folds it."""
    answer = reply["answer"]
    if answer["abstained"]:
        return ""
    pieces = [answer["text"], answer["sentence"], *(each["text"] for each in answer.get("items", ()))]
    computed = answer.get("computed")
    if computed:
        value = computed["value"]
        pieces.append(f"{int(value) if value == int(value) else value}{computed['unit'] or ''}")
    if answer.get("kind") == "passages":
        pieces += [each["text"] for each in reply["passages"][:1]]
    if answer.get("polarity"):
        pieces += _YES if answer["polarity"] == "yes" else _NO
    return compared("\n".join(piece for piece in pieces if piece))


def is_right(row: dict[str, Any], reply: dict[str, Any]) -> bool:
    """Whether a reply shows one of the answers, or each of them where `all` asks for that."""
    display = answer_words(reply)
    dates = [_ISO_DATE.fullmatch(each) for each in row["answers"]]
    spoken = [f"{each[1]}年{int(each[2])}月{int(each[3])}日" for each in dates if each]
    wanted = [compared(each) in display for each in (*row["answers"], *spoken)]
    return all(wanted[: len(row["answers"])]) if row.get("all") else any(wanted)


def ask(shared: Path, store: Path, settings: Settings, kind: str = "") -> list[Outcome]:
    """Ask every question, or those of one kind."""
    lines = (shared / "eval" / "answers" / "kinds.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = []
    with stores.open_store(store) as opened:
        models = load_models(opened, settings)
        for row in map(json.loads, lines):
            if kind in ("", row["kind"]):
                before = row.get("before", "")
                reply = as_json(answer_question(opened, models, row["question"], 5, Filters(), before))
                outcomes.append(Outcome(row["kind"], row["question"], is_right(row, reply), reply["answer"]))  # type: ignore[arg-type]
    return outcomes


def main() -> None:
    """Ask, and print each outcome, then the shares of every kind."""
    parser = argparse.ArgumentParser(description="Ask questions of every kind.")
    parser.add_argument("--shared", type=Path, required=True, help="folder with eval/, corpus/ and bench/")
    parser.add_argument("--store", type=Path, help="keep the store here (default: a temporary one)")
    parser.add_argument("--fast", action="store_true", help="the light models, without the encoder")
    parser.add_argument("--kind", default="", help="only the questions of this kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = options.store or Path(scratch) / "store"
        if not stores.store_exists(store):
            index(options.shared, store, encoded=not options.fast)
        outcomes = ask(options.shared, store, Settings(fast=options.fast), options.kind)
    for each in outcomes:
        piece, sure = each.answer["text"] or each.answer["reason"], each.answer["confidence"]
        sys.stdout.write(f"{'+-'[not each.right]} {each.kind} {sure:.2f} {each.question} | {piece}\n")
    total, right = Counter(each.kind for each in outcomes), Counter(each.kind for each in outcomes if each.right)
    for kind, count in total.items():
        sys.stdout.write(f"{kind}: {right[kind]} of {count}\n")
    sys.stdout.write(f"all: {right.total()} of {total.total()}\n")


if __name__ == "__main__":
    main()
