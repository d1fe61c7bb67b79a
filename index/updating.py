"""Change a store: mirror files and folders, remove articles, roll back, copy a store to a server.

Knows the order of the steps from file to store. Each step itself is known elsewhere; options and streams are not known
here.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError

if TYPE_CHECKING:
    from index.intake import Report
    from index.milvus.shards import Shard
    from index.store.address import MilvusAddress
    from index.store.writer import Writer

PIPELINE = "6"  # grows when reading, cleaning or chunking give another result: then everything is made again


def reindex(
    address: Path | MilvusAddress,
    roots: Sequence[Path],
    *,
    model: str | None = None,
    dry_run: bool = False,
    shard: Shard | None = None,
    sample: bool = False,
    folder: Path | None = None,
    as_is: Sequence[Path] = (),
) -> Report:
    """Make a store mirror the roots, or a shard's part of them. Articles of other roots stay.

    `model` None means the model of the store.

    `sample`: the roots are the bundled sample corpus, which nobody named. Its articles are removed, in the same commit,
    as soon as other files are indexed; naming its folder makes it the user's own.

    `folder`: whose own files are no articles, the store's own if it is None.
    `as_is`: files and folders of which texts that look like no article are taken in as they are.

    Raises UserError, and then leaves the store as it was.
    """
    # The heavy imports: --help must not pay for them.
    from index.embedding.hub import BUNDLED
    from index.embedding.models import load_embedder
    from index.indexing import compare, group_duplicates, make_passages, probe
    from index.intake import Report, take_in
    from index.reading.files import find_files
    from index.records import Problem, stored_name
    from index.store.address import local
    from index.stores import change_store, store_exists, store_model

    begun = time.monotonic()
    files = find_files(roots, folder or local(address))
    if dry_run and not store_exists(address):
        with tempfile.TemporaryDirectory(prefix="zhiwen-") as empty:
            report = reindex(Path(empty), roots, model=model, folder=local(address), as_is=as_is)
            report.generation = 0
            return report
    if not files.files and not store_exists(address):
        raise UserError("reindex.nothing_to_read", paths=", ".join(map(str, roots)))
    if shard:
        files = replace(files, files=tuple(path for path in files.files if shard.takes(path)))
    inside, whole = ([Path(stored_name(path.resolve())) for path in paths] for paths in (roots, as_is))
    embedder = load_embedder(model or store_model(address) or BUNDLED)  # before the lock: a large one takes its time
    with change_store(address, shard) as writer:
        if not model and writer.state.model not in ("", embedder.name):  # another run was between
            embedder = load_embedder(writer.state.model)
        remade = writer.state.pipeline != PIPELINE or writer.state.fingerprint != embedder.fingerprint
        if shard and remade and writer.state.generation:
            raise UserError("reindex.shard_remade")
        report = Report()
        before = writer.recurring_lines_before()
        _keep_sample_apart(writer, inside, report, sample=sample, files=len(files.files))
        everything = writer.state.pipeline != PIPELINE
        fresh = take_in(writer, files, inside, report, everything=everything, as_is=whole)
        after = writer.recurring_lines()
        again = set(writer.article_ids()) if remade else fresh | _shifted(before, after)
        make_passages(writer, again, frozenset(after), embedder, reuse=writer.state.fingerprint == embedder.fingerprint)
        uncompared_pairs = writer.uncompared_pairs()
        compare(writer, uncompared_pairs or [], frozenset(after))
        group_duplicates(writer)
        probe(writer, embedder, anew=remade)
        # Taken in, but nothing of them can ever be found: that must not pass in silence.
        for path, article in writer.without_passages():
            report.unreadable.append(Problem.of(path, "reading.without_passages", article=article))
        if not dry_run:
            changed = (
                report.added
                or report.changed
                or report.removed
                or (remade and writer.counts()[0])
                or uncompared_pairs is not None
                or writer.state.model != embedder.name  # bundled instead of static: the same vectors
            )
            if changed or again or writer.state.generation == 0:
                writer.commit(
                    model=embedder.name,
                    fingerprint=embedder.fingerprint,
                    dimension=embedder.dimension,
                    pipeline=PIPELINE,
                )
            else:
                writer.keep_file_states()
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def _keep_sample_apart(writer: Writer, roots: Sequence[Path], report: Report, *, sample: bool, files: int) -> None:
    """Mark the roots as the bundled sample, or remove the sample from a store that receives files of the user's own."""
    if sample:
        if writer.state.generation == 0 or writer.sample_root():  # else it joins articles of the user's own
            writer.mark_sample(str(roots[0]))
        return
    marked = writer.sample_root()
    if not marked or not files:
        return
    writer.mark_sample("")
    if any(Path(marked).is_relative_to(root) for root in roots):
        return
    for article in writer.articles_of(marked):
        writer.remove_article(article)
        report.sample_removed += 1
    for path in writer.files():
        if Path(path).is_relative_to(marked):
            writer.forget_file(path)
    report.removed += report.sample_removed


def _total(report: Report, writer: Writer) -> None:
    """Adds to a report what the store has come to."""
    from index.intake import Deleted

    report.duplicates = writer.duplicates()
    report.articles, report.passages = writer.counts()
    report.generation = writer.state.generation
    report.deleted = Deleted(*writer.deleted_from)


def _shifted(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The articles with a line that has begun or ceased to recur across the corpus."""
    one, other = (
        {(key, article) for key, articles in lines.items() for article in articles} for lines in (before, after)
    )
    return {article for _, article in one ^ other}


def rollback(address: Path | MilvusAddress) -> Report:
    """Takes back what the last run changed, as a new generation; twice, and it is there again.

    Raises UserError if what was before is not kept.
    """
    from index.intake import Report
    from index.stores import change_store

    begun = time.monotonic()
    demand_store(address)
    with change_store(address) as writer:
        undone = writer.rollback()
        report = Report(undone.articles_back, undone.articles_changed, undone.articles_gone)
        _total(report, writer)
    report.unchanged = report.articles - report.added - report.changed
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def copy_store(folder: Path, address: Path | MilvusAddress) -> Report:
    """Copies the store in a folder to a place where there is none yet, without embedding anything again.

    Raises UserError.
    """
    from index.intake import Report
    from index.stores import change_store, store_exists

    begun = time.monotonic()
    if isinstance(address, Path):
        raise UserError("reindex.only_to_server")
    demand_store(folder)
    if store_exists(address):
        raise UserError("reindex.store_there", address=str(address))
    with change_store(address) as writer:
        writer.take_over(folder)
        report = Report()
        _total(report, writer)
        report.added = report.articles
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def remove(address: Path | MilvusAddress, names: Sequence[str], *, dry_run: bool = False) -> Report:
    """Takes articles out by id or path.

    Raises UserError for one that the store does not hold, and then removes none.
    """
    from index.embedding.models import load_embedder
    from index.indexing import group_duplicates, make_passages
    from index.intake import Report
    from index.records import stored_name
    from index.stores import change_store

    begun = time.monotonic()
    demand_store(address)
    with change_store(address) as writer:
        report = Report()
        before = writer.recurring_lines_before()
        going: dict[str, None] = {}
        for name in names:
            path = stored_name(Path(name).resolve())
            own = stored_name(name)
            ids = [own] if writer.article(own) else list(writer.articles_of(path))
            if not ids:
                raise UserError("reindex.no_such_article", name=own, address=str(address))
            going.update(dict.fromkeys(ids))
        for article in going:
            writer.remove_article(article)
        report.removed = len(going)
        after = writer.recurring_lines()
        if shifted := _shifted(before, after) & set(writer.article_ids()):
            make_passages(writer, shifted, frozenset(after), load_embedder(writer.state.model), reuse=True)
        group_duplicates(writer)
        if not dry_run:
            was = writer.state
            writer.commit(model=was.model, fingerprint=was.fingerprint, dimension=was.dimension, pipeline=was.pipeline)
        _total(report, writer)
    report.seconds = round(time.monotonic() - begun, 3)
    return report


def demand_store(address: Path | MilvusAddress) -> None:
    """Raises NoStore if no store is there."""
    from index.store.database import NoStore
    from index.stores import store_exists

    if not store_exists(address):
        raise NoStore(address)
