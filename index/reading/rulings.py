"""Find the cells of tables in the lines that are drawn on a page.

Knows lines only: which touch, which cells they part, which cells are merged. Does not know text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NEAR = 3.0  # points: lines that near touch, and positions that near are one
_MOST = 600  # lines; drawings and maps have more
_WIDEST, _LONGEST, _CELLS = 100, 600, 10_000  # columns, rows and places


@dataclass(frozen=True, slots=True, order=True)
class Ruling:
    """A level line at the height `at` from `start` to `end`, or an upright one at the distance `at` from the left."""

    is_level: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RuledTable:
    """Where rulings part columns (`xs`, rising) and rows (`ys`, falling), and the number of the cell in each place."""

    xs: list[float]
    ys: list[float]
    cells: list[list[int]]
    count: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.cells)

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the number of the cell at a point; None outside."""
        column = bisect_right(self.xs, x) - 1
        row = bisect_right([-at for at in self.ys], -y) - 1
        inside = 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1
        return self.cells[row][column] if inside else None


def ruled_cells(rulings: Sequence[Ruling]) -> Iterator[RuledTable]:
    """Yield each table of two cells and more that rulings draw, from the top."""
    lines = _united(rulings)
    if len(lines) > _MOST:
        return
    tables = [table for group in _groups(lines) if (table := _table(group))]
    yield from sorted(tables, key=lambda table: -table.ys[0])


def _united(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Return the rulings with pieces of one line joined; a thick line may be drawn as a box."""
    united: list[Ruling] = []
    for ruling in sorted(rulings):
        place = len(united) - 1
        while place >= 0 and _are_one_line(united[place], ruling) is False:
            place -= 1
        if place >= 0 and _are_one_line(united[place], ruling):
            other = united[place]
            united[place] = Ruling(other.is_level, other.at, min(other.start, ruling.start), max(other.end, ruling.end))
        else:
            united.append(ruling)
    return united


def _are_one_line(one: Ruling, other: Ruling) -> bool | None:
    """Return whether two lines are pieces of one; None if the second lies too far away for any before it as well."""
    if one.is_level != other.is_level or other.at - one.at > _NEAR:
        return None
    return other.start <= one.end + _NEAR and one.start <= other.end + _NEAR


def _groups(lines: Sequence[Ruling]) -> list[list[Ruling]]:
    """Return the lines in groups that touch."""
    group = list(range(len(lines)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for one, level in enumerate(lines):
        for other, upright in enumerate(lines):
            if level.is_level and not upright.is_level and _touch(level, upright):
                group[root(one)] = root(other)
    members: dict[int, list[Ruling]] = {}
    for number, line in enumerate(lines):
        members.setdefault(root(number), []).append(line)
    return list(members.values())


def _touch(level: Ruling, upright: Ruling) -> bool:
    return (
        level.start - _NEAR <= upright.at <= level.end + _NEAR
        and upright.start - _NEAR <= level.at <= upright.end + _NEAR
    )


def _table(lines: Sequence[Ruling]) -> RuledTable | None:
    levels = [line for line in lines if line.is_level]
    uprights = [line for line in lines if not line.is_level]
    if len(levels) < 2 or not uprights:
        return None
    # The outer lines may be missing: then the others end where they would stand.
    xs = _positions([line.at for line in uprights] + [end for line in levels for end in (line.start, line.end)])
    ys = _positions([line.at for line in levels] + [end for line in uprights for end in (line.start, line.end)])[::-1]
    if not 1 < len(xs) <= _WIDEST or not 1 < len(ys) <= _LONGEST:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns * rows > _CELLS:
        return None
    owner = list(range(columns * rows))
    upright_at = [[line for line in uprights if abs(line.at - x) <= _NEAR] for x in xs]
    level_at = [[line for line in levels if abs(line.at - y) <= _NEAR] for y in ys]

    def root(number: int) -> int:
        while owner[number] != number:
            number = owner[number]
        return number

    for row in range(rows):
        middle = (ys[row] + ys[row + 1]) / 2
        for column in range(columns):
            number = row * columns + column
            if column + 1 < columns and not _covers(upright_at[column + 1], middle):
                owner[root(number + 1)] = root(number)
            if row + 1 < rows and not _covers(level_at[row + 1], (xs[column] + xs[column + 1]) / 2):
                owner[root(number + columns)] = root(number)
    numbers: dict[int, int] = {}
    cells = [
        [numbers.setdefault(root(row * columns + column), len(numbers)) for column in range(columns)]
        for row in range(rows)
    ]
    return RuledTable(xs, ys, cells, len(numbers)) if len(numbers) > 1 else None


def _positions(values: Sequence[float]) -> list[float]:
    """Return the values, rising, without those that are near another."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def _covers(lines: Sequence[Ruling], place: float) -> bool:
    return any(line.start <= place <= line.end for line in lines)
