"""Topic words: the passages are the answer, and nothing is given as sure."""

import json

import pytest

from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answering import answer_question, load_models
from qa.ask import main
from qa.kinds.topic import is_topic
from qa.question import understand

_ROWS = [
    ("2024-02-05", "低空经济起步", "青岚市的低空经济产值达到36.2亿元，拓源实业有五百名员工。"),
    ("2023-02-03", "茶叶节开幕", "青岚茶叶节昨日开幕，局长舒怀谷致辞，预计吸引三万人。"),
    ("2023-06-02", "梅花园开门迎客", "青岚梅花园占地约86亩，园内梅花有1.2万株，门票每张35元。"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("topics")
    rows = (json.dumps({"date": date, "title": title, "text": text}) for date, title, text in _ROWS)
    (folder / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    reindex(folder / "store", [folder / "news.jsonl"])
    return folder / "store"


@pytest.mark.parametrize("word", ["低空经济", "低空經濟", "茶叶节", "拓源实业", "舒怀谷", "低空经济？"])
def test_a_topic_word_gets_its_passages_and_no_sure_answer(folder, word):
    with Store(folder) as store:
        reply = answer_question(store, load_models(store), word, 5, Filters())
    answer = reply.answer
    assert (answer.kind, answer.text, answer.confidence, answer.abstained) == ("passages", "", 0.0, False)
    assert word.rstrip("？").replace("經濟", "经济") in reply.hits[0].stored.passage.text


@pytest.mark.parametrize("word", ["机器人", "消费者", "志愿者", "电子商务", "质量", "主持人大赛"])
def test_a_word_that_only_ends_like_one_that_asks_is_a_topic(word):
    assert is_topic(understand(word))


@pytest.mark.parametrize(
    "word", ["局长", "董事长", "中标人", "负责人", "交易额", "客流量", "就业率", "学生人数", "学费", "奖金"]
)
def test_an_office_or_a_quantity_asks_for_one(word):
    assert not is_topic(understand(word))


@pytest.mark.parametrize(
    "question",
    [
        "低空经济产值",
        "低空经济是什么",
        "茶叶节哪天开幕",
        "统计局局长",
        "中标人",
        "元旦交易额",
        "两个节日",
        "红烧肉做法的秘诀",
    ],
)
def test_what_asks_for_something_is_no_topic(question):
    assert not is_topic(understand(question))


def test_a_word_that_a_figure_is_told_of_gets_the_figure(folder, capsys):
    assert main(["门票", "--store", str(folder), "--json"]) == 0
    assert "35元" in json.loads(capsys.readouterr().out)["answer"]["sentence"]


def test_a_topic_that_stands_nowhere_has_no_answer(folder, capsys):
    assert main(["海洋渔业", "--store", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["answer"]["abstained"]
