"""The labels of progress bars. Knows the words only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "reading": Message("读取", "reading"),
    "file": Message("{name}", "{name}"),
    "indexing": Message("编入", "indexing"),
    "terms": Message("词索引", "term index"),
    "writing": Message("写入", "writing"),
    "recognizing": Message("文字识别", "recognizing text"),
    "cleaning": Message("清洗", "cleaning"),
    "comparing": Message("比对", "comparing"),
}
