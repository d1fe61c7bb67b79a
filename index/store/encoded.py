"""Keep the contextual encoder's vectors in a folder's store: a table that grows, and a file of it that is searched.

Knows the tables `encoded` and `encoder` and the file encoded-COMMIT.faiss. Does not know how a text becomes a vector,
nor when vectors are made: index.backfill does.

A vector belongs to a passage's hash, so no generation owns it and undo leaves it alone. The tables are made when they
are first needed. The file is a vector index by passage ids, followed by 48 characters: the fingerprint of the encoder,
the commit, and the checksum of everything before it. It can be made again from the table, and may be a minute behind.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
import xxhash
from numpy.typing import NDArray

from index.embedding.hub import BUNDLED
from index.records import embedded_text
from index.store import database
from index.store.database import StoreState
from index.store.vectors import VectorIndex

_SCHEMA = """
CREATE TABLE IF NOT EXISTS encoded (hash TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS encoder (fingerprint TEXT NOT NULL);
"""
_FIELD = 16  # characters of a fingerprint, a commit and a checksum
_TRAILER = 3 * _FIELD
_JOINED = "SELECT passages.id, encoded.vector FROM passages JOIN encoded ON encoded.hash = passages.hash"
# The table holds 16 bits of each number, so an index of 16 bits loses nothing, whatever its size.
_KIND = "half"


@dataclass(frozen=True, slots=True)
class EncodedVectors:
    """The vectors of one commit's passages, of those that have one."""

    index: VectorIndex
    encoder: str  # fingerprint of the encoder that made them


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A passage without a vector of the encoder."""

    id: int
    hash: str
    text: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many passages have a vector of the encoder."""

    encoded: int
    passages: int


# The table.


def encoder_of(connection: apsw.Connection) -> str:
    """Return the fingerprint of the encoder whose vectors the database holds; "" if it holds none."""
    if len(database.rows(connection, "SELECT 1 FROM sqlite_master WHERE name IN ('encoded', 'encoder')")) < 2:
        return ""
    rows = database.rows(connection, "SELECT fingerprint FROM encoder")
    return str(rows[0][0]) if rows else ""


def coverage(connection: apsw.Connection, encoder: str) -> Coverage:
    """Return how many passages have a vector of this encoder."""
    total = database.counts(connection)[1]
    if encoder_of(connection) != encoder:
        return Coverage(0, total)
    query = "SELECT count(*) FROM passages JOIN encoded ON encoded.hash = passages.hash"
    return Coverage(int(database.rows(connection, query)[0][0]), total)


def unencoded(connection: apsw.Connection, encoder: str, *, after: int, most: int) -> list[Unencoded]:
    """Return the first `most` passages with an id above `after` that have no vector of this encoder, ordered by id."""
    lacking = (
        " AND NOT EXISTS (SELECT 1 FROM encoded WHERE encoded.hash = passages.hash)"
        if encoder_of(connection) == encoder
        else ""
    )
    query = f"SELECT id, article, start, end, removed, hash FROM passages WHERE id > ?{lacking} ORDER BY id LIMIT ?"
    rows = database.rows(connection, query, (after, most))
    texts = database.readable_texts(connection, rows)
    return [
        Unencoded(row[0], row[5], embedded_text(title, text)) for row, (title, text) in zip(rows, texts, strict=True)
    ]


def put(folder: Path, encoder: str, vectors: Mapping[str, NDArray[np.float32]], *, seconds: float) -> int:
    """Commit vectors of unit length by passage hash, and return how many passages have these hashes.

    Vectors of another encoder are removed. Raises StoreBusy if another process still writes after `seconds`, NoStore if
    the store is gone, or UserError.
    """
    with _changing(folder, seconds) as connection:
        connection.execute(_SCHEMA)
        if encoder_of(connection) != encoder:
            _remove_others(folder, None)
            connection.execute("DELETE FROM encoded")
            connection.execute("DELETE FROM encoder")
            connection.execute("INSERT INTO encoder VALUES (?)", (encoder,))
        connection.executemany(
            "INSERT OR REPLACE INTO encoded VALUES (?, ?)",
            ((digest, vector.astype(np.float16).tobytes()) for digest, vector in vectors.items()),
        )
        parts = database.rows_in(connection, "SELECT count(*) FROM passages WHERE hash IN", list(vectors))
        return sum(int(part[0][0]) for part in parts)


def remove_unused(folder: Path, *, seconds: float) -> None:
    """Remove the vectors whose hash no passage has. Raises as `put` does."""
    unused = "NOT EXISTS (SELECT 1 FROM passages WHERE passages.hash = encoded.hash)"
    with closing(database.connect(folder, write=False)) as connection, database.readable(folder):
        query = f"SELECT 1 FROM encoded WHERE {unused} LIMIT 1"
        if not encoder_of(connection) or not database.rows(connection, query):
            return
    with _changing(folder, seconds) as connection:
        connection.execute(f"DELETE FROM encoded WHERE {unused}")


@contextmanager
def _changing(folder: Path, seconds: float) -> Iterator[apsw.Connection]:
    """Hold the lock of writers and a transaction, which is committed at the end."""
    with database.locked(folder, seconds), database.readable(folder):
        if not (folder / "zhiwen.sqlite").is_file():  # connecting would make it
            raise database.NoStore(folder)
        with closing(database.connect(folder, write=True)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


@contextmanager
def backfilling(folder: Path) -> Iterator[bool]:
    """Hold the lock of the one process that encodes. Yield False if another one holds it, or nobody can write there."""
    from filelock import FileLock, Timeout  # loaded here: a question needs no lock

    lock = FileLock(folder / "encoding.lock")
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


# The file.


def path_of(folder: Path, commit: str) -> Path:
    """Return where the vectors of a commit's passages are."""
    return folder / f"encoded-{commit}.faiss"


def identity(folder: Path, commit: str) -> tuple[int, int, int] | None:
    """Return what tells this version of a commit's file from any other; None if there is no file."""
    try:
        status = path_of(folder, commit).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def opened(folder: Path, commit: str, *, write: bool = False) -> EncodedVectors | None:
    """Return the vectors in a commit's file; None if it is missing, damaged or another commit's.

    They are mapped, and may be changed only with `write`.
    """
    path = path_of(folder, commit)
    try:
        while True:  # until the file was not replaced between the look at its checksum and its opening
            before = identity(folder, commit)
            contents = np.memmap(path, np.uint8, "r")
            trailer = contents[-_TRAILER:].tobytes().decode("ascii")
            encoder, owner, checksum = (trailer[i : i + _FIELD] for i in range(0, _TRAILER, _FIELD))
            if owner != commit or checksum != xxhash.xxh3_64_hexdigest(contents[:-_FIELD].data):
                return None
            index = VectorIndex.load(path, write=write)
            if before == identity(folder, commit):
                return EncodedVectors(index, encoder)
    except (ValueError, OSError):
        return None


def joined(connection: apsw.Connection) -> EncodedVectors | None:
    """Return the vectors of the database's passages, made again from the table; None if there are none."""
    encoder = encoder_of(connection)
    if not encoder:
        return None
    index = None
    for rows in database.all_rows(connection, f"{_JOINED} ORDER BY passages.id"):
        index = index or VectorIndex(len(rows[0][1]) // 2, _KIND)
        _add(index, rows)
    return EncodedVectors(index, encoder) if index else None


def _add(index: VectorIndex, rows: Sequence[tuple[int, bytes]]) -> None:
    vectors = np.frombuffer(b"".join(row[1] for row in rows), np.float16).reshape(len(rows), -1)
    index.add(np.array([row[0] for row in rows], np.int64), vectors.astype(np.float32))


def update(
    connection: apsw.Connection,
    folder: Path,
    before: str,
    state: StoreState,
    removed: Collection[int],
    added: Collection[int],
) -> None:
    """Write the file of a commit that differs by these passage ids from the commit `before`; remove older files.

    The caller holds the lock of writers. Raises OSError if the file cannot be written.
    """
    vectors = _updated(connection, opened(folder, before, write=True), removed, added) if has_encoder(state) else None
    path = path_of(folder, state.commit)
    if vectors is not None:
        _write(vectors, state.commit, part := _part(path))
        part.replace(path)
    _remove_others(folder, path)


def has_encoder(state: StoreState) -> bool:
    """Return whether the store's model is the one with a contextual encoder."""
    return state.model == BUNDLED


def _updated(
    connection: apsw.Connection, vectors: EncodedVectors | None, removed: Collection[int], added: Collection[int]
) -> EncodedVectors | None:
    encoder = encoder_of(connection)
    if vectors is None or vectors.encoder != encoder:
        return joined(connection)
    vectors.index.remove(removed)
    for rows in database.rows_in(connection, f"{_JOINED} WHERE passages.id IN", sorted(added)):
        if rows:
            _add(vectors.index, rows)
    # The file before may have been behind the table.
    return vectors if len(vectors.index) == coverage(connection, encoder).encoded else joined(connection)


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A commit's file under a temporary name."""

    folder: Path
    commit: str
    temporary: Path | None  # None: the file that is there is as it should be


def prepare(folder: Path) -> PreparedFile | None:
    """Write the file of the newest commit anew if it is not up to the table; None if the store has no encoder.

    The caller holds the lock of `backfilling`; writers are not kept out. Raises OSError if the file cannot be written.
    """
    with closing(database.connect(folder, write=False)) as connection, database.readable(folder):
        connection.execute("BEGIN")
        state = database.state(folder, connection)
        if state is None or not has_encoder(state):
            return None
        encoder = encoder_of(connection)
        current = opened(folder, state.commit)
        if current and current.encoder == encoder and len(current.index) == coverage(connection, encoder).encoded:
            return PreparedFile(folder, state.commit, None)
        vectors = joined(connection)
    if vectors is None:
        return PreparedFile(folder, state.commit, None)
    path = path_of(folder, state.commit)
    temporary = path.with_name(path.name + ".new")  # another name than `update` takes
    _write(vectors, state.commit, temporary)
    return PreparedFile(folder, state.commit, temporary)


def publish(prepared: PreparedFile, *, seconds: float) -> None:
    """Give a prepared file its name, unless a newer commit has been made: that one has a file of its own.

    Remove all other files. Raises StoreBusy if another process still writes after `seconds`, or OSError.
    """
    folder = prepared.folder
    with (
        database.locked(folder, seconds),
        closing(database.connect(folder, write=False)) as connection,
        database.readable(folder),
    ):
        newest = database.state(folder, connection)
        if newest is None:
            return
        path = path_of(folder, newest.commit)
        if prepared.temporary is not None and newest.commit == prepared.commit:
            with suppress(PermissionError):  # Windows, while a reader has mapped the file; the next call tries again
                prepared.temporary.replace(path)
        _remove_others(folder, path, unfinished=True)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _write(vectors: EncodedVectors, commit: str, path: Path) -> None:
    vectors.index.save(path)
    with path.open("r+b") as file:
        checksum = xxhash.xxh3_64(np.memmap(path, np.uint8, "r").data)
        owners = f"{vectors.encoder:{_FIELD}.{_FIELD}}{commit:{_FIELD}.{_FIELD}}".encode("ascii")
        checksum.update(owners)
        file.seek(0, os.SEEK_END)
        file.write(owners + checksum.hexdigest().encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


def _remove_others(folder: Path, newest: Path | None, *, unfinished: bool = False) -> None:
    """Remove all files but `newest`; with `unfinished` also what killed writers left. The caller holds the lock."""
    for old in list(folder.glob("encoded-*.faiss*" if unfinished else "encoded-*.faiss")):
        if old != newest:
            with suppress(OSError):  # Windows keeps what a reader has mapped
                old.unlink()
