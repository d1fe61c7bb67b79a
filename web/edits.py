"""What people change in the store from the page: files and texts in and out, read again, the last change taken back.

Knows in which order the uploaded files and the store change, so that both can be taken back together. Does not know the
page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import UnreadableFile, UserError
from index.intake import Report
from index.records import Problem
from index.store.address import MilvusAddress
from index.store.catalogue import Catalogue
from index.updating import reindex, remove, rollback
from web.uploaded_files import UploadedFiles

ADDED, REMOVED, REREAD, TAKEN_BACK = "added", "removed", "reread", "taken_back"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to."""

    kind: str  # ADDED …
    added: int
    changed: int
    removed: int
    copies: int  # of the articles added or changed, the near-duplicates of another
    problems: tuple[Problem, ...]
    articles: int  # that the store holds now
    seconds: float


class LibraryEdits:
    """Changes to the store in a folder. The caller makes sure that one runs at a time."""

    def __init__(self, catalogue: Catalogue, uploaded: UploadedFiles, folders: Sequence[Path] = ()) -> None:
        self.uploaded, self.folders = uploaded, tuple(folders)
        self._catalogue, self._store = catalogue, catalogue.address

    @property
    def address(self) -> Path | MilvusAddress:
        """Where the store is."""
        return self._store

    def add(
        self, files: Sequence[tuple[str, Path | bytes]], refused: Sequence[Problem] = (), *, as_is: bool = False
    ) -> Outcome:
        """Takes in files, each with the name its owner gave it.

        `refused`: problems of files that were not even opened; they are reported with the rest. `as_is`: of these
        files, what looks like no article is taken in as it is.
        """
        self.uploaded.begin()
        refused, paths = list(refused), []
        for name, data in files:
            try:
                paths.append(self.uploaded.put(name, data))
            except UnreadableFile as error:
                refused.append(error.problem(name))
        if not paths:
            return Outcome(ADDED, 0, 0, 0, 0, tuple(refused), self._catalogue.count(), 0.0)
        report = self._mirrored(paths if as_is else ())
        own = [problem for problem in report.unreadable if any(_lies_in(problem.path, path) for path in paths)]
        names = {str(path): self.uploaded.named(str(path)) or path.name for path in paths}
        renamed = [
            replace(problem, path=self.uploaded.named(problem.path) or names.get(problem.path, problem.path))
            for problem in own
        ]
        empty = [path for path in paths if not self._catalogue.of_file(str(path))]
        for path in empty:  # nothing in it could be read: it is reported once, not at every run
            self.uploaded.drop(path)
        copies = self._catalogue.copies_among([str(path) for path in paths])
        return Outcome(
            ADDED,
            report.added,
            report.changed,
            report.removed,
            copies,
            (*refused, *renamed),
            report.articles,
            report.seconds,
        )

    def paste(self, title: str, date: str, source: str, text: str) -> Outcome:
        """Takes in one article that was typed or pasted, in place of one of the same title."""
        row = {"title": title, "date": date, "source": source, "text": text}
        return self.add(
            [(f"{title or text[:20]}.json", json.dumps([row], ensure_ascii=False).encode("utf-8", "replace"))]
        )

    def delete(self, article: str, *, whole_file: bool) -> Outcome:
        """Takes an article out, or all that came from its file. An uploaded file of which nothing is left goes too."""
        kept = self._catalogue.article(article)
        if kept is None:
            raise UserError("page.gone")
        self.uploaded.begin()
        file = self.uploaded.file_of(kept.article.path)
        beside = self._catalogue.of_file(str(file)) if file else []
        if file is not None and (whole_file or len(beside) == 1):
            self.uploaded.drop(file)
            report = self._mirrored()
        else:
            names = [each.id for each in self._catalogue.of_file(kept.article.path)] if whole_file else [article]
            report = remove(self._store, names)
        return _outcome(REMOVED, report)

    def reread(self, article: str) -> Outcome:
        """Reads the file of an article anew, as if it had not been seen before."""
        from index.records import stored_name
        from index.stores import change_store

        kept = self._catalogue.article(article)
        if kept is None:
            raise UserError("page.gone")
        place = Path(kept.article.path)
        file = next((step for step in (place, *place.parents) if step.is_file()), None)
        if file is None:
            raise UserError("page.no_file")
        self.uploaded.begin()
        with change_store(self._store) as writer:
            writer.forget_file(stored_name(file))
            writer.keep_file_states()
        report = reindex(self._store, [file])
        return _outcome(REREAD, report, tuple(report.unreadable))

    def follow(self, folder: Path) -> Outcome:
        """Makes the store mirror one of the folders that the operator allowed."""
        if folder not in self.folders:
            raise UserError("page.not_allowed")
        self.uploaded.begin()
        report = reindex(self._store, [folder])
        return _outcome(ADDED, report, tuple(report.unreadable))

    def take_back(self) -> Outcome:
        """Undo the last change of the store, with the uploaded files if it was theirs; a second call restores it."""
        report = rollback(self._store)
        if self.uploaded.folder.exists():
            self.uploaded.agree(self._catalogue.files_in(self.uploaded.folder))
        return _outcome(TAKEN_BACK, report)

    def _mirrored(self, as_is: Sequence[Path] = ()) -> Report:
        """Make the store mirror the uploaded files; if that fails, put the files back as they were."""
        try:
            return reindex(self._store, [self.uploaded.folder], as_is=as_is)
        except BaseException:
            self.uploaded.agree(self._catalogue.files_in(self.uploaded.folder))
            raise


def _lies_in(place: str, path: Path) -> bool:
    """Whether a place (a file, a row or a member of it) is of a file."""
    return place == str(path) or place.startswith((f"{path}/", f"{path}:"))


def _outcome(kind: str, report: Report, problems: tuple[Problem, ...] = ()) -> Outcome:
    return Outcome(kind, report.added, report.changed, report.removed, 0, problems, report.articles, report.seconds)
