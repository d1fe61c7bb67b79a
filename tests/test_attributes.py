"""Attributes asked for by their names: the value that a sentence states, or silence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answering import answer_question, load_models
from qa.attributes import attribute_question
from qa.question import understand

_ROWS = [
    (
        "青岚图书馆新馆开放",
        "青岚图书馆新馆3月1日对外开放。办公地址在望潮路18号，报名电话为0731-5550123，营业时间为每天9:00至21:00。"
        "读者可以拨打联系电话5550199咨询，紧急联系电话5550666，周一闭馆。",
    ),
    ("临汐国的城市", "临汐国首都是望潮城，人口约120万人，中国代表团三次到访。全年平均气温18摄氏度。"),
    ("两家馆的电话", "咨询可以致电：临汐博物馆，投诉电话5551111；白鹿美术馆，投诉电话5552222。"),
    ("2024年夏令营", "2024年报名时间为6月1日至6月5日，邮编：410001，网址 www.example.com/a，邮箱abc@example.com。"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attributes")
    rows = (json.dumps({"date": "2024-03-01", "title": title, "text": text}) for title, text in _ROWS)
    (folder / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    reindex(folder / "store", [folder / "news.jsonl"])
    return folder / "store"


def _answer(folder, question):
    with Store(folder) as store:
        return answer_question(store, load_models(store), question, 5, Filters())


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("办公地址", "望潮路18号"),
        ("辦公地址？", "望潮路18号"),
        ("办公地址在哪里？", "望潮路18号"),
        ("青岚图书馆办公地址", "望潮路18号"),
        ("报名电话", "0731-5550123"),
        ("青岚图书馆的报名电话是多少", "0731-5550123"),
        ("联系电话", "5550199"),
        ("紧急联系电话", "5550666"),
        ("营业时间", "每天9:00至21:00"),
        ("营业时间是什么时候", "每天9:00至21:00"),
        ("临汐国首都", "望潮城"),
        ("临汐国的首都是哪里", "望潮城"),
        ("临汐博物馆投诉电话", "5551111"),
        ("白鹿美术馆的投诉电话", "5552222"),
        ("2024年报名时间", "6月1日至6月5日"),
        ("夏令营邮政编码", None),
        ("夏令营邮编", "410001"),
        ("夏令营网址", "www.example.com/a"),
        ("夏令营邮箱", "abc@example.com"),
        ("中国首都", None),
        ("临汐首都", None),
        ("图书馆地址", None),
        ("图书馆电话", None),
        ("临汐博物馆报名电话", None),
        ("投诉电话", None),
        ("2025年报名时间", None),
        ("青岚图书馆客服电话", None),
    ],
)
def test_an_attribute_gets_the_value_that_is_stated_of_it_or_silence(folder, question, text):
    reply = _answer(folder, question)
    answer = reply.answer
    if text is None:
        assert (answer.abstained, answer.text, bool(reply.hits)) == (True, "", True)
    else:
        assert answer.text == text
        assert text in answer.sentence
        assert answer.sentence in reply.hits[answer.evidence.passage - 1].stored.passage.text


_NAMES = st.text("青岚望潮临汐白鹿河湖", min_size=2, max_size=4)


@given(
    _NAMES,
    st.sampled_from(
        ("办公地址", "报名电话", "联系电话", "营业时间", "开放时间", "首都", "省会", "邮编", "网址", "咨询热线")
    ),
    st.sampled_from(("", "的")),
    st.sampled_from(("", "？", "是多少", "是什么", "在哪里")),
)
def test_every_name_with_an_attribute_asks_for_it(name, attribute, joint, asking):
    asked = attribute_question(understand(f"{name}{joint}{attribute}{asking}"))
    assert asked.words == f"{name}{joint}{attribute}"
    assert asked.bare == (asking in ("", "？"))


_TOPICS = (
    *("低空经济", "机器人", "消费者", "电子商务", "志愿者", "移动电话", "网络地址", "智能电话", "电话", "首都"),
    *("首都机场", "电话诈骗", "地址簿", "时间管理", "北京时间", "总部经济"),
)


@given(
    st.sampled_from(_TOPICS),
    st.sampled_from(("", "？", "的发展", "是什么")),
)
def test_a_topic_asks_for_no_attribute(topic, rest):
    assert attribute_question(understand(f"{topic}{rest}")) is None


def test_a_value_of_last_year_is_read_as_any_other_question():
    assert attribute_question(understand("去年报名时间")) is None
