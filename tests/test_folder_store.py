"""The store: what goes in comes out, whatever happens to the folder between and beside."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings

import index.embedding.models
import index.reading.files
import index.reindex
import index.store.database
import index.store.folder
import index.store.search_files
from index.embedding.static import bundled_model
from index.errors import UserError
from index.store.database import connect
from index.store.folder import Store
from index.store.folder_writer import writing
from index.store.terms import TermIndex
from index.store.vectors import VectorIndex
from index.updating import reindex, remove
from tests.store_contents import QUESTIONS, RUNS, Counting, apply, contents, did, fill, first, hits, page, shown


def rows(folder, query):
    with closing(connect(folder, write=False)) as database:
        return database.execute(query).fetchall()


def agrees(folder):
    with Store(folder) as store:
        ids = {row[0] for row in rows(folder, "SELECT id FROM passages")}
        assert store.terms.ids() == ids
        assert store.vectors.ids() == ids
        assert len(store.terms) == len(store.vectors) == len(ids)
        assert store.generation == int(rows(folder, "SELECT value FROM settings WHERE name = 'generation'")[0][0])
        assert store.faults() == []


@pytest.fixture
def embedded(monkeypatch):
    """The texts given to the embedder by every run from here on."""
    counting = Counting(bundled_model())
    monkeypatch.setattr(index.embedding.models, "load_embedder", lambda _: counting)
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


def _lived(place, runs):
    """(a store that went through all runs, a store made of the last state)."""
    folder = fill(place / "corpus", z=page(0, foot=True), y=page(1, foot=True))
    reindex(place / "lived", [folder])
    for changes in runs:
        for name, content in changes:
            apply(folder, name, content)
        reindex(place / "lived", [folder])
    reindex(place / "fresh", [folder])
    return place / "lived", place / "fresh"


# Small stores make their search files again at every change; large ones change them in place.
_HOW = pytest.mark.parametrize("small", [index.store.search_files._SMALL, -1], ids=["made again", "changed in place"])


@_HOW
@settings(max_examples=15)
@given(runs=RUNS)
def test_any_history_leaves_the_database_and_the_ids_of_a_fresh_store(small, runs):
    # A merge of the term index may still write while the folder is removed.
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place,
        patch.object(index.store.search_files, "_SMALL", small),
    ):
        lived, fresh = _lived(Path(place), runs)
        assert contents(lived) == contents(fresh)
        agrees(lived)


@_HOW
def test_a_reader_keeps_its_generation_until_refresh(small, corpus, kept, monkeypatch):
    monkeypatch.setattr(index.store.search_files, "_SMALL", small)
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
        assert [Path(hit.stored.article.path).name for hit in hits(reader, "视讯门诊 候诊时间", 1)] == ["a.txt"]
        assert not any(
            hit.stored.article.path.endswith("b.txt") for question in QUESTIONS for hit in hits(reader, question, 50)
        )
        assert reader.refresh() is False


def test_the_second_run_does_nothing(corpus, kept, embedded):
    def state():
        files = {path.name: path.read_bytes() for path in [*kept.glob("vectors-*"), *(kept / "terms").iterdir()]}
        return (
            rows(kept, "SELECT * FROM settings"),
            rows(kept, "SELECT * FROM passages"),
            rows(kept, "SELECT * FROM articles"),
            files,
        )

    before = state()
    report = reindex(kept, [corpus])
    assert (did(report), report.generation, embedded) == ((0, 0, 0, 4), 1, [])
    assert state() == before


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
def test_damaged_search_files_are_made_again(damage, copy, sample_store, capsys):
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


def test_each_search_file_that_differs_from_the_database_is_named_in_the_users_language(copy, capsys, monkeypatch):
    with Store(copy) as store:
        terms, vectors = store.terms.ids(), store.vectors.ids()
        monkeypatch.setattr(TermIndex, "ids", lambda _: terms - {min(terms)})
        monkeypatch.setattr(VectorIndex, "ids", lambda _: vectors | {10**6, 10**6 + 1})
        faults = store.faults()
    assert [(fault.path, fault.code, dict(fault.values)) for fault in faults] == [
        (str(copy), "store.terms_lacking", {"count": "1", "example": str(min(terms))}),
        (str(copy), "store.vectors_excess", {"count": "2", "example": "1000000"}),
    ]
    english = [f"terms: lacks 1 passages, such as {min(terms)}", "vectors: has too many: 2 passages, such as 1000000"]
    chinese = [f"词索引：少 1 个段落，例如 {min(terms)} 号", "向量索引：多 2 个段落，例如 1000000 号"]
    for spoken, sentences, between in (("en", english, "; "), ("zh", chinese, "；")):
        monkeypatch.setenv("ZHIWEN_LANG", spoken)
        assert index.reindex.main(["--verify", "--store", str(copy), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["faults"] == sentences
        assert index.reindex.main(["--verify", "--store", str(copy)]) == 2
        assert between.join(sentences) in capsys.readouterr().err


def _scramble(file, start, end):
    data = bytearray(file.read_bytes())
    data[int(len(data) * start) : int(len(data) * end)] = bytes(int(len(data) * end) - int(len(data) * start))
    file.write_bytes(data)


@pytest.mark.parametrize("part", [*_PARTS, "faiss"])
def test_damage_inside_a_search_file_gives_no_wrong_answer(part, copy, sample_store, capfd):
    for file in copy.rglob(f"*.{part}"):
        _scramble(file, 0.3, 0.6)
    assert shown(copy) == shown(sample_store)
    assert capfd.readouterr().err.count("\n") <= 1


def test_search_files_one_generation_behind_and_ahead(corpus, kept, tmp_path, capsys):
    old = Path(shutil.copytree(kept, tmp_path / "old"))
    reindex(kept, [fill(corpus, a=page(4))])
    new = Path(shutil.copytree(kept, tmp_path / "new"))
    reindex(tmp_path / "fresh", [corpus])
    right = {old: shown(old), new: shown(tmp_path / "fresh")}
    for database_of, search_files_of in ((new, old), (old, new)):
        mixed = Path(shutil.copytree(database_of, tmp_path / f"mixed-{database_of.name}"))
        shutil.rmtree(mixed / "terms")
        _vectors(mixed).unlink()
        shutil.copytree(search_files_of / "terms", mixed / "terms")
        shutil.copy(_vectors(search_files_of), mixed)
        capsys.readouterr()
        assert shown(mixed) == right[database_of]
        assert capsys.readouterr().err.count("\n") == 1
        agrees(mixed)


def _ends(*_):
    raise KeyboardInterrupt


_PLACES = (
    (index.store.search_files, "update"),
    (index.store.search_files, "_save"),
    (VectorIndex, "save"),
    (TermIndex, "update"),
    (Path, "replace"),
)


@_HOW
@pytest.mark.parametrize(("owner", "name"), _PLACES, ids=[f"{owner.__name__}.{name}" for owner, name in _PLACES])
def test_a_run_that_ends_between_the_database_and_the_search_files(
    owner, name, small, corpus, kept, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(index.store.search_files, "_SMALL", small)
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


def test_search_files_cannot_be_written_while_another_writes(copy, sample_store, capsys, monkeypatch):
    monkeypatch.setattr(index.store.folder, "_PATIENCE", 1.2)
    shutil.rmtree(copy / "terms")
    with index.store.database.locked(copy, seconds=0):
        assert shown(copy) == shown(sample_store)
        assert not (copy / "terms").exists()
        assert capsys.readouterr().err == f"zhiwen: {copy}: another process is writing; waiting for its search files.\n"
    assert shown(copy) == shown(sample_store)
    assert (copy / "terms" / "meta.json").is_file()


def test_a_text_file_in_place_of_the_database(corpus, tmp_path):
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
def test_a_damaged_database_is_named(damage, use, copy, corpus):
    damage(copy / "zhiwen.sqlite")
    with pytest.raises(UserError, match="damaged") as caught:
        if use == "reindex":
            reindex(copy, [Path(__file__).parents[1] / "corpus", corpus])
        else:
            with Store(copy) as store:
                {
                    "search": lambda: hits(store, "拓源产值"),
                    "faults": store.faults,
                    "articles": lambda: list(store.articles()),
                }[use]()
    assert str(copy / "zhiwen.sqlite") in caught.value.message


def test_a_store_of_another_format_is_left_alone(corpus, kept):
    with closing(connect(kept, write=True)) as database:
        database.execute("UPDATE settings SET value = '999' WHERE name = 'format'")
    fill(corpus, a=page(4))
    for attempt in (lambda: Store(kept), lambda: reindex(kept, [corpus])):
        with pytest.raises(UserError, match="a newer zhiwen made this store"):
            attempt()
    assert rows(kept, "SELECT value FROM settings WHERE name IN ('format', 'generation') ORDER BY name") == [
        ("999",),
        ("1",),
    ]


@pytest.fixture
def impatient(monkeypatch):
    """Writers that do not wait ten seconds for each other."""
    lock = index.store.database.locked
    monkeypatch.setattr(index.store.database, "locked", lambda folder, seconds: lock(folder, 0))


def test_the_second_of_two_writers_gives_up(corpus, kept, impatient):
    with writing(kept) as writer:
        writer.remove_article(writer.article_ids()[0])
        for attempt in (lambda: reindex(kept, [corpus]), lambda: remove(kept, [str(corpus / "a.txt")])):
            with pytest.raises(UserError, match=f"^{kept}: another process is writing to this store.$"):
                attempt()
        assert first(kept, "拓源产值") == ("a.txt", 0)
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 4)


def test_a_lock_dies_with_its_process(corpus, kept, impatient):
    program = (
        f"import filelock, sys; lock = filelock.FileLock({str(kept / 'lock')!r}); lock.acquire();"
        " print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match="another process is writing"):
            reindex(kept, [corpus])
        other.kill()
        other.wait()
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 4)


def test_a_changed_overlap_is_noticed(tmp_path, capsys):
    reindex(tmp_path / "store", [fill(tmp_path / "corpus", **{str(number): page(number) for number in range(6)})])
    stated = json.loads((tmp_path / "store" / "search_files.json").read_text())
    with Store(tmp_path / "store") as store:
        measured = store.overlap
    for changed in ([measured + 0.5, stated["overlap"][1]], 0.5, [], None):
        (tmp_path / "store" / "search_files.json").write_text(json.dumps({**stated, "overlap": changed}))
        with Store(tmp_path / "store") as store:
            assert store.overlap == measured
        assert "made again from the store" in capsys.readouterr().err


def test_a_model_loads_while_others_may_write(corpus, kept, monkeypatch):
    load = index.embedding.models.load_embedder
    loaded = []

    def slowly(name):
        with index.store.database.locked(kept, seconds=0):
            loaded.append(name)
        return load(name)

    monkeypatch.setattr(index.embedding.models, "load_embedder", slowly)
    reindex(kept, [corpus])
    assert loaded == ["bundled"]
