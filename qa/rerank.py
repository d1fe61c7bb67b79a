"""Put the first candidates in a better order, with a learned forest of decision trees.

Knows the forest and its file (assets/forest.npz, made by training/forest.py). Does not know how candidates are found or
what their features mean (qa.passage_features).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.passage_features import FEATURES, LIGHT_FEATURES, Floats, PassageCandidate, features
from qa.question import Question

FOREST = Path(__file__).parent / "assets" / "forest.npz"  # knows the encoder
LIGHT_FOREST = Path(__file__).parent / "assets" / "forest_light.npz"


class Reranker(Protocol):
    """A model that puts candidates in order."""

    depth: int  # how many candidates it takes

    def scores(
        self, question: Question, candidates: Sequence[PassageCandidate], frequency: Callable[[str], int], passages: int
    ) -> NDArray[np.float64]:
        """Return (n,) float64, one score from 0 to 1 for each candidate; a higher score is better.

        `frequency` returns how many of all `passages` hold a term.
        """


class Forest:
    """Decision trees: each candidate reaches one leaf of each tree, and the values of these leaves are added."""

    depth = 50

    def __init__(self, path: Path = LIGHT_FOREST, names: Sequence[str] = LIGHT_FEATURES) -> None:
        """Read the trees over features of these names from a file of numpy arrays.

        `feature`, `threshold`, `left` and `right` are (trees, nodes), `value` is (trees, leaves). A branch below 0
        leads to the leaf -1 - branch.
        """
        self._names = tuple(names)
        with np.load(path) as stored:
            feature, threshold, left, right, value = (
                stored[name] for name in ("feature", "threshold", "left", "right", "value")
            )
        # One row of places for all trees: of each tree the nodes, then the leaves. A leaf leads to itself, so every
        # walk has the same length.
        trees, nodes = feature.shape
        self._roots = (np.arange(trees) * (nodes + value.shape[1])).astype(np.int32)
        leaves = np.zeros(value.shape)
        own = self._roots[:, None] + np.arange(nodes, nodes + value.shape[1], dtype=np.int32)
        self._feature = np.concatenate([np.maximum(feature, 0), leaves], axis=1).astype(np.int32).ravel()
        self._threshold = np.concatenate([threshold, leaves], axis=1).ravel()
        self._value = np.concatenate([np.zeros(feature.shape), value], axis=1).ravel()
        self._left, self._right = (
            np.concatenate([self._roots[:, None] + np.where(branch >= 0, branch, nodes - 1 - branch), own], axis=1)
            .astype(np.int32)
            .ravel()
            for branch in (left.astype(np.int32), right.astype(np.int32))
        )

    def scores(
        self, question: Question, candidates: Sequence[PassageCandidate], frequency: Callable[[str], int], passages: int
    ) -> NDArray[np.float64]:
        """See Reranker."""
        if not candidates:
            return np.zeros(0)
        rows = features(question, candidates, frequency, passages, self._names)
        return np.asarray(1 / (1 + np.exp(-self.sums(rows))), np.float64)

    def sums(self, rows: Floats) -> NDArray[np.float64]:
        """Return (n,) float64: the sum of the leaves that each row of (n, 2 · features) float32 reaches."""
        place, before = np.tile(self._roots, (len(rows), 1)), None
        while before is None or not np.array_equal(place, before):
            before = place
            smaller = np.take_along_axis(rows, self._feature.take(place), axis=1) <= self._threshold.take(place)
            place = np.where(smaller, self._left.take(place), self._right.take(place))
        return np.asarray(self._value.take(place).sum(axis=1), np.float64)


@cache
def bundled_reranker(*, encoded: bool = False) -> Forest:
    """Return the forest that ships with zhiwen; with `encoded` the one for candidates that the encoder measured."""
    return Forest(FOREST, FEATURES) if encoded else Forest()
