"""Questions of every kind: who wrote it, summaries, sums, lists, yes or no, and what is shown stands in the texts."""

from datetime import date

import pytest

from qa.answer import Answer
from qa.followup import resolve
from qa.kinds.contradictions import contradiction
from qa.kinds.lists import items_in
from qa.kinds.meaning import meaning_question
from qa.kinds.metadata import dates_of_articles, metadata_question
from qa.kinds.parts import split_parts
from qa.kinds.polarity import denied_premise, is_denied, is_yes_no
from qa.kinds.reasons import reason_spans
from qa.kinds.several import split_questions
from qa.kinds.summary import summary_topic
from qa.like_for_like import put_in_place
from qa.question import understand
from qa.render import as_json, as_text
from qa.variants import variants
from tests.answering import answering
from web.html import PageContext, reply_html

_ARTICLES = {
    "river.txt": "澜浦县清理河道\n\n2023-03-22  来源:澜浦日报  作者:闻一舟\n\n"
    "澜浦县清理河道38公里，投入挖泥船12艘。\n\n"
    "县长季青禾说，入冬前还要种下柳树6万株。\n\n责任编辑:单小满\n",
    "fair.txt": "澜浦县荷花节开幕\n\n2023-04-26  来源:澜浦晚报  作者:柏如川\n\n"
    "荷花节4月25日开幕，签约项目12个，金额7.8亿元。\n",
    "towns.txt": "澜浦县公布三个乡镇的收成\n\n2023-11-20\n\n澜浦县农业部门汇总了2023年的收成，列表如下。\n\n"
    "| 乡镇 | 莲藕产量（吨） | 鱼塘收入（万元） | 比上年增长 |\n| --- | --- | --- | --- |\n"
    "| 白荻镇 | 820 | 310 | 4.2% |\n| 青芜乡 | 1150 | 275 | -1.6% |\n| 石浦镇 | 640 | 402 | 2.5% |\n",
    "ferry.txt": "澜浦码头渡船时刻\n\n2023-10-08\n\n船号\t终点\t开船时间\t票价（元）\nD12\t芦洲\t07:30\t6\n"
    "D15\t芦洲\t15:40\t6\nD21\t鹤汀\t09:10\t11\n",
    "games.txt": "白荻小学趣味赛成绩\n\n2024-05-06\n\n项目,第一名,成绩,第二名,成绩\n"
    "跳绳,鲁小穗,182个,任小棠,175个\n踢毽,任小棠,96个,鲁小穗,91个\n",
    "works.txt": "白荻镇和青芜乡一同开工\n\n2023-05-04  来源:澜浦日报\n\n"
    "5月4日，白荻镇18个项目集中开工，总投资3.6亿元，当年计划完成1.2亿元。\n\n"
    "同一天，青芜乡25个项目集中开工，总投资4.15亿元。\n",
    "roads.txt": "两条山路通车\n\n2023-09-30  来源:澜浦晚报\n\n"
    "鹿角路全长12.5公里，9月28日通车。雁回路全长9.8公里，9月29日通车。\n",
    "rates.txt": "三地用电量\n\n2023-07-12  来源:澜浦日报\n\n"
    "上半年，白荻镇、青芜乡、石浦镇用电量同比分别增长5.1%、7.4%和3.2%。\n",
    "terms.txt": "澜浦县试行塘长制\n\n2023-06-18  来源:澜浦日报\n\n"
    "塘长制是指由村民轮流看护池塘、记录水位的办法。澜浦县水塘看护联合会(LTK)负责培训。\n\n"
    "《水塘共管公约》（简称“共管约”）7月起施行。当地的HYB，即荷叶饼加工坊，同比多卖了两成。\n",
    "rules.txt": "白荻镇停车新规\n\n2023-08-30  来源:澜浦晚报\n\n"
    "白荻镇8月30日起不再收取夜间停车费。电动三轮车仍可免费停放3小时。\n"
    "申请塘边摊位既不限年龄也不收押金。荻花造纸厂没有通过排水验收，青芦酒厂已经通过排水验收。\n",
    "race.txt": "划船赛结果\n\n2023-06-25  来源:澜浦日报\n\n"
    "汤小禾在单人划船半决赛中划出2分08秒，无缘决赛。裘一帆晋级双人划船决赛。\n",
    "flood.txt": "澜浦县菱角减收\n\n2023-10-15  来源:澜浦日报\n\n"
    "今年澜浦县菱角减收三成。由于连阴雨时间长、虫害重等因素，菱角减收明显。\n"
    "干旱也是荸荠减收的主要原因之一。荸荠田缺水是荸荠减收的另一个原因。\n",
    "bridge.txt": "苇桥进展\n\n2023-11-02  来源:澜浦晚报\n\n"
    "苇桥全长640米，3月在白荻镇开工，预计2025年通车。\n"
    "苇桥设计车速60公里。芦雀湿地苍鹭由2010年的120只增加到2023年的560只。\n",
    "firms.txt": "石浦镇招商\n\n2023-12-01  来源:澜浦日报\n\n"
    "石浦镇引进了青梭纺织、白鹭电机、云杉木业三家企业，投资9亿元。\n"
    "检查的四家作坊中，阿荷豆坊、老秦米坊已经换证，水生糖坊、阿满油坊没有换证。\n",
    "mill.txt": "砻坊停业\n\n2023-09-06  来源:澜浦日报\n\n鹤汀砻坊没有通过消防检查，9月4日起停业整顿。\n",
    "names.txt": "澜浦小学换校长\n\n2023-02-10  来源:澜浦日报\n\n澜浦小学校长祁望山表示，今年新增学位160个。\n\n"
    "澜浦中学校长季怀沙说，操场已经翻新。\n",
    "donor.txt": "船厂捐书\n\n2023-02-12  来源:澜浦日报\n\n芦洲船厂厂长祁望山捐书900本，建了三间书屋。\n",
    "report.txt": "芦洲船厂发布年报\n\n2020-04-03  来源:澜浦日报\n\n芦洲船厂4月2日发布2019年年报。\n\n"
    "公司全年实现营收3.8亿元，净利润亏损1200万元。\n",
    "first.txt": "鹤汀镇引进纺织企业\n\n2019-02-10  来源:鹤汀发布\n\n"
    "鹤汀镇今年引进了青萝纺织、苇塘织造、云帆印染三家企业，合计投资7亿元。\n",
    "second.txt": "鹤汀镇又引进粮油企业\n\n2019-06-11  来源:鹤汀发布\n\n"
    "鹤汀镇又引进了穗香米业和荷塘油坊两家粮油企业。\n",
    "third.txt": "鹤汀镇冷库开工\n\n2019-09-12  来源:鹤汀发布\n\n"
    "鹤汀镇引进的北桥冷链物流园9月开工，由北桥公司投资4亿元。\n",
    "park.txt": "莲汀园见闻\n\n2018-03-06  来源:莲汀发布\n\n"
    + "".join(
        f"莲汀园的建设项目{sign}正在施工，莲汀园负责人到现场查看进度，要求按时完成各项工作，争取早日投产见效。"
        f"莲汀园建设者说，工地上人人都很努力，园里还请来了{sign}地的师傅，一起把活做细做好，把园子建好。\n\n"
        for sign in "甲乙丙丁戊己庚辛壬癸"
    )
    + "园区设立项目建设快马奖和慢龟奖，按月评比。\n\n莲汀园在鹤汀的岸上，有一栋挂牌荷塘试验中心的小楼。\n",
    "park_rules.txt": "石蓬公园新规\n\n2024-03-02  来源:澜浦日报\n\n"
    "石蓬公园4月1日起对65周岁以上老年人免费开放，6周岁以下儿童也免票。60至64周岁老年人门票半价。\n"
    "石蓬公园荷花品种数居全市第二位，人均绿地列全省第12位。\n",
    "shares.txt": "鹤汀镇2022年收成\n\n2023-01-20  来源:鹤汀发布\n\n"
    "2022年，鹤汀镇第一、第二、第三产业增加值分别为10亿元、20亿元、30亿元，同比分别增长1.5%、2.5%、3.5%。\n",
    "pond.txt": "澜浦县修塘坝\n\n2023-04-28  来源:澜浦日报  作者:闻一舟\n\n澜浦县修好塘坝41座，蓄水增加300万立方米。\n",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Ask a question of the made-up articles; every drawing of the reply must be possible."""
    with answering(tmp_path_factory.mktemp("kinds"), _ARTICLES) as reply_to:

        def ask(question, before=""):
            reply = reply_to(question, before)
            assert as_text(reply, colour=False)
            for language in ("zh", "en"):
                assert reply_html(reply, PageContext(language, str), 0)
            return as_json(reply)

        yield ask


_ABOUT_ARTICLES = (
    ("《澜浦县清理河道》是谁写的？", "闻一舟"),
    ("澜浦县清理河道这篇文章的作者是谁？", "闻一舟"),
    ("《澜浦县清理河道》的责任编辑是谁？", "单小满"),
    ("《澜浦县荷花节开幕》哪天发布的？", "2023-04-26"),
    ("荷花节那篇报道是什么时候登的？", "2023-04-26"),
    ("荷花节那篇是哪家媒体发的？", "澜浦晚报"),
    ("《澜浦縣荷花節開幕》來自哪家報紙？", "澜浦晚报"),
    ("修塘坝那篇报道的来源是什么？", "澜浦日报"),
)


@pytest.mark.parametrize(("question", "value"), _ABOUT_ARTICLES)
def test_a_field_of_an_article_answers(asked, question, value):
    answer = asked(question)["answer"]
    assert (answer["kind"], answer["text"], answer["citations"]) == ("metadata", value, [])
    assert answer["sentence"] is None or value in answer["sentence"]


@pytest.mark.parametrize(
    "question",
    [
        "《春江夜话》是谁写的？",
        "荷花节哪天开幕？",
        "荷花节签约了多少个项目？",
        "县长是谁？",
        "《澜浦县荷花节开幕》的责任编辑是谁？",
    ],
)
def test_what_is_no_field_of_an_article_is_asked_of_the_texts(asked, question):
    assert asked(question)["answer"]["kind"] != "metadata"


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("闻一舟写过什么文章？", ["澜浦县修塘坝", "澜浦县清理河道"]),
        ("2023年4月有哪些报道？", ["澜浦县修塘坝", "澜浦县荷花节开幕"]),
        ("2023年3月有哪些新闻？", ["澜浦县清理河道"]),
        ("有没有澜浦晚报的报道？", ["苇桥进展", "两条山路通车", "白荻镇停车新规", "澜浦县荷花节开幕"]),
    ],
)
def test_the_articles_of_an_author_a_month_or_a_source_are_listed_newest_first(asked, question, titles):
    answer = asked(question)["answer"]
    assert [each["text"] for each in answer["items"]] == titles
    assert (answer["kind"], answer["text"]) == ("metadata", titles[0])


_OF_2023 = [("2023-01-01", "2023-12-31")]


@pytest.mark.parametrize(
    ("question", "ranges"),
    [
        # The time stands beside the noun, a word that lists or a verb of publishing: it is the articles' date.
        ("2023年的报道有哪些？", _OF_2023),
        ("產值2023年的報道有哪些？", _OF_2023),
        ("2023年5月有哪些报道？", [("2023-05-01", "2023-05-31")]),
        ("二〇二三年五月有哪些報道？", [("2023-05-01", "2023-05-31")]),
        ("2023年5月4日有哪些新闻？", [("2023-05-04", "2023-05-04")]),
        ("2023年上半年有哪些新聞？", [("2023-01-01", "2023-06-30")]),
        ("有没有2023年5月的新闻？", [("2023-05-01", "2023-05-31")]),
        ("2023年有没有关于荷花节的报道？", _OF_2023),
        ("2023年有关产值的文章有哪些？", _OF_2023),
        ("2023年发布的关于产值的报道有哪些？", _OF_2023),
        ("2023年發布的關於產值的報道有哪些？", _OF_2023),
        ("去年市统计局发布了哪些文章？", [("2025-01-01", "2025-12-31")]),
        ("去年市統計局發布了哪些文章？", [("2025-01-01", "2025-12-31")]),
        ("2023年闻一舟写过什么文章？", _OF_2023),
        ("2023年澜浦日报的报道有哪些？", _OF_2023),
        ("发布于2023年5月的新闻有哪些？", [("2023-05-01", "2023-05-31")]),
        ("刊登在2023年的文章有哪些？", _OF_2023),
        ("2023年以来有哪些报道？", [("2023-01-01", "")]),
        ("2023年以前的报道有哪些？", [("", "2022-12-31")]),
        ("截至2023年5月有哪些报道？", [("", "2023-05-31")]),
        ("2021年和2023年有哪些报道？", [("2021-01-01", "2021-12-31"), *_OF_2023]),
        # A noun stands between, or the time behind 关于: it is of what they tell.
        ("2023年产值的报道有哪些？", []),
        ("2023年產值的報道有哪些？", []),
        ("关于2023年产值的报道有哪些？", []),
        ("關於2023年的報道有哪些？", []),
        ("关于2023年4月和5月的报道有哪些？", []),
        ("2023年5月荷花节的报道有哪些？", []),
        ("2022年和2023年產值的報道有哪些？", []),
        ("有哪些关于2023年产值的报道？", []),
        ("有没有2023年产值的报道？", []),
        ("2023年发电量的报道有哪些？", []),
        ("2023年有机肥产量的报道有哪些？", []),
        ("2023年新闻发布会的报道有哪些？", []),
        ("2023年发布的新产品的报道有哪些？", []),
        ("2023年开工的项目的报道有哪些？", []),
        ("介绍2023年收成的文章有哪些？", []),
        ("2023年度報告的報道有哪些？", []),
    ],
)
def test_a_time_of_the_articles_is_told_from_one_of_what_they_tell(question, ranges):
    folded = understand(question).folded.rstrip("?")
    read, rest = dates_of_articles(folded, date(2026, 11, 27))
    assert [(each.since, each.until) for each in read] == ranges
    assert len(rest) == len(folded)
    assert (rest == folded) == (not ranges)


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("2023年闻一舟写过什么文章？", ["澜浦县修塘坝", "澜浦县清理河道"]),
        ("2023年3月闻一舟写过什么文章？", ["澜浦县清理河道"]),
        ("2019年以前有哪些报道？", ["莲汀园见闻"]),
        ("2023年2月和2020年4月有哪些报道？", ["船厂捐书", "澜浦小学换校长", "芦洲船厂发布年报"]),
        ("2023年10月有哪些关于菱角的报道？", ["澜浦县菱角减收"]),
    ],
)
def test_articles_are_listed_of_these_dates_only(asked, question, titles):
    assert [each["text"] for each in asked(question)["answer"]["items"]] == titles


def test_articles_are_listed_by_what_they_tell_of(asked):
    answer = asked("有哪些报道提到荷花节？")["answer"]
    assert [each["text"] for each in answer["items"]] == ["澜浦县荷花节开幕"]


def test_articles_of_a_time_are_counted(asked):
    answer = asked("2019年有多少篇报道？")["answer"]
    assert (answer["kind"], answer["text"]) == ("count", None)
    assert (answer["computed"]["value"], answer["computed"]["unit"]) == (3, "篇")


def test_a_time_without_articles_is_named(asked):
    answer = asked("2016年5月有哪些报道？")["answer"]
    assert (answer["reason"], answer["missing"][0]["slot"]) == ("not_stated", "period")


def test_the_year_of_a_fact_does_not_limit_the_articles(asked):
    for question in ("2019年营收的报道有哪些？", "2019年營收的報道有哪些？"):
        titles = [each["text"] for each in asked(question)["answer"]["items"]]
        assert titles == ["芦洲船厂发布年报"]  # of 2020


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("总结一下澜浦县清理河道", "澜浦县清理河道"),
        ("《澜浦县荷花节开幕》讲了什么？", "澜浦县荷花节开幕"),
        ("概括一下修塘坝那篇报道的主要内容。", "澜浦县修塘坝"),
    ],
)
def test_a_summary_is_the_article_itself(asked, question, title):
    reply = asked(question)
    answer = reply["answer"]
    assert (answer["kind"], answer["text"], answer["abstained"], answer["confidence"]) == ("passages", None, False, 0.0)
    assert reply["passages"][0]["article"]["title"] == title


@pytest.mark.parametrize(
    ("folded", "topic"),
    [
        ("总结一下春耕大会的主要内容。", "春耕大会"),
        ("请简单介绍一下云岫大桥", "云岫大桥"),
        ("介绍一下云岫大桥的那篇报道讲了什么?", "云岫大桥"),
        ("云岫大桥有多长?", ""),
        ("云岫大桥的主要材料是什么?", ""),
    ],
)
def test_what_a_summary_is_asked_of(folded, topic):
    assert summary_topic(folded) == topic


@pytest.mark.parametrize(
    ("folded", "field"),
    [
        ("《春耕》是谁写的?", "author"),
        ("春耕那篇报道是哪位记者写的?", "author"),
        ("《春耕》是哪天播发的?", "date"),
        ("这篇文章刊登在哪家报纸?", "source"),
        ("《春耕》的摄影是谁?", "editor"),
    ],
)
def test_fields_are_told_apart(folded, field):
    assert metadata_question(folded).field == field


@pytest.mark.parametrize("folded", ["春耕大会哪天举行?", "报道称产量是多少?", "文章里说的大桥多长?"])
def test_other_questions_ask_no_field(folded):
    assert metadata_question(folded) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("青芜乡2023年莲藕产量是多少吨？", "1150"),
        ("澜浦县石浦镇鱼塘收入多少万元？", "402"),
        ("D21次渡船几点开船？", "09:10"),
        ("到芦洲的渡船票价多少？", "6"),
        ("白荻小学跳绳第一名是谁？", "鲁小穗"),
        ("白荻小学踢毽第二名的成绩是多少？", "91个"),
    ],
)
def test_the_cell_where_row_and_column_meet_answers(asked, question, text):
    reply = asked(question)
    answer = reply["answer"]
    (place,) = answer["citations"]
    assert (answer["text"], reply["passages"][place["passage"] - 1]["text"][place["start"] : place["end"]]) == (
        text,
        text,
    )
    assert text in answer["sentence"]


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("2023年莲藕产量最高的是哪个乡镇？", "青芜乡", 1150),
        ("2023年莲藕产量最低的是哪个乡镇？", "石浦镇", 640),
        ("2023年鱼塘收入最多的是哪个乡镇？", "石浦镇", 402),
    ],
)
def test_the_most_and_the_least_of_a_column_are_computed(asked, question, text, value):
    answer = asked(question)["answer"]
    assert (answer["kind"], answer["text"]) == ("compare", text)
    assert (answer["computed"]["operation"], answer["computed"]["value"]) == ("compare", value)
    assert len(answer["computed"]["from"]) == len(answer["items"]) == 3


def test_a_column_is_summed(asked):
    answer = asked("2023年三个乡镇鱼塘收入合计多少万元？")["answer"]
    assert (answer["kind"], answer["text"], answer["abstained"]) == ("sum", None, False)
    assert (answer["computed"]["value"], answer["computed"]["unit"]) == (987, "万元")
    assert [each["text"] for each in answer["items"]] == ["310", "275", "402"]


def test_the_sign_of_a_change_tells_who_fell(asked):
    assert asked("2023年哪个乡镇鱼塘收入下降了？")["answer"]["text"] == "青芜乡"
    answer = asked("2023年哪些乡镇鱼塘收入增长了？")["answer"]
    assert [each["text"] for each in answer["items"]] == ["白荻镇", "石浦镇"]


@pytest.mark.parametrize(
    "question",
    [
        "石浦镇蟹塘收入多少万元？",
        "红蓼镇2023年莲藕产量是多少吨？",
        "石浦镇2021年莲藕产量是多少吨？",
        "D33次渡船几点开船？",
    ],
)
def test_a_cell_of_another_row_column_or_year_is_no_answer(asked, question):
    assert asked(question)["answer"]["abstained"]


@pytest.mark.parametrize(
    ("question", "value", "unit", "parts"),
    [
        ("白荻镇和青芜乡2023年5月4日集中开工的项目总投资合计多少亿元？", 7.75, "亿元", ["3.6亿元", "4.15亿元"]),
        ("白荻镇和青芜乡2023年5月4日集中开工的项目一共有多少个？", 43, "个", ["18个", "25个"]),
        ("鹿角路和雁回路加起来有多长？", 22.3, "公里", ["12.5公里", "9.8公里"]),
    ],
)
def test_a_sum_is_computed_from_cited_figures(asked, question, value, unit, parts):
    reply = asked(question)
    answer = reply["answer"]
    assert (answer["kind"], answer["text"], answer["abstained"]) == ("sum", None, False)
    assert (answer["computed"]["operation"], answer["computed"]["value"], answer["computed"]["unit"]) == (
        "sum",
        value,
        unit,
    )
    cited = [
        reply["passages"][each["passage"] - 1]["text"][each["start"] : each["end"]]
        for each in answer["computed"]["from"]
    ]
    assert cited == parts


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("鹿角路和雁回路，哪条路更长？", "鹿角路", 12.5),
        ("鹿角路与雁回路哪条更短？", "雁回路", 9.8),
        ("2023年上半年白荻镇、青芜乡、石浦镇三地里哪个用电量增长最快？", "青芜乡", 7.4),
        ("2023年5月4日集中开工的白荻镇和青芜乡项目，哪边总投资更高？", "青芜乡", 4.15),
    ],
)
def test_a_comparison_names_the_winner_and_shows_the_parts(asked, question, text, value):
    answer = asked(question)["answer"]
    assert (answer["kind"], answer["text"], answer["computed"]["value"]) == ("compare", text, value)
    assert answer["text"] in answer["sentence"]
    assert len(answer["items"]) == len(answer["computed"]["from"]) >= 2


@pytest.mark.parametrize(
    ("question", "missing", "known"),
    [
        ("白荻镇和红蓼镇2023年5月4日集中开工的项目总投资合计多少亿元？", "红蓼镇", "3.6亿元"),
        ("鹿角路和鸦栖路，哪条路更长？", "鸦栖路", "12.5公里"),
    ],
)
def test_a_part_that_is_not_stated_makes_the_whole_impossible(asked, question, missing, known):
    answer = asked(question)["answer"]
    assert (answer["abstained"], answer["reason"], answer["computed"]) == (True, "not_stated", None)
    assert [each["asked"] for each in answer["missing"]] == [missing]
    assert [each["text"].endswith(known) for each in answer["items"]] == [True]


@pytest.mark.parametrize(
    ("folded", "questions"),
    [
        ("云岫县和澜浦县的茶叶产量哪个更高?", ("云岫县的茶叶产量是多少", "澜浦县的茶叶产量是多少")),
        ("和平路与解放路,哪条路更长?", ("和平路有多长", "解放路有多长")),
        ("全县红茶和绿茶加起来产量是多少?", ("全县红茶产量是多少", "全县绿茶产量是多少")),
        # The head noun, the name before it and a time are of all parts.
        ("云岫隧道一期和二期总投资合计多少?", ("云岫隧道一期总投资多少", "云岫隧道二期总投资多少")),
        ("一期和二期总投资合计多少?", ("一期总投资多少", "二期总投资多少")),
        (
            "云岫县第一、第二、第三产业增加值合计多少?",
            tuple(f"云岫县第{sign}产业增加值多少" for sign in "一二三"),
        ),
        ("云岫县出口额和进口额合计多少?", ("云岫县出口额多少", "云岫县进口额多少")),
        (
            "云杉水厂、青芦酒厂和鹤岭隧道总投资合计多少?",
            ("云杉水厂总投资多少", "青芦酒厂总投资多少", "鹤岭隧道总投资多少"),
        ),
        ("云岫县2023年一季度和二季度产值合计多少?", ("云岫县2023年一季度产值多少", "云岫县2023年二季度产值多少")),
        # One set against the other: a difference.
        ("鹿角路比雁回路长多少公里?", ("鹿角路有多长", "雁回路有多长")),
        ("云岫县人口比澜浦县人口少多少人?", ("云岫县人口是多少人", "澜浦县人口是多少人")),
        ("云岫县的产值与澜浦县的差多少?", ("云岫县的产值多少", "澜浦县的产值多少")),
        ("比亚迪2023年销量比特斯拉多多少辆?", ("比亚迪2023年销量是多少辆", "特斯拉2023年销量是多少辆")),
        ("云岫县2023年产值和澜浦县比哪个高?", ("云岫县2023年产值是多少", "澜浦县2023年产值是多少")),
        ("云岫县和澜浦县2022年茶叶产量相差多少吨?", ("云岫县2022年茶叶产量多少吨", "澜浦县2022年茶叶产量多少吨")),
    ],
)
def test_joined_names_become_questions(folded, questions):
    assert split_parts(folded).questions == questions


@pytest.mark.parametrize(
    "folded",
    [
        "云岫县产值比上年多多少?",
        "云岫县上半年比下半年多多少?",
        "云岫县占比是多少?",
        "哪个县人口多少?",
        "云岫县产值多少?",
    ],
)
def test_one_figure_is_no_sum_and_no_difference(folded):
    assert split_parts(folded) is None


@pytest.mark.parametrize(
    "folded", ["和平路有多长?", "云岫县的茶叶产量是多少?", "云岫县一共有多少个镇?", "哪个镇的产量最高?"]
)
def test_a_question_of_one_thing_is_not_split(folded):
    assert split_parts(folded) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("2023年上半年石浦镇用电量同比增长多少？", "3.2%"),
        ("2023年上半年白荻镇用电量同比增长多少？", "5.1%"),
        ("雁回路全长多少公里？", "9.8公里"),
        ("青芜乡2023年5月4日集中开工的项目总投资是多少亿元？", "4.15亿元"),
    ],
)
def test_of_several_figures_in_a_sentence_the_one_asked_for_answers(asked, question, text):
    assert asked(question)["answer"]["text"] == text


@pytest.mark.parametrize(
    "question",
    ["2023年上半年红蓼镇用电量同比增长多少？", "2021年上半年石浦镇用电量同比增长多少？", "鸦栖路全长多少公里？"],
)
def test_a_figure_of_another_place_or_year_is_no_answer(asked, question):
    assert asked(question)["answer"]["abstained"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("LTK的中文全称是什么？", "澜浦县水塘看护联合会"),
        ("HYB是什么的简称？", "荷叶饼加工坊"),
        ("“共管约”的全称是什么？", "水塘共管公约"),
        ("什么是塘长制？", "由村民轮流看护池塘、记录水位的办法"),
        ("塘长制是什么意思？", "由村民轮流看护池塘、记录水位的办法"),
    ],
)
def test_what_a_term_means_is_told_by_the_sentence_that_explains_it(asked, question, text):
    assert asked(question)["answer"]["text"] == text


@pytest.mark.parametrize(
    ("folded", "term"),
    [
        ("什么是塘长制?", "塘长制"),
        ("ltk的中文名称是什么?", "ltk"),
        ("“双塘”是什么意思?", "双塘"),
        ("县长是谁?", None),
        ("澜浦县的特产是什么?", None),
    ],
)
def test_which_questions_ask_for_a_meaning(folded, term):
    read = meaning_question(folded)
    assert (read and read.term) == term


def test_aliases_are_other_ways_to_write_a_name():
    written = {each.text for each in variants("央行和gdp")}
    assert {"中国人民银行", "国内生产总值"} <= written
    assert not [each for each in variants("gdpx指数") if each.text == "国内生产总值"]


@pytest.mark.parametrize(
    ("before", "question", "meant"),
    [
        ("2023年云岫县农村居民人均收入是多少？", "那城镇居民呢？", "2023年云岫县城镇居民人均收入是多少？"),
        ("2023年前5个月我国对东盟出口额是多少？", "对欧盟呢？", "2023年前5个月我国对欧盟出口额是多少？"),
        ("云岫县2012年茶叶产量是多少？", "到2021年呢？", "云岫县2021年茶叶产量是多少？"),
        ("Q7型水泵支持5K标准测试吗？", "R3型呢？", "r3型水泵支持5k标准测试吗？"),
        ("云岫茶厂的厂长是谁？", "他的公司有多少员工？", "云岫茶厂有多少员工？"),
    ],
)
def test_a_follow_up_takes_the_place_of_its_like(before, question, meant):
    assert resolve(question, before) == meant


def test_nothing_is_put_where_no_like_stands():
    assert put_in_place("b7型", "水泵噪声多少") == ""
    assert put_in_place("对欧盟", "云岫县茶叶产量是多少") == ""
    assert put_in_place("税收", "云岫县茶叶产量是多少") == ""


@pytest.mark.parametrize(
    ("question", "polarity", "words"),
    [
        ("白荻镇现在还收夜间停车费吗？", "no", "不再收取夜间停车费"),
        ("白荻镇的电动三轮车能免费停放吗？", "yes", "仍可免费停放"),
        ("申请塘边摊位要限年龄吗？", "no", "不限年龄"),
        ("申请塘边摊位要不要收押金？", "no", "不收押金"),
        ("荻花造纸厂通过排水验收了吗？", "no", "没有通过排水验收"),
        ("青芦酒厂通过排水验收了吗？", "yes", "已经通过排水验收"),
        ("青芦酒厂是不是通过了排水验收？", "yes", "已经通过排水验收"),
        ("汤小禾进入单人划船决赛了吗？", "no", "无缘决赛"),
        ("裘一帆晋级双人划船决赛了吗？", "yes", "晋级双人划船决赛"),
    ],
)
def test_yes_or_no_with_the_clause_that_says_so(asked, question, polarity, words):
    answer = asked(question)["answer"]
    assert (answer["kind"], answer["polarity"]) == ("yes_no", polarity)
    assert words in answer["text"]
    assert answer["text"] in answer["sentence"]


@pytest.mark.parametrize(
    ("question", "polarity"),
    [
        ("石蓬公园65周岁以上免费吗？", "yes"),
        ("石蓬公園65周歲以上免費嗎？", "yes"),
        ("石蓬公园65岁以上老人免费吗？", "yes"),
        ("石蓬公园六十五周岁以上免费吗？", "yes"),
        ("石蓬公园70岁以上免费吗？", "yes"),
        ("石蓬公园5岁儿童免票吗？", "yes"),
        ("石蓬公园62周岁免费吗？", None),  # the rule for those of 65 says nothing of them
        ("石蓬公园30岁免费吗？", None),
        ("石蓬公园6周岁以下免费吗？", None),
    ],
)
def test_a_rule_answers_for_the_ages_that_it_names(asked, question, polarity):
    answer = asked(question)["answer"]
    assert answer["polarity"] == polarity


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("石蓬公园荷花品种数居全市第几位？", "第二位"),
        ("石蓬公园荷花品种数居全市第几？", "第二位"),
        ("石蓬公園荷花品種數排名第幾？", "第二位"),
        ("石蓬公园人均绿地列全省第几位？", "第12位"),
    ],
)
def test_a_rank_is_answered_as_it_is_written(asked, question, text):
    assert asked(question)["answer"]["text"] == text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("鹤汀镇2022年第一产业增加值是多少？", "10亿元"),
        ("鹤汀镇2022年第二产业增加值是多少？", "20亿元"),
        ("鹤汀镇2022年第三产业增加值是多少？", "30亿元"),
        ("鹤汀镇2022年第一产业增加值增长多少？", "1.5%"),
        ("鶴汀鎮2022年第二產業增加值增長多少？", "2.5%"),
        ("鹤汀镇2022年第三产业增加值增长多少？", "3.5%"),
    ],
)
def test_a_second_list_is_of_the_same_things_in_the_same_order(asked, question, text):
    assert asked(question)["answer"]["text"] == text


@pytest.mark.parametrize("question", ["芦荡糖厂通过排水验收了吗？", "荻花造纸厂上市了吗？"])
def test_what_no_clause_speaks_of_is_neither_yes_nor_no(asked, question):
    assert asked(question)["answer"]["polarity"] is None


@pytest.mark.parametrize(
    ("clause", "key", "denied"),
    [
        ("没有通过验收", "验收", True),
        ("不仅通过验收", "验收", False),
        ("未来将通过验收", "验收", False),
        ("既不限户籍也不设收入线", "收入", True),
        ("并非没有通过验收", "验收", False),
    ],
)
def test_denials_are_counted(clause, key, denied):
    assert is_denied(clause, key) is denied


@pytest.mark.parametrize(("folded", "asks"), [("大桥通车了吗?", True), ("谁去了吗?", False), ("大桥多长?", False)])
def test_which_questions_ask_yes_or_no(folded, asks):
    assert is_yes_no(folded) is asks


@pytest.mark.parametrize(
    ("question", "reasons"),
    [("澜浦县菱角为什么减收？", ["连阴雨时间长、虫害重"]), ("荸荠为什么减收？", ["干旱", "荸荠田缺水"])],
)
def test_the_clause_of_the_reason_answers_why(asked, question, reasons):
    answer = asked(question)["answer"]
    assert sorted([answer["text"], *(each["text"] for each in answer["items"])][-len(reasons) :]) == sorted(reasons)
    assert answer["text"] in answer["sentence"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("由于河道狭窄,每年汛期都有洪水。", "河道狭窄"),
        ("欧元走弱主要缘于利率下调。", "利率下调"),
        ("受暴雨影响,列车停运。", "暴雨"),
        ("面积增加是增产的主要原因之一。", "面积增加"),
        ("列车停运。", None),
        ("因此列车停运。", None),
    ],
)
def test_how_a_sentence_gives_a_reason(sentence, reason):
    spans = reason_spans(sentence)
    assert ([sentence[a:b] for a, b in spans] or [None])[0] == reason


@pytest.mark.parametrize(
    "sentence",
    [
        "事故原因正在调查,伤者已送医。",
        "事故具体是什么原因还不清楚。",
        "天气不是停产的主要原因。",
        "目前正是调查事故原因的阶段。",
        "基因测序技术成熟。",
        "影响因素有很多。",
        "停产并非因为缺货。",
    ],
)
def test_no_reason_is_read_into_words_that_give_none(sentence):
    assert reason_spans(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("由于河道狭窄,每年汛期都有洪水。", "河道狭窄"),
        ("因缺货,工厂停产。", "缺货"),
        ("他接受采访时表示,项目受资金影响停工。", "资金"),
        ("干旱是减收的主要原因之一。", "干旱"),
    ],
)
def test_a_reason_is_read(sentence, reason):
    assert [sentence[start:end] for start, end in reason_spans(sentence)] == [reason]


@pytest.mark.parametrize("name", ["比亚迪", "和平县", "云岫县"])
def test_two_years_at_once_contradict_whoever_is_named(name):
    assert contradiction(f"{name}2024年2023年营收是多少", "").asked == "2024年2023年"


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("苇桥全长多少米，预计哪年通车？", ["640米", "2025年"]),
        ("芦雀湿地苍鹭2010年和2023年各有多少只？", ["120只", "560只"]),
        ("申请塘边摊位不限什么、不收什么？", ["年龄", "押金"]),
    ],
)
def test_each_of_several_questions_is_answered(asked, question, texts):
    reply = asked(question)
    items = reply["answer"]["items"]
    assert [each["text"] for each in items] == texts
    places = [reply["passages"][each["passage"] - 1]["text"][each["start"] : each["end"]] for each in items]
    assert places == texts


def test_of_several_questions_the_one_without_an_answer_is_named(asked):
    answer = asked("苇桥全长多少米，总投资多少亿元？")["answer"]
    assert [each["text"] for each in answer["items"]] == ["640米"]
    assert [each["asked"] for each in answer["missing"]] == ["总投资多少亿元"]


@pytest.mark.parametrize(
    ("folded", "questions"),
    [
        ("云岫大桥设计时速是多少,全线设几个站?", ["云岫大桥设计时速是多少", "云岫大桥全线设几个站"]),
        ("一期和二期分别什么时候投产?", ["一期什么时候投产", "二期什么时候投产"]),
        ("2022年,云岫大桥有多长?", []),
        ("云岫大桥、澜浦大桥有多长?", []),
    ],
)
def test_where_one_question_ends_and_the_next_begins(folded, questions):
    assert [each.question for each in split_questions(folded)] == questions


@pytest.mark.parametrize(
    ("question", "slot", "words"),
    [
        ("是多少？", "subject", "是多少"),
        ("白荻镇2024年2023年用电量是多少？", "period", "2024年2023年"),
        ("白荻镇2091年用电量是多少？", "period", "2091年"),
        ("2023年是多少？", "subject", "2023年是多少"),
        ("去年增长了多少？", "subject", "去年增长了多少"),
        ("总投资是多少？", "subject", "总投资是多少"),
        ("白荻镇2023年的2022年用电量是多少？", "period", "2023年的2022年"),
        ("白荻镇上半年第三季度用电量是多少？", "period", "上半年第三季度"),
        ("白荻镇2023年13月用电量是多少？", "period", "2023年13月"),
        ("白荻镇2023年2月29日用电量是多少？", "period", "2023年2月29日"),
    ],
)
def test_a_question_that_nothing_can_answer_is_refused_in_one_sentence(asked, question, slot, words):
    answer = asked(question)["answer"]
    assert (answer["abstained"], answer["reason"]) == (True, "not_stated")
    assert [(each["slot"], each["asked"], each["nearest"]) for each in answer["missing"]] == [(slot, words, None)]


def test_of_one_article_alone_a_question_needs_no_subject():
    assert contradiction("总投资是多少?", "2023-11-02", articles=1) is None
    assert contradiction("总投资是多少?", "2023-11-02", articles=2).asked == "总投资是多少"
    assert contradiction("苇桥总投资是多少?", "2023-11-02", articles=2) is None
    assert contradiction("2024年2月29日下雨了吗?", "2024-11-02") is None


def test_a_time_to_come_may_be_planned():
    assert contradiction("苇桥预计2035年通车吗?", "2023-11-02") is None
    assert contradiction("苇桥2024年通车吗?", "2023-11-02") is None
    assert contradiction("苇桥2035年车流量是多少?", "2023-11-02").asked == "2035年"


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("石浦镇引进了哪三家企业？", ["青梭纺织", "白鹭电机", "云杉木业"]),
        ("石浦镇引进了哪些企业？", ["青梭纺织", "白鹭电机", "云杉木业"]),
        ("莲汀园设了哪两个建设奖？", ["快马奖", "慢龟奖"]),
        ("石浦镇哪些作坊没有换证？", ["水生糖坊", "阿满油坊"]),
        ("石浦镇哪些作坊换证了？", ["阿荷豆坊", "老秦米坊"]),
    ],
)
def test_each_item_of_a_list_is_cited(asked, question, items):
    reply = asked(question)
    answer = reply["answer"]
    assert (answer["kind"], [each["text"] for each in answer["items"]]) == ("list", items)
    for each in answer["items"]:
        assert reply["passages"][each["passage"] - 1]["text"][each["start"] : each["end"]] == each["text"]


def test_a_verb_parted_from_its_object_is_found_where_both_stand_together(asked):
    assert asked("莲汀园在鹤汀挂的是什么牌子？")["answer"]["text"] == "荷塘试验中心"


@pytest.mark.parametrize(
    ("sentence", "items"),
    [
        ("分别是:甲厂、乙厂和丙厂。", ["甲厂", "乙厂", "丙厂"]),
        ("又引进了甲厂和乙厂两家企业。", ["甲厂", "乙厂"]),
        ("广东、山东、浙江三省超过百亿。", ["广东", "山东", "浙江"]),
        ("甲厂和乙厂都好。", None),
    ],
)
def test_how_lists_are_written(sentence, items):
    read = [[sentence[a:b] for a, b in each] for each in items_in(sentence)]
    assert (read or [None])[0] == items


def test_what_the_text_denies_has_no_day(asked):
    answer = asked("鹤汀砻坊通过消防检查的时间")["answer"]
    assert (answer["abstained"], answer["reason"], answer["premise_false"]) == (True, "not_stated", True)
    assert [each["asked"] for each in answer["missing"]] == ["通过"]


@pytest.mark.parametrize(
    ("question", "sentence", "verb"),
    [
        ("苇厂通过验收的时间是什么时候？", "苇厂没有通过验收，8月1日停产。", "通过"),
        ("苇厂什么时候停产？", "苇厂没有通过验收，8月1日停产。", ""),
        ("苇厂什么时候通过验收？", "苇厂去年没有通过验收，今年3月通过验收。", ""),
        ("苇厂哪天没有通过验收？", "苇厂8月1日没有通过验收。", ""),
    ],
)
def test_what_a_question_takes_for_true_may_be_denied(question, sentence, verb):
    answer = Answer("8月1日", sentence, 0.9, "", None)
    assert denied_premise(understand(question), answer) == verb


def test_two_people_of_one_name_are_both_said(asked):
    items = asked("祁望山是谁？")["answer"]["items"]
    assert {item["text"] for item in items} == {"澜浦小学校长祁望山", "芦洲船厂厂长祁望山"}
    assert asked("季怀沙是谁？")["answer"]["text"] == "澜浦中学校长季怀沙"


def test_the_whole_year_of_a_report_is_the_year_reported(asked):
    assert asked("芦洲船厂2019年营收多少？")["answer"]["text"] == "3.8亿元"
    assert asked("芦洲船厂2019年净利润是多少？")["answer"]["text"] == "亏损1200万元"
    assert asked("芦洲船厂2020年营收多少？")["answer"]["reason"] == "not_stated"


def test_what_several_articles_name_in_part_is_joined(asked):
    answer = asked("鹤汀镇2019年引进了哪些企业？")["answer"]
    items = {item["text"] for item in answer["items"]}
    assert items == {"青萝纺织", "苇塘织造", "云帆印染", "穗香米业", "荷塘油坊", "北桥冷链物流园"}
    assert len({item["passage"] for item in answer["items"]}) == 3


@pytest.mark.parametrize("question", ["鹤汀镇引进了几家企业？", "鹤汀镇2019年引进企业投资合计多少亿元？"])
def test_a_part_is_no_count_and_no_sum(asked, question):
    answer = asked(question)["answer"]
    assert (answer["text"], answer["reason"]) == (None, "not_stated")
    assert len(answer["items"]) == 6


def test_a_count_of_the_only_article_that_names_any_is_an_answer(asked):
    assert asked("石浦镇引进了几家企业？")["answer"]["text"] == "三家"
