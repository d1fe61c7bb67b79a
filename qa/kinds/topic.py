"""Answer a topic word (低空经济, 拓源实业) with the passages that speak of it: no one piece answers it.

Knows which questions are no more than one or two nouns or names, by the tagger. Does not rank passages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.text.folding import fold
from qa.answer import Answer, hit_of
from qa.figures import figures_over
from qa.kinds.asking import Answered
from qa.question import ANY, Question
from qa.search import Hit
from qa.slots import tagged

_LONGEST = 10  # characters
_MOST_WORDS = 2
_NOUNS = frozenset(("n", "nr", "ns", "nt", "nz", "nw", "s", "vn", "an", "PER", "LOC", "ORG"))
# 局长 and 中标人 ask for one, 交易额 for a figure; 机器人, 消费者 and 质量 do neither.
_ROLE = (
    r"[局部厅处科院校市县区镇乡村州省会社站所馆队班组店厂团行事]长|"
    r"(?:负责|发言|代言|中标|代表|创始|联系|主持|获奖|候选|继承|控制|发起|召集|主讲|发明|创办|设计|承包|当选)人|(?:获得|获奖|中标|发明|作)者"
)
_FIGURE = r"额|率|(?<![质能力])量|[人件次户亩天岁总]数|产值|市值|(?<![评代物特])价|(?<![消免浪])费|[奖税罚]金"
_ASKS = re.compile(rf"[\d的一二两三四五六七八九十几]|(?:{_ROLE}|{_FIGURE})$")
_MARKS = " ?!。"


def is_topic(question: Question) -> bool:
    """Whether a question is a word or two of a topic, without anything that is asked of it.

    >>> from qa.question import understand
    >>> [is_topic(understand(text)) for text in ("低空经济", "拓源产值", "低空经济是什么")]
    [True, False, False]
    """
    word = question.folded.strip(_MARKS)
    if question.wants != ANY or not 1 < len(word) <= _LONGEST or question.content.strip(_MARKS) != word:
        return False
    if _ASKS.search(word):
        return False
    words = tagged(word)
    return len(words) <= _MOST_WORDS and all(tag in _NOUNS for _, tag in words)


def answer_topic(question: Question, hits: Sequence[Hit], most: int, plain: Callable[[], Answer]) -> Answered | None:
    """Give the passages of a topic word, at most so many.

    None for other questions, where no passage holds the word, and for a word that a figure is told of: 门票每张35元.
    """
    if not is_topic(question) or _is_indicator(question.folded.strip(_MARKS), hits, plain()):
        return None
    word = question.folded.strip(_MARKS)
    spellings = (word, *(variant.text for variant in question.variants))
    texts = (fold(f"{hit.stored.article.title}\n{hit.stored.passage.text}") for hit in hits)
    if not any(spelling in text for text in texts for spelling in spellings):
        return None
    return Answered(Answer("", "", 0.0, "", None, kind="passages"), tuple(hits[:most]))


def _is_indicator(word: str, hits: Sequence[Hit], answer: Answer) -> bool:
    """Whether an answer is a figure whose indicator is the word."""
    place = answer.evidence
    if place is None or answer.abstained:
        return False
    figures = figures_over(hit_of(hits, place).stored, place.span)
    return any(word in fold(each.indicator or "") for each in figures)
