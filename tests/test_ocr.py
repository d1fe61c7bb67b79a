"""What becomes of the lines that recognition reads: their order, their tables, how sure they are."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading import ocr
from index.reading.paragraphs import Page, paragraphs

_SIZE = 26  # dots of a character


def _recognize(monkeypatch, lines, *, slant=0.0, shape=(900, 1240, 3)):
    """What is read where recognition reads these (text, left, top, score), on a picture that lies askew."""

    def corner(x, y):
        return x * math.cos(slant) - y * math.sin(slant), x * math.sin(slant) + y * math.cos(slant)

    boxes = []
    for text, left, top, _ in lines:
        right = left + _SIZE * sum(1 if ord(character) > 0x2000 else 0.5 for character in text)
        boxes.append([corner(*at) for at in ((left, top), (right, top), (right, top + 32), (left, top + 32))])
    result = SimpleNamespace(boxes=boxes, txts=[line[0] for line in lines], scores=[line[3] for line in lines])
    monkeypatch.setattr(ocr, "_engine", lambda: lambda pixels: result)
    read = ocr.recognized(np.zeros(shape, np.uint8))
    return read, paragraphs([Page(read.items)])[0]


_LEFT = ["西坪村的老渠去年冬天重新衬砌，六十", "二公里的渠道不再漏水，水到田头的时", "间缩短了两天半，老农说头一回见。"]
_RIGHT = ["南屏水库的加固工程四月里完工，恢复", "库容一千二百万立方米，下游六个乡镇", "受益，汛期的调度也从容得多了。"]


@pytest.mark.parametrize("slant", [-0.05, 0.0, 0.05])
def test_columns_of_a_scan_are_read_one_after_the_other(monkeypatch, slant):
    lines = [
        (text, 300 + 560 * column, 140 + 44 * row, 0.99)
        for row in range(3)
        for column, text in ((1, _RIGHT[row]), (0, _LEFT[row]))
    ]
    _, text = _recognize(monkeypatch, lines, slant=slant)
    assert text == ["".join(_LEFT), "".join(_RIGHT)]


def test_a_table_of_a_scan_has_its_heads(monkeypatch):
    rows = [
        ["企业", "产值（亿元）", "用工（人）"],
        ["青釉坊", "8.4", "540"],
        ["白泥窑", "", "310"],
        ["远岭锂业", "41.5", ""],
    ]
    lines = [
        (cell, 100 + 300 * column, 100 + 60 * row, 0.98)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell
    ]
    assert _recognize(monkeypatch, lines)[1] == [
        "企业：青釉坊，产值8.4亿元，用工540人。",
        "企业：白泥窑，产值：—，用工310人。",
        "企业：远岭锂业，产值41.5亿元，用工：—。",
    ]


def test_how_sure_it_is_counts_characters_and_leaves_out_what_is_no_text(monkeypatch):
    read, text = _recognize(
        monkeypatch, [("水费每亩六十六元", 100, 100, 1.0), ("开闸", 100, 160, 0.5), ("口口口", 100, 220, 0.3)]
    )
    assert "".join(text) == "水费每亩六十六元开闸"
    assert (read.characters, read.sure) == (10, pytest.approx(0.9))


def test_nothing_is_read_of_an_empty_picture(monkeypatch):
    monkeypatch.setattr(ocr, "_engine", lambda: lambda pixels: SimpleNamespace(boxes=None, txts=None, scores=None))
    assert ocr.recognized(np.zeros((30, 40, 3), np.uint8)) == ocr.Recognized([])


@given(st.integers(1, 9_000), st.integers(1, 1_500))
def test_bands_hold_every_row_once(height, width):
    pixels = np.broadcast_to(np.arange(height, dtype=np.uint8)[:, None, None], (height, width, 3))
    bands = ocr._bands(pixels)
    assert [top for top, _ in bands] == [0, *np.cumsum([len(band) for _, band in bands])[:-1]]
    assert sum(len(band) for _, band in bands) == height
    assert all(len(band) <= max(2.0 * width, 2_000) for _, band in bands)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("于二O二三年九月", "于二〇二三年九月"),
        ("二0二0年至二○二三 年", "二〇二〇年至二〇二三 年"),
        ("一九九O年", "一九九〇年"),
        ("二二三年", "二二三年"),
        ("12000年", "12000年"),
        ("二O二三号", "二O二三号"),
    ],
)
def test_the_circle_in_a_year_is_no_letter(read, text):
    assert ocr.with_circles(read) == text
