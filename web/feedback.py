"""Keep the verdicts on answers in the store's folder, and export them as questions for python -m qa.evaluate.

Knows the file: one JSON object a line, only appended to. Does not know the page.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import os_error

GOOD, BAD = "good", "bad"
_FILE = "feedback.jsonl"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on one answer. `question` is the completed question; `answer` is "" if there was none."""

    question: str
    answer: str
    sentence: str
    article: str  # id of the article that the answer is from, "" without an answer
    verdict: str  # GOOD or BAD
    time: str  # ISO, UTC


def save_feedback(folder: Path, judged: Feedback) -> None:
    """Append a verdict to the file. Raises UserError if the folder cannot be written."""
    line = (json.dumps(asdict(judged), ensure_ascii=False) + "\n").encode("utf-8", "replace")
    try:
        folder.mkdir(parents=True, exist_ok=True)  # a store on a server may have no folder yet
        # One write with O_APPEND: two verdicts at the same time cannot mix.
        file = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise os_error(error, folder / _FILE) from error


def feedback_questions(folder: Path) -> str:
    """Return the GOOD verdicts as JSON lines that python -m qa.evaluate reads; "" if there are none.

    A good answer becomes a question with that answer. A good abstention becomes a question without an answer. BAD
    verdicts are left out, because they do not name the right answer, and so are questions on which verdicts disagree.
    Of several verdicts on one answer the last counts.
    """
    last: dict[tuple[str, str], Feedback] = {}
    try:
        lines = (folder / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    for line in lines:
        try:
            judged = Feedback(**json.loads(line))
        except (ValueError, TypeError):  # half a line: the machine stopped while it was written
            continue
        last.pop((judged.question, judged.answer), None)
        last[judged.question, judged.answer] = judged
    right: dict[str, list[Feedback]] = {}
    for judged in last.values():
        if judged.verdict == GOOD:
            right.setdefault(judged.question, []).append(judged)
    out = []
    for question, judgements in right.items():
        answers = [judged.answer for judged in judgements if judged.answer]
        if answers and len(answers) < len(judgements):
            continue  # good with an answer, and good without one
        row: dict[str, object] = {"question": question, "answers": answers}
        if articles := [judged.article for judged in judgements if judged.article]:
            row["article"] = articles[-1]
        out.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(out)
