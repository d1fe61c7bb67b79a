"""python -m qa.ask: the answer to a question, from the terminal or a pipe.

Knows options, streams and exit codes. Does not know how answers are found or drawn.
"""

from __future__ import annotations

import sys

try:
    import gc
    import io
    import itertools
    import json
    import os
    from collections.abc import Callable, Iterable, Sequence
    from functools import partial
    from typing import TYPE_CHECKING

    from index.errors import UserError, ZhiwenError, run
    from index.language import text
    from index.options import OptionParser
    from index.records import escape_controls
    from qa.options import add_model_options, model_settings
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if TYPE_CHECKING:
    import argparse

    from index.store.filters import Filters
    from qa.generate import CheckedSentence
    from qa.reply import Reply


def _filters(options: argparse.Namespace) -> Filters:
    from index.store.filters import Filters

    return Filters.of(options.since, options.until, options.source, options.article)


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    options = _parser(prog).parse_args(arguments)
    # The reader's products of matrices are small: a second thread of BLAS spins longer than it computes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if options.k < 1:
        raise UserError("asking.too_few_passages", k=options.k)
    if options.why_not is not None and not options.why_not.strip():  # before a store is opened, or indexed
        raise UserError("asking.no_phrase")
    question = " ".join(options.question) if options.question else None
    lines = _stdin()
    if question is None and not (sys.stdin and sys.stdin.isatty()):
        lines = _piped_lines(lines)
        question = "-"
    if question not in (None, "-"):
        from qa.question import understand

        understand(question)  # a question without words must not first index a corpus
    from index.records import stored_name
    from index.store.address import parse_address
    from qa.answering import load_models, open_or_index_sample
    from qa.render import as_json, as_text, fit, why_json, why_text, with_paths

    filters = _filters(options)
    named = bool(options.store or os.environ.get("ZHIWEN_STORE"))
    store = open_or_index_sample(parse_address(options.store), named=named)
    models = load_models(store, model_settings(options))
    if not gc.isenabled():
        gc.freeze()
        gc.enable()

    from qa.answering import answer_question, with_model

    def say(asked: str, before: str = "") -> Reply:
        """Answers one question on stdout."""
        asked, before, k, one = _line_settings(asked, before, options, filters)
        reply = answer_question(store, models, asked, k, one, before)
        size = None if options.full else _terminal_size()
        reply = with_model(
            reply, models.endpoint, (lambda sentence: None) if options.json else partial(_write_sentence, size)
        )
        if reply.generated and reply.generated.problem:
            reason = reply.generated.problem.words()
            sys.stderr.write(f"zhiwen: {text('ask.model_failed', model=options.llm_model, reason=reason)}\n")
        why = None
        if options.why_not is not None:
            from qa.why_not import why_not

            why = why_not(store, models, reply, stored_name(options.why_not), one)
        if options.json:
            explained = {"why_not": with_paths(why_json(why))} if why else {}
            record = with_paths(as_json(reply, explain=options.explain)) | explained
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            sys.stdout.write(as_text(reply, colour=colour, explain=options.explain, size=size) + "\n")
            sys.stdout.write(f"{fit(why_text(why), size)}\n" if why else "")
        sys.stdout.flush()
        return reply

    with store:
        if question is None:
            return _prompt(say, followups=not options.no_followups)
        if question == "-":
            for number, line in enumerate((each.removeprefix("\ufeff").strip() for each in lines), 1):
                if line or options.json:
                    _each(say, number, line, options.after, as_json=options.json)
            return 0
        return 1 if say(question, options.after).answer.abstained else 0


def _json_line(line: str) -> dict[str, object] | None:
    """A line of standard input that is a JSON object; None for a plain question.

    Raises UserError for a line that begins as an object and is none, and for an array.
    """
    if not line.startswith(("{", "[")):
        return None
    try:
        read = json.loads(line)
    except (ValueError, RecursionError) as error:
        if line.startswith("["):  # [2023]产值 is a question
            return None
        raise UserError("asking.broken_json", column=getattr(error, "colno", 1)) from None
    if not isinstance(read, dict):
        raise UserError("asking.no_object")
    return read


def _line_settings(
    asked: str, before: str, options: argparse.Namespace, filters: Filters
) -> tuple[str, str, int, Filters]:
    """The question, the one before it, how many passages and the filters: a JSON line of standard input names them.

    What the line leaves out is as the command says. Raises UserError for a value that is missing or of the wrong kind.
    """
    line = _json_line(asked) if " ".join(options.question) in ("", "-") else None
    if line is None:
        return asked, before, options.k, filters
    from index.store.filters import Filters

    if "question" not in line:
        raise UserError("asking.question_missing")
    for name in ("question", "after", "since", "until", "source", "article"):
        if not isinstance(line.get(name, ""), str):
            raise UserError("asking.not_a_string", name=name)
    k = line.get("k", options.k)
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise UserError("asking.not_a_count", k=_encodable(json.dumps(k, ensure_ascii=False))[:40])
    wanted = {name: _encodable(str(line.get(name, ""))) for name in ("since", "until", "source", "article")}
    if any(wanted.values()):
        names = ("since", "until", "source", "article")
        filters = Filters.of(*(wanted[name] or getattr(options, name) for name in names))
    return str(line["question"]), _encodable(str(line.get("after", before))), k, filters


def _encodable(words: str) -> str:
    r"""Replace what no encoding holds, as the \ud800 that a JSON line may write."""
    return words.encode("utf-8", "replace").decode("utf-8")


def _question_of(line: str) -> str:
    """The question of a line of standard input as far as it can be told, else the line."""
    try:
        read = _json_line(line)
    except UserError:
        return _encodable(line)
    question = read.get("question") if read else None
    return _encodable(question if isinstance(question, str) else line)


def _terminal_size() -> os.terminal_size | None:
    """The size of the terminal that the answers are written to; None for a file or a pipe, which take all there is."""
    import shutil

    return shutil.get_terminal_size() if sys.stdout.isatty() else None


def _write_sentence(size: os.terminal_size | None, sentence: CheckedSentence) -> None:
    """Write a language model's sentence as it comes."""
    from qa.render import fit, sentence_text

    sys.stdout.write(fit(sentence_text(sentence), size) + "\n")
    sys.stdout.flush()


def _each(say: Callable[..., Reply], number: int, line: str, before: str = "", *, as_json: bool) -> Reply | None:
    """One bad question of many is said so, where its answer would stand, and is not the end."""
    try:
        return say(line, before)
    except ZhiwenError as error:
        problem = f"{text('ask.line', number=number) if number else ''}{error.message}"
        sys.stderr.write(f"zhiwen: {escape_controls(f'{problem}  {error.hint}')}\n")
        if as_json:
            record = {"question": _question_of(line), "error": problem, "line": number}
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    return None


def _stdin() -> Iterable[str]:
    """Standard input; one line of another encoding is not the end of the others."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin or ()  # None if the caller closed it


def _piped_lines(stream: Iterable[str]) -> Iterable[str]:
    """The lines of a pipe. Raises UserError if all of them are empty, before a store is opened."""
    waiting = iter(stream)
    first: list[str] = []
    for line in waiting:
        first.append(line)
        if line.strip():
            return itertools.chain(first, waiting)
    raise UserError("asking.no_question")


def _prompt(say: Callable[..., Reply], *, followups: bool) -> int:
    """Answer the questions typed at a prompt. Ctrl-C while one is answered goes back to the prompt."""
    from qa.prompt import prompted_lines

    before = ""
    for line in prompted_lines():
        reply = None
        try:
            reply = _each(say, 0, line, before, as_json=False)  # 0: the line is in sight, and needs no number
        except KeyboardInterrupt:
            sys.stderr.write("\n")
        if reply and followups:
            before = reply.question.text
    return 0


def _parser(prog: str) -> OptionParser:
    parser = OptionParser(prog, text("ask.description"), text("ask.exit_codes"))
    parser.add_argument("question", nargs="*", metavar="QUESTION", help=text("ask.question"))
    parser.add_argument("--store", metavar="DIR|URL", help=text("options.store"))
    parser.add_argument("--json", action="store_true", help=text("ask.json"))
    parser.add_argument("--full", action="store_true", help=text("ask.full"))
    parser.add_argument("-k", type=int, default=5, metavar="N", help=text("ask.passages"))
    parser.add_argument("--since", default="", metavar="DATE", help=text("ask.since"))
    parser.add_argument("--until", default="", metavar="DATE", help=text("ask.until"))
    parser.add_argument("--source", default="", metavar="NAME", help=text("ask.source"))
    parser.add_argument("--article", default="", metavar="ID", help=text("ask.article"))
    parser.add_argument("--after", default="", metavar="QUESTION", help=text("ask.after"))
    parser.add_argument("--no-followups", action="store_true", help=text("ask.no_followups"))
    add_model_options(parser)
    parser.add_argument("--why-not", metavar="TEXT", help=text("ask.why_not"))
    parser.add_argument("--explain", action="store_true", help=text("ask.explain"))
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m qa.ask") -> int:
    """Run the command line, named `prog` in its help, and return the exit code."""
    return run(lambda: _main(arguments, prog))


if __name__ == "__main__":
    gc.disable()  # what is loaded stays; collecting it again and again takes a twentieth of the time
    sys.exit(main())
