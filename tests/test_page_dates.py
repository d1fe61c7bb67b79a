"""The day of a web page: every place where pages keep it, and every day beside it that is another's."""

import json

import pytest
from costs import within
from hypothesis import given
from hypothesis import strategies as st

from index.reading.pages import read_page

_HEADLINE = "柳湾渡口的木船换成了电船"
_PROSE = (
    "柳湾渡口的六条木船上周全部换成了电船，撑船的老人说，现在一趟只要七分钟，也不再怕冬天的大风。",
    "船工们轮流学了三天驾驶，每条船配两名船工，早上六点开第一班，晚上八点收最后一班。",
    "渡口管理站介绍，换船一共花了九十六万元，乘船仍然不收钱，对岸的学生和菜农最高兴。",
)
_BODY = f"<h1>{_HEADLINE}</h1>{{}}<div class=content>{''.join(f'<p>{line}</p>' for line in _PROSE)}</div>"
_OTHER = "竹汐桥头开了夜市"
_TITLED = f'"title":"{_HEADLINE}"'


def _day(*, head: str = "", dateline: str = "", after: str = "", title: str = _HEADLINE) -> tuple[str, str]:
    html = f"<html><head><title>{title}</title>{head}</head><body>{_BODY.format(dateline)}{after}</body></html>"
    document = read_page(html)
    return document.date, dict(document.origins).get("date", "")


def _script(code: str) -> str:
    return f"<script>{code}</script>"


@pytest.mark.parametrize(
    "code",
    [
        'var page = {"publishTime":"2024-03-05 08:30:00"};',
        "window.__DATA__ = {pubDate: '2024/3/5'}",
        "var pubtime = '2024年3月5日';",
        "var pubtime='2024-03-05 08:30'; var x = 'it';",
        "PAGE.pubtime = '2024-03-05';",
        'article_publish_time = "2024-03-05T08:30:00+08:00";',
        f'{{{_TITLED},"datePublished":"2024-03-05"}}',
        '{"props":{"news":{"published_at":1709600000}}}',
        '{"publishTime":1709600000000}',
        '{"ptime":"2024-03-05 08:30:00"}',
        f'var a = "{{\\"title\\":\\"{_HEADLINE}\\",\\"publishTime\\":\\"2024-03-05\\"}}";',
        f'self.__next_f.push([1,"5:[{{\\"title\\":\\"{_HEADLINE}\\",\\"publishTime\\":\\"2024-03-05\\"}}]"])',
        '{"article":{"publishTime":"2024-03-05"},"relatedList":[{"publishTime":"2019-01-01"}]}',
        f'{{"list":[{{"title":"{_OTHER}","publishTime":"2019-01-01"}},{{{_TITLED},"publishTime":"2024-03-05"}}]}}',
        '{"publishTime":"2024-03-05","updateTime":"2025-01-01","lastPublishTime":"2025-01-01"}',
        '{"publishTime":"2024-03-05","createTime":"2023-12-31"}',
        "// it's\nvar pubDate = '2024-03-05';",
        '{"title":"' + json.dumps(_HEADLINE)[1:-1] + '","publishTime":"2024-03-05"}',
    ],
)
def test_the_day_stands_only_in_a_script(code):
    assert _day(after=_script(code)) == ("2024-03-05", "script")


@pytest.mark.parametrize(
    "code",
    [
        f'{{"title":"{_OTHER}","publishTime":"2019-01-01"}}',
        '{"related":[{"publishTime":"2019-01-01"}]}',
        '{"recommendNews":{"publishTime":"2019-01-01"}}',
        '{"comments":[{"content":"好","publishTime":"2019-01-01"}]}',
        '{"list":[{"content":"好","publishTime":"2019-01-01"}]}',
        '{"author":{"publishTime":"2019-01-01"}}',
        '{"copyright":{"datePublished":"2019-01-01"}}',
        '{"copyrightDate":"2019-01-01","updateTime":"2019-01-01","expireDate":"2019-01-01"}',
        '{"nextPublishTime":"2019-01-01"}',
        '{"next":{"publishTime":"2019-01-01"}}',
        "comment.pubtime = '2019-01-01';",
        'var a = {"publishTime":"2019-01-01"}; var b = {"publishTime":"2020-02-02"};',
        'var pubtime = new Date(); show("2019-01-01");',
        'var pubtime = ""; var other = "2019-01-01";',
        '{"publishTime":"","title":"2019-01-01"}',
        '{"publishTime":"2019-13-41"}',
        '{"publishTime":"第2019-01-01号"}',
        '{"@type":"Comment","datePublished":"2019-01-01"}',
        '{"ct":"1546300800"}',
    ],
)
def test_a_script_tells_the_day_of_something_else(code):
    assert _day(after=_script(code)) == ("", "")


@pytest.mark.parametrize(
    ("dateline", "origin"),
    [
        ('<span itemprop="datePublished">2024-03-05</span>', "page text"),
        ('<span itemprop="datePublished" content="2024-03-05T08:30">今天</span>', "itemprop"),
        ('<time itemprop="datePublished" datetime="2024-03-05">前天</time>', "itemprop"),
        ('<time datetime="2024-03-05T08:30:00+08:00">前天</time>', "time"),
        ('<time pubdate datetime="2024-03-05">前天</time><time datetime="2025-01-01">改</time>', "itemprop"),
        ('<time datetime="2024-03-05">今</time><i itemprop="dateModified" content="2025-01-01">改</i>', "time"),
        ('<time datetime="2024-03-05">前天</time><time class="updated" datetime="2025-01-01">改</time>', "time"),
        ('<div class="author-line"><time datetime="2024-03-05">前天</time></div>', "time"),
    ],
)
def test_the_day_stands_in_an_element(dateline, origin):
    assert _day(dateline=dateline) == ("2024-03-05", origin)


@pytest.mark.parametrize(
    "wrapped", ['<div class="related-page comment-page">{}</div>', '<div id="__next">{}</div>', "{}"]
)
def test_a_name_around_the_whole_article_hides_no_day(wrapped):
    html = wrapped.format(_BODY.format('<time datetime="2024-03-05">前天</time>'))
    assert read_page(f"<html><title>{_HEADLINE}</title><body>{html}</body></html>").date == "2024-03-05"


@pytest.mark.parametrize(
    "after",
    [
        '<div class="comments"><li>甲 <time datetime="2019-01-01">去年</time><p>好</p></li></div>',
        '<section id="comment-3"><span itemprop="datePublished" content="2019-01-01"></span></section>',
        '<div itemtype="https://schema.org/Comment"><meta itemprop="datePublished" content="2019-01-01"></div>',
        '<aside><time datetime="2019-01-01">去年</time></aside>',
        '<footer><time datetime="2019-01-01">去年</time> 版权所有</footer>',
        '<div class="copyright"><time datetime="2019-01-01">去年</time></div>',
        f'<a href=/2>{_OTHER}<time datetime="2019-01-01">去年</time></a>',
        f'<div class="relatedPosts"><h3>{_OTHER}</h3><time datetime="2019-01-01">去年</time></div>',
        '<p>老船在<time datetime="2019-01-01">那一年</time>下的水，当时花了一万元。</p>',
        '<i><time datetime="2019-01-01">甲</time></i><i><time datetime="2020-01-01">乙</time></i>',
        f"<h4>相关阅读</h4><p>{_OTHER}</p><p>发布时间：2019-01-01</p>",
        "<h4>评论</h4><p>甲</p><p>发表时间：2019-01-01</p>",
        '<script type="application/ld+json">{"@type":"Comment","datePublished":"2019-01-01"}</script>',
        f'<script type="application/ld+json">{{"headline":"{_OTHER}","datePublished":"2019-01-01"}}</script>',
    ],
)
def test_an_element_tells_the_day_of_something_else(after):
    assert _day(after=after) == ("", "")


@pytest.mark.parametrize(
    "worse",
    [
        _script('var pubtime = "2019-01-01";'),
        '<time datetime="2019-01-01">去年</time>',
        '<script type="application/ld+json">{"datePublished":"2019-01-01"}</script>',
        '<link rel=canonical href="https://qinglan.example/2019/0101/c1.html">',
    ],
)
def test_a_visible_dateline_beats_what_no_reader_sees(worse):
    assert _day(dateline="<p>发布时间：2024-03-05 08:30</p>", after=worse) == ("2024-03-05", "page text")


def test_of_several_articles_in_linked_data_the_pages_own_is_taken():
    entries = [
        {"@type": "NewsArticle", "headline": _OTHER, "datePublished": "2019-01-01"},
        {"@type": "NewsArticle", "headline": _HEADLINE, "datePublished": "2024-03-05"},
    ]
    data = f'<script type="application/ld+json">{json.dumps(entries)}</script>'
    assert _day(head=data) == ("2024-03-05", "json-ld")


@given(st.text(alphabet="{}[]\"'\\:=,;publishTime2024-03-05 \n"))
def test_any_script_is_read_and_gives_a_day_or_none(code):
    assert len(_day(after=_script(code))[0]) in (0, 10)


@pytest.mark.parametrize("piece", ['"', "'", "{", '{"a":', "[", "publishTime", "publishTime:", '\\"', '"\\"",', "a ="])
def test_a_script_of_one_repeated_piece_takes_no_minutes(piece):
    html = f"<html><title>{_HEADLINE}</title><body>{_BODY.format('')}<script>{piece * 100_000}</script></body></html>"
    assert within(5, lambda: read_page(html)).date == ""
