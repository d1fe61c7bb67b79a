"""The measure of costs itself: collections count neither for the work nor for the fixed piece beside it."""

import gc
import time

import pytest

from tests import costs


def _garbage(count):
    for _ in range(count):
        ring = []
        ring.append(ring)


def _burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.fixture
def heavy_heap():
    """So many live containers that a full collection takes long."""
    return [[] for _ in range(400_000)]


def test_a_collection_in_the_work_does_not_count(heavy_heap):
    def collecting_work():
        gc.enable()
        for _ in range(5):
            gc.collect()

    begun = time.thread_time()
    collecting_work()
    assert costs._thread_seconds(collecting_work) < (time.thread_time() - begun) / 4
    assert gc.isenabled()


def test_what_the_work_left_makes_the_fixed_piece_no_dearer(heavy_heap):
    clean = min(costs._fixed() for _ in range(3))
    gc.disable()
    _garbage(300_000)
    gc.enable()
    assert costs._fixed() < 2 * clean


def test_work_that_is_too_dear_fails_and_its_error_is_its_own():
    with pytest.raises(AssertionError, match="are allowed"):
        costs.within(0.005, lambda: _burn(0.3))
    with pytest.raises(ZeroDivisionError):
        costs.within(1, lambda: 1 // 0)
    assert costs.within(1, lambda: 7) == 7


def test_collecting_is_as_before():
    for turn in (gc.enable, gc.disable):
        before = gc.isenabled()
        turn()
        costs._thread_seconds(gc.enable)
        assert gc.isenabled() == (turn is gc.enable)
        gc.enable() if before else gc.disable()
