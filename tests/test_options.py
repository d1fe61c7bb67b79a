"""Commands read their options, and explain them, in the user's language."""

import argparse
import re
from pathlib import Path

import pytest

from index.language import use_language
from index.messages.options import MESSAGES
from index.options import OptionParser, _width, _wrap

_HAN = re.compile("[\u3400-\u9fff]")


def _parser():
    parser = OptionParser("ask", "描述", "说明")
    parser.add_argument("question", nargs="+", metavar="QUESTION")
    parser.add_argument("-k", type=int, metavar="N")
    parser.add_argument("--form", choices=("a", "b"))
    parser.add_argument("--pair", nargs=2)
    parser.add_argument("--since")
    parser.add_argument("--source")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--one", action="store_true")
    either.add_argument("--other", action="store_true")
    return parser


_WRONG = {
    (): "question|QUESTION",
    ("q", "-k", "x"): "-k",
    ("q", "-k"): "-k",
    ("q", "--pair", "1"): "--pair",
    ("q", "--form", "c"): "--form",
    ("q", "--one", "--other"): "--other",
    ("q", "--one=1"): "--one",
    ("q", "--nothing"): "--nothing",
    ("q", "--s", "x"): "--since",
}


@pytest.mark.parametrize("arguments", _WRONG)
def test_a_wrong_option_is_explained_in_the_users_language(arguments, capsys):
    errors = {}
    for spoken in ("zh", "en"):
        with use_language(spoken), pytest.raises(SystemExit) as exited:
            _parser().parse_args(list(arguments))
        assert exited.value.code == 2
        errors[spoken] = capsys.readouterr().err
    assert errors["zh"].startswith("用法：ask")
    assert errors["en"].startswith("usage: ask")
    error = errors["zh"].splitlines()[-1]
    assert error.startswith("ask：错误：")
    assert re.search(_WRONG[arguments], error)
    names = r"^ask|--?[a-z]+|QUESTION|要求 int|'[^']*'"
    assert not re.search("[A-Za-z]", re.sub(names, "", error))
    assert not _HAN.search(errors["en"].splitlines()[-1])


def test_help_is_in_the_users_language(capsys):
    for spoken, words in (
        ("zh", "用法：|参数|选项|显示这段说明"),
        ("en", "usage: |positional arguments|options|show this help"),
    ):
        with use_language(spoken), pytest.raises(SystemExit) as exited:
            _parser().parse_args(["--help"])
        assert exited.value.code == 0
        help_text = capsys.readouterr().out
        assert all(word in help_text for word in words.split("|"))


def test_a_wrong_option_cannot_reach_the_terminal(capsys):
    with pytest.raises(SystemExit):
        _parser().parse_args(["q", "--\x1b[31mred\u202e"])
    assert "--\\x1b[31mred\\u202e" in capsys.readouterr().err


def test_chinese_headings_end_in_a_chinese_colon(capsys):
    for spoken, headings in (("zh", ["参数：", "选项："]), ("en", ["positional arguments:", "options:"])):
        with use_language(spoken), pytest.raises(SystemExit):
            _parser().parse_args(["--help"])
        assert set(headings) <= set(capsys.readouterr().out.splitlines())


def test_english_sentences_are_those_of_argparse():
    source = Path(argparse.__file__).read_text(encoding="utf-8")
    own = {message.en.replace("\n", "\\n") for key, message in MESSAGES.items() if key != "store"}
    assert [sentence for sentence in own if f"'{sentence}" not in source and f'"{sentence}' not in source] == []


def test_both_languages_hold_the_same_placeholders():
    found = {
        key: [re.findall(r"%(?:\(\w+\))?[sr]", words) for words in message[:2]] for key, message in MESSAGES.items()
    }
    assert [key for key, (zh, en) in found.items() if sorted(zh) != sorted(en)] == []


def test_other_parsers_keep_their_language(capsys):
    with use_language("zh"):
        _parser().parse_args(["q"])
        assert argparse.ArgumentParser(prog="other").format_help().startswith("usage: other")


def test_help_lines_are_measured_in_columns():
    lines = _wrap(
        "资料库在哪里：一个文件夹（默认 store/，或 ZHIWEN_STORE），或一个 Milvus 服务器，如 http://主机:19530/库名", 24
    )
    assert max(map(_width, lines)) <= 26  # a comma may hang over
    assert not any(line[0] in "，。：）" for line in lines)
    assert _wrap("one two  three", 8) == ["one two", "three"]
    assert _wrap("", 8) == [""]
