"""The vector leg: which passages point the same way as a question (cosine), by FAISS.

Knows vectors and passage ids, nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray


class VectorLeg:
    """The vectors of all passages, exact inner product."""

    def __init__(self, dimension: int) -> None:
        self._faiss = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._faiss.d)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Takes in vectors, (n, dimension) float32, rows of unit length, under new ids, (n,) int64."""
        if len(ids):
            self._faiss.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))

    def remove(self, ids: Iterable[int]) -> None:
        """Takes out the vectors of these ids; unknown ones are ignored."""
        gone = np.fromiter(ids, np.int64)
        if gone.size and len(self):
            self._faiss.remove_ids(faiss.IDSelectorBatch(gone))

    def search(self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """At most k (passage id, cosine), best first, ties by id; only among `allowed` ids if those are given."""
        k = min(k, len(self))
        if k < 1 or (allowed is not None and not allowed.size):
            return []
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(  # type: ignore[call-arg]
                sel=faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
            )
        scores, ids = self._faiss.search(vector[None, :], k, params=parameters)
        found = [(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, vector: NDArray[np.float32], ids: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these passages with a vector; unknown ids are left out."""
        known = []
        for passage in ids:
            try:
                known.append((passage, self._faiss.reconstruct(passage)))
            except RuntimeError:  # faiss: key not found
                continue
        return {passage: float(stored @ vector) for passage, stored in known}

    def ids(self) -> set[int]:
        """The ids of all passages held."""
        return set(faiss.vector_to_array(self._faiss.id_map).tolist())

    def save(self, path: Path) -> None:
        """Writes the leg to a file: under a temporary name, synced, then renamed."""
        temporary = path.with_name(path.name + ".tmp")
        # Through Python's own file object: faiss cannot open names beyond ASCII everywhere.
        with temporary.open("wb") as file:
            file.write(faiss.serialize_index(self._faiss).tobytes())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> VectorLeg:
        """The leg in a file. Raises ValueError if it is cut or not one (see index.legs for damage), OSError if it is not there."""
        data = np.fromfile(path, np.uint8)
        try:
            loaded = faiss.deserialize_index(data)
        except RuntimeError as error:
            raise ValueError(f"{path.name}: damaged") from error
        if not isinstance(loaded, faiss.IndexIDMap2):
            raise ValueError(f"{path.name}: not a vector leg")
        leg = cls.__new__(cls)
        leg._faiss = loaded
        return leg
