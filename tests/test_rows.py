"""Tables of articles: every row a document or a reason, whatever the export calls its columns."""

import csv
import io
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.markup import to_text
from index.records import Document
from index.rows import Row, csv_rows, json_rows


def _json(text):
    return [replace(row, line="") for row in json_rows(text, to_text)]


def _csv(text):
    return list(csv_rows(text, to_text))


def _fields(row):
    found = row.document
    return found.key, found.title, found.text, found.date, found.source, found.author, found.url


def test_a_json_array_an_object_and_lines_give_the_same_rows():
    rows = [{"id": "a", "text": "新桥通车了"}, {"id": 2, "text": "早点摊很热闹"}]
    lines = [json.dumps(row) for row in rows]
    assert [row.line for row in json_rows("\n".join(lines), to_text)] == lines
    assert [row.number for row in json_rows("\n".join(lines), to_text, lambda number, line: line == lines[0])] == [2]
    expected = [Row(1, Document("新桥通车了", "", "a")), Row(2, Document("早点摊很热闹", "", "2"))]
    assert _json(json.dumps(rows)) == _json(json.dumps(rows, indent=2)) == _json("\n".join(map(json.dumps, rows))) == expected
    assert _json(json.dumps(rows[0], indent=1)) == expected[:1]
    assert _json("\r\n".join(map(json.dumps, rows))) == expected


def test_a_row_is_told_by_its_line_and_in_an_array_by_its_place():
    assert [row.number for row in _json('\n{"text": "甲"}\n\n{"text": "乙"}\n')] == [2, 4]
    assert [row.number for row in _json('[{"text": "甲"},\n\n{"text": "乙"}]')] == [1, 2]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("5", "not an object with a text"),
        ("null", "not an object with a text"),
        ("NaN", "not an object with a text"),
        ("[[]]", "not an object with a text"),
        ('[[{"text": "甲"}]]', "not an object with a text"),
        ('{"title": "甲"}', "no text in it"),
        ('{"text": null}', "no text in it"),
        ('{"text": NaN}', "no text in it"),
        ('{"text": ["甲"]}', "no text in it"),
        ('{"text": {"a": "甲"}}', "no text in it"),
        ('{"text": "……"}', "no text in it"),
        ('{"text": "甲"', "not JSON (JSONDecodeError)"),
        ("[" * 100_000, "not JSON (RecursionError)"),
        ('{"a":' * 100_000, "not JSON (RecursionError)"),
    ],
    ids=lambda value: value[:20],
)
def test_json_without_an_article_says_why(text, wrong):
    assert _json(text) == [Row(1, None, wrong)]


def test_values_that_are_no_text_are_left_out():
    row = {"id": [1], "text": "甲", "title": {"a": 1}, "source": ["x"], "author": None, "url": True}
    assert _fields(_json(json.dumps(row))[0]) == ("", "", "甲", "", "", "", "")


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ("20230905", "2023-09-05"),
        (20230905, "2023-09-05"),
        (1693900800, "2023-09-05"),
        ("1693900800", "2023-09-05"),
        (1693900800000, "2023-09-05"),
        (1693900800.5, "2023-09-05"),
        ("2023年9月5日", "2023-09-05"),
        ("2023-09-05T08:30:00Z", "2023-09-05"),
        (" 2023/9/5 8:30", "2023-09-05"),
        ("民國112年9月5日", "2023-09-05"),
        ("", ""),
        (None, ""),
    ],
)
def test_dates_as_exports_write_them(given, date):
    (row,) = _json(json.dumps({"text": "甲", "date": given}))
    assert row.document.date == date


@pytest.mark.parametrize("given", ["昨天", "20231305", "2023-02-30", 7, "NaN", float("nan"), "99999999999999999999"])
def test_a_date_that_is_none_is_told(given):
    assert _json(json.dumps({"text": "甲", "date": given})) == [Row(1, Document("甲", ""), f"taken in, but its date is none: {str(given)[:40]}")]


def test_markup_in_a_row_becomes_text():
    (row,) = _json(json.dumps({"text": "<p>新桥<b>通车</b>了。</p><P class='x'>很热闹&amp;忙<br/>桥头</p>"}))
    assert (row.document.text, row.document.repairs) == ("新桥通车了。\n很热闹&忙\n桥头", (("markup", 3),))
    for plain in ("a < b，c > d", "产值<30亿元>", "AT&amp;T"):
        (row,) = _json(json.dumps({"text": plain}))
        assert (row.document.text, row.document.repairs) == (plain, ())


def test_half_characters_are_told():
    (row,) = _json(r'{"text": "新\ud83d桥", "title": "\ud83d\ude00", "id": "\udfff"}')
    assert _fields(row)[:3] == ("\ufffd", "😀", "新\ufffd桥")
    assert row.wrong == "taken in, but half characters in it show as \ufffd"
    assert _json('{"text": "新\ufffd桥"}')[0].wrong == ""


@pytest.mark.parametrize("sign", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_every_separator(sign, end):
    lines = [
        ["编号", "标题", "正文", "发布时间", "来源", "作者", "链接"],
        ["1", "题", f'"第一行{sign}\n第""二""行"', "2024/3/5", "青岚日报", "言小满", "https://a.example"],
    ]
    (row,) = _csv(end.join(sign.join(line) for line in lines) + end)
    assert _fields(row) == ("1", "题", f'第一行{sign}\n第"二"行', "2024-03-05", "青岚日报", "言小满", "https://a.example")
    columns = {"author": "作者", "date": "发布时间", "source": "来源", "title": "标题", "url": "链接"}
    assert row.document.origins == tuple((field, f"column {name}") for field, name in columns.items())


@pytest.mark.parametrize("name", ["text", "Text", " TEXT ", "content", "body", "正文", "内容", "內容"])
def test_the_column_of_the_text_has_many_names(name):
    assert [row.document.text for row in _csv(f'id,"{name}"\n1,甲\n')] == ["甲"]


def test_of_two_columns_the_documented_one_is_taken():
    assert _csv("content,text\n甲,乙\n")[0].document.text == "乙"


def test_commas_that_nobody_quoted_stay_in_a_last_column_of_text():
    assert _csv("id,text\n1,新桥通车,很热闹,真的\n2,好\n") == [
        Row(2, Document("新桥通车,很热闹,真的", "", "1"), "2 values more than columns; taken in as part of the text"),
        Row(3, Document("好", "", "2")),
    ]
    assert _csv("text,id\n新桥通车,1,很热闹,真的\n") == [
        Row(2, Document("新桥通车", "", "1"), "2 values more than columns; taken in without: 很热闹,真的")
    ]


def test_rows_that_lack_cells_and_empty_lines():
    assert _csv("id,text,title\n1\n\n2,甲\n") == [Row(2, None, "no text in it"), Row(4, Document("甲", "", "2"))]


def test_csv_that_breaks_off_keeps_what_stood_before():
    rows = _csv('id,text\n1,甲\n2,"乙"丙\n3,丁\n')
    assert rows[0] == Row(2, Document("甲", "", "1"))
    assert [row.document for row in rows[1:]] == [None]
    assert rows[1].wrong.startswith("not CSV from here on (")


@pytest.mark.parametrize("text", ["", "\n\n", "id,title\n1,题\n", "全文\n甲\n", "甲" * 1000])
def test_a_table_without_a_column_of_text_is_told(text):
    with pytest.raises(UnreadableFile, match="no column named text in its first line"):
        _csv(text)


def test_large_tables_take_no_minutes():
    begun = time.monotonic()
    assert len(_csv("id,text\n" + "1,新桥通车了\n" * 20_000)) == len(_json('{"text": "甲"}\n' * 20_000)) == 20_000
    assert time.monotonic() - begun < 5


_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r<"), max_size=12)


@given(st.lists(st.tuples(_CELL, _CELL), max_size=6), st.sampled_from([",", "\t", ";"]))
def test_every_written_row_comes_back(rows, sign):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=sign).writerows([("title", "text"), *rows])
    found = [(row.document.title, row.document.text) for row in _csv(file.getvalue()) if row.document]
    assert found == [(title.strip(), text) for title, text in rows if any(character.isalnum() for character in text)]


@given(st.text(max_size=60))
def test_no_text_raises(text):
    _json(text)
    _json('{"text": "甲", "date": ' + text + "}")
    rows = _csv("text,date\n" + text)
    assert all(row.document or row.wrong for row in rows)
