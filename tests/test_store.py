"""The store: what goes in comes out, whatever happens to the folder between and beside."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import index.embedding
import index.legs
import index.reading
import index.store
import index.truth
from index.embedding import bundled_model
from index.errors import UserError
from index.reindex import reindex, remove
from index.store import Filters, Store, exists
from index.terms import TermLeg
from index.truth import connect
from index.vectors import VectorLeg
from index.writer import writing
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
    return f"{title}\n\n{BODIES[number]}\n" + (f"\n{FOOT}\n" if foot else "\n本页到此为止，谢谢您的阅读和关注，我们下次再见。\n")


def fill(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def hits(store, question, k=10, filters=EVERY):
    return search(store, bundled_model(), understand(question), k, filters)


def shown(folder, questions=QUESTIONS):
    """What the questions find, without ids; a copy stands for all of its story."""

    def told(hit):
        return -hit.score, "" if hit.copies else hit.found.article.path, hit.found.passage.text, len(hit.copies)

    with Store(folder) as store:
        return [sorted(map(told, hits(store, question, 50))) for question in questions]


def first(folder, question):
    """(file name, copies) of the best hit, None if there is none."""
    with Store(folder) as store:
        found = hits(store, question, 1)
    return (Path(found[0].found.article.path).name, len(found[0].copies)) if found else None


def did(report):
    return report.added, report.changed, report.removed, report.unchanged


def rows(folder, query):
    with closing(connect(folder, write=False)) as database:
        return database.execute(query).fetchall()


def truth(folder):
    """Everything the passages of a store are, by path instead of by id."""
    return rows(
        folder,
        "SELECT a.path, a.title, a.story, a.digits_lost, p.start, p.end, p.removed, p.hash, p.vector, a.text"
        " FROM articles a LEFT JOIN passages p ON p.article = a.id ORDER BY 1, 5",
    )


def agrees(folder):
    with Store(folder) as store:
        ids = {row[0] for row in rows(folder, "SELECT id FROM passages")}
        assert store.terms.ids() == ids
        assert store.vectors.ids() == ids
        assert len(store.terms) == len(store.vectors) == len(ids)
        assert store.generation == int(rows(folder, "SELECT value FROM settings WHERE name = 'generation'")[0][0])
        assert store.faults() == []


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


@pytest.fixture
def embedded(monkeypatch):
    """The texts given to the embedder by every run from here on."""
    counting = Counting(bundled_model())
    monkeypatch.setattr(index.embedding, "load_embedder", lambda _: counting)
    return counting.texts


@pytest.fixture
def corpus(tmp_path):
    return fill(tmp_path / "corpus", a=page(0), b=page(1), c=page(2), d=page(3))


@pytest.fixture
def kept(corpus, tmp_path):
    folder = tmp_path / "store"
    assert did(reindex(folder, [corpus])) == (4, 0, 0, 0)
    return folder


@pytest.fixture
def copy(sample_store, tmp_path):
    return Path(shutil.copytree(sample_store, tmp_path / "copy"))


def test_add_change_remove(corpus, kept):
    assert first(kept, "拓源产值") == ("a.txt", 0)
    assert did(reindex(kept, [fill(corpus, e=page(4))])) == (1, 0, 0, 4)
    assert first(kept, "视讯门诊 候诊时间") == ("e.txt", 0)
    assert did(reindex(kept, [fill(corpus, e=page(5))])) == (0, 1, 0, 4)
    assert first(kept, "智慧校园 经费") == ("e.txt", 0)
    with Store(kept) as store:
        assert not any("视讯门诊" in hit.found.passage.text for hit in hits(store, "视讯门诊 候诊时间", 50))
    (corpus / "e.txt").unlink()
    report = reindex(kept, [corpus])
    assert (did(report), report.articles, report.generation) == ((0, 0, 1, 4), 4, 4)
    with Store(kept) as store:
        assert {Path(hit.found.article.path).name for hit in hits(store, "智慧校园 经费", 50)} == {"a.txt", "b.txt", "c.txt", "d.txt"}
    agrees(kept)


def test_a_file_that_comes_back_is_added_again(corpus, kept):
    before = truth(kept)
    (corpus / "a.txt").rename(corpus.parent / "aside")
    assert did(reindex(kept, [corpus])) == (0, 0, 1, 3)
    (corpus.parent / "aside").rename(corpus / "a.txt")
    assert did(reindex(kept, [corpus])) == (1, 0, 0, 3)
    assert truth(kept) == before
    agrees(kept)


_NAMES = ("a.txt", "b.txt", "c.txt", "d.txt", "rows.jsonl")
_CHANGE = st.tuples(st.sampled_from(_NAMES), st.none() | st.tuples(st.integers(0, len(BODIES) - 1), st.booleans()))
_RUNS = st.lists(st.lists(_CHANGE, min_size=1, max_size=4), min_size=2, max_size=5)


def _apply(folder, name, content):
    file = folder / name
    if content is None:
        file.unlink(missing_ok=True)
    elif name.endswith(".jsonl"):
        texts = (page(*content), page((content[0] + 1) % len(BODIES), content[1]))
        file.write_text("".join(json.dumps({"id": f"row{i}", "text": text}) + "\n" for i, text in enumerate(texts)), encoding="utf-8")
    else:
        file.write_text(page(*content), encoding="utf-8")


def _lived(place, runs):
    """(a store that went through all runs, a store made of the last state)."""
    folder = fill(place / "corpus", z=page(0, foot=True), y=page(1, foot=True))
    reindex(place / "lived", [folder])
    for changes in runs:
        for name, content in changes:
            _apply(folder, name, content)
        reindex(place / "lived", [folder])
    reindex(place / "fresh", [folder])
    return place / "lived", place / "fresh"


# Small stores make their legs again at every change; large ones, for which nothing is small, change them in place.
_HOW = pytest.mark.parametrize("small", [index.legs._SMALL, -1], ids=["made again", "changed in place"])


@_HOW
@settings(max_examples=15)
@given(runs=_RUNS)
def test_any_history_leaves_the_truth_and_the_ids_of_a_fresh_store(small, runs):
    with tempfile.TemporaryDirectory() as place, patch.object(index.legs, "_SMALL", small):
        lived, fresh = _lived(Path(place), runs)
        assert truth(lived) == truth(fresh)
        agrees(lived)


@settings(max_examples=10, phases=[Phase.generate])
@given(_RUNS)
def test_any_history_searches_like_a_fresh_store(runs):
    with tempfile.TemporaryDirectory() as place:
        lived, fresh = _lived(Path(place), runs)
        assert [[hit[1:] for hit in found] for found in shown(lived)] == [[hit[1:] for hit in found] for found in shown(fresh)]
        scores = [[-hit[0] for found in shown(folder) for hit in found] for folder in (lived, fresh)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_scores_do_not_tell_what_was_there_before(corpus, kept, tmp_path):
    for again in range(3):
        reindex(kept, [fill(corpus, b=f"拓源的产值和有轨电车，第{again}次改写的稿子，与投资多少无关。\n")])
    reindex(kept, [fill(corpus, b=page(1))])
    reindex(tmp_path / "fresh", [corpus])
    scores = [[-hit[0] for found in shown(folder) for hit in found] for folder in (kept, tmp_path / "fresh")]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


@_HOW
def test_a_reader_keeps_its_generation_until_refresh(small, corpus, kept, monkeypatch):
    monkeypatch.setattr(index.legs, "_SMALL", small)
    with Store(kept) as reader:
        before = [hits(reader, question) for question in QUESTIONS]
        for number, body in ((4, 5), (5, 4)):
            fill(corpus, a=page(body), new=page(number))
            (corpus / "b.txt").unlink(missing_ok=True)
            reindex(kept, [corpus])
        with writing(kept) as writer:
            writer.rebuild()
        assert [hits(reader, question) for question in QUESTIONS] == before
        assert (reader.generation, reader.counts()[0], reader.faults()) == (1, 4, [])
        assert reader.refresh() is True
        assert (reader.generation, reader.counts()[0], reader.faults()) == (3, 4, [])
        assert [Path(hit.found.article.path).name for hit in hits(reader, "视讯门诊 候诊时间", 1)] == ["a.txt"]
        assert not any(hit.found.article.path.endswith("b.txt") for question in QUESTIONS for hit in hits(reader, question, 50))
        assert reader.refresh() is False


def test_swapped_texts(corpus, kept):
    fill(corpus, a=page(1), b=page(0))
    assert did(reindex(kept, [corpus])) == (0, 2, 0, 2)
    assert (first(kept, "拓源产值"), first(kept, "旅居车")) == (("b.txt", 0), ("a.txt", 0))
    agrees(kept)


def test_swapped_rows_of_one_file(tmp_path):
    texts = ["拓源实业今年的产值达到30亿元以上。", "塞纳威旅居车的新项目投资20亿元整。"]
    folder, store = tmp_path / "corpus", tmp_path / "store"
    folder.mkdir()
    for order, expected in ((texts, "row0"), (texts[::-1], "row1")):
        rows_of_it = (json.dumps({"id": f"row{n}", "text": text}) + "\n" for n, text in enumerate(order))
        (folder / "rows.jsonl").write_text("".join(rows_of_it), encoding="utf-8")
        report = reindex(store, [folder])
        with Store(store) as opened:
            assert hits(opened, "拓源产值", 1)[0].found.article.id == expected
    assert did(report) == (0, 2, 0, 0)
    agrees(store)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("change", ["text", "title", "date", "gone", "new", "swapped"])
def test_of_a_table_only_the_rows_that_changed_are_made_again(change, named, tmp_path, monkeypatch):
    folder, store = tmp_path / "corpus", tmp_path / "store"
    folder.mkdir()
    table = [{"id": f"r{n}", "title": f"第{n}号通告", "date": "2024-03-05", "text": BODIES[n]} for n in range(5)]

    def write():
        rows_of_it = ({key: value for key, value in row.items() if named or key != "id"} for row in table)
        (folder / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of_it), encoding="utf-8")

    write()
    reindex(store, [folder])
    made = []
    article = index.reading._article
    monkeypatch.setattr(index.reading, "_article", lambda name, own, *rest: made.append(own) or article(name, own, *rest))
    if change == "gone":
        del table[1]
    elif change == "new":
        table.insert(0, {"id": "r9", "title": "第9号通告", "date": "2024-03-06", "text": BODIES[5]})
    elif change == "swapped":
        table[1]["text"], table[2]["text"] = table[2]["text"], table[1]["text"]
    else:
        table[2][change] = {"text": BODIES[5], "title": "又一号通告", "date": "2024-03-07"}[change]
    write()
    report = reindex(store, [folder])
    if named:
        assert did(report) == {"gone": (0, 0, 1, 4), "new": (1, 0, 0, 5), "swapped": (0, 2, 0, 3)}.get(change, (0, 1, 0, 4))
        assert made == {"gone": [], "new": ["r9"], "swapped": ["r1", "r2"]}.get(change, ["r2"])
    else:  # a row without an id is known by its place
        assert did(report) == {"gone": (0, 3, 1, 1), "new": (1, 5, 0, 0), "swapped": (0, 2, 0, 3)}.get(change, (0, 1, 0, 4))
        assert len(made) == {"gone": 3, "new": 6, "swapped": 2}.get(change, 1)
    monkeypatch.undo()
    reindex(tmp_path / "fresh", [folder])
    assert sorted(truth(store)) == sorted(truth(tmp_path / "fresh"))
    agrees(store)


def test_swapped_files_of_one_size_and_time(tmp_path):
    """As mv does with files out of an archive, whose times are whole seconds."""
    a, b = "拓源实业今年的产值达到30亿元以上。", "塞纳威旅居车的新项目投资20亿元整。"
    assert len(a.encode()) == len(b.encode())
    folder = fill(tmp_path / "corpus", a=a, b=b)
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    reindex(tmp_path / "store", [folder])
    (folder / "a.txt").rename(tmp_path / "aside")
    (folder / "b.txt").rename(folder / "a.txt")
    (tmp_path / "aside").rename(folder / "b.txt")
    reindex(tmp_path / "store", [folder])
    assert (first(tmp_path / "store", "拓源产值"), first(tmp_path / "store", "旅居车")) == (("b.txt", 0), ("a.txt", 0))


def test_the_second_run_does_nothing(corpus, kept, embedded):
    def state():
        files = {path.name: path.read_bytes() for path in [*kept.glob("vectors-*"), *(kept / "terms").iterdir()]}
        return rows(kept, "SELECT * FROM settings"), rows(kept, "SELECT * FROM passages"), rows(kept, "SELECT * FROM articles"), files

    before = state()
    report = reindex(kept, [corpus])
    assert (did(report), report.generation, embedded) == ((0, 0, 0, 4), 1, [])
    assert state() == before


def test_touched_files_are_unchanged(corpus, kept, embedded):
    for file in corpus.iterdir():
        os.utime(file, (1_600_000_000, 1_600_000_000))
    report = reindex(kept, [corpus])
    assert (did(report), report.generation, embedded) == ((0, 0, 0, 4), 1, [])


def test_files_long_unchanged_are_not_read(corpus, kept, monkeypatch):
    clock = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: clock() + 60_000_000_000)  # as if read a minute after they were written
    reindex(kept, [corpus])
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read") if path.suffix == ".txt" else path.open("rb").read())
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 4)


def test_a_change_that_no_clock_shows_is_seen(corpus, kept, monkeypatch):
    """Right after a run, on a disk that keeps times to the second or two."""
    now, stat = time.time_ns(), Path.stat

    def coarse(path, **options):
        exact = stat(path, **options)
        fields = {name: getattr(exact, name) for name in dir(exact) if name.startswith("st_")}
        return SimpleNamespace(**fields | {"st_mtime_ns": now, "st_ctime_ns": now})

    monkeypatch.setattr(Path, "stat", coarse)
    reindex(kept, [corpus])
    fill(corpus, a=page(0).replace("30亿元", "31亿元"))
    assert did(reindex(kept, [corpus])) == (0, 1, 0, 3)


def _long(sentences=60):
    return "".join(f"第{i}号工厂的负责人介绍，今年产值达到{3 * i + 1}亿元以上，比去年增长了{7 * i + 2}个百分点。" for i in range(sentences))


def test_a_renamed_file_is_not_embedded_again(tmp_path, embedded):
    folder = fill(tmp_path / "corpus", long=_long(), other=page(0))
    reindex(tmp_path / "store", [folder])
    assert len(embedded) > 5
    embedded.clear()
    (folder / "long.txt").rename(folder / "renamed.txt")
    assert did(reindex(tmp_path / "store", [folder])) == (1, 0, 1, 1)
    assert embedded == []
    agrees(tmp_path / "store")


def test_one_changed_sentence_embeds_at_most_three_passages(tmp_path, embedded):
    folder = fill(tmp_path / "corpus", long=_long(), other=page(0))
    reindex(tmp_path / "store", [folder])
    embedded.clear()
    fill(folder, long=_long().replace("第30号工厂", "第三十一号新工厂"))
    assert did(reindex(tmp_path / "store", [folder])) == (0, 1, 0, 1)
    assert 1 <= len(embedded) <= 3
    assert all("第三十一号新工厂" in text for text in embedded)
    reindex(tmp_path / "fresh", [folder])
    assert truth(tmp_path / "store") == truth(tmp_path / "fresh")


def test_one_new_article_embeds_only_its_own_passages(corpus, kept, embedded):
    reindex(kept, [fill(corpus, e=page(4))])
    assert len(embedded) == 1
    assert "视讯门诊" in embedded[0]


def _vectors(folder):
    (file,) = folder.glob("vectors-*")
    return file


def _emptied(folder):
    shutil.rmtree(folder / "terms")
    (folder / "terms").mkdir()


def _all_garbage(folder):
    dice = random.Random(2)
    for file in (folder / "terms").iterdir():
        file.write_bytes(dice.randbytes(file.stat().st_size))


def _a_file_for_a_folder(folder):
    shutil.rmtree(folder / "terms")
    (folder / "terms").write_text("not a folder", encoding="utf-8")


_DAMAGE = {
    "vectors truncated": lambda folder: os.truncate(_vectors(folder), _vectors(folder).stat().st_size - 1000),
    "vectors empty": lambda folder: os.truncate(_vectors(folder), 0),
    "vectors garbage": lambda folder: _vectors(folder).write_bytes(random.Random(1).randbytes(5000)),
    "vectors missing": lambda folder: _vectors(folder).unlink(),
    "terms emptied": _emptied,
    "terms deleted": lambda folder: shutil.rmtree(folder / "terms"),
    "terms garbage": _all_garbage,
    "terms list garbage": lambda folder: (folder / "terms" / "meta.json").write_text("{", encoding="utf-8"),
    "terms a file": _a_file_for_a_folder,
}


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE.keys())
def test_a_damaged_leg_is_made_again(damage, copy, sample_store, capsys):
    right = shown(sample_store)
    damage(copy)
    capsys.readouterr()
    with Store(copy) as store:
        assert store.faults() == []
    told = capsys.readouterr().err
    assert told == f"zhiwen: {copy}: the search files were not those of generation 1; made again from the store.\n"
    assert shown(copy) == right
    assert capsys.readouterr().err == ""


_PARTS = ("term", "idx", "pos", "fast", "store", "fieldnorm")


@pytest.mark.parametrize("part", _PARTS)
def test_a_missing_part_of_the_terms_is_made_again(part, copy, sample_store, capfd):
    gone = list((copy / "terms").glob(f"*.{part}"))
    assert gone
    for file in gone:
        file.unlink()
    assert shown(copy) == shown(sample_store)
    assert capfd.readouterr().err.count("\n") == 1


def _scramble(file, start, end):
    data = bytearray(file.read_bytes())
    data[int(len(data) * start) : int(len(data) * end)] = bytes(int(len(data) * end) - int(len(data) * start))
    file.write_bytes(data)


@pytest.mark.parametrize("part", [*_PARTS, "faiss"])
def test_damage_inside_a_leg_gives_no_wrong_answer(part, copy, sample_store, capfd):
    for file in copy.rglob(f"*.{part}"):
        _scramble(file, 0.3, 0.6)
    assert shown(copy) == shown(sample_store)
    assert capfd.readouterr().err.count("\n") <= 1


def test_legs_one_generation_behind_and_ahead(corpus, kept, tmp_path, capsys):
    old = Path(shutil.copytree(kept, tmp_path / "old"))
    reindex(kept, [fill(corpus, a=page(4))])
    new = Path(shutil.copytree(kept, tmp_path / "new"))
    reindex(tmp_path / "fresh", [corpus])
    right = {old: shown(old), new: shown(tmp_path / "fresh")}
    for truth_of, legs_of in ((new, old), (old, new)):
        mixed = Path(shutil.copytree(truth_of, tmp_path / f"mixed-{truth_of.name}"))
        shutil.rmtree(mixed / "terms")
        _vectors(mixed).unlink()
        shutil.copytree(legs_of / "terms", mixed / "terms")
        shutil.copy(_vectors(legs_of), mixed)
        capsys.readouterr()
        assert shown(mixed) == right[truth_of]
        assert capsys.readouterr().err.count("\n") == 1
        agrees(mixed)


def _ends(*_):
    raise KeyboardInterrupt


_PLACES = ((index.legs, "update"), (index.legs, "_save"), (VectorLeg, "save"), (TermLeg, "update"), (Path, "replace"))


@_HOW
@pytest.mark.parametrize(("owner", "name"), _PLACES, ids=[f"{owner.__name__}.{name}" for owner, name in _PLACES])
def test_a_run_that_ends_between_the_truth_and_the_legs(owner, name, small, corpus, kept, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(index.legs, "_SMALL", small)
    fill(corpus, a=page(4), e=page(5))
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, _ends)
        with pytest.raises(KeyboardInterrupt):
            reindex(kept, [corpus])
    left = Path(shutil.copytree(kept, tmp_path / "left"))
    reindex(tmp_path / "fresh", [corpus])
    capsys.readouterr()
    assert shown(kept) == shown(tmp_path / "fresh")
    assert capsys.readouterr().err.count("\n") == 1
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 5)
    agrees(kept)
    # The same where the next to come is not a reader but a writer.
    assert did(reindex(left, [fill(corpus, b=page(0))])) == (0, 1, 0, 4)
    agrees(left)
    assert first(left, "拓源产值") == ("b.txt", 0)


def test_legs_cannot_be_written_while_another_writes(copy, sample_store, capsys, monkeypatch):
    monkeypatch.setattr(index.store, "_PATIENCE", 1.2)
    shutil.rmtree(copy / "terms")
    with index.truth.locked(copy, seconds=0):
        assert shown(copy) == shown(sample_store)
        assert not (copy / "terms").exists()
        assert capsys.readouterr().err == f"zhiwen: {copy}: another process is writing; waiting for its search files.\n"
    assert shown(copy) == shown(sample_store)
    assert (copy / "terms" / "meta.json").is_file()


def test_a_text_file_in_place_of_the_truth(corpus, tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "zhiwen.sqlite").write_text("这不是数据库。\n" * 100, encoding="utf-8")
    for attempt in (lambda: Store(folder), lambda: reindex(folder, [corpus]), lambda: remove(folder, ["a"])):
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.message == f"{folder / 'zhiwen.sqlite'}: damaged or not a store (file is not a database)."
        assert caught.value.hint.startswith("Move it away")
    assert (folder / "zhiwen.sqlite").read_text(encoding="utf-8") == "这不是数据库。\n" * 100


def _halved(file):
    os.truncate(file, file.stat().st_size // 2)


def _holed(file):
    """The settings stay readable, the articles not."""
    _scramble(file, 0.25, 0.75)


@pytest.mark.parametrize("use", ["search", "faults", "articles", "reindex"])
@pytest.mark.parametrize("damage", [_halved, _holed])
def test_a_damaged_truth_is_named(damage, use, copy, corpus):
    damage(copy / "zhiwen.sqlite")
    with pytest.raises(UserError, match="damaged") as caught:
        if use == "reindex":
            reindex(copy, [Path(__file__).parents[1] / "corpus", corpus])
        else:
            with Store(copy) as store:
                {"search": lambda: hits(store, "拓源产值"), "faults": store.faults, "articles": lambda: list(store.articles())}[use]()
    assert str(copy / "zhiwen.sqlite") in caught.value.message


def test_a_store_of_another_format_is_left_alone(corpus, kept):
    with closing(connect(kept, write=True)) as database:
        database.execute("UPDATE settings SET value = '999' WHERE name = 'format'")
    fill(corpus, a=page(4))
    for attempt in (lambda: Store(kept), lambda: reindex(kept, [corpus])):
        with pytest.raises(UserError, match="a store of format 999"):
            attempt()
    assert rows(kept, "SELECT value FROM settings WHERE name IN ('format', 'generation') ORDER BY name") == [("999",), ("1",)]


def test_no_store(tmp_path):
    for attempt in (lambda: Store(tmp_path / "none"), lambda: remove(tmp_path / "none", ["a"])):
        with pytest.raises(UserError, match=f"^{tmp_path / 'none'}: no store there.$"):
            attempt()
    assert not (tmp_path / "none").exists()


@pytest.fixture
def impatient(monkeypatch):
    """Writers that do not wait ten seconds for each other."""
    lock = index.truth.locked
    monkeypatch.setattr(index.truth, "locked", lambda folder, seconds: lock(folder, 0))


def test_the_second_of_two_writers_gives_up(corpus, kept, impatient):
    with writing(kept) as writer:
        writer.remove_article(writer.article_ids()[0])
        for attempt in (lambda: reindex(kept, [corpus]), lambda: remove(kept, [str(corpus / "a.txt")])):
            with pytest.raises(UserError, match=f"^{kept}: another process is writing to this store.$"):
                attempt()
        assert first(kept, "拓源产值") == ("a.txt", 0)
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 4)


def test_a_lock_dies_with_its_process(corpus, kept, impatient):
    program = f"import filelock, sys; lock = filelock.FileLock({str(kept / 'lock')!r}); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match="another process is writing"):
            reindex(kept, [corpus])
        other.kill()
        other.wait()
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 4)


def test_an_error_in_the_middle_of_a_run_changes_nothing(corpus, kept, tmp_path, monkeypatch):
    before, right = truth(kept), shown(kept)
    fill(corpus, a=page(4), e=page(5), f=_long())
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding, "load_embedder", lambda _: Counting(bundled_model(), fails_after=0))
        with pytest.raises(RuntimeError, match="the model broke"):
            reindex(kept, [corpus])
    assert (truth(kept), shown(kept)) == (before, right)
    agrees(kept)
    report = reindex(kept, [corpus])
    assert (did(report), report.generation) == ((2, 1, 0, 3), 2)
    reindex(tmp_path / "fresh", [corpus])
    assert truth(kept) == truth(tmp_path / "fresh")
    agrees(kept)


def test_an_error_in_the_first_run_leaves_no_store(corpus, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding, "load_embedder", lambda _: Counting(bundled_model(), fails_after=0))
        with pytest.raises(RuntimeError, match="the model broke"):
            reindex(tmp_path / "store", [corpus])
    assert not exists(tmp_path / "store")
    with pytest.raises(UserError, match="no store there"):
        Store(tmp_path / "store")
    assert did(reindex(tmp_path / "store", [corpus])) == (4, 0, 0, 0)
    agrees(tmp_path / "store")


class Short:
    """Another model: vectors of eight numbers."""

    name, fingerprint, dimension = "short", "short-1", 8

    def encode(self, texts, *, query=False):
        vectors = np.array([[1 + len(text) % (i + 2) for i in range(8)] for text in texts], np.float32).reshape(-1, 8)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_another_model_embeds_everything_again(corpus, kept, monkeypatch):
    before = truth(kept)
    with Store(kept) as reader:
        with monkeypatch.context() as patched:
            patched.setattr(index.embedding, "load_embedder", lambda _: Short())
            report = reindex(kept, [corpus], model="short")
        assert (did(report), report.generation) == ((0, 0, 0, 4), 2)
        assert (reader.model, reader.dimension, len(hits(reader, "拓源产值"))) == ("bundled", bundled_model().dimension, 4)
        reader.refresh()
        assert (reader.model, reader.fingerprint, reader.dimension, reader.vectors.dimension) == ("short", "short-1", 8, 8)
    agrees(kept)
    assert did(reindex(kept, [corpus], model="bundled")) == (0, 0, 0, 4)
    assert truth(kept) == before


def test_remove_by_id_and_by_path(corpus, kept, monkeypatch):
    ids = dict(rows(kept, "SELECT path, id FROM articles"))
    report = remove(kept, [ids[str(corpus / "a.txt")], str(corpus / "b.txt")])
    assert (did(report), report.articles, report.passages, report.generation) == ((0, 0, 2, 0), 2, 2, 2)
    assert rows(kept, "SELECT path FROM articles ORDER BY path") == [(str(corpus / "c.txt"),), (str(corpus / "d.txt"),)]
    agrees(kept)
    monkeypatch.chdir(corpus.parent)
    assert did(remove(kept, ["corpus/c.txt"])) == (0, 0, 1, 0)
    assert did(remove(kept, [str(corpus / "d.txt")])) == (0, 0, 1, 0)
    with Store(kept) as store:
        assert (store.counts(), hits(store, "拓源产值")) == ((0, 0), [])
    agrees(kept)


def test_remove_takes_every_row_of_a_file(tmp_path):
    folder = fill(tmp_path / "corpus", a=page(0))
    _apply(folder, "rows.jsonl", (2, False))
    reindex(tmp_path / "store", [folder])
    assert did(remove(tmp_path / "store", ["row1"])) == (0, 0, 1, 0)
    assert rows(tmp_path / "store", "SELECT id FROM articles WHERE path LIKE '%rows.jsonl'") == [("row0",)]
    reindex(tmp_path / "again", [folder])
    assert did(remove(tmp_path / "again", [str(folder / "rows.jsonl")])) == (0, 0, 2, 0)
    agrees(tmp_path / "again")


def test_remove_of_something_unknown_removes_nothing(corpus, kept):
    before = truth(kept)
    with pytest.raises(UserError, match=f"^nowhere.txt: no article of this id or path in {kept}.$"):
        remove(kept, [str(corpus / "a.txt"), "nowhere.txt"])
    assert truth(kept) == before
    assert rows(kept, "SELECT value FROM settings WHERE name = 'generation'") == [("1",)]
    agrees(kept)


@pytest.fixture
def dated(tmp_path):
    entries = (
        ("one", "2023-01-31", "青岚日报", "拓源实业今年的产值达到30亿元以上。"),
        ("two", "2023-02-01", "青岚晚报", "拓源实业去年的产值达到15亿元以上。"),
        ("three", "2024-03-05", "贛西觀察網", "拓源实业明年的产值要做到45亿元以上。"),
        ("none", "", "", "拓源实业从前的产值只有几千万元。"),
    )
    folder = tmp_path / "corpus" / "news"
    folder.mkdir(parents=True)
    for name, date, source, text in entries:
        row = {"id": name, "text": text, "date": date, "source": source, "title": f"产值{name}"}
        (folder / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    reindex(tmp_path / "store", [folder])
    return tmp_path / "store"


_FILTERS = (
    (Filters(), "none one three two"),
    (Filters(since="2023-02-01"), "three two"),
    (Filters(since="2024-03-06"), ""),
    (Filters(until="2023-01-31"), "one"),
    (Filters(until="2023-02-01"), "one two"),
    (Filters(since="2023-01-31", until="2023-12-31"), "one two"),
    (Filters(source="青岚"), "one two"),
    (Filters(source="青岚晚报"), "two"),
    (Filters(source="新华社"), ""),
    (Filters(article="three"), "three"),
    (Filters(article="three.jsonl"), "three"),
    (Filters(article="news/three.jsonl"), "three"),
    (Filters(article="./news/three.jsonl"), "three"),
    (Filters(article="ree.jsonl"), ""),
    (Filters(article="three", until="2023-12-31"), ""),
    (Filters(since="2023-01-01", source="日报", article="one"), "one"),
)


@pytest.mark.parametrize(("filters", "expected"), _FILTERS, ids=[str({k: v for k, v in asdict(f).items() if v}) for f, _ in _FILTERS])
def test_filters(filters, expected, dated):
    with Store(dated) as store:
        assert " ".join(sorted(store.matching(filters))) == expected
        assert " ".join(sorted(hit.found.article.id for hit in hits(store, "拓源产值", 10, filters))) == expected


def test_an_absolute_path_is_a_filter(dated):
    with Store(dated) as store:
        path = str(dated.parent / "corpus" / "news" / "two.jsonl")
        assert store.matching(Filters(article=path)) == {"two"}


_HANS = "关于拓源的报道\n2023年2月1日\n\n拓源实业今年的产值达到30亿元以上，比去年翻了一番。\n"
_HANT = "關於拓源的報道\n2023年2月1日\n\n拓源實業今年的產值達到30億元以上，比去年翻了一番。\n"
_DAMAGED = "關於拓源的報道\n2023年2月1日\n\n拓源實業(yè)今年的產(chǎn)值達到30億元以上，比去年翻了一番。\n"


def test_copies_are_one_story_in_any_script(tmp_path):
    folder = fill(tmp_path / "corpus", a=_HANS, b=_HANT, c=_DAMAGED, other=page(2))
    report = reindex(tmp_path / "store", [folder])
    assert (report.articles, report.duplicates) == (4, 2)
    with Store(tmp_path / "store") as store:
        found = hits(store, "拓源产值", 10)
        assert [(Path(hit.found.article.path).name == "other.txt", len(hit.copies)) for hit in found] == [(False, 2), (True, 0)]
        assert len(store.tellers(found[0].found.story)) == 3
    (folder / "a.txt").unlink()
    report = reindex(tmp_path / "store", [folder])
    assert (report.removed, report.duplicates) == (1, 1)
    assert first(tmp_path / "store", "拓源产值") in (("b.txt", 1), ("c.txt", 1))
    fill(folder, c=_DAMAGED.replace("30", "31"))
    assert reindex(tmp_path / "store", [folder]).duplicates == 0
    assert first(tmp_path / "store", "拓源产值")[1] == 0


def test_articles_without_running_text_are_not_copies_of_each_other(tmp_path):
    folder = fill(tmp_path / "corpus", a="责任编辑：张三\n", b="来源：青岚日报\n")
    report = reindex(tmp_path / "store", [folder])
    assert (report.articles, report.passages, report.duplicates) == (2, 0, 0)


def _with_foot(folder):
    return sorted({Path(path).name for path, *_, start, end, _, _, _, text in truth(folder) if FOOT in text[start:end]})


def test_lines_that_recur_leave_the_passages(tmp_path):
    folder, store = fill(tmp_path / "corpus", a=page(0, True), b=page(1, True)), tmp_path / "store"
    reindex(store, [folder])
    assert _with_foot(store) == ["a.txt", "b.txt"]
    assert did(reindex(store, [fill(folder, c=page(2, True))])) == (1, 0, 0, 2)
    assert _with_foot(store) == []
    assert rows(store, "SELECT count(*) FROM passages") == [(3,)]
    (folder / "c.txt").unlink()
    assert did(reindex(store, [folder])) == (0, 0, 1, 2)
    assert _with_foot(store) == ["a.txt", "b.txt"]
    agrees(store)


def test_lines_that_recur_in_copies_of_one_article_do_not_count(tmp_path):
    folder = fill(tmp_path / "corpus", a=page(0, True), b=page(0, True), c=page(0, True), d=page(1, True))
    reindex(tmp_path / "store", [folder])
    assert _with_foot(tmp_path / "store") == ["a.txt", "b.txt", "c.txt", "d.txt"]


def test_remove_gives_back_lines_that_no_longer_recur(tmp_path):
    folder = fill(tmp_path / "corpus", a=page(0, True), b=page(1, True), c=page(2, True))
    reindex(tmp_path / "store", [folder])
    remove(tmp_path / "store", [str(folder / "c.txt")])
    assert _with_foot(tmp_path / "store") == ["a.txt", "b.txt"]


def test_an_id_of_two_files_names_two_articles(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in (("a", BODIES[0]), ("b", BODIES[1])):
        (folder / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": text}), encoding="utf-8")
    report = reindex(tmp_path / "store", [folder])
    assert (report.added, report.articles) == (2, 2)
    ids = [row[0] for row in rows(tmp_path / "store", "SELECT id FROM articles ORDER BY path")]
    assert ids[0] == "same"
    assert ids[1].startswith("same@")
    assert did(reindex(tmp_path / "store", [folder])) == (0, 0, 0, 2)


def test_a_renamed_file_of_rows_keeps_their_ids(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.jsonl").write_text(json.dumps({"id": "own", "text": BODIES[0]}), encoding="utf-8")
    reindex(tmp_path / "store", [folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    reindex(tmp_path / "store", [folder])
    assert rows(tmp_path / "store", "SELECT id FROM articles") == [("own",)]


def _towns(same):
    """Ten articles that tell of one town in like words, or of ten different things."""
    other = ("茶叶", "桥梁", "渔港", "学校", "医院", "工厂", "公园", "剧院", "机场", "书店")
    for number, thing in enumerate(other):
        about = "青岚市举行新闻发布会，介绍全市经济社会发展的有关情况，市民代表参加了会议" if same else f"{thing}的事情只和{thing}有关，{thing * 3}"
        yield f"第{number}号", f"{about}。{thing}今年有{number + 3}处变化，{thing}的人说这是{thing}的一件大事。"


def test_the_overlap_tells_how_much_alike_the_articles_are(tmp_path):
    overlaps = []
    for same in (True, False):
        folder = fill(tmp_path / f"corpus-{same}", **dict(_towns(same)))
        reindex(tmp_path / f"store-{same}", [folder])
        with Store(tmp_path / f"store-{same}") as store:
            overlaps.append(store.overlap)
    assert 0 <= overlaps[1] < overlaps[0] <= 1


def test_one_story_overlaps_with_nothing(tmp_path):
    reindex(tmp_path / "store", [fill(tmp_path / "corpus", a=page(0), b=page(0))])
    with Store(tmp_path / "store") as store:
        assert store.overlap == 0.0


def test_an_empty_store_has_no_overlap(tmp_path):
    corpus = fill(tmp_path / "corpus", a=page(0), b=page(1))
    reindex(tmp_path / "store", [corpus])
    for path in corpus.iterdir():
        path.unlink()
    reindex(tmp_path / "store", [corpus])
    with Store(tmp_path / "store") as store:
        assert store.counts() == (0, 0)
        assert store.overlap == 0.0


def test_the_overlap_does_not_tell_a_stores_history(tmp_path):
    corpus = fill(tmp_path / "corpus", **{str(number): page(number) for number in range(6)})
    reindex(tmp_path / "old", [corpus])
    (corpus / "3.txt").unlink()
    reindex(tmp_path / "old", [corpus])
    fill(corpus, **{"3": page(3)})
    reindex(tmp_path / "old", [corpus])
    reindex(tmp_path / "new", [corpus])
    with Store(tmp_path / "old") as old, Store(tmp_path / "new") as new:
        assert old.overlap == new.overlap > 0


def test_a_changed_overlap_is_noticed(tmp_path, capsys):
    reindex(tmp_path / "store", [fill(tmp_path / "corpus", **{str(number): page(number) for number in range(6)})])
    stated = json.loads((tmp_path / "store" / "legs.json").read_text())
    with Store(tmp_path / "store") as store:
        measured = store.overlap
    for changed in ([measured + 0.5, stated["overlap"][1]], 0.5, [], None):
        (tmp_path / "store" / "legs.json").write_text(json.dumps({**stated, "overlap": changed}))
        with Store(tmp_path / "store") as store:
            assert store.overlap == measured
        assert "made again from the store" in capsys.readouterr().err


def test_a_model_loads_while_others_may_write(corpus, kept, monkeypatch):
    load = index.embedding.load_embedder
    loaded = []

    def slowly(name):
        with index.truth.locked(kept, seconds=0):
            loaded.append(name)
        return load(name)

    monkeypatch.setattr(index.embedding, "load_embedder", slowly)
    reindex(kept, [corpus])
    assert loaded == ["bundled"]
