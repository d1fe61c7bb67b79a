"""What extractors leave in an article: captions, lists of others, lines about apps go; sentences of them stay."""

import pytest

from index.reading.beside import article_only
from index.reading.markup import Line
from index.reading.pages import read_page

_HEADLINE = "云岫山的野茶第一次进了城"
_PROSE = (
    "云岫山北坡的野茶往年只够自家喝，今年合作社第一次把它装进纸盒，送到山下的城里去卖。",
    "采茶的多是留在村里的妇女，一天能采两斤鲜叶，合作社当天称重，当天把钱付清。",
    "城里的茶客说，这种茶香气不浓，可是耐泡，喝到第五道还有回甘，价钱也公道。",
)


def _text(*, middle: str = "", end: str = "") -> str:
    first, second, third = (f"<p>{line}</p>" for line in _PROSE)
    html = (
        f"<html><title>{_HEADLINE}</title><body><h1>{_HEADLINE}</h1><div class=content>{first}{middle}{second}{third}"
        f"{end}</div></body></html>"
    )
    return read_page(html).text


def _links(*headlines: str) -> str:
    return "".join(f"<p><a href=/{i}>{headline}</a></p>" for i, headline in enumerate(headlines))


_LISTED = _links("竹汐桥头开了夜市，一个摊位一晚能卖三百元", "望潮乡的路灯全亮了！", "柳湾渡口换船")


@pytest.mark.parametrize(
    "beside",
    [
        "<figure><img src=a.jpg><figcaption>云岫山北坡的茶园，采茶人正在称鲜叶。</figcaption></figure>",
        "<figure><img src=a.jpg><figcaption><div>云岫山北坡的茶园。</div><div>资料照</div></figcaption></figure>",
        "<p>云岫山北坡的茶园。本报记者 言小满 摄</p>",
        "<p>云岫山北坡的茶园（言小满 摄）</p>",
        "<p>▲云岫山北坡的茶园。言小满 摄</p>",
        "<p>（资料图片）</p>",
        "<p>视频截图</p>",
        "<p>打开APP阅读全文</p>",
        "<p>点击下载客户端</p>",
        "<p>下载新闻客户端 查看更多精彩内容</p>",
        "<p>扫码关注我们</p>",
        "<p>长按二维码关注公众号</p>",
        "<p>展开全文</p>",
        *(
            f"<p>{heading}</p>{_LISTED}"
            for heading in ("相关阅读", "延伸阅读：", "推荐阅读", "热门新闻", "相關新聞", "【往期回顾】", "新闻排行榜")
        ),
    ],
)
def test_what_stands_beside_the_article_is_left_out(beside):
    assert _text(middle=beside) == "\n".join(_PROSE)
    assert _text(end=beside) == "\n".join(_PROSE)


def test_headlines_without_links_are_left_out_where_nothing_follows_them():
    assert article_only([*map(Line, (*_PROSE, "热门新闻", "竹汐桥头开了夜市，灯亮到半夜"))], frozenset()) == [
        *map(Line, _PROSE)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "合作社的茶农下载客户端以后，每天都能在手机上看到当天的收购价格。",
        "扫码关注公众号的茶客，一个月里多了四千人，合作社又请了两个年轻人。",
        "“打开APP阅读全文”这样的提示，让不少老人在手机前犯了难，他说。",
        "延伸阅读是这所小学语文课的一部分，学生每周要读完一本薄薄的书。",
        "推荐阅读的书目里有三本讲茶，都是山下的图书馆买来的。",
        "这张照片是老茶农的儿子在三十年前拍摄的，如今挂在合作社的墙上。",
        "照片由村里的小学老师言小满供图，她在山上教了二十年书。",
        "扫码关注“云岫茶事”公众号",
        "打开“云岫茶事”客户端，填写预订的斤数",
        "图片来源：青岚网",
        "热门新闻里的云岫山",
        "茶农言小满",
    ],
)
def test_prose_that_holds_such_words_stays(line):
    assert _text(middle=f"<p>{line}</p>").split("\n") == [_PROSE[0], line, *_PROSE[1:]]


def test_sentences_below_such_a_heading_stay():
    explained = "<p>延伸阅读</p><p>野茶是没有人种的茶树，长在林子里，一年只发一次芽。</p>"
    assert _text(end=explained).split("\n")[-1] == "野茶是没有人种的茶树，长在林子里，一年只发一次芽。"
    assert _text(middle=explained).split("\n")[1] == "延伸阅读"


def test_a_link_in_a_sentence_stays():
    linked = "<p>相关报道曾经写过<a href=/1>云岫山的茶农</a>怎样在雪天里护住茶树，那是八年前的事。</p>"
    assert "相关报道曾经写过云岫山的茶农怎样" in _text(middle=linked)


def test_the_caption_of_a_table_or_of_sentences_stays():
    assert "各村鲜叶的斤数" in _text(
        middle="<figure><figcaption>各村鲜叶的斤数</figcaption><pre>北坡 40</pre></figure>"
    )


def test_rows_stay_and_an_article_of_nothing_else_stays_whole():
    row = Line("打开APP", is_row=True)
    assert article_only([Line(_PROSE[0]), row], frozenset()) == [Line(_PROSE[0]), row]
    whole = [Line("相关阅读"), Line("竹汐桥头开了夜市", linked=8)]
    assert article_only(whole, frozenset()) == whole
