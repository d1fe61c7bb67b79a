"""The records that pass between modules: frozen, slotted, without behaviour beyond derived values.

They know nothing of how they are made, kept or shown.

All offsets count characters (code points) of the text named, from 0, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a text: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read: `text` is the decoded original, never altered afterwards."""

    id: str  # unique in a store
    path: str  # the file it came from, absolute
    text: str
    encoding: str
    title: str = ""
    date: str = ""  # ISO, "" where none was found
    source: str = ""
    author: str = ""
    url: str = ""
    undecodable: int = 0  # bytes that became U+FFFD


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left of an original for searching, with the way back."""

    removed: tuple[Span, ...]  # pieces of the original taken out inside running text, ordered, disjoint
    blocks: tuple[Span, ...]  # runs of the original that hold running text; passages never cross their borders
    repairs: tuple[tuple[str, int], ...]  # (name of the repair, how often), sorted by name
    digits_lost: int  # places where a figure must have stood


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article of about 300 characters: `article.text[start:end] == text`."""

    id: int  # unique in a store and never used again; 0 before it is stored
    article: str
    start: int
    end: int
    text: str  # verbatim
    removed: tuple[Span, ...] = field(default=())  # damage inside it, offsets in `text`

    @property
    def readable(self) -> str:
        """The text without its damage: what is folded, embedded and searched."""
        return without(self.text, self.removed)


def without(text: str, removed: tuple[Span, ...]) -> str:
    """`text` with the `removed` pieces left out."""
    if not removed:
        return text
    kept, position = [], 0
    for span in removed:
        kept.append(text[position : span.start])
        position = span.end
    return "".join(kept) + text[position:]


def offsets_without(length: int, removed: tuple[Span, ...]) -> list[int]:
    """For each character of `without(text, removed)` its place in the text of `length` characters."""
    offsets: list[int] = []
    position = 0
    for span in removed:
        offsets += range(position, span.start)
        position = span.end
    offsets += range(position, length)
    return offsets
