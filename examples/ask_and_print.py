"""Ask one question and print the answer with its source: python examples/ask_and_print.py STORE QUESTION."""

import sys

import zhiwen

store, question = sys.argv[1:]
with zhiwen.open(store) as library:
    answer = library.ask(question)
if answer.abstained:
    print(f"没有答案：{answer.reason}")
else:
    article = answer.passages[answer.citations[0].passage - 1].article
    print(f"{answer.text}（{answer.confidence:.2f}）")
    print(f"{answer.sentence} ——《{article.title}》{article.date or ''}")
