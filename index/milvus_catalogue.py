"""The articles of a store on a Milvus server as a list to look through, and as numbers over all of them.

Knows which rows are asked for. What covers all articles is gathered row by row: seconds where there are a million of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from index.address import Address
from index.catalogue import Catalogue, Kept, Listing, Summary, kept
from index.cluster import ARTICLES, FILES, Cluster, Row
from index.corpus import Teller
from index.doctor import script
from index.folding import fold
from index.frequencies import Frequencies
from index.generations import State, read_state
from index.milvus import number_of, quoted, teller, whole_articles, within_like
from index.milvus_rows import file_key, file_states
from index.records import Span
from index.truth import NoStore
from index.writer import FileState

_SAMPLE = 500  # articles whose script is looked at
_LAST = 200  # articles looked at for titles
_TELLER = ["row", "id", "title", "date", "source", "path", "taken"]


class MilvusCatalogue(Catalogue):
    """The articles of the store at an address."""

    def __init__(self, address: Address) -> None:
        """Connects. Raises UserError if the server cannot be used."""
        self.place = address
        self._cluster = _connected(address)

    def _now(self) -> State:
        state = read_state(self._cluster, "Strong")
        if state is None:
            raise NoStore(self.place)
        return state

    def _rows(self, also: str = "", fields: Sequence[str] = _TELLER, state: State | None = None) -> list[Row]:
        state = state or self._now()
        return list(self._cluster.rows(ARTICLES, state.where + (f" and ({also})" if also else ""), fields, state.consistency))

    def page(self, words: str, start: int, count: int, files: Sequence[str] = ()) -> Listing:
        """`count` articles from place `start` on, of those whose title, source or path holds the words, in either script.

        All of them for "". What came from one of `files` counts as well.
        """
        also = ""
        if words:
            also = " or ".join([f"folded like {within_like(fold(words))}", *map(_from_file, files)])
        found = sorted(self._rows(also), key=lambda row: (-row["taken"], row["id"]))
        return Listing(tuple(teller(row) for row in found[start : start + count]), len(found))

    def count(self) -> int:
        """How many articles there are."""
        state = self._now()
        return Frequencies(self._cluster, state).articles

    def _files(self) -> list[FileState]:
        return file_states(self._cluster.rows(FILES, 'key != ""', ["key", "value"], "Strong"))

    def files_in(self, folder: Path) -> dict[str, str]:
        """The SHA-256 of every file of a folder, by path, as it was when it was read."""
        return {file.path: file.hash for file in self._files() if file.path.startswith(f"{folder}/")}

    def article(self, article: str) -> Kept | None:
        """One article by its id, None if there is none."""
        state = self._now()
        rows = self._rows(f"number == {number_of(article)}", ["key", "story", "more", "document"], state)
        if not rows:
            return None
        row = rows[0]
        if (whole := whole_articles(self._cluster, [row["key"]]).get(row["key"])) is None:
            return None
        found = replace(whole, document=row["document"])
        places = self._cluster.among(state.settings.passages, "key", [row["key"]], ["start", "end"], state.consistency, state.where)
        passages = tuple(sorted((Span(place["start"], place["end"]) for place in places), key=lambda span: span.start))
        others = self._rows(f"story == {quoted(row['story'])}", [*_TELLER, "damage"], state)
        others.sort(key=lambda other: (other["damage"], other["path"], other["id"]))
        copies = tuple(teller(other) for other in others if other["id"] != article)
        beside = len(self.of_file(str(self._file_of(found.path))))
        return kept(found, frozenset(json.loads(row["more"])["made_with"]), passages, copies, beside)

    def _file_of(self, path: str) -> Path:
        """The file an article came from, which may be an archive it was packed in."""
        steps = [Path(path), *Path(path).parents]
        rows = self._cluster.among(FILES, "file", [file_key(str(step)) for step in steps], ["file"], "Strong")
        known = {row["file"] for row in rows}
        return next((step for step in steps if file_key(str(step)) in known), Path(path))

    def holding(self, passage: int) -> tuple[Kept, Span] | None:
        """The article in which a passage stands, and where; None if the passage is gone."""
        state = self._now()
        rows = self._cluster.among(state.settings.passages, "id", [passage], ["article", "start", "end"], state.consistency, state.where)
        found = self.article(rows[0]["article"]) if rows else None
        return (found, Span(rows[0]["start"], rows[0]["end"])) if found else None

    def of_file(self, path: str) -> list[Teller]:
        """The articles that came from a file, be they packed in it."""
        return [teller(row) for row in sorted(self._rows(_from_file(path)), key=lambda row: (row["path"], row["id"]))]

    def copies_among(self, paths: Sequence[str]) -> int:
        """How many articles from these files tell the same as another article of the store."""
        state, told = self._now(), Counter[str]()
        for path in paths:
            told.update(row["story"] for row in self._rows(_from_file(path), ["story"], state))
        rows = self._cluster.among(ARTICLES, "story", sorted(told), ["story"], state.consistency, state.where)
        tellers = Counter(row["story"] for row in rows)
        return sum(count for story, count in told.items() if tellers[story] > 1)

    def files_named(self, name: str) -> list[tuple[str, str]]:
        """(path, problems as a JSON list) of files whose path holds the name, at most twenty."""
        found = sorted((file.path, file.problems) for file in self._files() if name.casefold() in file.path.casefold())
        return found[:20]

    def sources(self) -> list[str]:
        """The names of all sources, those of most articles first."""
        counted = Counter(row["source"] for row in self._rows('source != ""', ["source"]))
        return [source for source, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]

    def titles(self, count: int) -> list[str]:
        """Titles of the newest of the articles taken in last, each story once."""
        last = sorted(self._rows(fields=[*_TELLER, "story"]), key=lambda row: -row["taken"])[:_LAST]
        told = {row["story"]: (row["date"], row["title"]) for row in last if row["title"]}
        return [title for _, title in sorted(told.values(), reverse=True)[:count]]

    def summary(self) -> Summary:
        """Numbers over all articles."""
        state = self._now()
        fields = ["key", "hash", "date", "source", "story", "digits_lost", "undecodable", "mended"]
        rows = self._rows(fields=fields, state=state)
        sampled = whole_articles(self._cluster, [row["key"] for row in sorted(rows, key=lambda row: row["hash"])[:_SAMPLE]])
        scripts = Counter(script(article.text) for article in sampled.values())
        months = Counter(row["date"][:7] for row in rows if len(row["date"]) >= 7)
        return Summary(
            articles=len(rows),
            passages=Frequencies(self._cluster, state).totals.passages,
            copies=len(rows) - len({row["story"] for row in rows}),
            months=tuple(sorted(months.items())),
            sources=tuple(Counter(row["source"] for row in rows).most_common()),
            scripts=tuple(scripts.most_common()),
            sampled=len(sampled),
            digits_lost=sum(1 for row in rows if row["digits_lost"]),
            undecodable=sum(1 for row in rows if row["undecodable"]),
            mended=sum(row["mended"] for row in rows),
            generation=state.generation,
            model=state.settings.model,
            bytes=0,
        )


_connected = cache(Cluster)  # one line to a server is enough for all who look something up


def _from_file(path: str) -> str:
    return f"(path == {quoted(path)} or path like {within_like(path + '/', start=True)})"
