"""The files that were uploaded: kept in STORE/library under names of our own, each with the name its owner gave it beside.

Knows how the last change to them is taken back. Does not know what the files hold. A name that somebody gave is never a path:
a file is called by the hash of it, so that the same name again is the same file again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePath

from index.archives import PACKED
from index.errors import UserError
from index.reading import SUFFIXES
from index.records import one_line

_NAMES, _BEFORE = ".names.json", ".before"  # hidden: what reads the folder passes them over
_LONGEST = 200  # characters of a name that are kept


class Shelf:
    """The uploaded files of the store in `store`. One change at a time: the caller sees to that."""

    def __init__(self, store: Path) -> None:
        self.folder = (store / "library").resolve()
        try:
            self._names: dict[str, str] = json.loads((self.folder / _NAMES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._names = {}

    def named(self, path: str) -> str | None:
        """The name under which the file of a path is to be shown, with what comes after it; None for a path that is not of the shelf."""
        file = self.file_of(path)
        if file is None:
            return None
        own = self._names.get(file.name, file.name)
        return "/".join([own, *PurePath(path).relative_to(file).parts])

    def file_of(self, path: str) -> Path | None:
        """The file on the shelf that a path lies in, None for a path that is not of the shelf."""
        try:
            steps = PurePath(path).relative_to(self.folder).parts
        except ValueError:
            return None
        return self.folder / steps[0] if steps else None

    def files_called(self, words: str) -> list[str]:
        """The paths of files whose shown name holds these words, at most a hundred."""
        return [str(self.folder / file) for file, own in self._names.items() if words and words.casefold() in own.casefold()][:100]

    def begin(self) -> None:
        """A new change begins; the files of the one before it can no longer be taken back."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder / _BEFORE, ignore_errors=True)
        (self.folder / _BEFORE).mkdir()
        self._name({file: own for file, own in self._names.items() if (self.folder / file).exists()})

    def put(self, name: str, data: Path | bytes) -> Path:
        """Takes in a copy of a file, or its bytes, in place of one of the same name. Raises UserError for a kind that is not read."""
        own = one_line(PurePath(name.replace("\\", "/")).name)[-_LONGEST:]
        path = self.folder / (hashlib.sha256(own.encode("utf-8", "replace")).hexdigest()[:20] + _kind(own))
        fresh = path.with_name(f".new-{path.name}")
        if isinstance(data, bytes):
            fresh.write_bytes(data)
        else:
            shutil.copyfile(data, fresh)
        self._name(self._names | {path.name: own})  # first the name: a file without one would be shown under ours
        self.drop(path)
        fresh.replace(path)
        return path

    def drop(self, path: Path) -> None:
        """Takes a file out, if it is there."""
        if path.exists():
            path.replace(self._aside(path, hashlib.sha256(path.read_bytes()).hexdigest()))

    def agree(self, known: Mapping[str, str]) -> None:
        """Makes the shelf what the store knows of it, {path: SHA-256}, as far as the files of the last change allow."""
        for path in [path for path in self.folder.iterdir() if not path.name.startswith(".") and str(path) not in known]:
            self.drop(path)
        for path, digest in ((Path(name), digest) for name, digest in known.items()):
            if path.parent == self.folder and (before := self._aside(path, digest)).exists():
                self.drop(path)
                before.replace(path)

    def _aside(self, path: Path, digest: str) -> Path:
        """Where a file of these contents is kept as long as the change can be taken back."""
        return self.folder / _BEFORE / f"{digest}-{path.name}"

    def _name(self, names: dict[str, str]) -> None:
        fresh = self.folder / f"{_NAMES}.new"
        with fresh.open("w", encoding="utf-8", errors="replace") as file:
            json.dump(names, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / _NAMES)
        self._names = names


def _kind(name: str) -> str:
    """The suffix under which a file is kept: that of what is packed too. Raises UserError for one that is not read."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    last = suffixes[-1] if suffixes else ""
    if last not in SUFFIXES and last not in PACKED:
        raise UserError("not a kind of file that is read")
    packed = len(suffixes) > 1 and last in PACKED and suffixes[-2] in SUFFIXES
    return "".join(suffixes[-2:]) if packed else last
