"""python -m index.reindex --watch: what is put into a folder is in the store a moment later."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.watching import changes
from tests.store_contents import first, page

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds; a machine may be busy with something else


@pytest.fixture
def watcher(tmp_path):
    """A watching process on tmp_path/texts, and a way to read its next report."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text(page(0), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "index.reindex", "texts", "--store", "texts/store", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with process:

        def report():
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            line = process.stdout.readline()
            timer.cancel()
            return json.loads(line)

        yield process, report
        process.kill()


def _wait_for(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing was seen"
        time.sleep(0.02)


def _did(report):
    return report["added"], report["changed"], report["removed"], report["unchanged"]


@pytest.mark.slow
def test_files_that_come_change_and_go(watcher, tmp_path):
    process, report = watcher
    texts, store = tmp_path / "texts", tmp_path / "texts" / "store"
    assert _did(report()) == (1, 0, 0, 0)
    assert "watching texts" in process.stderr.readline()
    for number in (1, 2):  # a batch
        (texts / f"{number}.txt").write_text(page(number), encoding="utf-8")
    batches = [report()]
    while sum(batch["added"] for batch in batches) < 2:
        batches.append(report())
    assert batches[-1]["articles"] == 3
    assert first(store, "有轨电车有多长") == ("2.txt", 0)
    (texts / "sub").mkdir()
    (texts / "1.txt").rename(texts / "sub" / "moved.txt")
    assert report()["articles"] == 3
    assert first(store, "旅居车") == ("moved.txt", 0)
    (texts / "a.txt").unlink()
    assert _did(report()) == (0, 0, 1, 2)
    (texts / "2.txt").write_text(page(2).replace("18.6公里", "22.4公里"), encoding="utf-8")
    assert _did(report()) == (0, 1, 0, 1)  # and its own store, inside the folder, never counts as a change
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == ""


def test_what_is_in_the_store_is_no_change(tmp_path):
    stop = threading.Event()
    seen = []
    (tmp_path / "store").mkdir()
    follower = threading.Thread(target=lambda: seen.extend(changes([tmp_path], tmp_path / "store", stop)))
    follower.start()
    _wait_for(lambda: seen)
    for number in range(20):
        (tmp_path / "store" / f"{number}").write_text("x", encoding="utf-8")
    (tmp_path / "text.txt").write_text("x", encoding="utf-8")  # events come in order
    _wait_for(lambda: sum(seen))
    stop.set()
    follower.join(PATIENCE)
    assert (seen[0], sum(seen)) == (0, 1)


def test_a_root_behind_a_link_holds_its_own_store_too(tmp_path):
    (tmp_path / "real" / "store").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    stop, seen = threading.Event(), []
    follower = threading.Thread(
        target=lambda: seen.extend(changes([tmp_path / "link"], tmp_path / "link" / "store", stop))
    )
    follower.start()
    _wait_for(lambda: seen)
    (tmp_path / "real" / "store" / "x").write_text("x", encoding="utf-8")
    (tmp_path / "real" / "text.txt").write_text("x", encoding="utf-8")
    _wait_for(lambda: sum(seen))
    stop.set()
    follower.join(PATIENCE)
    assert sum(seen) == 1


@pytest.mark.slow
def test_a_folder_that_is_taken_away_and_made_again_is_followed(watcher, tmp_path):
    process, report = watcher
    assert report()["articles"] == 1
    shutil.move(tmp_path / "texts" / "store", tmp_path / "kept")
    (tmp_path / "texts").rename(tmp_path / "aside")
    assert "no such file or folder" in process.stderr.readline() + process.stderr.readline()
    (tmp_path / "texts").mkdir()
    shutil.move(tmp_path / "kept", tmp_path / "texts" / "store")
    (tmp_path / "texts" / "b.txt").write_text(page(1), encoding="utf-8")
    assert _did(report()) == (1, 0, 1, 0)
    (tmp_path / "texts" / "c.txt").write_text(page(2), encoding="utf-8")
    assert _did(report()) == (1, 0, 0, 1)
