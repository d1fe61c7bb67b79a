"""The words around an answer, in the listener's language.

Knows which words belong to which answer; the words themselves stand in index/messages/answers.py. Does not know where
they are drawn. A quotation is never translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.language import Language, text
from index.records import one_line, problem_words
from qa.answer import Answer
from qa.reply import nearest_text

if TYPE_CHECKING:
    from index.store.corpus import ArticleRef
    from qa.reply import Reply
    from qa.why_not import WhyNot


def phrase(key: str, chosen: Language | None = None, **values: object) -> str:
    """The words under a key, with the values filled in; `chosen` None: the listener's language."""
    return text(f"answers.{key}", chosen, **values)


def sureness(confidence: float, chosen: Language | None = None) -> str:
    """Confidence, 0..1, in words and as a number."""
    word = phrase("sure" if confidence >= 0.9 else "fairly" if confidence >= 0.7 else "unsure", chosen)
    return phrase("confidence", chosen, word=word, confidence=confidence)


def silence(reply: Reply, chosen: Language | None = None) -> str:
    """Why there is no answer, and what comes nearest if a part of the question is not met."""
    answer = reply.answer
    if not reply.hits:
        return phrase("nothing", chosen)
    if not answer.missing:
        return phrase(answer.reason, chosen)
    first = answer.missing[0]
    if answer.kind in ("sum", "compare") and answer.items:
        return phrase("part_not_stated", chosen, asked=first.asked)
    if answer.nearest is None:
        keys = {"subject": "no_subject", "period": "no_such_time", "parts": "too_many_parts"}
        return phrase(keys.get(first.slot, "not_stated_at_all"), chosen, asked=first.asked, most=first.instead)
    key = "not_stated_but" if first.instead else "not_stated"
    return phrase(key, chosen, asked=first.asked, instead=first.instead, text=nearest_text(reply))


def heading_of(reply: Reply, chosen: Language | None = None) -> str:
    """The first line of an answer that is more than a piece of text: passages, a computed value, yes or no.

    "" where the answer's own text is that line.
    """
    answer = reply.answer
    if answer.computed:
        value, unit = number(answer.computed.value), answer.computed.unit
        return phrase(f"computed_{answer.computed.operation}", chosen, text=answer.text, value=value, unit=unit)
    if answer.polarity:
        return phrase(answer.polarity, chosen, text=one_line(answer.text))
    if answer.premise_false:
        return phrase("premise_false", chosen, text=one_line(answer.text))
    if answer.kind == "passages":
        return phrase("passages", chosen)
    return one_line(answer.text) if answer.stated else ""


def number(value: float) -> str:
    """A computed value as it is written: 13102.6, 182."""
    return str(int(value)) if value == int(value) else f"{value:.10g}"


def notes(answer: Answer, chosen: Language | None = None) -> list[str]:
    """What to know of the sentence: found by meaning alone; its times, since an article's 去年 is not the reader's."""
    by_meaning = [phrase("by_meaning", chosen)] if answer.by_meaning else []
    meanings = [
        phrase("time_until" if meaning.startswith("到") else "time_is", chosen, word=word, meaning=meaning)
        for word, meaning in answer.relative
    ]
    times = [phrase("times", chosen, meanings=phrase("comma", chosen).join(meanings))] if meanings else []
    return by_meaning + times


def side_by_side(answer: Answer, chosen: Language | None = None) -> str:
    """How what other articles say compares."""
    return phrase("differ" if answer.disagree else "other_times" if answer.other_times else "agree", chosen)


def lost(why: WhyNot, chosen: Language | None = None) -> str:
    """Which step lost what was expected, in a sentence; the article, if one is known, is not named in it."""
    from index.doctor import repair_name  # which a question without this need not load

    kind = repair_name(why.kind, chosen)
    copy = _named(why.copy, chosen) if why.copy else ""
    return phrase(
        f"why_{why.step}",
        chosen,
        rank=why.rank,
        listed=why.listed,
        confidence=why.confidence,
        kind=kind,
        reason=problem_words(why.problems, chosen) or why.reason,
        copy=copy,
    )


def _named(article: ArticleRef, chosen: Language | None) -> str:
    parts = (f"《{one_line(article.title)}》", one_line(article.source), article.date)
    return phrase("comma", chosen).join(part for part in parts if part)
