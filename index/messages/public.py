"""What a program that uses zhiwen as a library is told. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "no_paths": Message(
        "没有给出要收录的文件或文件夹。",
        "No files or folders were named.",
        '请写成 zhiwen.index("我的文章/", store="store")。',
        'Write zhiwen.index("articles/", store="store").',
    ),
    "closed": Message(
        "这个资料库已经关闭。",
        "This library is closed.",
        "请用 zhiwen.open 重新打开。",
        "Open it again with zhiwen.open.",
    ),
    "empty_path": Message(
        "有一个路径是空的。",
        "One of the paths is empty.",
        '当前文件夹请写成 "."。',
        'Write the current folder as ".".',
    ),
    "empty_store": Message(
        "store 是空的。",
        "store is empty.",
        "请写出文件夹或 Milvus 服务器的地址，或不写（None）。",
        "Name a folder or the address of a Milvus server, or leave it out (None).",
    ),
    "no_string": Message(
        "{name} 是 {kind}，不是字符串。",
        "{name} is of type {kind}, not a string.",
        '请写成文字，例如 library.ask("拓源产值")。',
        'Write it in words, as in library.ask("拓源产值").',
    ),
    "too_few": Message(
        "k={k}：至少要 1 段。",
        "k={k}: at least 1 passage is needed.",
        "请给一个正整数。",
        "Use a positive number.",
    ),
    "figures_later": Message(
        "这个版本还不能列出数字表。",
        "This version cannot list figures yet.",
        "请先用 ask 或 search。",
        "Use ask or search instead.",
    ),
}
