"""Damage texts as scraping, typing and other programs do, so that an evaluation can measure the cost of each kind.

Knows six kinds of damage. Does not know stores or metrics. Damages the same text in the same way every time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from index.errors import UserError

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ANNOTATED = 0.03  # share of the characters that get their pinyin in brackets
_OFFERED = 10  # characters of one sound among which a typing error chooses
_HEAD = (
    "首页 | 新闻 | 政务 | 服务 | 互动 | 登录 | 注册\n"
    "您当前的位置：首页 > 新闻中心 > 正文\n【字体：大 中 小】 打印本页 关闭窗口\n"
)
_FOOT = (
    "\n上一篇：没有了\n下一篇：返回列表\n分享到：微信 微博\n"
    "版权所有 未经授权不得转载\n网站地图 | 联系我们 | 网站标识码\n"
)


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage, as functions of an article's text and of a question."""

    name: str
    text: Callable[[str], str]
    question: Callable[[str], str]


def damages() -> tuple[Damage, ...]:
    """Return every kind, in the order of the report. Raises UserError if the package opencc is not installed."""

    def kept(text: str) -> str:
        return text

    return (
        Damage("other_script", _converter(), kept),
        Damage("pinyin", _annotated, kept),
        Damage("full_width", _widened, kept),
        Damage("boilerplate", lambda text: f"{_HEAD}{text}{_FOOT}", kept),
        Damage("digits", lambda text: re.sub(r"\d", "", text), kept),
        Damage("typing_error", kept, _mistyped),
    )


def _converter() -> Callable[[str], str]:
    """Return a function that converts simplified text to traditional and traditional text to simplified."""
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise UserError("evaluate.needs_opencc") from error
    simplified, traditional = OpenCC("t2s"), OpenCC("s2t")

    def converted(text: str) -> str:
        other: str = simplified.convert(text)
        return other if other != text else str(traditional.convert(text))

    return converted


def _annotated(text: str) -> str:
    """Put the pinyin behind some characters, as pages for learners do: 產(chǎn)業(yè)."""
    from pypinyin import pinyin

    seeded = random.Random(len(text))  # noqa: S311
    return _HAN.sub(
        lambda match: (
            f"{match.group()}({pinyin(match.group())[0][0]})" if seeded.random() < _ANNOTATED else match.group()
        ),
        text,
    )


def _widened(text: str) -> str:
    """Write the letters, digits and signs of ASCII in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _mistyped(question: str) -> str:
    """Replace one character by another that sounds alike, as an input method offers it."""
    from qa.homophones import alike

    places = [match.start() for match in _HAN.finditer(question)]
    random.Random(question).shuffle(places)  # noqa: S311
    for place in places:
        # The first in the order of GB 2312 are the everyday ones, which an input method offers first.
        if others := alike(question[place])[:_OFFERED]:
            return question[:place] + others[len(question) % len(others)] + question[place + 1 :]
    return question
