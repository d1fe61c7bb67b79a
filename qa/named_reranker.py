"""Use any cross-encoder of sentence-transformers as the reranker: `--rerank NAME`.

Knows that library's models. Does not know how candidates are found. It scores only the first of them in the order of
the bundled reranker, because each takes milliseconds or seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.hub import load
from index.errors import UserError
from index.text.folding import fold
from qa.passage_features import PassageCandidate
from qa.question import Question
from qa.rerank import bundled_reranker

_SCORED = 20  # candidates that the model scores


class NamedReranker:
    """A Reranker that scores pairs of question and passage with one model."""

    depth = bundled_reranker().depth

    def __init__(self, name: str) -> None:
        """Load the model. Raises UserError if it is not available or gives a pair of texts more than one score."""

        def load_model(model: str, revision: str | None, only_local: bool) -> Any:
            from sentence_transformers import CrossEncoder

            return CrossEncoder(model, revision=revision, local_files_only=only_local, device="cpu")

        self._model = load(name, "the reranker", load_model)
        if self._model.num_labels != 1:
            raise UserError("asking.not_a_reranker", name=name, labels=self._model.num_labels)

    def scores(
        self, question: Question, candidates: Sequence[PassageCandidate], frequency: Callable[[str], int], passages: int
    ) -> NDArray[np.float64]:
        """See Reranker. The model scores the first; the others follow in the order of the bundled reranker.

        The model gets folded texts.
        """
        scores = bundled_reranker().scores(question, candidates, frequency, passages)
        first = np.argsort(-scores, kind="stable")[:_SCORED]
        chosen = [candidates[i].stored for i in first]
        pairs = [(question.folded, fold(f"{each.article.title}\n{each.passage.readable}".strip())) for each in chosen]
        if not pairs:
            return scores
        by_model = np.asarray(self._model.predict(pairs, show_progress_bar=False, convert_to_numpy=True), np.float64)
        if by_model.min() < 0 or by_model.max() > 1:  # some models give log odds
            by_model = 1 / (1 + np.exp(-by_model))
        scores *= by_model.min() / max(float(scores.max()), 1e-9)
        scores[first] = by_model
        return scores
