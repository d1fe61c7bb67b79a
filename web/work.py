"""What takes long and changes the store: one at a time, in a thread of its own, watched by whoever looks.

Knows how far it is and how long it may still take. Does not know what is done.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from index.errors import UserError, ZhiwenError
from index.progress import told_to

_T = TypeVar("_T")
_GLANCE = 0.2  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Progress(Generic[_T]):
    """How far the last piece of work is."""

    number: int  # counts the pieces of work, from 1; 0: there was none
    stage: str = ""
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None
    result: _T | None = None
    problem: ZhiwenError | None = None
    running: bool = False


class Work(Generic[_T]):
    """One piece of work at a time; its result is kept until the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._progress: Progress[_T] = Progress(0)

    def start(self, task: Callable[[], _T]) -> None:
        """Begins a task in a thread of its own. Raises UserError while another is running."""
        with self._lock:
            if self._progress.running:
                raise UserError("busy")
            self._progress = Progress(self._progress.number + 1, running=True)
        threading.Thread(target=self._run, args=(task,), name="work", daemon=True).start()

    def now(self) -> Progress[_T]:
        """How far the last piece of work is."""
        return self._progress

    def watch(self) -> Iterator[Progress[_T]]:
        """How far it is, whenever that has changed, up to its end; nothing if nothing is running."""
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

        def tell(what: str, done: int, total: int | None) -> None:
            nonlocal begun, stage
            now = time.monotonic()
            if what != stage:
                begun, stage = now, what
            left = (now - begun) / done * (total - done) if done and total else None
            self._progress = replace(self._progress, stage=what, done=done, total=total, seconds_left=left)

        try:
            with told_to(tell):
                result = task()
            self._progress = replace(self._progress, running=False, result=result)
        except ZhiwenError as error:
            self._progress = replace(self._progress, running=False, problem=error)
        except Exception as error:  # the edge of this thread: it must not end without a word
            traceback.print_exc()
            self._progress = replace(self._progress, running=False, problem=ZhiwenError(f"this is a bug: {error}"))
