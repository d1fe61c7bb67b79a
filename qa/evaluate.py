"""python -m qa.evaluate: how good retrieval, answers and silence are on questions with known answers.

Knows the metrics. Does not know how answers are made: it asks exactly as qa.ask does.
"""

from __future__ import annotations

import sys

try:
    import hashlib
    import json
    import os
    import tempfile
    import time
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from contextlib import contextmanager
    from dataclasses import asdict, dataclass, replace
    from pathlib import Path
    from typing import TYPE_CHECKING

    from index.errors import UserError, run
    from index.language import text
    from index.options import OptionParser
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if TYPE_CHECKING:
    from index.store.corpus import Corpus
    from qa.answer import Answer
    from qa.answering import Models
    from qa.damage import Damage

_DEPTH = 40  # passages looked at for the ten best articles
_NOT_FLOORS = ("ms_p50", "ms_p95", "questions")  # figures that need not be high


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question with its known answers."""

    question: str
    accepted_answers: tuple[str, ...]  # any of them is right; none: the tool must be silent
    article_name: str  # id or file name of the article that answers it; "" if not known


@dataclass(frozen=True, slots=True)
class Metrics:
    """Field names are those of the JSON, with `at` for @. None: nothing to measure it on.

    ndcg, recall and mrr rank articles by their best passage, over questions whose article is known. answer_hit and
    sentence_hit: share of answerable questions where an accepted answer stands in answer.text or answer.sentence,
    folded and without damage, silence counting as a miss; answer_f1: their mean character F1 against the nearest
    accepted answer. abstain_precision: share of the silent ones that have no answer; abstain_recall: share of those
    without an answer kept silent. ms: retrieval and answer of one question, in milliseconds.
    """

    ndcg_at_10: float | None
    recall_at_1: float | None
    recall_at_5: float | None
    recall_at_10: float | None
    mrr_at_10: float | None
    answer_hit: float | None
    sentence_hit: float | None
    answer_f1: float | None
    abstain_precision: float | None
    abstain_recall: float | None
    ms_p50: float
    ms_p95: float
    questions: int

    def as_json(self) -> dict[str, float | None]:
        """The metrics under their documented names."""
        return {name.replace("_at_", "@"): value for name, value in asdict(self).items()}


def read_rows(path: Path) -> tuple[list[GoldQuestion], list[tuple[str, str, str]]]:
    """Read the questions of a JSON lines file, and the (id, title, text) of the passages in its rows, each once."""
    from qa.question import understand

    rows: list[GoldQuestion] = []
    passages: dict[str, tuple[str, str, str]] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UserError("evaluate.no_text", path=path) from error
    except OSError as error:
        raise UserError("evaluate.cannot_read", path=path, reason=error.strerror or error) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            question, article, passage = row["question"], row.get("article") or "", row.get("passage") or ""
            answers = row["answers"] if "answers" in row else row["answer"]
            answers = [
                str(a) if isinstance(a, int | float) else a
                for a in ([answers] if isinstance(answers, str) else answers)
            ]
            if not all(isinstance(value, str) for value in (question, article, passage, *answers)):
                raise TypeError("something other than text in it")
            understand(question)
        except (ValueError, KeyError, TypeError, AttributeError, UserError) as error:
            raise UserError("evaluate.not_a_question", path=path, line=number) from error
        if passage:
            key = hashlib.sha256(passage.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            passages.setdefault(key, (key, str(row.get("title") or ""), passage))
            article = key
        rows.append(GoldQuestion(question, tuple(a for a in answers if a.strip()), article))
    if not rows:
        raise UserError("evaluate.no_questions", path=path)
    return rows, list(passages.values())


def evaluate(store: Corpus, models: Models, rows: Sequence[GoldQuestion]) -> Metrics:
    """Asks every question of the store and compares."""
    from index.store.filters import Filters
    from qa.answering import or_by_meaning, plain_answer
    from qa.question import understand

    ranking: dict[str, dict[str, float]] = {}
    gold: dict[str, dict[str, int]] = {}
    times, answered = [], []
    for number, row in enumerate(rows):
        begun = time.perf_counter()
        question = understand(row.question)
        hits = models.search(store, question, _DEPTH)
        answer = plain_answer(store, models, question, hits)
        answer, _ = or_by_meaning(store, models, question, answer, tuple(hits), Filters())
        times.append(1000 * (time.perf_counter() - begun))
        answered.append((row, answer))
        if row.article_name:
            order: dict[str, float] = {}
            for hit in hits:
                # An article that is listed as a copy of a hit has the rank of that hit.
                article = hit.stored.article
                told = {article.id, Path(article.path).name}.union(
                    *({copy.id, Path(copy.path).name} for copy in hit.copies)
                )
                order.setdefault(
                    row.article_name if row.article_name in told else article.id, -float(hit.rank)
                )  # scores may tie
            ranking[str(number)], gold[str(number)] = order, {row.article_name: 1}
    times.sort()
    ms_p50, ms_p95 = (round(times[int(len(times) * share)], 2) for share in (0.5, 0.95))
    return Metrics(**_ranked(gold, ranking), **_answered(answered), ms_p50=ms_p50, ms_p95=ms_p95, questions=len(rows))


def _ranked(gold: dict[str, dict[str, int]], ranking: dict[str, dict[str, float]]) -> dict[str, float | None]:
    names = ("ndcg_at_10", "recall_at_1", "recall_at_5", "recall_at_10", "mrr_at_10")
    if not gold:
        return dict.fromkeys(names)
    import ir_measures
    from ir_measures import RR, R, nDCG

    wanted = [nDCG @ 10, R @ 1, R @ 5, R @ 10, RR @ 10]
    measured = ir_measures.calc_aggregate(wanted, gold, ranking)
    return {name: round(float(measured[metric]), 4) for name, metric in zip(names, wanted, strict=True)}


def _answered(answered: Sequence[tuple[GoldQuestion, Answer]]) -> dict[str, float | None]:
    answerable = [(row, answer) for row, answer in answered if row.accepted_answers]
    silent = [row for row, answer in answered if answer.abstained]
    unanswerable = [answer for row, answer in answered if not row.accepted_answers]

    def mean(values: Sequence[float]) -> float | None:
        return round(sum(values) / len(values), 4) if values else None

    return {
        "answer_hit": mean([_holds(answer.text, row.accepted_answers) for row, answer in answerable]),
        "sentence_hit": mean([_holds(answer.sentence, row.accepted_answers) for row, answer in answerable]),
        "answer_f1": mean([max(_f1(answer.text, gold) for gold in row.accepted_answers) for row, answer in answerable]),
        "abstain_precision": mean([not row.accepted_answers for row in silent]) if unanswerable else None,
        "abstain_recall": mean([answer.abstained for answer in unanswerable]),
    }


def compared(text: str) -> str:
    """A text as answers are compared: folded, without damage, white space and thousands commas."""
    from index.text.folding import fold
    from index.text.repairs import repaired

    return "".join(fold(repaired(text)).split()).replace(",", "")


def _holds(text: str, answers: Sequence[str]) -> bool:
    shown = compared(text)
    return any(compared(answer) in shown for answer in answers)


def _f1(text: str, gold: str) -> float:
    """Character F1, as in CMRC 2018 but with repeated characters counted: 2·common / (length + gold length)."""
    a, b = ("".join(c for c in compared(t) if c.isalnum()) for t in (text, gold))
    common = sum((Counter(a) & Counter(b)).values())
    return 2 * common / (len(a) + len(b)) if common else 0.0


def damaged(
    damage: Damage, rows: Sequence[GoldQuestion], passages: Sequence[tuple[str, str, str]]
) -> tuple[list[GoldQuestion], list[tuple[str, str, str]]]:
    """The questions and the (id, title, text) of the passages with one kind of damage."""
    asked = [replace(row, question=damage.question(row.question)) for row in rows]
    return asked, [(key, damage.text(title), damage.text(text)) for key, title, text in passages]


def below(metrics: dict[str, float | None], floors: dict[str, float | None]) -> list[str]:
    """Which metrics have fallen below their floors, a sentence each."""
    return [
        text("evaluate.below_floor", metric=name, measured=metrics.get(name), floor=floor)
        for name, floor in floors.items()
        if floor is not None and ((measured := metrics.get(name)) is None or measured < floor)
    ]


def _floors(path: Path) -> dict[str, dict[str, float | None]]:
    """The floors that --save wrote, by kind of damage, "" for none. Raises UserError."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(kind): {str(name): None if floor is None else float(floor) for name, floor in floors.items()}
            for kind, floors in stored.items()
        }
    except OSError as error:
        raise UserError("evaluate.cannot_read_floors", path=path, reason=error.strerror or error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError("evaluate.no_floors", path=path) from error


@contextmanager
def store_of(
    passages: Sequence[tuple[str, str, str]], model: str | None = None, *, encoded: bool = False
) -> Iterator[Corpus]:
    """Make a temporary store of (id, title, text) articles; with `encoded`, with the encoder's vectors."""
    from index.backfill import backfill
    from index.store.folder import Store
    from index.updating import reindex

    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        file = Path(folder) / "passages.jsonl"
        with file.open("w", encoding="utf-8", errors="replace") as out:
            for key, title, text in passages:
                out.write(json.dumps({"id": key, "title": title, "text": text}, ensure_ascii=False) + "\n")
        reindex(Path(folder) / "store", [file], model=model)
        if encoded:
            backfill(Path(folder) / "store")
        with Store(Path(folder) / "store") as store:
            yield store


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    options = _parser(prog).parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as qa.ask does
    from index.backfill import wanted
    from index.store.address import parse_address
    from index.stores import open_store
    from qa.answering import Settings, load_models

    rows, passages = read_rows(options.questions)
    own = bool(passages) and not options.store
    if options.damage and not own:
        raise UserError("evaluate.no_texts")
    floors = _floors(options.floors) if options.floors else {}
    measured: dict[str, Metrics] = {}  # "" is without damage

    def measure(name: str, rows: Sequence[GoldQuestion], passages: Sequence[tuple[str, str, str]]) -> None:
        with (
            store_of(passages, options.model, encoded=wanted())
            if own
            else open_store(parse_address(options.store or None)) as store
        ):
            measured[name] = evaluate(
                store, load_models(store, Settings(reader=options.reader, rerank=options.rerank)), rows
            )

    measure("", rows, passages)
    if options.damage:
        from qa.damage import damages

        for damage in damages():
            sys.stderr.write(f"zhiwen: {damage.name} …\n")
            measure(damage.name, *damaged(damage, rows, passages))
    kept = {
        name: {key: value for key, value in metrics.as_json().items() if key not in _NOT_FLOORS}
        for name, metrics in measured.items()
    }
    if options.save:
        try:
            options.save.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise UserError("evaluate.cannot_write", path=options.save, reason=error.strerror or error) from error
    sys.stdout.write(_as_json(measured) if options.json else _as_table(measured))
    fallen = [
        f"{kind} {line}".strip() for kind, expected in floors.items() for line in below(kept.get(kind, {}), expected)
    ]
    for line in fallen:
        sys.stderr.write(f"zhiwen: {options.floors}: {line}\n")
    return 1 if fallen else 0


def _as_json(measured: dict[str, Metrics]) -> str:
    damaged: dict[str, object] = {name: metrics.as_json() for name, metrics in measured.items() if name}
    return json.dumps(measured[""].as_json() | ({"damage": damaged} if damaged else {})) + "\n"


def _as_table(measured: dict[str, Metrics]) -> str:
    """A row a metric; beside it what each kind of damage adds or takes."""
    plain = measured[""].as_json()
    others = {name: metrics.as_json() for name, metrics in measured.items() if name}
    lines = [f"{'':<18}{'':>8}" + "".join(f"{name:>14}" for name in others)] if others else []
    for name, value in plain.items():
        changes = []
        for metrics in others.values():
            other = metrics[name]
            changes.append(f"{'-':>14}" if value is None or other is None else f"{other - value:>+14.4f}")
        shown = "-" if value is None else str(value)
        lines.append(f"{name:<18}{shown:>8}{''.join(changes)}" if others else f"{name:<18}{shown}")
    return "\n".join(lines) + "\n"


def _parser(prog: str) -> OptionParser:
    parser = OptionParser(prog, text("evaluate.description"), text("evaluate.exit_codes"))
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl", help=text("evaluate.questions"))
    parser.add_argument("--store", metavar="DIR|URL", help=text("evaluate.store"))
    parser.add_argument("--model", metavar="NAME", help=text("evaluate.model"))
    parser.add_argument("--rerank", default="", metavar="MODEL", help=text("evaluate.rerank"))
    parser.add_argument("--reader", default="", metavar="MODEL", help=text("evaluate.reader"))
    parser.add_argument("--json", action="store_true", help=text("evaluate.json"))
    parser.add_argument("--damage", action="store_true", help=text("evaluate.damage"))
    parser.add_argument("--save", type=Path, metavar="FLOORS", help=text("evaluate.save"))
    parser.add_argument("--floors", type=Path, metavar="FLOORS", help=text("evaluate.floors"))
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m qa.evaluate") -> int:
    """Run the command line, named `prog` in its help, and return the exit code."""
    return run(lambda: _main(arguments, prog))


if __name__ == "__main__":
    sys.exit(main())
