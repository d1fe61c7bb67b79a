"""What qa.ask says around its answers. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "welcome": Message(
        "知闻：请输入问题，回车提交；空行、“退出”、“exit”或 Ctrl-D 结束。",
        "zhiwen: type a question and press Enter; an empty line, “exit” or Ctrl-D ends.",
    ),
    "prompt": Message("问> ", "ask> "),
    "model_failed": Message(
        "{model}：{reason}；以原文里的答案为准。", "{model}: {reason}; the answer from the text stands."
    ),
    "line": Message("第 {number} 行：", "line {number}: "),
    "description": Message(
        "向自己的文章提问：答案、它所在的句子和最近的段落。",
        "Ask your articles: the answer, the sentence it stands in, and the passages.",
    ),
    "exit_codes": Message(
        "退出码：0 有答案，1 没有答案，2 用法有误，3 程序错误；用 - 时，每行都处理过就是 0，"
        "问不成的行也算，--json 时是带 error 的一行",
        "exit codes: 0 answered, 1 no answer, 2 something to put right, 3 a bug; with -, 0 when every "
        "line was handled, also those in error, which --json gives as a line with error",
    ),
    "question": Message(
        "问题或关键词；几个词合成一个问题；- 或管道：每行一个问题；不写则进入对话",
        "a question or keywords; several words make one question; - or a pipe: one a line; none opens a prompt",
    ),
    "json": Message("每个问题一个 JSON 对象", "one JSON object a question"),
    "full": Message("在终端上也显示整段，与管道里一样", "show passages whole on a terminal, as in a pipe"),
    "passages": Message("列出几段（默认 5）", "how many passages (default 5)"),
    "since": Message("只要这一天或更晚的文章，如 2024-05-31", "only articles of this date or later, as 2024-05-31"),
    "until": Message("只要这一天或更早的文章", "only articles of this date or earlier"),
    "source": Message("只要来源里含有这个名字的文章", "only articles whose source holds this name"),
    "article": Message("只要这个编号或路径的文章", "only the article with this id or path"),
    "after": Message(
        "刚刚问过的上一问；这一问是追问时，靠它理解",
        "the question asked just before this one, by which a follow-up is understood",
    ),
    "no_followups": Message("对话里每个问题都单独理解", "at the prompt, take each question by itself"),
    "why_not": Message("说明这句话或这个文件丢在哪一步", "say which step lost this phrase or file"),
    "explain": Message(
        "说明每段为什么在这里：两路得分、相同的词", "why each passage is there: both scores, matched terms"
    ),
}
