"""What the checks of an answer look at: a sentence with what it leans on, and a slot that it does not meet.

Knows where an answer stands in its sentence. Does not know questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OFFICIAL = re.compile(r"[省市县区镇乡州局厅委会部院署办]$")  # how the name of a place or a body of it ends
_CLAUSES = re.compile(r"[,;]")
# A line of its own, and no row of a table.
_HEADLINE = re.compile(r"(?=.*[一-鿿]{4})[^|\t,。:;]{8,40}(?<![。!?;:,、”\")])")
# How a report begins: what follows a subheading or an item of a list does not.
_DATELINE = re.compile(r"今[天日]|昨[天日]|近日|日前|本报|新华社|中新|记者|(?:\d{4}年)?\d{1,2}月\d{1,2}日")


@dataclass(frozen=True, slots=True)
class Context:
    """A sentence that may hold the answer and what it leans on; all folded but `date`."""

    piece: str  # the answer
    sentence: str
    before: tuple[str, ...]  # the sentences before it, the nearest last
    title: str
    date: str  # of the article, ISO or ""
    ends: str = ""  # of the article, where a name may stand that the passage takes for known
    lines: tuple[str, ...] = ()  # of the passage, among which are the other rows of a table

    @property
    def at(self) -> int:
        """Where the answer begins in its sentence, not inside a longer number; -1 if it is not in it."""
        return place_of(self.piece, self.sentence)

    @property
    def before_it(self) -> str:
        """What stands before the answer in its sentence, "" without an answer in it."""
        return self.sentence[: max(0, self.at)]

    @property
    def behind(self) -> str:
        """What stands behind the answer in its sentence, "" without an answer in it."""
        return self.sentence[self.at + len(self.piece) :] if self.at >= 0 else ""

    @property
    def clause(self) -> str:
        """The clause of the sentence that holds the answer; the sentence if the answer stands in none."""
        clauses = _CLAUSES.split(self.sentence)
        return next((clause for clause in clauses if place_of(self.piece, clause) >= 0), self.sentence)

    @property
    def leaning(self) -> tuple[str, ...]:
        """The sentences before it from the last headline among them on: of several short reports, its own."""
        texts = (*self.before, self.sentence)
        headlines = [
            at
            for at, line in enumerate(self.before)
            if _HEADLINE.fullmatch(line.strip()) and _DATELINE.match(texts[at + 1])
        ]
        return self.before[headlines[-1] :] if headlines else self.before

    @property
    def whole(self) -> str:
        """Title, sentences before from the last headline on, sentence."""
        return "\n".join((self.title, *self.leaning, self.sentence))


@dataclass(frozen=True, slots=True)
class Missing:
    """A slot that is not met."""

    slot: str  # SUBJECT, PERIOD, QUALIFIER, UNIT, INDICATOR or ROLE
    asked: str  # words of the question
    instead: str  # what the text has in its place, "" if nothing is found


def place_of(piece: str, sentence: str) -> int:
    """Return where a piece stands in a sentence, not inside a longer number: 3% not in 33%; -1 if it does not."""
    match = re.search(rf"(?<![\d.]){re.escape(piece)}", sentence) if piece else None
    return match.start() if match else -1
