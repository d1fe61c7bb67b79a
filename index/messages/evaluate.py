"""What qa.evaluate says of questions, floors and damage. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_ROW = (
    "每行是一个对象，有 question 和 answers（或 answer）。",
    "Each line is an object with question and answers (or answer).",
)

_FILE = ("请指明 UTF-8 编码、每行一个 JSON 的文件。", "Name a file of JSON lines in UTF-8.")
_SAVE = ("请在成绩够好时用 --save 生成这个文件。", "Make the file with --save on figures that are good enough.")

MESSAGES = {
    "cannot_read": Message("{path}：读不了（{reason}）。", "{path}: cannot be read ({reason}).", *_FILE),
    "no_text": Message("{path}：不是 UTF-8 编码的文字。", "{path}: not text in UTF-8.", *_FILE),
    "not_a_question": Message("{path}:{line}：不是问题。", "{path}:{line}: not a question.", *_ROW),
    "no_questions": Message("{path}：里面没有问题。", "{path}: no questions in it.", *_ROW),
    "cannot_read_floors": Message(
        "{path}：下限文件读不了（{reason}）。", "{path}: cannot read the floors file ({reason}).", *_SAVE
    ),
    "no_floors": Message("{path}：不是 --save 存下的下限。", "{path}: not floors that --save kept.", *_SAVE),
    "no_texts": Message(
        "--damage 需要可以损坏的原文。",
        "--damage needs the texts it is to damage.",
        "请使用带有 passage 的问题，并且不写 --store。",
        "Use rows that carry their passage, and leave --store out.",
    ),
    "needs_opencc": Message(
        "--damage 需要 opencc 这个包，现在没有安装。",
        "--damage needs the package opencc, which is not installed.",
        "pip install -e '.[bench]'",
        "pip install -e '.[bench]'",
    ),
    "cannot_write": Message(
        "{path}：写不了（{reason}）。",
        "{path}: cannot be written ({reason}).",
        "请用 --save 换一个文件。",
        "Name another file with --save.",
    ),
    "below_floor": Message("{metric}：{measured}，低于下限 {floor}", "{metric}: {measured}, below its floor {floor}"),
    "description": Message(
        "用有标准答案的问题度量检索、回答和沉默。",
        "Measure retrieval, answers and silence on questions with known answers.",
    ),
    "exit_codes": Message(
        "退出码：0 量完，1 低于下限，2 用法有误，3 程序错误",
        "exit codes: 0 measured, 1 below a floor, 2 something to put right, 3 a bug",
    ),
    "questions": Message(
        "每行一个问题：question，和 answers 或 answer；可以有 passage、article、title",
        "rows with question, and answers or answer; optionally passage, article, title",
    ),
    "store": Message(
        "向哪个资料库提问（默认：用各行的 passage 临时建一个；没有 passage 时与 qa.ask 相同）",
        "the store to ask (default: one made of the rows' passages, else as qa.ask)",
    ),
    "model": Message("用各行的 passage 建库时的向量模型", "embedding model for a store made of the rows' passages"),
    "rerank": Message("用这个交叉编码模型给段落排序", "put passages in order with this cross-encoder"),
    "reader": Message(
        "用这个抽取式问答模型找答案；joint 是自带的合读模型",
        "find answers with this extractive question-answering model; joint: the joint reader that ships",
    ),
    "json": Message("各项度量，一个 JSON 对象", "the metrics as one JSON object"),
    "damage": Message(
        "再用损坏后的原文和打错字的问题各量一次",
        "also the same questions against damaged texts, and questions with a typing error",
    ),
    "save": Message("把这次的数字作为下限存进一个文件", "keep these figures as floors in a file"),
    "floors": Message(
        "与 --save 存下的下限比较；有一项低于下限，退出码就是 1",
        "compare with floors that --save kept; exit code 1 if one is undercut",
    ),
}
