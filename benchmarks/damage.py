"""What damage costs: nDCG@10 of question sets against damaged texts, as the difference to undamaged ones.

Knows which figures are kept. The kinds of damage are those of qa.damage.

    python -m benchmarks.damage QUESTIONS.jsonl ... [--write]

--write keeps the figures in benchmarks/results/damage.json, with the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality import gains, measure_sets
from qa.ask import load_models
from qa.damage import damages
from qa.evaluate import Row, damaged, read_rows, store_of

_RESULTS = Path(__file__).parent / "results" / "damage.json"


def measure(path: Path) -> dict[str, float]:
    """What each kind of damage adds to nDCG@10."""
    rows, passages = read_rows(path)

    def ndcg(rows: Sequence[Row], passages: Sequence[tuple[str, str, str]]) -> float:
        with store_of(passages) as store:
            return float(np.mean(gains(store, load_models(store), rows, passages).reranked))

    plain = ndcg(rows, passages)
    changes = {}
    for damage in damages():
        changes[damage.name] = round(ndcg(*damaged(damage, rows, passages)) - plain, 4)
    return changes


def main() -> None:
    """Prints a row a set."""
    measure_sets("Measure what damage costs.", measure, _RESULTS)


if __name__ == "__main__":
    main()
