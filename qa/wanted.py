"""What the words of a question tell in this corpus, character by character, and how much of it a text holds.

Knows the bundled vocabulary and how often terms stand in the corpus. Does not know hits, sentences or answers. All texts are
folded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.embedding import Word, bundled_model
from index.terms import terms
from qa.question import Question
from qa.variants import Variant

LONE = 0.3  # how much a lone character counts beside one that stands with its neighbour
_SUBJECT = 4  # characters at the beginning of a question that mostly hold a name
NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_TELLING = 8.5  # what a lone character of a name tells at least: as much as the 2,800th commonest word
_NUMERAL = 8.0  # what a number tells: as much as the 2,000th commonest word


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question's content tells, character by character."""

    content: str
    focus: str  # the last word of what is asked about: 产值 in 拓源产值是多少
    subject: tuple[int, int]  # where the first words stand
    numbers: tuple[int, ...]  # positions of digits
    weights: tuple[float, ...]  # by position
    name: str  # what the question names first, "" if nothing
    absent: bool  # that name stands nowhere in the corpus
    variants: tuple[Variant, ...]  # other ways to write pieces of it

    def exact(self, folded: str) -> list[float]:
        """For each position how well a folded text holds it: whole pairs count fully, lone characters little."""
        found = []
        figures = set(NUMBERS.findall(folded)) if self.numbers else ()
        for i, character in enumerate(self.content):
            if not self.weights[i] or character.isdecimal():
                found.append(0.0)  # a number is set below, whole or not at all
            elif (i and self.weights[i - 1] and self.content[i - 1 : i + 1] in folded) or (
                i + 1 < len(self.content) and self.weights[i + 1] and self.content[i : i + 2] in folded
            ):
                found.append(1.0)
            else:
                found.append(LONE if character in folded else 0.0)
        for number in NUMBERS.finditer(self.content) if figures else ():
            if number.group() in figures or number.group().lstrip("0") in figures:
                found[number.start() : number.end()] = [1.0] * (number.end() - number.start())
        for variant in self.variants:
            if variant.text in folded:
                found[variant.start : variant.end] = [1.0] * (variant.end - variant.start)
        return found

    def focused(self, folded: str) -> float:
        """0..1: how much of what is asked about stands in a folded text."""
        pairs = [self.focus[i : i + 2] for i in range(len(self.focus) - 1)] or [self.focus]
        return sum(pair in folded for pair in pairs) / len(pairs) if self.focus else 0.0

    def share(self, matched: Sequence[float], positions: Iterable[int] | None = None) -> float:
        """0..1: the weight of what is matched, of all or of some positions."""
        places = range(len(self.content)) if positions is None else list(positions)
        total = sum(self.weights[i] for i in places)
        return sum(self.weights[i] * matched[i] for i in places) / total if total else 0.0


def wanted(question: Question, frequency: Callable[[str], int], passages: int) -> Wanted:
    """A word weighs what it tells in open text, less the more passages of this corpus hold it: `frequency` of a term, of so many."""
    weights = [0.0] * len(question.content)
    words = []
    for word in bundled_model().words([question.content])[0]:
        text = question.content[word.start : word.end]
        if not any(character.isalnum() for character in text):
            continue
        words.append(word)
        common = min((frequency(term) for term in terms(text) if len(text) == 1 or len(term) > 1), default=0)
        rarity = math.log(1 + passages / (common + 0.5)) / math.log(1 + passages / 0.5)
        # A figure is short and common, and yet another year or number is another question.
        information = max(word.information, _NUMERAL) if text.isdecimal() else word.information
        for position in range(word.start, word.end):
            weights[position] = information * (0.15 + 0.85 * rarity)
    # In 捕捞量是多少万吨 the unit comes last, and 捕捞量 is what is asked about.
    end = question.content.rfind(question.unit) if question.unit else question.named
    named = [word for word in words if word.end <= min(end, question.named) and question.content[word.start : word.end] not in ("是", "为", "的")]
    focus = question.content[named[-1].start : named[-1].end] if named else ""
    first = words[0].start if words else 0
    subject = (first, max((word.end for word in words if word.start < first + _SUBJECT), default=first))
    numbers = tuple(i for i, character in enumerate(question.content) if character.isdecimal())
    first_name = next((question.content[start:end] for start, end in _names(question.content, words)), "")
    written = (first_name, *(variant.text for variant in question.variants))
    absent = bool(first_name) and not any(_occurs(name, frequency) for name in written)
    return Wanted(question.content, focus, subject, numbers, tuple(weights), first_name, absent, question.variants)


def _names(content: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Words, and runs of telling single characters, as which a name falls apart that is in no dictionary: 拓, 源."""
    run: list[Word] = []
    for word in [*words, None]:
        if word and word.end - word.start == 1 and word.information > _TELLING and (not run or run[-1].end == word.start):
            run.append(word)
            continue
        if len(run) > 1:
            yield run[0].start, run[-1].end
        run = []
        if word and word.end - word.start > 1 and not content[word.start : word.end].isdecimal():
            yield word.start, word.end


def _occurs(name: str, frequency: Callable[[str], int]) -> bool:
    """Whether any pair of a name's characters, or the Latin word it is, stands in the corpus."""
    return any(frequency(term) for term in terms(name) if len(term) > 1)
