"""What people said of answers, kept in the store's folder, and as questions for python -m qa.evaluate.

Knows the file: one JSON object a line, only ever added to. Does not know the page.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import UserError

GOOD, BAD = "good", "bad"
_FILE = "feedback.jsonl"


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer and what was said of it. `question` as it was understood; `answer` is "" for silence."""

    question: str
    answer: str
    sentence: str
    article: str  # id of the article the answer stands in, "" for silence
    verdict: str  # GOOD or BAD
    time: str  # ISO, UTC


def note(folder: Path, judged: Judged) -> None:
    """Adds a judgement. Raises UserError if the folder cannot be written."""
    line = (json.dumps(asdict(judged), ensure_ascii=False) + "\n").encode("utf-8", "replace")
    try:
        folder.mkdir(parents=True, exist_ok=True)  # beside a store on a server nothing has been kept yet
        # One write at the end of the file: two that come at once cannot mix.
        file = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise UserError(f"{folder / _FILE}: {error.strerror}.", "See that there is space, and the right to write.") from error


def questions(folder: Path) -> str:
    """The judgements as JSON lines that python -m qa.evaluate reads; "" if there are none that tell what is right.

    An answer called right is a question with that answer, silence called right a question that must get none. What was
    called wrong says only what the answer is not: it is left out, as is a question on which people disagree. Of several
    judgements of one answer the last counts.
    """
    last: dict[tuple[str, str], Judged] = {}
    try:
        lines = (folder / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    for line in lines:
        try:
            judged = Judged(**json.loads(line))
        except (ValueError, TypeError):  # half a line: the machine went off while it was written
            continue
        last.pop((judged.question, judged.answer), None)
        last[judged.question, judged.answer] = judged
    right: dict[str, list[Judged]] = {}
    for judged in last.values():
        if judged.verdict == GOOD:
            right.setdefault(judged.question, []).append(judged)
    out = []
    for question, judgements in right.items():
        answers = [judged.answer for judged in judgements if judged.answer]
        if answers and len(answers) < len(judgements):
            continue  # right to answer, and right to be silent
        row: dict[str, object] = {"question": question, "answers": answers}
        if articles := [judged.article for judged in judgements if judged.article]:
            row["article"] = articles[-1]
        out.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(out)
