"""Change the store in a folder: one SQLite transaction is the commit, then the search files follow.

Knows the order of these steps. Does not know which rows a change is made of: index.store.writer does.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from index.errors import UserError, first_line
from index.store import database, encoded, search_files
from index.store.database import MadeWith, StoreState
from index.store.writer import Committed, Writer

_EMPTY = StoreState(0, "", "", "", 0, "")  # of a store without a commit


class FolderCommits:
    """The Commits of a store in a folder."""

    def __init__(
        self, folder: Path, connection: apsw.Connection, state: StoreState | None, *, converted: bool = False
    ) -> None:
        """Begin to record changes, so that they can be undone. `connection` is in a transaction.

        `state` is None for a new store. `converted`: the database was of an older format, with other search file
        names.
        """
        self._folder, self._connection, self._converted = folder, connection, converted
        self._record = database.Record(connection) if state else None  # nothing comes before the first commit

    def limit_record(self) -> None:
        """Drop a record of changes that has grown too large for the memory."""
        if self._record is not None:
            self._record.limit()

    def commit(self, writer: Writer, made_with: MadeWith) -> Committed:
        """Commit the database, then update both search files. Raises UserError if those cannot be written."""
        changes = writer.changes
        return self._commit(writer.state, made_with, changes.removed_passages, changes.added_passages)

    def _commit(
        self, before: StoreState, made_with: MadeWith, removed: Collection[int], added: Collection[int]
    ) -> Committed:
        state = before.next(secrets.token_hex(8), made_with)
        database.put_state(self._connection, state)
        self._converted = False  # the search files are made below
        if self._record is not None:
            self._record.keep()
        self._end_transaction()
        same_model = made_with.fingerprint == before.fingerprint
        try:
            # First: readers go on to the new commit as soon as its search files are there.
            encoded.update(self._connection, self._folder, before.commit, state, removed, added)
            files = search_files.opened(self._folder, before, write=True) if same_model else None
            if files is None:
                files = search_files.rebuilt(self._connection, self._folder, state)
            else:
                files = search_files.update(files, self._connection, self._folder, state, removed, added)
        except OSError as error:
            raise UserError("store.search_files_unwritten", path=self._folder, reason=first_line(error)) from error
        self._record = database.Record(self._connection)
        return Committed(state, (len(removed), *search_files.deleted_from(files, removed)))

    def _end_transaction(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")

    def rollback(self, writer: Writer) -> tuple[Committed, database.Undone]:
        """Apply the inverse of the changes that were recorded. Raises UserError if none are kept."""
        undone = database.undo(self._folder, self._connection)
        before = database.state(self._folder, self._connection) if undone else None
        if undone is None or before is None:
            raise UserError("store.nothing_to_undo", path=self._folder, generation=writer.state.generation)
        committed = self._commit(writer.state, before.made_with, undone.gone, undone.back)
        return committed, undone

    def keep_file_states(self, writer: Writer) -> None:
        """Commit the database without a new generation."""
        self._end_transaction()
        if self._converted:
            self._converted = False
            self.rebuild(writer)

    def rebuild(self, writer: Writer) -> StoreState:
        """Make both search files again from the database."""
        search_files.rebuilt(self._connection, self._folder, writer.state)
        return writer.state

    def take_over(self, writer: Writer, folder: Path) -> Committed:
        """Raises UserError: a folder is copied as files are."""
        raise UserError("reindex.only_to_server")


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """Open the store in `folder` to change it; make it if there is none. What is not committed at the end is undone.

    Raises UserError if another process is writing or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("store.cannot_make", path=folder, reason=error.strerror) from error
    with (
        database.locked(folder, seconds=10),
        closing(database.connect(folder, write=True)) as connection,
        database.readable(folder),
    ):
        connection.execute("BEGIN IMMEDIATE")
        if not database.rows(connection, "SELECT 1 FROM sqlite_master"):
            connection.execute(database.SCHEMA)
        converted = database.convert(connection)
        state = database.state(folder, connection)
        yield Writer(connection, state or _EMPTY, FolderCommits(folder, connection, state, converted=converted))
        if connection.in_transaction:
            connection.execute("ROLLBACK")
