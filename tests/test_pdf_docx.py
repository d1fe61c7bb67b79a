"""PDF and Word files: their words in order, paragraphs whole, nothing of the page, and no file that stops a run."""

import io
import random
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import docx
import pytest
from costs import within
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from index.errors import UnreadableFile
from index.reading.docx import read_docx
from index.reading.ocr import Recognized
from index.reading.pdf import read_pdf
from index.records import Document

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
pdfmetrics.registerFont(UnicodeCIDFont("MSung-Light"))

_BRIDGE = (
    "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来，摊主说这是十年来最忙的一个早晨。"
)
_FACTORY = (
    "湘东区的锂电材料厂上半年产值达到30亿元以上，同比增长5.8%，厂长周宁把这归功于新建成的三条生产线和两百名新工人。"
)
_SCHOOL = (
    "竹汐市12所國小導入智慧校園，學生證內建晶片，家長不必再等在校門口，老師也能把時間留給學生和課堂，"
    "這是市府三年的計畫。"
)


def _pdf(
    *pages: list[str], font="STSong-Light", title=None, author=None, columns=1, turn=0, key=None, head="", feet=False
) -> bytes:
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=(595, 842), encrypt=StandardEncryption(key) if key else None, invariant=1)
    sheet.setTitle(title or "untitled")
    sheet.setAuthor(author or "anonymous")
    for number, lines in enumerate(pages, 1):
        sheet.setPageRotation(turn)
        sheet.setFont(font, 12)
        if head:
            sheet.drawString(72, 810, head)
        for place, line in enumerate(lines):
            column, row = divmod(place, -(-len(lines) // columns))
            sheet.drawString(72 + 250 * column, 770 - 16 * row, line)
        if feet:
            sheet.drawString(290, 30, f"- {number} -")
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def _wrapped(text: str, width: int = 20) -> list[str]:
    return [text[place : place + width] for place in range(0, len(text), width)]


@pytest.mark.parametrize(
    ("font", "text"), [("STSong-Light", _BRIDGE), ("STSong-Light", _FACTORY), ("MSung-Light", _SCHOOL)]
)
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_of_a_page_become_its_paragraph(font, text, columns, turn):
    lines = _wrapped(text, 16)
    assert read_pdf(_pdf(lines, font=font, columns=columns, turn=turn)) == Document(
        text, "pdf", repairs=(("line_wraps", len(lines) - 1),)
    )


def test_text_drawn_upwards_is_read_whichever_way_the_page_is_turned():
    for turn in (0, 90, 270):
        file = io.BytesIO()
        sheet = canvas.Canvas(file, pagesize=(595, 842))
        sheet.setPageRotation(turn)
        sheet.setFont("STSong-Light", 12)
        sheet.translate(300, 400)
        sheet.rotate(90)
        for row, line in enumerate(_wrapped(_BRIDGE)):
            sheet.drawString(-150, -16 * row, line)
        sheet.showPage()
        sheet.save()
        assert read_pdf(file.getvalue()).text == _BRIDGE


def test_paragraphs_stay_apart_and_go_on_over_a_page():
    lines = ["新桥通车", *_wrapped(_BRIDGE), *_wrapped(_FACTORY)]
    document = read_pdf(_pdf(lines[:6], lines[6:]))
    assert document.text == f"新桥通车\n{_BRIDGE}\n{_FACTORY}"
    assert document.repairs == (("line_wraps", len(lines) - 3),)


def test_verses_and_lists_are_not_joined():
    lines = [
        "青岚河水长",
        "新桥跨两岸",
        "一、通车",
        "二、修路",
        _BRIDGE[:20],
        _BRIDGE[20:40],
        "（三）" + _FACTORY[:17],
        "产值",
    ]
    assert read_pdf(_pdf(lines)).text == "\n".join([*lines[:4], lines[4] + lines[5], lines[6] + lines[7]])


def test_a_page_of_short_lines_is_no_paragraph():
    lines = ["青岚河水长", "新桥跨两岸", "早点摊前忙"]
    assert read_pdf(_pdf(lines)).text == "\n".join(lines)


def _mapped(*codes: int) -> bytes:
    """A PDF without a list of its objects, whose font tells that its letters A, B… are those characters."""
    pairs = "".join(f"<{65 + place:02x}> <{code:04x}>\n" for place, code in enumerate(codes))
    table = (
        f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange {len(codes)} beginbfchar\n{pairs}endbfchar "
        "endcmap"
    )
    drawn = f"BT /F 12 Tf 72 700 Td ({''.join(chr(65 + place) for place in range(len(codes)))}) Tj ET"
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        f"<</Length {len(table)}>>stream\n{table}\nendstream",
    ]
    body = "".join(f"{number} 0 obj\n{part}\nendobj\n" for number, part in enumerate(parts, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R>>\n%%EOF".encode()


def test_radicals_become_the_characters_they_look_like():
    assert read_pdf(_mapped(0x2F00, 0x2F08, 0x6865)).text == "一人桥"


def test_a_font_that_hides_its_characters_is_told():
    with pytest.raises(UnreadableFile, match="fonts do not say"):
        read_pdf(_mapped(0xE001, 0xE002, 0x6865))


def test_endless_text_is_refused(monkeypatch):
    monkeypatch.setattr("index.reading.pdf._TEXT", 100)
    with pytest.raises(UnreadableFile, match="million characters"):
        read_pdf(_pdf(_wrapped(_BRIDGE), _wrapped(_BRIDGE)))


def test_latin_words_are_put_together():
    lines = [
        "The new bridge across the river was opened to traf-",
        "fic yesterday and the owners of the breakfast stalls",
        "at its head were happy.",
    ]
    expected = (
        "The new bridge across the river was opened to traffic yesterday and the owners of the breakfast stalls at "
        "its head were happy."
    )
    assert read_pdf(_pdf(lines)).text == expected


def test_running_heads_and_page_numbers_are_left_out():
    bodies = [
        [f"{name}的消息。", *_wrapped(text)]
        for name, text in zip("甲乙丙丁", [_BRIDGE, _FACTORY, _BRIDGE, _FACTORY], strict=True)
    ]
    document = read_pdf(_pdf(*bodies, head="拓源日报  2024年5月", feet=True))
    assert "拓源日报" not in document.text
    assert document.text == "\n".join(f"{article_text[0]}\n{''.join(article_text[1:])}" for article_text in bodies)
    assert dict(document.repairs)["page_lines"] == 8
    document = read_pdf(_pdf(*bodies[:2], feet=True))
    assert dict(document.repairs)["page_lines"] == 2
    assert document.text.endswith(_FACTORY)


def test_pages_that_are_all_the_same_keep_their_text():
    document = read_pdf(_pdf(*[["青岚河上的新桥昨天通车。", "桥头的早点摊也热闹起来。"]] * 3))
    assert document.text.count("青岚河上的新桥昨天通车。") == 3


def test_one_page_keeps_all_its_lines():
    assert read_pdf(_pdf(["拓源日报", _BRIDGE[:20] + "。", "2024"])).text == f"拓源日报\n{_BRIDGE[:20]}。\n2024"


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("新桥通车记", "新桥通车记"),
        ("  新桥\n通车 ", "新桥 通车"),
        *(
            (sham, "")
            for sham in (
                "Microsoft Word - 文档1.doc",
                "新桥.docx",
                "untitled",
                "无标题",
                "文档1",
                "Document1",
                "C:\\a\\b",
                "123",
                "PowerPoint 演示文稿",
            )
        ),
    ],
)
def test_a_title_is_taken_only_if_somebody_wrote_it(value, title):
    document = read_pdf(_pdf([_BRIDGE[:20]], title=value))
    assert (document.title, document.origins) == (title, (("title", "pdf info"),) if title else ())
    file = docx.Document()
    file.add_paragraph("正文。")
    file.core_properties.title = value
    document = read_docx(_saved(file))
    assert (document.title, document.origins) == (title, (("title", "docx properties"),) if title else ())


@pytest.mark.parametrize(
    ("value", "author"),
    [
        ("周宁", "周宁"),
        ("Hu Na", "Hu Na"),
        *(
            (sham, "")
            for sham in ("Administrator", "user", "微软用户", "python-docx", "a@b.c", "Windows 用户", "HP", "1")
        ),
    ],
)
def test_an_author_is_taken_only_if_it_is_a_person(value, author):
    file = docx.Document()
    file.add_paragraph("正文。")
    file.core_properties.author = value
    assert read_docx(_saved(file)).author == author
    document = read_pdf(_pdf([_BRIDGE[:20]], author=value))
    assert (document.author, document.origins) == (author, (("author", "pdf info"),) if author else ())


def test_pages_without_text_are_counted_or_refused():
    assert read_pdf(_pdf([_BRIDGE[:20]], [], [])).repairs == (("pages_without_text", 2),)
    with pytest.raises(UnreadableFile, match="pictures") as raised:
        read_pdf(_pdf([], []))
    assert "OCR" in raised.value.hint


def test_what_cannot_be_opened_is_told():
    with pytest.raises(UnreadableFile, match="encrypted"):
        read_pdf(_pdf([_BRIDGE[:20]], key="geheim"))
    for data in (b"", b"%PDF-1.4", _BRIDGE.encode(), _pdf([_BRIDGE[:20]])[:300]):
        with pytest.raises(UnreadableFile, match="damaged"):
            read_pdf(data)


def test_a_pdf_that_lost_its_end_is_still_read():
    data = _pdf(_wrapped(_BRIDGE))
    assert read_pdf(data[: data.rfind(b"xref")]).text == _BRIDGE


def test_a_page_count_that_lies_is_survived():
    data = _pdf(_wrapped(_BRIDGE))
    for count in (b"99999999", b"-1", b"2"):
        try:
            read_pdf(re.sub(rb"/Count 1\b", b"/Count " + count, data))
        except UnreadableFile:
            continue


def test_many_threads_read_at_once():
    data, texts = _pdf(*[_wrapped(_BRIDGE)] * 2), []
    threads = [threading.Thread(target=lambda: texts.append(read_pdf(data).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 8
    assert len(set(texts)) == 1


def test_two_hundred_pages_take_seconds():
    bodies = [f"第{number}段是{_BRIDGE}" if number % 2 else _FACTORY * (1 + number % 3) for number in range(200)]
    data = _pdf(*(_wrapped(article_text + "。") for article_text in bodies), feet=True)
    document = within(6, lambda: read_pdf(data))
    assert document.text.count("段是") == 100


def test_figures_of_a_table_at_the_edge_of_pages_stay():
    pages = [
        ["3,451", "2,208", _BRIDGE[:20] + "。"],
        ["1,907", "6,612", _FACTORY[:20] + "。"],
        ["5,530", "4,418", _BRIDGE[20:40] + "。"],
    ]
    document = read_pdf(_pdf(*pages, feet=True))
    assert document.text == "\n".join(line for page in pages for line in page)
    assert document.repairs == (("page_lines", 3),)


def _saved(file) -> bytes:
    data = io.BytesIO()
    file.save(data)
    return data.getvalue()


def _docx(body: str, **parts: bytes) -> bytes:
    """A Word file with that XML in its body."""
    spaces = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {spaces}><w:body>{body}</w:body></w:document>")
        for name, part in parts.items():
            archive.writestr(f"word/{name}.xml", part)
    return data.getvalue()


def test_paragraphs_and_tables_come_in_order():
    file = docx.Document()
    file.core_properties.author = "周宁"
    file.add_heading("新桥通车", 0)
    file.add_paragraph("第一段。")
    table = file.add_table(2, 2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["产值", "30亿元", "人数：", "200"], strict=True
    ):
        cell.text = text
    file.add_paragraph("第二段\n换行")
    table = file.add_table(1, 3)
    for cell, text in zip(table.rows[0].cells, ["年份", "产值", "增长"], strict=True):
        cell.text = text
    table = file.add_table(1, 1)
    table.rows[0].cells[0].text = "版式\n表格"
    file.sections[0].header.paragraphs[0].text = "页眉"
    file.sections[0].footer.paragraphs[0].text = "页脚"
    assert read_docx(_saved(file)) == Document(
        "新桥通车\n第一段。\n产值：30亿元\n人数：200\n第二段\n换行\n年份 | 产值 | 增长\n版式\n表格",
        "docx",
        title="新桥通车",
        author="周宁",
        origins=(("author", "docx properties"), ("title", "docx heading")),
    )


def test_superscripts_join_no_figure_and_struck_out_words_are_left_out():
    file = docx.Document()
    paragraph = file.add_paragraph("发电8600")
    paragraph.add_run("1").font.superscript = True
    paragraph.add_run("万千瓦时，3×10")
    for digit in "12":
        paragraph.add_run(digit).font.superscript = True
    paragraph.add_run("亩，票价")
    paragraph.add_run("120元").font.strike = True
    paragraph.add_run("98元").font.strike = False
    document = read_docx(_saved(file))
    assert document.text == "发电8600[1]万千瓦时，3×10^12亩，票价98元"
    assert document.repairs == (("struck_out", 1),)


def test_a_heading_counts_as_title_only_at_the_head():
    file = docx.Document()
    for _ in range(5):
        file.add_paragraph("段落。")
    file.add_heading("后记", 1)
    assert read_docx(_saved(file)).title == ""


def test_styles_are_known_by_name_not_by_id():
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    styles = f'<w:styles {space}><w:style w:styleId="a3"><w:name w:val="Title"/></w:style></w:styles>'
    body = (
        '<w:p><w:pPr><w:pStyle w:val="a3"/></w:pPr><w:r><w:t>新桥</w:t></w:r></w:p><w:p><w:r><w:t>正文。</w:t></w:r>'
        "</w:p>"
    )
    assert read_docx(_docx(body, styles=styles.encode())).title == "新桥"


def _runs(*texts: str) -> str:
    return "".join(f"<w:r><w:t>{text}</w:t></w:r>" for text in texts)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            f"<w:p>{_runs('新')}<w:ins>{_runs('大')}</w:ins><w:del><w:r><w:delText>旧</w:delText><w:tab/></w:r></w:del>{_runs('桥')}</w:p>",
            "新大桥",
        ),
        (
            f"<w:p>{_runs('甲')}</w:p><w:moveFrom><w:p>{_runs('乙')}</w:p></w:moveFrom><w:p><w:moveTo>{_runs('丙')}</w:moveTo></w:p>",
            "甲\n丙",
        ),
        (
            f"<w:p><w:hyperlink>{_runs('链接')}</w:hyperlink><w:r><w:tab/><w:noBreakHyphen/><w:br/></w:r>{_runs('下行')}</w:p>",
            "链接\t-\n下行",
        ),
        (
            f"<w:p><w:r><w:ruby><w:rt>{_runs('qiáo')}</w:rt><w:rubyBase>{_runs('桥')}</w:rubyBase></w:ruby></w:r></w:p>",
            "桥",
        ),
        (f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>{_runs('显')}</w:p>", "显"),
        (f"<w:p><w:r><w:instrText>PAGE</w:instrText></w:r>{_runs('字')}</w:p>", "字"),
        (f"<w:sdt><w:sdtContent><w:p>{_runs('目录')}</w:p></w:sdtContent></w:sdt><w:p>{_runs('文')}</w:p>", "目录\n文"),
        (
            f"<w:p>{_runs('前')}<w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>{_runs('框')}</w:p></w:txbxContent></mc:Choice>"
            f"<mc:Fallback><w:txbxContent><w:p>{_runs('框')}</w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>{_runs('后')}</w:p>",
            "前后\n框",
        ),
        (
            f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p>{_runs('删')}</w:p></w:tc></w:tr><w:tr><w:tc><w:tbl><w:tr><w:tc><w:p>{_runs('内')}</w:p></w:tc>"
            f"<w:tc><w:p>{_runs('值')}</w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>",
            "内：值",
        ),
    ],
)
def test_what_word_shows_is_what_is_read(body, text):
    assert read_docx(_docx(body)).text == text


def test_other_files_named_docx_are_told():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(UnreadableFile, match="old Word file") as raised:
        read_docx(ole)
    assert raised.value.hint == "Save it as .docx."
    with pytest.raises(UnreadableFile, match="encrypted"):
        read_docx(ole + "EncryptedPackage".encode("utf-16-le"))
    for data in (b"", _BRIDGE.encode(), _docx("")):
        with pytest.raises(UnreadableFile):
            read_docx(data)


def test_a_word_bomb_is_refused():
    bomb = _docx("<w:p/>", comments=bytes(80 << 20))
    with pytest.raises(UnreadableFile, match="more than 64 MB"):
        within(3, lambda: read_docx(bomb))


def test_entities_in_a_word_file_stay_closed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("机密", encoding="utf-8")
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    head = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY l0 "哈">{laughs}]>'
    data = _docx(f"<w:p>{_runs('文', '&x;', '&l9;', '字')}</w:p>")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml", head.encode() + zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
        )
    assert read_docx(file.getvalue()).text in ("文字", "文")  # libxml2 may stop at the first that would blow up


def test_deep_nesting_is_survived():
    for depth in (100, 5_000, 50_000):
        try:
            read_docx(
                _docx(
                    f"<w:p>{_runs('文')}</w:p>" + "<w:sdt>" * depth + f"<w:p>{_runs('底')}</w:p>" + "</w:sdt>" * depth
                )
            )
        except UnreadableFile:
            continue


def test_a_damaged_word_file_is_read_as_far_as_it_goes():
    noise = "".join(random.Random(4).choices(_BRIDGE + _FACTORY, k=20_000))
    data = _docx(f"<w:p>{_runs('开头')}</w:p><w:p>{_runs(noise)}</w:p>")
    document = read_docx(data[: len(data) // 2] + bytes(100) + data[len(data) // 2 + 100 :])
    assert document.text.startswith("开头\n" + noise[:1000])
    assert dict(document.repairs)["damaged_parts"] >= 1


_WHOLE_PDF = _pdf(_wrapped(_BRIDGE), _wrapped(_FACTORY), head="拓源日报", title="新桥")
_WHOLE_DOCX = _docx(
    f"<w:p>{_runs(_BRIDGE)}</w:p><w:tbl><w:tr><w:tc><w:p>{_runs('甲')}</w:p></w:tc></w:tr></w:tbl>", styles=b"<a/>"
)


@pytest.mark.parametrize(("read", "whole"), [(read_pdf, _WHOLE_PDF), (read_docx, _WHOLE_DOCX)])
@given(data=st.binary(max_size=400), start=st.integers(0, 40))
def test_any_bytes_are_survived(read, whole, data, start):
    try:
        assert isinstance(read(whole[:start] + data), Document)
    except UnreadableFile as error:
        assert error.message


@pytest.mark.parametrize(("read", "whole"), [(read_pdf, _WHOLE_PDF), (read_docx, _WHOLE_DOCX)])
@settings(max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=30), cut=st.integers(0, 20_000)
)
def test_any_damage_is_survived(read, whole, changes, cut):
    data = bytearray(whole)
    for place, value in changes:
        data[place % len(data)] = value
    harmed = bytes(data[: len(data) - (cut % len(data) if cut % 4 == 0 else 0)])
    try:
        assert isinstance(within(5, lambda: read(harmed)), Document)
    except UnreadableFile as error:
        assert error.message


def test_nothing_stays_open():
    read_pdf(_WHOLE_PDF)
    document = PdfDocument(_WHOLE_PDF)  # PDFium still works, and no page of the first is left
    assert len(document) == 2
    document.close()


_WITHOUT_FONTS = """
mount -t tmpfs none /usr/share/fonts && exec "$0" -m pytest -q -p no:cacheprovider tests/test_pdf_docx.py -k upwards
"""


def test_text_does_not_depend_on_installed_fonts():
    root = Path(__file__).parents[1]
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("this user may not hide the system's fonts")
    hidden = ["unshare", "-m", "sh", "-c", _WITHOUT_FONTS, sys.executable]
    run = subprocess.run(hidden, cwd=root, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_USUAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _cell_xml(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


@pytest.mark.parametrize("strict", [False, True])
def test_a_table_of_word_keeps_empty_merged_and_nested_cells(strict):
    rows = (
        [("2023年产值表", '<w:gridSpan w:val="3"/>')],
        [("行业", ""), ("企业", ""), ("产值（亿元）", "")],
        [("陶瓷", '<w:vMerge w:val="restart"/>'), ("青釉坊", ""), ("8.4", "")],
        [("", "<w:vMerge/>"), ("白泥窑", ""), ("", "")],
    )
    table = "".join(f"<w:tr>{''.join(_cell_xml(*cell) for cell in row)}</w:tr>" for row in rows)
    nested = (
        f"<w:tbl><w:tr><w:tc><w:tbl><w:tr>{_cell_xml('产值')}{_cell_xml('30亿元')}</w:tr></w:tbl></w:tc></w:tr></w:tbl>"
    )
    file = _docx(f"<w:tbl>{table}</w:tbl>{nested}")
    if strict:
        file = _replaced(file, _USUAL.encode(), _STRICT.encode())
    assert read_docx(file).text.split("\n") == [
        "2023年产值表",
        "行业：陶瓷，企业：青釉坊，产值8.4亿元。",
        "行业：陶瓷，企业：白泥窑，产值：—。",
        "产值：30亿元",
    ]


def _replaced(file: bytes, old: bytes, new: bytes) -> bytes:
    """The packed file with a text replaced in each of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return out.getvalue()


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_notes_stand_after_their_paragraph(kind, strict):
    def note(number: int, text: str, more: str = "") -> str:
        return f'<w:{kind} w:id="{number}"{more}><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>'

    separator = note(0, "", ' w:type="separator"')
    part = f'<w:{kind}s xmlns:w="{_USUAL}">{separator}{note(2, "不含征地费。")}</w:{kind}s>'
    body = f'<w:p><w:r><w:t>总投资8600万元。</w:t></w:r><w:r><w:{kind}Reference w:id="2"/></w:r></w:p>'
    file = _docx(body + "<w:p><w:r><w:t>下一段。</w:t></w:r></w:p>", **{f"{kind}s": part.encode()})
    if strict:
        file = _replaced(file, _USUAL.encode(), _STRICT.encode())
    assert read_docx(file).text == "总投资8600万元。\n不含征地费。\n下一段。"


def test_comments_are_left_out_and_counted():
    comment = '<w:comment w:id="1"><w:p><w:r><w:t>请核</w:t></w:r></w:p></w:comment>'
    part = f'<w:comments xmlns:w="{_USUAL}">{comment}</w:comments>'
    document = read_docx(_docx("<w:p><w:r><w:t>总投资8600万元。</w:t></w:r></w:p>", comments=part.encode()))
    assert (document.text, document.repairs) == ("总投资8600万元。", (("comments_left_out", 1),))


def _canvas(draw) -> bytes:
    data = io.BytesIO()
    sheet = canvas.Canvas(data, pagesize=(595, 842))
    draw(sheet)
    sheet.save()
    return data.getvalue()


def _scan(sheet, text: str) -> None:
    """A page that a picture fills, with a line of text on it."""
    sheet.saveState()
    sheet.translate(0, 0)
    sheet.drawImage(ImageReader(Image.new("RGB", (60, 84), "grey")), 0, 0, 595, 842)
    sheet.restoreState()
    sheet.setFont("STSong-Light", 9)
    sheet.drawString(200, 20, text)
    sheet.showPage()


@pytest.mark.parametrize(
    "texts", [["扫描全能王 创建"], ["第 1 页", "第 2 页", "第 3 页"], ["2024-03-05", ""], ["— 1 —"]]
)
@pytest.mark.parametrize("recognizes", [True, False])
def test_pictures_with_a_stamp_or_a_page_number_are_told(texts, recognizes, monkeypatch):
    monkeypatch.setattr("index.reading.pdf.can_recognize", lambda: recognizes)
    monkeypatch.setattr("index.reading.pdf.recognized", lambda pixels: Recognized([]))
    file = _canvas(lambda sheet: [_scan(sheet, text) for text in texts])
    with pytest.raises(UnreadableFile) as raised:
        read_pdf(file)
    assert raised.value.code == ("reading.ocr_nothing" if recognizes else "reading.pdf_pictures")
    assert "OCR" in raised.value.message + raised.value.hint


def test_a_picture_with_a_sentence_is_a_page(monkeypatch):
    monkeypatch.setattr("index.reading.pdf.can_recognize", lambda: False)
    file = _canvas(lambda sheet: [_scan(sheet, "新桥昨天通车，过桥费每辆五元。"), _scan(sheet, "扫描全能王 创建")])
    document = read_pdf(file)
    assert "过桥费每辆五元" in document.text
    assert dict(document.repairs)["pages_without_text"] == 1
    assert dict(document.repairs)["pages_not_recognized"] == 1


def test_what_is_filled_in_a_form_stands_after_its_label():
    def draw(sheet):
        sheet.setFont("STSong-Light", 12)
        for number, (label, name, value) in enumerate(
            [
                ("申请水量：", "shuiliang", "5800 m3"),
                ("Area", "area", "96 mu"),
                ("", "beizhu", "no remark"),
                ("空：", "kong", ""),
            ]
        ):
            sheet.drawString(50, 700 - 40 * number, label)
            sheet.acroForm.textfield(name=name, x=150, y=692 - 40 * number, width=200, height=20, value=value)
        sheet.drawString(75, 500, "同意")
        sheet.acroForm.checkbox(name="yes", x=50, y=496, size=16, checked=True)
        sheet.showPage()

    lines = read_pdf(_canvas(draw)).text.split("\n")
    assert "申请水量：5800 m3" in lines
    assert "Area：96 mu" in lines
    assert "beizhu：no remark" in lines
    assert "空：" in lines
    assert lines.count("☑ 同意") == 1
    assert "同意" not in lines
    assert not any("\x1e" in line for line in lines)
