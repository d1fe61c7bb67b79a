"""Find a table whose cells only stand below one another: no rulings part them.

Knows columns of white and heads over figures. Where heads do not show, or it is not sure which is whose, there is no
table. Does not know where on a page to look (index.reading.layout).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from index.reading.pieces import Grid, Piece, joined_line, middle_of, rows_of
from index.reading.rulings import Ruling
from index.reading.tables import Cell, has_heads

_SELDOM = 0.3  # share of a table's rows in which something may lie between two of its columns
_ROWS = 3  # of a table without rulings: heads and two more
_RULE_LENGTH = 0.6  # of a table's width
_GAP = 0.45  # of a line's height: the least white between two columns


def aligned_table(pieces: Sequence[Piece], rules: Sequence[Ruling]) -> Grid | None:
    """Return the table whose cells stand below one another; None if they show no heads and figures."""
    rows = rows_of(pieces)
    if len(rows) < _ROWS:
        return None
    edges = _free_columns(rows, pieces)
    if not edges:
        return None
    heads_of = [bisect_right(edges, piece.left + 0.1 * piece.height) for piece in rows[0]]
    if len(set(heads_of)) < len(heads_of):  # two heads over one column: which is whose is not sure
        return None
    head = _head_bottom(pieces, rules)
    grid: list[list[Cell]] = []
    bottom = float("inf")
    for row in rows:
        line = _cells_of_row(row, edges, is_head=row[0].middle > head)
        height = max(piece.height for piece in row)
        if grid and _goes_on(grid[-1], line) and bottom - max(piece.top for piece in row) < 0.6 * height:
            grid[-1] = [_below(above, cell) for above, cell in zip(grid[-1], line, strict=True)]
        else:
            grid.append(line)
        bottom = min(piece.bottom for piece in row)
    _spread_heads(grid)
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    several = sum(len({id(cell) for cell in line if cell.text}) > 1 for line in grid)
    if 2 * several < len(grid) + 1 or not has_heads(grid):
        return None
    return Grid(tuple(map(tuple, grid)), (left, *edges, right))


def _free_columns(rows: Sequence[Sequence[Piece]], pieces: Sequence[Piece]) -> list[float]:
    """Return where columns part: in most rows nothing lies there, and something at both sides of it."""
    parted = [row for row in rows if len(row) > 1]
    if len(parted) < 2:
        return []
    # Where pieces begin and end, and where the white between the first and the last piece of a row does.
    changes: list[tuple[float, int, int]] = []
    for row in parted:
        changes += [(piece.left, 1, 0) for piece in row] + [(piece.right, -1, 0) for piece in row]
        if row[0].right < row[-1].left:
            changes += [(row[0].right, 0, 1), (row[-1].left, 0, -1)]
    edges: list[float] = []
    least = _GAP * middle_of(piece.height for piece in pieces)
    inside = between = 0
    begun: float | None = None
    for place, piece_change, row_change in sorted(changes):
        inside, between = inside + piece_change, between + row_change
        if inside <= _SELDOM * len(parted) and between:
            begun = place if begun is None else begun
        elif begun is not None:
            if place - begun >= least:
                edges.append((begun + place) / 2)
            begun = None
    return edges


def _head_bottom(pieces: Sequence[Piece], rules: Sequence[Ruling]) -> float:
    """Return where the heads end if rulings lie above and below them, as in a table of three rulings; else infinity."""
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    bottom, top = min(piece.bottom for piece in pieces), max(piece.top for piece in pieces)
    height = middle_of(piece.height for piece in pieces)
    long = sorted(
        (
            ruling.at
            for ruling in rules
            if min(ruling.end, right) - max(ruling.start, left) >= _RULE_LENGTH * (right - left)
            and bottom - 2 * height < ruling.at < top + 2 * height
        ),
        reverse=True,
    )
    apart = [at for place, at in enumerate(long) if not place or long[place - 1] - at > height / 2]
    return apart[1] if 2 < len(apart) < 5 and any(piece.middle > apart[1] for piece in pieces) else float("inf")


def _cells_of_row(row: Sequence[Piece], edges: Sequence[float], *, is_head: bool) -> list[Cell]:
    """Return the cells of a row; a piece over several columns is a merged cell."""
    texts: list[list[Piece]] = [[] for _ in range(len(edges) + 1)]
    merged: dict[int, int] = {}
    for piece in row:
        first = bisect_right(edges, piece.left + 0.1 * piece.height)
        last = max(first, bisect_right(edges, piece.right - 0.1 * piece.height))
        texts[first].append(piece)
        for place in range(first + 1, last + 1):
            merged[place] = first
    made = [Cell(" ".join(piece.text.strip() for piece in part), is_head) for part in texts]
    return [made[place] if texts[place] else made[merged.get(place, place)] for place in range(len(made))]


def _spread_heads(grid: list[list[Cell]]) -> None:
    """Make a head the merged cell of the heads below it: 产值 over 2022年 and 2023年, wherever it stands above them."""
    above, below = grid[0], grid[1] if len(grid) > 1 else []
    if any(any(map(str.isdigit, cell.text)) for cell in above):
        return
    place = 0
    while place < len(below):
        end = place
        while end < len(below) and below[end].text:
            end += 1
        heads = {id(cell): cell for cell in above[place:end] if cell.text}
        if end - place > 1 and len(heads) == 1:
            above[place:end] = list(heads.values()) * (end - place)
        place = max(end, place + 1)


def _goes_on(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Return True if a row is the second line of the cells above it."""
    filled = [place for place, cell in enumerate(below) if cell.text]
    return (
        not below[0].text
        and 2 * len(filled) <= len(below)
        and all(above[place].text and not any(map(str.isdigit, below[place].text)) for place in filled)
    )


def _below(above: Cell, cell: Cell) -> Cell:
    return Cell(joined_line([above.text, cell.text]), above.is_head) if cell.text else above
