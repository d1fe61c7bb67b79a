"""A question becomes hits: both legs are asked, their scores joined, the first put in order, one story is told once.

Knows how the legs are weighed. Does not know how an answer is found in a passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.corpus import Corpus, Filters, StoredPassage, Teller
from index.embedding import Embedder, load_embedder
from index.errors import UserError
from index.terms import terms
from qa.question import Question
from qa.rerank import Candidate, Reranker, bundled_reranker

_FROM_TERMS, _FROM_VECTORS = 100, 50  # candidates of each leg
# Weight of a cosine beside a BM25 score as a share of the best one; measured in docs/experiments.md.
COSINE_WEIGHT = 0.2
_EVERY = Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, best first by `score`."""

    rank: int  # from 1
    score: float
    bm25: float  # 0 if the term leg did not name it
    cosine: float
    found: StoredPassage
    copies: tuple[Teller, ...]  # the other articles that tell the same story, the least damaged first


def embedder_of(store: Corpus) -> Embedder:
    """The embedder a store was made with. Raises UserError if it cannot be had, or has become another since."""
    embedder = load_embedder(store.model)
    if embedder.fingerprint != store.fingerprint:
        raise UserError(
            f"{store.place}: made with another version of the model {store.model}.",
            "Run python -m index.reindex FOLDER once more; it embeds everything again.",
        )
    return embedder


def candidates(store: Corpus, embedder: Embedder, question: Question, count: int, filters: Filters = _EVERY) -> list[Candidate]:
    """The `count` passages whose joined scores are best, best first, ties by id, before anything puts them in another order."""
    found = _fused(store, embedder, question, filters, 1)
    return _read(store, found, found.ordered[:count])


def search(store: Corpus, embedder: Embedder, question: Question, k: int, filters: Filters = _EVERY, reranker: Reranker | None = None) -> list[Hit]:
    """At most k hits, best first, ties as `candidates` has them; of articles that tell one story only the least damaged is named.

    The first of them are put in order by the reranker, without one by the bundled.
    """
    k = min(k, len(store))
    if k < 1:
        return []
    reranker = reranker or bundled_reranker()
    width = max(1, k // 20)
    while True:
        found = _fused(store, embedder, question, filters, width)
        first = _read(store, found, found.ordered[: reranker.depth])
        scores = _scores(found, reranker.scores(question, first, store.frequency, len(store)))
        hits = _told_once(store, found, scores, {each.found.passage.id: each.found for each in first}, k)
        # Many copies of one story can fill all places; then more are asked for.
        if len(hits) == k or _FROM_VECTORS * width >= len(store):
            return hits
        width *= 8


@dataclass(frozen=True, slots=True)
class _Fused:
    """What both legs say of the passages that either names."""

    bm25: dict[int, float]
    cosines: dict[int, float]
    scores: dict[int, float]
    ordered: list[int]  # the best first


def _fused(store: Corpus, embedder: Embedder, question: Question, filters: Filters, width: int) -> _Fused:
    passages = len(store)
    if not passages:
        return _Fused({}, {}, {}, [])
    asked = [*terms(question.content), *(term for variant in question.variants for term in terms(variant.text))]
    (vector,) = embedder.encode([question.folded], query=True)
    bm25 = dict(store.by_terms(asked, min(_FROM_TERMS * width, passages), filters))
    near = [passage for passage, _ in store.by_vector(vector, _FROM_VECTORS * width, filters)]
    cosines = store.cosines(vector, sorted(bm25.keys() | set(near)))
    best = max(bm25.values(), default=1.0)
    scores = {passage: bm25.get(passage, 0.0) / best + COSINE_WEIGHT * cosine for passage, cosine in cosines.items()}
    return _Fused(bm25, cosines, scores, sorted(scores, key=lambda passage: (-scores[passage], passage)))


def _read(store: Corpus, found: _Fused, passages: Sequence[int]) -> list[Candidate]:
    known = store.passages(passages)
    whole = store.running_texts(known.values())
    return [Candidate(known[p], found.bm25.get(p, 0.0), found.cosines[p], found.scores[p], whole[known[p].article.id]) for p in passages]


def _scores(found: _Fused, given: NDArray[np.float64]) -> dict[int, float]:
    """The score of every passage, best first: those that were given one by it, the others behind them as they were."""
    first, others = found.ordered[: len(given)], found.ordered[len(given) :]
    scores = dict(sorted(zip(first, given.tolist(), strict=True), key=lambda pair: -pair[1]))  # ties stay as they were
    least = min(scores.values(), default=1.0)
    highest = max(1e-9, found.scores[first[-1]]) if first else 1.0
    return scores | {passage: least * max(0.0, found.scores[passage]) / highest for passage in others}


def _told_once(store: Corpus, found: _Fused, scores: dict[int, float], known: dict[int, StoredPassage], k: int) -> list[Hit]:
    """The hits, of which some passages are `known` already."""
    ordered = list(scores)
    hits: list[Hit] = []
    told: dict[str, list[Teller]] = {}  # story → the articles that tell it, first the one that is named
    for start in range(0, len(ordered), 2 * k):
        part = ordered[start : start + 2 * k]
        known |= store.passages([passage for passage in part if passage not in known])
        for passage in part:
            if len(hits) == k:
                return hits
            named = known[passage]
            if named.story not in told:
                told[named.story] = _tellers(store, named, ordered)
            first, *others = told[named.story]
            if first.id == named.article.id:
                bm25 = found.bm25.get(passage, 0.0)
                hits.append(Hit(len(hits) + 1, scores[passage], bm25, found.cosines[passage], named, tuple(others)))
    return hits


def _tellers(store: Corpus, found: StoredPassage, passages: list[int]) -> list[Teller]:
    """The articles that tell a story, first the least damaged of those of which one of the passages was found."""
    tellers = store.tellers(found.story)
    if len(tellers) == 1:
        return tellers
    met = store.articles_of(passages)
    return sorted(tellers, key=lambda teller: teller.id not in met)  # stable: otherwise the least damaged first
