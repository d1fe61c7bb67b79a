"""Corrections: the value behind 应为 answers, verbatim, and not the one that was wrong."""

import json

import pytest

from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answering import Settings, answer_question, load_models

ARTICLES = [
    {
        "id": "a",
        "title": "云岫茶业上半年产值",
        "date": "2024-08-20",
        "text": "云岫茶业产值为3.12亿元。厂长是骆怀瑾。",
    },
    {
        "id": "b",
        "title": "更正：云岫茶业上半年产值",
        "date": "2024-08-21",
        "text": "本报20日关于云岫茶业的消息中，“上半年产值为3.12亿元”有误，应为“上半年产值为3.21亿元”。",
    },
    {"id": "c", "title": "更正", "date": "2024-08-22", "text": "云岫茶业的消息中，厂长“骆怀瑾”应为“骆怀谨”。"},
    {
        "id": "d",
        "title": "粮食产量核定",
        "date": "2024-03-01",
        "text": "望潮县2023年粮食产量由38.6万吨修订为37.9万吨。",
    },
    {"id": "e", "title": "望潮县公报", "date": "2024-02-01", "text": "2023年望潮县粮食产量38.6万吨。"},
    {"id": "f", "title": "青岚县公报", "date": "2024-02-01", "text": "2023年青岚县茶叶产量3.12万吨。"},
    {"id": "h", "title": "枫林厂用工", "date": "2024-02-01", "text": "枫林厂女职工占比为30%，按规定应为50%。"},
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrections")
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ARTICLES), encoding="utf-8")
    reindex(folder / "store", [file])
    with Store(folder / "store") as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("云岫茶业上半年产值是多少？", "3.21亿元"),
        ("云岫茶业的厂长是谁？", "骆怀谨"),
        ("望潮县2023年粮食产量是多少？", "37.9万吨"),
        ("枫林厂女职工占比是多少？", "30%"),
        ("青岚县2023年茶叶产量是多少？", "3.12万吨"),  # another's figure of the same value
    ],
)
def test_the_value_behind_a_correction_answers(store, question, text):
    reply = answer_question(store, load_models(store, Settings(fast=True)), question, 5, Filters())
    assert reply.answer.text == text
    assert text in reply.answer.sentence
    hit = reply.hits[reply.answer.evidence.passage - 1]
    span = reply.answer.evidence.span
    assert hit.stored.passage.text[span.start : span.end] == text
