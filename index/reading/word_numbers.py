"""Write the numbers that Word counts by itself into the text of its paragraphs: 第一条, 1.2, （三）, ③.

Knows the parts of a Word file that say how paragraphs are numbered. Does not know what the paragraphs mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.reading.package import attribute, tag_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LEVELS = 9
_LARGEST = 99_999
_STYLES = 20  # styles that one may be based on
_DIGITS = "零一二三四五六七八九"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_PLACE = re.compile(r"%([1-9])")
_JOINED = tuple("、，：）)】]。")  # no space follows a number that ends so in Chinese text
_MAY_GO_ON = re.compile(r"[\d.．]\Z")  # 1. before 2亿元 would be 1.2亿元
_OUTSIDE = frozenset({"del", "moveFrom", "Fallback"})


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts and is written."""

    kind: str
    text: str
    start: int
    style: str = ""
    as_figures: bool = False
    suffix: str = "tab"


@dataclass(slots=True)
class _List:
    """A list: its levels, and how far each was counted; lists of one definition count on together."""

    levels: dict[int, _Level]
    counts: dict[int, int]
    restarts: dict[int, int] = field(default_factory=dict)  # level → the number with which this list begins

    def next_label(self, level: int) -> str:
        if level in self.restarts:
            self.counts[level] = self.restarts.pop(level) - 1
        own = self.levels.get(level)
        if own is None:
            return ""
        self.counts[level] = min(self.counts.get(level, own.start - 1) + 1, _LARGEST)
        for deeper in [each for each in self.counts if each > level]:
            del self.counts[deeper]
        if own.kind in ("bullet", "none"):
            return ""
        label = _PLACE.sub(lambda match: self._written(int(match[1]) - 1, own), own.text).strip()
        joined = label.endswith(_JOINED) or (own.suffix == "nothing" and not _MAY_GO_ON.search(label))
        return label + ("" if joined or not label else " ")

    def _written(self, level: int, of: _Level) -> str:
        definition = self.levels.get(level, of)
        number = self.counts.setdefault(level, definition.start)
        return _FORMATS.get("decimal" if of.as_figures else definition.kind, str)(number)


def number_paragraphs(body: Element, numbering: Element | None, styles: Element | None) -> set[Element]:
    """Put the number of each numbered paragraph, as Word shows it, before its text; return these paragraphs."""
    numbered: set[Element] = set()
    if numbering is None:
        return numbered
    lists = _lists(numbering)
    by_style = _numbered_styles(styles)
    for paragraph in body.iter("{*}p"):
        properties = next((child for child in paragraph if tag_of(child) == "pPr"), None)
        number, level = _reference(properties)
        if not number and properties is not None:
            style = next((attribute(child, "val") for child in properties if tag_of(child) == "pStyle"), "")
            number, level = by_style.get(style, ("", level))
            if number in lists and level is None:
                level = next((n for n, each in lists[number].levels.items() if each.style == style), 0)
        if number not in lists or any(tag_of(above) in _OUTSIDE for above in paragraph.iterancestors()):
            continue
        label = lists[number].next_label(level or 0)
        text = next(iter(paragraph.iter("{*}t")), None)
        if label and text is not None:
            text.text = label + (text.text or "")
            numbered.add(paragraph)
    return numbered


def _reference(properties: Element | None) -> tuple[str, int | None]:
    """Return the list and the level that a paragraph or a style names; ("", None) if none."""
    for each in properties if properties is not None else ():
        if tag_of(each) == "numPr":
            values = {tag_of(child): attribute(child, "val") for child in each}
            level = values.get("ilvl", "")
            return values.get("numId", ""), int(level) if level.isdecimal() and int(level) < _LEVELS else None
    return "", None


def _numbered_styles(styles: Element | None) -> dict[str, tuple[str, int | None]]:
    """Return the list and the level of each style that has them, perhaps by the style that it is based on."""
    own: dict[str, tuple[str, int | None]] = {}
    based: dict[str, str] = {}
    for style in styles.iter("{*}style") if styles is not None else ():
        name = attribute(style, "styleId")
        for child in style:
            if tag_of(child) == "pPr":
                own[name] = _reference(child)
            elif tag_of(child) == "basedOn":
                based[name] = attribute(child, "val")
    results = {}
    for name in {*own, *based}:
        above = name
        for _ in range(_STYLES):
            if own.get(above, ("", None))[0] or above not in based:
                break
            above = based[above]
        if own.get(above, ("", None))[0]:
            results[name] = own[above]
    return results


def _lists(numbering: Element) -> dict[str, _List]:
    """Return the lists of a file by their numbers."""
    definitions = {
        attribute(each, "abstractNumId"): dict(_levels(each)) for each in numbering if _is(each, "abstractNum")
    }
    counts: dict[str, dict[int, int]] = {name: {} for name in definitions}
    lists = {}
    for each in numbering:
        if not _is(each, "num"):
            continue
        name = next((attribute(child, "val") for child in each if _is(child, "abstractNumId")), "")
        if name not in definitions:
            continue
        restarts, levels = {}, dict(definitions[name])
        for override in (child for child in each if _is(child, "lvlOverride")):
            level = _number(attribute(override, "ilvl"), 0)
            for child in override:
                if _is(child, "startOverride"):
                    restarts[level] = _number(attribute(child, "val"), 1)
            levels |= dict(_levels(override))
        lists[attribute(each, "numId")] = _List(levels, counts[name], restarts)
    return lists


def _levels(definition: Element) -> Iterator[tuple[int, _Level]]:
    for level in definition:
        if _is(level, "lvl"):
            values = {tag_of(child): attribute(child, "val") for child in level}
            yield (
                _number(attribute(level, "ilvl"), 0),
                _Level(
                    values.get("numFmt", "decimal"),
                    values.get("lvlText", "")[:100],
                    _number(values.get("start", ""), 1),
                    values.get("pStyle", ""),
                    "isLgl" in values and values["isLgl"] not in ("0", "false"),
                    values.get("suff", "tab"),
                ),
            )


def _is(element: Element, name: str) -> bool:
    return tag_of(element) == name


def _number(value: str, otherwise: int) -> int:
    return int(value) if value.isdecimal() and len(value) < 6 else otherwise


def _chinese(number: int) -> str:
    """Return a number below 100,000 in Chinese: 十二, 一百零五."""
    if number < 10:
        return _DIGITS[number]
    text, zero = "", False
    for unit, sign in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + sign
        zero = not digit
    return text.removeprefix("一") if text.startswith("一十") else text


def _letters(number: int) -> str:
    """Return a number as Word writes it in letters: z, aa, bb."""
    return chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, 20) if number > 0 else ""


def _roman(number: int) -> str:
    text = ""
    signs = ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"]
    for value, sign in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), signs, strict=True):
        count, number = divmod(number, value)
        text += sign * min(count, 20)
    return text


def _from(signs: str, begin: int = 1) -> Callable[[int], str]:
    return lambda number: signs[(number - begin) % len(signs)] if number > 0 else str(number)


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if 0 < number <= 20 else str(number)


_FORMATS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(
        (
            "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
            "taiwaneseCountingThousand", "ideographDigital", "japaneseDigitalTenThousand",
        ),
        _chinese,
    ),
    "chineseLegalSimplified": lambda n: _chinese(n).translate(_LEGAL),
    "ideographTraditional": _from(_STEMS),
    "ideographZodiac": _from(_BRANCHES),
    "decimalZero": lambda n: f"{n:02}",
    "decimalFullWidth": lambda n: str(n).translate({48 + i: 0xFF10 + i for i in range(10)}),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _circled),
    "lowerLetter": _letters,
    "upperLetter": lambda n: _letters(n).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda n: _roman(n).upper(),
}  # fmt: skip
