"""Fill the tables of a writer from a Milvus server, and fetch what they lack.

Knows how rows of the server become the tables of a store in a folder, in a temporary file: every article without its
text and its passages, and the files of this writer's lanes. Does not know how a change is written:
index.milvus.writer does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

import apsw
import numpy as np

from index.errors import UserError
from index.milvus.cluster import ARTICLES, FILES, NO_END, PASSAGES, STATE, STATISTICS, TEXTS, Cluster, Row
from index.milvus.generations import EMPTY_STORE, read_state
from index.milvus.rows import file_states
from index.milvus.shards import ALL_LANES, Shard
from index.milvus.store import whole_articles
from index.records import Article
from index.store import database
from index.store.database import ARTICLE_COLUMNS
from index.store.writer import FileState, second_id

_COLUMNS = ["row", "id", "key", "path", "hash", "text_hash", "duplicate_group", "digits_lost", "damage", "document"]
_FIELDS = [*_COLUMNS, "passages", "taken", "apart", "more", "lane"]
# `server_rows` holds one row for every article of the last generation, `lines_before` its recurring lines.
_SCRATCH = """
CREATE TABLE server_rows (article TEXT PRIMARY KEY, row INTEGER NOT NULL, key TEXT NOT NULL, lane INTEGER NOT NULL,
                          passages INTEGER NOT NULL, apart INTEGER NOT NULL, duplicate_group TEXT NOT NULL);
CREATE TABLE lines_before (key TEXT NOT NULL, article TEXT NOT NULL);
"""
_PACKED = "substr(articles.path, 1, length(files.path) + 1) = files.path || '/'"


class ServerTables:
    """The Remote of a store on a Milvus server (see index.store.writer)."""

    needs_probes = False  # the server tunes its own vector index

    def __init__(self, cluster: Cluster, connection: apsw.Connection, shard: Shard | None) -> None:
        """Fill the empty tables of database.SCHEMA in `connection`. Raises UserError if the server fails."""
        self.cluster, self.is_shard = cluster, shard is not None
        self.lanes = shard.lanes if shard else ALL_LANES
        self.server = read_state(cluster, "Strong") or EMPTY_STORE  # as this writer knows it
        self._connection = connection
        self._without_text: set[str] = set()  # ids of articles whose row in `articles` has no text yet
        for collection in (STATE, FILES, ARTICLES, TEXTS, STATISTICS):
            cluster.make(collection)
        connection.execute(_SCRATCH)
        self._repair()
        self._load()

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        return database.rows(self._connection, query, values)

    def own_lanes(self, condition: str) -> str:
        """Return an expression: rows of this writer's lanes for which `condition` holds.

        {g} in the condition is the newest generation of the row's lane.
        """
        known = dict(self.server.lanes)
        lanes: dict[int, list[int]] = {}
        for lane in sorted(self.lanes):
            lanes.setdefault(known[lane].generation if lane in known else 0, []).append(lane)
        return (
            "(" + " or ".join(f"(lane in {own} and {condition.format(g=g)})" for g, own in sorted(lanes.items())) + ")"
        )

    def _repair(self) -> None:
        """Remove the rows that an interrupted writer added, and restore those that it had ended."""
        passages = (name for name in self.cluster.collections() if name.startswith(PASSAGES))
        for collection in (ARTICLES, STATISTICS, *passages):
            self.cluster.drop_rows(collection, self.own_lanes("born > {g}"))
            ended = self.own_lanes(f"gone > {{g}} and gone < {NO_END}")
            self.cluster.change_rows(collection, ended, {"gone": NO_END})

    def reload(self) -> None:
        """Fill the tables again, from the generation that `server` names now."""
        for table in ("articles", "server_rows", "lines_before"):
            self._connection.execute(f"DELETE FROM {table}")
        self._load()

    def _load(self) -> None:
        """Fill the tables with all articles and with the files of this writer's lanes."""
        lanes = f"lane in {sorted(self.lanes)}"
        for file in file_states(self.cluster.rows(FILES, lanes, ["key", "value"], "Strong")):
            self._put_file(file)
        if not self.server.lanes:
            return
        for row in self.cluster.rows(ARTICLES, self.server.where, _FIELDS, "Strong"):
            self._load_article(row)
        # A run that was interrupted right after its commit has not remembered its files. Remember them as unread, so
        # that the next run removes the articles of those that have vanished.
        query = (
            "SELECT articles.path FROM articles JOIN server_rows ON article = id"
            f" WHERE lane IN {sql_list(self.lanes)}"
            f" AND NOT EXISTS (SELECT 1 FROM files WHERE files.path = articles.path OR {_PACKED})"
        )
        for (path,) in self._rows(query):
            self._put_file(FileState(path, -1, 0, 0, "", "[]"))

    def _put_file(self, file: FileState) -> None:
        self._connection.execute(database.PUT_FILE, astuple(file))

    def _load_article(self, row: Row) -> None:
        execute, many = self._connection.execute, self._connection.executemany
        name, more = row["id"], json.loads(row["more"])
        if self._rows("SELECT 1 FROM server_rows WHERE article = ?", (name,)):
            name = self._rename(row)
        bands, text_hash = more["bands"], row["text_hash"]
        columns = ("path", "document", "hash", "text_hash", "duplicate_group", "digits_lost", "damage")
        execute(
            f"INSERT INTO articles ({ARTICLE_COLUMNS}, hash, text_hash, duplicate_group, digits_lost, damage, bands)"
            " VALUES (?, ?, '', '', '', '', '', '', '', 0, ?, '[]', '[]', ?, ?, ?, ?, ?, ?)",
            (name, *(row[column] for column in columns), json.dumps(bands)),
        )
        execute(
            "INSERT INTO server_rows (article, row, key, lane, passages, apart, duplicate_group)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, *(row[column] for column in ("row", "key", "lane", "passages", "apart", "duplicate_group"))),
        )
        many("INSERT INTO edge_lines VALUES (?, ?, ?)", ((name, key, body) for key, body in more["edges"].items()))
        many("INSERT INTO lines_before VALUES (?, ?)", ((key, name) for key in more["recurring_lines_before"]))
        many("INSERT OR IGNORE INTO bands VALUES (?, ?)", ((key, text_hash) for key in bands))
        many(
            "INSERT OR IGNORE INTO near_duplicates VALUES (?, ?)",
            ((min(text_hash, other), max(text_hash, other)) for other in more["near_duplicates"]),
        )
        self._without_text.add(name)

    def _rename(self, row: Row) -> str:
        """Return a second id for an article whose id another shard has used too.

        The article's file is marked as unread, so that the next run stores the article under this id.
        """
        row["hash"] = ""
        packed = "substr(?, 1, length(path) + 1) = path || '/'"
        for (path,) in self._rows(f"SELECT path FROM files WHERE path = ? OR {packed}", (row["path"], row["path"])):
            self._connection.execute("UPDATE files SET size = -1, hash = '' WHERE path = ?", (path,))
        return second_id(row["id"], row["path"])

    def fetch(self, articles: Sequence[str]) -> None:
        """Fetch the texts of these articles, where they are not here yet. Raises UserError if a text is missing."""
        query = "SELECT key FROM server_rows JOIN articles ON id = article WHERE article = ?"
        keys = {name: key for name in articles if name in self._without_text for (key,) in self._rows(query, (name,))}
        if not keys:
            return
        whole = whole_articles(self.cluster, set(keys.values()))
        for name, key in keys.items():
            if key not in whole:
                raise UserError("milvus.missing_text", address=self.cluster.address)
            self._complete(name, whole[key])

    def _complete(self, name: str, article: Article) -> None:
        """Write an article's columns into its row, but for its id and document, which the row knows better."""
        columns = dict(zip(ARTICLE_COLUMNS.split(", "), astuple(article), strict=True))
        del columns["id"], columns["document"]
        values = [json.dumps(value) if isinstance(value, tuple) else value for value in columns.values()]
        self._connection.execute(
            f"UPDATE articles SET ({', '.join(columns)}) = ({', '.join('?' * len(columns))}) WHERE id = ?",
            (*values, name),
        )
        self._without_text.discard(name)

    def vectors(self, hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Return passage hash → vector (float32 bytes) of those of these passages that the server has."""
        if not self.server.lanes:
            return {}
        collection = self.server.settings.passages
        rows = self.cluster.among(collection, "hash", hashes, ["hash", "vector"], "Strong")
        return {row["hash"]: np.array(row["vector"], np.float32).tobytes() for row in rows}

    def passages(self) -> Mapping[str, int]:
        """Return article id → how many passages the server has of it."""
        return dict(self._rows("SELECT article, passages FROM server_rows"))

    def foreign_articles(self) -> Collection[str]:
        """Return the ids of the articles in other shards' lanes."""
        if self.lanes == ALL_LANES:
            return frozenset()
        query = f"SELECT article FROM server_rows WHERE lane NOT IN {sql_list(self.lanes)}"
        return {row[0] for row in self._rows(query)}

    def recurring_lines_before(self) -> dict[str, list[str]] | None:
        """Return key → article ids of the lines that recurred when the passages on the server were made."""
        return database.grouped(self._rows("SELECT key, article FROM lines_before ORDER BY key, article"))

    def uncompared_pairs(self) -> list[tuple[str, str]] | None:
        """Return the pairs of text hashes that shards could not compare; None if there is none, or for a shard."""
        if self.is_shard or not self._rows("SELECT 1 FROM server_rows WHERE apart LIMIT 1"):
            return None
        apart = "(SELECT text_hash FROM articles JOIN server_rows ON article = id WHERE apart)"
        query = (
            "SELECT DISTINCT one.text_hash, other.text_hash FROM bands AS one"
            " JOIN bands AS other ON one.key = other.key AND one.text_hash < other.text_hash"
            f" WHERE (one.text_hash IN {apart} OR other.text_hash IN {apart})"
            " AND (one.text_hash, other.text_hash) NOT IN (SELECT a, b FROM near_duplicates) ORDER BY 1, 2"
        )
        return [(one, other) for one, other in self._rows(query)]


def sql_list(numbers: Iterable[int]) -> str:
    """Return numbers as SQL writes them after IN."""
    return "(" + ", ".join(map(str, sorted(numbers))) + ")"
