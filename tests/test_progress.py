"""How far something is, told to whoever listens."""

import sys
import time

from index.errors import UserError
from index.language import use_language
from index.progress import report_to, track
from web.jobs import JobRunner


def test_a_listener_hears_every_step_and_nobody_else_does():
    heard = []
    with report_to(lambda *step: heard.append(step)):
        assert list(track([7, 8, 9], "progress.reading")) == [7, 8, 9]
        assert list(track(iter("ab"), "progress.file")) == ["a", "b"]
    assert heard == [
        ("progress.reading", 0, 3),
        ("progress.reading", 1, 3),
        ("progress.reading", 2, 3),
        ("progress.file", 0, None),
        ("progress.file", 1, None),
    ]
    assert list(track([1, 2], "progress.indexing")) == [1, 2]
    assert len(heard) == 5


def test_work_is_watched_to_its_end_with_the_time_left():
    work = JobRunner()
    assert list(work.watch()) == []
    work.start(lambda: sum(time.sleep(0.05) or item for item in track(range(20), "progress.reading")))
    try:
        work.start(lambda: 0)
    except UserError as error:
        assert error.code == "page.busy"
    else:
        raise AssertionError("two at once")
    seen = list(work.watch())
    assert (seen[-1].running, seen[-1].result, seen[-1].number) == (False, 190, 1)
    halfway = [progress for progress in seen if progress.done >= 5 and progress.running]
    assert all(progress.total == 20 and 0 < progress.seconds_left < 2 for progress in halfway)
    assert halfway


def test_what_fails_is_told_as_such():
    work = JobRunner()

    def fails():
        raise UserError("system.disk_full", path="store", reason="full")

    work.start(fails)
    while work.now().running:
        time.sleep(0.01)
    assert (work.now().problem.code, work.now().result) == ("system.disk_full", None)


def test_a_bar_is_labelled_in_the_users_language(monkeypatch):
    labels = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm", lambda items, desc, **_: labels.append(desc) or items)
    for spoken in ("zh", "en"):
        with use_language(spoken):
            track([1, 2], "progress.reading")
            track([1, 2], "progress.file", name="a.jsonl")
            track(iter("ab"), "progress.terms", 2)
    assert labels == ["读取", "a.jsonl", "词索引", "reading", "a.jsonl", "term index"]
