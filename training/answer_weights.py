"""Makes the answer weights of a reader: how features of a sentence are weighed, and how sure an answer is.

Knows CMRC 2018 train (questions, passages, answers) and asks the product itself for candidates. Does not read the
evaluation sets. Writes qa/assets/answer.json or, for a folder of training/joint_reader.py, answer.json in that folder.

    python -m training.answer_weights --data ../shared/train [--reader FOLDER]

The weights maximise the likelihood that a softmax over the candidates of a question picks a sentence that holds its
answer. The confidence is a logistic regression on the chosen candidate: right answers with the whole corpus, against
the same questions with the article that answers them taken out, against wrong sentences, and, for the joint reader,
against questions changed so that nothing answers them (training/near_misses.py). They are asked of the whole corpus and
of small ones, some of articles that are alike and some of any, so that it is learned what a store's overlap is worth.

The joint reader answers where the encoder finds passages too, so its questions are asked that way. It also learns from
each question once more with what its words share with the passage hidden: a question in other words, or in English,
shares nothing, and the reader's score must carry the answer alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from index.embedding.encoder import bundled_encoder
from index.embedding.models import Embedder
from index.embedding.static import bundled_model
from index.store.corpus import Corpus
from index.text.folding import fold
from qa.answer import CONFIDENCE, ConfidenceFeatures, confidence_features
from qa.evaluate import GoldQuestion, compared, read_rows, store_of
from qa.evidence import FEATURES, SentenceCandidate, weigh_sentences
from qa.joint_reader import ANSWER_FILE, JointReader
from qa.question import Question, understand
from qa.reader import ANSWER_WEIGHTS, PassageReader, bundled_reader
from qa.search import Hit, search
from training.examples import cmrc, left_out
from training.near_misses import names_of, near_miss

_SEED = 20261122
_DECAY, _SURE_DECAY = 1e-3, 3e-5  # of the weights of sentences and of confidence
# What people look up in news is mostly a figure of a known unit, which questions on an encyclopaedia seldom want; these
# are added to what is learned. They cost at most 0.01 of the right sentences on any evaluation set
# (docs/experiments.md).
_PRIOR = {"no_figure": -1.5, "no_date": -0.5, "other_number": -1.5}
# The article that answers is taken out of the hits, not of the corpus, so its names still stand in it: what a name is
# worth that stands nowhere cannot be learned here. It takes a confidence of 0.5 to 0.38.
# An encyclopaedia has one figure where a year of news has twelve, so what another year or number is worth is set, too.
_SET = {"absent": -0.5, "other_number": -1.5}
# More that speaks for an answer never makes it less sure, whatever chance says of the questions learned from.
_SUPPORT = ("own", "around", "focus", "subject", "closeness", "reading")
_UNANSWERABLE = 0.25  # one question in five is taken to have no answer in the corpus
_SILENCED = 0.04  # of the answerable questions
_POOLS, _POOL = 20, 12  # small corpora of each kind, and articles of each
_SHARED = ("own", "around", "focus", "subject", "closeness")  # what words share
_NAMES = 60  # names of other questions, of which one may take the place of a name


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question's candidates with the corpus whole, and with the answering article taken out."""

    question: Question
    overlap: float  # of the store
    hits: list[Hit]
    whole: list[SentenceCandidate]
    right: NDArray[np.bool_]  # (candidates of whole,) whether each holds the answer
    unanswered: list[
        tuple[list[Hit], list[SentenceCandidate]]
    ]  # what nothing answers: without that article, or changed


def _asked(
    store: Corpus, row: GoldQuestion, reader: PassageReader, encoder: Embedder | None, changed: str | None
) -> _Asked:
    question = understand(row.question)
    hits = search(store, bundled_model(), question, 12, encoder=encoder)
    whole = weigh_sentences(store, question, hits, reader)
    right = np.array(
        [c.hit.stored.article.id == row.article_name and _holds(c, row.accepted_answers) for c in whole], bool
    )
    rest = [
        replace(hit, rank=i)
        for i, hit in enumerate((hit for hit in hits if hit.stored.article.id != row.article_name), 1)
    ]
    unanswered = [(rest, weigh_sentences(store, question, rest, reader))]
    if changed:
        other = understand(changed)
        near = search(store, bundled_model(), other, 12, encoder=encoder)
        unanswered.append((near, weigh_sentences(store, other, near, reader)))
    return _Asked(question, store.overlap, hits, whole, right, unanswered)


def _pools(passages: Sequence[tuple[str, str, str]], unread: set[str]) -> Iterator[Sequence[tuple[str, str, str]]]:
    """Yield the corpora to ask: all articles, then small ones of a left-out article with those nearest, or with any."""
    yield passages
    rng = np.random.default_rng(_SEED)
    own = [i for i, (key, _, _) in enumerate(passages) if key in unread]
    vectors = bundled_model().encode([f"{title} {text[:400]}" for _, title, text in passages])
    for first in rng.choice(own, _POOLS, replace=False):
        near = [
            i
            for i in np.argsort(-vectors @ vectors[first], kind="stable")[: 4 * _POOL]
            if i == first or i in own or rng.random() < 0.5
        ]
        yield [passages[i] for i in near[:_POOL]]
        yield [passages[i] for i in rng.choice(own, _POOL, replace=False)]


def _holds(candidate: SentenceCandidate, answers: Sequence[str]) -> bool:
    text = candidate.hit.stored.passage.text[candidate.sentence.start : candidate.sentence.end]
    return any(compared(answer) in compared(text) for answer in answers)


def _sentence_weights(asked: Sequence[_Asked], *, hidden: bool) -> NDArray[np.float64]:
    usable = [a for a in asked if a.right.any()]
    most = max(len(a.whole) for a in usable)
    features = torch.zeros(len(usable), most, len(FEATURES))
    absent = torch.full((len(usable), most), -1e9)
    right = torch.zeros(len(usable), most)
    for i, a in enumerate(usable):
        features[i, : len(a.whole)] = torch.tensor([c.features for c in a.whole])
        absent[i, : len(a.whole)] = 0
        right[i, : len(a.whole)] = torch.from_numpy(a.right.astype(np.float32))
    if hidden:
        blank = features.clone()
        blank[:, :, [FEATURES.index(name) for name in _SHARED]] = 0
        features, absent, right = torch.cat([features, blank]), torch.cat([absent] * 2), torch.cat([right] * 2)
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


def _logistic(
    features: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    raw = torch.full((features.shape[1] + 1,), -1.0, dtype=torch.float64, requires_grad=True)
    signs = torch.tensor([1.0 if name in _SUPPORT else -1.0 for name in CONFIDENCE])
    inputs = torch.from_numpy(features)
    target, weight = torch.from_numpy(right), torch.from_numpy(counts)
    optimiser = torch.optim.LBFGS([raw], max_iter=500)

    def slopes() -> torch.Tensor:
        return signs * torch.nn.functional.softplus(raw[:-1])

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = inputs @ slopes() + raw[-1]
        value = (
            torch.nn.functional.binary_cross_entropy_with_logits(scores, target, weight)
            + _SURE_DECAY * (slopes() ** 2).sum()
        )
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return slopes().detach().numpy(), float(raw.detach()[-1])


def main() -> None:
    """Asks, fits and saves."""
    parser = argparse.ArgumentParser(description="Fit the weights of answer sentences and of confidence.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl")
    parser.add_argument("--reader", type=Path, help="folder of a joint reader (default: the bundled reader)")
    options = parser.parse_args()
    joint = options.reader is not None
    reader: PassageReader = JointReader(options.reader) if joint else bundled_reader()
    encoder = bundled_encoder() if joint else None
    target = options.reader / ANSWER_FILE if joint else ANSWER_WEIGHTS
    rows, passages = read_rows(options.data / "cmrc2018_train.jsonl")
    # What the reader has learned from tells nothing about what its scores are worth.
    unread = left_out([example.article for example in cmrc(options.data)])
    rows = [row for row in rows if row.article_name in unread]
    rng = np.random.default_rng(_SEED)
    changed: dict[str, str | None] = {}
    if joint:
        names = sorted({name for row in rows for name in names_of(fold(row.question))})
        texts = {key: fold(text) for key, _, text in passages}
        for row in rows:
            some = [names[int(j)] for j in rng.integers(0, len(names), _NAMES)]
            changed[row.question] = near_miss(fold(row.question), texts[row.article_name], some, rng)
    asked = []
    for number, pool in enumerate(_pools(passages, unread)):
        held = {key for key, _, _ in pool}
        with store_of(pool, encoded=joint) as store:
            asked += [
                _asked(store, row, reader, encoder, None if number else changed.get(row.question))
                for row in rows
                if row.article_name in held
            ]

    weights = _sentence_weights(asked, hidden=joint)
    weights += np.array([_PRIOR.get(name, 0.0) for name in FEATURES])
    features, right, answerables = [], [], []
    for a in asked:
        for hits, candidates, answerable in ((a.hits, a.whole, True), *((*each, False) for each in a.unanswered)):
            if candidates:
                scores = np.array([c.features for c in candidates]) @ weights
                best = int(scores.argmax())
                features.append(confidence_features(candidates[best], hits, a.overlap))
                right.append(float(answerable and a.right[best]))
                answerables.append(answerable)
    slopes, intercept = _confidence_weights(features, np.array(right), np.array(answerables), hidden=joint)
    sure = 1 / (1 + np.exp(-(np.array(features) @ slopes + intercept)))
    silent_below = float(np.quantile(sure[answerables], _SILENCED))
    kept_silent = float((sure[~np.array(answerables)] < silent_below).mean())
    target.parent.mkdir(exist_ok=True)
    target.write_text(
        json.dumps(
            {
                "sentence": dict(zip(FEATURES, np.round(weights, 3).tolist(), strict=True)),
                "confidence": {
                    **dict(zip(CONFIDENCE, np.round(slopes, 3).tolist(), strict=True)),
                    "intercept": round(intercept, 3),
                },
                "silent_below": round(silent_below, 3),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    picked = np.mean(
        [a.right[int((np.array([c.features for c in a.whole]) @ weights).argmax())] for a in asked if a.whole]
    )
    sys.stdout.write(
        f"{len(asked)} questions, right sentence first in {picked:.3f}; "
        f"silent below {silent_below:.3f}: {_SILENCED:.0%} of the answerable, {kept_silent:.0%} of the unanswerable\n"
    )


def _confidence_weights(
    features: Sequence[ConfidenceFeatures], right: NDArray[np.float64], answerable: NDArray[np.bool_], *, hidden: bool
) -> tuple[NDArray[np.float64], float]:
    """Fit the slopes, in the order of CONFIDENCE, and the intercept; what `_SET` sets is set."""
    known, counts = np.array(features), np.where(answerable, 1.0, _UNANSWERABLE)
    column = {name: number for number, name in enumerate(CONFIDENCE)}
    known[:, [column[name] for name in _SET]] = 0.0
    if hidden:
        blank = known.copy()
        blank[:, [column[name] for name in _SHARED]] = 0.0
        known, right, counts = np.concatenate([known, blank]), np.tile(right, 2), np.tile(counts, 2)
    slopes, intercept = _logistic(known, right, counts)
    for name, slope in _SET.items():
        slopes[column[name]] = slope
    return slopes, intercept


if __name__ == "__main__":
    main()
