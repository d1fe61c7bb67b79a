"""问答: the conversation, and beside it the article of an answer.

Knows the parts of a conversation. A browser keeps the questions alone, and the page asks them again when it is
opened: so the page never shows text from a browser as an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from index.errors import UserError, ZhiwenError
from index.store.address import local
from index.store.filters import Filters
from qa.answer import hit_of
from qa.question import LONGEST
from qa.reply import Reply
from web.endpoints import error_message
from web.feedback import BAD, GOOD, Feedback, save_feedback
from web.first_page import ASSETS
from web.highlights import escape_html
from web.html import PageContext, reply_html
from web.labels import label, say
from web.site import Site

_KEPT = 20  # questions that a browser keeps
# Gradio encrypts the kept questions with it. It need not be secret: `_recalled` checks them when they come back.
_STORAGE_KEY = "zhiwen"
_TURNS = 50  # turns of one conversation that stay on the page
_WHEN_RESTORED = "async (...values) => { await window.zhiwen.restored; return values; }"
_TRIED = 12  # titles tried as example questions


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as a visitor asked it, with its filters."""

    question: str
    before: str  # the previous question, as it was understood, for follow-ups; "" for none
    since: str = ""
    until: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A question and the reply to it."""

    asked: _Asked
    understood: str  # the completed question; "" after an error
    html: str  # the reply
    judged: Feedback | None  # without verdict and time; None after an error


def ask_tab(site: Site, page: gr.Blocks) -> None:
    """Build the widgets of the tab and connect their events."""
    with gr.Row(elem_id="ask-row"):
        with gr.Column(scale=3, min_width=320):
            talk = gr.HTML("", elem_id="talk", js_on_load=(ASSETS / "talk.js").read_text(encoding="utf-8"))
            with gr.Row(elem_id="ask-box", equal_height=True):
                box = gr.Textbox(
                    label=label("question"),
                    placeholder=label("question_here"),
                    show_label=False,
                    container=False,
                    scale=6,
                    min_width=120,
                    autofocus=True,
                    max_length=LONGEST,
                    elem_id="question",
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", autocorrect="off", spellcheck=False),
                )
                send = gr.Button(label("ask"), variant="primary", scale=1, min_width=72, elem_id="send")
            with gr.Row():
                leaning = gr.Checkbox(
                    True, label=label("follow"), container=False, elem_id="followups", scale=4, min_width=200
                )
                clear = gr.Button(label("clear"), size="sm", scale=0, min_width=90, elem_id="clear")
            with gr.Accordion(label("filters"), open=False, elem_id="ask-filters"), gr.Row():
                since, until, source = filter_boxes(site)
        with gr.Column(scale=2, min_width=320, elem_id="side"):
            article = gr.HTML("", elem_id="article", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8"))
    turns = gr.State([])
    kept = gr.BrowserState([], storage_key="zhiwen.asked", secret=_STORAGE_KEY)

    def answered(
        question: str, turns: list[_Turn], leaning: bool, since: str, until: str, source: str, request: gr.Request
    ) -> Iterator[Any]:
        context = site.context(request)
        before = next((turn.understood for turn in reversed(turns) if turn.understood), "") if leaning else ""
        # The value of a box is None until it is drawn.
        asked = _Asked((question or "").strip(), before, (since or "").strip(), (until or "").strip(), source or "")
        for turn in _answered(site, asked, context, len(turns)):
            yield "", _conversation(site, [*turns, turn], context), [*turns, turn], _remembered([*turns, turn])

    def of_example(turns: list[_Turn], request: gr.Request, event: gr.EventData) -> Iterator[Any]:
        yield from answered(str(event._data.get("question", ""))[:LONGEST], turns, False, "", "", "", request)

    def opened(request: gr.Request, event: gr.EventData) -> str:
        return site.opened(event._data.get("place"), site.context(request))

    def judge(turns: list[_Turn], request: gr.Request, event: gr.EventData) -> list[_Turn]:
        context = site.context(request)
        number, verdict = str(event._data.get("turn", "")), event._data.get("verdict")
        turn = turns[int(number)] if number.isascii() and number.isdecimal() and int(number) < len(turns) else None
        if turn is None or turn.judged is None or verdict not in (GOOD, BAD):
            return turns
        judged = turn.judged
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            save_feedback(
                local(site.catalogue.address),
                Feedback(judged.question, judged.answer, judged.sentence, judged.article, verdict, now),
            )
            gr.Info(say("thanks", context.language), duration=3)
        except UserError as error:
            gr.Warning(say("feedback_failed", context.language, problem=error_message(error, context.language)))
            return turns
        html = turn.html.replace('aria-pressed="true"', 'aria-pressed="false"')
        button = f'data-verdict="{verdict}" data-turn="{number}" aria-pressed='
        pressed = replace(turn, html=html.replace(f'{button}"false"', f'{button}"true"'))
        return [*turns[: int(number)], pressed, *turns[int(number) + 1 :]]

    def restored(kept: object, request: gr.Request) -> tuple[str, list[_Turn]]:
        context = site.context(request)
        turns: list[_Turn] = []
        for asked in _recalled(kept):
            turns += list(_answered(site, asked, context, len(turns), with_model=False))
        return _conversation(site, turns, context), turns

    def cleared(request: gr.Request) -> tuple[str, list[_Turn], list[Any], str]:
        return _conversation(site, [], site.context(request)), [], [], ""

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    inputs, outputs = [box, turns, leaning, since, until, source], [box, talk, turns, kept]
    to_the_answer = (ASSETS / "to_the_answer.js").read_text(encoding="utf-8")
    asking = gr.on([box.submit, send.click], answered, inputs, outputs, js=_WHEN_RESTORED, concurrency_limit=8, **quiet)
    asking.then(None, js=to_the_answer, api_visibility="private")
    talk.input(of_example, [turns], outputs, concurrency_limit=8, **quiet).then(
        None, js=to_the_answer, api_visibility="private"
    )
    talk.select(opened, None, [article], concurrency_limit=8, **quiet)
    talk.like(judge, [turns], [turns], **quiet)
    clear.click(cleared, None, [talk, turns, kept, article], **quiet)
    loading = page.load(restored, [kept], [talk, turns], concurrency_limit=8, **quiet)
    loading.then(None, js=to_the_answer, api_visibility="private").then(
        None, js="() => window.zhiwen.nowRestored()", api_visibility="private"
    )


def filter_boxes(site: Site) -> tuple[gr.Textbox, gr.Textbox, gr.Dropdown]:
    """Build the boxes for the first date, the last date and the source."""
    since = gr.Textbox(label=label("since"), placeholder=label("date_here"), min_width=120, max_length=40)
    until = gr.Textbox(label=label("until"), placeholder=label("date_here"), min_width=120, max_length=40)
    source = gr.Dropdown(
        [(label("any_source"), "")], value="", label=label("source"), min_width=140, allow_custom_value=True
    )
    # The sources are read each time the list is opened: articles come and go.
    source.focus(
        lambda: gr.Dropdown([(label("any_source"), ""), *site.catalogue.sources()[:500]]),
        None,
        [source],
        api_visibility="private",
    )
    return since, until, source


def _answered(
    site: Site, asked: _Asked, context: PageContext, turn: int, *, with_model: bool = True
) -> Iterator[_Turn]:
    """Yield the turn of a question, again for each sentence that a language model adds."""
    language = context.language
    try:
        if not any(character.isalnum() for character in asked.question) or len(asked.question) > LONGEST:
            raise UserError("page.too_long" if len(asked.question) > LONGEST else "page.no_words")
        chosen = Filters.of(asked.since, asked.until, asked.source)
        first = site.queue.reply(asked.question, filters=chosen, before=asked.before).result()
        for reply in site.queue.growing(first) if with_model else [first]:
            waiting = with_model and reply is first and site.writes
            yield _Turn(asked, reply.question.text, reply_html(reply, context, turn, waiting=waiting), _judged(reply))
    except ZhiwenError as error:
        yield _Turn(
            asked,
            "",
            f'<div class="zw"><div class="zw-silent">{escape_html(error_message(error, language))}</div></div>',
            None,
        )


def _judged(reply: Reply) -> Feedback:
    """Return what a verdict on this reply would save."""
    answer = reply.answer
    article = hit_of(reply.hits, answer.evidence).stored.article.id if answer.evidence else ""
    return Feedback(reply.question.text, answer.text, answer.sentence, article, "", "")


def _conversation(site: Site, turns: Sequence[_Turn], context: PageContext) -> str:
    language = context.language
    sections = "".join(
        f'<section class="zw-turn"><p class="zw-question" lang="zh">{escape_html(turn.asked.question)}</p>'
        f"{turn.html}</section>"
        for turn in turns[-_TURNS:]
    )
    return (
        f'<div role="log" aria-live="polite" aria-label="{say("conversation", language)}">'
        f"{sections or _greeting(site, context)}</div>"
    )


def _greeting(site: Site, context: PageContext) -> str:
    language = context.language
    titles = _examples(site)
    try:
        empty = not titles and not site.catalogue.count()
    except ZhiwenError as error:  # the store was moved away
        return f'<div class="zw-hello"><p>{escape_html(error_message(error, language))}</p></div>'
    if empty:
        return f'<div class="zw-hello"><p>{say("empty_library", language)}</p></div>'
    buttons = "".join(
        f'<button type="button" lang="zh" data-ask="{escape_html(title)}">{escape_html(title)}</button>'
        for title in titles
    )
    tried = f'<p>{say("try", language)}</p><div class="zw-examples">{buttons}</div>' if buttons else ""
    return f'<div class="zw-hello"><p>{say("greeting", language)}</p>{tried}</div>'


def _examples(site: Site) -> list[str]:
    """Return at most four titles of the store's articles that get an answer. Each generation is tried once."""
    try:
        newest = site.queue.generation().result()
    except ZhiwenError:
        return []
    if newest not in site.examples:
        site.examples.clear()
        site.examples[newest] = _answering_titles(site)
    return site.examples[newest]


def _answering_titles(site: Site) -> list[str]:
    answered: list[str] = []
    for title in site.catalogue.titles(_TRIED):
        words = " ".join(title.split())
        try:
            if len(words) <= 40 and not site.queue.reply(words).result().answer.abstained:
                answered.append(words)
        except ZhiwenError:
            continue
        if len(answered) == 4:
            break
    return answered


def _remembered(turns: Sequence[_Turn]) -> list[list[str]]:
    """Return the questions and filters of the last turns, for the browser to keep."""
    return [
        [each.question, each.before, each.since, each.until, each.source]
        for each in (turn.asked for turn in turns[-_KEPT:])
    ]


def _recalled(kept: object) -> list[_Asked]:
    """Read the questions that a browser sends back. Ignore everything that has another form."""
    if not isinstance(kept, list):
        return []
    questions = [
        each
        for each in kept[-_KEPT:]
        if isinstance(each, list) and len(each) == 5 and all(isinstance(value, str) for value in each)
    ]
    return [_Asked(*each) for each in questions if all(len(value) <= LONGEST for value in each)]
