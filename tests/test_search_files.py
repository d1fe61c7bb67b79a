"""The search files of a store as it grows and shrinks: the vector index changes its kind, the hits stay the same."""

import random
from contextlib import closing

import numpy as np
import pytest

import index.embedding.models
import index.store.search_files
import index.store.vectors
from index.embedding.static import bundled_model
from index.store.database import connect, rows, state
from index.store.filters import Filters
from index.store.folder import Store
from index.store.search_files import deleted_from, opened
from index.updating import reindex
from tests.store_contents import Short, agrees, shown

NAMES = "拓源|塞纳威|青岚|云岫|望潮|竹汐|凌波|长汀|乌石|栖霞|归雁|石浦"
THINGS = "产值|总投资|长度|批发价|门诊量|经费|客流|面积|税收|订单|销量|学位"


def _texts(folder, count, seed=1):
    """So many articles, each of a passage or two."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(seed)
    for number in range(count):
        name, thing, other = (
            chance.choice(NAMES.split("|")),
            chance.choice(THINGS.split("|")),
            chance.choice(THINGS.split("|")),
        )
        day = f"2023-{1 + number % 12:02d}-{1 + number % 28:02d}"
        text = f"{name}{number}号的{thing}是{chance.randrange(9999)}万元，比上一年多出{chance.randrange(99)}%。\n"
        text += f"负责人说，{other}会在下半年公布，市民可以到{name}大厅查询。"
        (folder / f"{number:03d}.txt").write_text(
            f"{name}{number}号公布{thing}\n日期：{day}\n\n{text}\n", encoding="utf-8"
        )


@pytest.fixture
def tiers(monkeypatch):
    """As if twenty passages were many, and sixty very many."""
    monkeypatch.setattr(index.store.vectors, "_EXACT_MOST", 20)
    monkeypatch.setattr(index.store.vectors, "_HALF_MOST", 60)
    monkeypatch.setattr(index.store.vectors, "_PER_LIST", 4)
    monkeypatch.setattr(index.store.search_files, "_SMALL", 0)


def _kind(folder):
    with Store(folder) as store:
        return store.vectors.kind


def test_a_store_that_grows_and_shrinks_finds_the_same(tiers, tmp_path, monkeypatch):
    corpus, folder = tmp_path / "texts", tmp_path / "store"
    kinds = []
    for count in (15, 40, 110, 130, 30, 10):
        for path in corpus.glob("*"):
            path.unlink()
        _texts(corpus, count)
        reindex(folder, [corpus])
        agrees(folder)
        kinds.append(_kind(folder))
    assert kinds == ["exact", "half", "lists", "lists", "half", "exact"]


def test_every_kind_answers_as_numpy_does(tiers, tmp_path):
    _texts(tmp_path / "texts", 110)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    with Store(tmp_path / "store") as store:
        assert store.vectors.kind == "lists"
        stored = rows(store._connection, "SELECT id, vector FROM passages ORDER BY id")
        ids, matrix = [row[0] for row in stored], np.stack([np.frombuffer(row[1], np.float32) for row in stored])
        found = 0
        for number in range(0, 110, 5):
            (vector,) = bundled_model().encode([f"{number}号的产值是多少"], query=True)
            true = [ids[place] for place in np.argsort(-matrix @ vector)[:10]]
            found += len({passage for passage, _ in store.vectors.search(vector, 10)} & set(true))
            cosines = store.cosines(vector, ids)
            assert [cosines[i] for i in ids] == pytest.approx(matrix @ vector, abs=1e-6)
        assert found >= 0.98 * 220


@pytest.mark.parametrize("change", ["add", "remove", "swap"])
def test_a_change_in_place_is_a_store_made_afresh(change, tiers, tmp_path):
    corpus = tmp_path / "texts"
    _texts(corpus, 110)
    reindex(tmp_path / "store", [corpus])
    if change == "add":
        _texts(corpus, 120)
    elif change == "remove":
        (corpus / "007.txt").unlink()
    else:
        a, b = ((corpus / f"00{n}.txt").read_text(encoding="utf-8") for n in (3, 4))
        (corpus / "003.txt").write_text(b, encoding="utf-8")
        (corpus / "004.txt").write_text(a, encoding="utf-8")
    reindex(tmp_path / "store", [corpus])
    agrees(tmp_path / "store")
    reindex(tmp_path / "fresh", [corpus])
    texts = [
        [{hit[2] for hit in found[:20]} for found in shown(tmp_path / name, ["号的产值是多少", "门诊量"])]
        for name in ("store", "fresh")
    ]
    for here, there in zip(*texts, strict=True):
        assert len(here & there) >= 18  # BM25 still counts what is gone


def test_filters_reach_every_list(tiers, tmp_path):
    _texts(tmp_path / "texts", 110)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    with Store(tmp_path / "store") as store:
        may = Filters(since="2023-05-01", until="2023-05-31")
        everything = store.passages(sorted(store.vectors.ids()))
        allowed = {i for i, found in everything.items() if found.article.date.startswith("2023-05")}
        (vector,) = bundled_model().encode(["经费"], query=True)
        assert 5 < len(allowed) < 20
        assert {passage for passage, _ in store.by_vector(vector, 50, may)} == allowed


def test_a_vector_index_that_names_too_few_of_the_nearest_is_made_exact(tiers, tmp_path, monkeypatch, capsys):
    _texts(tmp_path / "texts", 110)
    monkeypatch.setattr(index.store.search_files, "RECALL", 1.01)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    assert _kind(tmp_path / "store") == "exact"


def test_probes_are_there_once_and_go_with_their_model(tiers, tmp_path, monkeypatch):
    _texts(tmp_path / "texts", 15)
    reindex(tmp_path / "store", [tmp_path / "texts"])

    def probes():
        database = connect(tmp_path / "store", write=False)
        found = rows(database, "SELECT id, vector FROM probes")
        database.close()
        return found

    assert probes() == []  # an exact index needs none
    _texts(tmp_path / "texts", 40)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    made = probes()
    assert len(made) == min(200, len(rows_of(tmp_path / "store")))
    assert {len(vector) for _, vector in made} == {4 * bundled_model().dimension}
    _texts(tmp_path / "texts", 41)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    assert probes() == made

    # Small again, made with another model, and large again: the old model's are of no use.
    for count, model in ((10, "bundled"), (10, "short"), (45, "short")):
        for path in (tmp_path / "texts").glob("*"):
            path.unlink()
        _texts(tmp_path / "texts", count)
        with monkeypatch.context() as patched:
            patched.setattr(
                index.embedding.models, "load_embedder", lambda name: Short() if name == "short" else bundled_model()
            )
            reindex(tmp_path / "store", [tmp_path / "texts"], model=model)
    assert {len(vector) for _, vector in probes()} == {4 * Short.dimension}
    with Store(tmp_path / "store") as store:
        assert (store.vectors.dimension, store.faults()) == (Short.dimension, [])


def rows_of(folder):
    database = connect(folder, write=False)
    found = rows(database, "SELECT id FROM passages")
    database.close()
    return found


def test_the_receipt_counts_what_was_deleted_from_each_index(tmp_path):
    _texts(tmp_path / "texts", 12)
    reindex(tmp_path / "store", [tmp_path / "texts"])
    with closing(connect(tmp_path / "store", write=False)) as database:
        search_files = opened(tmp_path / "store", state(tmp_path / "store", database))
    held = sorted(search_files.vectors.ids())
    assert deleted_from(search_files, held[:3]) == (0, 0)  # none of them has left
    assert deleted_from(search_files, [held[0], 9999]) == (1, 1)
    (tmp_path / "texts" / "003.txt").unlink()
    report = reindex(tmp_path / "store", [tmp_path / "texts"])
    assert (report.deleted.passages, report.deleted.terms, report.deleted.vectors) == (1, 1, 1)
