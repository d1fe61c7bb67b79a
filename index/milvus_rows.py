"""Articles and passages as the rows of a Milvus store.

Knows what each column holds. Does not know when rows are written, nor which of them count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

import numpy as np

from index.bm25 import Counted, passage_vector
from index.cluster import LONGEST, NEVER, Row, cut, in_parts, joined
from index.folding import fold
from index.milvus import number_of, tail_numbers
from index.records import Article
from index.shards import lane_of
from index.writer import FileState

_PAIR = 20  # bytes of the hash of what another article says, in JSON


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an article beside its contents."""

    hash: str  # of the contents
    said: str
    story: str
    digits_lost: int
    damage: int
    bands: Sequence[int]  # keys by which its copies are found
    edges: Mapping[str, str]  # its first and last lines: key → body
    alike: Sequence[str]  # words that tell the same as its own
    made_with: Sequence[str]  # keys of its lines that recurred when its passages were made
    passages: int
    apart: bool  # made by a shard, which did not know the others' articles
    file: tuple[str, str]  # the file it came from, and the SHA-256 of that when this was written

    def columns(self) -> Row:
        """Its columns of zhiwen_articles."""
        more = {"bands": list(self.bands), "edges": dict(self.edges), "alike": list[str](), "made_with": list(self.made_with), "file": self.file}
        room = (LONGEST - len(_json(more).encode())) // _PAIR
        more["alike"] = list(self.alike)[: max(0, room)]  # more of them join nothing that these do not
        return {
            "hash": self.hash,
            "said": self.said,
            "story": self.story,
            "digits_lost": self.digits_lost,
            "damage": self.damage,
            "passages": self.passages,
            "apart": int(self.apart),
            "more": _json(more),
        }


def text_rows(article: Article) -> tuple[str, list[Row]]:
    """The key of an article's contents, and its rows of zhiwen_texts: the same contents under the same id make the same rows.

    Its `document` is not among them: that may change where nothing else does.
    """
    whole = _json(asdict(article) | {"document": ""})
    key = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return key, [{"key": part, "article": key, "value": text} for part, text in in_parts(key, whole)]


def file_rows(state: FileState) -> list[Row]:
    """The rows of zhiwen_files that remember a file."""
    file, lane = file_key(state.path), lane_of(state.path)
    return [{"key": key, "file": file, "lane": lane, "value": text} for key, text in in_parts(file, json.dumps(astuple(state)))]


def file_key(path: str) -> str:
    """What stands for a file's path in zhiwen_files."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def file_states(rows: Iterable[Row]) -> list[FileState]:
    """The files that rows of zhiwen_files remember."""
    return [FileState(*json.loads(told)) for told in joined(rows).values()]


def article_columns(article: Article, key: str) -> Row:
    """The columns of zhiwen_articles that come from its contents."""
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
        "mended": int(bool(article.repairs)),
        "document": cut(article.document),
    }


def passage_rows(
    article: Article,
    key: str,
    passages: Sequence[tuple[int, int, int, str, str, bytes, Counted]],
    averages: tuple[float, float],
    lane: int,
    born: int,
) -> Iterator[Row]:
    """The rows of an article's passages: (id, start, end, removed as JSON, hash, vector as float32 bytes, terms) of each."""
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
        "gone": NEVER,
    }
    for passage, start, end, removed, digest, vector, counted in passages:
        yield {
            "id": passage,
            "start": start,
            "end": end,
            "removed": removed,
            "hash": digest,
            "text": cut(article.text[start:end]),
            "vector": np.frombuffer(vector, np.float32).tolist(),
            "terms": passage_vector(counted, averages),
            **shared,
        }


def _json(value: object) -> str:
    """As JSON that can be written: half of a pair of surrogates, which rows of tables and names of files may hold, as an escape."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        told.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return told
