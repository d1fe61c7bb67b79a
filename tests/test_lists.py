"""A page that only lists other articles is told from an article, and no article is taken for a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.pages import NoArticle, read_page

_NAVIGATION = "<div><a href=/>首页</a> <a href=/n>新闻中心</a> <a href=/z>政务公开栏目</a> <a href=/l>旅游</a></div>"
_FOOT = (
    "<div><p>青岚市人民政府主办，青岚市政务服务中心承办，网站标识码3300000001。</p>"
    "<p>版权所有 青岚新闻网，未经许可不得转载。 青ICP备12345678号-1</p></div>"
)
_HEADLINES = (
    "青岚河新桥昨天正式通车", "云岫茶厂春茶产量创下新高", "望潮渔业十八条新船出海", "竹汐中学新教学楼封顶",
    "白泥窑陶瓷展在青岚开幕", "有轨电车二号线开始试运行", "湘江大桥主跨今天合龙", "青岚图书馆延长开放时间",
    "城北菜市场改造后重新开业", "全市防汛演练在望潮举行", "青岚马拉松赛报名今天开始", "老城区供水管网更换完成",
)  # fmt: skip
_SENTENCES = (
    "新桥全长两公里，通车第一天就有两千多辆车开了过去。",
    "茶农说今年雨水来得正是时候，采茶的日子比往年早。",
    "公司说全年要捕十三万吨，码头上的冰库已经装满。",
    "新楼有三十六间教室，下学期开始使用，家长都很高兴。",
    "展览有一百二十件作品，观众可以亲手拉坯，为期一个月。",
    "试运行期间市民可以免费乘坐，正式票价还在听证。",
    "大桥明年六月通车，两岸来往的时间将缩短一半。",
    "周末开到晚上十点，自习室的座位增加到四百个。",
)
_BODY = "".join(f"<p>{_SENTENCES[i]}{_SENTENCES[i + 1]}负责人说，{_SENTENCES[i + 2]}</p>" for i in range(5))
_TITLE = "青岚河上的第九座桥明年动工"


def _date(number, form="2024-{month:02}-{day:02}"):
    return form.format(month=6 - number // 8, day=28 - number % 8 * 3)


def _page(content, title="工作动态", head=""):
    return (
        f"<!DOCTYPE html><html><head><title>{title}_青岚新闻网</title>{head}</head><body>{_NAVIGATION}"
        f"<div class=main>{content}</div>{_FOOT}</body></html>"
    )


def _items(shape, count=10, form="2024-{month:02}-{day:02}"):
    return "".join(
        shape.format(
            n=i,
            title=_HEADLINES[i % len(_HEADLINES)],
            date=_date(i, form),
            text=_SENTENCES[i % len(_SENTENCES)],
        )
        for i in range(count)
    )


_DATED = "<li><a href=/{n}.html>{title}</a><span>{date}</span></li>"
_WITH_SUMMARY = "<div><h3><a href=/{n}.html>{title}</a></h3><p>{text}</p><p>{date} 来源：青岚日报</p></div>"
_BROKEN = "<div><h3><a href=/{n}.html>{title}</a></h3><p>{text}负责人说，接下来还要……</p></div>"
_MORE = "<div><h3><a href=/{n}.html>{title}</a></h3><p>{text}<a href=/{n}.html>[详情]</a></p></div>"
_MORE_BELOW = "<div><h3><a href=/{n}.html>{title}</a></h3><p>{text}</p><p><a href=/{n}.html>查看更多</a></p></div>"
_RISK = (
    "<p>风险提示：基金过往业绩不预示未来表现，投资者应当认真阅读基金合同等法律文件，谨慎投资，自行承担风险。</p>"
    "<p>本公司不保证基金一定盈利，也不保证最低收益，投资者购买前请了解产品的风险。</p>"
)
_LISTS = {
    "headlines with dates": f"<h1>工作动态</h1><ul>{_items(_DATED)}</ul>",
    "summaries": f"<h1>工作动态</h1>{_items(_WITH_SUMMARY)}",
    "dates above": _items("<div><p>{date}</p><h2><a href=/{n}>{title}</a></h2><p>{text}</p></div>"),
    "summaries broken off": _items(_BROKEN),
    "links to the details": _items(_MORE),
    "links to more below": _items(_MORE_BELOW),
    "rows of a layout": "<table>"
    + _items("<tr><td>·</td><td><a href=/{n}>{title}</a></td><td>[{date}]</td></tr>", form="{month:02}-{day:02}")
    + "</table>",
    "an entry pinned to the top": f"<div><h3><a href=/p>{_HEADLINES[11]}</a></h3><p>{_SENTENCES[7]}</p>"
    f"<p>2021-01-04 来源：青岚日报</p></div>{_items(_WITH_SUMMARY)}",
    "dates as written": _items(_WITH_SUMMARY, form="2024年{month}月{day}日"),
    "how often it was read": _items(
        "<div><a href=/{n}>{title}</a><em>{date} 08:30 阅读 1204 次</em></div><div>{text}</div>"
    ),
    "traditional": _items("<div><h3><a href=/{n}>{title}</a></h3><p>{text}…</p><p><a href=/{n}>閱讀全文</a></p></div>"),
    "a notice of risks": f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul>{_RISK}",
    "a disclaimer": f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul>"
    "<p>免责声明：本页内容仅供参考，不构成任何投资建议，据此操作风险自担，本公司不对其准确性负责。</p>"
    "<p>市场有风险，投资需谨慎，投资者应当自行判断，由此造成的损失由其本人承担。</p>",
}  # fmt: skip

_HEAD = f"<h1>{_TITLE}</h1><div>2024-06-30 08:30 来源：青岚日报</div>"
_RELATED = f"<div><h4>相关阅读</h4><ul>{_items(_DATED)}</ul></div>"
_FLASH = "<p>青岚河上的第九座桥明年动工，长六百一十米，两年后通车。</p>"
_ROWS = "".join(
    f"<tr><td><a href=/{i}>{name}一级品</a></td><td>{3 + i}.20元/公斤</td><td>{_date(i)}</td></tr>"
    for i, name in enumerate(("青岚大白菜", "望潮小黄鱼", "云岫春茶叶", "竹汐嫩竹笋", "白泥红心薯", "城北生猪肉"))
)
_EVENTS = "".join(
    f"<p>{_date(i, '2024年{month}月{day}日')} <a href=/{i}>{_HEADLINES[i]}</a></p><p>{_SENTENCES[i % 8]}</p>"
    for i in range(10)
)
_ARTICLES = {
    "headlines of others below": _page(_HEAD + _BODY + _RELATED, _TITLE),
    "headlines of others above": _page(f"<ul>{_items(_DATED)}</ul>{_HEAD}{_BODY}", _TITLE),
    "summaries of others above": _page(_items(_WITH_SUMMARY, 6) + _HEAD + _BODY, _TITLE),
    "broken summaries of others below": _page(_HEAD + _BODY + _items(_BROKEN), _TITLE),
    "a flash above a list": _page(_HEAD + _FLASH + _RELATED, _TITLE),
    "a flash below a list": _page(f"<ul>{_items(_DATED)}</ul>{_HEAD}{_FLASH}", _TITLE),
    "a flash of who holds an event, above a list": _page(
        "<p>青岚读书节由青岚市文化局主办，青岚图书馆承办，七月一日开幕，为期十天。</p>" + _RELATED, "青岚读书节七月开幕"
    ),
    "verses above a list": _page(
        "<div class=p>"
        + "<p>云岫茶初绿</p><p>青岚水自流</p><p>一舟归望潮</p><p>灯火满城楼</p>" * 6
        + "</div>"
        + _RELATED,
        "",
    ),
    "a flash without a title of its own": _page(f"<ul>{_items(_DATED)}</ul>{_FLASH * 3}", ""),
    "a chronicle, newest first": _page(f"<h1>青岚河大桥大事记</h1>{_EVENTS}", "青岚河大桥大事记"),
    "a chronicle without links": _page(
        "<h1>青岚建城纪年</h1>"
        + "".join(f"<p>{_date(i)} {_HEADLINES[i]}</p><p>{_SENTENCES[i % 8]}</p>" for i in range(10)),
        "青岚建城纪年",
    ),
    "a table of prices": _page(
        f"<h1>青岚市场行情</h1><table><tr><th>品种</th><th>价格</th><th>日期</th></tr>{_ROWS}</table>"
        "<p>以上价格由城北市场提供，每天上午十点更新，供市民参考。</p>",
        "青岚市场行情",
    ),
    "a timetable": _page(
        "<h1>有轨电车时刻</h1><p>二号线从六月起按下表开车，末班车比从前晚半小时。</p><table>"
        + "".join(f"<tr><td>青岚站{i}号</td><td>{6 + i}:05</td><td>{18 + i % 5}:40</td></tr>" for i in range(8))
        + "</table>",
        "有轨电车时刻",
    ),
    "questions and answers": _page(
        "<h1>关于有轨电车的问答</h1>"
        + "".join(f"<p>问：{_HEADLINES[i]}，是真的吗？（{_date(i)}）</p><p>答：{_SENTENCES[i]}</p>" for i in range(8)),
        "关于有轨电车的问答",
    ),
    "winners, and headlines below": _page(
        "<h1>青岚马拉松获奖名单</h1>"
        + "".join(f"<p>第{i}名 选手{'甲乙丙丁戊己庚辛壬癸'[i % 10]}小满 成绩2小时{10 + i}分</p>" for i in range(12))
        + _RELATED,
        "青岚马拉松获奖名单",
    ),
    "winners, and headlines above": _page(
        f"<ul>{_items(_DATED)}</ul>"
        + "".join(f"<p>第{i}名 选手{'甲乙丙丁戊己庚辛壬癸'[i % 10]}小满 成绩2小时{10 + i}分</p>" for i in range(12)),
        "",
    ),
    "a flash below summaries": _page(
        _items(_WITH_SUMMARY, 8) + f"<div>{_FLASH}<p>{_SENTENCES[2]}{_SENTENCES[6]}</p></div>", ""
    ),
    "a flash below one link": _page(f"<p><a href=/d>青岚新闻的客户端下载</a></p>{_FLASH}{_RELATED}", ""),
    "a warning of risks, its title in the tag alone": _page(
        f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul>{_RISK}", "关于防范非法集资的风险提示"
    ),
    "a long text on risks": _page(f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul>{_RISK * 4}", ""),
    "comments, newest first": _page(
        _HEAD
        + _FLASH * 2
        + _items("<div><a href=/u{n}>青岚市民茶香{n}号</a> <span>{date} 09:30</span><p>{text}</p></div>"),
        _TITLE,
    ),
    "a warning of risks": _page(
        f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul><h1>关于防范非法集资的风险提示</h1>{_RISK}",
        "关于防范非法集资的风险提示",
    ),
    "an article with a notice of risks": _page(
        f"<ul>{_items('<li><a href=/{n}>{title}</a></li>', 12)}</ul>{_HEAD}{_BODY}{_RISK}", _TITLE
    ),
    "a digest of links with whole paragraphs": _page(
        "<h1>青岚一周</h1>"
        + "".join(
            f"<h3><a href=/{i}>{_HEADLINES[i]}</a></h3><p>{_date(i)}</p><p>{''.join(_SENTENCES[:7])}</p>"
            for i in range(6)
        ),
        "青岚一周",
    ),
    "a tale of broken sentences": _page(
        f"<h1>{_TITLE}</h1>" + "".join(f"<p>{text}她想，也许明天……</p>" for text in _SENTENCES), _TITLE
    ),
}


@pytest.mark.parametrize("kind", _LISTS)
def test_a_page_that_only_lists_others_is_refused_with_its_reason(kind):
    with pytest.raises(NoArticle) as caught:
        read_page(_page(_LISTS[kind]))
    assert caught.value.code == ("reading.page_notice" if kind.startswith("a ") else "reading.page_list")
    assert _HEADLINES[0] in caught.value.document.text  # the whole page, for an owner who wants it


@pytest.mark.parametrize("kind", _ARTICLES)
def test_no_article_is_taken_for_a_list(kind):
    assert read_page(_ARTICLES[kind]).text


@given(
    st.lists(st.sampled_from(_SENTENCES), min_size=2, max_size=12),
    st.sampled_from([_DATED, _WITH_SUMMARY, _BROKEN, _MORE, _MORE_BELOW]),
    st.integers(0, 12),
    st.integers(0, 12),
    st.booleans(),
)
def test_an_article_is_read_whatever_lists_stand_around_it(sentences, shape, above, below, titled):
    article = "".join(f"<p>{text}</p>" for text in sentences)
    heading = f"<h1>{_TITLE}</h1>" if titled else f"<p>{_TITLE}</p>"
    lists = _items(shape, above), _items(shape, below)
    html = _page(f"<div>{lists[0]}</div><div>{heading}{article}</div><div>{lists[1]}</div>", _TITLE)
    try:
        read_page(html)
    except NoArticle as error:
        assert error.code == "reading.page_without_text"  # what no extractor finds is another matter


def test_fewer_than_five_entries_are_no_list():
    assert read_page(_page(_items(_WITH_SUMMARY, 4))).text


def test_oldest_first_is_no_list():
    entries = [
        _WITH_SUMMARY.format(n=i, title=_HEADLINES[i], date=_date(9 - i), text=_SENTENCES[i % 8]) for i in range(10)
    ]
    assert read_page(_page("".join(entries))).text
