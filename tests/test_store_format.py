"""A store of an older or newer format, and a sample corpus that gives way to the user's own articles."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import index.reindex
from index.errors import UserError
from index.store.folder import Store
from index.updating import reindex, remove
from tests.store_contents import agrees, contents, did, fill, page, paths

_BACK = """
DROP INDEX articles_by_group; DROP INDEX articles_by_text;
ALTER TABLE articles RENAME COLUMN repairs TO mended;
ALTER TABLE articles RENAME COLUMN text_hash TO said;
ALTER TABLE articles RENAME COLUMN duplicate_group TO story;
ALTER TABLE bands RENAME COLUMN text_hash TO said;
ALTER TABLE near_duplicates RENAME TO alike;
CREATE INDEX articles_by_story ON articles (story); CREATE INDEX articles_by_said ON articles (said, story);
UPDATE settings SET value = '3' WHERE name = 'format';
"""


def _alter(folder, script):
    from index.store import database

    with closing(database.connect(folder, write=True)) as connection:
        connection.execute(script)


@pytest.fixture
def old(tmp_path):
    """A store of format 3, of two folders."""
    store = tmp_path / "store"
    reindex(store, [fill(tmp_path / "a", a=page(0), b=page(1))])
    reindex(store, [fill(tmp_path / "b", c=page(2))])
    before = contents(store)
    _alter(store, _BACK)
    (store / "search_files.json").rename(store / "legs.json")
    return store, before


def test_an_older_store_is_refused_to_readers_and_converted_by_the_next_run(old, tmp_path):
    store, before = old
    with pytest.raises(UserError) as caught:
        Store(store)
    assert (caught.value.code, caught.value.values["stored"]) == ("store.older_format", "3")
    assert did(reindex(store, [tmp_path / "a"])) == (0, 0, 0, 2)
    assert contents(store) == before
    assert not (store / "legs.json").exists()
    agrees(store)


def test_an_older_store_is_converted_with_a_change(old, tmp_path):
    store, _ = old
    assert did(reindex(store, [fill(tmp_path / "a", d=page(3))])) == (1, 0, 0, 2)
    assert len(paths(store)) == 4
    agrees(store)


def test_an_older_store_stays_as_it_is_after_a_dry_run(old, tmp_path):
    store, _ = old
    reindex(store, [tmp_path / "a"], dry_run=True)
    with closing(sqlite3.connect(store / "zhiwen.sqlite")) as connection:
        assert connection.execute("SELECT value FROM settings WHERE name = 'format'").fetchone() == ("3",)


def test_a_newer_store_is_refused(old, tmp_path):
    store, _ = old
    _alter(store, "UPDATE settings SET value = '5' WHERE name = 'format'")
    for attempt in (lambda: Store(store), lambda: reindex(store, [tmp_path / "a"])):
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.code == "store.newer_format"


def test_the_sample_gives_way_to_the_users_own_folder(tmp_path):
    store, sample = tmp_path / "store", fill(tmp_path / "corpus", a=page(0), b=page(1))
    reindex(store, [sample], sample=True)
    report = reindex(store, [fill(tmp_path / "own", c=page(2))])
    assert (did(report), report.sample_removed, report.articles) == ((1, 0, 2, 0), 2, 1)
    assert reindex(store, [sample]).added == 2  # named: now it is the user's own
    assert reindex(store, [fill(tmp_path / "own", d=page(3))]).sample_removed == 0
    assert len(paths(store)) == 4
    agrees(store)


def test_a_sample_that_is_named_is_the_users_own(tmp_path):
    store, sample = tmp_path / "store", fill(tmp_path / "corpus", a=page(0))
    reindex(store, [sample], sample=True)
    assert did(reindex(store, [sample])) == (0, 0, 0, 1)
    assert reindex(store, [fill(tmp_path / "own", c=page(2))]).sample_removed == 0


def test_the_sample_that_joins_articles_of_the_users_own_stays(tmp_path):
    store, sample = tmp_path / "store", fill(tmp_path / "corpus", a=page(0))
    reindex(store, [fill(tmp_path / "own", c=page(2))])
    reindex(store, [sample], sample=True)
    assert reindex(store, [fill(tmp_path / "own", d=page(3))]).sample_removed == 0
    assert len(paths(store)) == 3


def test_indexing_without_a_path_takes_the_sample_for_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(Path(index.reindex.__file__).parents[1])
    store = ["--store", str(tmp_path / "store")]
    assert index.reindex.main(store) == 0  # the sample of the source folder
    assert index.reindex.main(store) == 0
    assert index.reindex.main([str(fill(tmp_path / "own", c=page(2))), *store]) == 0
    assert [Path(path).name for path in paths(tmp_path / "store")] == ["c.txt"]


def test_remove_takes_a_folder_with_a_slash(tmp_path):
    store, corpus = tmp_path / "store", fill(tmp_path / "corpus", a=page(0), b=page(1))
    reindex(store, [corpus])
    assert remove(store, [f"{corpus}/"]).removed == 2
