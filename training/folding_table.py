"""Makes index/assets/folding.txt: which character stands for which when text is searched.

Knows OpenCC's conversions and Unicode's compatibility forms. Does not know how the table is used.

    python -m training.folding_table

Characters that any of OpenCC's conversions, or NFKC with lower case, maps onto one another form one class; the class
is represented by its simplified form. Only one-to-one pairs are kept, so folding never changes a text's length.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import opencc

from index.text.radicals import RADICALS

TABLE = Path(__file__).parents[1] / "index" / "assets" / "folding.txt"
_CONVERSIONS = ("t2s", "tw2s", "hk2s", "jp2t", "s2t", "s2tw", "s2hk", "t2tw", "t2hk")
# Everything but ASCII, surrogates and the astral planes without Han characters.
_RANGES = (
    range(0x41, 0x5B),
    range(0x80, 0xD800),
    range(0xE000, 0xFFFE),
    range(0x1D400, 0x1D800),
    range(0x1F100, 0x1F200),
    range(0x20000, 0x323B0),
)


def _is_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def folding_pairs() -> list[tuple[str, str]]:
    """(character, its search form), sorted by character; characters that stand for themselves are left out."""
    converters = {name: opencc.OpenCC(name) for name in _CONVERSIONS}
    parent: dict[str, str] = {}

    def root(character: str) -> str:
        while character in parent:
            character = parent[character]
        return character

    members: set[str] = set()
    for character in (chr(code) for codes in _RANGES for code in codes):
        alike = {unicodedata.normalize("NFKC", character).lower(), character.lower()}
        alike.add(RADICALS.get(ord(character), character))
        if unicodedata.category(character) == "Lo":
            for name, converter in converters.items():
                other = converter.convert(character)
                # A Japanese form leads to the traditional one; only then is it comparable.
                alike.add(converters["t2s"].convert(other) if name == "jp2t" else other)
        for other in sorted(alike):
            if len(other) == 1 and other != character:
                members |= {character, other}
                if root(character) != root(other):
                    parent[root(character)] = root(other)

    classes: dict[str, list[str]] = {}
    for character in sorted(members):
        classes.setdefault(root(character), []).append(character)
    pairs = []
    for alike_characters in classes.values():
        # Simplified before traditional, everyday (GB2312) before rare, lower case before capitals, low code first.
        best = min(
            alike_characters,
            key=lambda c: (
                converters["t2s"].convert(c) != c,
                not c.isascii(),
                not _is_gb2312(c),
                c.lower() != c,
                unicodedata.normalize("NFKC", c) != c,
                c,
            ),
        )
        pairs += [(c, best) for c in alike_characters if c != best]
    return sorted(pairs)


def main() -> None:
    """Writes the table: first line the characters, second line what each is searched as."""
    pairs = folding_pairs()
    TABLE.write_text(
        "".join(a for a, _ in pairs) + "\n" + "".join(b for _, b in pairs) + "\n", encoding="utf-8", newline="\n"
    )
    sys.stdout.write(f"{TABLE.name}: {len(pairs)} characters\n")


if __name__ == "__main__":
    main()
