"""Measure how much alike the articles of a store are, by searching for pieces of its own passages. See Corpus.overlap.

Knows how it is measured. Does not know how a store searches, nor where duplicate groups are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from index.store.terms import terms

SAMPLED, _PIECE = 64, 24  # passages that are searched for, and characters of each


def overlap(
    sampled: Sequence[tuple[int, str, str]],
    search: Callable[[list[str], int], list[tuple[int, float]]],
    groups: Callable[[list[int]], Mapping[int, str]],
) -> float:
    """Return the mean of (best score in another duplicate group) / (the passage's own score).

    It is 0 if no search finds its own passage. `sampled` holds (passage id, duplicate group, readable text) of
    SAMPLED passages. `search` returns the best so many (passage id, score) for some terms, `groups` the duplicate
    group of each passage.
    """
    shares = []
    for passage, duplicate_group, readable in sampled:
        middle = max(0, len(readable) - _PIECE) // 2
        hits = search(terms(readable[middle : middle + _PIECE]), 20)
        own = dict(hits).get(passage)
        known = groups([i for i, _ in hits])
        if own:
            shares.append(max((score for i, score in hits if known.get(i) != duplicate_group), default=0.0) / own)
    return round(sum(shares) / len(shares), 3) if shares else 0.0
