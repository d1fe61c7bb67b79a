"""A corpus kept on a Milvus server or cluster, opened to be asked questions.

Knows how a question becomes queries of the server, and rows become passages and articles. Does not write. What passages are
scored by, BM25 and cosine, is the same to the last digits as in a folder.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from index.address import Address
from index.bm25 import Counted, question_vector, question_weights, score
from index.cluster import ARTICLES, TEXTS, Cluster, Consistency, Row, joined
from index.corpus import Filters, StoredPassage, Teller, running_text_of
from index.errors import UserError
from index.folding import fold
from index.frequencies import Frequencies
from index.generations import State, read_state
from index.records import Article, Passage, without
from index.terms import MOST_TERMS
from index.truth import spans

_ALL = Filters()
_PASSAGE = ["id", "article", "key", "start", "end", "removed", "text", "title", "vector"]
_TOLD = ["id", "key", "title", "date", "source", "path", "story", "digits_lost", "damage", "passages"]
_RIGHT, _SMALL = 1e-9, 0.1  # changes of the average lengths since vectors were written: none; one that moves few passages
_MORE = 20  # found beyond those asked for, where they are to be scored again
_KEPT = 5000  # passages, and articles, kept in memory between questions
_TEXTS = 50  # articles whose text is asked for at once: one may be a book


def number_of(name: str) -> int:
    """What stands for an article's id, or the end of a path, in expressions: 63 bits of its hash."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass")) >> 1


def milvus_model(address: Address) -> str | None:
    """The name of the model a store was made with, None if there is no store. Raises UserError if the server cannot be used."""
    cluster = Cluster(address)
    try:
        state = read_state(cluster, "Strong")
    finally:
        cluster.close()
    return state.settings.model if state else None


class MilvusStore:
    """The Corpus kept on a Milvus server."""

    def __init__(self, address: Address) -> None:
        """Connects. Raises UserError if there is no store or the server cannot be used."""
        self.place = address
        self._cluster = Cluster(address)
        self._state: State | None = None
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hangs up."""
        self._cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> bool:
        """Moves on to the newest generation; whether it did. Raises UserError if the store is gone."""
        # Up to a few seconds old: a server that has heard of a commit has not always heard of all its rows, see State.consistency.
        newest = read_state(self._cluster, "Bounded" if self._state else "Strong", there=self._state is not None)
        if newest and self._state and newest.generation < self._state.generation:  # from a server that lags behind, or another store
            newest = read_state(self._cluster, "Strong")
        if newest is None:
            raise UserError(f"{self.place}: no store there.", "Make one with python -m index.reindex FOLDER --store ADDRESS.")
        self.overlap = newest.overlap
        if newest.same(self._state):
            return False
        self._frequencies = Frequencies(self._cluster, newest)
        self._state, self._where, self._passages = newest, newest.where, newest.settings.passages
        self.generation, self.model = newest.generation, newest.settings.model
        self.fingerprint, self.dimension = newest.settings.fingerprint, newest.settings.dimension
        self._forget()
        return True

    @property
    def _consistency(self) -> Consistency:
        assert self._state is not None
        return self._state.consistency

    def _forget(self) -> None:
        self._found: dict[int, Row] = {}  # passages
        self._counts: dict[int, Counted] = {}
        self._told: dict[str, Row] = {}  # articles without text, by key
        self._texts: dict[str, Article] = {}  # by key
        self._inside: dict[str, list[Passage]] = {}  # the passages of an article, by its key, without their text
        self._stories: dict[str, list[Teller]] = {}

    def __len__(self) -> int:
        return self._frequencies.totals.passages

    def counts(self) -> tuple[int, int]:
        """(articles, passages)."""
        return self._frequencies.articles, len(self)

    def by_terms(self, terms: Sequence[str], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """At most k (passage id, BM25 score) of passages that share terms, best first, ties by id."""
        assert self._state is not None
        asked = list(dict.fromkeys(terms))[:MOST_TERMS]
        if k < 1 or not asked or not len(self):
            return []
        self._frequencies.fetch(asked)
        totals = self._frequencies.totals
        weights = question_weights(asked, totals, self._frequencies.of)
        if not (vector := question_vector(weights)):
            return []
        # The vectors' lengths are weighed by the averages of the first commit; as long as those hold, the server's score is right.
        drift = _drift(totals.averages, self._state.settings.averages)
        hits = self._nearest("terms", vector, k if drift < _RIGHT else k + _MORE if drift < _SMALL else 2 * k + _MORE, filters)
        if drift >= _RIGHT:
            hits = [(i, score(self._counted(i), weights, totals.averages)) for i, _ in hits]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def by_vector(self, vector: NDArray[np.float32], k: int, filters: Filters = _ALL) -> list[tuple[int, float]]:
        """At most k (passage id, cosine) of those nearest to a vector, (dimension,) float32, best first, ties by id."""
        if k < 1 or not len(self):
            return []
        hits = self._nearest("vector", vector.tolist(), min(k, len(self)), filters)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _nearest(self, field: str, vector: object, k: int, filters: Filters) -> list[tuple[int, float]]:
        where = f"{self._where}{_expression(filters)}"
        hits = self._cluster.nearest(self._passages, field, vector, k, where, _PASSAGE, self._consistency)
        if len(self._found) > _KEPT:
            self._forget()
        self._found |= {row["id"]: row for row, _ in hits if row["id"] not in self._found}
        return [(row["id"], value) for row, value in hits]

    def _counted(self, passage: int) -> Counted:
        if passage not in self._counts:
            row = self._found[passage]
            self._counts[passage] = Counted.of(row["title"], without(row["text"], spans(row["removed"])))
        return self._counts[passage]

    def frequency(self, term: str) -> int:
        """In how many passages a term stands."""
        return self._frequencies.of(term)[0]

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """The cosine of each of these passages with a vector, (dimension,) float32."""
        held = np.array([row["vector"] for row in self._rows(ids)], np.float32).reshape(len(ids), len(vector))
        return {i: float(cosine) for i, cosine in zip(ids, held @ vector, strict=True)}

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids. Raises UserError for one that is not there."""
        rows = self._rows(ids)
        articles = self._articles({row["key"] for row in rows})
        self._fetch_stories({told["story"] for told in articles.values()})
        texts = self._whole(articles.keys())
        found = {}
        for row in rows:
            told, article = articles[row["key"]], texts[row["key"]]
            piece = Passage(row["id"], article.id, row["start"], row["end"], article.text[row["start"] : row["end"]], spans(row["removed"]))
            found[row["id"]] = StoredPassage(piece, article, told["story"], told["digits_lost"], told["damage"])
        return found

    def _rows(self, ids: Sequence[int]) -> list[Row]:
        if missing := [i for i in ids if i not in self._found]:
            rows = self._cluster.among(self._passages, "id", missing, _PASSAGE, self._consistency, self._where)
            self._found |= {row["id"]: row for row in rows}
        if any(i not in self._found for i in ids):
            raise self._damaged()
        return [self._found[i] for i in ids]

    def _damaged(self) -> UserError:
        return UserError(
            f"{self.place}: damaged (rows that must be there are not).", "Run python -m index.reindex --verify; index anew if it finds fault."
        )

    def _articles(self, keys: Collection[str]) -> dict[str, Row]:
        """The rows of the articles with these keys. Raises UserError if one is not there."""
        if missing := sorted(set(keys) - self._told.keys()):
            rows = self._cluster.among(ARTICLES, "key", missing, _TOLD, self._consistency, self._where)
            self._told |= {row["key"]: row for row in rows}
        if set(keys) - self._told.keys():
            raise self._damaged()
        return {key: self._told[key] for key in keys}

    def _whole(self, keys: Collection[str]) -> dict[str, Article]:
        """The articles with these keys, with their text. Raises UserError if one is not there."""
        if missing := sorted(set(keys) - self._texts.keys()):
            self._texts |= whole_articles(self._cluster, missing)
        if set(keys) - self._texts.keys():
            raise self._damaged()
        return self._texts

    def running_texts(self, found: Collection[StoredPassage]) -> dict[str, str]:
        """The searched text of the articles of these passages, by article id: their first passages, without damage."""
        keys = {each.article.id: self._key(each) for each in found}
        inside = self._passages_in(keys.values())
        return {each.article.id: running_text_of(each.article.text, inside[keys[each.article.id]]) for each in found}

    def _key(self, found: StoredPassage) -> str:
        return str(self._rows([found.passage.id])[0]["key"])

    def _passages_in(self, keys: Iterable[str]) -> dict[str, list[Passage]]:
        """All passages of the articles with these keys, in order, without their text."""
        if missing := sorted(set(keys) - self._inside.keys()):
            fields = ["id", "key", "article", "start", "end", "removed"]
            rows = self._cluster.among(self._passages, "key", missing, fields, self._consistency, self._where)
            found: dict[str, list[Passage]] = {key: [] for key in missing}
            for row in sorted(rows, key=lambda row: int(row["start"])):
                found[row["key"]].append(Passage(row["id"], row["article"], row["start"], row["end"], "", spans(row["removed"])))
            self._inside |= found
        return self._inside

    def articles_of(self, passages: Sequence[int]) -> set[str]:
        """The ids of the articles in which these passages stand."""
        return {row["article"] for row in self._rows(passages)}

    def before(self, found: StoredPassage) -> Passage | None:
        """The passage that comes before another in its article, None if it is the first."""
        own, text = found.passage, found.article.text
        key = self._key(found)
        earlier = [each for each in self._passages_in([key])[key] if each.start < own.start]
        if not earlier:
            return None
        last = earlier[-1]
        return Passage(last.id, last.article, last.start, last.end, text[last.start : last.end], last.removed)

    def tellers(self, story: str) -> list[Teller]:
        """All articles that tell this story, the least damaged first, then by path."""
        self._fetch_stories({story})
        return list(self._stories[story])

    def _fetch_stories(self, stories: Collection[str]) -> None:
        if missing := sorted(set(stories) - self._stories.keys()):
            told: dict[str, list[Row]] = {story: [] for story in missing}
            for row in self._cluster.among(ARTICLES, "story", missing, _TOLD, self._consistency, self._where):
                told[row["story"]].append(row)
            for story, rows in told.items():
                rows.sort(key=lambda row: (row["damage"], row["path"], row["id"]))
                self._stories[story] = [teller(row) for row in rows]

    def sampled(self, count: int) -> list[tuple[int, str, str]]:
        """(id, story, readable text) of some passages. Which depends on their contents alone, as in a folder."""
        share = min(1.0, 3 * count / max(1, len(self)))
        while True:
            below = f' and hash < "{int(share * 16**8):08x}"' if share < 1 else ""
            rows = self._cluster.some(self._passages, self._where + below, [*_PASSAGE, "hash"], self._consistency)
            if len(rows) >= count or share == 1:
                break
            share = min(1.0, 4 * share)
        rows = sorted(rows, key=lambda row: row["hash"])[:count]
        self._found |= {row["id"]: row for row in rows}
        articles = self._articles({row["key"] for row in rows})
        return [(row["id"], articles[row["key"]]["story"], without(row["text"], spans(row["removed"]))) for row in rows]

    def passing(self, filters: Filters, articles: Collection[str]) -> set[str]:
        """The ids of those of these articles that pass the filters."""
        numbers = [number_of(name) for name in articles]
        rows = self._cluster.among(ARTICLES, "number", numbers, _TOLD, self._consistency, self._where)
        return {row["id"] for row in rows if _passes(filters, row)}

    def articles(self) -> Iterator[Article]:
        """Every article, ordered by path and id."""
        rows = sorted(self._cluster.rows(ARTICLES, self._where, ["path", "id", "key"], self._consistency), key=lambda row: (row["path"], row["id"]))
        for start in range(0, len(rows), _TEXTS):
            keys = [row["key"] for row in rows[start : start + _TEXTS]]
            texts = whole_articles(self._cluster, keys)
            if len(texts) < len(set(keys)):
                raise self._damaged()
            yield from (texts[key] for key in keys)

    def faults(self) -> list[str]:
        """What does not agree within the store, one sentence each; empty if all is well."""
        held: dict[str, int] = defaultdict(int)
        for row in self._cluster.rows(self._passages, self._where, ["key"], "Strong"):
            held[row["key"]] += 1
        passages, found, articles, keys = sum(held.values()), list[str](), 0, set[str]()
        for row in self._cluster.rows(ARTICLES, self._where, ["id", "key", "passages"], "Strong"):
            articles += 1
            keys.add(row["key"])
            if (there := held.pop(row["key"], 0)) != row["passages"]:
                found.append(f"article {row['id']}: {there} passages instead of {row['passages']}")
        if held:
            found.append(f"{sum(held.values())} passages without an article")
        present = joined(self._cluster.rows(TEXTS, 'article != ""', ["key"], "Strong")).keys()
        if keys - present:
            found.append(f"{len(keys - present)} articles without their whole text")
        if (articles, passages) != self.counts():
            found.append("the statistics of terms are those of other passages")
        return sorted(found)


def whole_articles(cluster: Cluster, keys: Collection[str]) -> dict[str, Article]:
    """The articles with these keys, as far as they are there, whole."""
    ordered, found = sorted(set(keys)), dict[str, Article]()
    for start in range(0, len(ordered), _TEXTS):
        rows = cluster.among(TEXTS, "article", ordered[start : start + _TEXTS], ["key", "value"], "Strong")
        for key, whole in joined(rows).items():
            told = json.loads(whole)
            found[key] = Article(**told | {name: tuple((what, value) for what, value in told[name]) for name in ("origins", "repairs")})
    return found


def teller(row: Row) -> Teller:
    """The article of a row of zhiwen_articles, without its text."""
    return Teller(row["id"], row["title"], row["date"], row["source"], row["path"])


def tail_numbers(path: str) -> list[int]:
    """What stands for a path and each of its ends."""
    places = [i for i, character in enumerate(path) if character == "/"]
    return list(dict.fromkeys(number_of(end) for end in [path, *(path[place:] for place in places[-120:])]))


def _drift(averages: tuple[float, float], others: tuple[float, float]) -> float:
    return max(abs(one - other) / max(1e-9, other) if one != other else 0.0 for one, other in zip(averages, others, strict=True))


def _tail(article: str) -> str:
    return "/" + article.removeprefix("./").lstrip("/")


def _expression(filters: Filters) -> str:
    """What is to be true of a passage's row too, with its "and"."""
    said = []
    if filters.since:
        said.append(f"date >= {quoted(filters.since)}")
    if filters.until:
        said.append(f'date != "" and date <= {quoted(filters.until)}')
    if filters.source:
        said.append(f"folded_source like {within_like(fold(filters.source))}")
    if filters.article:
        name, end = number_of(filters.article), number_of(_tail(filters.article))
        said.append(f"(number == {name} or array_contains(tails, {name}) or array_contains(tails, {end}))")
    return "".join(f" and {each}" for each in said)


def _passes(filters: Filters, row: Row) -> bool:
    return not (
        (filters.since and row["date"] < filters.since)
        or (filters.until and not "" < row["date"] <= filters.until)
        or (filters.source and fold(filters.source) not in fold(row["source"]))
        or (filters.article and filters.article not in (row["id"], row["path"]) and not row["path"].endswith(_tail(filters.article)))
    )


def within_like(text: str, *, start: bool = False) -> str:
    """What LIKE is to be given for a field that holds a text, or starts with it."""
    # Engines differ in how a backslash is written in a pattern: any one sign stands for it.
    pattern = "".join("_" if character == "\\" else f"\\{character}" if character in "%_" else character for character in text)
    return quoted(f"{pattern}%" if start else f"%{pattern}%")


def quoted(text: str) -> str:
    """A text as expressions write it."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
