"""A user's own words: found and checked as the words of the text, in both scripts; faults are named by line."""

import json
import os

import pytest

import zhiwen
from index.errors import UserError
from index.language import use_language
from index.reading.files import find_files
from index.updating import reindex
from qa.ask import main
from qa.question import understand
from qa.slots import slots_of
from qa.word_list import parse_words, word_list

TEXT = "青岚发展投资集团2023年营业收入达到48.6亿元，比上年增长5%。\n"
OTHER = "临汐港务公司2023年营业收入达到12.4亿元，比上年增长3%。\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "b.txt").write_text(OTHER, encoding="utf-8")
    reindex(folder / "store", [folder])
    return folder / "store"


@pytest.fixture
def listed(folder):
    """Write the word list of the store, and take it away again."""
    path = folder / "words.txt"
    yield lambda text: path.write_text(text, encoding="utf-8")
    path.unlink(missing_ok=True)


def asked(folder, question, capsys):
    main([question, "--store", str(folder), "--json"])
    return json.loads(capsys.readouterr().out)["answer"]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("青发投=青岚发展投资集团", (("青发投", "青岚发展投资集团"),)),
        ("\ufeff# 公司\r\n\r\n青發投，青岚发投\t青岚发展投资集团\r\n", (("青发投", "青岚发投", "青岚发展投资集团"),)),
        ('"QFT","青发投"\nＱＦＴ２ ＝ 青发投二', (("qft", "青发投"), ("qft2", "青发投二"))),
        ("", ()),
    ],
)
def test_how_a_list_is_written(text, groups):
    assert parse_words(text) == groups


@pytest.mark.parametrize(
    ("text", "line", "zh", "en"),
    [
        ("青发投=青岚发投\n青发投\n", 2, "没有两个不同的词：青发投", "not two different words: 青发投"),
        ("青發投=青发投", 1, "没有两个不同的词：青發投=青发投", "not two different words: 青發投=青发投"),
        ("#\n\n青发投=——", 3, "没有文字的词：青发投=——", "has no letters: 青发投=——"),
        (f"青发投={'长' * 61}", 1, "太长的", "too long"),
    ],
)
def test_a_fault_names_its_line(text, line, zh, en):
    with pytest.raises(UserError) as raised:
        parse_words(text, "words.txt")
    with use_language("zh"):
        assert f"words.txt 第 {line} 行" in raised.value.message
        assert zh in raised.value.message
    with use_language("en"):
        assert f"words.txt, line {line}: " in raised.value.message
        assert en in raised.value.message


@pytest.mark.parametrize("question", ["青发投2023年营业收入是多少？", "青發投2023年營業收入是多少？"])
def test_a_short_name_answers_by_the_full_one(question, folder, listed, capsys):
    assert asked(folder, question, capsys)["text"] is None
    listed("青发投=青岚发展投资集团\n")
    assert asked(folder, question, capsys)["text"] == "48.6亿元"
    listed("青發投,青嵐發展投資集團\n# 另一种字形\n")
    assert asked(folder, question, capsys)["text"] == "48.6亿元"


def test_the_check_of_slots_knows_them():
    question = understand("青发投的收入是多少？", (("青发投", "青岚发展投资集团"),))
    assert "青岚发展投资集团" in slots_of(question).spellings("青发投")
    assert "青岚发展投资集团" not in slots_of(understand("青发投的收入是多少？")).spellings("青发投")


def test_the_library_reads_it_and_a_later_change(folder, listed):
    with zhiwen.open(folder) as library:
        listed("青发投=临汐港务公司\n")
        assert library.ask("青发投2023年营业收入是多少？").text == "12.4亿元"
        listed("青发投=青岚发展投资集团\n")
        assert library.ask("青发投2023年营业收入是多少？").text == "48.6亿元"
        listed("青发投\n")
        with pytest.raises(UserError, match=r"words\.txt"):
            library.ask("青发投2023年营业收入是多少？")


def test_a_run_of_the_index_leaves_it(folder, listed):
    listed("青发投=青岚发展投资集团\n")
    report = reindex(folder, [folder.parent])
    assert (report.articles, report.unreadable, word_list(folder)) == (2, [], (("青发投", "青岚发展投资集团"),))
    assert find_files([folder]).files == ()


def test_another_file_by_name(folder, tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.csv"
    path.write_bytes("青发投,青岚发展投资集团\n".encode("gb18030"))
    monkeypatch.setenv("ZHIWEN_WORDS", os.fspath(path))
    assert word_list(folder) == (("青发投", "青岚发展投资集团"),)
    path.unlink()
    assert main(["青发投", "--store", str(folder)]) == 2
    assert "no such word list" in capsys.readouterr().err
