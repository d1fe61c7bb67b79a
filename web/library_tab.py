"""文库: add and delete articles, list them, and view one before and after cleaning.

Knows how the progress and the outcome of a change are drawn. Does not know how changes are made: that is web.edits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

import gradio as gr

from index.backfill import BackgroundBackfill
from index.doctor import repair_name
from index.errors import UnreadableFile, ZhiwenError
from index.language import Language, text
from index.reading.archives import PACKED
from index.reading.kinds import SUFFIXES
from index.records import Problem, Span, one_line
from index.store.catalogue import ArticleDetails
from index.store.corpus import ArticleRef
from index.text.cleaning import running_text
from index.text.scripts import script
from qa.phrases import phrase
from web.edits import ADDED, REMOVED, REREAD, LibraryEdits, Outcome
from web.endpoints import error_message
from web.first_page import ASSETS
from web.highlights import DAMAGE, Mark, escape_html, paragraphs
from web.html import PageContext, own_words
from web.jobs import JobRunner, Progress
from web.labels import label, say
from web.site import Site
from web.uploads import MOST_FILES, check_upload

_ROWS = 20  # articles on one page of the list
_OWN = frozenset({"file", "source", "origin_of", "duplicates"})  # facts in the article's own words
_NAMED = 20  # problems listed one by one
_STAGES = {"progress.reading": "stage_reading", "progress.indexing": "stage_indexing"}


def library_tab(site: Site, edits: LibraryEdits, uploads: Path, page: gr.Blocks) -> None:
    """Build the widgets of the tab and connect their events. `uploads`: the folder where uploads arrive."""
    library = _Library(site, edits, uploads)
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            files = gr.File(
                label=label("upload"),
                file_count="multiple",
                file_types=sorted({*SUFFIXES, *PACKED}),
                height=150,
                elem_id="upload",
            )
            as_is = gr.Checkbox(label=label("as_is"), info=label("as_is_here"), value=False, elem_id="as-is")
            take_in = gr.Button(label("take_in"), variant="primary", elem_id="take-in")
        with gr.Column(scale=1, min_width=300):
            with gr.Accordion(label("paste"), open=False, elem_id="paste"):
                title = gr.Textbox(label=label("title"), max_length=300)
                with gr.Row():
                    date = gr.Textbox(label=label("date"), placeholder=label("date_here"), max_length=40, min_width=100)
                    source = gr.Textbox(label=label("source"), max_length=100, min_width=100)
                text = gr.Textbox(label=label("text"), lines=5, max_lines=12, max_length=1_000_000)
                save = gr.Button(label("save"), elem_id="save")
            if edits.folders:
                choices = [
                    ("/".join(PurePath(folder).parts[-2:]), number) for number, folder in enumerate(edits.folders)
                ]
                folder = gr.Dropdown(choices, value=0, label=label("folder"), elem_id="folder")
                follow = gr.Button(label("follow_folder"), elem_id="follow-folder")
    message = gr.HTML("", elem_id="told")
    with gr.Row(elem_id="list-head"):
        words = gr.Textbox(
            label=label("look"), placeholder=label("look_here"), max_length=100, scale=4, min_width=200, elem_id="look"
        )
    listed = gr.HTML("", elem_id="listed", js_on_load=(ASSETS / "list.js").read_text(encoding="utf-8"))
    examined = gr.HTML("", elem_id="examined", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8"))
    start = gr.State(0)

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 8}
    outputs = [message, listed, start]
    take_in.click(library.uploaded, [files, as_is, words], [*outputs, files, as_is], **quiet)
    save.click(library.pasted, [title, date, source, text, words], outputs, **quiet)
    if edits.folders:
        follow.click(library.followed, [folder, words], outputs, **quiet)
    listed.submit(library.acted, [words, start], outputs, **quiet)
    examined.submit(library.acted, [words, start], outputs, **quiet).then(
        lambda: "", None, [examined], api_visibility="private", show_progress="hidden"
    )
    listed.input(library.turned, [words], [listed, start], **quiet)
    listed.select(library.examined, None, [examined], **quiet)
    words.change(library.searched, [words], [listed, start], trigger_mode="always_last", **quiet)

    page.load(library.loaded, [words], outputs, **quiet)


class _Library:
    """The events of the widgets. Each answers in the visitor's language."""

    def __init__(self, site: Site, edits: LibraryEdits, uploads: Path) -> None:
        self.site, self.edits, self.uploads = site, edits, uploads
        self.jobs = JobRunner[Outcome](BackgroundBackfill(edits.address).begin)

    def change_store(
        self, task: Callable[[], Outcome], words: str, context: PageContext, first: int = 0
    ) -> Iterator[Any]:
        """Begin a task and yield (message, list, first): its progress, then its outcome with the new list."""
        try:
            self.jobs.start(task)
        except ZhiwenError as error:
            yield (
                _message(
                    say("change_failed", context.language, problem=error_message(error, context.language)), failed=True
                ),
                gr.skip(),
                gr.skip(),
            )
            return
        yield from self.watched(words, context, first)

    def watched(self, words: str, context: PageContext, first: int) -> Iterator[Any]:
        for progress in self.jobs.watch():
            if progress.running:
                yield _progress(progress, context.language), gr.skip(), gr.skip()
        yield _ended(self.jobs.now(), context), _listed(self.site, self.edits, words, first, context), first

    def uploaded(self, files: list[str] | None, as_is: bool, words: str, request: gr.Request) -> Iterator[Any]:
        context, skipped = self.site.context(request), [gr.skip()] * 4
        if not files:
            yield _message(say("no_files", context.language), failed=True), *skipped
            return
        if len(files) > MOST_FILES:
            yield _message(say("too_many", context.language, most=MOST_FILES), failed=True), *skipped
            return
        accepted, refused = self.accepted(files)
        for outputs in self.change_store(lambda: self.edits.add(accepted, refused, as_is=bool(as_is)), words, context):
            yield *outputs, None, False

    def accepted(self, files: Sequence[str]) -> tuple[list[tuple[str, Path | bytes]], list[Problem]]:
        """Return the files that may be read, each with its name, and the problems of the others."""
        accepted: list[tuple[str, Path | bytes]] = []
        refused = []
        for file in map(Path, files):
            try:
                check_upload(file, file.name, self.uploads)
                accepted.append((file.name, file))
            except UnreadableFile as error:
                refused.append(error.problem(file.name))
        return accepted, refused

    def pasted(self, title: str, date: str, source: str, text: str, words: str, request: gr.Request) -> Iterator[Any]:
        context = self.site.context(request)
        if not (text or "").strip():
            yield _message(say("no_text", context.language), failed=True), gr.skip(), gr.skip()
            return
        yield from self.change_store(
            lambda: self.edits.paste((title or "").strip(), (date or "").strip(), (source or "").strip(), text),
            words,
            context,
        )

    def followed(self, number: int, words: str, request: gr.Request) -> Iterator[Any]:
        yield from self.change_store(
            lambda: self.edits.follow(self.edits.folders[number]), words, self.site.context(request)
        )

    def acted(self, words: str, first: int, request: gr.Request, event: gr.EventData) -> Iterator[Any]:
        act, article = str(event._data.get("act")), str(event._data.get("article"))
        tasks: dict[str, Callable[[], Outcome]] = {
            "delete": lambda: self.edits.delete(article, whole_file=False),
            "delete_file": lambda: self.edits.delete(article, whole_file=True),
            "reread": lambda: self.edits.reread(article),
            "take_back": self.edits.take_back,
        }
        if act in tasks:
            yield from self.change_store(tasks[act], words, self.site.context(request), first)

    def turned(self, words: str, request: gr.Request, event: gr.EventData) -> tuple[str, int]:
        at = str(event._data.get("start", ""))
        first = int(at) if at.isascii() and at.isdecimal() and len(at) < 10 else 0
        return _listed(self.site, self.edits, words, first, self.site.context(request)), first

    def searched(self, words: str, request: gr.Request) -> tuple[str, int]:
        return _listed(self.site, self.edits, words, 0, self.site.context(request)), 0

    def examined(self, request: gr.Request, event: gr.EventData) -> str:
        context = self.site.context(request)
        kept = self.site.catalogue.article(str(event._data.get("article")))
        return (
            _examined(kept, self.site, self.edits, context)
            if kept
            else _message(text("page.gone", context.language), failed=True)
        )

    def loaded(self, words: str, request: gr.Request) -> Iterator[Any]:
        context = self.site.context(request)
        yield gr.skip(), _listed(self.site, self.edits, words or "", 0, context), 0
        if self.jobs.now().running:  # another visitor's change, or one from before the page was reloaded
            yield from self.watched(words or "", context, 0)


def _message(words: str, *, failed: bool = False) -> str:
    return (
        f'<div class="zw-told{" zw-failed" if failed else ""}" role="status" aria-live="polite">'
        f"{escape_html(words)}</div>"
        if words
        else ""
    )


def _progress(progress: Progress[Outcome], language: Language) -> str:
    stage = say(_STAGES.get(progress.stage, "stage_other"), language)
    words = f"{stage}……"
    if progress.total:
        words = say("stage_of", language, stage=stage, done=progress.done, total=progress.total)
        if (left := progress.seconds_left) is not None:
            minutes = round(left / 60)
            words += (
                say("minutes_left", language, minutes=minutes)
                if minutes > 1
                else say("time_left", language, seconds=max(1, round(left)))
            )
    share = 100 * progress.done / progress.total if progress.total else 0
    bar = f'<div class="zw-bar"><div style="width: {share:.0f}%"></div></div>'
    return f'<div class="zw-told" role="status" aria-live="polite">{escape_html(words)}{bar}</div>'


def _ended(progress: Progress[Outcome], context: PageContext) -> str:
    """Describe the outcome of a change, or its failure."""
    language, outcome = context.language, progress.result
    if outcome is None:
        error = progress.problem
        return (
            _message(say("change_failed", language, problem=error_message(error, language)), failed=True)
            if error
            else ""
        )
    counts: dict[str, object] = {"added": outcome.added, "changed": outcome.changed, "removed": outcome.removed}
    changed = outcome.added or outcome.changed or outcome.removed
    if outcome.kind == ADDED:
        summary = say(
            "added" if outcome.added or outcome.changed else "added_nothing" if outcome.problems else "added_none",
            language,
            **counts,
        )
        summary += say("left_out", language, **counts) if outcome.removed else ""
    elif outcome.kind == REREAD:
        summary = say("reread_done" if changed else "reread_same", language, **counts)
    else:
        summary = say("removed" if outcome.kind == REMOVED else "taken_back", language, **counts)
    if outcome.copies:
        summary += say("with_copies", language, copies=outcome.copies)
    summary += say("now_holds", language, articles=outcome.articles, seconds=outcome.seconds)
    listed = ""
    if outcome.problems:
        lines = [
            f"<li>{own_words(context.named(each.path))}：{escape_html(each.words(language))}</li>"
            for each in outcome.problems[:_NAMED]
        ]
        if len(outcome.problems) > _NAMED:
            lines.append(f"<li>{say('more_problems', language, count=len(outcome.problems) - _NAMED)}</li>")
        listed = f"<p>{say('problems', language, count=len(outcome.problems))}</p><ul>{''.join(lines)}</ul>"
    failed = outcome.problems and not changed
    return (
        f'<div class="zw-told{" zw-failed" if failed else ""}" role="status" aria-live="polite">'
        f"<p>{escape_html(summary)}</p>{listed}</div>"
    )


def _listed(site: Site, edits: LibraryEdits, words: str, first: int, context: PageContext) -> str:
    """Draw one page of the list, with buttons for each article."""
    language, words = context.language, (words or "").strip()
    files = edits.uploaded.files_called(words)
    listing = site.catalogue.page(words, first, _ROWS, files)
    if first and not listing.articles:  # the last article of this page was deleted
        first = max(0, (listing.total - 1) // _ROWS * _ROWS)
        listing = site.catalogue.page(words, first, _ROWS, files)
    back = (
        f'<button type="button" class="zw-button" data-act="take_back"'
        f' data-confirm="{say("take_back_confirm", language)}">'
        f"{say('take_back', language)}</button>"
    )
    # The words of the list that is seen: while a search is on its way, a program that drives the page can wait for it.
    title = say("list_title", language, total=f"{listing.total:,}")
    head = f'<p class="zw-list-head" data-words="{escape_html(words)}"><b>{title}</b>{back}</p>'
    if not listing.articles:
        return f"{head}<p>{say('list_none' if words else 'empty_library', language)}</p>"
    rows = "".join(_row(article, context) for article in listing.articles)
    columns = "".join(f"<th>{say(key, language)}</th>" for key in ("title", "date", "source", "file"))
    table = f'<table class="zw-list"><thead><tr>{columns}<th></th></tr></thead><tbody>{rows}</tbody></table>'
    return head + table + _pager(first, listing.total, language)


def _row(article: ArticleRef, context: PageContext) -> str:
    language = context.language
    title = one_line(article.title) or say("untitled", language)
    own = escape_html(article.id)
    opener = (
        f'<button type="button" class="zw-open" lang="zh" data-article="{own}"'
        f' title="{escape_html(say("examine", language, title=title))}">'
        f"{escape_html(title)}</button>"
    )
    confirm = escape_html(say("delete_confirm", language, title=title))
    acts = (
        f'<button type="button" class="zw-button" data-act="reread" data-article="{own}"'
        f' aria-label="{say("reread", language)} {escape_html(title)}">'
        f"{say('reread', language)}</button> "
        f'<button type="button" class="zw-button" data-act="delete" data-article="{own}" data-confirm="{confirm}"'
        f' aria-label="{say("delete", language)} {escape_html(title)}">{say("delete", language)}</button>'
    )
    cells = [
        article.date or phrase("undated", language),
        own_words(article.source),
        own_words(context.named(article.path)),
    ]
    return f"<tr><td>{opener}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}<td class='zw-acts'>{acts}</td></tr>"


def _pager(first: int, total: int, language: Language) -> str:
    if total <= _ROWS:
        return ""
    place, pages = first // _ROWS + 1, (total + _ROWS - 1) // _ROWS
    turns = [
        f'<button type="button" class="zw-button" data-start="{(to - 1) * _ROWS}"{off}>{say(key, language)}</button>'
        for to, key, off in (
            (place - 1, "before_page", " disabled" if place == 1 else ""),
            (place + 1, "next_page", " disabled" if place == pages else ""),
        )
    ]
    return f'<p class="zw-pager">{turns[0]} {say("page_of", language, page=place, pages=pages)} {turns[1]}</p>'


def _examined(kept: ArticleDetails, site: Site, edits: LibraryEdits, context: PageContext) -> str:
    """Draw one article as index.doctor reports it: its facts, its copies, its text before and after cleaning."""
    language, article = context.language, kept.article
    cleaned = running_text(article.text, kept.cleaned)
    repairs = dict(kept.cleaned.repairs) | dict(article.repairs)
    mended = "，".join(f"{repair_name(name, language)} {count}" for name, count in repairs.items())
    facts = [
        ("file", context.named(article.path)),
        ("date", article.date or phrase("undated", language)),
        ("source", article.source),
        ("encoding", article.encoding),
        ("characters", f"{len(article.text):,}"),
        ("script", say(script(cleaned), language)),
        ("repairs", mended or say("nothing_mended", language)),
        (
            "lost_figures",
            say("lost_count", language, count=kept.cleaned.digits_lost) if kept.cleaned.digits_lost else "",
        ),
        ("passage_count", str(len(kept.passages))),
        (
            "origin_of",
            "，".join(
                f"{say(field, language)}：{_where(where, language)}"
                for field, where in article.origins
                if field in ("title", "date", "source")
            ),
        ),
        (
            "duplicates",
            "；".join(
                " ".join(part for part in (copy.title, copy.source, copy.date) if part) for copy in kept.copies[:5]
            ),
        ),
    ]
    fact_list = "".join(
        f"<dt>{say(key, language)}</dt><dd>{own_words(value) if key in _OWN else escape_html(value)}</dd>"
        for key, value in facts
        if value
    )
    whole = Span(0, len(article.text))
    marks: list[Mark] = [(gap, "zw-out") for gap in kept.gaps] + [(span, DAMAGE) for span in kept.cleaned.removed]
    key = (
        f'<span class="zw-out">{say("shade_out", language)}</span>'
        f' <span class="{DAMAGE}">{say("shade_damage", language)}</span>'
    )
    return (
        f'<article class="zw-article zw-examined" tabindex="-1" aria-label="{say("article", language)}">'
        f'<button type="button" class="zw-close" data-close aria-label="{say("close", language)}">✕</button>'
        f'<h2 lang="zh">{escape_html(one_line(article.title)) or say("untitled", language)}</h2>'
        f"<dl>{fact_list}</dl>{_file_acts(kept, edits, context)}"
        f'<p class="zw-key">{key}</p><div class="zw-pair">'
        f"<section><h3>{say('before_cleaning', language)}</h3>"
        f'<div lang="zh">{paragraphs(article.text, whole, marks)}</div></section>'
        f"<section><h3>{say('after_cleaning', language)}</h3>"
        f'<div lang="zh">{paragraphs(cleaned, Span(0, len(cleaned)), [])}</div></section>'
        "</div></article>"
    )


def _where(origin: str, language: Language) -> str:
    """Translate the origin of a field, as in index.records.Article: line 3, column 标题, or the name of a tag."""
    kind, _, rest = origin.partition(" ")
    return say(kind, language, number=rest, name=rest) if kind in ("line", "column") and rest else origin


def _file_acts(kept: ArticleDetails, edits: LibraryEdits, context: PageContext) -> str:
    """Draw the buttons for the file that an article came from."""
    language, article = context.language, kept.article
    file = edits.uploaded.file_of(article.path)
    if file is None:
        return f'<p class="zw-note">{say("stays", language)}</p>'
    count = kept.beside
    if count < 2:
        return ""
    name = one_line(context.named(str(file)))
    confirm = escape_html(say("delete_file_confirm", language, name=name, count=count))
    words = say("delete_file", language, count=count)
    own = escape_html(article.id)
    return (
        f'<p><button type="button" class="zw-button" data-act="delete_file" data-article="{own}"'
        f' data-confirm="{confirm}">{words}</button></p>'
    )
