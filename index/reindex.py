"""python -m index.reindex: makes a store mirror files and folders, doing only what changed.

Knows the order of the steps from file to store. Each step itself is known elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, run
from index.progress import shown

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.reading import Found
    from index.records import Article, Cleaned, Passage, Problem
    from index.writer import FileState, Writer

PIPELINE = "2"  # grows when reading, cleaning or chunking give another result: then everything is made again
_EMBED_AT_ONCE = 2048  # passages
_RACY = 2_000_000_000  # nanoseconds: a file written this shortly before it was read may change without a new time


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


def store_folder(named: str | None) -> Path:
    """The folder that --store means; without it ZHIWEN_STORE, or store/. Raises UserError for a server's address."""
    if named == "":
        raise UserError("--store is empty.", "Name a folder, or leave it out.")
    name = named or os.environ.get("ZHIWEN_STORE") or "store"
    if "://" in name:
        raise UserError(f"{name}: a store on a server, which this version cannot use yet.", "Name a folder with --store.")
    return Path(name)


def reindex(folder: Path, roots: Sequence[Path], *, model: str | None = None, dry_run: bool = False) -> Report:
    """Makes the store in `folder` mirror the roots; other roots' articles stay. `model` None: the store's own.

    Raises UserError, and then leaves the store as it was.
    """
    # The heavy imports: --help must not pay for them.
    from index.embedding import BUNDLED, load_embedder
    from index.reading import find_files
    from index.store import exists
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
    with writing(folder) as writer:
        embedder = load_embedder(model or writer.model or BUNDLED)
        remade = writer.pipeline != PIPELINE or writer.fingerprint != embedder.fingerprint
        report = Report()
        before = writer.recurring_lines()
        fresh = _take_in(writer, found, [root.resolve() for root in roots], report, everything=writer.pipeline != PIPELINE)
        after = writer.recurring_lines()
        again = set(writer.article_ids()) if remade else fresh | _shifted(before, after)
        _make_passages(writer, again, frozenset(after), embedder, reuse=writer.fingerprint == embedder.fingerprint)
        _tell_stories(writer)
        # Taken in, but nothing of them can ever be found: that must not pass in silence.
        for path, article in writer.speechless():
            report.unreadable.append({"path": path, "reason": f"article {article} holds nothing but page frame (navigation, editors, rights …)"})
        report.duplicates = writer.duplicates()
        report.articles, report.passages = writer.counts()
        report.generation = writer.generation
        if not dry_run:
            if report.added or report.changed or report.removed or (remade and report.articles) or writer.generation == 0:
                report.generation = writer.commit(
                    model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, pipeline=PIPELINE
                )
            else:
                writer.keep_seen()
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _take_in(writer: Writer, found: Found, roots: Sequence[Path], report: Report, *, everything: bool) -> set[str]:
    """Articles of new and changed files into the store, those of vanished files out; the ids of what is new or changed."""
    from index.reading import stored_name

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
        state, problems, articles = _look(path, remembered, everything=everything)
        report.unreadable += [asdict(problem) for problem in problems]
        held = writer.articles_of(name)
        if articles is None:  # the same bytes as before, or no longer readable: what is held stays
            report.unchanged += len(held)
        else:
            kept = set()
            for article in articles:
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


def _look(path: Path, remembered: FileState | None, *, everything: bool) -> tuple[FileState | None, list[Problem], list[Article] | None]:
    """What is to be remembered of a file, its problems, and its articles; None for those if the file has not changed."""
    from index.errors import UnreadableFile
    from index.reading import read_articles, read_bytes, stored_name
    from index.records import Problem
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
    contents = read_articles(path, data)
    noted = json.dumps([[problem.path, problem.reason] for problem in contents.problems], ensure_ascii=False)
    state = FileState(stored_name(path), status.st_size, changed, now, digest, noted)
    if not contents.articles and remembered is not None:
        return state, list(contents.problems), None
    return state, list(contents.problems), list(contents.articles)


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
    if held.get(article.id) == digest:
        return article, True
    writer.put_article(article, digest, edge_lines(article.text), body_key(article.text))
    return article, False


def _shifted(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The articles with a line that has begun or ceased to recur across the corpus."""
    return {article for key in before.keys() ^ after.keys() for article in (before.get(key, []) + after.get(key, []))}


def _make_passages(writer: Writer, articles: Collection[str], recurring: frozenset[str], embedder: Embedder, *, reuse: bool) -> None:
    """Cleans, chunks and embeds these articles, and tells which are copies; a passage whose words are known is not embedded again."""
    waiting: list[_Made] = []
    told: dict[str, str] = {}  # hash → what the articles made so far say
    size = 0
    for name in shown([name for name in writer.article_ids() if name in articles], "indexing"):
        article = writer.article(name)
        if article is None:
            continue
        waiting.append(_made(article, recurring))
        size += len(waiting[-1].passages)
        if size >= _EMBED_AT_ONCE:
            _store_passages(writer, waiting, embedder, reuse=reuse)
            _find_copies(writer, waiting, told, recurring)
            waiting, size = [], 0
    _store_passages(writer, waiting, embedder, reuse=reuse)
    _find_copies(writer, waiting, told, recurring)


@dataclass(frozen=True, slots=True)
class _Made:
    article: Article
    cleaned: Cleaned
    passages: list[Passage]
    said: str
    digest: str  # of what is said


def _made(article: Article, recurring: frozenset[str]) -> _Made:
    from index.chunking import passages
    from index.cleaning import clean, running_text
    from index.reading import is_markdown
    from index.stories import said

    cleaned = clean(article.text, title=article.title, markdown=is_markdown(article.path), recurring=recurring)
    words = said(running_text(article.text, cleaned))
    digest = hashlib.sha256((words or article.id).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _Made(article, cleaned, passages(article, cleaned), words, digest)


def _store_passages(writer: Writer, waiting: Sequence[_Made], embedder: Embedder, *, reuse: bool) -> None:
    from index.folding import fold

    texts = {}
    for made in waiting:
        for passage in made.passages:
            text = f"{made.article.title}\n{passage.readable}" if made.article.title else passage.readable
            texts[made.article.id, passage.start] = (hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()[:32], text)
    wanted = dict(texts.values())
    vectors = writer.vectors(sorted(wanted)) if reuse else {}
    missing = [digest for digest in wanted if digest not in vectors]
    for digest, vector in zip(missing, embedder.encode([wanted[digest] for digest in missing]), strict=True):
        vectors[digest] = vector.tobytes()
    for made in waiting:
        rows = [(passage, digest := texts[made.article.id, passage.start][0], vectors[digest]) for passage in made.passages]
        writer.put_passages(made.article, made.cleaned, made.digest, rows)


def _find_copies(writer: Writer, fresh: Sequence[_Made], told: dict[str, str], recurring: frozenset[str]) -> None:
    """Remembers which of the fresh articles say nearly the same as another. `told` grows by what they say."""
    from index.stories import bands, same_story

    for made in fresh:
        told[made.digest] = made.said
        for other in writer.put_bands(made.article.id, made.digest, bands(made.said)):
            if other not in told and (article := writer.one_saying(other)) is not None:
                told[other] = _made(article, recurring).said
            if other in told and same_story(made.said, told[other]):
                writer.put_alike(made.digest, other)


def _tell_stories(writer: Writer) -> None:
    """Gives every article its story, as if all had come at once."""
    from index.stories import stories

    pairs = writer.alike()
    writer.tell(stories([said for pair in pairs for said in pair], pairs))


def remove(folder: Path, names: Sequence[str], *, dry_run: bool = False) -> Report:
    """Takes articles out by id or path. Raises UserError for one that the store does not hold, and then removes none."""
    from index.embedding import load_embedder
    from index.reading import stored_name
    from index.store import exists
    from index.writer import writing

    begun = time.monotonic()
    _demand(exists(folder), folder)
    with writing(folder) as writer:
        report = Report()
        before = writer.recurring_lines()
        going: dict[str, None] = {}
        for name in names:
            path = stored_name(Path(name).resolve())
            found = [name] if writer.article(name) else list(writer.articles_of(path))
            if not found:
                raise UserError(f"{name}: no article of this id or path in {folder}.", "python -m qa.ask --json shows ids and paths.")
            going.update(dict.fromkeys(found))
        for article in going:
            writer.remove_article(article)
        report.removed = len(going)
        after = writer.recurring_lines()
        if shifted := _shifted(before, after):
            _make_passages(writer, shifted, frozenset(after), load_embedder(writer.model), reuse=True)
        _tell_stories(writer)
        report.generation = writer.generation
        if not dry_run:
            report.generation = writer.commit(
                model=writer.model, fingerprint=writer.fingerprint, dimension=writer.dimension, pipeline=writer.pipeline
            )
        report.duplicates = writer.duplicates()
        report.articles, report.passages = writer.counts()
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _demand(there: bool, folder: Path) -> None:
    if not there:
        raise UserError(f"{folder}: no store there.", "Make one with python -m index.reindex FOLDER, or name another --store.")


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
    action.add_argument("--verify", action="store_true", help="check the store's truth against both search legs instead")
    action.add_argument("--rebuild", action="store_true", help="make both search legs again from the store instead")
    return parser


def _main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    folder = store_folder(options.store)
    if options.verify or options.rebuild:
        return _check(folder, rebuild=options.rebuild, as_json=options.json)
    if "" in options.paths:
        raise UserError("one of the paths is empty.", "Name files or folders, or leave it out for corpus/.")
    if options.remove:
        if not options.paths:
            raise UserError("--remove needs the ids or paths of articles.", "python -m qa.ask --json shows them.")
        report = remove(folder, options.paths, dry_run=options.dry_run)
    else:
        report = reindex(folder, [Path(path) for path in options.paths or ["corpus"]], model=options.model, dry_run=options.dry_run)
    if options.json:
        sys.stdout.write(json.dumps(asdict(report), ensure_ascii=False) + "\n")
    else:
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem['path']}: {problem['reason']}\n")
        would = "would be " if options.dry_run else ""
        sys.stdout.write(
            f"{would}added {report.added}, changed {report.changed}, removed {report.removed}, unchanged {report.unchanged}"
            f" · {report.articles} articles ({report.duplicates} copies of another), {report.passages} passages"
            f" · generation {report.generation} · {report.seconds:.1f} s\n"
        )
    return 1 if report.unreadable else 0


def _check(folder: Path, *, rebuild: bool, as_json: bool) -> int:
    from index.store import Store, exists
    from index.writer import writing

    _demand(exists(folder), folder)
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
