"""The tables of a store on a Milvus server, as far as they are needed to change it.

Knows how rows become the tables of a store in a folder, in a temporary file: what is known of every article but its contents and
passages; what is asked of them beyond that is fetched. Does not know how a change is written: index.milvus_writer does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple

import apsw
import numpy as np

from index import truth
from index.cluster import ARTICLES, FILES, NEVER, PASSAGES, STATE, STATISTICS, TEXTS, Cluster, Row
from index.errors import UserError
from index.generations import NOTHING, read_state
from index.milvus import whole_articles
from index.milvus_rows import file_states
from index.records import Article, Cleaned, Passage
from index.shards import LANES, Shard
from index.truth import ARTICLE_COLUMNS
from index.writer import FileState, Writer, second_id

EVERY = frozenset(range(LANES))  # what a run without shards writes
_KNOWN = ["row", "id", "key", "path", "hash", "said", "story", "digits_lost", "damage", "document", "passages", "taken", "apart", "more", "lane"]
_SCRATCH = """
CREATE TABLE elsewhere (article TEXT PRIMARY KEY, row INTEGER NOT NULL, key TEXT NOT NULL, lane INTEGER NOT NULL, passages INTEGER NOT NULL,
                        apart INTEGER NOT NULL, story TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0);
CREATE TABLE made_with (key TEXT NOT NULL, article TEXT NOT NULL);
"""


class MilvusTables(Writer):
    """The tables of a Milvus store, as far as they are needed to change it."""

    def __init__(self, cluster: Cluster, database: apsw.Connection, shard: Shard | None, held: Callable[[], bool]) -> None:
        """Fills the tables, which must be there and empty; `held` tells whether the lanes are still held."""
        self._held = held
        self._cluster, self._apart = cluster, shard is not None
        self._lanes = shard.lanes if shard else EVERY
        self._server = read_state(cluster, "Strong") or NOTHING
        made = self._server.settings
        super().__init__(database, truth.State(self._server.generation, "", made.model, made.fingerprint, made.dimension, made.pipeline))
        # Ids of rows tell the time, so that no two runs ever give the same; and the shard, since shards may begin at once.
        self._ids = (int(time.time() * 1000) << 20) + (shard.number - 1 if shard else 0)
        self._touched: set[str] = set()  # articles whose row is no longer that on the server
        self._put: set[str] = set()  # of these, those whose contents are new
        self._bare: set[str] = set()  # articles of which only the row is here
        self._seen: set[str] = set()  # files of which something else is remembered
        self._paired: set[str] = set()  # words that were found to tell the same as others
        for collection in (STATE, FILES, ARTICLES, TEXTS, STATISTICS):
            cluster.make(collection)
        database.execute(_SCRATCH)
        self._mend()
        self._load()

    def _ours(self, told: str) -> str:
        """An expression on rows of our lanes; {g} in it is the generation that counts in theirs."""
        known = dict(self._server.lanes)
        lanes: dict[int, list[int]] = {}
        for lane in sorted(self._lanes):
            lanes.setdefault(known[lane].generation if lane in known else 0, []).append(lane)
        return "(" + " or ".join(f"(lane in {own} and {told.format(g=g)})" for g, own in sorted(lanes.items())) + ")"

    def _living(self) -> list[str]:
        """The collections whose rows have a beginning and an end."""
        return [ARTICLES, STATISTICS, *(name for name in self._cluster.collections() if name.startswith(PASSAGES))]

    def _mend(self) -> None:
        """Takes out what a writer left that was broken off, and gives back what it had put an end to."""
        for collection in self._living():
            self._cluster.drop_rows(collection, self._ours("born > {g}"))
            self._rewrite(collection, self._ours("gone > {g} and gone < " + str(NEVER)), {"gone": NEVER})

    def _rewrite(self, collection: str, where: str, changed: Mapping[str, object]) -> None:
        rows = list(self._cluster.rows(collection, where, ["*"], "Strong"))
        self._cluster.put(collection, ({**row, **changed} for row in rows))

    def _load(self) -> None:
        """Fills the tables with what is known of all articles, and of the files of our lanes."""
        for file in file_states(self._cluster.rows(FILES, f"lane in {sorted(self._lanes)}", ["key", "value"], "Strong")):
            super().see(file)
        if not self._server.lanes:
            return
        execute, many = self._database.execute, self._database.executemany
        for row in self._cluster.rows(ARTICLES, self._server.where, _KNOWN, "Strong"):
            name, more = row["id"], json.loads(row["more"])
            if self._rows("SELECT 1 FROM elsewhere WHERE article = ?", (name,)):
                name = self._renamed(row)
            execute(
                f"INSERT INTO articles ({ARTICLE_COLUMNS}, hash, said, story, digits_lost, damage, bands)"
                " VALUES (?, ?, '', '', '', '', '', '', '', 0, ?, '[]', '[]', ?, ?, ?, ?, ?, ?)",
                (name, *(row[c] for c in ("path", "document", "hash", "said", "story", "digits_lost", "damage")), json.dumps(more["bands"])),
            )
            execute(
                "INSERT INTO elsewhere (article, row, key, lane, passages, apart, story) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (name, *(row[column] for column in ("row", "key", "lane", "passages", "apart", "story"))),
            )
            many("INSERT INTO edge_lines VALUES (?, ?, ?)", ((name, key, body) for key, body in more["edges"].items()))
            many("INSERT INTO made_with VALUES (?, ?)", ((key, name) for key in more["made_with"]))
            many("INSERT OR IGNORE INTO bands VALUES (?, ?)", ((key, row["said"]) for key in more["bands"]))
            many("INSERT OR IGNORE INTO alike VALUES (?, ?)", ((min(row["said"], other), max(row["said"], other)) for other in more["alike"]))
            self._bare.add(name)
        # A run that was broken off right after its commit has not remembered its files: those that are gone since must be missed.
        packed = "substr(articles.path, 1, length(files.path) + 1) = files.path || '/'"
        unknown = f"SELECT 1 FROM files WHERE files.path = articles.path OR {packed}"
        query = f"SELECT articles.path FROM articles JOIN elsewhere ON article = id WHERE lane IN {listed(self._lanes)} AND NOT EXISTS ({unknown})"
        for (path,) in self._rows(query):
            super().see(FileState(path, -1, 0, 0, "", "[]"))

    def _renamed(self, row: Row) -> str:
        """A name for an article whose id another shard gave as well, meanwhile. Its file is read again, and the article gets that name."""
        row["hash"] = ""
        packed = "substr(?, 1, length(path) + 1) = path || '/'"
        for (path,) in self._rows(f"SELECT path FROM files WHERE path = ? OR {packed}", (row["path"], row["path"])):
            self._database.execute("UPDATE files SET size = -1, hash = '' WHERE path = ?", (path,))
        return second_id(row["id"], row["path"])

    def counts(self) -> tuple[int, int]:
        """(articles, passages) as they would be after a commit."""
        articles, passages = super().counts()
        ((elsewhere,),) = self._rows("SELECT coalesce(sum(passages), 0) FROM elsewhere WHERE NOT dropped")
        return articles, passages + elsewhere

    def article(self, article: str) -> Article | None:
        """The article with this id."""
        self.expect([article])
        return super().article(article)

    def expect(self, articles: Sequence[str]) -> None:
        """Says which articles will be asked for next, for those stores that fetch many as fast as one."""
        if bare := [name for name in articles if name in self._bare]:
            keys = {name: self._rows("SELECT key FROM elsewhere WHERE article = ?", (name,))[0][0] for name in bare}
            whole = whole_articles(self._cluster, set(keys.values()))
            for name, key in keys.items():
                self._fill(name, whole.get(key))

    def _fill(self, article: str, found: Article | None) -> None:
        if found is None:
            raise UserError(
                f"{self._cluster.address}: damaged (the text of an article is not there).", "Drop the collections zhiwen_… and index anew."
            )
        names, values = ARTICLE_COLUMNS.split(", "), astuple(found)
        # Its id and its row in a table are known better here.
        told = {name: value for name, value in zip(names, values, strict=True) if name not in ("id", "document")}
        written = [json.dumps(value) if isinstance(value, tuple) else value for value in told.values()]
        self._database.execute(f"UPDATE articles SET ({', '.join(told)}) = ({', '.join('?' * len(told))}) WHERE id = ?", (*written, article))
        self._bare.discard(article)

    def article_ids(self) -> list[str]:
        """The ids of all articles of our lanes, ordered by path and id."""
        if self._lanes == EVERY:
            return super().article_ids()
        query = f"SELECT id FROM articles LEFT JOIN elsewhere ON article = id WHERE lane IS NULL OR lane IN {listed(self._lanes)} ORDER BY path, id"
        return [row[0] for row in self._rows(query)]

    def speechless(self) -> list[tuple[str, str]]:
        """(path, id) of articles without a passage, ordered."""
        ours = set(self.article_ids())
        elsewhere = "SELECT 1 FROM elsewhere WHERE article = articles.id AND passages > 0 AND NOT dropped"
        query = f"SELECT path, id FROM articles WHERE NOT EXISTS (SELECT 1 FROM passages WHERE article = articles.id) AND NOT EXISTS ({elsewhere})"
        return sorted((path, article) for path, article in self._rows(query) if article in ours)

    def one_saying(self, said: str) -> Article | None:
        """An article with these words."""
        rows = self._rows("SELECT id FROM articles WHERE said = ? ORDER BY id LIMIT 1", (said,))
        return self.article(rows[0][0]) if rows else None

    def vectors(self, hashes: Sequence[str]) -> dict[str, bytes]:
        """The vectors already known for these passage hashes."""
        found = super().vectors(hashes)
        if self._server.lanes and (missing := [digest for digest in hashes if digest not in found]):
            for row in self._cluster.among(self._server.settings.passages, "hash", missing, ["hash", "vector"], "Strong"):
                found[row["hash"]] = np.array(row["vector"], np.float32).tobytes()
        return found

    def made_with(self) -> dict[str, list[str]]:
        """What `recurring_lines` said when the passages in the store were made."""
        found: dict[str, list[str]] = {}
        for key, article in self._rows("SELECT key, article FROM made_with ORDER BY key, article"):
            found.setdefault(key, []).append(article)
        return found

    def unsettled(self) -> list[tuple[str, str]] | None:
        """Pairs of words that may tell the same and were never compared, since shards did not know each other's; None if all is known."""
        if self._apart or not self._rows("SELECT 1 FROM elsewhere WHERE apart LIMIT 1"):
            return None
        apart = "(SELECT said FROM articles JOIN elsewhere ON article = id WHERE apart)"
        query = (
            "SELECT DISTINCT one.said, other.said FROM bands AS one JOIN bands AS other ON one.key = other.key AND one.said < other.said"
            f" WHERE (one.said IN {apart} OR other.said IN {apart}) AND (one.said, other.said) NOT IN (SELECT a, b FROM alike) ORDER BY 1, 2"
        )
        return [(one, other) for one, other in self._rows(query)]

    def has_probes(self) -> bool:
        """Whether there is something to try a large vector leg by: the server sees to its own."""
        return True

    def see(self, state: FileState) -> None:
        """Remembers a file."""
        self._seen.add(state.path)
        super().see(state)

    def forget(self, path: str) -> None:
        """Forgets a file (its articles are removed one by one)."""
        self._seen.add(path)
        super().forget(path)

    def put_article(self, article: Article, content_hash: str, edge_lines: Iterable[str], body: str) -> None:
        """Takes in an article, or its new contents, without passages yet. `body` tells articles apart, copies not."""
        super().put_article(article, content_hash, edge_lines, body)
        self._put.add(article.id)

    def put_row(self, article: str, digest: str) -> None:
        """Remembers from which row an article was made that is as it was."""
        super().put_row(article, digest)
        self._touched.add(article)

    def remove_article(self, article: str) -> None:
        """Takes an article out, with its passages."""
        super().remove_article(article)
        self._touched.add(article)
        self._bare.discard(article)
        self._put.discard(article)

    def put_passages(self, article: Article, cleaned: Cleaned, said: str, passages: Sequence[tuple[Passage, str, bytes]]) -> None:
        """The passages of an article, each with its hash and vector (float32 bytes), in place of those it had."""
        super().put_passages(article, cleaned, said, passages)
        self._touched.add(article.id)

    def put_alike(self, said: str, other: str) -> None:
        """Remembers that two articles' words tell the same."""
        super().put_alike(said, other)
        self._paired |= {said, other}

    def _drop_passages(self, article: str) -> None:
        super()._drop_passages(article)
        self._database.execute("UPDATE elsewhere SET dropped = 1 WHERE article = ?", (article,))


def listed(numbers: Iterable[int]) -> str:
    """Numbers for SQL's IN."""
    return "(" + ", ".join(map(str, sorted(numbers))) + ")"
