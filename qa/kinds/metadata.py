"""Answer questions about articles themselves: who wrote it, when and where it was published, what there is of a month.

Knows how such questions are worded, the fields of an article and the lines around its text that state them, and whether
a time in a listing question is of the articles (2023年的报道) or of what they tell (2023年产值的报道). Does not know
passages: what an article tells of is another kind of question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.records import Article, Span
from index.store.filters import Filters
from index.store.terms import pairs
from index.text.folding import fold
from qa.answer import NOT_STATED, Answer, Computed, Item, Stated
from qa.dates import months_of
from qa.kinds.asking import Answered, Asking, HitList
from qa.periods import Period, Role, times_of_facts
from qa.question import Question
from qa.search import Hit
from qa.slot_context import Missing
from qa.slots import PERIOD

AUTHOR, DATE, SOURCE, EDITOR, TITLE = "author", "date", "source", "editor", "title"
_NOUN = r"(?:篇|则|条|个)?(?:文章|报道|新闻|消息|稿件|稿子|通讯|文稿|评论|帖子)"
_REFERENCE = re.compile(rf"[这那该此本](?:篇|则|条|{_NOUN})(?:{_NOUN})?|{_NOUN}(?!厅|发布会|发言)")
_TITLE = re.compile(r"《([^《》]{2,60})》")
_QUOTED = re.compile(r"“([^“”]{2,40})”")
_WHO = r"(?:谁|什么人|哪[几两一二三]?(?:[位名](?:人|记者|作者|编辑|通讯员)?|个?(?:人|记者|作者|编辑|通讯员)))"
_WHEN = r"(?:什么时候|什么时间|何时|哪一?[天年月日]|几月几[日号]|几[号日])"
_OUTLET = r"哪(?![些几])一?(?:家|份|个)?(?:媒体|报纸|报社|报刊|网站|杂志|电视台|平台|单位|客户端|公众号|机构)?"
_PUBLISHED = r"(?:发布|发表|刊登|刊发|刊载|播发|播出|见报|登载|登出|写|发|登)"
_FIELDS = (
    (
        EDITOR,
        rf"(?P<role>责任编辑|责编|编辑|审核|校对|摄影|摄)(?:是|为|叫)?{_WHO}|"
        rf"{_WHO}(?:负责)?(?P<did>编辑|审核|校对|摄影|拍摄)",
    ),
    (
        AUTHOR,
        rf"(?:作者|记者|撰稿人?|执笔人?|通讯员)(?:是|为|叫|有)?{_WHO}|"
        rf"{_WHO}.{{0,4}}?(?:写|撰|采写|采访|执笔|报道)的?|是?{_WHO}(?:记者|作者)",
    ),
    (
        DATE,
        rf"{_WHEN}.{{0,2}}{_PUBLISHED}|{_PUBLISHED}(?:于|的)?(?:日期|时间|{_WHEN})|"
        rf"(?:日期|时间)(?:是|为)?{_WHEN}?$",
    ),
    (
        SOURCE,
        rf"{_OUTLET}.{{0,6}}?(?:{_PUBLISHED}|报道)|{_PUBLISHED}(?:在|于){_OUTLET}|来源(?:是|于)?{_OUTLET}|"
        rf"来源(?:是|为)什么|(?:来自|出自|出处是?|来源是?|转自){_OUTLET}",
    ),
)
_ABOUT = r"(?:关于|有关|涉及)"
_LISTED = re.compile(
    rf"(?:有|写过?|发表?过?|刊登过?|发布过?)?(?:哪些|什么|几篇|多少篇)(?:{_ABOUT}.{{1,30}}?)?{_NOUN}|有没有(?P<of>.*?的?){_NOUN}|"
    rf"{_NOUN}有(?:哪些|什么|多少|几篇)"
)
# A time of the articles stands beside their noun, a word that lists or a verb of publishing. With a noun between
# (2023年产值的报道) it is of that noun, and behind 关于 of what they tell.
_LISTS = rf"(?:有没有|有?(?:哪些|哪几|什么|几篇|多少篇|{_ABOUT})|{_NOUN}(?!厅|发布会|发言))"
_PUBLISHES = (
    rf"(?:发布|发表|刊登|刊发|刊载|播发|播出|见报|登载|登出|采写|撰写|(?:写|发|登)(?=[了过出的]|{_LISTS}))[了过出]?"
)
_SOURCES = r"[一-鿿]{2,8}?(?:日报|晚报|晨报|时报|周报|周刊|快报|早报|商报|电视台|新闻网|网|社)"
# Which articles tell of something, without a time or a source.
_BY_TOPIC = re.compile(rf"(?:哪些|几篇|多少篇|有没有)[^,]{{0,20}}{_NOUN}|{_NOUN}有(?:哪些|多少|几篇)")
_HOW_MANY = re.compile("几篇|多少篇")
_OF_ARTICLES = re.compile(
    rf"(?:份|度|间|里|内|中|期间)?(?P<side>(?:以来|至今|[之以]后|[之以]前)?)[,\s的]*(?:{_SOURCES}[的都还]*)?(?:"
    rf"{_LISTS}|$|[^,的关]{{0,12}}?{_PUBLISHES}(?:{_LISTS}|的(?:{_ABOUT}|[^的]{{0,10}}{_NOUN})))"
)
_PUBLISHED_ON = re.compile(rf"{_PUBLISHES}(?:日期|时间)?(?:于|在|是|为)$")
_JOINT = re.compile(r"\s*(?:和|与|、|及|,)\s*")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OF_TOPIC = re.compile(rf"(?:{_ABOUT}|讲述?|介绍|提到|说到)$")
_WROTE = re.compile(r"(?P<name>[一-鿿·]{2,8}?)(?:写|发表|采写|撰写|报道)(?:了|过)?(?:的)?(?:哪些|什么|几篇|多少篇)")
_OUTLET_NAME = re.compile(rf"(?:有没有|有|^|\s)(?P<source>(?!有|没|哪|什){_SOURCES})的?")
_FILLERS = re.compile(
    rf"{_PUBLISHES}|{_NOUN}|哪些|什么|有没有|多少篇|几篇|[的有吗呢?!,。\s]|关于|有关|涉及|提到|说到|讲到|写到|谈到|最新|最近|以来|至今|截[至止]到?|[之以][前后]"
)
_ROLES = {"责任编辑": r"责任编辑|责编", "责编": r"责任编辑|责编", "编辑": r"(?:责任)?编辑|责编"}
# A name follows a colon, or is all that the text ends with.
_ROLE_LINE = (
    r"(?:{role})\s*(?:[:：/]\s*|(?=[一-鿿]{{2,4}}\s*$))"
    r"(?P<name>[一-鿿·]{{1,8}}(?:[、\s　](?![一-鿿]{{2,4}}[:：])[一-鿿·]{{1,8}})*)"
)
_NAMED = 4  # characters of a phrase that a title holds, to be that article's
_LISTED_ARTICLES = 30  # articles that are looked at where all of a month are asked for
_CERTAIN, _LIKELY = 0.95, 0.8


@dataclass(frozen=True, slots=True)
class MetadataQuestion:
    """A question for a field of one article."""

    field: str
    role: str  # 责任编辑, if the field is EDITOR
    title: str  # a phrase that names the article, "" if none does
    titled: bool  # the phrase stands between 《》: only an article of that title is meant
    topic: str  # words to find the article by


def metadata_question(folded: str) -> MetadataQuestion | None:
    """Read a folded question for a field of an article; None for other questions.

    >>> metadata_question("《春耕》是谁写的?").field
    'author'
    """
    title, quoted, reference = _TITLE.search(folded), _QUOTED.search(folded), _REFERENCE.search(folded)
    if not (title or reference):
        return None
    outside = _TITLE.sub(lambda match: "《" + " " * (len(match.group()) - 2) + "》", folded).rstrip(" ?!。")
    for field, pattern in _FIELDS:
        match = re.search(pattern, outside)
        if match is None:
            continue
        role = (match.groupdict().get("role") or match.groupdict().get("did") or "") if field == EDITOR else ""
        rest = folded[: match.start()] + " " + folded[match.end() :]
        topic = " ".join(re.sub(rf"{_REFERENCE.pattern}|[?!。《》“”]|(?:是|来自|的)+\s|的(?=\s*$)", " ", rest).split())
        phrase = title[1] if title else quoted[1] if quoted else re.sub(r"[的是\s]+$", "", topic)
        return MetadataQuestion(field, role, phrase, bool(title), topic or phrase)
    return None


def field_of(article: Article, field: str, role: str = "") -> tuple[str, Span | None]:
    """Return the value of a field, and the line of the original that states it if one does; ("", None) if none."""
    if field == EDITOR:
        names = re.search(_ROLE_LINE.format(role=_ROLES.get(role, role)), article.text)
        if names is None:
            return "", None
        return names["name"].strip(), _line(article.text, names.start("name")) or Span(*names.span())
    value = {AUTHOR: article.author, DATE: article.date, SOURCE: article.source, TITLE: article.title}[field]
    if not value or field == DATE:
        return value, _date_line(article) if value else None
    place = article.text.find(value)
    return value, _line(article.text, place) if place >= 0 else None


def _line(text: str, place: int) -> Span | None:
    """The line of a text that holds a place, without white space; None for a paragraph."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    line = text[start:end]
    begin = start + len(line) - len(line.lstrip())
    return Span(begin, begin + len(line.strip())) if 0 < len(line.strip()) <= 120 else None


def _date_line(article: Article) -> Span | None:
    """The line of the original that states the date as it is kept, None if it writes it otherwise."""
    place = article.text.find(article.date)
    return _line(article.text, place) if place >= 0 else None


def answer_field(question: Question, asking: Asking) -> Answered | None:
    """Answer a question for a field of an article; None for other questions and if no article is meant for sure."""
    asked = metadata_question(question.folded)
    if asked is None:
        return None
    hits = asking.find(asked.topic, max(asking.k, 10), asking.filters)
    hit = _meant(asked, hits)
    if hit is None:
        return None
    value, line = field_of(hit.stored.article, asked.field, asked.role)
    if not value:
        return None
    listed = HitList([hit, *hits[: asking.k]])
    confidence = _CERTAIN if _holds(hit.stored.article.title, asked.title) else _LIKELY
    text = hit.stored.article.text
    sentence = text[line.start : line.end] if line else ""
    stated = Stated(1, asked.field, line)
    return Answered(Answer(value, sentence, confidence, "", None, kind="metadata", stated=stated), listed.hits)


def _meant(asked: MetadataQuestion, hits: Sequence[Hit]) -> Hit | None:
    """The hit of the article that a question means; None if no title holds its phrase, nor a text after 那篇."""
    named = next((hit for hit in hits if _holds(hit.stored.article.title, asked.title)), None)
    if named is not None or asked.titled:
        return named
    wanted = fold(asked.title)
    held = next((hit for hit in hits if wanted and wanted in fold(hit.stored.article.text)), None)
    return held or next((hit for hit in hits[:1] if _shares(asked.topic, hit)), None)


def _holds(title: str, phrase: str) -> bool:
    """Whether a title holds a phrase, or a phrase of several words all of them."""
    folded, wanted = fold(title), fold(phrase)
    if len(wanted.replace(" ", "")) < _NAMED:
        return bool(wanted) and wanted == folded
    return wanted in folded or (len(folded) >= _NAMED and folded in wanted)


def _shares(topic: str, hit: Hit) -> bool:
    """Whether most pairs of characters of a topic stand in the article."""
    text = fold(hit.stored.article.title + hit.stored.article.text)
    asked = [pair for pair in pairs(topic) if " " not in pair]
    return bool(asked) and sum(pair in text for pair in asked) >= 0.7 * len(asked)


def answer_listing(question: Question, asking: Asking) -> Answered | None:
    """List the articles of an author, a source or a time; None for other questions."""
    folded = question.folded.rstrip(" ?!。")
    ranges, dateless = dates_of_articles(folded, date.today())
    if _REFERENCE.search(folded) and (wrote := _WROTE.search(dateless)):
        by_author = _of_author(wrote["name"], asking, ranges)
        if by_author is not None:
            return by_author
    if not _LISTED.search(folded):
        return None
    filters, rest = _filtered(dateless, asking, ranges)
    words = " ".join(_FILLERS.sub(" ", rest).split())
    if filters == asking.filters and not (words and _BY_TOPIC.search(folded)):
        return None
    hits = asking.find(words or folded, _LISTED_ARTICLES, filters)
    articles: dict[str, Hit] = {}
    for hit in hits:
        if _dated(hit.stored.article, ranges) and (not words or _shares(words, hit)):
            articles.setdefault(hit.stored.article.id, hit)

    def is_titled(hit: Hit) -> bool:
        return bool(words) and all(word in fold(hit.stored.article.title) for word in words.split())

    newest = sorted(articles.values(), key=lambda hit: (is_titled(hit), hit.stored.article.date), reverse=True)
    listed = HitList(newest)
    if not listed.hits:
        return _none_of_time(folded, dateless, hits) if ranges else None
    listing = _listing(listed.hits)
    if not words and _HOW_MANY.search(folded):
        dated = {article.id for article in asking.store.articles() if _dated(article, ranges)}
        count = len(asking.store.passing(filters, dated))
        listing = replace(
            listing, text="", kind="count", stated=None, computed=Computed("count", count, "篇", listing.items)
        )
    return Answered(listing, listed.hits)


def _none_of_time(folded: str, dateless: str, hits: Sequence[Hit]) -> Answered:
    """Say that no article is of the time asked for, which is blank in `dateless`."""
    words = "".join(sign for sign, left in zip(folded, dateless, strict=True) if sign != left)
    unmet = (Missing(PERIOD, words, ""),)
    return Answered(Answer("", "", 0.0, NOT_STATED, None, missing=unmet), tuple(hits))


def _listing(hits: Sequence[Hit]) -> Answer:
    """The titles of these hits' articles as an answer."""
    items = tuple(Item(hit.stored.article.title, hit.rank, None) for hit in hits if hit.stored.article.title)
    if not items:
        return Answer("", "", 0.0, "", None, kind="passages")
    return Answer(items[0].text, "", _CERTAIN, "", None, kind="metadata", items=items, stated=Stated(1, TITLE, None))


def _of_author(name: str, asking: Asking, ranges: Sequence[Filters]) -> Answered | None:
    wanted = fold(name)
    articles = [
        each
        for each in asking.store.articles()
        if wanted in re.split(r"[、,，;；\s]+", fold(each.author)) and _dated(each, ranges)
    ]
    if not articles:
        return None
    listed = HitList()
    for article in sorted(articles, key=lambda each: (each.date, each.id), reverse=True)[:_LISTED_ARTICLES]:
        own = Filters(asking.filters.since, asking.filters.until, asking.filters.source, article.id)
        for hit in asking.find(article.title or name, 1, own):
            listed.rank(hit)
    return Answered(_listing(listed.hits), listed.hits) if listed.hits else None


def dates_of_articles(folded: str, today: date) -> tuple[list[Filters], str]:
    """Return the ranges of dates that a folded question limits the articles to, and the question with these blanked.

    A time of what the articles tell remains. 去年 counts from `today`.

    >>> dates_of_articles("2023年5月有哪些报道", date(2026, 1, 1))[0][0].until
    '2023-05-31'
    >>> dates_of_articles("2023年产值的报道有哪些", date(2026, 1, 1))[0]
    []
    """
    groups: list[list[Period]] = []  # 2023年4月和5月 are of one thing
    for time in times_of_facts(folded, today.isoformat()):
        if time.role == Role.UNTIL and time.iso == today.isoformat():  # 目前
            continue
        if groups and _JOINT.fullmatch(folded[groups[-1][-1].end : time.start]):
            groups[-1].append(time)
        else:
            groups.append([time])
    ranges: list[Filters] = []
    rest = folded
    for group in groups:
        lead, beside = folded[: group[0].start], _OF_ARTICLES.match(folded, group[-1].end)
        if _OF_TOPIC.search(lead) or not (beside or _PUBLISHED_ON.search(lead)):
            continue
        side = beside["side"] if beside else ""
        meant = [_range(time.iso, "截至" if time.role == Role.UNTIL else side) for time in group]
        ranges += [each for each in meant if each is not None]
        start, end = group[0].start, group[-1].end
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return ranges, rest


def _range(iso: str, side: str) -> Filters | None:
    """The dates of a period, before it (以前), until its end (截至) or from its beginning (以来); None if unread."""
    months = months_of(iso)
    if months is None:
        return None
    days = iso.partition("/")[::2]
    first, last = (
        day if _ISO_DAY.fullmatch(day) else f"{month // 12:04d}-{month % 12 + 1:02d}"
        for day, month in zip((days[0], days[1] or days[0]), months, strict=True)
    )
    read = Filters.of(first, last) if first[:7] <= last[:7] else None
    if read is None or not side:
        return read
    if side.endswith("前"):
        return Filters(until=(date.fromisoformat(read.since) - timedelta(days=1)).isoformat())
    return Filters(until=read.until) if side == "截至" else Filters(since=read.since)


def _dated(article: Article, ranges: Sequence[Filters]) -> bool:
    """Whether an article is of one of these ranges of dates; of none given, any is."""
    return not ranges or any(each.since <= article.date <= (each.until or article.date) for each in ranges)


def _filtered(rest: str, asking: Asking, ranges: Sequence[Filters]) -> tuple[Filters, str]:
    """Limit the filters to these ranges and to the source that a question names; the other words remain."""
    since, until, source = asking.filters.since, asking.filters.until, asking.filters.source
    if ranges:
        since = max(since, min(each.since for each in ranges))
        last = "" if any(not each.until for each in ranges) else max(each.until for each in ranges)
        until = min(filter(None, (until, last)), default="")
    named = _OUTLET_NAME.search(rest)
    if named and not source:
        source = named["source"]
        rest = rest[: named.start()] + rest[named.end() :]
    return Filters(since, until, source, asking.filters.article), rest
