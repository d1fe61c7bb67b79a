"""What a kind of question may do to find its answer, and how the hits of several questions become one list.

Knows hits, ranks and answers. Does not know kinds, models or how a search works: it is handed both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from index.store.corpus import Corpus
from index.store.filters import Filters
from qa.answer import Answer, Evidence, Item
from qa.question import Question
from qa.search import Hit


@dataclass(frozen=True, slots=True)
class Asking:
    """A store with the models that search it and answer plain questions from it."""

    store: Corpus
    filters: Filters
    k: int  # how many passages the user wants listed
    find: Callable[[str, int, Filters], Sequence[Hit]]  # at most so many hits for some words
    answer: Callable[[Question, Sequence[Hit]], Answer]  # a plain question from these hits


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the hits that it cites."""

    answer: Answer
    hits: tuple[Hit, ...]


class HitList:
    """Hits of several searches as one list without a passage twice, numbered anew."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self._ranks: dict[int, int] = {}  # id of the passage → rank
        self._hits: list[Hit] = []
        for hit in hits:
            self.rank(hit)

    def rank(self, hit: Hit) -> int:
        """Return the rank of a hit in the list, which gets it if it has it not."""
        passage = hit.stored.passage.id
        if passage not in self._ranks:
            self._hits.append(replace(hit, rank=len(self._hits) + 1))
            self._ranks[passage] = len(self._hits)
        return self._ranks[passage]

    def moved(self, evidence: Evidence, hits: Sequence[Hit]) -> Evidence:
        """Return evidence of other hits as evidence of this list."""
        return replace(evidence, passage=self.rank(hits[evidence.passage - 1]))

    def item(self, evidence: Evidence) -> Item:
        """Return the piece that evidence of this list marks as an item."""
        text = self._hits[evidence.passage - 1].stored.passage.text
        return Item(text[evidence.span.start : evidence.span.end], evidence.passage, evidence.span)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The hits, in order of rank."""
        return tuple(self._hits)


def lead_of(store: Corpus, hit: Hit) -> Hit:
    """Return the first passage of a hit's article as a hit."""
    passage, previous = hit.stored.passage, store.before(hit.stored)
    while previous is not None:
        passage = previous
        previous = store.before(replace(hit.stored, passage=passage))
    return replace(hit, stored=replace(hit.stored, passage=passage))
