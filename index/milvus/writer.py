"""Make the next generation of a store on a Milvus server, so that no reader sees half of one.

Knows which rows a change consists of and in which order they are written. Does not know how articles and passages are
made.

    1  Write the texts, rows and statistics of the next generation, and end the old rows. No reader counts them yet.
    2  Write the state, in one upsert. From now on the new generation counts.
    3  Write what is remembered of files, and remove the rows that no reader can ask for any more.

If a run is interrupted before step 2, nothing has changed, and the next writer removes the leftovers. If it is
interrupted later, the next run does the rest.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from index.errors import UserError
from index.milvus.bm25 import TermCounts
from index.milvus.cluster import ARTICLES, FILES, MANY, NO_END, PASSAGES, STATE, STATISTICS, TEXTS, Cluster, Row
from index.milvus.encoded import copy_vectors, remove_ended
from index.milvus.frequencies import Change, segments
from index.milvus.generations import EMPTY_STORE, Lane, Settings, overlap_row, passages_of, read_state
from index.milvus.leases import hold_lanes
from index.milvus.rows import (
    ArticleRecord,
    PassageRecord,
    article_columns,
    file_key,
    file_rows,
    passage_rows,
    text_rows,
)
from index.milvus.shards import ALL_LANES, LANES, Shard, lane_of
from index.milvus.store import MilvusStore
from index.milvus.tables import ServerTables, sql_list
from index.progress import track
from index.records import Article, without_spans
from index.store import database
from index.store.address import MilvusAddress
from index.store.database import MadeWith, StoreState, spans
from index.store.overlap import SAMPLED, overlap
from index.store.writer import Changes, Committed, FileState, Writer

_NEW_LANE = Lane(0, "", 0.0, ())
_SEGMENTS = 8  # of statistics; more are joined
_AT_ONCE = 200  # articles, or files, whose rows are written together


class MilvusCommits:
    """The Commits of a store on a Milvus server. `tables` has filled the tables of `connection`."""

    def __init__(
        self, tables: ServerTables, connection: apsw.Connection, still_held: Callable[[], bool], first_id: int
    ) -> None:
        """Take over tables that are filled.

        `still_held` returns whether the lanes are still held. New rows are numbered from `first_id` on, in steps of
        LANES.
        """
        self._tables, self._cluster, self._lanes = tables, tables.cluster, tables.lanes
        self._connection, self._still_held, self._first_id = connection, still_held, first_id

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        return database.rows(self._connection, query, values)

    def limit_record(self) -> None:
        """Do nothing: the server keeps the generation before by itself."""

    def take_over(self, writer: Writer, folder: Path) -> Committed:
        """Copy the store in a folder and commit it. Raises UserError if there is a store on the server already."""
        with database.readable(folder), closing(database.connect(folder, write=False)) as connection:
            state = database.state(folder, connection)
            if state is None:
                raise database.NoStore(folder)
            if self._tables.server.lanes:
                raise UserError("milvus.store_exists", address=self._cluster.address)
            self._connection.execute("ATTACH DATABASE ? AS other", (str(folder / "zhiwen.sqlite"),))
            for table in ("files", "articles", "passages", "edge_lines", "bands", "near_duplicates"):
                self._connection.execute(f"INSERT INTO main.{table} SELECT * FROM other.{table}")
            self._connection.execute("DETACH DATABASE other")
            copy_vectors(self._cluster, connection)
        writer.changes.articles = set(writer.article_ids())
        writer.changes.contents = set(writer.changes.articles)
        writer.changes.files = set(writer.files())
        return self.commit(writer, state.made_with)

    def commit(self, writer: Writer, made_with: MadeWith) -> Committed:
        """Write a new generation, in the three steps above."""
        before, collection = self._tables.server.settings, passages_of(made_with.fingerprint)
        newest = read_state(self._cluster, "Strong") or EMPTY_STORE
        self._demand_unchanged(made_with.fingerprint)
        if before.passages not in ("", collection) and collection in self._cluster.collections():
            self._cluster.drop(collection)  # left from an earlier use of this model: its rows would count again
        # A shard does not know how many passages the other shards will add.
        expected = MANY if self._tables.is_shard else writer.counts()[1]
        self._cluster.make(collection, made_with.dimension, expected)
        new_collection = collection != before.passages
        born, change = newest.generation + 1, Change()
        averages = self._count(
            writer, change, newest.settings.averages if collection == newest.settings.passages else None
        )
        touched = self._touched(writer.changes)
        old_rows = self._end_articles(touched, born)
        change.articles += writer.counts()[0] - len(self._rows("SELECT 1 FROM server_rows"))
        removed = 0 if new_collection else self._end_passages(writer.changes, collection, born, change)
        self._put_rows(writer, touched, old_rows, born, collection, averages)
        self._put_statistics(born, change, articles=writer.counts()[0] if new_collection else None)
        for name in (ARTICLES, TEXTS, STATISTICS, collection):
            self._cluster.settle(name)
        settings = Settings(
            made_with.model,
            made_with.fingerprint,
            made_with.dimension,
            made_with.pipeline,
            collection,
            before.passages if new_collection else "",
            averages,
        )
        return Committed(self._publish(writer, born, settings, self._lanes), (removed, removed, removed))

    def _count(self, writer: Writer, change: Change, averages: tuple[float, float] | None) -> tuple[float, float]:
        """Count the terms of all new passages into a change, and return the average lengths for their vectors.

        The averages of the first commit of a collection stay; without any (None), they are those of the new passages.
        """
        for (name,) in self._rows("SELECT DISTINCT article FROM passages ORDER BY article"):
            for passage in self._new_passages(self._article(writer, name), 0):
                change.count(passage.terms, 1)
        return averages or (change.text / max(1, change.passages), change.title / max(1, change.passages))

    def _article(self, writer: Writer, name: str) -> Article:
        article = writer.article(name)
        if article is None:
            raise UserError("milvus.missing_text", address=self._cluster.address)
        return article

    def _new_passages(self, article: Article, first_id: int) -> Iterator[PassageRecord]:
        query = "SELECT id, start, end, removed, hash, vector FROM passages WHERE article = ? ORDER BY id"
        for passage, start, end, removed, digest, vector in self._rows(query, (article.id,)):
            counted = TermCounts.of(article.title, without_spans(article.text[start:end], spans(removed)))
            yield PassageRecord(first_id + LANES * passage, start, end, removed, digest, vector, counted)

    def _touched(self, changes: Changes) -> set[str]:
        """Return the ids of all articles whose row changes, with those that only joined or left a group."""
        touched = set(changes.articles)
        regrouped = "articles.duplicate_group != server_rows.duplicate_group"
        query = f"SELECT id FROM articles JOIN server_rows ON article = id WHERE {regrouped}"
        touched |= {row[0] for row in self._rows(query)}
        for text_hash in changes.paired:
            touched |= {row[0] for row in self._rows("SELECT id FROM articles WHERE text_hash = ?", (text_hash,))}
        if not self._tables.is_shard:
            touched |= {row[0] for row in self._rows("SELECT article FROM server_rows WHERE apart")}
        # The next run without shards writes the rows in other lanes.
        own = {row[0] for row in self._rows(f"SELECT article FROM server_rows WHERE lane IN {sql_list(self._lanes)}")}
        return touched & (own | changes.contents)

    def _end_articles(self, touched: Collection[str], born: int) -> dict[int, Row]:
        """End the rows of articles that are replaced or removed, and return them by their number."""
        numbers = dict(self._rows("SELECT article, row FROM server_rows"))
        ended = [numbers[name] for name in sorted(touched) if name in numbers]
        rows = self._cluster.among(ARTICLES, "row", ended, ["*"], "Strong")
        self._cluster.put(ARTICLES, ({**row, "gone": born} for row in rows))
        return {row["row"]: row for row in rows}

    def _end_passages(self, changes: Changes, collection: str, born: int, change: Change) -> int:
        """End the rows of removed passages, take their terms out of the statistics, and return how many they are."""
        stored = self._rows("SELECT article, key FROM server_rows WHERE passages ORDER BY article")
        keys, count = [key for name, key in stored if name in changes.cleared], 0
        for start in range(0, len(keys), _AT_ONCE):
            part, where = keys[start : start + _AT_ONCE], self._tables.server.where
            rows = self._cluster.among(collection, "key", part, ["*"], "Strong", where)
            for row in rows:
                change.count(TermCounts.of(row["title"], without_spans(row["text"], spans(row["removed"]))), -1)
            self._cluster.put(collection, ({**row, "gone": born} for row in rows))
            count += len(rows)
        return count

    def _put_rows(
        self,
        writer: Writer,
        touched: Collection[str],
        old_rows: dict[int, Row],
        born: int,
        collection: str,
        averages: tuple[float, float],
    ) -> None:
        """Write the rows of all articles that were touched and are still there, and all new passages."""
        changes, first = writer.changes, self._first_id
        present = [row[0] for row in self._rows("SELECT id FROM articles ORDER BY path, id") if row[0] in touched]
        recurring = _by_article(writer.recurring_lines())
        server_rows = {
            name: (row, lane, 0 if name in changes.cleared else passages)
            for name, row, lane, passages in self._rows("SELECT article, row, lane, passages FROM server_rows")
        }
        for start in track(range(0, len(present), _AT_ONCE), "progress.writing"):
            texts: list[Row] = []
            passages: list[Row] = []
            articles: list[Row] = []
            for place, name in enumerate(present[start : start + _AT_ONCE], start + 1):
                old_row, lane, kept = server_rows.get(name, (0, -1, 0))
                is_new = name in changes.contents
                if is_new or lane < 0:
                    lane = lane_of(self._file(name)[0])
                row = first + LANES * place
                columns = self._record(name, kept, recurring.get(name, [])).columns()
                if is_new or self._rows("SELECT 1 FROM passages WHERE article = ? LIMIT 1", (name,)):
                    article = self._article(writer, name)
                    key, parts = text_rows(article)
                    texts += parts
                    made = list(self._new_passages(article, first))
                    passages += passage_rows(article, key, made, averages, lane, born)
                    columns |= article_columns(article, key)
                else:
                    columns = old_rows[old_row] | columns
                taken = row if is_new else old_rows[old_row]["taken"]
                articles.append({**columns, "row": row, "taken": taken, "lane": lane, "born": born, "gone": NO_END})
            self._cluster.put(TEXTS, texts)
            self._cluster.put(collection, passages)
            self._cluster.put(ARTICLES, articles)

    def _record(self, name: str, kept: int, recurring: Sequence[str]) -> ArticleRecord:
        """Return what is stored of an article beside its contents; `kept` of its passages are on the server already."""
        query = "SELECT hash, text_hash, duplicate_group, digits_lost, damage, bands FROM articles WHERE id = ?"
        ((digest, text_hash, group, digits_lost, damage, bands),) = self._rows(query, (name,))
        pairs = self._rows(
            "SELECT a, b FROM near_duplicates WHERE a = ? OR b = ? ORDER BY a, b", (text_hash, text_hash)
        )
        ((added,),) = self._rows("SELECT count(*) FROM passages WHERE article = ?", (name,))
        return ArticleRecord(
            hash=digest,
            text_hash=text_hash,
            duplicate_group=group,
            digits_lost=digits_lost,
            damage=damage,
            bands=json.loads(bands) if bands else [],
            edges=dict(self._rows("SELECT key, body FROM edge_lines WHERE article = ? ORDER BY key", (name,))),
            near_duplicates=[other if one == text_hash else one for one, other in pairs],
            recurring_lines_before=recurring,
            passages=added + kept,
            apart=self._tables.is_shard,
            file=self._file(name),
        )

    def _file(self, name: str) -> tuple[str, str]:
        """Return the file an article came from, which may be an archive it was packed in, and its SHA-256."""
        ((path,),) = self._rows("SELECT path FROM articles WHERE id = ?", (name,))
        for step in (path, *(path[:place] for place in range(len(path) - 1, 0, -1) if path[place] == "/")):
            if files := self._rows("SELECT path, hash FROM files WHERE path = ?", (step,)):
                return str(files[0][0]), str(files[0][1])
        return path, ""

    def _put_statistics(self, born: int, change: Change, *, articles: int | None) -> None:
        """Write how many passages hold each term: the change, or with `articles` (the number of all) all again."""
        own = []
        if self._tables.server.lanes:
            living = self._tables.own_lanes(f"born <= {{g}} and gone >= {NO_END}")
            own = segments(self._cluster, living, "Strong")
        if articles is not None or (len(own) >= _SEGMENTS and self._lanes == ALL_LANES):
            if articles is not None:
                change.articles = articles
            for segment in own:
                where = f'segment == "{segment.name}"'
                if articles is None:
                    change.join(segment.name, self._cluster.rows(STATISTICS, where, ["key", "value"], "Strong"))
                self._cluster.change_rows(STATISTICS, where, {"gone": born})
        self._cluster.put(STATISTICS, change.rows(min(self._lanes), born))

    def _publish(self, writer: Writer, born: int, settings: Settings, moved: Collection[int]) -> StoreState:
        """Move lanes to generation `born`, the one step that readers see; then do what they do not see."""
        before = self._tables.server
        known = dict(before.lanes)
        lanes = {number: known.get(number, _NEW_LANE).next(born, secrets.token_hex(8), time.time()) for number in moved}
        self._demand_unchanged(settings.fingerprint)
        self._cluster.put(STATE, before.rows(lanes, settings))
        self._tables.server = before.with_lanes(lanes, settings)
        self._keep_files(writer)
        self._sweep()
        self._measure_overlap()
        for collection in (STATE, FILES):
            self._cluster.settle(collection)
        return StoreState(born, "", settings.model, settings.fingerprint, settings.dimension, settings.pipeline)

    def _demand_unchanged(self, fingerprint: str) -> None:
        """Raise UserError if another writer has written to our lanes since they were read, or changed the model."""
        newest = read_state(self._cluster, "Strong") or EMPTY_STORE
        server = self._tables.server
        known, now = dict(server.lanes), dict(newest.lanes)
        moved = any(known.get(lane) != now.get(lane) for lane in self._lanes)
        other_model = newest.lanes and newest.settings.fingerprint not in (server.settings.fingerprint, fingerprint)
        if moved or other_model or not self._still_held():
            raise UserError("milvus.changed_meanwhile", address=self._cluster.address)

    def keep_file_states(self, writer: Writer) -> None:
        """Write what is remembered of files, and the new digests of rows whose articles are unchanged."""
        query = "SELECT row, document FROM server_rows JOIN articles ON article = id WHERE id = ?"
        for name in sorted(writer.changes.articles):
            ((row, document),) = self._rows(query, (name,))
            self._cluster.change_rows(ARTICLES, f"row == {row}", {"document": document})
        self._keep_files(writer)

    def _keep_files(self, writer: Writer) -> None:
        states, paths = writer.files(), sorted(writer.changes.files)
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            rows = [row for path in part if path in states for row in file_rows(states[path])]
            self._cluster.put(FILES, rows)
            files, keys = json.dumps([file_key(path) for path in part]), json.dumps([row["key"] for row in rows])
            self._cluster.drop_rows(FILES, f"file in {files} and key not in {keys}" if rows else f"file in {files}")
        writer.changes.files.clear()

    def _sweep(self) -> None:
        """Remove the rows that ended before the oldest generation that a reader may still have open."""
        server = self._tables.server
        oldest = {number: lane.oldest for number, lane in server.lanes if number in self._lanes and lane.oldest}
        if not oldest:
            return
        lanes = " or ".join(f"(lane == {number} and gone <= {generation})" for number, generation in oldest.items())
        ended = f"({lanes})"
        remove_ended(self._cluster, server.settings.passages, ended, oldest)
        keys = {row["key"] for row in self._cluster.rows(ARTICLES, ended, ["key"], "Strong")}
        for collection in (ARTICLES, STATISTICS, server.settings.passages):
            self._cluster.drop_rows(collection, ended)
        for name in self._cluster.collections():
            if name.startswith(PASSAGES) and name not in (server.settings.passages, server.settings.before):
                self._cluster.drop(name)
        used = {row["key"] for row in self._cluster.among(ARTICLES, "key", keys, ["key"], "Strong")}
        unused = sorted(keys - used)
        for start in range(0, len(unused), _AT_ONCE):
            self._cluster.drop_rows(TEXTS, f"article in {json.dumps(unused[start : start + _AT_ONCE])}")

    def _measure_overlap(self) -> None:
        """Write how much alike the articles are. A failure is ignored: it only makes confidences less exact."""
        with suppress(UserError), MilvusStore(self._cluster.address) as store:
            measured = overlap(
                store.sampled(SAMPLED),
                store.by_terms,
                lambda ids: {i: passage.duplicate_group for i, passage in store.passages(ids).items()},
            )
            self._cluster.put(STATE, [overlap_row(measured)])

    def rollback(self, writer: Writer) -> tuple[Committed, database.Undone]:
        """End the rows of the newest generation, and write those again that it had ended.

        Raises UserError if the generation before is not kept.
        """
        server = self._tables.server
        last = {number: lane for number, lane in server.lanes if lane.generation == server.generation}
        if not last or server.settings.before or any(lane.before == 0 for lane in last.values()):
            raise UserError("milvus.nothing_to_undo", address=self._cluster.address, generation=server.generation)
        born, passages = server.generation + 1, server.settings.passages
        self._undo(STATISTICS, born, last)
        removed, restored = (frozenset(row["id"] for row in rows) for rows in self._undo(passages, born, last))
        new_articles, old_articles = self._undo(ARTICLES, born, last)
        self._remember_files(writer, new_articles, old_articles)
        state = self._publish(writer, born, server.settings, last)
        self._tables.reload()
        gone, back = ({row["number"]: row["key"] for row in rows} for rows in (new_articles, old_articles))
        changed = sum(1 for number in gone.keys() & back.keys() if gone[number] != back[number])
        undone = database.Undone(
            removed, restored, len(gone.keys() - back.keys()), len(back.keys() - gone.keys()), changed
        )
        return Committed(state, (len(removed), len(removed), len(removed))), undone

    def _undo(self, collection: str, born: int, lanes: Collection[int]) -> tuple[list[Row], list[Row]]:
        """Return the rows that the newest generation added, now ended, and those that it ended, written again."""
        within, newest = f"lane in {sorted(lanes)}", self._tables.server.generation
        added = list(
            self._cluster.rows(collection, f"{within} and born == {newest} and gone == {NO_END}", ["*"], "Strong")
        )
        ended = list(self._cluster.rows(collection, f"{within} and gone == {newest}", ["*"], "Strong"))
        self._cluster.put(collection, ({**row, "gone": born} for row in added))
        self._cluster.put(collection, self._copies(collection, ended, born))
        self._cluster.settle(collection)
        return added, ended

    def _remember_files(self, writer: Writer, gone: Sequence[Row], back: Sequence[Row]) -> None:
        """Remember the files of articles that a rollback removed or restored, so that the next run reads them again."""
        hashes: dict[str, str] = dict(json.loads(row["more"])["file"] for row in back)
        removed = {row["id"] for row in gone}
        for path in {json.loads(row["more"])["file"][0] for row in gone} - hashes.keys():
            if writer.articles_of(path).keys() - removed:
                hashes[path] = ""
            else:
                writer.forget_file(path)
        for path, digest in hashes.items():
            writer.remember_file(FileState(path, -1, 0, 0, digest, "[]"))

    def _copies(self, collection: str, rows: Sequence[Row], born: int) -> Iterator[Row]:
        """Copy rows that ended, under keys of their own, to count from generation `born` on."""
        names: dict[str, str] = {}
        for place, row in enumerate(rows, 1):
            copy = {**row, "born": born, "gone": NO_END}
            if collection == STATISTICS:
                copy["segment"] = names.setdefault(row["segment"], secrets.token_hex(8))
                copy["key"] = copy["segment"] + row["key"][len(row["segment"]) :]
            else:
                copy["row" if collection == ARTICLES else "id"] = self._first_id + LANES * place
            yield copy

    def rebuild(self, writer: Writer) -> StoreState:
        """Count all terms again. The server makes its own search structures."""
        server = self._tables.server
        if not server.lanes:
            return writer.state
        born, change = server.generation + 1, Change()
        fields = ["title", "text", "removed"]
        for row in self._cluster.rows(server.settings.passages, server.where, fields, "Strong"):
            change.count(TermCounts.of(row["title"], without_spans(row["text"], spans(row["removed"]))), 1)
        self._put_statistics(born, change, articles=writer.counts()[0])
        return self._publish(writer, born, server.settings, self._lanes)


def _by_article(lines: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return article id → keys, from key → article ids."""
    return database.grouped((name, key) for key, articles in lines.items() for name in articles)


@contextmanager
def writing_milvus(address: MilvusAddress, shard: Shard | None = None) -> Iterator[Writer]:
    """Open the store at an address to change it; make it if there is none. What is not committed at the end is undone.

    Raises UserError if another process is writing the same part, or the server cannot be used.
    """
    cluster = Cluster(address)
    try:
        cluster.make(STATE)
        lanes = shard.lanes if shard else ALL_LANES
        with hold_lanes(cluster, lanes) as still_held, closing(apsw.Connection("")) as connection:
            connection.pragma("foreign_keys", True)
            connection.execute(database.SCHEMA)
            tables = ServerTables(cluster, connection, shard)
            # Milliseconds, so that no two runs give the same ids; and the shard, since shards may begin at once.
            first_id = (int(time.time() * 1000) << 20) + (shard.number - 1 if shard else 0)
            server, made = tables.server, tables.server.settings
            state = StoreState(server.generation, "", made.model, made.fingerprint, made.dimension, made.pipeline)
            yield Writer(connection, state, MilvusCommits(tables, connection, still_held, first_id), tables)
    finally:
        cluster.close()
