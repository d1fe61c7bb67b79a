"""Any cross-encoder of sentence-transformers as the reranker: `--rerank NAME`.

Knows that library's models. Does not know how candidates were found: it is shown the best of them, in the order of the bundled
reranker, because it takes milliseconds or seconds for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UserError
from index.folding import fold
from index.hub import load
from qa.question import Question
from qa.rerank import Candidate, bundled_reranker

_SHOWN = 20  # candidates


class NamedReranker:
    """See Reranker."""

    depth = bundled_reranker().depth

    def __init__(self, name: str) -> None:
        """Raises UserError if the model cannot be had, or does not give one score to a pair of texts."""

        def made(wanted: str, revision: str | None, only_local: bool) -> Any:
            from sentence_transformers import CrossEncoder

            return CrossEncoder(wanted, revision=revision, local_files_only=only_local, device="cpu")

        self._model = load(name, "the reranker", made)
        if self._model.num_labels != 1:
            raise UserError(f"the model {name} gives {self._model.num_labels} scores to a pair of texts.", "Name a reranker that gives one.")

    def scores(self, question: Question, candidates: Sequence[Candidate], frequency: Callable[[str], int], passages: int) -> NDArray[np.float64]:
        """See Reranker: those shown by the model's word, the others behind them as the bundled reranker has them. Texts are folded."""
        found = bundled_reranker().scores(question, candidates, frequency, passages)
        shown = np.argsort(-found, kind="stable")[:_SHOWN]
        chosen = [candidates[i].found for i in shown]
        pairs = [(question.folded, fold(f"{each.article.title}\n{each.passage.readable}".strip())) for each in chosen]
        if not pairs:
            return found
        said = np.asarray(self._model.predict(pairs, show_progress_bar=False, convert_to_numpy=True), np.float64)
        if said.min() < 0 or said.max() > 1:  # some give log odds
            said = 1 / (1 + np.exp(-said))
        found *= said.min() / max(float(found.max()), 1e-9)
        found[shown] = said
        return found
