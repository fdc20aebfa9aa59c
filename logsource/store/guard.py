"""diskcache, made safe for an outbox: no pickle, no side files, one connection.

Its defaults delete rows silently (eviction, culling), put large values into files outside of the
transaction, and unpickle whatever a row says is a pickle (CVE-2025-69872).
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol

import diskcache
from diskcache.core import DBNAME, MODE_RAW

from logsource.errors import StoreUnreadable

SETTINGS: dict[str, Any] = {
    "eviction_policy": "none",
    "cull_limit": 0,
    "disk_min_file_size": 2**30,
    "statistics": 0,
    "tag_index": 0,
    # Incremental: after an outage the file shrinks a little at a time when idle (Rows.tidy). FULL would
    # move pages in every commit that deletes, NONE would keep the largest size for ever.
    "sqlite_auto_vacuum": 2,
    "sqlite_journal_mode": "wal",
    "sqlite_journal_size_limit": 2**23,
    "sqlite_cache_size": -2048,  # KiB; rows are written once and read once, a large cache only costs memory
    # A file that is truncated under a memory map kills the process with SIGBUS instead of an error.
    "sqlite_mmap_size": 0,
    # Debian's SQLite overwrites what is deleted with zeros by default: every delivered body would be written
    # twice, and a full file system could not be emptied. The directory is 0700.
    "sqlite_secure_delete": 0,
    "sqlite_synchronous": 1,  # see open_cache
}

SYNC: dict[str, int] = {"normal": 1, "full": 2}
BUSY_SECONDS = 20
"""How long a statement waits for another process's transaction, which takes milliseconds."""


class BytesOnlyDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Values are bytes and keys are integers or text; everything else is refused instead of pickled."""

    def put(self, key: object) -> tuple[object, bool]:
        """Accept the keys SQLite can hold as they are."""
        if type(key) is int or type(key) is str:
            return key, True
        raise TypeError(f"keys are int or str, not {type(key).__name__}")

    def get(self, key: object, raw: object) -> object:
        """Refuse keys that would need unpickling."""
        return key if raw else _refuse()

    def store(self, value: object, read: bool, key: object = None) -> tuple[int, int, None, object]:  # noqa: ARG002 - diskcache's signature
        """Accept bytes."""
        if type(value) is not bytes or read:
            raise TypeError(f"values are bytes, not {type(value).__name__}")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> bytes:
        """Refuse everything but bytes that stand in the row."""
        if mode != MODE_RAW or filename is not None or read or type(value) is not bytes:
            _refuse()
        return value


def _refuse() -> NoReturn:
    raise StoreUnreadable("a row of the outbox is a pickle or a side file; we write neither and read neither")


class OneConnectionCache(diskcache.Cache):  # type: ignore[misc]  # diskcache has no types
    """A cache whose threads share one connection, because the outbox has one lock anyway.

    diskcache opens a connection for each thread and closes only the calling thread's: the others keep
    their page caches and their locks until they are collected.
    """

    _shared: sqlite3.Connection | None = None

    @property
    def _con(self) -> sqlite3.Connection:
        if self._shared is None:
            self._shared = sqlite3.connect(
                Path(self.directory) / DBNAME,
                timeout=self.timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            # Pragmas belong to a connection; the Settings table (if there is one yet) says which.
            with contextlib.suppress(sqlite3.OperationalError):
                for key, value in self._shared.execute("SELECT key, value FROM Settings").fetchall():
                    if key.startswith("sqlite_"):
                        self.reset(key, value, update=False)
        return self._shared

    @property
    def connection(self) -> sqlite3.Connection:
        """The one connection, in autocommit mode: transactions are begun and ended in SQL."""
        return self._con

    def close(self) -> None:
        """Close the connection; the last one to close copies the write-ahead log into the database."""
        connection, self._shared = self._shared, None
        if connection is not None:
            connection.close()


class Database(Protocol):
    """An open database of an outbox."""

    @property
    def directory(self) -> str:
        """Folder of the database."""
        ...

    @property
    def connection(self) -> sqlite3.Connection:
        """Its one connection, in autocommit mode."""
        ...

    def close(self) -> None:
        """Close the connection; idempotent."""
        ...


class Visit:
    """A database that another process may own: opened as it is, nothing is set up and nothing is written.

    Making a diskcache.Cache writes its settings anew, which would fail on a full disk, when one wants to
    look most, and which the owner would notice as a change.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = str(directory)
        self.connection = sqlite3.connect(
            f"{(directory / DBNAME).absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        for name in ("mmap_size", "secure_delete", "synchronous"):
            self.connection.execute(f"PRAGMA {name} = {SETTINGS['sqlite_' + name]}")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def open_cache(directory: Path, sync: Literal["normal", "full"]) -> OneConnectionCache:
    """Open or make the cache in `directory` with our settings. Raises sqlite3 errors, and StoreUnreadable."""
    try:
        cache = OneConnectionCache(str(directory), timeout=BUSY_SECONDS, disk=BytesOnlyDisk, **SETTINGS)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        # It takes its settings from the file, by name; a name that makes no sense to it is damage.
        raise StoreUnreadable(f"{directory}: the settings in the outbox are damaged ({error!r})") from error
    # Only now: diskcache writes its settings in some fifty transactions, which need no fsync each.
    cache.connection.execute(f"PRAGMA synchronous = {SYNC[sync]}")
    return cache
