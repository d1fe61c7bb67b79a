"""Old kinds of files through the real LibreOffice: text, tables and metadata are those of the new kind.

Skipped where it is not installed. What happens without it, and with one that fails, is in test_formats.py.
"""

import io
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import docx
import pytest
from office_files import packed, pptx

from index.reading.files import read_articles

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed"),
]
_LINES = [
    "青岚河新桥昨天通车",
    "来源：青岚日报　2023-09-05 10:20",
    "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。",
    "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
    "行业：陶瓷，企业：白泥窑，产值：—，用工86人。",
    "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1200人。",
    "以上数字由青岚市统计局提供。",
]


def _word():
    document = docx.Document()
    document.add_heading(_LINES[0], 0)
    for line in _LINES[1:3]:
        document.add_paragraph(line)
    rows = [
        ("行业", "企业", "产值（亿元）", "用工（人）"),
        ("陶瓷", "青釉坊", "8.4", "540"),
        ("", "白泥窑", "", "86"),
        ("锂盐", "远岭锂业", "41.5", "1200"),
    ]
    table = document.add_table(len(rows), 4)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0)).text = "陶瓷"
    document.add_paragraph(_LINES[-1])  # Word itself always ends a text with a paragraph
    document.core_properties.author = "言小满"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _saved_as(folder, name, data, kind):
    (folder / name).write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder, folder / name]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    return (folder / name).with_suffix(f".{kind}").read_bytes()


@pytest.mark.parametrize("kind", ["doc", "rtf", "odt"])
def test_a_text_of_an_old_kind_is_that_of_the_new_one(tmp_path, kind):
    data = _saved_as(tmp_path, "a.docx", _word(), kind)
    for name in {f"a.{kind}", "a.wps"} if kind == "doc" else {f"a.{kind}"}:
        contents = read_articles(Path("/x") / name, data)
        assert contents.problems == ()
        (article,) = contents.articles
        assert article.text.rstrip().split("\n") == _LINES
        assert (article.title, article.date, article.source) == (_LINES[0], "2023-09-05", "青岚日报")
        assert article.author == "言小满"


@pytest.mark.parametrize("kind", ["ppt", "odp"])
def test_slides_of_an_old_kind_are_those_of_the_new_one(tmp_path, kind):
    rows = [("县", "产量（万吨）"), ("古楼", "7.9"), ("白马", "")]
    slides = pptx([("青岚市工业", ["产值30亿元。"])], rows, (["2022年", "2023年"], {"产值": [30, 32]}), "备注一句。")
    contents = read_articles(Path("/x") / f"a.{kind}", _saved_as(tmp_path, "a.pptx", slides, kind))
    assert contents.problems == ()
    (article,) = contents.articles
    lines = ["青岚市工业", "产值30亿元。", "县：古楼，产量7.9万吨。", "县：白马，产量：—。"]
    assert article.text.split("\n") == [*lines, "产值", "2022年：30", "2023年：32", "备注一句。"]
    assert (article.title, article.author) == ("青岚市工业", "舒怀谷")


def test_a_file_that_is_cut_off_is_a_reason(tmp_path):
    data = _saved_as(tmp_path, "a.docx", _word(), "doc")
    contents = read_articles(Path("/x/a.doc"), data[:9000])
    assert [problem.code for problem in contents.problems] == ["reading.conversion_failed"]


def test_nothing_that_a_document_names_elsewhere_is_fetched():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<o:document-content xmlns:o="{names}:office:1.0" xmlns:t="{names}:text:1.0" xmlns:d="{names}:drawing:1.0"'
        f' xmlns:x="http://www.w3.org/1999/xlink" xmlns:s="{names}:svg-compatible:1.0" o:version="1.2"><o:body><o:text>'
        f'<t:p>新桥昨天通车了。<d:frame t:anchor-type="as-char" s:width="2cm" s:height="2cm"><d:image'
        f' x:href="{address}/a.png" x:type="simple" x:show="embed" x:actuate="onLoad"/></d:frame></t:p>'
        f'<t:section t:name="a"><t:section-source x:href="{address}/b.odt"/><t:p>旧的一节。</t:p></t:section>'
        "</o:text></o:body></o:document-content>"
    )
    manifest = (
        f'<m:manifest xmlns:m="{names}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type='
        '"application/vnd.oasis.opendocument.text"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/>'
        "</m:manifest>"
    )
    parts = {"META-INF/manifest.xml": manifest, "content.xml": content}
    data = packed(parts, [("mimetype", "application/vnd.oasis.opendocument.text")])
    try:
        (article,) = read_articles(Path("/x/a.odt"), data).articles
    finally:
        server.shutdown()
        server.server_close()
    assert article.text == "新桥昨天通车了。\n旧的一节。"
    assert asked == []
