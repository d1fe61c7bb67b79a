"""Take out of a page's article what an extractor leaves in it: captions, lists of other articles, lines about apps.

Knows the marks and phrases of these where they are sure: a sentence that only holds such words stays. Does not know
how the article is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from index.reading.markup import Line, page_lines
from index.text.boilerplate import begins_others
from index.text.folding import fold

_CAPTION = 200  # characters; more is text that stands in a figure
_CREDITED = 80  # characters of a line that ends with who took the picture
_HAN = r"[\u4e00-\u9fff]"
_NAMES = rf"{_HAN}{{2,4}}(?:[、 ]{_HAN}{{2,4}}){{0,3}}"
# All patterns are matched against folded text: simplified, half width, lower case.
_CREDIT = re.compile(
    rf"(?:^|[\s。,(\[【])(?:{_HAN}{{2,8}}(?:记者|通讯员|摄影)|记者|通讯员)[\s:/]*{_NAMES}\s*(?:摄|供图|制图)\W*$"
    rf"|[\s(\[【](?:摄影|供图|制图)\s*[:/]\s*{_NAMES}\W*$|[(\[【]\s*(?:{_NAMES}\s+(?:摄|供图|制图)|资料图片?|视频截图)\W*$"
    rf"|。\s*{_NAMES}\s+(?:摄|供图)\W*$"
)
# 图片来源 stays: those who examined pages by hand count it as text.
_LABEL = re.compile(r"\W*(?:资料图片?|视频截图|网络图片?|图/\S{2,10}|图源\s*:?\s*\S{1,10})\W*")
# Without a name: 扫码关注“青岚人社” may be a step of what the article explains.
_APP = re.compile(
    r"\W*(?:"
    r"(?:点击|立即|马上|请)?(?:打开|下载|进入)\s*(?:本报|本站|新闻|手机)?\s*(?:app|客户端)"
    r"(?:\W{0,2}(?:阅读|查看|看|浏览|获取|体验|享受)?(?:全文|更多|剩余|完整|精彩)\S{0,8})?"
    r"|(?:点击|立即|马上)下载|(?:点击|展开|点此)?(?:阅读|查看|展开)(?:剩余)?全文"
    r"|(?:微信)?(?:扫码|扫一扫|扫描二维码|扫描上方二维码|扫描下方二维码|长按识别二维码|长按二维码)(?:加?关注)?(?:我们|公众号|微信公众号|本报微信)?"
    r")\W*"
)
_HEADING = 16  # characters of the heading of a list
_HEADLINE = 60  # characters


def captions(root: Any) -> frozenset[str]:
    """Return the lines of the page's elements that are marked as captions of pictures."""
    texts: set[str] = set()
    for element in root.iter("figcaption"):
        figure = next(element.iterancestors("figure"), None)
        if figure is None or next(figure.iter("img", "video", "picture", "amp-img"), None) is None:
            continue  # of a table, or of sentences
        lines = [line.text for line in page_lines(element)]
        if sum(map(len, lines)) <= _CAPTION:
            texts.update(lines)
    return frozenset(texts)


def article_only(body: Sequence[Line], marked: frozenset[str]) -> list[Line]:
    """Return the lines of an article without what surely stands beside it; all lines if no sentence would be left.

    `marked` holds the lines that are captions by their markup.
    """
    gone = {i for i, line in enumerate(body) if not line.is_row and (line.text in marked or _is_beside(line))}
    for i, line in enumerate(body):
        if len(line.text) <= _HEADING and not line.is_row and begins_others(line.text):
            gone.update(_listed(body, i))
        elif _is_linked(line) and begins_others(line.text.split("：")[0].split(":")[0]):
            gone.add(i)  # the label and its only headline on one line
    kept = [line for i, line in enumerate(body) if i not in gone]
    return kept if any(line.runs for line in kept) else list(body)


def _is_beside(line: Line) -> bool:
    if len(line.text) > _CREDITED:
        return False
    folded = fold(line.text)
    return bool(_LABEL.fullmatch(folded) or _APP.fullmatch(folded) or _CREDIT.search(folded))


def _is_linked(line: Line) -> bool:
    return line.linked * 2 >= len(line.text) > 0


def _listed(body: Sequence[Line], heading: int) -> range:
    """Return the places of a heading and of the headlines below it; none if what follows it is not sure to be a list.

    Links are headlines. Lines without links are where nothing but such lines follows.
    """
    end = heading + 1
    while end < len(body) and _is_linked(body[end]) and not body[end].is_row:
        end += 1
    rest = body[end:]
    if not any(line.runs or line.is_row or "。" in line.text or len(line.text) > _HEADLINE for line in rest):
        # Nothing else follows: the article is over, unless it has not begun.
        end = len(body) if any(line.runs for line in body[:heading]) else end
    return range(heading, end) if end > heading + 1 or (end == len(body) and heading) else range(0)
