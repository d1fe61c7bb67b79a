"""The words on the page's widgets and around its lists, in Chinese and in English.

Knows the words and how to hand them to gradio. The sentences around an answer are in qa.phrases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.language import Language, as_typed

if TYPE_CHECKING:
    import gradio as gr

LANGUAGES: tuple[Language, ...] = ("zh", "en")
WORDS = {
    # The page
    "name": ("知闻", "zhiwen"),
    "motto": ("问自己的文章", "Ask your own articles"),
    "ask_tab": ("问答", "Ask"),
    "search_tab": ("检索", "Search"),
    "library_tab": ("文库", "Store"),
    "overview_tab": ("概览", "Overview"),
    "other_language": ("English", "中文"),
    "theme": ("深色 / 浅色", "Dark / light"),
    # Ask
    "greeting": (
        "问一个问题，或输入几个关键词。答案是原文里的句子，出处和日期在旁边；资料库里没有的，会如实说没有。",
        "Ask a question or type a few keywords, in Chinese. The answer is a sentence of the original, with its source"
        " and date. If the store holds no answer, the reply says so.",
    ),
    "ask_meant": ("就问这个", "Ask this"),
    "try": ("可以这样问：", "For example:"),
    "empty_library": (
        "资料库还是空的。到“文库”里上传文章，就可以提问了。",
        "The store is empty. Add articles under “Store”, then ask.",
    ),
    "question": ("问题", "Question"),
    "question_here": ("在这里输入问题，回车提问", "Type a question and press Enter"),
    "ask": ("提问", "Ask"),
    "follow": (
        "追问接着上一个问题理解，例如：那税收呢？",
        "Understand follow-ups by the question before, such as 那税收呢？",
    ),
    "clear": ("清空对话", "Clear"),
    "conversation": ("问与答", "Questions and answers"),
    "no_words": ("请写出一个问题，或几个关键词。", "Write a question, or a few keywords."),
    "too_long": (
        "问题太长了，请用一句话或几个关键词。",
        "The question is too long; ask in a sentence or with a few keywords.",
    ),
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
        "The store has changed since; the questions above are answered from what it holds now.",
    ),
    "forgotten": (
        "打开页面时没有再请语言模型作答。",
        "The language model was not asked again when the page was opened.",
    ),
    "waiting": ("语言模型正在作答……", "The language model is answering…"),
    # The article
    "article": ("原文", "The article"),
    "close": ("关闭", "Close"),
    "gone": (
        "这一段已不在资料库里：文章被删除或替换了。",
        "This passage is no longer in the store: its article was removed or replaced.",
    ),
    "duplicates": ("同稿", "Copies of it"),
    "shades": ("答案", "answer"),
    "shade_sentence": ("所在的句子", "its sentence"),
    "shade_passage": ("所在的段落", "the passage"),
    "shade_damage": ("损坏与非正文", "damage and boilerplate"),
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
    # Store
    "upload": ("上传文章或 zip", "Upload articles or a zip"),
    "take_in": ("收进文库", "Add to the store"),
    "as_is": ("照原样收下", "Take in as it is"),
    "as_is_here": ("看着不是文章的（清洗后什么也不剩、只是列表的网页），这一次也收。",
                   "This once also what looks like no article: nothing is left of it after cleaning, or it is a list."),
    "paste": ("粘贴一篇", "Paste an article"),
    "title": ("标题", "Title"),
    "date": ("日期", "Date"),
    "text": ("正文", "Text"),
    "save": ("存入", "Save"),
    "folder": ("服务器上的文件夹", "Folder on the server"),
    "follow_folder": ("收取这个文件夹", "Take in this folder"),
    "no_files": ("请先选择文件。", "Choose files first."),
    "too_many": (
        "一次最多 {most} 个文件，更多的请装进一个 zip。",
        "At most {most} files at once; put more into a zip.",
    ),
    "no_text": ("正文是空的。", "The text is empty."),
    "look": ("在标题、来源、文件名里找", "Find in titles, sources and file names"),
    "look_here": ("输入几个字", "A few characters"),
    "articles": ("文章", "Articles"),
    "list_title": ("文章 {total} 篇", "{total} articles"),
    "list_none": ("没有符合的文章。", "No such article."),
    "file": ("文件", "File"),
    "page_of": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "before_page": ("上一页", "Previous"),
    "next_page": ("下一页", "Next"),
    "examine": ("查看《{title}》的清洗前后", "View “{title}” before and after cleaning"),
    "delete": ("删除", "Delete"),
    "delete_file": ("删除整个文件（{count} 篇）", "Delete the whole file ({count} articles)"),
    "delete_confirm": (
        "删除《{title}》？（可以用“撤销上一次改动”找回）",
        "Delete “{title}”? (“Take back the last change” brings it back.)",
    ),
    "delete_file_confirm": (
        "删除“{name}”里的全部 {count} 篇？（可以用“撤销上一次改动”找回）",
        "Delete all {count} articles of “{name}”? (“Take back the last change” brings them back.)",
    ),
    "stays": (
        "这篇来自服务器上的文件：从资料库里删除，文件不动；文件只要没变，就不会再收进来。",
        "This article came from a file on the server: it leaves the store,"
        " the file stays, and is not taken in again unless it changes.",
    ),
    "reread": ("重读", "Read again"),
    "take_back": ("撤销上一次改动", "Take back the last change"),
    "take_back_confirm": (
        "撤销上一次改动？再做一次就是重做。",
        "Take back the last change? Doing it twice makes it again.",
    ),
    "taken_back": ("已撤销上一次改动：找回 {added} 篇，改回 {changed} 篇，撤下 {removed} 篇。",
                   "The last change was taken back: {added} articles are back, {changed} as they were,"
                   " {removed} gone."),
    "added": ("新增 {added} 篇，更新 {changed} 篇。", "{added} added, {changed} changed."),
    "added_none": ("没有变化：这些内容资料库里已经有了。", "Nothing new: the store has these already."),
    "added_nothing": ("一篇也没有收下。", "Nothing was taken in."),
    "left_out": ("撤下 {removed} 篇。", "{removed} removed."),
    "removed": ("已删除 {removed} 篇。", "{removed} deleted."),
    "reread_done": ("已重读：更新 {changed} 篇，新增 {added} 篇，撤下 {removed} 篇。",
                    "Read again: {changed} changed, {added} added, {removed} removed."),
    "reread_same": ("已重读：没有变化。", "Read again: nothing has changed."),
    "with_copies": ("其中 {copies} 篇与已有的文章是同稿。", "{copies} of them are copies of other articles."),
    "now_holds": (
        "文库现有 {articles} 篇（{seconds:.1f} 秒）。",
        "The store now holds {articles} articles ({seconds:.1f} s).",
    ),
    "problems": ("有 {count} 处没有收下，或不完整：", "{count} could not be taken in, or not whole:"),
    "more_problems": ("……另有 {count} 处", "… and {count} more"),
    "change_failed": ("没有做成：{problem}", "That failed: {problem}"),
    "stage_reading": ("正在读取", "Reading"),
    "stage_indexing": ("正在编入", "Indexing"),
    "stage_other": ("正在处理", "Working"),
    "stage_of": ("{stage}：{done} / {total}", "{stage}: {done} of {total}"),
    "time_left": ("，还剩约 {seconds} 秒", ", about {seconds} s left"),
    "minutes_left": ("，还剩约 {minutes} 分钟", ", about {minutes} min left"),
    # One article
    "line": ("第 {number} 行", "line {number}"),
    "column": ("{name} 列", "column {name}"),
    "encoding": ("编码", "Encoding"),
    "characters": ("字数", "Characters"),
    "repairs": ("修复与非正文", "Mended and left out"),
    "nothing_mended": ("无", "none"),
    "lost_figures": ("缺失的数字", "Lost figures"),
    "lost_count": ("{count} 处", "{count} places"),
    "passage_count": ("段落", "Passages"),
    "origin_of": ("取自", "Found in"),
    "before_cleaning": ("清洗前", "Before cleaning"),
    "after_cleaning": ("清洗后", "After cleaning"),
    "shade_out": ("删去的行", "lines left out"),
    # Search
    "query": ("检索词", "Search for"),
    "query_here": ("输入问题或关键词，回车检索", "A question or keywords, then Enter"),
    "search": ("检索", "Search"),
    "found": ("{count} 段，最接近的在前", "{count} passages, the nearest first"),
    "found_none": ("没有符合的段落。", "No passage."),
    "scores": ("得分 {score:.3f}：词面 BM25 {bm25:.2f}，语义余弦 {cosine:.3f}",
               "Score {score:.3f}: terms (BM25) {bm25:.2f}, meaning (cosine) {cosine:.3f}"),
    "matched": ("相同的词：{terms}", "Terms in common: {terms}"),
    "no_matched": ("没有相同的词，是意思相近", "No terms in common: it is near in meaning"),
    "why_not": ("为什么没有它？", "Why is it not there?"),
    "expected": ("以为会找到的一句话，或文件名", "A phrase or a file's name that you expected"),
    "why_hint": ("先在上面写检索词，再把以为会找到的原句或文件名贴在这里，会说明它丢在哪一步。",
                 "With a question above, paste a phrase or file name that you expected, to see the step that lost it."),
    "explain": ("查一查", "Find out"),
    "need_query": ("请先在上面写检索词。", "Write what to search for first."),
    "need_phrase": ("请贴一句话，或一个文件名。", "Paste a phrase, or a file's name."),
    # Overview
    "look_again": ("刷新", "Refresh"),
    "total_articles": ("文章", "articles"),
    "total_passages": ("段落", "passages"),
    "total_copies": ("同稿副本", "copies"),
    "total_size": ("占用磁盘", "on disk"),
    "bundled_model": ("自带", "bundled"),
    "model": ("向量模型", "embedding model"),
    "generation": ("代数", "generation"),
    "by_month": ("各月文章数", "Articles by month"),
    "by_year": ("各年文章数", "Articles by year"),
    "undated_count": ("另有 {count} 篇没有日期", "{count} more have no date"),
    "by_source": ("来源", "By source"),
    "no_source": ("（未写来源）", "(none named)"),
    "other_sources": ("其余 {count} 个来源", "{count} other sources"),
    "by_script": ("字形", "By script"),
    "sampled": ("按 {count} 篇抽样", "from a sample of {count} articles"),
    "by_damage": ("损坏", "By damage"),
    "damage_lost": ("丢了数字", "figures lost"),
    "damage_undecodable": ("有坏字节", "undecodable bytes"),
    "damage_mended": ("读取时修补过", "mended in reading"),
    "damage_none": ("没有以上损坏", "none of these"),
    "health": ("检查是否完好", "Check that all is well"),
    "health_hint": ("逐页核对资料库与两路索引，库大时要等一会儿。",
                    "Checks every page of the database and both indexes; a large store takes a while."),
    "healthy": ("完好：{articles} 篇、{passages} 段，资料库与两路索引一致。",
                    "All is well: {articles} articles, {passages} passages; the database and both indexes agree."),
    "unhealthy": ("有问题：{faults}。运行 python -m index.reindex --rebuild 可由资料库重建索引。",
                  "Something is wrong: {faults}. python -m index.reindex --rebuild rebuilds the indexes."),
    "export": ("导出评价为评测题", "Export verdicts as questions"),
    "export_hint": ("“有用”的回答成为带标准答案的题目，可用 python -m qa.evaluate 度量；"
                    "“不对”只说明答案不是什么，不导出。",
                    "Answers called helpful become questions with known answers for python -m qa.evaluate;"
                    " “wrong” says only what the answer is not."),
    "no_verdicts": ("还没有可导出的评价。", "There are no verdicts to export yet."),
}  # fmt: skip


def say(key: str, language: Language, **values: object) -> str:
    """Return the words of a key in a language, with the values put in."""
    return as_typed(WORDS[key][language == "en"]).format(**values)


def translations() -> gr.I18n:
    """Return the words of all widgets. Gradio chooses from them by the page's language."""
    import gradio as gr

    chinese, english = ({f"zw_{key}": words[place] for key, words in WORDS.items()} for place in (0, 1))
    return gr.I18n(**{"zh-CN": chinese, "zh": chinese, "en": english})


def label(key: str) -> Any:
    """Return the words of a key for a widget, in the language that the page will have."""
    from gradio.i18n import I18nData

    return I18nData(f"zw_{key}")
