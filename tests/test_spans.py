"""A figure or date is never shown cut short, and two figures that say the same are known to."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span
from index.text.folding import fold
from qa.question import DATE, NUMBER, understand
from qa.spans import same_value, turning, whole_piece

_NUMBER, _DATE = "产值是多少？", "什么时候？"


def _whole(question, sentence, cut):
    """What the first `cut` in a sentence grows to."""
    folded = fold(sentence)
    start = folded.index(fold(cut))
    span = whole_piece(understand(question), folded, Span(start, start + len(cut)))
    return folded[span.start : span.end]


@pytest.mark.parametrize(
    ("question", "sentence", "cut", "whole"),
    [
        ("拓源产值", "确保实现产值30亿元以上。", "30", "30亿元以上"),
        ("拓源產值", "確保實現產值30億元以上。", "30", "30亿元以上"),
        ("拓源产值", "确保实现产值30亿元以上。", "0亿", "30亿元以上"),
        ("拓源产值", "确保实现产值30亿元以上。", "以上", "30亿元以上"),
        ("拓源产值", "确保实现产值30亿元以上。", "亿元", "30亿元以上"),
        ("拓源产值", "确保实现产值30亿元以上。", "30亿元以上", "30亿元以上"),
        # What stands before it stays.
        ("拓源产值", "确保实现产值30亿元以上。", "产值30", "30亿元以上"),
        ("拓源产值", "确保实现产值30亿元以上。", "确保实现产值30亿元以上。", "30亿元以上"),
        ("拓源产值", "产值约30多亿元。", "30", "30多亿元"),
        ("拓源产值", "产值３０亿元。", "３０", "30亿元"),
        ("拓源产值", "产值 30 亿元", "30", "30 亿元"),
        ("拓源产值", "产值三十亿元", "三十", "三十亿元"),
        ("拓源产值", "产值10-15亿元。", "15亿元", "10-15亿元"),
        ("拓源产值", "从10亿元增至15亿元。", "10亿元增至15", "10亿元增至15亿元"),
        ("拓源产值", "从10亿元增至15亿元。", "15", "15亿元"),
        ("票价", "票价3.5元/人，不含税。", "5元", "3.5元/人"),
        ("大桥用钢多少万吨？", "用钢3.2万吨。", "3.", "3.2万吨"),
        ("大桥用钢多少万吨？", "用钢3.2万吨。", "2万", "3.2万吨"),
        ("增速是多少？", "增长12.5%左右。", "12", "12.5%左右"),
        ("增速回落了几个百分点？", "回落1.5个百分点。", "1.5", "1.5个百分点"),
        ("来了多少人？", "来了1,200余人。", "200", "1,200余人"),
        ("来了多少人？", "来了五百多人。", "五百", "五百多人"),
        ("孩子几岁上学？", "孩子6岁上学。", "6", "6岁"),
        ("做了多少年？", "做了3年。", "3", "3年"),
        ("大桥什么时候通车？", "大桥于2023年5月1日通车。", "2023", "2023年5月1日"),
        ("大橋什麼時候通車？", "大橋於2023年5月1日通車。", "5月", "2023年5月1日"),
        ("大桥什么时候通车？", "大桥于2023年5月1日通车。", "1日通", "2023年5月1日"),
        ("大桥什么时候通车？", "大桥于去年底通车。", "去年", "去年底"),
        ("大桥什么时候通车？", "2023年上半年通车。", "2023年", "2023年上半年"),
        ("大桥什么时候通车？", "二〇二三年五月一日通车。", "五月", "二〇二三年五月一日"),
        ("几点开会？", "5月1日9时30分开会。", "9时", "5月1日9时30分"),
    ],
)
def test_a_piece_cut_short_grows_to_all_of_it(question, sentence, cut, whole):
    assert _whole(question, sentence, cut) == whole


@pytest.mark.parametrize(
    ("question", "sentence", "cut"),
    [
        # Touching no figure, or one of another kind.
        ("拓源产值", "确保实现产值30亿元以上。", "产值"),
        ("拓源产值", "确保实现产值翻番。", "翻番"),
        ("总投资多少元？", "2023年投资30亿元。", "2023"),
        ("大桥什么时候通车？", "投资30亿元，2023年通车。", "30"),
        # No figure or date is asked for.
        ("系统由哪家公司开发？", "由竹汐软体有限公司开发。", "竹汐软体"),
        ("茶博会在哪个城市举行？", "在青岚市举行。", "青岚"),
        ("书名是什么？", "《云岫茶经》出版。", "云岫"),
        ("为什么停工？", "因为2023年雨大。", "2023"),
        ("怎样腌制泡菜？", "要30分钟。", "30"),
        ("拓源", "产值30亿元以上。", "30"),
    ],
)
def test_any_other_piece_stays(question, sentence, cut):
    assert _whole(question, sentence, cut) == cut


# What sentences with figures and dates are made of.
_PIECES = "30 1,200 3.5 三十 五百 亿 万 元 吨 % 多 余 以上 左右 至 - 2023年 5月 1日 去年 底 上半年 九 时 产值 的 ， 。"
_SENTENCES = st.lists(st.sampled_from(_PIECES.split(" ")), min_size=1, max_size=12).map("".join)


@given(_SENTENCES, st.data(), st.sampled_from((_NUMBER, _DATE, "一共多少年？", "谁来了？", "为什么？", "拓源")))
def test_a_piece_stays_where_it_is_never_leaves_its_sentence_and_grows_once(sentence, data, asked):
    folded, question = fold(sentence), understand(asked)
    start = data.draw(st.integers(0, len(folded) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(folded))))
    whole = whole_piece(question, folded, span)
    assert 0 <= whole.start < whole.end <= len(folded)
    # What is left of it, or what it became all of.
    assert whole.start < span.end
    assert span.start < whole.end
    assert whole_piece(question, folded, whole) == whole
    if question.wants not in (NUMBER, DATE):
        assert whole == span


@given(
    st.integers(2, 9999), st.sampled_from(("亿元", "万吨", "元", "亩", "%", "公里", "亿元以上", "万人左右")), st.data()
)
def test_any_part_of_a_figure_grows_to_all_of_it(figure, unit, data):
    written = f"{figure}{unit}"
    start = data.draw(st.integers(0, len(written) - 1))
    end = data.draw(st.integers(start + 1, len(written)))
    sentence = f"拓源的产值是{written}。"
    whole = whole_piece(understand(_NUMBER), sentence, Span(6 + start, 6 + end))
    assert sentence[whole.start : whole.end] == written


@given(st.dates(), st.data())
def test_any_part_of_a_date_grows_to_all_of_it(day, data):
    written = f"{day.year:04}年{day.month}月{day.day}日"
    start = data.draw(st.integers(0, len(written) - 1))
    end = data.draw(st.integers(start + 1, len(written)))
    sentence = f"大桥于{written}通车。"
    whole = whole_piece(understand(_DATE), sentence, Span(3 + start, 3 + end))
    assert sentence[whole.start : whole.end] == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30亿元", "300000万元"),
        ("30亿元", "3000000000元"),
        ("30亿元", "3,000,000,000元"),
        ("30億元", "30亿元"),
        ("30亿元以上", "30亿元"),
        ("30多亿元", "约30亿元"),
        ("30 亿元", "30亿元"),
        ("1.5万人", "15000人"),
        ("29.9万", "299000"),
        ("0.3亿元", "3000万元"),
        ("1万亿元", "10000亿元"),
        ("3000亿元", "3千亿元"),
        ("2百万", "200万"),
        ("1千万", "10百万"),
        ("3十万", "30万"),
        ("18.60公里", "18.6公里"),
        ("0", "0.0"),
        ("2023年5月1日", "2023年5月1日"),
        ("2023-05-01", "2023年5月1日"),
        ("5月1日", "2023年5月1日"),
        ("2023年", "2023年5月1日"),
        ("去年", "去年底"),
        ("骆晨钟", "骆晨钟"),
        ("駱晨鐘", "骆晨钟"),
        ("竹汐软体", "竹汐软体有限公司"),
        ("青岚市", "青岚市云岫县"),
        ("三十亿元", "三十亿元以上"),
    ],
)
def test_the_same_said_twice(one, other):
    assert same_value(fold(one), fold(other))
    assert same_value(fold(other), fold(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30亿元", "35亿元"),
        ("30亿元", "30万元"),
        ("30亿元", "3亿元"),
        ("30亿元", "30.1亿元"),
        ("300万元", "3000万元"),
        ("18.6公里", "18公里"),
        ("1万亿元", "1亿元"),
        ("3千亿元", "3亿元"),
        ("2022年", "2023年"),
        ("5月1日", "6月2日"),
        ("5月1日", "2023年6月2日"),
        ("2022年5月1日", "2023年6月2日"),
        ("去年", "今年"),
        ("骆晨钟", "言小满"),
        ("青岚市", "萍乡市"),
        ("30亿元", "骆晨钟"),
    ],
)
def test_not_the_same(one, other):
    assert not same_value(fold(one), fold(other))
    assert not same_value(fold(other), fold(one))


_SCALES = {
    "": 1,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "千亿": 10**11,
    "万亿": 10**12,
}
_SCALED = st.sampled_from(sorted(_SCALES.items()))


@given(st.integers(1, 10**6), _SCALED, st.integers(1, 10**6), _SCALED)
def test_figures_are_compared_by_what_they_count(number, scale, other, other_scale):
    equal = number * scale[1] == other * other_scale[1]
    if equal or not math.isclose(number * scale[1], other * other_scale[1], rel_tol=1e-8):
        assert same_value(f"{number}{scale[0]}元", f"{other}{other_scale[0]}元") == equal


@given(st.integers(1, 10**9), _SCALED)
def test_a_figure_written_out_is_the_same(number, scale):
    word, times = scale
    assert same_value(f"{number}{word}元", f"{number * times}元")
    assert same_value(f"{number}{word}元", f"{number * times:,}元以上")
    assert not same_value(f"{number}{word}元", f"{(number + 1) * times}元") or number > 10**8


_SAID = st.one_of(_SENTENCES, st.text(max_size=15))


@given(_SAID, _SAID)
def test_it_does_not_matter_who_said_it_first(one, other):
    assert same_value(one, one)
    assert same_value(one, other) == same_value(other, one)


@pytest.mark.parametrize(
    ("piece", "other"),
    [
        ("三十亿元", "30亿元"),
        ("百分之六十", "60%"),
        ("5月1日", "2023年5月1日"),
        ("约30亿元", "30亿元左右"),
        ("一百二十个", "120个"),
        ("600余个", "600个"),
        ("二〇二三年", "2023年"),
    ],
)
def test_the_same_said_in_another_way(piece, other):
    assert same_value(fold(piece), fold(other))
    assert same_value(fold(other), fold(piece))


@pytest.mark.parametrize(
    ("piece", "other"),
    [
        ("2023年5月1日", "2023年6月2日"),
        ("2023年5月1日", "2022年5月1日"),
        ("5月1日", "5月2日"),
        ("10-20人", "20-30人"),
        ("30亿元", "30亿美元"),
        ("30%", "30元"),
        ("-5℃", "5℃"),
    ],
)
def test_one_shared_figure_is_not_agreement(piece, other):
    assert not same_value(fold(piece), fold(other))
    assert not same_value(fold(other), fold(piece))


@pytest.mark.parametrize(
    ("question", "sentence", "cut", "whole"),
    [
        ("青岚市市长是谁？", "市长骆晨钟说，大桥通车了。", "骆晨钟说", "骆晨钟"),
        ("青岚市市长是谁？", "市长骆晨钟出席。", "骆晨", "骆晨钟"),
        ("五朵金花指什么？", "做强“五朵金花”(茶叶、陶瓷、花炮、竹器、渔业)。", "渔业)", "茶叶、陶瓷、花炮、竹器、渔业"),
        (
            "“三个论英雄”是哪三个？",
            "推行“亩均论英雄、能耗论英雄、科技论英雄”评价。",
            "科技论英雄”",
            "“亩均论英雄、能耗论英雄、科技论英雄”",
        ),
        (
            "有哪些学校使用？",
            "云岫小学、望潮中学和青岚一中都在使用。",
            "望潮中学",
            "云岫小学、望潮中学和青岚一中都在使用",
        ),
        ("书名是什么？", "作者写了《云岫茶经》一书。", "《云岫茶经", "云岫茶经"),
        ("书名是什么？", "作者写了《云岫茶经》一书。", "《云岫茶经》", "《云岫茶经》"),
        ("为什么停工？", "因为下雨，停工三天。", "因为下雨，", "因为下雨"),
    ],
)
def test_lists_names_and_signs(question, sentence, cut, whole):
    assert _whole(question, sentence, cut) == fold(whole)


@pytest.mark.parametrize(
    ("question", "before", "characters"),
    [
        ("望潮渔业净利润是多少？", "公司净利润亏损", 2),
        ("望潮渔业亏损多少？", "公司亏损", 0),
        ("捕捞量增长多少？", "捕捞量同比下降", 2),
        ("捕捞量减少多少？", "捕捞量比上年增加", 2),
        ("捕捞量增长多少？", "捕捞量同比增长", 0),
        ("新码头什么时候开工？", "新码头推迟到", 3),
        ("新码头什么时候开工？", "新码头在", 0),
        ("新码头投资多少？", "新码头推迟到", 0),
    ],
)
def test_a_word_that_turns_a_piece_belongs_to_it(question, before, characters):
    assert turning(understand(question), before) == characters
