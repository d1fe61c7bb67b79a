"""Makes qa/assets/forest.npz: the decision trees that put the first candidates of a question in order.

Knows the questions of CMRC 2018 train, questions made from the training texts, and LightGBM. Does not read the evaluation sets.

    python -m training.forest --data ../shared/train

Each question is asked of a store as the product makes it, and every candidate is labelled: 2 if the answer stands in it, 1 if
it is another passage of the same article, 0 otherwise. The trees learn the order (LambdaMART, Burges 2010). CMRC's questions
are asked twice, of its own 2,403 articles and of those among 14,000 others; made questions share their words with the text
they were made from, so they weigh less.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from index.corpus import Corpus
from index.folding import fold
from qa.evaluate import Row, read_rows, store_of
from qa.question import understand
from qa.rerank import FEATURES, FOREST, Forest, features
from qa.search import candidates, embedder_of
from training.examples import asked_of

_SEED = 20261122
_NEWS, _TOWN, _LAWS = 8000, 5000, 800  # articles beside CMRC's in the larger store
_MADE_WEIGHT = 0.3
_ROUNDS = 150
_SETTINGS = {
    "objective": "lambdarank",
    "label_gain": [0, 1, 3],
    "lambdarank_truncation_level": 10,
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "seed": _SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions with their candidates, one question after the other."""

    features: NDArray[np.float32]  # (candidates, 2 · FEATURES)
    labels: NDArray[np.int8]  # (candidates,)
    groups: NDArray[np.int64]  # (questions,) candidates of each


def ask(store: Corpus, rows: Sequence[Row]) -> Asked:
    """Every question that any candidate answers, but not all."""
    embedder = embedder_of(store)
    found, labels, groups = [], [], []
    for number, row in enumerate(rows):
        question = understand(row.question)
        first = candidates(store, embedder, question, Forest.depth)
        gold = {teller.id for candidate in first if candidate.found.article.id == row.article for teller in store.tellers(candidate.found.story)}
        answers = [fold(answer) for answer in row.answers]
        label = []
        for candidate in first:
            right = candidate.found.article.id in gold
            label.append(right * (1 + any(answer in fold(candidate.found.passage.readable) for answer in answers)))
        if 0 < sum(value > 0 for value in label) < len(label):
            found.append(features(question, first, store.frequency, len(store)))
            labels += label
            groups.append(len(label))
        if number % 1000 == 0:
            sys.stderr.write(f"{number} of {len(rows)}\n")
    return Asked(np.concatenate(found), np.array(labels, np.int8), np.array(groups))


def _texts(data: Path) -> list[tuple[str, str, str]]:
    """(id, title, text) of the articles beside CMRC's."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    with lzma.open(data / "text.jsonl.xz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            rows.setdefault(row["set"].split("_")[0], []).append((f"text{number}", row["title"], row["text"]))
    seeded = random.Random(_SEED)  # noqa: S311
    return [row for name, count in (("crud", _NEWS), ("tainan", _TOWN), ("laws", _LAWS)) for row in seeded.sample(rows[name], count)]


def train(parts: Sequence[tuple[Asked, float]]) -> lightgbm.Booster:
    """The trees, from parts that weigh so much."""
    weights = np.concatenate([np.full(len(part.labels), weight) for part, weight in parts])
    data = lightgbm.Dataset(
        np.concatenate([part.features for part, _ in parts]),
        np.concatenate([part.labels for part, _ in parts]),
        group=np.concatenate([part.groups for part, _ in parts]),
        weight=weights,
    )
    return lightgbm.train(_SETTINGS, data, _ROUNDS)


def save(booster: lightgbm.Booster, path: Path) -> None:
    """The trees as arrays, see qa.rerank.Forest."""
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    nodes = _SETTINGS["num_leaves"] - 1  # type: ignore[operator]
    feature, left, right = (np.full((len(trees), nodes), -1, np.int16) for _ in range(3))
    threshold, value = np.zeros((len(trees), nodes)), np.zeros((len(trees), nodes + 1))
    for number, tree in enumerate(trees):
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            if "leaf_index" in node or "split_index" not in node:
                value[number, node.get("leaf_index", 0)] = node["leaf_value"]
                continue
            at = node["split_index"]
            assert node["decision_type"] == "<="
            feature[number, at], threshold[number, at] = node["split_feature"], node["threshold"]
            for side, branches in (("left_child", left), ("right_child", right)):
                child = node[side]
                branches[number, at] = child["split_index"] if "split_index" in child else -1 - child["leaf_index"]
                waiting.append(child)
    np.savez_compressed(path, feature=feature, threshold=threshold, left=left, right=right, value=value.astype(np.float32))


def main() -> None:
    """Asks, trains, saves, and holds the arrays against LightGBM's own sums."""
    parser = argparse.ArgumentParser(description="Train the reranker.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--out", type=Path, default=FOREST)
    options = parser.parse_args()
    rows, articles = read_rows(options.data / "cmrc2018_train.jsonl")
    others = _texts(options.data)
    made = [Row(question, (answer,), name) for question, answer, name in asked_of(others)]
    with store_of(articles) as store:
        parts = [(ask(store, rows), 1.0)]
    with store_of([*articles, *others]) as store:
        parts += [(ask(store, rows), 1.0), (ask(store, made), _MADE_WEIGHT)]
    booster = train(parts)
    save(booster, options.out)
    sample = parts[0][0].features[:5000]
    assert np.allclose(Forest(options.out).sums(sample), booster.predict(sample), atol=1e-4)
    names = [*FEATURES, *(f"{name} below the best" for name in FEATURES)]
    gains = sorted(zip(booster.feature_importance("gain"), names, strict=True), reverse=True)
    sys.stdout.write("".join(f"{name:<32}{gain / sum(g for g, _ in gains):.4f}\n" for gain, name in gains[:25]))


if __name__ == "__main__":
    main()
