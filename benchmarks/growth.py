"""Measure how the time of each reader grows with the size of its file: 1, 2, 4 and 8 MB of text, sound and hostile.

Knows how such files are made, without other libraries than the project's own where it can. Prints processor seconds
of reading and of cleaning, and how often the seconds of 1 MB those of 8 MB are: 8 for time that grows as the size.

    python -m benchmarks.growth [NAME ...] [--write]
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import struct
import sys
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.quality import provenance
from index.reading.contents import is_markdown
from index.reading.files import read_articles
from index.text.chunking import passages
from index.text.cleaning import clean

_SIZES = (1.0, 2.0, 4.0, 8.0)  # megabytes
_MEGABYTE = 1 << 20
_RESULTS = Path(__file__).parent / "results" / "growth.json"
_SENTENCE = "第{i}家企业青釉坊位于青岚县第{i}工业园，上半年产值{i}.4亿元，同比增长8.5%，用工{i}人，负责人为言小满。"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def _lines(size: float) -> list[str]:
    """Return different sentences of together `size` megabytes in UTF-8."""
    line = _SENTENCE.replace("{i}", "10000")
    return [
        _SENTENCE.replace("{i}", str(i))
        for i in range(10000, 10000 + int(size * _MEGABYTE) // (len(line.encode()) + 1))
    ]


def _joined(size: float, before: str = "", after: str = "\n") -> str:
    return "".join(f"{before}{line}{after}" for line in _lines(size))


def _zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def _docx(body: str) -> bytes:
    return _zipped({"word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'})


def _word_table(size: float) -> bytes:
    cells = "".join(
        "<w:tr>"
        + "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in (line[:20], "陶瓷", "8.4", "540"))
        + "</w:tr>"
        for line in _lines(size)
    )
    return _docx(f"<w:tbl>{cells}</w:tbl>")


def _xlsx(size: float, width: int) -> bytes:
    rows = []
    for i, line in enumerate(_lines(size), 1):
        inner = "".join(
            f'<c t="inlineStr"><is><t>{line[:24] if column == 0 else column * i}</t></is></c>'
            for column in range(width)
        )
        rows.append(f'<row r="{i}">{inner}</row>')
    return _zipped(
        {
            "xl/workbook.xml": '<workbook><sheets><sheet name="表"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>",
        }
    )


def _ods(size: float) -> bytes:
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{line}</text:p></table:table-cell></table:table-row>"
        for line in _lines(size)
    )
    content = (
        f'<office:document-content {_ODF}><table:table table:name="表">{rows}</table:table></office:document-content>'
    )
    return _zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def _slides(size: float, each: int) -> bytes:
    """Slides with `each` lines; 0: all lines on one slide."""
    lines = _lines(size)
    each = each or len(lines)
    slides = {}
    for number, start in enumerate(range(0, len(lines), each), 1):
        shape = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines[start : start + each])
        slides[f"ppt/slides/slide{number}.xml"] = f'<p:sld xmlns:p="p" xmlns:a="a"><p:sp>{shape}</p:sp></p:sld>'
    return _zipped({"ppt/presentation.xml": "<p/>", **slides})


def _book(size: float, each: int) -> bytes:
    lines = _lines(size)
    each = each or len(lines)
    pages = {}
    for number, start in enumerate(range(0, len(lines), each)):
        inner = "".join(f"<p>{line}</p>" for line in lines[start : start + each])
        pages[f"c{number:05}.xhtml"] = f"<html><body><h1>第{number}章</h1>{inner}</body></html>"
    return _zipped({"META-INF/container.xml": "<container/>", **pages})


def _ofd(size: float) -> bytes:
    parts = {
        "OFD.xml": "<o><DocBody><DocRoot>D/Document.xml</DocRoot></DocBody></o>",
    }
    lines = _lines(size)
    listed = []
    for number, start in enumerate(range(0, len(lines), 40)):
        pieces = "".join(
            f'<TextObject Boundary="20 {20 + 6 * i} 180 5" Size="4"><TextCode Y="4">{line}</TextCode></TextObject>'
            for i, line in enumerate(lines[start : start + 40])
        )
        listed.append(f'<Page BaseLoc="P/{number}.xml"/>')
        parts[f"D/P/{number}.xml"] = f"<Page>{pieces}</Page>"
    parts["D/Document.xml"] = f"<d><Pages>{''.join(listed)}</Pages></d>"
    return _zipped(parts)


def _mail(size: float) -> bytes:
    half = "\r\n".join(_lines(size)[::2])
    attached = b64encode(half.encode()).decode()
    folded = "\r\n".join(attached[i : i + 76] for i in range(0, len(attached), 76))
    return (
        "From: a@b.example\r\nSubject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{half}\r\n--x\r\nContent-Type: text/plain; name=a.txt\r\n"
        f"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n{folded}\r\n--x--\r\n"
    ).encode()


def _pages(size: float) -> Iterator[str]:
    """Yield what draws pages of 40 lines."""
    lines = _lines(size)
    for start in range(0, len(lines), 40):
        text = "".join(f"<{line.encode('utf-16-be').hex()}> Tj T*\n" for line in lines[start : start + 40])
        yield f"BT /F 10 Tf 18 TL 40 780 Td\n{text}ET"


def _figures(size: float, place: Callable[[int], tuple[int, int]], each: int) -> Iterator[str]:
    """Yield what draws pages of `each` figures, every one at the place that its number gives, in few bytes."""
    drawn, number = 0, 0
    while drawn < size * _MEGABYTE:
        pieces = []
        last = (0, 0)
        for _ in range(each):
            x, y = place(number)
            pieces.append(f"{x - last[0]} {y - last[1]} Td<{48 + number % 10:04x}>Tj\n")
            last = (x, y)
            number += 1
        page = f"BT /F 6 Tf\n{''.join(pieces)}ET"
        drawn += len(page)
        yield page


def _pdf(drawn: Iterable[str]) -> bytes:
    """A PDF written by hand: its text is in UTF-16, by a map of characters to themselves."""
    to_unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def 1 begincodespacerange"
        " <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end end"
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R"
        " >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
        " /Supplement 0 >> /FontDescriptor 5 0 R /DW 1000 >>",
        "<< /Type /FontDescriptor /FontName /A /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent 0"
        " /CapHeight 800 /StemV 80 >>",
        f"<< /Length {len(to_unicode)} >>\nstream\n{to_unicode}\nendstream",
    ]
    pages = []
    for content in drawn:
        number = len(objects) + 1
        pages.append(number + 1)
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 700 842] /Resources << /Font << /F 3 0 R >> >>"
            f" /Contents {number} 0 R >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{page} 0 R' for page in pages)}] /Count {len(pages)} >>"
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _ole(streams: dict[str, bytes]) -> bytes:
    """A file of streams, as old office programs write them."""
    sector, none, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    body, chain, entries = bytearray(), list[int](), list[tuple[str, int, int, int, int, int]]()

    def put(data: bytes) -> int:
        start, count = len(chain), -(-len(data) // sector)
        body.extend(data.ljust(count * sector, b"\0"))
        chain.extend([*range(start + 1, start + count), end])
        return start

    entries.append(("Root Entry", 5, 1, none, end, 0))
    for number, (name, data) in enumerate(streams.items(), 1):  # each the right neighbour of the one before
        whole = data.ljust(4096, b"\0")  # a smaller one would need another kind of sectors
        entries.append((name, 2, none, number + 1 if number < len(streams) else none, put(whole), len(whole)))
    directory = b""
    for name, kind, child, right, start, length in entries:
        wide = name.encode("utf-16-le")
        directory += wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide) + 2, kind, 1, none, right, child)
        directory += bytes(36) + struct.pack("<IQ", start, length)
    first = put(directory)
    tables = lists = 0  # sectors of the table of sectors, and of the list of these beyond the 109 in the header
    while tables * 128 < len(chain) + tables + lists:
        tables += 1
        lists = -(-max(tables - 109, 0) // 127)
    at = len(chain)
    places = [*range(at, at + tables), *[none] * (109 + lists * 127 - tables)]
    table = [*chain, *[0xFFFFFFFD] * tables, *[0xFFFFFFFC] * lists]
    table += [none] * (tables * 128 - len(table))
    listed = b"".join(
        struct.pack("<128I", *places[109 + 127 * i : 236 + 127 * i], at + tables + i + 1 if i + 1 < lists else end)
        for i in range(lists)
    )
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, tables, first, 0, 4096, end, 0, at + tables if lists else end, lists)
    return head + struct.pack("<109I", *places[:109]) + bytes(body) + struct.pack(f"<{len(table)}I", *table) + listed


def _xls(size: float) -> bytes:
    """An old workbook of one column."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    cells = []
    for number, line in enumerate(_lines(size)):
        text = line.encode("utf-16-le")
        cells.append(record(0x204, struct.pack("<HHHHB", number, 0, 0, len(line), 1) + text))
    opened = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 6)) + b"".join(cells) + record(0x0A, b"")
    name = struct.pack("<BB", 1, 0) + b"a"
    place = len(opened) + len(record(0x85, struct.pack("<IH", 0, 0) + name)) + len(record(0x0A, b""))
    book = opened + record(0x85, struct.pack("<IH", place, 0) + name) + record(0x0A, b"") + sheet
    return _ole({"Workbook": book})


def _msg(size: float) -> bytes:
    return _ole(
        {
            "__properties_version1.0": bytes(32),
            "__substg1.0_0037001F": "关于产值的通知".encode("utf-16-le"),
            "__substg1.0_1000001F": _joined(size).encode("utf-16-le"),
        }
    )


def _json(size: float) -> str:
    return json.dumps([{"title": line[:12], "text": line} for line in _lines(size)], ensure_ascii=False)


def _filled(size: float, piece: str | bytes, end: str | bytes = b"") -> bytes:
    """Return so many copies of a piece that they are `size` megabytes."""
    raw, tail = (each.encode() if isinstance(each, str) else each for each in (piece, end))
    return raw * (int(size * _MEGABYTE) // len(raw)) + tail


_WHOLE = "青岚市的工业产值，又创新高，超过去年。"
# The name of each kind of file → what makes one of so many megabytes of text.
MADE: dict[str, Callable[[float], bytes]] = {
    "text.txt": lambda n: _joined(n).encode(),
    "one line.txt": lambda n: _joined(n, after="").encode(),
    "gb18030.txt": lambda n: _joined(n).encode("gb18030"),
    "no stop.txt": lambda n: _filled(n, "产值"),
    "stops.txt": lambda n: _filled(n, "。"),
    "short lines.txt": lambda n: _filled(n, "产值\n"),
    "pinyin.txt": lambda n: _filled(n, "产(chǎn)"),
    "question marks.txt": lambda n: _filled(n, "产???"),
    "brackets.txt": lambda n: _filled(n, "（"),
    "spaces.txt": lambda n: _filled(n, "产 值 "),
    "figures.txt": lambda n: _filled(n, "1234567890"),
    "text.md": lambda n: _joined(n, "- **", "**\n").encode(),
    "table.md": lambda n: ("|企业|产值（亿元）|\n|---|---|\n" + _joined(n, "|", "|8.4|\n")).encode(),
    "brackets.md": lambda n: _filled(n, "["),
    "links.md": lambda n: _filled(n, "[甲](b) "),
    "front matter.md": lambda n: b"---\n" + _filled(n, "a: b\n") + b"---\n" + _WHOLE.encode(),
    "tags.md": lambda n: _filled(n, "<b>甲</b><"),
    "page.html": lambda n: f"<html><body>{_joined(n, '<p>', '</p>')}</body></html>".encode(),
    "table.html": lambda n: f"<table>{_joined(n, '<tr><td>', '</td><td>8.4</td></tr>')}</table>".encode(),
    "levels.html": lambda n: _filled(n, "<div>", _WHOLE),
    "tables.html": lambda n: _filled(n, "<table><tr><td>", _WHOLE),
    "links.html": lambda n: _filled(n, "<a href='b'>甲乙丙</a>", f"<p>{_WHOLE}</p>"),
    "hidden.html": lambda n: _filled(n, "<p style='display:none'>甲乙丙</p>", f"<p>{_WHOLE}</p>"),
    "script.html": lambda n: b"<script>var a={" + _filled(n, '"a":"甲",') + f"}}</script><p>{_WHOLE}</p>".encode(),
    "linked data.html": lambda n: b'<script type="application/ld+json">' + _filled(n, "[", f"</script>{_WHOLE}"),
    "attributes.html": lambda n: b"<a " + _filled(n, "x=1 ") + f">{_WHOLE}".encode(),
    "comments.html": lambda n: _filled(n, "<!-- a ", _WHOLE),
    "saved.mhtml": lambda n: b"From: a\r\nContent-Type: text/html\r\n\r\n" + _joined(n, "<p>", "</p>").encode(),
    "feed.xml": lambda n: (
        f"<rss><channel>{_joined(n, '<item><title>甲</title><description>', '</description></item>')}</channel></rss>"
    ).encode(),
    "rows.csv": lambda n: ("title,text\n" + _joined(n, "题,")).encode(),
    "figures.csv": lambda n: ("企业,产值（亿元）\n" + "".join(f"{line[:20]},8.4\n" for line in _lines(n))).encode(),
    "quotes.csv": lambda n: b'text\n"' + _filled(n, '""'),
    "open quotes.csv": lambda n: b"title,text\n" + _joined(n, 'a,"').encode(),
    "characters.csv": lambda n: b"text\n" + _filled(n, "产\n"),
    "columns.csv": lambda n: _filled(n, "a,") + b"text\n" + _filled(n, "b,"),
    "rows.jsonl": lambda n: "\n".join(json.dumps({"text": line}, ensure_ascii=False) for line in _lines(n)).encode(),
    "list.json": lambda n: _json(n).encode(),
    "cut off.json": lambda n: _json(n)[:-9].encode(),
    "brackets.json": lambda n: _filled(n, "["),
    "objects.json": lambda n: _filled(n, '{"a":'),
    "commas.json": lambda n: _json(n).replace("}, {", "},, {").encode(),
    "text.docx": lambda n: _docx(_joined(n, "<w:p><w:r><w:t>", "</w:t></w:r></w:p>")),
    "table.docx": _word_table,
    "levels.docx": lambda n: _docx(_filled(n, "<w:tbl><w:tr><w:tc>", "<w:p><w:r><w:t>甲</w:t></w:r></w:p>").decode()),
    "wide.xlsx": lambda n: _xlsx(n, 12),
    "long.xlsx": lambda n: _xlsx(n, 1),
    "long.ods": _ods,
    "long.xls": _xls,
    "mail.msg": _msg,
    "export.xls": lambda n: f"<table>{_joined(n, '<tr><td>', '</td><td>8.4</td></tr>')}</table>".encode(),
    "slides.pptx": lambda n: _slides(n, 8),
    "one slide.pptx": lambda n: _slides(n, 0),
    "chapters.epub": lambda n: _book(n, 40),
    "one chapter.epub": lambda n: _book(n, 0),
    "pages.ofd": _ofd,
    "attachment.eml": _mail,
    "header.eml": lambda n: b"From: a\r\nSubject: " + _filled(n, "=?utf-8?B?5rC0?= ") + b"\r\n\r\n" + _WHOLE.encode(),
    "parts.eml": lambda n: (
        b"From: a\r\nSubject: b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + _filled(n, "--x\r\n\r\na\r\n")
    ),
    "text.srt": lambda n: _joined(n, "1\n00:00:01,000 --> 00:00:02,000\n", "\n\n").encode(),
    "times.srt": lambda n: _filled(n, "00:00:01,000 --> 00:00:02,000\n", _WHOLE),
    "tags.srt": lambda n: _filled(n, "<i", _WHOLE),
    "pages.pdf": lambda n: _pdf(_pages(n)),
    "scattered.pdf": lambda n: _pdf(_figures(n, lambda i: (i * 7919 % 660 + 10, i * i * 31 % 800 + 20), 1500)),
    "columns.pdf": lambda n: _pdf(_figures(n, lambda i: (i % 30 * 22 + 10, 830 - i // 30 % 80 * 10), 2400)),
    "text.zip": lambda n: _zipped({"a.txt": _joined(n)}),
    "members.zip": lambda n: _zipped({f"{i}.txt": line for i, line in enumerate(_lines(n)[: int(n * 1000)])}),
    "text.txt.gz": lambda n: gzip.compress(_joined(n).encode()),
    "text.txt.xz": lambda n: lzma.compress(_joined(n).encode(), preset=0),
    "text.txt.bz2": lambda n: bz2.compress(_joined(n).encode()),
}  # fmt: skip


def measured(name: str, share: float, *, cleaning: bool = True) -> Iterator[tuple[float, float]]:
    """Yield the processor seconds of reading, and of cleaning and cutting, for that share of each size."""
    for size in (share * size for size in _SIZES):
        data = MADE[name](size)
        begun = time.process_time()
        contents = read_articles(Path("/") / name, data)
        read = time.process_time()
        for article in contents.articles if cleaning else ():
            passages(article, clean(article.text, title=article.title, markdown=is_markdown(article.path)))
        yield read - begun, time.process_time() - read


def main() -> None:
    """Print one line for each kind of file."""
    options = argparse.ArgumentParser(
        description="Measure how the time of each reader grows with the size of its file."
    )
    options.add_argument("names", nargs="*", metavar="NAME", help="kinds of files whose names hold this; default: all")
    options.add_argument("--share", type=float, default=1.0, help="of 1, 2, 4 and 8 MB; default: 1")
    options.add_argument("--reading", action="store_true", help="measure reading only")
    options.add_argument("--write", action="store_true", help="save the figures in benchmarks/results/growth.json")
    chosen = options.parse_args()
    names = [name for name in MADE if not chosen.names or any(each in name for each in chosen.names)]
    sys.stdout.write(f"{'':18} {'reading':>31} largest/smallest {'cleaning':>24} largest/smallest\n")
    for name in names:
        read, cleaned = zip(*measured(name, chosen.share, cleaning=not chosen.reading), strict=True)
        columns = [
            "".join(f"{seconds:8.2f}" for seconds in spent) + f"{spent[-1] / max(spent[0], 0.01):9.1f}"
            for spent in (read, cleaned)
        ]
        sys.stdout.write(f"{name:18} {'  '.join(columns)}\n")
        sys.stdout.flush()
        if chosen.write:  # beside those of other kinds, each with the commit that it was measured at
            saved = json.loads(_RESULTS.read_text(encoding="utf-8")) if _RESULTS.exists() else {}
            saved[name] = {**provenance(), "megabytes": [chosen.share * size for size in _SIZES]}
            saved[name] |= {"reading_seconds": [round(seconds, 2) for seconds in read]}
            saved[name] |= {} if chosen.reading else {"cleaning_seconds": [round(seconds, 2) for seconds in cleaned]}
            _RESULTS.write_text(json.dumps(dict(sorted(saved.items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
