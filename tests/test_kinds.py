"""Questions of every kind: who wrote it, summaries, sums, lists, yes or no, and what is shown stands in the texts."""

import pytest

from index.store.filters import Filters
from index.stores import open_store
from index.updating import reindex
from qa.answering import Settings, answer_question, load_models
from qa.kinds.metadata import metadata_question
from qa.kinds.summary import summary_topic
from qa.render import as_json, as_text
from web.html import PageContext, reply_html

_ARTICLES = {
    "river.txt": "澜浦县清理河道\n\n2023-03-22  来源:澜浦日报  作者:闻一舟\n\n"
    "澜浦县清理河道38公里，投入挖泥船12艘。\n\n"
    "县长季青禾说，入冬前还要种下柳树6万株。\n\n责任编辑:单小满\n",
    "fair.txt": "澜浦县荷花节开幕\n\n2023-04-26  来源:澜浦晚报  作者:柏如川\n\n"
    "荷花节4月25日开幕，签约项目12个，金额7.8亿元。\n",
    "pond.txt": "澜浦县修塘坝\n\n2023-04-28  来源:澜浦日报  作者:闻一舟\n\n澜浦县修好塘坝41座，蓄水增加300万立方米。\n",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Ask a question of the made-up articles; every drawing of the reply must be possible."""
    folder = tmp_path_factory.mktemp("kinds")
    for name, text in _ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    reindex(folder / "store", [folder / name for name in _ARTICLES])
    with open_store(folder / "store") as store:
        models = load_models(store, Settings(fast=True))

        def ask(question, before=""):
            reply = answer_question(store, models, question, 5, Filters(), before)
            assert as_text(reply, colour=False)
            for language in ("zh", "en"):
                assert reply_html(reply, PageContext(language, str), 0)
            return as_json(reply)

        yield ask


_ABOUT_ARTICLES = (
    ("《澜浦县清理河道》是谁写的？", "闻一舟"),
    ("澜浦县清理河道这篇文章的作者是谁？", "闻一舟"),
    ("《澜浦县清理河道》的责任编辑是谁？", "单小满"),
    ("《澜浦县荷花节开幕》哪天发布的？", "2023-04-26"),
    ("荷花节那篇报道是什么时候登的？", "2023-04-26"),
    ("荷花节那篇是哪家媒体发的？", "澜浦晚报"),
    ("《澜浦縣荷花節開幕》來自哪家報紙？", "澜浦晚报"),
    ("修塘坝那篇报道的来源是什么？", "澜浦日报"),
)


@pytest.mark.parametrize(("question", "value"), _ABOUT_ARTICLES)
def test_a_field_of_an_article_answers(asked, question, value):
    answer = asked(question)["answer"]
    assert (answer["kind"], answer["text"], answer["citations"]) == ("metadata", value, [])
    assert answer["sentence"] is None or value in answer["sentence"]


@pytest.mark.parametrize(
    "question",
    [
        "《春江夜话》是谁写的？",
        "荷花节哪天开幕？",
        "荷花节签约了多少个项目？",
        "县长是谁？",
        "《澜浦县荷花节开幕》的责任编辑是谁？",
    ],
)
def test_what_is_no_field_of_an_article_is_asked_of_the_texts(asked, question):
    assert asked(question)["answer"]["kind"] != "metadata"


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("闻一舟写过什么文章？", ["澜浦县修塘坝", "澜浦县清理河道"]),
        ("2023年4月有哪些报道？", ["澜浦县修塘坝", "澜浦县荷花节开幕"]),
        ("2023年3月有哪些新闻？", ["澜浦县清理河道"]),
        ("有没有澜浦晚报的报道？", ["澜浦县荷花节开幕"]),
    ],
)
def test_the_articles_of_an_author_a_month_or_a_source_are_listed_newest_first(asked, question, titles):
    answer = asked(question)["answer"]
    assert [each["text"] for each in answer["items"]] == titles
    assert (answer["kind"], answer["text"]) == ("metadata", titles[0])


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("总结一下澜浦县清理河道", "澜浦县清理河道"),
        ("《澜浦县荷花节开幕》讲了什么？", "澜浦县荷花节开幕"),
        ("概括一下修塘坝那篇报道的主要内容。", "澜浦县修塘坝"),
    ],
)
def test_a_summary_is_the_article_itself(asked, question, title):
    reply = asked(question)
    answer = reply["answer"]
    assert (answer["kind"], answer["text"], answer["abstained"], answer["confidence"]) == ("passages", None, False, 0.0)
    assert reply["passages"][0]["article"]["title"] == title


@pytest.mark.parametrize(
    ("folded", "topic"),
    [
        ("总结一下春耕大会的主要内容。", "春耕大会"),
        ("请简单介绍一下云岫大桥", "云岫大桥"),
        ("介绍一下云岫大桥的那篇报道讲了什么?", "云岫大桥"),
        ("云岫大桥有多长?", ""),
        ("云岫大桥的主要材料是什么?", ""),
    ],
)
def test_what_a_summary_is_asked_of(folded, topic):
    assert summary_topic(folded) == topic


@pytest.mark.parametrize(
    ("folded", "field"),
    [
        ("《春耕》是谁写的?", "author"),
        ("春耕那篇报道是哪位记者写的?", "author"),
        ("《春耕》是哪天播发的?", "date"),
        ("这篇文章刊登在哪家报纸?", "source"),
        ("《春耕》的摄影是谁?", "editor"),
    ],
)
def test_fields_are_told_apart(folded, field):
    assert metadata_question(folded).field == field


@pytest.mark.parametrize("folded", ["春耕大会哪天举行?", "报道称产量是多少?", "文章里说的大桥多长?"])
def test_other_questions_ask_no_field(folded):
    assert metadata_question(folded) is None
