"""Files and texts in and out of a store, and the last change taken back, files and all."""

import io
import zipfile

import pytest

from index.catalogue import Catalogue
from index.errors import UserError
from index.reindex import reindex
from web.keeping import ADDED, Keeping
from web.shelf import Shelf

_ONE = "云岫茶厂开园\n2024-04-09 来源：青岚农村报\n\n云岫茶厂今年春茶产量达到320吨，比去年多了两成，茶农说雨水来得正是时候。\n"
_TWO = "望潮渔业出海\n2024-05-01 来源：望潮日报\n\n望潮渔业的18条新船今天一早出海，公司说全年要捕13万吨，码头上的冰库已经装满。\n"


@pytest.fixture
def kept(tmp_path):
    """A store with one article of the operator's own, and what keeps it."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "operator.txt").write_text("湘江大桥合龙\n2023-01-02\n\n湘江大桥昨天合龙，主跨长480米，明年六月通车。\n", encoding="utf-8")
    reindex(tmp_path / "store", [own])
    catalogue = Catalogue(tmp_path / "store")
    return Keeping(catalogue, Shelf(tmp_path / "store"), [own]), catalogue


def titles(catalogue):
    return sorted(article.title for article in catalogue.page("", 0, 50).articles)


def files(keeping):
    return sorted(path.name for path in keeping.shelf.folder.iterdir() if not path.name.startswith("."))


def test_an_upload_is_kept_under_a_name_of_ours_and_shown_under_its_own(kept):
    keeping, catalogue = kept
    outcome = keeping.add([("../../etc/茶厂.txt", _ONE.encode("gb18030"))])
    assert (outcome.kind, outcome.added, outcome.articles, outcome.problems) == (ADDED, 1, 2, ())
    (name,) = files(keeping)
    assert name.removesuffix(".txt").isalnum()
    assert len(name) == 24
    (article,) = catalogue.page("云岫", 0, 10).articles
    assert keeping.shelf.named(article.path) == "茶厂.txt"
    assert catalogue.page("茶厂.t", 0, 10, keeping.shelf.files_called("茶厂.t")).total == 1
    assert Shelf(catalogue.folder).named(article.path) == "茶厂.txt"  # also after a start anew


def test_the_same_name_again_replaces_and_the_same_bytes_change_nothing(kept):
    keeping, catalogue = kept
    keeping.add([("a.txt", _ONE.encode())])
    again = keeping.add([("a.txt", _ONE.encode())])
    assert (again.added, again.changed, again.articles) == (0, 0, 2)
    other = keeping.add([("a.txt", _TWO.encode())])
    assert (other.added, other.changed, other.articles) == (0, 1, 2)
    assert titles(catalogue) == ["望潮渔业出海", "湘江大桥合龙"]
    copy = keeping.add([("b.txt", _TWO.encode())])
    assert (copy.added, copy.copies) == (1, 1)


def test_what_cannot_be_read_is_told_under_its_own_name_and_not_kept(kept):
    keeping, _ = kept
    outcome = keeping.add([("图.exe", b"MZ"), ("空.txt", b"  "), ("好.txt", _ONE.encode())])
    assert outcome.added == 1
    told = {problem.path: problem.reason for problem in outcome.problems}
    assert told == {"图.exe": "not a kind of file that is read", "空.txt": "empty file"}
    assert len(files(keeping)) == 1


def test_a_zip_shows_its_members_and_leaves_as_a_whole_or_in_part(kept):
    keeping, catalogue = kept
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("一/茶.txt", _ONE)
        archive.writestr("鱼.txt", _TWO)
    assert keeping.add([("本周.zip", packed.getvalue())]).added == 2
    tea, fish = sorted(catalogue.page("library", 0, 10).articles, key=lambda article: article.title)[::1]
    assert {keeping.shelf.named(each.path) for each in (tea, fish)} == {"本周.zip/一/茶.txt", "本周.zip/鱼.txt"}
    assert keeping.delete(tea.id, whole_file=False).removed == 1
    assert len(files(keeping)) == 1
    assert keeping.delete(fish.id, whole_file=True).removed == 1
    assert (files(keeping), titles(catalogue)) == ([], ["湘江大桥合龙"])
    assert keeping.add([("本周.zip", packed.getvalue())]).added == 2  # and can come again


def test_a_pasted_text_is_an_article_and_replaces_one_of_its_title(kept):
    keeping, catalogue = kept
    keeping.paste("短讯", "2024-06-01", "本报", "云岫茶厂今年春茶产量达到320吨，比去年多了两成。")
    keeping.paste("短讯", "2024-06-02", "本报", "云岫茶厂今年春茶产量达到350吨，比去年多了三成。")
    (article,) = catalogue.page("短讯", 0, 10).articles
    assert (article.date, article.source) == ("2024-06-02", "本报")
    assert "350吨" in catalogue.article(article.id).article.text


@pytest.mark.parametrize("step", ["upload", "replace", "delete"])
def test_the_last_change_is_taken_back_with_its_files_and_can_be_made_again(kept, step):
    keeping, catalogue = kept
    if step != "upload":
        keeping.add([("a.txt", _ONE.encode())])
    before = titles(catalogue), contents(keeping)
    if step == "delete":
        keeping.delete(catalogue.page("云岫", 0, 1).articles[0].id, whole_file=False)
    else:
        keeping.add([("a.txt", _TWO.encode())])
    after = titles(catalogue), contents(keeping)
    assert before != after
    for expected in (before, after, before):
        keeping.take_back()
        assert (titles(catalogue), contents(keeping)) == expected
    keeping.add([("c.txt", "新的一篇：青岚河上的第九座桥今天动工，长610米，两年后通车。".encode())])  # nothing comes back by itself
    assert len(titles(catalogue)) == len(before[0]) + 1


def contents(keeping):
    if not keeping.shelf.folder.exists():
        return {}
    return {name: (keeping.shelf.folder / name).read_bytes() for name in files(keeping)}


def test_if_the_store_cannot_change_the_shelf_does_not_either(kept, monkeypatch):
    keeping, catalogue = kept
    keeping.add([("a.txt", _ONE.encode())])
    before = titles(catalogue), contents(keeping)

    def busy(*_):
        raise UserError("busy")

    monkeypatch.setattr("web.keeping.reindex", busy)
    tea = catalogue.page("云岫", 0, 1).articles[0].id
    for change in (lambda: keeping.add([("a.txt", _TWO.encode()), ("b.txt", _TWO.encode())]), lambda: keeping.delete(tea, whole_file=False)):
        with pytest.raises(UserError):
            change()
        assert (titles(catalogue), contents(keeping)) == before


def test_an_operators_file_stays_when_its_article_is_deleted_and_is_read_again_when_asked(kept, tmp_path):
    keeping, catalogue = kept
    (bridge,) = catalogue.page("", 0, 1).articles
    keeping.add([("a.txt", _ONE.encode())])
    (tmp_path / "own" / "operator.txt").write_text("湘江大桥通车\n2023-06-02\n\n湘江大桥今天通车，主跨长480米。\n", encoding="utf-8")
    assert keeping.reread(bridge.id).changed == 1
    assert keeping.delete(bridge.id, whole_file=False).removed == 1
    assert (tmp_path / "own" / "operator.txt").exists()
    assert titles(catalogue) == ["云岫茶厂开园"]
    (tmp_path / "own" / "second.txt").write_text(_TWO, encoding="utf-8")
    assert keeping.follow(tmp_path / "own").added == 1
    with pytest.raises(UserError):
        keeping.follow(tmp_path)
    with pytest.raises(UserError):
        keeping.delete("nobody", whole_file=False)
