"""概览: the store as numbers and plots, its health, and what people said of answers as a file.

Knows how numbers are drawn: bars of HTML, so that they follow the page's language, width and shade, and can be read aloud.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.address import local
from index.catalogue import Summary
from index.embedding import BUNDLED
from index.errors import ZhiwenError
from index.places import opened
from index.records import one_line
from qa.words import Language
from web.feedback import questions
from web.marks import escaped
from web.reasons import problem
from web.site import Site
from web.words import label, say

_MONTHS = 60  # more are drawn by year
_SOURCES = 10  # named one by one
_NAMED = 8  # years that have room under a plot on a telephone


def overview_tab(site: Site, uploads: Path, tab: gr.Tab) -> None:
    """The widgets of the page, and what they do. `uploads`: a folder that is emptied at the end."""
    drawn = gr.HTML("", elem_id="overview")
    with gr.Row():
        again = gr.Button(label("look_again"), elem_id="look-again", min_width=120)
        health = gr.Button(label("health"), elem_id="health", min_width=160)
        export = gr.Button(label("export"), elem_id="export", min_width=200)
    told = gr.HTML("", elem_id="health-told")
    file = gr.File(visible=False, elem_id="questions-file", show_label=False)

    def shown(request: gr.Request) -> str:
        language = site.look(request).language
        try:
            return _drawn(site.catalogue.summary(), language)
        except ZhiwenError as error:
            return _note(problem(error, language))

    def waiting(request: gr.Request) -> str:
        return _note(say("health_hint", site.look(request).language))

    def checked(request: gr.Request) -> str:
        language = site.look(request).language
        try:
            with opened(site.catalogue.place) as store:  # its own: it takes long, and others are asking
                faults = store.faults()
                articles, passages = store.counts()
        except ZhiwenError as error:
            return _note(problem(error, language))
        if faults:
            return _note(say("unhealthy", language, faults="; ".join(faults)))
        return _note(say("healthy", language, articles=f"{articles:,}", passages=f"{passages:,}"))

    def exported(request: gr.Request) -> tuple[Any, str]:
        language = site.look(request).language
        rows = questions(local(site.catalogue.place))
        if not rows:
            return gr.File(visible=False), _note(say("no_verdicts", language))
        folder = Path(tempfile.mkdtemp(dir=uploads))
        (folder / "questions.jsonl").write_text(rows, encoding="utf-8")
        return gr.File(str(folder / "questions.jsonl"), visible=True), _note(say("export_hint", language))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    gr.on([tab.select, again.click], shown, None, [drawn], **quiet)
    health.click(waiting, None, [told], **quiet).then(checked, None, [told], **quiet)
    export.click(exported, None, [file, told], **quiet)


def _drawn(summary: Summary, language: Language) -> str:
    numbers = [
        ("total_articles", f"{summary.articles:,}"),
        ("total_passages", f"{summary.passages:,}"),
        ("total_copies", f"{summary.copies:,}"),
        *([("total_size", _size(summary.bytes))] if summary.bytes else []),
        ("model", say("bundled_model", language) if summary.model == BUNDLED else escaped(one_line(summary.model))),
        ("generation", f"{summary.generation:,}"),
    ]
    tiles = "".join(f'<div class="zw-tile"><b>{value}</b><span>{say(key, language)}</span></div>' for key, value in numbers)
    damage = [("damage_lost", summary.digits_lost), ("damage_undecodable", summary.undecodable), ("damage_mended", summary.mended)]
    sampled = say("sampled", language, count=f"{summary.sampled:,}") if summary.sampled < summary.articles else ""
    plots = [
        _over_time(summary, language),
        _bars(say("by_source", language), _sources(summary, language), tongue="zh"),
        _bars(say("by_script", language), [(say(name, language), count) for name, count in summary.scripts], sampled),
        _bars(say("by_damage", language), [(say(name, language), count) for name, count in damage], whole=summary.articles),
    ]
    return f'<div class="zw-overview"><div class="zw-tiles">{tiles}</div>{"".join(plots)}</div>'


def _over_time(summary: Summary, language: Language) -> str:
    """Columns over every month from the first to the last, or over every year where there are many."""
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
        f'<b class="zw-hidden">{step} {counts[step]:,}</b><span>{step[:4] if step in named and int(step[:4]) % every == 0 else ""}</span></li>'
        for step in steps
    )
    undated = summary.articles - sum(count for _, count in summary.months)
    note = say("undated_count", language, count=f"{undated:,}") if undated else ""
    heading = say("by_month" if span <= _MONTHS else "by_year", language)
    return f'<figure class="zw-plot zw-time"><figcaption>{heading}<small>{note}</small></figcaption><ol class="zw-columns">{columns}</ol></figure>'


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
    """Lying bars, the longest as long as there is room for, or as its share of the whole."""
    most = whole or max((count for _, count in counts), default=0)
    own = f' lang="{tongue}"' if tongue else ""
    rows = "".join(
        f'<li><span class="zw-name"{own} title="{escaped(name)}">{escaped(name)}</span>'
        f'<span class="zw-track"><i style="width: {100 * count / max(1, most):.1f}%"></i></span><b>{count:,}</b></li>'
        for name, count in counts
    )
    return f'<figure class="zw-plot"><figcaption>{heading}<small>{note}</small></figcaption><ol class="zw-rows">{rows}</ol></figure>'


def _size(count: int) -> str:
    size, units = float(count), ["B", "KB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if size >= 100 or units[0] == "B" else f"{size:.1f} {units[0]}"


def _note(words: str) -> str:
    return f'<div class="zw-told" role="status" aria-live="polite">{escaped(words)}</div>'
