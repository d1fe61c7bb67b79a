"""Read a question that is typed in pinyin as the words of the corpus: langu chaye chanzhi as 岚谷茶业产值.

Knows syllables, and which pairs of characters the corpus holds. Does not search: without a reading for every word the
question stays as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence

_TYPED = re.compile(r"[a-z' ]+(?:\?|？)?")
_LONGEST = 60  # characters of a question in pinyin
_LONGEST_WORD = 24  # letters
_MOST_READINGS = 4  # ways to cut a word into syllables
_UNJOINED = -6.0  # what two characters that never stand together cost
_KEPT = 12  # characters at each place that are followed on


def from_pinyin(text: str, frequency: Callable[[str], int]) -> str:
    """Return a question in pinyin in the characters of the corpus; "" if it is none or the corpus lacks a word.

    `frequency`: in how many passages a term stands.
    """
    typed = text.strip().lower()
    if len(typed) > _LONGEST or not _TYPED.fullmatch(typed):
        return ""
    words = re.findall(r"[a-z]+(?:'[a-z]+)*", typed)
    if any(len(word) > _LONGEST_WORD for word in words) or any(frequency(word) for word in words):
        return ""  # a word of another language, which the corpus holds, or no word
    written = [_written(word, frequency) for word in words]
    return "".join(written) if all(written) else ""


def is_pinyin(word: str) -> bool:
    """Whether a word of small letters can be cut into syllables of pinyin."""
    return len(word) <= _LONGEST_WORD and any(True for _ in _syllables(word))


def _written(word: str, frequency: Callable[[str], int]) -> str:
    """The likeliest characters of the corpus for one word in pinyin, "" for none."""
    readings = sorted(_syllables(word.replace("'", "")), key=len)[:_MOST_READINGS]
    scored = [each for syllables in readings if (each := _characters(syllables, frequency))]
    return max(scored)[1] if scored else ""


def _syllables(word: str) -> Iterator[tuple[str, ...]]:
    from qa.homophones import characters_of  # reads 6,763 characters, which most questions do not need

    if not word:
        yield ()
    for size in range(1, min(6, len(word)) + 1):
        if characters_of(word[:size]):
            yield from ((word[:size], *rest) for rest in _syllables(word[size:]))


def _characters(syllables: Sequence[str], frequency: Callable[[str], int]) -> tuple[float, str] | None:
    """The characters of these syllables whose pairs stand most often in the corpus, with their score."""
    from qa.homophones import characters_of

    paths = [(0.0, character, False) for character in characters_of(syllables[0]) if frequency(character)]
    for syllable in syllables[1:]:
        longer: list[tuple[float, str, bool]] = []
        for character in (each for each in characters_of(syllable) if frequency(each)):
            for score, path, joined in paths:
                count = frequency(path[-1] + character)
                if count:
                    longer.append((score + math.log1p(count), path + character, True))
                elif joined:  # a word ends before it, and this one must be joined to the next
                    longer.append((score + _UNJOINED, path + character, False))
        paths = sorted(longer, reverse=True)[:_KEPT]
    whole = [(score / len(path), path) for score, path, joined in paths if joined]
    return max(whole) if whole else None
