"""List the articles of a store, show one of them, and count over all of them.

Knows which queries stay cheap with a million articles. Does not know questions, nor how a page is drawn. Every call
reads the newest commit over a connection of its own, so that no question waits for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from index.reading.contents import cleaned_article, is_as_is, is_markdown
from index.records import Article, Cleaned, Span, mask_spans
from index.store import database
from index.store.address import MilvusAddress
from index.store.corpus import ArticleRef
from index.store.database import ARTICLE_COLUMNS
from index.text.boilerplate import RECURRING, RECURRING_SENTENCE, SENTENCE, find_boilerplate
from index.text.folding import fold
from index.text.repairs import line_wraps
from index.text.scripts import script

_SAMPLE = 2000  # articles whose script is determined: enough to know a share to a percent or two
_LAST = 200  # articles that `titles` chooses from
_REF_COLUMNS = "id, title, date, source, path"
_FROM_FILE = "(path = ? OR (path > ? || '/' AND path < ? || '0'))"  # or from a file packed in it; "0" comes after "/"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of articles, the last indexed first."""

    articles: tuple[ArticleRef, ...]
    total: int  # articles in the whole list


@dataclass(frozen=True, slots=True)
class ArticleDetails:
    """One article of a store."""

    article: Article
    cleaned: Cleaned  # as it would be made today
    outside: tuple[tuple[Span, str], ...]  # its lines that are not running text, each with its kind, ordered
    passages: tuple[Span, ...]  # in the article, ordered
    copies: tuple[ArticleRef, ...]  # the other articles of its duplicate group, the least damaged first
    beside: int  # articles from the same file or packed in it, with this one

    @property
    def gaps(self) -> tuple[Span, ...]:
        """Return the pieces of the original that are not running text, ordered."""
        blocks = self.cleaned.blocks
        starts, ends = (
            [0, *(block.end for block in blocks)],
            [*(block.start for block in blocks), len(self.article.text)],
        )
        return tuple(Span(start, end) for start, end in zip(starts, ends, strict=True) if start < end)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all articles. Pairs are (name, articles), the most first; months are in order."""

    articles: int
    passages: int
    copies: int  # articles beyond the first of each duplicate group
    months: tuple[tuple[str, int], ...]  # such as 2023-05; undated articles are left out
    sources: tuple[tuple[str, int], ...]  # "" for articles without a source
    scripts: tuple[tuple[str, int], ...]  # as index.text.scripts names them, of `sampled` articles
    sampled: int
    digits_lost: int  # articles with lost digits
    undecodable: int  # articles with bytes that could not be decoded
    repairs: int  # articles that were repaired in reading
    generation: int
    model: str
    bytes: int  # of the store's own files; 0 on a server


def article_details(
    article: Article, recurring: frozenset[str], passages: tuple[Span, ...], copies: tuple[ArticleRef, ...], beside: int
) -> ArticleDetails:
    """Clean an article as it would be cleaned today. `recurring` are keys of index.text.boilerplate."""
    outside: tuple[tuple[Span, str], ...] = ()
    if not is_as_is(article):
        wraps = () if is_markdown(article.path) else line_wraps(article.text)
        outside = find_boilerplate(mask_spans(article.text, wraps), recurring, title=article.title).outside
    return ArticleDetails(article, cleaned_article(article, recurring), outside, passages, copies, beside)


class Catalogue:
    """The articles of the store in a folder. Every method raises UserError if the store cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.address: Path | MilvusAddress = folder
        self.folder = folder

    @contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        with database.readable(self.folder), closing(database.connect(self.folder, write=False)) as connection:
            connection.execute("BEGIN")  # so that all queries of a method read one commit
            yield connection

    def page(self, words: str, start: int, count: int, files: Sequence[str] = ()) -> Listing:
        """Return `count` articles from place `start` on, of those whose title, source or path holds `words`.

        Words match in either script. With words, articles from one of `files` are listed too; "" lists all articles.
        """
        where, values = "1", list[str | int]()
        if words:
            where = "instr(folded(title), ?) OR instr(folded(source), ?) OR instr(folded(path), ?)"
            values = [fold(words)] * 3
            where += f" OR {_FROM_FILE}" * len(files)
            values += [path for path in files for _ in range(3)]
        with self._reading() as connection:
            connection.create_scalar_function("folded", _folded, 1, deterministic=True)
            ((total,),) = database.rows(connection, f"SELECT count(*) FROM articles WHERE {where}", values)
            query = f"SELECT {_REF_COLUMNS} FROM articles WHERE {where} ORDER BY rowid DESC LIMIT ? OFFSET ?"
            rows = database.rows(connection, query, (*values, count, start))
        return Listing(tuple(ArticleRef(*row) for row in rows), total)

    def count(self) -> int:
        """Return the number of articles."""
        with self._reading() as connection:
            return database.counts(connection)[0]

    def files_in(self, folder: Path) -> dict[str, str]:
        """Return path → SHA-256 of every file of a folder, as it was when it was read."""
        with self._reading() as connection:
            return dict(
                database.rows(
                    connection,
                    "SELECT path, hash FROM files WHERE path > ? || '/' AND path < ? || '0'",
                    (str(folder), str(folder)),
                )
            )

    def article(self, article: str) -> ArticleDetails | None:
        """Return the article with this id, or None."""
        with self._reading() as connection:
            return _details(connection, article)

    def holding(self, passage: int) -> tuple[ArticleDetails, Span] | None:
        """Return the article of a passage and the passage's span in it; None if the store has no such passage."""
        with self._reading() as connection:
            rows = database.rows(connection, "SELECT article, start, end FROM passages WHERE id = ?", (passage,))
            details = _details(connection, rows[0][0]) if rows else None
            return (details, Span(*rows[0][1:])) if details else None

    def of_file(self, path: str) -> list[ArticleRef]:
        """Return the articles from a file or packed in it, ordered by path and id."""
        with self._reading() as connection:
            query = f"SELECT {_REF_COLUMNS} FROM articles WHERE {_FROM_FILE} ORDER BY path, id"
            return [ArticleRef(*row) for row in database.rows(connection, query, (path, path, path))]

    def copies_among(self, paths: Sequence[str]) -> int:
        """Return how many articles from these files are duplicates of another article of the store."""
        query = (
            f"SELECT count(*) FROM articles AS own WHERE {_FROM_FILE} AND EXISTS"
            " (SELECT 1 FROM articles WHERE duplicate_group = own.duplicate_group AND id != own.id)"
        )
        with self._reading() as connection:
            return sum(database.rows(connection, query, (path, path, path))[0][0] for path in paths)

    def files_named(self, name: str) -> list[tuple[str, str]]:
        """Return (path, problems as a JSON list) of at most twenty files whose path holds the name."""
        escaped = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with self._reading() as connection:
            query = "SELECT path, problems FROM files WHERE path LIKE ? ESCAPE '\\' ORDER BY path LIMIT 20"
            return [(path, problems) for path, problems in database.rows(connection, query, (f"%{escaped}%",))]

    def sources(self) -> list[str]:
        """Return the names of all sources, those of the most articles first."""
        with self._reading() as connection:
            query = "SELECT source FROM articles WHERE source != '' GROUP BY source ORDER BY count(*) DESC, source"
            return [row[0] for row in database.rows(connection, query)]

    def titles(self, count: int) -> list[str]:
        """Return at most `count` titles of the last indexed articles, the newest first, one of each duplicate group."""
        with self._reading() as connection:
            query = "SELECT duplicate_group, date, title FROM articles ORDER BY rowid DESC LIMIT ?"
            last = database.rows(connection, query, (_LAST,))
        titles = {duplicate_group: (date, title) for duplicate_group, date, title in last if title}
        return [title for _, title in sorted(titles.values(), reverse=True)[:count]]

    def summary(self) -> Summary:
        """Count over all articles."""
        with self._reading() as connection:
            state = database.state(self.folder, connection)
            if state is None:
                raise database.NoStore(self.folder)
            months: Counter[str] = Counter()
            sources: Counter[str] = Counter()
            lost = undecodable = repairs = 0
            grouped = (
                "SELECT substr(date, 1, 7), source, count(*), sum(digits_lost > 0), sum(undecodable > 0),"
                " sum(repairs != '[]') FROM articles GROUP BY 1, 2"
            )
            for month, source, count, *damaged in database.rows(connection, grouped):
                if len(month) == 7:
                    months[month] += count
                sources[source] += count
                lost, undecodable, repairs = lost + damaged[0], undecodable + damaged[1], repairs + damaged[2]
            articles, passages = database.counts(connection)
            ((groups,),) = database.rows(connection, "SELECT count(DISTINCT duplicate_group) FROM articles")
            texts = database.rows(
                connection,
                "SELECT text FROM articles WHERE id IN (SELECT id FROM articles ORDER BY hash LIMIT ?)",
                (_SAMPLE,),
            )
            scripts = Counter(script(text) for (text,) in texts)
        size = sum(path.stat().st_size for path in _own_files(self.folder))
        return Summary(
            articles=articles,
            passages=passages,
            copies=articles - groups,
            months=tuple(sorted(months.items())),
            sources=tuple(sources.most_common()),
            scripts=tuple(scripts.most_common()),
            sampled=len(texts),
            digits_lost=lost,
            undecodable=undecodable,
            repairs=repairs,
            generation=state.generation,
            model=state.model,
            bytes=size,
        )


def _folded(*values: int | float | str | bytes | None) -> str:
    return fold(str(values[0]))


def _own_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a store, without other files in its folder."""
    for pattern in ("zhiwen.sqlite*", "*.faiss", "search_files.json", "terms/*"):
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _details(connection: apsw.Connection, name: str) -> ArticleDetails | None:
    rows = database.rows(connection, f"SELECT duplicate_group, {ARTICLE_COLUMNS} FROM articles WHERE id = ?", (name,))
    if not rows:
        return None
    duplicate_group, *columns = rows[0]
    article = database.article(columns)
    recurring = database.rows(
        connection,
        "SELECT key FROM edge_lines WHERE key IN (SELECT key FROM edge_lines WHERE article = ?) GROUP BY key"
        " HAVING count(DISTINCT body) >= CASE substr(key, 1, 1) WHEN ? THEN ? ELSE ? END",
        (name, SENTENCE, RECURRING_SENTENCE, RECURRING),
    )
    places = database.rows(connection, "SELECT start, end FROM passages WHERE article = ? ORDER BY start", (name,))
    others = database.rows(
        connection,
        f"SELECT {_REF_COLUMNS} FROM articles WHERE duplicate_group = ? AND id != ? ORDER BY damage, path, id",
        (duplicate_group, name),
    )
    # The path of a packed file begins with its archive's.
    file = next(
        (step for step in (Path(article.path), *Path(article.path).parents) if _seen(connection, str(step))),
        Path(article.path),
    )
    ((beside,),) = database.rows(connection, f"SELECT count(*) FROM articles WHERE {_FROM_FILE}", [str(file)] * 3)
    passages, copies = tuple(Span(*place) for place in places), tuple(ArticleRef(*row) for row in others)
    return article_details(article, frozenset(key for (key,) in recurring), passages, copies, beside)


def _seen(connection: apsw.Connection, path: str) -> bool:
    return bool(database.rows(connection, "SELECT 1 FROM files WHERE path = ?", (path,)))
