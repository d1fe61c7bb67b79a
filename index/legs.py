"""Both search legs as files beside the truth: opened, brought up to it, made again from it.

Knows the files' names, their checksums and which rows of the truth each leg is made of. Does not decide when.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index import truth
from index.progress import shown
from index.records import without
from index.terms import TermDocument, TermLeg
from index.terms import terms as split
from index.vectors import VectorLeg

_TERMS, _MANIFEST = "terms", "legs.json"
# BM25 goes on counting what was taken out until tantivy merges its segments, so scores would tell a store's history. Below
# this many passages both legs are made again at once (under half a second); above, a few among thousands change nothing.
_SMALL = 2000
_SAMPLED, _PIECE = 64, 24  # passages from which the overlap is measured, and characters of each
_ROWS = 500  # at a time; SQLite takes no more than 999 question marks everywhere


@dataclass(frozen=True, slots=True)
class Legs:
    """Both legs of one generation."""

    terms: TermLeg
    vectors: VectorLeg
    # How well the best other story matches a piece of a passage, as a share of the BM25 score of the passage itself, on average:
    # near 0.2 in an encyclopaedia, higher where all articles tell of one town. How sure an answer is depends on it.
    overlap: float


def opened(folder: Path, generation: int) -> Legs | None:
    """The legs in `folder`, None if anything of them is missing, damaged or of another generation."""
    try:
        stated = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        overlap, _ = stated["overlap"]
        if stated != _manifest(folder, generation, overlap):
            return None
        return Legs(TermLeg(folder / _TERMS), VectorLeg.load(_vectors_file(folder, generation)), overlap)
    except (ValueError, KeyError, TypeError, OSError):
        return None


def rebuilt(database: sqlite3.Connection, folder: Path | None, generation: int, dimension: int) -> Legs:
    """The legs made again from the truth, in `folder` or (None) in memory. Raises OSError if it cannot be written."""
    if folder is not None:
        (folder / _MANIFEST).unlink(missing_ok=True)
        if (folder / _TERMS).is_file():
            (folder / _TERMS).unlink()
        shutil.rmtree(folder / _TERMS, ignore_errors=True)
    terms, vectors = TermLeg(folder / _TERMS if folder else None), VectorLeg(dimension)
    terms.update((), shown(_term_documents(database, None), "search terms", truth.counts(database)[1]))
    _add_vectors(vectors, database, None)
    legs = Legs(terms, vectors, _overlap(terms, database))
    if folder is not None:
        _save(legs, folder, generation)
    return legs


def update(legs: Legs, database: sqlite3.Connection, folder: Path, generation: int, removed: Collection[int], added: Collection[int]) -> None:
    """Brings opened legs to a generation that differs by these passage ids."""
    if removed and len(legs.terms) <= _SMALL:
        rebuilt(database, folder, generation, legs.vectors.dimension)
        return
    legs.terms.update(removed, shown(_term_documents(database, sorted(added)), "search terms", len(added)))
    legs.vectors.remove(removed)
    _add_vectors(legs.vectors, database, sorted(added))
    _save(replace(legs, overlap=_overlap(legs.terms, database)), folder, generation)


def _vectors_file(folder: Path, generation: int) -> Path:
    return folder / f"vectors-{generation}.faiss"


def _manifest(folder: Path, generation: int, overlap: float) -> dict[str, object]:
    """What both legs consist of: the generation, size and CRC-32 of every file, and the overlap with its CRC-32."""
    files = [_vectors_file(folder, generation), *sorted(path for path in (folder / _TERMS).iterdir() if not path.name.startswith("."))]
    data = ((path.name, path.read_bytes()) for path in files)
    files_are = {name: [len(content), zlib.crc32(content)] for name, content in data}
    return {"generation": generation, "overlap": [overlap, zlib.crc32(repr(overlap).encode())], "files": files_are}


def _save(legs: Legs, folder: Path, generation: int) -> None:
    """Writes the vectors, then the manifest: until that is there, the legs are not of this generation."""
    newest = _vectors_file(folder, generation)
    legs.vectors.save(newest)
    temporary = folder / (_MANIFEST + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(_manifest(folder, generation, legs.overlap), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
    for old in folder.glob("vectors-*"):
        if old != newest:
            old.unlink(missing_ok=True)


def _overlap(terms: TermLeg, database: sqlite3.Connection) -> float:
    """See Legs.overlap. Which passages are asked depends on their contents alone, so a store's history makes no difference."""
    query = "SELECT passages.id, story, start, end, removed, text FROM passages JOIN articles ON articles.id = article ORDER BY passages.hash LIMIT ?"
    shares = []
    for passage, story, start, end, removed, text in database.execute(query, (_SAMPLED,)).fetchall():
        readable = without(text[start:end], truth.spans(removed))
        middle = max(0, len(readable) - _PIECE) // 2
        found = terms.search(split(readable[middle : middle + _PIECE]), 20)
        own = dict(found).get(passage)
        marks = ",".join("?" * len(found))
        stories = dict(
            database.execute(
                f"SELECT passages.id, story FROM passages JOIN articles ON articles.id = article WHERE passages.id IN ({marks})",
                [i for i, _ in found],
            )
        )
        if own:
            shares.append(max((score for i, score in found if stories.get(i) != story), default=0.0) / own)
    return round(sum(shares) / len(shares), 3) if shares else 0.0


def _add_vectors(vectors: VectorLeg, database: sqlite3.Connection, ids: Sequence[int] | None) -> None:
    for rows in _in_parts(database, "SELECT id, vector FROM passages", ids):
        matrix = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), -1)
        vectors.add(np.array([row[0] for row in rows], np.int64), matrix)


def _term_documents(database: sqlite3.Connection, ids: Sequence[int] | None) -> Iterator[TermDocument]:
    held, title, text = None, "", ""
    for rows in _in_parts(database, "SELECT id, article, start, end, removed FROM passages", ids):
        for passage, article, start, end, removed in rows:
            if article != held:  # neighbours share their article, which may be as long as a book
                held = article
                title, text = database.execute("SELECT title, text FROM articles WHERE id = ?", (article,)).fetchone()
            readable = without(text[start:end], truth.spans(removed))
            yield TermDocument(passage, article, title, readable)


def _in_parts(database: sqlite3.Connection, query: str, ids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query on passages, some at a time, ordered by id: all, or those with the given ids."""
    if ids is None:
        cursor = database.execute(f"{query} ORDER BY id")
        while rows := cursor.fetchmany(_ROWS):
            yield rows
        return
    for start in range(0, len(ids), _ROWS):
        part = list(ids[start : start + _ROWS])
        yield database.execute(f"{query} WHERE id IN ({','.join('?' * len(part))}) ORDER BY id", part).fetchall()
