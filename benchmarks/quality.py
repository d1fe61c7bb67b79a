"""Measure search and answers on question sets, step by step, beside BM25 over whole articles in the same run.

Knows which figures to write. Measures qa.evaluate, qa.search and benchmarks.bm25.

    python -m benchmarks.quality QUESTIONS.jsonl ... [--among ARTICLES.jsonl.xz] [--model NAME] [--write]

Asks each set of a store of its own passages, then 500 evenly spaced questions of each set of one store that holds all
passages and the articles of --among. The steps: `bm25` is the reference; `static` the vector index alone; `fused` both
indexes before reranking; `ndcg@10` the product. `error_share` is 1 - nDCG@10 divided by the reference's, `interval` its
95 % interval over 2,000 samples of the questions with replacement. A copy of the right article counts as the article,
in the reference too. --write saves the figures in benchmarks/results/quality.json, with the commit.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.bm25 import BM25
from index.store.corpus import Corpus
from index.stores import open_catalogue
from qa.answering import Models, contextual_encoder, load_models
from qa.evaluate import GoldQuestion, evaluate, read_rows, store_of
from qa.question import understand
from qa.search import candidates

_Figures = TypeVar("_Figures")
_RESULTS = Path(__file__).parent / "results" / "quality.json"
_SAMPLES, _SEED = 2000, 20261122
_TOGETHER = 500  # questions of each set
_DEPTH = 40  # passages, which hold at least ten articles


@dataclass(frozen=True, slots=True)
class Gains:
    """The gain of every question: (questions,) float64, 1 / log2(rank + 1) of its article, 0 beyond the tenth."""

    bm25: NDArray[np.float64]
    static: NDArray[np.float64]
    fused: NDArray[np.float64]
    reranked: NDArray[np.float64]

    def figures(self) -> dict[str, object]:
        """Return nDCG@10 of every step, and the error as a share of the reference's."""
        rng = np.random.default_rng(_SEED)
        ours, theirs = 1 - self.reranked, 1 - self.bm25
        picks = rng.integers(0, len(ours), (_SAMPLES, len(ours)), dtype=np.int32)
        shares = ours[picks].mean(axis=1) / np.maximum(theirs[picks].mean(axis=1), 1e-9)
        means = {"bm25": self.bm25, "static": self.static, "fused": self.fused, "reranked": self.reranked}
        return {
            **{name: round(float(gains.mean()), 4) for name, gains in means.items()},
            "error_share": round(float(ours.mean() / max(theirs.mean(), 1e-9)), 4),
            "interval": [round(float(edge), 4) for edge in np.quantile(shares, (0.025, 0.975))],
        }


def gains(
    store: Corpus, models: Models, rows: Sequence[GoldQuestion], articles: Sequence[tuple[str, str, str]]
) -> Gains:
    """Ask every question in four ways of a store of (id, title, text) articles."""
    reference = BM25([f"{title}\n{text}" for _, title, text in articles])
    number_of = {key: i for i, (key, _, _) in enumerate(articles)}
    by_step: list[list[float]] = []
    encoder = contextual_encoder() if models.contextual and store.encoded else None
    for row in rows:
        right = _copies(store, row.article_name)
        question = understand(row.question)
        scores = reference.scores(row.question)
        mine = [number_of[key] for key in right]
        before = int((scores >= scores[mine].max()).sum() - (scores[mine] >= scores[mine].max()).sum())
        (vector,) = models.embedder.encode([question.folded], query=True)
        near = store.passages(nearest := [passage for passage, _ in store.by_vector(vector, _DEPTH)])
        orders = (
            [near[passage].article.id for passage in nearest],
            [each.stored.article.id for each in candidates(store, models.embedder, question, _DEPTH, encoder=encoder)],
            [hit.stored.article.id for hit in models.search(store, question, _DEPTH)],
        )
        by_step.append([gain(before), *(gain(_rank(order, right)) for order in orders)])
    return Gains(*np.array(by_step).T)


def _copies(store: Corpus, article: str) -> frozenset[str]:
    """Return the ids of an article and its near-duplicates."""
    details = open_catalogue(store.address).article(article)
    return frozenset(copy.id for copy in details.copies) | {article} if details else frozenset({article})


def _rank(order: Iterable[str], right: frozenset[str]) -> int:
    """Return how many other articles come before the right one, 10 if it is not there."""
    before = list(dict.fromkeys("" if article in right else article for article in order))
    return before.index("") if "" in before else 10


def gain(rank: int) -> float:
    """Return the gain of the right article in nDCG@10 at this rank, from 0."""
    return 1 / math.log2(rank + 2) if rank < 10 else 0.0


def measure(path: Path, model: str | None = None) -> dict[str, object]:
    """Measure the steps and the metrics of one set over its own passages."""
    rows, passages = read_rows(path)
    with store_of(passages, model, encoded=True) as store:
        models = load_models(store)
        return {**gains(store, models, rows, passages).figures(), **evaluate(store, models, rows).as_json()}


def measure_together(
    paths: Sequence[Path], among: Path | None, model: str | None = None
) -> dict[str, dict[str, object]]:
    """Measure the steps of every set over one store of all their passages and the articles of a file."""
    read = {path.stem: read_rows(path) for path in paths}
    articles = {passage[0]: passage for _, passages in read.values() for passage in passages}
    if among:
        with lzma.open(among, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                row = json.loads(line)
                articles[f"among{number}"] = (f"among{number}", row["title"], row["text"])
    every = list(articles.values())
    with store_of(every, model, encoded=True) as store:
        models = load_models(store)
        return {
            name: gains(store, models, rows[:: max(1, len(rows) // _TOGETHER)][:_TOGETHER], every).figures()
            for name, (rows, _) in read.items()
        }


def provenance() -> dict[str, str]:
    """Return the commit and the kind of machine that figures are measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return {"commit": commit, "machine": f"{platform.machine()}, 2 cores, Python {platform.python_version()}"}


def measure_sets(
    description: str, measure: Callable[[Path], _Figures], results: Path
) -> tuple[dict[str, _Figures], bool]:
    """Run the command line of a benchmark over question sets: print each set's figures, and save them with --write.

    Returns the figures by the name of the set, and True if they were saved.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--write", action="store_true", help="save the figures")
    options = parser.parse_args()
    measured = {}
    for path in options.sets:
        measured[path.stem] = measure(path)
        _print(path.stem, measured[path.stem])
    if options.write:
        keep({"sets": measured}, results)
    return measured, bool(options.write)


def _print(name: str, figures: object) -> None:
    sys.stdout.write(f"{name}: {json.dumps(figures)}\n")
    sys.stdout.flush()


def keep(figures: dict[str, object], results: Path) -> None:
    """Save figures with their commit and machine."""
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps({**provenance(), **figures}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Print the figures of each set, by itself and among all."""
    parser = argparse.ArgumentParser(description="Measure question sets beside BM25.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument(
        "--among",
        type=Path,
        metavar="ARTICLES.jsonl.xz",
        help="articles that stand beside all sets in the common store",
    )
    parser.add_argument("--model", metavar="NAME", help="embedding model (default: the bundled one)")
    parser.add_argument("--write", action="store_true", help="save the figures")
    options = parser.parse_args()
    alone: dict[str, dict[str, object]] = {}
    for path in options.sets:
        alone[path.stem] = measure(path, options.model)
        _print(path.stem, alone[path.stem])
    together = measure_together(options.sets, options.among, options.model)
    for name, figures in together.items():
        _print(f"{name}, among all", figures)
    for name, part in (("each by itself", alone), ("among all", together)):
        mean = np.mean([float(str(figures["error_share"])) for figures in part.values()])
        sys.stdout.write(f"{name}: mean share of the reference's error {mean:.3f}\n")
    if options.write:
        keep({"sets": alone, "together": together}, _RESULTS)


if __name__ == "__main__":
    main()
