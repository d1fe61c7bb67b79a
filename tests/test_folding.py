"""The search form of text: one script, one width, one case, and never another length."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.folding import fold

_SENTENCES = (
    "青岚市2023年全市地区生产总值为1286.5亿元，比上年增长5.8%。",
    "这家公司的产品质量过硬，去年产值达到30亿元以上。",
    "我们的学校里面有三千名学生，老师们都很关心他们的体育锻炼。",
    "车间接入数智化平台以后，每吨产品耗用的能源一个月比一个月少。",
    "记者从会议上了解到，这条铁路将于明年开工建设，总投资为二百亿元。",
    "图书馆的阅览室从早上九点开到晚上八点，周末也对读者开放。",
    "专家认为，发展绿色农业要从土壤、种子和水源三个方面同时着手。",
    "暴雨过后，沿河的六个社区连夜转移居民，安置在学校和体育馆里。",
    "医院新院区设床位1200张，门诊预约电话全天有人接听。",
    "他说，请大家把这张表格填好，再交给办公室的同志。",
    "飞机晚点三个小时，旅客们在候机楼里等待广播通知。",
    "钢铁厂少烧煤，二氧化碳排放也就跟着减少了。",
    "书记说，过去靠采矿吃饭，现在要靠创新谋出路。",
    "龙发实业做的陶瓷微珠，直径只有零点三毫米。",
    "房价、物价与工资之间的关系，一直是市民关注的问题。",
    "农户种的枣树结满了红枣，网店一天卖出五百单。",
    "台湾的游客坐着有轨电车，从码头一直坐到博物馆。",
    "检测单上写的纯度为百分之九十九点七，达到电池级标准。",
)


@pytest.mark.parametrize("way", ["s2t", "s2tw", "s2hk"])
def test_a_sentence_folds_alike_from_every_script(way):
    convert = pytest.importorskip("opencc").OpenCC(way).convert
    assert [sentence for sentence in _SENTENCES if convert(sentence) == sentence] == []
    assert [sentence for sentence in _SENTENCES if fold(convert(sentence)) != fold(sentence)] == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("産產产", "产产产"),
        ("説說说", "说说说"),
        ("ＡＢＣａｂｃ", "abcabc"),
        ("ABC GDP PM2.5", "abc gdp pm2.5"),
        ("１２８６．５％", "1286.5%"),
        ("，：；！？（）", ",:;!?()"),
        ("裏裡里", "里里里"),
        ("臺台", "台台"),
        ("衛衞卫", "卫卫卫"),
        ("爲為为", "为为为"),
        ("戶户", "户户"),
        ("綫線线", "线线线"),
        ("羣群", "群群"),
        ("峯峰", "峰峰"),
        ("麪麵面", "面面面"),
        ("⻓⻔⻢⻰⻋⻑⻩⻚⻛⻅", "长门马龙车长黄页风见"),
        ("⾦⼭⽔⽚⽐", "金山水片比"),
        ("\u3000", " "),
        ("。、《》「」……", "。、《》「」……"),
        ("青岚 3月5日", "青岚 3月5日"),
        ("", ""),
    ],
)
def test_folded_text_is(text, folded):
    assert fold(text) == folded


def test_folding_keeps_apart_what_means_something_else():
    for pair in ("千干", "十士", "未末", "人入", "日曰", "0O", "1l", "亿忆", "产户"):
        assert len(set(fold(pair))) == 2, pair


@given(st.text())
def test_length_stays_and_folding_twice_is_folding_once(text):
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(st.text(alphabet=st.characters(min_codepoint=0x3000, max_codepoint=0xFFEF)), st.text())
def test_folding_goes_character_by_character(one, other):
    assert fold(one + other) == fold(one) + fold(other)


def test_no_character_at_all_breaks_the_promise():
    everything = "".join(map(chr, range(0x110000)))
    folded = fold(everything)
    assert len(folded) == len(everything)
    assert fold(folded) == folded
    assert not [
        character
        for character in folded
        if "Ａ" <= character <= "ｚ" or "A" <= character <= "Z" or "０" <= character <= "９"
    ]


def test_real_questions_fold_alike_from_the_other_script(shared):
    """Nearly all: 借 is 藉 in 憑藉 and 借 in 借款, which no single character can tell."""
    convert = pytest.importorskip("opencc").OpenCC("s2t").convert
    lines = (shared / "eval" / "cmrc2018_dev_hans.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    unlike = [question for question in asked if fold(convert(question)) != fold(question)]
    assert len(unlike) < len(asked) / 200
