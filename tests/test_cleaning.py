"""What of an original is running text, and what in it is damage: exact places, nothing else touched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span, offsets_without, without_spans
from index.text.boilerplate import find_boilerplate
from index.text.cleaning import clean, running_text
from index.text.repairs import digit_holes, invisible_characters, markdown_marks, pinyin_annotations, repaired
from index.text.written_dates import iso_date

_PINYIN = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "pinyin.txt").read_text(encoding="utf-8").splitlines()
]


def _texts(text, spans):
    return [text[span.start : span.end] for span in spans]


def test_there_are_enough_golden_annotations():
    assert len(_PINYIN) >= 25
    assert sum(annotated == plain for annotated, plain in _PINYIN) >= 10


@pytest.mark.parametrize(("annotated", "plain"), _PINYIN)
def test_golden_annotations(annotated, plain):
    assert without_spans(annotated, tuple(pinyin_annotations(annotated))) == plain
    assert repaired(annotated) == plain
    assert repaired(plain) == plain


def test_annotations_are_found_where_they_stand():
    assert pinyin_annotations("年產(chǎn)值為長(zhǎng)") == [Span(2, 8), Span(11, 18)]


def test_invisible_characters_are_found():
    text = "\ufeff青\u200b岚\u00ad\u200d河\u202e!\u2060"
    assert _texts(text, invisible_characters(text)) == ["\ufeff", "\u200b", "\u00ad\u200d", "\u202e", "\u2060"]
    assert repaired(text) == "青岚河!"
    assert invisible_characters("青岚 河\u3000A\t\n") == []


def test_a_title_is_repaired_of_both():
    assert repaired("三條\u200b生產(chǎn)線\u00ad") == "三條生產線"


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("# 标题一\n正文", "标题一\n正文"),
        ("###### 标题", "标题"),
        ("> 引文", "引文"),
        (">> 引文", "引文"),
        ("- 一\n* 二\n+ 三", "一\n二\n三"),
        ("  - 缩进", "缩进"),
        ("**龙发实业**给出的办法", "龙发实业给出的办法"),
        ("__强调__与`代码`", "强调与代码"),
        ("*责编 言小满*", "责编 言小满"),
        ("[青岚日报](https://news.example.com/a_1.html)报道", "青岚日报报道"),
        ("![图一](a.png)见图", "图一见图"),
        ("---\ntitle: 甲\ndate: 2024-03-05\n---\n正文", "正文"),
        ("---\r\ntitle: 甲\r\n---\r\n正文", "正文"),
        ("3 * 4 = 12", "3 * 4 = 12"),
        ("C#语言 #话题", "C#语言 #话题"),
        ("温度-5度，比分3-2", "温度-5度，比分3-2"),
        ("2*3", "2*3"),
        ("【注】[1]参见第3页(第二版)", "【注】[1]参见第3页(第二版)"),
        ("PM2.5 > 35", "PM2.5 > 35"),
        ("a_b_c", "a_b_c"),
    ],
)
def test_markdown_marks_go_and_the_words_stay(text, readable):
    spans = tuple(markdown_marks(text))
    assert without_spans(text, spans) == readable


def test_emphasis_between_han_characters_is_a_mark():
    text = "他说*一定*要去"
    assert without_spans(text, tuple(markdown_marks(text))) == "他说一定要去"


_PAGE = (
    "首頁 > 縣區 > 正文\n三條生產(chǎn)線一起跑\n2024-03-05 來源:青嵐日報\n\n"
    "　　頭一站是拓源實業(yè)\u200b,檢測單上寫的純度(GDP)為99.7%,對應(yīng)年產(chǎn)值30亿元以上。\n"
    "　　第二站的生產線更長,從改底盤起步,鋪好地板,再把櫃子一件件裝進車廂裡去。\n"
    "責任編輯:言小滿\n"
)


def test_a_page_is_cleaned_to_its_running_text():
    cleaned = clean(_PAGE)
    assert _texts(_PAGE, cleaned.removed) == ["(chǎn)", "(yè)\u200b", "(yīng)", "(chǎn)"]
    assert _texts(_PAGE, cleaned.blocks) == [_PAGE[_PAGE.index("頭一站") : _PAGE.index("\n責任")]]
    assert cleaned.repairs == (
        ("editor", 1),
        ("invisible", 1),
        ("metadata", 1),
        ("navigation", 1),
        ("pinyin", 4),
        ("title", 1),
    )
    assert cleaned.digits_lost == 0
    assert running_text(_PAGE, cleaned) == (
        "頭一站是拓源實業,檢測單上寫的純度(GDP)為99.7%,對應年產值30亿元以上。\n"
        "　　第二站的生產線更長,從改底盤起步,鋪好地板,再把櫃子一件件裝進車廂裡去。"
    )


def test_offsets_lead_back_to_the_original():
    cleaned = clean(_PAGE)
    readable = without_spans(_PAGE, cleaned.removed)
    offsets = offsets_without(len(_PAGE), cleaned.removed)
    assert "".join(_PAGE[place] for place in offsets) == readable
    assert _PAGE[offsets[readable.index("年產值30")] : offsets[readable.index("亿元") + 1] + 1] == "年產(chǎn)值30亿元"


def test_markdown_is_only_removed_where_it_is_markdown():
    text = "**龙发实业**去年有四个项目，二硅化钼发热体排在最前面，今年要全部卖出去。"
    assert clean(text).removed == ()
    assert _texts(text, clean(text, markdown=True).removed) == ["**", "**"]
    assert clean(text, markdown=True).repairs == (("markdown", 2),)


def test_text_between_two_rules_is_no_front_matter():
    article_text = "老陶瓷厂做起新瓷件，正在调参数的项目一共四个，计划今年全部卖出去。"
    text = f"---\n{article_text}\n---\n"
    assert article_text in running_text(text, clean(text, markdown=True))


def test_a_rights_line_in_the_middle_divides_two_blocks():
    first, second = (
        "前一段说的是桥长三百二十米，双向四车道，一共用了十九个月才通车。",
        "后一段说的是桥上的灯，晚上七点亮起，一直亮到半夜才会熄灭。",
    )
    text = f"{first}\n版权所有 未经许可不得转载\n{second}"
    assert _texts(text, clean(text).blocks) == [first, second]


def test_recurring_lines_leave_only_with_the_corpus_behind_them():
    article_text = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，早点摊也热闹起来。\n"
    text = f"大河向东流去了\n{article_text * 4}天天有好书看"
    assert dict(clean(text).repairs).get("recurring") is None
    assert clean(text, recurring=frozenset({"天天有好书看"})).repairs[0] == ("recurring", 1)
    assert not running_text(text, clean(text, recurring=frozenset({"天天有好书看"}))).endswith("看")


@pytest.mark.parametrize("text", ["", " \n\u3000", "\u200b\ufeff", "----", "……。", "(chǎn)"])
def test_nothing_to_read_gives_no_block_or_itself(text):
    cleaned = clean(text)
    assert [text[block.start : block.end] for block in cleaned.blocks] == [text] * any(
        character.isalnum() for character in text
    )
    assert cleaned.digits_lost == 0


@pytest.mark.parametrize(
    ("text", "holes"),
    [
        ("工业投资同比增长%，技改投资增长%。", ["%", "%"]),
        ("同比增長％", ["％"]),
        ("下降.%", ["%"]),
        ("授信合计达亿元，", ["达亿元"]),
        ("授信達億元", ["達億元"]),
        ("总投资亿元", ["总投资亿元"]),
        ("将增至万元", ["增至万元"]),
        ("占地约亩", ["约亩"]),
        ("月日，推进大会召开", ["月日"]),
        ("年月日", ["年月日"]),
        ("排名前位，", ["前位"]),
        ("共有家企业入园", ["共有家"]),
        ("达到万吨", ["达到万吨"]),
        ("完成率达，", ["率达"]),
        ("事故造成人死亡", ["造成人"]),
        ("新增确诊病例例，", ["病例例"]),
        ("比上年提高了个百分点", ["提高了个百分点"]),
        ("建厂以来，公司成立周年", ["成立周年"]),
        ("桥长公里，宽米", ["公里"]),
        ("发言人日表示", ["日"]),
        ("引进资金亿元，税收万元。", ["资金亿元", "税收万元"]),
    ],
)
def test_a_figure_is_missed_where_it_is_gone(text, holes):
    assert _texts(text, digit_holes(text)) == holes


@pytest.mark.parametrize(
    "text",
    [
        "突破亿元",
        "亿元以上",
        "过亿元",
        "上亿元的项目",
        "数亿元",
        "千亿元产业",
        "亿元村",
        "百万元",
        "万元户",
        "增长5%",
        "增长５％",
        "百分之五",
        "几%",
        "3.5%",
        "5%左右",
        "3月5日",
        "三月五日",
        "十二月十日",
        "2024年3月5日",
        "几月几日",
        "第一名",
        "第3名",
        "前十位，",
        "第二位",
        "位列第一",
        "达到3亿元",
        "总投资5亿元",
        "约3000亩",
        "12家企业",
        "共有12家",
        "近百名",
        "超过三成",
        "已有多家",
        "达标",
        "约定",
        "率达到95%",
        "率先达到",
        "造成人员伤亡",
        "已有人受伤",
        "成立二十周年",
        "粮食周年亩产稳定",
        "每公里造价",
        "33亿吨公里",
        "几公里外",
        "发言人当日表示",
        "节日称呼",
        "投资亿元以上的项目",
        "投资3亿元",
        "提高5个百分点",
    ],
)
def test_good_chinese_misses_no_figure(text):
    assert _texts(text, digit_holes(text)) == []


_MEASURE_WORDS = (
    "新增项目12个 完成项目开发 引进项目3个 新增个案2例 新增个体工商户 引进台资企业 新增条款明定 已完成户内防治 "
    "完成台账 到达台北 送達臺南市政府"
    " 近台湾海峡 傳達家庭的需要 拥有个性 仅有个位数 已有台积电 贴近家乡文化 每月日均用电 放在最前位。"
)


def test_a_word_that_begins_like_a_measure_word_misses_no_figure():
    assert {text: _texts(text, digit_holes(text)) for text in _MEASURE_WORDS.split() if digit_holes(text)} == {}


def test_a_percent_sign_may_stand_alone():
    texts = ("单位:%", "占比(%)", "100 %", "https://a.example.com/%E5%8F%B0")
    assert {text: _texts(text, digit_holes(text)) for text in texts if digit_holes(text)} == {}


def test_figures_lost_are_counted_in_the_running_text_only():
    article_text = "园区前几个月的工业投资同比增长%，技改投资同比增长%，几家银行给的授信合计达亿元，比往年多出一大截。"
    assert clean(article_text).digits_lost == 3
    assert clean(f"新桥项目增长%一览\n2024-03-05\n{article_text}").digits_lost == 3


def test_a_real_article_without_its_figures_is_seen_so(shared):
    counts = [clean(path.read_text(encoding="utf-8")).digits_lost for path in sorted((shared / "corpus").glob("*.txt"))]
    assert counts[2] > 10
    assert counts[:2] + counts[3:] == [0, 0, 0, 0]


_PIECES = st.sampled_from(
    [
        "產(chǎn)業(yè)",
        "女(nǚ)",
        "(Alibaba)",
        "（yīng）",
        "应",
        "\n",
        "\r\n",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\x00",
        "\x07",
        "\x85",
        "\u202e",
        "\u0301",
        " ",
        "**",
        "# ",
        "- ",
        "---\n",
        "[",
        "](a)",
        "`",
        "来源:青岚日报",
        "责任编辑:言小满",
        "2024年3月5日",
        "版权所有",
        "增长%",
        "。",
        "，",
        "\ud800",
        "\U00020000",
        "好" * 30,
    ]
)
_HAN = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12)
_TEXTS = st.lists(_PIECES | _HAN, max_size=40).map("".join)


@given(_TEXTS, st.booleans())
def test_any_text_gives_ordered_disjoint_spans_inside_it(text, markdown):
    cleaned = clean(text, markdown=markdown)
    for spans in (cleaned.removed, cleaned.blocks):
        end = 0
        for span in spans:
            assert end <= span.start < span.end <= len(text)
            end = span.end
    for block in cleaned.blocks:
        assert text[block.start : block.end].strip() == text[block.start : block.end]
        assert any(character.isalnum() for character in text[block.start : block.end])
    assert cleaned.repairs == tuple(sorted(cleaned.repairs))
    assert cleaned.digits_lost >= 0
    assert clean(text, markdown=markdown) == cleaned


@given(_TEXTS)
def test_any_text_without_its_damage_leads_back(text):
    removed = clean(text, markdown=True).removed
    offsets = offsets_without(len(text), removed)
    assert [text[place] for place in offsets] == list(without_spans(text, removed))
    assert offsets == sorted(set(offsets))


@given(_TEXTS)
def test_repairs_only_take_away(text):
    def subsequence(short, long):
        rest = iter(long)
        return all(character in rest for character in short)

    assert subsequence(repaired(text), text)
    assert subsequence(running_text(text, clean(text)).replace("\n", ""), text.replace("\n", ""))


# News that looks like the frame of a page: none of it may be lost, wherever it stands.
_NEWS_LIKE_FRAME = (
    "法院查明，这家公司未经许可转载了他人的文章63篇。",
    "便民热线接听量今年达到860000次。",
    "电话推销涉及的金额为52000000元。",
    "版权归属争了两年，涉及金额1300万元。",
    "这番话只代表作者个人，与协会的会员无关。",
    "如有侵权行为，最高可罚30万元。",
    "转载须付稿酬，每千字150元。",
    "热线12345每天接到900多个电话。",
    "记者：今年的梨卖得怎么样？",
    "分享经济的热潮正在退去。",
    "地点：渡口东侧广场",
    "时间：9月8日19:30",
    "票价：20元",
    "河湾镇 3120 456.5",
    "| 柳湾 | 75 | 112.3 |",
    "白菜 每公斤2.3元",
    "玉江站水位38.21米。",
    "第四条 本办法自2024年3月1日起施行。",
    "一、总体情况",
)


@pytest.mark.parametrize("line", _NEWS_LIKE_FRAME)
@pytest.mark.parametrize("place", ["amid", "last"])
def test_news_that_looks_like_frame_stays(line, place):
    article_text = [
        "青岚河上的新桥昨天上午通车，第一天就有两千多辆车开了过去。",
        "桥头的早点摊跟着热闹起来，老板说一天要多卖三百根油条。",
    ]
    lines = [
        "青岚河新桥昨天通车",
        "2024-03-05 来源：青岚日报",
        article_text[0],
        *([line, article_text[1]] if place == "amid" else [article_text[1], line]),
    ]
    text = "\n".join(lines)
    cleaned = clean(text, title=lines[0])
    assert line in running_text(text, cleaned).split("\n")
    assert (find_boilerplate(text).title, find_boilerplate(text).date, find_boilerplate(text).source) == (
        "青岚河新桥昨天通车",
        "2024-03-05",
        "青岚日报",
    )


@pytest.mark.parametrize(
    ("head", "title", "date", "source"),
    [
        ("电影放映通知\n时间：9月8日19:30\n地点：文化广场东侧", "电影放映通知", "", ""),
        ("今日菜价\n2023年7月11日\n白菜 每公斤2.3元", "今日菜价", "2023-07-11", ""),
        ("让河水清起来\n河长三年走访记\n2023-10-03 来源：水利报", "让河水清起来", "2023-10-03", "水利报"),
        ("2023年全市纺织业运行报告\n市纺织工业协会\n2024年1月18日", "2023年全市纺织业运行报告", "2024-01-18", ""),
        ("评论：别让司机背锅\n2023-08-05 作者：石敢当", "评论：别让司机背锅", "2023-08-05", ""),
        ("编辑：一个正在消失的职业\n2023-08-05", "编辑：一个正在消失的职业", "2023-08-05", ""),
        ("新华社北京10月3日电\n两部门发文规范网约车", "两部门发文规范网约车", "", ""),
        (
            "停车管理办法\n第一条 为了方便停车，制定本办法。\n第二条 本办法自2024年3月1日起施行。",
            "停车管理办法",
            "",
            "",
        ),
        ("图书馆通报\n\n一、总体情况\n全市共有图书馆13个", "图书馆通报", "", ""),
        ("湖边的灯亮了\n2023-09-01 来源：龙潭发布", "湖边的灯亮了", "2023-09-01", "龙潭发布"),
        ("关于召开听证会的公告\n时间：2023年9月20日上午9:00", "关于召开听证会的公告", "", ""),
        ("主题：回复：管网稿件\n2023-09-01", "回复：管网稿件", "2023-09-01", ""),
    ],
)
def test_what_a_head_says(head, title, date, source):
    text = f"{head}\n湖边的路灯昨天晚上全部亮了起来，散步的人比平时多了一倍，大家都说方便。\n"
    frame = find_boilerplate(text)
    assert (frame.title, frame.date, frame.source) == (title, date, source)
    kept = running_text(text, clean(text, title=frame.title))
    for line in head.split("\n"):
        assert line in kept or line.endswith(title) or iso_date(line) or "10月3日电" in line, (
            "a line that says something else stays"
        )


def test_what_recurs_is_taken_out_only_beside_what_does_not():
    text = "人事任免\n2023-09-05\n任命吴晓岚为市教育局局长\n免去韩志平的市教育局局长职务\n"
    recurring = frozenset({"任命吴晓岚为市教育局局长", "免去韩志平的市教育局局长职务"})
    assert (
        running_text(text, clean(text, title="人事任免", recurring=recurring))
        == "任命吴晓岚为市教育局局长\n免去韩志平的市教育局局长职务"
    )
