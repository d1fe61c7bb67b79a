"""Find the hits for a question: ask both indexes, fuse their scores, rerank the first, leave out duplicates.

Knows how the term index and the vector index are weighed. Does not know how an answer is found in a passage.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedding.models import Embedder, load_embedder
from index.errors import UserError
from index.store.corpus import ArticleRef, Corpus, StoredPassage
from index.store.filters import Filters
from index.store.terms import terms
from qa.passage_features import PassageCandidate
from qa.question import Question
from qa.rerank import Reranker, bundled_reranker

_FROM_TERMS, _FROM_VECTORS = 100, 50  # candidates of the term index and of the vector index
# Weight of a cosine beside a BM25 score, which is a share of the best one; measured in docs/experiments.md.
COSINE_WEIGHT = 0.2
_FROM_MEANING = 50  # candidates of the encoder
# The standard deviation of the encoder's cosines around a question's own mean; measured in docs/experiments.md.
_SPREAD = 0.0145
MEANING_WEIGHT = 0.2  # of a standard deviation in meaning beside a BM25 score as a share of the best one
_COPIES = 3  # passages asked for where one is wanted: some are copies of others
_EVERY = Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search found. Hits are in order of `score`, the best first."""

    rank: int  # from 1
    score: float
    bm25: float  # 0 if the term index did not return it
    cosine: float
    stored: StoredPassage
    copies: tuple[ArticleRef, ...]  # the other articles of its near-duplicate group, the least damaged first


def embedder_of(store: Corpus) -> Embedder:
    """Load the embedder that a store was made with. Raises UserError if it is not available or has changed since."""
    embedder = load_embedder(store.model)
    if embedder.fingerprint != store.fingerprint:
        raise UserError("asking.other_model", path=store.address, model=store.model)
    return embedder


def candidates(
    store: Corpus,
    embedder: Embedder,
    question: Question,
    count: int,
    filters: Filters = _EVERY,
    encoder: Embedder | None = None,
) -> list[PassageCandidate]:
    """Return the `count` passages with the best fused scores, before reranking: the best first, ties by id."""
    fused = _fused(store, _vectors(embedder, encoder, question), question, filters, 1)
    return _candidates(store, fused, fused.ordered[:count])


def search(
    store: Corpus,
    embedder: Embedder,
    question: Question,
    k: int,
    filters: Filters = _EVERY,
    reranker: Reranker | None = None,
    encoder: Embedder | None = None,
) -> list[Hit]:
    """Return at most k hits, the best first, ties in the order of `candidates`.

    Of a near-duplicate group only the least damaged article has hits. The reranker (None: the bundled one) orders the
    first candidates. The encoder (None: none) names passages that are near in meaning, of those that have its vectors.
    """
    k = min(k, len(store))
    if k < 1:
        return []
    vectors = _vectors(embedder, encoder if store.encoded else None, question)
    width = max(1, k // 20)
    while True:
        fused = _fused(store, vectors, question, filters, width)
        # The filters may let only passages through that the encoder's vectors have not reached yet.
        orders = reranker or bundled_reranker(encoded=bool(fused.meanings))
        first = _candidates(store, fused, fused.ordered[: orders.depth])
        scores = _scores(fused, orders.scores(question, first, store.frequency, len(store)))
        hits = _without_duplicates(store, fused, scores, {each.stored.passage.id: each.stored for each in first}, k)
        # Many copies of one article can fill all places; then ask for more passages.
        if len(hits) == k or _FROM_VECTORS * width >= len(store):
            return hits
        width *= 8


def nearest_in_meaning(store: Corpus, encoder: Embedder, question: Question, k: int, filters: Filters) -> list[Hit]:
    """Return at most k hits by the encoder's vectors alone, the nearest first, one of a near-duplicate group.

    Their `score` and `cosine` are the encoder's cosine. [] if the store has no vectors of this encoder.
    """
    if not store.encoded or store.encoder != encoder.fingerprint or k < 1:
        return []
    (vector,) = encoder.encode([question.folded], query=True)
    cosines = dict(store.by_meaning(vector, _COPIES * k, filters))
    return _without_duplicates(store, _Fused({}, cosines, cosines, cosines, list(cosines)), cosines, {}, k)


@dataclass(frozen=True, slots=True)
class _Fused:
    """The scores of the passages that either index returned, by id of the passage."""

    bm25: dict[int, float]
    cosines: dict[int, float]
    meanings: dict[int, float]  # see PassageCandidate.meaning; empty without an encoder
    scores: dict[int, float]
    ordered: list[int]  # ids, the best first


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The vectors of a question. They are made once, however often a search asks for more passages."""

    own: NDArray[np.float32]  # by the store's embedder
    meaning: NDArray[np.float32] | None  # by the encoder


def _vectors(embedder: Embedder, encoder: Embedder | None, question: Question) -> _Vectors:
    (own,) = embedder.encode([question.folded], query=True)
    return _Vectors(own, encoder.encode([question.folded], query=True)[0] if encoder is not None else None)


def _fused(store: Corpus, vectors: _Vectors, question: Question, filters: Filters, width: int) -> _Fused:
    passages = len(store)
    if not passages:
        return _Fused({}, {}, {}, {}, [])
    asked = [*terms(question.content), *(term for variant in question.variants for term in terms(variant.text))]
    bm25 = dict(store.by_terms(asked, min(_FROM_TERMS * width, passages), filters))
    ids = bm25.keys() | {passage for passage, _ in store.by_vector(vectors.own, _FROM_VECTORS * width, filters)}
    meanings: dict[int, float] = {}
    if vectors.meaning is not None:
        meanings = _meanings(store, vectors.meaning, ids, filters, width)
        ids |= meanings.keys()
    cosines = store.cosines(vectors.own, sorted(ids))
    best = max(bm25.values(), default=1.0)
    scores = {
        passage: bm25.get(passage, 0.0) / best + COSINE_WEIGHT * cosine + MEANING_WEIGHT * meanings.get(passage, 0.0)
        for passage, cosine in cosines.items()
    }
    return _Fused(bm25, cosines, meanings, scores, sorted(scores, key=lambda passage: (-scores[passage], passage)))


def _meanings(
    store: Corpus, vector: NDArray[np.float32], ids: Collection[int], filters: Filters, width: int
) -> dict[int, float]:
    """Return how near in meaning these passages and the nearest of all are, see PassageCandidate.meaning.

    A passage that the encoder's vectors have not reached yet counts as the farthest.
    """
    nearest = store.by_meaning(vector, _FROM_MEANING * width, filters)
    if not nearest:
        return {}
    reference = nearest[:_FROM_MEANING][-1][1]
    cosines = store.meanings(vector, sorted({*ids, *(passage for passage, _ in nearest)}))
    farthest = min(cosines.values())
    return {passage: (cosines.get(passage, farthest) - reference) / _SPREAD for passage in sorted({*ids, *cosines})}


def _candidates(store: Corpus, fused: _Fused, passages: Sequence[int]) -> list[PassageCandidate]:
    known = store.passages(passages)
    whole = store.running_texts(known.values())
    return [
        PassageCandidate(
            known[p],
            fused.bm25.get(p, 0.0),
            fused.cosines[p],
            fused.scores[p],
            whole[known[p].article.id],
            fused.meanings.get(p, 0.0),
        )
        for p in passages
    ]


def _scores(fused: _Fused, reranked: NDArray[np.float64]) -> dict[int, float]:
    """Return the final score of every passage, the best first.

    `reranked`: the scores of the first passages. The other passages follow them in their fused order.
    """
    first, others = fused.ordered[: len(reranked)], fused.ordered[len(reranked) :]
    scores = dict(
        sorted(zip(first, reranked.tolist(), strict=True), key=lambda pair: -pair[1])
    )  # ties keep their order
    least = min(scores.values(), default=1.0)
    highest = max(1e-9, fused.scores[first[-1]]) if first else 1.0
    return scores | {passage: least * max(0.0, fused.scores[passage]) / highest for passage in others}


def _without_duplicates(
    store: Corpus, fused: _Fused, scores: dict[int, float], known: dict[int, StoredPassage], k: int
) -> list[Hit]:
    """Make the hits. `known`: passages already read from the store, by id."""
    ordered = list(scores)
    hits: list[Hit] = []
    groups: dict[str, list[ArticleRef]] = {}  # near-duplicate group → its articles, first the one that has hits
    for start in range(0, len(ordered), 2 * k):
        part = ordered[start : start + 2 * k]
        known |= store.passages([passage for passage in part if passage not in known])
        for passage in part:
            if len(hits) == k:
                return hits
            stored = known[passage]
            if stored.duplicate_group not in groups:
                groups[stored.duplicate_group] = _group_articles(store, stored, ordered)
            first, *others = groups[stored.duplicate_group]
            if first.id == stored.article.id:
                bm25 = fused.bm25.get(passage, 0.0)
                hits.append(Hit(len(hits) + 1, scores[passage], bm25, fused.cosines[passage], stored, tuple(others)))
    return hits


def _group_articles(store: Corpus, stored: StoredPassage, passages: list[int]) -> list[ArticleRef]:
    """Return the near-duplicate group of a passage, first the least damaged article that owns one of `passages`."""
    articles = store.group_articles(stored.duplicate_group)
    if len(articles) == 1:
        return articles
    owners = store.articles_of(passages)
    return sorted(articles, key=lambda article: article.id not in owners)  # stable: otherwise the least damaged first
