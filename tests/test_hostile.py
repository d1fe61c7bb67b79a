"""Files made to do harm, or harmed: nothing ends a run, nothing hangs, nothing is written anywhere but in the store."""

import bz2
import gzip
import io
import json
import lzma
import random
import time
import zipfile
from functools import partial, reduce
from pathlib import Path

import docx
import pytest
from costs import within
from office_files import office_kinds, packed
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from benchmarks.growth import MADE
from index.doctor import examine
from index.reading.contents import is_markdown
from index.reading.files import read_articles
from index.reading.kinds import SUFFIXES
from index.text.chunking import passages
from index.text.cleaning import clean, running_text
from index.text.duplicates import bands, comparable_text
from index.updating import reindex

_TRIED = 10_000
_MOST = 5.0  # seconds that a file may cost
_LONG = 1.0  # seconds from which the cost of a file is looked at
_BODY = (
    "青岚市统计局昨日公布，前三季度全市工业产值达到三百二十亿元，同比增长8.5%。\n其中新能源零部件产值96亿元，占三成。\n"
)
_PAGE = f"""<!doctype html><html><head><meta charset="gb2312"><title>工业产值公布_青岚网</title>
<meta name="PubDate" content="2023-09-05"><script type="application/ld+json">{{"headline": "工业产值公布"}}</script>\
</head><body>
<ul><li><a href="/">首页</a></li></ul><h1>工业产值公布</h1><p>来源：青岚日报　2023-09-05 10:20</p>
{"".join(f"<p>{line}</p>" for line in _BODY.splitlines() * 3)}<p>责任编辑：舒怀谷</p></body></html>"""
_FEED = f"""<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>青岚网</title><item><title>\
工业产值公布</title>
<link>http://a.example/1</link><pubDate>Tue, 05 Sep 2023 10:20:00 +0800</pubDate><description><![CDATA[<p>{_BODY}</p>\
]]></description></item>
</channel></rss>"""
_LAUGHS = b"<rss><channel><item><description>&j;</description></item></channel></rss>"
_MAIL = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
    b"%s\r\n--x--\r\n"
)


def _zip(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def _document():
    out = io.BytesIO()
    document = docx.Document()
    document.add_heading("工业产值公布", 0)
    document.add_paragraph(_BODY)
    document.add_table(2, 2).cell(0, 0).text = "产值"
    document.save(out)
    return out.getvalue()


def _pdf():
    out = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    page = canvas.Canvas(out)
    page.setFont("STSong-Light", 12)
    for i, line in enumerate(_BODY.splitlines()):
        page.drawString(72, 700 - 20 * i, line)
    page.save()
    return out.getvalue()


def _book(rows, strings):
    """A workbook of one sheet from its XML."""
    return packed(
        {
            "xl/workbook.xml": '<workbook><sheets><sheet name="表"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
        }
    )


@pytest.fixture(scope="module")
def whole():
    """Sound files of every kind: (suffix, bytes)."""
    row = json.dumps({"id": "1", "title": "工业产值公布", "text": _BODY, "date": "2023-09-05"}, ensure_ascii=False)
    page = _PAGE.encode()
    return [
        (".txt", _BODY.encode()),
        (".txt", _BODY.encode("gb18030")),
        (".txt", _BODY.encode("utf-16")),
        (".md", f"# 工业产值公布\n\n**{_BODY}**".encode()),
        (".html", page),
        (".htm", _PAGE.encode("gb18030")),
        (".mhtml", _MAIL % page),
        (".xml", _FEED.encode("gb18030")),
        (".jsonl", (row + "\n" + row).encode()),
        (".json", f"[{row}]".encode()),
        (".csv", f"title,text\n工业产值公布,{_BODY}".encode("gb18030")),
        (".docx", _document()),
        (".pdf", _pdf()),
        *((suffix, data) for suffix, data in office_kinds(_BODY)),
        (".zip", _zip(**{"a.txt": _BODY, "新闻/b.html": page, "c.zip": _zip(**{"d.txt": _BODY})})),
        (".gz", gzip.compress(_BODY.encode(), mtime=0)),
        (".xz", lzma.compress(_BODY.encode())),
        (".bz2", bz2.compress(_BODY.encode())),
    ]


def _harmed(chance, suffix, data):
    """The same file with bytes changed, cut, doubled, or put under the name of another kind."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 10, 60))):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + chance.choice((1, 4, 100))]
            case 2:
                data[place:place] = chance.randbytes(chance.choice((1, 4, 50)))
            case 3:
                other = chance.randrange(len(data) + 1)
                data[place:place] = data[other : other + 200]
            case 4:
                data[place:place] = (
                    chance.choice(
                        (b"<div>", b"<![CDATA[", b"\0\0", b"\xff\xfe", b'"', b"\r\n", "锟斤拷".encode(), b"<" * 50)
                    )
                    * 5
                )
            case 5:
                data[place:] = b"" if chance.random() < 0.2 else data[place:]
            case 6:
                data[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
    return chance.choice((suffix, suffix, suffix, chance.choice(sorted(SUFFIXES)))), bytes(data)


def _made(chance):
    """Nothing that ever was a file of its kind."""
    text = "".join(
        chance.choice("<>/&;\"'=[]{}(),:%d产值亿\n\t \0\u200b\ue000\ufffd")
        for _ in range(chance.choice((5, 300, 4000)))
    )
    size = chance.choice((0, 1, 20, 3000))
    return chance.choice(sorted(SUFFIXES | {".zip", ".gz", ".xz", ".bz2"})), chance.choice(
        (chance.randbytes(size), text.encode())
    )


def _taken_in(name, data):
    """What a file holds, after all that is done with it before it is embedded."""
    contents = read_articles(Path("/x") / name, data)
    assert "reading.reader_failed" not in [problem.code for problem in contents.problems]
    for article in contents.articles:
        cleaned = clean(article.text, title=article.title, markdown=is_markdown(article.path))
        for passage in passages(article, cleaned):
            assert article.text[passage.start : passage.end] == passage.text
        assert isinstance(bands(comparable_text(running_text(article.text, cleaned))), tuple)
    return contents


@pytest.mark.fuzz
def test_harmed_files_give_articles_or_a_reason(whole):
    chance = random.Random(20231122)
    for number in range(_TRIED):
        suffix, data = _made(chance) if chance.random() < 0.2 else _harmed(chance, *chance.choice(whole))
        begun = time.thread_time()
        contents = _taken_in(f"{number}{suffix}", data)
        if time.thread_time() - begun > _LONG:
            within(_MOST, partial(_taken_in, f"{number}{suffix}", data))
        assert contents.articles or contents.problems, (suffix, data[:60])
        for problem in contents.problems:
            assert problem.reason and not set(problem.reason + problem.path) & set("\n\r\0\u2028"), problem
        for article in contents.articles:
            assert article.text.encode(), "every text can be stored and shown"
            assert article.path.startswith("/x/")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a million tags.html", lambda: b"<p>" * 1_000_000),
        ("a million paragraphs.html", lambda: "<p>甲，乙。</p>".encode() * 1_000_000),
        ("a million levels.html", lambda: b"<div>" * 1_000_000 + "青岚市的工业产值，又创新高。".encode() * 9),
        (
            "many attributes.html",
            lambda: b"<a " + b" ".join(b"x%d=1" % i for i in range(200_000)) + b">" + _PAGE.encode(),
        ),
        ("deep.html", lambda: b"<table><tr><td>" * 80 + "<p>甲，乙。</p>".encode() * 4_500),
        ("deep.xml", lambda: b"<rss><channel>" + b"<item>" * 100_000),
        ("entities.xml", lambda: b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]>" + _LAUGHS),
        ("brackets.json", lambda: b"[" * 1_000_000),
        ("quotes.csv", lambda: b'text\n"' + b'""' * 1_000_000),
        ("one line.txt", lambda: "产值".encode() * 1_000_000),
        ("stops.txt", lambda: "。".encode() * 1_000_000),
        ("brackets.md", lambda: b"[" * 500_000 + "甲".encode()),
        ("marks.md", lambda: b"- - " * 500_000 + "甲".encode()),
        ("annotations.txt", lambda: "产(chǎn)".encode() * 100_000),
        ("question marks.txt", lambda: ("产" + "?" * 1_000_000).encode()),
        ("strings.xlsx", lambda: _book(
            '<row><c t="s"><v>0</v></c></row>' * 16_000, f"<si><t>{'甲' * 300_000}</t></si>")),
        ("rows.xlsx", lambda: _book("<row><c><v>1</v></c></row>" * 40_000, "")),
        ("repeated.ods", lambda: packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml":
            '<o><table>' + '<table-row number-rows-repeated="900000"><table-cell number-columns-repeated="16000">'
            '<p>甲</p></table-cell></table-row>' * 20 + '</table></o>'})),
        ("one column.ods", lambda: packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml":
            '<o><table>' + '<table-row><table-cell><p>甲</p></table-cell></table-row>' * 150_000 + '</table></o>'})),
        ("scattered.pdf", lambda: MADE["scattered.pdf"](1)),
        ("parts.eml", lambda: b"From: a\r\nSubject: b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
            + b"--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\na\r\n" * 16_000),
        ("deep.eml", lambda: b"From: a\r\nSubject: b\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (i, i) for i in range(20_000))),
        ("zeros.zip", lambda: _zip(**{"a.txt": bytes(300_000_000)})),
        ("zeros.gz", lambda: gzip.compress(bytes(300_000_000), 1)),
        (
            "itself.zip",
            lambda: reduce(lambda data, name: _zip(**{name: data}), ("f.txt", "e.zip", "d.zip", "c.zip", "b.zip"),
            _BODY),
        ),
        ("many.zip", lambda: _zip(**{f"{i}.txt": b"" for i in range(20_000)})),
    ],
)  # fmt: skip
def test_a_hostile_file_costs_seconds_at_most(name, make):
    data = make()
    contents = within(_MOST, lambda: _taken_in(name, data))
    assert contents.articles or contents.problems


def test_a_folder_of_hostile_files_is_indexed_and_nothing_is_written_elsewhere(tmp_path, whole):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    chance = random.Random(7)
    for number in range(60):
        suffix, data = _harmed(chance, *chance.choice(whole))
        (corpus / f"{number}{suffix}").write_bytes(data)
    evil = zipfile.ZipInfo("../../escaped.txt")
    with zipfile.ZipFile(corpus / "evil.zip", "w") as packed:
        packed.writestr(evil, _BODY)
        packed.writestr("/etc/absolute.txt", _BODY)
        packed.writestr("C:\\drive.txt", _BODY)
        packed.writestr("nul\x01name.txt", _BODY)
    before = {path for path in tmp_path.rglob("*") if path != tmp_path / "store"}
    report = reindex(tmp_path / "store", [corpus])
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "store")} == before
    assert report.articles + len(report.unreadable) >= 61
    assert all("\n" not in entry.reason and "\n" not in entry.path for entry in report.unreadable)
    assert {entry.path for entry in report.unreadable} >= {e.path for e in examine([corpus]) if e.article is None}
