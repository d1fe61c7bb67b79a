"""The queue in which every question of the page and of programs waits for its turn.

Knows how many may wait, and that one question is answered at a time. Does not know who asks or how answers are drawn.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import UserError
from index.store.corpus import Corpus
from index.store.filters import Filters
from qa.answering import Models, answer_question, find_passages, with_model
from qa.reply import Reply

if TYPE_CHECKING:
    from qa.generate import CheckedSentence, Endpoint

_T = TypeVar("_T")
MOST_WAITING = 64  # questions; at 20 ms each the last of them waits little more than a second
_MOST_WRITING = 8  # answers that a language model writes at the same time


class TooManyQuestions(UserError):
    """Too many questions are waiting. Nothing is wrong with the question itself."""

    def __init__(self) -> None:
        super().__init__("page.too_many_questions")


class QuestionQueue:
    """The store's one connection: one question at a time, first come first served, with a limit on how many wait.

    A question is tens of milliseconds of Python, of which one process runs one thread at a time: more connections would
    not answer sooner.
    """

    def __init__(self, store: Corpus, models: Models, most: int = MOST_WAITING) -> None:
        self._store, self._models, self._most = store, models, most
        self._worker = ThreadPoolExecutor(1, "questions")
        self._writing = threading.Semaphore(_MOST_WRITING)
        self._waiting, self._count = 0, threading.Lock()
        self._asked_generation: Future[int] | None = None  # not answered yet

    def submit(self, work: Callable[[Corpus], _T]) -> Future[_T]:
        """Call `work` with the store when its turn has come. Raises TooManyQuestions if too many are waiting."""
        with self._count:
            if self._waiting >= self._most:
                raise TooManyQuestions
            self._waiting += 1
        job = self._worker.submit(work, self._store)
        job.add_done_callback(self._finished)
        return job

    def _finished(self, _: Future[Any]) -> None:
        with self._count:
            self._waiting -= 1

    def generation(self) -> Future[int]:
        """The number of the store's newest generation. Never refused: all who ask while one waits share its result."""
        with self._count:
            if self._asked_generation is None or self._asked_generation.done():
                self._asked_generation = self._worker.submit(_newest_generation, self._store)
            return self._asked_generation

    def reply(
        self,
        question: str,
        k: int = 5,
        filters: Filters = Filters(),  # noqa: B008 frozen
        before: str = "",
    ) -> Future[Reply]:
        """Find the answer in the text. Raises as `submit` does; the result raises as answer_question does."""
        return self.submit(lambda store: answer_question(store, self._models, question, k, filters, before))

    def passages(self, question: str, k: int = 5, filters: Filters = Filters()) -> Future[Reply]:  # noqa: B008 frozen
        """Find the passages alone. Raises as `reply` does."""
        return self.submit(lambda store: find_passages(store, self._models, question, k, filters))

    def growing(self, reply: Reply) -> Iterator[Reply]:
        """Yield the reply, then the reply with each sentence a language model adds, and last the complete one.

        Without a model the reply is yielded once. If the model fails, its sentences are withdrawn: the last reply
        counts.
        """
        endpoint = self._models.endpoint
        yield reply
        if endpoint is None:
            return
        from qa.generate import Generated

        arriving: SimpleQueue[CheckedSentence | None] = SimpleQueue()
        writing = self._write(reply, endpoint, arriving.put)
        writing.add_done_callback(lambda _: arriving.put(None))
        sentences: tuple[CheckedSentence, ...] = ()
        while (sentence := arriving.get()) is not None:
            sentences = (*sentences, sentence)
            yield replace(reply, generated=Generated(sentences, 0))
        yield writing.result()

    async def complete(self, reply: Reply) -> Reply:
        """The reply with everything that a language model adds, if there is one."""
        if self._models.endpoint is None:
            return reply
        return await asyncio.wrap_future(self._write(reply, self._models.endpoint, lambda sentence: None))

    def _write(self, reply: Reply, endpoint: Endpoint, on_sentence: Callable[[CheckedSentence], None]) -> Future[Reply]:
        """Ask the model in a daemon thread: it may take a minute, and stopping the server must not wait for it."""
        written: Future[Reply] = Future()
        if not self._writing.acquire(blocking=False):
            from qa.generate import Failure, Generated

            written.set_result(replace(reply, generated=Generated((), 0, Failure("page.model_busy"))))
            return written

        def write() -> None:
            try:
                written.set_result(with_model(reply, endpoint, on_sentence))
            except BaseException as error:
                written.set_exception(error)
            finally:
                self._writing.release()

        threading.Thread(target=write, name="writer", daemon=True).start()
        return written


def _newest_generation(store: Corpus) -> int:
    store.refresh()
    return store.generation
