"""Web pages: the article and nothing beside it, what the page tells of it, and no page that stops or delays a run."""

import base64
import json
import quopri

import pytest
from costs import within
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.reading.markup import to_text
from index.reading.pages import NoArticle, mhtml_page, read_page

_ARTICLE_TEXT = (
    "青岚河上的新桥昨天上午正式通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。",
    "“以前过河要绕四十分钟的山路，现在五分钟就到了。”家住对岸柳湾村的茶农说，她家的春茶当天就送到了城里。",
    "据市交通局介绍，新桥全长860米，总投资2.4亿元，设双向四车道，预计日均车流量八千辆。",
)
_TEXT = "\n".join(_ARTICLE_TEXT)
_BODY = "".join(f"<p>{paragraph}</p>" for paragraph in _ARTICLE_TEXT)
_NAVIGATION = (
    "<div class=nav><ul>"
    + "".join(f"<li><a href=/>{name}</a></li>" for name in ("首页", "新闻", "政务", "财经", "体育", "文化"))
    + "</ul></div>"
)
_SHARE = "<div class=share>分享到：<a href=#>微信</a><a href=#>微博</a><a href=#>打印</a></div>"
_RELATED = (
    "<div class=related><h4>相关阅读</h4><ul><li><a href=/1>竹汐市十二所小学用上智慧校园</a><li><a href=/2>"
    "云岫县春茶开园每斤卖到四百二十元</a>"
    "<li><a href=/3>望潮乡卫生所开办视频门诊，候诊时间少了一半</a></ul></div>"
)
_COMMENTS = (
    "<div class=comments><h3>网友评论</h3><ul><li>柳湾人 <span>2024-03-07 08:12</span><p>终于不用绕路了，点赞！</p>"
    "<li>茶香 <span>2024-03-08 09:30</span><p>桥上能骑车吗？希望早点开放。</p></ul></div>"
)
_FOOT = (
    "<div class=footer><p>关于我们 | 联系我们 | 广告服务<p>青岚新闻网版权所有 青ICP备12345678号-1 "
    "青公网安备33010202000123号</div>"
)
_NO_TEXT = "reading.page_without_text"


def _page(body: str = _BODY, *, head: str = "", before: str = "", after: str = "", title: str = "") -> str:
    titled = f"<title>{title}</title>" if title else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset=gbk>{titled}{head}</head><body>{before}<div class=content>"
        f"{body}</div>{after}</body></html>"
    )


def _meta(name: str, content: str, kind: str = "name") -> str:
    return f'<meta {kind}="{name}" content="{content}">'


def _refused(html: str) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_page(html)
    return caught.value.code


def test_a_news_page_gives_its_article_and_nothing_beside_it():
    before = (
        f"{_NAVIGATION}<h1>青岚河新桥昨天通车</h1><div class=info>2024-03-05 08:30 来源：青岚日报 作者：言小满</div>"
        f"{_SHARE}"
    )
    document = read_page(
        _page(before=before, after=_SHARE + _RELATED + _COMMENTS + _FOOT, title="青岚河新桥昨天通车_青岚新闻网")
    )
    assert document.text == _TEXT
    assert (document.title, document.date, document.source, document.author) == (
        "青岚河新桥昨天通车",
        "2024-03-05",
        "青岚日报",
        "言小满",
    )
    assert document.origins == (
        ("author", "page text"),
        ("date", "page text"),
        ("source", "page text"),
        ("title", "h1"),
    )
    assert (document.encoding, document.repairs, document.undecodable) == ("", (), 0)


def test_a_government_page_gives_its_notice():
    head = (
        _meta("SiteName", "青岚市人民政府")
        + _meta("ArticleTitle", "关于新桥通行管理的通告")
        + _meta("PubDate", "2024-03-05 17:20")
    )
    head += _meta("ContentSource", "市交通局") + _meta("ColumnName", "通知公告")
    table = "<table><tr><td>发文机关</td><td>市交通局</td></tr><tr><td>成文日期</td><td>2024年3月1日</td></tr></table>"
    body = f"<p>各区人民政府：</p>{_BODY}<p align=right>青岚市交通局</p><p align=right>2024年3月1日</p>"
    document = read_page(
        _page(
            body,
            head=head,
            before=_NAVIGATION + table,
            after=_FOOT,
            title="关于新桥通行管理的通告-青岚市人民政府门户网站",
        )
    )
    assert document.text == f"各区人民政府：\n{_TEXT}\n青岚市交通局\n2024年3月1日"
    assert (document.title, document.date, document.source) == ("关于新桥通行管理的通告", "2024-03-05", "市交通局")
    assert document.origins == (("date", "pubdate"), ("source", "contentsource"), ("title", "articletitle"))


def test_a_blog_page_is_not_titled_by_its_blog():
    head = _meta("author", "言小满") + _meta("og:site_name", "柳湾手记", "property")
    before = "<h1>柳湾手记</h1><h2>过桥那天</h2><time datetime=2024-03-06T10:00:00+08:00>三月六日</time>"
    document = read_page(
        _page(
            head=head, before=before, after=f"<p>分类：随笔 | 标签：桥，茶</p>{_COMMENTS}", title="过桥那天 | 柳湾手记"
        )
    )
    assert (document.text, document.title, document.date) == (_TEXT, "过桥那天", "2024-03-06")
    assert (document.source, document.author) == ("柳湾手记", "言小满")
    assert document.origins == (("author", "author"), ("date", "time"), ("source", "og:site_name"), ("title", "h2"))


def test_a_portal_page_tells_its_address():
    head = '<link rel="Canonical" href="https://news.qinglan.example/a/1.html">' + _meta(
        "og:url", "https://m.qinglan.example/1", "property"
    )
    assert read_page(_page(head=head)).url == "https://news.qinglan.example/a/1.html"
    document = read_page(_page(head=_meta("og:url", "https://m.qinglan.example/1", "property")))
    assert (document.url, document.origins) == ("https://m.qinglan.example/1", (("url", "og:url"),))


@pytest.mark.parametrize(
    ("tag", "title"),
    [
        ("青岚河新桥昨天通车_青岚新闻网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车_新闻频道_青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车|青岚新闻网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车 - 青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车-青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车 – 青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车 — 青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车--地方--青岚网", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车 :: 痞客 PIXNET", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车丨青岚日报", "青岚河新桥昨天通车"),
        ("青岚河新桥昨天通车 @ 柳湾的家", "青岚河新桥昨天通车"),
        ("[视频]青岚河新桥昨天通车", "青岚河新桥昨天通车"),
        ("  青岚河新桥\n昨天通车  ", "青岚河新桥 昨天通车"),
        ("观察丨新桥通车以后的柳湾村", "观察丨新桥通车以后的柳湾村"),
        ("青岚——柳湾公交线路开通", "青岚——柳湾公交线路开通"),
        ("1-10月青岚市投资结构趋稳", "1-10月青岚市投资结构趋稳"),
        ("青岚&mdash;&mdash;&#26725;", "青岚——桥"),
    ],
)
def test_a_title_loses_its_site_and_keeps_its_own_signs(tag, title):
    document = read_page(_page(title=tag))
    assert (document.title, document.origins) == (title, (("title", "title"),))


@pytest.mark.parametrize(
    ("tag", "before", "head", "title", "origin"),
    [
        ("青岚河新桥通车_青岚网", "<h1>青岚网</h1><h2>青岚河新桥通车</h2>", "", "青岚河新桥通车", "h2"),
        (
            "青岚河新桥通车首日_青岚网",
            "<h1>今日头条新闻</h1>",
            _meta("og:title", "青岚河新桥通车首日", "property"),
            "青岚河新桥通车首日",
            "og:title",
        ),
        ("青岚河新桥通车_青岚网", "", _meta("ArticleTitle", "青岚河新桥通车"), "青岚河新桥通车", "articletitle"),
        ("青岚河新桥通车_青岚网", "<h1>别的一件事情</h1>", "", "青岚河新桥通车", "title"),
        ("", "<h1>青岚河新桥通车</h1>", "", "青岚河新桥通车", "h1"),
        ("", "", _meta("og:title", "青岚河新桥通车_青岚网", "property"), "青岚河新桥通车", "og:title"),
        (
            "",
            "",
            '<script type="application/ld+json">{"headline": "青岚河新桥通车"}</script>',
            "青岚河新桥通车",
            "json-ld",
        ),
        (
            "甲乙丙丁戊新桥",
            "<h1>甲乙丙丁</h1>",
            '<script type="application/ld+json">[{"headline": "甲乙丙丁戊新桥"}]</script>',
            "甲乙丙丁戊新桥",
            "json-ld",
        ),
        ("青岚河新桥通车_青岚网", "", '<script type="application/ld+json">{broken</script>', "青岚河新桥通车", "title"),
        (
            "青岚河新桥通车_青岚网",
            "",
            '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
            "青岚河新桥通车",
            "title",
        ),
    ],
)
def test_of_titles_that_disagree_the_one_in_the_pages_title_is_taken(tag, before, head, title, origin):
    document = read_page(_page(head=head, before=before, title=tag))
    assert (document.title, document.origins) == (title, (("title", origin),))


_LATER = "<div>2001-01-01 00:00</div>"  # what a worse witness would say


@pytest.mark.parametrize(
    ("head", "before", "after", "origin"),
    [
        *(
            (_meta(name, "2023-09-05 08:30:00"), _LATER, "", name.lower())
            for name in ("PubDate", "publishdate", "dc.date", "publish_time", "createDate")
        ),
        *(
            (_meta(name, "2023-09-05T08:30:00+08:00", "property"), _LATER, "", name)
            for name in ("article:published_time", "apub:time", "og:release_date", "og:pubdate")
        ),
        (_meta("datePublished", "2023-09-05", "itemprop"), _LATER, "", "datepublished"),
        ('<script type="application/ld+json">{"datePublished": "2023-09-05T08:30:00"}</script>', _LATER, "", "json-ld"),
        ("", "<h1>新桥通车了</h1><p>发布时间：2023年9月5日 来源：青岚网</p>", "", "page text"),
        ("", "<h1>新桥通车了</h1><p>2001-01-01</p><p>发布日期：2023-09-05</p>", "", "page text"),
        ("", "<h1>新桥通车了</h1><span>2023/9/5 8:30</span>", _COMMENTS, "page text"),
        ("", "", "<div>发布日期：2023-09-05</div>", "page text"),
        ("", "<h1>新桥通车了</h1><div><em>2023</em><div>09/05</div></div>", "", "page text"),
        ("", "<time datetime=2023-09-05T00:00:00Z>今天</time>", "", "time"),
        ('<link rel=canonical href="https://qinglan.example/2023/0905/c1.html">', "", "", "url"),
        ('<link rel=canonical href="https://qinglan.example/art/t20230905_12.html">', "", "", "url"),
        ('<link rel=canonical href="https://qinglan.example/2023-09-05/1.html">', "", "", "url"),
        ('<script>var a = {"publish_time": "2023-09-05 08:30"};</script>', "", "", "script"),
        ("<script>var pubDate = '2023-09-05';</script>", "", "", "script"),
    ],
)
def test_the_date_is_found_wherever_a_page_keeps_it(head, before, after, origin):
    document = read_page(_page(head=head, before=before, after=after))
    assert (document.date, dict(document.origins)["date"]) == ("2023-09-05", origin)


@pytest.mark.parametrize(
    "head",
    [
        _meta("PubDate", "0000-00-00"),
        _meta("keywords", "2023-09-05"),
        '<link rel=canonical href="https://a.example/id/120230905123">',
    ],
)
def test_what_is_no_date_of_publication_is_not_taken_for_one(head):
    document = read_page(_page(head=head, after=_COMMENTS))
    assert (document.date, "date" in dict(document.origins)) == ("", False)


@pytest.mark.parametrize(
    ("head", "line", "source", "author", "origins"),
    [
        ("", "来源：青岚日报 记者：言小满", "青岚日报", "言小满", {"source": "page text", "author": "page text"}),
        ("", "2024-03-05 | 来源:青岚晚报", "青岚晚报", "", {"source": "page text"}),
        (_meta("ContentSource", "市交通局"), "", "市交通局", "", {"source": "contentsource"}),
        (_meta("ContentSource", "市交通局"), "来源：青岚日报", "青岚日报", "", {"source": "page text"}),
        (_meta("author", "言小满"), "", "", "言小满", {"author": "author"}),
        (_meta("author", "Lin Xiao"), "", "", "Lin Xiao", {"author": "author"}),
        (_meta("DC.Creator", "言小满"), "", "", "言小满", {"author": "dc.creator"}),
        (_meta("author", "admin"), "", "", "", {}),
        (_meta("author", "10086"), "", "", "", {}),
        (
            _meta("author", "青岚网") + _meta("og:site_name", "青岚网", "property"),
            "",
            "青岚网",
            "",
            {"source": "og:site_name"},
        ),
        (_meta("author", "https://a.example/u"), "", "", "", {}),
        (_meta("source", "x" * 41), "", "", "", {}),
    ],
)
def test_source_and_author_and_what_says_so(head, line, source, author, origins):
    document = read_page(_page(head=head, before=f"<h1>青岚河新桥通车</h1><div>{line}</div>"))
    named_in = {name: origin for name, origin in document.origins if name in ("source", "author")}
    assert (document.source, document.author, named_in) == (source, author, origins)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>新桥的<ruby>產<rp>(</rp><rt>chǎn</rt><rp>)</rp></ruby>值提高了。</p>", "新桥的產值提高了。"),
        ("<p>&ldquo;热闹&rdquo;&nbsp;&amp;&#39034;利&lt;3&hellip;</p>", "“热闹” &顺利<3…"),
        ("新桥通车了。<br>很热闹。<br/><br />　　桥头。", "新桥通车了。\n很热闹。\n桥头。"),
        (
            "<table><tr><th>项目</th><th>投资</th></tr><tr><td>桥梁</td><td>1.8亿元</td></tr></table>",
            "项目 投资\n桥梁 1.8亿元",
        ),
        ("<p>新桥全长860米，\n      设双向四车\n道，GDP\n2.5 of\nit</p>", "新桥全长860米，设双向四车道，GDP 2.5 of it"),
        ("<p>记者报道。<a href=#>举报</a> <a href=#><span>分享</span></a></p>", "记者报道。"),
        ("<p>他向<a href=#>交通局</a>举报后，<a href=#>分享了图片</a>。</p>", "他向交通局举报后，分享了图片。"),
        ("<p>新<b>桥</b>通<!-- 注 -->车<script>var a = '坏'</script><style>p{}</style>了</p>", "新桥通车了"),
        ("<div>一<div>二</div>三</div>四", "一\n二\n三\n四"),
        ("<ul><li>一</li><li>二</ul><select><option>三</select><textarea>四</textarea>五", "一\n二\n五"),
        ("新\0桥\ud800通\udfff车", "新\ufffd桥\ufffd通\ufffd车"),
        ("没有标记的一句话", "没有标记的一句话"),
        ("", ""),
        ("<p></p>", ""),
        ("<!-- 新桥 -->", ""),
        ("<p>发电8600<sup>1</sup>万千瓦时</p>", "发电8600[1]万千瓦时"),
        ("<p>发电8600<sup><a href=#n>12</a></sup>万千瓦时</p>", "发电8600[12]万千瓦时"),
        ("<p>发电8600<sup>[1]</sup>万千瓦时<sup>①</sup></p>", "发电8600[1]万千瓦时[①]"),
        ("<p>3×10<sup>4</sup>亩，2x10<sup>-6</sup></p>", "3×10^4亩，2x10^-6"),
        ("<p>20m<sup>2</sup>，3km<sup>2</sup>，6平方米<sup>3</sup></p>", "20m²，3km²，6平方米³"),
        ("<p>发电8<b>6</b><span style='vertical-align:super'>2</span>亿</p>", "发电86[2]亿"),
        ("<p><sup>1</sup>2023年的数</p>", "[1]2023年的数"),
        ("<p>3<sup>1</sup>/<sub>2</sub>，21<sup>st</sup>，<sup>13</sup>C</p>", "3 1/2，21st，13C"),
        ("<p>票价<del>120元</del>98元，<s>停</s>开放</p>", "票价98元，开放"),
        (f"<p>票价<s>{'未闭合' * 50}</p>", f"票价{'未闭合' * 50}"),
    ],
)
def test_a_fragment_as_a_reader_sees_it(markup, text):
    assert to_text(markup) == text


def test_a_page_keeps_its_lines():
    body = f"{_ARTICLE_TEXT[0]}<br><br>　　{_ARTICLE_TEXT[1]}<br>{_ARTICLE_TEXT[2]}"
    assert read_page(_page(body)).text == _TEXT


_LINKS = "".join(
    f"<li><a href=/{i}>这是第{i}条新闻的标题，说的是青岚河上的新桥通车</a> 2024-03-{i:02}</li>" for i in range(1, 30)
)


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "<html><body></body></html>",
        "<script>var text = '青岚河上的新桥昨天通车。';</script>",
        "<",
        "\0",
    ],
    ids=["nothing", "white", "empty body", "only script", "a sign", "nul"],
)
def test_a_page_without_any_text_is_told(html):
    assert _refused(html) == "reading.page_empty"


@pytest.mark.parametrize(
    "html",
    ["<title>新桥</title>", _page("<p>短。</p>"), _page(f"<ul>{_LINKS}</ul>")],
    ids=["only title", "too short", "links"],
)
def test_a_page_without_an_article_is_told(html):
    assert _refused(html) == _NO_TEXT


def test_the_whole_text_of_a_page_without_an_article_can_be_had():
    with pytest.raises(NoArticle) as caught:
        read_page(_page(f"<ul>{_LINKS}</ul>", title="新闻列表"))
    document = caught.value.document
    assert document.title == "新闻列表"
    assert document.text.split("\n")[0] == "这是第1条新闻的标题，说的是青岚河上的新桥通车 2024-03-01"


def test_where_the_first_extractor_finds_little_the_second_is_asked(monkeypatch):
    monkeypatch.setattr("index.reading.pages._readability", lambda html: [])
    document = read_page(_page(before=_NAVIGATION, after=_RELATED + _FOOT))
    assert (document.text, document.repairs) == (_TEXT, (("densest_lines", 1),))


def test_a_page_of_very_many_tags_is_read_by_its_densest_lines():
    links = "<ul>" + "<li><a href=#>链接</a></li>" * 3000 + "</ul>"
    document = read_page(_page(before=links, after=links))
    assert (document.text, document.repairs) == (_TEXT, (("densest_lines", 1),))


@pytest.mark.parametrize("cell", ["<td>{}</td>", "<td><p>{}</p></td>", "<td> <div><span>{}</span></div> </td>"])
def test_the_table_of_a_notice_is_part_of_it(cell):
    rows = [("序号", "项目", "总投资"), ("1", "跨江大桥", "1.8亿元"), ("2", "医院迁建", "6.5亿元")]
    table = "".join("<tr>" + "".join(cell.format(value) for value in row) + "</tr>" for row in rows)
    lines = [
        "现将今年的重点建设项目予以公示，公示期为五个工作日，欢迎各界监督。",
        "公示期内有意见的，可以到市政务大楼三楼反映，节假日也有人值班。",
    ]
    links = "<div id=nav><table><tr><td><a href=/>首页</a></td><td><a href=/b>公示</a></td></tr></table></div>"
    document = read_page(
        f"<html><body>{links}<div><p>{lines[0]}</p><table>{table}</table><p>{lines[1]}</p></div></body></html>"
    )
    assert document.text.split("\n") == [
        lines[0],
        "序号 项目 总投资",
        "1 跨江大桥 1.8亿元",
        "2 医院迁建 6.5亿元",
        lines[1],
    ]


def test_a_table_that_the_extractor_drops_is_put_back():
    table = "<table><tr><td>桥梁</td><td>1.8亿元</td></tr><tr><td>灯</td><td>三百盏</td></tr></table>"
    document = read_page(_page(_BODY + table))
    assert (document.text, document.repairs) == (f"{_TEXT}\n桥梁 1.8亿元\n灯 三百盏", (("table_rows", 2),))


def test_a_page_that_is_a_table_is_cut_into_its_lines():
    html = f"<table><tr><td width=200><a href=/>首页</a></td><td>{_BODY}</td></tr></table>"
    assert read_page(f"<html><body>{html}</body></html>").text == _TEXT


def test_deep_nesting_still_gives_the_text():
    document = read_page("<div>" * 3000 + _BODY + "</div>" * 3000)
    assert (document.text, document.repairs) == (_TEXT, (("densest_lines", 1),))


@pytest.mark.parametrize("value", ["='x'", '=">"', "=x", ""])
@pytest.mark.parametrize("end", [">", ""])
def test_a_tag_of_very_many_attributes_takes_no_minutes(value, end):
    page = _page(before=f"<div {' '.join(f'a{i}{value}' for i in range(200_000))}{end}")
    document = within(5, lambda: read_page(page))
    assert document.text.endswith(_ARTICLE_TEXT[2])


@pytest.mark.parametrize("tag", ["<b></b>", "<p>好"])
def test_a_million_tags_take_seconds(tag):
    page = _page(before=tag * (1_000_000 // tag.count("<")))
    assert within(5, lambda: read_page(page)).text == _TEXT


def test_a_script_may_hold_what_looks_like_a_tag():
    script = "<script>for (i=0;i<n ;i++) { s = 'it' } // don't\n" + "var a = 1; " * 5000 + "</script>"
    assert read_page(_page(before=script)).text == _TEXT


def test_signs_that_cannot_be_stored_are_seen():
    document = read_page(_page(_BODY.replace("新桥", "新\0桥").replace("茶农", "茶\ud800农"), title="新桥\udfff通车了"))
    assert document.text == _TEXT.replace("新桥", "新\ufffd桥").replace("茶农", "茶\ufffd农")
    assert document.title == "新桥\ufffd通车了"


def _archive(page: bytes, encoding: str, kind: str = "text/html") -> bytes:
    packed = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding](page)
    head = 'From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary="--b"\n\n'
    picture = b"----b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"
    return (
        head.encode()
        + picture
        + f"----b\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + packed
        + b"\n----b--\n"
    )


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml"])
@pytest.mark.parametrize("packing", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_saved_archive_gives_its_page(encoding, packing, kind):
    page = _page(title="青岚河新桥通车").encode(encoding)
    saved = mhtml_page(_archive(page, packing, kind))
    assert saved.strip() == page
    assert read_page(saved.decode(encoding)).text == _TEXT


@pytest.mark.parametrize("data", [b"", b"\xff\0", _archive(b"", "base64"), _archive(b"<p>", "8bit", "text/css")])
def test_an_archive_without_a_page_is_told(data):
    with pytest.raises(UnreadableFile, match="The web archive holds no page"):
        mhtml_page(data)


_NAMES = st.sampled_from(
    [
        "p",
        "div",
        "a",
        "br",
        "td",
        "tr",
        "table",
        "h1",
        "title",
        "ruby",
        "rt",
        "li",
        "script",
        "svg",
        "head",
        "body",
        "html",
        "meta",
        "base",
    ]
)
_SOUP = st.lists(
    st.one_of(
        st.builds("<{}>".format, _NAMES),
        st.builds("</{}>".format, _NAMES),
        st.builds(
            "<{} {}='{}'>".format,
            _NAMES,
            st.sampled_from(["href", "class", "name", "content"]),
            st.sampled_from(["", "x", "author", "[", "新"]),
        ),
        st.sampled_from(
            [
                *_ARTICLE_TEXT,
                "<",
                ">",
                "&",
                "&#0;",
                "&#xd800;",
                "&nbsp;",
                "<!--",
                "-->",
                "<![CDATA[",
                "<?",
                "]]>",
                "\0",
                "\ud800",
                "'",
                "\n",
                "2024-03-05",
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=40,
)


@given(_SOUP)
def test_any_soup_of_tags_is_an_article_or_told(pieces):
    html = "".join(pieces)
    try:
        document = read_page(html)
    except UnreadableFile:
        return
    words = "".join(to_text(html).split())
    for line in document.text.split("\n"):
        assert "".join(line.split()) in words
    json.dumps(document.text + document.title).encode()
    (document.text + document.title).encode()


def test_a_short_piece_of_news_among_links_is_an_article():
    links = "".join(f"<li><a href=/{name}>{name}</a></li>" for name in ("首页", "要闻", "时政", "民生"))
    body = "<p>市人大常委会昨天任命吴晓岚为市教育局局长。</p><p>韩志平不再担任这一职务。</p>"
    related = (
        "<h3>相关</h3><ul><li><a href=/1>另一条消息的标题在这里</a></li><li><a href=/2>再一条消息的标题在这里</a>"
        "</li></ul>"
    )
    page = (
        f"<html><title>人事任免_青岚网</title><body><ul>{links}</ul><h1>人事任免</h1><p>2023-09-05 "
        f"来源：青岚日报</p>{body}{related}</body></html>"
    )
    document = read_page(page)
    assert (document.title, document.date, document.source) == ("人事任免", "2023-09-05", "青岚日报")
    assert "市人大常委会昨天任命吴晓岚为市教育局局长。" in document.text.split("\n")


@pytest.mark.parametrize(
    ("tag", "headline", "title"),
    [
        ("盐湖新闻", "盐湖边的光伏电站", "盐湖边的光伏电站"),
        ("新闻详情", "盐湖边的光伏电站", "盐湖边的光伏电站"),
        ("无标题文档", "盐湖边的光伏电站", "盐湖边的光伏电站"),
        ("盐湖边的光伏电站 - 汽车之友 - 江城论坛 - Powered by Discuz!", "", "盐湖边的光伏电站"),
    ],
)
def test_a_page_title_that_names_only_the_site_is_none(tag, headline, title):
    heading = f"<h1>{headline}</h1>" if headline else ""
    page = f"<html><head><title>{tag}</title></head><body>{heading}<div>{_BODY}</div></body></html>"
    assert read_page(page).title == title


def test_a_page_title_of_thousands_of_parts_takes_no_time():
    page = f"<html><head><title>{' | '.join(['网'] * 100_000)}</title></head><body>{_BODY}</body></html>"
    within(5, lambda: read_page(page))


_NOISE = "8 p* z1 d$ t"
_VISIBLE = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去。"


@pytest.mark.parametrize(
    "hide",
    [
        '<span style="display:none">{}</span>',
        '<span style="color:red; DISPLAY : none !important">{}</span>',
        '<font style="font-size:0px">{}</font>',
        "<i hidden>{}</i>",
        '<font class="jammer">{}</font>',
        '<span class="a gone">{}</span>',
    ],
)
def test_hidden_noise_is_out_and_the_words_after_it_stay(hide):
    words = hide.format(_NOISE).join(_VISIBLE)
    style = "<style>.gone, span.other { font-size: 0 }</style>"
    head = f"<html><head><title>新桥通车</title>{style}</head><body><h1>新桥通车</h1>"
    html = f"{head}<div><p>{words}</p><p>{words}</p></div></body></html>"
    document = read_page(html)
    assert document.text.split("\n")[-2:] == [_VISIBLE, _VISIBLE]


def test_a_hidden_block_is_out_however_long_it_is():
    more = "".join(f"<p>抽奖活动第{number}期，注册就送红包，全天有人接听，欢迎体验。</p>" for number in range(12))
    page = f"<html><body><h1>新桥通车</h1><div><p>{_VISIBLE}</p><p>{_VISIBLE}</p></div>"
    html = f'{page}<div style="display:none">{more}</div></body></html>'
    assert "抽奖" not in read_page(html).text


@pytest.mark.parametrize("style", ["visibility: hidden; opacity: 0;", "display:none"])
def test_an_article_that_scripts_show_is_read(style):
    text = f"<p>{_VISIBLE}</p><p>{_VISIBLE}</p><p>{_BODY}</p>"
    html = f'<html><body><h1>新桥通车，头一天开过两千辆</h1><div style="{style}">{text}</div></body></html>'
    assert _VISIBLE in read_page(html).text


def _wechat(scripts: str) -> str:
    return (
        '<html><head><title></title><meta property="og:title" content="新桥通车，头一天开过两千辆"/>'
        '<meta property="og:site_name" content="微信公众平台"/></head><body>'
        '<h1 id="activity-name">\n新桥通车，头一天开过两千辆\n</h1>'
        '<span class="rich_media_meta rich_media_meta_nickname"><a id="js_name">\n青岚交通\n</a></span>'
        f'<div id="js_content" style="visibility: hidden; opacity: 0;"><section><span>{_VISIBLE}</span></section>'
        f"<section><span>{_VISIBLE}</span></section></div><script>{scripts}</script></body></html>"
    )


@pytest.mark.parametrize(
    ("script", "date"),
    [
        ('var ct = "1709654400";', "2024-03-06"),
        ("var createTime = '2024-03-06 08:00';", "2024-03-06"),
        ("var oriCreateTime = '1709654400';", "2024-03-06"),
        ("var other = '1709654400';", ""),
    ],
)
def test_a_saved_wechat_page_has_its_account_and_date(script, date):
    document = read_page(_wechat(script))
    assert (document.title, document.source, document.date) == ("新桥通车，头一天开过两千辆", "青岚交通", date)
    assert document.text.split("\n").count(_VISIBLE) == 2


@pytest.mark.parametrize(
    "script",
    [
        '<script type="application/ld+json">{}</script>',
        '<script id="__NEXT_DATA__" type="application/json">{{"props": {{"article": {}}}}}</script>',
        "<script>window.__STATE__ = {};</script>",
    ],
)
def test_an_article_that_stands_only_in_data_is_read(script):
    data = json.dumps(
        {"headline": "新桥通车", "articleBody": f"{_VISIBLE}\n{_VISIBLE}\n{_VISIBLE}", "datePublished": "2024-03-06"}
    )
    html = f"<html><head><title>新桥通车</title></head><body><div id=app></div>{script.format(data)}</body></html>"
    document = read_page(html)
    assert (document.text, dict(document.repairs)) == ("\n".join([_VISIBLE] * 3), {"page_data": 1})


def test_a_date_in_itemprop_or_a_graph_is_found():
    body = f"<div><p>{_VISIBLE}</p><p>{_VISIBLE}</p><p>{_VISIBLE}</p></div>"
    page = '<html><body><h1>新桥通车</h1><span itemprop="datePublished" content="2024-03-06T08:00"></span>' + body
    assert read_page(page).date == "2024-03-06"
    graph = (
        '<script type="application/ld+json">{"@graph": [{"@type": "Article", "datePublished": "2024-03-06"}]}</script>'
    )
    assert read_page(f"<html><body><h1>新桥通车</h1>{body}{graph}</body></html>").date == "2024-03-06"


def _table_html(*rows: str) -> str:
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def test_a_table_of_a_page_keeps_empty_and_merged_cells():
    table = _table_html(
        "<th>行业</th><th>企业</th><th>产值（亿元）</th><th>用工（人）</th>",
        "<td rowspan=2>陶瓷</td><td>青釉坊</td><td>8.4</td><td>540</td>",
        "<td>白泥窑</td><td></td><td>310</td>",
        "<td>锂盐</td><td>远岭<br>锂业</td><td colspan=2>停产</td>",
    )
    assert to_text(table).split("\n") == [
        "行业：陶瓷，企业：青釉坊，产值8.4亿元，用工540人。",
        "行业：陶瓷，企业：白泥窑，产值：—，用工310人。",
        "行业：锂盐，企业：远岭 锂业，产值：停产。",
    ]
    text = f"<div><p>{_VISIBLE}</p><p>{_VISIBLE}</p>{table}<p>{_VISIBLE}</p></div>"
    page = f"<html><body><h1>新桥通车</h1>{text}</body></html>"
    assert "行业：陶瓷，企业：白泥窑，产值：—，用工310人。" in read_page(page).text.split("\n")


def test_a_superscript_in_a_cell_joins_no_figure():
    table = _table_html(
        "<th>企业</th><th>产值（亿元）</th><th>用工（人）</th>",
        "<td>青釉坊</td><td>8.4<sup>1</sup></td><td>5<s>3</s>40</td>",
    )
    assert to_text(table) == "企业：青釉坊，产值8.4亿元[1]，用工540人。"


def test_a_table_that_lays_out_a_page_is_left_as_it_is():
    links = _table_html("<td><a>首页</a></td><td><a>新闻</a></td>", "<td><a>2023</a></td><td><a>2024</a></td>")
    assert to_text(links) == "首页 新闻\n2023 2024"
    nested = _table_html(f"<td>{_table_html('<td>甲</td><td>乙</td>')}</td>")
    assert to_text(nested) == "甲 乙"
