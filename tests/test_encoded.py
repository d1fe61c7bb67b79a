"""The contextual encoder's vectors come behind the passages: kept in batches, searched as far as they are made."""

import hashlib
import json
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import index.backfill
import index.embedding.encoder
import index.embedding.models
import index.reindex
import qa.answering
from index.backfill import BackgroundBackfill, EncoderUnavailable, ProgressLines, backfill
from index.embedding.encoder import bundled_encoder
from index.embedding.static import bundled_model, static_model
from index.errors import UserError
from index.records import embedded_text
from index.store import encoded
from index.store.database import NoStore, connect, locked
from index.store.filters import Filters
from index.store.folder import Store
from index.text.folding import fold
from index.updating import reindex, remove, rollback
from qa.question import understand
from qa.search import search
from tests.store_contents import Counting, long_text
from web.jobs import JobRunner

ROOT = Path(__file__).parents[1]
ARTICLES = 6


class Random:
    """An encoder whose vectors are of unit length, random, and always the same for a text."""

    name, dimension = "bundled", 24

    def __init__(self, fingerprint="0123456789abcdef"):
        self.fingerprint, self.texts, self.before = fingerprint, [], lambda: None

    def encode(self, texts, *, query=False):
        self.before()
        self.texts += texts
        vectors = [
            np.random.default_rng(
                int.from_bytes(hashlib.sha256((self.fingerprint + text).encode()).digest()[:8], "big")
            ).standard_normal(self.dimension)
            for text in texts
        ]
        matrix = np.array(vectors, np.float32).reshape(-1, self.dimension)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def use(monkeypatch, encoder):
    """Take an encoder for the bundled one, also where an earlier test asked a question with another."""
    monkeypatch.setattr(qa.answering, "contextual_encoder", cache(qa.answering.contextual_encoder.__wrapped__))
    monkeypatch.setattr(index.embedding.encoder, "bundled_encoder", lambda: encoder)
    monkeypatch.setattr(index.embedding.encoder, "bundled_fingerprint", lambda: encoder.fingerprint)
    return encoder


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setattr(index.backfill, "_BATCH", 4)
    monkeypatch.setattr(index.backfill, "_SLICE", 2)
    monkeypatch.delenv("ZHIWEN_VECTORS")
    return use(monkeypatch, Random())


def write(folder, changed=(), lacking=(), extra=0):
    """A file of articles of several passages each, one of them twice."""
    folder.mkdir(exist_ok=True)
    rows = [
        {
            "id": f"row{number}",
            "title": f"第{number}篇",
            "date": f"2024-05-{number + 1:02d}",
            "text": long_text(20 + number)[number * 30 :] + ("后来又有了变化。" if number in changed else ""),
        }
        for number in range(ARTICLES + extra)
        if number not in lacking
    ]
    rows.append(rows[-1] | {"id": "copy"})
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path):
    return write(tmp_path / "corpus")


@pytest.fixture
def kept(corpus, encoder, tmp_path):
    """A store whose passages have no vector of the encoder yet."""
    reindex(tmp_path / "store", [corpus])
    return tmp_path / "store"


def texts(store):
    """Passage id → the text that is encoded."""
    with closing(connect(store.folder, write=False)) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM passages ORDER BY id")]
    return {
        passage: embedded_text(stored.article.title, stored.passage.readable)
        for passage, stored in store.passages(ids).items()
    }


def oracle(store, encoder, vector, among=None):
    """(id, cosine) of all passages, by numpy."""
    passages = {i: text for i, text in texts(store).items() if among is None or i in among}
    matrix = encoder.encode(list(passages.values())).astype(np.float16).astype(np.float64)
    scores = zip(passages, (matrix @ vector.astype(np.float64)).tolist(), strict=True)
    return sorted(scores, key=lambda each: (-round(each[1], 6), each[0]))


def query(number=0):
    return Random("query").encode([f"问题{number}"])[0]


def same(hits, expected):
    assert [i for i, _ in hits] == [i for i, _ in expected]
    assert [score for _, score in hits] == pytest.approx([score for _, score in expected], abs=1e-5)


def complete(folder, encoder):
    """Whether every passage has the right vector."""
    with Store(folder) as store:
        assert store.encoded == len(store) > 0
        assert store.encoder == encoder.fingerprint
        same(store.by_meaning(query(), len(store)), oracle(store, encoder, query()))
    return True


def files(folder):
    return sorted(path.name for path in folder.glob("encoded-*"))


def test_passages_are_searched_by_meaning_as_by_numpy(kept, encoder):
    with Store(kept) as store:
        assert (store.encoded, store.encoder, store.by_meaning(query(), 5), store.meanings(query(), [1])) == (
            0,
            "",
            [],
            {},
        )
        assert store.by_terms(["产", "值"], 3)
    reports = []
    backfill(kept, lambda *values: reports.append(values))
    with Store(kept) as store:
        size = len(store)
        assert len(set(texts(store).values())) < size  # the copy
        assert sorted(encoder.texts) == sorted(set(texts(store).values()))
        for number in range(5):
            everything = oracle(store, encoder, query(number))
            for k in (1, 7, 8, size, size + 10):
                if (
                    k >= size or everything[k - 1][1] != everything[k][1]
                ):  # of two that are equal, either may be the last
                    same(store.by_meaning(query(number), k), everything[:k])
            for since, until in (("2024-05-02", "2024-05-03"), ("2030", "")):
                filters = Filters.of(since, until, "", "")
                dates = {i: stored.article.date for i, stored in store.passages([*texts(store)]).items()}
                allowed = {i for i, date in dates.items() if since <= date <= (until or "9")}
                same(store.by_meaning(query(number), 5, filters), oracle(store, encoder, query(number), allowed)[:5])
            some = [everything[i][0] for i in (5, 0, 3)]
            assert store.meanings(query(number), [*some, 10**9, some[0]]) == pytest.approx(
                {i: score for i, score in everything if i in some}, abs=1e-5
            )
        assert store.meanings(query(), []) == {}
    assert [done for done, _, _ in reports] == sorted(done for done, _, _ in reports)
    assert reports[0] == (0, size, None)
    assert reports[-1][:2] == (size, size)
    assert reports[-1][2] == 0


def test_the_hash_is_of_the_text_that_is_encoded(kept):
    with closing(connect(kept, write=False)) as database:
        passages = encoded.unencoded(database, "x" * 16, after=0, most=1000)
    assert [passage.id for passage in passages] == sorted(passage.id for passage in passages)
    for passage in passages:
        assert passage.hash == hashlib.sha256(fold(passage.text).encode()).hexdigest()[:32]


def test_a_second_call_does_nothing(kept, encoder):
    backfill(kept)
    before, encoder.texts = encoded.identity(kept, files(kept)[0][8:24]), []
    backfill(kept)
    assert encoder.texts == []
    assert encoded.identity(kept, files(kept)[0][8:24]) == before


@pytest.mark.parametrize("calls", [0, 1, 2, 3, 5])
def test_a_stopped_run_keeps_what_is_encoded_and_the_next_goes_on(kept, encoder, calls):
    left = calls

    def stop():
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    encoder.before = stop
    with pytest.raises(KeyboardInterrupt):
        backfill(kept)
    encoder.before = lambda: None
    with Store(kept) as store:
        assert store.encoded >= calls * 2
        some = [i for i, _ in store.by_meaning(query(), 1000)]
        assert len(some) == store.encoded
        same(store.by_meaning(query(), 1000), oracle(store, encoder, query(), some))
        lacking = set(texts(store)) - set(some)
        assert set(store.meanings(query(), sorted(texts(store)))) == set(some)
    encoder.texts = []
    backfill(kept)
    with Store(kept) as store:
        assert set(encoder.texts) == {texts(store)[i] for i in lacking}
    assert complete(kept, encoder)


@pytest.mark.crash
def test_a_killed_run_goes_on(kept, encoder):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom tests.test_encoded import Random\n"
        "import index.backfill, index.embedding.encoder as module\n"
        "index.backfill._BATCH, index.backfill._SLICE = 4, 2\n"
        "encoder = Random()\nencoder.before = lambda: len(encoder.texts) < 7 or os._exit(9)\n"
        "module.bundled_encoder, module.bundled_fingerprint = lambda: encoder, lambda: encoder.fingerprint\n"
        "index.backfill.backfill(Path(sys.argv[1]))\n"
    )
    run = subprocess.run([sys.executable, "-c", program, kept], cwd=ROOT, check=False)
    assert run.returncode == 9
    with Store(kept) as store:
        assert 4 <= store.encoded < len(store)
    backfill(kept)
    with Store(kept) as store:
        assert len(encoder.texts) == len(set(texts(store).values())) - 8  # two batches
    assert complete(kept, encoder)


def test_only_new_texts_are_encoded_after_a_change(kept, encoder, corpus):
    backfill(kept)
    with Store(kept) as store:
        before = set(texts(store).values())
        passages = len(store)
    encoder.texts = []
    write(corpus, changed=[2], lacking=[0])
    reindex(kept, [corpus])
    with Store(kept) as store:  # at once, without a backfill
        after = set(texts(store).values())
        assert 0 < len(after - before) < len(after) / 2
        assert 0 < store.encoded < len(store) < passages
        unchanged = [i for i, text in texts(store).items() if text in before]
        assert [i for i, _ in store.by_meaning(query(), 1000)] == [
            i for i, _ in oracle(store, encoder, query(), unchanged)
        ]
    assert len(files(kept)) == 1
    encoder.texts = []
    backfill(kept)
    assert set(encoder.texts) == after - before
    assert complete(kept, encoder)
    with closing(connect(kept, write=False)) as database:
        assert database.execute("SELECT count(*) FROM encoded").fetchall() == [(len(after),)]


def test_a_removed_article_leaves_and_comes_back(kept, encoder):
    backfill(kept)
    encoder.texts = []
    with Store(kept) as store:
        going = [i for i, stored in store.passages([*texts(store)]).items() if stored.article.title == "第2篇"]
        article = store.passages(going)[going[0]].article.id
        everything = oracle(store, encoder, query())
    encoder.texts = []
    remove(kept, [article])
    with Store(kept) as store:
        assert store.encoded == len(store) < len(everything)
        assert store.meanings(query(), going) == {}
    rollback(kept)
    with Store(kept) as store:
        same(store.by_meaning(query(), 1000), everything)  # oracle: the passages have their old ids
    remove(kept, [article])
    backfill(kept)  # removes what no passage needs
    assert encoder.texts == []
    rollback(kept)
    with Store(kept) as store:
        assert 0 < store.encoded < len(store)
    backfill(kept)
    assert 0 < len(encoder.texts) < len(everything) / 2
    with Store(kept) as store:
        same(store.by_meaning(query(), 1000), everything)


def _cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def _harm(path):
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)


def _of_another_commit(path):
    contents = path.read_bytes()
    path.write_bytes(contents[:-32] + b"f" * 16 + contents[-16:])


_HARMS = [Path.unlink, _cut, _harm, _of_another_commit, lambda path: path.write_bytes(b"")]


@pytest.mark.parametrize("harm", _HARMS)
def test_a_file_of_no_use_is_made_again_from_the_table(kept, encoder, corpus, harm):
    backfill(kept)
    with Store(kept) as opened:
        harm(kept / files(kept)[0])
        opened.refresh()
        same(opened.by_meaning(query(), 1000), oracle(opened, encoder, query()))
    assert complete(kept, encoder)
    write(corpus, changed=[1])  # a writer that begins with the harmed file
    reindex(kept, [corpus])
    with Store(kept) as store:
        assert encoded.opened(kept, files(kept)[0][8:24]) is not None
        assert 0 < store.encoded < len(store)
    harm(kept / files(kept)[0])
    encoder.texts = []
    backfill(kept)
    assert encoded.opened(kept, files(kept)[0][8:24]) is not None
    assert complete(kept, encoder)


def test_a_file_copied_to_another_commits_name_is_not_used(kept, encoder, corpus):
    backfill(kept)
    old = kept / files(kept)[0]
    saved = old.read_bytes()
    write(corpus, changed=[0, 1, 2])
    reindex(kept, [corpus])
    (kept / files(kept)[0]).write_bytes(saved)
    backfill(kept)
    assert complete(kept, encoder)


def test_readers_see_the_vectors_grow_within_a_generation(kept, encoder, monkeypatch):
    monkeypatch.setattr(index.backfill, "_PUBLISH_EVERY", -1)
    monkeypatch.setattr(index.backfill, "_PUBLISH_SHARE", 0)
    sizes = []
    with Store(kept) as store:
        generation = store.generation

        def look():
            assert not store.refresh()
            sizes.append(store.encoded)
            same(
                store.by_meaning(query(), 3),
                oracle(store, Random(), query(), [*store.meanings(query(), [*texts(store)])])[:3],
            )

        encoder.before = look
        backfill(kept)
        encoder.before = lambda: None
        assert not store.refresh()
        assert store.encoded == len(store)
        assert store.generation == generation
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 3
    assert len(files(kept)) == 1


def _partly(kept, encoder, monkeypatch):
    """Publish two batches, keep half of another."""
    monkeypatch.setattr(index.backfill, "_PUBLISH_EVERY", -1)
    monkeypatch.setattr(index.backfill, "_PUBLISH_SHARE", 0)

    def stop():
        if len(encoder.texts) == 10:
            raise KeyboardInterrupt

    encoder.before = stop
    with pytest.raises(KeyboardInterrupt):
        backfill(kept)
    encoder.before = lambda: None


def test_a_commit_takes_what_was_kept_since_the_file_was_written(kept, encoder, corpus, monkeypatch):
    _partly(kept, encoder, monkeypatch)
    behind = encoded.opened(kept, files(kept)[0][8:24])
    write(corpus, lacking=[ARTICLES - 1])
    reindex(kept, [corpus])
    with Store(kept) as store, closing(connect(kept, write=False)) as database:
        query_of_all = "SELECT id FROM passages WHERE hash IN (SELECT hash FROM encoded)"
        stored = {row[0] for row in database.execute(query_of_all)}
        assert stored - behind.index.ids()
        assert encoded.opened(kept, files(kept)[0][8:24]).index.ids() == stored
        assert store.encoded == len(stored)


def test_a_commit_goes_on_from_the_file_before_it(kept, encoder, corpus, monkeypatch):
    backfill(kept)
    write(corpus, changed=[1])
    with monkeypatch.context() as patch:
        patch.setattr(encoded, "joined", None)  # the cost follows the change
        reindex(kept, [corpus])
    backfill(kept)
    assert complete(kept, encoder)


def test_a_commit_between_the_writing_of_a_file_and_its_naming(kept, encoder, monkeypatch):
    with Store(kept) as store:
        article = store.passages([1])[1].article.id
    prepare, calls = encoded.prepare, []

    def prepared(folder):
        calls.append(prepare(folder))
        if len(calls) == 1:
            remove(kept, [article])
        return calls[-1]

    monkeypatch.setattr(encoded, "prepare", prepared)
    backfill(kept)
    (file,) = files(kept)
    assert file[8:24] != calls[0].commit
    assert encoded.opened(kept, file[8:24]) is not None
    assert complete(kept, encoder)


def test_a_file_of_another_encoder_is_not_added_to(kept, encoder, corpus, monkeypatch):
    backfill(kept)
    path = kept / files(kept)[0]
    contents = path.read_bytes()
    other = use(monkeypatch, Random("fedcba9876543210"))
    backfill(kept)
    path.write_bytes(contents)
    write(corpus, changed=[1])
    reindex(kept, [corpus])
    with Store(kept) as store:
        assert store.encoder == other.fingerprint
    backfill(kept)
    assert complete(kept, other)


def test_another_encoder_empties_the_table(kept, encoder, monkeypatch):
    backfill(kept)
    other = use(monkeypatch, Random("fedcba9876543210"))
    backfill(kept)
    with Store(kept) as store:
        assert set(other.texts) == set(texts(store).values())
    assert complete(kept, other)


def test_a_reader_never_mixes_two_encoders(kept, encoder, monkeypatch):
    backfill(kept)
    other = use(monkeypatch, Random("fedcba9876543210"))
    with Store(kept) as store:

        def look():
            store.refresh()
            with Store(kept) as fresh:
                for each in (store, fresh):
                    if each.encoded:
                        known = [*each.meanings(query(), [*texts(each)])]
                        same(each.by_meaning(query(), 1000), oracle(each, Random(each.encoder), query(), known))

        other.before = look
        backfill(kept)
    other.before = lambda: None
    assert complete(kept, other)


def test_a_store_of_an_earlier_version_gets_its_vectors(kept, encoder):
    with closing(connect(kept, write=False)) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not {"encoded", "encoder"} & tables
    assert files(kept) == []
    backfill(kept)
    assert complete(kept, encoder)


def test_writers_get_in_between(kept, encoder, corpus):
    changes = iter([lambda: write(corpus, changed=[0], extra=2), lambda: write(corpus, lacking=[3])])

    def change():
        if (step := next(changes, None)) is not None:
            step()
            reindex(kept, [corpus])

    encoder.before = change
    backfill(kept)
    encoder.before = lambda: None
    assert complete(kept, encoder)
    with closing(connect(kept, write=False)) as database:
        unused = "SELECT count(*) FROM encoded WHERE hash NOT IN (SELECT hash FROM passages)"
        assert database.execute(unused).fetchall() == [(0,)]


def test_passages_that_a_rollback_brings_back_are_encoded(kept, encoder):
    with Store(kept) as store:
        passages = store.passages([*texts(store)])
        (article,) = {stored.article.id for stored in passages.values() if stored.article.title == "第0篇"}
        last = max(i for i, stored in passages.items() if stored.article.id == article)
    assert last < max(passages) / 2
    remove(kept, [article])
    calls = []

    def undo():
        calls.append(1)
        if len(calls) == 7:  # those ids are behind by then
            rollback(kept)

    encoder.before = undo
    backfill(kept)
    assert len(calls) > 7
    encoder.before = lambda: None
    assert complete(kept, encoder)


def test_one_process_encodes_and_takes_what_others_add(kept, encoder, corpus):
    def second():
        encoder.before = lambda: None
        write(corpus, extra=1)
        reindex(kept, [corpus])
        before = len(encoder.texts)
        backfill(kept)  # returns at once
        assert len(encoder.texts) == before

    encoder.before = second
    backfill(kept)
    assert complete(kept, encoder)


def test_it_waits_for_a_writer(kept, encoder):
    stop, begun = threading.Event(), threading.Event()
    encoder.before = begun.set
    thread = threading.Thread(target=backfill, args=(kept,), kwargs={"stop": stop})
    with locked(kept, seconds=0):
        thread.start()
        assert begun.wait(10)
        thread.join(1.5)
        assert thread.is_alive()
    thread.join(10)
    assert complete(kept, encoder)


def test_a_store_without_an_encoder_is_left_alone(corpus, encoder, tmp_path):
    reindex(tmp_path / "store", [corpus], model="static")
    backfill(tmp_path / "store")
    assert (encoder.texts, files(tmp_path / "store")) == ([], [])
    with pytest.raises(NoStore):
        backfill(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_changing_between_static_and_bundled_embeds_nothing(kept, encoder, corpus, monkeypatch):
    backfill(kept)
    encoder.texts = []
    counting = {model.name: Counting(model) for model in (bundled_model(), static_model())}
    assert counting["static"].fingerprint == counting["bundled"].fingerprint
    monkeypatch.setattr(index.embedding.models, "load_embedder", counting.__getitem__)
    reindex(kept, [corpus], model="static")
    with Store(kept) as store:
        assert (store.model, store.encoded, store.by_meaning(query(), 3)) == ("static", 0, [])
    assert files(kept) == []
    assert reindex(kept, [corpus]).generation == 2  # nothing new
    reindex(kept, [corpus], model="bundled")
    backfill(kept)
    assert complete(kept, encoder)
    assert [*counting["static"].texts, *counting["bundled"].texts] == []
    with Store(kept) as store:
        assert (store.model, store.generation) == ("bundled", 3)


def test_rebuilding_and_copying_a_store_keeps_the_vectors(kept, encoder, tmp_path):
    backfill(kept)
    encoder.texts = []
    assert index.reindex.main(["--rebuild", "--store", str(kept)]) == 0
    shutil.copytree(kept, tmp_path / "copy")
    backfill(tmp_path / "copy")
    assert encoder.texts == []
    assert complete(tmp_path / "copy", encoder)


def test_the_report_comes_first_and_stdout_is_one_object(corpus, encoder, tmp_path, capfd):
    def report_is_there():
        assert json.loads(capfd.readouterr().out)["articles"] == ARTICLES + 1
        encoder.before = lambda: None

    encoder.before = report_is_there
    store = ["--store", str(tmp_path / "store")]
    assert index.reindex.main([str(corpus), *store, "--json"]) == 0
    assert encoder.texts
    assert capfd.readouterr() == ("", "")
    assert complete(tmp_path / "store", encoder)


def test_it_can_be_left_to_a_later_run(corpus, encoder, tmp_path, monkeypatch, capfd):
    store = ["--store", str(tmp_path / "store")]
    assert index.reindex.main([str(corpus), *store, "--later"]) == 0
    monkeypatch.setenv("ZHIWEN_VECTORS", "later")
    assert index.reindex.main([str(corpus), *store]) == 0
    monkeypatch.delenv("ZHIWEN_VECTORS")
    assert index.reindex.main([str(corpus), *store, "--dry-run"]) == 0
    assert encoder.texts == []
    assert index.reindex.main([str(corpus), *store]) == 0
    assert complete(tmp_path / "store", encoder)


def test_ctrl_c_says_that_the_next_run_goes_on(corpus, encoder, tmp_path, capfd):
    def stop():
        if len(encoder.texts) >= 8:
            raise KeyboardInterrupt

    encoder.before = stop
    arguments = [str(corpus), "--store", str(tmp_path / "store")]
    assert index.reindex.main(arguments) == 130
    out, err = capfd.readouterr()
    assert out.startswith("added ")
    with Store(tmp_path / "store") as store:
        assert 8 <= store.encoded < len(store)
        numbers = f"{store.encoded} of {len(store)}"
    assert err == f"zhiwen: Stopped: {numbers} passages have vectors, all can be searched; the next run goes on.\n"
    encoder.before = lambda: None
    assert index.reindex.main(arguments) == 0
    assert complete(tmp_path / "store", encoder)


def test_a_watcher_encodes_behind_its_reports(corpus, encoder, tmp_path, monkeypatch, capfd):
    store = tmp_path / "store"
    busy, goes_on = threading.Event(), threading.Event()

    def wait():
        busy.set()
        assert goes_on.wait(10)

    def changes(roots, own):
        yield 0
        assert busy.wait(10)
        write(corpus, extra=1)
        yield 1  # indexed while the encoder is at work
        with Store(store) as opened:
            assert (opened.generation, opened.encoded) == (2, 0)
        threading.Timer(0.2, goes_on.set).start()
        raise KeyboardInterrupt

    encoder.before = wait
    monkeypatch.setattr("index.watching.changes", changes)
    assert index.reindex.main([str(corpus), "--store", str(store), "--watch", "--json"]) == 0
    out, err = capfd.readouterr()
    assert [json.loads(line)["added"] for line in out.splitlines()] == [ARTICLES + 1, 1]
    assert "the next run goes on" in err
    encoder.before = lambda: None
    backfill(store)
    assert complete(store, encoder)


@pytest.mark.parametrize("harm", [shutil.rmtree, lambda folder: (folder / "encoder.onnx").write_bytes(b"no network")])
def test_without_an_encoder_everything_else_works(corpus, tmp_path, monkeypatch, capfd, harm):
    monkeypatch.delenv("ZHIWEN_VECTORS")
    folder = Path(shutil.copytree(index.embedding.encoder.FOLDER, tmp_path / "encoder"))
    harm(folder)
    monkeypatch.setattr(index.embedding.encoder, "FOLDER", folder)
    monkeypatch.setattr(index.embedding.encoder, "bundled_encoder", lambda: index.embedding.encoder.Encoder(folder))
    assert index.reindex.main([str(corpus), "--store", str(tmp_path / "store")]) == 0
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert err.startswith("zhiwen: No contextual vectors, everything else works: ")
    with Store(tmp_path / "store") as store:
        assert (store.encoded, store.by_meaning(query(), 3)) == (0, [])
        assert store.by_terms(["产", "值"], 3)
    with pytest.raises(EncoderUnavailable):
        backfill(tmp_path / "store")


def test_a_full_disk_is_an_error_of_the_store(kept, encoder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(encoded, "_write", full)
    with pytest.raises(UserError) as caught:
        backfill(kept)
    assert caught.value.code == "store.search_files_unwritten"
    with Store(kept) as store:
        assert store.encoded == len(store)  # all were committed


def test_it_runs_behind_a_program_that_goes_on(kept, encoder, corpus):
    background = BackgroundBackfill(kept)
    jobs = JobRunner(background.begin)
    jobs.start(lambda: reindex(kept, [write(corpus, extra=1)]))
    for _ in jobs.watch():
        pass
    assert jobs.now().result.added == 1
    for thread in background._threads:
        thread.join(20)
    assert not background.stop()
    assert complete(kept, encoder)


def test_in_the_background_it_can_be_stopped(kept, encoder):
    waiting, begun = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert waiting.wait(10)

    encoder.before = wait
    background = BackgroundBackfill(kept)
    background.begin()
    assert begun.wait(10)
    threading.Timer(0.2, waiting.set).start()
    assert background.stop()
    assert len(encoder.texts) == 2  # the slice that it was at
    with Store(kept) as store:
        assert store.encoded >= 2
    encoder.before = lambda: None
    backfill(kept)
    assert complete(kept, encoder)


def test_without_a_terminal_there_is_a_line_each_minute(monkeypatch, capfd):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    lines = ProgressLines(rewriting=False)
    for now in (10.0, 61.0, 80.0, 125.0):
        lines.report(int(now), 5000, 250.0 if now > 100 else None)
    assert capfd.readouterr().err == "zhiwen: vectors 61/5,000\nzhiwen: vectors 125/5,000, about 4 min left\n"
    monkeypatch.setenv("ZHIWEN_LANG", "zh")
    lines = ProgressLines(rewriting=True)
    lines.report(312, 5000, 250.0)
    lines.clear()
    assert capfd.readouterr().err == "\r\033[K向量 312/5,000，还要约 4 分钟\r\033[K"


_PARAPHRASES = {
    "老人不出村就能找城里的大夫看病": "010_remote_clinic.txt",
    "孩子们放学回家后用手机上传作业": "009_smart_campus.txt",
    "今年的茶叶价钱涨了吗": "011_spring_tea.txt",
    "低洼处的居民被转移": "013_rainstorm.txt",
}


@pytest.mark.models
@pytest.mark.sample
def test_the_real_encoder_knows_a_paraphrase(tmp_path):
    reindex(tmp_path / "store", [ROOT / "corpus" / file for file in _PARAPHRASES.values()])
    backfill(tmp_path / "store")
    with Store(tmp_path / "store") as store:
        assert store.encoder == bundled_encoder().fingerprint
        assert store.encoded == len(store)
        for paraphrase, file in _PARAPHRASES.items():
            (vector,) = bundled_encoder().encode([paraphrase], query=True)
            ((nearest, _),) = store.by_meaning(vector, 1)
            assert Path(store.passages([nearest])[nearest].article.path).name == file


def test_a_system_that_tells_no_affinity_has_processors(monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert index.embedding.encoder._processors() >= 1
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert index.embedding.encoder._processors() == 1


def test_an_onnxruntime_that_cannot_be_loaded_is_an_error_of_the_encoder(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError) as caught:
        index.embedding.encoder.Network(index.embedding.encoder.FOLDER / "encoder.onnx", None)
    assert caught.value.code == "models.damaged"


def test_where_no_passage_has_a_vector_yet_the_order_is_that_without_an_encoder(kept, encoder, corpus):
    backfill(kept)
    write(corpus, extra=1)
    reindex(kept, [corpus])
    filters = Filters.of("2024-05-07", "", "", "")
    with Store(kept) as store:
        assert store.encoded
        assert store.by_meaning(query(), 5, filters) == []
        question = understand("后来的产值是多少？")
        hits = search(store, bundled_model(), question, 5, filters)
        assert hits
        assert search(store, bundled_model(), question, 5, filters, encoder=encoder) == hits
