"""Write a superscript so that it never joins the figure before it: `8600[1]万千瓦时`, `3×10^4`, `m²`.

Knows notes, powers and units. Does not know formats: a reader of a format finds the superscripts.
"""

from __future__ import annotations

import re

LONGEST = 12  # characters; longer raised text is no mark
_POWER = re.compile(r"[×xX✕*·]\s*10$|\^[-+]?\d{1,2}$")
_SIGNED = re.compile(r"[-+−–－]\d{1,3}")
_EXPONENT = re.compile(r"[-+−–－]?\d{1,3}")
_NOTE = re.compile(r"注?\d{1,3}(?:\s*[-–~,，、]\s*\d{1,3})*|[*＊†‡※]{1,3}|[①-⑳]|注[①-⑳]?")
_UNIT = re.compile(r"(?:^|[^a-zA-Z])(?:[kcdmμµn]?m|[a-zA-Z])$|[㎜㎝㎞米]$")
_ELEMENT = re.compile(r"[A-Z][a-z]?(?![a-zA-Z])")
_RAISED = {"2": "²", "3": "³"}


def superscript(before: str, text: str, after: str = "") -> str:
    """Return a superscript as it is written between the text before and after it.

    >>> superscript("8600", "1"), superscript("3×10", "4"), superscript("20km", "2"), superscript("21", "st")
    ('[1]', '^4', '²', 'st')
    """
    mark, before = text.strip(), before.rstrip()
    if _POWER.search(before) and _EXPONENT.fullmatch(mark):
        return mark if "^" in before[-4:] else f"^{mark}"
    if mark in _RAISED and _UNIT.search(before):
        return _RAISED[mark]
    if before[-1:].isdecimal() and _SIGNED.fullmatch(mark):
        return f"^{mark}"
    if not _NOTE.fullmatch(mark):
        return text
    if after.lstrip()[:1] in ("/", "⁄") and mark.isdecimal():
        return f" {mark}"  # 3 1/2
    if not before[-1:].isdecimal() and _ELEMENT.match(after):
        return text  # an isotope
    return f"[{mark}]"
