"""A store on a Milvus server being changed, and the steps that make a generation of it without anybody seeing half of one.

Knows which rows a change is made of and in which order they are written. Does not know how articles and passages are made: the
tables of a store in a folder are filled, in a temporary file, with what is known of every article but its contents and passages;
what is asked of them beyond that is fetched.

    1 texts, rows and statistics of the next generation; old rows get their end: nobody counts any of it yet
    2 one upsert of the state: now it counts
    3 what is remembered of files; rows that ended a generation ago are taken out

Broken off before 2, nothing has happened, and the next writer takes the leftovers out. After it, the next run does the rest.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw

from index import truth
from index.address import Address
from index.bm25 import Counted
from index.cluster import ARTICLES, FILES, MANY, NEVER, PASSAGES, STATE, STATISTICS, TEXTS, Cluster, Row
from index.errors import UserError
from index.frequencies import Change, segments
from index.generations import NOTHING, Lane, Settings, overlap_row, passages_of, read_state
from index.leases import held
from index.milvus import MilvusStore
from index.milvus_rows import Standing, article_columns, file_key, file_rows, passage_rows, text_rows
from index.milvus_tables import EVERY, MilvusTables, listed
from index.overlap import SAMPLED, overlap
from index.progress import shown
from index.records import Article, without
from index.shards import LANES, Shard, lane_of
from index.truth import spans
from index.writer import FileState

_UNBORN = Lane(0, "", 0.0, ())
_SEGMENTS = 8  # of statistics, beyond which they are joined
_AT_ONCE = 200  # articles whose passages are put into rows together


class MilvusWriter(MilvusTables):
    """The tables, and how a change of them becomes the next generation."""

    def take_over(self, folder: Path) -> None:
        """Makes everything of the store in a folder its own, and commits it. Only where nothing is yet."""
        with truth.readable(folder), closing(truth.connect(folder, write=False)) as database:
            made = truth.state(folder, database)
            if made is None:
                raise truth.NoStore(folder)
            if self._server.lanes:
                raise UserError(f"{self._cluster.address}: there is a store already.", "Name another database in the address.")
            self._database.execute("ATTACH DATABASE ? AS other", (str(folder / "zhiwen.sqlite"),))
            for table in ("files", "articles", "passages", "edge_lines", "bands", "alike"):
                self._database.execute(f"INSERT INTO main.{table} SELECT * FROM other.{table}")
            self._database.execute("DETACH DATABASE other")
        self._put = set(self.article_ids())
        self._touched, self._seen = set(self._put), set(self.files())
        self.commit(model=made.model, fingerprint=made.fingerprint, dimension=made.dimension, pipeline=made.pipeline)

    def commit(self, *, model: str, fingerprint: str, dimension: int, pipeline: str) -> None:
        """Makes everything since opening the new generation."""
        made, collection = self._server.settings, passages_of(fingerprint)
        newest = read_state(self._cluster, "Strong") or NOTHING
        self._demand_alone(fingerprint)
        if made.passages not in ("", collection) and collection in self._cluster.collections():
            self._cluster.drop(collection)  # of before: its rows would count again
        self._cluster.make(collection, dimension, MANY if self._apart else self.counts()[1])  # a shard does not know how many there will be
        born, change = newest.generation + 1, Change()
        averages = self._count(change, newest.settings.averages if collection == newest.settings.passages else None)
        self._find_touched()
        removed = self._end_rows(born, change, None if collection != made.passages else collection)
        self._put_rows(born, collection, averages)
        self._put_statistics(born, change, anew=collection != made.passages)
        for name in (ARTICLES, TEXTS, STATISTICS, collection):
            self._cluster.settle(name)
        before = made.passages if made.passages != collection else ""
        self._flip(born, Settings(model, fingerprint, dimension, pipeline, collection, before, averages), self._lanes)
        self.left = (removed, removed, removed) if removed else (0, 0, 0)

    def _count(self, change: Change, averages: tuple[float, float] | None) -> tuple[float, float]:
        """Counts the terms of all new passages into a change; the average lengths for vectors, which stay those of the first commit."""
        for article in self._with_passages():
            for *_, counted in self._passages_of(article, 0):
                change.count(counted, 1)
        return averages or (change.text / max(1, change.passages), change.title / max(1, change.passages))

    def _with_passages(self) -> Iterator[Article]:
        for (name,) in self._rows("SELECT DISTINCT article FROM passages ORDER BY article"):
            article = self.article(name)
            assert article is not None
            yield article

    def _passages_of(self, article: Article, first: int) -> Iterator[tuple[int, int, int, str, str, bytes, Counted]]:
        query = "SELECT id, start, end, removed, hash, vector FROM passages WHERE article = ? ORDER BY id"
        for passage, start, end, removed, digest, vector in self._rows(query, (article.id,)):
            counted = Counted.of(article.title, without(article.text[start:end], spans(removed)))
            yield first + LANES * passage, start, end, removed, digest, vector, counted

    def _find_touched(self) -> None:
        """Adds the articles whose row changes although nothing was done to them."""
        self._touched |= {
            row[0] for row in self._rows("SELECT id FROM articles JOIN elsewhere ON article = id WHERE articles.story != elsewhere.story")
        }
        self._touched |= {row[0] for words in self._paired for row in self._rows("SELECT id FROM articles WHERE said = ?", (words,))}
        if not self._apart:
            self._touched |= {row[0] for row in self._rows("SELECT article FROM elsewhere WHERE apart")}
        ours = {row[0] for row in self._rows(f"SELECT article FROM elsewhere WHERE lane IN {listed(self._lanes)}")}
        self._touched &= ours | self._put  # of other lanes' articles the next run without a shard will know

    def _end_rows(self, born: int, change: Change, collection: str | None) -> int:
        """Puts an end to the rows that are replaced or removed; how many passages those are."""
        known = dict(self._rows("SELECT article, row FROM elsewhere"))
        old = [known[name] for name in sorted(self._touched) if name in known]
        change.articles += self.counts()[0] - len(known)
        rows = self._cluster.among(ARTICLES, "row", old, ["*"], "Strong")
        self._old = {row["row"]: row for row in rows}
        self._cluster.put(ARTICLES, ({**row, "gone": born} for row in rows))
        if collection is None:
            return 0
        dropped, count = [row[0] for row in self._rows("SELECT key FROM elsewhere WHERE dropped AND passages ORDER BY article")], 0
        for start in range(0, len(dropped), _AT_ONCE):
            rows = self._cluster.among(collection, "key", dropped[start : start + _AT_ONCE], ["*"], "Strong", self._server.where)
            for row in rows:
                change.count(Counted.of(row["title"], without(row["text"], spans(row["removed"]))), -1)
            self._cluster.put(collection, ({**row, "gone": born} for row in rows))
            count += len(rows)
        return count

    def _put_rows(self, born: int, collection: str, averages: tuple[float, float]) -> None:
        """Writes the rows of all articles that were touched and are still there, and all new passages."""
        present = [row[0] for row in self._rows("SELECT id FROM articles ORDER BY path, id") if row[0] in self._touched]
        recurring: dict[str, list[str]] = {}
        for key, articles in self.recurring_lines().items():
            for name in articles:
                recurring.setdefault(name, []).append(key)
        known = {
            name: (row, lane, passages * (not dropped))
            for name, row, lane, passages, dropped in self._rows("SELECT article, row, lane, passages, dropped FROM elsewhere")
        }
        for start in shown(range(0, len(present), _AT_ONCE), "writing"):
            texts: list[Row] = []
            passages: list[Row] = []
            told: list[Row] = []
            for place, name in enumerate(present[start : start + _AT_ONCE], start + 1):
                row, lane, held_there = known.get(name, (0, -1, 0))
                if name in self._put or lane < 0:
                    lane = lane_of(self._file(name)[0])
                own = self._ids + LANES * place
                taken = own if name in self._put else self._old[row]["taken"]
                columns = self._standing(name, held_there, recurring.get(name, [])).columns()
                if name in self._put or self._rows("SELECT 1 FROM passages WHERE article = ? LIMIT 1", (name,)):
                    article = self.article(name)
                    assert article is not None
                    key, parts = text_rows(article)
                    texts += parts
                    passages += passage_rows(article, key, list(self._passages_of(article, self._ids)), averages, lane, born)
                    columns |= article_columns(article, key)
                else:
                    columns = self._old[row] | columns
                told.append({**columns, "row": own, "taken": taken, "lane": lane, "born": born, "gone": NEVER})
            self._cluster.put(TEXTS, texts)
            self._cluster.put(collection, passages)
            self._cluster.put(ARTICLES, told)

    def _standing(self, name: str, elsewhere: int, recurring: Sequence[str]) -> Standing:
        query = "SELECT hash, said, story, digits_lost, damage, bands FROM articles WHERE id = ?"
        ((digest, said, story, lost, harm, bands),) = self._rows(query, (name,))
        edges = dict(self._rows("SELECT key, body FROM edge_lines WHERE article = ? ORDER BY key", (name,)))
        pairs = self._rows("SELECT a, b FROM alike WHERE a = ? OR b = ? ORDER BY a, b", (said, said))
        alike = [other if one == said else one for one, other in pairs]
        ((here,),) = self._rows("SELECT count(*) FROM passages WHERE article = ?", (name,))
        keys = json.loads(bands) if bands else []
        return Standing(digest, said, story, lost, harm, keys, edges, alike, recurring, here + elsewhere, self._apart, self._file(name))

    def _file(self, name: str) -> tuple[str, str]:
        """The file an article came from, which may be an archive it was packed in, and its SHA-256."""
        ((path,),) = self._rows("SELECT path FROM articles WHERE id = ?", (name,))
        for step in (path, *(path[:place] for place in range(len(path) - 1, 0, -1) if path[place] == "/")):
            if found := self._rows("SELECT path, hash FROM files WHERE path = ?", (step,)):
                return str(found[0][0]), str(found[0][1])
        return path, ""

    def _put_statistics(self, born: int, change: Change, *, anew: bool) -> None:
        """Writes down how many passages each term stands in: the change, or all anew."""
        lane = min(self._lanes)
        own = segments(self._cluster, self._ours(f"born <= {{g}} and gone >= {NEVER}"), "Strong") if self._server.lanes else []
        if anew or (len(own) >= _SEGMENTS and self._lanes == EVERY):
            if anew:
                change.articles = self.counts()[0]
            for segment in own:
                where = f'segment == "{segment.name}"'
                if not anew:
                    change.join(segment.name, self._cluster.rows(STATISTICS, where, ["key", "value"], "Strong"))
                self._rewrite(STATISTICS, where, {"gone": born})
        self._cluster.put(STATISTICS, change.rows(lane, born))

    def _flip(self, born: int, settings: Settings, flipped: Collection[int]) -> None:
        """The one step that everybody sees; then what nobody needs to see."""
        before, known = self._server, dict(self._server.lanes)
        lanes = {number: known.get(number, _UNBORN).next(born, secrets.token_hex(8), time.time()) for number in flipped}
        self._demand_alone(settings.fingerprint)
        self._cluster.put(STATE, before.rows(lanes, settings))
        self._server = before.with_lanes(lanes, settings)
        self.state = truth.State(born, "", settings.model, settings.fingerprint, settings.dimension, settings.pipeline)
        self._keep_files()
        self._sweep()
        self._measure()
        for collection in (STATE, FILES):
            self._cluster.settle(collection)

    def _demand_alone(self, fingerprint: str) -> None:
        """Raises UserError if somebody else has written to our lanes since they were read, or changed the model."""
        newest = read_state(self._cluster, "Strong") or NOTHING
        known, now = dict(self._server.lanes), dict(newest.lanes)
        moved = any(known.get(lane) != now.get(lane) for lane in self._lanes)
        other = newest.lanes and newest.settings.fingerprint not in (self._server.settings.fingerprint, fingerprint)
        if moved or other or not self._held():
            raise UserError(
                f"{self._cluster.address}: another run has changed this store meanwhile; nothing of this run counts.",
                "See that only one run writes a part at a time, then run the same command again.",
            )

    def keep_seen(self) -> None:
        """Keeps what was remembered of files, where nothing else has changed."""
        for name in sorted(self._touched):  # made from a row that says the same in other words
            ((row, document),) = self._rows("SELECT row, document FROM elsewhere JOIN articles ON article = id WHERE id = ?", (name,))
            self._rewrite(ARTICLES, f"row == {row}", {"document": document})
        self._keep_files()

    def _keep_files(self) -> None:
        states = self.files()
        seen = sorted(self._seen)
        for start in range(0, len(seen), _AT_ONCE):
            part = seen[start : start + _AT_ONCE]
            rows = [row for path in part if path in states for row in file_rows(states[path])]
            self._cluster.put(FILES, rows)
            files, keys = json.dumps([file_key(path) for path in part]), json.dumps([row["key"] for row in rows])
            self._cluster.drop_rows(FILES, f"file in {files} and key not in {keys}" if rows else f"file in {files}")
        self._seen.clear()

    def _sweep(self) -> None:
        """Takes out the rows that ended a generation ago, which nobody reads any more."""
        oldest = {number: lane.oldest for number, lane in self._server.lanes if number in self._lanes and lane.oldest}
        if not oldest:
            return
        ended = " or ".join(f"(lane == {number} and gone <= {generation})" for number, generation in oldest.items())
        keys = {row["key"] for row in self._cluster.rows(ARTICLES, f"({ended})", ["key"], "Strong")}
        for collection in (ARTICLES, STATISTICS, self._server.settings.passages):
            self._cluster.drop_rows(collection, f"({ended})")
        for name in self._cluster.collections():
            if name.startswith(PASSAGES) and name not in (self._server.settings.passages, self._server.settings.before):
                self._cluster.drop(name)
        kept = {row["key"] for row in self._cluster.among(ARTICLES, "key", keys, ["key"], "Strong")}
        if unused := sorted(keys - kept):
            for start in range(0, len(unused), _AT_ONCE):
                self._cluster.drop_rows(TEXTS, f"article in {json.dumps(unused[start : start + _AT_ONCE])}")

    def _measure(self) -> None:
        """Writes down how much alike the articles are."""
        with suppress(UserError), MilvusStore(self._cluster.address) as store:  # how sure answers are is not worth a run
            rows = store.sampled(SAMPLED)
            measured = overlap(rows, store.by_terms, lambda ids: {i: found.story for i, found in store.passages(ids).items()})
            self._cluster.put(STATE, [overlap_row(measured)])

    def rollback(self) -> truth.Undone:
        """Makes what was before the last commit the newest generation; doing so twice changes nothing. What that changed.

        Raises UserError if what was before is not kept.
        """
        server = self._server
        last = {number: lane for number, lane in server.lanes if lane.generation == server.generation}
        if not last or server.settings.before or any(lane.before == 0 for lane in last.values()):
            raise UserError(
                f"{self._cluster.address}: what was before generation {server.generation} is not kept.",
                "Only the last change can be taken back, if it was no first run and none of the model.",
            )
        born, within = server.generation + 1, f"lane in {sorted(last)}"
        gone: dict[int, str] = {}
        back: dict[int, str] = {}
        ended: frozenset[int] = frozenset()
        begun: frozenset[int] = frozenset()
        for collection in (STATISTICS, server.settings.passages, ARTICLES):
            fresh = list(self._cluster.rows(collection, f"{within} and born == {server.generation} and gone == {NEVER}", ["*"], "Strong"))
            old = list(self._cluster.rows(collection, f"{within} and gone == {server.generation}", ["*"], "Strong"))
            self._cluster.put(collection, ({**row, "gone": born} for row in fresh))
            self._cluster.put(collection, self._born_again(collection, old, born))
            self._cluster.settle(collection)
            if collection == ARTICLES:
                gone, back = ({row["number"]: row["key"] for row in rows} for rows in (fresh, old))
                self._remember(fresh, old)
            elif collection != STATISTICS:
                ended, begun = (frozenset(row["id"] for row in rows) for rows in (fresh, old))
        self._flip(born, server.settings, last)
        self._database.execute("DELETE FROM articles")
        self._database.execute("DELETE FROM elsewhere")
        self._load()
        changed = sum(1 for number in gone.keys() & back.keys() if gone[number] != back[number])
        self.left = (len(ended), len(ended), len(ended))
        return truth.Undone(ended, begun, len(gone.keys() - back.keys()), len(back.keys() - gone.keys()), changed)

    def _remember(self, gone: Sequence[Row], back: Sequence[Row]) -> None:
        """What is remembered of files once these articles' rows are gone, and those back: the next run looks at them as if they had changed."""
        before: dict[str, str] = dict(json.loads(row["more"])["file"] for row in back)
        left = {row["id"] for row in gone}
        for path in {json.loads(row["more"])["file"][0] for row in gone} - before.keys():
            if self.articles_of(path).keys() - left:
                before[path] = ""
            else:
                self.forget(path)
        for path, digest in before.items():
            self.see(FileState(path, -1, 0, 0, digest, "[]"))

    def _born_again(self, collection: str, rows: Sequence[Row], born: int) -> Iterator[Row]:
        """Copies of rows that ended, under keys of their own."""
        names: dict[str, str] = {}
        for place, row in enumerate(rows, 1):
            copy = {**row, "born": born, "gone": NEVER}
            if collection == STATISTICS:
                copy["segment"] = names.setdefault(row["segment"], secrets.token_hex(8))
                copy["key"] = copy["segment"] + row["key"][len(row["segment"]) :]
            else:
                copy["row" if collection == ARTICLES else "id"] = self._ids + LANES * place
            yield copy

    def rebuild(self) -> None:
        """Counts all terms again, the only thing that is derived from the rest: the server sees to its own search structures."""
        if not self._server.lanes:
            return
        born, change = self._server.generation + 1, Change()
        fields = ["title", "text", "removed"]
        for row in self._cluster.rows(self._server.settings.passages, self._server.where, fields, "Strong"):
            change.count(Counted.of(row["title"], without(row["text"], spans(row["removed"]))), 1)
        self._put_statistics(born, change, anew=True)
        self._flip(born, self._server.settings, self._lanes)


@contextmanager
def writing_milvus(address: Address, shard: Shard | None = None) -> Iterator[MilvusWriter]:
    """The store on a server opened for changing, made if there is none; what is not committed by the end is undone.

    Raises UserError if another process is writing the same part, or the server cannot be used.
    """
    cluster = Cluster(address)
    try:
        cluster.make(STATE)
        with held(cluster, shard.lanes if shard else EVERY) as still, closing(apsw.Connection("")) as database:
            database.pragma("foreign_keys", True)
            database.execute(truth.SCHEMA)
            yield MilvusWriter(cluster, database, shard, still)
    finally:
        cluster.close()
