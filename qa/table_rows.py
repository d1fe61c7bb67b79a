"""Tell which cell of a table's row an answer is, where a row is written as `企业：青釉坊，产值8.4亿元，用工540人。`

Knows how index.reading.tables writes rows. Does not know how an answer was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTED = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")  # not inside 1,200
_CELL = re.compile(
    r"(?P<head>[^:,.。!?\d][^:,。!?\d]{0,23}):(?P<value>.*)|(?P<name>[^:,。!?\d]{1,24})(?P<figure>\d.*)", re.DOTALL
)
_EMPTY = "—"
_LEAST = 2  # cells of a row, and characters of a name


def cells_of(sentence: str) -> list[tuple[str, str]]:
    """Return (head, value) of each cell of a folded sentence that is a row; none for another sentence.

    >>> cells_of("企业:青釉坊,产值8.4亿元,用工1,200人。")
    [('企业', '青釉坊'), ('产值', '8.4亿元'), ('用工', '1,200人')]
    """
    matches = [_CELL.fullmatch(piece.strip()) for piece in _PARTED.split(sentence.strip().rstrip("。.;"))]
    cells = [
        (match["head"] or match["name"], match["value"] if match["head"] else match["figure"])
        for match in matches
        if match
    ]
    whole = len(cells) == len(matches) >= _LEAST
    # Running text may name a time and a figure in each clause; a row has a head with a colon.
    return (
        [(head.strip(), value.strip()) for head, value in cells]
        if whole and any(m and m["head"] for m in matches)
        else []
    )


def other_row(asked: str, sentence: str, lines: Iterable[str]) -> tuple[str, str]:
    """Return the name that a question asks for and that another row holds, and what this row has in its place.

    All is folded; ("", "") if the sentence is no row, or none of the `lines` around it that are rows of its table is
    meant.
    """
    own = cells_of(sentence)
    if not own:
        return "", ""
    values = dict(own)
    for line in lines:
        for head, value in cells_of(line):
            named = len(value) >= _LEAST and not re.search(r"^\d", value) and value in asked
            if (
                named
                and head in values
                and value not in sentence
                and not any(len(each) >= _LEAST and each in asked for name, each in own if name == head)
            ):
                return value, values[head]
    return "", ""


def other_cell(asked: str, sentence: str, piece: str) -> tuple[str, str]:
    """Return the head of a figure that a question asks for, and the head under which the answer stands instead.

    All is folded; ("", "") if the sentence is no row, or the answer stands where it is asked for.
    """
    own = cells_of(sentence)
    holding = [head for head, value in own if piece and piece in value]
    figures = [
        head
        for head, value in own
        if len(head) >= _LEAST and head in asked and (value == _EMPTY or re.match(r"\d", value)) and value not in asked
    ]
    if not holding or not figures or set(holding) & set(figures) or not re.match(r"\d", piece):
        return "", ""
    longest = max(figures, key=len)
    return longest, holding[0]
