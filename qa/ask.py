"""python -m qa.ask: the answer to a question, from the terminal or a pipe.

Knows options, streams and exit codes. Does not know how answers are found or drawn.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, ZhiwenError, run

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.store import Filters, Store
    from qa.render import Reply


def answer_question(store: Store, embedder: Embedder, text: str, k: int, filters: Filters) -> Reply:
    """Everything said to one question, from the store's newest generation. Raises UserError for a question without words."""
    from qa.answer import find_answer
    from qa.question import understand
    from qa.render import Reply
    from qa.search import search

    begun = time.perf_counter()
    store.refresh()
    question = understand(text)
    # The answer may stand in a passage beyond the first k: it is sought in at least five, shown or not.
    hits = search(store, embedder, question, max(k, 5), filters)
    answer = find_answer(store, question, hits[: max(k, 5)])
    if answer.evidence is not None and answer.evidence.passage > k:
        k = answer.evidence.passage
    return Reply(question, answer, tuple(hits[:k]), store.generation, 1000 * (time.perf_counter() - begun))


def open_store(folder: Path) -> tuple[Store, Embedder]:
    """The store and its embedder. With no store yet, corpus/ is indexed first. Raises UserError."""
    from index.store import Store, exists
    from qa.search import embedder_of

    if not exists(folder):
        if (folder / "lock").exists():
            # A first run that is still going, or was broken off: the sample corpus must not get between the user's articles.
            raise UserError(f"{folder}: its first indexing has not finished.", "Wait for it, or run python -m index.reindex FOLDER again.")
        corpus = Path("corpus")
        if not corpus.is_dir():
            raise UserError(
                f"{folder}: no store there, and no corpus/ to make one from.",
                "Run python -m index.reindex FOLDER with your folder of articles, or name another --store.",
            )
        from index.reindex import reindex

        sys.stderr.write(f"zhiwen: no store yet; indexing {corpus}/ into {folder}/ …\n")
        report = reindex(folder, [corpus])
        sys.stderr.write(f"zhiwen: {report.articles} articles, {report.passages} passages in {report.seconds:.1f} s.\n")
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem['path']}: {problem['reason']}\n")
    store = Store(folder)
    return store, embedder_of(store)


def _filters(options: argparse.Namespace) -> Filters:
    from index.store import Filters

    since, until = (_day(f"--{name}", getattr(options, name)) for name in ("since", "until"))
    return Filters(since, until, options.source, options.article)


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
    if options.k < 1:
        raise UserError(f"-k {options.k}: at least 1 passage.", "Leave -k out for 5.")
    if options.question is None and not sys.stdin.isatty():
        raise UserError("no question.", 'python -m qa.ask "拓源产值", or - to read questions from standard input, one a line.')
    if options.question not in (None, "-"):
        from qa.question import understand

        understand(options.question)  # a question without words must not first index a corpus
    from index.reindex import store_folder
    from qa.render import as_json, as_text

    filters = _filters(options)
    store, embedder = open_store(store_folder(options.store))

    def say(text: str) -> bool:
        """Answers one question on stdout; whether there was an answer."""
        reply = answer_question(store, embedder, text, options.k, filters)
        if options.json:
            sys.stdout.write(json.dumps(as_json(reply, explain=options.explain), ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(as_text(reply, colour=sys.stdout.isatty(), explain=options.explain) + "\n")
        sys.stdout.flush()
        return not reply.answer.abstained

    with store:
        if options.question is None:
            return _prompt(say)
        if options.question == "-":
            for number, line in enumerate(sys.stdin, 1):
                if line.strip() or options.json:
                    _each(say, number, line, as_json=options.json)
            return 0
        return 0 if say(options.question) else 1


def _each(say: Callable[[str], bool], number: int, line: str, *, as_json: bool) -> None:
    """One bad question of many is said so, where its answer would stand, and is not the end."""
    try:
        say(line)
    except ZhiwenError as error:
        sys.stderr.write(f"zhiwen: line {number}: {error.message}  {error.hint}\n")
        if as_json:
            sys.stdout.write(json.dumps({"question": line.strip(), "error": error.message}, ensure_ascii=False) + "\n")


def _prompt(say: Callable[[str], bool]) -> int:
    sys.stderr.write("知闻：请输入问题，回车提交；空行或 Ctrl-D 结束。\n")
    for number in itertools.count(1):
        try:
            line = input("问> ")
        except EOFError:
            break
        if not line.strip():
            break
        _each(say, number, line, as_json=False)
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
    parser.add_argument("--store", metavar="DIR", help="where the store is (default: store/, or ZHIWEN_STORE)")
    parser.add_argument("--json", action="store_true", help="one JSON object a question")
    parser.add_argument("-k", type=int, default=5, metavar="N", help="how many passages (default 5)")
    parser.add_argument("--since", default="", metavar="DATE", help="only articles of this date or later, as 2024-05-31")
    parser.add_argument("--until", default="", metavar="DATE", help="only articles of this date or earlier")
    parser.add_argument("--source", default="", metavar="NAME", help="only articles whose source holds this name")
    parser.add_argument("--article", default="", metavar="ID", help="only the article with this id or path")
    parser.add_argument("--explain", action="store_true", help="why each passage is there: both scores, matched terms")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
