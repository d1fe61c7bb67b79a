"""文库: articles in and out, the list of them, and one of them before and after cleaning.

Knows how changes are told while they go on and when they are done. Does not know how they are made: that is web.keeping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

import gradio as gr

from index.archives import PACKED
from index.catalogue import Kept
from index.cleaning import running_text
from index.corpus import Teller
from index.doctor import REPAIRS, script
from index.errors import UserError, ZhiwenError
from index.reading import SUFFIXES
from index.records import Problem, Span, one_line
from qa.words import Language, said
from web.first_page import ASSETS
from web.keeping import ADDED, REMOVED, REREAD, Keeping, Outcome
from web.marks import DAMAGE, Mark, escaped, paragraphs
from web.reasons import problem, reason
from web.reply import Look, own_words
from web.site import Site
from web.uploads import MOST_FILES, accepted
from web.words import label, say
from web.work import Progress, Work

_ROWS = 20  # articles on one page of the list
_OWN = frozenset({"file", "source", "origin_of", "same_story"})  # of what is known of an article, what it says itself
_NAMED = 20  # problems told one by one


def library_tab(site: Site, keeping: Keeping, uploads: Path, page: gr.Blocks) -> None:
    """The widgets of the page, and what they do. `uploads`: where what is handed in lies at first."""
    does = _Library(site, keeping, uploads)
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            files = gr.File(label=label("upload"), file_count="multiple", file_types=sorted({*SUFFIXES, *PACKED}), height=150, elem_id="upload")
            take_in = gr.Button(label("take_in"), variant="primary", elem_id="take-in")
        with gr.Column(scale=1, min_width=300):
            with gr.Accordion(label("paste"), open=False, elem_id="paste"):
                title = gr.Textbox(label=label("title"), max_length=300)
                with gr.Row():
                    date = gr.Textbox(label=label("date"), placeholder=label("date_here"), max_length=40, min_width=100)
                    source = gr.Textbox(label=label("source"), max_length=100, min_width=100)
                text = gr.Textbox(label=label("text"), lines=5, max_lines=12, max_length=1_000_000)
                save = gr.Button(label("save"), elem_id="save")
            if keeping.folders:
                choices = [("/".join(PurePath(folder).parts[-2:]), number) for number, folder in enumerate(keeping.folders)]
                folder = gr.Dropdown(choices, value=0, label=label("folder"), elem_id="folder")
                follow = gr.Button(label("follow_folder"), elem_id="follow-folder")
    told = gr.HTML("", elem_id="told")
    with gr.Row(elem_id="list-head"):
        words = gr.Textbox(label=label("look"), placeholder=label("look_here"), max_length=100, scale=4, min_width=200, elem_id="look")
    listed = gr.HTML("", elem_id="listed", js_on_load=(ASSETS / "list.js").read_text(encoding="utf-8"))
    examined = gr.HTML("", elem_id="examined", js_on_load=(ASSETS / "article.js").read_text(encoding="utf-8"))
    start = gr.State(0)

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 8}
    outputs = [told, listed, start]
    take_in.click(does.uploaded, [files, words], [*outputs, files], **quiet)
    save.click(does.pasted, [title, date, source, text, words], outputs, **quiet)
    if keeping.folders:
        follow.click(does.followed, [folder, words], outputs, **quiet)
    listed.submit(does.acted, [words, start], outputs, **quiet)
    examined.submit(does.acted, [words, start], outputs, **quiet).then(lambda: "", None, [examined], api_visibility="private", show_progress="hidden")
    listed.input(does.turned, [words], [listed, start], **quiet)
    listed.select(does.seen, None, [examined], **quiet)
    words.change(does.found, [words], [listed, start], trigger_mode="always_last", **quiet)

    page.load(does.begun, [words], outputs, **quiet)


class _Library:
    """What the widgets do; each of them in the language of who asked."""

    def __init__(self, site: Site, keeping: Keeping, uploads: Path) -> None:
        self.site, self.keeping, self.uploads, self.work = site, keeping, uploads, Work[Outcome]()

    def changing(self, task: Callable[[], Outcome], words: str, look: Look, first: int = 0) -> Iterator[Any]:
        """Begins a task, tells how far it is, and at last what it came to, with the list as it is then."""
        try:
            self.work.start(task)
        except ZhiwenError as error:
            yield _told(say("change_failed", look.language, problem=problem(error, look.language)), failed=True), gr.skip(), gr.skip()
            return
        yield from self.watched(words, look, first)

    def watched(self, words: str, look: Look, first: int) -> Iterator[Any]:
        for progress in self.work.watch():
            if progress.running:
                yield _progress(progress, look.language), gr.skip(), gr.skip()
        yield _ended(self.work.now(), look), _listed(self.site, self.keeping, words, first, look), first

    def uploaded(self, files: list[str] | None, words: str, request: gr.Request) -> Iterator[Any]:
        look = self.site.look(request)
        if not files:
            yield _told(say("no_files", look.language), failed=True), gr.skip(), gr.skip(), gr.skip()
            return
        if len(files) > MOST_FILES:
            yield _told(say("too_many", look.language, most=MOST_FILES), failed=True), gr.skip(), gr.skip(), gr.skip()
            return
        given, refused = self.accepted(files)
        for shown in self.changing(lambda: self.keeping.add(given, refused), words, look):
            yield *shown, None

    def accepted(self, files: Sequence[str]) -> tuple[list[tuple[str, Path | bytes]], list[Problem]]:
        """The files that may be read, each with its name, and why the others may not."""
        given: list[tuple[str, Path | bytes]] = []
        refused = []
        for file in map(Path, files):
            try:
                accepted(file, file.name, self.uploads)
                given.append((file.name, file))
            except UserError as error:
                refused.append(Problem(file.name, error.message.removeprefix(f"{file.name}：")))
        return given, refused

    def pasted(self, title: str, date: str, source: str, text: str, words: str, request: gr.Request) -> Iterator[Any]:
        look = self.site.look(request)
        if not (text or "").strip():
            yield _told(say("no_text", look.language), failed=True), gr.skip(), gr.skip()
            return
        yield from self.changing(lambda: self.keeping.paste((title or "").strip(), (date or "").strip(), (source or "").strip(), text), words, look)

    def followed(self, number: int, words: str, request: gr.Request) -> Iterator[Any]:
        yield from self.changing(lambda: self.keeping.follow(self.keeping.folders[number]), words, self.site.look(request))

    def acted(self, words: str, first: int, request: gr.Request, event: gr.EventData) -> Iterator[Any]:
        act, article = str(event._data.get("act")), str(event._data.get("article"))
        tasks: dict[str, Callable[[], Outcome]] = {
            "delete": lambda: self.keeping.delete(article, whole_file=False),
            "delete_file": lambda: self.keeping.delete(article, whole_file=True),
            "reread": lambda: self.keeping.reread(article),
            "take_back": self.keeping.take_back,
        }
        if act in tasks:
            yield from self.changing(tasks[act], words, self.site.look(request), first)

    def turned(self, words: str, request: gr.Request, event: gr.EventData) -> tuple[str, int]:
        at = str(event._data.get("start", ""))
        first = int(at) if at.isascii() and at.isdecimal() and len(at) < 10 else 0
        return _listed(self.site, self.keeping, words, first, self.site.look(request)), first

    def found(self, words: str, request: gr.Request) -> tuple[str, int]:
        return _listed(self.site, self.keeping, words, 0, self.site.look(request)), 0

    def seen(self, request: gr.Request, event: gr.EventData) -> str:
        look = self.site.look(request)
        kept = self.site.catalogue.article(str(event._data.get("article")))
        return _examined(kept, self.site, self.keeping, look) if kept else _told(reason("gone", look.language), failed=True)

    def begun(self, words: str, request: gr.Request) -> Iterator[Any]:
        look = self.site.look(request)
        yield gr.skip(), _listed(self.site, self.keeping, words or "", 0, look), 0
        if self.work.now().running:  # somebody else's, or one's own before the page was loaded anew
            yield from self.watched(words or "", look, 0)


def _told(words: str, *, failed: bool = False) -> str:
    return f'<div class="zw-told{" zw-failed" if failed else ""}" role="status" aria-live="polite">{escaped(words)}</div>' if words else ""


def _progress(progress: Progress[Outcome], language: Language) -> str:
    stage = say(f"stage_{progress.stage}" if progress.stage in ("reading", "indexing") else "stage_other", language)
    words = f"{stage}……"
    if progress.total:
        words = say("stage_of", language, stage=stage, done=progress.done, total=progress.total)
        if (left := progress.seconds_left) is not None:
            minutes = round(left / 60)
            words += say("minutes_left", language, minutes=minutes) if minutes > 1 else say("time_left", language, seconds=max(1, round(left)))
    share = 100 * progress.done / progress.total if progress.total else 0
    bar = f'<div class="zw-bar"><div style="width: {share:.0f}%"></div></div>'
    return f'<div class="zw-told" role="status" aria-live="polite">{escaped(words)}{bar}</div>'


def _ended(progress: Progress[Outcome], look: Look) -> str:
    """What a change came to, in words."""
    language, outcome = look.language, progress.result
    if outcome is None:
        error = progress.problem
        return _told(say("change_failed", language, problem=problem(error, language)), failed=True) if error else ""
    counts: dict[str, object] = {"added": outcome.added, "changed": outcome.changed, "removed": outcome.removed}
    changed = outcome.added or outcome.changed or outcome.removed
    if outcome.kind == ADDED:
        said = say("added" if outcome.added or outcome.changed else "added_nothing" if outcome.problems else "added_none", language, **counts)
        said += say("left_out", language, **counts) if outcome.removed else ""
    elif outcome.kind == REREAD:
        said = say("reread_done" if changed else "reread_same", language, **counts)
    else:
        said = say("removed" if outcome.kind == REMOVED else "taken_back", language, **counts)
    if outcome.copies:
        said += say("with_copies", language, copies=outcome.copies)
    said += say("now_holds", language, articles=outcome.articles, seconds=outcome.seconds)
    listed = ""
    if outcome.problems:
        lines = [f"<li>{own_words(look.named(each.path))}：{escaped(reason(each.reason, language))}</li>" for each in outcome.problems[:_NAMED]]
        if len(outcome.problems) > _NAMED:
            lines.append(f"<li>{say('more_problems', language, count=len(outcome.problems) - _NAMED)}</li>")
        listed = f"<p>{say('problems', language, count=len(outcome.problems))}</p><ul>{''.join(lines)}</ul>"
    failed = outcome.problems and not changed
    return f'<div class="zw-told{" zw-failed" if failed else ""}" role="status" aria-live="polite"><p>{escaped(said)}</p>{listed}</div>'


def _listed(site: Site, keeping: Keeping, words: str, first: int, look: Look) -> str:
    """One page of the list, with what can be done to each article."""
    language, words = look.language, (words or "").strip()
    files = keeping.shelf.files_called(words)
    listing = site.catalogue.page(words, first, _ROWS, files)
    if first and not listing.articles:  # the last of its page is gone
        first = max(0, (listing.total - 1) // _ROWS * _ROWS)
        listing = site.catalogue.page(words, first, _ROWS, files)
    back = (
        f'<button type="button" class="zw-button" data-act="take_back" data-confirm="{say("take_back_confirm", language)}">'
        f"{say('take_back', language)}</button>"
    )
    head = f'<p class="zw-list-head"><b>{say("list_title", language, total=f"{listing.total:,}")}</b>{back}</p>'
    if not listing.articles:
        return f"{head}<p>{say('list_none' if words else 'empty_library', language)}</p>"
    rows = "".join(_row(article, look) for article in listing.articles)
    columns = "".join(f"<th>{say(key, language)}</th>" for key in ("title", "date", "source", "file"))
    table = f'<table class="zw-list"><thead><tr>{columns}<th></th></tr></thead><tbody>{rows}</tbody></table>'
    return head + table + _pager(first, listing.total, language)


def _row(article: Teller, look: Look) -> str:
    language = look.language
    title = one_line(article.title) or say("untitled", language)
    own = escaped(article.id)
    opener = (
        f'<button type="button" class="zw-open" lang="zh" data-article="{own}" title="{escaped(say("examine", language, title=title))}">'
        f"{escaped(title)}</button>"
    )
    confirm = escaped(say("delete_confirm", language, title=title))
    acts = (
        f'<button type="button" class="zw-button" data-act="reread" data-article="{own}" aria-label="{say("reread", language)} {escaped(title)}">'
        f"{say('reread', language)}</button> "
        f'<button type="button" class="zw-button" data-act="delete" data-article="{own}" data-confirm="{confirm}"'
        f' aria-label="{say("delete", language)} {escaped(title)}">{say("delete", language)}</button>'
    )
    cells = [article.date or said("undated", language), own_words(article.source), own_words(look.named(article.path))]
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


def _examined(kept: Kept, site: Site, keeping: Keeping, look: Look) -> str:
    """One article as the doctor sees it: what is known of it, its text before and after cleaning, its copies."""
    language, article = look.language, kept.article
    cleaned = running_text(article.text, kept.cleaned)
    repairs = dict(kept.cleaned.repairs) | dict(article.repairs)
    mended = "，".join(f"{REPAIRS.get(name, name) if language == 'zh' else name.replace('_', ' ')} {count}" for name, count in repairs.items())
    facts = [
        ("file", look.named(article.path)),
        ("date", article.date or said("undated", language)),
        ("source", article.source),
        ("encoding", article.encoding),
        ("characters", f"{len(article.text):,}"),
        ("script", say(script(cleaned), language)),
        ("repairs", mended or say("nothing_mended", language)),
        ("lost_figures", say("lost_count", language, count=kept.cleaned.digits_lost) if kept.cleaned.digits_lost else ""),
        ("passage_count", str(len(kept.passages))),
        (
            "origin_of",
            "，".join(
                f"{say(field, language)}：{_where(where, language)}" for field, where in article.origins if field in ("title", "date", "source")
            ),
        ),
        ("same_story", "；".join(" ".join(part for part in (copy.title, copy.source, copy.date) if part) for copy in kept.copies[:5])),
    ]
    told = "".join(f"<dt>{say(key, language)}</dt><dd>{own_words(value) if key in _OWN else escaped(value)}</dd>" for key, value in facts if value)
    whole = Span(0, len(article.text))
    marks: list[Mark] = [(gap, "zw-out") for gap in kept.gaps] + [(span, DAMAGE) for span in kept.cleaned.removed]
    key = f'<span class="zw-out">{say("shade_out", language)}</span> <span class="{DAMAGE}">{say("shade_damage", language)}</span>'
    return (
        f'<article class="zw-article zw-examined" tabindex="-1" aria-label="{say("article", language)}">'
        f'<button type="button" class="zw-close" data-close aria-label="{say("close", language)}">✕</button>'
        f'<h2 lang="zh">{escaped(one_line(article.title)) or say("untitled", language)}</h2><dl>{told}</dl>{_file_acts(kept, keeping, look)}'
        f'<p class="zw-key">{key}</p><div class="zw-pair">'
        f'<section><h3>{say("before_cleaning", language)}</h3><div lang="zh">{paragraphs(article.text, whole, marks)}</div></section>'
        f'<section><h3>{say("after_cleaning", language)}</h3><div lang="zh">{paragraphs(cleaned, Span(0, len(cleaned)), [])}</div></section>'
        "</div></article>"
    )


def _where(told: str, language: Language) -> str:
    """Where a field was found, as index.records.Article tells it: line 3, column 标题, or the name of a tag."""
    kind, _, rest = told.partition(" ")
    return say(kind, language, number=rest, name=rest) if kind in ("line", "column") and rest else told


def _file_acts(kept: Kept, keeping: Keeping, look: Look) -> str:
    """What can be done to the file that an article came from."""
    language, article = look.language, kept.article
    file = keeping.shelf.file_of(article.path)
    if file is None:
        return f'<p class="zw-note">{say("stays", language)}</p>'
    count = kept.beside
    if count < 2:
        return ""
    name = one_line(look.named(str(file)))
    confirm = escaped(say("delete_file_confirm", language, name=name, count=count))
    words = say("delete_file", language, count=count)
    own = escaped(article.id)
    return f'<p><button type="button" class="zw-button" data-act="delete_file" data-article="{own}" data-confirm="{confirm}">{words}</button></p>'
