"""The public records: answers, hits, articles and reports.

Knows fields only. Does not know how zhiwen.library fills them. All offsets count characters (code points) from 0, end
exclusive. Dates are ISO strings. A field is None if its value is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article without its text: here, a duplicate of another."""

    id: str
    title: str
    date: str | None
    source: str | None
    file: str  # absolute path of the file it was read from


@dataclass(frozen=True, slots=True)
class Article:
    """An article with `text`, its decoded original."""

    id: str  # unique in a store
    title: str
    date: str | None
    source: str | None
    author: str | None
    url: str | None
    file: str  # absolute path of the file it was read from
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage of about 300 characters that search returned: `article.text[start:end] == text`."""

    rank: int  # from 1
    score: float  # higher is better; comparable within one question only
    bm25: float  # score of the term index, 0.0 if the passage shares no term with the question
    cosine: float  # -1..1, similarity of the vectors
    text: str  # verbatim
    start: int
    end: int
    article: Article
    duplicates: tuple[ArticleRef, ...] = ()  # its near-duplicates, the least damaged first


@dataclass(frozen=True, slots=True)
class Citation:
    """A piece of a passage: `answer.passages[passage - 1].text[start:end]`."""

    passage: int  # rank of the hit, from 1
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of the question that the corpus does not state."""

    slot: str  # subject, period, scope, qualifier, unit, indicator or role
    asked: str  # words of the question
    instead: str | None  # what the nearest place tells of


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that an answer names, verbatim."""

    text: str
    citation: Citation | None  # None for a field of an article, such as its title


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that stands in no text, computed from figures that do."""

    operation: str  # sum, difference, count or compare
    value: float
    unit: str | None
    parts: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `text` and `sentence` are verbatim pieces of the original. If the library abstains, both are None and `reason` is
    `no_match`, `low_confidence`, `digits_missing` or `not_stated`; `passages` still lists the nearest ones. A computed
    value has no `text`, and with the kind `passages` the passages are the answer.
    """

    question: str
    text: str | None
    sentence: str | None
    confidence: float  # 0..1: the share of answers with such support that are right
    abstained: bool
    reason: str | None
    citations: tuple[Citation, ...]  # the places of `text`
    passages: tuple[Hit, ...]  # best first
    others: tuple[Citation, ...] = ()  # answers of other articles, the newest first
    disagree: bool = False  # True if `others` state something else for the same time
    missing: tuple[Missing, ...] = ()  # with `not_stated`: what is not met
    nearest: Citation | None = None  # with `not_stated`: the place that comes nearest
    kind: str = "text"  # figure, date, name, text, list, sum, compare, yes_no, metadata or passages
    items: tuple[Item, ...] = ()  # the items of a list, the answers of several questions, the parts of a value
    polarity: str | None = None  # yes or no, if that was asked
    computed: Computed | None = None
    slots: Mapping[str, object] | None = None  # of a figure: subject, indicator, period, value, unit, nature, scope
    understood: str | None = None  # the completed question, if it was a follow-up
    suggestion: str | None = None  # the question with a likely typing error corrected
    generation: int = 0  # of the store
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a row or member of one, that was not read, and why."""

    file: str
    reason: str  # in the language of the caller: ZHIWEN_LANG, LANG, else Chinese


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a run of `zhiwen.index`. Counts are articles unless a comment says otherwise."""

    added: int
    changed: int
    removed: int
    unchanged: int
    duplicates: int  # articles that are near-duplicates of another
    unreadable: tuple[Unreadable, ...]
    articles: int  # in the store after the run
    passages: int  # in the store after the run
    generation: int
    seconds: float
