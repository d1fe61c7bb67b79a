"""qa.ask on a real terminal: what fits on the screen, the prompt, its history, and Ctrl-C at every stage."""

import os
import re
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qa.terminal import cut, wrap
from tests.terminals import COLOUR, ROOT, terminal

_MIXED = st.text(st.sampled_from("拓源產值達到30億元以上，。“”（）《》 abc%-【】…\u200b😀"), max_size=200)


def _joined(lines):
    return re.sub(r"\s", "", "".join(COLOUR.sub("", line) for line in lines))


@given(_MIXED, st.integers(20, 90))
def test_a_wrapped_line_keeps_every_character_within_the_width(line, width):
    lines = wrap(line, width)
    assert _joined(lines) == re.sub(r"\s", "", line)
    assert max(map(cell_len, lines)) <= width


@given(_MIXED, st.integers(20, 90), st.integers(1, 3))
def test_a_cut_line_is_the_beginning(line, width, rows):
    lines = cut(line, width, rows)
    assert len(lines) <= rows
    assert max(map(cell_len, lines)) <= width
    whole, screen = _joined([line]), _joined(lines)
    assert screen == whole or (screen.endswith("…") and whole.startswith(screen[:-1]))


def test_a_colour_goes_on_in_the_next_line():
    lines = wrap("  甲\x1b[1m" + "乙" * 20 + "\x1b[0m丙", 20)
    assert [COLOUR.sub("", line) for line in lines] == ["  甲" + "乙" * 8, "  " + "乙" * 9, "  " + "乙" * 3 + "丙"]
    assert lines[0].endswith("\x1b[0m")
    assert lines[1].startswith("  \x1b[1m乙")
    assert lines[2].endswith("\x1b[0m丙")


def test_no_line_begins_with_a_comma():
    lines = wrap("甲" * 10 + "，" + "乙" * 9 + "“丙丁”。", 20)
    assert lines == ["甲" * 9, "甲，" + "乙" * 8, "乙“丙丁”。"]


_QUESTIONS = ("拓源产值", "龙发实业和哪所大学合作？", "如何做红烧肉？", "比亚迪动力电池工厂第一期投了多少亿元？")


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("question", _QUESTIONS)
def test_a_reply_fits_on_the_screen(sample_store, columns, question):
    with terminal("-m", "qa.ask", question, "--store", sample_store, columns=columns) as screen:
        output, code = screen.end()
    lines = COLOUR.sub("", output).splitlines()
    assert code == (0 if question in _QUESTIONS[:2] else 1)
    assert max(map(cell_len, lines)) <= columns
    assert len(lines) < 24
    assert [rank for rank in range(1, 6) if any(line.startswith(f"[{rank}] ") for line in lines)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("columns", [80, 40])
def test_what_is_quoted_on_the_screen_is_verbatim(sample_store, columns):
    with terminal("-m", "qa.ask", "拓源产值", "--store", sample_store, columns=columns) as screen:
        lines = COLOUR.sub("", screen.end()[0]).splitlines()
    whole = subprocess.run(
        [sys.executable, "-m", "qa.ask", "拓源产值", "--store", str(sample_store)],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stdout  # fmt: skip
    assert lines[0].startswith("30億元以上    ")
    assert "2023-02-03" in "".join(lines[:8])
    sentence = whole.splitlines()[1].replace("【", "").replace("】", "")
    assert _joined([sentence]) in _joined(lines)
    for passage in re.findall(r"\n\[\d\] [^\n]*\n    ([^\n]*)", whole):
        pieces = [line.strip().strip("…") for line in lines if line.startswith("    ")]
        assert sum(bool(piece) and piece in passage for piece in pieces) in (1, 2)


def test_full_shows_passages_whole(sample_store):
    with terminal("-m", "qa.ask", "拓源产值", "--store", sample_store, "--full", NO_COLOR="1") as screen:
        output, _ = screen.end()
    whole = subprocess.run(
        [sys.executable, "-m", "qa.ask", "拓源产值", "--store", str(sample_store)],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stdout  # fmt: skip
    assert output == whole
    assert max(map(cell_len, whole.splitlines())) > 400  # a pipe gets passages whole, each on a line


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colours(sample_store, environment, coloured):
    with terminal("-m", "qa.ask", "拓源产值", "--store", sample_store, **environment) as screen:
        output, _ = screen.end()
    assert ("\x1b" in output) is coloured
    assert ("【30億元以上】" in output) is not coloured


def _prompt(store, tmp_path, **environment):
    return terminal("-m", "qa.ask", "--store", store, NO_COLOR="1", **{"XDG_STATE_HOME": str(tmp_path)} | environment)


@pytest.mark.parametrize("leave", ["退出\r", "exit\r", " QUIT \r", "\x04", "\r"])
def test_what_ends_the_prompt(sample_store, tmp_path, leave):
    with _prompt(sample_store, tmp_path) as screen:
        screen.read("ask> ")
        screen.type(leave)
        assert screen.end()[1] == 0


def _interrupt(screen):
    """Press Ctrl-C until a new prompt comes: readline loses one that arrives while it draws a character."""
    for _ in range(20):
        screen.type("\x03")
        try:
            screen.read("ask> ", seconds=3)
        except AssertionError:
            continue
        return
    raise AssertionError(f"Ctrl-C does nothing: {screen.output!r}")


def test_ctrl_c_clears_the_line(sample_store, tmp_path):
    with _prompt(sample_store, tmp_path) as screen:
        screen.read("ask> ")
        for _ in range(3):
            screen.type("如何做红烧肉")
            screen.read("肉")
            _interrupt(screen)
        assert "Traceback" not in screen.output
        screen.type("拓源产值\r")
        assert "30億元以上" in screen.read("ask> ")
        screen.type("\x04")
        assert screen.end()[1] == 0


def test_lines_are_edited_and_remembered(sample_store, tmp_path):
    history = tmp_path / "zhiwen" / "history"
    for keys in ("拓源产\r", "\x1b[A\x1b[D\x1b[C值\r"):  # the second time: the line before, with one character more
        with _prompt(sample_store, tmp_path) as screen:
            screen.read("ask> ")
            screen.type(keys)
            screen.read("ask> ")
            screen.type("exit\r")
            assert screen.end()[1] == 0
    assert history.read_text(encoding="utf-8").splitlines() == ["拓源产", "拓源产值"]
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("case", ["a file in place of the folder", "a folder in place of the file"])
def test_a_history_that_cannot_be_written_is_no_error(sample_store, tmp_path, case):
    if case.startswith("a file"):
        (tmp_path / "zhiwen").touch()
    else:
        (tmp_path / "zhiwen" / "history").mkdir(parents=True)
    with _prompt(sample_store, tmp_path) as screen:
        screen.read("ask> ")
        screen.type("拓源产值\r")
        assert "30億元以上" in screen.read("ask> ")
        screen.type("\x04")
        assert screen.end()[1] == 0
    assert screen.output.count("zhiwen: ") == 1  # the welcome
    assert "Traceback" not in screen.output


def test_a_question_without_words_is_told_without_a_number(sample_store, tmp_path):
    with _prompt(sample_store, tmp_path) as screen:
        screen.read("ask> ")
        screen.type("?!\r")
        assert "\nzhiwen: The question holds no words: ?!" in screen.read("ask> ")


def test_a_question_that_leans_on_the_one_before(sample_store, tmp_path):
    with _prompt(sample_store, tmp_path) as screen:
        screen.read("ask> ")
        screen.type("拓源产值\r")
        screen.read("ask> ")
        screen.type("那税收呢？\r")
        assert "Understood as: 拓源税收" in screen.read("ask> ")


# Presses Ctrl-C when a module is about to be imported: the earliest a test can be sure of.
_INTERRUPTER = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPT_AT"]:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
"""


@pytest.mark.parametrize("command", [("-m", "qa.ask"), ("-m", "zhiwen", "ask"), ("zhiwen-script", "ask")], ids=" ".join)
@pytest.mark.parametrize(
    "module",
    [
        "argparse",
        "index.errors",
        "index.language",
        "qa.question",
        "qa.answering",
        "numpy",
        "faiss",
        "tantivy",
        "tokenizers",
    ],
)
def test_ctrl_c_during_the_start_is_one_line(sample_store, tmp_path, command, module):
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPTER, encoding="utf-8")
    script = tmp_path / "zhiwen-script"  # as pip writes it
    script.write_text("import sys\nfrom zhiwen.cli import main\nsys.exit(main())\n", encoding="utf-8")
    arguments = [str(script) if word == "zhiwen-script" else word for word in command]
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "INTERRUPT_AT": module}
    with terminal(*arguments, "拓源产值", "--store", sample_store, **environment) as screen:
        output, code = screen.end()
    assert (code, output.strip()) == (130, "zhiwen: Stopped; the store is as it was before this command.")


_COMMANDS = ("-m index.reindex", "-m index.doctor", "-m qa.evaluate", "app.py", "-m zhiwen")


@pytest.mark.parametrize("module", ["pathlib", "traceback", "argparse", "index.errors", "index.options"])
@pytest.mark.parametrize("command", _COMMANDS)
def test_ctrl_c_during_the_imports_of_every_command_is_one_line(tmp_path, command, module):
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPTER, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, *command.split(), "no-such-file"], capture_output=True, text=True, cwd=ROOT, check=False,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "INTERRUPT_AT": module},
    )  # fmt: skip
    if ended.returncode != 2:  # 2: the command never imports this module
        assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (130, 2, "")
        assert ended.stderr.endswith("zhiwen: Stopped; the store is as it was before this command.\n")


def test_ctrl_c_while_models_load(sample_store, tmp_path):
    late = "import time, qa.reader\nqa.reader.bundled_reader = lambda: (print('loading', flush=True), time.sleep(60))\n"
    program = (
        f"{late}from qa.ask import main\nimport sys\nsys.exit(main(['拓源产值', '--store', {str(sample_store)!r}]))"
    )
    with terminal("-c", program) as screen:
        screen.read("loading")
        screen.type("\x03")
        output, code = screen.end()
    assert code == 130
    assert [line for line in output.splitlines() if line.strip("^C")] == [
        "zhiwen: Stopped; the store is as it was before this command."
    ]
