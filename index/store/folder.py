"""Open the store in a folder to read it: the database, and the search files that are made from it.

Knows how articles, passages and vectors are kept and found again. Does not know how they were made or what a good hit
is.

    store/zhiwen.sqlite        articles, passages, vectors, files, settings, changes to undo; a transaction is a commit
    store/vectors-N.faiss      the vector index of generation N
    store/terms/               the term index
    store/search_files.json    the commit that both indexes are of, and the checksums of their files; written last
    store/encoded-COMMIT.faiss the encoder's vectors of a commit, as many as there are; see index.store.encoded
    store/lock                 held by a writer; the system releases it when the process ends
    store/encoding.lock        held by the one process that makes the encoder's vectors

A store that finds search files of another generation, or damaged ones, makes them again from the database and writes
a line on stderr; in memory, if it cannot write the folder. While another process writes, an open store keeps its
generation until both indexes of the next are there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import UserError
from index.language import text
from index.records import Article, Passage, Problem
from index.store import database, encoded, search_files
from index.store.corpus import ArticleRef, StoredPassage, passage_in, running_text_of
from index.store.database import ARTICLE_COLUMNS
from index.store.filters import Filters
from index.text.folding import fold

_PATIENCE = 60  # seconds that an opening waits for a writer's search files, before it makes its own in memory
_ALL = Filters()


class Store:
    """The Corpus kept in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`. Raises NoStore if there is none, UserError if it cannot be read."""
        self.address = self.folder = folder
        self._selected: tuple[Filters, frozenset[str], NDArray[np.int64]] | None = None
        self._open()

    def _open(self) -> None:
        # One connection keeps the generation, in an open transaction; the other looks whether a writer has committed
        # the next.
        self._state: database.StoreState | None = None
        self._encoded: encoded.EncodedVectors | None = None
        self._encoded_file: tuple[int, int, int] | None = None
        self._connection = self._scout = database.connect(self.folder, write=False)
        try:
            self._scout = database.connect(self.folder, write=False)
            self._file = _identity(self.folder)
            self.refresh()
        except BaseException:
            self.close()
            raise

    def refresh(self) -> bool:
        """Switch to the newest generation if its search files are there. Return True if it changed.

        Raises NoStore if the store is gone.
        """
        now = _identity(self.folder)
        if now is None or now != self._file:  # the store was moved away; another may be in its place
            self.close()
            self._file = None  # even if the same store comes back, nothing is open any more
            self._open()
            return True
        with database.readable(self.folder):
            moved = self._move_on()
            self._look_for_encoded(anew=moved)
            return moved

    def _look_for_encoded(self, *, anew: bool) -> None:
        """Open the encoder's vectors of this commit if their file is newer; make them from the table if it is bad."""
        if self._state is None or not encoded.has_encoder(self._state):
            self._encoded = None
            return
        file = encoded.identity(self.folder, self._state.commit)
        if anew or file not in (None, self._encoded_file):
            self._encoded_file = file
            self._encoded = encoded.opened(self.folder, self._state.commit) or encoded.joined(self._connection)

    @property
    def encoder(self) -> str:
        """The fingerprint of the encoder that made the vectors, "" without any."""
        return self._encoded.encoder if self._encoded else ""

    @property
    def encoded(self) -> int:
        """How many passages have a vector of the encoder."""
        return len(self._encoded.index) if self._encoded else 0

    def _move_on(self) -> bool:
        waited_since, has_said = time.monotonic(), False
        while True:
            newest = self._look_ahead()
            if self._state is not None and newest.commit == self._state.commit:
                files = None
                break
            files = search_files.opened(self.folder, newest) or self._make_files(newest)
            if files is not None:
                break
            if self._state is not None:
                self._scout.execute("COMMIT")
                return False  # another process is still writing
            if not has_said and time.monotonic() - waited_since > 1:
                sys.stderr.write(f"zhiwen: {text('store.waiting', path=self.folder)}\n")
                has_said = True
            if time.monotonic() - waited_since > _PATIENCE:
                files = search_files.rebuilt(self._scout, None, newest)
                break
            time.sleep(0.02)
        # Even if nothing is new: SQLite can reuse its log only if no reader holds an older place in it.
        self._connection, self._scout = self._scout, self._connection
        if self._scout.in_transaction:
            self._scout.execute("COMMIT")
        self._state, self.generation = newest, newest.generation
        self.model, self.fingerprint, self.dimension = newest.model, newest.fingerprint, newest.dimension
        if files is None:
            return False
        self.terms, self.vectors, self.overlap, self._selected = files.terms, files.vectors, files.overlap, None
        return True

    def _look_ahead(self) -> database.StoreState:
        """Return the newest state. The scout keeps it, in an open transaction."""
        if self._scout.in_transaction:
            self._scout.execute("COMMIT")
        self._scout.execute("BEGIN")
        state = database.state(self.folder, self._scout)
        if state is None:
            raise database.NoStore(self.folder)
        return state

    def _make_files(self, state: database.StoreState) -> search_files.SearchFiles | None:
        """Make the search files of the scout's state; return None if another process is writing."""
        made = None
        try:
            with database.locked(self.folder, seconds=0):
                if self._look_ahead().commit != state.commit:
                    return None
                if (files := search_files.opened(self.folder, state)) is not None:
                    return files
                search_files.rebuilt(self._scout, self.folder, state)
                made = search_files.opened(self.folder, state)
        except database.StoreBusy:
            return None
        except (database.Unwritable, OSError):
            pass
        if made is None:
            return search_files.rebuilt(self._scout, None, state)
        sys.stderr.write(f"zhiwen: {text('store.search_files_made', path=self.folder, generation=state.generation)}\n")
        return made

    def _by_id(self, query: str, ids: Sequence[int | str]) -> list[tuple[Any, ...]]:
        """Return the rows of a query that ends in IN, for these ids."""
        with database.readable(self.folder):
            return [row for part in database.rows_in(self._connection, query, ids) for row in part]

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        with database.readable(self.folder):
            return database.rows(self._connection, query, values)

    def close(self) -> None:
        """Close the database. The mapped search files are closed when the store is deleted."""
        self._connection.close()
        self._scout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> tuple[int, int]:
        """Return (number of articles, number of passages)."""
        with database.readable(self.folder):
            return database.counts(self._connection)

    def __len__(self) -> int:
        return len(self.vectors)

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, BM25 score) of passages that hold some of the terms, best first, ties by id."""
        return self.terms.search(terms, k, self._allowed(filters)[0] if filters else None)

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) nearest to `vector`, (dimension,) float32, best first, ties by id."""
        return self.vectors.search(vector, k, self._allowed(filters)[1] if filters else None)

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term in their text."""
        return self.terms.frequency(term)

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """Return the ids of those of these articles that pass the filters."""
        return set(articles) & self._allowed(filters)[0]

    def _allowed(self, filters: Filters) -> tuple[frozenset[str], NDArray[np.int64]]:
        """Return the ids of the articles that pass the filters, and of their passages, ordered.

        They are kept for the next call: both searches of a question ask for the same.
        """
        if self._selected is None or self._selected[0] != filters:
            articles = self._matching(filters)
            self._selected = (filters, articles, self._passages_of(articles))
        return self._selected[1:]

    def _matching(self, filters: Filters) -> frozenset[str]:
        clauses, values = ["1"], []
        if filters.since:
            clauses.append("date >= ?")
            values.append(filters.since)
        if filters.until:
            clauses.append("date != '' AND date <= ?")
            values.append(filters.until)
        if filters.article:
            clauses.append("(id = ? OR path = ? OR substr(path, -length(?)) = ?)")
            tail = "/" + filters.article.removeprefix("./").lstrip("/")
            values += [filters.article, filters.article, tail, tail]
        rows = self._rows(f"SELECT id, source FROM articles WHERE {' AND '.join(clauses)}", values)
        named = fold(filters.source)
        return frozenset(article for article, source in rows if named in fold(source))

    def _passages_of(self, articles: Collection[str]) -> NDArray[np.int64]:
        self._rows("CREATE TEMP TABLE IF NOT EXISTS wanted (id TEXT PRIMARY KEY)")
        self._rows("DELETE FROM wanted")
        with database.readable(self.folder):
            self._connection.executemany("INSERT INTO wanted VALUES (?)", ((article,) for article in articles))
        rows = self._rows(
            "SELECT passages.id FROM passages JOIN wanted ON wanted.id = passages.article ORDER BY passages.id"
        )
        return np.array([row[0] for row in rows], np.int64)

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, (dimension,) float32, of unit length."""
        rows = self._by_id("SELECT id, vector FROM passages WHERE id IN", ids)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), len(vector))
        return {row[0]: float(cosine) for row, cosine in zip(rows, vectors @ vector, strict=True)}

    def by_meaning(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine by the encoder's vectors), the best first, ties by id."""
        if self._encoded is None:
            return []
        return self._encoded.index.search(vector, k, self._allowed(filters)[1] if filters else None)

    def meanings(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, for those of these passages that have the encoder's vector."""
        if self._encoded is None:
            return {}
        chosen = np.unique(np.array(ids, np.int64))
        return dict(self._encoded.index.search(vector, len(chosen), chosen))

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return passage id → passage.

        Raises UserError for an id that the database does not know, since the indexes are of its generation, and for a
        passage that lies outside its article.
        """
        rows = self._by_id("SELECT id, article, start, end, removed FROM passages WHERE id IN", ids)
        if len(rows) < len(set(ids)):
            raise UserError("store.rows_missing", path=self.folder)
        wanted = sorted({row[1] for row in rows})
        articles = {
            row[3]: (database.article(row[3:]), *row[:3])
            for row in self._by_id(
                f"SELECT duplicate_group, digits_lost, damage, {ARTICLE_COLUMNS} FROM articles WHERE id IN", wanted
            )
        }
        stored = {}
        for passage, article_id, start, end, removed in rows:
            article, duplicate_group, digits_lost, damage = articles[article_id]
            piece = self._passage(passage, article, start, end, removed)
            stored[passage] = StoredPassage(piece, article, duplicate_group, digits_lost, damage)
        return stored

    def _passage(self, passage: int, article: Article, start: int, end: int, removed: str) -> Passage:
        """Return a passage with its text. Raises UserError if it lies outside the article."""
        return passage_in(article, passage, start, end, database.spans(removed), self._misplaced)

    def _misplaced(self, passage: int) -> UserError:
        return UserError("store.misplaced", path=self.folder, passage=passage)

    def running_texts(self, stored: Collection[StoredPassage]) -> dict[str, str]:
        """Return article id → the readable text of its first 20 passages, a line each, for these passages' articles."""
        originals = {each.article.id: each.article.text for each in stored}
        parts: dict[str, list[Passage]] = {name: [] for name in originals}
        rows = self._by_id("SELECT id, article, start, end, removed FROM passages WHERE article IN", sorted(originals))
        for passage, name, start, end, removed in sorted(rows, key=lambda row: (row[1], row[2])):
            parts[name].append(Passage(passage, name, start, end, "", database.spans(removed)))
        return {name: running_text_of(originals[name], passages) for name, passages in parts.items()}

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """Return the ids of the articles of these passages."""
        return {row[0] for row in self._by_id("SELECT DISTINCT article FROM passages WHERE id IN", passages)}

    def before(self, stored: StoredPassage) -> Passage | None:
        """Return the passage before another in its article, or None for the first."""
        passage = stored.passage
        rows = self._rows(
            "SELECT id, start, end, removed FROM passages WHERE article = ? AND start < ? ORDER BY start DESC LIMIT 1",
            (passage.article, passage.start),
        )
        if not rows:
            return None
        ((earlier, start, end, removed),) = rows
        return self._passage(earlier, stored.article, start, end, removed)

    def group_articles(self, duplicate_group: str) -> list[ArticleRef]:
        """Return all articles of a duplicate group, the least damaged first, then by path."""
        query = "SELECT id, title, date, source, path FROM articles WHERE duplicate_group = ? ORDER BY damage, path, id"
        return [ArticleRef(*row) for row in self._rows(query, (duplicate_group,))]

    def articles(self) -> Iterator[Article]:
        """Yield every article, ordered by path and id."""
        with database.readable(self.folder):
            for row in self._connection.execute(f"SELECT {ARTICLE_COLUMNS} FROM articles ORDER BY path, id"):
                yield database.article(row)

    def faults(self) -> list[Problem]:
        """Return how the search files and the database differ. Raises UserError if the database is damaged."""
        database.demand_whole(self.folder, self._connection)
        faults = []
        known = {int(row[0]) for row in self._rows("SELECT id FROM passages")}
        for index, ids in (("terms", self.terms.ids()), ("vectors", self.vectors.ids())):
            for difference, wrong in (("lacking", known - ids), ("excess", ids - known)):
                if wrong:
                    code = f"store.{index}_{difference}"
                    faults.append(Problem.of(str(self.folder), code, count=len(wrong), example=min(wrong)))
        return faults


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what identifies the store in a folder, or None if there is none."""
    try:
        status = (folder / "zhiwen.sqlite").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def store_model(folder: Path) -> str:
    """Return the name of a store's model, "" if there is no store. Raises UserError if it cannot be read."""
    try:
        with closing(database.connect(folder, write=False)) as connection, database.readable(folder):
            state = database.state(folder, connection, converting=True)
    except database.NoStore:
        return ""
    return state.model if state else ""


def store_exists(folder: Path) -> bool:
    """Return whether a store, even a damaged one, is in a folder. An interrupted first run leaves none."""
    try:
        database.connect(folder, write=False).close()
    except database.NoStore:
        return False
    except UserError:
        return True
    return True
