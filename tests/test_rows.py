"""Tables of articles: every row a document or a reason, whatever the export calls its columns."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from costs import within
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.reading.markup import to_text
from index.reading.rows import Row, csv_rows, json_rows
from index.records import Document, Problem


def _json(text):
    return [replace(row, line="") for row in json_rows(text, to_text)]


def _csv(text):
    return list(csv_rows(text, to_text))


def _fields(row):
    document = row.document
    return (document.key, document.title, document.text, document.date, document.source, document.author, document.url)


def test_a_json_array_an_object_and_lines_give_the_same_rows():
    rows = [{"id": "a", "text": "新桥通车了"}, {"id": 2, "text": "早点摊很热闹"}]
    lines = [json.dumps(row) for row in rows]
    assert [row.line for row in json_rows("\n".join(lines), to_text)] == lines
    assert [row.number for row in json_rows("\n".join(lines), to_text, lambda number, line: line == lines[0])] == [2]
    expected = [Row(1, Document("新桥通车了", "", "a")), Row(2, Document("早点摊很热闹", "", "2"))]
    assert (
        _json(json.dumps(rows))
        == _json(json.dumps(rows, indent=2))
        == _json("\n".join(map(json.dumps, rows)))
        == expected
    )
    assert _json(json.dumps(rows[0], indent=1)) == expected[:1]
    assert _json("\r\n".join(map(json.dumps, rows))) == expected


def test_a_row_is_told_by_its_line_and_in_an_array_by_its_place():
    assert [row.number for row in _json('\n{"text": "甲"}\n\n{"text": "乙"}\n')] == [2, 4]
    assert [row.number for row in _json('[{"text": "甲"},\n\n{"text": "乙"}]')] == [1, 2]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("5", "reading.row_no_object"),
        ("null", "reading.row_no_object"),
        ("NaN", "reading.row_no_object"),
        ("[[]]", "reading.row_no_object"),
        ('[[{"text": "甲"}]]', "reading.row_no_object"),
        ('{"title": "甲"}', "reading.no_text"),
        ('{"text": null}', "reading.no_text"),
        ('{"text": NaN}', "reading.no_text"),
        ('{"text": ["……", 5]}', "reading.no_text"),
        ('{"text": {"a": "甲"}}', "reading.no_text"),
        ('{"text": "……"}', "reading.no_text"),
        ('{"text": "甲"', "reading.row_no_json"),
        ("[" * 100_000, "reading.row_no_json"),
        ('{"a":' * 100_000, "reading.row_no_json"),
    ],
    ids=lambda value: value[:20],
)
def test_json_without_an_article_says_why(text, wrong):
    (row,) = _json(text)
    assert (row.number, row.document, row.problem.code) == (1, None, wrong)


def test_values_that_are_no_text_are_left_out():
    row = {"id": [1], "text": "甲", "title": {"a": 1}, "source": ["x"], "author": None, "url": True}
    assert _fields(_json(json.dumps(row))[0]) == ("", "", "甲", "", "", "", "")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("20230905", "2023-09-05"),
        (20230905, "2023-09-05"),
        (1693900800, "2023-09-05"),
        (1693843200, "2023-09-05"),  # midnight in Beijing
        (1693843199000, "2023-09-04"),
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
def test_dates_as_exports_write_them(value, date):
    (row,) = _json(json.dumps({"text": "甲", "date": value}))
    assert row.document.date == date


@pytest.mark.parametrize("value", ["昨天", "20231305", "2023-02-30", 7, "NaN", float("nan"), "99999999999999999999"])
def test_a_value_that_is_no_date_is_reported(value):
    assert _json(json.dumps({"text": "甲", "date": value})) == [
        Row(1, Document("甲", ""), Problem.of("", "reading.taken_no_date", date=str(value)[:40]))
    ]


def test_markup_in_a_row_becomes_text():
    (row,) = _json(json.dumps({"text": "<p>新桥<b>通车</b>了。</p><P class='x'>很热闹&amp;忙<br/>桥头</p>"}))
    assert (row.document.text, row.document.repairs) == ("新桥通车了。\n很热闹&忙\n桥头", (("markup", 7),))
    for plain in ("a < b，c > d", "产值<30亿元>", "AT&T", "if a<b and c>d", "&xx;"):
        (row,) = _json(json.dumps({"text": plain}))
        assert (row.document.text, row.document.repairs) == (plain, ())


def test_half_characters_are_told():
    (row,) = _json(r'{"text": "新\ud83d桥", "title": "\ud83d\ude00", "id": "\udfff"}')
    assert _fields(row)[:3] == ("\ufffd", "😀", "新\ufffd桥")
    assert row.problem.code == "reading.taken_half_characters"
    assert _json('{"text": "新\ufffd桥"}')[0].problem is None


@pytest.mark.parametrize("sign", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_every_separator(sign, end):
    lines = [
        ["编号", "标题", "正文", "发布时间", "来源", "作者", "链接"],
        ["1", "题", f'"第一行{sign}\n第""二""行"', "2024/3/5", "青岚日报", "言小满", "https://a.example"],
    ]
    (row,) = _csv(end.join(sign.join(line) for line in lines) + end)
    assert _fields(row) == (
        "1",
        "题",
        f'第一行{sign}\n第"二"行',
        "2024-03-05",
        "青岚日报",
        "言小满",
        "https://a.example",
    )
    columns = {"author": "作者", "date": "发布时间", "source": "来源", "title": "标题", "url": "链接"}
    assert row.document.origins == tuple((field, f"column {name}") for field, name in columns.items())


@pytest.mark.parametrize("name", ["text", "Text", " TEXT ", "content", "body", "正文", "内容", "內容"])
def test_the_column_of_the_text_has_many_names(name):
    assert [row.document.text for row in _csv(f'id,"{name}"\n1,甲\n')] == ["甲"]


def test_of_two_columns_the_documented_one_is_taken():
    assert _csv("content,text\n甲,乙\n")[0].document.text == "乙"


def test_commas_that_nobody_quoted_stay_in_a_last_column_of_text():
    assert _csv("id,text\n1,新桥通车,很热闹,真的\n2,好\n") == [
        Row(2, Document("新桥通车,很热闹,真的", "", "1"), Problem.of("", "reading.taken_more_values", count=2)),
        Row(3, Document("好", "", "2")),
    ]
    assert _csv("text,id\n新桥通车,1,很热闹,真的\n") == [
        Row(
            2,
            Document("新桥通车", "", "1"),
            Problem.of("", "reading.taken_without_values", count=2, values="很热闹,真的"),
        )
    ]


def test_rows_that_lack_cells_and_empty_lines():
    assert _csv("id,text,title\n1\n\n2,甲\n") == [
        Row(2, None, Problem.of("", "reading.no_text")),
        Row(4, Document("甲", "", "2")),
    ]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ('2,"乙"丙', '"乙"丙'),
        ('2,"他说"好"，又走了"', '他说"好"，又走了'),
        ('2,"没有收尾', '"没有收尾'),
        ('2,"第一段\n第"二"段\n第三段"', '第一段\n第"二"段\n第三段'),
        ('2,"一""二"三"', '一"二"三'),
    ],
)
@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_bad_quote_costs_no_other_row(bad, text, sign, end):
    rows = _csv(f"id,text\n1,甲\n{bad}\n3,丁\n".replace("\n", end).replace(",", sign))
    assert [(row.document.key, row.document.text) for row in rows] == [("1", "甲"), ("2", text), ("3", "丁")]
    assert [row.problem and row.problem.code for row in rows] == [None, "reading.taken_bad_quotes", None]
    assert rows[1].number == 3 + bad.count("\n")


def test_a_row_whose_quotes_cannot_be_mended_is_left_out_and_told():
    rows = _csv('id,text,date\n1,甲,2024-03-05\n2,"乙"丙\n3,丁,2024-03-06\n')
    assert [(row.number, row.document and row.document.text) for row in rows] == [(2, "甲"), (3, None), (4, "丁")]
    assert rows[1].problem.code == "reading.bad_quotes"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
@pytest.mark.parametrize(
    "above",
    [
        "",
        "sep={sign}\n",
        '"sep={sign}"\n',
        "青岚县新闻汇总\n",
        "青岚县新闻汇总{sign}{sign}\n制表：言小满{sign}2024年{sign}\n\n",
    ],
)
def test_csv_of_every_line_end_and_with_lines_above_the_header(above, sign, end):
    lines = above.replace("{sign}", sign) + sign.join(["标题", "正文", "日期"]) + "\n"
    lines += (
        sign.join(["新桥通车", f'"第一段{sign}\n第二段"', "2024-03-05"])
        + "\n"
        + sign.join(["早点", "很热闹", "2024/3/6"])
    )
    for text in (lines, lines + "\n"):
        rows = _csv(text.replace("\n", end))
        assert [row.problem for row in rows] == [None, None]
        contents = [(row.document.title, " ".join(row.document.text.split()), row.document.date) for row in rows]
        first = " ".join(f"第一段{sign}\n第二段".split())
        assert contents == [("新桥通车", first, "2024-03-05"), ("早点", "很热闹", "2024-03-06")]


@pytest.mark.parametrize(
    "header",
    [
        '"标题\n(必填)",正文（富文本）',
        "*标题, 正 文 ",
        "新闻标题：,新闻内容",
        "標題,內容",
        "Head_Line,news content",
        "题目,全文",
    ],
)
def test_names_of_columns_with_notes_and_signs(header):
    (row,) = _csv(f"{header}\n新桥,通车了\n")
    assert (row.document.title, row.document.text) == ("新桥", "通车了")
    assert all("\n" not in origin for _, origin in row.document.origins)


def test_questions_and_answers_stand_together():
    (row,) = _csv("问题,答案\n过桥收多少钱,每辆5元\n")
    assert (row.document.title, row.document.text) == ("过桥收多少钱", "过桥收多少钱\n每辆5元")
    assert row.document.origins == (("title", "column 问题"),)
    (row,) = _json('{"title": "收费", "question": "过桥收多少钱", "answer": "每辆5元"}')
    assert (row.document.title, row.document.text) == ("收费", "过桥收多少钱\n每辆5元")


def test_a_column_of_articles_is_known_by_its_looks():
    article = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。"
    (row,) = _csv(f"甲,乙,标题\n1,{article},新桥\n")
    assert (row.document.title, row.document.text) == ("新桥", article)


@pytest.mark.parametrize("text", ["", "\n\n", "id,title\n1,题\n", "某列\n甲\n", "甲" * 1000])
def test_a_table_without_a_column_of_text_is_told(text):
    with pytest.raises(UnreadableFile, match="No column is named text"):
        _csv(text)


def test_the_columns_that_are_there_and_those_that_are_known_are_told():
    with pytest.raises(UnreadableFile) as raised:
        _csv("编号,地名\n1,新桥\n")
    assert raised.value.values["columns"] == "编号、地名"
    assert raised.value.values["known"].startswith("text、正文、内容、content")


def test_texts_in_lists_and_nested_objects():
    assert _fields(_json('{"text": ["新桥", "通车了"]}')[0])[2] == "新桥\n通车了"
    assert _fields(_json('{"title": "题", "content": [{"text": "新桥"}, {"text": "通车了"}]}')[0])[1:3] == (
        "题",
        "新桥\n通车了",
    )
    nested = {
        "code": 0,
        "data": {"total": 2, "list": [{"title": "一", "content": "甲"}, {"title": "二", "content": "乙"}]},
    }
    assert [_fields(row)[1:3] for row in _json(json.dumps(nested))] == [("一", "甲"), ("二", "乙")]
    hits = {"hits": {"hits": [{"_id": "a", "_source": {"title": "一", "text": "甲"}}]}}
    assert [_fields(row)[1:3] for row in _json(json.dumps(hits))] == [("一", "甲")]
    keyed = {"a": {"title": "一", "text": "甲"}, "b": {"title": "二", "text": "乙"}}
    assert [_fields(row)[1:3] for row in _json(json.dumps(keyed))] == [("一", "甲"), ("二", "乙")]
    (row,) = _json(
        '{"id": 7, "article": {"title": "题", "content": "甲"}, "source": {"name": "青岚日报"},'
        ' "author": ["言小满", "方可"]}'
    )
    assert _fields(row)[:3] == ("7", "题", "甲")
    assert (row.document.source, row.document.author) == ("青岚日报", "言小满、方可")
    lines = '{"items": [{"text": "甲"}, {"text": "乙"}]}\n{"items": [{"text": "丙"}]}\n'
    assert [(row.number, row.document.text) for row in _json(lines)] == [(1, "甲"), (2, "乙"), (3, "丙")]


_SPREAD = '[\n  {\n    "text": "甲"\n  },\n  {\n    "text": "乙"\n  },\n  {\n    "text": "丙"\n  }\n]'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("old", "new", "texts", "codes"),
    [
        ('"丙"\n  }\n]', '"丙"\n  },\n]', ["甲", "乙", "丙"], ["reading.taken_broken_json"]),
        ('},\n  {\n    "text": "乙', '}\n  {\n    "text": "乙', ["甲", "乙", "丙"], ["reading.taken_broken_json"]),
        ('"乙"', '"他说"好""', ["甲", "丙"], ["reading.row_no_json"]),
        ('"乙"\n', '"乙",\n', ["甲", "丙"], ["reading.row_no_json"]),
        ('"丙"\n  }\n]', '"丙', ["甲", "乙"], ["reading.row_no_json"]),
        ("\n]", "", ["甲", "乙", "丙"], ["reading.taken_broken_json"]),
    ],
    ids=["last comma", "no comma", "bad quote", "comma in an object", "cut off", "no bracket"],
)
def test_one_fault_of_json_is_one_problem(old, new, texts, codes, end):
    assert old in _SPREAD
    tight = re.sub(r"\s", "", _SPREAD.replace(old, new))
    for text in (_SPREAD.replace(old, new).replace("\n", end), tight, f'{{"code":0,"data":{{"list":{tight}}}}}'):
        rows = _json(text)
        assert [row.document.text for row in rows if row.document] == texts, text
        assert [row.problem.code for row in rows if row.problem] == codes, text
        assert len({row.number for row in rows if row.document}) == len(texts)


def test_objects_over_many_lines_one_after_the_other():
    text = json.dumps({"text": "甲"}, indent=1) + "\n" + json.dumps({"text": "乙"}, indent=1)
    assert [(row.document.text, row.problem) for row in _json(text)] == [("甲", None), ("乙", None)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("每斤<em>120</em>元，<font color=red>高</font>15元", "每斤120元，高15元"),
        ("&ldquo;每斤86元&rdquo;&nbsp;低&mdash;&gt;预期", "“每斤86元” 低—>预期"),
        ("H<sub>2</sub>O与<b>水</b>\n第二行", "H2O与水\n第二行"),
        ("&#26032;&#x6865;通车", "新桥通车"),
        ("&lt;p&gt;新桥&lt;/p&gt;&lt;p&gt;通车&lt;/p&gt;", "新桥\n通车"),
        ("AT&amp;T", "AT&T"),
    ],
)
def test_entities_and_inline_tags_are_decoded(text, plain):
    for row in (_json(json.dumps({"text": text}))[0], _csv(f'text\n"{text}"\n')[0]):
        assert row.document.text == plain
        assert dict(row.document.repairs)["markup"] >= 1
    (row,) = _json(json.dumps({"text": "甲", "title": text, "source": "青岚&amp;<b>日报</b>"}))
    assert (row.document.title, row.document.source) == (" ".join(plain.split()), "青岚&日报")


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "text,id\n" + '"甲"乙,\n' * n,
        lambda n: "text,id\n" + '"甲,\n' * n,
        lambda n: "[\n" + '{"text": "甲",}\n' * n,
    ],
)
def test_a_table_of_faults_takes_no_minutes(make):
    text = make(400_000 // len(make(1)) + 1)
    assert within(5, lambda: (_json if text.startswith("[") else _csv)(text))


def test_large_tables_take_no_minutes():
    assert len(within(5, lambda: _csv("id,text\n" + "1,新桥通车了\n" * 20_000))) == 20_000
    assert len(within(5, lambda: _json('{"text": "甲"}\n' * 20_000))) == 20_000


_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r<&"), max_size=12)


@given(st.lists(st.tuples(_CELL, _CELL), max_size=6), st.sampled_from([",", "\t", ";"]))
def test_every_written_row_comes_back(rows, sign):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=sign).writerows([("title", "text"), *rows])
    contents = [(row.document.title, row.document.text) for row in _csv(file.getvalue()) if row.document]
    assert contents == [(title.strip(), text) for title, text in rows if any(character.isalnum() for character in text)]


@given(st.text(max_size=60))
def test_no_text_raises(text):
    _json(text)
    _json('{"text": "甲", "date": ' + text + "}")
    rows = _csv("text,date\n" + text)
    assert all(row.document or row.problem for row in rows)


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_of_figures_is_one_article(sign, end):
    text = "县,镇,产量（万吨）\n渝溪县,古楼镇,7.9\n渝溪县,白泥镇,\n"
    (row,) = _csv(text.replace(",", sign).replace("\n", end))
    assert row.document.text == "县：渝溪县，镇：古楼镇，产量7.9万吨。\n县：渝溪县，镇：白泥镇，产量：—。"
    assert (row.problem, row.document.repairs) == (None, (("as_table", 2),))


@pytest.mark.parametrize("ragged", ["1,300.5,80", "1,300,000.5,80", "8.4,80,1"])
def test_a_row_with_more_values_than_heads_gets_no_heads(ragged):
    table, problem = _csv(f"企业,产值（亿元）,用工（人）\n青釉坊,8.4,540,\n远岭锂业,{ragged}\n")
    assert table.document.text == "企业：青釉坊，产值8.4亿元，用工540人。\n远岭锂业 | " + ragged.replace(",", " | ")
    assert (problem.number, problem.document, problem.problem.code) == (3, None, "reading.taken_more_values")
    assert dict(problem.problem.values) == {"count": str(ragged.count(",") - 1)}
