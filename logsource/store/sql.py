"""What an SQLite error means to us."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logsource.errors import StoreError, StoreUnavailable, StoreUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_INTERRUPT,
    }
)
"""Primary result codes (https://www.sqlite.org/rescode.html) after which the same call may succeed later."""

UNREADABLE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


def translate(error: sqlite3.Error, where: str) -> StoreError | None:
    """Our exception for an SQLite error; None when it is a mistake in our own SQL."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte of an extended result code
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if code in UNAVAILABLE:
        return StoreUnavailable(
            f"{where}: the disk refused ({error}, {name}); nothing was written. "
            "Free some space or make the folder writable: it goes on by itself."
        )
    if code in UNREADABLE:
        return StoreUnreadable(f"{where}: the outbox is damaged ({error}, {name}); it was left as it is.")
    return None


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Run a block; SQLite's errors become ours."""
    try:
        yield
    except sqlite3.Error as error:
        ours = translate(error, where)
        if ours is None:
            raise
        raise ours from error
