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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index import truth
from index.progress import shown
from index.records import without
from index.terms import TermDocument, TermLeg
from index.vectors import VectorLeg

_TERMS, _MANIFEST = "terms", "legs.json"
# BM25 goes on counting what was taken out until tantivy merges its segments, so scores would tell a store's history. Below
# this many passages both legs are made again at once (under half a second); above, a few among thousands change nothing.
_SMALL = 2000
_ROWS = 500  # at a time; SQLite takes no more than 999 question marks everywhere


@dataclass(frozen=True, slots=True)
class Legs:
    """Both legs of one generation."""

    terms: TermLeg
    vectors: VectorLeg


def opened(folder: Path, generation: int) -> Legs | None:
    """The legs in `folder`, None if anything of them is missing, damaged or of another generation."""
    try:
        stated = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if stated != _manifest(folder, generation):
            return None
        return Legs(TermLeg(folder / _TERMS), VectorLeg.load(_vectors_file(folder, generation)))
    except (ValueError, OSError):
        return None


def rebuilt(database: sqlite3.Connection, folder: Path | None, generation: int, dimension: int) -> Legs:
    """The legs made again from the truth, in `folder` or (None) in memory. Raises OSError if it cannot be written."""
    if folder is not None:
        (folder / _MANIFEST).unlink(missing_ok=True)
        if (folder / _TERMS).is_file():
            (folder / _TERMS).unlink()
        shutil.rmtree(folder / _TERMS, ignore_errors=True)
    legs = Legs(TermLeg(folder / _TERMS if folder else None), VectorLeg(dimension))
    legs.terms.update((), shown(_term_documents(database, None), "search terms", truth.counts(database)[1]))
    _add_vectors(legs.vectors, database, None)
    if folder is not None:
        _save(legs.vectors, folder, generation)
    return legs


def update(legs: Legs, database: sqlite3.Connection, folder: Path, generation: int, removed: Collection[int], added: Collection[int]) -> None:
    """Brings opened legs to a generation that differs by these passage ids."""
    if removed and len(legs.terms) <= _SMALL:
        rebuilt(database, folder, generation, legs.vectors.dimension)
        return
    legs.terms.update(removed, shown(_term_documents(database, sorted(added)), "search terms", len(added)))
    legs.vectors.remove(removed)
    _add_vectors(legs.vectors, database, sorted(added))
    _save(legs.vectors, folder, generation)


def _vectors_file(folder: Path, generation: int) -> Path:
    return folder / f"vectors-{generation}.faiss"


def _manifest(folder: Path, generation: int) -> dict[str, object]:
    """What both legs consist of: the generation, and size and CRC-32 of every file."""
    files = [_vectors_file(folder, generation), *sorted(path for path in (folder / _TERMS).iterdir() if not path.name.startswith("."))]
    data = ((path.name, path.read_bytes()) for path in files)
    return {"generation": generation, "files": {name: [len(content), zlib.crc32(content)] for name, content in data}}


def _save(vectors: VectorLeg, folder: Path, generation: int) -> None:
    """Writes the vectors, then the manifest: until that is there, the legs are not of this generation."""
    newest = _vectors_file(folder, generation)
    vectors.save(newest)
    temporary = folder / (_MANIFEST + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(_manifest(folder, generation), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
    for old in folder.glob("vectors-*"):
        if old != newest:
            old.unlink(missing_ok=True)


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
