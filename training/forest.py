"""Makes qa/assets/forest.npz: the decision trees that put the first candidates of a question in order.

Knows the questions of CMRC 2018 train, questions made from the training texts, and LightGBM. Does not read the
evaluation sets.

    python -m training.forest --data ../shared/train [--light]

Each question is asked of a store as the product makes it, and every candidate is labelled: 2 if the answer stands in
it, 1 if it is another passage of the same article, 0 otherwise. The trees learn the order (LambdaMART, Burges 2010).
CMRC's questions are asked twice, of its own 2,403 articles and of those among others; and once more by the words of
another question, while the encoder reads the right one: so the trees learn to believe the encoder where words do not
help. Made questions share their words with the text they were made from, so they weigh less. --light makes
forest_light.npz, which does without the encoder.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from index.embedding.models import Embedder
from index.store.corpus import Corpus
from index.text.folding import fold
from qa.answering import contextual_encoder
from qa.evaluate import GoldQuestion, read_rows, store_of
from qa.passage_features import FEATURES, LIGHT_FEATURES, features
from qa.question import understand
from qa.rerank import FOREST, LIGHT_FOREST, Forest
from qa.search import candidates, embedder_of
from training.examples import asked_of
from training.texts import training_texts

_SEED = 20261122
_NEWS, _TOWN, _LAWS = 500, 400, 60  # articles beside CMRC's in the larger store
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

    features: NDArray[np.float32]  # (candidates, 2 · features)
    labels: NDArray[np.int8]  # (candidates,)
    groups: NDArray[np.int64]  # (questions,) candidates of each


class _Misworded:
    """The encoder, which reads a question whatever words it is asked by."""

    def __init__(self, encoder: Embedder, question: str) -> None:
        self._encoder, self._question = encoder, question
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        return self._encoder.encode([self._question for _ in texts], query=query)


def ask(store: Corpus, rows: Sequence[GoldQuestion], names: Sequence[str], words: Sequence[str] = ()) -> Asked:
    """Ask every question; keep those that some candidate answers, but not every one.

    `names` are the features. `words` are the questions whose words are looked for instead of a question's own.
    """
    embedder = embedder_of(store)
    encoder = contextual_encoder() if names == FEATURES else None
    found, labels, groups = [], [], []
    for number, row in enumerate(rows):
        question = understand(words[number] if words else row.question)
        reads = _Misworded(encoder, fold(row.question)) if words and encoder else encoder
        first = candidates(store, embedder, question, Forest.depth, encoder=reads)
        gold = {
            copy.id
            for candidate in first
            if candidate.stored.article.id == row.article_name
            for copy in store.group_articles(candidate.stored.duplicate_group)
        }
        answers = [fold(answer) for answer in row.accepted_answers]
        label = []
        for candidate in first:
            right = candidate.stored.article.id in gold
            label.append(right * (1 + any(answer in fold(candidate.stored.passage.readable) for answer in answers)))
        if 0 < sum(value > 0 for value in label) < len(label):
            found.append(features(question, first, store.frequency, len(store), names))
            labels += label
            groups.append(len(label))
        if number % 1000 == 0:
            sys.stderr.write(f"{number} of {len(rows)}\n")
    return Asked(np.concatenate(found), np.array(labels, np.int8), np.array(groups))


def _texts(data: Path) -> list[tuple[str, str, str]]:
    """(id, title, text) of the articles beside CMRC's."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for number, row in enumerate(training_texts(data)):
        rows.setdefault(row["set"].split("_")[0], []).append((f"text{number}", row["title"], row["text"]))
    seeded = random.Random(_SEED)  # noqa: S311
    return [
        row
        for name, count in (("crud", _NEWS), ("tainan", _TOWN), ("laws", _LAWS))
        for row in seeded.sample(rows[name], count)
    ]


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
            if node["decision_type"] != "<=":
                raise SystemExit(f"LightGBM decided by {node['decision_type']}, which qa.rerank does not know.")
            feature[number, at], threshold[number, at] = node["split_feature"], node["threshold"]
            for side, branches in (("left_child", left), ("right_child", right)):
                child = node[side]
                branches[number, at] = child["split_index"] if "split_index" in child else -1 - child["leaf_index"]
                waiting.append(child)
    np.savez_compressed(
        path, feature=feature, threshold=threshold, left=left, right=right, value=value.astype(np.float32)
    )


def main() -> None:
    """Asks, trains, saves, and holds the arrays against LightGBM's own sums."""
    parser = argparse.ArgumentParser(description="Train the reranker.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--every", type=int, default=4, help="ask one question in so many of CMRC's (default 4)")
    parser.add_argument("--light", action="store_true", help="without the encoder")
    parser.add_argument("--out", type=Path, help="where the trees go (default: qa/assets)")
    options = parser.parse_args()
    out = options.out or (LIGHT_FOREST if options.light else FOREST)
    names = LIGHT_FEATURES if options.light else FEATURES
    rows, articles = read_rows(options.data / "cmrc2018_train.jsonl")
    rows = rows[:: options.every]
    others = _texts(options.data)
    made = [GoldQuestion(question, (answer,), name) for question, answer, name in asked_of(others)]
    words = [row.question for row in rows[len(rows) // 2 :] + rows[: len(rows) // 2]]
    with store_of(articles, encoded=not options.light) as store:
        parts = [(ask(store, rows, names), 1.0)]
        if not options.light:
            parts.append((ask(store, rows, names, words), 1.0))
    with store_of([*articles, *others], encoded=not options.light) as store:
        parts += [(ask(store, rows, names), 1.0), (ask(store, made, names), _MADE_WEIGHT)]
    booster = train(parts)
    save(booster, out)
    sample = parts[0][0].features[:5000]
    if not np.allclose(Forest(out, names).sums(sample), booster.predict(sample), atol=1e-4):
        raise SystemExit("The saved trees do not give LightGBM's own sums.")
    columns = [*names, *(f"{name} below the best" for name in names)]
    gains = sorted(zip(booster.feature_importance("gain"), columns, strict=True), reverse=True)
    sys.stdout.write("".join(f"{name:<32}{gain / sum(g for g, _ in gains):.4f}\n" for gain, name in gains[:25]))


if __name__ == "__main__":
    main()
