"""Open, lock and undo the SQLite file of a store, and turn SQLite's errors into UserErrors.

Knows SQLite and the tables: SQLite compares a checksum with every page that it reads (checksum VFS), and records what a
transaction changes, so that it can be undone (session extension). Does not know what the tables are filled with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from index.errors import UserError
from index.records import Article, Span, without_spans

FORMAT = 4  # of the tables below
# The tables of a generation. `undo` holds the changes that led to it from the generation before, in parts.
TABLES = ("settings", "files", "articles", "passages", "edge_lines", "bands", "near_duplicates", "probes")
SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, seen INTEGER NOT NULL,
                    hash TEXT NOT NULL, problems TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL,
                       source TEXT NOT NULL, author TEXT NOT NULL, url TEXT NOT NULL, encoding TEXT NOT NULL,
                       undecodable INTEGER NOT NULL, document TEXT NOT NULL, origins TEXT NOT NULL, repairs TEXT NOT
                       NULL, hash TEXT NOT NULL, text_hash TEXT NOT NULL, duplicate_group TEXT NOT NULL, digits_lost
                       INTEGER NOT NULL, damage INTEGER NOT NULL, bands TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_group ON articles (duplicate_group);
CREATE INDEX articles_by_text ON articles (text_hash, duplicate_group);
CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT,
                       article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, start INTEGER NOT NULL,
                       end INTEGER NOT NULL, removed TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_hash ON passages (hash);
CREATE TABLE edge_lines (article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, key TEXT NOT NULL,
                         body TEXT NOT NULL, PRIMARY KEY (article, key)) WITHOUT ROWID;
CREATE INDEX edge_lines_by_key ON edge_lines (key, body);
CREATE TABLE bands (key INTEGER NOT NULL, text_hash TEXT NOT NULL, PRIMARY KEY (key, text_hash)) WITHOUT ROWID;
CREATE TABLE near_duplicates (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE probes (id INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE undo (part INTEGER PRIMARY KEY, changes BLOB NOT NULL);
"""
PUT_FILE = "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)"  # the fields of a FileState
_CONVERTED = "3"  # the older format that `convert` can read
_CONVERSION = """
DROP INDEX IF EXISTS articles_by_story;
DROP INDEX IF EXISTS articles_by_said;
ALTER TABLE articles RENAME COLUMN mended TO repairs;
ALTER TABLE articles RENAME COLUMN said TO text_hash;
ALTER TABLE articles RENAME COLUMN story TO duplicate_group;
ALTER TABLE bands RENAME COLUMN said TO text_hash;
ALTER TABLE alike RENAME TO near_duplicates;
CREATE INDEX articles_by_group ON articles (duplicate_group);
CREATE INDEX articles_by_text ON articles (text_hash, duplicate_group);
DELETE FROM undo
"""
_CHECKSUM = 8  # bytes at the end of every page
_PART = 1 << 26  # bytes of one row of `undo`
_LARGEST = 1 << 29  # bytes of changes that are kept; more would fill the memory
# The fields of an Article, in their order.
ARTICLE_COLUMNS = "id, path, text, encoding, title, date, source, author, url, undecodable, document, origins, repairs"
_AT_ONCE = 2000  # ids in one query, or rows in one part; SQLite takes 32,766


class NoStore(UserError):
    """No store is at an address."""

    def __init__(self, address: object) -> None:
        super().__init__("store.no_store", address=address)


class StoreBusy(UserError):
    """Another process is writing to the store."""


class Unwritable(UserError):
    """The folder cannot be written."""


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What a generation was made with."""

    model: str
    fingerprint: str  # of the model
    dimension: int  # of its vectors
    pipeline: str  # version of reading, cleaning and chunking


@dataclass(frozen=True, slots=True)
class StoreState:
    """The commit that a database is at, and what it was made with."""

    generation: int  # counts the commits
    commit: str  # random: two histories may have a generation of one number
    model: str
    fingerprint: str
    dimension: int
    pipeline: str

    @property
    def made_with(self) -> MadeWith:
        """What the generation was made with."""
        return MadeWith(self.model, self.fingerprint, self.dimension, self.pipeline)

    def next(self, commit: str, made_with: MadeWith) -> StoreState:
        """Return the state of the commit that follows."""
        return StoreState(self.generation + 1, commit, *astuple(made_with))


def state(folder: Path, connection: apsw.Connection, *, converting: bool = False) -> StoreState | None:
    """Return the state of the database, or None before its first commit.

    With `converting`, read a format that `convert` knows as well. Raises UserError if the database is damaged or of
    another format.
    """
    settings: dict[str, str] = dict(rows(connection, "SELECT name, value FROM settings"))
    if not settings and not rows(connection, "SELECT 1 FROM articles LIMIT 1"):
        return None
    stored = settings.get("format", "none")
    if stored != str(FORMAT) and not (converting and stored == _CONVERTED):
        raise _other_format(folder, stored)
    if connection.reserve_bytes("main") != _CHECKSUM:
        raise _damaged(folder, "its head was altered")
    try:
        generation, dimension = int(settings["generation"]), int(settings["dimension"])
        texts = [settings[name] for name in ("commit", "model", "fingerprint", "pipeline")]
    except (KeyError, ValueError) as error:
        raise _damaged(folder, f"settings: {error}") from error
    if generation < 1 or dimension < 1:
        raise _damaged(folder, f"settings: generation {generation}, dimension {dimension}")
    commit, model, fingerprint, pipeline = texts
    return StoreState(generation, commit, model, fingerprint, dimension, pipeline)


def _other_format(folder: Path, stored: str) -> UserError:
    if stored == _CONVERTED:
        code = "older_format"
    elif stored.isdecimal() and int(stored) > FORMAT:
        code = "newer_format"
    else:
        code = "too_old_format"
    return UserError(f"store.{code}", path=folder, stored=stored, format=FORMAT)


def convert(connection: apsw.Connection) -> bool:
    """Rename the columns and tables of format 3, in the open transaction. Return False for another format."""
    if rows(connection, "SELECT value FROM settings WHERE name = 'format'") != [(_CONVERTED,)]:
        return False
    for statement in _CONVERSION.strip().split(";\n"):
        connection.execute(statement)
    connection.execute("UPDATE settings SET value = ? WHERE name = 'format'", (str(FORMAT),))
    return True


def demand_whole(folder: Path, connection: apsw.Connection) -> None:
    """Read every page. Raises UserError if one is damaged."""
    with readable(folder):
        wrong = [row[0] for row in rows(connection, "PRAGMA integrity_check") if row[0] != "ok"]
    if wrong:
        raise _damaged(folder, "; ".join(wrong[0].split("\n")[:2]))


def put_state(connection: apsw.Connection, state: StoreState) -> None:
    """Write the state into the table `settings`."""
    settings = {"format": FORMAT} | {field.name: getattr(state, field.name) for field in fields(state)}
    connection.executemany(
        "INSERT OR REPLACE INTO settings VALUES (?, ?)", ((name, str(value)) for name, value in settings.items())
    )


def connect(folder: Path, *, write: bool) -> apsw.Connection:
    """Open the database of the store in `folder`: to read it, or to write it, and then make it if there is none.

    Raises NoStore if there is none to read, UserError if it is damaged or cannot be opened.
    """
    path = folder / "zhiwen.sqlite"
    if not write and not path.is_file():
        raise NoStore(folder)
    _check_pages()
    with readable(folder):
        if write:
            connection = apsw.Connection(str(path))
            connection.set_busy_timeout(10_000)
            if not _tables(connection):
                connection.reserve_bytes("main", _CHECKSUM)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("foreign_keys", True)
            # Move the log into the file: readers that open the store later do not hold the log, so it stays small.
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            return connection
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        uri = path.resolve().as_uri() + "?mode=ro"
        connection = apsw.Connection(uri, flags=flags)
        connection.set_busy_timeout(10_000)
        try:
            tables = _tables(connection)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            connection.close()
            if os.access(folder, os.W_OK):
                # The first writer was killed while it made the file. SQLite undoes that for a writing connection.
                with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as recovery:
                    recovery.set_busy_timeout(10_000)
                    _tables(recovery)
                connection = apsw.Connection(uri, flags=flags)
            else:
                # SQLite cannot put its WAL files into a folder without write permission. Then nobody is writing either.
                log = path.with_name(path.name + "-wal")
                if log.exists() and log.stat().st_size:
                    raise UserError("store.log_pending", path=folder) from None
                connection = apsw.Connection(uri + "&immutable=1", flags=flags)
            connection.set_busy_timeout(10_000)
            tables = _tables(connection)
    if not tables:  # the first run was interrupted
        connection.close()
        raise NoStore(folder)
    return connection


def _tables(connection: apsw.Connection) -> int:
    return len(rows(connection, "SELECT 1 FROM sqlite_master"))


@cache
def _check_pages() -> None:
    """Make SQLite compare every page that it reads with its checksum, from now on."""
    with_checksums = apsw.Connection(":memory:")  # an extension that is loaded through one connection serves all
    with_checksums.config(apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1)
    try:
        # apsw.sqlite_extra would find it there, but takes 20 ms to load.
        with_checksums.load_extension(str(Path(apsw.__file__).with_name("sqlite_extra_binaries") / "cksumvfs"))
    except apsw.ExtensionLoadingError as error:
        raise UserError("store.apsw_incomplete", reason=str(error)) from error
    finally:
        with_checksums.close()


class Record:
    """Record what changes in TABLES, up to _LARGEST bytes."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._session: apsw.Session | None = apsw.Session(connection, "main")
        for table in TABLES:
            self._session.attach(table)

    def limit(self) -> None:
        """Stop recording if the changes have grown too large. To be called now and then."""
        if self._session is not None and self._session.memory_used > _LARGEST:
            self._session.close()
            self._session = None

    def keep(self) -> None:
        """Write what was recorded into the table `undo`, in place of the record of an earlier commit."""
        self._connection.execute("DELETE FROM undo")
        if self._session is not None:
            changes = self._session.changeset()
            parts = ((changes[start : start + _PART],) for start in range(0, len(changes), _PART))
            self._connection.executemany("INSERT INTO undo (changes) VALUES (?)", parts)
            self._session.close()
            self._session = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What a rollback changed."""

    gone: frozenset[int]  # ids of passages that it removed
    back: frozenset[int]  # ids of passages that it restored
    articles_gone: int  # how many articles it removed
    articles_back: int
    articles_changed: int


def undo(folder: Path, connection: apsw.Connection) -> Undone | None:
    """Apply the inverse of the changes that were kept, and return what that changed; None if nothing is kept.

    Raises UserError if the changes are damaged.
    """
    changes = b"".join(row[0] for row in rows(connection, "SELECT changes FROM undo ORDER BY part"))
    if not changes:
        return None
    passages: dict[str, set[int]] = {"INSERT": set(), "DELETE": set(), "UPDATE": set()}
    articles = dict.fromkeys(passages, 0)
    place = [row[1] for row in rows(connection, "PRAGMA table_info (articles)")].index("hash")
    for change in apsw.Changeset.iter(changes):
        if change.name == "passages":
            values = change.new if change.op == "INSERT" else change.old
            if values is None:
                raise _damaged(folder, "the changes of the last run are incomplete")
            passages[change.op].add(int(values[0]))  # type: ignore[arg-type]
        elif change.name == "articles" and (
            change.op != "UPDATE" or (change.new and change.new[place] is not apsw.no_change)
        ):
            articles[change.op] += 1

    def conflict(reason: int, change: apsw.TableChange) -> int:
        if reason == apsw.SQLITE_CHANGESET_NOTFOUND:  # a passage that was deleted with its article
            return apsw.SQLITE_CHANGESET_OMIT
        # Runs that change no article still update these tables. The older row wins, and its file is read again.
        remembered = change.name in ("files", "articles") and reason in (
            apsw.SQLITE_CHANGESET_DATA,
            apsw.SQLITE_CHANGESET_CONFLICT,
        )
        return apsw.SQLITE_CHANGESET_REPLACE if remembered else apsw.SQLITE_CHANGESET_ABORT

    apsw.Changeset.apply(changes, connection, conflict=conflict, flags=apsw.SQLITE_CHANGESETAPPLY_INVERT)
    return Undone(
        frozenset(passages["INSERT"]),
        frozenset(passages["DELETE"]),
        articles["INSERT"],
        articles["DELETE"],
        articles["UPDATE"],
    )


def grouped(pairs: Iterable[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return key → values, in the order of the pairs (key, value)."""
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def rows(connection: apsw.Connection, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    fetched: list[tuple[Any, ...]] = connection.execute(query, values).fetchall()
    return fetched


def rows_in(
    connection: apsw.Connection, query: str, ids: Sequence[str | int], order: str = ""
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query that ends in IN, for these ids, at most 2,000 at a time. `order` follows the ids."""
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        yield rows(connection, f"{query} ({','.join('?' * len(part))}) {order}", part)


def all_rows(connection: apsw.Connection, query: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all rows of a query, in parts of at most 2,000."""
    cursor: Any = connection.execute(query)
    while part := list(islice(cursor, _AT_ONCE)):
        yield part


def sampled(connection: apsw.Connection, count: int) -> list[tuple[int, str, str]]:
    """Return (id, duplicate group, readable text) of at most `count` passages.

    Their contents alone decide which: a store's history makes no difference.
    """
    query = (
        "SELECT passages.id, duplicate_group, start, end, removed, text FROM passages"
        " JOIN articles ON articles.id = article ORDER BY passages.hash LIMIT ?"
    )
    return [
        (passage, duplicate_group, without_spans(text[start:end], spans(removed)))
        for passage, duplicate_group, start, end, removed, text in rows(connection, query, (count,))
    ]


def readable_texts(connection: apsw.Connection, passages: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    """Yield (title of its article, readable text) of passages, given as (id, article, start, end, removed, …)."""
    current, title, text = None, "", ""
    for _, article, start, end, removed, *_ in passages:
        if article != current:  # neighbours share their article, which may be as long as a book
            current = article
            ((title, text),) = rows(connection, "SELECT title, text FROM articles WHERE id = ?", (article,))
        yield title, without_spans(text[start:end], spans(removed))


def counts(connection: apsw.Connection) -> tuple[int, int]:
    """Return (number of articles, number of passages)."""
    ((articles, passages),) = rows(
        connection, "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
    )
    return articles, passages


def article(row: Sequence[Any]) -> Article:
    """Return the article in a row of ARTICLE_COLUMNS."""
    *plain, origins, repairs = row
    return Article(
        *plain, *(tuple((name, value) for name, value in json.loads(stored)) for stored in (origins, repairs))
    )


def spans(stored: str) -> tuple[Span, ...]:
    """Return the spans in a passage's column `removed`, a JSON list of pairs."""
    return tuple(Span(*pair) for pair in json.loads(stored)) if stored != "[]" else ()


@contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of writers.

    Raises StoreBusy if another process still holds it after `seconds`, Unwritable if the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise StoreBusy("store.busy", path=folder) from error
    except OSError as error:
        raise Unwritable("store.unwritable", path=folder, reason=error.strerror) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Raise UserError for any error of SQLite's."""
    try:
        yield
    except apsw.FullError as error:
        raise UserError("store.disk_full", path=folder) from error
    except (apsw.CorruptError, apsw.NotADBError, apsw.FormatError) as error:
        raise _damaged(folder, str(error)) from error
    except apsw.SQLError as error:
        if not str(error).startswith("no such"):  # a table or a column
            raise
        raise _damaged(folder, str(error)) from error
    except apsw.IOError as error:
        if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_DATA:
            raise _damaged(folder, "a page is not what was written") from error
        raise _unusable(folder, error) from error
    except apsw.Error as error:
        raise _unusable(folder, error) from error


def _damaged(folder: Path, what: str) -> UserError:
    return UserError("store.damaged", path=folder / "zhiwen.sqlite", reason=what)


def _unusable(folder: Path, error: apsw.Error) -> UserError:
    return UserError("store.unusable", path=folder / "zhiwen.sqlite", reason=str(error))
