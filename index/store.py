"""One folder that holds a corpus: SQLite is the truth, both search legs are caches of it.

Knows how articles, passages and vectors are kept, committed and found again. Does not know how they were made or what
a good hit is.

    store/zhiwen.sqlite        articles, passages, vectors, files seen, settings; one transaction is the commit
    store/vectors-N.faiss      the vector leg of generation N
    store/terms/               the term leg
    store/legs.json            which generation both legs are of, and their files' checksums; written last
    store/lock                 held while writing; it dies with its process

A generation is one committed state. A leg of another generation, or a damaged one, is made again from the truth when
the store is opened, with a line on stderr; where the folder cannot be written, in memory.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import legs
from index.errors import UserError
from index.records import Article, Cleaned, Passage, Span

_FORMAT = 1  # of the tables below
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, seen INTEGER NOT NULL,
                    hash TEXT NOT NULL, problems TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL,
                       author TEXT NOT NULL, url TEXT NOT NULL, encoding TEXT NOT NULL, undecodable INTEGER NOT NULL,
                       hash TEXT NOT NULL, story TEXT NOT NULL, digits_lost INTEGER NOT NULL, repairs TEXT NOT NULL,
                       text TEXT NOT NULL);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_story ON articles (story);
CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
                       start INTEGER NOT NULL, end INTEGER NOT NULL, removed TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_hash ON passages (hash);
CREATE TABLE edge_lines (key TEXT NOT NULL, body TEXT NOT NULL, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE);
CREATE INDEX edge_lines_by_key ON edge_lines (key);
CREATE INDEX edge_lines_by_article ON edge_lines (article);
"""
_ARTICLE = "id, path, text, encoding, title, date, source, author, url, undecodable"
_RECURRING = 3  # different articles that share an edge line before it counts as part of the page, not of the article


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question may be answered from; "" means any. Dates are ISO, both ends included."""

    since: str = ""
    until: str = ""
    source: str = ""
    article: str = ""  # an article id, or the end of a path

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.source or self.article)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the article it stands in."""

    passage: Passage
    article: Article
    story: str  # equal for articles with the same words
    digits_lost: int  # in the whole article


@dataclass(frozen=True, slots=True)
class FileState:
    """What is remembered of a file."""

    path: str
    size: int
    mtime: int  # nanoseconds, of the last change of contents or place
    seen: int  # nanoseconds, when it was read
    hash: str
    problems: str  # JSON list of reasons, as they were when it was read


class Store:
    """A corpus opened for reading: one generation, until `refresh`."""

    def __init__(self, folder: Path) -> None:
        """Opens the store in `folder`. Raises UserError if there is none or it cannot be read."""
        self.folder = folder
        self._database = _connect(folder, write=False)
        self.generation = -1
        self.refresh()

    def refresh(self) -> bool:
        """Moves on to the newest generation; whether there was one."""
        with _readable(self.folder):
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            # The open transaction is what holds this generation while a writer commits the next.
            self._database.execute("BEGIN")
            settings = dict(self._database.execute("SELECT name, value FROM settings"))
        if int(settings["format"]) != _FORMAT:
            raise UserError(
                f"{self.folder}: a store of format {settings['format']}, and this is zhiwen with format {_FORMAT}.",
                "Move it away and run python -m index.reindex again.",
            )
        newest = int(settings["generation"])
        if newest == self.generation:
            return False
        self.generation = newest
        self.model, self.fingerprint = settings["model"], settings["fingerprint"]
        self.dimension = int(settings["dimension"])
        found = self._legs()
        self.terms, self.vectors = found.terms, found.vectors
        return True

    def _legs(self) -> legs.Legs:
        if (found := legs.opened(self.folder, self.generation)) is not None:
            return found
        # Behind, ahead or damaged. A writer between its commit and its caches leaves them so too: it holds the lock then.
        try:
            with _lock(self.folder, seconds=0):
                made = legs.rebuilt(self._database, self.folder, self.generation, self.dimension)
        except (UserError, OSError):
            return legs.rebuilt(self._database, None, self.generation, self.dimension)
        sys.stderr.write(f"zhiwen: {self.folder}: the search files were not those of generation {self.generation}; made again from the store.\n")
        return made

    def close(self) -> None:
        """Lets go of the files."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> tuple[int, int]:
        """(articles, passages)."""
        return (
            int(self._database.execute("SELECT count(*) FROM articles").fetchone()[0]),
            int(self._database.execute("SELECT count(*) FROM passages").fetchone()[0]),
        )

    def matching(self, filters: Filters) -> frozenset[str]:
        """The ids of the articles that pass the filters."""
        clauses, values = ["1"], []
        if filters.since:
            clauses.append("date >= ?")
            values.append(filters.since)
        if filters.until:
            clauses.append("date != '' AND date <= ?")
            values.append(filters.until)
        if filters.source:
            clauses.append("instr(source, ?) > 0")
            values.append(filters.source)
        if filters.article:
            clauses.append("(id = ? OR path = ? OR substr(path, -length(?)) = ?)")
            tail = "/" + filters.article.removeprefix("./").lstrip("/")
            values += [filters.article, filters.article, tail, tail]
        rows = self._database.execute(f"SELECT id FROM articles WHERE {' AND '.join(clauses)}", values)
        return frozenset(row[0] for row in rows)

    def passage_ids(self, articles: Collection[str]) -> NDArray[np.int64]:
        """The ids of all passages of these articles, ordered."""
        self._database.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (id TEXT PRIMARY KEY)")
        self._database.execute("DELETE FROM wanted")
        self._database.executemany("INSERT INTO wanted VALUES (?)", ((article,) for article in articles))
        rows = self._database.execute("SELECT passages.id FROM passages JOIN wanted ON wanted.id = passages.article ORDER BY passages.id")
        return np.array([row[0] for row in rows], np.int64)

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids; ids that the truth does not know are left out."""
        marks = ",".join("?" * len(ids))
        rows = self._database.execute(f"SELECT id, article, start, end, removed FROM passages WHERE id IN ({marks})", list(ids)).fetchall()
        wanted = sorted({row[1] for row in rows})
        marks = ",".join("?" * len(wanted))
        articles = {
            row[2]: (Article(*row[2:]), row[0], row[1])
            for row in self._database.execute(f"SELECT story, digits_lost, {_ARTICLE} FROM articles WHERE id IN ({marks})", wanted)
        }
        found = {}
        for passage, article_id, start, end, removed in rows:
            article, story, digits_lost = articles[article_id]
            spans = tuple(Span(*pair) for pair in json.loads(removed))
            found[passage] = StoredPassage(Passage(passage, article_id, start, end, article.text[start:end], spans), article, story, digits_lost)
        return found

    def before(self, found: StoredPassage) -> Passage | None:
        """The passage that comes before another in its article, None if it is the first."""
        passage = found.passage
        row = self._database.execute(
            "SELECT id, start, end, removed FROM passages WHERE article = ? AND start < ? ORDER BY start DESC LIMIT 1",
            (passage.article, passage.start),
        ).fetchone()
        if row is None:
            return None
        spans = tuple(Span(*pair) for pair in json.loads(row[3]))
        return Passage(row[0], passage.article, row[1], row[2], found.article.text[row[1] : row[2]], spans)

    def copies(self, story: str) -> list[str]:
        """The ids of all articles with these words, ordered."""
        return [row[0] for row in self._database.execute("SELECT id FROM articles WHERE story = ? ORDER BY id", (story,))]

    def articles(self) -> Iterator[Article]:
        """Every article, ordered by path and id."""
        for row in self._database.execute(f"SELECT {_ARTICLE} FROM articles ORDER BY path, id"):
            yield Article(*row)

    def faults(self) -> list[str]:
        """What is wrong between the truth and both legs, one sentence each; empty if all is well."""
        found = [f"zhiwen.sqlite: {row[0]}" for row in self._database.execute("PRAGMA integrity_check") if row[0] != "ok"]
        truth = {int(row[0]) for row in self._database.execute("SELECT id FROM passages")}
        for name, ids in (("terms", self.terms.ids()), ("vectors", self.vectors.ids())):
            for what, wrong in (("lacks", truth - ids), ("has too many:", ids - truth)):
                if wrong:
                    found.append(f"{name}: {what} {len(wrong)} passages, such as {min(wrong)}")
        return found


class Writer:
    """A store opened for changing. Nothing is seen by anyone before `commit`."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder = folder
        self._database = database
        settings = dict(database.execute("SELECT name, value FROM settings"))
        self.generation = int(settings.get("generation", 0))
        self.model, self.fingerprint = settings.get("model", ""), settings.get("fingerprint", "")
        self.dimension, self.pipeline = int(settings.get("dimension", 0)), settings.get("pipeline", "")
        self._removed: set[int] = set()
        self._dropped: dict[str, bytes] = {}  # hash → vector of passages taken out since opening
        self._added: set[int] = set()

    def counts(self) -> tuple[int, int]:
        """(articles, passages) as they would be after a commit."""
        return (
            int(self._database.execute("SELECT count(*) FROM articles").fetchone()[0]),
            int(self._database.execute("SELECT count(*) FROM passages").fetchone()[0]),
        )

    def duplicates(self) -> int:
        """How many articles have the same words as another that counts."""
        return int(self._database.execute("SELECT count(*) - count(DISTINCT story) FROM articles").fetchone()[0])

    def files(self) -> dict[str, FileState]:
        """What is remembered of every file seen, by path."""
        return {row[0]: FileState(*row) for row in self._database.execute("SELECT path, size, mtime, seen, hash, problems FROM files")}

    def see(self, state: FileState) -> None:
        """Remembers a file."""
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", (state.path, state.size, state.mtime, state.seen, state.hash, state.problems)
        )

    def forget(self, path: str) -> None:
        """Forgets a file (its articles are removed one by one)."""
        self._database.execute("DELETE FROM files WHERE path = ?", (path,))

    def articles_of(self, path: str) -> dict[str, str]:
        """Id → content hash of the articles that came from a file."""
        return dict(self._database.execute("SELECT id, hash FROM articles WHERE path = ? ORDER BY id", (path,)).fetchall())

    def article(self, article: str) -> Article | None:
        """The article with this id."""
        row = self._database.execute(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", (article,)).fetchone()
        return Article(*row) if row else None

    def article_ids(self) -> list[str]:
        """The ids of all articles, ordered."""
        return [row[0] for row in self._database.execute("SELECT id FROM articles ORDER BY id")]

    def put_article(self, article: Article, content_hash: str, edge_lines: Iterable[str], body: str) -> None:
        """Takes in an article, or its new contents, without passages yet. `body` tells articles apart, copies not."""
        self.remove_article(article.id)
        self._database.execute(
            f"INSERT INTO articles ({_ARTICLE}, hash, story, digits_lost, repairs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '[]')",
            (
                article.id,
                article.path,
                article.text,
                article.encoding,
                article.title,
                article.date,
                article.source,
                article.author,
                article.url,
                article.undecodable,
                content_hash,
            ),
        )
        self._database.executemany("INSERT INTO edge_lines VALUES (?, ?, ?)", ((key, body, article.id) for key in edge_lines))

    def remove_article(self, article: str) -> int:
        """Takes an article out; how many passages went with it."""
        gone = self._drop_passages(article)
        self._database.execute("DELETE FROM articles WHERE id = ?", (article,))
        return gone

    def recurring_lines(self) -> dict[str, list[str]]:
        """Edge lines of at least three different articles: key → ids of the articles that have it."""
        rows = self._database.execute(
            "SELECT key, article FROM edge_lines WHERE key IN (SELECT key FROM edge_lines GROUP BY key"
            " HAVING count(DISTINCT body) >= ?) ORDER BY key, article",
            (_RECURRING,),
        )
        found: dict[str, list[str]] = {}
        for key, article in rows:
            found.setdefault(key, []).append(article)
        return found

    def vectors(self, hashes: Sequence[str]) -> dict[str, bytes]:
        """The vectors already known for these passage hashes."""
        found = {digest: self._dropped[digest] for digest in hashes if digest in self._dropped}
        for start in range(0, len(hashes), 500):
            part = list(hashes[start : start + 500])
            found.update(self._database.execute(f"SELECT hash, vector FROM passages WHERE hash IN ({','.join('?' * len(part))})", part))
        return found

    def put_passages(self, article: str, cleaned: Cleaned, story: str, passages: Sequence[tuple[Passage, str, bytes]]) -> None:
        """The passages of an article, each with its hash and vector (float32 bytes), in place of those it had."""
        self._drop_passages(article)
        self._database.execute(
            "UPDATE articles SET story = ?, digits_lost = ?, repairs = ? WHERE id = ?",
            (story, cleaned.digits_lost, json.dumps(cleaned.repairs), article),
        )
        for passage, digest, vector in passages:
            removed = json.dumps([[span.start, span.end] for span in passage.removed])
            cursor = self._database.execute(
                "INSERT INTO passages (article, start, end, removed, hash, vector) VALUES (?, ?, ?, ?, ?, ?)",
                (article, passage.start, passage.end, removed, digest, vector),
            )
            assert cursor.lastrowid is not None
            self._added.add(cursor.lastrowid)

    def _drop_passages(self, article: str) -> int:
        rows = self._database.execute("SELECT id, hash, vector FROM passages WHERE article = ?", (article,)).fetchall()
        # What is taken out may come back in the same run, under another name or with a sentence changed.
        self._dropped.update((digest, vector) for _, digest, vector in rows)
        gone = {row[0] for row in rows}
        self._database.execute("DELETE FROM passages WHERE article = ?", (article,))
        self._removed |= gone - self._added
        self._added -= gone
        return len(gone)

    def commit(self, *, model: str, fingerprint: str, dimension: int, pipeline: str) -> int:
        """Makes everything since opening the new generation, first in the truth, then in both legs. Its number."""
        before, self.generation = self.generation, self.generation + 1
        for name, value in (
            ("format", _FORMAT),
            ("generation", self.generation),
            ("model", model),
            ("fingerprint", fingerprint),
            ("dimension", dimension),
            ("pipeline", pipeline),
        ):
            self._database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, str(value)))
        same_model, self.fingerprint, self.model = fingerprint == self.fingerprint, fingerprint, model
        self._database.execute("COMMIT")
        self._database.execute("BEGIN IMMEDIATE")
        found = legs.opened(self.folder, before) if same_model else None
        if found is None:
            legs.rebuilt(self._database, self.folder, self.generation, dimension)
        else:
            legs.update(found, self._database, self.folder, self.generation, self._removed, self._added)
        self._removed, self._added = set(), set()
        return self.generation

    def keep_seen(self) -> None:
        """Keeps what was remembered of files, where nothing else has changed; the generation stays."""
        self._database.execute("COMMIT")
        self._database.execute("BEGIN IMMEDIATE")

    def rebuild(self) -> None:
        """Makes both legs again from the truth."""
        dimension = int(self._database.execute("SELECT value FROM settings WHERE name = 'dimension'").fetchone()[0])
        legs.rebuilt(self._database, self.folder, self.generation, dimension)


def exists(folder: Path) -> bool:
    """Whether there is a store in a folder."""
    return (folder / "zhiwen.sqlite").is_file()


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """The store in `folder` opened for changing, made if there is none; what is not committed by the end is undone.

    Raises UserError if another process is writing or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}).", "Name another place with --store.") from error
    with _lock(folder, seconds=10), closing(_connect(folder, write=True)) as database, _readable(folder):
        database.execute("BEGIN IMMEDIATE")
        if not database.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _SCHEMA.split(";\n"):
                database.execute(statement)
        yield Writer(folder, database)
        if database.in_transaction:
            database.execute("ROLLBACK")


@contextmanager
def _lock(folder: Path, seconds: float) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / "lock", timeout=seconds):
            yield
    except Timeout as error:
        raise UserError(f"{folder}: another process is writing to this store.", "Wait until it has ended, then try again.") from error
    except PermissionError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}).", "Name another place with --store.") from error


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turns SQLite's words into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise UserError(f"{folder / 'zhiwen.sqlite'}: {error}.", "See that the disk is not full and the file can be read and written.") from error
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"{folder / 'zhiwen.sqlite'}: damaged or not a store ({error}).",
            "Move it away and run python -m index.reindex again, or name another --store.",
        ) from error


def _connect(folder: Path, *, write: bool) -> sqlite3.Connection:
    path = folder / "zhiwen.sqlite"
    if not write and not path.is_file():
        raise UserError(f"{folder}: no store there.", "Make one with python -m index.reindex FOLDER, or name another --store.")
    with _readable(folder):
        if write:
            database = sqlite3.connect(path, isolation_level=None, timeout=10)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA foreign_keys = ON")
            return database
        # The web page asks from several threads, one at a time.
        uri = path.resolve().as_uri() + "?mode=ro"
        database = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        try:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            # A folder without write permission has no place for the files WAL needs: then nobody is writing either.
            database.close()
            database = sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
        return database


def content_hash(article: Article) -> str:
    """What must change for an article to count as changed."""
    fields = (article.title, article.date, article.source, article.author, article.url, article.text)
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).hexdigest()
