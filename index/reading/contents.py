"""Make articles of what the reader of a format gives: one for each document, or for each row of a table.

Knows ids, what of a row tells that it has not changed, where titles and other metadata come from if the format states
none, and how an article is cleaned. Does not know formats.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.progress import track
from index.reading.decoding import Decoded
from index.reading.kinds import MARKDOWN
from index.reading.properties import subject_of_file
from index.reading.rows import Row
from index.records import Article, Cleaned, Document, Problem, mask_spans
from index.text.boilerplate import find_boilerplate
from index.text.cleaning import clean
from index.text.repairs import line_wraps, repaired

AS_IS = "as_is"  # the repair of an article that its owner took in whole, as cleaning would leave nothing of it
_METADATA = ("title", "date", "source", "author")
_SHORTEST = 4  # characters of a line that says one of these: 文/言小; a table may have 200,000 shorter texts

# Reads the rows of a table without the lines for which the function that it gets is True.
Rows = Callable[[Callable[[int, str], bool]], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class FileContents:
    """The articles and problems of one file."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    unchanged: tuple[str, ...] = ()  # ids of articles whose row has not changed
    # The whole texts of pages that are no articles, each with its problem, which is among `problems`: the owner may
    # want them as they are.
    refused: tuple[tuple[Article, Problem], ...] = ()


def is_markdown(path: str) -> bool:
    """Return True if an article from this path is written in Markdown."""
    return path.lower().endswith(tuple(MARKDOWN))


def is_as_is(article: Article) -> bool:
    """Return True if the owner took the article in as it is."""
    return AS_IS in dict(article.repairs)


def cleaned_article(article: Article, recurring: frozenset[str] = frozenset()) -> Cleaned:
    """Clean an article; of one that was taken in as it is, the whole text is running text. See `clean`."""
    return clean(
        article.text,
        title=article.title,
        markdown=is_markdown(article.path),
        recurring=recurring,
        as_is=is_as_is(article),
    )


def name_digest(name: bytes) -> str:
    """Return the hash of a name, from which ids are made."""
    return hashlib.sha256(name).hexdigest()[:12]


def with_unique_ids(articles: Sequence[Article]) -> Iterator[Article]:
    """Yield the articles with unique ids. Rows may repeat an id, which their reader reports."""
    used: set[str] = set()
    numbers: dict[str, int] = {}  # the last number of each repeated id: counting from 1 again takes ever longer
    for article in articles:
        own, number = article.id, numbers.get(article.id, 1)
        while own in used:
            number += 1
            own = f"{article.id}#{number}"
        used.add(own)
        numbers[article.id] = number
        yield article if own == article.id else replace(article, id=own)


def entry_id(file_id: str, entry: Document) -> str:
    """Return an id that stays the same when the entry moves to another place in its feed."""
    return f"{file_id}-{name_digest(entry.key.encode('utf-8', 'replace'))}" if entry.key else file_id


def table_contents(
    name: str, file_id: str, read_rows: Rows, decoded: Decoded, known: Mapping[str, str], sheet: str = ""
) -> FileContents:
    """Read the articles of a table, one in each row; see read_articles for `known`.

    `read_rows(skipped)` reads the rows, without the lines for which `skipped(number, line)` is True.
    """
    fresh: dict[str, Article] = {}
    unchanged: dict[str, None] = {}
    problems = list(lost_in_decoding(name, decoded))
    held_by = {digest: own for own, digest in known.items()}

    def skipped(number: int, line: str) -> bool:
        """Return True if this line is known: its article stays unchanged, under its id."""
        own = held_by.get(_row_digest(line, decoded), "")
        if (
            not own
            or own in unchanged
            or own in fresh
            or (own.startswith(f"{file_id}-") and own != f"{file_id}-{number}")
        ):
            return False
        unchanged[own] = None
        return True

    rows = read_rows(skipped)
    for row in track(rows, "progress.file", name=Path(name).name):
        place = f"{name}:{sheet}{row.number}"
        if row.problem:
            problems.append(replace(row.problem, path=place))
        if row.document is None:
            continue
        own = row.document.key or f"{file_id}-{row.number}"
        # Report the problem of a row every time: its line must not count as known.
        line = row.line if not row.problem else ""
        if own in fresh or own in unchanged:
            line = ""
            again = f"{own}#{row.number}"
            while again in fresh or again in unchanged:  # another row may have this very id
                again += "#"
            problems.append(Problem.of(place, "reading.taken_repeated_id", id=own, other=again))
            own = again
        digest = _row_digest(line or repr(row.document), decoded)
        if known.get(own) == digest:
            unchanged[own] = None
        else:
            whole = "as_table" in dict(row.document.repairs)
            fresh[own] = _article(name, own, row.document, digest, whole=whole, decoded=decoded)
    if not fresh and not unchanged and not problems:
        problems.append(Problem.of(name, "reading.no_rows"))
    return FileContents(tuple(fresh.values()), tuple(problems), tuple(unchanged))


def _row_digest(row: str, decoded: Decoded) -> str:
    """Return a hash of a row and of how its file was decoded (32 hex digits)."""
    content = f"{decoded.encoding}\0{decoded.undecodable}\0{decoded.repairs}\0{row}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def lost_in_decoding(name: str, decoded: Decoded) -> Iterator[Problem]:
    """Yield a problem for the characters that decoding lost."""
    if decoded.undecodable:
        yield Problem.of(name, "reading.taken_undecodable", count=decoded.undecodable, encoding=decoded.encoding)
    if lost := dict(decoded.repairs).get("lost_characters"):
        yield Problem.of(name, "reading.taken_lost_characters", count=lost)


def with_decoding(document: Document, decoded: Decoded) -> Document:
    """Return the document with its encoding and what decoding repaired and lost."""
    repairs = tuple(sorted(document.repairs + decoded.repairs))
    return replace(document, encoding=decoded.encoding, undecodable=decoded.undecodable, repairs=repairs)


def document_contents(
    name: str, documents: Sequence[tuple[str, Document]], problems: Sequence[Problem] = (), *, refused: bool = False
) -> FileContents:
    """Return the articles of these (id, document) pairs. `refused`: pages whose own lines are not looked at."""
    return FileContents(
        tuple(
            _article(name, own, document, whole=len(documents) == 1, refused=refused)
            for own, document in track(documents, "progress.file", name=Path(name).name)
        ),
        tuple(problems),
    )


def _article(
    name: str,
    article_id: str,
    document: Document,
    digest: str = "",
    *,
    whole: bool = True,
    decoded: Decoded | None = None,
    refused: bool = False,
) -> Article:
    """Return an article with the metadata of its format, or else of its own head and foot lines.

    `whole` is True for the only article of a file, whose name may then be its title. `decoded` tells how the file of
    a row was decoded; None if the document itself does.
    """
    metadata = {field: getattr(document, field) for field in _METADATA}
    origins = dict(document.origins)
    # A date in the row of a table is the row's, not the article's.
    if not refused and len(document.text) >= _SHORTEST and "as_table" not in dict(document.repairs):
        wraps = () if is_markdown(name) else line_wraps(document.text)
        boilerplate = find_boilerplate(mask_spans(document.text, wraps), title=document.title)
        for field, number in boilerplate.lines:
            if not metadata[field]:
                metadata[field], origins[field] = getattr(boilerplate, field), f"line {number}"
    if whole and not metadata["title"] and (subject := subject_of_file(name)):
        metadata["title"], origins["title"] = subject, "file name"
    return Article(
        id=article_id,
        path=name,
        text=document.text,
        encoding=decoded.encoding if decoded else document.encoding,
        title=repaired(metadata["title"]),
        date=metadata["date"],
        source=metadata["source"],
        author=metadata["author"],
        url=document.url,
        undecodable=decoded.undecodable if decoded else document.undecodable,
        row_digest=digest,
        origins=tuple(sorted(origins.items())),
        repairs=tuple(sorted(document.repairs + decoded.repairs)) if decoded else document.repairs,
    )
