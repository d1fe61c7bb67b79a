"""What can be wrong with a question, the store that is asked, or the models. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_LINE_ZH = '一行写一个问题，或一个 JSON 对象，写在一行里：{{"question": "拓源产值", "k": 3}}'
_LINE_EN = 'Write a question on a line, or a JSON object, all on one line: {{"question": "拓源产值", "k": 3}}'

MESSAGES = {
    "empty_question": Message(
        "问题是空的。",
        "The question is empty.",
        '可以这样问：python -m qa.ask "拓源产值"',
        'Ask something like: python -m qa.ask "拓源产值"',
    ),
    "no_words": Message(
        "问题里没有文字：{question}",
        "The question holds no words: {question}",
        '可以这样问：python -m qa.ask "拓源产值"',
        'Ask something like: python -m qa.ask "拓源产值"',
    ),
    "too_long": Message(
        "问题有 {length} 个字，超过了 {most} 个。",
        "The question has {length} characters, more than {most}.",
        "请用一句话或几个关键词来问。",
        "Ask in a sentence or with a few keywords.",
    ),
    "no_question": Message(
        "没有问题。",
        "There is no question.",
        '请写出问题：python -m qa.ask "拓源产值"；或从标准输入读入，一行一个。',
        'Write one: python -m qa.ask "拓源产值"; or send questions through standard input, one a line.',
    ),
    "broken_json": Message(
        "这一行以 {{ 开头，却不是 JSON 对象：从第 {column} 个字起读不下去。",
        "The line begins with {{ and is no JSON object: it cannot be read from character {column} on.",
        _LINE_ZH,
        _LINE_EN,
    ),
    "no_object": Message(
        "这一行是 JSON，但不是对象。",
        "The line is JSON, but no object.",
        _LINE_ZH,
        _LINE_EN,
    ),
    "question_missing": Message(
        "这一行的 JSON 对象里没有 question。",
        "The JSON object of the line has no question.",
        _LINE_ZH,
        _LINE_EN,
    ),
    "not_a_count": Message(
        "“k” 不是 1 或更大的整数：{k}",
        "“k” is no whole number of 1 or more: {k}",
        "不写 k 就是 -k 的段数，默认 5 段。",
        "Leave k out for the number of -k, 5 by default.",
    ),
    "not_a_string": Message(
        "“{name}” 不是文字。",
        "“{name}” is not a string.",
        "每行的 JSON 对象里，question、after、since、until、source、article 都是文字，k 是整数。",
        "In a line's JSON object question, after, since, until, source and article are strings, k is a whole number.",
    ),
    "too_few_passages": Message(
        "-k {k}：至少要 1 段。",
        "-k {k}: at least 1 passage is needed.",
        "不写 -k 就是 5 段。",
        "Leave -k out for 5.",
    ),
    "no_store_no_corpus": Message(
        "{path}：那里没有资料库，也没有可以用来建库的 corpus/。",
        "{path}: no store there, and no corpus/ to make one from.",
        "请对您的文章文件夹运行 python -m index.reindex 文件夹，或用 --store 指明别的资料库。",
        "Run python -m index.reindex FOLDER with your folder of articles, or name another --store.",
    ),
    "first_indexing": Message(
        "{path}：第一次建库还没有完成。",
        "{path}: its first indexing has not finished.",
        "请等它完成，或再运行一次 python -m index.reindex 文件夹。",
        "Wait for it, or run python -m index.reindex FOLDER again.",
    ),
    "other_model": Message(
        "{path}：是用模型 {model} 的另一个版本建的。",
        "{path}: made with another version of the model {model}.",
        "请再运行一次 python -m index.reindex 文件夹，全部内容会重新计算向量。",
        "Run python -m index.reindex FOLDER once more; it embeds everything again.",
    ),
    "indexing_sample": Message(
        "还没有资料库，正在用 {corpus}/ 建立 {path} …",
        "no store yet; indexing {corpus}/ into {path} …",
    ),
    "indexed_sample": Message(
        "共 {articles} 篇文章，{passages} 段，用时 {seconds:.1f} 秒。",
        "{articles} articles, {passages} passages in {seconds:.1f} s.",
    ),
    "not_an_address": Message(
        "--llm {url}：不是网址。",
        "--llm {url}: not an address.",
        "请写成 http://localhost:8000/v1 这样。",
        "Write it as http://localhost:8000/v1.",
    ),
    "no_model_named": Message(
        "--llm：没有写模型的名字。",
        "--llm: no model named.",
        "请加上 --llm-model 名字，按服务方的叫法。",
        "Add --llm-model NAME, as the endpoint calls it.",
    ),
    "needs_openai": Message(
        "--llm 需要 openai 这个包。",
        "--llm needs the package openai.",
        "pip install -e '.[llm]'",
        "pip install -e '.[llm]'",
    ),
    "not_a_reader": Message(
        "模型 {name} 没有学过回答问题。",
        "The model {name} was not trained to answer questions.",
        "请换一个抽取式问答模型。",
        "Name an extractive question-answering model.",
    ),
    "no_fast_tokenizer": Message(
        "阅读模型 {name} 没有快速分词器，无法指出答案的位置。",
        "The reader {name} has no fast tokenizer, so its answers have no places.",
        "请换一个模型。",
        "Name another model.",
    ),
    "no_vocabulary": Message(
        "阅读模型 {name} 没有自己的词表。",
        "The reader {name} has no vocabulary of its own.",
        "请指明同时含有分词器的文件夹。",
        "Name a folder that holds its tokenizer as well.",
    ),
    "not_a_reranker": Message(
        "模型 {name} 对一对文字给出 {labels} 个分数。",
        "The model {name} gives {labels} scores to a pair of texts.",
        "请换一个只给一个分数的排序模型。",
        "Name a reranker that gives one.",
    ),
    "no_phrase": Message(
        "--why-not：需要一句话或文件名。",
        "--why-not: a phrase or a file's name is needed.",
        "请从您期待的文章里抄几个词。",
        "Copy a few words from the article you expected.",
    ),
}
