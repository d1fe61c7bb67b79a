"""Makes qa/assets/answer.json: how the features of a sentence are weighed, and how sure an answer is.

Knows CMRC 2018 train (questions, passages, answers) and asks the product itself for candidates. Does not read the
evaluation sets.

    python -m training.answer_weights --data ../shared/train

The weights maximise the likelihood that a softmax over the candidates of a question picks a sentence that holds its answer.
The confidence is a logistic regression on the chosen candidate: right answers with the whole corpus, against the same
questions with the article that answers them taken out, and against wrong sentences.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from index.embedding import bundled_model
from index.store import Store
from qa.answer import CONFIDENCE, FEATURES, WEIGHTS, Candidate, confidence_features, weigh
from qa.evaluate import Row, compared, read_rows, store_of
from qa.question import Question, understand
from qa.search import Hit, search

_SEED = 20261122
_QUESTIONS = 4000  # more changed no weight by more than a tenth
_DECAY = 1e-3
# An encyclopaedia opens with what is asked most, and is asked how much less often than the news is. These factors cost at
# most 0.005 of the right sentences on any evaluation set and win 0.06 on the sample questions (docs/experiments.md).
_PRIOR = {"no_figure": 2.5, "no_date": 2.0, "opening": 0.5}
_UNANSWERABLE = 0.25  # one question in five is taken to have no answer in the corpus
_SILENCED = 0.05  # of the answerable questions; on smaller corpora and other kinds of text it comes out higher


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question's candidates with the corpus whole, and with the answering article taken out."""

    question: Question
    whole: list[Candidate]
    right: NDArray[np.bool_]  # (candidates of whole,) whether each holds the answer
    without: list[Candidate]


def _asked(store: Store, row: Row) -> _Asked:
    question = understand(row.question)
    hits = search(store, bundled_model(), question, 12)
    whole = weigh(store, question, hits)
    right = np.array([c.hit.found.article.id == row.article and _holds(c, row.answers) for c in whole], bool)
    rest: list[Hit] = [hit for hit in hits if hit.found.article.id != row.article]
    return _Asked(question, whole, right, weigh(store, question, [replace(hit, rank=i) for i, hit in enumerate(rest, 1)]))


def _holds(candidate: Candidate, answers: Sequence[str]) -> bool:
    text = candidate.hit.found.passage.text[candidate.sentence.start : candidate.sentence.end]
    return any(compared(answer) in compared(text) for answer in answers)


def _sentence_weights(asked: Sequence[_Asked]) -> NDArray[np.float64]:
    usable = [a for a in asked if a.right.any()]
    most = max(len(a.whole) for a in usable)
    features = torch.zeros(len(usable), most, len(FEATURES))
    absent = torch.full((len(usable), most), -1e9)
    right = torch.zeros(len(usable), most)
    for i, a in enumerate(usable):
        features[i, : len(a.whole)] = torch.tensor([c.features for c in a.whole])
        absent[i, : len(a.whole)] = 0
        right[i, : len(a.whole)] = torch.from_numpy(a.right.astype(np.float32))
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=300)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        likelihood = torch.log_softmax(features @ weights + absent, 1) + torch.log(right + 1e-9)
        value = -torch.logsumexp(likelihood, 1).mean() + _DECAY * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach().numpy().astype(np.float64)


def _logistic(features: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    weights = torch.zeros(features.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    inputs = torch.from_numpy(np.hstack([features, np.ones((len(features), 1))]))
    target, weight = torch.from_numpy(right), torch.from_numpy(counts)
    optimiser = torch.optim.LBFGS([weights], max_iter=300)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(inputs @ weights, target, weight) + _DECAY * (weights[:-1] ** 2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    fitted = weights.detach().numpy()
    return fitted[:-1], float(fitted[-1])


def main() -> None:
    """Asks, fits and saves."""
    parser = argparse.ArgumentParser(description="Fit the weights of answer sentences and of confidence.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl")
    options = parser.parse_args()
    rows, passages = read_rows(options.data / "cmrc2018_train.jsonl")
    rows = [rows[i] for i in np.random.default_rng(_SEED).permutation(len(rows))]
    with store_of(passages) as store:
        asked = [_asked(store, row) for row in rows[:_QUESTIONS]]

    weights = _sentence_weights(asked) * np.array([_PRIOR.get(name, 1.0) for name in FEATURES])
    features, right, answerables = [], [], []
    for a in asked:
        for candidates, answerable in ((a.whole, True), (a.without, False)):
            if candidates:
                scores = np.array([c.features for c in candidates]) @ weights
                best = int(scores.argmax())
                features.append(confidence_features(candidates[best]))
                right.append(float(answerable and a.right[best]))
                answerables.append(answerable)
    slopes, intercept = _logistic(np.array(features), np.array(right), np.where(answerables, 1.0, _UNANSWERABLE))
    sure = 1 / (1 + np.exp(-(np.array(features) @ slopes + intercept)))
    silent_below = float(np.quantile(sure[answerables], _SILENCED))
    kept_silent = float((sure[~np.array(answerables)] < silent_below).mean())
    WEIGHTS.parent.mkdir(exist_ok=True)
    WEIGHTS.write_text(
        json.dumps(
            {
                "sentence": dict(zip(FEATURES, np.round(weights, 3).tolist(), strict=True)),
                "confidence": {**dict(zip(CONFIDENCE, np.round(slopes, 3).tolist(), strict=True)), "intercept": round(intercept, 3)},
                "silent_below": round(silent_below, 3),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    picked = np.mean([a.right[int((np.array([c.features for c in a.whole]) @ weights).argmax())] for a in asked if a.whole])
    sys.stdout.write(
        f"{len(asked)} questions, right sentence first in {picked:.3f}; "
        f"silent below {silent_below:.3f}: {_SILENCED:.0%} of the answerable, {kept_silent:.0%} of the unanswerable\n"
    )


if __name__ == "__main__":
    main()
