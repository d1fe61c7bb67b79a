"""How far something is, told to whoever listens."""

import time

from index.errors import UserError
from index.progress import shown, told_to
from web.work import Work


def test_a_listener_hears_every_step_and_nobody_else_does():
    heard = []
    with told_to(lambda *step: heard.append(step)):
        assert list(shown([7, 8, 9], "reading")) == [7, 8, 9]
        assert list(shown(iter("ab"), "rows")) == ["a", "b"]
    assert heard == [("reading", 0, 3), ("reading", 1, 3), ("reading", 2, 3), ("rows", 0, None), ("rows", 1, None)]
    assert list(shown([1, 2], "indexing")) == [1, 2]
    assert len(heard) == 5


def test_work_is_watched_to_its_end_with_the_time_left():
    work = Work()
    assert list(work.watch()) == []
    work.start(lambda: sum(time.sleep(0.05) or item for item in shown(range(20), "reading")))
    try:
        work.start(lambda: 0)
    except UserError as error:
        assert error.message == "busy"
    else:
        raise AssertionError("two at once")
    seen = list(work.watch())
    assert (seen[-1].running, seen[-1].result, seen[-1].number) == (False, 190, 1)
    halfway = [progress for progress in seen if progress.done >= 5 and progress.running]
    assert all(progress.total == 20 and 0 < progress.seconds_left < 2 for progress in halfway)
    assert halfway


def test_what_fails_is_told_as_such():
    work = Work()

    def fails():
        raise UserError("the disk is full", "Make space.")

    work.start(fails)
    while work.now().running:
        time.sleep(0.01)
    assert (work.now().problem.message, work.now().result) == ("the disk is full", None)
