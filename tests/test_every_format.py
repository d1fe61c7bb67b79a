"""One table and one article in every format: the same cells with the same heads, and each field of metadata."""

import io
import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_files import epub, msg, ods, pptx, xls, xlsx

from index.reading.files import read_articles

_HEADS = ("行业", "企业", "产值（亿元）", "用工（人）")
_NAMES = ("青釉坊", "白泥窑", "远岭锂业", "南麓新材")
_LEAD = "下表列出全县规模以上工业企业的主要指标，数据由县统计局提供，空格表示企业未报送。"


def _docx(rows, below, nested=""):
    document = docx.Document()
    document.add_paragraph(_LEAD)
    table = document.add_table(len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    if nested:
        inner = table.cell(1, 1).add_table(1, 2)
        inner.cell(0, 0).text, inner.cell(0, 1).text = nested, "3"
    if below:
        table.cell(1, 0).merge(table.cell(2, 0))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _html(rows, below):
    lines = ["".join(f"<th>{escape(text)}</th>" for text in rows[0])]
    for i, row in enumerate(rows[1:], 1):
        cells = [f"<td>{escape(text)}</td>" for text in row]
        if below and i == 1:
            cells[0] = cells[0].replace("<td>", '<td rowspan="2">')
        if below and i == 2:
            cells = cells[1:]
        lines.append("".join(cells))
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<html><body><h1>工业</h1><p>{_LEAD}</p><table>{table}</table></body></html>"


def _markdown(rows):
    lines = ["|".join(["", *row, ""]) for row in rows]
    return "\n".join([_LEAD, "", lines[0], "|---" * len(rows[0]) + "|", *lines[1:], ""])


def _figures(rows):
    """Rows as a spreadsheet holds them: figures as numbers, empty cells as nothing."""
    return [tuple(_cell(text) for text in row) for row in rows]


def _cell(text):
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def _made(rows, below):
    """(name, bytes) of the table in every format that has merged cells, or in every format."""
    figures = _figures(rows)
    area = (1, 2, 0, 0)
    covered = [row if i != 2 or not below else ("", *row[1:]) for i, row in enumerate(rows)]
    blank = [row if i != 2 or not below else (None, *row[1:]) for i, row in enumerate(figures)]
    made = [
        ("a.docx", _docx(covered, below)),
        ("a.html", _html(rows, below).encode()),
        ("a.xlsx", xlsx({"表": blank}, [("表", "A2:A3")] if below else [])),
        ("a.xls", xls({"表": blank}, [("表", area)] if below else [])),
        ("a.ods", ods({"表": blank}, [("表", area)] if below else [])),
        ("b.xls", _html(rows, below).encode()),
        ("a.epub", epub([("工业", [_html(rows, below)])])),
    ]
    if not below:
        made += [
            ("a.md", _markdown(rows).encode()),
            ("a.csv", "\n".join(",".join(row) for row in rows).encode()),
            ("a.tsv", "\n".join("\t".join(row) for row in rows).encode("gb18030")),
            ("a.pptx", pptx([("工业", [_LEAD])], rows)),
        ]
    return made


_ROWS = st.lists(
    st.tuples(
        st.just("陶瓷"),
        st.sampled_from(_NAMES),
        st.sampled_from(["8.4", "41.5", "12", ""]),
        st.sampled_from(["540", "86", ""]),
    ),
    min_size=3,
    max_size=4,
    unique_by=lambda row: row[1],
).filter(lambda rows: all(any(row[i] for row in rows) for i in (2, 3)))


@given(_ROWS, st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_table_is_the_same_in_every_format(rows, below):
    expected = []
    for industry, name, value, workers in rows:
        figures = (f"产值{value}亿元" if value else "产值：—", f"用工{workers}人" if workers else "用工：—")
        expected.append(f"行业：{industry}，企业：{name}，{figures[0]}，{figures[1]}。")
    for name, data in _made([_HEADS, *rows], below):
        contents = read_articles(Path("/x") / name, data)
        assert [problem.code for problem in contents.problems] == [], name
        (article,) = contents.articles
        assert article.text.rstrip().split("\n")[-len(rows) :] == expected, name


def test_a_table_inside_a_cell_is_read_there():
    rows = [_HEADS, ("陶瓷", "青釉坊", "8.4", "540"), ("锂盐", "远岭锂业", "41.5", "1200")]
    text = read_articles(Path("/x/a.docx"), _docx(rows, below=False, nested="其中分厂")).articles[0].text
    assert "青釉坊 其中分厂：3" in text
    assert "企业：远岭锂业，产值41.5亿元，用工1200人。" in text


_TITLE, _DATE, _SOURCE, _AUTHOR = "新桥昨天通车", "2023-09-05", "青岚日报", "言小满"
_TEXT = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。"
_HEAD = f"{_TITLE}\n日期：{_DATE}\n来源：{_SOURCE}\n作者：{_AUTHOR}\n\n{_TEXT}\n"


def _word(properties):
    document = docx.Document()
    document.add_heading(_TITLE, 0)
    document.add_paragraph(f"来源：{_SOURCE}　{_DATE}")
    document.add_paragraph(_TEXT)
    document.core_properties.author = _AUTHOR if properties else ""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _mail():
    return (
        f"Subject: {_TITLE}\nFrom: {_AUTHOR} <y@a.example>\nDate: Tue, 05 Sep 2023 10:20:00 +0800\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{_TEXT}\n"
    ).encode()


_ROW = {"title": _TITLE, "text": _TEXT, "date": _DATE, "source": _SOURCE, "author": _AUTHOR}
_FIELDS = ("标题", "正文", "日期", "来源", "作者")
_SHEET = {"表": [_FIELDS, tuple(_ROW.values())]}
_PAGE = (
    f'<html><head><title>{_TITLE}</title><meta name="pubdate" content="{_DATE}">'
    f'<meta name="author" content="{_AUTHOR}">'
    f'<meta name="source" content="{_SOURCE}"></head><body><h1>{_TITLE}</h1><p>{_TEXT}</p>'
    f"<p>{_TEXT[::-1]}。</p></body></html>"
)
_FEED = (
    f"<rss><channel><title>{_SOURCE}</title><item><title>{_TITLE}</title><author>{_AUTHOR}</author>"
    f"<pubDate>Tue, 05 Sep 2023 10:20:00 +0800</pubDate><description>{_TEXT}</description></item></channel></rss>"
)
_FRONT = f"---\ntitle: {_TITLE}\ndate: {_DATE}\nsource: {_SOURCE}\nauthor: {_AUTHOR}\n---\n\n{_TEXT}\n"


@pytest.mark.parametrize(
    ("name", "data", "missing"),
    [
        ("a.txt", _HEAD.encode(), ()),
        ("a.txt", _HEAD.encode("gb18030"), ()),
        ("a.md", _FRONT.encode(), ()),
        ("a.html", _PAGE.encode(), ()),
        ("a.docx", _word(properties=True), ()),
        ("a.docx", _word(properties=False), ("author",)),
        ("a.csv", f"{','.join(_FIELDS)}\n{','.join(_ROW.values())}\n".encode(), ()),
        ("a.tsv", ("\t".join(_FIELDS) + "\n" + "\t".join(_ROW.values())).encode(), ()),
        ("a.json", json.dumps([_ROW], ensure_ascii=False).encode(), ()),
        ("a.jsonl", json.dumps(_ROW).encode(), ()),
        ("a.xlsx", xlsx(_SHEET), ()),
        ("a.xls", xls(_SHEET), ()),
        ("a.ods", ods(_SHEET), ()),
        ("a.rss", _FEED.encode(), ()),
        ("a.pptx", pptx([(_TITLE, [_TEXT])], author=_AUTHOR), ("date", "source")),
        ("a.epub", epub([(_TITLE, [_TEXT])], title=_SOURCE, author=_AUTHOR, day=_DATE), ()),
        ("a.eml", _mail(), ("source",)),
        ("a.msg", msg(_TITLE, _TEXT, _AUTHOR, datetime(2023, 9, 4, 18, tzinfo=UTC)), ("source",)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_field_is_read_in_each_format(name, data, missing):
    (article,) = read_articles(Path("/x") / name, data).articles
    known = {"title": article.title, "date": article.date, "source": article.source, "author": article.author}
    expected = {"title": _TITLE, "date": _DATE, "source": _SOURCE, "author": _AUTHOR}
    assert known == {field: "" if field in missing else value for field, value in expected.items()}
    assert _TEXT in article.text


_ENDS = {
    "lf": "\n",
    "crlf": "\r\n",
    "cr": "\r",
    "crcrlf": "\r\r\n",
    "blank lines": "\n\n",
    "mixed": ("\n", "\r\n", "\r"),
}


def _ended(lines, ends):
    """Lines with these ends, several in turn."""
    ends = ends if isinstance(ends, tuple) else (ends,)
    return "".join(line + ends[i % len(ends)] for i, line in enumerate(lines))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", _ENDS.values(), ids=_ENDS)
def test_every_line_end_in_every_table_of_figures(ends, encoding):
    rows = [
        _HEADS,
        ("陶瓷", "青釉坊", "8.4", "540"),
        ("陶瓷", "白泥窑", "", "86"),
        ("锂盐", "远岭锂业", "41.5", "1200"),
    ]
    made = {
        f"a{kind}": [sign.join(row) for row in rows] for kind, sign in ((".csv", ","), (".tsv", "\t"), (".xls", "\t"))
    }
    made |= {"b.csv": [";".join(row) for row in rows], "c.csv": ['"' + '","'.join(row) + '"' for row in rows]}
    made |= {"a.html": ["<table>", *(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows), "</table>"]}
    if ends != "\n\n":  # which ends a table of Markdown
        made |= {"a.md": ["|".join(["", *row, ""]) for row in (rows[0], ["---"] * 4, *rows[1:])]}
    for name, lines in made.items():
        contents = read_articles(Path("/x") / name, _ended(lines, ends).encode(encoding))
        assert [problem.code for problem in contents.problems] == [], name
        (article,) = contents.articles
        assert [line for line in article.text.split("\n") if line.strip()] == [
            "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
            "行业：陶瓷，企业：白泥窑，产值：—，用工86人。",
            "行业：锂盐，企业：远岭锂业，产值41.5亿元，用工1200人。",
        ], name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", _ENDS.values(), ids=_ENDS)
def test_every_line_end_in_every_table_of_articles(ends, encoding):
    rows = [_ROW, {**_ROW, "title": "旧桥昨天拆除", "date": "2023-09-06"}]
    pretty = json.dumps(rows, ensure_ascii=False, indent=1).split("\n")
    made = {
        "a.csv": [",".join(_FIELDS), *(",".join(row.values()) for row in rows)],
        "a.tsv": ["\t".join(_FIELDS), *("\t".join(row.values()) for row in rows)],
        "b.csv": ["sep=;", ";".join(_FIELDS), *(";".join(row.values()) for row in rows)],
        "a.jsonl": [json.dumps(row, ensure_ascii=False) for row in rows],
        "a.json": pretty,
        "b.jsonl": pretty,
    }
    for name, lines in made.items():
        contents = read_articles(Path("/x") / name, _ended(lines, ends).encode(encoding))
        assert [problem.code for problem in contents.problems] == [], name
        assert [(article.title, article.date, article.text) for article in contents.articles] == [
            (_TITLE, _DATE, _TEXT),
            ("旧桥昨天拆除", "2023-09-06", _TEXT),
        ], name
