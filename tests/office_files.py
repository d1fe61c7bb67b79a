"""Makes files of the kinds that office programs, mail programs and makers of books write, for the tests."""

import io
import struct
import zipfile
from datetime import date, datetime
from itertools import pairwise

import openpyxl
import xlwt
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def packed(members, first=()):
    """A zip of (name, text or bytes), without a clock in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*first, *members.items()]:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return file.getvalue()


def xlsx(sheets, merged=(), formats=(), hidden=(), author="舒怀谷"):
    """A workbook of {name: rows}; `merged` and `formats` hold (sheet, area) and (sheet, cell, format)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    for name, cell, code in formats:
        book[name][cell].number_format = code
    for name, area in merged:
        book[name].merge_cells(area)
    book.properties.creator = author
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls(sheets, merged=(), formats=(), hidden=()):
    """The same as an old workbook; areas are (first row, last row, first column, last column), from 0."""
    book = xlwt.Workbook()
    codes = {(name, cell): code for name, cell, code in formats}
    styles = {}
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is None:
                    continue
                code = codes.get((name, (i, j)), "yyyy-mm-dd" if isinstance(value, (date, datetime)) else "General")
                sheet.write(i, j, value, styles.setdefault(code, xlwt.easyxf(num_format_str=code)))
        if name in hidden:
            sheet.visibility = 1
    for name, area in merged:
        sheet = book.get_sheet(name)
        sheet.merged_ranges.append(area)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)


def ods(sheets, merged=(), displayed=()):
    """The same as an OpenDocument; `merged` as of an old workbook, `displayed` holds (sheet, cell, what it shows)."""
    shows = {(name, cell): text for name, cell, text in displayed}
    content = _ODS
    for name, rows in sheets.items():
        content += f'<table:table table:name="{name}">'
        spans = {(area[0], area[2]): area for own, area in merged if own == name}
        for i, row in enumerate(rows):
            content += "<table:table-row>"
            for j, value in enumerate(row):
                span = ""
                if (area := spans.get((i, j))) is not None:
                    span = (
                        f' table:number-rows-spanned="{area[1] - area[0] + 1}"'
                        f' table:number-columns-spanned="{area[3] - area[2] + 1}"'
                    )
                day = f' office:date-value="{value.isoformat()}"' if isinstance(value, date) else ""
                text = shows.get((name, (i, j)), "" if value is None else str(value))
                inner = f"<text:p>{text}</text:p>" if text else ""
                content += f"<table:table-cell{span}{day}>{inner}</table:table-cell>"
            # Programs write the rest of the columns and rows as one empty cell.
            content += '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        content += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        content += "</table:table>"
    content += "</office:spreadsheet></office:body></office:document-content>"
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return packed({"content.xml": content}, [("mimetype", mimetype)])


def pptx(slides, table=(), chart=(), notes="", hidden=(), author="舒怀谷"):
    """Slides of (title, lines); the last holds a table of rows, a chart of (categories, {series: values}) and notes."""
    show = Presentation()
    for title, lines in slides:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    if table:
        grid = slide.shapes.add_table(len(table), len(table[0]), Inches(1), Inches(1), Inches(6), Inches(2)).table
        for i, row in enumerate(table):
            for j, text in enumerate(row):
                grid.cell(i, j).text = text or ""
    if chart:
        categories, series = chart
        data = CategoryChartData()
        data.categories = categories
        for name, values in series.items():
            data.add_series(name, values)
        slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(5), Inches(3), data)
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    for number in hidden:
        show.slides[number]._element.set("show", "0")
    show.core_properties.author = author
    show.core_properties.title = ""
    file = io.BytesIO()
    show.save(file)
    return file.getvalue()


def epub(chapters, title="青岚县志", author="舒怀谷", day="2021-06-04", more=None):
    """A book of (heading, paragraphs)."""
    items = "".join(
        f'<item id="c{i}" href="text/{i}.xhtml" media-type="application/xhtml+xml"/>' for i in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:date>{day}</dc:date></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
    )
    pages = {}
    for i, (heading, paragraphs) in enumerate(chapters):
        head = f"<h1>{heading}</h1>" if heading else ""
        body = head + "".join(each if each.startswith("<") else f"<p>{each}</p>" for each in paragraphs)
        pages[f"OEBPS/text/{i}.xhtml"] = (
            f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{i}</title></head><body>{body}</body></html>'
        )
    parts = {"META-INF/container.xml": container, "OEBPS/content.opf": opf, **pages, **(more or {})}
    return packed(parts, [("mimetype", "application/epub+zip")])


def ofd(pages, title="青岚县通知", author="舒怀谷"):
    """Pages of (x, y, text) in millimetres."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    info = f"<ofd:Title>{title}</ofd:Title><ofd:Author>{author}</ofd:Author>"
    parts = {
        "OFD.xml": (
            f"<ofd:OFD {space}><ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo>"
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        )
    }
    listed = "".join(f'<ofd:Page ID="{i}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages)))
    parts["Doc_0/Document.xml"] = f"<ofd:Document {space}><ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    for i, pieces in enumerate(pages):
        objects = "".join(
            f'<ofd:TextObject ID="{i}{j}" Boundary="{x} {y} {len(text) * 4} 5" Size="4">'
            f'<ofd:TextCode X="0" Y="4" DeltaX="g {len(text) - 1} 4">{text}</ofd:TextCode></ofd:TextObject>'
            for j, (x, y, text) in enumerate(pieces)
        )
        parts[f"Doc_0/Pages/Page_{i}/Content.xml"] = (
            f"<ofd:Page {space}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"
        )
    return packed(parts)


def ole(streams):
    """An OLE file of {path: bytes}; paths are parted by slashes."""
    sector, free, last, fat_mark = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    tree = {}
    for path, data in streams.items():
        place = tree
        *folders, name = path.split("/")
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = data
    entries = []  # [name, kind, child, right, start, size]
    body = []  # sectors
    fat = []

    def put(data):
        if not data:
            return last
        start = len(body)
        pieces = [data[i : i + sector].ljust(sector, b"\0") for i in range(0, len(data), sector)]
        body.extend(pieces)
        fat.extend([*range(start + 1, start + len(pieces)), last])
        return start

    def add(items):
        """The number of the first of these entries, which form a chain."""
        numbers = []
        for name, value in sorted(items.items(), key=lambda item: (len(item[0]), item[0].upper())):
            entry = [name, 1 if isinstance(value, dict) else 2, free, free, 0, 0]
            numbers.append(len(entries))
            entries.append(entry)
            if isinstance(value, dict):
                entry[2] = add(value)
            else:
                entry[4], entry[5] = put(value.ljust(4096, b"\0")), max(len(value), 4096)  # none is a small one
        for one, after in pairwise(numbers):
            entries[one][3] = after
        return numbers[0] if numbers else free

    entries.append(["Root Entry", 5, free, free, last, 0])
    entries[0][2] = add(tree)
    folder = b""
    for name, kind, child, right, start, size in entries:
        wide = name.encode("utf-16-le")
        folder += wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide) + 2, kind, 1)
        folder += struct.pack("<III", free, right, child) + bytes(36) + struct.pack("<IQ", start, size)
    directory = put(folder.ljust(-(-len(folder) // sector) * sector, b"\0"))
    tables = 1
    while tables * 128 < len(fat) + tables:
        tables += 1
    fat_start = len(fat)
    table = [*fat, *[fat_mark] * tables]
    raw = struct.pack(f"<{tables * 128}I", *table, *[free] * (tables * 128 - len(table)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, directory, 0, 4096, last, 0, last, 0)
    header += struct.pack("<109I", *range(fat_start, fat_start + tables), *[free] * (109 - tables))
    return header + b"".join(body) + raw


def msg(subject="", text="", sender="", sent=None, attachments=(), html="", rtf=b""):
    """A mail as Outlook saves it; attachments are (name, bytes), `rtf` is packed."""
    streams = {"__nameid_version1.0/__substg1.0_00020102": b""}
    for number, value in (("0037", subject), ("1000", text), ("0C1A", sender)):
        if value:
            streams[f"__substg1.0_{number}001F"] = value.encode("utf-16-le")
    if html:
        streams["__substg1.0_10130102"] = html.encode()
    if rtf:
        streams["__substg1.0_10090102"] = rtf
    properties = bytes(32)
    if sent is not None:
        ticks = int((sent - datetime(1601, 1, 1, tzinfo=sent.tzinfo)).total_seconds()) * 10_000_000
        properties += struct.pack("<IIQ", 0x00390040, 6, ticks)
    streams["__properties_version1.0"] = properties
    for i, (name, data) in enumerate(attachments):
        folder = f"__attach_version1.0_#{i:08X}"
        streams[f"{folder}/__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{folder}/__substg1.0_37010102"] = data
    return ole(streams)


def office_kinds(text):
    """(suffix, bytes) of a sound file of each kind with this text in it, and a table, a note or a file beside it."""
    rows = [
        ("行业", "企业", "产值（亿元）", "日期"),
        ("陶瓷", "青釉坊", 8.4, date(2023, 9, 5)),
        (None, "白泥窑", None, None),
    ]
    sheets = {"产值": rows, "新闻": [("标题", "正文"), ("工业产值公布", text)]}
    table = [("县", "产量（万吨）"), ("古楼", "7.9"), ("白马", "")]
    slides = pptx([("工业产值公布", text.split("\n"))], table, (["2022年", "2023年"], {"产值": [30, 32]}), "备注。")
    book = xlsx(sheets, [("产值", "A2:A3")])
    mail = (
        "Subject: =?utf-8?B?5bel5Lia?=\r\nFrom: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;"
        f' boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--x\r\n'
        'Content-Type: text/csv; name="a.csv"'
        f"\r\nContent-Disposition: attachment\r\n\r\ntitle,text\r\n题,{text}\r\n--x--\r\n"
    )
    pieces = [(20, 20 + 10 * i, line) for i, line in enumerate(text.split("\n")) if line]
    return [
        (".xlsx", book),
        (".xls", xls(sheets, [("产值", (1, 2, 0, 0))])),
        (".ods", ods(sheets, [("产值", (1, 2, 0, 0))])),
        (".pptx", slides),
        (".epub", epub([("第一章", text.split("\n")), ("", [text])])),
        (".ofd", ofd([pieces])),
        (".eml", mail.encode()),
        (".msg", msg("工业产值公布", text, "舒怀谷", None, [("a.xlsx", book)])),
        (".srt", f"1\n00:00:01,000 --> 00:00:02,000\n{text}".encode()),
    ]
