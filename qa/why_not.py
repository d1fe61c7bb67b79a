"""Why something expected is not in the answer: which step on the way from file to answer lost it.

Knows the steps and asks each of them. Does not know how their outcome is told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from index.catalogue import Catalogue, Kept
from index.cleaning import running_text
from index.corpus import Corpus, Filters, Teller
from index.embedding import Embedder
from index.errors import UserError
from index.folding import fold
from index.places import catalogue_of
from index.records import Passage
from index.repairs import repaired
from index.terms import terms
from qa.question import LONGEST
from qa.reply import Reply
from qa.rerank import Reranker
from qa.search import Hit, search

_DEPTH = 200  # hits among which a place is counted
_NEAREST = 100  # passages looked at for a phrase before all articles are

ANSWER, SHOWN, SILENT, RANKED, BEYOND = "answer", "shown", "silent", "ranked", "beyond"
COPY, FILTERED, CLEANED, UNREADABLE, NOWHERE = "copy", "filtered", "cleaned", "unreadable", "nowhere"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The step that lost it, with what that step knows; what does not apply is "", 0 or None."""

    expected: str
    # ANSWER: it is the answer. SHOWN: its passage is listed, another sentence answered. SILENT: listed, but nothing is sure enough.
    # RANKED: found, too far down to be listed. BEYOND: in a passage, but not among the first hits. COPY: another copy is shown.
    # FILTERED: shut out by the filters. CLEANED: taken for page frame. UNREADABLE: its file. NOWHERE: in no file.
    step: str
    article: Teller | None = None
    passage: int = 0  # id of the passage that holds it
    rank: int = 0  # of that passage, or for COPY of the copy's
    listed: int = 0  # how many are listed
    confidence: float = 0.0  # of the answer, for SILENT and SHOWN
    kind: str = ""  # for CLEANED: of the line, as index.doctor names them
    reason: str = ""  # for UNREADABLE
    copy: Teller | None = None  # for COPY: the one that is shown


def why_not(store: Corpus, embedder: Embedder, reply: Reply, expected: str, filters: Filters, reranker: Reranker | None = None) -> WhyNot:
    """What became of a phrase, or of a file by its name, in the reply to a question asked with these filters and this reranker.

    Raises UserError for no words.
    """
    sought = _Sought(expected)
    catalogue = catalogue_of(store.place)
    hits = search(store, embedder, reply.question, _DEPTH, filters, reranker)
    if found := next((hit for hit in hits if sought.in_hit(hit)), None):
        return _of_hit(reply, found, sought)
    files = catalogue.files_named(expected.strip())
    named = {article.id: article for path, _ in files for article in catalogue.of_file(path)}
    if found := next((hit for hit in hits if hit.found.article.id in named), None):
        return _of_hit(reply, found, sought)
    articles = list(named.values()) or _holding(store, sought)
    if not articles:
        problem = next((problems for _, problems in files if problems != "[]"), "")
        return WhyNot(expected, UNREADABLE, reason=_reason(problem)) if problem else WhyNot(expected, NOWHERE)
    return _lost(catalogue, store, hits, articles, sought, filters)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A phrase, comparable across scripts, widths, white space and damage."""

    text: str

    def __post_init__(self) -> None:
        if not any(character.isalnum() for character in self.text) or len(self.text) > LONGEST:
            raise UserError("--why-not: a phrase or a file's name is needed.", "Copy a few words from the article you expected.")

    @property
    def key(self) -> str:
        return _bare(repaired(self.text))

    def in_passage(self, passage: Passage) -> bool:
        return self.key in _bare(passage.readable)

    def in_hit(self, hit: Hit) -> bool:
        """A title is sought with every passage of its article."""
        return self.in_passage(hit.found.passage) or self.key in _bare(hit.found.article.title)


def _bare(text: str) -> str:
    return "".join(fold(text).split())


def _teller(hit: Hit) -> Teller:
    article = hit.found.article
    return Teller(article.id, article.title, article.date, article.source, article.path)


def _of_hit(reply: Reply, hit: Hit, sought: _Sought) -> WhyNot:
    listed, answer = len(reply.hits), reply.answer
    passage = hit.found.passage
    if hit.rank > listed:
        return WhyNot(sought.text, RANKED, _teller(hit), passage.id, hit.rank, listed)
    step = SILENT if answer.abstained else SHOWN
    own = answer.evidence is not None and reply.hits[answer.evidence.passage - 1].found.passage.id == passage.id
    if own and sought.key in _bare(repaired(answer.sentence)):
        step = ANSWER
    return WhyNot(sought.text, step, _teller(hit), passage.id, hit.rank, listed, answer.confidence, reason=answer.reason)


def _holding(store: Corpus, sought: _Sought) -> list[Teller]:
    """The articles that hold a phrase: first those that the term leg names, else the first that holds it anywhere, be it page frame."""
    near = [passage for passage, _ in store.by_terms(terms(fold(sought.text)), min(_NEAREST, max(1, len(store))))]
    found = store.passages(near)
    held = [found[passage].article for passage in near if sought.in_passage(found[passage].passage)]
    if not held:
        first = next((article for article in store.articles() if sought.key in _bare(article.text)), None)
        held = [first] if first else []
    return list({each.id: Teller(each.id, each.title, each.date, each.source, each.path) for each in held}.values())


def _lost(catalogue: Catalogue, store: Corpus, hits: Sequence[Hit], articles: Sequence[Teller], sought: _Sought, filters: Filters) -> WhyNot:
    """What became of articles of which no passage that holds the phrase is among the hits."""
    shown = {copy.id: hit for hit in reversed(hits) for copy in hit.copies}
    for article in articles:
        if article.id in shown:
            hit = shown[article.id]
            return WhyNot(sought.text, COPY, article, rank=hit.rank, copy=_teller(hit))
    allowed = store.passing(filters, [article.id for article in articles])
    inside = [article for article in articles if article.id in allowed]
    if not inside:
        return WhyNot(sought.text, FILTERED, articles[0])
    for article in inside:
        kept = catalogue.article(article.id)
        if kept is not None and (kind := _cleaned_away(kept, sought)):
            return WhyNot(sought.text, CLEANED, article, kind=kind)
    return WhyNot(sought.text, BEYOND, inside[0], listed=_DEPTH)


def _cleaned_away(kept: Kept, sought: _Sought) -> str:
    """The kind of the lines of page frame that hold the phrase, "" if it stands in running text or nowhere in the article."""
    if sought.key in _bare(running_text(kept.article.text, kept.cleaned)):
        return ""
    return next((kind for span, kind in kept.outside if sought.key in _bare(kept.article.text[span.start : span.end])), "")


def _reason(problems: str) -> str:
    return "; ".join(reason for _, reason in json.loads(problems))
