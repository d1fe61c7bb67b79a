"""Follow-ups, sums and differences get the figures of the very thing, year and event that they mean, or none."""

import time

import pytest

from qa.kinds.parts import MOST_PARTS
from qa.render import as_json
from tests.answering import answering

_SURE = 0.7
_ARTICLES = {
    "qingxi.txt": "清溪县公布2023年经济成绩单\n\n2024-01-20  来源:清溪日报\n\n"
    "2023年，清溪县GDP为312.6亿元，同比增长6.4%。其中上半年GDP为148.3亿元，同比增长5.9%。\n\n"
    "2023年，清溪县出口额为21.4亿元，同比增长8.2%；进口额为9.7亿元，同比下降1.3%。\n",
    "qingxi22.txt": "清溪县2022年经济运行情况\n\n2023-01-18  来源:清溪日报\n\n"
    "2022年，清溪县GDP为290.5亿元，同比增长4.1%。\n",
    "bailu.txt": "白鹿县去年经济平稳\n\n2024-01-25  来源:白鹿新闻网\n\n2023年，白鹿县GDP为275.8亿元，同比增长7.2%。\n",
    "race.txt": "清溪半程马拉松结束\n\n2023-10-22  来源:清溪日报\n\n"
    "清溪半程马拉松10月22日举行，男子组冠军是穆长风，成绩1小时06分；女子组冠军是柳听雪，成绩1小时14分。\n",
    "plant.txt": "云杉水厂开建\n\n2023-05-09  来源:清溪日报\n\n"
    "云杉水厂总投资4.2亿元，5月8日开工，位于清溪县石门镇，由青禾建设公司负责施工。水厂占地96亩，预计2025年投产。\n",
    "tea.txt": "清溪县茶叶减产\n\n2023-07-11  来源:白鹿新闻网\n\n"
    "2023年清溪县茶叶产量1.8万吨，比上年下降12%。由于春季霜冻严重，茶叶产量下降明显。\n",
    "tunnel.txt": "鹤岭隧道分两期建设\n\n2023-08-02  来源:清溪日报\n\n"
    "鹤岭隧道一期全长3.6公里，投资7.5亿元。鹤岭隧道二期全长5.1公里，投资11.2亿元。\n",
}
_Q = "清溪县2023年GDP是多少？"
# The first question, its follow-up, what is shown (None: nothing).
_PAIRS = (
    (_Q, "那2022年呢？", "290.5亿元"),
    (_Q, "白鹿县呢？", "275.8亿元"),
    (_Q, "增长了多少？", "6.4%"),
    (_Q, "同比增長了多少？", "6.4%"),
    (_Q, "上半年呢？", "148.3亿元"),
    (_Q, "和白鹿县比哪个高？", "清溪县"),
    (_Q, "增速呢？", "6.4%"),
    (_Q, "比白鹿县高多少？", 36.8),
    ("清溪县2023年GDP增长了多少？", "比白鹿县低多少？", 0.8),
    (_Q, "那2019年呢？", None),
    (_Q, "紫云县呢？", None),
    ("清溪县2023年出口额是多少？", "那进口呢？", "9.7亿元"),
    ("清溪半程马拉松男子组冠军是谁？", "女子的呢？", "柳听雪"),
    ("云杉水厂总投资多少？", "它在哪里？", "石门镇"),
    ("云杉水厂什么时候开工？", "谁负责？", "青禾"),
    ("清溪县2023年茶叶产量下降了多少？", "为什么？", "春季霜冻严重"),
    ("鹤岭隧道一期全长多少公里？", "二期呢？", "5.1公里"),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("followups"), _ARTICLES) as ask:
        yield lambda question, before: as_json(ask(question, before))


@pytest.mark.parametrize(("before", "text", "expected"), _PAIRS)
def test_a_followup_gets_the_figure_that_it_means(asked, before, text, expected):
    answer = asked(text, before)["answer"]
    if expected is None:
        assert answer["abstained"] or answer["confidence"] < _SURE
    elif isinstance(expected, str):
        assert expected in answer["text"]
    else:
        assert answer["computed"]["value"] == expected


@pytest.mark.parametrize(
    ("question", "value", "unit", "parts"),
    [
        ("清溪县2023年GDP比白鹿县多多少亿元？", 36.8, "亿元", ["312.6亿元", "275.8亿元"]),
        ("清溪縣2023年GDP比白鹿縣多多少？", 36.8, "亿元", ["312.6亿元", "275.8亿元"]),
        ("清溪县和白鹿县2023年GDP相差多少？", 36.8, "亿元", ["312.6亿元", "275.8亿元"]),
        ("清溪县2023年GDP和白鹿县相差多少亿元？", 36.8, "亿元", ["312.6亿元", "275.8亿元"]),
        ("清溪县2023年GDP比2022年多多少？", 22.1, "亿元", ["312.6亿元", "290.5亿元"]),
        ("鹤岭隧道二期比一期长多少公里？", 1.5, "公里", ["5.1公里", "3.6公里"]),
        ("清溪县2023年出口额比进口额多多少？", 11.7, "亿元", ["21.4亿元", "9.7亿元"]),
        ("清溪县2023年GDP增速比白鹿县低多少个百分点？", 0.8, "个百分点", ["6.4%", "7.2%"]),
        ("鹤岭隧道一期和二期投资合计多少？", 18.7, "亿元", ["7.5亿元", "11.2亿元"]),
        ("鶴嶺隧道一期和二期投資合計多少億元？", 18.7, "亿元", ["7.5亿元", "11.2亿元"]),
        ("清溪县2022年和2023年GDP合计多少亿元？", 603.1, "亿元", ["290.5亿元", "312.6亿元"]),
        ("清溪县出口额和进口额合计多少？", 31.1, "亿元", ["21.4亿元", "9.7亿元"]),
    ],
)
def test_a_sum_and_a_difference_are_computed_from_cited_figures(asked, question, value, unit, parts):
    reply = asked(question, "")
    computed = reply["answer"]["computed"]
    assert (computed["value"], computed["unit"], reply["answer"]["text"]) == (value, unit, None)
    cited = [reply["passages"][each["passage"] - 1]["text"][each["start"] : each["end"]] for each in computed["from"]]
    assert cited == parts


@pytest.mark.parametrize(
    "question",
    [
        "清溪县2023年GDP比紫云县多多少？",
        "清溪县2021年和2023年GDP合计多少亿元？",
        "云杉水厂占地比青芦酒厂多多少亩？",
        "清溪县2023年上半年和全年GDP相差多少？",  # 全年 alone names no year: a level is no difference
    ],
)
def test_a_level_is_no_sum_and_no_difference(asked, question):
    answer = asked(question, "")["answer"]
    assert (answer["abstained"], answer["computed"]) == (True, None)


def test_parts_of_different_years_are_less_sure(asked):
    answer = asked("白鹿县和清溪县2022年GDP合计多少亿元？", "")["answer"]
    assert answer["abstained"] or answer["confidence"] < _SURE


def test_what_is_told_of_an_earlier_time_is_a_change(asked):
    assert asked("清溪县2023年茶叶产量比上年下降多少？", "")["answer"]["text"] == "12%"


@pytest.mark.parametrize(
    "question",
    ["清溪县和" * 220 + "合计多少？", "清溪县和" * 220 + "相差多少？", "清溪县、" * 220 + "鹤岭隧道投资分别是多少？"],
)
def test_too_many_things_at_once_are_refused_in_one_sentence_and_in_time(asked, question):
    start = time.process_time()
    answer = asked(question, "")["answer"]
    assert time.process_time() - start < 2
    assert answer["abstained"]
    assert [(each["slot"], int(each["asked"]) > MOST_PARTS) for each in answer["missing"]] == [("parts", True)]
