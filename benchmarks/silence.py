"""Measure when the tool abstains: ask question sets of the whole corpus, and again without the answering article.

Knows which figures to write, and draws the risk-coverage curve. Measures the answers of qa.ask.

    python -m benchmarks.silence QUESTIONS.jsonl ... [--write]

--write saves the figures in benchmarks/results/silence.json, with the commit, and docs/pictures/risk-coverage.svg.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.quality import measure_sets
from index.store.corpus import Corpus
from qa.answer import Answer, find_answer
from qa.answering import Models, load_models
from qa.evaluate import GoldQuestion, compared, read_rows, store_of
from qa.question import understand

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).parent / "results" / "silence.json"
_PICTURE = _ROOT / "docs" / "pictures" / "risk-coverage.svg"
_COVERAGES = tuple(step / 20 for step in range(1, 21))
_COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The answers to one question with its article and without."""

    whole: Answer
    right: bool  # True if the sentence of `whole` holds the answer
    without: Answer
    elsewhere: bool  # True if another article answers it: the sentence of `without` holds the answer too


def measure(path: Path) -> dict[str, object]:
    """Measure the shares of questions without an answer, with their article and without, and the risk at each coverage.

    `answered_elsewhere` is the share of questions that another article answers: they are not unanswerable, and
    `unanswerable_silenced` leaves them out. `risk` maps a share of the questions, the most confident first, to the
    share of wrong sentences among them.
    """
    rows, passages = read_rows(path)
    with store_of(passages, encoded=True) as store:
        models = load_models(store)
        asked = [_asked(store, models, row) for row in rows]
    unanswerable = [each for each in asked if not each.elsewhere]
    surest = sorted(((each.whole.confidence, each.right) for each in asked), reverse=True)
    parts = {coverage: surest[: max(1, round(coverage * len(surest)))] for coverage in _COVERAGES}
    return {
        "questions": len(rows),
        "answerable_silenced": round(sum(each.whole.abstained for each in asked) / len(asked), 4),
        "unanswerable_silenced": round(sum(each.without.abstained for each in unanswerable) / len(unanswerable), 4),
        "answered_elsewhere": round(1 - len(unanswerable) / len(asked), 4),
        "risk": {
            str(coverage): round(1 - sum(right for _, right in part) / len(part), 4) for coverage, part in parts.items()
        },
    }


def _asked(store: Corpus, models: Models, row: GoldQuestion) -> _Asked:
    question = understand(row.question)
    hits = models.search(store, question, 12)
    whole = find_answer(store, question, hits[:5], models.reader)
    rest = [
        replace(hit, rank=rank)
        for rank, hit in enumerate((hit for hit in hits if hit.stored.article.id != row.article_name), 1)
    ]
    without = find_answer(store, question, rest[:5], models.reader)
    right, elsewhere = (
        any(compared(gold) in compared(answer.sentence) for gold in row.accepted_answers) for answer in (whole, without)
    )
    return _Asked(whole, right, without, elsewhere)


def curve(measured: dict[str, dict[str, object]]) -> str:
    """Draw the risk-coverage curves as an SVG picture."""
    width, height, left, top = 640, 360, 60, 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 240} {height + 70}"'
        ' font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for step in range(6):
        x, y = left + width * step / 5, top + height * (1 - step / 5)
        parts.append(f'<text x="{x}" y="{top + height + 20}" text-anchor="middle">{step * 20} %</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{step * 10} %</text>')
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y}" y2="{y}" stroke="#e5e7eb"/>')
    parts.append(
        f'<text x="{left + width / 2}" y="{top + height + 45}" text-anchor="middle">'
        "questions answered, the surest first</text>"
    )
    parts.append(f'<text x="{left}" y="{top - 6}">wrong sentences among them</text>')
    for number, (name, figures) in enumerate(measured.items()):
        risks = figures["risk"]
        if not isinstance(risks, dict):
            raise TypeError(f"the risk of {name} is no table")
        points = " ".join(
            f"{left + width * float(c):.1f},{top + height * (1 - min(r, 0.5) * 2):.1f}" for c, r in risks.items()
        )
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + width + 12}" y="{top + 20 + 20 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Print the figures of each set, and save them and the curve with --write."""
    measured, saved = measure_sets(
        "Measure silence on questions with and without the article that answers them.", measure, _RESULTS
    )
    if saved:
        _PICTURE.write_text(curve(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
