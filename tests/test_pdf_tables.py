"""Tables, columns and notes of PDF pages: every cell with its head, every sentence in its column."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from index.reading.pdf import read_pdf

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

_TEXT = ParagraphStyle("text", fontName="STSong-Light", fontSize=10.5, leading=16, wordWrap="CJK")
_PROSE = (
    "渠首村的新泵站上月通水，第一批受益的是村东的菜农，他们说从前半夜还要起来看水，现在拧开阀门就行，"
    "省下的工夫都用来育苗。"
)
_HEADS = ["行业", "企业", "产值（亿元）", "用工（人）"]
_ROWS = [
    _HEADS,
    ["陶瓷", "青釉坊", "8.4", "540"],
    ["", "白泥窑", "", "310"],
    ["锂盐", "远岭锂业", "41.5", "1,200"],
    ["合计", "", "49.9", "2,050"],
]
_LINES = [
    "行业：—，企业：白泥窑，产值：—，用工310人。",
    "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1,200人。",
    "行业：合计，企业：—，产值49.9亿元，用工2,050人。",
]
_FONT = ("FONT", (0, 0), (-1, -1), "STSong-Light", 10)
_THIN, _THICK = (0.5, colors.black), (1, colors.black)
_RULINGS = {
    "grid": [("GRID", (0, 0), (-1, -1), *_THIN)],
    "grid of boxes": [("BOX", (c, r), (c, r), *_THIN) for c in range(4) for r in range(5)],
    "open sides": [
        ("INNERGRID", (0, 0), (-1, -1), *_THIN),
        ("LINEABOVE", (0, 0), (-1, 0), *_THICK),
        ("LINEBELOW", (0, -1), (-1, -1), *_THICK),
    ],
    "three rulings": [
        ("LINEABOVE", (0, 0), (-1, 0), *_THICK),
        ("LINEBELOW", (0, 0), (-1, 0), *_THIN),
        ("LINEBELOW", (0, -1), (-1, -1), *_THICK),
    ],
    "level rulings": [("LINEBELOW", (0, 0), (-1, -1), *_THIN)],
    "no rulings": [],
}


def _flowing(*parts) -> bytes:
    """A PDF of paragraphs and tables."""
    file = io.BytesIO()
    SimpleDocTemplate(file, invariant=1).build(list(parts))
    return file.getvalue()


def _drawn(*pages) -> bytes:
    """A PDF of pages that functions draw."""
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=(595, 842), invariant=1)
    for draw in pages:
        sheet.setFont("STSong-Light", 11)
        draw(sheet)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def _wrapped(text: str, width: int) -> list[str]:
    return [text[place : place + width] for place in range(0, len(text), width)]


@pytest.mark.parametrize("rulings", _RULINGS.values(), ids=_RULINGS)
def test_each_cell_stands_with_its_head_and_empty_cells_keep_their_place(rulings):
    prose = Paragraph(_PROSE, _TEXT)
    text = read_pdf(_flowing(prose, Table(_ROWS, style=[_FONT, *rulings]), prose)).text
    assert text.split("\n") == [_PROSE, "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。", *_LINES, _PROSE]


def test_a_merged_cell_counts_in_each_of_its_rows():
    style = [_FONT, ("GRID", (0, 0), (-1, -1), *_THIN), ("SPAN", (0, 1), (0, 2)), ("SPAN", (2, 1), (2, 2))]
    text = read_pdf(_flowing(Table(_ROWS, style=style))).text
    assert text.split("\n")[:2] == [
        "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
        "行业：陶瓷，企业：白泥窑，产值8.4亿元，用工310人。",
    ]


@pytest.mark.parametrize("ruled", [True, False])
def test_heads_over_two_rows(ruled):
    rows = [
        ["企业", "产值（亿元）", "", "用工（人）"],
        ["", "2022年", "2023年", ""],
        ["青釉坊", "8.1", "8.4", "540"],
        ["远岭锂业", "40.2", "", "1,200"],
    ]
    spans = [("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1)), ("SPAN", (3, 0), (3, 1))] if ruled else []
    style = [_FONT, *spans, *([("GRID", (0, 0), (-1, -1), *_THIN)] if ruled else [("SPAN", (1, 0), (2, 0))])]
    centred = ("ALIGN", (1, 0), (2, 0), "CENTER")
    assert read_pdf(_flowing(Table(rows, colWidths=[100] * 4, style=[*style, centred]))).text.split("\n") == [
        "企业：青釉坊，2022年产值8.1亿元，2023年产值8.4亿元，用工540人。",
        "企业：远岭锂业，2022年产值40.2亿元，2023年产值：—，用工1,200人。",
    ]


@pytest.mark.parametrize("repeated", [0, 1])
def test_a_table_goes_on_over_a_page_and_its_heads_stand_once(repeated):
    rows = [_HEADS, *([f"业{n}", f"第{n}厂", f"{n}.5", str(3 * n)] for n in range(1, 61))]
    file = _flowing(Table(rows, repeatRows=repeated, style=[_FONT, *_RULINGS["grid"]]))
    assert read_pdf(file).text.split("\n") == [
        f"行业：业{n}，企业：第{n}厂，产值{n}.5亿元，用工{3 * n}人。" for n in range(1, 61)
    ]


def test_the_lines_of_a_cell_are_one():
    cell = Paragraph("衬砌干渠六十二公里，水到田头只要半天", _TEXT)
    rows = [["项目", "说明", "金额（万元）"], ["渠道", cell, "4600"], ["泵站", Paragraph("新建两座", _TEXT), "120"]]
    text = read_pdf(_flowing(Table(rows, colWidths=[60, 90, 80], style=[_FONT, *_RULINGS["grid"]]))).text
    assert text.split("\n") == [
        "项目：渠道，说明：衬砌干渠六十二公里，水到田头只要半天，金额4600万元。",
        "项目：泵站，说明：新建两座，金额120万元。",
    ]


def test_a_box_and_a_line_of_names_are_no_table():
    def draw(sheet):
        sheet.rect(60, 690, 400, 60)
        for number, line in enumerate(["渠首村通水记", "本报记者 言小满 方可", _PROSE[:20] + "。"]):
            sheet.drawString(70, 730 - 16 * number, line)

    assert read_pdf(_drawn(draw)).text.split("\n") == ["渠首村通水记", "本报记者 言小满 方可", _PROSE[:20] + "。"]


def test_the_grid_of_a_chart_is_no_table():
    def draw(sheet):
        sheet.grid([100 + 20 * n for n in range(11)], [400 + 20 * n for n in range(9)])
        sheet.drawString(124, 506, "高")
        sheet.drawString(204, 506, "低")
        sheet.drawString(100, 380, "2019年")
        sheet.drawString(260, 380, "2023年")

    assert read_pdf(_drawn(draw)).text.split() == ["高", "低", "2019年", "2023年"]


_LEFT = (
    "西坪村的老渠去年冬天重新衬砌，六十二公里的渠道不再漏水，水到田头的时间缩短了两天半，"
    "种了四十年地的老农说这是头一回。"
)
_RIGHT = "南屏水库的加固工程四月完工，总投资8600万元，恢复库容1200万立方米，下游六个乡镇受益，汛期调度也从容得多了。"


def _columns(texts, *, width=14, by_rows=True, shift=0, top=740):
    """Draw texts beside one another, row by row across the gutters or column by column."""
    lines = [_wrapped(text, width) for text in texts]
    order = [(row, column) for column, part in enumerate(lines) for row in range(len(part))]

    def draw(sheet):
        for row, column in sorted(order) if by_rows else order:
            place = 50 + column * (11 * width + 28), top - 17 * row - shift * column
            sheet.drawString(*place, lines[column][row])

    return draw


@pytest.mark.parametrize("by_rows", [True, False])
@pytest.mark.parametrize("shift", [0, 4, 8, 12])
def test_columns_are_read_one_after_the_other(by_rows, shift):
    assert read_pdf(_drawn(_columns([_LEFT, _RIGHT], by_rows=by_rows, shift=shift))).text == f"{_LEFT}\n{_RIGHT}"


def test_three_columns_below_a_headline():
    def draw(sheet):
        sheet.setFont("STSong-Light", 18)
        sheet.drawString(100, 780, "三处水利工程见闻：水到了田头")
        sheet.setFont("STSong-Light", 11)
        _columns([_LEFT, _RIGHT, _PROSE], width=12)(sheet)
        sheet.drawString(50, 500, "本版编辑言小满，新闻热线见第四版。")

    assert read_pdf(_drawn(draw)).text.split("\n") == [
        "三处水利工程见闻：水到了田头",
        _LEFT,
        _RIGHT,
        _PROSE,
        "本版编辑言小满，新闻热线见第四版。",
    ]


def test_a_figure_broken_at_a_line_end_is_one_figure():
    text = "水库加固工程四月完工，工程的全部总投资为8600万元，下游六个乡镇的田地受益。"
    cut = text.index("86") + 2
    lines = [text[:cut], text[cut : 2 * cut]]
    document = read_pdf(
        _drawn(lambda sheet: [sheet.drawString(50, 700 - 16 * n, line) for n, line in enumerate(lines)])
    )
    assert "总投资为8600万元" in document.text


def _with_notes(sheet):
    for row, line in enumerate([*_wrapped(_PROSE[:-14], 20), "省下的工夫都用来育苗，水费每亩"]):
        sheet.drawString(50, 700 - 16 * row, line)
    row = 700 - 16 * (row + 1)
    sheet.drawString(50, row, "六十六元，南屏水库总投资8600")
    sheet.setFont("STSong-Light", 6)
    sheet.drawString(50 + 11 * 12 + 22, row + 6, "1")
    sheet.setFont("STSong-Light", 11)
    sheet.drawString(50 + 11 * 12 + 27, row, "万元，今年由")
    sheet.setFont("STSong-Light", 8)
    sheet.drawString(50, 80, "1 不含征地费，含渠道两边管理房所占的")
    sheet.drawString(50, 68, "土地。")


def test_a_note_stands_after_its_paragraph_and_its_mark_is_no_part_of_a_figure():
    document = read_pdf(_drawn(_with_notes, lambda sheet: sheet.drawString(50, 700, "六个乡镇分摊。")))
    assert document.text.endswith(
        "南屏水库总投资8600[1]万元，今年由六个乡镇分摊。\n1 不含征地费，含渠道两边管理房所占的土地。"
    )


def test_a_raised_figure_of_an_area_stays_with_its_unit():
    def draw(sheet):
        sheet.drawString(50, 700, "建筑面积960m")
        sheet.setFont("STSong-Light", 6)
        sheet.drawString(50 + 11 * 6 + 2, 706, "2")

    assert read_pdf(_drawn(draw)).text == "建筑面积960m²"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("upwards", [False, True])
def test_a_table_is_read_whichever_way_the_page_is_turned(turn, upwards):
    def draw(sheet):
        sheet.setPageRotation(turn)
        if upwards:
            sheet.translate(400, 100)
            sheet.rotate(90)
        else:
            sheet.translate(100, 400)
        for place in range(4):
            sheet.line(0, -24 * place + 16, 300, -24 * place + 16)
            sheet.line(100 * place, 16, 100 * place, -56)
        for row, cells in enumerate([["县", "产量（万吨）", "面积（亩）"], ["渝溪", "7.9", ""], ["白泥", "", "310"]]):
            for column, cell in enumerate(cells):
                sheet.drawString(5 + 100 * column, -24 * row, cell)

    assert read_pdf(_drawn(draw)).text.split("\n") == [
        "县：渝溪，产量7.9万吨，面积：—。",
        "县：白泥，产量：—，面积310亩。",
    ]


def test_what_is_filled_in_the_cells_of_a_form_stands_with_its_label():
    def draw(sheet):
        for place in range(3):
            sheet.line(50, 700 - 40 * place, 450, 700 - 40 * place)
            sheet.line(50 + 200 * place, 700, 50 + 200 * place, 620)
        for row, (label, value) in enumerate([("申请水量", "5800 m3"), ("灌溉面积", "96 mu")]):
            sheet.drawString(60, 675 - 40 * row, label)
            sheet.acroForm.textfield(name=f"f{row}", x=255, y=665 - 40 * row, width=180, height=25, value=value)

    assert read_pdf(_drawn(draw)).text.split("\n") == ["申请水量：5800 m3", "灌溉面积：96 mu"]


def test_figures_below_two_heads_at_once_are_of_neither():
    def draw(sheet):
        sheet.drawString(50, 700, "县名")
        sheet.drawString(200, 700, "产量（万吨）")
        sheet.drawString(290, 700, "面积（亩）")
        for row, (name, value) in enumerate([("渝溪", "7.9"), ("白泥", "6.4"), ("古楼", "5.1"), ("岭下", "4.8")]):
            sheet.drawString(50, 680 - 20 * row, name)
            sheet.drawString(230, 680 - 20 * row, f"{value} 含冬季补种的 310")

    lines = read_pdf(_drawn(draw)).text.split("\n")
    assert lines[0] == "县名 产量（万吨） 面积（亩）"
    assert lines[1] == "渝溪 7.9 含冬季补种的 310"


def test_wide_letter_spacing_is_no_table():
    def draw(sheet):
        for row, line in enumerate(["开闸放水", "渠首通水", "秋收在望"]):
            for place, character in enumerate(line):
                sheet.drawString(100 + 40 * place, 700 - 20 * row, character)

    assert read_pdf(_drawn(draw)).text.split("\n") == ["开 闸 放 水", "渠 首 通 水", "秋 收 在 望"]


@settings(max_examples=25, deadline=None)
@given(
    cells=st.lists(
        st.lists(st.sampled_from(["", "7.9", "12", "3,450", "0.6%"]), min_size=3, max_size=3), min_size=2, max_size=5
    ),
    ruled=st.booleans(),
)
def test_no_figure_moves_to_another_head(cells, ruled):
    heads = ["县名", "产量（万吨）", "面积（亩）", "增速（%）"]
    names = ["渝溪县", "白泥县", "古楼县", "岭下县", "渠首县"]
    rows = [heads, *([name, *row] for name, row in zip(names, cells, strict=False))]
    text = read_pdf(
        _flowing(Table(rows, colWidths=[90] * 4, style=[_FONT, *_RULINGS["grid" if ruled else "no rulings"]]))
    )
    for name, row in zip(names, cells, strict=False):
        lines = [line for line in text.text.split("\n") if name in line]
        assert len(lines) == 1
        if "：" in lines[0]:  # otherwise no heads were seen, and nothing is said of a figure
            figure_of = dict(zip(("产量", "面积", "增速"), row, strict=True))
            pieces = lines[0].rstrip("。").split("，")
            for head, figure in figure_of.items():
                own = [piece for piece in lines[0].rstrip("。").replace("3,450", "3;450").split("，") if head in piece]
                assert own, pieces
                assert (figure.rstrip("%") or "—").replace(",", ";") in own[0]
