"""A process that changes stores and is killed in the middle of it, for test_crash.py.

It reads one command a line from stdin and writes one outcome a line to stdout. Every command runs in a fork, which
kills itself (SIGKILL) at the write point that the command names, or is killed after a time. Write points are numbered
as the run meets them: before and after each call of the functions below, and at each write (half-way), sync, cut and
deletion of SQLite.
"""

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

import apsw

import index.embedding.models
import index.store.database
import index.store.search_files
import index.updating
from index.embedding.static import bundled_model
from index.indexing import make_passages  # noqa: F401  (everything is loaded before the forks)

_FILES = {"fsync", "replace", "unlink", "rmdir", "mkdir"}  # of the operating system
_INDEXES = {"writer", "commit", "wait_merging_threads", "serialize_index"}  # of tantivy and faiss


class Other:
    """The bundled model under another name, as one that has been changed is."""

    name, fingerprint = "bundled", "another"
    dimension = bundled_model().dimension

    def encode(self, texts, *, query=False):
        return bundled_model().encode(texts)[:, ::-1]


class Points:
    """The write points met so far; the one numbered `last` is the last."""

    def __init__(self, last):
        self.last, self.met = last, []

    def meet(self, name):
        """Whether this is the point to die at."""
        self.met.append(name)
        return len(self.met) - 1 == self.last

    def profile(self, frame, event, function):
        if event in ("c_call", "c_return"):
            name = function.__name__
            if (name in _INDEXES or (name in _FILES and function.__module__ == "posix")) and self.meet(
                f"{event[2:]} {name}"
            ):
                die()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def watched_files(points):
    """Write SQLite's files through here from now on.

    Files that are only read are left out: apsw would report errors there that SQLite itself expects.
    """

    class File(apsw.VFSFile):
        def __init__(self, name, flags):
            super().__init__("cksmvfs", name, flags)

        def xWrite(self, data, offset):  # noqa: N802
            if points.meet("xWrite"):
                super().xWrite(bytes(data)[: len(data) // 2], offset)
                die()
            super().xWrite(data, offset)

        def xSync(self, flags):  # noqa: N802
            if points.meet("xSync"):
                die()
            super().xSync(flags)

        def xTruncate(self, size):  # noqa: N802
            if points.meet("xTruncate"):
                die()
            super().xTruncate(size)

    class Files(apsw.VFS):
        def __init__(self):
            super().__init__("watched", "cksmvfs")

        def xOpen(self, name, flags):  # noqa: N802
            return File(name, flags)

        def xDelete(self, name, sync):  # noqa: N802
            if points.meet("xDelete"):
                die()
            super().xDelete(name, sync)

    def connection(name, flags=None):
        return apsw.Connection(name, vfs="watched") if flags is None else apsw.Connection(name, flags=flags)

    index.store.database._check_pages()
    index.store.database.apsw = SimpleNamespace(**vars(apsw) | {"Connection": connection})
    return Files()


def act(action, store, root):
    if action == "remove":
        index.updating.remove(store, [str(root / "b.txt")])
    elif action == "rollback":
        index.updating.rollback(store)
    else:
        if action == "model":
            index.embedding.models.load_embedder = lambda name: Other()
        index.updating.reindex(store, [root])


def run(command):
    """In a fork of its own: the points met, if it came to its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        index.store.search_files._SMALL = command["small"]
        points = Points(command["last"])
        files = watched_files(points)
        sys.setprofile(points.profile)
        try:
            act(command["action"], Path(command["store"]), Path(command["root"]))
            sys.setprofile(None)
            os.write(writing, json.dumps(points.met).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        del files
        os._exit(1)
    os.close(writing)
    if command["seconds"] is not None:
        time.sleep(command["seconds"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        met = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": status, "met": json.loads(met or b"[]")}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
