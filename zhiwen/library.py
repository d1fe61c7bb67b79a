"""Open a store as a library and ask it; index files into a store.

Knows how to turn the project's own records into the public ones. Does not know how stores are kept or how answers are
computed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import UserError
from zhiwen.records import Answer, Article, ArticleRef, Citation, Computed, Hit, Item, Missing, Report, Unreadable

if TYPE_CHECKING:
    import qa.answer
    import qa.search
    from index.store.address import MilvusAddress
    from index.store.corpus import Corpus
    from index.store.filters import Filters
    from qa.answer import Evidence
    from qa.answering import Models
    from qa.reply import Reply

Store = str | os.PathLike[str]


def open(store: Store | None = None) -> Library:  # noqa: A001  read as zhiwen.open
    """Open a store for reading.

    `store` is a folder or the address of a Milvus server (`http://host:19530/database`); None means the environment
    variable ZHIWEN_STORE, else the folder `store`. Raises UserError if there is no store, or it cannot be read. A
    missing store is never made.

        with zhiwen.open("store") as library:
            print(library.ask("拓源产值").text)
    """
    from index.stores import open_store
    from index.updating import demand_store

    address = _address(store)
    demand_store(address)
    return Library(open_store(address))


def index(*paths: Store, store: Store | None = None, model: str | None = None, as_is: bool = False) -> Report:
    """Make a store mirror files and folders: add new articles, replace changed ones, remove those whose file is gone.

    Articles from other paths stay. A run over unchanged files does nothing. If there is no store, a run makes one.
    `store` is as in `open`; `model` is `bundled` or a sentence-transformers model, and None means the model of the
    store. `as_is` takes in as it is what looks like no article: a text of which cleaning leaves nothing, or a page that
    is only a list; later runs keep it. All passages then get the encoder's vectors, unless ZHIWEN_VECTORS=later. The
    report lists files that cannot be read; they do not end the run. Raises UserError if a path is empty or does not
    exist, a first run finds no files, or another program is writing; the store then stays unchanged.

        report = zhiwen.index("我的文章/", store="store")
        print(report.added, report.articles, report.passages)
    """
    from index.backfill import EncoderUnavailable, backfill, wanted
    from index.updating import reindex

    if not paths:
        raise UserError("public.no_paths")
    if any(os.fspath(path) == "" for path in paths):  # would be the current folder
        raise UserError("public.empty_path")
    roots = [Path(path) for path in paths]
    address = _address(store)
    report = reindex(address, roots, model=model, as_is=roots if as_is else ())
    if wanted():
        try:
            backfill(address)
        except EncoderUnavailable as error:
            logging.getLogger("zhiwen").warning("%s", error)
    return Report(
        report.added,
        report.changed,
        report.removed,
        report.unchanged,
        report.duplicates,
        tuple(Unreadable(problem.path, problem.reason) for problem in report.unreadable),
        report.articles,
        report.passages,
        report.generation,
        report.seconds,
    )


class Library:
    """A store that is open for reading. Use one per thread; `zhiwen.open` makes it.

    A library answers from the newest complete generation of its store: after another program has indexed, the next
    question sees the new articles.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus: Corpus | None = corpus
        self._models: Models | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the files that the library holds open. A second call does nothing."""
        if self._corpus is not None:
            self._corpus.close()
        self._corpus = self._models = None

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        article: str | None = None,
        after: str | None = None,
    ) -> Answer:
        """Answer a question.

        `k` is how many passages to list, at least 1; a passage that holds the answer is listed even beyond it. `since`
        and `until` are dates such as `2024-05-31`, both included; `source` is a part of a source's name; `article` is
        an id or the end of a path. `after` is the question before this one, which completes a follow-up (那税收呢？).
        Raises UserError for a question without words or that is no string, a `since` or `until` that is no date, or a
        closed library.

            answer = library.ask("拓源产值", since="2023-01-01")
            if not answer.abstained:
                print(answer.text, answer.passages[answer.citations[0].passage - 1].article.title)
        """
        from qa.answering import answer_question

        asked, before = _string("question", question), _string("after", "" if after is None else after)
        corpus, models = self._opened()
        filters = _filters(since, until, source, article)
        return _answer(answer_question(corpus, models, asked, _count(k), filters, before))

    def search(
        self,
        question: str,
        *,
        k: int = 5,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        article: str | None = None,
    ) -> tuple[Hit, ...]:
        """Find at most `k` passages for a question or keywords, best first. Takes and raises the same as `ask`.

        for hit in library.search("拓源", k=3):
            print(hit.rank, hit.article.title, hit.text)
        """
        from qa.answering import find_passages

        asked = _string("question", question)
        corpus, models = self._opened()
        return _hits(find_passages(corpus, models, asked, _count(k), _filters(since, until, source, article)).hits)

    def figures(self, query: str) -> Sequence[object]:
        """List the figures that the articles state. Not available yet: raises UserError `public.figures_later`."""
        raise UserError("public.figures_later", query=query)

    def _opened(self) -> tuple[Corpus, Models]:
        if self._corpus is None:
            raise UserError("public.closed")
        if self._models is None:
            from qa.answering import load_models

            self._models = load_models(self._corpus)
        return self._corpus, self._models


def _address(store: Store | None) -> Path | MilvusAddress:
    from index.store.address import parse_address

    named = None if store is None else os.fspath(store)
    if named == "":
        raise UserError("public.empty_store")
    return parse_address(named)


def _string(name: str, value: object) -> str:
    """Return the value of an argument. Raises UserError if it is no string: programs without types pass anything."""
    if not isinstance(value, str):
        raise UserError("public.no_string", name=name, kind=type(value).__name__)
    return value


def _count(k: int) -> int:
    if k < 1:
        raise UserError("public.too_few", k=k)
    return k


def _filters(since: str | None, until: str | None, source: str | None, article: str | None) -> Filters:
    from index.store.filters import Filters

    return Filters.of(since or "", until or "", source or "", article or "")


def _answer(reply: Reply) -> Answer:
    from qa.reply import answer_kind, answer_slots, verified_evidence, verified_items, verified_sources, verified_stated

    verified_stated(reply)
    answer, place = reply.answer, verified_evidence(reply)
    citations: tuple[Citation, ...] = ()
    if answer.evidence and place:
        citations = (_citation(answer.evidence),)
    return Answer(
        question=reply.asked or reply.question.text,
        text=None if answer.abstained else answer.text or None,
        sentence=None if answer.abstained else answer.sentence or None,
        confidence=answer.confidence,
        abstained=answer.abstained,
        reason=answer.reason or None,
        citations=citations,
        passages=_hits(reply.hits),
        others=tuple(_citation(each) for _, each in verified_sources(reply) if each is not answer.evidence),
        disagree=answer.disagree,
        missing=tuple(Missing(each.slot, each.asked, each.instead or None) for each in answer.missing),
        nearest=_citation(answer.nearest) if answer.nearest else None,
        kind=answer_kind(reply),
        items=tuple(_item(each) for _, each in verified_items(reply)),
        polarity=answer.polarity or None,
        computed=_computed(answer.computed) if answer.computed else None,
        slots=answer_slots(reply),
        understood=reply.question.text if reply.asked else None,
        suggestion=reply.suggestion.question if reply.suggestion else None,
        generation=reply.generation,
        milliseconds=round(reply.milliseconds, 1),
    )


def _item(item: qa.answer.Item) -> Item:
    place = Citation(item.passage, item.span.start, item.span.end) if item.span else None
    return Item(item.text, place)


def _computed(computed: qa.answer.Computed) -> Computed:
    places = (_item(each).citation for each in computed.parts)
    return Computed(
        computed.operation, computed.value, computed.unit or None, tuple(place for place in places if place)
    )


def _citation(evidence: Evidence) -> Citation:
    return Citation(evidence.passage, evidence.span.start, evidence.span.end)


def _hits(hits: Sequence[qa.search.Hit]) -> tuple[Hit, ...]:
    from qa.reply import verified

    public = []
    for hit in hits:
        passage, article = hit.stored.passage, hit.stored.article
        public.append(
            Hit(
                hit.rank,
                hit.score,
                hit.bm25,
                hit.cosine,
                verified(hit),
                passage.start,
                passage.end,
                Article(
                    article.id,
                    article.title,
                    article.date or None,
                    article.source or None,
                    article.author or None,
                    article.url or None,
                    article.path,
                    article.text,
                ),
                tuple(
                    ArticleRef(copy.id, copy.title, copy.date or None, copy.source or None, copy.path)
                    for copy in hit.copies
                ),
            )
        )
    return tuple(public)
