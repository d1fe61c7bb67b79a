"""Search a Milvus store by the contextual encoder's vectors.

Knows the collection of vectors by passage hash, and how hashes become passages of one generation. Does not know how
vectors get there: index.milvus.encoded does.

A vector has no filters and no generation of its own. So the nearest vectors come first, then the passages with their
hashes that count; where too few do, more vectors are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.errors import UserError
from index.milvus.cluster import Cluster, Row
from index.milvus.generations import MilvusState, encoded_of

_MORE = 30  # vectors beyond k: of texts that were changed or deleted, which readers of older generations may still see
_WIDER = 8  # times as many, where too few of the nearest pass
_MOST = 16_384  # that one search may return
_SMALL = 200  # vectors that a search brings along, for `cosines`
_FEW = 2_000  # passages that pass the filters whose vectors are searched among by name
_MOST_CACHED = 5_000  # vectors kept in memory between questions


class Meanings:
    """The encoder's vectors for the passages of one state of a store."""

    def __init__(self, cluster: Cluster, state: MilvusState) -> None:
        """Ask nothing of the server yet."""
        self._cluster, self._state = cluster, state
        self._collection = encoded_of(state.encoder) if state.encoder else ""
        self._count: int | None = None
        self._vectors: dict[str, NDArray[np.float32]] = {}  # by hash

    def count(self, passages: int) -> int:
        """Return how many of the store's passages have a vector; until all have one, copies count once."""
        if not self._collection:
            return 0
        if self._count is None:
            encoder, lanes = self._state.encoder, self._state.lanes
            is_complete = all(self._state.filled(number, encoder) == lane.generation for number, lane in lanes)
            self._count = passages if is_complete else min(passages, self._stored())
        return self._count

    def _stored(self) -> int:
        try:
            return self._cluster.count(self._collection, "", self._state.consistency)
        except UserError:
            if not self._is_gone():
                raise
            return 0

    def _is_gone(self) -> bool:
        """Return whether another encoder's vectors have replaced these; from then on there are none."""
        if self._collection and self._cluster.has(self._collection):
            return False
        self._collection = ""
        return True

    def nearest(self, vector: NDArray[np.float32], k: int, condition: str) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) of the passages that pass a condition (" and …" or ""), best first."""
        if not self._collection:
            return []
        if len(self._vectors) > _MOST_CACHED:
            self._vectors = {}
        try:
            rows, cosines = self._candidates(vector.tolist(), k, condition)
            hits = [(row["id"], cosines[row["hash"]], row["hash"]) for row in rows if row["hash"] in cosines]
            chosen = sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
            self._fetch(digest for *_, digest in chosen)
        except UserError:
            if not self._is_gone():
                raise
            return []
        return [(passage, cosine) for passage, cosine, _ in chosen]

    def _candidates(self, vector: Sequence[float], k: int, condition: str) -> tuple[list[Row], dict[str, float]]:
        """Return rows of passages, the k nearest among them, and hash → cosine."""
        if condition:
            passing = self._cluster.some(
                self._state.settings.passages, self._where(condition), ["id", "hash"], self._state.consistency, _FEW + 1
            )
            if len(passing) <= _FEW:
                return passing, self._among(vector, k, passing)
        most = min(k + _MORE, _MOST)
        while True:
            cosines = self._search(vector, most, "")
            rows = self._cluster.among(
                self._state.settings.passages,
                "hash",
                cosines,
                ["id", "hash"],
                self._state.consistency,
                self._where(condition),
            )
            if len(rows) >= k or len(cosines) < most:
                return rows, cosines
            if most == _MOST:
                break
            most = min(_WIDER * most, _MOST)
        rows = list(
            self._cluster.rows(
                self._state.settings.passages, self._where(condition), ["id", "hash"], self._state.consistency
            )
        )
        return rows, self._among(vector, k, rows)

    def _where(self, condition: str) -> str:
        return f"({self._state.where}{condition})"

    def _among(self, vector: Sequence[float], k: int, rows: Sequence[Row]) -> dict[str, float]:
        """Return hash → cosine of the k nearest of these passages."""
        hashes = list(dict.fromkeys(row["hash"] for row in rows))
        cosines: dict[str, float] = {}
        for start in range(0, len(hashes), _FEW):
            part = hashes[start : start + _FEW]
            cosines |= self._search(vector, min(k, len(part)), f"hash in {json.dumps(part)}")
        return cosines

    def _search(self, vector: Sequence[float], most: int, where: str) -> dict[str, float]:
        """Return hash → cosine of the nearest vectors."""
        fields = ["hash", "vector"] if most <= _SMALL else ["hash"]
        hits = self._cluster.nearest(self._collection, "vector", vector, most, where, fields, self._state.consistency)
        self._remember(row for row, _ in hits if "vector" in row)
        return {row["hash"]: cosine for row, cosine in hits}

    def _fetch(self, hashes: Iterable[str]) -> None:
        missing = [digest for digest in dict.fromkeys(hashes) if digest not in self._vectors]
        rows = self._cluster.among(self._collection, "hash", missing, ["hash", "vector"], self._state.consistency)
        self._remember(rows)

    def _remember(self, rows: Iterable[Row]) -> None:
        self._vectors |= {row["hash"]: np.array(row["vector"], np.float32) for row in rows}

    def cosines(self, vector: NDArray[np.float32], hashes: Mapping[int, str]) -> dict[int, float]:
        """Return passage id → cosine, for those of these passages (id → hash) that have a vector."""
        if self._collection:
            try:
                self._fetch(hashes.values())
            except UserError:
                if not self._is_gone():
                    raise
        return {i: float(self._vectors[digest] @ vector) for i, digest in hashes.items() if digest in self._vectors}
