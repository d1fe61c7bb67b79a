"""Every figure that a text states, with its value, unit, subject, indicator, period, nature and base."""

import itertools
from dataclasses import replace
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span
from index.text.folding import fold
from qa.figure.values import quantities
from qa.figures import figures_in
from qa.iso_periods import with_year_of, year_before
from qa.periods import periods

_DAY = "2023-09-12"

_VALUES = (
    # 写法, value, high, unit
    ("1亿1745万元", 117450000, None, "元"),
    ("三亿六千万人", 360000000, None, "人"),
    ("十三万四千亩", 134000, None, "亩"),
    ("六万零八百立方米", 60800, None, "立方米"),
    ("两百五十名", 250, None, "人"),
    ("一万九千多户", 19000, None, "户"),
    ("两万三千克", 23000, None, "克"),
    ("三百五十个", 350, None, "个"),
    ("3.5万亿元", 3500000000000, None, "元"),
    ("17.03万亿元", 17030000000000, None, "元"),
    ("63000多亿元", 6300000000000, None, "元"),
    ("２．５万元", 25000, None, "元"),
    ("30 亿 元", 3000000000, None, "元"),
    ("1,250人", 1250, None, "人"),
    ("３，５００人", 3500, None, "人"),
    ("百分之三十五", 35, None, "%"),
    ("百分之三点五", 3.5, None, "%"),
    ("5‰", 5, None, "‰"),
    ("千分之五", 5, None, "‰"),
    ("2.2个百分点", 2.2, None, "个百分点"),
    ("三分之一", 1 / 3, None, "比例"),
    ("1/5", 0.2, None, "比例"),
    ("七成五", 75, None, "%"),
    ("近七成半", 75, None, "%"),
    ("七至八成", 70, 80, "%"),
    ("10至20人", 10, 20, "人"),
    ("5至6亿元", 500000000, 600000000, "元"),
    ("10%—15%", 10, 15, "%"),
    ("250吨至1.8万吨", 250, 18000, "吨"),
    ("三四百人", 300, 400, "人"),
    ("7米05", 7.05, None, "米"),
    ("12秒48", 12.48, None, "秒"),
    ("1分23秒45", 83.45, None, "秒"),
    ("两年半", 2.5, None, "年"),
    ("一个半小时", 1.5, None, "小时"),
    ("半年", 0.5, None, "年"),
    ("近一倍", 1, None, "倍"),
    ("7倍多", 7, None, "倍"),
    ("翻了两番", 2, None, "番"),
    ("27微克/立方米", 27, None, "微克/立方米"),
    ("1500立方米每秒", 1500, None, "立方米/秒"),
    ("每日90万桶", 900000, None, "桶/日"),
    ("时速120公里", 120, None, "公里/小时"),
    ("每亩达到412.5公斤", 412.5, None, "公斤/亩"),
    ("120万套（间）", 1200000, None, "套(间)"),
    ("-2.3%", -2.3, None, "%"),
    ("300多万农村人口", 3000000, None, "人"),
    ("3个亿", 300000000, None, ""),
    ("位居全国第12位", 12, None, "位"),
    ("居全省第一", 1, None, "位"),
)


@pytest.mark.parametrize(("written", "value", "high", "unit"), _VALUES)
def test_a_way_of_writing_gives_its_value_and_unit(written, value, high, unit):
    folded = fold(written)
    assert [(q.value, q.high, q.unit) for q in quantities(folded)] == [(pytest.approx(value), high, unit)]


@pytest.mark.parametrize(
    "written",
    [
        *("一批项目", "十分重要", "万家灯火", "成千上万人", "数百人", "几十个", "一些人", "百姓", "千家万户", "一成立"),
        *("三成员", "第三批", "第二次会议", "十三届", "“四个最严”", "5g投资", "c919", "pm2.5", "前三名", "8点播出"),
    ],
)
def test_a_vague_word_an_ordinal_and_a_name_are_no_quantities(written):
    assert quantities(written) == []


def test_the_last_unit_of_a_list_is_that_of_all():
    assert [(q.value, q.unit) for q in quantities("4.1、2.5、0.3个百分点")] == [
        (4.1, "个百分点"),
        (2.5, "个百分点"),
        (0.3, "个百分点"),
    ]
    assert [q.value for q in quantities("分别为2.3、4.5万吨")] == [23000, 45000]


_PERIODS = (
    ("今年", "2023"),
    ("去年", "2022"),
    ("2021年", "2021"),
    ("二〇二一年", "2021"),
    ("上半年", "2023-H1"),
    ("一季度", "2023-Q1"),
    ("去年四季度", "2022-Q4"),
    ("前三季度", "2023-01/2023-09"),
    ("1至8月", "2023-01/2023-08"),
    ("1—6月", "2023-H1"),
    ("一至六月份", "2023-H1"),
    ("前5个月", "2023-01/2023-05"),
    ("8月份", "2023-08"),
    ("12月", "2022-12"),
    ("2021年底", "2021-12-31"),
    ("2021年初", "2021-01"),
    ("1月末", "2023-01-31"),
    ("截至6月底", "2023-06-30"),
    ("2020—2022年", "2020/2022"),
    ("“十四五”期间", "2021/2025"),
    ("昨天", "2023-09-11"),
    ("本月7日到9日", "2023-09-07/2023-09-09"),
    ("28日", "2023-08-28"),
    ("民国108年", "2019"),
    ("2023-05-01", "2023-05-01"),
    ("十年来", "2013/2022"),
    ("近五年", "2018/2023"),
    ("目前", "2023-09-12"),
    ("今年以来", "2023-01-01/2023-09-12"),
)


@pytest.mark.parametrize(("written", "iso"), _PERIODS)
def test_a_time_is_resolved_by_the_day_of_writing(written, iso):
    assert [time.iso for time in periods(fold(written), _DAY) if time.iso] == [iso]


def test_a_year_of_the_republic_counts_only_in_a_text_from_taiwan():
    assert [time.iso for time in periods("台湾108年出口", _DAY)] == ["2019"]
    assert periods("学校有108年的历史", _DAY) == []


@pytest.mark.parametrize("written", ["比上年", "较去年同期", "同比", "环比", "是2012年的2倍", "恢复到2019年同期的六成"])
def test_what_a_change_is_measured_against_is_no_time_of_its_own(written):
    assert {time.role.value for time in periods(written, _DAY)} == {"base"}


@pytest.mark.parametrize(
    ("written", "day", "iso"),
    [
        ("桐河县1998年设立。全年产值3亿元", "2023-04-06", "2022"),
        ("产值比2021年增长5%。全年产值3亿元", "2023-04-06", "2022"),
        ("2022年产值30亿元。预计全年增长5%", "2023-03-01", "2023"),
        ("2022年产值30亿元,预计全年增长5%", "2023-03-01", "2023"),
        ("力争2025年产值全年3亿元", "2024-12-30", "2025"),
        ("2022年统计公报。与2021年相比,全年社零89.3亿元", "2023-04-06", "2022"),
        ("2019年,该县完成全年产值3亿元", "2023-04-06", "2019"),
        ("2024年1月15日获悉,全年产值3亿元", "2024-01-15", "2023"),
        ("全年产值3亿元", "2024-12-30", "2024"),
    ],
)
def test_the_whole_year_is_the_one_told_of_or_the_last_that_is_over(written, day, iso):
    assert [time.iso for time in periods(written, day)][-1] == iso


def test_a_day_that_another_year_lacks_is_the_last_of_its_month():
    assert year_before("2024-02-29") == "2023-02-28"
    assert with_year_of("2024-02-29", "2020") == "2020-02-29"


def test_a_span_that_ends_before_it_begins_is_unknown():
    assert [time.iso for time in periods("2023年至2020年产值", _DAY)] == [""]


@pytest.mark.parametrize(("day", "iso"), [("2024-08-30", "2024-09-15"), ("2024-01-10", "2023-09-15")])
def test_a_rule_begins_on_the_nearer_of_two_days(day, iso):
    assert [time.iso for time in periods("自9月15日起施行", day)] == [iso]


@pytest.mark.parametrize("written", ["为1988年8月以来最高", "9时30分", "21世纪", "下午3点"])
def test_a_superlative_and_a_time_of_day_are_no_periods(written):
    assert {time.role.value for time in periods(written, _DAY)} == {"none"}


def test_the_same_part_of_another_year():
    assert with_year_of("2022-H1", "2019") == "2019-H1"
    assert with_year_of("2022-01/2022-08", "2021") == "2021-01/2021-08"


def _read(text, title="", written=_DAY):
    return [
        (f.text, f.subject, f.indicator, f.value, f.unit, f.period, f.nature, f.base)
        for f in figures_in(text, title, written)
    ]


_SENTENCES = {
    "level and change": (
        "今年上半年，桐河县财政收入12.4亿元，同比增长5.2%。",
        ("12.4亿元", "桐河县", "财政收入", 1240000000, "元", "2023-H1", "level", None),
        ("5.2%", "桐河县", "财政收入", 5.2, "%", "2023-H1", "change", "2022-H1"),
    ),
    "a fall": (
        "2021年，桐河县用水量3600万立方米，比上年下降4%。",
        ("3600万立方米", "桐河县", "用水量", 36000000, "立方米", "2021", "level", None),
        ("4%", "桐河县", "用水量", -4, "%", "2021", "change", "2020"),
    ),
    "respectively, of two subjects": (
        "去年，桐河县、白塔县分别出口2.5亿元和1.8亿元，同比分别增长8%和6%。",
        ("2.5亿元", "桐河县", "出口", 250000000, "元", "2022", "level", None),
        ("1.8亿元", "白塔县", "出口", 180000000, "元", "2022", "level", None),
        ("8%", "桐河县", "出口", 8, "%", "2022", "change", "2021"),
        ("6%", "白塔县", "出口", 6, "%", "2022", "change", "2021"),
    ),
    "respectively, twice, of ordinals": (
        "2022年，桐河县第一、第二、第三产业增加值分别为10亿元、20亿元、30亿元，同比分别增长1%、2%、3%。",
        ("10亿元", "桐河县", "第一产业增加值", 1000000000, "元", "2022", "level", None),
        ("20亿元", "桐河县", "第二产业增加值", 2000000000, "元", "2022", "level", None),
        ("30亿元", "桐河县", "第三产业增加值", 3000000000, "元", "2022", "level", None),
        ("1%", "桐河县", "第一产业增加值", 1, "%", "2022", "change", "2021"),
        ("2%", "桐河县", "第二产业增加值", 2, "%", "2022", "change", "2021"),
        ("3%", "桐河县", "第三产业增加值", 3, "%", "2022", "change", "2021"),
    ),
    "respectively, twice, one rising and one falling": (
        "2022年，桐河县进口、出口分别为1亿元、2亿元，同比分别增长1%和下降2%。",
        ("1亿元", "桐河县", "进口", 100000000, "元", "2022", "level", None),
        ("2亿元", "桐河县", "出口", 200000000, "元", "2022", "level", None),
        ("1%", "桐河县", "进口", 1, "%", "2022", "change", "2021"),
        ("2%", "桐河县", "出口", -2, "%", "2022", "change", "2021"),
    ),
    "respectively, of another indicator and past a sum": (
        "2022年，白荻镇、青芜乡产值分别为1亿元、2亿元，合计3亿元，税收分别为3万元和5万元。",
        ("1亿元", "白荻镇", "产值", 100000000, "元", "2022", "level", None),
        ("2亿元", "青芜乡", "产值", 200000000, "元", "2022", "level", None),
        ("3亿元", None, "产值", 300000000, "元", "2022", "level", None),
        ("3万元", "白荻镇", "税收", 30000, "元", "2022", "level", None),
        ("5万元", "青芜乡", "税收", 50000, "元", "2022", "level", None),
    ),
    "respectively, a share": (
        "2022年，白荻镇和青芜乡产量分别为3万吨、5万吨，分别占全县的12%、13%。",
        ("3万吨", "白荻镇", "产量", 30000, "吨", "2022", "level", None),
        ("5万吨", "青芜乡", "产量", 50000, "吨", "2022", "level", None),
        ("12%", "白荻镇", "产量占全县比重", 12, "%", "2022", "share", None),
        ("13%", "青芜乡", "产量占全县比重", 13, "%", "2022", "share", None),
    ),
    "respectively, of a contraction": (
        "2022年，桐河汽车产销分别完成12万辆和11万辆。",
        ("12万辆", "桐河汽车", "产量", 120000, "辆", "2022", "level", None),
        ("11万辆", "桐河汽车", "销量", 110000, "辆", "2022", "level", None),
    ),
    "from and to": (
        "柳湾镇的耕地面积从2012年的1.2万亩增加到2022年的1.5万亩。",
        ("1.2万亩", "柳湾镇的耕地", "面积", 12000, "亩", "2012", "level", None),
        ("1.5万亩", "柳湾镇的耕地", "面积", 15000, "亩", "2022", "level", None),
    ),
    "a multiple of a year": (
        "2022年，桐河县地区生产总值300亿元，是2012年的2.5倍。",
        ("300亿元", "桐河县", "地区生产总值", 30000000000, "元", "2022", "level", None),
        ("2.5倍", "桐河县", "地区生产总值", 2.5, "倍", "2022", "change", "2012"),
    ),
    "a change over years": (
        "十年来，桐河的河床平均下降了2米。",
        ("2米", "桐河的河床", "桐河的河床", -2, "米", "2023", "change", "2013"),
    ),
    "years in a row": (
        "2022年，桐河县财政收入12亿元，连续四年居全市首位。",
        ("12亿元", "桐河县", "财政收入", 1200000000, "元", "2022", "level", None),
        ("四年", "桐河县", "居全市", 4, "年", "2019/2022", "other", None),
        ("首位", "桐河县", "财政收入", 1, "位", "2022", "rank", None),
    ),
    "two bases": (
        "8月，桐河港货物吞吐量90万吨，分别比上月和去年同期增加5万吨和8万吨。",
        ("90万吨", "桐河港", "货物吞吐量", 900000, "吨", "2023-08", "level", None),
        ("5万吨", "桐河港", "货物吞吐量", 50000, "吨", "2023-08", "change", "2023-07"),
        ("8万吨", "桐河港", "货物吞吐量", 80000, "吨", "2023-08", "change", "2022-08"),
    ),
    "a share of a whole": (
        "2022年，柳湾镇茶叶产量800吨，占全县的三分之一。",
        ("800吨", "柳湾镇茶叶", "产量", 800, "吨", "2022", "level", None),
        ("三分之一", "柳湾镇茶叶", "产量占全县比重", 1 / 3, "比例", "2022", "share", None),
    ),
    "a share of people": (
        "目前，近六成的农户参加了合作社。",
        ("近六成", "农户", "参加了合作社", 60, "%", "2023-09-12", "share", None),
    ),
    "plans": (
        "桐河县计划到2025年新建学校12所。",
        ("12所", "桐河县", "新建学校", 12, "所", "2025", "plan", None),
    ),
    "what comes after completion has no period": (
        "水库项目全部达产后，年发电量可达3亿千瓦时。",
        ("3亿千瓦时", "水库项目", "年发电量", 300000000, "千瓦时", None, "plan", None),
    ),
    "a rank": (
        "2022年，桐河县森林覆盖率达71%，位居全省第二。",
        ("71%", "桐河县", "森林覆盖率", 71, "%", "2022", "share", None),
        ("第二", "桐河县", "森林覆盖率", 2, "位", "2022", "rank", None),
    ),
    "deaths": (
        "2020年7月，洪水造成3人死亡、12人受伤。",
        ("3人", "洪水", "死亡人数", 3, "人", "2020-07", "level", None),
        ("12人", "洪水", "受伤人数", 12, "人", "2020-07", "level", None),
    ),
    "what an amount is of follows it": (
        "总投资5亿元的白塔湖引水工程今年完工。",
        ("5亿元", "白塔湖引水工程", "总投资", 500000000, "元", "2023", "plan", None),
    ),
}


@pytest.mark.parametrize("name", _SENTENCES)
def test_a_sentence_gives_its_records(name):
    text, *records = _SENTENCES[name]
    assert _read(text) == [tuple(pytest.approx(v) if isinstance(v, float) else v for v in each) for each in records]


def test_a_sentence_leans_on_the_one_before():
    text = "2022年，桐河县粮食产量12万吨。比上年增加3000吨。"
    assert _read(text)[1] == ("3000吨", "桐河县粮食", "产量", 3000, "吨", "2022", "change", "2021")


def test_a_heading_ends_the_times_before_it():
    text = "2019年，桐河县出口3亿元。\n白塔县公布数据\n白塔县出口2亿元。"
    assert [each[5] for each in _read(text)] == ["2019", "2023"]


@pytest.mark.parametrize(
    "table",
    [
        "| 乡镇 | 粮食产量（万吨） | 比上年增长 |\n| --- | --- | --- |\n| 东塘乡 | 1.5 | -2% |",
        "乡镇\t粮食产量（万吨）\t比上年增长\n东塘乡\t1.5\t-2%",
        "乡镇,粮食产量（万吨）,比上年增长\n东塘乡,1.5,-2%",
    ],
)
def test_a_table_gives_its_cells_with_their_heads(table):
    assert _read(table, "2022年桐河县乡镇指标") == [
        ("1.5", "东塘乡", "粮食产量", 15000, "吨", "2022", "level", None),
        ("-2%", "东塘乡", "比上年增长", -2, "%", "2022", "change", "2021"),
    ]


def test_a_removed_annotation_leaves_the_offsets_of_the_text():
    text = "去年產(chǎn)值30億(yì)元。"
    figure = figures_in(text, "", _DAY, (Span(3, 9), Span(13, 17)))[0]
    assert (figure.value, figure.unit, figure.indicator) == (3000000000, "元", "產值")
    assert text[figure.start : figure.end] == figure.text == "30億(yì)元"


def _folded(figure):
    """The record with its words folded, as two scripts are compared."""
    words = {name: fold(getattr(figure, name) or "") for name in ("text", "subject", "indicator", "scope")}
    return replace(figure, qualifier=fold(figure.qualifier), **words)


def test_both_scripts_give_the_same_records():
    simplified = "截至6月底，桐河县个体户达到3.2万户，比上年末增长5%；龙湾镇实现产值30亿元以上。"
    traditional = "截至6月底，桐河縣個體戶達到3.2萬戶，比上年末增長5%；龍灣鎮實現產值30億元以上。"
    one, other = ([_folded(each) for each in figures_in(text, "", _DAY)] for text in (simplified, traditional))
    assert one == other
    assert len(one) == 3


def test_without_a_date_nothing_relative_is_resolved():
    assert [each[5] for each in _read("去年产值30亿元。2021年产值20亿元。", written="")] == [None, "2021"]


_PIECES = st.sampled_from(
    [
        *(
            "2022年",
            "去年",
            "1至8月",
            "截至6月底",
            "比上年",
            "同比",
            "桐河县",
            "产值",
            "的",
            "分别",
            "增长",
            "下降",
            "从",
        ),
        *(
            "增至",
            "3亿",
            "1500万",
            "三分之一",
            "七成",
            "第",
            "一",
            "5.2%",
            "个百分点",
            "元",
            "吨",
            "、",
            "和",
            "，",
            "。",
        ),
        *("\n", "|", "\t", "(", "）", "“", "至", "-", "每", "占", "億", "個", "縣", "１", "．", " ", "０", "民国", "9"),
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join), st.sampled_from(["", _DAY, "0001-01-01", "9999-12-31", "x"]))
def test_any_text_is_read_and_each_figure_is_verbatim(text, written):
    figures = figures_in(text, text, written)
    for figure in figures:
        assert text[figure.start : figure.end] == figure.text != ""
        assert figure.sentence.start <= figure.start < figure.end <= figure.sentence.end
        assert figure.value_max is None or figure.value < figure.value_max
    assert all(one.end <= other.start for one, other in itertools.pairwise(figures))


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text):
    for figure in figures_in(text, text, _DAY):
        assert text[figure.start : figure.end] == figure.text


@given(st.integers(1, 99999999))
def test_a_figure_written_in_several_ways_has_one_value(number):
    ways = [f"{number}吨", f"{number:,}吨", f"{number}".translate({48 + i: 0xFF10 + i for i in range(10)}) + "吨"]
    ways += [f"{number} 吨", f"约{number}吨", f"{number}噸"]
    if not number % 10000:
        ways.append(f"{number // 10000}万吨")
    values = {(f.value, f.unit) for way in ways for f in figures_in(f"产量达{way}。", "", _DAY)}
    assert values == {(float(number), "吨")}


@pytest.mark.parametrize("piece", ["1", "一", "万", "、3个", "5月", "增长5%，", "从", "（", "|1|2|\n", "至5", "比上年"])
def test_time_grows_with_length_only(piece):
    def seconds(length):
        text = (piece * length)[:length]
        start = thread_time()
        figures_in(text, "", _DAY)
        return thread_time() - start

    seconds(500)  # patterns are compiled once
    # The least of three: in a long run Python may tidy up its memory meanwhile.
    short, long = (min(seconds(length) for _ in range(3)) for length in (4000, 16000))
    assert long < 12 * max(short, 0.02)


_TIMES = ("2023年", "去年", "截至2022年底", "同期", "比上年", "2021年以来", "与2019年相比", "今年上半年", "，比2020年")
_AROUND = (
    "的",
    "，",
    "青岚市",
    "望潮公司",
    "产值",
    "增长",
    "达到",
    "为",
    "5%",
    "30亿元",
    "3万人",
    "计划",
    "。",
    "三大",
    "占",
    "（",
)


@pytest.mark.parametrize(
    "text",
    [
        "3万人每达到公司营业收入截至2022年底5%",
        "3万人与2019年相比3万人与2019年相比计划GDP截至2022年底",
        "，比2020年5%的三大比上年3万人",
    ],
)
def test_the_marks_of_blanked_times_are_private(text):
    words = [word for f in figures_in(text, "", _DAY) for word in (f.subject, f.indicator, f.scope, f.base) if word]
    assert not [word for word in words if "□" in word or "■" in word]


@given(st.lists(st.sampled_from(_TIMES + _AROUND), min_size=3, max_size=14).map("".join))
def test_no_mark_of_a_blanked_time_is_in_any_word_of_a_figure(text):
    for f in figures_in(text, "", _DAY):
        assert not {"□", "■"} & set("".join(word or "" for word in (f.subject, f.indicator, f.scope, f.base)))
