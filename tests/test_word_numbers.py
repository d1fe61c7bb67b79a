"""Numbers that Word counts by itself stand in the text as they are shown."""

import io
import re
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_files import packed

from index.reading.docx import read_docx
from index.reading.word_numbers import _FORMATS

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _level(number, kind, text, more=""):
    counted = f'<w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{number}">{counted}{more}</w:lvl>'


def _document(paragraphs, levels, nums='<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>', styles=""):
    """A Word file of (numId, level, text); an empty numId is none, one that begins with a letter a style."""
    body = ""
    for number, level, text in paragraphs:
        if number[:1].isalpha():
            properties = f'<w:pPr><w:pStyle w:val="{number}"/></w:pPr>'
        else:
            properties = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
        body += f"<w:p>{properties if number else ''}<w:r><w:t>{text}</w:t></w:r></w:p>"
    numbering = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}</w:numbering>'
    )
    return packed(
        {
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": numbering,
            "word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>",
        }
    )


def _lines(*args, **more):
    return read_docx(_document(*args, **more)).text.split("\n")


def test_levels_count_on_and_begin_again():
    levels = [
        _level(0, "chineseCountingThousand", "第%1条", '<w:suff w:val="space"/>'),
        _level(1, "chineseCounting", "（%2）", '<w:suff w:val="nothing"/>'),
        _level(2, "decimal", "%1.%2.%3", "<w:isLgl/>"),
        _level(3, "bullet", "\uf06c"),
    ]
    paragraphs = [
        ("", 0, "总则如下。"), ("1", 0, "水费每亩66元。"), ("1", 1, "按季缴纳。"), ("1", 1, "可以缓缴。"),
        ("1", 2, "写申请。"), ("1", 3, "附材料。"), ("1", 0, "水利局负责。"), ("1", 1, "派人巡查。"),
        ("0", 0, "不编号。"),
        ("9", 0, "没有这个表。"),
    ]  # fmt: skip
    assert _lines(paragraphs, levels) == [
        "总则如下。", "第一条 水费每亩66元。", "（一）按季缴纳。", "（二）可以缓缴。", "1.2.1 写申请。", "附材料。",
        "第二条 水利局负责。", "（一）派人巡查。", "不编号。", "没有这个表。",
    ]  # fmt: skip


def test_a_list_of_the_same_definition_goes_on_unless_it_begins_again():
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
        "</w:lvlOverride></w:num>"
    )
    paragraphs = [(number, 0, "甲") for number in "1123312"]
    lines = _lines(paragraphs, [_level(0, "decimal", "%1、")], nums=nums)
    assert lines == ["1、甲", "2、甲", "3、甲", "5、甲", "6、甲", "7、甲", "8、甲"]


def test_a_style_numbers_its_paragraphs_and_those_based_on_it():
    styles = (
        '<w:style w:styleId="a"><w:name w:val="条"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="b"><w:name w:val="子条"/><w:basedOn w:val="a"/></w:style>'
        '<w:style w:styleId="c"><w:name w:val="heading 1"/><w:basedOn w:val="a"/></w:style>'
    )
    levels = [_level(0, "decimal", "%1."), _level(1, "lowerLetter", "%2)", '<w:pStyle w:val="b"/>')]
    document = _document(
        [("a", 0, "甲。"), ("b", 0, "乙。"), ("b", 0, "丙。"), ("c", 0, "概述")], levels, styles=styles
    )
    read = read_docx(document)
    assert read.text.split("\n") == ["1. 甲。", "a)乙。", "b)丙。", "2. 概述"]
    assert read.title == ""  # a numbered heading is that of a section


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (
            "chineseCounting",
            {1: "一", 10: "十", 12: "十二", 20: "二十", 105: "一百零五", 110: "一百一十", 1001: "一千零一"},
        ),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "甲"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "21"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa"}),
        ("upperRoman", {4: "IV", 1990: "MCMXC"}),
        ("decimalZero", {3: "03", 12: "12"}),
        ("chineseLegalSimplified", {3: "叁", 12: "拾贰"}),
    ],
)
def test_numbers_are_written_as_word_writes_them(kind, numbers):
    assert {number: _FORMATS[kind](number) for number in numbers} == numbers


@given(st.sampled_from(sorted(_FORMATS)), st.integers(0, 99_999))
def test_every_number_can_be_written(kind, number):
    assert isinstance(_FORMATS[kind](number), str)


def test_a_list_that_python_docx_makes_is_numbered():
    document = docx.Document()
    for text in ("修桥。", "修路。"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("种树。", style="List Bullet")
    file = io.BytesIO()
    document.save(file)
    with zipfile.ZipFile(file) as archive:
        assert re.search("numbering", str(archive.namelist()))
    assert read_docx(file.getvalue()).text == "1. 修桥。\n2. 修路。\n种树。"


def test_a_number_never_joins_a_figure():
    for more in ('<w:suff w:val="nothing"/>', '<w:suff w:val="tab"/>'):
        assert _lines([("1", 0, "2亿元投资。")], [_level(0, "decimal", "%1.", more)]) == ["1. 2亿元投资。"]
        assert _lines([("1", 0, "2亿元投资。")], [_level(0, "decimal", "%1", more)]) == ["1 2亿元投资。"]
