"""Markdown: its front matter is metadata, its first heading the title, and no HTML and no data URL stay in its text."""

import pytest
from costs import within

from index.reading.markdown import read_markdown
from index.reading.markup import to_text

_BODY = "## 通车\n\n青岚河上的新桥昨天通车，过桥费每辆5元。\n"


def _fields(text):
    document = read_markdown(text, to_text)
    return document.title, document.date, document.author, document.source, document.url


def _text(text):
    return read_markdown(text, to_text).text


_YAML = """---
title: "2023年新桥通车：第一天两千辆"
date: 2024-03-05T08:30:00+08:00
lastmod: 2024-04-02
draft: false
# 备注
author: 言小满
categories:
  - 交通
tags: ["桥", "青岚"]
source: 青岚日报
link: https://qinglan.example/1

description: >
  两行的
  简介
---
"""
_TOML = """+++
title = "2023年新桥通车：第一天两千辆"
date = 2024-03-05T08:30:00+08:00
draft = false
authors = ["言小满"]
source = '青岚日报'
url = "https://qinglan.example/1"
[params]
  a = 1
+++
"""
_JSON = """{
  "title": "2023年新桥通车：第一天两千辆",
  "date": "2024-03-05",
  "author": {"name": "言小满"},
  "source": "青岚日报",
  "url": "https://qinglan.example/1"
}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("head", [_YAML, _TOML, _JSON], ids=["yaml", "toml", "json"])
def test_front_matter_is_metadata_and_no_text(head, end):
    text = (head + "\n" + _BODY).replace("\n", end)
    title = "2023年新桥通车：第一天两千辆"
    assert _fields(text) == (title, "2024-03-05", "言小满", "青岚日报", "https://qinglan.example/1")
    assert _text(text) == _BODY.replace("\n", end)
    origins = dict(read_markdown(text, to_text).origins)
    assert origins == dict.fromkeys(("title", "date", "author", "source", "url"), "front matter")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("title: 新桥通车", "新桥通车"),
        ("title: 新桥通车 # 备注", "新桥通车"),
        ("title: '桥''通车'", "桥'通车"),
        (r'title: "说\"通车\"了"', '说"通车"了'),
        ("标题: 新桥通车", "新桥通车"),
        ("Title:   新桥:通车", "新桥:通车"),
        ("title: >-\n  新桥\n  通车", "新桥 通车"),
        ('title: ""', ""),
        ("title:", ""),
    ],
)
def test_values_as_yaml_writes_them(line, value):
    assert _fields(f"---\n{line}\n---\n{_BODY}")[0] == value


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        ("author: [言小满, 方可]", "言小满、方可"),
        ("authors:\n- 言小满\n- 方可", "言小满、方可"),
        ("author:\n  name: 言小满\n  email: a@b.example", "言小满"),
        ("作者: 言小满", "言小满"),
    ],
)
def test_authors_as_yaml_writes_them(lines, authors):
    assert _fields(f"---\n{lines}\n---\n{_BODY}")[2] == authors


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("date: 2024/3/5 8:30", "2024-03-05"),
        ("日期: 2024年3月5日", "2024-03-05"),
        ("date created: 2024-03-05", "2024-03-05"),
        ("pubDate: 2024-03-05", "2024-03-05"),
        ("date: 去年", ""),
    ],
)
def test_dates_as_front_matter_names_them(line, date):
    assert _fields(f"---\ntitle: 题\n{line}\n---\n{_BODY}")[1] == date


def test_a_source_that_is_an_address_is_the_address():
    assert _fields(f"---\nsource: https://qinglan.example/2\n---\n{_BODY}")[3:] == ("", "https://qinglan.example/2")


@pytest.mark.parametrize(
    "text",
    [
        f"---\n新桥昨天通车。\n---\n{_BODY}",
        f"---\n\n---\n{_BODY}",
        f"---\ntitle: 题\n{_BODY}",
        f"+++\n新桥昨天通车。\n+++\n{_BODY}",
        "{\n新桥\n}\n",
        f"{_BODY}\n---\ntitle: 题\n---\n",
    ],
)
def test_text_between_rules_stays(text):
    assert _text(text) == text
    assert _fields(text)[1:] == ("", "", "", "")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"# 2023年滨江县工业运行情况\n\n{_BODY}", "2023年滨江县工业运行情况"),
        (f"# 新桥怎样收费？\n\n{_BODY}", "新桥怎样收费？"),
        (f"# **新桥**通车 [全文](https://a.example) #\n{_BODY}", "新桥通车 全文"),
        (f"#新桥通车\n{_BODY}", "新桥通车"),
        (f"2023年新桥通车\n======\n{_BODY}", "2023年新桥通车"),
        (f"![图](a.png)\n\n<!-- 注 -->\n# 新桥通车\n{_BODY}\n# 附录\n", "新桥通车"),
        (f"---\ndate: 2024-03-05\n---\n\n# 新桥通车\n{_BODY}", "新桥通车"),
        (f"前言一句。\n\n# 新桥通车\n{_BODY}", "新桥通车"),
        (f"前言一句。\n\n# 一\n{_BODY}\n# 二\n", ""),
        (f"```\n# 注释\n```\n{_BODY}", ""),
        (f"桥上人多 #新桥\n{_BODY}", ""),
        (_BODY, ""),
    ],
)
def test_the_first_heading_is_the_title(text, title):
    assert _fields(text)[0] == title


def test_front_matter_comes_before_the_heading():
    assert _fields(f"---\ntitle: 题\n---\n# 新桥通车\n{_BODY}")[0] == "题"


def test_data_urls_and_html_are_no_text():
    data = "data:image/png;base64," + "iVBORw0KGgo" * 9_000
    text = (
        '# 新桥\n\n<div align="center"><b>过桥</b>费&nbsp;5元<br/>每辆</div>\n\n'
        f"![图一]({data})\n"
        f'<img src="{data}"/>\n<!-- 编者\n备注 -->\n<style>p {{}}</style>\n[1]: {data}\n'
    )
    document = read_markdown(text, to_text)
    assert [line for line in document.text.split("\n") if line.strip()] == ["# 新桥", "过桥费 5元", "每辆", "图一"]
    assert dict(document.repairs) == {"data_urls": 3, "markup": 9}


@pytest.mark.parametrize(
    "text",
    [
        "产值 a < b，c > d，AT&T，x&y;\n",
        "写 `<b>` 和 `&nbsp;` 两个记号。\n",
        "```html\n<div>新桥</div><!-- 注 -->\n```\n",
        "开头写 <html> 这样的记号。\n",
    ],
)
def test_text_that_looks_like_html_stays(text):
    assert _text(text) == text


@pytest.mark.parametrize(
    "piece", ["<!--", "<table>", "<script ", "---\na:\n", "# #   ", "`", "![", "data:a;b", "[", "<b ", "---\n- a\n"]
)
def test_time_grows_with_size_only(piece):
    text = "---\n" + piece * (1_000_000 // len(piece))
    within(2, lambda: read_markdown(text, to_text))
    within(2, lambda: read_markdown(text[4:], to_text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_of_pipes_and_of_html_say_each_cell_with_its_head(end):
    pipes = "| 企业 | 产值（亿元） | 用工 |\n|:---|---:|---|\n| **青釉坊** | 8.4 | 540 |\n| 白泥窑 |  | 310 |"
    html = (
        "<table><tr><th>企业</th><th>产值（亿元）</th><th>用工</th></tr><tr><td>青釉坊</td><td>8.4</td><td>540</td></tr>"
        "<tr><td>白泥窑</td><td></td><td>310</td></tr></table>"
    )
    rows = ["企业：青釉坊，产值8.4亿元，用工：540。", "企业：白泥窑，产值：—，用工：310。"]
    for table in (pipes, html):
        text = f"## 产值\n\n{table}\n\n表后一句。\n".replace("\n", end)
        assert [line.strip() for line in _text(text).split("\n") if line.strip()] == ["## 产值", *rows, "表后一句。"]


def test_pipes_without_a_rule_and_in_code_are_no_table():
    for text in ("甲 | 乙\n丙 | 丁\n", "```\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n```\n", "甲 - 乙 | 丙\n"):
        assert _text(text) == text
