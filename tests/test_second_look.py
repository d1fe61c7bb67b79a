"""A second look before silence: when the joint reader reads, and what may be answered by meaning alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.answering
import qa.second_look
from index.backfill import backfill
from index.embedding.static import bundled_model
from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answer import LOW_CONFIDENCE, NO_MATCH, NOT_STATED, UNANSWERED, Answer
from qa.answering import Settings, answer_question, load_models
from qa.english import asked_for, is_english, place_names, times
from qa.question import DATE, NUMBER, PLACE, understand
from qa.reader import Reading, bundled_reader
from qa.search import search

ARTICLES = [
    {
        "id": "tram",
        "title": "望潮有轨电车试运营",
        "date": "2022-05-20",
        "text": "望潮有轨电车一号线今天开始试运营。全程设站十二座，车厢里装了空调。试运营期间不分里程，票价为两元。"
        "首班车早上六点发出。末班车晚上十点发出。老人凭卡免费。市民可以用手机付款。沿线有三所中学。",
    },
    {
        "id": "grain",
        "title": "溪口村收谷子",
        "date": "2022-09-01",
        "text": "溪口村的谷子熟了，收割机开进田里。今年雨水足，每亩收了一千一百斤。村民把谷子晒在操场上。粮站派车来收。"
        "价格和去年一样。村里的老人说很久没见过这样的年景。孩子们在谷堆边玩。",
    },
    {
        "id": "car",
        "title": "上海汽车产量回升",
        "date": "2022-06-12",
        "text": "上海的汽车厂开足马力。5月，上海汽车产量为7万辆，比4月份增长三倍。港口忙着装船。工人分三班上岗。"
        "零件厂也在赶工。物流公司增开了夜班。",
    },
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second")
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ARTICLES), encoding="utf-8")
    reindex(folder / "store", [file])
    backfill(folder / "store")
    with Store(folder / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def models(store):
    return load_models(store)


def ask(store, models, question):
    return answer_question(store, models, question, 5, Filters())


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How much is a tram ticket?", "票价为两元"),
        ("How many cars did Shanghai produce in May?", "上海汽车产量为7万辆"),
    ],
)
def test_a_question_in_english_is_answered_by_meaning_and_not_as_sure(store, models, question, sentence):
    reply = ask(store, models, question)
    assert reply.answer.by_meaning
    assert sentence in reply.answer.sentence
    assert reply.answer.confidence < 0.5
    assert reply.answer.evidence.passage == 1
    assert reply.answer.text in reply.hits[0].stored.passage.text


@pytest.mark.parametrize(
    "question",
    [
        "How many cars did Beijing produce in May?",  # another place
        "How many cars did Shanghai produce in July?",  # another month
        "How many cars did Shanghai produce in May 2019?",  # another year
    ],
)
def test_another_place_or_time_is_not_answered_by_meaning(store, models, question):
    assert ask(store, models, question).answer.abstained


def test_the_light_models_look_only_once(store):
    light = load_models(store, Settings(fast=True))
    assert ask(store, light, "How much is a tram ticket?").answer.abstained


def test_a_note_says_that_meaning_alone_led_there(store, models):
    from qa.phrases import phrase
    from qa.render import as_text

    assert phrase("by_meaning") in as_text(ask(store, models, "How much is a tram ticket?"), colour=False)


class Sure:
    """A reader that is as sure of the last sentence as it is told."""

    characters = 250

    def __init__(self, score):
        self.answer_weights, self.score, self.asked = bundled_reader().answer_weights, score, 0

    def read(self, question, passages):
        self.asked += 1
        return [[Reading(0, len(part), self.score) for part in parts] for _, parts in passages]


@pytest.mark.parametrize("reason", [NO_MATCH, LOW_CONFIDENCE])
def test_the_second_reader_answers_where_the_first_is_silent(store, reason):
    question = understand("电车的票价")
    hits = search(store, bundled_model(), question, 5)
    silent = Answer("", "", 0.1, reason, None)
    again = qa.second_look.read_again(store, question, hits, silent, Sure(20.0))
    assert not again.abstained
    assert again.confidence <= 0.65
    assert qa.second_look.read_again(store, question, hits, silent, Sure(-20.0)) is silent


def test_the_second_reader_does_not_read_what_is_answered_or_refused(store):
    question = understand("电车的票价")
    hits = search(store, bundled_model(), question, 5)
    reader = Sure(20.0)
    for answer in (Answer("两元", "票价为两元。", 0.3, "", None), Answer("", "", 0.0, NOT_STATED, None)):
        assert qa.second_look.read_again(store, question, hits, answer, reader) is answer
    assert qa.second_look.read_again(store, question, [], UNANSWERED, reader) is UNANSWERED
    assert reader.asked == 0


def test_a_damaged_joint_reader_is_told_once_and_the_first_answers(store, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("qa.joint_reader.BUNDLED", tmp_path)
    qa.answering.joint_reader.cache_clear()
    try:
        models = load_models(store)
        assert ask(store, models, "5月上海汽车产量是多少").answer.text == "7万辆"
        assert ask(store, models, "海盐厂的烟囱有多高").answer.abstained
        assert ask(store, models, "盐田的滩涂有多长").answer.abstained
    finally:
        qa.answering.joint_reader.cache_clear()
    assert capfd.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("question", "kind", "unit"),
    [
        ("How much is a ticket?", NUMBER, "元"),
        ("What share of voters chose her?", NUMBER, "%"),
        ("How many residents were moved?", NUMBER, "人"),
        ("When does the festival start?", DATE, ""),
        ("Where was the meeting held?", PLACE, ""),
        ("How long do patients wait?", NUMBER, "分"),
        ("How long is the bridge?", NUMBER, "米"),
    ],
)
def test_the_kind_of_a_question_in_english(question, kind, unit):
    asked = understand(question)
    assert asked.wants == kind
    assert not unit or unit in asked.measure
    assert asked_for(asked.folded) == (asked.wants, asked.measure)


def test_pinyin_and_codes_are_not_english():
    assert not is_english("tuoyuan chanzhi")
    assert not is_english("PM2.5")
    assert not is_english("where 在哪")


def test_times_and_names_of_a_question_in_english():
    assert times("What did Qinglan spend in March 2023?") == ["2023年", "3月"]
    assert times("It may rise") == []
    assert place_names("How many cars did Shanghai and Macron make in May?") == ["shanghai"]


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_any_ascii_text_is_understood(text):
    kind, units = asked_for(text.lower())
    assert isinstance(kind, str)
    assert isinstance(units, tuple)
    times(text)
    is_english(text)
