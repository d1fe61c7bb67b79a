"""Tell whether the record of a figure is of another indicator or another thing than a question asks for.

The check of slots sees words in a sentence; a record says which of them are the figure's own. Does not know how an
answer was found.
"""

from __future__ import annotations

import re

from index.text.folding import fold
from qa.figure.indicators import indicators_in, other_indicator
from qa.figures import Figure
from qa.name_forms import kind_of_name, speaks_of
from qa.slot_context import Missing
from qa.slots import INDICATOR, SUBJECT, Slots, is_place

_PLACE = re.compile(r"[一-鿿]{2,4}(?:自治[区州县]|[省市县区镇乡])")
_ENDING = re.compile(r"(?:自治[区州县]|[省市县区镇乡])$")
_NOT_OWN = re.compile(r"[距离至到从由]")  # 距哈尔滨站272公里 is told of where it begins
_LISTED = re.compile(
    r"(?P<places>(?:[一-鿿]{2,4}[省市县区镇乡][、和与及])+[一-鿿]{2,4}[省市县区镇乡])[^,;。、]{0,12}(?:分别|依次)"
)
# A firm whose figure it is: that is not the figure of the place it is in.
_FIRM = re.compile(r"(?P<name>[一-鿿]{2,12}(?:公司|集团|实业|股份|合作社))$")
_BEGINS = re.compile(r"^(?P<name>[一-鿿]{2,10}(?:公司|集团|合作社))(?![的等、和])")
_OF_FIRMS = re.compile(r"公司|集团|企业|实业|股份|厂|社")
_CLAUSE = re.compile(r"[,;、:。]")


def of_another(slots: Slots, figure: Figure, sentence: str, before: str) -> Missing | None:
    """Return what of a question a figure's own words do not meet; None if nothing is surely another.

    `sentence`: the figure's, `before`: the part of it before the figure, both folded.
    """
    clause = _CLAUSE.split(before)[-1]
    stated = clause if indicators_in(clause) else fold(figure.indicator or "")
    if asked := other_indicator(slots.text, stated):
        return Missing(INDICATOR, asked, stated)
    if slots.names and all(_PLACE.fullmatch(name) for name in slots.names) and indicators_in(slots.text):
        firm = _FIRM.search(fold(figure.subject or "")) or _BEGINS.search(before)
        if firm and not _OF_FIRMS.search(slots.text):
            return Missing(SUBJECT, slots.names[0], firm["name"])
    subject, scope = fold(figure.subject or ""), fold(figure.scope or "")
    for name in slots.names:
        if _PLACE.fullmatch(name) and _PLACE.fullmatch(scope):
            if not _alike(name, scope) and _is_of_place(name, scope, sentence, before):
                return Missing(SUBJECT, name, scope)
        elif not speaks_of(name, sentence) and (other := _like_of(name, subject)) and other in sentence:
            return Missing(SUBJECT, name, other)
    return None


def _is_of_place(name: str, scope: str, sentence: str, before: str) -> bool:
    """Whether a figure is of its own place alone, and not of the one asked for, which its sentence may name too."""
    if scope not in sentence or not is_place(scope):
        return False
    if (listed := _LISTED.search(before)) and scope in listed["places"]:
        return True  # of 甲县、乙县分别为, each figure has its own
    return not speaks_of(name, sentence) or (scope in before and name in sentence and name not in before)


def _like_of(name: str, subject: str) -> str:
    """Another of the kind of a name in a figure's subject: 白鹿二桥 where 清溪大桥 is asked for; "" for none."""
    kind = kind_of_name(name)
    other = re.search(rf"(?<![一-鿿])[一-鿿]{{2,6}}{kind}$", subject) if kind else None
    return other.group() if other and not _NOT_OWN.search(other.group()) and other.group() not in name else ""


def _alike(place: str, own: str) -> bool:
    """Whether two names of places may be one: 清溪 and 清溪县."""
    return _ENDING.sub("", place) in own or _ENDING.sub("", own) in place
