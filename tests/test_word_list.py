"""A user's own words: found and checked as the words of the text, in both scripts; faults are named by line."""

import json
import os
import random
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhiwen
from index.embedding.hub import load
from index.errors import UserError
from index.language import use_language
from index.reading.files import find_files
from index.reading.word_list import parse_words
from index.updating import reindex
from qa.aliases import aliases
from qa.ask import main
from qa.question import understand
from qa.slots import slots_of
from qa.word_list import word_list
from tests.costs import within

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
        ("青发投、青岚发投、青岚发展投资集团", (("青发投", "青岚发投", "青岚发展投资集团"),)),
        ('"Foo, Inc.",富物公司', (("foo, inc.", "富物公司"),)),
        ("Air Qinglan=青岚航空", (("air qinglan", "青岚航空"),)),
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
        (f"青发投={'长' * 31}", 1, "太长的", "too long"),
        (f"QFT={'l' * 61}", 1, "太长的", "too long"),
        ("青发投=青岚\x0b发投\n甲＝乙；丙", 2, "“；”不能隔开词", "“；” neither separates"),
        ("青岚发展投资集团成立于2003年，主营新材料。", 1, "“。”不能隔开词", "“。” neither separates"),
        ("青发投=青岚发投|青岚发展投资集团", 1, "“|”", "“|”"),
        ("青发投=>青岚发展投资集团", 1, "“=>”", "“=>”"),
        ("青发投→青岚发展投资集团", 1, "“→”", "“→”"),
        ("青发投：青岚发展投资集团", 1, "“：”", "“：”"),
        ("青发投=青岚发投 青岚发展投资集团", 1, "“ ”", "“ ”"),
        ("青发投 青岚发展投资集团", 1, "“ ”", "“ ”"),
        ("青发投=青岚发展投资集团 # 注", 1, "“ ”", "“ ”"),
        ('"青发投=青岚发展投资集团', 1, '“"”', '“"”'),
        ("=".join(f"公司{n}" for n in range(60)), 1, "50 个以上", "more than 50"),
        ("\n".join(f"公司=公司{n}" for n in range(60)), 50, "50 个以上", "more than 50"),
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


@given(st.text('青岚发投a1=,，、\t"#。；→ \r\n\x0b\u2028\x00', max_size=40))
def test_any_text_is_a_list_or_one_error_with_its_line(text):
    try:
        groups = parse_words(text, "words.txt")
    except UserError as error:
        assert 1 <= error.values["line"] <= text.count("\n") + text.count("\r") + 1
        assert error.message
        assert error.hint
    else:
        assert all(len(set(group)) == len(group) > 1 and all(group) for group in groups)


def _random_list(lines):
    chance = random.Random(7)
    word = lambda: "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(chance.randrange(2, 9)))  # noqa: E731
    return [f"{word()}={word()}" for _ in range(lines)]


def test_a_list_of_20_000_lines_is_read_and_looked_up_at_once():
    lines = _random_list(20_000)
    words = within(2.0, lambda: parse_words("\n".join(lines)))
    assert len(words) == 20_000
    question = f"{lines[-1].partition('=')[0]}2023年的营业收入" * 50
    assert len(list(within(1.0, lambda: list(aliases(question, words))))) >= 50
    assert within(0.1, lambda: [hash(words) for _ in range(2000)])  # a question is looked up in many caches


@given(st.lists(st.text("青岚ab1", min_size=1, max_size=3), min_size=2, max_size=4, unique=True), st.text("青岚ab1 "))
def test_of_names_at_one_place_the_longest_counts_and_none_within_a_latin_word(names, text):
    end = 0
    for start, stop, others in aliases(text, (tuple(names),)):
        name = text[start:stop]
        assert start >= end
        assert {name, *others} == set(names)
        assert not any(text.startswith(longer, start) for longer in names if len(longer) > len(name) and "青" in longer)
        if name.isascii():
            assert not {*text[start - 1 : start], *text[stop : stop + 1]} & set("ab1")
        end = stop


def _made(path, kind):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_said_so_and_not_waited_for(kind, folder, tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.txt"
    _made(path, kind)
    monkeypatch.setenv("ZHIWEN_WORDS", os.fspath(path))
    begun = time.monotonic()
    asking = threading.Thread(target=main, args=(["青发投", "--store", str(folder)],), daemon=True)
    asking.start()
    asking.join(30)
    assert not asking.is_alive(), time.monotonic() - begun
    error = capsys.readouterr().err
    assert "not a file" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["~nosuchuser/words.txt", "/nowhere/words.txt", "x" * 5000, "a\x01b"])
def test_a_path_that_leads_nowhere_is_one_line(name, folder, monkeypatch, capsys):
    monkeypatch.setenv("ZHIWEN_WORDS", name)
    assert main(["青发投", "--store", str(folder)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("zhiwen: ")
    assert error.count("\n") == 1


def test_a_model_of_nobody_is_one_line_as_well():
    with pytest.raises(UserError, match="no such model folder"):
        load("~nosuchuser/model", "the model", lambda *_: None)


def test_an_article_named_words_is_said_to_be_left_out(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "words.txt").write_text(OTHER, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "words.txt").write_text(OTHER.replace("12.4", "15.2"), encoding="utf-8")
    assert reindex(tmp_path, [tmp_path], dry_run=True).articles == 2
    for _ in range(2):  # before there is a store, and after
        report = reindex(tmp_path, [tmp_path])
        assert report.articles == 2
        assert [problem.code for problem in report.unreadable] == ["reading.word_list"]
    report = reindex(tmp_path, [tmp_path / "words.txt"])
    assert (report.articles, [problem.code for problem in report.unreadable]) == (2, ["reading.word_list"])
    assert main(["临汐港务公司2023年营业收入", "--store", str(tmp_path)]) == 2
    assert "another name" in capsys.readouterr().err
    (tmp_path / "words.txt").rename(tmp_path / "港务.txt")
    report = reindex(tmp_path, [tmp_path])
    assert (report.articles, report.unreadable) == (3, [])
    assert asked(tmp_path, "临汐港务公司2023年营业收入", capsys)["text"]


def test_a_list_written_before_the_store_is_no_article(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "words.txt").write_text("青发投=青岚发展投资集团", encoding="utf-8")
    report = reindex(tmp_path, [tmp_path])
    assert (report.articles, report.unreadable) == (1, [])
