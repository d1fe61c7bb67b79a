"""Make the encoder vectors that a store's passages lack, in committed batches; the passages are searchable before.

Knows the order of the steps, and how their progress reaches a terminal. Does not know how vectors are kept
(index.store.encoded, index.milvus.encoded) or what a question does with them.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from index.errors import UserError, ZhiwenError, first_line, print_error
from index.language import text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embedding.models import Embedder
    from index.milvus.shards import Shard
    from index.store.address import MilvusAddress
    from index.store.encoded import Coverage, PreparedFile, Unencoded

_Result = TypeVar("_Result")
# How many passages have a vector, of how many, and the seconds left (None: not known yet).
Progress = Callable[[int, int, float | None], None]
_BATCH = 256  # passages of one commit: 10 to 20 seconds of work
_SLICE = 32  # passages between two reports
_PUBLISH_EVERY = 60  # seconds
_PUBLISH_SHARE = 20  # a large file is written less often: at most this part of the time goes into it
_LOCK_SECONDS = 1  # in one attempt to get the lock of writers, so that a stop is heard
_LINE_EVERY = 60  # seconds between two lines of progress where there is no terminal
_CLEAR = "\r\033[K"


class EncoderUnavailable(UserError):
    """The bundled encoder is missing or damaged. Everything works without its vectors."""


def wanted() -> bool:
    """Return whether vectors are made right after indexing: ZHIWEN_VECTORS=later leaves them to a later run."""
    return os.environ.get("ZHIWEN_VECTORS", "").strip().lower() != "later"


def backfill(
    address: Path | MilvusAddress,
    report_progress: Progress = lambda encoded, passages, seconds_left: None,
    *,
    stop: threading.Event | None = None,
    shard: Shard | None = None,
) -> None:
    """Encode the passages (a shard's, if one is named) that have no vector yet, until all have one or `stop` is set.

    Each batch is committed; a process that is killed loses at most one, Ctrl-C none, and the next call goes on. Return
    at once if the store has no contextual encoder, or another process is at work: that one also takes what was added
    meanwhile. Raises EncoderUnavailable, or UserError if the store cannot be written.
    """
    with closing(_vectors_of(address, shard)) as vectors:
        run = _Run(vectors, report_progress, stop or threading.Event())
        while not run.stop.is_set() and run.lacks_vectors():
            with vectors.alone() as alone:
                if not alone:
                    return
                run.complete()
            # Somebody who found the lock held relies on this process, and a rollback brings passages back under old
            # ids.


class _Vectors(Protocol):
    """The vectors of a store, as the run that makes them sees them."""

    def close(self) -> None:
        """Close the connections, if there are any."""

    def alone(self) -> AbstractContextManager[bool]:
        """Hold the lock of the one process that encodes. Yield False if another one holds it."""

    def has_encoder(self) -> bool:
        """Return whether the store's model has a contextual encoder."""

    def next(self, encoder: str, *, after: int, most: int) -> tuple[list[Unencoded], Coverage | None]:
        """Return the next passages without a vector of this encoder, and if the store has changed, how many have one.

        Those up to the id `after` are done with. No passages if the store has no encoder any more.
        """

    def put(self, encoder: str, vectors: Mapping[str, NDArray[np.float32]]) -> int:
        """Commit vectors by passage hash, and return how many passages have these hashes. May raise StoreBusy."""

    def remove_unused(self) -> None:
        """Remove the vectors whose hash no passage has. May raise StoreBusy."""

    def publish(self, encoder: str) -> None:
        """Let readers have the vectors that were put. May raise StoreBusy; the next call goes on."""


def _vectors_of(address: Path | MilvusAddress, shard: Shard | None) -> _Vectors:
    if isinstance(address, Path):
        return _FolderVectors(address)
    from index.milvus.encoded import MilvusVectors

    return MilvusVectors(address, shard)


class _FolderVectors:
    """The _Vectors of a store in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._commit = ""
        self._prepared: PreparedFile | None = None

    def close(self) -> None:
        """Do nothing."""

    def alone(self) -> AbstractContextManager[bool]:
        """See _Vectors."""
        from index.store.encoded import backfilling

        return backfilling(self._folder)

    def has_encoder(self) -> bool:
        """See _Vectors."""
        from index.store import database
        from index.store.encoded import has_encoder

        with closing(database.connect(self._folder, write=False)) as connection, database.readable(self._folder):
            state = database.state(self._folder, connection)
        return state is not None and has_encoder(state)

    def next(self, encoder: str, *, after: int, most: int) -> tuple[list[Unencoded], Coverage | None]:
        """See _Vectors."""
        from index.store import database, encoded

        with closing(database.connect(self._folder, write=False)) as connection, database.readable(self._folder):
            connection.execute("BEGIN")
            state = database.state(self._folder, connection)
            if state is None or not encoded.has_encoder(state):
                return [], None
            coverage = None
            if state.commit != self._commit:
                coverage, self._commit = encoded.coverage(connection, encoder), state.commit
            return encoded.unencoded(connection, encoder, after=after, most=most), coverage

    def put(self, encoder: str, vectors: Mapping[str, NDArray[np.float32]]) -> int:
        """See _Vectors."""
        from index.store import encoded

        with self._writable():
            return encoded.put(self._folder, encoder, vectors, seconds=_LOCK_SECONDS)

    def remove_unused(self) -> None:
        """See _Vectors."""
        from index.store import encoded

        with self._writable():
            encoded.remove_unused(self._folder, seconds=_LOCK_SECONDS)

    def publish(self, encoder: str) -> None:
        """Bring the store's file up to the table."""
        from index.store import encoded

        del encoder  # the table knows it
        with self._writable():
            self._prepared = self._prepared or encoded.prepare(self._folder)
            if self._prepared is not None:
                encoded.publish(self._prepared, seconds=_LOCK_SECONDS)
                self._prepared = None

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError("store.search_files_unwritten", path=self._folder, reason=first_line(error)) from error


class _Run:
    """One call of `backfill`."""

    def __init__(self, vectors: _Vectors, report_progress: Progress, stop: threading.Event) -> None:
        self.stop = stop
        self._vectors, self._report = vectors, report_progress
        self._encoded, self._passages = 0, 0
        self._done, self._seconds = 0, 0.0  # passages encoded in this run, and how long that took
        self._published, self._publishing = time.monotonic(), 0.0  # when, and how long it took
        self._complete = False

    def lacks_vectors(self) -> bool:
        """Return whether a passage lacks a vector, or it is not yet known whether all is written."""
        from index.embedding.encoder import bundled_fingerprint

        if not self._vectors.has_encoder():
            return False
        try:
            self._fingerprint = bundled_fingerprint()
        except UserError as error:
            raise _unavailable(error) from error
        return not self._complete or bool(self._next(0, 1))

    def complete(self) -> None:
        """Encode all that is missing, then remove what no passage needs and let readers have all."""
        encoder = None
        after = 0
        while not self.stop.is_set():
            batch = self._next(after, _BATCH)
            if not batch:
                break
            encoder = encoder or _encoder()
            self._encode(batch, encoder)
            after = batch[-1].id
            pause = max(_PUBLISH_EVERY, _PUBLISH_SHARE * self._publishing)
            if time.monotonic() - self._published > pause and not self.stop.is_set():
                self._publish()
        if not self.stop.is_set():
            self._patiently(self._vectors.remove_unused)
            self._publish()
            self._complete = True

    def _next(self, after: int, most: int) -> list[Unencoded]:
        """Return the next passages without a vector; none if the store has no encoder any more."""
        batch, coverage = self._vectors.next(self._fingerprint, after=after, most=most)
        if coverage is not None:
            self._encoded, self._passages = coverage.encoded, coverage.passages
        return batch

    def _encode(self, batch: list[Unencoded], encoder: Embedder) -> None:
        """Encode a batch and commit it; if that is stopped, commit what there is."""
        texts = {passage.hash: passage.text for passage in batch}
        # Texts of like length are encoded faster together.
        hashes = sorted(texts, key=lambda digest: (len(texts[digest]), digest))
        vectors: dict[str, NDArray[np.float32]] = {}
        try:
            for start in range(0, len(hashes), _SLICE):
                if self.stop.is_set():
                    break
                self._report(self._encoded + len(vectors), self._passages, self._seconds_left(len(vectors)))
                part, begun = hashes[start : start + _SLICE], time.monotonic()
                vectors.update(zip(part, encoder.encode([texts[digest] for digest in part]), strict=True))
                self._done, self._seconds = self._done + len(part), self._seconds + time.monotonic() - begun
        except KeyboardInterrupt:
            self.stop.set()  # not to wait for another writer now
            self._keep(vectors)
            raise
        self._keep(vectors)

    def _keep(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        if vectors:
            self._encoded += self._patiently(lambda: self._vectors.put(self._fingerprint, vectors)) or 0
        self._report(self._encoded, self._passages, self._seconds_left(0))

    def _seconds_left(self, unkept: int) -> float | None:
        if not self._done:
            return None
        return self._seconds / self._done * max(0, self._passages - self._encoded - unkept)

    def _publish(self) -> None:
        begun = time.monotonic()
        self._patiently(lambda: self._vectors.publish(self._fingerprint))
        self._published = time.monotonic()
        self._publishing = self._published - begun

    def _patiently(self, step: Callable[[], _Result]) -> _Result | None:
        """Do a step that needs the lock of writers, however long others hold it; None if that was stopped."""
        from index.store.database import StoreBusy

        while True:
            try:
                return step()
            except StoreBusy:
                if self.stop.is_set():
                    return None


def _encoder() -> Embedder:
    from index.embedding.encoder import bundled_encoder

    try:
        return bundled_encoder()
    except UserError as error:
        raise _unavailable(error) from error


def _unavailable(error: UserError) -> EncoderUnavailable:
    return EncoderUnavailable("backfill.no_encoder", problem=error.message)


class BackgroundBackfill:
    """The backfill of one store in a thread, for programs that go on indexing meanwhile."""

    def __init__(
        self,
        address: Path | MilvusAddress,
        report_progress: Progress = lambda *_: None,
        shard: Shard | None = None,
    ) -> None:
        self._address, self._report, self._shard = address, report_progress, shard
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._warned = ""

    def begin(self) -> None:
        """Begin to encode what is missing, unless that is left to a later run or going on already."""
        if not wanted():
            return
        if not self._threads:
            atexit.register(self.stop)  # a thread inside the encoder must have ended before the interpreter does
        thread = threading.Thread(target=self._run, name="backfill", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def stop(self) -> bool:
        """End it within seconds: what is encoded is kept. Return True if it was going on."""
        going_on = [thread for thread in self._threads if thread.is_alive()]
        self._stop.set()
        for thread in going_on:
            thread.join(10)
        return bool(going_on)

    def _run(self) -> None:
        try:
            backfill(self._address, self._report, stop=self._stop, shard=self._shard)
        except ZhiwenError as error:
            if self._warned != error.code:  # once, not after every change
                self._warned = error.code
                print_error(error)
        except Exception:  # the edge of this thread: it must not end without a word
            traceback.print_exc()


def backfill_at_terminal(address: Path | MilvusAddress, shard: Shard | None = None) -> bool:
    """Run `backfill` with its progress on stderr. Return False if Ctrl-C ended it.

    Do nothing where ZHIWEN_VECTORS leaves the vectors to a later run. An encoder that is missing or damaged is one line
    on stderr. Raises UserError if the store cannot be written.
    """
    if not wanted():
        return True
    lines = ProgressLines(rewriting=sys.stderr.isatty())
    try:
        backfill(address, lines.report, shard=shard)
    except EncoderUnavailable as error:
        lines.clear()
        print_error(error)
    except KeyboardInterrupt:
        lines.stopped()
        return False
    lines.clear()
    return True


class ProgressLines:
    """Progress on stderr: one line that is rewritten, or where there is no terminal a line each minute."""

    def __init__(self, *, rewriting: bool) -> None:
        self.encoded, self.passages = 0, 0
        self._rewriting, self._line_at = rewriting, time.monotonic()

    def report(self, encoded: int, passages: int, seconds_left: float | None) -> None:
        """See Progress."""
        self.encoded, self.passages = encoded, passages
        if not self._rewriting and time.monotonic() - self._line_at < _LINE_EVERY:
            return
        self._line_at = time.monotonic()
        line = text("backfill.progress", encoded=f"{encoded:,}", passages=f"{passages:,}")
        if seconds_left:
            line += text("backfill.left", time=duration(seconds_left))
        sys.stderr.write(f"{_CLEAR}{line}" if self._rewriting else f"zhiwen: {line}\n")
        sys.stderr.flush()

    def stopped(self) -> None:
        """Say how far it has come, and that the next run goes on."""
        self.clear()
        line = text("backfill.stopped", encoded=f"{self.encoded:,}", passages=f"{self.passages:,}")
        sys.stderr.write(f"zhiwen: {line}\n")

    def clear(self) -> None:
        """Remove the line from the terminal."""
        if self._rewriting and self.passages:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def duration(seconds: float) -> str:
    """Return about how long that is, in words.

    >>> from index.language import use_language
    >>> with use_language("en"):
    ...     [duration(seconds) for seconds in (7, 52, 70, 260, 4000)]
    ['10 s', '1 min', '1 min', '4 min', '1 h 7 min']
    """
    if seconds < 50:
        return text("backfill.seconds", seconds=10 * max(1, round(seconds / 10)))
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return text("backfill.minutes", minutes=minutes)
    return text("backfill.hours", hours=minutes // 60, minutes=minutes % 60)
