"""Damage inside running text, as places to leave out: each repair is one named function.

Knows pinyin annotations, invisible characters, Markdown marks and lost digits. Alters nothing and knows no articles.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from index.folding import fold
from index.records import Span, without

_ANNOTATION = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff])[(（]\s?([A-Za-zÀ-ɏḀ-ỿɑɡ\u0300-\u036f]{1,9})\s?[)）]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe00-\ufe0f]+")
_MARKDOWN = re.compile(r"(?m)^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+|\*\*|__|`+|!?\[(?=[^\]\n]*\]\()|\]\([^)\n]*\)")
_EMPHASIS = re.compile(r"(?<!\*)\*[^\s*][^*\n]{0,100}\*(?!\*)")
# Only a block of keys and values is front matter; a text may also begin with a rule.
_FRONT_MATTER = re.compile(r"\A---\r?\n(?:[\w-]+[ \t]*:.*\r?\n|[ \t]+\S.*\r?\n|- .*\r?\n)+---[ \t]*(?:\r?\n|\Z)")
# Matched against folded text. Each says a figure that is not there; "突破亿元" and "亿元以上" are good Chinese without one.
_HOLE = re.compile(
    r"(?:(?<=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]\.))(?<![零一二三四五六七八九十百千万几数之])%"
    r"|(?:达到?|约|做到|升至|增至|降至|总投资|合计|累计|将达)(?:亿|万)?(?:元(?!旦)|吨|平方米|公里|美元|亩|千瓦)"
    r"|(?<![\d一二三四五六七八九十几数每])月日(?![均常报期])|(?<!\d)年月日|第[名位](?![列置])|(?<!最)前[名位](?=[,。])"
    r"|(?:共有?|(?<![贴邻附接靠])近|超过?|已有|仅有)(?:名|个(?!案|人|体|别|性|月|位)|家(?!庭|长|人|属|乡|具|里|园|电|居)|户(?!籍|口)|件|人次)(?=[\u4e00-\u9fff,。])|率达到?(?=[,。;])"
)


@cache
def _readings(character: str) -> frozenset[str]:
    """Every reading of a character without tones."""
    import pypinyin  # 90 ms to load, and only annotated texts need it

    (found,) = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)
    return frozenset(found)


def _plain(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.lower().replace("ɑ", "a").replace("ɡ", "g"))
    letters = letters.replace("u\u0308", "v")  # ü is written v where tones are not
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def pinyin_annotations(text: str) -> list[Span]:
    """Brackets that only say how the character before them is read: `產(chǎn)業(yè)`, but not `(Alibaba)` or `(GDP)`."""
    found = []
    for match in _ANNOTATION.finditer(text):
        syllable = _plain(match[1])
        readings = _readings(text[match.start() - 1])
        if syllable in readings or syllable.replace("v", "u") in readings:
            found.append(Span(*match.span()))
    return found


def invisible_characters(text: str) -> list[Span]:
    """Zero-width, direction and soft-hyphen characters."""
    return [Span(*match.span()) for match in _INVISIBLE.finditer(text)]


def markdown_marks(text: str) -> list[Span]:
    """Marks of Markdown: headings, emphasis, quotes, bullets, link targets, and the front matter; not disjoint."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    marks = [Span(0, start)] if front else []
    marks += [Span(*match.span()) for match in _MARKDOWN.finditer(text, start)]
    for match in _EMPHASIS.finditer(text, start):
        marks += [Span(match.start(), match.start() + 1), Span(match.end() - 1, match.end())]
    return marks


def digit_holes(text: str) -> list[Span]:
    """Places in readable text where a figure must have stood and is gone: `增长%`, `达亿元`, `月日`."""
    return [Span(*match.span()) for match in _HOLE.finditer(fold(text))]


def repaired(text: str) -> str:
    """A short text, such as a title, without annotations and invisible characters."""
    return without(text, disjoint([*pinyin_annotations(text), *invisible_characters(text)]))


def disjoint(spans: list[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.end > span.start:
            merged.append(span)
    return tuple(merged)
