"""When the tool keeps silent: question sets asked of the whole corpus, and again without the article that answers them.

Knows which figures are kept and draws the curve. What is measured is what qa.ask does.

    python -m benchmarks.silence QUESTIONS.jsonl ... [--write]

--write keeps the figures in benchmarks/results/silence.json, with the commit, and docs/pictures/risk-coverage.svg.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.quality import measure_sets
from index.corpus import Corpus
from qa.answer import Answer, find_answer
from qa.ask import Models, load_models
from qa.evaluate import Row, compared, read_rows, store_of
from qa.question import understand
from qa.search import search

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).parent / "results" / "silence.json"
_PICTURE = _ROOT / "docs" / "pictures" / "risk-coverage.svg"
_COVERAGES = tuple(step / 20 for step in range(1, 21))
_COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question with its article and without."""

    whole: Answer
    right: bool  # the sentence given holds the answer
    without: Answer
    elsewhere: bool  # another article answered it: the sentence given without the article holds the answer too


def measure(path: Path) -> dict[str, object]:
    """Shares of questions silenced with their article and without, and the share of wrong sentences at each coverage.

    `answered_elsewhere` are the questions that another article answers: these were not unanswerable, and
    `unanswerable_silenced` leaves them out. `risk`: of the surest twentieth, tenth and so on, how many got no right sentence.
    """
    rows, passages = read_rows(path)
    with store_of(passages) as store:
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
        "risk": {str(coverage): round(1 - sum(right for _, right in part) / len(part), 4) for coverage, part in parts.items()},
    }


def _asked(store: Corpus, models: Models, row: Row) -> _Asked:
    question = understand(row.question)
    hits = search(store, models.embedder, question, 12)
    whole = find_answer(store, question, hits[:5], models.reader)
    rest = [replace(hit, rank=rank) for rank, hit in enumerate((hit for hit in hits if hit.found.article.id != row.article), 1)]
    without = find_answer(store, question, rest[:5], models.reader)
    right, elsewhere = (any(compared(gold) in compared(answer.sentence) for gold in row.answers) for answer in (whole, without))
    return _Asked(whole, right, without, elsewhere)


def curve(measured: dict[str, dict[str, object]]) -> str:
    """The risk-coverage curves as an SVG picture."""
    width, height, left, top = 640, 360, 60, 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 240} {height + 70}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for step in range(6):
        x, y = left + width * step / 5, top + height * (1 - step / 5)
        parts.append(f'<text x="{x}" y="{top + height + 20}" text-anchor="middle">{step * 20} %</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{step * 10} %</text>')
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y}" y2="{y}" stroke="#e5e7eb"/>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 45}" text-anchor="middle">questions answered, the surest first</text>')
    parts.append(f'<text x="{left}" y="{top - 6}">wrong sentences among them</text>')
    for place, (name, figures) in enumerate(measured.items()):
        risks = figures["risk"]
        assert isinstance(risks, dict)
        points = " ".join(f"{left + width * float(c):.1f},{top + height * (1 - min(r, 0.5) * 2):.1f}" for c, r in risks.items())
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + width + 12}" y="{top + 20 + 20 * place}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Prints a row a set."""
    measured, kept = measure_sets("Measure silence on questions with and without the article that answers them.", measure, _RESULTS)
    if kept:
        _PICTURE.write_text(curve(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
