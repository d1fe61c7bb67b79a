"""Measure what damage costs: how nDCG@10 of question sets differs between damaged and undamaged texts.

Knows which figures to write. qa.damage makes the damage.

    python -m benchmarks.damage QUESTIONS.jsonl ... [--write]

--write saves the figures in benchmarks/results/damage.json, with the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality import gains, measure_sets
from qa.answering import load_models
from qa.damage import damages
from qa.evaluate import GoldQuestion, damaged, read_rows, store_of

_RESULTS = Path(__file__).parent / "results" / "damage.json"


def measure(path: Path) -> dict[str, float]:
    """Return how each kind of damage changes nDCG@10: name of the damage → difference."""
    rows, passages = read_rows(path)

    def ndcg(rows: Sequence[GoldQuestion], passages: Sequence[tuple[str, str, str]]) -> float:
        with store_of(passages) as store:
            return float(np.mean(gains(store, load_models(store), rows, passages).reranked))

    plain = ndcg(rows, passages)
    changes = {}
    for damage in damages():
        changes[damage.name] = round(ndcg(*damaged(damage, rows, passages)) - plain, 4)
    return changes


def main() -> None:
    """Print the differences of each set."""
    measure_sets("Measure what damage costs.", measure, _RESULTS)


if __name__ == "__main__":
    main()
