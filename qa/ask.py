"""python -m qa.ask: the answer to a question, from the terminal or a pipe.

Knows options, streams and exit codes. Does not know how answers are found or drawn.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, ZhiwenError, run

if TYPE_CHECKING:
    from index.address import Address
    from index.corpus import Corpus, Filters
    from index.embedding import Embedder
    from qa.generate import Endpoint, Said
    from qa.reader import PassageReader
    from qa.reply import Reply
    from qa.rerank import Reranker


@dataclass(frozen=True, slots=True)
class Models:
    """What questions are answered with."""

    embedder: Embedder
    reader: PassageReader
    endpoint: Endpoint | None = None
    reranker: Reranker | None = None  # None: the bundled


def answer_question(store: Corpus, models: Models, text: str, k: int, filters: Filters, before: str = "") -> Reply:
    """Everything the corpus says to one question, from the store's newest generation. Raises UserError for one without words.

    After the question `before`, one that leans on it (那税收呢？) is understood so.
    """
    from qa.answer import find_answer

    begun = time.perf_counter()
    meant = text
    if before:
        from qa.followup import resolve  # patterns that a first question does not need

        meant = resolve(text, before)
    # The answer may stand in a passage beyond the first k: it is sought in at least five, shown or not.
    found = find_passages(store, models, meant, max(k, 5), filters)
    answer = find_answer(store, found.question, found.hits, models.reader)
    k = max(k, *(evidence.passage for evidence in (answer.evidence, *answer.others) if evidence is not None), 1)
    spent = 1000 * (time.perf_counter() - begun)
    return replace(found, answer=answer, hits=found.hits[:k], milliseconds=spent, asked="" if meant == text else text)


def find_passages(store: Corpus, models: Models, text: str, k: int, filters: Filters) -> Reply:
    """The passages nearest to a question, without an answer. Raises as answer_question does."""
    from qa.answer import UNANSWERED
    from qa.question import understand
    from qa.reply import Reply
    from qa.search import search
    from qa.suggest import suggest

    begun = time.perf_counter()
    store.refresh()
    question = understand(text)
    hits = search(store, models.embedder, question, k, filters, models.reranker)
    spent = 1000 * (time.perf_counter() - begun)
    return Reply(question, UNANSWERED, tuple(hits), store.generation, spent, suggestion=suggest(store, question))


def with_model(reply: Reply, where: Endpoint | None, said: Callable[[Said], None] = lambda sentence: None) -> Reply:
    """The reply with what the language model there says, if there is one, given to `said` sentence by sentence. No store is needed."""
    if where is None:
        return reply
    from qa.generate import generate

    return replace(reply, generated=generate(where, reply.question, reply.hits, said))


def open_store(place: Path | Address) -> Corpus:
    """The store. With no store yet, corpus/ is indexed first. Raises UserError."""
    from index.places import exists, opened

    if not exists(place):
        if isinstance(place, Path) and (place / "lock").exists():
            # A first run that is still going, or was broken off: the sample corpus must not get between the user's articles.
            raise UserError(f"{place}: its first indexing has not finished.", "Wait for it, or run python -m index.reindex FOLDER again.")
        corpus = Path("corpus")
        if not corpus.is_dir():
            raise UserError(
                f"{place}: no store there, and no corpus/ to make one from.",
                "Run python -m index.reindex FOLDER with your folder of articles, or name another --store.",
            )
        from index.reindex import reindex

        sys.stderr.write(f"zhiwen: no store yet; indexing {corpus}/ into {place}{'/' if isinstance(place, Path) else ''} …\n")
        report = reindex(place, [corpus])
        sys.stderr.write(f"zhiwen: {report.articles} articles, {report.passages} passages in {report.seconds:.1f} s.\n")
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem['path']}: {problem['reason']}\n")
    return opened(place)


def load_models(store: Corpus, reader: str = "", llm: str = "", llm_model: str = "", rerank: str = "") -> Models:
    """The models a store is asked with: its own embedder, a reader and a reranker by name or the bundled, a language model at an address.

    Raises UserError if one of them cannot be had.
    """
    from qa.reader import bundled_reader
    from qa.search import embedder_of

    where = None
    if llm or llm_model:
        from qa.generate import endpoint

        where = endpoint(llm, llm_model)
    named: PassageReader | None = None
    if reader:
        from qa.named_reader import NamedReader

        named = NamedReader(reader)
    reranker: Reranker | None = None
    if rerank:
        from qa.named_reranker import NamedReranker

        reranker = NamedReranker(rerank)
    return Models(embedder_of(store), named or bundled_reader(), where, reranker)


def _filters(options: argparse.Namespace) -> Filters:
    from index.corpus import Filters
    from index.records import stored_name

    since, until = (_day(f"--{name}", getattr(options, name)) for name in ("since", "until"))
    return Filters(since, until, stored_name(options.source), stored_name(options.article))


def _day(option: str, value: str) -> str:
    """A date that was given, as ISO; "" for none. Raises UserError."""
    if not value:
        return ""
    from index.frame import iso_date  # 20 ms of patterns that a question without dates does not need

    day = iso_date(value)
    if not day:
        raise UserError(f"{option} {value}: not a date.", "Write it as 2024-05-31.")
    return day


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    # The reader's products of matrices are small: a second thread of BLAS spins longer than it computes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if options.k < 1:
        raise UserError(f"-k {options.k}: at least 1 passage.", "Leave -k out for 5.")
    if options.question is None and not sys.stdin.isatty():
        raise UserError("no question.", 'python -m qa.ask "拓源产值", or - to read questions from standard input, one a line.')
    if options.question not in (None, "-"):
        from qa.question import understand

        understand(options.question)  # a question without words must not first index a corpus
    from index.address import store_place
    from index.records import stored_name
    from qa.render import as_json, as_text, why_json, why_text

    filters = _filters(options)
    store = open_store(store_place(options.store))
    models = load_models(store, options.reader, options.llm, options.llm_model, options.rerank)
    if not gc.isenabled():
        gc.freeze()
        gc.enable()

    def say(text: str, before: str = "") -> Reply:
        """Answers one question on stdout."""
        reply = answer_question(store, models, text, options.k, filters, before)
        reply = with_model(reply, models.endpoint, (lambda sentence: None) if options.json else _speak)
        if reply.generated and reply.generated.problem:
            sys.stderr.write(f"zhiwen: {options.llm_model}：{reply.generated.problem}；以原文里的答案为准。\n")
        why = None
        if options.why_not:
            from qa.why_not import why_not

            why = why_not(store, models.embedder, reply, stored_name(options.why_not), filters, models.reranker)
        if options.json:
            told = as_json(reply, explain=options.explain) | ({"why_not": why_json(why)} if why else {})
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(as_text(reply, colour=sys.stdout.isatty(), explain=options.explain) + "\n")
            sys.stdout.write(f"{why_text(why)}\n" if why else "")
        sys.stdout.flush()
        return reply

    with store:
        if options.question is None:
            return _prompt(say, followups=not options.no_followups)
        if options.question == "-":
            for number, line in enumerate(sys.stdin, 1):
                if line.strip() or options.json:
                    _each(say, number, line, as_json=options.json)
            return 0
        return 1 if say(options.question).answer.abstained else 0


def _speak(sentence: Said) -> None:
    """Writes a language model's sentence as it comes."""
    from qa.render import said_text

    sys.stdout.write(said_text(sentence) + "\n")
    sys.stdout.flush()


def _each(say: Callable[..., Reply], number: int, line: str, before: str = "", *, as_json: bool) -> Reply | None:
    """One bad question of many is said so, where its answer would stand, and is not the end."""
    try:
        return say(line, before)
    except ZhiwenError as error:
        sys.stderr.write(f"zhiwen: line {number}: {error.message}  {error.hint}\n")
        if as_json:
            sys.stdout.write(json.dumps({"question": line.strip(), "error": error.message}, ensure_ascii=False) + "\n")
    return None


def _prompt(say: Callable[..., Reply], *, followups: bool) -> int:
    sys.stderr.write("知闻：请输入问题，回车提交；空行或 Ctrl-D 结束。\n")
    before = ""
    for number in itertools.count(1):
        try:
            line = input("问> ")
        except EOFError:
            break
        if not line.strip():
            break
        reply = _each(say, number, line, before, as_json=False)
        if reply and followups:
            before = reply.question.text
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa.ask",
        description="Ask your articles: the answer, the sentence it stands in, and the passages.",
        epilog="exit codes: 0 answered, 1 no answer, 2 something to put right, 3 a bug; with -, 0 when every line was handled",
    )
    parser.add_argument(
        "question", nargs="?", metavar="QUESTION", help=("a question or keywords; - reads one a line from standard input; none opens a prompt")
    )
    parser.add_argument("--store", metavar="DIR or URL", help="where the store is: a folder (default: store/, or ZHIWEN_STORE) or a Milvus server")
    parser.add_argument("--json", action="store_true", help="one JSON object a question")
    parser.add_argument("-k", type=int, default=5, metavar="N", help="how many passages (default 5)")
    parser.add_argument("--since", default="", metavar="DATE", help="only articles of this date or later, as 2024-05-31")
    parser.add_argument("--until", default="", metavar="DATE", help="only articles of this date or earlier")
    parser.add_argument("--source", default="", metavar="NAME", help="only articles whose source holds this name")
    parser.add_argument("--article", default="", metavar="ID", help="only the article with this id or path")
    parser.add_argument("--no-followups", action="store_true", help="at the prompt, take each question by itself")
    parser.add_argument("--rerank", default="", metavar="MODEL", help="put the passages in order with this cross-encoder")
    parser.add_argument("--reader", default="", metavar="MODEL", help="find the answer with this extractive question-answering model")
    parser.add_argument("--llm", default="", metavar="URL", help="let a language model answer as well, at an OpenAI-compatible address")
    parser.add_argument("--llm-model", default="", metavar="NAME", help="its name there (key from OPENAI_API_KEY)")
    parser.add_argument("--why-not", default="", metavar="TEXT", help="say which step lost this phrase or file")
    parser.add_argument("--explain", action="store_true", help="why each passage is there: both scores, matched terms")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    gc.disable()  # while loading: what is loaded stays, and going through it again and again takes a twentieth of the time
    sys.exit(main())
