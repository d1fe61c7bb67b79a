"""What of an original is running text, and what inside it is damage: named repairs that only ever take away.

Knows pinyin annotations, invisible characters, Markdown marks, frame lines and lost digits. Alters nothing: every
result is a list of places in the original, so whatever is shown can be the original's own characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from functools import cache

from index.folding import fold
from index.frame import read_frame
from index.records import Cleaned, Span, without

_ANNOTATION = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff])[(（]\s?([A-Za-zÀ-ɏḀ-ỿɑɡ\u0300-\u036f]{1,9})\s?[)）]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe00-\ufe0f]+")
_MARKDOWN = re.compile(
    r"(?m)^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+|\*\*|__|`+|!?\[(?=[^\]\n]*\]\()|\]\([^)\n]*\)|(?<![\w*])\*(?=\S)|"
    r"(?<=\S)\*(?![\w*])"
)
_FRONT_MATTER = re.compile(r"\A---\r?\n.*?\r?\n---\r?\n", re.DOTALL)
# Matched against folded text. Each says a figure that is not there; "突破亿元" and "亿元以上" are good Chinese without one.
_HOLE = re.compile(
    r"(?<![\d零一二三四五六七八九十百千万几数之])%|(?:达到?|约|做到|升至|增至|降至|总投资|合计|累计|将达)(?:亿|"
    r"万)?(?:元|吨|平方米|公里|美元|亩|千瓦)"
    r"|(?<![\d一二三四五六七八九十几数])月日|(?<!\d)年月日|第[名位](?!列)|前[名位](?=[,。])"
    r"|(?:共有?|近|超过?|已有|仅有|达到?|引进|新增|拥有|完成)(?:名|个|家|项|户|套|台|件|条|人次)(?=[\u4e00-\u9fff,。])|率达到?(?=[,。;])"
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
    """Marks of Markdown: headings, emphasis, quotes, bullets, link targets, and the front matter."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    marks = [Span(*match.span()) for match in _MARKDOWN.finditer(text, start)]
    return [Span(0, start), *marks] if front else marks


def digit_holes(text: str) -> list[Span]:
    """Places in readable text where a figure must have stood and is gone: `增长%`, `达亿元`, `月日`."""
    return [Span(*match.span()) for match in _HOLE.finditer(fold(text))]


def repaired(text: str) -> str:
    """A short text, such as a title, without annotations and invisible characters."""
    return without(text, _disjoint([*pinyin_annotations(text), *invisible_characters(text)]))


def clean(text: str, *, markdown: bool = False, recurring: frozenset[str] = frozenset()) -> Cleaned:
    """Where running text stands in `text`, and what inside it is damage.

    `recurring`: keys of lines that stand at the edge of many articles of the corpus (see index.frame).
    """
    repairs: Counter[str] = Counter()
    removed: list[Span] = []
    for name, spans in (
        ("pinyin", pinyin_annotations(text)),
        ("invisible", invisible_characters(text)),
        ("markdown", markdown_marks(text) if markdown else []),
    ):
        repairs[name] += len(spans)
        removed += spans
    ordered = _disjoint(removed)

    frame = read_frame(text, recurring)
    blocks = []
    position = 0
    for span, kind in [*frame.outside, (Span(len(text), len(text)), "")]:
        if kind:
            repairs[kind] += 1
        start, end = _stripped(text, position, span.start)
        if start < end and any(character.isalnum() for character in text[start:end]):
            blocks.append(Span(start, end))
        position = span.end

    counted = tuple(sorted((name, n) for name, n in repairs.items() if n))
    cleaned = Cleaned(ordered, tuple(blocks), counted, 0)
    return replace(cleaned, digits_lost=len(digit_holes(running_text(text, cleaned))))


def running_text(text: str, cleaned: Cleaned) -> str:
    """The running text of an original without its damage, blocks on lines of their own."""
    return "\n".join(without(text[b.start : b.end], _inside(cleaned.removed, b)) for b in cleaned.blocks)


def _inside(removed: tuple[Span, ...], block: Span) -> tuple[Span, ...]:
    """The removed pieces that touch a block, as offsets in it."""
    touching = (s for s in removed if s.end > block.start and s.start < block.end)
    return tuple(Span(max(s.start, block.start) - block.start, min(s.end, block.end) - block.start) for s in touching)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _disjoint(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.end > span.start:
            merged.append(span)
    return tuple(merged)
