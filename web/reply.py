"""A reply and an article as HTML: the answer first, its passages as cards, and the article with the evidence in it.

Knows how they are drawn, and which places they name for opening an article. Does not know gradio. Whatever comes from an
article, a file's name or a question is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from index.catalogue import Kept
from index.records import Article, Span, one_line
from qa.answer import Evidence
from qa.reply import Reply, evidence_of, sources_of, verified
from qa.search import Hit
from qa.words import Language, relative, said, side_by_side, sureness
from web.feedback import BAD, GOOD
from web.marks import DAMAGE, Mark, escaped, marked, paragraphs
from web.words import say

_THUMB = (
    '<svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.3" aria-hidden="true">'
    '<path d="M5 7 8 1.5c1 0 1.8.8 1.6 2L9.2 6H13c.9 0 1.4.8 1.2 1.6l-1.2 5c-.2.8-.8 1.4-1.7 1.4H5zM5 7H2v7h3"/></svg>'
)
_COPIES = 5  # named one by one
_NOWHERE = Span(0, 0)
_PLACE = re.compile(r"(\d{1,18}):(\d{1,9})-(\d{1,9}):(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Look:
    """How things are called on a page: its language, and the name under which a file's path is shown."""

    language: Language
    named: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be seen of an article: a passage, and the evidence in it as places in the article (both empty for none)."""

    passage: int
    sentence: Span = _NOWHERE
    span: Span = _NOWHERE

    @classmethod
    def read(cls, written: object) -> Place | None:
        """A place as a page gives it back; None for anything else."""
        found = _PLACE.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            return None
        passage, *ends = map(int, found.groups())
        return cls(passage, Span(*ends[:2]), Span(*ends[2:]))

    def __str__(self) -> str:
        return f"{self.passage}:{self.sentence.start}-{self.sentence.end}:{self.span.start}-{self.span.end}"


def reply_html(reply: Reply, look: Look, turn: int, *, waiting: bool = False) -> str:
    """The answer or the reason for silence, then the passages. `turn`: which question of the conversation it is."""
    language = look.language
    answer, place = reply.answer, evidence_of(reply)
    note = _note(said("understood", language, question=reply.question.text)) if reply.asked else ""
    if reply.suggestion:
        wrong, right, meant = reply.suggestion.wrong, reply.suggestion.right, reply.suggestion.question
        note += _note(said("suggested", language, wrong=wrong, right=right, question=meant))
    if answer.evidence is None or place is None:
        head = _silence(reply, look) + _actions(language, turn)
    else:
        hit = reply.hits[answer.evidence.passage - 1]
        sentence, span = place
        head = (
            f'<div class="zw-answer"><p class="zw-head"><span class="zw-text" lang="zh">{escaped(one_line(answer.text))}</span>'
            f' <span class="zw-sure">{sureness(answer.confidence, language)}</span></p>'
            f'<blockquote lang="zh">{_evidence_line(hit, sentence, span)}</blockquote>'
            f"<cite>{_opener(hit, look, answer.evidence)} {origin(hit, look)}</cite>"
            + "".join(_note(each) for each in relative(answer, language))
            + _sources(reply, look)
            + _actions(language, turn, answer.text, citation(reply, language))
            + "</div>"
        )
    cards = "".join(_card(reply, hit, look) for hit in reply.hits)
    shown = f'<h3 class="zw-label">{say("passages", language)}</h3><ol class="zw-cards">{cards}</ol>' if cards else ""
    return f'<div class="zw" data-turn="{turn}">{note}{head}{_generated(reply, language, waiting=waiting)}{shown}</div>'


def citation(reply: Reply, language: Language = "zh") -> str:
    """The answer as plain text to be pasted elsewhere: answer, sentence, title, source, date; "" for silence."""
    answer = reply.answer
    if answer.evidence is None:
        return ""
    article = reply.hits[answer.evidence.passage - 1].found.article
    title = one_line(article.title) or say("untitled", language)
    where = "，".join(part for part in (f"《{title}》", one_line(article.source), article.date or said("undated", language)) if part)
    return f"{one_line(answer.text)}\n「{one_line(answer.sentence)}」\n——{where}"


def article_html(kept: Kept, look: Look, place: Place, passage: Span) -> str:
    """The whole original with sentence and answer marked as far as they lie in it, or else the passage, which stands at `passage`."""
    language = look.language
    article, text = kept.article, kept.article.text
    marks: list[Mark] = [(gap, "zw-frame") for gap in kept.gaps]
    marks += [(span, DAMAGE) for span in kept.cleaned.removed]
    evidence = [(place.sentence, "zw-sentence"), (place.span, "zw-span")]
    marks += [(span, name) for span, name in evidence if 0 <= span.start < span.end <= len(text)]
    if not place.span.end:
        marks.append((passage, "zw-here"))
    shades = [("zw-span", "shades"), ("zw-sentence", "shade_sentence")] if place.span.end else [("zw-here", "shade_passage")]
    key = "".join(f'<span class="{name}">{say(words, language)}</span> ' for name, words in [*shades, (DAMAGE, "shade_damage")])
    facts = [
        article.date or said("undated", language),
        own_words(article.source),
        say("author", language, author=own_words(article.author)) if article.author else "",
        own_words(look.named(article.path)),
    ]
    copies = "".join(f"<li>{escaped(one_line('  '.join((copy.title, copy.source, copy.date))))}</li>" for copy in kept.copies[:_COPIES])
    same = f'<p class="zw-note">{say("same_story", language)}</p><ul class="zw-copies" lang="zh">{copies}</ul>' if copies else ""
    return (
        f'<article class="zw-article" tabindex="-1" aria-label="{say("article", language)}">'
        f'<button type="button" class="zw-close" data-close aria-label="{say("close", language)}">✕</button>'
        f'<h2 lang="zh">{escaped(one_line(article.title)) or say("untitled", language)}</h2>'
        f'<p class="zw-note">{"  ·  ".join(fact for fact in facts if fact)}</p><p class="zw-key">{key}</p>'
        f'<div class="zw-original" lang="zh">{paragraphs(text, Span(0, len(text)), marks)}</div>{same}</article>'
    )


def passage_html(hit: Hit, marks: list[Mark]) -> str:
    """A passage as it stands in the original, on one line, damage dimmed; `marks` in the passage."""
    text = verified(hit)
    damage = [(span, DAMAGE) for span in hit.found.passage.removed]
    return marked(text, Span(0, len(text)), [*marks, *damage])


def title_of(article: Article, look: Look) -> str:
    """What an article is called, escaped."""
    return f"《{escaped(one_line(article.title))}》" if article.title else escaped(one_line(look.named(article.path)))


def opener(place: Place, words: str, language: Language) -> str:
    """A button that opens an article at a place; `words` are HTML."""
    return f'<button type="button" class="zw-open" data-open="{place}" title="{say("open", language)}">{words}</button>'


def origin(hit: Hit, look: Look) -> str:
    """Date, source, file and copies of a hit, escaped."""
    article = hit.found.article
    parts = [article.date or said("undated", look.language), own_words(article.source), own_words(look.named(article.path))]
    if hit.copies:
        parts.append(said("copies", look.language, count=len(hit.copies)))
    return "  ·  ".join(part for part in parts if part)


def own_words(text: str) -> str:
    """What an article or a file calls itself, on one line and escaped: it is Chinese whatever the page's language."""
    return f'<span lang="zh">{escaped(one_line(text))}</span>' if text else ""


def copies_html(hit: Hit, look: Look) -> str:
    """The other articles that tell the story of a hit; of many the first and how many more."""
    named = ["  ".join(part for part in (one_line(copy.source), copy.date, one_line(look.named(copy.path))) if part) for copy in hit.copies[:_COPIES]]
    if len(hit.copies) > _COPIES:
        named.append(said("of_many", look.language, count=len(hit.copies)))
    return "".join(_note(said("copy", look.language, copy=copy)) for copy in named)


def _evidence_line(hit: Hit, sentence: Span, span: Span) -> str:
    damage: list[Mark] = [(removed, DAMAGE) for removed in hit.found.passage.removed]
    return marked(verified(hit), sentence, [(sentence, "zw-sentence"), (span, "zw-span"), *damage])


def _opener(hit: Hit, look: Look, evidence: Evidence | None) -> str:
    """A button with the rank and title of a hit, that opens its article at the evidence or at the passage."""
    passage = hit.found.passage
    place = Place(passage.id)
    if evidence is not None:
        sentence, span = (Span(piece.start + passage.start, piece.end + passage.start) for piece in (evidence.sentence, evidence.span))
        place = Place(passage.id, sentence, span)
    return opener(place, f'[{hit.rank}] <span lang="zh">{title_of(hit.found.article, look)}</span>', look.language)


def _card(reply: Reply, hit: Hit, look: Look) -> str:
    evidence = reply.answer.evidence
    own = evidence if evidence is not None and evidence.passage == hit.rank else None
    other = next((each for each in reply.answer.others if each.passage == hit.rank), None)
    marks: list[Mark] = [(own.sentence, "zw-sentence"), (own.span, "zw-span")] if own else []
    return (
        f'<li class="zw-passage{" zw-own" if own else ""}"><p class="zw-head">{_opener(hit, look, own or other)}</p>'
        f'<p class="zw-note">{origin(hit, look)}</p><p class="zw-words" lang="zh">{passage_html(hit, marks)}</p>{copies_html(hit, look)}</li>'
    )


def _silence(reply: Reply, look: Look) -> str:
    language = look.language
    why = said(reply.answer.reason if reply.hits else "nothing", language)
    nearest = f"<p>{say('nearest', language)}{_opener(reply.hits[0], look, None)}</p>" if reply.hits else ""
    return f'<div class="zw-silent"><p><b>{said("no_answer", language)}</b>　{escaped(why)}</p>{nearest}</div>'


def _sources(reply: Reply, look: Look) -> str:
    rows = [
        f"<tr><td>{hit.found.article.date or said('undated', look.language)}</td>"
        f'<td lang="zh"><b>{escaped(one_line(hit.found.passage.text[each.span.start : each.span.end]))}</b></td>'
        f"<td>{_opener(hit, look, each)}</td></tr>"
        for hit, each in sources_of(reply)
    ]
    if not rows:
        return ""
    warned = " zw-differ" if reply.answer.disagree else ""
    return f'<div class="zw-sources{warned}"><p>{side_by_side(reply.answer, look.language)}</p><table>{"".join(rows)}</table></div>'


def _generated(reply: Reply, language: Language, *, waiting: bool) -> str:
    generated = reply.generated
    if generated is None:
        return f'<p class="zw-note">{say("waiting", language)}</p>' if waiting else ""
    if generated.problem:
        return _note(said("failed", language, problem=generated.problem))
    words = "".join(f"{escaped(one_line(each.text))}<sup>{''.join(f'[{number}]' for number in each.passages)}</sup>" for each in generated.sentences)
    struck = _note(said("struck", language, count=generated.struck)) if generated.struck else ""
    return f'<div class="zw-generated" lang="zh">{words}</div>{struck}' if words else ""


def _actions(language: Language, turn: int, answer: str = "", cited: str = "") -> str:
    copying = "".join(
        f'<button type="button" data-copy="{escaped(text)}" data-done="{say("copied", language)}">{say(words, language)}</button>'
        for text, words in ((answer, "copy_answer"), (cited, "copy_citation"))
        if text
    )
    judging = "".join(
        f'<button type="button" data-verdict="{verdict}" data-turn="{turn}" aria-pressed="false">{_THUMB} {say(verdict, language)}</button>'
        for verdict in (GOOD, BAD)
    )
    return f'<p class="zw-actions">{copying}{judging}</p>'


def _note(text: str) -> str:
    return f'<p class="zw-note">{escaped(text)}</p>'
