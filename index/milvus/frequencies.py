"""Count how many passages of a Milvus store hold each term.

Knows the rows of zhiwen_statistics. Does not know passages.

Every commit adds a segment: the change of the counts, spread by a hash over rows that stay small, so that a question
reads few rows and a small change writes few. The counts are the sum over all segments; the writer joins segments now
and then.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

import xxhash

from index.milvus.bm25 import TermCounts, Totals
from index.milvus.cluster import LONGEST, NO_END, STATISTICS, Cluster, Consistency, Row, cut
from index.milvus.generations import MilvusState

_PER_ROW = 100  # terms in a row of a segment, on average


@dataclass(frozen=True, slots=True)
class Segment:
    """The head of a segment: its number of rows, and its totals."""

    name: str
    buckets: int
    articles: int
    totals: Totals


@dataclass(slots=True)
class Change:
    """The change that a commit makes to the counts."""

    articles: int = 0
    passages: int = 0
    text: int = 0
    title: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    titles: Counter[str] = field(default_factory=Counter)

    def count(self, counted: TermCounts, sign: int) -> None:
        """Add a passage (`sign` 1) or subtract it (-1)."""
        text, title = counted.lengths
        self.passages, self.text, self.title = self.passages + sign, self.text + sign * text, self.title + sign * title
        for counts, of in ((self.texts, counted.text), (self.titles, counted.title)):
            for term in of:
                counts[term] += sign

    def join(self, name: str, rows: Iterable[Row]) -> None:
        """Add the rows of a segment, its head included."""
        for row in rows:
            value = json.loads(row["value"])
            if row["key"] == f"{name}/head":
                self.articles += value["articles"]
                self.passages += value["passages"]
                self.text += value["text"]
                self.title += value["title"]
            else:
                for term, (text, title) in value.items():
                    self.texts[term] += text
                    self.titles[term] += title

    def rows(self, lane: int, born: int) -> Iterator[Row]:
        """Yield the rows of a new segment with this change."""
        name = secrets.token_hex(8)
        terms = sorted(term for term in self.texts.keys() | self.titles.keys() if self.texts[term] or self.titles[term])
        buckets = max(1, len(terms) // _PER_ROW)
        life = {"segment": name, "lane": lane, "born": born, "gone": NO_END}
        head = {"buckets": buckets, "articles": self.articles} | asdict(Totals(self.passages, self.text, self.title))
        spread: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
        for term in terms:
            spread[_bucket(term, buckets)][cut(term)] = (self.texts[term], self.titles[term])
        for bucket, counts in sorted(spread.items()):
            value = json.dumps(counts, ensure_ascii=False, separators=(",", ":"))
            while len(value.encode()) > LONGEST:  # leave out absurdly long words: no question holds them
                counts.pop(max(counts, key=len))
                value = json.dumps(counts, ensure_ascii=False, separators=(",", ":"))
            yield {"key": f"{name}/{bucket}", "head": 0, "value": value} | life
        yield {"key": f"{name}/head", "head": 1, "value": json.dumps(head)} | life


class Frequencies:
    """The counts of one generation."""

    def __init__(self, cluster: Cluster, state: MilvusState) -> None:
        self._cluster, self._state = cluster, state
        self.segments = segments(cluster, state.where, state.consistency)
        self.totals = Totals(
            *(
                sum(getattr(segment.totals, name) for segment in self.segments)
                for name in ("passages", "text", "title")
            ),
        )
        self.articles = sum(segment.articles for segment in self.segments)
        self._rows: dict[str, dict[str, tuple[int, int]]] = {}

    def fetch(self, terms: Iterable[str]) -> None:
        """Fetch the counts of many terms in one call, for `of`."""
        wanted = {key for term in terms for key in self._keys(term)} - self._rows.keys()
        if wanted:
            rows = {
                row["key"]: row
                for row in self._cluster.among(
                    STATISTICS, "key", sorted(wanted), ["key", "value"], self._state.consistency
                )
            }
            for key in wanted:
                self._rows[key] = json.loads(rows[key]["value"]) if key in rows else {}

    def of(self, term: str) -> tuple[int, int]:
        """Return how many passages hold a term in (text, title)."""
        if len(term) > 2 and term[0] >= "\u3000":  # no such term: Chinese is split into characters and pairs
            return 0, 0
        self.fetch([term])
        pairs = [self._rows[key].get(term, (0, 0)) for key in self._keys(term)]
        return sum(text for text, _ in pairs), sum(title for _, title in pairs)

    def _keys(self, term: str) -> list[str]:
        return [f"{segment.name}/{_bucket(term, segment.buckets)}" for segment in self.segments]


def segments(cluster: Cluster, where: str, consistency: Consistency) -> list[Segment]:
    """Return the heads of the segments that `where` is true of, ordered by name."""
    heads = []
    for row in cluster.some(STATISTICS, f"head == 1 and {where}", ["segment", "value"], consistency):
        value = json.loads(row["value"])
        totals = Totals(value["passages"], value["text"], value["title"])
        heads.append(Segment(row["segment"], value["buckets"], value["articles"], totals))
    return sorted(heads, key=lambda segment: segment.name)


def _bucket(term: str, buckets: int) -> int:
    return xxhash.xxh3_64_intdigest(term.encode("utf-8", "surrogatepass")) % buckets
