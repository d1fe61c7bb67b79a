"""A store's articles as a list to look through, one by one, and as numbers over all of them.

Knows which queries cost little also where there are a million articles. Does not know questions, nor how anything is drawn.
Every call reads the newest commit over a connection of its own, so that nobody who is asking a question waits for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from index import truth
from index.address import Address
from index.cleaning import clean
from index.corpus import Teller
from index.doctor import script
from index.folding import fold
from index.frame import RECURRING, RECURRING_SENTENCE, SENTENCE, read_frame
from index.reading import is_markdown
from index.records import Article, Cleaned, Span, masked
from index.repairs import line_wraps
from index.truth import ARTICLE_COLUMNS

_SAMPLE = 2000  # articles whose script is looked at: a share of them is known to a percent or two
_LAST = 200  # articles looked at for titles
_TELLER = "id, title, date, source, path"
_FROM_FILE = "(path = ? OR (path > ? || '/' AND path < ? || '0'))"  # be it packed in it; "0" comes after "/"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of articles, those taken in last first."""

    articles: tuple[Teller, ...]
    total: int  # how many the list has


@dataclass(frozen=True, slots=True)
class Kept:
    """One article as it is kept."""

    article: Article
    cleaned: Cleaned  # as it would be made today
    outside: tuple[tuple[Span, str], ...]  # its lines that are no running text, each with its kind, ordered
    passages: tuple[Span, ...]  # in the article, ordered
    copies: tuple[Teller, ...]  # the other articles that tell the same story, the least damaged first
    beside: int  # how many articles came from the same file, be they packed in it, this one counted

    @property
    def gaps(self) -> tuple[Span, ...]:
        """The pieces of the original that are not running text, ordered."""
        blocks = self.cleaned.blocks
        starts, ends = [0, *(block.end for block in blocks)], [*(block.start for block in blocks), len(self.article.text)]
        return tuple(Span(start, end) for start, end in zip(starts, ends, strict=True) if start < end)


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers over all articles. Pairs are (what, how many), the most first, months in order."""

    articles: int
    passages: int
    copies: int  # articles that tell the same as another
    months: tuple[tuple[str, int], ...]  # 2023-05; undated articles are in none
    sources: tuple[tuple[str, int], ...]  # "" for those that name none
    scripts: tuple[tuple[str, int], ...]  # as index.doctor.script names them, of `sampled` articles
    sampled: int
    digits_lost: int  # articles that have lost figures
    undecodable: int  # articles with bytes that could not be decoded
    mended: int  # articles read wrongly once and mended, or otherwise mended in reading
    generation: int
    model: str
    bytes: int  # of the store's own files; 0 where a server keeps them


def kept(article: Article, recurring: frozenset[str], passages: tuple[Span, ...], copies: tuple[Teller, ...], beside: int) -> Kept:
    """An article as it is kept, cleaned as it would be today; `recurring` are the keys of its lines that recur (see index.frame)."""
    markdown = is_markdown(article.path)
    cleaned = clean(article.text, title=article.title, markdown=markdown, recurring=recurring)
    frame = read_frame(masked(article.text, () if markdown else line_wraps(article.text)), recurring, title=article.title)
    return Kept(article, cleaned, frame.outside, passages, copies, beside)


class Catalogue:
    """The articles of the store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.place: Path | Address = folder
        self.folder = folder

    @contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        with truth.readable(self.folder), closing(truth.connect(self.folder, write=False)) as database:
            database.execute("BEGIN")  # all of one answer from one commit
            yield database

    def page(self, words: str, start: int, count: int, files: Sequence[str] = ()) -> Listing:
        """`count` articles from place `start` on, of those whose title, source or path holds the words, in either script.

        All of them for "". What came from one of `files` counts as well.
        """
        where, values = "1", list[str | int]()
        if words:
            where = "instr(folded(title), ?) OR instr(folded(source), ?) OR instr(folded(path), ?)"
            values = [fold(words)] * 3
            where += f" OR {_FROM_FILE}" * len(files)
            values += [path for path in files for _ in range(3)]
        with self._reading() as database:
            database.create_scalar_function("folded", _folded, 1, deterministic=True)
            ((total,),) = truth.rows(database, f"SELECT count(*) FROM articles WHERE {where}", values)
            query = f"SELECT {_TELLER} FROM articles WHERE {where} ORDER BY rowid DESC LIMIT ? OFFSET ?"
            rows = truth.rows(database, query, (*values, count, start))
        return Listing(tuple(Teller(*row) for row in rows), total)

    def count(self) -> int:
        """How many articles there are."""
        with self._reading() as database:
            return truth.counts(database)[0]

    def files_in(self, folder: Path) -> dict[str, str]:
        """The SHA-256 of every file of a folder, by path, as it was when it was read."""
        with self._reading() as database:
            return dict(truth.rows(database, "SELECT path, hash FROM files WHERE path > ? || '/' AND path < ? || '0'", (str(folder), str(folder))))

    def article(self, article: str) -> Kept | None:
        """One article by its id, None if there is none."""
        with self._reading() as database:
            return _kept(database, article)

    def holding(self, passage: int) -> tuple[Kept, Span] | None:
        """The article in which a passage stands, and where; None if the passage is gone."""
        with self._reading() as database:
            rows = truth.rows(database, "SELECT article, start, end FROM passages WHERE id = ?", (passage,))
            kept = _kept(database, rows[0][0]) if rows else None
            return (kept, Span(*rows[0][1:])) if kept else None

    def of_file(self, path: str) -> list[Teller]:
        """The articles that came from a file, be they packed in it."""
        with self._reading() as database:
            query = f"SELECT {_TELLER} FROM articles WHERE {_FROM_FILE} ORDER BY path, id"
            return [Teller(*row) for row in truth.rows(database, query, (path, path, path))]

    def copies_among(self, paths: Sequence[str]) -> int:
        """How many articles from these files tell the same as another article of the store."""
        query = (
            f"SELECT count(*) FROM articles AS own WHERE {_FROM_FILE} AND EXISTS (SELECT 1 FROM articles WHERE story = own.story AND id != own.id)"
        )
        with self._reading() as database:
            return sum(truth.rows(database, query, (path, path, path))[0][0] for path in paths)

    def files_named(self, name: str) -> list[tuple[str, str]]:
        """(path, problems as a JSON list) of files whose path holds the name, at most twenty."""
        escaped = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with self._reading() as database:
            query = "SELECT path, problems FROM files WHERE path LIKE ? ESCAPE '\\' ORDER BY path LIMIT 20"
            return [(path, problems) for path, problems in truth.rows(database, query, (f"%{escaped}%",))]

    def sources(self) -> list[str]:
        """The names of all sources, those of most articles first."""
        with self._reading() as database:
            query = "SELECT source FROM articles WHERE source != '' GROUP BY source ORDER BY count(*) DESC, source"
            return [row[0] for row in truth.rows(database, query)]

    def titles(self, count: int) -> list[str]:
        """Titles of the newest of the articles taken in last, each story once."""
        with self._reading() as database:
            query = "SELECT story, date, title FROM articles ORDER BY rowid DESC LIMIT ?"
            last = truth.rows(database, query, (_LAST,))
        told = {story: (date, title) for story, date, title in last if title}
        return [title for _, title in sorted(told.values(), reverse=True)[:count]]

    def summary(self) -> Summary:
        """Numbers over all articles."""
        with self._reading() as database:
            state = truth.state(self.folder, database)
            if state is None:
                raise truth.NoStore(self.folder)
            months: Counter[str] = Counter()
            sources: Counter[str] = Counter()
            lost = undecodable = mended = 0
            grouped = (
                "SELECT substr(date, 1, 7), source, count(*), sum(digits_lost > 0), sum(undecodable > 0), sum(mended != '[]')"
                " FROM articles GROUP BY 1, 2"
            )
            for month, source, count, *damaged in truth.rows(database, grouped):
                if len(month) == 7:
                    months[month] += count
                sources[source] += count
                lost, undecodable, mended = lost + damaged[0], undecodable + damaged[1], mended + damaged[2]
            articles, passages = truth.counts(database)
            ((stories,),) = truth.rows(database, "SELECT count(DISTINCT story) FROM articles")
            texts = truth.rows(database, "SELECT text FROM articles WHERE id IN (SELECT id FROM articles ORDER BY hash LIMIT ?)", (_SAMPLE,))
            scripts = Counter(script(text) for (text,) in texts)
        size = sum(path.stat().st_size for path in _own_files(self.folder))
        return Summary(
            articles=articles,
            passages=passages,
            copies=articles - stories,
            months=tuple(sorted(months.items())),
            sources=tuple(sources.most_common()),
            scripts=tuple(scripts.most_common()),
            sampled=len(texts),
            digits_lost=lost,
            undecodable=undecodable,
            mended=mended,
            generation=state.generation,
            model=state.model,
            bytes=size,
        )


def _folded(*values: int | float | str | bytes | None) -> str:
    return fold(str(values[0]))


def _own_files(folder: Path) -> Iterator[Path]:
    """The files that make up a store, but not what others keep in its folder."""
    for pattern in ("zhiwen.sqlite*", "*.faiss", "legs.json", "terms/*"):
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _kept(database: apsw.Connection, name: str) -> Kept | None:
    rows = truth.rows(database, f"SELECT story, {ARTICLE_COLUMNS} FROM articles WHERE id = ?", (name,))
    if not rows:
        return None
    story, *columns = rows[0]
    article = truth.article(columns)
    recurring = truth.rows(
        database,
        "SELECT key FROM edge_lines WHERE key IN (SELECT key FROM edge_lines WHERE article = ?) GROUP BY key"
        " HAVING count(DISTINCT body) >= CASE substr(key, 1, 1) WHEN ? THEN ? ELSE ? END",
        (name, SENTENCE, RECURRING_SENTENCE, RECURRING),
    )
    places = truth.rows(database, "SELECT start, end FROM passages WHERE article = ? ORDER BY start", (name,))
    tellers = truth.rows(database, f"SELECT {_TELLER} FROM articles WHERE story = ? AND id != ? ORDER BY damage, path, id", (story, name))
    # A member's path goes on from its archive's: all with the same beginning came from one file.
    file = next((step for step in (Path(article.path), *Path(article.path).parents) if _seen(database, str(step))), Path(article.path))
    ((beside,),) = truth.rows(database, f"SELECT count(*) FROM articles WHERE {_FROM_FILE}", [str(file)] * 3)
    passages, copies = tuple(Span(*place) for place in places), tuple(Teller(*row) for row in tellers)
    return kept(article, frozenset(key for (key,) in recurring), passages, copies, beside)


def _seen(database: apsw.Connection, path: str) -> bool:
    return bool(truth.rows(database, "SELECT 1 FROM files WHERE path = ?", (path,)))
