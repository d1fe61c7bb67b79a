"""Which articles are near-duplicates: damaged copies come together, other figures and names keep apart."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.duplicates import are_near_duplicates, bands, comparable_text, duplicate_groups

_ARTICLE = """5月3日，青岚市港务局宣布，北岸码头的第三期泊位正式投入使用，全市港口的年吞吐能力由此提高到1286.5万吨。
记者在现场看到，四台新装的岸桥正在卸下从南方运来的木材，工人们只需坐在控制室里操作。港务局负责人何远山说，新泊位用了两年零三个月建成，总投资7.8亿元。
当地渔民最关心的是航道。按照港务局的安排，渔船仍走东侧的旧航道，每天清晨五点到七点优先出港，大船在这段时间里停在锚地等候。
下一步，青岚市打算把铁路修到码头边上，让集装箱下船就能上火车，预计2026年底前完成可行性研究。"""
_TRADITIONAL = """5月3日，青嵐市港務局宣佈，北岸碼頭的第三期泊位正式投入使用，全市港口的年吞吐能力由此提高到1286.5萬噸。
記者在現場看到，四臺新裝的岸橋正在卸下從南方運來的木材，工人們只需坐在控制室裡操作。港務局負責人何遠山說，新泊位用了兩年零三個月建成，總投資7.8億元。
當地漁民最關心的是航道。按照港務局的安排，漁船仍走東側的舊航道，每天清晨五點到七點優先出港，大船在這段時間裡停在錨地等候。
下一步，青嵐市打算把鐵路修到碼頭邊上，讓集裝箱下船就能上火車，預計2026年底前完成可行性研究。"""
_WEATHER = (
    "青岚市气象台发布：今天白天晴转多云，偏北风三到四级，最高气温25度，夜间最低气温16度。未来几天以晴好天气为主，"
    "适合户外活动，请市民注意防晒补水。"
)
_HAN = "风云山水江河湖海花草树木鸟兽鱼虫春夏秋冬东南西北金银铜铁车船马牛"

_COPIES = {
    "the other script": _TRADITIONAL,
    "pinyin left in": _ARTICLE.replace("码头", "码(mǎ)头")
    .replace("木材", "木(mu)材(cai)")
    .replace("三期", "三(sān)期")
    .replace("渔民", "渔(yu)民"),
    "digits lost": "".join(sign for sign in _ARTICLE if not sign.isdigit()),
    "full width": _ARTICLE.translate(str.maketrans("0123456789.", "０１２３４５６７８９．")),
    "typing": _ARTICLE.replace("现场", "现厂")
    .replace("清晨", "请晨")
    .replace("木材", "木木材")
    .replace("集装箱", "集装")
    .replace("控制室里操", "控质室里曹"),
    "a sign of the first words lost": _ARTICLE.replace("青岚市港务局宣布", "青市港务局宣布"),
    "a line above, with a date": "来源：江河新闻网 2024-05-04 10:20\n" + _ARTICLE,
    "a line below": _ARTICLE + "\n（责任编辑：陆小满 电话：0791-5551234）",
    "another headline": "新码头开张，渔船照旧走东边\n" + _ARTICLE,
    "the first line gone": _ARTICLE.split("\n", 1)[1],
    "the last line gone": _ARTICLE.rsplit("\n", 1)[0],
    "cut in the midst of a figure": _ARTICLE[: _ARTICLE.index("26年底")],
    "a third cut": _ARTICLE[: len(_ARTICLE) * 2 // 3],
    "a line in the midst gone": _ARTICLE.replace(_ARTICLE.split("\n")[2] + "\n", ""),
    "other signs and white space": _ARTICLE.replace("，", " , ").replace("。", "\u3000"),
    "much at once": "欢迎关注江河新闻网\n"
    + "".join(sign for sign in _TRADITIONAL if not sign.isdigit()).rsplit("\n", 1)[0],
}
_FORM = (
    "请各位住户备好御寒衣物，关好门窗，照看好老人和孩子，由此带来的不便请多包涵。若有疑问请拨打供热服务中心的热线，"
    "工作人员会尽快答复，谢谢大家长久以来的理解与配合。"
)
_OTHERS = {
    "one figure corrected": (_ARTICLE, _ARTICLE.replace("7.8亿", "8.7亿")),
    "one numeral corrected": (_ARTICLE, _ARTICLE.replace("两年零三个月", "两年零五个月")),
    "a unit corrected": (_ARTICLE, _ARTICLE.replace("7.8亿元", "7.8万元")),
    "another day": (_ARTICLE, _ARTICLE.replace("5月3日", "5月4日")),
    "another person": (_ARTICLE, _ARTICLE.replace("何远山", "陆大川")),
    "another sign of a name, twice": (_ARTICLE, _ARTICLE.replace("青岚市", "青海市")),
    "a foreign name": (_ARTICLE.replace("岸桥", "ABB岸桥"), _ARTICLE.replace("岸桥", "KUKA岸桥")),
    "weather of another day": (_WEATHER, _WEATHER.replace("25", "27").replace("16", "18")),
    "weather of another place": (_WEATHER, _WEATHER.replace("青岚", "临江")),
    "wind in Chinese numerals": (_WEATHER, _WEATHER.replace("三到四级", "五到六级")),
    "the figure a text begins with": ("12" + _WEATHER, "15" + _WEATHER),
    "the figure a text ends with": (_WEATHER + "代号12", _WEATHER + "代号15"),
    "the figures a text begins with, and the sign after them": ("7日上午，" + _WEATHER, "15日下午，" + _WEATHER),
    "the figure at the beginning, under which one has a line": (
        "12" + _WEATHER,
        "15" + _WEATHER + "\n责任编辑：陆小满",
    ),
    "a figure behind another sign": (_WEATHER, _WEATHER.replace("最高气温25度", "最低气温28度")),
    "only the end in common": (
        _ARTICLE,
        "城西的老人们在公园里下棋，孩子们放着风筝，卖糖葫芦的小贩从桥头走到桥尾，傍晚的云慢慢散开，灯一盏一盏亮起来，河上有人划船唱歌，"
        * 2
        + _ARTICLE[130:],
    ),
    "each with a sentence of its own": (
        _ARTICLE.replace("当地渔民", "当天下起了大雨，仪式照常举行。当地渔民"),
        _ARTICLE.replace("下一步，", "码头食堂也同时开张，卖起了鱼丸。下一步，"),
    ),
    "notices from one form, each with facts of its own in the first sentence": (
        "锅炉检修，杏林路片区停暖9小时。" + _FORM,
        "城南开发区停暖16小时，涉及楼栋24个。" + _FORM,
    ),
    "half of it": (_ARTICLE, _ARTICLE[: len(_ARTICLE) // 2]),
    "another article": (_ARTICLE, _WEATHER),
    "few words": ("青岚市今天晴", "青岚市今天晴好"),
    "nothing": (_WEATHER, ""),
}


def _alike(a, b):
    """True if two texts share a key and are judged to be near-duplicates."""
    a, b = comparable_text(a), comparable_text(b)
    return bool(set(bands(a)) & set(bands(b))) and are_near_duplicates(a, b)


def test_what_a_text_says():
    assert comparable_text("産業園：產值 達１２８６．５億元！\n（ＧＤＰ_增5%）") == "产业园产值达12865亿元gdp增5"
    assert comparable_text("瞭解，復甦") == "了解复苏"  # traditional signs that folding keeps
    assert comparable_text("，。！ \n") == ""


@pytest.mark.parametrize("copy", _COPIES.values(), ids=_COPIES.keys())
def test_a_copy_is_a_near_duplicate(copy):
    assert _alike(_ARTICLE, copy)
    assert are_near_duplicates(comparable_text(copy), comparable_text(_ARTICLE))


def test_two_sources_of_one_article_are_near_duplicates():
    one = "来源：江河新闻网 2024-05-04\n" + _ARTICLE + "\n责任编辑：陆小满 2024-05-05"
    other = "山海日报客户端消息 2024-05-06\n" + _ARTICLE + "\n欢迎转载，请注明出处 2024-05-07"
    assert _alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("本报讯 " + _ARTICLE, "江河网电 " + _ARTICLE),
        (_ARTICLE + "纸厂的产量同比增长5%。糖厂的产量同比增长8%。", _ARTICLE + "纸厂的产量同比增长5%。"),
        (_WEATHER + "代号为十2500。到了月底再看，代号为十", _WEATHER + "代号为十25"),
        (_WEATHER + "第十二场雨还没有来。", _WEATHER + "第十(shi)二(er)场雨还没有来。"),
    ],
    ids=[
        "the source said otherwise",
        "one of two figures beside the same words",
        "a last figure cut in two, and its words again",
        "pinyin in a numeral",
    ],
)
def test_nothing_here_contradicts(one, other):
    assert _alike(one, other)
    assert _alike(other, one)


@pytest.mark.parametrize(("one", "other"), _OTHERS.values(), ids=_OTHERS.keys())
def test_what_says_another_thing_is_no_duplicate(one, other):
    assert not are_near_duplicates(comparable_text(one), comparable_text(other))
    assert not are_near_duplicates(comparable_text(other), comparable_text(one))


def test_few_words_meet_only_their_equals():
    assert bands("") == ()
    assert bands("青岚市今天晴") == (-7981977215526109001,)
    assert not set(bands("青岚市今天晴")) & set(bands("青岚市今天晴好"))
    assert are_near_duplicates("青岚市今天晴", "青岚市今天晴")
    # Twenty-three words are few, twenty-four are not.
    assert len(bands(_HAN[:23])) == 1
    assert len(bands(_HAN[:24])) == 20


def test_bands_are_those_of_every_other_process():
    assert bands(comparable_text(_WEATHER))[:3] == (5150566328630956906, 1970713270641563762, 5946954507617555311)
    assert all(-(2**63) <= key < 2**63 for key in bands(comparable_text(_ARTICLE)))
    assert min(bands(comparable_text(_ARTICLE))) < 0 < max(bands(comparable_text(_ARTICLE)))
    program = "import json, sys; from index.text.duplicates import bands; print(json.dumps(bands(sys.argv[1])))"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, comparable_text(_ARTICLE)],
        cwd=root,
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    assert tuple(json.loads(done.stdout)) == bands(comparable_text(_ARTICLE))


def test_figures_leave_the_bands_as_they_are():
    assert bands(comparable_text(_ARTICLE)) == bands(comparable_text(_COPIES["digits lost"]))


def test_a_long_text_is_sketched_in_pieces():
    long = "".join(first + second + third for first, second, third in itertools.permutations(_HAN[:20], 3))
    assert len(long) == 20520
    assert len(set(bands(long)) & set(bands(long[:10] + long[12:]))) >= 19
    assert not set(bands(long[:9000])) & set(bands(comparable_text(_ARTICLE)))
    # The words after the first piece count: a text is not its beginning.
    assert set(bands(long)) != set(bands(long[:4099]))


def test_the_module_loads_nothing_heavy():
    program = "import sys, index.text.duplicates; print([name for name in ('numpy', 'scipy') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[1], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


_texts = st.text(alphabet=st.sampled_from(_HAN[:12] + "一二15a"), max_size=80)


@given(_texts)
def test_equal_texts_share_every_band_and_are_one_group(text):
    equal = "".join(list(text))
    assert bands(equal) == bands(text)
    assert len(set(bands(text))) in ({1, 20} if text else {0})
    assert are_near_duplicates(text, equal)


@given(_texts, st.lists(st.tuples(st.integers(0, 79), st.sampled_from(_HAN[:12] + "一二15a")), max_size=6))
def test_the_judgement_is_the_same_both_ways(text, edits):
    other = list(text)
    for place, sign in edits:
        other[place : place + 1] = sign
    assert are_near_duplicates(text, "".join(other)) == are_near_duplicates("".join(other), text)


def test_groups_are_named_by_their_smallest_article():
    assert duplicate_groups(["d", "b", "c", "a"], [("c", "d"), ("d", "b"), ("b", "c")]) == {
        "a": "a",
        "b": "b",
        "c": "b",
        "d": "b",
    }
    assert duplicate_groups(["a"], []) == {"a": "a"}
    assert duplicate_groups([], []) == {}


def test_a_text_without_figures_does_not_join_those_that_differ():
    lost, monday, tuesday = (
        "".join(sign for sign in _WEATHER if not sign.isdigit()),
        _WEATHER,
        _WEATHER.replace("25", "27"),
    )
    texts = {"lost": lost, "monday": monday, "tuesday": tuesday}
    pairs = [pair for pair in itertools.combinations(texts, 2) if _alike(texts[pair[0]], texts[pair[1]])]
    assert pairs == [("lost", "monday"), ("lost", "tuesday")]
    assert duplicate_groups(texts, pairs) == {"lost": "lost", "monday": "lost", "tuesday": "tuesday"}


_pairs = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")).filter(lambda pair: pair[0] != pair[1]),
    max_size=20,
)


@given(_pairs, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order(pairs, random):
    articles = list("abcdefg")
    expected = duplicate_groups(articles, pairs)
    turned = [random.choice([pair, pair[::-1]]) for pair in pairs]
    random.shuffle(turned)
    random.shuffle(articles)
    assert duplicate_groups(articles, turned) == expected


@given(_pairs)
def test_all_articles_of_a_group_are_pairs_of_one_another(pairs):
    groups = duplicate_groups("abcdefg", pairs)
    known = {frozenset(pair) for pair in pairs}
    assert groups.keys() == set("abcdefg")
    for a, b in itertools.combinations("abcdefg", 2):
        assert groups[a] != groups[b] or frozenset((a, b)) in known
    assert all(
        groups[article_text] == article_text == min(article for article in groups if groups[article] == article_text)
        for article_text in groups.values()
    )


def test_two_notices_that_differ_in_their_head_alone_are_two():
    rest = "请广大用户提前做好储水准备，合理安排生产生活用水，给您带来的不便敬请谅解。有疑问请及时与客服中心联系。"
    one, other = f"水管爆裂，芦洲街道停水12小时。{rest}", f"荻港新区停水20小时，涉及小区31个。{rest}"
    assert not are_near_duplicates(comparable_text(one), comparable_text(other))
    assert are_near_duplicates(comparable_text(one), comparable_text(one.replace("水管爆裂，", "")))
