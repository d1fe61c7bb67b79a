"""Open the store on a Milvus server or cluster to read it.

Knows how a question becomes queries of the server, and how rows become passages and articles. Does not write. BM25
and cosine are the same as in a folder, but for the last digits.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from index.errors import UserError
from index.milvus.bm25 import TermCounts, question_vector, question_weights, score
from index.milvus.cluster import ARTICLES, TEXTS, Cluster, Consistency, Row, cut, joined
from index.milvus.frequencies import Frequencies
from index.milvus.generations import MilvusState, read_state
from index.milvus.meanings import Meanings
from index.records import Article, Passage, Problem, without_spans
from index.store.address import MilvusAddress
from index.store.corpus import ArticleRef, StoredPassage, passage_in, running_text_of
from index.store.database import spans
from index.store.filters import Filters
from index.store.terms import MOST_TERMS
from index.text.folding import fold

_ALL = Filters()
_PASSAGE = ["id", "article", "key", "start", "end", "removed", "text", "title", "hash", "vector"]
_ARTICLE = ["id", "key", "title", "date", "source", "path", "duplicate_group", "digits_lost", "damage", "passages"]
_SAME, _SMALL = (
    1e-9,
    0.1,
)  # changes of the average lengths since vectors were written: none; one that moves few passages
_MORE = 20  # hits beyond k, where all are scored again
_MOST_CACHED = 5000  # passages kept in memory between questions
_TEXTS_AT_ONCE = 50  # articles whose text is fetched in one call: one may be a book


def number_of(name: str) -> int:
    """Return the number that stands for an article's id, or the end of a path, in expressions: 63 bits of its hash."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass")) >> 1


def milvus_model(address: MilvusAddress) -> str | None:
    """Return the name of a store's model, None if there is no store. Raises UserError if the server fails."""
    cluster = Cluster(address)
    try:
        state = read_state(cluster, "Strong")
    finally:
        cluster.close()
    return state.settings.model if state else None


class MilvusStore:
    """The Corpus of a store on a Milvus server."""

    def __init__(self, address: MilvusAddress) -> None:
        """Connect. Raises UserError if there is no store or the server cannot be used."""
        self.address = address
        self._cluster = Cluster(address)
        self._state: MilvusState | None = None
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> bool:
        """See Corpus. Raises UserError if the store is gone."""
        # A state a few seconds old is enough: a server may know a commit before it knows all its rows, see
        # MilvusState.consistency.
        newest = read_state(self._cluster, "Bounded" if self._state else "Strong", there=self._state is not None)
        # An older one is from a node that lags behind, or from another store.
        if newest and self._state and newest.generation < self._state.generation:
            newest = read_state(self._cluster, "Strong")
        if newest is None:
            raise UserError("milvus.no_store", address=self.address)
        self.overlap = newest.overlap
        if self._state and newest.same(self._state):
            if newest.vectors == self._state.vectors:
                return False
            self._state, self._meanings = newest, Meanings(self._cluster, newest)
            return True
        self._frequencies, self._meanings = Frequencies(self._cluster, newest), Meanings(self._cluster, newest)
        self._state, self._where, self._passages = newest, newest.where, newest.settings.passages
        self.generation, self.model = newest.generation, newest.settings.model
        self.fingerprint, self.dimension = newest.settings.fingerprint, newest.settings.dimension
        self._forget()
        return True

    @property
    def encoder(self) -> str:
        """The fingerprint of the encoder that made the vectors, "" if there are none."""
        return self._current().encoder

    @property
    def encoded(self) -> int:
        """How many passages have a vector of the encoder; until all have one, copies count once."""
        return self._meanings.count(len(self))

    @property
    def _consistency(self) -> Consistency:
        return self._current().consistency

    def _current(self) -> MilvusState:
        """Return the state that is open. Raises UserError if there is none."""
        if self._state is None:
            raise UserError("milvus.no_store", address=self.address)
        return self._state

    def _forget(self) -> None:
        """Empty what is kept in memory."""
        self._passage_rows: dict[int, Row] = {}  # by id
        self._counts: dict[int, TermCounts] = {}  # by passage id
        self._article_rows: dict[str, Row] = {}  # by key
        self._texts: dict[str, Article] = {}  # by key
        self._inside: dict[str, list[Passage]] = {}  # the passages of an article, by its key, without their text
        self._groups: dict[str, list[ArticleRef]] = {}  # by duplicate group

    def __len__(self) -> int:
        return self._frequencies.totals.passages

    def counts(self) -> tuple[int, int]:
        """Return (number of articles, number of passages)."""
        return self._frequencies.articles, len(self)

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, BM25 score) of passages that hold some of the terms, best first, ties by id."""
        asked = list(dict.fromkeys(terms))[:MOST_TERMS]
        if k < 1 or not asked or not len(self):
            return []
        self._frequencies.fetch(asked)
        totals = self._frequencies.totals
        weights = question_weights(asked, totals, self._frequencies.of)
        if not (vector := question_vector(weights)):
            return []
        # Stored vectors contain the average lengths of the first commit. While those are right, the server's score is
        # right.
        drift = _drift(totals.averages, self._current().settings.averages)
        most = k if drift < _SAME else k + _MORE if drift < _SMALL else 2 * k + _MORE
        hits = self._nearest("terms", vector, most, filters)
        if drift >= _SAME:
            hits = [(i, score(self._counted(i), weights, totals.averages)) for i, _ in hits]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) nearest to `vector`, (dimension,) float32, best first, ties by id."""
        if k < 1 or not len(self):
            return []
        hits = self._nearest("vector", vector.tolist(), min(k, len(self)), filters)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _nearest(self, field: str, vector: object, k: int, filters: Filters) -> list[tuple[int, float]]:
        where = f"{self._where}{_expression(filters)}"
        hits = self._cluster.nearest(self._passages, field, vector, k, where, _PASSAGE, self._consistency)
        if len(self._passage_rows) > _MOST_CACHED:
            self._forget()
        self._passage_rows |= {row["id"]: row for row, _ in hits if row["id"] not in self._passage_rows}
        return [(row["id"], value) for row, value in hits]

    def _counted(self, passage: int) -> TermCounts:
        if passage not in self._counts:
            row = self._passage_rows[passage]
            self._counts[passage] = TermCounts.of(row["title"], without_spans(row["text"], spans(row["removed"])))
        return self._counts[passage]

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term in their text."""
        return self._frequencies.of(term)[0]

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, (dimension,) float32, of unit length."""
        vectors = np.array([row["vector"] for row in self._rows(ids)], np.float32).reshape(len(ids), len(vector))
        return {i: float(cosine) for i, cosine in zip(ids, vectors @ vector, strict=True)}

    def by_meaning(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine by the encoder's vectors), the best first, ties by id."""
        return self._meanings.nearest(vector, k, _expression(filters)) if k > 0 else []

    def meanings(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """Return passage id → cosine with `vector`, for those of these passages that have the encoder's vector."""
        rows = self._fetched(ids)
        return self._meanings.cosines(vector, {i: rows[i]["hash"] for i in ids if i in rows})

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return passage id → passage. Raises UserError for an unknown id, or if a passage lies outside its article."""
        rows = self._rows(ids)
        articles = self._articles({row["key"] for row in rows})
        self._fetch_groups({row["duplicate_group"] for row in articles.values()})
        texts = self._whole(articles.keys())
        stored = {}
        for row in rows:
            of, article = articles[row["key"]], texts[row["key"]]
            piece = passage_in(article, row["id"], row["start"], row["end"], spans(row["removed"]), self._misplaced)
            if cut(piece.text) != row["text"]:
                raise self._misplaced(row["id"])
            stored[row["id"]] = StoredPassage(piece, article, of["duplicate_group"], of["digits_lost"], of["damage"])
        return stored

    def _misplaced(self, passage: int) -> UserError:
        return UserError("milvus.misplaced", address=self.address, passage=passage)

    def _rows(self, ids: Sequence[int]) -> list[Row]:
        rows = self._fetched(ids)
        if any(i not in rows for i in ids):
            raise self._damaged()
        return [rows[i] for i in ids]

    def _fetched(self, ids: Sequence[int]) -> dict[int, Row]:
        """Return id → row, for those of these passages that there are."""
        if missing := [i for i in ids if i not in self._passage_rows]:
            rows = self._cluster.among(self._passages, "id", missing, _PASSAGE, self._consistency, self._where)
            self._passage_rows |= {row["id"]: row for row in rows}
        return self._passage_rows

    def _damaged(self) -> UserError:
        return UserError("milvus.missing_rows", address=self.address)

    def _articles(self, keys: Collection[str]) -> dict[str, Row]:
        """Return key → row of the articles with these keys. Raises UserError if one is missing."""
        if missing := sorted(set(keys) - self._article_rows.keys()):
            rows = self._cluster.among(ARTICLES, "key", missing, _ARTICLE, self._consistency, self._where)
            self._article_rows |= {row["key"]: row for row in rows}
        if set(keys) - self._article_rows.keys():
            raise self._damaged()
        return {key: self._article_rows[key] for key in keys}

    def _whole(self, keys: Collection[str]) -> dict[str, Article]:
        """Return key → article, with its text, for these keys at least. Raises UserError if one is missing."""
        if missing := sorted(set(keys) - self._texts.keys()):
            self._texts |= whole_articles(self._cluster, missing)
        if set(keys) - self._texts.keys():
            raise self._damaged()
        return self._texts

    def running_texts(self, stored: Collection[StoredPassage]) -> dict[str, str]:
        """Return article id → the readable text of its first 20 passages, a line each, for these passages' articles."""
        keys = {each.article.id: self._key(each) for each in stored}
        inside = self._passages_in(keys.values())
        return {each.article.id: running_text_of(each.article.text, inside[keys[each.article.id]]) for each in stored}

    def _key(self, stored: StoredPassage) -> str:
        return str(self._rows([stored.passage.id])[0]["key"])

    def _passages_in(self, keys: Iterable[str]) -> dict[str, list[Passage]]:
        """Return key → all passages of its article, ordered, without their text, for these keys at least."""
        if missing := sorted(set(keys) - self._inside.keys()):
            fields = ["id", "key", "article", "start", "end", "removed"]
            rows = self._cluster.among(self._passages, "key", missing, fields, self._consistency, self._where)
            inside: dict[str, list[Passage]] = {key: [] for key in missing}
            for row in sorted(rows, key=lambda row: int(row["start"])):
                inside[row["key"]].append(
                    Passage(row["id"], row["article"], row["start"], row["end"], "", spans(row["removed"]))
                )
            self._inside |= inside
        return self._inside

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """Return the ids of the articles of these passages."""
        return {row["article"] for row in self._rows(passages)}

    def before(self, stored: StoredPassage) -> Passage | None:
        """Return the passage before another in its article, or None for the first."""
        key = self._key(stored)
        earlier = [each for each in self._passages_in([key])[key] if each.start < stored.passage.start]
        if not earlier:
            return None
        last = earlier[-1]
        return passage_in(stored.article, last.id, last.start, last.end, last.removed, self._misplaced)

    def group_articles(self, duplicate_group: str) -> list[ArticleRef]:
        """Return all articles of a duplicate group, the least damaged first, then by path."""
        self._fetch_groups({duplicate_group})
        return list(self._groups[duplicate_group])

    def _fetch_groups(self, groups: Collection[str]) -> None:
        missing = sorted(set(groups) - self._groups.keys())
        if not missing:
            return
        members: dict[str, list[Row]] = {group: [] for group in missing}
        for row in self._cluster.among(ARTICLES, "duplicate_group", missing, _ARTICLE, self._consistency, self._where):
            members[row["duplicate_group"]].append(row)
        for group, rows in members.items():
            rows.sort(key=lambda row: (row["damage"], row["path"], row["id"]))
            self._groups[group] = [article_ref(row) for row in rows]

    def sampled(self, count: int) -> list[tuple[int, str, str]]:
        """Return (id, duplicate group, readable text) of at most `count` passages.

        Their contents alone decide which, as in a folder.
        """
        share = min(1.0, 3 * count / max(1, len(self)))
        while True:
            below = f' and hash < "{int(share * 16**8):08x}"' if share < 1 else ""
            rows = self._cluster.some(self._passages, self._where + below, [*_PASSAGE, "hash"], self._consistency)
            if len(rows) >= count or share == 1:
                break
            share = min(1.0, 4 * share)
        rows = sorted(rows, key=lambda row: row["hash"])[:count]
        self._passage_rows |= {row["id"]: row for row in rows}
        articles = self._articles({row["key"] for row in rows})
        return [
            (row["id"], articles[row["key"]]["duplicate_group"], without_spans(row["text"], spans(row["removed"])))
            for row in rows
        ]

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """Return the ids of those of these articles that pass the filters."""
        numbers = [number_of(name) for name in articles]
        rows = self._cluster.among(ARTICLES, "number", numbers, _ARTICLE, self._consistency, self._where)
        return {row["id"] for row in rows if _passes(filters, row)}

    def articles(self) -> Iterator[Article]:
        """Yield every article, ordered by path and id."""
        rows = sorted(
            self._cluster.rows(ARTICLES, self._where, ["path", "id", "key"], self._consistency),
            key=lambda row: (row["path"], row["id"]),
        )
        for start in range(0, len(rows), _TEXTS_AT_ONCE):
            keys = [row["key"] for row in rows[start : start + _TEXTS_AT_ONCE]]
            texts = whole_articles(self._cluster, keys)
            if len(texts) < len(set(keys)):
                raise self._damaged()
            yield from (texts[key] for key in keys)

    def faults(self) -> list[Problem]:
        """Return what does not agree within the store; empty if nothing."""
        passages_of: dict[str, int] = defaultdict(int)
        for row in self._cluster.rows(self._passages, self._where, ["key"], "Strong"):
            passages_of[row["key"]] += 1
        passages, articles, keys, faults = sum(passages_of.values()), 0, set[str](), list[Problem]()

        def add(key: str, **values: object) -> None:
            faults.append(Problem.of(str(self.address), f"milvus.fault_{key}", **values))

        for row in self._cluster.rows(ARTICLES, self._where, ["id", "key", "passages"], "Strong"):
            articles += 1
            keys.add(row["key"])
            if (count := passages_of.pop(row["key"], 0)) != row["passages"]:
                add("passages", article=row["id"], count=count, expected=row["passages"])
        if passages_of:
            add("no_article", count=sum(passages_of.values()))
        present = joined(self._cluster.rows(TEXTS, 'article != ""', ["key"], "Strong")).keys()
        if keys - present:
            add("no_text", count=len(keys - present))
        if (articles, passages) != self.counts():
            add("statistics")
        return sorted(faults, key=lambda fault: fault.words("en"))  # in one order, whatever the language


def whole_articles(cluster: Cluster, keys: Collection[str]) -> dict[str, Article]:
    """Return key → article, with its text, of those of these articles that are complete on the server."""
    ordered, articles = sorted(set(keys)), dict[str, Article]()
    for start in range(0, len(ordered), _TEXTS_AT_ONCE):
        rows = cluster.among(TEXTS, "article", ordered[start : start + _TEXTS_AT_ONCE], ["key", "value"], "Strong")
        for key, whole in joined(rows).items():
            columns = json.loads(whole)
            columns["row_digest"] = columns.pop("document")
            for name in ("origins", "repairs"):
                columns[name] = tuple((what, value) for what, value in columns[name])
            articles[key] = Article(**columns)
    return articles


def article_ref(row: Row) -> ArticleRef:
    """Return the article of a row of zhiwen_articles, without its text."""
    return ArticleRef(row["id"], row["title"], row["date"], row["source"], row["path"])


def tail_numbers(path: str) -> list[int]:
    """Return the numbers (see `number_of`) of a path and of its ends, at most 121."""
    places = [i for i, character in enumerate(path) if character == "/"]
    return list(dict.fromkeys(number_of(end) for end in [path, *(path[place:] for place in places[-120:])]))


def _drift(averages: tuple[float, float], others: tuple[float, float]) -> float:
    return max(
        abs(one - other) / max(1e-9, other) if one != other else 0.0
        for one, other in zip(averages, others, strict=True)
    )


def _tail(article: str) -> str:
    return "/" + article.removeprefix("./").lstrip("/")


def _expression(filters: Filters) -> str:
    """Return the filters as a condition on a passage's row, which begins with "and"; "" without filters."""
    clauses = []
    if filters.since:
        clauses.append(f"date >= {quoted(filters.since)}")
    if filters.until:
        clauses.append(f'date != "" and date <= {quoted(filters.until)}')
    if filters.source:
        clauses.append(f"folded_source like {within_like(fold(filters.source))}")
    if filters.article:
        name, end = number_of(filters.article), number_of(_tail(filters.article))
        clauses.append(f"(number == {name} or array_contains(tails, {name}) or array_contains(tails, {end}))")
    return "".join(f" and {clause}" for clause in clauses)


def _passes(filters: Filters, row: Row) -> bool:
    return not (
        (filters.since and row["date"] < filters.since)
        or (filters.until and not "" < row["date"] <= filters.until)
        or (filters.source and fold(filters.source) not in fold(row["source"]))
        or (
            filters.article
            and filters.article not in (row["id"], row["path"])
            and not row["path"].endswith(_tail(filters.article))
        )
    )


def within_like(text: str, *, start: bool = False) -> str:
    """Return the pattern of LIKE for a field that contains a text, or (`start`) begins with it."""
    # Engines differ in how they write a backslash in a pattern, so any character matches it.
    pattern = "".join(
        "_" if character == "\\" else f"\\{character}" if character in "%_" else character for character in text
    )
    return quoted(f"{pattern}%" if start else f"%{pattern}%")


def quoted(text: str) -> str:
    """Return a text as expressions write it."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
