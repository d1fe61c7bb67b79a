"""One folder that holds a corpus: SQLite is the truth, both search legs are caches of it.

Knows how articles, passages and vectors are kept, committed and found again. Does not know how they were made or what
a good hit is.

    store/zhiwen.sqlite        articles, passages, vectors, files seen, settings, the way back; one transaction is the commit
    store/vectors-N.faiss      the vector leg of generation N
    store/terms/               the term leg
    store/legs.json            which commit both legs are of, and their files' checksums; written last
    store/lock                 held while writing; it dies with its process

A generation is one committed state. A leg of another generation, or a damaged one, is made again from the truth when
the store is opened, with a line on stderr; where the folder cannot be written, in memory. While somebody is writing, an
open store stays at its generation until both legs of the next are there.
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

from index import legs, truth
from index.corpus import Filters, StoredPassage, Teller, running_text_of
from index.errors import UserError
from index.folding import fold
from index.records import Article, Passage
from index.truth import ARTICLE_COLUMNS

_PATIENCE = 60  # seconds that a first opening waits for a writer's search files, before it makes its own in memory


_ALL = Filters()


class Store:
    """The Corpus kept in a folder."""

    def __init__(self, folder: Path) -> None:
        """Opens the store in `folder`. Raises UserError if there is none or it cannot be read."""
        self.place = self.folder = folder
        self._selected: tuple[Filters, frozenset[str], NDArray[np.int64]] | None = None
        self._open()

    def _open(self) -> None:
        # One connection holds the generation in an open transaction, while a writer commits the next; the other looks for that.
        self._state: truth.State | None = None
        self._database = self._scout = truth.connect(self.folder, write=False)
        try:
            self._scout = truth.connect(self.folder, write=False)
            self._file = _identity(self.folder)
            self.refresh()
        except BaseException:
            self.close()
            raise

    def refresh(self) -> bool:
        """Moves on to the newest generation, as soon as its search files are there; whether it did. Raises UserError if the store is gone."""
        now = _identity(self.folder)
        if now is None or now != self._file:  # moved away, and perhaps another is in its place
            self.close()
            self._file = None  # also if the same comes back: nothing is open any more
            self._open()
            return True
        with truth.readable(self.folder):
            return self._move_on()

    def _move_on(self) -> bool:
        waited_since, told = time.monotonic(), False
        while True:
            newest = self._look_ahead()
            if self._state is not None and newest.commit == self._state.commit:
                found = None
                break
            found = legs.opened(self.folder, newest) or self._made_again(newest)
            if found is not None:
                break
            if self._state is not None:
                self._scout.execute("COMMIT")
                return False  # somebody is still writing
            if not told and time.monotonic() - waited_since > 1:
                sys.stderr.write(f"zhiwen: {self.folder}: another process is writing; waiting for its search files.\n")
                told = True
            if time.monotonic() - waited_since > _PATIENCE:
                found = legs.rebuilt(self._scout, None, newest)
                break
            time.sleep(0.02)
        # Also where nothing is new: the log can only begin anew once nobody holds an older place in it.
        self._database, self._scout = self._scout, self._database
        if self._scout.in_transaction:
            self._scout.execute("COMMIT")
        self._state, self.generation = newest, newest.generation
        self.model, self.fingerprint, self.dimension = newest.model, newest.fingerprint, newest.dimension
        if found is None:
            return False
        self.terms, self.vectors, self.overlap, self._selected = found.terms, found.vectors, found.overlap, None
        return True

    def _look_ahead(self) -> truth.State:
        """The newest state, which the scout holds from now on."""
        if self._scout.in_transaction:
            self._scout.execute("COMMIT")
        self._scout.execute("BEGIN")
        state = truth.state(self.folder, self._scout)
        if state is None:
            raise truth.NoStore(self.folder)
        return state

    def _made_again(self, state: truth.State) -> legs.Legs | None:
        """The legs of the scout's state, behind, ahead or damaged as they were; None while somebody else is writing."""
        made = None
        try:
            with truth.locked(self.folder, seconds=0):
                if self._look_ahead().commit != state.commit:
                    return None
                if (found := legs.opened(self.folder, state)) is not None:
                    return found
                legs.rebuilt(self._scout, self.folder, state)
                made = legs.opened(self.folder, state)
        except truth.Busy:
            return None
        except (truth.Unwritable, OSError):
            pass
        if made is None:
            return legs.rebuilt(self._scout, None, state)
        sys.stderr.write(f"zhiwen: {self.folder}: the search files were not those of generation {state.generation}; made again from the store.\n")
        return made

    def _by_id(self, query: str, ids: Sequence[int | str]) -> list[tuple[Any, ...]]:
        """The rows of a query that ends in IN, for these ids."""
        with truth.readable(self.folder):
            return [row for part in truth.rows_in(self._database, query, ids) for row in part]

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        with truth.readable(self.folder):
            return truth.rows(self._database, query, values)

    def close(self) -> None:
        """Lets go of the database; the mapped search files are let go of with the store itself."""
        self._database.close()
        self._scout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> tuple[int, int]:
        """(articles, passages)."""
        with truth.readable(self.folder):
            return truth.counts(self._database)

    def __len__(self) -> int:
        return len(self.vectors)

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """At most k (passage id, BM25 score) of passages that share terms, best first, ties by id."""
        return self.terms.search(terms, k, self._allowed(filters)[0] if filters else None)

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """At most k (passage id, cosine) of those nearest to a vector, (dimension,) float32, best first, ties by id."""
        return self.vectors.search(vector, k, self._allowed(filters)[1] if filters else None)

    def frequency(self, term: str) -> int:
        """In how many passages a term stands."""
        return self.terms.frequency(term)

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """The ids of those of these articles that pass the filters."""
        return set(articles) & self._allowed(filters)[0]

    def _allowed(self, filters: Filters) -> tuple[frozenset[str], NDArray[np.int64]]:
        """The ids of the articles that pass the filters, and of all their passages, ordered. Both legs of a question ask for them."""
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
        with truth.readable(self.folder):
            self._database.executemany("INSERT INTO wanted VALUES (?)", ((article,) for article in articles))
        rows = self._rows("SELECT passages.id FROM passages JOIN wanted ON wanted.id = passages.article ORDER BY passages.id")
        return np.array([row[0] for row in rows], np.int64)

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """The cosine of each of these passages with a vector, (dimension,) float32."""
        rows = self._by_id("SELECT id, vector FROM passages WHERE id IN", ids)
        held = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), len(vector))
        return {row[0]: float(cosine) for row, cosine in zip(rows, held @ vector, strict=True)}

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids. Raises UserError for one that the truth does not know: both legs are of its generation."""
        rows = self._by_id("SELECT id, article, start, end, removed FROM passages WHERE id IN", ids)
        if len(rows) < len(set(ids)):
            raise UserError(f"{self.folder}: damaged (passages that must be there are not).", "Move it away and run python -m index.reindex again.")
        wanted = sorted({row[1] for row in rows})
        articles = {
            row[3]: (truth.article(row[3:]), *row[:3])
            for row in self._by_id(f"SELECT story, digits_lost, damage, {ARTICLE_COLUMNS} FROM articles WHERE id IN", wanted)
        }
        found = {}
        for passage, article_id, start, end, removed in rows:
            article, story, digits_lost, damage = articles[article_id]
            piece = Passage(passage, article_id, start, end, article.text[start:end], truth.spans(removed))
            found[passage] = StoredPassage(piece, article, story, digits_lost, damage)
        return found

    def running_texts(self, found: Collection[StoredPassage]) -> dict[str, str]:
        """The searched text of the articles of these passages, by article id: their first passages, without damage."""
        originals = {each.article.id: each.article.text for each in found}
        parts: dict[str, list[Passage]] = {name: [] for name in originals}
        rows = self._by_id("SELECT id, article, start, end, removed FROM passages WHERE article IN", sorted(originals))
        for passage, name, start, end, removed in sorted(rows, key=lambda row: (row[1], row[2])):
            parts[name].append(Passage(passage, name, start, end, "", truth.spans(removed)))
        return {name: running_text_of(originals[name], passages) for name, passages in parts.items()}

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """The ids of the articles in which these passages stand."""
        return {row[0] for row in self._by_id("SELECT DISTINCT article FROM passages WHERE id IN", passages)}

    def before(self, found: StoredPassage) -> Passage | None:
        """The passage that comes before another in its article, None if it is the first."""
        passage = found.passage
        rows = self._rows(
            "SELECT id, start, end, removed FROM passages WHERE article = ? AND start < ? ORDER BY start DESC LIMIT 1",
            (passage.article, passage.start),
        )
        if not rows:
            return None
        (row,) = rows
        spans = truth.spans(row[3])
        return Passage(row[0], passage.article, row[1], row[2], found.article.text[row[1] : row[2]], spans)

    def tellers(self, story: str) -> list[Teller]:
        """All articles that tell this story, the least damaged first, then by path."""
        return [
            Teller(*row)
            for row in self._rows("SELECT id, title, date, source, path FROM articles WHERE story = ? ORDER BY damage, path, id", (story,))
        ]

    def articles(self) -> Iterator[Article]:
        """Every article, ordered by path and id."""
        with truth.readable(self.folder):
            for row in self._database.execute(f"SELECT {ARTICLE_COLUMNS} FROM articles ORDER BY path, id"):
                yield truth.article(row)

    def faults(self) -> list[str]:
        """What is wrong between the truth and both legs, one sentence each; empty if all is well. Raises UserError if the truth is damaged."""
        truth.demand_whole(self.folder, self._database)
        found = []
        known = {int(row[0]) for row in self._rows("SELECT id FROM passages")}
        for name, ids in (("terms", self.terms.ids()), ("vectors", self.vectors.ids())):
            for what, wrong in (("lacks", known - ids), ("has too many:", ids - known)):
                if wrong:
                    found.append(f"{name}: {what} {len(wrong)} passages, such as {min(wrong)}")
        return found


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a store from another in its place; None if there is none."""
    try:
        status = (folder / "zhiwen.sqlite").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def model_of(folder: Path) -> str:
    """The name of the model a store was made with, "" if there is no store. Raises UserError if it cannot be read."""
    try:
        with closing(truth.connect(folder, write=False)) as database, truth.readable(folder):
            state = truth.state(folder, database)
    except truth.NoStore:
        return ""
    return state.model if state else ""


def exists(folder: Path) -> bool:
    """Whether there is a store in a folder, be it damaged; a first run that did not end leaves none."""
    try:
        truth.connect(folder, write=False).close()
    except truth.NoStore:
        return False
    except UserError:
        return True
    return True
