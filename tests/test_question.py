"""What a question asks for, in whatever script it is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UserError
from index.text.folding import fold
from qa.ask import main
from qa.question import ANY, DATE, LONGEST, NAME, NUMBER, ORGANISATION, PERSON, PLACE, REASON, understand

# simplified, traditional, what is wanted, the unit said, a unit that the answer may have ("" if none is known)
TABLE = (
    ("拓源产值", "拓源產值", NUMBER, "", "元"),
    ("塞纳威旅居车项目总投资", "塞納威旅居車項目總投資", NUMBER, "", "元"),
    ("萍乡PM2.5平均浓度", "萍鄉PM2.5平均濃度", NUMBER, "", "克"),
    ("票价", "票價", NUMBER, "", "元"),
    ("请问拓源的产值是多少呢？", "請問拓源的產值是多少呢？", NUMBER, "", "元"),
    ("拓源实业的电池级碳酸锂纯度是多少？", "拓源實業的電池級碳酸鋰純度是多少？", NUMBER, "", "%"),
    ("项目占比是多少", "項目佔比是多少", NUMBER, "", "%"),
    ("工业投资同比增长百分之几？", "工業投資同比增長百分之幾？", NUMBER, "", "%"),
    ("有轨电车3号线改名为什么？", "有軌電車3號線改名為什麼？", NAME, "", ""),
    ("有轨电车为什么改名？", "有軌電車為什麼改名？", REASON, "", ""),
    ("云岫制药董事长", "雲岫製藥董事長", PERSON, "", ""),
    ("云岫制药总经理叫什么", "雲岫製藥總經理叫什麼", PERSON, "", ""),
    ("云岫县7月平均气温", "雲岫縣7月平均氣溫", NUMBER, "", ""),
    ("发电机组的装机是多少？", "發電機組的裝機是多少？", NUMBER, "", "瓦"),
    ("青岚市的总面积是多少？", "青嵐市的總面積是多少？", NUMBER, "", "平方"),
    ("有轨电车1号线有多长？", "有軌電車1號線有多長？", NUMBER, "", "里"),
    ("中材锂膜的土石方工程做了多少天？", "中材鋰膜的土石方工程做了多少天？", NUMBER, "天", ""),
    ("萍乡设在长沙的科技创新中心进驻了多少家企业？", "萍鄉設在長沙的科技創新中心進駐了多少家企業？", NUMBER, "家", ""),
    ("晶科能源海宁项目总共多少亿元？", "晶科能源海寧項目總共多少億元？", NUMBER, "亿元", ""),
    ("克明面业每年加工多少万吨面条？", "克明麵業每年加工多少萬噸麵條？", NUMBER, "万吨", ""),
    ("海宁一季度实际利用外资多少美元？", "海寧一季度實際利用外資多少美元？", NUMBER, "美元", ""),
    ("第一批发了多少只智慧手环？", "第一批發了多少隻智慧手環？", NUMBER, "只", ""),
    ("今年可采摘的茶园有多少亩？", "今年可採摘的茶園有多少畝？", NUMBER, "亩", ""),
    ("芦溪县用几个工作日办齐了28本证？", "蘆溪縣用幾個工作日辦齊了28本證？", NUMBER, "个", ""),
    ("候诊时间缩短到几分钟？", "候診時間縮短到幾分鐘？", NUMBER, "分钟", ""),
    ("孩子几岁上学？", "孩子幾歲上學？", NUMBER, "岁", ""),
    ("去年来了多少人次？", "去年來了多少人次？", NUMBER, "人次", ""),
    ("增速回落了几个百分点？", "增速回落了幾個百分點？", NUMBER, "个百分点", ""),
    ("园区有多少平方公里？", "園區有多少平方公里？", NUMBER, "平方公里", ""),
    ("拓源在百强榜上排第几？", "拓源在百強榜上排第幾？", NUMBER, "", ""),
    ("嘉沃家居哪个月烧出首批瓷器？", "嘉沃家居哪個月燒出首批瓷器？", DATE, "", ""),
    ("有轨电车3号线什么时候开工？", "有軌電車3號線什麼時候開工？", DATE, "", ""),
    ("一号线是哪一年通车的？", "一號線是哪一年通車的？", DATE, "", ""),
    ("项目何时投产？", "項目何時投產？", DATE, "", ""),
    ("会议几月几号召开？", "會議幾月幾號召開？", DATE, "", ""),
    ("竣工日期是哪天？", "竣工日期是哪天？", DATE, "", ""),
    ("萍乡市市长是谁？", "萍鄉市市長是誰？", PERSON, "", ""),
    ("带队的是哪位教授？", "帶隊的是哪位教授？", PERSON, "", ""),
    ("牵头人叫什么名字？", "牽頭人叫什麼名字？", PERSON, "", ""),
    ("哪所高校帮龙发实业搞研发？", "哪所高校幫龍發實業搞研發？", ORGANISATION, "", ""),
    ("有哪几所大学参与了？", "有哪幾所大學參與了？", ORGANISATION, "", ""),
    ("书声云是哪家厂商开发的？", "書聲雲是哪家廠商開發的？", ORGANISATION, "", ""),
    ("全球首家日用陶瓷智慧工厂是哪家企业？", "全球首家日用陶瓷智慧工廠是哪家企業？", ORGANISATION, "", ""),
    ("哪个部门负责验收？", "哪個部門負責驗收？", ORGANISATION, "", ""),
    ("项目是由哪所大学的团队打造的？", "項目是由哪所大學的團隊打造的？", ORGANISATION, "", ""),
    ("7月2日雨下得最大的地方是哪里？", "7月2日雨下得最大的地方是哪裡？", PLACE, "", ""),
    ("发布会在哪个城市举行？", "發布會在哪個城市舉行？", PLACE, "", ""),
    ("总部设在什么地方？", "總部設在什麼地方？", PLACE, "", ""),
    ("博物馆的镇馆之宝是什么？", "博物館的鎮館之寶是什麼？", NAME, "", ""),
    ("宁乡高新区给跑得快的项目发什么奖？", "寧鄉高新區給跑得快的項目發什麼獎？", NAME, "", ""),
    ("五朵金花指什么？", "五朵金花指什麼？", NAME, "", ""),
    ("“四个论英雄”是哪四个？", "“四個論英雄”是哪四個？", NAME, "", ""),
    ("为什么要推迟通车？", "為什麼要推遲通車？", REASON, "", ""),
    ("停产的原因", "停產的原因", REASON, "", ""),
    ("怎样腌制泡菜？", "怎樣醃製泡菜？", ANY, "", ""),
    ("如何做红烧肉？", "如何做紅燒肉？", ANY, "", ""),
    ("拓源实业", "拓源實業", ANY, "", ""),
    ("车间里有几乎一半是新设备", "車間裡有幾乎一半是新設備", ANY, "", ""),
)


@pytest.mark.parametrize(("hans", "hant", "wants", "unit", "measure"), TABLE, ids=[row[0] for row in TABLE])
def test_what_is_asked_for(hans, hant, wants, unit, measure):
    question = understand(hans)
    assert (question.text, question.wants, question.unit) == (hans, wants, unit)
    assert measure in question.measure if measure else question.measure == ()
    assert len(question.text) == len(question.folded) == len(question.content)
    assert question.folded == fold(hans)
    mixed = "".join(pair[place % 2] for place, pair in enumerate(zip(hans, hant, strict=True)))
    for asked in (hant, mixed, f"  {hant}\n"):
        assert replace(understand(asked), text=hans) == question


@pytest.mark.parametrize(
    ("asked", "wants"),
    [
        ("有軌電車3號線甚麼時候開工？", DATE),
        ("總部設在甚麼地方？", PLACE),
        ("為甚麼要推遲通車？", REASON),
        ("館裡的寶物是甚麼？", NAME),
    ],
)
def test_hong_kong_writes_another_what(asked, wants):
    assert understand(asked).wants == wants


@pytest.mark.parametrize(
    ("asked", "content"),
    [
        ("拓源产值", "拓源产值"),
        ("拓源的产值是多少？", "拓源的产值是   "),
        ("請問拓源的產值是多少呢", "  拓源的产值是   "),
        ("萍乡市市长是谁？", "萍乡市市长   "),
        ("哪家公司的产能领先？", "  公司的产能领先 "),
        ("什么时候开工？", "    开工 "),
        ("有多长？", "有 长 "),
        ("什么？", "什么?"),
        ("ＰＭ２．５是多少", "pm2.5是  "),
    ],
)
def test_asking_words_are_not_looked_for(asked, content):
    assert understand(asked).content == content


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("拓源产值", "拓源产值"),
        ("拓源的产值是多少？", "拓源的产值"),
        ("拓源的产值目标是多少？", "拓源的产值"),
        ("总投资约为多少？", "总投资"),
        ("萍乡市市长是谁？", "萍乡市市长"),
        # Words that end like a verb are whole words.
        ("年产能达到多少？", "年产能"),
        ("青岚市的晚会是什么时候？", "青岚市的晚会"),
    ],
)
def test_the_name_of_what_is_asked_about(asked, named):
    question = understand(asked)
    assert question.content[: question.named] == named


@given(st.text(st.sampled_from("拓源產产值是多少幾几哪里裏什麼么誰谁為为何 ，？?!3０％ａA\u3000\n"), max_size=30))
def test_any_text_is_a_question_of_its_own_length_or_the_users_error(text):
    try:
        question = understand(text)
    except UserError:
        assert not any(character.isalnum() for character in text)
        return
    assert question.text == " ".join(text.split())
    assert len(question.text) == len(question.folded) == len(question.content)
    assert 0 <= question.named <= len(question.content)
    assert all(content in (folded, " ") for content, folded in zip(question.content, question.folded, strict=True))


_BAD = (
    ("", "The question is empty."),
    (" \t\n\u3000", "The question is empty."),
    ("？！。", "The question holds no words: ？！。"),
    ("…" * 100, f"The question holds no words: {'…' * 40}"),
    ("😀 ?", "The question holds no words: 😀 ?"),
    ("问" * 10_000, "The question has 10000 characters, more than 1000."),
    ("问 " * 10_000, "The question has 19999 characters, more than 1000."),
    ("问" * (LONGEST + 1), "The question has 1001 characters, more than 1000."),
)


@pytest.mark.parametrize(
    ("asked", "message"), _BAD, ids=["empty", "white", "signs", "dots", "emoji", "10000", "20000", "1001"]
)
def test_no_question(asked, message, tmp_path, monkeypatch, capsys):
    with pytest.raises(UserError) as caught:
        understand(asked)
    assert (caught.value.message, caught.value.exit_code) == (message, 2)
    assert caught.value.hint
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()
    assert main([asked]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"zhiwen: {message}  {caught.value.hint}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_the_longest_question():
    assert len(understand("问" * LONGEST).content) == LONGEST
    assert understand("问" + " " * 10_000 + "答").text == "问 答"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("苇湖码头的负债率有多高？", "%"),
        ("苇湖塔楼有多高？", "米"),
        ("苇湖门票价格有多高？", "元"),
        ("苇湖接待了多少游客？", "人"),
        ("多大的孩子能学划船？", "岁"),
        ("祁望山今年多大？", "岁"),
    ],
)
def test_what_is_high_or_counted_tells_the_unit(text, unit):
    assert unit in understand(text).measure


def test_how_large_asks_for_no_age():
    assert understand("苇湖新航站楼有多大？").measure == ()
    assert "平方" in understand("苇湖的面积是多大？").measure
