"""python -m index.reindex: makes a store mirror files and folders, doing only what changed.

Knows the order of the steps from file to store. Each step itself is known elsewhere.
"""

from __future__ import annotations

import sys

try:
    import json
    import time
    from collections.abc import Iterator, Sequence
    from contextlib import suppress
    from dataclasses import asdict, fields
    from pathlib import Path
    from typing import TYPE_CHECKING

    from index.errors import UserError, ZhiwenError, run
    from index.language import text
    from index.options import OptionParser
    from index.records import problem_words
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if TYPE_CHECKING:
    import argparse

    from index.intake import Report
    from index.milvus.shards import Shard
    from index.store.address import MilvusAddress

_RETRY = 3  # seconds until a watcher tries again what has failed


def _parser(prog: str) -> OptionParser:
    parser = OptionParser(prog, text("reindex.description"))
    parser.add_argument("paths", nargs="*", metavar="PATH", help=text("reindex.paths"))
    parser.add_argument("--store", metavar="DIR|URL", help=text("options.store"))
    parser.add_argument("--shard", metavar="I/N", help=text("reindex.shard"))
    parser.add_argument("--model", metavar="NAME", help=text("reindex.model"))
    parser.add_argument("--dry-run", action="store_true", help=text("reindex.dry_run"))
    parser.add_argument("--as-is", action="store_true", help=text("reindex.as_is"))
    parser.add_argument("--json", action="store_true", help=text("reindex.json"))
    parser.add_argument("--later", action="store_true", help=text("reindex.later"))
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--remove", action="store_true", help=text("reindex.remove"))
    action.add_argument("--from-store", metavar="DIR", help=text("reindex.from_store"))
    action.add_argument("--rollback", action="store_true", help=text("reindex.rollback"))
    action.add_argument("--watch", action="store_true", help=text("reindex.watch"))
    action.add_argument("--verify", action="store_true", help=text("reindex.verify"))
    action.add_argument("--rebuild", action="store_true", help=text("reindex.rebuild"))
    return parser


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    options = _parser(prog).parse_args(arguments)

    from index.store.address import parse_address
    from index.updating import copy_store, reindex, remove, rollback

    address = parse_address(options.store)
    shard = _shard(options, address)
    if options.as_is and (
        options.remove or options.rollback or options.from_store or options.verify or options.rebuild
    ):
        raise UserError("reindex.as_is_what")
    if options.verify or options.rebuild:
        return _check(address, rebuild=options.rebuild, as_json=options.json)
    if "" in options.paths:
        raise UserError("reindex.empty_path")
    if options.rollback or options.from_store:
        if options.paths or options.dry_run:
            what = "--rollback" if options.rollback else "--from-store"
            raise UserError("reindex.whole_only", option=what)
        report = rollback(address) if options.rollback else copy_store(Path(options.from_store), address)
    elif options.remove:
        if not options.paths:
            raise UserError("reindex.remove_what")
        report = remove(address, options.paths, dry_run=options.dry_run)
    else:
        roots = [Path(path) for path in options.paths or ["corpus"]]
        # Without a path it is the sample of the source folder, or a folder of that name of the user's own.
        sample = not options.paths and roots[0].resolve() == Path(__file__).parents[1] / "corpus"
        if options.watch:
            with suppress(KeyboardInterrupt):  # what it was doing is undone
                _watch(address, roots, options, shard)
            return 0
        report = reindex(
            address,
            roots,
            model=options.model,
            dry_run=options.dry_run,
            shard=shard,
            sample=sample,
            as_is=roots if options.as_is else (),
        )
    _print_report(report, as_json=options.json, dry_run=options.dry_run)
    if options.rollback:
        sys.stderr.write(f"zhiwen: {text('reindex.files_unchanged')}\n")
    if not (options.dry_run or options.later):
        from index.backfill import backfill_at_terminal

        if not backfill_at_terminal(address, shard):
            return 130
    return 1 if report.unreadable else 0


def _shard(options: argparse.Namespace, address: Path | MilvusAddress) -> Shard | None:
    """The shard that --shard names. Raises UserError if the command takes no shard."""
    if options.shard is None:
        return None
    if isinstance(address, Path):
        raise UserError("reindex.shard_of_folder")
    from index.milvus.shards import Shard

    if options.remove or options.rollback or options.verify or options.rebuild or options.from_store:
        raise UserError("reindex.shard_what")
    return Shard.read(options.shard)


def _print_report(report: Report, *, as_json: bool, dry_run: bool = False) -> None:
    """Print a report, and the files that could not be read."""
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    else:
        for problem in report.unreadable:
            sys.stderr.write(f"zhiwen: {problem.path}: {problem.reason}\n")
        deleted = report.deleted
        receipt = text("reindex.receipt", **asdict(deleted)) if deleted.passages else ""
        numbers = {each.name: getattr(report, each.name) for each in fields(report) if each.name != "unreadable"}
        did = text("reindex.would" if dry_run else "reindex.done", **numbers)
        sys.stdout.write(text("reindex.summary", did=did, receipt=receipt, **numbers) + "\n")
        if report.sample_removed and not dry_run:
            sys.stderr.write(f"zhiwen: {text('reindex.sample_removed', count=report.sample_removed)}\n")
    sys.stdout.flush()


def _watch(
    address: Path | MilvusAddress, roots: Sequence[Path], options: argparse.Namespace, shard: Shard | None
) -> None:
    """Follow the roots until Ctrl-C. Print an error once, and try again until it is gone."""
    from index.backfill import BackgroundBackfill, ProgressLines

    if options.dry_run:
        raise UserError("reindex.watch_dry_run")
    # A line each minute: a line that is rewritten would run into the reports.
    lines = ProgressLines(rewriting=False)
    background = BackgroundBackfill(address, lines.report, shard)
    try:
        for _ in _mirrored_changes(address, roots, options, shard):
            if not options.later:
                background.begin()
    finally:
        if background.stop():
            lines.stopped()


def _mirrored_changes(
    address: Path | MilvusAddress, roots: Sequence[Path], options: argparse.Namespace, shard: Shard | None
) -> Iterator[None]:
    """Index the roots now and after every change, with a report. Yield after each time."""
    from index.store.address import local
    from index.updating import reindex
    from index.watching import changes

    following = False
    for _ in changes(roots, local(address)):
        last_error = ""
        while True:
            try:
                model = None if following else options.model
                report = reindex(address, roots, model=model, shard=shard, as_is=roots if options.as_is else ())
                break
            except ZhiwenError as error:
                if not following:
                    raise
                if last_error != (last_error := f"zhiwen: {error.message}  {error.hint}\n"):
                    sys.stderr.write(last_error)
                time.sleep(_RETRY)
        if not following or report.added or report.changed or report.removed:
            _print_report(report, as_json=options.json)
        if not following:
            sys.stderr.write(f"zhiwen: {text('reindex.watching', paths=', '.join(map(str, roots)))}\n")
            following = True
        yield


def _check(address: Path | MilvusAddress, *, rebuild: bool, as_json: bool) -> int:
    from index.stores import change_store, open_store
    from index.updating import demand_store

    demand_store(address)
    if rebuild:
        with change_store(address) as writer:
            writer.rebuild()
    with open_store(address) as store:
        faults = store.faults()
        articles, passages = store.counts()
    if as_json:
        sys.stdout.write(
            json.dumps(
                {"articles": articles, "passages": passages, "faults": [fault.reason for fault in faults]},
                ensure_ascii=False,
            )
            + "\n"
        )
        return 2 if faults else 0
    if faults:
        raise UserError("reindex.faults", address=str(address), faults=problem_words(faults))
    sys.stdout.write(text("reindex.agreed", articles=articles, passages=passages) + "\n")
    return 0


def main(arguments: Sequence[str] | None = None, prog: str = "python -m index.reindex") -> int:
    """Run the command line, named `prog` in its help, and return the exit code."""
    return run(lambda: _main(arguments, prog))


if __name__ == "__main__":
    sys.exit(main())
