"""Everything said to one question, and the pieces of the originals that may be quoted from it.

Knows that a quotation must stand so in its article, which is asserted here for whoever draws one. Does not know how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.records import Span
from qa.answer import Answer, Evidence
from qa.question import Question
from qa.search import Hit
from qa.suggest import Suggestion

if TYPE_CHECKING:
    from qa.generate import Generated


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything said to one question."""

    question: Question
    answer: Answer
    hits: tuple[Hit, ...]
    generation: int
    milliseconds: float
    asked: str = ""  # the words of a question that leaned on the one before it; `question` is what they were taken to mean
    generated: Generated | None = None
    suggestion: Suggestion | None = None


def verified(hit: Hit) -> str:
    """The passage's text, checked against the original it claims to be of."""
    passage, article = hit.found.passage, hit.found.article
    assert article.text[passage.start : passage.end] == passage.text, f"{article.id}: passage {passage.id} is not in its article"
    return passage.text


def evidence_of(reply: Reply) -> tuple[Span, Span] | None:
    """Sentence and answer in their passage, checked against what is shown as such."""
    evidence, answer = reply.answer.evidence, reply.answer
    if evidence is None:
        return None
    text = verified(reply.hits[evidence.passage - 1])
    assert text[evidence.span.start : evidence.span.end] == answer.text
    assert text[evidence.sentence.start : evidence.sentence.end] == answer.sentence
    return evidence.sentence, evidence.span


def sources_of(reply: Reply) -> list[tuple[Hit, Evidence]]:
    """Where other articles answer the question, with the answer itself, the newest first; empty if none does."""
    evidence, others = reply.answer.evidence, reply.answer.others
    if evidence is None or not others:
        return []
    named = [(reply.hits[each.passage - 1], each) for each in (evidence, *others)]
    for hit, each in named:
        sentence, span = each.sentence, each.span
        assert 0 <= sentence.start <= span.start < span.end <= sentence.end <= len(verified(hit))
    return sorted(named, key=lambda pair: pair[0].found.article.date, reverse=True)
