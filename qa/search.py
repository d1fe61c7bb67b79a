"""A question becomes hits: both legs are asked, their scores joined, one story is told once.

Knows how the legs are weighed. Does not know how an answer is found in a passage.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.embedding import Embedder, load_embedder
from index.errors import UserError
from index.store import Filters, Store, StoredPassage, Teller
from index.terms import terms
from qa.question import Question

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


def embedder_of(store: Store) -> Embedder:
    """The embedder a store was made with. Raises UserError if it cannot be had, or has become another since."""
    embedder = load_embedder(store.model)
    if embedder.fingerprint != store.fingerprint:
        raise UserError(
            f"{store.folder}: made with another version of the model {store.model}.",
            "Run python -m index.reindex FOLDER once more; it embeds everything again.",
        )
    return embedder


def search(store: Store, embedder: Embedder, question: Question, k: int, filters: Filters = _EVERY) -> list[Hit]:
    """At most k hits, best first, ties by passage id; of articles that tell one story only the least damaged is named."""
    articles = allowed = None
    if filters:
        articles = store.matching(filters)
        allowed = store.passage_ids(articles)
    asked = terms(question.content)
    (vector,) = embedder.encode([question.folded], query=True)
    passages = len(store.vectors)
    if not passages or k < 1:
        return []
    k = min(k, passages)
    width = max(1, k // 20)
    while True:
        bm25 = dict(store.terms.search(asked, min(_FROM_TERMS * width, passages), articles))
        near = [passage for passage, _ in store.vectors.search(vector, _FROM_VECTORS * width, allowed)]
        cosines = store.cosines(vector, sorted(bm25.keys() | set(near)))
        hits = _told_once(store, bm25, cosines, k)
        # Many copies of one story can fill all places; then more are asked for.
        if len(hits) == k or _FROM_VECTORS * width >= passages:
            return hits
        width *= 8


def _told_once(store: Store, bm25: dict[int, float], cosines: dict[int, float], k: int) -> list[Hit]:
    best = max(bm25.values(), default=1.0)
    scores = {passage: bm25.get(passage, 0.0) / best + COSINE_WEIGHT * cosine for passage, cosine in cosines.items()}
    ordered = sorted(scores, key=lambda passage: (-scores[passage], passage))
    hits: list[Hit] = []
    told: dict[str, list[Teller]] = {}  # story → the articles that tell it, first the one that is named
    for start in range(0, len(ordered), 2 * k):
        part = ordered[start : start + 2 * k]
        known = store.passages(part)
        for passage in part:
            if len(hits) == k:
                return hits
            found = known[passage]
            if found.story not in told:
                told[found.story] = _tellers(store, found, ordered)
            named, *others = told[found.story]
            if named.id == found.article.id:
                hits.append(Hit(len(hits) + 1, scores[passage], bm25.get(passage, 0.0), cosines[passage], found, tuple(others)))
    return hits


def _tellers(store: Store, found: StoredPassage, passages: list[int]) -> list[Teller]:
    """The articles that tell a story, first the least damaged of those of which one of the passages was found."""
    tellers = store.tellers(found.story)
    if len(tellers) == 1:
        return tellers
    met = store.articles_of(passages)
    return sorted(tellers, key=lambda teller: teller.id not in met)  # stable: otherwise the least damaged first
