"""What is said around an answer, in Chinese and in English.

Knows the words; does not know where they are drawn. What is said is never a quotation, and a quotation is never translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qa.answer import DIGITS_MISSING, LOW_CONFIDENCE, NO_MATCH, Answer

if TYPE_CHECKING:
    from index.corpus import Teller
    from qa.why_not import WhyNot

Language = Literal["zh", "en"]
_SAID = {
    NO_MATCH: ("资料库里没有与此相关的内容。", "Nothing in the library is about this."),
    LOW_CONFIDENCE: (
        "资料库里没有能确定回答这个问题的句子；下面是最接近的段落。",
        "No sentence in the library answers this for certain; the nearest passages are below.",
    ),
    DIGITS_MISSING: (
        "原文在这里丢失了数字，无法回答“多少”；下面是那段原文。",
        "The original has lost its figures here, so “how much” cannot be answered; the passage is below.",
    ),
    "nothing": (
        "没有可查的段落：资料库是空的，或没有文章符合筛选条件。",
        "There is nothing to look through: the library is empty, or no article passes the filters.",
    ),
    "no_answer": ("没有答案", "No answer"),
    "understood": ("（理解为：{question}）", "(Understood as: {question})"),
    "suggested": (
        "资料库里没有“{wrong}”，有“{right}”。要问的是“{question}”吗？",
        "“{wrong}” stands nowhere in the library; “{right}” does. Did you mean “{question}”?",
    ),
    "struck": (
        "（模型另有 {count} 句在所引段落里核实不了，已略去。）",
        "({count} more of the model's sentences could not be verified in the passages they cite, and are left out.)",
    ),
    "failed": (
        "语言模型没有帮上忙：{problem}；以原文里的答案为准。",
        "The language model was of no help ({problem}); the answer from the text stands.",
    ),
    "undated": ("日期不详", "no date"),
    "copies": ("同稿另有 {count} 篇", "{count} more copies"),
    "copy": ("同稿：{copy}", "Copy: {copy}"),
    "of_many": ("等 {count} 篇", "… {count} in all"),
    "sure": ("很有把握", "very sure"),
    "fairly": ("较有把握", "fairly sure"),
    "unsure": ("把握不大", "not very sure"),
    "differ": ("各篇说法不一，新的在前：", "The articles differ, the newest first:"),
    "other_times": ("各篇所说的年份不同，新的在前：", "The articles tell of different years, the newest first:"),
    "why_answer": ("这就是给出的答案。", "This is the answer that was given."),
    "why_shown": (
        "没有丢：它在列出的第 {rank} 段里，答案取自另一句（把握 {confidence:.2f}）。",
        "It is not lost: it stands in passage {rank} of those listed; another sentence was the answer (confidence {confidence:.2f}).",
    ),
    "why_silent": (
        "它在列出的第 {rank} 段里，但没有一句的把握够高（{confidence:.2f}），所以没有作答。",
        "It stands in passage {rank} of those listed, but no sentence was sure enough ({confidence:.2f}), so nothing was answered.",
    ),
    "why_ranked": (
        "丢在排序：它所在的段落排第 {rank}，只列出前 {listed} 段。",
        "Lost in ranking: its passage ranks {rank}, and only {listed} are listed.",
    ),
    "why_beyond": (
        "丢在检索：它在资料库的段落里，但不在最接近这个问题的 {listed} 段之内。",
        "Lost in search: it stands in a passage, but not among the {listed} nearest to this question.",
    ),
    "why_copy": (
        "并在同稿里：这一篇是第 {rank} 段那篇（{copy}）的副本，只列出损坏最少的一篇。",
        "Told once: this article is a copy of the one in place {rank} ({copy}); only the least damaged is listed.",
    ),
    "why_filtered": (
        "被筛选条件挡住：这篇文章不符合日期、来源或文章的限定。",
        "Shut out by the filters: this article does not pass the dates, source or article asked for.",
    ),
    "why_cleaned": (
        "清洗时当作非正文删去了（{kind}），所以检索不到。",
        "Left out in cleaning as page frame ({kind}), so it cannot be found.",
    ),
    "why_unreadable": ("这个文件没能读进来：{reason}。", "That file could not be read: {reason}."),
    "why_nowhere": (
        "不在资料库的任何文章里，也没有这个名字的文件。（没能打开的文件，资料库不记得；收进时的报告里有。）",
        "It is in no article of the library, nor is there a file of this name. (Files that could not be opened are not remembered;"
        " the report of the run that met them names them.)",
    ),
    "agree": ("其他文章说法一致，新的在前：", "Other articles say the same, the newest first:"),
}


def said(key: str, language: Language = "zh", **values: object) -> str:
    """The words under a key, with the values put in."""
    return _SAID[key][language == "en"].format(**values)


def sureness(confidence: float, language: Language = "zh") -> str:
    """Confidence, 0..1, in words and as a number."""
    word = said("sure" if confidence >= 0.9 else "fairly" if confidence >= 0.7 else "unsure", language)
    return f"（{word}，{confidence:.2f}）" if language == "zh" else f"({word}, {confidence:.2f})"


def relative(answer: Answer, language: Language = "zh") -> list[str]:
    """What the times in the sentence mean: an article's 去年 is not the reader's."""
    if language == "en":
        meant = ", ".join(f"“{word}” {'runs ' if meaning.startswith('到') else 'is '}{meaning}" for word, meaning in answer.relative)
        return [f"In the article {meant}."] if meant else []
    meant = "，".join(f"“{word}”即{meaning}" if not meaning.startswith("到") else f"“{word}”{meaning}" for word, meaning in answer.relative)
    return [f"文中{meant}。"] if meant else []


def side_by_side(answer: Answer, language: Language = "zh") -> str:
    """How what other articles say compares."""
    return said("differ" if answer.disagree else "other_times" if answer.other_times else "agree", language)


def lost(why: WhyNot, language: Language = "zh") -> str:
    """Which step lost what was expected, in a sentence; the article, if one is known, is not named in it."""
    from index.doctor import REPAIRS  # which a question without this need not load

    kind = REPAIRS.get(why.kind, why.kind) if language == "zh" else why.kind
    copy = _named(why.copy) if why.copy else ""
    return said(f"why_{why.step}", language, rank=why.rank, listed=why.listed, confidence=why.confidence, kind=kind, reason=why.reason, copy=copy)


def _named(teller: Teller) -> str:
    from index.records import one_line

    return "，".join(part for part in (f"《{one_line(teller.title)}》", one_line(teller.source), teller.date) if part)
