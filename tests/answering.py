"""Ask questions of made-up articles: a store of its own for each module of tests, answered by the light models."""

from contextlib import contextmanager

from index.store.filters import Filters
from index.stores import open_store
from index.updating import reindex
from qa.answering import Settings, answer_question, load_models


@contextmanager
def answering(folder, articles):
    """Index the articles, texts by the names of their files, and yield what answers a question with a reply.

    It takes the question and the one before it, "" for none.
    """
    for name, text in articles.items():
        (folder / name).write_text(text, encoding="utf-8")
    reindex(folder / "store", [folder / name for name in articles])
    with open_store(folder / "store") as store:
        models = load_models(store, Settings(fast=True))
        yield lambda question, before="": answer_question(store, models, question, 5, Filters(), before)
