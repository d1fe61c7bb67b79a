"""A web page becomes an article: which of its lines are the text, and what it says of itself.

Knows the extractors that find an article in a page, and the names under which Chinese pages keep title, date, source and
author. Names no site. Does not know files or encodings: it is given decoded text.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from email import message_from_bytes, policy
from typing import Any

from index.errors import UnreadableFile
from index.frame import iso_date, line_key, own_date, read_frame
from index.markup import Line, page_lines, parsed, plain_lines, tamed
from index.records import Document

_LARGE = 10_000  # tags; readability may take more than 3 s beyond (240 levels deep), and pages with one article hold 200 to 7,000
_HUGE = 300_000  # tags; walking their tree takes a second, and a million of them seven
_ENOUGH = 80  # characters outside links that a fallback must find before they count as an article
_SHORT = 20  # the same for sentences that are a tenth of the page
_TINY = 200  # characters of a whole page
_LABEL = 40  # characters that a line which does not read as sentences counts against a run of lines; 20 to 60 were tried
_TITLE = 300  # characters of a page's title that are looked at
_HEAD = 20  # lines before the running text among which date and source are looked for
_TITLES = ("articletitle", "og:title", "twitter:title")
_DATE_META = re.compile(
    r"pub\w*[:_.-]?(?:time|date)|published[:_.-]?(?:time|date|at)|date[:_.-]?publ|release[:_.-]?date|create[:_.-]?(?:at|date|time)|^(?:dc\.)?date$"
)
_DATE_SCRIPT = re.compile(r"""(?i)["']?(?:publish|pub|date_?publ)(?:ed)?_?(?:time|date|at|ished)?["']?\s*[:=]\s*["'](20\d\d[^"'<>]{4,24})["']""")
_DATE_LABEL = re.compile(r"(?:发布|发表|时间|日期)\S{0,4}\s*[:：]")
_BROKEN_DATE = re.compile(r"(?<!\d)(20\d\d)\s+(\d\d?)[/.-](\d\d?)(?!\d)")  # year and day in elements of their own
_SOURCES = ("contentsource", "source", "article:source")
_SOURCE_CLASS = re.compile(r"(?:^|[\s_-])(?:source|copyfrom|laiyuan|media[_-]?name|publisher)(?:$|[\s_-])", re.IGNORECASE)
_SITE_NAMES = ("og:site_name", "application-name")
_AUTHORS = ("author", "article:author", "og:article:author", "dc.creator")
_SEPARATOR = re.compile(r"\s*(?:[_|｜丨«»]|::|--+|\s[-–—@·]\s|\s[-–—]|[-–—]\s|[-–—](?=[^-–—]*$))\s*")
_SITE = re.compile(r"网|频道|新闻|报$|资讯|门户|在线|政府|中心|首页|平台|客户端|部落|博客|论坛|社区|贴吧|bbs|powered by|net|com|news", re.IGNORECASE)
_URL_DATE = re.compile(r"(?<!\d)(20[0-3]\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)|t(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])_")
_NO_HEADLINE = re.compile(r"^.{0,5}$|详情|^index|untitled|无标题|(?:新闻|网|频道|报|首页|门户)$", re.IGNORECASE)
_MEDIUM = re.compile(r"^\s*[\[【(（](?:视频|图片|组图|图集|图|音频|直播|专题|高清)[\]】)）]\s*")
_HAN = re.compile("[\u3400-\u9fff]")


def read_page(html: str) -> Document:
    """The article of a web page; its encoding is left to the caller.

    Raises UnreadableFile for a page without running text, such as a list of links.
    """
    html = tamed(html)
    huge = html.count("<") > _HUGE
    root = parsed(html[:_HUGE] if huge else html)
    page = [] if huge else page_lines(root)
    page = page or plain_lines(html)
    body, repairs = _body(html, page)
    metas, linked = _metas(root), _linked_data(root)
    title = _title(root, metas, linked)
    head = _head(page, body, title[0])
    found = {
        "title": title,
        "date": _date(html, root, metas, linked, head),
        "source": _first(metas, _SOURCES),
        "author": _person(_first(metas, _AUTHORS), _first(metas, _SITE_NAMES)[0]),
        "url": _address(root, metas),
    }
    frame = read_frame("\n".join([*head, *(line.text for line in body)]), title=title[0])
    for name, value in (("source", frame.source), ("author", frame.author)):
        # What stands under the headline is what a reader sees; a site's own name in the markup is the weaker witness.
        if value:
            found[name] = (value, "page text")
    if not found["source"][0]:
        found["source"] = _classed(root)
    if not found["source"][0]:
        found["source"] = _first(metas, _SITE_NAMES)
    values = {name: " ".join(value.split()) for name, (value, _) in found.items()}
    return Document(
        text="\n".join(line.text for line in body),
        encoding="",
        title=values["title"],
        date=values["date"],
        source=values["source"],
        author=values["author"],
        url=values["url"],
        origins=tuple(sorted((name, origin) for name, (value, origin) in found.items() if value)),
        repairs=repairs,
    )


def mhtml_page(data: bytes) -> bytes:
    """The bytes of the page that a saved web archive holds. Raises UnreadableFile if it holds none."""
    message = message_from_bytes(data, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            if isinstance(page, bytes) and page.strip():
                return page
    raise UnreadableFile("no page in this web archive", "Save the page again as HTML.")


def _body(html: str, page: list[Line]) -> tuple[list[Line], tuple[tuple[str, int], ...]]:
    """The lines of the article, and which fallback found them.

    The first extractor is readability; the densest run of lines is looked at only where it found little of what the page
    says. Raises UnreadableFile where neither finds an article.
    """
    if html.count("<") > _LARGE:
        found = {"densest_lines": _densest(page)}
    else:
        first = _readability(html)
        if _unlinked(first) >= max(_unlinked([line for line in page if line.runs]) * 0.4, 20):
            whole = _with_rows(first, page)
            return whole, (("table_rows", len(whole) - len(first)),) if len(whole) > len(first) else ()
        found = {"": first, "densest_lines": _densest(page)}
    name, best = max(found.items(), key=lambda item: _unlinked(item[1]))  # the first of equals
    shown = sum(len(line.text) for line in page)
    told = any(line.runs and line.text.endswith(("。", "！", "？", "”")) for line in best)  # a short piece of news, rather than a label
    enough = _SHORT if told and _unlinked(best) * 10 >= shown else _ENOUGH
    if _unlinked(best) < enough or _unlinked(best) * 2 < sum(len(line.text) for line in best):
        if shown <= _TINY and _unlinked(page) * 2 > shown and any(line.runs for line in page):
            return page, (("whole_page", 1),)  # so little that all of it may be the article
        raise UnreadableFile("a page without running text (a list of links, or filled in by scripts)", "Save the article's own page.")
    return best, ((name, 1),) if name else ()


def _with_rows(body: list[Line], page: list[Line]) -> list[Line]:
    """The article with the rows of its tables, which extractors take for a part of the page: those between its lines, and those that follow."""
    places = {line.text: i for i, line in enumerate(page)}
    found = [places[line.text] for line in body if line.text in places]
    if len(found) < 2:
        return body
    start, end = min(found), max(found) + 1
    while end < len(page) and page[end].is_row:
        end += 1
    held = {line.text for line in body}
    missing = [i for i in range(start, end) if page[i].is_row and page[i].text not in held and page[i].linked * 2 < len(page[i].text)]
    for i in reversed(missing):
        after = next((n for n, line in enumerate(body) if places.get(line.text, -1) > i), len(body))
        body = [*body[:after], page[i], *body[after:]]
    return body


def _unlinked(lines: list[Line]) -> int:
    return sum(len(line.text) - line.linked for line in lines)


def _readability(html: str) -> list[Line]:
    from readability import Document as Readable
    from readability.readability import Unparseable

    logging.getLogger("readability").setLevel(logging.CRITICAL + 1)  # what it finds too little in, the next one is asked about

    try:
        return page_lines(parsed(Readable(html).summary()))
    except (Unparseable, ValueError, TypeError, IndexError):  # what it raises for pages without any text
        return []


def _densest(page: list[Line]) -> list[Line]:
    """The run of lines with the greatest sum of scores, sentences for and labels against it (maximum subsequence)."""
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
    """Name or property, in lower case → content, of the page's meta elements; the first of each."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _first(metas: dict[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    """The first of these metas that is there, and its name."""
    return next(((metas[name], name) for name in names if 1 < len(metas.get(name, "")) <= 40 and "//" not in metas[name]), ("", ""))


def _classed(root: Any) -> tuple[str, str]:
    """The short text of the first element whose class or id says that it holds the source."""
    for element in root.iter("span", "div", "a", "p", "em", "i", "strong", "td", "li"):
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if named != " " and _SOURCE_CLASS.search(named):
            text = re.sub(r"^\W*(?:来源|來源|稿源)\W*", "", " ".join(element.text_content().split())).strip()
            if 2 <= len(text) <= 20 and _HAN.search(text):
                return text, "class " + named.split()[0]
    return "", ""


def _person(found: tuple[str, str], site: str) -> tuple[str, str]:
    """The author that a meta names, unless it is a number, a login or the site."""
    name, _ = found
    is_name = _HAN.search(name) or re.fullmatch(r"[A-Z][\w.'-]+(?: [A-Z][\w.'-]+)+", name)
    return found if is_name and name not in site and not (site and site in name) else ("", "")


def _linked_data(root: Any) -> dict[str, str]:
    """The plain fields of the page's JSON-LD."""
    found: dict[str, str] = {}
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                data = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            for entry in data if isinstance(data, list) else [data]:
                if isinstance(entry, dict):
                    found.update({key: value for key, value in entry.items() if isinstance(value, str) and key not in found})
    return found


def _title(root: Any, metas: dict[str, str], linked: dict[str, str]) -> tuple[str, str]:
    """The headline and where it stood: what the page's title begins with, as far as a heading or a meta says the same."""
    (tag,) = [" ".join(element.text_content().split()) for element in root.iter("title")][:1] or [""]
    headings = [(" ".join(element.text_content().split()), element.tag) for element in root.iter("h1", "h2", "h3")]
    named = [(_without_site(metas.get(name, "")), name) for name in _TITLES] + [(_without_site(linked.get("headline", "")), "json-ld")]
    sites = {metas.get(name) for name in _SITE_NAMES}  # a blog's name stands in its first heading
    candidates = [(text, origin) for text, origin in headings + named if 4 <= len(text) <= 120 and text not in sites]
    key = line_key(tag)
    said = Counter(line_key(text) for text, _ in candidates)
    if candidates and not any(line_key(text) in key for text, _ in candidates if len(line_key(text)) >= 3):
        # The page's title names the site or the section only; a heading is believed where nothing contradicts it.
        text, origin = max(candidates, key=lambda found: (said[line_key(found[0])], found[1] == "h1"))
        alone = origin == "h1" and len(text) >= 6 and sum(level == "h1" for _, level in headings) == 1
        if said[line_key(text)] > 1 or (alone and _NO_HEADLINE.search(_without_site(tag))):
            return _MEDIUM.sub("", text), origin
    twice = [(text, origin) for text, origin in candidates if said[line_key(text)] > 2 and origin == "h1"]
    if twice:  # heading, metadata and data agree: it is the headline, wherever the page's title has it
        return _MEDIUM.sub("", twice[0][0]), "h1"
    agreeing = [(text, origin) for text, origin in candidates if len(line_key(text)) >= 3 and line_key(text) in key]
    if agreeing:
        # What the page's title begins with, rather than the site's name at its end; a heading before a meta that says as much.
        text, origin = max(agreeing, key=lambda found: (key.startswith(line_key(found[0])), len(line_key(found[0]))))
    elif tag:
        text, origin = _without_site(tag), "title"
    else:
        text, origin = candidates[0] if candidates else ("", "")
    return _MEDIUM.sub("", text), origin


def _without_site(title: str) -> str:
    """A page's title without the names of site and section at its end."""
    title = " ".join(title.split())[:_TITLE]
    site = ""  # the sign before a part that named the site: what stands before it may be its section
    while cuts := [match for match in _SEPARATOR.finditer(title) if match.start() >= 4]:
        rest, sign = title[cuts[-1].end() :], cuts[-1].group().strip()
        names_site = bool(_SITE.search(rest)) or rest.isascii() or sign in ("@", "::") or (sign == site and len(rest) <= 8)
        if rest and not (len(rest) <= (30 if rest.isascii() else 16) and (names_site or (sign in ("_", "|", "｜", "--") and cuts[-1].start() >= 8))):
            break
        title, site = title[: cuts[-1].start()], sign
    return title.strip()


def _head(page: list[Line], body: list[Line], title: str) -> list[str]:
    """What stands between the headline and the running text, or shortly before the latter; and labelled dates after it."""
    key = line_key(title)
    running = [line.text for line in body if line.runs and line_key(line.text) != key] or [body[0].text]
    end = next((i for i, line in enumerate(page) if line.text == running[0]), None)
    if end is None:
        end = next((i for i, line in enumerate(page) if running[0][:20] in line.text), len(page))
    start = max(end - _HEAD, 0)
    start = next((i for i in range(start, end) if key and line_key(page[i].text).endswith(key)), start)
    last = max((i for i, line in enumerate(page) if line.text == running[-1]), default=end)
    after = [line.text for line in page[last : last + _HEAD] if len(line.text) <= 60 and _DATE_LABEL.search(line.text)]
    return [line.text for line in page[start:end]] + after


def _date(html: str, root: Any, metas: dict[str, str], linked: dict[str, str], head: list[str]) -> tuple[str, str]:
    """When the page was published (ISO), and what says so."""
    for name, content in metas.items():
        if _DATE_META.search(name) and (found := iso_date(content)):
            return found, name
    if found := iso_date(linked.get("datePublished", "")):
        return found, "json-ld"
    whole = " ".join(head)
    labelled = [line for line in head if _DATE_LABEL.search(line)]
    broken = "-".join(match.groups()) if (match := _BROKEN_DATE.search(whole)) else ""
    for text in (*labelled, *head, broken):
        if found := own_date(text):
            return found, "page text"
    for element in root.iter("time"):
        if found := iso_date(element.get("datetime") or element.text or ""):
            return found, "time"
    address, _ = _address(root, metas)
    if (match := _URL_DATE.search(address)) and (found := iso_date("-".join(group for group in match.groups() if group))):
        return found, "url"
    if (match := _DATE_SCRIPT.search(html)) and (found := iso_date(match[1])):
        return found, "script"
    return "", ""


def _address(root: Any, metas: dict[str, str]) -> tuple[str, str]:
    for element in root.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and (address := (element.get("href") or "").strip()).startswith("http"):
            return address, "canonical"
    return (metas["og:url"], "og:url") if metas.get("og:url", "").startswith("http") else ("", "")
