"""Hits and answers as a person reads them on a terminal and a program as JSON.

Knows colours, signs and fields. Does not decide anything. Nothing is drawn as a quotation unless it stands so in the
original (qa.reply).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from index.records import Article, Span, one_line, problem_words, shown_path, without_controls
from index.store.terms import terms
from qa.answer import Computed, Item, hit_of
from qa.phrases import heading_of, lost, notes, phrase, side_by_side, silence, sureness
from qa.question import Question
from qa.reply import (
    Reply,
    answer_kind,
    answer_slots,
    nearest_text,
    verified,
    verified_evidence,
    verified_items,
    verified_sources,
    verified_stated,
)
from qa.search import Hit
from qa.slot_context import Missing
from qa.slots import PERIOD

if TYPE_CHECKING:
    from os import terminal_size

    from qa.generate import CheckedSentence, Generated
    from qa.why_not import WhyNot

_COPIES = 5  # named one by one; JSON names all
_ANSWER, _SENTENCE, _DIM, _BOLD, _PLAIN = "\x1b[1;30;103m", "\x1b[4m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def as_json(reply: Reply, *, explain: bool = False) -> dict[str, object]:
    """The documented JSON of one answer, see the README."""
    answer, place = reply.answer, verified_evidence(reply)
    evidence = answer.evidence
    citations = (
        [{"passage": evidence.passage, "start": place[1].start, "end": place[1].end}] if evidence and place else []
    )
    passages = []
    for hit in reply.hits:
        article, passage = hit.stored.article, hit.stored.passage
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
                "file": shown_path(article.path),
                "ocr": article.recognized,
                "copies": len(hit.copies),
                "duplicates": [
                    {
                        "id": copy.id,
                        "title": copy.title,
                        "date": copy.date or None,
                        "source": copy.source or None,
                        "file": shown_path(copy.path),
                    }
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
    verified_stated(reply)
    return {
        "question": reply.asked or reply.question.text,
        "understood": reply.question.text if reply.asked else None,
        "suggestion": reply.suggestion.question if reply.suggestion else None,
        "answer": {
            "kind": answer_kind(reply),
            "slots": answer_slots(reply),
            "text": None if silent else answer.text or None,
            "sentence": None if silent else answer.sentence or None,
            "confidence": answer.confidence,
            "abstained": silent,
            "reason": answer.reason or None,
            "missing": [_missing(reply, each) for each in answer.missing],
            "items": [_item(each) for _, each in verified_items(reply)],
            "polarity": answer.polarity or None,
            "premise_false": answer.premise_false,
            "computed": _computed(answer.computed),
            "citations": citations,
            "sources": [
                {
                    "passage": each.passage,
                    "date": hit.stored.article.date or None,
                    "text": hit.stored.passage.text[each.span.start : each.span.end],
                    "sentence": hit.stored.passage.text[each.sentence.start : each.sentence.end],
                    "start": each.span.start,
                    "end": each.span.end,
                }
                for hit, each in verified_sources(reply)
            ],
            "disagree": answer.disagree,
            "relative": [{"text": word, "means": meaning} for word, meaning in answer.relative],
            "generated": _generated(reply.generated),
        },
        "passages": passages,
        "generation": reply.generation,
        "ms": round(reply.milliseconds, 1),
    }


def _item(item: Item) -> dict[str, object]:
    """One of several things; a field of an article has no place in a passage."""
    start, end = (item.span.start, item.span.end) if item.span else (None, None)
    return {"text": item.text, "passage": item.passage, "start": start, "end": end}


def _computed(computed: Computed | None) -> dict[str, object] | None:
    """A computed value with the places of its parts."""
    if computed is None:
        return None
    parts = [{name: value for name, value in _item(each).items() if name != "text"} for each in computed.parts]
    value = int(computed.value) if computed.value == int(computed.value) else computed.value
    return {"operation": computed.operation, "value": value, "unit": computed.unit or None, "from": parts}


def _missing(reply: Reply, each: Missing) -> dict[str, object]:
    """A part of the question that the nearest place does not meet."""
    nearest = reply.answer.nearest
    if nearest is None:
        return {"slot": each.slot, "asked": each.asked, "nearest": None}
    period = each.instead if each.slot == PERIOD else None
    place = {"text": nearest_text(reply), "period": period or None, "passage": nearest.passage}
    return {"slot": each.slot, "asked": each.asked, "nearest": place}


def with_paths(record: dict[str, object]) -> dict[str, object]:
    """The same JSON with each article's `file` also as `path`, the name that scripts read.

    For the command line alone: a client of Gradio takes a dictionary with `path` for a file to download.
    """
    articles: list[object] = [record.get("article"), record.get("copy_of")]
    for passage in cast("list[dict[str, Any]]", record.get("passages") or []):
        articles += [passage["article"], *passage["article"]["duplicates"]]
    for article in articles:
        if isinstance(article, dict):
            article["path"] = article["file"]
    return record


def _generated(generated: Generated | None) -> dict[str, object] | None:
    if generated is None:
        return None
    return {
        "text": "".join(each.text for each in generated.sentences) or None,
        "sentences": [{"text": each.text, "passages": list(each.passages)} for each in generated.sentences],
        "struck": generated.struck,
        "problem": generated.problem.words() if generated.problem else None,
    }


def sentence_text(sentence: CheckedSentence) -> str:
    """A sentence of a language model on one line, with what it cites."""
    cited = "".join(f"[{number}]" for number in sentence.passages)
    return phrase("model_sentence", sentence=one_line(sentence.text), cited=cited)


def why_text(why: WhyNot) -> str:
    """Which step lost what was expected, for a terminal."""
    place = ""
    if (article := why.article) is not None:
        named = (
            f"《{one_line(article.title)}》",
            article.date,
            one_line(article.source),
            one_line(shown_path(article.path)),
        )
        place = f"  —— {'  '.join(part for part in named if part)}"
    return phrase("lost", expected=one_line(why.expected), step=lost(why)) + place


def why_json(why: WhyNot) -> dict[str, object]:
    """The same for a program: what does not apply is null."""
    articles = {
        name: {
            "id": each.id,
            "title": each.title,
            "date": each.date or None,
            "source": each.source or None,
            "file": shown_path(each.path),
        }
        if each
        else None
        for name, each in (("article", why.article), ("copy_of", why.copy))
    }
    return {
        "expected": why.expected,
        "step": why.step,
        "rank": why.rank or None,
        "kind": why.kind or None,
        "reason": problem_words(why.problems) or why.reason or None,
        **articles,
    }


def matched_terms(question: Question, hit: Hit) -> list[str]:
    """Return the question's terms that the passage or its title holds, pairs and words before characters."""
    held = set(terms(hit.stored.passage.readable)) | set(terms(hit.stored.article.title))
    found = [term for term in dict.fromkeys(terms(question.content)) if term in held]
    pairs = [term for term in found if len(term) > 1]
    return pairs or found


def as_text(reply: Reply, *, colour: bool, explain: bool = False, size: terminal_size | None = None) -> str:
    """The answer for a terminal, answer first, then the passages.

    `size`: of the terminal whose lines are to be kept, each passage folded to its beginning; None: everything whole, a
    passage on one line.
    """
    head = _answer_lines(reply, colour)
    if size is None:
        return "\n".join([*head, *_whole_passages(reply, colour, explain)])
    from qa.terminal import wrap

    head = [row for line in head for row in wrap(line, size.columns)]
    passages = _folded_passages(reply, colour, explain, size.columns, 2)
    if len(head) + len(passages) >= size.lines:  # the prompt takes one line
        passages = _folded_passages(reply, colour, explain, size.columns, 1)
    return "\n".join([*head, *passages])


def fit(line: str, size: terminal_size | None) -> str:
    """A line wrapped to the width of a terminal; as it is if there is none."""
    if size is None:
        return line
    from qa.terminal import wrap

    return "\n".join(wrap(line, size.columns))


def _answer_lines(reply: Reply, colour: bool) -> list[str]:
    """How the question was understood, the answer with its sentence and article, and what other articles say."""
    lines = []
    answer, place = reply.answer, verified_evidence(reply)
    if reply.asked:
        lines.append(_paint(phrase("understood", question=reply.question.text), _DIM, colour))
    if reply.suggestion:
        wrong, right, meant = reply.suggestion.wrong, reply.suggestion.right, reply.suggestion.question
        lines.append(_paint(phrase("suggested", wrong=wrong, right=right, question=meant), _DIM, colour))
    if reply.generated and reply.generated.struck and reply.generated.sentences:
        lines.append(phrase("struck", count=reply.generated.struck))
    if answer.abstained:
        return [*lines, _paint(phrase("silent", reason=silence(reply)), _BOLD, colour), *_item_lines(reply), ""]
    if heading := heading_of(reply):
        lines.append(_paint(heading, _BOLD, colour) + _sureness(reply))
    if stated := verified_stated(reply):
        hit, line = stated
        lines += [f"  {one_line(line)}"] if line else []
        return [*lines, *_item_lines(reply), f"  —— [{hit.rank}] {_origin(hit.stored.article, len(hit.copies))}", ""]
    if answer.evidence is None or place is None:
        return [*lines, *_item_lines(reply), ""]
    hit = hit_of(reply.hits, answer.evidence)
    sentence, span = place
    if not heading:
        lines.append(_paint(one_line(answer.text), _BOLD, colour) + f"    {sureness(answer.confidence)}")
    lines.append("  " + _marked(hit, sentence, [(span, _ANSWER, "【", "】")], colour))
    lines.append(f"  —— [{hit.rank}] " + _origin(hit.stored.article, len(hit.copies)))
    lines += [f"  {note}" for note in notes(answer)]
    lines += _item_lines(reply)
    if sources := verified_sources(reply):
        lines.append(f"  {side_by_side(answer)}")
        for other, each in sources:
            words = one_line(other.stored.passage.text[each.span.start : each.span.end])
            date = other.stored.article.date or phrase("undated")
            lines.append(f"    {date}  {words}  —— [{other.rank}] {_named(other.stored.article)}")
    return [*lines, ""]


def _sureness(reply: Reply) -> str:
    return f"    {sureness(reply.answer.confidence)}" if reply.answer.confidence else ""


def _item_lines(reply: Reply) -> list[str]:
    """The items of an answer, each with its article."""
    return [
        f"  · {one_line(each.text)}  —— [{hit.rank}] {_named(hit.stored.article)}"
        for hit, each in verified_items(reply)
    ]


def _whole_passages(reply: Reply, colour: bool, explain: bool) -> list[str]:
    """Every passage under its article, with its copies."""
    lines = []
    answer, place = reply.answer, verified_evidence(reply)
    for hit in reply.hits:
        lines.append(f"[{hit.rank}] {_origin(hit.stored.article, len(hit.copies))}")
        marks = []
        if place and answer.evidence and answer.evidence.passage == hit.rank:
            marks = [(place[0], _SENTENCE, "", "")]
        lines.append("    " + _marked(hit, Span(0, len(hit.stored.passage.text)), marks, colour))
        lines += [f"    {phrase('copy', copy=copy)}" for copy in _copies(hit)]
        if explain:
            lines.append(_scores(reply, hit))
        lines.append("")
    return lines


def _folded_passages(reply: Reply, colour: bool, explain: bool, width: int, rows: int) -> list[str]:
    """A line that names the article of each passage, and the piece nearest to the question in at most `rows` lines."""
    from qa.terminal import cut, wrap

    lines = []
    for hit in reply.hits:
        article = hit.stored.article
        named = (
            article.date or phrase("undated"),
            _named(article),
            one_line(article.source),
        )  # the date is not cut off
        copies = phrase("copies", count=len(hit.copies)) if hit.copies else ""
        sure = phrase("recognized", sure=article.recognized) if article.recognized is not None else ""
        lines += cut(f"[{hit.rank}] {'  '.join(part for part in (*named, sure, copies) if part)}", width)
        start = _nearest(reply, hit)
        piece = _marked(hit, Span(start, len(hit.stored.passage.text)), [], colour)
        lines += cut(f"    {'…' if start else ''}{piece}", width, rows)
        if explain:
            lines += wrap(_scores(reply, hit), width)
    return lines


def _nearest(reply: Reply, hit: Hit) -> int:
    """Where the sentence of a passage begins that shares most terms with the question; 0 if none shares one."""
    from index.text.chunking import sentences

    text, asked = verified(hit), set(terms(reply.question.content))
    pieces = sentences(text, hit.stored.passage.removed)
    shared = {span.start: len(asked & set(terms(text[span.start : span.end]))) for span in pieces}
    return max(shared, key=lambda start: (shared[start], -start)) if any(shared.values()) else 0


def _scores(reply: Reply, hit: Hit) -> str:
    """Why a passage is listed."""
    shared = " ".join(matched_terms(reply.question, hit))
    return "    " + phrase("scores", score=hit.score, bm25=hit.bm25, cosine=hit.cosine, terms=shared)


def _named(article: Article) -> str:
    return f"《{one_line(article.title)}》" if article.title else one_line(shown_path(article.path))


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text


def _origin(article: Article, copies: int) -> str:
    title = one_line(article.title)
    parts = [
        f"《{title}》" if title else "",
        article.date or phrase("undated"),
        one_line(article.source),
        one_line(shown_path(article.path)),
    ]
    if article.recognized is not None:
        parts.append(phrase("recognized", sure=article.recognized))
    if copies:
        parts.append(phrase("copies", count=copies))
    return "  ".join(part for part in parts if part)


def _copies(hit: Hit) -> list[str]:
    """The copies of a hit's article, a line each; of many the first and how many more."""
    named = [
        "  ".join(part for part in (one_line(copy.source), copy.date, one_line(shown_path(copy.path))) if part)
        for copy in hit.copies[:_COPIES]
    ]
    return [*named, phrase("of_many", count=len(hit.copies))] if len(hit.copies) > _COPIES else named


def _marked(hit: Hit, whole: Span, marks: Sequence[tuple[Span, str, str, str]], colour: bool) -> str:
    """Put a piece of a passage on one line, with damage dimmed and marks in colour, or between signs without colour."""
    text = verified(hit)
    codes = [""] * len(text)
    for span in hit.stored.passage.removed:
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
            out.append(without_controls(text[i]))
    out.append(closing.get(whole.end, "") if not colour else _PLAIN if current else "")
    return " ".join("".join(out).split())
