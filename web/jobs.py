"""Run long changes to the store: one at a time, in a background thread, while any page can follow the progress.

Knows how far a job is and how long it may still take. Does not know what jobs do.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from index.errors import UserError, ZhiwenError, first_line
from index.progress import report_to

_T = TypeVar("_T")
_GLANCE = 0.2  # seconds between two checks of the progress


@dataclass(frozen=True, slots=True)
class Progress(Generic[_T]):
    """How far the last job is."""

    number: int  # counts the jobs, from 1; 0 before the first
    stage: str = ""  # the code of its label
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None
    result: _T | None = None
    problem: ZhiwenError | None = None
    running: bool = False


class JobRunner(Generic[_T]):
    """Run one job at a time and keep its result until the next."""

    def __init__(self, after: Callable[[], None] = lambda: None) -> None:
        """`after` is called when the result of a piece of work is there; it must not take long."""
        self._lock, self._after = threading.Lock(), after
        self._progress: Progress[_T] = Progress(0)

    def start(self, task: Callable[[], _T]) -> None:
        """Begin a task in a background thread. Raises UserError while another is running."""
        with self._lock:
            if self._progress.running:
                raise UserError("page.busy")
            self._progress = Progress(self._progress.number + 1, running=True)
        threading.Thread(target=self._run, args=(task,), name="work", daemon=True).start()

    def now(self) -> Progress[_T]:
        """Return how far the last job is."""
        return self._progress

    def watch(self) -> Iterator[Progress[_T]]:
        """Yield the progress whenever it has changed, up to the end of the job; nothing if no job is running."""
        last = None
        while (progress := self._progress).running:
            if progress != last:
                last = progress
                yield progress
            time.sleep(_GLANCE)
        if last is not None:
            yield progress

    def _run(self, task: Callable[[], _T]) -> None:
        begun, stage = time.monotonic(), ""

        def report(code: str, done: int, total: int | None) -> None:
            nonlocal begun, stage
            now = time.monotonic()
            if code != stage:
                begun, stage = now, code
            left = (now - begun) / done * (total - done) if done and total else None
            self._progress = replace(self._progress, stage=code, done=done, total=total, seconds_left=left)

        try:
            with report_to(report):
                result = task()
            self._progress = replace(self._progress, running=False, result=result)
            self._after()
        except ZhiwenError as error:
            self._progress = replace(self._progress, running=False, problem=error)
        except Exception as error:  # the edge of this thread: report every error to the page
            traceback.print_exc()
            self._progress = replace(
                self._progress, running=False, problem=ZhiwenError("page.unexpected", reason=first_line(error))
            )
