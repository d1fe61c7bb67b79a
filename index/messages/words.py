"""What can be wrong with a user's word list. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_FORM_ZH = "每行写意思相同的词，用等号或逗号隔开：青发投=青岚发展投资集团；以 # 开头的行不算。"
_FORM_EN = "Write words that mean the same on one line, between = or commas: NHS=National Health; # begins a comment."

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
        "请检查这个文件的权限。",
        "Check the permissions of that file.",
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
}
