"""Hits and answers as a person reads them on a terminal and a program as JSON.

Knows colours, signs and fields. Does not decide anything. Nothing is drawn as a quotation unless it stands so in the
original (qa.reply).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.records import Article, Span, harmless, one_line, shown_path
from index.terms import terms
from qa.question import Question
from qa.reply import Reply, evidence_of, sources_of, verified
from qa.search import Hit
from qa.words import Language, lost, relative, said, side_by_side, sureness

if TYPE_CHECKING:
    from qa.generate import Generated, Said
    from qa.why_not import WhyNot

_COPIES = 5  # named one by one; JSON names all
_ANSWER, _SENTENCE, _DIM, _BOLD, _PLAIN = "\x1b[1;30;103m", "\x1b[4m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def as_json(reply: Reply, *, explain: bool = False) -> dict[str, object]:
    """The documented JSON of one answer, see the README."""
    answer, place = reply.answer, evidence_of(reply)
    evidence = answer.evidence
    citations = [{"passage": evidence.passage, "start": place[1].start, "end": place[1].end}] if evidence and place else []
    passages = []
    for hit in reply.hits:
        article, passage = hit.found.article, hit.found.passage
        entry: dict[str, object] = {
            "rank": hit.rank,
            "score": round(hit.score, 4),
            "bm25": round(hit.bm25, 3),
            "cosine": round(hit.cosine, 4),
            "article": {
                "id": article.id,
                "title": article.title,
                "date": article.date or None,
                "source": article.source or None,
                "path": shown_path(article.path),
                "copies": len(hit.copies),
                "same_story": [
                    {"id": copy.id, "title": copy.title, "date": copy.date or None, "source": copy.source or None, "path": shown_path(copy.path)}
                    for copy in hit.copies
                ],
            },
            "text": verified(hit),
            "start": passage.start,
            "end": passage.end,
        }
        if explain:
            entry["matched"] = matched_terms(reply.question, hit)
        passages.append(entry)
    silent = answer.abstained
    return {
        "question": reply.asked or reply.question.text,
        "understood": reply.question.text if reply.asked else None,
        "suggestion": reply.suggestion.question if reply.suggestion else None,
        "answer": {
            "text": None if silent else answer.text,
            "sentence": None if silent else answer.sentence,
            "confidence": answer.confidence,
            "abstained": silent,
            "reason": answer.reason or None,
            "citations": citations,
            "sources": [
                {
                    "passage": each.passage,
                    "date": hit.found.article.date or None,
                    "text": hit.found.passage.text[each.span.start : each.span.end],
                    "sentence": hit.found.passage.text[each.sentence.start : each.sentence.end],
                    "start": each.span.start,
                    "end": each.span.end,
                }
                for hit, each in sources_of(reply)
            ],
            "disagree": answer.disagree,
            "relative": [{"text": word, "means": meaning} for word, meaning in answer.relative],
            "generated": _generated(reply.generated),
        },
        "passages": passages,
        "generation": reply.generation,
        "ms": round(reply.milliseconds, 1),
    }


def _generated(generated: Generated | None) -> dict[str, object] | None:
    if generated is None:
        return None
    return {
        "text": "".join(each.text for each in generated.sentences) or None,
        "sentences": [{"text": each.text, "passages": list(each.passages)} for each in generated.sentences],
        "struck": generated.struck,
        "problem": generated.problem or None,
    }


def said_text(sentence: Said) -> str:
    """A sentence of a language model on one line, with what it cites."""
    return f"模型：{one_line(sentence.text)} {''.join(f'[{number}]' for number in sentence.passages)}"


def why_text(why: WhyNot) -> str:
    """Which step lost what was expected, for a terminal."""
    place = ""
    if (article := why.article) is not None:
        named = (f"《{one_line(article.title)}》", article.date, one_line(article.source), one_line(shown_path(article.path)))
        place = f"  —— {'  '.join(part for part in named if part)}"
    return f"“{one_line(why.expected)}”：{lost(why)}{place}"


def why_json(why: WhyNot) -> dict[str, object]:
    """The same for a program: what does not apply is null."""
    tellers = {
        name: {"id": each.id, "title": each.title, "date": each.date or None, "source": each.source or None, "path": shown_path(each.path)}
        if each
        else None
        for name, each in (("article", why.article), ("copy_of", why.copy))
    }
    return {
        "expected": why.expected,
        "step": why.step,
        "rank": why.rank or None,
        "kind": why.kind or None,
        "reason": why.reason or None,
        **tellers,
    }


def matched_terms(question: Question, hit: Hit) -> list[str]:
    """The question's terms that the passage or its title holds, in the question's order, pairs and words before characters."""
    held = set(terms(hit.found.passage.readable)) | set(terms(hit.found.article.title))
    found = [term for term in dict.fromkeys(terms(question.content)) if term in held]
    pairs = [term for term in found if len(term) > 1]
    return pairs or found


def as_text(reply: Reply, *, colour: bool, explain: bool = False) -> str:
    """The answer for a terminal, answer first, then the passages."""
    lines = []
    answer, place = reply.answer, evidence_of(reply)
    if reply.asked:
        lines.append(_paint(said("understood", question=reply.question.text), _DIM, colour))
    if reply.suggestion:
        wrong, right, meant = reply.suggestion.wrong, reply.suggestion.right, reply.suggestion.question
        lines.append(_paint(said("suggested", wrong=wrong, right=right, question=meant), _DIM, colour))
    if reply.generated and reply.generated.struck and reply.generated.sentences:
        lines.append(said("struck", count=reply.generated.struck))
    if answer.evidence is None or place is None:
        lines += [_paint(f"{said('no_answer')}：{silence(reply)}", _BOLD, colour), ""]
    else:
        hit = reply.hits[answer.evidence.passage - 1]
        sentence, span = place
        lines.append(_paint(one_line(answer.text), _BOLD, colour) + f"    {sureness(answer.confidence)}")
        lines.append("  " + _marked(hit, sentence, [(span, _ANSWER, "【", "】")], colour))
        lines.append(f"  —— [{hit.rank}] " + _origin(hit.found.article, len(hit.copies)))
        lines += [f"  {note}" for note in relative(answer)]
        if sources := sources_of(reply):
            lines.append(f"  {side_by_side(answer)}")
            for other, each in sources:
                words = one_line(other.found.passage.text[each.span.start : each.span.end])
                lines.append(f"    {other.found.article.date or said('undated')}  {words}  —— [{other.rank}] {_named(other.found.article)}")
        lines.append("")
    for hit in reply.hits:
        article = hit.found.article
        lines.append(f"[{hit.rank}] {_origin(article, len(hit.copies))}")
        marks = []
        if place and answer.evidence and answer.evidence.passage == hit.rank:
            marks = [(place[0], _SENTENCE, "", "")]
        lines.append("    " + _marked(hit, Span(0, len(hit.found.passage.text)), marks, colour))
        lines += [f"    {said('copy', copy=copy)}" for copy in _copies(hit)]
        if explain:
            shared = " ".join(matched_terms(reply.question, hit))
            lines.append(f"    得分 {hit.score:.3f}（BM25 {hit.bm25:.2f}，余弦 {hit.cosine:.3f}）；相同的词：{shared}")
        lines.append("")
    return "\n".join(lines)


def silence(reply: Reply, language: Language = "zh") -> str:
    """Why there is no answer."""
    return said(reply.answer.reason if reply.hits else "nothing", language)


def _named(article: Article) -> str:
    return f"《{one_line(article.title)}》" if article.title else one_line(shown_path(article.path))


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text


def _origin(article: Article, copies: int) -> str:
    title = one_line(article.title)
    parts = [f"《{title}》" if title else "", article.date or said("undated"), one_line(article.source), one_line(shown_path(article.path))]
    if copies:
        parts.append(said("copies", count=copies))
    return "  ".join(part for part in parts if part)


def _copies(hit: Hit) -> list[str]:
    """The other articles that tell the story of a hit, a line each; of many the first and how many more."""
    named = ["  ".join(part for part in (one_line(copy.source), copy.date, one_line(shown_path(copy.path))) if part) for copy in hit.copies[:_COPIES]]
    return [*named, said("of_many", count=len(hit.copies))] if len(hit.copies) > _COPIES else named


def _marked(hit: Hit, whole: Span, marks: Sequence[tuple[Span, str, str, str]], colour: bool) -> str:
    """A piece of a passage on one line: damage dimmed, each mark in its colour, or between its signs without colours."""
    text = verified(hit)
    codes = [""] * len(text)
    for span in hit.found.passage.removed:
        codes[span.start : span.end] = [_DIM] * (span.end - span.start)
    opening, closing = {}, {}
    for span, code, left, right in marks:
        for i in range(span.start, span.end):
            codes[i] = code + codes[i]
        opening[span.start], closing[span.end] = left, right
    out, current = [], ""
    for i in range(whole.start, whole.end):
        if not colour:
            out += [closing.get(i, ""), opening.get(i, "")]
        elif codes[i] != current:
            out.append((_PLAIN if current else "") + codes[i])
            current = codes[i]
        if not (text[i].isspace() and codes[i].endswith(_DIM)):  # the end of a broken line is not drawn
            out.append(harmless(text[i]))
    out.append(closing.get(whole.end, "") if not colour else _PLAIN if current else "")
    return " ".join("".join(out).split())
