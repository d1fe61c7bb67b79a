"""Both search legs as files beside the truth: opened, brought up to it, made again from it.

Knows the files' names, their checksums and which rows of the truth each leg is made of. Does not decide when.
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

from index import truth
from index.overlap import SAMPLED, overlap
from index.progress import shown
from index.records import without
from index.terms import TermDocument, TermLeg
from index.truth import State
from index.vectors import NEAREST, RECALL, TRAINED_ON, VectorLeg, kind_for

_TERMS, _MANIFEST = "terms", "legs.json"
# BM25 goes on counting what was taken out until tantivy merges its segments, so scores would tell a store's history. Below
# this many passages both legs are made again at once (under half a second); above, a few among thousands change nothing.
_SMALL = 2000
_VECTORS = "SELECT id, vector FROM passages"


@dataclass(frozen=True, slots=True)
class Legs:
    """Both legs of one generation."""

    terms: TermLeg
    vectors: VectorLeg
    overlap: float  # see Corpus.overlap


def opened(folder: Path, state: State, *, write: bool = False) -> Legs | None:
    """The legs in `folder`, None if anything of them is missing, damaged or of another commit. Only with `write` may they be altered."""
    try:
        stated = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        overlap, _ = stated["overlap"]
        if stated["commit"] != state.commit or stated != _manifest(folder, state, overlap):
            return None
        legs = Legs(TermLeg.open(folder / _TERMS), VectorLeg.load(_vectors_file(folder, state), write=write), overlap)
        # A writer may have gone on since the files were looked at. Every commit of tantivy's is told in this one.
        told = folder / _TERMS / "meta.json"
        return legs if stated["files"][told.name] == _checksum(told) else None
    except (ValueError, KeyError, TypeError, OSError):
        return None


def rebuilt(database: apsw.Connection, folder: Path | None, state: State) -> Legs:
    """The legs made again from the truth, in `folder` or (None) in memory. Raises OSError if it cannot be written."""
    if folder is not None:
        (folder / _MANIFEST).unlink(missing_ok=True)
        if (folder / _TERMS).is_file():
            (folder / _TERMS).unlink()
        shutil.rmtree(folder / _TERMS, ignore_errors=True)
    terms = TermLeg(folder / _TERMS if folder else None)
    terms.update((), shown(_term_documents(database, None), "search terms", truth.counts(database)[1]))
    legs = Legs(terms, _vector_leg(database, state.dimension), _overlap(terms, database))
    if folder is not None:
        _save(legs, folder, state)
    return legs


def update(legs: Legs, database: apsw.Connection, folder: Path, state: State, removed: Collection[int], added: Collection[int]) -> Legs:
    """Opened legs brought to a state that differs by these passage ids. Raises as `rebuilt` does."""
    before, size = len(legs.vectors), truth.counts(database)[1]
    if removed and len(legs.terms) <= _SMALL:
        return rebuilt(database, folder, state)
    legs.terms.update(removed, shown(_term_documents(database, sorted(added)), "search terms", len(added)))
    # A leg of another kind than its size suits was made so because that named too few of the nearest: not at every change again.
    other_kind = kind_for(before) != kind_for(size) and legs.vectors.kind != kind_for(size)
    if other_kind or (kind_for(size) == "lists" and _grown(before, size)):
        legs = replace(legs, vectors=_vector_leg(database, state.dimension))
    else:
        legs.vectors.remove(removed)
        _add_vectors(legs.vectors, database, sorted(added))
    legs = replace(legs, overlap=_overlap(legs.terms, database))
    _save(legs, folder, state)
    return legs


def _grown(before: int, after: int) -> bool:
    """Whether a leg of lists should be made anew: its lists were made, and tried, for another size (steps of about 40 %)."""
    return (before * before).bit_length() != (after * after).bit_length()


def left(legs: Legs, removed: Collection[int]) -> tuple[int, int]:
    """How many of these passages each leg holds no more: (terms, vectors)."""
    if not removed:
        return 0, 0
    return len(removed) - legs.terms.holds(removed), len(removed) - len(legs.vectors.ids().intersection(removed))


def _vectors_file(folder: Path, state: State) -> Path:
    return folder / f"vectors-{state.generation}.faiss"


def _checksum(path: Path) -> list[object]:
    """[size, XXH3 in hexadecimal]: at the speed of memory, so that all files can be compared at every opening."""
    if not (size := path.stat().st_size):
        return [0, ""]
    return [size, xxhash.xxh3_64_hexdigest(np.memmap(path, np.uint8, "r").data)]


def _manifest(folder: Path, state: State, overlap: float) -> dict[str, object]:
    """What both legs consist of: the commit, size and checksum of every file, and the overlap with its checksum."""
    files = [_vectors_file(folder, state), *sorted(path for path in (folder / _TERMS).iterdir() if not path.name.startswith("."))]
    checksums = {path.name: _checksum(path) for path in files}
    told = [overlap, xxhash.xxh3_64_hexdigest(repr(overlap).encode())]
    return {"generation": state.generation, "commit": state.commit, "overlap": told, "files": checksums}


def _save(legs: Legs, folder: Path, state: State) -> None:
    """Writes the vectors, then the manifest: until that is there, the legs are not of this commit."""
    newest = _vectors_file(folder, state)
    legs.vectors.save(newest)
    temporary = folder / (_MANIFEST + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(_manifest(folder, state, legs.overlap), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
    _sync_names(folder)
    for old in folder.glob("vectors-*"):
        if old != newest:
            with suppress(OSError):  # Windows keeps what a reader has mapped; the next save takes it away
                old.unlink()


def _sync_names(folder: Path) -> None:
    """Makes renames last through a power cut, where a folder can be synced."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overlap(terms: TermLeg, database: apsw.Connection) -> float:
    """See Legs.overlap."""

    def stories(ids: Sequence[int]) -> dict[int, str]:
        query = "SELECT passages.id, story FROM passages JOIN articles ON articles.id = article WHERE passages.id IN"
        return {row[0]: row[1] for part in truth.rows_in(database, query, ids) for row in part}

    return overlap(truth.sampled(database, SAMPLED), terms.search, stories)


def _vector_leg(database: apsw.Connection, dimension: int) -> VectorLeg:
    """The vector leg made from the truth, of a kind that suits its size and names what is truly nearest to questions."""
    kind = kind_for(truth.counts(database)[1])
    probes = [row[0] for row in truth.rows(database, "SELECT vector FROM probes ORDER BY id")]
    if kind == "exact" or not probes:
        vectors = VectorLeg(dimension, kind, _sample(database, kind))
        _add_vectors(vectors, database, None)
        return vectors
    questions = np.frombuffer(b"".join(probes), np.float32).reshape(len(probes), -1)
    nearest = _nearest(database, questions)
    while True:
        vectors = VectorLeg(dimension, kind, _sample(database, kind))
        _add_vectors(vectors, database, None)
        if kind == "exact" or vectors.tune(questions, nearest) >= RECALL:
            return vectors
        kind = "exact"


def _sample(database: apsw.Connection, kind: str) -> NDArray[np.float32] | None:
    if kind != "lists":
        return None
    ids = [row[0] for row in truth.rows(database, "SELECT id FROM passages ORDER BY id")]
    some = ids[:: max(1, len(ids) // TRAINED_ON)][:TRAINED_ON]
    return np.concatenate([_matrix(rows) for rows in _in_parts(database, _VECTORS, some)])


def _nearest(database: apsw.Connection, questions: NDArray[np.float32]) -> NDArray[np.int64]:
    """The ids of the passages nearest to each of these vectors by brute force, (questions, NEAREST) int64."""
    ids = np.full((len(questions), NEAREST), -1, np.int64)
    scores = np.full((len(questions), NEAREST), -2.0, np.float32)
    for rows in _in_parts(database, _VECTORS, None):
        more = np.concatenate([scores, questions @ _matrix(rows).T], axis=1)
        all_ids = np.concatenate([ids, np.tile(np.array([row[0] for row in rows], np.int64), (len(questions), 1))], axis=1)
        best = np.argpartition(-more, NEAREST - 1, axis=1)[:, :NEAREST]
        scores, ids = np.take_along_axis(more, best, 1), np.take_along_axis(all_ids, best, 1)
    return ids


def _matrix(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), -1)


def _add_vectors(vectors: VectorLeg, database: apsw.Connection, ids: Sequence[int] | None) -> None:
    for rows in _in_parts(database, _VECTORS, ids):
        vectors.add(np.array([row[0] for row in rows], np.int64), _matrix(rows))


def _term_documents(database: apsw.Connection, ids: Sequence[int] | None) -> Iterator[TermDocument]:
    held, title, text = None, "", ""
    for rows in _in_parts(database, "SELECT id, article, start, end, removed FROM passages", ids):
        for passage, article, start, end, removed in rows:
            if article != held:  # neighbours share their article, which may be as long as a book
                held = article
                ((title, text),) = truth.rows(database, "SELECT title, text FROM articles WHERE id = ?", (article,))
            readable = without(text[start:end], truth.spans(removed))
            yield TermDocument(passage, article, title, readable)


def _in_parts(database: apsw.Connection, query: str, ids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query on passages, some at a time, ordered by id: all, or those with the given ids."""
    if ids is None:
        return truth.all_rows(database, f"{query} ORDER BY id")
    return truth.rows_in(database, f"{query} WHERE id IN", ids, "ORDER BY id")
