"""The term index: find the passages that share characters, pairs, Latin words and numbers with a question (BM25).

Knows how Chinese text splits into terms, and tantivy. Does not know articles: it returns passage ids only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy

from index.errors import first_line
from index.text.folding import fold

# Runs of Han characters; Latin words; numbers with their decimal point or thousands commas.
_RUN = re.compile(
    r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+|\d+(?:[.,]\d+)*|[^\W\d_\u3007\u3400-\u9fff\uf900-\ufaff]+"
)
_HEAP = 64_000_000  # bytes that tantivy may hold in memory before it writes a segment
TITLE_WEIGHT = 0.4  # chosen in docs/experiments.md
MOST_TERMS = 400  # of one question; a pasted page would take seconds


def pairs(text: str) -> list[str]:
    """Return the pairs of neighbouring characters of a text, in order.

    >>> pairs("看项目")
    ['看项', '项目']
    """
    return [text[i : i + 2] for i in range(len(text) - 1)]


def terms(text: str) -> list[str]:
    """Return the terms of a text, folded, run by run: Han characters, then pairs of neighbours; a word; a number."""
    split: list[str] = []
    for run in _RUN.findall(fold(text)):
        if run[0] < "\u3000":
            split.append(run.replace(",", "") if run[0].isdecimal() else run)
        else:
            split += run
            split += pairs(run)
    return split


@dataclass(frozen=True, slots=True)
class TermDocument:
    """What the term index needs to know of a passage."""

    id: int
    article: str  # its id
    title: str
    text: str  # readable: without damage


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


@contextmanager
def _os_errors(folder: Path | None) -> Iterator[None]:
    """Raise OSError for a ValueError: tantivy raises ValueError for all errors, those of writing too."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"{folder}: {first_line(error)}") from error


class TermIndex:
    """The terms of all passages, in a folder or in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make an empty index in a new folder, or (None) in memory. Raises OSError if it cannot be written."""
        self._schema = _schema()
        if folder is None:
            self._postings = tantivy.Index(self._schema)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            with _os_errors(folder):
                self._postings = tantivy.Index(self._schema, path=str(folder))
        self._folder = folder
        self._searcher = self._postings.searcher()

    @classmethod
    def open(cls, folder: Path) -> TermIndex:
        """Open the index in a folder. Raises ValueError if it is damaged or not there."""
        index = cls.__new__(cls)
        index._schema, index._folder = _schema(), folder
        index._postings = tantivy.Index.open(str(folder))
        index._searcher = index._postings.searcher()
        return index

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def update(self, removed: Iterable[int], added: Iterable[TermDocument]) -> None:
        """Remove passages by id and add others, in one commit. Raises OSError if that cannot be written."""
        with _os_errors(self._folder):
            writer = self._postings.writer(_HEAP, num_threads=1)
            try:
                # tantivy 0.27 deletes nothing by delete_documents_by_term on an unsigned field, without an error.
                if ids := sorted(removed):
                    writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, "id", ids))
                for document in added:
                    posting = tantivy.Document()
                    posting.add_unsigned("id", document.id)
                    posting.add_text("article", document.article)
                    posting.add_text("title", " ".join(terms(document.title)))
                    posting.add_text("text", " ".join(terms(document.text)))
                    writer.add_document(posting)
                writer.commit()
            finally:
                writer.wait_merging_threads()  # also after an error: no thread may write once the lock is released
            self._postings.reload()
            self._searcher = self._postings.searcher()

    def search(
        self, question_terms: Iterable[str], k: int, articles: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """Return at most k (passage id, BM25 score), best first, ties by id; with `articles` (ids), only of these."""
        wanted = list(dict.fromkeys(question_terms))[:MOST_TERMS]
        if not wanted or k < 1:
            return []
        # One level: tantivy scores every passage for a query of two levels, and for this one only those that may be
        # best.
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, part) for term in wanted for part in self._term_queries(term)]
        )
        if articles is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "article", sorted(articles))
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0))]
            )
        hits = self._searcher.search(query, k, count=False).hits
        scored = zip(
            self._searcher.fast_field_values("id", [address for _, address in hits]),
            (score for score, _ in hits),
            strict=True,
        )
        return sorted(
            ((int(passage or 0), float(score)) for passage, score in scored), key=lambda hit: (-hit[1], hit[0])
        )

    def _term_queries(self, term: str) -> tuple[tantivy.Query, tantivy.Query]:
        text = tantivy.Query.term_query(self._schema, "text", term, index_option="freq")
        title = tantivy.Query.term_query(self._schema, "title", term, index_option="freq")
        return text, tantivy.Query.boost_query(title, TITLE_WEIGHT)

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term in their text."""
        return int(self._searcher.doc_freq("text", term))

    def ids(self) -> set[int]:
        """Return the ids of all passages in the index."""
        hits = self._searcher.search(tantivy.Query.all_query(), max(1, int(self._searcher.num_docs)), count=False).hits
        return {int(i or 0) for i in self._searcher.fast_field_values("id", [address for _, address in hits])}

    def holds(self, ids: Iterable[int]) -> int:
        """Return how many of these passages are in the index."""
        wanted = sorted(ids)
        if not wanted:
            return 0
        return len(
            self._searcher.search(
                tantivy.Query.term_set_query(self._schema, "id", wanted), len(wanted), count=False
            ).hits
        )
