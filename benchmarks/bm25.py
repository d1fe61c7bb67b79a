"""The reference every retrieval figure is held against: BM25 over whole passages, by brute force in numpy.

Knows folding and the terms (characters, pairs, words, numbers). Shares nothing else with the product: no chunking, no
title field, no vectors, no tantivy.

    python -m benchmarks.bm25 QUESTIONS.jsonl ...
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.terms import terms
from qa.evaluate import read_rows

_K1, _B = 1.2, 0.75  # Lucene's defaults


class BM25:
    """Okapi BM25 with Lucene's idf, exact."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], np.float64)
        norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1e-9))
        self._size = len(texts)
        postings: dict[str, tuple[list[int], list[float]]] = {}
        for place, count in enumerate(counts):
            for term, n in count.items():
                places, weights = postings.setdefault(term, ([], []))
                places.append(place)
                weights.append(n * (_K1 + 1) / (n + norms[place]))
        self._postings = {
            term: (np.array(places), math.log(1 + (self._size - len(places) + 0.5) / (len(places) + 0.5)) * np.array(weights))
            for term, (places, weights) in postings.items()
        }

    def scores(self, question: str) -> NDArray[np.float64]:
        """(texts,) float64, in the texts' order."""
        scores = np.zeros(self._size)
        for term in set(terms(question)):
            if term in self._postings:
                places, weights = self._postings[term]
                scores[places] += weights
        return scores


def ndcg(path: Path, *, titles: bool) -> float:
    """nDCG@10 of a question file over its own passages, one right passage a question; ties count against it."""
    rows, passages = read_rows(path)
    reference = BM25([f"{title}\n{text}" if titles else text for _, title, text in passages])
    place = {key: i for i, (key, _, _) in enumerate(passages)}
    gains = []
    for row in rows:
        scores = reference.scores(row.question)
        right = place[row.article]
        rank = int((scores > scores[right]).sum() + (scores == scores[right]).sum() - 1)
        gains.append(1 / math.log2(rank + 2) if rank < 10 else 0.0)
    return float(np.mean(gains))


def main() -> None:
    """Prints one row a file: without and with titles."""
    for name in sys.argv[1:]:
        path = Path(name)
        sys.stdout.write(f"{path.stem:<28}{ndcg(path, titles=False):.4f}  with titles {ndcg(path, titles=True):.4f}\n")


if __name__ == "__main__":
    main()
