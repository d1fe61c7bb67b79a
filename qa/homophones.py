"""Find characters that sound alike, as an input method offers one for the other.

Knows the readings of the characters of GB 2312. Does not know texts. Loaded only if a question may be misspelt.
"""

from __future__ import annotations

from functools import cache

from pypinyin import lazy_pinyin


def alike(character: str) -> tuple[str, ...]:
    """Return the other characters with the same syllable in any tone, in the order of GB 2312: everyday ones first."""
    return tuple(other for other in _by_syllable().get(lazy_pinyin(character)[0], ()) if other != character)


def characters_of(syllable: str) -> tuple[str, ...]:
    """Return the characters of a syllable without its tone; none if there is no such syllable."""
    return _by_syllable().get(syllable, ())


def sounds_in(word: str, text: str) -> bool:
    """Whether a text holds a word that sounds as this one and shares a character with it: 茶业 for 茶叶.

    >>> sounds_in("警点", "各景点接待游客"), sounds_in("经典", "各景点接待游客"), sounds_in("产值", "产量")
    (True, False, False)
    """
    readings = lazy_pinyin(word)
    places = (at - back for back, sign in enumerate(word) for at in range(len(text)) if text[at] == sign)
    pieces = {text[at : at + len(word)] for at in places if at >= 0}
    return any(len(piece) == len(word) and lazy_pinyin(piece) == readings for piece in pieces)


@cache
def _by_syllable() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for row in range(0xB0, 0xF8):  # GB 2312: two levels of Han characters
        for column in range(0xA1, 0xFF):
            if character := bytes((row, column)).decode("gb2312", "ignore"):
                groups.setdefault(lazy_pinyin(character)[0], []).append(character)
    return {syllable: tuple(characters) for syllable, characters in groups.items()}
