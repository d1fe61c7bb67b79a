"""A second question that leans on the first is understood with it; one that stands alone is left as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UserError
from index.text.folding import fold
from qa.followup import resolve

# The question before and the one that leans on it in both scripts, and what is meant.
_LEANING = (
    # Something else of the same thing.
    ("拓源产值", "拓源產值", "那税收呢？", "那稅收呢？", "拓源税收是多少？"),
    ("拓源产值是多少？", "拓源產值是多少？", "税收呢", "稅收呢", "拓源税收是多少？"),
    ("拓源产值", "拓源產值", "那么税收呢？", "那麼稅收呢？", "拓源税收是多少？"),
    ("拓源产值", "拓源產值", "还有利润呢？", "還有利潤呢？", "拓源利润是多少？"),
    ("拓源产值", "拓源產值", "那，税收呢？", "那，稅收呢？", "拓源税收是多少？"),
    ("请问拓源的产值是多少？", "請問拓源的產值是多少？", "那税收呢？", "那稅收呢？", "拓源税收是多少？"),
    ("我想知道拓源的产值", "我想知道拓源的產值", "税收是多少？", "稅收是多少？", "拓源税收是多少？"),
    ("云岫茶厂2023年产值", "雲岫茶廠2023年產值", "总投资多少？", "總投資多少？", "云岫茶厂总投资多少？"),
    ("云岫茶厂什么时候投产？", "雲岫茶廠什麼時候投產？", "面积是多少？", "面積是多少？", "云岫茶厂面积是多少？"),
    (
        "克明面业每年加工多少万吨面条？",
        "克明麵業每年加工多少萬噸麵條？",
        "销售额是多少？",
        "銷售額是多少？",
        "克明面业销售额是多少？",
    ),
    (
        "拓源实业的电池级碳酸锂纯度是多少？",
        "拓源實業的電池級碳酸鋰純度是多少？",
        "产能呢？",
        "產能呢？",
        "拓源实业的电池级碳酸锂产能是多少？",
    ),
    (
        "竹汐软体有限公司的产值是多少？",
        "竹汐軟體有限公司的產值是多少？",
        "那地址呢？",
        "那地址呢？",
        "竹汐软体有限公司地址在哪里？",
    ),
    ("拓源实业", "拓源實業", "产值多少", "產值多少", "拓源实业产值多少？"),
    ("云岫茶厂 产值", "雲岫茶廠 產值", "那税收呢？", "那稅收呢？", "云岫茶厂税收是多少？"),
    # The same of another thing.
    ("拓源产值", "拓源產值", "那宝海微元呢？", "那寶海微元呢？", "宝海微元产值"),
    ("拓源的产值是多少？", "拓源的產值是多少？", "宝海微元呢", "寶海微元呢", "宝海微元的产值是多少？"),
    ("云岫茶厂 产值", "雲岫茶廠 產值", "望潮渔业呢？", "望潮漁業呢？", "望潮渔业 产值"),
    ("青岚大桥什么时候通车？", "青嵐大橋什麼時候通車？", "那望江大桥呢？", "那望江大橋呢？", "望江大桥什么时候通车？"),
    ("萍乡市市长是谁？", "萍鄉市市長是誰？", "那青岚市呢？", "那青嵐市呢？", "青岚市市长是谁？"),
    (
        "嘉沃家居哪个月烧出首批瓷器？",
        "嘉沃家居哪個月燒出首批瓷器？",
        "那龙发实业呢？",
        "那龍發實業呢？",
        "龙发实业哪个月烧出首批瓷器？",
    ),
    ("什么是五朵金花？", "什麼是五朵金花？", "那四个论英雄呢？", "那四個論英雄呢？", "什么是四个论英雄？"),
    ("五朵金花是什么？", "五朵金花是什麼？", "四个论英雄呢？", "四個論英雄呢？", "四个论英雄是什么？"),
    ("谁是云岫茶厂的厂长？", "誰是雲岫茶廠的廠長？", "望潮渔业呢？", "望潮漁業呢？", "谁是望潮渔业的厂长？"),
    (
        "骆晨钟教授在哪所大学任教？",
        "駱晨鐘教授在哪所大學任教？",
        "那言小满教授呢？",
        "那言小滿教授呢？",
        "言小满教授在哪所大学任教？",
    ),
    # The same of another time.
    (
        "拓源2023年的产值是多少？",
        "拓源2023年的產值是多少？",
        "那2022年呢？",
        "那2022年呢？",
        "拓源2022年的产值是多少？",
    ),
    ("2023年拓源的产值是多少？", "2023年拓源的產值是多少？", "2022年呢？", "2022年呢？", "2022年拓源的产值是多少？"),
    ("拓源去年产值多少", "拓源去年產值多少", "今年呢", "今年呢", "拓源今年产值多少？"),
    ("拓源去年的产值是多少？", "拓源去年的產值是多少？", "那2021年呢？", "那2021年呢？", "拓源2021年的产值是多少？"),
    (
        "青岚市一季度的财政收入是多少？",
        "青嵐市一季度的財政收入是多少？",
        "二季度呢？",
        "二季度呢？",
        "青岚市二季度的财政收入是多少？",
    ),
    (
        "云岫县2023年上半年税收",
        "雲岫縣2023年上半年稅收",
        "那2022年上半年呢？",
        "那2022年上半年呢？",
        "云岫县2022年上半年税收",
    ),
    ("望潮渔业上月产量", "望潮漁業上月產量", "本月呢？", "本月呢？", "望潮渔业本月产量"),
    # Words that stand for it.
    ("云岫茶厂总投资多少？", "雲岫茶廠總投資多少？", "它在哪里？", "它在哪裡？", "云岫茶厂在哪里？"),
    ("云岫茶厂总投资多少？", "雲岫茶廠總投資多少？", "它的产值是多少？", "它的產值是多少？", "云岫茶厂的产值是多少？"),
    (
        "云岫茶厂总投资多少？",
        "雲岫茶廠總投資多少？",
        "该公司的负责人是谁？",
        "該公司的負責人是誰？",
        "云岫茶厂的负责人是谁？",
    ),
    (
        "云岫茶厂总投资多少？",
        "雲岫茶廠總投資多少？",
        "这个项目什么时候开工？",
        "這個項目什麼時候開工？",
        "云岫茶厂什么时候开工？",
    ),
    (
        "云岫茶厂总投资多少？",
        "雲岫茶廠總投資多少？",
        "这家公司在哪个城市？",
        "這家公司在哪個城市？",
        "云岫茶厂在哪个城市？",
    ),
    (
        "云岫茶厂总投资多少？",
        "雲岫茶廠總投資多少？",
        "那家企业去年的税收是多少？",
        "那家企業去年的稅收是多少？",
        "云岫茶厂去年的税收是多少？",
    ),
    (
        "书声云是哪家厂商开发的？",
        "書聲雲是哪家廠商開發的？",
        "有多少学校使用它？",
        "有多少學校使用它？",
        "有多少学校使用书声云？",
    ),
    ("书声云是哪家厂商开发的？", "書聲雲是哪家廠商開發的？", "其功能有哪些？", "其功能有哪些？", "书声云功能有哪些？"),
    ("青岚市的市长是谁？", "青嵐市的市長是誰？", "那它的面积是多少？", "那它的面積是多少？", "青岚市的面积是多少？"),
    (
        "骆晨钟什么时候出生？",
        "駱晨鐘什麼時候出生？",
        "他在哪所大学任教？",
        "他在哪所大學任教？",
        "骆晨钟在哪所大学任教？",
    ),
    (
        "云岫茶厂和望潮渔业哪家产值高？",
        "雲岫茶廠和望潮漁業哪家產值高？",
        "它们在哪里？",
        "它們在哪裡？",
        "云岫茶厂和望潮渔业在哪里？",
    ),
    (
        "芦苇村有多少户人家？",
        "蘆葦村有多少戶人家？",
        "该村的面积是多少？",
        "該村的面積是多少？",
        "芦苇村的面积是多少？",
    ),
    # No word for it at all.
    ("云岫茶厂总投资多少？", "雲岫茶廠總投資多少？", "什么时候投产？", "什麼時候投產？", "云岫茶厂什么时候投产？"),
    ("云岫茶厂总投资多少？", "雲岫茶廠總投資多少？", "在哪里？", "在哪裡？", "云岫茶厂在哪里？"),
    ("云岫茶厂总投资多少？", "雲岫茶廠總投資多少？", "在哪？", "在哪？", "云岫茶厂在哪？"),
    ("云岫茶厂什么时候投产？", "雲岫茶廠什麼時候投產？", "总投资多少？", "總投資多少？", "云岫茶厂总投资多少？"),
    (
        "有轨电车3号线哪天开工？",
        "有軌電車3號線哪天開工？",
        "什么时候完工？",
        "什麼時候完工？",
        "有轨电车3号线什么时候完工？",
    ),
    (
        "书声云是哪家厂商开发的？",
        "書聲雲是哪家廠商開發的？",
        "什么时候上线的？",
        "什麼時候上線的？",
        "书声云什么时候上线的？",
    ),
    (
        "第十届茶博会在哪里举行？",
        "第十屆茶博會在哪裡舉行？",
        "什么时候开幕？",
        "什麼時候開幕？",
        "第十届茶博会什么时候开幕？",
    ),
    # Who does what there.
    ("青岚市市长是谁？", "青嵐市市長是誰？", "那书记呢", "那書記呢", "青岚市书记是谁？"),
    ("青岚市市长是谁？", "青嵐市市長是誰？", "书记呢？", "書記呢？", "青岚市书记是谁？"),
    ("拓源实业在哪里？", "拓源實業在哪裡？", "创始人是谁？", "創始人是誰？", "拓源实业创始人是谁？"),
    ("拓源实业的董事长是谁？", "拓源實業的董事長是誰？", "总经理呢？", "總經理呢？", "拓源实业总经理是谁？"),
    ("青岚师范大学校长是谁？", "青嵐師範大學校長是誰？", "那书记呢？", "那書記呢？", "青岚师范大学书记是谁？"),
)


@pytest.mark.parametrize(
    ("before", "before_hant", "text", "text_hant", "meant"), _LEANING, ids=[f"{row[0]}-{row[2]}" for row in _LEANING]
)
def test_a_question_that_leans(before, before_hant, text, text_hant, meant):
    for first in (before, before_hant):
        for second in (text, text_hant, f"  {text_hant}\n"):
            assert fold(resolve(second, first)) == fold(meant)


# Each question as typed, and as understood after the one before it.
_CHAINS = (
    (("拓源产值", "拓源产值"), ("那税收呢？", "拓源税收是多少？"), ("那宝海微元呢？", "宝海微元税收是多少？")),
    (("拓源产值", "拓源产值"), ("那宝海微元呢？", "宝海微元产值"), ("它在哪里？", "宝海微元在哪里？")),
    (("拓源產值", "拓源产值"), ("那寶海微元呢？", "宝海微元产值"), ("稅收呢？", "宝海微元税收是多少？")),
    (
        ("拓源2023年产值", "拓源2023年产值"),
        ("那2022年呢？", "拓源2022年产值"),
        ("那宝海微元呢？", "宝海微元2022年产值"),
    ),
    (("拓源2023年产值", "拓源2023年产值"), ("那2022年呢？", "拓源2022年产值"), ("2021年呢？", "拓源2021年产值")),
    (
        ("青岚市市长是谁？", "青岚市市长是谁？"),
        ("那书记呢？", "青岚市书记是谁？"),
        ("那萍乡市呢？", "萍乡市书记是谁？"),
    ),
    (
        ("青岚市市长是谁？", "青岚市市长是谁？"),
        ("人口呢？", "青岚市人口是多少？"),
        ("那面积呢？", "青岚市面积是多少？"),
    ),
    (
        ("云岫茶厂在哪里？", "云岫茶厂在哪里？"),
        ("什么时候投产？", "云岫茶厂什么时候投产？"),
        ("总投资多少？", "云岫茶厂总投资多少？"),
    ),
    (
        ("云岫茶厂在哪里？", "云岫茶厂在哪里？"),
        ("该公司的产值是多少？", "云岫茶厂的产值是多少？"),
        ("望潮渔业呢？", "望潮渔业的产值是多少？"),
    ),
    (("云岫茶厂产值", "云岫茶厂产值"), ("望潮渔业在哪里？", "望潮渔业在哪里？"), ("产值呢？", "望潮渔业产值是多少？")),
)


@pytest.mark.parametrize("chain", _CHAINS, ids=["-".join(asked for asked, _ in chain) for chain in _CHAINS])
def test_each_question_leans_on_the_one_before_as_it_was_understood(chain):
    before = ""
    for asked, meant in chain:
        before = resolve(asked, before)
        assert fold(before) == fold(meant)


_BEFORE = (
    "拓源产值",
    "拓源的產值是多少？",
    "青岚市市长是谁？",
    "2023年青岚市的财政收入是多少？",
    "云岫茶厂什么时候投产？",
    "什么是五朵金花？",
    "雲岫茶廠在哪裡？",
    "哪家公司的产能最大？",
    "怎样腌制泡菜？",
    "有轨电车3号线全长多少公里？",
)

_ALONE = (
    # With a name of their own.
    "宝海微元产值",
    "宝海微元的产值是多少？",
    "望潮漁業什麼時候投產？",
    "望潮渔业在哪里？",
    "拓源产值",
    "拓源税收是多少？",
    "青岚市市长",
    "青嵐市的面積是多少？",
    "青岚大桥有多长？",
    "骆晨钟是谁？",
    "PM2.5是多少？",
    "碳酸锂的价格是多少？",
    "五朵金花是什么？",
    "“四个论英雄”是哪四个？",
    "第一批发了多少只智慧手环？",
    "孩子几岁上学？",
    "停产的原因",
    "带队的是哪位教授？",
    "会议几月几号召开？",
    "图书馆几点开门？",
    "天气怎么样？",
    "青岚市还有哪些茶厂？",
    "除了云岫茶厂，还有哪些茶厂？",
    # With a time of their own.
    "2022年青岚市的人口是多少？",
    "2023年产值最高的企业是哪家？",
    "去年青岚市新增多少企业？",
    "今年的茶博会在哪里举行？",
    "那年青岚市的产值是多少？",
    "那时青岚市的市长是谁？",
    "那天青岚市下了多少雨？",
    # 那 points at what is named after it.
    "那个叫云岫的茶厂产值是多少？",
    "那個雲岫茶廠在哪裡？",
    "那些进入百强榜的企业有哪些？",
    "那家叫望潮的渔业公司在哪里？",
    "那座青岚大桥有多长？",
    "那位骆晨钟教授是谁？",
    "那条旅游公路什么时候通车？",
    "那本《云岫茶经》是谁写的？",
    "那场暴雨下了多少毫米？",
    "那种新茶叫什么？",
    # 其, 他 and 该 within a word.
    "其中云岫茶厂的投资是多少？",
    "其实拓源的产值是多少？",
    "其余项目什么时候开工？",
    "他人捐款多少？",
    "应该怎样腌制泡菜？",
    "该隐书店在哪里？",
    # A question word that names what is asked about.
    "谁是青岚市市长？",
    "誰是萍鄉市市長？",
    "谁投资了云岫茶厂？",
    "什么是五朵金花？",
    "什麼是低空經濟？",
    "什么叫四个论英雄？",
    "哪家公司的产能最大？",
    "哪所大学参与了云岫茶厂的研发？",
    "哪个城市举办了茶博会？",
    "哪些企业进入了百强榜？",
    "多少家企业进入了百强榜？",
    "为什么云岫茶厂停产？",
    "为什么青岚大桥推迟通车？",
    "在哪里办身份证？",
    "有没有青岚到望潮的高铁？",
    # Keywords, and hardly a word.
    "云岫茶厂",
    "云岫茶厂总投资",
    "油价",
    "GDP",
    "茶",
    "雨",
    "3",
    "2023年",
    "骆晨",
    "你好",
)


@pytest.mark.parametrize("text", _ALONE)
def test_a_question_that_stands_alone(text):
    for before in _BEFORE:
        assert resolve(text, before) is text


@pytest.mark.parametrize("before", ["2023年", "2023年？", "的", "是什么"])
@pytest.mark.parametrize("text", ["那税收呢？", "它在哪里？", "什么时候投产？"])
def test_nothing_to_lean_on(text, before):
    assert resolve(text, before) is text


@pytest.mark.parametrize("text", ["呢？", "那呢？", "以及", "至于"])
def test_nothing_that_leans(text):
    assert resolve(text, "拓源产值") is text


@pytest.mark.parametrize("text", ["", " \n", "？！", "…", "问" * 1001])
def test_no_question(text):
    for before in ("", "拓源产值"):
        with pytest.raises(UserError):
            resolve(text, before)


_NAMES = st.sampled_from(
    (
        "拓源",
        "宝海微元",
        "寶海微元",
        "云岫茶厂",
        "雲岫茶廠",
        "望潮渔业",
        "竹汐软体有限公司",
        "嘉沃家居",
        "青岚市",
        "芦苇村",
    )
)
_COUNTED = st.sampled_from(("产值", "產值", "税收", "面积", "面積", "人口", "利润", "总投资", "產能"))
_YEARS = st.integers(1950, 2049)


@given(_NAMES, _COUNTED, _COUNTED)
def test_something_else_of_any_thing(name, counted, other):
    meant = fold(f"{name}{other}是多少？")
    assert fold(resolve(f"那{other}呢？", f"{name}{counted}")) == meant
    assert fold(resolve(f"{other}呢", f"{name}的{counted}是多少？")) == meant
    assert fold(resolve(f"那它的{other}是多少？", f"{name}{counted}")) == fold(f"{name}的{other}是多少？")


@given(_NAMES, _NAMES, _COUNTED)
def test_the_same_of_any_thing(name, other, counted):
    assert fold(resolve(f"那{other}呢？", f"{name}{counted}")) == fold(f"{other}{counted}")
    assert fold(resolve(f"{other}呢", f"{name}的{counted}是多少？")) == fold(f"{other}的{counted}是多少？")


@given(_NAMES, _COUNTED, _YEARS, _YEARS)
def test_the_same_of_any_year(name, counted, year, other):
    assert fold(resolve(f"那{other}年呢？", f"{name}{year}年的{counted}是多少？")) == fold(
        f"{name}{other}年的{counted}是多少？"
    )
    assert fold(resolve(f"{other}年呢", f"{year}年{name}{counted}")) == fold(f"{other}年{name}{counted}")


@given(_NAMES, _COUNTED, _NAMES, _COUNTED, _YEARS)
def test_a_whole_question_leans_on_none(name, counted, other, other_counted, year):
    for text in (
        f"{other}{other_counted}",
        f"{other}的{other_counted}是多少？",
        f"{year}年{other}的{other_counted}是多少？",
    ):
        for before in (f"{name}{counted}", f"{name}{year}年的{counted}是多少？"):
            assert resolve(text, before) is text


# What questions are made of, so that most of what is drawn is near to one.
_PIECES = (
    "那 那么 那麼 还有 另外 至于 呢 吗 ？ ? ！ 。 ， , 它 它们 他 她们 该公司 该市 这个项目 那家企业 其 其他 "
    "其中 的 是 在 了 和 "
    "拓源 寶海微元 云岫茶厂 萍乡市 2022年 2023年5月 去年 上半年 二季度 税收 產值 是多少 多少 几 市长 书记 地址 "
    "什么 什么时候 哪里 谁 "
    "为什么 有 达到 投产 3 30% ａ A gdp 《 》 “ 😀 \\ \\1 \u3000 \n \u200b"
)
_TEXTS = st.one_of(st.lists(st.sampled_from(_PIECES.split(" ")), max_size=8).map("".join), st.text(max_size=20))


def _has_words(text):
    return any(character.isalnum() for character in text)


@given(_TEXTS)
def test_the_first_question_is_taken_as_it_is(text):
    if _has_words(text):
        assert resolve(text, "") is text
    else:
        with pytest.raises(UserError):
            resolve(text, "")


@given(_TEXTS, _TEXTS)
def test_any_two_questions_are_one_or_the_users_error(text, before):
    try:
        meant = resolve(text, before)
    except UserError:
        assert not _has_words(text) or not _has_words(before)
        return
    assert meant.strip()
    assert resolve(text, before) == meant


def test_a_name_is_not_cut_at_a_character_that_also_joins():
    assert resolve("什么时候投产？", "晶科能源在海宁的项目总投资多少？") == "晶科能源什么时候投产？"


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        ("星澜2023年净利润是多少", "那营业收入呢", "星澜2023年营业收入是多少？"),
        ("星澜2023年营业收入是多少？", "它的总部在哪里", "星澜的总部在哪里？"),
        ("临水县脐橙产量", "那云溪县呢？", "云溪县脐橙产量"),
        ("云溪市2022年GDP是多少？", "第三产业呢？", "云溪市2022年第三产业是多少？"),
        ("云溪二桥什么时候通车", "谁承建的？", "云溪二桥谁承建的？"),
    ],
)
def test_what_a_trial_found_garbled(before, text, meant):
    assert resolve(text, before) == meant


_GDP = "清溪县2023年GDP是多少？"


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        # A change is of the same thing and year.
        (_GDP, "增长了多少？", "清溪县2023年gdp增长了多少？"),
        (_GDP, "同比增長了多少？", "清溪县2023年gdp同比增长了多少？"),
        (_GDP, "那同比呢？", "清溪县2023年gdp同比增长多少？"),
        (_GDP, "增幅是多少", "清溪县2023年gdp增长多少？"),
        ("2023年清溪县完成了多少亿元GDP？", "增长了多少", "2023年清溪县gdp增长了多少？"),
        ("清溪县2023年产值达到多少亿元", "增长率是多少", "清溪县2023年产值增长多少？"),
        ("清溪县有多少家企业", "增加了多少家", "清溪县企业增加了多少家？"),
        ("清溪县有多少人", "增加了多少", "清溪县人口增加了多少？"),
        ("云杉水厂什么时候开工？", "增长了多少", "增长了多少"),
        # So is a comparison; of two growths their rates are compared.
        (_GDP, "和白鹿县比哪个高？", "清溪县和白鹿县2023年gdp哪个更高？"),
        (_GDP, "跟白鹿縣相比哪個更低？", "清溪县和白鹿县2023年gdp哪个更低？"),
        (_GDP, "和白鹿县比呢？", "清溪县和白鹿县2023年gdp哪个更高？"),
        (_GDP, "比白鹿县高多少亿元？", "清溪县2023年gdp比白鹿县高多少亿元？"),
        ("清溪县2023年GDP增长了多少", "比白鹿县高多少", "清溪县2023年gdp增速比白鹿县高多少？"),
        ("鹿角路有多长", "和雁回路比哪个长", "鹿角路和雁回路哪个更长？"),
        # The other of two.
        ("清溪县2023年出口额是多少？", "那进口呢？", "清溪县2023年进口额是多少？"),
        ("清溪县2023年进出口总额是多少？", "那出口呢？", "清溪县2023年出口总额是多少？"),
        ("清溪半程马拉松男子组冠军是谁？", "女子的呢？", "清溪半程马拉松女子组冠军是谁？"),
        ("清溪县女子跳远第一名是谁？", "男子呢？", "清溪县男子跳远第一名是谁？"),
        # The reason of a change, and who does it.
        ("清溪县2023年茶叶产量下降了多少？", "为什么？", "清溪县2023年茶叶产量为什么下降？"),
        ("云杉水厂什么时候开工？", "谁负责？", "云杉水厂谁负责？"),
    ],
)
def test_a_followup_keeps_the_year_the_indicator_and_the_event(before, text, meant):
    assert fold(resolve(text, before)) == fold(meant)
