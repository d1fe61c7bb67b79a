"""Read and write the collections of a Milvus server, and turn its errors into UserErrors.

Knows pymilvus. Does not know what a generation consists of: index.milvus.store reads, index.milvus.writer writes.

    zhiwen_state        settings; for each lane its newest generation; the leases of writers
    zhiwen_files        what is remembered of every file
    zhiwen_articles     one row for an article, without its text
    zhiwen_texts        whole articles, as JSON in parts, by (article id, content hash)
    zhiwen_passages_…   passages with their article's fields, vector and terms; one collection for a model
    zhiwen_statistics   how many passages hold a term
    zhiwen_encoded_…    the contextual encoder's vectors, by passage hash; one collection for a version of the encoder

A row of articles, passages or statistics never changes, but for its end: it counts from generation `born` of its lane
on, and before generation `gone`. So a reader of one generation sees all of it and nothing else, and one upsert of the
state moves all readers to the next.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Literal

from index.errors import UserError, first_line
from index.store.address import MilvusAddress

Row = dict[str, Any]  # a row of a collection, as pymilvus reads and writes it
Consistency = Literal["Strong", "Bounded"]
NO_END = (1 << 62) - 1  # `gone` of a row that has not ended
STATE, FILES, ARTICLES, TEXTS, STATISTICS = (
    f"zhiwen_{name}" for name in ("state", "files", "articles", "texts", "statistics")
)
PASSAGES = "zhiwen_passages_"  # and the fingerprint of the model
ENCODED = "zhiwen_encoded_"  # and the fingerprint of the encoder
_WITH_VECTORS = (PASSAGES, ENCODED)  # the kinds of collections that have vectors of their own
LONGEST = 65_535  # bytes of one field
_PATIENCE = 60.0  # seconds for one call
_FIRST = 10.0  # seconds for the first call
_MOST = 16_384  # rows that one query may return
_AT_ONCE = 500  # rows in one call
_WHOLE = 200  # whole rows in one answer
_IDS = 2000  # ids in one query

_LIFE = (("lane", "int"), ("born", "int"), ("gone", "int"))
_FIELDS: dict[str, tuple[tuple[str, str], ...]] = {  # the first is the primary key
    STATE: (("key", "name"), ("value", "text")),
    FILES: (("key", "name"), ("file", "name"), ("lane", "int"), ("value", "text")),
    ARTICLES: (
        *(("row", "int"), ("number", "int"), ("id", "text"), ("key", "name"), ("path", "text"), ("title", "text")),
        *(
            ("date", "text"),
            ("source", "text"),
            ("folded", "text"),
            ("hash", "name"),
            ("text_hash", "name"),
            ("duplicate_group", "name"),
        ),
        *(
            ("digits_lost", "int"),
            ("damage", "int"),
            ("undecodable", "int"),
            ("repairs", "int"),
            ("document", "text"),
            ("passages", "int"),
        ),
        *(("taken", "int"), ("apart", "int"), ("more", "text"), *_LIFE),
    ),
    TEXTS: (("key", "name"), ("article", "name"), ("value", "text")),
    PASSAGES: (
        *(
            ("id", "int"),
            ("number", "int"),
            ("article", "text"),
            ("key", "name"),
            ("start", "int"),
            ("end", "int"),
            ("removed", "text"),
        ),
        *(
            ("hash", "name"),
            ("text", "text"),
            ("title", "text"),
            ("date", "text"),
            ("source", "text"),
            ("folded_source", "text"),
        ),
        *(("path", "text"), ("tails", "ints"), *_LIFE, ("vector", "vector"), ("terms", "terms")),
    ),
    ENCODED: (("hash", "name"), ("vector", "vector")),
    STATISTICS: (("key", "name"), ("segment", "name"), ("head", "int"), ("value", "text"), *_LIFE),
}
_INDEXED = {
    FILES: ("file", "lane"),
    ARTICLES: ("number", "key", "duplicate_group", "born", "gone"),
    TEXTS: ("article",),
    PASSAGES: ("number", "key", "hash", "born", "gone"),
    STATISTICS: ("head", "born", "gone"),
}
_LARGEST_EF = 32_768  # that Milvus allows
MANY = 20_000  # passages from which Milvus builds a graph of neighbours; below, it compares every vector


class Cluster:
    """A database of a Milvus server."""

    def __init__(self, address: MilvusAddress) -> None:
        """Connect. Raises UserError if pymilvus is not installed or the server cannot be used."""
        self.address = address
        if importlib.util.find_spec("pymilvus") is None:
            raise UserError("milvus.no_package", address=address)
        import pymilvus

        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # _call raises its errors, once
        self._library: Any = pymilvus
        self._client: Any = None
        self._client = self._call(
            lambda: pymilvus.MilvusClient(
                address.uri,
                user=address.user,
                password=address.password,
                db_name=address.database,
                timeout=_FIRST,
                dedicated=True,
            )
        )

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            client, self._client = self._client, None
            client.close()

    def _call(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns. Raises UserError for an error of the server or of the connection."""
        import grpc

        try:
            return call()
        except (self._library.MilvusException, grpc.RpcError, ConnectionError, TimeoutError) as error:
            raise self._user_error(error) from error

    def _user_error(self, error: Exception) -> UserError:
        reasons = _reasons(error)
        what, lower = first_line(ValueError(reasons[-1])), "\n".join(reasons).lower()
        if any(
            word in lower for word in ("auth check", "unauthenticated", "authentication", "permission den", "privilege")
        ):
            return UserError("milvus.not_let_in", address=self.address, reason=what)
        if "database not found" in lower or ("database" in lower and "not exist" in lower):
            return UserError("milvus.no_database", address=self.address)
        if any(word in lower for word in ("connect", "unavailable", "deadline", "timeout", "closed channel", "socket")):
            return UserError("milvus.no_server", address=self.address, reason=what)
        return UserError("milvus.server_error", address=self.address, reason=what)

    def has(self, collection: str) -> bool:
        """Return whether there is a collection."""
        return bool(self._call(lambda: self._client.has_collection(collection, timeout=_PATIENCE)))

    def collections(self) -> list[str]:
        """Return the names of all collections that begin with zhiwen_, ordered."""
        return sorted(
            name
            for name in self._call(lambda: self._client.list_collections(timeout=_PATIENCE))
            if name.startswith("zhiwen_")
        )

    def make(self, collection: str, dimension: int = 0, passages: int = 0) -> None:
        """Make a collection if there is none. One with vectors is for about `passages` of a `dimension`.

        Raises UserError if there is one of this name with other fields, or for other vectors.
        """
        kind = _kind(collection)
        schema, indexed = self._plan(kind, dimension, passages)
        existing = []
        if self.has(collection):
            self._demand(collection, kind, dimension)
            existing = self._call(lambda: self._client.list_indexes(collection, timeout=_PATIENCE))
        else:
            self._once(
                lambda: self._client.create_collection(
                    collection, schema=schema, consistency_level="Bounded", num_shards=1, timeout=_PATIENCE
                )
            )
        if len(existing) < len(list(indexed)):  # also if the run that made the collection was interrupted
            # The collection is empty: there is no index to wait for.
            self._once(lambda: self._client.create_index(collection, indexed, timeout=_PATIENCE, sync=False))
        self._call(lambda: self._client.load_collection(collection, timeout=_PATIENCE))

    def _once(self, call: Callable[[], Any]) -> None:
        """Make something, unless another shard makes it at the same moment."""
        try:
            self._call(call)
        except UserError as error:
            if not any(
                words in str(error.values.get("reason")) for words in ("already exist", "at most one distinct index")
            ):
                raise

    def _plan(self, kind: str, dimension: int, passages: int) -> tuple[Any, Any]:
        """Return the fields and indexes of a kind of collection."""
        kinds = self._library.DataType
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        indexed = self._client.prepare_index_params()
        for place, (name, of) in enumerate(_FIELDS[kind]):
            primary = {"is_primary": True} if place == 0 else {}
            if of == "int":
                schema.add_field(name, kinds.INT64, **primary)
            elif of in ("name", "text"):
                schema.add_field(name, kinds.VARCHAR, max_length=200 if of == "name" else LONGEST, **primary)
            elif of == "ints":
                schema.add_field(name, kinds.ARRAY, element_type=kinds.INT64, max_capacity=128)
            elif of == "vector":
                schema.add_field(name, kinds.FLOAT_VECTOR, dim=dimension)
                indexed.add_index(name, **_vector_kind(passages))
            else:
                schema.add_field(name, kinds.SPARSE_FLOAT_VECTOR)
                indexed.add_index(name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        if kind not in _WITH_VECTORS:  # Milvus wants a vector in every collection
            schema.add_field("nothing", kinds.FLOAT_VECTOR, dim=2)
            indexed.add_index("nothing", index_type="FLAT", metric_type="L2")
        for name in _INDEXED.get(kind, ()):
            indexed.add_index(name, index_type="INVERTED")
        return schema, indexed

    def _demand(self, collection: str, kind: str, dimension: int) -> None:
        """Raise UserError if a collection has other fields than its kind, or vectors of another dimension."""
        described = self._call(lambda: self._client.describe_collection(collection, timeout=_PATIENCE))
        fields = {field["name"]: field for field in described["fields"]}
        wanted = {name for name, _ in _FIELDS[kind]} | ({"nothing"} if kind not in _WITH_VECTORS else set())
        if fields.keys() != wanted:
            odd = ", ".join(sorted(fields.keys() ^ wanted)[:5])
            raise UserError("milvus.foreign_collection", address=self.address, collection=collection, fields=odd)
        if dimension and (other := int(fields["vector"]["params"]["dim"])) != dimension:
            raise UserError(
                "milvus.other_dimension", address=self.address, collection=collection, stored=other, dimension=dimension
            )

    def rows(self, collection: str, where: str, fields: Sequence[str], consistency: Consistency) -> Iterator[Row]:
        """Yield all rows that an expression is true of, in no order."""
        iterator = self._call(
            lambda: self._client.query_iterator(
                collection,
                batch_size=_WHOLE if "*" in fields else 2000,
                filter=where,
                output_fields=list(fields),
                timeout=_PATIENCE,
                consistency_level=consistency,
            )
        )
        try:
            while part := self._call(iterator.next):
                yield from part
        finally:
            iterator.close()

    def some(
        self, collection: str, where: str, fields: Sequence[str], consistency: Consistency, most: int = _MOST
    ) -> list[Row]:
        """Return at most `most` rows that an expression is true of, in no order."""
        rows = self._call(
            lambda: self._client.query(
                collection,
                filter=where,
                limit=most,
                output_fields=list(fields),
                timeout=_PATIENCE,
                consistency_level=consistency,
            )
        )
        return list(rows)

    def among(
        self,
        collection: str,
        field: str,
        values: Iterable[int | str],
        fields: Sequence[str],
        consistency: Consistency,
        where: str = "",
    ) -> list[Row]:
        """Return the rows in which a field has one of these values and an expression (if any) is true, in no order."""
        ordered, rows = iter(dict.fromkeys(values)), list[Row]()
        also = f" and {where}" if where else ""
        while part := list(islice(ordered, _IDS)):
            asked = f"{field} in {json.dumps(part)}{also}"
            # Whole rows are large, and the size of one answer of a server is limited.
            few = [] if "*" in fields else self.some(collection, asked, fields, consistency)
            rows += few if few and len(few) < _MOST else self.rows(collection, asked, fields, consistency)
        return rows

    def nearest(
        self,
        collection: str,
        field: str,
        vector: Any,
        k: int,
        where: str,
        fields: Sequence[str],
        consistency: Consistency,
    ) -> list[tuple[Row, float]]:
        """Return at most k (row, inner product of a field with a vector), the highest first."""
        (hits,) = self._call(
            lambda: self._client.search(
                collection,
                data=[vector],
                anns_field=field,
                limit=min(k, _MOST),
                filter=where,
                output_fields=list(fields),
                search_params={
                    "metric_type": "IP",
                    "params": {"ef": min(max(128, 2 * k), _LARGEST_EF)} if field == "vector" else {},
                },
                timeout=_PATIENCE,
                consistency_level=consistency,
            )
        )
        key = _FIELDS[_kind(collection)][0][0]
        return [({**hit["entity"], key: hit[key]}, float(hit["distance"])) for hit in hits]

    def count(self, collection: str, where: str, consistency: Consistency) -> int:
        """Return how many rows an expression is true of."""
        (row,) = self._call(
            lambda: self._client.query(
                collection, filter=where, output_fields=["count(*)"], timeout=_PATIENCE, consistency_level=consistency
            )
        )
        return int(row["count(*)"])

    def put(self, collection: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, in place of those with the same key. Each call of the server writes up to 500, or none."""
        dummy = {} if _kind(collection) in _WITH_VECTORS else {"nothing": [0.0, 0.0]}
        left = iter(rows)
        while part := [{**row, **dummy} for row in islice(left, _AT_ONCE)]:
            self._call(lambda part=part: self._client.upsert(collection, part, timeout=_PATIENCE))  # type: ignore[misc]

    def change_rows(self, collection: str, where: str, changes: Mapping[str, object]) -> None:
        """Write other values into some fields of the rows that an expression is true of."""
        rows = list(self.rows(collection, where, ["*"], "Strong"))
        self.put(collection, ({**row, **changes} for row in rows))

    def drop_rows(self, collection: str, where: str) -> None:
        """Delete the rows that an expression is true of."""
        self._call(lambda: self._client.delete(collection, filter=where, timeout=10 * _PATIENCE))

    def drop(self, collection: str) -> None:
        """Delete a collection."""
        self._call(lambda: self._client.drop_collection(collection, timeout=_PATIENCE))

    def settle(self, collection: str) -> None:
        """Ask the server to put new rows into its search structures. A server that refuses finds them all the same."""
        with suppress(UserError):
            self._call(lambda: self._client.flush(collection, timeout=_PATIENCE))


def _kind(collection: str) -> str:
    """Return the key of a collection in _FIELDS."""
    return next((kind for kind in _WITH_VECTORS if collection.startswith(kind)), collection)


def _reasons(error: BaseException | None) -> list[str]:
    """Return the message of an error and of those it was raised from. The last is the innermost: the server's own."""
    reasons, visited = list[str](), set[int]()
    while error is not None and id(error) not in visited:  # pymilvus raises errors from themselves
        visited.add(id(error))
        reason = error.details() if hasattr(error, "details") else getattr(error, "message", "") or str(error)
        reasons += [str(reason)] if reason else []
        error = error.__cause__ or error.__context__
    return reasons or ["no reason given"]


def _vector_kind(passages: int) -> dict[str, Any]:
    if passages < MANY:
        return {"index_type": "FLAT", "metric_type": "IP"}
    return {"index_type": "HNSW", "metric_type": "IP", "params": {"M": 16, "efConstruction": 200}}


def in_parts(key: str, text: str) -> list[tuple[str, str]]:
    """Cut a text into parts that fit into a field, and return (key of its row, part) of each."""
    step = LONGEST // 4
    parts = [text[start : start + step] for start in range(0, len(text), step)] or [""]
    return [(f"{key}/{number}/{len(parts)}", part) for number, part in enumerate(parts)]


def joined(rows: Iterable[Row]) -> dict[str, str]:
    """Return key → text, from rows of `in_parts`; a text of which a part is missing is left out."""
    parts: dict[str, dict[int, str]] = {}
    for row in rows:
        key, number, of = row["key"].rsplit("/", 2)
        parts.setdefault(f"{key}/{of}", {})[int(number)] = row.get("value", "")
    whole = {key: pieces for key, pieces in parts.items() if len(pieces) == int(key.rpartition("/")[2])}
    return {
        key.rpartition("/")[0]: "".join(text for _, text in sorted(pieces.items())) for key, pieces in whole.items()
    }


def cut(text: str) -> str:
    """Return a text that fits into a field and can be encoded: at most its first 65,534 bytes."""
    kept = text.encode("utf-8", "replace")[: LONGEST - 1]
    return kept.decode("utf-8", "ignore")
