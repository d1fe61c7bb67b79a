"""Open, update and rebuild the search files: the term index and the vector index beside the database.

Knows the files' names, their checksums and which rows of the database each index is made of. Does not decide when.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import xxhash
from numpy.typing import NDArray

from index.progress import track
from index.store import database
from index.store.database import StoreState
from index.store.overlap import SAMPLED, overlap
from index.store.terms import TermDocument, TermIndex
from index.store.vectors import NEAREST, RECALL, TRAINED_ON, VectorIndex, kind_for

_TERMS, _MANIFEST = "terms", "search_files.json"
_OLD_MANIFEST = "legs.json"  # what format 3 called it
# BM25 counts removed passages until tantivy merges its segments, so scores would depend on a store's history. Up to
# this many passages both indexes are made again at once (under half a second); among more, a few change next to
# nothing.
_SMALL = 2000
_VECTORS = "SELECT id, vector FROM passages"


@dataclass(frozen=True, slots=True)
class SearchFiles:
    """Both indexes of one generation."""

    terms: TermIndex
    vectors: VectorIndex
    overlap: float  # see Corpus.overlap


def opened(folder: Path, state: StoreState, *, write: bool = False) -> SearchFiles | None:
    """Open the search files in `folder`; with `write`, so that they can be changed.

    Return None if a part of them is missing, damaged, or of another commit than `state`.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        overlap, _ = manifest["overlap"]
        if manifest["commit"] != state.commit or manifest != _manifest(folder, state, overlap):
            return None
        search_files = SearchFiles(
            TermIndex.open(folder / _TERMS), VectorIndex.load(_vectors_file(folder, state), write=write), overlap
        )
        # A writer may have changed the files since they were compared. Every commit of tantivy changes this file.
        newest = folder / _TERMS / "meta.json"
        return search_files if manifest["files"][newest.name] == _checksum(newest) else None
    except (ValueError, KeyError, TypeError, OSError):
        return None


def rebuilt(connection: apsw.Connection, folder: Path | None, state: StoreState) -> SearchFiles:
    """Make the search files from the database, in `folder` or (None) in memory. Raises OSError if that fails."""
    if folder is not None:
        (folder / _MANIFEST).unlink(missing_ok=True)
        if (folder / _TERMS).is_file():
            (folder / _TERMS).unlink()
        shutil.rmtree(folder / _TERMS, ignore_errors=True)
    terms = TermIndex(folder / _TERMS if folder else None)
    terms.update((), track(_term_documents(connection, None), "progress.terms", database.counts(connection)[1]))
    search_files = SearchFiles(terms, _vector_index(connection, state.dimension), _overlap(terms, connection))
    if folder is not None:
        _save(search_files, folder, state)
    return search_files


def update(
    search_files: SearchFiles,
    connection: apsw.Connection,
    folder: Path,
    state: StoreState,
    removed: Collection[int],
    added: Collection[int],
) -> SearchFiles:
    """Bring opened search files to a state that differs by these passages, and return them. Raises as `rebuilt`."""
    before, size = len(search_files.vectors), database.counts(connection)[1]
    if removed and len(search_files.terms) <= _SMALL:
        return rebuilt(connection, folder, state)
    search_files.terms.update(removed, track(_term_documents(connection, sorted(added)), "progress.terms", len(added)))
    # An index of an unusual kind for its size is one whose usual kind found too few: do not try at every change.
    other_kind = kind_for(before) != kind_for(size) and search_files.vectors.kind != kind_for(size)
    if other_kind or (kind_for(size) == "lists" and _grown(before, size)):
        search_files = replace(search_files, vectors=_vector_index(connection, state.dimension))
    else:
        search_files.vectors.remove(removed)
        _add_vectors(search_files.vectors, connection, sorted(added))
    search_files = replace(search_files, overlap=_overlap(search_files.terms, connection))
    _save(search_files, folder, state)
    return search_files


def _grown(before: int, after: int) -> bool:
    """Return whether to train lists again: they were trained and tuned for another size (steps of about 40 %)."""
    return (before * before).bit_length() != (after * after).bit_length()


def deleted_from(search_files: SearchFiles, removed: Collection[int]) -> tuple[int, int]:
    """Return how many of these passages are no longer in (the term index, the vector index)."""
    if not removed:
        return 0, 0
    return len(removed) - search_files.terms.holds(removed), len(removed) - len(
        search_files.vectors.ids().intersection(removed)
    )


def _vectors_file(folder: Path, state: StoreState) -> Path:
    return folder / f"vectors-{state.generation}.faiss"


def _checksum(path: Path) -> list[object]:
    """Return [bytes, XXH3 in hexadecimal]. XXH3 is as fast as memory: every opening compares all files."""
    if not (size := path.stat().st_size):
        return [0, ""]
    return [size, xxhash.xxh3_64_hexdigest(np.memmap(path, np.uint8, "r").data)]


def _manifest(folder: Path, state: StoreState, overlap: float) -> dict[str, object]:
    """Return the commit, the size and checksum of every file, and the overlap with its checksum."""
    files = [
        _vectors_file(folder, state),
        *sorted(path for path in (folder / _TERMS).iterdir() if not path.name.startswith(".")),
    ]
    checksums = {path.name: _checksum(path) for path in files}
    checked = [overlap, xxhash.xxh3_64_hexdigest(repr(overlap).encode())]
    return {"generation": state.generation, "commit": state.commit, "overlap": checked, "files": checksums}


def _save(search_files: SearchFiles, folder: Path, state: StoreState) -> None:
    """Write the vectors, then the manifest: until it is there, the files do not count as this commit's."""
    newest = _vectors_file(folder, state)
    search_files.vectors.save(newest)
    temporary = folder / (_MANIFEST + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(_manifest(folder, state, search_files.overlap), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
    _sync_names(folder)
    (folder / _OLD_MANIFEST).unlink(missing_ok=True)
    for old in folder.glob("vectors-*"):
        if old != newest:
            with suppress(OSError):  # Windows keeps a file that a reader has mapped; the next save removes it
                old.unlink()


def _sync_names(folder: Path) -> None:
    """Sync the folder, so that renames survive a power cut; Windows cannot."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overlap(terms: TermIndex, connection: apsw.Connection) -> float:
    """Measure Corpus.overlap."""

    def groups(ids: Sequence[int]) -> dict[int, str]:
        query = (
            "SELECT passages.id, duplicate_group FROM passages JOIN articles ON articles.id = article"
            " WHERE passages.id IN"
        )
        return {row[0]: row[1] for part in database.rows_in(connection, query, ids) for row in part}

    return overlap(database.sampled(connection, SAMPLED), terms.search, groups)


def _vector_index(connection: apsw.Connection, dimension: int) -> VectorIndex:
    """Make the vector index from the database: of the kind for its size, or exact where that finds too few."""
    kind = kind_for(database.counts(connection)[1])
    probes = [row[0] for row in database.rows(connection, "SELECT vector FROM probes ORDER BY id")]
    if kind == "exact" or not probes:
        vectors = VectorIndex(dimension, kind, _sample(connection, kind))
        _add_vectors(vectors, connection, None)
        return vectors
    questions = np.frombuffer(b"".join(probes), np.float32).reshape(len(probes), -1)
    nearest = _nearest(connection, questions)
    while True:
        vectors = VectorIndex(dimension, kind, _sample(connection, kind))
        _add_vectors(vectors, connection, None)
        if kind == "exact" or vectors.tune(questions, nearest) >= RECALL:
            return vectors
        kind = "exact"


def _sample(connection: apsw.Connection, kind: str) -> NDArray[np.float32] | None:
    if kind != "lists":
        return None
    ids = [row[0] for row in database.rows(connection, "SELECT id FROM passages ORDER BY id")]
    some = ids[:: max(1, len(ids) // TRAINED_ON)][:TRAINED_ON]
    return np.concatenate([_matrix(rows) for rows in _in_parts(connection, _VECTORS, some)])


def _nearest(connection: apsw.Connection, questions: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the ids of the passages nearest to each question, by comparing all: (questions, NEAREST) int64."""
    ids = np.full((len(questions), NEAREST), -1, np.int64)
    scores = np.full((len(questions), NEAREST), -2.0, np.float32)
    for rows in _in_parts(connection, _VECTORS, None):
        more = np.concatenate([scores, questions @ _matrix(rows).T], axis=1)
        all_ids = np.concatenate(
            [ids, np.tile(np.array([row[0] for row in rows], np.int64), (len(questions), 1))], axis=1
        )
        best = np.argpartition(-more, NEAREST - 1, axis=1)[:, :NEAREST]
        scores, ids = np.take_along_axis(more, best, 1), np.take_along_axis(all_ids, best, 1)
    return ids


def _matrix(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), -1)


def _add_vectors(vectors: VectorIndex, connection: apsw.Connection, ids: Sequence[int] | None) -> None:
    for rows in _in_parts(connection, _VECTORS, ids):
        vectors.add(np.array([row[0] for row in rows], np.int64), _matrix(rows))


def _term_documents(connection: apsw.Connection, ids: Sequence[int] | None) -> Iterator[TermDocument]:
    for rows in _in_parts(connection, "SELECT id, article, start, end, removed FROM passages", ids):
        for row, (title, text) in zip(rows, database.readable_texts(connection, rows), strict=True):
            yield TermDocument(row[0], row[1], title, text)


def _in_parts(connection: apsw.Connection, query: str, ids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query on passages in parts, ordered by id: all (None), or those with these ids."""
    if ids is None:
        return database.all_rows(connection, f"{query} ORDER BY id")
    return database.rows_in(connection, f"{query} WHERE id IN", ids, "ORDER BY id")
