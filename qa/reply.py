"""The reply to one question, and checks that what it quotes stands in the originals.

Knows that a quotation must be verbatim, and checks it before a view draws it. Does not know how replies are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.records import Span, one_line
from qa.answer import Answer, Evidence, Item, hit_of
from qa.question import DATE, NAME, NUMBER, ORGANISATION, PERSON, PLACE, Question
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
    text = verified(hit_of(reply.hits, evidence))
    if (
        text[evidence.span.start : evidence.span.end] != answer.text
        or text[evidence.sentence.start : evidence.sentence.end] != answer.sentence
    ):
        raise RuntimeError(f"the answer is not in passage {evidence.passage}")
    return evidence.sentence, evidence.span


_KIND_OF = {NUMBER: "figure", DATE: "date"} | dict.fromkeys((PERSON, ORGANISATION, PLACE, NAME), "name")


def answer_kind(reply: Reply) -> str:
    """Return what kind of answer a reply gives: that of the question's kind, else of what the question wants."""
    return reply.answer.kind or _KIND_OF.get(reply.question.wants, "text")


def answer_slots(reply: Reply) -> dict[str, object] | None:
    """Return what the text says of the figure that answers; None for answers of another kind and for silence.

    The keys: subject, indicator, period (ISO), value (in base units), unit, nature, scope; None where the text does not
    say. Of a piece with several figures, 1114亿元，同比增长5.2%, the first counts.
    """
    place = reply.answer.evidence
    if reply.answer.abstained or place is None or answer_kind(reply) != "figure":
        return None
    from qa.figures import figures_over

    figure = next(iter(figures_over(hit_of(reply.hits, place).stored, place.span)), None)
    if figure is None:
        return None
    return {
        "subject": figure.subject,
        "indicator": figure.indicator,
        "period": figure.period,
        "value": int(figure.value) if figure.value == int(figure.value) else figure.value,
        "unit": figure.unit or None,
        "nature": figure.nature,
        "scope": figure.scope,
    }


def verified_items(reply: Reply) -> list[tuple[Hit, Item]]:
    """Return the items of the answer with their hits. Raises RuntimeError if one is not verbatim at its place."""
    items = [(hit_of(reply.hits, each), each) for each in reply.answer.items]
    for hit, each in items:
        article = hit.stored.article
        whole = verified(hit)[each.span.start : each.span.end] if each.span else each.text
        if whole != each.text or (each.span is None and each.text not in (article.title, article.author)):
            raise RuntimeError(f"the item is not in passage {each.passage}")
    return items


def verified_stated(reply: Reply) -> tuple[Hit, str] | None:
    """Return the hit of the article that an answer is about, and the line of its original that states the answer.

    None for other answers; "" for the line if a field of the file states it. Raises RuntimeError if it does not.
    """
    answer, stated = reply.answer, reply.answer.stated
    if stated is None:
        return None
    hit = hit_of(reply.hits, stated)
    article = hit.stored.article
    line = article.text[stated.line.start : stated.line.end] if stated.line else ""
    fields = (article.title, article.date, article.source, article.author)
    if line != answer.sentence or (answer.text not in fields and answer.text not in line):
        raise RuntimeError(f"{article.id} does not state the answer")
    return hit, line


def nearest_text(reply: Reply) -> str:
    """Return what stands at the place that comes nearest to an answer, on one line; "" if none is named."""
    nearest = reply.answer.nearest
    if nearest is None:
        return ""
    return one_line(verified(hit_of(reply.hits, nearest))[nearest.span.start : nearest.span.end])


def verified_sources(reply: Reply) -> list[tuple[Hit, Evidence]]:
    """Return the evidence of the answer and of other articles, the newest first; [] if no other article has any.

    Raises RuntimeError if a span does not lie in its passage.
    """
    evidence, others = reply.answer.evidence, reply.answer.others
    if evidence is None or not others:
        return []
    sources = [(hit_of(reply.hits, each), each) for each in (evidence, *others)]
    for hit, each in sources:
        sentence, span = each.sentence, each.span
        if not 0 <= sentence.start <= span.start < span.end <= sentence.end <= len(verified(hit)):
            raise RuntimeError(f"the quotation is not in passage {each.passage}")
    return sorted(sources, key=lambda pair: pair[0].stored.article.date, reverse=True)
