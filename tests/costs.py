"""What a piece of work costs: processor time of this thread, as a processor that does nothing else would count it.

Threads that other tests left behind, the collection of what they left, and a machine whose cores are shared all make
the same work count more. So the thread's own time is taken, divided by what a fixed piece of work takes beside it, and
work that seems too dear is done again.
"""

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")
_TRIES = 3
_FIXED = 0.06  # seconds that the fixed piece takes on a quiet core of 2023


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """What `work` returns or raises; AssertionError if it costs more than `seconds` at every one of three tries."""
    spent = []
    for _ in range(_TRIES):
        cost, outcome = _cost(work)
        if cost > seconds:  # what nobody doubts need not be measured against anything
            cost *= min(1.0, _FIXED / _fixed())
        if cost <= seconds:
            return outcome.result()
        spent.append(cost)
    raise AssertionError(f"{min(spent):.2f} seconds at least, {seconds} are allowed")


def _cost(work: Callable[[], _T]) -> tuple[float, Future[_T]]:
    outcome = Future[_T]()

    def settle() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:
            outcome.set_exception(error)

    return _thread_seconds(settle), outcome


def _fixed() -> float:
    return _thread_seconds(lambda: sum(number * number for number in range(1_500_000)))


def _thread_seconds(work: Callable[[], object]) -> float:
    """The seconds of this thread that work takes, without those of any collection.

    Collecting is off, and what the work before it left is collected neither here nor in the fixed piece, which would
    then seem slow and the work cheap. Work that turns it on, as qa.ask does, has its collections taken off.
    """
    collections: list[float] = []
    thread = threading.get_ident()

    def note(phase: str, _: object) -> None:
        if threading.get_ident() == thread:
            collections.append(time.thread_time() * (1 if phase == "stop" else -1))

    collecting = gc.isenabled()
    gc.disable()
    gc.callbacks.append(note)
    begun = time.thread_time()
    try:
        work()
        return time.thread_time() - begun - sum(collections)
    finally:
        gc.callbacks.remove(note)
        if collecting:
            gc.enable()
        else:
            gc.disable()
