"""What looks like no article is left out with a reason, and taken in as it is where its owner wants that."""

import json
import os
import zipfile

import pytest

import index.updating
import zhiwen
from index.language import use_language
from index.reindex import main
from index.store.catalogue import Catalogue
from index.stores import open_store
from index.updating import reindex, rollback
from tests.store_contents import did, page
from web.edits import LibraryEdits
from web.uploaded_files import UploadedFiles

# A telephone list is nothing but lines of contact, and a list of links has no running text.
_PHONES = "新闻热线：0633-8812345\n投稿邮箱：tougao@qinglan.example\n广告热线：0633-8812399\n"
_LINKS = "<html><title>青岚要闻</title><body><ul>" + "".join(
    f"<li><a href=/{i}>青岚河{i}号桥今天合龙</a></li>" for i in range(1, 15)
) + "</ul></body></html>"  # fmt: skip
_PAGES = {"links.html": _LINKS, "phones.txt": _PHONES}
_CODES = {"links.html": "reading.page_without_text", "phones.txt": "reading.without_passages"}


@pytest.fixture
def folder(tmp_path):
    """A folder with an article, and both kinds of text that look like none."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in {"bridge.txt": page(0), **_PAGES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _codes(report):
    return {problem.path.rsplit("/", 1)[1]: problem.code for problem in report.unreadable}


def _kept(store):
    """File → (marked as taken in as it is, text of its passages) of every article that can be found."""
    catalogue = Catalogue(store)
    with open_store(store):
        kept = [catalogue.article(each.id) for each in catalogue.page("", 0, 50).articles]
    return {
        each.article.path.rsplit("/", 1)[1]: (
            dict(each.article.repairs).get("as_is", 0),
            "".join(each.article.text[span.start : span.end] for span in each.passages),
        )
        for each in kept
        if each.passages
    }


def _touch(path):
    os.utime(path, (1_600_000_000, 1_600_000_000))


def test_what_looks_like_no_article_is_reported_with_a_reason_and_a_way(folder, tmp_path):
    report = reindex(tmp_path / "store", [folder])
    assert _codes(report) == _CODES
    assert set(_kept(tmp_path / "store")) == {"bridge.txt"}
    for language, words in (("zh", "照原样收下"), ("en", "as it is")):
        with use_language(language):
            assert all("--as-is" in each.reason and words in each.reason for each in report.unreadable)


@pytest.mark.parametrize("earlier", [False, True], ids=["at once", "after a run without"])
def test_as_is_takes_the_whole_text_in_and_marks_it(folder, tmp_path, earlier):
    store = tmp_path / "store"
    if earlier:
        reindex(store, [folder])
    report = reindex(store, [folder], as_is=[folder])
    assert report.unreadable == []
    kept = _kept(store)
    assert kept["bridge.txt"][0] == 0
    for name, first, last in (
        ("links.html", "青岚河1号桥今天合龙", "青岚河14号桥今天合龙"),
        ("phones.txt", "新闻热线：0633-8812345", "广告热线：0633-8812399"),
    ):
        marked, text = kept[name]
        assert (marked, first in text, last in text) == (1, True, True)


def test_an_article_that_cleans_normally_is_the_same_with_and_without(folder, tmp_path):
    (folder / "foot.txt").write_text(page(1) + "\n责任编辑：言小满\n新闻热线：0633-8812345\n", encoding="utf-8")
    for name, paths in (("plain", ()), ("whole", [folder])):
        reindex(tmp_path / name, [folder], as_is=paths)
    plain, whole = _kept(tmp_path / "plain"), _kept(tmp_path / "whole")
    assert {name: whole[name] for name in plain} == plain
    assert "责任编辑" not in whole["foot.txt"][1]


def test_the_choice_holds_in_later_runs_as_long_as_the_text_is_the_same(folder, tmp_path, monkeypatch):
    store = tmp_path / "store"
    reindex(store, [folder], as_is=[folder])
    kept = _kept(store)
    report = reindex(store, [folder])
    assert (did(report), report.unreadable) == ((0, 0, 0, 3), [])
    for name in _PAGES:
        _touch(folder / name)
    report = reindex(store, [folder])
    assert (did(report), report.unreadable) == ((0, 0, 0, 3), [])
    monkeypatch.setattr(index.updating, "PIPELINE", "another")  # everything is read again
    report = reindex(store, [folder])
    assert (did(report), report.unreadable, _kept(store)) == ((0, 0, 0, 3), [], kept)
    with zipfile.ZipFile(folder / "both.zip", "w") as archive:
        for name, text in _PAGES.items():
            archive.writestr(name, text)
    reindex(store, [folder], as_is=[folder / "both.zip"])
    with zipfile.ZipFile(folder / "both.zip", "a") as archive:
        archive.writestr("more.txt", page(2))
    assert reindex(store, [folder]).unreadable == []  # another member has changed the file, not these texts


def test_a_file_of_other_contents_is_left_out_again(folder, tmp_path):
    store = tmp_path / "store"
    reindex(store, [folder], as_is=[folder])
    (folder / "links.html").write_text(_LINKS.replace("合龙", "通车"), encoding="utf-8")
    (folder / "phones.txt").write_text(_PHONES.replace("0633", "0634"), encoding="utf-8")
    assert _codes(reindex(store, [folder])) == _CODES
    assert reindex(store, [folder], as_is=[folder]).unreadable == []
    assert "0634" in _kept(store)["phones.txt"][1]


def test_as_is_holds_for_the_paths_of_the_run_alone(folder, tmp_path):
    store = tmp_path / "store"
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.html").write_text(_LINKS.replace("青岚", "望潮"), encoding="utf-8")
    reindex(store, [folder, other])
    report = reindex(store, [folder, other], as_is=[other])
    assert _codes(report) == _CODES
    assert set(_kept(store)) == {"bridge.txt", "more.html"}


def test_a_text_that_came_in_as_it_is_can_be_taken_back(folder, tmp_path):
    store = tmp_path / "store"
    reindex(store, [folder])
    reindex(store, [folder], as_is=[folder])
    rollback(store)
    assert set(_kept(store)) == {"bridge.txt"}
    assert _codes(reindex(store, [folder])) == _CODES


def test_rows_of_a_table_are_taken_in_as_they_are(tmp_path):
    table = tmp_path / "t.jsonl"
    rows = [{"id": "a", "title": "桥", "text": page(0)}, {"id": "b", "title": "热线", "text": _PHONES}]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    store = tmp_path / "store"
    assert len(reindex(store, [table]).unreadable) == 1
    assert reindex(store, [table], as_is=[table]).unreadable == []
    with table.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "c", "title": "船", "text": page(1)}) + "\n")
    report = reindex(store, [table])
    assert (did(report), report.unreadable) == ((1, 0, 0, 2), [])


def test_an_empty_page_stays_out(tmp_path):
    (tmp_path / "a.html").write_text("<html><body><script>var a = '桥';</script></body></html>", encoding="utf-8")
    report = reindex(tmp_path / "store", [tmp_path / "a.html"], as_is=[tmp_path])
    assert [problem.code for problem in report.unreadable] == ["reading.page_empty"]


def test_the_command_and_the_package_take_it(folder, tmp_path, capsys):
    paths = [str(folder), "--store", str(tmp_path / "one"), "--later"]
    assert main(paths) == 1
    assert main([*paths, "--as-is"]) == 0
    assert main(paths) == 0
    assert set(_kept(tmp_path / "one")) == {"bridge.txt", *_PAGES}
    report = zhiwen.index(folder, store=tmp_path / "two", as_is=True)
    assert (report.added, report.unreadable) == (3, ())
    capsys.readouterr()
    assert main(["--as-is", "--rollback", "--store", str(tmp_path / "one")]) == 2
    assert "--as-is" in capsys.readouterr().err


def test_an_upload_is_taken_in_as_it_is_and_read_again_so(tmp_path):
    store = tmp_path / "store"
    (tmp_path / "own.txt").write_text(page(0), encoding="utf-8")
    reindex(store, [tmp_path / "own.txt"])
    edits = LibraryEdits(Catalogue(store), UploadedFiles(store))
    files = [(name, text.encode()) for name, text in _PAGES.items()]
    refused = edits.add(files)
    assert {problem.path: problem.code for problem in refused.problems} == _CODES
    taken = edits.add(files, as_is=True)
    assert (taken.problems, taken.articles) == ((), 3)
    catalogue = Catalogue(store)
    (links,) = catalogue.page("青岚要闻", 0, 10).articles
    kept = catalogue.article(links.id)
    assert (kept.outside, dict(kept.article.repairs)["as_is"]) == ((), 1)
    again = edits.reread(links.id)
    assert (again.problems, again.changed, again.removed) == ((), 0, 0)
    later = edits.add([("c.txt", page(1).encode())])  # the page that was taken in stays
    assert (later.problems, later.articles) == ((), 4)


def test_a_list_is_taken_in_as_it_is(tmp_path):
    entries = "".join(
        f"<h3><a href=/{i}>青岚河{i}号桥今天合龙</a></h3><p>桥长{i}10米，明年六月通车，两岸都很高兴。</p>"
        f"<p>2024-05-{20 - i}</p>"
        for i in range(1, 9)
    )
    file = tmp_path / "list.html"
    file.write_text(f"<html><title>青岚要闻</title><body>{entries}</body></html>", encoding="utf-8")
    report = reindex(tmp_path / "store", [file])
    assert [problem.code for problem in report.unreadable] == ["reading.page_list"]
    assert reindex(tmp_path / "store", [file], as_is=[file]).unreadable == []
    marked, text = _kept(tmp_path / "store")["list.html"]
    assert (marked, "桥长810米" in text) == (1, True)
