"""Put the pieces of text on a page in reading order: columns one after the other, tables as grids.

Knows geometry: rows, gutters between columns, cells that stand below one another. Does not know how a page was made
(a PDF, a picture), nor how the cells of a table are written (index.reading.tables).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.reading.aligned import aligned_table
from index.reading.pieces import Grid, Item, Line, Piece, joined_line, line_width, middle_of, rows_of
from index.reading.rulings import Ruling, ruled_cells
from index.reading.tables import Cell

_GUTTER = 0.9  # of a line's height: what parts two columns at least
_APART = 2.5  # of a line's height: more white between two lines ends a region
_COLUMNS = 4  # of running text beside one another
_COLUMN_LINES = 3
_COLUMN_WIDTH = 12  # half-width characters of a line of a column, on average
_FILLED = 0.5  # share of a column's lines that reach its right edge
_SHORT = 0.25  # of a column's width: a line that ends earlier does not reach its edge
_LETTERS_APART = 4.0  # of a line's height: characters of a headline that fills its line
_OTHER_SIZE = 1.25  # times the height: lines of a heading and of its text
_INDENT = 1.5  # of a line's height: the first line of a paragraph is moved in by two characters
_MOST = 3_000  # pieces; a page of text has a hundred lines
_LOOKS = 4  # at each block in search of columns and tables; a page of scattered words is left as it is


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of text, or a table with rulings, as a box."""

    item: Piece | Grid
    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class _Region:
    """Blocks in which the same stretches of white part left from right."""

    blocks: list[_Block] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)


def arranged(pieces: Sequence[Piece], rulings: Sequence[Ruling]) -> list[Item]:
    """Return the lines and tables of a page in reading order."""
    blocks, free = _with_ruled_tables(pieces, rulings)
    items, changed = _flow([*blocks, *map(_block, free)], [ruling for ruling in rulings if ruling.is_level])
    return items if blocks or changed else [*_lines_as_made(pieces)]


def _block(piece: Piece) -> _Block:
    return _Block(piece, piece.left, piece.bottom, piece.right, piece.top)


def _with_ruled_tables(pieces: Sequence[Piece], rulings: Sequence[Ruling]) -> tuple[list[_Block], list[Piece]]:
    """Return the tables that rulings show, and the pieces outside them."""
    blocks: list[_Block] = []
    free = list(pieces)
    for table in ruled_cells(rulings):
        inside: dict[int, list[Piece]] = {}
        outside = []
        for piece in free:
            number = table.cell_at((piece.left + piece.right) / 2, piece.middle)
            if number is None:
                outside.append(piece)
            else:
                inside.setdefault(number, []).append(piece)
        # A chart has cells without text, and a page in two columns may have a line around each.
        is_page = table.rows == 1 and max((len(rows_of(cell)) for cell in inside.values()), default=0) > 5
        if len(inside) < 2 or is_page or 4 * len(inside) < table.count:
            continue
        free = outside
        width = len(table.cells[0])
        made = {
            number: Cell(
                _cell_text(inside.get(number, []), whole=all(row.count(number) in (0, width) for row in table.cells))
            )
            for number in range(table.count)
        }
        cells = tuple(tuple(made[number] for number in row) for row in table.cells)
        grid = Grid(cells, tuple(table.xs), sure=True)
        blocks.append(_Block(grid, table.xs[0], table.ys[-1], table.xs[-1], table.ys[0]))
    return blocks, free


def _cell_text(pieces: Sequence[Piece], *, whole: bool) -> str:
    lines = [" ".join(piece.text.strip() for piece in row) for row in rows_of(pieces)]
    return "\n".join(lines) if whole else joined_line(lines)


def _flow(blocks: Sequence[_Block], rules: Sequence[Ruling], *, is_column: bool = False) -> tuple[list[Item], bool]:
    """Return the items of these blocks in reading order, and whether there is a table or a column among them."""
    column = (min(block.left for block in blocks), max(block.right for block in blocks)) if is_column else None
    waiting = sorted(blocks, key=lambda block: (-block.top, block.left))
    items: list[Item] = []
    loose: list[Piece] = []
    changed = False

    def write_loose(*, ends: bool = False) -> None:
        lines = [*_lines_as_made(loose, column)]
        if lines and ends:  # a heading over columns, or the paragraph before a table
            lines[-1] = replace(lines[-1], ends=True)
        items.extend(lines)
        loose.clear()

    place, looks = 0, _LOOKS * len(waiting) if len(waiting) < _MOST else 0
    while place < len(waiting):
        region = _grown(waiting, place) if looks > 0 else None
        looks -= len(region.blocks) if region else 1
        parts = _columns(region) if region else None
        pieces = [block.item for block in region.blocks if isinstance(block.item, Piece)] if region else []
        is_text = region is not None and parts is None and len(pieces) == len(region.blocks)
        grid = aligned_table(pieces, rules) if is_text else None
        if region and parts is not None:
            write_loose(ends=True)
            for part in parts:
                items += _flow(part, rules, is_column=True)[0]
            changed = True
        elif region and grid is not None:
            write_loose()
            items.append(grid)
            changed = True
        else:
            first = waiting[place]
            while True:  # the row of the first block: the region may begin below it
                block = waiting[place]
                place += 1
                if isinstance(block.item, Grid):
                    write_loose()
                    items.append(block.item)
                    changed = True
                else:
                    loose.append(block.item)
                if (
                    region is None
                    or place == len(waiting)
                    or waiting[place].top < first.bottom + _line_height(first) / 2
                ):
                    break
            continue
        place += len(region.blocks)
    write_loose()
    return items, changed


def _lines_as_made(pieces: Sequence[Piece], column: tuple[float, float] | None = None) -> Iterator[Line]:
    """Yield the lines in which the page's maker put these pieces, in the maker's order."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        before = rows[-1][-1] if rows else None
        level = before is not None and abs(before.middle - piece.middle) < 0.5 * piece.height
        if before and level and (before.line == piece.line or _is_spaced_out(before, piece)):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for number, row in enumerate(rows):
        below = rows[number + 1 : number + 3]
        row.sort(key=lambda piece: piece.left)
        text = "".join(piece.text if piece.text[-1:].isspace() else f"{piece.text} " for piece in row)
        is_full = row[-1].right > column[1] - _SHORT * (column[1] - column[0]) if column else None
        is_row = len(row) > 1 and bool(below) and len(below[0]) > 1  # of a table that is not sure to be one
        yield Line(text.rstrip(), is_row or _ends(row[0], [after[0] for after in below]), is_full)


def _is_spaced_out(before: Piece, piece: Piece) -> bool:
    """Return True if two single characters stand apart as in 开　闸　放　水."""
    single = len(before.text.strip()) == len(piece.text.strip()) == 1
    return single and 0 < piece.left - before.right < _LETTERS_APART * piece.height


def _ends(piece: Piece, following: Sequence[Piece]) -> bool:
    """Return True if a paragraph surely ends with the line that a piece begins."""
    if not following:
        return False
    after = following[0]
    if piece.size and after.size and max(piece.size, after.size) > _OTHER_SIZE * min(piece.size, after.size):
        return True
    indented = after.left - piece.left > _INDENT * after.height
    return indented and len(following) > 1 and after.left - following[1].left > _INDENT * after.height


def _grown(blocks: Sequence[_Block], first: int) -> _Region | None:
    """Return the longest run of blocks from the `first` on that the same white parts; None if there is none."""
    height = middle_of(_line_height(block) for block in blocks[first : first + 40])
    region = _Region([blocks[first]])
    covered = [(blocks[first].left, blocks[first].right)]
    lowest = blocks[first].bottom
    for block in blocks[first + 1 :]:
        if lowest - block.top > _APART * height:
            break
        place = bisect_right(covered, (block.left, float("inf"))) - 1
        if place >= 0 and block.right <= covered[place][1]:  # below what is there: most blocks of a page of figures
            if not region.gaps:
                break
            region.blocks.append(block)
            lowest = min(lowest, block.bottom)
            continue
        covered = _united(covered, (block.left, block.right))
        gaps = [(left[1], right[0]) for left, right in pairwise(covered) if right[0] - left[1] >= _GUTTER * height]
        if not gaps:
            break
        region.blocks.append(block)
        region.gaps = gaps
        lowest = min(lowest, block.bottom)
    return region if len(region.blocks) > 1 else None


def _line_height(block: _Block) -> float:
    return block.item.height if isinstance(block.item, Piece) else block.top - block.bottom


def _united(intervals: Sequence[tuple[float, float]], new: tuple[float, float]) -> list[tuple[float, float]]:
    """Return intervals that are sorted and apart, with a new one united with those that it touches."""
    start = bisect_left(intervals, new[0], key=lambda interval: interval[1])
    end = bisect_right(intervals, new[1], key=lambda interval: interval[0])
    touched = intervals[start:end]
    union = (min(new[0], touched[0][0]), max(new[1], touched[-1][1])) if touched else new
    return [*intervals[:start], union, *intervals[end:]]


def _columns(region: _Region) -> list[list[_Block]] | None:
    """Return the blocks of each column of running text; None if the region holds something else."""
    edges = [(left + right) / 2 for left, right in region.gaps]
    if len(edges) >= _COLUMNS:
        return None
    parts: list[list[_Block]] = [[] for _ in range(len(edges) + 1)]
    for block in region.blocks:
        parts[bisect_right(edges, (block.left + block.right) / 2)].append(block)
    return parts if all(map(_is_column, parts)) else None


def _is_column(blocks: Sequence[_Block]) -> bool:
    pieces = [block.item for block in blocks if isinstance(block.item, Piece)]
    if len(pieces) < len(blocks):  # a table of its own
        return True
    rows = rows_of(pieces)
    if len(rows) < _COLUMN_LINES:
        return False
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    full = sum(row[-1].right > right - _SHORT * (right - left) for row in rows[:-1])
    width = sum(line_width(piece.text) for piece in pieces) / len(rows)
    return full >= _FILLED * (len(rows) - 1) and width >= _COLUMN_WIDTH
