"""Which lines of a page are its frame, and what they say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.boilerplate import edge_lines, find_boilerplate, line_key
from index.text.written_dates import iso_date, own_date

_LINES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "boilerplate_lines.txt").read_text(encoding="utf-8").splitlines()
]
_ARTICLE_TEXT = (
    "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。",
    "桥长三百二十米，双向四车道，从动工到通车一共用了十九个月，比计划早了两个月。",
    "桥上的灯在晚上七点亮起，一直亮到半夜，沿河散步的人都说好看，拍照的也多了。",
)
_BODY = "\n".join(_ARTICLE_TEXT)
_TITLE = "青岚河新桥昨天通车"


def _kinds(text, recurring=frozenset()):
    return [(text[span.start : span.end], kind) for span, kind in find_boilerplate(text, recurring).outside]


def test_there_are_enough_golden_lines():
    assert len(_LINES) >= 25


@pytest.mark.parametrize(("line", "kind"), _LINES)
def test_golden_lines_at_the_head_and_at_the_foot(line, kind):
    head = [(_TITLE, "title"), ("来源:青岚日报", "metadata")]
    expected = [] if kind == "-" else [(line, kind)]
    assert _kinds("\n".join([_TITLE, "来源:青岚日报", line, _BODY])) == head + expected
    assert _kinds("\n".join([_TITLE, "来源:青岚日报", _BODY, line])) == head + expected


# layout, {T} the title and {B} the running text: (date, source, author)
_LAYOUTS = {
    "{T}\n{B}": ("", "", ""),
    "{T}\n2024年3月5日\n{B}": ("2024-03-05", "", ""),
    "{T}\n2021/6/4 10:35\n{B}": ("2021-06-04", "", ""),
    "{T}\n2021.06.04\n{B}": ("2021-06-04", "", ""),
    "{T}\r\n2024-03-05 来源:青岚日报\r\n{B}": ("2024-03-05", "青岚日报", ""),
    "{T}\n２０２４年１月８日　来源：青岚日报　作者：骆晨钟\n{B}": ("2024-01-08", "青岚日报", "骆晨钟"),
    "{T}\n民國113年3月5日　來源：竹汐新報　記者舒懷谷 竹汐報導\n{B}": ("2024-03-05", "竹汐新報", "舒懷谷"),
    "{T}\n中華民國 99 年 12 月 31 日\n{B}": ("2010-12-31", "", ""),
    "{T}\n发布时间:2024-03-05 08:00:00  来源: 青岚日报  作者: 言小满  浏览: 22\n{B}": (
        "2024-03-05",
        "青岚日报",
        "言小满",
    ),
    "{T}\n来源:青岚日报 发布时间:2024-03-05\n{B}": ("2024-03-05", "青岚日报", ""),
    "{T}\n来源:青岚日报 | 2024-03-05 | 作者:言小满\n{B}": ("2024-03-05", "青岚日报", "言小满"),
    "{T}\n发布时间：2024年3月5日\n来源：青岚日报\n作者：言小满\n{B}": ("2024-03-05", "青岚日报", "言小满"),
    "{T}\n青岚日报 · 记者 言小满 | 发布时间2024-03-05 09:23:18\n{B}": ("2024-03-05", "青岚日报", "言小满"),
    "{T}\n青岚日报｜2024-03-05\n{B}": ("2024-03-05", "青岚日报", ""),
    "{T}\n{B}\n(来源:青岚日报 作者:言小满)\n2024年3月5日": ("2024-03-05", "青岚日报", "言小满"),
    "{T}\n{B}\n责任编辑:骆晨钟\n发布日期:2024-3-5": ("2024-03-05", "", ""),
    "首页 > 新闻 > 青岚\n{T}\n2024-03-05 来源:青岚日报\n{B}": ("2024-03-05", "青岚日报", ""),
    "青岚生活网\n{T}\n2024-03-05 来源:青岚日报\n{B}": ("2024-03-05", "青岚日报", ""),
    "新闻 体育 财经 娱乐 科技 视频\n您的位置:首页 > 要闻\n{T}\n来源:青岚日报\n{B}": ("", "青岚日报", ""),
    "# {T}\n\n> 2024年11月18日 · 来源：湘赣边周刊 · 文/闻一则 · 阅读(2091)\n\n{B}": (
        "2024-11-18",
        "湘赣边周刊",
        "闻一则",
    ),
    "2024-03-05\n{T}\n{B}": ("2024-03-05", "", ""),
    "{T}\n{B}\n作者:言小满、骆晨钟": ("", "", "言小满、骆晨钟"),
    "{T}\n点击: 来源:昭萍生活圈\n{B}": ("", "昭萍生活圈", ""),
    "{T}\n2023-02-30\n{B}": ("", "", ""),
    "{T}\n来源:青岚日报 2024-03-05\n{B}": ("2024-03-05", "青岚日报", ""),
    "{T}\n来源:【青岚日报】 2024-03-05\n{B}": ("2024-03-05", "青岚日报", ""),
    "{T}\n来源:  作者:  时间:2024-03-05\n{B}": ("2024-03-05", "", ""),
    "{T}\n2024年3月5日 来源:青岚日报\n{B}\n2023年12月1日": ("2024-03-05", "青岚日报", ""),
}


@pytest.mark.parametrize("layout", _LAYOUTS)
def test_title_date_source_and_author_of_a_page(layout):
    page = layout.format(T=_TITLE, B=_BODY)
    frame = find_boilerplate(page)
    assert (frame.title, frame.date, frame.source, frame.author) == (_TITLE, *_LAYOUTS[layout])
    framed = {page[span.start : span.end] for span, _ in frame.outside}
    assert framed == {line for line in page.splitlines() if line and line not in _ARTICLE_TEXT}, (
        "every other line is frame, no line of the article_text is"
    )


@pytest.mark.parametrize(
    "title",
    [
        "通车了!青岚河新桥",
        "新桥通车后，早点摊去哪儿了？",
        "“三比三看”第二天",
        "PM2.5年均33微克",
        "2023年青岚财政收支出炉",
        "關於新橋的十個數字",
    ],
)
def test_a_title_may_look_like_a_sentence(title):
    assert find_boilerplate(f"首页 > 要闻\n{title}\n2024-03-05 来源:青岚日报\n{_BODY}").title == title


def test_a_title_said_twice_is_frame_twice():
    page = f"青岚生活网\n{_TITLE}\n2024-03-05\n{_TITLE}\n{_BODY}"
    assert _kinds(page) == [
        ("青岚生活网", "navigation"),
        (_TITLE, "title"),
        ("2024-03-05", "metadata"),
        (_TITLE, "title"),
    ]


def test_a_subtitle_is_not_the_title():
    assert find_boilerplate(f"{_TITLE}\n——记者在桥头看到的一天\n2024-03-05\n{_BODY}").title == _TITLE


def test_an_article_without_a_frame_has_none():
    assert find_boilerplate(_BODY) == find_boilerplate(_ARTICLE_TEXT[0] * 3).__class__("", "", "", "", ())


def test_a_date_in_the_running_text_is_not_the_articles():
    assert (
        find_boilerplate(
            f"{_TITLE}\n2019年5月1日，新桥动工，五年以后的昨天通车，桥头的早点摊也跟着热闹起来。\n{_BODY}"
        ).date
        == ""
    )


@pytest.mark.parametrize(
    "editor", ["(责任编辑:言小满)", "【编辑:言小满】", "(编辑 言小满)", "责任编辑言小满", "责编:言小满"]
)
def test_the_editor_at_the_end_of_the_last_sentence_is_cut_off(editor):
    assert _kinds(f"{_TITLE}\n{_BODY}{editor}") == [(_TITLE, "title"), (editor, "editor")]


@pytest.mark.parametrize(
    "line",
    [
        "来源:一口老井的水",
        "作者:他在扉页上写下这两个字",
        "时间:3月5日至3月8日",
        "位置:城东新区",
        "关闭",
        "下一篇:一座桥的故事",
        "项目 投资 产值 税收 就业",
        "第三十五条 学校应当安装上网保护软件，防范未成年人接触不良信息。",
        "第九条 交通主管部门应当建立举报制度，公开举报电话、通信地址或者电子邮件信箱。",
        "任何单位和个人未经许可不得使用无人机在桥上拍摄。",
        "市民可拨打服务热线0000-120567咨询。",
        "版权所有者应当登记。",
    ],
)
def test_a_line_between_the_sentences_of_the_running_text_is_not_boilerplate(line):
    page = "\n".join([_TITLE, "2024-03-05", *_ARTICLE_TEXT[:2], line, *_ARTICLE_TEXT[2:]])
    assert _kinds(page) == [(_TITLE, "title"), ("2024-03-05", "metadata")]


def test_rights_and_contact_lines_between_two_parts_of_a_page_are_frame():
    page = "\n".join(
        [
            _ARTICLE_TEXT[0],
            "版权声明:本文归青岚日报所有",
            _ARTICLE_TEXT[1],
            "投稿邮箱:tougao@news.example.com",
            _ARTICLE_TEXT[2],
        ]
    )
    assert _kinds(page) == [("版权声明:本文归青岚日报所有", "rights"), ("投稿邮箱:tougao@news.example.com", "contact")]


def test_recurring_lines_are_frame_only_at_the_edge():
    known = frozenset({"。青岚就是我的家乡呀"})
    page = "\n".join([_TITLE, "2024-03-05", *_ARTICLE_TEXT, "青岚就是我的家乡呀!"])
    assert ("青岚就是我的家乡呀!", "recurring") in _kinds(page, known)
    assert ("青岚就是我的家乡呀!", "recurring") not in _kinds(page)
    middle = "\n".join([*_ARTICLE_TEXT * 3, "青岚就是我的家乡呀!", *_ARTICLE_TEXT * 3])
    assert _kinds(middle, known) == []


def test_the_key_of_a_line_holds_its_letters_only():
    assert line_key("【發佈時間】2024-03-05 ID：Ａ_9") == "发布时间ida"


def test_edge_lines_are_sorted_and_short():
    lines = ["青岚生活网", "短", "首頁要聞", *["甲乙丙丁" + "戊" * 120] * 20, "首页要闻", "2024"]
    assert edge_lines("\n".join(lines)) == ("青岚生活网", "首页要闻")
    assert edge_lines("青岚生活网\n首页要闻\n昨天通车") == ()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024年3月5日", "2024-03-05"),
        ("2021/6/4", "2021-06-04"),
        ("2021.06.04", "2021-06-04"),
        ("2022-12-31 23:59", "2022-12-31"),
        ("２０２４年１月１８日", "2024-01-18"),
        ("民國113年3月5日", "2024-03-05"),
        ("中華民國 99 年 12 月 31 日", "2010-12-31"),
        ("發佈於2024 年 3 月 5 日", "2024-03-05"),
        ("2024年2月29日", "2024-02-29"),
        ("2023年2月29日，又2023年3月1日", "2023-03-01"),
        ("2024-03-051", ""),
        ("2024年13月5日", ""),
        ("3月5日", ""),
        ("2024年", ""),
        ("", ""),
    ],
)
def test_dates(text, date):
    assert iso_date(text) == date


@given(
    st.lists(
        st.sampled_from([line for line, _ in _LINES] + list(_ARTICLE_TEXT) + ["", " ", "\u3000", "\u2028", "\r"]),
        max_size=20,
    )
)
def test_frame_lines_are_ordered_disjoint_and_whole(lines):
    text = "\n".join(lines)
    end = 0
    for span, kind in find_boilerplate(text).outside:
        assert end <= span.start < span.end <= len(text)
        assert kind
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        end = span.end


def test_empty_text_has_no_frame():
    for text in ("", " \n\u3000\n"):
        assert find_boilerplate(text).outside == ()
        assert find_boilerplate(text).title == ""


def test_a_sentence_keeps_its_figures_when_lines_are_compared():
    def bulletin(day, cases):
        head, foot = "青岚市卫生健康委员会", f"阅读 {cases}"
        news = f"截至{day}日零时，全市累计报告病例{cases}例，比前一天有所增加。\n病人都在市医院治疗。"
        return f"{head}\n{news}\n请大家出门戴好口罩，回家洗手，不要聚在一起。\n{foot}\n"

    first, second = edge_lines(bulletin(3, 52)), edge_lines(bulletin(4, 61))
    assert set(first) & set(second) == {
        "青岚市卫生健康委员会",
        "。病人都在市医院治疗",
        "。请大家出门戴好口罩回家洗手不要聚在一起",
    }
    assert set(first) - set(second) == {"。截至3日零时全市累计报告病例52例比前一天有所增加"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二四年三月二十九日", "2024-03-29"),
        ("二○二四年三月二十九日", "2024-03-29"),
        ("二零二四年十二月三十一日", "2024-12-31"),
        ("二ＯＯ八年五月十二日", "2008-05-12"),
        ("二0二四年元月十日", "2024-01-10"),
        ("一九九八 年 十 月 一 日", "1998-10-01"),
        ("二〇二四年3月9日", "2024-03-09"),
        ("2024年三月二十九日", "2024-03-29"),
        ("二〇二四年十一月廿九日", "2024-11-29"),
        ("中華民國一百一十三年三月二十九日", "2024-03-29"),
        ("民國一一三年三月二十九日", "2024-03-29"),
        ("民国一百零三年十月十日", "2014-10-10"),
        ("民國九十九年三月五日", "2010-03-05"),
        ("民國元年一月一日", "1912-01-01"),
        ("二〇二四年三月三十二日", ""),
        ("二〇二四年正月初五", ""),
        ("九八年三月五日", ""),
        ("一百年", ""),
    ],
)
def test_dates_in_characters(text, day):
    assert iso_date(text) == day
    notice = "关于新桥收费的通知\n\n各村：\n为方便群众过桥，从下月起每辆车收费5元，请各村广为告知，不得拒收现金。\n\n"
    notice += f"青岚县交通局\n{text}\n"
    frame = find_boilerplate(notice)
    assert (frame.title, frame.date) == ("关于新桥收费的通知", day)
    assert own_date(f"自{text}起施行") == ""


@given(st.text(alphabet="民国元〇○零一二三四五六七八九十百廿卅年月日号 12", max_size=40))
def test_no_date_in_characters_raises(text):
    assert len(iso_date(text)) in (0, 10)


@pytest.mark.parametrize(
    "tail",
    [
        "版权所有，未经许可不得转载。",
        "版权归青岚日报所有",
        "青ICP备12345678号",
        "未经青岚日报授权不得转载",
        "【责任编辑：言小满】",
    ],
)
def test_a_tail_does_not_take_the_text_of_its_line_along(tail):
    text = _ARTICLE_TEXT[0] + "桥头每天六点开灯。"
    for whole in (text + tail, f"新桥昨天通车了\n2024-03-05\n{text} {tail}"):
        outside = find_boilerplate(whole).outside
        kept = "".join(
            character for i, character in enumerate(whole) if not any(s.start <= i < s.end for s, _ in outside)
        )
        assert kept.strip().endswith(text)


def test_a_notice_of_rights_is_left_out_whole():
    notice = "声明：凡本网转载的内容，均为传递更多信息之用，不作商业用途。如有侵权请联系删除。"
    text = f"新桥昨天通车了\n{_BODY}\n{notice}"
    assert [text[s.start : s.end] for s, kind in find_boilerplate(text).outside if kind == "rights"] == [notice]


def test_the_field_of_a_form_is_no_title():
    form = "云岫茶厂登记如下，由县里核发，三年内有效。\n云岫茶厂厂长：骆晨钟\n茶园面积：六百二十亩\n"
    assert find_boilerplate(form).title == ""
    fields = "项目概况：茶园改造\n建设内容：水渠与道路\n"
    assert find_boilerplate(fields + "青岚县的茶园今年要改造，水渠和道路也要修，总共要花四千六百万元。\n").title == ""
    head = "湘东看项目：三条线一起跑\n来源：赣西观察网\n"
    text = head + "青岚县的茶园今年要改造，水渠和道路也要修，总共要花四千六百万元。\n"
    assert find_boilerplate(text).title == "湘东看项目:三条线一起跑".replace(":", "：")
