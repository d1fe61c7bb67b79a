"""The vector leg: which passages point the same way as a question (cosine), by FAISS.

Knows vectors and passage ids, nothing else. It proposes: what a passage's cosine is to the last digit, the truth knows.

What a leg is made of goes by how many vectors it is to hold (measured in docs/experiments.md, 192 dimensions, two cores):

    exact    all vectors as they are                 20,000: 0.7 ms
    half     all vectors, numbers of 16 bits         60,000: 1.1 ms, 200,000: 8 ms; half the space
    lists    16 bits, in lists of neighbours, of     1,000,000: 20 ms instead of 39 ms
             which the nearest are looked through
"""

from __future__ import annotations

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
RECALL = 0.98  # least share of the ten nearest that a leg must name
NEAREST = 10
_BY_LISTS = 1  # faiss: all cores work on one question, each on some of its lists
_PER_LIST = 39  # vectors that faiss asks for to make a list from
TRAINED_ON = _PER_LIST * _LISTS


def kind_for(size: int) -> str:
    """What a leg of so many vectors is made of."""
    return "exact" if size <= _EXACT_MOST else "half" if size <= _HALF_MOST else "lists"


class VectorLeg:
    """The vectors of all passages, compared by inner product."""

    _faiss: Any
    _mapped: NDArray[np.uint8] | None = None  # what the leg was read from, where it was not copied

    def __init__(self, dimension: int, kind: str = "exact", sample: NDArray[np.float32] | None = None) -> None:
        """An empty leg. `sample`, (n, dimension) float32, TRAINED_ON of the vectors to come, is what "lists" are made from."""
        self.kind = kind
        if kind == "exact":
            self._faiss = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
        elif kind == "half":
            halves = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            self._faiss = faiss.IndexIDMap(halves)
        else:
            assert sample is not None
            centres: Any = faiss.IndexFlatIP(dimension)
            lists = max(1, min(_LISTS, len(sample) // _PER_LIST))
            self._faiss = faiss.IndexIVFScalarQuantizer(centres, dimension, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False)
            self._faiss.own_fields = True
            centres.this.disown()
            self._faiss.cp.spherical, self._faiss.cp.niter, self._faiss.cp.seed = True, 10, 1
            self._faiss.train(np.ascontiguousarray(sample, np.float32))
            self._faiss.nprobe = lists  # until `tune` knows better
            self._faiss.parallel_mode = _BY_LISTS

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._faiss.d)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Takes in vectors, (n, dimension) float32, rows of unit length, under new ids, (n,) int64."""
        assert self._mapped is None, "a leg loaded to be read"
        if len(ids):
            self._faiss.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))

    def remove(self, ids: Iterable[int]) -> None:
        """Takes out the vectors of these ids; unknown ones are ignored."""
        assert self._mapped is None, "a leg loaded to be read"
        gone = np.fromiter(ids, np.int64)
        if gone.size and len(self):
            self._faiss.remove_ids(faiss.IDSelectorBatch(gone))

    def tune(self, questions: NDArray[np.float32], nearest: NDArray[np.int64]) -> float:
        """Looks through as many lists as name RECALL of the ids truly nearest, (n, NEAREST), to questions, (n, dimension). The share named."""
        share = self._share_named(questions, nearest)
        if self.kind != "lists" or share < RECALL:
            return share
        everything = int(self._faiss.nlist)
        steps = itertools.takewhile(lambda lists: lists < everything, (round(16 * 2 ** (step / 2)) for step in itertools.count()))
        for looked_through in (*steps, everything):
            self._faiss.nprobe = looked_through
            if (share := self._share_named(questions, nearest)) >= RECALL:
                break
        return share

    def _share_named(self, questions: NDArray[np.float32], nearest: NDArray[np.int64]) -> float:
        named = (len({i for i, _ in self.search(q, NEAREST)} & set(true.tolist())) for q, true in zip(questions, nearest, strict=True))
        return sum(named) / max(1, nearest.size)

    def search(self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """At most k (passage id, cosine), best first, ties by id; only among `allowed` ids if those are given.

        Cosines of "half" and "lists" are right to three digits.
        """
        k = min(k, len(self))
        if k < 1 or (allowed is not None and not allowed.size):
            return []
        chosen = None if allowed is None else faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
        parameters: Any = None
        if self.kind == "lists":
            # The lists nearest to a question may hold none of those allowed.
            looked_through = int(self._faiss.nprobe if allowed is None else self._faiss.nlist)
            parameters = faiss.SearchParametersIVF(sel=chosen, nprobe=looked_through)  # type: ignore[call-arg]
        elif chosen is not None:
            parameters = faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        scores, ids = self._faiss.search(np.ascontiguousarray(vector[None, :], np.float32), k, params=parameters)
        found = [(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> set[int]:
        """The ids of all passages held."""
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
        """Writes the leg to a file: under a temporary name, synced, then renamed."""
        temporary = path.with_name(path.name + ".tmp")
        # Through Python's own file object: faiss cannot open names beyond ASCII everywhere.
        with temporary.open("wb") as file:
            file.write(faiss.serialize_index(self._faiss).data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, *, write: bool = False) -> VectorLeg:
        """The leg in a file, mapped rather than read: only with `write` may it be altered.

        Raises ValueError if it is cut or not one (see index.legs for damage), OSError if it is not there.
        """
        leg = cls.__new__(cls)
        try:
            if write:
                leg._faiss = faiss.deserialize_index(np.fromfile(path, np.uint8))
            else:
                leg._mapped = np.memmap(path, np.uint8, "r")
                reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(leg._mapped), leg._mapped.nbytes)  # type: ignore[attr-defined]
                leg._faiss = faiss.read_index(reader, faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"{path.name}: damaged") from error
        if isinstance(leg._faiss, faiss.IndexIVFScalarQuantizer):
            leg.kind = "lists"
            leg._faiss.parallel_mode = _BY_LISTS
        elif isinstance(leg._faiss, faiss.IndexIDMap):
            inner = faiss.downcast_index(leg._faiss.index)
            leg.kind = "half" if isinstance(inner, faiss.IndexScalarQuantizer) else "exact"
        else:
            raise ValueError(f"{path.name}: not a vector leg")
        return leg
