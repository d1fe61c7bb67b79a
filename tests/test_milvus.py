"""A store on a Milvus server: errors of the line, shards of several machines, a store copied from a folder."""

import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import index.embedding.models
import index.milvus.cluster
import index.milvus.generations
import index.milvus.leases
import index.milvus.writer
import index.updating
from benchmarks.milvus import ask_all, seeds, whole
from index.embedding.static import bundled_model
from index.errors import UserError
from index.milvus.cluster import ARTICLES, NO_END, PASSAGES, STATISTICS, TEXTS, Cluster
from index.milvus.generations import passages_of, read_state
from index.milvus.shards import LANES, Shard, lane_of
from index.reindex import main
from index.store.address import MilvusAddress, local, parse_address
from index.store.filters import Filters
from index.stores import change_store, open_catalogue, open_store, store_exists
from index.updating import copy_store, reindex, remove, rollback
from qa.answering import answer_question, load_models
from qa.ask import main as ask_main
from qa.evaluate import read_rows, store_of
from qa.render import as_json
from tests.servers import MAKING, ROWS, milvus, new_database
from tests.store_contents import (
    BODIES,
    FOOT,
    QUESTIONS,
    Short,
    agrees,
    contents,
    did,
    fill,
    first,
    hits,
    ids,
    page,
    paths,
    shown,
)
from web.edits import LibraryEdits
from web.uploaded_files import UploadedFiles

pytestmark = pytest.mark.milvus

ROOT = Path(__file__).parents[1]


@pytest.fixture
def corpus(tmp_path):
    return fill(tmp_path / "corpus", a=page(0, True), b=page(1, True), c=page(2), d=page(3))


def said(capsys, *arguments):
    """(exit code, stdout, stderr) of index.reindex."""
    code = main([str(argument) for argument in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def written(address):
    """As --store is given."""
    return f"{address.uri}/{address.database}"


# --- addresses ------------------------------------------------------------------------------------


def test_addresses(monkeypatch):
    monkeypatch.delenv("MILVUS_USER", raising=False)
    monkeypatch.delenv("MILVUS_PASSWORD", raising=False)
    assert parse_address("http://host") == MilvusAddress("http://host:19530")
    assert parse_address("milvus://host:1/news") == MilvusAddress("http://host:1", "news")
    assert parse_address("https://me:p%40ss@[::1]:8/d") == MilvusAddress("https://[::1]:8", "d", "me", "p@ss")
    assert parse_address("folder") == Path("folder")
    monkeypatch.setenv("MILVUS_USER", "me")
    monkeypatch.setenv("MILVUS_PASSWORD", "secret")
    assert parse_address("http://host") == MilvusAddress("http://host:19530", "", "me", "secret")
    monkeypatch.setenv("MILVUS_PASSWORD", "p%40ss")
    assert parse_address("http://host").password == "p%40ss"


def test_a_password_is_never_shown():
    address = parse_address("http://me:secret@host/news")
    assert "secret" not in f"{address} {address!r} {address.beside}"
    with pytest.raises(UserError) as told:
        parse_address("http://me:secret@host/news/more")
    assert "secret" not in told.value.message
    for written in (
        "http://me:se/cret@host/d",
        "http://me:12/34@host",
        "http://me:se?cret@host",
        "http://me:se#cret@host",
        "http://me:x@secret@h/a/b",
    ):
        with pytest.raises(UserError) as told:
            parse_address(written)
        assert not any(part in told.value.message for part in ("se/", "12", "cret", "'se"))
        assert "\n" not in told.value.message
    with pytest.raises(UserError, match="not the address"):
        parse_address("http://host/a%0ab")


# --- what goes wrong ------------------------------------------------------------------------------


def test_no_server_there(tmp_path, corpus, capsys):
    for arguments in ((corpus, "--store", "http://127.0.0.1:9"), ("--verify", "--store", "http://127.0.0.1:9")):
        code, out, err = said(capsys, *arguments)
        assert (code, out) == (2, "")
        assert err.startswith("zhiwen: http://127.0.0.1:9: no Milvus server answers (")
        assert err.endswith("See that it runs and the address is right, then run the same command again.\n")
        assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["index.reindex", "qa.ask"])
def test_the_commands_say_in_one_line_what_is_wrong_with_a_server(command, milvus_server, tmp_path):
    question = ["拓源产值"] if command == "qa.ask" else []
    address = milvus_server[0]
    for store, says in (
        ("http://127.0.0.1:9", "no Milvus server answers"),
        (f"{address.uri}/nowhere", "no such database"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", command, *question, "--store", store],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        if command == "index.reindex":
            assert done.stderr.startswith("zhiwen: corpus: ")  # nothing to read here is found out first
            continue
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1, done.stderr
        assert says in done.stderr


def test_a_wrong_password(place, gate, corpus, capsys):
    gate.user = "me:secret"
    for address in (place, replace(place, user="me", password="guess")):
        with pytest.raises(UserError, match="the server does not let this user in") as told:
            reindex(address, [corpus])
        assert "MILVUS_PASSWORD" in told.value.hint
    right = replace(place, user="me", password="secret")
    assert did(reindex(right, [corpus])) == (4, 0, 0, 0)
    assert first(right, "拓源产值") == ("a.txt", 0)


def test_without_pymilvus_the_extra_is_named(tmp_path, corpus):
    """As after pip install zhiwen, without [milvus]."""
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('pymilvus', 'milvus_lite', 'grpc'): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'pymilvus' else find(name, *rest)\n"
        "from index.reindex import main\n"
        f"print(main([{str(corpus)!r}, '--store', 'http://localhost']),"
        f" main([{str(corpus)!r}, '--store', {str(tmp_path / 'store')!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "2 0", done.stderr
    assert "a store on a Milvus server needs pymilvus." in done.stderr
    assert "pip install -e '.[milvus]'" in done.stderr


def test_a_collection_of_other_fields_or_vectors_is_left_alone(place, corpus, monkeypatch):
    with closing(Cluster(place)) as cluster:
        cluster.make(passages_of(bundled_model().fingerprint), 8)
    with pytest.raises(UserError, match="holds vectors of 8 numbers, the model's have 192"):
        reindex(place, [corpus])
    assert not store_exists(place)
    other = new_database(replace(place, database=""))
    with closing(Cluster(other)) as cluster:
        cluster._client.create_collection("zhiwen_articles", dimension=4)
    with pytest.raises(UserError, match="zhiwen_articles there is not of this version of zhiwen"):
        reindex(other, [corpus])
    assert not store_exists(other)


def test_a_store_of_another_model_is_not_asked_with_this_one(place, corpus, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding.models, "load_embedder", lambda _: Short())
        reindex(place, [corpus], model="short")
    with open_store(place) as store:
        assert (store.model, store.dimension) == ("short", 8)
        with pytest.raises(UserError, match="short"):
            load_models(store)


def test_a_store_of_another_format_is_left_alone(place, corpus):
    reindex(place, [corpus])
    with closing(Cluster(place)) as cluster:
        (row,) = cluster.some("zhiwen_state", 'key == "settings"', ["*"], "Strong")
        cluster.put(
            "zhiwen_state", [{"key": "settings", "value": json.dumps(json.loads(row["value"]) | {"format": 1})}]
        )
    for attempt in (lambda: open_store(place), lambda: reindex(place, [corpus])):
        with pytest.raises(UserError, match="a store of format 1, and this is zhiwen with format 2"):
            attempt()


def _changed(corpus):
    """A change of every kind: one article more, one other, one gone, and with it a line that no longer recurs."""
    fill(corpus, a=page(4, True), c=page(2, True), e=page(5, True))
    (corpus / "d.txt").unlink()


def _prepared(action, place, folder):
    """A folder and a store of it at a place, up to where an action is to take it on."""
    fill(folder, a=page(0, True), b=page(1, True), c=page(2), d=page(3))
    if action != "first":
        reindex(place, [folder])
    if action != "remove":
        _changed(folder)
    if action == "rollback":
        reindex(place, [folder])


def _act(action, place, folder):
    if action == "remove":
        remove(place, [str(folder / "b.txt")])
    elif action == "rollback":
        rollback(place)
    else:
        reindex(place, [folder], model="short" if action == "model" else None)


def _seen(place):
    """What anybody sees of a store."""
    if not store_exists(place):
        return None
    agrees(place)
    with open_store(place) as store:
        return store.generation, store.counts(), [(Path(path).name, *rest) for path, *rest in contents(place)]


@pytest.mark.parametrize("action", ["first", "change", "remove", "rollback", "model"])
def test_a_line_cut_at_any_write_leaves_what_was_before_or_what_comes_after(
    action, milvus_server, gate, tmp_path, monkeypatch
):
    """Every call that writes is in turn the one that no longer arrives."""
    short = Short()
    monkeypatch.setattr(
        index.embedding.models, "load_embedder", lambda name: short if name == "short" else bundled_model()
    )
    gate.counted = ROWS + MAKING if action == "first" else ROWS  # later nothing is made
    whole = new_database(milvus_server[0])
    _prepared(action, whole, tmp_path / "whole")
    before = _seen(whole)
    gate.calls.clear()
    _act(action, whole, tmp_path / "whole")
    calls, after = len(gate.calls), _seen(whole)
    assert before != after
    outcomes = set()
    for passed in range(calls):
        place, folder = new_database(milvus_server[0]), tmp_path / f"cut{passed}"
        _prepared(action, place, folder)
        gate.left = passed
        with suppress(UserError):  # what fails after all is done is not worth an error
            _act(action, place, folder)
        gate.left = None
        left = _seen(place)
        assert left in (before, after), passed
        outcomes.add(left == after)
        # Nobody had to be told, and nobody waits: the next run does the rest.
        if left != after:
            _act(action, place, folder)
        elif action in ("first", "change", "model"):
            assert did(reindex(place, [folder]))[:3] == (0, 0, 0)
        assert _seen(place)[1:] == after[1:], passed
    assert outcomes == {True, False}


def test_a_server_that_goes_away_under_a_reader(tmp_path, corpus):
    with milvus(tmp_path / "short") as (address, gate):
        reindex(address, [corpus])
        store = open_store(address)
        assert hits(store, "拓源产值", 1)
        gate.left = 0
        with pytest.raises(UserError, match="no Milvus server answers"):
            answer_question(store, load_models(store), "拓源产值", 3, Filters())
        gate.left = None
        assert answer_question(store, load_models(store), "拓源产值", 3, Filters()).answer.text
        store.close()


# --- one writer at a time -------------------------------------------------------------------------


def test_the_second_of_two_writers_gives_up(place, corpus, monkeypatch):
    reindex(place, [corpus])
    monkeypatch.setattr(index.milvus.leases, "_PATIENCE", 0.0)
    with change_store(place):
        with pytest.raises(UserError, match="another process is writing to this store"):
            reindex(place, [corpus])
        with pytest.raises(UserError, match="another process is writing to this store"):
            reindex(place, [corpus], shard=Shard(1, 2))
    assert did(reindex(place, [corpus])) == (0, 0, 0, 4)


def test_a_note_dies_with_its_process(place, corpus):
    reindex(place, [corpus])
    program = (
        "import sys, os\n"
        "from index.store.address import parse_address\n"
        "from index.stores import change_store\n"
        "with change_store(parse_address(sys.argv[1])):\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, written(place)], env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60
    )
    assert done.returncode == 9
    begun = time.monotonic()
    assert did(reindex(place, [corpus])) == (0, 0, 0, 4)
    assert time.monotonic() - begun < 60


def test_a_note_of_another_machine_counts_until_nobody_renews_it(place, corpus, monkeypatch):
    reindex(place, [corpus])
    monkeypatch.setattr(index.milvus.leases, "_PATIENCE", 0.0)
    monkeypatch.setattr(index.milvus.leases, "LEASE_SECONDS", 2.0)
    note = {
        "lanes": [3],
        "host": "elsewhere",
        "machine": "elsewhere",
        "pid": 1,
        "at": 17.0,
    }  # its clock need not be ours
    ended = threading.Event()
    with closing(Cluster(place)) as cluster:

        def renew():
            while not ended.wait(0.2):
                cluster.put(
                    "zhiwen_state", [{"key": "writer/x", "value": json.dumps(note | {"at": time.time() + 1000})}]
                )

        cluster.put("zhiwen_state", [{"key": "writer/x", "value": json.dumps(note)}])
        renewer = threading.Thread(target=renew)
        renewer.start()
        with pytest.raises(UserError, match=r"another process is writing to this store \(elsewhere, process 1\)"):
            reindex(place, [corpus])
        ended.set()
        renewer.join()
    begun = time.monotonic()
    assert did(reindex(place, [corpus])) == (0, 0, 0, 4)
    assert time.monotonic() - begun > 2


@pytest.mark.parametrize("lost", ["note", "lanes"])
def test_whoever_was_taken_for_dead_does_not_commit(lost, place, corpus):
    """A machine that slept: its note counted no more, and another wrote."""
    reindex(place, [corpus])
    _changed(corpus)
    embed = bundled_model().encode
    with closing(Cluster(place)) as cluster, pytest.MonkeyPatch.context() as patched:

        def slowly(texts, *, query=False):
            if lost == "note":
                cluster.drop_rows("zhiwen_state", 'key like "writer/%"')
            else:
                (row, *_) = cluster.some("zhiwen_state", 'key like "lane/%"', ["*"], "Strong")
                cluster.put(
                    "zhiwen_state",
                    [{"key": row["key"], "value": json.dumps(json.loads(row["value"]) | {"commit": "other"})}],
                )
            return embed(texts, query=query)

        sleeper = SimpleNamespace(
            **{name: getattr(bundled_model(), name) for name in ("name", "fingerprint", "dimension")}, encode=slowly
        )
        patched.setattr(index.embedding.models, "load_embedder", lambda _: sleeper)
        with pytest.raises(UserError, match="another run has changed this store meanwhile; nothing of this run counts"):
            reindex(place, [corpus])
    with open_store(place) as store:
        assert (store.generation, store.faults()) == (1, [])
    reindex(place, [corpus])
    agrees(place)
    assert [Path(path).name for path in paths(place)] == ["a.txt", "b.txt", "c.txt", "e.txt"]


# --- shards ---------------------------------------------------------------------------------------


def test_shards_take_every_file_once(tmp_path):
    files = [tmp_path / f"{number}.txt" for number in range(200)]
    for of in (1, 2, 3, 7, LANES):
        shards = [Shard(number + 1, of) for number in range(of)]
        assert [sum(shard.takes(file) for shard in shards) for file in files] == [1] * 200
        assert sorted(lane for shard in shards for lane in shard.lanes) == list(range(LANES))
    assert {lane_of(str(file)) for file in files} == set(range(LANES))


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/17", "a/b", "1/2/3", ""])
def test_what_is_no_shard(text, tmp_path, corpus, capsys):
    code, _, err = said(capsys, corpus, "--store", "http://127.0.0.1:9", "--shard", text)
    assert code == 2
    assert err.startswith(f"zhiwen: --shard {text}: not a part of the files.")


def test_a_folder_has_no_shards(tmp_path, corpus, capsys):
    assert (
        "a store in a folder is fed by one machine"
        in said(capsys, corpus, "--store", tmp_path / "store", "--shard", "1/2")[2]
    )


@pytest.fixture
def many(tmp_path):
    """Articles of which some are copies, and some share a line, in both halves."""
    folder = tmp_path / "many"
    for number in range(24):
        fill(
            folder, **{f"n{number}": page(number % len(BODIES), foot=True).replace("今年", f"{2000 + number // 12}年")}
        )
    return folder


def test_two_shards_at_once_and_a_run_that_joins_them(place, many, milvus_server, tmp_path):
    done = {}

    def run(number):
        done[number] = reindex(place, [many], shard=Shard(number, 2))

    runs = [threading.Thread(target=run, args=(number,)) for number in (1, 2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert sum(report.added for report in done.values()) == 24
    agrees(place)
    assert len(paths(place)) == 24
    joined = reindex(place, [many])
    assert did(joined) == (0, 0, 0, 24)
    agrees(place)
    fresh = tmp_path / "fresh"
    reindex(fresh, [many])
    assert contents(place) == contents(fresh)
    assert [[hit[1:] for hit in found] for found in shown(place)] == [
        [hit[1:] for hit in found] for found in shown(fresh)
    ]
    scores = [[hit[0] for found in shown(store) for hit in found] for store in (place, fresh)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    assert joined.duplicates == reindex(fresh, [many]).duplicates > 0
    again = reindex(place, [many])
    assert (did(again), again.generation) == ((0, 0, 0, 24), joined.generation)


def test_a_dead_shard_is_run_again(place, many, gate, tmp_path):
    reindex(place, [many], shard=Shard(1, 2))
    before = contents(place)
    gate.left = 6  # the collections are there; the line is cut among the rows
    with pytest.raises(UserError, match="no Milvus server answers"):
        reindex(place, [many], shard=Shard(2, 2))
    gate.left = None
    agrees(place)
    assert contents(place) == before
    reindex(place, [many], shard=Shard(2, 2))
    agrees(place)
    assert len(paths(place)) == 24


def test_another_number_of_shards_later(place, many):
    for number in (1, 2):
        reindex(place, [many], shard=Shard(number, 2))
    (many / "n3.txt").unlink()
    fill(many, n5=page(5), n99=page(4))
    done = [did(reindex(place, [many], shard=Shard(number, 3))) for number in (1, 2, 3)]
    assert tuple(map(sum, zip(*done, strict=True))) == (1, 1, 1, 22)
    agrees(place)
    assert len(paths(place)) == 24


def test_one_id_in_the_files_of_two_shards_names_two_articles(place, tmp_path):
    folder = tmp_path / "same"
    folder.mkdir()
    for number in (1, 2):
        name = next(
            name for name in map(str, range(99)) if lane_of(str(folder / f"{name}.jsonl")) in Shard(number, 2).lanes
        )
        (folder / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": BODIES[number]}), encoding="utf-8")
    # As if both had begun at once: neither knows the other's article.
    reindex(place, [folder], shard=Shard(1, 2))
    with closing(Cluster(place)) as cluster:
        lanes = cluster.some("zhiwen_state", 'key like "lane/%"', ["*"], "Strong")
        cluster.drop_rows("zhiwen_state", 'key like "lane/%" or key == "settings"')
        reindex(place, [folder], shard=Shard(2, 2))
        cluster.put("zhiwen_state", lanes)
    with open_store(place) as store:
        found = hits(store, "产值 旅居车 投资 有轨电车", 10)
        assert sorted(hit.stored.passage.text for hit in found) == sorted(BODIES[number] for number in (1, 2))
    assert did(reindex(place, [folder])) == (0, 1, 0, 1)
    assert sorted(name.partition("@")[0] for name in ids(place).values()) == ["same", "same"]
    assert len(set(ids(place).values())) == 2
    agrees(place)
    assert did(reindex(place, [folder])) == (0, 0, 0, 2)


def test_a_shard_takes_out_only_what_is_its_own(place, many):
    reindex(place, [many])
    for file in many.iterdir():
        file.unlink()
    shard = Shard(2, 2)
    report = reindex(place, [many], shard=shard)
    assert report.removed == 24 - report.articles
    assert all(lane_of(path) not in shard.lanes for path in paths(place))
    agrees(place)


def test_a_shard_has_no_model_of_its_own(place, many, monkeypatch):
    reindex(place, [many])
    monkeypatch.setattr(index.embedding.models, "load_embedder", lambda _: Short())
    with pytest.raises(UserError, match="the whole store is to be made again"):
        reindex(place, [many], model="short", shard=Shard(1, 2))


# --- a store copied -------------------------------------------------------------------------------


def test_a_store_is_copied_without_embedding(place, sample_store, monkeypatch, tmp_path):
    monkeypatch.setattr(index.embedding.models, "load_embedder", lambda _: pytest.fail("embedding"))
    report = copy_store(sample_store, place)
    monkeypatch.undo()
    assert contents(place) == contents(sample_store)
    agrees(place)
    found, expected = shown(place, ["拓源产值", "旅居车", "春茶"]), shown(sample_store, ["拓源产值", "旅居车", "春茶"])
    assert [[hit[1:] for hit in each] for each in found] == [[hit[1:] for hit in each] for each in expected]
    with open_store(sample_store) as store:
        assert (report.articles, report.passages) == store.counts()
    # From here on the folders are followed as before.
    assert did(reindex(place, [ROOT / "corpus"])) == (0, 0, 0, report.articles)


def test_a_store_is_only_copied_to_where_there_is_none(place, sample_store, tmp_path, corpus, capsys):
    code, out, _ = said(capsys, "--store", written(place), "--from-store", sample_store, "--json")
    assert (code, json.loads(out)["added"]) == (0, 18)
    for arguments, says in (
        (["--store", written(place), "--from-store", sample_store], "there is a store already"),
        (["--store", written(place), "--from-store", tmp_path / "none"], "no store there"),
        (["--store", tmp_path / "other", "--from-store", sample_store], "copies to a Milvus server only"),
        (["--store", written(place), "--from-store", sample_store, corpus], "--from-store takes no paths"),
        (["--store", written(place), "--from-store", sample_store, "--shard", "1/2"], "--shard only divides"),
    ):
        code, out, err = said(capsys, *arguments)
        assert (code, out) == (2, "")
        assert says in err


# --- what is kept where ---------------------------------------------------------------------------


def test_what_ended_is_swept_when_nobody_reads_it_any_more(place, corpus, monkeypatch):
    monkeypatch.setattr(index.milvus.generations, "READER_SECONDS", 0.0)
    reindex(place, [corpus])
    for number in (4, 5, 0):
        fill(corpus, a=page(number))
        reindex(place, [corpus])
    with closing(Cluster(place)) as cluster:
        state = read_state(cluster, "Strong")
        for collection in (ARTICLES, STATISTICS, state.settings.passages):
            ended = {row["gone"] for row in cluster.rows(collection, f"gone < {NO_END}", ["gone"], "Strong")}
            assert ended <= {state.generation}, collection
        texts = {row["article"] for row in cluster.rows(TEXTS, 'key != ""', ["article"], "Strong")}
        known = {row["key"] for row in cluster.rows(ARTICLES, "gone > 0", ["key"], "Strong")}
        assert texts == known


def test_a_reader_several_generations_behind_still_finds_its_own_whole(place, corpus):
    reindex(place, [corpus])
    with open_store(place) as reader:
        before = [article.text for article in reader.articles()]
        for number in (4, 5, 0):
            fill(corpus, a=page(number), **{f"more{number}": page(number, True)})
            reindex(place, [corpus])
        assert [article.text for article in reader.articles()] == before
        assert reader.faults() == []
        assert len(hits(reader, "产值 旅居车 有轨电车 春茶", 10)) == 4


def test_a_run_that_ends_right_after_its_commit_does_not_forget_its_files(place, corpus, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(index.milvus.writer.MilvusCommits, "_keep_files", lambda *_: pytest.fail("cut"))
        with pytest.raises(pytest.fail.Exception, match="cut"):
            reindex(place, [corpus])
    (corpus / "c.txt").unlink()
    assert did(reindex(place, [corpus])) == (0, 0, 1, 3)
    assert [Path(path).name for path in paths(place)] == ["a.txt", "b.txt", "d.txt"]


def test_a_text_of_which_a_part_is_missing_is_told(place, tmp_path):
    reindex(
        place, [fill(tmp_path / "corpus", long="".join(f"第{i}号工厂今年的产值达到{i}亿元。" for i in range(4000)))]
    )
    with closing(Cluster(place)) as cluster:
        (key, *_) = sorted(row["key"] for row in cluster.rows(TEXTS, 'key != ""', ["key"], "Strong"))
        cluster.drop_rows(TEXTS, f'key == "{key}"')
    with open_store(place) as store:
        assert [fault.words("en") for fault in store.faults()] == ["1 articles without their whole text"]
        for attempt in (lambda: list(store.articles()), lambda: hits(store, "工厂产值", 3)):
            with pytest.raises(UserError, match="damaged"):
                attempt()


@pytest.mark.parametrize("place_in_article", [{"start": 1}, {"end": 100_000}])
def test_a_passage_that_is_not_the_text_at_its_place_is_refused(place_in_article, place, corpus):
    reindex(place, [corpus])
    with closing(Cluster(place)) as cluster:
        state = read_state(cluster, "Strong")
        cluster.change_rows(state.settings.passages, state.where, place_in_article)
    with open_store(place) as store, pytest.raises(UserError) as caught:
        hits(store, "产值", 1)
    assert caught.value.code == "milvus.misplaced"


def test_after_a_new_pipeline_a_shard_says_what_to_do(place, corpus, monkeypatch):
    reindex(place, [corpus])
    monkeypatch.setattr(index.updating, "PIPELINE", "other")
    with pytest.raises(UserError, match="the whole store is to be made again"):
        reindex(place, [corpus], shard=Shard(1, 2))
    assert did(reindex(place, [corpus])) == (0, 0, 0, 4)


def test_statistics_are_joined_now_and_then(place, corpus):
    for number in range(12):
        fill(corpus, more=f"第{number}次改写的一篇稿子，讲的是青岚的第{number}座桥梁。\n" * 3)
        reindex(place, [corpus])
    agrees(place)
    with closing(Cluster(place)) as cluster, open_store(place) as store:
        heads = cluster.some(STATISTICS, f"head == 1 and gone == {NO_END}", ["segment"], "Strong")
        assert len(heads) <= 9
        assert store.frequency("桥梁") == 1
        assert store.frequency("负责人") == 0  # Chinese terms are characters and pairs
        assert store.frequency("负责") == sum(
            "负责" in text[start:end] for *_, start, end, _, _, _, text in contents(place)
        )


def test_the_model_of_before_is_dropped_at_the_next_change(place, corpus, monkeypatch):
    reindex(place, [corpus])
    with monkeypatch.context() as patched:
        patched.setattr(index.embedding.models, "load_embedder", lambda _: Short())
        reindex(place, [corpus], model="short")
        with closing(Cluster(place)) as cluster:
            assert len([name for name in cluster.collections() if name.startswith(PASSAGES)]) == 2
        fill(corpus, e=page(5))
        reindex(place, [corpus])
    with closing(Cluster(place)) as cluster:
        assert [name for name in cluster.collections() if name.startswith(PASSAGES)] == [passages_of("short-1")]


def test_rollback_and_forth(place, corpus):
    reindex(place, [corpus])
    before = contents(place)
    _changed(corpus)
    reindex(place, [corpus])
    after = contents(place)
    report = rollback(place)
    assert (report.added, report.changed, report.removed) == (1, 2, 1)
    assert contents(place) == before
    agrees(place)
    rollback(place)
    assert contents(place) == after
    agrees(place)
    rollback(place)
    assert did(reindex(place, [corpus])) == (1, 2, 1, 1)
    assert contents(place) == after


def test_an_upload_is_taken_back_with_its_file(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reindex(place, [ROOT / "corpus"])
    uploaded = UploadedFiles(local(place))
    edits = LibraryEdits(open_catalogue(place), uploaded)

    def told():
        with open_store(place) as store:
            return answer_question(store, load_models(store), "望潮渔业全年捕多少吨", 3, Filters()).answer.text

    first, second = (
        "望潮渔业的18条新船今天一早出海，全年要捕13万吨。\n",
        "望潮渔业的18条新船今天一早出海，全年要捕15万吨。\n",
    )
    assert edits.add([("渔业.txt", first.encode("gb18030"))]).added == 1
    assert told() == "13万吨"
    assert edits.take_back().removed == 1
    assert [path.name for path in uploaded.folder.iterdir() if not path.name.startswith(".")] == []
    assert told() is None or "13" not in told()
    assert edits.take_back().added == 1
    assert told() == "13万吨"
    assert edits.add([("渔业.txt", second.encode())]).changed == 1
    assert told() == "15万吨"
    assert edits.take_back().changed == 1
    assert told() == "13万吨"
    (file,) = (path for path in uploaded.folder.iterdir() if not path.name.startswith("."))
    assert file.read_text(encoding="gb18030") == first
    assert did(reindex(place, [uploaded.folder])) == (0, 0, 0, 1)
    agrees(place)


def test_what_cannot_be_taken_back(place, corpus, monkeypatch):
    reindex(place, [corpus])
    with pytest.raises(UserError, match="what was before generation 1 is not kept"):
        rollback(place)
    monkeypatch.setattr(index.embedding.models, "load_embedder", lambda _: Short())
    reindex(place, [corpus], model="short")
    with pytest.raises(UserError, match="what was before generation 2 is not kept"):
        rollback(place)


def test_a_reader_keeps_its_generation_until_refresh(place, corpus):
    reindex(place, [corpus])
    with open_store(place) as reader:
        before = [hits(reader, question) for question in QUESTIONS]
        _changed(corpus)
        reindex(place, [corpus])
        assert [hits(reader, question) for question in QUESTIONS] == before
        assert reader.refresh() is True
        assert (reader.generation, reader.faults()) == (2, [])
        assert [hits(reader, question) for question in QUESTIONS] != before
        assert reader.refresh() is False


def test_verify_and_rebuild(place, corpus, capsys):
    reindex(place, [corpus])
    assert said(capsys, "--verify", "--store", written(place)) == (
        0,
        "4 articles, 4 passages: the database and the search files agree.\n",
        "",
    )
    with closing(Cluster(place)) as cluster:
        state = read_state(cluster, "Strong")
        (row, *_) = cluster.some(state.settings.passages, state.where, ["id"], "Strong")
        cluster.drop_rows(state.settings.passages, f"id == {row['id']}")
        cluster.drop_rows(STATISTICS, "head == 0")
    code, _, err = said(capsys, "--verify", "--store", written(place))
    assert code == 2
    assert "0 passages instead of 1" in err
    assert "the statistics of terms are those of other passages" in err
    code, _, err = said(capsys, "--rebuild", "--store", written(place))
    assert "0 passages instead of 1" in err
    assert "statistics" not in err


def test_odd_names_of_articles_sources_and_files(place, tmp_path):
    odd = ['a"b', "c\\d", "e'f", "g%h_i", "文\n字", "x" * 300]
    folder = tmp_path / "odd 'folder\" %_"
    folder.mkdir()
    rows = [
        {"id": name, "text": BODIES[i], "source": f"源{name}", "title": name, "date": f"2024-01-0{i + 1}"}
        for i, name in enumerate(odd)
    ]
    (folder / 'r%_".jsonl').write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert did(reindex(place, [folder])) == (6, 0, 0, 0)
    assert did(reindex(place, [folder])) == (0, 0, 0, 6)
    agrees(place)
    with open_store(place) as store:
        for row in rows:
            for filters in (
                Filters(article=row["id"]),
                Filters(source=row["source"]),
                Filters(since=row["date"], until=row["date"]),
            ):
                assert {
                    hit.stored.article.id for hit in hits(store, "项目 产值 今年 医生 茶 校长 市民", 10, filters)
                } == {row["id"]}, filters
                assert store.passing(filters, odd) == {row["id"]}
        assert {hit.stored.article.id for hit in hits(store, "项目 产值", 10, Filters(article='r%_".jsonl'))} == set(
            odd
        )
        assert hits(store, "项目 产值", 10, Filters(source="%")) and {
            hit.stored.article.id for hit in hits(store, "产值 全长 医生", 10, Filters(source="%"))
        } == {"g%h_i"}
    assert did(remove(place, ['a"b', "c\\d"])) == (0, 0, 2, 0)


def test_half_a_pair_of_surrogates_does_not_end_a_run(place, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    row = {
        "id": "odd\ud83d",
        "title": "半个\ud83d字",
        "source": "源\ud83d",
        "text": f"拓源实业\ud83d今年的产值达到30亿元。\n{BODIES[1]}",
    }
    (folder / "odd.jsonl").write_text(
        json.dumps(row) + "\n" + json.dumps({"id": "whole", "text": BODIES[2]}) + "\n", encoding="utf-8"
    )
    assert did(reindex(place, [folder])) == (2, 0, 0, 0)
    assert did(reindex(place, [folder])) == (0, 0, 0, 2)
    reindex(tmp_path / "store", [folder])
    found = []
    for each in (place, tmp_path / "store"):
        with open_store(each) as store:
            found.append(as_json(answer_question(store, load_models(store), "拓源产值", 3, Filters()))["answer"])
    assert found[0] == found[1]


def test_a_long_article_is_kept_whole(place, tmp_path):
    long = "".join(f"第{i}号工厂今年的产值达到{i}亿元，比去年增长百分之{i % 40}。" for i in range(4000))
    reindex(place, [fill(tmp_path / "corpus", long=long)])
    with open_store(place) as store:
        (article,) = store.articles()
        assert article.text == long
        (hit,) = hits(store, "第3999号工厂产值", 1)
        assert "3999" in hit.stored.passage.text
        assert store.before(hit.stored).start < hit.stored.passage.start


def test_the_footer_line_is_gone_for_readers_too(place, tmp_path):
    folder = fill(tmp_path / "corpus", a=page(0, True), b=page(1, True), c=page(2, True))
    reindex(place, [folder])
    with open_store(place) as store:
        assert all(
            FOOT not in text for text in store.running_texts([hit.stored for hit in hits(store, "产值", 10)]).values()
        )


# --- what the page and the other commands ask -----------------------------------------------------


@pytest.fixture(scope="module")
def sample(milvus_server, sample_store):
    """The sample corpus on the server."""
    address = new_database(milvus_server[0])
    reindex(address, [ROOT / "corpus"])
    return address


def test_the_catalogue_says_the_same_as_that_of_a_folder(sample, sample_store, tmp_path):
    here, there = open_catalogue(sample_store), open_catalogue(sample)
    folder = ROOT / "corpus"
    file = str(folder / "015_school_museum.jsonl")
    for words, files in (
        ("", ()),
        ("青岚", ()),
        ("產值", ()),
        ("jsonl", ()),
        ("没有这样的词", ()),
        ("没有", (file,)),
        ("%", ()),
        ("_", ()),
    ):
        one, other = here.page(words, 0, 50, files), there.page(words, 0, 50, files)
        assert (sorted(each.id for each in one.articles), one.total) == (
            sorted(each.id for each in other.articles),
            other.total,
        ), words
    assert [each.id for each in there.page("", 3, 4).articles] == [each.id for each in there.page("", 0, 50).articles][
        3:7
    ]
    assert here.count() == there.count() == 18
    assert here.files_in(folder) == there.files_in(folder)
    assert here.of_file(file) == there.of_file(file)
    assert here.copies_among([file, str(folder / "013_rainstorm.txt")]) == there.copies_among(
        [file, str(folder / "013_rainstorm.txt")]
    )
    assert here.files_named("tuoyuan") == there.files_named("tuoyuan")
    assert len(here.files_named("tuoyuan")) == 1
    assert here.sources() == there.sources()
    assert set(there.titles(50)) == set(here.titles(50))
    for path, name in ids(sample_store).items():
        assert here.article(name) == there.article(name), path
    assert there.article("none") is None
    assert here.article("none") is None
    assert there.holding(1) is None
    with open_store(sample) as store:
        (hit,) = hits(store, "拓源产值", 1)
        kept, span = there.holding(hit.stored.passage.id)
        assert kept.article.text[span.start : span.end] == hit.stored.passage.text
    one, other = (replace(catalogue.summary(), bytes=0) for catalogue in (here, there))
    assert sorted(one.sources) == sorted(other.sources)
    assert replace(one, sources=()) == replace(other, sources=())


_ASKED = (
    "拓源产值",
    "青岚市2023年的一般公共预算收入是多少？",
    "比亚迪动力电池工厂第一期投了多少亿元？",
    "如何做红烧肉？",
    "拓原产值",
)


@pytest.mark.parametrize("question", _ASKED)
def test_answers_are_those_of_a_folder(question, sample, sample_store):
    replies = []
    for place in (sample_store, sample):
        with open_store(place) as store:
            told = as_json(answer_question(store, load_models(store), question, 5, Filters()), explain=True)
            replies.append({name: value for name, value in told.items() if name not in ("ms", "generation")})
    assert replies[0] == replies[1]


@pytest.mark.parametrize("expected", ["012_budget_2024.txt", "刀片电池", "没有这样的话", "30億元以上"])
def test_why_not_asks_the_server_too(expected, sample, sample_store, capsys):
    told = []
    for place in (str(sample_store), written(sample)):
        assert ask_main(["拓源产值", "--store", place, "--why-not", expected, "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out)["why_not"])
    assert {**told[0], "passage": 0} == {**told[1], "passage": 0}


def test_eval_questions_find_the_same(shared, milvus_server):
    """Over the passages they were asked of; benchmarks/milvus.py does so over all passages of all sets."""
    questions, passages = [], {}
    for path in sorted((shared / "eval").glob("*_han?.jsonl")):
        rows, texts = read_rows(path)
        texts = {key: (key, title, text) for key, title, text in texts}
        chosen = rows[:: len(rows) // 100][:100]
        questions += chosen
        passages |= {row.article_name: texts[row.article_name] for row in chosen}
    assert len(questions) == 500
    place = new_database(milvus_server[0])
    with store_of(list(passages.values())) as folder:
        copy_store(folder.address, place)
        with open_store(place) as store:
            models = load_models(folder)
            here, there = (ask_all(questions, whole(each, models)) for each in (folder, store))
    figures = there.beside(here)
    assert figures["same_ten"] >= 0.95
    assert abs(here.ndcg - there.ndcg) <= 0.005


def test_seed_questions_have_the_same_answers(shared, milvus_server):
    figures = seeds(shared / "eval" / "seed_questions.jsonl", shared / "corpus", milvus_server[0])
    assert figures["same_answers"] == figures["questions"] == 35


# --- docs/milvus.md -------------------------------------------------------------------------------


def test_the_sizes_in_the_notes_follow_from_what_was_measured():
    text = (ROOT / "docs" / "milvus.md").read_text(encoding="utf-8")
    weights = json.loads((ROOT / "benchmarks" / "results" / "milvus.json").read_text())["row_bytes"]
    rows = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text())["sizes"]
    largest = max(rows, key=lambda row: row["passages"])
    assert [
        f"| {round(weights[name])} |" in text for name in ("vector", "terms", "text_and_numbers", "statistics")
    ] == [True] * 4
    memory = weights["vector"] + 2 * 16 * 4 + weights["terms"]
    each = largest["build"] / largest["passages"]
    for passages, told in ((10**7, "{:.0f} min"), (10**9, "{:.0f} h")):
        seconds = each * passages / 16
        nodes = " | ".join(str(math.ceil(passages * memory / (0.7 * size))) for size in (64e9, 256e9))
        time_told = told.format(seconds / (60 if "min" in told else 3600))
        sizes = [f"{passages * each / 1e9:.0f} GB" for each in (memory, sum(weights.values()))]
        row = f"| {passages:,} | {sizes[0]} | {nodes} | {sizes[1]} | {time_told} |"
        assert row in text, row


def test_the_compose_file_is_one():
    yaml = pytest.importorskip("yaml")
    text = (ROOT / "docs" / "milvus.md").read_text(encoding="utf-8")
    (compose,) = (yaml.safe_load(block) for block in re.findall(r"```yaml compose\n(.*?)```", text, re.DOTALL))
    assert compose["services"]["milvus"]["ports"] == ["127.0.0.1:19530:19530"]
    assert set(compose["volumes"]) == {"milvus"}
    (user,) = (yaml.safe_load(block) for block in re.findall(r"```yaml user\n(.*?)```", text, re.DOTALL))
    assert user == {"common": {"security": {"authorizationEnabled": True}}}
