"""Find the boilerplate of a scraped article: its head and foot lines, and the metadata in them.

Knows how Chinese news pages label titles, dates, sources, authors, navigation, editors and rights. Does not know files
and never changes text: it returns places.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.records import Span
from index.text.folding import fold
from index.text.notices import is_app, is_contact, is_rights, news_in, without_notices
from index.text.repairs import repaired
from index.text.written_dates import DATE, in_digits, iso_date, own_date


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The metadata of an article, and its lines that are not running text.

    Title, date (ISO), source and author are "" where no line holds them.
    """

    title: str
    date: str
    source: str
    author: str
    outside: tuple[tuple[Span, str], ...]  # (the line's span, its kind such as "rights"), ordered, disjoint
    lines: tuple[tuple[str, int], ...] = ()  # ("title", "date", "source" or "author"; number of its line, from 1)


# All patterns are matched against folded text: simplified, half width, lower case.
_DATE_LINE = re.compile(
    r"^\W*(?:发[布表]?(?:时间|日期|于)?|时间|日期|更新时间?)?\W*"
    r"(?:(?:19|20)\d\d|(?:中华)?民国\s*\d{1,3})\s*[年/.-]\s*\d{1,2}\s*[月/.-]"
    r"\s*\d{1,2}\s*日?\W*(?:星期.|周.)?\W*(?:\d{1,2}:\d\d(?::\d\d)?)?\W*$"
)
_LABELLED_DATE = re.compile(
    r"发[布表](?:时间|日期|于|\s*:)|(?:更新|发稿)时间\s*:|(?<![\u4e00-\u9fff])日期\s*:"
    r"|(?:^|\s)时间\s*:\s*(?=(?:19|20)\d\d\D\d{1,2}\D\d{1,2}日?\s*(?:\d{1,2}:|$))"  # an event's time reads 上午9点
)
_SOURCE = re.compile(
    r"(?:来源|稿源|转自|出处)\s*:\s*(?P<name>[^|丨·:\n]+?)\s*(?=$|[|丨·]|\s{2,}|\s+\S{1,6}:|\s+(?:19|20)\d\d|(?<=】)\s"
    r"|\s*[(\[]?(?:作者|记者|撰稿|编辑|责编|发[布表](?:时间|日期|于|\s*:)|时间|字号|原标题|打印))"
)
_AUTHOR = re.compile(
    r"(?:(?:作者|撰稿人?|文)\s*[:/]\s*(?:本报)?(?:记者)?|记者\s*:?|通讯员\s*:?)\s*"
    r"(?!提问|追问|问道|了解|获悉|采访|探访|注意|看到|发现|表示|报道|来到|走进|昨|今|日前|随|从|在|就|联系|核实|会上?$)(?P<names>[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{2,6})*"
    r"(?:、[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{2,6})*){0,5})(?=$|[^\u4e00-\u9fff·:])"
)
_MASTHEAD = re.compile(r"(?:^|\s)(?P<name>[\u4e00-\u9fff]{1,9}(?:报|网|台|社|在线|周刊|新闻|客户端))\s*[·|丨]")
_DAY = r"(?:19|20)\d\d\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?(?:\W{1,3}\d{1,2}:\d\d(?::\d\d)?)?"
_PAPER = r"[\u4e00-\u9fff]{1,10}(?:报|网|社|电视台|周刊|客户端|发布|公众号)"
# A day and a paper on one line: 2023-09-05 青岚日报.
_DATED_PAPER = re.compile(rf"\W*(?:{_DAY}\W{{1,4}}(?P<name>{_PAPER})|(?P<first>{_PAPER})\W{{1,4}}{_DAY})\W*")
_BREADCRUMB = re.compile(
    r"^\W*(?:您?的?(?:当前|现在|所在)?位置|首页)\s*(?:[:>»›]|$)|首页\s*[>»›]|(?:\S+\s*[>»›]\s*){2,}"
)
_SHARE = re.compile(
    r"^\W*(?:(?:分享|扫一?扫|打印|列印|转寄|收藏|点[击赞]|浏览|评论|举报|关闭|纠错|返回|微信|微博|qq空间|朋友圈)"
    r"(?=$|[\s|丨/+()\[\]\d]|\s*:\s*(?:\d|微|qq|$)|到|至|给|二维码|本[文页]|此[文页]|量|数|次|列表|顶部|首页)"
    r"|字[号体级]|阅读(?:量|数|次数|\s*[:\d])|手机(?:看|阅读|版)|a[+-]|大\s*中\s*小)"
    r"|(?:打印|关闭|分享到?|字号|列印|转寄)\W*$"
)
_EDITOR = re.compile(
    r"^\W*(?:本期|值班)?(?:责任?编辑?|编辑|编审|[初复终]审|审核|审签|审稿|校对|监制|制图|美编|签发|统筹|策划|"
    r"排版|值班编委|转载编辑|供稿|供图|撰稿|文字?|图片?|摄影|通讯员|作者|记者|见习编辑)"
    r"(?:\s*[:/|丨]\s*(?=$|[\[【(a-z]|(?:[\u4e00-\u9fff·]{2,4}|\w{2,12}(?:[局部社报台网院办摄]|中心|提供))"
    r"(?:$|[^\u4e00-\u9fff]))|\s{1,3}[\u4e00-\u9fff]{2,4}\W*$)|[(\[【](?:责任)?编辑\s*[: ]"
)
_META = re.compile(
    r"^\W*(?:文章|数据|资料)?(?:来源|稿源|出处|转自|发[布表](?:时间|日期|于)?|更新时间|原标题|原文标题|摘要|"
    r"关键[词字]|标签|栏目|分类|点击|id)\s*:"
)
_RELATED = re.compile(
    r"^\W*(?:相关(?:文章|阅读|新闻|链接|推荐|报道|资讯|内容|视频|专题|稿件)|上一[篇条]|下一[篇条]|(?:延伸|拓展|扩展)阅读"
    r"|更多(?:精彩|新闻|内容)?|(?:精彩|编辑|新闻|热门)?推荐(?:阅读|新闻|文章|视频)?"
    r"|(?:今日)?热[门点](?:文章|新闻|推荐|资讯|视频|阅读)?|(?:点击|阅读|新闻|热门|文章)排行榜?|往期(?:回顾|推荐|精彩|文章)"
    r"|猜你喜欢|[为给][您你]推荐|大家都在看|最新(?:文章|新闻|原创|资讯)|返回(?:顶部|列表|首页))\W*(?:$|[:|丨])"
)
_COMMENTS = re.compile(
    r"\W*(?:(?:网友|最新|热门|精彩|全部|发表|用户|文章)?(?:评论|留言|跟[帖贴])(?:区|列表)?\W*(?:\d{1,6}\W*条?)?\W*)"
)
_STOP = re.compile(r"[。!?;]")
_TAIL = re.compile(  # only from the first of a run of spaces: linear
    r"(?<!\s)\s*(?:(?P<bracket>[(\[【])\s*(?:责任)?(?:编辑|责编)\s*(?::\s*)?[\u4e00-\u9fff]{2,4}\s*[)\]】]"
    r"|(?:责任编辑|责编)\s*(?::\s*)?[\u4e00-\u9fff]{2,4}|编辑\s*:\s*[\u4e00-\u9fff]{2,4})\s*$"
)
# Figures mark the line of a table, which is running text although it is short.
_FIGURES = re.compile(r"\d{2}|\d[.%万亿元]|\d[个名户台辆件人次项家吨亩]")
_NO_TITLE = re.compile(
    r"^(?:与会|出席|列席|参会|参加|主持|记录|缺席|请假)(?:人员?|者|领导|单位|部门)?\s*:|^(?:会议)?(?:时间|日期|地[点址]|议[题程])\s*:"
    r"|^(?:抄送|主送|发件人|收件人|致)\s*:|^(?:票价|费用|联系人|电话|主办|承办|对象|来源|稿源|作者|记者)\s*:|\d+日(?:电|讯|消息)|^[问答qa]\s*:"
    # The field of a form: a role or a particular, and a name or a value.
    r"|^[^:,]{0,12}(?:[^社]长|主任|经理|书记|主席|负责人|经办人|申请人|法人|代表|会计|出纳|姓名|性别|职务|职称|单位|名称|编号"
    r"|面积|金额|电话|手机|邮箱|住址|状态)\s*:\s*\S.{0,40}$"
)
_ISSUER = re.compile(
    r"(?:局|协会|委员会|办公室|政府|学会|研究院|公司|厅|编辑部|社|网站?|报|台|圈|周刊|杂志|客户端|频道|在线"
    r"|要闻|资讯|新闻|门户)$"
)  # the end of a publisher's name, which stands above or below a title
_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
_ROW = re.compile(r",[^,:。]{1,24}(?::|\d)[^。]*。$")  # of a table, each cell with its head: 分类:陶瓷,产值8.4亿元。
_CAPTION = re.compile(r"^\W*(?:图|视频|组图)|(?:摄|摄影|供图|制图)\W*$")  # its name is that of who took a picture
_FIELD = re.compile(r"(?!标题|题目|主题)[^:,。\d]{2,12}:\s*\S")
_NUMBERED = re.compile(r"[(]?[一二三四五六七八九十\d]{1,3}[)、.]|第[一二三四五六七八九十百\d]{1,4}[章节条部分]")
_LONG_NEWS = 30  # characters of a line of news that may begin or end with a notice
_BEFORE_EDITOR = 10  # characters: more text than this before an editor's name is a sentence, not part of the label
# How many different articles share an edge line before it counts as boilerplate. A sentence needs more: it may stand in
# several bulletins and be news in each.
RECURRING, RECURRING_SENTENCE = 3, 10
SENTENCE = "。"  # the first character of a sentence's key
_EDGE = 8  # lines at either end among which recurring lines are looked for


def _lines(text: str) -> Iterator[Span]:
    """Yield the spans of the lines that are not blank, without the white space around them."""
    for match in _LINE.finditer(text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        if end > start:
            yield Span(start, end)


def _is_running(line: str) -> bool:
    """Return True if a folded line reads as sentences."""
    return len(line) >= 80 or (len(line) >= 20 and bool(_STOP.search(line))) or (len(line) >= 35 and "," in line)


def _kind(line: str) -> str:
    """Return the kind of boilerplate that a folded line is, "" if none. Rights and contact lines may stand anywhere."""
    if len(line) <= 300 and is_rights(line) and (len(line) < 120 or line.count("。") < 3):
        return "rights"
    if len(line) <= 90 and is_contact(line):
        return "contact"
    if is_app(line):
        return "share"
    if len(line) > 150:
        return ""
    if len(line) <= 60 and _BREADCRUMB.search(line):
        return "navigation"
    if (_META.search(line) and not _ROW.search(line)) or _DATE_LINE.search(in_digits(line)):
        return "metadata"
    if len(line) < 50 and _DATED_PAPER.fullmatch(line):
        return "metadata"
    if (
        len(line) < 100
        and DATE.search(line)
        and (_LABELLED_DATE.search(line) or _SOURCE.search(line) or _MASTHEAD.search(line))
    ):
        return "metadata"
    if _EDITOR.search(line) and len(line) < 80:
        return "editor"
    if _STOP.search(line):
        return ""
    if _SHARE.search(line) and len(line) < 60:
        return "share"
    if _RELATED.search(line) and len(line) < 60:
        return "related"
    pieces = _pieces(line)
    needed = 3 if re.search(r"\s[|>/]\s", line) else 5
    if len(pieces) >= needed and max(map(len, pieces)) <= 8 and "," not in line and not _FIGURES.search(line):
        return "navigation"
    return ""


def begins_others(line: str) -> bool:
    """Return True if a line is the heading of what is not the article: related articles, comments."""
    folded = fold(line)
    return len(folded) < 60 and bool(_RELATED.search(folded) or _COMMENTS.fullmatch(folded))


def _pieces(line: str) -> list[str]:
    return re.split(r"[\s|丨·>/]+", line.strip(" |"))


def _is_row(line: str) -> bool:
    """Return True if a folded line is the row of a table: cells, and a figure in one of them."""
    if "|" in line and "-" in line and not line.strip("|:-+ "):  # the rule under a table's head
        return True
    return len(_pieces(line)) > 1 and bool(_FIGURES.search(line)) and not _STOP.search(line) and not DATE.search(line)


def line_key(line: str) -> str:
    """Return the folded letters of a line, without digits and signs: equal for two occurrences of one foot line."""
    return re.sub(r"[\W\d_]+", "", fold(line))


def _edge_key(line: str) -> str:
    """Return the folded letters and figures of an edge line, equal for its occurrences; "" for a numbered heading."""
    folded = fold(line)
    if _NUMBERED.match(folded):
        return ""
    return (SENTENCE if _STOP.search(folded[-3:]) or _is_running(folded) else "") + re.sub(r"[\W_]+", "", folded)


def body_key(text: str) -> str:
    """Return a hash of the longest line of a text (16 hex digits).

    Copies of one text share it: they count as one article when recurring lines are counted.
    """
    longest = max(text.splitlines(), key=len, default="")
    return hashlib.sha256(line_key(longest).encode()).hexdigest()[:16]


def edge_lines(text: str) -> tuple[str, ...]:
    """Return the keys of the first and last eight lines that are short enough for boilerplate, sorted, each once."""
    spans = list(_lines(text))
    if len(spans) < 4:
        return ()
    edges = [repaired(text[s.start : s.end]) for s in spans[:_EDGE] + spans[-_EDGE:]]
    return tuple(sorted({key for line in edges if 4 <= len(line_key(line)) <= 120 and (key := _edge_key(line))}))


def find_boilerplate(text: str, recurring: frozenset[str] = frozenset(), *, title: str = "") -> Boilerplate:
    """Find the lines of `text` that are boilerplate, and the metadata in them.

    `recurring` holds the keys (see `edge_lines`) of lines that stand at the edge of many different articles. If the
    caller knows the `title`, only a line with the same letters is a title line.
    """
    spans = list(_lines(text))
    readable = [repaired(text[s.start : s.end]) for s in spans]
    folded = [fold(line) for line in readable]
    kinds = [_kind(line) for line in folded]
    news = _news_among_notices([fold(text[s.start : s.end]) for s in spans], kinds, folded)
    _keep_table_heads(kinds, folded)
    running = [i for i, line in enumerate(folded) if not kinds[i] and _is_running(line)]
    # A text without running text (a note, a list) has only lines that match a pattern as boilerplate.
    head = running[0] if running else min(len(spans), 3)
    foot = running[-1] + 1 if running else len(spans)
    while foot < len(spans) and not kinds[foot] and any(_is_row(line) for line in folded[foot : foot + 2]):
        foot += 1  # a table at the end

    headlines = {i: line_key(_headline(folded[i])) for i in range(len(spans)) if i < head or i >= foot}
    if title:
        title_line = next((i for i in range(head) if headlines[i] == line_key(title)), None)
    else:
        title_line = _title_line(folded, kinds, head)
        title = _headline(readable[title_line]) if title_line is not None else ""
    title_key = line_key(title)

    outside: list[tuple[Span, str]] = []
    foot_begun = False
    for i, span in enumerate(spans):
        kind = kinds[i]
        if i in news:
            start, end, of_rest = news[i]
            notices = (Span(span.start, span.start + start), Span(span.start + end, span.end))
            outside += [(notice, of_rest) for notice in notices if notice.end > notice.start]
            continue
        at_edge = i < head or i >= foot
        tail = _TAIL.search(text_line) if i >= foot - 1 and (text_line := fold(text[span.start : span.end])) else None
        if (
            kind in ("", "editor")
            and tail
            and tail.start() >= _BEFORE_EDITOR
            and (i == len(spans) - 1 or tail["bracket"])
            and not _kind(text_line[: tail.start()])
        ):
            # The text before the editor's name is running text.
            outside.append((Span(span.start + tail.start(), span.end), "editor"))
            foot_begun = True
            continue
        if kind and not at_edge and kind not in ("rights", "contact"):
            kind = ""
        if not kind and at_edge:
            if title_key and (i == title_line or headlines[i] == title_key):
                kind = "title"
            elif title_line is not None and i < title_line and len(folded[i]) < 20 and not _STOP.search(folded[i]):
                kind = "navigation"
            elif (
                foot_begun
                and i >= foot
                and len(folded[i]) < 30
                and not _STOP.search(folded[i])
                and not _is_row(folded[i])
            ):
                kind = "related"
        is_head = i + 1 < len(spans) and _is_row(folded[i + 1])
        if not kind and not is_head and (i < _EDGE or i >= len(spans) - _EDGE) and _edge_key(folded[i]) in recurring:
            kind = "recurring"
        foot_begun = foot_begun or (bool(kind) and i >= foot)
        if kind:
            outside.append((span, kind))

    edges = [i for i in range(len(spans)) if (i < head or i >= foot) and len(folded[i]) < 300]
    day, day_line = _first_date(folded, edges, head)
    source, source_line = _first_source(readable, folded, edges)
    author, author_line = _first_author(readable, folded, edges, head)
    line_of = (("title", title_line), ("date", day_line), ("source", source_line), ("author", author_line))
    numbers = tuple((field, text.count("\n", 0, spans[i].start) + 1) for field, i in line_of if i is not None)
    return Boilerplate(title, day, source, author, tuple(outside), numbers)


def _news_among_notices(lines: list[str], kinds: list[str], folded: list[str]) -> dict[int, tuple[int, int, str]]:
    """Return line → (where its news begins and ends, the kind of the rest) for lines of both; make these lines news."""
    news: dict[int, tuple[int, int, str]] = {}
    only = all(kinds)
    for i, line in enumerate(lines):
        if kinds[i] in ("rights", "contact", "editor"):
            start, end = news_in(line, only=only)
            if end:
                news[i] = start, end, kinds[i]
                kinds[i], folded[i] = "", line[start:end]
        elif not kinds[i] and len(line) >= _LONG_NEWS:
            start, end = without_notices(line)
            if (start, end) != (0, len(line)):
                news[i] = start, end, _kind((line[end:] or line[:start]).strip()) or "rights"
                folded[i] = line[start:end]
    return news


def _keep_table_heads(kinds: list[str], folded: list[str]) -> None:
    """Clear the kind of lines that look like navigation but are the head of a table."""
    for i in range(len(kinds) - 1):
        if (
            kinds[i] == "navigation"
            and _is_row(folded[i + 1])
            and len(_pieces(folded[i])) == len(_pieces(folded[i + 1]))
        ):
            kinds[i] = ""


def _headline(line: str) -> str:
    """Return a line without the mark or label of a title (`#`, `标题：`)."""
    return re.sub(r"^#+\s*|^(?:标题|標題|主题|主題|题目|title)\s*[:：]\s*", "", line).strip()


def _title_line(folded: list[str], kinds: list[str], head: int) -> int | None:
    """Return the index of the head line that is most like a title, None if there is none.

    Prefers a line of at least five characters that names no publisher, and of these the last before the date or source.
    """
    if len(folded) < 2:
        return None
    # A masthead line (paper · reporter | date) labels the article too.
    labels = [
        i
        for i in range(head)
        if kinds[i] == "metadata" or _LABELLED_DATE.search(folded[i]) or _MASTHEAD.search(folded[i])
    ]
    first_label = labels[0] if labels else head
    chapter = next((i for i in range(head) if _NUMBERED.match(folded[i])), head)  # no title follows 一、
    candidates = [
        i
        for i in range(min(chapter, 15))
        if not kinds[i]
        and i not in labels
        and 4 <= len(folded[i]) <= 60
        and folded[i][-1] not in "。,;:"
        and not folded[i].startswith(("—", "--"))
        and not _NO_TITLE.search(folded[i])
        and not _in_form(folded, kinds, i)
    ]
    full_titles = {
        i
        for i in candidates
        if len(folded[i]) >= 5
        and not re.search(r"\s[|>/]\s", folded[i])
        and not _ISSUER.search(folded[i])
        and not _is_row(folded[i])
    }

    def rank(i: int) -> tuple[bool, bool, int]:
        return (i not in full_titles, i > first_label, -i if labels and i < first_label else i)

    best = min(candidates, key=rank, default=None)
    while best is not None and best - 1 in full_titles and len(folded[best - 1]) >= 6 and best <= first_label:
        best -= 1  # the line directly after a title is its subtitle
    return best


def _in_form(folded: list[str], kinds: list[str], i: int) -> bool:
    """Return True if a line is a label with its value, as the line before or after it is."""
    around = (n for n in (i - 1, i + 1) if 0 <= n < len(folded) and not kinds[n])
    return bool(_FIELD.match(folded[i])) and any(_FIELD.match(folded[n]) and len(folded[n]) <= 60 for n in around)


def _first_date(folded: list[str], edges: list[int], head: int) -> tuple[str, int | None]:
    ranked = sorted(
        edges,
        key=lambda i: (
            not _LABELLED_DATE.search(folded[i]),
            i >= head,
            not _DATE_LINE.search(in_digits(folded[i])),
            len(folded[i]) > 80,
            i,
        ),
    )
    for i in ranked:
        labelled = _LABELLED_DATE.search(folded[i]) or _SOURCE.search(folded[i]) or _MASTHEAD.search(folded[i])
        if labelled or (len(folded[i]) <= 80 and not _STOP.search(folded[i])):
            day = iso_date(folded[i]) if labelled else own_date(folded[i])
            if day:
                return day, i
    return "", None


def _first_source(readable: list[str], folded: list[str], edges: list[int]) -> tuple[str, int | None]:
    def rank(i: int) -> tuple[bool, bool, int]:
        return not re.match(r"\W*(?:文章)?(?:来源|稿源)", folded[i]), not _SOURCE.search(folded[i]), i

    ranked = sorted(edges, key=rank)
    for i in ranked:
        match = _SOURCE.search(folded[i]) or _MASTHEAD.search(folded[i]) or _DATED_PAPER.fullmatch(folded[i])
        if match:
            start, end = match.span("first" if match.groupdict().get("first") else "name")
            name = readable[i][start:end].strip(" \u3000【】[]()（）《》")
            if 1 < len(name) <= 30:
                return name, i
    return "", None


def _first_author(readable: list[str], folded: list[str], edges: list[int], head: int) -> tuple[str, int | None]:
    for i in [*edges, *([head] if head < len(folded) else [])]:
        match = _AUTHOR.search(folded[i][:60] if i == head else folded[i])
        if match and not is_rights(folded[i]) and not _CAPTION.search(folded[i]):
            start, end = match.span("names")
            return readable[i][start:end], i
    return "", None
