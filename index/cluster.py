"""A Milvus server: its collections, how rows get in and out of them, and what goes wrong told in our words.

Knows pymilvus. Does not know what a generation is made of: index.milvus reads, index.milvus_writer writes.

    zhiwen_state        settings; per lane the generation that counts; who is writing
    zhiwen_files        what is remembered of every file
    zhiwen_articles     one row an article, without its text
    zhiwen_texts        articles whole, as JSON in parts, by (article id, content hash)
    zhiwen_passages_…   passages with their article's fields, vector and terms; one collection a model
    zhiwen_statistics   in how many passages a term stands

Rows of articles, passages and statistics are never altered, but for their end: a row counts from generation `born` on and before
generation `gone` of its lane. So whoever reads one generation sees all of it and nothing else, and one upsert of the state moves
everybody on.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Literal

from index.address import Address
from index.errors import UserError, first_line

Row = dict[str, Any]  # a row of a collection, as pymilvus takes and gives it
Consistency = Literal["Strong", "Bounded"]
NEVER = (1 << 62) - 1  # the generation in which what still counts will be gone
STATE, FILES, ARTICLES, TEXTS, STATISTICS = (f"zhiwen_{name}" for name in ("state", "files", "articles", "texts", "statistics"))
PASSAGES = "zhiwen_passages_"  # and the fingerprint of the model
LONGEST = 65_535  # bytes of one field
_PATIENCE = 60.0  # seconds for one call
_FIRST = 10.0  # seconds for the first
_MOST = 16_384  # rows that one query gives
_AT_ONCE = 500  # rows in one call
_WHOLE = 200  # whole rows in one answer
_IDS = 2000  # ids in one query

_LIFE = (("lane", "int"), ("born", "int"), ("gone", "int"))
_FIELDS: dict[str, tuple[tuple[str, str], ...]] = {  # the first is the primary key
    STATE: (("key", "name"), ("value", "text")),
    FILES: (("key", "name"), ("file", "name"), ("lane", "int"), ("value", "text")),
    ARTICLES: (
        *(("row", "int"), ("number", "int"), ("id", "text"), ("key", "name"), ("path", "text"), ("title", "text")),
        *(("date", "text"), ("source", "text"), ("folded", "text"), ("hash", "name"), ("said", "name"), ("story", "name")),
        *(("digits_lost", "int"), ("damage", "int"), ("undecodable", "int"), ("mended", "int"), ("document", "text"), ("passages", "int")),
        *(("taken", "int"), ("apart", "int"), ("more", "text"), *_LIFE),
    ),
    TEXTS: (("key", "name"), ("article", "name"), ("value", "text")),
    PASSAGES: (
        *(("id", "int"), ("number", "int"), ("article", "text"), ("key", "name"), ("start", "int"), ("end", "int"), ("removed", "text")),
        *(("hash", "name"), ("text", "text"), ("title", "text"), ("date", "text"), ("source", "text"), ("folded_source", "text")),
        *(("path", "text"), ("tails", "ints"), *_LIFE, ("vector", "vector"), ("terms", "terms")),
    ),
    STATISTICS: (("key", "name"), ("segment", "name"), ("head", "int"), ("value", "text"), *_LIFE),
}
_INDEXED = {
    FILES: ("file", "lane"),
    ARTICLES: ("number", "key", "story", "born", "gone"),
    TEXTS: ("article",),
    PASSAGES: ("number", "key", "hash", "born", "gone"),
    STATISTICS: ("head", "born", "gone"),
}
_LARGEST_EF = 32_768  # of Milvus' own
MANY = 20_000  # passages from which a graph of neighbours is made; below, every vector is compared


class Cluster:
    """A database of a Milvus server."""

    def __init__(self, address: Address) -> None:
        """Connects. Raises UserError if pymilvus is not installed or the server cannot be used."""
        self.address = address
        if importlib.util.find_spec("pymilvus") is None:
            raise UserError(f"{address}: a store on a Milvus server needs pymilvus.", "pip install 'zhiwen[milvus]'")
        import pymilvus

        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # what goes wrong is told below, once
        self._library: Any = pymilvus
        self._client: Any = None
        self._client = self._tell(
            lambda: pymilvus.MilvusClient(
                address.uri, user=address.user, password=address.password, db_name=address.database, timeout=_FIRST, dedicated=True
            )
        )

    def close(self) -> None:
        """Hangs up."""
        if self._client is not None:
            client, self._client = self._client, None
            client.close()

    def _tell(self, call: Callable[[], Any]) -> Any:
        """What a call gives. Raises UserError for what goes wrong at the other end."""
        import grpc

        try:
            return call()
        except (self._library.MilvusException, grpc.RpcError, ConnectionError, TimeoutError) as error:
            raise self._in_our_words(error) from error

    def _in_our_words(self, error: Exception) -> UserError:
        reasons = _reasons(error)
        what, lower = first_line(ValueError(reasons[-1])), "\n".join(reasons).lower()
        if any(word in lower for word in ("auth check", "unauthenticated", "authentication", "permission den", "privilege")):
            return UserError(
                f"{self.address}: the server does not let this user in ({what}).",
                "Put user and password into the address, or into MILVUS_USER and MILVUS_PASSWORD.",
            )
        if "database not found" in lower or ("database" in lower and "not exist" in lower):
            return UserError(f"{self.address}: the server has no such database.", "Make it there, or leave it out of the address.")
        if any(word in lower for word in ("connect", "unavailable", "deadline", "timeout", "closed channel", "socket")):
            return UserError(
                f"{self.address}: no Milvus server answers ({what}).", "See that it runs and the address is right, then run the same command again."
            )
        return UserError(f"{self.address}: {what}", "The server's log may say more. Nothing is half-visible: run the same command again.")

    def has(self, collection: str) -> bool:
        """Whether there is a collection."""
        return bool(self._tell(lambda: self._client.has_collection(collection, timeout=_PATIENCE)))

    def collections(self) -> list[str]:
        """The names of all collections of ours."""
        return sorted(name for name in self._tell(lambda: self._client.list_collections(timeout=_PATIENCE)) if name.startswith("zhiwen_"))

    def make(self, collection: str, dimension: int = 0, passages: int = 0) -> None:
        """Makes a collection if there is none, for about so many `passages` of a `dimension`.

        Raises UserError if there is one of its name with other fields, or for other vectors.
        """
        kind = PASSAGES if collection.startswith(PASSAGES) else collection
        schema, indexed = self._plan(kind, dimension, passages)
        held = []
        if self.has(collection):
            self._demand(collection, kind, dimension)
            held = self._tell(lambda: self._client.list_indexes(collection, timeout=_PATIENCE))
        else:
            self._once(
                lambda: self._client.create_collection(collection, schema=schema, consistency_level="Bounded", num_shards=1, timeout=_PATIENCE)
            )
        if len(held) < len(list(indexed)):  # also where whoever made the collection was broken off
            # Nothing is in it yet: there is no index to wait for.
            self._once(lambda: self._client.create_index(collection, indexed, timeout=_PATIENCE, sync=False))
        self._tell(lambda: self._client.load_collection(collection, timeout=_PATIENCE))

    def _once(self, call: Callable[[], Any]) -> None:
        """Makes something, unless another shard is making it at this moment."""
        try:
            self._tell(call)
        except UserError as error:
            if not any(said in error.message for said in ("already exist", "at most one distinct index")):
                raise

    def _plan(self, kind: str, dimension: int, passages: int) -> tuple[Any, Any]:
        """The fields and indexes of a kind of collection."""
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
        if kind != PASSAGES:  # every collection must have a vector
            schema.add_field("nothing", kinds.FLOAT_VECTOR, dim=2)
            indexed.add_index("nothing", index_type="FLAT", metric_type="L2")
        for name in _INDEXED.get(kind, ()):
            indexed.add_index(name, index_type="INVERTED")
        return schema, indexed

    def _demand(self, collection: str, kind: str, dimension: int) -> None:
        described = self._tell(lambda: self._client.describe_collection(collection, timeout=_PATIENCE))
        held = {field["name"]: field for field in described["fields"]}
        wanted = {name for name, _ in _FIELDS[kind]} | ({"nothing"} if kind != PASSAGES else set())
        hint = "Name another database in the address, or drop that collection."
        if held.keys() != wanted:
            odd = ", ".join(sorted(held.keys() ^ wanted)[:5])
            raise UserError(f"{self.address}: the collection {collection} there is not of this version of zhiwen (fields: {odd}).", hint)
        if dimension and (other := int(held["vector"]["params"]["dim"])) != dimension:
            raise UserError(
                f"{self.address}: the collection {collection} there holds vectors of {other} numbers, the model's have {dimension}.", hint
            )

    def rows(self, collection: str, where: str, fields: Sequence[str], consistency: Consistency) -> Iterator[Row]:
        """All rows that an expression is true of, in no order."""
        iterator = self._tell(
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
            while part := self._tell(iterator.next):
                yield from part
        finally:
            iterator.close()

    def some(self, collection: str, where: str, fields: Sequence[str], consistency: Consistency, most: int = _MOST) -> list[Row]:
        """At most so many rows that an expression is true of, in no order."""
        found = self._tell(
            lambda: self._client.query(
                collection, filter=where, limit=most, output_fields=list(fields), timeout=_PATIENCE, consistency_level=consistency
            )
        )
        return list(found)

    def among(
        self, collection: str, field: str, values: Iterable[int | str], fields: Sequence[str], consistency: Consistency, where: str = ""
    ) -> list[Row]:
        """The rows in which a field has one of these values, and of which an expression is true."""
        ordered, found = iter(dict.fromkeys(values)), list[Row]()
        also = f" and {where}" if where else ""
        while part := list(islice(ordered, _IDS)):
            asked = f"{field} in {json.dumps(part)}{also}"
            # Whole rows are large: a server gives so many bytes in one answer, and no more.
            few = [] if "*" in fields else self.some(collection, asked, fields, consistency)
            found += few if few and len(few) < _MOST else self.rows(collection, asked, fields, consistency)
        return found

    def nearest(
        self, collection: str, field: str, vector: Any, k: int, where: str, fields: Sequence[str], consistency: Consistency
    ) -> list[tuple[Row, float]]:
        """At most k rows with the highest inner product of a field and a vector, each with it, the highest first."""
        (hits,) = self._tell(
            lambda: self._client.search(
                collection,
                data=[vector],
                anns_field=field,
                limit=min(k, _MOST),
                filter=where,
                output_fields=list(fields),
                search_params={"metric_type": "IP", "params": {"ef": min(max(128, 2 * k), _LARGEST_EF)} if field == "vector" else {}},
                timeout=_PATIENCE,
                consistency_level=consistency,
            )
        )
        return [({**hit["entity"], "id": hit["id"]}, float(hit["distance"])) for hit in hits]

    def count(self, collection: str, where: str, consistency: Consistency) -> int:
        """How many rows an expression is true of."""
        (row,) = self._tell(
            lambda: self._client.query(collection, filter=where, output_fields=["count(*)"], timeout=_PATIENCE, consistency_level=consistency)
        )
        return int(row["count(*)"])

    def put(self, collection: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes rows, in place of those with the same key. Each call of the server takes some of them, or none."""
        dummy = {} if collection.startswith(PASSAGES) else {"nothing": [0.0, 0.0]}
        left = iter(rows)
        while part := [{**row, **dummy} for row in islice(left, _AT_ONCE)]:
            self._tell(lambda part=part: self._client.upsert(collection, part, timeout=_PATIENCE))  # type: ignore[misc]

    def drop_rows(self, collection: str, where: str) -> None:
        """Takes out the rows that an expression is true of."""
        self._tell(lambda: self._client.delete(collection, filter=where, timeout=10 * _PATIENCE))

    def drop(self, collection: str) -> None:
        """Takes out a collection."""
        self._tell(lambda: self._client.drop_collection(collection, timeout=_PATIENCE))

    def settle(self, collection: str) -> None:
        """Lets the server put what was written of late into its search structures; one that would rather not yet may wait."""
        with suppress(UserError):  # what is right does not hang on it
            self._tell(lambda: self._client.flush(collection, timeout=_PATIENCE))


def _reasons(error: BaseException | None) -> list[str]:
    """What an error says, and those it was raised from: the innermost, which comes last, knows what the server has said."""
    said, seen = [], set[int]()
    while error is not None and id(error) not in seen:  # pymilvus raises errors from themselves
        seen.add(id(error))
        told = error.details() if hasattr(error, "details") else getattr(error, "message", "") or str(error)
        said += [str(told)] if told else []
        error = error.__cause__ or error.__context__
    return said or ["no reason given"]


def _vector_kind(passages: int) -> dict[str, Any]:
    if passages < MANY:
        return {"index_type": "FLAT", "metric_type": "IP"}
    return {"index_type": "HNSW", "metric_type": "IP", "params": {"M": 16, "efConstruction": 200}}


def in_parts(key: str, text: str) -> list[tuple[str, str]]:
    """A text cut so that each part fits into a field: the keys of its rows, which tell how many there are, and the parts."""
    step = LONGEST // 4
    parts = [text[start : start + step] for start in range(0, len(text), step)] or [""]
    return [(f"{key}/{number}/{len(parts)}", part) for number, part in enumerate(parts)]


def joined(rows: Iterable[Row]) -> dict[str, str]:
    """The texts of rows with `in_parts`' keys, those of which every part is there, by the key they were cut under."""
    parts: dict[str, dict[int, str]] = {}
    for row in rows:
        key, number, of = row["key"].rsplit("/", 2)
        parts.setdefault(f"{key}/{of}", {})[int(number)] = row.get("value", "")
    whole = {key: pieces for key, pieces in parts.items() if len(pieces) == int(key.rpartition("/")[2])}
    return {key.rpartition("/")[0]: "".join(text for _, text in sorted(pieces.items())) for key, pieces in whole.items()}


def cut(text: str) -> str:
    """A text that fits into a field and can be written: the whole of it, but for what nobody could read in one piece."""
    kept = text.encode("utf-8", "replace")[: LONGEST - 1]
    return kept.decode("utf-8", "ignore")
