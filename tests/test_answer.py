"""Which sentence answers, and which piece of it: small stores with exact expected answers."""

import json
from types import SimpleNamespace

import pytest

from index.store.filters import Filters
from index.store.folder import Store
from index.text.folding import fold
from index.updating import reindex
from qa.answer import find_answer
from qa.answering import answer_question, load_models
from qa.question import understand
from qa.reader import ANSWER_WEIGHTS, bundled_reader
from qa.render import as_json, as_text
from qa.spans import find_piece
from web.html import PageContext, reply_html


@pytest.mark.parametrize(
    ("question", "sentence", "piece"),
    [
        ("拓源产值", "确保2023年产值、税收再翻番,实现产值30亿元以上,确保进入百强。", "30亿元以上"),
        ("大桥有多长？", "大桥于2023年5月1日通车，全长18.6公里，用钢3.2万吨。", "18.6公里"),
        ("大桥用钢多少万吨？", "大桥于2023年5月1日通车，全长18.6公里，用钢3.2万吨。", "3.2万吨"),
        ("单位能耗每月下降多少？", "平台让单位能耗逐月下降5%左右，节约资金200万元。", "5%左右"),
        ("可以提供多少个就业岗位？", "项目投资2亿元，可提供就业岗位600余个。", "600余个"),
        ("大桥什么时候通车？", "大桥于2023年5月1日通车，全长18.6公里。", "2023年5月1日"),
        ("青岚市市长是谁？", "青岚市市长骆晨钟说，大桥是新的起点。", "骆晨钟"),
        ("青岚市市长是谁？", "青岚市市长骆晨也到场祝贺。", "骆晨"),
        ("系统由哪家公司开发？", "系统由竹汐软体有限公司开发，老师可以试用。", "竹汐软体有限公司"),
        ("和哪家公司合作？", "青岚市与华为公司合作。", "华为公司"),
        ("和哪所大学合作？", "企业与长沙理工大学合作开发新材料。", "长沙理工大学"),
        ("办了几个工作日？", "只用5个工作日就办齐了28本证。", "5个工作日"),
        ("电价是多少？", "峰电占比百分之六十，电价每度一元。", "一元"),
        ("灌溉面积是多少？", "灌溉面积：96 mu。", "96"),
    ],
)
def test_the_piece_asked_for(question, sentence, piece):
    folded = fold(sentence)
    found = find_piece(understand(question), folded)
    assert found is not None
    assert folded[found.span.start : found.span.end] == piece


@pytest.mark.parametrize(
    ("question", "sentence"),
    [("投资多少亿元？", "这是一家好企业。"), ("谁是市长？", "大桥昨天通车。"), ("哪年通车？", "大桥很长。")],
)
def test_no_piece_of_the_kind(question, sentence):
    assert find_piece(understand(question), fold(sentence)) is None


def test_a_figure_of_another_unit_does_not_fit():
    piece = find_piece(understand("总投资是多少？"), "全长18.6公里。")
    assert piece is not None
    assert not piece.fits


@pytest.fixture
def ask_all(tmp_path):
    """Everything said to a question from the given texts."""

    def reply(question, **texts):
        folder = tmp_path / "corpus"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        reindex(tmp_path / "store", [folder])
        with Store(tmp_path / "store") as store:
            return answer_question(store, load_models(store), question, 5, Filters())

    return reply


@pytest.fixture
def ask(ask_all):
    """The answer alone."""
    return lambda question, **texts: ask_all(question, **texts).answer


_FILLER = "天气晴朗，街上行人不少，商店早早开了门，孩子们在广场上放风筝。" * 3


def test_the_subject_may_stand_in_the_sentence_before(ask):
    answer = ask(
        "云岫茶厂产值",
        a="记者走进云岫茶厂的新车间，看工人们制茶。大家鼓励企业加快发展，确保今年实现产值8亿元以上。" + _FILLER,
        b="望潮渔业去年的产值是3亿元，今年还要增加。" + _FILLER,
    )
    assert (answer.text, answer.sentence) == ("8亿元以上", "大家鼓励企业加快发展，确保今年实现产值8亿元以上。")


def test_the_subject_may_stand_in_the_passage_before(ask):
    long = "记者走进云岫茶厂的新车间，" + "看工人们采茶、晒青、揉捻、烘干，" * 14 + "茶香四溢。"
    answer = ask(
        "云岫茶厂产值",
        a=long + "大家鼓励企业加快发展，确保今年实现产值8亿元以上。" + _FILLER,
        b="望潮渔业去年的产值是3亿元。" + _FILLER,
    )
    assert answer.text == "8亿元以上"


def test_another_year_is_another_question(ask):
    texts = {"a": "2021年青岚市的财政收入是86.4亿元。" + _FILLER, "b": "2023年青岚市的财政收入是91.7亿元。" + _FILLER}
    assert ask("青岚市2023年的财政收入是多少？", **texts).text == "91.7亿元"


def test_a_hole_is_no_answer(ask):
    holed = "云岫茶厂今年产值达亿元，增长%，月日投产，解决就业人。全厂总投资达亿元，年产茶叶达吨。" + _FILLER
    answer = ask("云岫茶厂今年的产值是多少？", a=holed)
    assert (answer.reason, answer.text, answer.evidence) == ("digits_missing", "", None)


def test_an_article_that_lost_its_figures_gives_no_how_much_answer(ask):
    holed = "云岫茶厂今年产值突破亿元，增长%，月日投产。全厂总投资达亿元，年产茶叶达吨。" + _FILLER
    assert ask("云岫茶厂今年的产值是多少？", a=holed).reason == "digits_missing"


def test_an_article_that_lost_its_figures_still_answers_who(ask):
    holed = "云岫茶厂厂长骆晨钟说，今年产值达亿元，增长%，月日投产。全厂总投资达亿元。" + _FILLER
    assert ask("云岫茶厂厂长是谁？", a=holed).text == "骆晨钟"


def test_an_empty_store_is_silent(ask):
    assert ask("云岫茶厂产值", a="责任编辑：言小满").reason == "no_match"


def test_a_heading_is_not_an_answer(ask):
    answer = ask(
        "什么是四个论英雄？",
        a="推行四个论英雄\n\n青岚市提出四个论英雄，即亩均论英雄、低碳论英雄、科技论英雄、人均论英雄。" + _FILLER,
    )
    assert answer.sentence.startswith("青岚市提出四个论英雄")


@pytest.mark.parametrize("question", ["云岫茶厂厂长是谁？", "云岫茶厂的厂长是谁"])
def test_a_label_that_is_asked_for_is_no_heading(ask, question):
    form = f"云岫茶厂登记如下，由县里核发。\n云岫茶厂厂长：骆晨钟\n茶园面积：六百二十亩，投入四千六百万元\n{_FILLER}"
    assert ask(question, a=form).text == "骆晨钟"


def test_other_articles_say_the_same_or_not(ask_all):
    said = {
        "old": "标题：望潮渔业年报\n日期：2022-01-10\n\n望潮渔业2021年捕捞量为12.5万吨，员工四百多名。",
        "new": "标题：望潮渔业近况\n日期：2024-03-05\n\n望潮渔业2021年捕捞量为13万吨，有新船下水。",
        "same": "标题：渔港纪事\n日期：2023-06-01\n\n望潮渔业2021年捕捞量为125000吨，港口因此扩建。",
        "other": "标题：茶厂\n日期：2024-01-01\n\n云岫茶厂产量为3万吨。",
    }
    reply = ask_all("望潮渔业2021年捕捞量是多少万吨？", **said)
    shown = as_json(reply)["answer"]
    assert [(each["date"], each["text"]) for each in shown["sources"]] == [
        ("2024-03-05", "13万吨"),
        ("2023-06-01", "125000吨"),
        ("2022-01-10", "12.5万吨"),
    ]
    assert shown["disagree"] is True
    assert "The articles differ" in as_text(reply, colour=False)
    assert "各篇说法不一" in reply_html(reply, PageContext("zh", str), 0)
    for each in shown["sources"]:
        passage = as_json(reply)["passages"][each["passage"] - 1]["text"]
        assert passage[each["start"] : each["end"]] == each["text"]
        assert each["text"] in each["sentence"]


def test_what_all_say_alike_is_said_so(ask_all):
    reply = ask_all(
        "大桥全长多少公里？",
        a="标题：大桥通车\n日期：2023-05-01\n\n青岚大桥今天通车，大桥全长18.6公里。",
        b="标题：桥梁盘点\n日期：2024-05-01\n\n青岚大桥全长18.6公里，是本市最长的桥，由两家单位养护。",
    )
    assert as_json(reply)["answer"]["disagree"] is False
    assert "Other articles say the same" in as_text(reply, colour=False)


def test_relative_times_are_told_by_the_articles_date(ask_all):
    reply = ask_all("望潮渔业捕捞量是多少？", a="标题：望潮渔业\n日期：2023-02-01\n\n望潮渔业去年捕捞量为12.5万吨。")
    assert as_json(reply)["answer"]["relative"] == [{"text": "去年", "means": "2022年"}]
    assert "“去年” is 2022年" in as_text(reply, colour=False)


def test_a_year_is_found_in_an_article_that_says_last_year(ask_all):
    reply = ask_all(
        "2022年望潮渔业捕捞量是多少？",
        a="标题：望潮渔业\n日期：2023-02-01\n\n望潮渔业去年捕捞量为12.5万吨。",
        b="标题：望潮渔业\n日期：2021-02-01\n\n望潮渔业去年捕捞量为9.8万吨。",
    )
    assert reply.answer.text == "12.5万吨"


def test_another_year_is_no_disagreement(ask_all):
    texts = {
        "a": "标题：渔业年报\n日期：2023-02-01\n\n2022年望潮渔业捕捞量为12.5万吨，出口三十国。",
        "b": "标题：渔业公报\n日期：2024-02-01\n\n2023年望潮渔业捕捞量为13万吨，新添了渔船。",
    }
    reply = ask_all("望潮渔业捕捞量是多少？", **texts)
    shown = as_json(reply)["answer"]
    assert [each["text"] for each in shown["sources"]] == ["13万吨", "12.5万吨"]
    assert shown["disagree"] is False
    assert "The articles tell of different years" in as_text(reply, colour=False)


def test_another_year_than_the_one_asked_for_is_not_shown_beside(ask_all):
    texts = {
        "a": "标题：渔业年报\n日期：2023-02-01\n\n2022年望潮渔业捕捞量为12.5万吨，出口三十国。",
        "b": "标题：渔业公报\n日期：2024-02-01\n\n2023年望潮渔业捕捞量为13万吨，新添了渔船。",
    }
    reply = ask_all("2023年望潮渔业捕捞量是多少？", **texts)
    assert reply.answer.text == "13万吨"
    assert reply.answer.others == ()


def test_a_question_without_any_word_of_the_corpus_is_not_sure(ask):
    answer = ask("qwxz zzkk", a="云岫茶厂的产值是8亿元。", b="望潮渔业捕捞量为12.5万吨。")
    assert answer.abstained
    assert answer.confidence < 0.1


def test_confidence_follows_the_weights_of_the_reader(tmp_path, sample_store):
    stored = json.loads(ANSWER_WEIGHTS.read_text(encoding="utf-8"))
    unsure = tmp_path / "answer.json"
    unsure.write_text(
        json.dumps(stored | {"confidence": stored["confidence"] | {"intercept": -100.0}}), encoding="utf-8"
    )
    reader = bundled_reader()
    doubting = SimpleNamespace(characters=reader.characters, answer_weights=unsure, read=reader.read)
    question = understand("拓源产值")
    with Store(sample_store) as store:
        hits = load_models(store).search(store, question, 3)
        sure, silent = (find_answer(store, question, hits, each) for each in (reader, doubting))
    assert (sure.text, silent.reason, silent.confidence) == ("30億元以上", "low_confidence", 0.0)
