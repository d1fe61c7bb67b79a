"""In how many passages of a Milvus store each term stands: counts in segments, of which every commit adds one.

Knows the rows of zhiwen_statistics. Does not know passages.

A segment holds the change that a commit made, spread by a hash over as many rows as keep each small, so that a question reads a
few rows only, and daily additions write few. The sum over all segments that count is the truth; segments are joined now and then.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

import xxhash

from index.bm25 import Counted, Totals
from index.cluster import LONGEST, NEVER, STATISTICS, Cluster, Consistency, Row, cut
from index.generations import State

_PER_ROW = 100  # terms in a row of a segment, on average


@dataclass(frozen=True, slots=True)
class Segment:
    """The head of a segment."""

    name: str
    buckets: int
    articles: int
    totals: Totals


@dataclass(slots=True)
class Change:
    """What a commit changes in the counts."""

    articles: int = 0
    passages: int = 0
    text: int = 0
    title: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    titles: Counter[str] = field(default_factory=Counter)

    def count(self, counted: Counted, sign: int) -> None:
        """Adds a passage (1) or takes it out (-1)."""
        text, title = counted.lengths
        self.passages, self.text, self.title = self.passages + sign, self.text + sign * text, self.title + sign * title
        for counts, of in ((self.texts, counted.text), (self.titles, counted.title)):
            for term in of:
                counts[term] += sign

    def join(self, name: str, rows: Iterable[Row]) -> None:
        """Adds what the rows of a segment say, its head included."""
        for row in rows:
            told = json.loads(row["value"])
            if row["key"] == f"{name}/head":
                self.articles += told["articles"]
                self.passages, self.text, self.title = self.passages + told["passages"], self.text + told["text"], self.title + told["title"]
            else:
                for term, (text, title) in told.items():
                    self.texts[term] += text
                    self.titles[term] += title

    def rows(self, lane: int, born: int) -> Iterator[Row]:
        """The rows of a segment that says all this."""
        name = secrets.token_hex(8)
        terms = sorted(term for term in self.texts.keys() | self.titles.keys() if self.texts[term] or self.titles[term])
        buckets = max(1, len(terms) // _PER_ROW)
        life = {"segment": name, "lane": lane, "born": born, "gone": NEVER}
        head = {"buckets": buckets, "articles": self.articles} | asdict(Totals(self.passages, self.text, self.title))
        spread: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
        for term in terms:
            spread[_bucket(term, buckets)][cut(term)] = (self.texts[term], self.titles[term])
        for bucket, told in sorted(spread.items()):
            value = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            while len(value.encode()) > LONGEST:  # words of absurd length; what nobody asks for need not be counted
                told.pop(max(told, key=len))
                value = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            yield {"key": f"{name}/{bucket}", "head": 0, "value": value} | life
        yield {"key": f"{name}/head", "head": 1, "value": json.dumps(head)} | life


class Frequencies:
    """The counts of one generation."""

    def __init__(self, cluster: Cluster, state: State) -> None:
        self._cluster, self._state = cluster, state
        self.segments = segments(cluster, state.where, state.consistency)
        self.totals = Totals(
            *(sum(getattr(segment.totals, name) for segment in self.segments) for name in ("passages", "text", "title")),
        )
        self.articles = sum(segment.articles for segment in self.segments)
        self._rows: dict[str, dict[str, tuple[int, int]]] = {}

    def fetch(self, terms: Iterable[str]) -> None:
        """Asks for many terms at once."""
        wanted = {key for term in terms for key in self._keys(term)} - self._rows.keys()
        if wanted:
            found = {row["key"]: row for row in self._cluster.among(STATISTICS, "key", sorted(wanted), ["key", "value"], self._state.consistency)}
            for key in wanted:
                self._rows[key] = json.loads(found[key]["value"]) if key in found else {}

    def of(self, term: str) -> tuple[int, int]:
        """In how many passages a term stands in (text, title)."""
        if len(term) > 2 and term[0] >= "\u3000":  # no such term: Chinese is split into characters and pairs
            return 0, 0
        self.fetch([term])
        pairs = [self._rows[key].get(term, (0, 0)) for key in self._keys(term)]
        return sum(text for text, _ in pairs), sum(title for _, title in pairs)

    def _keys(self, term: str) -> list[str]:
        return [f"{segment.name}/{_bucket(term, segment.buckets)}" for segment in self.segments]


def segments(cluster: Cluster, where: str, consistency: Consistency) -> list[Segment]:
    """The heads of all segments that count, ordered."""
    found = []
    for row in cluster.some(STATISTICS, f"head == 1 and {where}", ["segment", "value"], consistency):
        told = json.loads(row["value"])
        totals = Totals(told["passages"], told["text"], told["title"])
        found.append(Segment(row["segment"], told["buckets"], told["articles"], totals))
    return sorted(found, key=lambda segment: segment.name)


def _bucket(term: str, buckets: int) -> int:
    return xxhash.xxh3_64_intdigest(term.encode("utf-8", "surrogatepass")) % buckets
