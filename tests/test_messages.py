"""Every sentence a person can meet: it exists in both languages, says the same in both, and is used."""

import ast
import errno
import os
import re
import string
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest

from index.errors import UserError
from index.language import language, text, use_language

ROOT = Path(__file__).parents[1]
_CODE = re.compile(r"[a-z]+\.[a-z0-9_]+")
_HAN = re.compile("[\u3400-\u9fff]")
# Examples of questions and words, which are Chinese in English too.
_EXAMPLES = re.compile(r"锟斤拷|拓源产值|那税收呢？|产值|中文|正文|问题|去年|上个月|近三年|退出|[“\"][^”\"]*[”\"]")
_SENTENCE = re.compile(r"\b(?:the|is|are|was|not|this|that|with|from|please|cannot)\b")
# The sentences that design review found unreadable.
_RIDDLES = (
    "for one that is none",
    "as soon as it is whole; whether it did",
    "nothing in there to read",
    "the files are as they are",
    "takes the same in again",
    "no floors to hold to",
)


def _modules():
    return [path for top in ("index", "qa", "web", "zhiwen") for path in sorted((ROOT / top).glob("**/*.py"))] + [
        ROOT / "app.py"
    ]


@cache
def _tables():
    """(name, code) → (Chinese, English) of every message, its hint apart."""
    sentences = {}
    for path in sorted((ROOT / "index" / "messages").glob("*.py")):
        if path.stem != "__init__":
            for key, message in import_module(f"index.messages.{path.stem}").MESSAGES.items():
                sentences[f"{path.stem}.{key}"] = (message.zh, message.en)
                sentences[f"{path.stem}.{key} (hint)"] = (message.zh_hint, message.en_hint)
    for name in ("qa.phrases", "web.labels"):
        for table in vars(import_module(name)).values():
            if isinstance(table, dict):
                pairs = {key: pair for key, pair in table.items() if isinstance(pair, tuple) and len(pair) == 2}
                sentences |= {f"{name}.{key}": pair for key, pair in pairs.items() if all(map(_is_text, pair))}
    return sentences


def _is_text(value):
    return isinstance(value, str)


def _placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_tables():
    assert len(_tables()) > 100


def test_every_sentence_is_there_in_both_languages():
    assert [code for code, (zh, en) in _tables().items() if bool(zh) != bool(en)] == []
    assert [code for code, (zh, _) in _tables().items() if not zh and not code.endswith("(hint)")] == []


def test_both_languages_name_the_same_values():
    assert [code for code, (zh, en) in _tables().items() if _placeholders(zh) != _placeholders(en)] == []


def test_chinese_is_chinese():
    def words(text):
        return re.sub(r"\{[^}]*\}|--[a-z-]+|pip install .*", "", text)  # without values, options, commands

    assert [code for code, (zh, _) in _tables().items() if _SENTENCE.search(words(zh))] == []
    # What holds no word at all, such as `{path}` or `≥ {count}`, and names such as PDF need none.
    without = [code for code, (zh, en) in _tables().items() if not _HAN.search(zh) and re.search("[a-z]{4}", words(zh))]
    assert set(without) <= {"web.labels.other_language", "web.labels.stage_of"}


def test_english_is_english():
    wrong = [code for code, (_, en) in _tables().items() if _HAN.search(_EXAMPLES.sub("", en))]
    assert [code for code in wrong if code != "web.labels.other_language"] == []


@cache
def _codes():
    """Code → where it stands, for every constant in the source that looks like the code of a message."""
    modules = {path.stem for path in (ROOT / "index" / "messages").glob("*.py")}
    places = {}
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and _CODE.fullmatch(value) and value.partition(".")[0] in modules:
                places[value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return places


_SPEAKERS = {"UserError": 0, "UnreadableFile": 0, "text": 0, "sentence": 0, "of": 1}


def _first_words():
    """(where, constant) of every error and problem that is made with a constant."""
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "of" and getattr(getattr(node.func, "value", None), "id", "") != "Problem":
                continue
            place = _SPEAKERS.get(name)
            if place is not None and len(node.args) > place:
                argument = node.args[place]
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield where, name, argument.value
                elif name in ("UserError", "UnreadableFile") and isinstance(argument, ast.JoinedStr):
                    # A code may be chosen, `f"system.{key}"`; a sentence may not be written there.
                    first = argument.values[0]
                    yield where, name, f"{first.value}*" if isinstance(first, ast.Constant) else "*"


def test_every_error_and_problem_has_a_code():
    wrong = []
    for where, name, value in _first_words():
        known = value in _tables() or (value.endswith("*") and re.fullmatch(r"[a-z]+\.[a-z0-9_]*\*", value))
        if not known and (name != "text" or _CODE.fullmatch(value)):
            wrong.append((where, value))
    assert wrong == []


def test_every_message_is_used():
    source = "".join(path.read_text(encoding="utf-8") for path in _modules() if path.parent.name != "messages")
    chosen = set(re.findall(r'f"([a-z]+\.[a-z0-9_]*)\{', source))  # as in f"system.{key}"
    unused = [
        code
        for code in _tables()
        if _CODE.fullmatch(code)
        and code not in _codes()
        and not any(code.startswith(start) for start in chosen)
        and f'"{code.partition(".")[2]}"' not in source  # a key that is handed on by itself
    ]
    assert unused == []


def test_no_riddle_is_left():
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *_modules()]
    texts = {page: " ".join(page.read_text(encoding="utf-8").split()) for page in pages if page.stem != "glossary"}
    assert [(page.name, riddle) for page, text in texts.items() for riddle in _RIDDLES if riddle in text] == []


@pytest.mark.parametrize(
    ("zhiwen", "system", "spoken"),
    [
        ("en", "zh_CN.UTF-8", "en"),
        ("zh", "en_US.UTF-8", "zh"),
        (None, "en_GB.UTF-8", "en"),
        (None, "zh_TW.UTF-8", "zh"),
        (None, "de_DE.UTF-8", "zh"),
        (None, "C", "zh"),
        (None, None, "zh"),
        ("fr", "en_US.UTF-8", "zh"),
        ("", "en_US.UTF-8", "en"),
    ],
)
def test_the_language_is_chosen_by_the_environment(zhiwen, system, spoken, monkeypatch):
    for name, value in (("ZHIWEN_LANG", zhiwen), ("LANG", system)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert language() == spoken
    with use_language("en"):
        assert language() == "en"


@pytest.mark.parametrize("code", ["The disk is full", "system.none_such", "nowhere.disk_full", ".disk_full"])
def test_a_sentence_is_no_code(code):
    with pytest.raises(KeyError, match=re.escape(code)):
        text(code)


def _run(module, arguments, spoken, monkeypatch, capsys):
    """What a command writes in a language, without the paths and examples in it."""
    monkeypatch.setenv("ZHIWEN_LANG", spoken)
    with patch.dict(os.environ), suppress(SystemExit):  # app.py sets some variables for its process
        import_module(module).main(list(arguments))
    captured = capsys.readouterr()
    return captured.out + captured.err


_OPTION = re.compile(r"--[a-z-]+")
_COMMANDS = ("index.reindex", "index.doctor", "qa.ask", "qa.evaluate", "app")


@pytest.mark.parametrize("module", _COMMANDS)
def test_help_is_in_one_language(module, monkeypatch, capsys):
    assert not _HAN.search(_EXAMPLES.sub("", _run(module, ["--help"], "en", monkeypatch, capsys)))
    chinese = _run(module, ["--help"], "zh", monkeypatch, capsys)
    assert _HAN.search(chinese)
    assert not _SENTENCE.search(_OPTION.sub("", chinese))


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("qa.ask", ["？！"]),
        ("qa.ask", ["产值", "--since", "2024-13-01"]),
        ("index.reindex", ["nowhere"]),
        ("index.doctor", ["nowhere"]),
        ("qa.evaluate", ["nowhere"]),
        ("app", ["--port", "99999"]),
    ],
)
def test_an_error_is_in_one_language(module, arguments, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    english = _run(module, arguments, "en", monkeypatch, capsys)
    assert english.startswith("zhiwen: ")
    assert not _HAN.search(_EXAMPLES.sub("", english.replace("？！", "")))
    chinese = _run(module, arguments, "zh", monkeypatch, capsys)
    assert _HAN.search(chinese)
    assert not _SENTENCE.search(chinese)


def test_a_report_is_in_one_language(monkeypatch, capsys, tmp_path):
    (tmp_path / "a.txt").write_text("The mill made 30 tons.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("", encoding="utf-8")
    for number, spoken in enumerate(("en", "zh")):
        arguments = [str(tmp_path), "--store", str(tmp_path.parent / f"{tmp_path.name}-{number}")]
        report = _run("index.reindex", arguments, spoken, monkeypatch, capsys)
        assert bool(_HAN.search(report)) is (spoken == "zh")
        assert spoken == "en" or not _SENTENCE.search(report)


def test_reasons_of_the_system_are_chinese_to_a_chinese_user():
    error = UserError("store.unwritable", path="a", reason=os.strerror(errno.EACCES))
    assert error.words("zh")[0] == "a：不能写入（没有权限）。"
    assert error.words("en")[0] == "a: cannot be written (Permission denied)."
    assert UserError("store.unwritable", path="a", reason="none known").words("zh")[0] == "a：不能写入（none known）。"
