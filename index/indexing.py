"""Articles taken in become passages with vectors, and copies of one story are found among them.

Knows the order of the steps from a stored article to what can be searched. Does not know files, nor when anything is due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.chunking import passages
from index.cleaning import clean, running_text
from index.embedding import Embedder
from index.folding import fold
from index.progress import shown
from index.reading import is_markdown
from index.records import Article, Cleaned, Passage
from index.stories import bands, said, same_story, stories
from index.vectors import kind_for
from index.writer import Writer

_EMBED_AT_ONCE = 2048  # passages
_AHEAD = 200  # articles of which the writer is told that they will be asked for
_TOLD = 50_000  # texts kept in memory to compare others with; any other is made again from its article
_PROBES, _PROBE = 200, 8  # pieces of text, and characters of each: nearest to what real questions ask of a vector leg


def make_passages(writer: Writer, articles: Collection[str], recurring: frozenset[str], embedder: Embedder, *, reuse: bool) -> None:
    """Cleans, chunks and embeds these articles, and tells which are copies; a passage whose words are known is not embedded again."""
    waiting: list[_Made] = []
    told: dict[str, str] = {}  # hash → what the articles made of late say
    size = 0
    names = [name for name in writer.article_ids() if name in articles]
    for place, name in enumerate(shown(names, "indexing")):
        if place % _AHEAD == 0:
            writer.expect(names[place : place + _AHEAD])
        article = writer.article(name)
        if article is None:
            continue
        waiting.append(_made(article, recurring))
        size += len(waiting[-1].passages)
        if size >= _EMBED_AT_ONCE:
            _store_passages(writer, waiting, embedder, reuse=reuse)
            _find_copies(writer, waiting, told, recurring)
            waiting, size = [], 0
            if len(told) > _TOLD:
                told.clear()
    _store_passages(writer, waiting, embedder, reuse=reuse)
    _find_copies(writer, waiting, told, recurring)


@dataclass(frozen=True, slots=True)
class _Made:
    article: Article
    cleaned: Cleaned
    passages: list[Passage]
    said: str
    digest: str  # of what is said


def _made(article: Article, recurring: frozenset[str]) -> _Made:
    cleaned = clean(article.text, title=article.title, markdown=is_markdown(article.path), recurring=recurring)
    words = said(running_text(article.text, cleaned))
    digest = hashlib.sha256((words or article.id).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _Made(article, cleaned, passages(article, cleaned), words, digest)


def _store_passages(writer: Writer, waiting: Sequence[_Made], embedder: Embedder, *, reuse: bool) -> None:
    texts = {}
    for made in waiting:
        for passage in made.passages:
            text = f"{made.article.title}\n{passage.readable}" if made.article.title else passage.readable
            texts[made.article.id, passage.start] = (hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()[:32], text)
    wanted = dict(texts.values())
    vectors = writer.vectors(sorted(wanted)) if reuse else {}
    missing = [digest for digest in wanted if digest not in vectors]
    for digest, vector in zip(missing, embedder.encode([wanted[digest] for digest in missing]), strict=True):
        vectors[digest] = vector.tobytes()
    for made in waiting:
        rows = [(passage, digest := texts[made.article.id, passage.start][0], vectors[digest]) for passage in made.passages]
        writer.put_passages(made.article, made.cleaned, made.digest, rows)


def _find_copies(writer: Writer, fresh: Sequence[_Made], told: dict[str, str], recurring: frozenset[str]) -> None:
    """Remembers which of the fresh articles say nearly the same as another. `told` grows by what they say."""
    for made in fresh:
        told[made.digest] = made.said
        for other in writer.put_bands(made.article.id, made.digest, bands(made.said)):
            if other not in told and (article := writer.one_saying(other)) is not None:
                told[other] = _made(article, recurring).said
            if other in told and same_story(made.said, told[other]):
                writer.put_alike(made.digest, other)


def compare(writer: Writer, pairs: Sequence[tuple[str, str]], recurring: frozenset[str]) -> None:
    """Remembers which of these pairs of hashes of what articles say are copies."""
    told: dict[str, str] = {}
    for pair in pairs:
        for digest in pair:
            if digest not in told and (article := writer.one_saying(digest)) is not None:
                told[digest] = _made(article, recurring).said
        if all(digest in told for digest in pair) and same_story(told[pair[0]], told[pair[1]]):
            writer.put_alike(*pair)
        if len(told) > _TOLD:
            told.clear()


def tell_stories(writer: Writer) -> None:
    """Gives every article its story, as if all had come at once."""
    pairs = writer.alike()
    writer.tell(stories([words for pair in pairs for words in pair], pairs))


def probe(writer: Writer, embedder: Embedder, *, anew: bool) -> None:
    """Gives a store whose vector leg only approximates the nearest something to try it by: pieces of text as short as a question."""
    if anew:
        writer.put_probes(())
    if kind_for(writer.counts()[1]) == "exact" or writer.has_probes():
        return
    middles = [(len(text) // 2, text) for text in writer.sample(_PROBES)]
    pieces = [text[middle : middle + _PROBE] for middle, text in middles]
    writer.put_probes([vector.tobytes() for vector in embedder.encode(pieces, query=True)])
