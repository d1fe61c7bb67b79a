"""Find damage inside running text: each repair is one named function that returns places.

Search leaves out pinyin annotations, invisible and private-use characters, Markdown marks and the ends of broken lines.
Full-width forms, question marks in place of characters, and lost digits are only counted. Changes nothing and does not
know articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from index.records import Span, without_spans
from index.text.folding import fold

_ANNOTATION = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff])[(（]\s?([A-Za-zÀ-ɏḀ-ỿɑɡ\u0300-\u036f]{1,9})\s?[)）]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe00-\ufe0f]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]+")
# Digits, letters, full stop and percent.
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0e\uff05]+")
_QUESTION_MARKS = re.compile(r"\?{2,}(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\?{3,}")
_NARROW = re.compile("[\x00-\u2e7f]")
_LINE = re.compile(r"[^\n]*")
_WRAPPED = 32  # columns (a Chinese character takes two); narrower texts do not count as broken at a fixed width
_FULL = 0.9  # of the width: a line that long may be broken, a shorter one ends its paragraph
_SENTENCE_LINES = 8  # lines that a sentence may fill; lines of tables, lists and verse hardly ever have a stop
_STOP = re.compile("[。！？!?；;…]")
# A character of Chinese text, and the spaces that text recognition and typesetters put between two of them.
_CHINESE = (
    r"[\u3001-\u301f\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    r"\U00020000-\U000323af“”‘’…—·]"
)
_GAP = re.compile(rf"(?<={_CHINESE})[ \u3000\xa0]{{1,4}}(?={_CHINESE})")
_BY_FIGURE = re.compile(rf"(?<={_CHINESE})[ \xa0]{{1,2}}(?=[\dA-Za-z.%])|(?<=[\dA-Za-z.%])[ \xa0]{{1,2}}(?={_CHINESE})")
_TOUCHING = re.compile(rf"(?<={_CHINESE})(?={_CHINESE})")
# A figure with a space after each digit (4 5 . 2), beside its point (45 . 2) or between its thousands. It is one
# only between Chinese text and a unit: 1. 2亿元 at the beginning of a line is the number of a list.
_SPACED_FIGURE = re.compile(
    rf"(?:(?<={_CHINESE})|(?<={_CHINESE}[ \u3000\xa0]))"
    r"(?P<figure>\d+(?:(?:[ \u3000\xa0]{1,2}[.．,]?[ \u3000\xa0]{0,2}|[.．,][ \u3000\xa0]{0,2})\d+)+)"
    r"(?P<scale>(?:[ \u3000\xa0]{0,2}[百千万萬亿億])*)[ \u3000\xa0]{0,2}"
    r"(?=[元圆吨噸亩畝公人户戶家个個名位米克斤度年月日号時时点點分秒天岁歲件台臺套座辆輛艘架条條种種次场場届本册部"
    r"篇只头頭匹株层層倍成平立美百千万萬亿億%％‰])"
)
_SPACES = re.compile(r"[ \u3000\xa0]+")
_FEWEST_GAPS = 2  # in a line; 张 三 may be two words
_MARKDOWN = re.compile(
    r"(?m)^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})(?=\r?$)|^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+"
    r"|\*\*|__|`+|!?\[(?=[^\[\]\n]{0,200}\]\()|\]\([^)\n]*\)"
)
_EMPHASIS = re.compile(r"(?<!\*)\*[^\s*][^*\n]{0,100}\*(?!\*)")
# Only a block of keys and values is front matter; a text may also begin with a rule.
_FRONT_MATTER = re.compile(r"\A---\r?\n(?:[\w-]+[ \t]*:.*\r?\n|[ \t]+\S.*\r?\n|- .*\r?\n)+---[ \t]*(?:\r?\n|\Z)")
_ENDED = re.compile(r"[。！？；：!?;:…][」』”’\"'）)】]*\s*$")
_OPENS = re.compile(r"[\u3000 \t]{2,}\S|\s*(?:[-*•·●◆■□>#|]|[(（]?[\d一二三四五六七八九十]{1,3}[)）.、．](?!\d))")
# Matched against folded text. Each needs a figure and has none; "突破亿元" and "亿元以上" are good Chinese without one.
_HOLE = (
    r"(?:(?<=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]\.))(?<![零一二三四五六七八九十百千万几数之])%"
    r"|(?:达到?|约|做到|升至|增至|降至|总投资|合计|累计|将达)(?:亿|万)?(?:元(?!旦)|吨|平方米|公里|美元|亩|千瓦)"
    r"|(?<![\d一二三四五六七八九十几数每])月日(?![均常报期])|(?<!\d)年月日|第[名位](?![列置])|(?<!最)前[名位](?=[,。])"
    r"|(?:共有?|(?<![贴邻附接靠])近|超过?|已有|仅有)(?:名|个(?!案|人|体|别|性|月|位)|家(?!庭|长|人|属|乡|具|里|园|电|居)"
    r"|户(?!籍|口)|件|人次)(?=[\u4e00-\u9fff,。])|率达到?(?=[,。;])"
    r"|(?:造成|导致|至少)人(?=[死受遇失感丧])|(?:确诊|病例|患者|死亡|治愈|报告|感染者)例(?=[,。;])"
    r"|(?:增加|增长|下降|减少|提高|提升|扩大|上涨|降低)了?(?:个百分点|倍)"
    r"|(?:成立|建交|诞辰|胜利|解放|创刊|开通|运行|实施|回归)周年"
    r"|(?<=[\u4e00-\u9fff])(?<![一二三四五六七八九十百千万亿几数多余两半每各方华吨线])(?:公里|平方米|公顷)(?![数处外长里路的以])"
    r"|(?<=[\u4e00-\u9fff])(?<![一二三四五六七八九十今昨当次近同每明前后本即某吉往平生假节周末旬月终镇整休烈春夏秋冬旭红白抗中反亲访在驻对到])日"
    r"(?=表示|发表|宣布|称|说,|报道)"
    r"|(?:投资|产值|收入|利润|金额|总额|资金|贷款|税收?|补贴|奖励|交易额|销售额|出口额?|营收|存款)(?:亿|万)元(?![以级]|规模)"
)


@cache
def _hole() -> re.Pattern[str]:
    return re.compile(_HOLE)  # takes 6 ms, so a program that only asks does not compile it


@cache
def _readings(character: str) -> frozenset[str]:
    """Return every reading of a character, without tones."""
    import pypinyin  # takes 90 ms to load; only annotated texts need it

    (readings,) = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)
    return frozenset(readings)


@lru_cache(4096)
def _plain(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.lower().replace("ɑ", "a").replace("ɡ", "g"))
    letters = letters.replace("u\u0308", "v")  # pinyin without tones writes v for ü
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def pinyin_annotations(text: str) -> list[Span]:
    """Find brackets that hold the reading of the character before them: `產(chǎn)業(yè)`, not `(GDP)`."""
    spans = []
    for match in _ANNOTATION.finditer(text):
        syllable = _plain(match[1])
        readings = _readings(text[match.start() - 1])
        if syllable in readings or syllable.replace("v", "u") in readings:
            spans.append(Span(*match.span()))
    return spans


def invisible_characters(text: str) -> list[Span]:
    """Find zero-width, direction and soft-hyphen characters."""
    return [Span(*match.span()) for match in _INVISIBLE.finditer(text)]


def private_characters(text: str) -> list[Span]:
    """Find private-use characters: only the font of their page gives them a meaning."""
    return [Span(*match.span()) for match in _PRIVATE.finditer(text)]


def full_width_forms(text: str) -> list[Span]:
    """Find runs of full-width digits and letters. Search folds them, so nothing is left out."""
    return [Span(*match.span()) for match in _FULL_WIDTH.finditer(text)]


def question_marks(text: str) -> list[Span]:
    """Find runs of question marks in Chinese text, where a program lost characters."""
    return [Span(*match.span()) for match in _QUESTION_MARKS.finditer(text)]


def line_wraps(text: str) -> list[Span]:
    """Find line ends inside a paragraph that break it at a fixed width, with the white space around them.

    Finds none in a text whose lines do not fill one common width, and none in a table, a list or verse, whose lines
    hold no sentence.
    """
    if text.count("\n") < 3:
        return []
    lines = [(match.start(), match.group()) for match in _LINE.finditer(text)]
    lines = [(start, line) for start, line in lines if line.strip()]
    if len(lines) < 4:
        return []
    widths = [_columns(line.rstrip()) for _, line in lines]
    full = sorted(widths)[len(widths) * 9 // 10]
    filled = [width >= full * _FULL for width in widths]
    open_ended = [filled[i] and not _ENDED.search(lines[i][1]) for i in range(len(lines) - 1)]
    # Whole paragraphs may have a like length too, but hardly one ends without a stop.
    if (
        full < _WRAPPED
        or max(widths) > full * 1.15
        or sum(filled) * 2 < len(lines)
        or sum(open_ended) * 2 < sum(filled)
    ):
        return []
    wraps: list[Span] = []
    paragraph = lines[0][0]  # where the joined lines begin
    joined: list[Span] = []  # the line ends between them
    for (start, line), (following, after), is_open in zip(lines, lines[1:], open_ended, strict=False):
        end = start + len(line.rstrip())
        first = following + len(after) - len(after.lstrip())
        # Between two Latin words a line end is a space.
        latin = text[end - 1].isascii() and text[end - 1].isalpha() and text[first].isascii() and text[first].isalpha()
        if is_open and not latin and not _OPENS.match(after) and text.count("\n", end, first) == 1:
            joined.append(Span(end, first))
            continue
        wraps += _wraps_of_prose(text[paragraph:end], joined)
        paragraph, joined = first, []
    return wraps + _wraps_of_prose(text[paragraph:], joined)


def _wraps_of_prose(paragraph: str, joined: list[Span]) -> list[Span]:
    """Return the line ends of a paragraph if it holds as many sentences as prose does, else none."""
    return joined if len(_STOP.findall(paragraph)) * _SENTENCE_LINES >= len(joined) else []


def _columns(line: str) -> int:
    return 2 * len(line) - len(_NARROW.findall(line))


def markdown_marks(text: str) -> list[Span]:
    """Find marks of Markdown: headings, emphasis, quotes, bullets, link targets, front matter. They may overlap."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    marks = [Span(0, start)] if front else []
    marks += [Span(*match.span()) for match in _MARKDOWN.finditer(text, start)]
    for match in _EMPHASIS.finditer(text, start):
        marks += [Span(match.start(), match.start() + 1), Span(match.end() - 1, match.end())]
    return marks


def letter_spaces(text: str) -> list[Span]:
    """Find the spaces between all characters of a line: 开 闸 放 水, as text recognition and wide titles write it.

    In such a line also the spaces around its figures are found. A line with spaces between words is left alone.
    """
    spans: list[Span] = []
    for match in _LINE.finditer(text):
        start, end = match.span()
        gaps = [Span(*gap.span()) for gap in _GAP.finditer(text, start, end)]
        # Twice as many gaps as touching characters: some programs join a pair here and there.
        if len(gaps) < _FEWEST_GAPS or len(gaps) < 2 * sum(1 for _ in _TOUCHING.finditer(text, start, end)):
            continue
        spans += sorted([*gaps, *(Span(*gap.span()) for gap in _BY_FIGURE.finditer(text, start, end))])
    return sorted({*spans, *_spaces_in_figures(text)})


def _spaces_in_figures(text: str) -> Iterator[Span]:
    """Yield the spaces inside figures that are one: 4 5 . 2 亿元, also up to their scale."""
    for match in _SPACED_FIGURE.finditer(text):
        groups = re.findall(r"\d+", match["figure"])
        lone = all(len(group) == 1 for group in groups)
        beside_point = len(groups) == 2 and bool(re.search(r"[.．]", match["figure"]))
        thousands = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3
        if _SPACES.search(match["figure"]) and (lone or beside_point or thousands):
            for gap in _SPACES.finditer(text, match.start("figure"), match.end("scale")):
                yield Span(*gap.span())


def digit_holes(text: str) -> list[Span]:
    """Find places in readable text where a figure is lost: `增长%`, `达亿元`, `月日`."""
    return [Span(*match.span()) for match in _hole().finditer(fold(text))]


def repaired(text: str) -> str:
    """Return a short text, such as a title, without annotations, invisible characters and spaces between characters."""
    if not text or text.isalnum():  # as most titles and names: nothing of it can be damage
        return text
    results = (pinyin_annotations, invisible_characters, private_characters, letter_spaces)
    return without_spans(text, disjoint([span for find in results for span in find(text)]))


def disjoint(spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans in order, with those that touch joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.end > span.start:
            merged.append(span)
    return tuple(merged)
