"""Find the day on which the article of a web page was published, and what says so.

Knows where pages keep that day: metas, JSON-LD, the dateline, elements, the address, the data of scripts. Knows too
whose days it must not take: those of comments, of other articles, of changes and of the copyright. Knows no sites.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from index.text.boilerplate import line_key
from index.text.written_dates import beijing_day, iso_date, own_date

DATE_LABEL = re.compile(r"(?:发布|发表|时间|日期)\S{0,4}\s*[:：]")
_DATELINE = re.compile(r"^\W*(?:发布|发表|发稿|發布|發佈|發表)(?:时间|日期|時間|于|於)?\s*[:：]")
_BROKEN = re.compile(r"(?<!\d)(20\d\d)\s+(\d\d?)[/.-](\d\d?)(?!\d)")  # year and day in elements of their own
_META = re.compile(
    r"pub\w*[:_.-]?(?:time|date)|published[:_.-]?(?:time|date|at)|date[:_.-]?publ|release[:_.-]?date"
    r"|create[:_.-]?(?:at|date|time)|^(?:dc\.)?date$"
)
_ADDRESS = re.compile(
    r"(?<!\d)(20[0-3]\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)"
    r"|t(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])_"
)
# What a name in lower case, without its signs, says of the day beside it.
_PUBLISHED = re.compile(
    r"(?:article|news|content|post|doc|page|info|first|ori(?:gin(?:al)?)?|art)?"
    r"(?:(?:publish(?:ed)?|pub)(?:time|date|at|on|timestamp|day)|date(?:published|publish|pub)|ptime)(?:str|text)?"
)
_CREATED = re.compile(r"(?:ori|article)?createtime|ct")
_HEADLINE = re.compile(r"(?:article|news|page|share|og)?(?:title|headline)")
# Names of what surrounds the day of something else than the page's article.
_OTHERS = re.compile(
    r"comment|pinglun|liuyan|related|recomm|tuijian|xiangguan|copyright|similar|sidebar|breadcrumb|advert|modif|update"
    r"|hot_?-?(?:news|list|article)|news-?_?list"
    r"|(?<![a-z])(?:repl(?:y|ies)|reviews?|rank\w*|prev|next|latest|more|foot(?:er)?|guess)(?![a-z])",
    re.IGNORECASE,
)
_PERSONS = re.compile(r"(?i)author|user|member|editor|account")  # in data only: such classes hold datelines
_PARTS = frozenset(("aside", "footer", "nav"))
_OTHER_TYPES = re.compile(
    r"Comment|Review|Person|Organization|ItemList|Breadcrumb|ImageObject|VideoObject|WebSite|Question|Answer|Event"
)
_STOP = re.compile("[。！？；]")
_LONG = 60  # characters; a block that holds more than a dateline
_PATH = 200  # characters of the names around a scope
_NEAR = 20  # characters between a name and its value
_DEEP = 3  # how many times data may hold data as a text
# The signs of a script: texts, brackets, names before a value, numbers of seconds or milliseconds since 1970.
_TOKEN = re.compile(
    r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|[{}\[\]]|(?<![\w$.-])[A-Za-z_$][\w$.-]*+(?=\s*+[:=](?!=))"""
    r"""|(?<![\w.])1\d{9}(?:\d{3})?(?![\w.])"""
)  # possessive, and a text that is not closed ends with its line: linear
_NAMES_VALUE = re.compile(r"\s*[:=](?!=)")
_WRITTEN = re.compile(r"\s*20\d\d[-/.年]")
_HINT = re.compile(r"(?i)pub|ptime|createtime|create_time|\bct\b")
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")


def published_day(root: Any, metas: dict[str, str], head: Sequence[str], title: str, address: str) -> tuple[str, str]:
    """Return the day of publication (ISO) and its origin; "" for both where no witness is sure.

    `head` holds the lines between headline and running text, `title` the headline, `address` the page's own address.
    """
    for name, content in metas.items():
        if _META.search(name) and (day := iso_date(content)):
            return day, name
    for line in head:
        if _DATELINE.search(line) and (day := own_date(line)):
            return day, "page text"
    if day := _linked_day(root, title):
        return day, "json-ld"
    whole = " ".join(head)
    labelled = [line for line in head if DATE_LABEL.search(line)]
    broken = "-".join(match.groups()) if (match := _BROKEN.search(whole)) else ""
    for text in (*labelled, *head, broken):
        if day := own_date(text):
            return day, "page text"
    if (marked := _marked_day(root, title))[0]:
        return marked
    if (match := _ADDRESS.search(address)) and (day := iso_date("-".join(group for group in match.groups() if group))):
        return day, "url"
    day = _day_in_scripts(root, title)
    return (day, "script") if day else ("", "")


def is_of_another(element: Any, own: frozenset[Any] = frozenset()) -> bool:
    """Return True if an element stands in a comment, beside the article, or is the copyright's.

    `own` holds elements around the article itself: they and what is around them are not looked at.
    """
    for each in (element, *element.iterancestors()):
        if each in own or each.tag in ("body", "html", "head"):
            return False
        named = f"{each.get('class') or ''} {each.get('id') or ''} {each.get('itemprop') or ''}"
        if each.tag in _PARTS or each.tag == "a" or _OTHERS.search(named):
            return True
        if _OTHER_TYPES.search(each.get("itemtype") or ""):
            return True
    return False


def linked_entries(root: Any) -> Iterator[dict[str, Any]]:
    """Yield the entries of the page's JSON-LD, those of a graph one by one."""
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            with suppress(ValueError, RecursionError):
                data = json.loads(script.text or "", strict=False)
                entries = data if isinstance(data, list) else [data]
                graphs = [entry.get("@graph") for entry in entries if isinstance(entry, dict)]
                nested = (inner for graph in graphs if isinstance(graph, list) for inner in graph)
                yield from (entry for entry in (*entries, *nested) if isinstance(entry, dict))


def _linked_day(root: Any, title: str) -> str:
    days: list[tuple[str, str]] = []  # (headline, day)
    for entry in linked_entries(root):
        day = entry.get("datePublished")
        if isinstance(day, str) and not _OTHER_TYPES.search(str(entry.get("@type") or "")):
            days.append((str(entry.get("headline") or ""), iso_date(day)))
    return _agreed(days, title)


def _agreed(days: Iterable[tuple[str, str]], title: str) -> str:
    """Return the one day of all these (headline, day) that the page's headline allows; "" if they disagree.

    Those of the same headline count alone; of those without any, or where the page has none, all do.
    """
    listed = [(headline, day) for headline, day in days if day]
    same = {day for headline, day in listed if headline and _is_same(headline, title)}
    rest = {day for headline, day in listed if not headline or not line_key(title)}
    chosen = same or rest
    if not chosen and len(listed) == 1 and not listed[0][0]:
        chosen = {listed[0][1]}
    return chosen.pop() if len(chosen) == 1 else ""


def _is_same(headline: str, title: str) -> bool:
    one, other = line_key(headline), line_key(title)
    return min(len(one), len(other)) >= 2 and (one in other or other in one)


def _marked_day(root: Any, title: str) -> tuple[str, str]:
    """Return the day of the elements that are marked as one; "" where those of the article disagree."""
    own = _around_article(root, title)
    marked: dict[str, set[str]] = {"itemprop": set(), "time": set()}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        named = (element.get("itemprop") or "").lower()
        is_marked = "datepublished" in named.split() or element.get("pubdate") is not None
        is_other = element.tag != "time" or named == "datemodified"
        if not is_marked and is_other and named not in ("datecreated", "uploaddate"):
            continue
        if is_of_another(element, own) or _is_in_sentence(element):
            continue
        day = iso_date(element.get("content") or element.get("datetime") or "") or iso_date(element.text_content())
        if day:
            marked["time" if element.tag == "time" and not is_marked else "itemprop"].add(day)
    for origin, days in marked.items():
        if days:
            return (days.pop(), origin) if len(days) == 1 else ("", "")
    return "", ""


def _around_article(root: Any, title: str) -> frozenset[Any]:
    """Return the elements around the headline, and around the longest paragraph."""
    key = line_key(title)
    headings = [each for each in root.iter("h1", "h2") if key and line_key(each.text_content()) == key]
    longest = max(root.iter("p"), key=lambda each: len(each.text or ""), default=None)
    own: set[Any] = set()
    for each in (*headings[:1], *([longest] if longest is not None else [])):
        own.update(each.iterancestors())
    return frozenset(own)


def _is_in_sentence(element: Any) -> bool:
    """Return True if an element is part of running text, where its day is that of an event."""
    parent = element.getparent()
    if parent is None or parent.tag not in ("p", "li", "td", "span", "em", "strong", "blockquote"):
        return False
    around = (parent.text or "") + "".join(each.tail or "" for each in parent)
    return len(around) > _LONG or bool(_STOP.search(around))


@dataclass(slots=True)
class _Scope:
    """An object or list of a script: the names around it, its headline, and the days in it."""

    path: str = ""
    is_listed: bool = False  # is it one of several, as in a list of articles
    is_other: bool = False  # does its type say that it is no article
    headline: str = ""
    days: list[tuple[bool, str]] = field(default_factory=list)  # (is it the day of publication, the day)


def _day_in_scripts(root: Any, title: str) -> str:
    scopes: list[_Scope] = []
    for script in root.iter("script"):
        code = script.text or ""
        if _HINT.search(code):
            scopes += _scopes(code, _Scope(), 0)
    scopes = [scope for scope in scopes if not scope.is_listed or (scope.headline and _is_same(scope.headline, title))]
    for published in (True, False):  # when an article was made is asked only where nothing says when it was published
        days = [(scope.headline, day) for scope in scopes for kind, day in scope.days if kind is published]
        if days:
            return _agreed(days, title)
    return ""


def _scopes(code: str, outer: _Scope, depth: int) -> Iterator[_Scope]:
    """Yield the scopes of a script that hold days, but not those around which a name tells of something else."""
    stack, kept = [outer], [] if depth else [outer]
    name, end = "", 0  # the last name, and where it ends
    for match in _TOKEN.finditer(code):
        sign = match.group()
        scope = stack[-1]
        is_text = sign[0] in "\"'"
        if sign in ("{", "["):
            path = f"{scope.path[-_PATH:]}.{name}" if name else scope.path
            is_listed = scope.is_listed or (sign == "[" and bool(name))
            stack.append(_Scope(path, is_listed, scope.is_other))
            kept.append(stack[-1])
            name = ""
        elif sign in ("}", "]"):
            if len(stack) > 1:
                stack.pop()
            name = ""
        elif not (is_text or sign[0].isdigit()) or (is_text and _NAMES_VALUE.match(code, match.end())):
            name, end = sign.strip("\"'"), match.end()
        else:
            value = sign[1:-1] if is_text else sign
            if depth < _DEEP and '\\"' in value:
                with suppress(ValueError):
                    kept += _scopes(json.loads(f'"{value}"', strict=False), scope, depth + 1)
            elif name and match.start() - end < _NEAR and not (between := code[end : match.start()]).strip(" \t\r\n:="):
                _note(scope, name, value, is_assigned="=" in between)
            name = ""
    yield from (scope for scope in kept if scope.days and not scope.is_other)


def _note(scope: _Scope, name: str, value: str, *, is_assigned: bool) -> None:
    """Keep a value of a scope if its name says that it is a headline or a day."""
    path, _, last = f"{scope.path}.{name}".rpartition(".")
    last = re.sub(r"[\W_]", "", last).lower()
    published = bool(_PUBLISHED.fullmatch(last))
    if _HEADLINE.fullmatch(last) and not scope.headline:
        with suppress(ValueError):
            scope.headline = json.loads(f'"{value}"', strict=False) if "\\" in value else value
    elif name == "@type":
        scope.is_other = bool(_OTHER_TYPES.search(value))
    elif (published or (is_assigned and _CREATED.fullmatch(last))) and not (
        _OTHERS.search(path) or _PERSONS.search(path)
    ):
        day = beijing_day(int(value[:10])) if _SECONDS.fullmatch(value) else ""
        if not day and _WRITTEN.match(value):
            day = iso_date(value)
        if day:
            scope.days.append((published, day))
