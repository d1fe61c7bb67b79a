"""Articles, questions and what a store is compared by: what all tests of stores share."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from index.embedding.static import bundled_model
from index.milvus.cluster import ARTICLES, Cluster
from index.milvus.generations import read_state
from index.milvus.store import whole_articles
from index.store.database import connect
from index.store.filters import Filters
from index.stores import open_store
from qa.question import understand
from qa.search import search

FOOT = "青岚观察网每天与您一起看青岚"


BODIES = (
    "拓源实业今年的产值达到30亿元以上，比去年翻了一番。\n厂里的负责人说，新车间下半年就能投产。",
    "塞纳威旅居车项目总投资20亿元，预计年底投产。\n项目负责人说，设备已经全部运到了工地上。",
    "青岚有轨电车一号线全长18.6公里，总投资31.2亿元。\n市民说，坐电车上班比从前快了二十分钟。",
    "云岫县春茶的批发价是每斤420元，比去年贵了一成。\n茶农说，今年雨水足，采茶的日子比往年早。",
    "望潮乡的视讯门诊让候诊时间缩短到40分钟左右。\n医生说，手环第一批就发出去了450只。",
    "竹汐市智慧校园项目的全部经费是4860万元左右。\n校长说，书声云平台本学期开始全面使用。",
)


EVERY = Filters()


QUESTIONS = ("拓源产值", "旅居车项目总投资多少", "有轨电车有多长", "春茶批发价", "负责人说了什么", "青岚观察网")


def page(number, foot=False):
    title = BODIES[number].split("，")[0][:12]
    return f"{title}\n\n{BODIES[number]}\n" + (
        f"\n{FOOT}\n" if foot else "\n本页到此为止，谢谢您的阅读和关注，我们下次再见。\n"
    )


def fill(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def hits(store, question, k=10, filters=EVERY):
    return search(store, bundled_model(), understand(question), k, filters)


def shown(place, questions=QUESTIONS):
    """What the questions find, without ids; a copy stands for all of its duplicates."""

    def told(hit):
        return -hit.score, "" if hit.copies else hit.stored.article.path, hit.stored.passage.text, len(hit.copies)

    with open_store(place) as store:
        return [sorted(map(told, hits(store, question, 50))) for question in questions]


def first(place, question):
    """(file name, copies) of the best hit, None if there is none."""
    with open_store(place) as store:
        found = hits(store, question, 1)
    return (Path(found[0].stored.article.path).name, len(found[0].copies)) if found else None


def did(report):
    return report.added, report.changed, report.removed, report.unchanged


class Counting:
    """The bundled model, remembering what it was given."""

    def __init__(self, model, fails_after=None):
        self.name, self.fingerprint, self.dimension = model.name, model.fingerprint, model.dimension
        self.texts, self._model, self._fails_after = [], model, fails_after

    def encode(self, texts, *, query=False):
        self.texts += texts
        if self._fails_after is not None and len(self.texts) > self._fails_after:
            raise RuntimeError("the model broke")
        return self._model.encode(texts, query=query)


NAMES = ("a.txt", "b.txt", "c.txt", "d.txt", "rows.jsonl")
CHANGE = st.tuples(st.sampled_from(NAMES), st.none() | st.tuples(st.integers(0, len(BODIES) - 1), st.booleans()))
RUNS = st.lists(st.lists(CHANGE, min_size=1, max_size=4), min_size=2, max_size=5)


def apply(folder, name, content):
    file = folder / name
    if content is None:
        file.unlink(missing_ok=True)
    elif name.endswith(".jsonl"):
        texts = (page(*content), page((content[0] + 1) % len(BODIES), content[1]))
        file.write_text(
            "".join(json.dumps({"id": f"row{i}", "text": text}) + "\n" for i, text in enumerate(texts)),
            encoding="utf-8",
        )
    else:
        file.write_text(page(*content), encoding="utf-8")


def long_text(sentences=60):
    return "".join(
        f"第{i}号工厂的负责人介绍，今年产值达到{3 * i + 1}亿元以上，比去年增长了{7 * i + 2}个百分点。"
        for i in range(sentences)
    )


class Short:
    """Another model: vectors of eight numbers."""

    name, fingerprint, dimension = "short", "short-1", 8

    def encode(self, texts, *, query=False):
        vectors = np.array([[1 + len(text) % (i + 2) for i in range(8)] for text in texts], np.float32).reshape(-1, 8)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def contents(place):
    """Everything the passages of a store are, by path instead of by id; articles without any are in it too."""
    return _in_folder(place) if isinstance(place, Path) else _on_server(place)


def _in_folder(folder):
    with closing(connect(folder, write=False)) as database:
        return database.execute(
            "SELECT a.path, a.title, a.duplicate_group, a.digits_lost, p.start, p.end, p.removed, p.hash, p.vector,"
            " a.text FROM articles a LEFT JOIN passages p ON p.article = a.id ORDER BY 1, 5, 8"
        ).fetchall()


def _on_server(address):
    with closing(Cluster(address)) as cluster:
        state = read_state(cluster, "Strong")
        passages = {}
        for row in cluster.rows(
            state.settings.passages, state.where, ["key", "start", "end", "removed", "hash", "vector"], "Strong"
        ):
            vector = np.array(row["vector"], np.float32).tobytes()
            passages.setdefault(row["key"], []).append((row["start"], row["end"], row["removed"], row["hash"], vector))
        articles = list(
            cluster.rows(ARTICLES, state.where, ["path", "key", "title", "duplicate_group", "digits_lost"], "Strong")
        )
        texts = whole_articles(cluster, [row["key"] for row in articles])
    return sorted(
        (
            (row["path"], row["title"], row["duplicate_group"], row["digits_lost"], *passage, texts[row["key"]].text)
            for row in articles
            for passage in passages.get(row["key"], [(None,) * 5])
        ),
        key=lambda row: (row[0], row[4] or 0, row[7] or ""),
    )


def paths(place):
    """The paths of all articles, ordered."""
    with open_store(place) as store:
        return [article.path for article in store.articles()]


def ids(place):
    """The ids of all articles, by path."""
    with open_store(place) as store:
        return {article.path: article.id for article in store.articles()}


def agrees(place):
    """What searches and what is kept are of the same passages."""
    held = contents(place)
    with open_store(place) as store:
        assert store.faults() == []
        assert store.counts() == (len(paths(place)), sum(row[4] is not None for row in held))
        assert len(store) == store.counts()[1]
