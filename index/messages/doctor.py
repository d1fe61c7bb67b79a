"""What `python -m index.doctor` says. Knows the words only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "description": Message(
        "查看文件里有什么，以及清洗会改什么；不动资料库。",
        "Show what files hold and what cleaning would do to them; the store is not touched.",
    ),
    "paths": Message("文件和文件夹，与 index.reindex 相同", "files and folders, as for index.reindex"),
    "json": Message("每篇文章一个 JSON 对象，带清洗后的文字", "one JSON object per article, with its cleaned text"),
    "html": Message(
        "写出一个网页，并排列出每篇文章清洗前后的样子", "write a page with every article before and after cleaning"
    ),
    "comma": Message("，", ", "),
    "none": Message("无", "none"),
    "articles": Message("文章", "articles"),
    "articles_value": Message(
        "{count} 篇，{characters} 字；有日期 {dated} 篇", "{count}, {characters} characters; {dated} with a date"
    ),
    "refused": Message("读不了", "not readable"),
    "refused_value": Message("{count} 处", "{count}"),
    "encodings": Message("编码", "encodings"),
    "scripts": Message("字形", "scripts"),
    "repairs": Message("修复", "repairs"),
    "lost_digits": Message("数字缺失", "lost digits"),
    "lost_digits_value": Message("{articles} 篇，{places} 处", "{places} places in {articles} articles"),
    "boilerplate": Message("非正文", "boilerplate"),
    "boilerplate_value": Message("{share:.1%}：{kinds}", "{share:.1%}: {kinds}"),
    "duplicates": Message("同稿", "duplicates"),
    "duplicates_value": Message("{copies} 篇是别篇的副本（{share:.2%}）", "{copies} copies of another ({share:.2%})"),
    "longest": Message("最长段落", "longest paragraphs"),
    "longest_value": Message("{lengths} 字", "{lengths} characters"),
    "longest_between": Message(" 字，", ", "),
    "script_simplified": Message("简体", "simplified"),
    "script_traditional": Message("繁体", "traditional"),
    "script_mixed": Message("简繁混用", "mixed"),
    "script_other": Message("—", "—"),
    "column_file": Message("文件", "file"),
    "column_encoding": Message("编码", "encoding"),
    "column_title": Message("标题", "title"),
    "column_date": Message("日期", "date"),
    "column_source": Message("来源", "source"),
    "column_script": Message("字形", "script"),
    "column_repairs": Message("修复", "repairs"),
    "column_boilerplate": Message("非正文", "boilerplate"),
    "column_remarks": Message("备注", "remarks"),
    "lost_digits_note": Message("缺数字×{count}", "lost digits×{count}"),
    "copy_of": Message("同稿：{name}", "copy of {name}"),
    "recognized": Message("文字识别，把握 {sure:.0%}", "recognized text, {sure:.0%} sure"),
    "untitled": Message("（{start}…）", "({start}…)"),
    "table_cut": Message(
        "只列出最需要看的 {listed} 条，共 {count} 条；--json 给出全部。",
        "The {listed} most damaged of {count} entries are listed; --json lists all.",
    ),
    "page_cut": Message(
        "只列出最需要看的 {listed} 条，共 {count} 条。", "The {listed} most damaged of {count} entries are listed."
    ),
    "page_title": Message("知闻：语料体检", "zhiwen: corpus check"),
    "page_heading": Message("语料体检", "Corpus check"),
    "before_and_after": Message("清洗前后", "Before and after cleaning"),
    "lines_left_out": Message("删去的行", "lines left out"),
    "damage": Message("句中的损坏", "damage inside sentences"),
    "field_title": Message("标题", "title"),
    "field_date": Message("日期", "date"),
    "field_source": Message("来源", "source"),
    "field_author": Message("作者", "author"),
    "field_url": Message("网址", "address"),
    "field_value": Message("{field}：{value}（{origin}）", "{field}: {value} ({origin})"),
    "field_between": Message("　", " · "),
    "page_written": Message("{path}：{count} 条", "{path}: {count} entries"),
    "empty_path": Message(
        "有一个路径是空的。", "One of the paths is empty.", "请写出文件或文件夹。", "Name files or folders."
    ),
    "nothing_readable": Message(
        "{paths}：没有能读的文件。",
        "{paths}: no readable files found.",
        "请给出含有文本、网页或文档的文件或文件夹。",
        "Name files or folders that hold texts, pages or documents.",
    ),
}
