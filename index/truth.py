"""The SQLite file that is a store's truth: its tables, how it is opened, locked and taken back, and its errors in our words.

Knows SQLite: every page carries a checksum that is compared whenever it is read (SQLite's checksum VFS), and what a
transaction changes can be recorded and undone (SQLite's session extension). Does not know what the tables are filled with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from index.errors import UserError
from index.records import Article, Span, without

FORMAT = 3  # of the tables below
# What a generation consists of; `undo` holds the changes that led to it from the one before, in parts.
TABLES = ("settings", "files", "articles", "passages", "edge_lines", "bands", "alike", "probes")
SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, seen INTEGER NOT NULL,
                    hash TEXT NOT NULL, problems TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL,
                       author TEXT NOT NULL, url TEXT NOT NULL, encoding TEXT NOT NULL, undecodable INTEGER NOT NULL,
                       document TEXT NOT NULL, origins TEXT NOT NULL, mended TEXT NOT NULL, hash TEXT NOT NULL, said TEXT NOT NULL,
                       story TEXT NOT NULL, digits_lost INTEGER NOT NULL, damage INTEGER NOT NULL, bands TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_story ON articles (story);
CREATE INDEX articles_by_said ON articles (said, story);
CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
                       start INTEGER NOT NULL, end INTEGER NOT NULL, removed TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_hash ON passages (hash);
CREATE TABLE edge_lines (article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, key TEXT NOT NULL, body TEXT NOT NULL,
                         PRIMARY KEY (article, key)) WITHOUT ROWID;
CREATE INDEX edge_lines_by_key ON edge_lines (key, body);
CREATE TABLE bands (key INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (key, said)) WITHOUT ROWID;
CREATE TABLE alike (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE probes (id INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE undo (part INTEGER PRIMARY KEY, changes BLOB NOT NULL);
"""
_CHECKSUM = 8  # bytes at the end of every page
_PART = 1 << 26  # bytes of one row of `undo`
_LARGEST = 1 << 29  # bytes of changes that are kept; more is made of everything anew, and would fill the memory
# The fields of an Article, in their order.
ARTICLE_COLUMNS = "id, path, text, encoding, title, date, source, author, url, undecodable, document, origins, mended"
_AT_ONCE = 2000  # ids in one query, or rows in one part; SQLite takes 32,766


class NoStore(UserError):
    """There is nothing to read in the folder."""

    def __init__(self, place: object) -> None:
        super().__init__(f"{place}: no store there.", "Make one with python -m index.reindex FOLDER, or name another --store.")


class Busy(UserError):
    """Another process is writing."""


class Unwritable(UserError):
    """The folder cannot be written."""


@dataclass(frozen=True, slots=True)
class State:
    """Which commit a truth is at, and what it was made with."""

    generation: int  # counts the commits
    commit: str  # random: two histories may have a generation of one number
    model: str
    fingerprint: str
    dimension: int
    pipeline: str


def state(folder: Path, database: apsw.Connection) -> State | None:
    """The state of the truth, None for one that was only just begun. Raises UserError if it is damaged or of another format."""
    found: dict[str, str] = dict(rows(database, "SELECT name, value FROM settings"))
    if not found and not rows(database, "SELECT 1 FROM articles LIMIT 1"):
        return None
    if (stored := found.get("format", "none")) != str(FORMAT):
        raise UserError(
            f"{folder}: a store of format {stored}, and this is zhiwen with format {FORMAT}.",
            "Move it away and run python -m index.reindex again.",
        )
    if database.reserve_bytes("main") != _CHECKSUM:
        raise _damaged(folder, "its head was altered")
    return State(int(found["generation"]), found["commit"], found["model"], found["fingerprint"], int(found["dimension"]), found["pipeline"])


def demand_whole(folder: Path, database: apsw.Connection) -> None:
    """Goes through every page. Raises UserError if one is damaged."""
    with readable(folder):
        wrong = [row[0] for row in rows(database, "PRAGMA integrity_check") if row[0] != "ok"]
    if wrong:
        raise _damaged(folder, "; ".join(wrong[0].split("\n")[:2]))


def put_state(database: apsw.Connection, state: State) -> None:
    """Writes the state down."""
    settings = {"format": FORMAT} | {field.name: getattr(state, field.name) for field in fields(state)}
    database.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", ((name, str(value)) for name, value in settings.items()))


def connect(folder: Path, *, write: bool) -> apsw.Connection:
    """The truth of the store in `folder`, to read (it must be there) or to write (it is made). Raises NoStore or UserError."""
    path = folder / "zhiwen.sqlite"
    if not write and not path.is_file():
        raise NoStore(folder)
    _check_pages()
    with readable(folder):
        if write:
            database = apsw.Connection(str(path))
            database.set_busy_timeout(10_000)
            if not _tables(database):
                database.reserve_bytes("main", _CHECKSUM)
            database.pragma("journal_mode", "wal")
            database.pragma("synchronous", "full")
            database.pragma("foreign_keys", True)
            # What is in the log goes into the file now: readers that ask meanwhile no longer need the log, and it begins anew.
            database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            return database
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        uri = path.resolve().as_uri() + "?mode=ro"
        database = apsw.Connection(uri, flags=flags)
        database.set_busy_timeout(10_000)
        try:
            tables = _tables(database)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            database.close()
            if os.access(folder, os.W_OK):
                # A first writer was killed while it made the file: SQLite takes that back for one who may write.
                with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as healer:
                    healer.set_busy_timeout(10_000)
                    _tables(healer)
                database = apsw.Connection(uri, flags=flags)
            else:
                # A folder without write permission has no place for the files WAL needs: then nobody is writing either.
                log = path.with_name(path.name + "-wal")
                if log.exists() and log.stat().st_size:
                    raise UserError(
                        f"{folder}: its last change is not yet in zhiwen.sqlite, and the folder cannot be written.",
                        "Open it once where it may be written.",
                    ) from None
                database = apsw.Connection(uri + "&immutable=1", flags=flags)
            database.set_busy_timeout(10_000)
            tables = _tables(database)
    if not tables:  # a first run that did not end
        database.close()
        raise NoStore(folder)
    return database


def _tables(database: apsw.Connection) -> int:
    return len(rows(database, "SELECT 1 FROM sqlite_master"))


@cache
def _check_pages() -> None:
    """From now on every page read from a store is compared with its checksum."""
    with_checksums = apsw.Connection(":memory:")  # an extension is loaded through a connection, and serves all
    with_checksums.config(apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1)
    try:
        # Where apsw.sqlite_extra would find it, without that module's 20 ms.
        with_checksums.load_extension(str(Path(apsw.__file__).with_name("sqlite_extra_binaries") / "cksumvfs"))
    except apsw.ExtensionLoadingError as error:
        raise UserError(f"apsw without its checksum extension ({error}).", "pip install --force-reinstall apsw") from error
    finally:
        with_checksums.close()


class Record:
    """What changes in TABLES, as long as it is not too much to be taken back."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database
        self._session: apsw.Session | None = apsw.Session(database, "main")
        for table in TABLES:
            self._session.attach(table)

    def check(self) -> None:
        """Gives up where there is too much; to be called now and then."""
        if self._session is not None and self._session.memory_used > _LARGEST:
            self._session.close()
            self._session = None

    def keep(self) -> None:
        """Keeps what was recorded as the way back, in place of an older one."""
        self._database.execute("DELETE FROM undo")
        if self._session is not None:
            changes = self._session.changeset()
            parts = ((changes[start : start + _PART],) for start in range(0, len(changes), _PART))
            self._database.executemany("INSERT INTO undo (changes) VALUES (?)", parts)
            self._session.close()
            self._session = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What going back changed: the ids of passages, and how many articles."""

    gone: frozenset[int]  # passages
    back: frozenset[int]
    articles_gone: int
    articles_back: int
    articles_changed: int


def undo(database: apsw.Connection) -> Undone | None:
    """Takes back what was kept, and tells it; None if nothing is kept."""
    changes = b"".join(row[0] for row in rows(database, "SELECT changes FROM undo ORDER BY part"))
    if not changes:
        return None
    passages: dict[str, set[int]] = {"INSERT": set(), "DELETE": set(), "UPDATE": set()}
    articles = dict.fromkeys(passages, 0)
    place = [row[1] for row in rows(database, "PRAGMA table_info (articles)")].index("hash")
    for change in apsw.Changeset.iter(changes):
        if change.name == "passages":
            values = change.new if change.op == "INSERT" else change.old
            assert values is not None
            passages[change.op].add(int(values[0]))  # type: ignore[arg-type]
        elif change.name == "articles" and (change.op != "UPDATE" or (change.new and change.new[place] is not apsw.no_change)):
            articles[change.op] += 1

    def conflict(reason: int, change: apsw.TableChange) -> int:
        if reason == apsw.SQLITE_CHANGESET_NOTFOUND:  # a passage that left with its article
            return apsw.SQLITE_CHANGESET_OMIT
        # What is remembered of files and rows changes without a new generation too: the older memory wins, and they are read again.
        remembered = change.name in ("files", "articles") and reason in (apsw.SQLITE_CHANGESET_DATA, apsw.SQLITE_CHANGESET_CONFLICT)
        return apsw.SQLITE_CHANGESET_REPLACE if remembered else apsw.SQLITE_CHANGESET_ABORT

    apsw.Changeset.apply(changes, database, conflict=conflict, flags=apsw.SQLITE_CHANGESETAPPLY_INVERT)
    return Undone(frozenset(passages["INSERT"]), frozenset(passages["DELETE"]), articles["INSERT"], articles["DELETE"], articles["UPDATE"])


def rows(database: apsw.Connection, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    found: list[tuple[Any, ...]] = database.execute(query, values).fetchall()
    return found


def rows_in(database: apsw.Connection, query: str, ids: Sequence[str | int], order: str = "") -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query that ends in IN, for these ids, some at a time; `order` comes after them."""
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        yield rows(database, f"{query} ({','.join('?' * len(part))}) {order}", part)


def all_rows(database: apsw.Connection, query: str) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a query, some at a time."""
    cursor: Any = database.execute(query)
    while part := list(islice(cursor, _AT_ONCE)):
        yield part


def sampled(database: apsw.Connection, count: int) -> list[tuple[int, str, str]]:
    """(id, story, readable text) of some passages. Which depends on their contents alone, so a store's history makes no difference."""
    query = "SELECT passages.id, story, start, end, removed, text FROM passages JOIN articles ON articles.id = article ORDER BY passages.hash LIMIT ?"
    return [
        (passage, story, without(text[start:end], spans(removed))) for passage, story, start, end, removed, text in rows(database, query, (count,))
    ]


def counts(database: apsw.Connection) -> tuple[int, int]:
    """(articles, passages)."""
    ((articles, passages),) = rows(database, "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")
    return articles, passages


def article(row: Sequence[Any]) -> Article:
    """The article in a row of ARTICLE_COLUMNS."""
    *plain, origins, mended = row
    return Article(*plain, *(tuple((name, value) for name, value in json.loads(stored)) for stored in (origins, mended)))


def spans(stored: str) -> tuple[Span, ...]:
    """The spans kept in a passage's column `removed`, a JSON list of pairs."""
    return tuple(Span(*pair) for pair in json.loads(stored)) if stored != "[]" else ()


@contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Holds the one lock of writers. Raises UserError if another holds it after `seconds`, or the folder cannot be written."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise Busy(f"{folder}: another process is writing to this store.", "Wait until it has ended, then try again.") from error
    except OSError as error:
        raise Unwritable(f"{folder}: cannot be written ({error.strerror}).", "Name another place with --store.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turns SQLite's words into ours."""
    try:
        yield
    except apsw.FullError as error:
        raise UserError(f"{folder}: the disk is full; nothing was changed.", "Make space, then run the same command again.") from error
    except (apsw.CorruptError, apsw.NotADBError, apsw.FormatError) as error:
        raise _damaged(folder, str(error)) from error
    except apsw.SQLError as error:
        if not str(error).startswith("no such"):  # table or column: not one of ours
            raise
        raise _damaged(folder, str(error)) from error
    except apsw.IOError as error:
        if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_DATA:
            raise _damaged(folder, "a page is not what was written") from error
        raise _unusable(folder, error) from error
    except apsw.Error as error:
        raise _unusable(folder, error) from error


def _damaged(folder: Path, what: str) -> UserError:
    return UserError(
        f"{folder / 'zhiwen.sqlite'}: damaged or not a store ({what}).",
        "Move it away and run python -m index.reindex again, or name another --store.",
    )


def _unusable(folder: Path, error: apsw.Error) -> UserError:
    return UserError(f"{folder / 'zhiwen.sqlite'}: {error}.", "See that the disk is not full and the file can be read and written.")
