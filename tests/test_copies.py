"""Copies of one article in a store: one hit that names them all, whatever the order in which they came and went."""

import json
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding.static import bundled_model
from index.language import use_language
from index.store.database import connect
from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex, remove
from qa.answering import answer_question, load_models
from qa.question import understand
from qa.render import as_json, as_text
from qa.search import search
from web.html import PageContext, reply_html

_BODY = """5月3日，青岚市港务局宣布，北岸码头的第三期泊位正式投入使用，全市港口的年吞吐能力由此提高到1286.5万吨。
记者在现场看到，四台新装的岸桥正在卸下从南方运来的木材，工人们只需坐在控制室里操作。港务局负责人何远山说，新泊位用了两年零三个月建成，总投资7.8亿元。
当地渔民最关心的是航道。按照港务局的安排，渔船仍走东侧的旧航道，每天清晨五点到七点优先出港，大船在这段时间里停在锚地等候。"""
_TRADITIONAL = """5月3日，青嵐市港務局宣佈，北岸碼頭的第三期泊位正式投入使用，全市港口的年吞吐能力由此提高到1286.5萬噸。
記者在現場看到，四臺新裝的岸橋正在卸下從南方運來的木材，工人們只需坐在控制室裡操作。港務局負責人何遠山說，新泊位用了兩年零三個月建成，總投資7.8億元。
當地漁民最關心的是航道。按照港務局的安排，漁船仍走東側的舊航道，每天清晨五點到七點優先出港，大船在這段時間裡停在錨地等候。"""
_OTHER = (
    _BODY.replace("1286.5", "1352.8").replace("7.8", "8.3").replace("5月3日", "5月4日")
)  # of the same event, with other figures
_FAR = (
    "云岫县春茶的批发价是每斤420元，比去年贵了一成。\n茶农说，今年雨水足，采茶的日子比往年早，"
    "码头上等着装船的茶叶堆成了小山。"
)


def _page(body, date="2024-05-03", source="江河新闻网"):
    return f"北岸码头三期泊位启用\n{date} 来源：{source}\n\n{body}\n责任编辑：陆小满\n"


_COPIES = {
    "exact": _page(_BODY),
    "another_source": _page(_BODY, "2024-05-06", "山海日报"),
    "other_script": _page(_TRADITIONAL),
    "digits_lost": "".join(sign for sign in _BODY if not sign.isdigit()) + "\n",
    "pinyin_left_in": _page(
        _BODY.replace("码头", "码(mǎ)头").replace("木材", "木(mù)材(cái)").replace("渔民", "渔(yú)民")
    ),
    "cut": _BODY[: len(_BODY) * 3 // 4],
    "head_and_foot": f"您的位置：首页 > 港口 > 正文\n{_page(_BODY)}上一篇：周末夜市\n下一篇：西瓜上市\n",
}


def _fill(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def _name(article):
    return Path(article.path).stem


def _copies_by_hit(folder, question="北岸码头总投资", filters=None, k=10):
    """Each article among the hits → the names of its copies, best first; no article is both."""
    with Store(folder) as store:
        hits = search(store, bundled_model(), understand(question), k, filters or Filters())
    by_hit = {_name(hit.stored.article): [_name(copy) for copy in hit.copies] for hit in hits}
    assert not set(by_hit) & {copy for copies in by_hit.values() for copy in copies}
    return by_hit


def _rows(folder, query):
    with closing(connect(folder, write=False)) as database:
        return database.execute(query).fetchall()


def _groups(folder):
    """The names of the articles of each group of duplicates."""
    groups = {}
    for article_text, path in _rows(folder, "SELECT duplicate_group, path FROM articles ORDER BY path"):
        groups.setdefault(article_text, []).append(Path(path).stem)
    return sorted(groups.values())


def _sound(folder):
    """The tables of likeness hold nothing of articles that are gone, and the group is the smallest of its words."""
    text_hashes = {row[0] for row in _rows(folder, "SELECT text_hash FROM articles")}
    kept = {
        (key, row[0]) for row in _rows(folder, "SELECT text_hash, bands FROM articles") for key in json.loads(row[1])
    }
    assert set(_rows(folder, "SELECT key, text_hash FROM bands")) == kept
    assert {word for pair in _rows(folder, "SELECT a, b FROM near_duplicates") for word in pair} <= text_hashes
    assert {row[0] for row in _rows(folder, "SELECT duplicate_group FROM articles")} <= text_hashes


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    place = tmp_path_factory.mktemp("copies")
    report = reindex(
        place / "store",
        [_fill(place / "corpus", _COPIES | {"original": _page(_BODY), "other": _page(_OTHER), "far": _FAR})],
    )
    assert (report.articles, report.duplicates) == (10, 7)
    return place / "store"


@pytest.mark.parametrize("copy", _COPIES)
def test_a_copy_and_its_original_are_one_hit(copy, tmp_path):
    report = reindex(
        tmp_path / "store", [_fill(tmp_path / "corpus", {"original": _page(_BODY), copy: _COPIES[copy], "far": _FAR})]
    )
    assert report.duplicates == 1
    by_hit = _copies_by_hit(tmp_path / "store")
    assert by_hit.pop("far", []) == []
    assert by_hit in ({"original": [copy]}, {copy: ["original"]})
    if copy in ("digits_lost", "pinyin_left_in", "cut"):
        assert by_hit == {"original": [copy]}


def test_all_copies_stand_behind_the_least_damaged(kept):
    by_hit = _copies_by_hit(kept)
    assert by_hit.keys() - {"other", "far"} <= {"original", "exact", "another_source", "other_script", "head_and_foot"}
    (best,) = by_hit.keys() - {"other", "far"}
    assert {best, *by_hit[best]} == {"original", *_COPIES}
    assert by_hit[best][-1] == "digits_lost"
    assert by_hit[best].index("another_source" if best != "another_source" else "exact") < by_hit[best].index(
        "pinyin_left_in"
    )
    assert (by_hit["other"], by_hit["far"]) == ([], [])


def test_json_names_every_copy_and_people_see_them(kept):
    with Store(kept) as store:
        reply = answer_question(store, load_models(store), "北岸码头总投资", 5, Filters())
    first = as_json(reply)["passages"][0]["article"]
    assert first["copies"] == 7 == len(first["duplicates"])
    assert [list(copy) for copy in first["duplicates"]] == [["id", "title", "date", "source", "file"]] * 7
    assert {Path(copy["file"]).stem for copy in first["duplicates"]} | {Path(first["file"]).stem} == {
        "original",
        *_COPIES,
    }
    by_name = {Path(copy["file"]).stem: copy for copy in [*first["duplicates"], first]}
    assert (by_name["another_source"]["source"], by_name["another_source"]["date"]) == ("山海日报", "2024-05-06")
    assert (by_name["digits_lost"]["source"], by_name["digits_lost"]["date"]) == (None, None)
    with use_language("zh"):
        terminal = as_text(reply, colour=False)
    for page in (terminal, reply_html(reply, PageContext("zh", str), 0)):
        assert "同稿另有 7 篇" in page
        assert "等 7 篇" in page
        assert page.count("同稿：") == 6  # five are named, and how many there are


@pytest.mark.parametrize(
    ("filters", "named", "copies"),
    [
        (Filters(since="2024-05-05"), "another_source", 7),
        (Filters(source="山海日报"), "another_source", 7),
        (Filters(article="digits_lost.txt"), "digits_lost", 7),
        (Filters(article="cut.txt"), "cut", 7),
        (Filters(article="other.txt"), "other", 0),
    ],
)
def test_a_filter_shows_the_best_copy_that_passes(filters, named, copies, kept):
    by_hit = _copies_by_hit(kept, filters=filters)
    assert {name: len(behind) for name, behind in by_hit.items()} == {named: copies}


def test_of_copies_that_pass_a_filter_the_least_damaged_is_shown(kept):
    by_hit = _copies_by_hit(kept, filters=Filters(source="江河新闻网"))
    (best,) = by_hit.keys() - {"other"}
    assert best in ("original", "exact", "other_script", "head_and_foot")
    assert _copies_by_hit(kept, filters=Filters(until="2024-05-01")) == {}


def test_the_next_comes_forward_when_the_shown_one_goes(tmp_path):
    texts = {"a": _page(_BODY), "b": _COPIES["pinyin_left_in"], "c": _COPIES["digits_lost"], "far": _FAR}
    corpus, store = _fill(tmp_path / "corpus", texts), tmp_path / "store"
    reindex(store, [corpus])
    assert _copies_by_hit(store, k=1) == {"a": ["b", "c"]}
    (corpus / "a.txt").unlink()
    assert reindex(store, [corpus]).duplicates == 1
    assert _copies_by_hit(store, k=1) == {"b": ["c"]}
    remove(store, [str(corpus / "b.txt")])
    assert _copies_by_hit(store, k=1) == {"c": []}
    _sound(store)
    assert _groups(store) == [["c"], ["far"]]
    (corpus / "c.txt").unlink()
    assert reindex(store, [_fill(corpus, {"a": _page(_BODY), "d": texts["b"]})]).duplicates == 1
    assert _copies_by_hit(store, k=1) == {"a": ["d"]}


def test_a_copy_that_is_corrected_is_no_duplicate(tmp_path):
    corpus, store = (
        _fill(tmp_path / "corpus", {"a": _page(_BODY), "b": _page(_BODY, source="山海日报")}),
        tmp_path / "store",
    )
    assert reindex(store, [corpus]).duplicates == 1
    assert reindex(store, [_fill(corpus, {"b": _page(_OTHER)})]).duplicates == 0
    assert _copies_by_hit(store) == {"a": [], "b": []}
    assert reindex(store, [_fill(corpus, {"a": _page(_OTHER, source="山海日报")})]).duplicates == 1
    assert _groups(store) == [["a", "b"]]
    _sound(store)


def test_without_figures_a_copy_joins_one_group_only(kept, tmp_path):
    """It contradicts neither of two that contradict each other; it stands with one of them, always the same."""
    lost = _COPIES["digits_lost"]
    groups = []
    for number, order in enumerate((["a", "b", "lost"], ["lost", "b", "a"], ["b", "lost", "a"])):
        texts = {"a": _page(_BODY), "b": _page(_OTHER), "lost": lost}
        store = tmp_path / f"store{number}"
        for name in order:
            reindex(store, [_fill(tmp_path / f"corpus{number}", {name: texts[name]})])
        groups.append(_groups(store))
    assert groups[0] == groups[1] == groups[2]
    assert sorted(map(len, groups[0])) == [1, 2]


_TEXTS = [
    *_COPIES.values(),
    _page(_OTHER),
    _page(_OTHER, source="山海日报"),
    _FAR,
    "".join(sign for sign in _OTHER if not sign.isdigit()),
    "短讯",
]
_STEP = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(0, len(_TEXTS) - 1), min_size=1, max_size=3)


@settings(max_examples=12)
@given(st.lists(_STEP, min_size=1, max_size=4))
def test_any_history_gives_the_duplicates_of_a_fresh_store(steps):
    """Each step adds, changes or removes files and takes them in."""
    with tempfile.TemporaryDirectory() as place:
        corpus, store = _fill(Path(place, "corpus"), {"stays": _page(_BODY), "z": _FAR}), Path(place, "store")
        reindex(store, [corpus])
        for step in steps:
            for name, text in step.items():
                if text is None:
                    (corpus / f"{name}.txt").unlink(missing_ok=True)
                else:
                    _fill(corpus, {name: _TEXTS[text]})
            reindex(store, [corpus])
            _sound(store)
        reindex(Path(place, "fresh"), [corpus])
        assert _groups(store) == _groups(Path(place, "fresh"))
        for question in ("北岸码头总投资", "春茶批发价"):
            assert _copies_by_hit(store, question) == _copies_by_hit(Path(place, "fresh"), question)


@settings(max_examples=8)
@given(st.permutations(sorted(_COPIES)), st.integers(1, 7))
def test_the_order_of_arrival_does_not_matter(order, first):
    with tempfile.TemporaryDirectory() as place:
        corpus, store = Path(place, "corpus"), Path(place, "store")
        for names in (order[:first], order[first:]):
            reindex(store, [_fill(corpus, {name: _COPIES[name] for name in names})])
        assert _groups(store) == [sorted(_COPIES)]
        _sound(store)
        reindex(Path(place, "fresh"), [corpus])
        assert _copies_by_hit(store) == _copies_by_hit(Path(place, "fresh"))
