"""Why something could not be taken in or done, in the page's language.

Knows the English sentences of index.errors and of the modules that read files. One that it does not know is shown as it is.
"""

from __future__ import annotations

import re

from index.errors import ZhiwenError
from qa.words import Language

_REASONS = (
    (r"not a kind of file that is read(?:; (?:those are [^;]*|.*))?", "这种文件读不了；能读的有 txt、md、html、pdf、docx、jsonl、csv、zip 等"),
    (r"larger than (\d+) MB; split it", r"大于 \1 MB，请拆开"),
    (r"more than (\d+) million characters of text", r"文字超过 \1 百万字"),
    (r"cannot be opened: .*", "打不开"),
    (r"empty file", "空文件"),
    (r"empty: nothing is packed in it", "空的压缩包"),
    (r"no text in it", "里面没有文字"),
    (r"no rows in it", "里面没有一行数据"),
    (r"no column named text in its first line", "第一行里没有“正文”（text）这一列"),
    (r"no feed: neither RSS nor Atom", "不是 RSS 或 Atom"),
    (r"a feed so broken that nothing in it can be read", "订阅文件损坏，读不出内容"),
    (r"a page without running text .*", "网页里没有正文（只有链接，或内容由脚本生成）"),
    (r"no page in this web archive", "网页存档里没有网页"),
    (r"binary data, not text", "不是文本"),
    (r"not text in UTF-8, GB18030 or Big5: .*", "不是 UTF-8、GB18030 或 Big5 编码的文字"),
    (r"not a file that holds text .*", "不是存文字的文件"),
    (r"old Word format", "旧版 Word 文件，请另存为 .docx"),
    (r"damaged, or no Word file", "文件损坏，或不是 Word 文件"),
    (r"no PDF, or damaged so that no page can be opened", "不是 PDF，或已损坏"),
    (r"encrypted with a password", "有密码，请去掉密码再存"),
    (r"its pages are pictures without text", "每页都是图片，请先做文字识别（OCR）"),
    (r"its fonts do not tell which characters they show", "字体没有说明是哪些字，请先做文字识别（OCR）"),
    (r"damaged or cut off; unpack it yourself", "压缩包损坏或不完整，请自行解压"),
    (r"cut off; taken in as far as it goes", "不完整，已收下能读的部分"),
    (r"damaged; taken in as far as it goes", "有损坏，已收下能读的部分"),
    (r"(?:cut off|damaged); nothing in it can be read", "损坏，读不出内容"),
    (r"named (\.\w+), but is no \w+ file", r"名字是 \1，内容却不是"),
    (r"packed by a method that is not read .*", "压缩方法不支持，请自行解压"),
    (r"packed more than (\d+) times over; .*", r"套了 \1 层以上的压缩包，请自行解压"),
    (r"unpacks to more than (\d+) MB; the rest is left out\. .*", r"解压后超过 \1 MB，其余略去"),
    (r"holds more than ([\d,]+) members; the rest is left out\. .*", r"压缩包里超过 \1 个文件，其余略去"),
    (r"(\d+) members? (?:is|are) encrypted; .*", r"\1 个文件有密码，请自行解压"),
    (r"(\d+) members? of kind (\S+), which is not read", r"\1 个 \2 文件，读不了"),
    (r"(\d+) members? without a suffix, which is not read", r"\1 个没有后缀名的文件，读不了"),
    (r"(\d+) entries hold only a title or a link; left out", r"\1 条只有标题或链接，略去"),
    (r"taken in as far as it can be read: .*", "已收下能读的部分，其余损坏"),
    (r"taken in, but (\d+) bytes are not (\S+) and show as .*", r"已收下，但有 \1 个字节不是 \2，显示为 �"),
    (r"taken in, but characters were lost in (\d+) places .*", r"已收下，但来之前已有 \1 处文字丢失（锟斤拷）"),
    (r"its id (.+) stands in an earlier row too; taken in as .*", r"编号 \1 与前面一行重复，已另编号收下"),
    (r"article (\S+) holds nothing but page frame .*", "除了导航、编辑、版权这类行，没有正文"),
    (r".*: another process is writing to this store\.", "另一个程序正在写这个资料库，请稍后再试。"),
    (r".*: what was before generation \d+ is not kept\.", "更早的内容没有保留：只有最近一次改动可以撤销，第一次建库不能。"),
    (r".*: the disk is full; nothing was changed\.", "磁盘满了，什么都没有改。"),
    (r".*: cannot be written .*", "资料库所在的文件夹写不了。"),
    (r".*: no store there\.", "没有资料库：它被移走或删除了。"),
    (r".*: no such file or folder\.", "文件或文件夹已不在。"),
    (r"busy", "正在处理另一件事，请等它做完。"),
    (r"gone", "这篇文章已不在资料库里。"),
    (r"no_file", "原文件已不在，无法重读；资料库里的这篇还在。"),
    (r"not_allowed", "这个文件夹不在允许之列。"),
    (r"请稍后再试：现在提问的人太多。", "现在提问的人太多，请稍后再试。"),
)  # fmt: skip
_ENGLISH = {
    "busy": "Something else is being done; wait until it has ended.",
    "gone": "This article is no longer in the library.",
    "no_file": "Its file is gone, so it cannot be read again; the article stays in the library.",
    "not_allowed": "This folder is not one of those allowed.",
    "请稍后再试：现在提问的人太多。": "Too many people are asking just now; try again in a moment.",
}
_REFUSED = (  # web.uploads speaks Chinese
    (r"这种文件读不了。", "not a kind of file that is read"),
    (r"是空文件。", "empty file"),
    (r"超过 (\d+) MB。", r"larger than \1 MB; split it"),
    (r"内容不是 (\w+).*", r"its contents are not \1"),
    (r"内容不是文字.*", "its contents are not text"),
    (r"没有收到这个文件，请重新选择。", "it did not arrive; choose it again"),
)
_HINTED = re.compile(r"(?<=\w)\. (?:If |Name |Run |Save |Split ).*")


def reason(told: str, language: Language) -> str:
    """A reason as a person reads it; more than one may stand in it, separated by semicolons."""
    if language == "en":
        english = (found.expand(words) for pattern, words in _REFUSED if (found := re.fullmatch(pattern, told)))
        return _ENGLISH.get(told) or next(english, told)
    bare = _HINTED.sub("", told)
    for pattern, words in _REASONS:
        if found := re.fullmatch(pattern, bare, re.DOTALL):
            return found.expand(words)
    return told


def problem(error: ZhiwenError, language: Language) -> str:
    """What went wrong and what to do about it."""
    said = reason(error.message, language)
    return said if said != error.message or language == "zh" else f"{said} {error.hint}".strip()
