"""Articles taken in become passages with vectors, and near-duplicates among them are grouped.

Knows the order of the steps from a stored article to what can be searched. Does not know files, nor when anything is
due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.embedding.models import Embedder
from index.progress import track
from index.reading.contents import cleaned_article
from index.records import Article, Cleaned, Passage, embedded_text
from index.store.vectors import kind_for
from index.store.writer import Writer
from index.text.chunking import passages
from index.text.cleaning import running_text
from index.text.duplicates import are_near_duplicates, bands, comparable_text, duplicate_groups
from index.text.folding import fold

_EMBED_AT_ONCE = 2048  # passages
_AHEAD = 200  # articles that the writer is asked to prefetch
_TEXTS = 50_000  # texts kept in memory to compare others with; any other is made again from its article
_PROBES, _PROBE = 200, 8  # pieces of text, and characters of each: nearest to what real questions ask of a vector index


def make_passages(
    writer: Writer, articles: Collection[str], recurring: frozenset[str], embedder: Embedder, *, reuse: bool
) -> None:
    """Clean, chunk and embed these articles, and find near-duplicates.

    With `reuse` the vector of a known text is not computed again.
    """
    waiting: list[_Made] = []
    texts: dict[str, str] = {}  # hash → comparable text of the latest articles
    size = 0
    names = [name for name in writer.article_ids() if name in articles]
    for place, name in enumerate(track(names, "progress.indexing")):
        if place % _AHEAD == 0:
            writer.prefetch(names[place : place + _AHEAD])
        article = writer.article(name)
        if article is None:
            continue
        waiting.append(_made(article, recurring))
        size += len(waiting[-1].passages)
        if size >= _EMBED_AT_ONCE:
            _store_passages(writer, waiting, embedder, reuse=reuse)
            _find_copies(writer, waiting, texts, recurring)
            waiting, size = [], 0
            if len(texts) > _TEXTS:
                texts.clear()
    _store_passages(writer, waiting, embedder, reuse=reuse)
    _find_copies(writer, waiting, texts, recurring)


@dataclass(frozen=True, slots=True)
class _Made:
    article: Article
    cleaned: Cleaned
    passages: list[Passage]
    text: str  # comparable
    digest: str  # of that text


def _made(article: Article, recurring: frozenset[str]) -> _Made:
    cleaned = cleaned_article(article, recurring)
    words = comparable_text(running_text(article.text, cleaned))
    digest = hashlib.sha256((words or article.id).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _Made(article, cleaned, passages(article, cleaned), words, digest)


def _store_passages(writer: Writer, waiting: Sequence[_Made], embedder: Embedder, *, reuse: bool) -> None:
    texts = {}
    for made in waiting:
        for passage in made.passages:
            text = embedded_text(made.article.title, passage.readable)
            texts[made.article.id, passage.start] = (
                hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()[:32],
                text,
            )
    wanted = dict(texts.values())
    vectors = writer.vectors(sorted(wanted)) if reuse else {}
    missing = [digest for digest in wanted if digest not in vectors]
    for digest, vector in zip(missing, embedder.encode([wanted[digest] for digest in missing]), strict=True):
        vectors[digest] = vector.tobytes()
    for made in waiting:
        rows = [
            (passage, digest := texts[made.article.id, passage.start][0], vectors[digest]) for passage in made.passages
        ]
        writer.put_passages(made.article, made.cleaned, made.digest, rows)


def _find_copies(writer: Writer, fresh: Sequence[_Made], texts: dict[str, str], recurring: frozenset[str]) -> None:
    """Store which of the fresh articles are near-duplicates of another. Add their texts to `texts`."""
    for made in fresh:
        texts[made.digest] = made.text
        for other in writer.put_bands(made.article.id, made.digest, bands(made.text)):
            if other not in texts and (article := writer.article_with_text(other)) is not None:
                texts[other] = _made(article, recurring).text
            if other in texts and are_near_duplicates(made.text, texts[other]):
                writer.put_near_duplicates(made.digest, other)


def compare(writer: Writer, pairs: Sequence[tuple[str, str]], recurring: frozenset[str]) -> None:
    """Store which of these pairs of text hashes are near-duplicates."""
    texts: dict[str, str] = {}
    for pair in pairs:
        for digest in pair:
            if digest not in texts and (article := writer.article_with_text(digest)) is not None:
                texts[digest] = _made(article, recurring).text
        if all(digest in texts for digest in pair) and are_near_duplicates(texts[pair[0]], texts[pair[1]]):
            writer.put_near_duplicates(*pair)
        if len(texts) > _TEXTS:
            texts.clear()


def group_duplicates(writer: Writer) -> None:
    """Give every article its near-duplicate group, as if all had come at once."""
    pairs = writer.near_duplicates()
    writer.set_groups(duplicate_groups([words for pair in pairs for words in pair], pairs))


def probe(writer: Writer, embedder: Embedder, *, anew: bool) -> None:
    """Give a store with an approximate vector index pieces of text to measure it by, as short as a question."""
    if anew:
        writer.put_probes(())
    if kind_for(writer.counts()[1]) == "exact" or writer.has_probes():
        return
    middles = [(len(text) // 2, text) for text in writer.sample(_PROBES)]
    pieces = [text[middle : middle + _PROBE] for middle, text in middles]
    writer.put_probes([vector.tobytes() for vector in embedder.encode(pieces, query=True)])
