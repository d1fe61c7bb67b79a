"""Workbooks, slides, books, mail, OFD and subtitles: every cell, paragraph and file of them, or a reason."""

import io
import stat
import sys
import zipfile
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_files import epub, msg, ods, ofd, office_kinds, ole, packed, pptx, xls, xlsx

import index.reading.conversion
from index.reading.files import read_articles
from index.reading.number_formats import shown_number

_ROWS = (
    ("行业", "企业", "产值（亿元）", "用工（人）"),
    ("陶瓷", "青釉坊", 8.4, 540),
    (None, "白泥窑", None, 310),
    ("锂盐", "远岭锂业", 41.5, 1200),
)
_LINES = (
    "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。\n行业：陶瓷，企业：白泥窑，产值：—，用工310人。\n"
    "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1200人。"
)


def _read(name, data):
    return read_articles(Path("/x") / name, data)


def _text(name, data):
    (article,) = _read(name, data).articles
    return article.text


def _codes(name, data):
    return [(problem.path, problem.code) for problem in _read(name, data).problems]


def _workbooks(sheets, area=None, name=""):
    """(suffix, bytes) of a workbook in every kind; `area` is merged in the sheet `name`."""
    first, last, left, right = area or (0, 0, 0, 0)
    places = f"{chr(65 + left)}{first + 1}:{chr(65 + right)}{last + 1}"
    return [
        (".xlsx", xlsx(sheets, [(name, places)] if area else [])),
        (".xls", xls(sheets, [(name, area)] if area else [])),
        (".ods", ods(sheets, [(name, area)] if area else [])),
    ]


_KINDS = pytest.mark.parametrize("kind", range(3), ids=("xlsx", "xls", "ods"))


@_KINDS
def test_a_workbooks_cells_stand_with_their_heads_merged_and_empty_ones_in_their_places(kind):
    suffix, data = _workbooks({"表": _ROWS}, (1, 2, 0, 0), "表")[kind]
    contents = _read(f"工业产值{suffix}", data)
    assert contents.problems == ()
    (article,) = contents.articles
    assert (article.text, article.title, article.date) == (_LINES, "工业产值", "")


@_KINDS
def test_titles_stand_above_the_header_and_tables_of_one_sheet_keep_their_own_heads(kind):
    rows = [
        ("2023年青岚县产值表", None, None, None),
        ("单位：见表头", None, None, None),
        *_ROWS[:3],
        (None, None, None, None),
        _ROWS[3],
        ("附：农业", None, None, None),
        ("乡镇", "产量（万吨）", "户数", None),
        ("古楼镇", 7.9, 310, None),
        ("乡镇", "产量（万吨）", "户数", None),
        ("白马镇", 6.2, 280, None),
    ]
    suffix, data = _workbooks({"表": rows}, (0, 0, 0, 3), "表")[kind]
    (article,) = _read(f"b{suffix}", data).articles
    assert article.title == "2023年青岚县产值表"
    assert article.text.split("\n") == [
        "2023年青岚县产值表",
        "单位：见表头",
        "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
        "行业：—，企业：白泥窑，产值：—，用工310人。",
        "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1200人。",
        "附：农业",
        "乡镇：古楼镇，产量7.9万吨，户数：310。",
        "乡镇：白马镇，产量6.2万吨，户数：280。",
    ]


@_KINDS
def test_each_sheet_is_an_article_and_its_name_tells(kind):
    suffix, data = _workbooks({"陶瓷": _ROWS, "Sheet2": _ROWS[:1] + _ROWS[3:]})[kind]
    articles = _read(f"2023年产值{suffix}", data).articles
    assert [article.title for article in articles] == ["2023年产值 陶瓷", "2023年产值"]
    assert len({article.id for article in articles}) == 2
    assert articles[1].text == "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1200人。"


@_KINDS
def test_rows_with_a_text_are_articles_wherever_the_header_stands(kind):
    rows = [
        ("信息公开目录", None, None, None, None),
        ("标题", "正文", "发布日期", "来源", "经费（万元）"),
        ("新桥通车", "新桥昨天通车了。", date(2023, 9, 5), "青岚日报", 8.5),
        ("早点摊", "早点摊很热闹。", "2023年9月6日", "", None),
        ("没有正文", None, None, None, None),
    ]
    suffix, data = _workbooks({"表": rows})[kind]
    contents = _read(f"a{suffix}", data)
    assert [(a.title, a.text, a.date, a.source) for a in contents.articles] == [
        ("新桥通车", "新桥昨天通车了。\n经费（万元）：8.5", "2023-09-05", "青岚日报"),
        ("早点摊", "早点摊很热闹。", "2023-09-06", ""),
    ]
    assert [(p.path, p.code) for p in contents.problems] == [(f"/x/a{suffix}:5", "reading.no_text")]


@_KINDS
def test_questions_stand_with_their_answers(kind):
    suffix, data = _workbooks({"问答": [("问题", "答案"), ("每亩水费多少？", "66元"), ("何时缴？", "十月底前")]})[kind]
    assert [(a.title, a.text) for a in _read(f"a{suffix}", data).articles] == [
        ("每亩水费多少？", "每亩水费多少？\n66元"),
        ("何时缴？", "何时缴？\n十月底前"),
    ]


def test_a_label_in_a_form_is_no_header():
    rows = [("项目名称", "南屏水库"), ("内容", "加高大坝，衬砌渠道62公里。"), ("总投资", "8600万元")]
    assert (
        _text("登记表.xlsx", xlsx({"表": rows}))
        == "项目名称：南屏水库\n内容：加高大坝，衬砌渠道62公里。\n总投资：8600万元"
    )


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.085, "0.0%", "8.5%"),
        (0.08, "0%", "8%"),
        (8.4, "General", "8.4"),
        (0.1 + 0.2, "General", "0.3"),
        (8.45, "0.0", "8.5"),
        (1234567, "#,##0", "1,234,567"),
        (1234567, "#,##0,", "1,235"),
        (8.4, '0.0"亿元"', "8.4亿元"),
        (3, "0年", "3"),
        (12, "000000", "000012"),
        (12.5, "0.0##", "12.5"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "-1,234.50"),
        (-5, "0;[Red]0", "-5"),
        (0, '0;-0;"无"', "无"),
        (0, '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
        (250_000_000, '[>=100000000]0.00,,"百万";0', "250.00百万"),
        (250, '[>=100000000]0.00,,"百万";0', "250"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (0.25, "# ?/?", "0.25"),
        (45174, "yyyy/m/d", "2023-09-05"),
        (45174, '[$-804]yyyy"年"m"月"d"日";@', "2023-09-05"),
        (45174, 'yyyy"年"m"月"', "2023年9月"),
        (45174, 'm"月"d"日"', "9月5日"),
        (45174.43125, "yyyy-mm-dd hh:mm", "2023-09-05 10:21"),
        (0.5, "h:mm", "12:00"),
        (1.5, "[h]:mm", "36:00"),
        (-3.0, "yyyy/m/d", "-3"),
        (1e300, "#,##0", "1e+300"),
        (8.4, 'General"亿元"', "8.4亿元"),
        (8.4, '"约"General', "约8.4"),
        (8.4, "General_)", "8.4"),
        (8.4, "General\\ ", "8.4"),
        (8.4, "GENERAL亩", "8.4亩"),
        (8.4, 'G/通用格式"元/年"', "8.4元/年"),
        (8.4, "General元/年", "8.4元/年"),
        (-8.4, 'General"亿元";-General"亿元"', "-8.4亿元"),
        (45174, '[>=99999]General"万";yyyy/m/d', "2023-09-05"),
    ],
)
def test_numbers_are_written_as_their_formats_show_them(value, code, text):
    assert shown_number(value, code) == text


@given(st.floats(), st.text('0#?.,%;-+()[]"\\_*yYmdhsE@年月日亿元¥<>=1 $', max_size=20))
@settings(max_examples=300)
def test_no_format_raises(value, code):
    assert isinstance(shown_number(value, code), str)


@given(st.integers(0, 10**9), st.text("亿元年月日 ()", max_size=6), st.sampled_from(["General", "G/通用格式"]))
def test_a_general_format_shows_the_number_itself(number, words, general):
    assert str(number) in shown_number(number, f'"{words}"{general}')
    assert str(number) in shown_number(number, general + words)


@given(st.decimals(-(10**9), 10**9, places=2), st.integers(0, 3))
def test_a_figure_is_never_another_one_than_its_own_rounding(value, places):
    text = shown_number(float(value), "#,##0." + "0" * places if places else "0")
    assert abs(float(text.replace(",", "")) - float(value)) <= 0.5 * 10**-places + 1e-6


def test_percent_and_dates_are_read_as_shown_in_every_workbook():
    month = 'yyyy"年"m"月"'
    as_shown = [((1, 1), "8.5%"), ((2, 1), "12%"), ((1, 2), "2023/9/5"), ((2, 2), "2023年10月")]
    rows = [("县", "增速", "日期"), ("古楼", 0.085, date(2023, 9, 5)), ("白马", 0.12, date(2023, 10, 1))]
    made = [
        ("a.xlsx", xlsx({"表": rows}, formats=[("表", "B2", "0.0%"), ("表", "B3", "0%"), ("表", "C3", month)])),
        ("a.xls", xls({"表": rows}, formats=[("表", (1, 1), "0.0%"), ("表", (2, 1), "0%"), ("表", (2, 2), month)])),
        ("a.ods", ods({"表": rows}, displayed=[("表", *each) for each in as_shown])),
    ]  # fmt: skip
    for name, data in made:
        assert (
            _text(name, data) == "县：古楼，增速：8.5%，日期：2023-09-05。\n县：白马，增速：12%，日期：2023年10月。"
        ), name


def test_hidden_sheets_and_formulas_without_a_value_are_said():
    rows = [*_ROWS, ("合计", None, "=SUM(C2:C4)", 2050)]
    data = xlsx({"表": rows, "字典": [("陶瓷",)]}, hidden=("字典",))
    assert _codes("a.xlsx", data) == [
        ("/x/a.xlsx", "reading.taken_uncalculated"),
        ("/x/a.xlsx", "reading.taken_hidden_sheets"),
    ]
    assert _text("a.xlsx", data).endswith("行业：合计，企业：—，产值：—，用工2050人。")
    assert _codes("a.xls", xls({"表": _ROWS, "字典": [("陶瓷",)]}, hidden=("字典",))) == [
        ("/x/a.xls", "reading.taken_hidden_sheets")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<html><body><table><tr><td>县</td><td>产量（万吨）</td></tr><tr><td>古楼</td><td>7.9</td></tr></table>",
        "县\t产量（万吨）\n古楼\t7.9\n",
        "县,产量（万吨）\r\n古楼,7.9\r\n",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row>'
        '<Cell><Data Type="String">县</Data></Cell><Cell><Data Type="String">产量（万吨）</Data></Cell></Row><Row>'
        '<Cell><Data Type="String">古楼</Data></Cell><Cell><Data Type="Number">7.9</Data></Cell></Row></Table>'
        "</Worksheet></Workbook>",
    ],
    ids=("page", "tabs", "commas", "xml"),
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.et"])
def test_an_export_under_the_name_of_a_workbook_is_read(text, encoding, name):
    assert _text(name, text.encode(encoding)) == "县：古楼，产量7.9万吨。"


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.ods"])
def test_a_page_or_a_text_without_a_table_under_the_name_of_a_workbook_is_read(name):
    text = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去。"
    assert _text(name, text.encode()) == text
    assert _text(name, f"<html><body><p>{text}</p></body></html>".encode()) == text


def _word(*paragraphs):
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_contents_tell_the_kind_whatever_the_name_is():
    made = {
        ".docx": _word("新桥昨天通车了。"),
        ".xlsx": xlsx({"表": [("正文",), ("新桥昨天通车了。",)]}),
        ".xls": xls({"表": [("正文",), ("新桥昨天通车了。",)]}),
        ".ods": ods({"表": [("正文",), ("新桥昨天通车了。",)]}),
        ".pptx": pptx([("", ["新桥昨天通车了。"])]),
        ".epub": epub([("", ["新桥昨天通车了。"])]),
        ".ofd": ofd([[(20, 20, "新桥昨天通车了。")]]),
        ".msg": msg("", "新桥昨天通车了。"),
    }
    for kind, data in made.items():
        for name in (*made, ".txt", ".csv", ".doc", ".pdf", ".zip"):
            if name != ".zip" or data.startswith(b"PK"):
                assert _text(f"a{name}", data) == "新桥昨天通车了。", (kind, name)


def test_slides_are_read_in_their_order_with_tables_charts_and_notes():
    table = [("县", "产量（万吨）", "户数"), ("古楼", "7.9", "310"), ("白马", "", "280")]
    chart = (["2022年", "2023年"], {"产值": [30, 32.5], "用工": [540, 560]})
    slides = [("工业产值公布", ["全市产值三百二十亿元。", "增长8.5%。"]), ("农业", ["粮食丰收。"])]
    (article,) = _read("a.pptx", pptx(slides, table, chart, "讲到这里停一下。")).articles
    assert (article.title, article.author) == ("工业产值公布", "舒怀谷")
    assert article.text.split("\n") == [
        *("工业产值公布", "全市产值三百二十亿元。", "增长8.5%。", "农业", "粮食丰收。"),
        *("县：古楼，产量7.9万吨，户数：310。", "县：白马，产量：—，户数：280。"),
        *("2022年，产值：30，用工：540。", "2023年，产值：32.5，用工：560。", "讲到这里停一下。"),
    ]
    (article,) = _read("a.pptx", pptx(slides, hidden=(1,))).articles
    assert "农业" not in article.text
    assert ("hidden_slides", 1) in article.repairs


def test_the_number_of_a_slide_and_the_name_of_the_only_series_are_not_said_twice():
    data = pptx([("工业", ["产值如下。"])], (), (["2022年", "2023年"], {"产值": [30, 32]}), "停一下。")
    number = '<a:p><a:fld id="{A}" type="slidenum"><a:t>‹编号›</a:t></a:fld></a:p></p:txBody>'
    data = _changed(data, "ppt/notesSlides/notesSlide1.xml", lambda xml: xml.replace("</p:txBody>", number))
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>产值</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea>"
    (chart,) = (name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name.startswith("ppt/charts/chart"))
    data = _changed(data, chart, lambda xml: xml.replace("<c:plotArea>", title, 1))
    assert _text("a.pptx", data).split("\n") == ["工业", "产值如下。", "产值", "2022年：30", "2023年：32", "停一下。"]


def test_merged_and_nested_cells_of_slides():
    data = pptx([("表", ["如下。"])], [("县", "产值（亿元）", "备注"), ("古楼", "7.9", "增\n长"), ("", "6.2", "")])
    data = _changed(data, "ppt/slides/slide1.xml", lambda xml: _merged_below(xml, "古楼"))
    assert _text("a.pptx", data).split("\n")[2:] == [
        "县：古楼，产值7.9亿元，备注：增 长。",
        "县：古楼，产值6.2亿元，备注：—。",
    ]


def _changed(data, part, change):
    """A package with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    return packed(parts)


def _merged_below(xml, text):
    """A slide whose cell with this text covers the one below it."""
    before, _, after = xml.rpartition(f">{text}<")
    start = before.rindex("<a:tc>")
    row = after.index("<a:tr ")
    below = after.index("<a:tc>", row)
    after = after[:below] + '<a:tc vMerge="1">' + after[below + 6 :]
    return before[:start] + '<a:tc rowSpan="2">' + before[start + 6 :] + f">{text}<" + after


def test_chapters_of_a_book_are_articles():
    table = "<table><tr><th>县</th><th>产量（万吨）</th></tr><tr><td>古楼</td><td>7.9</td></tr></table>"
    data = epub([("第一章 建县", ["青岚县建于1952年。"]), ("", ["后来设市。", table]), ("", ["<img src='a.png'/>"])])
    articles = _read("a.epub", data).articles
    assert [(a.title, a.text, a.date, a.author, a.source) for a in articles] == [
        ("第一章 建县", "第一章 建县\n青岚县建于1952年。", "2021-06-04", "舒怀谷", "青岚县志"),
        ("青岚县志", "后来设市。\n县：古楼，产量7.9万吨。", "2021-06-04", "舒怀谷", "青岚县志"),
    ]
    again = _read("a.epub", epub([("", ["前言。"]), ("第一章 建县", ["青岚县建于1952年。"])])).articles
    assert len({article.id for article in [*articles, *again]}) == 2  # ids are of the parts
    locked = {"META-INF/encryption.xml": "<encryption><EncryptionMethod Algorithm='aes'/></encryption>"}
    assert _codes("a.epub", epub([("一", ["甲乙。"])], more=locked)) == [("/x/a.epub", "reading.encrypted")]


def test_pieces_of_an_ofd_page_are_lines_from_top_to_bottom():
    pages = [
        [(20, 60, "第二行在这里。"), (20, 40, "每亩水费定为"), (44.5, 40.2, "66元。"), (60, 20, "关于水费的通知")],
        [(20, 20, "第二页。"), (90, 20, "右边")],
    ]
    (article,) = _read("a.ofd", ofd(pages)).articles
    assert article.text == "关于水费的通知\n每亩水费定为66元。\n第二行在这里。\n第二页。 右边"
    assert (article.title, article.author) == ("青岚县通知", "舒怀谷")
    assert _codes("a.ofd", ofd([[]])) == [("/x/a.ofd", "reading.pdf_pictures")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.srt", "1\r\n00:00:01,000 --> 00:00:02,000\r\n新桥<i>昨天</i>通车了\r\n\r\n2\r\n"
         "00:00:03,000 --> 00:00:04,000\r\n两千多辆车&amp;人\r\n"),
        ("a.vtt", "WEBVTT - 标题\n\nNOTE 说明\n说明的第二行\n\nSTYLE\n::cue{}\n\nc1\n"
         "00:01.000 --> 00:02.000 align:start\n<v 记者>新桥昨天通车了</v>\n\n"
            "00:02.000 --> 00:03.000\n新桥昨天通车了\n两千多辆车&amp;人\n"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n新桥昨天通车了\n2\n00:00:03,000 --> 00:00:04,000\n"
         "两千多辆车&amp;人"),
    ],
)  # fmt: skip
def test_subtitles_are_what_is_spoken(name, text):
    assert _text(name, text.encode()) == "新桥昨天通车了\n两千多辆车&人"
    (article,) = _read(f"通车采访{name[1:]}", text.encode()).articles
    assert article.title == "通车采访"


def _eml(subject="关于水费的通知", text="每亩水费定为66元。", attachments=(), html=""):
    mail = EmailMessage()
    mail["Subject"], mail["From"] = subject, "贺春山 <he@a.example>"
    mail["Date"] = "Tue, 05 Sep 2023 10:20:00 +0800"
    if html:
        mail.set_content(html, subtype="html")
    else:
        mail.set_content(text)
    for name, data in attachments:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


_SENT = datetime(2023, 9, 5, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["eml", "msg"])
def test_a_mail_is_an_article_and_its_files_are_read_by_their_own_readers(kind):
    files = [
        ("产值 表.xlsx", xlsx({"表": _ROWS[:2]})),
        ("a.txt", "新桥昨天通车了。".encode("gb18030")),
        ("a.txt", "新桥今天通车了。".encode()),
        ("包.zip", packed({"b.txt": "早点摊很热闹。", "c.gif": b"\x89PNG"})),
        ("图.gif", b"GIF89"),
        ("../../bad.docx", b"PK\3\4"),
    ]
    if kind == "eml":
        data = _eml(attachments=files)
    else:
        data = msg("关于水费的通知", "每亩水费定为66元。", "贺春山", _SENT, files)
    contents = _read(f"m.{kind}", data)
    root = f"/x/m.{kind}"
    assert [(a.path, a.title, a.date, a.author, a.text) for a in contents.articles] == [
        (root, "关于水费的通知", "2023-09-05", "贺春山", "每亩水费定为66元。"),
        (f"{root}!产值 表.xlsx", "产值 表", "", "舒怀谷", _LINES.split("\n")[0]),
        (f"{root}!a.txt", "", "", "", "新桥昨天通车了。"),
        (f"{root}!a(2).txt", "", "", "", "新桥今天通车了。"),
        (f"{root}!包.zip/b.txt", "", "", "", "早点摊很热闹。"),
    ]
    assert len({article.id for article in contents.articles}) == 5
    assert [(p.path, p.code) for p in contents.problems] == [
        (f"{root}!包.zip", "reading.archive_kind"),
        (f"{root}!bad.docx", "reading.no_word_file"),
        (root, "reading.mail_kind"),
    ]


def test_mails_in_mails_end_somewhere_and_a_page_is_a_text():
    data = _eml(text="最里面。")
    for number in range(6):
        data = _eml(text=f"第{number}层。", attachments=[("m.eml", data)])
    contents = _read("a.eml", data)
    assert [article.text for article in contents.articles] == ["第5层。", "第4层。", "第3层。", "第2层。"]
    assert [p.code for p in contents.problems] == ["reading.mail_too_deep"]
    assert _text("a.eml", _eml(html="<p>每亩水费</p><p>66元</p>")) == "每亩水费\n66元"
    assert _text("a.msg", msg("题", html="<p>每亩水费</p><p>66元</p>")) == "每亩水费\n66元"


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: =?gb2312?B?" + b"udjT2suut9G1xM2o1qo=" + b"?=",
        b"Subject: =?utf-8?Q?=E5=85=B3=E4=BA=8E=E6=B0=B4=E8=B4?=\r\n =?utf-8?Q?=B9=E7=9A=84=E9=80=9A=E7=9F=A5?=",
        b"Subject: " + "关于水费的通知".encode("gb18030"),
        b"Subject: " + "关于水费的通知".encode(),
        b"Subject: =?utf-8?B?5YWz5LqO5rA=?= =?utf-8?B?tOi0ueeahOmAmuefpQ==?=",
        b"subject: =?GBK?B?" + b"udjT2suut9G1xM2o1qo=" + b"?=",
    ],
)
def test_a_subject_is_read_however_it_was_sent(head):
    data = head + b"\r\nFrom: <he@a.example>\r\nContent-Type: text/plain\r\n\r\n" + "每亩66元。".encode("gb18030")
    (article,) = _read("a.eml", data).articles
    assert (article.title, article.author, article.text) == ("关于水费的通知", "he@a.example", "每亩66元。")


def test_a_mail_in_ascii_that_shifts_is_decoded_by_its_charset():
    data = b"Subject: a\r\nFrom: b\r\nContent-Type: text/plain; charset=hz-gb-2312\r\n\r\n" + "每亩水费".encode("hz")
    assert _text("a.eml", data) == "每亩水费"


_SOUND = office_kinds("青岚市工业产值达到三百二十亿元，同比增长8.5%。\n其中新能源零部件产值96亿元。\n")


@given(st.sampled_from(_SOUND), st.floats(0, 1), st.binary(max_size=6), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_file_cut_off_or_changed_at_any_byte_gives_articles_or_a_reason(made, share, put, cut):
    suffix, data = made
    place = int(share * len(data))
    data = data[:place] + put + (b"" if cut else data[place + len(put) :])
    contents = _read(f"a{suffix}", data)
    assert contents.articles or contents.problems
    assert "reading.reader_failed" not in [problem.code for problem in contents.problems]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"),
        ("a.pptx", ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"),
        ("a.xlsx", xlsx({"表": _ROWS})[:900], "no_workbook"),
        ("a.pptx", pptx([("题", ["甲。"])])[:900], "no_slides"),
        ("a.epub", epub([("题", ["甲。"])])[:200], "no_book"),
        ("a.ofd", ofd([[(1, 1, "甲")]])[:200], "no_ofd"),
        ("a.ods", ods({"表": _ROWS})[:200], "no_workbook"),
        ("a.xls", xls({"表": _ROWS})[:900], "no_workbook"),
        ("a.msg", msg("题", "甲乙。")[:600], "damaged"),
        *((f"a.{kind}", bytes(range(1, 256)) * 9, "damaged") for kind in ("doc", "wps", "rtf", "odt", "ppt", "xlsb")),
        ("a.xlsx", xlsx({"表": []}), "no_text"),
        ("a.pptx", pptx([("", [])]), "no_text"),
        ("a.eml", b"Subject: a\r\nFrom: b\r\n\r\n", "no_text"),
        *(
            (f"a.{kind}", b"", "empty_file")
            for kind in ("xlsx", "xls", "ods", "pptx", "epub", "eml", "msg", "ofd", "srt")
        ),
        *((f"a.{kind}", b" \n", "empty_file") for kind in ("xlsx", "doc", "eml")),
        (
            "a.xlsx",
            packed({"xl/workbook.xml": "<workbook/>", "xl/big.xml": "<a>" + "甲" * 30_000_000}),
            "package_too_large",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_reason(name, data, code):
    assert _codes(name, data) == [(f"/x/{name}", f"reading.{code}")]
    (problem,) = _read(name, data).problems
    assert problem.reason
    assert _read(name, data).articles == ()


def _sheet_of(cells):
    book = xlsx({"表": [("甲",)]})
    return _changed(book, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<row r="1">', cells + '<row r="1">', 1))


def test_a_workbook_that_claims_millions_of_cells_costs_nothing():
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>远</t></is></c></row>'
    assert _text("a.xlsx", _sheet_of(far)) == "甲\n远"
    diagonal = "".join(f'<row r="{i}"><c r="{_letters(i)}{i}" t="b"><v>1</v></c></row>' for i in range(2, 3002))
    assert _codes("a.xlsx", _sheet_of(diagonal)) == [("/x/a.xlsx", "reading.workbook_too_large")]
    merged = ods({"表": [("甲", "乙")]}, [("表", (0, 900_000, 0, 15_000))])
    assert _text("a.ods", merged) == "甲"


def _letters(number):
    result = ""
    while number:
        number, rest = divmod(number - 1, 26)
        result = chr(65 + rest) + result
    return result


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A stand-in for LibreOffice that does what a piece of Python says: `source`, `folder` and `wanted` are named."""

    def install(code):
        program = tmp_path / "bin" / "soffice"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f"#!{sys.executable}\nimport pathlib, sys, time\n"
            "folder = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
            f"source = pathlib.Path(sys.argv[-1])\nwanted = sys.argv[sys.argv.index('--convert-to') + 1]\n{code}\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent))
        index.reading.conversion._program.cache_clear()

    yield install
    index.reading.conversion._program.cache_clear()


def test_old_kinds_are_converted_where_libreoffice_is_installed(office, tmp_path, monkeypatch):
    (tmp_path / "made.docx").write_bytes(_word("新桥昨天通车了。"))
    office(f"(folder / 'file.docx').write_bytes(pathlib.Path({str(tmp_path / 'made.docx')!r}).read_bytes())")
    old = ole({"WordDocument": b"x"})
    for name in ("a.doc", "a.wps", "a.docx", "a.txt"):
        assert _text(name, old) == "新桥昨天通车了。"
    assert _text("a.rtf", b"{\\rtf1 a}") == "新桥昨天通车了。"
    assert _text("a.zip", packed({"b.doc": old})) == "新桥昨天通车了。"
    office(
        "profile = next(each for each in sys.argv if each.startswith('-env:')).removeprefix('-env:UserInstallation=file://')\n"
        "settings = pathlib.Path(profile, 'user', 'registrymodifications.xcu').read_text()\n"
        "assert 'BlockUntrustedRefererLinks' in settings and 'DisableMacrosExecution' in settings\n"
        f"(folder / 'file.docx').write_bytes(pathlib.Path({str(tmp_path / 'made.docx')!r}).read_bytes())"
    )
    assert _text("a.doc", old) == "新桥昨天通车了。"  # nothing is fetched for a document, and its macros do not run
    office("pass")
    assert _codes("a.doc", old) == [("/x/a.doc", "reading.conversion_failed")]
    monkeypatch.setattr(index.reading.conversion, "_SECONDS", 0.2)
    office("time.sleep(60)")
    assert _codes("a.ppt", ole({"PowerPoint Document": b"x"})) == [("/x/a.ppt", "reading.conversion_slow")]


def test_without_libreoffice_one_line_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(index.reading.conversion, "_PLACES", ())
    index.reading.conversion._program.cache_clear()
    (problem,) = _read("a.wps", ole({"WordDocument": b"x"})).problems
    index.reading.conversion._program.cache_clear()
    assert problem.reason == (
        "Files of this kind are converted by LibreOffice, which is not installed here. "
        "Install LibreOffice, or save it as .docx."
    )


_HARM = st.sampled_from(
    [b"", b"\xff\xab", b"&#xD800;", b"&#57000;", b"<", b"</row>", b"<row>", b'"99999999"', b'"-1"', b't="s"', b"&amp;",
     b"\0",
     b'r="XFD1048576"', b'ref="A1:XFD1048576"', b"<v>1e400</v>", b"../../..", b'xmlns=""', b"<w:tbl>" * 50]
)  # fmt: skip
_PACKAGES = [
    (suffix, data) for suffix, data in [*_SOUND, (".docx", _word("新桥昨天通车了。"))] if data.startswith(b"PK")
]


@given(
    st.sampled_from(_PACKAGES), st.integers(0, 30), st.lists(st.tuples(st.floats(0, 1), _HARM), min_size=1, max_size=4)
)
@settings(max_examples=150, deadline=None)
def test_harm_inside_a_package_gives_articles_or_a_reason(made, part, harms):
    suffix, data = made
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(parts)[part % len(parts)]
    for share, harm in harms:
        place = int(share * len(parts[name]))
        parts[name] = parts[name][:place] + harm + parts[name][place + len(harm) * (len(harm) % 2) :]
    contents = _read(f"a{suffix}", packed(parts))
    assert contents.articles or contents.problems
    assert "reading.reader_failed" not in [problem.code for problem in contents.problems]
    for article in contents.articles:
        assert article.text.encode()
