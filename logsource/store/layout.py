"""The state directory: `lock`, and `outbox/` with the database. How it is made and when it is refused.

    state_dir/            mode 0700
      lock                flock of the running agent, its pid inside
      outbox/cache.db     SQLite (diskcache), application_id "logs", user_version = FORMAT

A database is ours if its header says so (bytes 68..71), so that foreign, newer and broken files are
recognised by reading 100 bytes, before SQLite or diskcache could change anything.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import time
from typing import TYPE_CHECKING

from diskcache.core import DBNAME, MODE_RAW

from logsource.config.statedir import used_by_others
from logsource.errors import StoreUnavailable, StoreUnreadable
from logsource.store.disk_rows import STATEMENTS
from logsource.store.guard import open_cache
from logsource.store.rows import CHECKPOINT, COUNTERS, TALLY
from logsource.store.sql import UNAVAILABLE, translated

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = int.from_bytes(b"logs", "big")
FORMAT = 1
"""Version of the whole store: rows, keys and their meaning. A larger one is refused."""

CHECK_SECONDS = 3.0
"""How long the structure check of a large database may delay the start; what it has not seen by then is
found when it is read: every batch carries a checksum."""

_UNKNOWN_KEYS = """
SELECT quote(key) FROM Cache WHERE key = 0 OR typeof(key) NOT IN ('integer', 'text')
OR typeof(key) = 'text' AND NOT (key GLOB ? OR key GLOB ? OR key = ?) LIMIT 1
"""

_MAGIC = b"SQLite format 3\0"
_KEPT = "Nothing was changed."


def prepare(state_dir: Path) -> None:
    """Make the state directory if needed, for its owner only. Raises StoreUnavailable."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if state_dir.stat().st_mode & 0o077:
            _check_own(state_dir)
            state_dir.chmod(0o700)
    except OSError as error:
        raise StoreUnavailable(
            f"{state_dir}: cannot be used as agent.state_dir ({error.strerror}); "
            "make it writable for this user or choose another"
        ) from error


def _check_own(state_dir: Path) -> None:
    """Refuse to close a directory that others use, such as /tmp, to all but us. Raises OSError, StoreUnavailable."""
    if names := used_by_others(state_dir):
        raise StoreUnavailable(
            f"{state_dir}: holds {', '.join(names[:3])} and is open to other users, so it is not made private; "
            f"give agent.state_dir a directory of its own, such as {state_dir / 'logsource'}"
        )


def create(state_dir: Path) -> None:
    """Make an empty outbox: built beside and renamed, so that it exists whole or not at all."""
    target = state_dir / "outbox"
    building = state_dir / "outbox.new"
    with translated(str(building)):
        try:
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o700)
            cache = open_cache(building, "normal")  # closing it syncs the file
            try:
                cache.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                cache.connection.execute(f"PRAGMA user_version = {FORMAT}")
            finally:
                cache.close()
            building.rename(target)
            _sync_directory(state_dir)
        except OSError as error:
            raise StoreUnavailable(f"{target}: cannot be made ({error.strerror})") from error


def holds_outbox(state_dir: Path) -> bool:
    """Whether there is an outbox in this directory, whatever state it is in."""
    return (state_dir / "outbox" / str(DBNAME)).is_file()


def check(outbox: Path, *, seconds: float = CHECK_SECONDS) -> None:
    """Refuse an outbox that is newer, foreign or damaged. Reads only. Raises StoreUnreadable."""
    database = outbox / DBNAME
    _check_header(database)
    # `immutable` keeps SQLite from making -wal and -shm files, but is blind to a write-ahead log.
    _check_content(database, "mode=ro" if _has_log(database) else "immutable=1", seconds)


def check_header(outbox: Path) -> None:
    """Only the part of `check` that takes no time."""
    _check_header(outbox / DBNAME)


def _check_header(database: Path) -> None:
    try:
        with database.open("rb") as file:
            header = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise StoreUnreadable(
            f"{database}: there is a folder for the outbox but no database in it. {_KEPT} "
            "Put the database back, or remove the folder to start anew."
        ) from error
    except OSError as error:
        raise StoreUnavailable(f"{database}: cannot be read ({error.strerror})") from error
    if not header.startswith(_MAGIC) or len(header) < 100:
        raise StoreUnreadable(
            f"{database}: not an SQLite database, or its beginning is destroyed. {_advice(database)}"
        )
    # https://www.sqlite.org/fileformat.html#the_database_header, big-endian
    page_size, changes, pages, valid_for = struct.unpack_from(">16xH6xII60xI", header)
    version, application = struct.unpack_from(">60xI4xI", header)
    if application != APPLICATION_ID:
        raise StoreUnreadable(
            f"{database}: a database, but not one of logsource (application id {application:#x}). {_KEPT} "
            "Set another agent.state_dir."
        )
    if version > FORMAT:
        raise StoreUnreadable(
            f"{database}: written by a newer logsource (format {version}, this one reads up to {FORMAT}). {_KEPT} "
            "Install the newer version again, or set another agent.state_dir."
        )
    page_size = 65536 if page_size == 1 else page_size
    # With a write-ahead log the file may lag behind its own header after a crash; the log completes it.
    if not _has_log(database) and changes == valid_for and pages * page_size > size:
        raise StoreUnreadable(
            f"{database}: cut off ({size} bytes where {pages * page_size} should be). {_advice(database)}"
        )


def _has_log(database: Path) -> bool:
    log = database.with_name(DBNAME + "-wal")
    return log.exists() and log.stat().st_size > 0


def _check_content(database: Path, mode: str, seconds: float) -> None:
    """Let SQLite look at the structure for a while, and look for rows that we would never write."""
    deadline = time.monotonic() + seconds
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
        try:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            problems = _integrity(connection)
            connection.set_progress_handler(None, 0)
            if problems:
                raise StoreUnreadable(f"{database}: damaged ({problems}). {_advice(database)}")
            strange = connection.execute(
                "SELECT key FROM Cache WHERE raw != 1 OR mode != ? OR filename IS NOT NULL LIMIT 1",
                (MODE_RAW,),
            ).fetchone()
            unknown = connection.execute(_UNKNOWN_KEYS, (CHECKPOINT + "*", TALLY + "*", COUNTERS)).fetchone()
            for statement in STATEMENTS:
                connection.execute("EXPLAIN " + statement, (0,) * statement.count("?")).fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter for messages that quote what is damaged
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in UNAVAILABLE:
            raise StoreUnavailable(f"{database}: cannot be read ({error})") from error
        raise StoreUnreadable(f"{database}: damaged ({error}). {_advice(database)}") from error
    if strange is not None:
        raise StoreUnreadable(
            f"{database}: holds a pickle or a side file (row {strange[0]!r}), which logsource never writes and "
            f"never reads. {_KEPT} Find out who wrote it; to start anew, move the folder {database.parent} away."
        )
    if unknown is not None:
        raise StoreUnreadable(
            f"{database}: damaged (a row under the unknown key {unknown[0]}). {_advice(database)}"
        )


def _integrity(connection: sqlite3.Connection) -> str:
    # Not quick_check, which does not compare the table with its index: a row that the index lacks is never found
    # again. It takes as long (0.04 s for 120 MB in memory), because both read every page.
    try:
        rows = connection.execute("PRAGMA integrity_check(3)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return ""  # out of time; nothing bad so far
        raise
    texts = [text for (text,) in rows]
    return "" if texts == ["ok"] else "; ".join(" ".join(text.split()) for text in texts)


def _advice(database: Path) -> str:
    return (
        f"{_KEPT} Restore it from a backup, or move the folder {database.parent} away to start anew: "
        "the checkpoints are in it too, so files are then read again from where `start_at` says."
    )


def _sync_directory(directory: Path) -> None:
    # A rename is durable once the directory that holds the names is.
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
