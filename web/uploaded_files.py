"""Keep the uploaded files in STORE/library, and remember the name that the owner gave each.

Knows how to undo the last change to them. Does not know their contents. An owner's name is never used as a path: the
file is stored under the hash of the name, so that the same name is the same file again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePath

from index.errors import UnreadableFile
from index.reading.archives import PACKED
from index.reading.kinds import SUFFIXES
from index.records import one_line

_NAMES, _BEFORE = ".names.json", ".before"  # hidden, so that indexing ignores them
_LONGEST = 200  # last characters of a name that are kept


class UploadedFiles:
    """The uploaded files of the store in the folder `store`. The caller runs one change at a time."""

    def __init__(self, store: Path) -> None:
        self.folder = (store / "library").resolve()
        try:
            self._names: dict[str, str] = json.loads((self.folder / _NAMES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._names = {}

    def named(self, path: str) -> str | None:
        """Return the owner's name of the file that a path lies in, and the rest of the path, None outside it."""
        file = self.file_of(path)
        if file is None:
            return None
        own = self._names.get(file.name, file.name)
        return "/".join([own, *PurePath(path).relative_to(file).parts])

    def file_of(self, path: str) -> Path | None:
        """Return the uploaded file that a path lies in; None outside this folder."""
        try:
            steps = PurePath(path).relative_to(self.folder).parts
        except ValueError:
            return None
        return self.folder / steps[0] if steps else None

    def files_called(self, words: str) -> list[str]:
        """Return the paths of files whose owner's name holds these words, at most a hundred."""
        return [
            str(self.folder / file) for file, own in self._names.items() if words and words.casefold() in own.casefold()
        ][:100]

    def begin(self) -> None:
        """Begin a change. The change before it can no longer be undone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder / _BEFORE, ignore_errors=True)
        (self.folder / _BEFORE).mkdir()
        self._name({file: own for file, own in self._names.items() if (self.folder / file).exists()})

    def put(self, name: str, data: Path | bytes) -> Path:
        """Store a copy of a file, or its bytes, in place of a file of the same name. Return the stored file.

        Raises UnreadableFile if no reader knows its kind.
        """
        own = one_line(PurePath(name.replace("\\", "/")).name)[-_LONGEST:]
        path = self.folder / (hashlib.sha256(own.encode("utf-8", "replace")).hexdigest()[:20] + _kind(own))
        fresh = path.with_name(f".new-{path.name}")
        if isinstance(data, bytes):
            fresh.write_bytes(data)
        else:
            shutil.copyfile(data, fresh)
        self._name(self._names | {path.name: own})  # first the name: a file without one would appear under its hash
        self.drop(path)
        fresh.replace(path)
        return path

    def drop(self, path: Path) -> None:
        """Move a file aside, if it exists. `agree` can bring it back."""
        if path.exists():
            path.replace(self._aside(path, hashlib.sha256(path.read_bytes()).hexdigest()))

    def agree(self, known: Mapping[str, str]) -> None:
        """Make the folder hold the files that the store knows, as far as the files moved aside allow.

        `known`: {path: SHA-256 of the contents}.
        """
        for path in [
            path for path in self.folder.iterdir() if not path.name.startswith(".") and str(path) not in known
        ]:
            self.drop(path)
        for path, digest in ((Path(name), digest) for name, digest in known.items()):
            if path.parent == self.folder and (before := self._aside(path, digest)).exists():
                self.drop(path)
                before.replace(path)

    def _aside(self, path: Path, digest: str) -> Path:
        """Return where a file of these contents is kept as long as the change can be undone."""
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
    """Return the suffix of a file, both of a compressed one. Raises UnreadableFile if no reader knows the kind."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    last = suffixes[-1] if suffixes else ""
    if last not in SUFFIXES and last not in PACKED:
        raise UnreadableFile("page.kind_not_read")
    packed = len(suffixes) > 1 and last in PACKED and suffixes[-2] in SUFFIXES
    return "".join(suffixes[-2:]) if packed else last
