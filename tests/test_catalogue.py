"""A store's articles as a list, one by one, and as numbers."""

import pytest

from index.store.catalogue import Catalogue
from index.store.database import NoStore
from index.updating import reindex


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "in").mkdir()
    said = "云岫茶厂今年春茶产量达到320吨，比去年多了两成，茶农说雨水来得正是时候。"
    rows = [
        "title,date,source,text",
        f"甲,2023-05-01,日报,{said}",
        f"乙,2023-05-09,晚报,{said}",
        "丙,,日报,增长%，达亿元，共有人，年月日开工，占地亩的新厂房。",
    ]
    (folder / "in" / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "in" / "b.txt").write_text(
        "雲岫縣開園\n2024-01-02 來源：山海報\n\n雲岫縣的茶園今天開園，茶農採下頭一批鮮葉。\n\n責任編輯：舒懷谷\n",
        encoding="utf-8",
    )
    reindex(folder / "store", [folder / "in"])
    return Catalogue(folder / "store")


def test_the_list_is_found_in_either_script_and_paged(catalogue):
    assert [article.title for article in catalogue.page("", 0, 10).articles] == ["雲岫縣開園", "丙", "乙", "甲"]
    assert [article.title for article in catalogue.page("", 1, 2).articles] == ["丙", "乙"]
    assert catalogue.page("云岫县", 0, 10).total == 1
    assert catalogue.page("日報", 0, 10).total == 2
    assert catalogue.page("A.CSV", 0, 10).total == 3
    assert catalogue.page("%", 0, 10).total == 0
    assert catalogue.page("没有", 0, 10, [str(catalogue.folder.parent / "in" / "b.txt")]).total == 1


def test_one_article_is_told_whole(catalogue):
    (row,) = catalogue.page("开园", 0, 1).articles
    kept = catalogue.article(row.id)
    assert [kept.article.text[span.start : span.end].strip() for span, kind in kept.outside if kind == "editor"] == [
        "責任編輯：舒懷谷"
    ]
    assert "舒懷谷" in "".join(kept.article.text[gap.start : gap.end] for gap in kept.gaps)
    assert kept.beside == 1
    copy = catalogue.article(catalogue.page("乙", 0, 1).articles[0].id)
    assert [other.title for other in copy.copies] == ["甲"]
    assert copy.beside == 3
    assert catalogue.article("nobody") is None


def test_a_passage_names_its_article_and_place(catalogue):
    found = {catalogue.holding(number)[0].article.title: catalogue.holding(number) for number in (1, 2, 3, 4)}
    kept, place = found["雲岫縣開園"]
    assert "今天開園" in kept.article.text[place.start : place.end]
    assert catalogue.holding(99) is None


def test_numbers_over_all(catalogue):
    summary = catalogue.summary()
    assert (summary.articles, summary.passages, summary.copies, summary.generation, summary.model) == (
        4,
        4,
        1,
        1,
        "bundled",
    )
    assert summary.months == (("2023-05", 2), ("2024-01", 1))
    assert dict(summary.sources) == {"日报": 2, "晚报": 1, "山海報": 1}
    assert dict(summary.scripts)["traditional"] == 1
    assert (summary.digits_lost, summary.undecodable, summary.sampled) == (1, 0, 4)
    assert summary.bytes > 10_000
    assert catalogue.sources()[0] == "日报"
    assert catalogue.titles(2)[0] == "雲岫縣開園"


def test_no_store_is_said_so(tmp_path):
    with pytest.raises(NoStore):
        Catalogue(tmp_path).count()
