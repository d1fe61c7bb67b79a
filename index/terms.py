"""The term leg: which passages share characters, pairs of characters, Latin words and numbers with a question (BM25).

Knows how Chinese text splits into terms, and tantivy. Does not know articles, and gives back passage ids only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy

from index.errors import first_line
from index.folding import fold

# Runs of Han characters; Latin words; numbers with their decimal point or thousands commas.
_RUN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+|\d+(?:[.,]\d+)*|[^\W\d_\u3007\u3400-\u9fff\uf900-\ufaff]+")
_HEAP = 64_000_000  # bytes tantivy may hold before it writes a segment
TITLE_WEIGHT = 0.4  # chosen in docs/experiments.md
MOST_TERMS = 400  # of one question; a pasted page would otherwise take seconds


def terms(text: str) -> list[str]:
    """The terms of a text in order, folded: every Han character, every pair of neighbours, each word and number."""
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if run[0] < "\u3000":
            found.append(run.replace(",", "") if run[0].isdecimal() else run)
        else:
            found += run
            found += [run[i : i + 2] for i in range(len(run) - 1)]
    return found


@dataclass(frozen=True, slots=True)
class TermDocument:
    """What the leg needs to know of a passage."""

    id: int
    article: str
    title: str
    text: str


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


@contextmanager
def _os_errors(folder: Path | None) -> Iterator[None]:
    """Calls tantivy's errors of writing what they are: it has one kind for all."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"{folder}: {first_line(error)}") from error


class TermLeg:
    """The postings of all passages, in a folder or (without one) in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        """Empty postings, in a new folder or in memory. Raises OSError if they cannot be written."""
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
    def open(cls, folder: Path) -> TermLeg:
        """The folder's postings, of which nothing is written. Raises ValueError if they are damaged or not there."""
        leg = cls.__new__(cls)
        leg._schema, leg._folder = _schema(), folder
        leg._postings = tantivy.Index.open(str(folder))
        leg._searcher = leg._postings.searcher()
        return leg

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def update(self, removed: Iterable[int], added: Iterable[TermDocument]) -> None:
        """Takes passages out and in, both in one commit. Raises OSError if they cannot be written."""
        with _os_errors(self._folder):
            writer = self._postings.writer(_HEAP, num_threads=1)
            try:
                # By query: tantivy 0.27 finds no unsigned field by delete_documents_by_term, and says nothing.
                if gone := sorted(removed):
                    writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, "id", gone))
                for document in added:
                    posting = tantivy.Document()
                    posting.add_unsigned("id", document.id)
                    posting.add_text("article", document.article)
                    posting.add_text("title", " ".join(terms(document.title)))
                    posting.add_text("text", " ".join(terms(document.text)))
                    writer.add_document(posting)
                writer.commit()
            finally:
                writer.wait_merging_threads()  # also after an error: nothing of it may write on when the lock is gone
            self._postings.reload()
            self._searcher = self._postings.searcher()

    def search(self, question_terms: Iterable[str], k: int, articles: Collection[str] | None = None) -> list[tuple[int, float]]:
        """At most k (passage id, BM25 score), best first, ties by id; only of `articles` if those are given."""
        wanted = list(dict.fromkeys(question_terms))[:MOST_TERMS]
        if not wanted or k < 1:
            return []
        # All in one level: of a query in two levels tantivy scores every passage, of this one only those that may be among the best.
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for term in wanted for part in self._term_queries(term)])
        if articles is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "article", sorted(articles))
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0))])
        hits = self._searcher.search(query, k, count=False).hits
        found = zip(self._searcher.fast_field_values("id", [address for _, address in hits]), (score for score, _ in hits), strict=True)
        return sorted(((int(passage or 0), float(score)) for passage, score in found), key=lambda hit: (-hit[1], hit[0]))

    def _term_queries(self, term: str) -> tuple[tantivy.Query, tantivy.Query]:
        text = tantivy.Query.term_query(self._schema, "text", term, index_option="freq")
        title = tantivy.Query.term_query(self._schema, "title", term, index_option="freq")
        return text, tantivy.Query.boost_query(title, TITLE_WEIGHT)

    def frequency(self, term: str) -> int:
        """In how many passages a term stands."""
        return int(self._searcher.doc_freq("text", term))

    def ids(self) -> set[int]:
        """The ids of all passages held."""
        hits = self._searcher.search(tantivy.Query.all_query(), max(1, int(self._searcher.num_docs)), count=False).hits
        return {int(i or 0) for i in self._searcher.fast_field_values("id", [address for _, address in hits])}

    def holds(self, ids: Iterable[int]) -> int:
        """How many of these passages are held."""
        wanted = sorted(ids)
        if not wanted:
            return 0
        return len(self._searcher.search(tantivy.Query.term_set_query(self._schema, "id", wanted), len(wanted), count=False).hits)
