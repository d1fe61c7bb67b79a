"""The reference for every retrieval figure: BM25 over whole passages, by brute force in numpy.

Knows the product's folding and terms (characters, pairs, words, numbers) and nothing else of it: no chunking, no title
field, no vectors, no tantivy.

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

from index.store.terms import terms
from qa.evaluate import read_rows

_K1, _B = 1.2, 0.75  # Lucene's defaults


class BM25:
    """Exact Okapi BM25 with Lucene's idf."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], np.float64)
        norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1e-9))
        self._size = len(texts)
        postings: dict[str, tuple[list[int], list[float]]] = {}
        for number, count in enumerate(counts):
            for term, n in count.items():
                numbers, weights = postings.setdefault(term, ([], []))
                numbers.append(number)
                weights.append(n * (_K1 + 1) / (n + norms[number]))
        self._postings = {
            term: (
                np.array(numbers),
                math.log(1 + (self._size - len(numbers) + 0.5) / (len(numbers) + 0.5)) * np.array(weights),
            )
            for term, (numbers, weights) in postings.items()
        }

    def scores(self, question: str) -> NDArray[np.float64]:
        """Return the score of every text for a question: (texts,) float64."""
        scores = np.zeros(self._size)
        for term in set(terms(question)):
            if term in self._postings:
                numbers, weights = self._postings[term]
                scores[numbers] += weights
        return scores


def ndcg(path: Path, *, titles: bool) -> float:
    """Return nDCG@10 of a question file over its own passages. One passage is right; ties count against it."""
    rows, passages = read_rows(path)
    reference = BM25([f"{title}\n{text}" if titles else text for _, title, text in passages])
    number_of = {key: i for i, (key, _, _) in enumerate(passages)}
    gains = []
    for row in rows:
        scores = reference.scores(row.question)
        right = number_of[row.article_name]
        rank = int((scores > scores[right]).sum() + (scores == scores[right]).sum() - 1)
        gains.append(1 / math.log2(rank + 2) if rank < 10 else 0.0)
    return float(np.mean(gains))


def main() -> None:
    """Print nDCG@10 of each file, without and with titles."""
    for name in sys.argv[1:]:
        path = Path(name)
        sys.stdout.write(f"{path.stem:<28}{ndcg(path, titles=False):.4f}  with titles {ndcg(path, titles=True):.4f}\n")


if __name__ == "__main__":
    main()
