"""Damage inside running text, as places: each repair is one named function.

Knows pinyin annotations, invisible and private-use characters, Markdown marks, lines broken at a fixed width, which are
left out of what is searched; and full-width forms, question marks where characters were, and lost digits, which are only
counted. Alters nothing and knows no articles.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from index.folding import fold
from index.records import Span, without

_ANNOTATION = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff])[(（]\s?([A-Za-zÀ-ɏḀ-ỿɑɡ\u0300-\u036f]{1,9})\s?[)）]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe00-\ufe0f]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]+")
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0e\uff05]+")  # digits, letters, full stop and percent
_QUESTION_MARKS = re.compile(r"\?{2,}(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\?{3,}")
_NARROW = re.compile("[\x00-\u2e7f]")
_LINE = re.compile(r"[^\n]*")
_WRAPPED = 32  # columns (a Chinese character takes two) of the shortest line width at which a text is thought broken
_FULL = 0.9  # of the width: a line that long may have been broken, a shorter one ends its paragraph
_UNSTOPPED = 8  # lines that a sentence may fill; of tables, lists and verse hardly any line has a stop
_STOP = re.compile("[。！？!?；;…]")
_MARKDOWN = re.compile(
    r"(?m)^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})(?=\r?$)|^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+"
    r"|\*\*|__|`+|!?\[(?=[^\[\]\n]{0,200}\]\()|\]\([^)\n]*\)"
)
_EMPHASIS = re.compile(r"(?<!\*)\*[^\s*][^*\n]{0,100}\*(?!\*)")
# Only a block of keys and values is front matter; a text may also begin with a rule.
_FRONT_MATTER = re.compile(r"\A---\r?\n(?:[\w-]+[ \t]*:.*\r?\n|[ \t]+\S.*\r?\n|- .*\r?\n)+---[ \t]*(?:\r?\n|\Z)")
_ENDED = re.compile(r"[。！？；：!?;:…][」』”’\"'）)】]*\s*$")
_OPENS = re.compile(r"[\u3000 \t]{2,}\S|\s*(?:[-*•·●◆■□>#|]|[(（]?[\d一二三四五六七八九十]{1,3}[)）.、．](?!\d))")
# Matched against folded text. Each says a figure that is not there; "突破亿元" and "亿元以上" are good Chinese without one.
_HOLE = (
    r"(?:(?<=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]\.))(?<![零一二三四五六七八九十百千万几数之])%"
    r"|(?:达到?|约|做到|升至|增至|降至|总投资|合计|累计|将达)(?:亿|万)?(?:元(?!旦)|吨|平方米|公里|美元|亩|千瓦)"
    r"|(?<![\d一二三四五六七八九十几数每])月日(?![均常报期])|(?<!\d)年月日|第[名位](?![列置])|(?<!最)前[名位](?=[,。])"
    r"|(?:共有?|(?<![贴邻附接靠])近|超过?|已有|仅有)(?:名|个(?!案|人|体|别|性|月|位)|家(?!庭|长|人|属|乡|具|里|园|电|居)|户(?!籍|口)|件|人次)(?=[\u4e00-\u9fff,。])|率达到?(?=[,。;])"
    r"|(?:造成|导致|至少)人(?=[死受遇失感丧])|(?:确诊|病例|患者|死亡|治愈|报告|感染者)例(?=[,。;])"
    r"|(?:增加|增长|下降|减少|提高|提升|扩大|上涨|降低)了?(?:个百分点|倍)|(?:成立|建交|诞辰|胜利|解放|创刊|开通|运行|实施|回归)周年"
    r"|(?<=[\u4e00-\u9fff])(?<![一二三四五六七八九十百千万亿几数多余两半每各方华吨线])(?:公里|平方米|公顷)(?![数处外长里路的以])"
    r"|(?<=[\u4e00-\u9fff])(?<![一二三四五六七八九十今昨当次近同每明前后本即某吉往平生假节周末旬月终镇整休烈春夏秋冬旭红白抗中反亲访在驻对到])日"
    r"(?=表示|发表|宣布|称|说,|报道)"
    r"|(?:投资|产值|收入|利润|金额|总额|资金|贷款|税收?|补贴|奖励|交易额|销售额|出口额?|营收|存款)(?:亿|万)元(?![以级]|规模)"
)


@cache
def _hole() -> re.Pattern[str]:
    return re.compile(_HOLE)  # 6 ms, which a question need not wait for


@cache
def _readings(character: str) -> frozenset[str]:
    """Every reading of a character without tones."""
    import pypinyin  # 90 ms to load, and only annotated texts need it

    (found,) = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)
    return frozenset(found)


@lru_cache(4096)
def _plain(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.lower().replace("ɑ", "a").replace("ɡ", "g"))
    letters = letters.replace("u\u0308", "v")  # ü is written v where tones are not
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def pinyin_annotations(text: str) -> list[Span]:
    """Brackets that only say how the character before them is read: `產(chǎn)業(yè)`, but not `(Alibaba)` or `(GDP)`."""
    found = []
    for match in _ANNOTATION.finditer(text):
        syllable = _plain(match[1])
        readings = _readings(text[match.start() - 1])
        if syllable in readings or syllable.replace("v", "u") in readings:
            found.append(Span(*match.span()))
    return found


def invisible_characters(text: str) -> list[Span]:
    """Zero-width, direction and soft-hyphen characters."""
    return [Span(*match.span()) for match in _INVISIBLE.finditer(text)]


def private_characters(text: str) -> list[Span]:
    """Private-use characters: they stand for something only in the font of the page they came from."""
    return [Span(*match.span()) for match in _PRIVATE.finditer(text)]


def full_width_forms(text: str) -> list[Span]:
    """Runs of digits and letters in full width; they are found as their half-width forms are."""
    return [Span(*match.span()) for match in _FULL_WIDTH.finditer(text)]


def question_marks(text: str) -> list[Span]:
    """Runs of question marks in Chinese text, where characters were lost on the way."""
    return [Span(*match.span()) for match in _QUESTION_MARKS.finditer(text)]


def line_wraps(text: str) -> list[Span]:
    """Line ends (with the white space around them) that only break a line at a fixed width, inside a paragraph.

    None in a text whose lines do not fill one common width, nor between lines that hold no sentence: a table, a list, verse.
    """
    lines = [(match.start(), match.group()) for match in _LINE.finditer(text)]
    lines = [(start, line) for start, line in lines if line.strip()]
    if len(lines) < 4:
        return []
    widths = [_columns(line.rstrip()) for _, line in lines]
    full = sorted(widths)[len(widths) * 9 // 10]
    filled = [width >= full * _FULL for width in widths]
    open_ended = [filled[i] and not _ENDED.search(lines[i][1]) for i in range(len(lines) - 1)]
    # Of paragraphs that simply are of like length hardly one breaks off without a stop.
    if full < _WRAPPED or max(widths) > full * 1.15 or sum(filled) * 2 < len(lines) or sum(open_ended) * 2 < sum(filled):
        return []
    found: list[Span] = []
    paragraph = lines[0][0]  # where the joined lines begin, and
    joined: list[Span] = []  # what has broken them
    for (start, line), (following, after), is_open in zip(lines, lines[1:], open_ended, strict=False):
        end = start + len(line.rstrip())
        first = following + len(after) - len(after.lstrip())
        latin = (
            text[end - 1].isascii() and text[end - 1].isalpha() and text[first].isascii() and text[first].isalpha()
        )  # between two Latin words a line end is a space
        if is_open and not latin and not _OPENS.match(after) and text.count("\n", end, first) == 1:
            joined.append(Span(end, first))
            continue
        found += _told(text[paragraph:end], joined)
        paragraph, joined = first, []
    return found + _told(text[paragraph:], joined)


def _told(paragraph: str, joined: list[Span]) -> list[Span]:
    """The line ends of a paragraph, if it holds as many sentences as prose does."""
    return joined if len(_STOP.findall(paragraph)) * _UNSTOPPED >= len(joined) else []


def _columns(line: str) -> int:
    return 2 * len(line) - len(_NARROW.findall(line))


def markdown_marks(text: str) -> list[Span]:
    """Marks of Markdown: headings, emphasis, quotes, bullets, link targets, and the front matter; not disjoint."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    marks = [Span(0, start)] if front else []
    marks += [Span(*match.span()) for match in _MARKDOWN.finditer(text, start)]
    for match in _EMPHASIS.finditer(text, start):
        marks += [Span(match.start(), match.start() + 1), Span(match.end() - 1, match.end())]
    return marks


def digit_holes(text: str) -> list[Span]:
    """Places in readable text where a figure must have stood and is gone: `增长%`, `达亿元`, `月日`."""
    return [Span(*match.span()) for match in _hole().finditer(fold(text))]


def repaired(text: str) -> str:
    """A short text, such as a title, without annotations and invisible characters."""
    return without(text, disjoint([*pinyin_annotations(text), *invisible_characters(text), *private_characters(text)]))


def disjoint(spans: list[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.end > span.start:
            merged.append(span)
    return tuple(merged)
