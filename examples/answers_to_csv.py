"""Answer a file with one question on each line, as csv on standard output.

python examples/answers_to_csv.py STORE QUESTIONS
"""

import csv
import sys
from pathlib import Path

import zhiwen

store, questions = sys.argv[1:]
writer = csv.writer(sys.stdout)
writer.writerow(["question", "answer", "sentence", "confidence", "reason"])
with zhiwen.open(store) as library:
    for question in Path(questions).read_text(encoding="utf-8").split("\n"):
        if question.strip():
            answer = library.ask(question)
            writer.writerow([question, answer.text, answer.sentence, answer.confidence, answer.reason])
