"""python -m qa.ask as programs see it: JSON, exit codes, one line an error; and the promise that text is verbatim."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.decoding import decode
from index.store.database import connect
from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answering import answer_question, load_models
from qa.ask import main
from qa.render import as_json, as_text
from web.html import PageContext, reply_html

ROOT = Path(__file__).parents[1]


def asked(capsys, *arguments, code=0):
    """The JSON of a question asked in this process."""
    assert main([*map(str, arguments), "--json"]) == code
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_what_the_text_says_of_a_figure_stands_in_slots(tmp_path, capsys):
    (tmp_path / "corpus").mkdir()
    body = "青岚市统计局公布，2023年拓源实业产值30.5亿元，同比增长5.2%。局长舒怀谷说，今年有望再增。"
    (tmp_path / "corpus" / "a.txt").write_text(f"拓源实业产值再增\n{body}", encoding="utf-8")
    reindex(tmp_path / "store", [tmp_path / "corpus"])
    figure = asked(capsys, "2023年拓源实业产值是多少", "--store", tmp_path / "store")["answer"]
    assert (figure["text"], figure["kind"]) == ("30.5亿元", "figure")
    assert figure["slots"] == {
        "subject": "拓源实业",
        "indicator": "产值",
        "period": "2023",
        "value": 3050000000,
        "unit": "元",
        "nature": "level",
        "scope": "青岚市",
    }
    person = asked(capsys, "青岚市统计局局长是谁", "--store", tmp_path / "store")["answer"]
    assert (person["text"], person["slots"]) == ("舒怀谷", None)
    assert asked(capsys, "2024年拓源实业产值是多少", "--store", tmp_path / "store", code=1)["answer"]["slots"] is None


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("拓源实业产值是多少", "30.5亿元"),  # the one in the question's words
        ("拓源实业最新产值是多少", "36.2亿元"),
        ("拓源實業最近的產值是多少", "36.2亿元"),
        ("拓源实业最新的产值", "36.2亿元"),
        ("拓源实业2022年最新产值", "28.1亿元"),
    ],
)
def test_the_newest_article_answers_if_it_is_asked_for(tmp_path, capsys, question, figure):
    rows = [
        ("2024-02-05", "企业消息", "拓源实业产值达到36.2亿元，员工有五百名。"),
        ("2023-02-03", "拓源实业公布产值", "拓源实业产值是30.5亿元。董事长舒怀谷把产值说得很清楚。"),
        ("2022-02-08", "企业消息", "拓源实业产值为28.1亿元。"),
    ]
    lines = [json.dumps({"date": date, "title": title, "text": text}) for date, title, text in rows]
    (tmp_path / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
    reindex(tmp_path / "store", [tmp_path / "news.jsonl"])
    answer = asked(capsys, question, "--store", tmp_path / "store")["answer"]
    assert answer["text"] == figure


def test_the_main_job(sample_store, capsys):
    reply = asked(capsys, "拓源产值", "--store", sample_store)
    assert list(reply) == ["question", "understood", "suggestion", "answer", "passages", "generation", "ms"]
    assert list(reply["answer"]) == [
        *("kind", "slots", "text", "sentence", "confidence", "abstained", "reason", "missing"),
        *("items", "polarity", "premise_false", "computed"),
        *("citations", "sources", "disagree", "relative", "generated"),
    ]
    assert reply["answer"]["text"] == "30億元以上"
    assert "拓源實業" in reply["answer"]["sentence"]
    assert (reply["answer"]["abstained"], reply["answer"]["reason"], reply["answer"]["generated"]) == (
        False,
        None,
        None,
    )
    assert [passage["rank"] for passage in reply["passages"]] == [1, 2, 3, 4, 5]
    first = reply["passages"][0]
    assert list(first) == ["rank", "score", "bm25", "cosine", "article", "text", "start", "end"]
    assert list(first["article"]) == ["id", "title", "date", "source", "file", "ocr", "copies", "duplicates", "path"]
    assert (first["article"]["date"], first["article"]["copies"], first["article"]["duplicates"]) == (
        "2023-02-03",
        0,
        [],
    )
    assert first["article"]["file"].endswith("001_tuoyuan.txt")
    assert first["article"]["path"] == first["article"]["file"]


@pytest.mark.parametrize(
    "question", ["拓源产值", "拓源產值", "拓源产值是多少？", "拓源實業的产值達到多少", "拓源　产值？"]
)
def test_any_spelling_finds_the_figure(sample_store, capsys, question):
    assert asked(capsys, question, "--store", sample_store)["answer"]["text"] == "30億元以上"


def test_a_question_may_bring_its_annotations(sample_store, capsys):
    plain = asked(capsys, "拓源產值", "--store", sample_store)
    copied = asked(capsys, "拓源產(chǎn)值", "--store", sample_store)
    assert copied["question"] == "拓源產(chǎn)值"
    assert (copied["answer"], copied["passages"]) == (plain["answer"], plain["passages"])


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("如何做红烧肉？", "no_match"),
        ("蓝鲸光电的年产值是多少？", "not_stated"),
        ("比亚迪动力电池工厂第一期投了多少亿元？", "digits_missing"),
    ],
)
def test_silence_has_a_reason_and_passages(sample_store, capsys, question, reason):
    reply = asked(capsys, question, "--store", sample_store, code=1)
    assert reply["answer"]["reason"] == reason
    assert (reply["answer"]["text"], reply["answer"]["sentence"], reply["answer"]["citations"]) == (None, None, [])
    assert len(reply["passages"]) == 5


def test_every_text_is_a_piece_of_its_original(sample_store, capsys):
    for line in (ROOT / "tests" / "cases" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines():
        assert main([json.loads(line)["question"], "--store", str(sample_store), "--json", "-k", "3"]) in (0, 1)
        reply = json.loads(capsys.readouterr().out)
        for passage in reply["passages"]:
            path = ROOT / passage["article"]["file"]
            if path.suffix in (".txt", ".md"):
                assert decode(path.read_bytes()).text[passage["start"] : passage["end"]] == passage["text"]
        for citation in reply["answer"]["citations"]:
            text = reply["passages"][citation["passage"] - 1]["text"]
            assert text[citation["start"] : citation["end"]] == reply["answer"]["text"]
            assert reply["answer"]["text"] in reply["answer"]["sentence"]
            assert reply["answer"]["sentence"] in text


_DAMAGED = (
    "拓源實業(yè)今年產(chǎn)值達(dá)30億元以上。|拓源产值|，|。|\n|\r\n|  "
    "|\u200b|(GDP)|１２．６ＧＷｈ|增长%|\x1b[31m|<script>|责任编辑：言小满|"
    "青岚河大桥长18.6公里！”|\ufeff|甲|長(zhǎng)|😀|�|…|\u202e|民國113年3月5日|* **粗** [链](http://x) "
)
_PIECES = st.sampled_from(_DAMAGED.split("|"))


@given(
    st.lists(st.lists(_PIECES, min_size=1, max_size=25).map("".join), min_size=1, max_size=4),
    st.sampled_from(["拓源产值", "大桥多长", "甲"]),
)
def test_damaged_texts_are_shown_verbatim(tmp_path_factory, texts, question):
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "corpus").mkdir()
    for number, text in enumerate(texts):
        (folder / "corpus" / f"{number}.{'md' if number % 2 else 'txt'}").write_bytes(
            ("另一段文字。\n" + text).encode("utf-8", "surrogatepass")
        )
    reindex(folder / "store", [folder / "corpus"])
    with Store(folder / "store") as store:
        reply = answer_question(store, load_models(store), question, 5, Filters())
    said = as_json(reply, explain=True)
    for hit, passage in zip(reply.hits, said["passages"], strict=True):
        original = decode(Path(hit.stored.article.path).read_bytes()).text
        assert original[passage["start"] : passage["end"]] == passage["text"]
    if not reply.answer.abstained:
        citation = said["answer"]["citations"][0]
        assert (
            said["passages"][citation["passage"] - 1]["text"][citation["start"] : citation["end"]]
            == said["answer"]["text"]
            != ""
        )
    for shown in (
        as_text(reply, colour=False),
        as_text(reply, colour=True).replace("\x1b[1m", "").replace("\x1b[0m", ""),
    ):
        assert not set("\x00\x07\u202e") & set(shown)
    assert "\x1b" not in as_text(reply, colour=False)
    assert "\x1b[31m" not in as_text(reply, colour=True)
    assert "<script>" not in reply_html(reply, PageContext("zh", str), 0)


def test_what_is_shown_breaks_if_a_passage_is_not_in_its_article(sample_store):
    from dataclasses import replace

    with Store(sample_store) as store:
        reply = answer_question(store, load_models(store), "拓源产值", 2, Filters())
    hit = reply.hits[0]
    moved = replace(
        hit, stored=replace(hit.stored, passage=replace(hit.stored.passage, start=hit.stored.passage.start + 1))
    )
    with pytest.raises(RuntimeError, match="is not in its article"):
        as_json(replace(reply, hits=(moved, *reply.hits[1:])))


@pytest.mark.parametrize("colour", [False, True])
def test_the_terminal_marks_the_answer(sample_store, colour):
    with Store(sample_store) as store:
        text = as_text(answer_question(store, load_models(store), "拓源产值", 1, Filters()), colour=colour)
    marked = "\x1b[1;30;103m30億元以上\x1b[0m" if colour else "【30億元以上】"
    assert marked in text
    assert ("產\x1b[2m(chǎn)\x1b[0m值" if colour else "產(chǎn)值") in text


_SPRING_TO_WINTER = {
    "003_zhongcai_lvmo.txt",
    "004_longfa_ceramics.md",
    "011_spring_tea.txt",
    "015_school_museum.jsonl",
    "016_finance_hospital.csv",
}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["--since", "2024-04-01", "--until", "2024-12-31"], _SPRING_TO_WINTER),
        (["--since", "2024/4/1", "--until", "2024年12月31日"], _SPRING_TO_WINTER),
        (["--source", "赣西观察"], {"001_tuoyuan.txt", "003_zhongcai_lvmo.txt"}),
        (["--article", "corpus/007_ningxiang_park.txt"], {"007_ningxiang_park.txt"}),
        (["--article", "没有"], set()),
    ],
)
def test_filters(sample_store, capsys, filters, names):
    assert main(["项目", "--store", str(sample_store), "-k", "50", "--json", *filters]) in (0, 1)
    found = json.loads(capsys.readouterr().out)["passages"]
    assert {Path(passage["article"]["file"]).name for passage in found} == names


def test_explain_names_what_matched(sample_store, capsys):
    reply = asked(capsys, "拓源产值", "--store", sample_store, "--explain")
    assert reply["passages"][0]["matched"] == ["拓源", "产值"]
    assert main(["拓源产值", "--store", str(sample_store), "--explain", "-k", "1"]) == 0
    assert "shared terms: 拓源 产值" in capsys.readouterr().out


def test_many_questions_on_standard_input(sample_store, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("拓源产值\n？！\n\n如何做红烧肉？\n" + "字" * 10_000 + "\n"))
    assert main(["-", "--store", str(sample_store), "--json"]) == 0
    out, err = capsys.readouterr()
    replies = [json.loads(line) for line in out.splitlines()]
    assert [reply.get("error", reply.get("answer", {}).get("reason")) for reply in replies][0::3] == [None, "no_match"]
    assert ["error" in reply for reply in replies] == [False, True, True, False, True]
    assert [line.split(": ")[1] for line in err.splitlines()] == ["line 2", "line 3", "line 5"]


@pytest.mark.parametrize(
    ("line", "question", "problem"),
    [
        ('{"question": "拓源产值", "k": "3"}', "拓源产值", '“k” is no whole number of 1 or more: "3"'),
        ('{"question": "拓源产值", "k": null}', "拓源产值", "“k” is no whole number of 1 or more: null"),
        ('{"question": "拓源产值", "k": true}', "拓源产值", "“k” is no whole number of 1 or more: true"),
        ('{"question": "拓源产值", "k": 2.5}', "拓源产值", "“k” is no whole number of 1 or more: 2.5"),
        ('{"question": "拓源产值", "k": "\\ud800"}', "拓源产值", '“k” is no whole number of 1 or more: "?"'),
        ('{"k": 3}', '{"k": 3}', "has no question"),
        ('{"question": 3}', '{"question": 3}', "“question” is not a string"),
        ('{"question": "拓源产值", "since": "x"}', "拓源产值", "not a date"),
        ('{"question": "拓源', '{"question": "拓源', "is no JSON object: it cannot be read from character 14 on"),
        ('\ufeff{"question"', '{"question"', "is no JSON object"),
        ("{" * 3, "{{{", "is no JSON object"),
        ('{"question":' + "[" * 100_000, '{"question":' + "[" * 100_000, "is no JSON object"),
        ('[{"question": "拓源产值"}]', '[{"question": "拓源产值"}]', "The line is JSON, but no object"),
        ("", "", "The question is empty"),
        ("  ", "", "The question is empty"),
    ],
)
def test_a_bad_line_is_an_error_with_its_number_and_not_the_end(
    line, question, problem, sample_store, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"拓源产值\n{line}\n拓源产值\n"))
    assert main(["-", "--store", str(sample_store), "--json"]) == 0
    out, err = capsys.readouterr()
    first, bad, last = (json.loads(each) for each in out.splitlines())
    assert first["answer"]["text"] == last["answer"]["text"] == "30億元以上"
    assert (bad["question"], bad["line"]) == (question, 2)
    assert bad["error"].startswith("line 2: ")
    assert problem in bad["error"]
    assert err.startswith("zhiwen: line 2: ")
    assert err.count("\n") == 1


def test_brackets_and_other_bytes_are_a_plain_question(sample_store, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO("[2023]拓源产值\n".encode() + b"\xff\xfe\n" + "拓源产值\n".encode()), "utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["-", "--store", str(sample_store), "--json"]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ["error" in reply for reply in replies] == [False, True, False]


def test_nothing_but_empty_lines_is_no_question(sample_store, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n \n"))
    assert main(["--store", str(sample_store), "--json"]) == 2
    assert capsys.readouterr().err.startswith("zhiwen: There is no question.")
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n \n"))
    assert main(["-", "--store", str(sample_store), "--json"]) == 0
    assert [json.loads(line)["line"] for line in capsys.readouterr().out.splitlines()] == [1, 2]


def test_the_help_tells_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "0 answered, 1 no answer" in words
    assert "0 when every line was handled, also those in error" in words


def test_several_words_are_one_question(sample_store, capsys):
    assert asked(capsys, "拓源", "产值", "是多少", "--store", sample_store)["question"] == "拓源 产值 是多少"


def test_a_pipe_needs_no_dash(sample_store, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n拓源产值\n如何做红烧肉？\n"))
    assert main(["--store", str(sample_store)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("30億元以上")
    assert "No answer" in out


def test_a_mistyped_store_is_an_error_and_makes_none(tmp_path):
    assert "sotre: no store there." in refused("拓源产值", "--store", tmp_path / "sotre")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoken", "words"), [("zh", "不认识的参数：--fulll"), ("en", "unrecognized arguments: --fulll")]
)
def test_wrong_options_are_said_in_the_users_language(spoken, words, monkeypatch, capsys):
    monkeypatch.setenv("ZHIWEN_LANG", spoken)
    with pytest.raises(SystemExit) as ended:
        main(["拓源产值", "--fulll"])
    assert ended.value.code == 2
    assert re.search(words, capsys.readouterr().err)


def refused(*arguments, cwd=ROOT, stdin="", code=2, **environment):
    """The one line on stderr of a command that must refuse."""
    run = subprocess.run(
        [sys.executable, "-m", "qa.ask", *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, input=stdin, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (code, "")
    assert run.stderr.count("\n") == 1, run.stderr
    assert run.stderr.startswith("zhiwen: ")
    return run.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["", "--store", "S"], "The question is empty."),
        (["？！……", "--store", "S"], "The question holds no words: ？！……"),
        (["字" * 10_000, "--store", "S"], "The question has 10000 characters, more than 1000."),
        (["拓源", "--store", "S", "-k", "0"], "-k 0: at least 1 passage is needed."),
        (["拓源", "--store", "S", "-k", "-3"], "-k -3: at least 1 passage is needed."),
        (["拓源", "--store", "S", "--since", "2024-13-01"], "since: “2024-13-01” is not a date."),
        (["拓源", "--store", "S", "--until", "那天"], "until: “那天” is not a date."),
        (["拓源", "--store", ""], "--store is empty."),
        (["拓源", "--store", "S", "--why-not", ""], "--why-not: a phrase or a file's name is needed."),
        (["--store", "S", "--why-not", " "], "--why-not: a phrase or a file's name is needed."),
        (["拓源", "--store", "http://127.0.0.1:9"], "http://127.0.0.1:9: no Milvus server answers"),
        (["--store", "S"], "There is no question."),
    ],
)
def test_the_users_errors_are_one_line(sample_store, arguments, says):
    assert says in refused(*[str(sample_store) if word == "S" else word for word in arguments])


def test_no_store_and_no_corpus(tmp_path):
    assert "store: no store there, and no corpus/ to make one from." in refused("拓源产值", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_store_yet_indexes_the_corpus(tmp_path):
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    command = [sys.executable, "-m", "qa.ask", "拓源产值", "--json"]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False
    )
    assert run.returncode == 0
    assert json.loads(run.stdout)["answer"]["text"] == "30億元以上"
    assert run.stderr.splitlines()[0] == "zhiwen: no store yet; indexing corpus/ into store/ …"


def test_a_first_indexing_that_was_broken_off_is_not_filled_with_samples(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("示例文章的产值是1亿元。", encoding="utf-8")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "lock").touch()
    assert "its first indexing has not finished." in refused("产值", cwd=tmp_path)


def test_a_store_of_another_model(sample_store, tmp_path):
    copy = Path(shutil.copytree(sample_store, tmp_path / "copy"))
    with closing(connect(copy, write=True)) as database:
        database.execute("UPDATE settings SET value = 'another' WHERE name = 'fingerprint'")
    assert "made with another version of the model bundled." in refused("拓源产值", "--store", copy)


def test_a_file_in_place_of_a_store(tmp_path):
    (tmp_path / "store").write_text("not a folder", encoding="utf-8")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("示例文章的产值是1亿元。", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "qa.ask", "产值"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert "cannot be made" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_output_that_takes_nothing(sample_store):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "qa.ask", "拓源产值", "--store", str(sample_store)]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert run.returncode == 2
    assert run.stderr == "zhiwen: stdout: the disk is full.  Free some space, then run the same command again.\n"
    assert "Traceback" not in run.stderr


def test_a_reader_that_goes_away(sample_store):
    command = f"{sys.executable} -m qa.ask 拓源产值 --store {sample_store} -k 20 | head -c 10"
    run = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT, check=False)
    assert (run.returncode, len(run.stdout), run.stderr) == (0, 10, b"")


def test_the_page_shows_the_whole_passage_the_answer_stands_in(sample_store):
    with Store(sample_store) as store:
        models = load_models(store)
        for question in ("拓源产值", "龙发实业和哪所大学合作？", "如何做红烧肉？"):
            reply = answer_question(store, models, question, 5, Filters())
            rank = reply.answer.evidence.passage if reply.answer.evidence else 0
            cards = reply_html(reply, PageContext("zh", str), 0).split("<li class=")[1:]
            assert [card.startswith('"zw-passage zw-own"') for card in cards] == [
                hit.rank == rank for hit in reply.hits
            ]


@pytest.mark.parametrize(("question", "code"), [([], 2), (["-"], 0)])  # 0: every line, of which there is none
def test_a_closed_standard_input_holds_no_question(question, code, sample_store):
    line = shlex.join([sys.executable, "-m", "qa.ask", *question])
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ZHIWEN_STORE": str(sample_store)}
    done = subprocess.run(f"{line} <&-", shell=True, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == done.stderr.count("zhiwen: ") == (1 if code else 0)


def test_an_encoding_without_chinese_gets_escapes(sample_store):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "qa.ask", "拓源产值", "-k", "1", "--store", str(sample_store)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(r"30\u5104\u5143\u4ee5\u4e0a ")


def test_the_question_before_and_lines_of_json(sample_store, capsys, monkeypatch):
    whole = asked(capsys, "那產能呢？", "--after", "拓源產值", "--store", sample_store, code=1)
    assert whole["understood"] == "拓源产能是多少？"
    lines = [
        json.dumps({"question": "那宝海微元呢？", "after": "拓源产值", "k": 1}, ensure_ascii=False),
        json.dumps({"question": "拓源产值", "since": "2030"}, ensure_ascii=False),
        json.dumps({"question": "拓源产值", "k": 0}, ensure_ascii=False),
        json.dumps({"question": 3}, ensure_ascii=False),
        "拓源产值",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    assert main(["-", "--store", str(sample_store), "--json"]) == 0
    out, err = capsys.readouterr()
    first, filtered, few, number, plain = (json.loads(line) for line in out.splitlines())
    assert first["understood"].startswith("宝海微元")
    assert filtered["passages"] == []
    assert "error" in few
    assert "error" in number
    assert plain["answer"]["text"] == "30億元以上"
    assert len(err.splitlines()) == 2
