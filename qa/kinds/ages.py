"""Read for whom a rule is by age (65周岁以上, 不满14岁), and whether the rule speaks of those who are asked about.

Knows how bounds of an age are written. Does not know what the rule says.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from qa.figure.values import quantities

_YEARS = "岁"
_NUMERAL = re.compile(r"[\d一二三四五六七八九十百]")
_BEFORE = re.compile(r"(?:(?P<under>不满|未满|不到|小于|低于)|(?P<over>超过|大于|高于)|年?满|达到?|年龄在?|在)*$")
_AFTER = re.compile(
    r"(?:\([^()]{0,8}\))?(?:(?P<up>(?:及|或)?以上|起)|(?P<below>以下|以内|之内))|\((?:含|不含)[^()]*\)(?:及)?(?P<late>以上|以下)"
)


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages from `least` to `most`, and where they are written: `text[start:end]`."""

    least: float
    most: float
    start: int
    end: int

    def hold(self, other: Ages) -> bool:
        """Whether all of the other ages are among these."""
        return self.least <= other.least and other.most <= self.most


def ages_in(folded: str) -> list[Ages]:
    """Return the ages that a folded text names, in order.

    >>> [(each.least, each.most) for each in ages_in("65周岁以上,60至64周岁")]
    [(65.0, inf), (60.0, 64.0)]
    """
    results = []
    for quantity in quantities(folded):
        if quantity.unit != _YEARS:
            continue
        numeral = _NUMERAL.search(folded, quantity.start)
        before = _BEFORE.search(folded[: numeral.start() if numeral else quantity.start])
        after = _AFTER.match(folded, folded.rfind(_YEARS, quantity.start, quantity.end) + 1)
        value, end = quantity.value, max(quantity.end, after.end() if after else 0)
        least, most = value, value if quantity.high is None else quantity.high
        if after and (after["up"] or after["late"] == "以上"):
            most = math.inf
        elif after:
            least = 0.0
        elif before and before["under"]:
            least, most = 0.0, math.nextafter(value, 0)
        elif before and before["over"]:
            least, most = math.nextafter(value, math.inf), math.inf
        results.append(Ages(least, most, before.start() if before else quantity.start, end))
    return results


def without_ages(folded: str) -> str:
    """Return a folded text of the same length with its ages blanked."""
    for ages in ages_in(folded):
        folded = folded[: ages.start] + " " * (ages.end - ages.start) + folded[ages.end :]
    return folded


def is_for(asked: str, rule: str) -> bool:
    """Whether a folded rule speaks of the age that a folded question names; True for a question that names none."""
    wanted = ages_in(asked)
    return not wanted or any(all(ages.hold(each) for each in wanted) for ages in ages_in(rule))
