"""Take titles and authors from a file's name and properties, except those that a program filled in.

Knows the values that office programs write by themselves. Does not know any file format.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|untitled.*|unspecified|powerpoint.*|(?:无标题|無標題|未命名).*|.*[\\/].*"
    r"|\W*\d*\W*"
    r"|.*\.(?:docx?|pdf|wps|txt|rtf|indd|cdr|qxd|pptx?|xlsx?|html?|tmp|dvi|tex|s92)"
    r"|(?:文档|文件|document|doc|slide|presentation|工作簿)\W*\d*",
    re.IGNORECASE,
)
NO_AUTHOR = re.compile(
    r"admin(?:istrator)?\d*|users?\W*\d*|owner|root|guest|\W*anonymous\W*|unknown|author|作者|匿名|用户|微软用户|微軟用戶|微软中国"
    r"|(?:ms )?office.*|microsoft.*|windows.*|python-docx|apache poi|openpyxl|xlwt|calc|libreoffice.*|wps.*|un-named"
    r"|(?:lenovo|dell|hp|asus|acer)\b.*|pc\W*\d*|xp|china"
    r"|\W*\d*\W*|.*@.*",
    re.IGNORECASE,
)


_NO_SUBJECT = re.compile(
    r"(?:新建|未命名|无标题|無標題|未知|临时|测试|下载|复制|副本|附件|正文|全文|内容|文章|文字|文本|文档|文件|资料|材料|素材|图片|扫描|扫描件|识别|稿件|新闻|网页|页面"
    r"|通知|公告|报告|说明|目录|备份|草稿|终稿|定稿|最终版|修改版|合并|导出|汇总|记录|数据|word|txt|pdf|docx?|html?)*+"
)
# What programs and people put before and after the subject of a file's name: numbers, dates, copies.
_BEFORE = re.compile(r"(?:[\d\s._\-()（）\[\]【】]|附件\d*[:：.、]?)++")
_AFTER = re.compile(r"(?:[\s_\-]*(?:副本|copy|复制|final|终稿|定稿|\(\d{1,3}\)|（\d{1,3}）|v\d+))+\Z", re.IGNORECASE)
_MAIL = re.compile(r".*\.(?:eml|msg)!", re.IGNORECASE | re.DOTALL)
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U000323af]")


def subject_of_name(stem: str) -> str:
    """Return the subject that a file's name tells, "" if it tells none: 文档1, 新建文本文档, a1b2.

    >>> subject_of_name("03-青岚县2023年公报(1)")
    '青岚县2023年公报'
    """
    subject = _AFTER.sub("", stem[:255].strip())
    if not re.match(r"\d{4}年|\d{1,4}[\u3400-\u9fff]", subject):
        subject = _BEFORE.sub("", subject, count=1) if (match := _BEFORE.match(subject)) and match.end() else subject
    subject = " ".join(subject.replace("_", " ").split())
    plain = re.sub(r"[\W\d_]+", "", subject.lower())
    if len(_HAN.findall(subject)) < 2 or len(subject) > 100 or _NO_SUBJECT.fullmatch(plain):
        return ""
    return subject


def subject_of_file(path: str) -> str:
    """Return the subject that the name of a file tells, also of one packed with others or attached to a mail.

    >>> subject_of_file("/x/通知.eml!青岚县公报.xlsx")
    '青岚县公报'
    """
    return subject_of_name(PurePosixPath(_MAIL.sub("", path)).stem)


def real_value(value: object, sham: re.Pattern[str]) -> str:
    """Return a property as one line, "" if it is too long, damaged, or matches `sham`, the values of programs."""
    text = " ".join(str(value or "").replace("\x00", "").split())
    return "" if len(text) > 200 or "\ufffd" in text or sham.fullmatch(text) else text


def origins_of(title: str, title_origin: str, author: str, author_origin: str) -> tuple[tuple[str, str], ...]:
    """Return (field, origin) of the fields that are not empty, sorted by field."""
    return tuple(
        (name, origin)
        for name, value, origin in (("author", author, author_origin), ("title", title, title_origin))
        if value
    )
