"""A store being changed: files seen, articles and passages in and out, and the commit that makes a generation of it.

Knows how the truth is kept and when the search legs follow. Does not know how articles and passages are made.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import apsw

from index import legs, truth
from index.cleaning import damage
from index.errors import UserError, first_line
from index.frame import RECURRING, RECURRING_SENTENCE, SENTENCE
from index.records import Article, Cleaned, Passage
from index.stories import CANDIDATES
from index.truth import ARTICLE_COLUMNS


@dataclass(frozen=True, slots=True)
class FileState:
    """What is remembered of a file."""

    path: str
    size: int
    mtime: int  # nanoseconds, of the last change of contents or place
    seen: int  # nanoseconds, when it was read
    hash: str
    problems: str  # JSON list of reasons, as they were when it was read


NOTHING = truth.State(0, "", "", "", 0, "")  # of a store that is not there yet


class Writer(ABC):
    """A store opened for changing: its tables, and what becomes of them. Nothing is seen by anyone before `commit`."""

    def __init__(self, database: apsw.Connection, state: truth.State) -> None:
        self._database = database
        self.state = state
        self._removed: set[int] = set()
        self._dropped: dict[str, bytes] = {}  # hash → vector of passages taken out since opening
        self._added: set[int] = set()
        self._record: truth.Record | None = None
        self.left = (0, 0, 0)  # passages that the last commit took out of the truth, and of those, how many left each leg

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        return truth.rows(self._database, query, values)

    def counts(self) -> tuple[int, int]:
        """(articles, passages) as they would be after a commit."""
        return truth.counts(self._database)

    def duplicates(self) -> int:
        """How many articles have the same words as another that counts."""
        return int(self._rows("SELECT count(*) - count(DISTINCT story) FROM articles")[0][0])

    def files(self) -> dict[str, FileState]:
        """What is remembered of every file seen, by path."""
        return {row[0]: FileState(*row) for row in self._rows("SELECT path, size, mtime, seen, hash, problems FROM files")}

    def see(self, state: FileState) -> None:
        """Remembers a file."""
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", (state.path, state.size, state.mtime, state.seen, state.hash, state.problems)
        )

    def forget(self, path: str) -> None:
        """Forgets a file (its articles are removed one by one)."""
        self._database.execute("DELETE FROM files WHERE path = ?", (path,))

    def articles_of(self, path: str) -> dict[str, str]:
        """Id → content hash of the articles that came from a file, be it packed in it."""
        query = "SELECT id, hash FROM articles WHERE path = ? OR (path > ? || '/' AND path < ? || '0') ORDER BY id"  # "0" comes after "/"
        return dict(self._rows(query, (path, path, path)))

    def rows_of(self, path: str) -> dict[str, str]:
        """Id → digest of the row of each article that came from a table, be it packed."""
        query = "SELECT id, document FROM articles WHERE document != '' AND (path = ? OR (path > ? || '/' AND path < ? || '0'))"
        return dict(self._rows(query, (path, path, path)))

    def article(self, article: str) -> Article | None:
        """The article with this id."""
        rows = self._rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = ?", (article,))
        return truth.article(rows[0]) if rows else None

    def expect(self, articles: Sequence[str]) -> None:
        """Says which articles will be asked for next, for those stores that fetch many as fast as one."""
        del articles  # in a folder all are at hand

    def article_ids(self) -> list[str]:
        """The ids of all articles, ordered by path and id."""
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY path, id")]

    def speechless(self) -> list[tuple[str, str]]:
        """(path, id) of articles without a passage, ordered."""
        query = "SELECT path, id FROM articles WHERE NOT EXISTS (SELECT 1 FROM passages WHERE article = articles.id) ORDER BY path, id"
        return [(path, article) for path, article in self._rows(query)]

    def put_article(self, article: Article, content_hash: str, edge_lines: Iterable[str], body: str) -> None:
        """Takes in an article, or its new contents, without passages yet. `body` tells articles apart, copies not."""
        self.remove_article(article.id)
        values = {field.name: getattr(article, field.name) for field in fields(article)}
        values["origins"], values["repairs"] = json.dumps(article.origins, ensure_ascii=False), json.dumps(article.repairs)
        self._database.execute(
            f"INSERT INTO articles ({ARTICLE_COLUMNS}, hash, said, story, digits_lost, damage, bands)"
            f" VALUES ({'?, ' * len(values)}?, '', '', 0, 0, '')",
            (*values.values(), content_hash),
        )
        self._database.executemany("INSERT INTO edge_lines VALUES (?, ?, ?)", ((article.id, key, body) for key in edge_lines))

    def put_row(self, article: str, digest: str) -> None:
        """Remembers from which row an article was made that is as it was."""
        self._database.execute("UPDATE articles SET document = ? WHERE id = ?", (digest, article))

    def remove_article(self, article: str) -> None:
        """Takes an article out, with its passages."""
        self._drop_passages(article)
        self._unsay(article)
        self._database.execute("DELETE FROM articles WHERE id = ?", (article,))

    def recurring_lines(self) -> dict[str, list[str]]:
        """Edge lines of at least three different articles (sentences: ten): key → ids of the articles that have it."""
        rows = self._rows(
            "SELECT key, article FROM edge_lines WHERE key IN (SELECT key FROM edge_lines GROUP BY key"
            " HAVING count(DISTINCT body) >= CASE substr(key, 1, 1) WHEN ? THEN ? ELSE ? END) ORDER BY key, article",
            (SENTENCE, RECURRING_SENTENCE, RECURRING),
        )
        found: dict[str, list[str]] = {}
        for key, article in rows:
            found.setdefault(key, []).append(article)
        return found

    def vectors(self, hashes: Sequence[str]) -> dict[str, bytes]:
        """The vectors already known for these passage hashes."""
        found = {digest: self._dropped[digest] for digest in hashes if digest in self._dropped}
        for part in truth.rows_in(self._database, "SELECT hash, vector FROM passages WHERE hash IN", hashes):
            found.update(part)
        return found

    def put_passages(self, article: Article, cleaned: Cleaned, said: str, passages: Sequence[tuple[Passage, str, bytes]]) -> None:
        """The passages of an article, each with its hash and vector (float32 bytes), in place of those it had.

        `said` is equal for articles with the same words.
        """
        self._drop_passages(article.id)
        self._unsay(article.id)
        self._database.execute(
            "UPDATE articles SET said = ?, story = ?, digits_lost = ?, damage = ? WHERE id = ?",
            (said, said, cleaned.digits_lost, damage(article, cleaned), article.id),
        )
        if self._record is not None:
            self._record.check()
        for passage, digest, vector in passages:
            removed = json.dumps([[span.start, span.end] for span in passage.removed])
            self._database.execute(
                "INSERT INTO passages (article, start, end, removed, hash, vector) VALUES (?, ?, ?, ?, ?, ?)",
                (article.id, passage.start, passage.end, removed, digest, vector),
            )
            self._added.add(self._database.last_insert_rowid())

    def put_bands(self, article: str, said: str, keys: Sequence[int]) -> list[str]:
        """Remembers by which keys the words `said` of an article may be found again; those already known that share most."""
        self._database.execute("UPDATE articles SET bands = ? WHERE id = ?", (json.dumps(keys), article))
        self._database.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", ((key, said) for key in keys))
        query = f"SELECT said FROM bands WHERE key IN ({','.join('?' * len(keys))}) AND said != ? GROUP BY said ORDER BY count(*) DESC, said LIMIT ?"
        return [row[0] for row in self._rows(query, (*keys, said, CANDIDATES))]

    def one_saying(self, said: str) -> Article | None:
        """An article with these words."""
        rows = self._rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE said = ? ORDER BY id LIMIT 1", (said,))
        return truth.article(rows[0]) if rows else None

    def put_alike(self, said: str, other: str) -> None:
        """Remembers that two articles' words tell the same."""
        self._database.execute("INSERT OR IGNORE INTO alike VALUES (?, ?)", (min(said, other), max(said, other)))

    def alike(self) -> list[tuple[str, str]]:
        """All remembered pairs, ordered, without those of which an article is gone."""
        known = "(SELECT said FROM articles)"
        self._database.execute(f"DELETE FROM alike WHERE a NOT IN {known} OR b NOT IN {known}")
        return [(a, b) for a, b in self._rows("SELECT a, b FROM alike ORDER BY a, b")]

    def tell(self, stories: Mapping[str, str]) -> None:
        """Sets the story of every article: that of its words in `stories`, or else its own words."""
        self._database.execute("UPDATE articles SET story = said WHERE story != said")
        self._database.executemany("UPDATE articles SET story = ? WHERE said = ?", ((story, said) for said, story in stories.items()))

    def _unsay(self, article: str) -> None:
        """Forgets the words of an article, unless another has them too."""
        for said, keys in self._rows("SELECT said, bands FROM articles WHERE id = ? AND bands != ''", (article,)):
            if not self._rows("SELECT 1 FROM articles WHERE said = ? AND id != ?", (said, article)):
                self._database.executemany("DELETE FROM bands WHERE key = ? AND said = ?", ((key, said) for key in json.loads(keys)))

    def _drop_passages(self, article: str) -> None:
        rows = self._rows("SELECT id, hash, vector FROM passages WHERE article = ?", (article,))
        # What is taken out may come back in the same run, under another name or with a sentence changed.
        self._dropped.update((digest, vector) for _, digest, vector in rows)
        gone = {row[0] for row in rows}
        self._database.execute("DELETE FROM passages WHERE article = ?", (article,))
        self._removed |= gone - self._added
        self._added -= gone

    @abstractmethod
    def commit(self, *, model: str, fingerprint: str, dimension: int, pipeline: str) -> None:
        """Makes everything since opening the new generation."""

    @abstractmethod
    def rollback(self) -> truth.Undone:
        """Makes what was before the last commit the newest generation; doing so twice changes nothing. What that changed.

        Raises UserError if what was before is not kept.
        """

    @abstractmethod
    def keep_seen(self) -> None:
        """Keeps what was remembered of files, where nothing else has changed."""

    @abstractmethod
    def rebuild(self) -> None:
        """Makes everything that questions are asked of again from the articles."""

    def take_over(self, folder: Path) -> None:
        """Makes everything of the store in a folder its own, and commits it. Only where nothing is yet."""
        raise NotImplementedError  # a folder is copied as files are

    def made_with(self) -> dict[str, list[str]]:
        """What `recurring_lines` said when the passages in the store were made."""
        return self.recurring_lines()

    def unsettled(self) -> list[tuple[str, str]] | None:
        """Pairs of words (see put_passages) that may tell the same and were never compared; None if no part of the store was made apart."""
        return None

    def has_probes(self) -> bool:
        """Whether there is something to try a large vector leg by."""
        return bool(self._rows("SELECT 1 FROM probes LIMIT 1"))

    def put_probes(self, vectors: Iterable[bytes]) -> None:
        """Vectors of question-like pieces of text (float32), by which a large vector leg is tried."""
        self._database.execute("DELETE FROM probes")
        self._database.executemany("INSERT INTO probes (vector) VALUES (?)", ((vector,) for vector in vectors))

    def sample(self, passages: int) -> list[str]:
        """The readable text of some passages."""
        return [readable for _, _, readable in truth.sampled(self._database, passages)]


class _FolderWriter(Writer):
    """A store in a folder: SQLite's own transaction, then both legs."""

    def __init__(self, folder: Path, database: apsw.Connection) -> None:
        state = truth.state(folder, database)
        super().__init__(database, state or NOTHING)
        self._folder = folder
        # From an empty store there is nothing to go back to.
        self._record = truth.Record(database) if state else None

    def commit(self, *, model: str, fingerprint: str, dimension: int, pipeline: str) -> None:
        """Makes everything since opening the new generation, first in the truth, then in both legs."""
        before, same_model = self.state, fingerprint == self.state.fingerprint
        self.state = truth.State(before.generation + 1, secrets.token_hex(8), model, fingerprint, dimension, pipeline)
        truth.put_state(self._database, self.state)
        if self._record is not None:
            self._record.keep()
        self.keep_seen()
        try:
            found = legs.opened(self._folder, before, write=True) if same_model else None
            if found is None:
                found = legs.rebuilt(self._database, self._folder, self.state)
            else:
                found = legs.update(found, self._database, self._folder, self.state, self._removed, self._added)
        except OSError as error:
            raise UserError(
                f"{self._folder}: all articles are in the store, but its search files could not be written ({first_line(error)}).",
                "Make space; the next command makes them again.",
            ) from error
        self.left = (len(self._removed), *legs.left(found, self._removed))
        self._removed, self._added = set(), set()
        self._record = truth.Record(self._database)

    def rollback(self) -> truth.Undone:
        """Makes what was before the last commit the newest generation; doing so twice changes nothing. What that changed.

        Raises UserError if what was before is not kept.
        """
        undone = truth.undo(self._database)
        if undone is None:
            raise UserError(
                f"{self._folder}: what was before generation {self.state.generation} is not kept.",
                "Only the last change can be taken back, if it was no first run and none of half a gigabyte.",
            )
        was = truth.state(self._folder, self._database)
        assert was is not None
        self._removed, self._added = set(undone.gone), set(undone.back)
        self.commit(model=was.model, fingerprint=was.fingerprint, dimension=was.dimension, pipeline=was.pipeline)
        return undone

    def keep_seen(self) -> None:
        """Keeps what was written; by itself only for what was remembered of files, where nothing else has changed."""
        self._database.execute("COMMIT")
        self._database.execute("BEGIN IMMEDIATE")

    def rebuild(self) -> None:
        """Makes both legs again from the truth."""
        legs.rebuilt(self._database, self._folder, self.state)


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """The store in `folder` opened for changing, made if there is none; what is not committed by the end is undone.

    Raises UserError if another process is writing or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}).", "Name another place with --store.") from error
    with truth.locked(folder, seconds=10), closing(truth.connect(folder, write=True)) as database, truth.readable(folder):
        database.execute("BEGIN IMMEDIATE")
        if not truth.rows(database, "SELECT 1 FROM sqlite_master"):
            database.execute(truth.SCHEMA)
        yield _FolderWriter(folder, database)
        if database.in_transaction:
            database.execute("ROLLBACK")


def content_hash(article: Article) -> str:
    """What must change for an article to count as changed."""
    fields = (article.title, article.date, article.source, article.author, article.url, article.text)
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).hexdigest()


def second_id(article: str, path: str) -> str:
    """The id of an article whose own id another file's article has already."""
    return f"{article}@{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
