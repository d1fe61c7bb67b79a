"""Change a store: remember files, put articles and passages in and take them out, and commit all as a new generation.

Knows which rows of the tables each step changes. Does not know how articles and passages are made, nor how a kind of
store makes a generation of the tables: the writer is handed `Commits` for that, and `Remote` for what the tables do
not hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

import apsw

from index.records import Article, Cleaned, Passage
from index.store import database
from index.store.database import ARTICLE_COLUMNS, MadeWith, StoreState
from index.text.boilerplate import RECURRING, RECURRING_SENTENCE, SENTENCE
from index.text.cleaning import damage
from index.text.duplicates import CANDIDATES

# Articles that came from a file, or from a file packed in it: "0" comes right after "/".
_FROM_FILE = "(path = ? OR (path > ? || '/' AND path < ? || '0'))"


@dataclass(frozen=True, slots=True)
class FileState:
    """What is remembered of a file. The fields are the columns of the table `files`, in their order."""

    path: str
    size: int  # bytes
    mtime: int  # nanoseconds, of the last change of contents or place
    seen: int  # nanoseconds, when it was read
    hash: str
    problems: str  # JSON list of reasons, as they were when it was read


@dataclass(slots=True)
class Changes:
    """What a run has changed since the store was opened."""

    removed_passages: set[int] = field(default_factory=set)  # ids, of those that the last generation had
    added_passages: set[int] = field(default_factory=set)
    articles: set[str] = field(default_factory=set)  # ids of articles put in, changed or removed
    contents: set[str] = field(default_factory=set)  # of these, the articles whose contents are new
    cleared: set[str] = field(default_factory=set)  # ids of articles that lost the passages of the last generation
    files: set[str] = field(default_factory=set)  # paths of files remembered or forgotten
    paired: set[str] = field(default_factory=set)  # text hashes of new pairs of near-duplicates
    # Passage hash → vector of removed passages: they may come back under another name or with one sentence changed.
    vectors: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Committed:
    """The new generation, and how many passages left (the database, the term index, the vector index)."""

    state: StoreState
    deleted_from: tuple[int, int, int]


class Remote(Protocol):
    """What a kind of store knows beyond the tables. Every method raises UserError if a server does not answer."""

    @property
    def needs_probes(self) -> bool:
        """Whether the store tunes its own vector index, with the table `probes`."""

    def fetch(self, articles: Sequence[str]) -> None:
        """Complete the rows of these articles in the table `articles`, where only a part of a row is there."""

    def vectors(self, hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Return passage hash → vector (float32 bytes) of those of these passages that are known."""

    def passages(self) -> Mapping[str, int]:
        """Return article id → how many passages of the last generation are not in the table `passages`."""

    def foreign_articles(self) -> Collection[str]:
        """Return the ids of articles that this writer may not change: other shards own them."""

    def recurring_lines_before(self) -> dict[str, list[str]] | None:
        """Return what `Writer.recurring_lines` gave when the last generation was made; None if the tables hold them."""

    def uncompared_pairs(self) -> list[tuple[str, str]] | None:
        """Return the pairs of `Writer.uncompared_pairs`."""


class NoRemote:
    """The Remote of a store whose tables hold everything."""

    needs_probes = True

    def fetch(self, articles: Sequence[str]) -> None:
        """Do nothing: every row is complete."""

    def vectors(self, hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Return nothing: all vectors are in the tables."""
        del hashes
        return {}

    def passages(self) -> Mapping[str, int]:
        """Return nothing: all passages are in the tables."""
        return {}

    def foreign_articles(self) -> Collection[str]:
        """Return nothing: a folder has one writer."""
        return ()

    def recurring_lines_before(self) -> dict[str, list[str]] | None:
        """Return None: the tables hold them."""
        return None

    def uncompared_pairs(self) -> list[tuple[str, str]] | None:
        """Return None: every article was compared with all others."""
        return None


class Commits(Protocol):
    """How a kind of store makes a generation of the tables.

    A method reads the tables and `Writer.changes`; nobody sees a change of the store before it returns. Every method
    raises UserError if the store cannot be written.
    """

    def commit(self, writer: Writer, made_with: MadeWith) -> Committed:
        """Make everything since opening the newest generation."""

    def rollback(self, writer: Writer) -> tuple[Committed, database.Undone]:
        """Make the contents of the generation before the newest generation; see `Writer.rollback`."""

    def keep_file_states(self, writer: Writer) -> None:
        """Keep what is remembered of files, without a new generation."""

    def rebuild(self, writer: Writer) -> StoreState:
        """Make the search files again from the articles, and return the newest state."""

    def take_over(self, writer: Writer, folder: Path) -> Committed:
        """Copy the store in a folder into this one, which must be empty, and commit it."""

    def limit_record(self) -> None:
        """Drop a record of changes that has grown too large for the memory. Called after every article."""


class Writer:
    """A store opened to be changed. Nobody sees a change before `commit`."""

    def __init__(
        self, connection: apsw.Connection, state: StoreState, commits: Commits, remote: Remote | None = None
    ) -> None:
        """Take over tables of database.SCHEMA, with the contents of the last generation (`state`)."""
        self._connection, self._commits = connection, commits
        self._remote: Remote = remote or NoRemote()
        self.state = state
        self.changes = Changes()
        self.deleted_from = (0, 0, 0)  # see Committed; of the last commit

    def _rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        return database.rows(self._connection, query, values)

    def counts(self) -> tuple[int, int]:
        """Return (articles, passages) as they would be after a commit."""
        articles, passages = database.counts(self._connection)
        elsewhere = self._remote.passages()
        return articles, passages + sum(elsewhere[name] for name in elsewhere if name not in self.changes.cleared)

    def duplicates(self) -> int:
        """Return how many articles are copies of another article that is counted once."""
        return int(self._rows("SELECT count(*) - count(DISTINCT duplicate_group) FROM articles")[0][0])

    # Files.

    def files(self) -> dict[str, FileState]:
        """Return what is remembered of every file, by path."""
        return {
            row[0]: FileState(*row) for row in self._rows("SELECT path, size, mtime, seen, hash, problems FROM files")
        }

    def remember_file(self, state: FileState) -> None:
        """Remember a file, in place of what was remembered of it."""
        self._connection.execute(database.PUT_FILE, astuple(state))
        self.changes.files.add(state.path)

    def forget_file(self, path: str) -> None:
        """Forget a file. Its articles stay until `remove_article`."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (path,))
        self.changes.files.add(path)

    # Articles.

    def articles_of(self, path: str) -> dict[str, str]:
        """Return article id → content hash of the articles from a file or from files packed in it, ordered by id."""
        return dict(self._rows(f"SELECT id, hash FROM articles WHERE {_FROM_FILE} ORDER BY id", (path, path, path)))

    def rows_of(self, path: str) -> dict[str, str]:
        """Return article id → digest of its row, for the articles from a table or from tables packed in a file."""
        query = f"SELECT id, document FROM articles WHERE document != '' AND {_FROM_FILE}"
        return dict(self._rows(query, (path, path, path)))

    def article(self, article: str) -> Article | None:
        """Return the article with this id, or None."""
        self.prefetch([article])
        rows = self._rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = ?", (article,))
        return database.article(rows[0]) if rows else None

    def article_with_text(self, text_hash: str) -> Article | None:
        """Return the first article, by id, with this text hash (see `put_passages`), or None."""
        rows = self._rows("SELECT id FROM articles WHERE text_hash = ? ORDER BY id LIMIT 1", (text_hash,))
        return self.article(rows[0][0]) if rows else None

    def prefetch(self, articles: Sequence[str]) -> None:
        """Fetch articles that `article` will be asked for, many in one call where a server holds them."""
        self._remote.fetch([name for name in articles if name not in self.changes.contents])

    def article_ids(self) -> list[str]:
        """Return the ids of the articles that this writer may change, ordered by path and id."""
        foreign = self._remote.foreign_articles()
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY path, id") if row[0] not in foreign]

    def without_passages(self) -> list[tuple[str, str]]:
        """Return (path, id) of the articles of `article_ids` that have no passage, ordered."""
        elsewhere, foreign = self._remote.passages(), self._remote.foreign_articles()
        query = (
            "SELECT path, id FROM articles WHERE NOT EXISTS (SELECT 1 FROM passages WHERE article = articles.id)"
            " ORDER BY path, id"
        )
        return [
            (path, name)
            for path, name in self._rows(query)
            if name not in foreign and (not elsewhere.get(name) or name in self.changes.cleared)
        ]

    def put_article(self, article: Article, content_hash: str, edge_lines: Iterable[str], body: str) -> None:
        """Put in an article, or its new contents, still without passages.

        `edge_lines` are the keys of its first and last lines; `body` is equal for copies of one article and differs
        between articles (see index.text.boilerplate).
        """
        self.remove_article(article.id)
        values = {field.name: getattr(article, field.name) for field in fields(article)}
        values["origins"], values["repairs"] = (
            json.dumps(article.origins, ensure_ascii=False),
            json.dumps(article.repairs),
        )
        self._connection.execute(
            f"INSERT INTO articles ({ARTICLE_COLUMNS}, hash, text_hash, duplicate_group, digits_lost, damage, bands)"
            f" VALUES ({'?, ' * len(values)}?, '', '', 0, 0, '')",
            (*values.values(), content_hash),
        )
        self._connection.executemany(
            "INSERT INTO edge_lines VALUES (?, ?, ?)", ((article.id, key, body) for key in edge_lines)
        )
        self.changes.contents.add(article.id)

    def put_row_digest(self, article: str, digest: str) -> None:
        """Remember the new digest of the row that an article comes from; the article itself is unchanged."""
        self._connection.execute("UPDATE articles SET document = ? WHERE id = ?", (digest, article))
        self.changes.articles.add(article)

    def remove_article(self, article: str) -> None:
        """Remove an article and its passages. Do nothing if there is none of this id."""
        self._remove_passages(article)
        self._remove_bands(article)
        self._connection.execute("DELETE FROM articles WHERE id = ?", (article,))
        self.changes.articles.add(article)
        self.changes.contents.discard(article)

    def recurring_lines(self) -> dict[str, list[str]]:
        """Return key → article ids of the edge lines of at least three different articles (of sentences: ten)."""
        rows = self._rows(
            "SELECT key, article FROM edge_lines WHERE key IN (SELECT key FROM edge_lines GROUP BY key"
            " HAVING count(DISTINCT body) >= CASE substr(key, 1, 1) WHEN ? THEN ? ELSE ? END) ORDER BY key, article",
            (SENTENCE, RECURRING_SENTENCE, RECURRING),
        )
        return database.grouped(rows)

    def recurring_lines_before(self) -> dict[str, list[str]]:
        """Return what `recurring_lines` gave when the passages in the store were made. Call it before any change."""
        before = self._remote.recurring_lines_before()
        return self.recurring_lines() if before is None else before

    # Passages.

    def vectors(self, hashes: Sequence[str]) -> dict[str, bytes]:
        """Return passage hash → vector (float32 bytes) of those of these passages that are known."""
        removed = self.changes.vectors
        known = {digest: removed[digest] for digest in hashes if digest in removed}
        for part in database.rows_in(self._connection, "SELECT hash, vector FROM passages WHERE hash IN", hashes):
            known.update(part)
        if missing := [digest for digest in hashes if digest not in known]:
            known.update(self._remote.vectors(missing))
        return known

    def put_passages(
        self, article: Article, cleaned: Cleaned, text_hash: str, passages: Sequence[tuple[Passage, str, bytes]]
    ) -> None:
        """Put in the passages of an article, in place of those it had: each with its hash and vector (float32 bytes).

        `text_hash` is equal for articles with the same running text.
        """
        self._remove_passages(article.id)
        self._remove_bands(article.id)
        self._connection.execute(
            "UPDATE articles SET text_hash = ?, duplicate_group = ?, digits_lost = ?, damage = ? WHERE id = ?",
            (text_hash, text_hash, cleaned.digits_lost, damage(article, cleaned), article.id),
        )
        self._commits.limit_record()
        for passage, digest, vector in passages:
            removed = json.dumps([[span.start, span.end] for span in passage.removed])
            self._connection.execute(
                "INSERT INTO passages (article, start, end, removed, hash, vector) VALUES (?, ?, ?, ?, ?, ?)",
                (article.id, passage.start, passage.end, removed, digest, vector),
            )
            self.changes.added_passages.add(self._connection.last_insert_rowid())
        self.changes.articles.add(article.id)

    def _remove_passages(self, article: str) -> None:
        rows = self._rows("SELECT id, hash, vector FROM passages WHERE article = ?", (article,))
        self._connection.execute("DELETE FROM passages WHERE article = ?", (article,))
        removed, changes = {row[0] for row in rows}, self.changes
        changes.vectors.update((digest, vector) for _, digest, vector in rows)
        changes.removed_passages |= removed - changes.added_passages
        changes.added_passages -= removed
        changes.cleared.add(article)

    # Duplicates.

    def put_bands(self, article: str, text_hash: str, keys: Sequence[int]) -> list[str]:
        """Remember the band keys of an article's text. Return the text hashes that share most keys, the most first."""
        self._connection.execute("UPDATE articles SET bands = ? WHERE id = ?", (json.dumps(keys), article))
        self._connection.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", ((key, text_hash) for key in keys))
        query = (
            f"SELECT text_hash FROM bands WHERE key IN ({','.join('?' * len(keys))}) AND text_hash != ?"
            " GROUP BY text_hash ORDER BY count(*) DESC, text_hash LIMIT ?"
        )
        return [row[0] for row in self._rows(query, (*keys, text_hash, CANDIDATES))]

    def _remove_bands(self, article: str) -> None:
        """Remove the band keys of an article's text, unless another article has the same text."""
        for text_hash, keys in self._rows(
            "SELECT text_hash, bands FROM articles WHERE id = ? AND bands != ''", (article,)
        ):
            if not self._rows("SELECT 1 FROM articles WHERE text_hash = ? AND id != ?", (text_hash, article)):
                self._connection.executemany(
                    "DELETE FROM bands WHERE key = ? AND text_hash = ?", ((key, text_hash) for key in json.loads(keys))
                )

    def put_near_duplicates(self, text_hash: str, other: str) -> None:
        """Remember that two texts, by their hashes, are near-duplicates."""
        self._connection.execute(
            "INSERT OR IGNORE INTO near_duplicates VALUES (?, ?)", (min(text_hash, other), max(text_hash, other))
        )
        self.changes.paired |= {text_hash, other}

    def near_duplicates(self) -> list[tuple[str, str]]:
        """Return all pairs of `put_near_duplicates`, ordered; forget those of which no article is left."""
        known = "(SELECT text_hash FROM articles)"
        self._connection.execute(f"DELETE FROM near_duplicates WHERE a NOT IN {known} OR b NOT IN {known}")
        return [(a, b) for a, b in self._rows("SELECT a, b FROM near_duplicates ORDER BY a, b")]

    def uncompared_pairs(self) -> list[tuple[str, str]] | None:
        """Return pairs of text hashes that share band keys and were never compared, ordered.

        Shards do not know the articles of other shards. None if no part of the store was made by a shard.
        """
        return self._remote.uncompared_pairs()

    def set_groups(self, groups: Mapping[str, str]) -> None:
        """Set the near-duplicate group of every article: that of its text hash in `groups`, or else the text hash."""
        self._connection.execute("UPDATE articles SET duplicate_group = text_hash WHERE duplicate_group != text_hash")
        self._connection.executemany(
            "UPDATE articles SET duplicate_group = ? WHERE text_hash = ?",
            ((duplicate_group, text_hash) for text_hash, duplicate_group in groups.items()),
        )

    # The sample corpus and the probes.

    def sample_root(self) -> str:
        """Return the folder of the bundled sample articles if they were indexed because there was no store; else ""."""
        roots = self._rows("SELECT value FROM settings WHERE name = 'sample'")
        return str(roots[0][0]) if roots else ""

    def mark_sample(self, root: str) -> None:
        """Remember that the articles under a folder are the bundled sample; "" forgets it."""
        self._connection.execute("DELETE FROM settings WHERE name = 'sample'")
        if root:
            self._connection.execute("INSERT INTO settings VALUES ('sample', ?)", (root,))

    def has_probes(self) -> bool:
        """Return whether a large vector index has probes to be tuned with, or needs none."""
        return not self._remote.needs_probes or bool(self._rows("SELECT 1 FROM probes LIMIT 1"))

    def put_probes(self, vectors: Iterable[bytes]) -> None:
        """Replace the probes: vectors (float32 bytes) of pieces of text as short as a question."""
        self._connection.execute("DELETE FROM probes")
        self._connection.executemany("INSERT INTO probes (vector) VALUES (?)", ((vector,) for vector in vectors))

    def sample(self, passages: int) -> list[str]:
        """Return the readable text of at most so many passages."""
        return [readable for _, _, readable in database.sampled(self._connection, passages)]

    # Generations.

    def commit(self, *, model: str, fingerprint: str, dimension: int, pipeline: str) -> None:
        """Make everything since opening the newest generation. Raises UserError if the store cannot be written."""
        self._set_generation(self._commits.commit(self, MadeWith(model, fingerprint, dimension, pipeline)))

    def rollback(self) -> database.Undone:
        """Undo the last commit, as a new generation, and return what that changed; a second call restores it.

        Raises UserError if the generation before is not kept.
        """
        committed, undone = self._commits.rollback(self)
        self._set_generation(committed)
        return undone

    def take_over(self, folder: Path) -> None:
        """Copy the store in a folder into this one and commit it. Raises UserError if this store is not empty."""
        self._set_generation(self._commits.take_over(self, folder))

    def keep_file_states(self) -> None:
        """Keep what is remembered of files, without a new generation. Call it only if nothing else has changed."""
        self._commits.keep_file_states(self)

    def rebuild(self) -> None:
        """Make the search files again from the articles. Raises UserError if the store cannot be written."""
        self.state = self._commits.rebuild(self)

    def _set_generation(self, committed: Committed) -> None:
        self.state, self.deleted_from = committed.state, committed.deleted_from
        self.changes.removed_passages, self.changes.added_passages = set(), set()


def content_hash(article: Article) -> str:
    """Return the hash of everything that makes an article count as changed: SHA-256, hexadecimal."""
    fields = (article.title, article.date, article.source, article.author, article.url, article.text)
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).hexdigest()


def second_id(article: str, path: str) -> str:
    """Return the id of an article whose own id an article of another file has."""
    return f"{article}@{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
