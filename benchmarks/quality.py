"""Quality of search and answers on question sets, beside BM25 over whole passages in the same run.

Knows which figures are kept. What is measured is qa.evaluate and benchmarks.bm25.

    python -m benchmarks.quality QUESTIONS.jsonl ... [--write]

--write keeps the figures in benchmarks/results/quality.json, with the commit.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.bm25 import ndcg
from qa.ask import load_models
from qa.evaluate import evaluate, read_rows, store_of

_Figures = TypeVar("_Figures")
_RESULTS = Path(__file__).parent / "results" / "quality.json"


def measure(path: Path) -> dict[str, float | None]:
    """The metrics of one set over its own passages, and `bm25`: nDCG@10 of the reference, titles included."""
    rows, passages = read_rows(path)
    with store_of(passages) as store:
        return {"bm25": round(ndcg(path, titles=True), 4), **evaluate(store, load_models(store), rows).as_json()}


def provenance() -> dict[str, str]:
    """What a figure was measured on: the commit and the kind of machine."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    return {"commit": commit, "machine": f"{platform.machine()}, 2 cores, Python {platform.python_version()}"}


def measure_sets(description: str, measure: Callable[[Path], _Figures], results: Path) -> tuple[dict[str, _Figures], bool]:
    """The command line of a benchmark over question sets: prints a row a set, and keeps the figures if asked to.

    What was measured, by set, and whether it was kept.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    options = parser.parse_args()
    measured = {}
    for path in options.sets:
        measured[path.stem] = measure(path)
        sys.stdout.write(f"{path.stem}: {json.dumps(measured[path.stem])}\n")
        sys.stdout.flush()
    if options.write:
        results.parent.mkdir(exist_ok=True)
        results.write_text(json.dumps({**provenance(), "sets": measured}, indent=1) + "\n", encoding="utf-8")
    return measured, bool(options.write)


def main() -> None:
    """Prints a row a set."""
    measure_sets("Measure question sets beside BM25.", measure, _RESULTS)


if __name__ == "__main__":
    main()
