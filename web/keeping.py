"""What people change in the store from the page: files and texts in and out, read again, the last change taken back.

Knows in which order the uploaded files and the store change, so that both can be taken back together. Does not know the page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.catalogue import Catalogue
from index.errors import UserError
from index.intake import Report
from index.records import Problem
from index.reindex import reindex, remove, rollback
from web.shelf import Shelf

ADDED, REMOVED, REREAD, TAKEN_BACK = "added", "removed", "reread", "taken_back"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to."""

    kind: str  # ADDED …
    added: int
    changed: int
    removed: int
    copies: int  # of the articles added or changed, those that tell the same as another
    problems: tuple[Problem, ...]
    articles: int  # that the store holds now
    seconds: float


class Keeping:
    """Changes to the store in a folder. One at a time: the caller sees to that."""

    def __init__(self, catalogue: Catalogue, shelf: Shelf, folders: Sequence[Path] = ()) -> None:
        self.shelf, self.folders = shelf, tuple(folders)
        self._catalogue, self._store = catalogue, catalogue.place

    def add(self, files: Sequence[tuple[str, Path | bytes]], refused: Sequence[Problem] = ()) -> Outcome:
        """Takes in files, each with the name its owner gave it. `refused`: what was not even looked at, to be told with the rest."""
        self.shelf.begin()
        refused, paths = list(refused), []
        for name, data in files:
            try:
                paths.append(self.shelf.put(name, data))
            except UserError as error:
                refused.append(Problem(name, error.message))
        if not paths:
            return Outcome(ADDED, 0, 0, 0, 0, tuple(refused), self._catalogue.count(), 0.0)
        report = self._mirrored()
        told = [problem for problem in _problems(report) if any(_lies_in(problem.path, path) for path in paths)]
        names = {str(path): self.shelf.named(str(path)) or path.name for path in paths}
        shown = [Problem(self.shelf.named(problem.path) or names.get(problem.path, problem.path), problem.reason) for problem in told]
        empty = [path for path in paths if not self._catalogue.of_file(str(path))]
        for path in empty:  # nothing of it was taken in: it has been told, and need not be told every time
            self.shelf.drop(path)
        copies = self._catalogue.copies_among([str(path) for path in paths])
        return Outcome(ADDED, report.added, report.changed, report.removed, copies, (*refused, *shown), report.articles, report.seconds)

    def paste(self, title: str, date: str, source: str, text: str) -> Outcome:
        """Takes in one article that was typed or pasted, in place of one of the same title."""
        row = {"title": title, "date": date, "source": source, "text": text}
        return self.add([(f"{title or text[:20]}.json", json.dumps([row], ensure_ascii=False).encode("utf-8", "replace"))])

    def delete(self, article: str, *, whole_file: bool) -> Outcome:
        """Takes an article out, or all that came from its file. An uploaded file of which nothing is left goes too."""
        kept = self._catalogue.article(article)
        if kept is None:
            raise UserError("gone")
        self.shelf.begin()
        file = self.shelf.file_of(kept.article.path)
        beside = self._catalogue.of_file(str(file)) if file else []
        if file is not None and (whole_file or len(beside) == 1):
            self.shelf.drop(file)
            report = self._mirrored()
        else:
            names = [each.id for each in self._catalogue.of_file(kept.article.path)] if whole_file else [article]
            report = remove(self._store, names)
        return _outcome(REMOVED, report)

    def reread(self, article: str) -> Outcome:
        """Reads the file of an article anew, as if it had not been seen before."""
        from index.places import changing
        from index.records import stored_name

        kept = self._catalogue.article(article)
        if kept is None:
            raise UserError("gone")
        place = Path(kept.article.path)
        file = next((step for step in (place, *place.parents) if step.is_file()), None)
        if file is None:
            raise UserError("no_file")
        self.shelf.begin()
        with changing(self._store) as writer:
            writer.forget(stored_name(file))
            writer.keep_seen()
        report = reindex(self._store, [file])
        return _outcome(REREAD, report, tuple(_problems(report)))

    def follow(self, folder: Path) -> Outcome:
        """Makes the store mirror one of the folders that the operator allowed."""
        if folder not in self.folders:
            raise UserError("not_allowed")
        self.shelf.begin()
        report = reindex(self._store, [folder])
        return _outcome(ADDED, report, tuple(_problems(report)))

    def take_back(self) -> Outcome:
        """Takes back the last change of the store, with the uploaded files if it was theirs; twice, and it is there again."""
        report = rollback(self._store)
        if self.shelf.folder.exists():
            self.shelf.agree(self._catalogue.files_in(self.shelf.folder))
        return _outcome(TAKEN_BACK, report)

    def _mirrored(self) -> Report:
        """Makes the store mirror the shelf; if that cannot be, the shelf is as it was."""
        try:
            return reindex(self._store, [self.shelf.folder])
        except BaseException:
            self.shelf.agree(self._catalogue.files_in(self.shelf.folder))
            raise


def _problems(report: Report) -> list[Problem]:
    return [Problem(problem["path"], problem["reason"]) for problem in report.unreadable]


def _lies_in(place: str, path: Path) -> bool:
    """Whether a place (a file, a row or a member of it) is of a file."""
    return place == str(path) or place.startswith((f"{path}/", f"{path}:"))


def _outcome(kind: str, report: Report, problems: tuple[Problem, ...] = ()) -> Outcome:
    return Outcome(kind, report.added, report.changed, report.removed, 0, problems, report.articles, report.seconds)
