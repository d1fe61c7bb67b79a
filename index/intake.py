"""Files become articles in a store: only those that changed are read, and what vanished is taken out.

Knows what tells a changed file from one that is as it was. Does not know how files are read, nor what becomes of
articles.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from index.errors import UnreadableFile
from index.progress import track
from index.reading.contents import AS_IS, FileContents, cleaned_article, is_as_is
from index.reading.files import FoundFiles, read_articles, read_bytes
from index.records import Article, Problem, problems_as_json, problems_from_json, stored_name
from index.store.writer import FileState, Writer, content_hash, second_id
from index.text.boilerplate import body_key, edge_lines
from index.text.chunking import passages

_RACY = 2_000_000_000  # nanoseconds: a file written this shortly before it was read may change without a new time
# Problems that another program mends, not another file: a new version, or the extra `ocr`.
_READ_AGAIN = frozenset(
    {"reading.reader_failed", "reading.ocr_missing", "reading.pdf_pictures", "reading.taken_without_ocr"}
)
# Problems of pages that are no articles, but whose text can be taken in as it is.
_REFUSALS = frozenset({"reading.page_without_text", "reading.page_list", "reading.page_notice"})

# Problems of files that hold nothing any more: their articles are gone. Of bytes that cannot be read they stay.
_EMPTIED = frozenset({"reading.empty_file", "reading.no_rows"})


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many passages a deletion removed from the database, and how many of those from each index."""

    passages: int = 0
    terms: int = 0
    vectors: int = 0


@dataclass(slots=True)
class Report:
    """What a run did."""

    added: int = 0  # articles
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    duplicates: int = 0  # articles that are near-duplicates of another
    unreadable: list[Problem] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    generation: int = 0
    seconds: float = 0.0
    deleted: Deleted = field(default_factory=Deleted)
    sample_removed: int = 0  # of `removed`: articles of the bundled sample corpus

    def as_json(self) -> dict[str, object]:
        """The documented JSON report, its reasons in the listener's language."""
        return asdict(self) | {"unreadable": [problem.as_json() for problem in self.unreadable]}


def take_in(
    writer: Writer,
    files: FoundFiles,
    roots: Sequence[Path],
    report: Report,
    *,
    everything: bool,
    as_is: Sequence[Path] = (),
) -> set[str]:
    """Put in the articles of new and changed files, remove those of vanished files. Return the ids that changed.

    What would be left out under the `as_is` paths is taken in as it is.
    """
    known = writer.files()
    without_passages = {article for _, article in writer.without_passages()} if as_is else set()
    fresh: set[str] = set()
    # First what is gone: a row that has moved to another file must find its id free.
    present = {stored_name(path) for path in files.files}
    report.unreadable += files.closed
    closed = [problem.path for problem in files.closed]
    for name in sorted(known.keys() - present):
        if any(Path(name).is_relative_to(root) for root in roots) and not any(
            Path(name).is_relative_to(folder) for folder in closed
        ):
            for gone in writer.articles_of(name):
                writer.remove_article(gone)
                report.removed += 1
            writer.forget_file(name)
    for path in track(files.files, "progress.reading"):
        name = stored_name(path)
        remembered = known.get(name)
        held = writer.articles_of(name)
        forced = any(Path(name).is_relative_to(root) for root in as_is)
        left_out = forced and (not without_passages.isdisjoint(held) or _holds_refused(remembered))
        reading = _Reading(held, everything=everything or left_out, as_is=forced)
        state, problems, contents = _look(writer, path, remembered, reading)
        report.unreadable += problems
        if contents is None:  # the same bytes as before, or no longer readable: what is held stays
            report.unchanged += len(held)
        else:
            kept = set(contents.unchanged)
            report.unchanged += len(kept)
            for article in contents.articles:
                article, unchanged = _placed(writer, article, held)
                kept.add(article.id)
                if unchanged:
                    report.unchanged += 1
                    continue
                if article.id in held:
                    report.changed += 1
                else:
                    report.added += 1
                fresh.add(article.id)
            for gone in held.keys() - kept:
                writer.remove_article(gone)
                report.removed += 1
        if state is not None and state != remembered:
            writer.remember_file(state)
    return fresh


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a file is to be read."""

    held: dict[str, str]  # article id → content hash of the articles that the store holds of it
    everything: bool  # also what has not changed
    as_is: bool  # take in as it is what would be left out


def _holds_refused(remembered: FileState | None) -> bool:
    """Return True if a file held a page that is no article."""
    return remembered is not None and any(
        problem.code in _REFUSALS for problem in problems_from_json(remembered.problems)
    )


def _look(
    writer: Writer, path: Path, remembered: FileState | None, reading: _Reading
) -> tuple[FileState | None, Sequence[Problem], FileContents | None]:
    """Return a file's state, its problems, and its contents: None if the file has not changed."""
    try:
        status = path.stat()
        # A file moved over another brings its own time of writing along, but not of its last change of place.
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        unmoved = remembered and (status.st_size, changed) == (remembered.size, remembered.mtime)
        if remembered and unmoved and not reading.everything and remembered.seen - remembered.mtime > _RACY:
            return None, problems_from_json(remembered.problems), None
        now = time.time_ns()
        data = read_bytes(path)
    except (UnreadableFile, OSError) as error:
        if isinstance(error, OSError):
            error = UnreadableFile("reading.cannot_be_opened", reason=error.strerror or error)
        return None, [error.problem(stored_name(path))], None
    digest = hashlib.sha256(data).hexdigest()
    same = remembered is not None and remembered.hash == digest
    if remembered and same and not reading.everything:
        state = FileState(stored_name(path), status.st_size, changed, now, digest, remembered.problems)
        return state, problems_from_json(remembered.problems), None
    contents = read_articles(path, data, {} if reading.everything else writer.rows_of(stored_name(path)))
    contents = _with_wanted(writer, contents, reading, same=same)
    noted = problems_as_json(contents.problems)
    if any(problem.code in _READ_AGAIN for problem in contents.problems):
        # Not remembered, so that a mended program reads the file again; articles of its earlier contents stay.
        kept = contents if contents.articles or contents.unchanged else None
        return None, contents.problems, kept
    state = FileState(stored_name(path), status.st_size, changed, now, digest, noted)
    emptied = bool(contents.problems) and all(problem.code in _EMPTIED for problem in contents.problems)
    counts = contents.articles or contents.unchanged or remembered is None or emptied
    return state, contents.problems, contents if counts else None


def _with_wanted(writer: Writer, contents: FileContents, reading: _Reading, *, same: bool) -> FileContents:
    """Return the contents, with what would be left out marked and taken in as it is where the owner wants that.

    The owner wants it in this run (`reading.as_is`), or took the same in before: the file is the `same`, or the text
    is. The choice is kept with the article, in its repairs.
    """

    def wanted(article: Article) -> bool:
        if reading.as_is:
            return True
        if not same and reading.held.get(article.id) != content_hash(article):
            return False
        stored = writer.article(article.id) if article.id in reading.held else None
        return stored is not None and is_as_is(stored)

    refused = [(article, problem) for article, problem in contents.refused if wanted(article)]
    articles = [
        _as_is(article) if wanted(article) and not passages(article, cleaned_article(article)) else article
        for article in contents.articles
    ]
    left = [problem for problem in contents.problems if all(problem is not other for _, other in refused)]
    return replace(
        contents,
        articles=(*articles, *(_as_is(article) for article, _ in refused)),
        problems=tuple(left),
    )


def _as_is(article: Article) -> Article:
    return replace(article, repairs=tuple(sorted((*article.repairs, (AS_IS, 1)))))


def _placed(writer: Writer, article: Article, held: dict[str, str]) -> tuple[Article, bool]:
    """The article as stored, under an id no other file has, and whether it was there just so already."""
    if article.id not in held and (other := writer.article(article.id)) is not None and other.path != article.path:
        article = replace(article, id=second_id(article.id, article.path))
    digest = content_hash(article)
    if held.get(article.id) == digest and (stored := writer.article(article.id)) is not None:
        if stored.row_digest != article.row_digest:
            writer.put_row_digest(article.id, article.row_digest)
        if replace(stored, row_digest=article.row_digest) == article:  # its path and what was mended in it too
            return article, True
    writer.put_article(article, digest, edge_lines(article.text), body_key(article.text))
    return article, False
