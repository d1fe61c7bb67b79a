"""What argparse says itself, and the help of options that several commands share. Knows the sentences only.

The English sentences are argparse's own, letter by letter: index.options finds the Chinese ones by them. `%s` and
`%(name)s` are filled in by argparse.
"""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "usage": Message("用法：", "usage: "),
    "positional": Message("参数", "positional arguments"),
    "options": Message("选项", "options"),
    "colon": Message("：", ":"),
    "help": Message("显示这段说明，然后退出", "show this help message and exit"),
    "version": Message("显示版本，然后退出", "show program's version number and exit"),
    "error": Message("%(prog)s：错误：%(message)s\n", "%(prog)s: error: %(message)s\n"),
    "argument": Message("参数 %(argument_name)s：%(message)s", "argument %(argument_name)s: %(message)s"),
    "required": Message("缺少这些参数：%s", "the following arguments are required: %s"),
    "one_required": Message("%s：至少要有其中一个", "one of the arguments %s is required"),
    "unrecognized": Message("不认识的参数：%s", "unrecognized arguments: %s"),
    "not_allowed": Message("不能和 %s 一起用", "not allowed with argument %s"),
    "ignored": Message("不接受这个值：%r", "ignored explicit argument %r"),
    "expected_one": Message("后面要有一个值", "expected one argument"),
    "expected_at_most_one": Message("后面至多有一个值", "expected at most one argument"),
    "expected_at_least_one": Message("后面至少要有一个值", "expected at least one argument"),
    "expected": Message("后面要有 %s 个值", "expected %s argument"),
    "expected_many": Message("后面要有 %s 个值", "expected %s arguments"),
    "ambiguous": Message(
        "选项 %(option)s 可以指几个选项：%(matches)s", "ambiguous option: %(option)s could match %(matches)s"
    ),
    "invalid_value": Message("不是有效的值（要求 %(type)s）：%(value)r", "invalid %(type)s value: %(value)r"),
    "invalid_choice": Message(
        "没有 %(value)r 这个选择（可选：%(choices)s）", "invalid choice: %(value)r (choose from %(choices)s)"
    ),
    "store": Message(
        "资料库在哪里：一个文件夹（默认 store/，或 ZHIWEN_STORE），或一个 Milvus 服务器，如 http://主机:19530/库名",
        "where the store is: a folder (default: store/, or ZHIWEN_STORE), or a Milvus server as http://host:19530/database",
    ),
}
