"""The contextual encoder's vectors of a store on a Milvus server: made behind the passages, searched as in a folder."""

import threading
from contextlib import closing

import numpy as np
import pytest

import index.backfill
import index.embedding.encoder
import index.milvus.generations
import index.milvus.meanings
from index.backfill import BackgroundBackfill, EncoderUnavailable, backfill
from index.embedding.static import bundled_model
from index.errors import UserError
from index.milvus.cluster import ENCODED, Cluster
from index.milvus.generations import encoded_of, read_state
from index.milvus.shards import Shard, lane_of
from index.records import embedded_text
from index.reindex import main
from index.store.filters import Filters
from index.stores import change_store, open_store
from index.updating import copy_store, reindex, remove, rollback
from qa.answering import answer_question, load_models
from qa.question import understand
from qa.search import search
from tests.servers import new_database
from tests.store_contents import BODIES, agrees, fill, long_text, page
from tests.test_encoded import Random, query, use, write

pytestmark = pytest.mark.milvus


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setattr(index.backfill, "_BATCH", 4)
    monkeypatch.setattr(index.backfill, "_SLICE", 2)
    monkeypatch.delenv("ZHIWEN_VECTORS")
    return use(monkeypatch, Random())


@pytest.fixture
def corpus(tmp_path):
    return write(tmp_path / "corpus")


def passages(address):
    """Passage id → its row of the newest generation."""
    with closing(Cluster(address)) as cluster:
        state = read_state(cluster, "Strong")
        fields = ["id", "hash", "article", "start", "date", "lane", "title"]
        return {row["id"]: row for row in cluster.rows(state.settings.passages, state.where, fields, "Strong")}


def kept(address):
    """Encoder's collection → the hashes that have a vector in it."""
    with closing(Cluster(address)) as cluster:
        return {
            name: sorted(row["hash"] for row in cluster.rows(name, 'hash != ""', ["hash"], "Strong"))
            for name in cluster.collections()
            if name.startswith(ENCODED)
        }


def hashes(address):
    """The hashes of all passages, each once."""
    return sorted({row["hash"] for row in passages(address).values()})


def texts(store, ids):
    return {
        i: embedded_text(stored.article.title, stored.passage.readable) for i, stored in store.passages(ids).items()
    }


def named(address, scores):
    """(article, start, score) of (id, score), copies in the order of their names."""
    rows = passages(address)
    return sorted(
        ((rows[i]["article"], rows[i]["start"], round(score, 5)) for i, score in scores),
        key=lambda hit: (-hit[2], hit[0], hit[1]),
    )


def oracle(address, store, encoder, vector, among=None):
    """(article, start, cosine) of all passages, or of those with these ids, by numpy."""
    ids = sorted(passages(address) if among is None else among)
    known = texts(store, ids)
    matrix = Random(encoder.fingerprint).encode([known[i] for i in ids]).astype(np.float16).astype(np.float64)
    return named(address, zip(ids, (matrix @ vector.astype(np.float64)).tolist(), strict=True))


def same(one, other):
    assert [hit[:2] for hit in one] == [hit[:2] for hit in other]
    assert [hit[2] for hit in one] == pytest.approx([hit[2] for hit in other], abs=2e-5)


def complete(address, encoder):
    """Every passage has the right vector, and nothing else has one."""
    with open_store(address) as store:
        assert store.encoded == len(store) == len(passages(address)) > 0
        assert store.encoder == encoder.fingerprint
        same(named(address, store.by_meaning(query(), 1000)), oracle(address, store, encoder, query()))
    assert kept(address) == {encoded_of(encoder.fingerprint): hashes(address)}
    return True


def test_passages_are_searched_by_meaning_as_by_numpy(place, corpus, encoder):
    reindex(place, [corpus])
    with open_store(place) as store:
        assert (store.encoder, store.encoded) == ("", 0)
        assert (store.by_meaning(query(), 5), store.meanings(query(), [1])) == ([], {})
        reports = []
        backfill(place, lambda *values: reports.append(values))
        assert reports[0] == (0, len(store), None)
        assert reports[-1][:2] == (len(store), len(store))
        assert sorted(encoder.texts) == sorted(set(texts(store, sorted(passages(place))).values()))
        assert len(encoder.texts) < len(store)  # the copy has the same vectors
        assert store.refresh()
        assert not store.refresh()
        rows, everything = passages(place), oracle(place, store, encoder, query())
        for k in (1, 7, len(store), 1000):
            assert len(store.by_meaning(query(), k)) == min(k, len(store))
            nearest = named(place, store.by_meaning(query(), k))
            assert {hit[:2] for hit in nearest} <= {hit[:2] for hit in everything}
            # Of two that are equal, either may be the last.
            assert [hit[2] for hit in nearest] == pytest.approx([hit[2] for hit in everything[:k]], abs=2e-5)
        for since, until in (("2024-05-02", "2024-05-03"), ("2030", "")):
            allowed = [i for i, row in rows.items() if since <= row["date"] <= (until or "9")]
            filtered = store.by_meaning(query(), 1000, Filters.of(since, until, "", ""))
            same(named(place, filtered), oracle(place, store, encoder, query(), allowed) if allowed else [])
        some = sorted(rows)[:3]
        cosines = store.meanings(query(), [*some, 10**9, some[0]])
        assert cosines.keys() == set(some)
        same(named(place, cosines.items()), oracle(place, store, encoder, query(), some))
        assert store.meanings(query(), []) == {}
    assert complete(place, encoder)


@pytest.mark.parametrize("few", [0, 2_000])
def test_few_of_the_nearest_pass(few, place, corpus, encoder, monkeypatch):
    """Whether the passages that pass are few or many, and however far from the question."""
    monkeypatch.setattr(index.milvus.meanings, "_FEW", max(few, 5))
    monkeypatch.setattr(index.milvus.meanings, "_MORE", 1)
    monkeypatch.setattr(index.milvus.meanings, "_WIDER", 2)
    monkeypatch.setattr(index.milvus.meanings, "_MOST", 8)
    reindex(place, [corpus])
    backfill(place)
    with open_store(place) as store:
        for day in range(1, 7):
            date = f"2024-05-{day:02d}"
            allowed = [i for i, row in passages(place).items() if row["date"] == date]
            expected = oracle(place, store, encoder, query(), allowed)
            same(named(place, store.by_meaning(query(), 30, Filters.of(date, date, "", ""))), expected)
            same(named(place, store.by_meaning(query(), 2, Filters.of(date, date, "", "")))[:1], expected[:1])


def test_the_same_questions_find_the_same_in_a_folder_and_on_a_server(place, corpus, encoder, tmp_path):
    folder = tmp_path / "store"
    for address in (folder, place):
        reindex(address, [corpus])
        encoder.texts.clear()
        backfill(address)
        assert encoder.texts
    with open_store(folder) as one, open_store(place) as other:
        for question in ("第7号工厂的产值", "谁介绍了今年的增长", "后来有没有变化", "how much did the plant make"):
            for filters in (Filters(), Filters.of("2024-05-02", "2024-05-04", "", "")):
                hits = [
                    [
                        (round(hit.score, 4), hit.stored.article.title, hit.stored.passage.text)
                        for hit in search(store, bundled_model(), understand(question), 10, filters, None, encoder)
                    ]
                    for store in (one, other)
                ]
                assert sorted(hits[0]) == sorted(hits[1]) != []


def test_a_stopped_run_keeps_what_is_encoded_and_the_next_goes_on(place, corpus, encoder):
    reindex(place, [corpus])

    def interrupt():
        if len(encoder.texts) >= 6:
            raise KeyboardInterrupt

    encoder.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        backfill(place)
    done = list(encoder.texts)
    encoder.before = lambda: None
    assert len(done) == 6
    with open_store(place) as store:
        assert 0 < store.encoded < len(store)
        some = [i for i, _ in store.by_meaning(query(), 1000)]
        assert set(texts(store, some).values()) == set(done)
        assert set(store.meanings(query(), sorted(passages(place)))) == set(some)
        same(named(place, store.by_meaning(query(), 1000)), oracle(place, store, encoder, query(), some))
        # What has no vector yet is the farthest, and is found by its words.
        hits = search(store, bundled_model(), understand("产值"), 50, Filters(), None, encoder)
        assert len(hits) > len(set(done))
    encoder.texts = done
    reports = []
    backfill(place, lambda *values: reports.append(values[0]))
    assert reports[0] >= 6
    assert len(encoder.texts) == len(set(encoder.texts)) == len(hashes(place))
    assert complete(place, encoder)


def test_a_line_cut_at_any_write_loses_at_most_a_batch(milvus_server, gate, corpus, encoder):
    place = new_database(milvus_server[0])
    reindex(place, [corpus])
    gate.calls.clear()
    backfill(place)
    calls = len(gate.calls)
    for passed in range(0, calls, 3):
        place = new_database(milvus_server[0])
        reindex(place, [corpus])
        gate.left = passed
        encoder.texts.clear()
        with pytest.raises(UserError, match="no Milvus server answers"):
            backfill(place)
        gate.left = None
        stored = {digest for part in kept(place).values() for digest in part}
        assert len(encoder.texts) - len(stored) in range(5), passed
        with open_store(place) as store:
            assert len(store.by_meaning(query(), 1000)) == sum(
                row["hash"] in stored for row in passages(place).values() if store.encoder
            )
        backfill(place)
        assert complete(place, encoder)


def test_only_new_texts_are_encoded_after_a_change(place, corpus, encoder, monkeypatch):
    monkeypatch.setattr(index.milvus.generations, "READER_SECONDS", 0.0)
    reindex(place, [corpus])
    backfill(place)
    before = hashes(place)
    encoder.texts.clear()
    backfill(place)
    assert encoder.texts == []
    with open_store(place) as reader:
        old = reader.by_meaning(query(), 1000)
        write(corpus, changed={1}, lacking={2}, extra=1)
        reindex(place, [corpus])
        rows = passages(place)
        assert not {i for i, _ in old} <= rows.keys()
        assert reader.by_meaning(query(), 1000) == old  # it keeps its generation
        # Another one sees at once what has not changed.
        with open_store(place) as store:
            assert {rows[i]["hash"] for i, _ in store.by_meaning(query(), 1000)} == set(before) & set(hashes(place))
            assert 0 < store.encoded < len(store)
        backfill(place)
        assert reader.by_meaning(query(), 1000) == old
    assert len(encoder.texts) == len(set(hashes(place)) - set(before)) > 0
    with open_store(place) as store:
        assert store.encoded == len(store)
        same(named(place, store.by_meaning(query(), 1000)), oracle(place, store, encoder, query()))
    assert set(kept(place)[encoded_of(encoder.fingerprint)]) == set(before) | set(hashes(place))
    # Back again: nothing is encoded anew.
    encoder.texts.clear()
    rollback(place)
    backfill(place)
    assert (hashes(place), encoder.texts) == (before, [])
    agrees(place)


def test_a_deleted_passage_leaves_no_vector_behind(place, corpus, encoder, monkeypatch):
    monkeypatch.setattr(index.milvus.generations, "READER_SECONDS", 0.0)
    reindex(place, [corpus])
    backfill(place)
    remove(place, ["row0", "row3"])
    with open_store(place) as store:
        assert {passages(place)[i]["article"] for i, _ in store.by_meaning(query(), 1000)}.isdisjoint({"row0", "row3"})
        assert store.by_meaning(query(), 5, Filters.of("", "", "", "row0")) == []
    remove(place, ["row1"])
    remove(place, ["row2"])  # removes what no reader sees of those before
    remaining = {row["hash"] for row in passages(place).values()}
    reindex(place, [write(corpus, lacking={0, 1, 2, 3})])
    remove(place, ["copy"])  # its texts are still those of row5
    reindex(place, [write(corpus, lacking={0, 1, 2, 3})])
    with change_store(place) as writer:
        writer.rebuild()
    backfill(place)
    assert set(hashes(place)) <= remaining
    assert complete(place, encoder)


def test_vectors_of_another_version_of_the_encoder_are_not_used(place, corpus, encoder, monkeypatch):
    reindex(place, [corpus])
    backfill(place)
    other = Random("fedcba9876543210")
    with open_store(place) as reader:
        assert answer_question(reader, load_models(reader), "第7号工厂的产值", 3, Filters()).answer is not None
        assert encoder.texts[-1] == understand("第7号工厂的产值").folded
        use(monkeypatch, other)
        assert reader.encoder == encoder.fingerprint != other.fingerprint
        other.before = lambda: pytest.fail("the question was encoded")
        models = load_models(reader)
        assert answer_question(reader, models, "第7号工厂的产值", 3, Filters()).answer is not None
        other.before = lambda: None
        backfill(place)
        # The vectors that it had are gone; it answers without them until it looks for news.
        assert reader.by_meaning(query(), 5) == []
        assert search(reader, bundled_model(), understand("第7号工厂的产值"), 3, Filters(), None, encoder) != []
        assert reader.refresh()
        assert reader.encoder == other.fingerprint
    assert len(other.texts) == len(hashes(place))
    assert complete(place, other)
    use(monkeypatch, encoder).texts.clear()
    backfill(place)
    assert len(encoder.texts) == len(hashes(place))
    assert complete(place, encoder)


def test_each_shard_fills_its_own_passages(place, tmp_path, encoder):
    folder = tmp_path / "many"
    for number in range(12):
        fill(folder, **{f"n{number}": page(number % len(BODIES)).replace("今年", f"{2000 + number}年")})
    shards = [Shard(1, 2), Shard(2, 2)]
    for shard in shards:
        reindex(place, [folder], shard=shard)
    reports = []
    backfill(place, lambda *values: reports.append(values), shard=shards[0])
    own = {row["hash"] for row in passages(place).values() if row["lane"] in shards[0].lanes}
    assert kept(place) == {encoded_of(encoder.fingerprint): sorted(own)}
    assert reports[-1][:2] == (sum(row["lane"] in shards[0].lanes for row in passages(place).values()),) * 2
    with open_store(place) as store:
        assert 0 < store.encoded < len(store)
    done = set(encoder.texts)
    backfill(place, shard=shards[0])
    assert set(encoder.texts) == done
    backfill(place, shard=shards[1])
    assert len(encoder.texts) == len(set(encoder.texts)) == len(hashes(place))
    assert complete(place, encoder)
    encoder.texts.clear()
    reindex(place, [folder])
    backfill(place)
    assert encoder.texts == []
    assert complete(place, encoder)


@pytest.mark.parametrize("number", [1, 2])
def test_a_shard_without_passages_has_nothing_left_to_do(number, place, tmp_path, encoder):
    folder = tmp_path / "one"
    name = next(name for name in map(str, range(99)) if lane_of(str(folder / f"{name}.txt")) in Shard(number, 2).lanes)
    fill(folder, **{name: page(0) + long_text(30)})
    for each in (1, 2):
        reindex(place, [folder], shard=Shard(each, 2))
        backfill(place, shard=Shard(each, 2))
    assert complete(place, encoder)
    with closing(Cluster(place)) as cluster:
        state = read_state(cluster, "Strong")
    assert {number: filled.commit for number, filled in state.vectors.lanes} == {
        number: lane.commit for number, lane in state.lanes
    }


def test_two_shards_encode_at_once(place, tmp_path, encoder):
    folder = tmp_path / "many"
    for number in range(12):
        fill(folder, **{f"n{number}": page(number % len(BODIES)).replace("今年", f"{2000 + number}年")})
    reindex(place, [folder])
    failed = []

    def run(number):
        try:
            backfill(place, shard=Shard(number, 2))
        except UserError as error:
            failed.append(error)

    runs = [threading.Thread(target=run, args=(number,)) for number in (1, 2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert failed == []
    assert complete(place, encoder)


def test_one_process_encodes_a_part_and_takes_what_is_added_meanwhile(place, corpus, encoder):
    reindex(place, [corpus])
    second = []

    def meanwhile():
        encoder.before = lambda: None
        reindex(place, [write(corpus, changed={0}, extra=2)])  # nobody waits for the encoder
        backfill(place, lambda *values: second.append(values))  # returns at once
        backfill(place, lambda *values: second.append(values), shard=Shard(1, 2))

    encoder.before = meanwhile
    backfill(place)
    assert second == []
    with open_store(place) as store:
        assert store.encoded == len(store)
        same(named(place, store.by_meaning(query(), 1000)), oracle(place, store, encoder, query()))


def test_a_copied_store_brings_its_vectors(place, corpus, encoder, tmp_path):
    folder = tmp_path / "store"
    reindex(folder, [corpus])
    backfill(folder)
    encoder.texts.clear()
    copy_store(folder, place)
    with open_store(folder) as one, open_store(place) as other:
        nearest = [
            sorted(
                (round(score, 4), text)
                for i, score in store.by_meaning(query(), 1000)
                for text in texts(store, [i]).values()
            )
            for store in (one, other)
        ]
        assert nearest[0] == nearest[1] != []
    backfill(place)
    assert encoder.texts == []
    assert complete(place, encoder)


def test_a_store_of_the_static_model_gets_none(place, corpus, encoder):
    reindex(place, [corpus], model="static")
    backfill(place)
    assert (encoder.texts, kept(place)) == ([], {})
    reindex(place, [corpus], model="bundled")
    backfill(place)
    assert complete(place, encoder)
    reindex(place, [corpus], model="static")
    with open_store(place) as store:
        assert (store.encoder, store.encoded, store.by_meaning(query(), 5)) == ("", 0, [])
    reindex(place, [corpus], model="bundled")
    encoder.texts.clear()
    backfill(place)
    assert encoder.texts == []
    assert complete(place, encoder)


def test_the_command_line_makes_them_after_its_report(place, corpus, encoder, capsys, monkeypatch):
    written = f"{place.uri}/{place.database}"
    assert main([str(corpus), "--store", written, "--later"]) == 0
    assert kept(place) == {}
    for number in (1, 2):
        assert main([str(corpus), "--store", written, "--shard", f"{number}/2"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert complete(place, encoder)
    write(corpus, changed={0})
    encoder.before = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    assert main([str(corpus), "--store", written]) == 130
    assert "the next run goes on" in capsys.readouterr().err
    encoder.before = lambda: None

    def missing():
        raise UserError("milvus.no_store", address="encoder")

    monkeypatch.setattr(index.embedding.encoder, "bundled_fingerprint", missing)
    with pytest.raises(EncoderUnavailable):
        backfill(place)


def test_programs_that_go_on_indexing_make_them_in_the_background(place, corpus, encoder):
    reindex(place, [corpus])
    background = BackgroundBackfill(place)
    background.begin()
    for thread in background._threads:
        thread.join(60)
    assert not background.stop()
    assert complete(place, encoder)
