"""What can be wrong with a user's word list. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_FORM_ZH = (
    "每行写意思相同的词，用 = 、逗号、顿号或制表符隔开：青发投=青岚发展投资集团；以 # 开头的行不算；"
    "这个文件如果是文章，请改名。"
)
_FORM_EN = (
    "Write words that mean the same on one line, between = , 、 or tabs: NHS=National Health; # begins a comment; "
    "if this file is an article, give it another name."
)

MESSAGES = {
    "no_file": Message(
        "{path}：没有这个词表。",
        "{path}: no such word list.",
        "请改正环境变量 ZHIWEN_WORDS，或去掉它：不写就用资料库文件夹里的 words.txt。",
        "Correct the environment variable ZHIWEN_WORDS or unset it: then words.txt in the store's folder is read.",
    ),
    "closed": Message(
        "{path}：词表打不开（{reason}）。",
        "{path}: the word list cannot be opened ({reason}).",
        "词表是一个文本文件；请检查它的路径和权限。",
        "A word list is a text file. Check its path and its permissions.",
    ),
    "no_regular_file": Message(
        "{path}：词表不是文件，而是文件夹、管道或设备。",
        "{path}: the word list is a folder, a pipe or a device, not a file.",
        "请换成一个文本文件，或把它改名、移走。",
        "Put a text file in its place, or move it away.",
    ),
    "too_large": Message(
        "{path}：词表超过了 4 MB。",
        "{path}: the word list is larger than 4 MB.",
        _FORM_ZH,
        _FORM_EN,
    ),
    "no_text": Message(
        "{path}：词表不是文本文件。",
        "{path}: the word list is no text file.",
        _FORM_ZH,
        _FORM_EN,
    ),
    "one_word": Message(
        "{path} 第 {line} 行没有两个不同的词：{text}",
        "{path}, line {line}: not two different words: {text}",
        _FORM_ZH,
        _FORM_EN,
    ),
    "no_word": Message(
        "{path} 第 {line} 行里有太长的，或没有文字的词：{text}",
        "{path}, line {line}: a word is too long or has no letters: {text}",
        _FORM_ZH,
        _FORM_EN,
    ),
    "wrong_sign": Message(
        "{path} 第 {line} 行里的“{sign}”不能隔开词，也不能写在词里：{text}",
        "{path}, line {line}: “{sign}” neither separates words nor stands in one: {text}",
        _FORM_ZH,
        _FORM_EN,
    ),
    "too_many": Message(
        "{path} 第 {line} 行：一个词有 {most} 个以上意思相同的词：{text}",
        "{path}, line {line}: a word has more than {most} others that mean the same: {text}",
        "一行只写同一样东西的名字；不同的东西分行写。",
        "Write the names of one thing on a line, and those of another thing on a line of their own.",
    ),
}
