"""Choose the language of a reply to a visitor of the page or to a program.

Knows the page's cookie and the header Accept-Language. Does not know any sentence.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from index.language import Language, language

LANGUAGE_COOKIE = "zhiwen_language"  # set by assets/first.js


def page_language(cookie: str | None) -> Language:
    """Return the language that a visitor chose on the page (`cookie` is its value), else the server's."""
    return "en" if cookie == "en" else "zh" if cookie == "zh" else language()


def request_language(cookies: str | None, accept_language: str | None) -> Language:
    """Return the language of a request: the page's cookie, else Accept-Language, else the server's.

    `cookies` and `accept_language` are the values of the two headers, None where a header is missing.

    >>> request_language(None, "fr, en-GB;q=0.8, zh;q=0.2")
    'en'
    """
    chosen = language_cookie(cookies)
    if chosen is not None:
        return page_language(chosen)
    for tag in _by_preference(accept_language or ""):
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return language()


def language_cookie(cookies: str | None) -> str | None:
    """Return the language that a Cookie header names, None if it names none."""
    try:
        morsel = SimpleCookie(cookies or "").get(LANGUAGE_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and morsel.value in ("zh", "en") else None


def _by_preference(accept_language: str) -> list[str]:
    """Return the language tags of the header in lower case, the most preferred first."""
    tags = []
    for part in accept_language.lower().split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        tags.append((-float(quality[1]) if quality else -1.0, tag.strip()))
    return [tag for weight, tag in sorted(tags, key=lambda pair: pair[0]) if weight]
