"""List the articles of a store on a Milvus server, show one of them, and count over all of them.

Knows which rows to fetch. A list or a count over all articles reads every row: seconds for a million of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from index.milvus.cluster import ARTICLES, FILES, Cluster, Row
from index.milvus.frequencies import Frequencies
from index.milvus.generations import MilvusState, read_state
from index.milvus.rows import file_key, file_states
from index.milvus.store import article_ref, number_of, quoted, whole_articles, within_like
from index.records import Span
from index.store.address import MilvusAddress
from index.store.catalogue import ArticleDetails, Catalogue, Listing, Summary, article_details
from index.store.corpus import ArticleRef
from index.store.database import NoStore
from index.store.writer import FileState
from index.text.folding import fold
from index.text.scripts import script

_SAMPLE = 500  # articles whose script is determined
_LAST = 200  # articles that `titles` chooses from
_REF_FIELDS = ["row", "id", "title", "date", "source", "path", "taken"]


class MilvusCatalogue(Catalogue):
    """The articles of the store at an address. Every method raises UserError if the server fails."""

    def __init__(self, address: MilvusAddress) -> None:
        """Connect. Raises UserError if the server cannot be used."""
        self.address = address
        self._cluster = _connected(address)

    def _now(self) -> MilvusState:
        state = read_state(self._cluster, "Strong")
        if state is None:
            raise NoStore(self.address)
        return state

    def _rows(self, also: str = "", fields: Sequence[str] = _REF_FIELDS, state: MilvusState | None = None) -> list[Row]:
        state = state or self._now()
        return list(
            self._cluster.rows(ARTICLES, state.where + (f" and ({also})" if also else ""), fields, state.consistency)
        )

    def page(self, words: str, start: int, count: int, files: Sequence[str] = ()) -> Listing:
        """Return `count` articles from place `start` on, of those whose title, source or path holds `words`.

        Words match in either script. With words, articles from one of `files` are listed too; "" lists all articles.
        """
        also = ""
        if words:
            also = " or ".join([f"folded like {within_like(fold(words))}", *map(_from_file, files)])
        rows = sorted(self._rows(also), key=lambda row: (-row["taken"], row["id"]))
        return Listing(tuple(article_ref(row) for row in rows[start : start + count]), len(rows))

    def count(self) -> int:
        """Return the number of articles."""
        state = self._now()
        return Frequencies(self._cluster, state).articles

    def _files(self) -> list[FileState]:
        return file_states(self._cluster.rows(FILES, 'key != ""', ["key", "value"], "Strong"))

    def files_in(self, folder: Path) -> dict[str, str]:
        """Return path → SHA-256 of every file of a folder, as it was when it was read."""
        return {file.path: file.hash for file in self._files() if file.path.startswith(f"{folder}/")}

    def article(self, article: str) -> ArticleDetails | None:
        """Return the article with this id, or None."""
        state = self._now()
        rows = self._rows(f"number == {number_of(article)}", ["key", "duplicate_group", "more", "document"], state)
        if not rows:
            return None
        row = rows[0]
        if (whole := whole_articles(self._cluster, [row["key"]]).get(row["key"])) is None:
            return None
        stored = replace(whole, row_digest=row["document"])
        places = self._cluster.among(
            state.settings.passages, "key", [row["key"]], ["start", "end"], state.consistency, state.where
        )
        passages = tuple(sorted((Span(place["start"], place["end"]) for place in places), key=lambda span: span.start))
        others = self._rows(f"duplicate_group == {quoted(row['duplicate_group'])}", [*_REF_FIELDS, "damage"], state)
        others.sort(key=lambda other: (other["damage"], other["path"], other["id"]))
        copies = tuple(article_ref(other) for other in others if other["id"] != article)
        beside = len(self.of_file(str(self._file_of(stored.path))))
        return article_details(
            stored, frozenset(json.loads(row["more"])["recurring_lines_before"]), passages, copies, beside
        )

    def _file_of(self, path: str) -> Path:
        """Return the file an article came from, which may be an archive it was packed in."""
        steps = [Path(path), *Path(path).parents]
        rows = self._cluster.among(FILES, "file", [file_key(str(step)) for step in steps], ["file"], "Strong")
        known = {row["file"] for row in rows}
        return next((step for step in steps if file_key(str(step)) in known), Path(path))

    def holding(self, passage: int) -> tuple[ArticleDetails, Span] | None:
        """Return the article of a passage and the passage's span in it; None if the store has no such passage."""
        state = self._now()
        rows = self._cluster.among(
            state.settings.passages, "id", [passage], ["article", "start", "end"], state.consistency, state.where
        )
        details = self.article(rows[0]["article"]) if rows else None
        return (details, Span(rows[0]["start"], rows[0]["end"])) if details else None

    def of_file(self, path: str) -> list[ArticleRef]:
        """Return the articles from a file or packed in it, ordered by path and id."""
        return [
            article_ref(row) for row in sorted(self._rows(_from_file(path)), key=lambda row: (row["path"], row["id"]))
        ]

    def copies_among(self, paths: Sequence[str]) -> int:
        """Return how many articles from these files are duplicates of another article of the store."""
        state, groups = self._now(), Counter[str]()
        for path in paths:
            groups.update(row["duplicate_group"] for row in self._rows(_from_file(path), ["duplicate_group"], state))
        rows = self._cluster.among(
            ARTICLES, "duplicate_group", sorted(groups), ["duplicate_group"], state.consistency, state.where
        )
        members = Counter(row["duplicate_group"] for row in rows)
        return sum(count for group, count in groups.items() if members[group] > 1)

    def files_named(self, name: str) -> list[tuple[str, str]]:
        """Return (path, problems as a JSON list) of at most twenty files whose path holds the name."""
        named = sorted((file.path, file.problems) for file in self._files() if name.casefold() in file.path.casefold())
        return named[:20]

    def sources(self) -> list[str]:
        """Return the names of all sources, those of the most articles first."""
        counted = Counter(row["source"] for row in self._rows('source != ""', ["source"]))
        return [source for source, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]

    def titles(self, count: int) -> list[str]:
        """Return at most `count` titles of the last indexed articles, the newest first, one of each duplicate group."""
        last = sorted(self._rows(fields=[*_REF_FIELDS, "duplicate_group"]), key=lambda row: -row["taken"])[:_LAST]
        titles = {row["duplicate_group"]: (row["date"], row["title"]) for row in last if row["title"]}
        return [title for _, title in sorted(titles.values(), reverse=True)[:count]]

    def summary(self) -> Summary:
        """Count over all articles."""
        state = self._now()
        fields = ["key", "hash", "date", "source", "duplicate_group", "digits_lost", "undecodable", "repairs"]
        rows = self._rows(fields=fields, state=state)
        sampled = whole_articles(
            self._cluster, [row["key"] for row in sorted(rows, key=lambda row: row["hash"])[:_SAMPLE]]
        )
        scripts = Counter(script(article.text) for article in sampled.values())
        months = Counter(row["date"][:7] for row in rows if len(row["date"]) >= 7)
        return Summary(
            articles=len(rows),
            passages=Frequencies(self._cluster, state).totals.passages,
            copies=len(rows) - len({row["duplicate_group"] for row in rows}),
            months=tuple(sorted(months.items())),
            sources=tuple(Counter(row["source"] for row in rows).most_common()),
            scripts=tuple(scripts.most_common()),
            sampled=len(sampled),
            digits_lost=sum(1 for row in rows if row["digits_lost"]),
            undecodable=sum(1 for row in rows if row["undecodable"]),
            repairs=sum(row["repairs"] for row in rows),
            generation=state.generation,
            model=state.settings.model,
            bytes=0,
        )


_connected = cache(Cluster)  # one connection to a server serves all catalogues


def _from_file(path: str) -> str:
    return f"(path == {quoted(path)} or path like {within_like(path + '/', start=True)})"
