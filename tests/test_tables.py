"""Tables become lines in which each cell stands with its head; merged and empty cells keep their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.tables import Cell, expanded, table_lines


def _grid(*rows):
    return [[Cell(text) for text in row] for row in rows]


_HEADS = ("行业", "企业", "产值（亿元）", "用工（人）")


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            [_HEADS, ("陶瓷", "青釉坊", "8.4", "540"), ("锂盐", "远岭锂业", "", "1,200")],
            [
                "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
                "行业：锂盐，企业：远岭锂业，产值：—，用工1,200人。",
            ],
        ),
        ([("县", "产量（万吨）"), ("渝溪", "7.9"), ("白泥", "")], ["县：渝溪，产量7.9万吨。", "县：白泥，产量：—。"]),
        ([("指标", "数值"), ("产值", "30亿元")], ["指标：数值", "产值：30亿元"]),
        ([("产值：", "30亿元"), ("用工", "540人")], ["产值：30亿元", "用工：540人"]),
        ([("", "2022年", "2023年"), ("产值", "30", "32")], ["产值，2022年：30，2023年：32。"]),
        (
            [("姓名", "职务", "电话"), ("言小满", "主任", "—"), ("方可", "干事", "")],
            ["姓名：言小满，职务：主任，电话：—。", "姓名：方可，职务：干事，电话：—。"],
        ),
        ([("企业", "增速(%)", "产值/万元"), ("青釉坊", "7.1%", "8")], ["企业：青釉坊，增速7.1%，产值8万元。"]),
        (
            [("企业（简称）", "电量（kWh）", "状况（吨）"), ("青釉", "8", "停产")],
            ["企业（简称）：青釉，电量8kWh，状况：停产。"],
        ),
        (
            [("县", "租金（元/亩）", "水价（元/立方米）", "单产[公斤/亩]"), ("渝溪", "800", "2.4", "512")],
            ["县：渝溪，租金800元/亩，水价2.4元/立方米，单产512公斤/亩。"],
        ),
        (
            [("县", "人口密度（人/平方公里）", "产量/吨"), ("渝溪", "96", "7")],
            ["县：渝溪，人口密度96人/平方公里，产量7吨。"],
        ),
        ([("甲", "乙", "丙")], ["甲 | 乙 | 丙"]),
        ([("1", "2", "3"), ("4", "", "6")], ["1 | 2 | 3", "4 | — | 6"]),
        ([("只有一格", "")], ["只有一格"]),
        ([("", "")], []),
        ([], []),
    ],
)
def test_rows_with_their_heads(rows, lines):
    assert table_lines(_grid(*rows)) == lines


def test_merged_cells_count_in_each_of_their_rows():
    ceramics, title, note = Cell("陶瓷"), Cell("2023年产值表"), Cell("注：空格为未报送。")
    head, one, two = (
        [Cell(text) for text in row] for row in (_HEADS, ("", "青釉坊", "8.4", "540"), ("", "白泥窑", "", "310"))
    )
    grid = [[title] * 4, head, [ceramics, *one[1:]], [ceramics, *two[1:]], [note] * 4]
    assert table_lines(grid) == [
        "2023年产值表",
        "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
        "行业：陶瓷，企业：白泥窑，产值：—，用工310人。",
        "注：空格为未报送。",
    ]


def test_heads_over_two_rows():
    value = Cell("产值（亿元）")
    name = Cell("企业")
    grid = [[name, value, value], [name, Cell("2022年"), Cell("2023年")], [Cell("青釉坊"), Cell("8.1"), Cell("8.4")]]
    assert table_lines(grid) == ["企业：青釉坊，2022年产值8.1亿元，2023年产值8.4亿元。"]


def test_spans_of_html_become_a_grid():
    rows = [[Cell("a", rows=2), Cell("b", columns=2)], [Cell("c"), Cell("d")], [Cell("e", columns=3)]]
    assert [[cell.text for cell in row] for row in expanded(rows)] == [["a", "b", "b"], ["a", "c", "d"], ["e"] * 3]


def test_a_grid_that_may_lay_out_a_page_has_heads_only_by_its_figures():
    words = _grid(("首页", "新闻", "体育"), ("财经", "图片", "视频"))
    assert table_lines(words, sure=False) == ["首页 | 新闻 | 体育", "财经 | 图片 | 视频"]
    figures = _grid(("企业", "产值（亿元）", "地址"), ("青釉坊", "8.4", "古楼镇"))
    assert table_lines(figures, sure=False) == ["企业：青釉坊，产值8.4亿元，地址：古楼镇。"]


def test_long_cells_stand_on_lines_of_their_own():
    lines = table_lines(_grid(("企业", "产值（亿元）", "说明"), ("青釉坊", "8.4", "老窑改造完成。新窑在建。")))
    assert lines == ["企业：青釉坊", "产值8.4亿元", "说明：老窑改造完成。新窑在建。"]


_TEXT = st.text(alphabet="产值亿元（）12.%年 ：\n。", max_size=6)
_CELL = st.builds(Cell, _TEXT, st.booleans(), st.integers(0, 10_000), st.integers(0, 10_000))


@given(st.lists(st.lists(_CELL, max_size=5), max_size=6), st.booleans())
def test_no_table_raises_and_no_word_is_lost(rows, sure):
    lines = table_lines(expanded(rows), sure=sure)
    assert all(line.strip() for line in lines)
    text = "".join("".join(lines).split())
    for row in rows[1:]:
        for cell in row[:1]:
            assert all(word.rstrip("：%") in text for word in cell.text.replace("。", " ").split())
