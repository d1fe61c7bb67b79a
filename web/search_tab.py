"""检索: passages only, with the reasons why each is listed and why an expected one is not.

Knows where matched terms stand in the original. Filters by script itself, because the store does not keep it. Does
not know how passages are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from index.errors import ZhiwenError
from index.language import Language, text
from index.records import Span, offsets_without
from index.store.filters import Filters
from index.stores import open_store
from index.text.folding import fold
from index.text.scripts import script
from qa.answering import Models, answer_question
from qa.phrases import lost
from qa.question import LONGEST, Question
from qa.render import matched_terms
from qa.reply import Reply
from qa.search import Hit
from qa.why_not import why_not
from web.ask_tab import filter_boxes
from web.endpoints import error_message
from web.first_page import ASSETS
from web.highlights import Mark, escape_html
from web.html import PageContext, PassageLink, copies_html, opener, origin, own_words, passage_html, title_of
from web.labels import label, say
from web.site import Site
from web.uploaded_files import UploadedFiles

_LISTED = 10  # passages
_DEEPER = (10, 40, 160)  # passages to ask for, one after the other, until enough of them are in the chosen script
_SCRIPTS = ("simplified", "traditional", "mixed", "other")


def search_tab(site: Site, models: Models, uploaded: UploadedFiles) -> None:
    """Build the widgets of the tab and connect their events."""
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_id="search-box", equal_height=True):
                box = gr.Textbox(
                    label=label("query"),
                    placeholder=label("query_here"),
                    show_label=False,
                    container=False,
                    scale=6,
                    min_width=120,
                    max_length=LONGEST,
                    elem_id="query",
                )
                go = gr.Button(label("search"), variant="primary", scale=1, min_width=72, elem_id="go")
            with gr.Row(elem_id="search-filters"):
                since, until, source = filter_boxes(site)
                choices = [(label("any"), ""), *((label(each), each) for each in _SCRIPTS)]
                letters = gr.Dropdown(choices, value="", label=label("script"), min_width=110, elem_id="script")
            hits = gr.HTML("", elem_id="hits", js_on_load=(ASSETS / "talk.js").read_text(encoding="utf-8"))
            with gr.Accordion(label("why_not"), open=False, elem_id="why-not"):
                expected = gr.Textbox(
                    label=label("expected"), info=label("why_hint"), max_length=LONGEST, elem_id="expected"
                )
                explain = gr.Button(label("explain"), elem_id="explain")
                why = gr.HTML("", elem_id="why")
        with gr.Column(scale=2, min_width=320, elem_id="side-search"):
            article = gr.HTML(
                "", elem_id="search-article", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8")
            )

    def searched(question: str, since: str, until: str, source: str, letters: str, request: gr.Request) -> str:
        context = site.context(request)
        language = context.language
        try:
            if not any(character.isalnum() for character in question or ""):
                return _note(text("page.no_words", language))
            reply = _search(site, question, Filters.of(since or "", until or "", source or ""), letters or "")
        except ZhiwenError as error:
            return _note(error_message(error, language))
        if not reply.hits:
            return _note(say("found_none", language))
        cards = "".join(_card(reply.question, hit, context) for hit in reply.hits)
        heading = say("found", language, count=len(reply.hits))
        return (
            '<div class="zw zw-hits" role="region" aria-live="polite">'
            f'<h3 class="zw-label">{heading}</h3><ol class="zw-cards">{cards}</ol></div>'
        )

    def explained(question: str, phrase: str, since: str, until: str, source: str, request: gr.Request) -> str:
        language = site.context(request).language
        if not any(character.isalnum() for character in question or ""):
            return _note(say("need_query", language))
        if not any(character.isalnum() for character in phrase or ""):
            return _note(say("need_phrase", language))
        try:
            chosen = Filters.of(since or "", until or "", source or "")
            return _explained(site, models, uploaded, question, phrase, chosen, site.context(request))
        except ZhiwenError as error:
            return _note(error_message(error, language))

    def opened(request: gr.Request, event: gr.EventData) -> str:
        return site.opened(event._data.get("place"), site.context(request))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 8}
    gr.on(
        [box.submit, go.click, since.submit, until.submit, letters.input],
        searched,
        [box, since, until, source, letters],
        [hits],
        **quiet,
    )
    gr.on([explain.click, expected.submit], explained, [box, expected, since, until, source], [why], **quiet)
    hits.select(opened, None, [article], **quiet)
    why.select(opened, None, [article], **quiet)


def _search(site: Site, question: str, chosen: Filters, letters: str) -> Reply:
    """Find the nearest passages. `letters`: only of articles in this script, "" for any."""
    if not letters:
        return site.queue.passages(question, _LISTED, chosen).result()
    for depth in _DEEPER:
        reply = site.queue.passages(question, depth, chosen).result()
        kept = [hit for hit in reply.hits if script(hit.stored.article.text) == letters][:_LISTED]
        if len(kept) == _LISTED or len(reply.hits) < depth:
            break
    return replace(reply, hits=tuple(kept))


def _explained(
    site: Site,
    models: Models,
    uploaded: UploadedFiles,
    question: str,
    phrase: str,
    chosen: Filters,
    context: PageContext,
) -> str:
    # The store knows an uploaded file under its stored name, the visitor under the owner's.
    expected = next(iter(uploaded.files_called(phrase.strip())), phrase)
    # Its own connection: reading all articles must not delay other visitors' questions.
    with open_store(site.catalogue.address) as store:
        why = why_not(store, models, answer_question(store, models, question, _LISTED, chosen), expected, chosen)
    place = ""
    if why.article is not None:
        named = own_words(f"《{why.article.title}》  {why.article.source}  {why.article.date}")
        place = f"<p>{opener(PassageLink(why.passage), named, context.language) if why.passage else named}</p>"
    words = escape_html(lost(why, context.language))
    return f'<div class="zw zw-told" role="status" aria-live="polite"><p>{words}</p>{place}</div>'


def _card(question: Question, hit: Hit, context: PageContext) -> str:
    language = context.language
    shared = matched_terms(question, hit)
    words = say("matched", language, terms=own_words(" ".join(shared))) if shared else say("no_matched", language)
    scores = say("scores", language, score=hit.score, bm25=hit.bm25, cosine=hit.cosine)
    opening = opener(
        PassageLink(hit.stored.passage.id),
        f'[{hit.rank}] <span lang="zh">{title_of(hit.stored.article, context)}</span>',
        language,
    )
    note = f"{origin(hit, context)}  ·  {_script(hit, language)}"
    return (
        f'<li class="zw-passage"><p class="zw-head">{opening}</p><p class="zw-note">{note}</p>'
        f'<p class="zw-words" lang="zh">{passage_html(hit, _matches(hit, shared))}</p>'
        f'<p class="zw-note zw-why">{scores}<br>{words}</p>{copies_html(hit, context)}</li>'
    )


def _script(hit: Hit, language: Language) -> str:
    return say(script(hit.stored.article.text), language)


def _matches(hit: Hit, shared: Sequence[str]) -> list[Mark]:
    """Mark the matched terms in the passage, across damage inside them."""
    passage = hit.stored.passage
    folded = fold(passage.readable)
    offsets = offsets_without(len(passage.text), passage.removed)
    places: set[int] = set()
    for term in shared:
        at = folded.find(term)
        while at >= 0:
            places.update(range(offsets[at], offsets[at + len(term) - 1] + 1))
            at = folded.find(term, at + 1)
    marks: list[Mark] = []
    for place in sorted(places):
        if marks and marks[-1][0].end == place:
            marks[-1] = (Span(marks[-1][0].start, place + 1), "zw-term")
        else:
            marks.append((Span(place, place + 1), "zw-term"))
    return marks


def _note(words: str) -> str:
    return f'<div class="zw zw-silent" role="status" aria-live="polite">{escape_html(words)}</div>'
