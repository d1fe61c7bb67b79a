"""Articles and passages as the rows of a Milvus store.

Knows what each column holds. Does not know when rows are written, nor which of them count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace

import numpy as np

from index.milvus.bm25 import TermCounts, passage_vector
from index.milvus.cluster import LONGEST, NO_END, Row, cut, in_parts, joined
from index.milvus.shards import lane_of
from index.milvus.store import number_of, tail_numbers
from index.records import Article
from index.store.writer import FileState
from index.text.folding import fold

_PAIR = 20  # bytes of the text hash of a near-duplicate, in JSON


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """What is stored of an article beside its contents."""

    hash: str  # of the contents
    text_hash: str
    duplicate_group: str
    digits_lost: int
    damage: int
    bands: Sequence[int]  # keys by which near-duplicates are found
    edges: Mapping[str, str]  # its first and last lines: key → body
    near_duplicates: Sequence[str]  # text hashes of its near-duplicates
    recurring_lines_before: Sequence[str]  # keys of those of its lines that recurred when its passages were made
    passages: int
    apart: bool  # made by a shard, which did not know the articles of the other shards
    file: tuple[str, str]  # the path of the file it came from, and the SHA-256 of that when this was written

    def columns(self) -> Row:
        """Return its columns of zhiwen_articles."""
        more = {
            "bands": list(self.bands),
            "edges": dict(self.edges),
            "near_duplicates": list[str](),
            "recurring_lines_before": list(self.recurring_lines_before),
            "file": self.file,
        }
        room = (LONGEST - len(_json(more).encode())) // _PAIR
        # Pairs beyond the room join no other articles: all of them are in one group already.
        more["near_duplicates"] = list(self.near_duplicates)[: max(0, room)]
        return {
            "hash": self.hash,
            "text_hash": self.text_hash,
            "duplicate_group": self.duplicate_group,
            "digits_lost": self.digits_lost,
            "damage": self.damage,
            "passages": self.passages,
            "apart": int(self.apart),
            "more": _json(more),
        }


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A new passage of an article."""

    id: int
    start: int
    end: int
    removed: str  # JSON list of pairs
    hash: str
    vector: bytes  # float32
    terms: TermCounts


def text_rows(article: Article) -> tuple[str, list[Row]]:
    """Return the key of an article's contents, and its rows of zhiwen_texts.

    The same contents under the same id make the same rows. The row digest (`document`) is left out: it may change
    alone.
    """
    names = {"row_digest": "document"}
    whole = _json({names.get(name, name): value for name, value in asdict(replace(article, row_digest="")).items()})
    key = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return key, [{"key": part, "article": key, "value": text} for part, text in in_parts(key, whole)]


def file_rows(state: FileState) -> list[Row]:
    """Return the rows of zhiwen_files for a file."""
    file, lane = file_key(state.path), lane_of(state.path)
    return [
        {"key": key, "file": file, "lane": lane, "value": text}
        for key, text in in_parts(file, json.dumps(astuple(state)))
    ]


def file_key(path: str) -> str:
    """Return the key of a file in zhiwen_files: a hash of its path."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def file_states(rows: Iterable[Row]) -> list[FileState]:
    """Return the files of rows of zhiwen_files; a file of which a row is missing is left out."""
    return [FileState(*json.loads(value)) for value in joined(rows).values()]


def article_columns(article: Article, key: str) -> Row:
    """Return the columns of zhiwen_articles that come from an article's contents. `key` is that of `text_rows`."""
    return {
        "number": number_of(article.id),
        "id": cut(article.id),
        "key": key,
        "path": cut(article.path),
        "title": cut(article.title),
        "date": cut(article.date),
        "source": cut(article.source),
        "folded": cut("\n".join(fold(text) for text in (article.title, article.source, article.path))),
        "undecodable": article.undecodable,
        "repairs": int(bool(article.repairs)),
        "document": cut(article.row_digest),
    }


def passage_rows(
    article: Article,
    key: str,
    passages: Sequence[PassageRecord],
    averages: tuple[float, float],
    lane: int,
    born: int,
) -> Iterator[Row]:
    """Yield the rows of an article's passages."""
    shared = {
        "number": number_of(article.id),
        "article": cut(article.id),
        "key": key,
        "title": cut(article.title),
        "date": cut(article.date),
        "source": cut(article.source),
        "folded_source": cut(fold(article.source)),
        "path": cut(article.path),
        "tails": tail_numbers(article.path),
        "lane": lane,
        "born": born,
        "gone": NO_END,
    }
    for passage in passages:
        yield {
            "id": passage.id,
            "start": passage.start,
            "end": passage.end,
            "removed": passage.removed,
            "hash": passage.hash,
            "text": cut(article.text[passage.start : passage.end]),
            "vector": np.frombuffer(passage.vector, np.float32).tolist(),
            "terms": passage_vector(passage.terms, averages),
            **shared,
        }


def _json(value: object) -> str:
    """Return JSON that can be encoded. Table rows and file names may hold a lone surrogate; then all is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
