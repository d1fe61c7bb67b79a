"""One writer and many readers: every answer is of one generation, and nobody meets an error."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.store.folder import Store
from index.updating import reindex
from tests.store_contents import fill

ROOT = Path(__file__).parents[1]
READERS = 8
PATIENCE = 300  # seconds; a machine may be busy with something else
TOPICS = ("拓源实业", "塞纳威房车", "青岚电车", "云岫春茶", "望潮门诊", "竹汐校园")


def _edition(folder, number):
    """Every article names the same number, so that passages of two generations show; some articles come and go."""
    texts = {
        f"n{i}": f"{topic}今年的产值达到{number}亿元，{topic}的负责人说。"
        for i, topic in enumerate(TOPICS)
        if (number + i) % 4
    }
    for path in folder.glob("*.txt"):
        if path.stem not in texts:
            path.unlink()
    fill(folder, **texts)
    return len(texts)


def _wait_for(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nobody has answered"
        time.sleep(0.02)


@pytest.mark.slow
def test_eight_readers_follow_a_writer(tmp_path):
    commits = 60
    corpus, folder = tmp_path / "texts", tmp_path / "store"
    corpus.mkdir()
    articles = {1: (100, _edition(corpus, 100))}  # generation → its number, and how many articles tell it
    reindex(folder, [corpus])
    replies, errors = [], []

    def read(number):
        process = subprocess.Popen(
            [sys.executable, "-m", "qa.ask", "-", "--json", "-k", "10", "--store", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        with process:
            asked = 0
            while not done.is_set():
                process.stdin.write(f"{TOPICS[(asked + number) % len(TOPICS)]}产值\n")
                process.stdin.flush()
                replies.append(json.loads(process.stdout.readline()))
                asked += 1
                time.sleep(0.05)
            process.stdin.close()
            errors.append((process.wait(PATIENCE), process.stderr.read()))

    done = threading.Event()
    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    for edition in range(101, 101 + commits):
        count = _edition(corpus, edition)
        report = reindex(folder, [corpus])
        assert report.unreadable == []
        articles[report.generation] = (edition, count)
        _wait_for(lambda number=report.generation: any(reply["generation"] >= number for reply in list(replies)))
    done.set()
    for reader in readers:
        reader.join()

    assert errors == [(0, "")] * READERS
    for reply in replies:
        edition, count = articles[reply["generation"]]
        numbers = {int(n) for passage in reply["passages"] for n in re.findall(r"(\d+)亿元", passage["text"])}
        assert numbers == {edition}, reply
        assert len(reply["passages"]) == count
        if not reply["answer"]["abstained"]:
            assert reply["answer"]["text"] == f"{edition}亿元"
    assert sorted(articles) == list(range(1, commits + 2))
    assert {reply["generation"] for reply in replies} >= set(range(2, commits + 2))  # readers follow


def test_a_first_reader_waits_for_a_writer_that_has_committed(tmp_path, monkeypatch, capsys):
    """Between the commit and its search files a store is not opened with made-up ones, and not found damaged either."""
    corpus, folder = tmp_path / "texts", tmp_path / "store"
    corpus.mkdir()
    _edition(corpus, 1)
    reindex(folder, [corpus])
    committed, opened = threading.Event(), threading.Event()

    import index.store.search_files

    update = index.store.search_files.update

    def slowly(*arguments):
        committed.set()
        assert not opened.wait(0.5), "opened before the search files were there"
        return update(*arguments)

    monkeypatch.setattr(index.store.search_files, "update", slowly)
    fill(corpus, new="望舒科技今年的产值达到77亿元，望舒科技的负责人说。")
    writer = threading.Thread(target=reindex, args=(folder, [corpus]))
    with Store(folder) as before:
        writer.start()
        committed.wait(10)
        assert before.refresh() is False  # stays at the generation it has
        assert before.generation == 1
        with Store(folder) as store:
            opened.set()
            assert store.generation == 2
            assert store.faults() == []
        writer.join()
        assert before.refresh() is True
        assert before.generation == 2
    assert capsys.readouterr().err == ""
