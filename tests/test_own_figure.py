"""A figure's own words decide: of another indicator, another thing or the wrong end of a change it is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.folding import fold
from qa.answer import NOT_STATED
from qa.figure.indicators import indicators_in, other_indicator
from qa.figures import figures_in
from qa.own_figure import of_another
from qa.question import understand
from qa.slots import slots_of
from tests.answering import answering

_ARTICLES = {
    "trade.txt": "云岫县外贸\n\n2024-02-01\n\n2023年云岫县进出口总额28.4亿元，其中出口21.7亿元，进口6.7亿元。\n",
    "lens.txt": "望潮光学年报\n\n2024-03-01\n\n望潮光学2023年营业收入6.8亿元，净利润1.1亿元，"
    "研发投入占营业收入的比重为11.4%。\n",
    "rig.txt": "青岚一号下线\n\n2024-04-01\n\n青岚一号研制历时22个月，申请专利64件，其中发明专利29件。\n",
    "bridges.txt": "柳溪大桥通车\n\n2024-05-01\n\n柳溪大桥5月1日通车。\n\n"
    "另一座桥——枫林二桥仍在建设，全长1340米，总投资6.2亿元。\n",
    "four.txt": "四县外贸\n\n2024-10-20\n\n据云州海关统计，前三季度，云岫县、青岚县、望潮县进出口总额"
    "分别为22.6亿元、9.4亿元、31.8亿元。\n",
    "medals.txt": "云州运动会\n\n2024-11-01\n\n云岫县代表团以58枚金牌列第一位，青岚县、望潮县代表团获金牌较少。\n",
    "clinic.txt": "青岚县视频门诊\n\n2024-06-01\n\n青岚县视频门诊开通以来，平均候诊时间由95分钟缩短到40分钟。\n",
    "fare.txt": "柳溪公交调价\n\n2024-08-29\n\n柳溪公交票价自9月15日起由每人次1元调整为1.5元。\n",
    "power.txt": "望潮水电站\n\n2024-01-20\n\n望潮水电站2023年发电量18.3亿千瓦时，平均入库流量每秒186立方米。\n",
    "tea.txt": "青岚县茶企\n\n2024-02-11\n\n茗岳公司成立于2012年，厂房在青岚县，2023年出口额410万美元。\n",
    "ship.txt": "客轮失事\n\n2024-07-01\n\n据通报，柳溪客轮上23名乘客和4名船员全部遇难。\n",
    "grain.txt": "秋粮入库\n\n2024-01-05\n\n2023年，湖北粮食产量达到270万吨。\n\n湖南粮食增产3万吨。\n",
    "price.txt": "枫林果业减收\n\n2024-09-01\n\n枫林果业上半年利润下滑，是因为苹果价格下跌。\n",
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("own"), _ARTICLES) as ask:
        yield lambda question: ask(question).answer


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("云岫县2023年出口额是多少？", "21.7亿元"),
        ("云岫县2023年进出口总额是多少？", "28.4亿元"),
        ("望潮光学2023年净利润是多少？", "1.1亿元"),
        ("青岚一号申请了多少件发明专利？", "29件"),
        ("青岚县视频门诊平均候诊时间缩短到多少分钟？", "40分钟"),
        ("青岚县视频门诊平均候诊时间原来是多少分钟？", "95分钟"),
        ("青岚县视频门诊平均候诊时间从多少分钟缩短到多少分钟？", "95分钟缩短到40分钟"),
        ("柳溪公交票价现在是多少元？", "1.5元"),
        ("望潮水电站2023年发电量是多少？", "18.3亿千瓦时"),
    ],
)
def test_of_two_figures_the_one_whose_words_are_asked_for_answers(answer, question, text):
    assert answer(question).text == text


@pytest.mark.parametrize(
    ("question", "slot"),
    [
        ("望潮光学2023年研发投入是多少？", "indicator"),
        ("柳溪大桥总投资是多少？", "subject"),
        ("2024年前三季度云州市进出口总额是多少？", "subject"),
        ("青岚县获得多少枚金牌？", "subject"),
        ("望潮水电站2023年装机容量是多少？", "indicator"),
        ("望潮水电站2023年发电量是多少立方米？", "indicator"),
        ("青岚县视频门诊平均候诊时间缩短了多少分钟？", "indicator"),
        ("青岚县2023年出口额是多少？", "subject"),
        ("为什么枫林果业利润大幅增长？", "indicator"),
        ("为什么柳溪大桥垮塌？", "indicator"),
    ],
)
def test_a_figure_of_another_is_no_answer(answer, question, slot):
    silent = answer(question)
    assert (silent.text, silent.reason) == ("", NOT_STATED)
    assert slot in {each.slot for each in silent.missing}


def test_indicators_are_known_by_their_longest_word():
    assert indicators_in("进出口总额") == ("进出口",)
    assert indicators_in("出口总额、进口总额") == ("出口", "进口")
    assert indicators_in("营收与盈利") == ("营业收入", "净利润")
    assert indicators_in("苹果") == ()


_WORDS = ("净利润", "营业收入", "出口", "进口", "发电量", "票价", "常住人口", "存款", "贷款", "雨量")


@given(st.sampled_from(_WORDS), st.sampled_from(_WORDS))
def test_one_indicator_is_not_another(asked, stated):
    assert other_indicator(f"云岫县{asked}是多少", stated) == ("" if asked == stated else asked)


@given(st.sampled_from(_WORDS), st.sampled_from(_WORDS), st.integers(2, 99))
def test_the_words_right_before_a_figure_are_its_own(asked, stated, count):
    sentence = fold(f"云岫县{stated}为{count}万元,居全省第3位。")
    figure = figures_in(sentence)[0]
    unmet = of_another(slots_of(understand(f"云岫县{asked}是多少？")), figure, sentence, sentence[: figure.start])
    assert (unmet is None) == (asked == stated)


def test_a_count_of_people_is_told_with_those_added_to_it(answer):
    assert answer("柳溪客轮失事多少人遇难？").text == "23名乘客和4名船员"


def test_a_figure_of_one_place_is_not_sure_where_no_place_is_asked_for(answer):
    assert answer("2023年粮食产量是多少？").confidence <= 0.65
    assert answer("湖北2023年粮食产量是多少？").confidence > 0.65
