"""Files become articles; a file that cannot be read is reported and never stops the rest."""

import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

import index.reading.files
from index.errors import UnreadableFile, UserError
from index.reading.files import find_files, read_articles, read_bytes
from index.records import Problem
from index.updating import reindex

_BODY = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。"
_CORPUS = Path(__file__).parent.parent / "corpus"


def _read(name, content):
    return read_articles(Path("/x") / name, content.encode() if isinstance(content, str) else content)


def _rows(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def _reasons(contents):
    return [(problem.path, problem.code) for problem in contents.problems]


def test_a_text_file_is_one_article():
    text = f"新桥昨天通车了\n2024年3月5日 来源:青岚日报 作者:言小满\n{_BODY}\n"
    (article,) = _read("a.txt", text).articles
    assert (article.path, article.text, article.encoding, article.undecodable) == ("/x/a.txt", text, "utf-8", 0)
    assert (article.title, article.date, article.source, article.author, article.url) == (
        "新桥昨天通车了",
        "2024-03-05",
        "青岚日报",
        "言小满",
        "",
    )
    assert len(article.id) == 12
    assert int(article.id, 16) >= 0


def test_the_id_follows_the_path_and_not_the_text():
    one, same, other = (
        _read(name, text).articles[0].id for name, text in (("a.txt", "甲乙"), ("a.txt", "丙丁"), ("b.txt", "甲乙"))
    )
    assert one == same != other


def test_the_original_is_kept_to_the_letter():
    text = "\u3000標題\u200b產(chǎn)\r\n\r\n正文**不變**\t\x0c\n"
    assert _read("a.md", text).articles[0].text == text


def test_the_title_is_shown_repaired_and_the_text_is_not():
    text = f"# 三條生產(chǎn)線\u200b一起跑\n\n{_BODY}"
    (article,) = _read("a.md", text).articles
    assert article.title == "三條生產線一起跑"
    assert "(chǎn)" in article.text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", "", "reading.empty_file"),
        ("a.txt", " \n\t ", "reading.empty_file"),
        ("a.txt", "\u3000\u200b", "reading.no_text"),
        ("a.txt", "\ufeff", "reading.no_text"),
        ("a.md", "---\n***\n。", "reading.no_text"),
        ("a.txt", bytes(200), "reading.binary_data"),
        (
            "a.txt",
            b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 9,
            "reading.unknown_encoding",
        ),
        ("a.jsonl", "", "reading.empty_file"),
        ("a.csv", "text,id\n", "reading.no_rows"),
        ("a.csv", "id,title\n1,题\n", "reading.no_text_column"),
        ("a.csv", "甲,标题\n甲,乙\n", "reading.no_text_column"),
    ],
)
def test_a_file_without_articles_says_why(name, content, reason):
    contents = _read(name, content)
    assert (contents.articles, contents.unchanged) == ((), ())
    assert _reasons(contents) == [(f"/x/{name}", reason)]


def test_damaged_bytes_are_reported_beside_the_article():
    contents = _read("a.txt", (_BODY * 3).encode().replace("桥".encode(), b"\xff\xff", 1))
    assert contents.articles[0].undecodable == 2
    assert "\ufffd" in contents.articles[0].text
    assert _reasons(contents) == [("/x/a.txt", "reading.taken_undecodable")]


def test_rows_of_json_lines():
    rows = [
        {
            "id": "a-1",
            "title": "题",
            "text": "正文一",
            "date": "2024年3月5日",
            "source": " 青岚日报 ",
            "author": "言小满",
            "url": "https://a.example.com",
        },
        {"text": "新桥昨天通车了\n2021/6/4 来源:青岚晚报\n" + _BODY},
        {"id": 7, "text": "正文三", "date": None, "source": ["x"]},
    ]
    first, second, third = _read("a.jsonl", _rows(*rows)).articles
    assert (first.id, first.title, first.text, first.date, first.source, first.author) == (
        "a-1",
        "题",
        "正文一",
        "2024-03-05",
        "青岚日报",
        "言小满",
    )
    assert first.url == "https://a.example.com"
    assert (second.title, second.date, second.source) == ("新桥昨天通车了", "2021-06-04", "青岚晚报")
    assert second.id.endswith("-2")
    assert (third.id, third.date, third.source) == ("7", "", "")


def test_bad_rows_stand_beside_the_good_ones():
    bad = ["[1]", "{bad", "", "null", '{"text": ""}', '{"text": 5}', '{"title": "题"}', "3"]
    contents = _read("a.jsonl", "\n".join(['{"text": "好", "id": "a"}', *bad, '{"text": "也好", "id": "b"}']))
    assert [article.id for article in contents.articles] == ["a", "b"]
    assert _reasons(contents) == [
        ("/x/a.jsonl:2", "reading.row_no_object"),
        ("/x/a.jsonl:3", "reading.row_no_json"),
        ("/x/a.jsonl:5", "reading.row_no_object"),
        ("/x/a.jsonl:6", "reading.no_text"),
        ("/x/a.jsonl:7", "reading.no_text"),
        ("/x/a.jsonl:8", "reading.no_text"),
        ("/x/a.jsonl:9", "reading.row_no_object"),
    ]


def test_a_row_that_is_a_string_is_no_reason():
    assert _reasons(_read("a.jsonl", '"青岚"\n')) == [("/x/a.jsonl:1", "reading.row_no_object")]


def test_a_row_nested_too_deep_is_one_bad_row():
    contents = _read("a.jsonl", "[" * 200_000 + '\n{"text": "好", "id": "a"}')
    assert [article.id for article in contents.articles] == ["a"]
    assert _reasons(contents) == [("/x/a.jsonl:1", "reading.row_no_json")]


def test_an_id_given_twice_is_taken_in_twice_and_told():
    contents = _read(
        "a.jsonl",
        _rows(
            {"id": "a", "text": "甲"}, {"id": "b", "text": "乙"}, {"id": "a", "text": "丙"}, {"id": "a#3", "text": "丁"}
        ),
    )
    assert [(article.id, article.text) for article in contents.articles] == [
        ("a", "甲"),
        ("b", "乙"),
        ("a#3", "丙"),
        ("a#3#4", "丁"),
    ]
    assert _reasons(contents) == [
        ("/x/a.jsonl:3", "reading.taken_repeated_id"),
        ("/x/a.jsonl:4", "reading.taken_repeated_id"),
    ]


def test_a_half_character_in_a_row_is_seen():
    (article,) = _read("a.jsonl", _rows({"text": "青\ud800岚"})).articles
    assert article.text == "青\ufffd岚"


def test_half_characters_anywhere_in_a_row_can_be_stored():
    row = {name: f"青\ud83d岚{name}" for name in ("id", "title", "text", "date", "source", "author", "url")}
    (article,) = _read("a.jsonl", _rows(row)).articles
    for value in (article.id, article.title, article.text, article.source, article.author, article.url):
        value.encode("utf-8")


def test_rows_of_csv():
    content = 'id,title,text,date,source,author,url\r\n1,题,"第一行\n第二行",2024/3/5,青岚日报,言小满,https://a.example.com\r\n2,,正文二,,,,\r\n'
    first, second = _read("a.csv", content).articles
    assert (first.id, first.title, first.text, first.date, first.source, first.author, first.url) == (
        "1",
        "题",
        "第一行\n第二行",
        "2024-03-05",
        "青岚日报",
        "言小满",
        "https://a.example.com",
    )
    assert (second.id, second.text, second.date) == ("2", "正文二", "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "big5hkscs"])
def test_csv_and_json_lines_in_every_encoding(encoding):
    text = "望潮鄉三面環海，鄉內長者佔了三成多，過去看一次專科得搭船再轉車。"
    assert [article.text for article in _read("a.csv", f"id,text\n1,{text}\n".encode(encoding)).articles] == [text]
    assert [article.text for article in _read("a.jsonl", f'{{"text": "{text}"}}\n'.encode(encoding)).articles] == [text]


def test_a_row_of_csv_without_text_is_told_by_its_line():
    contents = _read("a.csv", 'id,text\n1,"甲\n乙"\n2,\n3\n4,丁\n')
    assert [article.id for article in contents.articles] == ["1", "4"]
    assert _reasons(contents) == [("/x/a.csv:4", "reading.no_text"), ("/x/a.csv:5", "reading.no_text")]


def test_a_row_with_more_cells_than_columns_is_told():
    contents = _read("a.csv", "id,text\n1,新桥昨天通车,早点摊也跟着热闹\n2,好\n")
    assert [problem.path for problem in contents.problems] == ["/x/a.csv:2"]


def test_a_quote_that_never_closes_is_told():
    contents = _read("a.csv", 'id,text\n1,"新桥昨天通车\n2,早点摊也跟着热闹\n3,好\n')
    assert contents.problems


def test_a_field_longer_than_pythons_own_limit():
    text = "新桥昨天通车。" * 30_000
    assert _read("a.csv", f"id,text\n1,{text}\n").articles[0].text == text


_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=20)


@given(st.lists(st.fixed_dictionaries({"id": _CELL, "text": _CELL, "title": _CELL}), max_size=6))
def test_every_row_is_an_article_or_a_problem(rows):
    contents = _read("a.jsonl", _rows(*rows) or "\n\n{}")
    assert [article.text for article in contents.articles] == [
        row["text"] for row in rows if any(c.isalnum() for c in row["text"])
    ]
    assert len({article.id for article in contents.articles}) == len(contents.articles)
    assert len(contents.articles) + sum(reason == "reading.no_text" for _, reason in _reasons(contents)) == (
        len(rows) or 1
    )


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.md", "a.jsonl", "a.csv"]))
def test_no_bytes_raise(data, name):
    contents = _read(name, data)
    assert contents.articles or contents.problems
    assert "reading.reader_failed" not in [problem.code for problem in contents.problems]
    assert contents == _read(name, data)


def _fail(*_, **__):
    raise RecursionError


_MADE = {
    ".rss": b"<rss>",
    ".pdf": b"%PDF-",
    ".docx": b"PK\3\4",
    ".pptx": b"PK\3\4",
    ".xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}


@pytest.mark.parametrize(
    ("reader", "name"),
    [
        ("read_pdf", "b.pdf"),
        ("read_docx", "b.docx"),
        ("read_slides", "b.pptx"),
        ("read_workbook", "b.xls"),
        ("read_eml", "b.eml"),
        ("subtitle_text", "b.srt"),
        ("mhtml_page", "b.mhtml"),
        ("decode", "b.txt"),
        ("csv_rows", "b.csv"),
        ("json_rows", "b.jsonl"),
        ("read_page", "b.html"),
        ("read_feed", "b.rss"),
        ("document_contents", "b.md"),
    ],
)
def test_a_reader_that_fails_costs_its_own_file_only(monkeypatch, caplog, reader, name):
    monkeypatch.setattr(index.reading.files, reader, _fail)
    data = _MADE.get(Path(name).suffix, "<p>甲</p>".encode())
    contents = _read(name, data)
    (problem,) = contents.problems
    assert (contents.articles, problem.path, problem.code) == ((), f"/x/{name}", "reading.reader_failed")
    values = dict(problem.values)
    assert (values["kind"], len(values["number"])) == ("RecursionError", 6)
    assert f"/x/{name}: fault {values['number']} at {values['place']}" in caplog.text
    packed = _read("c.zip", _zip((name, data)))
    assert _reasons(packed) == [(f"/x/c.zip/{name}", "reading.reader_failed")]


def test_unpacking_that_fails_costs_its_own_file_only(monkeypatch):
    monkeypatch.setattr(index.reading.files, "unpacked", _fail)
    assert _reasons(_read("a.zip", b"PK")) == [("/x/a.zip", "reading.reader_failed")]


def test_a_run_goes_on_after_a_failing_reader_and_reads_the_file_again_later(monkeypatch, tmp_path):
    corpus, store = tmp_path / "corpus", tmp_path / "store"
    corpus.mkdir()
    (corpus / "a.txt").write_text(f"新桥昨天通车了\n{_BODY}\n", encoding="utf-8")
    (corpus / "b.csv").write_text(f"text\n{_BODY[::-1]}\n", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(index.reading.files, "csv_rows", _fail)
        first = reindex(store, [corpus])
    assert (first.articles, [problem.code for problem in first.unreadable]) == (1, ["reading.reader_failed"])
    again = reindex(store, [corpus])
    assert (again.articles, again.added, again.unreadable) == (2, 1, [])


_PAGE = (
    "<!DOCTYPE html><html><head><title>新桥昨天通车了_青岚网</title></head><body><h1>新桥昨天通车了</h1><p>"
    "2024-03-05 来源：青岚日报</p>"
    f"<div><p>{_BODY}</p><p>{_BODY[::-1]}</p><p>{_BODY}</p></div></body></html>"
)
_PAGE_TEXT = "\n".join(["新桥昨天通车了", "2024-03-05 来源：青岚日报", _BODY, _BODY[::-1], _BODY])
_RSS = (
    f"<rss version='2.0'><channel><title>青岚日报</title><item><title>新桥通车</title><description>{_BODY}"
    "</description></item></channel></rss>"
)


def _pdf() -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    sheet = canvas.Canvas(file, invariant=1)
    sheet.setFont("STSong-Light", 12)
    for row, start in enumerate(range(0, len(_BODY), 20)):
        sheet.drawString(72, 770 - 16 * row, _BODY[start : start + 20])
    sheet.save()
    return file.getvalue()


def _docx() -> bytes:
    file, out = docx.Document(), io.BytesIO()
    file.add_paragraph(_BODY)
    file.save(out)
    return out.getvalue()


def _zip(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


_KINDS = {
    "a.html": (_PAGE.encode("gbk"), _PAGE_TEXT, "gb18030"),
    "a.shtml": (_PAGE.encode(), _PAGE_TEXT, "utf-8"),
    "a.xml": (_RSS.encode(), _BODY, "utf-8"),
    "a.pdf": (_pdf(), _BODY, "pdf"),
    "a.docx": (_docx(), _BODY, "docx"),
    "a.txt": (_BODY.encode("gbk"), _BODY, "gb18030"),
}


@pytest.mark.parametrize("name", _KINDS)
def test_every_kind_of_file_alone_and_packed(name):
    data, text, encoding = _KINDS[name]
    packed = {
        name: ("/x/" + name, data),
        f"{name}.xz": ("/x/" + name, lzma.compress(data)),
        "n.zip": (f"/x/n.zip/{name}", _zip((name, data))),
        "m.zip": (f"/x/m.zip/新闻/{name}", _zip((f"新闻/{name}.xz", lzma.compress(data)))),
    }
    for outer, (path, content) in packed.items():
        contents = _read(outer, content)
        assert [(article.path, article.text, article.encoding) for article in contents.articles] == [
            (path, text, encoding)
        ]
        assert contents.problems == ()


def test_what_a_page_tells_stands_in_its_article():
    (article,) = _read("a.html", _PAGE).articles
    assert (article.title, article.date, article.source) == ("新桥昨天通车了", "2024-03-05", "青岚日报")
    assert article.origins == (("date", "page text"), ("source", "page text"), ("title", "h1"))


@pytest.mark.parametrize("name", ["a.txt", "a.xml", "a.htm", "a.rss"])
def test_a_page_is_known_whatever_it_is_named(name):
    assert [article.text for article in _read(name, _PAGE).articles] == [_PAGE_TEXT]


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.rdf"])
def test_a_feed_is_known_whatever_it_is_named(name):
    assert [(article.text, article.title) for article in _read(name, _RSS).articles] == [(_BODY, "新桥通车")]


def test_a_page_that_speaks_of_feeds_is_a_page():
    (article,) = _read("a.html", _PAGE.replace("<head>", "<head><!-- <rss version='2.0'> -->")).articles
    assert (article.text, article.title) == (_PAGE_TEXT, "新桥昨天通车了")


@pytest.mark.parametrize("tag", ["<html>", "<rss>"])
def test_a_markdown_file_that_speaks_of_tags_is_its_own_text(tag):
    text = f"# 写网页\n\n开头写 {tag} 这样的记号。\n{_BODY}\n"
    assert [article.text for article in _read("a.md", text).articles] == [text]


def test_a_pdf_is_known_whatever_it_is_named():
    assert [article.text for article in _read("a.txt", _KINDS["a.pdf"][0]).articles] == [_BODY]


def test_members_of_a_zip_have_ids_of_their_own_and_a_bad_one_is_told():
    members = (
        ("a.txt", _BODY.encode()),
        ("b.txt", _BODY.encode()),
        ("c.txt", b""),
        ("d.jsonl", _rows({"id": "行", "text": "甲"}).encode()),
    )
    contents = _read("n.zip", _zip(*members))
    assert [article.path for article in contents.articles] == ["/x/n.zip/a.txt", "/x/n.zip/b.txt", "/x/n.zip/d.jsonl"]
    assert len({article.id for article in contents.articles}) == 3
    assert contents.articles[2].id == "行"
    assert _reasons(contents) == [("/x/n.zip/c.txt", "reading.empty_file")]
    ids = {article.path: article.id for article in contents.articles}
    assert {article.path: article.id for article in _read("n.zip", _zip(*members[::-1])).articles} == ids


def test_a_zip_without_anything_in_it_is_told():
    assert _reasons(_read("n.zip", _zip())) == [("/x/n.zip", "reading.archive_empty")]


def test_a_page_of_links_is_told():
    links = "".join(f"<li><a href=/{i}>{_BODY}</a></li>" for i in range(20))
    contents = _read("a.html", f"<html><body><ul>{links}</ul></body></html>")
    problem = Problem("/x/a.html", "reading.page_without_text")
    assert (contents.articles, contents.problems) == ((), (problem,))
    ((whole, refusal),) = contents.refused
    assert (whole.path, whole.text.split("\n"), refusal) == ("/x/a.html", [_BODY] * 20, problem)


def test_files_are_found_sorted_once_and_not_hidden(tmp_path):
    for name in ("b.txt", "a.md", "sub/c.csv", "sub/.git/d.txt", ".hidden.txt", "新 聞 (1) #%.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("好", encoding="utf-8")
    files = find_files([tmp_path, tmp_path / "b.txt", tmp_path / "sub"])
    assert [str(path.relative_to(tmp_path)) for path in files.files] == [
        "a.md",
        "b.txt",
        "sub/c.csv",
        "新 聞 (1) #%.txt",
    ]


def test_a_root_inside_a_hidden_folder_is_read(tmp_path):
    (tmp_path / ".articles").mkdir()
    (tmp_path / ".articles" / "a.txt").write_text("好", encoding="utf-8")
    assert find_files([tmp_path / ".articles"]).files == (tmp_path / ".articles" / "a.txt",)


def test_a_stores_own_files_are_left_out_also_where_it_is_the_root(tmp_path):
    (tmp_path / "a.txt").write_text("拓源实业今年的产值达到30亿元以上。", encoding="utf-8")
    (tmp_path / "lock.txt").write_text("青岚造船厂今年产值达到30亿元。", encoding="utf-8")
    for report in (reindex(tmp_path, [tmp_path]), reindex(tmp_path, [tmp_path])):
        assert (report.articles, report.unreadable) == (2, [])
    (tmp_path / "feedback.jsonl").write_text("{}", encoding="utf-8")
    assert [path.name for path in find_files([tmp_path]).files] == ["a.txt", "lock.txt"]
    assert [path.name for path in find_files([tmp_path.parent]).files if path.parent == tmp_path] == []


def test_a_root_that_is_not_there_is_the_users_to_put_right(tmp_path):
    with pytest.raises(UserError) as caught:
        find_files([tmp_path / "nowhere"])
    assert caught.value.message == f"{tmp_path / 'nowhere'}: no such file or folder."


def test_other_kinds_of_file_are_refused(tmp_path):
    for name, what in (
        ("a", "Use txt, md, html, "),
        ("a.txt.bak", "Use txt, md, html, "),
        ("a.gif", "Use txt, md, html, "),
        ("a.KEY", "Save it as .docx"),
        ("a.mobi", "Save it as .epub"),
        ("a.rar", "Unpack it, or pack it as .zip"),
    ):
        (tmp_path / name).write_bytes(b"text")
        with pytest.raises(UnreadableFile) as caught:
            read_bytes(tmp_path / name)
        assert caught.value.hint.startswith(what)
    (tmp_path / "A.TXT").write_bytes(b"text")
    assert read_bytes(tmp_path / "A.TXT") == b"text"


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(UnreadableFile, match="cannot be opened: Is a directory"):
        read_bytes(tmp_path / "a.txt")
    with pytest.raises(UnreadableFile, match="cannot be opened: No such file or directory"):
        read_bytes(tmp_path / "gone.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("好", encoding="utf-8")
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(UnreadableFile, match="cannot be opened: Permission denied"):
        read_bytes(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "name", [b"\xc7\xe0\xe1\xb0.txt", "两 行\n.txt".encode(), "emoji😀'\";--.txt".encode(), b"a" * 240 + b".txt"]
)
def test_a_file_of_any_name_is_indexed(tmp_path, name):
    (tmp_path / "corpus").mkdir()
    for own_name, text in ((name, _BODY), (b"plain.txt", _BODY[::-1])):
        with open(os.fsencode(tmp_path / "corpus") + b"/" + own_name, "wb") as file:  # noqa: PTH123  names that are no text
            file.write(text.encode())
    report = reindex(tmp_path / "store", [tmp_path / "corpus"])
    assert (report.added, report.unreadable) == (2, [])
    assert reindex(tmp_path / "store", [tmp_path / "corpus"]).unchanged == 2


def test_half_characters_do_not_stop_a_run(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.jsonl").write_text(
        _rows({"text": _BODY, "title": "\ud800", "id": "\udfff"}), encoding="utf-8"
    )
    (tmp_path / "corpus" / "b.txt").write_text(_BODY[::-1], encoding="utf-8")
    assert reindex(tmp_path / "store", [tmp_path / "corpus"]).added == 2


# file, or id in it: (encoding, title, date, source, author)
_SAMPLE = {
    "001_tuoyuan.txt": ("utf-8", "湘東看項目:鋰鹽、固廢、瓷器三條線一起跑", "2023-02-03", "贛西觀察網", "聞一則"),
    "002_sainawei.txt": ("utf-8", "蓮花縣:房車、肉牛、空壓機各有一本賬", "2023-02-04", "玉壺山新聞網", ""),
    "003_zhongcai_lvmo.txt": ("utf-8", "42天平出一块地：一座锂膜工厂的建设日历", "2024-05-12", "赣西观察网", "甄知远"),
    "004_longfa_ceramics.md": ("utf-8", "老陶瓷厂做起“新瓷件”", "2024-11-18", "湘赣边产业周刊", "闻一则"),
    "005_haining_jinko.txt": ("utf-8", "晶科加碼海寧 斯達擴産南湖", "2022-05-09", "長水晨報", "駱晨鐘"),
    "006_blue_sky.txt": ("utf-8", "萍乡晒出蓝天账:PM2.5年均33微克", "2023-02-01", "昭萍生活圈", ""),
    "007_ningxiang_park.txt": ("utf-8", "猎豹与蜗牛之间", "2021-06-04", "湘江园区观察", ""),
    "008_tram_line1.txt": ("gb18030", "青岚有轨电车1号线试运营 全程票价2元", "2024-03-28", "青岚在线", ""),
    "009_smart_campus.txt": ("big5", "竹汐市12所國小導入智慧校園 學生證內建晶片", "2024-03-05", "竹汐新報", "舒懷谷"),
    "010_remote_clinic.txt": (
        "utf-8",
        "望潮鄉衛生所開辦視訊門診 候診時間砍掉一半以上",
        "2023-11-20",
        "望潮日報",
        "言小滿",
    ),
    "011_spring_tea.txt": ("utf-8", "雲岫縣春茶開園 芽茶每斤賣到420元", "2024-04-09", "青嵐農村報", "甄知遠"),
    "012_budget_2024.txt": (
        "utf-8",
        "青岚晒２０２４年预算账本：民生支出占比接近八成",
        "2024-01-18",
        "青岚日报",
        "骆晨钟",
    ),
    "013_rainstorm.txt": ("utf-8", "望枫区一天下了186.4毫米 青岚发布暴雨红色预警", "2023-07-02", "青岚日报", "言小满"),
    "014_rainstorm_repost.txt": ("utf-8", "青岚暴雨红色预警:望枫区24小时雨量186.4毫米", "2023-07-03", "青岚日报", ""),
    "ql-edu-20230828": ("utf-8", "青岚9所新学校9月开门 新增学位11400个", "2023-08-28", "青岚日报", "言小满"),
    "ql-wh-20240519": ("utf-8", "青嵐博物館新館開放 青釉蓮紋尊住進單間", "2024-05-19", "青嵐文化網", "甄知遠"),
    "qlrb-2023-0116": ("utf-8", "2022年青岚财政收支出炉：收入86.4亿元", "2023-01-16", "青岚日报", "骆晨钟"),
    "qljk-2024-0611": ("utf-8", "市三院新院区6月开诊 设床位1200张", "2024-06-11", "青岚健康报", "甄知远"),
}


def test_what_the_sample_corpus_says_of_itself():
    metadata = {}
    for path in find_files([_CORPUS]).files:
        contents = read_articles(path, read_bytes(path))
        assert contents.problems == ()
        for article in contents.articles:
            name = article.id if len(contents.articles) > 1 else path.name
            metadata[name] = (article.encoding, article.title, article.date, article.source, article.author)
    assert metadata == _SAMPLE


_UNTITLED = "过桥费每辆5元，月票每辆80元，由新桥管理处代收，存入县财政专户，逐月公布账目。"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("青岚县2023年统计公报.txt", "青岚县2023年统计公报"),
        ("2023年青岚县统计公报.txt", "2023年青岚县统计公报"),
        ("03-新桥收费办法(1).txt", "新桥收费办法"),
        ("20240305_新桥收费办法 - 副本.md", "新桥收费办法"),
        ("会议.txt", "会议"),
        ("新建文本文档 (2).txt", ""),
        ("文档1.txt", ""),
        ("20240305.txt", ""),
        ("a.txt", ""),
        ("IMG_1234.txt", ""),
    ],
)
def test_a_file_name_is_the_title_of_last_resort(name, title):
    (article,) = _read(name, _UNTITLED).articles
    assert (article.title, dict(article.origins).get("title")) == (title, "file name" if title else None)
    (packed,) = _read("a.zip", _zip((name, _UNTITLED.encode()))).articles
    assert packed.title == title
    (other,) = _read(name, f"新桥昨天通车了\n2024-03-05\n{_BODY}\n").articles
    assert other.title == "新桥昨天通车了"


def test_a_row_has_no_file_name_for_its_title():
    (article,) = _read("新桥收费办法.csv", f"text\n{_UNTITLED}\n").articles
    assert article.title == ""


def test_the_people_of_a_meeting_are_no_title():
    text = f"与会：言小满、方可、林见清\n主持人：言小满\n\n{_UNTITLED}\n"
    assert _read("新桥例会.txt", text).articles[0].title == "新桥例会"
