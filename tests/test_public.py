"""The public face: `import zhiwen`, and the console command."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import qa.ask
import zhiwen
from index.language import as_typed, commands_named
from web.labels import WORDS
from zhiwen import cli

ROOT = Path(__file__).parents[1]


def test_exactly_the_documented_names_are_public():
    assert zhiwen.__all__ == sorted(zhiwen.__all__)
    assert {name for name in dir(zhiwen) if not name.startswith("_")} == set(zhiwen.__all__) - {"__version__"}
    for name in zhiwen.__all__:
        assert getattr(zhiwen, name)


def test_the_import_loads_the_standard_library_only(tmp_path):
    program = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nbefore = set(sys.modules)\nimport zhiwen, json\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert set(json.loads(run.stdout)) - set(sys.stdlib_module_names) == {"zhiwen"}


def test_a_question_is_answered(sample_store):
    with zhiwen.open(sample_store) as library:
        answer = library.ask("拓源产值")
        assert (answer.text, answer.abstained, answer.reason) == ("30億元以上", False, None)
        assert answer.text in answer.sentence
        assert answer.sentence in answer.passages[0].text
        assert answer.passages[0].article.title == "湘東看項目:鋰鹽、固廢、瓷器三條線一起跑"
        assert library.ask("如何做红烧肉？").abstained
        assert library.search("拓源产值", k=2)[0].text == answer.passages[0].text


@pytest.mark.parametrize("question", [None, 3, b"a", ["拓源"]])
def test_a_question_that_is_no_string_is_an_error_that_says_so(question, sample_store):
    with zhiwen.open(sample_store) as library:
        for call in (library.ask, library.search, lambda after: library.ask("拓源产值", after=after or 0)):
            with pytest.raises(zhiwen.UserError, match="not a string") as raised:
                call(question)
            assert raised.value.code == "public.no_string"


def test_a_missing_store_is_an_error_and_is_not_made(tmp_path):
    with pytest.raises(zhiwen.UserError):
        zhiwen.open(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_folder_is_indexed_and_searched(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("青岚造船厂\n\n青岚造船厂今年产值达到30亿元。\n", encoding="utf-8")
    report = zhiwen.index(tmp_path / "in", store=tmp_path / "store")
    assert (report.added, report.articles, report.unreadable) == (1, 1, ())
    with zhiwen.open(tmp_path / "store") as library:
        assert library.ask("青岚造船厂产值").text == "30亿元"


@pytest.mark.parametrize("name", ["index.py", "qa.py", "app.py", "zhiwen_cli.py"])
def test_the_command_works_beside_modules_of_the_same_name(name, sample_store, tmp_path):
    (tmp_path / name).write_text("raise SystemExit('the wrong module')", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ZHIWEN_STORE": str(sample_store)}
    command = [sys.executable, "-m", "zhiwen", "ask", "拓源产值", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["answer"]["text"] == "30億元以上"


def test_the_version_and_the_subcommands_are_told(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"zhiwen {zhiwen.__version__}\n"
    assert cli.main(["--help"]) == 0
    help_text = capsys.readouterr().out
    for command in ("ask", "index", "doctor", "figures", "evaluate", "serve", "mcp"):
        assert f"\n  {command} " in help_text


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["mcp"], ["figures"]])
def test_a_subcommand_that_is_not_there_is_one_line(arguments, capsys):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("zhiwen: ")


def test_hints_name_the_command_that_was_typed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["拓源", "--store", "s"]
    assert cli.main(["ask", *arguments]) == 2
    assert "Make one with zhiwen index FOLDER" in capsys.readouterr().err
    assert qa.ask.main(arguments) == 2
    assert "Make one with python -m index.reindex FOLDER" in capsys.readouterr().err


def test_every_command_in_a_sentence_has_a_name_for_the_console_command():
    words = [" ".join(pair) for pair in WORDS.values()]
    for path in (ROOT / "index" / "messages").glob("[a-z]*.py"):
        words += [" ".join(message) for message in import_module(f"index.messages.{path.stem}").MESSAGES.values()]
    with commands_named(cli._NAMES):
        assert [typed for typed in map(as_typed, words) if re.search(r"python (?:-m|app\.py)", typed)] == []


def test_help_that_cannot_be_written_is_one_line():
    for target in (">&-", ">/dev/full"):
        line = f"{sys.executable} -m zhiwen --help {target}"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(line, shell=True, capture_output=True, text=True, env=environment, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("zhiwen: ")


def test_an_empty_path_is_not_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(zhiwen.UserError) as raised:
        zhiwen.index("", store=tmp_path / "store")
    assert raised.value.code == "public.empty_path"
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("takes", [zhiwen.open, lambda store: zhiwen.index(ROOT / "corpus", store=store)])
def test_an_empty_store_is_said_without_an_option_of_the_commands(takes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(zhiwen.UserError) as raised:
        takes("")
    assert raised.value.code == "public.empty_store"
    assert "--" not in " ".join(raised.value.words())
    assert not any(tmp_path.iterdir())
