"""Rows in the database of a diskcache, written with SQL of our own on its connection.

Why not `Cache.set` inside `Cache.transact`: (1) `transact` hides the reason of a failed BEGIN, spins
for ever on a full disk with `retry=True`, and leaves the transaction open when COMMIT fails;
(2) measured for 7 bodies and 50 checkpoints: 0.28 ms of CPU against 0.66 ms, because `set` looks each
row up before it writes it. The table, its triggers and its settings stay diskcache's, so that any
tool that reads a diskcache can look into the outbox.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logsource.errors import StoreUnavailable
from logsource.store.logsync import LogSync
from logsource.store.rows import RowInfo, Totals
from logsource.store.sql import translate, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logsource.store.guard import Database
    from logsource.store.rows import Key, Put

PUT = """
INSERT INTO Cache (key, raw, store_time, access_time, access_count, tag, size, mode, value)
VALUES (?, 1, ?, ?, 0, ?, 0, 1, ?)
ON CONFLICT (key, raw) DO UPDATE SET
    value = excluded.value, store_time = excluded.store_time, access_time = excluded.access_time, tag = excluded.tag
"""
DELETE = "DELETE FROM Cache WHERE key = ? AND raw = 1"
# CAST, because a damaged type byte makes a text of a blob, and one that is no UTF-8 could not even be read.
GET = "SELECT CAST(value AS BLOB) FROM Cache WHERE key = ? AND raw = 1"
# length() of a blob is answered from the row's header: the body's overflow pages are not read.
INFOS = """
SELECT key, tag, length(value), store_time FROM Cache
WHERE key BETWEEN ? AND ? AND typeof(key) = 'integer' AND raw = 1 ORDER BY key
"""
TOTALS = """
SELECT count(*), coalesce(sum(length(value)), 0), coalesce(min(key), 0), coalesce(max(key), 0) FROM Cache
WHERE key BETWEEN ? AND ? AND typeof(key) = 'integer' AND raw = 1
"""
TEXTS = """
SELECT CAST(key AS BLOB), CAST(value AS BLOB) FROM Cache
WHERE key >= ? AND key < ? AND typeof(key) = 'text' AND raw = 1
"""
STATEMENTS = (PUT, DELETE, GET, INFOS, TOTALS, TEXTS)
"""All that is asked of the table: what makes one of them impossible is damage to the definition of the table."""

PAGE_BYTES = 4096
FREE_PAGES = 1024
"""Free pages of the file (4 MiB) that are kept for the next rows rather than given back."""
VACUUM_PAGES = 512
"""Pages given back in one go; a few milliseconds."""


SPARE_BYTES = 8 * 2**20
"""Free space that commits leave on the file system. Deleting needs space too: the deletes go to the
write-ahead log, which can only be emptied into a database file that may grow by as much (4 MiB). An
outbox that filled its file system to the last block could never be emptied again."""


class _DiskTransaction:
    def __init__(self, connection: sqlite3.Connection, *, foreign: bool) -> None:
        self._connection = connection
        self.foreign = foreign

    def delete(self, keys: Iterable[Key]) -> None:
        self._connection.executemany(DELETE, ((key,) for key in keys))

    def put(self, rows: Iterable[Put]) -> None:
        self._connection.executemany(
            PUT,
            (
                (row.key, row.committed_ms / 1000, row.committed_ms / 1000, row.events, row.value)
                for row in rows
            ),
        )


def _whole(number: object, times: int = 1) -> int:
    """A number that is only told to people; 0 if damage made something else of it."""
    return round(number * times) if isinstance(number, int | float) and abs(number) < 2**53 else 0


def free_bytes(directory: str) -> int:
    """Bytes that this user may still write on the file system of a directory."""
    try:
        status = os.statvfs(directory)
    except OSError as error:
        raise StoreUnavailable(f"{directory}: cannot be looked at ({error.strerror})") from error
    return status.f_bavail * status.f_frsize


class DiskRows:
    """`Rows` on disk."""

    def __init__(
        self,
        database: Database,
        *,
        free_bytes: Callable[[str], int] = free_bytes,
        sync: Callable[[], None] | None = None,
    ) -> None:
        """`sync` puts the write-ahead log on the disk; by default with fdatasync."""
        self._database = database
        self._free_bytes = free_bytes
        self._connection = database.connection
        self._where = str(database.directory)
        self._log = LogSync(self._where)
        self._sync = self._log if sync is None else sync
        # data_version changes when another connection has committed, never through our own commits.
        self._seen_version = self._looked_version = self._data_version()

    @contextmanager
    def transaction(self) -> Iterator[_DiskTransaction]:
        """Begin, and commit or roll back; disk trouble is StoreUnavailable and leaves no trace."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield _DiskTransaction(connection, foreign=self.foreign())
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            ours = translate(error, self._where)
            if ours is None:
                raise
            raise ours from error
        except BaseException:
            self._roll_back()
            raise

    def foreign(self) -> bool:
        """Whether another process has written since the last `noticed`."""
        self._looked_version = self._data_version()
        return self._looked_version != self._seen_version

    def noticed(self) -> None:
        """What others had written when `foreign` was last asked is known now."""
        self._seen_version = self._looked_version

    def get(self, key: Key) -> bytes | None:
        """A row's value."""
        with translated(self._where):
            row = self._connection.execute(GET, (key,)).fetchone()
        return None if row is None else row[0] or b""

    def infos(self, first: int, last: int) -> Iterator[RowInfo]:
        """Integer rows with first <= key <= last, in order."""
        with translated(self._where):
            rows = self._connection.execute(INFOS, (first, last)).fetchall()
        for key, events, stored, seconds in rows:
            yield RowInfo(key, _whole(events), _whole(stored), _whole(seconds, 1000))

    def totals(self, first: int, last: int) -> Totals:
        """Number and size of integer rows with first <= key <= last."""
        with translated(self._where):
            row = self._connection.execute(TOTALS, (first, last)).fetchone()
        return Totals(*row)

    def texts(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Rows with text keys that begin with `prefix`."""
        with translated(self._where):
            # U+10FFFF is the last code point: nothing that begins with the prefix sorts behind it.
            rows = self._connection.execute(TEXTS, (prefix, prefix + "\U0010ffff")).fetchall()
        for key, value in rows:
            yield key.decode(errors="surrogateescape").removeprefix(prefix), value or b""

    def check_space(self, size: int) -> None:
        """Refuse what would use up the space that is needed for deleting."""
        free = self._free_bytes(self._where)
        if free >= SPARE_BYTES + size:
            return
        # Rows that fit into free pages of the file do not make it grow; half of the spare is then enough
        # for the log, and an outbox that is being emptied can take new rows before the file has shrunk.
        if free >= SPARE_BYTES // 2 and self._free_pages() * PAGE_BYTES >= 2 * size:
            return
        raise StoreUnavailable(
            f"{self._where}: only {free // 1024} KiB are free on its file system, and {SPARE_BYTES // 1024} KiB "
            "are needed to empty the outbox again; nothing was written. Free some space: it goes on by itself."
        )

    def sync(self) -> None:
        """Put the write-ahead log on the disk."""
        try:
            self._sync()
        except OSError as error:
            raise StoreUnavailable(f"{self._where}: cannot be put on the disk ({error.strerror})") from error

    def tidy(self) -> None:
        """Give some free pages back to the file system."""
        free = self._free_pages()
        if free > FREE_PAGES:
            pages = min(VACUUM_PAGES, free - FREE_PAGES)
            with translated(self._where):
                # executescript, because this pragma gives up one page a step and execute makes one step.
                self._connection.executescript(f"PRAGMA incremental_vacuum({pages})")
                # The file is cut off when the write-ahead log is copied into it, not before.
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close the connection, and give all descriptors back."""
        self._log.close()
        with translated(self._where):
            self._database.close()

    def _free_pages(self) -> int:
        with translated(self._where):
            (pages,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return int(pages)

    def _data_version(self) -> int:
        with translated(self._where):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite has rolled back by itself after some errors
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                if self._connection.in_transaction:
                    raise
