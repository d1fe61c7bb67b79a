"""One suite over both kinds of store, in a folder and on a Milvus server: adding, changing, removing, finding."""

import json
import os
import re
import tempfile
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import Phase, given, settings

import index.embedding.models
import index.reading.contents
from index.embedding.static import bundled_model
from index.errors import UserError
from index.store.filters import Filters
from index.stores import open_store, store_exists
from index.updating import reindex, remove
from tests.servers import milvus, new_database
from tests.store_contents import (
    BODIES,
    FOOT,
    RUNS,
    Counting,
    Short,
    agrees,
    apply,
    contents,
    did,
    fill,
    first,
    hits,
    ids,
    long_text,
    page,
    paths,
    shown,
)


@pytest.fixture
def embedded(monkeypatch):
    """The texts given to the embedder by every run from here on."""
    counting = Counting(bundled_model())
    monkeypatch.setattr(index.embedding.models, "load_embedder", lambda _: counting)
    return counting.texts


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with milvus(tmp_path_factory.mktemp("milvus") / "data") as (address, _):
        yield address


@pytest.fixture(params=["folder", pytest.param("milvus", marks=pytest.mark.milvus)])
def new(request, tmp_path):
    """Gives the place of a store by a name: the same place for the same name, with nothing in it at first."""
    if request.param == "folder":
        return lambda name: tmp_path / name
    server = request.getfixturevalue("server")
    return cache(lambda name: new_database(server))


@pytest.fixture
def corpus(tmp_path):
    return fill(tmp_path / "corpus", a=page(0), b=page(1), c=page(2), d=page(3))


@pytest.fixture
def kept(corpus, new):
    """A store of four articles."""
    place = new("store")
    assert did(reindex(place, [corpus])) == (4, 0, 0, 0)
    return place


def test_add_change_remove(corpus, kept):
    assert first(kept, "拓源产值") == ("a.txt", 0)
    assert did(reindex(kept, [fill(corpus, e=page(4))])) == (1, 0, 0, 4)
    assert first(kept, "视讯门诊 候诊时间") == ("e.txt", 0)
    assert did(reindex(kept, [fill(corpus, e=page(5))])) == (0, 1, 0, 4)
    assert first(kept, "智慧校园 经费") == ("e.txt", 0)
    with open_store(kept) as store:
        assert not any("视讯门诊" in hit.stored.passage.text for hit in hits(store, "视讯门诊 候诊时间", 50))
    (corpus / "e.txt").unlink()
    report = reindex(kept, [corpus])
    assert (did(report), report.articles, report.generation) == ((0, 0, 1, 4), 4, 4)
    with open_store(kept) as store:
        assert {Path(hit.stored.article.path).name for hit in hits(store, "智慧校园 经费", 50)} == {
            "a.txt",
            "b.txt",
            "c.txt",
            "d.txt",
        }
    agrees(kept)


def test_a_file_that_comes_back_is_added_again(corpus, kept):
    before = contents(kept)
    (corpus / "a.txt").rename(corpus.parent / "aside")
    assert did(reindex(kept, [corpus])) == (0, 0, 1, 3)
    (corpus.parent / "aside").rename(corpus / "a.txt")
    assert did(reindex(kept, [corpus])) == (1, 0, 0, 3)
    assert contents(kept) == before
    agrees(kept)


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["folder", pytest.param("milvus", marks=pytest.mark.milvus)])
@settings(max_examples=10, phases=[Phase.generate])
@given(runs=RUNS)
def test_any_history_leaves_and_finds_what_a_fresh_store_does(kind, runs, request):
    with tempfile.TemporaryDirectory() as place:
        folder = fill(Path(place) / "corpus", z=page(0, foot=True), y=page(1, foot=True))
        if kind == "folder":
            lived, fresh = Path(place) / "lived", Path(place) / "fresh"
        else:
            lived, fresh = (new_database(request.getfixturevalue("server")) for _ in range(2))
        reindex(lived, [folder])
        for changes in runs:
            for name, content in changes:
                apply(folder, name, content)
            reindex(lived, [folder])
        reindex(fresh, [folder])
        assert contents(lived) == contents(fresh)
        agrees(lived)
        found, expected = shown(lived), shown(fresh)
        assert [[hit[1:] for hit in hits] for hits in found] == [[hit[1:] for hit in hits] for hits in expected]
        assert [hit[0] for hits in found for hit in hits] == pytest.approx(
            [hit[0] for hits in expected for hit in hits], abs=1e-6
        )


def test_scores_do_not_tell_what_was_there_before(corpus, kept, new):
    for again in range(3):
        reindex(kept, [fill(corpus, b=f"拓源的产值和有轨电车，第{again}次改写的稿子，与投资多少无关。\n")])
    reindex(kept, [fill(corpus, b=page(1))])
    reindex(new("fresh"), [corpus])
    scores = [[-hit[0] for found in shown(folder) for hit in found] for folder in (kept, new("fresh"))]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_swapped_texts(corpus, kept):
    fill(corpus, a=page(1), b=page(0))
    assert did(reindex(kept, [corpus])) == (0, 2, 0, 2)
    assert (first(kept, "拓源产值"), first(kept, "旅居车")) == (("b.txt", 0), ("a.txt", 0))
    agrees(kept)


def test_swapped_rows_of_one_file(tmp_path, new):
    texts = ["拓源实业今年的产值达到30亿元以上。", "塞纳威旅居车的新项目投资20亿元整。"]
    folder, store = tmp_path / "corpus", new("store")
    folder.mkdir()
    for order, expected in ((texts, "row0"), (texts[::-1], "row1")):
        rows_of_it = (json.dumps({"id": f"row{n}", "text": text}) + "\n" for n, text in enumerate(order))
        (folder / "rows.jsonl").write_text("".join(rows_of_it), encoding="utf-8")
        report = reindex(store, [folder])
        with open_store(store) as store_of_it:
            assert hits(store_of_it, "拓源产值", 1)[0].stored.article.id == expected
    assert did(report) == (0, 2, 0, 0)
    agrees(store)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("change", ["text", "title", "date", "gone", "new", "swapped"])
def test_of_a_table_only_the_rows_that_changed_are_made_again(change, named, tmp_path, monkeypatch, new):
    folder, store = tmp_path / "corpus", new("store")
    folder.mkdir()
    table = [{"id": f"r{n}", "title": f"第{n}号通告", "date": "2024-03-05", "text": BODIES[n]} for n in range(5)]

    def write():
        rows_of_it = ({key: value for key, value in row.items() if named or key != "id"} for row in table)
        (folder / "rows.jsonl").write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of_it), encoding="utf-8"
        )

    write()
    reindex(store, [folder])
    made = []
    article = index.reading.contents._article
    monkeypatch.setattr(
        index.reading.contents,
        "_article",
        lambda name, own, *rest, **named: made.append(own) or article(name, own, *rest, **named),
    )
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
        assert did(report) == {"gone": (0, 0, 1, 4), "new": (1, 0, 0, 5), "swapped": (0, 2, 0, 3)}.get(
            change, (0, 1, 0, 4)
        )
        assert made == {"gone": [], "new": ["r9"], "swapped": ["r1", "r2"]}.get(change, ["r2"])
    else:  # a row without an id is known by its place
        assert did(report) == {"gone": (0, 3, 1, 1), "new": (1, 5, 0, 0), "swapped": (0, 2, 0, 3)}.get(
            change, (0, 1, 0, 4)
        )
        assert len(made) == {"gone": 3, "new": 6, "swapped": 2}.get(change, 1)
    monkeypatch.undo()
    reindex(new("fresh"), [folder])
    assert sorted(contents(store)) == sorted(contents(new("fresh")))
    agrees(store)


def test_swapped_files_of_one_size_and_time(tmp_path, new):
    """As mv does with files out of an archive, whose times are whole seconds."""
    a, b = "拓源实业今年的产值达到30亿元以上。", "塞纳威旅居车的新项目投资20亿元整。"
    assert len(a.encode()) == len(b.encode())
    folder = fill(tmp_path / "corpus", a=a, b=b)
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    reindex(new("store"), [folder])
    (folder / "a.txt").rename(tmp_path / "aside")
    (folder / "b.txt").rename(folder / "a.txt")
    (tmp_path / "aside").rename(folder / "b.txt")
    reindex(new("store"), [folder])
    assert (first(new("store"), "拓源产值"), first(new("store"), "旅居车")) == (("b.txt", 0), ("a.txt", 0))


def test_touched_files_are_unchanged(corpus, kept, embedded):
    for file in corpus.iterdir():
        os.utime(file, (1_600_000_000, 1_600_000_000))
    report = reindex(kept, [corpus])
    assert (did(report), report.generation, embedded) == ((0, 0, 0, 4), 1, [])


def test_files_long_unchanged_are_not_read(corpus, kept, monkeypatch):
    clock = time.time_ns
    monkeypatch.setattr(
        time, "time_ns", lambda: clock() + 60_000_000_000
    )  # as if read a minute after they were written
    reindex(kept, [corpus])
    monkeypatch.setattr(
        Path,
        "read_bytes",
        lambda path: pytest.fail(f"{path} was read") if path.suffix == ".txt" else path.open("rb").read(),
    )
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


def test_a_renamed_file_is_not_embedded_again(tmp_path, embedded, new):
    folder = fill(tmp_path / "corpus", long=long_text(), other=page(0))
    reindex(new("store"), [folder])
    assert len(embedded) > 5
    embedded.clear()
    (folder / "long.txt").rename(folder / "renamed.txt")
    assert did(reindex(new("store"), [folder])) == (1, 0, 1, 1)
    assert embedded == []
    agrees(new("store"))


def test_one_changed_sentence_embeds_at_most_three_passages(tmp_path, embedded, new):
    folder = fill(tmp_path / "corpus", long=long_text(), other=page(0))
    reindex(new("store"), [folder])
    embedded.clear()
    fill(folder, long=long_text().replace("第30号工厂", "第三十一号新工厂"))
    assert did(reindex(new("store"), [folder])) == (0, 1, 0, 1)
    assert 1 <= len(embedded) <= 3
    assert all("第三十一号新工厂" in text for text in embedded)
    reindex(new("fresh"), [folder])
    assert contents(new("store")) == contents(new("fresh"))


def test_one_new_article_embeds_only_its_own_passages(corpus, kept, embedded):
    reindex(kept, [fill(corpus, e=page(4))])
    assert len(embedded) == 1
    assert "视讯门诊" in embedded[0]


def test_no_store(tmp_path, new):
    place = new("none")
    for attempt in (lambda: open_store(place), lambda: remove(place, ["a"])):
        with pytest.raises(UserError, match=f"^{re.escape(str(place))}: no store there.$"):
            attempt()
    assert not store_exists(place)


def test_an_error_in_the_middle_of_a_run_changes_nothing(corpus, kept, new, monkeypatch):
    before, right = contents(kept), shown(kept)
    fill(corpus, a=page(4), e=page(5), f=long_text())
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding.models, "load_embedder", lambda _: Counting(bundled_model(), fails_after=0))
        with pytest.raises(RuntimeError, match="the model broke"):
            reindex(kept, [corpus])
    assert (contents(kept), shown(kept)) == (before, right)
    agrees(kept)
    report = reindex(kept, [corpus])
    assert (did(report), report.generation) == ((2, 1, 0, 3), 2)
    reindex(new("fresh"), [corpus])
    assert contents(kept) == contents(new("fresh"))
    agrees(kept)


def test_an_error_in_the_first_run_leaves_no_store(corpus, new, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding.models, "load_embedder", lambda _: Counting(bundled_model(), fails_after=0))
        with pytest.raises(RuntimeError, match="the model broke"):
            reindex(new("store"), [corpus])
    assert not store_exists(new("store"))
    with pytest.raises(UserError, match="no store there"):
        open_store(new("store"))
    assert did(reindex(new("store"), [corpus])) == (4, 0, 0, 0)
    agrees(new("store"))


def test_another_model_embeds_everything_again(corpus, kept, monkeypatch):
    before = contents(kept)
    with open_store(kept) as reader:
        with monkeypatch.context() as patched:
            patched.setattr(index.embedding.models, "load_embedder", lambda _: Short())
            report = reindex(kept, [corpus], model="short")
        assert (did(report), report.generation) == ((0, 0, 0, 4), 2)
        assert (reader.model, reader.dimension, len(hits(reader, "拓源产值"))) == (
            "bundled",
            bundled_model().dimension,
            4,
        )
        reader.refresh()
        assert (reader.model, reader.fingerprint, reader.dimension) == ("short", "short-1", 8)
    agrees(kept)
    assert did(reindex(kept, [corpus], model="bundled")) == (0, 0, 0, 4)
    assert contents(kept) == before


def test_remove_by_id_and_by_path(corpus, kept, monkeypatch):
    report = remove(kept, [ids(kept)[str(corpus / "a.txt")], str(corpus / "b.txt")])
    assert (did(report), report.articles, report.passages, report.generation) == ((0, 0, 2, 0), 2, 2, 2)
    assert paths(kept) == [str(corpus / "c.txt"), str(corpus / "d.txt")]
    agrees(kept)
    monkeypatch.chdir(corpus.parent)
    assert did(remove(kept, ["corpus/c.txt"])) == (0, 0, 1, 0)
    assert did(remove(kept, [str(corpus / "d.txt")])) == (0, 0, 1, 0)
    with open_store(kept) as store:
        assert (store.counts(), hits(store, "拓源产值")) == ((0, 0), [])
    agrees(kept)


def test_remove_takes_every_row_of_a_file(tmp_path, new):
    folder = fill(tmp_path / "corpus", a=page(0))
    apply(folder, "rows.jsonl", (2, False))
    reindex(new("store"), [folder])
    assert did(remove(new("store"), ["row1"])) == (0, 0, 1, 0)
    assert ids(new("store")) == {
        str(folder / "a.txt"): ids(new("store"))[str(folder / "a.txt")],
        str(folder / "rows.jsonl"): "row0",
    }
    reindex(new("again"), [folder])
    assert did(remove(new("again"), [str(folder / "rows.jsonl")])) == (0, 0, 2, 0)
    agrees(new("again"))


def test_remove_of_something_unknown_removes_nothing(corpus, kept):
    before = contents(kept)
    with pytest.raises(UserError, match=f"^nowhere.txt: no article of this id or path in {re.escape(str(kept))}.$"):
        remove(kept, [str(corpus / "a.txt"), "nowhere.txt"])
    assert contents(kept) == before
    with open_store(kept) as store:
        assert store.generation == 1
    agrees(kept)


@pytest.fixture
def dated(tmp_path, new):
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
    reindex(new("store"), [folder])
    return new("store")


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


@pytest.mark.parametrize(
    ("filters", "expected"), _FILTERS, ids=[str({k: v for k, v in asdict(f).items() if v}) for f, _ in _FILTERS]
)
def test_filters(filters, expected, dated):
    with open_store(dated) as store:
        assert " ".join(sorted(store.passing(filters, {article.id for article in store.articles()}))) == expected
        assert " ".join(sorted(hit.stored.article.id for hit in hits(store, "拓源产值", 10, filters))) == expected


def test_an_absolute_path_is_a_filter(dated, tmp_path):
    with open_store(dated) as store:
        path = str(tmp_path / "corpus" / "news" / "two.jsonl")
        assert store.passing(Filters(article=path), ["one", "two", "three"]) == {"two"}
        assert [hit.stored.article.id for hit in hits(store, "拓源产值", 10, Filters(article=path))] == ["two"]


_HANS = "关于拓源的报道\n2023年2月1日\n\n拓源实业今年的产值达到30亿元以上，比去年翻了一番。\n"


_HANT = "關於拓源的報道\n2023年2月1日\n\n拓源實業今年的產值達到30億元以上，比去年翻了一番。\n"


_DAMAGED = "關於拓源的報道\n2023年2月1日\n\n拓源實業(yè)今年的產(chǎn)值達到30億元以上，比去年翻了一番。\n"


def test_copies_are_duplicates_in_any_script(tmp_path, new):
    folder = fill(tmp_path / "corpus", a=_HANS, b=_HANT, c=_DAMAGED, other=page(2))
    report = reindex(new("store"), [folder])
    assert (report.articles, report.duplicates) == (4, 2)
    with open_store(new("store")) as store:
        found = hits(store, "拓源产值", 10)
        assert [(Path(hit.stored.article.path).name == "other.txt", len(hit.copies)) for hit in found] == [
            (False, 2),
            (True, 0),
        ]
        assert len(store.group_articles(found[0].stored.duplicate_group)) == 3
    (folder / "a.txt").unlink()
    report = reindex(new("store"), [folder])
    assert (report.removed, report.duplicates) == (1, 1)
    assert first(new("store"), "拓源产值") in (("b.txt", 1), ("c.txt", 1))
    fill(folder, c=_DAMAGED.replace("30", "31"))
    assert reindex(new("store"), [folder]).duplicates == 0
    assert first(new("store"), "拓源产值")[1] == 0


def test_articles_without_running_text_are_not_copies_of_each_other(tmp_path, new):
    folder = fill(tmp_path / "corpus", a="责任编辑：张三\n", b="来源：青岚日报\n")
    report = reindex(new("store"), [folder])
    assert (report.articles, report.passages, report.duplicates) == (2, 0, 0)


def _with_foot(folder):
    return sorted(
        {Path(path).name for path, *_, start, end, _, _, _, text in contents(folder) if FOOT in text[start:end]}
    )


def test_lines_that_recur_leave_the_passages(tmp_path, new):
    folder, store = fill(tmp_path / "corpus", a=page(0, True), b=page(1, True)), new("store")
    reindex(store, [folder])
    assert _with_foot(store) == ["a.txt", "b.txt"]
    assert did(reindex(store, [fill(folder, c=page(2, True))])) == (1, 0, 0, 2)
    assert _with_foot(store) == []
    with open_store(store) as it:
        assert it.counts() == (3, 3)
    (folder / "c.txt").unlink()
    assert did(reindex(store, [folder])) == (0, 0, 1, 2)
    assert _with_foot(store) == ["a.txt", "b.txt"]
    agrees(store)


def test_lines_that_recur_in_copies_of_one_article_do_not_count(tmp_path, new):
    folder = fill(tmp_path / "corpus", a=page(0, True), b=page(0, True), c=page(0, True), d=page(1, True))
    reindex(new("store"), [folder])
    assert _with_foot(new("store")) == ["a.txt", "b.txt", "c.txt", "d.txt"]


def test_remove_gives_back_lines_that_no_longer_recur(tmp_path, new):
    folder = fill(tmp_path / "corpus", a=page(0, True), b=page(1, True), c=page(2, True))
    reindex(new("store"), [folder])
    remove(new("store"), [str(folder / "c.txt")])
    assert _with_foot(new("store")) == ["a.txt", "b.txt"]


def test_an_id_of_two_files_names_two_articles(tmp_path, new):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in (("a", BODIES[0]), ("b", BODIES[1])):
        (folder / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": text}), encoding="utf-8")
    report = reindex(new("store"), [folder])
    assert (report.added, report.articles) == (2, 2)
    first_id, second_id = (name for _, name in sorted(ids(new("store")).items()))
    assert first_id == "same"
    assert second_id.startswith("same@")
    assert did(reindex(new("store"), [folder])) == (0, 0, 0, 2)


def test_a_renamed_file_of_rows_keeps_their_ids(tmp_path, new):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.jsonl").write_text(json.dumps({"id": "own", "text": BODIES[0]}), encoding="utf-8")
    reindex(new("store"), [folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    reindex(new("store"), [folder])
    assert list(ids(new("store")).values()) == ["own"]


def _towns(same):
    """Ten articles that tell of one town in like words, or of ten different things."""
    other = ("茶叶", "桥梁", "渔港", "学校", "医院", "工厂", "公园", "剧院", "机场", "书店")
    for number, thing in enumerate(other):
        about = (
            "青岚市举行新闻发布会，介绍全市经济社会发展的有关情况，市民代表参加了会议"
            if same
            else f"{thing}的事情只和{thing}有关，{thing * 3}"
        )
        yield f"第{number}号", f"{about}。{thing}今年有{number + 3}处变化，{thing}的人说这是{thing}的一件大事。"


def test_the_overlap_tells_how_much_alike_the_articles_are(tmp_path, new):
    overlaps = []
    for same in (True, False):
        folder = fill(tmp_path / f"corpus-{same}", **dict(_towns(same)))
        reindex(new(f"store-{same}"), [folder])
        with open_store(new(f"store-{same}")) as store:
            overlaps.append(store.overlap)
    assert 0 <= overlaps[1] < overlaps[0] <= 1


def test_one_group_of_duplicates_overlaps_with_nothing(tmp_path, new):
    reindex(new("store"), [fill(tmp_path / "corpus", a=page(0), b=page(0))])
    with open_store(new("store")) as store:
        assert store.overlap == 0.0


def test_an_empty_store_has_no_overlap(tmp_path, new):
    corpus = fill(tmp_path / "corpus", a=page(0), b=page(1))
    reindex(new("store"), [corpus])
    for path in corpus.iterdir():
        path.unlink()
    reindex(new("store"), [corpus])
    with open_store(new("store")) as store:
        assert store.counts() == (0, 0)
        assert store.overlap == 0.0


def test_the_overlap_does_not_tell_a_stores_history(tmp_path, new):
    corpus = fill(tmp_path / "corpus", **{str(number): page(number) for number in range(6)})
    reindex(new("old"), [corpus])
    (corpus / "3.txt").unlink()
    reindex(new("old"), [corpus])
    fill(corpus, **{"3": page(3)})
    reindex(new("old"), [corpus])
    reindex(new("fresh"), [corpus])
    with open_store(new("old")) as lived, open_store(new("fresh")) as made:
        assert lived.overlap == made.overlap > 0
