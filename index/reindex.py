"""python -m index.reindex: makes a store mirror files and folders, doing only what changed.

Knows the order of the steps from file to store. Each step itself is known elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, ZhiwenError, run

if TYPE_CHECKING:
    from index.address import Address
    from index.intake import Report
    from index.shards import Shard
    from index.writer import Writer

PIPELINE = "2"  # grows when reading, cleaning or chunking give another result: then everything is made again
_RETRY = 3  # seconds until a watcher tries again what has failed


def reindex(place: Path | Address, roots: Sequence[Path], *, model: str | None = None, dry_run: bool = False, shard: Shard | None = None) -> Report:
    """Makes the store at a place mirror the roots, or a shard's part of them; other roots' articles stay. `model` None: the store's own.

    Raises UserError, and then leaves the store as it was.
    """
    # The heavy imports: --help must not pay for them.
    from index.embedding import BUNDLED, load_embedder
    from index.indexing import compare, make_passages, probe, tell_stories
    from index.intake import Report, take_in
    from index.places import changing, exists, model_of
    from index.reading import find_files
    from index.records import stored_name

    begun = time.monotonic()
    found = find_files(roots)
    if dry_run and not exists(place):
        with tempfile.TemporaryDirectory(prefix="zhiwen-") as empty:
            report = reindex(Path(empty), roots, model=model)
            report.generation = 0
            return report
    if not found.files and not exists(place):
        raise UserError(f"{', '.join(map(str, roots))}: nothing in there to read.", "Put texts, web pages, documents or tables there.")
    if shard:
        found = replace(found, files=tuple(path for path in found.files if shard.takes(path)))
    inside = [Path(stored_name(root.resolve())) for root in roots]
    embedder = load_embedder(model or model_of(place) or BUNDLED)  # before the lock: a large one takes its time
    with changing(place, shard) as writer:
        if not model and writer.state.model not in ("", embedder.name):  # another run was between
            embedder = load_embedder(writer.state.model)
        remade = writer.state.pipeline != PIPELINE or writer.state.fingerprint != embedder.fingerprint
        if shard and remade and writer.state.generation:
            raise UserError("--shard: the whole store is to be made again (another model, or another zhiwen).", "Run once without --shard.")
        report = Report()
        before = writer.made_with()
        fresh = take_in(writer, found, inside, report, everything=writer.state.pipeline != PIPELINE)
        after = writer.recurring_lines()
        again = set(writer.article_ids()) if remade else fresh | _shifted(before, after)
        make_passages(writer, again, frozenset(after), embedder, reuse=writer.state.fingerprint == embedder.fingerprint)
        unsettled = writer.unsettled()
        compare(writer, unsettled or [], frozenset(after))
        tell_stories(writer)
        probe(writer, embedder, anew=remade)
        # Taken in, but nothing of them can ever be found: that must not pass in silence.
        for path, article in writer.speechless():
            report.unreadable.append({"path": path, "reason": f"article {article} holds nothing but page frame (navigation, editors, rights …)"})
        if not dry_run:
            changed = report.added or report.changed or report.removed or (remade and writer.counts()[0]) or unsettled is not None
            if changed or again or writer.state.generation == 0:
                writer.commit(model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, pipeline=PIPELINE)
            else:
                writer.keep_seen()
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _total(report: Report, writer: Writer) -> None:
    """Adds to a report what the store has come to."""
    from index.intake import Left

    report.duplicates = writer.duplicates()
    report.articles, report.passages = writer.counts()
    report.generation = writer.state.generation
    report.left = Left(*writer.left)


def _shifted(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The articles with a line that has begun or ceased to recur across the corpus."""
    one, other = ({(key, article) for key, articles in told.items() for article in articles} for told in (before, after))
    return {article for _, article in one ^ other}


def rollback(place: Path | Address) -> Report:
    """Takes back what the last run changed, as a new generation; twice, and it is there again. Raises UserError if what was before is not kept."""
    from index.intake import Report
    from index.places import changing

    begun = time.monotonic()
    _demand(place)
    with changing(place) as writer:
        undone = writer.rollback()
        report = Report(undone.articles_back, undone.articles_changed, undone.articles_gone)
        _total(report, writer)
    report.unchanged = report.articles - report.added - report.changed
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def copy_store(folder: Path, place: Path | Address) -> Report:
    """Copies the store in a folder to a place where there is none yet, without embedding anything again. Raises UserError."""
    from index.intake import Report
    from index.places import changing, exists

    begun = time.monotonic()
    if isinstance(place, Path):
        raise UserError("--from-store copies to a Milvus server only.", "A store in a folder is copied with the folder, while nobody writes to it.")
    _demand(folder)
    if exists(place):
        raise UserError(f"{place}: there is a store already.", "Name another database in the address.")
    with changing(place) as writer:
        writer.take_over(folder)
        report = Report()
        _total(report, writer)
        report.added = report.articles
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def remove(place: Path | Address, names: Sequence[str], *, dry_run: bool = False) -> Report:
    """Takes articles out by id or path. Raises UserError for one that the store does not hold, and then removes none."""
    from index.embedding import load_embedder
    from index.indexing import make_passages, tell_stories
    from index.intake import Report
    from index.places import changing
    from index.records import stored_name

    begun = time.monotonic()
    _demand(place)
    with changing(place) as writer:
        report = Report()
        before = writer.made_with()
        going: dict[str, None] = {}
        for name in names:
            path = stored_name(Path(name).resolve())
            own = stored_name(name)
            found = [own] if writer.article(own) else list(writer.articles_of(path))
            if not found:
                raise UserError(f"{own}: no article of this id or path in {place}.", "python -m qa.ask --json shows ids and paths.")
            going.update(dict.fromkeys(found))
        for article in going:
            writer.remove_article(article)
        report.removed = len(going)
        after = writer.recurring_lines()
        if shifted := _shifted(before, after) & set(writer.article_ids()):
            make_passages(writer, shifted, frozenset(after), load_embedder(writer.state.model), reuse=True)
        tell_stories(writer)
        if not dry_run:
            was = writer.state
            writer.commit(model=was.model, fingerprint=was.fingerprint, dimension=was.dimension, pipeline=was.pipeline)
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _demand(place: Path | Address) -> None:
    from index.places import exists
    from index.truth import NoStore

    if not exists(place):
        raise NoStore(place)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m index.reindex", description="Make the store mirror files and folders; only what changed is done."
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders of txt, md, html, mhtml, pdf, docx, jsonl, csv, feeds, zip (default: corpus/)"
    )
    parser.add_argument(
        "--store",
        metavar="DIR or URL",
        help="where the store is: a folder (default: store/, or ZHIWEN_STORE), or a Milvus server as http://host:19530/database",
    )
    parser.add_argument("--shard", metavar="I/N", help="take the I-th of N parts of the files only, so that N machines can feed one Milvus store")
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
    action.add_argument("--from-store", metavar="DIR", help="copy the store in this folder into an empty one instead, vectors included")
    action.add_argument("--rollback", action="store_true", help="take back what the last run changed instead")
    action.add_argument("--watch", action="store_true", help="stay, and take in what changes under the paths")
    action.add_argument("--verify", action="store_true", help="check the store's truth against both search legs instead")
    action.add_argument("--rebuild", action="store_true", help="make both search legs again from the store instead")
    return parser


def _main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)

    from index.address import store_place

    place = store_place(options.store)
    shard = _shard(options, place)
    if options.verify or options.rebuild:
        return _check(place, rebuild=options.rebuild, as_json=options.json)
    if "" in options.paths:
        raise UserError("one of the paths is empty.", "Name files or folders, or leave it out for corpus/.")
    if options.rollback or options.from_store:
        if options.paths or options.dry_run:
            what = "--rollback" if options.rollback else "--from-store"
            raise UserError(f"{what} takes no paths and no --dry-run.", "It takes a run, or a store, as a whole.")
        report = rollback(place) if options.rollback else copy_store(Path(options.from_store), place)
    elif options.remove:
        if not options.paths:
            raise UserError("--remove needs the ids or paths of articles.", "python -m qa.ask --json shows them.")
        report = remove(place, options.paths, dry_run=options.dry_run)
    else:
        roots = [Path(path) for path in options.paths or ["corpus"]]
        if options.watch:
            with suppress(KeyboardInterrupt):  # what it was doing is undone
                _watch(place, roots, options, shard)
            return 0
        report = reindex(place, roots, model=options.model, dry_run=options.dry_run, shard=shard)
    _tell(report, as_json=options.json, dry_run=options.dry_run)
    if options.rollback:
        sys.stderr.write("zhiwen: the files are as they are: the next run over them takes the same in again.\n")
    return 1 if report.unreadable else 0


def _shard(options: argparse.Namespace, place: Path | Address) -> Shard | None:
    """What --shard means. Raises UserError where it means nothing."""
    if options.shard is None:
        return None
    if isinstance(place, Path):
        raise UserError("--shard: a store in a folder is fed by one machine.", "Leave it out, or name a Milvus server with --store.")
    from index.shards import Shard

    if options.remove or options.rollback or options.verify or options.rebuild or options.from_store:
        raise UserError("--shard only divides the taking in of files.", "Leave it out here.")
    return Shard.read(options.shard)


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


def _watch(place: Path | Address, roots: Sequence[Path], options: argparse.Namespace, shard: Shard | None) -> None:
    """Follows the roots until it is stopped; what is wrong at one time is said and may be right the next."""
    from index.address import local
    from index.watching import changes

    if options.dry_run:
        raise UserError("--watch and --dry-run are of no use together.", "Leave one of them out.")
    following = False
    for _ in changes(roots, local(place)):
        told = ""
        while True:
            try:
                report = reindex(place, roots, model=None if following else options.model, shard=shard)
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


def _check(place: Path | Address, *, rebuild: bool, as_json: bool) -> int:
    from index.places import changing, opened

    _demand(place)
    if rebuild:
        with changing(place) as writer:
            writer.rebuild()
    with opened(place) as store:
        faults = store.faults()
        articles, passages = store.counts()
    if as_json:
        sys.stdout.write(json.dumps({"articles": articles, "passages": passages, "faults": faults}, ensure_ascii=False) + "\n")
        return 2 if faults else 0
    if faults:
        raise UserError(f"{place}: " + "; ".join(faults) + ".", "python -m index.reindex --rebuild makes both search legs again.")
    sys.stdout.write(f"{articles} articles, {passages} passages: the truth and both legs agree.\n")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
