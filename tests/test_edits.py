"""Files and texts in and out of a store, and the last change taken back, files and all."""

import io
import zipfile

import pytest

from index.errors import UserError
from index.store.catalogue import Catalogue
from index.updating import reindex
from web.edits import ADDED, LibraryEdits
from web.uploaded_files import UploadedFiles

_ONE = "云岫茶厂开园\n2024-04-09 来源：青岚农村报\n\n云岫茶厂今年春茶产量达到320吨，比去年多了两成，茶农说雨水来得正是时候。\n"  # noqa: E501
_TWO = "望潮渔业出海\n2024-05-01 来源：望潮日报\n\n望潮渔业的18条新船今天一早出海，公司说全年要捕13万吨，码头上的冰库已经装满。\n"  # noqa: E501


@pytest.fixture
def kept(tmp_path):
    """A store with one article of the operator's own, and what keeps it."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "operator.txt").write_text(
        "湘江大桥合龙\n2023-01-02\n\n湘江大桥昨天合龙，主跨长480米，明年六月通车。\n", encoding="utf-8"
    )
    reindex(tmp_path / "store", [own])
    catalogue = Catalogue(tmp_path / "store")
    return LibraryEdits(catalogue, UploadedFiles(tmp_path / "store"), [own]), catalogue


def titles(catalogue):
    return sorted(article.title for article in catalogue.page("", 0, 50).articles)


def files(edits):
    return sorted(path.name for path in edits.uploaded.folder.iterdir() if not path.name.startswith("."))


def test_an_upload_is_kept_under_a_name_of_ours_and_shown_under_its_own(kept):
    edits, catalogue = kept
    outcome = edits.add([("../../etc/茶厂.txt", _ONE.encode("gb18030"))])
    assert (outcome.kind, outcome.added, outcome.articles, outcome.problems) == (ADDED, 1, 2, ())
    (name,) = files(edits)
    assert name.removesuffix(".txt").isalnum()
    assert len(name) == 24
    (article,) = catalogue.page("云岫", 0, 10).articles
    assert edits.uploaded.named(article.path) == "茶厂.txt"
    assert catalogue.page("茶厂.t", 0, 10, edits.uploaded.files_called("茶厂.t")).total == 1
    assert UploadedFiles(catalogue.folder).named(article.path) == "茶厂.txt"  # also after a start anew


def test_the_same_name_again_replaces_and_the_same_bytes_change_nothing(kept):
    edits, catalogue = kept
    edits.add([("a.txt", _ONE.encode())])
    again = edits.add([("a.txt", _ONE.encode())])
    assert (again.added, again.changed, again.articles) == (0, 0, 2)
    other = edits.add([("a.txt", _TWO.encode())])
    assert (other.added, other.changed, other.articles) == (0, 1, 2)
    assert titles(catalogue) == ["望潮渔业出海", "湘江大桥合龙"]
    copy = edits.add([("b.txt", _TWO.encode())])
    assert (copy.added, copy.copies) == (1, 1)


def test_what_cannot_be_read_is_told_under_its_own_name_and_not_kept(kept):
    edits, _ = kept
    outcome = edits.add([("图.exe", b"MZ"), ("空.txt", b"  "), ("好.txt", _ONE.encode())])
    assert outcome.added == 1
    assert {problem.path for problem in outcome.problems} == {"图.exe", "空.txt"}
    assert outcome.problems[0].code == "page.kind_not_read"
    assert len(files(edits)) == 1


def test_a_zip_shows_its_members_and_leaves_as_a_whole_or_in_part(kept):
    edits, catalogue = kept
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("一/茶.txt", _ONE)
        archive.writestr("鱼.txt", _TWO)
    assert edits.add([("本周.zip", packed.getvalue())]).added == 2
    tea, fish = sorted(catalogue.page("library", 0, 10).articles, key=lambda article: article.title)[::1]
    assert {edits.uploaded.named(each.path) for each in (tea, fish)} == {"本周.zip/一/茶.txt", "本周.zip/鱼.txt"}
    assert edits.delete(tea.id, whole_file=False).removed == 1
    assert len(files(edits)) == 1
    assert edits.delete(fish.id, whole_file=True).removed == 1
    assert (files(edits), titles(catalogue)) == ([], ["湘江大桥合龙"])
    assert edits.add([("本周.zip", packed.getvalue())]).added == 2  # and can come again


def test_a_pasted_text_is_an_article_and_replaces_one_of_its_title(kept):
    edits, catalogue = kept
    edits.paste("短讯", "2024-06-01", "本报", "云岫茶厂今年春茶产量达到320吨，比去年多了两成。")
    edits.paste("短讯", "2024-06-02", "本报", "云岫茶厂今年春茶产量达到350吨，比去年多了三成。")
    (article,) = catalogue.page("短讯", 0, 10).articles
    assert (article.date, article.source) == ("2024-06-02", "本报")
    assert "350吨" in catalogue.article(article.id).article.text


@pytest.mark.parametrize("step", ["upload", "replace", "delete"])
def test_the_last_change_is_taken_back_with_its_files_and_can_be_made_again(kept, step):
    edits, catalogue = kept
    if step != "upload":
        edits.add([("a.txt", _ONE.encode())])
    before = titles(catalogue), contents(edits)
    if step == "delete":
        edits.delete(catalogue.page("云岫", 0, 1).articles[0].id, whole_file=False)
    else:
        edits.add([("a.txt", _TWO.encode())])
    after = titles(catalogue), contents(edits)
    assert before != after
    for expected in (before, after, before):
        edits.take_back()
        assert (titles(catalogue), contents(edits)) == expected
    edits.add(
        [("c.txt", "新的一篇：青岚河上的第九座桥今天动工，长610米，两年后通车。".encode())]
    )  # nothing comes back by itself
    assert len(titles(catalogue)) == len(before[0]) + 1


def contents(edits):
    if not edits.uploaded.folder.exists():
        return {}
    return {name: (edits.uploaded.folder / name).read_bytes() for name in files(edits)}


def test_if_the_store_cannot_change_the_shelf_does_not_either(kept, monkeypatch):
    edits, catalogue = kept
    edits.add([("a.txt", _ONE.encode())])
    before = titles(catalogue), contents(edits)

    def busy(*_, **__):
        raise UserError("page.busy")

    monkeypatch.setattr("web.edits.reindex", busy)
    tea = catalogue.page("云岫", 0, 1).articles[0].id
    for change in (
        lambda: edits.add([("a.txt", _TWO.encode()), ("b.txt", _TWO.encode())]),
        lambda: edits.delete(tea, whole_file=False),
    ):
        with pytest.raises(UserError):
            change()
        assert (titles(catalogue), contents(edits)) == before


def test_an_operators_file_stays_when_its_article_is_deleted_and_is_read_again_when_asked(kept, tmp_path):
    edits, catalogue = kept
    (bridge,) = catalogue.page("", 0, 1).articles
    edits.add([("a.txt", _ONE.encode())])
    (tmp_path / "own" / "operator.txt").write_text(
        "湘江大桥通车\n2023-06-02\n\n湘江大桥今天通车，主跨长480米。\n", encoding="utf-8"
    )
    assert edits.reread(bridge.id).changed == 1
    assert edits.delete(bridge.id, whole_file=False).removed == 1
    assert (tmp_path / "own" / "operator.txt").exists()
    assert titles(catalogue) == ["云岫茶厂开园"]
    (tmp_path / "own" / "second.txt").write_text(_TWO, encoding="utf-8")
    assert edits.follow(tmp_path / "own").added == 1
    with pytest.raises(UserError):
        edits.follow(tmp_path)
    with pytest.raises(UserError):
        edits.delete("nobody", whole_file=False)
