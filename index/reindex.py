"""python -m index.reindex: makes a store mirror files and folders, doing only what changed.

Knows the order of the steps from file to store. Each step itself is known elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, ZhiwenError, run
from index.progress import shown

if TYPE_CHECKING:
    from index.reading import Contents, Found
    from index.records import Article, Problem
    from index.writer import FileState, Writer

PIPELINE = "2"  # grows when reading, cleaning or chunking give another result: then everything is made again
_RETRY = 3  # seconds until a watcher tries again what has failed
_RACY = 2_000_000_000  # nanoseconds: a file written this shortly before it was read may change without a new time


@dataclass(frozen=True, slots=True)
class Left:
    """The receipt of what was taken out: how many passages left the truth, and how many of those each leg no longer holds."""

    passages: int = 0
    terms: int = 0
    vectors: int = 0


@dataclass(slots=True)
class Report:
    """What a run did. The fields are those of the JSON report."""

    added: int = 0  # articles
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    duplicates: int = 0  # articles that tell the same story as another
    unreadable: list[dict[str, str]] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    generation: int = 0
    seconds: float = 0.0
    left: Left = field(default_factory=Left)


def reindex(folder: Path, roots: Sequence[Path], *, model: str | None = None, dry_run: bool = False) -> Report:
    """Makes the store in `folder` mirror the roots; other roots' articles stay. `model` None: the store's own.

    Raises UserError, and then leaves the store as it was.
    """
    # The heavy imports: --help must not pay for them.
    from index.embedding import BUNDLED, load_embedder
    from index.indexing import make_passages, probe, tell_stories
    from index.reading import find_files
    from index.records import stored_name
    from index.store import exists, model_of
    from index.writer import writing

    begun = time.monotonic()
    found = find_files(roots)
    if dry_run and not exists(folder):
        with tempfile.TemporaryDirectory(prefix="zhiwen-") as empty:
            report = reindex(Path(empty), roots, model=model)
            report.generation = 0
            return report
    if not found.files and not exists(folder):
        raise UserError(f"{', '.join(map(str, roots))}: nothing in there to read.", "Put texts, web pages, documents or tables there.")
    inside = [Path(stored_name(root.resolve())) for root in roots]
    embedder = load_embedder(model or model_of(folder) or BUNDLED)  # before the lock: a large one takes its time
    with writing(folder) as writer:
        if not model and writer.state.model not in ("", embedder.name):  # another run was between
            embedder = load_embedder(writer.state.model)
        remade = writer.state.pipeline != PIPELINE or writer.state.fingerprint != embedder.fingerprint
        report = Report()
        before = writer.recurring_lines()
        fresh = _take_in(writer, found, inside, report, everything=writer.state.pipeline != PIPELINE)
        after = writer.recurring_lines()
        again = set(writer.article_ids()) if remade else fresh | _shifted(before, after)
        make_passages(writer, again, frozenset(after), embedder, reuse=writer.state.fingerprint == embedder.fingerprint)
        tell_stories(writer)
        probe(writer, embedder, anew=remade)
        # Taken in, but nothing of them can ever be found: that must not pass in silence.
        for path, article in writer.speechless():
            report.unreadable.append({"path": path, "reason": f"article {article} holds nothing but page frame (navigation, editors, rights …)"})
        if not dry_run:
            if report.added or report.changed or report.removed or (remade and writer.counts()[0]) or writer.state.generation == 0:
                writer.commit(model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, pipeline=PIPELINE)
            else:
                writer.keep_seen()
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _total(report: Report, writer: Writer) -> None:
    """Adds to a report what the store has come to."""
    report.duplicates = writer.duplicates()
    report.articles, report.passages = writer.counts()
    report.generation = writer.state.generation
    report.left = Left(*writer.left)


def _take_in(writer: Writer, found: Found, roots: Sequence[Path], report: Report, *, everything: bool) -> set[str]:
    """Articles of new and changed files into the store, those of vanished files out; the ids of what is new or changed."""
    from index.records import stored_name

    known = writer.files()
    fresh: set[str] = set()
    # First what is gone: a row that has moved to another file must find its id free.
    present = {stored_name(path) for path in found.files}
    report.unreadable += [asdict(problem) for problem in found.closed]
    closed = [problem.path for problem in found.closed]
    for name in sorted(known.keys() - present):
        if any(Path(name).is_relative_to(root) for root in roots) and not any(Path(name).is_relative_to(folder) for folder in closed):
            for gone in writer.articles_of(name):
                writer.remove_article(gone)
                report.removed += 1
            writer.forget(name)
    for path in shown(found.files, "reading"):
        name = stored_name(path)
        remembered = known.get(name)
        state, problems, contents = _look(writer, path, remembered, everything=everything)
        report.unreadable += [asdict(problem) for problem in problems]
        held = writer.articles_of(name)
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
            writer.see(state)
    return fresh


def _look(
    writer: Writer, path: Path, remembered: FileState | None, *, everything: bool
) -> tuple[FileState | None, Sequence[Problem], Contents | None]:
    """What is to be remembered of a file, its problems, and its contents; None for those if the file has not changed."""
    from index.errors import UnreadableFile
    from index.reading import read_articles, read_bytes
    from index.records import Problem, stored_name
    from index.writer import FileState

    try:
        status = path.stat()
        # A file moved over another brings its own time of writing along, but not of its last change of place.
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        unmoved = remembered and (status.st_size, changed) == (remembered.size, remembered.mtime)
        if remembered and unmoved and not everything and remembered.seen - remembered.mtime > _RACY:
            return None, _remembered_problems(remembered), None
        now = time.time_ns()
        data = read_bytes(path)
    except (UnreadableFile, OSError) as error:
        return None, [Problem(stored_name(path), str(error))], None
    digest = hashlib.sha256(data).hexdigest()
    if remembered and not everything and remembered.hash == digest:
        state = FileState(stored_name(path), status.st_size, changed, now, digest, remembered.problems)
        return state, _remembered_problems(remembered), None
    contents = read_articles(path, data, {} if everything else writer.rows_of(stored_name(path)))
    noted = json.dumps([[problem.path, problem.reason] for problem in contents.problems], ensure_ascii=False)
    state = FileState(stored_name(path), status.st_size, changed, now, digest, noted)
    held = contents.articles or contents.unchanged or remembered is None
    return state, contents.problems, contents if held else None


def _remembered_problems(remembered: FileState) -> list[Problem]:
    from index.records import Problem

    return [Problem(place, reason) for place, reason in json.loads(remembered.problems)]


def _placed(writer: Writer, article: Article, held: dict[str, str]) -> tuple[Article, bool]:
    """The article as stored, under an id no other file has, and whether it was there just so already."""
    from dataclasses import replace

    from index.frame import body_key, edge_lines
    from index.writer import content_hash

    if article.id not in held and (other := writer.article(article.id)) is not None and other.path != article.path:
        article = replace(article, id=f"{article.id}@{hashlib.sha256(article.path.encode()).hexdigest()[:8]}")
    digest = content_hash(article)
    if held.get(article.id) == digest and (stored := writer.article(article.id)) is not None:
        if stored.document != article.document:
            writer.put_row(article.id, article.document)
        if replace(stored, document=article.document) == article:  # its path and what was mended in it too
            return article, True
    writer.put_article(article, digest, edge_lines(article.text), body_key(article.text))
    return article, False


def _shifted(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The articles with a line that has begun or ceased to recur across the corpus."""
    return {article for key in before.keys() ^ after.keys() for article in (before.get(key, []) + after.get(key, []))}


def rollback(folder: Path) -> Report:
    """Takes back what the last run changed, as a new generation; twice, and it is there again. Raises UserError if what was before is not kept."""
    from index.writer import writing

    begun = time.monotonic()
    _demand(folder)
    with writing(folder) as writer:
        undone = writer.rollback()
        report = Report(undone.articles_back, undone.articles_changed, undone.articles_gone)
        _total(report, writer)
    report.unchanged = report.articles - report.added - report.changed
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def remove(folder: Path, names: Sequence[str], *, dry_run: bool = False) -> Report:
    """Takes articles out by id or path. Raises UserError for one that the store does not hold, and then removes none."""
    from index.embedding import load_embedder
    from index.indexing import make_passages, tell_stories
    from index.records import stored_name
    from index.writer import writing

    begun = time.monotonic()
    _demand(folder)
    with writing(folder) as writer:
        report = Report()
        before = writer.recurring_lines()
        going: dict[str, None] = {}
        for name in names:
            path = stored_name(Path(name).resolve())
            own = stored_name(name)
            found = [own] if writer.article(own) else list(writer.articles_of(path))
            if not found:
                raise UserError(f"{own}: no article of this id or path in {folder}.", "python -m qa.ask --json shows ids and paths.")
            going.update(dict.fromkeys(found))
        for article in going:
            writer.remove_article(article)
        report.removed = len(going)
        after = writer.recurring_lines()
        if shifted := _shifted(before, after):
            make_passages(writer, shifted, frozenset(after), load_embedder(writer.state.model), reuse=True)
        tell_stories(writer)
        if not dry_run:
            was = writer.state
            writer.commit(model=was.model, fingerprint=was.fingerprint, dimension=was.dimension, pipeline=was.pipeline)
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _demand(folder: Path) -> None:
    from index.store import exists
    from index.truth import NoStore

    if not exists(folder):
        raise NoStore(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m index.reindex", description="Make the store mirror files and folders; only what changed is done."
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders of txt, md, html, mhtml, pdf, docx, jsonl, csv, feeds, zip (default: corpus/)"
    )
    parser.add_argument("--store", metavar="DIR", help="where the store is (default: store/, or ZHIWEN_STORE)")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="embedding model: bundled, or any sentence-transformers model or folder"
        " (default: the one the store was made with, bundled for a new one)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--remove", action="store_true", help="take out the articles named by id or path instead")
    action.add_argument("--rollback", action="store_true", help="take back what the last run changed instead")
    action.add_argument("--watch", action="store_true", help="stay, and take in what changes under the paths")
    action.add_argument("--verify", action="store_true", help="check the store's truth against both search legs instead")
    action.add_argument("--rebuild", action="store_true", help="make both search legs again from the store instead")
    return parser


def _main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    from index.store import store_folder

    folder = store_folder(options.store)
    if options.verify or options.rebuild:
        return _check(folder, rebuild=options.rebuild, as_json=options.json)
    if "" in options.paths:
        raise UserError("one of the paths is empty.", "Name files or folders, or leave it out for corpus/.")
    if options.rollback:
        if options.paths or options.dry_run:
            raise UserError("--rollback takes no paths and no --dry-run.", "It takes back the last run as a whole.")
        report = rollback(folder)
    elif options.remove:
        if not options.paths:
            raise UserError("--remove needs the ids or paths of articles.", "python -m qa.ask --json shows them.")
        report = remove(folder, options.paths, dry_run=options.dry_run)
    else:
        roots = [Path(path) for path in options.paths or ["corpus"]]
        if options.watch:
            with suppress(KeyboardInterrupt):  # what it was doing is undone
                _watch(folder, roots, options)
            return 0
        report = reindex(folder, roots, model=options.model, dry_run=options.dry_run)
    _tell(report, as_json=options.json, dry_run=options.dry_run)
    if options.rollback:
        sys.stderr.write("zhiwen: the files are as they are: the next run over them takes the same in again.\n")
    return 1 if report.unreadable else 0


def _tell(report: Report, *, as_json: bool, dry_run: bool = False) -> None:
    """Prints a report, and what could not be read."""
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), ensure_ascii=False) + "\n")
    else:
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem['path']}: {problem['reason']}\n")
        would = "would be " if dry_run else ""
        gone = f" ({report.left.passages} old ones left: {report.left.terms} the terms, {report.left.vectors} the vectors)"
        sys.stdout.write(
            f"{would}added {report.added}, changed {report.changed}, removed {report.removed}, unchanged {report.unchanged}"
            f" · {report.articles} articles ({report.duplicates} copies of another), {report.passages} passages{gone if report.left.passages else ''}"
            f" · generation {report.generation} · {report.seconds:.1f} s\n"
        )
    sys.stdout.flush()


def _watch(folder: Path, roots: Sequence[Path], options: argparse.Namespace) -> None:
    """Follows the roots until it is stopped; what is wrong at one time is said and may be right the next."""
    from index.watching import changes

    if options.dry_run:
        raise UserError("--watch and --dry-run are of no use together.", "Leave one of them out.")
    following = False
    for _ in changes(roots, folder):
        told = ""
        while True:
            try:
                report = reindex(folder, roots, model=None if following else options.model)
                break
            except ZhiwenError as error:
                if not following:
                    raise
                if told != (told := f"zhiwen: {error.message}  {error.hint}\n"):
                    sys.stderr.write(told)
                time.sleep(_RETRY)
        if not following or report.added or report.changed or report.removed:
            _tell(report, as_json=options.json)
        if not following:
            sys.stderr.write(f"zhiwen: watching {', '.join(map(str, roots))}; Ctrl-C ends it.\n")
            following = True


def _check(folder: Path, *, rebuild: bool, as_json: bool) -> int:
    from index.store import Store
    from index.writer import writing

    _demand(folder)
    if rebuild:
        with writing(folder) as writer:
            writer.rebuild()
    with Store(folder) as store:
        faults = store.faults()
        articles, passages = store.counts()
    if as_json:
        sys.stdout.write(json.dumps({"articles": articles, "passages": passages, "faults": faults}, ensure_ascii=False) + "\n")
        return 2 if faults else 0
    if faults:
        raise UserError(f"{folder}: " + "; ".join(faults) + ".", "python -m index.reindex --rebuild makes both search legs again.")
    sys.stdout.write(f"{articles} articles, {passages} passages: the truth and both legs agree.\n")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
