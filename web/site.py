"""The objects that all tabs share: the queue of questions, the catalogue of articles, and the visitor's language.

Knows how to open an article for a visitor. Does not know how a tab is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import gradio as gr

from index.store.catalogue import Catalogue
from web.html import PageContext, PassageLink, article_html
from web.labels import say
from web.languages import LANGUAGE_COOKIE, page_language
from web.queue import QuestionQueue


def last_steps(path: str) -> str:
    """Return the folder and name at the end of an absolute path: visitors do not see the rest of it."""
    steps = PurePath(path)
    return "/".join(steps.parts[-2:]) if steps.is_absolute() else path


@dataclass(frozen=True, slots=True)
class Site:
    """The store as the pages use it."""

    queue: QuestionQueue
    catalogue: Catalogue
    named: Callable[[str], str] = last_steps  # file path → the name to display
    writes: bool = False  # whether a language model answers as well
    examples: dict[int, list[str]] = field(default_factory=dict)  # generation of the store → example questions

    def context(self, request: gr.Request) -> PageContext:
        """Return the language and the names of files for this request."""
        cookies: Any = getattr(request, "cookies", None) or {}
        return PageContext(page_language(cookies.get(LANGUAGE_COOKIE)), self.named)

    def opened(self, written: object, context: PageContext) -> str:
        """Write the article of a PassageLink that a page sends back, as HTML. If it is gone, write that."""
        place = PassageLink.parse(written)
        holding = self.catalogue.holding(place.passage) if place else None
        if place is None or holding is None:
            return gone(context)
        kept, whole = holding
        return article_html(kept, context, place, whole)


def gone(context: PageContext) -> str:
    """Write a notice in the place of an article that is no longer in the store."""
    close = (
        f'<button type="button" class="zw-close" data-close aria-label="{say("close", context.language)}">✕</button>'
    )
    return f'<article class="zw-article" tabindex="-1">{close}<p>{say("gone", context.language)}</p></article>'
