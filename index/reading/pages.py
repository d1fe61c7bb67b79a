"""Find the article of a web page, and its title, date, source, author and address.

Knows the extractors that find an article in a page, and the names that Chinese pages give to these fields. Has no rules
for single sites. Does not know files or encodings: the text comes decoded.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any

from index.errors import UnreadableFile
from index.reading.beside import article_only, captions
from index.reading.hidden import may_hide, without_hidden
from index.reading.lists import refusal as no_article
from index.reading.markup import Line, page_lines, parsed, plain_lines, tamed, to_text
from index.reading.page_dates import DATE_LABEL, is_of_another, linked_entries, published_day
from index.records import Document
from index.text.boilerplate import begins_others, find_boilerplate, line_key

# Tags. Beyond, readability may take more than 3 s (240 levels deep); pages with one article hold 200 to 7,000.
_LARGE = 10_000
_HUGE = 300_000  # tags; walking their tree takes a second, and a million of them seven
_ENOUGH = 80  # characters outside links; a fallback that finds fewer has found no article
_SHORT = 20  # the same if they are sentences and a tenth of the page
_TINY = 200  # characters of a whole page
# Characters that a line which does not read as sentences counts against a run of lines; 20 to 60 were tried.
_LABEL = 40
_TITLE = 300  # characters; the rest of a page's title is ignored
_HEAD = 20  # lines before the running text that are searched for date and source
_TITLES = ("articletitle", "og:title", "twitter:title")
_SOURCES = ("contentsource", "source", "article:source")
_SOURCE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:source|copyfrom|laiyuan|media[_-]?name|publisher|js_name|profile_nickname|meta_nickname)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PLATFORMS = frozenset(
    {"微信公众平台", "微信公众号", "今日头条", "百家号", "搜狐网", "网易订阅"}
)  # where others publish
_SITE_NAMES = ("og:site_name", "application-name")
_AUTHORS = ("author", "article:author", "og:article:author", "dc.creator")
_SEPARATOR = re.compile(r"\s*(?:[_|｜丨«»]|::|--+|\s[-–—@·]\s|\s[-–—]|[-–—]\s|[-–—](?=[^-–—]*$))\s*")
_SITE = re.compile(
    r"网|频道|新闻|报$|资讯|门户|在线|政府|中心|首页|平台|客户端|部落|博客|论坛|社区|贴吧|bbs|powered by|net|com|news",
    re.IGNORECASE,
)
_NO_HEADLINE = re.compile(r"^.{0,5}$|详情|^index|untitled|无标题|(?:新闻|网|频道|报|首页|门户)$", re.IGNORECASE)
_MEDIUM = re.compile(r"^\s*[\[【(（](?:视频|图片|组图|图集|图|音频|直播|专题|高清)[\]】)）]\s*")
_HAN = re.compile("[\u3400-\u9fff]")


class NoArticle(UnreadableFile):
    """A page that holds no article. `document` is its whole text, which the owner may want as it is."""

    def __init__(self, code: str, document: Document) -> None:
        super().__init__(code)
        self.document = document


def read_page(html: str) -> Document:
    """Read the article of a web page. `Document.encoding` is left empty for the caller.

    Raises NoArticle for a page without an article, such as a list of others, and UnreadableFile for an empty page.
    """
    html = tamed(html)
    huge = html.count("<") > _HUGE
    root = parsed(html[:_HUGE] if huge else html)
    if not huge and may_hide(html):
        html, root = _without_hidden_parts(html, root)
    page = [] if huge else page_lines(root)
    page = page or plain_lines(html)
    metas, linked = _metas(root), _linked_data(root)
    refusal = ""
    body, repairs = _body(html, page)
    if not body and (body := _in_data(root, linked)):
        repairs = (("page_data", 1),)
    if not body and not any(character.isalnum() for line in page for character in line.text):
        raise UnreadableFile("reading.page_empty")
    if repairs != (("whole_page", 1),):
        body = article_only(body, captions(root))
    title = _title(root, metas, linked)
    if "page_data" not in dict(repairs):
        refusal = no_article(page, body, (title[0], _without_site(_tag(root))))
    if refusal:
        body, repairs = page, ()
    head = _head(page, body, title[0])
    metadata = {
        "title": title,
        "date": published_day(root, metas, head, title[0], _address(root, metas)[0]),
        "source": _first(metas, _SOURCES),
        "author": _person(_first(metas, _AUTHORS), _first(metas, _SITE_NAMES)[0]),
        "url": _address(root, metas),
    }
    # A page that is refused may be of a million lines; its head tells enough.
    lines = head if refusal else [*head, *(line.text for line in body)]
    boilerplate = find_boilerplate("\n".join(lines), title=title[0])
    for name, value in (("source", boilerplate.source), ("author", boilerplate.author)):
        # A reader sees the line under the headline; the markup often names only the site.
        if value:
            metadata[name] = (value, "page text")
    if not metadata["source"][0]:
        metadata["source"] = _classed(root)
    if not metadata["source"][0] and (site := _first(metas, _SITE_NAMES))[0] not in _PLATFORMS:
        metadata["source"] = site
    values = {name: " ".join(value.split()) for name, (value, _) in metadata.items()}
    document = Document(
        text="\n".join(line.text for line in body),
        encoding="",
        title=values["title"],
        date=values["date"],
        source=values["source"],
        author=values["author"],
        url=values["url"],
        origins=tuple(sorted((name, origin) for name, (value, origin) in metadata.items() if value)),
        repairs=repairs,
    )
    if refusal:
        raise NoArticle(refusal, document)
    return document


def _without_hidden_parts(html: str, root: Any) -> tuple[str, Any]:
    """Return the page without what a browser does not show, unless no sentence would be left."""
    from lxml import html as lxml_html

    sentences = 0
    for unseen in (False, True):
        visible = parsed(html)
        if not without_hidden(visible, unseen=unseen):
            continue
        left = sum(len(line.text) for line in page_lines(visible) if line.runs and "。" in line.text)
        # What only scripts make visible is the whole article of some pages, and an advertisement of others.
        if left and left * 2 >= sentences:
            html, root, sentences = lxml_html.tostring(visible, encoding="unicode"), visible, left
    return html, root


def _in_data(root: Any, linked: dict[str, str]) -> list[Line]:
    """Return the lines of an article that stands only in the data of a page's scripts; none if there is none."""
    texts = [linked.get("articleBody", "")]
    for script in root.iter("script"):
        code = script.text or ""
        start = code.find("{")
        if start < 0 or (not _HAN.search(code) and "\\u" not in code):
            continue
        with suppress(ValueError, RecursionError):
            value, _ = json.JSONDecoder().raw_decode(code, start)
            texts += _strings(value)
    longest = max(texts, key=lambda text: len(_HAN.findall(text)))
    if len(_HAN.findall(longest)) < _ENOUGH // 2:
        return []
    lines = to_text(longest).split("\n") if "<" in longest else longest.split("\n")
    return [Line(" ".join(line.split())) for line in lines if line.strip()]


def _strings(value: object) -> list[str]:
    """Return the texts under keys that name a text, at any depth."""
    results: list[str] = []
    waiting = [("", value)]
    while waiting:
        name, each = waiting.pop()
        if isinstance(each, dict):
            waiting += [(str(key).lower(), inner) for key, inner in each.items()]
        elif isinstance(each, list):
            waiting += [(name, inner) for inner in each]
        elif isinstance(each, str) and any(part in name for part in ("content", "body", "text", "html", "detail")):
            results.append(each)
    return results


def mhtml_page(data: bytes) -> bytes:
    """Return the bytes of the page in a saved web archive. Raises UnreadableFile if it holds none."""
    message = message_from_bytes(data, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            if isinstance(page, bytes) and page.strip():
                return page
    raise UnreadableFile("reading.no_page_in_archive")


def _body(html: str, page: list[Line]) -> tuple[list[Line], tuple[tuple[str, int], ...]]:
    """Return the lines of the article, and the name of the fallback that found them.

    Asks readability first, and takes the densest run of lines if readability found less than 40 % of the page's
    sentences. Returns no lines if neither finds an article.
    """
    if html.count("<") > _LARGE:
        bodies = {"densest_lines": _densest(article_only(page, frozenset()))}
    else:
        first = _readability(html)
        if _unlinked(first) >= max(_unlinked([line for line in page if line.runs]) * 0.4, 20):
            whole = _with_rows(first, page)
            return whole, (("table_rows", len(whole) - len(first)),) if len(whole) > len(first) else ()
        bodies = {"": first, "densest_lines": _densest(article_only(page, frozenset()))}
    name, best = max(bodies.items(), key=lambda item: _unlinked(item[1]))  # the first of equals
    page_length = sum(len(line.text) for line in page)
    # A sentence shows a short piece of news rather than a label.
    has_sentence = any(line.runs and line.text.endswith(("。", "！", "？", "”")) for line in best)
    enough = _SHORT if has_sentence and _unlinked(best) * 10 >= page_length else _ENOUGH
    if _unlinked(best) < enough or _unlinked(best) * 2 < sum(len(line.text) for line in best):
        if page_length <= _TINY and _unlinked(page) * 2 > page_length and any(line.runs for line in page):
            return page, (("whole_page", 1),)  # so short that all of it may be the article
        return [], ()
    return best, ((name, 1),) if name else ()


def _with_rows(body: list[Line], page: list[Line]) -> list[Line]:
    """Return the article with the rows of its tables between and directly after its lines; extractors drop them."""
    index_of = {line.text: i for i, line in enumerate(page)}
    kept = [index_of[line.text] for line in body if line.text in index_of]
    if len(kept) < 2:
        return body
    start, end = min(kept), max(kept) + 1
    while end < len(page) and page[end].is_row:
        end += 1
    held = {line.text for line in body}
    missing = [
        i
        for i in range(start, end)
        if page[i].is_row and page[i].text not in held and page[i].linked * 2 < len(page[i].text)
    ]
    for i in reversed(missing):
        after = next((n for n, line in enumerate(body) if index_of.get(line.text, -1) > i), len(body))
        body = [*body[:after], page[i], *body[after:]]
    return body


def _unlinked(lines: list[Line]) -> int:
    return sum(len(line.text) - line.linked for line in lines)


def _readability(html: str) -> list[Line]:
    from readability import Document as Readable
    from readability.readability import Unparseable

    # It warns about pages in which it finds little; the fallback handles them.
    logging.getLogger("readability").setLevel(logging.CRITICAL + 1)
    try:
        return page_lines(parsed(Readable(html).summary()))
    except (Unparseable, ValueError, TypeError, IndexError):  # raised for pages without any text
        return []


def _densest(page: list[Line]) -> list[Line]:
    """Return the run of lines with the greatest score: sentences count for it, labels against it (maximum subarray)."""
    best = total = start = 0
    span = (0, 0)
    for i, line in enumerate(page):
        if total <= 0:
            total, start = 0, i
        total += len(line.text) if line.runs else -_LABEL
        if total > best:
            best, span = total, (start, i + 1)
    return page[span[0] : span[1]]


def _metas(root: Any) -> dict[str, str]:
    """Return name or property, in lower case → content, of the page's meta elements; the first of each."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content and not (meta.get("itemprop") and is_of_another(meta)):
            metas.setdefault(name, content)
    return metas


def _first(metas: dict[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    """Return the content and name of the first of these metas that is short and no address; "" for both if none is."""
    return next(
        ((metas[name], name) for name in names if 1 < len(metas.get(name, "")) <= 40 and "//" not in metas[name]),
        ("", ""),
    )


def _classed(root: Any) -> tuple[str, str]:
    """Return the short text of the first element whose class or id marks the source, and its class."""
    for element in root.iter("span", "div", "a", "p", "em", "i", "strong", "td", "li"):
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if named != " " and _SOURCE_CLASS.search(named):
            text = re.sub(r"^\W*(?:来源|來源|稿源)\W*", "", " ".join(element.text_content().split())).strip()
            if 2 <= len(text) <= 20 and _HAN.search(text):
                return text, "class " + named.split()[0]
    return "", ""


def _person(author: tuple[str, str], site: str) -> tuple[str, str]:
    """Return the author (name, origin) of a meta unless it is a number, a login or the site."""
    name, _ = author
    is_name = _HAN.search(name) or re.fullmatch(r"[A-Z][\w.'-]+(?: [A-Z][\w.'-]+)+", name)
    return author if is_name and name not in site and not (site and site in name) else ("", "")


def _linked_data(root: Any) -> dict[str, str]:
    """Return the text fields of the page's JSON-LD; of each name the first."""
    fields: dict[str, str] = {}
    for entry in linked_entries(root):
        for key, value in entry.items():
            if isinstance(value, str):
                fields.setdefault(key, value)
    return fields


def _title(root: Any, metas: dict[str, str], linked: dict[str, str]) -> tuple[str, str]:
    """Return the headline and its origin: the heading or meta that agrees with the page's title."""
    tag = _tag(root)
    headings = [(" ".join(element.text_content().split()), element.tag) for element in root.iter("h1", "h2", "h3")]
    named = [(_without_site(metas.get(name, "")), name) for name in _TITLES] + [
        (_without_site(linked.get("headline", "")), "json-ld")
    ]
    sites = {metas.get(name) for name in _SITE_NAMES}  # a blog's name stands in its first heading
    candidates = [(text, origin) for text, origin in headings + named if 4 <= len(text) <= 120 and text not in sites]
    key = line_key(tag)
    counts = Counter(line_key(text) for text, _ in candidates)
    if candidates and not any(line_key(text) in key for text, _ in candidates if len(line_key(text)) >= 3):
        # The page's title names the site or the section only; take a heading if nothing contradicts it.
        text, origin = max(candidates, key=lambda candidate: (counts[line_key(candidate[0])], candidate[1] == "h1"))
        alone = origin == "h1" and len(text) >= 6 and sum(level == "h1" for _, level in headings) == 1
        if counts[line_key(text)] > 1 or (alone and _NO_HEADLINE.search(_without_site(tag))):
            return _MEDIUM.sub("", text), origin
    twice = [(text, origin) for text, origin in candidates if counts[line_key(text)] > 2 and origin == "h1"]
    if twice:  # heading, metadata and data agree: it is the headline, wherever the page's title has it
        return _MEDIUM.sub("", twice[0][0]), "h1"
    agreeing = [(text, origin) for text, origin in candidates if len(line_key(text)) >= 3 and line_key(text) in key]
    if agreeing:
        # Prefer the text that the page's title begins with to the site's name at its end, and a heading to a meta.
        text, origin = max(
            agreeing, key=lambda candidate: (key.startswith(line_key(candidate[0])), len(line_key(candidate[0])))
        )
    elif tag:
        text, origin = _without_site(tag), "title"
    else:
        text, origin = candidates[0] if candidates else ("", "")
    return _MEDIUM.sub("", text), origin


def _tag(root: Any) -> str:
    return next((" ".join(element.text_content().split()) for element in root.iter("title")), "")


def _without_site(title: str) -> str:
    """Return a page's title without the names of site and section at its end."""
    title = " ".join(title.split())[:_TITLE]
    site = ""  # the separator before the site's name; the same separator may stand before its section
    while cuts := [match for match in _SEPARATOR.finditer(title) if match.start() >= 4]:
        rest, sign = title[cuts[-1].end() :], cuts[-1].group().strip()
        names_site = (
            bool(_SITE.search(rest)) or rest.isascii() or sign in ("@", "::") or (sign == site and len(rest) <= 8)
        )
        if rest and not (
            len(rest) <= (30 if rest.isascii() else 16)
            and (names_site or (sign in ("_", "|", "｜", "--") and cuts[-1].start() >= 8))
        ):
            break
        title, site = title[: cuts[-1].start()], sign
    return title.strip()


def _head(page: list[Line], body: list[Line], title: str) -> list[str]:
    """Return the lines between the headline and the running text (at most 20), and labelled dates after the text."""
    key = line_key(title)
    running = [line.text for line in body if line.runs and line_key(line.text) != key] or [body[0].text]
    end = next((i for i, line in enumerate(page) if line.text == running[0]), None)
    if end is None:
        end = next((i for i, line in enumerate(page) if running[0][:20] in line.text), len(page))
    start = max(end - _HEAD, 0)
    start = next((i for i in range(start, end) if key and line_key(page[i].text).endswith(key)), start)
    last = max((i for i, line in enumerate(page) if line.text == running[-1]), default=end)
    foot = page[last : last + _HEAD]
    foot = foot[: next((i for i, line in enumerate(foot) if begins_others(line.text)), len(foot))]
    after = [line.text for line in foot if len(line.text) <= 60 and DATE_LABEL.search(line.text)]
    return [line.text for line in page[start:end]] + after


def _address(root: Any, metas: dict[str, str]) -> tuple[str, str]:
    for element in root.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and (
            address := (element.get("href") or "").strip()
        ).startswith("http"):
            return address, "canonical"
    return (metas["og:url"], "og:url") if metas.get("og:url", "").startswith("http") else ("", "")
