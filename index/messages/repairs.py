"""The name of each repair that reading and cleaning count. Knows the words only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "pinyin": Message("拼音注音", "pinyin annotations"),
    "invisible": Message("不可见字符", "invisible characters"),
    "private_use": Message("私用区字符", "private use characters"),
    "letter_spaces": Message("字间空格", "spaces between characters"),
    "line_wraps": Message("硬换行", "line wraps"),
    "markdown": Message("Markdown 记号", "Markdown marks"),
    "full_width": Message("全角数字字母", "full-width characters"),
    "question_marks": Message("乱码问号", "question marks"),
    "double_encoding": Message("二次编码", "double encoding"),
    "mixed_encodings": Message("混合编码", "mixed encodings"),
    "lost_characters": Message("锟斤拷", "lost characters"),
    "nul_runs": Message("空字节（NUL）", "runs of NUL bytes"),
    "undecodable": Message("坏字节", "undecodable bytes"),
    "navigation": Message("导航", "navigation"),
    "share": Message("分享", "sharing"),
    "rights": Message("版权", "rights"),
    "editor": Message("编辑", "editor"),
    "contact": Message("热线邮箱", "contact"),
    "metadata": Message("稿头", "metadata"),
    "title": Message("标题行", "title lines"),
    "related": Message("相关阅读", "related articles"),
    "recurring": Message("重复套话", "recurring lines"),
    "densest_lines": Message("第二提取器", "densest lines"),
    "page_lines": Message("页眉页脚", "page heads and feet"),
    "pages_without_text": Message("无文字页", "pages without text"),
    "pages_recognized": Message("识别的页", "recognized pages"),
    "pages_not_recognized": Message("未识别的页", "pages not recognized"),
    "markup": Message("HTML 标记", "HTML markup"),
    "table_rows": Message("补回表格行", "restored table rows"),
    "data_urls": Message("内嵌数据（data:）", "data URLs"),
    "comments_left_out": Message("略去的批注", "comments left out"),
    "hidden_slides": Message("隐藏的幻灯片没有收", "hidden slides left out"),
    "as_table": Message("整张表一篇", "rows of a table as one article"),
    "damaged_parts": Message("受损部分", "damaged parts"),
    "page_data": Message("取自网页数据", "taken from the page's data"),
    "whole_page": Message("整页", "whole page"),
}
