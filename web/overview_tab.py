"""概览: the store as numbers and plots, its health, and the verdicts on answers as a file.

Knows how numbers are drawn: as bars of HTML, which follow the page's language, width and theme, and which screen
readers can read. Does not know where the numbers come from.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.embedding.hub import BUNDLED
from index.errors import ZhiwenError
from index.language import Language
from index.records import one_line, problem_words
from index.store.address import local
from index.store.catalogue import Summary
from index.stores import open_store
from web.endpoints import error_message
from web.feedback import feedback_questions
from web.highlights import escape_html
from web.labels import label, say
from web.site import Site

_MONTHS = 60  # a longer time is drawn by year
_SOURCES = 10  # sources named one by one
_NAMED = 8  # year labels that fit under a plot on a phone


def overview_tab(site: Site, uploads: Path, tab: gr.Tab) -> None:
    """Build the widgets of the tab and connect their events. `uploads`: a folder that is emptied at the end."""
    overview = gr.HTML("", elem_id="overview")
    with gr.Row():
        again = gr.Button(label("look_again"), elem_id="look-again", min_width=120)
        health = gr.Button(label("health"), elem_id="health", min_width=160)
        export = gr.Button(label("export"), elem_id="export", min_width=200)
    message = gr.HTML("", elem_id="health-told")
    file = gr.File(visible=False, elem_id="questions-file", show_label=False)

    def summarised(request: gr.Request) -> str:
        language = site.context(request).language
        try:
            return _drawn(site.catalogue.summary(), language)
        except ZhiwenError as error:
            return _note(error_message(error, language))

    def waiting(request: gr.Request) -> str:
        return _note(say("health_hint", site.context(request).language))

    def checked(request: gr.Request) -> str:
        language = site.context(request).language
        try:
            with open_store(
                site.catalogue.address
            ) as store:  # its own connection: the check takes long, and visitors ask meanwhile
                faults = store.faults()
                articles, passages = store.counts()
        except ZhiwenError as error:
            return _note(error_message(error, language))
        if faults:
            return _note(say("unhealthy", language, faults=problem_words(faults, language)))
        return _note(say("healthy", language, articles=f"{articles:,}", passages=f"{passages:,}"))

    def exported(request: gr.Request) -> tuple[Any, str]:
        language = site.context(request).language
        rows = feedback_questions(local(site.catalogue.address))
        if not rows:
            return gr.File(visible=False), _note(say("no_verdicts", language))
        folder = Path(tempfile.mkdtemp(dir=uploads))
        (folder / "questions.jsonl").write_text(rows, encoding="utf-8")
        return gr.File(str(folder / "questions.jsonl"), visible=True), _note(say("export_hint", language))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    gr.on([tab.select, again.click], summarised, None, [overview], **quiet)
    health.click(waiting, None, [message], **quiet).then(checked, None, [message], **quiet)
    export.click(exported, None, [file, message], **quiet)


def _drawn(summary: Summary, language: Language) -> str:
    numbers = [
        ("total_articles", f"{summary.articles:,}"),
        ("total_passages", f"{summary.passages:,}"),
        ("total_copies", f"{summary.copies:,}"),
        *([("total_size", _size(summary.bytes))] if summary.bytes else []),
        ("model", say("bundled_model", language) if summary.model == BUNDLED else escape_html(one_line(summary.model))),
        ("generation", f"{summary.generation:,}"),
    ]
    tiles = "".join(
        f'<div class="zw-tile"><b>{value}</b><span>{say(key, language)}</span></div>' for key, value in numbers
    )
    damage = [
        ("damage_lost", summary.digits_lost),
        ("damage_undecodable", summary.undecodable),
        ("damage_mended", summary.repairs),
    ]
    sampled = say("sampled", language, count=f"{summary.sampled:,}") if summary.sampled < summary.articles else ""
    plots = [
        _over_time(summary, language),
        _bars(say("by_source", language), _sources(summary, language), tongue="zh"),
        _bars(say("by_script", language), [(say(name, language), count) for name, count in summary.scripts], sampled),
        _bars(
            say("by_damage", language), [(say(name, language), count) for name, count in damage], whole=summary.articles
        ),
    ]
    return f'<div class="zw-overview"><div class="zw-tiles">{tiles}</div>{"".join(plots)}</div>'


def _over_time(summary: Summary, language: Language) -> str:
    """Draw a column for every month from the first to the last, or for every year if there are many months."""
    if not summary.months:
        return ""
    first, last = summary.months[0][0], summary.months[-1][0]
    counts = Counter(dict(summary.months))
    span = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    if span <= _MONTHS:
        steps = [_month(first, step) for step in range(span)]
    else:
        steps = [str(year) for year in range(int(first[:4]), int(last[:4]) + 1)]
        by_year: Counter[str] = Counter()
        for month, count in summary.months:
            by_year[month[:4]] += count
        counts = by_year
    most = max(counts.values())
    januaries = [step for step in steps if step.endswith("-01")]
    named = set(steps if span > _MONTHS else januaries or steps[:1])
    every = -(-len(named) // _NAMED)
    columns = "".join(
        f'<li title="{step}：{counts[step]:,}"><i style="height: {100 * counts[step] / most:.1f}%"></i>'
        f'<b class="zw-hidden">{step} {counts[step]:,}</b>'
        f"<span>{step[:4] if step in named and int(step[:4]) % every == 0 else ''}</span></li>"
        for step in steps
    )
    undated = summary.articles - sum(count for _, count in summary.months)
    note = say("undated_count", language, count=f"{undated:,}") if undated else ""
    heading = say("by_month" if span <= _MONTHS else "by_year", language)
    return (
        f'<figure class="zw-plot zw-time"><figcaption>{heading}<small>{note}</small></figcaption>'
        f'<ol class="zw-columns">{columns}</ol></figure>'
    )


def _month(first: str, step: int) -> str:
    months = int(first[:4]) * 12 + int(first[5:]) - 1 + step
    return f"{months // 12:04}-{months % 12 + 1:02}"


def _sources(summary: Summary, language: Language) -> list[tuple[str, int]]:
    named = [(one_line(source) or say("no_source", language), count) for source, count in summary.sources[:_SOURCES]]
    rest = summary.sources[_SOURCES:]
    if rest:
        named.append((say("other_sources", language, count=f"{len(rest):,}"), sum(count for _, count in rest)))
    return named


def _bars(heading: str, counts: Sequence[tuple[str, int]], note: str = "", whole: int = 0, tongue: str = "") -> str:
    """Draw horizontal bars, scaled to the longest, or to `whole` unless 0. `tongue`: the language of the names."""
    most = whole or max((count for _, count in counts), default=0)
    own = f' lang="{tongue}"' if tongue else ""
    rows = "".join(
        f'<li><span class="zw-name"{own} title="{escape_html(name)}">{escape_html(name)}</span>'
        f'<span class="zw-track"><i style="width: {100 * count / max(1, most):.1f}%"></i></span><b>{count:,}</b></li>'
        for name, count in counts
    )
    return (
        f'<figure class="zw-plot"><figcaption>{heading}<small>{note}</small></figcaption>'
        f'<ol class="zw-rows">{rows}</ol></figure>'
    )


def _size(count: int) -> str:
    size, units = float(count), ["B", "KB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if size >= 100 or units[0] == "B" else f"{size:.1f} {units[0]}"


def _note(words: str) -> str:
    return f'<div class="zw-told" role="status" aria-live="polite">{escape_html(words)}</div>'
