"""The database of a store: a flipped bit is noticed, a full disk changes nothing, the last change can be undone."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import index.embedding.models
import index.indexing
import index.store.database
import index.store.search_files
from index.errors import UserError
from index.store.database import connect, rows
from index.store.folder import Store
from index.updating import reindex, remove, rollback
from tests.store_contents import BODIES, Short, agrees, contents, did, fill, page, shown

ROOT = Path(__file__).parents[1]
PAGE = 4096


@pytest.fixture
def corpus(tmp_path):
    return fill(tmp_path / "corpus", a=page(0), b=page(1), c=page(2), d=page(3))


@pytest.fixture
def kept(corpus, tmp_path):
    reindex(tmp_path / "store", [corpus])
    return tmp_path / "store"


@pytest.mark.parametrize("search_files", ["whole", "gone"])
def test_a_flipped_bit_anywhere_is_noticed_or_alters_nothing(search_files, kept, tmp_path):
    right = shown(kept)
    pages = (kept / "zhiwen.sqlite").stat().st_size // PAGE
    assert pages > 15
    chance = random.Random(5)
    for number in range(pages):
        copy = tmp_path / f"copy {number}"
        shutil.copytree(kept, copy)
        if search_files == "gone":
            (copy / "search_files.json").unlink()
        file = copy / "zhiwen.sqlite"
        data = bytearray(file.read_bytes())
        data[number * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        try:
            assert shown(copy) == right
        except UserError as error:
            assert "damaged" in error.message
            assert error.hint.startswith("Move it away")
        with pytest.raises(UserError, match="damaged"), Store(copy) as store:
            store.faults()  # goes through every page


@pytest.mark.parametrize("byte", range(16, 28))
def test_a_flipped_bit_in_the_head_is_noticed(byte, kept):
    file = kept / "zhiwen.sqlite"
    data = bytearray(file.read_bytes())
    for bit in range(8):
        altered = bytearray(data)
        altered[byte] ^= 1 << bit
        file.write_bytes(altered)
        with pytest.raises(UserError, match="damaged"):
            shown(kept)


def test_a_store_of_an_older_zhiwen_is_told_so(tmp_path):
    (tmp_path / "store").mkdir()
    database = sqlite3.connect(tmp_path / "store" / "zhiwen.sqlite")
    database.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    database.execute("INSERT INTO settings VALUES ('format', '2'), ('generation', '4')")
    database.execute("CREATE TABLE articles (id TEXT PRIMARY KEY)")
    database.commit()
    database.close()
    for attempt in (
        lambda: Store(tmp_path / "store"),
        lambda: reindex(tmp_path / "store", [tmp_path]),
        lambda: rollback(tmp_path / "store"),
    ):
        with pytest.raises(UserError, match="a store of format 2, which is too old"):
            attempt()


def test_settings_that_are_gone_are_no_new_store(kept, corpus):
    with closing(connect(kept, write=True)) as database:
        database.execute("DELETE FROM settings")
    for attempt in (lambda: Store(kept), lambda: reindex(kept, [corpus])):
        with pytest.raises(UserError, match="a store of format none"):
            attempt()


def test_another_database_of_the_same_generation_is_not_searched_with_these_files(corpus, kept, tmp_path, capsys):
    """As after a backup of the one file was put back."""
    fill(corpus, e=page(5))
    reindex(tmp_path / "other", [corpus])
    shutil.copy(tmp_path / "other" / "zhiwen.sqlite", kept / "zhiwen.sqlite")
    assert shown(kept) == shown(tmp_path / "other")
    assert capsys.readouterr().err.count("made again from the store") == 1


def test_the_log_stays_small_while_a_reader_stays_and_asks(corpus, kept, monkeypatch):
    with Store(kept) as reader:
        make = index.indexing.make_passages
        monkeypatch.setattr(
            index.indexing, "make_passages", lambda *given, **named: reader.refresh() or make(*given, **named)
        )
        for number in range(30):
            fill(corpus, a=page(0) + f"第{number}次改动。" * 200)
            reindex(kept, [corpus])
            assert reader.refresh() is True
        assert (kept / "zhiwen.sqlite-wal").stat().st_size < 1_000_000


def test_a_reader_moves_to_the_store_that_took_the_place_of_its_own(corpus, kept, tmp_path):
    with Store(kept) as reader:
        kept.rename(tmp_path / "aside")
        with pytest.raises(UserError, match="no store there"):
            reader.refresh()
        assert not kept.exists()
        fill(corpus, a=page(5))
        reindex(kept, [corpus])
        assert reader.refresh() is True
        assert reader.counts()[0] == 4
        assert {row[9] for row in contents(kept)} == {article.text for article in reader.articles()}


def test_more_ids_than_one_query_takes(kept, monkeypatch):
    with Store(kept) as store:
        ids = sorted(store.vectors.ids())
        whole = store.passages(ids), store.cosines(store_vector(store), ids), store.articles_of(ids)
        monkeypatch.setattr(index.store.database, "_AT_ONCE", 2)
        assert (store.passages(ids), store.cosines(store_vector(store), ids), store.articles_of(ids)) == whole
        assert len(whole[0]) == len(whole[1]) == len(ids) > 3


def store_vector(store):
    return np.ones(store.dimension, np.float32)


# What may be written to one file before the disk counts as full: within the log, the vectors, the terms.
@pytest.mark.parametrize("most", [100, 3_000, 20_000, 60_000, 90_000, 150_000, 200_000])
def test_a_full_disk_changes_nothing_or_is_made_good(most, tmp_path):
    pytest.importorskip("resource")
    corpus, folder = tmp_path / "corpus", tmp_path / "store"
    for number in range(40):
        fill(corpus, **{f"n{number}": page(number % 6).replace("今年", f"{1900 + number}年")})
    reindex(folder, [corpus])
    before = shown(folder)
    fill(corpus, a=page(5), n1=page(4))
    (corpus / "n3.txt").unlink()
    # The child limits itself: code of ours between fork and exec would run beside the threads of other tests' servers.
    limited = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}));"
        " from index.reindex import main; sys.exit(main(sys.argv[1:]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", limited, str(corpus), "--store", str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "Traceback" not in run.stderr
    if run.returncode:
        assert run.returncode == 2, run.stderr
        assert run.stderr.startswith("zhiwen: ")
        assert run.stderr.count("\n") == 1
        assert str(folder) in run.stderr
    with Store(folder) as store:
        committed = store.generation == 2
        assert store.faults() == []
    assert committed or shown(folder) == before
    reindex(folder, [corpus])
    reindex(tmp_path / "fresh", [corpus])
    assert shown(folder) == shown(tmp_path / "fresh")
    agrees(folder)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kilobytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only the system's administrator may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_is_really_full(small_disk, tmp_path):
    corpus, folder = tmp_path / "corpus", small_disk / "store"
    fill(corpus, a=page(0), b=page(1))
    reindex(folder, [corpus])
    before = shown(folder)
    for number in range(400):
        fill(corpus, **{f"n{number}": page(number % 6).replace("今年", f"{1600 + number}年")})
    run = subprocess.run(
        [sys.executable, "-m", "index.reindex", str(corpus), "--store", str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"zhiwen: {folder}")
    assert "full" in run.stderr
    assert shown(folder) == before
    for file in list(corpus.glob("n*"))[3:]:
        file.unlink()
    assert did(reindex(folder, [corpus])) == (3, 0, 0, 2)
    agrees(folder)


@pytest.mark.parametrize("small", [0, 2000])
def test_rollback_takes_back_the_last_run(small, corpus, kept, monkeypatch):
    monkeypatch.setattr(index.store.search_files, "_SMALL", small)
    before, said = contents(kept), shown(kept)
    fill(corpus, e=page(5), b=BODIES[4])
    (corpus / "c.txt").unlink()
    reindex(kept, [corpus])
    after = contents(kept)
    report = rollback(kept)
    assert did(report) == (1, 1, 1, 2)
    assert (report.generation, report.articles, report.passages) == (
        3,
        4,
        len([row for row in before if row[4] is not None]),
    )
    assert (report.deleted.passages, report.deleted.terms, report.deleted.vectors) == (2, 2, 2)
    assert contents(kept) == before
    agrees(kept)
    if small:
        assert shown(kept) == said
    assert did(rollback(kept)) == (1, 1, 1, 2)  # what was before that was what the run had made
    assert contents(kept) == after
    agrees(kept)


def test_after_a_rollback_the_next_run_takes_in_the_same_again(corpus, kept, tmp_path):
    fill(corpus, e=page(5), b=BODIES[4])
    reindex(kept, [corpus])
    after = contents(kept)
    rollback(kept)
    assert did(reindex(kept, [corpus])) == (1, 1, 0, 3)
    assert contents(kept) == after
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 5)


def test_runs_without_a_change_leave_the_way_back(corpus, kept):
    before = contents(kept)
    fill(corpus, e=page(5))
    reindex(kept, [corpus])
    for file in corpus.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    assert did(reindex(kept, [corpus])) == (0, 0, 0, 5)
    assert did(rollback(kept)) == (0, 0, 1, 4)
    assert contents(kept) == before
    assert did(reindex(kept, [corpus])) == (1, 0, 0, 4)


def test_more_than_is_kept_cannot_be_taken_back(corpus, kept, monkeypatch):
    monkeypatch.setattr(index.store.database, "_LARGEST", 100)
    fill(corpus, e=page(5), b=BODIES[4])
    assert did(reindex(kept, [corpus])) == (1, 1, 0, 3)
    with pytest.raises(UserError, match="what was before generation 2 is not kept"):
        rollback(kept)
    agrees(kept)


def test_rollback_of_a_removal_and_of_another_model(corpus, kept, monkeypatch):
    before, said = contents(kept), shown(kept)
    remove(kept, [str(corpus / "a.txt"), str(corpus / "d.txt")])
    assert did(rollback(kept)) == (2, 0, 0, 2)
    assert (contents(kept), shown(kept)) == (before, said)
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding.models, "load_embedder", lambda _: Short())
        reindex(kept, [corpus], model="short")
    assert did(rollback(kept)) == (0, 0, 0, 4)
    with Store(kept) as store:
        assert (store.model, store.generation) == ("bundled", 5)
    assert (contents(kept), shown(kept)) == (before, said)


def test_nothing_is_before_the_first_generation(kept):
    with pytest.raises(UserError, match="what was before generation 1 is not kept"):
        rollback(kept)
    with closing(connect(kept, write=False)) as database:
        assert rows(database, "SELECT count(*) FROM undo") == [(0,)]


def _without_rights(*command):
    """A run of a command by someone who may only read what is read-only: root may write everywhere."""
    plain = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
        if os.getuid() == 0
        else []
    )
    return subprocess.run(
        [*plain, sys.executable, "-m", *map(str, command)], capture_output=True, text=True, cwd=ROOT, check=False
    )


@pytest.mark.skipif(
    not hasattr(os, "getuid") or (os.getuid() == 0 and not shutil.which("setpriv")),
    reason="needs a user with fewer rights",
)
def test_a_store_that_can_only_be_read(corpus, kept, tmp_path):
    with Store(kept):  # a reader stays, so that the next commit stays in the log
        fill(corpus, a=page(0).replace("30亿元", "41亿元"))
        reindex(kept, [corpus])
        assert (kept / "zhiwen.sqlite-wal").stat().st_size
        shutil.copytree(kept, tmp_path / "torn", ignore=shutil.ignore_patterns("*-shm"))
    shutil.copytree(kept, tmp_path / "whole")
    for folder in (tmp_path / "torn", tmp_path / "whole"):
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
    asked = _without_rights("qa.ask", "拓源产值", "--store", tmp_path / "whole", "-k", "1")
    assert (asked.returncode, asked.stdout.split()[0], asked.stderr) == (0, "41亿元以上", "")
    assert _without_rights("index.reindex", corpus, "--store", tmp_path / "whole").returncode == 2
    asked = _without_rights("qa.ask", "拓源产值", "--store", tmp_path / "torn", "-k", "1")
    assert (asked.returncode, asked.stdout) == (2, "")  # and not the 30亿元 of the commit before
    assert asked.stderr.startswith(f"zhiwen: {tmp_path / 'torn'}: its last change is not yet in zhiwen.sqlite")
    for folder in (tmp_path / "torn", tmp_path / "whole"):
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)


_ASKING = """
import sys
from pathlib import Path
from index.errors import UserError
from index.store.folder import Store

assert False, "python -O drops this"
try:
    with Store(Path(sys.argv[1])) as store:
        store.passages(sorted(store.vectors.ids()))
except UserError as error:
    print(error.code)
else:
    print("opened")
"""


def _asked_without_asserts(store):
    """What a reader prints that runs without asserts: the code of its error, or "opened"."""
    return subprocess.run(
        [sys.executable, "-O", "-c", _ASKING, str(store)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


@pytest.mark.parametrize(
    ("alteration", "code"),
    [
        ("UPDATE settings SET value = '0' WHERE name = 'generation'", "store.damaged"),
        ("UPDATE settings SET value = 'one' WHERE name = 'generation'", "store.damaged"),
        ("DELETE FROM settings WHERE name = 'dimension'", "store.damaged"),
        ("UPDATE passages SET end = 100000 WHERE id = 1", "store.misplaced"),
        ("UPDATE passages SET start = -5 WHERE id = 1", "store.misplaced"),
        ("UPDATE passages SET start = end WHERE id = 1", "store.misplaced"),
        ("UPDATE passages SET removed = '[[0, 5000]]' WHERE id = 1", "store.misplaced"),
        ("DELETE FROM passages WHERE id = 1", "store.rows_missing"),
    ],
)
def test_a_wrong_generation_or_place_is_refused_without_asserts(alteration, code, kept):
    assert _asked_without_asserts(kept) == "opened"
    with closing(connect(kept, write=True)) as connection:
        connection.execute(alteration)
    assert _asked_without_asserts(kept) == code


def test_search_files_of_a_wrong_generation_are_made_again_without_asserts(kept):
    manifest = kept / "search_files.json"
    right = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(right | {"generation": 7}), encoding="utf-8")
    assert _asked_without_asserts(kept) == "opened"
    assert json.loads(manifest.read_text(encoding="utf-8"))["generation"] == 1
