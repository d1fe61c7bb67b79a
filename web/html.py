"""Write a reply and an article as HTML: the answer first, the passages as cards, the article with the evidence marked.

Knows their markup and the links that open an article. Does not know gradio. Escapes all text from articles, files'
names and questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from index.language import Language
from index.records import Article, Span, one_line
from index.store.catalogue import ArticleDetails
from qa.answer import Evidence, hit_of
from qa.phrases import heading_of, notes, phrase, side_by_side, silence, sureness
from qa.reply import Reply, verified, verified_evidence, verified_items, verified_sources, verified_stated
from qa.search import Hit
from web.feedback import BAD, GOOD
from web.highlights import DAMAGE, Mark, escape_html, marked, paragraphs
from web.labels import say

_THUMB = (
    '<svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.3"'
    ' aria-hidden="true">'
    '<path d="M5 7 8 1.5c1 0 1.8.8 1.6 2L9.2 6H13c.9 0 1.4.8 1.2 1.6l-1.2 5c-.2.8-.8 1.4-1.7 1.4H5zM5 7H2v7h3"/></svg>'
)
_COPIES = 5  # copies named one by one
_NOWHERE = Span(0, 0)
_PLACE = re.compile(r"(\d{1,18}):(\d{1,9})-(\d{1,9}):(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class PageContext:
    """The language of a page, and the names of files on it."""

    language: Language
    named: Callable[[str], str]  # file path → the name to display


@dataclass(frozen=True, slots=True)
class PassageLink:
    """A link to a passage in its article, and to the evidence in it."""

    passage: int  # id
    sentence: Span = _NOWHERE  # in the article; empty without evidence
    span: Span = _NOWHERE  # of the answer, in the article; empty without evidence

    @classmethod
    def parse(cls, written: object) -> PassageLink | None:
        """Read a link that a page sends back. Return None for anything else."""
        match = _PLACE.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            return None
        passage, *ends = map(int, match.groups())
        return cls(passage, Span(*ends[:2]), Span(*ends[2:]))

    def __str__(self) -> str:
        return f"{self.passage}:{self.sentence.start}-{self.sentence.end}:{self.span.start}-{self.span.end}"


def reply_html(reply: Reply, context: PageContext, turn: int, *, waiting: bool = False) -> str:
    """Write the answer or the reason for none, then the passages.

    `turn`: the number of the question in the conversation, from 0. `waiting`: a language model is still writing.
    """
    language = context.language
    answer, place = reply.answer, verified_evidence(reply)
    note = _note(phrase("understood", language, question=reply.question.text)) if reply.asked else ""
    if reply.suggestion:
        wrong, right, meant = reply.suggestion.wrong, reply.suggestion.right, reply.suggestion.question
        note += _suggestion(phrase("suggested", language, wrong=wrong, right=right, question=meant), meant, language)
    if answer.abstained:
        head = _silence(reply, context) + _items(reply, context) + _actions(language, turn)
    elif answer.evidence is None or place is None:
        head = _without_evidence(reply, context, turn)
    else:
        hit = hit_of(reply.hits, answer.evidence)
        sentence, span = place
        heading = escape_html(heading_of(reply, language) or one_line(answer.text))
        head = (
            f'<div class="zw-answer"><p class="zw-head">'
            f'<span class="zw-text" lang="zh">{heading}</span>'
            f' <span class="zw-sure">{sureness(answer.confidence, language)}</span></p>'
            f'<blockquote lang="zh">{_evidence_line(hit, sentence, span)}</blockquote>'
            f"<cite>{_opener(hit, context, answer.evidence)} {origin(hit, context)}</cite>"
            + "".join(_note(each) for each in notes(answer, language))
            + _items(reply, context)
            + _sources(reply, context)
            + _actions(language, turn, answer.text, citation(reply, language))
            + "</div>"
        )
    cards = "".join(_card(reply, hit, context) for hit in reply.hits)
    passages = (
        f'<h3 class="zw-label">{say("passages", language)}</h3><ol class="zw-cards">{cards}</ol>' if cards else ""
    )
    generated = _generated(reply, language, waiting=waiting)
    return f'<div class="zw" data-turn="{turn}">{note}{head}{generated}{passages}</div>'


def citation(reply: Reply, language: Language = "zh") -> str:
    """Write the answer as plain text for pasting: answer, sentence, title, source, date; "" without an answer."""
    answer = reply.answer
    if answer.evidence is None:
        return ""
    article = hit_of(reply.hits, answer.evidence).stored.article
    title = one_line(article.title) or say("untitled", language)
    where = "，".join(
        part for part in (f"《{title}》", one_line(article.source), article.date or phrase("undated", language)) if part
    )
    return f"{one_line(answer.text)}\n「{one_line(answer.sentence)}」\n——{where}"


def article_html(kept: ArticleDetails, context: PageContext, place: PassageLink, passage: Span) -> str:
    """Write the whole original with the linked sentence and answer marked, or without evidence the passage.

    `passage`: where the linked passage stands in the article. Spans outside the article are ignored.
    """
    language = context.language
    article, text = kept.article, kept.article.text
    marks: list[Mark] = [(gap, "zw-frame") for gap in kept.gaps]
    marks += [(span, DAMAGE) for span in kept.cleaned.removed]
    evidence = [(place.sentence, "zw-sentence"), (place.span, "zw-span")]
    marks += [(span, name) for span, name in evidence if 0 <= span.start < span.end <= len(text)]
    if not place.span.end:
        marks.append((passage, "zw-here"))
    shades = (
        [("zw-span", "shades"), ("zw-sentence", "shade_sentence")] if place.span.end else [("zw-here", "shade_passage")]
    )
    key = "".join(
        f'<span class="{name}">{say(words, language)}</span> ' for name, words in [*shades, (DAMAGE, "shade_damage")]
    )
    facts = [
        article.date or phrase("undated", language),
        own_words(article.source),
        say("author", language, author=own_words(article.author)) if article.author else "",
        own_words(context.named(article.path)),
    ]
    copies = "".join(
        f"<li>{escape_html(one_line('  '.join((copy.title, copy.source, copy.date))))}</li>"
        for copy in kept.copies[:_COPIES]
    )
    same = (
        f'<p class="zw-note">{say("duplicates", language)}</p><ul class="zw-copies" lang="zh">{copies}</ul>'
        if copies
        else ""
    )
    return (
        f'<article class="zw-article" tabindex="-1" aria-label="{say("article", language)}">'
        f'<button type="button" class="zw-close" data-close aria-label="{say("close", language)}">✕</button>'
        f'<h2 lang="zh">{escape_html(one_line(article.title)) or say("untitled", language)}</h2>'
        f'<p class="zw-note">{"  ·  ".join(fact for fact in facts if fact)}</p><p class="zw-key">{key}</p>'
        f'<div class="zw-original" lang="zh">{paragraphs(text, Span(0, len(text)), marks)}</div>{same}</article>'
    )


def passage_html(hit: Hit, marks: list[Mark]) -> str:
    """Write a passage as in the original, on one line, damage dimmed. `marks` count from the start of the passage."""
    text = verified(hit)
    damage = [(span, DAMAGE) for span in hit.stored.passage.removed]
    return marked(text, Span(0, len(text)), [*marks, *damage])


def title_of(article: Article, context: PageContext) -> str:
    """Return the title of an article, or the name of its file if it has none, escaped."""
    return (
        f"《{escape_html(one_line(article.title))}》"
        if article.title
        else escape_html(one_line(context.named(article.path)))
    )


def opener(place: PassageLink, words: str, language: Language) -> str:
    """Write a button that opens an article at a place. `words` are HTML."""
    return f'<button type="button" class="zw-open" data-open="{place}" title="{say("open", language)}">{words}</button>'


def origin(hit: Hit, context: PageContext) -> str:
    """Write the date, source, file and number of copies of a hit, escaped."""
    article = hit.stored.article
    parts = [
        article.date or phrase("undated", context.language),
        own_words(article.source),
        own_words(context.named(article.path)),
    ]
    if article.recognized is not None:
        parts.append(phrase("recognized", context.language, sure=article.recognized))
    if hit.copies:
        parts.append(phrase("copies", context.language, count=len(hit.copies)))
    return "  ·  ".join(part for part in parts if part)


def own_words(text: str) -> str:
    """Write text of an article or a file's name on one line, escaped, marked as Chinese in both languages."""
    return f'<span lang="zh">{escape_html(one_line(text))}</span>' if text else ""


def copies_html(hit: Hit, context: PageContext) -> str:
    """List the other articles of a hit's near-duplicate group. Of many, list the first and the number of all."""
    named = [
        "  ".join(part for part in (one_line(copy.source), copy.date, one_line(context.named(copy.path))) if part)
        for copy in hit.copies[:_COPIES]
    ]
    if len(hit.copies) > _COPIES:
        named.append(phrase("of_many", context.language, count=len(hit.copies)))
    return "".join(_note(phrase("copy", context.language, copy=copy)) for copy in named)


def _evidence_line(hit: Hit, sentence: Span, span: Span) -> str:
    damage: list[Mark] = [(removed, DAMAGE) for removed in hit.stored.passage.removed]
    return marked(verified(hit), sentence, [(sentence, "zw-sentence"), (span, "zw-span"), *damage])


def _opener(hit: Hit, context: PageContext, evidence: Evidence | None) -> str:
    """Write a button with the rank and title of a hit. It opens the article at the evidence, or at the passage."""
    passage = hit.stored.passage
    place = PassageLink(passage.id)
    if evidence is not None:
        sentence, span = (
            Span(piece.start + passage.start, piece.end + passage.start) for piece in (evidence.sentence, evidence.span)
        )
        place = PassageLink(passage.id, sentence, span)
    return opener(
        place, f'[{hit.rank}] <span lang="zh">{title_of(hit.stored.article, context)}</span>', context.language
    )


def _card(reply: Reply, hit: Hit, context: PageContext) -> str:
    evidence = reply.answer.evidence
    own = evidence if evidence is not None and evidence.passage == hit.rank else None
    other = next((each for each in reply.answer.others if each.passage == hit.rank), None)
    marks: list[Mark] = [(own.sentence, "zw-sentence"), (own.span, "zw-span")] if own else []
    return (
        f'<li class="zw-passage{" zw-own" if own else ""}"><p class="zw-head">{_opener(hit, context, own or other)}</p>'
        f'<p class="zw-note">{origin(hit, context)}</p>'
        f'<p class="zw-words" lang="zh">{passage_html(hit, marks)}</p>{copies_html(hit, context)}</li>'
    )


def _silence(reply: Reply, context: PageContext) -> str:
    language = context.language
    why, place = silence(reply, language), reply.answer.nearest
    first = reply.hits[place.passage - 1 if place else 0] if reply.hits else None
    nearest = f"<p>{say('nearest', language)}{_opener(first, context, place)}</p>" if first else ""
    return f'<div class="zw-silent"><p><b>{phrase("no_answer", language)}</b>　{escape_html(why)}</p>{nearest}</div>'


def _without_evidence(reply: Reply, context: PageContext, turn: int) -> str:
    """Write an answer that is no piece of a passage: a field of an article, a computed value, the passages."""
    stated = verified_stated(reply)
    line = f'<blockquote lang="zh">{escape_html(one_line(stated[1]))}</blockquote>' if stated and stated[1] else ""
    cite = f"<cite>{_opener(stated[0], context, None)} {origin(stated[0], context)}</cite>" if stated else ""
    heading = escape_html(heading_of(reply, context.language))
    return (
        f'<div class="zw-answer"><p class="zw-head"><span class="zw-text" lang="zh">{heading}</span></p>{line}{cite}'
        f"{_items(reply, context)}{_actions(context.language, turn, reply.answer.text)}</div>"
    )


def _items(reply: Reply, context: PageContext) -> str:
    """List the items of an answer, each with a button that opens its article there."""
    rows = []
    for hit, each in verified_items(reply):
        evidence = Evidence(each.passage, each.span, each.span) if each.span else None
        words = f'<b lang="zh">{escape_html(one_line(each.text))}</b>'
        rows.append(f"<tr><td>{words}</td><td>{_opener(hit, context, evidence)}</td></tr>")
    return f'<div class="zw-sources"><table>{"".join(rows)}</table></div>' if rows else ""


def _sources(reply: Reply, context: PageContext) -> str:
    rows = [
        f"<tr><td>{hit.stored.article.date or phrase('undated', context.language)}</td>"
        f'<td lang="zh"><b>{escape_html(one_line(hit.stored.passage.text[each.span.start : each.span.end]))}</b></td>'
        f"<td>{_opener(hit, context, each)}</td></tr>"
        for hit, each in verified_sources(reply)
    ]
    if not rows:
        return ""
    warned = " zw-differ" if reply.answer.disagree else ""
    heading = side_by_side(reply.answer, context.language)
    return f'<div class="zw-sources{warned}"><p>{heading}</p><table>{"".join(rows)}</table></div>'


def _generated(reply: Reply, language: Language, *, waiting: bool) -> str:
    generated = reply.generated
    if generated is None:
        return f'<p class="zw-note">{say("waiting", language)}</p>' if waiting else ""
    if generated.problem:
        return _note(phrase("failed", language, problem=generated.problem.words(language)))
    words = "".join(
        f"{escape_html(one_line(each.text))}<sup>{''.join(f'[{number}]' for number in each.passages)}</sup>"
        for each in generated.sentences
    )
    struck = _note(phrase("struck", language, count=generated.struck)) if generated.struck else ""
    return f'<div class="zw-generated" lang="zh">{words}</div>{struck}' if words else ""


def _actions(language: Language, turn: int, answer: str = "", cited: str = "") -> str:
    copying = "".join(
        f'<button type="button" data-copy="{escape_html(text)}" data-done="{say("copied", language)}">'
        f"{say(words, language)}</button>"
        for text, words in ((answer, "copy_answer"), (cited, "copy_citation"))
        if text
    )
    judging = "".join(
        f'<button type="button" data-verdict="{verdict}" data-turn="{turn}" aria-pressed="false">'
        f"{_THUMB} {say(verdict, language)}</button>"
        for verdict in (GOOD, BAD)
    )
    return f'<p class="zw-actions">{copying}{judging}</p>'


def _suggestion(text: str, question: str, language: Language) -> str:
    """A note with a button that asks the question as it was probably meant."""
    words = say("ask_meant", language)
    button = f'<button type="button" class="zw-button" data-ask="{escape_html(question)}">{words}</button>'
    return f'<p class="zw-note">{escape_html(text)} {button}</p>'


def _note(text: str) -> str:
    return f'<p class="zw-note">{escape_html(text)}</p>'
