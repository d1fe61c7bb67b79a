"""问答: the conversation, and beside it the article that an answer stands in.

Knows what a conversation is made of and what of it a browser keeps: the questions alone. They are asked again when the page
is opened, so that nothing a browser sends back is ever shown as an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from index.address import local
from index.corpus import Corpus
from index.errors import UserError, ZhiwenError
from qa.question import LONGEST
from qa.reply import Reply
from web.feedback import BAD, GOOD, Judged, note
from web.first_page import ASSETS
from web.marks import escaped
from web.reasons import problem
from web.reply import Look, reply_html
from web.site import Site, filters
from web.words import label, say

_KEPT = 20  # questions that a browser keeps
# Who can read the browser can read this too: what it keeps is typed questions, and is checked when it comes back.
_SHARED = "zhiwen"
_SHOWN = 50  # replies of one conversation that stay on the page
_WHEN_RESTORED = "async (...values) => { await window.zhiwen.restored; return values; }"
_TRIED = 12  # titles looked at for examples


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what it was asked under."""

    question: str
    before: str  # the question it may lean on, as that was understood; "" for none
    since: str = ""
    until: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A question and what was said to it."""

    asked: _Asked
    understood: str  # "" if it could not be asked
    shown: str  # HTML
    judged: Judged | None  # without verdict and time


def ask_tab(site: Site, page: gr.Blocks) -> None:
    """The widgets of the page, and what they do."""
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
                leaning = gr.Checkbox(True, label=label("follow"), container=False, elem_id="followups", scale=4, min_width=200)
                clear = gr.Button(label("clear"), size="sm", scale=0, min_width=90, elem_id="clear")
            with gr.Accordion(label("filters"), open=False, elem_id="ask-filters"), gr.Row():
                since, until, source = filter_boxes(site)
        with gr.Column(scale=2, min_width=320, elem_id="side"):
            article = gr.HTML("", elem_id="article", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8"))
    turns = gr.State([])
    kept = gr.BrowserState([], storage_key="zhiwen.asked", secret=_SHARED)

    def answered(question: str, turns: list[_Turn], leaning: bool, since: str, until: str, source: str, request: gr.Request) -> Iterator[Any]:
        look = site.look(request)
        before = next((turn.understood for turn in reversed(turns) if turn.understood), "") if leaning else ""
        asked = _Asked((question or "").strip(), before, (since or "").strip(), (until or "").strip(), source or "")  # a box not yet drawn has none
        for turn in _answered(site, asked, look, len(turns)):
            yield "", _conversation(site, [*turns, turn], look), [*turns, turn], _remembered([*turns, turn])

    def of_example(turns: list[_Turn], request: gr.Request, event: gr.EventData) -> Iterator[Any]:
        yield from answered(str(event._data.get("question", ""))[:LONGEST], turns, False, "", "", "", request)

    def opened(request: gr.Request, event: gr.EventData) -> str:
        return site.opened(event._data.get("place"), site.look(request))

    def judge(turns: list[_Turn], request: gr.Request, event: gr.EventData) -> list[_Turn]:
        look = site.look(request)
        number, verdict = str(event._data.get("turn", "")), event._data.get("verdict")
        turn = turns[int(number)] if number.isascii() and number.isdecimal() and int(number) < len(turns) else None
        if turn is None or turn.judged is None or verdict not in (GOOD, BAD):
            return turns
        told = turn.judged
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            note(local(site.catalogue.place), Judged(told.question, told.answer, told.sentence, told.article, verdict, now))
            gr.Info(say("thanks", look.language), duration=3)
        except UserError as error:
            gr.Warning(say("feedback_failed", look.language, problem=problem(error, look.language)))
            return turns
        shown = turn.shown.replace('aria-pressed="true"', 'aria-pressed="false"')
        button = f'data-verdict="{verdict}" data-turn="{number}" aria-pressed='
        pressed = replace(turn, shown=shown.replace(f'{button}"false"', f'{button}"true"'))
        return [*turns[: int(number)], pressed, *turns[int(number) + 1 :]]

    def restored(kept: object, request: gr.Request) -> tuple[str, list[_Turn]]:
        look = site.look(request)
        turns: list[_Turn] = []
        for asked in _recalled(kept):
            turns += list(_answered(site, asked, look, len(turns), with_model=False))
        return _conversation(site, turns, look), turns

    def cleared(request: gr.Request) -> tuple[str, list[_Turn], list[Any], str]:
        return _conversation(site, [], site.look(request)), [], [], ""

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    inputs, outputs = [box, turns, leaning, since, until, source], [box, talk, turns, kept]
    to_the_answer = (ASSETS / "to_the_answer.js").read_text(encoding="utf-8")
    asking = gr.on([box.submit, send.click], answered, inputs, outputs, js=_WHEN_RESTORED, concurrency_limit=8, **quiet)
    asking.then(None, js=to_the_answer, api_visibility="private")
    talk.input(of_example, [turns], outputs, concurrency_limit=8, **quiet).then(None, js=to_the_answer, api_visibility="private")
    talk.select(opened, None, [article], concurrency_limit=8, **quiet)
    talk.like(judge, [turns], [turns], **quiet)
    clear.click(cleared, None, [talk, turns, kept, article], **quiet)
    loading = page.load(restored, [kept], [talk, turns], concurrency_limit=8, **quiet)
    loading.then(None, js=to_the_answer, api_visibility="private").then(None, js="() => window.zhiwen.nowRestored()", api_visibility="private")


def filter_boxes(site: Site) -> tuple[gr.Textbox, gr.Textbox, gr.Dropdown]:
    """From, to and source."""
    since = gr.Textbox(label=label("since"), placeholder=label("date_here"), min_width=120, max_length=40)
    until = gr.Textbox(label=label("until"), placeholder=label("date_here"), min_width=120, max_length=40)
    source = gr.Dropdown([(label("any_source"), "")], value="", label=label("source"), min_width=140, allow_custom_value=True)
    # Those of the store when the list is opened: articles come and go.
    source.focus(lambda: gr.Dropdown([(label("any_source"), ""), *site.catalogue.sources()[:500]]), None, [source], api_visibility="private")
    return since, until, source


def _answered(site: Site, asked: _Asked, look: Look, turn: int, *, with_model: bool = True) -> Iterator[_Turn]:
    """What is said to a question; more than once while a language model is adding to it."""
    language = look.language
    try:
        if not any(character.isalnum() for character in asked.question) or len(asked.question) > LONGEST:
            raise UserError(say("too_long" if len(asked.question) > LONGEST else "no_words", language))
        chosen = filters(asked.since, asked.until, asked.source, language)
        found = site.desk.reply(asked.question, filters=chosen, before=asked.before).result()
        for reply in site.desk.growing(found) if with_model else [found]:
            waiting = with_model and reply is found and site.writes
            yield _Turn(asked, reply.question.text, reply_html(reply, look, turn, waiting=waiting), _judged(reply))
    except ZhiwenError as error:
        yield _Turn(asked, "", f'<div class="zw"><div class="zw-silent">{escaped(problem(error, language))}</div></div>', None)


def _judged(reply: Reply) -> Judged:
    answer = reply.answer
    article = reply.hits[answer.evidence.passage - 1].found.article.id if answer.evidence else ""
    return Judged(reply.question.text, answer.text, answer.sentence, article, "", "")


def _conversation(site: Site, turns: Sequence[_Turn], look: Look) -> str:
    language = look.language
    shown = "".join(
        f'<section class="zw-turn"><p class="zw-question" lang="zh">{escaped(turn.asked.question)}</p>{turn.shown}</section>'
        for turn in turns[-_SHOWN:]
    )
    return f'<div role="log" aria-live="polite" aria-label="{say("conversation", language)}">{shown or _greeting(site, look)}</div>'


def _greeting(site: Site, look: Look) -> str:
    language = look.language
    titles = _examples(site)
    try:
        empty = not titles and not site.catalogue.count()
    except ZhiwenError as error:  # the store was moved away
        return f'<div class="zw-hello"><p>{escaped(problem(error, language))}</p></div>'
    if empty:
        return f'<div class="zw-hello"><p>{say("empty_library", language)}</p></div>'
    buttons = "".join(f'<button type="button" lang="zh" data-ask="{escaped(title)}">{escaped(title)}</button>' for title in titles)
    tried = f'<p>{say("try", language)}</p><div class="zw-examples">{buttons}</div>' if buttons else ""
    return f'<div class="zw-hello"><p>{say("greeting", language)}</p>{tried}</div>'


def _examples(site: Site) -> list[str]:
    """Titles of the store's own articles that get an answer, at most four; sought once for each generation."""
    try:
        generation = site.desk.submit(_generation).result()
    except ZhiwenError:
        return []
    if generation not in site.examples:
        site.examples.clear()
        site.examples[generation] = _answering_titles(site)
    return site.examples[generation]


def _generation(store: Corpus) -> int:
    store.refresh()
    return store.generation


def _answering_titles(site: Site) -> list[str]:
    found: list[str] = []
    for title in site.catalogue.titles(_TRIED):
        words = " ".join(title.split())
        try:
            if len(words) <= 40 and not site.desk.reply(words).result().answer.abstained:
                found.append(words)
        except ZhiwenError:
            continue
        if len(found) == 4:
            break
    return found


def _remembered(turns: Sequence[_Turn]) -> list[list[str]]:
    """What a browser keeps of a conversation."""
    return [[each.question, each.before, each.since, each.until, each.source] for each in (turn.asked for turn in turns[-_KEPT:])]


def _recalled(kept: object) -> list[_Asked]:
    """The questions that a browser gives back; whatever has another form is none."""
    if not isinstance(kept, list):
        return []
    told = [each for each in kept[-_KEPT:] if isinstance(each, list) and len(each) == 5 and all(isinstance(value, str) for value in each)]
    return [_Asked(*each) for each in told if all(len(value) <= LONGEST for value in each)]
