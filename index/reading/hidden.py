"""Take the parts of a page that a browser does not show out of its tree.

Knows how pages hide text: display, visibility, font size, classes of their style sheets. Does not know articles.
"""

from __future__ import annotations

import re
from typing import Any

_WORDS = ("none", "hidden", "opacity", "font-size", "jammer")
_MAY_HIDE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0|font-size\s*:\s*0|\shidden\b|jammer"
)
_GONE = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)", re.IGNORECASE)
_UNSEEN = re.compile(r"visibility\s*:\s*hidden|(?:^|[;\s])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,2000})\}")
_CLASS = re.compile(r"\s*(?:span|font|i|em|b|u|a|p|div)?\.([\w-]+)\s*")
_INLINE = frozenset(("span", "font", "i", "em", "b", "u", "a", "small", "label", "s"))
_ROOTS = frozenset(("html", "body", "head"))
_KEPT = 60  # characters; a longer piece hidden by a class may be shown by a script


def may_hide(html: str) -> bool:
    """Return True if a page may hold hidden text: other pages need no second look."""
    lower = html.lower()  # of a page of a million tags the pattern alone takes a quarter of a second
    return any(word in lower for word in _WORDS) and _MAY_HIDE.search(lower) is not None


def without_hidden(root: Any, *, unseen: bool) -> int:
    """Take hidden elements out of a tree, the text after them not; return how many there were.

    `unseen` also takes those that only scripts make visible, as many pages do with their whole article.
    """
    classes = _hidden_classes(root)
    gone = [
        element
        for element in root.iter()
        if isinstance(element.tag, str) and element.tag not in _ROOTS and _is_hidden(element, classes, unseen=unseen)
    ]
    for element in gone:
        parent = element.getparent()
        if parent is None:
            continue
        tail, before = element.tail or "", element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(element)
    return len(gone)


def _is_hidden(element: Any, classes: frozenset[str], *, unseen: bool) -> bool:
    style = element.get("style")
    if style and (_GONE.search(style) or (unseen and _UNSEEN.search(style))):
        return True
    if element.get("hidden") is not None:
        return True
    names = element.get("class")
    if not names or element.tag not in _INLINE or not (classes & set(names.split()) or "jammer" in names.split()):
        return False
    return len("".join(element.itertext())) <= _KEPT


def _hidden_classes(root: Any) -> frozenset[str]:
    """Return the classes that the page's own style sheets hide, without those of @media rules."""
    results: set[str] = set()
    for sheet in root.iter("style"):
        text = sheet.text or ""
        for part in text.split("@media")[:1] if "@media" in text else [text]:
            for selectors, rules in _RULE.findall(part):
                if _GONE.search(rules):
                    results |= {match[1] for each in selectors.split(",") if (match := _CLASS.fullmatch(each))}
    return frozenset(results)
