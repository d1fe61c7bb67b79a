"""The protocol of a store that is opened to be read, in a folder or on a server.

Knows what can be asked of a store and the records that it returns. Does not know folders, servers or how anything is
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.records import Article, Passage, Problem, Span, without_spans
from index.store.address import MilvusAddress
from index.store.filters import ALL, Filters

_RUNNING = 20  # passages of an article that its running text consists of


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its article, and what the store knows of that."""

    passage: Passage
    article: Article
    duplicate_group: str  # equal for near-duplicates
    digits_lost: int  # places in the whole article where digits are lost
    damage: int  # of the whole article (see index.text.cleaning.damage): of duplicates, the least damaged is shown


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article without its text, as a list of duplicates shows it."""

    id: str
    title: str
    date: str  # ISO, or ""
    source: str
    path: str


class Corpus(Protocol):
    """A store opened to be read: one generation, until `refresh`.

    Every method raises UserError if the store cannot be read or is damaged.
    """

    @property
    def address(self) -> Path | MilvusAddress:
        """Where the store is."""

    generation: int
    model: str  # the name of the embedding model that it was made with
    fingerprint: str  # of that model
    dimension: int  # of its vectors
    # How well the best passage of another duplicate group matches a piece of a passage, as a share of the passage's
    # own BM25 score, on average: near 0.2 in an encyclopaedia, higher where all articles are about one town.
    # Confidences depend on it.
    overlap: float

    # The contextual encoder's vectors are made after the passages, so there may be none yet, or only some.

    @property
    def encoder(self) -> str:
        """The fingerprint of the encoder that made the vectors, "" if there are none."""

    @property
    def encoded(self) -> int:
        """How many passages have a vector of the encoder."""

    def __len__(self) -> int:
        """Return the number of passages."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Close the files or connections."""

    def refresh(self) -> bool:
        """Switch to the newest complete generation and the encoder's newest vectors. Return True if it changed."""

    def counts(self) -> tuple[int, int]:
        """Return (number of articles, number of passages)."""

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, BM25 score) of passages that hold some of the terms, best first, ties by id."""

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) nearest to `vector`, (dimension,) float32, best first, ties by id."""

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term in their text."""

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, (dimension,) float32, of unit length. All ids must be known."""

    def by_meaning(self, vector: NDArray[np.float32], k: int, filters: Filters = ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine by the encoder's vectors), the best first, ties by id."""

    def meanings(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, for those of these passages that have the encoder's vector."""

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return passage id → passage. Raises UserError for an unknown id, or if a passage lies outside its article."""

    def running_texts(self, stored: Collection[StoredPassage]) -> dict[str, str]:
        """Return article id → the readable text of its first 20 passages, a line each, for these passages' articles."""

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """Return the ids of the articles of these passages."""

    def before(self, stored: StoredPassage) -> Passage | None:
        """Return the passage before another in its article, or None for the first."""

    def group_articles(self, duplicate_group: str) -> list[ArticleRef]:
        """Return all articles of a duplicate group, the least damaged first, then by path."""

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """Return the ids of those of these articles that pass the filters."""

    def articles(self) -> Iterator[Article]:
        """Yield every article, ordered by path and id."""

    def faults(self) -> list[Problem]:
        """Return what does not agree within the store; empty if nothing."""


def passage_in(
    article: Article,
    passage: int,
    start: int,
    end: int,
    removed: tuple[Span, ...],
    misplaced: Callable[[int], Exception],
) -> Passage:
    """Return a passage with its text, cut from its article.

    Raises `misplaced(passage)` if the passage lies outside the article, or a removed span outside the passage.
    """
    fits = 0 <= start < end <= len(article.text)
    if not fits or any(not 0 <= span.start <= span.end <= end - start for span in removed):
        raise misplaced(passage)
    return Passage(passage, article.id, start, end, article.text[start:end], removed)


def running_text_of(text: str, passages: Sequence[Passage]) -> str:
    """Return the text of `Corpus.running_texts` for an article with this text and these passages, ordered."""
    return "\n".join(without_spans(text[each.start : each.end], each.removed) for each in passages[:_RUNNING])
