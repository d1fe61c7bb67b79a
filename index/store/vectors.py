"""The vector index: find the passages whose vectors lie nearest to a question's vector (cosine), with FAISS.

Knows vectors and passage ids, nothing else. Its cosines may be rounded; the database holds the exact vectors.

The number of vectors decides the kind of index (times of one search: docs/experiments.md, 192 dimensions, two cores):

    exact    all vectors as they are                 20,000: 0.7 ms
    half     all vectors, numbers of 16 bits         60,000: 1.1 ms, 200,000: 8 ms; half the space
    lists    16 bits, in lists of neighbours; a      1,000,000: 20 ms instead of 39 ms
             search reads the nearest lists only
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

_EXACT_MOST, _HALF_MOST = 20_000, 200_000  # vectors
_LISTS = 1024
RECALL = 0.98  # least share of the NEAREST that an index must find
NEAREST = 10
_BY_LISTS = 1  # faiss: all cores work on one question, each on some of the lists
_PER_LIST = 39  # vectors that faiss needs to train one list
TRAINED_ON = _PER_LIST * _LISTS  # vectors that lists are trained on


def kind_for(size: int) -> str:
    """Return the kind of index for so many vectors: "exact", "half" or "lists"."""
    return "exact" if size <= _EXACT_MOST else "half" if size <= _HALF_MOST else "lists"


class VectorIndex:
    """The vectors of all passages, compared by inner product."""

    _faiss: Any
    _mapped: NDArray[np.uint8] | None = None  # the file, where the index reads from it

    def __init__(self, dimension: int, kind: str = "exact", sample: NDArray[np.float32] | None = None) -> None:
        """Make an empty index of vectors of length `dimension`.

        "lists" needs `sample`, (n, dimension) float32, TRAINED_ON vectors to come; raises ValueError without it.
        """
        self.kind = kind
        if kind == "exact":
            self._faiss = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
        elif kind == "half":
            halves = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            self._faiss = faiss.IndexIDMap(halves)
        else:
            if sample is None or not len(sample):
                raise ValueError("lists need a sample of the vectors to come")
            centres: Any = faiss.IndexFlatIP(dimension)
            lists = max(1, min(_LISTS, len(sample) // _PER_LIST))
            self._faiss = faiss.IndexIVFScalarQuantizer(
                centres, dimension, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
            )
            self._faiss.own_fields = True
            centres.this.disown()
            self._faiss.cp.spherical, self._faiss.cp.niter, self._faiss.cp.seed = True, 10, 1
            self._faiss.train(np.ascontiguousarray(sample, np.float32))
            self._faiss.nprobe = lists  # all of them, until `tune`
            self._faiss.parallel_mode = _BY_LISTS

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._faiss.d)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors, (n, dimension) float32, rows of unit length, under new ids, (n,) int64.

        Raises io.UnsupportedOperation, an OSError, if the index was loaded to be read.
        """
        self._demand_writable()
        if len(ids):
            self._faiss.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))

    def remove(self, ids: Iterable[int]) -> None:
        """Remove the vectors of these ids; ignore unknown ids. Raises as `add` does."""
        self._demand_writable()
        gone = np.fromiter(ids, np.int64)
        if gone.size and len(self):
            self._faiss.remove_ids(faiss.IDSelectorBatch(gone))

    def _demand_writable(self) -> None:
        if self._mapped is not None:
            raise io.UnsupportedOperation("a vector index that was loaded to be read cannot be changed")

    def tune(self, questions: NDArray[np.float32], nearest: NDArray[np.int64]) -> float:
        """Make a search read as many lists as find RECALL of the nearest vectors, and return the share that it finds.

        `nearest`, (n, NEAREST) int64, are the ids truly nearest to `questions`, (n, dimension) float32.
        """
        share = self._share_named(questions, nearest)
        if self.kind != "lists" or share < RECALL:
            return share
        everything = int(self._faiss.nlist)
        steps = itertools.takewhile(
            lambda lists: lists < everything, (round(16 * 2 ** (step / 2)) for step in itertools.count())
        )
        for lists_read in (*steps, everything):
            self._faiss.nprobe = lists_read
            if (share := self._share_named(questions, nearest)) >= RECALL:
                break
        return share

    def _share_named(self, questions: NDArray[np.float32], nearest: NDArray[np.int64]) -> float:
        named = (
            len({i for i, _ in self.search(q, NEAREST)} & set(true.tolist()))
            for q, true in zip(questions, nearest, strict=True)
        )
        return sum(named) / max(1, nearest.size)

    def search(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) nearest to `vector`, (dimension,) float32, best first, ties by id.

        With `allowed`, (m,) int64, only among these ids. Cosines of "half" and "lists" are right to three digits.
        """
        k = min(k, len(self))
        if k < 1 or (allowed is not None and not allowed.size):
            return []
        chosen = None if allowed is None else faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
        parameters: Any = None
        if self.kind == "lists":
            # The nearest lists may hold none of the allowed ids.
            lists_read = int(self._faiss.nprobe if allowed is None else self._faiss.nlist)
            parameters = faiss.SearchParametersIVF(sel=chosen, nprobe=lists_read)  # type: ignore[call-arg]
        elif chosen is not None:
            parameters = faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        scores, ids = self._faiss.search(np.ascontiguousarray(vector[None, :], np.float32), k, params=parameters)
        hits = [(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> set[int]:
        """Return the ids of all passages in the index."""
        if self.kind != "lists":
            return set(faiss.vector_to_array(self._faiss.id_map).tolist())
        lists = self._faiss.invlists
        return {
            int(i)
            for number in range(self._faiss.nlist)
            if (size := lists.list_size(number))
            for i in faiss.rev_swig_ptr(lists.get_ids(number), size)
        }

    def save(self, path: Path) -> None:
        """Write the index to a file: under a temporary name, synced, then renamed. Raises OSError if that fails."""
        temporary = path.with_name(path.name + ".tmp")
        # Python opens the file: faiss cannot open names beyond ASCII on every system.
        with temporary.open("wb") as file:
            file.write(faiss.serialize_index(self._faiss).data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, *, write: bool = False) -> VectorIndex:
        """Load the index in a file: mapped into memory, or with `write` copied, so that it can be changed.

        Raises ValueError if the file is cut or of another kind, OSError if it is not there. Other damage is not
        noticed here: index.store.search_files compares checksums.
        """
        index = cls.__new__(cls)
        try:
            if write:
                index._faiss = faiss.deserialize_index(np.fromfile(path, np.uint8))
            else:
                index._mapped = np.memmap(path, np.uint8, "r")
                reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(index._mapped), index._mapped.nbytes)  # type: ignore[attr-defined]
                index._faiss = faiss.read_index(reader, faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"{path.name}: damaged") from error
        if isinstance(index._faiss, faiss.IndexIVFScalarQuantizer):
            index.kind = "lists"
            index._faiss.parallel_mode = _BY_LISTS
        elif isinstance(index._faiss, faiss.IndexIDMap):
            inner = faiss.downcast_index(index._faiss.index)
            index.kind = "half" if isinstance(inner, faiss.IndexScalarQuantizer) else "exact"
        else:
            raise ValueError(f"{path.name}: not a vector index")
        return index
