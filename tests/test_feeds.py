"""Feeds: every entry with its text, whatever is wrong with the XML, and nothing fetched or blown up."""

import html
import re
import socket
from contextlib import suppress
from functools import partial
from unittest.mock import patch

import pytest
from costs import within
from hypothesis import given
from hypothesis import strategies as st

import index.reading.contents
from index.errors import UnreadableFile
from index.reading.decoding import Decoded, decode
from index.reading.feeds import Feed, read_feed
from index.records import Article, Document


def _to_text(markup: str) -> str:
    """Enough of HTML for these tests."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"</p>|<br ?/?>", "\n", markup)))


def _read(text: str) -> Feed:
    return read_feed(Decoded(text, "utf-8", 0), _to_text)


def _rss(*items: str, title: str = "青岚日报", head: str = "") -> str:
    return (
        f'{head}<rss version="2.0"><channel><title>{title}</title>'
        f"{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"
    )


_FIRST = (
    "<title>新桥通车</title><link>http://qinglan.example/1</link><guid isPermaLink='false'>q-1</guid>"
    "<pubDate>Fri, 03 May 2024 01:30:00 +0800</pubDate><author>bao@qinglan.example (林晓)</author>"
    "<description><![CDATA[<p>青岚河上的新桥昨天通车。</p><p>桥头很热闹&nbsp;。</p>]]></description>"
)
_SECOND = "<title>产值增长</title><description>湘东区产值达到30亿元。</description>"


def test_an_rss_entry_tells_all_it_has():
    read = read_feed(Decoded(_rss(_FIRST), "gb18030", 3, (("mixed_encodings", 2),)), _to_text)
    assert read == Feed(
        (
            Document(
                "青岚河上的新桥昨天通车。\n桥头很热闹\xa0。",
                "gb18030",
                "q-1",
                "新桥通车",
                "2024-05-03",
                "青岚日报",
                "林晓",
                "http://qinglan.example/1",
                (
                    ("author", "feed author"),
                    ("date", "feed pubdate"),
                    ("source", "feed source"),
                    ("text", "feed summary"),
                    ("title", "feed title"),
                    ("url", "feed link"),
                ),
                (("mixed_encodings", 2),),
                3,
            ),
        ),
        0,
        None,
    )


def test_an_entry_with_little_says_only_that():
    (document,) = _read(_rss(_SECOND, title="")).documents
    assert document == Document(
        "湘东区产值达到30亿元。", "utf-8", title="产值增长", origins=(("text", "feed summary"), ("title", "feed title"))
    )


def test_the_longer_of_content_and_summary_is_the_text():
    content = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">&lt;p&gt;全文很长很长。&lt;/p&gt;</content:encoded>'
    for item in (f"<description>摘要。</description>{content}", f"{content}<description>摘要。</description>"):
        (document,) = _read(_rss(item)).documents
        assert (document.text, dict(document.origins)["text"]) == ("全文很长很长。", "feed content")
    (document,) = _read(_rss(f"<description>这一篇的摘要比全文还要长。</description>{content}")).documents
    assert (document.text, dict(document.origins)["text"]) == ("这一篇的摘要比全文还要长。", "feed summary")


def test_atom():
    feed = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>竹汐新聞</title><author><name>編輯部</name></author>
    <entry><title type="html">國小 &amp;amp; 智慧&lt;b&gt;校園&lt;/b&gt;</title><link rel="self" \
href="http://z.example/self"/><link href="http://z.example/1"/>
    <id>tag:z.example,2024:1</id><updated>2024-05-04T00:10:00+08:00</updated><published>2024-05-03T23:00:00Z</published><author><name>陳文</name></author>
    <summary>摘要</summary><content type="html">&lt;p&gt;學生證內建晶片。&lt;/p&gt;</content></entry>
    <entry><title>AT&amp;amp;T &lt;一&gt;</title><id>2</id><updated>2024-5-6</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>家長不必再等。</p><p>第二段。</p></div></content></entry>
    <entry><title>三</title><id>3</id><content type="text">一 &lt;b&gt; 二
三</content></entry></feed>"""
    one, two, three = _read(feed).documents
    assert one.title == "國小 & 智慧校園"
    assert (one.key, one.url, one.date, one.author, one.source) == (
        "tag:z.example,2024:1",
        "http://z.example/1",
        "2024-05-03",
        "陳文",
        "竹汐新聞",
    )
    assert one.text == "學生證內建晶片。"
    assert (two.title, two.text, two.date, two.author) == (
        "AT&amp;T <一>",
        "家長不必再等。\n第二段。",
        "2024-05-06",
        "編輯部",
    )
    assert three.text == "一 <b> 二\n三"


def test_rdf_keeps_items_beside_the_channel():
    feed = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel rdf:about="http://a.example/"><title>拓源博客</title></channel><image><title>图标</title></image>
    <item rdf:about="http://a.example/9"><title>九</title><description>正文九。</description><dc:date>2005-08-01T09:00:00+08:00</dc:date><dc:creator>周宁</dc:creator></item></rdf:RDF>"""
    (document,) = _read(feed).documents
    assert (document.key, document.title, document.text, document.date, document.source, document.author) == (
        "http://a.example/9",
        "九",
        "正文九。",
        "2005-08-01",
        "拓源博客",
        "周宁",
    )


def test_words_of_other_vocabularies_are_not_the_articles():
    media = '<media:title xmlns:media="http://search.yahoo.com/mrss/">图片</media:title><itunes:summary>很长很长很长很长的节目介绍文字</itunes:summary>'
    (document,) = _read(_rss(media + _SECOND)).documents
    assert (document.title, document.text) == ("产值增长", "湘东区产值达到30亿元。")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Fri, 03 May 2024 00:10:00 +0800", "2024-05-03"),
        ("Thu, 11 Aug 2005 08:01:46 GMT", "2005-08-11"),
        ("2005-5-28 16:05:36", "2005-05-28"),
        ("2024/05/03", "2024-05-03"),
        ("Fri, 3 May 2024", "2024-05-03"),
        ("3 May 2024", "2024-05-03"),
        ("May 3rd, 2024 8:30 AM", "2024-05-03"),
        ("Fri May 03 08:30:00 CST 2024", "2024-05-03"),
        ("05/03/2024", "2024-05-03"),
        ("23/05/2024", "2024-05-23"),
        ("2024年5月3日 08:30", "2024-05-03"),
        ("發布於 2024.5.3", "2024-05-03"),
        ("二〇二四年五月三日", "2024-05-03"),
        ("民國113年5月3日", "2024-05-03"),
        ("20240503", "2024-05-03"),
        ("20240503083000", "2024-05-03"),
        ("1714694400", "2024-05-03"),
        ("1714694400000", "2024-05-03"),
        ("昨天下午", ""),
        ("5月3日", ""),
        ("2024-13-40", ""),
        ("", ""),
    ],
)
def test_dates_are_the_feeds_own_day(value, date):
    (document,) = _read(_rss(f"<pubDate>{value}</pubDate>{_SECOND}")).documents
    assert document.date == date


def test_a_source_inside_an_entry_goes_before_the_feeds_title():
    (document,) = _read(_rss(f'<source url="http://x.example/">湘东晚报</source>{_SECOND}')).documents
    assert document.source == "湘东晚报"


def test_a_guid_that_is_an_address_stands_for_the_link():
    (document,) = _read(_rss(f"<guid>http://q.example/7</guid>{_SECOND}")).documents
    assert (document.key, document.url) == ("http://q.example/7", "http://q.example/7")


def test_entries_without_text_are_counted():
    read = _read(
        _rss(
            _FIRST, "<title>只有标题</title>", "<title>空</title><description> <![CDATA[<img src='a'>]]></description>"
        )
    )
    assert ([document.title for document in read.documents], read.without_text) == (["新桥通车"], 2)
    assert _read(_rss()) == Feed((), 0, None)


def test_a_declared_encoding_is_not_believed():
    head = '<?xml version="1.0" encoding="gb2312"?>\n<!-- made by <a> program -->\n'
    assert _read(_rss(_FIRST, head=head)).documents == _read(_rss(_FIRST)).documents


def test_bytes_in_gbk_come_out_as_characters():
    text = _rss(_FIRST, head='<?xml version="1.0" encoding="gb2312"?>')
    assert read_feed(decode(text.encode("gbk", "xmlcharrefreplace")), _to_text).documents[0].title == "新桥通车"


def test_signs_that_xml_does_not_know_are_kept():
    item = (
        "<title>研发&营销 A&B &nbsp;&hellip; &#26032; &bogus;</title><description>增长&mdash;两成 &lt;br/&gt;下一行 "
        "AT&T</description>"
    )
    read = _read(_rss(item))
    assert (read.documents[0].title, read.documents[0].text, read.broken) == (
        "研发&营销 A&B … 新 &bogus;",
        "增长—两成 \n下一行 AT&T",
        None,
    )


def test_signs_behind_an_error_are_kept():
    read = _read(
        _rss(
            "<title>坏</标题>",
            "<title>研发&amp;营销</title><description>&lt;p&gt;第一段。&lt;/p&gt;AT&amp;T</description>",
        )
    )
    assert [(document.title, document.text) for document in read.documents] == [("研发&营销", "第一段。\nAT&T")]
    assert read.broken


def test_html_that_was_not_escaped_is_still_text():
    (document,) = _read(_rss("<title>题</title><description>前<p>第一段。</p><p>第二段。</p></description>")).documents
    assert document.text == "前第一段。\n第二段。"


@pytest.mark.parametrize(
    ("cut", "text"),
    [
        (len("</channel></rss>"), "湘东区产值达到30亿元。"),
        (len("元。</description></item></channel></rss>"), "湘东区产值达到30亿"),
    ],
)
def test_a_feed_that_was_cut_off_is_read_as_far_as_it_goes(cut, text):
    whole = _rss(_FIRST, _SECOND)
    read = _read(whole[:-cut])
    assert [document.text for document in read.documents] == [_read(whole).documents[0].text, text]
    assert dict(read.broken.values)["line"] == "1"


def test_a_feed_cut_off_inside_cdata_keeps_its_text():
    whole = _rss(_SECOND, _FIRST, head="<?xml version='1.0'?>\n\n")
    read = _read(whole[: whole.index("桥头")])
    assert [document.text for document in read.documents] == ["湘东区产值达到30亿元。", "青岚河上的新桥昨天通车。"]
    assert dict(read.broken.values)["line"] == "3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "新闻",
        "<p>新闻</p>",
        "<html><body><rss></body></html>",
        "{}",
        "<item><title>a</title></item>",
        "<rss",
        "<feed",
    ],
)
def test_what_is_no_feed_is_refused(text):
    with pytest.raises(UnreadableFile):
        _read(text)


_LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "{file}">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{file}"> %p;]>',
        f'<!DOCTYPE rss [<!ENTITY l0 "哈"> {_LAUGHS} <!ENTITY x "&l9;">]>',
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_entities_are_never_opened_fetched_or_blown_up(doctype, inside, tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")

    def refuse(*_):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    head = doctype.replace("{file}", secret.as_uri())
    item = "<title>题</title><description>正文&x;。</description>"
    text = f"<rss version='2.0'>{head}<channel><item>{item}</item></channel></rss>" if inside else _rss(item, head=head)
    for document in within(1, lambda: _read(text)).documents:
        assert document.text == "正文&x;。"


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<a>", "&", "<![CDATA[", "<!--", "<", "<?", "]]>", "&#x;", "<a b='", "a.", "a@", "(", " ", "<item>"],
)
def test_no_piece_repeated_takes_long(piece):
    text = piece * 40_000
    for whole in (_rss(_SECOND, f"<author>{text}</author><description>{text}</description>"), _rss(text)[:-40], text):
        with suppress(UnreadableFile):
            within(2, partial(_read, whole))


def test_many_attributes_take_no_long_time():
    attributes = " ".join(f"a{n}=''" for n in range(40_000))
    within(2, lambda: _read(_rss(f"<a {attributes}/>{_SECOND}")))


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_survived(text, inside):
    try:
        assert isinstance(_read(_rss(text) if inside else text), Feed)
    except UnreadableFile:
        assert not inside


@given(st.lists(st.tuples(st.integers(0, 2000), st.characters()), max_size=6), st.integers(0, 2000), st.booleans())
def test_any_damage_is_survived(changes, cut, atom):
    whole = _rss(_FIRST, _SECOND)
    if atom:
        whole = whole.replace("<rss", "<feed").replace("</rss", "</feed").replace("item>", "entry>")
    text = list(whole)
    for place, character in changes:
        text[place % len(text)] = character
    try:
        assert isinstance(_read("".join(text)[: len(text) - cut % 200]), Feed)
    except UnreadableFile:
        return


def test_real_feeds_give_their_entries(shared):
    folder = shared / "html" / "encoding_feeds"
    counts = {
        path.name: _read(decode(path.read_bytes()).text)
        for path in sorted(folder.glob("*.xml"))
        if "chromium" not in path.name
    }
    assert len(counts) == 21
    assert all(feed.documents or feed.without_text for feed in counts.values())
    assert sum(len(feed.documents) for feed in counts.values()) == 340
    assert [name for name, feed in counts.items() if feed.broken] in ([], ["big5_coolloud.org.tw.xml"])


def test_of_two_dates_the_first_that_is_one_counts():
    (document,) = _read(_rss(f"<pubDate>昨天</pubDate><updated>2024-05-03</updated>{_SECOND}")).documents
    assert (document.date, dict(document.origins)["date"]) == ("2024-05-03", "feed updated")


@pytest.mark.parametrize("half", ["&#xD800;", "&#xdfff;", "&#55296;", "&#57343;"])
def test_half_a_character_is_shown_as_lost(half):
    (document,) = _read(_rss(f"<title>题{half}</title><description>新桥{half}通车了。</description>")).documents
    assert (document.title, document.text) == ("题\ufffd", "新桥\ufffd通车了。")


def test_entries_without_a_name_get_ids_in_time_that_grows_as_they_do():
    class Counted(set):
        asked = 0

        def __contains__(self, name):
            Counted.asked += 1
            return super().__contains__(name)

    articles = [Article("a", "/x/a.xml", f"第{i}条。", "utf-8") for i in range(2000)]
    with patch.object(index.reading.contents, "set", Counted, create=True):
        ids = [article.id for article in index.reading.contents.with_unique_ids(articles)]
    assert ids[:3] == ["a", "a#2", "a#3"]
    assert len(set(ids)) == 2000
    assert Counted.asked <= 3 * 2000
