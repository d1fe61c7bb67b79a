"""Tell a web page that only lists other articles, or holds nothing but a notice, from an article.

Knows the lines of a page and those that an extractor takes for its article. Refuses only what is sure to be no article:
a list that is taken for one does less harm than an article that is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.reading.markup import Line
from index.text.boilerplate import line_key
from index.text.folding import fold
from index.text.notices import is_contact, is_rights

_LEAST = 5  # entries of a list
_SUMMARY = 150  # characters of sentences below one headline
_BROKEN = 0.6  # share of the summaries that break off
_ORDERED = 0.8  # share of the dates that are no newer than the one before: some lists pin an entry to their top
_BESIDE = 100  # characters of a page beside its entries: breadcrumbs, the day, page numbers
_LABELLED = 8  # characters of labels below a headline that are neither sentences nor a date
_SHORT = 40  # characters of a line with a date and a source, or of the labels beside a notice
_HEADLINE = (6, 80)  # characters
_LABELS, _LABEL = 3, 8  # labels of one line, and characters of each
_LINKED = 0.6  # share of a headline that is a link
_LINKED_ROW = 0.8  # the same in a row, where the name of goods is a link and its price is not
_HEADLINES = 10  # above a notice
_LONGEST_NOTICE = 300  # characters

# All patterns are matched against folded text: simplified, half width, lower case.
_DAY = (
    r"(?:(?P<year>(?:19|20)\d\d)\s*[-/.年]\s*(?P<month>1[0-2]|0?[1-9])\s*[-/.月]\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)\s*日?"
    r"|(?<![\d-])(?P<month2>1[0-2]|0?[1-9])\s*[-/月]\s*(?P<day2>3[01]|[12]\d|0?[1-9])(?![\d-])\s*日?)"
    r"(?:\s*\d{1,2}:\d\d(?::\d\d)?)?"
)
_COUNT = r"(?:\W*(?:阅读|浏览|点击|评论|查看)(?:量|数|次数)?\W*\d*\s*次?)*"
_FRONT = re.compile(rf"^\W*{_DAY}[\s\W]*")
_BACK = re.compile(rf"[\s\W]*{_DAY}{_COUNT}\W*$")
_STOP = re.compile(r"[。!?;]")
_BREAKS_OFF = re.compile(
    r"(?:…|\.{3,}|。{3,})\W*(?:(?:查看|阅读)?(?:详情|详细|全文|更多|原文))?\W*$|[\[【(]?(?:查看|阅读)?(?:详情|详细|更多|全文)[\]】)]?\W*$"
)
_MORE = re.compile(r"\W*(?:查看|阅读|点击查看|继续阅读|了解)?(?:详情|详细(?:内容)?|全文|更多|继续阅读)\W*")
_FOOT = re.compile(r"网站标识码|公网安备|icp备|备案号|建议使用|分辨率|技术支持|邮编|不良信息|版权")
# A page of this title is an article although it looks like a list; its entries may be links.
_CHRONICLE = re.compile(r"大事记|年表|[纪记]事|编年|历程|日志|沿革")
_NOTICE_TITLE = re.compile(r"提示|声明|公告|通告|警示|风险|通知|须知")
_NOTICE_HEAD = re.compile(r"^\W*(?:风险(?:提示|揭示|警示)|免责(?:声明|条款)|(?:重要|特别|郑重)(?:提示|声明))")
_NOTICE_WORDS = re.compile(
    r"基金|投资|过往业绩|风险|谨慎|不构成|不预示|不保证|盈亏|据此|责任|仅供参考|损失|准确性|法律文件"
)


@dataclass(slots=True)
class _Entry:
    """A headline and the lines up to the next."""

    lines: list[Line]
    day: tuple[int, int, int] | None  # year (0 if the page leaves it out), month and day
    speaking: list[Line] = field(default_factory=list)  # lines of sentences
    breaks_off: bool = False

    @property
    def sentences(self) -> int:
        """How many characters of sentences it has."""
        return sum(len(line.text) for line in self.speaking)


def refusal(page: Sequence[Line], body: Sequence[Line], titles: Sequence[str]) -> str:
    """Return the code of the problem if the page is no article, else "".

    `body` holds the lines that were taken for its article, none if no extractor found one. `titles` are its title as
    read, and as its tag has it.
    """
    nothing = "" if body else "reading.page_without_text"
    if any(_has_own_text(page, line_key(title)) for title in titles):
        return nothing
    named = fold(" ".join(titles))
    before, entries = _entries(page)
    if not any(_speaks(line) for line in before) and not _CHRONICLE.search(named):
        dated = [entry for entry in entries if entry.day]
        summaries = [entry for entry in entries if entry.sentences]
        broken = [entry for entry in summaries if entry.breaks_off]
        newest_first = len(dated) >= _LEAST and _is_newest_first([entry.day for entry in dated if entry.day])
        broken_off = len(summaries) >= _LEAST and len(broken) >= len(summaries) * _BROKEN
        for members, is_list in ((dated, newest_first), (summaries, broken_off)):
            if is_list and _is_whole(entries, members, page):
                return "reading.page_list"
    return "reading.page_notice" if _is_notice(page, body, named) else nothing


def _has_own_text(page: Sequence[Line], key: str) -> bool:
    """Return True if sentences follow the page's own title, which is no link, before the next headline."""
    if not key:
        return False
    for place, line in enumerate(page):
        if line.linked or line_key(line.text) != key:
            continue
        for following in page[place + 1 :]:
            if _speaks(following):
                return True
            if _headline(following):
                break
    return False


def _entries(page: Sequence[Line]) -> tuple[list[Line], list[_Entry]]:
    """Return the lines before the first headline, and the entries: each headline with the lines below it."""
    before: list[Line] = []
    entries: list[_Entry] = []
    stands_above = None  # where the page has the dates, once one was seen
    for place, line in enumerate(page):
        if head := _headline(line):
            day = head.day
            if not day and place and stands_above is not False and (day := _date_alone(page[place - 1])):
                stands_above = True
            stands_above = bool(stands_above) if day else stands_above
            entries.append(_Entry([line], day))
        elif not entries:
            before.append(line)
        else:
            entry = entries[-1]
            entry.lines.append(line)
            if not entry.day and not stands_above and (day := _date_alone(line)):
                entry.day, stands_above = day, False
            if _speaks(line):
                entry.speaking.append(line)
                entry.breaks_off = bool(_BREAKS_OFF.search(fold(line.text)))
            elif entry.speaking and _MORE.fullmatch(fold(line.text)):
                entry.breaks_off = True
    last = max((place for place, entry in enumerate(entries) if entry.day or entry.breaks_off), default=0)
    for entry in entries[last:]:  # the foot of the page
        entry.speaking = [line for line in entry.speaking if not _is_foot(line)]
    return before, entries


@dataclass(frozen=True, slots=True)
class _Headline:
    day: tuple[int, int, int] | None


def _headline(line: Line) -> _Headline | None:
    """Return the day beside a headline that is mostly a link, None for any other line."""
    if not line.linked:
        return None
    text, day = fold(line.text).strip(), None
    for pattern in (_FRONT, _BACK):
        if match := pattern.search(text):
            text, day = text[: match.start()] + text[match.end() :], day or _numbers(match)
    least, most = _HEADLINE
    if not least <= len(text) <= most or text.endswith("。") or _MORE.fullmatch(text):
        return None
    pieces = text.split()
    if len(pieces) >= _LABELS and max(map(len, pieces)) <= _LABEL:  # a row of links to sections
        return None
    if line.linked < len(text) * (_LINKED_ROW if line.is_row else _LINKED):
        return None
    return _Headline(day)


def _date_alone(line: Line) -> tuple[int, int, int] | None:
    """Return the day of a line that says when and where an entry was published, None for any other line."""
    text = fold(line.text).strip()
    if len(text) > _SHORT or _STOP.search(text) or not (match := re.search(_DAY, text)):
        return None
    return _numbers(match)


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    return int(match["year"] or 0), int(match["month"] or match["month2"]), int(match["day"] or match["day2"])


def _speaks(line: Line) -> bool:
    """Return True for a line of sentences that is no notice of rights or contact."""
    return line.runs and not (is_rights(text := fold(line.text)) or is_contact(text))


def _is_newest_first(days: Sequence[tuple[int, int, int]]) -> bool:
    falling = sum(later <= earlier for earlier, later in pairwise(days))
    return falling >= (len(days) - 1) * _ORDERED


def _is_whole(entries: Sequence[_Entry], members: Sequence[_Entry], page: Sequence[Line]) -> bool:
    """Return True if these entries are all that the page says, and none of them is an article under a link beside it.

    Below the last headline of a column beside it, an article looks like its summary: a longer one than the others.
    """
    held = {id(entry) for entry in members}
    if any(entry.sentences and id(entry) not in held for entry in entries):
        return False
    lengths = [entry.sentences for entry in members]
    speaking = [length for length in lengths if length]
    if speaking and (len(speaking) * 2 < len(lengths) or max(lengths) > _SUMMARY):
        return False
    if lengths[-1] > 1.5 * max(lengths[:-1]):
        return False
    texts = {entry.lines[0].text for entry in entries} | {line.text for entry in members for line in entry.lines}
    beside = [line for line in page if line.text not in texts]
    labels = [line for entry in members for line in entry.lines[1:] if not _speaks(line) and not _date_alone(line)]
    # Short lines may be an article: verses, names, rows.
    return _unlinked(beside) <= _BESIDE and _unlinked(labels) <= _LABELLED * (len(members) + _LEAST)


def _unlinked(lines: Sequence[Line]) -> int:
    """Return how many characters are in no link, without the foot of the page."""
    return sum(len(line.text) - line.linked for line in lines if not _is_foot(line))


def _is_foot(line: Line) -> bool:
    text = fold(line.text)
    return bool(is_rights(text) or is_contact(text) or _FOOT.search(text))


def _is_notice(page: Sequence[Line], body: Sequence[Line], title: str) -> bool:
    """Return True if the body is only a notice of risks or liability, below the headlines of other articles."""
    own = [line for line in body if not _is_foot(line) or _NOTICE_HEAD.search(fold(line.text))]
    notices = [line for line in own if line.runs]
    labels = sum(len(line.text) - line.linked for line in own if not line.runs)
    length = sum(len(line.text) for line in notices)
    if not notices or labels > _SHORT or length > _LONGEST_NOTICE or _NOTICE_TITLE.search(title):
        return False
    under_head = False
    for line in notices:
        text = fold(line.text)
        under_head = under_head or bool(_NOTICE_HEAD.search(text))
        if not is_rights(text) and len(set(_NOTICE_WORDS.findall(text))) < (1 if under_head else 3):
            return False
    start = next((place for place, line in enumerate(page) if line.text == notices[0].text), 0)
    return sum(_headline(line) is not None for line in page[:start]) >= _HEADLINES
