"""A row of a table tells of itself only, and a cell of its head: another row's figure is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.tables import Cell, table_lines
from index.text.folding import fold
from qa.question import understand
from qa.slot_check import missing
from qa.slot_context import Context
from qa.slots import slots_of
from qa.table_rows import cells_of

_HEADS = ("行业", "企业", "产值（亿元）", "税收（万元）", "用工（人）")
_ROWS = (
    ("陶瓷", "青釉坊", "8.4", "2050", "540"),
    ("陶瓷", "白泥窑", "", "960", "1,310"),
    ("锂盐", "远岭锂业", "41.5", "", "1200"),
)
_LINES = tuple(fold(line) for line in table_lines([[Cell(text) for text in row] for row in (_HEADS, *_ROWS)]))


def _unmet(question, row, piece):
    context = Context(fold(piece), _LINES[row], (), "企业产值", "", lines=_LINES)
    return [(each.slot, each.asked, each.instead) for each in missing(slots_of(understand(question)), context)]


@pytest.mark.parametrize(
    ("question", "row", "piece"),
    [
        ("青釉坊产值多少", 0, "8.4亿元"),
        ("青釉坊属于什么行业", 0, "陶瓷"),
        ("白泥窑税收多少", 1, "960万元"),
        ("白泥窑用工多少人", 1, "1,310人"),
        ("产值41.5亿元的企业用工多少", 2, "1200人"),
        ("哪家企业产值41.5亿元", 2, "远岭锂业"),
        ("陶瓷行业的青釉坊产值多少", 0, "8.4亿元"),
    ],
)
def test_the_cell_that_is_asked_for_is_an_answer(question, row, piece):
    assert _unmet(question, row, piece) == []


@pytest.mark.parametrize(
    ("question", "row", "piece", "unmet"),
    [
        ("白泥窑产值多少", 0, "8.4亿元", ("subject", "白泥窑", "青釉坊")),
        ("白泥窑产值多少", 2, "41.5亿元", ("subject", "白泥窑", "远岭锂业")),
        ("白泥窑产值多少", 1, "960万元", ("indicator", "产值", "税收")),
        ("远岭锂业税收多少", 2, "41.5亿元", ("indicator", "税收", "产值")),
        ("远岭锂业税收多少", 0, "2050万元", ("subject", "远岭锂业", "青釉坊")),
    ],
)
def test_the_cell_of_another_row_or_head_is_none(question, row, piece, unmet):
    assert unmet in _unmet(question, row, piece)


def test_running_text_is_no_row():
    for text in ("青釉坊产值8.4亿元,用工540人。", "他说:好,不去了。", "上半年,产值8.4亿元。", ""):
        assert cells_of(text) == []


@given(
    st.lists(st.tuples(st.sampled_from(["8.4", "1,200", "12", ""]), st.sampled_from(["青釉坊", "白泥窑"])), min_size=2)
)
def test_every_row_that_is_written_is_read_again(rows):
    grid = [
        [Cell("企业"), Cell("产值（亿元）"), Cell("用工")],
        *([Cell(name), Cell(value), Cell("540")] for value, name in rows),
    ]
    for line, (value, name) in zip(table_lines(grid), rows, strict=True):
        figure = f"{value}亿元" if value else "—"
        assert cells_of(fold(line)) == [("企业", name), ("产值", figure), ("用工", "540")]
