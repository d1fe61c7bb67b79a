"""Answer from the tables in the first passages: the cell where a row and a column of the question meet, or the extreme.

Knows rows and heads, and how a question names them. Does not know running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, without_spans
from index.store.terms import pairs
from index.text.folding import fold
from qa.answer import Answer, Computed, Evidence, Item
from qa.figure.tables import TableRow, cell_value, read_head, tables
from qa.kinds.asking import Answered
from qa.question import DATE, Question
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context
from qa.slots import Slots, slots_of

_HITS = 5
_CERTAIN = 0.9
_LEAST_ROWS = 2  # of a column to look for its extreme
_MOST = re.compile(r"最(?:高|大|多|长|远|贵|重|快|晚|强)")
_FEWEST = re.compile(r"最(?:低|小|少|短|近|便宜|轻|慢|早|弱)")
_WHICH = re.compile(r"哪一?[个家些条座项种所位]|哪几|谁|哪里|什么")
_IN_ALL = re.compile(r"合计|一共|总共|共计|总和|加起来|之和")
_FELL, _ROSE = re.compile(r"下降|减少|下滑|降低|负增长|降了|少了"), re.compile(r"增长|上升|增加|提高|涨了|多了")
_CHANGE = re.compile(r"增长|增减|同比|环比|比上年|增幅|降幅|涨跌")
_TIME_HEAD = re.compile(r"时间|日期|时刻|时$")
_UNIT = re.compile(r"\(([^()]{1,8})\)$")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a passage, folded and without its damage."""

    hit: Hit
    folded: str
    offsets: Sequence[int]  # of each character in the passage
    rows: Sequence[TableRow]

    def words(self, span: Span) -> str:
        """The folded text of a cell."""
        return self.folded[span.start : span.end]

    def evidence(self, row: TableRow, cell: Span) -> Evidence:
        """A cell as evidence, its row as the sentence."""
        start, end = self.offsets[cell.start], self.offsets[cell.end - 1] + 1
        return Evidence(self.hit.rank, Span(self.offsets[row.start], self.offsets[row.end - 1] + 1), Span(start, end))


def answer_from_tables(question: Question, hits: Sequence[Hit]) -> Answered | None:
    """Answer from a table of the first hits; None if none has what the question names."""
    slots: Slots | None = None
    for table in _tables(hits[:_HITS]):
        cells = _cells(question, table) or _extreme(question, table) or _signed(question, table)
        if cells is None:
            continue
        slots = slots or slots_of(question)
        if not _is_about(slots, table, cells):
            continue
        return Answered(_answer(table, cells), tuple(hits))
    return None


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells that answer, each with its row; `computed` if they are the parts of a value."""

    cells: tuple[tuple[TableRow, Span], ...]
    kind: str = ""
    computed: tuple[str, float, str, tuple[tuple[TableRow, Span], ...]] | None = None


def _tables(hits: Sequence[Hit]) -> Iterator[_Table]:
    for hit in hits:
        passage = hit.stored.passage
        if not re.search(r"[|\t]|,[^,\n]*,", fold(passage.text)):
            continue
        folded = fold(without_spans(passage.text, passage.removed))
        offsets = offsets_without(len(passage.text), passage.removed)
        for rows in tables(folded):
            yield _Table(hit, folded, offsets, rows)


def _cells(question: Question, table: _Table) -> _Cells | None:
    """The cell where the row and the column that a question names meet; several if rows of that name differ."""
    named = [row for row in table.rows[1:] if _row_name(question, table, row)]
    if not named:
        return None
    longest = max(len(_row_name(question, table, row)) for row in named)
    named = [row for row in named if len(_row_name(question, table, row)) == longest]
    column = _column(question, table, _row_name(question, table, named[0]))
    if column is None:
        return None
    cells = tuple((row, row.cells[column]) for row in named if row.cells[column].end > row.cells[column].start)
    values = {table.words(cell) for _, cell in cells}
    return _Cells(cells[:1] if len(values) == 1 else cells) if cells else None


def _row_name(question: Question, table: _Table, row: TableRow) -> str:
    """The longest cell of a row, of words or a code, that the question names; "" if it names none."""
    names = [table.words(cell) for cell in row.cells]
    known = [each for each in names if len(each) > 1 and re.search(r"[^\W\d]", each) and each in question.folded]
    return max(known, key=len, default="")


def _column(question: Question, table: _Table, row: str = "") -> int | None:
    """The column whose head a question names; of two of one name, the one behind another head that it names."""
    asked = question.folded.replace(row, " ") if row else question.folded
    heads = [read_head(table.words(cell))[0] for cell in table.rows[0].cells]
    named = [number for number, head in enumerate(heads) if number and len(head) > 1 and head in asked]
    if not named:
        if question.wants == DATE:
            return next((n for n, head in enumerate(heads) if _TIME_HEAD.search(head) and head[:2] in asked), None)
        named = [number for number, head in enumerate(heads) if number and _mostly(head, asked)]
        return named[0] if len(named) == 1 else None
    last = max(named, key=lambda number: (asked.find(heads[number]), len(heads[number])))
    before = [number for number in named if heads[number] != heads[last]]
    if before and heads.count(heads[last]) > 1:
        return next((number for number in named if heads[number] == heads[last] and number > before[-1]), None)
    return last if heads.count(heads[last]) == 1 else None


def _mostly(head: str, asked: str) -> bool:
    """Whether more than half of the pairs of a head stand in the question."""
    of_head = pairs(head)
    return bool(of_head) and sum(pair in asked for pair in of_head) > len(of_head) / 2


def _figures(table: _Table, column: int) -> list[tuple[TableRow, Span, float, str]]:
    """The figures of a column with their rows; a line of totals is none."""
    _, scale, unit = read_head(table.words(table.rows[0].cells[column]))
    figures = []
    for row in table.rows[1:]:
        read = cell_value(table.words(row.cells[column]), scale, unit)
        if read and not re.search(r"合计|总计|全[省市县区]", table.words(row.cells[0])):
            figures.append((row, row.cells[column], read[0], read[2]))
    return figures


def _extreme(question: Question, table: _Table) -> _Cells | None:
    """The name of the row with the most or the least of a column, or the sum of a column."""
    most, fewest, summed = (each.search(question.folded) for each in (_MOST, _FEWEST, _IN_ALL))
    if not (most or fewest or summed):
        return None
    column = _column(question, table)
    figures = _figures(table, column) if column is not None else []
    if len(figures) < _LEAST_ROWS or len({unit for *_, unit in figures}) > 1:
        return None
    parts = tuple((row, cell) for row, cell, *_ in figures)
    _, scale, unit = read_head(table.words(table.rows[0].cells[column or 0]))
    written = _UNIT.search(table.words(table.rows[0].cells[column or 0]))
    unit = written[1] if written else unit
    if not (most or fewest):
        total = round(sum(value for *_, value, _ in figures) / scale, 6)
        return _Cells((), "sum", ("sum", total, unit, parts))
    if not _WHICH.search(question.folded):
        return None
    best = (max if most else min)(figures, key=lambda each: each[2])
    if sum(each[2] == best[2] for each in figures) > 1:
        return None
    return _Cells(((best[0], best[0].cells[0]),), "compare", ("compare", round(best[2] / scale, 6), unit, parts))


def _signed(question: Question, table: _Table) -> _Cells | None:
    """The names of the rows whose change is a fall, or a rise."""
    fell, rose = _FELL.search(question.folded), _ROSE.search(question.folded)
    if not (fell or rose) or not _WHICH.search(question.folded) or _column(question, table) is None:
        return None
    heads = [table.words(cell) for cell in table.rows[0].cells]
    changes = [number for number, head in enumerate(heads) if _CHANGE.search(head)]
    if len(changes) != 1:
        return None
    figures = _figures(table, changes[0])
    rows = [row for row, _, value, _ in figures if (value < 0 if fell else value > 0)]
    return _Cells(tuple((row, row.cells[0]) for row in rows), "list" if len(rows) > 1 else "name") if rows else None


def _is_about(slots: Slots, table: _Table, cells: _Cells) -> bool:
    """Whether the table and its article meet what else the question names, such as a year or a town."""
    article = table.hit.stored.article
    first = table.rows[0]
    rows = [row for row, _ in cells.cells] or list(table.rows[1:])
    around = table.folded[: first.start]
    text = " ".join(table.words(Span(row.start, row.end)) for row in (first, *rows))
    piece = f"{table.words(cells.cells[0][1])}{_unit_of(table, cells.cells[0][1])}" if cells.cells else ""
    context = Context(piece, text, (around,), fold(article.title), article.date, fold(article.text[:300]))
    return not any(each.slot != "unit" or (piece and not cells.computed) for each in missing(slots, context))


def _unit_of(table: _Table, cell: Span) -> str:
    """The unit in the brackets of the head above a cell, "" without one."""
    for row in table.rows[1:]:
        for number, each in enumerate(row.cells):
            if each == cell:
                written = _UNIT.search(table.words(table.rows[0].cells[number]))
                return written[1] if written else ""
    return ""


def _answer(table: _Table, cells: _Cells) -> Answer:
    text = table.hit.stored.passage.text
    places = [table.evidence(row, cell) for row, cell in cells.cells]
    items = [_item(text, place) for place in places] if len(places) > 1 else []
    computed = None
    if cells.computed:
        operation, value, unit, parts = cells.computed
        items = [_item(text, table.evidence(row, cell)) for row, cell in parts]
        computed = Computed(operation, value, unit, tuple(items))
    if not places:
        return Answer("", "", _CERTAIN, "", None, kind=cells.kind, items=tuple(items), computed=computed)
    first = places[0]
    return Answer(
        text[first.span.start : first.span.end],
        text[first.sentence.start : first.sentence.end],
        _CERTAIN,
        "",
        first,
        kind=cells.kind,
        items=tuple(items),
        computed=computed,
    )


def _item(text: str, place: Evidence) -> Item:
    return Item(text[place.span.start : place.span.end], place.passage, place.span)
