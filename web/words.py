"""The words on the page's widgets and around its lists, in Chinese and in English.

Knows the words and how gradio is told of them. What is said around an answer is known by qa.words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qa.words import Language

if TYPE_CHECKING:
    import gradio as gr

LANGUAGES: tuple[Language, ...] = ("zh", "en")
WORDS = {
    # The page
    "name": ("知闻", "zhiwen"),
    "motto": ("问自己的文章", "Ask your own articles"),
    "ask_tab": ("问答", "Ask"),
    "search_tab": ("检索", "Search"),
    "library_tab": ("文库", "Library"),
    "overview_tab": ("概览", "Overview"),
    "other_language": ("English", "中文"),
    "theme": ("深色 / 浅色", "Dark / light"),
    # Ask
    "greeting": (
        "问一个问题，或输入几个关键词。答案是原文里的句子，出处和日期在旁边；资料库里没有的，会如实说没有。",
        "Ask a question or type a few keywords, in Chinese. The answer is a sentence of the original, with its source and date;"
        " what the library does not say, it says it does not know.",
    ),
    "try": ("可以这样问：", "For example:"),
    "empty_library": (
        "资料库还是空的。到“文库”里上传文章，就可以提问了。",
        "The library is empty. Add articles under “Library”, then ask.",
    ),
    "question": ("问题", "Question"),
    "question_here": ("在这里输入问题，回车提问", "Type a question and press Enter"),
    "ask": ("提问", "Ask"),
    "follow": ("追问接着上一个问题理解，例如：那税收呢？", "Understand follow-ups by the question before, such as 那税收呢？"),
    "clear": ("清空对话", "Clear"),
    "conversation": ("问与答", "Questions and answers"),
    "no_words": ("请写出一个问题，或几个关键词。", "Write a question, or a few keywords."),
    "too_long": ("问题太长了，请用一句话或几个关键词。", "The question is too long; ask in a sentence or with a few keywords."),
    "failed": ("没有答成：{problem}", "That could not be answered: {problem}"),
    "copy_answer": ("复制答案", "Copy answer"),
    "copy_citation": ("复制引文", "Copy citation"),
    "copied": ("已复制", "Copied"),
    "good": ("有用", "Helpful"),
    "bad": ("不对", "Wrong"),
    "thanks": ("已记下，谢谢。", "Noted, thank you."),
    "feedback_failed": ("没有记下：{problem}", "That could not be noted: {problem}"),
    "nearest": ("最接近的是：", "The nearest is:"),
    "passages": ("相关段落", "Passages"),
    "open": ("看原文", "Open the article"),
    "answered_again": (
        "资料库在这之后有变化，上面各问已按现在的资料重新作答。",
        "The library has changed since; the questions above are answered from what it holds now.",
    ),
    "forgotten": ("打开页面时没有再请语言模型作答。", "The language model was not asked again when the page was opened."),
    "waiting": ("语言模型正在作答……", "The language model is answering…"),
    # The article
    "article": ("原文", "The article"),
    "close": ("关闭", "Close"),
    "gone": ("这一段已不在资料库里：文章被删除或替换了。", "This passage is no longer in the library: its article was removed or replaced."),
    "same_story": ("同稿", "Copies of it"),
    "shades": ("答案", "answer"),
    "shade_sentence": ("所在的句子", "its sentence"),
    "shade_passage": ("所在的段落", "the passage"),
    "shade_damage": ("损坏与非正文", "damage and page frame"),
    "author": ("作者：{author}", "by {author}"),
    "untitled": ("（无标题）", "(untitled)"),
    # Filters
    "filters": ("筛选", "Filters"),
    "since": ("起始日期", "From"),
    "until": ("截止日期", "To"),
    "date_here": ("如 2023-05-31", "such as 2023-05-31"),
    "source": ("来源", "Source"),
    "any_source": ("不限", "Any"),
    "script": ("字形", "Script"),
    "any": ("不限", "Any"),
    "simplified": ("简体", "Simplified"),
    "traditional": ("繁体", "Traditional"),
    "mixed": ("简繁混用", "Both mixed"),
    "other": ("其他", "Other"),
    "not_a_date": ("“{value}”不是日期，请写成 2023-05-31 这样。", "“{value}” is not a date; write it as 2023-05-31."),
    "turned_dates": ("起始日期在截止日期之后。", "The first date comes after the last."),
}  # fmt: skip


def say(key: str, language: Language, **values: object) -> str:
    """The words under a key, with the values put in."""
    return WORDS[key][language == "en"].format(**values)


def translations() -> gr.I18n:
    """The words of widgets, for gradio to choose from by the page's language."""
    import gradio as gr

    chinese, english = ({f"zw_{key}": words[place] for key, words in WORDS.items()} for place in (0, 1))
    return gr.I18n(**{"zh-CN": chinese, "zh": chinese, "en": english})


def label(key: str) -> Any:
    """The words under a key, for a widget."""
    from gradio.i18n import I18nData

    return I18nData(f"zw_{key}")
