"""Follow-ups are answered as what they mean: the figure of the same thing, year and event, or none."""

import pytest

from index.store.filters import Filters
from index.stores import open_store
from index.updating import reindex
from qa.answering import Settings, answer_question, load_models
from qa.render import as_json

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
    folder = tmp_path_factory.mktemp("followups")
    for name, text in _ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    reindex(folder / "store", [folder / name for name in _ARTICLES])
    with open_store(folder / "store") as store:
        models = load_models(store, Settings(fast=True))
        yield lambda question, before: as_json(answer_question(store, models, question, 5, Filters(), before))


@pytest.mark.parametrize(("before", "text", "expected"), _PAIRS)
def test_a_followup_gets_the_figure_that_it_means(asked, before, text, expected):
    answer = asked(text, before)["answer"]
    if expected is None:
        assert answer["abstained"] or answer["confidence"] < _SURE
    else:
        assert expected in answer["text"]
