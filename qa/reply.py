"""The reply to one question, and checks that what it quotes stands in the originals.

Knows that a quotation must be verbatim, and checks it before a view draws it. Does not know how replies are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.records import Span, one_line
from qa.answer import Answer, Evidence
from qa.question import Question
from qa.search import Hit
from qa.suggest import Suggestion

if TYPE_CHECKING:
    from qa.generate import Generated


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one question: the answer, the passages, and notes."""

    question: Question
    answer: Answer
    hits: tuple[Hit, ...]
    generation: int
    milliseconds: float
    asked: str = ""  # the user's words if they were a follow-up, else ""; `question` is the completed question
    generated: Generated | None = None
    suggestion: Suggestion | None = None


def verified(hit: Hit) -> str:
    """Return the text of a passage. Raises RuntimeError if it does not stand in its original."""
    passage, article = hit.stored.passage, hit.stored.article
    if article.text[passage.start : passage.end] != passage.text:
        raise RuntimeError(f"{article.id}: passage {passage.id} is not in its article")
    return passage.text


def verified_evidence(reply: Reply) -> tuple[Span, Span] | None:
    """Return the spans of sentence and answer in their passage, None without an answer.

    Raises RuntimeError if the passage does not hold the text of the sentence or of the answer there.
    """
    evidence, answer = reply.answer.evidence, reply.answer
    if evidence is None:
        return None
    text = verified(reply.hits[evidence.passage - 1])
    if (
        text[evidence.span.start : evidence.span.end] != answer.text
        or text[evidence.sentence.start : evidence.sentence.end] != answer.sentence
    ):
        raise RuntimeError(f"the answer is not in passage {evidence.passage}")
    return evidence.sentence, evidence.span


def nearest_text(reply: Reply) -> str:
    """Return what stands at the place that comes nearest to an answer, on one line; "" if none is named."""
    nearest = reply.answer.nearest
    if nearest is None:
        return ""
    return one_line(verified(reply.hits[nearest.passage - 1])[nearest.span.start : nearest.span.end])


def verified_sources(reply: Reply) -> list[tuple[Hit, Evidence]]:
    """Return the evidence of the answer and of other articles, the newest first; [] if no other article has any.

    Raises RuntimeError if a span does not lie in its passage.
    """
    evidence, others = reply.answer.evidence, reply.answer.others
    if evidence is None or not others:
        return []
    sources = [(reply.hits[each.passage - 1], each) for each in (evidence, *others)]
    for hit, each in sources:
        sentence, span = each.sentence, each.span
        if not 0 <= sentence.start <= span.start < span.end <= sentence.end <= len(verified(hit)):
            raise RuntimeError(f"the quotation is not in passage {each.passage}")
    return sorted(sources, key=lambda pair: pair[0].stored.article.date, reverse=True)
