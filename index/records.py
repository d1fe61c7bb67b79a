"""The records that pass between modules: frozen, slotted, without behaviour beyond derived values.

They do not know how they are made, kept or displayed. Beside them are the functions that every module may use on a text
with spans in it (cut them out, mask them, find those within a piece), and on text from outside before it is displayed
(make it harmless).

All offsets count characters (code points) of the named text, from 0, end exclusive.
"""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.language import Language, sentence, text

# Controls and direction marks: they colour, move or reorder text in a terminal or on a page.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a text: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read: `text` is the decoded original, which nothing changes afterwards."""

    id: str  # unique in a store
    path: str  # the file it came from, absolute
    text: str
    encoding: str
    title: str = ""
    date: str = ""  # ISO, "" if unknown
    source: str = ""
    author: str = ""
    url: str = ""
    undecodable: int = 0  # bytes that became U+FFFD
    row_digest: str = (
        ""  # hash of the table row it was made from, "" for other files: an equal row makes an equal article
    )
    origins: tuple[tuple[str, str], ...] = ()  # (field, its origin such as "og:title" or "line 3"), sorted by field
    repairs: tuple[tuple[str, int], ...] = ()  # (name of the repair, how often) in reading, sorted by name

    @property
    def recognized(self) -> float | None:
        """How sure text recognition was of the text, 0 to 1; None if the file itself holds the text."""
        _, is_recognized, sure = dict(self.origins).get("text", "").partition("ocr ")
        return float(sure) if is_recognized else None


@dataclass(frozen=True, slots=True)
class Problem:
    """A file (and row, member or item) that was not read, or only in part, and why; or a fault of a store.

    `code` names a sentence of index.messages and `values` fill it in. A store keeps both; `words` chooses the language.
    """

    path: str
    code: str
    values: tuple[tuple[str, str], ...] = ()  # sorted by name

    @classmethod
    def of(cls, path: str, code: str, /, **values: object) -> Problem:
        """Make a problem with these values, converted to text and sorted by name.

        >>> Problem.of("a.txt", "reading.empty_file").path
        'a.txt'
        """
        return cls(path, code, tuple(sorted((name, str(value)) for name, value in values.items())))

    def words(self, chosen: Language | None = None) -> str:
        """Return the reason, and the hint if there is one, in a language; None means the user's."""
        return " ".join(part for part in sentence(self.code, dict(self.values), chosen) if part)

    @property
    def reason(self) -> str:
        """The reason in the user's language, and the hint if there is one."""
        return " ".join(part for part in sentence(self.code, dict(self.values)) if part)

    def as_json(self) -> dict[str, str]:
        """Return the entry of a JSON report."""
        return {"path": self.path, "reason": self.reason, "code": self.code}

    @property
    def taken_in(self) -> bool:
        """True if the article was indexed all the same."""
        return self.code.startswith("reading.taken_")


def problem_words(problems: Iterable[Problem], chosen: Language | None = None) -> str:
    """The words of each problem, one after the other, in a language; `chosen` None: the listener's."""
    return text("system.semicolon", chosen).join(problem.words(chosen) for problem in problems)


def problems_as_json(problems: Iterable[Problem]) -> str:
    """Write problems as a store keeps them: a JSON list of [path, code, {name: value}]."""
    return json.dumps([[each.path, each.code, dict(each.values)] for each in problems], ensure_ascii=False)


def problems_from_json(text: str) -> list[Problem]:
    """Read problems as a store keeps them; the [path, sentence] of an older store keeps its sentence."""
    problems = []
    for path, code, *values in json.loads(text):
        problems.append(
            Problem.of(path, code, **values[0]) if values else Problem.of(path, "reading.reported", reason=code)
        )
    return problems


@dataclass(frozen=True, slots=True)
class Document:
    """One article by its file's format alone, before its head and foot lines are read; unknown fields are ""."""

    text: str
    encoding: str
    key: str = ""  # unique in its file: a row's id, an item's guid
    title: str = ""
    date: str = ""  # as the file writes it, not yet ISO
    source: str = ""
    author: str = ""
    url: str = ""
    origins: tuple[tuple[str, str], ...] = ()  # (field, its origin), such as ("title", "og:title")
    repairs: tuple[tuple[str, int], ...] = ()  # (name of the repair, how often)
    undecodable: int = 0  # bytes that became U+FFFD


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The running text of an original, as places in it."""

    removed: tuple[Span, ...]  # damage inside running text that search leaves out, ordered, disjoint
    blocks: tuple[Span, ...]  # pieces with running text; a passage lies inside one
    repairs: tuple[tuple[str, int], ...]  # (name of the repair, how often), sorted by name
    digits_lost: int  # how many places have lost a figure


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article of about 300 characters: `article.text[start:end] == text`."""

    id: int  # unique in a store and never used again; 0 before it is stored
    article: str  # id of its article
    start: int
    end: int
    text: str  # verbatim
    removed: tuple[Span, ...] = field(default=())  # damage inside it, offsets in `text`

    @property
    def readable(self) -> str:
        """The text without its damage. This is folded, embedded and searched."""
        return without_spans(self.text, self.removed)


def spans_within(spans: Sequence[Span], piece: Span) -> tuple[Span, ...]:
    """Return the ordered, disjoint `spans` that touch a piece of their text, cut to it, as offsets in the piece."""
    first = bisect_right(spans, piece.start, key=lambda span: span.end)
    last = bisect_left(spans, piece.end, key=lambda span: span.start)
    return tuple(
        Span(max(s.start, piece.start) - piece.start, min(s.end, piece.end) - piece.start) for s in spans[first:last]
    )


def mask_spans(text: str, removed: Sequence[Span]) -> str:
    """Return `text` with a zero-width space for each character of the `removed` spans. The length stays the same."""
    if not removed:
        return text
    kept, position = [], 0
    for span in removed:
        kept += [text[position : span.start], "\u200b" * (span.end - span.start)]
        position = span.end
    return "".join(kept) + text[position:]


def without_spans(text: str, removed: tuple[Span, ...]) -> str:
    """Return `text` without the `removed` spans, which are ordered and disjoint."""
    if not removed:
        return text
    kept, position = [], 0
    for span in removed:
        kept.append(text[position : span.start])
        position = span.end
    return "".join(kept) + text[position:]


def embedded_text(title: str, readable: str) -> str:
    """Return the text of a passage that is embedded and hashed: the title of its article, and its readable text."""
    return f"{title}\n{readable}" if title else readable


def user_path(name: str) -> Path:
    """Return the path that a user named, with ~ expanded; as it is if nobody has the name behind the ~."""
    try:
        return Path(name).expanduser()
    except RuntimeError:  # ~nobody: then no such file is there, which its reader says
        return Path(name)


def stored_name(path: Path | str) -> str:
    r"""Return a path or an argument as text for a store or a screen, with \xNN for controls and bytes outside UTF-8."""
    return escape_controls(os.fsencode(path).decode("utf-8", "backslashreplace"))


def escape_controls(name: str) -> str:
    r"""Return `name` with controls, which could colour or reorder a screen, as \xNN."""
    return _CONTROLS.sub(lambda match: match.group().encode("unicode_escape").decode(), name)


def offsets_without(length: int, removed: tuple[Span, ...]) -> list[int]:
    """Return for each character of `without_spans(text, removed)` its offset in the text of `length` characters."""
    offsets: list[int] = []
    position = 0
    for span in removed:
        offsets += range(position, span.start)
        position = span.end
    offsets += range(position, length)
    return offsets


def without_controls(text: str) -> str:
    """Return `text` without control and direction characters, which could harm a screen; line ends and tabs stay."""
    return _UNSAFE.sub("", text)


def one_line(text: str) -> str:
    """Return `text` without controls on one line, with one space for each run of white space."""
    return " ".join(without_controls(text).split())


def shown_path(path: str) -> str:
    """Return a path relative to the current folder if it lies inside, else unchanged."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
