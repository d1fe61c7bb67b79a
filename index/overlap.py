"""How much alike the articles of a store are, measured on pieces of its own passages. See Corpus.overlap.

Knows how it is measured. Does not know what searches, nor where stories are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from index.terms import terms

SAMPLED, _PIECE = 64, 24  # passages from which it is measured, and characters of each


def overlap(
    sampled: Sequence[tuple[int, str, str]],
    search: Callable[[list[str], int], list[tuple[int, float]]],
    stories: Callable[[list[int]], Mapping[int, str]],
) -> float:
    """The mean share, from (passage id, story, readable text) of SAMPLED passages; 0 if none of them is found.

    `search` gives (passage id, score) of the best so many for some terms, `stories` the story of each passage.
    """
    shares = []
    for passage, story, readable in sampled:
        middle = max(0, len(readable) - _PIECE) // 2
        found = search(terms(readable[middle : middle + _PIECE]), 20)
        own = dict(found).get(passage)
        known = stories([i for i, _ in found])
        if own:
            shares.append(max((score for i, score in found if known.get(i) != story), default=0.0) / own)
    return round(sum(shares) / len(shares), 3) if shares else 0.0
