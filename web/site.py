"""What all pages share: the desk where questions are asked, the list of articles, and how things are called for whoever looks.

Knows the cookie that holds a browser's language, and the filters as people type them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import gradio as gr

from index.catalogue import Catalogue
from index.corpus import Filters
from index.errors import UserError
from qa.words import Language
from web.api import Desk
from web.reply import Look, Place, article_html
from web.words import say

LANGUAGE_COOKIE = "zhiwen_language"  # set by assets/first.js


def last_steps(path: str) -> str:
    """The folder and name at the end of a path: where the rest lies on this machine is nobody's concern."""
    steps = PurePath(path)
    return "/".join(steps.parts[-2:]) if steps.is_absolute() else path


@dataclass(frozen=True, slots=True)
class Site:
    """The store as the pages see it."""

    desk: Desk
    catalogue: Catalogue
    named: Callable[[str], str] = last_steps
    writes: bool = False  # whether a language model answers as well
    examples: dict[int, list[str]] = field(default_factory=dict)  # by generation of the store

    def look(self, request: gr.Request) -> Look:
        """How things are called for this request."""
        cookies: Any = getattr(request, "cookies", None) or {}
        return Look("en" if cookies.get(LANGUAGE_COOKIE) == "en" else "zh", self.named)

    def opened(self, written: object, look: Look) -> str:
        """The article at a place that a page names, as HTML; says so if it is gone."""
        place = Place.read(written)
        found = self.catalogue.holding(place.passage) if place else None
        if place is None or found is None:
            return gone(look)
        kept, whole = found
        return article_html(kept, look, place, whole)


def gone(look: Look) -> str:
    """What stands in the place of an article that is no longer there."""
    close = f'<button type="button" class="zw-close" data-close aria-label="{say("close", look.language)}">✕</button>'
    return f'<article class="zw-article" tabindex="-1">{close}<p>{say("gone", look.language)}</p></article>'


def filters(since: str, until: str, source: str, language: Language) -> Filters:
    """Filters as typed. Raises UserError, in the page's words, for what is no date."""
    from index.frame import iso_date

    days = []
    for value in (since, until):
        day = iso_date(value) if value.strip() else ""
        if value.strip() and not day:
            raise UserError(say("not_a_date", language, value=value[:40]))
        days.append(day)
    if days[0] and days[1] and days[0] > days[1]:
        raise UserError(say("turned_dates", language))
    return Filters(days[0], days[1], source)
