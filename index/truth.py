"""The SQLite file that is a store's truth: its tables, how it is opened and locked, and its errors in our words.

Knows SQLite. Does not know what the tables are filled with.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import UserError
from index.records import Article, Span

FORMAT = 2  # of the tables below
SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, seen INTEGER NOT NULL,
                    hash TEXT NOT NULL, problems TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL,
                       author TEXT NOT NULL, url TEXT NOT NULL, encoding TEXT NOT NULL, undecodable INTEGER NOT NULL,
                       origins TEXT NOT NULL, mended TEXT NOT NULL, hash TEXT NOT NULL, said TEXT NOT NULL, story TEXT NOT NULL,
                       digits_lost INTEGER NOT NULL, damage INTEGER NOT NULL, bands TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_story ON articles (story);
CREATE INDEX articles_by_said ON articles (said, story);
CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
                       start INTEGER NOT NULL, end INTEGER NOT NULL, removed TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_hash ON passages (hash);
CREATE TABLE edge_lines (key TEXT NOT NULL, body TEXT NOT NULL, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE);
CREATE INDEX edge_lines_by_key ON edge_lines (key);
CREATE INDEX edge_lines_by_article ON edge_lines (article);
CREATE TABLE bands (key INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (key, said)) WITHOUT ROWID;
CREATE TABLE alike (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""
# The fields of an Article, in their order.
ARTICLE_COLUMNS = "id, path, text, encoding, title, date, source, author, url, undecodable, origins, mended"
_MAKE = "Make one with python -m index.reindex FOLDER, or name another --store."


class NoStore(UserError):
    """There is nothing to read in the folder."""


def connect(folder: Path, *, write: bool) -> sqlite3.Connection:
    """The truth of the store in `folder`, to read (it must be there) or to write (it is made). Raises NoStore or UserError."""
    path = folder / "zhiwen.sqlite"
    if not write and not path.is_file():
        raise NoStore(f"{folder}: no store there.", _MAKE)
    with readable(folder):
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
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.OperationalError:
            database.close()
            if os.access(folder, os.W_OK):
                raise
            # A folder without write permission has no place for the files WAL needs: then nobody is writing either.
            database = sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:  # a first run that did not end
        database.close()
        raise NoStore(f"{folder}: no store there.", _MAKE)
    return database


def demand_format(folder: Path, settings: Mapping[str, str]) -> None:
    """Raises UserError for a store made by another version of the tables."""
    if int(settings["format"]) != FORMAT:
        raise UserError(
            f"{folder}: a store of format {settings['format']}, and this is zhiwen with format {FORMAT}.",
            "Move it away and run python -m index.reindex again.",
        )


def counts(database: sqlite3.Connection) -> tuple[int, int]:
    """(articles, passages)."""
    articles, passages = database.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)").fetchone()
    return int(articles), int(passages)


def article(row: Sequence[Any]) -> Article:
    """The article in a row of ARTICLE_COLUMNS."""
    *plain, origins, mended = row
    return Article(*plain, *(tuple((name, value) for name, value in json.loads(stored)) for stored in (origins, mended)))


def spans(stored: str) -> tuple[Span, ...]:
    """The spans kept in a passage's column `removed`, a JSON list of pairs."""
    return tuple(Span(*pair) for pair in json.loads(stored))


@contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Holds the one lock of writers. Raises UserError if another holds it after `seconds`, or the folder cannot be written."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / "lock", timeout=seconds):
            yield
    except Timeout as error:
        raise UserError(f"{folder}: another process is writing to this store.", "Wait until it has ended, then try again.") from error
    except PermissionError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}).", "Name another place with --store.") from error


@contextmanager
def readable(folder: Path) -> Iterator[None]:
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
