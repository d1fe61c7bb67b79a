"""What questions are asked of: a store opened for reading, whatever keeps it.

Knows what can be asked of a store and the records it answers with. Does not know folders, servers or how anything is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.address import Address
from index.records import Article, Passage, without

_RUNNING = 20  # passages of an article whose words count for each of them


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question may be answered from; "" means any. Dates are ISO, both ends included."""

    since: str = ""
    until: str = ""
    source: str = ""
    article: str = ""  # an article id, or the end of a path

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.source or self.article)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the article it stands in."""

    passage: Passage
    article: Article
    story: str  # equal for articles that tell the same
    digits_lost: int  # in the whole article
    damage: int  # what is wrong with the whole article: of copies the one with the least is shown


@dataclass(frozen=True, slots=True)
class Teller:
    """One of the articles that tell a story, without its text."""

    id: str
    title: str
    date: str
    source: str
    path: str


class Corpus(Protocol):
    """A store opened for reading: one generation, until `refresh`. All of it raises UserError where the store cannot be read."""

    @property
    def place(self) -> Path | Address:
        """Where it is."""

    generation: int
    model: str  # the name of the embedding model it was made with
    fingerprint: str
    dimension: int
    # How well the best other story matches a piece of a passage, as a share of the BM25 score of the passage itself, on average:
    # near 0.2 in an encyclopaedia, higher where all articles tell of one town. How sure an answer is depends on it.
    overlap: float

    def __len__(self) -> int:
        """How many passages there are."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Lets go of what it holds open."""

    def refresh(self) -> bool:
        """Moves on to the newest generation, as soon as it is whole; whether it did."""

    def counts(self) -> tuple[int, int]:
        """(articles, passages)."""

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = Filters()) -> list[tuple[int, float]]:
        """At most k (passage id, BM25 score) of passages that share terms, best first, ties by id."""

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = Filters()) -> list[tuple[int, float]]:
        """At most k (passage id, cosine) of those nearest to a vector, (dimension,) float32, best first, ties by id."""

    def frequency(self, term: str) -> int:
        """In how many passages a term stands."""

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """The cosine of each of these passages with a vector, (dimension,) float32."""

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids. Raises UserError for one that is not there."""

    def running_texts(self, found: Collection[StoredPassage]) -> dict[str, str]:
        """The searched text of the articles of these passages, by article id: their first passages, without damage."""

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """The ids of the articles in which these passages stand."""

    def before(self, found: StoredPassage) -> Passage | None:
        """The passage that comes before another in its article, None if it is the first."""

    def tellers(self, story: str) -> list[Teller]:
        """All articles that tell this story, the least damaged first, then by path."""

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """The ids of those of these articles that pass the filters."""

    def articles(self) -> Iterator[Article]:
        """Every article, ordered by path and id."""

    def faults(self) -> list[str]:
        """What does not agree within the store, one sentence each; empty if all is well."""


def running_text_of(text: str, passages: Sequence[Passage]) -> str:
    """What `Corpus.running_texts` says of an article with this text and these passages, in their order."""
    return "\n".join(without(text[each.start : each.end], each.removed) for each in passages[:_RUNNING])
