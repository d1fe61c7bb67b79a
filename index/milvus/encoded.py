"""Keep the contextual encoder's vectors of a store on a Milvus server.

Knows the collection of vectors by passage hash, and up to which generation each lane's passages have one. Does not know
how a text becomes a vector, nor when: index.backfill does. index.milvus.meanings searches them.

A vector belongs to a passage's hash, so no generation owns it, copies share it, and whoever writes it twice changes
nothing. So neither readers nor writers of articles need to wait. A vector goes with the last row of a passage that has
its hash, see `remove_ended`.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice

import apsw
import numpy as np
from numpy.typing import NDArray

from index.milvus.cluster import ENCODED, MANY, STATE, Cluster, Row
from index.milvus.generations import (
    EncoderState,
    Filled,
    MilvusState,
    encoded_of,
    encoder_row,
    filled_row,
    forget_filled,
    read_state,
)
from index.milvus.leases import ENCODING, LanesHeld, hold_lanes
from index.milvus.shards import ALL_LANES, Shard
from index.records import embedded_text, without_spans
from index.store import database
from index.store.address import MilvusAddress
from index.store.database import spans
from index.store.encoded import Coverage, Unencoded, encoder_of

_AT_ONCE = 2000  # hashes in one query
_TEXTS = ["id", "hash", "title", "text", "removed"]


class MilvusVectors:
    """The vectors of a store, or of a shard's part of it, as the run that makes them sees them."""

    def __init__(self, address: MilvusAddress, shard: Shard | None = None) -> None:
        """Connect. Raises UserError if the server cannot be used."""
        self._cluster = Cluster(address)
        self._lanes, self._is_shard = (shard.lanes, True) if shard else (ALL_LANES, False)
        self._state: MilvusState | None = None
        self._pending: deque[tuple[int, str]] = deque()  # (id, hash) of passages without a vector, ordered
        self._copies: Counter[str] = Counter()  # of each hash among these
        self._passages = 0
        self._batch: list[tuple[int, str]] = []  # the first of them, which are being encoded
        self._looks_at_all = False  # not only at the passages of new generations
        self._written = False  # something that `publish` has not told readers of

    def close(self) -> None:
        """Close the connection."""
        self._cluster.close()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the note of the one process that encodes for these lanes. Yield False if another one holds it."""
        with ExitStack() as held:
            try:
                held.enter_context(hold_lanes(self._cluster, self._lanes, ENCODING, patient=False))
                is_alone = True
            except LanesHeld:
                is_alone = False
            yield is_alone

    def has_encoder(self) -> bool:
        """Return whether there is a store whose model has an encoder."""
        state = read_state(self._cluster, "Strong")
        return state is not None and state.has_encoder

    def next(self, encoder: str, *, after: int, most: int) -> tuple[list[Unencoded], Coverage | None]:
        """Return the next passages without a vector of this encoder, and how many have one if the store has changed."""
        del after  # passages leave the list when `put` has their vectors
        coverage = self._look(encoder)
        while self._state is not None and self._pending:
            asked = list(islice(self._pending, most))
            lacking = self._still_lacking(self._state, encoder, [passage for passage, _ in asked])
            self._drop_first(len(asked), {each for each in asked if each[0] not in lacking})
            self._batch = [each for each in asked if each[0] in lacking]
            if lacking:
                return list(lacking.values()), coverage
        return [], coverage

    def _still_lacking(self, state: MilvusState, encoder: str, passages: Sequence[int]) -> dict[int, Unencoded]:
        """Return id → passage of those that lack a vector, in this order.

        A copy may have got its vector in an earlier batch, or from another shard; others may have ended.
        """
        living = self._cluster.among(state.settings.passages, "id", passages, _TEXTS, "Strong", state.where)
        known = self._with_vector(encoder, {row["hash"] for row in living})
        rows = {row["id"]: row for row in living if row["hash"] not in known}
        return {passage: _unencoded(rows[passage]) for passage in passages if passage in rows}

    def _drop_first(self, count: int, dropped: Collection[tuple[int, str]]) -> None:
        """Take these passages off the list; all of them are among its first `count`."""
        first = [self._pending.popleft() for _ in range(count)]
        self._pending.extendleft(passage for passage in reversed(first) if passage not in dropped)

    def _look(self, encoder: str) -> Coverage | None:
        """If the store has changed, list the new passages without a vector, and return how many have one; else None."""
        state, before = read_state(self._cluster, "Strong"), self._state
        if state is None or not state.has_encoder:
            self._state = None
            self._pending.clear()
            return None
        self._state = state
        known: dict[int, int] = {}  # lane → generation up to which its passages are listed or have vectors
        if before and self._continues(before, state):
            if before.same(state):
                return None
            known = {number: lane.generation for number, lane in before.lanes}
        else:
            self._pending.clear()
            self._copies.clear()
        newer: dict[tuple[int, int], list[int]] = {}
        for number, lane in state.lanes:
            seen = known[number] if number in known else state.filled(number, encoder)
            if number in self._lanes and seen < lane.generation:
                newer.setdefault((seen, lane.generation), []).append(number)
                self._looks_at_all = self._looks_at_all or seen == 0
        if newer:
            self._list(state, encoder, newer)
        own_rows = f"{state.where} and lane in {sorted(self._lanes)}"
        self._passages = self._cluster.count(state.settings.passages, own_rows, "Strong")
        return Coverage(max(0, self._passages - len(self._pending)), self._passages)

    def _continues(self, before: MilvusState, state: MilvusState) -> bool:
        """Return whether a state comes after another of the same store, model and encoder."""
        now = dict(state.lanes)
        return (before.settings.passages, before.vectors.fingerprint) == (
            state.settings.passages,
            state.vectors.fingerprint,
        ) and all(number in now and lane.generation <= now[number].generation for number, lane in before.lanes)

    def _list(self, state: MilvusState, encoder: str, newer: Mapping[tuple[int, int], list[int]]) -> None:
        """List the passages without a vector of some lanes, by (their generation before, their generation)."""
        where = " or ".join(
            f"(lane in {lanes} and born > {seen} and born <= {now} and gone > {now})"
            for (seen, now), lanes in sorted(newer.items())
        )
        rows = self._cluster.rows(state.settings.passages, where, ["id", "hash"], "Strong")
        ordered = sorted((row["id"], row["hash"]) for row in rows)
        present = self._with_vector(encoder, {digest for _, digest in ordered})
        lacking = [passage for passage in ordered if passage[1] not in present]
        self._pending += lacking
        self._copies.update(digest for _, digest in lacking)

    def _with_vector(self, encoder: str, hashes: Collection[str]) -> set[str]:
        """Return those of these hashes that have a vector of this encoder."""
        if self._state is None or self._state.vectors.fingerprint != encoder:
            return set()
        rows = self._cluster.among(encoded_of(encoder), "hash", sorted(hashes), ["hash"], "Strong")
        return {row["hash"] for row in rows}

    def put(self, encoder: str, vectors: Mapping[str, NDArray[np.float32]]) -> int:
        """Write vectors of unit length by passage hash, and return how many passages have these hashes.

        Vectors of another encoder are removed.
        """
        if self._state is None:
            return 0
        if self._state.vectors.fingerprint != encoder:
            dimension = len(next(iter(vectors.values())))
            _begin(self._cluster, encoder, dimension, MANY if self._is_shard else self._passages)
            self._state = replace(self._state, vectors=EncoderState(encoder))
        self._cluster.put(encoded_of(encoder), map(_row, vectors, vectors.values()))
        self._written = True
        self._drop_first(len(self._batch), {each for each in self._batch if each[1] in vectors})
        self._batch = []
        return sum(self._copies.pop(digest, 0) for digest in vectors)

    def remove_unused(self) -> None:
        """Remove the vectors whose hash no passage has, after a run that looked at all passages.

        Otherwise writers have removed them already, as far as they were not interrupted.
        """
        if self._state is None or not self._looks_at_all or not self._state.vectors.fingerprint:
            return
        collection, unused = encoded_of(self._state.vectors.fingerprint), list[str]()
        rows = self._cluster.rows(collection, 'hash != ""', ["hash"], "Strong")
        while part := {row["hash"] for row in islice(rows, _AT_ONCE)}:
            used = self._cluster.among(self._state.settings.passages, "hash", sorted(part), ["hash"], "Strong")
            unused += part - {row["hash"] for row in used}
        _drop(self._cluster, collection, unused)
        self._looks_at_all = False

    def publish(self, encoder: str) -> None:
        """Tell readers that there are new vectors, and how far the lanes are filled."""
        if self._state is None:
            return
        has_vectors, rows = self._state.vectors.fingerprint == encoder, list[Row]()
        # Lanes without a passage are filled before there is a vector.
        if not self._pending and (has_vectors or not self._passages):
            known = dict(self._state.vectors.lanes)
            for number, lane in self._state.lanes:
                filled = Filled(encoder, self._state.settings.passages, lane.generation, lane.commit)
                if number in self._lanes and known.get(number) != filled:
                    rows.append(filled_row(number, filled))
        if self._written:
            self._cluster.settle(encoded_of(encoder))
        if self._written or rows:
            self._cluster.put(STATE, [*rows, encoder_row(encoder)] if has_vectors else rows)
            self._written = False


def _unencoded(row: Row) -> Unencoded:
    readable = without_spans(row["text"], spans(row["removed"]))
    return Unencoded(row["id"], row["hash"], embedded_text(row["title"], readable))


def _row(digest: str, vector: NDArray[np.float32]) -> Row:
    # A folder keeps 16 bits of each number. With the same here both stores find the same.
    return {"hash": digest, "vector": vector.astype(np.float16).astype(np.float32).tolist()}


def _begin(cluster: Cluster, encoder: str, dimension: int, passages: int) -> None:
    """Make the collection for an encoder's vectors, let readers know of it, and remove those of other encoders."""
    collection = encoded_of(encoder)
    cluster.make(collection, dimension, passages)
    state = read_state(cluster, "Strong")
    if state is not None:
        if state.vectors.fingerprint == encoder:
            return  # another shard was first
        forget_filled(cluster, state, encoder)
    cluster.put(STATE, [encoder_row(encoder)])
    for name in cluster.collections():
        if name.startswith(ENCODED) and name != collection:
            cluster.drop(name)


def _drop(cluster: Cluster, collection: str, hashes: Iterable[str]) -> None:
    ordered = sorted(hashes)
    for start in range(0, len(ordered), _AT_ONCE):
        cluster.drop_rows(collection, f"hash in {json.dumps(ordered[start : start + _AT_ONCE])}")


def copy_vectors(cluster: Cluster, connection: apsw.Connection) -> None:
    """Write the vectors that the database of a folder's store holds, of the passages that it holds."""
    encoder, made = encoder_of(connection), False
    if not encoder:
        return
    query = "SELECT hash, vector FROM encoded WHERE hash IN (SELECT hash FROM passages) ORDER BY hash"
    for rows in database.all_rows(connection, query):
        vectors = {digest: np.frombuffer(vector, np.float16).astype(np.float32) for digest, vector in rows}
        if not made:
            _begin(cluster, encoder, len(next(iter(vectors.values()))), database.counts(connection)[1])
            made = True
        cluster.put(encoded_of(encoder), map(_row, vectors, vectors.values()))
    if made:
        cluster.settle(encoded_of(encoder))


def remove_ended(cluster: Cluster, passages: str, ended: str, oldest: Mapping[int, int]) -> None:
    """Remove the vectors of texts that only those rows have that are about to be removed.

    `ended` is the expression of these rows of the collection `passages`; `oldest` is lane → the generation that they
    ended with at the latest.
    """
    collections = [name for name in cluster.collections() if name.startswith(ENCODED)]
    if not collections:
        return
    hashes = {row["hash"] for row in cluster.rows(passages, ended, ["hash"], "Strong")}
    rows = cluster.among(passages, "hash", sorted(hashes), ["hash", "lane", "gone"], "Strong")
    unused = hashes - {row["hash"] for row in rows if row["gone"] > oldest.get(row["lane"], 0)}
    for collection in collections:
        _drop(cluster, collection, unused)
