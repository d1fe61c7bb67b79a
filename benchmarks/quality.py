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
from pathlib import Path

from benchmarks.bm25 import ndcg
from qa.ask import load_models
from qa.evaluate import evaluate, read_rows, store_of

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


def main() -> None:
    """Prints a row a set."""
    parser = argparse.ArgumentParser(description="Measure question sets beside BM25.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    options = parser.parse_args()
    measured = {}
    for path in options.sets:
        measured[path.stem] = measure(path)
        sys.stdout.write(f"{path.stem}: {json.dumps(measured[path.stem])}\n")
        sys.stdout.flush()
    if options.write:
        _RESULTS.parent.mkdir(exist_ok=True)
        _RESULTS.write_text(json.dumps({**provenance(), "sets": measured}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
