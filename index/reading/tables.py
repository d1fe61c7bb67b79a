"""Write a table as lines that say each cell with its head: `企业：青釉坊，产值8.4亿元，用工540人。`

Knows heads, units, merged and empty cells. Does not know formats: a reader of a format makes the grid.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_WIDEST = 200  # columns; a page may claim any number
_HEAD = 24  # characters of a head; longer cells are text
_LONG = 60  # characters; a row with a longer cell is written as a line for each cell
_HEAD_ROWS = 3
_FIGURE = re.compile(r"\s*[-+−－]?[\d０-９][\d０-９,，.．]*\s*[%％]?\s*")
_NOTED = re.compile(rf"(?P<figure>{_FIGURE.pattern})(?P<note>\[[^\[\]]{{1,6}}\])")
_YEAR = re.compile(r"(?:19|20)\d\d\s*年?|\d{1,2}月|第?[一二三四]季度|[上下]半年")
_UNIT = re.compile(
    r"(?P<name>.*\S)\s*(?:[（(\[](?P<unit>[^（()）\[\]\d]{1,8})[)）\]]|[/／](?P<after>[^/／（()）\[\]\d]{1,5}))"
)
_MEASURE = re.compile(
    r"[元吨亩人户个%％‰里米顷度台辆件次倍天家只头株套张册座所处份瓦斤升时分秒岁名篇项条名位]$|[万亿千百十]$|^[a-zA-Zμ°℃㎡㎥/²³]{1,6}$|百分点"
)
_STOP = re.compile("[。！？；!?;\n]")
_MISSING = "—"  # what stands for an empty cell


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell. A merged cell stands in each of its places of the grid as the same object."""

    text: str
    is_head: bool = False
    columns: int = 1
    rows: int = 1


def expanded(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return the grid of rows whose cells state how many columns and rows they cover, as HTML has them."""
    grid: list[list[Cell]] = []
    below: dict[int, tuple[Cell, int]] = {}  # column → the cell that covers it, and in how many rows more
    for row in rows:
        line: list[Cell] = []
        waiting = deque(row)
        while waiting or len(line) in below:
            place = len(line)
            if place in below:
                cell, left = below.pop(place)
                if left > 1:
                    below[place] = (cell, left - 1)
                line.append(cell)
                continue
            cell = waiting.popleft()
            for column in range(place, max(min(place + cell.columns, _WIDEST), place + 1)):
                line.append(cell)
                if cell.rows > 1:
                    below[column] = (cell, min(cell.rows, len(rows)) - 1)
        grid.append(line)
    return grid


def table_lines(grid: Sequence[Sequence[Cell]], *, sure: bool = True) -> list[str]:
    """Return the lines of a table. `sure` is False where a grid may only lay out a page: heads must then show."""
    rows = [row for row in grid if any(cell.text.strip() for cell in row)]
    width = max((len(row) for row in rows), default=0)
    titles = _titles(rows)
    lines = [line for row in rows[:titles] for line in _lines(next(cell.text for cell in row if cell.text.strip()))]
    rows = rows[titles:]
    heads, count = _heads(rows, width, sure=sure)
    if not heads:
        return lines + [line for row in rows for line in _plain_row(row)]
    for row in rows[count:]:
        # A cell too many, as of 1,300.5 without quotes, puts all behind it under the wrong heads.
        lines += _plain_row(row) if _reach(row) > len(heads) else _row(row[: len(heads)], heads)
    return lines


def has_heads(grid: Sequence[Sequence[Cell]]) -> bool:
    """Return True if a grid that may only lay out a page is surely a table with heads."""
    rows = [row for row in grid if any(cell.text.strip() for cell in row)]
    rows = rows[_titles(rows) :]
    return bool(_heads(rows, max((len(row) for row in rows), default=0), sure=False)[0])


def wider_than_heads(grid: Sequence[Sequence[Cell]]) -> dict[int, int]:
    """Return place → how many cells too many, for the rows of a table that have more cells than its heads."""
    rows = [row for row in grid if any(cell.text.strip() for cell in row)]
    rows = rows[_titles(rows) :]
    heads, _ = _heads(rows, max((len(row) for row in rows), default=0), sure=False)
    return {i: more for i, row in enumerate(grid) if heads and (more := _reach(row) - len(heads)) > 0}


def _reach(row: Sequence[Cell]) -> int:
    """Return how many cells a row has, without empty ones at its end."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].text.strip()), 0)


def _titles(rows: Sequence[Sequence[Cell]]) -> int:
    """Return how many rows above the heads hold one cell only, perhaps merged."""
    alone = (len({id(cell) for cell in row if cell.text.strip()}) == 1 for row in rows)
    return next((place for place, is_alone in enumerate(alone) if not is_alone), len(rows))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _heads(rows: Sequence[Sequence[Cell]], width: int, *, sure: bool) -> tuple[list[str], int]:
    """Return the head of each column, and of how many rows they are; no heads if the first row holds none."""
    if len(rows) < 2 or width < 2:
        return [], 0
    count = 1
    while count < min(_HEAD_ROWS, len(rows) - 1) and _goes_on(rows[count - 1], rows[count]):
        count += 1
    top, body = rows[:count], rows[count:]
    width = min(width, max(len(row) for row in top))
    if width < 2:
        return [], 0
    names = [_joined([row[i].text for row in top if i < len(row)]) for i in range(width)]
    marked = all(cell.is_head for row in top for cell in row if cell.text.strip())
    if not marked and not _look_like_heads(names):
        return [], 0
    figures = [
        i for i in range(1, width) if any(i < len(row) and _FIGURE.fullmatch(_noted(row[i].text)[0]) for row in body)
    ]
    filled = sum(bool(name) for name in names)
    if width == 2 and not (marked and figures) and not (figures and _measured(names[1])[1]):
        return [], 0  # a name and its value say all
    if filled < 2 or not (marked or figures or (sure and filled == width > 2 and _is_uniform(rows, width))):
        return [], 0
    return names, count


def _goes_on(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Return True if the second of two rows names parts of the merged heads in the first."""
    if any(_FIGURE.fullmatch(cell.text) and not _YEAR.fullmatch(cell.text.strip()) for cell in below):
        return False
    wide = [i for i in range(len(above) - 1) if above[i] is above[i + 1] and above[i].text.strip()]
    return any(i + 1 < len(below) and below[i] is not below[i + 1] and below[i] is not above[i] for i in wide)


def _joined(parts: Sequence[str]) -> str:
    """Return the head of a column below a merged head: `产值（亿元）` over `2023年` gives `2023年产值（亿元）`."""
    names = list(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
    dates = [name for name in names if _YEAR.fullmatch(name)]
    others = [name for name in names if name not in dates]
    units = [match for name in others[:-1] if (match := _UNIT.fullmatch(name))]
    if units and len(others) > 1:  # the unit goes to the end
        first = units[0]
        others = [first["name"] if name == first.string else name for name in others]
        others[-1] += f"（{first['unit'] or first['after']}）"
    return "".join([*dates, *others])


def _look_like_heads(names: Sequence[str]) -> bool:
    filled = [name for name in names if name]
    # The first head may be empty: the names of the rows stand below it.
    return len(filled) >= max(2, len(names) - 1) and all(
        len(name) <= _HEAD and not (_FIGURE.fullmatch(name) and not _YEAR.fullmatch(name)) and not _STOP.search(name)
        for name in filled
    )


def _is_uniform(rows: Sequence[Sequence[Cell]], width: int) -> bool:
    """Return True if all rows have as many cells and no value of a column stands in its head as well."""
    values = [{row[i].text for row in rows[1:] if i < len(row)} for i in range(width)]
    return all(len(row) == width for row in rows) and not any(rows[0][i].text in values[i] for i in range(width))


def _row(row: Sequence[Cell], heads: Sequence[str]) -> list[str]:
    filled = [cell for cell in row if cell.text.strip()]
    if len({id(cell) for cell in filled}) == 1 and (len(row) == 1 or row[0] is row[-1] or len(heads) > 2):
        return _lines(filled[0].text)  # a heading between the rows, or a remark below them
    pieces: list[str] = []
    for i, cell in enumerate(row):
        if i and cell is row[i - 1]:  # merged over columns: once
            continue
        head = heads[i] if i < len(heads) else ""
        pieces.append(_piece(head, " ".join(cell.text.split())))
    if any(len(piece) > _LONG + _HEAD or _STOP.search(piece) for piece in pieces):
        return pieces
    return ["，".join(pieces) + "。"]


def _piece(head: str, value: str) -> str:
    """Return a cell with its head, and the unit of the head at its figure."""
    head = head.rstrip("：: ")
    if not head:
        return value or _MISSING
    name, unit = _measured(head)
    figure, note = _noted(value)
    if unit and _FIGURE.fullmatch(figure):
        return f"{name}{figure.rstrip('%％ ') if unit in '%％' else figure}{unit}{note}"
    return f"{name}：{value or _MISSING}"


def _noted(value: str) -> tuple[str, str]:
    """Return a figure and the mark of a note behind it, `8.4` and `[1]`; a value without a mark as it is."""
    match = _NOTED.fullmatch(value)
    return (match["figure"], match["note"]) if match else (value, "")


def _measured(head: str) -> tuple[str, str]:
    """Return a head without its unit, and the unit; "" if it has none."""
    match = _UNIT.fullmatch(head)
    unit = (match["unit"] or match["after"]).strip() if match else ""
    return (match["name"], unit.removeprefix("单位：")) if match and _MEASURE.search(unit) else (head, "")


def _plain_row(row: Sequence[Cell]) -> list[str]:
    """Return a row without heads: `产值：30亿元` for a name and its value, ` | ` between more."""
    cells = [cell for i, cell in enumerate(row) if not i or cell is not row[i - 1]]
    filled = [cell for cell in cells if cell.text.strip()]
    if len(filled) == 1:
        return _lines(filled[0].text)  # a table that only lays out the page
    texts = [" ".join(cell.text.split()) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) == 2:
        return [f"{texts[0].rstrip('：:')}：{texts[1]}"] if texts[0] else [texts[1]]
    return [" | ".join(text or _MISSING for text in texts)] if texts else []
