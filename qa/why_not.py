"""Find the step between file and answer that lost an expected phrase or file.

Knows the steps and checks each of them. Does not know the words for the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import UserError
from index.records import Passage, Problem, problems_from_json
from index.store.catalogue import ArticleDetails, Catalogue
from index.store.corpus import ArticleRef, Corpus
from index.store.filters import Filters
from index.store.terms import terms
from index.stores import open_catalogue
from index.text.cleaning import running_text
from index.text.folding import fold
from index.text.repairs import repaired
from qa.answer import hit_of
from qa.answering import Models
from qa.question import LONGEST
from qa.reply import Reply
from qa.search import Hit

_DEPTH = 200  # hits searched for the phrase
_NEAREST = 100  # passages of the term index searched for the phrase, before all articles are read

ANSWER, SHOWN, SILENT, RANKED, BEYOND = "answer", "shown", "silent", "ranked", "beyond"
COPY, FILTERED, CLEANED, UNREADABLE, NOWHERE = "copy", "filtered", "cleaned", "unreadable", "nowhere"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The step that lost a phrase or file, with the facts of that step. A fact that does not apply is "", 0 or None."""

    expected: str
    # ANSWER: it is the answer. SHOWN: its passage is listed, but another sentence is the answer. SILENT: its passage
    # is listed, but no answer is confident enough. RANKED: a hit, but too low to be listed. BEYOND: in a passage, but
    # not among the hits. COPY: another copy is listed. FILTERED: the filters exclude it. CLEANED: taken for
    # boilerplate. UNREADABLE: its file could not be read. NOWHERE: no file holds it.
    step: str
    article: ArticleRef | None = None
    passage: int = 0  # id of the passage that holds it
    rank: int = 0  # of that passage; for COPY, of the copy's passage
    listed: int = 0  # how many passages are listed; for BEYOND, how many hits were searched
    confidence: float = 0.0  # of the answer, for SILENT and SHOWN
    kind: str = ""  # for CLEANED: the kind of boilerplate, as index.doctor names it
    reason: str = ""  # of the answer, for SILENT and SHOWN
    problems: tuple[Problem, ...] = ()  # of the file, for UNREADABLE
    copy: ArticleRef | None = None  # for COPY: the copy that is listed


def why_not(store: Corpus, models: Models, reply: Reply, expected: str, filters: Filters) -> WhyNot:
    """Find what became of a phrase, or of a file by its name, in a reply.

    `models` and `filters` are those of the reply. Raises UserError if `expected` has no letter or digit or is too
    long.
    """
    phrase = _Phrase(expected)
    catalogue = open_catalogue(store.address)
    hits = models.search(store, reply.question, _DEPTH, filters)
    if match := next((hit for hit in hits if phrase.in_hit(hit)), None):
        return _listed_or_ranked(reply, match, phrase)
    files = catalogue.files_named(expected.strip())
    named = {article.id: article for path, _ in files for article in catalogue.of_file(path)}
    if match := next((hit for hit in hits if hit.stored.article.id in named), None):
        return _listed_or_ranked(reply, match, phrase)
    articles = list(named.values()) or _holding(store, phrase)
    if not articles:
        stored = next((problems for _, problems in files if problems != "[]"), "[]")
        problems = tuple(problems_from_json(stored))
        return WhyNot(expected, UNREADABLE if problems else NOWHERE, problems=problems)
    return _lost(catalogue, store, hits, articles, phrase, filters)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase to look for in any script, width and white space, and through damage."""

    text: str

    def __post_init__(self) -> None:
        if not any(character.isalnum() for character in self.text) or len(self.text) > LONGEST:
            raise UserError("asking.no_phrase")

    @property
    def key(self) -> str:
        return _bare(repaired(self.text))

    def in_passage(self, passage: Passage) -> bool:
        return self.key in _bare(passage.readable)

    def in_hit(self, hit: Hit) -> bool:
        """Whether the passage or the title of its article holds the phrase."""
        return self.in_passage(hit.stored.passage) or self.key in _bare(hit.stored.article.title)


def _bare(text: str) -> str:
    return "".join(fold(text).split())


def _article_ref(hit: Hit) -> ArticleRef:
    article = hit.stored.article
    return ArticleRef(article.id, article.title, article.date, article.source, article.path)


def _listed_or_ranked(reply: Reply, hit: Hit, phrase: _Phrase) -> WhyNot:
    listed, answer = len(reply.hits), reply.answer
    passage = hit.stored.passage
    if hit.rank > listed:
        return WhyNot(phrase.text, RANKED, _article_ref(hit), passage.id, hit.rank, listed)
    step = SILENT if answer.abstained else SHOWN
    own = answer.evidence is not None and hit_of(reply.hits, answer.evidence).stored.passage.id == passage.id
    if own and phrase.key in _bare(repaired(answer.sentence)):
        step = ANSWER
    return WhyNot(
        phrase.text, step, _article_ref(hit), passage.id, hit.rank, listed, answer.confidence, reason=answer.reason
    )


def _holding(store: Corpus, phrase: _Phrase) -> list[ArticleRef]:
    """Return the articles that hold a phrase: those of the nearest passages, else the first that holds it anywhere."""
    near = [passage for passage, _ in store.by_terms(terms(fold(phrase.text)), min(_NEAREST, max(1, len(store))))]
    passages = store.passages(near)
    articles = [passages[passage].article for passage in near if phrase.in_passage(passages[passage].passage)]
    if not articles:
        first = next((article for article in store.articles() if phrase.key in _bare(article.text)), None)
        articles = [first] if first else []
    return list(
        {each.id: ArticleRef(each.id, each.title, each.date, each.source, each.path) for each in articles}.values()
    )


def _lost(
    catalogue: Catalogue,
    store: Corpus,
    hits: Sequence[Hit],
    articles: Sequence[ArticleRef],
    phrase: _Phrase,
    filters: Filters,
) -> WhyNot:
    """Find what became of articles if no hit holds the phrase."""
    copies = {copy.id: hit for hit in reversed(hits) for copy in hit.copies}
    for article in articles:
        if article.id in copies:
            hit = copies[article.id]
            return WhyNot(phrase.text, COPY, article, rank=hit.rank, copy=_article_ref(hit))
    allowed = store.passing(filters, [article.id for article in articles])
    inside = [article for article in articles if article.id in allowed]
    if not inside:
        return WhyNot(phrase.text, FILTERED, articles[0])
    for article in inside:
        kept = catalogue.article(article.id)
        if kept is not None and (kind := _cleaned_away(kept, phrase)):
            return WhyNot(phrase.text, CLEANED, article, kind=kind)
    return WhyNot(phrase.text, BEYOND, inside[0], listed=_DEPTH)


def _cleaned_away(kept: ArticleDetails, phrase: _Phrase) -> str:
    """Return the kind of boilerplate that holds the phrase, "" if running text or nothing holds it."""
    if phrase.key in _bare(running_text(kept.article.text, kept.cleaned)):
        return ""
    return next(
        (kind for span, kind in kept.outside if phrase.key in _bare(kept.article.text[span.start : span.end])), ""
    )
