"""The records that pass between modules: frozen, slotted, without behaviour beyond derived values.

They know nothing of how they are made, kept or shown. Beside them stands what every module may do to a text with places
in it (cut pieces out, mask them, find those within) and to one that is shown as it came (make it harmless).

All offsets count characters (code points) of the text named, from 0, end exclusive.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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
    document: str = ""  # digest of the row it was made from, if it was one: the same again makes the same article
    origins: tuple[tuple[str, str], ...] = ()  # (field, where it was found), sorted by field
    repairs: tuple[tuple[str, int], ...] = ()  # what was mended in reading, and how often; sorted by name


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be taken in, or not whole: the file (and row, member or item) and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """One article as its file's format tells it, before its head and foot lines are read; "" where nothing is told."""

    text: str
    encoding: str
    key: str = ""  # what tells it from others of the same file: a row's id, an item's guid
    title: str = ""
    date: str = ""  # as it stands there, not yet ISO
    source: str = ""
    author: str = ""
    url: str = ""
    origins: tuple[tuple[str, str], ...] = ()  # (field, where it stood), such as ("title", "og:title")
    repairs: tuple[tuple[str, int], ...] = ()  # what was mended to get at the text, and how often
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


def within(spans: Sequence[Span], piece: Span) -> tuple[Span, ...]:
    """Those of the ordered, disjoint `spans` that touch a piece of their text, cut to it, as offsets in the piece."""
    first = bisect_right(spans, piece.start, key=lambda span: span.end)
    last = bisect_left(spans, piece.end, key=lambda span: span.start)
    return tuple(Span(max(s.start, piece.start) - piece.start, min(s.end, piece.end) - piece.start) for s in spans[first:last])


def masked(text: str, removed: Sequence[Span]) -> str:
    """`text` with each character of the `removed` pieces a zero-width space: of the same length, so that places agree."""
    if not removed:
        return text
    kept, position = [], 0
    for span in removed:
        kept += [text[position : span.start], "\u200b" * (span.end - span.start)]
        position = span.end
    return "".join(kept) + text[position:]


def without(text: str, removed: tuple[Span, ...]) -> str:
    """`text` with the `removed` pieces left out."""
    if not removed:
        return text
    kept, position = [], 0
    for span in removed:
        kept.append(text[position : span.start])
        position = span.end
    return "".join(kept) + text[position:]


def stored_name(path: Path | str) -> str:
    r"""A path or an argument as text that can be stored and shown; bytes that are not UTF-8, and controls, show as \xNN."""
    return escaped(os.fsencode(path).decode("utf-8", "backslashreplace"))


def escaped(name: str) -> str:
    r"""`name` with controls, which would colour or turn round what is shown, as \xNN."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", lambda match: match.group().encode("unicode_escape").decode(), name)


def offsets_without(length: int, removed: tuple[Span, ...]) -> list[int]:
    """For each character of `without(text, removed)` its place in the text of `length` characters."""
    offsets: list[int] = []
    position = 0
    for span in removed:
        offsets += range(position, span.start)
        position = span.end
    offsets += range(position, length)
    return offsets


def harmless(text: str) -> str:
    """`text` without control and direction characters, which must not reach a terminal or reorder a page; line ends and tabs stay."""
    return _UNSAFE.sub("", text)


def one_line(text: str) -> str:
    """The same on one line, each run of white space a space."""
    return " ".join(harmless(text).split())


def shown_path(path: str) -> str:
    """A path as seen from the current folder, where it lies inside."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
