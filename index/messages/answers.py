"""What is said around an answer and its passages. Knows the sentences only; quotations are never translated."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "no_match": Message(
        "资料库里没有与此相关的内容。",
        "Nothing in the store is about this.",
    ),
    "low_confidence": Message(
        "资料库里没有能确定回答这个问题的句子；下面是最接近的段落。",
        "No sentence in the store answers this for certain; the nearest passages are below.",
    ),
    "digits_missing": Message(
        "原文在这里丢失了数字，无法回答“多少”；下面是那段原文。",
        "The original has lost its figures here, so “how much” cannot be answered; the passage is below.",
    ),
    "not_stated": Message(
        "资料库里没有说到“{asked}”的；最接近的一句说的是“{text}”。",
        "The store does not state it of “{asked}”; the nearest sentence tells of “{text}”.",
    ),
    "not_stated_but": Message(
        "资料库里没有说到“{asked}”的；最接近的说的是“{instead}”：“{text}”。",
        "The store does not state it of “{asked}”; the nearest is of “{instead}”: “{text}”.",
    ),
    "part_not_stated": Message(
        "算不出来：资料库里没有说到“{asked}”的；其余各部分列在下面。",
        "It cannot be computed: the store does not state it of “{asked}”; the other parts are below.",
    ),
    "no_subject": Message(
        "问题没有说是谁的、什么的：“{asked}”。请补上，例如“拓源产值是多少”。",
        "The question does not say of whom or what: “{asked}”. Name it, as in “拓源产值是多少”.",
    ),
    "no_such_time": Message(
        "“{asked}”不是能回答的时间：前后矛盾，或者还没有到。",
        "“{asked}” is no time that can be answered: it contradicts itself, or is still to come.",
    ),
    "too_many_parts": Message(
        "问题问了 {asked} 项；一次最多 {most} 项，请分几次问。",
        "The question asks of {asked} things; ask of at most {most} at a time.",
    ),
    "not_stated_at_all": Message(
        "资料库里没有说到“{asked}”的。",
        "The store does not state it of “{asked}”.",
    ),
    "computed_sum": Message(
        "合计 {value} {unit}（由下列各项算出，不是原文）",
        "{value} {unit} in all (computed from the items below, not a quotation)",
    ),
    "computed_difference": Message(
        "相差 {value} {unit}（由下列各项算出，不是原文）",
        "a difference of {value} {unit} (computed from the items below, not a quotation)",
    ),
    "computed_count": Message(
        "{value} {unit}（由下列各项数出，不是原文）",
        "{value} {unit} (counted from the items below, not a quotation)",
    ),
    "computed_compare": Message(
        "{text}：{value} {unit}（由下列各项比出，不是原文）",
        "{text}: {value} {unit} (compared among the items below, not a quotation)",
    ),
    "yes": Message("是：{text}", "Yes: {text}"),
    "no": Message("否：{text}", "No: {text}"),
    "premise_false": Message(
        "原文说的正相反：{text}",
        "The text says the opposite: {text}",
    ),
    "passages": Message(
        "请看下面的段落。",
        "See the passages below.",
    ),
    "nothing": Message(
        "没有可查的段落：资料库是空的，或没有文章符合筛选条件。",
        "There is nothing to look through: the store is empty, or no article passes the filters.",
    ),
    "no_answer": Message(
        "没有答案",
        "No answer",
    ),
    "understood": Message(
        "（理解为：{question}）",
        "(Understood as: {question})",
    ),
    "suggested": Message(
        "资料库里没有“{wrong}”，有“{right}”。要问的是“{question}”吗？",
        "“{wrong}” stands nowhere in the store; “{right}” does. Did you mean “{question}”?",
    ),
    "struck": Message(
        "（模型另有 {count} 句在所引段落里核实不了，已略去。）",
        "({count} more of the model's sentences could not be verified in the passages they cite, and are left out.)",
    ),
    "failed": Message(
        "语言模型没有帮上忙：{problem}；以原文里的答案为准。",
        "The language model did not help ({problem}); the answer from the text stands.",
    ),
    "undated": Message(
        "日期不详",
        "no date",
    ),
    "recognized": Message("文字识别（OCR），把握 {sure:.0%}", "recognized text (OCR), {sure:.0%} sure"),
    "copies": Message(
        "同稿另有 {count} 篇",
        "{count} more copies",
    ),
    "copy": Message(
        "同稿：{copy}",
        "Copy: {copy}",
    ),
    "of_many": Message(
        "等 {count} 篇",
        "… {count} in all",
    ),
    "sure": Message(
        "很有把握",
        "very sure",
    ),
    "fairly": Message(
        "较有把握",
        "fairly sure",
    ),
    "unsure": Message(
        "把握不大",
        "not very sure",
    ),
    "differ": Message(
        "各篇说法不一，新的在前：",
        "The articles differ, the newest first:",
    ),
    "other_times": Message(
        "各篇所说的年份不同，新的在前：",
        "The articles tell of different years, the newest first:",
    ),
    "why_answer": Message(
        "这就是给出的答案。",
        "This is the answer that was given.",
    ),
    "why_shown": Message(
        "没有丢：它在列出的第 {rank} 段里，答案取自另一句（把握 {confidence:.2f}）。",
        "It is not lost: it stands in passage {rank} of those listed; another sentence was the answer "
        "(confidence {confidence:.2f}).",
    ),
    "why_silent": Message(
        "它在列出的第 {rank} 段里，但没有一句的把握够高（{confidence:.2f}），所以没有作答。",
        "It stands in passage {rank} of those listed, but no sentence was sure enough ({confidence:.2f}), so "
        "nothing was answered.",
    ),
    "why_ranked": Message(
        "丢在排序：它所在的段落排第 {rank}，只列出前 {listed} 段。",
        "Lost in ranking: its passage ranks {rank}, and only {listed} are listed.",
    ),
    "why_beyond": Message(
        "丢在检索：它在资料库的段落里，但不在最接近这个问题的 {listed} 段之内。",
        "Lost in search: it stands in a passage, but not among the {listed} nearest to this question.",
    ),
    "why_copy": Message(
        "并在同稿里：这一篇是第 {rank} 段那篇（{copy}）的副本，只列出损坏最少的一篇。",
        "Listed with its copies: this article is a copy of the one in place {rank} ({copy}); only the least "
        "damaged is listed.",
    ),
    "why_filtered": Message(
        "被筛选条件挡住：这篇文章不符合日期、来源或文章的限定。",
        "Shut out by the filters: this article does not pass the dates, source or article asked for.",
    ),
    "why_cleaned": Message(
        "清洗时当作非正文删去了（{kind}），所以检索不到。",
        "Left out in cleaning as boilerplate ({kind}), so it cannot be found.",
    ),
    "why_unreadable": Message(
        "这个文件没能读进来：{reason}",
        "That file could not be read: {reason}",
    ),
    "why_nowhere": Message(
        "不在资料库的任何文章里，也没有这个名字的文件。（没能打开的文件，资料库不记得；收进时的报告里有。）",
        "It is in no article of the store, nor is there a file of this name. (Files that could not be opened "
        "are not remembered; the report of the run that met them names them.)",
    ),
    "agree": Message(
        "其他文章说法一致，新的在前：",
        "Other articles say the same, the newest first:",
    ),
    "silent": Message("没有答案：{reason}", "No answer: {reason}"),
    "model_sentence": Message("模型：{sentence} {cited}", "Model: {sentence} {cited}"),
    "scores": Message(
        "得分 {score:.3f}（BM25 {bm25:.2f}，余弦 {cosine:.3f}）；相同的词：{terms}",
        "score {score:.3f} (BM25 {bm25:.2f}, cosine {cosine:.3f}); shared terms: {terms}",
    ),
    "lost": Message("“{expected}”：{step}", "“{expected}”: {step}"),
    "confidence": Message("（{word}，{confidence:.2f}）", "({word}, {confidence:.2f})"),
    "by_meaning": Message(
        "这一句与问题几乎没有相同的词，是按意思找到的，请核对。",
        "This sentence shares hardly a word with the question; it was found by its meaning. Please check it.",
    ),
    "times": Message("文中{meanings}。", "In the article {meanings}."),
    "time_is": Message("“{word}”即{meaning}", "“{word}” is {meaning}"),
    "time_until": Message("“{word}”{meaning}", "“{word}” runs {meaning}"),
    "comma": Message("，", ", "),
}
