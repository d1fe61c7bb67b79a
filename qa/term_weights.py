"""Weigh the characters of a question by how rare their words are, and measure how much of the weight a text holds.

Knows the bundled vocabulary and how many passages of the corpus hold a term. Does not know hits, sentences or
answers. All texts are folded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.embedding.static import Word, bundled_model
from index.store.terms import pairs, terms
from qa.question import Question
from qa.variants import Variant

LONE = 0.3  # how much a lone character counts; one that stands with its neighbour counts 1
_SUBJECT = 4  # characters at the beginning of a question that mostly hold a name
NUMBERS = re.compile(r"\d+(?:\.\d+)?")
# Least information of a character of a name, and of a number: that of the 2,800th and of the 2,000th commonest word.
_NAME_INFORMATION, _NUMBER_INFORMATION = 8.5, 8.0


@dataclass(frozen=True, slots=True)
class QuestionWeights:
    """The weights of a question's content, character by character."""

    content: str
    focus: str  # the last of the words asked about: 产值 in 拓源产值是多少
    subject: tuple[int, int]  # start and end of the first words
    numbers: tuple[int, ...]  # positions of digits
    weights: tuple[float, ...]  # by position
    name: str  # the first name in the question, "" if there is none
    absent: bool  # the name stands nowhere in the corpus
    variants: tuple[Variant, ...]  # other ways to write pieces of the content

    def exact(self, folded: str) -> list[float]:
        """Return for each position how well a folded text holds it: 1 with a neighbour, LONE alone, 0 if missing."""
        held = []
        figures = set(NUMBERS.findall(folded)) if self.numbers else ()
        for i, character in enumerate(self.content):
            if not self.weights[i] or character.isdecimal():
                held.append(0.0)  # numbers follow below: whole or not at all
            elif (i and self.weights[i - 1] and self.content[i - 1 : i + 1] in folded) or (
                i + 1 < len(self.content) and self.weights[i + 1] and self.content[i : i + 2] in folded
            ):
                held.append(1.0)
            else:
                held.append(LONE if character in folded else 0.0)
        for number in NUMBERS.finditer(self.content) if figures else ():
            if number.group() in figures or number.group().lstrip("0") in figures:
                held[number.start() : number.end()] = [1.0] * (number.end() - number.start())
        for variant in self.variants:
            if variant.text in folded:
                held[variant.start : variant.end] = [1.0] * (variant.end - variant.start)
        return held

    def focused(self, folded: str) -> float:
        """Return 0..1: the share of `focus` that a folded text holds."""
        asked = pairs(self.focus) or [self.focus]
        return sum(pair in folded for pair in asked) / len(asked) if self.focus else 0.0

    def share(self, matched: Sequence[float], positions: Iterable[int] | None = None) -> float:
        """Return 0..1: the share of the weight that is matched, over all positions or the ones in `positions`."""
        places = range(len(self.content)) if positions is None else list(positions)
        total = sum(self.weights[i] for i in places)
        return sum(self.weights[i] * matched[i] for i in places) / total if total else 0.0


def weigh_question(question: Question, frequency: Callable[[str], int], passages: int) -> QuestionWeights:
    """Weigh a question: a word weighs its information in general text, less the more passages of the corpus hold it.

    `frequency` returns how many of all `passages` hold a term.
    """
    weights = [0.0] * len(question.content)
    words = []
    for word in bundled_model().words([question.content])[0]:
        text = question.content[word.start : word.end]
        if not any(character.isalnum() for character in text):
            continue
        words.append(word)
        common = min((frequency(term) for term in terms(text) if len(text) == 1 or len(term) > 1), default=0)
        rarity = math.log(1 + passages / (common + 0.5)) / math.log(1 + passages / 0.5)
        # Digits are common, but another year or number makes another question.
        information = max(word.information, _NUMBER_INFORMATION) if text.isdecimal() else word.information
        for position in range(word.start, word.end):
            weights[position] = information * (0.15 + 0.85 * rarity)
    # 捕捞量是多少万吨 asks about 捕捞量, and the unit comes last.
    end = question.content.rfind(question.unit) if question.unit else question.named
    named = [
        word
        for word in words
        if word.end <= min(end, question.named) and question.content[word.start : word.end] not in ("是", "为", "的")
    ]
    focus = question.content[named[-1].start : named[-1].end] if named else ""
    first = words[0].start if words else 0
    subject = (first, max((word.end for word in words if word.start < first + _SUBJECT), default=first))
    numbers = tuple(i for i, character in enumerate(question.content) if character.isdecimal())
    first_name = next((question.content[start:end] for start, end in _names(question.content, words)), "")
    written = (first_name, *(variant.text for variant in question.variants))
    absent = bool(first_name) and not any(_occurs(name, frequency) for name in written)
    return QuestionWeights(
        question.content, focus, subject, numbers, tuple(weights), first_name, absent, question.variants
    )


def _names(content: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield start and end of words and of runs of rare characters, such as a name in no dictionary (拓, 源)."""
    run: list[Word] = []
    for word in [*words, None]:
        if (
            word
            and word.end - word.start == 1
            and word.information > _NAME_INFORMATION
            and (not run or run[-1].end == word.start)
        ):
            run.append(word)
            continue
        if len(run) > 1:
            yield run[0].start, run[-1].end
        run = []
        if word and word.end - word.start > 1 and not content[word.start : word.end].isdecimal():
            yield word.start, word.end


def _occurs(name: str, frequency: Callable[[str], int]) -> bool:
    """Whether the corpus holds any pair of a name's characters, or a Latin word of it."""
    return any(frequency(term) for term in terms(name) if len(term) > 1)
