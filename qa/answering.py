"""Answer one question: the steps from a store and its models to a reply.

Knows the order of the steps and which models a store needs. Does not know options, streams or how replies are drawn.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, print_error
from index.language import text

if TYPE_CHECKING:
    from index.embedding.models import Embedder
    from index.store.address import MilvusAddress
    from index.store.corpus import Corpus
    from index.store.filters import Filters
    from qa.answer import Answer
    from qa.generate import CheckedSentence, Endpoint
    from qa.kinds.asking import Asking
    from qa.question import Question
    from qa.reader import PassageReader
    from qa.reply import Reply
    from qa.rerank import Reranker
    from qa.search import Hit


@dataclass(frozen=True, slots=True)
class Settings:
    """The models that the user named. "" means the bundled model, or no language model."""

    reader: str = ""
    llm: str = ""  # address of an OpenAI-compatible endpoint
    llm_model: str = ""
    rerank: str = ""
    fast: bool = False  # only the light models


_BUNDLED = Settings()
_DENIAL = re.compile("[没沒未]|不再")
_CORRECTION = re.compile("[应應][当當]?[为為是]|[正订訂定实實误誤][为為]")  # in short what qa.corrections looks for


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded models that answer questions."""

    embedder: Embedder
    reader: PassageReader
    endpoint: Endpoint | None = None
    reranker: Reranker | None = None  # None: the bundled one
    contextual: bool = False  # whether the bundled encoder's vectors find passages too
    second: bool = False  # whether the joint reader reads where the reader is silent

    def search(self, store: Corpus, question: Question, k: int, filters: Filters | None = None) -> list[Hit]:
        """Return at most k hits, as qa.search.search does with these models."""
        from index.store.filters import Filters
        from qa.search import search

        encoder = self.encoder_of(store)
        return search(store, self.embedder, question, k, filters or Filters(), self.reranker, encoder)

    def encoder_of(self, store: Corpus) -> Embedder | None:
        """Return the encoder that made the store's vectors; None if there are none, or it is not to be used."""
        encoder = contextual_encoder() if self.contextual and store.encoded else None
        if encoder is not None and encoder.fingerprint != store.encoder:
            return None  # another version's vectors; the next run of reindex makes this one's
        return encoder


def answer_question(store: Corpus, models: Models, text: str, k: int, filters: Filters, before: str = "") -> Reply:
    """Answer one question from the store's newest generation.

    `k`: how many passages to list; the reply has more if the evidence ranks lower. `before`: the previous question,
    which completes a follow-up (那税收呢？); "" for none. Raises UserError if the question has no words or is too
    long.
    """
    from qa.attributes import answer_attribute
    from qa.kinds.answers import answer_by_kind

    start = time.perf_counter()
    meaning = text
    if before:
        from qa.followup import resolve  # compiles patterns that a first question does not need

        meaning = resolve(text, before)
    if text.isascii():
        from qa.pinyin import from_pinyin

        store.refresh()
        meaning = from_pinyin(meaning, store.frequency) or meaning
    # The answer may stand in a passage beyond the first k, so at least five are read.
    reply = find_passages(store, models, meaning, max(k, 5), filters)
    plain = cache(lambda: plain_answer(store, models, reply.question, reply.hits))
    answered = answer_attribute(reply.question, reply.hits, k) or answer_by_kind(
        reply.question, reply.hits, _asking(store, models, k, filters), plain
    )
    if answered is not None:
        answer, hits = answered.answer, answered.hits
    else:
        answer, listed = or_by_meaning(store, models, reply.question, plain(), reply.hits, filters)
        places = (answer.evidence, answer.nearest, *answer.others)
        hits = listed[: max(k, *(evidence.passage for evidence in places if evidence is not None), 1)]
    milliseconds = 1000 * (time.perf_counter() - start)
    return replace(reply, answer=answer, hits=hits, milliseconds=milliseconds, asked="" if meaning == text else text)


def plain_answer(store: Corpus, models: Models, question: Question, hits: Sequence[Hit]) -> Answer:
    """Answer a question with one piece of these hits, or abstain."""
    from index.text.folding import fold
    from qa.answer import DIGITS_MISSING, LOW_CONFIDENCE, NO_MATCH, find_answer
    from qa.question import NUMBER, REASON

    answer = find_answer(store, question, hits, models.reader)
    second = joint_reader() if models.second and answer.reason in (NO_MATCH, LOW_CONFIDENCE) else None
    if second is not None:
        from qa.second_look import read_again

        answer = read_again(store, question, hits, answer, second)
    if answer.reason in (NO_MATCH, DIGITS_MISSING):
        return answer
    from qa.kinds.stated import with_stated

    answer = _with_turning(question, hits, with_stated(question, hits, answer))
    if any(_CORRECTION.search(hit.stored.passage.text) for hit in hits):
        from qa.corrections import corrected

        answer = corrected(question, hits, answer)
    if question.wants in (NUMBER, REASON) and answer.evidence is not None:
        from qa.slot_nature import other_course, other_direction

        sentence = fold(answer.sentence)
        if question.wants == NUMBER:
            turned = other_direction(question.folded, sentence, fold(answer.text))
        else:
            turned = other_course(question.folded, sentence)
        if turned:
            return _denied(answer, turned)
    if answer.abstained or not _DENIAL.search(answer.sentence):
        return answer
    from qa.kinds.polarity import denied_premise

    denied = denied_premise(question, answer)
    return _denied(answer, denied) if denied else answer


def _denied(answer: Answer, words: str) -> Answer:
    """Return silence with the place that denies what a question takes for true."""
    from qa.answer import NOT_STATED, Answer
    from qa.slot_context import Missing
    from qa.slots import INDICATOR

    missing = (Missing(INDICATOR, words, ""),)
    return Answer("", "", 0.0, NOT_STATED, None, missing=missing, nearest=answer.evidence, premise_false=True)


def or_by_meaning(
    store: Corpus, models: Models, question: Question, answer: Answer, hits: tuple[Hit, ...], filters: Filters
) -> tuple[Answer, tuple[Hit, ...]]:
    """Return the answer with its hits or, instead of silence, one found by meaning alone with its passage first."""
    encoder = models.encoder_of(store) if answer.abstained else None
    if encoder is None:
        return answer, hits
    from qa.second_look import answer_by_meaning

    return answer_by_meaning(store, encoder, question, answer, hits, filters)


def _with_turning(question: Question, hits: Sequence[Hit], answer: Answer) -> Answer:
    """Return an answer with the word before it that turns what it says: 亏损1200万元, 推迟到明年."""
    from index.records import Span
    from index.text.folding import fold
    from qa.answer import hit_of
    from qa.spans import turning

    place = answer.evidence
    if place is None:
        return answer
    text = hit_of(hits, place).stored.passage.text
    start = place.span.start - turning(question, fold(text[place.sentence.start : place.span.start]), fold(answer.text))
    if start == place.span.start:
        return answer
    evidence = replace(place, span=Span(start, place.span.end))
    return replace(answer, text=text[start : place.span.end], evidence=evidence)


def _asking(store: Corpus, models: Models, k: int, filters: Filters) -> Asking:
    """What a kind of question may do to find its answer."""
    from qa.kinds.asking import Asking
    from qa.question import understand
    from qa.word_list import word_list

    listed = word_list(store.address)
    return Asking(
        store,
        filters,
        k,
        find=lambda words, count, allowed: models.search(store, understand(words, listed), count, allowed),
        answer=lambda question, hits: plain_answer(store, models, question, hits),
    )


def find_passages(store: Corpus, models: Models, text: str, k: int, filters: Filters) -> Reply:
    """Find the k passages nearest to a question, without an answer. Raises as answer_question does."""
    from qa.answer import UNANSWERED
    from qa.question import understand
    from qa.reply import Reply
    from qa.suggest import suggest
    from qa.word_list import word_list

    start = time.perf_counter()
    store.refresh()
    question = understand(text, word_list(store.address))
    hits = models.search(store, question, k, filters)
    milliseconds = 1000 * (time.perf_counter() - start)
    return Reply(question, UNANSWERED, tuple(hits), store.generation, milliseconds, suggestion=suggest(store, question))


def with_model(
    reply: Reply, endpoint: Endpoint | None, on_sentence: Callable[[CheckedSentence], None] = lambda sentence: None
) -> Reply:
    """Return the reply with the sentences of a language model. Without an endpoint return the reply itself.

    Calls `on_sentence` with each sentence as it arrives. Needs no store.
    """
    if endpoint is None:
        return reply
    from qa.generate import generate

    return replace(reply, generated=generate(endpoint, reply.question, reply.hits, on_sentence))


def open_or_index_sample(address: Path | MilvusAddress, *, named: bool) -> Corpus:
    """Open the store. If the user named no store and has none, index the sample corpus/ first.

    `named`: the user named the store, by --store or ZHIWEN_STORE. Raises UserError if a named store does not exist,
    if a first run is still indexing, or if there is no corpus/ either.
    """
    from index import stores

    if not stores.store_exists(address):
        if isinstance(address, Path) and (address / "lock").exists():
            # A first run is still indexing or was interrupted: keep the sample out of the user's articles.
            raise UserError("asking.first_indexing", path=address)
        if named:  # a mistyped name must never become a new store that holds the sample
            from index.store.database import NoStore

            raise NoStore(address)
        corpus = _sample_folder()
        if not corpus.is_dir():
            raise UserError("asking.no_store_no_corpus", path=address)
        from index.backfill import backfill_at_terminal
        from index.updating import reindex

        path = f"{address}/" if isinstance(address, Path) else str(address)
        sys.stderr.write(f"zhiwen: {text('asking.indexing_sample', corpus=corpus, path=path)}\n")
        report = reindex(address, [corpus], sample=True)
        done = text("asking.indexed_sample", articles=report.articles, passages=report.passages, seconds=report.seconds)
        sys.stderr.write(f"zhiwen: {done}\n")
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem.path}: {problem.reason}\n")
        backfill_at_terminal(address)
    return stores.open_store(address)


def _sample_folder() -> Path:
    """Return the folder of the sample articles: corpus/ of the current folder, else the one in the package."""
    packaged = Path(__file__).parents[1] / "zhiwen" / "sample"
    return packaged if packaged.is_dir() and not Path("corpus").is_dir() else Path("corpus")


def load_models(store: Corpus, settings: Settings = _BUNDLED) -> Models:
    """Load the store's own embedder and the models that the settings name.

    Raises UserError if a model is not available.
    """
    from index.embedding.hub import BUNDLED
    from qa.reader import bundled_reader
    from qa.search import embedder_of

    language_model = None
    if settings.llm or settings.llm_model:
        from qa.generate import endpoint

        language_model = endpoint(settings.llm, settings.llm_model)
    reader: PassageReader | None = None
    if settings.reader:
        reader = _named_reader(settings.reader)
    reranker: Reranker | None = None
    if settings.rerank:
        from qa.named_reranker import NamedReranker

        reranker = NamedReranker(settings.rerank)
    contextual = store.model == BUNDLED and not settings.fast
    second = not settings.fast and reader is None
    return Models(embedder_of(store), reader or bundled_reader(), language_model, reranker, contextual, second)


@cache
def contextual_encoder() -> Embedder | None:
    """Load the bundled encoder; None, with one warning on stderr, if its files are missing or damaged."""
    from index.embedding.encoder import bundled_encoder

    try:
        return bundled_encoder()
    except UserError as error:
        print_error(error)
        return None


@cache
def joint_reader() -> PassageReader | None:
    """Load the joint reader that ships; None, with one warning on stderr, if its files are missing or damaged."""
    from qa.joint_reader import BUNDLED, JointReader

    try:
        return JointReader(BUNDLED)
    except UserError as error:
        print_error(error)
        return None


def _named_reader(name: str) -> PassageReader:
    """Load a reader by name: `joint`, a folder that training/joint_reader.py made, or a transformers model."""
    from index.records import user_path
    from qa.joint_reader import BUNDLED, NAME, WEIGHTS, JointReader

    folder = user_path(name)
    if name == NAME and not folder.exists():
        return JointReader(BUNDLED)
    if (folder / WEIGHTS).is_file():
        return JointReader(folder)
    from qa.named_reader import NamedReader

    return NamedReader(name)
