"""检索: passages only, with why each of them is there, and why something expected is not.

Knows how matched terms are found again in the original, and that script is looked at where passages are listed: the store
does not keep it. Does not know how passages are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from index.corpus import Filters
from index.doctor import script
from index.errors import ZhiwenError
from index.folding import fold
from index.places import opened
from index.records import Span, offsets_without
from qa.ask import Models, answer_question
from qa.question import LONGEST, Question
from qa.render import matched_terms
from qa.reply import Reply
from qa.search import Hit
from qa.why_not import why_not
from qa.words import Language, lost
from web.ask import filter_boxes
from web.first_page import ASSETS
from web.marks import Mark, escaped
from web.reasons import problem
from web.reply import Look, Place, copies_html, opener, origin, own_words, passage_html, title_of
from web.shelf import Shelf
from web.site import Site, filters
from web.words import label, say

_LISTED = 10  # passages
_DEEPER = (10, 40, 160)  # passages asked for, one after the other, until enough of them are in the script wanted
_SCRIPTS = ("simplified", "traditional", "mixed", "other")


def search_tab(site: Site, models: Models, shelf: Shelf) -> None:
    """The widgets of the page, and what they do."""
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
                expected = gr.Textbox(label=label("expected"), info=label("why_hint"), max_length=LONGEST, elem_id="expected")
                explain = gr.Button(label("explain"), elem_id="explain")
                why = gr.HTML("", elem_id="why")
        with gr.Column(scale=2, min_width=320, elem_id="side-search"):
            article = gr.HTML("", elem_id="search-article", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8"))

    def found(question: str, since: str, until: str, source: str, letters: str, request: gr.Request) -> str:
        look = site.look(request)
        language = look.language
        try:
            if not any(character.isalnum() for character in question or ""):
                return _note(say("no_words", language))
            reply = _found(site, question, filters(since or "", until or "", source or "", language), letters or "")
        except ZhiwenError as error:
            return _note(problem(error, language))
        if not reply.hits:
            return _note(say("found_none", language))
        cards = "".join(_card(reply.question, hit, look) for hit in reply.hits)
        heading = say("found", language, count=len(reply.hits))
        return f'<div class="zw zw-hits" role="region" aria-live="polite"><h3 class="zw-label">{heading}</h3><ol class="zw-cards">{cards}</ol></div>'

    def explained(question: str, phrase: str, since: str, until: str, source: str, request: gr.Request) -> str:
        language = site.look(request).language
        if not any(character.isalnum() for character in question or ""):
            return _note(say("need_query", language))
        if not any(character.isalnum() for character in phrase or ""):
            return _note(say("need_phrase", language))
        try:
            chosen = filters(since or "", until or "", source or "", language)
            return _explained(site, models, shelf, question, phrase, chosen, site.look(request))
        except ZhiwenError as error:
            return _note(problem(error, language))

    def opened(request: gr.Request, event: gr.EventData) -> str:
        return site.opened(event._data.get("place"), site.look(request))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 8}
    gr.on([box.submit, go.click, since.submit, until.submit, letters.input], found, [box, since, until, source, letters], [hits], **quiet)
    gr.on([explain.click, expected.submit], explained, [box, expected, since, until, source], [why], **quiet)
    hits.select(opened, None, [article], **quiet)
    why.select(opened, None, [article], **quiet)


def _found(site: Site, question: str, chosen: Filters, letters: str) -> Reply:
    """The nearest passages, of articles in a script where one is wanted."""
    if not letters:
        return site.desk.passages(question, _LISTED, chosen).result()
    for depth in _DEEPER:
        reply = site.desk.passages(question, depth, chosen).result()
        kept = [hit for hit in reply.hits if script(hit.found.article.text) == letters][:_LISTED]
        if len(kept) == _LISTED or len(reply.hits) < depth:
            break
    return replace(reply, hits=tuple(kept))


def _explained(site: Site, models: Models, shelf: Shelf, question: str, phrase: str, chosen: Filters, look: Look) -> str:
    sought = next(iter(shelf.files_called(phrase.strip())), phrase)  # an uploaded file is known to the store by a name of ours
    # A store of its own: looking through all articles must not keep others from asking.
    with opened(site.catalogue.place) as store:
        why = why_not(store, models.embedder, answer_question(store, models, question, _LISTED, chosen), sought, chosen, models.reranker)
    place = ""
    if why.article is not None:
        named = own_words(f"《{why.article.title}》  {why.article.source}  {why.article.date}")
        place = f"<p>{opener(Place(why.passage), named, look.language) if why.passage else named}</p>"
    return f'<div class="zw zw-told" role="status" aria-live="polite"><p>{escaped(lost(why, look.language))}</p>{place}</div>'


def _card(question: Question, hit: Hit, look: Look) -> str:
    language = look.language
    shared = matched_terms(question, hit)
    words = say("matched", language, terms=own_words(" ".join(shared))) if shared else say("no_matched", language)
    scores = say("scores", language, score=hit.score, bm25=hit.bm25, cosine=hit.cosine)
    opening = opener(Place(hit.found.passage.id), f'[{hit.rank}] <span lang="zh">{title_of(hit.found.article, look)}</span>', language)
    told = f"{origin(hit, look)}  ·  {_script(hit, language)}"
    return (
        f'<li class="zw-passage"><p class="zw-head">{opening}</p><p class="zw-note">{told}</p>'
        f'<p class="zw-words" lang="zh">{passage_html(hit, _matches(hit, shared))}</p>'
        f'<p class="zw-note zw-why">{scores}<br>{words}</p>{copies_html(hit, look)}</li>'
    )


def _script(hit: Hit, language: Language) -> str:
    return say(script(hit.found.article.text), language)


def _matches(hit: Hit, shared: Sequence[str]) -> list[Mark]:
    """Where the matched terms stand in the passage, over damage inside them."""
    passage = hit.found.passage
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
    return f'<div class="zw zw-silent" role="status" aria-live="polite">{escaped(words)}</div>'
